#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/mem.h"
#include "fuzz.h"
#include "sandbox/api/api_oauth.h"
#include "sandbox/login/login_records.h"
#include "sandbox/router.h"
#include "sandbox/tenant/keys.h"
#include "sandbox/tenant/mails.h"
#include "sandbox/tenant/open.h"
#include "sandbox/tenant/outbox.h"

/* A whole request, from its target to its answer, by a caller who holds every scope:
 *     METHOD TARGET [form]
 *     body
 * The tenant may say anything but "my fault". bcrypt is as cheap as it gets, or a run would be
 * bcrypt. */
static sb_tenant *tenant;
static const char json[] = "application/json", form[] = "application/x-www-form-urlencoded";
static char authorization[4096];
static char ticket[64];   /* of the one user that is there */
static char cookies[128]; /* of a browser with a session */
static char state[64];    /* of its login page */

static void set_up(void)
{
    static const sb_tenant_settings settings = {.env = &a0_env_system};
    auth0db_error err;
    a0_buf token = {0};
    CLAIM(sb_tenant_open(&tenant, &settings, &err) == AUTH0DB_OK);
    snprintf(tenant->url, sizeof tenant->url, "http://127.0.0.1:1");
    tenant->port = 1;
    json_t *claims = json_pack("{s:s, s:o}", "aud", "http://127.0.0.1:1/api/v2/", "scope",
                               sb_all_scopes(tenant));
    CLAIM(sb_token_mint(tenant, claims, 1000000, &token, NULL) == AUTH0DB_OK);
    snprintf(authorization, sizeof authorization, "Bearer %s", a0_buf_text(&token));
    a0_buf_clear(&token);
}

/* A user, a ticket to set his password, and the mail that it came with. */
static void add_user(void)
{
    char host[] = "127.0.0.1:1";
    sb_request request = {.host = host};
    sb_call call = {.tenant = tenant, .request = &request};
    sb_user user = {
        .profile = json_pack("{s:s, s:s, s:b, s:[{s:s, s:s}]}", "user_id", "auth0|1", "email",
                             "bob@example.com", "email_verified", 0, "identities", "user_id", "1",
                             "provider", "auth0"),
        .flags = json_object(),
        .history = json_array(),
    };
    sb_mail_filter newest = {.limit = 1};
    snprintf(user.connection, sizeof user.connection, "%.128s", tenant->connection);
    CLAIM(sb_user_save(tenant, &user) == AUTH0DB_OK);
    CLAIM(sb_mail_reset(&call, &user) == AUTH0DB_OK);
    json_t *mails = sb_outbox_list(tenant, &newest);
    const char *link = a0_json_text(json_array_get(mails, 0), "link");
    CLAIM(link != NULL && sscanf(link, "%*[^=]=%63[A-Za-z0-9]", ticket) == 1);
    json_decref(mails);
    sb_user_clear(&user);
}

/* A login page that stands open, and a session. */
static void add_login(void)
{
    static const char browser[] = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    char session[SB_RECORD_TEXT_LEN + 1];
    json_t *data = json_pack("{s:s, s:s, s:i, s:b, s:s}", "browser", browser, "redirect_uri",
                             "https://example.com/cb", "user", 1, "done", 1, "sid", "s");
    json_t *callbacks = json_pack("[s, s]", "https://example.com/cb", "https://*.example.com/");
    CLAIM(data != NULL && callbacks != NULL);
    CLAIM(sb_record_make(tenant, SB_RECORD_LOGIN, data, state) == AUTH0DB_OK);
    CLAIM(sb_record_make(tenant, SB_RECORD_SESSION, data, session) == AUTH0DB_OK);
    snprintf(cookies, sizeof cookies, "auth0_browser=%s; auth0=%s", browser, session);
    json_decref(tenant->options.callbacks);
    tenant->options.callbacks = callbacks;
    json_decref(data);
}

/* Nothing of one input is left for the next. */
static void start_afresh(void)
{
    CLAIM(sb_tenant_reset(tenant, NULL) == AUTH0DB_OK);
    tenant->options.bcrypt_cost = 4;
    add_user();
    add_login();
}

static void fill_head(sb_request *request, const char *kind)
{
    request->content_type = a0_strdup(kind);
    request->authorization = a0_strdup(authorization);
    request->host = a0_strdup("127.0.0.1:1");
    request->origin = a0_strdup("");
    request->user_agent = a0_strdup("fuzz");
    request->accept = a0_strdup(strcmp(kind, json) == 0 ? "" : "text/html");
    request->cookie = a0_strdup(cookies);
    request->forwarded_for = a0_strdup("203.0.113.7");
    request->custom_domain = a0_strdup(strcmp(kind, json) == 0 ? "" : "login.example.com");
    snprintf(request->peer, sizeof request->peer, "127.0.0.1");
}

static void ask(sb_request *request)
{
    auth0db_error problem = {0};
    sb_reply reply = {0};
    sb_delivery delivery;
    bool readable = sb_request_parse_body(request, &problem) == AUTH0DB_OK;
    CLAIM(readable || problem.code != AUTH0DB_OK);
    sb_route(tenant, request, readable ? NULL : &problem, &reply, &delivery);
    CLAIM(reply.status >= 200 && reply.status < 600);
    /* the one 500 that Auth0 itself answers: the password grant without a default directory */
    CLAIM(reply.status < 500 || strstr(a0_buf_text(&reply.body), "default connection") != NULL);
    CLAIM(reply.status != 204 || reply.body.len == 0);
    sb_reply_clear(&reply);
}

/* The body's "%ID%", "%SECRET%" and "%TICKET%" become the application's own and the user's, or no
 * input would get past the door. */
static void fill_body(a0_buf *out, const char *text, size_t len)
{
    char *copy = a0_strndup(text, len), *at = copy, *mark;
    CLAIM(copy != NULL);
    size_t readable = strlen(copy);
    while ((mark = strchr(at, '%')) != NULL) {
        bool id = strncmp(mark, "%ID%", 4) == 0, secret = strncmp(mark, "%SECRET%", 8) == 0,
             reset = strncmp(mark, "%TICKET%", 8) == 0, page = strncmp(mark, "%STATE%", 7) == 0;
        CLAIM(a0_buf_append(out, at, (size_t)(mark - at)) == AUTH0DB_OK);
        CLAIM(a0_buf_puts(out, id       ? tenant->client_id
                               : secret ? tenant->client_secret
                               : reset  ? ticket
                               : page   ? state
                                        : "%") == AUTH0DB_OK);
        at = mark + (id ? 4 : secret || reset ? 8 : page ? 7 : 1);
    }
    CLAIM(a0_buf_puts(out, at) == AUTH0DB_OK);
    CLAIM(a0_buf_append(out, text + readable, len - readable) == AUTH0DB_OK);
    a0_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char line[2048], target[2048], kind[8] = "";
    const uint8_t *end =
        size > 0 ? memchr(data, '\n', size < sizeof line ? size : sizeof line - 1) : NULL;
    sb_request request = {0};
    if (tenant == NULL)
        set_up();
    if (end == NULL)
        return 0;
    snprintf(line, sizeof line, "%.*s", (int)(end - data), (const char *)data);
    if (sscanf(line, "%11s %2047s %7s", request.method, target, kind) < 2)
        return 0;
    start_afresh();
    fill_head(&request, strcmp(kind, "form") == 0 ? form : json);
    fill_body(&request.raw_body, (const char *)end + 1, size - (size_t)(end + 1 - data));
    if (sb_request_parse_target(&request, target) == AUTH0DB_OK)
        ask(&request);
    sb_request_clear(&request);
    return 0;
}
