/* What is due for a batch, and what each answer makes of its rows. Which batch has its turn is
 * scheduler.c's, the requests are step.c's. A row that the tenant has not spoken of stays OPEN, and
 * whoever is OPEN at the end is looked up: nobody is linked on a guess. */
#include "bulk/batch/job_state.h"

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

bool a0_job_state_init(a0_job_state *state, size_t n)
{
    *state = (a0_job_state){.rows = a0_alloc_array(n, sizeof *state->rows), .n = n};
    if (state->rows == NULL)
        state->n = 0;
    return state->rows != NULL;
}

void a0_job_state_clear(a0_job_state *state)
{
    for (size_t i = 0; i < state->n; i++) {
        a0_free((char *)state->rows[i].key);
        a0_free(state->rows[i].text);
        a0_free(state->rows[i].username);
    }
    a0_free(state->rows);
    a0_free(state->by_id);
    *state = (a0_job_state){.due = A0_DUE_NOTHING};
}

bool a0_job_state_set_row(a0_job_state *state, size_t i, const a0_batch_row *row)
{
    a0_batch_row *own = &state->rows[i];
    const char *const texts[] = {row->key,         row->auth0_id,       row->email,
                                 row->sync_digest, row->holdout_digest, row->site_name};
    const char **const places[] = {&own->key,         &own->auth0_id,       &own->email,
                                   &own->sync_digest, &own->holdout_digest, &own->site_name};
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

static bool say(a0_batch_row *row, const char *text)
{
    a0_free(row->text);
    row->text = *text != '\0' ? a0_strdup(text) : NULL;
    return *text == '\0' || row->text != NULL;
}

static a0_step_result hold(a0_batch_row *row, auth0db_holdout reason, const char *detail)
{
    row->disposition = A0_ROW_HOLD;
    row->reason = reason;
    return say(row, detail) ? A0_GO_ON : A0_NO_MEMORY;
}

/* A row that was judged stays judged: what comes later is said of those that nobody has spoken
 * of. */
static void every_open_row(a0_job_state *state, a0_row_disposition disposition)
{
    for (size_t i = 0; i < state->n; i++) {
        if (state->rows[i].disposition == A0_ROW_OPEN)
            state->rows[i].disposition = disposition;
    }
}

/* --- what is due ---------------------------------------------------------------------------- */

/* Each request has its own patience: trouble with one says nothing of how long the next may
 * take. */
static void now_due(a0_job_state *state, a0_job_due due, uint64_t now_ms)
{
    state->due = due;
    state->due_ms = now_ms;
    state->tries = 0;
    state->trouble_since_ms = 0;
}

static uint64_t spread(const a0_job_state *state, uint64_t ms)
{
    return ms + ms * state->spread / 2048; /* up to an eighth more */
}

static uint64_t pause_of(const a0_job_state *state, unsigned pause_ms)
{
    unsigned tries = state->tries < 5 ? state->tries : 5;
    uint64_t wait = (uint64_t)WAIT_FIRST_MS << tries;
    if (wait > WAIT_MAX_MS)
        wait = WAIT_MAX_MS;
    return spread(state, wait > pause_ms ? wait : pause_ms);
}

static void try_later(a0_job_state *state, a0_when when)
{
    state->due_ms = when.now_ms + pause_of(state, when.pause_ms);
    state->tries++;
}

/* Trouble that lasts ends the run: nothing is lost, and the operator learns of it. */
static a0_step_result trouble(a0_job_state *state, auth0db_outcome outcome, a0_when when)
{
    /* Waiting repairs no setting; whoever runs the import must. */
    if (outcome == AUTH0DB_OUTCOME_MISCONFIGURED)
        return A0_STOP;
    /* A zero means no trouble, and the clock may stand at zero. */
    if (state->trouble_since_ms == 0)
        state->trouble_since_ms = when.now_ms > 0 ? when.now_ms : 1;
    try_later(state, when);
    return when.now_ms - state->trouble_since_ms < A0_JOB_TROUBLE_MS ? A0_GO_ON : A0_STOP;
}

/* The next row that somebody must be asked about; none: the end. */
static void look_further(a0_job_state *state, uint64_t now_ms)
{
    /* Hints for all rows before the first lookup: one search is worth fifty lookups. */
    for (state->look = 0; state->look < state->n; state->look++) {
        if (state->rows[state->look].disposition == A0_ROW_HINT) {
            now_due(state, A0_DUE_HINT, now_ms);
            return;
        }
    }
    for (state->look = 0; state->look < state->n; state->look++) {
        a0_row_disposition disposition = state->rows[state->look].disposition;
        if (disposition == A0_ROW_LOOK || disposition == A0_ROW_LOOK_EMAIL ||
            disposition == A0_ROW_LOOK_NAME) {
            now_due(state, A0_DUE_LOOK, now_ms);
            return;
        }
    }
    now_due(state, A0_DUE_SETTLE, now_ms);
}

static void next_poll(a0_job_state *state, uint64_t now_ms)
{
    uint64_t elapsed = now_ms - state->submitted_ms, typical = state->typical_ms, wait;
    /* Not asked before it can be over, then often around the usual end: each request is taken from
     * the rate limit that the other jobs, and the site's logins, live on. */
    if (typical > 0 && elapsed < typical * 15 / 16)
        wait = typical * 15 / 16 - elapsed;
    else if (typical > 0)
        wait =
            typical / 256 + elapsed / 256 + state->tries * 20; /* a slot waits as long, at most */
    else
        wait = POLL_FIRST_MS + elapsed / 8;
    if (wait < POLL_FIRST_MS)
        wait = POLL_FIRST_MS;
    state->due_ms = now_ms + spread(state, wait < WAIT_MAX_MS ? wait : WAIT_MAX_MS);
    state->tries++;
}

bool a0_job_state_is_live(const a0_job_state *state)
{
    return state->due == A0_DUE_POLL;
}

void a0_job_state_settled(a0_job_state *state)
{
    state->due = A0_DUE_NOTHING;
}

void a0_job_state_give_up(a0_job_state *state, uint64_t now_ms)
{
    for (size_t i = 0; i < state->n; i++)
        state->rows[i].disposition = A0_ROW_FREE;
    now_due(state, A0_DUE_SETTLE, now_ms);
}

/* A user whom the tenant neither takes nor refuses would else be sent for ever. */
static bool last_try(const a0_job_state *state)
{
    return state->attempt + 1 >= A0_JOB_TRIES_MAX;
}

/* --- found on record ------------------------------------------------------------------------ */

void a0_job_state_resume_job(a0_job_state *state, const char *job_id, uint64_t age_ms,
                             uint64_t now_ms)
{
    snprintf(state->job_id, sizeof state->job_id, "%s", job_id);
    state->sent = true;
    /* The clock that never runs backwards begins at a start of the machine, perhaps after the job
     * did. */
    state->submitted_ms = now_ms > age_ms ? now_ms - age_ms : 0;
    state->ends_ms = state->submitted_ms + A0_JOB_ENDS_MS;
    now_due(state, A0_DUE_POLL, now_ms);
}

void a0_job_state_resume_unsent(a0_job_state *state, uint64_t now_ms)
{
    state->sent = true;
    /* The search may lag behind (facts/auth0.md), so it only says who is worth a lookup; nobody is
     * linked on its word. */
    every_open_row(state, A0_ROW_HINT);
    look_further(state, now_ms);
}

void a0_job_state_look_up_all(a0_job_state *state, uint64_t now_ms)
{
    state->sent = true;
    /* Without a hint before: whom the search does not show yet would be freed here, though the
     * tenant has the user. */
    every_open_row(state, A0_ROW_LOOK);
    look_further(state, now_ms);
}

/* --- the submission ------------------------------------------------------------------------- */

/* The tenant takes no such file: perhaps it is one row, so it is looked for by halves. */
static a0_step_result refused_whole(a0_job_state *state, auth0db_holdout reason, const char *why,
                                    uint64_t now_ms)
{
    a0_step_result told = A0_GO_ON;
    if (state->n == 1) {
        told = hold(&state->rows[0], reason, why);
    } else {
        every_open_row(state, A0_ROW_AGAIN);
        state->split = true;
    }
    now_due(state, A0_DUE_SETTLE, now_ms);
    return told;
}

static void accepted(a0_job_state *state, const a0_job *job, uint64_t now_ms)
{
    state->job = *job;
    memcpy(state->job_id, job->id, sizeof state->job_id);
    state->sent = true;
    state->submitted_ms = now_ms;
    state->ends_ms = now_ms + A0_JOB_ENDS_MS;
    now_due(state, A0_DUE_POLL, now_ms);
    next_poll(state, now_ms);
}

a0_step_result a0_job_state_submitted(a0_job_state *state, a0_submission what, const a0_job *job,
                                      a0_when when)
{
    a0_step_result told = A0_GO_ON;
    state->waits_for_slot = what == A0_SUBMIT_SLOTS_FULL;
    switch (what) {
    case A0_SUBMIT_ACCEPTED:
        accepted(state, job, when.now_ms);
        break;
    case A0_SUBMIT_SLOTS_FULL: /* somebody's jobs are running, and will end: no trouble */
        state->trouble_since_ms = 0;
        try_later(state, (a0_when){.now_ms = when.now_ms});
        break;
    case A0_SUBMIT_THROTTLED:
        told = trouble(state, AUTH0DB_OUTCOME_THROTTLED, when);
        break;
    case A0_SUBMIT_TOO_LARGE:
        told = refused_whole(state, AUTH0DB_HOLDOUT_TOO_LARGE, "the tenant takes no such file",
                             when.now_ms);
        break;
    case A0_SUBMIT_REFUSED:
        told = refused_whole(state, AUTH0DB_HOLDOUT_TENANT_REFUSED,
                             "the tenant takes no file with this user", when.now_ms);
        break;
    case A0_SUBMIT_MISCONFIGURED:
        told = A0_STOP;
        break;
    case A0_SUBMIT_NOT_SENT:
        told = trouble(state, AUTH0DB_OUTCOME_UNAVAILABLE, when);
        break;
    case A0_SUBMIT_LOST: /* submitting again is harmless: the same users have the same ids */
        state->sent = true;
        told =
            ++state->lost < LOST_MAX ? trouble(state, AUTH0DB_OUTCOME_UNAVAILABLE, when) : A0_STOP;
        break;
    }
    return told;
}

/* --- the job -------------------------------------------------------------------------------- */

/* A name that somebody typed may be that of another file's job. An update means that the user was
 * there before, perhaps with another hash. */
static bool sum_is(const a0_job_state *state)
{
    const a0_job *job = &state->job;
    return !state->by_hand && job->has_summary && job->updated == 0 && job->inserted >= 0 &&
           job->failed >= 0 && (size_t)job->inserted + (size_t)job->failed == state->n;
}

static void link_made(a0_job_state *state)
{
    for (size_t i = 0; i < state->n; i++) {
        if (state->rows[i].disposition == A0_ROW_OPEN) {
            state->rows[i].disposition = A0_ROW_LINK;
            state->rows[i].made_now = true;
        }
    }
}

/* The job is gone, or never ends: only the tenant's users can still tell what became of them. */
static void no_word(a0_job_state *state, uint64_t now_ms)
{
    every_open_row(state, A0_ROW_HINT);
    look_further(state, now_ms);
}

a0_step_result a0_job_state_polled(a0_job_state *state, auth0db_outcome outcome, const a0_job *job,
                                   a0_when when)
{
    if (outcome == AUTH0DB_OUTCOME_OK) {
        state->job = *job;
        state->trouble_since_ms = 0;
    }
    if (outcome == AUTH0DB_OUTCOME_OK && job->status != A0_JOB_RUNNING) {
        /* Everybody is linked without a look only where the tenant accounts for each of them. A
         * summary that does not add up, one that is missing, or an update of somebody who was
         * there: the report, and lookups, decide. */
        bool clean = job->status == A0_JOB_COMPLETED && sum_is(state) && job->failed == 0;
        if (clean)
            link_made(state);
        now_due(state, clean ? A0_DUE_SETTLE : A0_DUE_REPORT, when.now_ms);
    } else if (outcome == AUTH0DB_OUTCOME_NOT_FOUND ||
               (outcome != AUTH0DB_OUTCOME_MISCONFIGURED && when.now_ms >= state->ends_ms)) {
        no_word(state, when.now_ms);
    } else if (outcome == AUTH0DB_OUTCOME_OK) {
        next_poll(state, when.now_ms);
    } else {
        return trouble(state, outcome, when);
    }
    return A0_GO_ON;
}

/* --- the report ----------------------------------------------------------------------------- */

static int compare_ids(const void *a, const void *b, void *ctx)
{
    const a0_batch_row *rows = ctx;
    return strcmp(rows[*(const size_t *)a].auth0_id, rows[*(const size_t *)b].auth0_id);
}

static bool order_by_id(a0_job_state *state)
{
    if (state->by_id == NULL)
        state->by_id = a0_alloc_array(state->n, sizeof *state->by_id);
    if (state->by_id == NULL)
        return false;
    for (size_t i = 0; i < state->n; i++)
        state->by_id[i] = i;
    qsort_r(state->by_id, state->n, sizeof *state->by_id, compare_ids, state->rows);
    return true;
}

/* By the id, as the file held it: without "auth0|". */
static a0_batch_row *row_by_id(const a0_job_state *state, const char *id)
{
    size_t low = 0, high = state->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        a0_batch_row *row = &state->rows[state->by_id[middle]];
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

/* The id is the file's own and decides where it is told. An e-mail only stands in where it is
 * missing. */
static a0_batch_row *row_of(const a0_job_state *state, const a0_row_error *error)
{
    if (*error->user_id != '\0')
        return row_by_id(state, error->user_id);
    for (size_t i = 0; *error->email != '\0' && i < state->n; i++) {
        if (a0_ascii_equal_ignoring_case(state->rows[i].email, error->email))
            return &state->rows[i];
    }
    return NULL;
}

a0_step_result a0_job_state_row_refused(a0_job_state *state, const a0_row_error *error)
{
    a0_row_judgement judged;
    if (state->by_id == NULL && !order_by_id(state))
        return A0_NO_MEMORY;
    a0_batch_row *row = row_of(state, error);
    /* A row that belongs to none of ours, or to one twice, may be about anybody: then the sum does
     * not come out, and the others are looked up instead of linked. */
    if (row == NULL || row->disposition != A0_ROW_OPEN) {
        state->not_ours++;
        return A0_GO_ON;
    }
    state->in_report++;
    a0_row_judge(error, &judged);
    row->cause = judged.cause;
    /* Nobody's row would have passed, so the run ends and nobody is held back. */
    if (judged.cause == A0_CAUSE_OPERATOR) {
        row->disposition = A0_ROW_AGAIN;
        return A0_STOP;
    }
    if (judged.cause == A0_CAUSE_INVALID)
        return hold(row, judged.reason, judged.detail);
    /* All other refusals are about who exists. The look shows whether that is this very user, made
     * by a job whose answer was lost. */
    row->disposition = A0_ROW_LOOK;
    row->reason = judged.reason;
    row->username = *error->username != '\0' ? a0_strdup(error->username) : NULL;
    bool kept = *error->username == '\0' || row->username != NULL;
    return kept && say(row, judged.detail) ? A0_GO_ON : A0_NO_MEMORY;
}

/* A job that failed without naming a row is halved. Where all refusals are told, and their number
 * is that of the summary, the others were made. In between nobody knows, and everybody is looked
 * up. */
static a0_step_result report_read(a0_job_state *state, uint64_t now_ms)
{
    bool all_told =
        sum_is(state) && state->in_report == (size_t)state->job.failed && state->not_ours == 0;
    if (state->job.status == A0_JOB_FAILED && state->in_report == 0 && state->n > 1) {
        every_open_row(state, A0_ROW_AGAIN);
        state->split = true;
    } else if (state->job.status == A0_JOB_COMPLETED && all_told) {
        link_made(state);
    } else {
        every_open_row(state, A0_ROW_LOOK);
    }
    look_further(state, now_ms);
    return A0_GO_ON;
}

a0_step_result a0_job_state_reported(a0_job_state *state, auth0db_outcome outcome,
                                     const a0_job_report *report, a0_when when)
{
    if (outcome == AUTH0DB_OUTCOME_OK && report->details[0] != '\0')
        memcpy(state->job.details, report->details, sizeof state->job.details);
    if (outcome == AUTH0DB_OUTCOME_OK || outcome == AUTH0DB_OUTCOME_NOT_FOUND)
        return report_read(state, when.now_ms);
    if (outcome != AUTH0DB_OUTCOME_MISCONFIGURED && state->tries + 1 >= REPORT_TRIES_MAX)
        return report_read(state, when.now_ms); /* the users themselves will tell */
    return trouble(state, outcome, when);
}

/* --- looking up ----------------------------------------------------------------------------- */

size_t a0_job_state_hint_rows(const a0_job_state *state, size_t *rows, size_t room)
{
    size_t n = 0;
    for (size_t i = 0; i < state->n && n < room; i++) {
        if (state->rows[i].disposition == A0_ROW_HINT)
            rows[n++] = i;
    }
    return n;
}

a0_step_result a0_job_state_hinted(a0_job_state *state, auth0db_outcome outcome, const size_t *rows,
                                   size_t n, const bool *known, a0_when when)
{
    if (auth0db_outcome_is_trouble(outcome))
        return trouble(state, outcome, when);
    /* A hint is not enough to link, nor, at last, to give up; no search, no hint */
    bool all = outcome != AUTH0DB_OUTCOME_OK || last_try(state);
    for (size_t i = 0; i < n; i++)
        state->rows[rows[i]].disposition = all || known[i] ? A0_ROW_LOOK : A0_ROW_AGAIN;
    look_further(state, when.now_ms);
    return A0_GO_ON;
}

/* Somebody is in its way, and it is not said who. */
static bool is_obstructed(const a0_batch_row *row)
{
    return row->cause == A0_CAUSE_TAKEN || row->cause == A0_CAUSE_HALF_CREATED;
}

/* The tenant knows nobody with this id. A code of tomorrow is a no like any other: this look was
 * for whether it is one, and sending the user again would only hear it again. */
static a0_step_result absent(a0_job_state *state, a0_batch_row *row, bool email_taken)
{
    bool last = last_try(state);
    char detail[sizeof((a0_row_judgement *)NULL)->detail];
    if (row->text != NULL)
        snprintf(detail, sizeof detail, "%s", row->text);
    else if (state->job.details[0] != '\0')
        snprintf(detail, sizeof detail, "%s", state->job.details);
    else
        snprintf(detail, sizeof detail, "the tenant gives no reason");
    /* From what was found to what is only concluded: somebody else's account, then the tenant's own
     * word, then that something stands in the way which no look has found. */
    if (email_taken || row->cause == A0_CAUSE_EMAIL_TAKEN)
        return hold(row, AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT, detail);
    if (row->cause == A0_CAUSE_NAME_TAKEN)
        return hold(row, AUTH0DB_HOLDOUT_USERNAME_TAKEN, detail);
    if (row->cause == A0_CAUSE_UNKNOWN || row->cause == A0_CAUSE_TWICE)
        return hold(row, row->reason, detail);
    if (last && is_obstructed(row))
        return hold(row, AUTH0DB_HOLDOUT_HALF_CREATED, detail);
    /* A file of one user that fails is that user's fault, unless no job was ever completed: then it
     * is the tenant that fails, and nobody is held back for it. */
    bool failed_alone = state->job.status == A0_JOB_FAILED && state->n == 1;
    if (failed_alone ? !state->doubtful : last)
        return hold(row, AUTH0DB_HOLDOUT_TENANT_REFUSED, detail);
    row->disposition = A0_ROW_AGAIN;
    return A0_GO_ON;
}

/* Made from this very user (join rule (a)): its id, and the e-mail that was sent. */
static a0_step_result present(a0_batch_row *row, const auth0db_tenant_user *user)
{
    bool ours = strcmp(user->user_id, row->auth0_id) == 0 &&
                a0_ascii_equal_ignoring_case(user->email, row->email);
    if (!ours)
        return hold(row, AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT,
                    "the tenant has its id with another e-mail");
    row->disposition = A0_ROW_LINK;
    row->without_mfa = row->cause == A0_CAUSE_MFA;
    /* S1: a block that the look has shown must hold in an outage as well. */
    row->blocked |= user->blocked;
    return say(row, user->last_password_reset) ? A0_GO_ON : A0_NO_MEMORY;
}

/* The e-mail is asked after only where something stands in the way, or where three tries told
 * nothing: it costs a request of its own. */
a0_step_result a0_job_state_looked(a0_job_state *state, auth0db_outcome outcome,
                                   const auth0db_tenant_user *user, a0_when when)
{
    a0_batch_row *row = &state->rows[state->look];
    a0_step_result told = A0_GO_ON;
    if (outcome == AUTH0DB_OUTCOME_OK)
        told = present(row, user);
    else if (outcome != AUTH0DB_OUTCOME_NOT_FOUND)
        return trouble(state, outcome, when);
    else if (is_obstructed(row) || (row->cause == A0_CAUSE_NONE && last_try(state)))
        row->disposition = A0_ROW_LOOK_EMAIL;
    else
        told = absent(state, row, false);
    look_further(state, when.now_ms);
    return told;
}

a0_step_result a0_job_state_looked_email(a0_job_state *state, auth0db_outcome outcome,
                                         bool somebody, a0_when when)
{
    if (outcome != AUTH0DB_OUTCOME_OK && outcome != AUTH0DB_OUTCOME_NOT_FOUND)
        return trouble(state, outcome, when);
    a0_batch_row *row = &state->rows[state->look];
    /* The user name is asked for last: only the tenant's search can tell, and it may lag behind. */
    bool taken = outcome == AUTH0DB_OUTCOME_OK && somebody;
    a0_step_result told = A0_GO_ON;
    if (!taken && row->username != NULL && is_obstructed(row))
        row->disposition = A0_ROW_LOOK_NAME;
    else
        told = absent(state, row, taken);
    look_further(state, when.now_ms);
    return told;
}

a0_step_result a0_job_state_looked_name(a0_job_state *state, auth0db_outcome outcome, bool somebody,
                                        a0_when when)
{
    if (auth0db_outcome_is_trouble(outcome))
        return trouble(state, outcome, when);
    a0_batch_row *row = &state->rows[state->look];
    if (outcome == AUTH0DB_OUTCOME_OK && somebody)
        row->cause = A0_CAUSE_NAME_TAKEN;
    a0_step_result told = absent(state, row, false);
    look_further(state, when.now_ms);
    return told;
}
