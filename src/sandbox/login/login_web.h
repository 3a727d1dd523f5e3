/* The web login's own parts: the login under way, the browser's session, and the ways back to the
 * application. The handlers stand in api_authorize.c, api_login.c and api_logout.c. */
#ifndef A0_SANDBOX_LOGIN_LOGIN_WEB_H
#define A0_SANDBOX_LOGIN_LOGIN_WEB_H

#include "sandbox/call.h"
#include "sandbox/login/login_records.h"
#include "sandbox/pages/page.h"
#include "sandbox/tenant/users.h"

/** What the caller sent: the form of a POST, else the query. */
const json_t *sb_web_parameters(const sb_call *call);

/* ---- the browser ---- */

/** The text that this browser's logins are tied to. False, and "", where it has sent none. */
bool sb_web_browser(const sb_call *call, char out[static SB_RECORD_TEXT_LEN + 1]);
/** The same, and a new one in the answer's cookies where there was none. */
A0_MUST_CHECK int sb_web_browser_or_new(sb_call *call, char out[static SB_RECORD_TEXT_LEN + 1]);
/** The session of this browser and its user. False: none, and nothing to clear. */
bool sb_web_session(sb_call *call, sb_record *session, sb_user *user);
/** A session of its own for every login, so that nobody can have chosen its name before; the
 * browser's earlier one ends. `data` gets the new "sid". */
A0_MUST_CHECK int sb_web_session_start(sb_call *call, json_t *data);
/** Ends the session of this browser, if there is one, and takes its cookie away. */
void sb_web_session_end(sb_call *call);

/* ---- the login under way ---- */

/** The login that "state" names, if it was begun in this browser. False: the answer is written. */
bool sb_web_login(sb_call *call, sb_record *login);
/** 302 to a path of ours, with the same "state". */
void sb_web_go_on(sb_call *call, const char *path);
/** A page, and no way back: whoever sent this may not be who it says. */
void sb_web_stop(sb_call *call, int status, const char *title, const char *text);

/* ---- back to the application ---- */

/** 302 to the login's redirect_uri with these parameters and its "state". */
void sb_web_back(sb_call *call, const json_t *login, const char *const (*pairs)[2], size_t n);
/** The same with a refusal. */
void sb_web_refuse(sb_call *call, const json_t *login, const char *error, const char *said);
/** 302 to any address with these parameters; one without a value is left out. */
void sb_web_redirect(sb_call *call, const char *url, const char *const (*pairs)[2], size_t n);

/** Seconds since 1970 that others see on their own clock for this moment of the tenant's. */
int64_t sb_web_date_s(const sb_tenant *tenant, int64_t at_ms);

#endif
