/* Which handler a request goes to, and what is asked of it before: token, limits, scope, plan,
 * domain, body. All of that stands in one table, so that no handler can forget it. Faults strike
 * here as well, so that no handler knows of them. */
#include "sandbox/router.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "sandbox/api/api_authorize.h"
#include "sandbox/api/api_clients.h"
#include "sandbox/api/api_codes.h"
#include "sandbox/api/api_connections.h"
#include "sandbox/api/api_control.h"
#include "sandbox/api/api_factors.h"
#include "sandbox/api/api_jobs.h"
#include "sandbox/api/api_login.h"
#include "sandbox/api/api_logout.h"
#include "sandbox/api/api_oauth.h"
#include "sandbox/api/api_outbox.h"
#include "sandbox/api/api_protection.h"
#include "sandbox/api/api_reset.h"
#include "sandbox/api/api_signup.h"
#include "sandbox/api/api_tenant.h"
#include "sandbox/api/api_tickets.h"
#include "sandbox/api/api_users.h"
#include "sandbox/tenant/keys.h"
#include "sandbox/tenant/ratelimit.h"
#include "sandbox/tenant/tenant_log.h"
#include "sandbox/traffic.h"

typedef enum family { CONTROL, AUTH, API } family;

typedef struct route {
    const char *method, *path; /* "{id}" stands for one segment */
    sb_handler *handler;
    family family;
    sb_limit limit; /* besides the family's global one */
    const char
        *scopes; /* any one of these, space-separated; "": any token of ours; NULL: no token */
    unsigned body_max; /* where it is less than that of all endpoints; 0: it is not */
    bool token_in_query;
    bool bare_json;   /* its Content-Type names no charset (recorded) */
    bool takes_array; /* a body that is no object, as a few calls have it */
    const char *log;  /* what the log calls a write that was carried out; NULL: a read */
    const char *plan; /* the feature that a plan may lack, as its refusal names it; NULL: none */
    enum { NO_DOMAIN, TAKES_DOMAIN, WANTS_DOMAIN } domain; /* the header auth0-custom-domain */
} route;

/* One line a call, as in the reference of Auth0's API. */
static const route routes[] = {
    /* The answer's bare type is recorded (facts/auth0.md 1.3). */
    {"POST", "/oauth/token", sb_oauth_token, AUTH, SB_LIMIT_TOKEN, NULL, .bare_json = true},
    {"POST", "/oauth/revoke", sb_oauth_revoke, AUTH, SB_LIMIT_TOKEN, NULL},
    /* A limit of its own for each user (documented: facts/auth0.md 6.2): a client that asks at
     * every login meets it. */
    {"GET", "/userinfo", sb_userinfo, AUTH, SB_LIMIT_USERINFO, "", .token_in_query = true},
    {"POST", "/userinfo", sb_userinfo, AUTH, SB_LIMIT_USERINFO, "", .token_in_query = true},
    {"GET", "/.well-known/jwks.json", sb_jwks, AUTH, SB_LIMIT_JWKS, NULL},
    {"GET", "/.well-known/openid-configuration", sb_discovery, AUTH, SB_LIMIT_NONE, NULL},
    {"GET", "/.well-known/oauth-authorization-server", sb_discovery, AUTH, SB_LIMIT_NONE, NULL},

    {"GET", "/authorize", sb_authorize, AUTH, SB_LIMIT_NONE, NULL},
    {"POST", "/authorize", sb_authorize, AUTH, SB_LIMIT_NONE, NULL},
    {"GET", "/authorize/resume", sb_authorize_resume, AUTH, SB_LIMIT_NONE, NULL},
    {"GET", "/u/login", sb_login_form, AUTH, SB_LIMIT_NONE, NULL},
    {"POST", "/u/login", sb_login_submit, AUTH, SB_LIMIT_NONE, NULL},
    {"GET", "/u/mfa-otp-challenge", sb_otp_form, AUTH, SB_LIMIT_NONE, NULL},
    {"POST", "/u/mfa-otp-challenge", sb_otp_submit, AUTH, SB_LIMIT_NONE, NULL},
    {"GET", "/u/mfa-otp-enrollment", sb_otp_form, AUTH, SB_LIMIT_NONE, NULL},
    {"POST", "/u/mfa-otp-enrollment", sb_otp_submit, AUTH, SB_LIMIT_NONE, NULL},
    {"GET", "/u/consent", sb_consent_form, AUTH, SB_LIMIT_NONE, NULL},
    {"POST", "/u/consent", sb_consent_submit, AUTH, SB_LIMIT_NONE, NULL},
    {"GET", "/u/reset-password/request", sb_forgotten_form, AUTH, SB_LIMIT_NONE, NULL},
    {"POST", "/u/reset-password/request", sb_forgotten_submit, AUTH, SB_LIMIT_NONE, NULL},
    {"GET", "/v2/logout", sb_logout, AUTH, SB_LIMIT_NONE, NULL},
    {"GET", "/oidc/logout", sb_oidc_logout, AUTH, SB_LIMIT_NONE, NULL},
    {"POST", "/oidc/logout", sb_oidc_logout, AUTH, SB_LIMIT_NONE, NULL},

    {"POST", "/dbconnections/change_password", sb_change_password, AUTH, SB_LIMIT_CHANGE_PASSWORD,
     NULL},
    {"POST", "/dbconnections/signup", sb_signup, AUTH, SB_LIMIT_NONE, NULL},
    {"GET", "/u/reset-password", sb_reset_form, AUTH, SB_LIMIT_NONE, NULL},
    {"POST", "/u/reset-password", sb_reset_submit, AUTH, SB_LIMIT_NONE, NULL},
    {"GET", "/u/email-verification", sb_verify_email, AUTH, SB_LIMIT_NONE, NULL},
    {"GET", "/u/unblock", sb_unblock_account, AUTH, SB_LIMIT_NONE, NULL},

    {"POST", "/api/v2/users", sb_users_create, API, SB_LIMIT_WRITE_USERS, "create:users",
     .log = "Create a User", .domain = WANTS_DOMAIN},
    {"GET", "/api/v2/users", sb_users_search, API, SB_LIMIT_READ_USERS, "read:users"},
    {"GET", "/api/v2/users/{id}", sb_users_get, API, SB_LIMIT_READ_USERS, "read:users"},
    {"PATCH", "/api/v2/users/{id}", sb_users_patch, API, SB_LIMIT_WRITE_USERS,
     "update:users update:users_app_metadata", .log = "Update a User", .domain = WANTS_DOMAIN},
    {"DELETE", "/api/v2/users/{id}", sb_users_delete, API, SB_LIMIT_DELETE_USERS, "delete:users",
     .log = "Delete a User"},
    {"GET", "/api/v2/users/{id}/logs", sb_users_logs, API, SB_LIMIT_READ_LOGS,
     "read:logs read:logs_users"},
    {"GET", "/api/v2/users/{id}/enrollments", sb_enrollments_list, API, SB_LIMIT_OTHER,
     "read:users"},
    {"POST", "/api/v2/users/{id}/identities", sb_identities_link, API, SB_LIMIT_WRITE_USERS,
     "update:users", .log = "Link a User Account"},
    {"DELETE", "/api/v2/users/{id}/identities/{provider}/{user_id}", sb_identities_unlink, API,
     SB_LIMIT_WRITE_USERS, "update:users", .log = "Unlink a User Identity"},
    {"GET", "/api/v2/users/{id}/authentication-methods", sb_factors_list, API, SB_LIMIT_OTHER,
     "read:authentication_methods"},
    {"POST", "/api/v2/users/{id}/authentication-methods", sb_factors_add, API, SB_LIMIT_OTHER,
     "create:authentication_methods", .log = "Create an authentication method"},
    {"PUT", "/api/v2/users/{id}/authentication-methods", sb_factors_replace, API, SB_LIMIT_OTHER,
     "update:authentication_methods", .takes_array = true,
     .log = "Update all authentication methods"},
    {"DELETE", "/api/v2/users/{id}/authentication-methods", sb_factors_delete_all, API,
     SB_LIMIT_OTHER, "delete:authentication_methods", .log = "Delete all authentication methods"},
    {"GET", "/api/v2/users/{id}/authentication-methods/{method}", sb_factors_get, API,
     SB_LIMIT_OTHER, "read:authentication_methods"},
    {"PATCH", "/api/v2/users/{id}/authentication-methods/{method}", sb_factors_patch, API,
     SB_LIMIT_OTHER, "update:authentication_methods", .log = "Update an authentication method"},
    {"DELETE", "/api/v2/users/{id}/authentication-methods/{method}", sb_factors_delete, API,
     SB_LIMIT_OTHER, "delete:authentication_methods", .log = "Delete an authentication method"},
    {"GET", "/api/v2/users-by-email", sb_users_by_email, API, SB_LIMIT_READ_USERS, "read:users"},
    {"GET", "/api/v2/user-blocks", sb_blocks_by_identifier, API, SB_LIMIT_OTHER, "read:users"},
    {"DELETE", "/api/v2/user-blocks", sb_unblock_by_identifier, API, SB_LIMIT_OTHER, "update:users",
     .log = "Unblock a user"},
    {"GET", "/api/v2/user-blocks/{id}", sb_blocks_by_id, API, SB_LIMIT_OTHER, "read:users"},
    {"DELETE", "/api/v2/user-blocks/{id}", sb_unblock_by_id, API, SB_LIMIT_OTHER, "update:users",
     .log = "Unblock a user"},
    {"GET", "/api/v2/connections", sb_connections_list, API, SB_LIMIT_READ_CONNECTIONS,
     "read:connections"},
    {"POST", "/api/v2/connections", sb_connections_create, API, SB_LIMIT_OTHER,
     "create:connections", .log = "Create a connection"},
    {"GET", "/api/v2/connections/{id}", sb_connections_get, API, SB_LIMIT_READ_CONNECTIONS,
     "read:connections"},
    {"PATCH", "/api/v2/connections/{id}", sb_connections_patch, API, SB_LIMIT_OTHER,
     "update:connections", .log = "Update a connection"},
    {"DELETE", "/api/v2/connections/{id}", sb_connections_delete, API, SB_LIMIT_OTHER,
     "delete:connections", .log = "Delete a connection"},
    {"GET", "/api/v2/connections/{id}/clients", sb_connections_clients, API,
     SB_LIMIT_READ_CONNECTIONS, "read:connections"},
    {"PATCH", "/api/v2/connections/{id}/clients", sb_connections_clients_patch, API, SB_LIMIT_OTHER,
     "update:connections", .takes_array = true, .log = "Update enabled clients for a connection"},
    {"DELETE", "/api/v2/connections/{id}/users", sb_connection_users_delete, API,
     SB_LIMIT_DELETE_USERS, "delete:users", .log = "Delete a connection user"},
    /* 512,000 bytes for this one call, a megabyte for the others (documented: facts/auth0.md 4.0,
     * 4.8). */
    {"POST", "/api/v2/jobs/users-imports", sb_jobs_import, API, SB_LIMIT_OTHER, "create:users",
     .log = "Create import users job", .body_max = SB_IMPORT_BODY_MAX},
    {"POST", "/api/v2/jobs/users-exports", sb_jobs_export, API, SB_LIMIT_OTHER, "read:users",
     .log = "Create export users job"},
    {"POST", "/api/v2/jobs/verification-email", sb_jobs_verification_email, API, SB_LIMIT_OTHER,
     "update:users", .log = "Send a verification email", .domain = TAKES_DOMAIN},
    /* Either scope will do (documented: facts/auth0.md 4.9). */
    {"GET", "/api/v2/jobs/{id}", sb_jobs_get, API, SB_LIMIT_OTHER, "create:users read:users"},
    {"GET", "/api/v2/jobs/{id}/errors", sb_jobs_errors, API, SB_LIMIT_OTHER,
     "create:users read:users"},
    /* No token: the link is signed. */
    {"GET", "/exports/{id}", sb_export_download, AUTH, SB_LIMIT_NONE, NULL},
    {"GET", "/api/v2/clients", sb_clients_list, API, SB_LIMIT_READ_CLIENTS,
     "read:clients read:client_keys"},
    {"POST", "/api/v2/clients", sb_clients_create, API, SB_LIMIT_OTHER, "create:clients",
     .log = "Create a client"},
    {"GET", "/api/v2/clients/{id}", sb_clients_get, API, SB_LIMIT_READ_CLIENTS,
     "read:clients read:client_keys"},
    {"PATCH", "/api/v2/clients/{id}", sb_clients_patch, API, SB_LIMIT_OTHER, "update:clients",
     .log = "Update a client"},
    {"DELETE", "/api/v2/clients/{id}", sb_clients_delete, API, SB_LIMIT_OTHER, "delete:clients",
     .log = "Delete a client"},
    {"GET", "/api/v2/clients/{id}/connections", sb_clients_connections, API,
     SB_LIMIT_READ_CONNECTIONS, "read:connections"},
    {"GET", "/api/v2/client-grants", sb_client_grants_list, API, SB_LIMIT_OTHER,
     "read:client_grants"},
    {"POST", "/api/v2/client-grants", sb_client_grants_create, API, SB_LIMIT_OTHER,
     "create:client_grants", .log = "Create client grant"},
    {"GET", "/api/v2/client-grants/{id}", sb_client_grants_get, API, SB_LIMIT_OTHER,
     "read:client_grants"},
    {"PATCH", "/api/v2/client-grants/{id}", sb_client_grants_patch, API, SB_LIMIT_OTHER,
     "update:client_grants", .log = "Update client grant"},
    {"DELETE", "/api/v2/client-grants/{id}", sb_client_grants_delete, API, SB_LIMIT_OTHER,
     "delete:client_grants", .log = "Delete a client grant"},
    {"GET", "/api/v2/client-grants/{id}/organizations", sb_client_grants_organizations, API,
     SB_LIMIT_OTHER, "read:client_grants"},
    {"POST", "/api/v2/tickets/password-change", sb_tickets_password_change, API, SB_LIMIT_OTHER,
     "create:user_tickets", .log = "Create a password change ticket", .domain = TAKES_DOMAIN},
    {"POST", "/api/v2/tickets/email-verification", sb_tickets_email_verification, API,
     SB_LIMIT_OTHER, "create:user_tickets", .log = "Create an email verification ticket",
     .domain = TAKES_DOMAIN},
    {"GET", "/api/v2/logs", sb_logs_list, API, SB_LIMIT_READ_LOGS, "read:logs"},
    {"GET", "/api/v2/logs/{id}", sb_logs_get, API, SB_LIMIT_READ_LOGS, "read:logs"},
    {"GET", "/api/v2/guardian/policies", sb_guardian_policies, API, SB_LIMIT_OTHER,
     "read:mfa_policies"},
    {"GET", "/api/v2/custom-domains", sb_custom_domains_list, API, SB_LIMIT_OTHER,
     "read:custom_domains", .plan = "custom domains"},
    {"GET", "/api/v2/emails/provider", sb_email_provider_get, API, SB_LIMIT_OTHER,
     "read:email_provider"},
    {"GET", "/api/v2/tenants/settings", sb_tenant_settings_get, API, SB_LIMIT_OTHER,
     "read:tenant_settings"},
    {"PATCH", "/api/v2/tenants/settings", sb_tenant_settings_patch, API, SB_LIMIT_OTHER,
     "update:tenant_settings", .log = "Update tenant settings"},
    {"GET", "/api/v2/attack-protection/bot-detection", sb_attack_protection_get, API,
     SB_LIMIT_OTHER, "read:attack_protection", .plan = "bot detection"},
    {"PATCH", "/api/v2/attack-protection/bot-detection", sb_attack_protection_patch, API,
     SB_LIMIT_OTHER, "update:attack_protection", .plan = "bot detection",
     .log = "Update bot detection settings"},
    {"GET", "/api/v2/attack-protection/captcha", sb_attack_protection_get, API, SB_LIMIT_OTHER,
     "read:attack_protection", .plan = "bot detection"},
    {"PATCH", "/api/v2/attack-protection/captcha", sb_attack_protection_patch, API, SB_LIMIT_OTHER,
     "update:attack_protection", .plan = "bot detection", .log = "Update captcha settings"},
    {"GET", "/api/v2/attack-protection/breached-password-detection", sb_attack_protection_get, API,
     SB_LIMIT_OTHER, "read:attack_protection", .plan = "breached password detection"},
    {"PATCH", "/api/v2/attack-protection/breached-password-detection", sb_attack_protection_patch,
     API, SB_LIMIT_OTHER, "update:attack_protection", .plan = "breached password detection",
     .log = "Update breached password detection settings"},
    {"GET", "/api/v2/attack-protection/brute-force-protection", sb_attack_protection_get, API,
     SB_LIMIT_OTHER, "read:attack_protection", .plan = "brute force protection"},
    {"PATCH", "/api/v2/attack-protection/brute-force-protection", sb_attack_protection_patch, API,
     SB_LIMIT_OTHER, "update:attack_protection", .plan = "brute force protection",
     .log = "Update brute force protection settings"},
    {"GET", "/api/v2/attack-protection/suspicious-ip-throttling", sb_attack_protection_get, API,
     SB_LIMIT_OTHER, "read:attack_protection", .plan = "suspicious ip throttling"},
    {"PATCH", "/api/v2/attack-protection/suspicious-ip-throttling", sb_attack_protection_patch, API,
     SB_LIMIT_OTHER, "update:attack_protection", .plan = "suspicious ip throttling",
     .log = "Update suspicious ip throttling settings"},

    {"GET", "/sandbox", sb_control_info, CONTROL, SB_LIMIT_NONE, NULL},
    {"GET", "/sandbox/options", sb_control_options_get, CONTROL, SB_LIMIT_NONE, NULL},
    {"PATCH", "/sandbox/options", sb_control_options_patch, CONTROL, SB_LIMIT_NONE, NULL},
    {"GET", "/sandbox/users/{id}", sb_control_user_get, CONTROL, SB_LIMIT_NONE, NULL},
    {"PATCH", "/sandbox/users/{id}", sb_control_user_patch, CONTROL, SB_LIMIT_NONE, NULL},
    {"GET", "/sandbox/faults", sb_control_faults_get, CONTROL, SB_LIMIT_NONE, NULL},
    {"POST", "/sandbox/faults", sb_control_faults_add, CONTROL, SB_LIMIT_NONE, NULL},
    {"DELETE", "/sandbox/faults", sb_control_faults_clear, CONTROL, SB_LIMIT_NONE, NULL},
    {"GET", "/sandbox/clock", sb_control_clock_get, CONTROL, SB_LIMIT_NONE, NULL},
    {"POST", "/sandbox/clock", sb_control_clock_advance, CONTROL, SB_LIMIT_NONE, NULL},
    {"GET", "/sandbox/requests", sb_control_requests_get, CONTROL, SB_LIMIT_NONE, NULL},
    {"DELETE", "/sandbox/requests", sb_control_requests_clear, CONTROL, SB_LIMIT_NONE, NULL},
    {"GET", "/sandbox/outbox", sb_outbox_page, CONTROL, SB_LIMIT_NONE, NULL},
    {"GET", "/sandbox/outbox.json", sb_outbox_json, CONTROL, SB_LIMIT_NONE, NULL},
    {"GET", "/sandbox/outbox/{id}", sb_outbox_mail, CONTROL, SB_LIMIT_NONE, NULL},
    {"DELETE", "/sandbox/outbox", sb_outbox_clear_all, CONTROL, SB_LIMIT_NONE, NULL},
    {"POST", "/sandbox/half-created", sb_control_half_created_add, CONTROL, SB_LIMIT_NONE, NULL},
    {"GET", "/sandbox/audit", sb_control_audit, CONTROL, SB_LIMIT_NONE, NULL},
    {"GET", "/sandbox/log", sb_control_log, CONTROL, SB_LIMIT_NONE, NULL},
    {"POST", "/sandbox/keys/rotate", sb_control_keys_rotate, CONTROL, SB_LIMIT_NONE, NULL},
    {"PUT", "/sandbox/documents/{kind}/{id}", sb_control_document_put, CONTROL, SB_LIMIT_NONE,
     NULL},
    {"POST", "/sandbox/reset", sb_control_reset, CONTROL, SB_LIMIT_NONE, NULL},
    {"POST", "/sandbox/token", sb_control_token, CONTROL, SB_LIMIT_NONE, NULL},
};

/* No parameter is empty: "/api/v2/users/" must not ask for the user that has no id. */
static bool path_matches(const char *pattern, const sb_request *request,
                         const char *parameters[static SB_PARAMETERS_MAX])
{
    unsigned i = 0, n = 0;
    for (; *pattern == '/' && i < request->n_segments; i++) {
        size_t len = strcspn(++pattern, "/");
        const char *segment = request->segments[i];
        if (len > 0 && pattern[0] == '{' && n < SB_PARAMETERS_MAX)
            parameters[n++] = segment;
        else if (strlen(segment) != len || strncmp(pattern, segment, len) != 0)
            return false;
        if (*segment == '\0')
            return false;
        pattern += len;
    }
    return *pattern == '\0' && i == request->n_segments;
}

static const route *find_route(const sb_request *request, sb_call *call)
{
    for (size_t i = 0; i < A0_COUNT(routes); i++) {
        memset(call->parameters, 0, sizeof call->parameters);
        if (strcmp(routes[i].method, request->method) == 0 &&
            path_matches(routes[i].path, request, call->parameters)) {
            call->parameter = call->parameters[0];
            return &routes[i];
        }
    }
    return NULL;
}

/* By the path and not by the route: a fault may strike a path that is no route, and must then speak
 * in the words of that API. */
static family family_of(const sb_request *request)
{
    const char *first = request->n_segments > 0 ? request->segments[0] : "";
    return strcmp(first, "sandbox") == 0 ? CONTROL : strcmp(first, "api") == 0 ? API : AUTH;
}

/* ---- limits ---- */

static bool take(sb_call *call, const route *r, sb_limit limit, const char *key)
{
    sb_tenant *tenant = call->tenant;
    sb_limit_state state = sb_limit_take(&tenant->counters, (sb_tier)tenant->options.tier, limit,
                                         key, sb_now_ms(tenant));
    if (state.limited && tenant->options.rate_limit_headers) {
        call->reply->n_headers = 0; /* the narrower bucket speaks last */
        sb_reply_header(call->reply, "X-RateLimit-Limit", "%d", state.limit);
        sb_reply_header(call->reply, "X-RateLimit-Remaining", "%d", state.remaining);
        sb_reply_header(call->reply, "X-RateLimit-Reset", "%lld", (long long)state.reset_s);
    }
    if (state.allowed)
        return true;
    sb_log(call, &(sb_log_event){.type = "api_limit", .description = sb_limit_name(limit)});
    if (r->family == API && limit == SB_LIMIT_API)
        sb_reply_api_error(call->reply, 429, "too_many_requests", "Global limit has been reached");
    else if (r->family == API)
        /* These words were seen in public issues; the envelope around them is a guess
         * (facts/auth0.md 6.1). */
        sb_reply_api_error(call->reply, 429, "too_many_requests",
                           "Global per second %s group limit has been reached",
                           sb_limit_name(limit));
    else
        sb_reply_oauth_error(
            call->reply, 429, "too_many_requests",
            "Too many requests. Check the X-RateLimit-Limit, X-RateLimit-Remaining "
            "and X-RateLimit-Reset HTTP headers.");
    return false;
}

/* Which of the buckets of one kind (facts/auth0.md 6.2)? "" where there is but one. */
static void limit_key(const sb_call *call, sb_limit limit, char key[static 320])
{
    const char *subject = a0_json_text(call->token, "sub");
    const char *email = a0_json_text(call->request->body, "email");
    key[0] = '\0';
    if (limit == SB_LIMIT_USERINFO && subject != NULL)
        snprintf(key, 320, "%s", subject);
    if (limit == SB_LIMIT_CHANGE_PASSWORD)
        snprintf(key, 320, "%s %s", call->request->peer, email != NULL ? email : "");
    if (limit == SB_LIMIT_CHANGE_PASSWORD)
        a0_ascii_lower(key);
}

/* Global bucket first, then the endpoint's own (facts/auth0.md 6.1). A call that the global bucket
 * refuses takes nothing from the second one. A test's own control calls are not counted: they would
 * use up what the test measures. */
static bool within_limits(sb_call *call, const route *r)
{
    if (r->family == CONTROL)
        return true;
    if (!take(call, r, r->family == API ? SB_LIMIT_API : SB_LIMIT_AUTH, ""))
        return false;
    char key[320];
    limit_key(call, r->limit, key);
    return r->limit == SB_LIMIT_NONE || take(call, r, r->limit, key);
}

/* ---- tokens ---- */

/* Of userinfo the scope openid is what counts: its tokens name an API besides (facts/auth0.md 2.1).
 */
static bool aud_ok(const sb_call *call, const route *r, const json_t *claims)
{
    const json_t *audience = json_object_get(claims, "aud");
    if (r->family != API)
        return true;
    return json_is_string(audience) &&
           sb_is_management_audience(call->tenant, json_string_value(audience));
}

/* The texts of these 401 are documented, and were seen (facts/auth0.md 4.0). "Missing
 * authentication" and "Bad audience" are guesses. */
static void refuse_token(sb_call *call, const route *r, const char *message)
{
    if (r->family == API) {
        sb_reply_api_error(call->reply, 401, "invalid_token", "%s", message);
    } else {
        sb_reply_oauth_error(call->reply, 401, "invalid_token", "%s", message);
        sb_reply_header(call->reply, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
    }
}

/* By header; of userinfo also as a parameter, which django-allauth's Auth0 provider relies on. */
static const char *token_of(const sb_call *call, const route *r)
{
    const sb_request *request = call->request;
    if (strncasecmp(request->authorization, "Bearer ", 7) == 0)
        return request->authorization + 7;
    const json_t *all = strcmp(request->method, "POST") == 0 ? request->body : request->query;
    return r->token_in_query ? a0_json_text(all, "access_token") : NULL;
}

static bool check_token(sb_call *call, const route *r, json_t **claims)
{
    const char *token = token_of(call, r);
    *claims = NULL;
    if (r->scopes == NULL)
        return true;
    if (token == NULL) {
        refuse_token(call, r, "Missing authentication");
        return false;
    }
    sb_token_state state = sb_token_check(call->tenant, token, claims);
    if (state == SB_TOKEN_MALFORMED)
        refuse_token(call, r, "Invalid token");
    else if (state == SB_TOKEN_BAD_SIGNATURE)
        refuse_token(call, r, "Invalid signature received for JSON Web Token validation");
    else if (state == SB_TOKEN_EXPIRED)
        refuse_token(call, r, "Expired token received for JSON Web Token validation");
    else if (!aud_ok(call, r, *claims))
        refuse_token(call, r, "Bad audience");
    else
        call->token = *claims;
    return call->token != NULL;
}

/* One of them is enough, and the refusal names them all, as seen (facts/auth0.md 4.0). */
static bool scope_ok(sb_call *call, const route *r)
{
    const char *scope = r->scopes;
    if (scope == NULL || *scope == '\0')
        return true;
    while (*scope != '\0') {
        char one[64];
        size_t len = strcspn(scope, " ");
        snprintf(one, sizeof one, "%.*s", (int)len, scope);
        if (sb_call_has_scope(call, one))
            return true;
        scope += len + strspn(scope + len, " ");
    }
    char expected[160];
    snprintf(expected, sizeof expected, "%s", r->scopes);
    for (char *space = strchr(expected, ' '); space != NULL; space = strchr(space, ' '))
        *space = ',';
    sb_reply_api_error(call->reply, 403, "insufficient_scope",
                       "Insufficient scope, expected any of: %s", expected);
    return false;
}

/* As recorded of bot detection; that the other features' words are alike is a guess. */
static bool plan_ok(sb_call *call, const route *r)
{
    if (r->plan == NULL || !sb_list_has(call->tenant->options.plan_refuses, r->plan))
        return true;
    sb_reply_api_error(call->reply, 403, "insufficient_entitlement",
                       "Please upgrade your subscription to use %s", r->plan);
    return false;
}

/* The conflict is recorded of creates (docs/facts/auth0.md), and assumed of changes; so are the
 * words for a domain that is none. */
static bool domain_ok(sb_call *call, const route *r)
{
    const sb_options *o = &call->tenant->options;
    const char *named = call->request->custom_domain;
    if (r->domain == NO_DOMAIN)
        return true;
    if (*named != '\0' && !sb_list_has(o->custom_domains, named)) {
        sb_reply_api_error(call->reply, 400, "invalid_custom_domain",
                           "The custom domain does not exist or is not verified.");
        return false;
    }
    if (*named != '\0' || r->domain != WANTS_DOMAIN || json_array_size(o->custom_domains) < 2 ||
        o->default_custom_domain[0] != '\0')
        return true;
    sb_reply_api_error(call->reply, 409, "custom_domain_conflict",
                       "The tenant has multiple verified custom domains.");
    return false;
}

/* ---- the way through ---- */

/* A web page can send requests to loopback, but not without Origin and not under our name. The name
 * is looked at as well, for a page's own host name may be made to point to this machine. */
static bool is_local_tool(const sb_tenant *tenant, const sb_request *request)
{
    return sb_is_our_host(tenant, request->host) && *request->origin == '\0';
}

static void refuse_problem(sb_call *call, const route *r, const auth0db_error *problem)
{
    int status = problem->code == AUTH0DB_ERR_TOO_LARGE ? 413 : 400;
    if (r->family == AUTH)
        sb_reply_oauth_error(call->reply, status, "invalid_request", "%s", problem->message);
    else
        sb_reply_api_error(call->reply, status, status == 413 ? "too_large" : "invalid_body",
                           "Payload validation error: '%s'.", problem->message);
}

/* Of an import the whole request counts, with the lines of the multipart form around the file
 * (documented: facts/auth0.md 0, row 11). The handler sees the file alone and cannot tell. */
static bool is_too_large(const sb_call *call, const route *r, const auth0db_error *problem)
{
    return r->body_max > 0 && (call->request->body_size > r->body_max ||
                               (problem != NULL && problem->code == AUTH0DB_ERR_TOO_LARGE));
}

/* The order of the refusals is a guess (facts/auth0.md 9.18): 401, 403, 413, 400. The limits come
 * behind the token, for the bucket of userinfo is the token's user's. What is wrong with the body
 * is said late: whoever may not ask at all learns nothing of it. */
static void execute(sb_call *call, const route *r, const auth0db_error *problem)
{
    json_t *claims = NULL;
    if (check_token(call, r, &claims) && within_limits(call, r) && scope_ok(call, r) &&
        plan_ok(call, r) && domain_ok(call, r)) {
        if (is_too_large(call, r, problem))
            sb_reply_api_error(call->reply, 413, "payload_too_large",
                               "Payload content length greater than maximum allowed: %u.",
                               r->body_max);
        else if (problem != NULL)
            refuse_problem(call, r, problem);
        else if (json_is_array(call->request->body) && !r->takes_array)
            refuse_problem(
                call, r,
                &(auth0db_error){.code = AUTH0DB_ERR_MALFORMED, .message = "expected an object"});
        else
            r->handler(call);
        if (r->bare_json)
            snprintf(call->reply->content_type, sizeof call->reply->content_type,
                     "application/json");
        if (r->family == API && call->reply->status == 204) /* recorded, though nothing follows */
            snprintf(call->reply->content_type, sizeof call->reply->content_type,
                     "application/json; charset=utf-8");
        /* What was refused leaves no entry: "fapi" is not in the catalogue of 2026 (documented:
         * facts/auth0.md 4.13). */
        if (r->log != NULL && call->reply->status < 300)
            sb_log_write(call, r->log);
    }
    json_decref(claims);
}

static void dispatch(sb_call *call, const route *r, const auth0db_error *problem)
{
    if (r == NULL)
        sb_reply_api_error(call->reply, 404, NULL, "Not Found");
    else if (r->family == CONTROL && !is_local_tool(call->tenant, call->request))
        sb_reply_api_error(call->reply, 403, NULL,
                           "The control surface is for tools on this machine.");
    else
        execute(call, r, problem);
}

/* False: it belongs to the time before a reset, and must leave no trace. */
static bool serve(sb_call *call, const route *r, const auth0db_error *problem,
                  sb_delivery *delivery)
{
    sb_tenant *tenant = call->tenant;
    const sb_request *request = call->request;
    family asked = family_of(request);
    json_t *fault =
        asked != CONTROL ? sb_faults_take(tenant->faults, request->method, request->path) : NULL;
    /* A delay lets go of the lock. Other requests go on meanwhile, and one of them may be a reset.
     */
    bool current = sb_fault_delay(fault) == 0 || sb_tenant_wait(tenant, sb_fault_delay(fault));
    /* First carried out, then spoiled: so a test gets the answer that is lost on the way, after a
     * user was made or a job was taken. */
    if (current && sb_fault_executes(fault))
        dispatch(call, r, problem);
    sb_fault_apply(fault, asked == API, call->reply, delivery);
    delivery->drop = delivery->drop || !current;
    json_decref(fault);
    return current;
}

void sb_route(sb_tenant *tenant, const sb_request *request, const auth0db_error *problem,
              sb_reply *reply, sb_delivery *delivery)
{
    sb_call call = {.tenant = tenant, .request = request, .reply = reply};
    const route *r = find_route(request, &call);
    *delivery = (sb_delivery){.cut_at = -1};
    pthread_mutex_lock(&tenant->lock);
    bool served = serve(&call, r, problem, delivery);
    if (served && family_of(request) != CONTROL)
        sb_traffic_add(tenant->traffic,
                       &(sb_traffic_entry){.method = request->method,
                                           .path = request->path,
                                           .route = r != NULL ? r->path : NULL,
                                           .status = delivery->drop ? 0 : reply->status,
                                           .connection = request->connection});
    pthread_mutex_unlock(&tenant->lock);
}
