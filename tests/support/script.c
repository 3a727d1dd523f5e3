#include "script.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 4096, REQUESTS_MAX = 4096, HEAD_MAX = 32768, BODY_MAX = 1024 * 1024 };

typedef struct connection {
    script *server;
    int fd;
    pthread_t thread;
} connection;

struct script {
    int fd, port;
    char url[64];
    script_handler handler;
    void *ctx;
    pthread_t accepter;
    pthread_mutex_t lock, handling;
    connection connections[CONNECTIONS_MAX];
    unsigned n_connections, n_requests;
    script_request *requests[REQUESTS_MAX];
    bool stopping, forget;
};

static void die(const char *what)
{
    perror(what);
    abort();
}

/* The head, byte by byte (slow and simple: nothing is read too far); false at the end of the
 * connection. */
static bool read_head(int fd, script_request *out)
{
    char head[HEAD_MAX];
    size_t len = 0;
    while (len < 4 || memcmp(head + len - 4, "\r\n\r\n", 4) != 0) {
        if (len + 1 == sizeof head || recv(fd, head + len, 1, 0) <= 0)
            return false;
        len++;
    }
    head[len] = '\0';
    out->head = strdup(head);
    return out->head != NULL && sscanf(head, "%7s %4095s", out->method, out->path) == 2;
}

static bool read_request(int fd, script_request *out)
{
    if (!read_head(fd, out))
        return false;
    const char *length = strcasestr(out->head, "\r\ncontent-length:");
    size_t want = length != NULL ? strtoul(length + 17, NULL, 10) : 0;
    out->body = want <= BODY_MAX ? calloc(1, want + 1) : NULL;
    while (out->body != NULL && out->body_len < want) {
        ssize_t n = recv(fd, out->body + out->body_len, want - out->body_len, 0);
        if (n <= 0)
            return false;
        out->body_len += (size_t)n;
    }
    return out->body != NULL;
}

static void free_request(script_request *request)
{
    if (request == NULL)
        return;
    free(request->head);
    free(request->body);
    free(request);
}

static bool send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

static void wait_for_hang_up(int fd)
{
    char byte;
    while (recv(fd, &byte, 1, 0) > 0)
        continue;
}

/* False when the connection is done with. */
static bool answer(connection *c, script_request *request)
{
    script *s = c->server;
    pthread_mutex_lock(&s->lock);
    if (!s->forget && s->n_requests == REQUESTS_MAX)
        die("too many requests to keep");
    bool keep = !s->forget;
    if (keep)
        s->requests[s->n_requests] = request;
    request->number = ++s->n_requests;
    pthread_mutex_unlock(&s->lock);
    pthread_mutex_lock(&s->handling);
    script_answer a = s->handler(s->ctx, request);
    pthread_mutex_unlock(&s->handling);
    if (a.delay_ms > 0)
        usleep(a.delay_ms * 1000);
    bool more = send_all(c->fd, a.raw, a.len);
    if (a.raw == NULL && !a.hang_up)
        wait_for_hang_up(c->fd);
    free(a.raw);
    if (!keep)
        free_request(request);
    return more && !a.hang_up && a.len > 0;
}

static void *serve(void *ctx)
{
    connection *c = ctx;
    for (;;) {
        script_request *request = calloc(1, sizeof *request);
        if (request == NULL)
            die("calloc");
        if (!read_request(c->fd, request)) {
            free_request(request);
            break;
        }
        if (!answer(c, request))
            break;
    }
    shutdown(c->fd, SHUT_RDWR);
    return NULL;
}

static void *accept_all(void *ctx)
{
    script *s = ctx;
    for (;;) {
        int fd = accept(s->fd, NULL, NULL);
        if (fd < 0)
            return NULL;
        pthread_mutex_lock(&s->lock);
        if (s->stopping || s->n_connections == CONNECTIONS_MAX) {
            close(fd);
        } else {
            connection *c = &s->connections[s->n_connections];
            *c = (connection){s, fd, 0};
            if (pthread_create(&c->thread, NULL, serve, c) != 0)
                die("pthread_create");
            s->n_connections++;
        }
        pthread_mutex_unlock(&s->lock);
    }
}

script *script_start(script_handler handler, void *ctx)
{
    script *s = calloc(1, sizeof *s);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    if (s == NULL)
        die("calloc");
    s->handler = handler;
    s->ctx = ctx;
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->handling, NULL);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&address, len) != 0 ||
        listen(s->fd, 128) != 0 || getsockname(s->fd, (struct sockaddr *)&address, &len) != 0)
        die("listen");
    s->port = ntohs(address.sin_port);
    snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d", s->port);
    if (pthread_create(&s->accepter, NULL, accept_all, s) != 0)
        die("pthread_create");
    return s;
}

void script_stop(script *s)
{
    if (s == NULL)
        return;
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_mutex_unlock(&s->lock);
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->accepter, NULL);
    close(s->fd);
    for (unsigned i = 0; i < s->n_connections; i++) {
        shutdown(s->connections[i].fd, SHUT_RDWR);
        pthread_join(s->connections[i].thread, NULL);
        close(s->connections[i].fd);
    }
    for (unsigned i = 0; i < REQUESTS_MAX; i++)
        free_request(s->requests[i]);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->handling);
    free(s);
}

int script_port(const script *s)
{
    return s->port;
}

const char *script_url(const script *s)
{
    return s->url;
}

unsigned script_requests(script *s)
{
    pthread_mutex_lock(&s->lock);
    unsigned n = s->n_requests;
    pthread_mutex_unlock(&s->lock);
    return n;
}

unsigned script_connections(script *s)
{
    pthread_mutex_lock(&s->lock);
    unsigned n = s->n_connections;
    pthread_mutex_unlock(&s->lock);
    return n;
}

const script_request *script_request_at(script *s, unsigned n)
{
    pthread_mutex_lock(&s->lock);
    const script_request *request = n >= 1 && n <= REQUESTS_MAX ? s->requests[n - 1] : NULL;
    pthread_mutex_unlock(&s->lock);
    return request;
}

void script_forget(script *s)
{
    pthread_mutex_lock(&s->lock);
    s->forget = true;
    pthread_mutex_unlock(&s->lock);
}

script_answer script_raw(const void *bytes, size_t len)
{
    script_answer a = {.raw = malloc(len + 1), .len = len};
    if (a.raw == NULL)
        die("malloc");
    memcpy(a.raw, bytes, len);
    return a;
}

script_answer script_reply(int status, const char *headers, const char *body)
{
    script_answer a = {0};
    int n = asprintf(
        &a.raw,
        "HTTP/1.1 %d Status\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n%s",
        status, headers, strlen(body), body);
    if (n < 0)
        die("asprintf");
    a.len = (size_t)n;
    return a;
}
