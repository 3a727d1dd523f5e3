/* The beginning of a web login, and its end. An unknown application or callback is a page of ours,
 * for nobody may be sent to an address that is not proven; everything else is told to the callback.
 */
#include "sandbox/api/api_authorize.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "sandbox/api/api_oauth.h"
#include "sandbox/login/login.h"
#include "sandbox/login/login_request.h"
#include "sandbox/login/login_web.h"
#include "sandbox/pages/login_pages.h"

/* What may be asked, and is remembered. Anything else is passed over, as at Auth0. */
static const char *const known[] = {
    "client_id",  "redirect_uri", "response_type", "response_mode",
    "scope",      "state",        "nonce",         "code_challenge",
    "audience",   "prompt",       "max_age",       "code_challenge_method",
    "login_hint", "connection",   "organization",  "acr_values",
    "ui_locales", "invitation",
};

static const char *asked(const sb_call *call, const char *name)
{
    return a0_json_text(sb_web_parameters(call), name);
}

static bool is_empty(const char *text)
{
    return text == NULL || *text == '\0';
}

/* ---- whom nobody is sent back to: pages ---- */

static bool stop(sb_call *call, int status, const char *title, const char *text)
{
    sb_web_stop(call, status, title, text);
    return false;
}

/* What is said twice means two things to two readers. What is too long would not fit into the
 * address that leads back. */
static bool parameters_ok(sb_call *call)
{
    const json_t *all = sb_web_parameters(call);
    for (size_t i = 0; i < A0_COUNT(known); i++) {
        const json_t *value = json_object_get(all, known[i]);
        const char *text = a0_json_text(all, known[i]);
        if (value != NULL && (text == NULL || strlen(text) > SB_STATE_MAX))
            return stop(call, 400, "This request is not valid",
                        "A parameter is repeated, or too long.");
    }
    return true;
}

/* It says how to repair it, for everybody meets this page once. */
static void say_mismatch(sb_call *call, const char *url)
{
    sb_page page;
    char base[300];
    sb_call_base(call, base);
    sb_page_begin(&page, "Callback URL mismatch");
    sb_page_add(&page,
                "<p>The redirect_uri is not one of the application's allowed callback URLs:</p>\n"
                "<p><code>%s</code></p>\n<p>Allow it here, as you will in Auth0's dashboard:</p>\n"
                "<pre>curl -X PATCH %s/sandbox/options \\\n"
                "  -H 'Content-Type: application/json' \\\n"
                "  -d '{\"callbacks\": [\"%s\"]}'</pre>\n",
                url, base, url);
    sb_page_reply(&page, call->reply, 403, NULL);
}

static bool caller_ok(sb_call *call)
{
    const char *client = asked(call, "client_id"), *url = asked(call, "redirect_uri");
    a0_buf state = {.limit = SB_STATE_MAX};
    if (client == NULL || strcmp(client, call->tenant->client_id) != 0)
        return stop(call, 400, "Unknown application",
                    client == NULL ? "The client_id is missing." : "The client_id is unknown.");
    if (is_empty(url))
        return stop(call, 400, "This request is not valid", "The redirect_uri is missing.");
    if (!sb_return_url_allowed(call->tenant->options.callbacks, url)) {
        say_mismatch(call, url);
        return false;
    }
    /* Sent back percent-encoded, and it must fit then, too. */
    const char *text = asked(call, "state");
    int rc = text != NULL ? a0_percent_encode(&state, text, strlen(text)) : AUTH0DB_OK;
    a0_buf_clear(&state);
    return rc == AUTH0DB_OK ||
           stop(call, 400, "This request is not valid", "The state is too long.");
}

/* ---- what is refused at the callback ---- */

static bool refuse(sb_call *call, const char *error, const char *said)
{
    sb_web_refuse(call, sb_web_parameters(call), error, said);
    return false;
}

/* S256 alone: a plain challenge is the verifier itself, and whoever reads along has both. */
static bool challenge_ok(const sb_call *call)
{
    static const char url_safe[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *method = asked(call, "code_challenge_method"),
               *challenge = asked(call, "code_challenge");
    if (challenge == NULL)
        return method == NULL;
    return method != NULL && strcmp(method, "S256") == 0 && strlen(challenge) == 43 &&
           strspn(challenge, url_safe) == 43;
}

/* "none" stands alone: it forbids what each of the others asks for (OpenID Connect Core 3.1.2.1).
 */
static bool prompt_ok(const char *prompt)
{
    static const char *const words[] = {"none", "login", "consent", "select_account"};
    bool alone = prompt == NULL || strchr(prompt, ' ') == NULL;
    while (prompt != NULL && *prompt != '\0') {
        size_t len = strcspn(prompt, " "), i = 0;
        while (i < A0_COUNT(words) &&
               (strlen(words[i]) != len || strncmp(words[i], prompt, len) != 0))
            i++;
        if (i == A0_COUNT(words) || (i == 0 && !alone))
            return false;
        prompt += len + strspn(prompt + len, " ");
    }
    return true;
}

/* Nine digits at most, so that the sum in is_recent cannot overflow. */
static bool max_age_ok(const char *text)
{
    return text == NULL ||
           (*text != '\0' && strlen(text) <= 9 && text[strspn(text, "0123456789")] == '\0');
}

static bool connection_ok(const sb_call *call)
{
    sb_connection connection;
    const char *name = asked(call, "connection");
    if (name == NULL)
        return true;
    bool ok = sb_connection_find(call->tenant, name, &connection);
    if (ok) {
        ok = connection.enabled;
        sb_connection_clear(&connection);
    }
    return ok;
}

/* From here on the callback is known to be the application's own, so it hears what is wrong. */
static bool request_ok(sb_call *call)
{
    const char *type = asked(call, "response_type"), *mode = asked(call, "response_mode");
    if (type == NULL)
        return refuse(call, "invalid_request", "Missing required parameter: response_type");
    if (strcmp(type, "code") != 0)
        return refuse(call, "unsupported_response_type", "The sandbox answers with a code alone.");
    if (mode != NULL && strcmp(mode, "query") != 0 && strcmp(mode, "form_post") != 0)
        return refuse(call, "invalid_request", "The sandbox answers by query and form_post alone.");
    if (!sb_list_has(call->tenant->options.grant_types, "authorization_code"))
        return refuse(call, "unauthorized_client",
                      "Grant type 'authorization_code' not allowed for the client.");
    if (!challenge_ok(call))
        return refuse(call, "invalid_request", "The code_challenge must be of the method S256.");
    if (!prompt_ok(asked(call, "prompt")))
        return refuse(call, "invalid_request", "Invalid prompt value");
    if (!max_age_ok(asked(call, "max_age")))
        return refuse(call, "invalid_request", "max_age must be a number of seconds");
    if (!sb_is_audience(call, asked(call, "audience")))
        return refuse(call, "access_denied", "Service not found.");
    return connection_ok(call) ||
           refuse(call, "invalid_request", "the connection was not found or is disabled");
}

/* ---- who is it ---- */

bool sb_authorize_wants_factor(const sb_tenant *tenant, const json_t *login, const sb_user *user)
{
    static const char multi_factor[] =
        "http://schemas.openid.net/pape/policies/2007/06/multi-factor";
    return sb_login_wants_factor(tenant, user) ||
           (tenant->options.mfa_on_request &&
            sb_has_word(a0_json_text(login, "acr_values"), multi_factor));
}

/* max_age=0 asks every time, for no session is younger than that. */
static bool is_recent(const sb_call *call, const sb_record *session)
{
    const char *max_age = asked(call, "max_age");
    json_int_t most_s = 0;
    for (; max_age != NULL && *max_age != '\0'; max_age++)
        most_s = most_s * 10 + (*max_age - '0');
    return asked(call, "max_age") == NULL ||
           sb_now_ms(call->tenant) - a0_json_int(session->data, "at_ms", 0) < most_s * 1000;
}

/* The login under way: everything that was asked, and the browser that asks. The known ones alone,
 * each of a bounded length: anybody can begin a login, and it is kept for an hour. */
static json_t *begin(sb_call *call, const char *browser)
{
    json_t *login = json_pack("{s:s}", "browser", browser);
    for (size_t i = 0; i < A0_COUNT(known); i++) {
        json_t *value = json_object_get(sb_web_parameters(call), known[i]);
        if (value != NULL)
            json_object_set(login, known[i], value);
    }
    return login;
}

/* The session's sid goes along: by it a logout at the application finds the session again. */
static void take_over(json_t *login, const sb_record *session, bool done)
{
    static const char *const members[] = {"user", "at_ms", "mfa", "sid"};
    for (size_t i = 0; i < A0_COUNT(members); i++) {
        json_t *value = json_object_get(session->data, members[i]);
        if (value != NULL)
            json_object_set(login, members[i], value);
    }
    json_object_set_new(login, "done", json_boolean(done));
}

static void go(sb_call *call, const json_t *login, const char *path)
{
    char base[300], url[400], text[SB_RECORD_TEXT_LEN + 1];
    sb_call_base(call, base);
    snprintf(url, sizeof url, "%s%s", base, path);
    if (sb_record_make(call->tenant, SB_RECORD_LOGIN, login, text) != AUTH0DB_OK) {
        sb_web_stop(call, 500, "Something went wrong", "Please try again.");
        return;
    }
    const char *const pairs[][2] = {{"state", text}};
    sb_web_redirect(call, url, pairs, 1);
}

/* With a session that is good for this request nothing is asked; "none" forbids to ask. Blocked is
 * said first: a session of before must not let somebody in who is blocked since. A silent request
 * never meets a page. */
static void decide(sb_call *call, json_t *login, const sb_record *session, const sb_user *user)
{
    const char *prompt = asked(call, "prompt");
    bool silent = prompt != NULL && strcmp(prompt, "none") == 0;
    bool known_user = user->profile != NULL && is_recent(call, session) &&
                      !sb_has_word(prompt, "login") && !sb_has_word(prompt, "select_account");
    bool factor = known_user && !a0_json_true(session->data, "mfa") &&
                  sb_authorize_wants_factor(call->tenant, login, user);
    if (known_user && a0_json_true(user->profile, "blocked")) {
        refuse(call, "unauthorized", "user is blocked");
    } else if (known_user && !factor && silent && call->tenant->options.consent) {
        refuse(call, "consent_required", "Consent required");
    } else if (known_user && !factor) {
        take_over(login, session, true);
        go(call, login, "/authorize/resume");
    } else if (silent) {
        /* Which of the two it is for a factor is a guess. */
        refuse(call, factor ? "interaction_required" : "login_required",
               factor ? "Multifactor authentication required" : "Login required");
    } else if (factor) {
        take_over(login, session, false);
        go(call, login, "/u/mfa-otp-challenge");
    } else {
        go(call, login, "/u/login");
    }
}

/* In this order: only a request whose callback is proven is answered there. */
void sb_authorize(sb_call *call)
{
    char browser[SB_RECORD_TEXT_LEN + 1];
    sb_record session;
    sb_user user;
    if (!parameters_ok(call) || !caller_ok(call) || !request_ok(call))
        return;
    if (sb_web_browser_or_new(call, browser) != AUTH0DB_OK) {
        sb_web_stop(call, 500, "Something went wrong", "Please try again.");
        return;
    }
    json_t *login = begin(call, browser);
    sb_web_session(call, &session, &user);
    decide(call, login, &session, &user);
    json_decref(login);
    sb_record_clear(&session);
    sb_user_clear(&user);
}

/* ---- the end ---- */

static void give_code(sb_call *call, const json_t *login)
{
    char code[SB_RECORD_TEXT_LEN + 1];
    const char *const pairs[][2] = {{"code", code}};
    if (sb_record_make(call->tenant, SB_RECORD_CODE, login, code) == AUTH0DB_OK)
        sb_web_back(call, login, pairs, 1);
    else
        sb_web_stop(call, 500, "Something went wrong", "Please try again.");
}

/* The user may have been blocked or deleted while the page stood open. */
void sb_authorize_resume(sb_call *call)
{
    sb_record login;
    sb_user user;
    if (!sb_web_login(call, &login))
        return;
    bool there = sb_user_by_seq(call->tenant, a0_json_int(login.data, "user", 0), &user);
    if (!a0_json_true(login.data, "done"))
        sb_web_go_on(call, "/u/login");
    else if (call->tenant->options.consent && !a0_json_true(login.data, "consented"))
        sb_web_go_on(call, "/u/consent");
    /* Taken before a code is made: the same login must not end in two. */
    else if (!sb_record_take(call->tenant, &login) || !there)
        sb_web_refuse(call, login.data, "access_denied", "The user does not exist.");
    else if (a0_json_true(user.profile, "blocked"))
        sb_web_refuse(call, login.data, "unauthorized", "user is blocked");
    else
        give_code(call, login.data);
    sb_user_clear(&user);
    sb_record_clear(&login);
}

/* ---- consent: an option, and asked for each time ---- */

/* The login whose person is known by now. Whoever has not logged in yet has nothing to consent to.
 */
static bool consent_login(sb_call *call, sb_record *login)
{
    if (!sb_web_login(call, login))
        return false;
    if (a0_json_true(login->data, "done"))
        return true;
    sb_record_clear(login);
    sb_web_go_on(call, "/u/login");
    return false;
}

void sb_consent_form(sb_call *call)
{
    sb_record login;
    if (!consent_login(call, &login))
        return;
    const sb_login_page p = {.login = login.data, .state = asked(call, "state"), .status = 200};
    sb_page_consent(call, &p);
    sb_record_clear(&login);
}

/* The words of this refusal are a guess. */
void sb_consent_submit(sb_call *call)
{
    sb_record login;
    const char *action = asked(call, "action");
    if (!consent_login(call, &login))
        return;
    if (action != NULL && strcmp(action, "accept") == 0) {
        json_object_set_new(login.data, "consented", json_true());
        if (sb_record_save(call->tenant, &login) == AUTH0DB_OK)
            sb_web_go_on(call, "/authorize/resume");
        else
            sb_web_stop(call, 500, "Something went wrong", "Please try again.");
    } else if (sb_record_take(call->tenant, &login)) {
        sb_web_refuse(call, login.data, "access_denied", "User did not authorize the request");
    } else {
        sb_web_stop(call, 500, "Something went wrong", "Please try again.");
    }
    sb_record_clear(&login);
}
