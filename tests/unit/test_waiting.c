/* One thread fetches the management token, or the tenant's keys; the others wait for what it gets.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>

#include "tenant.h"
#include "unit.h"

enum { WAITERS = 8, SLOW_MS = 2000, SOON_MS = 1000 };

static tenant t;
static auth0db_client *client;
static sem_t asked; /* the tenant has the request, and takes its time over it */
static atomic_uint fetches, refused, ended;
static const char *fetched; /* has this in it */
static unsigned slow_ms;

static bool refuse_slowly(tenant *self, const script_request *request, script_answer *out)
{
    if (strstr(request->path, fetched) == NULL && strstr(request->body, fetched) == NULL)
        return false;
    *out = script_reply(403, "", "{\"error\":\"access_denied\"}");
    if (atomic_fetch_add(&fetches, 1) == 0) {
        out->delay_ms = slow_ms;
        sem_post(&asked);
    }
    return true;
}

static auth0db_outcome read_user(unsigned deadline_ms, auth0db_error *err)
{
    auth0db_tenant_user user;
    return auth0db_client_user_get(client, "auth0|abc", deadline_ms, &user, err);
}

static auth0db_outcome log_in(unsigned deadline_ms, auth0db_error *err)
{
    auth0db_tenant_user user;
    const auth0db_credentials c = {
        .identifier = "ann@example.org", .password = "pass word", .password_len = 9};
    return auth0db_client_grant(client, &c, deadline_ms, &user, err);
}

static const struct {
    const char *fetched;
    auth0db_outcome (*call)(unsigned deadline_ms, auth0db_error *err);
} kinds[] = {{"client_credentials", read_user}, {"jwks.json", log_in}};
static size_t kind;

static void *call(void *ctx)
{
    auth0db_error err;
    auth0db_outcome outcome = kinds[kind].call(20000, &err);
    atomic_fetch_add(&refused, outcome != AUTH0DB_OUTCOME_OK &&
                                   outcome != AUTH0DB_OUTCOME_NOT_FOUND &&
                                   strstr(err.message, "403") != NULL);
    atomic_fetch_add(&ended, 1);
    return NULL;
}

static void begin(size_t which, pthread_t *first)
{
    kind = which;
    slow_ms = SLOW_MS;
    fetched = kinds[which].fetched;
    atomic_store(&fetches, 0);
    atomic_store(&refused, 0);
    sem_init(&asked, 0, 0);
    t = (tenant){0};
    tenant_start(&t);
    t.answer = refuse_slowly;
    client = tenant_client(&t, NULL);
    ck_assert_int_eq(pthread_create(first, NULL, call, NULL), 0);
    sem_wait(&asked);
}

static void end(pthread_t first)
{
    pthread_join(first, NULL);
    auth0db_client_free(client);
    tenant_stop(&t);
}

/* Else a tenant that is slow holds every worker of a site. */
START_TEST(who_waits_for_anothers_answer_gives_up_at_his_own_deadline)
{
    for (size_t i = 0; i < A0_COUNT(kinds); i++) {
        pthread_t first;
        auth0db_error err;
        begin(i, &first);
        auth0db_outcome outcome = kinds[i].call(SOON_MS, &err);
        unsigned asked_by_then = atomic_load(&fetches);
        end(first);
        ck_assert_int_eq(outcome, AUTH0DB_OUTCOME_THROTTLED);
        ck_assert_int_eq(err.code, AUTH0DB_ERR_RATE_LIMIT);
        ck_assert_uint_eq(asked_by_then, 1);
    }
}
END_TEST

/* Else a tenant in trouble is asked once more by each of them, one after the other. */
START_TEST(what_one_is_refused_all_are_refused_who_waited_for_it)
{
    for (size_t i = 0; i < A0_COUNT(kinds); i++) {
        pthread_t first, waiters[WAITERS];
        begin(i, &first);
        for (size_t j = 0; j < WAITERS; j++)
            ck_assert_int_eq(pthread_create(&waiters[j], NULL, call, NULL), 0);
        for (size_t j = 0; j < WAITERS; j++)
            pthread_join(waiters[j], NULL);
        end(first);
        ck_assert_uint_eq(atomic_load(&refused), WAITERS + 1);
        /* stragglers that came after it landed ask again */
        ck_assert_uint_lt(atomic_load(&fetches), WAITERS / 2);
    }
}
END_TEST

static bool give_slowly(tenant *self, const script_request *request, script_answer *out)
{
    if (strstr(request->body, "client_credentials") == NULL)
        return false;
    *out = script_reply(200, "", "{\"access_token\":\"one-for-all\",\"expires_in\":86400}");
    out->delay_ms = SOON_MS;
    return true;
}

/* Else those who waited ask without a token, and are refused. */
START_TEST(what_one_gets_all_send_who_waited_for_it)
{
    pthread_t threads[WAITERS];
    kind = 0;
    t = (tenant){.answer = give_slowly};
    tenant_start(&t);
    client = tenant_client(&t, NULL);
    for (size_t i = 0; i < WAITERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, call, NULL), 0);
    for (size_t i = 0; i < WAITERS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(script_requests(t.server), WAITERS + 1);
    for (unsigned n = 1; n <= WAITERS + 1; n++) {
        const script_request *sent = script_request_at(t.server, n);
        ck_assert(strstr(sent->path, "/api/v2/") == NULL ||
                  strstr(sent->head, "Bearer one-for-all\r\n") != NULL);
    }
    auth0db_client_free(client);
    tenant_stop(&t);
}
END_TEST

/* Else all workers stand still whenever a token or a key set grows old, and where the tenant is in
 * trouble just then, everybody is refused for want of what is still good. */
START_TEST(while_one_renews_what_is_still_good_the_others_use_it)
{
    static const uint64_t old_ms[] = {86400 * 950, 11 * 60 * 1000};
    for (size_t i = 0; i < A0_COUNT(kinds); i++) {
        pthread_t first;
        auth0db_error err;
        fake_clock clock;
        kind = i;
        slow_ms = SOON_MS;
        fetched = kinds[i].fetched;
        atomic_store(&fetches, 0);
        atomic_store(&ended, 0);
        sem_init(&asked, 0, 0);
        t = (tenant){0};
        tenant_start(&t);
        client = tenant_client_at(&t, NULL, &clock);
        auth0db_outcome good = kinds[i].call(5000, &err);
        t.answer = refuse_slowly;
        clock.ms += old_ms[i];
        ck_assert_int_eq(pthread_create(&first, NULL, call, NULL), 0);
        sem_wait(&asked);
        ck_assert_int_eq(kinds[i].call(5000, &err), good);
        ck_assert_msg(atomic_load(&ended) == 0, "it has waited");
        ck_assert_uint_eq(atomic_load(&fetches), 1);
        end(first);
    }
}
END_TEST

/* The first token is refused by the API: to the first who comes with it late, to others at once. */
static bool first_token_is_refused(tenant *self, const script_request *request, script_answer *out)
{
    if (strstr(request->head, "Bearer management-1\r\n") == NULL)
        return false;
    *out = script_reply(401, "", "{\"statusCode\":401,\"error\":\"Unauthorized\"}");
    if (atomic_fetch_add(&fetches, 1) == 0) {
        out->delay_ms = 200;
        sem_post(&asked);
    }
    return true;
}

/* Else each of a crowd whose token was revoked asks for one of its own, and the tenant's quota of
 * tokens is paid by the month. */
START_TEST(whoever_is_refused_late_takes_the_token_that_another_has_got_meanwhile)
{
    pthread_t first;
    auth0db_error err;
    kind = 0;
    atomic_store(&fetches, 0);
    sem_init(&asked, 0, 0);
    t = (tenant){.answer = first_token_is_refused};
    tenant_start(&t);
    client = tenant_client(&t, NULL);
    ck_assert_int_eq(pthread_create(&first, NULL, call, NULL), 0);
    sem_wait(&asked);
    ck_assert_int_eq(read_user(20000, &err), AUTH0DB_OUTCOME_NOT_FOUND);
    pthread_join(first, NULL);
    ck_assert_uint_eq(t.tokens, 2);
    auth0db_client_free(client);
    tenant_stop(&t);
}
END_TEST

UNIT_MAIN("waiting", whoever_is_refused_late_takes_the_token_that_another_has_got_meanwhile,
          while_one_renews_what_is_still_good_the_others_use_it,
          who_waits_for_anothers_answer_gives_up_at_his_own_deadline,
          what_one_is_refused_all_are_refused_who_waited_for_it,
          what_one_gets_all_send_who_waited_for_it)
