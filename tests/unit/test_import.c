/* The import, as a machine: batches fly through a tenant that loses answers, throttles, fails jobs,
 * forgets them and refuses rows, at random but by seed. Whatever it does: nobody is linked whom the
 * tenant does not have, nobody is lost, at most two jobs are live, and the run ends. */
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "migrate/import/fleet.h"
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
    STRANGE,     /* an error code of tomorrow, each time */
    MUTE,        /* never made, and in no report */
    TRAITS
} trait;

typedef struct user {
    trait is;
    char key[24], id[AUTH0DB_ID_SIZE], email[40];
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
    unsigned weather; /* chance of trouble for each request, of 100 */
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
    return dice(100) < world.weather;
}

static void make_world(unsigned seed)
{
    memset(&world, 0, sizeof world);
    world.seed = seed;
    world.now = 1000;
    world.weather = dice(3) * 20;
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

static a0_fleet fleet;
static a0_flight hangar[A0_FLEET_MAX];
static redo again[USERS * 2];
static size_t n_again;
static bool stopped;

static a0_when when(void)
{
    return (a0_when){.now_ms = world.now, .pause_ms = dice(4) == 0 ? 700 : 0};
}

static auth0db_outcome weather(void)
{
    static const auth0db_outcome bad[] = {AUTH0DB_OUTCOME_THROTTLED, AUTH0DB_OUTCOME_UNAVAILABLE};
    return storm() ? bad[dice(2)] : AUTH0DB_OUTCOME_OK;
}

static void take(a0_told told)
{
    ck_assert_int_ne(told, A0_NO_MEMORY);
    if (told == A0_STOP && !fleet.landing) {
        stopped = true;
        a0_fleet_land(&fleet, world.now);
    }
}

static void pack(void)
{
    redo batch = {0};
    if (n_again > 0) {
        batch = again[--n_again];
    } else {
        for (; batch.n < BATCH && world.next_user < USERS; world.next_user++)
            memcpy(batch.keys[batch.n++], world.users[world.next_user].key, 16);
    }
    if (batch.n == 0) {
        fleet.dry = true;
        return;
    }
    a0_flight *flight = NULL;
    for (size_t i = 0; i < A0_FLEET_MAX && flight == NULL; i++) {
        if (hangar[i].n == 0)
            flight = &hangar[i];
    }
    ck_assert_ptr_nonnull(flight);
    ck_assert(a0_flight_init(flight, batch.n));
    flight->attempt = batch.attempt;
    for (size_t i = 0; i < batch.n; i++) {
        user *u = user_of(batch.keys[i]);
        ck_assert(!u->in_flight);
        ck_assert_int_eq(u->end, NOTHING);
        u->in_flight = true;
        ck_assert(a0_flight_set_row(
            flight, i, &(a0_flight_row){.key = u->key, .auth0_id = u->id, .email = u->email}));
    }
    a0_fleet_add(&fleet, flight);
}

static void submit(a0_flight *flight)
{
    a0_job told = {.percentage = -1};
    a0_submission what = A0_SUBMIT_ACCEPTED;
    if (jobs_running() >= 2)
        what = A0_SUBMIT_SLOTS_FULL;
    else if (storm())
        what = (a0_submission[]){A0_SUBMIT_THROTTLED, A0_SUBMIT_NOT_SENT, A0_SUBMIT_LOST,
                                 A0_SUBMIT_LOST}[dice(4)];
    if (what == A0_SUBMIT_ACCEPTED || (what == A0_SUBMIT_LOST && dice(2) == 0)) {
        ck_assert_uint_lt(world.n_jobs, JOBS_MAX);
        job *j = &world.jobs[world.n_jobs++];
        j->n = flight->n;
        for (size_t i = 0; i < flight->n; i++)
            j->users[i] = (size_t)(user_of(flight->rows[i].key) - world.users);
        snprintf(j->id, sizeof j->id, "job_%zu", world.n_jobs);
        memcpy(told.id, j->id, sizeof j->id);
    }
    take(a0_fleet_submitted(&fleet, flight, what, &told, when()));
}

static job *job_of(const a0_flight *flight)
{
    for (size_t i = 0; i < world.n_jobs; i++) {
        if (strcmp(world.jobs[i].id, flight->job_id) == 0)
            return &world.jobs[i];
    }
    ck_abort_msg("no such job");
    return NULL;
}

static void poll_job(a0_flight *flight)
{
    const job *j = job_of(flight);
    a0_job told = {.percentage = -1};
    auth0db_outcome outcome = weather();
    if (outcome == AUTH0DB_OUTCOME_OK && j->state == GONE)
        outcome = AUTH0DB_OUTCOME_NOT_FOUND;
    if (j->state == DONE || j->state == FAILED)
        told.status = j->state == DONE ? A0_JOB_COMPLETED : A0_JOB_FAILED;
    if (j->state == DONE) {
        told.has_summary = !j->lies || dice(2) == 0;
        told.inserted = j->lies ? (int)j->n : j->inserted;
        told.failed = j->lies ? 1 : j->failed;
    }
    take(a0_fleet_polled(&fleet, flight, outcome, &told, when()));
}

static const char *code_of(const user *u)
{
    switch (u->is) {
    case INVALID:
        return "FORMAT";
    case FOREIGN:
        return "CONFLICT_EMAIL";
    case NAME_TAKEN:
        return "CONFLICT_USERNAME";
    case BROKEN:
        return "DUPLICATED_USER";
    case MFA_FAILS:
        return "MFA_FACTORS_FAILED";
    case STRANGE:
        return "TOMORROW";
    default:
        return "CONFLICT";
    }
}

static void report(a0_flight *flight)
{
    const job *j = job_of(flight);
    a0_job_report told = {.kind = A0_REPORT_NONE};
    auth0db_outcome outcome = world.reports_down ? AUTH0DB_OUTCOME_UNAVAILABLE : weather();
    for (size_t i = 0; i < j->n && outcome == AUTH0DB_OUTCOME_OK && j->state == DONE; i++) {
        const user *u = &world.users[j->users[i]];
        a0_row_cause cause = {.path = "email"};
        if (!j->refused[i])
            continue;
        snprintf(cause.code, sizeof cause.code, "%s", code_of(u));
        told.kind = A0_REPORT_ROWS;
        told.rows++;
        take(a0_flight_row_refused(flight, &(a0_row_error){.user_id = dice(2) == 0 ? u->id + 6 : "",
                                                           .email = u->email,
                                                           .username = "",
                                                           .n = 1,
                                                           .causes = &cause}));
    }
    take(a0_flight_reported(flight, outcome, &told, when()));
}

static void hint(a0_flight *flight)
{
    size_t rows[50], n = a0_flight_hint_rows(flight, rows, 3);
    bool known[50];
    ck_assert_uint_gt(n, 0);
    for (size_t i = 0; i < n; i++) /* the search lags, and is wrong both ways */
        known[i] = user_of(flight->rows[rows[i]].key)->at_tenant != (dice(4) == 0);
    take(a0_flight_hinted(flight, weather(), rows, n, known, when()));
}

static void look(a0_flight *flight)
{
    const a0_flight_row *row = &flight->rows[flight->look];
    const user *u = user_of(row->key);
    auth0db_outcome outcome = weather();
    if (row->fate == A0_ROW_LOOK_EMAIL) {
        take(a0_flight_looked_email(flight, outcome, u->is == FOREIGN, when()));
        return;
    }
    ck_assert_int_eq(row->fate, A0_ROW_LOOK);
    auth0db_tenant_user found = {0};
    memcpy(found.user_id, u->id, sizeof u->id);
    snprintf(found.email, sizeof found.email, u->is == OTHER_EMAIL ? "x@example.org" : "%s",
             u->email);
    if (outcome == AUTH0DB_OUTCOME_OK && !u->at_tenant && u->is != OTHER_EMAIL)
        outcome = AUTH0DB_OUTCOME_NOT_FOUND;
    take(a0_flight_looked(flight, outcome, &found, when()));
}

static void push_again(const a0_flight *flight, size_t from, size_t to)
{
    redo *list = &again[n_again];
    *list = (redo){.attempt = flight->attempt + !flight->split};
    for (size_t i = from; i < to; i++) {
        if (flight->rows[i].fate == A0_ROW_AGAIN)
            memcpy(list->keys[list->n++], user_of(flight->rows[i].key)->key, 16);
    }
    if (list->n == 0)
        return;
    n_again++;
    ck_assert_uint_lt(n_again, USERS * 2);
    fleet.dry = false;
}

static void settle(a0_flight *flight)
{
    for (size_t i = 0; i < flight->n; i++) {
        const a0_flight_row *row = &flight->rows[i];
        user *u = user_of(row->key);
        ck_assert(row->fate >= A0_ROW_LINK);
        ck_assert_int_eq(u->end, NOTHING);
        if (row->fate == A0_ROW_LINK) {
            ck_assert_msg(u->at_tenant, "linked user %s is not at the tenant", u->key);
            ck_assert(!row->made_now || !flight->split);
            u->end = LINKED;
        } else if (row->fate == A0_ROW_HOLD) {
            u->end = HELD;
            u->reason = row->reason;
        }
        u->in_flight = false;
    }
    size_t half = flight->split ? (flight->n + 1) / 2 : flight->n;
    push_again(flight, 0, half);
    push_again(flight, half, flight->n);
    a0_flight_settled(flight);
}

static void fly(a0_flight *flight)
{
    static void (*const acts[])(a0_flight *) = {
        [A0_DUE_SUBMIT] = submit, [A0_DUE_POLL] = poll_job, [A0_DUE_REPORT] = report,
        [A0_DUE_HINT] = hint,     [A0_DUE_LOOK] = look,     [A0_DUE_SETTLE] = settle,
    };
    ck_assert_uint_le(flight->due_ms, world.now);
    acts[flight->due](flight);
    if (flight->due == A0_DUE_NOTHING) {
        a0_fleet_remove(&fleet, flight);
        a0_flight_clear(flight);
    }
}

static void end_walk(void)
{
    for (size_t i = 0; i < A0_FLEET_MAX; i++) {
        if (hangar[i].n > 0)
            a0_flight_clear(&hangar[i]);
    }
}

/* How the run of this seed ended: after so many steps. */
static int walk(unsigned seed)
{
    int steps = 0;
    make_world(seed);
    memset(&fleet, 0, sizeof fleet);
    n_again = 0;
    stopped = false;
    for (;; steps++) {
        ck_assert_msg(steps < STEPS_MAX, "seed %u does not end", seed);
        a0_next next = a0_fleet_next(&fleet, world.now);
        unsigned live = 0;
        for (size_t i = 0; i < fleet.n; i++)
            live += a0_flight_is_live(fleet.flights[i]);
        ck_assert_uint_le(live, A0_FLEET_LIVE_MAX);
        if (next.turn == A0_TURN_END)
            return steps;
        if (next.turn == A0_TURN_PACK)
            pack();
        else if (next.turn == A0_TURN_FLIGHT)
            fly(next.flight);
        else
            world.now += next.wait_ms;
        let_jobs_run();
        world.now++;
    }
}

/* What became of the users is what should have become of them. */
static void check_ends(unsigned seed)
{
    for (size_t i = 0; i < USERS; i++) {
        const user *u = &world.users[i];
        bool linked = u->end == LINKED;
        ck_assert_msg(u->end != NOTHING, "seed %u: user %zu has no end", seed, i);
        ck_assert_msg(linked == u->at_tenant, "seed %u: user %zu is linked: %d", seed, i, linked);
        if (linked)
            continue;
        ck_assert_int_ne(u->reason, AUTH0DB_HOLDOUT_NONE);
        if (u->is == FOREIGN && !world.reports_down)
            ck_assert_int_eq(u->reason, AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT);
        if (u->is == INVALID && !world.reports_down && !world.forgetful && !world.endless)
            ck_assert_int_eq(u->reason, AUTH0DB_HOLDOUT_BAD_EMAIL);
        if (u->is == PLAIN)
            ck_abort_msg("seed %u: user %zu, with whom nothing is wrong, is held: %s", seed, i,
                         auth0db_holdout_name(u->reason));
    }
}

START_TEST(every_user_ends_linked_or_held_whatever_the_tenant_does)
{
    int ended = 0, most = 0;
    for (unsigned seed = 1; seed <= WALKS; seed++) {
        int steps = walk(seed);
        most = steps > most ? steps : most;
        if (!stopped)
            check_ends(seed);
        ended += !stopped;
        end_walk();
    }
    printf("%d runs, %d to the end, at most %d steps\n", WALKS, ended, most);
    ck_assert_int_gt(ended, WALKS / 2);
}
END_TEST

START_TEST(an_interrupted_run_frees_what_was_not_sent_and_leaves_live_jobs_on_record)
{
    int left = 0;
    for (unsigned seed = 1; seed <= 500; seed++) {
        make_world(seed);
        memset(&fleet, 0, sizeof fleet);
        n_again = 0;
        stopped = false;
        for (unsigned i = 0, last = dice(60); i < STEPS_MAX; i++) {
            if (i == last)
                a0_fleet_land(&fleet, world.now);
            a0_next next = a0_fleet_next(&fleet, world.now);
            if (next.turn == A0_TURN_END)
                break;
            ck_assert(!fleet.landing || next.turn == A0_TURN_FLIGHT); /* it waits for nothing */
            if (next.turn == A0_TURN_PACK)
                pack();
            else if (next.turn == A0_TURN_FLIGHT) {
                ck_assert(!fleet.landing || next.flight->due != A0_DUE_SUBMIT);
                fly(next.flight);
            } else
                world.now += next.wait_ms;
            let_jobs_run();
            world.now++;
        }
        for (size_t i = 0; i < fleet.n; i++) {
            ck_assert(fleet.flights[i]->sent);
            left++;
        }
        for (size_t i = 0; i < USERS; i++) { /* who may have been made stays on record */
            const user *u = &world.users[i];
            ck_assert(!u->at_tenant || u->end == LINKED || u->in_flight || world.forgetful ||
                      world.endless || world.lying || world.reports_down);
        }
        end_walk();
    }
    ck_assert_int_gt(left, 100);
}
END_TEST

/* --- single rules --------------------------------------------------------------------------- */

static a0_flight one(size_t n)
{
    a0_flight flight;
    ck_assert(a0_flight_init(&flight, n));
    for (size_t i = 0; i < n; i++) {
        char key[24], id[AUTH0DB_ID_SIZE], email[40];
        snprintf(key, sizeof key, "%zu", i);
        snprintf(id, sizeof id, "auth0|%024zu", i);
        snprintf(email, sizeof email, "u%zu@example.org", i);
        ck_assert(a0_flight_set_row(&flight, i,
                                    &(a0_flight_row){.key = key, .auth0_id = id, .email = email}));
    }
    return flight;
}

static const a0_job accepted_job = {.id = "job_1", .percentage = -1};

START_TEST(a_clean_job_links_everybody_without_another_request)
{
    a0_flight flight = one(3);
    a0_job done = {.id = "job_1", .status = A0_JOB_COMPLETED, .has_summary = true, .inserted = 3};
    a0_flight_submitted(&flight, A0_SUBMIT_ACCEPTED, &accepted_job, (a0_when){.now_ms = 5});
    ck_assert(a0_flight_is_live(&flight));
    a0_flight_polled(&flight, AUTH0DB_OUTCOME_OK, &done, (a0_when){.now_ms = 900});
    ck_assert_int_eq(flight.due, A0_DUE_SETTLE);
    for (size_t i = 0; i < 3; i++)
        ck_assert(flight.rows[i].fate == A0_ROW_LINK && flight.rows[i].made_now);
    a0_flight_clear(&flight);
}
END_TEST

START_TEST(a_summary_that_does_not_account_for_everybody_links_nobody_unseen)
{
    static const a0_job bad[] = {
        {.status = A0_JOB_COMPLETED},
        {.status = A0_JOB_COMPLETED, .inserted = 3},
        {.status = A0_JOB_COMPLETED, .has_summary = true, .inserted = 3, .updated = 1},
        {.status = A0_JOB_COMPLETED, .has_summary = true, .inserted = 2},
        {.status = A0_JOB_COMPLETED, .has_summary = true, .inserted = 4},
        {.status = A0_JOB_COMPLETED, .has_summary = true, .inserted = 2, .updated = 1},
        {.status = A0_JOB_COMPLETED, .has_summary = true, .inserted = 2, .failed = 1},
    };
    for (size_t k = 0; k < A0_COUNT(bad); k++) {
        a0_flight flight = one(3);
        a0_job_report none = {.kind = A0_REPORT_NONE};
        a0_flight_submitted(&flight, A0_SUBMIT_ACCEPTED, &accepted_job, (a0_when){.now_ms = 5});
        a0_flight_polled(&flight, AUTH0DB_OUTCOME_OK, &bad[k], (a0_when){.now_ms = 900});
        ck_assert_int_eq(flight.due, A0_DUE_REPORT);
        a0_flight_reported(&flight, AUTH0DB_OUTCOME_OK, &none, (a0_when){.now_ms = 901});
        ck_assert_int_eq(flight.due, A0_DUE_LOOK);
        for (size_t i = 0; i < 3; i++)
            ck_assert_int_eq(flight.rows[i].fate, A0_ROW_LOOK);
        a0_flight_clear(&flight);
    }
}
END_TEST

START_TEST(a_job_that_never_ends_is_given_up_after_its_two_hours)
{
    a0_flight flight = one(2);
    uint64_t now = 5;
    int polls = 0;
    a0_flight_submitted(&flight, A0_SUBMIT_ACCEPTED, &accepted_job, (a0_when){.now_ms = now});
    for (; flight.due == A0_DUE_POLL; polls++) {
        ck_assert_int_lt(polls, 1000);
        ck_assert_uint_gt(flight.due_ms, now);
        ck_assert_uint_le(flight.due_ms - now, 17000);
        now = flight.due_ms;
        a0_flight_polled(&flight, AUTH0DB_OUTCOME_OK, &accepted_job, (a0_when){.now_ms = now});
    }
    ck_assert_uint_gt(now, 2 * 3600 * 1000);
    ck_assert_int_eq(flight.due, A0_DUE_HINT);
    a0_flight_clear(&flight);
}
END_TEST

START_TEST(a_rate_limit_is_waited_out_and_full_slots_are_no_trouble)
{
    a0_flight flight = one(1);
    uint64_t now = 5;
    a0_flight_submitted(&flight, A0_SUBMIT_THROTTLED, NULL,
                        (a0_when){.now_ms = now, .pause_ms = 60000});
    ck_assert_uint_ge(flight.due_ms, 60005);
    for (int i = 0; i < 2000; i++) { /* hours of somebody else's jobs */
        now = flight.due_ms;
        ck_assert_int_eq(
            a0_flight_submitted(&flight, A0_SUBMIT_SLOTS_FULL, NULL, (a0_when){.now_ms = now}),
            A0_GO_ON);
        ck_assert_uint_le(flight.due_ms - now, 17000);
    }
    ck_assert(!flight.sent);
    a0_flight_clear(&flight);
}
END_TEST

START_TEST(an_outage_ends_the_run_after_a_quarter_of_an_hour_with_everything_on_record)
{
    a0_flight flight = one(1);
    uint64_t now = 5;
    a0_flight_submitted(&flight, A0_SUBMIT_ACCEPTED, &accepted_job, (a0_when){.now_ms = now});
    do {
        now = flight.due_ms;
    } while (a0_flight_polled(&flight, AUTH0DB_OUTCOME_UNAVAILABLE, NULL,
                              (a0_when){.now_ms = now}) == A0_GO_ON);
    ck_assert_uint_ge(now, A0_FLIGHT_PATIENCE_MS);
    ck_assert_uint_lt(now, 2 * A0_FLIGHT_PATIENCE_MS);
    ck_assert(a0_flight_is_live(&flight));
    a0_flight_clear(&flight);
}
END_TEST

START_TEST(what_was_made_earlier_is_linked_with_the_mark_that_the_tenant_has)
{
    a0_flight flight = one(1);
    a0_row_cause cause = {.code = "NOT_PASSED",
                          .message = "A custom_password_hash was provided, but the user already "
                                     "has password hash defined"};
    a0_job done = {.status = A0_JOB_COMPLETED, .has_summary = true, .failed = 1};
    a0_job_report rows = {.kind = A0_REPORT_ROWS, .rows = 1};
    auth0db_tenant_user there = {.email = "U0@Example.org", .last_password_reset = "2026-01-01"};
    memcpy(there.user_id, flight.rows[0].auth0_id, AUTH0DB_ID_SIZE);
    a0_flight_submitted(&flight, A0_SUBMIT_ACCEPTED, &accepted_job, (a0_when){.now_ms = 5});
    a0_flight_polled(&flight, AUTH0DB_OUTCOME_OK, &done, (a0_when){.now_ms = 6});
    a0_flight_row_refused(&flight, &(a0_row_error){.user_id = flight.rows[0].auth0_id + 6,
                                                   .email = "",
                                                   .username = "",
                                                   .n = 1,
                                                   .causes = &cause});
    a0_flight_reported(&flight, AUTH0DB_OUTCOME_OK, &rows, (a0_when){.now_ms = 7});
    ck_assert_int_eq(flight.due, A0_DUE_LOOK);
    a0_flight_looked(&flight, AUTH0DB_OUTCOME_OK, &there, (a0_when){.now_ms = 8});
    ck_assert_int_eq(flight.due, A0_DUE_SETTLE);
    ck_assert(flight.rows[0].fate == A0_ROW_LINK && !flight.rows[0].made_now);
    ck_assert_str_eq(flight.rows[0].text, "2026-01-01");
    a0_flight_clear(&flight);
}
END_TEST

START_TEST(a_job_that_somebody_typed_links_nobody_by_itself)
{
    a0_flight flight = one(3);
    a0_job done = {.status = A0_JOB_COMPLETED, .has_summary = true, .inserted = 3};
    a0_job_report none = {.kind = A0_REPORT_NONE};
    flight.by_hand = true;
    a0_flight_resume_job(&flight, "job_typed", 0, 5);
    a0_flight_polled(&flight, AUTH0DB_OUTCOME_OK, &done, (a0_when){.now_ms = 6});
    a0_flight_reported(&flight, AUTH0DB_OUTCOME_OK, &none, (a0_when){.now_ms = 7});
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(flight.rows[i].fate, A0_ROW_LOOK);
    a0_flight_clear(&flight);
}
END_TEST

static void fail_alone(a0_fleet *some, a0_flight *flight)
{
    a0_job failed = {.status = A0_JOB_FAILED};
    a0_job_report none = {.kind = A0_REPORT_NONE};
    a0_when now = {.now_ms = 10};
    a0_fleet_submitted(some, flight, A0_SUBMIT_ACCEPTED, &accepted_job, now);
    a0_fleet_polled(some, flight, AUTH0DB_OUTCOME_OK, &failed, now);
    a0_flight_reported(flight, AUTH0DB_OUTCOME_OK, &none, now);
    ck_assert_int_eq(flight->due, A0_DUE_LOOK);
    a0_flight_looked(flight, AUTH0DB_OUTCOME_NOT_FOUND, NULL, now);
}

START_TEST(a_row_is_to_blame_for_a_job_only_if_others_complete)
{
    a0_fleet some = {0};
    a0_flight first = one(1), second = one(1);
    a0_job done = {.status = A0_JOB_COMPLETED, .has_summary = true, .inserted = 1};
    fail_alone(&some, &first);
    ck_assert_int_eq(first.rows[0].fate, A0_ROW_AGAIN);
    a0_flight_clear(&first);
    first = one(1);
    a0_fleet_submitted(&some, &first, A0_SUBMIT_ACCEPTED, &accepted_job, (a0_when){.now_ms = 20});
    a0_fleet_polled(&some, &first, AUTH0DB_OUTCOME_OK, &done, (a0_when){.now_ms = 30});
    fail_alone(&some, &second);
    ck_assert_int_eq(second.rows[0].fate, A0_ROW_HOLD);
    a0_flight_clear(&first);
    a0_flight_clear(&second);
}
END_TEST

START_TEST(a_request_that_is_refused_before_anything_was_taken_is_no_rows_fault)
{
    a0_fleet some = {0};
    a0_flight flight = one(2);
    ck_assert_int_eq(a0_fleet_submitted(&some, &flight, A0_SUBMIT_REFUSED, NULL, (a0_when){0}),
                     A0_STOP);
    ck_assert(flight.rows[0].fate == A0_ROW_OPEN && !flight.sent);
    some.ever_accepted = true;
    ck_assert_int_eq(a0_fleet_submitted(&some, &flight, A0_SUBMIT_REFUSED, NULL, (a0_when){0}),
                     A0_GO_ON);
    ck_assert(flight.split && flight.rows[0].fate == A0_ROW_AGAIN);
    a0_flight_clear(&flight);
}
END_TEST

START_TEST(somebody_elses_id_or_email_is_not_ours)
{
    static const char *const emails[] = {"u0@example.org", "other@example.org"};
    static const char *const ids[] = {"auth0|000000000000000000000000", "auth0|someone"};
    for (int email = 0; email < 2; email++) {
        for (int id = 0; id < 2; id++) {
            a0_flight flight = one(1);
            auth0db_tenant_user there = {0};
            snprintf(there.email, sizeof there.email, "%s", emails[email]);
            snprintf(there.user_id, sizeof there.user_id, "%s", ids[id]);
            a0_flight_look_up_all(&flight, 5);
            a0_flight_looked(&flight, AUTH0DB_OUTCOME_OK, &there, (a0_when){.now_ms = 6});
            ck_assert_int_eq(flight.rows[0].fate, email + id == 0 ? A0_ROW_LINK : A0_ROW_HOLD);
            a0_flight_clear(&flight);
        }
    }
}
END_TEST

START_TEST(every_code_has_its_reason)
{
    static const struct {
        const char *code, *path, *message;
        a0_row_cause_class cause;
        auth0db_holdout reason;
    } rows[] = {
        {"FORMAT", "email", "", A0_CAUSE_INVALID, AUTH0DB_HOLDOUT_BAD_EMAIL},
        {"PATTERN", "/username", "", A0_CAUSE_INVALID, AUTH0DB_HOLDOUT_BAD_USERNAME},
        {"MAX_LENGTH", "given_name", "", A0_CAUSE_INVALID, AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"PATTERN", "custom_password_hash.hash.value", "", A0_CAUSE_INVALID,
         AUTH0DB_HOLDOUT_BAD_HASH},
        {"FORMAT", "mfa_factors[0].email.value", "", A0_CAUSE_INVALID,
         AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"ENUM_MISMATCH", "", "", A0_CAUSE_INVALID, AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"CONFLICT", "", "", A0_CAUSE_TAKEN, AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"CONFLICT_EMAIL", "", "", A0_CAUSE_EMAIL_TAKEN, AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"CONFLICT_USERNAME", "", "", A0_CAUSE_NAME_TAKEN, AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"DUPLICATED_USER", "", "", A0_CAUSE_HALF_CREATED, AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"MFA_FACTORS_FAILED", "", "", A0_CAUSE_MFA, AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"CONNECTION_NOT_FOUND", "", "", A0_CAUSE_OPERATOR, AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"OF_TOMORROW", "email", "", A0_CAUSE_UNKNOWN, AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"", "", "", A0_CAUSE_UNKNOWN, AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"NOT_PASSED", "", "the user already has password hash defined", A0_CAUSE_TAKEN,
         AUTH0DB_HOLDOUT_TENANT_REFUSED},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        a0_row_cause cause;
        a0_row_judgement judged;
        snprintf(cause.code, sizeof cause.code, "%s", rows[i].code);
        snprintf(cause.path, sizeof cause.path, "%s", rows[i].path);
        snprintf(cause.message, sizeof cause.message, "%s", rows[i].message);
        a0_row_judge(&(a0_row_error){.n = 1, .causes = &cause}, &judged);
        ck_assert_msg(judged.cause == rows[i].cause && judged.reason == rows[i].reason, "%s %s",
                      rows[i].code, rows[i].path);
        ck_assert(*judged.detail != '\0');
    }
}
END_TEST

START_TEST(the_tenants_words_stay_text_in_any_language)
{
    a0_row_cause cause = {.code = "SOMETHING_NEW"};
    a0_row_judgement judged;
    for (size_t at = 0; at < 3; at++) { /* wherever a cut would fall */
        memset(cause.message, 'x', at);
        memset(cause.path, 'x', at);
        for (size_t i = at; i + 3 < sizeof cause.message; i += 3)
            memcpy(cause.message + i, "\xe2\x82\xac", 4);
        for (size_t i = at; i + 3 < sizeof cause.path; i += 3)
            memcpy(cause.path + i, "\xe2\x82\xac", 4);
        a0_row_judge(&(a0_row_error){.n = 1, .causes = &cause}, &judged);
        ck_assert(a0_utf8_valid(judged.detail, strlen(judged.detail)));
        ck_assert_ptr_nonnull(strstr(judged.detail, cause.message));
    }
}
END_TEST

START_TEST(of_several_causes_who_exists_decides)
{
    a0_row_cause causes[] = {{.code = "FORMAT", .path = "email"},
                             {.code = "CONFLICT_EMAIL"},
                             {.code = "MFA_FACTORS_FAILED"}};
    a0_row_judgement judged;
    a0_row_judge(&(a0_row_error){.n = 3, .causes = causes}, &judged);
    ck_assert_int_eq(judged.cause, A0_CAUSE_EMAIL_TAKEN);
    a0_row_judge(&(a0_row_error){.n = 0, .causes = causes}, &judged);
    ck_assert_int_eq(judged.cause, A0_CAUSE_UNKNOWN);
}
END_TEST

UNIT_MAIN("import", every_user_ends_linked_or_held_whatever_the_tenant_does,
          an_interrupted_run_frees_what_was_not_sent_and_leaves_live_jobs_on_record,
          a_clean_job_links_everybody_without_another_request,
          a_summary_that_does_not_account_for_everybody_links_nobody_unseen,
          a_job_that_never_ends_is_given_up_after_its_two_hours,
          a_rate_limit_is_waited_out_and_full_slots_are_no_trouble,
          an_outage_ends_the_run_after_a_quarter_of_an_hour_with_everything_on_record,
          a_job_that_somebody_typed_links_nobody_by_itself,
          a_row_is_to_blame_for_a_job_only_if_others_complete,
          a_request_that_is_refused_before_anything_was_taken_is_no_rows_fault,
          somebody_elses_id_or_email_is_not_ours,
          what_was_made_earlier_is_linked_with_the_mark_that_the_tenant_has,
          every_code_has_its_reason, the_tenants_words_stay_text_in_any_language,
          of_several_causes_who_exists_decides)
