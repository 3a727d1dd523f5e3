/* The management token: one for all threads, fetched when it is needed, renewed before it ends, and
 * the scopes that it has. What a refused token means for a call, a0_manage decides. */
#include <string.h>

#include "auth0/client_int.h"
#include "base/encode.h"
#include "base/mem.h"
#include "base/secret.h"

enum {
    LIFE_DEFAULT_S = 300,  /* where the answer names none */
    LIFE_MAX_S = 2592000,  /* Auth0's own maximum */
    TOKEN_MAX_LEN = 16384, /* headers beyond this are refused on the way anyway */
    SCOPE_MAX_LEN = 8192,
    RENEW_PAUSE_MS = 30000, /* after an early renewal that failed */
};

/* What a token answer held. */
typedef struct fetched {
    a0_buf text, scope;
    int64_t life_s;
} fetched;

/* Nobody has verified it, so what it says serves for times and for messages. Whether the token is
 * any good the Management API decides. */
json_t *a0_jwt_peek(const char *token)
{
    json_t *payload = NULL;
    const char *first = strchr(token, '.');
    const char *second = first != NULL ? strchr(first + 1, '.') : NULL;
    if (second == NULL)
        return NULL;
    size_t len = (size_t)(second - first - 1);
    char *text = a0_alloc(len + 1);
    long n = text != NULL ? a0_base64_decode(A0_B64_URL, first + 1, len, text, len + 1) : A0_BAD;
    if (n < 0 || a0_json_parse(&payload, text, (size_t)n, "token", NULL) != AUTH0DB_OK)
        payload = NULL;
    if (text != NULL)
        a0_wipe(text, len + 1);
    a0_free(text);
    return payload;
}

/* expires_in may be longer than the token's own life (facts/auth0.md 9.34): the shorter counts.
 * Taken from exp - iat, so that no clock of ours comes in. */
static int64_t life_of(const json_t *answer, const json_t *payload)
{
    json_int_t life = a0_json_int(answer, "expires_in", LIFE_DEFAULT_S);
    json_int_t iat = a0_json_int(payload, "iat", 0), exp = a0_json_int(payload, "exp", 0);
    if (iat > 0 && exp > iat && exp - iat < life)
        life = exp - iat;
    /* The least is a second: a token of no life would be fetched anew by every call, for ever. */
    return life < 1 ? 1 : life > LIFE_MAX_S ? LIFE_MAX_S : life;
}

static auth0db_outcome read_answer(a0_call *call, const json_t *answer, fetched *out)
{
    const char *token = a0_json_text(answer, "access_token");
    if (token == NULL || *token == '\0' || strlen(token) > TOKEN_MAX_LEN)
        return a0_call_malformed(call, "access_token", "holds no token");
    /* It becomes a header, so it may hold nothing that ends one. */
    for (const char *p = token; *p != '\0'; p++) {
        if ((unsigned char)*p <= 0x20 || (unsigned char)*p > 0x7e)
            return a0_call_malformed(call, "access_token", "holds a token with strange characters");
    }
    json_t *payload = a0_jwt_peek(token);
    const char *scope = a0_json_text(answer, "scope");
    if (scope == NULL)
        scope = a0_json_text(payload, "scope");
    /* Not told is unknown, and no failure: a call without its scope is refused when it is made. */
    if (scope == NULL || strlen(scope) > SCOPE_MAX_LEN)
        scope = "";
    out->life_s = life_of(answer, payload);
    int rc = a0_buf_puts(&out->text, token);
    if (rc == AUTH0DB_OK)
        rc = a0_buf_puts(&out->scope, scope);
    json_decref(payload);
    return rc == AUTH0DB_OK ? AUTH0DB_OUTCOME_OK : a0_call_no_memory(call);
}

static int add_text(a0_http_request *request, const char *name, const char *value)
{
    return a0_http_add_field(request, name, value, strlen(value));
}

static int build_request(a0_call *call, const a0_app *app, unsigned which, a0_http_request *request)
{
    a0_buf audience = {0};
    int rc = a0_url(call->client, request, "/oauth/token", NULL);
    if (rc == AUTH0DB_OK)
        /* The API is named by the tenant's own domain, also where the request goes to a custom one.
         */
        rc = a0_buf_printf(&audience, "%s/api/v2/", call->client->tenant_url.text);
    if (rc == AUTH0DB_OK)
        rc = add_text(request, "grant_type", "client_credentials");
    if (rc == AUTH0DB_OK)
        rc = add_text(request, "client_id", app->id);
    if (rc == AUTH0DB_OK)
        rc = a0_app_prove(call, app, which, request);
    if (rc == AUTH0DB_OK)
        rc = add_text(request, "audience", a0_buf_text(&audience));
    a0_buf_clear(&audience);
    return rc;
}

static auth0db_outcome fetch_with(a0_call *call, const a0_app *app, unsigned which, a0_sent *sent,
                                  fetched *out)
{
    a0_http_request request = {.method = "POST",
                               .content_type = "application/x-www-form-urlencoded"};
    a0_http_response response = {0};
    json_t *answer = NULL;
    const char *what = call->what;
    call->what = "management token";
    auth0db_outcome outcome = build_request(call, app, which, &request) == AUTH0DB_OK
                                  ? a0_exchange(call, A0_OP_TOKEN, &request, &response, sent)
                                  : a0_call_no_memory(call);
    if (outcome == AUTH0DB_OUTCOME_OK)
        outcome = a0_call_json(call, &response, false, &answer);
    if (outcome == AUTH0DB_OUTCOME_OK)
        outcome = read_answer(call, answer, out);
    a0_tokens_wipe(answer);
    json_decref(answer);
    a0_http_request_clear(&request);
    a0_http_response_clear(&response);
    call->what = what;
    return outcome;
}

static auth0db_outcome fetch(a0_call *call, fetched *out)
{
    a0_app *app = a0_management_app(call->client);
    unsigned which = a0_app_using(call->client, app);
    /* This is not call->last: that one is of the request for which the token is fetched, and says
     * whether it has left. */
    a0_sent sent = {0};
    auth0db_outcome outcome = fetch_with(call, app, which, &sent, out);
    /* Only a refused secret is a reason for the other one. It is kept to once it has brought a
     * token. */
    if (sent.secret && a0_app_other(app, &which)) {
        outcome = fetch_with(call, app, which, &sent, out);
        if (outcome == AUTH0DB_OUTCOME_OK)
            a0_app_use(call, app, which);
    }
    a0_setup_learn(call, A0_OP_TOKEN, outcome);
    return outcome;
}

/* With the guard held. */
static void keep(auth0db_client *client, fetched *got, uint64_t now)
{
    a0_token *token = &client->token;
    a0_buf_clear(&token->text);
    a0_buf_clear(&token->scope);
    /* The token is handed over and not copied: a second copy would have to be wiped as well. */
    token->text = got->text;
    token->scope = got->scope;
    got->text = got->scope = (a0_buf){0};
    /* The last tenth is for the renewal: the old token still serves while it is under way, and
     * after one that failed. */
    uint64_t life_ms = (uint64_t)got->life_s * 1000;
    token->refresh_at = now + life_ms / 10 * 9;
    token->expires_at = now + life_ms;
}

/* With the guard held. The token that the API refused is no good to anybody, a newer one may be. */
static bool usable(const a0_token *token, const char *stale, uint64_t now)
{
    return token->text.len > 0 && now < token->expires_at &&
           (stale == NULL || strcmp(stale, token->text.data) != 0);
}

static auth0db_outcome copy_token(a0_call *call, a0_buf *out)
{
    const a0_buf *text = &call->client->token.text;
    return a0_buf_append(out, text->data, text->len) == AUTH0DB_OK ? AUTH0DB_OUTCOME_OK
                                                                   : a0_call_no_memory(call);
}

/* With the guard held on entry and exit, not in between. */
static auth0db_outcome renew(a0_call *call, const char *stale, a0_buf *out)
{
    auth0db_client *client = call->client;
    fetched got = {0};
    /* One thread fetches for all: otherwise the start of many threads would spend the tenant's rate
     * limit on as many tokens. */
    client->token.single_flight.busy = true;
    a0_fork_guard_unlock(&client->guard);
    auth0db_outcome outcome = fetch(call, &got);
    uint64_t now = a0_mono_ms(&client->env);
    a0_fork_guard_lock(&client->guard);
    if (outcome == AUTH0DB_OUTCOME_OK) {
        keep(client, &got, now);
    } else if (usable(&client->token, stale, now)) { /* it was early: the old one still serves */
        client->token.refresh_at = now + RENEW_PAUSE_MS;
        outcome = AUTH0DB_OUTCOME_OK;
    }
    a0_single_flight_end(call, &client->token.single_flight, outcome);
    a0_buf_clear(&got.text);
    a0_buf_clear(&got.scope);
    return outcome == AUTH0DB_OUTCOME_OK ? copy_token(call, out) : outcome;
}

static auth0db_outcome waited_too_long(a0_call *call)
{
    a0_error_set(call->err, AUTH0DB_ERR_RATE_LIMIT, NULL,
                 "%s: no management token before the deadline", call->what);
    return AUTH0DB_OUTCOME_THROTTLED;
}

auth0db_outcome a0_token_get(a0_call *call, const char *stale, a0_buf *out)
{
    auth0db_client *client = call->client;
    a0_token *token = &client->token;
    auth0db_outcome outcome;
    /* The operator's own is used as it is: there is nothing to renew it with. */
    if (client->user_jwt != NULL)
        return a0_buf_puts(out, client->user_jwt) == AUTH0DB_OK ? AUTH0DB_OUTCOME_OK
                                                                : a0_call_no_memory(call);
    a0_fork_guard_lock(&client->guard);
    for (;;) {
        uint64_t now = a0_mono_ms(&client->env);
        bool good = usable(token, stale, now);
        /* While one thread renews early, the others do not wait: the old token is still good. */
        if (good && (now < token->refresh_at || token->single_flight.busy)) {
            outcome = copy_token(call, out);
            break;
        }
        if (!token->single_flight.busy) {
            outcome = renew(call, stale, out);
            break;
        }
        if (!a0_single_flight_wait(call, &token->single_flight)) {
            if (a0_call_left(call) > 0)
                continue;
            outcome = waited_too_long(call);
            break;
        }
        if (token->single_flight.outcome != AUTH0DB_OUTCOME_OK) {
            /* The failure of one is that of all who waited, or they would try one after another,
             * each until a timeout. */
            outcome = token->single_flight.outcome;
            *call->err = token->single_flight.err;
            break;
        }
    }
    a0_fork_guard_unlock(&client->guard);
    return outcome;
}

/* What the tenant's answer, or else the token itself, tells of its scopes; "" where neither does.
 */
static auth0db_outcome read_scopes(a0_call *call, a0_buf *out)
{
    auth0db_client *client = call->client;
    a0_buf token = {0};
    auth0db_outcome outcome = a0_token_get(call, NULL, &token);
    if (outcome != AUTH0DB_OUTCOME_OK)
        return outcome;
    json_t *payload = client->user_jwt != NULL ? a0_jwt_peek(a0_buf_text(&token)) : NULL;
    const char *text = a0_json_text(payload, "scope");
    a0_fork_guard_lock(&client->guard);
    if (client->user_jwt == NULL)
        text = a0_buf_text(&client->token.scope);
    int rc = a0_buf_puts(out, text != NULL ? text : "");
    a0_fork_guard_unlock(&client->guard);
    json_decref(payload);
    a0_buf_clear(&token);
    return rc == AUTH0DB_OK ? AUTH0DB_OUTCOME_OK : a0_call_no_memory(call);
}

auth0db_outcome auth0db_client_scopes(auth0db_client *client, unsigned deadline_ms, char *scopes,
                                      size_t size, auth0db_error *err)
{
    a0_call call;
    a0_buf told = {0};
    a0_call_begin(&call, client, "scopes", deadline_ms, err);
    if (size == 0)
        return a0_call_malformed(&call, "scopes", "has no room");
    scopes[0] = '\0';
    auth0db_outcome outcome = read_scopes(&call, &told);
    if (outcome == AUTH0DB_OUTCOME_OK && told.len >= size) {
        a0_error_set(call.err, AUTH0DB_ERR_TOO_LARGE, "scopes", "do not fit into %zu bytes", size);
        outcome = AUTH0DB_OUTCOME_UNAVAILABLE;
    }
    if (outcome == AUTH0DB_OUTCOME_OK)
        memcpy(scopes, a0_buf_text(&told), told.len + 1);
    a0_buf_clear(&told);
    return outcome;
}

/* Is this word one of the text's? As a whole: update:users is the beginning of
 * update:users_app_metadata, and not the same right. */
static bool has_word(const char *text, const char *word, size_t len)
{
    for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
        size_t n = strcspn(text, " ");
        if (n == len && memcmp(text, word, len) == 0)
            return true;
        text += n;
    }
    return false;
}

static int add_missing(a0_buf *missing, const char *granted, const char *needed)
{
    int rc = AUTH0DB_OK;
    for (size_t len; rc == AUTH0DB_OK && *needed != '\0'; needed += len + (needed[len] == ' ')) {
        len = strcspn(needed, " ");
        if (!has_word(granted, needed, len))
            rc = a0_buf_printf(missing, "%s%.*s", missing->len > 0 ? ", " : "", (int)len, needed);
    }
    return rc;
}

auth0db_outcome a0_client_need_scopes(auth0db_client *client, const char *needed,
                                      unsigned deadline_ms, auth0db_error *err)
{
    a0_call call;
    a0_buf granted = {0}, missing = {0};
    const bool own = client->user_jwt != NULL;
    a0_call_begin(&call, client, "scopes", deadline_ms, err);
    auth0db_outcome outcome = read_scopes(&call, &granted);
    /* Where nobody tells the scopes, nothing is missing for sure, so the calls themselves will find
     * out. All that is missing is named at once, so that the operator grants it once. */
    if (outcome == AUTH0DB_OUTCOME_OK && granted.len > 0 &&
        add_missing(&missing, granted.data, needed) != AUTH0DB_OK)
        outcome = a0_call_no_memory(&call);
    if (outcome == AUTH0DB_OUTCOME_OK && missing.len > 0) {
        a0_error_set(call.err, AUTH0DB_ERR_OPTION,
                     own ? "AUTH0_USER_JWT"
                         : a0_setting_for(client, A0_OP_TOKEN, "AUTH0_CLIENT_ID"),
                     "the management token lacks %s: %s", missing.data,
                     own ? "make one that has them"
                         : "grant them to the application (Applications > APIs > Auth0 Management "
                           "API > Machine to Machine Applications)");
        outcome = AUTH0DB_OUTCOME_MISCONFIGURED;
    }
    a0_buf_clear(&granted);
    a0_buf_clear(&missing);
    return outcome;
}
