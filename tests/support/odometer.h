/* All paths of a machine that asks.
 *
 * An odometer of choices replays the machine: each choice is one fact of the world (who is found,
 * what the tenant answers). When a path has ended the last choice is advanced, so all combinations
 * are walked exactly once. */
#ifndef A0_TEST_ODOMETER_H
#define A0_TEST_ODOMETER_H

#include <check.h>
#include <stdbool.h>

enum { DEPTH_MAX = 48 };

static struct {
    int choice[DEPTH_MAX], alternatives[DEPTH_MAX];
    int depth, used;
} odometer;

static int choose(int alternatives)
{
    if (odometer.used >= DEPTH_MAX)
        ck_abort_msg("a path has more choices than there is room for");
    if (odometer.used == odometer.depth) {
        odometer.choice[odometer.depth] = 0;
        odometer.alternatives[odometer.depth++] = alternatives;
    }
    if (odometer.alternatives[odometer.used] != alternatives)
        ck_abort_msg("a path is not the same when it is walked again");
    return odometer.choice[odometer.used++];
}

static bool next_path(void)
{
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
