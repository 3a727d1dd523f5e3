/* One password login, from attack protection to the Action: facts/auth0.md 1.4, 8 and 9. */
#ifndef SB_LOGIN_H
#define SB_LOGIN_H

#include "sandbox/call.h"
#include "sandbox/users.h"

typedef struct sb_login {
    const char *identifier; /* as typed */
    const char *password;
    const char *ip;         /* what attack protection goes by */
    const char *connection; /* realm */
} sb_login;

/** True: *user is logged in (its counters and dates are saved). False: the answer is written. */
bool sb_login_run(sb_call *call, const sb_login *login, sb_user *user);

#endif
