/* A scan that a thread of its own reads ahead, so that reading the database and deciding about its
 * users cost the time of the slower one, not of both. */
#ifndef A0_BULK_AHEAD_H
#define A0_BULK_AHEAD_H

#include "store/store.h"

typedef struct a0_ahead a0_ahead;

/** As a0_store_scan; `options` and what it points to must outlive the scan, and until a0_ahead_end
 * the store belongs to the thread. */
A0_MUST_CHECK int a0_ahead_begin(a0_ahead **out, a0_store *store, const a0_scan_options *options,
                                 auth0db_error *err);
/** As a0_scan_next. */
A0_MUST_CHECK int a0_ahead_next(a0_ahead *ahead, const a0_record **row, auth0db_error *err);
/** Stops the thread where it is not at the end. NULL is a no-op; wipes. */
void a0_ahead_end(a0_ahead *ahead);

#endif
