/* The mail outbox below /sandbox: JSON for programs, a page for people. */
#ifndef A0_SANDBOX_API_API_OUTBOX_H
#define A0_SANDBOX_API_API_OUTBOX_H

#include "sandbox/call.h"

sb_handler sb_outbox_page;      /* GET /sandbox/outbox: a page where HTML is asked for, else JSON */
sb_handler sb_outbox_json;      /* GET /sandbox/outbox.json */
sb_handler sb_outbox_mail;      /* GET /sandbox/outbox/{id}: one mail, either way */
sb_handler sb_outbox_clear_all; /* DELETE /sandbox/outbox */

#endif
