/* For src/crypto only: PBKDF2 by libcrypto's bare compression functions. Arguments as a0_pbkdf2 has
 * checked. */
#ifndef A0_CRYPTO_PBKDF2_FAST_H
#define A0_CRYPTO_PBKDF2_FAST_H

#include "crypto/digest.h"

A0_MUST_CHECK int a0_pbkdf2_sha256(a0_slice password, a0_slice salt, uint32_t iterations,
                                   uint8_t *out, size_t out_len, auth0db_error *err);
A0_MUST_CHECK int a0_pbkdf2_sha1(a0_slice password, a0_slice salt, uint32_t iterations,
                                 uint8_t *out, size_t out_len, auth0db_error *err);

#endif
