/* One suite over every kind of store: what one of them does, all do. The databases are made by the
 * suite's runner: SQLite here, the servers by tests/stores (AUTH0DB_TEST_STORES). */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/store.h"
#include "unit.h"

static a0_site_map stock(void)
{
    return (a0_site_map){
        .users = "auth_user",
        .key = "id",
        .username = "username",
        .email = "email",
        .password = "password",
        .given_name = "first_name",
        .family_name = "last_name",
        .active = "is_active",
        .staff = "is_staff",
        .superuser = "is_superuser",
        .last_login = "last_login",
        .joined = "date_joined",
        .sites = "auth0db_auth0site",
        .links = "auth0db_auth0user",
        .holdouts = "auth0db_holdout",
        .batches = "auth0db_importbatch",
        .claims = "auth0db_importclaim",
    };
}

START_TEST(users_come_in_key_order)
{
    char file[] = "/tmp/auth0db-store-XXXXXX", url[64];
    sqlite3 *db;
    close(mkstemp(file));
    snprintf(url, sizeof url, "sqlite:///%s", file);
    ck_assert_int_eq(sqlite3_open(file, &db), SQLITE_OK);
    ck_assert_int_eq(
        sqlite3_exec(
            db,
            "CREATE TABLE auth_user (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, username "
            "varchar(150), email varchar(254), password varchar(128), first_name varchar(150), "
            "last_name varchar(150), is_active bool, is_staff bool, is_superuser bool, last_login "
            "datetime, date_joined datetime);"
            "INSERT INTO auth_user VALUES (3, 'c', 'c@x.org', 'p', 'C', 'D', 1, 0, 0, NULL, "
            "'2020-01-01 00:00:00.5'), (1, 'a', 'a@x.org', 'p', '', '', 1, 0, 0, '2021-01-01 "
            "00:00:00', '2020-01-01 00:00:00');",
            NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    a0_site_map map = stock();
    a0_store *store;
    a0_scan *scan;
    auth0db_error err = {0};
    ck_assert_msg(a0_store_open(&store, url, &map, &err) == AUTH0DB_OK, "%s", err.message);
    a0_scan_options options = {.since_login = A0_NO_TIME};
    ck_assert_msg(a0_store_scan(store, &options, &scan, &err) == AUTH0DB_OK, "%s", err.message);
    const a0_record *row;
    for (int key = 1; key <= 3; key += 2) {
        ck_assert_int_eq(a0_scan_next(scan, &row, &err), AUTH0DB_OK);
        ck_assert_ptr_nonnull(row);
        ck_assert_int_eq(((const char *)row->key.data)[0], '0' + key);
        ck_assert(row->active && !row->staff);
    }
    ck_assert_int_eq(row->joined % 1000000, 500000);
    ck_assert_int_eq(a0_scan_next(scan, &row, &err), AUTH0DB_OK);
    ck_assert_ptr_null(row);
    a0_store_close(store);
    unlink(file);
}
END_TEST

UNIT_MAIN("store", users_come_in_key_order)
