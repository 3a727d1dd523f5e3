/* One import batch and its job: from its claim in the site's database to its settlement.
 *
 * Pure: it decides and does no I/O. It says what is due (a0_job_due), its driver does that
 * and tells what came of it; docs/bulk.md, "Import", has the rules in words. One of them carries
 * all others: a user is linked only where the tenant has said that it exists.
 *
 * Times are milliseconds of one clock that never runs backwards. One thread at a time. */
#ifndef A0_BULK_BATCH_JOB_STATE_H
#define A0_BULK_BATCH_JOB_STATE_H

#include <stdint.h>

#include "auth0/jobs.h"
#include "auth0db/login.h"

enum {
    A0_JOB_TRIES_MAX = 3,              /* how often a user is sent that the tenant does not
                                             refuse, yet does not take either */
    A0_JOB_ENDS_MS = 130 * 60 * 1000,  /* a job has two hours (facts/auth0.md 5.1), and grace */
    A0_JOB_TROUBLE_MS = 15 * 60 * 1000 /* of trouble with one and the same request */
};

/* Why a user is looked up at the tenant, or what a refusal was for. */
typedef enum a0_row_cause_class {
    A0_CAUSE_NONE,  /* the job did not account for it */
    A0_CAUSE_TAKEN, /* e-mail, name or id are in use; not said which */
    A0_CAUSE_EMAIL_TAKEN,
    A0_CAUSE_NAME_TAKEN,
    A0_CAUSE_TWICE, /* the file has its e-mail, name or id twice, says the tenant */
    A0_CAUSE_HALF_CREATED,
    A0_CAUSE_MFA,      /* the user was made, its second factors were not */
    A0_CAUSE_INVALID,  /* the row breaks a rule of the tenant's */
    A0_CAUSE_OPERATOR, /* nobody's row would have passed */
    A0_CAUSE_UNKNOWN,  /* a code of tomorrow */
    A0_CAUSE_CLASSES
} a0_row_cause_class;

/* What an error row comes down to. */
typedef struct a0_row_judgement {
    a0_row_cause_class cause;
    auth0db_holdout reason; /* of INVALID; of TWICE and UNKNOWN, should the tenant not know the
                               user */
    char detail[360];       /* code, path and the tenant's words, one line: room for all of it */
} a0_row_judgement;

/** Every code of facts/auth0.md 4.10, and those that are not there. Codes decide; words decide only
 * where one code stands for two situations, or is unknown. */
void a0_row_judge(const a0_row_error *error, a0_row_judgement *out);

typedef enum a0_row_disposition {
    A0_ROW_OPEN, /* nothing is known yet */
    A0_ROW_HINT, /* the tenant's search is asked first, which spares looking up who is not there */
    A0_ROW_LOOK, /* by its id */
    A0_ROW_LOOK_EMAIL, /* its id is not there: who has its e-mail? */
    A0_ROW_LOOK_NAME,  /* nobody has, yet somebody is in its way: who has its user name? */
    A0_ROW_LINK,
    A0_ROW_HOLD,
    A0_ROW_AGAIN, /* not there, and nobody has refused it: sent once more */
    A0_ROW_FREE   /* was not sent: nothing but its claim's end */
} a0_row_disposition;

typedef struct a0_batch_row {
    /* one allocation, at key */
    const char *key, *auth0_id, *email, *sync_digest, *holdout_digest;
    const char *site_name; /* as `username` of a buffered row; "": sent without, or nobody knows */
    a0_row_disposition disposition;
    a0_row_cause_class cause;
    auth0db_holdout reason; /* HOLD; before, what a refusal says it would be */
    bool made_now;          /* LINK: this very job made it, with the hash of sync_digest */
    bool blocked, factors;  /* it was sent so, perhaps, or the tenant says so */
    bool without_mfa;       /* LINK: its second factors stayed behind */
    char *text;             /* owned; HOLD: detail, LINK: the tenant mark; NULL: "" */
    char *username;         /* owned; as the report repeats it; NULL: it was sent without */
} a0_batch_row;

typedef enum a0_job_due {
    A0_DUE_SUBMIT,
    A0_DUE_POLL,
    A0_DUE_REPORT, /* of a job that has ended: a0_job_errors */
    A0_DUE_HINT,   /* the next rows of disposition HINT, at most A0_USERS_BY_IDS_MAX */
    A0_DUE_LOOK,   /* row `look`: by id, by e-mail or by user name, as its disposition says */
    A0_DUE_SETTLE,
    A0_DUE_NOTHING /* it has ended, and is on record */
} a0_job_due;

/* Whether the run can go on. */
typedef enum a0_step_result {
    A0_GO_ON,
    A0_STOP, /* the operator must act, or the tenant is away: the error of this call says why */
    A0_NO_MEMORY
} a0_step_result;

/* When something was told. */
typedef struct a0_when {
    uint64_t now_ms;
    unsigned pause_ms; /* what the tenant's rate limit asks for: a0_client_pause_ms */
} a0_when;

typedef struct a0_job_state {
    a0_batch_row *rows;
    size_t n;
    unsigned attempt; /* how often these users were sent before */
    a0_job_due due;
    uint64_t due_ms;
    bool sent;     /* a job exists, or may exist */
    bool by_hand;  /* somebody typed the job's name: nobody is linked on its word alone */
    bool doubtful; /* no job was ever completed: a failure is the tenant's, not a row's */
    bool split;    /* nobody knows which row it was: send the AGAIN rows in two halves */
    bool waits_for_slot;
    char job_id[64];
    a0_job job; /* as last told */
    uint64_t submitted_ms, ends_ms;
    unsigned tries, lost; /* of what is due; submissions without an answer */
    uint64_t trouble_since_ms;
    unsigned typical_ms; /* what a job takes, as far as known; 0: it is not */
    unsigned spread;     /* 0 to 255: keeps importers side by side from asking in step */
    size_t look;
    size_t in_report, not_ours; /* rows of the report that matched, and that did not */
    size_t *by_id;              /* rows in the order of their ids, made for the report */
} a0_job_state;

/** Room for n rows, all OPEN, due to be submitted at once. False: no memory. */
A0_MUST_CHECK bool a0_job_state_init(a0_job_state *state, size_t n);
void a0_job_state_clear(a0_job_state *state);
/** The texts of `row` are copied, NULL is "", and `blocked` and `factors`; nothing else of it is
 * read. False: no memory. */
A0_MUST_CHECK bool a0_job_state_set_row(a0_job_state *state, size_t i, const a0_batch_row *row);

/* A batch found on record, whose process is gone. */
/** Its job is known: ask after it. `age_ms` since it was submitted. */
void a0_job_state_resume_job(a0_job_state *state, const char *job_id, uint64_t age_ms,
                             uint64_t now_ms);
/** It was sent or not: link who is there, free the others (their hashes are not on record, so the
 * import reads them anew). */
void a0_job_state_resume_unsent(a0_job_state *state, uint64_t now_ms);
/** The tenant has no word of the job, or was never given one: as resume_unsent, but every row is
 * looked up by its id. */
void a0_job_state_look_up_all(a0_job_state *state, uint64_t now_ms);

a0_step_result a0_job_state_submitted(a0_job_state *state, a0_submission what, const a0_job *job,
                                      a0_when when);
a0_step_result a0_job_state_polled(a0_job_state *state, auth0db_outcome outcome, const a0_job *job,
                                   a0_when when);
/** One row of the report, while it is being read. */
a0_step_result a0_job_state_row_refused(a0_job_state *state, const a0_row_error *error);
a0_step_result a0_job_state_reported(a0_job_state *state, auth0db_outcome outcome,
                                     const a0_job_report *report, a0_when when);
/** Rows that are due for a hint: their numbers, at most `room`. */
size_t a0_job_state_hint_rows(const a0_job_state *state, size_t *rows, size_t room);
/** `known[i]` of rows[i]. */
a0_step_result a0_job_state_hinted(a0_job_state *state, auth0db_outcome outcome, const size_t *rows,
                                   size_t n, const bool *known, a0_when when);
/** Of the row that was due: the user with its id. */
a0_step_result a0_job_state_looked(a0_job_state *state, auth0db_outcome outcome,
                                   const auth0db_tenant_user *user, a0_when when);
/** Of the row that was due: has anybody at the tenant its e-mail? */
a0_step_result a0_job_state_looked_email(a0_job_state *state, auth0db_outcome outcome,
                                         bool somebody, a0_when when);
/** Of the row that was due: has somebody its user name, by the tenant's search? */
a0_step_result a0_job_state_looked_name(a0_job_state *state, auth0db_outcome outcome, bool somebody,
                                        a0_when when);
void a0_job_state_settled(a0_job_state *state);

/** Nothing was sent and nothing will be: free all rows. */
void a0_job_state_give_up(a0_job_state *state, uint64_t now_ms);
/** A job of ours is at the tenant. */
bool a0_job_state_is_live(const a0_job_state *state);

#endif
