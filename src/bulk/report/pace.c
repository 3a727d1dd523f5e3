/* How fast jobs of this site have gone, and what that says of the next. An estimate stops nobody,
 * so what cannot be read, or cannot be true, is left out. */
#include "bulk/report/pace.h"

#include <stdlib.h>
#include <string.h>

enum {
    USERS_LEAST = 20, /* of a smaller job the time is that of any job, whatever is in it */
    TOOK_MAX_MS = 130 * 60 * 1000, /* longer than a job can take: nobody was there when it ended */
};

void a0_pace_add(a0_pace *pace, int64_t users, int64_t took_ms)
{
    if (users < USERS_LEAST || took_ms <= 0 || took_ms > TOOK_MAX_MS)
        return;
    /* The latest ones only: a tenant's pace may change. */
    pace->rates[pace->jobs++ % A0_PACE_JOBS_MAX] = (double)users * 60000 / (double)took_ms;
}

/* Exported files say nothing: nobody knows when they were uploaded. */
static int take_batch(void *ctx, const a0_batch *batch)
{
    if (strcmp(batch->kind, "import") == 0 && strcmp(batch->status, "settled") == 0 &&
        batch->submitted > 0)
        a0_pace_add(ctx, batch->users, (batch->settled - batch->submitted) / 1000);
    return 0;
}

void a0_pace_read(a0_pace *pace, a0_store *store)
{
    auth0db_error ignored;
    /* A journal that breaks off half way would leave half of it in the numbers. */
    a0_pace read = *pace;
    if (a0_store_batches(store, NULL, take_batch, &read, &ignored) == AUTH0DB_OK)
        *pace = read;
}

static int by_rate(const void *left, const void *right)
{
    const double *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

bool a0_pace_estimated(const a0_pace *pace, a0_pace_estimate *out)
{
    double rates[A0_PACE_JOBS_MAX];
    const size_t n = pace->jobs < A0_PACE_JOBS_MAX ? pace->jobs : A0_PACE_JOBS_MAX;
    if (n == 0)
        return false;
    memcpy(rates, pace->rates, n * sizeof rates[0]);
    qsort(rates, n, sizeof rates[0], by_rate);
    /* The middle one, since one job that waited long would pull an average away from all others. */
    *out = (a0_pace_estimate){.usual = rates[n / 2], .slow = rates[0], .fast = rates[n - 1]};
    /* Of one or two jobs the slowest and the fastest say nothing of the spread. */
    if (n < A0_PACE_JOBS_SURE) {
        out->slow = out->usual / 2;
        out->fast = out->usual * 2;
    }
    return true;
}
