/* After the move: who tries to log in at the tenant, and who cannot.
 *
 * Auth0 says "imported" of a hash it will never match, and "wrong password" when its owner comes,
 * so a hash that travelled badly shows in nothing but the tenant's log, between honest typos
 * (facts/field.md P2; the entry's own "verification failed for the custom_password_hash" stands
 * there for typos as well). What tells them apart is whom the failures belong to: people mistype
 * whatever hasher their password was stored with. So: of the users moved with each hasher and
 * parameters, how many failed at their *first* attempt after the move? (Later ones prove nothing:
 * who cannot get in has the password reset, and gets in.) Pure, but for memory. */
#ifndef A0_BULK_REPORT_WATCH_H
#define A0_BULK_REPORT_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "auth0/calls.h"
#include "base/buf.h"

typedef enum a0_watch_kind {
    A0_WATCH_NEITHER, /* no password was judged */
    A0_WATCH_IN,
    A0_WATCH_WRONG
} a0_watch_kind;

a0_watch_kind a0_watch_kind_of(const a0_log_entry *entry);

/* The attempts of the users whose ids may be ours; all zero: none yet. */
typedef struct a0_attempts {
    a0_buf rows;
    bool sorted;
} a0_attempts;

enum {
    A0_ATTEMPTS_MAX = 1000000,            /* 32 MB */
    A0_WATCH_CLOCKS_APART = 60 * 1000000, /* microseconds: the site's and the tenant's */
};

/** Keep an attempt; one of an id that cannot be ours is not one. `time`: microseconds since 1970.
 * Errors: NO_MEMORY; TOO_LARGE when A0_ATTEMPTS_MAX are kept. */
A0_MUST_CHECK int a0_attempts_add(a0_attempts *attempts, const char *auth0_id, int64_t time,
                                  a0_watch_kind kind);
size_t a0_attempts_count(const a0_attempts *attempts);
void a0_attempts_clear(a0_attempts *attempts);

/* Users, and how they fared. */
typedef struct a0_watch_counts {
    uint64_t tried;
    uint64_t first_failed; /* ... the very first attempt */
    uint64_t never_in;     /* every attempt so far */
} a0_watch_counts;

/** Add the user of this id as it fared since `moved` (microseconds, give or take
 * A0_WATCH_CLOCKS_APART). False: no attempt since then. */
bool a0_attempts_of(a0_attempts *attempts, const char *auth0_id, int64_t moved,
                    a0_watch_counts *add_to);

typedef enum a0_watch_verdict {
    A0_WATCH_GOOD,
    A0_WATCH_TOO_FEW,    /* to tell */
    A0_WATCH_SUSPICIOUS, /* far more failures than chance and typos explain */
    A0_WATCH_FAILING     /* (nearly) nobody's password was taken at first */
} a0_watch_verdict;

/** Stable lower-case word, e.g. "too_few". */
const char *a0_watch_verdict_name(a0_watch_verdict verdict);

/** `all` counts every hasher, this one included. */
a0_watch_verdict a0_watch_judge(const a0_watch_counts *one, const a0_watch_counts *all);

#endif
