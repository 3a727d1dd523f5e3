/* The tenant's data in SQLite: the schema, and helpers that bind values, so that no text of a
 * caller becomes SQL. */
#include "sandbox/tenant/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The profile is the one truth about a user; what is looked up by is generated from it. Unique per
 * connection, as in Auth0: two connections may hold the same e-mail, and even the same id
 * (facts/auth0.md 4.1, 9.30). AUTOINCREMENT where others hold the number: a new user must not get
 * the number of a deleted one, and with it his tickets and sessions. */
static const char schema[] =
    "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS connections (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    " name TEXT NOT NULL UNIQUE, enabled INTEGER NOT NULL, display_name TEXT, options TEXT NOT "
    "NULL);"
    "CREATE TABLE IF NOT EXISTS users (seq INTEGER PRIMARY KEY AUTOINCREMENT,"
    " connection TEXT NOT NULL, profile TEXT NOT NULL, password TEXT, foreign_hash TEXT,"
    " history TEXT NOT NULL, flags TEXT NOT NULL, changed_ms INTEGER NOT NULL,"
    " user_id TEXT NOT NULL GENERATED ALWAYS AS (json_extract(profile, '$.user_id')) STORED,"
    " email TEXT GENERATED ALWAYS AS (json_extract(profile, '$.email')) STORED,"
    " username TEXT GENERATED ALWAYS AS (json_extract(profile, '$.username')) STORED,"
    " UNIQUE (user_id, connection), UNIQUE (email, connection), UNIQUE (username, connection));"
    "CREATE TABLE IF NOT EXISTS logs (seq INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL,"
    " entry TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS outbox (seq INTEGER PRIMARY KEY, recipient TEXT NOT NULL,"
    " kind TEXT NOT NULL, mail TEXT NOT NULL);"
    "CREATE INDEX IF NOT EXISTS outbox_recipient ON outbox (recipient);"
    "CREATE TABLE IF NOT EXISTS documents (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL,"
    " id TEXT NOT NULL, document TEXT NOT NULL, UNIQUE (kind, id));"
    /* of a ticket, only the digest: the link itself is in the mail, or with who asked for it */
    "CREATE TABLE IF NOT EXISTS tickets (seq INTEGER PRIMARY KEY AUTOINCREMENT,"
    " digest TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL, user_seq INTEGER NOT NULL,"
    " email TEXT NOT NULL, flags INTEGER NOT NULL, result_url TEXT NOT NULL,"
    " expires_ms INTEGER NOT NULL, spent INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX IF NOT EXISTS tickets_user ON tickets (user_seq);"
    /* logins under way, codes, sessions and refresh tokens: digests, too */
    "CREATE TABLE IF NOT EXISTS login_records (seq INTEGER PRIMARY KEY AUTOINCREMENT,"
    " kind INTEGER NOT NULL, digest TEXT NOT NULL UNIQUE, data TEXT NOT NULL,"
    " expires_ms INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS login_records_kind ON login_records (kind, seq);"
    "CREATE INDEX IF NOT EXISTS login_records_end ON login_records (expires_ms);"
    /* users can share a number; where it is asked for, it is asked for once a row of an import */
    "CREATE INDEX IF NOT EXISTS users_phone ON users (json_extract(profile, '$.phone_number'))"
    " WHERE json_extract(profile, '$.phone_number') IS NOT NULL;"
    /* half-created users: nothing shows them, but their address is taken */
    "CREATE TABLE IF NOT EXISTS half_created (connection TEXT NOT NULL, email TEXT NOT NULL,"
    " PRIMARY KEY (connection, email)) WITHOUT ROWID;"
    /* file: the users of an import under way, the result of an export that is complete */
    "CREATE TABLE IF NOT EXISTS jobs (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL "
    "UNIQUE,"
    " kind INTEGER NOT NULL, status INTEGER NOT NULL, record TEXT NOT NULL, plan TEXT NOT "
    "NULL,"
    " details TEXT, created_ms INTEGER NOT NULL, total INTEGER NOT NULL, done INTEGER NOT NULL,"
    " inserted INTEGER NOT NULL, updated INTEGER NOT NULL, failed INTEGER NOT NULL, file BLOB);"
    "CREATE TABLE IF NOT EXISTS job_errors (job INTEGER NOT NULL, row INTEGER NOT NULL,"
    " entry TEXT NOT NULL, PRIMARY KEY (job, row)) WITHOUT ROWID;";

static int db_error(sqlite3 *db, const char *file, auth0db_error *err)
{
    return a0_error_set(err, AUTH0DB_ERR_IO, file, "SQLite: %s", sqlite3_errmsg(db));
}

/* Before SQLite makes it by the umask: the file holds the secret and the signing key. */
static int make_private(const char *file, auth0db_error *err)
{
    int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return a0_error_set(err, AUTH0DB_ERR_IO, file, "%s", strerror(errno));
    close(fd);
    return AUTH0DB_OK;
}

/* A file of an older build lacks it, and that build passes over it. */
static int add_column(sqlite3 *db, const char *table, const char *column, const char *type)
{
    char sql[120];
    if (sb_db_number(db, 1, "SELECT count(*) FROM pragma_table_info(?) WHERE name = ?", "ss", table,
                     column) != 0)
        return AUTH0DB_OK;
    snprintf(sql, sizeof sql, "ALTER TABLE %s ADD COLUMN %s %s", table, column, type);
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? AUTH0DB_OK : AUTH0DB_ERR_IO;
}

/* The file belongs to one tenant at a time: two would not see each other's counters and keys. A
 * newer format is refused: what this build does not know of, it would lose or break. */
static int prepare_file(sqlite3 *db, const char *file, auth0db_error *err)
{
    /* before anything else is done: memory for what a statement takes and gives back, so that an
     * import's many small ones seldom ask malloc */
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_LOOKASIDE, NULL, 2048, 256);
    int64_t version = sb_db_number(db, -1, "PRAGMA user_version", "");
    if (version < 0)
        return db_error(db, file, err);
    if (version > SB_DB_VERSION)
        return a0_error_set(err, AUTH0DB_ERR_STATE, file, "format %d: this build reads up to %d",
                            (int)version, SB_DB_VERSION);
    /* Deleted rows are overwritten, since they held hashes. */
    if (sqlite3_exec(db,
                     "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA "
                     "synchronous=NORMAL; PRAGMA secure_delete=ON;",
                     NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(db, schema, NULL, NULL, NULL) != SQLITE_OK ||
        add_column(db, "connections", "more", "TEXT") != AUTH0DB_OK ||
        sqlite3_exec(db, "PRAGMA user_version=1", NULL, NULL, NULL) != SQLITE_OK)
        return db_error(db, file, err);
    return AUTH0DB_OK;
}

int sb_db_open(sqlite3 **out, const char *file, auth0db_error *err)
{
    *out = NULL;
    int rc = file != NULL ? make_private(file, err) : AUTH0DB_OK;
    if (rc != AUTH0DB_OK)
        return rc;
    sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(file != NULL ? file : ":memory:", &db, flags, NULL) != SQLITE_OK)
        rc = db_error(db, file, err);
    else
        rc = prepare_file(db, file, err);
    if (rc != AUTH0DB_OK) {
        sqlite3_close(db);
        return rc;
    }
    *out = db;
    return AUTH0DB_OK;
}

/* A text that is NULL becomes an SQL NULL, by which a statement leaves a condition out. */
static int bind_one(sqlite3_stmt *stmt, int at, char type, va_list *args)
{
    if (type == 'i')
        return sqlite3_bind_int64(stmt, at, va_arg(*args, int64_t));
    if (type == 's')
        return sqlite3_bind_text(stmt, at, va_arg(*args, const char *), -1, SQLITE_TRANSIENT);
    const a0_buf *blob = va_arg(*args, const a0_buf *);
    return blob != NULL
               ? sqlite3_bind_blob64(stmt, at, a0_buf_text(blob), blob->len, SQLITE_TRANSIENT)
               : sqlite3_bind_null(stmt, at);
}

static int bind(sqlite3_stmt *stmt, const char *types, va_list *args)
{
    for (int i = 0; types[i] != '\0'; i++) {
        if (bind_one(stmt, i + 1, types[i], args) != SQLITE_OK)
            return AUTH0DB_ERR_IO;
    }
    return AUTH0DB_OK;
}

static int prepare(sqlite3_stmt **out, sqlite3 *db, const char *sql, const char *types,
                   va_list *args)
{
    if (sqlite3_prepare_v2(db, sql, -1, out, NULL) != SQLITE_OK)
        return AUTH0DB_ERR_IO;
    int rc = bind(*out, types, args);
    if (rc != AUTH0DB_OK) {
        sqlite3_finalize(*out);
        *out = NULL;
    }
    return rc;
}

int sb_db_bind(sqlite3_stmt *stmt, const char *types, ...)
{
    va_list args;
    sqlite3_reset(stmt);
    va_start(args, types);
    int rc = bind(stmt, types, &args);
    va_end(args);
    return rc;
}

int sb_db_prepare(sqlite3_stmt **out, sqlite3 *db, const char *sql, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    int rc = prepare(out, db, sql, types, &args);
    va_end(args);
    return rc;
}

int sb_db_run(sqlite3 *db, const char *sql, const char *types, ...)
{
    sqlite3_stmt *stmt = NULL;
    va_list args;
    va_start(args, types);
    int rc = prepare(&stmt, db, sql, types, &args);
    va_end(args);
    if (rc != AUTH0DB_OK)
        return rc;
    int step = sqlite3_step(stmt);
    sqlite3_finalize(stmt);
    return step == SQLITE_DONE || step == SQLITE_ROW ? AUTH0DB_OK : AUTH0DB_ERR_IO;
}

int64_t sb_db_number(sqlite3 *db, int64_t fallback, const char *sql, const char *types, ...)
{
    sqlite3_stmt *stmt = NULL;
    va_list args;
    va_start(args, types);
    int rc = prepare(&stmt, db, sql, types, &args);
    va_end(args);
    if (rc != AUTH0DB_OK)
        return fallback;
    int64_t number = sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : fallback;
    sqlite3_finalize(stmt);
    return number;
}

const char *sb_db_text(sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);
    return text != NULL ? text : "";
}
