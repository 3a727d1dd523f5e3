#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* 0 in all but tests, which fail every allocation in turn. */
static long fail_countdown;

void a0_test_fail_nth_alloc(long nth)
{
    fail_countdown = nth;
}

/* Zeroed, so that a struct that is half made can be freed by the same function as a whole one.
 * calloc of 0 may be NULL, which callers take for a lack of memory. */
void *a0_alloc(size_t size)
{
    if (fail_countdown > 0 && --fail_countdown == 0)
        return NULL;
    return calloc(1, size > 0 ? size : 1);
}

void *a0_alloc_array(size_t n, size_t size)
{
    /* A product that wraps would be a block that is too small, and its end be written over. */
    if (size != 0 && n > SIZE_MAX / size)
        return NULL;
    return a0_alloc(n * size);
}

char *a0_strndup(const char *text, size_t len)
{
    char *copy = len < SIZE_MAX ? a0_alloc(len + 1) : NULL;
    if (copy != NULL)
        memcpy(copy, text, len);
    return copy;
}

char *a0_strdup(const char *text)
{
    return text != NULL ? a0_strndup(text, strlen(text)) : NULL;
}

void a0_free(void *p)
{
    free(p);
}
