/* Log lines for the host. Levels are tested before anything is formatted. Never pass a secret: the
 * redactor below is the second line of defence, for text that came from outside. */
#ifndef A0_BASE_LOG_H
#define A0_BASE_LOG_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

typedef enum a0_log_level { A0_LOG_ERROR, A0_LOG_WARNING, A0_LOG_INFO, A0_LOG_DEBUG } a0_log_level;

typedef struct a0_log {
    a0_log_level level;
    void (*sink)(void *ctx, a0_log_level level, const char *line); /* NULL: nothing is logged */
    void *ctx;
} a0_log;

static inline bool a0_log_on(const a0_log *log, a0_log_level level)
{
    return log != NULL && log->sink != NULL && level <= log->level;
}
void a0_log_emit(const a0_log *log, a0_log_level level, const char *format, ...)
    AUTH0DB_PRINTF(3, 4);

#define a0_log_at(log, lvl, ...)                                                                   \
    do {                                                                                           \
        if (a0_log_on((log), (lvl)))                                                               \
            a0_log_emit((log), (lvl), __VA_ARGS__);                                                \
    } while (0)

/** The one list of names whose values never appear in text: form, JSON, header alike. */
extern const char *const a0_secret_names[];
/** Append text to out with the value behind each secret name replaced by "***" (JSON strings, form
 * fields, "Bearer ..." headers) and control characters by '?'. */
A0_MUST_CHECK int a0_redact(a0_buf *out, const char *text, size_t len);

#endif
