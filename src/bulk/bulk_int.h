/* A bulk's insides, for src/bulk only. */
#ifndef A0_BULK_BULK_INT_H
#define A0_BULK_BULK_INT_H

#include "auth0db/bulk.h"
#include "auth0db/scopes.h"
#include "base/env.h"
#include "base/json.h"
#include "bulk/assess/assess.h"
#include "store/store.h"

/* "auth0db-" and 32 hex digits: of one length, so that a plan knows the room in a job. */
enum { A0_BULK_EXTERNAL_ID_LEN = 40 };

struct auth0db_bulk {
    a0_env env;
    a0_store *store;
    auth0db_client *client; /* NULL: no tenant */
    bool wants_username;    /* AUTH0_REQUIRE_USERNAME */
    bool legacy_username;   /* AUTH0_LEGACY_USERNAME */
    char connection[128];   /* AUTH0_CONNECTION, "" without a tenant */
    void (*event)(void *ctx, const char *json);
    bool (*interrupted)(void *ctx);
    void *ctx;
    unsigned settle_after_s; /* tests: as A0_REMIND_SETTLE_S; 0: that */
    bool own_database;       /* the front end has looked */
    a0_kept kept;            /* who stays on the site */
    a0_unproven unproven;    /* hashes that the site reads in its own way */
    size_t room;             /* tests: bytes of users in a batch; 0: as many as the tenant takes */
};

/** Tell an event; takes the object over, NULL means no memory. Keys in the order they were set. */
A0_MUST_CHECK int a0_bulk_event(auth0db_bulk *bulk, json_t *event, auth0db_error *err);
/** INTERRUPTED with a sentence that says how to go on, once somebody asked to stop; else OK. */
A0_MUST_CHECK int a0_bulk_go_on(auth0db_bulk *bulk, auth0db_error *err);

/* "event": "progress", a few times a second at the most. Zero but for bulk and phase. */
typedef struct a0_progress {
    auth0db_bulk *bulk;
    const char *phase;
    uint64_t total; /* 0: not known */
    uint64_t next_ms;
} a0_progress;
/** Called often: asks whether to go on, and tells where it is due. */
A0_MUST_CHECK int a0_progress_tick(a0_progress *progress, uint64_t done, auth0db_error *err);

/* What the tenant's connection asks of an import. */
typedef struct a0_bulk_tenant {
    bool asked; /* false: no tenant, these are Auth0's defaults */
    auth0db_connection_info connection;
    auth0db_mfa_policy mfa; /* UNKNOWN where the use does not ask, or nobody tells */
    a0_assess_rules rules;
} a0_bulk_tenant;
/** One request, or two. OPTION where the connection cannot take an import of this site: it is no
 * database, no application may use it, or a misfit of its attributes and the settings; and where
 * the use needs the connection's options, but the tenant leaves them out: what it does not tell is
 * no default. */
A0_MUST_CHECK int a0_bulk_ask_tenant(auth0db_bulk *bulk, auth0db_use use, a0_bulk_tenant *out,
                                     auth0db_error *err);

/** What the use needs, before anything has changed: the error of a0_client_need_scopes. With a
 * client. */
A0_MUST_CHECK int a0_bulk_need_scopes(auth0db_bulk *bulk, auth0db_use use, auth0db_error *err);

/** Before anything is changed at the tenant, or anybody mailed: STATE where the database may be a
 * copy of the site's own, with the command that adopts it. Our tables must be there. */
A0_MUST_CHECK int a0_bulk_need_own_database(auth0db_bulk *bulk, auth0db_error *err);

/* Who is meant, read once. */
typedef struct a0_selection {
    auth0db_duplicates duplicates;
    bool with_inactive, retry_held, with_factors;
    int64_t since_login; /* A0_NO_TIME: whenever */
    uint64_t limit;      /* UINT64_MAX: all */
} a0_selection;
/** Errors: OPTION where since_login is no date, or where inactive users are asked for and left out
 * at once. NULL: every active user. */
A0_MUST_CHECK int a0_selection_read(a0_selection *out, const auth0db_selection *from,
                                    auth0db_error *err);
/** Without the limit, which is the caller's to count. */
bool a0_selects(const a0_selection *selection, const a0_record *record);
/** Would be selected, but for being inactive: stays here, and is told of. */
bool a0_leaves_inactive(const a0_selection *selection, const a0_record *record);

/** "2026-01-31", or with a time, in UTC. */
A0_MUST_CHECK bool a0_read_date(const char *text, int64_t *micros);

/** Is `reason` a word of auth0db_holdout_name? OPTION, and `option` in *err, where it is not: a
 * misspelt one is not "nobody". */
A0_MUST_CHECK int a0_check_reason(const char *reason, const char *option, auth0db_error *err);
/** Tell somebody of a user who will not move. False: no memory. */
A0_MUST_CHECK bool a0_report_held(auth0db_held_fn held, void *ctx, const a0_record *record,
                                  const char *reason, const char *detail);

#endif
