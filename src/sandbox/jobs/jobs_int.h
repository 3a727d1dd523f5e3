/* Between the files of the jobs: jobs.c (records), jobs_run.c (when what is done), job_import.c and
 * job_export.c (what is done). */
#ifndef A0_SANDBOX_JOBS_JOBS_INT_H
#define A0_SANDBOX_JOBS_JOBS_INT_H

#include "sandbox/jobs/jobs.h"

typedef struct sb_export sb_export;

/* A job under way. */
typedef struct sb_run {
    sb_job job;
    json_t *rows;   /* import: the file; borrowed by nobody else */
    json_t *seen;   /* import: addresses that the file has had so far, as keys */
    sb_export *out; /* export: the file so far */
    struct sb_run *next;
} sb_run;

/** Take `job` under way: moved, but where there is no memory for that. rows: shared, NULL for an
 * export. */
A0_MUST_CHECK int sb_run_add(sb_tenant *tenant, sb_job *job, json_t *rows);
void sb_run_free(sb_run *run);
void sb_runs_clear(sb_tenant *tenant);

/** Delete what is older than a day. */
A0_MUST_CHECK int sb_jobs_sweep(sb_tenant *tenant);
/** Write status, counts and details; file: what replaces the kept file (NULL: nothing does). */
A0_MUST_CHECK int sb_job_save(sb_tenant *tenant, const sb_job *job, const a0_buf *file);

/** The users from job.done to `until`: at most SB_JOB_CHUNK of them, within a transaction of the
 * caller. */
A0_MUST_CHECK int sb_import_work(sb_tenant *tenant, sb_run *run, int64_t until);
A0_MUST_CHECK int sb_export_work(sb_tenant *tenant, sb_run *run, int64_t until);
/** The whole compressed file, when all users are in it. */
A0_MUST_CHECK int sb_export_finish(sb_run *run, a0_buf *out);
void sb_export_free(sb_export *out); /* NULL is a no-op */

/** Addresses of rows that were done before a restart count as seen. */
A0_MUST_CHECK int sb_import_resume(sb_run *run);

#endif
