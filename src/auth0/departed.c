/* What becomes of the account of somebody who was deleted on the site, where the site wants it so.
 */
#include <time.h>

#include "auth0/calls.h"
#include "auth0/client_int.h"

/* Of the connection: a token may reach users of another one, and an id says nothing of it. */
auth0db_outcome auth0db_client_user_delete(auth0db_client *client, const char *user_id,
                                           unsigned deadline_ms, auth0db_error *err)
{
    auth0db_tenant_user user;
    auth0db_outcome outcome = auth0db_client_user_get(client, user_id, deadline_ms, &user, err);
    return outcome == AUTH0DB_OUTCOME_OK ? a0_user_delete(client, user_id, deadline_ms, err)
                                         : outcome;
}

/* The mark says that it was us, so that nobody's own block is ever taken for ours (S11). */
static json_t *block_body(void)
{
    char now[32] = "";
    time_t seconds = time(NULL);
    struct tm utc;
    if (gmtime_r(&seconds, &utc) != NULL)
        strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return json_pack("{s:b, s:{s:{s:s, s:s}}}", "blocked", 1, "app_metadata", "auth0db", "blocked",
                     "deleted", "blocked_at", now);
}

static auth0db_outcome patch(auth0db_client *client, const char *user_id, unsigned deadline_ms,
                             auth0db_error *err)
{
    a0_call call;
    a0_http_request request = {.method = "PATCH", .content_type = "application/json"};
    a0_http_response response = {0};
    a0_call_begin(&call, client, "block user", deadline_ms, err);
    int rc = a0_url(client, &request, "/api/v2/users/", user_id);
    if (rc == AUTH0DB_OK)
        rc = a0_set_body(&request, block_body());
    auth0db_outcome outcome = rc == AUTH0DB_OK
                                  ? a0_manage(&call, A0_OP_SET_PASSWORD, &request, &response)
                                  : a0_call_no_memory(&call);
    a0_http_request_clear(&request);
    a0_http_response_clear(&response);
    return outcome;
}

auth0db_outcome auth0db_client_user_block(auth0db_client *client, const char *user_id,
                                          unsigned deadline_ms, auth0db_error *err)
{
    auth0db_tenant_user user;
    auth0db_outcome outcome = auth0db_client_user_get(client, user_id, deadline_ms, &user, err);
    if (outcome != AUTH0DB_OUTCOME_OK || user.blocked) /* somebody else's block stays theirs */
        return outcome;
    return patch(client, user_id, deadline_ms, err);
}
