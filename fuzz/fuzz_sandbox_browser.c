#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "sandbox/login/login_request.h"

/* What a browser sends to the login page, one a line: a Cookie header, an address to go back to, an
 * entry of the list that allows it, a key and a code. */
static char *next_line(const char **at, const char *end)
{
    const char *stop = *at < end ? memchr(*at, '\n', (size_t)(end - *at)) : NULL;
    size_t len = stop != NULL ? (size_t)(stop - *at) : (size_t)(end - *at);
    char *line = a0_strndup(*at, len);
    CLAIM(line != NULL);
    *at = stop != NULL ? stop + 1 : end;
    return line;
}

static void look_at_cookie(const char *header)
{
    char value[16];
    if (sb_cookie(header, "auth0", value, sizeof value))
        CLAIM(strlen(value) < sizeof value && strchr(value, ';') == NULL &&
              strstr(header, "auth0=") != NULL);
}

/* An address that is allowed has the entry's scheme, and nothing in it that a browser reads as
 * another host. */
static void look_at_address(const char *url, const char *entry)
{
    json_t *list = json_pack("[s]", entry);
    if (list != NULL && sb_return_url_allowed(list, url)) {
        CLAIM(strncmp(url, "http", 4) == 0 || strncmp(url, "HTTP", 4) == 0);
        CLAIM(strpbrk(url, "\\#\r\n\t <>\"") == NULL);
        CLAIM(strchr(url, '@') == NULL ||
              strcspn(strstr(url, "://") + 3, "/?") < strcspn(strstr(url, "://") + 3, "@"));
    }
    json_decref(list);
}

static void look_at_code(const char *key, const char *code)
{
    unsigned char bytes[64];
    int64_t step = 0;
    long n = sb_base32_decode(key, bytes, sizeof bytes);
    CLAIM(n <= (long)sizeof bytes);
    if (sb_otp_matches(key, code, 1700000000, &step))
        CLAIM(n > 0 && strspn(code, "0123456789") == SB_OTP_LEN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data, *end = at + size;
    char *lines[5];
    for (size_t i = 0; i < 5; i++)
        lines[i] = next_line(&at, end);
    look_at_cookie(lines[0]);
    look_at_address(lines[1], lines[2]);
    look_at_code(lines[3], lines[4]);
    for (size_t i = 0; i < 5; i++)
        a0_free(lines[i]);
    return 0;
}
