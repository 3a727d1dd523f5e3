/* The tenant's knobs: one table says name, type, range and default; docs/sandbox.md lists them. */
#ifndef A0_SANDBOX_OPTIONS_H
#define A0_SANDBOX_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json.h"

/* Positions in the word lists of options.c. */
enum { SB_WRONG_INVALID_GRANT, SB_WRONG_INVALID_USER_PASSWORD };
enum { SB_CLIENT_SECRET_POST, SB_CLIENT_SECRET_BASIC, SB_CLIENT_NONE, SB_CLIENT_KEY };
enum { SB_JOB_SAYS_PENDING, SB_JOB_SAYS_PROCESSING };
enum { SB_CODES_RECORDED, SB_CODES_DOCUMENTED };
enum { SB_COUNT_IDENTIFIER_AND_IP, SB_COUNT_IDENTIFIER };

typedef struct sb_options {
    /* limits */
    int64_t tier; /* sb_tier */
    bool rate_limit_headers;
    bool same_user_limit;
    /* attack protection */
    bool brute_force_enabled, brute_force_block;
    int64_t brute_force_max_attempts, brute_force_mode;
    json_t *brute_force_allowlist;
    bool suspicious_ip_enabled, suspicious_ip_block;
    int64_t suspicious_ip_max_attempts, suspicious_ip_rate_ms;
    json_t *suspicious_ip_allowlist;
    bool breached_password_detection;
    /* the application */
    json_t *grant_types;
    json_t *scopes;                        /* of the client grant for the Management API */
    bool connection_options_without_scope; /* the old migration switch */
    int64_t client_auth;
    char client_public_key[4096]; /* PEM */
    bool trust_forwarded_for;
    char default_directory[132];
    json_t *audiences; /* APIs besides the Management API */
    /* the application's web logins */
    json_t *callbacks, *allowed_logout_urls;
    char initiate_login_uri[512];
    bool end_session_in_discovery; /* Auth0 says it of newer tenants alone */
    /* what is answered */
    char as_of[11];             /* "": as today; or a date, "2025-06-30" */
    bool enabled_clients_shown; /* of connections */
    json_t *plan_refuses;       /* features that the plan lacks, as Auth0's refusal names them */
    bool log_user_ids;          /* in the entries that may lack one */
    /* the tenant's */
    json_t *custom_domains; /* verified ones */
    char default_custom_domain[254];
    /* logins */
    bool consent; /* a page asks for it, each time */
    int64_t wrong_password;
    json_t *mfa_policies; /* words of GET /guardian/policies */
    bool mfa_on_request;  /* an Action heeds acr_values */
    bool mfa_required, captcha_required, reset_verifies_email;
    bool email_provider;     /* the tenant's own; false: Auth0's, for tests */
    char action_denies[256]; /* "" or what the Action says to everyone */
    int64_t bcrypt_cost;
    /* bulk jobs */
    int64_t job_limit, job_users_per_second, job_ms, job_running_status;
    int64_t import_codes, import_profile_max;
    bool import_requires_username;
    json_t *hashes_never_match; /* algorithms, or beginnings of a hash's value */
    /* tokens and reads */
    int64_t token_lifetime_s, id_token_lifetime_s, token_skew_s;
    int64_t search_lag_ms;
} sb_options;

A0_MUST_CHECK int sb_options_init(sb_options *options);
/** All members as JSON (new reference, NULL without memory). */
json_t *sb_options_json(const sb_options *options);
/** Apply an object of changes, all or nothing. MALFORMED: the option's name is in `where`. */
A0_MUST_CHECK int sb_options_patch(sb_options *options, const json_t *changes, auth0db_error *err);
void sb_options_clear(sb_options *options);

/** Is `text` a member of a list of strings? */
bool sb_list_has(const json_t *list, const char *text);

#endif
