/* Requests and answers as plain values: what may stand in a header, how a form is written, how a
 * header is read. How they travel is transport.c's. */
#include "http/request.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#include "base/encode.h"

static bool is_visible_ascii(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e)
            return false;
    }
    return true;
}

int a0_http_add_header(a0_http_request *request, const char *name, const char *value,
                       auth0db_error *err)
{
    /* A line break in a value would begin a header of somebody else's choosing. The value is not
     * told: it may be a token. */
    if (!is_visible_ascii(value))
        return a0_error_set(err, AUTH0DB_ERR_MALFORMED, name,
                            "holds bytes that no HTTP header may hold");
    if (request->n_headers == A0_HTTP_REQUEST_HEADERS)
        return a0_error_set(err, AUTH0DB_ERR_STATE, name, "too many headers");
    int rc = a0_buf_printf(&request->headers[request->n_headers], "%s: %s", name, value);
    if (rc != AUTH0DB_OK)
        return a0_error_no_memory(err);
    request->n_headers++;
    return AUTH0DB_OK;
}

/* Every value is encoded: a password may hold the very characters that end a field. */
int a0_http_add_field(a0_http_request *request, const char *name, const char *value, size_t len)
{
    int rc = a0_buf_printf(&request->body, "%s%s=", request->body.len > 0 ? "&" : "", name);
    return rc == AUTH0DB_OK ? a0_percent_encode(&request->body, value, len) : rc;
}

void a0_http_request_clear(a0_http_request *request)
{
    a0_buf_clear(&request->url);
    a0_buf_clear(&request->body);
    /* Buffers are wiped as they go: among them are passwords and tokens. The payload is the
     * caller's. */
    a0_buf_clear(&request->tail);
    request->payload = NULL;
    request->payload_len = 0;
    for (size_t i = 0; i < A0_HTTP_REQUEST_HEADERS; i++)
        a0_buf_clear(&request->headers[i]);
    request->n_headers = 0;
}

static const char *after_name(const char *line, const char *end, const char *name)
{
    size_t len = strlen(name);
    return (size_t)(end - line) > len && line[len] == ':' && strncasecmp(line, name, len) == 0
               ? line + len + 1
               : NULL;
}

/* The first one counts. What is too long, empty or holds a NUL is as good as absent: the beginning
 * of a number is another number. */
bool a0_http_header(const a0_http_response *response, const char *name, char *out, size_t size)
{
    const char *line = a0_buf_text(&response->headers);
    const char *stop = line + response->headers.len;
    while (line < stop) {
        const char *end = memchr(line, '\n', (size_t)(stop - line));
        if (end == NULL)
            end = stop;
        const char *value = after_name(line, end, name);
        if (value != NULL) {
            const char *last = end;
            while (value < last && strchr(" \t", *value) != NULL)
                value++;
            while (last > value && strchr(" \t\r", last[-1]) != NULL)
                last--;
            size_t len = (size_t)(last - value);
            if (len == 0 || len >= size || memchr(value, '\0', len) != NULL)
                return false;
            memcpy(out, value, len);
            out[len] = '\0';
            return true;
        }
        line = end + 1;
    }
    return false;
}

int64_t a0_http_date(const a0_http_response *response, const char *name)
{
    char text[64];
    return a0_http_header(response, name, text, sizeof text) ? (int64_t)curl_getdate(text, NULL)
                                                             : -1;
}

void a0_http_response_clear(a0_http_response *response)
{
    a0_buf_clear(&response->body);
    a0_buf_clear(&response->headers);
    response->status = 0;
    response->left = false;
}
