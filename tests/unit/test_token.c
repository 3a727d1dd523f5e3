/* The token that opens the Management API: what is taken for one, how long it lives, and the scopes
 * it tells. */
#include <stdlib.h>
#include <string.h>

#include "tenant.h"
#include "unit.h"

enum { TOKEN_MAX = 16384, SCOPE_MAX = 8192 };

static tenant t;
static auth0db_client *client;
static auth0db_error err;
static fake_clock fake;

#define ANN                                                                                        \
    "{\"user_id\":\"auth0|abc\",\"email\":\"ann@example.org\",\"email_verified\":true,"            \
    "\"identities\":[{\"connection\":\"Users\",\"user_id\":\"abc\",\"provider\":\"auth0\"}]}"
/* Payloads of tokens */
#define TEN_SECONDS "e30.eyJpYXQiOjEwMDAsImV4cCI6MTAxMH0.x"    /* {"iat":1000,"exp":1010} */
#define NO_BEGINNING "e30.eyJleHAiOjEwfQ.x"                    /* {"exp":10} */
#define BACKWARDS "e30.eyJpYXQiOjEwMTAsImV4cCI6MTAwMH0.x"      /* {"iat":1010,"exp":1000} */
#define NO_TIME_AT_ALL "e30.eyJpYXQiOjEwMDAsImV4cCI6MTAwMH0.x" /* {"iat":1000,"exp":1000} */

static void begin(const char *token)
{
    t = (tenant){0};
    tenant_start(&t);
    client = tenant_client_at(&t, NULL, &fake);
    t.token = token;
    tenant_says(&t, 0, 200, ANN);
}

static void end(void)
{
    auth0db_client_free(client);
    tenant_stop(&t);
}

static auth0db_outcome get(void)
{
    auth0db_tenant_user user;
    memset(&err, 0xff, sizeof err);
    return auth0db_client_user_get(client, "auth0|abc", 5000, &user, &err);
}

START_TEST(the_token_is_kept_and_renewed_before_it_ends)
{
    begin("{\"expires_in\":1000}");
    ck_assert_int_eq(get(), AUTH0DB_OUTCOME_OK);
    fake.ms += 900 * 1000 - 1;
    ck_assert_int_eq(get(), AUTH0DB_OUTCOME_OK);
    ck_assert_uint_eq(t.tokens, 1);
    fake.ms += 1;
    ck_assert_int_eq(get(), AUTH0DB_OUTCOME_OK);
    ck_assert_uint_eq(t.tokens, 2);
    /* an early renewal that fails costs nothing while the old token lives */
    t.token = "{\"access_token\":null}";
    fake.ms += 950 * 1000;
    ck_assert_int_eq(get(), AUTH0DB_OUTCOME_OK);
    ck_assert_int_eq(get(), AUTH0DB_OUTCOME_OK);
    ck_assert_uint_eq(t.tokens, 3);
    fake.ms += 50 * 1000 - 1;
    ck_assert_int_eq(get(), AUTH0DB_OUTCOME_OK);
    fake.ms += 1;
    ck_assert_int_eq(get(), AUTH0DB_OUTCOME_UNAVAILABLE);
    end();
}
END_TEST

/* A life that is misread sends a dead token with every request, or asks for a new one each time. */
START_TEST(the_shorter_of_two_lives_counts_and_what_is_no_life_is_none)
{
    static const struct {
        const char *answer;
        uint64_t life_s;
    } rows[] = {
        {"{\"access_token\":\"" TEN_SECONDS "\"}", 10},
        {"{\"expires_in\":5,\"access_token\":\"" TEN_SECONDS "\"}", 5},
        {"{\"access_token\":\"" NO_BEGINNING "\"}", 86400},
        {"{\"access_token\":\"" BACKWARDS "\"}", 86400},
        {"{\"access_token\":\"" NO_TIME_AT_ALL "\"}", 86400},
        {"{\"expires_in\":null}", 300},
        {"{\"expires_in\":0}", 1},
        {"{\"expires_in\":-7}", 1},
        {"{\"expires_in\":9000000000000000000}", 2592000},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        begin(rows[i].answer);
        ck_assert_int_eq(get(), AUTH0DB_OUTCOME_OK);
        fake.ms += rows[i].life_s * 900 - 1;
        ck_assert_int_eq(get(), AUTH0DB_OUTCOME_OK);
        ck_assert_msg(t.tokens == 1, "%s ends too early", rows[i].answer);
        fake.ms += 1;
        ck_assert_int_eq(get(), AUTH0DB_OUTCOME_OK);
        ck_assert_msg(t.tokens == 2, "%s ends too late", rows[i].answer);
        end();
    }
}
END_TEST

static const char *token_of(size_t len)
{
    static char answer[TOKEN_MAX + 64];
    int at = snprintf(answer, sizeof answer, "{\"access_token\":\"");
    memset(answer + at, 'a', len);
    memcpy(answer + at + len, "\"}", 3);
    return answer;
}

/* It goes into a header: a line end in it would be a header of whoever wrote it. */
START_TEST(a_token_that_is_no_word_of_reasonable_length_is_not_sent)
{
    const char *const bad[] = {
        "{\"access_token\":\"\"}",        "{\"access_token\":7}",
        "{\"access_token\":null}",        "{\"access_token\":\"a\\r\\nX-Evil: 1\"}",
        "{\"access_token\":\"a b\"}",     "{\"access_token\":\"a\\u007f\"}",
        "{\"access_token\":\"\\u00fc\"}", token_of(TOKEN_MAX + 1)};
    for (size_t i = 0; i < A0_COUNT(bad); i++) {
        begin(bad[i]);
        ck_assert_int_eq(get(), AUTH0DB_OUTCOME_UNAVAILABLE);
        ck_assert_uint_eq(t.others, 0);
        end();
    }
    const char *const good[] = {"{\"access_token\":\"!~\"}", token_of(TOKEN_MAX)};
    for (size_t i = 0; i < A0_COUNT(good); i++) {
        begin(good[i]);
        ck_assert_int_eq(get(), AUTH0DB_OUTCOME_OK);
        ck_assert_uint_eq(t.others, 1);
        end();
    }
}
END_TEST

static auth0db_outcome tell(char *scopes, size_t size)
{
    memset(&err, 0xff, sizeof err);
    return auth0db_client_scopes(client, 5000, scopes, size, &err);
}

START_TEST(scopes_are_told_whole_or_not_at_all)
{
    begin("{\"scope\":\"a b\"}");
    char scopes[4] = "xyz";
    ck_assert_int_eq(tell(scopes, 0), AUTH0DB_OUTCOME_UNAVAILABLE);
    ck_assert_str_eq(scopes, "xyz");
    ck_assert_int_eq(tell(scopes, 4), AUTH0DB_OUTCOME_OK);
    ck_assert_str_eq(scopes, "a b");
    ck_assert_int_eq(tell(scopes, 3), AUTH0DB_OUTCOME_UNAVAILABLE);
    ck_assert_int_eq(err.code, AUTH0DB_ERR_TOO_LARGE);
    ck_assert_str_eq(scopes, "");
    end();
    begin("{\"access_token\":null}");
    memcpy(scopes, "xyz", 4);
    ck_assert_int_eq(tell(scopes, 4), AUTH0DB_OUTCOME_UNAVAILABLE);
    ck_assert_int_ne(err.code, AUTH0DB_ERR_TOO_LARGE);
    ck_assert_str_eq(scopes, "");
    end();
}
END_TEST

/* Too many to keep are as good as none told: nothing is said to be missing then. */
START_TEST(eight_kilobytes_of_scopes_are_kept_and_more_are_unknown)
{
    static char answer[SCOPE_MAX + 64], told[SCOPE_MAX + 64];
    for (size_t more = 0; more < 2; more++) {
        int at = snprintf(answer, sizeof answer, "{\"scope\":\"");
        memset(answer + at, 's', SCOPE_MAX + more);
        memcpy(answer + at + SCOPE_MAX + more, "\"}", 3);
        begin(answer);
        ck_assert_int_eq(tell(told, sizeof told), AUTH0DB_OUTCOME_OK);
        ck_assert_uint_eq(strlen(told), more ? 0 : SCOPE_MAX);
        end();
    }
}
END_TEST

UNIT_MAIN("token", the_token_is_kept_and_renewed_before_it_ends,
          the_shorter_of_two_lives_counts_and_what_is_no_life_is_none,
          a_token_that_is_no_word_of_reasonable_length_is_not_sent,
          scopes_are_told_whole_or_not_at_all,
          eight_kilobytes_of_scopes_are_kept_and_more_are_unknown)
