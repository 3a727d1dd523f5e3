/* The pages of the web login. Each is a form that works without scripts, with a keyboard alone, and
 * says aloud what went wrong. */
#ifndef A0_SANDBOX_PAGES_LOGIN_PAGES_H
#define A0_SANDBOX_PAGES_LOGIN_PAGES_H

#include "sandbox/login/login_web.h"
#include "sandbox/tenant/connections.h"

/* One page of a login under way. */
typedef struct sb_login_page {
    const json_t *login;
    const char *state; /* its name, for the form */
    const char *wrong; /* what is said above the form; NULL: nothing is wrong */
    int status;
} sb_login_page;

/** The connection that the login is for: the one that was asked for, or the tenant's. */
bool sb_login_connection(sb_call *call, const json_t *login, sb_connection *out);

/** E-mail and password. `typed` may be NULL. */
void sb_page_login(sb_call *call, const sb_login_page *p, const char *typed);
/** A one-time code; with a `secret`, which is then to be put into an app first. */
void sb_page_otp(sb_call *call, const sb_login_page *p, const char *secret);
/** Whether the application may know what it has asked for. */
void sb_page_consent(sb_call *call, const sb_login_page *p);
/** Where to send a mail that resets the password. */
void sb_page_forgotten(sb_call *call, const sb_login_page *p, const char *typed);
/** The same answer for everybody. */
void sb_page_mail_sent(sb_call *call, const sb_login_page *p, const char *email);

#endif
