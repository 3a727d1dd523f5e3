/* Ids and fingerprints of bytes that have a length; see include/auth0db/login.h. */
#ifndef A0_LINK_IDS_H
#define A0_LINK_IDS_H

#include "auth0db/login.h"
#include "base/error.h"
#include "base/slice.h"

/* A tenant_mark that equals no date: out of step, such a link never pushes (S2). */
#define A0_MARK_UNKNOWN "?"

/** As auth0db_numbered_id. */
void a0_expected_id(const char *site, a0_slice key, unsigned tombstones, char out[AUTH0DB_ID_SIZE]);

/* The same for many users of one site, faster. One thread at a time. */
typedef struct a0_ids a0_ids;
A0_MUST_CHECK a0_ids *a0_ids_new(const char *site); /* copied; NULL: no memory, or no SHA-256 */
void a0_ids_free(a0_ids *ids);                      /* NULL is a no-op */
/** "" where OpenSSL failed. */
void a0_ids_make(a0_ids *ids, a0_slice key, unsigned tombstones, char out[AUTH0DB_ID_SIZE]);

#endif
