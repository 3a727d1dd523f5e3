/* When what is done: a pure function of the tenant's clock, and a thread that waits for it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "sandbox/jobs/jobs_int.h"
#include "sandbox/tenant/db.h"
#include "sandbox/tenant/outbox.h"
#include "sandbox/tenant/tenant_log.h"

enum {
    BREATH_US = 100, /* between two chunks, for the requests that wait for the lock */
    TICK_MS = 20,    /* a paced job is worked on in steps of this at the least */
    IDLE_MS = 3600000,
};

struct sb_jobs {
    sb_run *first;
    pthread_cond_t wake;
    pthread_t thread;
    bool running;
};

sb_jobs *sb_jobs_new(void)
{
    sb_jobs *jobs = a0_alloc(sizeof *jobs);
    if (jobs != NULL)
        pthread_cond_init(&jobs->wake, NULL);
    return jobs;
}

void sb_run_free(sb_run *run)
{
    sb_job_clear(&run->job);
    json_decref(run->rows);
    json_decref(run->seen);
    sb_export_free(run->out);
    a0_free(run);
}

static void clear(sb_jobs *jobs)
{
    while (jobs->first != NULL) {
        sb_run *next = jobs->first->next;
        sb_run_free(jobs->first);
        jobs->first = next;
    }
}

void sb_runs_clear(sb_tenant *tenant)
{
    clear(tenant->jobs);
}

void sb_jobs_free(sb_jobs *jobs)
{
    if (jobs == NULL)
        return;
    clear(jobs);
    pthread_cond_destroy(&jobs->wake);
    a0_free(jobs);
}

int sb_run_add(sb_tenant *tenant, sb_job *job, json_t *rows)
{
    sb_run **end = &tenant->jobs->first;
    sb_run *run = a0_alloc(sizeof *run);
    if (run == NULL)
        return AUTH0DB_ERR_NO_MEMORY;
    run->job = *job;
    *job = (sb_job){0};
    run->rows = json_incref(rows);
    run->seen = json_object();
    int rc = run->seen == NULL                ? AUTH0DB_ERR_NO_MEMORY
             : run->job.kind != SB_JOB_IMPORT ? AUTH0DB_OK
                                              : sb_import_resume(run);
    if (rc != AUTH0DB_OK) {
        sb_run_free(run);
        return rc;
    }
    /* Behind the others: each job gets a chunk in its turn. */
    while (*end != NULL)
        end = &(*end)->next;
    *end = run;
    sb_jobs_wake(tenant);
    return AUTH0DB_OK;
}

/* ---- what is due ---- */

/* A fault can make a job stop, or fail, after so many users. */
static int64_t reach_of(const sb_job *job)
{
    int64_t after = a0_json_int(job->plan, "after", 0);
    bool ends_early = a0_json_true(job->plan, "stall") || a0_json_true(job->plan, "fail");
    return ends_early && after < job->total ? after : job->total;
}

/* Users that are done by `now`. */
static int64_t due(const sb_tenant *tenant, const sb_job *job, int64_t now)
{
    int64_t duration = sb_job_duration_ms(tenant, job), elapsed = now - job->created_ms;
    int64_t n = job->total;
    if (elapsed < duration)
        n = elapsed > 0 ? (int64_t)((double)job->total * (double)elapsed / (double)duration) : 0;
    int64_t reach = reach_of(job);
    return n < reach ? n : reach;
}

/* When the job gets to its n-th user, or to its end (n >= total), on the tenant's clock. */
static int64_t time_of(const sb_tenant *tenant, const sb_job *job, int64_t n)
{
    int64_t duration = sb_job_duration_ms(tenant, job);
    if (n >= job->total)
        return job->created_ms + duration;
    return job->created_ms + (int64_t)((double)duration * (double)n / (double)job->total) + 1;
}

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* When there is something to do for the job again. A job that a fault stalls is looked at again
 * when its two hours are over, and not before. */
static int64_t next_time(const sb_tenant *tenant, const sb_job *job)
{
    int64_t timeout = job->created_ms + SB_JOB_TIMEOUT_MS;
    bool stalls = a0_json_true(job->plan, "stall") && job->done >= reach_of(job);
    if (stalls)
        return timeout;
    bool at_end = job->done >= reach_of(job);
    return min64(timeout, time_of(tenant, job, at_end ? job->done : job->done + 1));
}

/* ---- the end of a job ---- */

static void log_end(sb_tenant *tenant, const sb_job *job)
{
    char text[160];
    sb_request nobody = {0};
    sb_call call = {.tenant = tenant, .request = &nobody};
    if (job->kind != SB_JOB_IMPORT)
        return;
    snprintf(text, sizeof text, "%s: %lld inserted, %lld updated, %lld failed", job->id,
             (long long)job->inserted, (long long)job->updated, (long long)job->failed);
    sb_log(&call, &(sb_log_event){.type = job->status == SB_JOB_COMPLETED ? "sui" : "fui",
                                  .description = text,
                                  .connection = a0_json_text(job->record, "connection")});
}

/* Auth0 writes to all owners of the tenant; this one has a single one. */
static int announce(sb_tenant *tenant, const sb_job *job)
{
    char text[300];
    if (job->status != SB_JOB_COMPLETED || !a0_json_true(job->record, "send_completion_email"))
        return AUTH0DB_OK;
    snprintf(text, sizeof text,
             "The import %s into %s is complete.\n\n%lld users: %lld inserted, %lld updated, %lld "
             "failed.\n",
             job->id, a0_json_text(job->record, "connection"), (long long)job->total,
             (long long)job->inserted, (long long)job->updated, (long long)job->failed);
    return sb_outbox_add(tenant, &(sb_mail){.kind = "users_import",
                                            .to = SB_TENANT_OWNER,
                                            .subject = "Your users have been imported",
                                            .text = text});
}

/* The file goes with the end of an import: it holds hashes. */
static int end_job(sb_tenant *tenant, sb_run *run, sb_job_status status, const char *details)
{
    a0_buf file = {0};
    int rc = AUTH0DB_OK;
    run->job.status = status;
    snprintf(run->job.details, sizeof run->job.details, "%s", details != NULL ? details : "");
    if (run->job.kind == SB_JOB_EXPORT && status == SB_JOB_COMPLETED)
        rc = sb_export_finish(run, &file);
    if (rc == AUTH0DB_OK)
        rc = sb_job_save(tenant, &run->job, &file);
    if (rc == AUTH0DB_OK)
        rc = announce(tenant, &run->job);
    a0_buf_clear(&file);
    /* Also where the end could not be kept: the log is the last place where it can still be seen.
     */
    log_end(tenant, &run->job);
    return rc;
}

/* ---- work ---- */

/* A chunk and how far the job is are written together: a kill between two chunks neither repeats
 * nor loses an entry. */
static int work(sb_tenant *tenant, sb_run *run, int64_t until)
{
    sb_job before = run->job;
    if (sqlite3_exec(tenant->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
        return AUTH0DB_ERR_IO;
    int rc = run->job.kind == SB_JOB_EXPORT ? sb_export_work(tenant, run, until)
                                            : sb_import_work(tenant, run, until);
    if (rc == AUTH0DB_OK)
        rc = sb_job_save(tenant, &run->job, NULL);
    if (rc == AUTH0DB_OK && sqlite3_exec(tenant->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
        return AUTH0DB_OK;
    sqlite3_exec(tenant->db, "ROLLBACK", NULL, NULL, NULL);
    run->job = before;
    return rc != AUTH0DB_OK ? rc : AUTH0DB_ERR_IO;
}

/* One look at one job. *ended: it is no longer under way. What is due is done before the end is
 * looked at. After two hours, only what was due by then: the job has failed, and what it wrote
 * stays (the second half is a guess: facts/auth0.md 9.21). */
static int look_at(sb_tenant *tenant, sb_run *run, int64_t now, bool *ended)
{
    sb_job *job = &run->job;
    bool timed_out = now >= job->created_ms + SB_JOB_TIMEOUT_MS;
    int64_t until = due(tenant, job, timed_out ? job->created_ms + SB_JOB_TIMEOUT_MS : now);
    *ended = false;
    if (job->done < until)
        return work(tenant, run, min64(until, job->done + SB_JOB_CHUNK));
    *ended = true;
    bool on_time = now >= time_of(tenant, job, reach_of(job)) && job->done >= reach_of(job);
    if (on_time && a0_json_true(job->plan, "fail"))
        return end_job(tenant, run, SB_JOB_FAILED, a0_json_text(job->plan, "details"));
    if (on_time && !a0_json_true(job->plan, "stall"))
        return end_job(tenant, run, SB_JOB_COMPLETED, NULL);
    /* That it has failed is documented (facts/auth0.md 5.1), the words are ours. */
    if (timed_out)
        return end_job(tenant, run, SB_JOB_FAILED, "The job took more than two hours.");
    *ended = false;
    return AUTH0DB_OK;
}

/* Look at every job once. Returns how long until there is something to do: 0 is now. */
static int64_t step(sb_tenant *tenant)
{
    int64_t now = sb_now_ms(tenant), next = now + IDLE_MS;
    for (sb_run **at = &tenant->jobs->first; *at != NULL;) {
        sb_run *run = *at;
        bool ended;
        if (look_at(tenant, run, now, &ended) != AUTH0DB_OK) {
            /* the database does not take it; if it takes nothing at all, a restart goes on here */
            (void)!end_job(tenant, run, SB_JOB_FAILED, "Internal error.");
            ended = true;
        }
        if (ended) {
            *at = run->next;
            sb_run_free(run);
            continue;
        }
        next = min64(next, next_time(tenant, &run->job));
        at = &run->next;
    }
    return next > now ? next - now : 0;
}

/* In the thread of the request that has advanced the clock: its answer must not come before the
 * jobs are where that time finds them. */
void sb_jobs_catch_up(sb_tenant *tenant)
{
    while (tenant->jobs->first != NULL && step(tenant) == 0) {
    }
}

void sb_jobs_wake(sb_tenant *tenant)
{
    pthread_cond_signal(&tenant->jobs->wake);
}

/* ---- the thread ---- */

static void wait_for(sb_tenant *tenant, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    int64_t ns = until.tv_nsec + ms % 1000 * 1000000;
    until.tv_sec += ms / 1000 + ns / 1000000000;
    until.tv_nsec = (long)(ns % 1000000000);
    pthread_cond_timedwait(&tenant->jobs->wake, &tenant->lock, &until);
}

static void *work_on(void *ctx)
{
    sb_tenant *tenant = ctx;
    pthread_mutex_lock(&tenant->lock);
    while (!tenant->stopping) {
        int64_t ms = step(tenant);
        if (ms > 0) {
            (void)!sb_jobs_sweep(tenant); /* nobody sees the old ones; the disk does */
            wait_for(tenant, ms > TICK_MS ? ms : TICK_MS);
            continue;
        }
        pthread_mutex_unlock(&tenant->lock);
        /* A mutex is not fair: without a pause this thread would mostly get it again, and requests
         * would wait for the whole job. */
        nanosleep(&(struct timespec){.tv_nsec = BREATH_US * 1000}, NULL);
        pthread_mutex_lock(&tenant->lock);
    }
    pthread_mutex_unlock(&tenant->lock);
    return NULL;
}

int sb_jobs_start(sb_tenant *tenant, auth0db_error *err)
{
    int rc = pthread_create(&tenant->jobs->thread, NULL, work_on, tenant);
    if (rc != 0)
        return a0_error_set(err, AUTH0DB_ERR_IO, "jobs", "no thread: %s", strerror(rc));
    tenant->jobs->running = true;
    return AUTH0DB_OK;
}

void sb_jobs_stop(sb_tenant *tenant)
{
    if (!tenant->jobs->running)
        return;
    /* The signal comes under the lock: else it could fall between the thread's look at `stopping`
     * and its wait, and be lost. */
    pthread_mutex_lock(&tenant->lock);
    sb_jobs_wake(tenant);
    pthread_mutex_unlock(&tenant->lock);
    pthread_join(tenant->jobs->thread, NULL);
    tenant->jobs->running = false;
}
