/* What a test tells the tenant below /sandbox: options, users, faults, the clock. It is for people
 * and tests, so it says what is wrong in plain words, and asks for no token (router.c keeps web
 * pages out). */
#include "sandbox/api/api_control.h"

#include <string.h>

#include "sandbox/api/api_connections.h"
#include "sandbox/api/api_oauth.h"
#include "sandbox/faults.h"
#include "sandbox/hash/password_hash.h"
#include "sandbox/jobs/jobs.h"
#include "sandbox/tenant/connections.h"
#include "sandbox/tenant/db.h"
#include "sandbox/tenant/documents.h"
#include "sandbox/tenant/keys.h"
#include "sandbox/tenant/open.h"
#include "sandbox/tenant/paging.h"
#include "sandbox/tenant/profile.h"
#include "sandbox/tenant/tenant_log.h"
#include "sandbox/tenant/users.h"
#include "sandbox/traffic.h"

/* Control errors are for people: {"error": "what is wrong"}. */
static void complain(sb_call *call, int status, const char *where, const char *what)
{
    sb_reply_json(call->reply, status,
                  json_pack("{s:s, s:s}", "error", what, "where", where != NULL ? where : ""));
}

/* What a test got wrong is a 400, what failed here a 500. */
static void complain_error(sb_call *call, const auth0db_error *err)
{
    complain(call, err->code & AUTH0DB_CLASS_DATA ? 400 : 500, err->where, err->message);
}

void sb_control_info(sb_call *call)
{
    const sb_tenant *t = call->tenant;
    sb_reply_json(call->reply, 200,
                  json_pack("{s:s, s:s, s:s, s:s, s:s}", "url", t->url, "client_id", t->client_id,
                            "client_secret", t->client_secret, "connection", t->connection,
                            "connection_id", t->connection_id));
}

/* ---- options ---- */

/* Two of them are the connection's, which the API may have changed meanwhile: so they are read from
 * it. */
static void reply_options(sb_call *call)
{
    sb_connection connection;
    json_t *body = sb_options_json(&call->tenant->options);
    if (sb_connection_find(call->tenant, call->tenant->connection, &connection)) {
        json_object_set_new(body, "connection_enabled", json_boolean(connection.enabled));
        json_object_set(body, "connection_options", connection.options);
        sb_connection_clear(&connection);
    }
    sb_reply_json(call->reply, 200, body);
}

void sb_control_options_get(sb_call *call)
{
    reply_options(call);
}

/* Merged into the default connection's options: a test changes one thing; null removes it. */
static bool merge_connection(sb_call *call, sb_connection *connection)
{
    const char *name;
    json_t *value;
    json_t *enabled = json_object_get(call->request->body, "connection_enabled");
    json_t *changes = json_object_get(call->request->body, "connection_options");
    if ((enabled != NULL && !json_is_boolean(enabled)) ||
        (changes != NULL && !json_is_object(changes))) {
        complain(call, 400, "connection",
                 "expected connection_enabled: bool, connection_options: {}");
        return false;
    }
    if (enabled != NULL)
        connection->enabled = json_is_true(enabled);
    json_object_foreach(changes, name, value)
    {
        if (json_is_null(value))
            json_object_del(connection->options, name);
        else
            json_object_set(connection->options, name, value);
    }
    return sb_connection_options_ok(call, connection->options);
}

/* All or nothing: the connection is checked first, and saved when the options are in. The jobs are
 * woken whatever came of it: a look that finds nothing costs little. */
static void patch_options(sb_call *call, const json_t *changes, sb_connection *connection)
{
    auth0db_error err;
    if (!merge_connection(call, connection))
        return;
    if (sb_options_patch(&call->tenant->options, changes, &err) != AUTH0DB_OK)
        complain_error(call, &err);
    else if (sb_connection_save(call->tenant, connection) != AUTH0DB_OK)
        complain(call, 500, "connection", "could not be saved");
    else
        reply_options(call);
    sb_jobs_wake(call->tenant); /* they may be faster now */
}

void sb_control_options_patch(sb_call *call)
{
    sb_connection connection = {0};
    /* These two belong to the connection, and are no options of the tenant. */
    json_t *changes = json_copy(call->request->body);
    json_object_del(changes, "connection_enabled");
    json_object_del(changes, "connection_options");
    if (changes == NULL)
        complain(call, 400, "body", "expected an object of options");
    else if (!sb_connection_find(call->tenant, call->tenant->connection, &connection))
        complain(call, 500, "connection", "the default connection is gone");
    else
        patch_options(call, changes, &connection);
    sb_connection_clear(&connection);
    json_decref(changes);
}

/* ---- users ---- */

/* Of a second factor only that there is one: its key is a secret. */
static void reply_user(sb_call *call, const sb_user *user)
{
    json_t *body = json_deep_copy(user->flags);
    json_object_del(body, "totp_secret");
    json_object_del(body, "totp_step");
    json_object_set_new(body, "user_id", json_string(sb_user_text(user, "user_id")));
    json_object_set_new(body, "connection", json_string(user->connection));
    json_object_set_new(body, "blocked", json_boolean(a0_json_true(user->profile, "blocked")));
    json_object_set_new(body, "has_password", json_boolean(user->password != NULL));
    json_object_set_new(body, "has_imported_hash", json_boolean(user->foreign_hash != NULL));
    sb_reply_json(call->reply, 200, body);
}

static bool user_of(sb_call *call, sb_user *user)
{
    bool found = sb_user_by_id(call->tenant, call->parameter, user);
    if (!found)
        complain(call, 404, "id", "there is no such user");
    return found;
}

void sb_control_user_get(sb_call *call)
{
    sb_user user;
    if (!user_of(call, &user))
        return;
    reply_user(call, &user);
    sb_user_clear(&user);
}

/* mfa, leaked: true or false. deny: what the Action says, or null. blocked: as an administrator
 * would. Blocked stands in the profile, since the API shows it; the others are the sandbox's own
 * and are shown nowhere else. */
static const char *set_flag(sb_user *user, const char *name, json_t *value)
{
    bool deny = strcmp(name, "deny") == 0;
    if (json_is_null(value) || json_is_false(value)) {
        json_object_del(user->flags, name);
        if (strcmp(name, "blocked") == 0)
            json_object_del(user->profile, name);
        return NULL;
    }
    if (strcmp(name, "blocked") == 0 && json_is_true(value))
        json_object_set(user->profile, name, value);
    else if (deny ? json_is_string(value) : json_is_true(value))
        json_object_set(user->flags, name, value);
    else
        return deny ? "expected a text or null" : "expected true or false";
    return NULL;
}

/* A hash as a bulk import brings it (password_hash: a string, custom_password_hash: an object),
 * held to the import's rules; it replaces the password until the next login. */
static const char *set_hash(sb_user *user, json_t *hash, sb_hash_fault *fault)
{
    if (sb_password_hash_check(hash, fault) != AUTH0DB_OK)
        return fault->message[0] != '\0' ? fault->message : "is not a hash that Auth0 imports";
    sb_user_put_hash(user, hash);
    return NULL;
}

/* An unknown member is refused: a test that misspells one would believe it to be set. */
static const char *change_user(sb_user *user, const char *name, json_t *value, sb_hash_fault *fault)
{
    static const char *const flags[] = {"blocked", "deny", "leaked", "mfa"};
    if (strcmp(name, "password_hash") == 0 || strcmp(name, "custom_password_hash") == 0)
        return set_hash(user, value, fault);
    for (size_t i = 0; i < A0_COUNT(flags); i++) {
        if (strcmp(flags[i], name) == 0)
            return set_flag(user, name, value);
    }
    return "there is no such member";
}

/* All or nothing: the user is saved when every member was taken. */
void sb_control_user_patch(sb_call *call)
{
    sb_user user;
    sb_hash_fault fault = {0};
    const char *name, *wrong = NULL;
    json_t *value;
    if (!user_of(call, &user))
        return;
    json_object_foreach(call->request->body, name, value)
    {
        if ((wrong = change_user(&user, name, value, &fault)) != NULL)
            break;
    }
    if (wrong != NULL)
        complain(call, 400, fault.path[0] != '\0' ? fault.path : name, wrong);
    else if (sb_user_save(call->tenant, &user) != AUTH0DB_OK)
        complain(call, 500, "user", "could not be saved");
    else
        reply_user(call, &user);
    sb_user_clear(&user);
}

/* ---- faults, clock, requests ---- */

void sb_control_faults_get(sb_call *call)
{
    sb_reply_json(call->reply, 200, sb_faults_json(call->tenant->faults));
}

void sb_control_faults_add(sb_call *call)
{
    auth0db_error err;
    json_int_t id = 0;
    if (call->request->body == NULL)
        complain(call, 400, "body", "expected a fault");
    else if (sb_faults_add(call->tenant->faults, call->request->body, &id, &err) != AUTH0DB_OK)
        complain_error(call, &err);
    else
        sb_reply_json(call->reply, 201, json_pack("{s:I}", "id", id));
}

void sb_control_faults_clear(sb_call *call)
{
    sb_faults_clear(call->tenant->faults);
    sb_reply_empty(call->reply, 204);
}

static void reply_clock(sb_call *call)
{
    char now[SB_ISO_LEN];
    sb_iso(sb_now_ms(call->tenant), now);
    sb_reply_json(call->reply, 200,
                  json_pack("{s:s, s:I}", "now", now, "advanced_ms",
                            (json_int_t)call->tenant->clock_offset_ms));
}

void sb_control_clock_get(sb_call *call)
{
    reply_clock(call);
}

/* Only ahead: blocks, tickets and jobs would otherwise have ended before they began. */
void sb_control_clock_advance(sb_call *call)
{
    const json_int_t most = INT64_C(3650) * 24 * 3600 * 1000;
    json_int_t ms = a0_json_int(call->request->body, "ms", -1);
    json_int_t seconds = a0_json_int(call->request->body, "seconds", -1);
    if (ms < 0 && seconds >= 0 && seconds <= most / 1000)
        ms = seconds * 1000;
    if (ms < 0 || ms > most || call->tenant->clock_offset_ms > most) {
        complain(call, 400, "seconds",
                 "expected seconds or ms, at most ten years; time only goes on");
        return;
    }
    /* The jobs catch up before the answer, so that the test sees them where that time finds them.
     */
    call->tenant->clock_offset_ms += ms;
    sb_jobs_catch_up(call->tenant);
    sb_jobs_wake(call->tenant);
    reply_clock(call);
}

void sb_control_requests_get(sb_call *call)
{
    sb_reply_json(call->reply, 200, sb_traffic_json(call->tenant->traffic));
}

void sb_control_requests_clear(sb_call *call)
{
    sb_traffic_clear(call->tenant->traffic);
    sb_reply_empty(call->reply, 204);
}

void sb_control_log(sb_call *call)
{
    sb_reply_json(call->reply, 200,
                  json_pack("{s:o}", "log",
                            sb_log_list(call->tenant, sb_query(call->request, "type"), 0, 1000)));
}

/* ---- what migrations are judged by ---- */

/* Users by how they came to be. */
static json_t *users_by_making(sb_tenant *tenant)
{
    sqlite3_stmt *stmt = NULL;
    json_t *counts = json_pack("{s:i, s:i}", "api", 0, "import", 0);
    if (sb_db_prepare(&stmt, tenant->db,
                      "SELECT coalesce(json_extract(flags, '$.made_by'), 'api'), count(*)"
                      " FROM users GROUP BY 1",
                      "") != AUTH0DB_OK)
        return counts;
    while (sqlite3_step(stmt) == SQLITE_ROW)
        json_object_set_new(counts, sb_db_text(stmt, 0),
                            json_integer(sqlite3_column_int64(stmt, 1)));
    sqlite3_finalize(stmt);
    return counts;
}

void sb_control_audit(sb_call *call)
{
    static const char *const lanes[SB_LANE_COUNT] = {[SB_LANE_CREATE] = "create",
                                                     [SB_LANE_CHANGE] = "change",
                                                     [SB_LANE_LOGIN] = "login",
                                                     [SB_LANE_IMPORT] = "import",
                                                     [SB_LANE_RESET] = "reset"};
    json_t *passwords = json_object();
    for (int i = 0; i < SB_LANE_COUNT; i++)
        json_object_set_new(passwords, lanes[i], json_integer(call->tenant->passwords_seen[i]));
    json_int_t half_created =
        sb_db_number(call->tenant->db, 0, "SELECT count(*) FROM half_created", "");
    sb_reply_json(call->reply, 200,
                  json_pack("{s:o, s:o, s:I}", "users", users_by_making(call->tenant),
                            "passwords_seen", passwords, "half_created", half_created));
}

void sb_control_half_created_add(sb_call *call)
{
    json_t *email = sb_profile_lowered(call->request->body, "email");
    if (email == NULL)
        complain(call, 400, "email", "expected an address");
    else if (sb_half_created_add(call->tenant, call->tenant->connection,
                                 json_string_value(email)) != AUTH0DB_OK)
        complain(call, 500, "email", "could not be saved");
    else
        sb_reply_empty(call->reply, 204);
    json_decref(email);
}

/* ---- keys, reset, token ---- */

void sb_control_keys_rotate(sb_call *call)
{
    auth0db_error err;
    if (sb_keys_rotate(call->tenant, a0_json_true(call->request->body, "revoke"), &err) !=
        AUTH0DB_OK)
        complain_error(call, &err);
    else
        sb_reply_json(call->reply, 200, sb_keys_jwks(call->tenant));
}

void sb_control_reset(sb_call *call)
{
    auth0db_error err;
    if (sb_tenant_reset(call->tenant, &err) != AUTH0DB_OK)
        complain_error(call, &err);
    else
        sb_reply_empty(call->reply, 204);
}

/* No grant is asked for and no limit is met: the test gets the scopes that it names. */
void sb_control_token(sb_call *call)
{
    char base[300], audience[320];
    const char *asked = a0_json_text(call->request->body, "scope");
    json_int_t lifetime_s = a0_json_int(call->request->body, "lifetime_s", 86400);
    json_t *scope = asked != NULL ? json_string(asked) : sb_all_scopes(call->tenant);
    sb_call_base(call, base);
    snprintf(audience, sizeof audience, "%s/api/v2/", base);
    if (!sb_reply_machine_token(call, audience, scope, lifetime_s))
        complain(call, 500, "token", "could not be made");
}

/* ---- what the tenant only shows ---- */

/* Whole, as it is sent: a test's tenant has the applications, grants and settings of another. Only
 * these kinds: the others are the sandbox's own, and a linked user's document holds its hash. */
void sb_control_document_put(sb_call *call)
{
    static const char *const kinds[] = {"client", "client_grant", "tenant", "organization"};
    bool known = false;
    for (size_t i = 0; i < A0_COUNT(kinds); i++)
        known = known || strcmp(kinds[i], call->parameters[0]) == 0;
    if (!known)
        complain(call, 404, call->parameters[0],
                 "expected client, client_grant, tenant or organization");
    else if (!json_is_object(call->request->body))
        complain(call, 400, "body", "expected an object");
    else if (sb_document_put(call->tenant, call->parameters[0], call->parameters[1],
                             call->request->body) != AUTH0DB_OK)
        complain(call, 500, "document", "could not be kept");
    else
        sb_reply_json(call->reply, 200, json_incref(call->request->body));
}
