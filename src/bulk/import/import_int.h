/* The insides of a run of the import, for src/bulk/import. */
#ifndef A0_BULK_IMPORT_IMPORT_INT_H
#define A0_BULK_IMPORT_IMPORT_INT_H

#include "auth0/calls.h"
#include "base/buf.h"
#include "bulk/assess/hash_kind.h"
#include "bulk/batch/buffer.h"
#include "bulk/batch/scheduler.h"
#include "bulk/bulk_int.h"
#include "bulk/import/canary.h"
#include "bulk/import/owner.h"
#include "bulk/report/pace.h"
#include "bulk/report/survey.h"
#include "bulk/users.h"
#include "link/ids.h"

/* Deadlines of single requests. */
enum {
    A0_SUBMIT_MS = 120000, /* half a megabyte, over a slow line */
    A0_READ_MS = 30000,
    A0_LOOK_MS = 30000
};

/* A batch as this process knows it. Its job's state comes first, so that the
 * batch is found by the state that the scheduler hands out. */
typedef struct a0_open_batch {
    a0_job_state state;
    a0_batch record;
    a0_batch_buffer *buffer; /* until a job has it; NULL where the hashes were another process's */
} a0_open_batch;

/* Users to be sent once more, by their keys. */
typedef struct a0_redo {
    struct a0_redo *next;
    char **keys;
    size_t n, at;
    unsigned attempt;
} a0_redo;

/* A user to be held back; written some thousand at a time. */
typedef struct a0_to_hold {
    char *key, *detail; /* owned */
    auth0db_holdout reason;
    char digest[AUTH0DB_FINGERPRINT_SIZE];
} a0_to_hold;
enum { A0_TO_HOLD_MAX = 2000 };

/* In a batch's detail: one submission had no answer. */
#define A0_DETAIL_LOST "a job may exist that gave no answer"

enum { A0_PASSES_MAX = 4 }; /* over users who came, or became free, while the import ran */

/* Who comes next (load.c). */
typedef struct a0_cursor {
    a0_redo *redo;
    a0_buf after; /* key of the last user read: any bytes */
    bool begun;   /* there is one */
    bool all_read;
    unsigned pass;
    a0_to_hold *to_hold;
    size_t n_to_hold;
} a0_cursor;

/* Users, but for `jobs`. */
typedef struct a0_run_counts {
    uint64_t selected, batched; /* looked at; moved into a batch */
    uint64_t untried;           /* of this pass, whose kind of hash no canary was sent for */
    uint64_t linked, held, released, settled, jobs, total;
    uint64_t no_mfa; /* linked, but their second factor stayed behind */
} a0_run_counts;

typedef struct a0_run_clock {
    uint64_t started_ms, told_ms;
    int64_t signed_s; /* last sign of life */
} a0_run_clock;

/* One run: what it is for and works with, how far it is, and what it has counted. */
typedef struct a0_run {
    auth0db_bulk *bulk;
    const char *name; /* "import", "settle", "export", for the report */
    a0_selection who;
    bool no_canary;
    bool may_fill; /* new batches; else only what is open is brought to its end */
    a0_bulk_tenant tenant;
    char site[65], owner[A0_OWNER_SIZE];
    size_t room, full_room; /* for the users of a batch; as the tenant has it */
    a0_decision decision;   /* who shares what; as in the plan */
    a0_survey *survey;
    a0_canaries *canaries;

    a0_scheduler scheduler;
    a0_batch *unscheduled; /* a batch at work that the scheduler does not have yet; NULL */
    a0_open_batch *canary; /* of the scheduler, while it is under way */
    a0_cursor cursor;
    a0_run_counts counts;
    a0_run_clock clock;

    const char *phase;    /* for events */
    json_t *failed_kinds; /* {kind: what its canary has shown}, of canaries that failed */
    a0_pace pace;         /* of this site's finished jobs, this run's included */
    auth0db_error *err;   /* the first error; its code is the run's result */
} a0_run;

int64_t a0_run_now_us(const a0_run *run);
uint64_t a0_run_now_ms(const a0_run *run);
/** "auth0db-" and 32 random hex digits. */
A0_MUST_CHECK int a0_run_external_id(a0_run *run, char out[64], auth0db_error *err);
/** Sleep, waking for whoever interrupts and to give signs of life: INTERRUPTED. */
A0_MUST_CHECK int a0_run_wait(a0_run *run, unsigned ms, auth0db_error *err);
/** At most five a second. */
A0_MUST_CHECK int a0_run_progress(a0_run *run, auth0db_error *err);
A0_MUST_CHECK int a0_run_warn(a0_run *run, auth0db_error *err, const char *format, ...)
    AUTH0DB_PRINTF(3, 4);
A0_MUST_CHECK int a0_run_batch_event(a0_run *run, const a0_batch *batch, const char *file,
                                     auth0db_error *err);

/** Tables, scopes, connection, owner, site's name: everything that can be wrong before anything has
 * changed. `use`: with canaries; `options` may do without. */
A0_MUST_CHECK int a0_run_open(a0_run *run, auth0db_bulk *bulk, auth0db_use use,
                              const auth0db_import_options *options, auth0db_error *err);
/** A new list of the kinds of hashes whose canary failed, for a report; NULL: no memory. */
A0_MUST_CHECK json_t *a0_run_failed_kinds(const a0_run *run);
/** The canaries, or a warning that there are none. */
A0_MUST_CHECK int a0_run_prove(a0_run *run, auth0db_error *err);
/** Look at everybody: who shares what, and which kinds of hashes move. */
A0_MUST_CHECK int a0_run_survey(a0_run *run, auth0db_error *err);
void a0_run_close(a0_run *run);
/** Is the process gone that was at work on this batch? Or has an earlier run of this very process
 * left it? */
bool a0_run_is_orphan(const a0_run *run, const a0_batch *batch);
/** The client's waits end when somebody interrupts, which is how they begin. */
void a0_run_install_cancel(a0_run *run);

/* --- who comes next (load.c) ----------------------------------------------------------- */

/** Fill an empty buffer; who cannot move is held back on the way. *attempt: how often these users
 * were sent before. An empty buffer and *exhausted: nobody is left. */
A0_MUST_CHECK int a0_run_load(a0_run *run, a0_batch_buffer *buffer, unsigned *attempt,
                              bool *exhausted, auth0db_error *err);
/** Write what is to be held back. */
A0_MUST_CHECK int a0_run_flush_holds(a0_run *run, auth0db_error *err);
/** The rows of a job that has ended which are to be sent again: all at once, or in halves. */
A0_MUST_CHECK bool a0_run_redo(a0_run *run, const a0_job_state *state);
void a0_redo_free(a0_redo *redo);
/** Read these users now, in key order; not what is on our record of them, so that none of our own
 * tables is read by every page. */
A0_MUST_CHECK int a0_run_read_keys(a0_run *run, const a0_slice *keys, size_t n, a0_record_fn each,
                                   void *ctx, auth0db_error *err);

/* --- open batches (open_batch.c, step.c) -------------------------------------------------- */

/** An empty one that is not on record yet. */
A0_MUST_CHECK a0_open_batch *a0_open_batch_new(void);
void a0_open_batch_free(a0_open_batch *open_batch);
/** Claim the users of a full buffer, which the batch takes over; NULL where nobody was left to
 * claim. `kind` and `owner` go on record. */
A0_MUST_CHECK int a0_open_batch_claim(a0_run *run, a0_batch_buffer **buffer, unsigned attempt,
                                      const char *kind, a0_open_batch **out, auth0db_error *err);
/** As a0_open_batch_claim, for a batch that is on record and is nobody's users. */
A0_MUST_CHECK int a0_open_batch_without_claims(const a0_batch *record, a0_batch_buffer **buffer,
                                               unsigned attempt, a0_open_batch **out,
                                               auth0db_error *err);
/** Take over the open batches of processes that are gone. */
A0_MUST_CHECK int a0_open_batch_adopt(a0_run *run, auth0db_error *err);
/** A batch on record, made again from its claims. */
A0_MUST_CHECK int a0_open_batch_load(a0_run *run, const a0_batch *record, a0_open_batch **out,
                                     auth0db_error *err);
/** Do what is due. */
A0_MUST_CHECK int a0_open_batch_step(a0_run *run, a0_open_batch *open_batch, auth0db_error *err);
/** Do what the scheduler says until it ends. INTERRUPTED, or the error that ended it. */
A0_MUST_CHECK int a0_run_schedule(a0_run *run, auth0db_error *err);
/** Signs of life of this process's batches, once in a while. */
A0_MUST_CHECK int a0_run_sign(a0_run *run, auth0db_error *err);

/* --- trouble, outside of jobs -------------------------------------------------------------- */

typedef struct a0_backoff { /* zero: none was needed yet */
    uint64_t since_ms;
    unsigned wait_ms;
} a0_backoff;
/** Wait for a tenant in trouble: OK, ask again. Else the error that ends the run: it was asked to
 * stop, waiting does not help, or it has lasted too long. */
A0_MUST_CHECK int a0_run_retry(a0_run *run, a0_backoff *backoff, auth0db_outcome outcome,
                               const auth0db_error *cause, auth0db_error *err);

/** Exports that a dead process did not finish (export.c). */
A0_MUST_CHECK int a0_export_recover(a0_run *run, auth0db_error *err);

#endif
