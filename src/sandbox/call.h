/* What a handler gets: the tenant (locked), the request, the answer to fill, and who asks. */
#ifndef A0_SANDBOX_CALL_H
#define A0_SANDBOX_CALL_H

#include "sandbox/reply.h"
#include "sandbox/request.h"
#include "sandbox/tenant/tenant.h"

enum { SB_PARAMETERS_MAX = 3 };

typedef struct sb_call {
    sb_tenant *tenant;
    const sb_request *request;
    sb_reply *reply;
    const char *parameter; /* the first {id} of the route, decoded; NULL where it has none */
    const char *parameters[SB_PARAMETERS_MAX]; /* all of them */
    const json_t *token; /* claims of the caller's access token; NULL for public endpoints */
} sb_call;

typedef void sb_handler(sb_call *call);

/** "http://127.0.0.1:4711": scheme and host the caller used, or our own where he sent nonsense. */
void sb_call_base(const sb_call *call, char out[static 300]);
/** Does Host name us, under any of our loopback names? */
bool sb_is_our_host(const sb_tenant *tenant, const char *host);
/** Is this the identifier of our Management API, under any of our loopback names? */
bool sb_is_management_audience(const sb_tenant *tenant, const char *audience);
/** 400: what is wrong with a member of the body. Returns false, so that refusing is one statement.
 */
bool sb_refuse_member(sb_call *call, const char *name, const char *what);
/** 400: the body has a member that the call does not know. Returns false. */
bool sb_refuse_unknown_member(sb_call *call, const char *name);

/** Is `word` one of these, which spaces part? NULL holds none. */
bool sb_has_word(const char *words, const char *word);
/** Does the caller's token hold the scope? */
bool sb_call_has_scope(const sb_call *call, const char *scope);

#endif
