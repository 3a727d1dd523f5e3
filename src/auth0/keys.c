/* The tenant's signing keys: fetched when needed, kept, fetched again when a token names one we do
 * not have. Nothing that a token says can make us fetch more than a few times a minute. */
#include <string.h>

#include "auth0/client_int.h"
#include "base/mem.h"

enum {
    KEYS_MAX = 16,
    FRESH_MS = 10 * 60 * 1000,     /* Auth0 advises to cache for 5 to 10 minutes */
    STALE_MAX_MS = 60 * 60 * 1000, /* while they cannot be fetched, the old ones serve this long */
    RETRY_PAUSE_MS = 30 * 1000,
    REFETCHES = 3, /* for unknown kids; one comes back every REFETCH_EARN_MS */
    REFETCH_EARN_MS = 60 * 1000,
    LEEWAY_S = 60,
};

struct a0_key_set {
    unsigned refs; /* under the guard */
    size_t n;
    a0_jwk *keys[KEYS_MAX];
};

static void free_set(a0_key_set *set)
{
    for (size_t i = 0; i < set->n; i++)
        a0_jwk_free(set->keys[i]);
    a0_free(set);
}

/* With the guard held; true: the caller frees it outside. */
static bool drop(a0_key_set *set)
{
    return set != NULL && --set->refs == 0;
}

static void give_back(auth0db_client *client, a0_key_set *set)
{
    a0_fork_guard_lock(&client->guard);
    bool last = drop(set);
    a0_fork_guard_unlock(&client->guard);
    if (last)
        free_set(set);
}

void a0_keys_clear(a0_keys *keys)
{
    if (keys->set != NULL)
        free_set(keys->set);
    keys->set = NULL;
}

/* Keys for other uses or algorithms may stand beside ours; they are left out, not an error. */
static auth0db_outcome read_set(a0_call *call, const json_t *answer, a0_key_set **out)
{
    const json_t *list = json_object_get(answer, "keys");
    if (!json_is_array(list))
        return a0_call_malformed(call, "keys", "is not a key set");
    a0_key_set *set = a0_alloc(sizeof *set);
    if (set == NULL)
        return a0_call_no_memory(call);
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        /* The number is bounded, since the set is searched for every token. */
        if (set->n < KEYS_MAX && a0_jwk_from_json(&set->keys[set->n], item, NULL) == AUTH0DB_OK)
            set->n++;
    }
    if (set->n == 0) {
        free_set(set);
        return a0_call_malformed(call, "keys", "holds no RS256 key");
    }
    /* The client's own reference. */
    set->refs = 1;
    *out = set;
    return AUTH0DB_OUTCOME_OK;
}

static auth0db_outcome fetch(a0_call *call, a0_key_set **out)
{
    a0_http_request request = {.method = "GET"};
    a0_http_response response = {0};
    json_t *answer = NULL;
    a0_sent sent;
    /* The error tells that the key set could not be had, and not that the login was refused. */
    const char *what = call->what;
    call->what = "key set";
    auth0db_outcome outcome =
        a0_url(call->client, &request, "/.well-known/jwks.json", NULL) == AUTH0DB_OK
            ? a0_exchange(call, A0_OP_KEYS, &request, &response, &sent)
            : a0_call_no_memory(call);
    if (outcome == AUTH0DB_OUTCOME_OK)
        outcome = a0_call_json(call, &response, false, &answer);
    if (outcome == AUTH0DB_OUTCOME_OK)
        outcome = read_set(call, answer, out);
    json_decref(answer);
    a0_http_request_clear(&request);
    a0_http_response_clear(&response);
    call->what = what;
    return outcome;
}

/* With the guard held on entry and exit, not in between. */
static auth0db_outcome renew(a0_call *call)
{
    auth0db_client *client = call->client;
    a0_keys *keys = &client->keys;
    a0_key_set *fresh = NULL, *old = NULL;
    /* One thread fetches; with an old set the others go on meanwhile, without one they wait. */
    keys->single_flight.busy = true;
    a0_fork_guard_unlock(&client->guard);
    auth0db_outcome outcome = fetch(call, &fresh);
    uint64_t now = a0_mono_ms(&client->env);
    a0_fork_guard_lock(&client->guard);
    if (outcome == AUTH0DB_OUTCOME_OK) {
        old = keys->set;
        keys->set = fresh;
        keys->fetched_at = now;
    }
    /* After the new set is in place: whoever wakes must find it. The old one lives until the last
     * thread that verifies with it gives it back. */
    a0_single_flight_end(call, &keys->single_flight, outcome);
    if (drop(old))
        free_set(old);
    return outcome;
}

/* With the guard held. Anybody can make up a token that names an unknown key, and nothing has
 * verified it at that point: it may cause a few requests, never one for each token. */
static bool may_refetch(a0_keys *keys, uint64_t now)
{
    if (keys->spent > 0) {
        uint64_t earned = (now - keys->earned_at) / REFETCH_EARN_MS;
        keys->spent = earned < keys->spent ? keys->spent - (unsigned)earned : 0;
        keys->earned_at += earned * REFETCH_EARN_MS;
    }
    /* While nothing is spent nothing is earned: an hour of rest must not pay for more than
     * REFETCHES. */
    if (keys->spent == 0)
        keys->earned_at = now;
    if (keys->spent >= REFETCHES)
        return false;
    keys->spent++;
    return true;
}

/* A reference to the present set. `unknown`: the set (never followed) that lacked the wanted key,
 * or NULL. */
static auth0db_outcome get_set(a0_call *call, const a0_key_set *unknown, a0_key_set **out)
{
    auth0db_client *client = call->client;
    a0_keys *keys = &client->keys;
    auth0db_outcome outcome = AUTH0DB_OUTCOME_OK;
    *out = NULL;
    a0_fork_guard_lock(&client->guard);
    for (;;) {
        uint64_t now = a0_mono_ms(&client->env);
        /* An old set serves while another thread fetches, and for a while after a fetch that
         * failed: keys change seldom, and logins must not wait for them each time. */
        bool have = keys->set != NULL && keys->set != unknown;
        if (have &&
            (now - keys->fetched_at < FRESH_MS || now < keys->retry_at || keys->single_flight.busy))
            break;
        if (keys->single_flight.busy) {
            if (a0_single_flight_wait(call, &keys->single_flight)) {
                /* The failure of one is told to all who waited for it, or each would wait for a
                 * timeout of its own. */
                outcome = keys->single_flight.outcome;
                if (outcome != AUTH0DB_OUTCOME_OK) {
                    *call->err = keys->single_flight.err;
                    break;
                }
            } else if (a0_call_left(call) == 0) {
                /* It was our own wait that lasted too long: busy, and no outage. */
                outcome = AUTH0DB_OUTCOME_THROTTLED;
                a0_error_set(call->err, AUTH0DB_ERR_RATE_LIMIT, NULL,
                             "%s: no key set before the deadline", call->what);
                break;
            }
            continue;
        }
        if (unknown != NULL && keys->set == unknown && !may_refetch(keys, now))
            break; /* the old set, which the caller will search in vain */
        outcome = renew(call);
        /* A key set that is down for a moment keeps nobody out. Not for longer than this: a key
         * that the tenant has withdrawn must end some time. */
        if (outcome != AUTH0DB_OUTCOME_OK && have && now - keys->fetched_at < STALE_MAX_MS) {
            outcome = AUTH0DB_OUTCOME_OK;
            keys->retry_at = now + RETRY_PAUSE_MS;
        }
        break;
    }
    if (outcome == AUTH0DB_OUTCOME_OK) {
        *out = keys->set;
        (*out)->refs++;
    }
    a0_fork_guard_unlock(&client->guard);
    return outcome;
}

/* A token without a kid is fine where there is no choice. */
static const a0_jwk *find_key(const a0_key_set *set, const char *kid)
{
    if (*kid == '\0')
        return set->n == 1 ? set->keys[0] : NULL;
    for (size_t i = 0; i < set->n; i++) {
        if (strcmp(a0_jwk_kid(set->keys[i]), kid) == 0)
            return set->keys[i];
    }
    return NULL;
}

/* Neither a no to this person nor an outage: for UNTRUSTED a grant is never more than UNCONFIRMED,
 * so that a token that somebody has spoiled lets nobody in by an old password. */
static auth0db_outcome not_trusted(a0_call *call)
{
    auth0db_error cause = *call->err;
    a0_error_set(call->err, AUTH0DB_ERR_UNTRUSTED, "id_token", "%s: %s", call->what, cause.message);
    a0_log_at(&call->client->log, A0_LOG_WARNING, "%s: id token refused: %s", call->what,
              cause.message);
    return AUTH0DB_OUTCOME_UNAVAILABLE;
}

auth0db_outcome a0_keys_verify(a0_call *call, const char *token, json_t **claims)
{
    char kid[128];
    a0_key_set *set = NULL;
    *claims = NULL;
    int rc = a0_jws_kid(token, kid, call->err);
    if (rc == AUTH0DB_ERR_UNTRUSTED) { /* HS256, most likely: a choice made in the application's
                                          settings */
        a0_error_set(call->err, AUTH0DB_ERR_OPTION, "AUTH0_CLIENT_ID",
                     "%s: set the application's JSON Web Token signature algorithm to RS256",
                     call->what);
        return AUTH0DB_OUTCOME_MISCONFIGURED;
    }
    if (rc != AUTH0DB_OK)
        return not_trusted(call);
    auth0db_outcome outcome = get_set(call, NULL, &set);
    if (outcome != AUTH0DB_OUTCOME_OK)
        return outcome;
    const a0_jwk *key = find_key(set, kid);
    /* The tenant may have rotated its keys. Fetched once more for this token, and searched once
     * more. */
    if (key == NULL) {
        a0_key_set *newer = NULL;
        outcome = get_set(call, set, &newer);
        give_back(call->client, set);
        if (outcome != AUTH0DB_OUTCOME_OK)
            return outcome;
        set = newer;
        key = find_key(set, kid);
    }
    if (key == NULL)
        outcome = a0_call_malformed(call, "id_token",
                                    "is signed with a key that the tenant does not list");
    else if (a0_jws_verify(claims, token, key, call->err) != AUTH0DB_OK)
        outcome = not_trusted(call);
    give_back(call->client, set);
    return outcome;
}

/* Is one of the listed audiences ours? */
static bool lists_audience(const json_t *list, const char *audience)
{
    bool ours = false;
    const json_t *item;
    size_t i;
    json_array_foreach(list, i, item)
    {
        const char *text = json_string_value(item);
        ours = ours || (text != NULL && strlen(text) == json_string_length(item) &&
                        strcmp(text, audience) == 0);
    }
    return ours;
}

/* OpenID Connect Core 3.1.3.7: several audiences need an authorized party (point 4), and wherever
 * one is named it must be ours (point 5), beside a single audience too: the token was made for the
 * other application's login and only mentions us. */
static bool audience_fits(const json_t *claims, const char *audience)
{
    const json_t *list = json_object_get(claims, "aud");
    const char *aud = a0_json_text(claims, "aud"), *azp = a0_json_text(claims, "azp");
    if (json_object_get(claims, "azp") != NULL || json_array_size(list) > 1) {
        if (azp == NULL || strcmp(azp, audience) != 0)
            return false;
    }
    if (json_is_array(list))
        return lists_audience(list, audience);
    return aud != NULL && strcmp(aud, audience) == 0;
}

/* RFC 7519 4.1.5. Auth0 sends none today, so absent is fine; what is there must be a time. */
static bool is_not_yet_valid(const json_t *claims, int64_t now_s)
{
    const json_t *nbf = json_object_get(claims, "nbf");
    return nbf != NULL &&
           (!json_is_number(nbf) || json_number_value(nbf) > (double)(now_s + LEEWAY_S));
}

/* The signature only says that the tenant has made the token. That it is for us and for now is said
 * here, and a claim that is absent or of another type fails as a wrong one does. */
int a0_claims_check(const json_t *claims, const char *issuer, const char *audience, int64_t now_s,
                    auth0db_error *err)
{
    const char *iss = a0_json_text(claims, "iss");
    const json_t *exp = json_object_get(claims, "exp"), *iat = json_object_get(claims, "iat");
    if (iss == NULL || strcmp(iss, issuer) != 0)
        return a0_error_set(err, AUTH0DB_ERR_UNTRUSTED, "iss",
                            "the id token is from another issuer");
    if (!audience_fits(claims, audience))
        return a0_error_set(err, AUTH0DB_ERR_UNTRUSTED, "aud",
                            "the id token is for another application");
    if (!json_is_number(exp) || !json_is_number(iat))
        return a0_error_set(err, AUTH0DB_ERR_UNTRUSTED, "exp", "the id token has no times");
    if (json_number_value(exp) <= (double)(now_s - LEEWAY_S))
        return a0_error_set(err, AUTH0DB_ERR_UNTRUSTED, "exp",
                            "the id token has expired (clock wrong?)");
    if (json_number_value(iat) > (double)(now_s + LEEWAY_S))
        return a0_error_set(err, AUTH0DB_ERR_UNTRUSTED, "iat",
                            "the id token is from the future (clock wrong?)");
    if (is_not_yet_valid(claims, now_s))
        return a0_error_set(err, AUTH0DB_ERR_UNTRUSTED, "nbf",
                            "the id token is not valid yet (clock wrong?)");
    return AUTH0DB_OK;
}
