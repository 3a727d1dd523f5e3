/* What the tenant tells of itself: settings, policies, the mail provider. */
#include "sandbox/api/api_tenant.h"

#include <stdio.h>
#include <string.h>

#include "sandbox/tenant/documents.h"
#include "sandbox/tenant/paging.h"

static const char KIND[] = "tenant", ID[] = "settings";

/* As recorded of a tenant that set little (tf, 2026); what another one has, it was given. */
static const char defaults[] =
    "{\"client_id_metadata_document_supported\":false,\"enabled_locales\":[\"en\"],"
    "\"ephemeral_session_lifetime\":72,\"idle_ephemeral_session_lifetime\":24,"
    "\"flags\":{\"allow_changing_enable_sso\":false,"
    "\"disable_clickjack_protection_headers\":false,\"disable_impersonation\":true,"
    "\"enable_sso\":true,\"revoke_refresh_token_grant\":false,\"universal_login\":true},"
    "\"idle_session_lifetime\":72,\"session_lifetime\":168,"
    "\"oidc_logout\":{\"rp_logout_end_session_endpoint_discovery\":true},"
    "\"resource_parameter_profile\":\"audience\",\"sandbox_version\":\"22\","
    "\"sandbox_versions_available\":[\"22\",\"18\"]}";

static json_t *settings_of(const sb_call *call)
{
    json_t *settings = sb_document_get(call->tenant, KIND, ID);
    return settings != NULL ? settings : json_loads(defaults, 0, NULL);
}

void sb_tenant_settings_get(sb_call *call)
{
    json_t *settings = settings_of(call);
    sb_project(call, settings);
    sb_reply_json(call->reply, 200, settings);
}

/* Any member that is sent is kept (a guess: Auth0 knows which there are). */
void sb_tenant_settings_patch(sb_call *call)
{
    if (!json_is_object(call->request->body)) {
        sb_refuse_member(call, "body", "Expected type object");
        return;
    }
    json_t *settings = settings_of(call);
    sb_document_merge(settings, call->request->body);
    if (sb_document_put(call->tenant, KIND, ID, settings) == AUTH0DB_OK)
        sb_reply_json(call->reply, 200, json_incref(settings));
    else
        sb_reply_api_error(call->reply, 500, NULL, "Internal error.");
    json_decref(settings);
}

void sb_guardian_policies(sb_call *call)
{
    sb_reply_json(call->reply, 200, json_deep_copy(call->tenant->options.mfa_policies));
}

/* The 404 is recorded (go, tf). Credentials are never shown. */
void sb_email_provider_get(sb_call *call)
{
    if (call->tenant->options.email_provider)
        sb_reply_json(call->reply, 200,
                      json_pack("{s:s, s:b, s:s}", "name", "smtp", "enabled", true,
                                "default_from_address", "login@example.com"));
    else
        sb_reply_api_error(call->reply, 404, "inexistent_email_provider",
                           "There is not a configured email provider");
}

/* Those of the option, all of them verified (the members are documented, none is recorded).
 * Numbered by their place, so that an id stays the same while the option does. */
void sb_custom_domains_list(sb_call *call)
{
    const sb_options *o = &call->tenant->options;
    json_t *list = json_array();
    const json_t *name;
    size_t i;
    json_array_foreach(o->custom_domains, i, name)
    {
        char id[32];
        const char *domain = json_string_value(name);
        snprintf(id, sizeof id, "cd_%016zu", i + 1);
        json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:b, s:s, s:s}", "custom_domain_id",
                                              id, "domain", domain, "primary", i == 0, "is_default",
                                              strcmp(domain, o->default_custom_domain) == 0,
                                              "status", "ready", "type", "auth0_managed_certs"));
    }
    sb_reply_json(call->reply, 200, list);
}
