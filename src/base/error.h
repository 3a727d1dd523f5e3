/* Filling auth0db_error. The first error wins nowhere: the innermost caller that knows the cause
 * sets it. */
#ifndef A0_BASE_ERROR_H
#define A0_BASE_ERROR_H

#include "auth0db/error.h"

#define A0_MUST_CHECK AUTH0DB_MUST_CHECK
#define A0_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** Fill err (may be NULL) and return code, so that failing is one statement. `where` may be NULL */
int a0_error_set(auth0db_error *err, auth0db_code code, const char *where, const char *format, ...)
    AUTH0DB_PRINTF(4, 5);
int a0_error_no_memory(auth0db_error *err);

#endif
