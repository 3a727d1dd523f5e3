/* Strict encodings: what does not decode to exactly one meaning is refused. */
#ifndef A0_BASE_ENCODE_H
#define A0_BASE_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* RFC 4648 alphabets. Padding: A0_B64 requires canonical '=', the other two forbid it. */
typedef enum a0_b64 { A0_B64, A0_B64_NOPAD, A0_B64_URL } a0_b64;

enum { A0_BAD = -1 };
#define A0_B64_LEN(n) (((n) + 2) / 3 * 4) /* longest encoding of n bytes, without NUL */

/** Encode; out must hold A0_B64_LEN(len) + 1. Returns the length written (NUL not counted). */
size_t a0_base64_encode(a0_b64 kind, const void *data, size_t len, char *out);
/** Decode; returns the number of bytes, or A0_BAD where text is not canonical (wrong alphabet,
 * padding or stray low bits) or does not fit in cap. */
long a0_base64_decode(a0_b64 kind, const char *text, size_t len, void *out, size_t cap);
/** Lower-case hex; out must hold 2 * len + 1. */
void a0_hex_encode(const void *data, size_t len, char *out);
/** Decode hex of either case; returns the number of bytes or A0_BAD. */
long a0_hex_decode(const char *text, size_t len, void *out, size_t cap);
#define A0_B32_LEN(n) (((n)*8 + 4) / 5)
/** RFC 4648 base32 in upper case without padding, as Auth0 takes TOTP secrets; out must hold
 * A0_B32_LEN(len) + 1. Returns the length written (NUL not counted). */
size_t a0_base32_encode(const void *data, size_t len, char *out);
/** Percent-encode all but RFC 3986 unreserved characters. */
A0_MUST_CHECK int a0_percent_encode(a0_buf *out, const char *text, size_t len);

#endif
