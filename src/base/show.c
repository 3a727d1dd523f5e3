/* Text of others, as it may be shown. A name with a letter of no width, or one that turns the
 * direction of the text, is taken for another name on a terminal and in a spreadsheet. */
#include <stdio.h>
#include <string.h>

#include "auth0db/text.h"
#include "base/mem.h"
#include "base/utf8.h"

/* DerivedCoreProperties.txt (Default_Ignorable_Code_Point) and the characters of the categories Cc,
 * Cf, Zl and Zp of Unicode 15 that draw nothing; in order. Newline and tab are let through:
 * messages of ours have them. */
static const struct range {
    uint32_t first, last;
} unseen[] = {
    {0x0000, 0x0008},   {0x000b, 0x001f},   {0x007f, 0x009f},   {0x00ad, 0x00ad},
    {0x034f, 0x034f},   {0x061c, 0x061c},   {0x115f, 0x1160},   {0x17b4, 0x17b5},
    {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},
    {0x3164, 0x3164},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
    {0xfff0, 0xfffb},   {0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
    {0xe0000, 0xe0fff},
};

static bool is_unseen(uint32_t c)
{
    for (size_t i = 0; i < A0_COUNT(unseen) && unseen[i].first <= c; i++) {
        if (c <= unseen[i].last)
            return true;
    }
    return false;
}

enum { ESCAPED_SIZE = 13 };

static size_t escape(char out[ESCAPED_SIZE], uint32_t c)
{
    if (c < 0x10000)
        return (size_t)snprintf(out, ESCAPED_SIZE, "\\u%04x", (unsigned)c);
    c -= 0x10000;
    return (size_t)snprintf(out, ESCAPED_SIZE, "\\u%04x\\u%04x", 0xd800 + (unsigned)(c >> 10),
                            0xdc00 + (unsigned)(c & 0x3ff));
}

size_t auth0db_show_text(char *out, size_t size, const char *text)
{
    size_t whole = 0, kept = 0, left = strlen(text);
    bool fits = size > 0;
    while (left > 0) {
        char escaped[ESCAPED_SIZE];
        uint32_t c = 0xfffd;
        size_t n = a0_utf8_next(text, left, &c), len = n;
        const char *from = text;
        if (n == 0 || is_unseen(c)) {
            len = escape(escaped, n == 0 ? 0xfffd : c);
            from = escaped;
            /* A byte that is no UTF-8 is stepped over alone: the good character behind it is
             * shown. */
            n = n == 0 ? 1 : n;
        }
        /* Never a piece of a character or of an escape; and once something had no room, nothing
         * shorter comes behind the gap. The length is counted on, so that the caller learns how
         * much room it takes. */
        fits = fits && len < size - kept;
        if (fits) {
            memcpy(out + kept, from, len);
            kept += len;
        }
        whole += len;
        text += n;
        left -= n;
    }
    if (size > 0)
        out[kept] = '\0';
    return whole;
}
