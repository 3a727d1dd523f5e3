/* The two ways out: Auth0's own, and the standard's. */
#ifndef A0_SANDBOX_API_API_LOGOUT_H
#define A0_SANDBOX_API_API_LOGOUT_H

#include "sandbox/call.h"

sb_handler sb_logout;      /* GET /v2/logout */
sb_handler sb_oidc_logout; /* GET and POST /oidc/logout */

#endif
