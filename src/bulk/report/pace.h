/* How fast a tenant imports, from its own finished jobs: no documentation says it, and tenants
 * differ. All zero: none yet. Pure. */
#ifndef A0_BULK_REPORT_PACE_H
#define A0_BULK_REPORT_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "store/store.h"

enum { A0_PACE_JOBS_MAX = 64, A0_PACE_JOBS_SURE = 3 };

typedef struct a0_pace {
    double rates[A0_PACE_JOBS_MAX]; /* users a minute, of the latest jobs, in no order */
    size_t jobs;                    /* seen in all */
} a0_pace;

/** A job of so many users that took so long. What cannot be one, or says nothing, is left out. */
void a0_pace_add(a0_pace *pace, int64_t users, int64_t took_ms);
/** The settled imports of the site's journal. A journal that cannot be read holds none: an estimate
 * is worth no error. */
void a0_pace_read(a0_pace *pace, a0_store *store);

/* Users a minute and job: the middle one, and from the slowest to the fastest. Of fewer than
 * A0_PACE_JOBS_SURE jobs the range is half to double. */
typedef struct a0_pace_estimate {
    double usual, slow, fast;
} a0_pace_estimate;
/** False: no job yet. */
bool a0_pace_estimated(const a0_pace *pace, a0_pace_estimate *out);

#endif
