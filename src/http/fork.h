/* A mutex that is sane on both sides of fork(), however many threads the parent had: it is held
 * across the fork, so what it protects is whole in the child, and the child gets one call to drop
 * what it must not use.
 *
 * A thread holds at most one guard at a time, and never while it waits for the network. */
#ifndef A0_HTTP_FORK_H
#define A0_HTTP_FORK_H

#include <pthread.h>

#include "base/error.h"

typedef struct a0_fork_guard {
    pthread_mutex_t mutex;
    void (*in_child)(void *ctx); /* with the guard held; async-signal-safe calls only */
    void *ctx;
    struct a0_fork_guard *prev, *next;
} a0_fork_guard;

/** The guard must not move until a0_fork_guard_destroy. */
A0_MUST_CHECK int a0_fork_guard_init(a0_fork_guard *guard, void (*in_child)(void *ctx), void *ctx);
void a0_fork_guard_destroy(a0_fork_guard *guard);

static inline void a0_fork_guard_lock(a0_fork_guard *guard)
{
    pthread_mutex_lock(&guard->mutex);
}
static inline void a0_fork_guard_unlock(a0_fork_guard *guard)
{
    pthread_mutex_unlock(&guard->mutex);
}

#endif
