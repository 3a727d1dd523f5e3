#include "sandbox/tenant/ratelimit.h"

#include <stdio.h>

const char *const sb_tier_names[] = {
    "generous", "free", "essentials", "enterprise", "enterprise_nonproduction", NULL};

#define PER_MINUTE(n) (60000.0 / (n))
#define PER_SECOND(n) (1000.0 / (n))

/* facts/auth0.md 6.2, a row for each column there; a tier without a bucket has the global one.
 * "generous" is nobody's: a test suite that is not about limits must not meet them. */
static const sb_rate rates[SB_TIER_COUNT][SB_LIMIT_COUNT] = {
    [SB_TIER_GENEROUS] = {[SB_LIMIT_AUTH] = {1000, PER_SECOND(1000)},
                          [SB_LIMIT_USERINFO] = {10, PER_MINUTE(5)},
                          [SB_LIMIT_CHANGE_PASSWORD] = {10, PER_MINUTE(1)},
                          [SB_LIMIT_API] = {1000, PER_SECOND(1000)}},
    [SB_TIER_FREE] = {[SB_LIMIT_AUTH] = {300, PER_MINUTE(300)},
                      [SB_LIMIT_TOKEN] = {30, PER_SECOND(30)},
                      [SB_LIMIT_JWKS] = {20, PER_SECOND(20)},
                      [SB_LIMIT_USERINFO] = {10, PER_MINUTE(5)},
                      [SB_LIMIT_CHANGE_PASSWORD] = {10, PER_MINUTE(1)},
                      [SB_LIMIT_API] = {2, PER_SECOND(2)}},
    [SB_TIER_ESSENTIALS] = {[SB_LIMIT_AUTH] = {25, PER_SECOND(25)},
                            [SB_LIMIT_USERINFO] = {10, PER_MINUTE(5)},
                            [SB_LIMIT_CHANGE_PASSWORD] = {10, PER_MINUTE(1)},
                            [SB_LIMIT_READ_USERS] = {40, PER_MINUTE(500)},
                            [SB_LIMIT_WRITE_USERS] = {20, PER_MINUTE(200)},
                            [SB_LIMIT_DELETE_USERS] = {20, PER_MINUTE(200)},
                            [SB_LIMIT_READ_CONNECTIONS] = {5, PER_MINUTE(50)},
                            [SB_LIMIT_READ_LOGS] = {10, PER_MINUTE(100)},
                            [SB_LIMIT_READ_CLIENTS] = {5, PER_MINUTE(100)},
                            [SB_LIMIT_OTHER] = {10, PER_MINUTE(150)}},
    [SB_TIER_ENTERPRISE] = {[SB_LIMIT_AUTH] = {100, PER_SECOND(100)},
                            [SB_LIMIT_USERINFO] = {10, PER_MINUTE(5)},
                            [SB_LIMIT_CHANGE_PASSWORD] = {10, PER_MINUTE(1)},
                            [SB_LIMIT_API] = {50, PER_SECOND(16)}},
    [SB_TIER_ENTERPRISE_NONPRODUCTION] = {[SB_LIMIT_AUTH] = {100, PER_SECOND(100)},
                                          [SB_LIMIT_USERINFO] = {10, PER_MINUTE(5)},
                                          [SB_LIMIT_CHANGE_PASSWORD] = {10, PER_MINUTE(1)},
                                          [SB_LIMIT_API] = {10, PER_SECOND(2)}},
};

const char *sb_limit_name(sb_limit limit)
{
    static const char *const names[SB_LIMIT_COUNT] = {"none",
                                                      "auth",
                                                      "token",
                                                      "jwks",
                                                      "userinfo",
                                                      "change_password",
                                                      "api",
                                                      "users_read",
                                                      "users_write",
                                                      "users_delete",
                                                      "connections_read",
                                                      "logs_read",
                                                      "clients_read",
                                                      "other"};
    return names[limit];
}

sb_limit_state sb_limit_take(sb_counters *counters, sb_tier tier, sb_limit limit, const char *key,
                             int64_t now_ms)
{
    sb_rate rate = rates[tier][limit];
    /* This tier has no bucket of its own for it: the global one counts. */
    if (rate.burst == 0)
        return (sb_limit_state){.allowed = true};
    char name[320];
    snprintf(name, sizeof name, "r%d %s", (int)limit, key);
    sb_counter *bucket = sb_counter_touch(counters, name, rate.burst, now_ms);
    if (bucket == NULL)
        return (sb_limit_state){.allowed = true};
    bool allowed = sb_bucket_take(bucket, rate, now_ms);
    double missing =
        1 - (bucket->value - (double)(int64_t)bucket->value); /* of the next whole token */
    /* Rounded up: whoever waits until then must find a token. It may be a single one
     * (facts/auth0.md 6.1). */
    int64_t wait_ms = (int64_t)(missing * rate.refill_ms) + 1;
    return (sb_limit_state){
        .limited = true,
        .allowed = allowed,
        .limit = (int)rate.burst,
        .remaining = (int)bucket->value,
        .reset_s = (now_ms + wait_ms + 999) / 1000,
    };
}
