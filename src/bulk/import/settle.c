/* auth0db settle: what is open, brought to its end. Nobody is sent by it: it only asks after what
 * was sent, by a run that is gone or by hand. */
#include <stdio.h>
#include <string.h>

#include "bulk/import/import_int.h"

/* --- an exported file ------------------------------------------------------------------------ */

/* "/some/where/auth0db-0123.json" is the file of batch "auth0db-0123". The name is all that ties a
 * file to its batch: the file itself may be gone, and is never read. */
static bool name_of_batch(const char *file, char out[64])
{
    static const char end[] = ".json";
    const char *slash = strrchr(file, '/');
    const char *name = slash != NULL ? slash + 1 : file;
    size_t len = strlen(name);
    if (len <= sizeof end - 1 || len - (sizeof end - 1) >= 64 ||
        strcmp(name + len - (sizeof end - 1), end) != 0)
        return false;
    snprintf(out, 64, "%.*s", (int)(len - (sizeof end - 1)), name);
    return true;
}

typedef struct wanted {
    char name[64];
    a0_batch found;
} wanted;

static int find_export(void *ctx, const a0_batch *batch)
{
    wanted *w = ctx;
    if (strcmp(batch->kind, "export") == 0 && strcmp(batch->external_id, w->name) == 0)
        w->found = *batch;
    return AUTH0DB_OK;
}

static int load_export(a0_run *run, const char *file, a0_open_batch **out, auth0db_error *err)
{
    wanted w = {.found = {.id = 0}};
    *out = NULL;
    if (!name_of_batch(file, w.name))
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "file",
                            "is not named as `auth0db export` names its files");
    int rc = a0_store_batches(run->bulk->store, "open", find_export, &w, err);
    if (rc != AUTH0DB_OK)
        return rc;
    if (w.found.id == 0)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "file",
                            "is settled already, or was not written for this site");
    /* Ours before it is read: of two that settle one file only one goes on. */
    char before[A0_OWNER_SIZE];
    memcpy(before, w.found.owner, sizeof before);
    memcpy(w.found.owner, run->owner, sizeof w.found.owner);
    rc = a0_store_batch_update(run->bulk->store, &w.found, before, err);
    return rc == AUTH0DB_OK ? a0_open_batch_load(run, &w.found, out, err) : rc;
}

/* Which job it was is what somebody typed: nobody is linked on that job's word, but because the
 * tenant has the user. Without a job, too: a file that was never uploaded frees its users. */
static int settle_file(a0_run *run, const char *job_id, const char *file, auth0db_error *err)
{
    a0_open_batch *open_batch;
    int rc = load_export(run, file, &open_batch, err);
    if (open_batch == NULL)
        return rc;
    open_batch->state.by_hand = true;
    if (job_id != NULL)
        a0_job_state_resume_job(&open_batch->state, job_id, 0, a0_run_now_ms(run));
    else
        a0_job_state_look_up_all(&open_batch->state, a0_run_now_ms(run));
    a0_scheduler_add(&run->scheduler, &open_batch->state);
    rc = a0_run_schedule(run, err);
    /* Not settled: it waits for its next settling, and is no dead process's */
    if (rc != AUTH0DB_OK && run->scheduler.n > 0) {
        open_batch->record.owner[0] = '\0';
        int given_back =
            a0_store_batch_update(run->bulk->store, &open_batch->record, run->owner, NULL);
        (void)given_back; /* the first error is the one to tell */
    }
    return rc;
}

/* --- everything that is open ------------------------------------------------------------------ */

/* What dead exports left comes first, then open imports. Canaries are last, for their jobs may have
 * ended meanwhile. */
static int settle_open(a0_run *run, auth0db_error *err)
{
    int rc = a0_export_recover(run, err);
    if (rc == AUTH0DB_OK)
        rc = a0_open_batch_adopt(run, err);
    if (rc == AUTH0DB_OK)
        rc = a0_run_schedule(run, err);
    if (rc == AUTH0DB_OK)
        rc = a0_canary_sweep(run, false, err);
    return rc;
}

typedef struct open_ones {
    json_int_t imports, exports, canaries;
} open_ones;

static int count_open(void *ctx, const a0_batch *batch)
{
    open_ones *sum = ctx;
    sum->imports += strcmp(batch->kind, "import") == 0;
    sum->exports += strcmp(batch->kind, "export") == 0;
    sum->canaries += strcmp(batch->kind, "canary") == 0;
    return AUTH0DB_OK;
}

static int report(a0_run *run, auth0db_error *err)
{
    open_ones sum = {0};
    int rc = a0_store_batches(run->bulk->store, "open", count_open, &sum, err);
    if (rc != AUTH0DB_OK)
        return rc;
    return a0_bulk_event(run->bulk,
                         json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "event", "report",
                                   "run", "settle", "settled", (json_int_t)run->counts.settled,
                                   "open", sum.imports + sum.exports + sum.canaries, "exports",
                                   sum.exports, "linked", (json_int_t)run->counts.linked, "held",
                                   (json_int_t)run->counts.held, "released",
                                   (json_int_t)run->counts.released),
                         err);
}

int auth0db_bulk_settle(auth0db_bulk *bulk, const char *job_id, const char *file,
                        auth0db_error *err)
{
    a0_run run;
    if (job_id != NULL && file == NULL)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "file",
                            "is missing: which file was uploaded?");
    int rc = a0_run_open(&run, bulk, AUTH0DB_USE_SETTLE, NULL, err);
    if (rc == AUTH0DB_OK)
        rc = file != NULL ? settle_file(&run, job_id, file, err) : settle_open(&run, err);
    if (rc == AUTH0DB_OK)
        rc = report(&run, err);
    a0_run_close(&run);
    return rc;
}
