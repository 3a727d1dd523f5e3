/* MariaDB and MySQL, through libmariadb. Values are bound, never written into a statement; a result
 * is held here, as texts. A scan reads page by page: see page.h. */
#include <mysql.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/mysql_connect.h"
#include "store/page.h"
#include "store/store_int.h"

enum {
    VALUES_MAX = 20000, /* the protocol counts a statement's values in 16 bits */
    /* Bytes of a column that are handed on. Far more than A0_FIELD_MAX, so that the reader sees
     * that it is too long. */
    CELL_MAX = 1024 * 1024
};

typedef struct my_store {
    a0_store base;
    MYSQL *db;
} my_store;

/* A statement and the result it has, row by row in buffers as wide as the widest of its rows. */
typedef struct my_result {
    MYSQL_STMT *stmt;
    MYSQL_BIND *columns;
    a0_buf bytes;
} my_result;

typedef struct my_rows {
    a0_rows base;
    my_result result;
} my_rows;

typedef struct my_scan {
    a0_page_scan pages;
    my_result page;
} my_scan;

static const a0_column_types types = {
    .serial = "bigint AUTO_INCREMENT NOT NULL PRIMARY KEY",
    .small = "smallint UNSIGNED",
    .integer = "integer",
    .big = "bigint",
    .time = "datetime(6)",
    .text = "longtext",
    .deferrable = "",
    .table_end = "",
};

static const a0_dialect dialect = {
    .quote = '`',
    .begin = "START TRANSACTION",
    .time_suffix = "",
    /* Bytes: a collation would pad with blanks, and take letters with accents for those without. */
    .lower = {"cast(lower(convert(", " USING utf8mb4)) AS binary)"},
    .past_index = "",
    .folded = {"", ""}, /* the column's collation does */
    .hex = {"hex(convert(left(coalesce(", ", ''), 4096) USING utf8mb4))"},
    .aggregate = {"group_concat(", ")"},
    .join = {"concat(", ", ", ")"},
    .types = &types,
};

static my_store *as_mysql(a0_store *store)
{
    return (my_store *)(void *)store;
}

/* --- connection ------------------------------------------------------------------------------ */

static void my_close(a0_store *store)
{
    mysql_close(as_mysql(store)->db);
    a0_free(store);
}

static int my_open(a0_store **out, const a0_store_url *url, auth0db_error *err)
{
    my_store *store = a0_alloc(sizeof *store);
    if (store == NULL)
        return a0_error_no_memory(err);
    store->base.dialect = dialect;
    int rc = a0_mysql_connect(&store->db, url, err);
    if (rc != AUTH0DB_OK)
        my_close(&store->base);
    else
        *out = &store->base;
    return rc;
}

/* --- statements ------------------------------------------------------------------------------ */

/* Duplicate key, lock wait, deadlock, foreign keys both ways, a record changed since it was read.
 * Done again from the beginning, it finds what the other one has written. */
static bool is_race(unsigned code)
{
    static const unsigned races[] = {1062, 1205, 1213, 1451, 1452, 1020};
    for (size_t i = 0; i < A0_COUNT(races); i++) {
        if (races[i] == code)
            return true;
    }
    return false;
}

/* These messages quote a row's values: an address, perhaps a hash. They would stand in a log and
 * on a terminal. */
static const char *own_words(unsigned code)
{
    switch (code) {
    case 1062:
        return "a row with this key is there already";
    case 1292:
    case 1300:
    case 1366:
    case 1411:
    case 1525:
        return "a value that the column cannot hold";
    }
    return NULL;
}

static int failed(a0_store *store, unsigned code, const char *message, auth0db_error *err)
{
    const char *own = own_words(code);
    /* Once it is lost it stays lost: what follows in that transaction fails for another reason,
     * and must not hide this one. */
    store->lost_race = store->lost_race || is_race(code);
    if (own != NULL)
        message = own;
    return a0_error_set(err, AUTH0DB_ERR_IO, "database", "MySQL: %.*s (%u)",
                        (int)strcspn(message, "\n"), message, code);
}

static int statement_failed(a0_store *store, MYSQL_STMT *stmt, auth0db_error *err)
{
    return failed(store, mysql_stmt_errno(stmt), mysql_stmt_error(stmt), err);
}

/* The values stay the statement's until it has run. */
static void bind_value(MYSQL_BIND *bind, const a0_sql *sql, size_t i)
{
    const a0_value *value;
    const char *text = a0_sql_value(sql, i, &value);
    bind->buffer_type = MYSQL_TYPE_STRING;
    bind->buffer = (void *)(uintptr_t)text;
    bind->buffer_length = value->len;
    if (value->kind == A0_VALUE_NULL) {
        bind->buffer_type = MYSQL_TYPE_NULL;
    } else if (value->kind == A0_VALUE_INT) {
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        bind->buffer = (void *)(uintptr_t)&value->number;
    }
}

static int bind_values(a0_store *store, MYSQL_STMT *stmt, const a0_sql *sql, auth0db_error *err)
{
    if (sql->n == 0)
        return AUTH0DB_OK;
    MYSQL_BIND *binds = a0_alloc_array(sql->n, sizeof *binds);
    if (binds == NULL)
        return a0_error_no_memory(err);
    for (size_t i = 0; i < sql->n; i++)
        bind_value(&binds[i], sql, i);
    my_bool refused = mysql_stmt_bind_param(stmt, binds); /* copies them */
    a0_free(binds);
    return refused ? statement_failed(store, stmt, err) : AUTH0DB_OK;
}

/* *out is the caller's, NULL unless OK. */
static int execute(a0_store *store, const a0_sql *sql, MYSQL_STMT **out, auth0db_error *err)
{
    const my_bool yes = 1;
    *out = NULL;
    if (sql->n > VALUES_MAX)
        return a0_error_set(err, AUTH0DB_ERR_TOO_LARGE, "database", "too many values");
    MYSQL_STMT *stmt = mysql_stmt_init(as_mysql(store)->db);
    if (stmt == NULL)
        return a0_error_no_memory(err);
    int rc = AUTH0DB_OK;
    /* The widest value of each column is wanted, and not the column's declared width: a longtext
     * would be four gigabytes. */
    if (mysql_stmt_attr_set(stmt, STMT_ATTR_UPDATE_MAX_LENGTH, &yes) ||
        mysql_stmt_prepare(stmt, a0_buf_text(&sql->text), sql->text.len))
        rc = statement_failed(store, stmt, err);
    if (rc == AUTH0DB_OK)
        rc = bind_values(store, stmt, sql, err);
    if (rc == AUTH0DB_OK && mysql_stmt_execute(stmt))
        rc = statement_failed(store, stmt, err);
    /* Closed when its words have been read, for it takes them along. */
    if (rc != AUTH0DB_OK)
        mysql_stmt_close(stmt);
    else
        *out = stmt;
    return rc;
}

/* Without values by the text protocol: BEGIN and the like cannot be prepared everywhere. Whatever
 * has a value is prepared, so that no value is ever escaped by us. */
static int my_run(a0_store *store, const a0_sql *sql, int64_t *changed, auth0db_error *err)
{
    MYSQL *db = as_mysql(store)->db;
    MYSQL_STMT *stmt;
    if (sql->n == 0) {
        if (mysql_real_query(db, a0_buf_text(&sql->text), sql->text.len))
            return failed(store, mysql_errno(db), mysql_error(db), err);
        if (changed != NULL)
            *changed = (int64_t)mysql_affected_rows(db);
        return AUTH0DB_OK;
    }
    int rc = execute(store, sql, &stmt, err);
    if (rc != AUTH0DB_OK)
        return rc;
    if (changed != NULL)
        *changed = (int64_t)mysql_stmt_affected_rows(stmt);
    mysql_stmt_close(stmt);
    return AUTH0DB_OK;
}

/* --- results --------------------------------------------------------------------------------- */

static void result_clear(my_result *result)
{
    if (result->stmt != NULL)
        mysql_stmt_close(result->stmt);
    a0_free(result->columns);
    a0_buf_clear(&result->bytes);
    *result = (my_result){0};
}

static size_t width(const MYSQL_FIELD *field)
{
    return field->max_length < CELL_MAX ? field->max_length : CELL_MAX;
}

/* Every column as text, in a place of its own with room for a NUL. */
static int place_columns(my_result *result, const MYSQL_FIELD *fields, unsigned n)
{
    size_t total = 0, at = 0;
    for (unsigned i = 0; i < n; i++)
        total += width(&fields[i]) + 1;
    result->columns = a0_alloc_array(n, sizeof *result->columns);
    if (result->columns == NULL || a0_buf_reserve(&result->bytes, total) != AUTH0DB_OK)
        return AUTH0DB_ERR_NO_MEMORY;
    for (unsigned i = 0; i < n; i++) {
        MYSQL_BIND *column = &result->columns[i];
        column->buffer_type = MYSQL_TYPE_STRING;
        column->buffer = result->bytes.data + at;
        column->buffer_length = width(&fields[i]);
        column->length = &column->length_value;
        column->is_null = &column->is_null_value;
        at += width(&fields[i]) + 1;
    }
    result->bytes.len = total;
    return AUTH0DB_OK;
}

static int bind_columns(a0_store *store, my_result *result, auth0db_error *err)
{
    /* After the result is stored: only then is it known how wide each column is. */
    MYSQL_RES *meta = mysql_stmt_result_metadata(result->stmt);
    if (meta == NULL)
        return statement_failed(store, result->stmt, err);
    int rc = place_columns(result, mysql_fetch_fields(meta), mysql_num_fields(meta));
    mysql_free_result(meta);
    if (rc != AUTH0DB_OK)
        return a0_error_no_memory(err);
    return mysql_stmt_bind_result(result->stmt, result->columns)
               ? statement_failed(store, result->stmt, err)
               : AUTH0DB_OK;
}

static int result_load(a0_store *store, const a0_sql *sql, my_result *result, auth0db_error *err)
{
    /* The old page goes first: two of them are never held. */
    result_clear(result);
    int rc = execute(store, sql, &result->stmt, err);
    if (rc == AUTH0DB_OK && mysql_stmt_store_result(result->stmt))
        rc = statement_failed(store, result->stmt, err);
    if (rc == AUTH0DB_OK)
        rc = bind_columns(store, result, err);
    if (rc != AUTH0DB_OK)
        result_clear(result);
    return rc;
}

static int result_next(a0_store *store, my_result *result, bool *more, auth0db_error *err)
{
    int fetched = mysql_stmt_fetch(result->stmt);
    /* Truncated is what is wider than CELL_MAX: it goes on cut, and the user is held back for it,
     * not the run. */
    *more = fetched == 0 || fetched == MYSQL_DATA_TRUNCATED;
    return *more || fetched == MYSQL_NO_DATA ? AUTH0DB_OK
                                             : statement_failed(store, result->stmt, err);
}

/* NULL has no data; an empty text has. */
static a0_slice result_text(const my_result *result, int i)
{
    const MYSQL_BIND *column = &result->columns[i];
    if (*column->is_null)
        return (a0_slice){NULL, 0};
    /* The length is that of the whole value, also where it was cut. The client puts no NUL behind
     * it. */
    size_t len = *column->length < column->buffer_length ? *column->length : column->buffer_length;
    char *text = column->buffer;
    text[len] = '\0';
    return (a0_slice){text, len};
}

static int my_query(a0_store *store, const a0_sql *sql, a0_rows **out, auth0db_error *err)
{
    my_rows *rows = a0_alloc(sizeof *rows);
    if (rows == NULL)
        return a0_error_no_memory(err);
    int rc = result_load(store, sql, &rows->result, err);
    if (rc != AUTH0DB_OK)
        a0_free(rows);
    else
        *out = &rows->base;
    return rc;
}

static my_rows *rows_of(a0_rows *base)
{
    return (my_rows *)(void *)base;
}

static int my_next(a0_rows *base, bool *more, auth0db_error *err)
{
    return result_next(base->store, &rows_of(base)->result, more, err);
}

static a0_slice my_column(a0_rows *base, int i)
{
    return result_text(&rows_of(base)->result, i);
}

static void my_end(a0_rows *base)
{
    result_clear(&rows_of(base)->result);
    a0_free(base);
}

/* --- users ----------------------------------------------------------------------------------- */

static my_scan *scan_of(a0_page_scan *pages)
{
    return (my_scan *)(void *)pages;
}

static int load_page(a0_page_scan *pages, const a0_sql *sql, auth0db_error *err)
{
    return result_load(pages->base.store, sql, &scan_of(pages)->page, err);
}

static int next_row(a0_page_scan *pages, bool *more, auth0db_error *err)
{
    return result_next(pages->base.store, &scan_of(pages)->page, more, err);
}

static a0_slice scan_column(const a0_page_scan *pages, int i)
{
    return result_text(&((const my_scan *)(const void *)pages)->page, i);
}

static void drop_page(a0_page_scan *pages)
{
    result_clear(&scan_of(pages)->page);
}

static const a0_page_reader reader = {load_page, next_row, scan_column, drop_page};

static int my_scan_begin(a0_store *store, const a0_scan_options *options, a0_scan **out,
                         auth0db_error *err)
{
    my_scan *scan = a0_alloc(sizeof *scan);
    if (scan == NULL)
        return a0_error_no_memory(err);
    return a0_page_scan_begin(&scan->pages, &reader, store, options, out, err);
}

/* --- what only MariaDB and MySQL know -------------------------------------------------------- */

static void about(a0_sql *sql, const char *what, const char *where, const char *table)
{
    a0_sql_put(sql, "SELECT ");
    a0_sql_put(sql, what);
    a0_sql_put(sql, " FROM information_schema.");
    a0_sql_put(sql, where);
    /* Of this database alone: another one on the server may have tables of the same names. */
    a0_sql_put(sql, " WHERE table_schema = database() AND table_name = ");
    a0_sql_text(sql, table);
}

static void exists(a0_sql *sql, const char *table, const char *column)
{
    about(sql, "1", column != NULL ? "columns" : "tables", table);
    if (column == NULL)
        return;
    a0_sql_put(sql, " AND column_name = ");
    a0_sql_text(sql, column);
}

/* A foreign key's column must have the very collation of what it refers to. */
static void key_type(a0_sql *sql)
{
    about(sql,
          "concat(column_type, coalesce(concat(' CHARACTER SET ', character_set_name, ' COLLATE ', "
          "collation_name), ''))",
          "columns", sql->store->map.users);
    a0_sql_put(sql, " AND column_name = ");
    a0_sql_text(sql, sql->store->map.key);
}

static void unrecordable_keys(a0_sql *sql)
{
    const char *key = sql->store->map.key;
    /* By bytes: to many a collation a NUL is no character at all. */
    a0_sql_put(sql, "instr(CAST(@ AS binary), x'00') > 0 OR length(@) >= ", key, key);
    a0_sql_int(sql, A0_FIELD_MAX);
}

static void folds(a0_sql *sql, const char *column)
{
    exists(sql, sql->store->map.users, column);
    /* Any other collation tells cases apart. */
    a0_sql_put(sql, " AND collation_name LIKE '%\\_ci'");
}

/* InnoDB's own guess, which is not far off: a count would read an index from end to end. */
static void estimate(a0_sql *sql)
{
    about(sql, "table_rows", "tables", sql->store->map.users);
}

const a0_engine a0_engine_mysql = {
    .kind = "mysql",
    .dialect = &dialect,
    .open = my_open,
    .close = my_close,
    .run = my_run,
    .query = my_query,
    .next = my_next,
    .column = my_column,
    .end = my_end,
    .exists = exists,
    .key_type = key_type,
    .unrecordable_keys = unrecordable_keys,
    .folds = folds,
    .estimate = estimate,
    .scan_begin = my_scan_begin,
    .scan_next = a0_page_scan_next,
    .scan_end = a0_page_scan_end,
};
