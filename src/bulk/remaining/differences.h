/* What of a user who has moved is not the same on the site and at Auth0, as far as the link tells.
 * Pure. What the link does not know (NULL of an older package, a column that nobody has written) is
 * no difference. */
#ifndef A0_BULK_REMAINING_DIFFERENCES_H
#define A0_BULK_REMAINING_DIFFERENCES_H

#include "model/record.h"

typedef enum a0_difference {
    A0_DIFF_ADDRESS_SITE,
    A0_DIFF_ADDRESS_TAKEN,
    A0_DIFF_ADDRESS_SHARED,
    A0_DIFF_ADDRESS_INVALID,
    A0_DIFF_ADDRESS_BOTH,
    A0_DIFF_ADDRESS_TENANT,
    A0_DIFF_ADDRESS_NOT_OURS,
    A0_DIFF_NAME,
    A0_DIFF_NAME_TAKEN,
    A0_DIFF_NAME_INVALID,
    A0_DIFF_NAME_NOT_OURS,
    A0_DIFF_IN_DOUBT,
    A0_DIFF_BLOCKED_BY_SITE,
    A0_DIFF_BLOCKED_THERE,
    A0_DIFF_GONE,
    A0_DIFF_NOT_BLOCKED,
    A0_DIFF_NOT_BLOCKED_NOT_OURS,
    A0_DIFFERENCES
} a0_difference;

/* How a difference is told. */
typedef struct a0_difference_row {
    const char *why, *reason, *cure;
    bool keeps_out; /* an active user: of Auth0's page, under the name that the site knows */
} a0_difference_row;

const a0_difference_row *a0_difference_text(a0_difference which);

typedef struct a0_link_facts {
    const char *site, *digest_key; /* "": none on record */
    bool has_email, has_username;  /* the site's users do */
} a0_link_facts;

/** Sets found[which] for each difference of this linked user, read with_link. An address, a user
 * name and the active flag count once each. */
void a0_differences_find(const a0_link_facts *facts, const a0_record *record,
                         bool found[A0_DIFFERENCES]);
/* Why a newer password is not at Auth0; the last row is for whom a next login tells it, or nobody
 * knows. */
enum { A0_UNPUSHED_ROWS = 5 };
typedef struct a0_unpushed_row {
    const char *reason, *cure;
} a0_unpushed_row;

const a0_unpushed_row *a0_unpushed_text(size_t which);
/** The row of this linked user, read with_link, who is out of step. */
size_t a0_unpushed_find(const a0_record *record);
/** Does the tenant have the password of the stored hash, or a newer one? */
bool a0_hash_is_in_step(const a0_record *record, const char *digest_key);

#endif
