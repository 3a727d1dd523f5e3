/* Cuts the bytes of an input into pieces, one a user: lines, or values behind each other. Where a
 * piece ends is decided here; whether it is JSON, and what it says, elsewhere (ndjson_row.c). */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret.h"
#include "store/ndjson_int.h"

int a0_nd_reader_begin(a0_nd_reader *reader, const a0_nd_input *input, auth0db_error *err)
{
    *reader = (a0_nd_reader){.input = input, .at = input->begin};
    /* The longest piece, and some more, which shows that one is longer: a file without line ends
     * takes no more memory than that. */
    reader->bytes = a0_alloc(A0_ND_PIECE_MAX + A0_ND_CHUNK);
    return reader->bytes != NULL ? AUTH0DB_OK : a0_error_no_memory(err);
}

void a0_nd_reader_end(a0_nd_reader *reader)
{
    if (reader->bytes != NULL)
        a0_wipe(reader->bytes, A0_ND_PIECE_MAX + A0_ND_CHUNK);
    a0_free(reader->bytes);
    reader->bytes = NULL;
}

const char *a0_nd_unit(const a0_nd_input *input)
{
    return input->values ? "user" : "line";
}

bool a0_nd_is_blank(a0_slice piece)
{
    const char *text = piece.data;
    for (size_t i = 0; i < piece.len; i++) {
        if (strchr(" \t\r", text[i]) == NULL || text[i] == '\0')
            return false;
    }
    return true;
}

/* More bytes behind those that are left; *end where there are none. Read at a place of this
 * reader's own: the survey and the scans share one descriptor. */
static int fill(a0_nd_reader *reader, bool *end, auth0db_error *err)
{
    memmove(reader->bytes, reader->bytes + reader->from, reader->len - reader->from);
    reader->at += (off_t)reader->from;
    reader->len -= reader->from;
    reader->from = 0;
    ssize_t n;
    do {
        n = pread(reader->input->fd, reader->bytes + reader->len,
                  A0_ND_PIECE_MAX + A0_ND_CHUNK - reader->len, reader->at + (off_t)reader->len);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return a0_error_set(err, AUTH0DB_ERR_IO, "DATABASE_URL", "%s: %s", reader->input->name,
                            strerror(errno));
    reader->len += (size_t)n;
    *end = n == 0;
    return AUTH0DB_OK;
}

static int next_line(a0_nd_reader *reader, a0_slice *line, bool *cut, auth0db_error *err)
{
    bool end = false;
    for (int rc = AUTH0DB_OK; rc == AUTH0DB_OK; rc = fill(reader, &end, err)) {
        const char *start = reader->bytes + reader->from;
        size_t have = reader->len - reader->from;
        const char *stop = have > 0 ? memchr(start, '\n', have) : NULL;
        size_t len = stop != NULL ? (size_t)(stop - start) : have;
        if (stop != NULL || end) {
            reader->from += len + (stop != NULL);
            *cut |= len > A0_ND_PIECE_MAX;
            if (len > 0 || stop != NULL || *cut) {
                *line = *cut ? (a0_slice){"", 0} : (a0_slice){start, len};
                reader->count++;
            }
            return AUTH0DB_OK;
        }
        if (have > A0_ND_PIECE_MAX) {
            *cut = true;
            /* Nothing of it is of use. The line end behind it is found all the same, and the next
             * line is a user again. */
            reader->from = reader->len;
        }
    }
    return AUTH0DB_ERR_IO;
}

/* --- values ---------------------------------------------------------------------------------- */

/* Bytes of the object that begins here, to its last brace; 0 where that is not among them. Only the
 * parser says whether it is one: this says where to cut. */
static size_t extent(const char *text, size_t len)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < len; i++) {
        if (in_string) {
            if (text[i] == '\\')
                i++;
            else
                in_string = text[i] != '"';
        } else if (text[i] == '"') {
            in_string = true;
        } else if (text[i] == '{' || text[i] == '[') {
            depth++;
        } else if ((text[i] == '}' || text[i] == ']') && --depth == 0) {
            return i + 1;
        }
    }
    return 0;
}

/* Steps over what stands between values; an array's brackets are counted, since one without its
 * end was cut off, and the users behind it are missing. A page that begins in the midst of an
 * array meets an end whose beginning it has not seen. */
static void skip_between(a0_nd_reader *reader)
{
    for (; reader->from < reader->len; reader->from++) {
        char c = reader->bytes[reader->from];
        if (c == '[')
            reader->opened++;
        else if (c == ']')
            reader->opened -= reader->opened > 0;
        else if (c == '\0' || strchr(" \t\r\n,", c) == NULL)
            return;
    }
}

static int no_value(const a0_nd_reader *reader, const char *why, auth0db_error *err)
{
    return a0_error_set(err, AUTH0DB_ERR_MALFORMED, "DATABASE_URL", "%s: user %llu %s",
                        reader->input->name, (unsigned long long)reader->count + 1, why);
}

static int next_value(a0_nd_reader *reader, a0_slice *value, auth0db_error *err)
{
    bool end = false;
    for (int rc = AUTH0DB_OK; rc == AUTH0DB_OK; rc = fill(reader, &end, err)) {
        skip_between(reader);
        const char *start = reader->bytes + reader->from;
        size_t have = reader->len - reader->from;
        if (have > 0 && *start != '{')
            return no_value(reader, "is no JSON object: [{\"id\": 1, ...}, ...] is read", err);
        size_t len = extent(start, have);
        /* The end of the run, where a line would be one bad user: behind a value that does not end
         * nobody knows where the next one begins. */
        if (len > A0_ND_PIECE_MAX || (len == 0 && have > A0_ND_PIECE_MAX))
            return no_value(reader, "is longer than 1 MiB, or its braces do not close", err);
        if (len == 0 && !end)
            continue;
        if (len == 0 && have > 0)
            return no_value(reader, "has no end: the file was cut off", err);
        if (len > 0) {
            *value = (a0_slice){start, len};
            reader->from += len;
            reader->count++;
        }
        return AUTH0DB_OK;
    }
    return AUTH0DB_ERR_IO;
}

int a0_nd_next(a0_nd_reader *reader, a0_slice *piece, bool *cut, auth0db_error *err)
{
    *piece = (a0_slice){NULL, 0};
    *cut = false;
    return reader->input->values ? next_value(reader, piece, err)
                                 : next_line(reader, piece, cut, err);
}
