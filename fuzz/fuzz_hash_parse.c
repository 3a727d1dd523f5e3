#include <string.h>

#include "django/hasher.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char out[A0_ENCODED_MAX];
    const char *encoded = (const char *)data;
    a0_hash hash;
    auth0db_hash_params params;
    auth0db_error err = {.code = AUTH0DB_OK};
    int rc = a0_hash_parse(&hash, encoded, size, &err);
    CLAIM(auth0db_hash_identify(encoded, size, &params, NULL) == rc);
    CLAIM(params.hasher == hash.params.hasher);
    CLAIM(auth0db_hash_algorithm(encoded, size) <= size);
    if (rc != AUTH0DB_OK) {
        CLAIM(rc == (int)err.code && err.message[0] != '\0');
        return 0;
    }
    CLAIM(a0_hash_format(&hash, out, sizeof out) == size);
    CLAIM(size == 0 || memcmp(out, data, size) == 0);
    CLAIM(size == 0 || a0_hash_format(&hash, out, size - 1) == 0);
    return 0;
}
