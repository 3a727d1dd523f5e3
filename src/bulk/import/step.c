/* What is due for a batch, done: requests to the tenant, and the end on record. What an answer
 * means is decided in batch/job_state.c. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "bulk/import/import_int.h"
#include "link/outcomes.h"

static a0_when now(a0_run *run)
{
    return (a0_when){.now_ms = a0_run_now_ms(run),
                     .pause_ms = a0_client_pause_ms(run->bulk->client)};
}

/* What a batch was told may end the run; the request's own error then says why. */
static int judge(a0_step_result told, const auth0db_error *cause, auth0db_error *err)
{
    if (told == A0_GO_ON)
        return AUTH0DB_OK;
    if (told == A0_NO_MEMORY)
        return a0_error_no_memory(err);
    auth0db_code code = cause->code != AUTH0DB_OK ? cause->code : AUTH0DB_ERR_REMOTE;
    return a0_error_set(err, code, cause->where, "%s", cause->message);
}

/* A wait of ours that somebody should know of. Short waits are told to nobody: they are the usual
 * pace. */
static int emit_wait(a0_run *run, const a0_job_state *state, const char *why, const char *message,
                     auth0db_error *err)
{
    uint64_t now_ms = a0_run_now_ms(run);
    if (state->due_ms < now_ms + 2000)
        return AUTH0DB_OK;
    return a0_bulk_event(run->bulk,
                         json_pack("{s:s, s:I, s:s, s:s}", "event", "wait", "seconds",
                                   (json_int_t)((state->due_ms - now_ms + 999) / 1000), "why", why,
                                   "message", message),
                         err);
}

static int emit_trouble(a0_run *run, const a0_job_state *state, auth0db_outcome outcome,
                        const auth0db_error *cause, auth0db_error *err)
{
    if (!auth0db_outcome_is_trouble(outcome))
        return AUTH0DB_OK;
    bool limit = outcome == AUTH0DB_OUTCOME_THROTTLED;
    return emit_wait(run, state, limit ? "rate-limit" : "tenant-trouble", cause->message, err);
}

/* --- submitting ------------------------------------------------------------------------------ */

static int record_job(a0_run *run, a0_open_batch *open_batch, auth0db_error *err)
{
    a0_batch *record = &open_batch->record;
    snprintf(record->status, sizeof record->status, "submitted");
    snprintf(record->job_id, sizeof record->job_id, "%s", open_batch->state.job_id);
    record->submitted = record->seen = a0_run_now_us(run);
    run->counts.jobs++;
    if (open_batch->state.lost > 0)
        snprintf(record->detail, sizeof record->detail, "%s", A0_DETAIL_LOST);
    /* STATE: this process slept so long that another took the batch for its own. Both will come to
     * the same end, and the second finds it settled. */
    int rc = a0_store_batch_update(run->bulk->store, record, run->owner, err);
    if (rc != AUTH0DB_OK && rc != AUTH0DB_ERR_STATE)
        return rc;
    /* The tenant has the hashes and the record has the job: from here on nothing needs them. */
    a0_batch_buffer_free(open_batch->buffer);
    open_batch->buffer = NULL;
    return a0_run_batch_event(run, record, NULL, err);
}

static int submit(a0_run *run, a0_open_batch *open_batch, auth0db_error *err)
{
    a0_job_state *state = &open_batch->state;
    a0_slice json = a0_batch_buffer_json(open_batch->buffer);
    const a0_import import = {.connection_id = run->tenant.connection.id,
                              .external_id = open_batch->record.external_id,
                              .users = json.data,
                              .len = json.len};
    a0_job job;
    auth0db_error cause = {0};
    a0_submission what = a0_job_submit(run->bulk->client, &import, A0_SUBMIT_MS, &job, &cause);
    int rc =
        judge(a0_scheduler_submitted(&run->scheduler, state, what, &job, now(run)), &cause, err);
    if (rc != AUTH0DB_OK)
        return rc;
    switch (what) {
    case A0_SUBMIT_ACCEPTED:
        return record_job(run, open_batch, err);
    case A0_SUBMIT_SLOTS_FULL:
        return emit_wait(run, state, "jobs-full", "the tenant runs as many jobs as it takes", err);
    case A0_SUBMIT_THROTTLED:
        return emit_wait(run, state, "rate-limit", cause.message, err);
    case A0_SUBMIT_NOT_SENT:
    case A0_SUBMIT_LOST:
        return emit_wait(run, state, "tenant-trouble", cause.message, err);
    default:
        return AUTH0DB_OK;
    }
}

/* --- asking after it ------------------------------------------------------------------------- */

static int ask(a0_run *run, a0_open_batch *open_batch, auth0db_error *err)
{
    a0_job_state *state = &open_batch->state;
    a0_job job;
    auth0db_error cause = {0};
    auth0db_outcome outcome =
        a0_job_get(run->bulk->client, state->job_id, A0_READ_MS, &job, &cause);
    a0_step_result told = a0_scheduler_polled(&run->scheduler, state, outcome, &job, now(run));
    if (told == A0_STOP && outcome == AUTH0DB_OUTCOME_OK)
        a0_error_set(&cause, AUTH0DB_ERR_REMOTE, "job", "the tenant fails every job: %.200s",
                     job.details[0] != '\0' ? job.details : "it does not say why");
    int rc = judge(told, &cause, err);
    return rc == AUTH0DB_OK ? emit_trouble(run, state, outcome, &cause, err) : rc;
}

typedef struct reading {
    a0_job_state *state;
    a0_step_result told;
    auth0db_error cause;
} reading;

static bool read_refusal(void *ctx, const a0_row_error *row)
{
    reading *work = ctx;
    work->told = a0_job_state_row_refused(work->state, row);
    if (work->told == A0_STOP)
        a0_error_set(&work->cause, AUTH0DB_ERR_REMOTE, "job", "%s: %s", row->causes[0].code,
                     row->causes[0].message);
    return work->told == A0_GO_ON;
}

/* The rows are judged while the report is being read, since a report may name every user of the
 * batch. An error that one of them shows counts before the request's own. */
static int read_report(a0_run *run, a0_open_batch *open_batch, auth0db_error *err)
{
    a0_job_state *state = &open_batch->state;
    reading work = {.state = state};
    a0_job_report report;
    auth0db_error cause = {0};
    auth0db_outcome outcome = a0_job_errors(run->bulk->client, state->job_id, A0_SUBMIT_MS,
                                            read_refusal, &work, &report, &cause);
    if (work.told != A0_GO_ON)
        return judge(work.told, &work.cause, err);
    int rc = judge(a0_job_state_reported(state, outcome, &report, now(run)), &cause, err);
    return rc == AUTH0DB_OK ? emit_trouble(run, state, outcome, &cause, err) : rc;
}

/* --- looking up ------------------------------------------------------------------------------ */

typedef struct hints {
    const char *ids[A0_USERS_BY_IDS_MAX];
    bool known[A0_USERS_BY_IDS_MAX];
    size_t n;
} hints;

/* The answer may name fewer users, in any order. */
static void note_known(void *ctx, const auth0db_tenant_user *user)
{
    hints *found = ctx;
    for (size_t i = 0; i < found->n; i++)
        found->known[i] |= strcmp(found->ids[i], user->user_id) == 0;
}

static int ask_hints(a0_run *run, a0_open_batch *open_batch, auth0db_error *err)
{
    a0_job_state *state = &open_batch->state;
    size_t rows[A0_USERS_BY_IDS_MAX];
    hints found = {.n = a0_job_state_hint_rows(state, rows, A0_USERS_BY_IDS_MAX)};
    auth0db_error cause = {0};
    for (size_t i = 0; i < found.n; i++)
        found.ids[i] = state->rows[rows[i]].auth0_id;
    auth0db_outcome outcome = a0_users_by_ids(run->bulk->client, found.ids, found.n, A0_LOOK_MS,
                                              note_known, &found, &cause);
    int rc = judge(a0_job_state_hinted(state, outcome, rows, found.n, found.known, now(run)),
                   &cause, err);
    return rc == AUTH0DB_OK ? emit_trouble(run, state, outcome, &cause, err) : rc;
}

static int look(a0_run *run, a0_open_batch *open_batch, auth0db_error *err)
{
    a0_job_state *state = &open_batch->state;
    const a0_batch_row *row = &state->rows[state->look];
    auth0db_tenant_user user;
    auth0db_error cause = {0};
    auth0db_outcome outcome;
    a0_step_result told;
    if (row->disposition == A0_ROW_LOOK_EMAIL) {
        size_t n = 1;
        outcome = auth0db_client_users_by_email(run->bulk->client, row->email, A0_LOOK_MS, &user,
                                                &n, &cause);
        told = a0_job_state_looked_email(state, outcome, n > 0, now(run));
    } else if (row->disposition == A0_ROW_LOOK_NAME) {
        bool somebody = false;
        outcome =
            a0_username_taken(run->bulk->client, row->username, A0_LOOK_MS, &somebody, &cause);
        told = a0_job_state_looked_name(state, outcome, somebody, now(run));
    } else {
        outcome =
            auth0db_client_user_get(run->bulk->client, row->auth0_id, A0_LOOK_MS, &user, &cause);
        told = a0_job_state_looked(state, outcome, &user, now(run));
    }
    int rc = judge(told, &cause, err);
    return rc == AUTH0DB_OK ? emit_trouble(run, state, outcome, &cause, err) : rc;
}

/* --- the end --------------------------------------------------------------------------------- */

/* Also remembered is what an outage must not open: S1. */
static const char *word_of(const a0_batch_row *row)
{
    if (row->blocked)
        return a0_meaning_of(AUTH0DB_OUTCOME_BLOCKED)->word;
    return row->factors && !row->without_mfa ? a0_meaning_of(AUTH0DB_OUTCOME_MFA_REQUIRED)->word
                                             : NULL;
}

/* A link says what is certain of both passwords.
 *
 * Made by this very job: the tenant has the hash that was sent and was never changed there, so the
 * two were in step with that hash (the sync digest) at that mark, which is "".
 *
 * Found there: it was made earlier, by a job whose answer was lost or by a login, with a password
 * that nobody knows any more. If the tenant has no mark its password came from this site, whose own
 * is the same or newer: never in step (""), so that the next login finds out, and pushes only what
 * is newer. If it has one it was changed there since, and the tenant rules: in step with what was
 * sent, at a mark that nobody has seen then ("?"). Should the site's password have changed
 * meanwhile, too, nobody can tell which is newer, and nothing is pushed. */
static void link_row(const a0_batch_row *row, a0_settlement *out)
{
    const char *mark = row->text != NULL ? row->text : "";
    out->what = A0_SETTLE_LINK;
    out->auth0_id = row->auth0_id;
    out->email = row->email;
    out->lane = auth0db_lane_name(AUTH0DB_LANE_BULK);
    out->sync_digest = row->made_now || *mark != '\0' ? row->sync_digest : "";
    out->tenant_mark = row->made_now || *mark == '\0' ? "" : A0_MARK_UNKNOWN;
    out->word = word_of(row);
    out->tenant_username = row->made_now ? row->site_name : "";
    out->hash_digest = row->holdout_digest; /* should it turn out to be another user's */
}

/* What is neither linked nor held back is free again, and read anew by the next page or run. */
static void settle_row(const a0_batch_row *row, a0_settlement *out, a0_batch *record)
{
    *out = (a0_settlement){.key = row->key, .what = A0_SETTLE_RELEASE};
    if (row->disposition == A0_ROW_LINK) {
        link_row(row, out);
        record->linked++;
    } else if (row->disposition == A0_ROW_HOLD) {
        out->what = A0_SETTLE_HOLD;
        out->reason = auth0db_holdout_name(row->reason);
        out->detail = row->text != NULL ? row->text : "";
        out->hash_digest = row->holdout_digest;
        record->held++;
    } else {
        record->released++;
    }
}

/* Read from a claim, which says nothing of the rest. */
static bool is_incomplete(const a0_batch_row *row)
{
    return (row->disposition == A0_ROW_HOLD || row->disposition == A0_ROW_LINK) &&
           *row->holdout_digest == '\0';
}

/* The hash may be another process's: a holdout is recorded for what the user is now, if that is
 * still what was sent. Nobody knows whether that process has sent the factors: perhaps. */
static int complete_row(void *ctx, const a0_record *record, auth0db_error *err)
{
    a0_job_state *state = ctx;
    for (size_t i = 0; i < state->n; i++) {
        a0_batch_row *row = &state->rows[i];
        char sync[AUTH0DB_FINGERPRINT_SIZE], hold[AUTH0DB_FINGERPRINT_SIZE];
        const char *encoded = record->password.data;
        if (!is_incomplete(row) || strlen(row->key) != record->key.len ||
            memcmp(row->key, record->key.data, record->key.len) != 0)
            continue;
        row->blocked |= !record->active;
        row->factors |= record->n_mfa > 0;
        if (row->disposition == A0_ROW_LINK)
            return AUTH0DB_OK;
        auth0db_fingerprint(&encoded, &record->password.len, 1, sync);
        a0_bulk_digest(record, hold);
        a0_batch_row old = *row;
        /* Another password was set meanwhile: what was refused is not what the user has now, so it
         * holds nobody back. */
        if (strcmp(sync, row->sync_digest) != 0)
            return AUTH0DB_OK;
        old.holdout_digest = hold;
        if (!a0_job_state_set_row(state, i, &old))
            return a0_error_no_memory(err);
        a0_free((char *)old.key);
        return AUTH0DB_OK;
    }
    return AUTH0DB_OK;
}

static int complete_rows(a0_run *run, a0_job_state *state, auth0db_error *err)
{
    a0_slice keys[256];
    int rc = AUTH0DB_OK;
    for (size_t i = 0; rc == AUTH0DB_OK && i < state->n;) {
        size_t n = 0;
        for (; i < state->n && n < A0_COUNT(keys); i++) {
            const a0_batch_row *row = &state->rows[i];
            if (is_incomplete(row))
                keys[n++] = (a0_slice){row->key, strlen(row->key)};
        }
        if (n > 0)
            rc = a0_run_read_keys(run, keys, n, complete_row, state, err);
    }
    return rc;
}

/* One transaction for links, holdouts and the end of the claims. A kill leaves all of it or
 * nothing: half a batch on record would be users who are claimed by nobody, and linked to
 * nothing. */
static int write_end(a0_run *run, a0_open_batch *open_batch, auth0db_error *err)
{
    a0_job_state *state = &open_batch->state;
    a0_batch *record = &open_batch->record;
    a0_settlement *rows = a0_alloc_array(state->n, sizeof *rows);
    if (rows == NULL)
        return a0_error_no_memory(err);
    record->linked = record->held = record->released = 0;
    for (size_t i = 0; i < state->n; i++)
        settle_row(&state->rows[i], &rows[i], record);
    snprintf(record->status, sizeof record->status, "settled");
    record->settled = record->seen = a0_run_now_us(run);
    int rc = a0_store_settle(run->bulk->store, record, rows, state->n, err);
    a0_free(rows);
    return rc;
}

static int settle(a0_run *run, a0_open_batch *open_batch, auth0db_error *err)
{
    a0_job_state *state = &open_batch->state;
    a0_batch *record = &open_batch->record;
    if (open_batch == run->canary) { /* the rest is canary.c's */
        a0_job_state_settled(state);
        return AUTH0DB_OK;
    }
    int rc = complete_rows(run, state, err);
    if (rc == AUTH0DB_OK)
        rc = write_end(run, open_batch, err);
    if (rc == AUTH0DB_ERR_STATE) { /* another process has settled it: nothing is left to do */
        a0_job_state_settled(state);
        return AUTH0DB_OK;
    }
    if (rc != AUTH0DB_OK)
        return rc;
    run->counts.linked += (uint64_t)record->linked;
    run->counts.held += (uint64_t)record->held;
    run->counts.released += (uint64_t)record->released;
    run->counts.settled++;
    if (record->submitted > 0)
        a0_pace_add(&run->pace, record->users, (record->settled - record->submitted) / 1000);
    for (size_t i = 0; i < state->n; i++)
        run->counts.no_mfa +=
            state->rows[i].disposition == A0_ROW_LINK && state->rows[i].without_mfa;
    /* After it is on record: users who are sent again are nobody's claim by then. */
    if (!a0_run_redo(run, state))
        return a0_error_no_memory(err);
    a0_job_state_settled(state);
    rc = a0_run_batch_event(run, record, NULL, err);
    return rc == AUTH0DB_OK ? a0_run_progress(run, err) : rc;
}

/* --- trouble -----------------------------------------------------------------------------------
 */

int a0_run_retry(a0_run *run, a0_backoff *backoff, auth0db_outcome outcome,
                 const auth0db_error *cause, auth0db_error *err)
{
    uint64_t now_ms = a0_run_now_ms(run);
    unsigned pause_ms = a0_client_pause_ms(run->bulk->client);
    /* From half a second, doubled up to 8: a tenant that comes back is noticed soon, one that does
     * not is not asked without a pause. Its own word (the rate limit) counts where it is longer. */
    if (backoff->wait_ms == 0)
        *backoff = (a0_backoff){.since_ms = now_ms, .wait_ms = 250};
    backoff->wait_ms = backoff->wait_ms < 8000 ? backoff->wait_ms * 2 : backoff->wait_ms;
    if (!auth0db_outcome_is_trouble(outcome) || outcome == AUTH0DB_OUTCOME_MISCONFIGURED ||
        now_ms - backoff->since_ms > A0_JOB_TROUBLE_MS)
        return a0_error_set(err, cause->code != AUTH0DB_OK ? cause->code : AUTH0DB_ERR_REMOTE,
                            cause->where, "%s", cause->message);
    return a0_run_wait(run, pause_ms > backoff->wait_ms ? pause_ms : backoff->wait_ms, err);
}

int a0_open_batch_step(a0_run *run, a0_open_batch *open_batch, auth0db_error *err)
{
    switch (open_batch->state.due) {
    case A0_DUE_SUBMIT:
        return submit(run, open_batch, err);
    case A0_DUE_POLL:
        return ask(run, open_batch, err);
    case A0_DUE_REPORT:
        return read_report(run, open_batch, err);
    case A0_DUE_HINT:
        return ask_hints(run, open_batch, err);
    case A0_DUE_LOOK:
        return look(run, open_batch, err);
    case A0_DUE_SETTLE:
        return settle(run, open_batch, err);
    case A0_DUE_NOTHING:
        break;
    }
    return AUTH0DB_OK;
}
