/* By whom the tenant sends its mails. */
#include "auth0/client_int.h"

enum { RETRIES = 1 };

/* `enabled` false: set up, and not used. Absent is unknown (the reference gives no default). */
static auth0db_fact read_provider(const json_t *provider)
{
    const json_t *enabled = json_object_get(provider, "enabled");
    if (!json_is_boolean(enabled))
        return AUTH0DB_UNKNOWN;
    return json_is_true(enabled) ? AUTH0DB_YES : AUTH0DB_NO;
}

auth0db_outcome auth0db_client_own_mails(auth0db_client *client, unsigned deadline_ms,
                                         auth0db_fact *out, auth0db_error *err)
{
    a0_call call;
    json_t *provider = NULL;
    a0_http_request request = {.method = "GET"};
    *out = AUTH0DB_UNKNOWN;
    a0_call_begin(&call, client, "e-mail provider", deadline_ms, err);
    call.retries = RETRIES;
    int built = a0_url(client, &request, "/api/v2/emails/provider?fields=enabled", NULL);
    auth0db_outcome outcome =
        a0_manage_json(&call, A0_OP_GET_PROVIDER, built, &request, false, &provider);
    if (outcome == AUTH0DB_OUTCOME_OK)
        *out = read_provider(provider);
    json_decref(provider);
    /* No provider was ever set up: that is a fact about the tenant, and no failure of the call. */
    if (outcome != AUTH0DB_OUTCOME_NOT_FOUND)
        return outcome;
    *out = AUTH0DB_NO;
    *call.err = (auth0db_error){0};
    return AUTH0DB_OUTCOME_OK;
}
