/* What a code and a refresh token are good for: the tokens at a web login's end. Who may call was
 * decided in api_oauth.c. */
#include "sandbox/api/api_codes.h"

#include <string.h>

#include "base/encode.h"
#include "base/secret.h"
#include "crypto/digest.h"
#include "sandbox/login/grants.h"
#include "sandbox/login/login_records.h"
#include "sandbox/login/login_web.h"
#include "sandbox/tenant/tenant_log.h"

static void log_exchange(sb_call *call, const char *type, const char *what, const sb_user *user)
{
    bool known = user->profile != NULL;
    sb_log(call, &(sb_log_event){.type = type,
                                 .description = what,
                                 .user_id = known ? sb_user_text(user, "user_id") : NULL,
                                 .user_name = known ? sb_user_text(user, "email") : NULL,
                                 .connection = known ? user->connection : NULL});
}

static bool refuse(sb_call *call, const char *said)
{
    sb_reply_oauth_error(call->reply, 403, "invalid_grant", "%s", said);
    return false;
}

/* ---- claims ---- */

/* auth_time comes where the caller cares for it (max_age, prompt=login), amr after a second factor,
 * but neither in a silent login nor in a refresh. */
static json_t *claims_of(sb_call *call, const json_t *login, bool refreshed)
{
    json_t *claims = json_object();
    const char *nonce = a0_json_text(login, "nonce"), *org = a0_json_text(login, "organization");
    json_object_set(claims, "sid", json_object_get(login, "sid"));
    if (org != NULL)
        json_object_set_new(claims, "org_id", json_string(org));
    if (refreshed)
        return claims;
    if (nonce != NULL)
        json_object_set_new(claims, "nonce", json_string(nonce));
    if (a0_json_text(login, "max_age") != NULL ||
        sb_has_word(a0_json_text(login, "prompt"), "login"))
        json_object_set_new(
            claims, "auth_time",
            json_integer(sb_web_date_s(call->tenant, a0_json_int(login, "at_ms", 0))));
    if (a0_json_true(login, "mfa") && !sb_has_word(a0_json_text(login, "prompt"), "none"))
        json_object_set_new(claims, "amr", json_pack("[s]", "mfa"));
    return claims;
}

/* offline_access and the application's own grant type, or there is none. */
static bool wants_refresh_token(const sb_call *call, const json_t *login)
{
    return sb_has_word(a0_json_text(login, "scope"), "offline_access") &&
           sb_list_has(call->tenant->options.grant_types, "refresh_token");
}

/* ---- authorization_code ---- */

/* A verifier without a challenge is refused too: who sends one believes that it protects him. The
 * words were published in a test, their status is a guess. */
static bool verifier_ok(sb_call *call, const json_t *login, sb_client_proof proof)
{
    uint8_t digest[A0_DIGEST_MAX];
    char text[A0_B64_LEN(32) + 1];
    const char *challenge = a0_json_text(login, "code_challenge");
    const char *verifier = a0_json_text(call->request->body, "code_verifier");
    size_t len = verifier != NULL ? strlen(verifier) : 0;
    a0_slice part = {verifier, len};
    /* Without a secret the verifier is all that ties the code to whoever asked for it. */
    if (challenge == NULL && proof == SB_CLIENT_ANONYMOUS)
        return refuse(call, "A public client needs a code_challenge");
    if (challenge == NULL && verifier == NULL)
        return true;
    if (challenge == NULL || len < 43 || len > 128 ||
        a0_digest("sha256", &part, 1, digest, NULL) != AUTH0DB_OK)
        return refuse(call, "Failed to verify code verifier");
    a0_base64_encode(A0_B64_URL, digest, 32, text);
    return (strlen(challenge) == strlen(text) && a0_secret_equal(text, challenge, strlen(text))) ||
           refuse(call, "Failed to verify code verifier");
}

/* The whole redirect_uri again, its query too. Compared to the letter, though the callback was
 * allowed without its query: it is the same request's second half. */
static bool redirect_ok(sb_call *call, const json_t *login)
{
    const char *url = a0_json_text(call->request->body, "redirect_uri");
    if (url != NULL && strcmp(url, a0_json_text(login, "redirect_uri")) == 0)
        return true;
    sb_reply_oauth_error(
        call->reply, url == NULL ? 400 : 403, url == NULL ? "invalid_request" : "invalid_grant",
        url == NULL ? "Missing required parameter: redirect_uri" : "The redirect URI is wrong.");
    return false;
}

/* A refreshed answer has the same refresh token again, and a narrower scope is for this answer
 * alone. */
static void answer(sb_call *call, const json_t *login, const sb_user *user, bool refreshed)
{
    char refresh[SB_RECORD_TEXT_LEN + 1] = "";
    const char *narrower = refreshed ? a0_json_text(call->request->body, "scope") : NULL;
    const char *given = a0_json_text(call->request->body, "refresh_token");
    json_t *claims = claims_of(call, login, refreshed);
    json_t *scope = json_string(narrower != NULL ? narrower : a0_json_text(login, "scope"));
    bool offline = wants_refresh_token(call, login);
    if (offline && !refreshed &&
        sb_record_make(call->tenant, SB_RECORD_REFRESH, login, refresh) != AUTH0DB_OK)
        offline = false;
    sb_grant_reply(call, &(sb_grant){.user = user,
                                     .scope = scope,
                                     .as_asked = true,
                                     .audience = a0_json_text(login, "audience"),
                                     .gty = refreshed ? "refresh_token" : NULL,
                                     .more = claims,
                                     .refresh_token = !offline    ? NULL
                                                      : refreshed ? given
                                                                  : refresh});
    a0_wipe(refresh, sizeof refresh);
    json_decref(claims);
    json_decref(scope);
}

/* Spent before it is looked at: a code that was shown to us is good for nothing any more, so that
 * verifiers and addresses cannot be tried out. */
void sb_code_grant(sb_call *call, sb_client_proof proof)
{
    sb_record code;
    sb_user user = {0};
    const char *text = sb_required(call, "code");
    if (text == NULL)
        return;
    if (!sb_record_find(call->tenant, SB_RECORD_CODE, text, &code) ||
        !sb_record_take(call->tenant, &code) ||
        !sb_user_by_seq(call->tenant, a0_json_int(code.data, "user", 0), &user))
        refuse(call, "Invalid authorization code");
    else if (redirect_ok(call, code.data) && verifier_ok(call, code.data, proof))
        answer(call, code.data, &user, false);
    bool granted = call->reply->status == 200;
    log_exchange(call, granted ? "seacft" : "feacft",
                 granted ? "Exchange of Authorization Code for Access Token"
                         : "Authorization Code refused",
                 &user);
    sb_record_clear(&code);
    sb_user_clear(&user);
}

/* ---- refresh_token ---- */

/* A scope may be narrowed, and never widened. */
static bool scope_ok(sb_call *call, const json_t *login)
{
    const char *asked = a0_json_text(call->request->body, "scope");
    const char *first = a0_json_text(login, "scope");
    while (asked != NULL && *asked != '\0') {
        char word[64] = "";
        size_t len = strcspn(asked, " ");
        if (len < sizeof word)
            memcpy(word, asked, len);
        if (len > 0 && !sb_has_word(first, word)) {
            sb_reply_oauth_error(call->reply, 403, "invalid_scope",
                                 "The scope was not granted with the refresh token.");
            return false;
        }
        asked += len + strspn(asked + len, " ");
    }
    return true;
}

/* The user is looked at each time, since the token lives for a month. That a blocked one is refused
 * was seen at Auth0 in other words: "user is blocked" (facts/auth0.md 1.4). The token stays as it
 * is: it does not rotate. */
void sb_refresh_grant(sb_call *call)
{
    sb_record token;
    sb_user user = {0};
    const char *text = sb_required(call, "refresh_token");
    if (text == NULL)
        return;
    if (!sb_record_find(call->tenant, SB_RECORD_REFRESH, text, &token) ||
        !sb_user_by_seq(call->tenant, a0_json_int(token.data, "user", 0), &user) ||
        a0_json_true(user.profile, "blocked"))
        refuse(call, "Unknown or invalid refresh token.");
    else if (scope_ok(call, token.data))
        answer(call, token.data, &user, true);
    bool granted = call->reply->status == 200;
    log_exchange(call, granted ? "sertft" : "fertft",
                 granted ? "Exchange of Refresh Token for Access Token" : "Refresh Token refused",
                 &user);
    sb_record_clear(&token);
    sb_user_clear(&user);
}

/* 200 whether or not there was such a token (RFC 7009, 2.2). The caller is checked first, or
 * anybody could end the sessions of others. */
void sb_oauth_revoke(sb_call *call)
{
    sb_record token;
    if (sb_check_client(call) == SB_CLIENT_REFUSED)
        return;
    const char *text = sb_required(call, "token");
    if (text == NULL)
        return;
    if (sb_record_find(call->tenant, SB_RECORD_REFRESH, text, &token))
        (void)!sb_record_take(call->tenant, &token);
    sb_record_clear(&token);
    sb_reply_empty(call->reply, 200);
}
