/* One login of one person at the tenant: the grant, the other secret, one more try after a rate
 * limit, and whether a silence is an outage. Who is let in for which outcome the login machine
 * decides. */
#include <arpa/inet.h>
#include <string.h>

#include "auth0/client_int.h"
#include "base/utf8.h"

enum {
    IDENTIFIER_MAX = 1024, /* no e-mail or username is near this */
    PASSWORD_MAX = 64 * 1024,
    PROBE_MS = 2500,
    SILENCE_MIN_MS = 100, /* a silence shorter than this is our own deadline */
};

static const char realm_grant[] = "http://auth0.com/oauth/grant-type/password-realm";

/* What no Auth0 password or identifier can be is a wrong one; asking would only feed the attack
 * counters. */
static bool can_be_right(const auth0db_credentials *c)
{
    return c->identifier != NULL && c->identifier[0] != '\0' &&
           strlen(c->identifier) <= IDENTIFIER_MAX &&
           a0_utf8_valid(c->identifier, strlen(c->identifier)) && c->password != NULL &&
           c->password_len > 0 && c->password_len <= PASSWORD_MAX &&
           memchr(c->password, '\0', c->password_len) == NULL &&
           a0_utf8_valid(c->password, c->password_len);
}

/* One address in its shortest form, or nothing: the header is believed, so no text of a stranger
 * goes in. An IPv4-mapped IPv6 address is the same visitor and must hit the same counter. */
static bool clean_ip(char out[static INET6_ADDRSTRLEN], const char *text)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (text == NULL)
        return false;
    if (inet_pton(AF_INET, text, &v4) == 1)
        return inet_ntop(AF_INET, &v4, out, INET6_ADDRSTRLEN) != NULL;
    if (inet_pton(AF_INET6, text, &v6) != 1)
        return false;
    if (IN6_IS_ADDR_V4MAPPED(&v6))
        return inet_ntop(AF_INET, &v6.s6_addr[12], out, INET6_ADDRSTRLEN) != NULL;
    return inet_ntop(AF_INET6, &v6, out, INET6_ADDRSTRLEN) != NULL;
}

static int add_text(a0_http_request *request, const char *name, const char *value)
{
    return a0_http_add_field(request, name, value, strlen(value));
}

static int build_request(a0_call *call, const auth0db_credentials *c, unsigned which,
                         a0_http_request *request)
{
    const auth0db_client *client = call->client;
    char ip[INET6_ADDRSTRLEN];
    int rc = a0_url(client, request, "/oauth/token", NULL);
    if (rc == AUTH0DB_OK)
        rc = add_text(request, "grant_type", realm_grant);
    if (rc == AUTH0DB_OK)
        rc = add_text(request, "client_id", client->app.id);
    if (rc == AUTH0DB_OK)
        rc = a0_app_prove(call, &client->app, which, request);
    if (rc == AUTH0DB_OK)
        rc = add_text(request, "realm", client->connection);
    if (rc == AUTH0DB_OK)
        rc = add_text(request, "scope", "openid profile email");
    if (rc == AUTH0DB_OK)
        rc = add_text(request, "username", c->identifier);
    if (rc == AUTH0DB_OK)
        rc = a0_http_add_field(request, "password", c->password, c->password_len);
    /* Auth0 believes it of a secret alone (facts/auth0.md 1.2); beside a key it does no harm */
    if (rc == AUTH0DB_OK && client->app.proofs > 0 && clean_ip(ip, c->client_ip))
        rc = a0_http_add_header(request, "auth0-forwarded-for", ip, call->err);
    return rc;
}

static auth0db_outcome read_claims(a0_call *call, const json_t *claims, auth0db_tenant_user *out)
{
    auth0db_client *client = call->client;
    char issuer[sizeof client->url.text + 1];
    size_t len = strlen(client->url.text);
    memcpy(issuer, client->url.text, len);
    memcpy(issuer + len, "/", 2);
    const char *where = NULL;
    if (a0_claims_check(claims, issuer, client->app.id, a0_wall_s(&client->env), call->err) !=
        AUTH0DB_OK) {
        a0_log_at(&client->log, A0_LOG_WARNING, "%s: %s", call->what, call->err->message);
        return AUTH0DB_OUTCOME_UNAVAILABLE;
    }
    return a0_tenant_user_read(out, claims, "sub", &where)
               ? AUTH0DB_OUTCOME_OK
               : a0_call_malformed(call, where,
                                   "has an id token with a member that is not as promised");
}

static auth0db_outcome read_answer(a0_call *call, const a0_http_response *response,
                                   auth0db_tenant_user *out)
{
    json_t *answer = NULL, *claims = NULL;
    auth0db_outcome outcome = a0_call_json(call, response, false, &answer);
    if (outcome != AUTH0DB_OUTCOME_OK)
        return outcome;
    /* Only the id token is read: no more requests are needed, and the access token is wiped unread.
     */
    const char *token = a0_json_text(answer, "id_token");
    outcome = token != NULL ? a0_keys_verify(call, token, &claims)
                            : a0_call_malformed(call, "id_token", "holds no id token");
    if (outcome == AUTH0DB_OUTCOME_OK)
        outcome = read_claims(call, claims, out);
    a0_tokens_wipe(answer);
    json_decref(answer);
    json_decref(claims);
    return outcome;
}

/* --- one request ----------------------------------------------------------------------------- */

/* A login, and what became of its last request. */
typedef struct attempt {
    const auth0db_credentials *credentials;
    auth0db_tenant_user *out;
    a0_who person;  /* the account, as far as its name tells */
    unsigned which; /* of the application's secrets */
    a0_sent sent;
} attempt;

/* A quarter of the time is kept for a probe: without one a silence would be nobody's. */
static unsigned kept_for_a_probe(unsigned left_ms)
{
    return left_ms / 4 < PROBE_MS ? left_ms / 4 : PROBE_MS;
}

static auth0db_outcome try_once(a0_call *call, attempt *a)
{
    a0_http_request request = {.method = "POST",
                               .content_type = "application/x-www-form-urlencoded"};
    a0_http_response response = {0};
    auth0db_outcome outcome;
    *a->out = (auth0db_tenant_user){0};
    a->sent = (a0_sent){0};
    if (build_request(call, a->credentials, a->which, &request) == AUTH0DB_OK) {
        /* The call's own deadline comes back afterwards: the probe is to have what was kept for it.
         */
        const uint64_t deadline = call->deadline;
        call->deadline -= kept_for_a_probe(a0_call_left(call));
        outcome = a0_exchange(call, A0_OP_GRANT, &request, &response, &a->sent);
        call->deadline = deadline;
    } else {
        outcome = a0_call_no_memory(call);
    }
    if (outcome == AUTH0DB_OUTCOME_OK)
        outcome = read_answer(call, &response, a->out);
    a0_http_request_clear(&request);
    a0_http_response_clear(&response);
    return outcome;
}

/* --- is it an outage? ------------------------------------------------------------------------- */

/* A grant that names nobody: the same door, and neither a password nor a count of attempts. */
static void probe(a0_call *call)
{
    a0_http_request request = {.method = "POST",
                               .content_type = "application/x-www-form-urlencoded"};
    a0_http_response response = {0};
    a0_sent sent;
    /* What the login failed of is what its caller is told: the probe's own name and error end here.
     */
    const char *what = call->what;
    const auth0db_error of_the_login = *call->err;
    int rc = a0_url(call->client, &request, "/oauth/token", NULL);
    if (rc == AUTH0DB_OK)
        rc = add_text(&request, "grant_type", realm_grant);
    if (rc == AUTH0DB_OK)
        rc = add_text(&request, "client_id", call->client->app.id);
    call->what = "probe";
    if (rc == AUTH0DB_OK)
        a0_exchange(call, A0_OP_PROBE, &request, &response, &sent);
    call->what = what;
    *call->err = of_the_login;
    a0_http_request_clear(&request);
    a0_http_response_clear(&response);
}

/* An answer that could not be trusted or read for want of memory is no outage, and neither is one
 * that was not waited for. */
static bool is_silence(const a0_call *call, const attempt *a)
{
    return call->err->code != AUTH0DB_ERR_NO_MEMORY && call->err->code != AUTH0DB_ERR_CRYPTO &&
           (a->sent.ambiguous || call->err->code != AUTH0DB_ERR_UNTRUSTED);
}

static auth0db_outcome doubted(a0_call *call, const attempt *a)
{
    auth0db_client *client = call->client;
    if (!is_silence(call, a))
        return AUTH0DB_OUTCOME_UNCONFIRMED;
    if (a->sent.took_ms >= a->sent.given_ms && a->sent.given_ms < SILENCE_MIN_MS)
        return AUTH0DB_OUTCOME_THROTTLED; /* our own deadline was too short to say more */
    uint64_t now = a0_mono_ms(&client->env);
    a0_fork_guard_lock(&client->guard);
    /* The guard is let go for the probe, which is a request. Of many logins that fail at once, one
     * sends it. */
    bool confirmed = a0_doubt_failed(&client->doubt, &a->person, now);
    bool may_probe = now < call->deadline && a0_doubt_may_probe(&client->doubt, now);
    a0_fork_guard_unlock(&client->guard);
    if (may_probe) {
        probe(call);
        a0_fork_guard_lock(&client->guard);
        confirmed |= client->doubt.confirmed;
        a0_fork_guard_unlock(&client->guard);
    }
    return confirmed ? AUTH0DB_OUTCOME_UNAVAILABLE : AUTH0DB_OUTCOME_UNCONFIRMED;
}

static auth0db_outcome concluded(a0_call *call, const attempt *a, auth0db_outcome outcome)
{
    auth0db_client *client = call->client;
    if (outcome == AUTH0DB_OUTCOME_UNAVAILABLE)
        return a->sent.sent ? doubted(call, a) : outcome; /* not sent: the breaker knows */
    if (!a->sent.sent || outcome == AUTH0DB_OUTCOME_THROTTLED ||
        outcome == AUTH0DB_OUTCOME_REFUSED) /* whoever said that: it was not clearly the tenant */
        return outcome;
    a0_fork_guard_lock(&client->guard);
    a0_doubt_passed(&client->doubt);
    a0_fork_guard_unlock(&client->guard);
    return outcome;
}

/* --- one login ------------------------------------------------------------------------------- */

/* Who it is about, for the limits and the doubts. For the doubts the account, in lower case: a
 * second spelling of one name is no second person. For the limits the name as typed and the
 * address, since a limit of the tenant's may be for this pair alone. */
static bool name_them(a0_call *call, attempt *a)
{
    const auth0db_credentials *c = a->credentials;
    char ip[INET6_ADDRSTRLEN], account[IDENTIFIER_MAX + 1];
    memcpy(account, c->identifier, strlen(c->identifier) + 1);
    a0_ascii_lower(account);
    return a0_who_of(&a->person, account, NULL) &&
           a0_who_of(&call->pair, c->typed != NULL ? c->typed : c->identifier,
                     clean_ip(ip, c->client_ip) ? ip : NULL);
}

/* A secret that is refused is refused before anybody looks at the password. After any other answer
 * the other secret is not tried: a wrong password would count twice. The other one is kept to only
 * if the tenant then decided: trouble proves no secret. */
static auth0db_outcome try_secrets(a0_call *call, attempt *a)
{
    a0_app *app = &call->client->app;
    a->which = a0_app_using(call->client, app);
    auth0db_outcome outcome = try_once(call, a);
    if (!a->sent.secret || !a0_app_other(app, &a->which))
        return outcome;
    outcome = try_once(call, a);
    if (a->sent.sent && !auth0db_outcome_is_trouble(outcome))
        a0_app_use(call, app, a->which);
    return outcome;
}

static auth0db_outcome log_in(a0_call *call, attempt *a)
{
    auth0db_outcome outcome = try_secrets(call, a);
    /* refused for the crowd, before anybody looked at the password: wait a little, ask again */
    if (outcome == AUTH0DB_OUTCOME_THROTTLED && a->sent.sent && call->client->go_on == NULL)
        outcome = try_once(call, a);
    a0_setup_learn(call, A0_OP_GRANT, outcome);
    return concluded(call, a, outcome);
}

auth0db_outcome auth0db_client_grant(auth0db_client *client, const auth0db_credentials *credentials,
                                     unsigned deadline_ms, auth0db_tenant_user *out,
                                     auth0db_error *err)
{
    a0_call call;
    attempt a = {.credentials = credentials, .out = out};
    *out = (auth0db_tenant_user){0};
    a0_call_begin(&call, client, "login", deadline_ms, err);
    call.by_visitor = true;
    /* To the caller it is a wrong password, and the same work follows (S10). */
    if (!can_be_right(credentials)) {
        a0_error_set(call.err, AUTH0DB_ERR_DATA, "credentials",
                     "%s: not sent, no Auth0 password is like this", call.what);
        return AUTH0DB_OUTCOME_BAD_CREDENTIALS;
    }
    /* Without a digest two people cannot be told apart, and no failure could ever be a second
     * one's. */
    if (!name_them(&call, &a)) {
        a0_error_set(call.err, AUTH0DB_ERR_CRYPTO, NULL, "%s: no SHA-256", call.what);
        return AUTH0DB_OUTCOME_UNCONFIRMED;
    }
    return log_in(&call, &a);
}
