/* The pages of the web login, as HTML. Which of them comes next decides api_login.c. */
#include "sandbox/pages/login_pages.h"

#include <string.h>

#include "sandbox/tenant/tickets.h"

bool sb_login_connection(sb_call *call, const json_t *login, sb_connection *out)
{
    const char *name = a0_json_text(login, "connection");
    return sb_connection_find(call->tenant, name != NULL ? name : call->tenant->connection, out);
}

/* ---- parts ---- */

/* The page says where the login leads, so that a person can see a site that is not meant. */
static void begin(sb_page *page, const sb_login_page *p, const char *title)
{
    char origin[SB_RESULT_URL_MAX + 1];
    sb_result_url_origin(a0_json_text(p->login, "redirect_uri"), origin);
    sb_page_begin(page, title);
    sb_page_add(page, "<p class=\"quiet\">To go on to %s</p>\n", origin);
    if (p->wrong != NULL)
        sb_page_add(page, "<p role=\"alert\" id=\"wrong\">%s</p>\n", p->wrong);
}

static void begin_form(sb_page *page, const sb_login_page *p, const char *action)
{
    sb_page_add(page,
                "<form method=\"post\" action=\"%s\">"
                "<input type=\"hidden\" name=\"state\" value=\"%s\">\n",
                action, p->state);
}

/* A browser holds redirects after a form to the policy too: the callback must be allowed by it. */
static void end(sb_call *call, sb_page *page, const sb_login_page *p)
{
    char origin[SB_RESULT_URL_MAX + 1];
    sb_result_url_origin(a0_json_text(p->login, "redirect_uri"), origin);
    sb_page_reply(page, call->reply, p->status, origin);
}

static const char *described(const sb_login_page *p)
{
    return p->wrong != NULL ? "wrong" : "";
}

/* ---- e-mail and password ---- */

static const char *name_label(const sb_connection *connection)
{
    bool username = sb_connection_logs_in_by(connection, SB_USERNAME);
    if (!sb_connection_logs_in_by(connection, SB_EMAIL))
        return username ? "Username" : "Phone number";
    return username ? "Username or email address" : "Email address";
}

/* What was typed as a name comes back; a password never does. */
static void add_name(sb_page *page, const sb_login_page *p, const char *label, const char *typed)
{
    bool filled = typed != NULL && *typed != '\0';
    sb_page_add(page,
                "<label for=\"username\">%s</label>"
                "<input id=\"username\" name=\"username\" type=\"text\" inputmode=\"email\""
                " autocapitalize=\"none\" spellcheck=\"false\" autocomplete=\"username\""
                " required value=\"%s\" aria-describedby=\"%s\"",
                label, filled ? typed : "", described(p));
    sb_page_add(page, filled ? ">\n" : " autofocus>\n");
}

void sb_page_login(sb_call *call, const sb_login_page *p, const char *typed)
{
    sb_page page;
    sb_connection connection = {0};
    bool known = sb_login_connection(call, p->login, &connection);
    bool filled = typed != NULL && *typed != '\0';
    begin(&page, p, "Log in");
    begin_form(&page, p, "/u/login");
    add_name(&page, p, known ? name_label(&connection) : "Email address", typed);
    sb_page_add(&page,
                "<label for=\"password\">Password</label>"
                "<input id=\"password\" name=\"password\" type=\"password\""
                " autocomplete=\"current-password\" required aria-describedby=\"%s\"",
                described(p));
    sb_page_add(&page, filled ? " autofocus>\n" : ">\n");
    sb_page_add(&page, "<button name=\"action\" value=\"default\">Continue</button></form>\n");
    if (!a0_json_true(connection.options, "disable_self_service_change_password"))
        sb_page_add(&page,
                    "<p><a href=\"/u/reset-password/request?state=%s\">Forgot password?</a></p>\n",
                    p->state);
    end(call, &page, p);
    sb_connection_clear(&connection);
}

/* ---- a second factor ---- */

/* The key stands there as text: an image of it is more than the page's policy allows. */
void sb_page_otp(sb_call *call, const sb_login_page *p, const char *secret)
{
    sb_page page;
    begin(&page, p, secret != NULL ? "Secure your account" : "Verify your identity");
    if (secret != NULL)
        sb_page_add(&page,
                    "<p>Put this key into an authenticator app, and type the code that it "
                    "shows.</p>\n<p><code id=\"key\">%s</code></p>\n",
                    secret);
    else
        sb_page_add(&page, "<p>Type the code that your authenticator app shows.</p>\n");
    begin_form(&page, p, secret != NULL ? "/u/mfa-otp-enrollment" : "/u/mfa-otp-challenge");
    sb_page_add(&page,
                "<label for=\"code\">Code of six digits</label>"
                "<input id=\"code\" name=\"code\" type=\"text\" inputmode=\"numeric\""
                " autocomplete=\"one-time-code\" maxlength=\"6\" required autofocus"
                " aria-describedby=\"%s\">\n"
                "<button name=\"action\" value=\"default\">Continue</button></form>\n",
                described(p));
    end(call, &page, p);
}

/* ---- consent ---- */

void sb_page_consent(sb_call *call, const sb_login_page *p)
{
    sb_page page;
    const char *scope = a0_json_text(p->login, "scope");
    begin(&page, p, "Authorize the application");
    sb_page_add(&page, "<p>It asks for: <code>%s</code></p>\n", scope != NULL ? scope : "nothing");
    begin_form(&page, p, "/u/consent");
    sb_page_add(&page, "<button name=\"action\" value=\"accept\" autofocus>Accept</button>\n"
                       "<button name=\"action\" value=\"decline\">Decline</button></form>\n");
    end(call, &page, p);
}

/* ---- a forgotten password ---- */

static void add_way_back(sb_page *page, const sb_login_page *p)
{
    sb_page_add(page, "<p><a href=\"/u/login?state=%s\">Back to the login</a></p>\n", p->state);
}

/* A login's hint may be a user name, to which no mail goes. */
void sb_page_forgotten(sb_call *call, const sb_login_page *p, const char *typed)
{
    sb_page page;
    begin(&page, p, "Forgot your password?");
    sb_page_add(&page, "<p>We send you a mail with a link to choose a new one.</p>\n");
    begin_form(&page, p, "/u/reset-password/request");
    sb_page_add(&page,
                "<label for=\"email\">Email address</label>"
                "<input id=\"email\" name=\"email\" type=\"email\" autocomplete=\"email\""
                " required autofocus value=\"%s\" aria-describedby=\"%s\">\n"
                "<button name=\"action\" value=\"default\">Continue</button></form>\n",
                typed != NULL && strchr(typed, '@') != NULL ? typed : "", described(p));
    add_way_back(&page, p);
    end(call, &page, p);
}

void sb_page_mail_sent(sb_call *call, const sb_login_page *p, const char *email)
{
    sb_page page;
    begin(&page, p, "Check your email");
    sb_page_add(&page,
                "<p>If there is an account with the address %s, a mail is on its way to it. Here "
                "it stands in the <a href=\"/sandbox/outbox\">outbox</a>.</p>\n",
                email);
    add_way_back(&page, p);
    end(call, &page, p);
}
