/* DATABASE_URL, taken apart. */
#ifndef A0_STORE_URL_H
#define A0_STORE_URL_H

#include <stddef.h>

#include "base/error.h"

typedef enum a0_url_kind {
    A0_URL_SQLITE,
    A0_URL_POSTGRESQL,
    A0_URL_MYSQL,
    A0_URL_NDJSON
} a0_url_kind;

enum { A0_URL_OPTIONS_MAX = 16, A0_URL_SIZE_MAX = 4096 };

/* Parts are percent-decoded; what the URL does not name is "". All but `port` live in `bytes`. */
typedef struct a0_store_url {
    a0_url_kind kind;
    const char *user, *password;
    const char *host; /* a name, an address (IPv6 without brackets), or a socket's path: "/..." */
    unsigned port;    /* 0: the server's usual one */
    const char *path; /* database ("": `service` or `read_default_file` names it); file of SQLite
                         and NDJSON ("-": standard input) */
    struct {
        const char *name, *value;
    } options[A0_URL_OPTIONS_MAX]; /* behind the '?' */
    unsigned n_options;
    char *bytes; /* owned; holds the password */
    size_t size; /* of bytes */
} a0_store_url;

/** Errors are OPTION with where "DATABASE_URL", and name no part of the text but an unknown scheme
 * (which ends before a password could begin). */
A0_MUST_CHECK int a0_store_url_parse(a0_store_url *out, const char *url, auth0db_error *err);
void a0_store_url_clear(a0_store_url *url); /* wipes; may be repeated */

#endif
