#include <string.h>

#include "auth0db/client.h"
#include "unit.h"

START_TEST(every_outcome_has_a_word_of_its_own)
{
    for (int a = 0; a < AUTH0DB_OUTCOME_COUNT; a++) {
        ck_assert_str_ne(auth0db_outcome_name((auth0db_outcome)a), "unknown");
        for (int b = 0; b < a; b++)
            ck_assert_str_ne(auth0db_outcome_name((auth0db_outcome)a),
                             auth0db_outcome_name((auth0db_outcome)b));
    }
    ck_assert_str_eq(auth0db_outcome_name((auth0db_outcome)AUTH0DB_OUTCOME_COUNT), "unknown");
}
END_TEST

START_TEST(only_the_weather_is_trouble)
{
    int trouble = 0;
    for (int i = 0; i < AUTH0DB_OUTCOME_COUNT; i++)
        trouble += auth0db_outcome_is_trouble((auth0db_outcome)i);
    ck_assert_int_eq(trouble, 4);
    ck_assert(!auth0db_outcome_is_trouble(AUTH0DB_OUTCOME_REFUSED));
    ck_assert(!auth0db_outcome_is_trouble(AUTH0DB_OUTCOME_MFA_REQUIRED));
}
END_TEST

START_TEST(password_is_sendable_only_where_auth0_keeps_all_of_it)
{
    char long_one[80];
    memset(long_one, 'x', sizeof long_one);
    ck_assert(auth0db_password_is_sendable(long_one, 72));
    ck_assert(!auth0db_password_is_sendable(long_one, 73));
    ck_assert(!auth0db_password_is_sendable("", 0));
    ck_assert(!auth0db_password_is_sendable("a\0b", 3));
    ck_assert(!auth0db_password_is_sendable("a\xff", 2));
    ck_assert(auth0db_password_is_sendable("p\xc3\xa4ss \xf0\x9f\x94\x91", 10));
}
END_TEST

START_TEST(email_is_sendable_only_where_the_api_takes_it)
{
    static const char *const good[] = {"a@b.co", "Bob.O'Hara+x@Mail.Example.ORG", "1@2.3"};
    static const char *const bad[] = {
        "",
        "bob",
        "@b.co",
        "bob@",
        "bob@localhost",
        "b\xc3\xb6@b.co",
        "a@b@c.co",
        "a b@c.co",
        ".a@b.co",
        "a.@b.co",
        "a..b@c.co",
        "\"a\"@b.co",
        "a@-b.co",
        "a@b-.co",
        "a@b..co",
        "a@b.co.",
        "a@[192.0.2.1]",
        "a@b_c.co",
        "a\n@b.co",
        "a@b.co\n",
        "a@b.c\xc3\xb6m",
        "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggggg@b.co"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        ck_assert_msg(auth0db_email_is_sendable(good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(!auth0db_email_is_sendable(bad[i]), "%s", bad[i]);
    static const struct {
        const char *start;
        size_t len;
        bool ok;
    } lengths[] = {{"aa@", 254, true}, {"aaa@", 255, false}};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        char email[300];
        strcpy(email, lengths[i].start);
        while (strlen(email) < 252)
            strcat(email, "bb.");
        strcat(email, "co");
        ck_assert_uint_eq(strlen(email), lengths[i].len);
        ck_assert(auth0db_email_is_sendable(email) == lengths[i].ok);
    }
}
END_TEST

UNIT_MAIN("outcome", every_outcome_has_a_word_of_its_own, only_the_weather_is_trouble,
          password_is_sendable_only_where_auth0_keeps_all_of_it,
          email_is_sendable_only_where_the_api_takes_it)
