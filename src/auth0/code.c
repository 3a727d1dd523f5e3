/* Universal Login: one code for one identity. The answer's tokens are read, and none is kept. */
#include "auth0db/web.h"

#include <stdio.h>
#include <string.h>

#include "auth0/client_int.h"
#include "base/secret.h"

enum { CODE_MAX = 4096, LEEWAY_S = 60 };

static int build_request(a0_call *call, const auth0db_page_code *code, unsigned which,
                         a0_http_request *request)
{
    const a0_app *app = &call->client->app;
    const struct {
        const char *name, *value;
    } fields[] = {{"grant_type", "authorization_code"},
                  {"client_id", app->id},
                  {"code", code->code},
                  {"redirect_uri", code->redirect_uri},
                  {"code_verifier", code->verifier}};
    int rc = a0_url(call->client, request, "/oauth/token", NULL);
    if (rc == AUTH0DB_OK)
        rc = a0_app_prove(call, app, which, request);
    for (size_t i = 0; rc == AUTH0DB_OK && i < A0_COUNT(fields); i++) {
        if (fields[i].value != NULL)
            rc = a0_http_add_field(request, fields[i].name, fields[i].value,
                                   strlen(fields[i].value));
    }
    return rc;
}

/* ---- the id token ---- */

static auth0db_outcome distrust(a0_call *call, const char *where, const char *what)
{
    a0_error_set(call->err, AUTH0DB_ERR_UNTRUSTED, where, "%s: the id token %s", call->what, what);
    a0_log_at(&call->client->log, A0_LOG_WARNING, "%s", call->err->message);
    return AUTH0DB_OUTCOME_UNAVAILABLE;
}

/* The token must be of this very login: another one's, put into this callback, would log a person
 * in as somebody else. */
static bool nonce_fits(const json_t *claims, const char *nonce)
{
    const char *told = a0_json_text(claims, "nonce");
    return told != NULL && strlen(told) == strlen(nonce) &&
           a0_secret_equal(told, nonce, strlen(nonce));
}

/* Where a fresh login was asked for, the tenant must say that it was one. */
static bool is_fresh(const json_t *claims, int64_t max_age_s, int64_t now_s)
{
    const json_t *at = json_object_get(claims, "auth_time");
    /* Nobody asked for a fresh login, so the time may be absent; what is there must be one. Below:
     * a time ahead of our clock is no fresh login either, but for the clocks' difference. */
    if (max_age_s < 0)
        return at == NULL || json_is_integer(at);
    return json_is_integer(at) && json_integer_value(at) <= now_s + LEEWAY_S &&
           now_s - json_integer_value(at) <= max_age_s + LEEWAY_S;
}

/* A text with a NUL in it would be another one here than at the tenant. Too long is refused and not
 * cut: the beginning of an id is another id. */
static bool copy_word(char *out, size_t size, const json_t *value)
{
    const char *text = json_string_value(value);
    if (text == NULL || strlen(text) != json_string_length(value))
        return value == NULL;
    if (strlen(text) >= size)
        return false;
    memcpy(out, text, strlen(text) + 1);
    return true;
}

/* A list of words; what is no such list is no proof of anything. A word with a blank in it would
 * read as two, one of them perhaps "mfa". What has no room is left out: fewer factors than there
 * were, never more. */
static void copy_amr(auth0db_identity *out, const json_t *list)
{
    size_t i, len = 0;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        const char *word = json_string_value(item);
        size_t n = word != NULL ? strlen(word) : 0;
        if (n == 0 || n != json_string_length(item) || strpbrk(word, " \t\r\n") != NULL ||
            len + n + 2 > sizeof out->amr)
            continue;
        len += (size_t)snprintf(out->amr + len, sizeof out->amr - len, "%s%s", len > 0 ? " " : "",
                                word);
    }
}

static auth0db_outcome read_identity(a0_call *call, const json_t *claims,
                                     const auth0db_page_code *code, auth0db_identity *out)
{
    auth0db_client *client = call->client;
    char issuer[sizeof client->url.text + 1];
    const char *where = NULL;
    int64_t now_s = a0_wall_s(&client->env);
    snprintf(issuer, sizeof issuer, "%s/", client->url.text);
    /* The token must be for us first: before that, what it says of a login or of a person counts
     * for nothing. */
    if (a0_claims_check(claims, issuer, client->app.id, now_s, call->err) != AUTH0DB_OK) {
        a0_log_at(&client->log, A0_LOG_WARNING, "%s: %s", call->what, call->err->message);
        return AUTH0DB_OUTCOME_UNAVAILABLE;
    }
    if (!nonce_fits(claims, code->nonce))
        return distrust(call, "nonce", "is not of this login");
    if (!is_fresh(claims, code->max_age_s, now_s))
        return distrust(call, "auth_time", "does not tell of a login just now");
    if (!a0_tenant_user_read(&out->user, claims, "sub", &where))
        return a0_call_malformed(call, where,
                                 "has an id token with a member that is not as promised");
    if (!copy_word(out->sid, sizeof out->sid, json_object_get(claims, "sid")))
        return a0_call_malformed(call, "sid",
                                 "has an id token with a member that is not as promised");
    copy_amr(out, json_object_get(claims, "amr"));
    out->auth_time = a0_json_int(claims, "auth_time", 0);
    return AUTH0DB_OUTCOME_OK;
}

/* ---- one request ---- */

static auth0db_outcome read_answer(a0_call *call, const a0_http_response *response,
                                   const auth0db_page_code *code, auth0db_identity *out)
{
    json_t *answer = NULL, *claims = NULL;
    auth0db_outcome outcome = a0_call_json(call, response, false, &answer);
    if (outcome != AUTH0DB_OUTCOME_OK)
        return outcome;
    /* Only the id token is read. The others would let their holder act as this person, and are
     * wiped. */
    const char *token = a0_json_text(answer, "id_token");
    outcome = token != NULL ? a0_keys_verify(call, token, &claims)
                            : a0_call_malformed(call, "id_token", "holds no id token");
    if (outcome == AUTH0DB_OUTCOME_OK)
        outcome = read_identity(call, claims, code, out);
    a0_tokens_wipe(answer);
    json_decref(answer);
    json_decref(claims);
    return outcome;
}

static auth0db_outcome try_once(a0_call *call, const auth0db_page_code *code, unsigned which,
                                a0_sent *sent, auth0db_identity *out)
{
    a0_http_request request = {.method = "POST",
                               .content_type = "application/x-www-form-urlencoded"};
    a0_http_response response = {0};
    *sent = (a0_sent){0};
    auth0db_outcome outcome = build_request(call, code, which, &request) == AUTH0DB_OK
                                  ? a0_exchange(call, A0_OP_CODE, &request, &response, sent)
                                  : a0_call_no_memory(call);
    if (outcome == AUTH0DB_OUTCOME_OK)
        outcome = read_answer(call, &response, code, out);
    if (outcome != AUTH0DB_OUTCOME_OK) /* nobody may read half of an identity */
        *out = (auth0db_identity){0};
    a0_http_request_clear(&request);
    a0_http_response_clear(&response);
    return outcome;
}

/* Without a nonce nothing would tie the token to this browser, and without a verifier nothing the
 * code. The code comes from an address that anybody can write, so its length is bounded. */
static bool is_sendable(const auth0db_page_code *code)
{
    return code->code != NULL && *code->code != '\0' && strlen(code->code) <= CODE_MAX &&
           code->redirect_uri != NULL && code->verifier != NULL && code->nonce != NULL &&
           *code->nonce != '\0';
}

/* A secret that is refused is refused before anybody looks at the code, so the other one may be
 * tried; nothing else is. */
auth0db_outcome auth0db_client_exchange(auth0db_client *client, const auth0db_page_code *code,
                                        unsigned deadline_ms, auth0db_identity *out,
                                        auth0db_error *err)
{
    a0_call call;
    a0_sent sent = {0};
    *out = (auth0db_identity){0};
    a0_call_begin(&call, client, "login page", deadline_ms, err);
    call.by_visitor = true;
    if (!is_sendable(code)) {
        a0_error_set(call.err, AUTH0DB_ERR_DATA, "code", "%s: not sent, no code is like this",
                     call.what);
        return AUTH0DB_OUTCOME_BAD_CREDENTIALS;
    }
    unsigned which = a0_app_using(client, &client->app);
    auth0db_outcome outcome = try_once(&call, code, which, &sent, out);
    if (sent.secret && a0_app_other(&client->app, &which)) {
        outcome = try_once(&call, code, which, &sent, out);
        if (sent.sent && !auth0db_outcome_is_trouble(outcome))
            a0_app_use(&call, &client->app, which);
    }
    a0_setup_learn(&call, A0_OP_CODE, outcome);
    return outcome;
}

const char *auth0db_client_address(const auth0db_client *client)
{
    return client->url.text;
}
