/* Users as lines of JSON: what is understood becomes a record, what is not becomes one with its
 * damage named, and nothing ends the scan but the end. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ndjson_files.h"
#include "scan.h"
#include "unit.h"

START_TEST(a_full_line_is_a_full_record)
{
    a0_store *store = open_text(
        "{\"key\": \"k-1\", \"username\": \"a\\u0000b\", \"email\": \"jos\xc3\xa9@x.org\", "
        "\"password\": \"md5$a$b\", \"first_name\": \"J\", \"last_name\": \"\", \"is_active\": "
        "false, \"is_staff\": 1, \"is_superuser\": true, \"last_login\": "
        "\"2024-05-01T10:00:00.5+00:00\", \"date_joined\": \"2020-01-01 00:00:00\", "
        "\"email_verified\": true, \"totp\": \"ABC\\\"\", \"phone\": \"+3161\", \"colour\": 7}\n"
        "{\"id\": -12}");
    a0_scan *scan = scan_begin(store, (a0_scan_options){0});
    const a0_record *row = next(scan);
    ck_assert_ptr_null(row->damage);
    ck_assert(IS(row->key, "k-1"));
    ck_assert(IS(row->username, "a\0b"));
    ck_assert(IS(row->email, "jos\xc3\xa9@x.org"));
    ck_assert(IS(row->password, "md5$a$b"));
    ck_assert(IS(row->given_name, "J"));
    ck_assert(IS(row->family_name, ""));
    ck_assert(!row->active && row->staff && row->superuser && row->email_verified);
    ck_assert_int_eq(row->last_login, INT64_C(1714557600500000));
    ck_assert_int_eq(row->joined, INT64_C(1577836800000000));
    ck_assert_uint_eq(row->n_mfa, 2);
    ck_assert_int_eq(row->mfa[0].source->format, A0_MFA_ALLAUTH_TOTP);
    ck_assert(IS(row->mfa[0].value, "{\"secret\":\"ABC\\\"\"}"));
    ck_assert_int_eq(row->mfa[1].source->format, A0_MFA_PHONE);
    ck_assert(IS(row->mfa[1].value, "+3161"));
    row = next(scan);
    ck_assert(IS(row->key, "-12"));
    ck_assert(row->active && !row->staff && !row->email_verified && row->n_mfa == 0);
    ck_assert_ptr_null(row->email.data);
    ck_assert(row->last_login == A0_NO_TIME);
    ck_assert_ptr_null(next(scan));
    ck_assert_ptr_null(next(scan));
    a0_scan_end(scan);
    close_store(store);
}
END_TEST

START_TEST(a_bad_line_is_named_and_stops_nothing)
{
    static const char text[] = "\xef\xbb\xbf{\"key\": 1}\r\n"
                               "\n"
                               "not json\n"
                               "[1]\n"
                               "{\"email\": \"a@x.org\"}\n"
                               "{\"key\": 6, \"email\": 7}\n"
                               "{\"key\": 7, \"is_active\": \"perhaps\"}\n"
                               "{\"key\": 8, \"key\": 9}\n"
                               "{\"key\": \"\xff\"}\n"
                               "{\"key\": \"a\\u0000b\"}\n"
                               "{\"key\": 1.5}\n"
                               "\0\n"
                               "{\"key\": 13, \"email\": null, \"last_login\": \"never\"}\n"
                               "   \n"
                               "{\"key\": 15";
    write_file(text, sizeof text - 1);
    a0_store *store = open_store(url);
    ck_assert_str_eq(found(store, (a0_scan_options){0}),
                     "1 !line 3 !line 4 !line 5 !6 !7 !line 8 !line 9 !line 10 !line 11 !line 12 "
                     "!13 !line 15");
    a0_scan *scan = scan_begin(store, (a0_scan_options){0});
    next(scan);
    ck_assert_str_eq(next(scan)->damage, "not-json");
    ck_assert_str_eq(next(scan)->damage, "not-json");
    const a0_record *row = next(scan);
    ck_assert_str_eq(row->damage, "no-key");
    ck_assert(IS(row->email, "a@x.org")); /* what could be read */
    ck_assert_str_eq(next(scan)->damage, "bad-member: email");
    ck_assert_str_eq(next(scan)->damage, "bad-member: is_active");
    a0_scan_end(scan);
    close_store(store);
}
END_TEST

/* Around the limit, and around what is read at a go. */
START_TEST(a_line_without_end_is_cut_and_the_next_one_is_read)
{
    enum { LIMIT = 1 << 20, AROUND = 1 << 16 };
    static const int lengths[] = {LIMIT - 1,          LIMIT,    LIMIT + 1, LIMIT + AROUND,
                                  LIMIT + AROUND + 1, 5 * LIMIT};
    static char text[6 * LIMIT];
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        int n = snprintf(text, sizeof text, "{\"key\":1,\"email\":\"");
        memset(text + n, 'x', (size_t)(lengths[i] - n - 2));
        memcpy(text + lengths[i] - 2, "\"}\n{\"key\":2}\n", 13);
        write_file(text, (size_t)lengths[i] + 11);
        a0_store *store = open_store(url);
        a0_scan *scan = scan_begin(store, (a0_scan_options){0});
        const a0_record *row = next(scan);
        if (lengths[i] <= LIMIT) {
            ck_assert(IS(row->key, "1"));
            ck_assert(row->too_long);
            ck_assert_uint_eq(row->email.len, A0_FIELD_MAX);
        } else {
            ck_assert(IS(row->key, "line 1"));
            ck_assert_str_eq(row->damage, "line-too-long");
        }
        ck_assert_msg(IS(next(scan)->key, "2"), "behind %d bytes", lengths[i]);
        ck_assert_ptr_null(next(scan));
        a0_scan_end(scan);
        close_store(store);
    }
}
END_TEST

static const char five[] =
    "{\"key\": 5, \"last_login\": \"2024-05-01 10:00:00\"}\n{\"key\": 3, \"is_active\": false}\n"
    "{\"key\": 9}\n\n{\"key\": 1, \"last_login\": \"2024-05-01 09:59:59\"}\n{\"key\": 7}\n";

START_TEST(a_scan_can_be_narrowed_and_goes_on_behind_a_key)
{
    static const a0_slice keys[] = {{"7", 1}, {"3", 1}, {"8", 1}};
    a0_store *store = open_text(five);
    ck_assert_str_eq(found(store, (a0_scan_options){0}), "5 3 9 1 7");
    ck_assert_str_eq(found(store, (a0_scan_options){.only_active = true}), "5 9 1 7");
    ck_assert_str_eq(found(store, (a0_scan_options){.since_login = INT64_C(1714557600000000)}),
                     "5");
    ck_assert_str_eq(found(store, (a0_scan_options){.keys = keys, .n_keys = 3}), "3 7");
    ck_assert_str_eq(found(store, (a0_scan_options){.limit = 2}), "5 3");
    ck_assert_str_eq(found(store, (a0_scan_options){.limit = 2, .after = {"3", 1}}), "9 1");
    ck_assert_str_eq(found(store, (a0_scan_options){.limit = 2, .after = {"1", 1}}), "7");
    ck_assert_str_eq(found(store, (a0_scan_options){.after = {"5", 1}}), "3 9 1 7");
    ck_assert_str_eq(found(store, (a0_scan_options){.after = {"7", 1}}), "");
    ck_assert_str_eq(found(store, (a0_scan_options){.after = {"4", 1}}), "");
    ck_assert_str_eq(found(store, (a0_scan_options){.unsettled_only = true, .with_state = true}),
                     "5 3 9 1 7"); /* nothing is on record */
    close_store(store);
}
END_TEST

START_TEST(a_page_that_goes_on_knows_its_line)
{
    a0_store *store = open_text("{\"key\": 1}\n\nrubbish\n{\"key\": 4}\nmore of it\n");
    ck_assert_str_eq(found(store, (a0_scan_options){.limit = 1}), "1");
    ck_assert_str_eq(found(store, (a0_scan_options){.limit = 1, .after = {"1", 1}}), "!line 3");
    ck_assert_str_eq(found(store, (a0_scan_options){.limit = 5, .after = {"line 3", 6}}),
                     "4 !line 5");
    close_store(store);
}
END_TEST

/* An export goes on behind the last user who had room in its file: the last that it read, or the
 * one before. Were the file read from its beginning for it, a large one would never be done. */
START_TEST(a_page_goes_on_where_the_one_before_ended_and_reads_nothing_twice)
{
    char blanks[sizeof five];
    a0_store *store = open_text(five);
    ck_assert_str_eq(found(store, (a0_scan_options){.limit = 3}), "5 3 9");
    memset(blanks, ' ', sizeof blanks);
    int fd = open(file, O_WRONLY);
    const char *nine = strstr(five, "9");
    while (nine[-1] != '\n')
        nine--;
    ck_assert_int_eq(pwrite(fd, blanks, (size_t)(nine - five), 0), nine - five);
    close(fd);
    ck_assert_str_eq(found(store, (a0_scan_options){.limit = 2, .after = {"3", 1}}), "9 1");
    ck_assert_str_eq(found(store, (a0_scan_options){.limit = 2, .after = {"1", 1}}), "7");
    ck_assert_str_eq(found(store, (a0_scan_options){.after = {"5", 1}}), "");
    close_store(store);
}
END_TEST

/* A plan reads twice; a pipe runs once. */
START_TEST(standard_input_is_read_as_often_as_needed)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], five, sizeof five - 1), (ssize_t)(sizeof five - 1));
    close(ends[1]);
    ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    a0_store *store = open_store("ndjson:-");
    ck_assert_str_eq(found(store, (a0_scan_options){0}), "5 3 9 1 7");
    ck_assert_str_eq(found(store, (a0_scan_options){0}), "5 3 9 1 7");
    a0_store_close(store);
    write_file(five, sizeof five - 1);
    ck_assert_ptr_nonnull(freopen(file, "r", stdin));
    store = open_store("ndjson:-");
    ck_assert_str_eq(found(store, (a0_scan_options){.limit = 1}), "5");
    ck_assert_str_eq(found(store, (a0_scan_options){0}), "5 3 9 1 7");
    close_store(store);
}
END_TEST

START_TEST(there_is_nothing_to_write_to)
{
    auth0db_error err = {0};
    char site[65];
    uint64_t n = 7;
    bool gone;
    a0_store *store = open_text(five);
    ck_assert(!a0_store_keeps_record(store));
    ok(a0_store_check(store, false, &err), err);
    ck_assert_int_eq(a0_store_check(store, true, &err), AUTH0DB_ERR_OPTION);
    ck_assert_str_eq(err.where, "DATABASE_URL");
    ck_assert_int_eq(a0_store_init(store, &err), AUTH0DB_ERR_OPTION);
    ck_assert_int_eq(a0_store_counts(store, NULL, NULL, &err), AUTH0DB_ERR_OPTION);
    ck_assert_int_eq(a0_store_links(store, NULL, "", 0, NULL, NULL, &err), AUTH0DB_ERR_OPTION);
    ck_assert_int_eq(a0_store_holdouts(store, NULL, "", 0, NULL, NULL, &err), AUTH0DB_ERR_OPTION);
    ck_assert_int_eq(a0_store_unlink(store, "1", "auth0|1", &gone, &err), AUTH0DB_ERR_OPTION);
    ok(a0_store_site(store, true, "fresh", site, &err), err);
    ck_assert_str_eq(site, "shop");
    ok(a0_store_count_users(store, true, &n, &err), err);
    ck_assert_uint_eq(n, 0);
    close_store(store);
}
END_TEST

/* Ids would not be the same the next time. */
START_TEST(a_name_for_the_site_must_be_given)
{
    auth0db_error err = {0};
    char site[65];
    a0_store *store;
    a0_site_map map = {0};
    write_file(five, sizeof five - 1);
    ok(a0_store_open(&store, url, &map, &err), err);
    ok(a0_store_site(store, false, NULL, site, &err), err);
    ck_assert_str_eq(site, "");
    ck_assert_int_eq(a0_store_site(store, true, "fresh", site, &err), AUTH0DB_ERR_OPTION);
    ck_assert_str_eq(err.where, "AUTH0_SITE");
    close_store(store);
}
END_TEST

static int never(void *ctx, const a0_batch *batch)
{
    ck_abort_msg("batch %lld", (long long)batch->id);
    return AUTH0DB_OK;
}

START_TEST(an_export_leaves_no_trace)
{
    auth0db_error err = {0};
    bool taken[2] = {true, true};
    a0_claim claims[] = {{"5", "auth0|5", "", ""}, {"3", "auth0|3", "", ""}};
    a0_batch first = {.external_id = "a"}, second = {.external_id = "b"};
    a0_store *store = open_text(five);
    ok(a0_store_claim(store, &first, claims, 2, taken, &err), err);
    ok(a0_store_claim(store, &second, NULL, 0, NULL, &err), err);
    ck_assert(first.id != 0 && second.id != 0 && first.id != second.id);
    ck_assert(!taken[0] && !taken[1]);
    ok(a0_store_batch_update(store, &first, "me", &err), err);
    ok(a0_store_settle(store, &first, NULL, 0, &err), err);
    ok(a0_store_batches(store, NULL, never, NULL, &err), err);
    ok(a0_store_claims(store, first.id, NULL, NULL, &err), err);
    close_store(store);
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
    static const char *const bad[] = {"ndjson:////nowhere/users", "ndjson:////tmp",
                                      "ndjson:////dev/zero"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        a0_store *store;
        auth0db_error err = {0};
        a0_site_map map = {0};
        ck_assert_int_ne(a0_store_open(&store, bad[i], &map, &err), AUTH0DB_OK);
        ck_assert_ptr_null(store);
        ck_assert_str_eq(err.where, "DATABASE_URL");
    }
}
END_TEST

UNIT_MAIN("ndjson", a_full_line_is_a_full_record, a_bad_line_is_named_and_stops_nothing,
          a_line_without_end_is_cut_and_the_next_one_is_read,
          a_scan_can_be_narrowed_and_goes_on_behind_a_key,
          a_page_goes_on_where_the_one_before_ended_and_reads_nothing_twice,
          a_page_that_goes_on_knows_its_line, standard_input_is_read_as_often_as_needed,
          there_is_nothing_to_write_to, a_name_for_the_site_must_be_given,
          an_export_leaves_no_trace, what_is_no_file_is_refused)
