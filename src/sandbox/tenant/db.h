/* SQLite, thinly: prepare with bound values, one error text. The tenant's lock serialises every
 * call. */
#ifndef A0_SANDBOX_TENANT_DB_H
#define A0_SANDBOX_TENANT_DB_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/buf.h"

enum { SB_DB_VERSION = 1 }; /* bump only if an older build would misread the file */

/** file NULL: in memory. A new file is made with mode 0600: it holds the client secret and the
 * signing key. */
A0_MUST_CHECK int sb_db_open(sqlite3 **out, const char *file, auth0db_error *err);
/** types: one letter a value: 's' const char * (NULL binds NULL), 'i' int64_t, 'b' const a0_buf *
 * (a blob; NULL binds NULL). Texts and blobs are copied. */
A0_MUST_CHECK int sb_db_prepare(sqlite3_stmt **out, sqlite3 *db, const char *sql, const char *types,
                                ...);
/** New values for a statement that was used before. */
A0_MUST_CHECK int sb_db_bind(sqlite3_stmt *stmt, const char *types, ...);
/** Prepare, step once, finalise. */
A0_MUST_CHECK int sb_db_run(sqlite3 *db, const char *sql, const char *types, ...);
/** First column of the first row; fallback where there is no row. */
int64_t sb_db_number(sqlite3 *db, int64_t fallback, const char *sql, const char *types, ...);
/** Borrowed until the next step; "" for NULL. */
const char *sb_db_text(sqlite3_stmt *stmt, int column);

#endif
