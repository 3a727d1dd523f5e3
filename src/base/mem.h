/* The allocator seam: everything the library allocates itself goes through here, so a test can fail
 * every allocation in turn. Sizes are checked, never wrapped. */
#ifndef A0_BASE_MEM_H
#define A0_BASE_MEM_H

#include <stddef.h>

#include "base/error.h"

A0_MUST_CHECK void *a0_alloc(size_t size); /* zeroed; NULL when memory is short */
A0_MUST_CHECK void *a0_alloc_array(size_t n,
                                   size_t size); /* zeroed; NULL also where n * size wraps */
A0_MUST_CHECK char *a0_strndup(const char *text, size_t len);
A0_MUST_CHECK char *a0_strdup(const char *text); /* NULL in, NULL out */
void a0_free(void *p);                           /* NULL is a no-op */

/** Tests only: the nth allocation from now fails (1 = the next one); 0 switches it off. Not
 * thread-safe. */
void a0_test_fail_nth_alloc(long nth);

#endif
