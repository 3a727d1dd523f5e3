/* What a grant's tokens hold: claims by scope, the audience, and which scopes are granted of those
 * asked for. Whether there is a grant at all was decided before. */
#include "sandbox/login/grants.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "crypto/digest.h"
#include "sandbox/tenant/keys.h"

static void copy_claims(json_t *claims, const json_t *profile, const char *const *names)
{
    for (; *names != NULL; names++) {
        json_t *value = json_object_get(profile, *names);
        if (value != NULL)
            json_object_set(claims, *names, value);
    }
}

/* No user name and no metadata: those come through an Action alone (documented: facts/auth0.md
 * 2.1). */
static void add_profile_claims(json_t *claims, const json_t *profile, const char *scope)
{
    static const char *const by_profile[] = {"name",    "family_name", "given_name", "nickname",
                                             "picture", "updated_at",  NULL};
    static const char *const by_email[] = {"email", "email_verified", NULL};
    if (sb_has_word(scope, "profile"))
        copy_claims(claims, profile, by_profile);
    if (sb_has_word(scope, "email"))
        copy_claims(claims, profile, by_email);
    if (sb_has_word(scope, "phone") && json_object_get(profile, "phone_number") != NULL)
        json_object_set(claims, "phone_number", json_object_get(profile, "phone_number"));
}

/* at_hash: left half of the access token's SHA-256, base64url (OpenID Connect Core 3.1.3.6) */
static void add_at_hash(json_t *claims, const char *access_token)
{
    uint8_t digest[A0_DIGEST_MAX];
    char text[A0_B64_LEN(16) + 1];
    a0_slice part = {access_token, strlen(access_token)};
    if (a0_digest("sha256", &part, 1, digest, NULL) != AUTH0DB_OK)
        return;
    a0_base64_encode(A0_B64_URL, digest, 16, text);
    json_object_set_new(claims, "at_hash", json_string(text));
}

static int mint_access(sb_call *call, const sb_grant *grant, const char *scope, a0_buf *token)
{
    char base[300], issuer[310], userinfo[320];
    const char *audience = grant->audience;
    sb_call_base(call, base);
    snprintf(issuer, sizeof issuer, "%s/", base);
    snprintf(userinfo, sizeof userinfo, "%s/userinfo", base);
    json_t *claims = json_pack("{s:s, s:s, s:s, s:s}", "iss", issuer, "sub",
                               sb_user_text(grant->user, "user_id"), "azp", call->tenant->client_id,
                               "scope", scope);
    if (grant->gty != NULL)
        json_object_set_new(claims, "gty", json_string(grant->gty));
    if (audience != NULL && *audience != '\0' && strcmp(audience, userinfo) != 0)
        /* With openid the token opens userinfo as well (documented: facts/auth0.md 2.1). */
        json_object_set_new(claims, "aud",
                            sb_has_word(scope, "openid") ? json_pack("[s, s]", audience, userinfo)
                                                         : json_string(audience));
    else
        json_object_set_new(claims, "aud", json_string(userinfo));
    return sb_token_mint(call->tenant, claims, call->tenant->options.token_lifetime_s, token, NULL);
}

static int mint_id(sb_call *call, const sb_grant *grant, const char *scope,
                   const char *access_token, a0_buf *token)
{
    char base[300], issuer[310];
    sb_call_base(call, base);
    snprintf(issuer, sizeof issuer, "%s/", base);
    json_t *claims =
        json_pack("{s:s, s:s, s:s}", "iss", issuer, "sub", sb_user_text(grant->user, "user_id"),
                  "aud", call->tenant->client_id);
    add_profile_claims(claims, grant->user->profile, scope);
    if (grant->more != NULL)
        json_object_update(claims, (json_t *)grant->more);
    add_at_hash(claims, access_token);
    return sb_token_mint(call->tenant, claims, call->tenant->options.id_token_lifetime_s, token,
                         NULL);
}

/* ---- scopes ---- */

/* `scope` is a string of words or, as Auth0 takes it too, an array of them. */
bool sb_scope_has(const json_t *scope, const char *word)
{
    return json_is_array(scope) ? sb_list_has(scope, word)
                                : sb_has_word(json_string_value(scope), word);
}

/* The scopes that a user's own token can hold here; to a password grant, all of OpenID Connect's
 * for "openid" alone. */
static void granted_scope(const sb_grant *grant, char out[static SB_SCOPE_MAX])
{
    static const char *const known[] = {"openid", "profile", "email", "phone", "offline_access"};
    const json_t *scope = grant->scope;
    const char *text = json_string_value(scope);
    /* offline_access stands last, and is granted only where there is a token to show for it. */
    size_t n = A0_COUNT(known) - (grant->refresh_token != NULL ? 0 : 1);
    out[0] = '\0';
    if (!grant->as_asked &&
        (scope == NULL || json_is_null(scope) || (text != NULL && strcmp(text, "openid") == 0))) {
        snprintf(out, SB_SCOPE_MAX, "openid profile email");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (sb_scope_has(scope, known[i]))
            snprintf(out + strlen(out), SB_SCOPE_MAX - strlen(out), "%s%s",
                     out[0] != '\0' ? " " : "", known[i]);
    }
}

void sb_grant_reply(sb_call *call, const sb_grant *grant)
{
    char scope[SB_SCOPE_MAX];
    a0_buf access = {0}, id = {0};
    granted_scope(grant, scope);
    int rc = mint_access(call, grant, scope, &access);
    if (rc == AUTH0DB_OK && sb_has_word(scope, "openid"))
        rc = mint_id(call, grant, scope, a0_buf_text(&access), &id);
    if (rc != AUTH0DB_OK) {
        sb_reply_oauth_error(call->reply, 500, "server_error", "The token could not be made.");
    } else {
        /* The scope always comes along, though documented only where it differs from what was asked
         * (facts/auth0.md 1.3). */
        json_t *body = json_pack("{s:s, s:s, s:s, s:I}", "access_token", a0_buf_text(&access),
                                 "scope", scope, "token_type", "Bearer", "expires_in",
                                 (json_int_t)call->tenant->options.token_lifetime_s);
        if (id.len > 0)
            json_object_set_new(body, "id_token", json_string(a0_buf_text(&id)));
        if (grant->refresh_token != NULL)
            json_object_set_new(body, "refresh_token", json_string(grant->refresh_token));
        sb_reply_json(call->reply, 200, body);
    }
    a0_buf_clear(&access);
    a0_buf_clear(&id);
}
