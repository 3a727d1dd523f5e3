#include "base/encode.h"

#include <string.h>

static const char std_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

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

static int b64_value(a0_b64 kind, char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == (kind == A0_B64_URL ? '-' : '+'))
        return 62;
    if (c == (kind == A0_B64_URL ? '_' : '/'))
        return 63;
    return A0_BAD;
}

long a0_base64_decode(a0_b64 kind, const char *text, size_t len, void *out, size_t cap)
{
    if (kind == A0_B64) {
        if (len % 4 != 0)
            return A0_BAD;
        for (int pad = 0; pad < 2 && len > 0 && text[len - 1] == '='; pad++)
            len--;
    }
    if (len % 4 == 1 || len / 4 * 3 + (len % 4 ? len % 4 - 1 : 0) > cap)
        return A0_BAD;
    uint8_t *o = out;
    uint32_t acc = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < len; i++) {
        int v = b64_value(kind, text[i]);
        if (v < 0)
            return A0_BAD;
        acc = acc << 6 | (uint32_t)v;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            *o++ = (uint8_t)(acc >> bits);
            acc &= (1u << bits) - 1;
        }
    }
    return acc != 0 ? A0_BAD : (long)(o - (uint8_t *)out); /* left-over bits: a second spelling */
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
        bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                     (c != 0 && strchr("-._~", c) != NULL);
        char hex[3] = {'%', digits[c >> 4], digits[c & 15]};
        rc = plain ? a0_buf_append(out, text + i, 1) : a0_buf_append(out, hex, sizeof hex);
    }
    return rc;
}
