/* Django's stored passwords: read, verified, converted for Auth0's bulk import, and made.
 *
 * Every function is thread-safe and takes hostile bytes. Formats, bounds and their reasons:
 * docs/hashes.md. */
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
    AUTH0DB_HASHER_CRYPT,
    AUTH0DB_HASHER_PBKDF2_SHA512, /* of no Django: a subclass that many sites have */
    AUTH0DB_HASHER_BCRYPT_BARE,   /* "$2b$...", as other systems store it */
    AUTH0DB_HASHER_COUNT
} auth0db_hasher;

/** Algorithm name as Django spells it, "unusable", "empty" or "unknown". Never NULL. */
AUTH0DB_API const char *auth0db_hasher_name(auth0db_hasher hasher);
/** Hasher of a name as auth0db_hasher_name gives it; UNKNOWN for any other. */
AUTH0DB_API auth0db_hasher auth0db_hasher_by_name(const char *name);

typedef enum auth0db_argon2_type {
    AUTH0DB_ARGON2ID, /* what Django makes since 3.2 */
    AUTH0DB_ARGON2I,
    AUTH0DB_ARGON2D
} auth0db_argon2_type;

/* What a hash costs: two hashes with equal parameters verify, or fail to, alike at Auth0. Members
 * that the hasher does not use are zero. */
typedef struct auth0db_hash_params {
    auth0db_hasher hasher;
    const char *salt;    /* make only, borrowed: UTF-8 without '$', salt_len bytes; else NULL */
    uint32_t salt_len;   /* bytes of salt as it enters the algorithm; 16 for bcrypt */
    uint32_t iterations; /* pbkdf2_* */
    uint32_t cost;       /* bcrypt*: log2 of the rounds */
    char variant;        /* bcrypt*: 'a', 'b' or 'y' */
    uint64_t n;          /* scrypt's work factor */
    uint32_t r;          /* scrypt's block size */
    uint32_t p;          /* scrypt's and argon2's parallelism */
    uint32_t t;          /* argon2's passes */
    uint32_t m_kib;      /* argon2's memory in KiB */
    auth0db_argon2_type argon2_type;
    uint32_t argon2_version; /* 0x13, or 0x10 before 2016 */
    uint32_t hash_len;       /* argon2: bytes */
} auth0db_hash_params;

/** Read a stored password. params is always filled, as far as was read. Errors: MALFORMED where
 * Django's own hasher could never match it, TOO_LARGE past 8 KiB. UNKNOWN, EMPTY and UNUSABLE are
 * answers, not errors. */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_hash_identify(const char *encoded, size_t encoded_len,
                                                         auth0db_hash_params *params,
                                                         auth0db_error *err);

/** Length of the algorithm's name, which encoded begins with: what stands before the first '$'
 * where that is at most 64 of [A-Za-z0-9_.-]. 0 for everything else: it might be a password stored
 * by mistake. */
AUTH0DB_API size_t auth0db_hash_algorithm(const char *encoded, size_t encoded_len);

/** Could any password match it, in bounded work? MALFORMED: none ever will. TOO_LARGE (where: the
 * parameter): past the bounds on work. Says nothing of an UNKNOWN hasher's hash, and is no work. */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_hash_sound(const char *encoded, size_t encoded_len,
                                                      auth0db_error *err);

/* Answers of auth0db_hash_verify. */
typedef enum auth0db_verdict {
    AUTH0DB_MISMATCH = 0,
    AUTH0DB_MATCH = 1,
    AUTH0DB_NO_VERDICT =
        -1 /* malformed, unsupported or too costly: err says which; treat as mismatch */
} auth0db_verdict;

/** Verify in bounded work; constant time over the digest. err (may be NULL) is filled for
 * NO_VERDICT only: MALFORMED, UNSUPPORTED (unknown hasher, NUL in a password for bcrypt or crypt),
 * TOO_LARGE (past the bounds on work), NO_MEMORY, CRYPTO. */
AUTH0DB_API auth0db_verdict auth0db_hash_verify(const char *encoded, size_t encoded_len,
                                                const char *password, size_t password_len,
                                                auth0db_error *err);

/* Can Auth0's bulk import take this hash, and if not, why not? */
typedef enum auth0db_conversion {
    AUTH0DB_CONVERTED,
    AUTH0DB_CONVERTED_UNCONFIRMED, /* argon2i: converted; no document promises that Auth0 takes it.
                                      Canary! */
    AUTH0DB_CONVERT_MALFORMED,
    AUTH0DB_CONVERT_OVER_LONG,
    AUTH0DB_CONVERT_EMPTY,
    AUTH0DB_CONVERT_UNUSABLE,
    AUTH0DB_CONVERT_UNKNOWN_ALGORITHM,
    AUTH0DB_CONVERT_BCRYPT_SHA256,
    AUTH0DB_CONVERT_CRYPT,
    AUTH0DB_CONVERT_ARGON2D,
    AUTH0DB_CONVERT_ARGON2_V10,
    AUTH0DB_CONVERT_ARGON2_SHORT_HASH,
    AUTH0DB_CONVERT_SCRYPT_MEMORY,
    AUTH0DB_CONVERT_NO_ROOM, /* the caller's buffer is smaller than AUTH0DB_CONVERTED_MAX */
    AUTH0DB_CONVERSION_COUNT
} auth0db_conversion;

/* Room that converting any encoded_len bytes needs: every byte of a salt may become \u00XX. */
#define AUTH0DB_CONVERTED_MAX(encoded_len) (256 + 6 * (encoded_len))

/** Write the value of `custom_password_hash` as one JSON object, ASCII but for the salt's own
 * UTF-8, into json (size bytes, AUTH0DB_CONVERTED_MAX(encoded_len) at least); *json_len gets its
 * length (0 for every refusal). Not NUL-terminated. Allocates nothing. */
AUTH0DB_API auth0db_conversion auth0db_hash_convert(const char *encoded, size_t encoded_len,
                                                    char *json, size_t size, size_t *json_len);
/** Stable code, e.g. "ok", "ok-unconfirmed", "bcrypt_sha256". Never NULL. */
AUTH0DB_API const char *auth0db_conversion_code(auth0db_conversion conversion);
/** One English sentence for people. Never NULL. */
AUTH0DB_API const char *auth0db_conversion_message(auth0db_conversion conversion);

enum { AUTH0DB_MADE_MAX = 8193 }; /* longest encoded password, with its NUL */

/** Hash a password as Django would. Zero members of params mean Django 5.2's defaults (hasher
 * UNKNOWN means pbkdf2_sha256; no salt means a random one of salt_len, or 22, letters and digits).
 * The result is NUL-terminated. Errors: OPTION (a parameter outside its range or the bounds on
 * work, a salt that Django would not take), UNSUPPORTED as in verify, TOO_LARGE (out is too small),
 * NO_MEMORY, CRYPTO. */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_hash_make(const auth0db_hash_params *params,
                                                     const char *password, size_t password_len,
                                                     char *out, size_t size, auth0db_error *err);

#endif
