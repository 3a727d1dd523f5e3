/* Standard input, line by line. A line may be a password, so it stands in this one buffer, which is
 * wiped at the end, and in none of stdio's. */
#include "lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

lines *lines_open(int fd)
{
    lines *in = malloc(sizeof *in);
    if (in != NULL) {
        in->fd = fd;
        in->start = in->end = 0;
        in->eof = in->failed = false;
    }
    return in;
}

/* More input behind what is there; false at the end, and where the buffer is full of one line. */
static bool fill(lines *in)
{
    if (in->start > 0) {
        memmove(in->buf, in->buf + in->start, in->end - in->start);
        in->end -= in->start;
        in->start = 0;
    }
    if (in->eof || in->end == sizeof in->buf)
        return false;
    fflush(stdout); /* whoever feeds us line by line waits for answers */
    ssize_t n;
    do
        n = read(in->fd, in->buf + in->end, sizeof in->buf - in->end);
    while (n < 0 && errno == EINTR);
    /* An error ends the input as well; who reads it asks lines_failed which of the two it was. */
    in->failed = n < 0;
    in->eof = n <= 0;
    in->end += n > 0 ? (size_t)n : 0;
    return n > 0;
}

line_kind lines_next(lines *in, char **line, size_t *len)
{
    bool skipping = false;
    size_t seen = 0; /* bytes known to hold no newline */
    for (;;) {
        char *at = memchr(in->buf + in->start + seen, '\n', in->end - in->start - seen);
        const size_t n = at != NULL ? (size_t)(at - in->buf) - in->start : in->end - in->start;
        if (at != NULL || (in->eof && (n > 0 || skipping))) {
            *line = in->buf + in->start;
            *len = n;
            in->start += n + (at != NULL);
            return skipping || n > LINE_MAX_BYTES ? LINE_TOO_LONG : LINE_WHOLE;
        }
        if (in->eof)
            return LINE_NONE;
        seen = n;
        /* Too long: its beginning is dropped and its end read past, so that the next line is a line
         * again. */
        if (n == sizeof in->buf) {
            skipping = true;
            in->start = in->end = seen = 0;
        }
        fill(in);
    }
}

bool lines_failed(const lines *in)
{
    return in->failed;
}

void lines_close(lines *in)
{
    if (in == NULL)
        return;
    explicit_bzero(in, sizeof *in);
    free(in);
}
