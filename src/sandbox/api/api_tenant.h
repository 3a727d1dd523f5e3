/* What the tenant tells of itself: settings, policies, the mail provider. */
#ifndef A0_SANDBOX_API_API_TENANT_H
#define A0_SANDBOX_API_API_TENANT_H

#include "sandbox/call.h"

sb_handler sb_tenant_settings_get, sb_tenant_settings_patch;
sb_handler sb_guardian_policies;
sb_handler sb_email_provider_get;
sb_handler sb_custom_domains_list;

#endif
