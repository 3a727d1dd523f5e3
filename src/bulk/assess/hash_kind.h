/* Users whose hashes cost the same: what verifies for one of them at the tenant, or fails to, does
 * so for all. Plan counts by them, the canary tries them, watch compares them. */
#ifndef A0_BULK_ASSESS_HASH_KIND_H
#define A0_BULK_ASSESS_HASH_KIND_H

#include "auth0db/hash.h"

enum { A0_HASH_KIND_LABEL_SIZE = 96 };

/** What tells hash_kinds of one hasher apart, for people: "iterations=600000", "variant=2b
 * cost=12", "n=16384 r=8 p=5", "argon2id m=102400 t=2 p=8"; "" where there is nothing. Salts are
 * left out. */
void a0_hash_kind_label(const auth0db_hash_params *params, char out[A0_HASH_KIND_LABEL_SIZE]);
/** Is it of this kind: the hasher's name, alone or with the label behind it? */
bool a0_hash_kind_is(const auth0db_hash_params *params, const char *kind);
/** The salt and its length do not count. */
bool a0_hash_kind_equal(const auth0db_hash_params *a, const auth0db_hash_params *b);

#endif
