/* Pages for people. Text that somebody has sent is put in by one function, which escapes it: no
 * page can forget to. */
#include "sandbox/pages/page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "crypto/digest.h"

static const char style[] =
    "body{margin:0;font:16px/1.5 system-ui,sans-serif;background:#f4f5f7;color:#1d2129}"
    "main{max-width:46rem;margin:3rem auto;padding:1.5rem 2rem 2rem;background:#fff;"
    "border:1px solid #dde1e6;border-radius:8px}"
    "form{max-width:26rem}"
    "h1{font-size:1.35rem;margin:.25rem 0 1rem}"
    "label{display:block;margin:1rem 0 .25rem}"
    "input{box-sizing:border-box;width:100%;padding:.55rem .6rem;font:inherit;color:inherit;"
    "background:transparent;border:1px solid #8b95a1;border-radius:4px}"
    "input[readonly]{border-style:dashed}"
    "button{margin-top:1.5rem;padding:.6rem 1.2rem;font:inherit;color:#fff;background:#2b5fab;"
    "border:0;border-radius:4px;cursor:pointer}"
    "[role=alert]{padding:.6rem .8rem;border-left:4px solid #b3261e;background:#fbeceb}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0;"
    "border-top:1px solid #dde1e6;overflow-wrap:anywhere}"
    "th{font-weight:600}"
    "ul{margin:.4rem 0;padding-left:1.2rem;font-size:.9rem}"
    ".mail{white-space:pre-wrap;overflow-wrap:anywhere;margin:1.5rem 0 0}"
    ".quiet{color:#5c6670}"
    "code,pre{font:.95em/1.5 ui-monospace,monospace;overflow-wrap:anywhere;white-space:pre-wrap}"
    "#key{font-size:1.15rem;letter-spacing:.08em}"
    "#code{display:block;max-width:11rem;font-size:1.4rem;letter-spacing:.3em}"
    ":focus-visible{outline:3px solid #2b5fab;outline-offset:2px}"
    ":root{color-scheme:light dark}"
    "@media(max-width:40rem){main{margin:0;border:0;border-radius:0;min-height:100vh;"
    "box-sizing:border-box}button{width:100%;padding:.8rem}}"
    "@media print{body,main{background:#fff;color:#000;border:0;margin:0}button{display:none}}"
    "@media(prefers-color-scheme:dark){:focus-visible{outline-color:#8ab4f8}}"
    "@media screen and (prefers-color-scheme:dark){body{background:#16181c;color:#e3e6ea}"
    "main{background:#1f2227;border-color:#363b43}a{color:#8ab4f8}th,td{border-color:#363b43}"
    "[role=alert]{background:#3a2220}.quiet{color:#a0a8b1}}";

/* After a failure nothing more is put in: half a page could be a form without its end. */
static void put(sb_page *page, const char *bytes, size_t len)
{
    if (page->rc == AUTH0DB_OK)
        page->rc = a0_buf_append(&page->html, bytes, len);
}

static void put_escaped(sb_page *page, const char *text)
{
    static const struct {
        char raw;
        const char *safe;
    } entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
    while (*text != '\0') {
        size_t plain = strcspn(text, "&<>\"'");
        put(page, text, plain);
        text += plain;
        for (size_t i = 0; *text != '\0' && i < A0_COUNT(entities); i++) {
            if (entities[i].raw == *text) {
                put(page, entities[i].safe, strlen(entities[i].safe));
                text++;
                break;
            }
        }
    }
}

/* No other conversion is known, so nothing gets in unescaped but our own markup. */
void sb_page_add(sb_page *page, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    while (*format != '\0') {
        size_t plain = strcspn(format, "%");
        put(page, format, plain);
        format += plain;
        if (format[0] == '%' && format[1] == 's')
            put_escaped(page, va_arg(args, const char *));
        format += *format != '\0' ? 2 : 0;
    }
    va_end(args);
}

void sb_page_begin(sb_page *page, const char *title)
{
    *page = (sb_page){0};
    sb_page_add(page,
                "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                "<title>%s</title><style>",
                title);
    put(page, style, sizeof style - 1);
    sb_page_add(page, "</style></head>\n<body><main><h1>%s</h1>\n", title);
}

/* The only script there is, and it stands on one kind of page. */
static const char sending[] = "document.forms[0].submit()";

static void name_by_digest(char out[static A0_B64_LEN(32) + 1], const char *text)
{
    uint8_t digest[A0_DIGEST_MAX] = {0}; /* of nothing: what is named so does not count */
    a0_slice part = {text, strlen(text)};
    (void)!a0_digest("sha256", &part, 1, digest, NULL);
    a0_base64_encode(A0_B64, digest, 32, out);
}

/* The style is named by its digest, so that no other one counts, and so is the one script that
 * there is. No images, no frames around us: the address of a reset page is a secret, and so is what
 * is typed into it. */
static void add_policy(sb_reply *reply, const char *form_target, bool sends)
{
    char styled[A0_B64_LEN(32) + 1], scripted[A0_B64_LEN(32) + 1], allowed[96] = "";
    name_by_digest(styled, style);
    name_by_digest(scripted, sending);
    if (sends)
        snprintf(allowed, sizeof allowed, "script-src 'sha256-%s'; ", scripted);
    sb_reply_header(reply, "Content-Security-Policy",
                    "default-src 'none'; style-src 'sha256-%s'; %sform-action 'self'%s%s; "
                    "base-uri 'none'; frame-ancestors 'none'",
                    styled, allowed, form_target != NULL ? " " : "",
                    form_target != NULL ? form_target : "");
}

/* A page that could not be made is an empty 500, under the same strict headers. */
void sb_page_reply(sb_page *page, sb_reply *reply, int status, const char *form_target)
{
    if (page->sends)
        sb_page_add(page, "<script>%s</script>", sending);
    sb_page_add(page, "</main></body></html>\n");
    sb_reply_text(reply, page->rc == AUTH0DB_OK ? status : 500, "text/html; charset=utf-8",
                  page->rc == AUTH0DB_OK ? a0_buf_text(&page->html) : "");
    add_policy(reply, form_target, page->sends);
    sb_reply_header(reply, "Cache-Control", "no-store");
    sb_reply_header(reply, "Referrer-Policy", "no-referrer");
    sb_reply_header(reply, "X-Content-Type-Options", "nosniff");
    sb_reply_header(reply, "X-Frame-Options", "DENY");
    a0_buf_clear(&page->html);
}
