#include "sandbox/jobs/import_row.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "sandbox/hash/password_hash.h"
#include "sandbox/request.h"
#include "sandbox/tenant/profile.h"
#include "sandbox/tenant/user_rules.h"

enum { FACTORS_MAX = 10, PATH_MAX_LEN = 120 };

void sb_row_error(json_t *errors, const char *code, const char *path, const char *format, ...)
{
    char message[200];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    /* it may quote a name from the file: cut within a character it would be no text */
    for (size_t len = strlen(message); !a0_utf8_valid(message, len);)
        message[--len] = '\0';
    json_array_append_new(
        errors, json_pack("{s:s, s:s, s:s}", "code", code, "message", message, "path", path));
}

static bool want(bool holds, json_t *errors, const char *path, const char *type)
{
    if (!holds)
        sb_row_error(errors, "INVALID_TYPE", path, "Expected type %s", type);
    return holds;
}

/* ---- what a member may be ---- */

typedef struct row {
    const json_t *entry;
    const sb_row_rules *rules;
    json_t *errors;
} row;

typedef struct member member;
typedef void check_value(const row *r, const member *m, const json_t *value);

struct member {
    const char *name;
    check_value *check;
    int least, most; /* characters */
};

/* Which code stands for which broken rule is a guess, by their names (facts/auth0.md 4.10).
 * import_codes.c turns these into what was seen, where the tenant is told to. */
static bool text_ok(const row *r, const member *m, const json_t *value)
{
    if (!want(json_is_string(value), r->errors, m->name, "string"))
        return false;
    const char *text = json_string_value(value);
    /* Characters and not bytes, as a JSON schema counts. */
    long characters = a0_utf8_count(text, strlen(text));
    if (characters < m->least)
        sb_row_error(r->errors, "MIN_LENGTH", m->name,
                     "String is too short (%ld chars), minimum %d", characters, m->least);
    else if (characters > m->most)
        sb_row_error(r->errors, "MAX_LENGTH", m->name, "String is too long (%ld chars), maximum %d",
                     characters, m->most);
    return characters >= m->least && characters <= m->most;
}

static void check_text(const row *r, const member *m, const json_t *value)
{
    text_ok(r, m, value);
}

static void check_boolean(const row *r, const member *m, const json_t *value)
{
    want(json_is_boolean(value), r->errors, m->name, "boolean");
}

static void check_email(const row *r, const member *m, const json_t *value)
{
    if (want(json_is_string(value), r->errors, m->name, "string") &&
        !sb_email_ok(json_string_value(value)))
        sb_row_error(r->errors, "FORMAT", m->name,
                     "Object didn't pass validation for format email");
}

static void check_phone(const row *r, const member *m, const json_t *value)
{
    if (want(json_is_string(value), r->errors, m->name, "string") &&
        !sb_phone_ok(json_string_value(value)))
        sb_row_error(r->errors, "PATTERN", m->name,
                     "String does not match pattern ^\\+[0-9]{1,15}$");
}

static void check_picture(const row *r, const member *m, const json_t *value)
{
    if (text_ok(r, m, value) && !sb_picture_ok(json_string_value(value)))
        sb_row_error(r->errors, "FORMAT", m->name,
                     "Object didn't pass validation for format strict-uri");
}

static void check_id(const row *r, const member *m, const json_t *value)
{
    if (text_ok(r, m, value) && strpbrk(json_string_value(value), " \t\r\n\v\f") != NULL)
        sb_row_error(r->errors, "PATTERN", m->name, "String does not match pattern ^\\S*$");
}

/* The connection's rules come behind the schema's length, and are asked of the name in lower case:
 * so Auth0 stores it (documented: facts/auth0.md 4.1). */
static void check_username(const row *r, const member *m, const json_t *value)
{
    const char *code;
    if (!text_ok(r, m, value))
        return;
    if (!sb_connection_takes(r->rules->connection, SB_USERNAME)) {
        sb_row_error(r->errors, "NOT_PASSED", m->name,
                     "Cannot set username for connection without requires_username.");
        return;
    }
    char *lower = a0_strdup(json_string_value(value));
    if (lower == NULL)
        return;
    a0_ascii_lower(lower);
    const char *complaint = sb_username_complaint(r->rules->connection, lower, &code);
    if (complaint != NULL)
        sb_row_error(r->errors, code, m->name, "The username %s", complaint);
    a0_free(lower);
}

static void check_metadata(const row *r, const member *m, const json_t *value)
{
    if (!want(json_is_object(value), r->errors, m->name, "object"))
        return;
    const char *complaint = sb_metadata_complaint(m->name, value);
    if (complaint != NULL)
        sb_row_error(r->errors, "NOT_PASSED", m->name, "%s", complaint);
}

/* ---- hashes and second factors ---- */

/* Auth0 verifies argon2 by libsodium, which is known to take argon2id only (facts/auth0.md 9.23).
 */
static bool is_doubtful(const json_t *hash)
{
    const char *algorithm = a0_json_text(hash, "algorithm");
    return algorithm != NULL && strcmp(algorithm, "argon2") == 0 &&
           sb_password_hash_is_doubtful(hash);
}

/* Both are looked at where both are there: the report then tells of each. */
static void check_hash(const row *r, const member *m, const json_t *value)
{
    sb_hash_fault fault = {0};
    bool plain = strcmp(m->name, "password_hash") == 0;
    if (!want(plain ? json_is_string(value) : json_is_object(value), r->errors, m->name,
              plain ? "string" : "object"))
        return;
    if (sb_password_hash_check(value, &fault) != AUTH0DB_OK)
        sb_row_error(r->errors, fault.code, fault.path, "%s", fault.message);
    else if (is_doubtful(value))
        sb_row_error(r->errors, "NOT_PASSED", "custom_password_hash.hash.value",
                     "argon2 means argon2id");
    if (!plain && json_object_get(r->entry, "password_hash") != NULL)
        sb_row_error(r->errors, "NOT_PASSED", m->name,
                     "password_hash and custom_password_hash exclude each other");
}

/* Without padding (documented: facts/auth0.md 5.5). */
static bool is_base32(const char *text)
{
    size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    return len > 0 && text[len] == '\0';
}

/* As documented (facts/auth0.md 5.5). */
static const struct factor {
    const char *name, *member;
    bool (*ok)(const char *);
    const char *code, *message;
} factors[] = {
    {"totp", "secret", is_base32, "PATTERN", "String does not match pattern ^[A-Z2-7]+$"},
    {"phone", "value", sb_phone_ok, "PATTERN", "String does not match pattern ^\\+[0-9]{1,15}$"},
    {"email", "value", sb_email_ok, "FORMAT", "Object didn't pass validation for format email"},
};

static const struct factor *factor_named(const char *name)
{
    for (size_t i = 0; i < A0_COUNT(factors); i++) {
        if (strcmp(factors[i].name, name) == 0)
            return &factors[i];
    }
    return NULL;
}

static void check_factor_value(const row *r, const struct factor *factor, const json_t *value,
                               const char *path)
{
    char inner[PATH_MAX_LEN + 20];
    snprintf(inner, sizeof inner, "%s.%s", path, factor->member);
    const json_t *secret = json_object_get(value, factor->member);
    if (!want(json_is_object(value), r->errors, path, "object"))
        return;
    if (secret == NULL)
        sb_row_error(r->errors, "OBJECT_REQUIRED", inner, "Missing required property: %s",
                     factor->member);
    else if (want(json_is_string(secret), r->errors, inner, "string") &&
             !factor->ok(json_string_value(secret)))
        sb_row_error(r->errors, factor->code, inner, "%s", factor->message);
    if (json_object_size(value) > (secret != NULL ? 1 : 0))
        sb_row_error(r->errors, "NOT_PASSED", path, "Additional properties not allowed");
}

static void check_factor(const row *r, const json_t *item, size_t at)
{
    char path[PATH_MAX_LEN];
    const char *name;
    json_t *value;
    snprintf(path, sizeof path, "mfa_factors.%zu", at);
    if (!want(json_is_object(item), r->errors, path, "object"))
        return;
    /* One kind an item (documented: facts/auth0.md 5.5). */
    if (json_object_size(item) > 1)
        sb_row_error(r->errors, "NOT_PASSED", path, "Too many properties, maximum 1");
    json_object_foreach((json_t *)item, name, value)
    {
        const struct factor *factor = factor_named(name);
        if (factor == NULL) {
            sb_row_error(r->errors, "NOT_PASSED", path, "Additional properties not allowed");
            continue;
        }
        snprintf(path, sizeof path, "mfa_factors.%zu.%s", at, name);
        check_factor_value(r, factor, value, path);
    }
}

/* Too many are not looked at one by one: the file's writer chooses how many there are. */
static void check_factors(const row *r, const member *m, const json_t *value)
{
    size_t i, n = json_array_size(value);
    json_t *item;
    if (!want(json_is_array(value), r->errors, m->name, "array"))
        return;
    if (n == 0)
        sb_row_error(r->errors, "ARRAY_LENGTH_SHORT", m->name, "Array is too short (0), minimum 1");
    if (n > FACTORS_MAX) {
        sb_row_error(r->errors, "ARRAY_LENGTH_LONG", m->name, "Array is too long (%zu), maximum %d",
                     n, FACTORS_MAX);
        return;
    }
    json_array_foreach(value, i, item) check_factor(r, item, i);
}

/* ---- the entry ---- */

/* An id is stored behind "auth0|", 255 characters at most together (facts/auth0.md 4.1). */
static const member members[] = {
    {"app_metadata", check_metadata, 0, 0},
    {"blocked", check_boolean, 0, 0},
    {"custom_password_hash", check_hash, 0, 0},
    {"email", check_email, 0, 0},
    {"email_verified", check_boolean, 0, 0},
    {"family_name", check_text, 1, 150},
    {"given_name", check_text, 1, 150},
    {"mfa_factors", check_factors, 0, 0},
    {"name", check_text, 1, 300},
    {"nickname", check_text, 1, 300},
    {"password_hash", check_hash, 0, 0},
    {"phone_number", check_phone, 0, 0},
    {"phone_verified", check_boolean, 0, 0},
    {"picture", check_picture, 1, 2048},
    {"user_id", check_id, 1, 249},
    {"user_metadata", check_metadata, 0, 0},
    {"username", check_username, 1, 128},
};

static const member *member_named(const char *name)
{
    for (size_t i = 0; i < A0_COUNT(members); i++) {
        if (strcmp(members[i].name, name) == 0)
            return &members[i];
    }
    return NULL;
}

/* A member that the schema does not have fails its entry and not the whole job: a guess
 * (facts/auth0.md 9.13). A NUL would cut a text for whoever reads it later. */
static void check_members(const row *r)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)r->entry, name, value)
    {
        const member *m = member_named(name);
        if (m == NULL)
            sb_row_error(r->errors, "NOT_PASSED", "", "Additional properties not allowed: %.60s",
                         name);
        else if (sb_holds_nul(value))
            sb_row_error(r->errors, "NOT_PASSED", name, "A string holds a NUL character");
        else
            m->check(r, m, value);
    }
}

/* Only the e-mail must be there (documented: facts/auth0.md 5.2). Whether a username must is open,
 * and an option (9.14). */
void sb_row_check(const json_t *entry, const sb_row_rules *rules, json_t *errors)
{
    row r = {entry, rules, errors};
    if (!want(json_is_object(entry), errors, "", "object"))
        return;
    if (json_object_get(entry, "email") == NULL)
        sb_row_error(errors, "OBJECT_REQUIRED", "email", "Missing required property: email");
    if (rules->needs_username && sb_connection_requires(rules->connection, SB_USERNAME) &&
        json_object_get(entry, "username") == NULL)
        sb_row_error(errors, "OBJECT_REQUIRED", "username", "Missing required property: username");
    check_members(&r);
}

/* ---- what is shown of it ---- */

/* Every text but the few that say how the others are meant: whoever puts a hash in the wrong place
 * must not find it in a report. */
static json_t *masked(const char *name, json_t *value)
{
    static const char *const shown[] = {"algorithm", "digest", "encoding", "position"};
    for (size_t i = 0; name != NULL && i < A0_COUNT(shown); i++) {
        if (strcmp(shown[i], name) == 0)
            return NULL;
    }
    return json_is_string(value) ? json_string("*****") : NULL;
}

static void mask(json_t *value)
{
    const char *name;
    json_t *inner, *instead;
    size_t i;
    json_object_foreach(value, name, inner)
    {
        if ((instead = masked(name, inner)) != NULL)
            json_object_set_new(value, name, instead);
        else
            mask(inner);
    }
    json_array_foreach(value, i, inner)
    {
        if ((instead = masked(NULL, inner)) != NULL)
            json_array_set_new(value, i, instead);
        else
            mask(inner);
    }
}

/* An entry that is no object is shown as an empty one: nobody knows what it is. */
json_t *sb_row_masked(const json_t *entry)
{
    static const char *const plain[] = {"password", "password_hash"};
    static const char *const nested[] = {"custom_password_hash", "mfa_factors"};
    if (!json_is_object(entry))
        return json_object();
    json_t *copy = json_deep_copy(entry);
    for (size_t i = 0; i < A0_COUNT(plain); i++) {
        if (json_object_get(copy, plain[i]) != NULL)
            json_object_set_new(copy, plain[i], json_string("*****"));
    }
    for (size_t i = 0; i < A0_COUNT(nested); i++) {
        json_t *value = json_object_get(copy, nested[i]);
        if (json_is_object(value) || json_is_array(value))
            mask(value);
        else if (value != NULL)
            json_object_set_new(copy, nested[i], json_string("*****"));
    }
    return copy;
}
