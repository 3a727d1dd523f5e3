/* Lines from standard input: bounded, binary-clean, wiped. */
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include <stdbool.h>
#include <stddef.h>

enum {
    LINE_MAX_BYTES = 1 << 20
}; /* an 8 KiB hash and a 4 KiB password, both all \u00XX, with room to spare */

typedef struct lines {
    int fd;
    size_t start, end; /* of what is read and not yet handed out */
    bool eof, failed;
    char buf[LINE_MAX_BYTES + 1];
} lines;

typedef enum line_kind { LINE_NONE, LINE_WHOLE, LINE_TOO_LONG } line_kind;

/** NULL where memory is short. Flushes stdout whenever it is about to wait for input. */
lines *lines_open(int fd);
/** The next line without its newline; it stays until the next call. A line past LINE_MAX_BYTES is
 * skipped. */
line_kind lines_next(lines *in, char **line, size_t *len);
/** True where reading stopped at an error (errno has it) and not at the end. */
bool lines_failed(const lines *in);
/** Wipes. */
void lines_close(lines *in);

#endif
