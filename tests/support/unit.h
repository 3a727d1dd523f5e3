/* Boiler plate of a Check program: one suite, cases by name, exit status. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <check.h>
#include <stdlib.h>

/* For what holds thousands of times: Check writes down each assertion that holds as well, which
 * would be most of the time. */
#define ALWAYS(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ck_abort_msg("broken: %s", #condition);                                                \
    } while (0)

static inline int unit_run(const char *title, const TTest *const *cases, size_t n, int times,
                           int seconds)
{
    Suite *suite = suite_create(title);
    for (size_t i = 0; i < n; i++) {
        TCase *tc = tcase_create(cases[i]->name);
        tcase_set_timeout(tc, seconds);
        tcase_add_loop_test(tc, cases[i], 0, times);
        suite_add_tcase(suite, tc);
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Every case so many times, each of so many seconds at the most; in the case, _i is 0, 1, 2, ... */
#define UNIT_MAIN_TIMES(times, seconds, title, ...)                                                \
    int main(void)                                                                                 \
    {                                                                                              \
        const TTest *cases[] = {__VA_ARGS__};                                                      \
        return unit_run(title, cases, sizeof cases / sizeof cases[0], times, seconds);             \
    }

#define UNIT_MAIN(title, ...) UNIT_MAIN_TIMES(1, 60, title, __VA_ARGS__)

#endif
