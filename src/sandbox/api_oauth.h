/* The Authentication API: tokens, userinfo, key set, discovery. */
#ifndef SB_API_OAUTH_H
#define SB_API_OAUTH_H

#include "sandbox/call.h"

sb_handler sb_oauth_token; /* POST /oauth/token */
sb_handler sb_userinfo;    /* GET and POST /userinfo */
sb_handler sb_jwks;        /* GET /.well-known/jwks.json */
sb_handler sb_discovery;   /* GET /.well-known/openid-configuration */

#endif
