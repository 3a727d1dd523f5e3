/* A local Auth0 tenant to try everything on: HTTP(S) on loopback, over SQLite (docs/sandbox.md). */
#ifndef AUTH0DB_SANDBOX_H
#define AUTH0DB_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "auth0db/error.h"

typedef struct auth0db_sandbox auth0db_sandbox;

/* All strings are copied. Zero and NULL mean the default. */
typedef struct auth0db_sandbox_options {
    size_t size;
    const char *listen;     /* "127.0.0.1:0"; port 0 lets the kernel choose */
    const char *data;       /* SQLite file; NULL: memory, gone at the end */
    const char *connection; /* name of the database connection, default
                               "Username-Password-Authentication" */
    bool require_username;
    bool tls;                      /* a throw-away CA and certificate */
    bool quiet;                    /* no request lines on stderr */
    unsigned job_users_per_second; /* pace of bulk jobs; 0: as fast as it can */
} auth0db_sandbox_options;

/* Valid until auth0db_sandbox_stop. */
typedef struct auth0db_sandbox_info {
    const char *url;    /* "http://127.0.0.1:4711" */
    const char *domain; /* what to put into AUTH0_DOMAIN */
    const char *client_id, *client_secret;
    const char *connection, *connection_id;
    const char *ca_file; /* NULL without tls */
} auth0db_sandbox_info;

/** Listens before it returns. Errors: OPTION, IO (address in use, file not writable). */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_sandbox_start(auth0db_sandbox **out,
                                                         const auth0db_sandbox_options *options,
                                                         auth0db_error *err);
AUTH0DB_API const auth0db_sandbox_info *auth0db_sandbox_get_info(const auth0db_sandbox *sandbox);
/** Waits for requests under way, removes the throw-away files. NULL is a no-op. */
AUTH0DB_API void auth0db_sandbox_stop(auth0db_sandbox *sandbox);

#endif
