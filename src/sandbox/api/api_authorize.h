/* /authorize and what it ends in: a code, or a refusal, at the application's callback. */
#ifndef A0_SANDBOX_API_API_AUTHORIZE_H
#define A0_SANDBOX_API_API_AUTHORIZE_H

#include "sandbox/call.h"
#include "sandbox/tenant/users.h"

sb_handler sb_authorize;        /* GET and POST /authorize */
sb_handler sb_authorize_resume; /* GET /authorize/resume */
sb_handler sb_consent_form, sb_consent_submit;

/** Does this login want a second factor: by policy, by the user, or since it was asked for
 * (acr_values) and an Action heeds that? */
bool sb_authorize_wants_factor(const sb_tenant *tenant, const json_t *login, const sb_user *user);

#endif
