/* One growable byte buffer: limited, overflow-safe, always NUL-terminated behind len, wiped when it
 * moves and when it dies, so that any buffer may hold a secret. */
#ifndef A0_BASE_BUF_H
#define A0_BASE_BUF_H

#include <stddef.h>

#include "base/error.h"

typedef struct a0_buf {
    char *data; /* NULL until the first append; else data[len] == 0 */
    size_t len;
    size_t cap;
    size_t limit; /* 0 means A0_BUF_LIMIT */
} a0_buf;

enum { A0_BUF_LIMIT = 64 * 1024 * 1024 }; /* nothing we build or read is near this */

/* All return AUTH0DB_OK, AUTH0DB_ERR_NO_MEMORY or AUTH0DB_ERR_TOO_LARGE; on failure the buffer is
 * unchanged. */
A0_MUST_CHECK int a0_buf_reserve(a0_buf *buf, size_t extra);
A0_MUST_CHECK int a0_buf_append(a0_buf *buf, const void *data, size_t len);
A0_MUST_CHECK int a0_buf_puts(a0_buf *buf, const char *text);
A0_MUST_CHECK int a0_buf_printf(a0_buf *buf, const char *format, ...) AUTH0DB_PRINTF(2, 3);
const char *a0_buf_text(const a0_buf *buf); /* never NULL; valid until the buffer changes */
char *a0_buf_take(a0_buf *buf); /* caller owns (a0_free); NULL for a buffer never written */
void a0_buf_reset(a0_buf *buf); /* wipes, keeps the memory */
void a0_buf_clear(a0_buf *buf); /* wipes, frees; may be repeated */

#endif
