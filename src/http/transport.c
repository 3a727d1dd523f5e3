/* One HTTP exchange through libcurl, and what keeps passwords safe on the way: who is trusted,
 * which way a request may take, that it is sent once. What an answer means is decided above. */
#include "http/transport.h"

#include <string.h>
#include <strings.h>

#include "auth0db/version.h"
#include "base/mem.h"
#include "base/secret.h"
#include "http/pool.h"
#include "http/sigpipe.h"

enum { PROXY_MAX_LEN = 1024 };

struct a0_http {
    a0_pool pool;
    char *ca_file;
    char *proxy; /* may hold a password; NULL: none */
    bool loopback;
    unsigned connect_ms;
    atomic_ulong sent;
};

/* One exchange as libcurl's callbacks see it. */
typedef struct exchange {
    const a0_http_request *request;
    a0_http_response *response;
    size_t uploaded;
    int rc; /* why a callback stopped the transfer */
} exchange;

/* A closed list of schemes. The error never quotes the setting, for it may hold a password. */
int a0_http_check_proxy(const char *proxy, auth0db_error *err)
{
    static const char *const schemes[] = {"http://", "https://", "socks5://", "socks5h://"};
    const char *host = NULL;
    for (size_t i = 0; i < A0_COUNT(schemes) && host == NULL; i++) {
        if (strncasecmp(proxy, schemes[i], strlen(schemes[i])) == 0)
            host = proxy + strlen(schemes[i]);
    }
    size_t len = strlen(proxy);
    for (size_t i = 0; host != NULL && i < len; i++) {
        if ((unsigned char)proxy[i] <= 0x20 || (unsigned char)proxy[i] > 0x7e)
            host = NULL;
    }
    if (host == NULL || *host == '\0' || len > PROXY_MAX_LEN)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "AUTH0_PROXY",
                            "is no address of a proxy, such as http://proxy.example:3128");
    return AUTH0DB_OK;
}

int a0_http_new(a0_http **out, const a0_base_url *server, const char *ca_file, const char *proxy,
                unsigned connect_ms, auth0db_error *err)
{
    *out = NULL;
    a0_http *http = a0_alloc(sizeof *http);
    if (http == NULL)
        return a0_error_no_memory(err);
    http->loopback = server->loopback;
    http->connect_ms = connect_ms;
    http->ca_file = a0_strdup(ca_file);
    http->proxy = a0_strdup(proxy);
    if ((ca_file != NULL && http->ca_file == NULL) || (proxy != NULL && http->proxy == NULL) ||
        a0_pool_init(&http->pool) != AUTH0DB_OK) {
        a0_free(http->ca_file);
        a0_secret_free(http->proxy);
        a0_free(http);
        return a0_error_no_memory(err);
    }
    *out = http;
    return AUTH0DB_OK;
}

void a0_http_free(a0_http *http)
{
    if (http == NULL)
        return;
    a0_pool_destroy(&http->pool);
    a0_free(http->ca_file);
    a0_secret_free(http->proxy);
    a0_free(http);
}

unsigned long a0_http_sent(const a0_http *http)
{
    return atomic_load(&http->sent);
}

/* To take less than was given ends the transfer. So a buffer's limit ends an answer that has no
 * end, before it fills the memory. */
static size_t take_body(char *data, size_t size, size_t n, void *ctx)
{
    exchange *x = ctx;
    x->rc = a0_buf_append(&x->response->body, data, size * n);
    return x->rc == AUTH0DB_OK ? size * n : 0;
}

static size_t take_header(char *data, size_t size, size_t n, void *ctx)
{
    exchange *x = ctx;
    /* after "100 Continue" or a proxy's answer a new block begins */
    if (size * n >= 5 && memcmp(data, "HTTP/", 5) == 0)
        a0_buf_reset(&x->response->headers);
    x->rc = a0_buf_append(&x->response->headers, data, size * n);
    return x->rc == AUTH0DB_OK ? size * n : 0;
}

static size_t body_len(const a0_http_request *request)
{
    return request->body.len + request->payload_len + request->tail.len;
}

static size_t give_body(char *out, size_t size, size_t n, void *ctx)
{
    exchange *x = ctx;
    const struct {
        const char *data;
        size_t len;
    } parts[] = {{x->request->body.data, x->request->body.len},
                 {x->request->payload, x->request->payload_len},
                 {x->request->tail.data, x->request->tail.len}};
    /* The parts are read from where they lie: a batch of users is half a megabyte, and is not
     * copied to be sent. */
    size_t skip = x->uploaded, given = 0;
    for (size_t i = 0; i < A0_COUNT(parts) && given < size * n; i++) {
        if (skip >= parts[i].len) {
            skip -= parts[i].len;
            continue;
        }
        size_t len = parts[i].len - skip;
        if (len > size * n - given)
            len = size * n - given;
        memcpy(out + given, parts[i].data + skip, len);
        given += len;
        skip = 0;
    }
    x->uploaded += given;
    return given;
}

/* libcurl silently sends a request again when a kept connection turns out dead. A login or a create
 * must not happen twice: a body that cannot be rewound stops it. */
static int refuse_rewind(void *ctx, curl_off_t offset, int origin)
{
    exchange *x = ctx;
    return x->uploaded == 0 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

static void set_safety(CURL *curl, const a0_http *http, unsigned timeout_ms)
{
    unsigned connect_ms = http->connect_ms < timeout_ms ? http->connect_ms : timeout_ms;
    /* Signals are the site's, so libcurl may use none of them for its timeouts. */
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    /* A redirect would carry a password or a token to a host that no setting names. What TLS proves
     * is said in so many words, though libcurl has it so by itself: nothing else stands between a
     * password and whoever is on the way. */
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    /* A proxy's answer to CONNECT is none of the tenant's. */
    curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "auth0db/" AUTH0DB_VERSION);
/* Plain HTTP is for the sandbox on this machine alone. */
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, http->loopback ? "http,https" : "https");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS,
                     http->loopback ? CURLPROTO_HTTP | CURLPROTO_HTTPS : CURLPROTO_HTTPS);
#endif
#if LIBCURL_VERSION_NUM >= 0x075700 /* a name server that hangs shall not hold the deadline up */
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
#endif
    if (http->ca_file != NULL) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, http->ca_file);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL); /* instead of the system's, not besides */
    }
    /* "" is no proxy; not set, libcurl would ask the environment */
    curl_easy_setopt(curl, CURLOPT_PROXY, http->proxy != NULL ? http->proxy : "");
    curl_easy_setopt(curl, CURLOPT_NOPROXY, http->loopback ? "*" : "");
}

static void set_callbacks(CURL *curl, exchange *x)
{
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_body);
    curl_easy_setopt(curl, CURLOPT_READDATA, x);
    curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, refuse_rewind);
    curl_easy_setopt(curl, CURLOPT_SEEKDATA, x);
}

static void set_request(CURL *curl, const a0_http_request *request)
{
    curl_easy_setopt(curl, CURLOPT_URL, a0_buf_text(&request->url));
    /* POST only says that there is a body; the method is named below. The size is known, so the
     * body is not sent in chunks. */
    if (request->body.data != NULL) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body_len(request));
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
}

/* The token is among them, and libcurl frees without wiping. */
static void free_headers(struct curl_slist *list)
{
    for (struct curl_slist *item = list; item != NULL; item = item->next)
        a0_wipe(item->data, strlen(item->data));
    curl_slist_free_all(list);
}

/* After a failure the list is as it was, and must still be wiped. */
static bool append_header(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    if (longer != NULL)
        *list = longer;
    return longer != NULL;
}

static int header_list(struct curl_slist **out, const a0_http_request *request)
{
    char type[128];
    struct curl_slist *list = NULL;
    bool ok = append_header(&list, "Accept: application/json") &&
              append_header(&list, "Expect:"); /* one round trip, not two */
    if (request->content_type != NULL) {
        snprintf(type, sizeof type, "Content-Type: %s", request->content_type);
        ok = ok && append_header(&list, type);
    }
    for (size_t i = 0; ok && i < request->n_headers; i++)
        ok = append_header(&list, a0_buf_text(&request->headers[i]));
    if (!ok) {
        free_headers(list);
        return AUTH0DB_ERR_NO_MEMORY;
    }
    *out = list;
    return AUTH0DB_OK;
}

/* What stopped one of our callbacks comes first: to libcurl that is only a failed write. Who is not
 * trusted is told apart from who is not there, since somebody may be in between. */
static int explain(CURLcode code, const exchange *x, auth0db_error *err)
{
    auth0db_code as = AUTH0DB_ERR_UNREACHABLE;
    if (x->rc == AUTH0DB_ERR_NO_MEMORY || code == CURLE_OUT_OF_MEMORY)
        return a0_error_no_memory(err);
    if (x->rc == AUTH0DB_ERR_TOO_LARGE)
        return a0_error_set(err, AUTH0DB_ERR_TOO_LARGE, NULL,
                            "the answer is larger than the limit of %d bytes",
                            (int)A0_HTTP_BODY_MAX);
    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        as = AUTH0DB_ERR_UNTRUSTED;
        break;
    case CURLE_SSL_CACERT_BADFILE:
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "AUTH0_CA_FILE",
                            "holds no certificate that can be read");
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_BAD_CONTENT_ENCODING:
        as = AUTH0DB_ERR_PROTOCOL;
        break;
    /* A kept connection has died under the request, and refuse_rewind has kept libcurl from sending
     * it again: that is an answer, and the caller decides. */
    case CURLE_SEND_FAIL_REWIND:
        return a0_error_set(err, as, NULL, "the connection was closed before an answer came");
    default:
        break;
    }
    return a0_error_set(err, as, NULL, "%s",
                        curl_easy_strerror(code)); /* fixed texts: no data of ours */
}

/* False only where neither a byte of the head nor of the body went to a connection. In doubt it has
 * left: an import job that may exist must not be submitted again. */
static bool has_left(CURL *curl, const exchange *x)
{
    long head = 0;
    return curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &head) != CURLE_OK || head > 0 ||
           x->uploaded > 0;
}

int a0_http_send(a0_http *http, const a0_http_request *request, unsigned timeout_ms,
                 a0_http_response *response, auth0db_error *err)
{
    struct curl_slist *headers = NULL;
    exchange x = {.request = request, .response = response};
    a0_sigpipe held;
    a0_http_response_clear(response);
    response->body.limit = A0_HTTP_BODY_MAX;
    response->headers.limit = A0_HTTP_HEADERS_MAX;
    a0_pool_handle *handle = a0_pool_take(&http->pool);
    if (handle == NULL)
        return a0_error_no_memory(err);
    int rc = header_list(&headers, request);
    if (rc != AUTH0DB_OK) {
        a0_pool_give(&http->pool, handle, true);
        return a0_error_no_memory(err);
    }
    /* To libcurl 0 is no limit at all. */
    set_safety(handle->curl, http, timeout_ms > 0 ? timeout_ms : 1);
    set_callbacks(handle->curl, &x);
    set_request(handle->curl, request);
    curl_easy_setopt(handle->curl, CURLOPT_HTTPHEADER, headers);
    atomic_fetch_add(&http->sent, 1);
    a0_sigpipe_hold(&held);
    CURLcode code = curl_easy_perform(handle->curl);
    a0_sigpipe_release(&held);
    /* All that is asked of the handle is asked before it is given back: by then it may be in
     * another thread's request. libcurl points at our headers until the reset, so they are freed
     * after it. */
    curl_easy_getinfo(handle->curl, CURLINFO_RESPONSE_CODE, &response->status);
    response->left = has_left(handle->curl, &x);
    curl_easy_reset(handle->curl); /* the idle handle points at nothing of this call */
    a0_pool_give(&http->pool, handle, code == CURLE_OK);
    free_headers(headers);
    if (code == CURLE_OK && (response->status < 100 || response->status > 599))
        return a0_error_set(err, AUTH0DB_ERR_PROTOCOL, NULL, "the answer has no HTTP status");
    return code == CURLE_OK ? AUTH0DB_OK : explain(code, &x, err);
}
