/* What a user object of the Management API, or the claims of an id token, tell of a user. One
 * member that is not as promised refuses the whole answer: a login is not decided on half a user.
 * Whose user it is, and what an absent member means, the callers decide. */
#include <string.h>

#include "auth0/client_int.h"
#include "base/utf8.h"

enum {
    NAME_MAX_BYTES = 1200, /* 300 characters (facts/auth0.md 4.1), of which we keep what fits */
    LOGINS_MAX = 1000000000,
};

/* Absent and null are "". A longer one is refused, never cut: ids and addresses are compared. */
static bool read_text(char *out, size_t size, const json_t *json, const char *key)
{
    const json_t *value = json_object_get(json, key);
    out[0] = '\0';
    if (value == NULL || json_is_null(value))
        return true;
    const char *text = a0_json_text(json, key);
    if (text == NULL || strlen(text) >= size)
        return false;
    memcpy(out, text, strlen(text) + 1);
    return true;
}

/* Names are for people: a long one is cut between characters. */
static bool read_name(char *out, size_t size, const json_t *json, const char *key)
{
    const json_t *value = json_object_get(json, key);
    out[0] = '\0';
    if (value == NULL || json_is_null(value))
        return true;
    const char *text = a0_json_text(json, key);
    if (text == NULL || strlen(text) > NAME_MAX_BYTES)
        return false;
    size_t len = strlen(text), kept = 0;
    uint32_t code_point;
    while (kept < len) {
        size_t n = a0_utf8_next(text + kept, len - kept, &code_point);
        if (n == 0 || kept + n >= size)
            break;
        kept += n;
    }
    memcpy(out, text, kept);
    out[kept] = '\0';
    return true;
}

/* "true" as text must not pass for false: of `blocked` that would let somebody in. */
static bool read_bool(bool *out, const json_t *json, const char *key)
{
    const json_t *value = json_object_get(json, key);
    *out = json_is_true(value);
    return value == NULL || json_is_null(value) || json_is_boolean(value);
}

/* The schema allows dates to be objects; what is no text is as good as not there. */
static bool read_date(char *out, size_t size, const json_t *json, const char *key)
{
    if (!json_is_string(json_object_get(json, key))) {
        out[0] = '\0';
        return true;
    }
    return read_text(out, size, json, key);
}

/* Who has logged in must not read as somebody who never did: undo would delete the user. */
static bool read_logins(long *out, const json_t *json, const char *key)
{
    const json_t *value = json_object_get(json, key);
    json_int_t count = a0_json_int(json, key, 0);
    *out = count >= 0 && count <= LOGINS_MAX ? (long)count : count > 0 ? LOGINS_MAX : 0;
    return value == NULL || json_is_null(value) || (json_is_integer(value) && count >= 0);
}

bool a0_tenant_user_read(auth0db_tenant_user *out, const json_t *json, const char *id_member,
                         const char **where)
{
#define FIELD(read, member, key)                                                                   \
    (*where = (key), read(out->member, sizeof out->member, json, (key)))
    *out = (auth0db_tenant_user){0};
    bool ok =
        FIELD(read_text, user_id, id_member) && out->user_id[0] != '\0' &&
        FIELD(read_text, email, "email") && FIELD(read_text, username, "username") &&
        FIELD(read_name, name, "name") && FIELD(read_name, given_name, "given_name") &&
        FIELD(read_name, family_name, "family_name") &&
        (*where = "email_verified", read_bool(&out->email_verified, json, "email_verified")) &&
        (*where = "blocked", read_bool(&out->blocked, json, "blocked")) &&
        FIELD(read_date, last_password_reset, "last_password_reset") &&
        FIELD(read_date, last_login, "last_login") && FIELD(read_date, created_at, "created_at") &&
        (*where = "logins_count", read_logins(&out->logins_count, json, "logins_count"));
#undef FIELD
    if (!ok)
        *out = (auth0db_tenant_user){0};
    else
        /* Only a block with our own mark may be lifted by us (S11). Absent or of another type, it
         * is somebody else's. */
        out->blocked_by_us =
            a0_json_true(json_object_get(json, "app_metadata"), AUTH0DB_BLOCK_MARK);
    return ok;
}

/* A tree is freed without being wiped, and each of these lets its holder act as the user or as the
 * site. */
void a0_tokens_wipe(json_t *answer)
{
    static const char *const tokens[] = {"access_token", "id_token", "refresh_token"};
    for (size_t i = 0; i < A0_COUNT(tokens); i++)
        a0_json_wipe(answer, tokens[i]);
}
