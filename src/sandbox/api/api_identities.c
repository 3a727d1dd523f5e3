/* /api/v2/users/{id}/identities, as recorded (go, 2023). A linked user's own row is put away until
 * it is unlinked; that one can still log in as the first is not carried out here. */
#include <stdio.h>
#include <string.h>

#include "sandbox/api/api_factors.h"
#include "sandbox/tenant/documents.h"

static const char KIND[] = "linked_user";

static json_t *profile_data(const json_t *profile)
{
    static const char *const names[] = {"email",          "email_verified", "phone_number",
                                        "phone_verified", "given_name",     "family_name",
                                        "username",       "nickname",       "picture"};
    json_t *data = json_object();
    for (size_t i = 0; i < A0_COUNT(names); i++) {
        if (json_object_get(profile, names[i]) != NULL)
            json_object_set(data, names[i], json_object_get(profile, names[i]));
    }
    return data;
}

/* All of them; in this answer the first shows its data too (recorded: facts/auth0.md 4.1). */
static json_t *shown(const json_t *profile)
{
    json_t *list = json_deep_copy(json_object_get(profile, "identities"));
    json_t *first = json_array_get(list, 0);
    if (json_object_get(first, "profileData") == NULL)
        json_object_set_new(first, "profileData", profile_data(profile));
    return list;
}

static bool find(sb_call *call, const char *id, sb_user *user)
{
    if (sb_user_by_id(call->tenant, id, user))
        return true;
    sb_reply_api_error(call->reply, 404, "inexistent_user", "The user does not exist.");
    return false;
}

static json_t *row_of(const sb_user *user)
{
    return json_pack("{s:s, s:O, s:s?, s:O?, s:O, s:O}", "connection", user->connection, "profile",
                     user->profile, "password", user->password, "foreign_hash", user->foreign_hash,
                     "history", user->history, "flags", user->flags);
}

/* Kept before it is deleted: where the second step fails, there are two copies and not none. */
static int put_away(sb_tenant *tenant, const sb_user *user)
{
    json_t *row = row_of(user);
    int rc = row != NULL ? sb_document_put(tenant, KIND, sb_user_text(user, "user_id"), row)
                         : AUTH0DB_ERR_NO_MEMORY;
    json_decref(row);
    return rc == AUTH0DB_OK ? sb_user_delete(tenant, user->seq) : rc;
}

/* By provider and id, which may come with the provider in front of it (recorded). */
static bool second_of(sb_call *call, char id[static 300])
{
    const json_t *body = call->request->body;
    const char *provider = a0_json_text(body, "provider"), *user_id = a0_json_text(body, "user_id");
    if (provider == NULL || user_id == NULL)
        return sb_refuse_member(call, provider == NULL ? "provider" : "user_id",
                                "Missing required property");
    bool whole =
        strncmp(user_id, provider, strlen(provider)) == 0 && user_id[strlen(provider)] == '|';
    /* Cut to what any id can be: a longer one is nobody's. */
    snprintf(id, 300, "%.20s%s%.270s", whole ? "" : provider, whole ? "" : "|", user_id);
    return true;
}

static void link(sb_call *call, sb_user *first, sb_user *second)
{
    json_t *identity =
        json_deep_copy(json_array_get(json_object_get(second->profile, "identities"), 0));
    json_object_set_new(identity, "profileData", profile_data(second->profile));
    json_array_append_new(json_object_get(first->profile, "identities"), identity);
    if (put_away(call->tenant, second) == AUTH0DB_OK &&
        sb_user_save(call->tenant, first) == AUTH0DB_OK)
        sb_reply_json(call->reply, 201, shown(first->profile));
    else
        sb_reply_api_error(call->reply, 500, NULL, "Internal error.");
}

/* All three are looked at before anything is put away. */
void sb_identities_link(sb_call *call)
{
    char id[300];
    sb_user first = {0}, second = {0};
    if (second_of(call, id) && find(call, call->parameter, &first) && find(call, id, &second)) {
        if (first.seq == second.seq)
            sb_reply_api_error(call->reply, 400, "invalid_body",
                               "Main account and linked account can't be the same");
        else
            link(call, &first, &second);
    }
    sb_user_clear(&first);
    sb_user_clear(&second);
}

/* The user is there again before its copy goes: where the second step fails, nothing is lost. */
static int take_back(sb_tenant *tenant, const char *id)
{
    json_t *row = sb_document_get(tenant, KIND, id);
    sb_user user = {.profile = json_incref(json_object_get(row, "profile")),
                    .foreign_hash = json_incref(json_object_get(row, "foreign_hash")),
                    .history = json_incref(json_object_get(row, "history")),
                    .flags = json_incref(json_object_get(row, "flags"))};
    const char *connection = a0_json_text(row, "connection");
    snprintf(user.connection, sizeof user.connection, "%s", connection != NULL ? connection : "");
    sb_user_put_password(&user, a0_json_text(row, "password"));
    int rc = row != NULL ? sb_user_save(tenant, &user) : AUTH0DB_OK;
    sb_user_clear(&user);
    json_decref(row);
    return rc == AUTH0DB_OK ? sb_document_delete(tenant, KIND, id) : rc;
}

/* Where the identity of the path is; never the first, which is the user itself. */
static size_t place_of(const sb_call *call, json_t *identities)
{
    size_t i;
    json_t *identity;
    json_array_foreach(identities, i, identity)
    {
        if (i > 0 && strcmp(a0_json_text(identity, "provider"), call->parameters[1]) == 0 &&
            strcmp(a0_json_text(identity, "user_id"), call->parameters[2]) == 0)
            return i;
    }
    return 0;
}

void sb_identities_unlink(sb_call *call)
{
    char id[300];
    sb_user user = {0};
    if (!find(call, call->parameter, &user))
        return;
    json_t *identities = json_object_get(user.profile, "identities");
    size_t at = place_of(call, identities);
    snprintf(id, sizeof id, "%.20s|%.270s", call->parameters[1], call->parameters[2]);
    if (at == 0) {
        sb_reply_api_error(call->reply, 404, "inexistent_identity", "The identity does not exist.");
    } else {
        json_array_remove(identities, at);
        if (sb_user_save(call->tenant, &user) == AUTH0DB_OK &&
            take_back(call->tenant, id) == AUTH0DB_OK)
            sb_reply_json(call->reply, 200, shown(user.profile));
        else
            sb_reply_api_error(call->reply, 500, NULL, "Internal error.");
    }
    sb_user_clear(&user);
}
