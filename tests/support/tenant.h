/* A tenant of a few lines on the scripted server: it grants, gives tokens and keys, and keeps no
 * users. A test replaces any of its answers with `answer`. */
#ifndef TESTS_TENANT_H
#define TESTS_TENANT_H

#include "auth0db/client.h"
#include "base/env.h"
#include "crypto/jws.h"
#include "script.h"

/* What the Management API, or the path that mails resets, is told to say. */
typedef struct tenant_answer {
    int status;          /* 0: nobody is known here */
    const char *headers; /* each line with its CRLF; NULL: none */
    const char *body;
    bool hang_up; /* instead of all that */
} tenant_answer;

/* Of a login, beside the id token: good for calls in the person's name */
#define TENANT_ACCESS "access-of-the-person"
#define TENANT_REFRESH "refresh-of-the-person"

typedef struct tenant {
    script *server;
    a0_jwk *key;        /* signs id tokens */
    const char *listed; /* JSON of the key set; NULL: `key` */
    const char *claims; /* JSON merged over the claims of an id token; NULL: none */
    const char *token;  /* JSON merged over the management token's answer */
    int64_t now;        /* wall clock of the token times; 0: real */
    /* returns true when it has decided the answer */
    bool (*answer)(struct tenant *tenant, const script_request *request, script_answer *out);
    tenant_answer says[8];                            /* in this order; the last one stays */
    unsigned said;                                    /* of them */
    char recorded[2][8192];                           /* tenant_record: the login, the key set */
    int n;                                            /* for `answer` to count with */
    unsigned tokens, grants, probes, keysets, others; /* requests by kind */
} tenant;

/** A grant that names nobody: it asks whether anybody is there. */
bool tenant_is_probe(const script_request *request);
void tenant_start(tenant *t);
void tenant_stop(tenant *t);
/** Sign with a new key from now on. */
void tenant_rotate(tenant *t, const char *kid);
/** From now on every request but those for the key set is answered by one recorded login. */
void tenant_record(tenant *t);
/** says[at], its headers as they are. */
void tenant_says(tenant *t, unsigned at, int status, const char *body);
/** A client of it; the options that differ from the default may be set in `with` (NULL: none). */
auth0db_client *tenant_client(tenant *t, const auth0db_client_options *with);
auth0db_outcome tenant_grant(auth0db_client *client, unsigned deadline_ms);

/* A clock that stands until told, or until something sleeps. */
typedef struct fake_clock {
    uint64_t ms;
    int64_t wall_s;
    unsigned slept_ms;
} fake_clock;
a0_env fake_env(fake_clock *clock);

enum { TENANT_NOW = 2000000000 };
/** A client as above. Its clock stands at TENANT_NOW, which is the time of the tenant as well. */
auth0db_client *tenant_client_at(tenant *t, const auth0db_client_options *with, fake_clock *clock);

#endif
