/* A run of the import: opened, told of, scheduled, closed. It decides in which order a run is
 * refused, and what an error or an interruption still lets end. What is done for a batch is
 * step.c's, whose turn it is scheduler.c's. */
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "bulk/import/import_int.h"

static atomic_int runs_here; /* under way in this process */

enum { SLEEP_MS = 100, TELL_MS = 200 };

int64_t a0_run_now_us(const a0_run *run)
{
    return a0_wall_ms(&run->bulk->env) * 1000;
}

uint64_t a0_run_now_ms(const a0_run *run)
{
    return a0_mono_ms(&run->bulk->env);
}

int a0_run_external_id(a0_run *run, char out[64], auth0db_error *err)
{
    unsigned char random[16];
    char hex[2 * sizeof random + 1];
    int rc = a0_random(&run->bulk->env, random, sizeof random);
    if (rc != AUTH0DB_OK)
        return a0_error_set(err, rc, NULL, "no random numbers");
    a0_hex_encode(random, sizeof random, hex);
    snprintf(out, 64, "auth0db-%s", hex);
    return AUTH0DB_OK;
}

/* --- telling --------------------------------------------------------------------------------- */

int a0_run_warn(a0_run *run, auth0db_error *err, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return a0_bulk_event(run->bulk, json_pack("{s:s, s:s}", "event", "warning", "message", text),
                         err);
}

/* Once a job has ended: how long the others will take, two at a time. */
static void emit_left(const a0_run *run, uint64_t users, json_t *event)
{
    a0_pace_estimate told;
    if (users == 0 || !a0_pace_estimated(&run->pace, &told))
        return;
    const double minutes = (double)users / A0_SCHEDULER_LIVE_MAX;
    json_t *left = json_pack("{s:I, s:I, s:I}", "seconds", (json_int_t)(minutes * 60 / told.usual),
                             "low", (json_int_t)(minutes * 60 / told.fast), "high",
                             (json_int_t)(minutes * 60 / told.slow));
    json_object_set_new(event, "left", left); /* without memory: left out */
}

int a0_run_progress(a0_run *run, auth0db_error *err)
{
    uint64_t now_ms = a0_run_now_ms(run);
    if (now_ms - run->clock.told_ms < TELL_MS)
        return AUTH0DB_OK;
    run->clock.told_ms = now_ms;
    uint64_t done = run->counts.linked + run->counts.held;
    if (done > run->counts.total) /* who is looked at in two passes counts twice */
        done = run->counts.total;
    json_t *event = json_pack("{s:s, s:s, s:I, s:I, s:I}", "event", "progress", "phase", run->phase,
                              "done", (json_int_t)done, "total", (json_int_t)run->counts.total,
                              "jobs", (json_int_t)run->counts.jobs);
    if (event != NULL)
        emit_left(run, run->counts.total - done, event);
    return a0_bulk_event(run->bulk, event, err);
}

int a0_run_batch_event(a0_run *run, const a0_batch *batch, const char *file, auth0db_error *err)
{
    json_t *event = json_pack(
        "{s:s, s:s, s:s*, s:s, s:I, s:I, s:I, s:I}", "event", "batch", "external_id",
        batch->external_id, "job_id", batch->job_id[0] != '\0' ? batch->job_id : NULL, "status",
        batch->status, "users", (json_int_t)batch->users, "bytes", (json_int_t)batch->bytes,
        "linked", (json_int_t)batch->linked, "held", (json_int_t)batch->held);
    if (event != NULL && file != NULL &&
        json_object_set_new(event, "file", json_string(file)) != 0) {
        json_decref(event);
        event = NULL;
    }
    return a0_bulk_event(run->bulk, event, err);
}

int a0_run_wait(a0_run *run, unsigned ms, auth0db_error *err)
{
    uint64_t end = a0_run_now_ms(run) + ms;
    int rc = a0_bulk_go_on(run->bulk, err);
    for (uint64_t now = end - ms; rc == AUTH0DB_OK && now < end; now = a0_run_now_ms(run)) {
        /* In short sleeps: whoever interrupts does not wait, and a batch of a process that only
         * waits must not look like a dead one's. */
        a0_sleep_ms(&run->bulk->env, end - now < SLEEP_MS ? (unsigned)(end - now) : SLEEP_MS);
        rc = a0_bulk_go_on(run->bulk, err);
        if (rc == AUTH0DB_OK)
            rc = a0_run_progress(run, err);
        if (rc == AUTH0DB_OK)
            rc = a0_run_sign(run, err);
    }
    return rc;
}

/* --- the scheduler -------------------------------------------------------------------------------
 */

static int fill_turn(a0_run *run, auth0db_error *err)
{
    a0_open_batch *open_batch = NULL;
    unsigned attempt = 0;
    bool exhausted = false;
    /* Nobody new is sent: a settle only brings to its end what is open, and canaries go before all
     * users. */
    if (!run->may_fill) {
        run->scheduler.exhausted = true;
        return AUTH0DB_OK;
    }
    a0_batch_buffer *buffer = a0_batch_buffer_new(run->site, &run->tenant.rules, run->room);
    if (buffer == NULL)
        return a0_error_no_memory(err);
    /* Read and judged first, claimed then: a claim in between is noticed by the claim itself. */
    int rc = a0_run_load(run, buffer, &attempt, &exhausted, err);
    run->scheduler.exhausted = exhausted;
    if (rc == AUTH0DB_OK && a0_batch_buffer_users(buffer) > 0) {
        rc = a0_open_batch_claim(run, &buffer, attempt, "import", &open_batch, err);
        if (open_batch != NULL)
            a0_scheduler_add(&run->scheduler, &open_batch->state);
    }
    a0_batch_buffer_free(buffer);
    return rc;
}

static int fly_turn(a0_run *run, a0_job_state *state, auth0db_error *err)
{
    a0_open_batch *open_batch = (a0_open_batch *)state;
    int rc = a0_open_batch_step(run, open_batch, err);
    /* Still under way, whatever the error: it stays with the scheduler, which may yet bring it to
     * its end. */
    if (state->due != A0_DUE_NOTHING)
        return rc;
    /* Its end is on record, so nothing here needs it any more, but for a canary's look at its
     * rows. */
    a0_scheduler_remove(&run->scheduler, state);
    if (open_batch == run->canary)
        run->canary = NULL; /* canary.c has a look at it yet */
    else
        a0_open_batch_free(open_batch);
    return rc;
}

/* The first error lets nothing new take off; what has ended is still recorded, if that can be. */
int a0_run_schedule(a0_run *run, auth0db_error *err)
{
    int result = AUTH0DB_OK;
    /* The canaries' turns end with their batch; others that are open go on in the next schedule. */
    const bool for_canary = run->canary != NULL;
    while (!for_canary || run->canary != NULL) {
        auth0db_error later = {0}, *to = result == AUTH0DB_OK ? err : &later;
        a0_next next = a0_scheduler_next(&run->scheduler, a0_run_now_ms(run));
        int rc = AUTH0DB_OK;
        if (next.turn == A0_TURN_END)
            return result;
        if (next.turn == A0_TURN_FILL)
            rc = fill_turn(run, to);
        else if (next.turn == A0_TURN_JOB)
            rc = fly_turn(run, next.state, to);
        else
            rc = a0_run_wait(run, next.wait_ms, to);
        /* Asked once: while it drains, a second look would end what is to be recorded yet. */
        if (rc == AUTH0DB_OK && !run->scheduler.draining)
            rc = a0_bulk_go_on(run->bulk, to);
        if (rc == AUTH0DB_OK)
            rc = a0_run_sign(run, to);
        if (rc != AUTH0DB_OK && result != AUTH0DB_OK)
            return result; /* not even that */
        if (rc != AUTH0DB_OK) {
            result = rc;
            a0_scheduler_drain(&run->scheduler, a0_run_now_ms(run));
        }
    }
    return result;
}

/* --- opening --------------------------------------------------------------------------------- */

/* The client waits as long as a rate limit asks for, and that must not hold up an interruption. */
static bool keep_waiting(void *ctx, unsigned left_ms)
{
    auth0db_bulk *bulk = ctx;
    return bulk->interrupted == NULL || !bulk->interrupted(bulk->ctx);
}

void a0_run_install_cancel(a0_run *run)
{
    a0_client_on_wait(run->bulk->client, keep_waiting, run->bulk);
}

static int read_options(a0_run *run, const auth0db_import_options *options, auth0db_error *err)
{
    auth0db_import_options o = {0};
    if (options == NULL)
        return a0_selection_read(&run->who, NULL, err);
    if (options->size < offsetof(auth0db_import_options, dry_run))
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "size", "is not the size of the options");
    memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
    run->no_canary = o.no_canary;
    return a0_selection_read(&run->who, o.who.size > 0 ? &o.who : NULL, err);
}

static int name_site(a0_run *run, auth0db_error *err)
{
    unsigned char random[16];
    char fresh[2 * sizeof random + 1];
    int rc = a0_random(&run->bulk->env, random, sizeof random);
    if (rc != AUTH0DB_OK)
        return a0_error_set(err, rc, NULL, "no random numbers");
    a0_hex_encode(random, sizeof random, fresh);
    return a0_store_site(run->bulk->store, true, fresh, run->site, err);
}

/* A canary that is on no record would outlive a kill, so without a record there are none. */
static int check_store(const a0_run *run, auth0db_error *err)
{
    a0_store *store = run->bulk->store;
    if (a0_store_keeps_record(store) || strcmp(run->name, "export") != 0)
        return a0_store_check(store, true, err);
    if (!run->no_canary)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "--no-canary",
                            "is needed: NDJSON keeps no record to remove canaries by");
    return AUTH0DB_OK;
}

static const char *name_of(auth0db_use use)
{
    switch (use) {
    case AUTH0DB_USE_EXPORT:
        return "export";
    case AUTH0DB_USE_SETTLE:
        return "settle";
    case AUTH0DB_USE_FACTORS:
    case AUTH0DB_USE_FACTORS_DRY_RUN:
        return "factors";
    case AUTH0DB_USE_UNDO:
    case AUTH0DB_USE_UNDO_DRY_RUN:
        return "undo";
    default:
        return "import";
    }
}

/* A token that may not delete would leave the canaries at the tenant. */
static auth0db_use use_of(const a0_run *run, auth0db_use use)
{
    if (run->no_canary && use == AUTH0DB_USE_IMPORT)
        return AUTH0DB_USE_IMPORT_NO_CANARY;
    if (run->no_canary && use == AUTH0DB_USE_EXPORT)
        return AUTH0DB_USE_EXPORT_NO_CANARY;
    return use;
}

/* Who looks changes nobody, so a copy of the database may be looked at. */
static bool only_looks(auth0db_use use)
{
    return use == AUTH0DB_USE_UNDO_DRY_RUN || use == AUTH0DB_USE_FACTORS_DRY_RUN;
}

/* Whoever moved would be kept out at the next login: the site's page has nowhere to ask. */
static int check_mfa(const a0_run *run, auth0db_error *err)
{
    if (run->tenant.mfa != AUTH0DB_MFA_ALWAYS || run->who.with_factors)
        return AUTH0DB_OK;
    return a0_error_set(err, AUTH0DB_ERR_OPTION, "MFA policy",
                        "%s. Set it to Never for the migration (Security > Multi-factor Auth); or "
                        "say --with-factors once people log in there",
                        auth0db_mfa_policy_says(run->tenant.mfa));
}

/* From what costs nothing to what asks the tenant, and the site's name last: it is written where
 * there is none, and a run that is refused should leave no trace. */
int a0_run_open(a0_run *run, auth0db_bulk *bulk, auth0db_use use,
                const auth0db_import_options *options, auth0db_error *err)
{
    /* Counted before anything can fail: a0_run_close counts down in all cases. */
    atomic_fetch_add(&runs_here, 1);
    *run = (a0_run){.bulk = bulk, .name = name_of(use), .phase = name_of(use)};
    run->clock.started_ms = a0_run_now_ms(run);
    run->clock.signed_s = a0_wall_s(&bulk->env);
    int rc = read_options(run, options, err);
    if (rc == AUTH0DB_OK && bulk->client == NULL)
        rc = a0_error_set(err, AUTH0DB_ERR_OPTION, "AUTH0_DOMAIN", "is not set: which tenant?");
    if (rc == AUTH0DB_OK)
        rc = check_store(run, err);
    if (rc == AUTH0DB_OK && !only_looks(use))
        rc = a0_bulk_need_own_database(bulk, err);
    if (rc == AUTH0DB_OK)
        rc = a0_bulk_need_scopes(bulk, use_of(run, use), err);
    if (rc == AUTH0DB_OK)
        rc = a0_bulk_ask_tenant(bulk, use, &run->tenant, err);
    if (rc == AUTH0DB_OK)
        rc = check_mfa(run, err);
    if (rc == AUTH0DB_OK)
        rc = a0_owner_self(run->owner, err);
    if (rc == AUTH0DB_OK)
        rc = name_site(run, err);
    if (rc != AUTH0DB_OK)
        return rc;
    run->full_room = a0_bulk_room(run->tenant.connection.id);
    run->room = bulk->room > 0 ? bulk->room : run->full_room;
    run->cursor.to_hold = a0_alloc_array(A0_TO_HOLD_MAX, sizeof *run->cursor.to_hold);
    run->survey = a0_alloc(sizeof *run->survey);
    run->canaries = a0_alloc(sizeof *run->canaries);
    if (run->cursor.to_hold == NULL || run->survey == NULL || run->canaries == NULL)
        return a0_error_no_memory(err);
    a0_run_install_cancel(run);
    return AUTH0DB_OK;
}

int a0_run_survey(a0_run *run, auth0db_error *err)
{
    a0_decision_clear(&run->decision);
    int rc = a0_decide(&run->decision, run->bulk, &run->who, &run->tenant.rules, err);
    if (rc == AUTH0DB_OK)
        rc = a0_survey_run(run->survey, run->bulk, &run->decision, run->room, NULL, NULL, err);
    /* Read once: from then on this run adds its own jobs to it. */
    if (rc == AUTH0DB_OK && run->pace.jobs == 0)
        a0_pace_read(&run->pace, run->bulk->store);
    if (rc == AUTH0DB_OK)
        run->counts.total = run->survey->dispositions[A0_MOVES] +
                            run->survey->dispositions[A0_MUST_RESET] +
                            run->survey->dispositions[A0_HOLDOUT];
    return rc;
}

/* Canaries are hashes of ours: that the tenant verifies them says nothing of the site's. */
static int warn_of_hashers(a0_run *run, auth0db_error *err)
{
    if (run->bulk->unproven.asked || run->cursor.pass > 0)
        return AUTH0DB_OK;
    return a0_run_warn(run, err,
                       "whether the site's own hashers read its hashes as Auth0 will could not be "
                       "checked here: manage.py auth0_import and auth0_site ask them");
}

int a0_run_prove(a0_run *run, auth0db_error *err)
{
    /* Proofs are by number of the kind, and this pass has numbered them anew. */
    memset(run->canaries, 0, sizeof *run->canaries);
    int rc = warn_of_hashers(run, err);
    if (rc != AUTH0DB_OK)
        return rc;
    if (!run->no_canary)
        return a0_canary_run(run, err);
    if (run->cursor.pass > 0)
        return AUTH0DB_OK;
    return a0_run_warn(run, err,
                       "no canaries: whether the tenant verifies these hashes shows when their "
                       "owners log in");
}

bool a0_run_is_orphan(const a0_run *run, const a0_batch *batch)
{
    int64_t silent_s = (a0_run_now_us(run) - batch->seen) / 1000000;
    /* Of this very process, so it lives. The batch is left over only where no other run is under
     * way here, and this one has none open yet. */
    if (strcmp(batch->owner, run->owner) == 0)
        return run->scheduler.n == 0 && atomic_load(&runs_here) == 1;
    return a0_owner_is_gone(batch->owner, run->owner, silent_s);
}

void a0_run_close(a0_run *run)
{
    atomic_fetch_sub(&runs_here, 1);
    if (run->bulk != NULL && run->bulk->client != NULL)
        a0_client_on_wait(run->bulk->client, NULL, NULL);
    /* What is still open stays on record, and the next run takes it over. */
    while (run->scheduler.n > 0) {
        a0_open_batch *open_batch = (a0_open_batch *)run->scheduler.jobs[0];
        a0_scheduler_remove(&run->scheduler, &open_batch->state);
        a0_open_batch_free(open_batch);
    }
    while (run->cursor.redo != NULL) {
        a0_redo *next = run->cursor.redo->next;
        a0_redo_free(run->cursor.redo);
        run->cursor.redo = next;
    }
    for (size_t i = 0; i < run->cursor.n_to_hold; i++) {
        a0_free(run->cursor.to_hold[i].key);
        a0_free(run->cursor.to_hold[i].detail);
    }
    a0_free(run->cursor.to_hold);
    a0_decision_clear(&run->decision);
    a0_free(run->survey);
    a0_free(run->canaries);
    json_decref(run->failed_kinds);
    a0_buf_clear(&run->cursor.after);
}
