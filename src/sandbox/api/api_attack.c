/* The settings of attack protection. Two of them the logins here obey (the options say so too); the
 * others are kept, and shown as recorded. */
#include <string.h>

#include "sandbox/api/api_protection.h"
#include "sandbox/tenant/documents.h"

static const char KIND[] = "attack_protection";

/* As recorded of tenants that changed nothing. The figures, and that custom token exchange is there
 * on some tenants alone: facts/auth0.md 8. */
static const struct part {
    const char *name, *defaults;
} parts[] = {
    {"bot-detection",
     "{\"challenge_password_policy\":\"never\",\"challenge_passwordless_policy\":\"never\","
     "\"challenge_password_reset_policy\":\"never\",\"allowlist\":[],"
     "\"bot_detection_level\":\"medium\",\"monitoring_mode_enabled\":false}"},
    {"breached-password-detection",
     "{\"enabled\":false,\"shields\":[],\"admin_notification_frequency\":[],"
     "\"method\":\"standard\",\"stage\":{\"pre-user-registration\":{\"shields\":[]},"
     "\"pre-change-password\":{\"shields\":[]}}}"},
    {"captcha", "{\"active_provider_id\":\"auth_challenge\",\"simple_captcha\":{},"
                "\"auth_challenge\":{\"fail_open\":false},\"recaptcha_v2\":{\"site_key\":\"\"},"
                "\"recaptcha_enterprise\":{\"site_key\":\"\",\"project_id\":\"\"},"
                "\"hcaptcha\":{\"site_key\":\"\"},\"friendly_captcha\":{\"site_key\":\"\"},"
                "\"arkose\":{\"site_key\":\"\",\"client_subdomain\":\"client-api\","
                "\"verify_subdomain\":\"verify-api\",\"fail_open\":false}}"},
    {"brute-force-protection",
     "{\"enabled\":true,\"shields\":[\"block\",\"user_notification\"],"
     "\"mode\":\"count_per_identifier_and_ip\",\"allowlist\":[],\"max_attempts\":10}"},
    {"suspicious-ip-throttling",
     "{\"enabled\":true,\"shields\":[\"block\",\"admin_notification\"],\"allowlist\":[],"
     "\"stage\":{\"pre-login\":{\"max_attempts\":100,\"rate\":864000},"
     "\"pre-user-registration\":{\"max_attempts\":50,\"rate\":1200},"
     "\"pre-custom-token-exchange\":{\"max_attempts\":10,\"rate\":600000}}}"},
};

/* The members that are options of the tenant, so that the logins obey them. `within`: below stage.
 */
static const struct live {
    const char *part, *within, *member, *option;
} live_members[] = {
    {"brute-force-protection", NULL, "enabled", "brute_force_enabled"},
    {"brute-force-protection", NULL, "mode", "brute_force_mode"},
    {"brute-force-protection", NULL, "allowlist", "brute_force_allowlist"},
    {"brute-force-protection", NULL, "max_attempts", "brute_force_max_attempts"},
    {"suspicious-ip-throttling", NULL, "enabled", "suspicious_ip_enabled"},
    {"suspicious-ip-throttling", NULL, "allowlist", "suspicious_ip_allowlist"},
    {"suspicious-ip-throttling", "pre-login", "max_attempts", "suspicious_ip_max_attempts"},
    {"suspicious-ip-throttling", "pre-login", "rate", "suspicious_ip_rate_ms"},
    {"breached-password-detection", NULL, "enabled", "breached_password_detection"},
};

/* And the shield that makes blocks of what is counted. */
static const char *const block_options[][2] = {
    {"brute-force-protection", "brute_force_block"},
    {"suspicious-ip-throttling", "suspicious_ip_block"},
};

static json_t *object_at(json_t *object, const char *within)
{
    return within == NULL ? object : json_object_get(json_object_get(object, "stage"), within);
}

static const char *block_option_of(const struct part *part)
{
    for (size_t i = 0; i < A0_COUNT(block_options); i++) {
        if (strcmp(block_options[i][0], part->name) == 0)
            return block_options[i][1];
    }
    return NULL;
}

/* The shield is shown as the option has it, whatever the kept document says: a test may have set
 * either. */
static void show_live(const sb_call *call, const struct part *part, json_t *body)
{
    json_t *options = sb_options_json(&call->tenant->options);
    const char *block = block_option_of(part);
    json_t *shields = json_object_get(body, "shields");
    for (size_t i = 0; i < A0_COUNT(live_members); i++) {
        const struct live *m = &live_members[i];
        if (strcmp(m->part, part->name) == 0)
            json_object_set(object_at(body, m->within), m->member,
                            json_object_get(options, m->option));
    }
    for (size_t i = 0; block != NULL && i < json_array_size(shields); i++) {
        const char *shield = json_string_value(json_array_get(shields, i));
        if (strcmp(shield, "block") == 0 && !a0_json_true(options, block))
            json_array_remove(shields, i--);
    }
    if (block != NULL && a0_json_true(options, block) && !sb_list_has(shields, "block"))
        json_array_append_new(shields, json_string("block"));
    json_decref(options);
}

/* By the path's last segment, for one handler serves all five. */
static const struct part *part_of(sb_call *call)
{
    for (size_t i = 0; i < A0_COUNT(parts); i++) {
        if (strcmp(parts[i].name, call->request->segments[call->request->n_segments - 1]) == 0)
            return &parts[i];
    }
    sb_reply_api_error(call->reply, 404, NULL, "Not Found");
    return NULL;
}

/* Defaults fill what was never sent, so that a document holds no more than somebody has set. */
static json_t *settings_of(const sb_call *call, const struct part *part)
{
    json_t *body = sb_document_get(call->tenant, KIND, part->name);
    json_t *defaults = json_loads(part->defaults, 0, NULL);
    if (body == NULL)
        body = json_object();
    sb_document_fill(body, defaults);
    json_decref(defaults);
    show_live(call, part, body);
    if (sb_list_has(call->tenant->options.plan_refuses, "custom token exchange"))
        json_object_del(json_object_get(body, "stage"), "pre-custom-token-exchange");
    return body;
}

void sb_attack_protection_get(sb_call *call)
{
    const struct part *part = part_of(call);
    if (part != NULL)
        sb_reply_json(call->reply, 200, settings_of(call, part));
}

/* Is `change` made of what `known` is made of? What is only ever sent is known by its name. What is
 * unknown is refused, since a test that misspells a switch would believe it to be set. The models
 * are the recorded defaults. */
static bool same_form(sb_call *call, json_t *known, json_t *change)
{
    static const char *const secrets[] = {"secret", "api_key"};
    const char *name;
    json_t *value;
    json_object_foreach(change, name, value)
    {
        json_t *model = json_object_get(known, name);
        bool secret = strcmp(name, secrets[0]) == 0 || strcmp(name, secrets[1]) == 0;
        if (model == NULL && !(secret && json_is_string(value)))
            return sb_refuse_unknown_member(call, name);
        if (model == NULL)
            continue;
        if (json_is_boolean(model) ? !json_is_boolean(value)
                                   : json_typeof(model) != json_typeof(value))
            return sb_refuse_member(call, name, "Invalid type");
        if (json_is_object(model) && !same_form(call, model, value))
            return false;
    }
    return true;
}

/* A captcha provider's secret is taken and never shown. */
static void drop_secrets(json_t *settings)
{
    const char *name;
    json_t *value;
    json_object_foreach(settings, name, value)
    {
        json_object_del(value, "secret");
        json_object_del(value, "api_key");
    }
}

/* The stages are objects of objects: each keeps what is not sent. */
static void merge(json_t *settings, json_t *changes)
{
    json_t *stage = json_object_get(settings, "stage"), *sent = json_object_get(changes, "stage");
    json_t *rest = json_copy(changes);
    if (sent != NULL) {
        sb_document_merge(stage, sent);
        json_object_del(rest, "stage");
    }
    sb_document_merge(settings, rest);
    json_decref(rest);
}

/* What the logins obey goes into the tenant's options, whose ranges are Auth0's. In the options and
 * not in the document: there is one value, whichever way it was set. */
static bool set_live(sb_call *call, const struct part *part, json_t *settings)
{
    auth0db_error err;
    json_t *changes = json_object();
    const char *block = block_option_of(part);
    for (size_t i = 0; i < A0_COUNT(live_members); i++) {
        const struct live *m = &live_members[i];
        json_t *sent = object_at(call->request->body, m->within);
        if (strcmp(m->part, part->name) == 0 && json_object_get(sent, m->member) != NULL)
            json_object_set(changes, m->option, json_object_get(sent, m->member));
    }
    if (block != NULL && json_object_get(call->request->body, "shields") != NULL)
        json_object_set_new(
            changes, block,
            json_boolean(sb_list_has(json_object_get(settings, "shields"), "block")));
    int rc = sb_options_patch(&call->tenant->options, changes, &err);
    json_decref(changes);
    return rc == AUTH0DB_OK || sb_refuse_member(call, err.where, err.message);
}

/* The options refuse what is out of range, so they are set before anything is kept. */
void sb_attack_protection_patch(sb_call *call)
{
    const struct part *part = part_of(call);
    json_t *body = call->request->body;
    if (part == NULL)
        return;
    if (!json_is_object(body)) {
        sb_refuse_member(call, "body", "Expected type object");
        return;
    }
    json_t *settings = settings_of(call, part);
    if (same_form(call, settings, body)) {
        merge(settings, body);
        drop_secrets(settings);
        if (set_live(call, part, settings)) {
            if (sb_document_put(call->tenant, KIND, part->name, settings) == AUTH0DB_OK)
                sb_reply_json(call->reply, 200, settings_of(call, part));
            else
                sb_reply_api_error(call->reply, 500, NULL, "Internal error.");
        }
    }
    json_decref(settings);
}
