/* PostgreSQL, through libpq. A scan reads page by page, each a statement of its own: no cursor, and
 * so no transaction that stays open for hours and keeps the site's tables from being vacuumed. */
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/page.h"
#include "store/store_int.h"

/* The protocol counts a statement's values in 16 bits. */
enum { VALUES_MAX = 20000 };

typedef struct pg_store {
    a0_store base;
    PGconn *db;
} pg_store;

typedef struct pg_rows {
    a0_rows base;
    PGresult *result;
    int at;
} pg_rows;

typedef struct pg_scan {
    a0_page_scan pages;
    PGresult *page;
    int at;
} pg_scan;

static const a0_column_types types = {
    .serial = "bigserial NOT NULL PRIMARY KEY",
    .small = "smallint",
    .integer = "integer",
    .big = "bigint",
    .time = "timestamp with time zone",
    .text = "text",
    .deferrable = " DEFERRABLE INITIALLY DEFERRED",
    .table_end = "",
};

static const a0_dialect dialect = {
    .quote = '"',
    .numbered = true,
    .uuid_text = true,
    .begin = "BEGIN",
    .time_suffix = "+00",
    /* "C": the letters of ASCII alone, and whatever the column's collation is. */
    .lower = {"lower(", " COLLATE \"C\")"},
    /* The very words of Django's iexact, so that one index serves both. */
    .folded = {"upper(", "::text)"},
    .past_index = "",
    .hex = {"encode(convert_to(left(coalesce(", "::text, ''), 4096), 'UTF8'), 'hex')"},
    .aggregate = {"string_agg(", ", ',')"},
    .join = {"", " || ", ""},
    .types = &types,
};

static pg_store *as_postgres(a0_store *store)
{
    return (pg_store *)(void *)store;
}

/* The first line: what follows are the statement and hints, and the statement holds nothing but
 * names, the detail however a row's values. */
static int failed(auth0db_error *err, const char *where, const char *message)
{
    size_t len = strcspn(message, "\n");
    while (len > 0 && message[len - 1] == ' ')
        len--;
    return a0_error_set(err, AUTH0DB_ERR_IO, where, "PostgreSQL: %.*s", (int)len, message);
}

/* --- connection ------------------------------------------------------------------------------ */

static void pg_close(a0_store *store)
{
    PQfinish(as_postgres(store)->db);
    a0_free(store);
}

/* libpq would print them on standard error, between the lines of the command, or of Django. */
static void ignore_notice(void *ctx, const char *message)
{
}

/* Options behind the ? are libpq's own words (sslmode, host of a socket, ...) and come last: of a
 * word that is there twice the last one counts, so that a site can have its own time to connect. */
static int connect_to(pg_store *store, const a0_store_url *url, auth0db_error *err)
{
    const char *names[A0_URL_OPTIONS_MAX + 10], *values[A0_URL_OPTIONS_MAX + 10];
    char port[16] = "";
    size_t n = 0;
    if (url->port != 0)
        snprintf(port, sizeof port, "%u", url->port);
    const struct {
        const char *name, *value;
    } fixed[] = {{"connect_timeout", "10"},
                 {"host", url->host},
                 {"port", port},
                 {"user", url->user},
                 {"password", url->password},
                 {"dbname", url->path},
                 {"fallback_application_name", "auth0db"}};
    for (size_t i = 0; i < A0_COUNT(fixed); i++) {
        names[n] = fixed[i].name;
        values[n++] = fixed[i].value;
    }
    for (unsigned i = 0; i < url->n_options; i++) {
        names[n] = url->options[i].name;
        values[n++] = url->options[i].value;
    }
    /* Ours, whatever they say: with another one we would read other bytes than Django. */
    names[n] = "client_encoding";
    values[n++] = "UTF8";
    names[n] = NULL;
    values[n] = NULL;
    /* 0: a database's name stays a name. Else libpq would take one with a '=' in it for more
     * options. */
    store->db = PQconnectdbParams(names, values, 0);
    if (store->db == NULL)
        return a0_error_no_memory(err);
    if (PQstatus(store->db) != CONNECTION_OK)
        return failed(err, "DATABASE_URL", PQerrorMessage(store->db));
    PQsetNoticeProcessor(store->db, ignore_notice, NULL);
    return AUTH0DB_OK;
}

/* Times are told in UTC, texts are taken literally, and nothing ends a connection that waits for a
 * job, whatever role or database have set. The timeouts are those that this version has. */
static int prepare_session(pg_store *store, auth0db_error *err)
{
    PGresult *result = PQexec(
        store->db,
        "SELECT set_config(name, CASE name WHEN 'TimeZone' THEN 'UTC' WHEN 'DateStyle' THEN 'ISO' "
        "WHEN 'standard_conforming_strings' THEN 'on' ELSE '0' END, false) FROM pg_settings WHERE "
        "name IN ('TimeZone', 'DateStyle', 'standard_conforming_strings', 'statement_timeout', "
        "'idle_session_timeout', 'idle_in_transaction_session_timeout')");
    int rc = PQresultStatus(result) == PGRES_TUPLES_OK
                 ? AUTH0DB_OK
                 : failed(err, "DATABASE_URL", PQerrorMessage(store->db));
    PQclear(result);
    return rc;
}

static int pg_open(a0_store **out, const a0_store_url *url, auth0db_error *err)
{
    pg_store *store = a0_alloc(sizeof *store);
    if (store == NULL)
        return a0_error_no_memory(err);
    store->base.dialect = dialect;
    int rc = connect_to(store, url, err);
    if (rc == AUTH0DB_OK)
        rc = prepare_session(store, err);
    if (rc != AUTH0DB_OK)
        pg_close(&store->base);
    else
        *out = &store->base;
    return rc;
}

/* --- statements ------------------------------------------------------------------------------ */

/* SQLSTATE: integrity constraint, serialization failure, deadlock. Whether a constraint was broken
 * by a race or by a mistake shows when all is done again. */
static bool is_race(const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    return state != NULL && (strncmp(state, "23", 2) == 0 || strcmp(state, "40001") == 0 ||
                             strcmp(state, "40P01") == 0);
}

/* Data exceptions, class 22, quote the value. */
static int statement_failed(const PGresult *result, PGconn *db, auth0db_error *err)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (state != NULL && strncmp(state, "22", 2) == 0)
        return a0_error_set(err, AUTH0DB_ERR_IO, "database",
                            "PostgreSQL: a value that the column cannot hold (%s)", state);
    return failed(err, "database", primary != NULL ? primary : PQerrorMessage(db));
}

/* *out is the caller's, NULL unless OK. Types are the server's to find out from the columns, since
 * a key may be of any: so all values go as texts. */
static int execute(a0_store *store, const a0_sql *sql, PGresult **out, auth0db_error *err)
{
    pg_store *pg = as_postgres(store);
    const char **values = NULL;
    *out = NULL;
    if (sql->n > VALUES_MAX)
        return a0_error_set(err, AUTH0DB_ERR_TOO_LARGE, "database", "too many values");
    if (sql->n > 0 && (values = a0_alloc_array(sql->n, sizeof *values)) == NULL)
        return a0_error_no_memory(err);
    for (size_t i = 0; i < sql->n; i++)
        values[i] = a0_sql_value(sql, i, NULL);
    PGresult *result =
        PQexecParams(pg->db, a0_buf_text(&sql->text), (int)sql->n, NULL, values, NULL, NULL, 0);
    a0_free(values);
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
        *out = result;
        return AUTH0DB_OK;
    }
    /* Once it is lost it stays lost: what follows in that transaction fails for another reason,
     * and must not hide this one. */
    if (result != NULL)
        store->lost_race = store->lost_race || is_race(result);
    int rc = statement_failed(result, pg->db, err);
    PQclear(result);
    return rc;
}

static int pg_run(a0_store *store, const a0_sql *sql, int64_t *changed, auth0db_error *err)
{
    PGresult *result;
    int rc = execute(store, sql, &result, err);
    if (rc == AUTH0DB_OK && changed != NULL)
        *changed = strtoll(PQcmdTuples(result), NULL, 10);
    PQclear(result);
    return rc;
}

static int pg_query(a0_store *store, const a0_sql *sql, a0_rows **out, auth0db_error *err)
{
    pg_rows *rows = a0_alloc(sizeof *rows);
    if (rows == NULL)
        return a0_error_no_memory(err);
    rows->at = -1;
    int rc = execute(store, sql, &rows->result, err);
    if (rc != AUTH0DB_OK)
        a0_free(rows);
    else
        *out = &rows->base;
    return rc;
}

/* Never fails: the result is here in whole. */
static int pg_next(a0_rows *base, bool *more, auth0db_error *err)
{
    pg_rows *rows = (pg_rows *)(void *)base;
    *more = ++rows->at < PQntuples(rows->result);
    return AUTH0DB_OK;
}

/* NULL has no data; an empty text has. */
static a0_slice text_at(const PGresult *result, int row, int i)
{
    if (PQgetisnull(result, row, i))
        return (a0_slice){NULL, 0};
    return (a0_slice){PQgetvalue(result, row, i), (size_t)PQgetlength(result, row, i)};
}

static a0_slice pg_column(a0_rows *base, int i)
{
    const pg_rows *rows = (pg_rows *)(void *)base;
    return text_at(rows->result, rows->at, i);
}

static void pg_end(a0_rows *base)
{
    PQclear(((pg_rows *)(void *)base)->result);
    a0_free(base);
}

/* --- users ----------------------------------------------------------------------------------- */

static pg_scan *scan_of(a0_page_scan *pages)
{
    return (pg_scan *)(void *)pages;
}

static int load_page(a0_page_scan *pages, const a0_sql *sql, auth0db_error *err)
{
    pg_scan *scan = scan_of(pages);
    PQclear(scan->page);
    scan->page = NULL;
    scan->at = -1;
    return execute(pages->base.store, sql, &scan->page, err);
}

static int next_row(a0_page_scan *pages, bool *more, auth0db_error *err)
{
    pg_scan *scan = scan_of(pages);
    *more = ++scan->at < PQntuples(scan->page);
    return AUTH0DB_OK;
}

static a0_slice scan_column(const a0_page_scan *pages, int i)
{
    const pg_scan *scan = (const pg_scan *)(const void *)pages;
    return text_at(scan->page, scan->at, i);
}

static void drop_page(a0_page_scan *pages)
{
    PQclear(scan_of(pages)->page);
}

static const a0_page_reader reader = {load_page, next_row, scan_column, drop_page};

static int pg_scan_begin(a0_store *store, const a0_scan_options *options, a0_scan **out,
                         auth0db_error *err)
{
    pg_scan *scan = a0_alloc(sizeof *scan);
    if (scan == NULL)
        return a0_error_no_memory(err);
    return a0_page_scan_begin(&scan->pages, &reader, store, options, out, err);
}

/* --- what only PostgreSQL knows -------------------------------------------------------------- */

/* The table as a statement finds it: by the search path, unless its name brings a schema. */
static void regclass(a0_sql *sql, const char *table)
{
    a0_sql name = A0_SQL(sql->store);
    a0_sql_put(&name, "@", table);
    a0_sql_put(sql, "to_regclass(");
    a0_sql_text(sql, a0_buf_text(&name.text));
    a0_sql_put(sql, ")");
    a0_sql_clear(&name);
}

static void attribute(a0_sql *sql, const char *what, const char *table, const char *column)
{
    a0_sql_put(sql, "SELECT ");
    a0_sql_put(sql, what);
    /* A column that was dropped is still listed there. */
    a0_sql_put(sql, " FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped AND attrelid = ");
    regclass(sql, table);
    a0_sql_put(sql, " AND attname = ");
    a0_sql_text(sql, column);
}

static void exists(a0_sql *sql, const char *table, const char *column)
{
    if (column != NULL) {
        attribute(sql, "1", table, column);
        return;
    }
    a0_sql_put(sql, "SELECT 1 WHERE ");
    regclass(sql, table);
    a0_sql_put(sql, " IS NOT NULL");
}

static void key_type(a0_sql *sql)
{
    attribute(sql, "format_type(atttypid, atttypmod)", sql->store->map.users, sql->store->map.key);
}

/* Its texts have no NUL. */
static void unrecordable_keys(a0_sql *sql)
{
    a0_sql_put(sql, "octet_length(@::text) >= ", sql->store->map.key);
    a0_sql_int(sql, A0_FIELD_MAX);
}

/* As of the last ANALYZE; -1 before the first. A count would read the table. */
static void estimate(a0_sql *sql)
{
    a0_sql_put(sql, "SELECT reltuples::bigint FROM pg_class WHERE oid = ");
    regclass(sql, sql->store->map.users);
}

const a0_engine a0_engine_postgresql = {
    .kind = "postgresql",
    .dialect = &dialect,
    .open = pg_open,
    .close = pg_close,
    .run = pg_run,
    .query = pg_query,
    .next = pg_next,
    .column = pg_column,
    .end = pg_end,
    .exists = exists,
    .key_type = key_type,
    .unrecordable_keys = unrecordable_keys,
    .estimate = estimate,
    .scan_begin = pg_scan_begin,
    .scan_next = a0_page_scan_next,
    .scan_end = a0_page_scan_end,
};
