/* The clocks, the sleep and the randomness of this machine. All others get them through a0_env, so
 * that a test decides what time it is. */
#include "base/env.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

/* Deadlines are counted by this one: a step of the wall clock would end them at once, or never. */
static uint64_t system_mono_ms(void *ctx)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int64_t system_wall_ms(void *ctx)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void system_sleep_ms(void *ctx, unsigned ms)
{
    struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};
    /* A signal of the host's must not shorten a backoff: what is left of it is slept. */
    while (nanosleep(&t, &t) != 0 && errno == EINTR)
        continue;
}

/* The kernel's, which needs no file: so it is there without /dev and without a free descriptor. It
 * may come in pieces. Where it fails that is an error, and never a weaker source. */
static int system_random(void *ctx, void *out, size_t len)
{
    char *p = out;
    while (len > 0) {
        ssize_t got = getrandom(p, len, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return AUTH0DB_ERR_CRYPTO;
        p += got;
        len -= (size_t)got;
    }
    return AUTH0DB_OK;
}

const a0_env a0_env_system = {system_mono_ms, system_wall_ms, system_sleep_ms, system_random, NULL};
