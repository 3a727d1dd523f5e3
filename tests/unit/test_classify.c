/* Every row of facts/auth0.md 1.4 (password grants), 1.6 (client credentials) and 4 (Management
 * API). */
#include <stdio.h>
#include <string.h>

#include "auth0/calls.h"
#include "auth0/classify.h"
#include "unit.h"

typedef struct row {
    a0_op op;
    long status;
    const char *body;
    auth0db_outcome want;
} row;

#define O(word) AUTH0DB_OUTCOME_##word
#define E(code, text) "{\"error\":\"" code "\",\"error_description\":\"" text "\"}"
#define M(status, error, text, code)                                                               \
    "{\"statusCode\":" #status ",\"error\":\"" error "\",\"message\":\"" text                      \
    "\",\"errorCode\":\"" code "\"}"

static void check_rows(const row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        a0_api_error error;
        a0_api_error_read(&error, rows[i].op, rows[i].body, strlen(rows[i].body));
        a0_class is = a0_classify(rows[i].op, rows[i].status, &error);
        ck_assert_msg(is.outcome == rows[i].want, "row %zu, %ld %s: %s", i, rows[i].status,
                      rows[i].body, auth0db_outcome_name(is.outcome));
        ck_assert_msg((is.outcome == O(MISCONFIGURED)) == (is.where != NULL && is.cure != NULL),
                      "row %zu", i);
    }
}
#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

START_TEST(password_grant_as_auth0_documents_and_shows_it)
{
    static const row rows[] = {
        {A0_OP_GRANT, 200, "{}", O(OK)},
        {A0_OP_GRANT, 403, E("invalid_grant", "Wrong email or password."), O(BAD_CREDENTIALS)},
        {A0_OP_GRANT, 400, E("invalid_grant", "x"), O(BAD_CREDENTIALS)},
        {A0_OP_GRANT, 403, E("invalid_user_password", "Wrong email or password"),
         O(BAD_CREDENTIALS)},
        {A0_OP_GRANT, 401, E("invalid_user_password", ""), O(BAD_CREDENTIALS)},
        {A0_OP_GRANT, 403, E("unauthorized", "user is blocked"), O(BLOCKED)},
        {A0_OP_GRANT, 401, E("unauthorized", "user is blocked"), O(BLOCKED)},
        {A0_OP_GRANT, 403, "{\"error\":\"unauthorized\"}", O(BLOCKED)},
        {A0_OP_GRANT, 403, E("invalid_grant", "user is blocked"), O(BLOCKED)},
        {A0_OP_GRANT, 403, E("blocked_user", "x"), O(BLOCKED)},
        {A0_OP_GRANT, 403, E("unauthorized", "only on Mondays"), O(DENIED)},
        {A0_OP_GRANT, 429, E("too_many_attempts", "Your account has been blocked"),
         O(TOO_MANY_ATTEMPTS)},
        {A0_OP_GRANT, 401, E("too_many_attempts", ""), O(TOO_MANY_ATTEMPTS)},
        {A0_OP_GRANT, 429, E("too_many_logins", ""), O(TOO_MANY_ATTEMPTS)},
        {A0_OP_GRANT, 429, E("too_many_requests", "Rate limit exceeded."), O(THROTTLED)},
        {A0_OP_GRANT, 429, E("access_denied", "Global limit has been reached"), O(THROTTLED)},
        {A0_OP_GRANT, 429, "", O(THROTTLED)},
        {A0_OP_GRANT, 429, "<html>", O(THROTTLED)},
        {A0_OP_GRANT, 403,
         "{\"error\":\"mfa_required\",\"error_description\":\"x\",\"mfa_token\":\"t\"}",
         O(MFA_REQUIRED)},
        {A0_OP_GRANT, 401, E("mfa_required", ""), O(MFA_REQUIRED)},
        {A0_OP_GRANT, 403, E("mfa_registration_required", ""), O(MFA_REQUIRED)},
        {A0_OP_GRANT, 401, E("password_leaked", "This login attempt has been blocked"),
         O(PASSWORD_LEAKED)},
        {A0_OP_GRANT, 403, E("access_denied", "not today"), O(DENIED)},
        {A0_OP_GRANT, 403, E("access_denied", "Wrong email or password."), O(DENIED)},
        {A0_OP_GRANT, 401, E("requires_verification", ""), O(CAPTCHA)},
        {A0_OP_GRANT, 403,
         E("unauthorized_client", "Grant type 'password' not allowed for the client."),
         O(MISCONFIGURED)},
        {A0_OP_GRANT, 500,
         E("server_error", "Authorization server not configured with default connection."),
         O(UNAVAILABLE)},
        {A0_OP_GRANT, 401, E("access_denied", "Unauthorized"), O(MISCONFIGURED)},
        {A0_OP_GRANT, 401, E("invalid_client", "Client authentication failed"), O(MISCONFIGURED)},
        {A0_OP_GRANT, 403, E("unauthorized_client", "invalid client"), O(MISCONFIGURED)},
        {A0_OP_GRANT, 400, E("invalid_request", "Missing required parameter: username"),
         O(REFUSED)},
        {A0_OP_GRANT, 400, E("invalid_request", "the connection was disabled"), O(MISCONFIGURED)},
        {A0_OP_GRANT, 400,
         E("invalid_request", "specified strategy does not support requested operation"),
         O(MISCONFIGURED)},
        {A0_OP_GRANT, 400, E("invalid_scope", "Scope must be an array or a string"),
         O(MISCONFIGURED)},
        {A0_OP_GRANT, 400, E("unsupported_grant_type", "Grant type not supported"),
         O(MISCONFIGURED)},
        {A0_OP_GRANT, 400, E("invalid_request", "Unknown realm x."), O(MISCONFIGURED)},
        {A0_OP_GRANT, 400, E("server_error", "script failed"), O(REFUSED)},
        {A0_OP_GRANT, 503, E("server_error", ""), O(UNAVAILABLE)},
        {A0_OP_GRANT, 403, "Origin https://x is not allowed.", O(REFUSED)},
        {A0_OP_GRANT, 403, E("code_of_the_year_2030", ""), O(REFUSED)},
        {A0_OP_GRANT, 401, E("code_of_the_year_2030", ""), O(MISCONFIGURED)},
        {A0_OP_GRANT, 302, "", O(REFUSED)},
        {A0_OP_GRANT, 204, "", O(UNAVAILABLE)},
    };
    CHECK(rows);
}
END_TEST

/* Neither a proxy's page nor half an answer lets anybody in: of a grant only silence, 5xx and a 2xx
 * that is none may turn into an outage. */
START_TEST(no_error_of_a_grant_is_ever_ok_and_a_malformed_4xx_is_no_outage)
{
    static const char *const bodies[] = {"",
                                         "<html>",
                                         "[]",
                                         "7",
                                         "\"ok\"",
                                         "{}",
                                         "{\"error\":7}",
                                         "{\"error\":",
                                         "{\"error\":{\"error\":\"invalid_grant\"}}"};
    for (long status = 100; status < 600; status++) {
        for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
            a0_api_error error;
            a0_api_error_read(&error, A0_OP_GRANT, bodies[i], strlen(bodies[i]));
            auth0db_outcome outcome = a0_classify(A0_OP_GRANT, status, &error).outcome;
            auth0db_outcome want = status == 200 || status == 201       ? O(OK)
                                   : status == 429                      ? O(THROTTLED)
                                   : status == 401 || status == 404     ? O(MISCONFIGURED)
                                   : status >= 500 || status / 100 == 2 ? O(UNAVAILABLE)
                                                                        : O(REFUSED);
            ck_assert_msg(outcome == want, "%ld %s: %s", status, bodies[i],
                          auth0db_outcome_name(outcome));
        }
    }
}
END_TEST

START_TEST(client_credentials)
{
    static const row rows[] = {
        {A0_OP_CODE, 403, E("invalid_grant", "Invalid authorization code"), O(BAD_CREDENTIALS)},
        {A0_OP_CODE, 403, E("unauthorized_client", "Grant type not allowed"), O(MISCONFIGURED)},
        {A0_OP_CODE, 401, E("access_denied", "Unauthorized"), O(MISCONFIGURED)},
        {A0_OP_CODE, 400, E("invalid_client", ""), O(MISCONFIGURED)},
        {A0_OP_CODE, 404, E("x", ""), O(MISCONFIGURED)},
        {A0_OP_CODE, 429, E("x", ""), O(THROTTLED)},
        {A0_OP_CODE, 403, E("too_many_requests", ""), O(THROTTLED)},
        {A0_OP_CODE, 400, E("server_error", ""), O(UNAVAILABLE)},
        {A0_OP_CODE, 400, E("temporarily_unavailable", ""), O(UNAVAILABLE)},
        {A0_OP_CODE, 408, E("x", ""), O(UNAVAILABLE)},
        {A0_OP_CODE, 403, E("tomorrow", "word"), O(REFUSED)},
        {A0_OP_TOKEN, 401, E("access_denied", "Unauthorized"), O(MISCONFIGURED)},
        {A0_OP_TOKEN, 401, E("invalid_client", ""), O(MISCONFIGURED)},
        {A0_OP_TOKEN, 403, E("access_denied", "Client is not authorized to access x"),
         O(MISCONFIGURED)},
        {A0_OP_TOKEN, 403, E("unauthorized_client", ""), O(MISCONFIGURED)},
        {A0_OP_TOKEN, 400, E("invalid_request", ""), O(MISCONFIGURED)},
        {A0_OP_TOKEN, 429, E("too_many_requests", "Client quota exceeded"), O(THROTTLED)},
        {A0_OP_TOKEN, 500, E("server_error", ""), O(UNAVAILABLE)},
        {A0_OP_TOKEN, 401, "<html>", O(UNAVAILABLE)},
    };
    CHECK(rows);
}
END_TEST

START_TEST(management_api)
{
    static const row rows[] = {
        {A0_OP_CREATE, 201, "{}", O(OK)},
        {A0_OP_CREATE, 204, "", O(UNAVAILABLE)},
        {A0_OP_CREATE, 409, M(409, "Conflict", "The user already exists.", "auth0_idp_error"),
         O(EXISTS)},
        {A0_OP_CREATE, 409, M(409, "Conflict", "x", "user_exists"), O(EXISTS)},
        {A0_OP_CREATE, 409,
         M(409, "Conflict", "The tenant has multiple verified custom domains.",
           "custom_domain_conflict"),
         O(MISCONFIGURED)},
        {A0_OP_SET_PASSWORD, 409,
         M(409, "Conflict", "The tenant has multiple verified custom domains.",
           "custom_domain_conflict"),
         O(MISCONFIGURED)},
        {A0_OP_CREATE, 409, M(409, "Conflict", "Something else", "auth0_idp_error"), O(REFUSED)},
        {A0_OP_CREATE, 409, M(409, "Conflict", "", ""), O(REFUSED)},
        {A0_OP_CREATE, 418, M(418, "Teapot", "x", "y"), O(REFUSED)},
        {A0_OP_SET_PASSWORD, 422, M(422, "Unprocessable", "x", "y"), O(REFUSED)},
        {A0_OP_CREATE, 400,
         M(400, "Bad Request", "The username provided is in use already.", "auth0_idp_error"),
         O(USERNAME_TAKEN)},
        {A0_OP_CREATE, 400,
         M(400, "Bad Request", "The user already exists (username: bob).", "auth0_idp_error"),
         O(USERNAME_TAKEN)},
        {A0_OP_CREATE, 400,
         "{\"statusCode\":400,\"error\":\"Bad Request\",\"message\":\"PasswordStrengthError: "
         "Password is too "
         "weak\"}",
         O(WEAK_PASSWORD)},
        {A0_OP_CREATE, 400, M(400, "Bad Request", "x", "invalid_password"), O(WEAK_PASSWORD)},
        {A0_OP_CREATE, 400, M(400, "Bad Request", "PasswordDictionaryError: x", "y"),
         O(WEAK_PASSWORD)},
        {A0_OP_CREATE, 400, M(400, "Bad Request", "PasswordNoUserInfoError: x", "y"),
         O(WEAK_PASSWORD)},
        {A0_OP_SET_PASSWORD, 400, M(400, "Bad Request", "PasswordHistoryError: x", "y"),
         O(WEAK_PASSWORD)},
        {A0_OP_SET_PASSWORD, 400, M(400, "Bad Request", "PasswordStrengthError: x", "y"),
         O(WEAK_PASSWORD)},
        {A0_OP_CREATE, 400, M(400, "Bad Request", "Payload validation error", "invalid_body"),
         O(INVALID_USER)},
        {A0_OP_CREATE, 400, M(400, "Bad Request", "Connection does not exist.", "invalid_body"),
         O(MISCONFIGURED)},
        {A0_OP_CREATE, 400, M(400, "Bad Request", "Connection is disabled.", "x"),
         O(MISCONFIGURED)},
        {A0_OP_CREATE, 400,
         M(400, "Bad Request", "Cannot set username for connection without requires_username.",
           "x"),
         O(MISCONFIGURED)},
        {A0_OP_CREATE, 401, M(401, "Unauthorized", "Expired token received", "invalid_token"),
         O(MISCONFIGURED)},
        {A0_OP_CREATE, 403, M(403, "Forbidden", "Insufficient scope", "insufficient_scope"),
         O(MISCONFIGURED)},
        {A0_OP_CREATE, 403, M(403, "Forbidden", "too many entities", "x"), O(MISCONFIGURED)},
        {A0_OP_CREATE, 429,
         M(429, "Too Many Requests", "Global limit has been reached", "too_many_requests"),
         O(THROTTLED)},
        {A0_OP_CREATE, 503, "<html>", O(UNAVAILABLE)},
        {A0_OP_CREATE, 404, "<html>", O(UNAVAILABLE)},
        {A0_OP_GET_USER, 404, M(404, "Not Found", "The user does not exist.", "inexistent_user"),
         O(NOT_FOUND)},
        {A0_OP_GET_USER, 404,
         "{\"statusCode\":404,\"error\":\"Not Found\",\"message\":\"The user does not exist.\"}",
         O(NOT_FOUND)},
        {A0_OP_SET_PASSWORD, 404, M(404, "Not Found", "x", "inexistent_user"), O(NOT_FOUND)},
        {A0_OP_GET_USER, 404, M(404, "Not Found", "Not Found", "no_such_route"), O(MISCONFIGURED)},
        {A0_OP_GET_USER, 404, "Not Found", O(UNAVAILABLE)},
        {A0_OP_LOOK_UP, 404, M(404, "Not Found", "x", "y"), O(MISCONFIGURED)},
        {A0_OP_LOOK_UP, 302, "", O(UNAVAILABLE)},
        {A0_OP_KEYS, 404, E("x", "y"), O(MISCONFIGURED)},
        {A0_OP_KEYS, 403, E("x", "y"), O(UNAVAILABLE)},
    };
    CHECK(rows);
}
END_TEST

START_TEST(jobs_deletions_and_resets)
{
    static const char gone[] = M(404, "Not Found", "The user does not exist.", "inexistent_user");
    static const char nameless[] = "{\"statusCode\":404,\"message\":\"The user does not exist.\"}";
    static const char route[] = M(404, "Not Found", "Not Found", "no_such_route");
    static const row rows[] = {
        {A0_OP_SUBMIT_JOB, 400, M(400, "Bad Request", "Connection is gone", "x"), O(INVALID_USER)},
        {A0_OP_SUBMIT_JOB, 404, M(404, "Not Found", "x", "y"), O(MISCONFIGURED)},
        {A0_OP_SUBMIT_JOB, 413, "<html>", O(INVALID_USER)}, /* from something on the way, too */
        {A0_OP_SUBMIT_JOB, 414, "<html>", O(UNAVAILABLE)},
        {A0_OP_CREATE, 413, "<html>", O(UNAVAILABLE)},
        {A0_OP_SUBMIT_JOB, 408, M(408, "Timeout", "x", "y"), O(UNAVAILABLE)},
        {A0_OP_CREATE, 400, M(400, "Bad Request", "x", "too_many_requests"), O(THROTTLED)},
        {A0_OP_CREATE, 429, M(429, "Too Many", "x", "y"), O(THROTTLED)},
        {A0_OP_CREATE, 400, M(400, "Bad Request", "PasswordHistoryError: x", "y"),
         O(WEAK_PASSWORD)},
        {A0_OP_SET_PASSWORD, 400, M(400, "Bad Request", "x", "invalid_password"), O(WEAK_PASSWORD)},
        {A0_OP_SET_PASSWORD, 400, M(400, "Bad Request", "PasswordDictionaryError: x", "y"),
         O(WEAK_PASSWORD)},
        {A0_OP_SET_PASSWORD, 400, M(400, "Bad Request", "PasswordNoUserInfoError: x", "y"),
         O(WEAK_PASSWORD)},
        {A0_OP_SET_PASSWORD, 400, M(400, "Bad Request", "x", "y"), O(INVALID_USER)},
        {A0_OP_TOKEN, 429, E("x", ""), O(THROTTLED)},
        {A0_OP_GET_JOB, 404, M(404, "Not Found", "x", "y"), O(NOT_FOUND)},
        {A0_OP_GET_JOB, 400, M(400, "Bad Request", "x", "y"), O(UNAVAILABLE)},
        {A0_OP_GET_JOB, 400, M(400, "Bad Request", "x", "invalid_uri"), O(NOT_FOUND)},
        {A0_OP_DELETE_USER, 404, gone, O(NOT_FOUND)},
        {A0_OP_DELETE_USER, 404, nameless, O(NOT_FOUND)},
        {A0_OP_DELETE_USER, 404, route, O(MISCONFIGURED)},
        {A0_OP_RESET_LINK, 400, M(400, "Bad Request", "x", "y"), O(INVALID_USER)},
        {A0_OP_RESET_MAIL, 429, E("x", "y"), O(THROTTLED)},
        {A0_OP_RESET_MAIL, 400, E("too_many_requests", "y"), O(THROTTLED)},
        {A0_OP_RESET_MAIL, 408, E("x", "y"), O(UNAVAILABLE)},
        {A0_OP_RESET_MAIL, 400, E("invalid_client", "y"), O(MISCONFIGURED)},
        {A0_OP_RESET_MAIL, 400, E("unauthorized_client", "y"), O(MISCONFIGURED)},
        {A0_OP_RESET_MAIL, 401, E("x", "y"), O(MISCONFIGURED)},
        {A0_OP_RESET_MAIL, 403, E("x", "y"), O(MISCONFIGURED)},
        {A0_OP_RESET_MAIL, 404, E("x", "y"), O(NOT_FOUND)},
        {A0_OP_RESET_MAIL, 400, E("x", "y"), O(INVALID_USER)},
        {A0_OP_KEYS, 429, E("x", "y"), O(THROTTLED)},
        {A0_OP_TOKEN, 403, E("too_many_requests", ""), O(THROTTLED)},
        {A0_OP_TOKEN, 400, E("server_error", ""), O(UNAVAILABLE)},
        {A0_OP_TOKEN, 400, E("temporarily_unavailable", ""), O(UNAVAILABLE)},
        {A0_OP_TOKEN, 408, E("x", ""), O(UNAVAILABLE)},
        {A0_OP_GRANT, 400, E("too_many_requests", ""), O(THROTTLED)},
        {A0_OP_GRANT, 403, E("captcha_required", ""), O(CAPTCHA)},
        {A0_OP_GRANT, 403, E("invalid_captcha", ""), O(CAPTCHA)},
    };
    CHECK(rows);
}
END_TEST

/* What a taken address and a taken user name look like decides whether a change is a conflict that
 * is listed, or trouble that is tried again. */
START_TEST(a_change_of_a_user)
{
    static const row rows[] = {
        {A0_OP_CHANGE_USER, 200, "{}", O(OK)},
        {A0_OP_CHANGE_USER, 400,
         M(400, "Bad Request", "The specified new email already exists", "x"), O(EXISTS)},
        {A0_OP_CHANGE_USER, 409, M(409, "Conflict", "The user already exists.", "auth0_idp_error"),
         O(EXISTS)},
        {A0_OP_CHANGE_USER, 409, M(409, "Conflict", "x", "y"), O(EXISTS)},
        {A0_OP_CHANGE_USER, 409, "", O(UNAVAILABLE)}, /* of something on the way */
        {A0_OP_CHANGE_USER, 400,
         M(400, "Bad Request", "The specified new username already exists", "x"),
         O(USERNAME_TAKEN)},
        {A0_OP_CHANGE_USER, 400,
         M(400, "Bad Request", "The username provided is in use already.", "x"), O(USERNAME_TAKEN)},
        {A0_OP_CHANGE_USER, 409,
         M(409, "Conflict", "The user already exists (username: bob)", "auth0_idp_error"),
         O(USERNAME_TAKEN)},
        {A0_OP_CHANGE_USER, 404, M(404, "Not Found", "The user does not exist.", "inexistent_user"),
         O(NOT_FOUND)},
        {A0_OP_CHANGE_USER, 404,
         "{\"statusCode\":404,\"error\":\"Not Found\",\"message\":\"The user does not exist.\"}",
         O(NOT_FOUND)},
        {A0_OP_CHANGE_USER, 404, M(404, "Not Found", "Not Found", "y"), O(MISCONFIGURED)},
        {A0_OP_CHANGE_USER, 404, "<html>", O(UNAVAILABLE)},
        {A0_OP_CHANGE_USER, 400,
         M(400, "Bad Request", "Cannot set username for connection without requires_username",
           "operation_not_supported"),
         O(MISCONFIGURED)},
        {A0_OP_CHANGE_USER, 400,
         M(400, "Bad Request", "Payload validation error: 'x' on property email", "invalid_body"),
         O(INVALID_USER)},
        {A0_OP_CHANGE_USER, 422, M(422, "Unprocessable", "x", "y"), O(REFUSED)},
        {A0_OP_CHANGE_USER, 401, M(401, "Unauthorized", "Invalid token", "invalid_token"),
         O(MISCONFIGURED)},
        {A0_OP_CHANGE_USER, 403, M(403, "Forbidden", "Insufficient scope", "insufficient_scope"),
         O(MISCONFIGURED)},
        {A0_OP_CHANGE_USER, 429, M(429, "Too Many Requests", "x", "too_many_requests"),
         O(THROTTLED)},
        {A0_OP_CHANGE_USER, 500, M(500, "x", "The user already exists.", "y"), O(UNAVAILABLE)},
        {A0_OP_CHANGE_USER, 503, "", O(UNAVAILABLE)},
        {A0_OP_CHANGE_USER, 0, "", O(UNAVAILABLE)},
    };
    CHECK(rows);
}
END_TEST

/* A plan's refusal has either of two codes; no scope and no setting repairs it. */
START_TEST(what_a_plan_does_not_include_is_said_as_such_of_every_call)
{
    static const char *const bodies[] = {
        M(403, "Forbidden", "Please upgrade your subscription to use it", "insufficient_scope"),
        M(403, "Forbidden", "Please upgrade your subscription to use it",
          "insufficient_entitlement"),
        M(403, "Forbidden", "Not entitled", "insufficient_entitlement")};
    static const char scope[] = M(403, "Forbidden", "Insufficient scope", "insufficient_scope");
    static const a0_op ops[] = {A0_OP_CREATE,       A0_OP_GET_USER,   A0_OP_SET_PASSWORD,
                                A0_OP_LOOK_UP,      A0_OP_GET_JOB,    A0_OP_SUBMIT_JOB,
                                A0_OP_GET_PROVIDER, A0_OP_RESET_LINK, A0_OP_DELETE_USER,
                                A0_OP_ADD_FACTOR,   A0_OP_CHANGE_USER};
    for (size_t i = 0; i < A0_COUNT(ops) * A0_COUNT(bodies); i++) {
        const char *body = bodies[i % A0_COUNT(bodies)];
        a0_api_error error;
        a0_api_error_read(&error, ops[i / A0_COUNT(bodies)], body, strlen(body));
        a0_class is = a0_classify(ops[i / A0_COUNT(bodies)], 403, &error);
        auth0db_error err = {.code = AUTH0DB_ERR_OPTION};
        ck_assert_int_eq(is.outcome, AUTH0DB_OUTCOME_MISCONFIGURED);
        ck_assert_ptr_nonnull(strstr(is.cure, "plan does not include"));
        snprintf(err.where, sizeof err.where, "%s", is.where);
        ck_assert(a0_is_of_the_plan(&err));
    }
    a0_api_error error;
    auth0db_error err = {.code = AUTH0DB_ERR_OPTION};
    a0_api_error_read(&error, A0_OP_LOOK_UP, scope, strlen(scope));
    snprintf(err.where, sizeof err.where, "%s", a0_classify(A0_OP_LOOK_UP, 403, &error).where);
    ck_assert(!a0_is_of_the_plan(&err));
}
END_TEST

/* A job that waits for another one is no rate limit: only its own kind waits with it. */
START_TEST(a_full_queue_of_jobs_makes_nothing_else_wait)
{
    static const char full[] =
        M(429, "Too Many", "There are 2 active import users jobs, please wait", "too_many_jobs");
    static const char quick[] = M(429, "Too Many", "Global limit", "too_many_requests");
    a0_api_error error;
    a0_api_error_read(&error, A0_OP_SUBMIT_JOB, full, strlen(full));
    ck_assert(a0_classify(A0_OP_SUBMIT_JOB, 429, &error).busy);
    a0_api_error_read(&error, A0_OP_SUBMIT_JOB, quick, strlen(quick));
    ck_assert(!a0_classify(A0_OP_SUBMIT_JOB, 429, &error).busy);
}
END_TEST

START_TEST(a_success_that_a_call_does_not_promise_is_none)
{
    static const struct {
        a0_op op;
        long promised[4];
    } rows[] = {
        {A0_OP_GRANT, {200, 201}},
        {A0_OP_TOKEN, {200, 201}},
        {A0_OP_KEYS, {200, 201}},
        {A0_OP_CREATE, {200, 201}},
        {A0_OP_GET_USER, {200, 201}},
        {A0_OP_SET_PASSWORD, {200, 201}},
        {A0_OP_SUBMIT_JOB, {200, 201, 202}},
        {A0_OP_GET_JOB, {200, 204}},
        {A0_OP_DELETE_USER, {200, 204}},
        {A0_OP_RESET_LINK, {200, 201}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (long status = 200; status < 300; status++) {
            a0_api_error none = {0};
            bool is_promised = false;
            for (size_t n = 0; n < 4; n++)
                is_promised = is_promised || rows[i].promised[n] == status;
            ck_assert_msg(a0_classify(rows[i].op, status, &none).outcome ==
                              (is_promised ? O(OK) : O(UNAVAILABLE)),
                          "op %d, %ld", rows[i].op, status);
        }
    }
}
END_TEST

/* It only asks whether somebody is there. */
START_TEST(a_probe_takes_any_answer_but_that_of_a_broken_server)
{
    a0_api_error none = {0};
    for (long status = 100; status < 600; status++)
        ck_assert_int_eq(a0_classify(A0_OP_PROBE, status, &none).outcome,
                         status < 500 ? O(OK) : O(UNAVAILABLE));
}
END_TEST

START_TEST(what_is_misconfigured_names_its_setting)
{
    static const struct {
        a0_op op;
        long status;
        const char *body, *where, *cure; /* cure: a word of it, where the row has one of its own */
    } rows[] = {
        {A0_OP_GRANT, 401, E("access_denied", "Unauthorized"), "AUTH0_CLIENT_SECRET"},
        {A0_OP_GRANT, 400, E("invalid_client", ""), "AUTH0_CLIENT_SECRET"},
        {A0_OP_GRANT, 400, E("invalid_request", "no such connection"), "AUTH0_CONNECTION"},
        {A0_OP_GRANT, 404, E("x", ""), "AUTH0_DOMAIN"},
        {A0_OP_TOKEN, 401, E("x", ""), "AUTH0_CLIENT_SECRET"},
        {A0_OP_TOKEN, 400, E("invalid_client", ""), "AUTH0_CLIENT_SECRET"},
        {A0_OP_TOKEN, 403, E("access_denied", ""), "AUTH0_CLIENT_ID", "Management API"},
        {A0_OP_CREATE, 403, M(403, "x", "y", "insufficient_scope"), "AUTH0_CLIENT_ID", "scope"},
        {A0_OP_TOKEN, 404, E("x", ""), "AUTH0_DOMAIN"},
        {A0_OP_CREATE, 400, M(400, "x", "The connection does not exist", "y"), "AUTH0_CONNECTION"},
        {A0_OP_CREATE, 400,
         M(400, "x", "Cannot set username for connection without requires_username", "y"),
         "AUTH0_REQUIRE_USERNAME"},
        {A0_OP_CREATE, 400, M(400, "x", "the custom domain is unknown", "y"),
         "AUTH0_CUSTOM_DOMAIN"},
        {A0_OP_CREATE, 400, M(400, "x", "auth0-custom-domain is no domain", "y"),
         "AUTH0_CUSTOM_DOMAIN"},
        {A0_OP_CREATE, 404, M(404, "x", "y", "z"), "AUTH0_DOMAIN"},
        {A0_OP_CREATE, 401, M(401, "x", "y", "z"), "AUTH0_USER_JWT"},
        {A0_OP_CREATE, 403, M(403, "x", "y", "z"), "AUTH0_CLIENT_ID"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        a0_api_error error;
        a0_api_error_read(&error, rows[i].op, rows[i].body, strlen(rows[i].body));
        a0_class is = a0_classify(rows[i].op, rows[i].status, &error);
        ck_assert_msg(is.outcome == O(MISCONFIGURED) && strcmp(is.where, rows[i].where) == 0,
                      "row %zu: %s", i, is.where != NULL ? is.where : "");
        ck_assert_msg(rows[i].cure == NULL || strstr(is.cure, rows[i].cure) != NULL, "row %zu: %s",
                      i, is.cure);
    }
}
END_TEST

/* Only what has the form of one of the API's own errors is taken for its word. */
START_TEST(each_spelling_of_a_code_is_read_and_no_other_object_is_an_error)
{
    static const struct {
        const char *body, *code, *text;
        bool json;
    } rows[] = {
        {"{\"error\":\"a\",\"code\":\"b\",\"errorCode\":\"c\"}", "a", "", true},
        {"{\"code\":\"b\",\"errorCode\":\"c\",\"message\":\"m\"}", "b", "m", true},
        {"{\"code\":\"b\"}", "b", "", true},
        {"{\"errorCode\":\"c\",\"description\":\"d\"}", "c", "d", true},
        {"{\"error_description\":\"e\",\"message\":\"m\",\"statusCode\":400}", "", "e", true},
        {"{\"message\":\"m\"}", "", "m", false},
        {"{\"statusCode\":\"400\"}", "", "", false},
    };
    char longest[100] = "{\"error\":\"";
    a0_api_error error;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        a0_api_error_read(&error, A0_OP_GRANT, rows[i].body, strlen(rows[i].body));
        ck_assert_str_eq(error.code, rows[i].code);
        ck_assert_str_eq(error.text, rows[i].text);
        ck_assert_msg(error.json == rows[i].json, "%s", rows[i].body);
    }
    size_t begin = strlen(longest), fits = sizeof error.code - 1;
    memset(longest + begin, 'x', fits + 1);
    strcpy(longest + begin + fits + 1, "\"}");
    a0_api_error_read(&error, A0_OP_GRANT, longest, strlen(longest));
    ck_assert_str_eq(error.code, ""); /* cut, it would be another code */
    strcpy(longest + begin + fits, "\"}");
    a0_api_error_read(&error, A0_OP_GRANT, longest, strlen(longest));
    ck_assert_uint_eq(strlen(error.code), fits);
}
END_TEST

START_TEST(a_code_is_never_taken_from_strange_text)
{
    a0_api_error error;
    const char *bad = "{\"error\":\"invalid_grant\\r\\nX: y\"}";
    a0_api_error_read(&error, A0_OP_GRANT, bad, strlen(bad));
    ck_assert_str_eq(error.code, "");
    ck_assert(error.json);
    ck_assert_int_eq(a0_classify(A0_OP_GRANT, 403, &error).outcome, AUTH0DB_OUTCOME_REFUSED);
}
END_TEST

UNIT_MAIN("classify", password_grant_as_auth0_documents_and_shows_it,
          no_error_of_a_grant_is_ever_ok_and_a_malformed_4xx_is_no_outage, client_credentials,
          management_api, jobs_deletions_and_resets, a_change_of_a_user,
          what_a_plan_does_not_include_is_said_as_such_of_every_call,
          a_full_queue_of_jobs_makes_nothing_else_wait,
          a_success_that_a_call_does_not_promise_is_none,
          a_probe_takes_any_answer_but_that_of_a_broken_server,
          what_is_misconfigured_names_its_setting,
          each_spelling_of_a_code_is_read_and_no_other_object_is_an_error,
          a_code_is_never_taken_from_strange_text)
