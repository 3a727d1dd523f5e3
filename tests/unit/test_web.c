/* Universal Login: the site's states, what is derived of them, the table, and who is admitted. */
#include <string.h>

#include "auth0db/web.h"
#include "unit.h"

#define SECRET "a site's secret"
#define ID "abcdefghijklmnopqrstuv"

static const auth0db_web_key key = {SECRET, sizeof SECRET - 1};

static void make(char out[AUTH0DB_WEB_STATE_SIZE], bool again)
{
    auth0db_web_state state = {.id = ID, .at_s = 1000000, .again = again};
    ck_assert_int_eq(auth0db_web_state_make(out, &key, &state, NULL), AUTH0DB_OK);
}

static int read_at(const char *text, int64_t now_s)
{
    auth0db_web_state state;
    return auth0db_web_state_read(&state, &key, text, now_s, NULL);
}

START_TEST(a_state_comes_back_as_it_was_made_and_for_an_hour)
{
    char text[AUTH0DB_WEB_STATE_SIZE];
    auth0db_web_state state;
    make(text, true);
    ck_assert_int_eq(auth0db_web_state_read(&state, &key, text, 1000000, NULL), AUTH0DB_OK);
    ck_assert_str_eq(state.id, ID);
    ck_assert_int_eq(state.at_s, 1000000);
    ck_assert(state.again);
    ck_assert_int_eq(read_at(text, 1000000 + 3600), AUTH0DB_OK);
    ck_assert_int_eq(read_at(text, 1000000 + 3601), AUTH0DB_ERR_MALFORMED);
    ck_assert_int_eq(read_at(text, 1000000 - 60), AUTH0DB_OK);
    ck_assert_int_eq(read_at(text, 1000000 - 61), AUTH0DB_ERR_MALFORMED);
}
END_TEST

/* Any one character changed, cut off or added makes it somebody else's. */
START_TEST(a_changed_state_is_none)
{
    char text[AUTH0DB_WEB_STATE_SIZE + 1], changed[AUTH0DB_WEB_STATE_SIZE + 1];
    make(text, false);
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        memcpy(changed, text, len + 1);
        changed[i] = text[i] == 'A' ? 'B' : 'A';
        ck_assert_int_eq(read_at(changed, 1000000), AUTH0DB_ERR_MALFORMED);
        memcpy(changed, text, len + 1);
        changed[i] = '\0';
        ck_assert_int_eq(read_at(changed, 1000000), AUTH0DB_ERR_MALFORMED);
    }
    memcpy(changed, text, len + 1);
    memcpy(changed + len, "A", 2);
    ck_assert_int_eq(read_at(changed, 1000000), AUTH0DB_ERR_MALFORMED);
    ck_assert_int_eq(read_at("", 1000000), AUTH0DB_ERR_MALFORMED);
}
END_TEST

START_TEST(another_secret_has_not_made_it)
{
    char text[AUTH0DB_WEB_STATE_SIZE];
    auth0db_web_state state;
    auth0db_web_key other = {"another", 7}, none = {"", 0};
    make(text, false);
    ck_assert_int_eq(auth0db_web_state_read(&state, &other, text, 1000000, NULL),
                     AUTH0DB_ERR_MALFORMED);
    ck_assert_str_eq(state.id, "");
    ck_assert_int_eq(auth0db_web_state_read(&state, &none, text, 1000000, NULL), AUTH0DB_ERR_USAGE);
    ck_assert_int_eq(auth0db_web_state_make(text, &none, &state, NULL), AUTH0DB_ERR_USAGE);
}
END_TEST

START_TEST(nonce_and_verifier_need_the_cookie_and_are_not_each_other)
{
    char nonce[AUTH0DB_WEB_DERIVED_SIZE], verifier[AUTH0DB_WEB_DERIVED_SIZE],
        other[AUTH0DB_WEB_DERIVED_SIZE];
    ck_assert_int_eq(auth0db_web_derive(nonce, &key, "nonce", ID, "cookie", NULL), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_web_derive(verifier, &key, "verifier", ID, "cookie", NULL),
                     AUTH0DB_OK);
    ck_assert_int_eq(auth0db_web_derive(other, &key, "nonce", ID, "cookie2", NULL), AUTH0DB_OK);
    ck_assert_str_ne(nonce, verifier);
    ck_assert_str_ne(nonce, other);
    ck_assert_uint_eq(strlen(verifier), 43);
    ck_assert_int_eq(auth0db_web_derive(other, &key, "nonce", ID, "", NULL), AUTH0DB_ERR_USAGE);
    ck_assert_int_eq(
        auth0db_web_challenge(other, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", NULL),
        AUTH0DB_OK);
    ck_assert_str_eq(other, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"); /* RFC 7636, B */
}
END_TEST

/* S: nobody is logged in by a callback whose state and cookie are not both of this browser. */
START_TEST(a_code_is_exchanged_only_with_state_and_cookie)
{
    for (unsigned facts = 0; facts < 64; facts++) {
        auth0db_web_callback c = {.state_good = facts & 1,
                                  .cookie = facts & 2,
                                  .has_code = facts & 4,
                                  .has_error = facts & 8,
                                  .logged_in = facts & 16,
                                  .again = facts & 32};
        auth0db_web_end end = auth0db_web_decide(&c);
        ck_assert((end == AUTH0DB_WEB_EXCHANGE) ==
                  (c.state_good && c.cookie && c.has_code && !c.has_error));
        ck_assert(end != AUTH0DB_WEB_AGAIN || !c.again); /* no loop */
        ck_assert(c.state_good || end == AUTH0DB_WEB_STRANGE);
        ck_assert(end < AUTH0DB_WEB_USED && strlen(auth0db_web_end_name(end)) > 0);
    }
}
END_TEST

/* --- the machine ---------------------------------------------------------------------------- */

static const auth0db_tenant_user ada = {
    .user_id = "auth0|a", .email = "ada@example.org", .email_verified = true};

/* Ends in what it is told, with at most these questions before. */
static const auth0db_question *run(auth0db_login **login, const auth0db_tenant_user *tenant,
                                   const auth0db_answer *answers, const auth0db_ask *asked,
                                   size_t n)
{
    auth0db_identity_options options = {
        .size = sizeof options, .site = "site", .tenant = tenant, .create_users = true};
    ck_assert_int_eq(auth0db_identity_new(login, &options, NULL), AUTH0DB_OK);
    for (size_t i = 0; i < n; i++) {
        ck_assert_str_eq(auth0db_ask_name(auth0db_login_question(*login)->ask),
                         auth0db_ask_name(asked[i]));
        ck_assert_int_eq(auth0db_login_tell(*login, &answers[i], NULL), AUTH0DB_OK);
    }
    return auth0db_login_question(*login);
}

START_TEST(the_link_alone_admits_whatever_the_address)
{
    auth0db_login *login;
    auth0db_answer answers[] = {{.users = 1,
                                 .user = {.key = "1",
                                          .email = "other@example.org",
                                          .tenant_email = "ada@example.org",
                                          .active = true,
                                          .auth0_id = "auth0|a"}},
                                {.yes = true}};
    const auth0db_ask asked[] = {AUTH0DB_ASK_RESOLVE, AUTH0DB_ASK_SITE_RULES};
    const auth0db_question *end = run(&login, &ada, answers, asked, 2);
    ck_assert_int_eq(end->ask, AUTH0DB_ADMIT);
    auth0db_login_free(login);
    answers[1].yes = false; /* S13 */
    end = run(&login, &ada, answers, asked, 2);
    ck_assert_int_eq(end->ask, AUTH0DB_REFUSE);
    auth0db_login_free(login);
    answers[0].user.active = false; /* S7 */
    end = run(&login, &ada, answers, asked, 1);
    ck_assert_int_eq(end->refusal, AUTH0DB_REFUSED_INACTIVE);
    auth0db_login_free(login);
    answers[0].user.active = answers[0].user.keep_local = true; /* break-glass */
    end = run(&login, &ada, answers, asked, 1);
    ck_assert_int_eq(end->refusal, AUTH0DB_REFUSED_KEEP_LOCAL);
    auth0db_login_free(login);
    answers[0].user.keep_local = false; /* S3 */
    answers[0].user.auth0_id = "auth0|b";
    end = run(&login, &ada, answers, asked, 1);
    ck_assert_int_eq(end->refusal, AUTH0DB_REFUSED_OTHER_ACCOUNT);
    auth0db_login_free(login);
}
END_TEST

/* S2: what the local hash is worth nobody knows, so it is recorded as replaced. */
START_TEST(a_join_records_the_hash_as_replaced_and_renews_none)
{
    auth0db_login *login;
    auth0db_answer answers[] = {
        {.users = 1, .user = {.key = "1", .email = "Ada@example.org", .active = true}},
        {.yes = false}, /* nobody of this identity was deleted */
        {.yes = false},
        {.yes = true},
        {.yes = true}};
    const auth0db_ask asked[] = {AUTH0DB_ASK_RESOLVE, AUTH0DB_ASK_TOMBSTONE,
                                 AUTH0DB_ASK_EMAIL_SHARED, AUTH0DB_ASK_LINK,
                                 AUTH0DB_ASK_SITE_RULES};
    const auth0db_question *at = run(&login, &ada, answers, asked, 3);
    ck_assert_int_eq(at->ask, AUTH0DB_ASK_LINK);
    ck_assert_int_eq(at->standing, AUTH0DB_STANDING_REPLACED);
    ck_assert_str_eq(at->tenant_mark, "?");
    auth0db_login_free(login);
    ck_assert_int_eq(run(&login, &ada, answers, asked, 5)->ask, AUTH0DB_ADMIT);
    auth0db_login_free(login);
    auth0db_tenant_user unverified = ada;
    unverified.email_verified = false;
    at = run(&login, &unverified, answers, asked, 2);
    ck_assert_int_eq(at->refusal, AUTH0DB_REFUSED_UNVERIFIED_EMAIL);
    auth0db_login_free(login);
    answers[2].yes = true; /* shared */
    ck_assert_int_eq(run(&login, &ada, answers, asked, 3)->refusal,
                     AUTH0DB_REFUSED_DUPLICATE_EMAIL);
    auth0db_login_free(login);
}
END_TEST

START_TEST(nobody_in_particular_is_admitted)
{
    auth0db_login *login;
    auth0db_tenant_user nobody = {0};
    auth0db_identity_options options = {.size = sizeof options, .site = "site", .tenant = &nobody};
    ck_assert_int_eq(auth0db_identity_new(&login, &options, NULL), AUTH0DB_ERR_USAGE);
    auth0db_answer several = {.users = 2};
    const auth0db_ask asked[] = {AUTH0DB_ASK_RESOLVE};
    ck_assert_int_eq(run(&login, &ada, &several, asked, 1)->refusal,
                     AUTH0DB_REFUSED_DUPLICATE_EMAIL);
    auth0db_login_free(login);
}
END_TEST

UNIT_MAIN("web", a_state_comes_back_as_it_was_made_and_for_an_hour, a_changed_state_is_none,
          another_secret_has_not_made_it, nonce_and_verifier_need_the_cookie_and_are_not_each_other,
          a_code_is_exchanged_only_with_state_and_cookie,
          the_link_alone_admits_whatever_the_address,
          a_join_records_the_hash_as_replaced_and_renews_none, nobody_in_particular_is_admitted)
