/* A site's database of every kind there is to test: SQLite with each type of key always, servers
 * where AUTH0DB_TEST_STORES names databases, "integer=postgres://...", separated by blanks. Their
 * tables are there already (Django makes them); their rows go when a test begins. */
#ifndef TESTS_SITE_H
#define TESTS_SITE_H

#include "scan.h"
#include "store/store_int.h"
#include "unit.h"

typedef struct test_site {
    a0_store *store;
    a0_site_map map;
    char url[512];
    char file[64]; /* SQLite: made for the test, removed at its end */
} test_site;

enum { TEST_KEY_SIZE = 64 };

int test_site_kinds(void);
void test_site_open(test_site *site, int kind); /* without users */
void test_site_close(test_site *site);
/** Another connection to it, the caller's to close. */
a0_store *test_site_again(const test_site *site);
bool test_site_is(const test_site *site, const char *store_kind);

/** Users number first .. first + n - 1: "user-7", "user-7@example.org", "hash-7", active. */
void test_site_add_users(test_site *site, int first, int n);
/** Their keys sort as their numbers do, to 999999. */
const char *test_site_key(const test_site *site, int number, char out[TEST_KEY_SIZE]);
int test_site_number(const test_site *site, a0_slice key); /* -1: no key of a test's user */
/** UPDATE of one column of a user to a text, NULL, or an expression. */
void test_site_set(test_site *site, int number, const char *column, const char *text);
void test_site_set_to(test_site *site, int number, const char *column, const char *expression);
void test_site_delete_user(test_site *site, int number); /* and what refers to it */
int64_t test_site_rows(test_site *site, const char *table);

/* Every case over every kind; in the case, _i is the kind. */
#define SITE_MAIN(title, ...) UNIT_MAIN_TIMES(test_site_kinds(), 120, title, __VA_ARGS__)

#endif
