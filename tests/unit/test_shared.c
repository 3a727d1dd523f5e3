#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "bulk/assess/shared.h"
#include "unit.h"

#define TEXT(s) ((a0_slice){(s), strlen(s)})

static const a0_assess_rules by_email = {0}, by_name = {.require_username = true};

typedef struct person {
    const char *key, *email, *username;
    int64_t last_login;
    bool inactive, linked;
    const char *want; /* detail of the holdout, NULL: moves */
} person;

static a0_record record_of(const person *p)
{
    return (a0_record){.key = TEXT(p->key),
                       .email = TEXT(p->email),
                       .username = p->username != NULL ? TEXT(p->username) : (a0_slice){NULL, 0},
                       .last_login = p->last_login,
                       .active = !p->inactive,
                       .linked = p->linked};
}

static a0_shared *look(const person *people, size_t n, const a0_assess_rules *rules,
                       auth0db_duplicates how)
{
    a0_shared *shared;
    ck_assert_int_eq(a0_shared_new(&shared, &a0_env_system, rules, how, NULL), AUTH0DB_OK);
    for (size_t i = 0; i < n; i++) {
        a0_record record = record_of(&people[i]);
        ck_assert(a0_shared_add(shared, &record));
    }
    ck_assert(a0_shared_close(shared));
    for (size_t i = 0; i < n && a0_shared_wants_ranks(shared); i++) {
        a0_record record = record_of(&people[i]);
        a0_shared_rank(shared, &record);
    }
    return shared;
}

static void check(const person *people, size_t n, const a0_assess_rules *rules,
                  auth0db_duplicates how)
{
    a0_shared *shared = look(people, n, rules, how);
    for (size_t i = 0; i < n; i++) {
        a0_record record = record_of(&people[i]);
        a0_assessment assessment = {.disposition = A0_MOVES, .detail = ""};
        a0_shared_apply(shared, &record, &assessment);
        ck_assert_str_eq(assessment.detail, people[i].want != NULL ? people[i].want : "");
        ck_assert_int_eq(assessment.disposition, people[i].want != NULL ? A0_HOLDOUT : A0_MOVES);
    }
    a0_shared_free(shared);
}

START_TEST(an_email_belongs_to_one_user_whatever_its_case)
{
    static const person people[] = {
        {"1", "ann@example.com", NULL, 0, false, false, "shared"},
        {"2", "bob@example.com", NULL, 0, false, false, NULL},
        {"3", "ANN@Example.com", NULL, 0, false, false, "shared"},
        {"4", "ann@example.org", NULL, 0, false, false, NULL},
        {"5", "", NULL, 0, false, false, NULL},
        {"6", "", NULL, 0, false, false, NULL},
        {"7", "\xc3\xa9@example.com", NULL, 0, false, false, NULL}, /* only ASCII folds */
        {"8", "\xc3\x89@example.com", NULL, 0, false, false, NULL},
        {"9", "k@example.com", NULL, 0, false, false, NULL},
        {"10", "\xe2\x84\xaa@example.com", NULL, 0, false, false, NULL}, /* Kelvin sign */
        {"11", "a[@example.com", NULL, 0, false, false, NULL}, /* '[' and '{' are no letters */
        {"12", "a{@example.com", NULL, 0, false, false, NULL},
        {"13", "a@@example.com", NULL, 0, false, false, NULL},
        {"14", "a`@example.com", NULL, 0, false, false, NULL},
        {"15", "zZ@example.com", NULL, 0, false, false, "shared"},
        {"16", "Zz@example.com", NULL, 0, false, false, "shared"},
    };
    check(people, A0_COUNT(people), &by_email, AUTH0DB_DUPLICATES_SKIP);
}
END_TEST

START_TEST(the_most_recent_of_a_group_moves)
{
    static const person people[] = {
        {"1", "a@example.com", NULL, 100, false, false, "another-is-recent"},
        {"2", "A@example.com", NULL, 300, false, false, NULL},
        {"3", "a@EXAMPLE.com", NULL, 200, false, false, "another-is-recent"},
        /* who never logged in comes after who did before 1970 */
        {"4", "b@example.com", NULL, A0_NO_TIME, false, false, "another-is-recent"},
        {"5", "b@example.com", NULL, -5, false, false, NULL},
        /* the inactive after the active */
        {"6", "c@example.com", NULL, 900, true, false, "another-is-recent"},
        {"7", "c@example.com", NULL, A0_NO_TIME, false, false, NULL},
        /* who is there already keeps the e-mail */
        {"8", "d@example.com", NULL, 900, false, false, "another-is-recent"},
        {"9", "d@example.com", NULL, 1, true, true, NULL},
        /* the first where nothing else tells */
        {"10", "e@example.com", NULL, A0_NO_TIME, false, false, NULL},
        {"11", "e@example.com", NULL, A0_NO_TIME, false, false, "another-is-recent"},
        {"12", "f@example.com", NULL, INT64_MAX, false, false, NULL},
        {"13", "f@example.com", NULL, INT64_MIN + 1, false, false, "another-is-recent"},
    };
    check(people, A0_COUNT(people), &by_email, AUTH0DB_DUPLICATES_MOST_RECENT);
}
END_TEST

START_TEST(user_names_that_differ_in_case_clash_where_they_are_asked_for)
{
    static const person people[] = {
        {"1", "a@example.com", "Ann", 0, false, false, "case"},
        {"2", "b@example.com", "ann", 0, false, false, "case"},
        {"3", "c@example.com", "bob", 0, false, false, NULL},
        {"4", "d@example.com", "", 0, false, false, NULL},
        {"5", "e@example.com", "", 0, false, false, NULL},
        {"6", "ann", "c@example.com", 0, false, false, NULL}, /* a name is no e-mail */
    };
    check(people, A0_COUNT(people), &by_name, AUTH0DB_DUPLICATES_SKIP);
    person unasked[A0_COUNT(people)];
    memcpy(unasked, people, sizeof people);
    unasked[0].want = unasked[1].want = NULL;
    check(unasked, A0_COUNT(people), &by_email, AUTH0DB_DUPLICATES_SKIP);
}
END_TEST

START_TEST(a_reason_that_comes_before_is_kept)
{
    static const person two[] = {{"1", "a@example.com", NULL, 0, false, false, NULL},
                                 {"2", "a@example.com", NULL, 0, false, false, NULL}};
    a0_shared *shared = look(two, 2, &by_email, AUTH0DB_DUPLICATES_SKIP);
    a0_record record = record_of(&two[0]);
    for (int reason = 1; reason < AUTH0DB_HOLDOUT_COUNT; reason++) {
        a0_assessment assessment = {
            .disposition = A0_HOLDOUT, .reason = (auth0db_holdout)reason, .detail = "before"};
        a0_shared_apply(shared, &record, &assessment);
        ck_assert_int_eq(assessment.reason, reason < AUTH0DB_HOLDOUT_DUPLICATE_EMAIL
                                                ? reason
                                                : (int)AUTH0DB_HOLDOUT_DUPLICATE_EMAIL);
    }
    a0_shared_free(shared);
}
END_TEST

START_TEST(groups_are_counted_and_what_the_other_way_would_do)
{
    static const person people[] = {
        {"1", "a@example.com", "x", 5, false, false, NULL},
        {"2", "a@example.com", "X", 9, false, false, NULL}, /* wins, but cannot move */
        {"3", "b@example.com", "y", 1, false, false, NULL},
        {"4", "b@example.com", "z", 2, false, false, NULL}, /* wins, moves */
        {"5", "b@example.com", "v", 0, false, false, NULL},
        {"6", "c@example.com", "w", 0, false, false, NULL},
    };
    for (int how = 0; how < 2; how++) {
        a0_shared *shared = look(people, A0_COUNT(people), &by_name, (auth0db_duplicates)how);
        for (size_t i = 0; i < A0_COUNT(people); i++) {
            a0_record record = record_of(&people[i]);
            a0_assessment assessment = {.disposition = A0_MOVES, .detail = ""};
            a0_shared_count_in(shared, &record, i != 1 ? &assessment : NULL);
            ck_assert_int_eq(assessment.disposition == A0_HOLDOUT,
                             i != 1 && i != 5 && (how == 0 || i != 3));
        }
        a0_shared_counts counts = a0_shared_count(shared);
        ck_assert_uint_eq(counts.groups, 2);
        ck_assert_uint_eq(counts.users, 5);
        ck_assert_uint_eq(counts.name_groups, 1);
        ck_assert_uint_eq(counts.name_users, 2);
        ck_assert_uint_eq(counts.would_move, 1);
        a0_shared_free(shared);
    }
}
END_TEST

/* 200,000 users, of whom every hundredth shares with the next: each of them found, nobody else. */
START_TEST(many_users_are_told_apart)
{
    enum { USERS = 200000 };
    char email[64], key[16];
    a0_shared *shared;
    ck_assert_int_eq(
        a0_shared_new(&shared, &a0_env_system, &by_email, AUTH0DB_DUPLICATES_SKIP, NULL),
        AUTH0DB_OK);
    for (int pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < USERS; i++) {
            snprintf(email, sizeof email, "%s%u@example.com", i % 3 == 0 ? "User" : "user",
                     i % 100 == 99 ? i - 1 : i);
            snprintf(key, sizeof key, "%u", i);
            const a0_record record = {.key = TEXT(key), .email = TEXT(email)};
            a0_assessment assessment = {.disposition = A0_MOVES, .detail = ""};
            if (pass == 0)
                ck_assert(a0_shared_add(shared, &record));
            else
                a0_shared_apply(shared, &record, &assessment);
            if (pass == 1)
                ck_assert_int_eq(assessment.disposition, i % 100 >= 98 ? A0_HOLDOUT : A0_MOVES);
        }
        if (pass == 0)
            ck_assert(a0_shared_close(shared));
    }
    ck_assert_uint_eq(a0_shared_count(shared).groups, USERS / 100);
    a0_shared_free(shared);
}
END_TEST

/* One address of everybody's is one group, and takes no memory per member. */
START_TEST(everybody_may_have_one_email)
{
    enum { USERS = 300000 };
    const a0_record record = {.key = TEXT("1"), .email = TEXT("none@example.com")};
    a0_shared *shared;
    ck_assert_int_eq(
        a0_shared_new(&shared, &a0_env_system, &by_email, AUTH0DB_DUPLICATES_SKIP, NULL),
        AUTH0DB_OK);
    for (unsigned i = 0; i < USERS; i++)
        ck_assert(a0_shared_add(shared, &record));
    ck_assert(a0_shared_close(shared));
    ck_assert_uint_eq(a0_shared_count(shared).groups, 1);
    ck_assert_uint_eq(a0_shared_count(shared).users, USERS);
    a0_shared_free(shared);
}
END_TEST

/* Texts that differ only where a careless hash is blind: length, trailing NULs, chunk borders. */
START_TEST(near_texts_have_fingerprints_of_their_own)
{
    static const char bytes[64] = "abcdefghijklmnopqrstuvwxyz";
    a0_shared *shared;
    ck_assert_int_eq(
        a0_shared_new(&shared, &a0_env_system, &by_email, AUTH0DB_DUPLICATES_SKIP, NULL),
        AUTH0DB_OK);
    for (size_t from = 0; from < 26; from++) {
        for (size_t len = 1; len <= sizeof bytes - from && len <= 40; len++) {
            const a0_record record = {.key = TEXT("1"), .email = {bytes + from, len}};
            ck_assert(a0_shared_add(shared, &record));
        }
    }
    ck_assert(a0_shared_close(shared));
    ck_assert_uint_eq(a0_shared_count(shared).groups, 0);
    a0_shared_free(shared);
}
END_TEST

START_TEST(it_survives_every_failed_allocation)
{
    static const person two[] = {{"1", "a@example.com", "x", 0, false, false, NULL},
                                 {"2", "a@example.com", "X", 0, false, false, NULL}};
    for (long nth = 1; nth < 12; nth++) {
        a0_shared *shared;
        a0_test_fail_nth_alloc(nth);
        if (a0_shared_new(&shared, &a0_env_system, &by_name, AUTH0DB_DUPLICATES_SKIP, NULL) ==
            AUTH0DB_OK) {
            bool ok = true;
            for (size_t i = 0; i < 2 && ok; i++) {
                a0_record record = record_of(&two[i]);
                ok = a0_shared_add(shared, &record);
            }
            ok = ok && a0_shared_close(shared);
            ck_assert(!ok || nth > 7);
        }
        a0_test_fail_nth_alloc(0);
        a0_shared_free(shared);
    }
}
END_TEST

UNIT_MAIN("shared", an_email_belongs_to_one_user_whatever_its_case,
          the_most_recent_of_a_group_moves,
          user_names_that_differ_in_case_clash_where_they_are_asked_for,
          a_reason_that_comes_before_is_kept, groups_are_counted_and_what_the_other_way_would_do,
          many_users_are_told_apart, everybody_may_have_one_email,
          near_texts_have_fingerprints_of_their_own, it_survives_every_failed_allocation)
