#include "base/secret.h"

#include <string.h>

#include "base/mem.h"

void a0_wipe(void *p, size_t len)
{
    /* Not memset: before a free the compiler takes it out as useless. */
    if (len > 0)
        explicit_bzero(p, len);
}

void a0_secret_free(char *secret)
{
    if (secret != NULL)
        a0_wipe(secret, strlen(secret));
    a0_free(secret);
}

bool a0_secret_equal(const void *a, const void *b, size_t n)
{
    /* base/ stands on libc alone (plus jansson), so this is written out. It never ends early: the
     * time would tell how many bytes are right. volatile keeps the loop whole. */
    const volatile unsigned char *x = a, *y = b;
    unsigned char difference = 0;
    for (size_t i = 0; i < n; i++)
        difference |= x[i] ^ y[i];
    return difference == 0;
}
