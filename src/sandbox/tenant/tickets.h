/* Tickets: links that prove themselves. Each opens one thing for one user, once, until it expires.
 */
#ifndef A0_SANDBOX_TENANT_TICKETS_H
#define A0_SANDBOX_TENANT_TICKETS_H

#include "sandbox/call.h"
#include "sandbox/tenant/users.h"

enum {
    SB_RESULT_URL_MAX = 1500,
    SB_TICKET_LIFETIME_S = 432000, /* five days, where nothing else is said (facts/auth0.md 4.11) */
};

typedef enum sb_ticket_kind { SB_TICKET_RESET, SB_TICKET_VERIFY, SB_TICKET_UNBLOCK } sb_ticket_kind;

enum {                            /* flags */
       SB_TICKET_MAILED = 1,      /* by us, to the address it is for */
       SB_TICKET_VERIFIES = 2,    /* a reset that proves the address too */
       SB_TICKET_TELLS_EMAIL = 4, /* the redirect at the end names the address */
};

typedef struct sb_ticket {
    int64_t seq;
    sb_ticket_kind kind;
    unsigned flags;
    char result_url[SB_RESULT_URL_MAX + 1]; /* "": none */
    int64_t expires_ms;
} sb_ticket;

typedef enum sb_ticket_state {
    SB_TICKET_OPEN,
    SB_TICKET_UNKNOWN, /* never made, or its user is gone or has another address now */
    SB_TICKET_EXPIRED,
    SB_TICKET_SPENT
} sb_ticket_state;

/** Make a ticket for a stored user and append its link to `link`. seq is chosen here; a reset mail
 * ends the mails before it (facts/auth0.md 4.12). */
A0_MUST_CHECK int sb_ticket_make(sb_call *call, sb_ticket *ticket, const sb_user *user,
                                 a0_buf *link);
/** Look a ticket up by the text in its link. OPEN fills both `ticket` and `user` (sb_user_clear);
 * EXPIRED and SPENT do so too, UNKNOWN leaves them empty. */
sb_ticket_state sb_ticket_find(sb_tenant *tenant, sb_ticket_kind kind, const char *text,
                               sb_ticket *ticket, sb_user *user);
/** Save the user and spend the ticket, both or neither. A reset spends every reset ticket of the
 * user. */
A0_MUST_CHECK int sb_ticket_spend(sb_tenant *tenant, const sb_ticket *ticket, sb_user *user);

/** Can people be sent there? http or https, a host, nothing that would end a header or a policy. */
bool sb_result_url_ok(const char *url);
/** Scheme, host and port of a URL that is OK. */
void sb_result_url_origin(const char *url, char out[static SB_RESULT_URL_MAX + 1]);

#endif
