/* One suite over every kind of store: how users are read, and what is found missing before. */
#include <stdio.h>
#include <string.h>

#include "site.h"
#include "store/lives.h"

static test_site site;

/* Numbers of the users a scan finds, as "1 2 3". */
static const char *found(a0_scan_options options)
{
    static char text[256];
    size_t len = 0;
    a0_scan *scan = scan_begin(site.store, options);
    text[0] = '\0';
    for (const a0_record *row; (row = next(scan)) != NULL && len < sizeof text - 16;)
        len += (size_t)snprintf(text + len, sizeof text - len, len > 0 ? " %d" : "%d",
                                test_site_number(&site, row->key));
    a0_scan_end(scan);
    return text;
}

static void check_slice(a0_slice slice, const char *want)
{
    ck_assert_ptr_nonnull(slice.data);
    ck_assert_msg(slice.len == strlen(want) && memcmp(slice.data, want, slice.len) == 0,
                  "\"%.*s\" is not \"%s\"", (int)slice.len, (const char *)slice.data, want);
}

START_TEST(users_come_in_the_order_of_their_keys)
{
    test_site_open(&site, _i);
    test_site_add_users(&site, 9, 3);
    test_site_add_users(&site, 2, 1);
    ck_assert_str_eq(found((a0_scan_options){0}), "2 9 10 11");
    test_site_close(&site);
}
END_TEST

START_TEST(a_page_ends_at_its_limit_and_the_next_one_begins_behind_it)
{
    char key[TEST_KEY_SIZE];
    test_site_open(&site, _i);
    test_site_add_users(&site, 1, 25);
    for (int limit = 1; limit <= 26; limit += 5) {
        a0_scan_options options = {.limit = (uint64_t)limit};
        int seen = 0, of_page;
        do {
            of_page = 0;
            a0_scan *scan = scan_begin(site.store, options);
            for (const a0_record *row; (row = next(scan)) != NULL; of_page++)
                ck_assert_int_eq(test_site_number(&site, row->key), ++seen);
            ck_assert_ptr_null(next(scan)); /* the end stays the end */
            a0_scan_end(scan);
            ck_assert_int_le(of_page, limit);
            test_site_key(&site, seen, key);
            options.after = (a0_slice){key, strlen(key)};
        } while (of_page == limit);
        ck_assert_int_eq(seen, 25);
    }
    test_site_close(&site);
}
END_TEST

/* More than a store may read at a go. */
START_TEST(a_long_scan_misses_nobody)
{
    enum { USERS = 40100 };
    test_site_open(&site, _i);
    test_site_add_users(&site, 1, USERS);
    a0_scan *scan = scan_begin(site.store, (a0_scan_options){0});
    int seen = 0;
    for (const a0_record *row; (row = next(scan)) != NULL;)
        ck_assert_int_eq(test_site_number(&site, row->key), ++seen);
    a0_scan_end(scan);
    ck_assert_int_eq(seen, USERS);
    uint64_t n = 0;
    auth0db_error err = {0};
    ok(a0_store_count_users(site.store, true, &n, &err), err);
    ck_assert_uint_eq(n, USERS);
    ok(a0_store_count_users(site.store, false, &n, &err), err);
    ck_assert_uint_le(n, 2 * USERS); /* a server may not have looked yet */
    test_site_close(&site);
}
END_TEST

START_TEST(every_column_arrives)
{
    test_site_open(&site, _i);
    test_site_add_users(&site, 7, 1);
    test_site_set(&site, 7, "first_name", "Jos\xc3\xa9 \"the \\ one\" @ $1 ? %s \xf0\x9f\x98\x80");
    test_site_set(&site, 7, "last_name", "");
    test_site_set_to(&site, 7, "last_login", "'1969-12-31 23:59:59.25'");
    test_site_set_to(&site, 7, "is_staff", "(1 = 1)");
    a0_scan *scan = scan_begin(site.store, (a0_scan_options){.with_details = true});
    const a0_record *row = next(scan);
    ck_assert_ptr_nonnull(row);
    check_slice(row->username, "user-7");
    check_slice(row->email, "user-7@example.org");
    check_slice(row->password, "hash-7");
    check_slice(row->given_name, "Jos\xc3\xa9 \"the \\ one\" @ $1 ? %s \xf0\x9f\x98\x80");
    check_slice(row->family_name, "");
    ck_assert(row->active && row->staff && !row->superuser && !row->email_verified);
    ck_assert(!row->too_long && !row->linked && !row->claimed);
    ck_assert_int_eq(row->last_login, -750000);
    ck_assert_int_eq(row->joined, INT64_C(1600000000000007));
    ck_assert_ptr_null(row->holdout.data);
    ck_assert_uint_eq(row->n_mfa, 0);
    a0_scan_end(scan);
    test_site_close(&site);
}
END_TEST

START_TEST(a_user_who_never_logged_in_has_no_time)
{
    test_site_open(&site, _i);
    test_site_add_users(&site, 1, 1);
    a0_scan *scan = scan_begin(site.store, (a0_scan_options){0});
    ck_assert_int_eq(next(scan)->last_login, A0_NO_TIME);
    a0_store_close(site.store); /* ends the scan, too */
    site.store = test_site_again(&site);
    test_site_close(&site);
}
END_TEST

START_TEST(a_second_scan_waits_for_the_end_of_the_first)
{
    test_site_open(&site, _i);
    a0_scan_options options = {0};
    a0_scan *scan = scan_begin(site.store, options), *second;
    auth0db_error err = {0};
    ck_assert_int_eq(a0_store_scan(site.store, &options, &second, &err), AUTH0DB_ERR_USAGE);
    ck_assert_ptr_null(second);
    a0_scan_end(scan);
    a0_scan_end(scan_begin(site.store, options));
    test_site_close(&site);
}
END_TEST

START_TEST(a_scan_can_be_narrowed)
{
    char keys[3][TEST_KEY_SIZE];
    test_site_open(&site, _i);
    test_site_add_users(&site, 1, 6);
    test_site_set_to(&site, 2, "is_active", "(1 = 0)");
    test_site_set_to(&site, 3, "last_login", "'2024-05-01 10:00:00'");
    test_site_set_to(&site, 4, "last_login", "'2024-05-01 09:59:59.999999'");
    test_site_set_to(&site, 5, "last_login", "'2024-05-01 10:00:00.000001'");
    ck_assert_str_eq(found((a0_scan_options){.only_active = true}), "1 3 4 5 6");
    ck_assert_str_eq(found((a0_scan_options){.since_login = INT64_C(1714557600000000)}), "3 5");
    const a0_slice some[] = {
        {test_site_key(&site, 5, keys[0]), strlen(keys[0])},
        {test_site_key(&site, 77, keys[1]), strlen(keys[1])},
        {test_site_key(&site, 2, keys[2]), strlen(keys[2])},
    };
    ck_assert_str_eq(found((a0_scan_options){.keys = some, .n_keys = 3}), "2 5");
    ck_assert_str_eq(found((a0_scan_options){.keys = some, .n_keys = 0}), "");
    ck_assert_str_eq(found((a0_scan_options){.keys = some, .n_keys = 3, .only_active = true}), "5");
    test_site_close(&site);
}
END_TEST

START_TEST(the_look_for_shared_emails_reads_what_it_needs)
{
    test_site_open(&site, _i);
    test_site_add_users(&site, 1, 1);
    test_site_set_to(&site, 1, "last_login", "'2024-05-01 10:00:00'");
    a0_scan_options options = {.keys_and_emails = true};
    a0_scan *scan = scan_begin(site.store, options);
    const a0_record *row = next(scan);
    check_slice(row->email, "user-1@example.org");
    ck_assert_ptr_nonnull(row->username.data);
    ck_assert_ptr_null(row->password.data);
    a0_scan_end(scan);
    options.with_state = true; /* who of them is the most recent? */
    scan = scan_begin(site.store, options);
    row = next(scan);
    check_slice(row->email, "user-1@example.org");
    ck_assert(row->active);
    ck_assert_int_eq(row->last_login, INT64_C(1714557600000000));
    ck_assert_ptr_null(row->password.data);
    a0_scan_end(scan);
    test_site_close(&site);
}
END_TEST

/* Link, claim and holdout of users 1, 2 and 3. */
static void one_of_each(void)
{
    char keys[3][TEST_KEY_SIZE];
    auth0db_error err = {0};
    bool taken = false;
    for (int i = 0; i < 3; i++)
        test_site_key(&site, i + 1, keys[i]);
    a0_settlement ends[] = {
        {.key = keys[0],
         .what = A0_SETTLE_LINK,
         .auth0_id = "auth0|1",
         .email = "one@example.org",
         .lane = "bulk",
         .sync_digest = "d1"},
        {.key = keys[2],
         .what = A0_SETTLE_HOLD,
         .reason = "no-email",
         .detail = "",
         .hash_digest = "d3"},
    };
    a0_batch batch = {.external_id = "b1", .kind = "import", .status = "claimed"};
    a0_claim claim = {keys[1], "auth0|2", "two@example.org", "d2"};
    ok(a0_store_settle(site.store, NULL, ends, A0_COUNT(ends), &err), err);
    ok(a0_store_claim(site.store, &batch, &claim, 1, &taken, &err), err);
    ck_assert(!taken && batch.id != 0);
}

START_TEST(inactive_users_of_whom_nothing_is_on_record_are_counted)
{
    uint64_t n;
    auth0db_error err = {0};
    test_site_open(&site, _i);
    test_site_add_users(&site, 1, 6);
    for (int user = 1; user <= 5; user++)
        test_site_set_to(&site, user, "is_active", "(1 = 0)");
    one_of_each();
    ok(a0_store_count_inactive(site.store, &n, &err), err);
    ck_assert_uint_eq(n, 2); /* 4 and 5 */
    test_site_close(&site);
}
END_TEST

START_TEST(a_scan_tells_what_is_on_record)
{
    test_site_open(&site, _i);
    test_site_add_users(&site, 1, 4);
    one_of_each();
    a0_scan_options options = {.with_state = true};
    a0_scan *scan = scan_begin(site.store, options);
    const a0_record *row = next(scan);
    ck_assert(row->linked && !row->claimed && row->holdout.data == NULL);
    row = next(scan);
    ck_assert(!row->linked && row->claimed && row->holdout.data == NULL);
    row = next(scan);
    ck_assert(!row->linked && !row->claimed);
    check_slice(row->holdout, "no-email");
    check_slice(row->holdout_digest, "d3");
    row = next(scan);
    ck_assert(!row->linked && !row->claimed && row->holdout.data == NULL &&
              row->holdout_digest.data == NULL);
    a0_scan_end(scan);
    ck_assert_str_eq(found((a0_scan_options){.unsettled_only = true}), "3 4");
    ck_assert_str_eq(found((a0_scan_options){.unsettled_only = true, .with_state = true}), "3 4");
    test_site_close(&site);
}
END_TEST

START_TEST(details_are_told_to_those_who_ask)
{
    test_site_open(&site, _i);
    test_site_add_users(&site, 1, 4);
    test_site_set_to(&site, 1, "is_staff", "(1 = 1)");
    one_of_each();
    a0_scan_options options = {.with_state = true};
    a0_scan *scan = scan_begin(site.store, options);
    const a0_record *row = next(scan);
    ck_assert(row->linked && !row->staff && row->joined == A0_NO_TIME);
    ck_assert(row->lane.data == NULL && row->sync_digest.data == NULL);
    a0_scan_end(scan);
    options.with_details = true;
    scan = scan_begin(site.store, options);
    row = next(scan);
    ck_assert(row->staff && row->joined != A0_NO_TIME);
    check_slice(row->lane, "bulk");
    check_slice(row->sync_digest, "d1");
    for (int i = 0; i < A0_LINK_COLUMNS; i++)
        ck_assert_ptr_null(row->link[i].data);
    row = next(scan);
    ck_assert(!row->linked && row->lane.data == NULL && row->sync_digest.data == NULL);
    a0_scan_end(scan);
    test_site_close(&site);
}
END_TEST

static void set_of_link(const char *column, const char *text)
{
    a0_sql sql = A0_SQL(site.store);
    auth0db_error err = {0};
    a0_sql_put(&sql, "UPDATE @ SET @ = ", site.store->map.links, column);
    a0_sql_text(&sql, text);
    ok(a0_sql_run(&sql, NULL, &err), err);
}

START_TEST(what_a_link_says_is_told_to_those_who_ask)
{
    static const struct {
        a0_link_column which;
        const char *column;
    } columns[] = {
        {A0_LINK_ID, "auth0_id"},
        {A0_LINK_EMAIL, "email"},
        {A0_LINK_USERNAME, "tenant_username"},
        {A0_LINK_SAME, "same"},
        {A0_LINK_REPLACED, "replaced"},
        {A0_LINK_TOLD, "told"},
        {A0_LINK_WORD, "word"},
        {A0_LINK_SITE_ADDRESS, "site_address"},
        {A0_LINK_TENANT_ADDRESS, "tenant_address"},
        {A0_LINK_SYNCING, "syncing"},
        {A0_LINK_UNSYNCED, "unsynced"},
        {A0_LINK_BLOCK, "block"},
    };
    const a0_scan_options options = {.with_state = true, .with_details = true, .with_link = true};
    test_site_open(&site, _i);
    test_site_add_users(&site, 1, 4);
    one_of_each();
    a0_scan *scan = scan_begin(site.store, options);
    const a0_record *row = next(scan);
    ck_assert_ptr_null(row->link[A0_LINK_BLOCK].data); /* NULL: an older package's link */
    row = next(scan);
    ck_assert(!row->linked && row->link[A0_LINK_ID].data == NULL);
    a0_scan_end(scan);
    for (size_t i = 0; i < A0_COUNT(columns); i++) {
        char value[8];
        snprintf(value, sizeof value, "is %zu", i);
        set_of_link(columns[i].column, value);
    }
    scan = scan_begin(site.store, options);
    row = next(scan);
    for (size_t i = 0; i < A0_COUNT(columns); i++) {
        char value[8];
        snprintf(value, sizeof value, "is %zu", i);
        check_slice(row->link[columns[i].which], value);
    }
    a0_scan_end(scan);
    test_site_close(&site);
}
END_TEST

START_TEST(the_key_of_digests_is_the_sites_and_none_where_none_was_made)
{
    char key[65] = "before";
    auth0db_error err = {0};
    test_site_open(&site, _i);
    ok(a0_store_digest_key(site.store, key, &err), err);
    ck_assert_str_eq(key, "");
    a0_sql sql = A0_SQL(site.store);
    a0_sql_put(&sql, "INSERT INTO @ (@, @, @) VALUES (1, 's', 'k')", site.store->map.sites, "id",
               "name", "digest_key");
    ok(a0_sql_run(&sql, NULL, &err), err);
    ok(a0_store_digest_key(site.store, key, &err), err);
    ck_assert_str_eq(key, "k");
    test_site_close(&site);
}
END_TEST

static void lives_in(const char *list)
{
    a0_sql sql = A0_SQL(site.store);
    auth0db_error err = {0};
    a0_sql_put(&sql, "UPDATE @ SET @ = ", site.store->map.sites, "lives_in");
    a0_sql_text(&sql, list);
    ok(a0_sql_run(&sql, NULL, &err), err);
}

START_TEST(a_database_that_is_on_no_record_is_a_copy_until_it_is_adopted)
{
    auth0db_error err = {0};
    a0_living here;
    char list[1024];
    test_site_open(&site, _i);
    ok(a0_store_lives(site.store, false, "fresh", &here, &err), err);
    ck_assert(here.known && here.added);
    ok(a0_store_lives(site.store, false, "fresh", &here, &err), err);
    ck_assert(here.known && !here.added);
    for (int adopted = 0; adopted < 2; adopted++) {
        lives_in("[[\"elsewhere\", \"7\"]]");
        ok(a0_store_lives(site.store, adopted, "fresh", &here, &err), err);
        ck_assert(!here.known && here.added == adopted);
        ok(a0_store_lives(site.store, false, "fresh", &here, &err), err);
        ck_assert(here.known == adopted && !here.added);
    }
    /* Another server under the same name; and one that did not tell */
    snprintf(list, sizeof list, "[[\"%s\", \"another\"]]", here.place);
    lives_in(list);
    ok(a0_store_lives(site.store, false, "fresh", &here, &err), err);
    ck_assert_int_eq(here.known, *here.server == '\0');
    snprintf(list, sizeof list, "[[\"%s\", \"\"]]", here.place);
    lives_in(list);
    ok(a0_store_lives(site.store, false, "fresh", &here, &err), err);
    ck_assert(here.known);
    lives_in("no list");
    ck_assert_int_ne(a0_store_lives(site.store, false, "fresh", &here, &err), AUTH0DB_OK);
    test_site_close(&site);
}
END_TEST

/* --- before anything is done ------------------------------------------------------------------ */

static void drop(const char *table)
{
    a0_sql sql = A0_SQL(site.store);
    auth0db_error err = {0};
    a0_sql_put(&sql, "DROP TABLE @", table);
    ok(a0_sql_run(&sql, NULL, &err), err);
}

START_TEST(a_site_with_its_tables_passes_the_check)
{
    auth0db_error err = {0};
    test_site_open(&site, _i);
    ok(a0_store_check(site.store, false, &err), err);
    ok(a0_store_check(site.store, true, &err), err);
    ck_assert_int_eq(test_site_rows(&site, site.map.batches), 0); /* nothing stays of trying */
    test_site_close(&site);
}
END_TEST

START_TEST(what_is_missing_is_named_with_what_to_do)
{
    auth0db_error err = {0};
    test_site_open(&site, _i);
    a0_store_close(site.store);
    snprintf(site.map.joined, sizeof site.map.joined, "no_such_column");
    site.store = test_site_again(&site);
    ck_assert_int_eq(a0_store_check(site.store, false, &err), AUTH0DB_ERR_STATE);
    ck_assert_ptr_nonnull(strstr(err.message, "table auth_user has no column no_such_column"));
    ck_assert_ptr_nonnull(strstr(err.message, "auth0_site"));
    a0_store_close(site.store);
    snprintf(site.map.users, sizeof site.map.users, "no_such_table");
    site.store = test_site_again(&site);
    ck_assert_int_eq(a0_store_check(site.store, false, &err), AUTH0DB_ERR_STATE);
    ck_assert_ptr_nonnull(strstr(err.message, "no table no_such_table"));
    test_site_close(&site);
}
END_TEST

/* A plan can be made before the app is installed; an import cannot. init-db makes the rest. */
START_TEST(our_tables_can_be_missing_and_can_be_made)
{
    auth0db_error err = {0};
    test_site_open(&site, _i);
    if (!test_site_is(&site, "sqlite")) { /* Django's tables stay */
        test_site_close(&site);
        return;
    }
    test_site_add_users(&site, 1, 2);
    drop(site.map.claims);
    ck_assert_int_eq(a0_store_check(site.store, false, &err), AUTH0DB_ERR_STATE);
    ck_assert_ptr_nonnull(strstr(err.message, "auth0db_importclaim: run `manage.py migrate`"));
    drop(site.map.batches);
    drop(site.map.links);
    drop(site.map.holdouts);
    drop(site.map.sites);
    ok(a0_store_check(site.store, false, &err), err);
    ck_assert_str_eq(found((a0_scan_options){.with_state = true, .unsettled_only = true}), "1 2");
    char name[65];
    ok(a0_store_site(site.store, false, NULL, name, &err), err);
    ck_assert_str_eq(name, "");
    ck_assert_int_eq(a0_store_check(site.store, true, &err), AUTH0DB_ERR_STATE);
    ck_assert_ptr_nonnull(strstr(err.message, "init-db"));
    ok(a0_store_init(site.store, &err), err);
    ok(a0_store_check(site.store, true, &err), err);
    ok(a0_store_init(site.store, &err), err); /* once more is harmless */
    test_site_close(&site);
}
END_TEST

SITE_MAIN("store", users_come_in_the_order_of_their_keys,
          a_page_ends_at_its_limit_and_the_next_one_begins_behind_it, a_long_scan_misses_nobody,
          every_column_arrives, a_user_who_never_logged_in_has_no_time,
          a_second_scan_waits_for_the_end_of_the_first, a_scan_can_be_narrowed,
          inactive_users_of_whom_nothing_is_on_record_are_counted,
          the_look_for_shared_emails_reads_what_it_needs, a_scan_tells_what_is_on_record,
          details_are_told_to_those_who_ask, what_a_link_says_is_told_to_those_who_ask,
          the_key_of_digests_is_the_sites_and_none_where_none_was_made,
          a_database_that_is_on_no_record_is_a_copy_until_it_is_adopted,
          a_site_with_its_tables_passes_the_check, what_is_missing_is_named_with_what_to_do,
          our_tables_can_be_missing_and_can_be_made)
