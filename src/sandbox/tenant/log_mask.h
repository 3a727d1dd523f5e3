/* What the tenant's log does not say: passwords, secrets, links that prove themselves. */
#ifndef A0_SANDBOX_TENANT_LOG_MASK_H
#define A0_SANDBOX_TENANT_LOG_MASK_H

#include "base/json.h"

/** A copy in which the texts of such members are "*****"; NULL without memory. */
json_t *sb_log_masked(const json_t *value);

#endif
