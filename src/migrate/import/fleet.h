/* Flights side by side: whose turn it is.
 *
 * Pure, like a flight. At most two jobs are live, and two whenever there is work: batches stand
 * ready before a job has ended, a free slot is filled before anything else is done, and only then
 * is the end of the last job recorded. One thread at a time. */
#ifndef A0_MIGRATE_FLEET_H
#define A0_MIGRATE_FLEET_H

#include "migrate/import/flight.h"

enum {
    A0_FLEET_LIVE_MAX = 2,     /* jobs a tenant takes (facts/auth0.md 4.8) */
    A0_FLEET_READY_MAX = 2,    /* batches that stand ready: two jobs may end at once */
    A0_FLEET_MAX = 6,          /* flights: two live, two ready, and those that have just ended */
    A0_FLEET_REFUSALS_MAX = 16 /* jobs refused or failed as a whole, one behind the other. One bad
                                  row needs no more: a batch has less than 2^14 */
};

typedef struct a0_fleet {
    a0_flight *flights[A0_FLEET_MAX]; /* not owned */
    size_t n;
    bool dry;     /* nobody is left to pack */
    bool landing; /* take off no more: the run was interrupted, or has met an error */
    bool ever_accepted, ever_completed;
    unsigned refused_in_a_row;
    unsigned typical_ms; /* what a job takes */
} a0_fleet;

typedef enum a0_turn {
    A0_TURN_PACK,   /* make a flight of the next users, or set `dry` */
    A0_TURN_FLIGHT, /* do what `flight` says is due */
    A0_TURN_WAIT,   /* for `wait_ms` */
    A0_TURN_END     /* with `landing`: flights that are still there go on at the next run */
} a0_turn;

typedef struct a0_next {
    a0_turn turn;
    a0_flight *flight;
    unsigned wait_ms;
} a0_next;

a0_next a0_fleet_next(a0_fleet *fleet, uint64_t now_ms);
void a0_fleet_add(a0_fleet *fleet, a0_flight *flight);    /* room there is: see a0_fleet_next */
void a0_fleet_remove(a0_fleet *fleet, a0_flight *flight); /* its users may have to be sent again */

/** As a0_flight_submitted and a0_flight_polled, for flights of a fleet. */
a0_told a0_fleet_submitted(a0_fleet *fleet, a0_flight *flight, a0_submission what,
                           const a0_job *job, a0_when when);
a0_told a0_fleet_polled(a0_fleet *fleet, a0_flight *flight, auth0db_outcome outcome,
                        const a0_job *job, a0_when when);
/** No more submissions: what was never sent is freed, what has ended is settled. */
void a0_fleet_land(a0_fleet *fleet, uint64_t now_ms);

#endif
