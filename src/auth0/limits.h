/* Rate limits as the tenant's headers tell them (facts/auth0.md 6). Pure: clocks and chance come
 * in, the caller locks. Waits are capped, since a wrong header or clock must not shut a site out
 * for days. */
#ifndef A0_AUTH0_LIMITS_H
#define A0_AUTH0_LIMITS_H

#include <stdint.h>

#include "http/request.h"

enum {
    A0_LIMIT_MIN_MS = 1000,
    A0_LIMIT_MAX_MS = 60000,
    A0_LIMIT_COMMON_MS = 1000,
    A0_LIMIT_EMPTY_MAX_MS = 1000, /* bucket just emptied by us: most refill every second */
};

/* Numbers of one answer; -1 where the header is missing or not a number. */
typedef struct a0_rate {
    int64_t remaining;
    int64_t wait_s; /* Retry-After, else x-ratelimit-reset less the tenant's (or our) clock; may be
                       < 0 */
} a0_rate;

typedef struct a0_limit { /* all zero: open */
    uint64_t closed_until;
    uint64_t common_until; /* for visitors, who may be others than the one it was told to */
    unsigned strikes;      /* 429s in a row */
} a0_limit;

a0_rate a0_rate_read(const a0_http_response *response, int64_t wall_s);
/** The tenant refused for its rate limit. `chance` is random: it spreads the herd by up to 20 %. */
void a0_limit_refused(a0_limit *limit, a0_rate rate, uint64_t now_ms, uint8_t chance);
/** The tenant answered; where that emptied the bucket, hold back before it has to refuse. */
void a0_limit_passed(a0_limit *limit, a0_rate rate, uint64_t now_ms);
/** Milliseconds until the next request may go. */
uint64_t a0_limit_wait(const a0_limit *limit, uint64_t now_ms);
/** The same for a visitor: a second at most. */
uint64_t a0_limit_wait_common(const a0_limit *limit, uint64_t now_ms);

#endif
