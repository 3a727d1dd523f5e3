/* How long an import takes, from the tenant's own jobs. */
#include "bulk/report/pace.h"
#include "unit.h"

static a0_pace_estimate told(const a0_pace *pace)
{
    a0_pace_estimate out;
    ck_assert(a0_pace_estimated(pace, &out));
    return out;
}

START_TEST(without_a_job_nothing_is_told)
{
    a0_pace_estimate out;
    ck_assert(!a0_pace_estimated(&(a0_pace){0}, &out));
}
END_TEST

START_TEST(what_says_nothing_of_the_pace_is_left_out)
{
    static const int64_t jobs[][2] = {{0, 1000},  {19, 1000},      {2000, 0},
                                      {2000, -5}, {2000, 7800001}, {-1, 1000}};
    a0_pace pace = {0};
    for (size_t i = 0; i < A0_COUNT(jobs); i++)
        a0_pace_add(&pace, jobs[i][0], jobs[i][1]);
    ck_assert_uint_eq(pace.jobs, 0);
}
END_TEST

START_TEST(of_one_or_two_jobs_the_range_is_half_to_double)
{
    a0_pace pace = {0};
    a0_pace_add(&pace, 2000, 600000);
    a0_pace_estimate out = told(&pace);
    ck_assert_double_eq_tol(out.usual, 200, 1e-6);
    ck_assert_double_eq_tol(out.slow, 100, 1e-6);
    ck_assert_double_eq_tol(out.fast, 400, 1e-6);
}
END_TEST

START_TEST(of_more_jobs_the_middle_one_counts_and_the_range_is_theirs)
{
    a0_pace pace = {0};
    a0_pace_add(&pace, 1000, 60000);
    a0_pace_add(&pace, 1000, 6000000); /* the importer was killed, and settled it hours later */
    a0_pace_add(&pace, 900, 60000);
    a0_pace_estimate out = told(&pace);
    ck_assert_double_eq_tol(out.usual, 900, 1e-6);
    ck_assert_double_eq_tol(out.slow, 10, 1e-6);
    ck_assert_double_eq_tol(out.fast, 1000, 1e-6);
}
END_TEST

START_TEST(the_latest_jobs_count)
{
    a0_pace pace = {0};
    for (int i = 0; i < 10; i++)
        a0_pace_add(&pace, 1000, 600000);
    for (int i = 0; i < A0_PACE_JOBS_MAX; i++)
        a0_pace_add(&pace, 1000, 60000);
    ck_assert_double_eq_tol(told(&pace).slow, 1000, 1e-6);
}
END_TEST

UNIT_MAIN("pace", without_a_job_nothing_is_told, what_says_nothing_of_the_pace_is_left_out,
          of_one_or_two_jobs_the_range_is_half_to_double,
          of_more_jobs_the_middle_one_counts_and_the_range_is_theirs, the_latest_jobs_count)
