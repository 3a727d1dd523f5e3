/* The tenant log, as Auth0's log event types have it. */
#ifndef A0_SANDBOX_TENANT_TENANT_LOG_H
#define A0_SANDBOX_TENANT_TENANT_LOG_H

#include "sandbox/call.h"

enum { SB_LOG_MAX = 20000 }; /* older entries go */

typedef struct sb_log_event {
    const char *type;        /* "fp", "sepft", ... */
    const char *description; /* one line; never a secret */
    const char *ip;          /* the address attack protection saw; NULL: the TCP peer */
    const char *user_id, *user_name, *connection; /* NULL: nobody's, none */
    const char *audience;                         /* NULL: none */
    const json_t *scope;                          /* NULL: none */
    const json_t *details; /* NULL: none; what may not be seen in it is masked */
} sb_log_event;

void sb_log(sb_call *call, const sb_log_event *event);
/** The entry of a write through the Management API that was carried out, with request and answer.
 */
void sb_log_write(sb_call *call, const char *description);
/** Entries of one type (NULL: all), newest first; a new array, NULL without memory. */
json_t *sb_log_list(sb_tenant *tenant, const char *type, int64_t offset, int64_t limit);

sb_handler sb_logs_list, sb_logs_get; /* GET /api/v2/logs */
sb_handler sb_users_logs;             /* GET /api/v2/users/{id}/logs */

#endif
