#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static long fail_countdown;

void a0_test_fail_nth_alloc(long nth)
{
    fail_countdown = nth;
}

void *a0_alloc(size_t size)
{
    if (fail_countdown > 0 && --fail_countdown == 0)
        return NULL;
    return calloc(1, size > 0 ? size : 1);
}

void *a0_alloc_array(size_t n, size_t size)
{
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
