/* UTF-8 as RFC 3629 has it: no surrogates, no over-long forms, nothing past U+10FFFF. */
#ifndef A0_BASE_UTF8_H
#define A0_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Decode one code point from len > 0 bytes; returns its length in bytes, 0 where malformed. */
size_t a0_utf8_next(const char *text, size_t len, uint32_t *code_point);
bool a0_utf8_valid(const char *text, size_t len);
/** Number of code points, or -1 where malformed. */
long a0_utf8_count(const char *text, size_t len);

/** Take off the piece of a character that a cut by bytes has left at the end of valid UTF-8. */
void a0_utf8_trim(char *text);

/* ASCII only, on purpose: what Unicode case folding Auth0 does is not known. */
void a0_ascii_lower(char *text);
bool a0_ascii_equal_ignoring_case(const char *a, const char *b);

#endif
