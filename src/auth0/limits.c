/* What the headers of an answer say of the tenant's limits, and how long to keep off after it.
 * Whose request waits for it, and whether that is worth it, the gate decides. */
#include "auth0/limits.h"

#include <stdlib.h>
#include <string.h>

enum { NUMBER_SIZE = 20 };

static int64_t header_number(const a0_http_response *response, const char *name)
{
    char text[NUMBER_SIZE];
    if (!a0_http_header(response, name, text, sizeof text) ||
        strspn(text, "0123456789") != strlen(text))
        return -1;
    return strtoll(text, NULL, 10); /* 19 digits at most, so it saturates at worst */
}

/* Retry-After is seconds or a date (RFC 9110 10.2.3). */
static int64_t retry_after(const a0_http_response *response, int64_t now_s)
{
    int64_t seconds = header_number(response, "retry-after");
    if (seconds >= 0)
        return seconds;
    int64_t date = a0_http_date(response, "retry-after");
    return date >= 0 ? date - now_s : -1;
}

a0_rate a0_rate_read(const a0_http_response *response, int64_t wall_s)
{
    a0_rate rate = {.remaining = header_number(response, "x-ratelimit-remaining"), .wait_s = -1};
    /* the reset is a time of the tenant's clock: measured by its own Date our clock may be wrong */
    int64_t date = a0_http_date(response, "date");
    int64_t now_s = date >= 0 ? date : wall_s;
    rate.wait_s = retry_after(response, now_s);
    if (rate.wait_s < 0) {
        int64_t reset = header_number(response, "x-ratelimit-reset");
        rate.wait_s = reset >= 0 ? reset - now_s : -1;
    }
    return rate;
}

static uint64_t bounded_ms(int64_t seconds, uint64_t min_ms, uint64_t max_ms)
{
    /* The number is compared before it is multiplied: a header may hold any number of 19 digits. */
    uint64_t ms = seconds <= 0 ? 0 : seconds > A0_LIMIT_MAX_MS ? max_ms : (uint64_t)seconds * 1000;
    return ms < min_ms ? min_ms : ms > max_ms ? max_ms : ms;
}

/* The end never moves back: answers come back in any order, and an older one must not open what a
 * newer one has closed. */
static void close_until(a0_limit *limit, uint64_t until)
{
    if (until > limit->closed_until)
        limit->closed_until = until;
}

void a0_limit_refused(a0_limit *limit, a0_rate rate, uint64_t now_ms, uint8_t chance)
{
    /* Without a header the wait doubles with each refusal, from a second to the bound. */
    int64_t wait_s =
        rate.wait_s >= 0 ? rate.wait_s : INT64_C(1) << (limit->strikes < 6 ? limit->strikes : 6);
    uint64_t ms = bounded_ms(wait_s, A0_LIMIT_MIN_MS, A0_LIMIT_MAX_MS);
    ms += ms * chance / 255 / 5;
    close_until(limit, now_ms + (ms < A0_LIMIT_MAX_MS ? ms : A0_LIMIT_MAX_MS));
    /* sooner for some: the herd must not come back as one */
    limit->common_until = now_ms + A0_LIMIT_COMMON_MS - A0_LIMIT_COMMON_MS * chance / 255 / 5;
    if (limit->strikes < 6)
        limit->strikes++;
}

void a0_limit_passed(a0_limit *limit, a0_rate rate, uint64_t now_ms)
{
    limit->strikes = 0;
    /* This holds only where we have just taken the last one. Waiting now costs less than a 429,
     * which would count as a strike. */
    if (rate.remaining != 0 || rate.wait_s <= 0)
        return;
    close_until(limit, now_ms + bounded_ms(rate.wait_s, 0, A0_LIMIT_EMPTY_MAX_MS));
    limit->common_until = limit->closed_until < now_ms + A0_LIMIT_COMMON_MS
                              ? limit->closed_until
                              : now_ms + A0_LIMIT_COMMON_MS;
}

uint64_t a0_limit_wait(const a0_limit *limit, uint64_t now_ms)
{
    return now_ms < limit->closed_until ? limit->closed_until - now_ms : 0;
}

uint64_t a0_limit_wait_common(const a0_limit *limit, uint64_t now_ms)
{
    return now_ms < limit->common_until ? limit->common_until - now_ms : 0;
}
