/* What becomes of one user in the bulk lane. Pure: a record in, a decision out; `plan` counts it,
 * `import` acts on it, and because both ask here they say the same. */
#ifndef A0_MIGRATE_SORT_H
#define A0_MIGRATE_SORT_H

#include "auth0db/hash.h"
#include "auth0db/login.h"
#include "model/record.h"

typedef enum a0_fate {
    A0_MOVES,      /* with its password */
    A0_MUST_RESET, /* no import: its hash cannot travel. A login moves it, or a reset mail at the
                      end */
    A0_HOLDOUT,    /* cannot move as it is */
    A0_FATES
} a0_fate;

/* Bits of a0_sorted.notes: what is lost or changed on the way, though the user moves. */
enum {
    A0_NOTE_NAME_CUT = 1,        /* given or family name cut to Auth0's limit */
    A0_NOTE_NAME_LEFT_OUT = 2,   /* not text */
    A0_NOTE_MFA_LEFT_BEHIND = 4, /* a second factor that has no place in the import */
    A0_NOTE_BLOCKED = 8,         /* inactive on the site, blocked at the tenant */
    A0_NOTE_UNCONFIRMED_HASH = 16
};

typedef struct a0_sorted {
    a0_fate fate;
    auth0db_holdout
        reason; /* MUST_RESET and HOLDOUT; the first that applies, in the order of the enum */
    const char *
        detail; /* static text: what about it ("bcrypt_sha256", "over 64 characters"); never NULL */
    auth0db_hash_params params; /* salt is not set: the bucket that the canary is for */
    auth0db_conversion conversion;
    unsigned notes;
    unsigned mfa_moves; /* factors that travel */
} a0_sorted;

/* What the connection asks for. */
typedef struct a0_sort_rules {
    bool require_username;
    unsigned username_min, username_max;
} a0_sort_rules;

/** Everything that one row tells; shared e-mails and names need the others (migrate/shared.h). */
void a0_sort(const a0_record *record, const a0_sort_rules *rules, a0_sorted *out);

#endif
