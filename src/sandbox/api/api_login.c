/* The pages of a login under way: password, one-time code, forgotten password. What is asked of a
 * password stands in login.c; here is which page comes next. */
#include "sandbox/api/api_login.h"

#include <stdio.h>
#include <string.h>

#include "sandbox/api/api_authorize.h"
#include "sandbox/api/api_factors.h"
#include "sandbox/api/api_reset.h"
#include "sandbox/login/login.h"
#include "sandbox/login/login_request.h"
#include "sandbox/pages/login_pages.h"
#include "sandbox/tenant/tenant_log.h"

static const char *field(const sb_call *call, const char *name)
{
    return a0_json_text(sb_web_parameters(call), name);
}

static sb_login_page page_of(const sb_call *call, const sb_record *login, const char *wrong)
{
    return (sb_login_page){.login = login->data,
                           .state = field(call, "state"),
                           .wrong = wrong,
                           .status = wrong != NULL ? 400 : 200};
}

static void say_trouble(sb_call *call)
{
    sb_web_stop(call, 500, "Something went wrong", "Please try again.");
}

/* ---- the end of a login ---- */

/* A new session, whose name nobody can know before, and the way back to the application. The login
 * is recorded before the session is made, and the session before the login is done: where one of
 * them fails, nobody is logged in without it. */
static void finish(sb_call *call, sb_record *login, sb_user *user, bool factor)
{
    json_t *session = json_pack("{s:I, s:I, s:b}", "user", (json_int_t)user->seq, "at_ms",
                                (json_int_t)sb_now_ms(call->tenant), "mfa", (int)factor);
    int rc = sb_login_record(call, user, call->request->peer);
    if (rc == AUTH0DB_OK)
        rc = sb_web_session_start(call, session);
    if (rc == AUTH0DB_OK && (json_object_update(login->data, session) != 0 ||
                             json_object_set_new(login->data, "done", json_true()) != 0))
        rc = AUTH0DB_ERR_NO_MEMORY;
    if (rc == AUTH0DB_OK)
        rc = sb_record_save(call->tenant, login);
    if (rc == AUTH0DB_OK)
        sb_web_go_on(call, "/authorize/resume");
    else
        say_trouble(call);
    json_decref(session);
}

/* ---- e-mail and password ---- */

void sb_login_form(sb_call *call)
{
    sb_record login;
    if (!sb_web_login(call, &login))
        return;
    sb_login_page p = page_of(call, &login, NULL);
    sb_page_login(call, &p, a0_json_text(login.data, "login_hint"));
    sb_record_clear(&login);
}

/* Who is blocked, and whom an Action denies, goes back to the application with it; the rest can be
 * repaired on the page. */
static void refused(sb_call *call, const sb_record *login, const sb_refused *why)
{
    if (strcmp(why->error, "unauthorized") == 0 || strcmp(why->error, "access_denied") == 0) {
        if (sb_record_take(call->tenant, login))
            sb_web_refuse(call, login->data, why->error, why->said);
        else
            say_trouble(call);
        return;
    }
    sb_login_page p = page_of(call, login, why->said);
    sb_page_login(call, &p, field(call, "username"));
}

static const char *const challenge_page = "/u/mfa-otp-challenge", *const enrollment_page =
                                                                      "/u/mfa-otp-enrollment";

static const char *secret_of(const sb_user *user)
{
    return a0_json_text(user->flags, "totp_secret");
}

/* The password is right: remembered before a second factor is asked for, since that is another
 * request. */
static void password_was_right(sb_call *call, sb_record *login, sb_user *user)
{
    bool factor = sb_authorize_wants_factor(call->tenant, login->data, user);
    json_object_set_new(login->data, "user", json_integer(user->seq));
    if (!factor)
        finish(call, login, user, false);
    else if (sb_record_save(call->tenant, login) == AUTH0DB_OK)
        sb_web_go_on(call, secret_of(user) != NULL ? challenge_page : enrollment_page);
    else
        say_trouble(call);
}

static void check_password(sb_call *call, sb_record *login, const char *connection)
{
    sb_refused why = {0};
    sb_user user = {0};
    sb_login tried = {.identifier = field(call, "username"),
                      .password = field(call, "password"),
                      .ip = call->request->peer,
                      .connection = connection,
                      .refused = &why};
    bool right = sb_login_run(call, &tried, &user);
    /* the lock was released while bcrypt ran: another request may have ended this login */
    sb_record_clear(login);
    if (!sb_web_login(call, login))
        right = false;
    else if (right)
        password_was_right(call, login, &user);
    else
        refused(call, login, &why);
    sb_user_clear(&user);
}

/* A form with an empty field tries nothing, so it counts against nobody. */
void sb_login_submit(sb_call *call)
{
    sb_record login;
    sb_connection connection = {0};
    const char *name = field(call, "username"), *password = field(call, "password");
    if (!sb_web_login(call, &login))
        return;
    sb_login_page p = page_of(call, &login, "Type your email address and your password.");
    if (name == NULL || password == NULL || *name == '\0' || *password == '\0')
        sb_page_login(call, &p, name);
    else if (!sb_login_connection(call, login.data, &connection))
        say_trouble(call);
    else
        check_password(call, &login, connection.name);
    sb_connection_clear(&connection);
    sb_record_clear(&login);
}

/* ---- a one-time code ---- */

/* The login and the user who has shown the password (or has a session) in it. */
static bool factor_login(sb_call *call, sb_record *login, sb_user *user)
{
    if (!sb_web_login(call, login))
        return false;
    if (sb_user_by_seq(call->tenant, a0_json_int(login->data, "user", 0), user))
        return true;
    sb_record_clear(login);
    sb_web_go_on(call, "/u/login");
    return false;
}

/* The key of an app that is to be: kept in the login until a code has proven it. A reload shows the
 * same key: a person who has typed it into an app already must not have to begin anew. */
static const char *offered_secret(sb_call *call, sb_record *login)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    char text[33];
    const char *offered = a0_json_text(login->data, "totp_secret");
    if (offered != NULL || sb_random_text(call->tenant, text, sizeof text - 1) != AUTH0DB_OK)
        return offered;
    for (size_t i = 0; i < sizeof text - 1; i++)
        text[i] = alphabet[(unsigned char)text[i] % 32];
    json_object_set_new(login->data, "totp_secret", json_string(text));
    return sb_record_save(call->tenant, login) == AUTH0DB_OK
               ? a0_json_text(login->data, "totp_secret")
               : NULL;
}

/* A user who has an app is never offered another one: that would make the password enough. */
static void show_otp(sb_call *call, sb_record *login, const sb_user *user, const char *wrong)
{
    const char *secret = secret_of(user) != NULL ? NULL : offered_secret(call, login);
    sb_login_page p = page_of(call, login, wrong);
    if (secret_of(user) == NULL && secret == NULL)
        say_trouble(call);
    else
        sb_page_otp(call, &p, secret);
}

void sb_otp_form(sb_call *call)
{
    sb_record login;
    sb_user user;
    if (!factor_login(call, &login, &user))
        return;
    show_otp(call, &login, &user, NULL);
    sb_user_clear(&user);
    sb_record_clear(&login);
}

/* Ten tries, and one more a minute, for a user and not for a page: whoever knows the password could
 * open as many pages as he likes. */
static bool may_try(sb_call *call, const sb_user *user)
{
    char name[40];
    static const sb_rate rate = {10, 60000};
    int64_t now_ms = sb_now_ms(call->tenant);
    snprintf(name, sizeof name, "otp %lld", (long long)user->seq);
    sb_counter *bucket = sb_counter_touch(&call->tenant->counters, name, rate.burst, now_ms);
    return bucket != NULL && sb_bucket_take(bucket, rate, now_ms);
}

/* A code is good once: its step must be later than that of the last one. */
static bool code_ok(sb_call *call, const sb_record *login, sb_user *user)
{
    int64_t step = 0;
    const char *code = field(call, "code"), *secret = secret_of(user);
    if (secret == NULL)
        secret = a0_json_text(login->data, "totp_secret");
    if (code == NULL || secret == NULL ||
        !sb_otp_matches(secret, code, sb_web_date_s(call->tenant, sb_now_ms(call->tenant)),
                        &step) ||
        step <= a0_json_int(user->flags, "totp_step", 0))
        return false;
    json_object_set_new(user->flags, "totp_step", json_integer(step));
    return true;
}

static void log_code(sb_call *call, const sb_user *user, bool right)
{
    sb_log(call,
           &(sb_log_event){.type = right ? "gd_auth_succeed" : "gd_auth_failed",
                           .description = right ? "Second factor accepted" : "Wrong one-time code",
                           .user_id = sb_user_text(user, "user_id"),
                           .user_name = sb_user_text(user, "email"),
                           .connection = user->connection});
}

void sb_otp_submit(sb_call *call)
{
    sb_record login;
    sb_user user;
    if (!factor_login(call, &login, &user))
        return;
    /* Without a try left the code is not even compared: its refusal must not tell that it was
     * right. */
    bool may = may_try(call, &user), right = may && code_ok(call, &login, &user);
    log_code(call, &user, right);
    if (right) {
        if (secret_of(&user) == NULL) /* without memory the next login enrols anew */
            (void)!sb_factors_enrol(call->tenant, &user,
                                    json_object_get(login.data, "totp_secret"));
        json_object_del(login.data, "totp_secret");
        finish(call, &login, &user, true);
    } else {
        show_otp(call, &login, &user,
                 may ? "The code is not right. Type the one that the app shows now."
                     : "Too many wrong codes. Wait for a minute, then try again.");
    }
    sb_user_clear(&user);
    sb_record_clear(&login);
}

/* ---- a forgotten password ---- */

static bool may_reset(sb_call *call, const sb_record *login, sb_connection *connection)
{
    bool known = sb_login_connection(call, login->data, connection);
    if (known && !a0_json_true(connection->options, "disable_self_service_change_password"))
        return true;
    sb_web_stop(call, 404, "This page is not there", "Ask the site how to get a new password.");
    return false;
}

void sb_forgotten_form(sb_call *call)
{
    sb_record login;
    sb_connection connection = {0};
    if (!sb_web_login(call, &login))
        return;
    sb_login_page p = page_of(call, &login, NULL);
    if (may_reset(call, &login, &connection))
        sb_page_forgotten(call, &p, a0_json_text(login.data, "login_hint"));
    sb_connection_clear(&connection);
    sb_record_clear(&login);
}

void sb_forgotten_submit(sb_call *call)
{
    sb_record login;
    sb_connection connection = {0};
    const char *email = field(call, "email");
    if (!sb_web_login(call, &login))
        return;
    sb_login_page p = page_of(call, &login, NULL),
                  again = page_of(call, &login, "Type your email address.");
    if (may_reset(call, &login, &connection)) {
        if (email == NULL || *email == '\0') {
            sb_page_forgotten(call, &again, NULL);
        } else {
            sb_reset_send(call, &connection, email);
            sb_page_mail_sent(call, &p, email);
        }
    }
    sb_connection_clear(&connection);
    sb_record_clear(&login);
}
