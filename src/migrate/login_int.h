/* The login machine's insides, for src/migrate only. */
#ifndef A0_MIGRATE_LOGIN_INT_H
#define A0_MIGRATE_LOGIN_INT_H

#include <stdint.h>

#include "auth0db/login.h"

/* What follows an answer. Every state of the machine is one of these functions in login.c, so that
 * a state is the code that reads its answer and nothing else can. */
typedef void (*a0_login_next)(auth0db_login *login, const auth0db_answer *answer);

/* The site's user as last told, owned. All strings non-NULL while `known`. */
typedef struct a0_login_user {
    bool known;
    char *key, *email, *username, *given_name, *family_name, *auth0_id, *tenant_email, *tenant_mark;
    bool email_verified, active, in_step, holdout_stands;
    char expected_id[AUTH0DB_ID_SIZE];
} a0_login_user;

/* What to do once a link is recorded. */
typedef enum a0_after_link { A0_THEN_ADMIT, A0_THEN_REFUSE, A0_THEN_RENEW } a0_after_link;

struct auth0db_login {
    char *site, *identifier, *password, *client_ip;
    size_t password_len;
    unsigned deadline_ms;
    bool require_username, outage_fallback, create_users, adopt_existing;
    bool grantable; /* worth sending to the tenant at all */
    bool sendable;  /* fit to be set at the tenant */

    a0_login_user user;
    bool local_accepted;        /* the site's backends accepted these very credentials */
    auth0db_tenant_user tenant; /* the identity a grant proved */
    auth0db_tenant_user seen;   /* the tenant user last read or written */
    auth0db_outcome grant_outcome;
    bool username_taken;
    bool hash_matched;
    a0_after_link after_link;
    auth0db_refusal after_link_refusal;

    a0_login_next next; /* NULL at an end */
    auth0db_question question;
    auth0db_new_user new_user;
    bool out_of_memory;

    uint64_t started_ms;
    unsigned requests;
    auth0db_error trouble;
};

/** The refusal that says what the tenant decided. Only for outcomes that are decisions about a
 * login. */
auth0db_refusal a0_refusal_for(auth0db_outcome outcome);
void a0_forget_user(a0_login_user *user);

#endif
