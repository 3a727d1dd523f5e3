/* POST /dbconnections/signup: anybody may call it, so attackers do. Success is recorded (go); of
 * the refusals, the bodies were seen in public issues, and which case ends in which is a guess. */
#include "sandbox/api/api_signup.h"

#include <string.h>

#include "base/secret.h"
#include "sandbox/login/passwords.h"
#include "sandbox/tenant/log_mask.h"
#include "sandbox/tenant/mails.h"
#include "sandbox/tenant/profile.h"
#include "sandbox/tenant/tenant_log.h"
#include "sandbox/tenant/user_rules.h"

static const char *const known[] = {"client_id",   "connection", "email",        "password",
                                    "username",    "given_name", "family_name",  "name",
                                    "nickname",    "picture",    "phone_number", "user_metadata",
                                    "organization"};

/* Documented (facts/auth0.md 4.1). */
enum { METADATA_MAX = 10, METADATA_NAME_MAX = 100, METADATA_TEXT_MAX = 500 };

static bool refuse(sb_call *call, const char *code, const char *description)
{
    sb_reply_json(call->reply, 400,
                  json_pack("{s:s, s:s, s:s, s:i}", "name", "BadRequestError", "code", code,
                            "description", description, "statusCode", 400));
    return false;
}

/* Whoever is there already is not told apart from whatever else is wrong. */
static bool refuse_signup(sb_call *call)
{
    return refuse(call, "invalid_signup", "Invalid sign up");
}

static void add_rule(void *rules, const char *text)
{
    json_array_append_new(rules, json_pack("{s:s, s:b}", "message", text, "verified", 0));
}

/* `description` is an object here, and a text in every other refusal (seen: facts/auth0.md 4.12): a
 * client that takes it for a text must meet it. */
static void refuse_password(sb_call *call, const sb_connection *connection,
                            sb_policy_verdict verdict)
{
    json_t *rules = json_array();
    sb_policy_describe(connection->options, add_rule, rules);
    sb_reply_json(call->reply, 400,
                  json_pack("{s:s, s:s, s:s, s:{s:o, s:b}, s:s, s:i}", "name",
                            sb_policy_name(verdict), "message", sb_policy_text(verdict), "code",
                            "invalid_password", "description", "rules", rules, "verified", 0,
                            "policy", "", "statusCode", 400));
}

/* Signup takes less metadata than the Management API (documented). */
static bool metadata_ok(const json_t *metadata)
{
    const char *name;
    json_t *value;
    if (metadata == NULL)
        return true;
    if (!json_is_object(metadata) || json_object_size(metadata) > METADATA_MAX)
        return false;
    json_object_foreach((json_t *)metadata, name, value)
    {
        if (strlen(name) > METADATA_NAME_MAX || !json_is_string(value) ||
            json_string_length(value) > METADATA_TEXT_MAX)
            return false;
    }
    return true;
}

static bool body_ok(sb_call *call)
{
    const json_t *body = call->request->body;
    const char *client = a0_json_text(body, "client_id"), *name;
    json_t *value;
    if (!json_is_object(body) || a0_json_text(body, "connection") == NULL)
        return refuse(call, "invalid_request", "Missing required parameter: connection");
    if (a0_json_text(body, "password") == NULL)
        return refuse(call, "password_missing", "Password is required");
    if (client != NULL && strcmp(client, call->tenant->client_id) != 0)
        return refuse(call, "invalid_client", "Client not found");
    json_object_foreach((json_t *)body, name, value)
    {
        bool found = false, object = strcmp(name, "user_metadata") == 0;
        for (size_t i = 0; i < A0_COUNT(known); i++)
            found = found || strcmp(known[i], name) == 0;
        if (found && !(object ? json_is_object(value) : json_is_string(value)))
            return refuse(call, "invalid_request", "A parameter has the wrong type");
    }
    return metadata_ok(json_object_get(body, "user_metadata")) ||
           refuse(call, "invalid_request", "user_metadata is too large, or holds no strings");
}

/* What the connection asks of the names; a refusal by the Management API's words becomes ours.
 * Half-created users count as there. */
static bool names_ok(sb_call *call, const sb_connection *connection, const sb_user *user)
{
    static const char *const columns[] = {"email", "username"};
    const char *email = a0_json_text(user->profile, "email");
    const char *phone = a0_json_text(user->profile, "phone_number");
    if ((email != NULL && !sb_email_ok(email)) || (phone != NULL && !sb_phone_ok(phone)) ||
        (phone == NULL && sb_connection_requires(connection, SB_PHONE)) ||
        !sb_user_check_names(call, connection, email, a0_json_text(user->profile, "username")))
        return refuse_signup(call);
    for (size_t i = 0; i < A0_COUNT(columns); i++) {
        if (sb_user_taken(call->tenant, connection->name, columns[i],
                          a0_json_text(user->profile, columns[i]), 0))
            return refuse_signup(call);
    }
    return !sb_is_half_created(call->tenant, connection->name, email != NULL ? email : "") ||
           refuse_signup(call);
}

/* A refusal too (fs), and then without a user: there is none. */
static void log_signup(sb_call *call, const sb_user *user, const char *connection)
{
    bool done = call->reply->status == 200;
    json_t *details = json_pack("{s:o}", "body", sb_log_masked(call->request->body));
    sb_log(call, &(sb_log_event){.type = done ? "ss" : "fs",
                                 .description = done ? "" : "Invalid sign up",
                                 .user_id = done ? sb_user_text(user, "user_id") : NULL,
                                 .user_name = sb_user_text(user, "email"),
                                 .connection = connection,
                                 .details = details});
    json_decref(details);
}

/* Without an address there is nothing to be verified; and the id has no provider in front of it.
 * The shape is recorded (facts/auth0.md 4.12). */
static json_t *answer(const json_t *profile)
{
    static const char *const shown[] = {"email",          "email_verified", "phone_number",
                                        "phone_verified", "username",       "given_name",
                                        "family_name",    "name",           "nickname",
                                        "picture",        "user_metadata"};
    const json_t *identity = json_array_get(json_object_get(profile, "identities"), 0);
    json_t *body = json_pack("{s:O}", "_id", json_object_get(identity, "user_id"));
    for (size_t i = 0; i < A0_COUNT(shown); i++) {
        json_t *value = json_object_get(profile, shown[i]);
        if (value != NULL)
            json_object_set(body, shown[i], value);
    }
    return body;
}

/* Name, nickname and picture only where they were sent: what Auth0 makes up is not told here. */
static json_t *answer_to(const sb_call *call, const json_t *profile)
{
    static const char *const made_up[] = {"name", "nickname", "picture"};
    json_t *body = answer(profile);
    for (size_t i = 0; i < A0_COUNT(made_up); i++) {
        if (json_object_get(call->request->body, made_up[i]) == NULL)
            json_object_del(body, made_up[i]);
    }
    return body;
}

static void sign_up(sb_call *call, const sb_connection *connection, sb_user *user)
{
    const char *password = a0_json_text(call->request->body, "password");
    char *hash = NULL;
    json_t *members = json_deep_copy(call->request->body);
    json_object_del(members, "email_verified"); /* nobody verifies himself */
    json_object_del(members, "blocked");
    json_object_del(members, "app_metadata");
    json_object_del(members, "user_id");
    json_object_del(members, "phone_verified");
    int rc = sb_profile_build(call->tenant, connection, members, "signup", user);
    json_decref(members);
    if (rc != AUTH0DB_OK) {
        sb_reply_oauth_error(call->reply, 500, "server_error", "Internal error.");
        return;
    }
    if (!names_ok(call, connection, user))
        return;
    sb_policy_verdict verdict = sb_password_try(call->tenant, connection, user, password, &hash);
    if (verdict != SB_POLICY_OK) {
        refuse_password(call, connection, verdict);
        return;
    }
    user->password = hash;
    /* once more: the lock was released while bcrypt ran */
    if (!names_ok(call, connection, user))
        return;
    if (hash == NULL || sb_user_save(call->tenant, user) != AUTH0DB_OK) {
        sb_reply_oauth_error(call->reply, 500, "server_error", "Internal error.");
        return;
    }
    if (*sb_user_text(user, "email") != '\0')
        (void)!sb_mail_verification(call, user); /* the sign-up stands without its mail */
    sb_reply_json(call->reply, 200, answer_to(call, user->profile));
}

void sb_signup(sb_call *call)
{
    sb_connection connection = {0};
    sb_user user = {0};
    if (!body_ok(call))
        return;
    call->tenant->passwords_seen[SB_LANE_CREATE]++;
    /* One answer for a connection that is unknown and one that is off (a guess, as the next:
     * facts/auth0.md 4.12). */
    if (!sb_connection_find(call->tenant, a0_json_text(call->request->body, "connection"),
                            &connection) ||
        !connection.enabled)
        refuse(call, "invalid_request", "the connection was not found");
    else if (a0_json_true(connection.options, "disable_signup"))
        refuse(call, "signup_disabled", "public signup is disabled");
    else
        sign_up(call, &connection, &user);
    log_signup(call, &user, connection.name[0] != '\0' ? connection.name : NULL);
    sb_user_clear(&user);
    sb_connection_clear(&connection);
}
