/* Universal Login: what is taken for the identity that a code stands for. */
#include <string.h>

#include "auth0db/web.h"
#include "tenant.h"
#include "unit.h"

static tenant t;
static auth0db_client *client;
static auth0db_error err;
static auth0db_identity who;
static fake_clock fake;

#define NONCE "the-nonce-of-this-login"
#define OURS "\"nonce\":\"" NONCE "\""

static void begin(void)
{
    t = (tenant){0};
    tenant_start(&t);
    client = tenant_client_at(&t, NULL, &fake);
}

static void with_two_secrets(void)
{
    begin();
    auth0db_client_free(client);
    client = tenant_client_at(&t, &(auth0db_client_options){.client_secret = "old new"}, &fake);
}

static void end(void)
{
    auth0db_client_free(client);
    tenant_stop(&t);
}

static auth0db_outcome exchange_at(int64_t max_age_s)
{
    const auth0db_page_code code = {.code = "c0de",
                                    .redirect_uri = "https://site.example/auth0/callback/",
                                    .verifier = "vvvv",
                                    .nonce = NONCE,
                                    .max_age_s = max_age_s};
    memset(&who, 0xff, sizeof who);
    memset(&err, 0xff, sizeof err);
    return auth0db_client_exchange(client, &code, 5000, &who, &err);
}

/* With these claims merged over those of a login at TENANT_NOW. */
static auth0db_outcome with(const char *claims, int64_t max_age_s)
{
    t.claims = claims;
    auth0db_outcome outcome = exchange_at(max_age_s);
    static const auth0db_identity nobody;
    if (outcome != AUTH0DB_OUTCOME_OK)
        ck_assert_msg(memcmp(&who, &nobody, sizeof who) == 0, "half an identity of %s", claims);
    return outcome;
}

START_TEST(the_identity_is_told_with_its_session_and_factors)
{
    begin();
    ck_assert_int_eq(with("{" OURS ",\"sid\":\"s1\",\"auth_time\":1999999000,"
                          "\"amr\":[\"mfa\",7,\"two words\",\"\",\"pwd\"]}",
                          -1),
                     AUTH0DB_OUTCOME_OK);
    ck_assert_str_eq(who.user.user_id, "auth0|1");
    ck_assert_str_eq(who.user.email, "ann@example.org");
    ck_assert(who.user.email_verified);
    ck_assert_str_eq(who.sid, "s1");
    ck_assert_str_eq(who.amr, "mfa pwd");
    ck_assert_int_eq(who.auth_time, 1999999000);
    ck_assert_uint_eq(t.grants, 1);
    end();
}
END_TEST

START_TEST(a_token_of_another_login_is_no_login)
{
    static const char *const others[] = {
        "{\"nonce\":null}",
        "{\"nonce\":\"\"}",
        "{\"nonce\":\"the-nonce-of-this-logit\"}",
        "{\"nonce\":\"the-nonce-of-this-logi\"}",
        "{\"nonce\":\"the-nonce-of-this-login2\"}",
        "{\"nonce\":[\"the-nonce-of-this-login\"]}",
        "{\"nonce\":\"the-nonce-of-this-login\\u0000\"}",
    };
    begin();
    for (size_t i = 0; i < A0_COUNT(others); i++)
        ck_assert_int_eq(with(others[i], -1), AUTH0DB_OUTCOME_UNAVAILABLE);
    ck_assert_int_eq(with(NULL, -1), AUTH0DB_OUTCOME_UNAVAILABLE);
    end();
}
END_TEST

START_TEST(a_token_that_is_not_for_us_or_not_for_now_is_no_login)
{
    static const char *const others[] = {
        "{" OURS ",\"iss\":\"https://evil.example/\"}",
        "{" OURS ",\"aud\":\"another\"}",
        "{" OURS ",\"aud\":[\"cid\",\"another\"]}",
        "{" OURS ",\"azp\":\"another\"}",
        "{" OURS ",\"exp\":1999999000}",
        "{" OURS ",\"iat\":2000000900}",
        "{" OURS ",\"sub\":null}",
        "{" OURS ",\"sub\":\"\"}",
        "{" OURS ",\"email_verified\":\"true\"}",
        "{" OURS ",\"sid\":7}",
        "{" OURS ",\"sid\":\"a\\u0000b\"}",
    };
    begin();
    for (size_t i = 0; i < A0_COUNT(others); i++)
        ck_assert_int_ne(with(others[i], -1), AUTH0DB_OUTCOME_OK);
    end();
}
END_TEST

START_TEST(where_a_fresh_login_was_asked_for_an_old_one_is_none)
{
    static const struct {
        const char *claims;
        int64_t max_age_s;
        bool taken;
    } rows[] = {
        {"{" OURS "}", 600, false},
        {"{" OURS ",\"auth_time\":null}", 600, false},
        {"{" OURS ",\"auth_time\":\"2000000000\"}", 600, false},
        {"{" OURS ",\"auth_time\":\"2000000000\"}", -1, false},
        {"{" OURS ",\"auth_time\":1999999400}", 600, true},
        {"{" OURS ",\"auth_time\":1999999340}", 600, true}, /* a minute for the clocks */
        {"{" OURS ",\"auth_time\":1999999339}", 600, false},
        {"{" OURS ",\"auth_time\":2000000060}", 600, true},
        {"{" OURS ",\"auth_time\":2000000061}", 600, false},
        {"{" OURS ",\"auth_time\":1999999939}", 0, false},
        {"{" OURS ",\"auth_time\":1999999940}", 0, true},
        {"{" OURS ",\"auth_time\":1}", -1, true},
    };
    begin();
    for (size_t i = 0; i < A0_COUNT(rows); i++)
        ck_assert_msg((with(rows[i].claims, rows[i].max_age_s) == AUTH0DB_OUTCOME_OK) ==
                          rows[i].taken,
                      "%s after %d s", rows[i].claims, (int)rows[i].max_age_s);
    end();
}
END_TEST

/* What the tenant says to the code, once or for ever. */
static bool refuses(tenant *self, const script_request *request, script_answer *out)
{
    if (strcmp(request->path, "/oauth/token") != 0)
        return false;
    self->n++;
    *out = script_reply(403, "",
                        "{\"error\":\"invalid_grant\","
                        "\"error_description\":\"Invalid authorization code\"}");
    return true;
}

static bool hangs_up(tenant *self, const script_request *request, script_answer *out)
{
    if (strcmp(request->path, "/oauth/token") != 0)
        return false;
    self->n++;
    *out = (script_answer){.hang_up = true};
    return true;
}

static bool wants_the_new_secret(tenant *self, const script_request *request, script_answer *out)
{
    if (strcmp(request->path, "/oauth/token") != 0 ||
        strstr(request->body, "client_secret=new&") != NULL)
        return false;
    self->n++;
    *out = script_reply(401, "",
                        "{\"error\":\"access_denied\",\"error_description\":\"Unauthorized\"}");
    return true;
}

START_TEST(a_code_is_sent_once_whatever_becomes_of_it)
{
    static const struct {
        bool (*answer)(tenant *, const script_request *, script_answer *);
        auth0db_outcome outcome;
    } rows[] = {{refuses, AUTH0DB_OUTCOME_BAD_CREDENTIALS},
                {hangs_up, AUTH0DB_OUTCOME_UNAVAILABLE}};
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        with_two_secrets();
        t.answer = rows[i].answer;
        ck_assert_int_eq(with("{" OURS "}", -1), rows[i].outcome);
        ck_assert_int_eq(t.n, 1);
        end();
    }
}
END_TEST

START_TEST(a_secret_that_is_refused_has_not_used_the_code_up)
{
    with_two_secrets();
    t.answer = wants_the_new_secret;
    ck_assert_int_eq(with("{" OURS "}", -1), AUTH0DB_OUTCOME_OK);
    ck_assert_int_eq(t.n, 1);
    ck_assert_int_eq(with("{" OURS "}", -1), AUTH0DB_OUTCOME_OK); /* and is not tried first again */
    ck_assert_int_eq(t.n, 1);
    end();
}
END_TEST

START_TEST(what_is_no_code_is_not_sent)
{
    static const auth0db_page_code none[] = {
        {.code = "", .redirect_uri = "u", .verifier = "v", .nonce = "n"},
        {.redirect_uri = "u", .verifier = "v", .nonce = "n"},
        {.code = "c", .verifier = "v", .nonce = "n"},
        {.code = "c", .redirect_uri = "u", .nonce = "n"},
        {.code = "c", .redirect_uri = "u", .verifier = "v"},
        {.code = "c", .redirect_uri = "u", .verifier = "v", .nonce = ""},
    };
    begin();
    for (size_t i = 0; i < A0_COUNT(none); i++)
        ck_assert_int_eq(auth0db_client_exchange(client, &none[i], 5000, &who, &err),
                         AUTH0DB_OUTCOME_BAD_CREDENTIALS);
    ck_assert_uint_eq(script_requests(t.server), 0);
    end();
}
END_TEST

UNIT_MAIN("code", the_identity_is_told_with_its_session_and_factors,
          a_token_of_another_login_is_no_login,
          a_token_that_is_not_for_us_or_not_for_now_is_no_login,
          where_a_fresh_login_was_asked_for_an_old_one_is_none,
          a_code_is_sent_once_whatever_becomes_of_it,
          a_secret_that_is_refused_has_not_used_the_code_up, what_is_no_code_is_not_sent)
