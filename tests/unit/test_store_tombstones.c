/* A key that is given out again is another user: an import that was under way does nothing to who
 * has it now. Over every kind of store. */
#include <stdio.h>
#include <string.h>

#include "site.h"

static test_site site;
static char key[TEST_KEY_SIZE];

/* User 2 is deleted as Django does it, and somebody else gets the key. */
static void give_the_key_out_again(int number)
{
    auth0db_error err = {0};
    a0_sql sql = A0_SQL(site.store);
    test_site_delete_user(&site, 2);
    a0_sql_put(&sql, "INSERT INTO @ (@, @, @, @, @, @) VALUES (", site.map.tombstones, "user_id",
               "auth0_id", "state", "number", "tries", "created");
    a0_sql_key(&sql, (a0_slice){key, strlen(key)});
    a0_sql_put(&sql, ", ");
    a0_sql_text(&sql, "auth0|2");
    a0_sql_put(&sql, ", ");
    a0_sql_text(&sql, "left");
    a0_sql_put(&sql, ", ");
    a0_sql_int(&sql, number);
    a0_sql_put(&sql, ", 0, ");
    a0_sql_time(&sql, a0_store_now());
    a0_sql_put(&sql, ")");
    ok(a0_sql_run(&sql, NULL, &err), err);
    test_site_add_users(&site, 2, 1);
}

static void begin(int kind)
{
    test_site_open(&site, kind);
    test_site_add_users(&site, 1, 3);
    test_site_key(&site, 2, key);
}

/* The claim of user 2, read when `tombstones` were there; false: taken. */
static bool claim(a0_batch *batch, unsigned tombstones)
{
    a0_claim one = {key, "auth0|2", "user-2@example.org", "digest", tombstones};
    auth0db_error err = {0};
    bool taken = false;
    *batch = (a0_batch){.kind = "import", .status = "claimed", .owner = "me", .users = 1};
    snprintf(batch->external_id, sizeof batch->external_id, "b%u", tombstones);
    ok(a0_store_claim(site.store, batch, &one, 1, &taken, &err), err);
    ck_assert(taken == (batch->id == 0));
    return !taken;
}

START_TEST(who_has_the_key_now_is_not_imported_as_who_had_it)
{
    a0_batch batch;
    begin(_i);
    give_the_key_out_again(1);
    ck_assert(!claim(&batch, 0));
    ck_assert(claim(&batch, 1));
    test_site_close(&site);
}
END_TEST

START_TEST(who_has_the_key_now_gets_nothing_of_a_batch_under_way)
{
    static const a0_settle ways[] = {A0_SETTLE_LINK, A0_SETTLE_HOLD};
    for (size_t i = 0; i < A0_COUNT(ways); i++) {
        a0_batch batch;
        auth0db_error err = {0};
        begin(_i);
        ck_assert(claim(&batch, 0));
        give_the_key_out_again(1);
        a0_settlement end = {.key = key,
                             .what = ways[i],
                             .auth0_id = "auth0|2",
                             .email = "user-2@example.org",
                             .lane = "bulk",
                             .sync_digest = "digest",
                             .tenant_mark = "",
                             .reason = "no-email",
                             .detail = "",
                             .hash_digest = ""};
        snprintf(batch.status, sizeof batch.status, "settled");
        ok(a0_store_settle(site.store, &batch, &end, 1, &err), err);
        ck_assert_int_eq(test_site_rows(&site, site.map.links), 0);
        ck_assert_int_eq(test_site_rows(&site, site.map.holdouts), 0);
        test_site_close(&site);
    }
}
END_TEST

static int note_link(void *ctx, const a0_link_row *link)
{
    *(unsigned *)ctx = link->tombstones;
    return AUTH0DB_OK;
}

START_TEST(users_and_links_tell_how_many_had_their_key)
{
    const a0_scan_options options = {.since_login = A0_NO_TIME, .with_state = true};
    const a0_record *record;
    auth0db_error err = {0};
    a0_scan *scan;
    begin(_i);
    give_the_key_out_again(1);
    give_the_key_out_again(2);
    ok(a0_store_scan(site.store, &options, &scan, &err), err);
    for (int i = 1; i <= 3; i++) {
        ok(a0_scan_next(scan, &record, &err), err);
        ck_assert_uint_eq(record->tombstones, i == 2 ? 2 : 0);
    }
    a0_scan_end(scan);
    const a0_settlement linked = {.key = key,
                                  .what = A0_SETTLE_LINK,
                                  .auth0_id = "auth0|n",
                                  .email = "",
                                  .lane = "bulk",
                                  .sync_digest = "",
                                  .tenant_mark = ""};
    unsigned told = 0;
    ok(a0_store_settle(site.store, NULL, &linked, 1, &err), err);
    ok(a0_store_links(site.store, NULL, NULL, 0, note_link, &told, &err), err);
    ck_assert_uint_eq(told, 2);
    test_site_close(&site);
}
END_TEST

SITE_MAIN("store_tombstones", who_has_the_key_now_is_not_imported_as_who_had_it,
          who_has_the_key_now_gets_nothing_of_a_batch_under_way,
          users_and_links_tell_how_many_had_their_key)
