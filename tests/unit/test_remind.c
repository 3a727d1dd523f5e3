#include <ctype.h>
#include <string.h>

#include "base/env.h"
#include "bulk/remaining/remind_int.h"
#include "unit.h"

#define TEXT(s) ((a0_slice){(s), strlen(s)})
#define MOVES                                                                                      \
    "pbkdf2_sha256$600000$a1B2c3D4e5F6g7H8i9J0kL$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define STAYS "bcrypt_sha256$$2b$12$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const a0_assess_rules sort_rules;
static auth0db_holdout why;

static a0_record user(const char *hash)
{
    return (a0_record){.key = TEXT("7"),
                       .username = TEXT("ann"),
                       .email = TEXT("Ann@Example.com"),
                       .password = TEXT(hash),
                       .active = true,
                       .last_login = 1700000000000000,
                       .joined = A0_NO_TIME};
}

static a0_remind_rules everybody(void)
{
    return (a0_remind_rules){.who = {.since_login = A0_NO_TIME}, .not_since = A0_NO_TIME};
}

static a0_remind_disposition judge(const a0_record *record, a0_remind_rules rules)
{
    a0_assessment assessment;
    a0_assess(record, &sort_rules, &assessment);
    return a0_remind_judge(&rules, record, &assessment, &why);
}

START_TEST(who_cannot_move_is_mailed)
{
    a0_record ann = user(STAYS);
    ck_assert_int_eq(judge(&ann, everybody()), A0_REMIND_MAIL);
    ck_assert_int_eq(why, AUTH0DB_HOLDOUT_MUST_RESET);
    ann = user("pbkdf2_sha256$10$salt");
    ck_assert_int_eq(judge(&ann, everybody()), A0_REMIND_MAIL);
    ck_assert_int_eq(why, AUTH0DB_HOLDOUT_BAD_HASH);
}
END_TEST

START_TEST(who_has_no_password_is_left_unless_that_is_said)
{
    static const char *const none[] = {"!", "!a1B2c3D4e5", ""};
    for (size_t i = 0; i < A0_COUNT(none); i++) {
        a0_record ann = user(none[i]);
        a0_remind_rules rules = everybody();
        ck_assert_int_eq(judge(&ann, rules), A0_REMIND_NO_PASSWORD);
        rules.even_if_hash_could_move = true;
        ck_assert_int_eq(judge(&ann, rules), A0_REMIND_NO_PASSWORD);
        rules.without_password = true;
        ck_assert_int_eq(judge(&ann, rules), A0_REMIND_MAIL);
        ck_assert_str_eq(a0_remind_reason(why, true), "no-password");
    }
}
END_TEST

START_TEST(a_hash_that_could_move_is_left_unless_that_is_said)
{
    a0_record ann = user(MOVES);
    a0_remind_rules rules = everybody();
    ck_assert_int_eq(judge(&ann, rules), A0_REMIND_COULD_MOVE);
    rules.not_since = INT64_MAX;
    ck_assert_int_eq(judge(&ann, rules), A0_REMIND_COULD_MOVE);
    rules.even_if_hash_could_move = true;
    ck_assert_int_eq(judge(&ann, rules), A0_REMIND_MAIL);
    ann.claimed = true; /* S12, whatever was said */
    ck_assert_int_eq(judge(&ann, rules), A0_REMIND_IN_FLIGHT);
}
END_TEST

START_TEST(a_canary_that_failed_counts_for_as_long_as_the_hash_is_the_same)
{
    char digest[AUTH0DB_FINGERPRINT_SIZE];
    a0_record ann = user(MOVES);
    a0_bulk_digest(&ann, digest);
    ann.holdout = TEXT("canary-failed");
    ann.holdout_digest = TEXT(digest);
    ck_assert_int_eq(judge(&ann, everybody()), A0_REMIND_MAIL);
    ck_assert_int_eq(why, AUTH0DB_HOLDOUT_CANARY_FAILED);
    digest[0] = digest[0] == 'a' ? 'b' : 'a';
    ck_assert_int_eq(judge(&ann, everybody()), A0_REMIND_COULD_MOVE);
}
END_TEST

START_TEST(who_must_not_be_mailed_is_not)
{
    a0_remind_rules rules = everybody();
    rules.even_if_hash_could_move = true;
    a0_record ann = user(STAYS);
    ann.linked = true;
    ck_assert_int_eq(judge(&ann, rules), A0_REMIND_MIGRATED);
    ann = user(STAYS);
    ann.reminded = true;
    ck_assert_int_eq(judge(&ann, rules), A0_REMIND_REMINDED);
    ann = user(STAYS);
    ann.active = false;
    ck_assert_int_eq(judge(&ann, rules), A0_REMIND_INACTIVE);
    ann = user(STAYS);
    ann.email = TEXT("");
    ck_assert_int_eq(judge(&ann, rules), A0_REMIND_HELD);
    ck_assert_int_eq(why, AUTH0DB_HOLDOUT_NO_EMAIL);
}
END_TEST

START_TEST(whom_the_tenant_has_refused_is_held_until_that_is_to_be_tried_again)
{
    char digest[AUTH0DB_FINGERPRINT_SIZE];
    a0_remind_rules rules = everybody();
    a0_record ann = user(STAYS);
    a0_bulk_digest(&ann, digest);
    ann.holdout = TEXT("foreign-account");
    ann.holdout_digest = TEXT(digest);
    ck_assert_int_eq(judge(&ann, rules), A0_REMIND_HELD);
    ck_assert_int_eq(why, AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT);
    rules.who.retry_held = true;
    ck_assert_int_eq(judge(&ann, rules), A0_REMIND_MAIL);
}
END_TEST

START_TEST(the_selection_is_by_login_and_by_domain)
{
    const int64_t login = 1700000000000000;
    a0_record ann = user(STAYS);
    a0_remind_rules rules = everybody();
    rules.not_since = login;
    ck_assert_int_eq(judge(&ann, rules), A0_REMIND_NOT_SELECTED);
    rules.not_since = login + 1;
    ck_assert_int_eq(judge(&ann, rules), A0_REMIND_MAIL);
    ann.last_login = A0_NO_TIME;
    ck_assert_int_eq(judge(&ann, rules), A0_REMIND_MAIL);
    rules.who.since_login = login;
    ck_assert_int_eq(judge(&ann, rules), A0_REMIND_NOT_SELECTED);
    const struct {
        const char *domain;
        a0_remind_disposition disposition;
    } rows[] = {{"example.com", A0_REMIND_MAIL},
                {"EXAMPLE.com", A0_REMIND_MAIL},
                {"ample.com", A0_REMIND_NOT_SELECTED},
                {"com", A0_REMIND_NOT_SELECTED},
                {"a-much-longer-domain.example.com", A0_REMIND_NOT_SELECTED}};
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        rules = everybody();
        rules.domain = rows[i].domain;
        ck_assert_int_eq(judge(&ann, rules), rows[i].disposition);
    }
}
END_TEST

START_TEST(what_was_in_the_air_is_never_guessed)
{
    enum { SETTLE = 180, LATE = A0_REMIND_LOG_KEPT_S + 1 };
    const struct {
        bool by_site;
        a0_log_says log;
        int64_t age_s;
        auth0db_in_air asked;
        a0_air air;
    } rows[] = {
        {false, A0_LOG_SENT, 1, AUTH0DB_IN_AIR_LEAVE, A0_AIR_SENT},
        {false, A0_LOG_SENT, LATE, AUTH0DB_IN_AIR_RESEND, A0_AIR_SENT},
        {false, A0_LOG_SILENT, 179, AUTH0DB_IN_AIR_LEAVE, A0_AIR_WAIT},
        {false, A0_LOG_SILENT, -5, AUTH0DB_IN_AIR_LEAVE, A0_AIR_WAIT},
        {false, A0_LOG_SILENT, 180, AUTH0DB_IN_AIR_LEAVE, A0_AIR_AGAIN},
        {false, A0_LOG_SILENT, LATE, AUTH0DB_IN_AIR_LEAVE, A0_AIR_UNKNOWN},
        {false, A0_LOG_UNREAD, 180, AUTH0DB_IN_AIR_LEAVE, A0_AIR_UNKNOWN},
        {false, A0_LOG_UNREAD, 180, AUTH0DB_IN_AIR_SENT, A0_AIR_SENT},
        {false, A0_LOG_UNREAD, 180, AUTH0DB_IN_AIR_RESEND, A0_AIR_AGAIN},
        {true, A0_LOG_SILENT, 180, AUTH0DB_IN_AIR_LEAVE, A0_AIR_UNKNOWN},
        {true, A0_LOG_SILENT, 1, AUTH0DB_IN_AIR_LEAVE, A0_AIR_UNKNOWN},
        {true, A0_LOG_SILENT, 1, AUTH0DB_IN_AIR_SENT, A0_AIR_SENT},
        {true, A0_LOG_SILENT, 1, AUTH0DB_IN_AIR_RESEND, A0_AIR_WAIT},
        {true, A0_LOG_SILENT, 180, AUTH0DB_IN_AIR_RESEND, A0_AIR_AGAIN},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++)
        ck_assert_msg(a0_remind_air(rows[i].by_site, rows[i].log, rows[i].age_s, SETTLE,
                                    rows[i].asked) == rows[i].air,
                      "row %zu", i);
}
END_TEST

START_TEST(the_password_that_nobody_knows_pleases_every_policy)
{
    char one[A0_REMIND_PASSWORD_LEN + 1], other[A0_REMIND_PASSWORD_LEN + 1];
    ck_assert_int_eq(a0_remind_password(&a0_env_system, one), AUTH0DB_OK);
    ck_assert_int_eq(a0_remind_password(&a0_env_system, other), AUTH0DB_OK);
    ck_assert_str_ne(one, other);
    ck_assert_uint_eq(strlen(one), A0_REMIND_PASSWORD_LEN);
    for (size_t i = 0; i + 3 < sizeof one; i += 4) {
        ck_assert(isupper((unsigned char)one[i]) && islower((unsigned char)one[i + 1]));
        ck_assert(isdigit((unsigned char)one[i + 2]) && ispunct((unsigned char)one[i + 3]));
    }
}
END_TEST

UNIT_MAIN("remind", who_cannot_move_is_mailed, who_has_no_password_is_left_unless_that_is_said,
          a_hash_that_could_move_is_left_unless_that_is_said,
          a_canary_that_failed_counts_for_as_long_as_the_hash_is_the_same,
          who_must_not_be_mailed_is_not,
          whom_the_tenant_has_refused_is_held_until_that_is_to_be_tried_again,
          the_selection_is_by_login_and_by_domain, what_was_in_the_air_is_never_guessed,
          the_password_that_nobody_knows_pleases_every_policy)
