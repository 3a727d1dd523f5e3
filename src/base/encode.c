/* Encodings. What we write has one form, and what we read must have it: of two texts for the same
 * bytes one would be known and the other not. */
#include "base/encode.h"

#include <string.h>

static const char std_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t a0_base64_encode(a0_b64 kind, const void *data, size_t len, char *out)
{
    const char *alphabet = kind == A0_B64_URL ? url_alphabet : std_alphabet;
    const uint8_t *in = data;
    char *o = out;
    size_t i = 0;
    for (; i + 3 <= len; i += 3) {
        uint32_t v = (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8 | in[i + 2];
        *o++ = alphabet[v >> 18];
        *o++ = alphabet[v >> 12 & 63];
        *o++ = alphabet[v >> 6 & 63];
        *o++ = alphabet[v & 63];
    }
    if (i < len) {
        bool two = len - i == 2;
        uint32_t v = (uint32_t)in[i] << 16 | (two ? (uint32_t)in[i + 1] << 8 : 0);
        *o++ = alphabet[v >> 18];
        *o++ = alphabet[v >> 12 & 63];
        if (two)
            *o++ = alphabet[v >> 6 & 63];
        if (kind == A0_B64) {
            *o++ = '=';
            if (!two)
                *o++ = '=';
        }
    }
    *o = '\0';
    return (size_t)(o - out);
}

/* Value of each character, BAD for those of neither alphabet; '-' and '_' stand apart for the
 * choice below. A table, because a branch a character is mispredicted every other time: that was
 * most of what converting cost. */
enum { BAD = A0_BAD };
#define ROW16(v) v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v
static const int8_t b64_values[256] = {
    ROW16(BAD), ROW16(BAD), BAD,        BAD,        BAD,        BAD,        BAD,        BAD,
    BAD,        BAD,        BAD,        BAD,        BAD,        62,         BAD,        BAD,
    BAD,        63,         52,         53,         54,         55,         56,         57,
    58,         59,         60,         61,         BAD,        BAD,        BAD,        BAD,
    BAD,        BAD,        BAD,        0,          1,          2,          3,          4,
    5,          6,          7,          8,          9,          10,         11,         12,
    13,         14,         15,         16,         17,         18,         19,         20,
    21,         22,         23,         24,         25,         BAD,        BAD,        BAD,
    BAD,        BAD,        BAD,        26,         27,         28,         29,         30,
    31,         32,         33,         34,         35,         36,         37,         38,
    39,         40,         41,         42,         43,         44,         45,         46,
    47,         48,         49,         50,         51,         BAD,        BAD,        BAD,
    BAD,        BAD,        ROW16(BAD), ROW16(BAD), ROW16(BAD), ROW16(BAD), ROW16(BAD), ROW16(BAD),
    ROW16(BAD), ROW16(BAD),
};

static inline int b64_value(a0_b64 kind, char c)
{
    /* The other alphabet's characters are no values here, or each value would have two texts. */
    if (kind == A0_B64_URL) {
        if (c == '-' || c == '_')
            return c == '-' ? 62 : 63;
        if (c == '+' || c == '/')
            return A0_BAD;
    }
    return b64_values[(unsigned char)c];
}

/* The up to three characters behind the last whole four. Left-over bits would be a second spelling.
 */
static bool decode_tail(a0_b64 kind, const char *text, size_t len, uint8_t *out)
{
    int v[3] = {0};
    for (size_t i = 0; i < len; i++) {
        if ((v[i] = b64_value(kind, text[i])) < 0)
            return false;
    }
    if (len > 0)
        out[0] = (uint8_t)(v[0] << 2 | v[1] >> 4);
    if (len == 3)
        out[1] = (uint8_t)(v[1] << 4 | v[2] >> 2);
    return len == 0 || (len == 2 ? (v[1] & 15) == 0 : (v[2] & 3) == 0);
}

long a0_base64_decode(a0_b64 kind, const char *text, size_t len, void *out, size_t cap)
{
    if (kind == A0_B64) {
        if (len % 4 != 0)
            return A0_BAD;
        /* Two at most, and only at the end: one further on is in no alphabet and is refused
         * there. */
        for (int pad = 0; pad < 2 && len > 0 && text[len - 1] == '='; pad++)
            len--;
    }
    const size_t tail = len % 4, bytes = len / 4 * 3 + (tail > 0 ? tail - 1 : 0);
    /* One character alone has six bits, and no byte is made of them. The room is judged before
     * anything is written. */
    if (tail == 1 || bytes > cap)
        return A0_BAD;
    uint8_t *o = out;
    for (const char *end = text + len - tail; text < end; text += 4, o += 3) {
        int a = b64_value(kind, text[0]), b = b64_value(kind, text[1]),
            c = b64_value(kind, text[2]), d = b64_value(kind, text[3]);
        /* One branch for four characters: BAD is negative, and stays so whatever is added to it. */
        if ((a | b | c | d) < 0)
            return A0_BAD;
        o[0] = (uint8_t)(a << 2 | b >> 4);
        o[1] = (uint8_t)(b << 4 | c >> 2);
        o[2] = (uint8_t)(c << 6 | d);
    }
    return decode_tail(kind, text, tail, o) ? (long)bytes : A0_BAD;
}

void a0_hex_encode(const void *data, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *in = data;
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[in[i] >> 4];
        out[2 * i + 1] = digits[in[i] & 15];
    }
    out[2 * len] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return A0_BAD;
}

long a0_hex_decode(const char *text, size_t len, void *out, size_t cap)
{
    if (len % 2 != 0 || len / 2 > cap)
        return A0_BAD;
    uint8_t *o = out;
    for (size_t i = 0; i < len; i += 2) {
        int high = hex_value(text[i]), low = hex_value(text[i + 1]);
        if (high < 0 || low < 0)
            return A0_BAD;
        *o++ = (uint8_t)(high << 4 | low);
    }
    return (long)(len / 2);
}

int a0_percent_encode(a0_buf *out, const char *text, size_t len)
{
    static const char digits[] = "0123456789ABCDEF";
    int rc = AUTH0DB_OK;
    for (size_t i = 0; i < len && rc == AUTH0DB_OK; i++) {
        unsigned char c = (unsigned char)text[i];
        /* strchr also finds the NUL that ends its own text. */
        bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                     (c != 0 && strchr("-._~", c) != NULL);
        char hex[3] = {'%', digits[c >> 4], digits[c & 15]};
        rc = plain ? a0_buf_append(out, text + i, 1) : a0_buf_append(out, hex, sizeof hex);
    }
    return rc;
}

size_t a0_base32_encode(const void *data, size_t len, char *out)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const uint8_t *in = data;
    uint32_t bits = 0; /* the low n_bits of them are not written yet */
    unsigned n_bits = 0;
    char *o = out;
    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | in[i];
        for (n_bits += 8; n_bits >= 5; n_bits -= 5)
            *o++ = alphabet[bits >> (n_bits - 5) & 31];
    }
    if (n_bits > 0)
        *o++ = alphabet[bits << (5 - n_bits) & 31];
    *o = '\0';
    return (size_t)(o - out);
}
