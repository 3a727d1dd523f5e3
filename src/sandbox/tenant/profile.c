#include "sandbox/tenant/profile.h"

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

/* Imported users have another host in it. Both are recorded (facts/auth0.md 4.1). */
static void set_default_picture(json_t *profile, const char *email, bool imported)
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
        "https://%s.gravatar.com/avatar/%s?s=480&r=pg&d=https%%3A%%2F%%2Fcdn.auth0.com%%2Favatars"
        "%%2F%.2s.png",
        imported ? "secure" : "s", hex, email);
    json_object_set_new(profile, "picture", json_string(url));
}

/* What Auth0 makes up where it is not given: name is the address, nickname its local part. Recorded
 * (facts/auth0.md 4.1). */
static void set_defaults(json_t *profile, bool imported)
{
    const char *email = a0_json_text(profile, "email");
    if (email == NULL) /* refused a little later, by the connection's rules */
        return;
    if (json_object_get(profile, "name") == NULL)
        json_object_set_new(profile, "name", json_string(email));
    if (json_object_get(profile, "nickname") == NULL)
        json_object_set_new(profile, "nickname", json_stringn(email, strcspn(email, "@")));
    set_default_picture(profile, email, imported);
}

/* The provider is put in front of any id, also of one that has it: documented of imports
 * (facts/auth0.md 4.1), and a guess for the API (9.29). */
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

/* Addresses and user names are stored in lower case (documented: facts/auth0.md 4.1). */
static void copy_members(const json_t *members, json_t *profile)
{
    static const char *const metadata[] = {"user_metadata", "app_metadata"};
    json_object_set_new(profile, "email", sb_profile_lowered(members, "email"));
    if (a0_json_text(members, "email") != NULL) /* a number has a flag of its own (recorded) */
        json_object_set_new(profile, "email_verified",
                            json_boolean(a0_json_true(members, "email_verified")));
    if (json_object_get(members, "username") != NULL)
        json_object_set_new(profile, "username", sb_profile_lowered(members, "username"));
    for (size_t i = 0; sb_profile_plain[i] != NULL; i++) {
        json_t *value = json_object_get(members, sb_profile_plain[i]);
        if (value != NULL)
            json_object_set(profile, sb_profile_plain[i], value);
    }
    if (json_object_get(profile, "phone_number") != NULL &&
        json_object_get(profile, "phone_verified") == NULL)
        json_object_set_new(profile, "phone_verified", json_false());
    if (json_is_boolean(json_object_get(members, "blocked"))) /* also false, as recorded */
        json_object_set(profile, "blocked", json_object_get(members, "blocked"));
    for (size_t i = 0; i < A0_COUNT(metadata); i++) {
        json_t *value = json_object_get(members, metadata[i]);
        if (json_is_object(value)) /* also {} */
            json_object_set_new(profile, metadata[i], json_deep_copy(value));
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
    set_defaults(profile, strcmp(made_by, "import") == 0);
    return set_ids(tenant, connection, members, profile);
}
