#include <stdio.h>
#include <string.h>

#include "auth0/jobs.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "bulk/batch/buffer.h"
#include "unit.h"

#define PBKDF2                                                                                     \
    "pbkdf2_sha256$600000$a1B2c3D4e5F6g7H8i9J0kL$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define TEXT(s) ((a0_slice){(s), strlen(s)})
#define BYTES(s) ((a0_slice){(s), sizeof(s) - 1})

static const a0_assess_rules by_email = {0};
static const a0_assess_rules by_name = {.require_username = true, .with_factors = true};

static a0_record ann(void)
{
    return (a0_record){.key = TEXT("7"),
                       .username = TEXT("Ann"),
                       .email = TEXT("Ann@Example.com"),
                       .password = TEXT("md5$ab$d41d8cd98f00b204e9800998ecf8427e"),
                       .given_name = TEXT("Ann"),
                       .family_name = TEXT("L\xc3\xa9\""),
                       .active = true};
}

static a0_assessment moving(const a0_record *record, const a0_assess_rules *rules)
{
    a0_assessment assessment;
    a0_assess(record, rules, &assessment);
    ck_assert_int_eq(assessment.disposition, A0_MOVES);
    return assessment;
}

static const char *row_of(const a0_record *record, const a0_assess_rules *rules)
{
    static a0_buf out;
    char id[AUTH0DB_ID_SIZE];
    a0_assessment assessment = moving(record, rules);
    a0_buf_clear(&out);
    ck_assert_int_eq(a0_buf_reserve(&out, a0_row_bound(record)), AUTH0DB_OK);
    auth0db_expected_id("shop", record->key.data, id);
    ck_assert(a0_row_write(&out, record, &assessment, rules, id, A0_IMPORT_REQUEST_MAX));
    return out.data;
}

START_TEST(costs_that_are_supposed_are_left_out_and_no_others)
{
#define SCRYPT_DIGEST                                                                              \
    "lWJdSJj22dVfKvsRqxFv7f3oTJ8Y8lTzY2QxCkhvQ0m0nEJ7dzKjbFyZ3xV3c3Yb8rD6mS0o2zGfEw0yKq0AAQ=="
    static const struct {
        const char *costs, *want;
    } cases[] = {
        {"16384$s$8$1", "\"keylen\":64}"},
        {"16384$s$8$5", "\"keylen\":64,\"parallelization\":5}"},
        {"8192$s$8$1", "\"keylen\":64,\"cost\":8192}"},
        {"1024$s$4$2", "\"keylen\":64,\"cost\":1024,\"blockSize\":4,\"parallelization\":2}"}};
    for (size_t i = 0; i < A0_COUNT(cases); i++) {
        char password[256];
        a0_record user = ann();
        int n = snprintf(password, sizeof password, "scrypt$%s$" SCRYPT_DIGEST, cases[i].costs);
        user.password = (a0_slice){password, (size_t)n};
        ck_assert_ptr_nonnull(strstr(row_of(&user, &by_email), "\"salt\":{\"value\":\"s\"},"));
        ck_assert_ptr_nonnull(strstr(row_of(&user, &by_email), cases[i].want));
    }
}
END_TEST

START_TEST(a_row_says_what_differs_from_the_defaults_and_no_more)
{
    a0_record user = ann();
    char id[AUTH0DB_ID_SIZE], want[512];
    auth0db_expected_id("shop", "7", id);
#define HASH                                                                                       \
    "\"custom_password_hash\":{\"algorithm\":\"md5\",\"hash\":{\"value\":"                         \
    "\"d41d8cd98f00b204e9800998ecf8427e\",\"encoding\":\"hex\"},\"salt\":{\"value\":\"ab\"}}"
    snprintf(want, sizeof want,
             "{\"email\":\"ann@example.com\",\"user_id\":\"%s\",\"given_name\":\"Ann\","
             "\"family_name\":\"L\xc3\xa9\\\"\"," HASH "}",
             id + 6); /* Auth0 puts "auth0|" before it */
    ck_assert_str_eq(row_of(&user, &by_email), want);

    static const a0_mfa_source totp = {.format = A0_MFA_OTP_TOTP}, phone = {.format = A0_MFA_PHONE},
                               other = {.format = A0_MFA_OTHER};
    user.email_verified = true;
    user.active = false;
    user.given_name = user.family_name = (a0_slice){NULL, 0};
    user.mfa[0] = (a0_mfa_row){&totp, TEXT("48656c6c6f21deadbeef"), 6, 30};
    user.mfa[1] = (a0_mfa_row){&other, TEXT("recovery"), 0, 0};
    user.mfa[2] = (a0_mfa_row){&phone, TEXT("+1 555 0100"), 0, 0};
    user.n_mfa = 3;
    snprintf(
        want, sizeof want,
        "{\"email\":\"ann@example.com\",\"email_verified\":true,\"user_id\":\"%s\","
        "\"username\":\"ann\",\"blocked\":true,\"app_metadata\":{\"auth0db_blocked\":true}," HASH
        ",\"mfa_factors\":[{\"totp\":{\"secret\":\"JBSWY3DPEHPK3PXP\"}},"
        "{\"phone\":{\"value\":\"+15550100\"}}]}",
        id + 6);
    ck_assert_str_eq(row_of(&user, &by_name), want);
}
END_TEST

/* As auth0db 0.1 kept it, and only where the tenant has no user names of its own. */
START_TEST(the_sites_user_name_goes_into_app_metadata_where_asked)
{
    const a0_assess_rules legacy = {.legacy_username = true},
                          both = {.legacy_username = true, .require_username = true};
    char long_name[602];
    memset(long_name, '\x01', sizeof long_name);
    a0_record user = ann();
    ck_assert_ptr_null(strstr(row_of(&user, &by_email), "app_metadata"));
    ck_assert_ptr_null(strstr(row_of(&user, &both), "app_metadata"));
    user.username = (a0_slice)TEXT("a\"b\x01");
    ck_assert_ptr_nonnull(
        strstr(row_of(&user, &legacy), ",\"app_metadata\":{\"username\":\"a\\\"b\\u0001\"},"));
    user.active = false;
    ck_assert_ptr_nonnull(strstr(row_of(&user, &legacy),
                                 ",\"blocked\":true,\"app_metadata\":{\"auth0db_blocked\":true,"
                                 "\"username\":\"a\\\"b\\u0001\"},"));
    user.active = true;
    const a0_slice none[] = {{NULL, 0}, TEXT("\xff"), BYTES("a\0b"), {long_name, 601}};
    for (size_t i = 0; i < A0_COUNT(none); i++) {
        user.username = none[i];
        ck_assert_ptr_null(strstr(row_of(&user, &legacy), "app_metadata"));
    }
    user.username = (a0_slice){long_name, 600}; /* there is room for it, escaped */
    ck_assert_ptr_nonnull(strstr(row_of(&user, &legacy), "app_metadata"));
}
END_TEST

START_TEST(names_are_cut_between_characters_and_control_characters_escaped)
{
    char accents[402];
    for (size_t i = 0; i < 400; i += 4)
        memcpy(accents + i, "\xf0\x9f\x94\x91", 4);
    for (size_t i = 0; i < 200; i++)
        accents[i] = '\x01';
    a0_record user = ann();
    user.given_name = (a0_slice){accents, 400}; /* 200 of one byte, 50 of four */
    user.family_name = TEXT("\xe2\x80\xa8\t\\caf\xc3\xa9\x7f");
    const char *row = row_of(&user, &by_email);
    json_t *object;
    ck_assert_int_eq(a0_json_parse(&object, row, strlen(row), "row", NULL), AUTH0DB_OK);
    ck_assert_int_eq(a0_utf8_count(a0_json_text(object, "given_name"), 150), 150);
    ck_assert_uint_eq(strlen(a0_json_text(object, "given_name")), 150);
    ck_assert_str_eq(a0_json_text(object, "family_name"), "\xe2\x80\xa8\t\\caf\xc3\xa9\x7f");
    json_decref(object);
    for (size_t i = 0; i < 400; i += 4)
        memcpy(accents + i, "\xf0\x9f\x94\x91", 4);
    user.given_name = (a0_slice){accents, 400};
    row = row_of(&user, &by_email);
    ck_assert_int_eq(a0_json_parse(&object, row, strlen(row), "row", NULL), AUTH0DB_OK);
    ck_assert_uint_eq(strlen(a0_json_text(object, "given_name")), 400);
    json_decref(object);
}
END_TEST

START_TEST(a_row_longer_than_it_may_be_leaves_nothing_behind)
{
    a0_record user = ann();
    a0_assessment assessment = moving(&user, &by_email);
    a0_buf out = {0};
    static const char id[] = "auth0|0123456789abcdef01234567";
    size_t len = strlen(row_of(&user, &by_email));
    ck_assert_int_eq(a0_buf_puts(&out, "before"), AUTH0DB_OK);
    ck_assert_int_eq(a0_buf_reserve(&out, a0_row_bound(&user)), AUTH0DB_OK);
    ck_assert(!a0_row_write(&out, &user, &assessment, &by_email, id, len - 1));
    ck_assert_uint_eq(out.len, 6);
    for (size_t i = 6; i < out.cap; i++)
        ck_assert_int_eq(out.data[i], 0); /* no hash */
    ck_assert(a0_row_write(&out, &user, &assessment, &by_email, id, len));
    ck_assert_uint_eq(out.len, 6 + len);
    a0_buf_clear(&out);
}
END_TEST

/* --- packs ----------------------------------------------------------------------------------- */

/* User n of a site whose rows differ in length. */
static a0_record nth(unsigned n, char key[16], char email[64])
{
    a0_record user = ann();
    snprintf(key, 16, "%u", n);
    snprintf(email, 64, "user%u%.*s@example.com", n, (int)(n % 23), "xxxxxxxxxxxxxxxxxxxxxxx");
    user.key = TEXT(key);
    user.email = TEXT(email);
    user.password = TEXT(PBKDF2);
    return user;
}

static a0_buffer_answer offer(a0_batch_buffer *buffer, unsigned n)
{
    char key[16], email[64];
    a0_record user = nth(n, key, email);
    a0_assessment assessment = moving(&user, &by_email);
    return a0_batch_buffer_add(buffer, &user, &assessment);
}

static json_t *parsed(a0_batch_buffer *buffer, size_t room)
{
    json_t *array;
    a0_slice json = a0_batch_buffer_json(buffer);
    ck_assert_uint_le(json.len, room);
    ck_assert_int_eq(a0_json_parse(&array, json.data, json.len, "buffer", NULL), AUTH0DB_OK);
    ck_assert(json_is_array(array));
    ck_assert_uint_eq(json_array_size(array), a0_batch_buffer_users(buffer));
    return array;
}

static void check_rows(a0_batch_buffer *buffer, size_t room)
{
    json_t *array = parsed(buffer, room), *object;
    size_t i;
    json_array_foreach(array, i, object)
    {
        const a0_buffered_row *row = a0_batch_buffer_row(buffer, i);
        char id[AUTH0DB_ID_SIZE], digest[AUTH0DB_FINGERPRINT_SIZE];
        const char *hash[] = {PBKDF2};
        auth0db_expected_id("shop", row->key, id);
        auth0db_fingerprint(hash, NULL, 1, digest);
        ck_assert_str_eq(row->auth0_id, id);
        ck_assert_str_eq(a0_json_text(object, "user_id"), id + 6);
        ck_assert_str_eq(a0_json_text(object, "email"), row->email);
        ck_assert_str_eq(row->sync_digest, digest);
        ck_assert_uint_eq(strlen(row->holdout_digest), AUTH0DB_FINGERPRINT_LEN);
        ck_assert_uint_eq(row->params.iterations, 600000);
    }
    json_decref(array);
}

START_TEST(batches_are_full_and_no_user_is_lost)
{
    const size_t room = A0_IMPORT_REQUEST_MAX - 700;
    a0_batch_buffer *buffer = a0_batch_buffer_new("shop", &by_email, room);
    unsigned seen = 0, batches = 0;
    ck_assert_ptr_nonnull(buffer);
    for (unsigned n = 0; n < 6000; n++) {
        a0_buffer_answer answer = offer(buffer, n);
        if (answer == A0_BUFFER_FULL) {
            ck_assert_uint_ge(a0_batch_buffer_json(buffer).len, room / 1000 * 995);
            check_rows(buffer, room);
            seen += (unsigned)a0_batch_buffer_users(buffer);
            batches++;
            a0_batch_buffer_clear(buffer);
            answer = offer(buffer, n);
        }
        ck_assert_int_eq(answer, A0_BUFFER_TAKEN);
    }
    ck_assert_uint_ge(batches, 3);
    ck_assert_uint_eq(seen + a0_batch_buffer_users(buffer), 6000);
    check_rows(buffer, room);
    a0_batch_buffer_free(buffer);
}
END_TEST

START_TEST(counting_packs_the_very_same_batches)
{
    const size_t room = 20000;
    a0_batch_buffer *counts = a0_batch_buffer_new(NULL, &by_email, room);
    a0_batch_buffer *packs = a0_batch_buffer_new("shop", &by_email, room);
    ck_assert(counts != NULL && packs != NULL);
    for (unsigned n = 0; n < 500; n++) {
        a0_buffer_answer answer = offer(packs, n);
        ck_assert_int_eq(offer(counts, n), answer);
        ck_assert_uint_eq(a0_batch_buffer_json(counts).len, a0_batch_buffer_json(packs).len);
        if (answer != A0_BUFFER_FULL)
            continue;
        a0_batch_buffer_clear(counts);
        a0_batch_buffer_clear(packs);
    }
    a0_batch_buffer_free(counts);
    a0_batch_buffer_free(packs);
}
END_TEST

START_TEST(the_room_is_used_to_the_last_byte_and_not_beyond)
{
    a0_batch_buffer *wide = a0_batch_buffer_new("shop", &by_email, 10000);
    ck_assert_ptr_nonnull(wide);
    ck_assert_int_eq(offer(wide, 1), A0_BUFFER_TAKEN);
    size_t one = a0_batch_buffer_json(wide).len;
    ck_assert_int_eq(offer(wide, 2), A0_BUFFER_TAKEN);
    size_t two = a0_batch_buffer_json(wide).len;
    a0_batch_buffer_free(wide);
    for (size_t room = 0; room <= two; room++) {
        a0_batch_buffer *buffer = a0_batch_buffer_new("shop", &by_email, room);
        ck_assert_ptr_nonnull(buffer);
        ck_assert_int_eq(offer(buffer, 1), room < one ? A0_BUFFER_TOO_BIG : A0_BUFFER_TAKEN);
        if (room >= one)
            ck_assert_int_eq(offer(buffer, 2), room < two ? A0_BUFFER_FULL : A0_BUFFER_TAKEN);
        if (room >= 2)
            json_decref(parsed(buffer, room));
        a0_batch_buffer_free(buffer);
    }
}
END_TEST

START_TEST(rows_can_be_left_out_again)
{
    enum { USERS = 8 };
    for (unsigned mask = 0; mask < 1u << USERS; mask++) {
        a0_batch_buffer *buffer = a0_batch_buffer_new("shop", &by_email, 10000);
        bool drop[USERS];
        unsigned kept = 0;
        ck_assert_ptr_nonnull(buffer);
        for (unsigned n = 0; n < USERS; n++) {
            ck_assert_int_eq(offer(buffer, n), A0_BUFFER_TAKEN);
            drop[n] = (mask >> n & 1) != 0;
            kept += !drop[n];
        }
        a0_batch_buffer_drop(buffer, drop);
        ck_assert_uint_eq(a0_batch_buffer_users(buffer), kept);
        check_rows(buffer, 10000);
        ck_assert_int_eq(offer(buffer, USERS), A0_BUFFER_TAKEN);
        check_rows(buffer, 10000);
        a0_batch_buffer_free(buffer);
    }
}
END_TEST

START_TEST(rows_told_of_stay_where_they_are)
{
    a0_batch_buffer *buffer = a0_batch_buffer_new("shop", &by_email, A0_IMPORT_REQUEST_MAX);
    ck_assert_ptr_nonnull(buffer);
    ck_assert_int_eq(offer(buffer, 0), A0_BUFFER_TAKEN);
    const a0_buffered_row *first = a0_batch_buffer_row(buffer, 0);
    const char *digest = first->sync_digest;
    for (unsigned n = 1; offer(buffer, n) == A0_BUFFER_TAKEN; n++)
        ;
    ck_assert_ptr_eq(a0_batch_buffer_row(buffer, 0), first);
    ck_assert_ptr_eq(first->sync_digest, digest);
    ck_assert_str_eq(first->key, "0");
    a0_batch_buffer_free(buffer);
}
END_TEST

START_TEST(a_pack_survives_every_failed_allocation)
{
    for (long nth_alloc = 1; nth_alloc < 40; nth_alloc++) {
        a0_test_fail_nth_alloc(nth_alloc);
        a0_batch_buffer *buffer = a0_batch_buffer_new("shop", &by_email, 2000);
        for (unsigned n = 0; buffer != NULL && n < 3; n++) {
            size_t before = a0_batch_buffer_users(buffer);
            if (offer(buffer, n) == A0_BUFFER_TAKEN)
                continue;
            a0_test_fail_nth_alloc(0);
            ck_assert_uint_eq(a0_batch_buffer_users(buffer), before);
            ck_assert_int_eq(offer(buffer, n), A0_BUFFER_TAKEN); /* nothing was spoilt */
        }
        a0_test_fail_nth_alloc(0);
        if (buffer != NULL)
            check_rows(buffer, 2000);
        a0_batch_buffer_free(buffer);
    }
}
END_TEST

UNIT_MAIN("batch_buffer", a_row_says_what_differs_from_the_defaults_and_no_more,
          costs_that_are_supposed_are_left_out_and_no_others,
          names_are_cut_between_characters_and_control_characters_escaped,
          the_sites_user_name_goes_into_app_metadata_where_asked,
          a_row_longer_than_it_may_be_leaves_nothing_behind, batches_are_full_and_no_user_is_lost,
          counting_packs_the_very_same_batches, the_room_is_used_to_the_last_byte_and_not_beyond,
          rows_can_be_left_out_again, rows_told_of_stay_where_they_are,
          a_pack_survives_every_failed_allocation)
