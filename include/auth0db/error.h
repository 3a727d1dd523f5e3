/* Errors: one value, owned by the caller, filled only on failure. */
#ifndef AUTH0DB_ERROR_H
#define AUTH0DB_ERROR_H

#include "auth0db/export.h"

/* A code belongs to one class (its high bits), so callers decide without knowing every code. */
enum {
    AUTH0DB_CLASS_USAGE = 0x100,  /* the caller's or operator's mistake: settings, arguments */
    AUTH0DB_CLASS_LOCAL = 0x200,  /* this machine: memory, files, database */
    AUTH0DB_CLASS_REMOTE = 0x400, /* the tenant refused or could not be reached */
    AUTH0DB_CLASS_DATA = 0x800    /* this value is bad: record it, go on */
};

typedef enum auth0db_code {
    AUTH0DB_OK = 0,
    AUTH0DB_ERR_USAGE = AUTH0DB_CLASS_USAGE,
    AUTH0DB_ERR_OPTION,
    AUTH0DB_ERR_LOCAL = AUTH0DB_CLASS_LOCAL,
    AUTH0DB_ERR_NO_MEMORY,
    AUTH0DB_ERR_IO,
    AUTH0DB_ERR_CRYPTO,
    AUTH0DB_ERR_STATE,
    AUTH0DB_ERR_INTERRUPTED, /* asked to stop; what was in flight is on record */
    AUTH0DB_ERR_REMOTE = AUTH0DB_CLASS_REMOTE,
    AUTH0DB_ERR_UNREACHABLE, /* no connection, or no answer before the deadline */
    AUTH0DB_ERR_RATE_LIMIT,
    AUTH0DB_ERR_PROTOCOL,  /* an answer that is not what the API promises */
    AUTH0DB_ERR_UNTRUSTED, /* TLS or a signature did not verify */
    AUTH0DB_ERR_DATA = AUTH0DB_CLASS_DATA,
    AUTH0DB_ERR_MALFORMED,
    AUTH0DB_ERR_TOO_LARGE,
    AUTH0DB_ERR_UNSUPPORTED
} auth0db_code;

/* Never holds a secret: messages name the field and the shape, not the value. */
typedef struct auth0db_error {
    auth0db_code code;
    char
        where[96]; /* setting, argument, file or path into the data: "users[41].email"; may be "" */
    char message[320]; /* one line, no trailing full stop needed, UTF-8 */
} auth0db_error;

/** Stable upper-case word for a code, e.g. "RATE_LIMIT". Never NULL. Thread-safe. */
AUTH0DB_API const char *auth0db_code_name(auth0db_code code);

/** Library version at run time, "MAJOR.MINOR.PATCH". Thread-safe. */
AUTH0DB_API const char *auth0db_version(void);

#endif
