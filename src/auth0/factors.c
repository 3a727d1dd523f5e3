/* A tenant user's second factors: which there are, and one more. */
#include <string.h>

#include "auth0/client_int.h"

enum { RETRIES = 3 };

/* Other kinds cannot be carried over, so whether the user has one changes nothing here. */
static void note_kind(const json_t *method, a0_factor_kinds *out)
{
    const char *type = a0_json_text(method, "type");
    out->totp |= type != NULL && strcmp(type, "totp") == 0;
    out->phone |= type != NULL && strcmp(type, "phone") == 0;
}

/* A page, or the bare list of older answers (docs/facts/auth0.md, "Users"). */
static void note_kinds(const json_t *answer, a0_factor_kinds *out)
{
    const json_t *list = json_object_get(answer, "authenticators"), *method;
    size_t i;
    json_array_foreach(json_is_array(answer) ? answer : list, i, method) note_kind(method, out);
}

auth0db_outcome a0_user_factors(auth0db_client *client, const char *user_id, unsigned deadline_ms,
                                a0_factor_kinds *out, auth0db_error *err)
{
    a0_call call;
    a0_http_request request = {.method = "GET"};
    a0_http_response response = {0};
    json_t *answer = NULL;
    *out = (a0_factor_kinds){0};
    a0_call_begin(&call, client, "second factors", deadline_ms, err);
    /* A read may be repeated; the addition below never is: after a lost answer the factor may be
     * there. */
    call.retries = RETRIES;
    if (!a0_user_id_ok(user_id))
        return a0_not_sendable(&call, "user_id", "does not start with \"auth0|\" or is too long");
    int rc = a0_url(client, &request, "/api/v2/users/", user_id);
    if (rc == AUTH0DB_OK)
        rc = a0_buf_puts(&request.url, "/authentication-methods?per_page=100&include_totals=true");
    auth0db_outcome outcome = rc == AUTH0DB_OK
                                  ? a0_manage(&call, A0_OP_GET_USER, &request, &response)
                                  : a0_call_no_memory(&call);
    if (outcome == AUTH0DB_OUTCOME_OK)
        outcome = a0_call_json_any(&call, &response, &answer);
    if (outcome == AUTH0DB_OUTCOME_OK)
        note_kinds(answer, out);
    json_decref(answer);
    a0_http_request_clear(&request);
    a0_http_response_clear(&response);
    return outcome;
}

auth0db_outcome a0_user_factor_add(auth0db_client *client, const char *user_id, bool phone,
                                   const char *value, unsigned deadline_ms, auth0db_error *err)
{
    a0_call call;
    json_t *answer = NULL;
    a0_http_request request = {.method = "POST", .content_type = "application/json"};
    a0_call_begin(&call, client, "add second factor", deadline_ms, err);
    if (!a0_user_id_ok(user_id))
        return a0_not_sendable(&call, "user_id", "does not start with \"auth0|\" or is too long");
    int rc = a0_url(client, &request, "/api/v2/users/", user_id);
    if (rc == AUTH0DB_OK)
        rc = a0_buf_puts(&request.url, "/authentication-methods");
    json_t *body = phone
                       ? json_pack("{s:s, s:s, s:s, s:s}", "type", "phone", "name", "phone",
                                   "phone_number", value, "preferred_authentication_method", "sms")
                       : json_pack("{s:s, s:s, s:s}", "type", "totp", "name", "authenticator",
                                   "totp_secret", value);
    if (rc == AUTH0DB_OK)
        rc = body != NULL ? a0_json_write(&request.body, body) : AUTH0DB_ERR_NO_MEMORY;
    /* The secret makes codes for as long as the account lives. It goes out in the body and comes
     * back in the answer, and freeing a tree leaves its text in memory. */
    a0_json_wipe(body, "totp_secret");
    json_decref(body);
    auth0db_outcome outcome = a0_manage_json(&call, A0_OP_ADD_FACTOR, rc, &request, false, &answer);
    a0_json_wipe(answer, "totp_secret");
    json_decref(answer);
    return outcome;
}
