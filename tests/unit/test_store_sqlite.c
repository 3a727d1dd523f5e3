/* What only SQLite can hold, and what only a file can be. */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "site.h"
#include "unit.h"

static test_site site;

static void execute(const char *sql)
{
    sqlite3 *db;
    char *why = NULL;
    ck_assert_int_eq(sqlite3_open(site.file, &db), SQLITE_OK);
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &why) == SQLITE_OK, "%s: %s", sql, why);
    sqlite3_close(db);
}

/* The stock table, but nothing is forbidden. */
static void open_lawless(const char *key)
{
    char sql[1024];
    test_site_open(&site, 0);
    snprintf(sql, sizeof sql,
             "PRAGMA foreign_keys = OFF; DROP TABLE auth_user; CREATE TABLE auth_user (id %s, "
             "username varchar(150), email varchar(254), password varchar(128), first_name "
             "varchar(150), last_name varchar(150), is_active bool, is_staff bool, is_superuser "
             "bool, last_login datetime, date_joined datetime)",
             key);
    execute(sql);
}

START_TEST(a_malformed_column_stops_nothing)
{
    open_lawless("integer NOT NULL PRIMARY KEY AUTOINCREMENT");
    execute("INSERT INTO auth_user VALUES (1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
            "NULL, NULL)");
    execute("INSERT INTO auth_user VALUES (2, 'a' || char(0) || 'b', x'ff00fe', 17, 2.5, "
            "CAST(x'c328' AS TEXT), 'yes', '1', x'01', 'yesterday', '0000-01-01 00:00:00')");
    execute("INSERT INTO auth_user VALUES (-3, printf('%.1000000c', 'x'), 'e', 'p', '', '', 1, 0, "
            "0, 1700000000, '2020-02-30 00:00:00')");
    a0_scan *scan = scan_begin(site.store, (a0_scan_options){.with_state = true});
    const a0_record *row = next(scan);
    ck_assert(IS(row->key, "-3"));
    ck_assert(row->too_long);
    ck_assert_uint_eq(row->username.len, A0_FIELD_MAX);
    ck_assert(row->active);
    ck_assert(row->last_login == A0_NO_TIME && row->joined == A0_NO_TIME);
    row = next(scan);
    ck_assert(IS(row->key, "1"));
    ck_assert(!row->too_long && !row->active && !row->staff);
    ck_assert(row->email.data == NULL && row->username.data == NULL && row->password.data == NULL);
    row = next(scan);
    ck_assert(IS(row->key, "2"));
    ck_assert(IS(row->username, "a\0b"));
    ck_assert(IS(row->email, "\xff\0\xfe"));
    ck_assert(IS(row->password, "17"));
    ck_assert(IS(row->given_name, "2.5"));
    ck_assert(IS(row->family_name, "\xc3\x28"));
    ck_assert(!row->active); /* what is not 1 is not: nobody is let in by a typo */
    ck_assert(row->last_login == A0_NO_TIME && row->joined == A0_NO_TIME);
    ck_assert_ptr_null(next(scan));
    a0_scan_end(scan);
    test_site_close(&site);
}
END_TEST

static int users_of_pages(size_t limit)
{
    char key[A0_NAME_SIZE] = "";
    int n = 0, of_page = 1;
    for (int pages = 0; of_page > 0; pages++) {
        a0_scan_options options = {.limit = limit};
        if (n > 0)
            options.after = (a0_slice){key, strlen(key)};
        ck_assert_msg(pages < 100, "the pages never end");
        a0_scan *scan = scan_begin(site.store, options);
        of_page = 0;
        for (const a0_record *row; (row = next(scan)) != NULL; of_page++)
            snprintf(key, sizeof key, "%.*s", (int)row->key.len, (const char *)row->key.data);
        a0_scan_end(scan);
        n += of_page;
    }
    return n;
}

/* Django made none of these; a scan must still end, and find those that it made. */
START_TEST(a_key_that_is_no_key_does_not_stop_the_pages)
{
    open_lawless("bigint");
    execute("INSERT INTO auth_user (id) VALUES (NULL), (x'41'), (x'42'), ('abc'), (7), (1.5), "
            "(9223372036854775807), (-9223372036854775808), (12), ('')");
    ck_assert_int_eq(users_of_pages(1), 7);
    ck_assert_int_eq(users_of_pages(3), 7);
    test_site_close(&site);
}
END_TEST

START_TEST(a_uuid_in_other_spelling_stays_as_it_is_and_hides_nobody)
{
    open_lawless("char(32) PRIMARY KEY");
    execute("INSERT INTO auth_user (id) VALUES ('0AF3C8D109BC4DEF8123000000000001'), "
            "('0af3c8d109bc4def8123000000000002'), ('f0000000-0000-4000-8000-000000000003'), "
            "('fff'), ('F0000000000040008000000000000004'), ('10000000000040008000000000000005')");
    site.map.key_type = A0_KEY_UUID;
    a0_store_close(site.store);
    site.store = test_site_again(&site);
    ck_assert_int_eq(users_of_pages(1), 6);
    a0_scan *scan = scan_begin(site.store, (a0_scan_options){.with_state = true});
    ck_assert(IS(next(scan)->key, "0AF3C8D109BC4DEF8123000000000001"));
    ck_assert(IS(next(scan)->key, "0af3c8d1-09bc-4def-8123-000000000002"));
    a0_scan_end(scan);
    test_site_close(&site);
}
END_TEST

/* --- the file --------------------------------------------------------------------------------- */

static int open_error(const char *url, auth0db_error *err)
{
    a0_store *store;
    int rc = a0_store_open(&store, url, &site.map, err);
    ck_assert_ptr_null(store);
    return rc;
}

START_TEST(what_is_no_database_is_refused_and_nothing_is_made)
{
    char url[128], path[80];
    auth0db_error err = {0};
    struct stat st;
    test_site_open(&site, 0);
    snprintf(path, sizeof path, "%s-missing", site.file);
    snprintf(url, sizeof url, "sqlite:///%s", path);
    ck_assert_int_eq(open_error(url, &err), AUTH0DB_ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.message, "unable to open"));
    ck_assert_int_ne(stat(path, &st), 0);
    ck_assert_int_eq(open_error("sqlite:////tmp", &err), AUTH0DB_ERR_IO);
    FILE *file = fopen(path, "w");
    fputs("this is no database, whatever its name says, and long enough to be looked at", file);
    fclose(file);
    ck_assert_int_eq(open_error(url, &err), AUTH0DB_ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.message, "not a database"));
    unlink(path);
    test_site_close(&site);
}
END_TEST

/* Root may write everywhere, so somebody else tries. */
static void check_as_nobody(void)
{
    auth0db_error err = {0};
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        _exit(2);
    a0_store *store;
    if (a0_store_open(&store, site.url, &site.map, &err) != AUTH0DB_OK)
        _exit(3);
    if (a0_store_check(store, false, &err) != AUTH0DB_OK)
        _exit(4);
    if (a0_store_check(store, true, &err) != AUTH0DB_ERR_IO)
        _exit(5);
    if (strstr(err.message, "does not take our rows: SQLite: attempt to write a readonly") == NULL)
        _exit(6);
    _exit(0);
}

START_TEST(a_read_only_database_is_found_out_before_anything_is_done)
{
    int status;
    test_site_open(&site, 0);
    test_site_add_users(&site, 1, 2);
    ck_assert_int_eq(chmod(site.file, 0444), 0);
    pid_t child = fork();
    if (child == 0)
        check_as_nobody();
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WEXITSTATUS(status), 0);
    test_site_close(&site);
}
END_TEST

/* A process that runs a statement whenever it is told to, and answers 'y', or 'n' where the
 * database was busy for `patience` ms. Made before the scan: SQLite's locks do not survive a fork.
 */
typedef struct helper {
    int to, from;
    pid_t pid;
} helper;

static helper helper_start(const char *sql, int patience)
{
    int to[2], from[2];
    ck_assert(pipe(to) == 0 && pipe(from) == 0);
    helper h = {to[1], from[0], fork()};
    ck_assert_int_ge(h.pid, 0);
    if (h.pid != 0) {
        close(to[0]);
        close(from[1]);
        return h;
    }
    close(to[1]);
    for (char c; read(to[0], &c, 1) == 1;) {
        sqlite3 *db;
        sqlite3_open(site.file, &db);
        sqlite3_busy_timeout(db, patience);
        c = sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 'y' : 'n';
        sqlite3_close(db);
        if (write(from[1], &c, 1) != 1)
            _exit(EXIT_FAILURE);
    }
    _exit(EXIT_SUCCESS);
}

static void helper_tell(helper h)
{
    ck_assert_int_eq(write(h.to, "x", 1), 1);
}

static char helper_answer(helper h)
{
    char c = '?';
    ck_assert_int_eq(read(h.from, &c, 1), 1);
    return c;
}

static void helper_end(helper h)
{
    close(h.to);
    close(h.from);
    waitpid(h.pid, NULL, 0);
}

/* In a database without WAL a reader keeps the site from writing, so a page must end. */
START_TEST(the_site_writes_while_a_long_scan_goes_on)
{
    test_site_open(&site, 0);
    test_site_add_users(&site, 1, 40010);
    helper writer = helper_start("UPDATE auth_user SET first_name = 'new' WHERE id = 40009", 60000);
    helper reader = helper_start("SELECT 1 FROM auth_user LIMIT 1", 0);
    a0_scan *scan = scan_begin(site.store, (a0_scan_options){.with_state = true});
    ck_assert(IS(next(scan)->key, "1"));
    helper_tell(writer);
    char readable = 'y'; /* until the writer stands before us, and lets no new reader in */
    for (int i = 0; i < 3000 && readable == 'y'; i++) {
        usleep(10000);
        helper_tell(reader);
        readable = helper_answer(reader);
    }
    ck_assert_int_eq(readable, 'n');
    int seen = 1;
    for (const a0_record *row; (row = next(scan)) != NULL;) {
        seen++;
        ck_assert(seen != 40009 || IS(row->given_name, "new"));
    }
    ck_assert_int_eq(seen, 40010);
    ck_assert_int_eq(helper_answer(writer), 'y');
    a0_scan_end(scan);
    helper_end(reader); /* it has the writer's pipe open, too */
    helper_end(writer);
    test_site_close(&site);
}
END_TEST

START_TEST(memory_that_fails_is_an_error_and_nothing_more)
{
    int failed = 0;
    test_site_open(&site, 0);
    test_site_add_users(&site, 1, 3);
    for (long nth = 1;; nth++) {
        a0_scan *scan = NULL;
        const a0_record *row = NULL;
        auth0db_error err = {0};
        a0_scan_options options = {.since_login = A0_NO_TIME, .limit = 2, .with_state = true};
        a0_test_fail_nth_alloc(nth);
        int rc = a0_store_scan(site.store, &options, &scan, &err);
        if (rc == AUTH0DB_OK)
            rc = a0_scan_next(scan, &row, &err);
        a0_test_fail_nth_alloc(0);
        a0_scan_end(scan);
        if (rc == AUTH0DB_OK)
            break;
        ck_assert_int_eq(rc, AUTH0DB_ERR_NO_MEMORY);
        failed++;
    }
    ck_assert_int_ge(failed, 3);
    test_site_close(&site);
}
END_TEST

UNIT_MAIN("store_sqlite", a_malformed_column_stops_nothing,
          a_key_that_is_no_key_does_not_stop_the_pages,
          a_uuid_in_other_spelling_stays_as_it_is_and_hides_nobody,
          what_is_no_database_is_refused_and_nothing_is_made,
          a_read_only_database_is_found_out_before_anything_is_done,
          the_site_writes_while_a_long_scan_goes_on, memory_that_fails_is_an_error_and_nothing_more)
