/* Users through the Management API: made, read, changed and deleted one by one. What a member may
 * be stands in user_rules.c, searches in api_search.c. */
#include "sandbox/api/api_users.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "sandbox/login/passwords.h"
#include "sandbox/tenant/db.h"
#include "sandbox/tenant/log_mask.h"
#include "sandbox/tenant/mails.h"
#include "sandbox/tenant/paging.h"
#include "sandbox/tenant/profile.h"
#include "sandbox/tenant/tenant_log.h"
#include "sandbox/tenant/user_rules.h"
#include "sandbox/tenant/users.h"

const char *const sb_user_field_names[] = {
    "phone_number", "email",         "email_verified", "picture",    "username",
    "user_id",      "name",          "nickname",       "created_at", "identities",
    "app_metadata", "user_metadata", "last_ip",        "last_login", "logins_count",
    "updated_at",   "blocked",       "family_name",    "given_name", NULL};

/* Seen (facts/auth0.md 4.0). */
static void no_such_user(sb_call *call)
{
    sb_reply_api_error(call->reply, 404, "inexistent_user", "The user does not exist.");
}

static void trouble(sb_call *call)
{
    sb_reply_api_error(call->reply, 500, NULL, "Internal error.");
}

/* Keep the user and answer with it. */
static void save(sb_call *call, sb_user *user, int status)
{
    if (sb_user_save(call->tenant, user) != AUTH0DB_OK)
        trouble(call);
    else
        sb_reply_json(call->reply, status, json_incref(user->profile));
}

/* `usually`: does a mail go out where verify_email says nothing (facts/auth0.md 4.3 and 4.4)? */
static void mail_verification(sb_call *call, const sb_user *user, bool usually)
{
    /* The answer is written by now: a refused request mails nobody. */
    const json_t *asked = json_object_get(call->request->body, "verify_email");
    bool done = call->reply->status == 200 || call->reply->status == 201;
    if (done && (asked != NULL ? json_is_true(asked) : usually) &&
        sb_mail_verification(call, user) != AUTH0DB_OK)
        trouble(call);
}

/* 409 for an e-mail was seen, for an id it is a guess; 400 for a user name was seen (facts/auth0.md
 * 4.3). */
static bool names_free(sb_call *call, const sb_user *user)
{
    sb_tenant *tenant = call->tenant;
    const char *username = a0_json_text(user->profile, "username");
    if (sb_is_half_created(tenant, user->connection, sb_user_text(user, "email")) ||
        sb_user_taken(tenant, user->connection, "email", sb_user_text(user, "email"), user->seq) ||
        sb_user_taken(tenant, user->connection, "user_id", sb_user_text(user, "user_id"),
                      user->seq)) {
        sb_reply_api_error(call->reply, 409, "auth0_idp_error", "The user already exists.");
        return false;
    }
    if (sb_user_taken(tenant, user->connection, "username", username, user->seq)) {
        sb_reply_api_error(call->reply, 400, "auth0_idp_error",
                           "The username provided is in use already.");
        return false;
    }
    return true;
}

/* Both texts are documented (facts/auth0.md 4.3). */
static bool connection_usable(sb_call *call, const char *name, sb_connection *connection)
{
    if (!sb_connection_find(call->tenant, name, connection)) {
        sb_reply_api_error(call->reply, 400, "inexistent_connection", "Connection does not exist.");
        return false;
    }
    if (!connection->enabled)
        sb_reply_api_error(call->reply, 400, "invalid_body", "Connection is disabled.");
    return connection->enabled;
}

/* Who makes a user through the API has signed it up, the log says, and shows what of the request
 * makes a user (recorded). */
static void log_made(sb_call *call, const sb_user *user)
{
    json_t *body = sb_log_masked(call->request->body);
    json_t *details = json_pack("{s:o}", "body", body);
    const char *name = a0_json_text(user->profile, "username");
    json_object_del(body, "verify_email");
    json_object_set_new(body, "client_id", json_string(call->tenant->client_id));
    json_object_set_new(body, "tenant", json_string("sandbox"));
    sb_log(call, &(sb_log_event){.type = "ss",
                                 .description = "",
                                 .user_id = sb_user_text(user, "user_id"),
                                 .user_name = name != NULL ? name : sb_user_text(user, "email"),
                                 .connection = user->connection,
                                 .details = details});
    json_decref(details);
}

static void create(sb_call *call, const sb_connection *connection, sb_user *user)
{
    const char *password = a0_json_text(call->request->body, "password");
    char *hash = NULL;
    call->tenant->passwords_seen[SB_LANE_CREATE] += password != NULL;
    if (sb_profile_build(call->tenant, connection, call->request->body, "api", user) !=
        AUTH0DB_OK) {
        trouble(call);
        return;
    }
    if (!sb_user_check_names(call, connection, a0_json_text(user->profile, "email"),
                             a0_json_text(user->profile, "username")))
        return;
    /* Always mandatory here: that api_behavior may make it optional (documented: facts/auth0.md
     * 4.3) is not carried out. */
    if (password == NULL) {
        sb_reply_api_error(call->reply, 400, "invalid_body",
                           "Payload validation error: 'Missing required property: password'.");
        return;
    }
    /* twice: a taken name must not cost a bcrypt, and the lock was released while bcrypt ran */
    if (!names_free(call, user) || !sb_password_make(call, connection, user, password, &hash))
        return;
    user->password = hash;
    if (names_free(call, user)) {
        save(call, user, 201);
        log_made(call, user);
    }
    mail_verification(call, user, !a0_json_true(user->profile, "email_verified"));
}

void sb_users_create(sb_call *call)
{
    sb_connection connection = {0};
    sb_user user = {0};
    if (sb_user_check_create(call) &&
        connection_usable(call, a0_json_text(call->request->body, "connection"), &connection))
        create(call, &connection, &user);
    sb_user_clear(&user);
    sb_connection_clear(&connection);
}

void sb_users_get(sb_call *call)
{
    sb_user user;
    if (!sb_fields_check(call, sb_user_field_names))
        return;
    if (!sb_user_by_id(call->tenant, call->parameter, &user)) {
        no_such_user(call);
        return;
    }
    sb_project(call, user.profile);
    sb_reply_json(call->reply, 200, json_incref(user.profile));
    sb_user_clear(&user);
}

/* The blocks go with the user: who is made anew under that name must not be blocked for what the
 * other one did. */
void sb_users_delete(sb_call *call)
{
    sb_user user;
    if (sb_user_by_id(call->tenant, call->parameter, &user)) {
        sb_user_unblock(call->tenant, &user);
        if (sb_user_delete(call->tenant, user.seq) != AUTH0DB_OK) {
            trouble(call);
            goto out;
        }
    }
    sb_reply_empty(call->reply, 204); /* also for a user that is not there (facts/auth0.md 4.4) */
out:
    sb_user_clear(&user);
}

/* Whoever has the address, whole or half-created (facts/auth0.md 4.11). The e-mail counts: a user
 * whose user name looks like it stays. */
static int delete_by_email(sb_tenant *tenant, const sb_connection *connection, const char *email)
{
    sb_user user;
    char *lower = a0_strdup(email);
    if (lower == NULL)
        return AUTH0DB_ERR_NO_MEMORY;
    a0_ascii_lower(lower);
    int rc = sb_half_created_delete(tenant, connection->name, lower);
    if (rc == AUTH0DB_OK && sb_user_by_identifier(tenant, connection, lower, &user)) {
        if (strcmp(sb_user_text(&user, "email"), lower) == 0) {
            sb_user_unblock(tenant, &user);
            rc = sb_user_delete(tenant, user.seq);
        }
        sb_user_clear(&user);
    }
    a0_free(lower);
    return rc;
}

/* 204 also where nobody has the address (documented: facts/auth0.md 4.11). */
void sb_connection_users_delete(sb_call *call)
{
    sb_connection connection;
    const char *email = sb_query(call->request, "email");
    if (!sb_connection_find(call->tenant, call->parameter, &connection)) {
        sb_reply_api_error(call->reply, 400, "inexistent_connection",
                           "The connection does not exist.");
        return;
    }
    if (email == NULL || !sb_email_ok(email))
        sb_reply_api_error(call->reply, 400, "invalid_query_string",
                           "Query validation error: 'Missing required property: email'.");
    else if (delete_by_email(call->tenant, &connection, email) != AUTH0DB_OK)
        trouble(call);
    else
        sb_reply_empty(call->reply, 204);
    sb_connection_clear(&connection);
}

json_t *sb_users_list(sb_call *call, sqlite3_stmt *stmt)
{
    sb_user user;
    json_t *list = json_array();
    while (sb_user_next(stmt, &user)) {
        sb_project(call, user.profile);
        json_array_append(list, user.profile);
        sb_user_clear(&user);
    }
    sqlite3_finalize(stmt);
    return list;
}

/* Over all connections, and to the letter: Auth0 stores addresses in lower case and does not lower
 * what is asked for (documented: facts/auth0.md 4.6). */
void sb_users_by_email(sb_call *call)
{
    static const char *const known[] = {"email", "fields", "include_fields", NULL};
    sqlite3_stmt *stmt = NULL;
    const char *email = sb_query(call->request, "email");
    if (!sb_query_names_check(call, known) || !sb_fields_check(call, sb_user_field_names))
        return;
    if (email == NULL || *email == '\0') {
        sb_reply_api_error(call->reply, 400, "invalid_query_string",
                           "Query validation error: 'Missing required property: email'.");
        return;
    }
    if (sb_db_prepare(&stmt, call->tenant->db,
                      "SELECT " SB_USER_COLUMNS
                      " FROM users WHERE email = ? ORDER BY seq LIMIT 100",
                      "s", email) != AUTH0DB_OK) {
        trouble(call);
        return;
    }
    sb_reply_json(call->reply, 200, sb_users_list(call, stmt));
}

/* ---- PATCH ---- */

/* First level only; null removes a name, {} removes them all: then user_metadata stays as {}, and
 * app_metadata goes (recorded). */
static void merge_metadata(json_t *profile, const char *name, json_t *change)
{
    const char *key;
    json_t *value, *kept = json_object_get(profile, name);
    if (change == NULL)
        return;
    if (json_object_size(change) == 0) {
        json_object_del(profile, name);
        if (strcmp(name, "user_metadata") == 0)
            json_object_set_new(profile, name, json_object());
        return;
    }
    if (kept == NULL) {
        json_object_set_new(profile, name, json_object());
        kept = json_object_get(profile, name);
    }
    json_object_foreach(change, key, value)
    {
        if (json_is_null(value))
            json_object_del(kept, key);
        else
            json_object_set(kept, key, value);
    }
}

static void change_plain(json_t *profile, const json_t *body)
{
    for (size_t i = 0; sb_profile_plain[i] != NULL; i++) {
        json_t *value = json_object_get(body, sb_profile_plain[i]);
        if (json_is_null(value))
            json_object_del(profile, sb_profile_plain[i]);
        else if (value != NULL)
            json_object_set(profile, sb_profile_plain[i], value);
    }
    merge_metadata(profile, "user_metadata", json_object_get(body, "user_metadata"));
    merge_metadata(profile, "app_metadata", json_object_get(body, "app_metadata"));
}

/* A new address is not verified unless the same request says so (facts/auth0.md 5.2 says it of
 * imports). */
static void change_identity(json_t *profile, const json_t *body)
{
    if (a0_json_text(body, "email") != NULL) {
        json_object_set_new(profile, "email", sb_profile_lowered(body, "email"));
        json_object_set_new(profile, "email_verified",
                            json_false()); /* unless the next line says so */
    }
    if (json_object_get(body, "email_verified") != NULL)
        json_object_set(profile, "email_verified", json_object_get(body, "email_verified"));
    if (json_is_null(json_object_get(body, "username")))
        json_object_del(profile, "username");
    else if (json_object_get(body, "username") != NULL)
        json_object_set_new(profile, "username", sb_profile_lowered(body, "username"));
    if (json_object_get(body, "blocked") != NULL)
        json_object_set(profile, "blocked", json_object_get(body, "blocked"));
}

/* A password set through the API lifts the administrator's block and every brute-force block, and
 * takes the user off the leaked list (facts/auth0.md 4.4 and 8). */
static bool change_password(sb_call *call, const sb_connection *connection, sb_user *user)
{
    const char *password = a0_json_text(call->request->body, "password");
    char *hash = NULL;
    sb_user now;
    if (password == NULL)
        return true;
    call->tenant->passwords_seen[SB_LANE_CHANGE]++;
    if (!sb_password_make(call, connection, user, password, &hash))
        return false;
    bool there = sb_user_by_seq(call->tenant, user->seq, &now);
    if (!there) { /* deleted while bcrypt ran */
        a0_secret_free(hash);
        no_such_user(call);
        return false;
    }
    sb_user_clear(user);
    *user = now; /* the request's other changes are applied after this one */
    sb_password_put(call, connection, user, hash);
    sb_profile_date(call->tenant, user->profile, "last_password_reset");
    /* Shown as false from now on, and not left out (recorded: facts/auth0.md 4.1). */
    if (json_object_get(user->profile, "blocked") != NULL)
        json_object_set_new(user->profile, "blocked", json_false());
    json_object_del(user->flags, "leaked");
    sb_user_unblock(call->tenant, user);
    return true;
}

/* Only where a name changes: a user who was made before the connection asked for user names has
 * none, and must still be changed in other ways (facts/auth0.md 4.1). */
static bool names_ok_after(sb_call *call, const sb_connection *connection, const sb_user *user)
{
    const json_t *body = call->request->body;
    const char *username = a0_json_text(user->profile, "username");
    if (json_object_get(body, "username") == NULL && json_object_get(body, "email") == NULL)
        return true;
    if (json_object_get(body, "username") != NULL &&
        !sb_user_check_names(call, connection, sb_user_text(user, "email"), username))
        return false;
    if (sb_user_taken(call->tenant, user->connection, "email", sb_user_text(user, "email"),
                      user->seq)) {
        sb_reply_api_error(call->reply, 400, "auth0_idp_error",
                           "The specified new email already exists");
        return false;
    }
    if (sb_user_taken(call->tenant, user->connection, "username", username, user->seq)) {
        sb_reply_api_error(call->reply, 400, "auth0_idp_error",
                           "The specified username already exists");
        return false;
    }
    return true;
}

/* That a token for metadata alone may change app_metadata is documented (facts/auth0.md 4.4). */
static bool may_patch(sb_call *call)
{
    const char *name;
    json_t *value;
    if (sb_call_has_scope(call, "update:users"))
        return true;
    json_object_foreach(call->request->body, name, value)
    {
        if (strcmp(name, "app_metadata") != 0) {
            sb_reply_api_error(call->reply, 403, "insufficient_scope",
                               "Insufficient scope, expected any of: update:users");
            return false;
        }
    }
    return true;
}

/* The password first, since it reads the user anew: the other changes are then made to the user as
 * it is now. */
static void patch(sb_call *call, sb_user *user)
{
    sb_connection connection = {0};
    const char *named = a0_json_text(call->request->body, "connection");
    /* That a secondary identity's connection is named is documented (facts/auth0.md 4.4); linked
     * identities cannot be changed here, so any other name is refused, in words of ours. */
    if (named != NULL && strcmp(named, user->connection) != 0) {
        sb_reply_api_error(call->reply, 400, "invalid_body",
                           "The user does not belong to the specified connection.");
        return;
    }
    if (!sb_connection_find(call->tenant, user->connection, &connection)) {
        trouble(call);
        return;
    }
    if (change_password(call, &connection, user)) {
        change_plain(user->profile, call->request->body);
        change_identity(user->profile, call->request->body);
        sb_profile_date(call->tenant, user->profile, "updated_at");
        if (names_ok_after(call, &connection, user))
            save(call, user, 200);
        mail_verification(call, user, false);
    }
    sb_connection_clear(&connection);
}

void sb_users_patch(sb_call *call)
{
    sb_user user = {0};
    if (!sb_user_check_patch(call) || !may_patch(call))
        return;
    if (sb_user_by_id(call->tenant, call->parameter, &user))
        patch(call, &user);
    else
        no_such_user(call);
    sb_user_clear(&user);
}
