#include "migrate/import/flight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

enum {
    WAIT_FIRST_MS = 500,  /* after trouble, doubling */
    WAIT_MAX_MS = 15000,  /* of any wait that we choose ourselves */
    POLL_FIRST_MS = 100,  /* where nobody knows what a job takes */
    LOST_MAX = 5,         /* submissions without an answer, in a row */
    REPORT_TRIES_MAX = 8, /* about a minute */
    PREFIX_LEN = 6        /* "auth0|" */
};

/* --- rows ----------------------------------------------------------------------------------- */

bool a0_flight_init(a0_flight *flight, size_t n)
{
    *flight = (a0_flight){.rows = a0_alloc_array(n, sizeof *flight->rows), .n = n};
    if (flight->rows == NULL)
        flight->n = 0;
    return flight->rows != NULL;
}

void a0_flight_clear(a0_flight *flight)
{
    for (size_t i = 0; i < flight->n; i++) {
        a0_free((char *)flight->rows[i].key);
        a0_free(flight->rows[i].text);
        a0_free(flight->rows[i].username);
    }
    a0_free(flight->rows);
    a0_free(flight->by_id);
    *flight = (a0_flight){.due = A0_DUE_NOTHING};
}

bool a0_flight_set_row(a0_flight *flight, size_t i, const a0_flight_row *row)
{
    a0_flight_row *own = &flight->rows[i];
    const char *const texts[] = {row->key, row->auth0_id, row->email, row->sync_digest,
                                 row->holdout_digest};
    const char **const places[] = {&own->key, &own->auth0_id, &own->email, &own->sync_digest,
                                   &own->holdout_digest};
    size_t sizes[A0_COUNT(texts)], total = 0;
    for (size_t k = 0; k < A0_COUNT(texts); k++)
        total += sizes[k] = (texts[k] != NULL ? strlen(texts[k]) : 0) + 1;
    char *room = a0_alloc(total);
    if (room == NULL)
        return false;
    for (size_t k = 0; k < A0_COUNT(texts); k++) {
        if (texts[k] != NULL)
            memcpy(room, texts[k], sizes[k]);
        *places[k] = room;
        room += sizes[k];
    }
    own->blocked = row->blocked;
    own->factors = row->factors;
    return true;
}

static bool say(a0_flight_row *row, const char *text)
{
    a0_free(row->text);
    row->text = *text != '\0' ? a0_strdup(text) : NULL;
    return *text == '\0' || row->text != NULL;
}

static a0_told hold(a0_flight_row *row, auth0db_holdout reason, const char *detail)
{
    row->fate = A0_ROW_HOLD;
    row->reason = reason;
    return say(row, detail) ? A0_GO_ON : A0_NO_MEMORY;
}

static void every_open_row(a0_flight *flight, a0_row_fate fate)
{
    for (size_t i = 0; i < flight->n; i++) {
        if (flight->rows[i].fate == A0_ROW_OPEN)
            flight->rows[i].fate = fate;
    }
}

/* --- what is due ---------------------------------------------------------------------------- */

static void now_due(a0_flight *flight, a0_flight_due due, uint64_t now_ms)
{
    flight->due = due;
    flight->due_ms = now_ms;
    flight->tries = 0;
    flight->trouble_since_ms = 0;
}

static uint64_t spread(const a0_flight *flight, uint64_t ms)
{
    return ms + ms * flight->spread / 2048; /* up to an eighth more */
}

static uint64_t pause_of(const a0_flight *flight, unsigned pause_ms)
{
    unsigned tries = flight->tries < 5 ? flight->tries : 5;
    uint64_t wait = (uint64_t)WAIT_FIRST_MS << tries;
    if (wait > WAIT_MAX_MS)
        wait = WAIT_MAX_MS;
    return spread(flight, wait > pause_ms ? wait : pause_ms);
}

static void try_later(a0_flight *flight, a0_when when)
{
    flight->due_ms = when.now_ms + pause_of(flight, when.pause_ms);
    flight->tries++;
}

/* Trouble that lasts ends the run: nothing is lost, and the operator learns of it. */
static a0_told trouble(a0_flight *flight, auth0db_outcome outcome, a0_when when)
{
    if (outcome == AUTH0DB_OUTCOME_MISCONFIGURED)
        return A0_STOP;
    if (flight->trouble_since_ms == 0)
        flight->trouble_since_ms = when.now_ms > 0 ? when.now_ms : 1;
    try_later(flight, when);
    return when.now_ms - flight->trouble_since_ms < A0_FLIGHT_PATIENCE_MS ? A0_GO_ON : A0_STOP;
}

/* The next row that somebody must be asked about; none: the end. */
static void look_further(a0_flight *flight, uint64_t now_ms)
{
    for (flight->look = 0; flight->look < flight->n; flight->look++) {
        if (flight->rows[flight->look].fate == A0_ROW_HINT) {
            now_due(flight, A0_DUE_HINT, now_ms);
            return;
        }
    }
    for (flight->look = 0; flight->look < flight->n; flight->look++) {
        a0_row_fate fate = flight->rows[flight->look].fate;
        if (fate == A0_ROW_LOOK || fate == A0_ROW_LOOK_EMAIL || fate == A0_ROW_LOOK_NAME) {
            now_due(flight, A0_DUE_LOOK, now_ms);
            return;
        }
    }
    now_due(flight, A0_DUE_SETTLE, now_ms);
}

static void next_poll(a0_flight *flight, uint64_t now_ms)
{
    uint64_t elapsed = now_ms - flight->submitted_ms, typical = flight->typical_ms, wait;
    if (typical > 0 && elapsed < typical * 15 / 16)
        wait = typical * 15 / 16 - elapsed;
    else if (typical > 0)
        wait =
            typical / 256 + elapsed / 256 + flight->tries * 20; /* a slot waits as long, at most */
    else
        wait = POLL_FIRST_MS + elapsed / 8;
    if (wait < POLL_FIRST_MS)
        wait = POLL_FIRST_MS;
    flight->due_ms = now_ms + spread(flight, wait < WAIT_MAX_MS ? wait : WAIT_MAX_MS);
    flight->tries++;
}

bool a0_flight_is_live(const a0_flight *flight)
{
    return flight->due == A0_DUE_POLL;
}

void a0_flight_settled(a0_flight *flight)
{
    flight->due = A0_DUE_NOTHING;
}

void a0_flight_give_up(a0_flight *flight, uint64_t now_ms)
{
    for (size_t i = 0; i < flight->n; i++)
        flight->rows[i].fate = A0_ROW_FREE;
    now_due(flight, A0_DUE_SETTLE, now_ms);
}

static bool last_try(const a0_flight *flight)
{
    return flight->attempt + 1 >= A0_FLIGHT_TRIES_MAX;
}

/* --- found on record ------------------------------------------------------------------------ */

void a0_flight_resume_job(a0_flight *flight, const char *job_id, uint64_t age_ms, uint64_t now_ms)
{
    snprintf(flight->job_id, sizeof flight->job_id, "%s", job_id);
    flight->sent = true;
    flight->submitted_ms = now_ms > age_ms ? now_ms - age_ms : 0;
    flight->ends_ms = flight->submitted_ms + A0_FLIGHT_ENDS_MS;
    now_due(flight, A0_DUE_POLL, now_ms);
}

void a0_flight_resume_unsent(a0_flight *flight, uint64_t now_ms)
{
    flight->sent = true;
    every_open_row(flight, A0_ROW_HINT);
    look_further(flight, now_ms);
}

void a0_flight_look_up_all(a0_flight *flight, uint64_t now_ms)
{
    flight->sent = true;
    every_open_row(flight, A0_ROW_LOOK);
    look_further(flight, now_ms);
}

/* --- the submission ------------------------------------------------------------------------- */

/* The tenant takes no such file: perhaps it is one row, so it is looked for by halves. */
static a0_told refused_whole(a0_flight *flight, auth0db_holdout reason, const char *why,
                             uint64_t now_ms)
{
    a0_told told = A0_GO_ON;
    if (flight->n == 1) {
        told = hold(&flight->rows[0], reason, why);
    } else {
        every_open_row(flight, A0_ROW_AGAIN);
        flight->split = true;
    }
    now_due(flight, A0_DUE_SETTLE, now_ms);
    return told;
}

static void accepted(a0_flight *flight, const a0_job *job, uint64_t now_ms)
{
    flight->job = *job;
    memcpy(flight->job_id, job->id, sizeof flight->job_id);
    flight->sent = true;
    flight->submitted_ms = now_ms;
    flight->ends_ms = now_ms + A0_FLIGHT_ENDS_MS;
    now_due(flight, A0_DUE_POLL, now_ms);
    next_poll(flight, now_ms);
}

a0_told a0_flight_submitted(a0_flight *flight, a0_submission what, const a0_job *job, a0_when when)
{
    a0_told told = A0_GO_ON;
    flight->waits_for_slot = what == A0_SUBMIT_SLOTS_FULL;
    switch (what) {
    case A0_SUBMIT_ACCEPTED:
        accepted(flight, job, when.now_ms);
        break;
    case A0_SUBMIT_SLOTS_FULL: /* somebody's jobs are running, and will end: no trouble */
        flight->trouble_since_ms = 0;
        try_later(flight, (a0_when){.now_ms = when.now_ms});
        break;
    case A0_SUBMIT_THROTTLED:
        told = trouble(flight, AUTH0DB_OUTCOME_THROTTLED, when);
        break;
    case A0_SUBMIT_TOO_LARGE:
        told = refused_whole(flight, AUTH0DB_HOLDOUT_TOO_LARGE, "the tenant takes no such file",
                             when.now_ms);
        break;
    case A0_SUBMIT_REFUSED:
        told = refused_whole(flight, AUTH0DB_HOLDOUT_TENANT_REFUSED,
                             "the tenant takes no file with this user", when.now_ms);
        break;
    case A0_SUBMIT_MISCONFIGURED:
        told = A0_STOP;
        break;
    case A0_SUBMIT_NOT_SENT:
        told = trouble(flight, AUTH0DB_OUTCOME_UNAVAILABLE, when);
        break;
    case A0_SUBMIT_LOST: /* submitting again is harmless: the same users have the same ids */
        flight->sent = true;
        told = ++flight->lost < LOST_MAX ? trouble(flight, AUTH0DB_OUTCOME_UNAVAILABLE, when)
                                         : A0_STOP;
        break;
    }
    return told;
}

/* --- the job -------------------------------------------------------------------------------- */

static bool sum_is(const a0_flight *flight)
{
    const a0_job *job = &flight->job;
    return !flight->by_hand && job->has_summary && job->updated == 0 && job->inserted >= 0 &&
           job->failed >= 0 && (size_t)job->inserted + (size_t)job->failed == flight->n;
}

static void link_made(a0_flight *flight)
{
    for (size_t i = 0; i < flight->n; i++) {
        if (flight->rows[i].fate == A0_ROW_OPEN) {
            flight->rows[i].fate = A0_ROW_LINK;
            flight->rows[i].made_now = true;
        }
    }
}

static void no_word(a0_flight *flight, uint64_t now_ms)
{
    every_open_row(flight, A0_ROW_HINT);
    look_further(flight, now_ms);
}

a0_told a0_flight_polled(a0_flight *flight, auth0db_outcome outcome, const a0_job *job,
                         a0_when when)
{
    if (outcome == AUTH0DB_OUTCOME_OK) {
        flight->job = *job;
        flight->trouble_since_ms = 0;
    }
    if (outcome == AUTH0DB_OUTCOME_OK && job->status != A0_JOB_RUNNING) {
        bool clean = job->status == A0_JOB_COMPLETED && sum_is(flight) && job->failed == 0;
        if (clean)
            link_made(flight);
        now_due(flight, clean ? A0_DUE_SETTLE : A0_DUE_REPORT, when.now_ms);
    } else if (outcome == AUTH0DB_OUTCOME_NOT_FOUND ||
               (outcome != AUTH0DB_OUTCOME_MISCONFIGURED && when.now_ms >= flight->ends_ms)) {
        no_word(flight, when.now_ms);
    } else if (outcome == AUTH0DB_OUTCOME_OK) {
        next_poll(flight, when.now_ms);
    } else {
        return trouble(flight, outcome, when);
    }
    return A0_GO_ON;
}

/* --- the report ----------------------------------------------------------------------------- */

static int compare_ids(const void *a, const void *b, void *ctx)
{
    const a0_flight_row *rows = ctx;
    return strcmp(rows[*(const size_t *)a].auth0_id, rows[*(const size_t *)b].auth0_id);
}

static bool order_by_id(a0_flight *flight)
{
    if (flight->by_id == NULL)
        flight->by_id = a0_alloc_array(flight->n, sizeof *flight->by_id);
    if (flight->by_id == NULL)
        return false;
    for (size_t i = 0; i < flight->n; i++)
        flight->by_id[i] = i;
    qsort_r(flight->by_id, flight->n, sizeof *flight->by_id, compare_ids, flight->rows);
    return true;
}

/* By the id, as the file held it: without "auth0|". */
static a0_flight_row *row_by_id(const a0_flight *flight, const char *id)
{
    size_t low = 0, high = flight->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        a0_flight_row *row = &flight->rows[flight->by_id[middle]];
        int order =
            strlen(row->auth0_id) > PREFIX_LEN ? strcmp(row->auth0_id + PREFIX_LEN, id) : -1;
        if (order == 0)
            return row;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static a0_flight_row *row_of(const a0_flight *flight, const a0_row_error *error)
{
    if (*error->user_id != '\0')
        return row_by_id(flight, error->user_id);
    for (size_t i = 0; *error->email != '\0' && i < flight->n; i++) {
        if (a0_ascii_equal_ignoring_case(flight->rows[i].email, error->email))
            return &flight->rows[i];
    }
    return NULL;
}

a0_told a0_flight_row_refused(a0_flight *flight, const a0_row_error *error)
{
    a0_row_judgement judged;
    if (flight->by_id == NULL && !order_by_id(flight))
        return A0_NO_MEMORY;
    a0_flight_row *row = row_of(flight, error);
    if (row == NULL || row->fate != A0_ROW_OPEN) {
        flight->not_ours++;
        return A0_GO_ON;
    }
    flight->in_report++;
    a0_row_judge(error, &judged);
    row->cause = judged.cause;
    if (judged.cause == A0_CAUSE_OPERATOR) {
        row->fate = A0_ROW_AGAIN;
        return A0_STOP;
    }
    if (judged.cause == A0_CAUSE_INVALID)
        return hold(row, judged.reason, judged.detail);
    row->fate = A0_ROW_LOOK;
    row->reason = judged.reason;
    row->username = *error->username != '\0' ? a0_strdup(error->username) : NULL;
    bool kept = *error->username == '\0' || row->username != NULL;
    return kept && say(row, judged.detail) ? A0_GO_ON : A0_NO_MEMORY;
}

static a0_told report_read(a0_flight *flight, uint64_t now_ms)
{
    bool all_told =
        sum_is(flight) && flight->in_report == (size_t)flight->job.failed && flight->not_ours == 0;
    if (flight->job.status == A0_JOB_FAILED && flight->in_report == 0 && flight->n > 1) {
        every_open_row(flight, A0_ROW_AGAIN);
        flight->split = true;
    } else if (flight->job.status == A0_JOB_COMPLETED && all_told) {
        link_made(flight);
    } else {
        every_open_row(flight, A0_ROW_LOOK);
    }
    look_further(flight, now_ms);
    return A0_GO_ON;
}

a0_told a0_flight_reported(a0_flight *flight, auth0db_outcome outcome, const a0_job_report *report,
                           a0_when when)
{
    if (outcome == AUTH0DB_OUTCOME_OK && report->details[0] != '\0')
        memcpy(flight->job.details, report->details, sizeof flight->job.details);
    if (outcome == AUTH0DB_OUTCOME_OK || outcome == AUTH0DB_OUTCOME_NOT_FOUND)
        return report_read(flight, when.now_ms);
    if (outcome != AUTH0DB_OUTCOME_MISCONFIGURED && flight->tries + 1 >= REPORT_TRIES_MAX)
        return report_read(flight, when.now_ms); /* the users themselves will tell */
    return trouble(flight, outcome, when);
}

/* --- looking up ----------------------------------------------------------------------------- */

size_t a0_flight_hint_rows(const a0_flight *flight, size_t *rows, size_t room)
{
    size_t n = 0;
    for (size_t i = 0; i < flight->n && n < room; i++) {
        if (flight->rows[i].fate == A0_ROW_HINT)
            rows[n++] = i;
    }
    return n;
}

a0_told a0_flight_hinted(a0_flight *flight, auth0db_outcome outcome, const size_t *rows, size_t n,
                         const bool *known, a0_when when)
{
    if (auth0db_outcome_is_trouble(outcome))
        return trouble(flight, outcome, when);
    /* A hint is not enough to link, nor, at last, to give up; no search, no hint */
    bool all = outcome != AUTH0DB_OUTCOME_OK || last_try(flight);
    for (size_t i = 0; i < n; i++)
        flight->rows[rows[i]].fate = all || known[i] ? A0_ROW_LOOK : A0_ROW_AGAIN;
    look_further(flight, when.now_ms);
    return A0_GO_ON;
}

/* Somebody is in its way, and it is not said who. */
static bool is_obstructed(const a0_flight_row *row)
{
    return row->cause == A0_CAUSE_TAKEN || row->cause == A0_CAUSE_HALF_CREATED;
}

/* The tenant knows nobody with this id. A code of tomorrow is a no like any other: this look was
 * for whether it is one, and sending the user again would only hear it again. */
static a0_told absent(a0_flight *flight, a0_flight_row *row, bool email_taken)
{
    bool last = last_try(flight);
    char detail[sizeof((a0_row_judgement *)NULL)->detail];
    if (row->text != NULL)
        snprintf(detail, sizeof detail, "%s", row->text);
    else if (flight->job.details[0] != '\0')
        snprintf(detail, sizeof detail, "%s", flight->job.details);
    else
        snprintf(detail, sizeof detail, "the tenant gives no reason");
    if (email_taken || row->cause == A0_CAUSE_EMAIL_TAKEN)
        return hold(row, AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT, detail);
    if (row->cause == A0_CAUSE_NAME_TAKEN)
        return hold(row, AUTH0DB_HOLDOUT_USERNAME_TAKEN, detail);
    if (row->cause == A0_CAUSE_UNKNOWN || row->cause == A0_CAUSE_TWICE)
        return hold(row, row->reason, detail);
    if (last && is_obstructed(row))
        return hold(row, AUTH0DB_HOLDOUT_HALF_CREATED, detail);
    bool failed_alone = flight->job.status == A0_JOB_FAILED && flight->n == 1;
    if (failed_alone ? !flight->doubtful : last)
        return hold(row, AUTH0DB_HOLDOUT_TENANT_REFUSED, detail);
    row->fate = A0_ROW_AGAIN;
    return A0_GO_ON;
}

/* Made from this very user (join rule (a)): its id, and the e-mail that was sent. */
static a0_told present(a0_flight_row *row, const auth0db_tenant_user *user)
{
    bool ours = strcmp(user->user_id, row->auth0_id) == 0 &&
                a0_ascii_equal_ignoring_case(user->email, row->email);
    if (!ours)
        return hold(row, AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT,
                    "the tenant has its id with another e-mail");
    row->fate = A0_ROW_LINK;
    row->without_mfa = row->cause == A0_CAUSE_MFA;
    row->blocked |= user->blocked;
    return say(row, user->last_password_reset) ? A0_GO_ON : A0_NO_MEMORY;
}

a0_told a0_flight_looked(a0_flight *flight, auth0db_outcome outcome,
                         const auth0db_tenant_user *user, a0_when when)
{
    a0_flight_row *row = &flight->rows[flight->look];
    a0_told told = A0_GO_ON;
    if (outcome == AUTH0DB_OUTCOME_OK)
        told = present(row, user);
    else if (outcome != AUTH0DB_OUTCOME_NOT_FOUND)
        return trouble(flight, outcome, when);
    else if (is_obstructed(row) || (row->cause == A0_CAUSE_NONE && last_try(flight)))
        row->fate = A0_ROW_LOOK_EMAIL;
    else
        told = absent(flight, row, false);
    look_further(flight, when.now_ms);
    return told;
}

a0_told a0_flight_looked_email(a0_flight *flight, auth0db_outcome outcome, bool somebody,
                               a0_when when)
{
    if (outcome != AUTH0DB_OUTCOME_OK && outcome != AUTH0DB_OUTCOME_NOT_FOUND)
        return trouble(flight, outcome, when);
    a0_flight_row *row = &flight->rows[flight->look];
    bool taken = outcome == AUTH0DB_OUTCOME_OK && somebody;
    a0_told told = A0_GO_ON;
    if (!taken && row->username != NULL && is_obstructed(row))
        row->fate = A0_ROW_LOOK_NAME;
    else
        told = absent(flight, row, taken);
    look_further(flight, when.now_ms);
    return told;
}

a0_told a0_flight_looked_name(a0_flight *flight, auth0db_outcome outcome, bool somebody,
                              a0_when when)
{
    if (auth0db_outcome_is_trouble(outcome))
        return trouble(flight, outcome, when);
    a0_flight_row *row = &flight->rows[flight->look];
    if (outcome == AUTH0DB_OUTCOME_OK && somebody)
        row->cause = A0_CAUSE_NAME_TAKEN;
    a0_told told = absent(flight, row, false);
    look_further(flight, when.now_ms);
    return told;
}
