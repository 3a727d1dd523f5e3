/* The door of every store: which engine a URL means, one scan at a time, transactions, and the
 * small readings that the files over an engine share. Which rows are written, and when, is decided
 * in batches.c, settle.c, reminders.c and resolutions.c. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/env.h"
#include "base/mem.h"
#include "store/store_int.h"
#include "store/values.h"

static const a0_engine *const engines[] = {
    [A0_URL_SQLITE] = &a0_engine_sqlite,
    [A0_URL_POSTGRESQL] = &a0_engine_postgresql,
    [A0_URL_MYSQL] = &a0_engine_mysql,
    [A0_URL_NDJSON] = &a0_engine_ndjson,
};

int a0_store_open(a0_store **out, const char *url, const a0_site_map *map, auth0db_error *err)
{
    a0_store_url parts;
    *out = NULL;
    int rc = a0_store_url_parse(&parts, url, err);
    if (rc != AUTH0DB_OK)
        return rc;
    a0_store *store = NULL;
    const a0_engine *engine = engines[parts.kind];
    rc = engine->open(&store, &parts, err);
    if (rc != AUTH0DB_OK)
        goto out;
    store->engine = engine;
    store->map = *map;
    /* The place is taken from the URL now, without the password: behind this the URL is wiped, and
     * nothing asks for it again. */
    if (a0_place_of(engine->kind, &parts, &store->place)) {
        *out = store;
    } else {
        a0_store_close(store);
        rc = a0_error_no_memory(err);
    }
out:
    a0_store_url_clear(&parts);
    return rc;
}

void a0_store_close(a0_store *store)
{
    if (store == NULL)
        return;
    /* The scan first, for its result is the connection's: SQLite does not close over a statement
     * that is open. */
    a0_scan_end(store->scan);
    a0_free(store->place.text);
    store->engine->close(store);
}

const char *a0_store_kind(const a0_store *store)
{
    return store->engine->kind;
}

const a0_site_map *a0_store_map(const a0_store *store)
{
    return &store->map;
}

bool a0_store_keeps_record(const a0_store *store)
{
    return store->engine->dialect != NULL;
}

/* --- users ----------------------------------------------------------------------------------- */

int a0_store_scan(a0_store *store, const a0_scan_options *options, a0_scan **out,
                  auth0db_error *err)
{
    *out = NULL;
    if (store->scan != NULL)
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "", "one scan at a time");
    int rc = store->engine->scan_begin(store, options, out, err);
    if (rc == AUTH0DB_OK) {
        store->scan = *out;
        (*out)->store = store;
    }
    return rc;
}

int a0_scan_next(a0_scan *scan, const a0_record **row, auth0db_error *err)
{
    *row = NULL;
    return scan->store->engine->scan_next(scan, row, err);
}

void a0_scan_end(a0_scan *scan)
{
    if (scan == NULL)
        return;
    scan->store->scan = NULL;
    scan->store->engine->scan_end(scan);
}

/* The one number that a statement answers with. */
static int ask_count(a0_sql *sql, uint64_t *out, auth0db_error *err)
{
    a0_rows *rows;
    bool more;
    *out = 0;
    int rc = a0_sql_query(sql, &rows, err);
    if (rc != AUTH0DB_OK)
        return rc;
    rc = a0_rows_next(rows, &more, err);
    if (rc == AUTH0DB_OK && more) {
        /* An estimate may be negative: PostgreSQL knows none before the first ANALYZE. */
        int64_t n = a0_rows_int(rows, 0);
        *out = n > 0 ? (uint64_t)n : 0;
    }
    a0_rows_end(rows);
    return rc;
}

int a0_store_count_users(a0_store *store, bool exact, uint64_t *out, auth0db_error *err)
{
    a0_sql sql = A0_SQL(store);
    *out = 0;
    /* A file of users knows only at its end, and is not read for a progress bar. */
    if (!a0_store_keeps_record(store))
        return AUTH0DB_OK;
    if (exact || store->engine->estimate == NULL)
        a0_sql_put(&sql, "SELECT count(*) FROM @", store->map.users);
    else
        store->engine->estimate(&sql);
    return ask_count(&sql, out, err);
}

/* Rows of ours are written with C texts. What stands before a NUL is the key of nobody, or of
 * somebody else, who would be held in this user's place; and of keys that are cut two may become
 * one. */
bool a0_has_unrecordable_key(const a0_record *record)
{
    const a0_slice key = record->key;
    return key.len >= A0_FIELD_MAX || (key.len > 0 && memchr(key.data, '\0', key.len) != NULL);
}

int a0_store_count_unrecordable_keys(a0_store *store, uint64_t *out, auth0db_error *err)
{
    a0_sql sql = A0_SQL(store);
    *out = 0;
    if (!a0_store_keeps_record(store))
        return AUTH0DB_OK;
    a0_sql_put(&sql, "SELECT count(*) FROM @ WHERE @ IS NULL OR ", store->map.users,
               store->map.key);
    store->engine->unrecordable_keys(&sql);
    return ask_count(&sql, out, err);
}

int a0_store_count_inactive(a0_store *store, uint64_t *out, auth0db_error *err)
{
    const a0_site_map *map = &store->map;
    const char *const records[] = {map->links, map->claims, map->holdouts};
    a0_sql sql = A0_SQL(store);
    *out = 0;
    if (!a0_store_keeps_record(store) || map->active[0] == '\0')
        return AUTH0DB_OK;
    a0_sql_put(&sql, "SELECT count(*) FROM @ u WHERE (NOT u.@", map->users, map->active);
    /* The same reading of NULL as the site's Django has, or the report would count active users as
     * inactive ones. */
    if (!map->null_is_active)
        a0_sql_put(&sql, " OR u.@ IS NULL", map->active);
    a0_sql_put(&sql, ")");
    for (size_t i = 0; i < A0_COUNT(records); i++)
        a0_sql_put(&sql, " AND NOT EXISTS (SELECT 1 FROM @ o WHERE o.@ = u.@)", records[i],
                   "user_id", map->key);
    return ask_count(&sql, out, err);
}

/* --- shortcuts ------------------------------------------------------------------------------- */

int a0_store_need_sql(const a0_store *store, auth0db_error *err)
{
    if (a0_store_keeps_record(store))
        return AUTH0DB_OK;
    return a0_error_set(err, AUTH0DB_ERR_OPTION, "DATABASE_URL",
                        "NDJSON holds users only: plan and export work, what keeps a record does "
                        "not");
}

/* A statement that memory has failed for ends somewhere: a DELETE that lost its WHERE would take
 * every row. It is never run. */
static int built(a0_sql *sql, auth0db_error *err)
{
    if (sql->rc == AUTH0DB_OK)
        return AUTH0DB_OK;
    return a0_error_set(err, (auth0db_code)sql->rc, "", "a statement for the database: %s",
                        sql->rc == AUTH0DB_ERR_NO_MEMORY ? "out of memory" : "too long");
}

/* The engines get the store without const: building a statement does not change it, running does.
 */
static a0_store *store_of(const a0_sql *sql)
{
    return (a0_store *)(uintptr_t)sql->store;
}

int a0_sql_run(a0_sql *sql, int64_t *changed, auth0db_error *err)
{
    a0_store *store = store_of(sql);
    int rc = built(sql, err);
    if (rc == AUTH0DB_OK)
        rc = store->engine->run(store, sql, changed, err);
    /* Also where it failed, so that no caller has to, and the values in it are wiped. */
    a0_sql_clear(sql);
    return rc;
}

int a0_sql_query(a0_sql *sql, a0_rows **out, auth0db_error *err)
{
    a0_store *store = store_of(sql);
    *out = NULL;
    int rc = built(sql, err);
    if (rc == AUTH0DB_OK)
        rc = store->engine->query(store, sql, out, err);
    if (rc == AUTH0DB_OK)
        (*out)->store = store;
    a0_sql_clear(sql);
    return rc;
}

int a0_rows_next(a0_rows *rows, bool *more, auth0db_error *err)
{
    return rows->store->engine->next(rows, more, err);
}

void a0_rows_end(a0_rows *rows)
{
    if (rows != NULL)
        rows->store->engine->end(rows);
}

const char *a0_rows_text(a0_rows *rows, int i)
{
    const char *text = rows->store->engine->column(rows, i).data;
    return text != NULL ? text : "";
}

int64_t a0_rows_int(a0_rows *rows, int i)
{
    int64_t number = 0;
    a0_slice text = rows->store->engine->column(rows, i);
    return text.data != NULL && a0_integer_parse(text, &number) ? number : 0;
}

int64_t a0_rows_time(a0_rows *rows, int i)
{
    a0_slice text = rows->store->engine->column(rows, i);
    int64_t time = text.data != NULL ? a0_time_parse(text.data, text.len) : A0_NO_TIME;
    return time != A0_NO_TIME ? time : 0;
}

void a0_rows_copy(a0_rows *rows, int i, char *out, size_t size)
{
    a0_slice text = rows->store->engine->column(rows, i);
    size_t len = text.len < size ? text.len : size - 1;
    if (len > 0)
        memcpy(out, text.data, len);
    out[len] = '\0';
}

int64_t a0_store_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int plain_statement(a0_store *store, const char *text, auth0db_error *err)
{
    a0_sql sql = A0_SQL(store);
    a0_sql_put(&sql, text);
    return a0_sql_run(&sql, NULL, err);
}

/* A process that has lost a race waits a little, and for a time of its own: at once, the same ones
 * would meet again, and of a crowd one would lose every time. */
static void stand_aside(int lost)
{
    uint16_t chance = 0;
    /* Without randomness the process id is what differs between two importers. */
    if (a0_random(&a0_env_system, &chance, sizeof chance) != AUTH0DB_OK)
        chance = (uint16_t)getpid();
    a0_sleep_ms(&a0_env_system, 1 + chance % (4u << lost));
}

/* `work` may run several times, so it sets anew whatever it tells its caller. Only a lost race is
 * worth it: any other error would come again, or the connection is gone. */
int a0_store_transaction(a0_store *store,
                         int (*work)(a0_store *store, void *ctx, auth0db_error *err), void *ctx,
                         auth0db_error *err)
{
    enum { ATTEMPTS = 8 }; /* in a second at the most */
    int rc = AUTH0DB_OK;
    for (int i = 0; i < ATTEMPTS; i++) {
        store->lost_race = false;
        rc = plain_statement(store, store->dialect.begin, err);
        if (rc == AUTH0DB_OK)
            rc = work(store, ctx, err);
        /* The COMMIT may lose as well: deferred foreign keys and serialization are judged there. */
        if (rc == AUTH0DB_OK)
            rc = plain_statement(store, "COMMIT", err);
        if (rc == AUTH0DB_OK)
            break;
        bool again = store->lost_race;
        /* The connection may be gone, and then the transaction is too. err keeps the cause; and
         * the race was read before, for this statement may fail in its own way. */
        (void)plain_statement(store, "ROLLBACK", NULL);
        if (!again)
            break;
        if (i + 1 < ATTEMPTS)
            stand_aside(i);
    }
    return rc;
}
