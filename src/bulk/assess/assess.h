/* What becomes of one user in the bulk lane. Pure: a record in, a decision out; `plan` counts it,
 * `import` acts on it, and because both ask here they say the same. */
#ifndef A0_BULK_ASSESS_ASSESS_H
#define A0_BULK_ASSESS_ASSESS_H

#include "auth0db/login.h"
#include "bulk/assess/kept.h"
#include "bulk/assess/unproven.h"
#include "django/hasher.h"
#include "model/email.h"
#include "model/record.h"

typedef enum a0_disposition {
    A0_MOVES,      /* with its password */
    A0_MUST_RESET, /* no import: its hash cannot travel. A login moves it, or a reset mail at the
                      end */
    A0_HOLDOUT,    /* cannot move as it is */
    A0_DISPOSITIONS
} a0_disposition;

/* Bits of a0_assessment.notes: what is lost or changed on the way, though the user moves. */
enum {
    A0_NOTE_NAME_CUT = 1,        /* given or family name cut to Auth0's limit */
    A0_NOTE_NAME_LEFT_OUT = 2,   /* not text */
    A0_NOTE_MFA_LEFT_BEHIND = 4, /* a second factor that has no place in the import */
    A0_NOTE_BLOCKED = 8,         /* inactive on the site, blocked at the tenant */
    A0_NOTE_UNCONFIRMED_HASH = 16
};

typedef struct a0_assessment {
    a0_disposition disposition;
    /* MUST_RESET and HOLDOUT: the first that applies to the row, in the order of the enum; then
     * what the tenant has said before. */
    auth0db_holdout reason;
    /* Static text, or the rules' own: what about it, "bcrypt_sha256", "too-long". Never NULL;
     * docs/bulk.md has all. */
    const char *detail;
    auth0db_hash_params params; /* without the salt and its length: the hash_kind of the canary */
    auth0db_conversion conversion;
    unsigned notes;
    unsigned mfa_moves, mfa_stays;    /* factors that travel, and that do not */
    a0_hash hash;                     /* slices of the record */
    a0_slice given_name, family_name; /* as far as Auth0 takes them; empty: left out */
} a0_assessment;

/* What the connection asks for. */
typedef struct a0_assess_rules {
    bool require_username;
    unsigned username_min, username_max; /* characters; 0: Auth0's 1 and 15 */
    bool username_may_be_email, username_no_phone;
    bool legacy_username;        /* the site's user name goes into app_metadata */
    bool retry_held;             /* what the tenant has said before does not stand */
    const a0_kept *kept;         /* who stays on the site; NULL: nobody */
    const a0_unproven *unproven; /* NULL: nothing is known */
    bool with_factors;           /* else second factors stay behind, also those that could travel */
} a0_assess_rules;

/** Everything that one row tells; shared e-mails and names need the others (bulk/assess/shared.h).
 * Where the record holds a holdout on record, one that the tenant itself once gave stands for as
 * long as password, e-mail and user name are what they were; any other is judged anew. Who was
 * reminded is at the tenant without its hash, which nothing brings there any more: MUST_RESET. */
void a0_assess(const a0_record *record, const a0_assess_rules *rules, a0_assessment *out);

/** The holdout on record, where the tenant itself once gave it, by whichever lane, and password,
 * e-mail and user name are what they were; else NONE. */
auth0db_holdout a0_standing(const a0_record *record);

/** What the bulk lane's holdouts are recorded for (hash_digest). It differs from the login lane's
 * fingerprint of the same user on purpose: a login holds the password itself, so it shall try what
 * an import could not, and not take this holdout for its own. "" without SHA-256. */
void a0_bulk_digest(const a0_record *record, char out[AUTH0DB_FINGERPRINT_SIZE]);

enum {
    A0_USERNAME_MAX = 128,   /* whatever a connection says */
    A0_PERSON_NAME_MAX = 150 /* characters of a given or family name */
};

#endif
