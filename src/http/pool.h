/* libcurl handles kept for their warm connections. Thread-safe; survives fork(): the child forgets
 * the inherited handles (they are the parent's TLS sessions) and closes its copies of their
 * sockets, so that the parent still decides when a connection ends. For http/ only. */
#ifndef A0_HTTP_POOL_H
#define A0_HTTP_POOL_H

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "http/fork.h"

enum {
    A0_POOL_IDLE_MAX = 32, /* more threads than this at once: the rest connect anew */
    A0_POOL_SOCKETS = 4,   /* of one handle: IPv4 and IPv6 race, and one on its way out */
};

typedef struct a0_pool_handle {
    CURL *curl;
    atomic_int sockets[A0_POOL_SOCKETS]; /* fd + 1; 0: free */
    struct a0_pool_handle *next_idle;
    struct a0_pool_handle *prev, *next; /* all handles of this process */
} a0_pool_handle;

typedef struct a0_pool {
    a0_fork_guard guard;
    a0_pool_handle *idle; /* last in, first out: the warmest is used first */
    size_t n_idle;
    a0_pool_handle *all;
    a0_pool_handle *inherited; /* of the parent: reachable, never touched */
} a0_pool;

A0_MUST_CHECK int a0_pool_init(a0_pool *pool);
void a0_pool_destroy(a0_pool *pool); /* no handle may be out */
/** A handle for this thread alone, options as curl_easy_reset leaves them; NULL when memory is
 * short. */
a0_pool_handle *a0_pool_take(a0_pool *pool);
/** `reusable` false throws the handle and its connections away. */
void a0_pool_give(a0_pool *pool, a0_pool_handle *handle, bool reusable);

#endif
