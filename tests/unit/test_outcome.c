#include <string.h>

#include "auth0db/client.h"
#include "base/error.h"
#include "link/outcomes.h"
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

START_TEST(only_transient_failures_are_trouble)
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

/* docs/architecture.md, "What an answer is", written once more: the paths follow the table, so the
 * table needs a witness of its own. */
START_TEST(the_table_of_outcomes_is_the_pages)
{
    static const struct {
        auth0db_outcome outcome;
        auth0db_refusal refusal;
        bool decided, falls_back;
        const char *word;
    } page[] = {
        {AUTH0DB_OUTCOME_OK, AUTH0DB_REFUSED_BAD_CREDENTIALS, true, false, ""},
        {AUTH0DB_OUTCOME_BAD_CREDENTIALS, AUTH0DB_REFUSED_BAD_CREDENTIALS, true, false, NULL},
        {AUTH0DB_OUTCOME_BLOCKED, AUTH0DB_REFUSED_BLOCKED, true, false, "blocked"},
        {AUTH0DB_OUTCOME_MFA_REQUIRED, AUTH0DB_REFUSED_MFA_REQUIRED, true, false, "mfa"},
        {AUTH0DB_OUTCOME_TOO_MANY_ATTEMPTS, AUTH0DB_REFUSED_TOO_MANY_ATTEMPTS, true, false, NULL},
        {AUTH0DB_OUTCOME_PASSWORD_LEAKED, AUTH0DB_REFUSED_PASSWORD_LEAKED, true, false, "leaked"},
        {AUTH0DB_OUTCOME_DENIED, AUTH0DB_REFUSED_DENIED, true, false, "denied"},
        {AUTH0DB_OUTCOME_CAPTCHA, AUTH0DB_REFUSED_CAPTCHA, true, false, NULL},
        {AUTH0DB_OUTCOME_REFUSED, AUTH0DB_REFUSED_UNLISTED, false, false, NULL},
        {AUTH0DB_OUTCOME_NOT_FOUND, AUTH0DB_REFUSED_DELETED, true, false, "gone"},
        {AUTH0DB_OUTCOME_EXISTS, AUTH0DB_REFUSED_UNLISTED, false, false, NULL},
        {AUTH0DB_OUTCOME_USERNAME_TAKEN, AUTH0DB_REFUSED_UNLISTED, false, false, NULL},
        {AUTH0DB_OUTCOME_WEAK_PASSWORD, AUTH0DB_REFUSED_UNLISTED, false, false, NULL},
        {AUTH0DB_OUTCOME_INVALID_USER, AUTH0DB_REFUSED_UNLISTED, false, false, NULL},
        {AUTH0DB_OUTCOME_THROTTLED, AUTH0DB_REFUSED_BUSY, false, false, NULL},
        {AUTH0DB_OUTCOME_UNAVAILABLE, AUTH0DB_REFUSED_UNAVAILABLE, false, true, NULL},
        {AUTH0DB_OUTCOME_UNCONFIRMED, AUTH0DB_REFUSED_UNAVAILABLE, false, false, NULL},
        {AUTH0DB_OUTCOME_MISCONFIGURED, AUTH0DB_REFUSED_UNAVAILABLE, false, false, NULL},
        {AUTH0DB_OUTCOME_HELD, AUTH0DB_REFUSED_UNAVAILABLE, false, false, NULL},
        {(auth0db_outcome)99, AUTH0DB_REFUSED_UNAVAILABLE, false, false, NULL},
    };
    ck_assert_uint_eq(A0_COUNT(page), AUTH0DB_OUTCOME_COUNT + 1);
    for (size_t i = 0; i < A0_COUNT(page); i++) {
        const a0_meaning *is = a0_meaning_of(page[i].outcome);
        const char *name = auth0db_outcome_name(page[i].outcome);
        ck_assert_msg(is->refusal == page[i].refusal && is->decided == page[i].decided &&
                          is->falls_back == page[i].falls_back,
                      "the table of outcomes broken: %s", name);
        ck_assert_msg((is->word == NULL) == (page[i].word == NULL) &&
                          (is->word == NULL || strcmp(is->word, page[i].word) == 0),
                      "the table of outcomes broken: %s", name);
        ck_assert_ptr_nonnull(is->unpushed);
    }
}
END_TEST

UNIT_MAIN("outcome", the_table_of_outcomes_is_the_pages, every_outcome_has_a_word_of_its_own,
          only_transient_failures_are_trouble,
          password_is_sendable_only_where_auth0_keeps_all_of_it,
          email_is_sendable_only_where_the_api_takes_it)
