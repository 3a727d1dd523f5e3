/* No headers can hold a site up for more than a minute, or make it believe a number that is none.
 */
#include <string.h>

#include "auth0/limits.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"x-ratelimit-remaining", "x-ratelimit-reset", "retry-after",
                                        "date"};
    a0_http_response response = {0};
    a0_limit limit = {0};
    char value[32];
    if (a0_buf_append(&response.headers, data, size) != AUTH0DB_OK)
        return 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (a0_http_header(&response, names[i], value, sizeof value))
            CLAIM(value[0] != '\0' && strlen(value) < sizeof value && strpbrk(value, "\n") == NULL);
    }
    a0_rate rate = a0_rate_read(&response, 1000000);
    CLAIM(rate.remaining >= -1);
    a0_limit_passed(&limit, rate, 5000);
    CLAIM(a0_limit_wait(&limit, 5000) <= A0_LIMIT_EMPTY_MAX_MS);
    a0_limit_refused(&limit, rate, 5000, size > 0 ? data[0] : 0);
    CLAIM(a0_limit_wait(&limit, 5000) >= A0_LIMIT_MIN_MS);
    CLAIM(a0_limit_wait(&limit, 5000) <= A0_LIMIT_MAX_MS);
    CLAIM(a0_limit_wait(&limit, 5000 + A0_LIMIT_MAX_MS) == 0);
    a0_http_response_clear(&response);
    return 0;
}
