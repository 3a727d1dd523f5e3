/* Ids and fingerprints of bytes that have a length; see include/auth0db/login.h. */
#ifndef A0_MIGRATE_NAMES_H
#define A0_MIGRATE_NAMES_H

#include "auth0db/login.h"
#include "base/error.h"
#include "base/slice.h"

/** As auth0db_numbered_id. */
void a0_expected_id(const char *site, a0_slice key, unsigned tombstones,
                    char out[AUTH0DB_ID_SIZE]);

/* The same for many users of one site, faster. One thread at a time. */
typedef struct a0_ids a0_ids;
A0_MUST_CHECK a0_ids *a0_ids_new(const char *site); /* copied; NULL: no memory, or no SHA-256 */
void a0_ids_free(a0_ids *ids);                      /* NULL is a no-op */
/** "" where OpenSSL failed. */
void a0_ids_make(a0_ids *ids, a0_slice key, unsigned tombstones, char out[AUTH0DB_ID_SIZE]);

#endif
