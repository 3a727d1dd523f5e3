/* What an error row of an import job comes down to. It judges words alone; whether the tenant has
 * the user after all is asked afterwards (job_state.c). */
#include <stdio.h>
#include <string.h>

#include "base/slice.h"
#include "bulk/batch/job_state.h"

/* facts/auth0.md 4.10. Auth0 documents names, not situations, and sends others than it documents:
 * INVALID_FORMAT, say, as z-schema calls it, where the list has FORMAT. So all of that validator's
 * codes stand here, too. The first four are about who exists, the last about the request, all
 * others are rules by the name of their keyword. */
static const struct {
    const char *code;
    a0_row_cause_class cause;
} codes[] = {
    {"CONFLICT", A0_CAUSE_TAKEN},
    {"CONFLICT_EMAIL", A0_CAUSE_EMAIL_TAKEN},
    {"CONFLICT_USERNAME", A0_CAUSE_NAME_TAKEN},
    {"DUPLICATED_USER", A0_CAUSE_HALF_CREATED},
    {"MFA_FACTORS_FAILED", A0_CAUSE_MFA},
    {"ANY_OF_MISSING", A0_CAUSE_INVALID},
    {"ARRAY_LENGTH_LONG", A0_CAUSE_INVALID},
    {"ARRAY_LENGTH_SHORT", A0_CAUSE_INVALID},
    {"ARRAY_UNIQUE", A0_CAUSE_INVALID},
    {"ARRAY_ADDITIONAL_ITEMS", A0_CAUSE_INVALID},
    {"ENUM_MISMATCH", A0_CAUSE_INVALID},
    {"ENUM_CASE_MISMATCH", A0_CAUSE_INVALID},
    {"FORMAT", A0_CAUSE_INVALID},
    {"INVALID_FORMAT", A0_CAUSE_INVALID},
    {"INVALID_TYPE", A0_CAUSE_INVALID},
    {"MAX_LENGTH", A0_CAUSE_INVALID},
    {"MAXIMUM", A0_CAUSE_INVALID},
    {"MAXIMUM_EXCLUSIVE", A0_CAUSE_INVALID},
    {"MIN_LENGTH", A0_CAUSE_INVALID},
    {"MINIMUM", A0_CAUSE_INVALID},
    {"MINIMUM_EXCLUSIVE", A0_CAUSE_INVALID},
    {"MULTIPLE_OF", A0_CAUSE_INVALID},
    {"NOT_PASSED", A0_CAUSE_INVALID},
    {"OBJECT_ADDITIONAL_PROPERTIES", A0_CAUSE_INVALID},
    {"OBJECT_DEPENDENCY_KEY", A0_CAUSE_INVALID},
    {"OBJECT_MISSING_REQUIRED_PROPERTY", A0_CAUSE_INVALID},
    {"OBJECT_PROPERTIES_MAXIMUM", A0_CAUSE_INVALID},
    {"OBJECT_PROPERTIES_MINIMUM", A0_CAUSE_INVALID},
    {"OBJECT_REQUIRED", A0_CAUSE_INVALID},
    {"ONE_OF_MISSING", A0_CAUSE_INVALID},
    {"ONE_OF_MULTIPLE", A0_CAUSE_INVALID},
    {"PATTERN", A0_CAUSE_INVALID},
    {"PROFILE_SIZE_EXCEEDED", A0_CAUSE_INVALID},
    {"CONNECTION_NOT_FOUND", A0_CAUSE_OPERATOR},
};

/* Of a row's several causes the one that decides: who exists comes before what is wrong with it. */
static const unsigned char weight[A0_CAUSE_CLASSES] = {
    [A0_CAUSE_NONE] = 0,       [A0_CAUSE_UNKNOWN] = 1,      [A0_CAUSE_MFA] = 2,
    [A0_CAUSE_INVALID] = 3,    [A0_CAUSE_HALF_CREATED] = 4, [A0_CAUSE_TWICE] = 5,
    [A0_CAUSE_NAME_TAKEN] = 6, [A0_CAUSE_EMAIL_TAKEN] = 7,  [A0_CAUSE_TAKEN] = 8,
    [A0_CAUSE_OPERATOR] = 9,
};

#define ALREADY_THERE "already exist"

/* One code for three situations (facts/auth0.md 4.10). Words that change turn into "half-created",
 * whose looks find the others, too. */
static a0_row_cause_class duplicated(const a0_row_cause *cause)
{
    if (strstr(cause->message, "already provided") != NULL)
        return A0_CAUSE_TWICE;
    return strstr(cause->message, ALREADY_THERE) != NULL ? A0_CAUSE_TAKEN : A0_CAUSE_HALF_CREATED;
}

static a0_row_cause_class class_of(const a0_row_cause *cause)
{
    /* The only sign of it is prose: no code is documented (facts/auth0.md 5.4 and 9.16) */
    if (strstr(cause->message, "already has password hash") != NULL)
        return A0_CAUSE_TAKEN;
    for (size_t i = 0; i < A0_COUNT(codes); i++) {
        if (strcmp(cause->code, codes[i].code) == 0)
            return codes[i].cause == A0_CAUSE_HALF_CREATED ? duplicated(cause) : codes[i].cause;
    }
    /* Tomorrow's code for what was recorded under two codes so far. The words of a rule's code are
       not asked: they repeat what somebody has typed. */
    return strstr(cause->message, ALREADY_THERE) != NULL ? A0_CAUSE_TAKEN : A0_CAUSE_UNKNOWN;
}

/* The next part of "identities[0].profileData.email", "/email" or "#/users/3/email" that is the
 * name of a field, or "" at the end. */
static a0_slice next_name(const char **at)
{
    static const char *const around[] = {"users", "user", "identities", "profileData"};
    for (;;) {
        *at += strspn(*at, "#/.[]0123456789");
        a0_slice name = {*at, strcspn(*at, "#/.[] ")};
        bool wrapper = false;
        for (size_t i = 0; i < A0_COUNT(around); i++)
            wrapper |= name.len == strlen(around[i]) && strncmp(*at, around[i], name.len) == 0;
        if (!wrapper)
            return name;
        *at += name.len;
    }
}

/* The field of the row that a rule was broken by; the words have it where the path has not:
 * "Error in username property - ...", "Missing required property: username". */
static a0_slice field_of(const a0_row_cause *cause)
{
    static const char *const before[] = {"required property: ", "Error in "};
    const char *at = cause->path;
    a0_slice name = next_name(&at);
    for (size_t i = 0; name.len == 0 && i < A0_COUNT(before); i++) {
        at = strstr(cause->message, before[i]);
        if (at != NULL && (at += strlen(before[i])))
            name = next_name(&at);
    }
    return name;
}

static auth0db_holdout reason_of(const a0_row_cause *cause)
{
    static const struct {
        const char *name;
        auth0db_holdout reason;
    } fields[] = {{"email", AUTH0DB_HOLDOUT_BAD_EMAIL},
                  {"username", AUTH0DB_HOLDOUT_BAD_USERNAME},
                  {"password_hash", AUTH0DB_HOLDOUT_BAD_HASH},
                  {"custom_password_hash", AUTH0DB_HOLDOUT_BAD_HASH},
                  {"hash", AUTH0DB_HOLDOUT_BAD_HASH}};
    if (strcmp(cause->code, "PROFILE_SIZE_EXCEEDED") == 0)
        return AUTH0DB_HOLDOUT_TOO_LARGE;
    a0_slice name = field_of(cause);
    for (size_t i = 0; i < A0_COUNT(fields); i++) {
        if (name.len == strlen(fields[i].name) && memcmp(name.data, fields[i].name, name.len) == 0)
            return fields[i].reason;
    }
    return AUTH0DB_HOLDOUT_TENANT_REFUSED;
}

/* "A user with this username was already provided." */
static auth0db_holdout reason_of_twice(const a0_row_cause *cause)
{
    if (strstr(cause->message, "username") != NULL)
        return AUTH0DB_HOLDOUT_USERNAME_TAKEN;
    if (strstr(cause->message, "email") != NULL)
        return AUTH0DB_HOLDOUT_DUPLICATE_EMAIL;
    return AUTH0DB_HOLDOUT_TENANT_REFUSED;
}

void a0_row_judge(const a0_row_error *error, a0_row_judgement *out)
{
    const a0_row_cause *worst = NULL;
    size_t n = error->n < A0_ROW_CAUSES_MAX ? error->n : A0_ROW_CAUSES_MAX;
    *out = (a0_row_judgement){.cause = A0_CAUSE_UNKNOWN, .reason = AUTH0DB_HOLDOUT_TENANT_REFUSED};
    for (size_t i = 0; i < n; i++) {
        a0_row_cause_class cause = class_of(&error->causes[i]);
        if (worst == NULL || weight[cause] > weight[out->cause]) {
            worst = &error->causes[i];
            out->cause = cause;
        }
    }
    /* A row without a reason is no proof that the user is missing: as UNKNOWN it is looked up. */
    if (worst == NULL) {
        snprintf(out->detail, sizeof out->detail, "no reason given");
        return;
    }
    if (out->cause == A0_CAUSE_INVALID)
        out->reason = reason_of(worst);
    if (out->cause == A0_CAUSE_TWICE)
        out->reason = reason_of_twice(worst);
    snprintf(out->detail, sizeof out->detail, "%s%s%s%s%s",
             worst->code[0] != '\0' ? worst->code : "no code", worst->path[0] != '\0' ? " " : "",
             worst->path, worst->message[0] != '\0' ? ": " : "", worst->message);
}
