/* Forgotten passwords: the request for a mail, and the pages its link leads to. */
#ifndef SB_API_RESET_H
#define SB_API_RESET_H

#include "sandbox/call.h"

sb_handler sb_change_password; /* POST /dbconnections/change_password */
sb_handler sb_reset_form;      /* GET /lo/reset?ticket= */
sb_handler sb_reset_submit;    /* POST /lo/reset */
sb_handler sb_verify_email;    /* GET /lo/verify_email?ticket= */
sb_handler sb_unblock_account; /* GET /lo/unblock?ticket= */

#endif
