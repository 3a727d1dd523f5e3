/* The users of our connection: made, read, found by e-mail, changed. What Auth0 would refuse, or
 * silently cut, is refused here unsent. Whether a user is to be made, joined or changed, the
 * machines in login decide. */
#include <string.h>

#include "auth0/client_int.h"
#include "base/encode.h"
#include "base/utf8.h"

enum {
    ID_MAX = 255,
    EMAIL_MAX = 254,
    USERNAME_MAX = 128,
    NAME_MAX_CHARS = 150,
};

static const char prefix[] = "auth0|";
enum { PREFIX_LEN = sizeof prefix - 1 };

/* Users of a database connection have this prefix. An id of another kind of connection is none of
 * ours, and its user has a password that is not Auth0's. */
bool a0_user_id_ok(const char *user_id)
{
    size_t len = user_id != NULL ? strlen(user_id) : 0;
    if (len <= PREFIX_LEN || len > ID_MAX || strncmp(user_id, prefix, PREFIX_LEN) != 0)
        return false;
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)user_id[i] <= 0x20 || (unsigned char)user_id[i] > 0x7e)
            return false;
    }
    return true;
}

auth0db_outcome a0_not_sendable(a0_call *call, const char *where, const char *why)
{
    a0_error_set(call->err, AUTH0DB_ERR_DATA, where, "%s: not sent, the %s %s", call->what, where,
                 why);
    return AUTH0DB_OUTCOME_INVALID_USER;
}

/* With `id` an answer about somebody else is malformed. */
static auth0db_outcome read_user(a0_call *call, const json_t *json, const char *id,
                                 auth0db_tenant_user *out)
{
    const char *where = NULL;
    if (!a0_tenant_user_read(out, json, "user_id", &where))
        return a0_call_malformed(call, where, "has a member that is not as promised");
    if (id != NULL && strcmp(out->user_id, id) != 0) {
        *out = (auth0db_tenant_user){0};
        return a0_call_malformed(call, "user_id", "is about another user");
    }
    return AUTH0DB_OUTCOME_OK;
}

/* An id or an e-mail says nothing of the connection, and a token may reach users of all of them:
 * somebody of the same address there is another account. */
int a0_user_is_ours(const auth0db_client *client, const json_t *user)
{
    const json_t *identities = json_object_get(user, "identities"), *identity;
    size_t i;
    bool all_told = true;
    if (!json_is_array(identities) || json_array_size(identities) == 0)
        return -1;
    json_array_foreach(identities, i, identity)
    {
        const char *connection = a0_json_text(identity, "connection");
        if (connection != NULL && strcmp(connection, client->connection) == 0)
            return 1;
        all_told = all_told && connection != NULL;
    }
    return all_told ? 0 : -1; /* what is absent is unknown, and not another connection */
}

static auth0db_outcome manage_user(a0_call *call, a0_op op, a0_http_request *request,
                                   const char *id, auth0db_tenant_user *out)
{
    a0_http_response response = {0};
    json_t *json = NULL;
    auth0db_outcome outcome = a0_manage(call, op, request, &response);
    if (outcome == AUTH0DB_OUTCOME_OK)
        outcome = a0_call_json(call, &response, false, &json);
    /* A new user is in the connection that the request has named. Of others a clear no is needed:
     * for this connection there is then nobody of this id. */
    if (outcome == AUTH0DB_OUTCOME_OK && op != A0_OP_CREATE &&
        a0_user_is_ours(call->client, json) == 0) {
        a0_error_set(call->err, AUTH0DB_ERR_REMOTE, "user_id",
                     "%s: the user is of another connection", call->what);
        outcome = AUTH0DB_OUTCOME_NOT_FOUND;
    }
    if (outcome == AUTH0DB_OUTCOME_OK)
        outcome = read_user(call, json, id, out);
    json_decref(json);
    a0_http_response_clear(&response);
    return outcome;
}

/* An optional name, cut to what the API takes; what is no UTF-8 is left out rather than refused. */
static bool add_name(json_t *body, const char *key, const char *name)
{
    size_t len = name != NULL ? strlen(name) : 0, kept = 0;
    uint32_t code_point;
    if (len == 0 || !a0_utf8_valid(name, len))
        return true;
    for (int chars = 0; kept < len && chars < NAME_MAX_CHARS; chars++)
        kept += a0_utf8_next(name + kept, len - kept, &code_point);
    return json_object_set_new(body, key, json_stringn(name, kept)) == 0;
}

/* As auth0db 0.1 wrote it, for whatever reads it there: where the connection has user names they
 * are the tenant's own, and are not written twice. */
static bool add_legacy_username(const auth0db_client *client, json_t *body,
                                const auth0db_new_user *user)
{
    const char *name = user->legacy_username;
    if (!client->legacy_username || client->require_username || name == NULL || *name == '\0' ||
        !a0_utf8_valid(name, strlen(name)))
        return true;
    return json_object_set_new(body, "app_metadata", json_pack("{s:s}", "username", name)) == 0;
}

static json_t *create_body(const auth0db_client *client, const auth0db_new_user *user)
{
    char email[EMAIL_MAX + 1];
    memcpy(email, user->email, strlen(user->email) + 1);
    a0_ascii_lower(email); /* as Auth0 stores it */
    /* Auth0 puts the prefix before the id itself, and with it would put it twice. verify_email is
     * said because a new user who is not verified would otherwise get a mail from the tenant. */
    json_t *body =
        json_pack("{s:s, s:s, s:s, s:s%, s:b, s:b}", "connection", client->connection, "user_id",
                  user->user_id + PREFIX_LEN, "email", email, "password", user->password,
                  user->password_len, "email_verified", user->email_verified, "verify_email", 0);
    bool ok = body != NULL && add_name(body, "given_name", user->given_name) &&
              add_name(body, "family_name", user->family_name) &&
              add_legacy_username(client, body, user);
    if (ok && user->username != NULL && user->username[0] != '\0')
        ok = json_object_set_new(body, "username", json_string(user->username)) == 0;
    if (ok)
        return body;
    a0_json_wipe(body, "password");
    json_decref(body);
    return NULL;
}

/* The tree is wiped whether or not it could be written: freeing it leaves the text in memory. The
 * request's own copy is wiped with the request. */
int a0_set_body(a0_http_request *request, json_t *body)
{
    int rc = body != NULL ? a0_json_write(&request->body, body) : AUTH0DB_ERR_NO_MEMORY;
    a0_json_wipe(body, "password");
    json_decref(body);
    return rc;
}

/* The request is sent once, whatever comes back: a second try after a lost answer could only say
 * that the user exists. */
auth0db_outcome auth0db_client_user_create(auth0db_client *client, const auth0db_new_user *user,
                                           unsigned deadline_ms, auth0db_tenant_user *out,
                                           auth0db_error *err)
{
    a0_call call;
    a0_http_request request = {.method = "POST", .content_type = "application/json"};
    *out = (auth0db_tenant_user){0};
    a0_call_begin(&call, client, "create user", deadline_ms, err);
    call.by_visitor = true;
    if (!a0_user_id_ok(user->user_id))
        return a0_not_sendable(&call, "user_id", "does not start with \"auth0|\" or is too long");
    if (user->email == NULL || !auth0db_email_is_sendable(user->email))
        return a0_not_sendable(&call, "email", "is not one that Auth0 takes");
    /* bcrypt reads 72 bytes and drops the rest without a word: whoever knew the beginning of a
     * longer one would be let in. */
    if (user->password == NULL || !auth0db_password_is_sendable(user->password, user->password_len))
        return a0_not_sendable(&call, "password", "is not 1 to 72 bytes of UTF-8");
    if (user->username != NULL && (strlen(user->username) > USERNAME_MAX ||
                                   !a0_utf8_valid(user->username, strlen(user->username))))
        return a0_not_sendable(&call, "username", "is not one that Auth0 takes");
    int rc = a0_url(client, &request, "/api/v2/users", NULL);
    if (rc == AUTH0DB_OK)
        rc = a0_set_body(&request, create_body(client, user));
    auth0db_outcome outcome = rc == AUTH0DB_OK
                                  ? manage_user(&call, A0_OP_CREATE, &request, user->user_id, out)
                                  : a0_call_no_memory(&call);
    a0_http_request_clear(&request);
    return outcome;
}

/* It is not repeated, for it may be part of a login, which has four requests at most (S9). */
auth0db_outcome auth0db_client_user_get(auth0db_client *client, const char *user_id,
                                        unsigned deadline_ms, auth0db_tenant_user *out,
                                        auth0db_error *err)
{
    a0_call call;
    a0_http_request request = {.method = "GET"};
    *out = (auth0db_tenant_user){0};
    a0_call_begin(&call, client, "read user", deadline_ms, err);
    call.by_visitor = true;
    if (!a0_user_id_ok(user_id))
        return a0_not_sendable(&call, "user_id", "does not start with \"auth0|\" or is too long");
    auth0db_outcome outcome = a0_url(client, &request, "/api/v2/users/", user_id) == AUTH0DB_OK
                                  ? manage_user(&call, A0_OP_GET_USER, &request, user_id, out)
                                  : a0_call_no_memory(&call);
    a0_http_request_clear(&request);
    return outcome;
}

/* Setting a password lifts a block of the tenant's at Auth0 (facts/auth0.md 4.4). So whoever calls
 * this has read the user first (S11). */
auth0db_outcome auth0db_client_user_set_password(auth0db_client *client, const char *user_id,
                                                 const char *password, size_t password_len,
                                                 unsigned deadline_ms, auth0db_tenant_user *out,
                                                 auth0db_error *err)
{
    a0_call call;
    a0_http_request request = {.method = "PATCH", .content_type = "application/json"};
    *out = (auth0db_tenant_user){0};
    a0_call_begin(&call, client, "change credential", deadline_ms, err);
    call.by_visitor = true;
    if (!a0_user_id_ok(user_id))
        return a0_not_sendable(&call, "user_id", "does not start with \"auth0|\" or is too long");
    if (password == NULL || !auth0db_password_is_sendable(password, password_len))
        return a0_not_sendable(&call, "password", "is not 1 to 72 bytes of UTF-8");
    int rc = a0_url(client, &request, "/api/v2/users/", user_id);
    if (rc ==
        AUTH0DB_OK) /* `connection` says which identity's password, it changes nothing itself */
        rc = a0_set_body(&request, json_pack("{s:s%, s:s}", "password", password, password_len,
                                             "connection", client->connection));
    auth0db_outcome outcome = rc == AUTH0DB_OK
                                  ? manage_user(&call, A0_OP_SET_PASSWORD, &request, user_id, out)
                                  : a0_call_no_memory(&call);
    a0_http_request_clear(&request);
    return outcome;
}

/* One thing a request, since Auth0 takes an e-mail and a user name in no PATCH together. No change
 * sends a mail: what the tenant's users get is for the site to decide. */
static json_t *change_body(const char *connection, const auth0db_change *change)
{
    char lower[EMAIL_MAX + 1];
    switch (change->kind) {
    case AUTH0DB_CHANGE_EMAIL:
        memcpy(lower, change->text, strlen(change->text) + 1);
        a0_ascii_lower(lower);
        return json_pack("{s:s, s:b, s:b, s:s}", "email", lower, "email_verified",
                         change->email_verified, "verify_email", 0, "connection", connection);
    case AUTH0DB_CHANGE_USERNAME:
        return json_pack("{s:s, s:s}", "username", change->text, "connection", connection);
    case AUTH0DB_CHANGE_VERIFIED:
        return json_pack("{s:b, s:b, s:s}", "email_verified", 1, "verify_email", 0, "connection",
                         connection);
    case AUTH0DB_CHANGE_BLOCK:
        return json_pack("{s:b, s:{s:b}}", "blocked", 1, "app_metadata", AUTH0DB_BLOCK_MARK, 1);
    default: /* null takes a name out of app_metadata */
        return json_pack("{s:b, s:{s:n}}", "blocked", 0, "app_metadata", AUTH0DB_BLOCK_MARK);
    }
}

static const char *not_changeable(const auth0db_change *change)
{
    const char *text = change->text != NULL ? change->text : "";
    size_t len = strlen(text);
    if (change->kind == AUTH0DB_CHANGE_EMAIL && !auth0db_email_is_sendable(text))
        return "email";
    if (change->kind == AUTH0DB_CHANGE_USERNAME &&
        (len == 0 || len > USERNAME_MAX || !a0_utf8_valid(text, len)))
        return "username";
    return NULL;
}

auth0db_outcome auth0db_client_user_change(auth0db_client *client, const char *user_id,
                                           const auth0db_change *change, unsigned deadline_ms,
                                           auth0db_tenant_user *out, auth0db_error *err)
{
    a0_call call;
    a0_http_request request = {.method = "PATCH", .content_type = "application/json"};
    *out = (auth0db_tenant_user){0};
    a0_call_begin(&call, client, "change user", deadline_ms, err);
    call.by_visitor = true;
    if (!a0_user_id_ok(user_id))
        return a0_not_sendable(&call, "user_id", "does not start with \"auth0|\" or is too long");
    const char *where = not_changeable(change);
    if (where != NULL)
        return a0_not_sendable(&call, where, "is not one that Auth0 takes");
    int rc = a0_url(client, &request, "/api/v2/users/", user_id);
    if (rc == AUTH0DB_OK)
        rc = a0_set_body(&request, change_body(client->connection, change));
    auth0db_outcome outcome = rc == AUTH0DB_OK
                                  ? manage_user(&call, A0_OP_CHANGE_USER, &request, user_id, out)
                                  : a0_call_no_memory(&call);
    a0_http_request_clear(&request);
    return outcome;
}

/* Another address than the one asked for is no answer: who is joined to whom may depend on it. */
static auth0db_outcome read_users(a0_call *call, const json_t *list, const char *email,
                                  auth0db_tenant_user *out, size_t *n, size_t room)
{
    size_t i;
    const json_t *user;
    json_array_foreach(list, i, user)
    {
        int ours = a0_user_is_ours(call->client, user);
        /* Who is found here may be joined to somebody (S3): not to know whose he is, is as bad as a
         * no. */
        if (ours < 0)
            return a0_call_malformed(call, "identities",
                                     "does not say which connection a user is of");
        if (ours == 0 || *n == room)
            continue;
        auth0db_outcome outcome = read_user(call, user, NULL, &out[*n]);
        if (outcome == AUTH0DB_OUTCOME_OK && !a0_ascii_equal_ignoring_case(out[*n].email, email))
            outcome = a0_call_malformed(call, "email", "is not the address that was asked for");
        if (outcome != AUTH0DB_OUTCOME_OK)
            return outcome;
        (*n)++;
    }
    return AUTH0DB_OUTCOME_OK;
}

auth0db_outcome auth0db_client_users_by_email(auth0db_client *client, const char *email,
                                              unsigned deadline_ms, auth0db_tenant_user *out,
                                              size_t *n, auth0db_error *err)
{
    a0_call call;
    a0_http_request request = {.method = "GET"};
    json_t *list;
    char lower[EMAIL_MAX + 1];
    size_t room = *n;
    *n = 0;
    memset(out, 0, room * sizeof *out);
    a0_call_begin(&call, client, "users by e-mail", deadline_ms, err);
    call.by_visitor = true;
    if (email == NULL || !auth0db_email_is_sendable(email))
        return a0_not_sendable(&call, "email", "is not one that Auth0 takes");
    /* Auth0 stores addresses in lower case and compares them exactly (facts/auth0.md 4.6): as
     * typed, nobody would be found. */
    memcpy(lower, email, strlen(email) + 1);
    a0_ascii_lower(lower);
    int rc = a0_url(client, &request, "/api/v2/users-by-email?email=", lower);
    auth0db_outcome outcome = a0_manage_json(&call, A0_OP_LOOK_UP, rc, &request, true, &list);
    if (outcome == AUTH0DB_OUTCOME_OK)
        outcome = read_users(&call, list, lower, out, n, room);
    /* Half of a list is no answer. */
    if (outcome != AUTH0DB_OUTCOME_OK) {
        *n = 0;
        memset(out, 0, room * sizeof *out);
    }
    json_decref(list);
    return outcome;
}
