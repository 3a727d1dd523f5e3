#include "sandbox/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "sandbox/multipart.h"
#include "sandbox/router.h"

enum {
    CONNECTIONS_MAX = 512,
    IDLE_SECONDS = 60,
    DISCARD_MAX = 64 * 1024 * 1024, /* of a body that is too large anyway, before we hang up */
    CONNECTION_MEMORY = 48 * 1024,  /* request line and headers */
};

struct sb_server {
    struct MHD_Daemon *daemon;
    sb_tenant *tenant;
    bool quiet;
    unsigned long connections; /* numbered as they come; only the accepting thread counts */
};

/* One request on its way in. */
typedef struct exchange {
    sb_request request;
    char *target; /* as it stood in the request line */
    bool started;
    bool too_large;
    int target_rc;
} exchange;

/* A TCP connection. libmicrohttpd does not announce the end of a request that it gave up on by
 * itself (a query of more parameters than its memory holds, say): what is left open goes with the
 * connection. */
typedef struct line {
    unsigned long number;
    exchange *open;
} line;

static line *line_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

static void free_exchange(exchange *x)
{
    if (x == NULL)
        return;
    sb_request_clear(&x->request);
    a0_free(x->target);
    a0_free(x);
}

/* ---- out ---- */

typedef struct body {
    a0_buf bytes;
    int64_t cut_at;
} body;

/* A cut is an error and no end: the head has promised the whole length, so the client must see a
 * broken body and not a short one. */
static ssize_t read_body(void *ctx, uint64_t at, char *out, size_t max)
{
    const body *b = ctx;
    uint64_t end =
        b->cut_at >= 0 && (uint64_t)b->cut_at < b->bytes.len ? (uint64_t)b->cut_at : b->bytes.len;
    if (at >= end)
        return end < b->bytes.len ? MHD_CONTENT_READER_END_WITH_ERROR
                                  : MHD_CONTENT_READER_END_OF_STREAM;
    size_t n = end - at < max ? (size_t)(end - at) : max;
    memcpy(out, b->bytes.data + at, n);
    return (ssize_t)n;
}

static void free_body(void *ctx)
{
    body *b = ctx;
    a0_buf_clear(&b->bytes);
    a0_free(b);
}

/* The body goes to the response, which frees and wipes it when its last byte has left: it may hold
 * tokens. */
static struct MHD_Response *response_of(sb_reply *reply, const sb_delivery *delivery)
{
    body *b = a0_alloc(sizeof *b);
    if (b == NULL)
        return NULL;
    b->bytes = reply->body;
    reply->body = (a0_buf){0};
    b->cut_at = delivery->cut_at;
    struct MHD_Response *response =
        b->bytes.len > 0
            ? MHD_create_response_from_callback(b->bytes.len, 32 * 1024, read_body, b, free_body)
            : MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (response == NULL || b->bytes.len == 0)
        free_body(b);
    return response;
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, sb_reply *reply,
                                  const sb_delivery *delivery)
{
    if (delivery->drop)
        return MHD_NO; /* closes the connection without a byte */
    struct MHD_Response *response = response_of(reply, delivery);
    if (response == NULL)
        return MHD_NO;
    if (reply->content_type[0] != '\0')
        MHD_add_response_header(response, "Content-Type", reply->content_type);
    for (unsigned i = 0; i < reply->n_headers; i++)
        MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
    enum MHD_Result result = MHD_queue_response(connection, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    return result;
}

/* ---- in ---- */

/* Copied, and "" where it is absent: nobody after this has to ask for NULL. */
static char *header(struct MHD_Connection *connection, const char *name)
{
    const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
    return a0_strdup(value != NULL ? value : "");
}

static void read_peer(struct MHD_Connection *connection, sb_request *request)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info != NULL ? info->client_addr : NULL;
    if (address != NULL && address->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr,
                  request->peer, sizeof request->peer);
    else if (address != NULL && address->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr,
                  request->peer, sizeof request->peer);
    request->connection = line_of(connection)->number;
}

static bool read_head(struct MHD_Connection *connection, exchange *x, const char *method)
{
    sb_request *request = &x->request;
    x->started = true;
    snprintf(request->method, sizeof request->method, "%s", method);
    request->content_type = header(connection, "Content-Type");
    request->authorization = header(connection, "Authorization");
    request->host = header(connection, "Host");
    request->origin = header(connection, "Origin");
    request->user_agent = header(connection, "User-Agent");
    request->accept = header(connection, "Accept");
    request->forwarded_for = header(connection, "auth0-forwarded-for");
    request->custom_domain = header(connection, "auth0-custom-domain");
    request->cookie = header(connection, "Cookie");
    read_peer(connection, request);
    request->raw_body.limit = SB_BODY_MAX;
    x->target_rc = sb_request_parse_target(request, x->target);
    char *length = header(connection, "Content-Length");
    /* By what the head promises, so that none of it is read. A body without a length is measured as
     * it comes (read_body_part). */
    x->too_large = length != NULL && strtoull(length, NULL, 10) > SB_BODY_MAX;
    a0_free(length);
    return request->content_type != NULL && request->authorization != NULL &&
           request->host != NULL && request->origin != NULL && request->user_agent != NULL &&
           request->accept != NULL && request->forwarded_for != NULL &&
           request->custom_domain != NULL && request->cookie != NULL;
}

static enum MHD_Result read_body_part(exchange *x, const char *data, size_t *size)
{
    x->request.body_size += *size;
    /* Up to there it is read and thrown away, so that the client hears why; beyond it nobody
     * listens any more. */
    if (x->request.body_size > DISCARD_MAX)
        return MHD_NO;
    if (!x->too_large && a0_buf_append(&x->request.raw_body, data, *size) != AUTH0DB_OK)
        x->too_large = true;
    *size = 0;
    return MHD_YES;
}

/* 414 is documented of one call (facts/auth0.md 4.0); that all have it is a guess. */
static void refuse_target(const exchange *x, sb_reply *reply)
{
    if (x->target_rc == AUTH0DB_ERR_TOO_LARGE)
        sb_reply_api_error(reply, 414, "invalid_uri", "The request target is too long.");
    else
        sb_reply_api_error(reply, 400, "invalid_uri", "The request target cannot be decoded.");
}

/* The path alone: a query holds e-mail addresses. */
static void print_line(const sb_request *request, int status)
{
    const char *path = request->path != NULL ? request->path : "?";
    if (status == 0)
        fprintf(stderr, "%s %s dropped\n", request->method, path);
    else
        fprintf(stderr, "%s %s %d\n", request->method, path, status);
}

static int parse_body(struct MHD_Connection *connection, sb_request *request, auth0db_error *err)
{
    return sb_is_multipart(request) ? sb_multipart_read(connection, request, err)
                                    : sb_request_parse_body(request, err);
}

/* A body that cannot be read is routed all the same: whoever has no token must hear that first. */
static enum MHD_Result answer(sb_server *server, struct MHD_Connection *connection, exchange *x)
{
    sb_reply reply = {.status = 500};
    sb_delivery delivery = {.cut_at = -1};
    auth0db_error problem = {0};
    if (x->too_large)
        a0_error_set(&problem, AUTH0DB_ERR_TOO_LARGE, "body",
                     "Payload content length greater than maximum allowed: %d", SB_BODY_MAX);
    else if (x->target_rc == AUTH0DB_OK &&
             parse_body(connection, &x->request, &problem) == AUTH0DB_OK)
        problem.code = AUTH0DB_OK;
    if (x->target_rc != AUTH0DB_OK)
        refuse_target(x, &reply);
    else
        sb_route(server->tenant, &x->request, problem.code != AUTH0DB_OK ? &problem : NULL, &reply,
                 &delivery);
    if (!server->quiet)
        print_line(&x->request, delivery.drop ? 0 : reply.status);
    enum MHD_Result result = send_reply(connection, &reply, &delivery);
    sb_reply_clear(&reply);
    return result;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **slot)
{
    exchange *x = *slot;
    if (x == NULL || x->target == NULL)
        return MHD_NO;
    if (!x->started) {
        if (!read_head(connection, x, method))
            return MHD_NO;
        return x->too_large ? answer(ctx, connection, x)
                            : MHD_YES; /* without reading 20 MB first */
    }
    if (*size > 0)
        return read_body_part(x, data, size);
    return answer(ctx, connection, x);
}

/* Called with the request line, before the headers: what it returns becomes *slot above. */
static void *on_target(void *ctx, const char *target, struct MHD_Connection *connection)
{
    line *l = line_of(connection);
    exchange *x = l != NULL ? a0_alloc(sizeof *x) : NULL;
    if (x == NULL)
        return NULL;
    free_exchange(l->open);
    l->open = x;
    x->target = a0_strdup(target);
    return x;
}

/* The line forgets the request first: the end of the connection would free it a second time. */
static void on_completed(void *ctx, struct MHD_Connection *connection, void **slot,
                         enum MHD_RequestTerminationCode why)
{
    if (*slot == NULL)
        return;
    line_of(connection)->open = NULL;
    free_exchange(*slot);
    *slot = NULL;
}

static void on_connection(void *ctx, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode what)
{
    sb_server *server = ctx;
    line *l = *socket_context;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_context = l = a0_alloc(sizeof *l);
        if (l != NULL)
            l->number = __atomic_add_fetch(&server->connections, 1, __ATOMIC_RELAXED);
    } else if (l != NULL) {
        free_exchange(l->open);
        a0_free(l);
        *socket_context = NULL;
    }
}

/* We decode ourselves, segment by segment, so that %2F in a user id is not a slash of the path. */
static size_t leave_escaped(void *ctx, struct MHD_Connection *connection, char *text)
{
    return strlen(text);
}

static void no_log(void *ctx, const char *format, va_list args)
{
}

/* ---- start and stop ---- */

static int listen_on(const char *host, int port, auth0db_error *err)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    bool is_v6 = inet_pton(AF_INET6, host, &v6.sin6_addr) == 1;
    int on = 1;
    if (!is_v6 && inet_pton(AF_INET, host, &v4.sin_addr) != 1)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "listen", "is not an address of this machine"),
               -1;
    int fd = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        /* A test starts one sandbox after another at the same port: connections that are still
         * closing must not keep it. */
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const struct sockaddr *address = is_v6 ? (const struct sockaddr *)(const void *)&v6
                                           : (const struct sockaddr *)(const void *)&v4;
    if (fd >= 0 && bind(fd, address, is_v6 ? sizeof v6 : sizeof v4) == 0 && listen(fd, 128) == 0)
        return fd;
    a0_error_set(err, AUTH0DB_ERR_IO, "listen", "%s:%d: %s", host, port, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static struct MHD_Daemon *start_daemon(sb_server *server, const sb_server_settings *settings,
                                       int fd)
{
    /* A thread for each connection, since a request may wait: for a fault's delay, for bcrypt, for
     * the lock. It must not hold up the others. */
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL;
    struct MHD_OptionItem items[] = {
        {MHD_OPTION_LISTEN_SOCKET, fd, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)on_target, NULL},
        {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)leave_escaped, NULL},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_completed, NULL},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, server},
        {MHD_OPTION_END, 0, NULL},
        {MHD_OPTION_END, 0, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    /* Two of the ends above are kept free for these. */
    if (settings->tls != NULL) {
        flags |= MHD_USE_TLS;
        items[8] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, settings->tls->key.data};
        items[9] =
            (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, settings->tls->certificate.data};
    }
    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER,
                            no_log, NULL, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
}

int sb_server_start(sb_server **out, const sb_server_settings *settings, auth0db_error *err)
{
    *out = NULL;
    sb_server *server = a0_alloc(sizeof *server);
    if (server == NULL)
        return a0_error_no_memory(err);
    server->tenant = settings->tenant;
    server->quiet = settings->quiet;
    int fd = listen_on(settings->host, settings->port, err);
    if (fd < 0) {
        a0_free(server);
        return err != NULL ? (int)err->code : AUTH0DB_ERR_IO;
    }
    server->daemon = start_daemon(server, settings, fd);
    if (server->daemon == NULL) {
        close(fd);
        a0_free(server);
        return a0_error_set(err, AUTH0DB_ERR_IO, "listen", "the HTTP server did not start");
    }
    *out = server;
    return AUTH0DB_OK;
}

int sb_server_port(const sb_server *server)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info != NULL ? info->port : 0;
}

void sb_server_stop(sb_server *server)
{
    if (server == NULL)
        return;
    MHD_stop_daemon(server->daemon); /* closes the listening socket too */
    a0_free(server);
}
