/* From a file or a pipe to bytes that can be read again; and what kind of file it is. */
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret.h"
#include "store/ndjson_int.h"

/* A pipe can be read once, but a plan reads twice; and hashes are not written to a disk. So it is
 * kept in memory, and memory has an end. */
static const off_t KEPT_MAX = (off_t)1 << 30;

static int failed(const a0_nd_input *input, auth0db_error *err)
{
    return a0_error_set(err, AUTH0DB_ERR_IO, "DATABASE_URL", "%s: %s", input->name,
                        strerror(errno));
}

/* A signal of the host's is not the end of the users. */
static ssize_t read_again(int fd, void *bytes, size_t size)
{
    ssize_t n;
    do
        n = read(fd, bytes, size);
    while (n < 0 && errno == EINTR);
    return n;
}

/* --- kept in memory -------------------------------------------------------------------------- */

static int keep(const a0_nd_input *input, int to, const char *bytes, size_t len, off_t *total,
                auth0db_error *err)
{
    if ((*total += (off_t)len) > KEPT_MAX)
        return a0_error_set(err, AUTH0DB_ERR_TOO_LARGE, "DATABASE_URL",
                            "more than 1 GiB in %s: it is read more than once, and kept in memory; "
                            "give a file of UTF-8 (ndjson:///file, or < file)",
                            input->name);
    /* A short write to memory means that there is no more of it. */
    return write(to, bytes, len) == (ssize_t)len ? AUTH0DB_OK : failed(input, err);
}

static int copy_pipe(const a0_nd_input *input, int from, int to, auth0db_error *err)
{
    char chunk[A0_ND_CHUNK];
    off_t total = 0;
    ssize_t n;
    int rc = AUTH0DB_OK;
    while (rc == AUTH0DB_OK && (n = read_again(from, chunk, sizeof chunk)) != 0)
        rc = n < 0 ? failed(input, err) : keep(input, to, chunk, (size_t)n, &total, err);
    /* Hashes have gone through it. */
    a0_wipe(chunk, sizeof chunk);
    return rc;
}

/* Instead of input->fd, what `copy` makes of it. Closed by exec, or a child would have everybody's
 * hashes. */
static int into_memory(a0_nd_input *input, int from,
                       int (*copy)(const a0_nd_input *, int from, int to, auth0db_error *),
                       auth0db_error *err)
{
    int to = memfd_create("auth0db-users", MFD_CLOEXEC);
    if (to < 0)
        return failed(input, err);
    int rc = copy(input, from, to, err);
    if (input->fd >= 0)
        close(input->fd);
    input->fd = to;
    return rc;
}

/* --- UTF-16 and UTF-32 ----------------------------------------------------------------------- */

/* By a byte order mark, or by where the zeros of the first character are: JSON begins in ASCII. The
 * longer ones first, since the mark of UTF-32 begins with that of UTF-16. */
static const struct wide {
    const char *bytes;
    size_t len;
    const char *mask; /* 'x': any byte but zero */
    const char *charset;
} WIDE[] = {
    {"\xff\xfe\0\0", 4, "    ", "UTF-32LE"}, {"\0\0\xfe\xff", 4, "    ", "UTF-32BE"},
    {"\0\0\0\0", 4, "x   ", "UTF-32LE"},     {"\0\0\0\0", 4, "   x", "UTF-32BE"},
    {"\xff\xfe", 2, "  ", "UTF-16LE"},       {"\xfe\xff", 2, "  ", "UTF-16BE"},
    {"\0\0", 2, "x ", "UTF-16LE"},           {"\0\0", 2, " x", "UTF-16BE"},
};

static bool begins(const struct wide *wide, const char *text, size_t len)
{
    if (len < wide->len)
        return false;
    for (size_t i = 0; i < wide->len; i++) {
        if (wide->mask[i] == 'x' ? text[i] == '\0' : text[i] != wide->bytes[i])
            return false;
    }
    return true;
}

static const char *charset_of(const char *text, size_t len)
{
    for (size_t i = 0; i < A0_COUNT(WIDE); i++) {
        if (begins(&WIDE[i], text, len))
            return WIDE[i].charset;
    }
    return NULL;
}

typedef struct converter {
    iconv_t to_utf8;
    char in[A0_ND_CHUNK], out[2 * A0_ND_CHUNK];
    size_t have; /* bytes in `in` */
} converter;

static int convert_chunk(const a0_nd_input *input, converter *c, int to, off_t *total,
                         auth0db_error *err)
{
    char *from = c->in, *into = c->out;
    size_t room = sizeof c->out;
    size_t converted = iconv(c->to_utf8, &from, &c->have, &into, &room);
    /* EINVAL: the end of the chunk cuts a character in two, and its beginning waits for the rest */
    if (converted == (size_t)-1 && errno != EINVAL)
        return a0_error_set(err, AUTH0DB_ERR_MALFORMED, "DATABASE_URL",
                            "%s: it begins as UTF-16 or UTF-32 and goes on as something else: "
                            "write it as UTF-8",
                            input->name);
    memmove(c->in, from, c->have);
    return keep(input, to, c->out, (size_t)(into - c->out), total, err);
}

static int convert_all(const a0_nd_input *input, converter *c, int from, int to, auth0db_error *err)
{
    off_t total = 0;
    for (;;) {
        /* What is left of the last chunk is less than a character, so there is room. */
        ssize_t n = read_again(from, c->in + c->have, sizeof c->in - c->have);
        if (n < 0)
            return failed(input, err);
        if (n == 0)
            break;
        c->have += (size_t)n;
        int rc = convert_chunk(input, c, to, &total, err);
        if (rc != AUTH0DB_OK)
            return rc;
    }
    return c->have == 0 ? AUTH0DB_OK
                        : a0_error_set(err, AUTH0DB_ERR_MALFORMED, "DATABASE_URL",
                                       "%s: it ends in the middle of a character: was it cut off?",
                                       input->name);
}

static ssize_t head_of(const a0_nd_input *input, char *head, size_t size)
{
    ssize_t n;
    do
        n = pread(input->fd, head, size, 0);
    while (n < 0 && errno == EINTR);
    return n;
}

/* A byte order mark is converted like any character, and stepped over when it is UTF-8's
 * (recognize). */
static int convert(const a0_nd_input *input, int from, int to, auth0db_error *err)
{
    char head[4];
    ssize_t n = head_of(input, head, sizeof head);
    const char *charset = n < 0 ? NULL : charset_of(head, (size_t)n);
    converter *c = charset != NULL ? a0_alloc(sizeof *c) : NULL;
    if (c == NULL)
        return a0_error_no_memory(err);
    c->to_utf8 = iconv_open("UTF-8", charset);
    int rc = c->to_utf8 != (iconv_t)-1 && lseek(from, 0, SEEK_SET) == 0
                 ? convert_all(input, c, from, to, err)
                 : failed(input, err);
    if (c->to_utf8 != (iconv_t)-1)
        iconv_close(c->to_utf8);
    a0_wipe(c, sizeof *c);
    a0_free(c);
    return rc;
}

/* --- what kind of file ----------------------------------------------------------------------- */

/* What people have at hand instead, and what to do. */
static const struct other {
    const char *begin;
    size_t len;
    const char *what, *cure;
} OTHERS[] = {
    {"\x1f\x8b", 2, "gzip", "zcat FILE | DATABASE_URL=ndjson:- auth0db ..."},
    {"PK\x03\x04", 4, "a ZIP archive", "unpack it"},
    {"SQLite format 3", 15, "an SQLite database", "write sqlite:///FILE instead of ndjson:///FILE"},
    {"PGDMP", 5, "a dump of pg_dump", "restore it, and give postgres://..."},
    {"-- ", 3, "SQL", "load it into a database, and give its address"},
    {"<", 1, "XML", "manage.py dumpdata --format jsonl writes what is read here"},
    {"- ", 2, "YAML", "manage.py dumpdata --format jsonl writes what is read here"},
};

static int refuse(const a0_nd_input *input, const char *text, size_t len, auth0db_error *err)
{
    for (size_t i = 0; i < A0_COUNT(OTHERS); i++) {
        const struct other *other = &OTHERS[i];
        if (len >= other->len && memcmp(text, other->begin, other->len) == 0)
            return a0_error_set(err, AUTH0DB_ERR_MALFORMED, "DATABASE_URL",
                                "%s is %s, not JSON: %s", input->name, other->what, other->cure);
    }
    return a0_error_set(err, AUTH0DB_ERR_MALFORMED, "DATABASE_URL",
                        "%s does not begin with a JSON object or array (CSV? a header?): each line "
                        "is to be one user, as {\"id\": 1, \"email\": ...}; see auth0db-export(1)",
                        input->name);
}

/* Is the first piece, cut in this way, a whole object? */
static int first_is_object(const a0_nd_input *input, bool *answer, auth0db_error *err)
{
    a0_nd_reader reader;
    a0_slice piece = {NULL, 0};
    bool cut = false;
    int rc = a0_nd_reader_begin(&reader, input, err);
    do
        rc = rc == AUTH0DB_OK ? a0_nd_next(&reader, &piece, &cut, err) : rc;
    while (rc == AUTH0DB_OK && piece.data != NULL && !cut && a0_nd_is_blank(piece));
    *answer = false;
    if (rc == AUTH0DB_OK && piece.data != NULL && !cut) {
        a0_nd_row row;
        a0_nd_row_parse(&row, piece);
        *answer = row.object != NULL;
        a0_nd_row_clear(&row);
    }
    a0_nd_reader_end(&reader);
    return rc;
}

/* Lines, unless the first line is no object and the first value is: as `jq .` writes them. A bad
 * line is then one bad user; of values nobody knows where the next one begins. Where neither is an
 * object lines it is, so that each is named. */
static int lines_or_values(a0_nd_input *input, auth0db_error *err)
{
    bool whole;
    auth0db_error why;
    int rc = first_is_object(input, &whole, err);
    if (rc != AUTH0DB_OK || whole)
        return rc;
    input->values = true;
    input->values = first_is_object(input, &whole, &why) == AUTH0DB_OK && whole;
    return AUTH0DB_OK;
}

static int recognize(a0_nd_input *input, auth0db_error *err)
{
    static const char mark[] = "\xef\xbb\xbf";
    char head[A0_ND_CHUNK];
    ssize_t n = head_of(input, head, sizeof head);
    if (n < 0)
        return failed(input, err);
    size_t at = n >= 3 && memcmp(head, mark, 3) == 0 ? 3 : 0;
    input->begin = (off_t)at;
    while (at < (size_t)n && strchr(" \t\r\n", head[at]) != NULL && head[at] != '\0')
        at++;
    int rc = AUTH0DB_OK;
    if (at < (size_t)n && head[at] == '[')
        input->values = true;
    else if (at < (size_t)n && head[at] == '{')
        rc = lines_or_values(input, err);
    else if (at < (size_t)n)
        rc = refuse(input, head + at, (size_t)n - at, err);
    a0_wipe(head, sizeof head);
    return rc;
}

/* --- opening --------------------------------------------------------------------------------- */

static int open_standard(a0_nd_input *input, auth0db_error *err)
{
    /* A file that the shell has opened is read where it lies. What knows no places is a pipe. */
    if (lseek(STDIN_FILENO, 0, SEEK_CUR) < 0)
        return into_memory(input, STDIN_FILENO, copy_pipe, err);
    /* A number of our own, for it is closed in the end, and standard input is the host's. */
    input->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    return input->fd >= 0 ? AUTH0DB_OK : failed(input, err);
}

static int open_file(a0_nd_input *input, const char *path, auth0db_error *err)
{
    struct stat st;
    input->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (input->fd < 0 || fstat(input->fd, &st) != 0)
        return failed(input, err);
    /* All reading is at a place (pread), which a device or a named pipe does not have. */
    if (!S_ISREG(st.st_mode))
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "DATABASE_URL", "%s is not a file", path);
    return AUTH0DB_OK;
}

int a0_nd_input_open(a0_nd_input *input, const char *path, auth0db_error *err)
{
    const bool standard = strcmp(path, "-") == 0;
    char head[4];
    *input = (a0_nd_input){.fd = -1, .name = a0_strdup(standard ? "standard input" : path)};
    if (input->name == NULL)
        return a0_error_no_memory(err);
    int rc = standard ? open_standard(input, err) : open_file(input, path, err);
    ssize_t n = rc == AUTH0DB_OK ? head_of(input, head, sizeof head) : 0;
    if (n < 0)
        rc = failed(input, err);
    else if (charset_of(head, (size_t)n) != NULL)
        rc = into_memory(input, input->fd, convert, err);
    return rc == AUTH0DB_OK ? recognize(input, err) : rc;
}

void a0_nd_input_close(a0_nd_input *input)
{
    if (input->fd >= 0)
        close(input->fd);
    input->fd = -1;
    a0_free(input->name);
    input->name = NULL;
}
