/* Universal Login: what a site keeps and decides between sending a person to the tenant's login
 * page and having her back. Pure, but for the exchange of the code. docs/universal-login.md has the
 * table.
 *
 * `state` is an id, a time, whether this is a second try, and a MAC: so that the site knows its own
 * without having stored it. A cookie for each state holds a random value; nonce and verifier are
 * derived from both, and stored nowhere. */
#ifndef AUTH0DB_WEB_H
#define AUTH0DB_WEB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth0db/client.h"
#include "auth0db/error.h"
#include "auth0db/login.h"

enum {
    AUTH0DB_WEB_ID_LEN = 22,
    AUTH0DB_WEB_STATE_SIZE = 96, /* with its NUL */
    AUTH0DB_WEB_DERIVED_SIZE = 44,
    AUTH0DB_WEB_LIFETIME_S = 3600,
};

/* The site's own secret, borrowed for the call; never empty. */
typedef struct auth0db_web_key {
    const void *secret;
    size_t secret_len;
} auth0db_web_key;

typedef struct auth0db_web_state {
    char id[AUTH0DB_WEB_ID_LEN + 1]; /* letters, digits, '-' and '_' */
    int64_t at_s;                    /* when the login began */
    bool again;                      /* since the cookie of the first try did not come back */
} auth0db_web_state;

/** USAGE for an empty secret or an id that is none. */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_web_state_make(char out[AUTH0DB_WEB_STATE_SIZE],
                                                          const auth0db_web_key *key,
                                                          const auth0db_web_state *state,
                                                          auth0db_error *err);
/** MALFORMED for what was not made with this secret, is older than AUTH0DB_WEB_LIFETIME_S, or of a
 * time to come: which of them is not told. */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_web_state_read(auth0db_web_state *out,
                                                          const auth0db_web_key *key,
                                                          const char *text, int64_t now_s,
                                                          auth0db_error *err);
/** 43 characters of base64url that only who has the secret and this login's cookie can know. `what`
 * is what they are for: "nonce", "verifier". */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_web_derive(char out[AUTH0DB_WEB_DERIVED_SIZE],
                                                      const auth0db_web_key *key, const char *what,
                                                      const char *id, const char *cookie,
                                                      auth0db_error *err);
/** base64url of SHA-256: the code_challenge of a verifier. */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_web_challenge(char out[AUTH0DB_WEB_DERIVED_SIZE],
                                                         const char *verifier, auth0db_error *err);

/* What has come to the callback, and what becomes of it. */
typedef struct auth0db_web_callback {
    bool state_good;
    bool again;  /* the state's */
    bool cookie; /* this login's is there */
    bool has_code;
    bool has_error; /* with both, it is an error */
    bool logged_in;
} auth0db_web_callback;

typedef enum auth0db_web_end {
    AUTH0DB_WEB_STRANGE,  /* a page with a link, and never automatic: somebody else may have sent it
                           */
    AUTH0DB_WEB_EXCHANGE, /* delete the cookie, then exchange the code */
    AUTH0DB_WEB_SAY_ERROR,  /* delete the cookie; a page that says why; no retry */
    AUTH0DB_WEB_HOME,       /* "/" */
    AUTH0DB_WEB_AGAIN,      /* begin anew, as a second try */
    AUTH0DB_WEB_NO_COOKIES, /* a page: cookies are off */
    AUTH0DB_WEB_USED,       /* after an exchange: a page, the code was used already */
    AUTH0DB_WEB_TROUBLE,    /* after an exchange: a page, try again later */
    AUTH0DB_WEB_END_COUNT
} auth0db_web_end;

AUTH0DB_API auth0db_web_end auth0db_web_decide(const auth0db_web_callback *callback);
/** The code was not exchanged: what now? */
AUTH0DB_API auth0db_web_end auth0db_web_after(auth0db_outcome outcome, bool logged_in);
/** "strange", "exchange", "say_error", "home", "again", "no_cookies", "used", "trouble". */
AUTH0DB_API const char *auth0db_web_end_name(auth0db_web_end end);

/* Whom the tenant's id token names, and how she logged in there. */
typedef struct auth0db_identity {
    auth0db_tenant_user user;
    char sid[132];     /* of the tenant's session; "" where it is not told */
    char amr[132];     /* words with a space between them */
    int64_t auth_time; /* 0 where it is not told */
} auth0db_identity;

typedef struct auth0db_page_code {
    const char *code, *redirect_uri, *verifier;
    const char *nonce; /* what the id token must hold; never NULL or "" */
    int64_t max_age_s; /* what /authorize was asked; -1: nothing. Then auth_time must be there */
} auth0db_page_code;

/** POST /oauth/token, once, and the id token verified: signature (RS256, a key of the tenant's),
 * issuer, audience, authorized party, times, nonce, auth_time. BAD_CREDENTIALS: the code is wrong
 * or was used. Never retried. No other token of the answer is kept. */
AUTH0DB_API auth0db_outcome auth0db_client_exchange(auth0db_client *client,
                                                    const auth0db_page_code *code,
                                                    unsigned deadline_ms, auth0db_identity *out,
                                                    auth0db_error *err);
/** "https://acme.eu.auth0.com", without a slash at the end: where login pages are. Borrowed. */
AUTH0DB_API const char *auth0db_client_address(const auth0db_client *client);

/* Is what a site needs registered at the application? Absent is unknown. */
typedef struct auth0db_web_urls {
    const char *callback, *logged_out, *login;
} auth0db_web_urls;

typedef struct auth0db_web_setup {
    auth0db_fact callback, logged_out; /* UNKNOWN also where an entry with a "*" may mean it */
    auth0db_fact login;                /* initiate_login_uri */
    auth0db_fact code_grant, rs256;
} auth0db_web_setup;

/** GET /clients/{id}: the scope read:clients; MISCONFIGURED without it. */
AUTH0DB_API auth0db_outcome auth0db_client_web_setup(auth0db_client *client,
                                                     const auth0db_web_urls *urls,
                                                     unsigned deadline_ms, auth0db_web_setup *out,
                                                     auth0db_error *err);

/* Where the login page is, and where it could be. */
typedef struct auth0db_web_domain {
    auth0db_fact own;  /* is AUTH0_DOMAIN a verified custom domain of the tenant's? */
    char another[254]; /* one that is verified and is not used; "" */
} auth0db_web_domain;

/** GET /custom-domains: the scope read:custom_domains; MISCONFIGURED without it, or where the plan
 * has none. */
AUTH0DB_API auth0db_outcome auth0db_client_web_domain(auth0db_client *client, unsigned deadline_ms,
                                                      auth0db_web_domain *out, auth0db_error *err);

typedef struct auth0db_identity_options {
    size_t size;
    const char *site;
    const auth0db_tenant_user *tenant; /* proven by the tenant in this attempt; copied */
    unsigned deadline_ms;
    bool create_users;
} auth0db_identity_options;

/** The login machine for somebody whom the tenant has logged in by itself: no password is known. It
 * asks RESOLVE, EMAIL_SHARED, LINK, CREATE_LOCAL, SITE_RULES and REMEMBER of the site, READ_TENANT
 * of the tenant where it is a user of ours that has lost its link, and ends in ADMIT or REFUSE.
 * Answer and run it like a login. */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_identity_new(auth0db_login **out,
                                                        const auth0db_identity_options *options,
                                                        auth0db_error *err);

#endif
