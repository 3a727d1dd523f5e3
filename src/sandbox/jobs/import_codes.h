/* The errors of a refused entry, as the real tenant words them. */
#ifndef A0_SANDBOX_JOBS_IMPORT_CODES_H
#define A0_SANDBOX_JOBS_IMPORT_CODES_H

#include "base/json.h"

/** Each error of the list, which is as facts/auth0.md 4.10 documents it, becomes as it was recorded
 * in 2025 and 2026. What was never seen is a guess by the same pattern: docs/sandbox.md says which.
 */
void sb_import_codes_as_recorded(json_t *errors);

#endif
