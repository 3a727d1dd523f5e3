/* userinfo, key set and discovery: facts/auth0.md section 2. Discovery names what is there and
 * nothing else: a library that reads it must not try what would be refused. */
#include <stdio.h>
#include <string.h>

#include "sandbox/api/api_oauth.h"
#include "sandbox/tenant/keys.h"
#include "sandbox/tenant/users.h"

/* As in the ID token (grants.c): a user's own metadata is in neither. */
static bool in_scope(const sb_call *call, const char *claim)
{
    static const char *const by_profile[] = {"name",     "family_name", "given_name",
                                             "nickname", "picture",     "updated_at"};
    for (size_t i = 0; i < A0_COUNT(by_profile); i++) {
        if (strcmp(by_profile[i], claim) == 0)
            return sb_call_has_scope(call, "profile");
    }
    if (strcmp(claim, "email") == 0 || strcmp(claim, "email_verified") == 0)
        return sb_call_has_scope(call, "email");
    return strcmp(claim, "phone_number") == 0 && sb_call_has_scope(call, "phone");
}

/* A user who was deleted since makes the token worthless. */
void sb_userinfo(sb_call *call)
{
    sb_user user;
    const char *subject = a0_json_text(call->token, "sub"), *name;
    json_t *value;
    if (subject == NULL || !sb_call_has_scope(call, "openid") ||
        !sb_user_by_id(call->tenant, subject, &user)) {
        /* Documented, but for the text (facts/auth0.md 2.2). */
        sb_reply_oauth_error(call->reply, 401, "invalid_token",
                             "The access token is not valid here.");
        return;
    }
    json_t *body = json_pack("{s:s}", "sub", subject);
    json_object_foreach(user.profile, name, value)
    {
        if (in_scope(call, name))
            json_object_set(body, name, value);
    }
    sb_reply_json(call->reply, 200, body);
    sb_user_clear(&user);
}

void sb_jwks(sb_call *call)
{
    sb_reply_json(call->reply, 200, sb_keys_jwks(call->tenant));
    sb_reply_header(call->reply, "Cache-Control", "public, max-age=15, stale-while-revalidate=15");
}

static json_t *words(const char *text)
{
    json_t *list = json_array();
    while (*text != '\0') {
        size_t n = strcspn(text, " ");
        json_array_append_new(list, json_stringn(text, n));
        text += n + strspn(text + n, " ");
    }
    return list;
}

void sb_discovery(sb_call *call)
{
    static const struct {
        const char *name, *path;
    } endpoints[] = {
        {"issuer", "/"},
        {"authorization_endpoint", "/authorize"},
        {"token_endpoint", "/oauth/token"},
        {"userinfo_endpoint", "/userinfo"},
        {"jwks_uri", "/.well-known/jwks.json"},
        {"revocation_endpoint", "/oauth/revoke"},
    };
    static const struct {
        const char *name, *words;
    } lists[] = {
        {"scopes_supported", "openid profile email phone offline_access"},
        {"response_types_supported", "code"},
        {"code_challenge_methods_supported", "S256"},
        {"response_modes_supported", "query form_post"},
        {"subject_types_supported", "public"},
        /* Auth0 names HS256 and PS256 besides (documented: facts/auth0.md 2.4); nothing here signs
         * by them. */
        {"id_token_signing_alg_values_supported", "RS256"},
        {"token_endpoint_auth_methods_supported", "client_secret_basic client_secret_post"},
        {"grant_types_supported", "authorization_code refresh_token client_credentials password "
                                  "http://auth0.com/oauth/grant-type/password-realm"},
        {"prompt_values_supported", "none login select_account consent"},
        {"claims_supported",
         "amr aud auth_time email email_verified exp family_name given_name iat iss name nickname "
         "nonce org_id phone_number picture sid sub updated_at"},
    };
    char base[300], url[360];
    sb_call_base(call, base);
    json_t *body = json_pack("{s:b, s:b}", "request_uri_parameter_supported", 0,
                             "request_parameter_supported", 0);
    for (size_t i = 0; i < A0_COUNT(endpoints); i++) {
        snprintf(url, sizeof url, "%s%s", base, endpoints[i].path);
        json_object_set_new(body, endpoints[i].name, json_string(url));
    }
    if (call->tenant->options.end_session_in_discovery) {
        snprintf(url, sizeof url, "%s/oidc/logout", base);
        json_object_set_new(body, "end_session_endpoint", json_string(url));
    }
    for (size_t i = 0; i < A0_COUNT(lists); i++)
        json_object_set_new(body, lists[i].name, words(lists[i].words));
    sb_reply_json(call->reply, 200, body);
}
