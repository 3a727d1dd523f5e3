/* SQLite. A scan lets go of its lock every SCAN_PAGE users: in a database without WAL a reader
 * keeps the site from writing. */
#include <sqlite3.h>
#include <string.h>

#include "base/mem.h"
#include "store/store_int.h"
#include "store/values.h"

enum {
    BUSY_MS = 30000, /* as long as a writer of the site may take */
    /* Larger than a page of the servers': no users are held here, only a statement. */
    SCAN_PAGE = 20000
};

typedef struct sqlite_store {
    a0_store base;
    sqlite3 *db;
} sqlite_store;

typedef struct sqlite_rows {
    a0_rows base;
    sqlite3_stmt *stmt;
    sqlite3 *db;
} sqlite_rows;

typedef struct sqlite_scan {
    a0_scan base;
    sqlite3 *db;
    sqlite3_stmt *stmt;
    a0_scan_options options;
    a0_buf last_key;        /* where the page before ended */
    uint64_t left, of_page; /* users still wanted; still to come on this page */
    bool ours;
} sqlite_scan;

static const a0_column_types types = {
    .serial = "integer NOT NULL PRIMARY KEY AUTOINCREMENT",
    .small = "smallint unsigned",
    .integer = "integer",
    .big = "bigint",
    .time = "datetime",
    .text = "text",
    .deferrable = " DEFERRABLE INITIALLY DEFERRED",
    .table_end = "",
};

static const a0_dialect dialect = {
    .quote = '"',
    /* The lock on all writers from the beginning on: of two that read first and write then, each
     * would wait for the other's reading to end, and waiting longer helps neither. */
    .begin = "BEGIN IMMEDIATE",
    .locks_all = true,
    .time_suffix = "",
    .lower = {"lower(", ")"},
    .folded = {"", " COLLATE NOCASE"},
    .past_index = "+",
    .hex = {"hex(substr(coalesce(", ", ''), 1, 4096))"},
    .aggregate = {"group_concat(", ")"},
    .join = {"", " || ", ""},
    .types = &types,
};

static sqlite_store *as_sqlite(a0_store *store)
{
    return (sqlite_store *)(void *)store;
}

static int failed(sqlite3 *db, auth0db_error *err)
{
    int code = sqlite3_extended_errcode(db);
    if ((code & 0xff) == SQLITE_NOMEM)
        return a0_error_no_memory(err);
    return a0_error_set(err, AUTH0DB_ERR_IO, "database", "SQLite: %s%s", sqlite3_errmsg(db),
                        (code & 0xff) == SQLITE_BUSY ? " by another program, for half a minute"
                                                     : "");
}

/* --- connection ------------------------------------------------------------------------------ */

static int open_file(sqlite_store *store, const char *path, auth0db_error *err)
{
    /* Without CREATE: a typing error in the path must not make an empty database, in which nobody
     * is left to move. NOMUTEX, since a store has one thread. */
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &store->db, flags, NULL) != SQLITE_OK)
        return a0_error_set(err, AUTH0DB_ERR_IO, "DATABASE_URL", "%s: %s", path,
                            sqlite3_errmsg(store->db));
    sqlite3_busy_timeout(store->db, BUSY_MS);
    /* A missing column must be an error, not a string: "nme" is otherwise the text nme. */
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    /* Not TRUSTED_SCHEMA 0: Django gives every JSONField a CHECK with JSON_VALID, which SQLite
     * before 3.42 then takes for unsafe, and refuses the whole file. We add no function to be
     * abused. */
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    /* SQLite minds foreign keys only where it is told to, a connection at a time: without it a
     * user who is gone could be claimed. And the first read: is it a database at all? */
    if (sqlite3_exec(store->db, "PRAGMA foreign_keys = ON; SELECT 1 FROM sqlite_master LIMIT 1",
                     NULL, NULL, NULL) != SQLITE_OK)
        return a0_error_set(err, AUTH0DB_ERR_IO, "DATABASE_URL", "%s: %s", path,
                            sqlite3_errmsg(store->db));
    return AUTH0DB_OK;
}

static void sqlite_close(a0_store *store)
{
    sqlite3_close(as_sqlite(store)->db);
    a0_free(store);
}

static int sqlite_open(a0_store **out, const a0_store_url *url, auth0db_error *err)
{
    /* Refused and not passed over: an option is there because somebody expects something of it. */
    if (url->n_options > 0)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "DATABASE_URL",
                            "SQLite takes no options behind the ?");
    sqlite_store *store = a0_alloc(sizeof *store);
    if (store == NULL)
        return a0_error_no_memory(err);
    store->base.dialect = dialect;
    int rc = open_file(store, url->path, err);
    if (rc != AUTH0DB_OK)
        sqlite_close(&store->base);
    else
        *out = &store->base;
    return rc;
}

/* --- statements ------------------------------------------------------------------------------ */

static int bind_values(sqlite3_stmt *stmt, const a0_sql *sql)
{
    int rc = SQLITE_OK;
    for (size_t i = 0; i < sql->n && rc == SQLITE_OK; i++) {
        const a0_value *value;
        const char *text = a0_sql_value(sql, i, &value);
        int at = (int)i + 1;
        /* Texts are copied: rows are read when `sql` has been wiped. */
        if (value->kind == A0_VALUE_INT)
            rc = sqlite3_bind_int64(stmt, at, value->number);
        else if (text == NULL)
            rc = sqlite3_bind_null(stmt, at);
        else
            rc = sqlite3_bind_text64(stmt, at, text, value->len, SQLITE_TRANSIENT, SQLITE_UTF8);
    }
    return rc;
}

/* *out is NULL unless OK. */
static int prepare(sqlite3 *db, const a0_sql *sql, sqlite3_stmt **out, auth0db_error *err)
{
    *out = NULL;
    if (sqlite3_prepare_v2(db, a0_buf_text(&sql->text), -1, out, NULL) == SQLITE_OK &&
        bind_values(*out, sql) == SQLITE_OK)
        return AUTH0DB_OK;
    int rc = failed(db, err);
    sqlite3_finalize(*out);
    *out = NULL;
    return rc;
}

static int sqlite_run(a0_store *store, const a0_sql *sql, int64_t *changed, auth0db_error *err)
{
    sqlite3 *db = as_sqlite(store)->db;
    sqlite3_stmt *stmt;
    int rc = prepare(db, sql, &stmt, err);
    if (rc != AUTH0DB_OK)
        return rc;
    int step;
    while ((step = sqlite3_step(stmt)) == SQLITE_ROW)
        continue;
    if (step != SQLITE_DONE) {
        /* A lock that was not to be had is no race: it was waited for half a minute already. */
        store->lost_race = (sqlite3_errcode(db) & 0xff) == SQLITE_CONSTRAINT;
        rc = failed(db, err);
    } else if (changed != NULL) {
        *changed = sqlite3_changes(db);
    }
    sqlite3_finalize(stmt);
    return rc;
}

/* No row is read yet: what is held is a statement, and a read lock from its first row to its
 * end. */
static int sqlite_query(a0_store *store, const a0_sql *sql, a0_rows **out, auth0db_error *err)
{
    sqlite_rows *rows = a0_alloc(sizeof *rows);
    if (rows == NULL)
        return a0_error_no_memory(err);
    rows->db = as_sqlite(store)->db;
    int rc = prepare(rows->db, sql, &rows->stmt, err);
    if (rc != AUTH0DB_OK)
        a0_free(rows);
    else
        *out = &rows->base;
    return rc;
}

static int sqlite_next(a0_rows *base, bool *more, auth0db_error *err)
{
    const sqlite_rows *rows = (sqlite_rows *)(void *)base;
    int step = sqlite3_step(rows->stmt);
    *more = step == SQLITE_ROW;
    return step == SQLITE_ROW || step == SQLITE_DONE ? AUTH0DB_OK : failed(rows->db, err);
}

/* NULL has no data; an empty text has. Bytes are handed out as they are, from a blob too. By way of
 * the value and not of sqlite3_column_text, which costs twice as much: allowed as long as one
 * thread has the connection. */
static a0_slice text_of(sqlite3_stmt *stmt, int i)
{
    sqlite3_value *value = sqlite3_column_value(stmt, i);
    const unsigned char *text = sqlite3_value_text(value);
    return (a0_slice){text, text != NULL ? (size_t)sqlite3_value_bytes(value) : 0};
}

static a0_slice sqlite_column(a0_rows *base, int i)
{
    return text_of(((sqlite_rows *)(void *)base)->stmt, i);
}

static void sqlite_end(a0_rows *base)
{
    sqlite3_finalize(((sqlite_rows *)(void *)base)->stmt);
    a0_free(base);
}

/* --- users ----------------------------------------------------------------------------------- */

/* The old statement ends before the new one begins: in between a writer of the site's, which waits
 * for all readers to go, has its turn. */
static int start_page(sqlite_scan *scan, a0_store *store, auth0db_error *err)
{
    a0_sql sql = A0_SQL(store);
    scan->of_page = scan->left < SCAN_PAGE ? scan->left : SCAN_PAGE;
    if (scan->last_key.len > 0)
        scan->options.after = (a0_slice){scan->last_key.data, scan->last_key.len};
    a0_sql_select_users(&sql, &scan->options, scan->of_page, scan->ours, &scan->base.layout);
    sqlite3_finalize(scan->stmt);
    scan->stmt = NULL;
    int rc =
        sql.rc == AUTH0DB_OK ? prepare(scan->db, &sql, &scan->stmt, err) : a0_error_no_memory(err);
    a0_sql_clear(&sql);
    return rc;
}

static void sqlite_scan_end(a0_scan *base)
{
    sqlite_scan *scan = (sqlite_scan *)(void *)base;
    sqlite3_finalize(scan->stmt);
    a0_buf_clear(&scan->last_key);
    a0_buf_clear(&scan->base.values);
    a0_free(scan);
}

static int sqlite_scan_begin(a0_store *store, const a0_scan_options *options, a0_scan **out,
                             auth0db_error *err)
{
    sqlite_scan *scan = a0_alloc(sizeof *scan);
    if (scan == NULL)
        return a0_error_no_memory(err);
    scan->db = as_sqlite(store)->db;
    scan->options = *options;
    scan->left = options->limit > 0 ? options->limit : UINT64_MAX;
    int rc = a0_store_ours(store, &scan->ours, err);
    if (rc == AUTH0DB_OK)
        rc = start_page(scan, store, err);
    if (rc != AUTH0DB_OK)
        sqlite_scan_end(&scan->base);
    else
        *out = &scan->base;
    return rc;
}

/* A column of megabytes is not carried through the run: cut and marked it holds its user back. */
static a0_slice cut(a0_record *row, a0_slice text)
{
    if (text.len > A0_FIELD_MAX) {
        row->too_long = true;
        text.len = A0_FIELD_MAX;
    }
    return text;
}

/* SQLite would allocate to write a number as text, for each user of the site. */
static a0_slice read_key(sqlite_scan *scan)
{
    sqlite3_value *value = sqlite3_column_value(scan->stmt, 0);
    if (sqlite3_value_type(value) != SQLITE_INTEGER)
        return a0_key_out(scan->base.store, text_of(scan->stmt, 0), scan->base.key_buf);
    int64_t number = sqlite3_value_int64(value);
    /* Unsigned, for the least number has no positive counterpart. */
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    char *end = scan->base.key_buf + 24, *at = end;
    *end = '\0';
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0)
        *--at = '-';
    return (a0_slice){at, (size_t)(end - at)};
}

static void read_texts(sqlite_scan *scan, a0_record *row)
{
    a0_slice *const texts[] = {&row->username, &row->email, &row->password, &row->given_name,
                               &row->family_name};
    const short *at = scan->base.layout.at + A0_COL_USERNAME; /* in this order */
    row->key = cut(row, read_key(scan));
    for (size_t i = 0; i < A0_COUNT(texts); i++)
        *texts[i] = at[i] >= 0 ? cut(row, text_of(scan->stmt, at[i])) : (a0_slice){NULL, 0};
}

static bool flag(const sqlite_scan *scan, int which, bool absent)
{
    int at = scan->base.layout.at[which];
    if (at < 0)
        return absent;
    if (sqlite3_column_type(scan->stmt, at) == SQLITE_NULL)
        return which == A0_COL_ACTIVE && scan->base.store->map.null_is_active;
    /* 'yes' and other texts are 0 here, and so a no: nobody is let in by a typing error. */
    return sqlite3_column_int64(scan->stmt, at) != 0;
}

static int64_t moment(const sqlite_scan *scan, int which)
{
    int at = scan->base.layout.at[which];
    if (at < 0)
        return A0_NO_TIME;
    a0_slice text = text_of(scan->stmt, at);
    return text.data != NULL ? a0_time_parse(text.data, text.len) : A0_NO_TIME;
}

static void read_state(sqlite_scan *scan, a0_record *row)
{
    const short *at = scan->base.layout.at;
    row->linked = flag(scan, A0_COL_LINKED, false);
    row->claimed = flag(scan, A0_COL_CLAIMED, false);
    row->reminded = flag(scan, A0_COL_REMINDED, false);
    if (at[A0_COL_TOMBSTONES] >= 0)
        row->tombstones = (unsigned)sqlite3_column_int(scan->stmt, at[A0_COL_TOMBSTONES]);
    if (at[A0_COL_HOLDOUT] >= 0) {
        row->holdout = text_of(scan->stmt, at[A0_COL_HOLDOUT]);
        row->holdout_digest = text_of(scan->stmt, at[A0_COL_HOLDOUT_DIGEST]);
    }
    if (at[A0_COL_LANE] >= 0) {
        row->lane = text_of(scan->stmt, at[A0_COL_LANE]);
        row->sync_digest = text_of(scan->stmt, at[A0_COL_SYNC_DIGEST]);
    }
    for (int i = 0; i < A0_LINK_COLUMNS && at[A0_COL_LINK] >= 0; i++)
        row->link[i] = text_of(scan->stmt, at[A0_COL_LINK + i]);
}

static int read_row(sqlite_scan *scan, auth0db_error *err)
{
    a0_record *row = &scan->base.record;
    const a0_site_map *map = &scan->base.store->map;
    row->too_long = false;
    read_texts(scan, row);
    row->active = flag(scan, A0_COL_ACTIVE, true);
    row->staff = flag(scan, A0_COL_STAFF, false);
    row->superuser = flag(scan, A0_COL_SUPERUSER, false);
    row->email_verified = flag(scan, A0_COL_VERIFIED, false);
    row->last_login = moment(scan, A0_COL_LAST_LOGIN);
    row->joined = moment(scan, A0_COL_JOINED);
    if (scan->base.layout.at[A0_COL_LINKED] >= 0)
        read_state(scan, row);
    if (map->n_mfa == 0 || scan->options.keys_and_emails)
        return AUTH0DB_OK;
    a0_mfa_begin(row, &scan->base.values);
    for (unsigned i = 0; i < map->n_mfa; i++) {
        a0_slice text = text_of(scan->stmt, scan->base.layout.at[A0_COL_MFA + i]);
        if (a0_mfa_decode(row, &map->mfa[i], text, &scan->base.values) != AUTH0DB_OK)
            return a0_error_no_memory(err);
    }
    return AUTH0DB_OK;
}

/* Where the next page begins; its start lets go of the lock for a moment. */
static int next_page(sqlite_scan *scan, auth0db_error *err)
{
    const a0_slice key = text_of(scan->stmt, 0); /* the record's may have been cut */
    a0_buf_reset(&scan->last_key);
    if (a0_buf_append(&scan->last_key, key.data, key.len) != AUTH0DB_OK)
        return a0_error_no_memory(err);
    return start_page(scan, scan->base.store, err);
}

static int sqlite_scan_next(a0_scan *base, const a0_record **row, auth0db_error *err)
{
    sqlite_scan *scan = (sqlite_scan *)(void *)base;
    int rc = scan->of_page == 0 && scan->left > 0 ? next_page(scan, err) : AUTH0DB_OK;
    if (rc != AUTH0DB_OK || scan->left == 0)
        return rc;
    int step = sqlite3_step(scan->stmt);
    /* A blob is no key that Django could name, and blobs sort last. */
    if (step == SQLITE_DONE ||
        (step == SQLITE_ROW && sqlite3_column_type(scan->stmt, 0) == SQLITE_BLOB)) {
        scan->left = 0;
        return AUTH0DB_OK;
    }
    if (step != SQLITE_ROW)
        return failed(scan->db, err);
    scan->left--;
    scan->of_page--;
    rc = read_row(scan, err);
    if (rc == AUTH0DB_OK)
        *row = &scan->base.record;
    return rc;
}

/* --- what only SQLite knows ------------------------------------------------------------------ */

static void exists(a0_sql *sql, const char *table, const char *column)
{
    if (column == NULL) {
        /* A view counts as well, as on the servers. SQLite's names know no case. */
        a0_sql_put(sql, "SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND "
                        "lower(name) = lower(");
        a0_sql_text(sql, table);
    } else {
        a0_sql_put(sql, "SELECT 1 FROM pragma_table_info(");
        a0_sql_text(sql, table);
        a0_sql_put(sql, ") WHERE lower(name) = lower(");
        a0_sql_text(sql, column);
    }
    a0_sql_put(sql, ")");
}

static void key_type(a0_sql *sql)
{
    a0_sql_put(sql, "SELECT type FROM pragma_table_info(");
    a0_sql_text(sql, sql->store->map.users);
    a0_sql_put(sql, ") WHERE lower(name) = lower(");
    a0_sql_text(sql, sql->store->map.key);
    a0_sql_put(sql, ")");
}

static void unrecordable_keys(a0_sql *sql)
{
    const char *key = sql->store->map.key;
    /* As blobs: length() of a text ends at its first NUL. */
    a0_sql_put(sql, "typeof(@) = 'blob' OR instr(CAST(@ AS blob), x'00') > 0", key, key);
    a0_sql_put(sql, " OR length(CAST(@ AS blob)) >= ", key);
    a0_sql_int(sql, A0_FIELD_MAX);
}

static void estimate(a0_sql *sql)
{
    const a0_site_map *map = &sql->store->map;
    /* The last key: a look at one end of an index, where a count would read all of one. */
    a0_sql_put(sql,
               map->key_type == A0_KEY_INTEGER ? "SELECT max(@) FROM @" : "SELECT count(@) FROM @",
               map->key, map->users);
}

const a0_engine a0_engine_sqlite = {
    .kind = "sqlite",
    .dialect = &dialect,
    .open = sqlite_open,
    .close = sqlite_close,
    .run = sqlite_run,
    .query = sqlite_query,
    .next = sqlite_next,
    .column = sqlite_column,
    .end = sqlite_end,
    .exists = exists,
    .key_type = key_type,
    .unrecordable_keys = unrecordable_keys,
    .estimate = estimate,
    .scan_begin = sqlite_scan_begin,
    .scan_next = sqlite_scan_next,
    .scan_end = sqlite_scan_end,
};
