/* The token endpoint: who calls, by which grant, for which API. Passwords go on in login.c, codes
 * and refresh tokens in api_codes.c. */
#include "sandbox/api/api_oauth.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/secret.h"
#include "sandbox/api/api_codes.h"
#include "sandbox/login/assertion.h"
#include "sandbox/login/grants.h"
#include "sandbox/login/login.h"
#include "sandbox/tenant/keys.h"
#include "sandbox/tenant/tenant_log.h"

static const char realm_grant[] = "http://auth0.com/oauth/grant-type/password-realm";

/* ---- who calls ---- */

/* HTTP Basic: "id:secret", percent-encoded by RFC 6749; ours hold no character that needs it. */
static bool basic_credentials(const char *authorization, char id[static 300],
                              char secret[static 300])
{
    char text[600];
    if (strncasecmp(authorization, "Basic ", 6) != 0)
        return false;
    long n = a0_base64_decode(A0_B64, authorization + 6, strlen(authorization + 6), text,
                              sizeof text - 1);
    if (n < 0)
        return false;
    text[n] = '\0';
    const char *colon = strchr(text, ':');
    bool ok = colon != NULL && colon - text < 300 && strlen(colon + 1) < 300;
    if (ok) {
        snprintf(id, 300, "%.*s", (int)(colon - text), text);
        snprintf(secret, 300, "%s", colon + 1);
    }
    a0_wipe(text, sizeof text);
    return ok;
}

/* In one time whatever was sent, so that nobody finds the secret letter by letter; its length is no
 * secret. */
static bool secret_ok(const sb_tenant *tenant, const char *secret)
{
    size_t len = strlen(tenant->client_secret);
    return strlen(secret) == len && a0_secret_equal(secret, tenant->client_secret, len);
}

/* facts/auth0.md 1.7: an application has one method, and takes nothing else for it. */
static bool key_ok(sb_call *call)
{
    static const char jwt_bearer[] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    const json_t *body = call->request->body;
    const char *type = a0_json_text(body, "client_assertion_type");
    const char *assertion = a0_json_text(body, "client_assertion");
    char base[300], issuer[310];
    sb_call_base(call, base);
    snprintf(issuer, sizeof issuer, "%s/", base);
    return type != NULL && assertion != NULL && strcmp(type, jwt_bearer) == 0 &&
           sb_assertion_ok(call->tenant, assertion, issuer);
}

/* An unknown application is told from a wrong secret, as of old (facts/auth0.md 1.4); a client id
 * is no secret. Where a key is registered, a right secret is refused as well. */
sb_client_proof sb_check_client(sb_call *call)
{
    const json_t *body = call->request->body;
    char basic_id[300] = "", basic_secret[300] = "";
    bool basic = basic_credentials(call->request->authorization, basic_id, basic_secret);
    const char *id = basic ? basic_id : a0_json_text(body, "client_id");
    const char *secret = basic ? basic_secret : a0_json_text(body, "client_secret");
    sb_client_proof proof = SB_CLIENT_REFUSED;
    if (id == NULL)
        sb_reply_oauth_error(call->reply, 400, "invalid_request",
                             "Missing required parameter: client_id");
    else if (strcmp(id, call->tenant->client_id) != 0)
        sb_reply_oauth_error(call->reply, 403, "unauthorized_client", "invalid client");
    else if (call->tenant->options.client_auth == SB_CLIENT_KEY && key_ok(call))
        proof = SB_CLIENT_BY_KEY;
    else if (call->tenant->options.client_auth == SB_CLIENT_KEY)
        /* A guess, as every refusal of a key (facts/auth0.md 1.7). */
        sb_reply_oauth_error(call->reply, 401, "invalid_client", "Client authentication failed");
    else if (secret != NULL && secret_ok(call->tenant, secret))
        proof = SB_CLIENT_BY_SECRET;
    else if (secret == NULL && call->tenant->options.client_auth == SB_CLIENT_NONE)
        proof = SB_CLIENT_ANONYMOUS;
    else
        sb_reply_oauth_error(call->reply, 401, "access_denied", "Unauthorized");
    a0_wipe(basic_secret, sizeof basic_secret);
    return proof;
}

/* facts/auth0.md 1.2: believed only with the secret, the application's switch, and one address as
 * value. Anything else in the header is passed over: not documented, so a guess (facts/auth0.md
 * 9.7). Then all the site's users share the caller's address. */
static const char *login_ip(const sb_call *call, sb_client_proof proof)
{
    unsigned char address[16];
    const char *value = call->request->forwarded_for;
    bool is_address =
        inet_pton(AF_INET, value, address) == 1 || inet_pton(AF_INET6, value, address) == 1;
    return proof == SB_CLIENT_BY_SECRET && call->tenant->options.trust_forwarded_for && is_address
               ? value
               : call->request->peer;
}

/* Seen in a fixture of an SDK (facts/auth0.md 1.4). */
static bool scope_ok(sb_call *call)
{
    const json_t *scope = json_object_get(call->request->body, "scope");
    size_t i;
    json_t *word;
    /* null counts as none: auth0-python sends it */
    bool ok = scope == NULL || json_is_null(scope) || json_is_string(scope) || json_is_array(scope);
    json_array_foreach(scope, i, word)
    {
        ok = ok && json_is_string(word);
    }
    if (!ok)
        sb_reply_oauth_error(call->reply, 400, "invalid_scope",
                             "Scope must be an array or a string");
    return ok;
}

/* ---- the grants ---- */

/* Documented; older pages have other words (facts/auth0.md 1.4). */
const char *sb_required(sb_call *call, const char *name)
{
    const json_t *value = json_object_get(call->request->body, name);
    const char *text = a0_json_text(call->request->body, name);
    if (value == NULL)
        sb_reply_oauth_error(call->reply, 400, "invalid_request", "Missing required parameter: %s",
                             name);
    else if (text == NULL)
        sb_reply_oauth_error(call->reply, 400, "invalid_request", "Invalid parameter: %s", name);
    return text;
}

/* None and "" mean userinfo (a guess: facts/auth0.md 1.1). */
bool sb_is_audience(const sb_call *call, const char *audience)
{
    char base[300], userinfo[320];
    sb_call_base(call, base);
    snprintf(userinfo, sizeof userinfo, "%s/userinfo", base);
    return audience == NULL || *audience == '\0' || strcmp(audience, userinfo) == 0 ||
           sb_list_has(call->tenant->options.audiences, audience);
}

/* Status and words are a guess (facts/auth0.md 1.4). */
static bool audience_ok(sb_call *call)
{
    const char *audience = a0_json_text(call->request->body, "audience");
    if (sb_is_audience(call, audience))
        return true;
    sb_reply_oauth_error(call->reply, 403, "access_denied", "Service not found: %.200s", audience);
    return false;
}

/* The plain password grant names no connection; without a default directory its answer is a 500, as
 * seen (facts/auth0.md 1.4). */
static const char *connection_of(sb_call *call, const char *grant)
{
    if (strcmp(grant, realm_grant) == 0)
        return sb_required(call, "realm");
    const char *directory = call->tenant->options.default_directory;
    if (*directory != '\0')
        return directory;
    sb_reply_oauth_error(call->reply, 500, "server_error",
                         "Authorization server not configured with default connection.");
    return NULL;
}

/* All that is wrong with the request is said before the password is looked at: malformed requests
 * count against nobody (documented: facts/auth0.md 8). */
static void password_grant(sb_call *call, const char *grant, sb_client_proof proof)
{
    sb_login login = {.ip = login_ip(call, proof)};
    sb_user user = {0};
    if ((login.identifier = sb_required(call, "username")) == NULL ||
        (login.password = sb_required(call, "password")) == NULL ||
        (login.connection = connection_of(call, grant)) == NULL || !audience_ok(call) ||
        !scope_ok(call))
        return;
    if (!sb_login_run(call, &login, &user))
        return;
    sb_grant_reply(call, &(sb_grant){.user = &user,
                                     .scope = json_object_get(call->request->body, "scope"),
                                     .audience = a0_json_text(call->request->body, "audience"),
                                     .gty = "password"});
    sb_user_clear(&user);
}

json_t *sb_all_scopes(const sb_tenant *tenant)
{
    a0_buf text = {0};
    size_t i;
    json_t *scope;
    json_array_foreach(tenant->options.scopes, i, scope)
    {
        if (a0_buf_printf(&text, "%s%s", i > 0 ? " " : "", json_string_value(scope)) != AUTH0DB_OK)
            break;
    }
    json_t *value = json_string(a0_buf_text(&text));
    a0_buf_clear(&text);
    return value;
}

bool sb_reply_machine_token(sb_call *call, const char *audience, json_t *scope, int64_t lifetime_s)
{
    char base[300], issuer[310], subject[80];
    a0_buf token = {0};
    sb_call_base(call, base);
    snprintf(issuer, sizeof issuer, "%s/", base);
    snprintf(subject, sizeof subject, "%s@clients", call->tenant->client_id);
    json_t *claims =
        json_pack("{s:s, s:s, s:s, s:s, s:O, s:s}", "iss", issuer, "sub", subject, "aud", audience,
                  "azp", call->tenant->client_id, "scope", scope, "gty", "client-credentials");
    bool made = sb_token_mint(call->tenant, claims, lifetime_s, &token, NULL) == AUTH0DB_OK;
    if (made) {
        json_t *body = json_pack("{s:s, s:I, s:s}", "access_token", a0_buf_text(&token),
                                 "expires_in", (json_int_t)lifetime_s, "token_type", "Bearer");
        if (*json_string_value(scope) != '\0') /* recorded: an API without scopes has none */
            json_object_set(body, "scope", scope);
        sb_reply_json(call->reply, 200, body);
    }
    json_decref(scope);
    a0_buf_clear(&token);
    return made;
}

/* The words for a missing grant were seen, its status and an unknown audience are guesses
 * (facts/auth0.md 1.6). */
static void client_credentials_grant(sb_call *call, sb_client_proof proof)
{
    const char *audience = sb_required(call, "audience");
    if (audience == NULL)
        return;
    /* A machine's token proves the machine, so a public client gets none. */
    if (proof == SB_CLIENT_ANONYMOUS) {
        sb_reply_oauth_error(call->reply, 401, "access_denied", "Unauthorized");
        return;
    }
    bool management = sb_is_management_audience(call->tenant, audience);
    if (!management && !sb_list_has(call->tenant->options.audiences, audience)) {
        sb_reply_oauth_error(call->reply, 403, "access_denied", "Service not found: %.200s",
                             audience);
        return;
    }
    if (management && json_array_size(call->tenant->options.scopes) == 0) {
        sb_reply_oauth_error(
            call->reply, 403, "access_denied",
            "Client is not authorized to access \"%.200s\". You might probably want "
            "to create a \"client-grant\" associated to this API.",
            audience);
        return;
    }
    json_t *scope = management ? sb_all_scopes(call->tenant) : json_string("");
    sb_log(call, &(sb_log_event){
                     .type = "seccft", .description = "", .audience = audience, .scope = scope});
    if (!sb_reply_machine_token(call, audience, scope, call->tenant->options.token_lifetime_s))
        sb_reply_oauth_error(call->reply, 500, "server_error", "The token could not be made.");
}

/* The application is checked before its grant types: who is not the application does not learn what
 * it may do. */
void sb_oauth_token(sb_call *call)
{
    static const char *const grants[] = {realm_grant, "password", "client_credentials",
                                         "authorization_code", "refresh_token"};
    if (call->request->body == NULL) {
        sb_reply_oauth_error(call->reply, 400, "invalid_request",
                             "Missing required parameter: grant_type");
        return;
    }
    const char *grant = sb_required(call, "grant_type");
    size_t which = 0;
    if (grant == NULL)
        return;
    while (which < A0_COUNT(grants) && strcmp(grants[which], grant) != 0)
        which++;
    /* Documented (facts/auth0.md 1.4). */
    if (which == A0_COUNT(grants)) {
        sb_reply_oauth_error(call->reply, 400, "unsupported_grant_type",
                             "Grant type not supported");
        return;
    }
    sb_client_proof proof = sb_check_client(call);
    /* Seen (facts/auth0.md 1.4). */
    if (proof != SB_CLIENT_REFUSED && !sb_list_has(call->tenant->options.grant_types, grant))
        sb_reply_oauth_error(call->reply, 403, "unauthorized_client",
                             "Grant type '%s' not allowed for the client.", grant);
    else if (proof != SB_CLIENT_REFUSED && which == 2)
        client_credentials_grant(call, proof);
    else if (proof != SB_CLIENT_REFUSED && which == 3)
        sb_code_grant(call, proof);
    else if (proof != SB_CLIENT_REFUSED && which == 4)
        sb_refresh_grant(call);
    else if (proof != SB_CLIENT_REFUSED)
        password_grant(call, grant, proof);
    /* The other grants log their refusals themselves, for they know of which user. */
    if (which == 2 && call->reply->status != 200)
        sb_log(call,
               &(sb_log_event){.type = "feccft", .description = "Client Credentials refused"});
    sb_reply_header(call->reply, "Cache-Control", "no-store");
}
