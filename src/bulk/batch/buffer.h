/* The buffer of a batch: users into an import file, JSON of the fewest bytes the schema allows, as
 * many users as fit. */
#ifndef A0_BULK_BATCH_BUFFER_H
#define A0_BULK_BATCH_BUFFER_H

#include "base/buf.h"
#include "bulk/assess/assess.h"

/** Append the import object of a user who moves (a0_assess said so) to `out`, which was given room
 * for a0_row_bound more bytes. auth0_id is "auth0|" and 24 hex digits. False: the user alone is
 * longer than `max` bytes (nothing appended then). The bytes hold a hash: `out` wipes itself. */
A0_MUST_CHECK bool a0_row_write(a0_buf *out, const a0_record *record,
                                const a0_assessment *assessment, const a0_assess_rules *rules,
                                const char *auth0_id, size_t max);
size_t a0_row_bound(const a0_record *record);
/** The e-mail as it is sent and as Auth0 keeps it, in lower case; out takes A0_EMAIL_MAX + 1. */
void a0_row_email(const a0_record *record, char *out);

/* A batch in the making. Rows keep their place, so that some can be left out after all. */
typedef struct a0_batch_buffer a0_batch_buffer;

typedef struct a0_buffered_row { /* one row of a buffer; borrowed until it is dropped or cleared */
    const char *key, *auth0_id, *email; /* email as sent */
    const char *username;               /* as the site has it; "": sent without */
    const char *sync_digest, *holdout_digest;
    auth0db_hash_params params;
    unsigned tombstones;   /* of the key */
    bool blocked, factors; /* sent as such; with second factors */
} a0_buffered_row;

/** `room`: bytes for the JSON array (the request's limit less its multipart frame). `site` and
 * `rules` are copied. `site` NULL: a buffer that only counts (a0_batch_buffer_row is not to be
 * called). */
A0_MUST_CHECK a0_batch_buffer *a0_batch_buffer_new(const char *site, const a0_assess_rules *rules,
                                                   size_t room);
void a0_batch_buffer_free(a0_batch_buffer *buffer); /* NULL is a no-op; wipes */

typedef enum a0_buffer_answer {
    A0_BUFFER_TAKEN,
    A0_BUFFER_FULL,    /* send the batch, clear, and offer this user again */
    A0_BUFFER_TOO_BIG, /* this user fits in no batch: a holdout */
    A0_BUFFER_NO_MEMORY
} a0_buffer_answer;
A0_MUST_CHECK a0_buffer_answer a0_batch_buffer_add(a0_batch_buffer *buffer, const a0_record *record,
                                                   const a0_assessment *assessment);
size_t a0_batch_buffer_users(const a0_batch_buffer *buffer);
const a0_buffered_row *a0_batch_buffer_row(const a0_batch_buffer *buffer, size_t i);
/** Leave out the rows whose flag is set. */
void a0_batch_buffer_drop(a0_batch_buffer *buffer, const bool *drop);
/** The JSON array. Borrowed until the buffer changes. */
a0_slice a0_batch_buffer_json(a0_batch_buffer *buffer);
void a0_batch_buffer_clear(a0_batch_buffer *buffer); /* wipes, keeps the memory */

#endif
