/* What the formats are read and written with. */
#include <string.h>

#include "base/encode.h"
#include "base/utf8.h"
#include "django/formats/format.h"

a0_slice a0_part(const char *text, size_t len)
{
    return (a0_slice){text, len};
}

const char *a0_chars(a0_slice s)
{
    return s.data;
}

bool a0_part_is(a0_slice s, const char *text)
{
    return s.len == strlen(text) && memcmp(s.data, text, s.len) == 0;
}

bool a0_part_skip(a0_slice *rest, const char *text)
{
    size_t n = strlen(text);
    if (rest->len < n || memcmp(rest->data, text, n) != 0)
        return false;
    *rest = a0_part(a0_chars(*rest) + n, rest->len - n);
    return true;
}

/* Cut the text up to `end` off rest, and `end` with it. */
bool a0_part_field(a0_slice *rest, char end, a0_slice *out)
{
    const char *at = rest->len > 0 ? memchr(rest->data, end, rest->len) : NULL;
    if (at == NULL)
        return false;
    size_t n = (size_t)(at - a0_chars(*rest));
    *out = a0_part(rest->data, n);
    *rest = a0_part(at + 1, rest->len - n - 1);
    return true;
}

/* Decimal without sign, leading zero, blank or underscore: int() takes more, but Django writes the
 * a0_part_number back and compares text. */
bool a0_part_number(a0_slice s, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    /* No parameter that is taken has more than ten digits, and ten cannot wrap 64 bits. */
    if (s.len == 0 || s.len > 10 || a0_chars(s)[0] == '0')
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (a0_chars(s)[i] < '0' || a0_chars(s)[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(a0_chars(s)[i] - '0');
    }
    *out = value;
    return value <= max;
}

bool a0_part_number32(a0_slice s, uint32_t max, uint32_t *out)
{
    uint64_t value;
    if (!a0_part_number(s, max, &value))
        return false;
    *out = (uint32_t)value;
    return true;
}

bool a0_part_is_hex(a0_slice s, size_t digits)
{
    if (s.len != digits)
        return false;
    for (size_t i = 0; i < digits; i++) {
        char c = a0_chars(s)[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false; /* upper case too: Django compares text */
    }
    return true;
}

/* The decoder takes one spelling only. Django writes that one back and compares it as text. */
bool a0_part_is_base64_of(a0_slice s, size_t bytes)
{
    uint8_t raw[A0_DIGEST_MAX];
    return s.len == A0_B64_LEN(bytes) &&
           a0_base64_decode(A0_B64, s.data, s.len, raw, sizeof raw) == (long)bytes;
}

/* Number of bytes that a0_part_unpadded canonical base64 stands for, A0_BAD for anything else. */
long a0_part_base64_bytes(a0_slice s)
{
    uint8_t raw[A0_ENCODED_MAX];
    return a0_base64_decode(A0_B64_NOPAD, s.data, s.len, raw, sizeof raw);
}

/* Exactly n characters? Django counts characters, not bytes, and does so before it splits. */
bool a0_part_has_chars(a0_slice s, long n)
{
    return s.len >= (size_t)n && s.len <= (size_t)n * 4 && a0_utf8_count(s.data, s.len) == n;
}

char *a0_put_slice(char *p, a0_slice s)
{
    memcpy(p, s.data, s.len);
    return p + s.len;
}

char *a0_put(char *p, const char *text)
{
    return a0_put_slice(p, (a0_slice){text, strlen(text)});
}

char *a0_put_number(char *p, uint64_t value)
{
    char digits[20];
    size_t n = 0;
    do
        digits[n++] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    while (n > 0)
        *p++ = digits[--n];
    return p;
}

/* Text that the parser found to be UTF-8, inside quotes. */
char *a0_put_escaped(char *p, a0_slice s)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = ((const unsigned char *)s.data)[i];
        if (c < 0x20) {
            p = a0_put(p, "\\u00");
            *p++ = hex[c >> 4];
            *p++ = hex[c & 15];
            continue;
        }
        if (c == '"' || c == '\\')
            *p++ = '\\';
        *p++ = (char)c;
    }
    return p;
}

/* Base64 without its padding, as PHC strings have it. */
a0_slice a0_part_unpadded(a0_slice b64)
{
    const char *text = b64.data;
    while (b64.len > 0 && text[b64.len - 1] == '=')
        b64.len--;
    return b64;
}

/* Formats whose stored form, from its nth byte on, is what Auth0 takes. */
char *a0_put_tail(const char *algorithm, const char *tail, size_t len, char *p)
{
    p = a0_put(p, "{\"algorithm\":\"");
    p = a0_put(p, algorithm);
    p = a0_put(p, "\",\"hash\":{\"value\":\"");
    p = a0_put_slice(p, (a0_slice){tail, len});
    return a0_put(p, "\",\"encoding\":\"utf8\"}}");
}
