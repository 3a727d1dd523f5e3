/* The tenant's side of a login: what is asked of a tenant, one request after the other, and what is
 * kept of its trouble for operators. */
#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "auth0db/login.h"
#include "base/error.h"
#include "base/mem.h"
#include "tenant.h"
#include "unit.h"

#define BOB(...)                                                                                   \
    {                                                                                              \
        .users = 1, .user = {                                                                      \
            .key = "1",                                                                            \
            .username = "bob",                                                                     \
            .email = "bob@example.org",                                                            \
            .active = true,                                                                        \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define EXISTS                                                                                     \
    "{\"statusCode\":409,\"error\":\"Conflict\",\"message\":\"The user already "                   \
    "exists.\",\"errorCode\":\"auth0_idp_error\"}"
#define WRONG "{\"error\":\"invalid_grant\",\"error_description\":\"Wrong email or password.\"}"
#define UNHEARD "{\"error\":\"unheard_of\",\"error_description\":\"Nobody knows.\"}"
#define WEAK                                                                                       \
    "{\"statusCode\":400,\"error\":\"Bad Request\",\"message\":\"PasswordStrengthError: Password " \
    "is too weak\"}"
#define INVALID                                                                                    \
    "{\"statusCode\":400,\"error\":\"Bad Request\",\"message\":\"Payload validation "              \
    "error\",\"errorCode\":\"invalid_body\"}"
#define THERE                                                                                      \
    "[{\"user_id\":\"auth0|x\",\"email\":\"bob@example.org\",\"email_verified\":true,"             \
    "\"identities\":[{\"connection\":\"Users\",\"user_id\":\"x\",\"provider\":\"auth0\"}]}]"

/* What became of one login: how it ended, and what was asked of the site on the way. */
typedef struct story {
    auth0db_ask end;
    auth0db_refusal refusal;
    bool held_out, shared, pushes;
    auth0db_code trouble;
    unsigned requests;
} story;

static tenant t;
static int grant_status;
static const char *grant_body;

static bool answers(tenant *of, const script_request *request, script_answer *out)
{
    if (grant_status == 0 || strcmp(request->path, "/oauth/token") != 0 ||
        strstr(request->body, "password-realm") == NULL)
        return false;
    *out = script_reply(grant_status, "Content-Type: application/json\r\n", grant_body);
    return true;
}

static void begin(int status, const char *body)
{
    t = (tenant){.answer = answers};
    grant_status = status;
    grant_body = body;
    tenant_start(&t);
}

static bool is_of_the_tenant(auth0db_ask ask)
{
    return ask >= AUTH0DB_ASK_GRANT && ask <= AUTH0DB_ASK_PUSH;
}

static auth0db_login *login_of_bob(bool adopts)
{
    auth0db_login_options options = {.size = sizeof options,
                                     .site = "site",
                                     .identifier = "bob@example.org",
                                     .password = "tr0ub4dor",
                                     .password_len = 9,
                                     .adopt_existing = adopts};
    auth0db_login *login;
    auth0db_error err;
    ck_assert_int_eq(auth0db_login_new(&login, &options, &err), AUTH0DB_OK);
    return login;
}

static auth0db_answer of_the_site(const auth0db_question *q, const auth0db_answer *bob)
{
    if (q->ask == AUTH0DB_ASK_FIND_USER || q->ask == AUTH0DB_ASK_CHECK_LOCAL)
        return *bob;
    return (auth0db_answer){.yes = q->ask != AUTH0DB_ASK_EMAIL_SHARED &&
                                   q->ask != AUTH0DB_ASK_TOMBSTONE};
}

/* One login of Bob, to its end. */
static story log_in(const auth0db_answer *bob, bool adopts, const auth0db_client_options *with)
{
    auth0db_client *client = tenant_client(&t, with);
    auth0db_login *login = login_of_bob(adopts);
    auth0db_error err;
    story told = {0};
    const auth0db_question *q;
    while ((q = auth0db_login_question(login))->ask != AUTH0DB_ADMIT && q->ask != AUTH0DB_REFUSE) {
        told.held_out |= q->ask == AUTH0DB_ASK_HOLDOUT;
        told.shared |= q->ask == AUTH0DB_ASK_EMAIL_SHARED;
        if (is_of_the_tenant(q->ask)) {
            ck_assert_int_eq(auth0db_login_run(login, client, &err), AUTH0DB_OK);
            ck_assert_msg(!is_of_the_tenant(q->ask),
                          "it stops at a question that is not the site's");
            continue;
        }
        auth0db_answer answer = of_the_site(q, bob);
        ck_assert_int_eq(auth0db_login_tell(login, &answer, &err), AUTH0DB_OK);
    }
    told.end = q->ask;
    told.refusal = q->refusal;
    told.trouble = auth0db_login_trouble(login)->code;
    told.requests = auth0db_login_requests(login);
    auth0db_login_free(login);
    auth0db_client_free(client);
    return told;
}

static const auth0db_answer linked = BOB(.auth0_id = "auth0|1", .standing = AUTH0DB_STANDING_SAME,
                                         .shared_known = true),
                            not_linked = BOB();

START_TEST(the_tenant_is_asked_until_the_site_must_speak)
{
    begin(0, NULL);
    story ended = log_in(&linked, false, NULL);
    ck_assert_int_eq(ended.end, AUTH0DB_ADMIT);
    ck_assert_uint_eq(ended.requests, 1);
    ck_assert_int_eq(ended.trouble, AUTH0DB_OK);
    tenant_stop(&t);
}
END_TEST

/* What stands behind the tenant's questions is an end: whoever runs it once more sets no password.
 */
START_TEST(a_login_that_has_ended_asks_for_nothing)
{
    begin(400, WRONG);
    auth0db_client *client = tenant_client(&t, NULL);
    auth0db_login *login = login_of_bob(false);
    auth0db_answer nobody = {0}, no = {0};
    auth0db_error err;
    ck_assert_int_eq(auth0db_login_tell(login, &nobody, &err), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_login_tell(login, &no, &err), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_login_run(login, client, &err), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_login_question(login)->ask, AUTH0DB_REFUSE);
    ck_assert_int_eq(auth0db_login_run(login, client, &err), AUTH0DB_OK);
    ck_assert_uint_eq(auth0db_login_requests(login), 1);
    auth0db_login_free(login);
    auth0db_client_free(client);
    tenant_stop(&t);
}
END_TEST

/* Who is not there may be looked for again, who could not be looked for is nobody's business yet: a
 * tenant in trouble holds nobody back for good, and gives nobody else's account away. */
START_TEST(an_account_is_adopted_only_where_it_was_seen)
{
    static const struct {
        int status;
        const char *found;
        bool shared, held_out, asked_to_push;
    } rows[] = {
        {200, "[]", true, true, false},
        {500, "{}", false, false, false},
        {200, THERE, true, false, true},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        begin(403, WRONG);
        tenant_says(&t, 0, 409, EXISTS);
        tenant_says(&t, 1, rows[i].status, rows[i].found);
        tenant_says(&t, 2, 500, "{}");
        story ended = log_in(&not_linked, true, NULL);
        ck_assert_int_eq(ended.end, AUTH0DB_ADMIT);
        ck_assert_msg(ended.shared == rows[i].shared && ended.held_out == rows[i].held_out,
                      "row %zu", i);
        ck_assert_uint_eq(ended.requests, 3 + rows[i].asked_to_push);
        tenant_stop(&t);
    }
}
END_TEST

START_TEST(what_only_the_tenants_words_explain_is_kept_for_operators)
{
    static const struct {
        const char *what;
        bool linked;
        int grant, create;
        const char *grant_body, *create_body;
        bool kept, held_out;
    } rows[] = {
        {"a wrong password", true, 403, 0, WRONG, NULL, false, false},
        {"an outage", true, 503, 0, "{}", NULL, true, false},
        {"a refusal that nobody has described", true, 403, 0, UNHEARD, NULL, true, false},
        {"a weak password", false, 0, 400, NULL, WEAK, true, true},
        {"a user that is not valid", false, 0, 400, NULL, INVALID, true, true},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        begin(rows[i].grant, rows[i].grant_body);
        if (rows[i].create != 0)
            tenant_says(&t, 0, rows[i].create, rows[i].create_body);
        story ended = log_in(rows[i].linked ? &linked : &not_linked, false, NULL);
        ck_assert_msg((ended.trouble != AUTH0DB_OK) == rows[i].kept, "%s", rows[i].what);
        ck_assert_msg(ended.held_out == rows[i].held_out, "%s", rows[i].what);
        tenant_stop(&t);
    }
}
END_TEST

START_TEST(what_is_held_back_is_said_to_operators)
{
    begin(0, NULL);
    auth0db_client *client = tenant_client(&t, NULL);
    auth0db_login *login = login_of_bob(false);
    auth0db_error err;
    auth0db_client_hold(client, true);
    ck_assert_int_eq(auth0db_login_tell(login, &not_linked, &err), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_login_tell(login, &not_linked, &err), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_login_run(login, client, &err), AUTH0DB_OK);
    ck_assert_int_ne(auth0db_login_trouble(login)->code, AUTH0DB_OK);
    auth0db_login_free(login);
    auth0db_client_free(client);
    tenant_stop(&t);
}
END_TEST

/* S1: settings that make no client are no outage, in which the last shared password would count. */
START_TEST(without_a_client_nobody_who_has_moved_gets_in)
{
    auth0db_login_options options = {.size = sizeof options,
                                     .site = "site",
                                     .identifier = "bob",
                                     .password = "x",
                                     .password_len = 1,
                                     .outage_fallback = true};
    auth0db_login *login;
    auth0db_error err;
    ck_assert_int_eq(auth0db_login_new(&login, &options, &err), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_login_tell(login, &linked, &err), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_login_run(login, NULL, &err), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_login_question(login)->ask, AUTH0DB_ASK_CHECK_HASH);
    ck_assert_int_eq(auth0db_login_tell(login, &(auth0db_answer){.yes = true}, &err), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_login_question(login)->refusal, AUTH0DB_REFUSED_UNAVAILABLE);
    ck_assert_int_ne(auth0db_login_trouble(login)->code, AUTH0DB_OK);
    auth0db_login_free(login);
}
END_TEST

/* --- what is left in memory --------------------------------------------------------------------
 */

static const char *const tokens[] = {TENANT_ACCESS, TENANT_REFRESH, "eyJ"};
static unsigned left[A0_COUNT(tokens)];

/* Where jansson keeps the text of a token; what it held on the way there begins otherwise. */
static void look_and_free(void *block)
{
    for (size_t i = 0; block != NULL && i < A0_COUNT(tokens); i++)
        left[i] += malloc_usable_size(block) > strlen(tokens[i]) &&
                   memcmp(block, tokens[i], strlen(tokens[i])) == 0;
    free(block);
}

START_TEST(no_token_of_a_login_is_left_in_memory)
{
    memset(left, 0, sizeof left);
    begin(0, NULL);
    tenant_record(&t); /* in a thread of this process: it makes no JSON meanwhile */
    json_set_alloc_funcs(malloc, look_and_free);
    ck_assert_int_eq(log_in(&linked, false, NULL).end, AUTH0DB_ADMIT);
    json_set_alloc_funcs(malloc, free);
    for (size_t i = 0; i < A0_COUNT(tokens); i++)
        ck_assert_msg(left[i] == 0, "%s", tokens[i]);
    tenant_stop(&t);
}
END_TEST

UNIT_MAIN("login run", no_token_of_a_login_is_left_in_memory,
          the_tenant_is_asked_until_the_site_must_speak, a_login_that_has_ended_asks_for_nothing,
          an_account_is_adopted_only_where_it_was_seen,
          what_only_the_tenants_words_explain_is_kept_for_operators,
          what_is_held_back_is_said_to_operators, without_a_client_nobody_who_has_moved_gets_in)
