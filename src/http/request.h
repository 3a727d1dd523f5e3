/* What is sent and what came back, as plain values. Bodies and headers may hold secrets: both are
 * wiped. */
#ifndef A0_HTTP_REQUEST_H
#define A0_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

enum {
    A0_HTTP_BODY_MAX = 8 * 1024 * 1024,
    A0_HTTP_HEADERS_MAX = 32 * 1024,
    A0_HTTP_REQUEST_HEADERS = 4,
};

typedef struct a0_http_request {
    const char *method; /* borrowed, as is content_type */
    const char *content_type;
    a0_buf url;
    a0_buf body;         /* data NULL: none */
    const void *payload; /* goes out behind `body` from where it lies: borrowed, not wiped */
    size_t payload_len;
    a0_buf tail;                             /* goes out behind the payload */
    a0_buf headers[A0_HTTP_REQUEST_HEADERS]; /* "Name: value" */
    size_t n_headers;
} a0_http_request;

/** Refuses (MALFORMED) what is not visible ASCII: no value can start a second header. */
A0_MUST_CHECK int a0_http_add_header(a0_http_request *request, const char *name, const char *value,
                                     auth0db_error *err);
/** Append "name=value" to an application/x-www-form-urlencoded body; any bytes. */
A0_MUST_CHECK int a0_http_add_field(a0_http_request *request, const char *name, const char *value,
                                    size_t len);
void a0_http_request_clear(a0_http_request *request);

typedef struct a0_http_response {
    long status;    /* 100 to 599 */
    bool left;      /* some of the request may have left this machine, whatever came of it */
    a0_buf body;    /* at most A0_HTTP_BODY_MAX */
    a0_buf headers; /* the last header block as received, at most A0_HTTP_HEADERS_MAX */
} a0_http_response;

/** First value of a header (name in any case) into out; false where absent, empty or too long for
 * it. */
bool a0_http_header(const a0_http_response *response, const char *name, char *out, size_t size);
/** The same as a date (any form of RFC 9110 5.6.7) in seconds since 1970; -1 where it is none. */
int64_t a0_http_date(const a0_http_response *response, const char *name);
void a0_http_response_clear(a0_http_response *response);

#endif
