/* Batches: claimed, found on record, kept alive there. A batch on record belongs to one process.
 * What is due for it is decided in batch/job_state.c. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "bulk/import/import_int.h"

a0_open_batch *a0_open_batch_new(void)
{
    a0_open_batch *open_batch = a0_alloc(sizeof *open_batch);
    if (open_batch != NULL)
        open_batch->state.due = A0_DUE_NOTHING;
    return open_batch;
}

void a0_open_batch_free(a0_open_batch *open_batch)
{
    if (open_batch == NULL)
        return;
    a0_job_state_clear(&open_batch->state);
    a0_batch_buffer_free(open_batch->buffer);
    a0_free(open_batch);
}

/* --- claiming -------------------------------------------------------------------------------- */

/* All or nothing: where somebody else has one of the users nothing is written. That one is left
 * out and the others are claimed anew, so that the claims on record are exactly the rows of the
 * file. */
static int claim_rows(a0_run *run, a0_batch_buffer *buffer, a0_batch *record, auth0db_error *err)
{
    size_t n = a0_batch_buffer_users(buffer);
    a0_claim *claims = a0_alloc_array(n, sizeof *claims);
    bool *taken = a0_alloc_array(n, sizeof *taken);
    int rc = AUTH0DB_OK;
    record->id = 0;
    if (claims == NULL || taken == NULL)
        rc = a0_error_no_memory(err);
    while (claims != NULL && taken != NULL && rc == AUTH0DB_OK && n > 0 && record->id == 0) {
        for (size_t i = 0; i < n; i++) {
            const a0_buffered_row *row = a0_batch_buffer_row(buffer, i);
            claims[i] =
                (a0_claim){row->key, row->auth0_id, row->email, row->sync_digest, row->tombstones};
        }
        record->users = (int64_t)n;
        record->bytes = (int64_t)a0_batch_buffer_json(buffer).len;
        memset(taken, 0, n * sizeof *taken);
        rc = a0_store_claim(run->bulk->store, record, claims, n, taken, err);
        if (rc == AUTH0DB_OK && record->id == 0)
            a0_batch_buffer_drop(buffer, taken);
        n = a0_batch_buffer_users(buffer);
    }
    a0_free(claims);
    a0_free(taken);
    return rc;
}

static bool fill_job_state(a0_job_state *state, a0_batch_buffer *buffer)
{
    size_t n = a0_batch_buffer_users(buffer);
    if (!a0_job_state_init(state, n))
        return false;
    for (size_t i = 0; i < n; i++) {
        const a0_buffered_row *row = a0_batch_buffer_row(buffer, i);
        if (!a0_job_state_set_row(state, i,
                                  &(a0_batch_row){.key = row->key,
                                                  .auth0_id = row->auth0_id,
                                                  .email = row->email,
                                                  .site_name = row->username,
                                                  .sync_digest = row->sync_digest,
                                                  .holdout_digest = row->holdout_digest,
                                                  .blocked = row->blocked,
                                                  .factors = row->factors}))
            return false;
    }
    return true;
}

int a0_open_batch_claim(a0_run *run, a0_batch_buffer **buffer, unsigned attempt, const char *kind,
                        a0_open_batch **out, auth0db_error *err)
{
    a0_open_batch *open_batch = a0_open_batch_new();
    *out = NULL;
    if (open_batch == NULL)
        return a0_error_no_memory(err);
    a0_batch *record = &open_batch->record;
    record->created = record->seen = a0_run_now_us(run);
    snprintf(record->kind, sizeof record->kind, "%s", kind);
    snprintf(record->status, sizeof record->status, "claimed");
    snprintf(record->owner, sizeof record->owner, "%s", run->owner);
    /* Name and claims are on record before anything is sent: after a kill they say whom to look for
     * at the tenant, and no other importer takes them meanwhile. */
    int rc = a0_run_external_id(run, record->external_id, err);
    if (rc == AUTH0DB_OK)
        rc = claim_rows(run, *buffer, record, err);
    if (rc == AUTH0DB_OK && record->id != 0 && !fill_job_state(&open_batch->state, *buffer))
        rc = a0_error_no_memory(err); /* on record, and so the next run's */
    if (rc != AUTH0DB_OK || record->id == 0) {
        a0_open_batch_free(open_batch);
        return rc;
    }
    open_batch->state.attempt = attempt;
    /* The hashes stay in memory until a job has them, and are written nowhere. */
    open_batch->buffer = *buffer;
    *buffer = NULL;
    *out = open_batch;
    return a0_run_batch_event(run, record, NULL, err);
}

int a0_open_batch_without_claims(const a0_batch *record, a0_batch_buffer **buffer, unsigned attempt,
                                 a0_open_batch **out, auth0db_error *err)
{
    a0_open_batch *open_batch = a0_open_batch_new();
    *out = NULL;
    if (open_batch == NULL || !fill_job_state(&open_batch->state, *buffer)) {
        a0_open_batch_free(open_batch);
        return a0_error_no_memory(err);
    }
    open_batch->record = *record;
    open_batch->state.attempt = attempt;
    open_batch->buffer = *buffer;
    *buffer = NULL;
    *out = open_batch;
    return AUTH0DB_OK;
}

/* --- on record ------------------------------------------------------------------------------- */

/* Claims as they are read; their number is not known before. */
typedef struct claims {
    a0_batch_row *rows;
    size_t n, cap;
    bool no_memory;
} claims;

static bool grow(claims *list)
{
    if (list->n < list->cap)
        return true;
    size_t cap = list->cap > 0 ? 2 * list->cap : 1024;
    a0_batch_row *rows = a0_alloc_array(cap, sizeof *rows);
    if (rows == NULL)
        return false;
    if (list->n > 0)
        memcpy(rows, list->rows, list->n * sizeof *rows);
    a0_free(list->rows);
    list->rows = rows;
    list->cap = cap;
    return true;
}

/* A claim says who was sent, with which hash, and no more; step.c reads the rest anew at the
 * end. */
static int add_claim(void *ctx, const a0_claim *claim)
{
    claims *list = ctx;
    a0_job_state whole;
    list->no_memory = !grow(list);
    if (list->no_memory)
        return AUTH0DB_ERR_NO_MEMORY;
    whole = (a0_job_state){.rows = list->rows, .n = list->cap};
    list->no_memory = !a0_job_state_set_row(&whole, list->n,
                                            &(a0_batch_row){.key = claim->key,
                                                            .auth0_id = claim->auth0_id,
                                                            .email = claim->email,
                                                            .sync_digest = claim->sync_digest});
    if (list->no_memory)
        return AUTH0DB_ERR_NO_MEMORY;
    list->n++;
    return AUTH0DB_OK;
}

int a0_open_batch_load(a0_run *run, const a0_batch *record, a0_open_batch **out, auth0db_error *err)
{
    claims list = {0};
    a0_open_batch *open_batch = a0_open_batch_new();
    *out = NULL;
    if (open_batch == NULL)
        return a0_error_no_memory(err);
    int rc = a0_store_claims(run->bulk->store, record->id, add_claim, &list, err);
    if (list.no_memory)
        rc = a0_error_no_memory(err);
    open_batch->record = *record;
    open_batch->state = (a0_job_state){.rows = list.rows, .n = list.n};
    if (rc != AUTH0DB_OK) {
        a0_open_batch_free(open_batch);
        return rc;
    }
    *out = open_batch;
    return AUTH0DB_OK;
}

/* --- adopting -------------------------------------------------------------------------------- */

enum {
    ADOPT_MAX = 64, /* in one run; a dead process leaves three */
    ADOPT_AT_ONCE = 3
};

typedef struct orphans {
    const a0_run *run;
    a0_batch *found;
    size_t n;
} orphans;

/* Only imports: exports and canaries that a dead process has left end in ways of their own. */
static int find_orphan(void *ctx, const a0_batch *batch)
{
    orphans *list = ctx;
    if (list->n < ADOPT_MAX && strcmp(batch->kind, "import") == 0 &&
        a0_run_is_orphan(list->run, batch))
        list->found[list->n++] = *batch;
    return AUTH0DB_OK;
}

/* Of two processes that want the same orphan the second is told STATE. */
static int adopt(a0_run *run, a0_batch *batch, bool *ours, auth0db_error *err)
{
    /* The update names the owner that was seen dead: it fails where another process was faster, or
     * where the owner was alive after all and has written since. */
    char before[A0_OWNER_SIZE];
    memcpy(before, batch->owner, sizeof before);
    snprintf(batch->owner, sizeof batch->owner, "%s", run->owner);
    batch->seen = a0_run_now_us(run);
    int rc = a0_store_batch_update(run->bulk->store, batch, before, err);
    *ours = rc == AUTH0DB_OK;
    return rc == AUTH0DB_ERR_STATE ? AUTH0DB_OK : rc;
}

static int take_over(a0_run *run, a0_batch *batch, auth0db_error *err)
{
    a0_open_batch *open_batch;
    bool ours;
    int rc = adopt(run, batch, &ours, err);
    if (rc != AUTH0DB_OK || !ours)
        return rc;
    /* After it is ours: of two processes that read the claims both would settle them. */
    rc = a0_open_batch_load(run, batch, &open_batch, err);
    if (rc != AUTH0DB_OK)
        return rc;
    uint64_t now_ms = a0_run_now_ms(run);
    int64_t age_us = a0_run_now_us(run) - batch->submitted;
    /* Without a job's name it may have been sent or not: the process died between the request and
     * its record. So its users are looked up; to send them unseen could not make two, but would
     * find every one of them there. */
    if (batch->job_id[0] != '\0')
        a0_job_state_resume_job(&open_batch->state, batch->job_id,
                                age_us > 0 ? (uint64_t)age_us / 1000 : 0, now_ms);
    else
        a0_job_state_resume_unsent(&open_batch->state, now_ms);
    a0_scheduler_add(&run->scheduler, &open_batch->state);
    return AUTH0DB_OK;
}

int a0_open_batch_adopt(a0_run *run, auth0db_error *err)
{
    orphans list = {.run = run, .found = a0_alloc_array(ADOPT_MAX, sizeof *list.found)};
    if (list.found == NULL)
        return a0_error_no_memory(err);
    int rc = a0_store_batches(run->bulk->store, "open", find_orphan, &list, err);
    for (size_t i = 0; rc == AUTH0DB_OK && i < list.n; i++) {
        rc = take_over(run, &list.found[i], err);
        /* The scheduler needs room for more than the past: these come to their end before others
         * join */
        if (rc == AUTH0DB_OK && run->scheduler.n == ADOPT_AT_ONCE && i + 1 < list.n)
            rc = a0_run_schedule(run, err);
    }
    a0_free(list.found);
    return rc;
}

/* Where another process has taken it over it is that one's to sign; what this one still does with
 * it ends at its own settling. */
static int sign_one(a0_run *run, a0_batch *record, auth0db_error *err)
{
    record->seen = a0_run_now_us(run);
    int rc = a0_store_batch_update(run->bulk->store, record, run->owner, err);
    return rc == AUTH0DB_ERR_STATE ? AUTH0DB_OK : rc; /* another process has it */
}

/* All of them, the canaries' batch too: an importer on another machine takes what is silent for
 * dead. */
int a0_run_sign(a0_run *run, auth0db_error *err)
{
    int64_t now_s = a0_wall_s(&run->bulk->env);
    if (now_s - run->clock.signed_s < A0_OWNER_SIGN_S)
        return AUTH0DB_OK;
    run->clock.signed_s = now_s;
    int rc = run->unscheduled != NULL ? sign_one(run, run->unscheduled, err) : AUTH0DB_OK;
    for (size_t i = 0; rc == AUTH0DB_OK && i < run->scheduler.n; i++)
        rc = sign_one(run, &((a0_open_batch *)run->scheduler.jobs[i])->record, err);
    return rc;
}
