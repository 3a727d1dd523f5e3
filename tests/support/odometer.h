/* All paths of a machine that asks.
 *
 * An odometer of choices replays the machine: each choice is one fact of the world (who is found,
 * what the tenant answers). When a path has ended the last choice is advanced, so all combinations
 * are walked exactly once.
 *
 * UNIT_SAMPLE=n: so many paths of a random walk instead, the same each time. Most rules that are
 * taken out are missed on these already, which takes a fortieth of the time. */
#ifndef A0_TEST_ODOMETER_H
#define A0_TEST_ODOMETER_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { DEPTH_MAX = 48 };

static struct {
    int choice[DEPTH_MAX], alternatives[DEPTH_MAX];
    int depth, used;
    long sample; /* paths that are left of a random walk; 0: all paths, in their order */
    uint64_t random;
} odometer;

static inline void begin_paths(void)
{
    const char *sample = getenv("UNIT_SAMPLE");
    odometer.sample = sample != NULL ? strtol(sample, NULL, 10) : 0;
    odometer.random = 1;
}

/* Of few and small alternatives: a linear generator's upper bits are good enough. */
static int any_of(int alternatives)
{
    odometer.random = odometer.random * 6364136223846793005u + 1442695040888963407u;
    return (int)((odometer.random >> 33) % (uint64_t)alternatives);
}

static int choose(int alternatives)
{
    if (odometer.used >= DEPTH_MAX)
        ck_abort_msg("a path has more choices than there is room for");
    if (odometer.used == odometer.depth) {
        odometer.choice[odometer.depth] = odometer.sample > 0 ? any_of(alternatives) : 0;
        odometer.alternatives[odometer.depth++] = alternatives;
    }
    if (odometer.alternatives[odometer.used] != alternatives)
        ck_abort_msg("a path is not the same when it is walked again");
    return odometer.choice[odometer.used++];
}

static bool next_path(void)
{
    if (odometer.sample > 0) {
        odometer.depth = odometer.used = 0;
        return --odometer.sample > 0;
    }
    while (odometer.depth > 0) {
        int last = odometer.depth - 1;
        if (++odometer.choice[last] < odometer.alternatives[last]) {
            odometer.used = 0;
            return true;
        }
        odometer.depth--;
    }
    return false;
}

#endif
