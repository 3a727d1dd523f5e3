/* auth0db import: everybody who can move, moved. It decides in which order a run goes, when it is
 * complete and what it reports. Who moves is decided in assess, what a job's answer means in
 * batch. */
#include <string.h>

#include "base/mem.h"
#include "bulk/import/import_int.h"

/* --- the report ------------------------------------------------------------------------------ */

typedef struct ledger {
    uint64_t links, holdouts, claims, twice;
    json_t *reasons;
    bool no_memory;
} ledger;

static int add_count(void *ctx, const char *what, const char *name, uint64_t n)
{
    ledger *sum = ctx;
    if (strcmp(what, "links") == 0)
        sum->links += n;
    else if (strcmp(what, "claims") == 0)
        sum->claims += n;
    else if (strcmp(what, "claims-on-record") == 0)
        sum->twice += n;
    else if (strcmp(what, "holdouts") == 0) {
        sum->holdouts += n;
        sum->no_memory |=
            json_array_append_new(
                sum->reasons, json_pack("{s:s, s:I}", "reason", name, "users", (json_int_t)n)) != 0;
    }
    return AUTH0DB_OK;
}

typedef struct account {
    uint64_t users, links, holdouts, claims;
    uint64_t inactive; /* who stay here for that, with nothing on record */
    int64_t unrecordable_keys,
        left; /* who can be in no row of ours; whom nothing is on record of */
} account;

/* Only where the sum does not come out: it reads every key. */
static int count_unrecordable_keys(const a0_run *run, account *at, auth0db_error *err)
{
    uint64_t n = 0;
    int rc =
        at->left > 0 ? a0_store_count_unrecordable_keys(run->bulk->store, &n, err) : AUTH0DB_OK;
    /* Each count is a statement of its own, and users come and go in between. */
    at->unrecordable_keys = (int64_t)n < at->left ? (int64_t)n : at->left > 0 ? at->left : 0;
    at->left -= at->unrecordable_keys;
    return rc;
}

typedef struct staying {
    const a0_run *run;
    uint64_t n;
} staying;

static int count_staying(void *ctx, const a0_record *record, auth0db_error *err)
{
    staying *s = ctx;
    s->n += a0_leaves_inactive(&s->run->who, record) && record->holdout.data == NULL &&
            !a0_has_unrecordable_key(record);
    return AUTH0DB_OK;
}

/* By the rule that has left them out, read now: whoever was activated meanwhile is still to move,
 * and excused by no count of the beginning. A run that ends early says what it has seen: a reading
 * of everybody who has not moved would keep a Ctrl-C waiting. */
static int excuse_inactive(const a0_run *run, bool ends_early, account *at, auth0db_error *err)
{
    const a0_scan_options not_moved = {.since_login = A0_NO_TIME,
                                       .with_state = true,
                                       .unsettled_only = true,
                                       .keys_and_emails = true};
    staying s = {.run = run, .n = ends_early ? run->survey->inactive : 0};
    int rc = AUTH0DB_OK;
    if (at->left > 0 && !run->who.with_inactive && !ends_early)
        rc = a0_users_some(run->bulk->store, &not_moved, count_staying, &s, err);
    at->inactive = (int64_t)s.n < at->left ? s.n : at->left > 0 ? (uint64_t)at->left : 0;
    at->left -= (int64_t)at->inactive;
    return rc;
}

static int take_account(a0_run *run, int result, account *out, json_t **reasons, auth0db_error *err)
{
    ledger sum = {.reasons = json_array()};
    *out = (account){0};
    *reasons = NULL;
    if (sum.reasons == NULL)
        return a0_error_no_memory(err);
    int rc = a0_store_counts(run->bulk->store, add_count, &sum, err);
    if (rc == AUTH0DB_OK)
        rc = a0_store_count_users(run->bulk->store, true, &out->users, err);
    if (rc == AUTH0DB_OK && sum.no_memory)
        rc = a0_error_no_memory(err);
    out->links = sum.links;
    out->holdouts = sum.holdouts;
    out->claims = sum.claims;
    /* Who is claimed and linked or held back as well is in two of the counts. */
    out->left = (int64_t)out->users - (int64_t)(sum.links + sum.holdouts + sum.claims - sum.twice);
    if (rc == AUTH0DB_OK)
        rc = count_unrecordable_keys(run, out, err);
    if (rc == AUTH0DB_OK)
        rc = excuse_inactive(run, result != AUTH0DB_OK, out, err);
    if (rc != AUTH0DB_OK) {
        json_decref(sum.reasons);
        return rc;
    }
    *reasons = sum.reasons;
    return AUTH0DB_OK;
}

static bool everybody(const a0_run *run)
{
    return run->who.since_login == A0_NO_TIME && run->who.limit == UINT64_MAX;
}

/* The first thing that stands in the way is named: one step at a time, the next run names the
 * next. */
static const char *what_next(const a0_run *run, int result, const account *at)
{
    if (result == AUTH0DB_ERR_INTERRUPTED)
        return "run the same command again: it goes on from here, jobs that run at the tenant "
               "included";
    if (result != AUTH0DB_OK)
        return "once that is repaired, run the same command again: it goes on from here";
    if (at->claims > 0)
        return "some users are in files written by `auth0db export`, or in another import's "
               "hands; see `auth0db status`";
    if (everybody(run) && at->left != 0)
        return "users came or went meanwhile; run the same command again";
    return everybody(run) ? NULL : "others were not selected";
}

static int warn_of_unrecordable_keys(a0_run *run, const account *at, auth0db_error *err)
{
    if (at->unrecordable_keys == 0)
        return AUTH0DB_OK;
    return a0_run_warn(run, err,
                       "%lld user%s a primary key that no record can hold (NULL, binary, with a "
                       "NUL byte, or 16 KiB long): neither moved nor among the holdouts",
                       (long long)at->unrecordable_keys,
                       at->unrecordable_keys == 1 ? " has" : "s have");
}

static json_t *emit_check(const account *at)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "users", (json_int_t)at->users, "links",
                     (json_int_t)at->links, "holdouts", (json_int_t)at->holdouts, "inactive",
                     (json_int_t)at->inactive, "unrecordable_keys",
                     (json_int_t)at->unrecordable_keys, "left", (json_int_t)at->left);
}

static int emit_report(a0_run *run, int result, auth0db_error *err)
{
    account at;
    json_t *reasons;
    int rc = take_account(run, result, &at, &reasons, err);
    if (rc != AUTH0DB_OK)
        return rc;
    rc = warn_of_unrecordable_keys(run, &at, err);
    /* Not while a claim is open: what became of that user is not known yet. */
    bool complete = result == AUTH0DB_OK && everybody(run) && at.left == 0 && at.claims == 0;
    json_t *report =
        json_pack("{s:s, s:s, s:{s:I, s:I, s:I, s:I}, s:I, s:I, s:o, s:I, s:I, s:I, s:b, s:s*}",
                  "event", "report", "run", run->name, "users", "all", (json_int_t)at.users,
                  "selected", (json_int_t)run->counts.selected, "migrated", (json_int_t)at.links,
                  "in_flight", (json_int_t)at.claims, "linked", (json_int_t)run->counts.linked,
                  "held", (json_int_t)run->counts.held, "reasons", reasons, "without_second_factor",
                  (json_int_t)run->counts.no_mfa, "jobs", (json_int_t)run->counts.jobs, "seconds",
                  (json_int_t)((a0_run_now_ms(run) - run->clock.started_ms) / 1000), "complete",
                  complete, "next", what_next(run, result, &at));
    if (report != NULL &&
        (json_object_set_new(report, "check", emit_check(&at)) != 0 ||
         json_object_set_new(report, "failed_kinds", a0_run_failed_kinds(run)) != 0)) {
        json_decref(report);
        report = NULL;
    }
    /* Also told where the run has failed: what was moved until then is moved. */
    int told = a0_bulk_event(run->bulk, report, err);
    rc = rc == AUTH0DB_OK ? told : rc;
    /* Nothing has failed, and yet somebody is missing: that must not end like a success. */
    if (rc == AUTH0DB_OK && result == AUTH0DB_OK && everybody(run) && at.left != 0)
        rc = a0_error_set(err, AUTH0DB_ERR_STATE, "links + holdouts = users",
                          "does not hold: %lld users are neither moved nor held back",
                          (long long)at.left);
    return rc;
}

/* --- the run --------------------------------------------------------------------------------- */

/* Users who registered behind our back, or were freed by another import or by one that died.
 * Bounded: on a site where people register all the time there is always somebody left. */
static int once_more(a0_run *run, bool *more, auth0db_error *err)
{
    account at;
    json_t *reasons;
    *more = false;
    if (run->cursor.pass + 1 >= A0_PASSES_MAX)
        return AUTH0DB_OK;
    int rc = take_account(run, AUTH0DB_OK, &at, &reasons, err);
    json_decref(reasons);
    *more = rc == AUTH0DB_OK && (run->counts.untried > 0 || (everybody(run) && at.left > 0));
    return rc;
}

static int one_pass(a0_run *run, auth0db_error *err)
{
    /* No batch is filled before the canaries are through, though they are scheduled by the same
     * turns: else hashes would go to the tenant that nothing has proven yet. Each pass looks anew,
     * for a user who came meanwhile may share an e-mail, or bring a new kind of hash. */
    run->cursor.begun = run->cursor.all_read = run->may_fill = false;
    run->counts.selected = run->counts.untried = 0;
    int rc = a0_run_survey(run, err);
    if (rc == AUTH0DB_OK)
        rc = a0_run_prove(run, err);
    run->may_fill = true;
    run->scheduler.exhausted = false;
    return rc == AUTH0DB_OK ? a0_run_schedule(run, err) : rc;
}

static int all_passes(a0_run *run, auth0db_error *err)
{
    bool more = true;
    int rc = AUTH0DB_OK;
    for (run->cursor.pass = 0; rc == AUTH0DB_OK && more; run->cursor.pass++) {
        rc = one_pass(run, err);
        if (rc == AUTH0DB_OK)
            rc = once_more(run, &more, err);
    }
    return rc;
}

/* What dead runs have left comes first: their users are claimed, and no pass would meet them. The
 * last sweep is for canaries whose job had not ended when they were to be removed. */
static int import(a0_run *run, auth0db_error *err)
{
    int rc = a0_export_recover(run, err);
    if (rc == AUTH0DB_OK)
        rc = a0_open_batch_adopt(run, err);
    if (rc == AUTH0DB_OK)
        rc = a0_canary_sweep(run, false, err);
    if (rc == AUTH0DB_OK)
        rc = all_passes(run, err);
    if (rc == AUTH0DB_OK)
        rc = a0_canary_sweep(run, true, err);
    return rc;
}

static bool is_dry(const auth0db_import_options *options)
{
    return options != NULL && options->size >= sizeof *options && options->dry_run;
}

int auth0db_bulk_import(auth0db_bulk *bulk, const auth0db_import_options *options,
                        auth0db_error *err)
{
    a0_run run;
    auth0db_error told = {0};
    if (is_dry(options)) /* what an import would do is what the plan says */
        return auth0db_bulk_plan(bulk, &options->who, NULL, NULL, err);
    int rc = a0_run_open(&run, bulk, AUTH0DB_USE_IMPORT, options, err);
    if (rc == AUTH0DB_OK) {
        rc = import(&run, err);
        /* Reported whatever the run's end was; its own error stays the one to tell. */
        int reported = emit_report(&run, rc, &told);
        if (rc == AUTH0DB_OK && reported != AUTH0DB_OK) {
            rc = reported;
            if (err != NULL)
                *err = told;
        }
    }
    a0_run_close(&run);
    return rc;
}
