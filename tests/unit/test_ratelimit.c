#include <string.h>

#include "base/error.h"
#include "sandbox/tenant/ratelimit.h"
#include "unit.h"

/* How many calls pass at one moment. */
static int burst(sb_counters *counters, sb_tier tier, sb_limit limit, int64_t now_ms)
{
    int n = 0;
    while (n < 5000 && sb_limit_take(counters, tier, limit, "", now_ms).allowed)
        n++;
    return n;
}

START_TEST(figures_are_those_of_the_rate_limit_policy)
{
    static const struct {
        sb_tier tier;
        sb_limit limit;
        int burst, in_a_minute;
    } rows[] = {
        {SB_TIER_FREE, SB_LIMIT_API, 2, 120},
        {SB_TIER_FREE, SB_LIMIT_AUTH, 300, 300},
        {SB_TIER_FREE, SB_LIMIT_TOKEN, 30, 1800},
        {SB_TIER_ESSENTIALS, SB_LIMIT_READ_USERS, 40, 500},
        {SB_TIER_ESSENTIALS, SB_LIMIT_WRITE_USERS, 20, 200},
        {SB_TIER_ESSENTIALS, SB_LIMIT_DELETE_USERS, 20, 200},
        {SB_TIER_ESSENTIALS, SB_LIMIT_READ_CONNECTIONS, 5, 50},
        {SB_TIER_ESSENTIALS, SB_LIMIT_OTHER, 10, 150},
        {SB_TIER_ENTERPRISE, SB_LIMIT_API, 50, 960},
        {SB_TIER_ENTERPRISE_NONPRODUCTION, SB_LIMIT_API, 10, 120},
        {SB_TIER_ENTERPRISE, SB_LIMIT_USERINFO, 10, 5},
        {SB_TIER_GENEROUS, SB_LIMIT_CHANGE_PASSWORD, 10, 1},
        {SB_TIER_FREE, SB_LIMIT_CHANGE_PASSWORD, 10, 1},
        {SB_TIER_ESSENTIALS, SB_LIMIT_CHANGE_PASSWORD, 10, 1},
        {SB_TIER_ENTERPRISE, SB_LIMIT_CHANGE_PASSWORD, 10, 1},
        {SB_TIER_ENTERPRISE_NONPRODUCTION, SB_LIMIT_CHANGE_PASSWORD, 10, 1},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        sb_counters counters = {0};
        ck_assert_int_eq(burst(&counters, rows[i].tier, rows[i].limit, 0), rows[i].burst);
        int later = 0;
        for (int64_t ms = 10; ms <= 60000; ms += 10)
            later += burst(&counters, rows[i].tier, rows[i].limit, ms);
        ck_assert_msg(later >= rows[i].in_a_minute - 1 && later <= rows[i].in_a_minute,
                      "row %zu: %d", i, later);
        sb_counters_clear(&counters);
    }
}
END_TEST

START_TEST(a_bucket_that_a_tier_lacks_limits_nothing)
{
    sb_counters counters = {0};
    sb_limit_state state = sb_limit_take(&counters, SB_TIER_FREE, SB_LIMIT_READ_USERS, "", 0);
    ck_assert(state.allowed && !state.limited);
    ck_assert_uint_eq(counters.n, 0);
}
END_TEST

START_TEST(the_state_says_what_is_left_and_when_more_comes)
{
    sb_counters counters = {0};
    sb_limit_state state =
        sb_limit_take(&counters, SB_TIER_ESSENTIALS, SB_LIMIT_OTHER, "", 1000000);
    ck_assert(state.limited && state.allowed);
    ck_assert_int_eq(state.limit, 10);
    ck_assert_int_eq(state.remaining, 9);
    ck_assert_int_eq(state.reset_s, 1001); /* 400 ms a token */
    for (int i = 0; i < 9; i++)
        state = sb_limit_take(&counters, SB_TIER_ESSENTIALS, SB_LIMIT_OTHER, "", 1000000);
    ck_assert_int_eq(state.remaining, 0);
    state = sb_limit_take(&counters, SB_TIER_ESSENTIALS, SB_LIMIT_OTHER, "", 1000000);
    ck_assert(!state.allowed);
    ck_assert_int_eq(state.remaining, 0);
    ck_assert_int_eq(state.reset_s, 1001);
    sb_counters_clear(&counters);
}
END_TEST

START_TEST(keys_have_buckets_of_their_own)
{
    sb_counters counters = {0};
    for (int i = 0; i < 10; i++)
        ck_assert(sb_limit_take(&counters, SB_TIER_FREE, SB_LIMIT_USERINFO, "a", 0).allowed);
    ck_assert(!sb_limit_take(&counters, SB_TIER_FREE, SB_LIMIT_USERINFO, "a", 0).allowed);
    ck_assert(sb_limit_take(&counters, SB_TIER_FREE, SB_LIMIT_USERINFO, "b", 0).allowed);
    sb_counters_clear(&counters);
}
END_TEST

START_TEST(a_clock_that_stands_or_goes_back_gives_nothing)
{
    sb_counters counters = {0};
    ck_assert_int_eq(burst(&counters, SB_TIER_FREE, SB_LIMIT_API, 5000), 2);
    ck_assert_int_eq(burst(&counters, SB_TIER_FREE, SB_LIMIT_API, 5000), 0);
    ck_assert_int_eq(burst(&counters, SB_TIER_FREE, SB_LIMIT_API, 1000), 0);
    ck_assert_int_eq(burst(&counters, SB_TIER_FREE, SB_LIMIT_API, 5500), 1);
    ck_assert_int_eq(burst(&counters, SB_TIER_FREE, SB_LIMIT_API, 9000000),
                     2); /* full, never fuller */
    sb_counters_clear(&counters);
}
END_TEST

UNIT_MAIN("ratelimit", figures_are_those_of_the_rate_limit_policy,
          a_bucket_that_a_tier_lacks_limits_nothing,
          the_state_says_what_is_left_and_when_more_comes, keys_have_buckets_of_their_own,
          a_clock_that_stands_or_goes_back_gives_nothing)
