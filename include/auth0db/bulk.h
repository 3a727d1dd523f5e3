/* The whole site at once: plan, canary, import, settle, undo.
 *
 * A bulk is a site's database and its tenant, opened together. Every run tells what it does as JSON
 * objects, one a call of `event`: what --json prints as it is, a progress bar draws from, and
 * docs/bulk.md lists. The last one, "event": "report", is the run's result. A run ends early when
 * `interrupted` says so: what is in flight is recorded, and the same run later goes on from there.
 * One thread at a time. */
#ifndef AUTH0DB_BULK_H
#define AUTH0DB_BULK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth0db/client.h"

typedef struct auth0db_bulk auth0db_bulk;

/* Copied, but for the callbacks' contexts. */
typedef struct auth0db_bulk_options {
    size_t size;              /* sizeof this struct */
    const char *database_url; /* DATABASE_URL, required */
    const char *site_map;     /* JSON of `manage.py auth0_site`; NULL: the stock auth_user */
    const char *site;         /* AUTH0_SITE; NULL: the map's, or the name kept in the database */
    /* NULL: no tenant. Then a plan rests on Auth0's defaults and says so, and nothing else runs. */
    const auth0db_client_options *tenant;
    void (*event)(void *ctx,
                  const char *json); /* one line, without its end; NULL: nobody listens */
    bool (*interrupted)(void *ctx);  /* asked often, from the calling thread; NULL: never */
    void *ctx;
    /* Keys of users who stay on the site (AUTH0_KEEP_LOCAL), one a line, beside those in the map:
     * no run moves, mails or changes them. NULL: no more */
    const char *keep_local;
    /* The caller has found that this is the site's own database, and no copy. Else each run that
     * changes something at the tenant looks, and a copy is an error (STATE) */
    bool own_database;
} auth0db_bulk_options;

/** Connects to the database; asks it and the tenant nothing yet. Each run below looks first whether
 * the tables are there: STATE says which is not, and what to do.
 * Errors: OPTION (DATABASE_URL, site map, settings), IO. */
AUTH0DB_API AUTH0DB_MUST_CHECK int
auth0db_bulk_open(auth0db_bulk **out, const auth0db_bulk_options *options, auth0db_error *err);
AUTH0DB_API void auth0db_bulk_close(auth0db_bulk *bulk); /* NULL is a no-op */

/** The present database is the site's own too: put on the record of those that it lives in. */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_bulk_adopt(auth0db_bulk *bulk, auth0db_error *err);

typedef enum auth0db_duplicates {
    AUTH0DB_DUPLICATES_SKIP,       /* users who share an e-mail are all held back */
    AUTH0DB_DUPLICATES_MOST_RECENT /* the one who logged in last moves, the others are held back */
} auth0db_duplicates;

/* Who is meant; zero but for `size` is everybody who is active. */
typedef struct auth0db_selection {
    size_t size;
    auth0db_duplicates duplicates;
    bool only_active;        /* no effect: it is so; not beside with_inactive */
    const char *since_login; /* "2026-01-31", or with "T12:00:00", in UTC; NULL: whenever */
    uint64_t limit;          /* users who move; 0: all */
    bool retry_held; /* also those whom the tenant itself has refused before, unchanged since */
    /* Take second factors along: right where people log in at Universal Login. A login page of the
     * site's own cannot ask for one, so whoever brings one would be kept out. */
    bool with_factors;
    /* Inactive users too, blocked at the tenant. Without it they stay here, and are counted: who is
     * active one day moves by a login, or by the next import. */
    bool with_inactive;
} auth0db_selection;

/* A user that will not move, for --csv: called once a user, in key order where that costs nothing.
 */
typedef struct auth0db_held {
    const char *key, *username, *email; /* hostile text, valid UTF-8, control characters replaced */
    const char *reason, *detail;
    const char *last_login, *joined; /* "2026-01-31 12:00:00.25", UTC; "": never, or not known */
    bool active, staff, superuser;
} auth0db_held;
typedef void (*auth0db_held_fn)(void *ctx, const auth0db_held *held);

/** What an import would do, as one report; changes nothing. selection and `held` may be NULL. */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_bulk_plan(auth0db_bulk *bulk,
                                                     const auth0db_selection *selection,
                                                     auth0db_held_fn held, void *held_ctx,
                                                     auth0db_error *err);

typedef struct auth0db_import_options {
    size_t size; /* sizeof this struct */
    auth0db_selection who;
    bool no_canary;
    bool dry_run; /* everything but writing and sending */
} auth0db_import_options;

/** Ends OK when every selected user is linked or held back (kinds of hashes whose test failed are
 * in the report, as "failed_kinds"); INTERRUPTED when it was asked to stop. Errors leave the
 * journal such that the same call goes on. */
AUTH0DB_API AUTH0DB_MUST_CHECK int
auth0db_bulk_import(auth0db_bulk *bulk, const auth0db_import_options *options, auth0db_error *err);
/** Write the same files to `folder` (made with mode 0700, files 0600), and claim their users until
 * the files are settled. */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_bulk_export(auth0db_bulk *bulk,
                                                       const auth0db_import_options *options,
                                                       const char *folder, auth0db_error *err);
/** Settle what is open: all that dead processes left (both NULL), or an exported `file` that was
 * uploaded by hand as job `job_id`. job_id NULL: never uploaded, or nobody knows as what; who is
 * not at the tenant is free again. */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_bulk_settle(auth0db_bulk *bulk, const char *job_id,
                                                       const char *file, auth0db_error *err);
typedef struct auth0db_undo_options {
    size_t size; /* sizeof this struct */
    bool dry_run;
    /* Only users whose stored password is of this kind, as plan and watch name it: "argon2", or
     * with its parameters, "argon2 argon2id m=102400 t=2 p=8"; NULL: of every kind. The others are
     * as if they had not been imported: the report counts them as "not_selected". */
    const char *kind;
} auth0db_undo_options;

/** Delete the tenant users that this site made in the bulk lane and who have not logged in there
 * since, and their links. `options` may be NULL. Errors: OPTION (no such hasher). */
AUTH0DB_API AUTH0DB_MUST_CHECK int
auth0db_bulk_undo(auth0db_bulk *bulk, const auth0db_undo_options *options, auth0db_error *err);

/** One report: users, links by lane, holdouts by reason, batches, claims. Needs no tenant. */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_bulk_status(auth0db_bulk *bulk, auth0db_error *err);
/** Everybody on record as held back, `reason` NULL: for whatever reason. Accounts that share an
 * e-mail come last and side by side, with those of the group that are not held back (their reason
 * is
 * "", and the detail says "moved" or "in an import"). No report. Needs no tenant. */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_bulk_holdouts(auth0db_bulk *bulk, const char *reason,
                                                         auth0db_held_fn held, void *held_ctx,
                                                         auth0db_error *err);
/** May the old hashes go? The report says "ready", and else who is "in_the_way": active users with
 * a password who have not moved, by reason, whoever is in an import, those whose newest password
 * Auth0 does not have, whom Auth0 would not let in under the e-mail or name that the site has, and
 * who has a second factor on the site, which stayed behind unless it was taken along or added;
 * `factors_settled`: somebody has seen to those. "differences": what else is on record as not the
 * same at Auth0, in nobody's way. Reads every user once; needs no tenant. */
AUTH0DB_API AUTH0DB_MUST_CHECK int
auth0db_bulk_switch_over(auth0db_bulk *bulk, bool factors_settled, auth0db_error *err);

/** Add the second factors that stayed on the site to the tenant users of those who have moved: of
 * each kind that Auth0 has a place for the first, where the user has none of that kind there. For
 * the day when people log in at Universal Login: whoever has one there is asked for it, and a login
 * page of the site's own cannot ask. May be run again at any time. */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_bulk_factors(auth0db_bulk *bulk, bool dry_run,
                                                        auth0db_error *err);

typedef enum auth0db_resolve_action {
    AUTH0DB_RESOLVE_KEEP,  /* of the accounts that share an e-mail, this one moves with it */
    AUTH0DB_RESOLVE_EMAIL, /* the user gets another e-mail, in the site's table */
    AUTH0DB_RESOLVE_RETRY  /* whoever was held back for this reason is tried again */
} auth0db_resolve_action;

typedef struct auth0db_resolve_options {
    size_t size; /* sizeof this struct */
    auth0db_resolve_action action;
    const char *user;  /* KEEP, EMAIL: key, user name or e-mail, whichever names one user alone */
    const char *value; /* EMAIL: the new one; RETRY: the reason */
    const char *actor; /* who decides, for the record; at most 150 bytes are kept */
    bool dry_run;
} auth0db_resolve_options;

/** Settle users who are held back. Recorded; a user who is free again moves with the next login or
 * import. The report says who is concerned. Needs no tenant. Errors: OPTION (no such user, several,
 * an e-mail that is in use or that Auth0 would refuse, a user who has moved already), STATE. */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_bulk_resolve(auth0db_bulk *bulk,
                                                        const auth0db_resolve_options *options,
                                                        auth0db_error *err);
/** Make our tables as Django's migrations would, for a site without the app. */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_bulk_init_db(auth0db_bulk *bulk, auth0db_error *err);

typedef struct auth0db_watch_options {
    size_t size;
    const char *since; /* as since_login; NULL: the first import that was sent */
    uint64_t entries;  /* of the tenant's log to read at most; 0: 100,000 */
} auth0db_watch_options;

/** After an import: who failed to log in at the tenant, by hasher, and is that more than honest
 * typos? Its report's "alarm" says so. Reads the tenant's log (scope read:logs) and the site's
 * links; changes nothing. `options` may be NULL. */
AUTH0DB_API AUTH0DB_MUST_CHECK int
auth0db_bulk_watch(auth0db_bulk *bulk, const auth0db_watch_options *options, auth0db_error *err);

/* --- the last users ------------------------------------------------------------------------- */

/* A mail that the site is asked to send: a link with which its user sets a password at the tenant.
 * Borrowed for the call. The link is a secret. */
typedef struct auth0db_reset_mail {
    const char *key, *email, *username, *given_name, *family_name, *url;
    /* Why this person is mailed: "no-password", "could-move", or a holdout's name ("must-reset",
     * "bad-hash", "canary-failed"). A text that speaks of a password fits none of the first kind */
    const char *reason;
} auth0db_reset_mail;

typedef enum auth0db_mailing {
    AUTH0DB_MAILING_SENT,
    AUTH0DB_MAILING_REFUSED, /* nothing has left; `why` says what was wrong */
    AUTH0DB_MAILING_UNKNOWN  /* it may have left: nobody answers any more. Ends the run */
} auth0db_mailing;

enum { AUTH0DB_MAILING_WHY = 200 };
typedef auth0db_mailing (*auth0db_mail_fn)(void *ctx, const auth0db_reset_mail *mail,
                                           char why[AUTH0DB_MAILING_WHY]);

/* Mails that were in the air when a run ended, and nobody can tell whether they left. */
typedef enum auth0db_in_air {
    AUTH0DB_IN_AIR_LEAVE, /* say so, and leave them alone */
    AUTH0DB_IN_AIR_SENT,  /* they did */
    AUTH0DB_IN_AIR_RESEND /* send them again */
} auth0db_in_air;

typedef struct auth0db_remind_options {
    size_t size;                  /* sizeof this struct */
    auth0db_selection who;        /* the limit counts mails; inactive users are never mailed */
    const char *not_since;        /* only users who have not logged in since; as since_login */
    const char *domain;           /* only e-mails there: "example.org"; NULL: everywhere */
    bool even_if_hash_could_move; /* also users whom an import could move; afterwards none can */
    bool without_password;        /* also users who have none on the site: social logins, SSO */
    bool dry_run;                 /* everything but writing and sending */
    bool list;                    /* mail nobody: who was mailed and has not set a password? */
    unsigned rate;                /* mails a minute; 0: 60 */
    auth0db_in_air in_air;
    auth0db_mail_fn mail; /* NULL: the tenant sends its own mail */
    void *mail_ctx;
    unsigned link_ttl_s;  /* of the links that the site mails; 0: five days */
    auth0db_held_fn told; /* each user who is (or would be) mailed, or is listed; may be NULL */
    void *told_ctx;
} auth0db_remind_options;

/** The users whom neither a login nor an import has moved: each is created at the tenant with a
 * password that nobody knows, and mailed a link to set one; never twice, whenever a run ends. The
 * report counts, and names those left by reason. Ends OK when the selected are mailed. */
AUTH0DB_API AUTH0DB_MUST_CHECK int
auth0db_bulk_remind(auth0db_bulk *bulk, const auth0db_remind_options *options, auth0db_error *err);

#endif
