#include "auth0/classify.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

/* Auth0 calls its descriptions human text that may change, so codes decide. The one exception is
 * this list: cases that have no code of their own (facts/auth0.md 1.4, 4.2, 4.3). A text that no
 * longer matches turns into the plainer outcome of the same code, which never admits anybody that
 * the right one would not. */
enum text_rule { TEXT_ANY, TEXT_STARTS, TEXT_HOLDS, TEXT_EMPTY };

typedef struct row {
    int status;       /* 0: any of 400 to 499 */
    const char *code; /* NULL: any */
    enum text_rule rule;
    const char *text;
    a0_class is;
} row;

#define IS(word)                                                                                   \
    {                                                                                              \
        AUTH0DB_OUTCOME_##word, NULL, NULL, false, false                                           \
    }
#define FIX(setting, cure_text)                                                                    \
    {                                                                                              \
        AUTH0DB_OUTCOME_MISCONFIGURED, setting, cure_text, false, false                            \
    }
#define BUSY                                                                                       \
    {                                                                                              \
        AUTH0DB_OUTCOME_THROTTLED, NULL, NULL, true, false                                         \
    }
/* of two secrets the other may be the right one */
#define BAD_SECRET                                                                                 \
    {                                                                                              \
        AUTH0DB_OUTCOME_MISCONFIGURED, "AUTH0_CLIENT_SECRET",                                      \
            "it does not belong to the client id", false, true                                     \
    }

#define NO_CONNECTION "no such connection, or it is not enabled for the application"
/* No setting of ours is wrong: `where` is a word that no setting has. */
#define PLAN_WORD "plan"
#define PLAN FIX(PLAN_WORD, "the tenant's plan does not include this: upgrade it, or do without")
#define NO_DOMAIN "it is no verified custom domain of the tenant"
#define BAD_CLIENT FIX("AUTH0_CLIENT_ID", "no such application, or it may not use this grant")

/* Rows are asked in order, the narrow one before the wide. The last one ends every other no: what
 * nobody has described is a refusal of this login, for taken as an outage it would let an old
 * password of the site's in. */
static const row grant_rows[] = {
    {0, "too_many_attempts", TEXT_ANY, NULL, IS(TOO_MANY_ATTEMPTS)},
    {0, "too_many_logins", TEXT_ANY, NULL, IS(TOO_MANY_ATTEMPTS)},
    {429, NULL, TEXT_ANY, NULL, IS(THROTTLED)},
    {0, "too_many_requests", TEXT_ANY, NULL, IS(THROTTLED)},
    {0, "invalid_user_password", TEXT_ANY, NULL, IS(BAD_CREDENTIALS)},
    {0, "invalid_grant", TEXT_HOLDS, "blocked", IS(BLOCKED)},
    {0, "invalid_grant", TEXT_ANY, NULL, IS(BAD_CREDENTIALS)},
    {0, "mfa_required", TEXT_ANY, NULL, IS(MFA_REQUIRED)},
    {0, "mfa_registration_required", TEXT_ANY, NULL, IS(MFA_REQUIRED)},
    {0, "password_leaked", TEXT_ANY, NULL, IS(PASSWORD_LEAKED)},
    {0, "blocked_user", TEXT_ANY, NULL, IS(BLOCKED)},
    {0, "unauthorized", TEXT_HOLDS, "blocked", IS(BLOCKED)},
    {0, "unauthorized", TEXT_EMPTY, NULL, IS(BLOCKED)},
    {0, "unauthorized", TEXT_ANY, NULL,
     IS(DENIED)}, /* a Rule's UnauthorizedError, with its own text */
    {0, "requires_verification", TEXT_ANY, NULL, IS(CAPTCHA)},
    {0, "captcha_required", TEXT_ANY, NULL, IS(CAPTCHA)},
    {0, "invalid_captcha", TEXT_ANY, NULL, IS(CAPTCHA)},
    {401, "access_denied", TEXT_ANY, NULL, BAD_SECRET},
    {0, "access_denied", TEXT_ANY, NULL, IS(DENIED)},
    {0, "invalid_client", TEXT_ANY, NULL, BAD_SECRET},
    {0, "unauthorized_client", TEXT_ANY, NULL,
     FIX("AUTH0_CLIENT_ID",
         "in the application's advanced settings switch on the grant type Password")},
    {0, "unsupported_grant_type", TEXT_ANY, NULL,
     FIX("AUTH0_CLIENT_ID",
         "in the application's advanced settings switch on the grant type Password")},
    /* what else is wrong with a request may come of what somebody typed (facts/auth0.md 1.4) */
    {0, "invalid_request", TEXT_HOLDS, "realm", FIX("AUTH0_CONNECTION", NO_CONNECTION)},
    {0, "invalid_request", TEXT_HOLDS, "connection", FIX("AUTH0_CONNECTION", NO_CONNECTION)},
    {0, "invalid_request", TEXT_HOLDS, "strategy", FIX("AUTH0_CONNECTION", NO_CONNECTION)},
    {0, "invalid_scope", TEXT_ANY, NULL,
     FIX("AUTH0_CLIENT_ID", "the application may not ask for openid")},
    {404, NULL, TEXT_ANY, NULL, FIX("AUTH0_DOMAIN", "there is no tenant at this address")},
    {401, NULL, TEXT_ANY, NULL,
     FIX("AUTH0_CLIENT_ID", "the tenant does not know this application, or its secret")},
    /* A code nobody has heard of, of a failing custom database too: a no to this login, and no
       outage. */
    {0, NULL, TEXT_ANY, NULL, IS(REFUSED)},
};

/* No person's password is decided here, so what nobody has described is the operator's to look at.
 */
static const row token_rows[] = {
    {429, NULL, TEXT_ANY, NULL, IS(THROTTLED)},
    {0, "too_many_requests", TEXT_ANY, NULL, IS(THROTTLED)},
    {0, "server_error", TEXT_ANY, NULL, IS(UNAVAILABLE)},
    {0, "temporarily_unavailable", TEXT_ANY, NULL, IS(UNAVAILABLE)},
    {408, NULL, TEXT_ANY, NULL, IS(UNAVAILABLE)},
    {401, NULL, TEXT_ANY, NULL, BAD_SECRET},
    {0, "invalid_client", TEXT_ANY, NULL, BAD_SECRET},
    {403, "access_denied", TEXT_ANY, NULL,
     FIX("AUTH0_CLIENT_ID", "authorize the application for the Auth0 Management API")},
    {0, "unauthorized_client", TEXT_ANY, NULL, BAD_CLIENT},
    {404, NULL, TEXT_ANY, NULL, FIX("AUTH0_DOMAIN", "there is no tenant at this address")},
    {0, NULL, TEXT_ANY, NULL, BAD_CLIENT},
};

/* A code that is wrong, used or too old is "invalid_grant" (docs/facts/auth0.md); so is a verifier
 * or an address that does not belong to it. */
static const row code_rows[] = {
    {429, NULL, TEXT_ANY, NULL, IS(THROTTLED)},
    {0, "too_many_requests", TEXT_ANY, NULL, IS(THROTTLED)},
    {0, "server_error", TEXT_ANY, NULL, IS(UNAVAILABLE)},
    {0, "temporarily_unavailable", TEXT_ANY, NULL, IS(UNAVAILABLE)},
    {408, NULL, TEXT_ANY, NULL, IS(UNAVAILABLE)},
    {0, "invalid_grant", TEXT_ANY, NULL, IS(BAD_CREDENTIALS)},
    {401, NULL, TEXT_ANY, NULL, BAD_SECRET},
    {0, "invalid_client", TEXT_ANY, NULL, BAD_SECRET},
    {0, "unauthorized_client", TEXT_ANY, NULL,
     FIX("AUTH0_CLIENT_ID",
         "in the application's advanced settings switch on the grant type Authorization Code")},
    {404, NULL, TEXT_ANY, NULL, FIX("AUTH0_DOMAIN", "there is no tenant at this address")},
    {0, NULL, TEXT_ANY, NULL, IS(REFUSED)},
};

/* The key set is public and needs no credentials: whatever else it answers, there are no keys to be
 * had for now. */
static const row keys_rows[] = {
    {429, NULL, TEXT_ANY, NULL, IS(THROTTLED)},
    {404, NULL, TEXT_ANY, NULL, FIX("AUTH0_DOMAIN", "there is no tenant at this address")},
    {0, NULL, TEXT_ANY, NULL, IS(UNAVAILABLE)},
};

/* Common to the Management API, asked first. */
static const row common_rows[] = {
    /* two kinds of 429 that nothing but these words tells apart (facts/auth0.md 4.8) */
    {429, NULL, TEXT_HOLDS, "active import users jobs", BUSY},
    {429, NULL, TEXT_ANY, NULL, IS(THROTTLED)},
    {0, "too_many_requests", TEXT_ANY, NULL, IS(THROTTLED)},
    {408, NULL, TEXT_ANY, NULL, IS(UNAVAILABLE)},
    {0, "custom_domain_conflict", TEXT_ANY, NULL,
     FIX("AUTH0_CUSTOM_DOMAIN", "the tenant has several: name the one that is for this site")},
    {400, NULL, TEXT_HOLDS, "custom domain", FIX("AUTH0_CUSTOM_DOMAIN", NO_DOMAIN)},
    {400, NULL, TEXT_HOLDS, "custom-domain", FIX("AUTH0_CUSTOM_DOMAIN", NO_DOMAIN)},
    {401, NULL, TEXT_ANY, NULL,
     FIX("AUTH0_USER_JWT", "the Management API does not take the token")},
    /* of a plan, not of a scope, under either code (facts/auth0.md 4.0) */
    {403, "insufficient_entitlement", TEXT_ANY, NULL, PLAN},
    {403, NULL, TEXT_HOLDS, "upgrade your subscription", PLAN},
    {403, "insufficient_scope", TEXT_ANY, NULL,
     FIX("AUTH0_CLIENT_ID", "grant the application the scope that the Management API misses")},
    {403, NULL, TEXT_ANY, NULL,
     FIX("AUTH0_CLIENT_ID", "the Management API refuses this application")},
};

static const row create_rows[] = {
    {0, NULL, TEXT_STARTS, "The username provided is in use already", IS(USERNAME_TAKEN)},
    {0, NULL, TEXT_STARTS, "The user already exists (username:", IS(USERNAME_TAKEN)},
    /* 409 says "conflict", and with whom is in the words: docs/facts/auth0.md has one with no user
     */
    {409, NULL, TEXT_HOLDS, "already exist", IS(EXISTS)},
    {409, "user_exists", TEXT_ANY, NULL, IS(EXISTS)},
    {400, "invalid_password", TEXT_ANY, NULL, IS(WEAK_PASSWORD)},
    {400, NULL, TEXT_STARTS, "PasswordStrengthError", IS(WEAK_PASSWORD)},
    {400, NULL, TEXT_STARTS, "PasswordDictionaryError", IS(WEAK_PASSWORD)},
    {400, NULL, TEXT_STARTS, "PasswordNoUserInfoError", IS(WEAK_PASSWORD)},
    {400, NULL, TEXT_STARTS, "PasswordHistoryError", IS(WEAK_PASSWORD)},
    {400, NULL, TEXT_STARTS, "Connection does not exist",
     FIX("AUTH0_CONNECTION", "the tenant has no connection of this name")},
    {400, NULL, TEXT_STARTS, "The connection does not exist",
     FIX("AUTH0_CONNECTION", "the tenant has no connection of this name")},
    {400, NULL, TEXT_STARTS, "Connection is disabled",
     FIX("AUTH0_CONNECTION", "enable the connection for the application")},
    {400, NULL, TEXT_STARTS, "Cannot set username for connection without requires_username",
     FIX("AUTH0_REQUIRE_USERNAME", "the connection takes no usernames")},
    {404, NULL, TEXT_ANY, NULL, FIX("AUTH0_DOMAIN", "there is no Management API at this address")},
    {400, NULL, TEXT_ANY, NULL, IS(INVALID_USER)},
    {0, NULL, TEXT_ANY, NULL, IS(REFUSED)},
};

/* 404 alone says nothing of a user: a wrong address answers so too, and every user would then be
 * taken for deleted. Only Auth0's own code, or its words, mean the user. So in each table about one
 * user. */
static const row user_rows[] = {
    {404, "inexistent_user", TEXT_ANY, NULL, IS(NOT_FOUND)},
    {404, "", TEXT_STARTS, "The user does not exist", IS(NOT_FOUND)},
    {404, NULL, TEXT_ANY, NULL, FIX("AUTH0_DOMAIN", "there is no Management API at this address")},
    {400, "invalid_password", TEXT_ANY, NULL, IS(WEAK_PASSWORD)},
    {400, NULL, TEXT_STARTS, "PasswordStrengthError", IS(WEAK_PASSWORD)},
    {400, NULL, TEXT_STARTS, "PasswordDictionaryError", IS(WEAK_PASSWORD)},
    {400, NULL, TEXT_STARTS, "PasswordNoUserInfoError", IS(WEAK_PASSWORD)},
    {400, NULL, TEXT_STARTS, "PasswordHistoryError", IS(WEAK_PASSWORD)},
    {400, NULL, TEXT_ANY, NULL, IS(INVALID_USER)},
    {0, NULL, TEXT_ANY, NULL, IS(REFUSED)},
};

/* PATCH of an e-mail or a user name. Both words are the sandbox's reading of the field's reports; a
 * 409 would be the documents' way (facts/auth0.md 4.3). */
static const row change_rows[] = {
    {0, NULL, TEXT_HOLDS, "username already exists", IS(USERNAME_TAKEN)},
    {0, NULL, TEXT_STARTS, "The username provided is in use already", IS(USERNAME_TAKEN)},
    {0, NULL, TEXT_STARTS, "The user already exists (username:", IS(USERNAME_TAKEN)},
    {400, NULL, TEXT_HOLDS, "already exist", IS(EXISTS)},
    {409, NULL, TEXT_ANY, NULL, IS(EXISTS)},
    {404, "inexistent_user", TEXT_ANY, NULL, IS(NOT_FOUND)},
    {404, "", TEXT_STARTS, "The user does not exist", IS(NOT_FOUND)},
    {404, NULL, TEXT_ANY, NULL, FIX("AUTH0_DOMAIN", "there is no Management API at this address")},
    {400, NULL, TEXT_STARTS, "Cannot set username for connection without requires_username",
     FIX("AUTH0_REQUIRE_USERNAME", "the connection takes no usernames")},
    {400, NULL, TEXT_ANY, NULL, IS(INVALID_USER)},
    {0, NULL, TEXT_ANY, NULL, IS(REFUSED)},
};

/* A read that the common rows do not explain is refused for what it is, and not for whom it is
 * about. */
static const row look_up_rows[] = {
    {0, NULL, TEXT_ANY, NULL, FIX("AUTH0_DOMAIN", "the Management API does not take this request")},
};

/* A connection that is gone, disabled or no database is told in words alone: as INVALID_USER they
 * stop the import as surely, with the words to show. */
static const row submit_job_rows[] = {
    {404, NULL, TEXT_ANY, NULL, FIX("AUTH0_DOMAIN", "there is no Management API at this address")},
    {0, NULL, TEXT_ANY, NULL, IS(INVALID_USER)},
};

static const row get_job_rows[] = {
    {404, NULL, TEXT_ANY, NULL, IS(NOT_FOUND)},
    /* what was given as a job's id can be none: waiting for it would never end */
    {400, "invalid_uri", TEXT_ANY, NULL, IS(NOT_FOUND)},
    {0, NULL, TEXT_ANY, NULL, IS(UNAVAILABLE)},
};

/* DELETE a user, make a reset link */
static const row user_write_rows[] = {
    {404, "inexistent_user", TEXT_ANY, NULL, IS(NOT_FOUND)},
    {404, "", TEXT_STARTS, "The user does not exist", IS(NOT_FOUND)},
    {404, NULL, TEXT_ANY, NULL, FIX("AUTH0_DOMAIN", "there is no Management API at this address")},
    {0, NULL, TEXT_ANY, NULL, IS(INVALID_USER)},
};

static const row add_factor_rows[] = {
    {404, "inexistent_user", TEXT_ANY, NULL, IS(NOT_FOUND)},
    {404, "", TEXT_STARTS, "The user does not exist", IS(NOT_FOUND)},
    {404, NULL, TEXT_ANY, NULL, FIX("AUTH0_DOMAIN", "there is no Management API at this address")},
    {409, NULL, TEXT_ANY, NULL, IS(EXISTS)},
    {0, NULL, TEXT_ANY, NULL, IS(INVALID_USER)},
};

static const row reset_mail_rows[] = {
    {429, NULL, TEXT_ANY, NULL, IS(THROTTLED)},
    {0, "too_many_requests", TEXT_ANY, NULL, IS(THROTTLED)},
    {408, NULL, TEXT_ANY, NULL, IS(UNAVAILABLE)},
    {0, "invalid_client", TEXT_ANY, NULL, BAD_CLIENT},
    {0, "unauthorized_client", TEXT_ANY, NULL, BAD_CLIENT},
    {401, NULL, TEXT_ANY, NULL, BAD_CLIENT},
    {403, NULL, TEXT_ANY, NULL, BAD_CLIENT},
    {404, NULL, TEXT_ANY, NULL, IS(NOT_FOUND)}, /* facts/auth0.md 0.4 */
    {0, NULL, TEXT_ANY, NULL, IS(INVALID_USER)},
};

/* Where none was set up: a guess, in no facts or recordings of ours. It does no harm if it is
 * wrong: a warning of auth0_check says too much, or that it is not known. */
static const row provider_rows[] = {
    {404, NULL, TEXT_ANY, NULL, IS(NOT_FOUND)},
    {0, NULL, TEXT_ANY, NULL, FIX("AUTH0_DOMAIN", "the Management API does not take this request")},
};

static const struct {
    const row *rows;
    size_t n;
    bool management;
} tables[] = {
    [A0_OP_GRANT] = {grant_rows, A0_COUNT(grant_rows), false},
    [A0_OP_PROBE] = {NULL, 0, false},
    [A0_OP_CODE] = {code_rows, A0_COUNT(code_rows), false},
    [A0_OP_TOKEN] = {token_rows, A0_COUNT(token_rows), false},
    [A0_OP_KEYS] = {keys_rows, A0_COUNT(keys_rows), false},
    [A0_OP_CREATE] = {create_rows, A0_COUNT(create_rows), true},
    [A0_OP_GET_USER] = {user_rows, A0_COUNT(user_rows), true},
    [A0_OP_SET_PASSWORD] = {user_rows, A0_COUNT(user_rows), true},
    [A0_OP_CHANGE_USER] = {change_rows, A0_COUNT(change_rows), true},
    [A0_OP_LOOK_UP] = {look_up_rows, A0_COUNT(look_up_rows), true},
    [A0_OP_GET_PROVIDER] = {provider_rows, A0_COUNT(provider_rows), true},
    [A0_OP_SUBMIT_JOB] = {submit_job_rows, A0_COUNT(submit_job_rows), true},
    [A0_OP_GET_JOB] = {get_job_rows, A0_COUNT(get_job_rows), true},
    [A0_OP_DELETE_USER] = {user_write_rows, A0_COUNT(user_write_rows), true},
    [A0_OP_RESET_LINK] = {user_write_rows, A0_COUNT(user_write_rows), true},
    [A0_OP_ADD_FACTOR] = {add_factor_rows, A0_COUNT(add_factor_rows), true},
    [A0_OP_RESET_MAIL] = {reset_mail_rows, A0_COUNT(reset_mail_rows), false},
};

bool a0_is_of_the_plan(const auth0db_error *err)
{
    return err->code == AUTH0DB_ERR_OPTION && strcmp(err->where, PLAN_WORD) == 0;
}

static bool text_fits(const row *r, const char *text)
{
    switch (r->rule) {
    case TEXT_STARTS:
        return strncmp(text, r->text, strlen(r->text)) == 0;
    case TEXT_HOLDS:
        return strstr(text, r->text) != NULL;
    case TEXT_EMPTY:
        return *text == '\0';
    default:
        return true;
    }
}

static const a0_class *find(const row *rows, size_t n, long status, const a0_api_error *error)
{
    for (size_t i = 0; i < n; i++) {
        if ((rows[i].status == 0 || rows[i].status == status) &&
            (rows[i].code == NULL || strcmp(rows[i].code, error->code) == 0) &&
            text_fits(&rows[i], error->text))
            return &rows[i].is;
    }
    return NULL;
}

/* A success that the call does not promise is none: what was done is not known. */
static bool is_success(a0_op op, long status)
{
    switch (op) {
    case A0_OP_SUBMIT_JOB:
        return status == 202 || status == 201 || status == 200;
    case A0_OP_GET_JOB: /* "no errors recorded" */
    case A0_OP_DELETE_USER:
        return status == 200 || status == 204;
    default:
        return status == 200 || status == 201;
    }
}

a0_class a0_classify(a0_op op, long status, const a0_api_error *error)
{
    static const a0_class ok = IS(OK), unavailable = IS(UNAVAILABLE), throttled = IS(THROTTLED);
    if (op == A0_OP_PROBE) /* whatever it is, it is an answer */
        return status < 500 ? ok : unavailable;
    if (is_success(op, status))
        return ok;
    if (op == A0_OP_GRANT && status < 400 && status / 100 != 2) /* neither a yes nor an outage */
        return (a0_class)IS(REFUSED);
    if (status < 400 || status > 499)
        return unavailable;
    if (op == A0_OP_SUBMIT_JOB && status == 413) /* also from something on the way: not let in */
        return (a0_class)IS(INVALID_USER);
    if (!error->json && op != A0_OP_GRANT) /* somebody on the way speaks, not the API */
        return status == 429 ? throttled : unavailable;
    const a0_class *found = NULL;
    /* The common rows first: a 403 or a 429 of the API means the same whatever was asked, and a
     * table's last row would take it for something else. */
    if (tables[op].management)
        found = find(common_rows, A0_COUNT(common_rows), status, error);
    if (found == NULL)
        found = find(tables[op].rows, tables[op].n, status, error);
    return found != NULL ? *found : unavailable;
}

/* Codes are compared, logged and shown, so one that is cut or holds anything else is none. The text
 * is only compared, and may be cut. */
static void copy_code(char *out, size_t size, const char *code)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    if (code != NULL && strlen(code) < size && strspn(code, allowed) == strlen(code))
        memcpy(out, code, strlen(code) + 1);
}

/* The Authentication API says {error, error_description}; the Management API {statusCode, error,
 * message, errorCode} where `error` is only the reason phrase of the status. Both spellings are
 * seen on both. */
void a0_api_error_read(a0_api_error *out, a0_op op, const char *body, size_t len)
{
    static const char *const texts[] = {"error_description", "message", "description"};
    json_t *json = NULL;
    *out = (a0_api_error){0};
    if (a0_json_parse(&json, body, len, "answer", NULL) != AUTH0DB_OK)
        return;
    const char *error = a0_json_text(json, "error");
    const char *code = a0_json_text(json, "code");
    const char *error_code = a0_json_text(json, "errorCode");
    out->json = error != NULL || code != NULL || error_code != NULL ||
                json_is_integer(json_object_get(json, "statusCode"));
    if (tables[op].management)
        copy_code(out->code, sizeof out->code, error_code != NULL ? error_code : code);
    else
        copy_code(out->code, sizeof out->code,
                  error != NULL  ? error
                  : code != NULL ? code
                                 : error_code);
    for (size_t i = 0; i < A0_COUNT(texts) && out->text[0] == '\0'; i++) {
        const char *text = a0_json_text(json, texts[i]);
        if (text != NULL)
            snprintf(out->text, sizeof out->text, "%s", text);
    }
    /* Whoever holds it can go on with this login where the password was right. */
    a0_json_wipe(json, "mfa_token");
    json_decref(json);
}
