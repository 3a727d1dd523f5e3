/* What an import would do, counted as the import counts it. */
#include "migrate/pack.h"
#include "migrate/survey.h"

/* How long jobs take is in no documentation. These are the figures an estimate rests on, and the
 * report names them (facts/auth0.md 5.1, 6.2): batches of 2,000 users took 8 to 9 minutes; two jobs
 * side by side; two requests a second on the smallest plan, one look at a job every 15 seconds. */
enum { USERS_PER_MINUTE = 235, JOBS_AT_ONCE = 2, REQUESTS_PER_S = 2, POLL_EVERY_S = 15 };

static uint64_t divided(uint64_t a, uint64_t b)
{
    return b > 0 ? (a + b - 1) / b : 0;
}

static json_t *tell_jobs(const a0_survey *s, size_t room)
{
    const uint64_t full = s->jobs > 1 ? s->jobs - 1 : s->jobs; /* the last takes what is left */
    const uint64_t bytes = s->jobs > 1 ? s->job_bytes - s->last_job_bytes : s->job_bytes;
    const uint64_t users = s->fates[A0_MOVES];
    return json_pack("{s:I, s:I, s:I, s:f, s:I}", "jobs", (json_int_t)s->jobs, "bytes",
                     (json_int_t)s->job_bytes, "room", (json_int_t)room, "fill",
                     full > 0 ? (double)bytes / ((double)full * (double)room) : 0.0,
                     "users_per_job", (json_int_t)divided(users, s->jobs));
}

static json_t *tell_estimate(const a0_survey *s)
{
    const uint64_t users = s->fates[A0_MOVES];
    const uint64_t importing = divided(users * 60, (uint64_t)USERS_PER_MINUTE * JOBS_AT_ONCE);
    const uint64_t requests = s->jobs * 2 + divided(importing * JOBS_AT_ONCE, POLL_EVERY_S);
    const uint64_t asking = divided(requests, REQUESTS_PER_S);
    return json_pack("{s:I, s:I, s:{s:i, s:i, s:i, s:i, s:b}}", "seconds",
                     (json_int_t)(importing > asking ? importing : asking), "requests",
                     (json_int_t)requests, "assumed", "users_a_minute_and_job", USERS_PER_MINUTE,
                     "jobs_at_once", JOBS_AT_ONCE, "requests_a_second", REQUESTS_PER_S,
                     "poll_every_seconds", POLL_EVERY_S, "measured", 0);
}

static json_t *tell_tenant(const a0_bulk_tenant *tenant)
{
    const unsigned least = tenant->rules.username_min, most = tenant->rules.username_max;
    if (!tenant->asked)
        return json_pack("{s:b}", "asked", 0);
    return json_pack("{s:b, s:s, s:b, s:i, s:i}", "asked", 1, "connection", tenant->connection.name,
                     "requires_username", tenant->rules.require_username, "username_min",
                     (int)(least > 0 ? least : 1), "username_max", (int)(most > 0 ? most : 15));
}

static json_t *tell_plan(const a0_survey *survey, const a0_decision *decision,
                         const a0_bulk_tenant *tenant, size_t room)
{
    json_t *report = json_pack("{s:s, s:s}", "event", "report", "run", "plan");
    if (report != NULL && a0_survey_tell(survey, decision, report) &&
        json_object_set_new(report, "import", tell_jobs(survey, room)) == 0 &&
        json_object_set_new(report, "estimate", tell_estimate(survey)) == 0 &&
        json_object_set_new(report, "tenant", tell_tenant(tenant)) == 0)
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
        rc = a0_bulk_ask_tenant(bulk, &tenant, err);
    if (rc != AUTH0DB_OK)
        return rc;
    const size_t room = a0_bulk_room(tenant.connection.id);
    rc = a0_decide(&decision, bulk, &who, &tenant.rules, err);
    if (rc == AUTH0DB_OK)
        rc = a0_survey_run(&survey, bulk, &decision, room, held, held_ctx, err);
    if (rc == AUTH0DB_OK)
        rc = a0_bulk_event(bulk, tell_plan(&survey, &decision, &tenant, room), err);
    a0_decision_clear(&decision);
    return rc;
}
