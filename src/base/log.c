/* The last line before the host's log. A secret is known by its name and not by its look: no
 * pattern tells a password from a word. So a name that the list lacks is a leak, and what is
 * hidden too much is none. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *const a0_secret_names[] = {
    "access_token",
    "authorization",
    "auth0_user_jwt",
    "bearer",
    "client_assertion",
    "client_secret",
    "custom_password_hash",
    "id_token",
    "mfa_token",
    "new_password",
    "old_password",
    "password",
    "password_hash",
    "refresh_token",
    "secret",
    "ticket",
    NULL,
};

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

/* The whole name: what stands behind "password_policy" is no secret, and is wanted in a log. */
static bool is_secret_name(const char *name, size_t len)
{
    for (size_t i = 0; a0_secret_names[i] != NULL; i++) {
        if (strlen(a0_secret_names[i]) == len && strncasecmp(a0_secret_names[i], name, len) == 0)
            return true;
    }
    return false;
}

/* Where the value behind a secret name ends. A JSON string ends at its closing quote, an object or
 * array is cut to the end of the text (nothing behind it is worth the risk), the rest at a
 * separator. */
static size_t value_end(const char *text, size_t len, size_t at)
{
    if (at < len && (text[at] == '{' || text[at] == '['))
        return len;
    if (at < len && text[at] == '"') {
        for (at++; at < len && text[at] != '"'; at++) {
            if (text[at] == '\\')
                at++;
        }
        return at < len ? at + 1 : len;
    }
    while (at < len && strchr("&,;}\" \t\r\n", text[at]) == NULL)
        at++;
    return at;
}

/* A quote right behind the name ends the name. One behind ':' or '=' opens the value, and
 * value_end must see it: else a value with a blank or a comma in it would be hidden up to there
 * only. */
static size_t skip_separator(const char *text, size_t len, size_t at)
{
    size_t start = at;
    while (at < len && text[at] != '\0' && strchr("\"'=: ", text[at]) != NULL) {
        bool quote_opens_value = text[at] == '"' && at > start && text[at - 1] != text[start];
        if (quote_opens_value)
            break;
        at++;
    }
    return at;
}

int a0_redact(a0_buf *out, const char *text, size_t len)
{
    int rc = AUTH0DB_OK;
    for (size_t i = 0; i < len && rc == AUTH0DB_OK;) {
        size_t end = i;
        while (end < len && is_name_char(text[end]))
            end++;
        if (end == i) {
            /* A line break in somebody else's text would begin a line that nobody has logged. */
            char c = (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? '?' : text[i];
            rc = a0_buf_append(out, &c, 1);
            i++;
            continue;
        }
        rc = a0_buf_append(out, text + i, end - i);
        size_t value = skip_separator(text, len, end);
        if (rc == AUTH0DB_OK && value > end && is_secret_name(text + i, end - i)) {
            size_t stop = value_end(text, len, value);
            /* "Authorization: Bearer x": the scheme is a name of its own, handled on its turn */
            if (stop - value == 6 && strncasecmp(text + value, "bearer", 6) == 0)
                stop = value;
            rc = a0_buf_append(out, text + end, value - end);
            if (rc == AUTH0DB_OK && stop > value)
                rc = a0_buf_puts(out, "***");
            end = stop;
        }
        i = end;
    }
    return rc;
}

void a0_log_emit(const a0_log *log, a0_log_level level, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    /* Where there is no memory for the redacted line nothing is logged: the line as it is never
     * takes its place. */
    a0_buf safe = {0};
    if (a0_redact(&safe, line, strlen(line)) == AUTH0DB_OK)
        log->sink(log->ctx, level, a0_buf_text(&safe));
    a0_buf_clear(&safe);
}
