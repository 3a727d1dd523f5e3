/* Mutexes that are whole on both sides of fork(). Every guard is held across it: otherwise a child
 * could inherit one that another thread of the parent holds, and wait for ever for a thread that it
 * does not have. What a child must drop, each guard's owner says. */
#include "http/fork.h"

#include <stddef.h>

/* Every live guard, so that one set of fork handlers (they can never be taken back) serves them
 * all. */
static pthread_mutex_t registry_mutex = PTHREAD_MUTEX_INITIALIZER;
static a0_fork_guard *registry;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int once_rc;

/* The registry first, then the guards. Nobody takes them the other way round: a thread that holds a
 * guard never opens or closes another, so this cannot deadlock. */
static void before_fork(void)
{
    pthread_mutex_lock(&registry_mutex);
    for (a0_fork_guard *guard = registry; guard != NULL; guard = guard->next)
        pthread_mutex_lock(&guard->mutex);
}

static void after_fork_in_parent(void)
{
    for (a0_fork_guard *guard = registry; guard != NULL; guard = guard->next)
        pthread_mutex_unlock(&guard->mutex);
    pthread_mutex_unlock(&registry_mutex);
}

/* The owners first, while all is still locked: nothing in the child may see a guarded thing before
 * it has dropped what is the parent's. The one thread of the child is the one that locked, so it
 * may unlock. */
static void after_fork_in_child(void)
{
    for (a0_fork_guard *guard = registry; guard != NULL; guard = guard->next)
        guard->in_child(guard->ctx);
    after_fork_in_parent();
}

static void install(void)
{
    once_rc = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

int a0_fork_guard_init(a0_fork_guard *guard, void (*in_child)(void *ctx), void *ctx)
{
    /* Without the handlers a child could hang, so there is no guard then. */
    if (pthread_once(&once, install) != 0 || once_rc != 0)
        return AUTH0DB_ERR_NO_MEMORY;
    if (pthread_mutex_init(&guard->mutex, NULL) != 0)
        return AUTH0DB_ERR_NO_MEMORY;
    guard->in_child = in_child;
    guard->ctx = ctx;
    /* The guard is listed last, when it is complete: a fork() may come in the next moment. */
    guard->prev = NULL;
    pthread_mutex_lock(&registry_mutex);
    guard->next = registry;
    if (registry != NULL)
        registry->prev = guard;
    registry = guard;
    pthread_mutex_unlock(&registry_mutex);
    return AUTH0DB_OK;
}

/* The guard is taken off the list first: a fork() would otherwise lock a mutex that is gone. */
void a0_fork_guard_destroy(a0_fork_guard *guard)
{
    pthread_mutex_lock(&registry_mutex);
    if (guard->next != NULL)
        guard->next->prev = guard->prev;
    if (guard->prev != NULL)
        guard->prev->next = guard->next;
    else
        registry = guard->next;
    pthread_mutex_unlock(&registry_mutex);
    pthread_mutex_destroy(&guard->mutex);
}
