#include <string.h>

#include "auth0db/digests.h"
#include "auth0db/login.h"
#include "unit.h"

enum { LEN = AUTH0DB_DIGEST_LEN };

#define KEY "0011223344556677"
#define SALTED(n) stored("$2b$12$" n)
#define MD5(n) stored("9cc2ae8a1ba7a93da39b46fc1019c48" n)

static auth0db_stored stored(const char *encoded)
{
    return (auth0db_stored){encoded, strlen(encoded), KEY};
}

static void after(auth0db_digests *d, auth0db_digest_event event, auth0db_stored now)
{
    auth0db_digests_change(d, event, NULL, &now);
}

static void after_two(auth0db_digests *d, auth0db_digest_event event, auth0db_stored before,
                      auth0db_stored now)
{
    auth0db_digests_change(d, event, &before, &now);
}

static auth0db_standing of(const auth0db_digests *d, auth0db_stored row)
{
    return auth0db_digests_standing(d, &row);
}

/* As a database would bring them back; sync NULL: that column, too. */
static void read_again(auth0db_digests *d, const char *sync)
{
    const auth0db_digests stored_ones = *d;
    auth0db_digests_read(d, sync != NULL ? sync : stored_ones.sync_digest, stored_ones.same,
                         stored_ones.replaced, stored_ones.told);
}

static void sync_of(char out[AUTH0DB_FINGERPRINT_SIZE], auth0db_stored hash)
{
    auth0db_fingerprint(&hash.encoded, &hash.len, 1, out);
}

START_TEST(what_is_recorded_in_step_with_another_password_replaces_the_one_before)
{
    auth0db_digests d = {0};
    ck_assert_int_eq(of(&d, SALTED("a")), AUTH0DB_STANDING_OTHER);
    after(&d, AUTH0DB_DIGEST_SHARED, SALTED("a"));
    ck_assert_int_eq(of(&d, SALTED("a")), AUTH0DB_STANDING_SAME);
    after(&d, AUTH0DB_DIGEST_SHARED, SALTED("b"));
    ck_assert_int_eq(of(&d, SALTED("b")), AUTH0DB_STANDING_SAME);
    ck_assert_int_eq(of(&d, SALTED("a")), AUTH0DB_STANDING_REPLACED);
    after(&d, AUTH0DB_DIGEST_SHARED, SALTED("a")); /* the same row once more: it is shared again */
    ck_assert_int_eq(of(&d, SALTED("a")), AUTH0DB_STANDING_SAME);
    ck_assert_int_eq(of(&d, SALTED("b")), AUTH0DB_STANDING_REPLACED);
}
END_TEST

START_TEST(a_reencoding_joins_the_shared_ones_and_pushes_nothing_out)
{
    auth0db_digests d = {0};
    char encoded[] = "$2b$12$A";
    after(&d, AUTH0DB_DIGEST_SHARED, SALTED("old"));
    after(&d, AUTH0DB_DIGEST_SHARED, stored(encoded));
    for (char c = 'B'; c <= 'Z'; c++) {
        char next[] = "$2b$12$A";
        next[strlen(next) - 1] = c;
        after_two(&d, AUTH0DB_DIGEST_REENCODED, stored(encoded), stored(next));
        strcpy(encoded, next);
        ck_assert_int_eq(of(&d, stored(next)), AUTH0DB_STANDING_SAME);
    }
    ck_assert_uint_eq(strlen(d.same), (size_t)AUTH0DB_SAME_MAX * LEN);
    ck_assert_int_eq(of(&d, SALTED("V")), AUTH0DB_STANDING_SAME); /* the fifth */
    ck_assert_int_eq(of(&d, SALTED("U")), AUTH0DB_STANDING_OTHER);
    ck_assert_int_eq(of(&d, SALTED("old")), AUTH0DB_STANDING_REPLACED);
    ck_assert_uint_eq(strlen(d.replaced), LEN);
}
END_TEST

START_TEST(a_reencoding_of_what_is_not_shared_is_not_shared)
{
    auth0db_digests d = {0};
    after(&d, AUTH0DB_DIGEST_SHARED, SALTED("a"));
    after_two(&d, AUTH0DB_DIGEST_REENCODED, SALTED("x"), SALTED("y"));
    ck_assert_int_eq(of(&d, SALTED("y")), AUTH0DB_STANDING_OTHER);
    after_two(&d, AUTH0DB_DIGEST_TOLD, SALTED("a"), SALTED("b"));
    after_two(&d, AUTH0DB_DIGEST_REENCODED, SALTED("b"), SALTED("c"));
    ck_assert_int_eq(of(&d, SALTED("c")), AUTH0DB_STANDING_TOLD);
    auth0db_digests e = {0};
    after(&e, AUTH0DB_DIGEST_REENCODED, SALTED("z")); /* the machine knows that it is shared */
    ck_assert_int_eq(of(&e, SALTED("z")), AUTH0DB_STANDING_SAME);
}
END_TEST

START_TEST(a_hook_replaces_the_row_and_all_that_was_shared)
{
    auth0db_digests d = {0};
    after(&d, AUTH0DB_DIGEST_SHARED, SALTED("a"));
    after_two(&d, AUTH0DB_DIGEST_REENCODED, SALTED("a"), SALTED("b"));
    after_two(&d, AUTH0DB_DIGEST_TOLD, SALTED("script"), SALTED("c"));
    ck_assert_int_eq(of(&d, SALTED("c")), AUTH0DB_STANDING_TOLD);
    ck_assert_int_eq(of(&d, SALTED("a")), AUTH0DB_STANDING_REPLACED);
    ck_assert_int_eq(of(&d, SALTED("b")), AUTH0DB_STANDING_REPLACED);
    ck_assert_int_eq(of(&d, SALTED("script")), AUTH0DB_STANDING_REPLACED);
    after_two(&d, AUTH0DB_DIGEST_TOLD, SALTED("c"), SALTED("d"));
    ck_assert_int_eq(of(&d, SALTED("c")), AUTH0DB_STANDING_REPLACED);
    ck_assert_int_eq(of(&d, SALTED("d")), AUTH0DB_STANDING_TOLD);
}
END_TEST

START_TEST(a_push_that_a_newer_password_has_overtaken_leaves_that_one_the_newest)
{
    auth0db_digests d = {0};
    after(&d, AUTH0DB_DIGEST_SHARED, SALTED("a"));
    after_two(&d, AUTH0DB_DIGEST_TOLD, SALTED("a"), SALTED("b"));
    auth0db_digests arrived = d;
    after(&arrived, AUTH0DB_DIGEST_PUSHED, SALTED("b"));
    ck_assert_int_eq(of(&arrived, SALTED("b")), AUTH0DB_STANDING_SAME);
    ck_assert_str_eq(arrived.told, "");
    after_two(&d, AUTH0DB_DIGEST_TOLD, SALTED("b"), SALTED("c"));
    after(&d, AUTH0DB_DIGEST_PUSHED, SALTED("b"));
    ck_assert_int_eq(of(&d, SALTED("c")), AUTH0DB_STANDING_TOLD);
    ck_assert_int_eq(of(&d, SALTED("b")), AUTH0DB_STANDING_REPLACED);
}
END_TEST

START_TEST(a_push_of_a_hash_that_no_hook_saw_makes_it_the_shared_one)
{
    auth0db_digests d = {0};
    after(&d, AUTH0DB_DIGEST_SHARED, SALTED("a"));
    after(&d, AUTH0DB_DIGEST_PUSHED, SALTED("b"));
    ck_assert_int_eq(of(&d, SALTED("b")), AUTH0DB_STANDING_SAME);
    ck_assert_int_eq(of(&d, SALTED("a")), AUTH0DB_STANDING_REPLACED);
}
END_TEST

START_TEST(what_an_older_package_records_takes_no_newer_password_away)
{
    auth0db_digests d = {0};
    char sync[AUTH0DB_FINGERPRINT_SIZE];
    after_two(&d, AUTH0DB_DIGEST_TOLD, SALTED("a"), SALTED("b"));
    sync_of(sync, SALTED("c"));
    read_again(&d, sync);
    ck_assert_int_eq(of(&d, SALTED("b")), AUTH0DB_STANDING_TOLD);
    ck_assert_int_eq(of(&d, SALTED("c")), AUTH0DB_STANDING_SAME);
    d = (auth0db_digests){0};
    after(&d, AUTH0DB_DIGEST_REPLACED, MD5("1")); /* it knows this one by another name */
    sync_of(sync, MD5("1"));
    read_again(&d, sync);
    ck_assert_int_eq(of(&d, MD5("1")), AUTH0DB_STANDING_REPLACED);
}
END_TEST

START_TEST(a_password_told_that_the_tenants_newer_one_has_overtaken_is_replaced)
{
    auth0db_digests d = {0};
    after_two(&d, AUTH0DB_DIGEST_TOLD, SALTED("a"), SALTED("b"));
    after(&d, AUTH0DB_DIGEST_SHARED, SALTED("c"));
    ck_assert_int_eq(of(&d, SALTED("b")), AUTH0DB_STANDING_REPLACED);
    ck_assert_str_eq(d.told, "");
}
END_TEST

START_TEST(of_twenty_one_replaced_the_oldest_is_forgotten)
{
    auth0db_digests d = {0};
    for (char c = 'A'; c <= 'V'; c++) { /* the last one is shared */
        char encoded[] = "$2b$12$A";
        encoded[strlen(encoded) - 1] = c;
        after(&d, AUTH0DB_DIGEST_SHARED, stored(encoded));
    }
    ck_assert_uint_eq(strlen(d.replaced), (size_t)AUTH0DB_REPLACED_MAX * LEN);
    ck_assert_int_eq(of(&d, SALTED("A")), AUTH0DB_STANDING_OTHER);
    ck_assert_int_eq(of(&d, SALTED("B")), AUTH0DB_STANDING_REPLACED);
    ck_assert_int_eq(of(&d, SALTED("V")), AUTH0DB_STANDING_SAME);
}
END_TEST

START_TEST(only_hashes_without_a_salt_need_the_key)
{
    static const struct {
        const char *encoded;
        bool needs;
    } rows[] = {
        {"9cc2ae8a1ba7a93da39b46fc1019c481", true},
        {"sha1$$da39a3ee5e6b4b0d3255bfef95601890afd80709", true},
        {"md5$$9cc2ae8a1ba7a93da39b46fc1019c481", true},
        {"md5$salt$9cc2ae8a1ba7a93da39b46fc1019c481", false},
        {"pbkdf2_sha256$1$salt$iu3Zs3Tm0k0yY0gmUlXGcZkAqTGn5nVFKsRl0bHJZ9s=", false},
        {"of_the_site$whatever", true},
        {"of$the$site$whatever", true},
        {"$plain$text", true},
        {"plain text", true},
        {"$2b$12$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzabcdefg", false},
        {"!unusable", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ck_assert_msg(auth0db_digest_needs_key(rows[i].encoded, strlen(rows[i].encoded)) ==
                          rows[i].needs,
                      "%s", rows[i].encoded);
}
END_TEST

START_TEST(without_a_salt_the_digest_is_of_no_use_without_the_key)
{
    auth0db_digests d = {0};
    auth0db_stored keyless = MD5("1");
    after(&d, AUTH0DB_DIGEST_SHARED, MD5("1"));
    ck_assert_str_eq(d.sync_digest, "");
    ck_assert_int_eq(of(&d, MD5("1")), AUTH0DB_STANDING_SAME);
    keyless.key = "another";
    ck_assert_int_eq(of(&d, keyless), AUTH0DB_STANDING_OTHER);
    keyless.key = NULL;
    ck_assert_int_eq(of(&d, keyless), AUTH0DB_STANDING_OTHER);
    after_two(&d, AUTH0DB_DIGEST_TOLD, MD5("1"), MD5("2"));
    after(&d, AUTH0DB_DIGEST_PUSHED, MD5("2"));
    after_two(&d, AUTH0DB_DIGEST_TOLD, MD5("2"), MD5("1")); /* the old password, set anew */
    ck_assert_int_eq(of(&d, MD5("1")), AUTH0DB_STANDING_TOLD);
    after(&d, AUTH0DB_DIGEST_PUSHED, MD5("1"));
    after_two(&d, AUTH0DB_DIGEST_TOLD, MD5("1"), MD5("1"));
    ck_assert_int_eq(of(&d, MD5("1")), AUTH0DB_STANDING_SAME);
}
END_TEST

START_TEST(a_link_of_an_older_package_is_read_and_followed)
{
    auth0db_digests d;
    char sync[AUTH0DB_FINGERPRINT_SIZE], newer[AUTH0DB_FINGERPRINT_SIZE];
    sync_of(sync, SALTED("a"));
    auth0db_digests_read(&d, sync, NULL, NULL, NULL);
    ck_assert_int_eq(of(&d, SALTED("a")), AUTH0DB_STANDING_SAME);
    after(&d, AUTH0DB_DIGEST_SHARED, SALTED("b"));
    ck_assert_int_eq(of(&d, SALTED("a")), AUTH0DB_STANDING_REPLACED);
    sync_of(newer, SALTED("b"));
    ck_assert_str_eq(d.sync_digest, newer);
    sync_of(newer, SALTED("c")); /* it goes on beside us */
    read_again(&d, newer);
    ck_assert_int_eq(of(&d, SALTED("c")), AUTH0DB_STANDING_SAME);
    ck_assert_int_eq(of(&d, SALTED("b")), AUTH0DB_STANDING_REPLACED);
    after_two(&d, AUTH0DB_DIGEST_TOLD, SALTED("c"), SALTED("d")); /* and pushes what we were told */
    sync_of(newer, SALTED("d"));
    read_again(&d, newer);
    ck_assert_int_eq(of(&d, SALTED("d")), AUTH0DB_STANDING_SAME);
    ck_assert_str_eq(d.told, "");
    sync_of(sync, MD5("1")); /* without a salt, by the name it had */
    auth0db_digests_read(&d, sync, NULL, NULL, NULL);
    ck_assert_int_eq(of(&d, MD5("1")), AUTH0DB_STANDING_SAME);
    after(&d, AUTH0DB_DIGEST_SHARED, MD5("2"));
    read_again(&d, "");
    ck_assert_int_eq(of(&d, MD5("2")), AUTH0DB_STANDING_SAME);
}
END_TEST

START_TEST(a_replaced_hash_stays_replaced_whatever_the_sync_digest_says)
{
    auth0db_digests d = {0};
    char sync[AUTH0DB_FINGERPRINT_SIZE];
    after(&d, AUTH0DB_DIGEST_SHARED, SALTED("b"));
    after(&d, AUTH0DB_DIGEST_REPLACED, SALTED("a"));
    ck_assert_int_eq(of(&d, SALTED("a")), AUTH0DB_STANDING_REPLACED);
    sync_of(sync, SALTED("a"));
    read_again(&d, sync);
    ck_assert_int_eq(of(&d, SALTED("a")), AUTH0DB_STANDING_REPLACED);
    ck_assert_int_eq(of(&d, SALTED("b")), AUTH0DB_STANDING_SAME);
}
END_TEST

START_TEST(what_was_shared_is_never_shared_again_however_many_passwords_are_set_since)
{
    auth0db_digests d = {0};
    after(&d, AUTH0DB_DIGEST_SHARED, SALTED("shared"));
    char before[] = "$2b$12$@", now[] = "$2b$12$A";
    for (; now[7] <= 'W'; before[7]++, now[7]++) {
        after_two(&d, AUTH0DB_DIGEST_TOLD, stored(before), stored(now));
        read_again(&d, NULL);
        ck_assert_int_eq(of(&d, stored(now)), AUTH0DB_STANDING_TOLD);
        ck_assert_int_ne(of(&d, SALTED("shared")), AUTH0DB_STANDING_SAME);
        ck_assert_str_eq(d.sync_digest, ""); /* to older packages: out of step */
    }
}
END_TEST

/* Whoever reads the old mailbox has set it, say: it opens nothing, and nothing waits for it. */
START_TEST(a_told_hash_that_the_tenant_overrules_is_replaced)
{
    auth0db_digests d = {0};
    after(&d, AUTH0DB_DIGEST_TOLD, SALTED("b"));
    ck_assert_int_eq(of(&d, SALTED("b")), AUTH0DB_STANDING_TOLD);
    after(&d, AUTH0DB_DIGEST_REPLACED, SALTED("b"));
    ck_assert_int_eq(of(&d, SALTED("b")), AUTH0DB_STANDING_REPLACED);
    ck_assert_str_eq(d.told, "");
}
END_TEST

/* It empties the column that may be all the link has: what stood there must not be forgotten by it.
 */
START_TEST(a_push_that_begins_is_out_of_step_to_older_packages_alone)
{
    char a[AUTH0DB_FINGERPRINT_SIZE];
    auth0db_digests d;
    sync_of(a, SALTED("a"));
    auth0db_digests_read(&d, a, NULL, NULL, NULL);
    after(&d, AUTH0DB_DIGEST_CLAIMED, stored(""));
    ck_assert_str_eq(d.sync_digest, "");
    read_again(&d, NULL);
    ck_assert_int_eq(of(&d, SALTED("a")), AUTH0DB_STANDING_SAME);
}
END_TEST

START_TEST(columns_that_are_no_digests_count_as_empty)
{
    static const char *const bad[] = {"x", "AAAAAAAAAAAAAAAAAAAAA!", "AAAAAAAAAAAAAAAAAAAAAAA"};
    auth0db_digests d;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        auth0db_digests_read(&d, "not hex", bad[i], bad[i], bad[i]);
        ck_assert_str_eq(d.sync_digest, "");
        ck_assert_str_eq(d.same, "");
        ck_assert_str_eq(d.replaced, "");
        ck_assert_str_eq(d.told, "");
    }
    char sync[AUTH0DB_FINGERPRINT_SIZE + 1] = ""; /* one too many is another text */
    sync_of(sync, SALTED("a"));
    strcat(sync, "0");
    auth0db_digests_read(&d, sync, NULL, NULL, NULL);
    ck_assert_str_eq(d.sync_digest, "");
    char many[23 * LEN + 1];
    memset(many, 'A', sizeof many);
    many[sizeof many - 1] = '\0';
    auth0db_digests_read(&d, NULL, many, many, many);
    ck_assert_str_eq(d.same, "");
    ck_assert_str_eq(d.replaced, "");
}
END_TEST

UNIT_MAIN("digests", what_is_recorded_in_step_with_another_password_replaces_the_one_before,
          a_reencoding_joins_the_shared_ones_and_pushes_nothing_out,
          a_reencoding_of_what_is_not_shared_is_not_shared,
          a_hook_replaces_the_row_and_all_that_was_shared,
          a_push_that_a_newer_password_has_overtaken_leaves_that_one_the_newest,
          a_push_of_a_hash_that_no_hook_saw_makes_it_the_shared_one,
          what_an_older_package_records_takes_no_newer_password_away,
          a_password_told_that_the_tenants_newer_one_has_overtaken_is_replaced,
          of_twenty_one_replaced_the_oldest_is_forgotten, only_hashes_without_a_salt_need_the_key,
          without_a_salt_the_digest_is_of_no_use_without_the_key,
          a_link_of_an_older_package_is_read_and_followed,
          a_replaced_hash_stays_replaced_whatever_the_sync_digest_says,
          what_was_shared_is_never_shared_again_however_many_passwords_are_set_since,
          a_push_that_begins_is_out_of_step_to_older_packages_alone,
          a_told_hash_that_the_tenant_overrules_is_replaced,
          columns_that_are_no_digests_count_as_empty)
