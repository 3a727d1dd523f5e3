#include "http/pool.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "http/sigpipe.h"

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_once_rc;

static void start_curl(void)
{
    curl_once_rc = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* Runs between fork() and whatever the child does next, with the guard held. A socket that another
 * thread of the parent is just opening may be missed; one that it is just closing is not closed
 * twice (see close_socket). */
static void forget_handles(void *ctx)
{
    a0_pool *pool = ctx;
    a0_pool_handle *last = NULL;
    for (a0_pool_handle *handle = pool->all; handle != NULL; handle = handle->next) {
        for (size_t i = 0; i < A0_POOL_SOCKETS; i++) {
            int fd = atomic_exchange(&handle->sockets[i], 0) - 1;
            if (fd >= 0)
                close(fd);
        }
        last = handle;
    }
    /* They stay reachable and are not freed: libcurl's clean-up would speak in the parent's TLS
     * sessions. */
    if (last != NULL) {
        last->next = pool->inherited;
        pool->inherited = pool->all;
    }
    pool->all = pool->idle = NULL;
    pool->n_idle = 0;
}

int a0_pool_init(a0_pool *pool)
{
    *pool = (a0_pool){0};
    return a0_fork_guard_init(&pool->guard, forget_handles, pool);
}

static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
    a0_pool_handle *handle = ctx;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    /* libcurl opens and closes sockets without our guard, so each place is taken and left by one
     * atomic step. Without a free place a child keeps a copy that it never uses. CLOEXEC: a program
     * that the site starts must not keep the tenant's connections open. */
    for (size_t i = 0; fd >= 0 && i < A0_POOL_SOCKETS; i++) {
        int none = 0;
        if (atomic_compare_exchange_strong(&handle->sockets[i], &none, fd + 1))
            break;
    }
    return fd >= 0 ? fd : CURL_SOCKET_BAD;
}

/* Forgotten first, closed second: the other way round, a fork in between would make the child close
 * a number that by then may be somebody else's. */
static int close_socket(void *ctx, curl_socket_t fd)
{
    a0_pool_handle *handle = ctx;
    for (size_t i = 0; i < A0_POOL_SOCKETS; i++) {
        int entry = fd + 1;
        if (atomic_compare_exchange_strong(&handle->sockets[i], &entry, 0))
            break;
    }
    return close(fd);
}

/* With the guard held: starting libcurl, and making a handle, take a lock of libcurl's own, and a
 * child that is made meanwhile would find it locked for ever. */
static a0_pool_handle *new_handle(a0_pool *pool)
{
    if (pthread_once(&curl_once, start_curl) != 0 || curl_once_rc != CURLE_OK)
        return NULL;
    a0_pool_handle *handle = a0_alloc(sizeof *handle);
    if (handle == NULL)
        return NULL;
    handle->curl = curl_easy_init();
    if (handle->curl == NULL) {
        a0_free(handle);
        return NULL;
    }
    handle->next = pool->all;
    if (pool->all != NULL)
        pool->all->prev = handle;
    pool->all = handle;
    return handle;
}

a0_pool_handle *a0_pool_take(a0_pool *pool)
{
    a0_fork_guard_lock(&pool->guard);
    a0_pool_handle *handle = pool->idle;
    if (handle != NULL) {
        pool->idle = handle->next_idle;
        pool->n_idle--;
    } else {
        handle = new_handle(pool);
    }
    a0_fork_guard_unlock(&pool->guard);
    if (handle == NULL)
        return NULL;
    /* From here on the handle is this thread's alone, so no guard is needed. */
    handle->next_idle = NULL;
    curl_easy_reset(handle->curl); /* options go, connections stay */
    curl_easy_setopt(handle->curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(handle->curl, CURLOPT_OPENSOCKETDATA, handle);
    curl_easy_setopt(handle->curl, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(handle->curl, CURLOPT_CLOSESOCKETDATA, handle);
    return handle;
}

static void unlink_handle(a0_pool *pool, a0_pool_handle *handle)
{
    if (handle->next != NULL)
        handle->next->prev = handle->prev;
    if (handle->prev != NULL)
        handle->prev->next = handle->next;
    else
        pool->all = handle->next;
}

/* Says goodbye to the peers of what is left open. One that has hung up answers with SIGPIPE, which
 * would end the site's process. */
static void close_handle(a0_pool_handle *handle)
{
    a0_sigpipe held;
    a0_sigpipe_hold(&held);
    curl_easy_cleanup(handle->curl);
    a0_sigpipe_release(&held);
}

void a0_pool_give(a0_pool *pool, a0_pool_handle *handle, bool reusable)
{
    a0_fork_guard_lock(&pool->guard);
    /* After a failure nobody knows what the connection is in the middle of: its next answer might
     * be the one that the last request was waiting for. */
    bool keep = reusable && pool->n_idle < A0_POOL_IDLE_MAX;
    if (keep) {
        handle->next_idle = pool->idle;
        pool->idle = handle;
        pool->n_idle++;
    }
    a0_fork_guard_unlock(&pool->guard);
    if (keep)
        return;
    /* Cleaned up while still listed: until its sockets are closed a child must know of them. */
    close_handle(handle);
    a0_fork_guard_lock(&pool->guard);
    unlink_handle(pool, handle);
    a0_fork_guard_unlock(&pool->guard);
    a0_free(handle);
}

void a0_pool_destroy(a0_pool *pool)
{
    a0_fork_guard_destroy(&pool->guard);
    while (pool->all != NULL) {
        a0_pool_handle *handle = pool->all;
        pool->all = handle->next;
        close_handle(handle);
        a0_free(handle);
    }
}
