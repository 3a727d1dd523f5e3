/* Secrets: wiping and comparing are named functions, and nothing else is allowed. */
#ifndef A0_BASE_SECRET_H
#define A0_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

void a0_wipe(void *p, size_t len); /* survives optimisation; NULL with len 0 is fine */
void a0_secret_free(
    char *secret); /* wipes a NUL-terminated heap string, then frees; NULL is a no-op */
/** Constant time over n bytes; lengths are not secret here, compare them first. */
bool a0_secret_equal(const void *a, const void *b, size_t n);

#endif
