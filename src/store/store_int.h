/* What a store is inside. store.c, check.c, batches.c, settle.c and ledger.c are written once, in
 * SQL, over an engine; what an engine does itself is to connect, to run a statement and to read the
 * users fast. */
#ifndef A0_STORE_STORE_INT_H
#define A0_STORE_STORE_INT_H

#include "store/place.h"
#include "store/sql.h"
#include "store/url.h"

/* The result of a statement. Engines begin their own struct with it. */
typedef struct a0_rows {
    a0_store *store;
} a0_rows;

typedef struct a0_engine {
    const char *kind;
    const a0_dialect *dialect; /* NULL: users only, none of the SQL below (NDJSON) */

    /** Allocate the engine's own struct, which begins with an a0_store, and connect. `map` is
     * copied into it by the caller; url is the caller's, and wiped after the call. */
    int (*open)(a0_store **out, const a0_store_url *url, auth0db_error *err);
    void (*close)(a0_store *store); /* the struct as well */

    /** Run a statement without rows; *changed (may be NULL): the rows it found to change. IO with
     * the database's words. Sets store->lost_race where another transaction is the cause
     * (constraint, deadlock, serialization): rolled back and done again it may succeed. */
    int (*run)(a0_store *store, const a0_sql *sql, int64_t *changed, auth0db_error *err);
    /** Run a statement whose result is small enough to hold (some thousand rows). */
    int (*query)(a0_store *store, const a0_sql *sql, a0_rows **out, auth0db_error *err);
    int (*next)(a0_rows *rows, bool *more, auth0db_error *err);
    /** Text of a column of the row, NUL-terminated, valid until next; data NULL for NULL. Numbers
     * are decimal,
     * times as a0_time_parse reads them, UUIDs as the column has them. */
    a0_slice (*column)(a0_rows *rows, int i);
    void (*end)(a0_rows *rows); /* NULL is a no-op */
    /* Statements that only this database knows how to put. */
    /** A row, of anything, where the table (column NULL) or its column is there. */
    void (*exists)(a0_sql *sql, const char *table, const char *column);
    /** The SQL type of a column that refers to the users' key: "bigint", "varchar(20)". */
    void (*key_type)(a0_sql *sql);
    /** A condition on the users' key, true where a0_has_unrecordable_key, or where no scan reads
     * it; of NULL it need not speak. */
    void (*unrecordable_keys)(a0_sql *sql);
    /** A row, of anything, where dialect.folded folds the case of this column of the users; NULL:
     * it always does. */
    void (*folds)(a0_sql *sql, const char *column);
    /** The number of users as known at once; NULL: they are counted. */
    void (*estimate)(a0_sql *sql);

    /* As in store.h. `begin` allocates the engine's own struct, which begins with an a0_scan. */
    int (*scan_begin)(a0_store *store, const a0_scan_options *options, a0_scan **out,
                      auth0db_error *err);
    int (*scan_next)(a0_scan *scan, const a0_record **row, auth0db_error *err);
    void (*scan_end)(a0_scan *scan);
} a0_engine;

extern const a0_engine a0_engine_sqlite, a0_engine_postgresql, a0_engine_mysql, a0_engine_ndjson;

struct a0_store {
    const a0_engine *engine;
    a0_dialect dialect; /* the engine's, which may adapt it to the server it met */
    a0_site_map map;
    a0_scan *scan; /* the open one */
    bool lost_race;
    a0_place place;
    int64_t unrecorded; /* batches that NDJSON has pretended to keep */
    enum { A0_TABLES_UNKNOWN, A0_TABLES_MISSING, A0_TABLES_THERE } tables; /* ours */
};

struct a0_scan {
    a0_store *store;
    a0_layout layout;
    a0_record record;
    a0_buf values;              /* what MFA columns hold, decoded */
    char key_buf[A0_NAME_SIZE]; /* a UUID with its hyphens */
};

/** Are our tables there? Asked once; a plan may run before they are made. */
A0_MUST_CHECK int a0_store_ours(a0_store *store, bool *there, auth0db_error *err);

/* --- shortcuts for the files over an engine --------------------------------------------------- */

/** OPTION where the store has no tables (NDJSON). */
A0_MUST_CHECK int a0_store_need_sql(const a0_store *store, auth0db_error *err);
/** The same; STATE, with what to do, where ours are not made yet. */
A0_MUST_CHECK int a0_store_need_ours(a0_store *store, auth0db_error *err);
/** Run and clear. */
A0_MUST_CHECK int a0_sql_run(a0_sql *sql, int64_t *changed, auth0db_error *err);
A0_MUST_CHECK int a0_sql_query(a0_sql *sql, a0_rows **out, auth0db_error *err);
A0_MUST_CHECK int a0_rows_next(a0_rows *rows, bool *more, auth0db_error *err);
void a0_rows_end(a0_rows *rows);
const char *a0_rows_text(a0_rows *rows, int i);                  /* "" for NULL */
int64_t a0_rows_int(a0_rows *rows, int i);                       /* 0 for NULL */
int64_t a0_rows_time(a0_rows *rows, int i);                      /* 0 for NULL */
void a0_rows_copy(a0_rows *rows, int i, char *out, size_t size); /* cut to size; "" for NULL */
/** Is this table there, or (column not NULL) this column of it? */
A0_MUST_CHECK int a0_store_has(a0_store *store, const char *table, const char *column, bool *answer,
                               auth0db_error *err);
A0_MUST_CHECK int a0_batch_insert(a0_store *store, a0_batch *batch, auth0db_error *err);
/** UPDATE of batch->id, unless it is settled or, where owner is not "", has another owner: STATE.
 */
A0_MUST_CHECK int a0_batch_write(a0_store *store, const a0_batch *batch, const char *owner,
                                 auth0db_error *err);
/** a0_store_settle of no batch, inside of a transaction. */
A0_MUST_CHECK int a0_settle_rows(a0_store *store, const a0_settlement *rows, size_t n,
                                 auth0db_error *err);
int64_t a0_store_now(void);
/** Do `work` in a transaction; again, up to five times, where it lost a race. */
A0_MUST_CHECK int a0_store_transaction(a0_store *store,
                                       int (*work)(a0_store *store, void *ctx, auth0db_error *err),
                                       void *ctx, auth0db_error *err);

#endif
