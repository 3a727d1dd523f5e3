/* Text of others, as it may be shown. */
#ifndef AUTH0DB_TEXT_H
#define AUTH0DB_TEXT_H

#include <stddef.h>

#include "auth0db/export.h"

/** Copy `text` with every character that cannot be seen, or that turns the direction of what
 * follows it, written as \u202e: on a terminal or in a table such a character makes one name look
 * like another. These are Unicode's Default_Ignorable_Code_Point, its invisible format and
 * separator characters, and the control characters but newline and tab; above U+FFFF two such
 * escapes stand for one character. A line of JSON stays the same JSON. What is no UTF-8 becomes
 * \ufffd. Writes at most size - 1 bytes and a NUL; returns the length of the whole, as snprintf
 * does. `out` may be NULL where size is 0. Thread-safe. */
AUTH0DB_API size_t auth0db_show_text(char *out, size_t size, const char *text);

#endif
