/* Users counted by what their hashes cost: one canary for each kind. A site's rows may name any
 * parameters, so the kinds that are told apart are bounded. */
#ifndef A0_BULK_ASSESS_HASH_KINDS_H
#define A0_BULK_ASSESS_HASH_KINDS_H

#include <stddef.h>
#include <stdint.h>

#include "auth0db/hash.h"
#include "base/error.h"

enum {
    A0_HASH_KINDS_MAX = 256,
    A0_HASH_KIND_NONE = -1 /* one kind too many: counted together in `others` */
};

typedef struct a0_hash_kinds {
    struct a0_hash_kind {
        auth0db_hash_params params;
        auth0db_conversion conversion;
        uint64_t users, moves;
    } kinds[A0_HASH_KINDS_MAX];
    size_t n;
    struct {
        uint64_t users, moves;
    } others;
    int last; /* most users are of the kind of the one before */
    int16_t
        slots[4 * A0_HASH_KINDS_MAX]; /* number of a kind plus one, by a hash of its parameters */
} a0_hash_kinds;                      /* zero: empty */

/** The number of this kind in `kinds`, made where it is new; A0_HASH_KIND_NONE where there is no
 * room.
 */
int a0_hash_kinds_find(a0_hash_kinds *hash_kinds, const auth0db_hash_params *params,
                       auth0db_conversion conversion);
/** As a0_hash_kinds_find, but makes nothing. */
int a0_hash_kinds_look(const a0_hash_kinds *hash_kinds, const auth0db_hash_params *params,
                       auth0db_conversion conversion);

#endif
