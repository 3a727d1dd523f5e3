/* Comma-separated values (RFC 4180) that a spreadsheet may open: a field it would take for a
 * formula is preceded by an apostrophe (OWASP, CSV injection). Characters that cannot be seen are
 * shown (auth0db/text.h). */
#ifndef CLI_CSV_H
#define CLI_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** One record. False where writing failed, or memory is short. */
bool csv_write(FILE *out, const char *const *fields, size_t n);

#endif
