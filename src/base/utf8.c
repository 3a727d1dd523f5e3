/* UTF-8 and nothing like it: databases and JSON refuse the rest, and an over-long form would be a
 * second spelling of a name. */
#include "base/utf8.h"

#include <string.h>

size_t a0_utf8_next(const char *text, size_t len, uint32_t *code_point)
{
    /* The least code point of each length: below it the form is longer than it need be. */
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *s = (const unsigned char *)text;
    size_t n = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
    if (n == 0 || n > len)
        return 0;
    uint32_t c = n == 1 ? s[0] : s[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if (s[i] >> 6 != 2)
            return 0;
        c = c << 6 | (s[i] & 0x3fu);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *code_point = c;
    return n;
}

long a0_utf8_count(const char *text, size_t len)
{
    long count = 0;
    uint32_t c;
    for (size_t n; len > 0; text += n, len -= n, count++) {
        if ((n = a0_utf8_next(text, len, &c)) == 0)
            return -1;
    }
    return count;
}

bool a0_utf8_valid(const char *text, size_t len)
{
    return a0_utf8_count(text, len) >= 0;
}

void a0_utf8_trim(char *text)
{
    size_t len = strlen(text), at = len;
    uint32_t c;
    /* The whole text was valid, so that only its last character can be broken, and three bytes at
     * most are left of it. */
    while (at > 0 && len - at < 3 && (unsigned char)text[at - 1] >> 6 == 2)
        at--; /* behind the byte that begins the last character */
    if (at > 0 && (unsigned char)text[at - 1] >= 0x80 &&
        a0_utf8_next(text + at - 1, len - (at - 1), &c) == 0)
        text[at - 1] = '\0';
}

void a0_ascii_lower(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text - 'A' + 'a');
    }
}

/* Not tolower, which obeys the locale of the host. */
bool a0_ascii_equal_ignoring_case(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++) {
        char x = *a >= 'A' && *a <= 'Z' ? (char)(*a + 32) : *a;
        char y = *b >= 'A' && *b <= 'Z' ? (char)(*b + 32) : *b;
        if (x != y)
            return false;
    }
    return *a == *b;
}
