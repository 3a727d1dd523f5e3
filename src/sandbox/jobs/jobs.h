/* Bulk jobs: their records, and their work. A job is a row of the database; while it is under way
 * it also has what its work needs in memory (sb_run). How far a job is depends on the tenant's
 * clock alone, so a test that advances the clock finds its jobs where they would be by then.
 *
 * Everything here is called with the tenant's lock held, but for sb_jobs_start and sb_jobs_stop. */
#ifndef A0_SANDBOX_JOBS_JOBS_H
#define A0_SANDBOX_JOBS_JOBS_H

#include "sandbox/tenant/connections.h"

enum {
    SB_JOB_ID_LEN = 20,                     /* "job_" and 16 characters */
    SB_JOB_DETAILS_MAX = 200,               /* bytes of status_details */
    SB_JOB_TIMEOUT_MS = 2 * 3600 * 1000,    /* then it has failed (facts/auth0.md 5.1) */
    SB_JOB_RETENTION_MS = 24 * 3600 * 1000, /* then it and its results are gone */
    SB_JOB_CHUNK = 200,                     /* users at a time, with the lock held */
};

#define SB_TENANT_OWNER "owner@sandbox.example" /* who gets completion mails */

typedef enum sb_job_kind { SB_JOB_IMPORT, SB_JOB_EXPORT, SB_JOB_MAIL } sb_job_kind;
typedef enum sb_job_status { SB_JOB_RUNNING, SB_JOB_COMPLETED, SB_JOB_FAILED } sb_job_status;

typedef struct sb_job {
    int64_t seq;
    char id[SB_JOB_ID_LEN + 1];
    sb_job_kind kind;
    sb_job_status status;
    json_t *record; /* what the API shows of it from the beginning: type, connection, upsert, ... */
    json_t *plan;   /* what a fault makes of it (faults.h); {} where all goes well */
    char details[SB_JOB_DETAILS_MAX]; /* why it failed; "": it does not say */
    int64_t created_ms;
    int64_t total, done, inserted, updated, failed; /* users */
} sb_job;

typedef struct sb_jobs sb_jobs;
sb_jobs *sb_jobs_new(void);
void sb_jobs_free(sb_jobs *jobs); /* NULL is a no-op; the thread has stopped */
/** Forget what is under way, and every record. */
A0_MUST_CHECK int sb_jobs_reset(sb_tenant *tenant);
/** Take up what was under way when the tenant's file was last closed. */
A0_MUST_CHECK int sb_jobs_load(sb_tenant *tenant);

/** Start work in a thread of its own. */
A0_MUST_CHECK int sb_jobs_start(sb_tenant *tenant, auth0db_error *err);
/** End the thread, after tenant->stopping was set; what is under way stays so. */
void sb_jobs_stop(sb_tenant *tenant);
/** Do everything that is due by now. */
void sb_jobs_catch_up(sb_tenant *tenant);
/** The clock or the speed has changed: look again. */
void sb_jobs_wake(sb_tenant *tenant);

/** Imports that are not at their end. */
int64_t sb_jobs_live_imports(sb_tenant *tenant);
/** Keep a new job and begin it: fills seq, id, created_ms and total. rows: an import's users, and
 * file: the same as text, which a restart reads again; both borrowed, NULL for other jobs. */
A0_MUST_CHECK int sb_job_submit(sb_tenant *tenant, sb_job *job, json_t *rows, const a0_buf *file);
/** False: there is none, it is older than a day, or a fault has lost its record. */
bool sb_job_find(sb_tenant *tenant, const char *id, sb_job *out);
void sb_job_clear(sb_job *job);
/** How long the whole job takes on the tenant's clock, by its options. */
int64_t sb_job_duration_ms(const sb_tenant *tenant, const sb_job *job);
/** What the API shows of it wherever it shows it: a new object, NULL without memory. */
json_t *sb_job_json(const sb_tenant *tenant, const sb_job *job);
/** Rows that failed, as the text of a JSON array; empty where there are none. */
A0_MUST_CHECK int sb_job_errors(sb_tenant *tenant, const sb_job *job, a0_buf *out);
/** The compressed file of a completed export; NOT_FOUND is reported as AUTH0DB_ERR_STATE. */
A0_MUST_CHECK int sb_job_file(sb_tenant *tenant, const sb_job *job, a0_buf *out);

#endif
