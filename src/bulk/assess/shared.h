/* Users who share an e-mail, or a user name but for its case: Auth0 takes only one of them.
 *
 * What is kept of a user is a fingerprint of 60 bits, six bytes of memory (and six more where the
 * connection asks for user names), so that a site of any size can be looked through. The hash is
 * polynomial over 2^61 - 1 under a random key: whoever chooses his e-mail cannot aim at another's
 * fingerprint, and in ten million users one pair is taken for equal by mistake once in some ten
 * thousand runs (and is then held back, no worse). Case is ASCII case: what Auth0 folds beyond that
 * is not known. */
#ifndef A0_BULK_ASSESS_SHARED_H
#define A0_BULK_ASSESS_SHARED_H

#include "auth0db/bulk.h"
#include "base/env.h"
#include "bulk/assess/assess.h"

typedef struct a0_shared a0_shared;

/** Errors: NO_MEMORY, CRYPTO. */
A0_MUST_CHECK int a0_shared_new(a0_shared **out, const a0_env *env, const a0_assess_rules *rules,
                                auth0db_duplicates duplicates, auth0db_error *err);
void a0_shared_free(a0_shared *shared); /* NULL is a no-op */

/* First look: every user of the site, whoever is meant to move; then a0_shared_close. */
A0_MUST_CHECK bool a0_shared_add(a0_shared *shared, const a0_record *record); /* false: no memory */
A0_MUST_CHECK bool a0_shared_close(a0_shared *shared);                        /* false: no memory */
/** Is a second look wanted? With MOST_RECENT, where somebody shares. */
bool a0_shared_wants_ranks(const a0_shared *shared);
/* Second look: every user again, in key order, with its state. The first of a group wins who is
 * linked already, else active, else the last to log in, else first in key order. */
void a0_shared_rank(a0_shared *shared, const a0_record *record);

/** After the close: of its group this user moves, whoever logged in last; said twice of a group,
 * the last time counts. Nothing where the e-mail is not shared. */
void a0_shared_keep(a0_shared *shared, a0_slice key, a0_slice email);

#define A0_DETAIL_OTHER_KEPT "kept: other user"
/** Hold this user back where it shares what Auth0 takes only once: DUPLICATE_EMAIL ("shared",
 * "another-is-recent", or A0_DETAIL_OTHER_KEPT) or BAD_USERNAME ("case"), unless a reason stands
 * that comes before it. */
void a0_shared_apply(const a0_shared *shared, const a0_record *record, a0_assessment *assessment);

typedef struct a0_shared_counts {
    uint64_t groups, users;           /* sharing an e-mail, seen in the first look */
    uint64_t name_groups, name_users; /* user names that differ only in case */
    uint64_t would_move; /* by MOST_RECENT: groups whose winner could move, of those counted in */
} a0_shared_counts;
/** a0_shared_apply, and for `would_move`: of every user in key order, with its state. `assessment`:
 * what a0_assess said; NULL for a user who is not to move now. */
void a0_shared_count_in(a0_shared *shared, const a0_record *record, a0_assessment *assessment);
a0_shared_counts a0_shared_count(const a0_shared *shared);

#endif
