/* What a browser brings and takes along: cookies, the login under way, the way back to the
 * application. Who the person is decide login.c and api_login.c. */
#include "sandbox/login/login_web.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "sandbox/login/login_request.h"
#include "sandbox/tenant/tickets.h"

static const char session_cookie[] = "auth0", browser_cookie[] = "auth0_browser";

const json_t *sb_web_parameters(const sb_call *call)
{
    const sb_request *request = call->request;
    return strcmp(request->method, "POST") == 0 ? request->body : request->query;
}

/* Others have no advanced clock: what they compare with their own must be real time. */
int64_t sb_web_date_s(const sb_tenant *tenant, int64_t at_ms)
{
    return (at_ms - tenant->clock_offset_ms) / 1000;
}

/* ---- cookies ---- */

/* Auth0's are SameSite=None, so that they also come with a form that another site posts here; a
 * browser takes that over https alone. */
static void set_cookie(sb_call *call, const char *name, const char *value, int64_t max_age_s)
{
    sb_reply_header(call->reply, "Set-Cookie", "%s=%s; Path=/; Max-Age=%lld; HttpOnly; %s", name,
                    value, (long long)max_age_s,
                    call->tenant->tls ? "Secure; SameSite=None" : "SameSite=Lax");
}

/* A text that we cannot have made is as good as none: it would be kept in a login's record. */
bool sb_web_browser(const sb_call *call, char out[static SB_RECORD_TEXT_LEN + 1])
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    bool there = sb_cookie(call->request->cookie, browser_cookie, out, SB_RECORD_TEXT_LEN + 1) &&
                 strspn(out, alphabet) == SB_RECORD_TEXT_LEN;
    if (!there)
        out[0] = '\0';
    return there;
}

int sb_web_browser_or_new(sb_call *call, char out[static SB_RECORD_TEXT_LEN + 1])
{
    if (sb_web_browser(call, out))
        return AUTH0DB_OK;
    int rc = sb_random_text(call->tenant, out, SB_RECORD_TEXT_LEN);
    if (rc == AUTH0DB_OK)
        set_cookie(call, browser_cookie, out, INT64_C(31536000));
    return rc;
}

/* ---- sessions ---- */

static bool find_session(sb_call *call, sb_record *session)
{
    char text[SB_RECORD_TEXT_LEN + 1];
    *session = (sb_record){0};
    return sb_cookie(call->request->cookie, session_cookie, text, sizeof text) &&
           sb_record_find(call->tenant, SB_RECORD_SESSION, text, session);
}

bool sb_web_session(sb_call *call, sb_record *session, sb_user *user)
{
    *user = (sb_user){0};
    if (!find_session(call, session))
        return false;
    if (sb_user_by_seq(call->tenant, a0_json_int(session->data, "user", 0), user))
        return true;
    sb_record_clear(session); /* the user was deleted since */
    return false;
}

/* Whoever this browser was ends first, and the new session has a new name: a cookie that somebody
 * has planted before opens nothing. */
int sb_web_session_start(sb_call *call, json_t *data)
{
    char text[SB_RECORD_TEXT_LEN + 1], sid[33];
    sb_record before;
    if (find_session(call, &before))
        (void)!sb_record_take(call->tenant, &before);
    sb_record_clear(&before);
    int rc = sb_random_text(call->tenant, sid, sizeof sid - 1);
    if (rc == AUTH0DB_OK && json_object_set_new(data, "sid", json_string(sid)) != 0)
        rc = AUTH0DB_ERR_NO_MEMORY;
    if (rc == AUTH0DB_OK)
        rc = sb_record_make(call->tenant, SB_RECORD_SESSION, data, text);
    if (rc == AUTH0DB_OK)
        set_cookie(call, session_cookie, text, sb_record_lifetime_s(SB_RECORD_SESSION));
    return rc;
}

/* The record goes, and not the cookie alone: a copy of the cookie must not stay good. */
void sb_web_session_end(sb_call *call)
{
    sb_record session;
    if (find_session(call, &session))
        (void)!sb_record_take(call->tenant, &session);
    sb_record_clear(&session);
    set_cookie(call, session_cookie, "", 0);
}

/* ---- the login under way ---- */

void sb_web_stop(sb_call *call, int status, const char *title, const char *text)
{
    sb_page page;
    sb_page_begin(&page, title);
    sb_page_add(&page, "<p>%s</p>\n", text);
    sb_page_reply(&page, call->reply, status, NULL);
}

/* A bookmarked or used login page: the application knows how to begin anew, where it has told us
 * how (its initiate_login_uri). */
static void lost(sb_call *call, const char *text)
{
    char base[300], issuer[310];
    sb_call_base(call, base);
    snprintf(issuer, sizeof issuer, "%s/", base);
    const char *const pairs[][2] = {{"iss", issuer}};
    const char *begin = call->tenant->options.initiate_login_uri;
    if (*begin != '\0')
        sb_web_redirect(call, begin, pairs, 1);
    else
        sb_web_stop(call, 400, "This login page is not valid any more", text);
}

/* Tied to the browser: a form that somebody else's page sends, or a link with a login that somebody
 * else has begun, must not log a person in as another. */
bool sb_web_login(sb_call *call, sb_record *login)
{
    char browser[SB_RECORD_TEXT_LEN + 1];
    const char *state = a0_json_text(sb_web_parameters(call), "state");
    bool there = sb_record_find(call->tenant, SB_RECORD_LOGIN, state, login);
    bool tied = sb_web_browser(call, browser) && there &&
                strcmp(browser, a0_json_text(login->data, "browser")) == 0;
    if (tied)
        return true;
    sb_record_clear(login);
    lost(call, browser[0] == '\0'
                   ? "Your browser has sent no cookie. Allow cookies, go back to the "
                     "site and log in again."
                   : "It was used already, or has waited for too long. Go back to "
                     "the site and log in again.");
    return false;
}

/* ---- redirects ---- */

static int add_parameters(a0_buf *url, const char *const (*pairs)[2], size_t n, bool first)
{
    int rc = AUTH0DB_OK;
    for (size_t i = 0; i < n && rc == AUTH0DB_OK; i++) {
        if (pairs[i][1] == NULL)
            continue;
        rc = a0_buf_printf(url, "%c%s=", first ? '?' : '&', pairs[i][0]);
        if (rc == AUTH0DB_OK)
            rc = a0_percent_encode(url, pairs[i][1], strlen(pairs[i][1]));
        first = false;
    }
    return rc;
}

/* Too long an address is refused and not cut, for a cut one leads elsewhere. It holds a state or a
 * code, so nothing keeps it and no page tells it to the next one. */
void sb_web_redirect(sb_call *call, const char *url, const char *const (*pairs)[2], size_t n)
{
    a0_buf target = {.limit = SB_REPLY_VALUE_MAX - 1};
    int rc = a0_buf_puts(&target, url);
    if (rc == AUTH0DB_OK)
        rc = add_parameters(&target, pairs, n, strchr(url, '?') == NULL);
    if (rc == AUTH0DB_OK) {
        sb_reply_empty(call->reply, 302);
        sb_reply_header(call->reply, "Location", "%s", a0_buf_text(&target));
        sb_reply_header(call->reply, "Cache-Control", "no-store");
        sb_reply_header(call->reply, "Referrer-Policy", "no-referrer");
    } else {
        sb_web_stop(call, 400, "This address is too long", "Go back to the site and log in again.");
    }
    a0_buf_clear(&target);
}

/* response_mode=form_post: in no address, history or log. Without scripts a person sends it. */
static void post(sb_call *call, const char *url, const char *const (*pairs)[2], size_t n)
{
    sb_page page;
    char origin[SB_RESULT_URL_MAX + 1];
    sb_result_url_origin(url, origin);
    sb_page_begin(&page, "One moment");
    sb_page_add(&page, "<form method=\"post\" action=\"%s\">\n", url);
    for (size_t i = 0; i < n; i++) {
        if (pairs[i][1] != NULL)
            sb_page_add(&page, "<input type=\"hidden\" name=\"%s\" value=\"%s\">\n", pairs[i][0],
                        pairs[i][1]);
    }
    sb_page_add(&page, "<button>Continue</button></form>\n");
    page.sends = true;
    sb_page_reply(&page, call->reply, 200, origin);
}

void sb_web_back(sb_call *call, const json_t *login, const char *const (*pairs)[2], size_t n)
{
    const char *all[4][2];
    for (size_t i = 0; i < n; i++)
        memcpy(all[i], pairs[i], sizeof all[i]);
    /* Sent back as it came: by it the application knows that it has asked for this login itself. */
    all[n][0] = "state";
    all[n][1] = a0_json_text(login, "state");
    const char *const(*said)[2] = (const char *const(*)[2])(const void *)all;
    const char *mode = a0_json_text(login, "response_mode"),
               *url = a0_json_text(login, "redirect_uri");
    if (mode != NULL && strcmp(mode, "form_post") == 0)
        post(call, url, said, n + 1);
    else
        sb_web_redirect(call, url, said, n + 1);
}

void sb_web_refuse(sb_call *call, const json_t *login, const char *error, const char *said)
{
    const char *const pairs[][2] = {{"error", error}, {"error_description", said}};
    sb_web_back(call, login, pairs, 2);
}

void sb_web_go_on(sb_call *call, const char *path)
{
    char base[300], url[400];
    const char *const pairs[][2] = {{"state", a0_json_text(sb_web_parameters(call), "state")}};
    sb_call_base(call, base);
    snprintf(url, sizeof url, "%s%s", base, path);
    sb_web_redirect(call, url, pairs, 1);
}
