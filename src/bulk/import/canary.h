/* Canaries: before a hash of some kind is trusted to the tenant, a user nobody owns is imported
 * with one and logged in.
 *
 * Auth0 says "imported" of a hash that it will never match, and "wrong password" weeks later, to
 * its owner. So there is one canary for each kind (hasher and parameters) among those who move: a
 * random password, hashed as Django does, converted, imported, logged in, deleted. */
#ifndef A0_BULK_IMPORT_CANARY_H
#define A0_BULK_IMPORT_CANARY_H

#include "bulk/assess/hash_kinds.h"

struct a0_run;
struct a0_open_batch;

enum { A0_CANARY_DETAIL = 160 };

/* What the canaries have shown, by the number of their kind. */
typedef struct a0_canaries {
    bool proven[A0_HASH_KINDS_MAX];
    char detail[A0_HASH_KINDS_MAX][A0_CANARY_DETAIL]; /* why not; "" where none was sent */
} a0_canaries;

/** One for each kind that moves. Always removes them, also when it fails or is interrupted; what
 * cannot be removed now is on record, and a0_canary_sweep removes it. */
A0_MUST_CHECK int a0_canary_run(struct a0_run *run, auth0db_error *err);

/** Remove what runs that are gone have left behind; `own`: what this one has, too. */
A0_MUST_CHECK int a0_canary_sweep(struct a0_run *run, bool own, auth0db_error *err);

#endif
