/* Users as JSON, from a file or from standard input: for any database that we do not read. A line
 * that is not understood is a user who cannot move, never the end. Nothing can be written to it:
 * so nobody is claimed or linked, and it plans and exports. */
#include <string.h>

#include "base/mem.h"
#include "store/ndjson_int.h"

/* Behind a user, so that a page that begins there need not look for its key. */
typedef struct place {
    char key[A0_NAME_SIZE];
    off_t at;
    uint64_t count; /* up to there */
} place;

typedef struct ndjson_store {
    a0_store base;
    a0_nd_input input;
    a0_nd_survey survey;
    bool surveyed;
    place
        places[2]; /* of the two users read last: the very last may have had no room in its file */
} ndjson_store;

typedef struct ndjson_scan {
    a0_scan base;
    ndjson_store *store;
    a0_scan_options options;
    a0_nd_reader reader;
    a0_nd_row row;
    uint64_t left;
    bool skipping; /* until the key `after` has passed */
} ndjson_scan;

static ndjson_store *as_ndjson(a0_store *store)
{
    return (ndjson_store *)(void *)store;
}

/* --- opening --------------------------------------------------------------------------------- */

static void ndjson_close(a0_store *store)
{
    a0_nd_input_close(&as_ndjson(store)->input);
    a0_free(store);
}

static int ndjson_open(a0_store **out, const a0_store_url *url, auth0db_error *err)
{
    if (url->n_options > 0)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "DATABASE_URL",
                            "NDJSON takes no options behind the ?");
    ndjson_store *store = a0_alloc(sizeof *store);
    if (store == NULL)
        return a0_error_no_memory(err);
    int rc = a0_nd_input_open(&store->input, url->path, err);
    if (rc != AUTH0DB_OK)
        ndjson_close(&store->base);
    else
        *out = &store->base;
    return rc;
}

/* --- a piece as a record --------------------------------------------------------------------- */

/* The record borrows from the row and from the values, so all three end together, wiped. */
static void forget_row(ndjson_scan *scan)
{
    a0_nd_row_clear(&scan->row);
    a0_mfa_begin(&scan->base.record, &scan->base.values);
    scan->base.record = (a0_record){.last_login = A0_NO_TIME, .joined = A0_NO_TIME};
}

static int read_piece(ndjson_scan *scan, a0_slice piece, bool cut, auth0db_error *err)
{
    a0_record *record = &scan->base.record;
    forget_row(scan);
    a0_nd_row_parse(&scan->row, piece);
    const bool understood = scan->row.object != NULL;
    if (!understood)
        record->damage = cut ? "line-too-long" : "not-json";
    /* A user without a key gets the number of the line as one, so that a report can name the user.
     * Of two things that are wrong the first is said: what is no JSON has no key either. */
    if (!a0_nd_row_key(&scan->row, &scan->store->base.map, a0_nd_unit(&scan->store->input),
                       scan->reader.count, scan->base.key_buf) &&
        understood)
        record->damage = "no-key";
    record->key = (a0_slice){scan->base.key_buf, strlen(scan->base.key_buf)};
    int rc = understood ? a0_nd_row_read(&scan->row, &scan->base) : AUTH0DB_OK;
    return rc == AUTH0DB_OK ? rc : a0_error_no_memory(err);
}

/* --- scanning -------------------------------------------------------------------------------- */

static bool same(a0_slice a, a0_slice b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static bool wanted(ndjson_scan *scan)
{
    const a0_record *row = &scan->base.record;
    const a0_scan_options *options = &scan->options;
    /* The user with that key was the last one of the page before, and is not wanted again. */
    if (scan->skipping) {
        scan->skipping = !same(row->key, options->after);
        return false;
    }
    if ((options->only_active && !row->active) ||
        (options->since_login != A0_NO_TIME && row->last_login < options->since_login))
        return false; /* A0_NO_TIME is before everything */
    bool listed = options->keys == NULL;
    for (size_t i = 0; i < options->n_keys && !listed; i++)
        listed = same(row->key, options->keys[i]);
    return listed;
}

static void remember(ndjson_scan *scan)
{
    place *places = scan->store->places;
    places[0] = places[1];
    /* Behind the user, as the file has it: the reader's buffer is gone by then. */
    places[1].at = scan->reader.at + (off_t)scan->reader.from;
    places[1].count = scan->reader.count;
    memcpy(places[1].key, scan->base.key_buf, sizeof places[1].key);
}

/* A scan mostly goes on where the last one ended. Any other key is looked for from the beginning
 * of the file: once a page that would be minutes for a large one. */
static void begin_behind(ndjson_scan *scan, a0_slice key)
{
    for (size_t i = 0; i < A0_COUNT(scan->store->places); i++) {
        const place *p = &scan->store->places[i];
        if (same(key, (a0_slice){p->key, strlen(p->key)})) {
            scan->reader.at = p->at;
            scan->reader.count = p->count;
            return;
        }
    }
    scan->skipping = true;
}

/* The next piece that says something of a user; *more false behind the last. */
static int next_user(ndjson_scan *scan, bool *more, auth0db_error *err)
{
    a0_slice piece;
    bool cut;
    *more = true;
    for (;;) {
        int rc = a0_nd_next(&scan->reader, &piece, &cut, err);
        if (rc == AUTH0DB_OK && piece.data == NULL)
            *more = false;
        if (rc != AUTH0DB_OK || !*more)
            return rc;
        /* Nothing is left of a line that was cut, and yet it is a user. */
        if (!cut && a0_nd_is_blank(piece))
            continue;
        rc = read_piece(scan, piece, cut, err);
        if (rc != AUTH0DB_OK || !a0_nd_survey_skips(&scan->store->survey, &scan->row))
            return rc;
    }
}

static int ndjson_next(a0_scan *base, const a0_record **row, auth0db_error *err)
{
    ndjson_scan *scan = (ndjson_scan *)(void *)base;
    while (scan->left > 0) {
        bool more;
        int rc = next_user(scan, &more, err);
        if (!more)
            scan->left = 0;
        if (rc != AUTH0DB_OK || !more)
            return rc;
        if (wanted(scan)) {
            scan->left--;
            remember(scan);
            *row = &scan->base.record;
            return AUTH0DB_OK;
        }
    }
    return AUTH0DB_OK;
}

static void ndjson_scan_end(a0_scan *base)
{
    ndjson_scan *scan = (ndjson_scan *)(void *)base;
    forget_row(scan);
    a0_buf_clear(&scan->base.values);
    a0_nd_reader_end(&scan->reader);
    a0_free(scan);
}

/* Once, before the first user is read: whoever begins with a part of a file that is wrong as a
 * whole has to take it back. */
static int survey_once(ndjson_store *store, auth0db_error *err)
{
    if (store->surveyed)
        return AUTH0DB_OK;
    int rc = a0_nd_survey_make(&store->survey, &store->input, &store->base.map, err);
    store->surveyed = rc == AUTH0DB_OK;
    return rc;
}

static int ndjson_scan_begin(a0_store *store, const a0_scan_options *options, a0_scan **out,
                             auth0db_error *err)
{
    int rc = survey_once(as_ndjson(store), err);
    if (rc != AUTH0DB_OK)
        return rc;
    ndjson_scan *scan = a0_alloc(sizeof *scan);
    if (scan == NULL)
        return a0_error_no_memory(err);
    scan->base.store = store;
    scan->store = as_ndjson(store);
    scan->options = *options;
    scan->left = options->limit > 0 ? options->limit : UINT64_MAX;
    rc = a0_nd_reader_begin(&scan->reader, &scan->store->input, err);
    if (rc != AUTH0DB_OK) {
        ndjson_scan_end(&scan->base);
        return rc;
    }
    if (options->after.data != NULL)
        begin_behind(scan, options->after);
    *out = &scan->base;
    return AUTH0DB_OK;
}

/* Without a dialect: what would be read or written in SQL is refused, or succeeds and leaves no
 * trace (a0_store_keeps_record). */
const a0_engine a0_engine_ndjson = {
    .kind = "ndjson",
    .open = ndjson_open,
    .close = ndjson_close,
    .scan_begin = ndjson_scan_begin,
    .scan_next = ndjson_next,
    .scan_end = ndjson_scan_end,
};
