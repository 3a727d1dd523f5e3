/* The import file of a batch, as it grows. Hashes stand in it, so whatever leaves the buffer is
 * wiped. Who goes into it is decided before; what one row looks like is row.c's. */
#include "bulk/batch/buffer.h"

#include <stdalign.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"
#include "link/ids.h"

enum {
    FIRST_ROWS = 2048, /* about as many as a batch holds */
    BLOCK_SIZE = 64 * 1024
};

/* Rows and their texts keep their place until the buffer is cleared. */
typedef struct block {
    struct block *next;
    size_t used, size;
    alignas(max_align_t) char bytes[];
} block;

typedef struct row {
    a0_buffered_row told;
    a0_slice password, email, username; /* as the site has them, for the fingerprints */
    char sync_digest[AUTH0DB_FINGERPRINT_SIZE], holdout_digest[AUTH0DB_FINGERPRINT_SIZE];
    size_t len; /* of its JSON */
} row;

struct a0_batch_buffer {
    a0_ids *ids; /* NULL in a buffer that only counts, as are the rows */
    a0_assess_rules rules;
    size_t room;
    a0_buf json; /* "[" and the rows, with commas between; the end is written on request */
    size_t n;
    row **rows;
    size_t rows_cap;
    block *blocks, *spare; /* the spare ones are wiped */
};

/* --- the texts of the rows ------------------------------------------------------------------- */

/* A block keeps its place, for the rows point into it; the list of rows alone is moved when it
 * grows. */
static block *new_block(a0_batch_buffer *buffer, size_t size)
{
    block *b = buffer->spare;
    /* Only the first spare one is looked at: nearly all have one size. */
    if (b != NULL && size <= b->size) {
        buffer->spare = b->next;
    } else {
        /* One user's texts may be longer than a block: such a user gets a block of its own. */
        size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        b = a0_alloc(sizeof *b + room);
        if (b == NULL)
            return NULL;
        b->size = room;
    }
    b->next = buffer->blocks;
    return buffer->blocks = b;
}

/* NULL without memory. */
static void *take(a0_batch_buffer *buffer, size_t size)
{
    size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    block *b = buffer->blocks;
    if (b == NULL || size > b->size - b->used)
        b = new_block(buffer, size);
    if (b == NULL)
        return NULL;
    b->used += size;
    return b->bytes + b->used - size;
}

static char *keep(char **at, const void *data, size_t len)
{
    char *copy = *at;
    if (len > 0)
        memcpy(copy, data, len);
    copy[len] = '\0';
    *at += len + 1;
    return copy;
}

static a0_slice keep_slice(char **at, a0_slice from)
{
    return (a0_slice){keep(at, from.data, from.len), from.len};
}

static bool grow_rows(a0_batch_buffer *buffer)
{
    if (buffer->n < buffer->rows_cap)
        return true;
    size_t cap = buffer->rows_cap > 0 ? 2 * buffer->rows_cap : FIRST_ROWS;
    row **rows = a0_alloc_array(cap, sizeof *rows);
    if (rows == NULL)
        return false;
    if (buffer->n > 0)
        memcpy(rows, buffer->rows, buffer->n * sizeof *rows);
    a0_free(buffer->rows);
    buffer->rows = rows;
    buffer->rows_cap = cap;
    return true;
}

static bool keep_row(a0_batch_buffer *buffer, const a0_record *record,
                     const a0_assessment *assessment, const char *auth0_id, size_t len)
{
    const size_t texts = record->key.len + AUTH0DB_ID_SIZE + record->password.len +
                         2 * record->email.len + record->username.len + 6 /* NULs */;
    row *r = grow_rows(buffer) ? take(buffer, sizeof *r + texts) : NULL;
    if (r == NULL)
        return false;
    char *at = (char *)(r + 1);
    r->told = (a0_buffered_row){.params = assessment->params,
                                .blocked = !record->active,
                                .tombstones = record->tombstones,
                                .factors = assessment->mfa_moves > 0};
    r->len = len;
    r->told.key = keep(&at, record->key.data, record->key.len);
    r->told.auth0_id = keep(&at, auth0_id, AUTH0DB_ID_LEN);
    r->password = keep_slice(&at, record->password);
    r->email = keep_slice(&at, record->email);
    r->username = keep_slice(&at, record->username);
    /* What was not sent cannot be what the tenant knows. */
    r->told.username = buffer->rules.require_username ? r->username.data : "";
    r->told.email = at;
    a0_row_email(record, at);
    buffer->rows[buffer->n] = r;
    return true;
}

/* --- the buffer --------------------------------------------------------------------------------
 */

a0_batch_buffer *a0_batch_buffer_new(const char *site, const a0_assess_rules *rules, size_t room)
{
    a0_batch_buffer *buffer = a0_alloc(sizeof *buffer);
    if (buffer == NULL)
        return NULL;
    buffer->rules = *rules;
    buffer->room = room;
    buffer->ids = site != NULL ? a0_ids_new(site) : NULL;
    if ((site != NULL && buffer->ids == NULL) ||
        a0_buf_reserve(&buffer->json, room) != AUTH0DB_OK ||
        a0_buf_puts(&buffer->json, "[") != AUTH0DB_OK) {
        a0_batch_buffer_free(buffer);
        return NULL;
    }
    return buffer;
}

void a0_batch_buffer_free(a0_batch_buffer *buffer)
{
    if (buffer == NULL)
        return;
    a0_batch_buffer_clear(buffer);
    while (buffer->spare != NULL) {
        block *next = buffer->spare->next;
        a0_free(buffer->spare);
        buffer->spare = next;
    }
    a0_buf_clear(&buffer->json);
    a0_free(buffer->rows);
    a0_ids_free(buffer->ids);
    a0_free(buffer);
}

void a0_batch_buffer_clear(a0_batch_buffer *buffer)
{
    while (buffer->blocks != NULL) {
        block *b = buffer->blocks;
        buffer->blocks = b->next;
        a0_wipe(b->bytes, b->used);
        /* Kept for the next batch, but without its contents: hashes of a batch that is over are
         * nobody's to read. */
        b->used = 0;
        b->next = buffer->spare;
        buffer->spare = b;
    }
    a0_wipe(buffer->json.data, buffer->json.len);
    if (buffer->json.data != NULL)
        buffer->json.data[0] = '[';
    buffer->json.len = 1;
    buffer->n = 0;
}

a0_buffer_answer a0_batch_buffer_add(a0_batch_buffer *buffer, const a0_record *record,
                                     const a0_assessment *assessment)
{
    /* A buffer that only counts has no ids, but one of their length: the plan's jobs are as full as
     * the import's. */
    char auth0_id[AUTH0DB_ID_SIZE] = "auth0|000000000000000000000000";
    const size_t before = buffer->json.len, comma = buffer->n > 0;
    const size_t taken = before + comma + 1 /* "]" */;
    if (buffer->ids != NULL)
        a0_ids_make(buffer->ids, record->key, record->tombstones, auth0_id);
    /* A user who fits in no batch is held back, or the import would offer it to empty buffers for
     * ever. */
    if (taken > buffer->room)
        return buffer->n > 0 ? A0_BUFFER_FULL : A0_BUFFER_TOO_BIG;
    if (auth0_id[0] == '\0' /* not even for SHA-256 */ ||
        a0_buf_reserve(&buffer->json, a0_row_bound(record) + 2) != AUTH0DB_OK)
        return A0_BUFFER_NO_MEMORY;
    /* The comma stands before the row it belongs to, and goes with it where that does not fit. */
    buffer->json.data[before] = ',';
    buffer->json.len += comma;
    a0_buffer_answer answer = A0_BUFFER_TAKEN;
    if (!a0_row_write(&buffer->json, record, assessment, &buffer->rules, auth0_id,
                      buffer->room - taken))
        answer = buffer->n > 0 ? A0_BUFFER_FULL : A0_BUFFER_TOO_BIG;
    else if (buffer->ids != NULL &&
             !keep_row(buffer, record, assessment, auth0_id, buffer->json.len - before - comma))
        answer = A0_BUFFER_NO_MEMORY;
    if (answer == A0_BUFFER_TAKEN) {
        buffer->n++;
    } else {
        /* A row that was written half holds a hash, or a part of one. */
        a0_wipe(buffer->json.data + before, buffer->json.len - before);
        buffer->json.len = before;
    }
    return answer;
}

size_t a0_batch_buffer_users(const a0_batch_buffer *buffer)
{
    return buffer->n;
}

/* The fingerprints are made when a row is first looked at: whoever only counts never looks. */
const a0_buffered_row *a0_batch_buffer_row(const a0_batch_buffer *buffer, size_t i)
{
    row *r = buffer->rows[i];
    if (r->told.sync_digest == NULL) {
        const a0_record record = {
            .password = r->password, .email = r->email, .username = r->username};
        const char *encoded = r->password.data;
        auth0db_fingerprint(&encoded, &r->password.len, 1, r->sync_digest);
        a0_bulk_digest(&record, r->holdout_digest);
        r->told.sync_digest = r->sync_digest;
        r->told.holdout_digest = r->holdout_digest;
    }
    return &r->told;
}

/* The rows move together in place, so their order stays that of the keys. What is left behind the
 * end is a copy of hashes, and is wiped. */
void a0_batch_buffer_drop(a0_batch_buffer *buffer, const bool *drop)
{
    const size_t before = buffer->json.len;
    char *to = buffer->json.data + 1;
    const char *from = to;
    size_t kept = 0;
    for (size_t i = 0; i < buffer->n; i++) {
        const size_t len = buffer->rows[i]->len;
        if (!drop[i]) {
            if (kept > 0)
                *to++ = ',';
            memmove(to, from, len);
            to += len;
            buffer->rows[kept++] = buffer->rows[i];
        }
        from += len + 1; /* and its comma */
    }
    buffer->n = kept;
    buffer->json.len = (size_t)(to - buffer->json.data);
    a0_wipe(to, before - buffer->json.len);
}

a0_slice a0_batch_buffer_json(a0_batch_buffer *buffer)
{
    memcpy(buffer->json.data + buffer->json.len, "]",
           2); /* a0_batch_buffer_add keeps room for it */
    return (a0_slice){buffer->json.data, buffer->json.len + 1};
}
