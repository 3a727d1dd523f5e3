/* POST /api/v2/tickets/...: links that the caller hands on himself, and no mail is sent; and the
 * job that sends one. */
#ifndef A0_SANDBOX_API_API_TICKETS_H
#define A0_SANDBOX_API_API_TICKETS_H

#include "sandbox/call.h"

sb_handler sb_tickets_password_change;
sb_handler sb_tickets_email_verification;
sb_handler sb_jobs_verification_email; /* POST /api/v2/jobs/verification-email */

#endif
