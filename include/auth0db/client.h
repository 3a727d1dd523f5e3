/* The tenant: password logins and the users of one database connection.
 *
 * Every call blocks for at most its deadline and ends in one outcome of a closed set, classified by
 * HTTP status and error code, never by prose. A client may be used by many threads at once and
 * survives fork(): the child opens connections of its own. (Not while the very first login of the
 * process is under way in another thread: the child would inherit OpenSSL's locks as they are.) */
#ifndef AUTH0DB_CLIENT_H
#define AUTH0DB_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "auth0db/error.h"

typedef struct auth0db_client auth0db_client;

/* By what the site's users log in at the tenant. */
typedef enum auth0db_identifier {
    AUTH0DB_IDENTIFIER_USUAL, /* the user name where require_username is set, else the e-mail */
    AUTH0DB_IDENTIFIER_EMAIL,
    AUTH0DB_IDENTIFIER_USERNAME
} auth0db_identifier;

typedef enum auth0db_log_level {
    AUTH0DB_LOG_ERROR,
    AUTH0DB_LOG_WARNING,
    AUTH0DB_LOG_INFO,
    AUTH0DB_LOG_DEBUG
} auth0db_log_level;

/** "email", "username"; NULL and "" are the usual one. OPTION names AUTH0_IDENTIFIER. */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_identifier_parse(auth0db_identifier *out,
                                                            const char *word, auth0db_error *err);

/* All strings are copied. Zero and NULL mean the default. */
typedef struct auth0db_client_options {
    size_t size;               /* sizeof this struct: lets it grow without breaking callers */
    const char *domain;        /* AUTH0_DOMAIN, required */
    const char *client_id;     /* AUTH0_CLIENT_ID, required */
    const char *client_secret; /* AUTH0_CLIENT_SECRET; without it forwarded-for is not sent. Two,
                                  with white space between them, while one replaces the other: where
                                  the tenant refuses the one the other is tried, and kept to */
    const char *user_jwt;      /* AUTH0_USER_JWT: a ready management token, used as it is */
    const char *connection; /* AUTH0_CONNECTION, required: the connection's name, also the realm */
    const char *ca_file;    /* AUTH0_CA_FILE: PEM, trusted instead of the system's CAs */
    bool require_username;  /* AUTH0_REQUIRE_USERNAME */
    unsigned connect_ms;    /* default 2000 */
    auth0db_log_level log_level;
    void (*log)(void *ctx, auth0db_log_level level,
                const char *line); /* may be called from any thread */
    void *log_ctx;
    const char
        *tenant_domain; /* AUTH0_TENANT_DOMAIN: the tenant's own, where `domain` is a custom one.
                           The Management API's audience is named by it, whatever the domain */
    const char *proxy;  /* AUTH0_PROXY: "http://proxy.example:3128"; NULL: none, whatever the
                           environment says. May hold a password */
    auth0db_identifier identifier; /* AUTH0_IDENTIFIER */
    /* AUTH0_MANAGEMENT_CLIENT_ID, _SECRET (one or two): an application that gets the management
     * token, where logins have another. NULL: client_id and client_secret do both */
    const char *management_client_id;
    const char *management_client_secret;
    const char
        *custom_domain; /* AUTH0_CUSTOM_DOMAIN: that of the tenant's verified ones which links
                           in its mails shall have; needed where it has several and no default */
    /* AUTH0_CLIENT_KEY, AUTH0_MANAGEMENT_CLIENT_KEY: a private RSA key that proves the application
     * instead of a secret (private_key_jwt), as PEM text ("-----BEGIN ...") or the name of a file
     * that is ours alone. Read once. With one secret beside it the tenant may take either. Auth0
     * does not believe forwarded-for of an application that proves itself so */
    const char *client_key;
    const char *management_client_key;
    const char *client_key_algorithm; /* AUTH0_CLIENT_KEY_ALGORITHM of both: RS256 (default), RS384
                                         or PS256, as the credential was registered */
    /* AUTH0_LEGACY_USERNAME: who is created gets new_user.legacy_username as app_metadata.username,
     * where auth0db 0.1 kept the site's user name on a connection without user names */
    bool legacy_username;
} auth0db_client_options;

typedef enum auth0db_outcome {
    AUTH0DB_OUTCOME_OK,
    /* the tenant has decided against this login */
    AUTH0DB_OUTCOME_BAD_CREDENTIALS,
    AUTH0DB_OUTCOME_BLOCKED,
    AUTH0DB_OUTCOME_MFA_REQUIRED, /* the password was right */
    AUTH0DB_OUTCOME_TOO_MANY_ATTEMPTS,
    AUTH0DB_OUTCOME_PASSWORD_LEAKED,
    AUTH0DB_OUTCOME_DENIED,  /* an Action or Rule said no */
    AUTH0DB_OUTCOME_CAPTCHA, /* bot detection wants a browser */
    AUTH0DB_OUTCOME_REFUSED, /* a no that nobody has described: any other 4xx. Not an outage */
    /* about a user */
    AUTH0DB_OUTCOME_NOT_FOUND,
    AUTH0DB_OUTCOME_EXISTS, /* 409: this e-mail or this id is taken */
    AUTH0DB_OUTCOME_USERNAME_TAKEN,
    AUTH0DB_OUTCOME_WEAK_PASSWORD, /* the connection's password policy refused it */
    AUTH0DB_OUTCOME_INVALID_USER,  /* e-mail, username or profile is not what the API takes */
    /* no decision: a transient failure */
    AUTH0DB_OUTCOME_THROTTLED,     /* busy: a rate limit of the tenant's or of ours, a full queue, a
                                      deadline that passed before anything was sent. Never an outage */
    AUTH0DB_OUTCOME_UNAVAILABLE,   /* an outage: no answer, 5xx or a malformed one. Of a grant it is
                                      said only   once a second failure, of a probe or of another
                                      person's   request, has confirmed it */
    AUTH0DB_OUTCOME_UNCONFIRMED,   /* of a grant alone: the same, and nothing has confirmed it yet.
                                      Nobody may be let in for it */
    AUTH0DB_OUTCOME_MISCONFIGURED, /* credentials, scopes, grants or connection: the operator must
                                      act */
    /* nothing was sent: this is perhaps a copy of the site (auth0db_client_hold) */
    AUTH0DB_OUTCOME_HELD,
    AUTH0DB_OUTCOME_COUNT
} auth0db_outcome;

/** Stable lower-case word, e.g. "bad_credentials". */
AUTH0DB_API const char *auth0db_outcome_name(auth0db_outcome outcome);
/** True for THROTTLED, UNAVAILABLE, UNCONFIRMED and MISCONFIGURED: nothing was decided about the
 * user. */
AUTH0DB_API bool auth0db_outcome_is_trouble(auth0db_outcome outcome);

/* In app_metadata of a user whom the site has had blocked, by a sync or an import: only such a
 * block is lifted again. */
#define AUTH0DB_BLOCK_MARK "auth0db_blocked"

/* A tenant user as far as a migration needs it. Members that the answer did not hold are "" or
 * false. */
typedef struct auth0db_tenant_user {
    char user_id[264]; /* "auth0|..." */
    char email[324];
    bool email_verified;
    char username[132];
    char name[604];
    char given_name[604];
    char family_name[604];
    bool blocked;
    bool blocked_by_us;           /* app_metadata holds AUTH0DB_BLOCK_MARK */
    char last_password_reset[40]; /* ISO 8601, "" until the first change; compare, do not parse */
    char last_login[40];
    char created_at[40];
    long logins_count; /* 0 also where the tenant does not say: it leaves it out before the first */
} auth0db_tenant_user;

/* Passwords are bytes with a length: UTF-8 expected, any length, borrowed for the call. */
typedef struct auth0db_credentials {
    const char *identifier; /* e-mail or username as the connection wants it; may be hostile text */
    const char *password;
    size_t password_len;
    const char
        *client_ip; /* end user's address; sent only where it parses as one IPv4 or IPv6 address */
    const char *typed; /* the name as typed, where that is another; NULL: `identifier`. Only limits
                          are counted by it */
} auth0db_credentials;

typedef struct auth0db_new_user {
    const char *user_id; /* with the "auth0|" prefix */
    const char *email;
    bool email_verified;
    const char *username;                 /* NULL unless the connection requires one */
    const char *legacy_username;          /* the site's; NULL: none. Sent only where asked for */
    const char *given_name, *family_name; /* NULL or "" leaves them out */
    const char *password;
    size_t password_len;
} auth0db_new_user;

/** A password that Auth0 stores whole: 1 to 72 bytes of UTF-8 without NUL (bcrypt drops the rest
 * silently). */
AUTH0DB_API bool auth0db_password_is_sendable(const char *password, size_t len);
/** An e-mail the API takes: ASCII, one '@', local part <= 64, total <= 254, a dotted domain. */
AUTH0DB_API bool auth0db_email_is_sendable(const char *email);

/** Opens no connection. Errors: OPTION with the setting's name in `where`. */
AUTH0DB_API AUTH0DB_MUST_CHECK int
auth0db_client_new(auth0db_client **out, const auth0db_client_options *options, auth0db_error *err);
/** NULL is a no-op. No call may be under way. */
AUTH0DB_API void auth0db_client_free(auth0db_client *client);

/* The calls. deadline_ms bounds everything (token fetch and retries included). `out` is zeroed
 * first and filled on OK. err (may be NULL) is filled for every outcome but OK with what was seen,
 * for logs and operators. */

/** Password-realm grant; the id token is verified (signature, issuer, audience, times) before OK.
 * One request on a warm connection once the key set is cached. Asked again once where a rate limit
 * (429) has turned it away unread, after two seconds at most; else THROTTLED at once. Where there
 * is no answer, a request that names nobody (the probe) finds out whether that is an outage:
 * UNAVAILABLE, and UNCONFIRMED as long as nobody knows. A quarter of the deadline is for it. */
AUTH0DB_API auth0db_outcome auth0db_client_grant(auth0db_client *client,
                                                 const auth0db_credentials *credentials,
                                                 unsigned deadline_ms, auth0db_tenant_user *out,
                                                 auth0db_error *err);
/** POST /api/v2/users with verify_email false. Never retried: EXISTS is an answer. */
AUTH0DB_API auth0db_outcome auth0db_client_user_create(auth0db_client *client,
                                                       const auth0db_new_user *user,
                                                       unsigned deadline_ms,
                                                       auth0db_tenant_user *out,
                                                       auth0db_error *err);
AUTH0DB_API auth0db_outcome auth0db_client_user_get(auth0db_client *client, const char *user_id,
                                                    unsigned deadline_ms, auth0db_tenant_user *out,
                                                    auth0db_error *err);
/** PATCH the password, nothing else. Lifts an administrator's block at Auth0: read the user first.
 */
AUTH0DB_API auth0db_outcome auth0db_client_user_set_password(
    auth0db_client *client, const char *user_id, const char *password, size_t password_len,
    unsigned deadline_ms, auth0db_tenant_user *out, auth0db_error *err);
/* What a site tells of a user beside the password. One a request: Auth0 takes an e-mail and a user
 * name in no PATCH together. */
typedef enum auth0db_change_kind {
    AUTH0DB_CHANGE_EMAIL, /* text: the e-mail; email_verified says whether the site has verified it
                           */
    AUTH0DB_CHANGE_USERNAME, /* text: the user name */
    AUTH0DB_CHANGE_VERIFIED, /* the e-mail that the tenant has is verified */
    AUTH0DB_CHANGE_BLOCK,    /* with our mark in app_metadata, which says that the block is ours */
    AUTH0DB_CHANGE_UNBLOCK   /* and takes the mark away. Read the user first: only where it is there
                              */
} auth0db_change_kind;

typedef struct auth0db_change {
    auth0db_change_kind kind;
    const char *text;
    bool email_verified;
} auth0db_change;

/** PATCH this one thing. No mail goes out. EXISTS, USERNAME_TAKEN: another user of the tenant has
 * it. */
AUTH0DB_API auth0db_outcome auth0db_client_user_change(auth0db_client *client, const char *user_id,
                                                       const auth0db_change *change,
                                                       unsigned deadline_ms,
                                                       auth0db_tenant_user *out,
                                                       auth0db_error *err);
/** Users of our connection with this e-mail (lower-cased first). *n in: room, out: found. */
AUTH0DB_API auth0db_outcome auth0db_client_users_by_email(auth0db_client *client, const char *email,
                                                          unsigned deadline_ms,
                                                          auth0db_tenant_user *out, size_t *n,
                                                          auth0db_error *err);

/* Of somebody who was deleted on the site. Each reads the user first: NOT_FOUND where our
 * connection has none of this id. The deadline is for each of the two requests. */
AUTH0DB_API auth0db_outcome auth0db_client_user_delete(auth0db_client *client, const char *user_id,
                                                       unsigned deadline_ms, auth0db_error *err);
/** With a mark in app_metadata ("auth0db": {"blocked": "deleted", "blocked_at": ...}), unless the
 * user is blocked already: whose block that is, we do not know. */
AUTH0DB_API auth0db_outcome auth0db_client_user_block(auth0db_client *client, const char *user_id,
                                                      unsigned deadline_ms, auth0db_error *err);

/** Have the tenant mail a link to set a new password (its own mail and page). OK says that it took
 * the request, not that there is such a user: it answers the same for nobody. Never retried: with
 * UNAVAILABLE the mail may be under way. */
AUTH0DB_API auth0db_outcome auth0db_client_reset_mail(auth0db_client *client, const char *email,
                                                      unsigned deadline_ms, auth0db_error *err);

/* What the tenant says of itself, for checks. */

/* What may be left unsaid: absent is unknown, and no default. */
typedef enum auth0db_fact { AUTH0DB_UNKNOWN, AUTH0DB_NO, AUTH0DB_YES } auth0db_fact;

/* One attribute of a connection's users. One that the connection does not have is NO throughout. */
typedef struct auth0db_attribute {
    auth0db_fact taken;      /* users may have it */
    auth0db_fact identifier; /* people log in by it */
    auth0db_fact required;   /* there is no user without it */
} auth0db_attribute;

typedef struct auth0db_connection_info {
    char id[32];
    char name[132];
    char strategy[32];
    bool enabled_for_client;
    bool other_applications; /* some are enabled too, as far as the tenant has told */
    /* The tenant leaves the options out where the token lacks read:connections_options. False:
     * nothing below is known, and each member's value means nothing */
    bool options_known;
    auth0db_attribute email, username, phone;
    bool requires_username;
    int username_min, username_max;
    auth0db_fact username_may_be_email, username_may_be_phone; /* of the form of one */
    auth0db_fact passwords; /* NO: switched off at the connection, whoever has one */
    /* none, low, fair, good, excellent; "flexible": password_options instead; "": not told */
    char password_policy[16];
    int password_min_length; /* as configured, 0 when left to the policy */
    bool brute_force_protection;
    bool import_mode;
} auth0db_connection_info;

typedef struct auth0db_application_info {
    bool password_realm_grant; /* grant_types holds the password-realm (or password) grant */
    bool client_credentials_grant;
    bool forwarded_for_trusted; /* is_token_endpoint_ip_header_trusted */
} auth0db_application_info;

AUTH0DB_API auth0db_outcome auth0db_client_connection(auth0db_client *client, unsigned deadline_ms,
                                                      auth0db_connection_info *out,
                                                      auth0db_error *err);

/* Whom the tenant asks for a second factor, by its policy; an Action may ask others. */
typedef enum auth0db_mfa_policy {
    AUTH0DB_MFA_UNKNOWN,  /* not told, or in a word of tomorrow */
    AUTH0DB_MFA_NEVER,    /* nobody */
    AUTH0DB_MFA_ADAPTIVE, /* whoever it finds suspicious */
    AUTH0DB_MFA_ALWAYS,   /* everybody, at every login */
    AUTH0DB_MFA_COUNT
} auth0db_mfa_policy;

/** "unknown", "never", "adaptive", "always". */
AUTH0DB_API const char *auth0db_mfa_policy_name(auth0db_mfa_policy policy);
/** Who will be asked, and what that means for a login page of the site's own: static text. */
AUTH0DB_API const char *auth0db_mfa_policy_says(auth0db_mfa_policy policy);
/** GET /guardian/policies. MISCONFIGURED without the scope read:mfa_policies; *out is UNKNOWN
 * unless OK. */
AUTH0DB_API auth0db_outcome auth0db_client_mfa_policy(auth0db_client *client, unsigned deadline_ms,
                                                      auth0db_mfa_policy *out, auth0db_error *err);

/** Does the tenant mail through a provider of its own? NO: through Auth0's, which is for tests and
 * sends few mails. GET /emails/provider; MISCONFIGURED without the scope read:email_provider; *out
 * is UNKNOWN unless OK. */
AUTH0DB_API auth0db_outcome auth0db_client_own_mails(auth0db_client *client, unsigned deadline_ms,
                                                     auth0db_fact *out, auth0db_error *err);

/* Where a connection and this client's settings do not go together. Static text. */
typedef struct auth0db_misfit {
    const char *setting, *what, *cure;
    bool stops_import; /* an import would make users who cannot log in, or none at all */
} auth0db_misfit;
enum { AUTH0DB_MISFITS_MAX = 9 };
/** How many. Those that are told, never those that could be: what is unknown is no misfit. */
AUTH0DB_API size_t auth0db_client_misfits(const auth0db_client *client,
                                          const auth0db_connection_info *connection,
                                          auth0db_misfit out[AUTH0DB_MISFITS_MAX]);

/** Needs the scope read:clients; MISCONFIGURED without it. */
AUTH0DB_API auth0db_outcome auth0db_client_application(auth0db_client *client, unsigned deadline_ms,
                                                       auth0db_application_info *out,
                                                       auth0db_error *err);
/** Space-separated scopes of the management token, NUL-terminated into `scopes`. */
AUTH0DB_API auth0db_outcome auth0db_client_scopes(auth0db_client *client, unsigned deadline_ms,
                                                  char *scopes, size_t size, auth0db_error *err);

/** While `hold` is true nothing is changed at the tenant, and nobody is mailed by it: what would
 * ends HELD, unsent. Grants and reads go on. For a site that runs on a database which is not known
 * to be its own: a staging copy must not set its test passwords for real users. Any thread, any
 * time. */
AUTH0DB_API void auth0db_client_hold(auth0db_client *client, bool hold);

typedef struct auth0db_client_state {
    /* requests are not sent until retry_in_ms has passed: those of logins (a confirmed outage), or
     * else those of the Management API */
    bool breaker_open;
    unsigned retry_in_ms;
    unsigned failures_in_a_row;
    unsigned long requests; /* HTTP requests sent by this process */
    /* Where the tenant does not take our settings for some of what it is asked: the setting and
     * what was seen, for operators. code is OK where it does, or nobody knows. */
    auth0db_error setup;
    /* By how many seconds this machine's clock is ahead of the tenant's (behind: negative), as the
     * newest answer with a Date has shown; false: none has. Id tokens are refused from a minute on.
     */
    bool clock_known;
    long clock_ahead_s;
} auth0db_client_state;
AUTH0DB_API void auth0db_client_get_state(auth0db_client *client, auth0db_client_state *out);

#endif
