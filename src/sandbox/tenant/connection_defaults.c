#include "sandbox/tenant/connection_defaults.h"

#include <string.h>

#include "sandbox/tenant/documents.h"

#define BOTH (SB_OF_NEW | SB_OF_CHANGED)
#define FLEXIBLE_PASSWORDS                                                                         \
    "{\"complexity\":{\"min_length\":15,\"character_types\":[],\"character_type_rule\":\"all\","   \
    "\"identical_characters\":\"allow\",\"sequential_characters\":\"allow\","                      \
    "\"max_length_exceeded\":\"error\"},\"profile_data\":{\"active\":false,\"blocked_fields\":["   \
    "\"name\",\"username\",\"nickname\",\"email\",\"phone_number\",\"user_metadata.name\","        \
    "\"user_metadata.first\",\"user_metadata.last\"]},\"history\":{\"active\":false,\"size\":3},"  \
    "\"dictionary\":{\"active\":false,\"custom\":[],\"default\":\"en_100k\"}}"

/* One row a default. The dates are those of the first and the last recording that has it, so a
 * month or two too late or too early; values and members are recorded. */
static const struct row {
    unsigned of;
    const char *within; /* "": the options; or only where they have this member */
    const char *unless; /* and do not have that one */
    const char *json;
    const char *from, *until;
} rows[] = {
    {BOTH, "", "", "{\"brute_force_protection\":true}", "", ""},
    {SB_OF_NEW, "", "", "{\"mfa\":{\"active\":true,\"return_enroll_settings\":true}}", "", ""},
    {SB_OF_NEW, "", "", "{\"strategy_version\":2}", "", ""},
    {SB_OF_NEW, "", "password_options", "{\"passwordPolicy\":\"good\"}", "", "2026-05-01"},
    {SB_OF_NEW, "", "", "{\"password_options\":" FLEXIBLE_PASSWORDS "}", "2026-05-01", ""},
    {BOTH, "password_options", "", FLEXIBLE_PASSWORDS, "2026-03-01", ""},
    {BOTH, "", "",
     "{\"authentication_methods\":{\"password\":{\"enabled\":true},\"passkey\":{\"enabled\":false}}"
     ",\"passkey_options\":{\"challenge_ui\":\"both\",\"progressive_enrollment_enabled\":true,"
     "\"local_enrollment_enabled\":true}}",
     "2023-06-01", ""},
    {BOTH, "", "", "{\"authentication_methods\":{\"password\":{\"api_behavior\":\"required\"}}}",
     "2026-01-01", ""},
    {BOTH, "", "", "{\"authentication_methods\":{\"password\":{\"signup_behavior\":\"allow\"}}}",
     "2026-02-01", ""},
    /* on some tenants, for some weeks, unless they are sent */
    {BOTH, "", "",
     "{\"authentication_methods\":{\"email_otp\":{\"enabled\":false},"
     "\"phone_otp\":{\"enabled\":false}}}",
     "2026-01-29", "2026-04-01"},
};

/* The same of the address among the attributes. */
static const char verification_method[] = "{\"verification_method\":\"link\"}";
static const char unique[] = "{\"unique\":true}";

bool sb_as_of(const sb_tenant *tenant, const char *from, const char *until)
{
    const char *date = tenant->options.as_of;
    if (*date == '\0') /* today, after all that is recorded */
        return *until == '\0';
    return strcmp(date, from) >= 0 && (*until == '\0' || strcmp(date, until) < 0);
}

static void fill(json_t *object, const char *json)
{
    json_t *defaults = json_loads(json, 0, NULL);
    if (object != NULL)
        sb_document_fill(object, defaults);
    json_decref(defaults);
}

void sb_connection_fill_options(const sb_tenant *tenant, json_t *options, sb_defaults_of of)
{
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        const struct row *row = &rows[i];
        if ((row->of & of) == 0 || !sb_as_of(tenant, row->from, row->until) ||
            (*row->unless != '\0' && json_object_get(options, row->unless) != NULL))
            continue;
        fill(*row->within != '\0' ? json_object_get(options, row->within) : options, row->json);
    }
    json_t *email = json_object_get(json_object_get(options, "attributes"), "email");
    fill(email, verification_method);
    if (sb_as_of(tenant, "2025-10-01", ""))
        fill(email, unique);
}
