/* Forgotten passwords: the request for a mail, and the pages its link leads to. */
#ifndef A0_SANDBOX_API_API_RESET_H
#define A0_SANDBOX_API_API_RESET_H

#include "sandbox/call.h"
#include "sandbox/tenant/connections.h"

sb_handler sb_change_password; /* POST /dbconnections/change_password */
sb_handler sb_reset_form;      /* GET /u/reset-password?ticket= */
sb_handler sb_reset_submit;    /* POST /u/reset-password */
sb_handler sb_verify_email;    /* GET /u/email-verification?ticket= */
sb_handler sb_unblock_account; /* GET /u/unblock?ticket= */

/** A mail with a link, where the address is a user's; the log says either way, and nothing else
 * does. */
void sb_reset_send(sb_call *call, const sb_connection *connection, const char *email);

#endif
