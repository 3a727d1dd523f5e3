#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "fuzz.h"
#include "sandbox/multipart.h"

/* A multipart body with its Content-Type:
 *     multipart/form-data; boundary=...
 *     body
 * libmicrohttpd takes bodies apart only for a connection, so there is one, over a pair of sockets
 * and without a thread. Whatever comes, it is a form of bounded texts, or refused with a reason. */
enum { BODY_MAX = 32 * 1024 }; /* what a pair of sockets holds without a reader */

static struct MHD_Daemon *daemon_;

static sb_request current;

static void check(const sb_request *request, int rc, const auth0db_error *err)
{
    const char *name;
    json_t *value;
    CLAIM(rc == AUTH0DB_OK || err->message[0] != '\0');
    CLAIM(request->upload.len <= request->raw_body.len);
    json_object_foreach(request->form, name, value)
    {
        CLAIM(strlen(name) < 64 && strcmp(name, "users") != 0);
        CLAIM(json_is_string(value) && json_string_length(value) <= SB_PART_TEXT_MAX);
    }
    CLAIM(json_object_size(request->form) <= SB_PARTS_MAX);
    CLAIM(rc != AUTH0DB_OK || request->form != NULL);
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **slot)
{
    auth0db_error err = {0};
    if (*slot == NULL) {
        *slot = &current;
        return MHD_YES;
    }
    if (*size > 0) {
        CLAIM(a0_buf_append(&current.raw_body, data, *size) == AUTH0DB_OK);
        *size = 0;
        return MHD_YES;
    }
    int rc = sb_multipart_read(connection, &current, &err);
    check(&current, rc, &err);
    struct MHD_Response *empty = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result = MHD_queue_response(connection, 200, empty);
    MHD_destroy_response(empty);
    return result;
}

static void no_log(void *ctx, const char *format, va_list args)
{
}

static void set_up(void)
{
    daemon_ = MHD_start_daemon(MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, on_request, NULL,
                               MHD_OPTION_EXTERNAL_LOGGER, no_log, NULL, MHD_OPTION_END);
    CLAIM(daemon_ != NULL);
}

static void send_all(int fd, const a0_buf *request)
{
    size_t sent = 0;
    for (int tries = 0; sent < request->len && tries < 1000; tries++) {
        ssize_t n = send(fd, request->data + sent, request->len - sent, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN)
            return; /* the daemon has closed: a header that it refuses */
        sent += n > 0 ? (size_t)n : 0;
        MHD_run(daemon_);
    }
}

/* The request as it stands on the wire, and the daemon run until it has answered or closed. */
static void exchange_over(int fd, const a0_buf *request)
{
    char answer[1024];
    send_all(fd, request);
    shutdown(fd, SHUT_WR);
    for (int tries = 0; tries < 1000; tries++) {
        MHD_run(daemon_);
        if (recv(fd, answer, sizeof answer, 0) == 0)
            break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t line = end != NULL ? (size_t)(end - data) : 0;
    size_t length = end != NULL ? size - line - 1 : 0;
    a0_buf request = {0};
    int pair[2];
    if (daemon_ == NULL)
        set_up();
    if (end == NULL || line > 1000 || length > BODY_MAX || memchr(data, '\0', line) != NULL ||
        memchr(data, '\r', line) != NULL)
        return 0;
    CLAIM(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
    CLAIM(a0_buf_printf(&request,
                        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: %.*s\r\n"
                        "Content-Length: %zu\r\n\r\n",
                        (int)line, (const char *)data, length) == AUTH0DB_OK);
    CLAIM(a0_buf_append(&request, end + 1, length) == AUTH0DB_OK);
    current = (sb_request){0};
    /* no address: libmicrohttpd only copies it */
    CLAIM(MHD_add_connection(daemon_, pair[1], NULL, 0) == MHD_YES);
    exchange_over(pair[0], &request);
    close(pair[0]);
    MHD_run(daemon_);
    sb_request_clear(&current);
    a0_buf_clear(&request);
    return 0;
}
