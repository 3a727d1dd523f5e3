#include "auth0/breaker.h"
#include "auth0/limits.h"
#include "unit.h"

static void fail_times(a0_breaker *b, unsigned n, uint64_t now)
{
    for (unsigned i = 0; i < n; i++) {
        a0_pass pass = a0_breaker_enter(b, now);
        ck_assert_int_eq(pass, A0_PASS_NORMAL);
        a0_breaker_leave(b, pass, A0_DOWN, now);
    }
}

START_TEST(opens_after_failures_in_a_row_only)
{
    a0_breaker b = {0};
    fail_times(&b, A0_BREAKER_FAILURES - 1, 0);
    a0_breaker_leave(&b, a0_breaker_enter(&b, 0), A0_UP, 0);
    fail_times(&b, A0_BREAKER_FAILURES - 1, 0);
    a0_breaker_leave(&b, a0_breaker_enter(&b, 0), A0_NOT_TRIED, 0);
    ck_assert(!b.open);
    fail_times(&b, 1, 0);
    ck_assert(b.open);
    ck_assert_int_eq(a0_breaker_enter(&b, A0_BREAKER_WAIT_MS - 1), A0_PASS_REFUSED);
    ck_assert_uint_eq(a0_breaker_wait(&b, 400), A0_BREAKER_WAIT_MS - 400);
}
END_TEST

START_TEST(one_probe_at_a_time_and_success_closes)
{
    a0_breaker b = {0};
    fail_times(&b, A0_BREAKER_FAILURES, 0);
    uint64_t now = A0_BREAKER_WAIT_MS;
    ck_assert_uint_eq(a0_breaker_wait(&b, now), 0);
    a0_pass probe = a0_breaker_enter(&b, now);
    ck_assert_int_eq(probe, A0_PASS_PROBE);
    ck_assert_int_eq(a0_breaker_enter(&b, now), A0_PASS_REFUSED);
    a0_breaker_leave(&b, probe, A0_UP, now);
    ck_assert(!b.open);
    ck_assert_int_eq(a0_breaker_enter(&b, now), A0_PASS_NORMAL);
}
END_TEST

START_TEST(a_failed_probe_doubles_the_wait_up_to_a_minute)
{
    a0_breaker b = {0};
    fail_times(&b, A0_BREAKER_FAILURES, 0);
    uint64_t now = 0;
    unsigned want = A0_BREAKER_WAIT_MS;
    for (int i = 0; i < 20; i++) {
        ck_assert_uint_eq(a0_breaker_wait(&b, now), want);
        now += want;
        a0_breaker_leave(&b, a0_breaker_enter(&b, now), A0_DOWN, now);
        want = want * 2 < A0_BREAKER_WAIT_MAX_MS ? want * 2 : A0_BREAKER_WAIT_MAX_MS;
    }
    a0_breaker_leave(&b, a0_breaker_enter(&b, now + want), A0_UP, now + want);
    fail_times(&b, A0_BREAKER_FAILURES, now + want);
    ck_assert_uint_eq(a0_breaker_wait(&b, now + want), A0_BREAKER_WAIT_MS);
}
END_TEST

START_TEST(stragglers_neither_double_the_wait_nor_spoil_the_probe)
{
    a0_breaker b = {0};
    a0_pass straggler = a0_breaker_enter(&b, 0);
    fail_times(&b, A0_BREAKER_FAILURES, 0);
    a0_breaker_leave(&b, straggler, A0_DOWN, 10);
    ck_assert_uint_eq(a0_breaker_wait(&b, 0), A0_BREAKER_WAIT_MS);
    a0_pass probe = a0_breaker_enter(&b, A0_BREAKER_WAIT_MS);
    a0_breaker_leave(&b, A0_PASS_NORMAL, A0_DOWN, A0_BREAKER_WAIT_MS);
    ck_assert_int_eq(a0_breaker_enter(&b, A0_BREAKER_WAIT_MS), A0_PASS_REFUSED);
    a0_breaker_leave(&b, probe, A0_NOT_TRIED, A0_BREAKER_WAIT_MS);
    ck_assert_int_eq(a0_breaker_enter(&b, A0_BREAKER_WAIT_MS), A0_PASS_PROBE);
    a0_breaker_forget_probe(&b);
    ck_assert_int_eq(a0_breaker_enter(&b, A0_BREAKER_WAIT_MS), A0_PASS_PROBE);
}
END_TEST

static a0_rate rate_of(const char *headers)
{
    a0_http_response response = {0};
    ck_assert_int_eq(a0_buf_puts(&response.headers, headers), AUTH0DB_OK);
    a0_rate rate = a0_rate_read(&response, 1000);
    a0_http_response_clear(&response);
    return rate;
}

START_TEST(headers_are_read_strictly)
{
    static const struct {
        const char *headers;
        long remaining, wait_s;
    } rows[] = {
        {"HTTP/1.1 429 x\r\n", -1, -1},
        {"HTTP/1.1 429 x\r\nX-RateLimit-Remaining: 0\r\nx-ratelimit-reset: 1007\r\n\r\n", 0, 7},
        {"x-ratelimit-reset: 1007\r\nRetry-After: 3\r\n", -1, 3},
        {"x-ratelimit-reset:900\r\n", -1, -100},
        {"x-ratelimit-remaining: -5\r\nRetry-After: 1.5\r\n", -1, -1},
        {"x-ratelimit-remaining: 12x\r\n", -1, -1},
        {"x-ratelimit-remaining: 99999999999999999999999999\r\n", -1, -1},
        {"x-ratelimit-remaining:\r\n", -1, -1},
        {"Retry-After: Thu, 01 Jan 1970 00:17:00 GMT\r\n", -1, 20},
        /* our clock (1000) is wrong by minutes: the tenant's own counts */
        {"Date: Thu, 01 Jan 1970 00:33:20 GMT\r\nx-ratelimit-reset: 2002\r\n", -1, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        a0_rate rate = rate_of(rows[i].headers);
        ck_assert_msg(rate.remaining == rows[i].remaining, "%zu: remaining %ld", i,
                      (long)rate.remaining);
        ck_assert_msg(rate.wait_s == rows[i].wait_s, "%zu: wait %ld", i, (long)rate.wait_s);
    }
}
END_TEST

START_TEST(a_refusal_closes_the_bucket_for_as_long_as_it_says_within_reason)
{
    a0_limit limit = {0};
    a0_limit_refused(&limit, (a0_rate){-1, 7}, 100, 0);
    ck_assert_uint_eq(a0_limit_wait(&limit, 100), 7000);
    ck_assert_uint_eq(a0_limit_wait(&limit, 7100), 0);
    a0_limit_refused(&limit, (a0_rate){-1, 0}, 10000, 0);
    ck_assert_uint_eq(a0_limit_wait(&limit, 10000), A0_LIMIT_MIN_MS);
    a0_limit_refused(&limit, (a0_rate){-1, INT64_MAX}, 20000, 255);
    ck_assert_uint_eq(a0_limit_wait(&limit, 20000), A0_LIMIT_MAX_MS);
    limit = (a0_limit){0};
    a0_limit_refused(&limit, (a0_rate){-1, 10}, 0, 255);
    ck_assert_uint_eq(a0_limit_wait(&limit, 0), 12000);
}
END_TEST

START_TEST(without_headers_the_wait_doubles_until_something_passes)
{
    static const uint64_t want[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
    a0_limit limit = {0};
    uint64_t now = 0;
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        a0_limit_refused(&limit, (a0_rate){-1, -1}, now, 0);
        ck_assert_uint_eq(a0_limit_wait(&limit, now), want[i]);
        now += want[i];
    }
    a0_limit_passed(&limit, (a0_rate){5, 10}, now);
    ck_assert_uint_eq(a0_limit_wait(&limit, now), 0);
    a0_limit_refused(&limit, (a0_rate){-1, -1}, now, 0);
    ck_assert_uint_eq(a0_limit_wait(&limit, now), 1000);
}
END_TEST

START_TEST(an_emptied_bucket_is_given_a_second)
{
    a0_limit limit = {0};
    a0_limit_passed(&limit, (a0_rate){0, 300}, 0);
    ck_assert_uint_eq(a0_limit_wait(&limit, 0), A0_LIMIT_EMPTY_MAX_MS);
    limit = (a0_limit){0};
    a0_limit_passed(&limit, (a0_rate){0, -3}, 0);
    ck_assert_uint_eq(a0_limit_wait(&limit, 0), 0);
}
END_TEST

UNIT_MAIN("breaker and limits", opens_after_failures_in_a_row_only,
          one_probe_at_a_time_and_success_closes, a_failed_probe_doubles_the_wait_up_to_a_minute,
          stragglers_neither_double_the_wait_nor_spoil_the_probe, headers_are_read_strictly,
          a_refusal_closes_the_bucket_for_as_long_as_it_says_within_reason,
          without_headers_the_wait_doubles_until_something_passes,
          an_emptied_bucket_is_given_a_second)
