/* Named counters that leak over time: what attack protection and rate limits are made of. Bounded:
 * a caller that invents names pushes out the name that was touched longest ago. Not thread-safe. */
#ifndef A0_SANDBOX_COUNTERS_H
#define A0_SANDBOX_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SB_COUNTERS_MAX = 16384, SB_COUNTER_BUCKETS = 4096 };

typedef struct sb_counter {
    struct sb_counter *next;
    double value;  /* tokens left, or failures counted */
    int64_t at_ms; /* when value was true */
    char name[];
} sb_counter;

typedef struct sb_counters {
    sb_counter *buckets[SB_COUNTER_BUCKETS];
    size_t n;
} sb_counters;

/** The counter called `name`, made with `initial` where it is new; NULL without memory. */
sb_counter *sb_counter_touch(sb_counters *counters, const char *name, double initial,
                             int64_t now_ms);
/** NULL where there is none. */
sb_counter *sb_counter_find(const sb_counters *counters, const char *name);
/** Remove every counter for which `match` says yes. */
void sb_counters_remove(sb_counters *counters, bool (*match)(void *ctx, const sb_counter *),
                        void *ctx);
void sb_counters_each(const sb_counters *counters, void (*visit)(void *ctx, const sb_counter *),
                      void *ctx);
void sb_counters_clear(sb_counters *counters);

/* A token bucket: `burst` tokens at most, one more every `refill_ms`. */
typedef struct sb_rate {
    double burst;
    double refill_ms;
} sb_rate;

/** Tokens in the bucket at now_ms, after refilling it. */
double sb_bucket_level(sb_counter *bucket, sb_rate rate, int64_t now_ms);
/** Take one token; false, and nothing taken, where there is less than one. */
bool sb_bucket_take(sb_counter *bucket, sb_rate rate, int64_t now_ms);

#endif
