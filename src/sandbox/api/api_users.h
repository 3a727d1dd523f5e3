/* /api/v2/users and its neighbours. */
#ifndef A0_SANDBOX_API_API_USERS_H
#define A0_SANDBOX_API_API_USERS_H

#include "sandbox/call.h"

sb_handler sb_users_create, sb_users_get, sb_users_patch, sb_users_delete, sb_users_by_email,
    sb_users_search, sb_connection_users_delete;

/** The users of a statement over SB_USER_COLUMNS, as `fields` wants them; NULL without memory.
 * Finalizes it. */
json_t *sb_users_list(sb_call *call, sqlite3_stmt *stmt);

extern const char *const sb_user_field_names[]; /* what `fields` may name; ends with NULL */

#endif
