/* The password hashes of a bulk import: `password_hash` (a string) and `custom_password_hash` (an
 * object), read and verified by the rules of Auth0's import schema, knowing nothing of Django.
 * Thread-safe. */
#ifndef A0_SANDBOX_HASH_PASSWORD_HASH_H
#define A0_SANDBOX_HASH_PASSWORD_HASH_H

#include <stdbool.h>

#include "base/error.h"
#include "base/json.h"
#include "crypto/digest.h"

/* Why an import entry is refused, as a job's errors list it. */
typedef struct sb_hash_fault {
    const char *code;  /* "PATTERN", "NOT_PASSED", ...; static */
    char path[64];     /* "custom_password_hash.hash.value" */
    char message[160]; /* names the shape, never the value */
} sb_hash_fault;

/** Is this a hash that Auth0 would import? `hash` is a JSON string (password_hash) or object
 *  (custom_password_hash). fault may be NULL; it is filled only where the answer is no.
 *  Returns AUTH0DB_OK, AUTH0DB_ERR_MALFORMED, AUTH0DB_ERR_UNSUPPORTED (an algorithm, scheme or
 * digest that is not taken), AUTH0DB_ERR_TOO_LARGE (more work than one login may cost) or
 * AUTH0DB_ERR_NO_MEMORY. */
A0_MUST_CHECK int sb_password_hash_check(const json_t *hash, sb_hash_fault *fault);

/** Is it the hash of this password? *match is false unless AUTH0DB_OK. The password is UTF-8 as
 * typed; the object's password.encoding says what it becomes first. Errors as above, and
 * AUTH0DB_ERR_CRYPTO. */
A0_MUST_CHECK int sb_password_hash_verify(const json_t *hash, a0_slice password, bool *match,
                                          auth0db_error *err);

/** Is it an argon2 other than argon2id? Auth0 verifies with libsodium, which is known to take
 * argon2id only (facts/auth0.md 9.23): the import decides whether to refuse such an entry. */
bool sb_password_hash_is_doubtful(const json_t *hash);

#endif
