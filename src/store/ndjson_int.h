/* What the NDJSON store is inside: an input (a file of bytes, made UTF-8), a reader (cuts it into
 * pieces, one a user), a row (what a piece says), a survey (what is only to be seen of the whole
 * file). */
#ifndef A0_STORE_NDJSON_INT_H
#define A0_STORE_NDJSON_INT_H

#include <sys/types.h>

#include "base/json.h"
#include "store/store_int.h"

enum { A0_ND_PIECE_MAX = 1 << 20, A0_ND_CHUNK = 1 << 16 };

/* The bytes, wherever they came from: seekable, UTF-8, read as often as needed. */
typedef struct a0_nd_input {
    int fd;
    off_t begin; /* behind a byte order mark */
    bool values; /* JSON values behind each other or in an array, else one object a line */
    char *name;  /* for errors: the path, or "standard input" */
} a0_nd_input;

/** Open `path` ("-": standard input). MALFORMED, with what to do, for what is no JSON at all: CSV,
 * XML, a database's own dump. UTF-16 and UTF-32 are made UTF-8 in memory, never on a disk. */
A0_MUST_CHECK int a0_nd_input_open(a0_nd_input *input, const char *path, auth0db_error *err);
void a0_nd_input_close(a0_nd_input *input); /* may be repeated */

typedef struct a0_nd_reader {
    const a0_nd_input *input;
    char *bytes; /* from `at` on `len` of them; the next piece begins at `from` */
    size_t from, len;
    off_t at;
    uint64_t count;  /* pieces so far, blank lines among them: the number of the line */
    unsigned opened; /* arrays that have not ended */
} a0_nd_reader;

A0_MUST_CHECK int a0_nd_reader_begin(a0_nd_reader *reader, const a0_nd_input *input,
                                     auth0db_error *err);
/** The next line, without its end, or the next value; data NULL behind the last. *cut, and no
 * bytes, of a line that is too long. MALFORMED where the next value cannot be found. */
A0_MUST_CHECK int a0_nd_next(a0_nd_reader *reader, a0_slice *piece, bool *cut, auth0db_error *err);
void a0_nd_reader_end(a0_nd_reader *reader); /* wipes */
/** "line" or "user": what `count` counts. */
const char *a0_nd_unit(const a0_nd_input *input);

/* A piece, understood. */
typedef struct a0_nd_row {
    json_t *object;    /* owned; NULL where it is no JSON */
    json_t *fields;    /* borrowed: where the user's members stand */
    const char *model; /* borrowed: dumpdata's "auth.user"; NULL of a plain object */
} a0_nd_row;

/** The piece as an object, or without one: `row` holds it until a0_nd_row_clear. */
void a0_nd_row_parse(a0_nd_row *row, a0_slice piece);
void a0_nd_row_clear(a0_nd_row *row); /* wipes what is secret; may be repeated */
/** Does it hold what only a user has: a password, beside a name or an address? */
bool a0_nd_row_is_user(const a0_nd_row *row);
/** The key as Django writes it, in buf; false, and "line 7" in it, where there is none. One value
 * in several spellings (1 and 1.0, a UUID in capitals or without its hyphens) is one key, unless
 * the site's keys are texts. */
bool a0_nd_row_key(const a0_nd_row *row, const a0_site_map *map, const char *unit, uint64_t number,
                   char buf[A0_NAME_SIZE]);
/** All the rest into the scan's record, which borrows from `row` and from scan->values. NO_MEMORY.
 */
A0_MUST_CHECK int a0_nd_row_read(const a0_nd_row *row, a0_scan *scan);

/* What a store knows of its file. */
typedef struct a0_nd_survey {
    char model[A0_NAME_SIZE]; /* of dumpdata: the one whose rows are users; "" of plain objects */
} a0_nd_survey;

/** Look through the whole file, before anything is made of a part of it. MALFORMED where a key is
 * there twice (both lines are named), where no line has one, where an array was cut off, and where
 * users of two models stand in it. */
A0_MUST_CHECK int a0_nd_survey_make(a0_nd_survey *survey, const a0_nd_input *input,
                                    const a0_site_map *map, auth0db_error *err);
/** Is this a row of another model, which says nothing of a user? */
bool a0_nd_survey_skips(const a0_nd_survey *survey, const a0_nd_row *row);

bool a0_nd_is_blank(a0_slice piece);

#endif
