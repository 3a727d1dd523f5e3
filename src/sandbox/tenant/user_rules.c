/* What a user's members may be, whoever sends them: the API, an import, a sign-up. Whether a name
 * is free, and whether the password is good enough, is asked elsewhere. */
#include "sandbox/tenant/user_rules.h"

#include <ctype.h>
#include <string.h>

#include "base/utf8.h"

typedef enum kind { BOOLEAN, TEXT, EMAIL, PHONE, PICTURE, NO_SPACE, OBJECT } kind;
enum { IN_CREATE = 1, IN_PATCH = 2, NULLABLE = 4 /* in PATCH, where null removes the member */ };

/* Names and lengths are documented; where Auth0's sources differ, the OpenAPI file counts
 * (facts/auth0.md 4.1, 4.3, and 0, row 7). */
static const struct field {
    const char *name;
    kind kind;
    int least, most; /* characters */
    unsigned where;
} fields[] = {
    {"app_metadata", OBJECT, 0, 0, IN_CREATE | IN_PATCH},
    {"blocked", BOOLEAN, 0, 0, IN_CREATE | IN_PATCH},
    {"client_id", TEXT, 1, 64, IN_PATCH},
    {"connection", TEXT, 1, SB_CONNECTION_NAME_MAX, IN_CREATE | IN_PATCH},
    {"email", EMAIL, 1, 254, IN_CREATE | IN_PATCH | NULLABLE},
    {"email_verified", BOOLEAN, 0, 0, IN_CREATE | IN_PATCH},
    {"family_name", TEXT, 1, 150, IN_CREATE | IN_PATCH | NULLABLE},
    {"given_name", TEXT, 1, 150, IN_CREATE | IN_PATCH | NULLABLE},
    {"name", TEXT, 1, 300, IN_CREATE | IN_PATCH | NULLABLE},
    {"nickname", TEXT, 1, 300, IN_CREATE | IN_PATCH | NULLABLE},
    /* No maximum holds (facts/auth0.md 0, row 6); the size of a body is the bound. */
    {"password", TEXT, 1, 1000000, IN_CREATE | IN_PATCH | NULLABLE},
    {"phone_number", PHONE, 2, 16, IN_CREATE | IN_PATCH | NULLABLE},
    {"phone_verified", BOOLEAN, 0, 0, IN_CREATE | IN_PATCH},
    {"picture", PICTURE, 1, 2048, IN_CREATE | IN_PATCH | NULLABLE},
    {"user_id", NO_SPACE, 0, 255, IN_CREATE},
    {"user_metadata", OBJECT, 0, 0, IN_CREATE | IN_PATCH},
    {"username", TEXT, 1, 128, IN_CREATE | IN_PATCH | NULLABLE},
    {"verify_email", BOOLEAN, 0, 0, IN_CREATE | IN_PATCH},
    {"verify_phone_number", BOOLEAN, 0, 0, IN_PATCH},
};

/* The lengths are documented; that a non-ASCII address is refused is a guess (facts/auth0.md 4.1,
 * 9.10). */
bool sb_email_ok(const char *email)
{
    static const char atom[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                               "!#$%&'*+/=?^_`{|}~-.";
    static const char host[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.";
    size_t local = strspn(email, atom), len = strlen(email);
    if (local == 0 || local > 64 || len > 254 || email[local] != '@')
        return false;
    const char *domain = email + local + 1;
    const char *dot = strrchr(domain, '.');
    return strspn(domain, host) == strlen(domain) && dot != NULL && dot != domain &&
           dot[1] != '\0' && domain[0] != '.' && domain[0] != '-' && strstr(email, "..") == NULL &&
           email[0] != '.' && email[local - 1] != '.';
}

bool sb_phone_ok(const char *text)
{
    size_t digits = text[0] == '+' ? strspn(text + 1, "0123456789") : 0;
    return digits >= 1 && digits <= 15 && text[digits + 1] == '\0';
}

/* Of a strict URI (documented: facts/auth0.md 4.1) only the scheme is looked at. */
bool sb_picture_ok(const char *text)
{
    return strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0;
}

static const char *text_complaint(const struct field *field, const char *text)
{
    long characters = a0_utf8_count(text, strlen(text));
    if (characters < field->least)
        return "String is too short";
    if (characters > field->most)
        return "String is too long";
    if (field->kind == EMAIL && !sb_email_ok(text))
        return "Object didn't pass validation for format email";
    if (field->kind == PHONE && !sb_phone_ok(text))
        return "String does not match pattern ^\\+[0-9]{1,15}$";
    if (field->kind == PICTURE && !sb_picture_ok(text))
        return "Object didn't pass validation for format strict-uri";
    if (field->kind == NO_SPACE && strpbrk(text, " \t\r\n\v\f") != NULL)
        return "String does not match pattern ^\\S*$";
    return NULL;
}

/* Documented (facts/auth0.md 4.1): a dot or a dollar in any metadata, the reserved names in
 * app_metadata alone. */
const char *sb_metadata_complaint(const char *name, const json_t *metadata)
{
    static const char *const forbidden[] = {
        "__tenant",    "_id",      "blocked",          "clientID",
        "created_at",  "email",    "email_verified",   "globalClientID",
        "identities",  "lastIP",   "global_client_id", "lastLogin",
        "loginsCount", "metadata", "multifactor",      "multifactor_last_modified",
        "updated_at",  "user_id",
    };
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)metadata, key, value)
    {
        if (strpbrk(key, ".$") != NULL)
            return "Metadata names must not contain . or $";
        for (size_t i = 0; strcmp(name, "app_metadata") == 0 && i < A0_COUNT(forbidden); i++) {
            if (strcmp(forbidden[i], key) == 0)
                return "Metadata name is reserved";
        }
    }
    return NULL;
}

static bool check_field(sb_call *call, const struct field *field, const json_t *value,
                        unsigned where)
{
    /* null removes, where a member may be missing at all (documented: facts/auth0.md 4.4). */
    if (json_is_null(value) && where == IN_PATCH && (field->where & NULLABLE) != 0)
        return true;
    if (field->kind == BOOLEAN)
        return json_is_boolean(value) ||
               sb_refuse_member(call, field->name, "Expected type boolean");
    if (field->kind == OBJECT) {
        if (!json_is_object(value))
            return sb_refuse_member(call, field->name, "Expected type object");
        const char *wrong = sb_metadata_complaint(field->name, value);
        return wrong == NULL || sb_refuse_member(call, field->name, wrong);
    }
    if (!json_is_string(value))
        return sb_refuse_member(call, field->name, "Expected type string");
    const char *complaint = text_complaint(field, json_string_value(value));
    return complaint == NULL || sb_refuse_member(call, field->name, complaint);
}

static const struct field *field_named(const char *name, unsigned where)
{
    for (size_t i = 0; i < A0_COUNT(fields); i++) {
        if ((fields[i].where & where) != 0 && strcmp(fields[i].name, name) == 0)
            return &fields[i];
    }
    return NULL;
}

/* What is unknown is refused (documented: facts/auth0.md 4.3). */
static bool check_body(sb_call *call, unsigned where)
{
    const char *name;
    json_t *value;
    if (call->request->body == NULL) {
        sb_reply_api_error(call->reply, 400, "invalid_body",
                           "Payload validation error: 'Expected type "
                           "object but found type null'.");
        return false;
    }
    json_object_foreach(call->request->body, name, value)
    {
        const struct field *field = field_named(name, where);
        if (field == NULL)
            return sb_refuse_unknown_member(call, name);
        if (!check_field(call, field, value, where))
            return false;
    }
    return true;
}

bool sb_user_check_create(sb_call *call)
{
    if (!check_body(call, IN_CREATE))
        return false;
    if (json_object_get(call->request->body, "connection") == NULL) {
        sb_reply_api_error(call->reply, 400, "invalid_body",
                           "Payload validation error: 'Missing required property: connection'.");
        return false;
    }
    return true;
}

/* facts/auth0.md 4.4: what one PATCH may not do together. That each is a 400 is documented, the
 * words are a guess. */
static bool together_ok(sb_call *call)
{
    static const char *const pairs[][2] = {{"password", "email"},
                                           {"password", "email_verified"},
                                           {"username", "email"},
                                           {"username", "email_verified"},
                                           {"username", "password"}};
    for (size_t i = 0; i < A0_COUNT(pairs); i++) {
        if (json_object_get(call->request->body, pairs[i][0]) == NULL ||
            json_object_get(call->request->body, pairs[i][1]) == NULL)
            continue;
        sb_reply_api_error(call->reply, 400, "invalid_body",
                           "Cannot update %s and %s simultaneously", pairs[i][0], pairs[i][1]);
        return false;
    }
    return true;
}

bool sb_user_check_patch(sb_call *call)
{
    static const char *const needed[] = {"email", "password"};
    if (!check_body(call, IN_PATCH) || !together_ok(call))
        return false;
    for (size_t i = 0; i < A0_COUNT(needed); i++) {
        if (json_is_null(json_object_get(call->request->body, needed[i])))
            return sb_refuse_member(call, needed[i],
                                    "A user of this connection cannot be without it");
    }
    return true;
}

/* facts/auth0.md 4.1: unaccented letters, digits and a few signs; '@' too, but nothing like an
 * address */
const char *sb_username_complaint(const sb_connection *connection, const char *username,
                                  const char **code)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_+-.!#$'^~@`";
    int least, most;
    sb_connection_username_range(connection, &least, &most);
    size_t len = strlen(username);
    bool too_long = len > (size_t)most;
    *code = "PATTERN";
    if (strspn(username, allowed) != len)
        return "contains characters that are not allowed";
    if (sb_email_ok(username) && !sb_connection_username_may_be(connection, SB_EMAIL))
        return "must not be an email address";
    if (sb_phone_ok(username) && !sb_connection_username_may_be(connection, SB_PHONE))
        return "must not be a phone number";
    *code = too_long ? "MAX_LENGTH" : "MIN_LENGTH";
    return too_long || len < (size_t)least ? "has a length that the connection does not allow"
                                           : NULL;
}

/* Asked of the name as it will be stored, in lower case. */
bool sb_user_check_names(sb_call *call, const sb_connection *connection, const char *email,
                         const char *username)
{
    if (email == NULL && sb_connection_requires(connection, SB_EMAIL)) {
        sb_reply_api_error(call->reply, 400, "invalid_body",
                           "Payload validation error: 'Missing required property: email'.");
        return false;
    }
    if (username == NULL) {
        if (!sb_connection_requires(connection, SB_USERNAME))
            return true;
        sb_reply_api_error(call->reply, 400, "invalid_body",
                           "Missing username for connection with requires_username.");
        return false;
    }
    /* The text is documented (facts/auth0.md 4.1), the one above is a guess. */
    if (!sb_connection_takes(connection, SB_USERNAME)) {
        sb_reply_api_error(call->reply, 400, "invalid_body",
                           "Cannot set username for connection without requires_username.");
        return false;
    }
    const char *code, *complaint = sb_username_complaint(connection, username, &code);
    if (complaint != NULL)
        sb_reply_api_error(call->reply, 400, "invalid_body",
                           "Payload validation error: 'The username %s' on property username.",
                           complaint);
    return complaint == NULL;
}
