/* How the answers about jobs are read; for src/auth0 and its tests. */
#ifndef A0_AUTH0_JOBS_INT_H
#define A0_AUTH0_JOBS_INT_H

#include "auth0/client_int.h"
#include "auth0/jobs.h"

/** A job as the API shows it; `id`: the one that was asked for, NULL: a new one. */
auth0db_outcome a0_job_read(a0_call *call, const json_t *json, const char *id, a0_job *out);
/** The answer to a0_job_errors, but 204; an array or an object. */
auth0db_outcome a0_job_read_errors(a0_call *call, const json_t *json, const char *id,
                                   a0_row_error_fn each, void *ctx, a0_job_report *out);

#endif
