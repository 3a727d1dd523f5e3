/* Boiler plate of a Check program: one suite, cases by name, exit status. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <check.h>
#include <stdlib.h>

#define UNIT_MAIN(title, ...)                                                                      \
    int main(void)                                                                                 \
    {                                                                                              \
        Suite *suite = suite_create(title);                                                        \
        const TTest *cases[] = {__VA_ARGS__};                                                      \
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {                              \
            TCase *tc = tcase_create(cases[i]->name);                                              \
            tcase_set_timeout(tc, 60);                                                             \
            tcase_add_test(tc, cases[i]);                                                          \
            suite_add_tcase(suite, tc);                                                            \
        }                                                                                          \
        SRunner *runner = srunner_create(suite);                                                   \
        srunner_run_all(runner, CK_NORMAL);                                                        \
        int failed = srunner_ntests_failed(runner);                                                \
        srunner_free(runner);                                                                      \
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;                                          \
    }

#endif
