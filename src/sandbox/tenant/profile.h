/* What a new user consists of, whoever makes it: POST /users or an import. */
#ifndef A0_SANDBOX_TENANT_PROFILE_H
#define A0_SANDBOX_TENANT_PROFILE_H

#include "sandbox/tenant/users.h"

/* The members that are stored as they come; NULL-terminated. */
extern const char *const sb_profile_plain[];

/** Fill *user (not stored, without a password) from checked members of the Management API. made_by:
 * "api" or "import", for the audit. On failure the caller still clears *user. */
A0_MUST_CHECK int sb_profile_build(sb_tenant *tenant, const sb_connection *connection,
                                   const json_t *members, const char *made_by, sb_user *user);
/** members[name] in lower case, as Auth0 stores addresses and usernames; NULL where it is no text.
 */
json_t *sb_profile_lowered(const json_t *members, const char *name);
/** profile[name] = now. */
void sb_profile_date(const sb_tenant *tenant, json_t *profile, const char *name);

#endif
