/* Where the site lives, and whether that is here. */
#ifndef A0_STORE_LIVES_H
#define A0_STORE_LIVES_H

#include "store/store.h"

typedef struct a0_living {
    bool known; /* on the list, or there was none: then it is this one from now on */
    bool added; /* to the list, just now */
    const char *place, *server; /* the present database; the store's; NULL for NDJSON */
} a0_living;

/** Our tables must be there. `adopt`: the present database is the site's own too; `fresh`: the
 * site's name, should it have none yet. NDJSON is known, and keeps no list. */
A0_MUST_CHECK int a0_store_lives(a0_store *store, bool adopt, const char *fresh, a0_living *out,
                                 auth0db_error *err);
#endif
