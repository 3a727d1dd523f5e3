/* Second factors that Auth0's import takes: TOTP secrets and phone numbers. */
#ifndef A0_BULK_ASSESS_FACTORS_H
#define A0_BULK_ASSESS_FACTORS_H

#include "base/error.h"
#include "model/record.h"

enum {
    A0_FACTORS_MAX = 10,        /* of one user, in an import */
    A0_FACTOR_VALUE_SIZE = 132, /* a TOTP secret of 80 bytes, in base32 */
    A0_FACTOR_JSON_MAX = A0_FACTOR_VALUE_SIZE + 24
};

typedef struct a0_factor {
    const char *kind, *member; /* {"totp":{"secret":"..."}} */
    char value[A0_FACTOR_VALUE_SIZE];
} a0_factor;

/** False where the factor cannot travel: not text, encrypted by the site, other digits, steps or
 * another start than Auth0's 6 every 30 seconds since 1970, a number that is not E.164, a kind that
 * the import has no place for. out->value is a secret, to be wiped, also after false. */
A0_MUST_CHECK bool a0_factor_read(const a0_mfa_row *row, a0_factor *out);

#endif
