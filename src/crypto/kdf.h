/* Password-based key derivation. Nothing here bounds the work: the caller knows what a row may
 * cost. All are thread-safe and take any bytes as password and salt. */
#ifndef A0_CRYPTO_KDF_H
#define A0_CRYPTO_KDF_H

#include "crypto/digest.h"

/** RFC 8018 5.2. `digest` as in a0_digest. iterations >= 1, out_len >= 1. */
A0_MUST_CHECK int a0_pbkdf2(const char *digest, a0_slice password, a0_slice salt,
                            uint32_t iterations, uint8_t *out, size_t out_len, auth0db_error *err);
/** RFC 7914. n a power of two > 1; needs about 128 * n * r bytes. */
A0_MUST_CHECK int a0_scrypt(a0_slice password, a0_slice salt, uint64_t n, uint32_t r, uint32_t p,
                            uint8_t *out, size_t out_len, auth0db_error *err);

typedef enum a0_argon2_type { A0_ARGON2_D, A0_ARGON2_I, A0_ARGON2_ID } a0_argon2_type;
typedef struct a0_argon2_cost {
    a0_argon2_type type;
    uint32_t version; /* 0x10 or 0x13 */
    uint32_t t, m_kib, p;
} a0_argon2_cost;
/** RFC 9106 through libargon2. */
A0_MUST_CHECK int a0_argon2(a0_argon2_cost cost, a0_slice password, a0_slice salt, uint8_t *out,
                            size_t out_len, auth0db_error *err);

#endif
