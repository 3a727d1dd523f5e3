/* Forgotten passwords: the request for a mail, and the pages its link leads to. Which link is good
 * decides tickets.c. */
#include "sandbox/api/api_reset.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "sandbox/login/passwords.h"
#include "sandbox/pages/page.h"
#include "sandbox/tenant/mails.h"
#include "sandbox/tenant/profile.h"
#include "sandbox/tenant/tenant_log.h"
#include "sandbox/tenant/tickets.h"
#include "sandbox/tenant/user_rules.h"

static void log_user(sb_call *call, const char *type, const char *what, const sb_user *user)
{
    sb_log(call, &(sb_log_event){.type = type,
                                 .description = what,
                                 .user_id = sb_user_text(user, "user_id"),
                                 .user_name = sb_user_text(user, "email"),
                                 .connection = user->connection});
}

/* ---- the request for a mail (facts/auth0.md 4.12) ---- */

static bool refuse(sb_call *call, const char *what)
{
    sb_reply_oauth_error(call->reply, 400, "invalid_request", "%s", what);
    return false;
}

/* The application may be left out, though OpenAPI wants it (facts/auth0.md 0, row 13). */
static bool check_request(sb_call *call)
{
    const json_t *body = call->request->body;
    const char *client = a0_json_text(body, "client_id");
    if (a0_json_text(body, "email") == NULL)
        return refuse(call, "email is required");
    if (a0_json_text(body, "connection") == NULL)
        return refuse(call, "connection is required");
    if (json_object_get(body, "password") != NULL)
        return refuse(call, "Password is not allowed.");
    if (client != NULL && strcmp(client, call->tenant->client_id) != 0)
        return refuse(call, "invalid client");
    return true;
}

static bool find_connection(sb_call *call, sb_connection *connection)
{
    const char *name = a0_json_text(call->request->body, "connection");
    if (!sb_connection_find(call->tenant, name, connection))
        return refuse(call, "connection not found");
    if (!connection->enabled)
        return refuse(call, "the connection was disabled");
    /* What Auth0 does is not documented: the stricter side, so that a client has to look */
    if (a0_json_true(connection->options, "disable_self_service_change_password"))
        return refuse(call, "self-service password change is disabled");
    return true;
}

/* The tenant's log alone tells whether there is such a user; the caller answers everybody alike
 * (facts/auth0.md 0, row 4). */
void sb_reset_send(sb_call *call, const sb_connection *connection, const char *typed)
{
    sb_user user = {0};
    char *email = a0_strdup(typed);
    if (email == NULL)
        return;
    a0_ascii_lower(email);
    bool found = sb_user_by_identifier(call->tenant, connection, email, &user) &&
                 strcmp(sb_user_text(&user, "email"), email) == 0; /* a username does not count */
    if (!found)
        sb_log(call, &(sb_log_event){.type = "fcpr",
                                     .description = "User does not exist.",
                                     .user_name = sb_email_ok(email) ? email : NULL,
                                     .connection = connection->name});
    else if (sb_mail_reset(call, &user) == AUTH0DB_OK)
        log_user(call, "scpr", "", &user);
    else
        log_user(call, "fcpr", "The mail could not be written.", &user);
    sb_user_clear(&user);
    a0_free(email);
}

void sb_change_password(sb_call *call)
{
    sb_connection connection = {0};
    if (check_request(call) && find_connection(call, &connection)) {
        sb_reset_send(call, &connection, a0_json_text(call->request->body, "email"));
        /* the same whoever asks for whom, also for what is no address (seen at Auth0) */
        sb_reply_text(call->reply, 200, "text/html; charset=utf-8",
                      "We've just sent you an email to reset your password.");
    }
    sb_connection_clear(&connection);
}

/* ---- pages ---- */

/* Where to go on, and what to say there; redirects as Auth0's classic pages do. What stands behind
 * a # stays at the end, where a browser looks for it. The address of the user is told only where
 * the ticket says so. */
static bool redirect(sb_call *call, const sb_ticket *ticket, const sb_user *user, const char *said)
{
    a0_buf url = {0};
    const char *target = ticket->result_url;
    if (*target == '\0')
        return false;
    size_t path = strcspn(target, "#");
    int rc = a0_buf_append(&url, target, path);
    if (rc == AUTH0DB_OK)
        rc = a0_buf_puts(&url, memchr(target, '?', path) != NULL ? "&" : "?");
    if (rc == AUTH0DB_OK && (ticket->flags & SB_TICKET_TELLS_EMAIL) != 0) {
        const char *email = sb_user_text(user, "email");
        rc = a0_buf_puts(&url, "email=");
        if (rc == AUTH0DB_OK)
            rc = a0_percent_encode(&url, email, strlen(email));
        if (rc == AUTH0DB_OK)
            rc = a0_buf_puts(&url, "&");
    }
    if (rc == AUTH0DB_OK)
        rc = a0_buf_puts(&url, "success=true&message=");
    if (rc == AUTH0DB_OK)
        rc = a0_percent_encode(&url, said, strlen(said));
    if (rc == AUTH0DB_OK)
        rc = a0_buf_puts(&url, target + path);
    if (rc == AUTH0DB_OK) {
        sb_reply_empty(call->reply, 303); /* a password is never posted on */
        sb_reply_header(call->reply, "Location", "%s", a0_buf_text(&url));
        sb_reply_header(call->reply, "Cache-Control", "no-store");
        sb_reply_header(call->reply, "Referrer-Policy", "no-referrer");
    }
    a0_buf_clear(&url);
    return rc == AUTH0DB_OK;
}

static void say(sb_call *call, int status, const char *title, const char *text)
{
    sb_page page;
    sb_page_begin(&page, title);
    sb_page_add(&page, "<p>%s</p>\n", text);
    sb_page_reply(&page, call->reply, status, NULL);
}

static void say_dead_link(sb_call *call, sb_ticket_state state)
{
    if (state == SB_TICKET_EXPIRED)
        say(call, 410, "This link has expired", "Ask for a new one, and use it in time.");
    else if (state == SB_TICKET_SPENT)
        say(call, 410, "This link cannot be used any more",
            "It was used already, or a newer one was sent. Only the newest link works, once.");
    else
        say(call, 404, "This link is not valid",
            "Perhaps part of it is missing. Copy the whole link from the mail, or ask for a new "
            "one.");
}

static void say_done(sb_call *call, const sb_ticket *ticket, const sb_user *user, const char *title,
                     const char *text)
{
    if (!redirect(call, ticket, user, text))
        say(call, 200, title, text);
}

static void add_rule(void *page, const char *text)
{
    sb_page_add(page, "<li>%s</li>", text);
}

static void add_policy(sb_call *call, sb_page *page, const sb_user *user)
{
    sb_connection connection;
    if (!sb_connection_find(call->tenant, user->connection, &connection))
        return;
    sb_page_add(page, "<ul class=\"quiet\" id=\"policy\">");
    sb_policy_describe(connection.options, add_rule, page);
    sb_page_add(page, "</ul>\n");
    sb_connection_clear(&connection);
}

/* `wrong` may be NULL: nothing is, yet. The ticket travels in the form, for the address that it is
 * sent to has none. Where there is an address to return to, the browser must be allowed to follow
 * it from this form. */
static void show_form(sb_call *call, const char *text, const sb_ticket *ticket, const sb_user *user,
                      const char *wrong)
{
    sb_page page;
    char origin[SB_RESULT_URL_MAX + 1];
    sb_result_url_origin(ticket->result_url, origin);
    sb_page_begin(&page, "Choose a new password");
    if (wrong != NULL)
        sb_page_add(&page, "<p role=\"alert\" id=\"wrong\">%s</p>\n", wrong);
    sb_page_add(&page,
                "<form method=\"post\" action=\"/u/reset-password\">"
                "<input type=\"hidden\" name=\"ticket\" value=\"%s\">"
                "<label for=\"account\">Account</label>"
                "<input id=\"account\" type=\"email\" value=\"%s\" autocomplete=\"username\""
                " readonly>\n",
                text, sb_user_text(user, "email"));
    sb_page_add(&page,
                "<label for=\"new\">New password</label>"
                "<input id=\"new\" name=\"newPassword\" type=\"password\""
                " autocomplete=\"new-password\" required autofocus aria-describedby=\"%s\">\n",
                wrong != NULL ? "wrong policy" : "policy");
    add_policy(call, &page, user);
    sb_page_add(&page, "<label for=\"again\">The same again</label>"
                       "<input id=\"again\" name=\"confirmNewPassword\" type=\"password\""
                       " autocomplete=\"new-password\" required>\n"
                       "<button>Set password</button></form>\n");
    sb_page_reply(&page, call->reply, wrong != NULL ? 400 : 200, *origin != '\0' ? origin : NULL);
}

/* Opening the page spends nothing: mail scanners and previews open links too. */
void sb_reset_form(sb_call *call)
{
    sb_ticket ticket;
    sb_user user;
    const char *text = sb_query(call->request, "ticket");
    text = text != NULL ? text : "";
    sb_ticket_state state = sb_ticket_find(call->tenant, SB_TICKET_RESET, text, &ticket, &user);
    if (state == SB_TICKET_OPEN)
        show_form(call, text, &ticket, &user, NULL);
    else
        say_dead_link(call, state);
    sb_user_clear(&user);
}

/* ---- a new password ---- */

/* What a new password brings with it (facts/auth0.md 4.4 and 8): no brute-force block, no place on
 * the leaked list. An administrator's block stays: only the API lifts it. */
static int keep(sb_call *call, const sb_connection *connection, const sb_ticket *ticket,
                sb_user *user, char *hash)
{
    sb_password_put(call, connection, user, hash);
    sb_profile_date(call->tenant, user->profile, "last_password_reset");
    sb_profile_date(call->tenant, user->profile, "updated_at");
    if ((ticket->flags & SB_TICKET_VERIFIES) != 0)
        json_object_set_new(user->profile, "email_verified", json_true());
    json_object_del(user->flags, "leaked");
    int rc = sb_ticket_spend(call->tenant, ticket, user);
    if (rc == AUTH0DB_OK)
        sb_user_unblock(call->tenant, user);
    return rc;
}

/* The link stays good: a person who chose too weak a password tries again on the same page. */
static void refuse_password(sb_call *call, const char *text, const sb_ticket *ticket,
                            const sb_user *user, sb_policy_verdict verdict)
{
    char what[160];
    snprintf(what, sizeof what, "%s: %s", sb_policy_name(verdict), sb_policy_text(verdict));
    log_user(call, "fcp", what, user);
    show_form(call, text, ticket, user, sb_policy_text(verdict));
}

/* `before` is the user as he was when the form came; what is changed is the user as he is when
 * bcrypt has ended. */
static void set_password(sb_call *call, const char *text, const sb_user *before,
                         const sb_connection *connection, const char *password)
{
    static const char done[] = "You can now login to the application with the new password.";
    char *hash = NULL;
    sb_ticket ticket;
    sb_user user;
    call->tenant->passwords_seen[SB_LANE_RESET]++;
    sb_policy_verdict verdict = sb_password_try(call->tenant, connection, before, password, &hash);
    /* the lock was released while bcrypt ran: another request may have used the link */
    sb_ticket_state state = sb_ticket_find(call->tenant, SB_TICKET_RESET, text, &ticket, &user);
    if (state != SB_TICKET_OPEN) {
        say_dead_link(call, state);
    } else if (verdict != SB_POLICY_OK) {
        refuse_password(call, text, &ticket, &user, verdict);
    } else if (hash == NULL) {
        say(call, 500, "Something went wrong", "The password was not changed. Please try again.");
    } else {
        char *kept = hash;
        hash = NULL;
        if (keep(call, connection, &ticket, &user, kept) == AUTH0DB_OK) {
            log_user(call, "scp", done, &user);
            say_done(call, &ticket, &user, "Password changed", done);
        } else {
            say(call, 500, "Something went wrong",
                "The password was not changed. Please try again.");
        }
    }
    a0_secret_free(hash);
    sb_user_clear(&user);
}

/* What is wrong with the form is said before bcrypt, and spends nothing. */
static void submit(sb_call *call, const char *text, const sb_ticket *ticket, const sb_user *user)
{
    sb_connection connection;
    const char *password = a0_json_text(call->request->body, "newPassword");
    const char *again = a0_json_text(call->request->body, "confirmNewPassword");
    if (password == NULL || *password == '\0' || again == NULL)
        show_form(call, text, ticket, user, "Type the new password, twice.");
    else if (strcmp(password, again) != 0)
        show_form(call, text, ticket, user, "The two passwords are not the same.");
    else if (!sb_connection_find(call->tenant, user->connection, &connection))
        say_dead_link(call, SB_TICKET_UNKNOWN);
    else {
        set_password(call, text, user, &connection, password);
        sb_connection_clear(&connection);
    }
}

void sb_reset_submit(sb_call *call)
{
    sb_ticket ticket;
    sb_user user;
    const char *text = a0_json_text(call->request->body, "ticket");
    text = text != NULL ? text : "";
    sb_ticket_state state = sb_ticket_find(call->tenant, SB_TICKET_RESET, text, &ticket, &user);
    if (state == SB_TICKET_OPEN) {
        submit(call, text, &ticket, &user);
    } else {
        /* Of an unknown ticket no user is known, and so there is nobody to log it for. */
        if (state != SB_TICKET_UNKNOWN)
            log_user(call, "fcp", "The ticket has expired or was used.", &user);
        say_dead_link(call, state);
    }
    sb_user_clear(&user);
}

/* ---- links that do it at once ---- */

typedef struct deed {
    sb_ticket_kind kind;
    const char *done_type, *failed_type; /* in the tenant's log */
    const char *title, *text;
} deed;

/* Spent in one transaction with the user; the block is lifted after it, for it is in memory and
 * could not be taken back. */
static int carry_out(sb_call *call, const deed *d, const sb_ticket *ticket, sb_user *user)
{
    if (d->kind == SB_TICKET_VERIFY) {
        json_object_set_new(user->profile, "email_verified", json_true());
        sb_profile_date(call->tenant, user->profile, "updated_at");
    }
    int rc = sb_ticket_spend(call->tenant, ticket, user);
    if (rc == AUTH0DB_OK && d->kind == SB_TICKET_UNBLOCK)
        sb_user_unblock(call->tenant, user);
    return rc;
}

/* By GET, as Auth0 does it: its documents warn of mail scanners that verify by accident. */
static void follow(sb_call *call, const deed *d)
{
    sb_ticket ticket;
    sb_user user;
    const char *text = sb_query(call->request, "ticket");
    sb_ticket_state state =
        sb_ticket_find(call->tenant, d->kind, text != NULL ? text : "", &ticket, &user);
    if (state == SB_TICKET_OPEN && carry_out(call, d, &ticket, &user) == AUTH0DB_OK) {
        log_user(call, d->done_type, d->text, &user);
        say_done(call, &ticket, &user, d->title, d->text);
    } else if (state == SB_TICKET_OPEN) {
        say(call, 500, "Something went wrong", "Please try again.");
    } else {
        if (state != SB_TICKET_UNKNOWN && d->failed_type != NULL)
            log_user(call, d->failed_type, "The ticket has expired or was used.", &user);
        say_dead_link(call, state);
    }
    sb_user_clear(&user);
}

void sb_verify_email(sb_call *call)
{
    static const deed verify = {
        .kind = SB_TICKET_VERIFY,
        .done_type = "sv",
        .failed_type = "fv",
        .title = "Email verified",
        .text = "Your email was verified. You can continue using the application.",
    };
    follow(call, &verify);
}

void sb_unblock_account(sb_call *call)
{
    static const deed unblock = {
        .kind = SB_TICKET_UNBLOCK,
        .done_type = "ublkdu",
        .title = "Account unblocked",
        .text = "You can log in again.",
    };
    follow(call, &unblock);
}
