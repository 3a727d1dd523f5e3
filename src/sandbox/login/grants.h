/* What a grant is answered with: an access token, and an id token where "openid" was asked for. */
#ifndef A0_SANDBOX_LOGIN_GRANTS_H
#define A0_SANDBOX_LOGIN_GRANTS_H

#include "sandbox/call.h"
#include "sandbox/tenant/users.h"

enum { SB_SCOPE_MAX = 64 };

typedef struct sb_grant {
    const sb_user *user;
    const json_t *scope;       /* a string of words, or an array; NULL: all of OpenID Connect's */
    bool as_asked;             /* "openid" alone stays alone, which a password grant widens */
    const char *audience;      /* NULL or "": userinfo alone */
    const char *gty;           /* how it was granted, in the access token; NULL: by a code */
    const json_t *more;        /* claims of the id token besides; NULL: none */
    const char *refresh_token; /* NULL: none, and "offline_access" is not granted */
} sb_grant;

/** Writes the answer. */
void sb_grant_reply(sb_call *call, const sb_grant *grant);
/** Is the word in it? `scope` is a string of words or an array of them. */
bool sb_scope_has(const json_t *scope, const char *word);

#endif
