/* What was decided about users who are held back, over every kind of store. */
#include <stdio.h>
#include <string.h>

#include "site.h"

static test_site site;
static char keys[10][TEST_KEY_SIZE];
static auth0db_error err;

static void begin(int kind)
{
    test_site_open(&site, kind);
    test_site_add_users(&site, 1, 9);
    for (int i = 0; i < 10; i++)
        test_site_key(&site, i, keys[i]);
}

static void hold(int user, const char *reason)
{
    const a0_settlement row = {.key = keys[user],
                               .what = A0_SETTLE_HOLD,
                               .reason = reason,
                               .detail = "",
                               .hash_digest = ""};
    ok(a0_store_settle(site.store, NULL, &row, 1, &err), err);
}

static int append_key(void *ctx, a0_slice key)
{
    char *text = ctx;
    size_t len = strlen(text);
    snprintf(text + len, 256 - len, "%d ", test_site_number(&site, key));
    return AUTH0DB_OK;
}

static int append_keep(void *ctx, a0_slice key, a0_slice email)
{
    char *text = ctx;
    size_t len = strlen(text);
    snprintf(text + len, 256 - len, "%d %.*s;", test_site_number(&site, key), (int)email.len,
             (const char *)email.data);
    return AUTH0DB_OK;
}

static int append_holdout(void *ctx, const a0_holdout_row *row)
{
    char *text = ctx;
    size_t len = strlen(text);
    snprintf(text + len, 256 - len, "%d %s %s;",
             test_site_number(&site, (a0_slice){row->key, strlen(row->key)}), row->reason,
             row->detail);
    return AUTH0DB_OK;
}

static const char *holdouts(const char *after, uint64_t limit)
{
    static char text[256];
    text[0] = '\0';
    ok(a0_store_holdouts(site.store, NULL, after, limit, append_holdout, text, &err), err);
    return text;
}

static const char *alike(a0_user_column column, const char *value)
{
    static char text[256];
    text[0] = '\0';
    ok(a0_store_alike(site.store, column, value, append_key, text, &err), err);
    return text;
}

static const char *keeps(void)
{
    static char text[256];
    text[0] = '\0';
    ok(a0_store_keeps(site.store, append_keep, text, &err), err);
    return text;
}

static int resolve(int user, const char *action, const char *value, const char *old_email)
{
    const a0_resolution resolution = {keys[user], action, value, "tester"};
    return a0_store_resolve(site.store, &resolution, old_email, NULL, 0, &err);
}

START_TEST(users_are_found_by_email_whatever_its_case)
{
    begin(_i);
    test_site_set(&site, 2, "email", "USER-1@Example.org");
    ck_assert_str_eq(alike(A0_USER_EMAIL, "user-1@EXAMPLE.org"), "1 2 ");
    ck_assert_str_eq(alike(A0_USER_EMAIL, "nobody@example.org"), "");
    ck_assert_str_eq(alike(A0_USER_EMAIL, ""), "");
    ck_assert_str_eq(alike(A0_USER_NAME, "user-3"), "3 ");
    ck_assert_str_eq(alike(A0_USER_NAME, "' OR 1 = 1 --"), "");
    test_site_close(&site);
}
END_TEST

START_TEST(holdouts_come_page_by_page)
{
    begin(_i);
    for (int user = 1; user <= 5; user++)
        hold(user, "weak-password");
    ck_assert_str_eq(holdouts("", 2), "1 weak-password ;2 weak-password ;");
    ck_assert_str_eq(holdouts(keys[2], 2), "3 weak-password ;4 weak-password ;");
    ck_assert_str_eq(holdouts(keys[4], 0), "5 weak-password ;");
    test_site_close(&site);
}
END_TEST

START_TEST(a_kept_user_is_free_and_the_others_are_held)
{
    begin(_i);
    hold(1, "duplicate-email");
    const a0_resolution resolution = {keys[1], "keep", "user-1@example.org", "tester"};
    const a0_settlement other = {.key = keys[2],
                                 .what = A0_SETTLE_HOLD,
                                 .reason = "duplicate-email",
                                 .detail = "kept",
                                 .hash_digest = ""};
    ok(a0_store_resolve(site.store, &resolution, NULL, &other, 1, &err), err);
    ck_assert_str_eq(holdouts("", 0), "2 duplicate-email kept;");
    ck_assert_int_eq(test_site_rows(&site, site.map.resolutions), 1);
    ck_assert_str_eq(keeps(), "1 user-1@example.org;");
    test_site_close(&site);
}
END_TEST

START_TEST(keeps_come_in_the_order_of_the_decisions_while_the_email_is_theirs)
{
    begin(_i);
    ok(resolve(3, "keep", "user-3@example.org", NULL), err);
    ok(resolve(1, "keep", "user-1@example.org", NULL), err);
    ok(resolve(2, "retry", "weak-password", NULL), err);
    ck_assert_str_eq(keeps(), "3 user-3@example.org;1 user-1@example.org;");
    test_site_set(&site, 3, "email", "another@example.org");
    test_site_set(&site, 1, "email", "USER-1@example.org");
    ck_assert_str_eq(keeps(), "1 USER-1@example.org;");
    test_site_close(&site);
}
END_TEST

START_TEST(an_email_is_written_over_the_very_one_that_was_seen)
{
    begin(_i);
    hold(1, "duplicate-email");
    ck_assert_int_eq(resolve(1, "email", "new@example.org", "stale@example.org"),
                     AUTH0DB_ERR_STATE);
    ck_assert_int_eq(resolve(1, "email", "USER-2@example.org", "user-1@example.org"),
                     AUTH0DB_ERR_OPTION);
    ck_assert_str_eq(holdouts("", 0), "1 duplicate-email ;");
    ck_assert_int_eq(test_site_rows(&site, site.map.resolutions), 0);
    ok(resolve(1, "email", "new@example.org", "user-1@example.org"), err);
    ck_assert_str_eq(alike(A0_USER_EMAIL, "new@example.org"), "1 ");
    ck_assert_str_eq(holdouts("", 0), "");
    ck_assert_int_eq(test_site_rows(&site, site.map.resolutions), 1);
    test_site_close(&site);
}
END_TEST

START_TEST(a_reason_is_tried_again_and_each_user_is_on_record)
{
    uint64_t released;
    begin(_i);
    hold(1, "weak-password");
    hold(2, "no-email");
    hold(3, "weak-password");
    ok(a0_store_retry(site.store, "weak-password", "tester", &released, &err), err);
    ck_assert_uint_eq(released, 2);
    ck_assert_str_eq(holdouts("", 0), "2 no-email ;");
    ck_assert_int_eq(test_site_rows(&site, site.map.resolutions), 2);
    ok(a0_store_retry(site.store, "weak-password", "tester", &released, &err), err);
    ck_assert_uint_eq(released, 0);
    test_site_close(&site);
}
END_TEST

SITE_MAIN("resolutions", users_are_found_by_email_whatever_its_case, holdouts_come_page_by_page,
          a_kept_user_is_free_and_the_others_are_held,
          keeps_come_in_the_order_of_the_decisions_while_the_email_is_theirs,
          an_email_is_written_over_the_very_one_that_was_seen,
          a_reason_is_tried_again_and_each_user_is_on_record)
