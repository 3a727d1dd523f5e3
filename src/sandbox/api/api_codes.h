/* What comes of a web login at /oauth/token: a code, once, and refresh tokens. */
#ifndef A0_SANDBOX_API_API_CODES_H
#define A0_SANDBOX_API_API_CODES_H

#include "sandbox/api/api_oauth.h"

/** grant_type=authorization_code. */
void sb_code_grant(sb_call *call, sb_client_proof proof);
/** grant_type=refresh_token. */
void sb_refresh_grant(sb_call *call);

sb_handler sb_oauth_revoke; /* POST /oauth/revoke */

#endif
