/* libcurl and OpenSSL write to peers that may have hung up. That must not kill the process, and a
 * library may not change the process's signals. */
#ifndef A0_HTTP_SIGPIPE_H
#define A0_HTTP_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>

typedef struct a0_sigpipe {
    sigset_t before;
    bool was_pending;
} a0_sigpipe;

/** From here to a0_sigpipe_release on the same thread no SIGPIPE reaches this thread. One that was
 * the site's, and pending, stays so. */
void a0_sigpipe_hold(a0_sigpipe *held);
void a0_sigpipe_release(const a0_sigpipe *held);

#endif
