#include "sandbox/tenant/mails.h"

#include "sandbox/tenant/outbox.h"
#include "sandbox/tenant/tickets.h"

/* Where the link stands in a mail's words, and where the address. */
typedef struct template
{
    const char *kind, *subject;
    const char *before, *after; /* the address follows `before`, the link stands between */
}
template;

/* The ticket comes first, for the mail holds its link. A mail that then cannot be kept leaves a
 * ticket that nobody knows. */
static int send(sb_call *call, sb_ticket *ticket, const sb_user *user, const template *t)
{
    a0_buf link = {0}, text = {0};
    char until[SB_ISO_LEN];
    ticket->flags |= SB_TICKET_MAILED;
    ticket->expires_ms = sb_now_ms(call->tenant) + INT64_C(1000) * SB_TICKET_LIFETIME_S;
    sb_iso(ticket->expires_ms, until);
    int rc = sb_ticket_make(call, ticket, user, &link);
    if (rc == AUTH0DB_OK)
        rc = a0_buf_printf(&text, "%s %s.\n\n%s\n\n%s The link works once, until %.10s %.5s UTC.\n",
                           t->before, sb_user_text(user, "email"), a0_buf_text(&link), t->after,
                           until, until + 11);
    if (rc == AUTH0DB_OK)
        rc = sb_outbox_add(call->tenant, &(sb_mail){.kind = t->kind,
                                                    .to = sb_user_text(user, "email"),
                                                    .subject = t->subject,
                                                    .text = a0_buf_text(&text),
                                                    .link = a0_buf_text(&link),
                                                    .user_id = sb_user_text(user, "user_id")});
    a0_buf_clear(&link);
    a0_buf_clear(&text);
    return rc;
}

/* That a reset by mail proves the address is likely, not documented: an old answer of Auth0's staff
 * says it did not (community thread 6133), so an option chooses. */
int sb_mail_reset(sb_call *call, const sb_user *user)
{
    static const template words = {
        .kind = "reset_email",
        .subject = "Reset your password",
        .before = "Somebody, you we hope, asked to change the password of",
        .after = "Follow the link to choose a new password. If it was not you, there is nothing to "
                 "do: the password stays as it is.",
    };
    sb_ticket ticket = {.kind = SB_TICKET_RESET};
    if (call->tenant->options.reset_verifies_email)
        ticket.flags |= SB_TICKET_VERIFIES;
    return send(call, &ticket, user, &words);
}

int sb_mail_verification(sb_call *call, const sb_user *user)
{
    static const template words = {
        .kind = "verify_email",
        .subject = "Verify your email",
        .before = "Please verify your email address",
        .after = "Follow the link to confirm that this address is yours.",
    };
    sb_ticket ticket = {.kind = SB_TICKET_VERIFY};
    return send(call, &ticket, user, &words);
}

/* Without the mail nobody is told why his right password is refused (the mail is documented:
 * facts/auth0.md 8). */
int sb_mail_blocked(sb_call *call, const sb_user *user)
{
    static const template words = {
        .kind = "blocked_account",
        .subject = "Your account has been blocked",
        .before = "After too many failed logins from one address we have blocked the account",
        .after = "If it was you, follow the link to log in again. If not, do nothing; a stranger "
                 "who guesses has no more tries.",
    };
    sb_ticket ticket = {.kind = SB_TICKET_UNBLOCK};
    return send(call, &ticket, user, &words);
}
