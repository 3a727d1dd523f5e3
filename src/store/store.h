/* The site's database: its users, read only, and our own tables, which are the migration's journal.
 *
 * One interface, four kinds: SQLite, PostgreSQL, MariaDB/MySQL, and NDJSON (users only: no tables
 * of ours, so it plans and exports but does not import). What a store writes, it writes in one
 * transaction per call: a kill leaves either all of it or nothing. A store is used by one thread at
 * a time; open a second one for a second thread. Texts that go in are bounded by the columns and
 * borrowed for the call. Errors: OPTION (DATABASE_URL), IO (the database's own words, without the
 * row's values), STATE (a table is missing; else as said below), NO_MEMORY. */
#ifndef A0_STORE_STORE_H
#define A0_STORE_STORE_H

#include "auth0db/login.h"
#include "base/error.h"
#include "model/record.h"

typedef struct a0_store a0_store;
typedef struct a0_scan a0_scan;

/** `url` as in DATABASE_URL: sqlite:///relative, sqlite:////absolute, postgres[ql]://, mysql://
 * (and mariadb://), ndjson:///file, ndjson:- for standard input. Its password is in no error. `map`
 * is copied. Opens the connection; a SQLite file that does not exist is an error, not made. */
A0_MUST_CHECK int a0_store_open(a0_store **out, const char *url, const a0_site_map *map,
                                auth0db_error *err);
void a0_store_close(a0_store *store);             /* NULL is a no-op; ends a scan that is open */
const char *a0_store_kind(const a0_store *store); /* "sqlite", "postgresql", "mysql", "ndjson" */
const a0_site_map *a0_store_map(const a0_store *store);

/** False for NDJSON, where there is nothing to write to: what makes and ends batches then succeeds
 * and leaves no trace, so that an export runs; nobody is ever taken, and no batch is found. What
 * reads or changes anything else on record is an error (OPTION). */
bool a0_store_keeps_record(const a0_store *store);
/** Is every table and column there, and (for_writing) will the database take our rows? One error
 * that names the first thing missing and what to do (run `manage.py migrate`, or `auth0db
 * init-db`). Not for writing, our own tables may be missing altogether, so that a plan can be made
 * before the app is installed: then nobody is linked, claimed or held. */
A0_MUST_CHECK int a0_store_check(a0_store *store, bool for_writing, auth0db_error *err);
/** Make our tables as the Django migrations would, where they are missing. */
A0_MUST_CHECK int a0_store_init(a0_store *store, auth0db_error *err);
/** The site's name in expected ids: the map's, else the one on record, else (make) `fresh`, which
 * is recorded; of two processes making one both get the first. "" where there is none and !make.
 * OPTION where one is to be made and there is nothing to keep it in. */
A0_MUST_CHECK int a0_store_site(a0_store *store, bool make, const char *fresh, char out[65],
                                auth0db_error *err);

/** The key of digests that need one; "" where none was made yet, or nothing is on record. */
A0_MUST_CHECK int a0_store_digest_key(a0_store *store, char out[65], auth0db_error *err);

/* --- users ---------------------------------------------------------------------------------- */

typedef struct a0_scan_options {
    a0_slice after; /* key as text; only users behind it. data NULL: from the first */
    uint64_t
        limit; /* 0: all. The import reads page by page: no long read stands in a writer's way */
    bool only_active;
    int64_t since_login; /* A0_NO_TIME: whenever */
    bool with_state;     /* fill linked, claimed, reminded, holdout */
    bool with_details; /* what a person wants to know of a user: staff, superuser, joined; with the
                          state also the link's lane and sync digest */
    bool with_link;    /* with the state and details: the rest of what the link says */
    bool unsettled_only;  /* leave out users with a link or a claim */
    bool keys_and_emails; /* looking for sharers: key, email and username only; with the state also
                             last_login and active */
    const a0_slice *keys; /* just these users (n_keys <= 500), in key order */
    size_t n_keys;
} a0_scan_options;

/** Users in the order of their primary keys, as the database orders them. One scan at a time. */
A0_MUST_CHECK int a0_store_scan(a0_store *store, const a0_scan_options *options, a0_scan **out,
                                auth0db_error *err);
/** *row is valid until the next call; *row NULL at the end. */
A0_MUST_CHECK int a0_scan_next(a0_scan *scan, const a0_record **row, auth0db_error *err);
void a0_scan_end(a0_scan *scan); /* NULL is a no-op */

/** Users in the table, as near as the database tells at once; for progress bars. */
A0_MUST_CHECK int a0_store_count_users(a0_store *store, bool exact, uint64_t *out,
                                       auth0db_error *err);

/** Can no row of ours name this user? A key with a NUL, or of A0_FIELD_MAX bytes and more, goes
 * into none: such a user is neither linked, nor claimed, nor held. */
bool a0_has_unrecordable_key(const a0_record *record);
/** How many these are, and those whom no scan reads: of a key that is NULL or, in SQLite, a blob.
 * It reads the whole table. */
A0_MUST_CHECK int a0_store_count_unrecordable_keys(a0_store *store, uint64_t *out,
                                                   auth0db_error *err);
/** Inactive users of whom nothing is on record: neither linked, nor claimed, nor held back. It
 * reads the whole table, once. */
A0_MUST_CHECK int a0_store_count_inactive(a0_store *store, uint64_t *out, auth0db_error *err);

/* --- batches and claims --------------------------------------------------------------------- */

/* What a batch is about to become; "" members are unset. */
typedef struct a0_batch {
    int64_t id;
    char external_id[64]; /* unique; goes with the job */
    char kind[16];        /* "import", "canary", "export" */
    char status[16]; /* "claimed" (perhaps sent), "submitted" (job_id known), "settled", "failed" */
    char job_id[64];
    char owner[128]; /* the process at work on it: boot id, pid namespace, pid, start time */
    int64_t users, bytes, linked, held, released;
    int64_t created, submitted, settled, seen; /* microseconds; `seen`: sign of life of the owner */
    char detail[512];                          /* JSON or a sentence; no secret */
} a0_batch;

typedef struct a0_claim {
    const char *key, *auth0_id, *email; /* email as sent */
    const char *sync_digest;            /* of the hash that is sent */
    unsigned tombstones;                /* of the key, when the user was read */
} a0_claim;

/** Record batch (its id is set) and claims in one transaction. taken[i] tells of users who have a
 * link, a claim or a reminder already, are gone, or are not who was read: if there is one, nothing
 * is written and the answer is OK with batch->id 0; pack again without them. */
A0_MUST_CHECK int a0_store_claim(a0_store *store, a0_batch *batch, const a0_claim *claims, size_t n,
                                 bool *taken, auth0db_error *err);
/** Write status, job_id, owner, counts, times and detail of batch->id, if its owner is still
 * `owner` ("" : whoever). STATE where it is not, or the batch is settled or gone. */
A0_MUST_CHECK int a0_store_batch_update(a0_store *store, const a0_batch *batch, const char *owner,
                                        auth0db_error *err);
typedef int (*a0_batch_fn)(void *ctx, const a0_batch *batch); /* not 0 stops, and is returned */
/** Batches, oldest first; `status` NULL: all, "open": claimed or submitted. */
A0_MUST_CHECK int a0_store_batches(a0_store *store, const char *status, a0_batch_fn each, void *ctx,
                                   auth0db_error *err);
typedef int (*a0_claim_fn)(void *ctx, const a0_claim *claim);
/** Claims of a batch in key order. */
A0_MUST_CHECK int a0_store_claims(a0_store *store, int64_t batch, a0_claim_fn each, void *ctx,
                                  auth0db_error *err);

typedef enum a0_settle { A0_SETTLE_LINK, A0_SETTLE_HOLD, A0_SETTLE_RELEASE } a0_settle;

/* What becomes of one claimed user. */
typedef struct a0_settlement {
    const char *key;
    a0_settle what;
    /* LINK: a new Auth0User row, unless the user has one (a login was faster). HOLD: a Holdout row,
     * replacing one that stands, unless the user has a link. RELEASE: nothing but the claim's end.
     */
    const char *auth0_id, *email, *lane, *sync_digest, *tenant_mark;
    const char *tenant_username; /* LINK: that the tenant user has; NULL, "": none, or not known */
    const char *word;            /* LINK: what is remembered against the user; NULL: nothing */
    const char *reason, *detail, *hash_digest;
} a0_settlement;

/** All of a batch's end in one transaction: rows as said, these users' claims gone; with `batch`,
 * its status and counts too (STATE, and nothing written, where it is settled already). A user
 * deleted meanwhile is skipped, and so is another one who was given the key: of a batch only who
 * still has its claim is settled. An auth0_id that another user has: that row becomes a holdout
 * foreign-account. batch may be NULL: holdouts of users who were never claimed; claims then stay.
 */
A0_MUST_CHECK int a0_store_settle(a0_store *store, const a0_batch *batch, const a0_settlement *rows,
                                  size_t n, auth0db_error *err);
/** Delete the holdouts of these users: nothing holds them back any more. */
A0_MUST_CHECK int a0_store_release_holdouts(a0_store *store, const char *const *keys, size_t n,
                                            auth0db_error *err);

/* --- reminders ------------------------------------------------------------------------------ */

/* A user whom the tenant shall mail, or has mailed, a link to set a password with. */
typedef struct a0_reminder {
    const char *key, *auth0_id, *email;
    const char *channel; /* who sends the mail: "tenant", "site" */
    /* "created": nothing has left yet, but perhaps the tenant user; "in-air": the mail may have;
     * "sent"; "failed": it was not taken, `detail` says why */
    const char *status;
    const char *wave, *detail;
    const char *sync_digest;       /* of the local hash when the reminder was made */
    int64_t created, in_air, sent; /* microseconds; 0: not yet */
    bool linked;                   /* the user has a link by now; read only */
} a0_reminder;

/** Record a new reminder, unless the user is gone, linked, claimed or reminded: *recorded tells.
 * A claim made at the same time loses or wins, whatever the database: never both. */
A0_MUST_CHECK int a0_store_remind(a0_store *store, const a0_reminder *reminder, bool *recorded,
                                  auth0db_error *err);
/** Write everything but auth0_id and `created` of the reminder of this key, if its status is
 * still `from` and, `unlinked`, its user has no link; *done tells. */
A0_MUST_CHECK int a0_store_reminder_step(a0_store *store, const a0_reminder *to, const char *from,
                                         bool unlinked, bool *done, auth0db_error *err);
/** Delete a reminder of status "created": only where no tenant user was made for it, or the user is
 * linked. An import would take that user for one of its own, whose password the site has. */
A0_MUST_CHECK int a0_store_reminder_drop(a0_store *store, const char *key, auth0db_error *err);
typedef int (*a0_reminder_fn)(void *ctx, const a0_reminder *reminder);
/** Reminders in key order behind `after` (NULL: from the first), at most `limit` (0: all), `status`
 * NULL: any, with `unlinked` only of users without a link. */
A0_MUST_CHECK int a0_store_reminders(a0_store *store, const char *status, bool unlinked,
                                     const char *after, uint64_t limit, a0_reminder_fn each,
                                     void *ctx, auth0db_error *err);

/* --- what is on record ---------------------------------------------------------------------- */

typedef struct a0_link_row {
    const char *key, *auth0_id, *email, *lane, *sync_digest, *tenant_mark;
    unsigned tombstones; /* of the key */
    int64_t created;
} a0_link_row;
typedef int (*a0_link_fn)(void *ctx, const a0_link_row *link);
/** Links in key order behind `after` ("" : from the first), at most `limit` (0: all), `lane` NULL:
 * any. */
A0_MUST_CHECK int a0_store_links(a0_store *store, const char *lane, const char *after,
                                 uint64_t limit, a0_link_fn each, void *ctx, auth0db_error *err);
/** Delete the link of this user to this tenant user, if it stands; *gone tells. */
A0_MUST_CHECK int a0_store_unlink(a0_store *store, const char *key, const char *auth0_id,
                                  bool *gone, auth0db_error *err);

typedef struct a0_holdout_row {
    const char *key, *reason, *detail;
    int64_t created;
} a0_holdout_row;
typedef int (*a0_holdout_fn)(void *ctx, const a0_holdout_row *holdout);
/** Holdouts in key order behind `after` ("" : from the first), at most `limit` (0: all); `reason`
 * NULL: any. */
A0_MUST_CHECK int a0_store_holdouts(a0_store *store, const char *reason, const char *after,
                                    uint64_t limit, a0_holdout_fn each, void *ctx,
                                    auth0db_error *err);

/* --- what was decided about those who were held back -------------------------------------------
 */

/* One row of the record. */
typedef struct a0_resolution {
    const char *key;    /* of the user it is about */
    const char *action; /* "keep", "email", "retry" */
    const char *value;  /* keep: the e-mail; email: the new one; retry: the reason */
    const char *actor;  /* who did it */
} a0_resolution;

/** In one transaction: with old_email (not NULL) the user's e-mail becomes `value`, if it still is
 * old_email (else STATE) and nobody else has it (else OPTION); the user's holdout ends; `others`
 * are settled as by a0_store_settle; and it is recorded. */
A0_MUST_CHECK int a0_store_resolve(a0_store *store, const a0_resolution *resolution,
                                   const char *old_email, const a0_settlement *others, size_t n,
                                   auth0db_error *err);
/** All holdouts of this reason end, each recorded. */
A0_MUST_CHECK int a0_store_retry(a0_store *store, const char *reason, const char *actor,
                                 uint64_t *released, auth0db_error *err);

typedef int (*a0_keep_fn)(void *ctx, a0_slice key, a0_slice email);
/** Users that were kept and still have the e-mail they were kept for, in the order of the
 * decisions: of one e-mail the last one counts. */
A0_MUST_CHECK int a0_store_keeps(a0_store *store, a0_keep_fn each, void *ctx, auth0db_error *err);

typedef enum a0_user_column { A0_USER_EMAIL, A0_USER_NAME } a0_user_column;
enum { A0_ALIKE_MAX = 500 };
typedef int (*a0_key_fn)(void *ctx, a0_slice key);
/** Keys of users with this e-mail (ASCII case apart), or what the database takes for this user
 * name; A0_ALIKE_MAX at most, in key order. Borrowed for the call. */
A0_MUST_CHECK int a0_store_alike(a0_store *store, a0_user_column column, const char *text,
                                 a0_key_fn each, void *ctx, auth0db_error *err);

typedef int (*a0_count_fn)(void *ctx, const char *what, const char *name, uint64_t n);
/** Counting queries: ("links", lane, n), ("holdouts", reason, n), ("batches", status, n),
 * ("claims", "", n), ("claims-on-record", "", n) of users who have a link or a holdout as well,
 * ("reminders", status, n) of users who have no link, ("tombstones", state, n) of users who were
 * deleted. */
A0_MUST_CHECK int a0_store_counts(a0_store *store, a0_count_fn each, void *ctx, auth0db_error *err);
/** Of these the tombstones alone, and only those that stand: no account of theirs is another user's
 * by now. None where nothing is on record. */
A0_MUST_CHECK int a0_store_count_tombstones(a0_store *store, a0_count_fn each, void *ctx,
                                            auth0db_error *err);

#endif
