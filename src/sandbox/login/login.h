/* One password login, from attack protection to the Action: facts/auth0.md 1.4, 8 and 9. */
#ifndef A0_SANDBOX_LOGIN_LOGIN_H
#define A0_SANDBOX_LOGIN_LOGIN_H

#include "sandbox/call.h"
#include "sandbox/tenant/users.h"

/* Why a web login ended, in the words of a grant. */
typedef struct sb_refused {
    int status;
    char error[40];
    char said[320];
} sb_refused;

typedef struct sb_login {
    const char *identifier; /* as typed */
    const char *password;
    const char *ip;         /* what attack protection goes by */
    const char *connection; /* realm */
    sb_refused *refused;    /* of a web login; NULL: a grant, whose answer is written */
} sb_login;

/** True: *user is logged in (its counters and dates are saved). False: the answer is written. Of a
 * web login: the password is right and nothing is against the user; whether a second factor is
 * wanted is the caller's to ask, and then to record the login. False: *refused is filled. */
bool sb_login_run(sb_call *call, const sb_login *login, sb_user *user);
/** By the tenant's policy, an Action, or since the user has one. */
bool sb_login_wants_factor(const sb_tenant *tenant, const sb_user *user);
/** Counters, dates and the log of a login that has succeeded. */
A0_MUST_CHECK int sb_login_record(sb_call *call, sb_user *user, const char *ip);

#endif
