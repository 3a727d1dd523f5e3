/* Jobs side by side: whose turn it is.
 *
 * Pure, like a job's state. At most two jobs are live, and two whenever there is work: batches
 * stand ready before a job has ended, a free slot is filled before anything else is done, and only
 * then is the end of the last job recorded. One thread at a time. */
#ifndef A0_BULK_BATCH_SCHEDULER_H
#define A0_BULK_BATCH_SCHEDULER_H

#include "bulk/batch/job_state.h"

enum {
    A0_SCHEDULER_LIVE_MAX = 2,     /* jobs a tenant takes (facts/auth0.md 4.8) */
    A0_SCHEDULER_READY_MAX = 2,    /* batches that stand ready: two jobs may end at once */
    A0_SCHEDULER_JOBS_MAX = 6,     /* two live, two ready, and those that have just ended */
    A0_SCHEDULER_REFUSALS_MAX = 16 /* jobs refused or failed as a whole, one behind the other. One
                                  bad row needs no more: a batch has less than 2^14 */
};

typedef struct a0_scheduler {
    a0_job_state *jobs[A0_SCHEDULER_JOBS_MAX]; /* not owned */
    size_t n;
    bool exhausted; /* nobody is left to send */
    bool draining;  /* nothing new is submitted: the run was interrupted, or has met an error */
    bool ever_accepted, ever_completed;
    unsigned refused_in_a_row;
    unsigned typical_ms; /* what a job takes */
} a0_scheduler;

typedef enum a0_turn {
    A0_TURN_FILL, /* make a batch of the next users, or set `exhausted` */
    A0_TURN_JOB,  /* do what `state` says is due */
    A0_TURN_WAIT, /* for `wait_ms` */
    A0_TURN_END   /* with `draining`: what is still live goes on at the next run */
} a0_turn;

typedef struct a0_next {
    a0_turn turn;
    a0_job_state *state;
    unsigned wait_ms;
} a0_next;

a0_next a0_scheduler_next(a0_scheduler *scheduler, uint64_t now_ms);
void a0_scheduler_add(a0_scheduler *scheduler,
                      a0_job_state *state); /* room there is: see a0_scheduler_next */
void a0_scheduler_remove(a0_scheduler *scheduler,
                         a0_job_state *state); /* its users may have to be sent again */

/** As a0_job_state_submitted and a0_job_state_polled, for jobs of a scheduler. */
a0_step_result a0_scheduler_submitted(a0_scheduler *scheduler, a0_job_state *state,
                                      a0_submission what, const a0_job *job, a0_when when);
a0_step_result a0_scheduler_polled(a0_scheduler *scheduler, a0_job_state *state,
                                   auth0db_outcome outcome, const a0_job *job, a0_when when);
/** No more submissions: what was never sent is freed, what has ended is settled. */
void a0_scheduler_drain(a0_scheduler *scheduler, uint64_t now_ms);

#endif
