/* What only a migration asks of the tenant: to find users by id or by name, to delete one, to be
 * told of waits. Its searches lag behind, so what they find is a hint, and bulk decides what to
 * make of it. */
#include "auth0/calls.h"

#include <string.h>

#include "auth0/client_int.h"
#include "base/encode.h"
#include "base/utf8.h"

enum { RETRIES = 3, USERNAME_MAX = 128 };

unsigned a0_client_pause_ms(auth0db_client *client)
{
    uint64_t now = a0_mono_ms(&client->env);
    a0_fork_guard_lock(&client->guard);
    uint64_t wait = a0_limit_wait(&client->limits[A0_RATE_MANAGEMENT], now);
    a0_fork_guard_unlock(&client->guard);
    return (unsigned)wait; /* A0_LIMIT_MAX_MS at most */
}

/* No guard is needed: no call may be under way while this is set. */
void a0_client_on_wait(auth0db_client *client, a0_wait_fn go_on, void *ctx)
{
    client->go_on = go_on;
    client->go_on_ctx = ctx;
}

auth0db_outcome a0_user_delete(auth0db_client *client, const char *user_id, unsigned deadline_ms,
                               auth0db_error *err)
{
    a0_call call;
    a0_http_request request = {.method = "DELETE"};
    a0_http_response response = {0};
    a0_call_begin(&call, client, "delete user", deadline_ms, err);
    if (!a0_user_id_ok(user_id))
        return a0_not_sendable(&call, "user_id", "does not start with \"auth0|\" or is too long");
    auth0db_outcome outcome = a0_url(client, &request, "/api/v2/users/", user_id) == AUTH0DB_OK
                                  ? a0_manage(&call, A0_OP_DELETE_USER, &request, &response)
                                  : a0_call_no_memory(&call);
    if (outcome == AUTH0DB_OUTCOME_NOT_FOUND) { /* facts/auth0.md 9.31: as good as done */
        *call.err = (auth0db_error){0};
        outcome = AUTH0DB_OUTCOME_OK;
    }
    a0_http_request_clear(&request);
    a0_http_response_clear(&response);
    return outcome;
}

/* Ids of ours are hex; another's may hold what would end the quoted term and begin a new one. */
static bool can_be_quoted(const char *id)
{
    return a0_user_id_ok(id) && strpbrk(id, "\"\\") == NULL;
}

static int add_query(a0_http_request *request, const char *const *ids, size_t n)
{
    a0_buf q = {0};
    int rc = a0_buf_puts(&q, "user_id:(");
    for (size_t i = 0; rc == AUTH0DB_OK && i < n; i++)
        rc = a0_buf_printf(&q, "%s\"%s\"", i > 0 ? " OR " : "", ids[i]);
    if (rc == AUTH0DB_OK)
        rc = a0_buf_puts(&q, ")");
    if (rc == AUTH0DB_OK)
        rc = a0_percent_encode(&request->url, q.data, q.len);
    a0_buf_clear(&q);
    return rc;
}

static bool was_asked_for(const char *id, const char *const *ids, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(id, ids[i]) == 0)
            return true;
    }
    return false;
}

/* The search reads our query in its own way. Whoever was not asked for must not be taken for a user
 * of this batch, so one such entry spoils the answer. */
static auth0db_outcome report_users(a0_call *call, const json_t *list, const char *const *ids,
                                    size_t n, a0_user_fn each, void *ctx)
{
    size_t i;
    const json_t *json;
    auth0db_tenant_user user;
    json_array_foreach(list, i, json)
    {
        const char *where = NULL;
        if (!a0_tenant_user_read(&user, json, "user_id", &where))
            return a0_call_malformed(call, where, "has a member that is not as promised");
        if (!was_asked_for(user.user_id, ids, n))
            return a0_call_malformed(call, "user_id", "is about another user");
        /* Whoever is not said to be of another connection counts as ours here: nobody is linked on
         * a hint, without a reading of the user. */
        if (a0_user_is_ours(call->client, json) != 0)
            each(ctx, &user);
    }
    return AUTH0DB_OUTCOME_OK;
}

auth0db_outcome a0_users_by_ids(auth0db_client *client, const char *const *ids, size_t n,
                                unsigned deadline_ms, a0_user_fn each, void *ctx,
                                auth0db_error *err)
{
    static const char path[] =
        "/api/v2/users?search_engine=v3&per_page=100&include_fields=true&fields="
        "user_id,email,username,email_verified,blocked,created_at,last_login,logins_count,"
        "identities&q=";
    a0_call call;
    a0_http_request request = {.method = "GET"};
    json_t *list;
    a0_call_begin(&call, client, "users by id", deadline_ms, err);
    call.retries = RETRIES;
    /* Parentheses with nothing in them are no query, and what a search makes of that nobody knows.
     */
    if (n == 0)
        return AUTH0DB_OUTCOME_OK;
    /* The bound is below per_page, so that one page holds all that can be found. */
    if (n > A0_USERS_BY_IDS_MAX)
        return a0_not_sendable(&call, "ids", "are too many");
    for (size_t i = 0; i < n; i++) {
        /* All ids are checked before any is sent: a query that leaves one id out would say of that
         * user that the tenant does not know him. */
        if (!can_be_quoted(ids[i]))
            return a0_not_sendable(&call, "user_id", "cannot be searched for");
    }
    int rc = a0_url(client, &request, path, NULL);
    if (rc == AUTH0DB_OK)
        rc = add_query(&request, ids, n);
    auth0db_outcome outcome = a0_manage_json(&call, A0_OP_LOOK_UP, rc, &request, true, &list);
    if (outcome == AUTH0DB_OUTCOME_OK)
        outcome = report_users(&call, list, ids, n, each, ctx);
    json_decref(list);
    return outcome;
}

/* Names are kept in lower case, and the search is of case (facts/auth0.md 4.1 and 4.5). */
static int add_name_query(a0_http_request *request, const char *username, const char *connection)
{
    char lower[USERNAME_MAX + 1];
    a0_buf q = {0};
    memcpy(lower, username, strlen(username) + 1);
    a0_ascii_lower(lower);
    int rc =
        a0_buf_printf(&q, "username:\"%s\" AND identities.connection:\"%s\"", lower, connection);
    if (rc == AUTH0DB_OK)
        rc = a0_percent_encode(&request->url, q.data, q.len);
    a0_buf_clear(&q);
    return rc;
}

/* An answer about another name says nothing about this one: neither that it is free nor that it is
 * taken. */
static auth0db_outcome read_owner(a0_call *call, const json_t *list, const char *username,
                                  bool *somebody)
{
    size_t i;
    const json_t *json;
    json_array_foreach(list, i, json)
    {
        const char *name = a0_json_text(json, "username");
        if (name == NULL || !a0_ascii_equal_ignoring_case(name, username))
            return a0_call_malformed(call, "username", "is not the name that was asked for");
        *somebody |= a0_user_is_ours(call->client, json) != 0;
    }
    return AUTH0DB_OUTCOME_OK;
}

auth0db_outcome a0_username_taken(auth0db_client *client, const char *username,
                                  unsigned deadline_ms, bool *somebody, auth0db_error *err)
{
    static const char path[] = "/api/v2/users?search_engine=v3&per_page=5&include_fields=true"
                               "&fields=user_id,username,identities&q=";
    a0_call call;
    a0_http_request request = {.method = "GET"};
    json_t *list;
    *somebody = false;
    a0_call_begin(&call, client, "users by name", deadline_ms, err);
    call.retries = RETRIES;
    /* A quote would end the term and begin another query. */
    if (strlen(username) > USERNAME_MAX || strpbrk(username, "\"\\") != NULL ||
        strpbrk(client->connection, "\"\\") != NULL)
        return a0_not_sendable(&call, "username", "cannot be searched for");
    int rc = a0_url(client, &request, path, NULL);
    if (rc == AUTH0DB_OK)
        rc = add_name_query(&request, username, client->connection);
    auth0db_outcome outcome = a0_manage_json(&call, A0_OP_LOOK_UP, rc, &request, true, &list);
    if (outcome == AUTH0DB_OUTCOME_OK)
        outcome = read_owner(&call, list, username, somebody);
    json_decref(list);
    return outcome;
}
