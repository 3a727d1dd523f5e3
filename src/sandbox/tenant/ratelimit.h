/* API rate limits by subscription (facts/auth0.md 6.2). Pure: the clock comes in as an argument. */
#ifndef A0_SANDBOX_TENANT_RATELIMIT_H
#define A0_SANDBOX_TENANT_RATELIMIT_H

#include "sandbox/counters.h"

typedef enum sb_tier {
    SB_TIER_GENEROUS, /* not Auth0's: nobody's test suite meets it by accident */
    SB_TIER_FREE,
    SB_TIER_ESSENTIALS, /* and Professional */
    SB_TIER_ENTERPRISE,
    SB_TIER_ENTERPRISE_NONPRODUCTION,
    SB_TIER_COUNT
} sb_tier;
extern const char *const sb_tier_names[]; /* NULL-terminated */

typedef enum sb_limit {
    SB_LIMIT_NONE,
    SB_LIMIT_AUTH, /* Authentication API, everything together */
    SB_LIMIT_TOKEN,
    SB_LIMIT_JWKS,
    SB_LIMIT_USERINFO,        /* one bucket a user */
    SB_LIMIT_CHANGE_PASSWORD, /* one bucket an address of the network and of the mail */
    SB_LIMIT_API,             /* Management API, everything together */
    SB_LIMIT_READ_USERS,
    SB_LIMIT_WRITE_USERS,
    SB_LIMIT_DELETE_USERS,
    SB_LIMIT_READ_CONNECTIONS,
    SB_LIMIT_READ_LOGS,
    SB_LIMIT_READ_CLIENTS,
    SB_LIMIT_OTHER,
    SB_LIMIT_COUNT
} sb_limit;
/** The group's name as it stands in Auth0's message, e.g. "users_write". */
const char *sb_limit_name(sb_limit limit);

typedef struct sb_limit_state {
    bool limited; /* false: this tier has no such bucket, and the rest is zero */
    bool allowed;
    int limit, remaining;
    int64_t reset_s; /* when tokens are added next; perhaps a single one */
} sb_limit_state;

/** Take one token; `key` tells buckets of one kind apart ("" where there is one). */
sb_limit_state sb_limit_take(sb_counters *counters, sb_tier tier, sb_limit limit, const char *key,
                             int64_t now_ms);

#endif
