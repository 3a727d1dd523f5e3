/* What an import would do, counted as the import counts it. It judges nobody and changes nothing:
 * assess.c judges, and the survey counts, for the plan and the import alike. */
#include <stdio.h>

#include "bulk/batch/buffer.h"
#include "bulk/report/pace.h"
#include "bulk/report/survey.h"

/* How long a job takes is in no documentation, so an estimate rests on these figures, and says so
 * (facts/auth0.md 5.1, 6.2). */
enum {
    USERS_PER_MINUTE = 235, /* of a job: 2,000 were seen to take 8 to 9 minutes */
    JOBS_AT_ONCE = 2,
    REQUESTS_PER_S = 2, /* the smallest plan's */
    POLL_EVERY_S = 15
};
static const char *const assumptions[] = {
    "a job imports 235 users a minute: what others have seen (2,000 users in 8 to 9 minutes), not "
    "what Auth0 promises",
    "two jobs side by side, as many as a tenant takes",
    "2 requests a second, the rate limit of the smallest plan; each job is looked at every 15 "
    "seconds",
};

static uint64_t divided(uint64_t a, uint64_t b)
{
    return b > 0 ? (a + b - 1) / b : 0;
}

/* A submission and a report for each job, and the questions whether it has ended. */
static uint64_t requests_in(const a0_survey *s, double importing_s)
{
    const uint64_t at_once = s->jobs < JOBS_AT_ONCE ? s->jobs : JOBS_AT_ONCE;
    return s->jobs * 2 + divided((uint64_t)importing_s * at_once, POLL_EVERY_S);
}

/* How full the jobs are, but for the last one, which takes what is left. */
static double fill(const a0_survey *s, size_t room)
{
    const uint64_t jobs = s->jobs > 1 ? s->jobs - 1 : s->jobs;
    const uint64_t bytes = s->jobs > 1 ? s->job_bytes - s->last_job_bytes : s->job_bytes;
    return jobs > 0 ? (double)bytes / ((double)jobs * (double)room) : 0;
}

/* Both limits at once: what the jobs take, and what asking after them takes. */
static uint64_t seconds_at(const a0_survey *s, double users_per_minute)
{
    const uint64_t at_once = s->jobs < JOBS_AT_ONCE ? s->jobs : JOBS_AT_ONCE;
    const double importing =
        at_once > 0 ? (double)s->dispositions[A0_MOVES] * 60 / (users_per_minute * (double)at_once)
                    : 0;
    const uint64_t asking = divided(requests_in(s, importing), REQUESTS_PER_S);
    const uint64_t whole = (uint64_t)importing + (importing > (double)(uint64_t)importing);
    return whole > asking ? whole : asking;
}

/* Rests on the tenant's own jobs as soon as there are any. */
static json_t *emit_estimate(const a0_survey *s, const a0_pace *pace)
{
    char measured[160];
    a0_pace_estimate told = {.usual = USERS_PER_MINUTE};
    const bool own = a0_pace_estimated(pace, &told);
    if (own)
        snprintf(
            measured, sizeof measured,
            "a job imports %.0f users a minute, as this site's %zu finished jobs at the tenant "
            "show (from %.0f to %.0f)",
            told.usual, pace->jobs, told.slow, told.fast);
    const uint64_t seconds = seconds_at(s, told.usual);
    json_t *estimate = json_pack("{s:I, s:I, s:I, s:[s, s, s]}", "seconds", (json_int_t)seconds,
                                 "requests", (json_int_t)requests_in(s, (double)seconds),
                                 "measured_jobs", (json_int_t)pace->jobs, "assumptions",
                                 own ? measured : assumptions[0], assumptions[1], assumptions[2]);
    if (own && estimate != NULL) {
        json_object_set_new(estimate, "seconds_low",
                            json_integer((json_int_t)seconds_at(s, told.fast)));
        json_object_set_new(estimate, "seconds_high",
                            json_integer((json_int_t)seconds_at(s, told.slow)));
    }
    return estimate;
}

static json_t *emit_tenant(const a0_bulk_tenant *tenant)
{
    const unsigned least = tenant->rules.username_min, most = tenant->rules.username_max;
    if (!tenant->asked)
        return json_pack("{s:b}", "asked", 0);
    return json_pack(
        "{s:b, s:s, s:b, s:i, s:i, s:s, s:s}", "asked", 1, "connection", tenant->connection.name,
        "requires_username", (int)tenant->rules.require_username, "username_min",
        (int)(least > 0 ? least : 1), "username_max", (int)(most > 0 ? most : 15), "mfa_policy",
        auth0db_mfa_policy_name(tenant->mfa), "mfa_says", auth0db_mfa_policy_says(tenant->mfa));
}

static json_t *emit_plan(const a0_survey *s, const a0_decision *decision,
                         const a0_bulk_tenant *tenant, size_t room, const a0_pace *pace)
{
    json_t *report = json_pack(
        "{s:s, s:s, s:I, s:I, s:I, s:f, s:o, s:o}", "event", "report", "run", "plan", "jobs",
        (json_int_t)s->jobs, "bytes", (json_int_t)s->job_bytes, "room", (json_int_t)room, "fill",
        fill(s, room), "estimate", emit_estimate(s, pace), "tenant", emit_tenant(tenant));
    if (report != NULL && a0_survey_emit(s, decision, report))
        return report;
    json_decref(report);
    return NULL;
}

/* Our own tables are not needed yet: a plan comes before anybody has made them. */
int auth0db_bulk_plan(auth0db_bulk *bulk, const auth0db_selection *selection, auth0db_held_fn held,
                      void *held_ctx, auth0db_error *err)
{
    a0_bulk_tenant tenant;
    a0_selection who;
    a0_decision decision = {0};
    a0_survey survey;
    a0_pace pace = {0};
    int rc = a0_selection_read(&who, selection, err);
    if (rc == AUTH0DB_OK)
        rc = a0_store_check(bulk->store, false, err);
    /* Without a tenant a plan goes by Auth0's defaults, and says so. */
    if (rc == AUTH0DB_OK && bulk->client != NULL)
        rc = a0_bulk_need_scopes(bulk, AUTH0DB_USE_PLAN, err);
    if (rc == AUTH0DB_OK)
        rc = a0_bulk_ask_tenant(bulk, AUTH0DB_USE_PLAN, &tenant, err);
    if (rc != AUTH0DB_OK)
        return rc;
    const size_t room = bulk->room > 0 ? bulk->room : a0_bulk_room(tenant.connection.id);
    rc = a0_decide(&decision, bulk, &who, &tenant.rules, err);
    if (rc == AUTH0DB_OK)
        rc = a0_survey_run(&survey, bulk, &decision, room, held, held_ctx, err);
    if (rc == AUTH0DB_OK)
        a0_pace_read(&pace, bulk->store);
    if (rc == AUTH0DB_OK)
        rc = a0_bulk_event(bulk, emit_plan(&survey, &decision, &tenant, room, &pace), err);
    a0_decision_clear(&decision);
    return rc;
}
