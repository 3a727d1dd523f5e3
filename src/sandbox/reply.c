/* One answer, as it is being filled. Headers stay when the body is replaced: the limits that were
 * told before the handler ran belong to its answer, too. */
#include "sandbox/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void start(sb_reply *reply, int status, const char *content_type)
{
    reply->status = status;
    snprintf(reply->content_type, sizeof reply->content_type, "%s", content_type);
    a0_buf_clear(&reply->body); /* a later answer replaces an earlier one whole */
}

void sb_reply_json(sb_reply *reply, int status, json_t *body)
{
    start(reply, status, "application/json; charset=utf-8");
    if (body == NULL || a0_json_write(&reply->body, body) != AUTH0DB_OK) {
        a0_buf_clear(&reply->body);
        reply->status = 500;
    }
    json_decref(body);
}

void sb_reply_text(sb_reply *reply, int status, const char *content_type, const char *text)
{
    start(reply, status, content_type);
    if (a0_buf_puts(&reply->body, text) != AUTH0DB_OK)
        reply->status = 500;
}

void sb_reply_empty(sb_reply *reply, int status)
{
    start(reply, status, "");
}

/* More than there is room for are left out: an answer without a header is better than none. */
void sb_reply_header(sb_reply *reply, const char *name, const char *format, ...)
{
    if (reply->n_headers == SB_REPLY_HEADERS_MAX)
        return;
    va_list args;
    va_start(args, format);
    snprintf(reply->headers[reply->n_headers].name, sizeof reply->headers[0].name, "%s", name);
    vsnprintf(reply->headers[reply->n_headers].value, sizeof reply->headers[0].value, format, args);
    va_end(args);
    reply->n_headers++;
}

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {400, "Bad Request"},       {401, "Unauthorized"},
        {403, "Forbidden"},         {404, "Not Found"},
        {409, "Conflict"},          {413, "Request Entity Too Large"},
        {414, "URI Too Long"},      {415, "Unsupported Media Type"},
        {429, "Too Many Requests"}, {503, "Service Unavailable"},
    };
    for (size_t i = 0; i < A0_COUNT(reasons); i++) {
        if (reasons[i].status == status)
            return reasons[i].reason;
    }
    return "Internal Server Error";
}

/* A message may quote what the caller sent; cut in the middle of a character it would no longer be
 * UTF-8. */
static json_t *message_value(const char *format, va_list args) AUTH0DB_PRINTF(1, 0);

static json_t *message_value(const char *format, va_list args)
{
    char text[600];
    vsnprintf(text, sizeof text, format, args);
    json_t *value = json_string(text);
    for (size_t len = strlen(text); value == NULL && len > 0; value = json_string(text))
        text[--len] = '\0';
    return value;
}

void sb_reply_api_error(sb_reply *reply, int status, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    json_t *message = message_value(format, args);
    va_end(args);
    json_t *body = json_pack("{s:i, s:s, s:o}", "statusCode", status, "error", reason(status),
                             "message", message);
    if (body != NULL && code != NULL)
        json_object_set_new(body, "errorCode", json_string(code));
    sb_reply_json(reply, status, body);
}

void sb_reply_oauth_error(sb_reply *reply, int status, const char *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    json_t *description = message_value(format, args);
    va_end(args);
    sb_reply_json(reply, status,
                  json_pack("{s:s, s:o}", "error", error, "error_description", description));
}

void sb_reply_clear(sb_reply *reply)
{
    a0_buf_clear(&reply->body);
}
