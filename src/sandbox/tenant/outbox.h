/* Every mail that the tenant would send, kept instead of sent. */
#ifndef A0_SANDBOX_TENANT_OUTBOX_H
#define A0_SANDBOX_TENANT_OUTBOX_H

#include "sandbox/tenant/tenant.h"

enum { SB_OUTBOX_MAX = 10000 }; /* older mails go */

typedef struct sb_mail {
    const char *kind;    /* as Auth0 names its templates: "reset_email", "verify_email", ... */
    const char *to;      /* an address */
    const char *subject; /* one line */
    const char *text;    /* plain text, with the link in it */
    const char *link;    /* NULL: none. A secret: it stands in the outbox and nowhere else */
    const char *user_id; /* NULL: not about a user */
} sb_mail;

typedef struct sb_mail_filter {
    const char *to, *kind; /* NULL: any. `to` ignores case */
    int64_t limit;
} sb_mail_filter;

/** Called with the tenant's lock, as everything here. Texts are copied. */
A0_MUST_CHECK int sb_outbox_add(sb_tenant *tenant, const sb_mail *mail);
/** Newest first: {"id", "sent_at", "kind", "to", "subject", "text", "link"?, "user_id"?}; a new
 * array, NULL without memory. */
json_t *sb_outbox_list(sb_tenant *tenant, const sb_mail_filter *filter);
/** How many there are of these, whatever the limit. */
int64_t sb_outbox_count(sb_tenant *tenant, const sb_mail_filter *filter);
/** One mail, a new reference; NULL where there is none. */
json_t *sb_outbox_get(sb_tenant *tenant, int64_t id);
A0_MUST_CHECK int sb_outbox_clear(sb_tenant *tenant);

#endif
