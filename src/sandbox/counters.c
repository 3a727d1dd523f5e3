#include "sandbox/counters.h"

#include <string.h>

#include "base/mem.h"

static size_t bucket_of(const char *name)
{
    uint32_t hash =
        2166136261u; /* FNV-1a: a caller who collides names only slows down his own sandbox */
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash % SB_COUNTER_BUCKETS;
}

sb_counter *sb_counter_find(const sb_counters *counters, const char *name)
{
    sb_counter *counter = counters->buckets[bucket_of(name)];
    while (counter != NULL && strcmp(counter->name, name) != 0)
        counter = counter->next;
    return counter;
}

/* Only when the table is full, so a look at everything is good enough. It may forget a block: a
 * table without a bound would let a flood of names take all memory. */
static void remove_oldest(sb_counters *counters)
{
    sb_counter **oldest = NULL;
    for (size_t i = 0; i < SB_COUNTER_BUCKETS; i++) {
        for (sb_counter **at = &counters->buckets[i]; *at != NULL; at = &(*at)->next) {
            if (oldest == NULL || (*at)->at_ms < (*oldest)->at_ms)
                oldest = at;
        }
    }
    sb_counter *gone = *oldest;
    *oldest = gone->next;
    a0_free(gone);
    counters->n--;
}

/* What is there keeps its value and its time: `initial` is a new one's. */
sb_counter *sb_counter_touch(sb_counters *counters, const char *name, double initial,
                             int64_t now_ms)
{
    sb_counter *counter = sb_counter_find(counters, name);
    if (counter != NULL)
        return counter;
    if (counters->n == SB_COUNTERS_MAX)
        remove_oldest(counters);
    size_t len = strlen(name) + 1;
    if ((counter = a0_alloc(sizeof *counter + len)) == NULL)
        return NULL;
    memcpy(counter->name, name, len);
    counter->value = initial;
    counter->at_ms = now_ms;
    sb_counter **bucket = &counters->buckets[bucket_of(name)];
    counter->next = *bucket;
    *bucket = counter;
    counters->n++;
    return counter;
}

void sb_counters_remove(sb_counters *counters, bool (*match)(void *ctx, const sb_counter *),
                        void *ctx)
{
    for (size_t i = 0; i < SB_COUNTER_BUCKETS; i++) {
        for (sb_counter **at = &counters->buckets[i]; *at != NULL;) {
            sb_counter *counter = *at;
            if (!match(ctx, counter)) {
                at = &counter->next;
                continue;
            }
            *at = counter->next;
            a0_free(counter);
            counters->n--;
        }
    }
}

void sb_counters_each(const sb_counters *counters, void (*visit)(void *ctx, const sb_counter *),
                      void *ctx)
{
    for (size_t i = 0; i < SB_COUNTER_BUCKETS; i++) {
        for (const sb_counter *counter = counters->buckets[i]; counter != NULL;
             counter = counter->next)
            visit(ctx, counter);
    }
}

static bool every(void *ctx, const sb_counter *counter)
{
    return true;
}

void sb_counters_clear(sb_counters *counters)
{
    sb_counters_remove(counters, every, NULL);
}

double sb_bucket_level(sb_counter *bucket, sb_rate rate, int64_t now_ms)
{
    /* A moment that lies before the last one refills nothing. */
    if (now_ms > bucket->at_ms) {
        bucket->value += (double)(now_ms - bucket->at_ms) / rate.refill_ms;
        bucket->at_ms = now_ms;
    }
    /* Also where an option has made the bucket smaller meanwhile. */
    if (bucket->value > rate.burst)
        bucket->value = rate.burst;
    return bucket->value;
}

bool sb_bucket_take(sb_counter *bucket, sb_rate rate, int64_t now_ms)
{
    if (sb_bucket_level(bucket, rate, now_ms) < 1)
        return false;
    bucket->value -= 1;
    return true;
}
