/* A page for people: plain HTML that works without scripts. Text is escaped wherever it is put in,
 * and the answer's headers allow nothing that the page does not need. */
#ifndef A0_SANDBOX_PAGES_PAGE_H
#define A0_SANDBOX_PAGES_PAGE_H

#include "sandbox/reply.h"

typedef struct sb_page {
    a0_buf html; /* may hold a ticket: the buffer wipes itself */
    int rc;      /* the first failure; the answer is then an empty 500 */
    bool sends;  /* its form is sent by itself, where scripts run */
} sb_page;

/** Starts the page with its title, which is its heading too. */
void sb_page_begin(sb_page *page, const char *title);
/** Markup of ours. "%s" puts in text, escaped for elements and quoted attributes; no other
 * conversion is known. */
void sb_page_add(sb_page *page, const char *format, ...) AUTH0DB_PRINTF(2, 3);
/** Ends the page and makes it the answer. `form_target` (may be NULL) is an origin, besides our
 * own, that a form of this page may lead to. Frees the page. */
void sb_page_reply(sb_page *page, sb_reply *reply, int status, const char *form_target);

#endif
