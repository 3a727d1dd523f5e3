/* A tenant for the import's jobs that loses answers, throttles, fails jobs, forgets them and
 * refuses rows, at random but by seed; and what import/run.c does, with it instead of a tenant. */
#ifndef IMPORT_WORLD_H
#define IMPORT_WORLD_H

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "bulk/batch/scheduler.h"
#include "unit.h"

enum { USERS = 40, BATCH = 8, WALKS = 1000, STEPS_MAX = 400000, JOBS_MAX = 4096 };

/* --- the world ------------------------------------------------------------------------------ */

typedef enum trait {
    PLAIN,
    POISON,      /* a job that holds it fails as a whole */
    INVALID,     /* its row is refused */
    FOREIGN,     /* another tenant user has its e-mail */
    NAME_TAKEN,  /* ... its user name */
    OTHER_EMAIL, /* its id is there, with another e-mail */
    BROKEN,      /* half-created: refused, and nowhere to be seen */
    MFA_FAILS,   /* is made, and reported as an error */
    STRANGE,     /* an error code of tomorrow: once is enough */
    MUTE,        /* never made, and in no report */
    TRAITS
} trait;

typedef struct user {
    trait is;
    char key[24], id[AUTH0DB_ID_SIZE], email[40];
    unsigned tried; /* how often a job refused it */
    bool at_tenant, in_flight;
    enum { NOTHING, LINKED, HELD } end;
    auth0db_holdout reason;
} user;

typedef struct job {
    char id[16];
    size_t users[BATCH], n;
    enum { QUEUED, DONE, FAILED, GONE, ENDLESS } state;
    int inserted, failed;
    bool refused[BATCH];
    bool lies; /* its summary does not add up */
} job;

static struct {
    unsigned seed;
    unsigned failure; /* chance of trouble for each request, of 100 */
    user users[USERS];
    job jobs[JOBS_MAX];
    size_t n_jobs, next_user;
    uint64_t now;
    bool reports_down, endless, forgetful, lying;
} world;

static unsigned dice(unsigned sides)
{
    world.seed = world.seed * 1664525u + 1013904223u;
    return (world.seed >> 8) % sides;
}

static bool storm(void)
{
    return dice(100) < world.failure;
}

static void make_world(unsigned seed)
{
    memset(&world, 0, sizeof world);
    world.seed = seed;
    world.now = 1000;
    world.failure = dice(3) * 20;
    world.reports_down = dice(8) == 0;
    world.endless = dice(24) == 0;
    world.forgetful = dice(8) == 0;
    world.lying = dice(8) == 0;
    for (size_t i = 0; i < USERS; i++) {
        user *u = &world.users[i];
        u->is = dice(4) == 0 ? (trait)dice(TRAITS) : PLAIN;
        snprintf(u->key, sizeof u->key, "%zu", i);
        snprintf(u->id, sizeof u->id, "auth0|%024zu", i * 7919 % 9973);
        snprintf(u->email, sizeof u->email, "User%zu@example.org", i);
    }
}

static user *user_of(const char *key)
{
    return &world.users[atoi(key)];
}

/* The tenant works a job off. */
static void run_job(job *j)
{
    bool poisoned = false;
    for (size_t i = 0; i < j->n; i++)
        poisoned |= world.users[j->users[i]].is == POISON;
    if (poisoned) {
        j->state = FAILED;
        return;
    }
    for (size_t i = 0; i < j->n; i++) {
        user *u = &world.users[j->users[i]];
        bool makes = (u->is == PLAIN || u->is == MFA_FAILS) && !u->at_tenant;
        j->refused[i] = u->is != MUTE && (!makes || u->is == MFA_FAILS);
        u->at_tenant |= makes;
        u->tried += j->refused[i];
        j->inserted += makes && !j->refused[i];
        j->failed += j->refused[i];
    }
    j->lies = world.lying && dice(2) == 0;
    j->state = world.forgetful && dice(3) == 0 ? GONE : DONE;
    if (world.endless && dice(3) == 0)
        j->state = ENDLESS;
}

static void let_jobs_run(void)
{
    for (size_t i = 0; i < world.n_jobs; i++) {
        if (world.jobs[i].state == QUEUED && dice(3) == 0)
            run_job(&world.jobs[i]);
    }
}

static unsigned jobs_running(void)
{
    unsigned n = 0;
    for (size_t i = 0; i < world.n_jobs; i++)
        n += world.jobs[i].state == QUEUED;
    return n;
}

/* --- the driver: what import/run.c does, with the world instead of a tenant ------------------- */

typedef struct redo {
    char keys[BATCH][16];
    size_t n;
    unsigned attempt;
} redo;

static a0_scheduler scheduler;
static a0_job_state hangar[A0_SCHEDULER_JOBS_MAX];
static redo again[USERS * 2];
static size_t n_again;
static bool stopped;

static a0_when when(void)
{
    return (a0_when){.now_ms = world.now, .pause_ms = dice(4) == 0 ? 700 : 0};
}

static auth0db_outcome failure(void)
{
    static const auth0db_outcome bad[] = {AUTH0DB_OUTCOME_THROTTLED, AUTH0DB_OUTCOME_UNAVAILABLE};
    return storm() ? bad[dice(2)] : AUTH0DB_OUTCOME_OK;
}

static void take(a0_step_result told)
{
    ALWAYS(told != A0_NO_MEMORY);
    if (told == A0_STOP && !scheduler.draining) {
        stopped = true;
        a0_scheduler_drain(&scheduler, world.now);
    }
}

static void buffer(void)
{
    redo batch = {0};
    if (n_again > 0) {
        batch = again[--n_again];
    } else {
        for (; batch.n < BATCH && world.next_user < USERS; world.next_user++)
            memcpy(batch.keys[batch.n++], world.users[world.next_user].key, 16);
    }
    if (batch.n == 0) {
        scheduler.exhausted = true;
        return;
    }
    a0_job_state *state = NULL;
    for (size_t i = 0; i < A0_SCHEDULER_JOBS_MAX && state == NULL; i++) {
        if (hangar[i].n == 0)
            state = &hangar[i];
    }
    ALWAYS(state != NULL);
    ALWAYS(a0_job_state_init(state, batch.n));
    state->attempt = batch.attempt;
    for (size_t i = 0; i < batch.n; i++) {
        user *u = user_of(batch.keys[i]);
        ALWAYS(!u->in_flight);
        ALWAYS(u->end == NOTHING);
        u->in_flight = true;
        ALWAYS(a0_job_state_set_row(
            state, i, &(a0_batch_row){.key = u->key, .auth0_id = u->id, .email = u->email}));
    }
    a0_scheduler_add(&scheduler, state);
}

static void submit(a0_job_state *state)
{
    a0_job told = {.percentage = -1};
    a0_submission what = A0_SUBMIT_ACCEPTED;
    if (jobs_running() >= 2)
        what = A0_SUBMIT_SLOTS_FULL;
    else if (storm())
        what = (a0_submission[]){A0_SUBMIT_THROTTLED, A0_SUBMIT_NOT_SENT, A0_SUBMIT_LOST,
                                 A0_SUBMIT_LOST}[dice(4)];
    if (what == A0_SUBMIT_ACCEPTED || (what == A0_SUBMIT_LOST && dice(2) == 0)) {
        ALWAYS(world.n_jobs < JOBS_MAX);
        job *j = &world.jobs[world.n_jobs++];
        j->n = state->n;
        for (size_t i = 0; i < state->n; i++)
            j->users[i] = (size_t)(user_of(state->rows[i].key) - world.users);
        snprintf(j->id, sizeof j->id, "job_%zu", world.n_jobs);
        memcpy(told.id, j->id, sizeof j->id);
    }
    take(a0_scheduler_submitted(&scheduler, state, what, &told, when()));
}

static job *job_of(const a0_job_state *state)
{
    for (size_t i = 0; i < world.n_jobs; i++) {
        if (strcmp(world.jobs[i].id, state->job_id) == 0)
            return &world.jobs[i];
    }
    ck_abort_msg("no such job");
    return NULL;
}

static void poll_job(a0_job_state *state)
{
    const job *j = job_of(state);
    a0_job told = {.percentage = -1};
    auth0db_outcome outcome = failure();
    if (outcome == AUTH0DB_OUTCOME_OK && j->state == GONE)
        outcome = AUTH0DB_OUTCOME_NOT_FOUND;
    if (j->state == DONE || j->state == FAILED)
        told.status = j->state == DONE ? A0_JOB_COMPLETED : A0_JOB_FAILED;
    if (j->state == DONE) {
        told.has_summary = !j->lies || dice(2) == 0;
        told.inserted = j->lies ? (int)j->n : j->inserted;
        told.failed = j->lies ? 1 : j->failed;
    }
    take(a0_scheduler_polled(&scheduler, state, outcome, &told, when()));
}

static const char exists[] = "The user already exist and upsert parameter is false";

/* As it is documented, or as it was recorded. */
static a0_row_cause cause_of(const user *u)
{
    bool recorded = world.seed % 2 == 0;
    switch (u->is) {
    case INVALID:
        return recorded ? (a0_row_cause){.code = "INVALID_FORMAT",
                                         .path = "identities[0].profileData.email"}
                        : (a0_row_cause){.code = "FORMAT", .path = "email"};
    case FOREIGN:
    case NAME_TAKEN:
        if (recorded) {
            a0_row_cause cause = {.code = "DUPLICATED_USER"};
            memcpy(cause.message, exists, sizeof exists);
            return cause;
        }
        return u->is == FOREIGN ? (a0_row_cause){.code = "CONFLICT_EMAIL"}
                                : (a0_row_cause){.code = "CONFLICT_USERNAME"};
    case BROKEN:
        return (a0_row_cause){.code = "DUPLICATED_USER"};
    case MFA_FAILS:
        return (a0_row_cause){.code = "MFA_FACTORS_FAILED"};
    case STRANGE:
        return (a0_row_cause){.code = "TOMORROW", .path = "email"};
    default:
        return (a0_row_cause){.code = "CONFLICT"};
    }
}

static void report(a0_job_state *state)
{
    const job *j = job_of(state);
    a0_job_report told = {.kind = A0_REPORT_NONE};
    auth0db_outcome outcome = world.reports_down ? AUTH0DB_OUTCOME_UNAVAILABLE : failure();
    for (size_t i = 0; i < j->n && outcome == AUTH0DB_OUTCOME_OK && j->state == DONE; i++) {
        const user *u = &world.users[j->users[i]];
        a0_row_cause cause = cause_of(u);
        if (!j->refused[i])
            continue;
        told.kind = A0_REPORT_ROWS;
        told.rows++;
        take(a0_job_state_row_refused(state,
                                      &(a0_row_error){.user_id = dice(2) == 0 ? u->id + 6 : "",
                                                      .email = u->email,
                                                      .username = u->key,
                                                      .n = 1,
                                                      .causes = &cause}));
    }
    take(a0_job_state_reported(state, outcome, &told, when()));
}

static void hint(a0_job_state *state)
{
    size_t rows[50], n = a0_job_state_hint_rows(state, rows, 3);
    bool known[50];
    ALWAYS(n > 0);
    for (size_t i = 0; i < n; i++) /* the search lags, and is wrong both ways */
        known[i] = user_of(state->rows[rows[i]].key)->at_tenant != (dice(4) == 0);
    take(a0_job_state_hinted(state, failure(), rows, n, known, when()));
}

static void look(a0_job_state *state)
{
    const a0_batch_row *row = &state->rows[state->look];
    const user *u = user_of(row->key);
    auth0db_outcome outcome = failure();
    if (row->disposition == A0_ROW_LOOK_EMAIL) {
        take(a0_job_state_looked_email(state, outcome, u->is == FOREIGN, when()));
        return;
    }
    if (row->disposition == A0_ROW_LOOK_NAME) {
        ALWAYS(strcmp(row->username, u->key) == 0);
        take(a0_job_state_looked_name(state, outcome, u->is == NAME_TAKEN, when()));
        return;
    }
    ALWAYS(row->disposition == A0_ROW_LOOK);
    auth0db_tenant_user found = {0};
    memcpy(found.user_id, u->id, sizeof u->id);
    snprintf(found.email, sizeof found.email, u->is == OTHER_EMAIL ? "x@example.org" : "%s",
             u->email);
    if (outcome == AUTH0DB_OUTCOME_OK && !u->at_tenant && u->is != OTHER_EMAIL)
        outcome = AUTH0DB_OUTCOME_NOT_FOUND;
    take(a0_job_state_looked(state, outcome, &found, when()));
}

static void push_again(const a0_job_state *state, size_t from, size_t to)
{
    redo *list = &again[n_again];
    *list = (redo){.attempt = state->attempt + !state->split};
    for (size_t i = from; i < to; i++) {
        if (state->rows[i].disposition == A0_ROW_AGAIN)
            memcpy(list->keys[list->n++], user_of(state->rows[i].key)->key, 16);
    }
    if (list->n == 0)
        return;
    n_again++;
    ALWAYS(n_again < USERS * 2);
    scheduler.exhausted = false;
}

static void settle(a0_job_state *state)
{
    for (size_t i = 0; i < state->n; i++) {
        const a0_batch_row *row = &state->rows[i];
        user *u = user_of(row->key);
        ALWAYS(row->disposition >= A0_ROW_LINK);
        ALWAYS(u->end == NOTHING);
        if (row->disposition == A0_ROW_LINK) {
            if (!u->at_tenant)
                ck_abort_msg("linked user %s is not at the tenant", u->key);
            ALWAYS(!row->made_now || !state->split);
            u->end = LINKED;
        } else if (row->disposition == A0_ROW_HOLD) {
            u->end = HELD;
            u->reason = row->reason;
        }
        u->in_flight = false;
    }
    size_t half = state->split ? (state->n + 1) / 2 : state->n;
    push_again(state, 0, half);
    push_again(state, half, state->n);
    a0_job_state_settled(state);
}

static void fly(a0_job_state *state)
{
    static void (*const acts[])(a0_job_state *) = {
        [A0_DUE_SUBMIT] = submit, [A0_DUE_POLL] = poll_job, [A0_DUE_REPORT] = report,
        [A0_DUE_HINT] = hint,     [A0_DUE_LOOK] = look,     [A0_DUE_SETTLE] = settle,
    };
    ALWAYS(state->due_ms <= world.now);
    acts[state->due](state);
    if (state->due == A0_DUE_NOTHING) {
        a0_scheduler_remove(&scheduler, state);
        a0_job_state_clear(state);
    }
}

static void end_walk(void)
{
    for (size_t i = 0; i < A0_SCHEDULER_JOBS_MAX; i++) {
        if (hangar[i].n > 0)
            a0_job_state_clear(&hangar[i]);
    }
}

/* How the run of this seed ended: after so many steps. */
static int walk(unsigned seed)
{
    int steps = 0;
    make_world(seed);
    memset(&scheduler, 0, sizeof scheduler);
    n_again = 0;
    stopped = false;
    for (;; steps++) {
        if (steps >= STEPS_MAX)
            ck_abort_msg("seed %u does not end", seed);
        a0_next next = a0_scheduler_next(&scheduler, world.now);
        unsigned live = 0;
        for (size_t i = 0; i < scheduler.n; i++)
            live += a0_job_state_is_live(scheduler.jobs[i]);
        ALWAYS(live <= A0_SCHEDULER_LIVE_MAX);
        if (next.turn == A0_TURN_END)
            return steps;
        if (next.turn == A0_TURN_FILL)
            buffer();
        else if (next.turn == A0_TURN_JOB)
            fly(next.state);
        else
            world.now += next.wait_ms;
        let_jobs_run();
        world.now++;
    }
}

#endif
