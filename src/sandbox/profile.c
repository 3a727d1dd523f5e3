#include "sandbox/profile.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "crypto/digest.h"

const char *const sb_profile_plain[] = {"given_name", "family_name",  "name",           "nickname",
                                        "picture",    "phone_number", "phone_verified", NULL};

json_t *sb_profile_lowered(const json_t *members, const char *name)
{
    char *copy = a0_strdup(a0_json_text(members, name));
    if (copy == NULL)
        return NULL;
    a0_ascii_lower(copy);
    json_t *value = json_string(copy);
    a0_free(copy);
    return value;
}

void sb_profile_date(const sb_tenant *tenant, json_t *profile, const char *name)
{
    char date[SB_ISO_LEN];
    sb_iso(sb_now_ms(tenant), date);
    json_object_set_new(profile, name, json_string(date));
}

static void set_default_picture(json_t *profile, const char *email)
{
    uint8_t digest[A0_DIGEST_MAX];
    char hex[33], url[160];
    a0_slice part = {email, strlen(email)};
    if (json_object_get(profile, "picture") != NULL ||
        a0_digest("md5", &part, 1, digest, NULL) != AUTH0DB_OK)
        return;
    a0_hex_encode(digest, 16, hex);
    snprintf(
        url, sizeof url,
        "https://s.gravatar.com/avatar/%s?s=480&r=pg&d=https%%3A%%2F%%2Fcdn.auth0.com%%2Favatars"
        "%%2F%.2s.png",
        hex, email);
    json_object_set_new(profile, "picture", json_string(url));
}

/* What Auth0 makes up where it is not given: name is the address, nickname its local part. */
static void set_defaults(json_t *profile)
{
    const char *email = a0_json_text(profile, "email");
    if (email == NULL) /* refused a little later, by the connection's rules */
        return;
    if (json_object_get(profile, "name") == NULL)
        json_object_set_new(profile, "name", json_string(email));
    if (json_object_get(profile, "nickname") == NULL)
        json_object_set_new(profile, "nickname", json_stringn(email, strcspn(email, "@")));
    set_default_picture(profile, email);
}

static int set_ids(sb_tenant *tenant, const sb_connection *connection, const json_t *members,
                   json_t *profile)
{
    char random[12], hex[25], user_id[300];
    const char *given = a0_json_text(members, "user_id");
    if (given == NULL || *given == '\0') {
        if (a0_random(tenant->env, random, sizeof random) != AUTH0DB_OK)
            return AUTH0DB_ERR_CRYPTO;
        a0_hex_encode(random, sizeof random, hex);
        given = hex;
    }
    snprintf(user_id, sizeof user_id, "auth0|%s", given);
    json_object_set_new(profile, "user_id", json_string(user_id));
    json_object_set_new(profile, "identities",
                        json_pack("[{s:s, s:s, s:s, s:b}]", "connection", connection->name,
                                  "user_id", given, "provider", "auth0", "isSocial", 0));
    return AUTH0DB_OK;
}

static void copy_members(const json_t *members, json_t *profile)
{
    static const char *const metadata[] = {"user_metadata", "app_metadata"};
    json_object_set_new(profile, "email", sb_profile_lowered(members, "email"));
    json_object_set_new(profile, "email_verified",
                        json_boolean(a0_json_true(members, "email_verified")));
    if (json_object_get(members, "username") != NULL)
        json_object_set_new(profile, "username", sb_profile_lowered(members, "username"));
    for (size_t i = 0; sb_profile_plain[i] != NULL; i++) {
        json_t *value = json_object_get(members, sb_profile_plain[i]);
        if (value != NULL)
            json_object_set(profile, sb_profile_plain[i], value);
    }
    if (a0_json_true(members, "blocked"))
        json_object_set_new(profile, "blocked", json_true());
    for (size_t i = 0; i < A0_COUNT(metadata); i++) {
        json_t *value = json_object_get(members, metadata[i]);
        if (json_object_size(value) > 0)
            json_object_set(profile, metadata[i], value);
    }
}

int sb_profile_build(sb_tenant *tenant, const sb_connection *connection, const json_t *members,
                     const char *made_by, sb_user *user)
{
    json_t *profile = user->profile = json_object();
    user->flags = json_pack("{s:s}", "made_by", made_by);
    user->history = json_array();
    if (profile == NULL || user->flags == NULL || user->history == NULL)
        return AUTH0DB_ERR_NO_MEMORY;
    snprintf(user->connection, sizeof user->connection, "%s", connection->name);
    sb_profile_date(tenant, profile, "created_at");
    json_object_set(profile, "updated_at", json_object_get(profile, "created_at"));
    copy_members(members, profile);
    set_defaults(profile);
    return set_ids(tenant, connection, members, profile);
}
