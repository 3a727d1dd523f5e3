/* /api/v2/users/{id}/authentication-methods, as recorded (go, 2023). Of secrets, the key of an
 * authenticator app is kept, which the login page checks codes with. */
#include "sandbox/api/api_factors.h"

#include <stdio.h>
#include <string.h>

#include "sandbox/tenant/paging.h"
#include "sandbox/tenant/profile.h"
#include "sandbox/tenant/user_rules.h"

/* A bound of ours: none is known. */
enum { FACTORS_MAX = 50 };

/* What a kind of factor needs to be one, and what of it is shown. */
static const struct kind {
    const char *type, *member;
    bool shown;
} kinds[] = {
    {"email", "email", true}, {"phone", "phone_number", true}, {"totp", "totp_secret", false}};

static const struct kind *kind_of(const json_t *factor)
{
    const char *type = a0_json_text(factor, "type");
    for (size_t i = 0; type != NULL && i < A0_COUNT(kinds); i++) {
        if (strcmp(type, kinds[i].type) == 0)
            return &kinds[i];
    }
    return NULL;
}

static bool value_ok(const struct kind *kind, const char *value)
{
    if (strcmp(kind->type, "phone") == 0)
        return sb_phone_ok(value);
    if (strcmp(kind->type, "email") == 0)
        return sb_email_ok(value);
    return *value != '\0' && value[strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")] == '\0';
}

static bool factor_ok(sb_call *call, const json_t *factor)
{
    const struct kind *kind = kind_of(factor);
    const char *value = kind != NULL ? a0_json_text(factor, kind->member) : NULL;
    if (kind == NULL)
        return sb_refuse_member(call, "type", "Expected totp, phone or email");
    return (value != NULL && value_ok(kind, value)) ||
           sb_refuse_member(call, kind->member, "Does not hold what this kind of factor needs");
}

/* ---- one factor ---- */

static int make_id(const sb_tenant *tenant, const char *type, char out[static 40])
{
    char random[17];
    int rc = sb_random_text(tenant, random, sizeof random - 1);
    snprintf(out, 40, "%.16s|dev_%s", type, random);
    return rc;
}

/* A number can be told by text or by voice, and is a factor of that kind besides. */
static void put_ways(json_t *factor, const json_t *sent, const char *id)
{
    char way_id[48];
    const char *way = a0_json_text(sent, "preferred_authentication_method");
    if (way == NULL)
        way = "sms";
    snprintf(way_id, sizeof way_id, "%.12s%s", way, strchr(id, '|'));
    json_object_set_new(factor, "preferred_authentication_method", json_string(way));
    json_object_set_new(factor, "authentication_methods",
                        json_pack("[{s:s, s:s}]", "id", way_id, "type", way));
}

/* The key of an app is never put into what is shown: it goes into the user's flags. */
static json_t *make_factor(const sb_tenant *tenant, const json_t *sent)
{
    char id[40];
    const struct kind *kind = kind_of(sent);
    if (make_id(tenant, kind->type, id) != AUTH0DB_OK)
        return NULL;
    json_t *factor = json_pack("{s:s, s:s}", "id", id, "type", kind->type);
    if (a0_json_text(sent, "name") != NULL)
        json_object_set(factor, "name", json_object_get(sent, "name"));
    if (kind->shown)
        json_object_set(factor, kind->member, json_object_get(sent, kind->member));
    if (strcmp(kind->type, "phone") == 0)
        put_ways(factor, sent, id);
    sb_profile_date(tenant, factor, "created_at");
    return factor;
}

/* "chuc****@exam*******": the first four of each side, whatever comes behind is stars. */
static json_t *masked_email(const char *email)
{
    char text[260];
    size_t len = 0, from = 0, at = strcspn(email, "@");
    bool is_short = at <= 4;
    for (; email[len] != '\0' && len < sizeof text - 5; len++) {
        from = len > at ? len - at - 1 : len;
        bool shown = len == at || (from < 4 && !(len < at && is_short));
        text[len] = shown ? email[len] : '*';
    }
    text[len] = '\0';
    return is_short ? json_sprintf("****%s", text + at) : json_string(text);
}

/* "XXXXXXXXXXX5044" */
static json_t *masked_phone(const char *number)
{
    char text[32];
    snprintf(text, sizeof text, "%s", number);
    for (size_t i = 0; i + 4 < strlen(text); i++)
        text[i] = 'X';
    return json_string(text);
}

/* How much is masked is recorded (facts/auth0.md 4.1). */
static json_t *shown(const json_t *factor, bool confirmed)
{
    json_t *copy = json_copy((json_t *)factor);
    const char *email = a0_json_text(copy, "email"), *phone = a0_json_text(copy, "phone_number");
    if (email != NULL)
        json_object_set_new(copy, "email", masked_email(email));
    if (phone != NULL)
        json_object_set_new(copy, "phone_number", masked_phone(phone));
    if (confirmed)
        json_object_set_new(copy, "confirmed", json_true());
    return copy;
}

/* ---- a user's ---- */

static bool find_user(sb_call *call, sb_user *user)
{
    if (sb_user_by_id(call->tenant, call->parameter, user))
        return true;
    sb_reply_api_error(call->reply, 404, "inexistent_user", "The user does not exist.");
    return false;
}

/* Borrowed; made where the user has none yet. */
static json_t *factors_of(sb_user *user)
{
    if (!json_is_array(json_object_get(user->flags, "factors")))
        json_object_set_new(user->flags, "factors", json_array());
    return json_object_get(user->flags, "factors");
}

/* One of a kind: the login page knows one key. */
static bool has_kind(sb_user *user, const char *type)
{
    size_t i;
    json_t *factor;
    json_array_foreach(factors_of(user), i, factor)
    {
        if (strcmp(a0_json_text(factor, "type"), type) == 0)
            return true;
    }
    return false;
}

/* NULL: it has none. */
static void put_secret(sb_user *user, const json_t *sent, const char *name)
{
    if (a0_json_text(sent, name) != NULL)
        json_object_set(user->flags, "totp_secret", json_object_get(sent, name));
}

/* A login asks for a second factor as long as there is one. True: kept. The option mfa of a test's
 * own is taken away with the last factor, too. */
static bool keep(sb_call *call, sb_user *user)
{
    if (json_array_size(factors_of(user)) > 0)
        json_object_set_new(user->flags, "mfa", json_true());
    else
        json_object_del(user->flags, "mfa");
    /* A key without its factor would have the login page ask for a code of an app that is gone. */
    if (!has_kind(user, "totp"))
        json_object_del(user->flags, "totp_secret");
    if (sb_user_save(call->tenant, user) == AUTH0DB_OK)
        return true;
    sb_reply_api_error(call->reply, 500, NULL, "Internal error.");
    return false;
}

void sb_factors_list(sb_call *call)
{
    sb_user user;
    size_t i;
    json_t *factor;
    if (!find_user(call, &user))
        return;
    json_t *list = json_array();
    json_array_foreach(factors_of(&user), i, factor)
    {
        json_array_append_new(list, shown(factor, true));
    }
    sb_page_of(call, "authenticators", list,
               (sb_paging_rules){.least = 0, .most = 100, .usual = 50, .no_total_of_none = true});
    sb_user_clear(&user);
}

/* That there is one of a kind is a guess: no source says what a second one ends in. */
void sb_factors_add(sb_call *call)
{
    sb_user user = {0};
    if (!factor_ok(call, call->request->body) || !find_user(call, &user))
        return;
    if (has_kind(&user, a0_json_text(call->request->body, "type"))) {
        sb_reply_api_error(call->reply, 409, "authentication_method_conflict",
                           "The user has such an authentication method");
    } else {
        json_t *factor = make_factor(call->tenant, call->request->body);
        json_array_append(factors_of(&user), factor);
        put_secret(&user, call->request->body, "totp_secret");
        if (keep(call, &user))
            sb_reply_json(call->reply, 201, shown(factor, false));
        json_decref(factor);
    }
    sb_user_clear(&user);
}

/* PUT: all of them; the answer masks nothing (recorded). All are checked before the old ones go. */
void sb_factors_replace(sb_call *call)
{
    sb_user user = {0};
    size_t i;
    json_t *sent, *body = call->request->body;
    if (!json_is_array(body) || json_array_size(body) > FACTORS_MAX) {
        sb_refuse_member(call, "body", "Expected an array of authentication methods");
        return;
    }
    json_array_foreach(body, i, sent)
    {
        if (!factor_ok(call, sent))
            return;
    }
    if (!find_user(call, &user))
        return;
    json_object_del(user.flags, "factors");
    json_array_foreach(body, i, sent)
    {
        json_array_append_new(factors_of(&user), make_factor(call->tenant, sent));
        put_secret(&user, sent, "totp_secret");
    }
    if (keep(call, &user))
        sb_reply_json(call->reply, 200, json_deep_copy(factors_of(&user)));
    sb_user_clear(&user);
}

void sb_factors_delete_all(sb_call *call)
{
    sb_user user = {0};
    if (!find_user(call, &user))
        return;
    json_object_del(user.flags, "factors");
    if (keep(call, &user))
        sb_reply_empty(call->reply, 204);
    sb_user_clear(&user);
}

/* Where the one that the path names is; the 404 is a guess in its words. */
static bool find_factor(sb_call *call, sb_user *user, size_t *at)
{
    size_t i;
    json_t *factor;
    json_array_foreach(factors_of(user), i, factor)
    {
        *at = i;
        if (strcmp(a0_json_text(factor, "id"), call->parameters[1]) == 0)
            return true;
    }
    sb_reply_api_error(call->reply, 404, "inexistent_authentication_method",
                       "The authentication method does not exist.");
    return false;
}

void sb_factors_get(sb_call *call)
{
    sb_user user = {0};
    size_t at;
    if (find_user(call, &user) && find_factor(call, &user, &at))
        sb_reply_json(call->reply, 200, shown(json_array_get(factors_of(&user), at), true));
    sb_user_clear(&user);
}

/* These two can change, and anything else is passed over: what makes a factor one does not change.
 */
void sb_factors_patch(sb_call *call)
{
    static const char *const names[] = {"name", "preferred_authentication_method"};
    sb_user user = {0};
    size_t at;
    if (!json_is_object(call->request->body)) {
        sb_refuse_member(call, "body", "Expected type object");
        return;
    }
    if (find_user(call, &user) && find_factor(call, &user, &at)) {
        json_t *factor = json_array_get(factors_of(&user), at);
        for (size_t i = 0; i < A0_COUNT(names); i++) {
            json_t *value = json_object_get(call->request->body, names[i]);
            if (json_is_string(value))
                json_object_set(factor, names[i], value);
        }
        if (keep(call, &user))
            sb_reply_json(call->reply, 200, shown(factor, false));
    }
    sb_user_clear(&user);
}

void sb_factors_delete(sb_call *call)
{
    sb_user user = {0};
    size_t at;
    if (find_user(call, &user) && find_factor(call, &user, &at)) {
        json_array_remove(factors_of(&user), at);
        if (keep(call, &user))
            sb_reply_empty(call->reply, 204);
    }
    sb_user_clear(&user);
}

/* Guardian's own devices, of which there are none here. */
void sb_enrollments_list(sb_call *call)
{
    sb_user user = {0};
    if (find_user(call, &user))
        sb_reply_json(call->reply, 200, json_array());
    sb_user_clear(&user);
}

/* {"totp": {"secret": …}}, {"phone": {"value": …}}: an import's own form of the same. What is
 * checked of it stands in import_row.c; here it only becomes what the API would have made of it. */
int sb_factors_import(const sb_tenant *tenant, sb_user *user, const json_t *factors)
{
    const char *type;
    json_t *factor, *value;
    size_t i;
    json_array_foreach((json_t *)factors, i, factor)
    {
        json_object_foreach(factor, type, value)
        {
            json_t *sent = json_pack("{s:s}", "type", type);
            const struct kind *kind = kind_of(sent);
            if (kind != NULL && kind->shown)
                json_object_set(sent, kind->member, json_object_get(value, "value"));
            json_t *made = kind != NULL ? make_factor(tenant, sent) : NULL;
            json_decref(sent);
            if (made == NULL || json_array_append_new(factors_of(user), made) != 0)
                return AUTH0DB_ERR_NO_MEMORY;
            put_secret(user, value, "secret");
            json_object_set_new(user->flags, "mfa", json_true());
        }
    }
    return AUTH0DB_OK;
}

/* Kept only when a code has proven it: a person who gives up on the page still logs in as before.
 */
int sb_factors_enrol(const sb_tenant *tenant, sb_user *user, json_t *secret)
{
    json_t *sent = json_pack("{s:s}", "type", "totp");
    int rc = AUTH0DB_OK;
    if (!has_kind(user, "totp") &&
        json_array_append_new(factors_of(user), make_factor(tenant, sent)) != 0)
        rc = AUTH0DB_ERR_NO_MEMORY;
    json_object_set(user->flags, "totp_secret", secret);
    json_object_set_new(user->flags, "mfa", json_true());
    json_decref(sent);
    return rc;
}
