#include "site.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "django/site_map.h"

static const char stock_table[] =
    "(id %s, username varchar(150) NOT NULL UNIQUE, email varchar(254) NOT NULL, password "
    "varchar(128) NOT NULL, first_name varchar(150) NOT NULL, last_name varchar(150) NOT NULL, "
    "is_active bool NOT NULL, is_staff bool NOT NULL, is_superuser bool NOT NULL, last_login "
    "datetime NULL, date_joined datetime NOT NULL)";

static const struct {
    const char *name, *sqlite;
    a0_key_type type;
} keys[] = {
    {"integer", "integer NOT NULL PRIMARY KEY AUTOINCREMENT", A0_KEY_INTEGER},
    {"uuid", "char(32) NOT NULL PRIMARY KEY", A0_KEY_UUID},
    {"string", "varchar(40) NOT NULL PRIMARY KEY", A0_KEY_STRING},
};

/* The i-th word of AUTH0DB_TEST_STORES; empty behind the last. */
static a0_slice server(int i)
{
    const char *list = getenv("AUTH0DB_TEST_STORES");
    a0_slice word = {NULL, 0};
    for (const char *at = list; at != NULL && i >= 0; i--, at += word.len) {
        at += strspn(at, " \n");
        word = (a0_slice){at, strcspn(at, " \n")};
    }
    return word;
}

int test_site_kinds(void)
{
    int n = 0;
    while (server(n).len > 0)
        n++;
    return (int)A0_COUNT(keys) + n;
}

static void run(test_site *site, a0_sql *sql)
{
    auth0db_error err = {0};
    ck_assert_msg(a0_sql_run(sql, NULL, &err) == AUTH0DB_OK, "%s: %s", site->url, err.message);
}

static void statement(test_site *site, const char *text)
{
    a0_sql sql = A0_SQL(site->store);
    a0_sql_put(&sql, text);
    run(site, &sql);
}

a0_store *test_site_again(const test_site *site)
{
    a0_store *store;
    auth0db_error err = {0};
    ck_assert_msg(a0_store_open(&store, site->url, &site->map, &err) == AUTH0DB_OK, "%s: %s",
                  site->url, err.message);
    return store;
}

static void make_sqlite(test_site *site, const char *key_type)
{
    char text[1024];
    auth0db_error err = {0};
    /* memory, where there is such a folder: these tests write much and fear no power cut */
    snprintf(site->file, sizeof site->file, "%s/auth0db-site-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    int fd = mkstemp(site->file);
    ck_assert_int_ge(fd, 0);
    close(fd);
    snprintf(site->url, sizeof site->url, "sqlite:///%s", site->file);
    site->store = test_site_again(site);
    snprintf(text, sizeof text, stock_table, key_type);
    a0_sql sql = A0_SQL(site->store);
    a0_sql_put(&sql, "CREATE TABLE auth_user ");
    a0_sql_put(&sql, text);
    run(site, &sql);
    ck_assert_msg(a0_store_init(site->store, &err) == AUTH0DB_OK, "%s", err.message);
}

static void empty(test_site *site)
{
    const a0_site_map *map = &site->map;
    const char *tables[] = {map->resolutions, map->tombstones, map->claims,
                            map->reminders,   map->batches,    map->links,
                            map->holdouts,    map->sites,      map->users};
    for (size_t i = 0; i < A0_COUNT(tables); i++) {
        a0_sql sql = A0_SQL(site->store);
        a0_sql_put(&sql, "DELETE FROM @", tables[i]);
        run(site, &sql);
    }
}

void test_site_open(test_site *site, int kind)
{
    const int of_sqlite = (int)A0_COUNT(keys);
    *site = (test_site){0};
    a0_site_map_stock(&site->map);
    if (kind < of_sqlite) {
        site->map.key_type = keys[kind].type;
        make_sqlite(site, keys[kind].sqlite);
        return;
    }
    a0_slice word = server(kind - of_sqlite);
    const char *url = word.len > 0 ? memchr(word.data, '=', word.len) : NULL;
    ck_assert_msg(url != NULL, "AUTH0DB_TEST_STORES: no \"integer=\" before a URL");
    size_t named = (size_t)(url++ - (const char *)word.data), len = word.len - named - 1;
    for (size_t i = 0; i < A0_COUNT(keys); i++) {
        if (strlen(keys[i].name) == named && memcmp(keys[i].name, word.data, named) == 0)
            site->map.key_type = keys[i].type;
    }
    ck_assert_uint_lt(len, sizeof site->url);
    memcpy(site->url, url, len);
    site->store = test_site_again(site);
    empty(site);
}

void test_site_close(test_site *site)
{
    a0_store_close(site->store);
    if (site->file[0] != '\0')
        unlink(site->file);
}

bool test_site_is(const test_site *site, const char *store_kind)
{
    return strcmp(a0_store_kind(site->store), store_kind) == 0;
}

const char *test_site_key(const test_site *site, int number, char out[TEST_KEY_SIZE])
{
    static const char *const forms[] = {
        [A0_KEY_INTEGER] = "%d",
        [A0_KEY_UUID] = "0af3c8d1-09bc-4def-8123-%012d",
        [A0_KEY_STRING] = "key-%06d",
    };
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(out, TEST_KEY_SIZE, forms[site->map.key_type], number);
#pragma GCC diagnostic pop
    return out;
}

int test_site_number(const test_site *site, a0_slice key)
{
    char text[TEST_KEY_SIZE], again[TEST_KEY_SIZE];
    if (key.len == 0 || key.len >= sizeof text)
        return -1;
    snprintf(text, sizeof text, "%.*s", (int)key.len, (const char *)key.data);
    size_t from = strlen(text);
    while (from > 0 && text[from - 1] >= '0' && text[from - 1] <= '9')
        from--;
    int number = atoi(text + from);
    return strcmp(test_site_key(site, number, again), text) == 0 ? number : -1;
}

static void put_key(const test_site *site, a0_sql *sql, int number)
{
    char key[TEST_KEY_SIZE];
    test_site_key(site, number, key);
    a0_sql_key(sql, (a0_slice){key, strlen(key)});
}

static void put_user(const test_site *site, a0_sql *sql, int number)
{
    static const char *const forms[] = {"user-%d", "user-%d@example.org", "hash-%d", "Given %d",
                                        "Family %d"};
    char text[64];
    put_key(site, sql, number);
    for (size_t i = 0; i < A0_COUNT(forms); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(text, sizeof text, forms[i], number);
#pragma GCC diagnostic pop
        a0_sql_put(sql, ", ");
        a0_sql_text(sql, text);
    }
    a0_sql_put(sql, ", (1 = 1), (1 = 0), (1 = 0), NULL, ");
    a0_sql_time(sql, INT64_C(1600000000000000) + number);
}

void test_site_add_users(test_site *site, int first, int n)
{
    enum { AT_ONCE = 500 };
    statement(site, site->store->dialect.begin);
    for (int from = 0; from < n; from += AT_ONCE) {
        a0_sql sql = A0_SQL(site->store);
        a0_sql_put(&sql, "INSERT INTO auth_user (id, username, email, password, first_name, "
                         "last_name, is_active, is_staff, is_superuser, last_login, date_joined) "
                         "VALUES ");
        for (int i = from; i < n && i < from + AT_ONCE; i++) {
            a0_sql_put(&sql, i > from ? ", (" : "(");
            put_user(site, &sql, first + i);
            a0_sql_put(&sql, ")");
        }
        run(site, &sql);
    }
    statement(site, "COMMIT");
}

static void where_user(test_site *site, a0_sql *sql, const char *column, int number)
{
    a0_sql_put(sql, " WHERE @ = ", column);
    put_key(site, sql, number);
}

void test_site_set(test_site *site, int number, const char *column, const char *text)
{
    a0_sql sql = A0_SQL(site->store);
    a0_sql_put(&sql, "UPDATE auth_user SET @ = ", column);
    a0_sql_text(&sql, text);
    where_user(site, &sql, "id", number);
    run(site, &sql);
}

void test_site_set_to(test_site *site, int number, const char *column, const char *expression)
{
    a0_sql sql = A0_SQL(site->store);
    a0_sql_put(&sql, "UPDATE auth_user SET @ = ", column);
    a0_sql_put(&sql, expression);
    where_user(site, &sql, "id", number);
    run(site, &sql);
}

void test_site_delete_user(test_site *site, int number)
{
    const a0_site_map *map = &site->map;
    const char *tables[] = {map->resolutions, map->claims, map->links, map->holdouts};
    for (size_t i = 0; i < A0_COUNT(tables); i++) {
        a0_sql sql = A0_SQL(site->store);
        a0_sql_put(&sql, "DELETE FROM @", tables[i]);
        where_user(site, &sql, "user_id", number);
        run(site, &sql);
    }
    a0_sql sql = A0_SQL(site->store);
    a0_sql_put(&sql, "DELETE FROM auth_user");
    where_user(site, &sql, "id", number);
    run(site, &sql);
}

int64_t test_site_rows(test_site *site, const char *table)
{
    a0_sql sql = A0_SQL(site->store);
    a0_rows *rows;
    bool more = false;
    a0_sql_put(&sql, "SELECT count(*) FROM @", table);
    ck_assert_int_eq(a0_sql_query(&sql, &rows, NULL), AUTH0DB_OK);
    ck_assert_int_eq(a0_rows_next(rows, &more, NULL), AUTH0DB_OK);
    int64_t n = more ? a0_rows_int(rows, 0) : -1;
    a0_rows_end(rows);
    return n;
}
