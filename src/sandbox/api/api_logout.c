/* The two ways out: Auth0's own, and OpenID Connect's. Both end the session of the browser that
 * asks, and send people on to allowed addresses alone. */
#include "sandbox/api/api_logout.h"

#include <string.h>

#include "sandbox/login/login_request.h"
#include "sandbox/login/login_web.h"
#include "sandbox/tenant/keys.h"
#include "sandbox/tenant/tenant_log.h"
#include "sandbox/tenant/tickets.h"

static void end_session(sb_call *call)
{
    sb_record session;
    sb_user user;
    if (sb_web_session(call, &session, &user))
        sb_log(call, &(sb_log_event){.type = "slo",
                                     .description = "User successfully logged out",
                                     .user_id = sb_user_text(&user, "user_id"),
                                     .user_name = sb_user_text(&user, "email"),
                                     .connection = user.connection});
    sb_record_clear(&session);
    sb_user_clear(&user);
    sb_web_session_end(call);
}

static void say_out(sb_call *call)
{
    sb_web_stop(call, 200, "You are logged out", "You can close this page.");
}

static bool is_ours(const sb_call *call, const char *client)
{
    return client != NULL && strcmp(client, call->tenant->client_id) == 0;
}

/* The address is looked at first: a page that could send people anywhere must not even log them
 * out. */
static bool target_ok(sb_call *call, const char *target, bool known_client)
{
    if (target == NULL || *target == '\0')
        return true;
    if (known_client && sb_return_url_allowed(call->tenant->options.allowed_logout_urls, target))
        return true;
    sb_web_stop(call, 400, "Logout URL mismatch",
                known_client ? "The address to return to is not one of the application's allowed "
                               "logout URLs (the option allowed_logout_urls)."
                             : "Without the application's client_id nobody is sent on.");
    return false;
}

void sb_logout(sb_call *call)
{
    const char *client = sb_query(call->request, "client_id"),
               *target = sb_query(call->request, "returnTo");
    if (!target_ok(call, target, is_ours(call, client)))
        return;
    end_session(call);
    if (target != NULL && *target != '\0')
        sb_web_redirect(call, target, NULL, 0);
    else
        say_out(call);
}

/* ---- OpenID Connect RP-initiated logout ---- */

typedef struct request {
    const char *client, *target, *state;
    const char *hint; /* the session that is meant */
    json_t *token;    /* claims of the id_token_hint */
} request;

static bool read_request(sb_call *call, request *r)
{
    const json_t *all = sb_web_parameters(call);
    const char *token = a0_json_text(all, "id_token_hint");
    *r = (request){.client = a0_json_text(all, "client_id"),
                   .target = a0_json_text(all, "post_logout_redirect_uri"),
                   .state = a0_json_text(all, "state"),
                   .hint = a0_json_text(all, "logout_hint")};
    /* A token of ours names application and session; one that is not ours is as good as none. */
    if (token != NULL && sb_token_check(call->tenant, token, &r->token) == SB_TOKEN_OK) {
        r->hint = a0_json_text(r->token, "sid");
        if (r->client == NULL)
            r->client = a0_json_text(r->token, "aud");
    }
    return target_ok(call, r->target, is_ours(call, r->client));
}

static void leave(sb_call *call, const request *r)
{
    const char *const pairs[][2] = {{"state", r->state}};
    end_session(call);
    if (r->target != NULL && *r->target != '\0')
        sb_web_redirect(call, r->target, pairs, 1);
    else
        say_out(call);
}

static void add_hidden(sb_page *page, const char *name, const char *value)
{
    if (value != NULL)
        sb_page_add(page, "<input type=\"hidden\" name=\"%s\" value=\"%s\">", name, value);
}

/* Anybody's page can lead here: without a hint at this very session the person is asked. The form
 * brings the hint, which nobody else's page knows. */
static void ask(sb_call *call, const request *r, const char *sid)
{
    sb_page page;
    char origin[SB_RESULT_URL_MAX + 1] = "";
    if (r->target != NULL && *r->target != '\0')
        sb_result_url_origin(r->target, origin);
    sb_page_begin(&page, "Do you want to log out?");
    sb_page_add(&page, "<form method=\"post\" action=\"/oidc/logout\">");
    add_hidden(&page, "logout_hint", sid);
    add_hidden(&page, "client_id", r->client);
    add_hidden(&page, "post_logout_redirect_uri", r->target);
    add_hidden(&page, "state", r->state);
    sb_page_add(&page, "<button>Log out</button></form>\n");
    sb_page_reply(&page, call->reply, 200, *origin != '\0' ? origin : NULL);
}

void sb_oidc_logout(sb_call *call)
{
    request r;
    sb_record session;
    sb_user user;
    if (read_request(call, &r)) {
        bool in = sb_web_session(call, &session, &user);
        const char *sid = in ? a0_json_text(session.data, "sid") : NULL;
        /* Whoever has no session is sent on without a question: there is nothing to end. */
        if (sid != NULL && (r.hint == NULL || strcmp(r.hint, sid) != 0))
            ask(call, &r, sid);
        else
            leave(call, &r);
        sb_record_clear(&session);
        sb_user_clear(&user);
    }
    json_decref(r.token);
}
