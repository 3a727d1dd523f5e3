/* Bytes that grow and may be a secret at any time. So what is given up is wiped first, and what
 * would not fit is refused before a byte of it is written. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"

enum { FIRST_CAP = 64 };

static size_t limit_of(const a0_buf *buf)
{
    return buf->limit != 0 ? buf->limit : A0_BUF_LIMIT;
}

int a0_buf_reserve(a0_buf *buf, size_t extra)
{
    /* Limit >= len always holds, so this cannot wrap; and the NUL behind the bytes is not
     * counted. */
    if (extra > limit_of(buf) - buf->len)
        return AUTH0DB_ERR_TOO_LARGE;
    size_t need = buf->len + extra + 1;
    if (need <= buf->cap)
        return AUTH0DB_OK;
    size_t cap = buf->cap != 0 ? buf->cap : FIRST_CAP;
    while (cap < need)
        cap *= 2;
    /* Not realloc: it may move the bytes, and give the old block back as it is. */
    char *data = a0_alloc(cap);
    if (data == NULL)
        return AUTH0DB_ERR_NO_MEMORY;
    if (buf->data != NULL) {
        memcpy(data, buf->data, buf->len);
        a0_wipe(buf->data, buf->cap);
        a0_free(buf->data);
    }
    buf->data = data;
    buf->cap = cap;
    return AUTH0DB_OK;
}

int a0_buf_append(a0_buf *buf, const void *data, size_t len)
{
    int rc = a0_buf_reserve(buf, len);
    if (rc != AUTH0DB_OK)
        return rc;
    /* memcpy of NULL is undefined, even of no bytes. */
    if (len > 0)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
    return AUTH0DB_OK;
}

int a0_buf_puts(a0_buf *buf, const char *text)
{
    return a0_buf_append(buf, text, strlen(text));
}

int a0_buf_printf(a0_buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    /* Formatted twice: the first time tells the length, so that nothing is ever cut, and uses args
     * up. */
    int len = vsnprintf(NULL, 0, format, args);
    int rc = len < 0 ? AUTH0DB_ERR_TOO_LARGE : a0_buf_reserve(buf, (size_t)len);
    if (rc == AUTH0DB_OK) {
        vsnprintf(buf->data + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
    va_end(args);
    return rc;
}

const char *a0_buf_text(const a0_buf *buf)
{
    return buf->data != NULL ? buf->data : "";
}

/* Nothing is wiped here: the bytes are the caller's now, who wipes a secret (a0_secret_free). */
char *a0_buf_take(a0_buf *buf)
{
    char *data = buf->data;
    buf->data = NULL;
    buf->len = buf->cap = 0;
    return data;
}

void a0_buf_reset(a0_buf *buf)
{
    /* All the room and not only len: some callers lower len themselves, and what was longer lies
     * behind it. */
    a0_wipe(buf->data, buf->cap);
    buf->len = 0;
}

void a0_buf_clear(a0_buf *buf)
{
    a0_buf_reset(buf);
    a0_free(buf->data);
    buf->data = NULL;
    buf->cap = 0;
}
