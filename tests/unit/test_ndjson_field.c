/* Users as JSON in the many ways that tools write it: read where the meaning is plain, refused by a
 * sentence that names shape, line and member where it is not. */
#include "ndjson_files.h"

/* Opens, and looks at the first user: both may refuse. */
static auth0db_error refusal(const char *text, size_t len)
{
    a0_store *store = NULL;
    a0_scan *scan = NULL;
    auth0db_error err = {0};
    a0_site_map map = {.site = "shop"};
    a0_scan_options options = {.since_login = A0_NO_TIME};
    write_file(text, len);
    if (a0_store_open(&store, url, &map, &err) == AUTH0DB_OK)
        ck_assert_int_ne(a0_store_scan(store, &options, &scan, &err), AUTH0DB_OK);
    ck_assert_str_eq(err.where, "DATABASE_URL");
    ck_assert_ptr_nonnull(strstr(err.message, file)); /* which file, of the several at hand */
    close_store(store);
    return err;
}

#define REFUSED(text, words)                                                                       \
    do {                                                                                           \
        auth0db_error is = refusal(text, sizeof(text) - 1);                                        \
        ck_assert_int_eq(is.code, AUTH0DB_ERR_MALFORMED);                                          \
        ck_assert_msg(strstr(is.message, words) != NULL, "%s", is.message);                        \
    } while (0)

#define FOUND(text, keys)                                                                          \
    do {                                                                                           \
        write_file(text, sizeof(text) - 1);                                                        \
        a0_store *of_text = open_store(url);                                                       \
        ck_assert_str_eq(found(of_text, (a0_scan_options){0}), keys);                              \
        close_store(of_text);                                                                      \
    } while (0)

/* --- shapes ---------------------------------------------------------------------------------- */

#define ANN                                                                                        \
    "{\"model\": \"auth.user\", \"pk\": 1, \"fields\": {\"password\": \"md5$a$b\", "               \
    "\"username\": \"ann\", \"email\": \"ann@example.com\", \"is_active\": false, \"groups\": "    \
    "[3], \"last_login\": \"2024-06-03T21:48:14.076Z\"}}"
#define GROUP "{\"model\": \"auth.group\", \"pk\": 3, \"fields\": {\"name\": \"staff\"}}"
#define BOB                                                                                        \
    "{\"model\": \"auth.user\", \"pk\": 2, \"fields\": {\"password\": \"md5$a$b\", "               \
    "\"username\": \"bob\", \"email\": \"\"}}"

START_TEST(dumpdata_is_read_with_its_users_only)
{
    a0_store *store = open_text(GROUP "\n" ANN "\n" BOB "\n");
    ck_assert_str_eq(found(store, (a0_scan_options){0}), "1 2");
    ck_assert_str_eq(found(store, (a0_scan_options){.limit = 1}), "1");
    ck_assert_str_eq(found(store, (a0_scan_options){.after = {"1", 1}}), "2");
    a0_scan *scan = scan_begin(store, (a0_scan_options){0});
    const a0_record *row = next(scan);
    ck_assert(IS(row->username, "ann") && IS(row->email, "ann@example.com"));
    ck_assert(IS(row->password, "md5$a$b") && !row->active);
    ck_assert_int_eq(row->last_login, INT64_C(1717451294076000));
    a0_scan_end(scan);
    close_store(store);
    FOUND("[" GROUP ", " ANN ",\n" BOB "]\n", "1 2"); /* --format json */
}
END_TEST

START_TEST(dumpdata_of_two_kinds_of_users_or_without_keys_is_refused)
{
    REFUSED(ANN "\n{\"model\": \"shop.customer\", \"pk\": 1, \"fields\": {\"password\": \"x\", "
                "\"email\": \"c\"}}\n",
            "auth.user and shop.customer");
    REFUSED("[{\"model\": \"auth.user\", \"fields\": {\"password\": \"x\", \"username\": \"c\"}}]",
            "--natural-primary");
    REFUSED(GROUP "\n", "key");
}
END_TEST

START_TEST(an_array_and_values_over_several_lines_are_read)
{
    FOUND("[]", "");
    FOUND("", "");
    FOUND(" [ {\"id\": 1} , {\"id\": 2}\n,\n{\"id\": 3} ]\n\n", "1 2 3");
    FOUND("{\"id\": 1}{\"id\": 2}\n{\"id\": 3}\n", "1 2 3");
    FOUND("{\n  \"id\": 1,\n  \"username\": \"a}{\\\"\"\n}\n{\n  \"id\": 2\n}\n", "1 2");
    FOUND("[{\"id\": 1}, {\"email\": \"a\"}, {\"id\": 3, \"email\": 7}]", "1 !user 2 !3");
    FOUND("[{\"id\": 1}, {\"id\": tru}]", "1 !user 2");
    FOUND("{\"id\": 1}\n{\"id\": 2\n{\"id\": 3}\n", "1 !line 2 3"); /* lines stay lines */
}
END_TEST

START_TEST(an_array_can_be_read_page_by_page)
{
    a0_store *store = open_text("[{\"id\": 1}, {\"id\": 2}, {\"x\": 0}, {\"id\": 4}]");
    ck_assert_str_eq(found(store, (a0_scan_options){.limit = 2}), "1 2");
    ck_assert_str_eq(found(store, (a0_scan_options){.limit = 1, .after = {"2", 1}}), "!user 3");
    ck_assert_str_eq(found(store, (a0_scan_options){.after = {"user 3", 6}}), "4");
    close_store(store);
}
END_TEST

START_TEST(what_was_cut_off_is_refused)
{
    REFUSED("[{\"id\": 1}, {\"id\": 2}", "cut off");
    REFUSED("[{\"id\": 1}, ", "cut off");
    REFUSED("[{\"id\": 1}, {\"id\": ", "cut off");
    REFUSED("[{\"id\": 1}, 2]", "user 2 is no JSON object");
    REFUSED("[\"ann\"]", "user 1 is no JSON object");
}
END_TEST

START_TEST(a_value_longer_than_a_user_can_be_is_refused)
{
    static char text[3 << 20];
    memcpy(text, "[{\"id\": 1}, {\"id\": 2, \"bio\": \"", 31);
    memset(text + 30, 'x', sizeof text - 30);
    memcpy(text + sizeof text - 3, "\"}]", 3);
    auth0db_error is = refusal(text, sizeof text);
    ck_assert_msg(strstr(is.message, "user 2 is longer than 1 MiB") != NULL, "%s", is.message);
}
END_TEST

START_TEST(what_is_no_json_is_refused_with_what_to_do)
{
    REFUSED("id,username\n1,ann\n", "CSV");
    REFUSED(" row_to_json \n-----\n {\"id\": 1}\n", "each line is to be one user");
    REFUSED("<?xml version=\"1.0\"?>", "XML");
    REFUSED("- model: auth.user\n  pk: 1\n", "YAML");
    REFUSED("\x1f\x8b\x08", "gzip");
    REFUSED("SQLite format 3\0", "sqlite:///");
    REFUSED("-- PostgreSQL database dump\n", "SQL");
    REFUSED("{\"email\": \"a\"}\n{\"email\": \"b\"}\n", "no user in it has a key");
}
END_TEST

/* --- bytes ----------------------------------------------------------------------------------- */

static size_t widen(const char *text, size_t len, unsigned width, bool big, bool mark, char *out)
{
    size_t n = 0;
    for (size_t i = mark ? 0 : 1; i <= len; i++) {
        unsigned code = i == 0 ? 0xfeff : (unsigned char)text[i - 1];
        for (unsigned at = 0; at < width; at++)
            out[n++] = (char)(code >> 8 * (big ? width - 1 - at : at));
    }
    return n;
}

START_TEST(utf_16_and_utf_32_are_read_with_and_without_their_mark)
{
    static const char one[] = "{\"id\": 1, \"email\": \"jos\xe9@x.org\"}\r\n";
    static char text[40000 * sizeof one], wide[4 * sizeof text + 4];
    for (unsigned i = 0; i < 16; i++) {
        const unsigned width = i & 1 ? 2 : 4;
        const bool long_one = i & 8; /* over the end of what is converted at a go */
        size_t len = 0;
        for (unsigned n = 1; n <= (long_one ? 9000u : 2u); n++)
            len += (size_t)snprintf(text + len, sizeof text - len,
                                    "{\"id\": %u, \"email\": \"jos\xe9@x.org\"}\r\n", n);
        write_file(wide, widen(text, len, width, i & 2, i & 4, wide));
        a0_store *store = open_store(url);
        a0_scan *scan = scan_begin(store, (a0_scan_options){0});
        unsigned n = 0;
        for (const a0_record *row; (row = next(scan)) != NULL; n++)
            ck_assert(IS(row->email, "jos\xc3\xa9@x.org"));
        ck_assert_uint_eq(n, long_one ? 9000 : 2);
        a0_scan_end(scan);
        close_store(store);
    }
}
END_TEST

START_TEST(utf_16_that_is_damaged_is_refused)
{
    static const char half[] = "\xff\xfe{\0\"", lone[] = "\xff\xfe{\0\x00\xdc}\0";
    auth0db_error is = refusal(half, sizeof half - 1);
    ck_assert_ptr_nonnull(strstr(is.message, "middle of a character"));
    is = refusal(lone, sizeof lone - 1);
    ck_assert_ptr_nonnull(strstr(is.message, "UTF-8"));
}
END_TEST

/* --- values ---------------------------------------------------------------------------------- */

static a0_store *held;

/* The one user of this line; `done` ends it. */
static const a0_record *user_of(a0_scan **scan, const char *members)
{
    char text[2048];
    snprintf(text, sizeof text, "{\"id\": 1, %s}\n", members);
    held = open_text(text);
    *scan = scan_begin(held, (a0_scan_options){0});
    return next(*scan);
}

static void done(a0_scan *scan)
{
    a0_scan_end(scan);
    close_store(held);
}

START_TEST(flags_are_read_as_tools_write_them)
{
    static const char *const yes[] = {"true",     "1",        "1.0",   "\"1\"",   "\"t\"",
                                      "\"true\"", "\"True\"", "\"Y\"", "\"yes\"", "\"on\""};
    static const char *const no[] = {"false",     "0",     "0.0",    "\"0\"",  "\"f\"",
                                     "\"FALSE\"", "\"n\"", "\"No\"", "\"off\""};
    static const char *const unknown[] = {"2",  "-1", "0.5",    "\"\"",           "\"perhaps\"",
                                          "[]", "{}", "\"1 \"", "\"true\\u0000\""};
    char member[64];
    a0_scan *scan;
    for (size_t i = 0; i < A0_COUNT(yes); i++) {
        snprintf(member, sizeof member, "\"is_active\": 0, \"email_verified\": %s", yes[i]);
        const a0_record *row = user_of(&scan, member);
        ck_assert_msg(row->email_verified && row->damage == NULL, "%s", yes[i]);
        done(scan);
    }
    for (size_t i = 0; i < A0_COUNT(no); i++) {
        snprintf(member, sizeof member, "\"is_active\": %s", no[i]);
        const a0_record *row = user_of(&scan, member);
        ck_assert_msg(!row->active && row->damage == NULL, "%s", no[i]);
        done(scan);
    }
    for (size_t i = 0; i < A0_COUNT(unknown); i++) {
        snprintf(member, sizeof member, "\"is_active\": %s", unknown[i]);
        const a0_record *row = user_of(&scan, member);
        ck_assert_msg(row->damage != NULL, "%s", unknown[i]);
        ck_assert_str_eq(row->damage, "bad-member: is_active");
        done(scan);
    }
}
END_TEST

START_TEST(times_are_read_as_what_they_plainly_are)
{
    static const struct {
        const char *written;
        int64_t time;
    } plain[] = {
        {"1717451294", INT64_C(1717451294000000)},
        {"1717451294.076", INT64_C(1717451294076000)},
        {"1717451294076", INT64_C(1717451294076000)},
        {"1717451294076123", INT64_C(1717451294076123)},
        {"\"1717451294076\"", INT64_C(1717451294076000)},
        {"\"2024-06-03\"", INT64_C(1717372800000000)},
        {"\"2024-06-03T21:48:14.076Z\"", INT64_C(1717451294076000)},
        {"null", A0_NO_TIME},
        {"\"\"", A0_NO_TIME},
        {"0", A0_NO_TIME},
        {"\"0000-00-00 00:00:00\"", A0_NO_TIME},
    };
    static const char *const unclear[] = {"\"never\"", "\"03.06.2024\"", "45446",
                                          "-1",        "true",           "{\"$date\": 1}",
                                          "1e300",     "\"1,2\"",        "\"2024-13-03\""};
    char member[64];
    a0_scan *scan;
    for (size_t i = 0; i < A0_COUNT(plain); i++) {
        snprintf(member, sizeof member, "\"last_login\": %s", plain[i].written);
        const a0_record *row = user_of(&scan, member);
        ck_assert_msg(row->damage == NULL && row->last_login == plain[i].time, "%s is %lld",
                      plain[i].written, (long long)row->last_login);
        done(scan);
    }
    for (size_t i = 0; i < A0_COUNT(unclear); i++) {
        snprintf(member, sizeof member, "\"date_joined\": %s", unclear[i]);
        const a0_record *row = user_of(&scan, member);
        ck_assert_msg(row->damage != NULL, "%s", unclear[i]);
        ck_assert_str_eq(row->damage, "bad-member: date_joined");
        done(scan);
    }
}
END_TEST

START_TEST(names_may_be_numbers_and_members_in_capitals)
{
    a0_scan *scan;
    const a0_record *row = user_of(&scan, "\"USERNAME\": 12345, \"First_Name\": -7, \"LAST_NAME\": "
                                          "8, \"EMAIL\": \"a@x.org\", \"TOTP\": \"ABC\"");
    ck_assert_ptr_null(row->damage);
    ck_assert(IS(row->username, "12345") && IS(row->given_name, "-7"));
    ck_assert(IS(row->family_name, "8") && IS(row->email, "a@x.org"));
    ck_assert(IS(row->mfa[0].value, "{\"secret\":\"ABC\"}"));
    done(scan);
    row = user_of(&scan, "\"email\": \"a\", \"Email\": \"b\"");
    ck_assert_str_eq(row->damage, "bad-member: email");
    done(scan);
    row = user_of(&scan, "\"username\": 1.5");
    ck_assert_str_eq(row->damage, "bad-member: username");
    done(scan);
    row = user_of(&scan, "\"password\": 5");
    ck_assert_str_eq(row->damage, "bad-member: password");
    done(scan);
}
END_TEST

/* Cut after 16 KiB, in the middle of a character. */
START_TEST(a_secret_that_is_too_long_holds_its_user_back)
{
    static char text[60000];
    int n = snprintf(text, sizeof text, "{\"id\": 1, \"totp\": \"x");
    for (int i = 0; i < 9000; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "\xc3\xa9");
    snprintf(text + n, sizeof text - (size_t)n, "\"}\n{\"id\": 2}\n");
    a0_store *store = open_text(text);
    a0_scan *scan = scan_begin(store, (a0_scan_options){0});
    const a0_record *row = next(scan);
    ck_assert(row->too_long && row->n_mfa == 0);
    ck_assert(IS(next(scan)->key, "2"));
    a0_scan_end(scan);
    close_store(store);
}
END_TEST

START_TEST(null_in_the_active_flag_is_what_the_site_says)
{
    for (int i = 0; i < 2; i++) {
        auth0db_error err = {0};
        a0_site_map map = {.site = "shop", .null_is_active = i == 1};
        write_file("{\"id\": 1, \"is_active\": null}", 28);
        ok(a0_store_open(&held, url, &map, &err), err);
        a0_scan *scan = scan_begin(held, (a0_scan_options){0});
        ck_assert_int_eq(next(scan)->active, i);
        done(scan);
    }
}
END_TEST

/* --- keys ------------------------------------------------------------------------------------ */

#define UUID "0f8fad5b-d9cb-469f-a165-70867728950e"

START_TEST(one_key_in_several_spellings_is_one_key)
{
    static const char *const spellings[] = {UUID,
                                            "0F8FAD5B-D9CB-469F-A165-70867728950E",
                                            "0f8fad5bd9cb469fa16570867728950e",
                                            "0F8FAD5BD9CB469FA16570867728950E",
                                            "{0F8FAD5B-D9CB-469F-A165-70867728950E}",
                                            "urn:uuid:0f8fad5b-d9cb-469f-a165-70867728950e"};
    for (size_t i = 0; i < A0_COUNT(spellings); i++) {
        char text[128];
        snprintf(text, sizeof text, "{\"ID\": \"%s\"}", spellings[i]);
        a0_store *store = open_text(text);
        ck_assert_str_eq(found(store, (a0_scan_options){0}), UUID);
        close_store(store);
    }
    FOUND("{\"id\": 1.0}\n{\"id\": \"2\"}\n{\"id\": \"3.0\"}\n{\"pk\": 4}\n{\"KEY\": -5}",
          "1 2 3 4 -5");
    FOUND("{\"id\": \"3.5\"}\n{\"id\": \"0f8f\"}\n{\"id\": \"x.0\"}\n", "3.5 0f8f x.0");
}
END_TEST

/* A site whose keys are texts means what it writes. */
START_TEST(texts_that_are_keys_stay_as_they_are)
{
    auth0db_error err = {0};
    a0_site_map map = {.site = "shop", .key_type = A0_KEY_STRING};
    static const char text[] = "{\"id\": \"0F8FAD5BD9CB469FA16570867728950E\"}\n{\"id\": \"1.0\"}\n"
                               "{\"id\": \"1\"}\n";
    write_file(text, sizeof text - 1);
    ok(a0_store_open(&held, url, &map, &err), err);
    ck_assert_str_eq(found(held, (a0_scan_options){0}), "0F8FAD5BD9CB469FA16570867728950E 1.0 1");
    close_store(held);
}
END_TEST

START_TEST(a_key_twice_names_both_lines)
{
    REFUSED("{\"id\": 1}\n\n{\"id\": 2}\n{\"id\": \"2\"}\n", "lines 3 and 4 have the same key, 2");
    REFUSED("{\"id\": 1}\n{\"id\": 1.0}\n", "lines 1 and 2 have the same key, 1");
    REFUSED("[{\"id\": 1}, {\"id\": 3}, {\"id\": 1}]", "users 1 and 3 have the same key, 1");
    REFUSED(GROUP "\n" ANN "\n" BOB "\n" ANN "\n", "lines 2 and 4 have the same key, 1");
    REFUSED("{\"id\": \"" UUID "\"}\n{\"id\": \"0F8FAD5BD9CB469FA16570867728950E\"}\n",
            "have the same key, " UUID);
}
END_TEST

START_TEST(a_key_twice_is_found_among_many)
{
    static char text[64 * 20000];
    for (int twin = 0; twin < 3; twin++) {
        static const int of[] = {1, 10000, 19998};
        size_t len = 0;
        for (int i = 1; i <= 20000; i++)
            len += (size_t)snprintf(text + len, sizeof text - len, "{\"id\": %d}\n",
                                    i == 20000 ? of[twin] : i);
        char words[64];
        snprintf(words, sizeof words, "lines %d and 20000 ", of[twin]);
        auth0db_error is = refusal(text, len);
        ck_assert_msg(strstr(is.message, words) != NULL, "%s", is.message);
    }
}
END_TEST

UNIT_MAIN("ndjson_field", dumpdata_is_read_with_its_users_only,
          dumpdata_of_two_kinds_of_users_or_without_keys_is_refused,
          an_array_and_values_over_several_lines_are_read, an_array_can_be_read_page_by_page,
          what_was_cut_off_is_refused, a_value_longer_than_a_user_can_be_is_refused,
          what_is_no_json_is_refused_with_what_to_do,
          utf_16_and_utf_32_are_read_with_and_without_their_mark, utf_16_that_is_damaged_is_refused,
          flags_are_read_as_tools_write_them, times_are_read_as_what_they_plainly_are,
          names_may_be_numbers_and_members_in_capitals,
          a_secret_that_is_too_long_holds_its_user_back,
          null_in_the_active_flag_is_what_the_site_says, one_key_in_several_spellings_is_one_key,
          texts_that_are_keys_stay_as_they_are, a_key_twice_names_both_lines,
          a_key_twice_is_found_among_many)
