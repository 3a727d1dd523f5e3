/* The outbox, for people as pages and for tests as JSON. What is in it stands in outbox.c. */
#include "sandbox/api/api_outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sandbox/pages/page.h"
#include "sandbox/tenant/outbox.h"

enum { LISTED = 1000 };

/* By what the caller accepts: the same address serves a browser and a test. */
static bool wants_html(const sb_request *request)
{
    return strstr(request->accept, "text/html") != NULL;
}

/* Whole and positive, 0 where it is not. Nine digits at most: no mail and no limit is larger, and
 * nothing overflows. */
static int64_t number(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= 9 && text[digits] == '\0' ? strtol(text, NULL, 10) : 0;
}

static bool read_filter(sb_call *call, sb_mail_filter *filter)
{
    const char *limit = sb_query(call->request, "limit");
    const char *to = sb_query(call->request, "to");
    *filter = (sb_mail_filter){.to = to != NULL && *to != '\0' ? to : NULL,
                               .kind = sb_query(call->request, "kind"),
                               .limit = limit != NULL ? number(limit) : LISTED};
    if (filter->limit < 1)
        sb_reply_json(call->reply, 400,
                      json_pack("{s:s, s:s}", "error", "expected a number", "where", "limit"));
    return filter->limit >= 1;
}

/* Links are secrets: nothing between here and the reader keeps them. */
static void reply_json(sb_call *call, json_t *body)
{
    sb_reply_json(call->reply, 200, body);
    sb_reply_header(call->reply, "Cache-Control", "no-store");
    sb_reply_header(call->reply, "X-Content-Type-Options", "nosniff");
}

void sb_outbox_json(sb_call *call)
{
    sb_mail_filter filter;
    if (read_filter(call, &filter))
        reply_json(call, json_pack("{s:I, s:o}", "total",
                                   (json_int_t)sb_outbox_count(call->tenant, &filter), "mails",
                                   sb_outbox_list(call->tenant, &filter)));
}

/* ---- pages ---- */

static const char *text_of(const json_t *mail, const char *name)
{
    const char *text = a0_json_text(mail, name);
    return text != NULL ? text : "";
}

/* "2026-11-23 11:47:03" of an ISO date */
static void add_date(sb_page *page, const char *iso)
{
    char text[20] = "";
    if (strlen(iso) >= sizeof text - 1) {
        memcpy(text, iso, sizeof text - 1);
        text[10] = ' ';
    }
    sb_page_add(page, "<time datetime=\"%s\">%s</time>", iso, text);
}

static void add_row(sb_page *page, const json_t *mail)
{
    char id[24];
    snprintf(id, sizeof id, "%lld", (long long)a0_json_int(mail, "id", 0));
    sb_page_add(page, "<tr><td>");
    add_date(page, text_of(mail, "sent_at"));
    sb_page_add(page, "</td><td>%s</td><td><a href=\"/sandbox/outbox/%s\">%s</a></td></tr>\n",
                text_of(mail, "to"), id, text_of(mail, "subject"));
}

static void add_filter(sb_page *page, const sb_mail_filter *filter)
{
    sb_page_add(page,
                "<form action=\"/sandbox/outbox\"><label for=\"to\">Only mails to</label>"
                "<input id=\"to\" name=\"to\" type=\"email\" value=\"%s\">"
                "<button>Show</button></form>\n",
                filter->to != NULL ? filter->to : "");
}

void sb_outbox_page(sb_call *call)
{
    sb_mail_filter filter;
    sb_page page;
    size_t i;
    json_t *mail;
    if (!wants_html(call->request)) {
        sb_outbox_json(call);
        return;
    }
    if (!read_filter(call, &filter))
        return;
    char total[24];
    snprintf(total, sizeof total, "%lld", (long long)sb_outbox_count(call->tenant, &filter));
    json_t *list = sb_outbox_list(call->tenant, &filter);
    sb_page_begin(&page, "Outbox");
    sb_page_add(&page,
                "<p class=\"quiet\">Mails that the sandbox would have sent, newest first: %s. "
                "Times are UTC.</p>\n",
                total);
    if (json_array_size(list) > 0)
        sb_page_add(&page, "<table><tr><th>Sent</th><th>To</th><th>Subject</th></tr>\n");
    json_array_foreach(list, i, mail) add_row(&page, mail);
    if (json_array_size(list) > 0)
        sb_page_add(&page, "</table>\n");
    add_filter(&page, &filter);
    sb_page_reply(&page, call->reply, 200, NULL);
    json_decref(list);
}

/* The text as it was written, its link to click on. All of it is escaped, for the address in it
 * comes from whoever made the user. */
static void add_text(sb_page *page, const char *text, const char *link)
{
    const char *at = *link != '\0' ? strstr(text, link) : NULL;
    sb_page_add(page, "<div class=\"mail\">");
    if (at == NULL) {
        sb_page_add(page, "%s", text);
    } else {
        char *before = a0_strndup(text, (size_t)(at - text));
        sb_page_add(page, "%s<a id=\"link\" href=\"%s\">%s</a>%s", before != NULL ? before : "",
                    link, link, at + strlen(link));
        a0_free(before);
    }
    sb_page_add(page, "</div>\n");
}

static void show_mail(sb_call *call, const json_t *mail)
{
    sb_page page;
    sb_page_begin(&page, text_of(mail, "subject"));
    sb_page_add(&page, "<table><tr><th>To</th><td>%s</td></tr><tr><th>Sent</th><td>",
                text_of(mail, "to"));
    add_date(&page, text_of(mail, "sent_at"));
    sb_page_add(&page, " UTC</td></tr></table>\n");
    add_text(&page, text_of(mail, "text"), text_of(mail, "link"));
    sb_page_add(&page, "<p class=\"quiet\"><a href=\"/sandbox/outbox\">All mails</a></p>\n");
    sb_page_reply(&page, call->reply, 200, NULL);
}

void sb_outbox_mail(sb_call *call)
{
    json_t *mail = sb_outbox_get(call->tenant, number(call->parameter));
    if (mail == NULL)
        sb_reply_json(call->reply, 404,
                      json_pack("{s:s, s:s}", "error", "there is no such mail", "where", "id"));
    else if (wants_html(call->request))
        show_mail(call, mail);
    else
        reply_json(call, json_incref(mail));
    json_decref(mail);
}

void sb_outbox_clear_all(sb_call *call)
{
    if (sb_outbox_clear(call->tenant) != AUTH0DB_OK)
        sb_reply_json(call->reply, 500,
                      json_pack("{s:s, s:s}", "error", "could not be cleared", "where", "outbox"));
    else
        sb_reply_empty(call->reply, 204);
}
