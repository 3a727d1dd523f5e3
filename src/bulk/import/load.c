/* Who comes next: users to be sent again, then the site's users in the order of their keys. It
 * judges nobody: assess.c and the canaries do. It writes who is held back, and sees to it that
 * nobody is passed over where a batch is full. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "bulk/import/import_int.h"

enum {
    PAGE = 2048, /* users read at a time: no long read stands in the way of the site's writers */
    KEYS_MAX = 500
};

/* --- holding back ---------------------------------------------------------------------------- */

static void forget_holds(a0_run *run)
{
    for (size_t i = 0; i < run->cursor.n_to_hold; i++) {
        a0_free(run->cursor.to_hold[i].key);
        a0_free(run->cursor.to_hold[i].detail);
    }
    run->cursor.n_to_hold = 0;
}

int a0_run_flush_holds(a0_run *run, auth0db_error *err)
{
    int rc = AUTH0DB_OK;
    a0_settlement *rows = NULL;
    if (run->cursor.n_to_hold > 0) {
        rows = a0_alloc_array(run->cursor.n_to_hold, sizeof *rows);
        if (rows == NULL)
            return a0_error_no_memory(err);
        for (size_t i = 0; i < run->cursor.n_to_hold; i++) {
            const a0_to_hold *hold = &run->cursor.to_hold[i];
            rows[i] = (a0_settlement){.key = hold->key,
                                      .what = A0_SETTLE_HOLD,
                                      .reason = auth0db_holdout_name(hold->reason),
                                      .detail = hold->detail,
                                      .hash_digest = hold->digest};
        }
        rc = a0_store_settle(run->bulk->store, NULL, rows, run->cursor.n_to_hold, err);
    }
    a0_free(rows);
    if (rc == AUTH0DB_OK)
        forget_holds(run);
    return rc;
}

static bool slice_is(a0_slice slice, const char *text)
{
    return slice.data != NULL && slice.len == strlen(text) &&
           memcmp(slice.data, text, slice.len) == 0;
}

/* What stands on record for the same reason, e-mail and hash is not written again: a run over a
 * large site would else write each of its holdouts anew. */
static int hold(a0_run *run, const a0_record *record, auth0db_holdout reason, const char *detail,
                auth0db_error *err)
{
    char digest[AUTH0DB_FINGERPRINT_SIZE];
    bool said = strcmp(detail, "on-record") == 0; /* by the tenant: stays as it was said */
    if (a0_has_unrecordable_key(record))          /* no row can say it: the report counts them */
        return AUTH0DB_OK;
    if (!said) {
        a0_bulk_digest(record, digest);
        said = slice_is(record->holdout, auth0db_holdout_name(reason)) &&
               slice_is(record->holdout_digest, digest);
    }
    run->counts.held +=
        !said || run->cursor.pass == 0; /* a later pass meets those of the first again */
    if (said)
        return AUTH0DB_OK;
    a0_to_hold *row = &run->cursor.to_hold[run->cursor.n_to_hold];
    *row = (a0_to_hold){.key = a0_strndup(record->key.data, record->key.len),
                        .detail = a0_strdup(detail),
                        .reason = reason};
    memcpy(row->digest, digest, sizeof digest);
    run->cursor.n_to_hold++;
    return row->key != NULL && row->detail != NULL ? AUTH0DB_OK : a0_error_no_memory(err);
}

/* --- one user --------------------------------------------------------------------------------- */

/* A kind of which nobody was free to move when the canaries were sent: its users wait for those of
 * the next pass. In the last pass nobody waits any more: who is unproven then is held back, and is
 * in the report. */
static bool is_untried(const a0_run *run, int kind)
{
    if (run->cursor.pass + 1 >= A0_PASSES_MAX)
        return false;
    if (kind == A0_HASH_KIND_NONE)
        return run->survey->hash_kinds.n < A0_HASH_KINDS_MAX;
    return run->canaries->detail[kind][0] == '\0';
}

static int unproven(a0_run *run, const a0_record *record, const a0_assessment *assessment,
                    bool *unproved, auth0db_error *err)
{
    int kind =
        a0_hash_kinds_look(&run->survey->hash_kinds, &assessment->params, assessment->conversion);
    *unproved = !run->no_canary && (kind == A0_HASH_KIND_NONE || !run->canaries->proven[kind]);
    if (!*unproved)
        return AUTH0DB_OK;
    if (is_untried(run, kind)) {
        run->counts.untried++;
        return AUTH0DB_OK;
    }
    bool sent = kind != A0_HASH_KIND_NONE && run->canaries->detail[kind][0] != '\0';
    return hold(run, record, AUTH0DB_HOLDOUT_CANARY_FAILED,
                sent ? run->canaries->detail[kind] : "no canary has proven this kind of hash", err);
}

/* *full: the buffer has no room for this user, who is not dealt with. */
static int consider(a0_run *run, a0_batch_buffer *buffer, const a0_record *record, bool *full,
                    auth0db_error *err)
{
    a0_assessment assessment;
    bool unproved;
    /* Read with its state, since a login or another importer may have been faster. */
    if (record->linked || record->claimed || !a0_selects(&run->who, record))
        return AUTH0DB_OK;
    /* By the row first: who cannot move as it is gets that reason, whatever the canaries have
     * shown. */
    a0_decision_assess(&run->decision, record, &assessment);
    if (assessment.disposition != A0_MOVES)
        return hold(run, record, assessment.reason, assessment.detail, err);
    int rc = unproven(run, record, &assessment, &unproved, err);
    if (rc != AUTH0DB_OK || unproved)
        return rc;
    switch (a0_batch_buffer_add(buffer, record, &assessment)) {
    case A0_BUFFER_TAKEN:
        run->counts.batched++;
        return AUTH0DB_OK;
    /* The user is not dealt with, and is read again for the next batch. */
    case A0_BUFFER_FULL:
        *full = true;
        return AUTH0DB_OK;
    case A0_BUFFER_TOO_BIG:
        return hold(run, record, AUTH0DB_HOLDOUT_TOO_LARGE, "file", err);
    default:
        return a0_error_no_memory(err);
    }
}

/* A page also ends where the list of holdouts is full: it is written before more are read. And the
 * limit counts who goes, not who is looked at. */
static bool has_room(const a0_run *run)
{
    return run->cursor.n_to_hold < A0_TO_HOLD_MAX && run->counts.batched < run->who.limit;
}

/* --- users to be sent again ------------------------------------------------------------------- */

void a0_redo_free(a0_redo *redo)
{
    if (redo == NULL)
        return;
    for (size_t i = 0; redo->keys != NULL && i < redo->n; i++)
        a0_free(redo->keys[i]);
    a0_free(redo->keys);
    a0_free(redo);
}

static bool again(const a0_batch_row *row)
{
    return row->disposition == A0_ROW_AGAIN || row->disposition == A0_ROW_FREE;
}

static bool redo_part(a0_run *run, const a0_job_state *state, size_t from, size_t to)
{
    size_t n = 0;
    for (size_t i = from; i < to; i++)
        n += again(&state->rows[i]);
    if (n == 0)
        return true;
    a0_redo *redo = a0_alloc(sizeof *redo);
    if (redo == NULL)
        return false;
    redo->keys = a0_alloc_array(n, sizeof *redo->keys);
    /* A split is not one more try of its users: it was their file that was refused. */
    redo->attempt = state->attempt + !state->split;
    for (size_t i = from; redo->keys != NULL && i < to; i++) {
        if (!again(&state->rows[i]))
            continue;
        redo->keys[redo->n] = a0_strdup(state->rows[i].key);
        if (redo->keys[redo->n] == NULL)
            break;
        redo->n++;
    }
    if (redo->n < n) {
        a0_redo_free(redo);
        return false;
    }
    redo->next = run->cursor.redo;
    run->cursor.redo = redo;
    /* Nobody was left to send, perhaps; now somebody is. */
    run->scheduler.exhausted = false;
    return true;
}

/* The list gives back last what it was given first, so the second half goes on it before the
 * first. */
bool a0_run_redo(a0_run *run, const a0_job_state *state)
{
    size_t half = state->split ? (state->n + 1) / 2 : state->n;
    return redo_part(run, state, half, state->n) && redo_part(run, state, 0, half);
}

int a0_run_read_keys(a0_run *run, const a0_slice *keys, size_t n, a0_record_fn each, void *ctx,
                     auth0db_error *err)
{
    const a0_scan_options options = {.since_login = A0_NO_TIME, .keys = keys, .n_keys = n};
    return a0_users_some(run->bulk->store, &options, each, ctx, err);
}

typedef struct loading {
    a0_run *run;
    a0_batch_buffer *buffer;
    bool full;
    a0_redo *redo;
} loading;

/* Users of the list who are gone, linked or claimed by now are passed over. */
static int reload(void *ctx, const a0_record *record, auth0db_error *err)
{
    loading *work = ctx;
    a0_redo *redo = work->redo;
    uint64_t batched = work->run->counts.batched;
    if (work->full)
        return AUTH0DB_OK;
    int rc = consider(work->run, work->buffer, record, &work->full, err);
    work->run->counts.batched = batched; /* counted when it was sent first */
    while (!work->full && redo->at < redo->n) {
        if (slice_is(record->key, redo->keys[redo->at++]))
            break;
    }
    return rc;
}

/* Their hashes are not kept anywhere: they are read anew, and so is whether they may still move. */
static int load_again(a0_run *run, a0_batch_buffer *buffer, auth0db_error *err)
{
    loading work = {.run = run, .buffer = buffer, .redo = run->cursor.redo};
    a0_slice keys[KEYS_MAX];
    int rc = AUTH0DB_OK;
    while (rc == AUTH0DB_OK && !work.full && work.redo->at < work.redo->n) {
        size_t n = 0, at = work.redo->at;
        for (; n < KEYS_MAX && at + n < work.redo->n; n++)
            keys[n] = (a0_slice){work.redo->keys[at + n], strlen(work.redo->keys[at + n])};
        /* Whoever was linked or claimed meanwhile is passed over */
        const a0_scan_options options = {
            .since_login = A0_NO_TIME, .with_state = true, .keys = keys, .n_keys = n};
        rc = a0_users_some(run->bulk->store, &options, reload, &work, err);
        if (rc == AUTH0DB_OK && !work.full)
            work.redo->at = at + n;
        if (rc == AUTH0DB_OK)
            rc = a0_run_flush_holds(run, err);
    }
    if (rc == AUTH0DB_OK && work.redo->at == work.redo->n) {
        run->cursor.redo = work.redo->next;
        a0_redo_free(work.redo);
    }
    return rc;
}

/* --- the site's users, in order ----------------------------------------------------------------
 */

static int remember(a0_run *run, a0_slice key, auth0db_error *err)
{
    a0_buf_reset(&run->cursor.after);
    run->cursor.begun = true;
    return a0_buf_append(&run->cursor.after, key.data, key.len) == AUTH0DB_OK
               ? AUTH0DB_OK
               : a0_error_no_memory(err);
}

static int read_page(a0_run *run, loading *work, a0_scan *scan, auth0db_error *err)
{
    const a0_record *record;
    uint64_t n = 0;
    int rc = AUTH0DB_OK;
    while (rc == AUTH0DB_OK && has_room(run)) {
        rc = a0_scan_next(scan, &record, err);
        if (rc == AUTH0DB_OK && record == NULL) {
            /* A page that is not full was the last one. */
            run->cursor.all_read = n < PAGE;
            break;
        }
        if (rc == AUTH0DB_OK)
            rc = consider(run, work->buffer, record, &work->full, err);
        if (rc != AUTH0DB_OK || work->full)
            break;
        n++;
        run->counts.selected++;
        /* After the user is dealt with: the place is where the next page, or the next batch, goes
         * on. */
        rc = remember(run, record->key, err);
    }
    return rc;
}

static int load_next(a0_run *run, a0_batch_buffer *buffer, auth0db_error *err)
{
    loading work = {.run = run, .buffer = buffer};
    int rc = AUTH0DB_OK;
    while (rc == AUTH0DB_OK && !work.full && !run->cursor.all_read) {
        const a0_scan_options options = {
            .after = {run->cursor.begun ? a0_buf_text(&run->cursor.after) : NULL,
                      run->cursor.after.len},
            .limit = PAGE,
            .only_active = !run->who.with_inactive,
            .since_login = run->who.since_login,
            .with_state = true,
            .unsettled_only = true,
        };
        a0_scan *scan;
        rc = a0_bulk_go_on(run->bulk, err);
        if (rc == AUTH0DB_OK)
            rc = a0_store_scan(run->bulk->store, &options, &scan, err);
        if (rc != AUTH0DB_OK)
            break;
        rc = read_page(run, &work, scan, err);
        a0_scan_end(scan);
        if (rc == AUTH0DB_OK)
            rc = a0_run_flush_holds(run, err);
        if (run->counts.batched >= run->who.limit)
            run->cursor.all_read = true;
        if (rc == AUTH0DB_OK)
            rc = a0_run_progress(run, err);
    }
    return rc;
}

int a0_run_load(a0_run *run, a0_batch_buffer *buffer, unsigned *attempt, bool *exhausted,
                auth0db_error *err)
{
    int rc = AUTH0DB_OK;
    *attempt = 0;
    while (rc == AUTH0DB_OK && a0_batch_buffer_users(buffer) == 0 && run->cursor.redo != NULL) {
        *attempt = run->cursor.redo->attempt;
        rc = load_again(run, buffer, err);
    }
    if (rc == AUTH0DB_OK && a0_batch_buffer_users(buffer) == 0) {
        /* A batch has one number of attempts, so users of a second try and of a first one are never
         * mixed. */
        *attempt = 0;
        rc = load_next(run, buffer, err);
    }
    *exhausted = rc == AUTH0DB_OK && a0_batch_buffer_users(buffer) == 0 &&
                 run->cursor.redo == NULL && run->cursor.all_read;
    return rc;
}
