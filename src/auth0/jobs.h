/* Import jobs at the tenant (facts/auth0.md 4.8 to 4.10); for src/bulk.
 *
 * As include/auth0db/client.h: every call blocks for at most its deadline, ends in one outcome of a
 * closed set, zeroes `out` first, and fills err (may be NULL) unless all went well. Reads are
 * repeated within the deadline; a submission is never. How to be told of waits, and to end them:
 * auth0/calls.h. */
#ifndef A0_AUTH0_JOBS_H
#define A0_AUTH0_JOBS_H

#include <stdbool.h>
#include <stddef.h>

#include "auth0db/client.h"
#include "base/error.h"

enum {
    A0_IMPORT_REQUEST_MAX = 512000, /* bytes of the whole request body (facts/auth0.md 0.11) */
    A0_EXTERNAL_ID_MAX = 64,
    A0_ROW_CAUSES_MAX = 8,
};

/* What to import. Everything is borrowed for the call; the users are sent from where they lie. */
typedef struct a0_import {
    const char *connection_id; /* auth0db_connection_info.id */
    const char *external_id;   /* [A-Za-z0-9._:-], at most A0_EXTERNAL_ID_MAX */
    const void *users;         /* a JSON array */
    size_t len;
} a0_import;

/** Exact bytes of the request's body for such an import; `users` itself is not looked at. */
size_t a0_import_request_size(const a0_import *import);

/* What became of a submission. */
typedef enum a0_submission {
    A0_SUBMIT_ACCEPTED,
    A0_SUBMIT_SLOTS_FULL, /* as many import jobs as the tenant takes are running: wait for a job */
    A0_SUBMIT_THROTTLED,  /* rate limit: wait for a0_client_pause_ms */
    A0_SUBMIT_TOO_LARGE,
    A0_SUBMIT_REFUSED,       /* the tenant does not take the request; its words are in err */
    A0_SUBMIT_MISCONFIGURED, /* scopes, credentials, connection */
    A0_SUBMIT_NOT_SENT,      /* there is no job: nothing has left this machine */
    A0_SUBMIT_LOST, /* no answer, half of one, or a 5xx: the job may exist or not, and nothing but
                       the users themselves will tell */
} a0_submission;

/** Stable lower-case word, e.g. "slots_full". */
const char *a0_submission_name(a0_submission submission);

typedef enum a0_job_status {
    A0_JOB_RUNNING, /* pending, and every word that is not known */
    A0_JOB_COMPLETED,
    A0_JOB_FAILED, /* as a whole; some of its users may exist all the same */
} a0_job_status;

typedef struct a0_job {
    char id[64];
    a0_job_status status;
    char external_id[A0_EXTERNAL_ID_MAX + 1]; /* "" where there is none, or one that is not ours */
    int percentage;                           /* -1 where the tenant does not say */
    bool has_summary;                         /* the numbers below count */
    int inserted, updated, failed, total;
    char details[200]; /* of a failure, in the tenant's words: one line, for people; may be "" */
} a0_job;

/** POST /jobs/users-imports, without a mail to the tenant's owners. ACCEPTED fills out->id. An
 * external_id or connection_id that cannot be one is REFUSED unsent. */
a0_submission a0_job_submit(auth0db_client *client, const a0_import *import, unsigned deadline_ms,
                            a0_job *out, auth0db_error *err);

/** NOT_FOUND: never there, older than 24 hours, or no import. */
auth0db_outcome a0_job_get(auth0db_client *client, const char *id, unsigned deadline_ms,
                           a0_job *out, auth0db_error *err);

/* Why a user was not imported. All text is "" where it is missing, and one line. */
typedef struct a0_row_cause {
    char code[48]; /* [A-Z0-9_], else "": an open set (facts/auth0.md 4.10) */
    char message[200];
    char path[96];
} a0_row_cause;

/* One refused user, borrowed for the callback. The ids are as the import file held them (without
 * the "auth0|" of the tenant, should it have added it), "" where the tenant has left them out. */
typedef struct a0_row_error {
    const char *user_id, *email, *username;
    size_t n; /* causes the tenant named; the first A0_ROW_CAUSES_MAX are in `causes` */
    const a0_row_cause *causes;
} a0_row_error;

/** False ends the walk. */
typedef bool (*a0_row_error_fn)(void *ctx, const a0_row_error *row);

typedef enum a0_report {
    A0_REPORT_NONE, /* nothing recorded; of a job that failed: refused whole, nobody knows why */
    A0_REPORT_ROWS,
    A0_REPORT_WHOLE, /* the job failed as a whole */
} a0_report;

typedef struct a0_job_report {
    a0_report kind;
    size_t rows;
    char details[200]; /* WHOLE: the tenant's words, one line, for people; may be "" */
} a0_job_report;

/** GET /jobs/{id}/errors. The answer is looked at as a whole before the first callback: half a
 * report is none. NOT_FOUND as for a0_job_get. */
auth0db_outcome a0_job_errors(auth0db_client *client, const char *id, unsigned deadline_ms,
                              a0_row_error_fn each, void *ctx, a0_job_report *out,
                              auth0db_error *err);

#endif
