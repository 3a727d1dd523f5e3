/* Is it the hash, or honest typos? */
#include <string.h>

#include "bulk/assess/hash_kind.h"
#include "bulk/report/watch.h"
#include "unit.h"

#define ANN "auth0|0123456789abcdef01234567"
#define BOB "auth0|fedcba9876543210fedcba98"
#define MINUTE INT64_C(60000000)

static a0_attempts attempts;

static void attempt(const char *id, int64_t time, a0_watch_kind kind)
{
    ck_assert_int_eq(a0_attempts_add(&attempts, id, time, kind), AUTH0DB_OK);
}

static a0_watch_counts of(const char *id, int64_t moved)
{
    a0_watch_counts counts = {0};
    bool tried = a0_attempts_of(&attempts, id, moved, &counts);
    ck_assert(tried == (counts.tried == 1));
    return counts;
}

START_TEST(the_first_attempt_after_the_move_counts)
{
    attempt(ANN, 10 * MINUTE, A0_WATCH_WRONG);
    attempt(ANN, 11 * MINUTE, A0_WATCH_IN);
    attempt(BOB, 12 * MINUTE, A0_WATCH_IN);
    attempt(BOB, 13 * MINUTE, A0_WATCH_WRONG);
    a0_watch_counts ann = of(ANN, 10 * MINUTE), bob = of(BOB, 10 * MINUTE);
    ck_assert(ann.first_failed == 1 && ann.never_in == 0);
    ck_assert(bob.first_failed == 0 && bob.never_in == 0);
    /* what was before the move was another password's affair */
    ck_assert(of(ANN, 12 * MINUTE).first_failed == 0 && of(ANN, 12 * MINUTE).tried == 1);
    ck_assert(of(ANN, 30 * MINUTE).tried == 0);
    /* the two clocks may be a minute apart */
    ck_assert(of(ANN, 11 * MINUTE).first_failed == 1);
    a0_attempts_clear(&attempts);
}
END_TEST

START_TEST(attempts_count_by_time_and_then_in_the_order_of_the_log)
{
    attempt(ANN, 20 * MINUTE, A0_WATCH_IN); /* the log's ids are not in the order of time */
    attempt(BOB, 15 * MINUTE, A0_WATCH_WRONG);
    attempt(ANN, 15 * MINUTE, A0_WATCH_WRONG);
    attempt(BOB, 15 * MINUTE, A0_WATCH_IN);
    ck_assert(of(ANN, 0).first_failed == 1);
    ck_assert(of(BOB, 0).first_failed == 1 && of(BOB, 0).never_in == 0);
    attempt(BOB, 14 * MINUTE, A0_WATCH_IN); /* sorted anew */
    ck_assert(of(BOB, 0).first_failed == 0);
    a0_attempts_clear(&attempts);
}
END_TEST

START_TEST(only_ids_that_could_be_ours_are_kept)
{
    static const char *const others[] = {"",
                                         "auth0|",
                                         "google-oauth2|1",
                                         "auth0|0123456789abcdef0123456",
                                         "auth0|0123456789abcdef012345678",
                                         "auth0|0123456789abcdef0123456x",
                                         "0123456789abcdef01234567"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        attempt(others[i], 1, A0_WATCH_WRONG);
        ck_assert(of(others[i], 0).tried == 0);
    }
    attempt(ANN, 1, A0_WATCH_NEITHER);
    ck_assert_uint_eq(a0_attempts_count(&attempts), 0);
    attempt(ANN, 1, A0_WATCH_IN);
    ck_assert(of(BOB, 0).tried == 0 && of(ANN, 0).tried == 1);
    a0_attempts_clear(&attempts);
}
END_TEST

START_TEST(a_log_without_end_is_kept_up_to_a_limit)
{
    for (int i = 0; i < A0_ATTEMPTS_MAX; i++)
        attempt(ANN, i, A0_WATCH_IN);
    ck_assert_int_eq(a0_attempts_add(&attempts, BOB, 1, A0_WATCH_IN), AUTH0DB_ERR_TOO_LARGE);
    ck_assert_uint_eq(a0_attempts_count(&attempts), A0_ATTEMPTS_MAX);
    ck_assert(of(ANN, 0).tried == 1);
    a0_attempts_clear(&attempts);
}
END_TEST

START_TEST(what_an_entry_of_the_log_says)
{
    static const struct {
        const char *type;
        a0_watch_kind kind;
    } rows[] = {{"fp", A0_WATCH_WRONG},         {"s", A0_WATCH_IN},
                {"sepft", A0_WATCH_IN},         {"f", A0_WATCH_NEITHER},
                {"fepft", A0_WATCH_NEITHER},    {"fu", A0_WATCH_NEITHER},
                {"limit_wc", A0_WATCH_NEITHER}, {"", A0_WATCH_NEITHER}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        a0_log_entry entry = {"1", "", rows[i].type, ANN, "Users", ""};
        ck_assert_int_eq(a0_watch_kind_of(&entry), rows[i].kind);
    }
}
END_TEST

/* tried, first_failed of one hasher and of all the others together */
static const char *judge(unsigned tried, unsigned failed, unsigned others, unsigned others_failed)
{
    a0_watch_counts one = {.tried = tried, .first_failed = failed};
    a0_watch_counts all = {.tried = tried + others, .first_failed = failed + others_failed};
    return a0_watch_verdict_name(a0_watch_judge(&one, &all));
}

START_TEST(a_hasher_is_judged_by_the_others_and_by_typos)
{
    static const struct {
        unsigned tried, failed, others, others_failed;
        const char *want;
    } rows[] = {
        /* too few to tell, whatever they did */
        {0, 0, 1000, 100, "too_few"},
        {6, 6, 1000, 100, "too_few"},
        {6, 0, 0, 0, "too_few"},
        /* a hash that no password matches, alone and in company, on a small and on a large site */
        {7, 7, 0, 0, "failing"},
        {7, 7, 100, 10, "failing"},
        {1000, 1000, 0, 0, "failing"},
        {1000, 950, 5000, 600, "failing"}, /* some had a reset before they came */
        {500000, 499000, 500000, 50000, "failing"},
        /* honest typos */
        {7, 3, 0, 0, "good"},
        {100, 15, 0, 0, "good"},
        {100, 15, 1000, 100, "good"},
        {20, 4, 1000, 100, "good"},
        {1000, 0, 1000, 0, "good"},
        /* a difference that is no chance among so many, and no matter */
        {500000, 60000, 500000, 50000, "good"},
        /* a part of a hasher's users cannot get in */
        {1000, 300, 5000, 500, "suspicious"},
        {100, 60, 0, 0, "suspicious"},
        {200, 80, 1000, 100, "suspicious"},
        /* everybody is attacked: no hasher stands out, but all is not well */
        {1000, 600, 1000, 600, "suspicious"},
        /* the others are no measure when they are few */
        {50, 10, 3, 0, "good"},
        /* the sound hasher beside a broken one */
        {1000, 100, 500, 500, "good"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *said =
            judge(rows[i].tried, rows[i].failed, rows[i].others, rows[i].others_failed);
        ck_assert_msg(strcmp(said, rows[i].want) == 0, "row %zu: %s", i, said);
    }
}
END_TEST

static const char *label(const char *encoded)
{
    static char out[A0_HASH_KIND_LABEL_SIZE];
    auth0db_hash_params params;
    ck_assert_int_eq(auth0db_hash_identify(encoded, strlen(encoded), &params, NULL), AUTH0DB_OK);
    a0_hash_kind_label(&params, out);
    return out;
}

START_TEST(hashes_that_cost_the_same_are_of_one_kind)
{
    static const char one[] =
        "pbkdf2_sha256$600000$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    static const char other[] =
        "pbkdf2_sha256$600000$longersalt$BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=";
    static const char cheaper[] =
        "pbkdf2_sha256$260000$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    auth0db_hash_params a, b, c;
    ck_assert_int_eq(auth0db_hash_identify(one, strlen(one), &a, NULL), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_hash_identify(other, strlen(other), &b, NULL), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_hash_identify(cheaper, strlen(cheaper), &c, NULL), AUTH0DB_OK);
    ck_assert(a0_hash_kind_equal(&a, &b) && !a0_hash_kind_equal(&a, &c));
    ck_assert_str_eq(label(one), "iterations=600000");
    ck_assert_str_eq(label("bcrypt$$2b$12$AAAAAAAAAAAAAAAAAAAAAOAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
                     "variant=2b cost=12");
    ck_assert_str_eq(label("argon2$argon2id$v=19$m=102400,t=2,p=8$AAAAAAAAAAAAAAAAAAAAAA$"
                           "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
                     "argon2id m=102400 t=2 p=8");
    ck_assert_str_eq(label("md5$salt$0123456789abcdef0123456789abcdef"), "");
    ck_assert_str_eq(label(""), "");
}
END_TEST

UNIT_MAIN("watch", hashes_that_cost_the_same_are_of_one_kind,
          the_first_attempt_after_the_move_counts,
          attempts_count_by_time_and_then_in_the_order_of_the_log,
          only_ids_that_could_be_ours_are_kept, a_log_without_end_is_kept_up_to_a_limit,
          what_an_entry_of_the_log_says, a_hasher_is_judged_by_the_others_and_by_typos)
