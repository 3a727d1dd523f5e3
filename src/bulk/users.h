/* The site's users, read for whoever decides about them. */
#ifndef A0_BULK_USERS_H
#define A0_BULK_USERS_H

#include "bulk/bulk_int.h"

/* Something other than OK, said in *err, ends the reading. */
typedef int (*a0_record_fn)(void *ctx, const a0_record *record, auth0db_error *err);

/** A whole site, read ahead by a thread of its own; how far it is is told as `phase`. Errors: of
 * the store, of `each`, INTERRUPTED. */
A0_MUST_CHECK int a0_users_all(auth0db_bulk *bulk, const a0_scan_options *options,
                               const char *phase, a0_record_fn each, void *ctx, auth0db_error *err);
/** A few: a page, or some by their keys. Without keys nothing is asked. */
A0_MUST_CHECK int a0_users_some(a0_store *store, const a0_scan_options *options, a0_record_fn each,
                                void *ctx, auth0db_error *err);

#endif
