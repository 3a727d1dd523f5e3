/* Break-glass in the bulk lane: the keys of the users who stay on the site (AUTH0_KEEP_LOCAL). They
 * come with the site map, which `manage.py` makes, or as a list, where there is no Django. */
#ifndef A0_BULK_ASSESS_KEPT_H
#define A0_BULK_ASSESS_KEPT_H

#include <stdbool.h>

#include "base/error.h"
#include "base/slice.h"

typedef struct a0_kept {
    char **keys; /* in order */
    size_t n;
} a0_kept;

/** map: JSON, its "keep_local"; list: one key a line. Each may be NULL. Errors: MALFORMED, which
 * names what is wrong: a key that is not understood is a user who would move. */
A0_MUST_CHECK int a0_kept_read(a0_kept *out, const char *map, const char *list, auth0db_error *err);
void a0_kept_clear(a0_kept *kept);
/** kept NULL: nobody stays. */
bool a0_kept_has(const a0_kept *kept, a0_slice key);

#endif
