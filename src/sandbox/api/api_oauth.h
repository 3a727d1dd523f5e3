/* The Authentication API: tokens, userinfo, key set, discovery. */
#ifndef A0_SANDBOX_API_API_OAUTH_H
#define A0_SANDBOX_API_API_OAUTH_H

#include "sandbox/call.h"

sb_handler sb_oauth_token; /* POST /oauth/token */
sb_handler sb_userinfo;    /* GET and POST /userinfo */
sb_handler sb_jwks;        /* GET /.well-known/jwks.json */
sb_handler sb_discovery;   /* GET /.well-known/openid-configuration */

typedef enum sb_client_proof {
    SB_CLIENT_REFUSED, /* and the answer is written */
    SB_CLIENT_ANONYMOUS,
    SB_CLIENT_BY_SECRET,
    SB_CLIENT_BY_KEY
} sb_client_proof;

/** Who calls, by secret in the body or by HTTP Basic. */
sb_client_proof sb_check_client(sb_call *call);
/** The text of a member of the body; NULL, and 400 is answered, where there is none. */
const char *sb_required(sb_call *call, const char *name);
/** Is there such an API? NULL and "" mean userinfo. */
bool sb_is_audience(const sb_call *call, const char *audience);
/** All that the client grant for the Management API holds, as words; NULL without memory. */
json_t *sb_all_scopes(const sb_tenant *tenant);
/** 200 and a token of our application's own. Takes over the reference to `scope`. False: it could
 * not be made, and nothing is written. */
bool sb_reply_machine_token(sb_call *call, const char *audience, json_t *scope, int64_t lifetime_s);

#endif
