/* POST /api/v2/tickets/...: links that the caller hands on himself; no mail is sent. */
#ifndef SB_API_TICKETS_H
#define SB_API_TICKETS_H

#include "sandbox/call.h"

sb_handler sb_tickets_password_change;
sb_handler sb_tickets_email_verification;

#endif
