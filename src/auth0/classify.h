/* What an answer means: HTTP status and error code in, one outcome out. Pure. */
#ifndef A0_AUTH0_CLASSIFY_H
#define A0_AUTH0_CLASSIFY_H

#include <stdbool.h>
#include <stddef.h>

#include "auth0db/client.h"

typedef enum a0_op {
    A0_OP_GRANT,        /* POST /oauth/token for a user */
    A0_OP_PROBE,        /* POST /oauth/token for nobody: is anybody there? */
    A0_OP_CODE,         /* POST /oauth/token with a code of the login page */
    A0_OP_TOKEN,        /* POST /oauth/token for ourselves */
    A0_OP_KEYS,         /* GET /.well-known/jwks.json */
    A0_OP_CREATE,       /* POST /api/v2/users */
    A0_OP_GET_USER,     /* GET /api/v2/users/{id} */
    A0_OP_SET_PASSWORD, /* PATCH /api/v2/users/{id} */
    A0_OP_CHANGE_USER,  /* the same, of anything else */
    A0_OP_LOOK_UP,      /* every other GET of /api/v2 */
    A0_OP_GET_PROVIDER, /* GET /api/v2/emails/provider */
    A0_OP_SUBMIT_JOB,   /* POST /api/v2/jobs/users-imports */
    A0_OP_GET_JOB,      /* GET /api/v2/jobs/{id}, GET /api/v2/jobs/{id}/errors */
    A0_OP_DELETE_USER,  /* DELETE /api/v2/users/{id} */
    A0_OP_RESET_LINK,   /* POST /api/v2/tickets/password-change */
    A0_OP_ADD_FACTOR,   /* POST /api/v2/users/{id}/authentication-methods */
    A0_OP_RESET_MAIL,   /* POST /dbconnections/change_password */
    A0_OPS
} a0_op;

/* The error body of both APIs, cut to what is looked at. Text is compared, never passed on. */
typedef struct a0_api_error {
    bool json;     /* the body was an object with an error code or a status in it */
    char code[48]; /* [A-Za-z0-9_.-] only, "" where there is none */
    char text[160];
} a0_api_error;

void a0_api_error_read(a0_api_error *out, a0_op op, const char *body, size_t len);

typedef struct a0_class {
    auth0db_outcome outcome;
    const char *where; /* MISCONFIGURED: the setting to look at; else NULL */
    const char *cure;  /* MISCONFIGURED: what to do; else NULL */
    bool busy; /* THROTTLED by jobs under way: no rate limit, so other calls need not wait */
    bool
        secret; /* MISCONFIGURED: our secret was refused, before anybody's password was looked at */
} a0_class;

a0_class a0_classify(a0_op op, long status, const a0_api_error *error);

/** Is it the tenant's plan that does not include what was asked for? No scope and no setting helps.
 */
bool a0_is_of_the_plan(const auth0db_error *err);

#endif
