/* Users as a store tells them, in a test's words: an error where none is meant ends the test. */
#ifndef TESTS_SCAN_H
#define TESTS_SCAN_H

#include <check.h>

#include "store/store.h"

#define ok(call, err) ck_assert_msg((call) == AUTH0DB_OK, "%s: %s", (err).where, (err).message)

/** Of those since_login, 0: whenever. The caller's to end. */
a0_scan *scan_begin(a0_store *store, a0_scan_options options);
const a0_record *next(a0_scan *scan); /* NULL: the end */
/** What is NULL is nothing, not even "". */
bool slice_is(a0_slice slice, const char *want, size_t len);
#define IS(slice, literal) slice_is(slice, literal, sizeof(literal) - 1)

#endif
