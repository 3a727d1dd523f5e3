#include "migrate/import/fleet.h"

enum { WAIT_MAX_MS = 1000 }; /* then look again: no wait depends on a clock being right */

void a0_fleet_add(a0_fleet *fleet, a0_flight *flight)
{
    flight->typical_ms = fleet->typical_ms;
    fleet->flights[fleet->n++] = flight;
}

void a0_fleet_remove(a0_fleet *fleet, a0_flight *flight)
{
    for (size_t i = 0; i < fleet->n; i++) {
        if (fleet->flights[i] == flight) {
            fleet->n--;
            for (; i < fleet->n; i++)
                fleet->flights[i] = fleet->flights[i + 1]; /* the oldest stays first */
            return;
        }
    }
}

static size_t count(const a0_fleet *fleet, a0_flight_due due)
{
    size_t n = 0;
    for (size_t i = 0; i < fleet->n; i++)
        n += fleet->flights[i]->due == due;
    return n;
}

static a0_flight *first_due(const a0_fleet *fleet, unsigned which, uint64_t now_ms)
{
    for (size_t i = 0; i < fleet->n; i++) {
        a0_flight *flight = fleet->flights[i];
        if ((which & 1u << flight->due) != 0 && flight->due_ms <= now_ms)
            return flight;
    }
    return NULL;
}

static a0_next wait_for(const a0_fleet *fleet, unsigned which, uint64_t now_ms)
{
    uint64_t wait = WAIT_MAX_MS;
    for (size_t i = 0; i < fleet->n; i++) {
        const a0_flight *flight = fleet->flights[i];
        if ((which & 1u << flight->due) != 0 && flight->due_ms - now_ms < wait)
            wait = flight->due_ms - now_ms;
    }
    return (a0_next){.turn = A0_TURN_WAIT, .wait_ms = (unsigned)wait};
}

enum {
    SUBMITS = 1u << A0_DUE_SUBMIT,
    POLLS = 1u << A0_DUE_POLL,
    SETTLES = 1u << A0_DUE_SETTLE,
    REPORTS = 1u << A0_DUE_REPORT,
    LOOKS = 1u << A0_DUE_HINT | 1u << A0_DUE_LOOK
};

/* What is over is recorded; jobs that run, and users to be looked up, go on at the next run. */
static a0_next land(const a0_fleet *fleet, uint64_t now_ms)
{
    a0_flight *flight = first_due(fleet, SETTLES, now_ms);
    if (flight == NULL)
        flight = first_due(fleet, REPORTS, now_ms);
    return (a0_next){.turn = flight != NULL ? A0_TURN_FLIGHT : A0_TURN_END, .flight = flight};
}

a0_next a0_fleet_next(a0_fleet *fleet, uint64_t now_ms)
{
    if (fleet->landing)
        return land(fleet, now_ms);
    size_t live = count(fleet, A0_DUE_POLL), ready = count(fleet, A0_DUE_SUBMIT);
    bool slot = live < A0_FLEET_LIVE_MAX;
    bool can_pack = !fleet->dry && ready < A0_FLEET_READY_MAX && fleet->n < A0_FLEET_MAX;
    unsigned what = POLLS | SETTLES | REPORTS | LOOKS | (slot ? SUBMITS : 0);
    a0_flight *flight = NULL;
    if (slot)
        flight = first_due(fleet, SUBMITS, now_ms);
    if (flight == NULL)
        flight = first_due(fleet, POLLS, now_ms);
    if (flight == NULL && slot && can_pack && ready == 0)
        return (a0_next){.turn = A0_TURN_PACK};
    if (flight == NULL)
        flight = first_due(fleet, SETTLES | REPORTS, now_ms);
    if (flight == NULL && can_pack)
        return (a0_next){.turn = A0_TURN_PACK};
    if (flight == NULL)
        flight = first_due(fleet, LOOKS, now_ms);
    if (flight != NULL)
        return (a0_next){.turn = A0_TURN_FLIGHT, .flight = flight};
    if (fleet->n == 0)
        return (a0_next){.turn = A0_TURN_END};
    return wait_for(fleet, what, now_ms);
}

/* A slot may be free now: who has waited for one asks again. */
static void slot_is_free(a0_fleet *fleet, uint64_t now_ms)
{
    for (size_t i = 0; i < fleet->n; i++) {
        if (fleet->flights[i]->waits_for_slot)
            fleet->flights[i]->due_ms = now_ms;
    }
}

static a0_told refused_again(a0_fleet *fleet)
{
    return ++fleet->refused_in_a_row < A0_FLEET_REFUSALS_MAX ? A0_GO_ON : A0_STOP;
}

a0_told a0_fleet_submitted(a0_fleet *fleet, a0_flight *flight, a0_submission what,
                           const a0_job *job, a0_when when)
{
    bool refused = what == A0_SUBMIT_REFUSED || what == A0_SUBMIT_TOO_LARGE;
    /* Where nothing was ever accepted it is the request, not a row of it */
    if (what == A0_SUBMIT_REFUSED && !fleet->ever_accepted)
        return A0_STOP;
    fleet->ever_accepted |= what == A0_SUBMIT_ACCEPTED;
    a0_told told = a0_flight_submitted(flight, what, job, when);
    return told == A0_GO_ON && refused ? refused_again(fleet) : told;
}

a0_told a0_fleet_polled(a0_fleet *fleet, a0_flight *flight, auth0db_outcome outcome,
                        const a0_job *job, a0_when when)
{
    a0_told told = a0_flight_polled(flight, outcome, job, when);
    if (a0_flight_is_live(flight))
        return told;
    slot_is_free(fleet, when.now_ms);
    if (outcome != AUTH0DB_OUTCOME_OK)
        return told;
    uint64_t took = when.now_ms - flight->submitted_ms;
    fleet->ever_completed |= job->status == A0_JOB_COMPLETED;
    flight->doubtful = !fleet->ever_completed;
    if (job->status == A0_JOB_FAILED)
        return told == A0_GO_ON ? refused_again(fleet) : told;
    fleet->refused_in_a_row = 0;
    if (took < A0_FLIGHT_ENDS_MS)
        fleet->typical_ms = fleet->typical_ms == 0
                                ? (unsigned)took
                                : (unsigned)((3ull * fleet->typical_ms + took) / 4);
    return told;
}

void a0_fleet_land(a0_fleet *fleet, uint64_t now_ms)
{
    fleet->landing = true;
    for (size_t i = 0; i < fleet->n; i++) {
        a0_flight *flight = fleet->flights[i];
        if (flight->due == A0_DUE_SUBMIT && !flight->sent)
            a0_flight_give_up(flight, now_ms);
        else if (flight->due == A0_DUE_SETTLE || flight->due == A0_DUE_REPORT)
            flight->due_ms = now_ms;
    }
}
