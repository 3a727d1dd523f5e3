/* What only a migration asks of a tenant, beyond include/auth0db/client.h and auth0/jobs.h; for
 * src/bulk. The same rules: one deadline a call, one outcome of the closed set, err (may be
 * NULL) filled for every outcome but OK. Reads are repeated within the deadline, writes never. */
#ifndef A0_AUTH0_CALLS_H
#define A0_AUTH0_CALLS_H

#include <stdbool.h>
#include <stddef.h>

#include "auth0db/client.h"
#include "base/buf.h"

/* Waiting. */

/** Milliseconds until the Management API's rate limit lets the next call through, 0: now. A call
 * made earlier waits by itself if its deadline allows. */
unsigned a0_client_pause_ms(auth0db_client *client);

/** Asked before and about every 100 ms during every wait of a call (never during a request); false
 * ends the wait and the call, which has then sent nothing more. */
typedef bool (*a0_wait_fn)(void *ctx, unsigned left_ms);
/** NULL takes it away. Not while calls are under way. */
void a0_client_on_wait(auth0db_client *client, a0_wait_fn go_on, void *ctx);

/* Scopes. */

/** MISCONFIGURED names those of `needed` (one space between them) that the management token lacks.
 * OK also where nobody tells its scopes: a call without them is then refused when it is made. No
 * request but the one for the token. */
auth0db_outcome a0_client_need_scopes(auth0db_client *client, const char *needed,
                                      unsigned deadline_ms, auth0db_error *err);

/* Users. */

/** DELETE /users/{id}: OK also where there is none. */
auth0db_outcome a0_user_delete(auth0db_client *client, const char *user_id, unsigned deadline_ms,
                               auth0db_error *err);

enum { A0_USERS_BY_IDS_MAX = 50 };
typedef void (*a0_user_fn)(void *ctx, const auth0db_tenant_user *user);
/** Those of these users that the tenant's search knows by now, in any order. A hint only: the
 * search lags behind, so a user that is not found may well exist, and one that is found may be
 * gone. auth0db_client_user_get is the truth. `fields` has no name for last_password_reset: it
 * stays
 * "", as do the names. */
auth0db_outcome a0_users_by_ids(auth0db_client *client, const char *const *ids, size_t n,
                                unsigned deadline_ms, a0_user_fn each, void *ctx,
                                auth0db_error *err);

/** Has somebody in the connection this user name, as far as the tenant's search knows by now? A
 * hint only, as a0_users_by_ids. INVALID_USER: it is none that can be searched for. */
auth0db_outcome a0_username_taken(auth0db_client *client, const char *username,
                                  unsigned deadline_ms, bool *somebody, auth0db_error *err);

/* Second factors. */

typedef struct a0_factor_kinds {
    bool totp, phone;
} a0_factor_kinds;
/** GET /users/{id}/authentication-methods: which kinds the user has there. NOT_FOUND: no such user.
 */
auth0db_outcome a0_user_factors(auth0db_client *client, const char *user_id, unsigned deadline_ms,
                                a0_factor_kinds *out, auth0db_error *err);
/** POST one: a TOTP secret in base32 without padding, or a phone number in E.164. `value` is a
 * secret. EXISTS: there is one already; INVALID_USER: the tenant does not take it. */
auth0db_outcome a0_user_factor_add(auth0db_client *client, const char *user_id, bool phone,
                                   const char *value, unsigned deadline_ms, auth0db_error *err);

/* Reset mails and links. */

/** Have the tenant mail a reset link: POST /dbconnections/change_password. OK says that the tenant
 * took the request, not that there is such a user. *maybe (with any other outcome): the request
 * has left, so the mail may be under way all the same. */
auth0db_outcome a0_reset_mail(auth0db_client *client, const char *email, unsigned deadline_ms,
                              bool *maybe, auth0db_error *err);

typedef struct a0_ticket {
    const char *user_id;
    unsigned ttl_s;         /* 0: the tenant's default, five days */
    const char *result_url; /* where the page leads afterwards; NULL: the tenant's own page */
    bool mark_verified;     /* using the link proves the e-mail: only where it was sent there */
} a0_ticket;

/** POST /tickets/password-change. The URL appended to `url` sets the user's password: a secret. No
 * mail goes out. */
auth0db_outcome a0_reset_link(auth0db_client *client, const a0_ticket *ticket, unsigned deadline_ms,
                              a0_buf *url, auth0db_error *err);

/* The tenant's log. */

enum { A0_LOG_PAGE_MAX = 100, A0_LOG_FOUND_MAX = 1000 };

typedef struct a0_log_query {
    /* Everything after this log_id, in the order of the ids, without end; or ... */
    const char *after;
    /* ... what a search finds: the first A0_LOG_FOUND_MAX at most, oldest first. "" finds all. */
    const char *q;
    unsigned page;
    unsigned take; /* at most A0_LOG_PAGE_MAX */
} a0_log_query;

/* Borrowed for the callback; "" where missing. Everything but log_id may be hostile text. */
typedef struct a0_log_entry {
    const char *log_id, *date, *type, *user_id, *user_name, *connection, *description;
} a0_log_entry;

typedef void (*a0_log_fn)(void *ctx, const a0_log_entry *entry);
/** GET /logs: one page; *n: how many entries it had. */
auth0db_outcome a0_logs(auth0db_client *client, const a0_log_query *query, unsigned deadline_ms,
                        a0_log_fn each, void *ctx, size_t *n, auth0db_error *err);

#endif
