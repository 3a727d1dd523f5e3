#include "migrate/plan/pack.h"

#include <stdalign.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"
#include "migrate/login/names.h"

enum {
    FIRST_ROWS = 2048, /* about as many as a batch holds */
    BLOCK_SIZE = 64 * 1024
};

/* Rows and their texts keep their place until the pack is cleared. */
typedef struct block {
    struct block *next;
    size_t used, size;
    alignas(max_align_t) char bytes[];
} block;

typedef struct row {
    a0_packed told;
    a0_slice password, email, username; /* as the site has them, for the fingerprints */
    char sync_digest[AUTH0DB_FINGERPRINT_SIZE], holdout_digest[AUTH0DB_FINGERPRINT_SIZE];
    size_t len; /* of its JSON */
} row;

struct a0_pack {
    a0_ids *ids; /* NULL in a pack that only counts, as are the rows */
    a0_sort_rules rules;
    size_t room;
    a0_buf json; /* "[" and the rows, with commas between; the end is written on request */
    size_t n;
    row **rows;
    size_t rows_cap;
    block *blocks, *spare; /* the spare ones are wiped */
};

/* --- the texts of the rows ------------------------------------------------------------------- */

static block *new_block(a0_pack *pack, size_t size)
{
    block *b = pack->spare;
    if (b != NULL && size <= b->size) {
        pack->spare = b->next;
    } else {
        size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        b = a0_alloc(sizeof *b + room);
        if (b == NULL)
            return NULL;
        b->size = room;
    }
    b->next = pack->blocks;
    return pack->blocks = b;
}

/* NULL without memory. */
static void *take(a0_pack *pack, size_t size)
{
    size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    block *b = pack->blocks;
    if (b == NULL || size > b->size - b->used)
        b = new_block(pack, size);
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

static bool grow_rows(a0_pack *pack)
{
    if (pack->n < pack->rows_cap)
        return true;
    size_t cap = pack->rows_cap > 0 ? 2 * pack->rows_cap : FIRST_ROWS;
    row **rows = a0_alloc_array(cap, sizeof *rows);
    if (rows == NULL)
        return false;
    if (pack->n > 0)
        memcpy(rows, pack->rows, pack->n * sizeof *rows);
    a0_free(pack->rows);
    pack->rows = rows;
    pack->rows_cap = cap;
    return true;
}

static bool keep_row(a0_pack *pack, const a0_record *record, const a0_sorted *sorted,
                     const char *auth0_id, size_t len)
{
    const size_t texts = record->key.len + AUTH0DB_ID_SIZE + record->password.len +
                         2 * record->email.len + record->username.len + 6 /* NULs */;
    row *r = grow_rows(pack) ? take(pack, sizeof *r + texts) : NULL;
    if (r == NULL)
        return false;
    char *at = (char *)(r + 1);
    r->told = (a0_packed){.params = sorted->params,
                          .blocked = !record->active,
                          .tombstones = record->tombstones,
                          .factors = sorted->mfa_moves > 0};
    r->len = len;
    r->told.key = keep(&at, record->key.data, record->key.len);
    r->told.auth0_id = keep(&at, auth0_id, AUTH0DB_ID_LEN);
    r->password = keep_slice(&at, record->password);
    r->email = keep_slice(&at, record->email);
    r->username = keep_slice(&at, record->username);
    r->told.email = at;
    a0_row_email(record, at);
    pack->rows[pack->n] = r;
    return true;
}

/* --- the pack -------------------------------------------------------------------------------- */

a0_pack *a0_pack_new(const char *site, const a0_sort_rules *rules, size_t room)
{
    a0_pack *pack = a0_alloc(sizeof *pack);
    if (pack == NULL)
        return NULL;
    pack->rules = *rules;
    pack->room = room;
    pack->ids = site != NULL ? a0_ids_new(site) : NULL;
    if ((site != NULL && pack->ids == NULL) || a0_buf_reserve(&pack->json, room) != AUTH0DB_OK ||
        a0_buf_puts(&pack->json, "[") != AUTH0DB_OK) {
        a0_pack_free(pack);
        return NULL;
    }
    return pack;
}

void a0_pack_free(a0_pack *pack)
{
    if (pack == NULL)
        return;
    a0_pack_clear(pack);
    while (pack->spare != NULL) {
        block *next = pack->spare->next;
        a0_free(pack->spare);
        pack->spare = next;
    }
    a0_buf_clear(&pack->json);
    a0_free(pack->rows);
    a0_ids_free(pack->ids);
    a0_free(pack);
}

void a0_pack_clear(a0_pack *pack)
{
    while (pack->blocks != NULL) {
        block *b = pack->blocks;
        pack->blocks = b->next;
        a0_wipe(b->bytes, b->used);
        b->used = 0;
        b->next = pack->spare;
        pack->spare = b;
    }
    a0_wipe(pack->json.data, pack->json.len);
    if (pack->json.data != NULL)
        pack->json.data[0] = '[';
    pack->json.len = 1;
    pack->n = 0;
}

a0_pack_answer a0_pack_add(a0_pack *pack, const a0_record *record, const a0_sorted *sorted)
{
    char auth0_id[AUTH0DB_ID_SIZE] = "auth0|000000000000000000000000";
    const size_t before = pack->json.len, comma = pack->n > 0;
    const size_t taken = before + comma + 1 /* "]" */;
    if (pack->ids != NULL)
        a0_ids_make(pack->ids, record->key, record->tombstones, auth0_id);
    if (taken > pack->room)
        return pack->n > 0 ? A0_PACK_FULL : A0_PACK_TOO_BIG;
    if (auth0_id[0] == '\0' /* not even for SHA-256 */ ||
        a0_buf_reserve(&pack->json, a0_row_bound(record) + 2) != AUTH0DB_OK)
        return A0_PACK_NO_MEMORY;
    pack->json.data[before] = ',';
    pack->json.len += comma;
    a0_pack_answer answer = A0_PACK_TAKEN;
    if (!a0_row_write(&pack->json, record, sorted, &pack->rules, auth0_id, pack->room - taken))
        answer = pack->n > 0 ? A0_PACK_FULL : A0_PACK_TOO_BIG;
    else if (pack->ids != NULL &&
             !keep_row(pack, record, sorted, auth0_id, pack->json.len - before - comma))
        answer = A0_PACK_NO_MEMORY;
    if (answer == A0_PACK_TAKEN) {
        pack->n++;
    } else {
        a0_wipe(pack->json.data + before, pack->json.len - before);
        pack->json.len = before;
    }
    return answer;
}

size_t a0_pack_users(const a0_pack *pack)
{
    return pack->n;
}

/* The fingerprints are made when a row is first looked at: whoever only counts never looks. */
const a0_packed *a0_pack_row(const a0_pack *pack, size_t i)
{
    row *r = pack->rows[i];
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

void a0_pack_drop(a0_pack *pack, const bool *drop)
{
    const size_t before = pack->json.len;
    char *to = pack->json.data + 1;
    const char *from = to;
    size_t kept = 0;
    for (size_t i = 0; i < pack->n; i++) {
        const size_t len = pack->rows[i]->len;
        if (!drop[i]) {
            if (kept > 0)
                *to++ = ',';
            memmove(to, from, len);
            to += len;
            pack->rows[kept++] = pack->rows[i];
        }
        from += len + 1; /* and its comma */
    }
    pack->n = kept;
    pack->json.len = (size_t)(to - pack->json.data);
    a0_wipe(to, before - pack->json.len);
}

a0_slice a0_pack_json(a0_pack *pack)
{
    memcpy(pack->json.data + pack->json.len, "]", 2); /* a0_pack_add keeps room for it */
    return (a0_slice){pack->json.data, pack->json.len + 1};
}
