/* Ids and fingerprints of bytes that have a length; see include/auth0db/login.h. */
#ifndef A0_MIGRATE_NAMES_H
#define A0_MIGRATE_NAMES_H

#include "auth0db/login.h"
#include "base/slice.h"

/** As auth0db_expected_id. */
void a0_expected_id(const char *site, a0_slice key, char out[AUTH0DB_ID_SIZE]);

#endif
