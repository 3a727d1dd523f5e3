/* One entry of an import file, held to Auth0's "User Data JSON Schema for Bulk User Imports" and to
 * the profile's own limits (facts/auth0.md 4.1 and 5.2). Own code, knowing nothing of what writes
 * such files. */
#ifndef A0_SANDBOX_JOBS_IMPORT_ROW_H
#define A0_SANDBOX_JOBS_IMPORT_ROW_H

#include "sandbox/tenant/connections.h"

typedef struct sb_row_rules {
    const sb_connection *connection;
    bool needs_username; /* refuse an entry without one where the connection has usernames */
} sb_row_rules;

/** Appends what is wrong to `errors`: nothing where the entry can be imported. */
void sb_row_check(const json_t *entry, const sb_row_rules *rules, json_t *errors);
/** Append {code, message, path}. A message names the shape of a value, never the value. */
void sb_row_error(json_t *errors, const char *code, const char *path, const char *format, ...)
    AUTH0DB_PRINTF(4, 5);
/** The entry as a job's errors show it, secrets replaced by "*****": a new reference, NULL without
 * memory. */
json_t *sb_row_masked(const json_t *entry);

#endif
