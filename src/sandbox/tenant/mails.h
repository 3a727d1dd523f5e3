/* The mails that a tenant writes by itself: their tickets, words and place in the outbox. */
#ifndef A0_SANDBOX_TENANT_MAILS_H
#define A0_SANDBOX_TENANT_MAILS_H

#include "sandbox/call.h"
#include "sandbox/tenant/users.h"

/** "reset_email": a link to choose a new password. */
A0_MUST_CHECK int sb_mail_reset(sb_call *call, const sb_user *user);
/** "verify_email": a link that proves the address. */
A0_MUST_CHECK int sb_mail_verification(sb_call *call, const sb_user *user);
/** "blocked_account": after too many failed logins, a link that lifts the block. */
A0_MUST_CHECK int sb_mail_blocked(sb_call *call, const sb_user *user);

#endif
