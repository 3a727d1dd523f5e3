/* Reset mails that the tenant sends, and reset links that the site sends. Who may be sent one, and
 * which mailbox is the right one, the callers decide. */
#include <string.h>

#include "auth0/calls.h"
#include "auth0/client_int.h"
#include "base/utf8.h"

enum { EMAIL_MAX = 254, LINK_MAX = 4096 };

static int mail_body(const auth0db_client *client, const char *email, a0_http_request *request)
{
    char lower[EMAIL_MAX + 1];
    memcpy(lower, email, strlen(email) + 1);
    a0_ascii_lower(lower); /* as Auth0 stores it */
    return a0_set_body(request, json_pack("{s:s, s:s, s:s}", "client_id", client->app.id, "email",
                                          lower, "connection", client->connection));
}

auth0db_outcome a0_reset_mail(auth0db_client *client, const char *email, unsigned deadline_ms,
                              bool *maybe, auth0db_error *err)
{
    a0_call call;
    a0_http_request request = {.method = "POST", .content_type = "application/json"};
    a0_http_response response = {0};
    a0_sent sent = {0};
    *maybe = false;
    a0_call_begin(&call, client, "reset mail", deadline_ms, err);
    if (email == NULL || !auth0db_email_is_sendable(email))
        return a0_not_sendable(&call, "email", "is not one that Auth0 takes");
    int rc = a0_url(client, &request, "/dbconnections/change_password", NULL);
    if (rc == AUTH0DB_OK)
        rc = mail_body(client, email, &request);
    /* The request is sent once: with a lost answer the mail may be under way, and a second one
     * would make the link in the first one useless. */
    auth0db_outcome outcome = rc == AUTH0DB_OK
                                  ? a0_exchange(&call, A0_OP_RESET_MAIL, &request, &response, &sent)
                                  : a0_call_no_memory(&call);
    *maybe = outcome == AUTH0DB_OUTCOME_UNAVAILABLE && sent.left;
    a0_http_request_clear(&request);
    a0_http_response_clear(&response);
    return outcome;
}

auth0db_outcome auth0db_client_reset_mail(auth0db_client *client, const char *email,
                                          unsigned deadline_ms, auth0db_error *err)
{
    bool maybe;
    /* The tenant counts by e-mail: whoever asks for one again and again must not keep the others
     * from their mails. */
    a0_fork_guard_lock(&client->guard);
    client->limits[A0_RATE_MAIL] = (a0_limit){0};
    a0_fork_guard_unlock(&client->guard);
    return a0_reset_mail(client, email, deadline_ms, &maybe, err);
}

static json_t *link_body(const auth0db_client *client, const a0_ticket *ticket)
{
    json_t *body = json_pack("{s:s, s:b}", "user_id", ticket->user_id, "mark_email_as_verified",
                             ticket->mark_verified);
    bool ok = body != NULL;
    if (ok && ticket->ttl_s > 0)
        ok = json_object_set_new(body, "ttl_sec", json_integer(ticket->ttl_s)) == 0;
    /* one or the other says where the page leads */
    if (ok && ticket->result_url != NULL)
        ok = json_object_set_new(body, "result_url", json_string(ticket->result_url)) == 0;
    else if (ok)
        ok = json_object_set_new(body, "client_id", json_string(client->app.id)) == 0;
    if (ok)
        return body;
    json_decref(body);
    return NULL;
}

/* It goes into mails: a web address without anything that could end it there. Without TLS only from
 * this machine, where the sandbox is. */
static bool is_link(const auth0db_client *client, const char *text)
{
    size_t len = text != NULL ? strlen(text) : 0;
    bool web = len > 0 && len <= LINK_MAX &&
               (strncmp(text, "https://", 8) == 0 ||
                (client->url.loopback && strncmp(text, "http://", 7) == 0));
    for (size_t i = 0; web && i < len; i++)
        web = text[i] > 0x20 && text[i] < 0x7f && strchr("\"<>\\^`{|}", text[i]) == NULL;
    return web;
}

auth0db_outcome a0_reset_link(auth0db_client *client, const a0_ticket *ticket, unsigned deadline_ms,
                              a0_buf *url, auth0db_error *err)
{
    a0_call call;
    a0_http_request request = {.method = "POST", .content_type = "application/json"};
    json_t *json;
    a0_call_begin(&call, client, "reset link", deadline_ms, err);
    if (!a0_user_id_ok(ticket->user_id))
        return a0_not_sendable(&call, "user_id", "does not start with \"auth0|\" or is too long");
    int rc = a0_url(client, &request, "/api/v2/tickets/password-change", NULL);
    if (rc == AUTH0DB_OK)
        rc = a0_set_body(&request, link_body(client, ticket));
    auth0db_outcome outcome = a0_manage_json(&call, A0_OP_RESET_LINK, rc, &request, false, &json);
    if (outcome == AUTH0DB_OUTCOME_OK) {
        const char *text = a0_json_text(json, "ticket");
        if (!is_link(client, text))
            outcome = a0_call_malformed(&call, "ticket", "holds no link");
        else if (a0_buf_puts(url, text) != AUTH0DB_OK)
            outcome = a0_call_no_memory(&call);
    }
    /* Whoever has the link sets the password. */
    a0_json_wipe(json, "ticket");
    json_decref(json);
    return outcome;
}
