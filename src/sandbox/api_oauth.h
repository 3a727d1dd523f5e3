/* The Authentication API: tokens, userinfo, key set, discovery. */
#ifndef SB_API_OAUTH_H
#define SB_API_OAUTH_H

#include "sandbox/call.h"

sb_handler sb_oauth_token; /* POST /oauth/token */
sb_handler sb_userinfo;    /* GET and POST /userinfo */
sb_handler sb_jwks;        /* GET /.well-known/jwks.json */
sb_handler sb_discovery;   /* GET /.well-known/openid-configuration */

/** All that the client grant for the Management API holds, as words; NULL without memory. */
json_t *sb_all_scopes(const sb_tenant *tenant);
/** 200 and a token of our application's own. Takes over the reference to `scope`. False: it could
 * not be made, and nothing is written. */
bool sb_reply_machine_token(sb_call *call, const char *audience, json_t *scope, int64_t lifetime_s);

#endif
