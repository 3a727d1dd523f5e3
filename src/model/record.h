/* One row of the site's user table, as read: bytes, not yet judged. */
#ifndef A0_MODEL_RECORD_H
#define A0_MODEL_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "model/site_map.h"

#define A0_NO_TIME INT64_MIN /* NULL in the database, or no date at all */

typedef struct a0_mfa_row {
    const a0_mfa_source *source;
    a0_slice value;
    int digits, step, t0; /* 0 where the source has no such column, -1 for no number at all */
} a0_mfa_row;

enum {
    A0_MFA_ROWS_MAX = 16, /* further ones are counted in mfa_dropped */
    A0_FIELD_MAX = 16384 /* bytes of a column that are handed out; longer ones are cut and marked */
};

/* Columns of a link that a scan reads where it was asked to. */
typedef enum a0_link_column {
    A0_LINK_ID,
    A0_LINK_EMAIL,
    A0_LINK_USERNAME,
    A0_LINK_SAME,
    A0_LINK_REPLACED,
    A0_LINK_TOLD,
    A0_LINK_WORD,
    A0_LINK_SITE_ADDRESS,
    A0_LINK_TENANT_ADDRESS,
    A0_LINK_SYNCING,
    A0_LINK_UNPUSHED,
    A0_LINK_UNSYNCED,
    A0_LINK_BLOCK,
    A0_LINK_COLUMNS
} a0_link_column;

/* Slices are borrowed until the next row; hostile bytes of any kind, data NULL for NULL. */
typedef struct a0_record {
    a0_slice key; /* as Django serializes it: decimal, hyphenated lower-case UUID, or text */
    a0_slice username, email, password, given_name, family_name;
    const char *damage; /* static text, what is wrong with a line of NDJSON; NULL: nothing */
    bool too_long;      /* a column held more than A0_FIELD_MAX bytes */
    bool active, email_verified;
    bool staff, superuser;      /* where the scan asked for details, as `joined` */
    int64_t last_login, joined; /* microseconds since 1970 in UTC, or A0_NO_TIME */
    a0_mfa_row mfa[A0_MFA_ROWS_MAX];
    unsigned n_mfa, mfa_dropped;
    /* where the scan asked for them */
    bool linked, claimed, reminded;
    unsigned tombstones;            /* how many users of this key were deleted before this one */
    a0_slice holdout;               /* the reason on record; data NULL: none */
    a0_slice holdout_digest;        /* what it was recorded for */
    a0_slice lane, sync_digest;     /* of the link, where the scan asked for details too */
    a0_slice link[A0_LINK_COLUMNS]; /* what else it has, where the scan asked for that */
} a0_record;

#endif
