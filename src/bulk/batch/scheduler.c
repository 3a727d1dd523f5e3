/* Whose turn it is, of a few batches. Two rules stand behind the order of its questions: two jobs
 * are busy whenever there is work, and what is over goes on record before new work begins. What is
 * done in a turn, and what it means for the rows, is job_state.c's. */
#include "bulk/batch/scheduler.h"

enum { WAIT_MAX_MS = 1000 }; /* then look again: no wait depends on a clock being right */

void a0_scheduler_add(a0_scheduler *scheduler, a0_job_state *state)
{
    state->typical_ms = scheduler->typical_ms;
    scheduler->jobs[scheduler->n++] = state;
}

void a0_scheduler_remove(a0_scheduler *scheduler, a0_job_state *state)
{
    for (size_t i = 0; i < scheduler->n; i++) {
        if (scheduler->jobs[i] == state) {
            scheduler->n--;
            for (; i < scheduler->n; i++)
                scheduler->jobs[i] = scheduler->jobs[i + 1]; /* the oldest stays first */
            return;
        }
    }
}

static size_t count(const a0_scheduler *scheduler, a0_job_due due)
{
    size_t n = 0;
    for (size_t i = 0; i < scheduler->n; i++)
        n += scheduler->jobs[i]->due == due;
    return n;
}

/* The oldest comes first, so that no batch waits behind those that were made after it. */
static a0_job_state *first_due(const a0_scheduler *scheduler, unsigned which, uint64_t now_ms)
{
    for (size_t i = 0; i < scheduler->n; i++) {
        a0_job_state *state = scheduler->jobs[i];
        if ((which & 1u << state->due) != 0 && state->due_ms <= now_ms)
            return state;
    }
    return NULL;
}

static a0_next wait_for(const a0_scheduler *scheduler, unsigned which, uint64_t now_ms)
{
    uint64_t wait = WAIT_MAX_MS;
    for (size_t i = 0; i < scheduler->n; i++) {
        const a0_job_state *state = scheduler->jobs[i];
        if ((which & 1u << state->due) != 0 && state->due_ms - now_ms < wait)
            wait = state->due_ms - now_ms;
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
static a0_next land(const a0_scheduler *scheduler, uint64_t now_ms)
{
    /* Not before it is due: a report that the rate limit has put off is left to the next run, for
     * whoever interrupts wants an end. */
    a0_job_state *state = first_due(scheduler, SETTLES, now_ms);
    if (state == NULL)
        state = first_due(scheduler, REPORTS, now_ms);
    return (a0_next){.turn = state != NULL ? A0_TURN_JOB : A0_TURN_END, .state = state};
}

a0_next a0_scheduler_next(a0_scheduler *scheduler, uint64_t now_ms)
{
    if (scheduler->draining)
        return land(scheduler, now_ms);
    size_t live = count(scheduler, A0_DUE_POLL), ready = count(scheduler, A0_DUE_SUBMIT);
    bool slot = live < A0_SCHEDULER_LIVE_MAX;
    bool can_fill = !scheduler->exhausted && ready < A0_SCHEDULER_READY_MAX &&
                    scheduler->n < A0_SCHEDULER_JOBS_MAX;
    unsigned what = POLLS | SETTLES | REPORTS | LOOKS | (slot ? SUBMITS : 0);
    a0_job_state *state = NULL;
    /* The order is what keeps two jobs busy. A free slot first: the tenant works while we do the
     * rest. */
    if (slot)
        state = first_due(scheduler, SUBMITS, now_ms);
    /* Then whether a job has ended: only that frees a slot. */
    if (state == NULL)
        state = first_due(scheduler, POLLS, now_ms);
    /* A slot stands empty: its next users are worth more than the record of those before. */
    if (state == NULL && slot && can_fill && ready == 0)
        return (a0_next){.turn = A0_TURN_FILL};
    /* What has ended goes on record before more is read, so that a kill loses as little as
     * possible, and so that the places of ended batches are free for new ones. */
    if (state == NULL)
        state = first_due(scheduler, SETTLES | REPORTS, now_ms);
    if (state == NULL && can_fill)
        return (a0_next){.turn = A0_TURN_FILL};
    /* Lookups last: each is a request for one user, and they would starve everything else. */
    if (state == NULL)
        state = first_due(scheduler, LOOKS, now_ms);
    if (state != NULL)
        return (a0_next){.turn = A0_TURN_JOB, .state = state};
    if (scheduler->n == 0)
        return (a0_next){.turn = A0_TURN_END};
    return wait_for(scheduler, what, now_ms);
}

/* A slot may be free now: who has waited for one asks again. */
static void slot_is_free(a0_scheduler *scheduler, uint64_t now_ms)
{
    for (size_t i = 0; i < scheduler->n; i++) {
        if (scheduler->jobs[i]->waits_for_slot)
            scheduler->jobs[i]->due_ms = now_ms;
    }
}

/* A row that breaks a file is found by halves in fewer steps. More refusals in a row are not about
 * a row, and would only go on through the whole site. */
static a0_step_result refused_again(a0_scheduler *scheduler)
{
    return ++scheduler->refused_in_a_row < A0_SCHEDULER_REFUSALS_MAX ? A0_GO_ON : A0_STOP;
}

a0_step_result a0_scheduler_submitted(a0_scheduler *scheduler, a0_job_state *state,
                                      a0_submission what, const a0_job *job, a0_when when)
{
    bool refused = what == A0_SUBMIT_REFUSED || what == A0_SUBMIT_TOO_LARGE;
    /* Where nothing was ever accepted it is the request, not a row of it */
    if (what == A0_SUBMIT_REFUSED && !scheduler->ever_accepted)
        return A0_STOP;
    scheduler->ever_accepted |= what == A0_SUBMIT_ACCEPTED;
    a0_step_result told = a0_job_state_submitted(state, what, job, when);
    return told == A0_GO_ON && refused ? refused_again(scheduler) : told;
}

a0_step_result a0_scheduler_polled(a0_scheduler *scheduler, a0_job_state *state,
                                   auth0db_outcome outcome, const a0_job *job, a0_when when)
{
    a0_step_result told = a0_job_state_polled(state, outcome, job, when);
    /* Only the end of a job says something about its slot, and about what a job takes. */
    if (a0_job_state_is_live(state))
        return told;
    slot_is_free(scheduler, when.now_ms);
    if (outcome != AUTH0DB_OUTCOME_OK)
        return told;
    uint64_t took = when.now_ms - state->submitted_ms;
    scheduler->ever_completed |= job->status == A0_JOB_COMPLETED;
    state->doubtful = !scheduler->ever_completed;
    /* How long a failed job took says nothing of those that import. */
    if (job->status == A0_JOB_FAILED)
        return told == A0_GO_ON ? refused_again(scheduler) : told;
    scheduler->refused_in_a_row = 0;
    if (took < A0_JOB_ENDS_MS)
        scheduler->typical_ms = scheduler->typical_ms == 0
                                    ? (unsigned)took
                                    : (unsigned)((3ull * scheduler->typical_ms + took) / 4);
    return told;
}

void a0_scheduler_drain(a0_scheduler *scheduler, uint64_t now_ms)
{
    scheduler->draining = true;
    for (size_t i = 0; i < scheduler->n; i++) {
        a0_job_state *state = scheduler->jobs[i];
        /* One that was sent, or may have been, keeps its claims: the next run asks after it. */
        if (state->due == A0_DUE_SUBMIT && !state->sent)
            a0_job_state_give_up(state, now_ms);
        else if (state->due == A0_DUE_SETTLE || state->due == A0_DUE_REPORT)
            state->due_ms = now_ms;
    }
}
