/* Django's stored passwords: read, verified, converted for Auth0's bulk import, and made.
 *
 * Every function is thread-safe and takes hostile bytes. Formats and their quirks: docs/hashes.md. */
#ifndef AUTH0DB_HASH_H
#define AUTH0DB_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth0db/error.h"

typedef enum auth0db_hasher {
    AUTH0DB_HASHER_UNKNOWN, /* "name$...": named, not guessed */
    AUTH0DB_HASHER_EMPTY,
    AUTH0DB_HASHER_UNUSABLE,
    AUTH0DB_HASHER_PBKDF2_SHA256,
    AUTH0DB_HASHER_PBKDF2_SHA1,
    AUTH0DB_HASHER_ARGON2,
    AUTH0DB_HASHER_BCRYPT,
    AUTH0DB_HASHER_BCRYPT_SHA256,
    AUTH0DB_HASHER_SCRYPT,
    AUTH0DB_HASHER_SHA1,
    AUTH0DB_HASHER_MD5,
    AUTH0DB_HASHER_UNSALTED_SHA1,
    AUTH0DB_HASHER_UNSALTED_MD5,
    AUTH0DB_HASHER_CRYPT
} auth0db_hasher;

/* Answers of auth0db_hash_verify. */
typedef enum auth0db_verdict {
    AUTH0DB_MISMATCH = 0,
    AUTH0DB_MATCH = 1,
    AUTH0DB_NO_VERDICT = -1 /* malformed, unsupported or too costly: err says which; treat as mismatch */
} auth0db_verdict;

/** Verify in bounded work; constant time over the digest. err (may be NULL) is filled for NO_VERDICT only. */
AUTH0DB_API auth0db_verdict auth0db_hash_verify(const char *encoded, size_t encoded_len,
                                                const char *password, size_t password_len,
                                                auth0db_error *err);
/** Algorithm name as Django spells it, "unusable", "empty" or "unknown". */
AUTH0DB_API const char *auth0db_hasher_name(auth0db_hasher hasher);

#endif
