/* Kinds of hashes of which the site has shown that it does not read or write them as we do: a
 * pepper, a pre-hash, another digest under a stock name, a user model that hashes by itself. Auth0
 * would verify the hash as we do, and so nobody's password. Made by `manage.py`, which alone can
 * ask the site's hashers. */
#ifndef A0_BULK_ASSESS_UNPROVEN_H
#define A0_BULK_ASSESS_UNPROVEN_H

#include "auth0db/hash.h"
#include "base/error.h"

enum { A0_UNPROVEN_BY_SIZE = 128 };

typedef struct a0_unproven {
    bool asked; /* has the site been asked at all? */
    /* The class that does it in its own way; "" where the kind is as we know it. */
    char by[AUTH0DB_HASHER_COUNT][A0_UNPROVEN_BY_SIZE];
} a0_unproven;

/** map: the site map's JSON, its "unproven"; NULL: the site was not asked. Errors: MALFORMED, which
 * names the member; so does a kind of hash that nobody knows, since its users would move. */
A0_MUST_CHECK int a0_unproven_read(a0_unproven *out, const char *map, auth0db_error *err);
/** The class, or NULL: nothing speaks against this kind. NULL of a NULL. */
const char *a0_unproven_by(const a0_unproven *unproven, auth0db_hasher hasher);

#endif
