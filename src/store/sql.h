/* SQL text with its values, made from the site map. Identifiers are quoted, values always bound. */
#ifndef A0_STORE_SQL_H
#define A0_STORE_SQL_H

#include "base/buf.h"
#include "store/store.h"

/* How Django makes the columns of our tables here. */
typedef struct a0_column_types {
    const char *serial; /* BigAutoField, primary key */
    const char *small;  /* PositiveSmallIntegerField */
    const char *integer, *big, *time, *text;
    const char *deferrable; /* behind a foreign key */
    const char *table_end;  /* behind a CREATE TABLE's ')' */
} a0_column_types;

/* What the databases write differently. */
typedef struct a0_dialect {
    char quote;     /* around identifiers */
    bool numbered;  /* placeholders: $1, $2; else ? */
    bool uuid_text; /* a UUID key is written with its hyphens; else as 32 digits */
    const char *begin;
    bool locks_all;          /* a transaction keeps every other writer out, from its beginning */
    const char *time_suffix; /* behind a UTC time: "+00", or "" where the column has no zone */
    /* around an expression */
    const char *lower[2];         /* lower case, compared by bytes */
    const char *past_index;       /* before a column whose index would have every page sorted */
    const char *folded[2];        /* as Django looks e-mails up, and their indexes are made */
    const char *hex[2];           /* hex of the first 4096 characters of any type; '' for NULL */
    const char *aggregate[2];     /* texts of a group, with ',' between them */
    const char *join[3];          /* texts one behind the other: before, between, after */
    const a0_column_types *types; /* of our own tables */
} a0_dialect;

typedef enum a0_value_kind { A0_VALUE_NULL, A0_VALUE_INT, A0_VALUE_TEXT } a0_value_kind;

typedef struct a0_value {
    a0_value_kind kind;
    int64_t number;
    size_t at,
        len; /* of its text in a0_sql.bytes, NUL behind it; an integer has its digits there */
} a0_value;

/* One statement in the making. The first failure stays in rc, so that a statement is written
 * without a check a line; engines look at it before they run it. */
typedef struct a0_sql {
    const a0_store *store;
    a0_buf text;
    a0_buf values; /* of a0_value */
    a0_buf bytes;  /* their texts */
    size_t n;
    int rc;
} a0_sql;

#define A0_SQL(of) ((a0_sql){.store = (of)})
void a0_sql_clear(a0_sql *sql);
/** Append SQL; each '@' stands for the next argument, an identifier (const char *). */
void a0_sql_put(a0_sql *sql, const char *text, ...);
/** Append an identifier of the table with alias `of`: u."last_login". */
void a0_sql_column(a0_sql *sql, char of, const char *name);
/* Append a placeholder and its value, copied. */
void a0_sql_text(a0_sql *sql, const char *text); /* NULL is '' : Django's texts are NOT NULL */
void a0_sql_int(a0_sql *sql, int64_t number);
void a0_sql_time(a0_sql *sql, int64_t time); /* A0_NO_TIME and 0: NULL */
void a0_sql_key(a0_sql *sql, a0_slice key);  /* a key as we hand it out, as the column has it */
/* An array of structs whose first member is a user's key, `const char *key`. */
typedef struct a0_keyed {
    const void *rows;
    size_t size, n;
} a0_keyed;
#define A0_KEYED(array, count) ((a0_keyed){(array), sizeof *(array), (count)})
enum { A0_KEYED_MAX = 500 }; /* in one statement */
const char *a0_keyed_key(a0_keyed keyed, size_t i);
/** The part of it that statement number `chunk` is for; n is 0 behind the last. */
a0_keyed a0_keyed_chunk(a0_keyed keyed, size_t chunk);
/** Index of the row with this key, or keyed.n. *hint: where to look first, 0 to begin with. */
size_t a0_keyed_find(a0_keyed keyed, a0_slice key, size_t *hint);
/** How many tombstones the key has that column `column` of `of` (an alias, or a table) names; NULL:
 * none. */
void a0_sql_tombstones(a0_sql *sql, const char *of, const char *column);
/** "(?, ?, ?)", each a key. */
void a0_sql_keys(a0_sql *sql, a0_keyed keyed);

/** The i-th value's text, NUL-terminated; NULL for NULL. Valid until the statement changes. */
const char *a0_sql_value(const a0_sql *sql, size_t i, const a0_value **value);

/* --- reading users --------------------------------------------------------------------------- */

/* What a scan selects, and where it stands among the columns; -1: not selected. */
enum {
    A0_COL_KEY,
    A0_COL_USERNAME,
    A0_COL_EMAIL,
    A0_COL_PASSWORD,
    A0_COL_GIVEN_NAME,
    A0_COL_FAMILY_NAME,
    A0_COL_ACTIVE,
    A0_COL_STAFF,
    A0_COL_SUPERUSER,
    A0_COL_LAST_LOGIN,
    A0_COL_JOINED,
    A0_COL_VERIFIED,
    A0_COL_LINKED,
    A0_COL_CLAIMED,
    A0_COL_REMINDED,
    A0_COL_TOMBSTONES,
    A0_COL_HOLDOUT,
    A0_COL_HOLDOUT_DIGEST,
    A0_COL_LANE,
    A0_COL_SYNC_DIGEST,
    A0_COL_LINK,                                /* one a column of the link */
    A0_COL_MFA = A0_COL_LINK + A0_LINK_COLUMNS, /* one a source of the map */
    A0_COLS = A0_COL_MFA + A0_MFA_SOURCES_MAX
};

typedef struct a0_layout {
    short at[A0_COLS];
    int n;
} a0_layout;

/** The SELECT of a scan, its users ordered by key, at most `limit` (0: all). `ours`: our tables are
 * there. A column of booleans is whatever the database has for one. */
void a0_sql_select_users(a0_sql *sql, const a0_scan_options *options, uint64_t limit, bool ours,
                         a0_layout *layout);
/** Before a row's first MFA column. */
void a0_mfa_begin(a0_record *record, a0_buf *values);
/** Take an MFA column's text apart into record->mfa; the values go into `values`.
 * What is malformed becomes a factor without a value. NO_MEMORY. */
A0_MUST_CHECK int a0_mfa_decode(a0_record *record, const a0_mfa_source *source, a0_slice text,
                                a0_buf *values);
/** Finish a row whose key is `raw` as the database has it: buf holds a UUID's hyphenated form. */
a0_slice a0_key_out(const a0_store *store, a0_slice raw, char buf[A0_NAME_SIZE]);

#endif
