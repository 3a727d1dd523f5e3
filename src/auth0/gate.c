/* Which request may go now, and what its answer says about the next ones. */
#include "auth0/client_int.h"

enum {
    SEND_MIN_MS = 250, /* a request with less time left is not worth holding back for */
    PAIR_MAX_MS = 60000,
    PAIR_DEFAULT_MS = 1000, /* where the tenant does not say */
};

static a0_rate_group rate_group_of(a0_op op)
{
    switch (op) {
    case A0_OP_GRANT:
    case A0_OP_PROBE:
    case A0_OP_CODE:
        return A0_RATE_GRANT;
    case A0_OP_TOKEN:
        return A0_RATE_TOKEN;
    case A0_OP_KEYS:
        return A0_RATE_KEYS;
    case A0_OP_RESET_MAIL:
        return A0_RATE_MAIL;
    default:
        return A0_RATE_MANAGEMENT;
    }
}

/* A Management API that is down must not close the door that logins go through. */
static a0_breaker *breaker_for(auth0db_client *client, a0_op op)
{
    switch (op) {
    case A0_OP_GRANT:
    case A0_OP_PROBE:
        return &client->breakers[A0_SERVICE_LOGIN];
    case A0_OP_KEYS:
        return &client->breakers[A0_SERVICE_KEYS];
    default:
        return &client->breakers[A0_SERVICE_MANAGEMENT];
    }
}

/* Is somebody waiting at a login page for it? */
static bool impatient(const a0_call *call)
{
    return call->by_visitor && call->client->go_on == NULL;
}

/* With the guard held. */
static uint64_t wait_for(const a0_call *call, a0_op op, uint64_t now)
{
    const auth0db_client *client = call->client;
    const a0_limit *limit = &client->limits[rate_group_of(op)];
    if (op == A0_OP_PROBE) /* it says nothing about a limit, and meets none that is not there */
        return 0;
    /* the quota of our token is the same for all */
    bool of_one = impatient(call) && op != A0_OP_TOKEN;
    uint64_t common = of_one ? a0_limit_wait_common(limit, now) : a0_limit_wait(limit, now);
    uint64_t own = op == A0_OP_GRANT ? a0_pairs_wait(&client->pairs, &call->pair, now) : 0;
    return own > common ? own : common;
}

static auth0db_outcome busy(a0_call *call, const char *why)
{
    a0_error_set(call->err, AUTH0DB_ERR_RATE_LIMIT, NULL, "%s: not sent, %s", call->what, why);
    return AUTH0DB_OUTCOME_THROTTLED;
}

/* With the guard held: is that wait worth it? A visitor's is two seconds at most, a site's a tenth
 * of its time. Takes it. */
static bool may_wait(a0_call *call, uint64_t wait, uint64_t now)
{
    if (now + wait + SEND_MIN_MS > call->deadline)
        return false;
    if (!impatient(call))
        return true;
    if (call->waited_ms + wait > A0_WAITS_MS || !a0_waits_take(&call->client->waits, wait, now))
        return false;
    call->waited_ms += wait;
    return true;
}

/* The breaker of logins opens on a confirmed outage alone; should it ever stand open without one,
 * then nobody knows, and that is no outage. */
static auth0db_outcome shut(a0_call *call, a0_op op, bool confirmed, unsigned retry_in)
{
    a0_error_set(call->err, AUTH0DB_ERR_UNREACHABLE, NULL,
                 "%s: not sent, the tenant does not answer (next try in %u ms)", call->what,
                 retry_in);
    return op != A0_OP_GRANT || confirmed ? AUTH0DB_OUTCOME_UNAVAILABLE : AUTH0DB_OUTCOME_THROTTLED;
}

auth0db_outcome a0_gate_enter(a0_call *call, a0_op op, a0_pass *pass)
{
    auth0db_client *client = call->client;
    /* After each wait all is looked at again, and the guard is not held during one: by then the
     * tenant may have told somebody else a longer wait, or the breaker may have opened. */
    for (;;) {
        uint64_t now = a0_mono_ms(&client->env);
        *pass = A0_PASS_REFUSED;
        a0_fork_guard_lock(&client->guard);
        uint64_t wait = wait_for(call, op, now);
        /* Nothing was asked, so a deadline that has passed is busy and no outage (S1). The limit
         * comes before the breaker: a call that had taken the breaker's probe and then waited would
         * keep everybody else out for so long. */
        bool late = now >= call->deadline, waits = wait > 0 && !late && may_wait(call, wait, now);
        if (wait == 0 && !late) /* no breaker stops a probe: it asks whether that one is right */
            *pass =
                op == A0_OP_PROBE ? A0_PASS_NORMAL : a0_breaker_enter(breaker_for(client, op), now);
        unsigned retry_in = a0_breaker_wait(breaker_for(client, op), now);
        bool confirmed = client->doubt.probed;
        a0_fork_guard_unlock(&client->guard);
        if (late)
            return busy(call, "the deadline has passed");
        if (wait == 0)
            return *pass != A0_PASS_REFUSED ? AUTH0DB_OUTCOME_OK
                                            : shut(call, op, confirmed, retry_in);
        if (!waits)
            return busy(call, "the tenant's rate limit is used up");
        if (!a0_call_wait(call, (unsigned)wait)) {
            busy(call, "the wait for the tenant's rate limit was ended");
            call->err->code = AUTH0DB_ERR_STATE;
            return AUTH0DB_OUTCOME_THROTTLED;
        }
    }
}

/* Only silence, broken connections and 5xx say that the tenant is down. A 500 with an error code
 * does not: it is how a script of one login fails, and nobody may open the breaker for all by
 * failing his own login. */
static a0_verdict verdict_of(a0_op op, int rc, long status, const a0_api_error *error)
{
    if (rc == AUTH0DB_ERR_UNREACHABLE || rc == AUTH0DB_ERR_UNTRUSTED || rc == AUTH0DB_ERR_PROTOCOL)
        return A0_DOWN;
    if (rc != AUTH0DB_OK)
        return A0_NOT_TRIED;
    if (op == A0_OP_PROBE) /* nobody's script runs for it */
        return status >= 500 ? A0_DOWN : A0_UP;
    return status > 500 || (status == 500 && !error->json) ? A0_DOWN : A0_UP;
}

/* With the guard held. What a login failed of alone opens no breaker, however often. */
static a0_verdict as_far_as_known(auth0db_client *client, a0_op op, a0_verdict verdict,
                                  uint64_t now)
{
    if (op == A0_OP_PROBE && verdict == A0_DOWN)
        a0_doubt_probe_failed(&client->doubt, now);
    bool of_logins = op == A0_OP_GRANT || op == A0_OP_PROBE;
    return of_logins && verdict == A0_DOWN && !client->doubt.probed ? A0_NOT_TRIED : verdict;
}

/* With the guard held. Where logins are answered again the whole tenant is worth a try. */
static void leave_breaker(auth0db_client *client, a0_op op, a0_pass pass, a0_verdict verdict,
                          uint64_t now)
{
    a0_breaker *breaker = breaker_for(client, op);
    const bool was_open = breaker->open;
    a0_breaker_leave(breaker, pass, verdict, now);
    if (breaker != &client->breakers[A0_SERVICE_LOGIN] || !was_open || breaker->open)
        return;
    for (size_t i = 0; i < A0_SERVICES; i++)
        a0_breaker_leave(&client->breakers[i], A0_PASS_NORMAL, A0_UP, now);
}

/* With the guard held. What the tenant told one login holds for that name from that address; the
 * others are held back for a second at most. */
static void limited(a0_call *call, a0_op op, a0_rate rate, uint64_t now, uint8_t chance)
{
    auth0db_client *client = call->client;
    a0_limit_refused(&client->limits[rate_group_of(op)], rate, now, chance);
    if (op != A0_OP_GRANT)
        return;
    uint64_t told = rate.wait_s < 0                    ? PAIR_DEFAULT_MS
                    : rate.wait_s > PAIR_MAX_MS / 1000 ? PAIR_MAX_MS
                                                       : (uint64_t)rate.wait_s * 1000;
    a0_pairs_limit(&client->pairs, &call->pair, now + told, now);
}

void a0_gate_leave(a0_call *call, a0_op op, a0_pass pass, const a0_answered *answered)
{
    auth0db_client *client = call->client;
    const a0_http_response *response = answered->response;
    uint8_t chance = 0;
    if (a0_random(&client->env, &chance, 1) != AUTH0DB_OK)
        chance = 128; /* all of us at the same moment: worse, not wrong */
    uint64_t now = a0_mono_ms(&client->env);
    a0_rate rate = a0_rate_read(response, a0_wall_s(&client->env));
    a0_verdict verdict = verdict_of(op, answered->rc, response->status, answered->error);
    const int64_t date = a0_http_date(response, "date");
    a0_fork_guard_lock(&client->guard);
    if (date >= 0) {
        client->clock_known = true;
        client->clock_ahead_s = a0_wall_s(&client->env) - date;
    }
    leave_breaker(client, op, pass, as_far_as_known(client, op, verdict, now), now);
    a0_limit *limit = &client->limits[rate_group_of(op)];
    if (answered->is.outcome == AUTH0DB_OUTCOME_THROTTLED && !answered->is.busy)
        limited(call, op, rate, now, chance);
    else if (verdict == A0_UP && rate_group_of(op) == A0_RATE_MANAGEMENT)
        a0_limit_passed(limit, rate, now);
    else if (verdict == A0_UP && op != A0_OP_PROBE)
        /* its headers may count one user's logins: they must not stop the others' */
        limit->strikes = 0;
    a0_fork_guard_unlock(&client->guard);
}
