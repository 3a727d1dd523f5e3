/* A tenant from its start to its end. Apart from tenant.h, since it needs every part that keeps
 * something for the tenant, and each of those needs the tenant. */
#ifndef A0_SANDBOX_TENANT_OPEN_H
#define A0_SANDBOX_TENANT_OPEN_H

#include "sandbox/tenant/tenant.h"

typedef struct sb_tenant_settings {
    const a0_env *env;
    const char *data; /* NULL: memory */
    const char *connection;
    bool require_username;
    int64_t job_users_per_second; /* 0: as fast as it can */
} sb_tenant_settings;

/** A tenant without an address: the caller sets url, port and tls before the first request. */
A0_MUST_CHECK int sb_tenant_open(sb_tenant **out, const sb_tenant_settings *settings,
                                 auth0db_error *err);
void sb_tenant_close(sb_tenant *tenant); /* NULL is a no-op; no request may be under way */
/** As after the first start: users, other connections, logs, counters, faults, options and clock
 * are forgotten, and so are requests that a fault delays; credentials and keys stay. */
A0_MUST_CHECK int sb_tenant_reset(sb_tenant *tenant, auth0db_error *err);

#endif
