/* What an import would do, counted as the import counts it. */
#include "migrate/plan/pack.h"
#include "migrate/plan/survey.h"

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

/* How full the jobs are, but for the last one, which takes what is left. */
static double fill(const a0_survey *s, size_t room)
{
    const uint64_t jobs = s->jobs > 1 ? s->jobs - 1 : s->jobs;
    const uint64_t bytes = s->jobs > 1 ? s->job_bytes - s->last_job_bytes : s->job_bytes;
    return jobs > 0 ? (double)bytes / ((double)jobs * (double)room) : 0;
}

static json_t *tell_estimate(const a0_survey *s)
{
    const uint64_t users = s->fates[A0_MOVES];
    const uint64_t at_once = s->jobs < JOBS_AT_ONCE ? s->jobs : JOBS_AT_ONCE;
    const uint64_t importing = divided(users * 60, USERS_PER_MINUTE * at_once);
    const uint64_t requests = s->jobs * 2 + divided(importing * at_once, POLL_EVERY_S);
    const uint64_t asking = divided(requests, REQUESTS_PER_S);
    return json_pack("{s:I, s:I, s:[s, s, s]}", "seconds",
                     (json_int_t)(importing > asking ? importing : asking), "requests",
                     (json_int_t)requests, "assumptions", assumptions[0], assumptions[1],
                     assumptions[2]);
}

static json_t *tell_tenant(const a0_bulk_tenant *tenant)
{
    const unsigned least = tenant->rules.username_min, most = tenant->rules.username_max;
    if (!tenant->asked)
        return json_pack("{s:b}", "asked", 0);
    return json_pack("{s:b, s:s, s:b, s:i, s:i, s:s, s:s}", "asked", 1, "connection",
                     tenant->connection.name, "requires_username",
                     (int)tenant->rules.require_username, "username_min",
                     (int)(least > 0 ? least : 1), "username_max", (int)(most > 0 ? most : 15),
                     "mfa_policy", auth0db_mfa_policy_name(tenant->mfa), "mfa_says",
                     auth0db_mfa_policy_says(tenant->mfa));
}

static json_t *tell_plan(const a0_survey *s, const a0_decision *decision,
                         const a0_bulk_tenant *tenant, size_t room)
{
    json_t *report = json_pack(
        "{s:s, s:s, s:I, s:I, s:I, s:f, s:o, s:o}", "event", "report", "run", "plan", "jobs",
        (json_int_t)s->jobs, "bytes", (json_int_t)s->job_bytes, "room", (json_int_t)room, "fill",
        fill(s, room), "estimate", tell_estimate(s), "tenant", tell_tenant(tenant));
    if (report != NULL && a0_survey_tell(s, decision, report))
        return report;
    json_decref(report);
    return NULL;
}

int auth0db_bulk_plan(auth0db_bulk *bulk, const auth0db_selection *selection, auth0db_held_fn held,
                      void *held_ctx, auth0db_error *err)
{
    a0_bulk_tenant tenant;
    a0_selection who;
    a0_decision decision = {0};
    a0_survey survey;
    int rc = a0_selection_read(&who, selection, err);
    if (rc == AUTH0DB_OK)
        rc = a0_store_check(bulk->store, false, err);
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
        rc = a0_bulk_event(bulk, tell_plan(&survey, &decision, &tenant, room), err);
    a0_decision_clear(&decision);
    return rc;
}
