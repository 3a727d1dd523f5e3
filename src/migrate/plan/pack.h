/* Users into import files: JSON of the fewest bytes the schema allows, as many users as fit. */
#ifndef A0_MIGRATE_PACK_H
#define A0_MIGRATE_PACK_H

#include "base/buf.h"
#include "migrate/plan/sort.h"

/** Append the import object of a user who moves (a0_sort said so) to `out`, which was given room
 * for a0_row_bound more bytes. auth0_id is "auth0|" and 24 hex digits. False: the user alone is
 * longer than `max` bytes (nothing appended then). The bytes hold a hash: `out` wipes itself. */
A0_MUST_CHECK bool a0_row_write(a0_buf *out, const a0_record *record, const a0_sorted *sorted,
                                const a0_sort_rules *rules, const char *auth0_id, size_t max);
size_t a0_row_bound(const a0_record *record);
/** The e-mail as it is sent and as Auth0 keeps it, in lower case; out takes A0_EMAIL_MAX + 1. */
void a0_row_email(const a0_record *record, char *out);

/* A batch in the making. Rows keep their place, so that some can be left out after all. */
typedef struct a0_pack a0_pack;

typedef struct a0_packed { /* one row of a pack; borrowed until it is dropped or cleared */
    const char *key, *auth0_id, *email; /* email as sent */
    const char *sync_digest, *holdout_digest;
    auth0db_hash_params params;
    unsigned tombstones;   /* of the key */
    bool blocked, factors; /* sent as such; with second factors */
} a0_packed;

/** `room`: bytes for the JSON array (the request's limit less its multipart frame). `site` and
 * `rules` are copied. `site` NULL: a pack that only counts (a0_pack_row is not to be called). */
A0_MUST_CHECK a0_pack *a0_pack_new(const char *site, const a0_sort_rules *rules, size_t room);
void a0_pack_free(a0_pack *pack); /* NULL is a no-op; wipes */

typedef enum a0_pack_answer {
    A0_PACK_TAKEN,
    A0_PACK_FULL,    /* send the batch, clear, and offer this user again */
    A0_PACK_TOO_BIG, /* this user fits in no batch: a holdout */
    A0_PACK_NO_MEMORY
} a0_pack_answer;
A0_MUST_CHECK a0_pack_answer a0_pack_add(a0_pack *pack, const a0_record *record,
                                         const a0_sorted *sorted);
size_t a0_pack_users(const a0_pack *pack);
const a0_packed *a0_pack_row(const a0_pack *pack, size_t i);
/** Leave out the rows whose flag is set. */
void a0_pack_drop(a0_pack *pack, const bool *drop);
/** The JSON array. Borrowed until the pack changes. */
a0_slice a0_pack_json(a0_pack *pack);
void a0_pack_clear(a0_pack *pack); /* wipes, keeps the memory */

#endif
