/* What an error row of an import job comes down to. */
#include <stdio.h>
#include <string.h>

#include "migrate/import/flight.h"

/* facts/auth0.md 4.10. Auth0 documents the names, not the situations: the first four are about who
 * exists, the last about the request, all others are schema rules by the name of their keyword. */
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
    {"ENUM_MISMATCH", A0_CAUSE_INVALID},
    {"FORMAT", A0_CAUSE_INVALID},
    {"INVALID_TYPE", A0_CAUSE_INVALID},
    {"MAX_LENGTH", A0_CAUSE_INVALID},
    {"MAXIMUM", A0_CAUSE_INVALID},
    {"MIN_LENGTH", A0_CAUSE_INVALID},
    {"MINIMUM", A0_CAUSE_INVALID},
    {"NOT_PASSED", A0_CAUSE_INVALID},
    {"OBJECT_REQUIRED", A0_CAUSE_INVALID},
    {"PATTERN", A0_CAUSE_INVALID},
    {"CONNECTION_NOT_FOUND", A0_CAUSE_OPERATOR},
};

/* Of a row's several causes the one that decides: who exists comes before what is wrong with it. */
static const unsigned char weight[A0_CAUSE_CLASSES] = {
    [A0_CAUSE_NONE] = 0,        [A0_CAUSE_UNKNOWN] = 1,      [A0_CAUSE_MFA] = 2,
    [A0_CAUSE_INVALID] = 3,     [A0_CAUSE_HALF_CREATED] = 4, [A0_CAUSE_NAME_TAKEN] = 5,
    [A0_CAUSE_EMAIL_TAKEN] = 6, [A0_CAUSE_TAKEN] = 7,        [A0_CAUSE_OPERATOR] = 8,
};

static a0_row_cause_class class_of(const a0_row_cause *cause)
{
    /* The only sign of it is prose: no code is documented (facts/auth0.md 5.4 and 9.16) */
    if (strstr(cause->message, "already has password hash") != NULL)
        return A0_CAUSE_TAKEN;
    for (size_t i = 0; i < A0_COUNT(codes); i++) {
        if (strcmp(cause->code, codes[i].code) == 0)
            return codes[i].cause;
    }
    return A0_CAUSE_UNKNOWN;
}

/* Which field of the row it is: "email", "/email", "users[3].custom_password_hash.hash.value". */
static auth0db_holdout reason_of(const a0_row_cause *cause)
{
    if (strstr(cause->path, "password_hash") != NULL || strstr(cause->path, "hash.") != NULL)
        return AUTH0DB_HOLDOUT_BAD_HASH;
    if (strstr(cause->path, "username") != NULL)
        return AUTH0DB_HOLDOUT_BAD_USERNAME;
    if (strstr(cause->path, "email") != NULL && strstr(cause->path, "mfa") == NULL)
        return AUTH0DB_HOLDOUT_BAD_EMAIL;
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
    if (worst == NULL) {
        snprintf(out->detail, sizeof out->detail, "no reason given");
        return;
    }
    if (out->cause == A0_CAUSE_INVALID)
        out->reason = reason_of(worst);
    snprintf(out->detail, sizeof out->detail, "%s%s%s%s%s",
             worst->code[0] != '\0' ? worst->code : "no code", worst->path[0] != '\0' ? " " : "",
             worst->path, worst->message[0] != '\0' ? ": " : "", worst->message);
}
