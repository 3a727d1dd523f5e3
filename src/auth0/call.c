/* One call of the client, from its deadline to its outcome: the request, what came back, the
 * management token, the retries. What an answer means is said in classify.c; whether a request may
 * go now, in gate.c. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "auth0/client_int.h"
#include "base/encode.h"
#include "base/utf8.h"

enum {
    DEADLINE_MS = 10000, /* where the caller gave none */
    SEND_MIN_MS = 250,   /* a request with less time left is not worth holding back for */
    RETRY_MS = 100,
    SLICE_MS = 100, /* how long an impatient user waits for a wait to end */
};

void a0_call_begin(a0_call *call, auth0db_client *client, const char *what, unsigned deadline_ms,
                   auth0db_error *err)
{
    call->client = client;
    call->what = what;
    /* One deadline for all that the call does, the token and the retries included, and by a clock
     * that nobody sets. */
    call->deadline = a0_mono_ms(&client->env) + (deadline_ms > 0 ? deadline_ms : DEADLINE_MS);
    call->retries = 0;
    call->last = (a0_sent){0};
    call->by_visitor = false;
    call->waited_ms = 0;
    call->pair = (a0_who){{0}};
    call->err = err != NULL ? err : &call->spare;
    *call->err = (auth0db_error){0};
}

unsigned a0_call_left(const a0_call *call)
{
    uint64_t now = a0_mono_ms(&call->client->env);
    return now < call->deadline ? (unsigned)(call->deadline - now) : 0;
}

/* Half an answer decides nothing, so it counts as none. The member is named and its value is not
 * quoted: it may be a token, or what somebody typed. */
auth0db_outcome a0_call_malformed(a0_call *call, const char *where, const char *why)
{
    a0_error_set(call->err, AUTH0DB_ERR_PROTOCOL, where, "%s: the tenant's answer %s", call->what,
                 why);
    a0_log_at(&call->client->log, A0_LOG_WARNING, "%s: %s", call->what, call->err->message);
    return AUTH0DB_OUTCOME_UNAVAILABLE;
}

auth0db_outcome a0_call_no_memory(a0_call *call)
{
    a0_error_no_memory(call->err);
    return AUTH0DB_OUTCOME_UNAVAILABLE;
}

auth0db_outcome a0_call_json_any(a0_call *call, const a0_http_response *response, json_t **out)
{
    if (a0_json_parse(out, a0_buf_text(&response->body), response->body.len, "body", NULL) ==
        AUTH0DB_OK)
        return AUTH0DB_OUTCOME_OK;
    return a0_call_malformed(call, "body", "is not the JSON that the API promises");
}

auth0db_outcome a0_call_json(a0_call *call, const a0_http_response *response, bool array,
                             json_t **out)
{
    auth0db_outcome outcome = a0_call_json_any(call, response, out);
    if (outcome != AUTH0DB_OUTCOME_OK || (array ? json_is_array(*out) : json_is_object(*out)))
        return outcome;
    json_decref(*out);
    *out = NULL;
    return a0_call_malformed(call, "body", array ? "is not an array" : "is not an object");
}

int a0_url(const auth0db_client *client, a0_http_request *request, const char *path,
           const char *encoded_tail)
{
    int rc = a0_buf_puts(&request->url, client->url.text);
    if (rc == AUTH0DB_OK)
        rc = a0_buf_puts(&request->url, path);
    if (rc == AUTH0DB_OK && encoded_tail != NULL)
        rc = a0_percent_encode(&request->url, encoded_tail, strlen(encoded_tail));
    return rc;
}

bool a0_single_flight_wait(a0_call *call, a0_single_flight *single_flight)
{
    /* A number, since `busy` alone does not do: when this thread wakes, the next one may be under
     * way already, and the one that it waited for would look unended. */
    unsigned long seen = single_flight->ended;
    struct timespec until;
    /* The clock that client->changed was made with. By the wall clock a wait could last past the
     * deadline when that is set back. */
    clock_gettime(CLOCK_MONOTONIC, &until);
    unsigned left = a0_call_left(call);
    until.tv_sec += left / 1000;
    until.tv_nsec += (long)(left % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    int rc = 0;
    while (single_flight->busy && single_flight->ended == seen && rc == 0)
        rc = pthread_cond_timedwait(&call->client->changed, &call->client->guard.mutex, &until);
    return single_flight->ended != seen;
}

/* All who wait are woken, and share the outcome with its error. If each of them asked again after a
 * failure, the last would wait for as many timeouts as there are threads. */
void a0_single_flight_end(a0_call *call, a0_single_flight *single_flight, auth0db_outcome outcome)
{
    single_flight->busy = false;
    single_flight->ended++;
    single_flight->outcome = outcome;
    single_flight->err = *call->err;
    pthread_cond_broadcast(&call->client->changed);
}

bool a0_call_wait(a0_call *call, unsigned ms)
{
    /* The wait is cut into slices, so that whoever wants an end (an operator who interrupts an
     * import) gets it within SLICE_MS. Without go_on nobody can end the wait, and one sleep does.
     */
    const auth0db_client *client = call->client;
    while (client->go_on != NULL && ms > SLICE_MS) {
        if (!client->go_on(client->go_on_ctx, ms))
            return false;
        a0_sleep_ms(&client->env, SLICE_MS);
        ms -= SLICE_MS;
    }
    if (client->go_on != NULL && !client->go_on(client->go_on_ctx, ms))
        return false;
    a0_sleep_ms(&client->env, ms);
    return true;
}

/* What is left of it after a0_redact: C1 controls, and the marks that turn the direction of text.
 */
static bool steers_a_terminal(uint32_t c)
{
    return (c >= 0x7f && c <= 0x9f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* The tenant's text is somebody else's: it goes to terminals and logs only as one line, without
 * secrets, without what steers a terminal, and cut between characters. */
void a0_call_quote(char *out, size_t size, const char *text)
{
    a0_buf safe = {0};
    size_t kept = 0, at = 0;
    uint32_t c;
    /* Where there is no memory to take the secrets out, nothing is quoted. */
    if (a0_redact(&safe, text, strlen(text)) != AUTH0DB_OK)
        a0_buf_reset(&safe);
    while (at < safe.len) {
        size_t n = a0_utf8_next(safe.data + at, safe.len - at, &c);
        if (n == 0 || kept + n >= size)
            break;
        if (steers_a_terminal(c))
            out[kept++] = '?';
        else
            for (size_t i = 0; i < n; i++)
                out[kept++] = safe.data[at + i];
        at += n;
    }
    out[kept] = '\0';
    a0_buf_clear(&safe);
}

static auth0db_code code_of(auth0db_outcome outcome)
{
    switch (outcome) {
    case AUTH0DB_OUTCOME_OK:
        return AUTH0DB_OK;
    case AUTH0DB_OUTCOME_THROTTLED:
        return AUTH0DB_ERR_RATE_LIMIT;
    case AUTH0DB_OUTCOME_UNAVAILABLE:
        return AUTH0DB_ERR_PROTOCOL;
    case AUTH0DB_OUTCOME_MISCONFIGURED:
        return AUTH0DB_ERR_OPTION;
    default:
        return AUTH0DB_ERR_REMOTE;
    }
}

static auth0db_outcome conclude(a0_call *call, a0_op op, a0_class is, long status,
                                const a0_api_error *error)
{
    /* Status and code are told, and never the tenant's own text: it can repeat what somebody typed.
     */
    *call->err = (auth0db_error){0}; /* of a try before */
    if (is.outcome == AUTH0DB_OUTCOME_OK)
        return is.outcome;
    a0_error_set(call->err, code_of(is.outcome), a0_setting_for(call->client, op, is.where),
                 "%s: the tenant answered %ld%s%s%s%s", call->what, status,
                 error->code[0] != '\0' ? " " : "", error->code, is.cure != NULL ? "; " : "",
                 is.cure != NULL ? is.cure : "");
    return is.outcome;
}

static auth0db_outcome not_answered(a0_call *call, int rc)
{
    if (call->err->code == AUTH0DB_ERR_OPTION) /* our own CA file */
        return AUTH0DB_OUTCOME_MISCONFIGURED;
    auth0db_error cause = *call->err;
    a0_error_set(call->err, rc, cause.where, "%s: %s", call->what, cause.message);
    return AUTH0DB_OUTCOME_UNAVAILABLE;
}

/* A closed table, so that an operation of tomorrow is held until it has a row. Grants and reads go
 * on: people log in on a staging copy too, and nothing of the real users changes by it. */
static bool changes_nothing(a0_op op)
{
    static const bool only_asks[A0_OPS] = {
        [A0_OP_GRANT] = true,   [A0_OP_PROBE] = true,   [A0_OP_CODE] = true,
        [A0_OP_TOKEN] = true,   [A0_OP_KEYS] = true,    [A0_OP_GET_USER] = true,
        [A0_OP_LOOK_UP] = true, [A0_OP_GET_JOB] = true, [A0_OP_GET_PROVIDER] = true,
    };
    return only_asks[op];
}

/* The one place: every request of every caller comes by here. A copy of the database knows the real
 * users' ids, and would set its test passwords for them. */
static bool is_held(a0_call *call, a0_op op)
{
    if (changes_nothing(op) || !atomic_load(&call->client->hold))
        return false;
    a0_error_set(call->err, AUTH0DB_ERR_STATE, "database",
                 "%s: held back, for this may be a copy of the site's database", call->what);
    return true;
}

auth0db_outcome a0_exchange(a0_call *call, a0_op op, const a0_http_request *request,
                            a0_http_response *response, a0_sent *sent)
{
    auth0db_client *client = call->client;
    a0_api_error error = {0};
    a0_class is = {AUTH0DB_OUTCOME_UNAVAILABLE, NULL, NULL};
    a0_pass pass;
    *sent = (a0_sent){0};
    /* This comes before the gate: what is not to be sent must take neither a place nor the
     * breaker's probe. */
    if (is_held(call, op))
        return AUTH0DB_OUTCOME_HELD;
    auth0db_outcome outcome = a0_gate_enter(call, op, &pass);
    if (outcome != AUTH0DB_OUTCOME_OK)
        return outcome;
    /* From here on every path leaves the gate again. A probe that never came back would keep the
     * breaker open for ever. The time is taken after the gate's waits: it is what the answer itself
     * has. */
    uint64_t begun = a0_mono_ms(&client->env);
    sent->sent = true;
    sent->given_ms = a0_call_left(call);
    int rc = a0_http_send(client->http, request, sent->given_ms, response, call->err);
    sent->took_ms = (unsigned)(a0_mono_ms(&client->env) - begun);
    if (rc == AUTH0DB_OK) {
        if (response->status >= 400)
            a0_api_error_read(&error, op, a0_buf_text(&response->body), response->body.len);
        is = a0_classify(op, response->status, &error);
        outcome = conclude(call, op, is, response->status, &error);
    } else {
        outcome = is.outcome = not_answered(call, rc);
    }
    a0_gate_leave(call, op, pass,
                  &(a0_answered){.rc = rc, .error = &error, .is = is, .response = response});
    sent->left = response->left;
    sent->busy = is.busy;
    sent->secret = is.secret;
    /* Nobody knows then whether the tenant did what was asked. Only a request whose repetition is
     * harmless may go again. */
    sent->ambiguous = outcome == AUTH0DB_OUTCOME_UNAVAILABLE;
    /* Trouble is a warning, a no to one person is not: anybody can cause as many of those as he
     * likes. */
    const unsigned took = sent->took_ms;
    if (outcome == AUTH0DB_OUTCOME_OK)
        a0_log_at(&client->log, A0_LOG_DEBUG, "%s: %ld in %u ms", call->what, response->status,
                  took);
    else
        a0_log_at(&client->log, auth0db_outcome_is_trouble(outcome) ? A0_LOG_WARNING : A0_LOG_INFO,
                  "%s after %u ms: %s", auth0db_outcome_name(outcome), took, call->err->message);
    return outcome;
}

/* Where Auth0 takes the header (docs/facts/auth0.md): what makes links, and mails them. */
static bool names_a_domain(a0_op op)
{
    return op == A0_OP_CREATE || op == A0_OP_SET_PASSWORD || op == A0_OP_CHANGE_USER ||
           op == A0_OP_RESET_LINK;
}

static int authorize(const auth0db_client *client, a0_op op, a0_http_request *request,
                     const char *token, auth0db_error *err)
{
    a0_buf value = {0};
    /* The same request may go again with another token: the headers of the try before must not stay
     * beside the new ones. */
    for (size_t i = 0; i < request->n_headers; i++)
        a0_buf_clear(&request->headers[i]);
    request->n_headers = 0;
    int rc = a0_buf_printf(&value, "Bearer %s", token);
    rc = rc == AUTH0DB_OK ? a0_http_add_header(request, "Authorization", a0_buf_text(&value), err)
                          : a0_error_no_memory(err);
    if (rc == AUTH0DB_OK && client->custom_domain != NULL && names_a_domain(op))
        rc = a0_http_add_header(request, "auth0-custom-domain", client->custom_domain, err);
    a0_buf_clear(&value);
    return rc;
}

/* A little later, not all of us at once, and only if there is time. */
static bool pause_before_retry(a0_call *call)
{
    uint8_t chance = 0;
    if (a0_random(&call->client->env, &chance, 1) != AUTH0DB_OK)
        chance = 0;
    unsigned ms = RETRY_MS + chance;
    if (a0_call_left(call) < ms + SEND_MIN_MS)
        return false;
    return a0_call_wait(call, ms);
}

auth0db_outcome a0_manage(a0_call *call, a0_op op, a0_http_request *request,
                          a0_http_response *response)
{
    bool renewed = false;
    a0_buf token = {0}, stale = {0};
    auth0db_outcome outcome;
    for (;;) {
        a0_sent *sent = &call->last;
        *sent = (a0_sent){0};
        a0_buf_reset(&token);
        /* Each try asks for the token anew: while this thread waited it may have run out, or
         * another thread may have renewed it. */
        outcome = a0_token_get(call, stale.data, &token);
        if (outcome != AUTH0DB_OUTCOME_OK)
            break;
        if (authorize(call->client, op, request, a0_buf_text(&token), call->err) != AUTH0DB_OK) {
            outcome = AUTH0DB_OUTCOME_UNAVAILABLE;
            break;
        }
        outcome = a0_exchange(call, op, request, response, sent);
        /* The API may refuse a token that we took for good. Once only: a second 401 is the tenant's
         * word on our settings. A token that the operator gave (user_jwt) cannot be renewed. The
         * refused one is remembered, so that of many threads one fetches and the others take the
         * newer. */
        if (sent->sent && response->status == 401 && outcome == AUTH0DB_OUTCOME_MISCONFIGURED &&
            !renewed && call->client->user_jwt == NULL) {
            renewed = true; /* refused before anything was done, so even a POST may go again */
            if (a0_buf_append(&stale, token.data, token.len) != AUTH0DB_OK)
                break;
            continue;
        }
        /* Only reads are given retries. A throttled one needs no pause here: the gate holds it back
         * for as long as the tenant has said. */
        bool again =
            sent->sent && call->retries > 0 &&
            (outcome == AUTH0DB_OUTCOME_THROTTLED || (sent->ambiguous && pause_before_retry(call)));
        if (!again)
            break;
        call->retries--;
    }
    /* What was not sent has no answer of the API to learn from, and a token that could not be had
     * is learnt of where it is fetched. */
    if (call->last.sent)
        a0_setup_learn(call, op, outcome);
    a0_buf_clear(&token);
    a0_buf_clear(&stale);
    return outcome;
}

auth0db_outcome a0_manage_json(a0_call *call, a0_op op, int built, a0_http_request *request,
                               bool array, json_t **out)
{
    a0_http_response response = {0};
    *out = NULL;
    auth0db_outcome outcome =
        built == AUTH0DB_OK ? a0_manage(call, op, request, &response) : a0_call_no_memory(call);
    if (outcome == AUTH0DB_OUTCOME_OK)
        outcome = a0_call_json(call, &response, array, out);
    a0_http_request_clear(request);
    a0_http_response_clear(&response);
    return outcome;
}
