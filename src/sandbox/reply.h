/* One answer under construction. Filling it never fails visibly: without memory it becomes an empty
 * 500. */
#ifndef A0_SANDBOX_REPLY_H
#define A0_SANDBOX_REPLY_H

#include "base/buf.h"
#include "base/json.h"

enum {
    SB_REPLY_HEADERS_MAX = 16,
    SB_REPLY_VALUE_MAX = 4352, /* of one header: a redirect carries a URL of the caller's, his
                                * state and a description */
};

typedef struct sb_reply {
    int status;
    char content_type[64];
    a0_buf body;
    struct {
        char name[32];
        char value[SB_REPLY_VALUE_MAX];
    } headers[SB_REPLY_HEADERS_MAX];
    unsigned n_headers;
} sb_reply;

/** Takes over the reference to `body`; NULL (jansson out of memory) makes the answer a 500. */
void sb_reply_json(sb_reply *reply, int status, json_t *body);
void sb_reply_text(sb_reply *reply, int status, const char *content_type, const char *text);
void sb_reply_empty(sb_reply *reply, int status);
void sb_reply_header(sb_reply *reply, const char *name, const char *format, ...)
    AUTH0DB_PRINTF(3, 4);
/** The Management API's envelope {statusCode, error, message, errorCode}; code may be NULL. */
void sb_reply_api_error(sb_reply *reply, int status, const char *code, const char *format, ...)
    AUTH0DB_PRINTF(4, 5);
/** The Authentication API's envelope {error, error_description}. */
void sb_reply_oauth_error(sb_reply *reply, int status, const char *error, const char *format, ...)
    AUTH0DB_PRINTF(4, 5);
void sb_reply_clear(sb_reply *reply);

#endif
