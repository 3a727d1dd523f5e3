#include "sandbox/jobs/import_codes.h"

#include <stdio.h>
#include <string.h>

/* facts/auth0.md 4.10. The codes on the right are those of the validator, z-schema. The first row
 * that fits counts, so one with words stands before the same code without. */
static const struct {
    const char *documented, *words; /* words: the message begins so; NULL: any */
    const char *recorded, *message; /* NULL: stays as it is */
    bool no_path;
} table[] = {
    {"CONFLICT_EMAIL", NULL, "DUPLICATED_USER",
     "The user already exist and upsert parameter is false", true},
    {"CONFLICT_USERNAME", NULL, "DUPLICATED_USER",
     "The user already exist and upsert parameter is false", true},
    {"DUPLICATED_USER", "The file has", "DUPLICATED_USER",
     "A user with this email was already provided.", true},
    {"DUPLICATED_USER", NULL, "DUPLICATED_USER", NULL, true},
    {"PROFILE_SIZE_EXCEEDED", NULL, "PROFILE_SIZE_EXCEEDED", NULL, true},
    {"FORMAT", NULL, "INVALID_FORMAT", NULL, false},
    {"OBJECT_REQUIRED", NULL, "OBJECT_MISSING_REQUIRED_PROPERTY", NULL, false},
    {"NOT_PASSED", "Additional properties", "OBJECT_ADDITIONAL_PROPERTIES", NULL, false},
};

/* What Auth0 keeps at the identity is named there. The e-mail's place was reported from Auth0, the
 * other two are a guess by its pattern. */
static const char *place_of(const char *path)
{
    static const char *const at_identity[][2] = {
        {"email", "identities[0].profileData.email"},
        {"username", "identities[0].profileData.username"},
        {"phone_number", "identities[0].profileData.phone_number"}};
    for (size_t i = 0; i < A0_COUNT(at_identity); i++) {
        if (strcmp(path, at_identity[i][0]) == 0)
            return at_identity[i][1];
    }
    return path;
}

/* An error that says who is there already names no rule, and keeps its words. So does the one about
 * a second hash: its text is known from a support article (facts/auth0.md 5.4), and clients look
 * for it (9.16). */
static void say_where(json_t *error)
{
    static const char *const no_rules[] = {"CONFLICT", "DUPLICATED_USER", "PROFILE_SIZE_EXCEEDED"};
    char words[400];
    const char *message = a0_json_text(error, "message"), *path = a0_json_text(error, "path");
    bool is_rule = message != NULL && path != NULL && *path != '\0' &&
                   strstr(message, "already has password hash") == NULL;
    for (size_t i = 0; is_rule && i < A0_COUNT(no_rules); i++)
        is_rule = strcmp(a0_json_text(error, "code"), no_rules[i]) != 0;
    if (!is_rule)
        return;
    const char *place = place_of(path);
    snprintf(words, sizeof words, "Error in %.140s property - %.220s", place, message);
    json_object_set_new(error, "message", json_string(words));
    json_object_set_new(error, "path", json_string(place));
}

static void reword(json_t *error)
{
    const char *code = a0_json_text(error, "code"), *message = a0_json_text(error, "message");
    for (size_t i = 0; code != NULL && message != NULL && i < A0_COUNT(table); i++) {
        if (strcmp(code, table[i].documented) != 0 ||
            (table[i].words != NULL &&
             strncmp(message, table[i].words, strlen(table[i].words)) != 0))
            continue;
        json_object_set_new(error, "code", json_string(table[i].recorded));
        if (table[i].message != NULL)
            json_object_set_new(error, "message", json_string(table[i].message));
        if (table[i].no_path)
            json_object_del(error, "path");
        break;
    }
    say_where(error);
}

void sb_import_codes_as_recorded(json_t *errors)
{
    size_t i;
    json_t *error;
    json_array_foreach(errors, i, error) reword(error);
}
