/* The client from inside; for src/auth0 and its tests. */
#ifndef A0_AUTH0_CLIENT_INT_H
#define A0_AUTH0_CLIENT_INT_H

#include <stdatomic.h>

#include "auth0/breaker.h"
#include "auth0/calls.h"
#include "auth0/classify.h"
#include "auth0/doubt.h"
#include "auth0/limits.h"
#include "auth0/pairs.h"
#include "auth0db/client.h"
#include "base/env.h"
#include "base/json.h"
#include "base/log.h"
#include "base/url.h"
#include "crypto/jws.h"
#include "crypto/signer.h"
#include "http/fork.h"
#include "http/transport.h"

/* Work that many threads want and one does; the others wait for it and share what came of it. */
typedef struct a0_single_flight {
    bool busy;
    unsigned long ended; /* how many have */
    auth0db_outcome outcome;
    auth0db_error err;
} a0_single_flight;

typedef struct a0_token {
    a0_single_flight single_flight;
    a0_buf text; /* "" before the first fetch */
    a0_buf scope;
    uint64_t refresh_at, expires_at; /* monotonic ms */
} a0_token;

typedef struct a0_key_set a0_key_set; /* counted, never changed once made */

typedef struct a0_keys {
    a0_single_flight single_flight;
    a0_key_set *set; /* NULL before the first fetch */
    uint64_t fetched_at, retry_at;
    unsigned spent; /* of the refetches that an unknown kid may cause */
    uint64_t earned_at;
} a0_keys;

/* Rate limits are kept apart: our own token's quota must not keep users out. */
typedef enum a0_rate_group {
    A0_RATE_GRANT,
    A0_RATE_TOKEN,
    A0_RATE_KEYS,
    A0_RATE_MAIL,
    A0_RATE_MANAGEMENT,
    A0_RATE_GROUPS
} a0_rate_group;

/* What proves that an application is who it says: one of the two. */
typedef struct a0_proof {
    char *secret;
    a0_signer *key;
} a0_proof;

enum { A0_PROOFS_MAX = 2 };
typedef struct a0_app {
    char *id;
    a0_proof proof[A0_PROOFS_MAX];
    unsigned proofs; /* 0: it proves nothing */
    unsigned using;  /* which the tenant took last; under the guard */
} a0_app;

/* What may be down by itself. */
typedef enum a0_service {
    A0_SERVICE_LOGIN,
    A0_SERVICE_KEYS,
    A0_SERVICE_MANAGEMENT,
    A0_SERVICES
} a0_service;

struct auth0db_client {
    a0_env env;
    a0_log log;
    void (*host_log)(void *ctx, auth0db_log_level level, const char *line);
    void *host_log_ctx;
    a0_base_url url;
    a0_base_url tenant_url; /* names the Management API; differs from url with a custom domain */
    a0_app app;             /* of logins */
    a0_app management;      /* id NULL: the same */
    char *connection, *custom_domain, *user_jwt; /* NULL where not set */
    bool require_username, legacy_username;
    bool clock_known; /* under the guard, as clock_ahead_s */
    int64_t clock_ahead_s;
    auth0db_identifier identifier;
    a0_http *http;
    atomic_bool hold; /* auth0db_client_hold */
    a0_wait_fn go_on; /* NULL: waits are not told */
    void *go_on_ctx;

    a0_fork_guard guard;    /* guards all below; never held during I/O */
    pthread_cond_t changed; /* a single flight has ended */
    a0_token token;
    a0_keys keys;
    a0_breaker breakers[A0_SERVICES];
    a0_doubt doubt; /* of the login service */
    a0_limit limits[A0_RATE_GROUPS];
    a0_pairs pairs;
    a0_waits waits;
    bool setup_wrong[A0_OPS]; /* as the last answer to each that said so has it */
    auth0db_error setup_err;  /* of the latest */
    unsigned long sent_before_fork;
};

/** As auth0db_client_new, with the clock of a test. */
A0_MUST_CHECK int a0_client_new(auth0db_client **out, const auth0db_client_options *options,
                                const a0_env *env, auth0db_error *err);

/* What became of one request, beyond its outcome. */
typedef struct a0_sent {
    bool sent; /* false: held back by the breaker, a limit or the deadline */
    bool left; /* some of it has left this machine: it may have been carried out */
    bool
        ambiguous; /* no answer, a 5xx or malformed: repeating may help, if repeating is harmless */
    bool busy;     /* a0_class.busy */
    bool secret;   /* a0_class.secret */
    unsigned given_ms, took_ms; /* for the answer */
} a0_sent;

/* One call of the public API, and the place where its requests add up. */
typedef struct a0_call {
    auth0db_client *client;
    const char *what;  /* for logs and errors: "login"; no secret's name, or the log's redactor eats
                          what follows */
    uint64_t deadline; /* monotonic ms */
    unsigned retries;  /* for reads of no login: a login has four requests and no more */
    a0_sent last;      /* of a0_manage: the request itself, not the one for the token before it */
    bool by_visitor;   /* somebody is waiting for it: held back for two seconds at most */
    uint64_t waited_ms;  /* for limits, by then */
    a0_who pair;         /* of a grant */
    auth0db_error *err;  /* never NULL */
    auth0db_error spare; /* where the caller gave none */
} a0_call;

void a0_call_begin(a0_call *call, auth0db_client *client, const char *what, unsigned deadline_ms,
                   auth0db_error *err);
/** Milliseconds left, 0 when the deadline has passed. */
unsigned a0_call_left(const a0_call *call);
/** The answer is not what the API promises: `where` names the member. */
auth0db_outcome a0_call_malformed(a0_call *call, const char *where, const char *why);
auth0db_outcome a0_call_no_memory(a0_call *call);
/** Sleep, as a0_client_on_wait has it; false when the wait was ended. */
A0_MUST_CHECK bool a0_call_wait(a0_call *call, unsigned ms);
/** Text of the tenant's for people: one line of UTF-8, no secret by name, cut to fit. */
void a0_call_quote(char *out, size_t size, const char *text);

/** May this request go now? Holds it back while a limit says so, as far as that is worth it. OK
 * with a pass; else THROTTLED (a limit, the deadline) or UNAVAILABLE (the breaker is open). */
auth0db_outcome a0_gate_enter(a0_call *call, a0_op op, a0_pass *pass);
/* What came of a request. */
typedef struct a0_answered {
    int rc;
    const a0_api_error *error;
    a0_class is;
    const a0_http_response *response;
} a0_answered;
void a0_gate_leave(a0_call *call, a0_op op, a0_pass pass, const a0_answered *answered);
/** A setting's text: visible ASCII without white space, `max` at most. */
A0_MUST_CHECK int a0_check_text(const char *setting, const char *value, size_t max,
                                auth0db_error *err);
typedef struct a0_app_settings {
    const char *named_by, *proven_by, *signed_by; /* names of settings */
    const char *id;
    const char *secrets; /* none (NULL), one, or two with white space between them */
    const char *key;     /* NULL, a PEM text or the name of its file; with one secret at most */
    const char *algorithm;
} a0_app_settings;
A0_MUST_CHECK int a0_app_init(a0_app *app, const a0_app_settings *settings, auth0db_error *err);
void a0_app_clear(a0_app *app);
a0_app *a0_management_app(auth0db_client *client);
/** Add what proves the application to a request for the token endpoint; with no proof, nothing. An
 * assertion is good for one request. */
A0_MUST_CHECK int a0_app_prove(a0_call *call, const a0_app *app, unsigned which,
                               a0_http_request *request);
/** The proof to begin with. */
unsigned a0_app_using(auth0db_client *client, const a0_app *app);
/** Turn to the other one, where there is another. */
bool a0_app_other(const a0_app *app, unsigned *which);
/** The tenant took this one: begin with it from now on. */
void a0_app_use(a0_call *call, a0_app *app, unsigned which);
/** The setting that a call's application has: AUTH0_CLIENT_ID is another's of the Management API.
 */
const char *a0_setting_for(const auth0db_client *client, a0_op op, const char *setting);
/** Keep what a call's end says of our settings. */
void a0_setup_learn(a0_call *call, a0_op op, auth0db_outcome outcome);

/** Gate (limits, breaker), send once, learn from the answer, classify, log. err is filled unless
 * OK. */
auth0db_outcome a0_exchange(a0_call *call, a0_op op, const a0_http_request *request,
                            a0_http_response *response, a0_sent *sent);
/** The same with the management token (which it fetches), one new token after a 401, and the
 * retries that the call allows. `request` is complete but for its Authorization header. */
auth0db_outcome a0_manage(a0_call *call, a0_op op, a0_http_request *request,
                          a0_http_response *response);
/** Parse a 2xx body; anything but an object (or, with `array`, an array) is malformed. */
auth0db_outcome a0_call_json(a0_call *call, const a0_http_response *response, bool array,
                             json_t **out);

/** The same where objects and arrays both are an answer. */
auth0db_outcome a0_call_json_any(a0_call *call, const a0_http_response *response, json_t **out);

/** Wipes every token that an answer of /oauth/token may hold, asked for or not. */
void a0_tokens_wipe(json_t *answer);

/** The two in one: a request through a0_manage, its answer as by a0_call_json. `built`: what making
 * the request came to; one that could not be made is not sent. Clears the request. *out is NULL
 * unless OK (new reference). */
auth0db_outcome a0_manage_json(a0_call *call, a0_op op, int built, a0_http_request *request,
                               bool array, json_t **out);

/** Copy of a management token that is valid now. `stale`: one that the API has just refused, else
 * NULL. */
auth0db_outcome a0_token_get(a0_call *call, const char *stale, a0_buf *out);
/** A JWT's payload, without any proof that it is genuine; NULL where it is no JWT. New reference.
 */
json_t *a0_jwt_peek(const char *token);

/** Claims of an id token whose signature is good. New reference. */
auth0db_outcome a0_keys_verify(a0_call *call, const char *token, json_t **claims);
void a0_keys_clear(a0_keys *keys);
/** Issuer, audience and times (60 s leeway) of claims whose signature is good. */
A0_MUST_CHECK int a0_claims_check(const json_t *claims, const char *issuer, const char *audience,
                                  int64_t now_s, auth0db_error *err);

/** Wait for a single flight under way, with the guard held. True: it ended, its outcome counts. */
bool a0_single_flight_wait(a0_call *call, a0_single_flight *single_flight);
/** End one's own single flight, with the guard held. */
void a0_single_flight_end(a0_call *call, a0_single_flight *single_flight, auth0db_outcome outcome);

/** Fill `out` from a user object (or claims, whose id is `sub`); false names the bad member in
 * `where`. */
bool a0_tenant_user_read(auth0db_tenant_user *out, const json_t *json, const char *id_member,
                         const char **where);
/** An id that Auth0 may have given to a user of a database connection. */
bool a0_user_id_ok(const char *user_id);
/** INVALID_USER: what the caller gave cannot be sent. */
auth0db_outcome a0_not_sendable(a0_call *call, const char *where, const char *why);
/** Is this user in our connection? -1 where the answer does not say. */
int a0_user_is_ours(const auth0db_client *client, const json_t *user);
/** Takes the body over and wipes the password in it. */
A0_MUST_CHECK int a0_set_body(a0_http_request *request, json_t *body);
/** As a0_percent_encode into the request's URL behind the base URL and a fixed path. */
A0_MUST_CHECK int a0_url(const auth0db_client *client, a0_http_request *request, const char *path,
                         const char *encoded_tail);

#endif
