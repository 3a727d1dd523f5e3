/* What a connection holds that nobody sent: as recorded, and since when (docs/facts/auth0.md). */
#ifndef A0_SANDBOX_TENANT_CONNECTION_DEFAULTS_H
#define A0_SANDBOX_TENANT_CONNECTION_DEFAULTS_H

#include "sandbox/tenant/connections.h"

typedef enum sb_defaults_of { SB_OF_NEW = 1, SB_OF_CHANGED = 2 } sb_defaults_of;

/** Fill the options of a database connection that is made, or whose options are replaced. */
void sb_connection_fill_options(const sb_tenant *tenant, json_t *options, sb_defaults_of of);
/** Did Auth0's answers have it by the date of the option as_of? "" as a bound: always. */
bool sb_as_of(const sb_tenant *tenant, const char *from, const char *until);

#endif
