/* A user's second factors, and the identities that are linked to it. */
#ifndef A0_SANDBOX_API_API_FACTORS_H
#define A0_SANDBOX_API_API_FACTORS_H

#include "sandbox/call.h"
#include "sandbox/tenant/users.h"

sb_handler sb_factors_list, sb_factors_add, sb_factors_replace, sb_factors_delete_all,
    sb_factors_get, sb_factors_patch, sb_factors_delete, sb_enrollments_list;
sb_handler sb_identities_link, sb_identities_unlink;

/** Of an import: its checked mfa_factors. */
A0_MUST_CHECK int sb_factors_import(const sb_tenant *tenant, sb_user *user, const json_t *factors);
/** On the login page: an authenticator app with this key. */
A0_MUST_CHECK int sb_factors_enrol(const sb_tenant *tenant, sb_user *user, json_t *secret);

#endif
