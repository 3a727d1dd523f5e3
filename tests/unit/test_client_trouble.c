/* A tenant that answers badly, slowly or not at all: no hang, no second try, never OK. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth0/breaker.h"
#include "auth0/doubt.h"
#include "auth0/limits.h"
#include "base/mem.h"
#include "tenant.h"
#include "unit.h"

static tenant t;
static auth0db_client *client;
static auth0db_error err;

/* What /oauth/token answers to a grant. */
static const char *raw;
static size_t raw_len;
static bool hang_up;
static unsigned delay_ms;

static bool say_raw(tenant *self, const script_request *request, script_answer *out)
{
    if (strcmp(request->path, "/oauth/token") != 0 || raw == NULL)
        return false;
    self->grants += !tenant_is_probe(request);
    *out = script_raw(raw, raw_len);
    out->hang_up = hang_up;
    out->delay_ms = delay_ms;
    return true;
}

static int told_status;
static const char *told_body;

static bool say_status(tenant *self, const script_request *request, script_answer *out)
{
    self->grants += !tenant_is_probe(request);
    *out = script_reply(told_status, "", told_body);
    return true;
}

static bool say_nothing(tenant *self, const script_request *request, script_answer *out)
{
    return true;
}

static void begin(void)
{
    t = (tenant){.answer = say_raw};
    raw = NULL;
    hang_up = false;
    delay_ms = 0;
    tenant_start(&t);
    client = tenant_client(&t, NULL);
}

static void end(void)
{
    auth0db_client_free(client);
    tenant_stop(&t);
}

static void say(const char *text)
{
    raw = text;
    raw_len = strlen(text);
}

static bool is_no_answer(auth0db_outcome outcome)
{
    return outcome == AUTH0DB_OUTCOME_UNAVAILABLE || outcome == AUTH0DB_OUTCOME_UNCONFIRMED;
}

static auth0db_outcome grant_of(const char *typed, const char *ip)
{
    auth0db_tenant_user user;
    auth0db_credentials c = {.identifier = typed,
                             .password = "pass word",
                             .password_len = 9,
                             .client_ip = ip,
                             .typed = typed};
    return auth0db_client_grant(client, &c, 5000, &user, &err);
}

static auth0db_outcome timed_grant(unsigned deadline_ms, unsigned *took_ms)
{
    uint64_t begun = a0_mono_ms(&a0_env_system);
    auth0db_outcome outcome = tenant_grant(client, deadline_ms);
    *took_ms = (unsigned)(a0_mono_ms(&a0_env_system) - begun);
    return outcome;
}

/* Neither a yes nor an outage: somebody on the way, or a tenant of another year. Each status with a
 * code that is listed, one that is not, none, and one that is none. */
START_TEST(every_4xx_refuses_and_only_5xx_may_be_an_outage)
{
    static const char *const bodies[] = {"{\"error\":\"invalid_grant\"}",
                                         "{\"error\":\"code_of_the_year_2030\"}",
                                         "{\"error\":\"server_error\"}",
                                         "{}",
                                         "",
                                         "<html>no</html>",
                                         "{\"error\":[\"invalid_grant\"]}",
                                         "{\"error\":\"invalid_grant"};
    begin();
    t.answer = say_status;
    for (told_status = 400; told_status < 600; told_status++) {
        int status = told_status;
        for (size_t i = 0; i < A0_COUNT(bodies); i++) {
            told_body = bodies[i];
            auth0db_client_free(client); /* what one has learned is not what is asked here */
            client = tenant_client(&t, NULL);
            auth0db_outcome outcome = tenant_grant(client, 5000);
            auth0db_outcome want = status >= 500   ? AUTH0DB_OUTCOME_UNAVAILABLE
                                   : status == 429 ? AUTH0DB_OUTCOME_THROTTLED
                                   : i == 0        ? AUTH0DB_OUTCOME_BAD_CREDENTIALS
                                   : status == 401 || status == 404 ? AUTH0DB_OUTCOME_MISCONFIGURED
                                                                    : AUTH0DB_OUTCOME_REFUSED;
            ck_assert_msg(outcome == want, "%d %s: %s", status, bodies[i],
                          auth0db_outcome_name(outcome));
        }
    }
    end();
}
END_TEST

START_TEST(a_redirect_is_refused_and_not_followed)
{
    begin();
    t.answer = say_status;
    told_body = "";
    for (told_status = 300; told_status < 309; told_status++) {
        ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_REFUSED);
    }
    ck_assert_uint_eq(t.grants, 9);
    end();
}
END_TEST

START_TEST(strange_answers_are_no_answers)
{
#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Length: "
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<html>Hi</html>",
        OK_HEAD "0\r\n\r\n",
        OK_HEAD "2\r\n\r\n{}",
        OK_HEAD "2\r\n\r\n[]",
        OK_HEAD "4\r\n\r\nnull",
        OK_HEAD "16\r\n\r\n{\"id_token\":\"x\"}",
        OK_HEAD "14\r\n\r\n{\"id_token\":7}",
        OK_HEAD "31\r\n\r\n{\"id_token\":\"a\",\"id_token\":\"b\"}",
        OK_HEAD "100\r\n\r\n{\"id_token\":\"",
        OK_HEAD "-5\r\n\r\n{}",
        OK_HEAD "5\r\nTransfer-Encoding: chunked\r\n\r\nzzzz\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
        "220 smtp.example ESMTP\r\n",
        "\r\n\r\n\r\n",
        "",
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        unsigned took;
        begin();
        say(answers[i]);
        hang_up = true;
        auth0db_outcome outcome = timed_grant(3000, &took);
        ck_assert_msg(is_no_answer(outcome), "%s: %s", answers[i], auth0db_outcome_name(outcome));
        ck_assert_msg(took < 2500, "%s: %u ms", answers[i], took);
        ck_assert_uint_eq(t.grants, 1);
        end();
    }
}
END_TEST

START_TEST(deep_json_is_refused_not_recursed_into)
{
    enum { DEPTH = 100000 };
    char *deep = malloc(DEPTH + 100);
    begin();
    int n = sprintf(deep, OK_HEAD "%d\r\n\r\n", DEPTH);
    memset(deep + n, '[', DEPTH);
    raw = deep;
    raw_len = (size_t)n + DEPTH;
    ck_assert_int_eq(tenant_grant(client, 3000), AUTH0DB_OUTCOME_UNCONFIRMED);
    end();
    free(deep);
}
END_TEST

START_TEST(twenty_megabytes_are_cut_off_at_eight)
{
    size_t len = 20 * 1024 * 1024;
    char *large = malloc(len + 100);
    auth0db_tenant_user user;
    auth0db_credentials c = {"ann", "x", 1, NULL, NULL};
    begin();
    int n = sprintf(large, OK_HEAD "%zu\r\n\r\n", len);
    memset(large + n, ' ', len);
    raw = large;
    raw_len = (size_t)n + len;
    ck_assert_int_eq(auth0db_client_grant(client, &c, 5000, &user, &err),
                     AUTH0DB_OUTCOME_UNCONFIRMED);
    ck_assert_int_eq(err.code, AUTH0DB_ERR_TOO_LARGE);
    end();
    free(large);
}
END_TEST

START_TEST(endless_headers_are_cut_off)
{
    size_t len = 1024 * 1024, n = 0;
    char *headers = malloc(len + 100);
    n += (size_t)sprintf(headers, "HTTP/1.1 200 OK\r\n");
    while (n < len)
        n += (size_t)sprintf(headers + n, "X-%zu: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n", n);
    begin();
    raw = headers;
    raw_len = n;
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_UNCONFIRMED);
    end();
    free(headers);
}
END_TEST

START_TEST(silence_ends_at_the_deadline)
{
    unsigned took;
    begin();
    t.answer = say_nothing;
    ck_assert_int_eq(timed_grant(300, &took), AUTH0DB_OUTCOME_UNAVAILABLE);
    ck_assert_uint_ge(took, 290);
    ck_assert_uint_le(took, 2000);
    end();
}
END_TEST

START_TEST(half_an_answer_ends_at_the_deadline)
{
    unsigned took;
    begin();
    say(OK_HEAD "100\r\n\r\n{\"id_token\"");
    ck_assert_int_eq(timed_grant(300, &took), AUTH0DB_OUTCOME_UNAVAILABLE);
    ck_assert_uint_le(took, 2000);
    end();
}
END_TEST

START_TEST(nobody_there_is_known_at_once)
{
    unsigned took;
    begin();
    script_stop(t.server);
    t.server = NULL;
    ck_assert_int_eq(timed_grant(3000, &took), AUTH0DB_OUTCOME_UNAVAILABLE);
    ck_assert_uint_le(took, 2000);
    end();
}
END_TEST

START_TEST(an_outage_costs_milliseconds_after_the_first_few)
{
    unsigned took;
    auth0db_client_state state;
    begin();
    t.answer = say_nothing;
    for (unsigned i = 0; i < A0_BREAKER_FAILURES; i++)
        ck_assert_int_eq(timed_grant(200, &took), AUTH0DB_OUTCOME_UNAVAILABLE);
    unsigned long total = 0;
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(timed_grant(5000, &took), AUTH0DB_OUTCOME_UNAVAILABLE);
        total += took;
    }
    ck_assert_uint_lt(total, 500); /* a few ms each, however busy the machine */
    auth0db_client_get_state(client, &state);
    ck_assert(state.breaker_open && state.retry_in_ms > 0 && state.retry_in_ms <= 1000);
    ck_assert_uint_eq(state.failures_in_a_row, A0_BREAKER_FAILURES);
    ck_assert_uint_eq(t.probes, 1); /* it is the first failure that counts: it is nobody's own */
    ck_assert_uint_eq(state.requests, A0_BREAKER_FAILURES + 1);
    t.answer = NULL; /* the tenant is back: the first probe finds it */
    a0_sleep_ms(&a0_env_system, state.retry_in_ms + 20);
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    auth0db_client_get_state(client, &state);
    ck_assert(!state.breaker_open && state.failures_in_a_row == 0);
    end();
}
END_TEST

/* Nobody logs in with a clock that is a minute off: whoever looks for the cause must be told. */
START_TEST(any_answer_tells_how_far_the_clock_is_off)
{
    unsigned took;
    auth0db_client_state state;
    begin();
    auth0db_client_get_state(client, &state);
    ck_assert(!state.clock_known);
    say("HTTP/1.1 403 x\r\nDate: Thu, 01 Jan 1970 00:33:20 GMT\r\nContent-Length: 25\r\n\r\n"
        "{\"error\":\"invalid_grant\"}");
    timed_grant(3000, &took);
    auth0db_client_get_state(client, &state);
    ck_assert(state.clock_known);
    ck_assert_int_ge(state.clock_ahead_s, (long)time(NULL) - 2000 - 60);
    ck_assert_int_le(state.clock_ahead_s, (long)time(NULL) - 2000);
    end();
}
END_TEST

START_TEST(nobody_can_open_the_breaker_with_his_own_logins)
{
    static const char *const answers[] = {
        "HTTP/1.1 500 x\r\nContent-Length: 24\r\n\r\n{\"error\":\"server_error\"} ",
        "HTTP/1.1 403 x\r\nContent-Length: 25\r\n\r\n{\"error\":\"invalid_grant\"}",
        "HTTP/1.1 429 x\r\nContent-Length: 29\r\n\r\n{\"error\":\"too_many_attempts\"}",
    };
    auth0db_client_state state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        begin();
        say(answers[i]);
        for (int n = 0; n < 10; n++)
            ck_assert_int_ne(tenant_grant(client, 3000), AUTH0DB_OUTCOME_OK);
        ck_assert_uint_eq(t.grants, 10);
        auth0db_client_get_state(client, &state);
        ck_assert(!state.breaker_open);
        end();
    }
    begin();
    say("HTTP/1.1 503 x\r\nContent-Length: 24\r\n\r\n{\"error\":\"server_error\"} ");
    for (int n = 0; n < 10; n++)
        ck_assert_int_eq(tenant_grant(client, 3000), AUTH0DB_OUTCOME_UNAVAILABLE);
    ck_assert_uint_eq(t.grants, A0_BREAKER_FAILURES);
    end();
}
END_TEST

/* The tenant answers, but not this one. */
static bool fail_the_logins(tenant *self, const script_request *request, script_answer *out)
{
    if (tenant_is_probe(request) || strcmp(request->path, "/oauth/token") != 0)
        return false;
    self->grants++;
    *out = raw != NULL ? script_raw(raw, raw_len) : (script_answer){.hang_up = true};
    return true;
}

START_TEST(one_failure_is_no_outage_and_another_persons_makes_it_one)
{
    begin();
    t.answer = fail_the_logins;
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(grant_of("Ann", "192.0.2.1"), AUTH0DB_OUTCOME_UNCONFIRMED);
    ck_assert_int_eq(grant_of("aNN", "192.0.2.9"), AUTH0DB_OUTCOME_UNCONFIRMED); /* the same name */
    ck_assert_int_eq(grant_of("bob", "192.0.2.1"), AUTH0DB_OUTCOME_UNAVAILABLE);
    ck_assert_int_eq(grant_of("ann", "192.0.2.1"), AUTH0DB_OUTCOME_UNAVAILABLE);
    t.answer = NULL;
    ck_assert_int_eq(grant_of("bob", "192.0.2.1"), AUTH0DB_OUTCOME_OK);
    t.answer = fail_the_logins;
    ck_assert_int_eq(grant_of("ann", "192.0.2.1"), AUTH0DB_OUTCOME_UNCONFIRMED);
    end();
}
END_TEST

START_TEST(a_visitor_who_fails_alone_keeps_nobody_from_being_asked_about)
{
    auth0db_client_state state;
    begin();
    t.answer = fail_the_logins;
    for (int i = 0; i < 20; i++)
        ck_assert(is_no_answer(grant_of(i % 2 != 0 ? "ann" : "bob", "192.0.2.1")));
    ck_assert_uint_eq(t.grants, 20);
    ck_assert_uint_ge(t.probes, 1);
    ck_assert_uint_lt(t.probes, 10); /* his failures are not doubled */
    auth0db_client_get_state(client, &state);
    ck_assert(!state.breaker_open && state.failures_in_a_row == 0);
    end();
}
END_TEST

START_TEST(the_first_failure_is_an_outage_where_the_probe_fails_too)
{
    begin();
    t.answer = say_raw;
    say("HTTP/1.1 503 x\r\nContent-Length: 24\r\n\r\n{\"error\":\"server_error\"} ");
    ck_assert_int_eq(tenant_grant(client, 3000), AUTH0DB_OUTCOME_UNAVAILABLE);
    ck_assert_uint_eq(t.probes, 1);
    const script_request *probe = script_request_at(t.server, 2);
    ck_assert(tenant_is_probe(probe));
    ck_assert_ptr_null(strstr(probe->body, "secret"));
    ck_assert_ptr_null(strstr(probe->body, "password="));
    end();
}
END_TEST

/* On a quiet site the last failure is too long ago to confirm the next one. */
START_TEST(an_outage_is_found_again_however_long_nobody_came)
{
    fake_clock fake;
    auth0db_client_state state;
    t = (tenant){.answer = say_raw};
    tenant_start(&t);
    client = tenant_client_at(&t, NULL, &fake);
    say("HTTP/1.1 503 x\r\nContent-Length: 24\r\n\r\n{\"error\":\"server_error\"} ");
    for (unsigned i = 0; i < A0_BREAKER_FAILURES; i++)
        ck_assert_int_eq(grant_of("ann", "192.0.2.1"), AUTH0DB_OUTCOME_UNAVAILABLE);
    fake.ms += A0_DOUBT_MS + 1;
    ck_assert_int_eq(grant_of("bob", "192.0.2.2"), AUTH0DB_OUTCOME_UNAVAILABLE);
    ck_assert_uint_eq(t.probes, 2);
    auth0db_client_get_state(client, &state);
    ck_assert(state.breaker_open && state.retry_in_ms > 0);
    ck_assert_int_eq(grant_of("eve", "192.0.2.3"), AUTH0DB_OUTCOME_UNAVAILABLE);
    fake.ms += A0_DOUBT_MS + 1; /* and where it ended meanwhile, one who fails alone is alone */
    t.answer = fail_the_logins;
    ck_assert_int_eq(grant_of("bob", "192.0.2.2"), AUTH0DB_OUTCOME_UNCONFIRMED);
    auth0db_client_get_state(client, &state);
    ck_assert(!state.breaker_open);
    end();
}
END_TEST

static bool nothing_of_management(tenant *self, const script_request *request, script_answer *out)
{
    out->hang_up = true;
    return strncmp(request->path, "/api/", 5) == 0;
}

START_TEST(a_management_api_that_is_down_is_no_outage_of_logins)
{
    auth0db_tenant_user user;
    begin();
    t.answer = nothing_of_management;
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(auth0db_client_user_get(client, "auth0|1", 2000, &user, &err),
                         AUTH0DB_OUTCOME_UNAVAILABLE);
    ck_assert_int_eq(tenant_grant(client, 2000), AUTH0DB_OUTCOME_OK);
    t.answer = fail_the_logins;
    ck_assert_int_eq(tenant_grant(client, 2000), AUTH0DB_OUTCOME_UNCONFIRMED);
    end();
}
END_TEST

/* Busy to the one who was told, and to nobody else. */
START_TEST(a_limit_told_to_one_login_holds_for_that_name_and_address)
{
    fake_clock fake;
    t = (tenant){.answer = say_raw};
    tenant_start(&t);
    client = tenant_client_at(&t, NULL, &fake);
    say("HTTP/1.1 429 x\r\nRetry-After: 3540\r\nContent-Length: 29\r\n\r\n"
        "{\"error\":\"too_many_requests\"}");
    ck_assert_int_eq(grant_of("eve", "192.0.2.66"), AUTH0DB_OUTCOME_THROTTLED);
    raw = NULL;
    fake.ms += A0_LIMIT_COMMON_MS;
    ck_assert_int_eq(grant_of("ann", "192.0.2.1"), AUTH0DB_OUTCOME_OK);
    ck_assert_int_eq(grant_of("ann", "192.0.2.66"), AUTH0DB_OUTCOME_OK);
    ck_assert_int_eq(grant_of("eve", "192.0.2.1"), AUTH0DB_OUTCOME_OK);
    ck_assert_int_eq(grant_of("eve", NULL), AUTH0DB_OUTCOME_OK);
    ck_assert_uint_eq(fake.slept_ms, 0);
    ck_assert_int_eq(grant_of("eve", "192.0.2.66"), AUTH0DB_OUTCOME_THROTTLED);
    ck_assert_ptr_null(strstr(err.message, " ms"));
    fake.ms += 60000;
    ck_assert_int_eq(grant_of("eve", "192.0.2.66"), AUTH0DB_OUTCOME_OK);
    end();
}
END_TEST

START_TEST(a_flood_of_limits_does_not_make_a_site_wait)
{
    fake_clock fake;
    t = (tenant){.answer = say_raw};
    tenant_start(&t);
    client = tenant_client_at(&t, NULL, &fake);
    say("HTTP/1.1 429 x\r\nContent-Length: 29\r\n\r\n{\"error\":\"too_many_requests\"}");
    for (int i = 0; i < 600; i++) {
        char name[20];
        snprintf(name, sizeof name, "eve%d", i);
        ck_assert_int_eq(grant_of(name, "192.0.2.66"), AUTH0DB_OUTCOME_THROTTLED);
        fake.ms += 100;
    }
    ck_assert_uint_ge(fake.slept_ms, 1000);
    ck_assert_uint_le(fake.slept_ms, (60000 + fake.slept_ms) / 10 + 2000);
    end();
}
END_TEST

static fake_clock slow;

static bool take_a_minute(tenant *self, const script_request *request, script_answer *out)
{
    slow.ms += 60000;
    return false;
}

START_TEST(no_time_left_is_busy_and_no_outage)
{
    auth0db_tenant_user user;
    t = (tenant){.answer = take_a_minute};
    tenant_start(&t);
    client = tenant_client_at(&t, NULL, &slow);
    ck_assert_int_eq(auth0db_client_user_get(client, "auth0|1", 2000, &user, &err),
                     AUTH0DB_OUTCOME_THROTTLED);
    ck_assert_uint_eq(t.tokens, 1); /* which came too late for the request itself */
    ck_assert_uint_eq(t.others, 0);
    end();
    begin();
    t.answer = say_nothing;
    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(tenant_grant(client, 20), AUTH0DB_OUTCOME_THROTTLED);
    ck_assert_uint_eq(t.probes, 0);
    end();
}
END_TEST

START_TEST(a_rate_limit_is_obeyed_without_asking_again)
{
    begin();
    say("HTTP/1.1 429 x\r\nRetry-After: 30\r\nContent-Length: "
        "29\r\n\r\n{\"error\":\"too_many_requests\"}");
    for (int i = 0; i < 10; i++) {
        unsigned took;
        ck_assert_int_eq(timed_grant(5000, &took), AUTH0DB_OUTCOME_THROTTLED);
        ck_assert_uint_le(took, 2000);
    }
    ck_assert_uint_eq(t.grants, 1);
    end();
}
END_TEST

START_TEST(a_short_rate_limit_is_waited_for)
{
    fake_clock fake;
    t = (tenant){.answer = say_raw};
    tenant_start(&t);
    client = tenant_client_at(&t, NULL, &fake);
    say("HTTP/1.1 429 x\r\nx-ratelimit-reset: 2000000001\r\nContent-Length: 29\r\n\r\n"
        "{\"error\":\"too_many_requests\"}");
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_THROTTLED);
    ck_assert_uint_eq(t.grants, 2); /* asked again once */
    ck_assert_uint_eq(fake.slept_ms, 1000);
    raw = NULL;
    ck_assert_int_eq(tenant_grant(client, 600), AUTH0DB_OUTCOME_THROTTLED); /* no time for it */
    ck_assert_uint_eq(fake.slept_ms, 1000);
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    ck_assert_uint_eq(fake.slept_ms, 2000);
    end();
}
END_TEST

START_TEST(one_users_limit_does_not_stop_the_others)
{
    begin();
    say("HTTP/1.1 403 x\r\nx-ratelimit-remaining: 0\r\nx-ratelimit-reset: "
        "4000000000\r\nContent-Length: 25\r\n\r\n"
        "{\"error\":\"invalid_grant\"}");
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(tenant_grant(client, 1200), AUTH0DB_OUTCOME_BAD_CREDENTIALS);
    ck_assert_uint_eq(t.grants, 5);
    end();
}
END_TEST

static bool token_quota_used_up(tenant *self, const script_request *request, script_answer *out)
{
    if (strstr(request->body, "client_credentials") == NULL)
        return false;
    self->tokens++;
    *out = script_reply(429, "Retry-After: 3540\r\n", "{\"error\":\"too_many_requests\"}");
    return true;
}

START_TEST(our_own_tokens_quota_does_not_keep_users_out)
{
    auth0db_tenant_user user;
    begin();
    t.answer = token_quota_used_up;
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(auth0db_client_user_get(client, "auth0|1", 2000, &user, &err),
                         AUTH0DB_OUTCOME_THROTTLED);
    ck_assert_uint_eq(t.tokens, 1);
    ck_assert_int_eq(tenant_grant(client, 2000), AUTH0DB_OUTCOME_OK);
    end();
}
END_TEST

/* Every second grant on a connection is met by a closed door. */
static bool die_on_the_second(tenant *self, const script_request *request, script_answer *out)
{
    if (strcmp(request->path, "/oauth/token") != 0 || tenant_is_probe(request) || ++self->n != 2)
        return false;
    out->hang_up = true;
    return true;
}

START_TEST(a_login_is_not_sent_again_when_a_kept_connection_dies)
{
    begin();
    t.answer = die_on_the_second;
    ck_assert_int_eq(tenant_grant(client, 3000), AUTH0DB_OUTCOME_OK);
    ck_assert_int_eq(tenant_grant(client, 3000), AUTH0DB_OUTCOME_UNCONFIRMED);
    ck_assert_int_eq(t.n, 2);
    ck_assert_int_eq(tenant_grant(client, 3000), AUTH0DB_OUTCOME_OK);
    ck_assert_uint_eq(script_requests(t.server), 5); /* three logins, the key set and a probe */
    end();
}
END_TEST

START_TEST(a_connection_that_was_closed_while_idle_is_no_failure)
{
    begin();
    say("HTTP/1.1 403 x\r\nContent-Length: 25\r\n\r\n{\"error\":\"invalid_grant\"}");
    hang_up = true; /* after the answer, as a server does with idle connections */
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(tenant_grant(client, 3000), AUTH0DB_OUTCOME_BAD_CREDENTIALS);
        a0_sleep_ms(&a0_env_system, 20);
    }
    ck_assert_uint_eq(script_connections(t.server), 5);
    end();
}
END_TEST

START_TEST(plain_text_where_tls_should_be_is_not_trusted)
{
    char domain[64];
    auth0db_tenant_user user;
    auth0db_credentials c = {"ann", "x", 1, NULL, NULL};
    begin();
    auth0db_client *other;
    snprintf(domain, sizeof domain, "https://127.0.0.1:%d", script_port(t.server));
    auth0db_client_options o = {.size = sizeof o,
                                .domain = domain,
                                .client_id = "cid",
                                .client_secret = "s",
                                .connection = "Users"};
    say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    ck_assert_int_eq(auth0db_client_new(&other, &o, &err), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_client_grant(other, &c, 1500, &user, &err),
                     AUTH0DB_OUTCOME_UNAVAILABLE);
    ck_assert_uint_eq(script_requests(t.server), 0);
    auth0db_client_free(other);
    end();
}
END_TEST

static void collect(void *ctx, auth0db_log_level level, const char *line)
{
    strncat(ctx, line, 4000 - strlen(ctx));
    strncat(ctx, "\n", 2);
}

START_TEST(the_log_tells_what_happened_and_no_secret)
{
    static char log[4100];
    t = (tenant){0};
    log[0] = '\0';
    tenant_start(&t);
    client = tenant_client(&t, &(auth0db_client_options){
                                   .log = collect, .log_ctx = log, .log_level = AUTH0DB_LOG_DEBUG});
    ck_assert_int_eq(tenant_grant(client, 3000), AUTH0DB_OUTCOME_OK);
    t.answer = say_raw;
    say("HTTP/1.1 403 x\r\nContent-Length: "
        "80\r\n\r\n{\"error\":\"invalid_grant\",\"error_description\":"
        "\"Wrong email or password. hunter2\"}");
    ck_assert_int_eq(tenant_grant(client, 3000), AUTH0DB_OUTCOME_BAD_CREDENTIALS);
    ck_assert_ptr_nonnull(strstr(log, "login: 200 in "));
    ck_assert_ptr_nonnull(strstr(log, "403 invalid_grant"));
    static const char *const secrets[] = {"pass word",    "pass%20word", "s3cret", TENANT_ACCESS,
                                          TENANT_REFRESH, "eyJ",         "hunter2"};
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        ck_assert_msg(strstr(log, secrets[i]) == NULL, "%s in %s", secrets[i], log);
    end();
}
END_TEST

START_TEST(a_login_survives_every_failed_allocation)
{
    auth0db_outcome outcome = AUTH0DB_OUTCOME_UNAVAILABLE;
    long nth = 0;
    begin();
    tenant_record(&t); /* the server shall not allocate through the library meanwhile */
    while (outcome != AUTH0DB_OUTCOME_OK) {
        auth0db_client_free(client);
        client = tenant_client(&t, NULL);
        ck_assert_int_lt(++nth, 500);
        a0_test_fail_nth_alloc(nth);
        outcome = tenant_grant(client, 5000);
        a0_test_fail_nth_alloc(0);
        ck_assert(outcome == AUTH0DB_OUTCOME_OK || is_no_answer(outcome));
    }
    ck_assert_int_gt(nth, 10);
    end();
}
END_TEST

UNIT_MAIN("client trouble", every_4xx_refuses_and_only_5xx_may_be_an_outage,
          a_redirect_is_refused_and_not_followed, strange_answers_are_no_answers,
          deep_json_is_refused_not_recursed_into, twenty_megabytes_are_cut_off_at_eight,
          endless_headers_are_cut_off, silence_ends_at_the_deadline,
          half_an_answer_ends_at_the_deadline, nobody_there_is_known_at_once,
          an_outage_costs_milliseconds_after_the_first_few,
          nobody_can_open_the_breaker_with_his_own_logins,
          any_answer_tells_how_far_the_clock_is_off,
          one_failure_is_no_outage_and_another_persons_makes_it_one,
          a_visitor_who_fails_alone_keeps_nobody_from_being_asked_about,
          the_first_failure_is_an_outage_where_the_probe_fails_too,
          an_outage_is_found_again_however_long_nobody_came,
          a_management_api_that_is_down_is_no_outage_of_logins,
          a_limit_told_to_one_login_holds_for_that_name_and_address,
          a_flood_of_limits_does_not_make_a_site_wait, no_time_left_is_busy_and_no_outage,
          a_rate_limit_is_obeyed_without_asking_again, a_short_rate_limit_is_waited_for,
          one_users_limit_does_not_stop_the_others, our_own_tokens_quota_does_not_keep_users_out,
          a_login_is_not_sent_again_when_a_kept_connection_dies,
          a_connection_that_was_closed_while_idle_is_no_failure,
          plain_text_where_tls_should_be_is_not_trusted, the_log_tells_what_happened_and_no_secret,
          a_login_survives_every_failed_allocation)
