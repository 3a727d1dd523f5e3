/* Keeps SIGPIPE from one thread for as long as a library writes to sockets. By the thread's own
 * mask: handlers belong to the process, which is the site's. */
#include "http/sigpipe.h"

#include <pthread.h>
#include <time.h>

static bool is_pending(void)
{
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
}

static void only_sigpipe(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGPIPE);
}

void a0_sigpipe_hold(a0_sigpipe *held)
{
    sigset_t pipe;
    only_sigpipe(&pipe);
    /* This is remembered, so that a signal that was the site's is told from one that came
     * meanwhile. */
    held->was_pending = is_pending();
    pthread_sigmask(SIG_BLOCK, &pipe, &held->before);
}

void a0_sigpipe_release(const a0_sigpipe *held)
{
    sigset_t pipe;
    only_sigpipe(&pipe);
    /* Ours is taken away before the mask comes back: in that moment it would be delivered, and end
     * the process. The wait has no length, so it holds nobody up. */
    if (!held->was_pending && is_pending())
        sigtimedwait(&pipe, NULL, &(struct timespec){0});
    else if (held->was_pending && !is_pending())
        raise(SIGPIPE); /* libcurl ignores it for a moment, which throws away one that waits */
    pthread_sigmask(SIG_SETMASK, &held->before, NULL);
}
