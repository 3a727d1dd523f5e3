/* Texts that lie in a table for a while and that only the site may read: AES-256-GCM by a key
 * derived from the site's own secret (HKDF-SHA-256, RFC 5869), both OpenSSL's. Thread-safe.
 *
 * A sealed text is one line of base64url: version byte 1, nonce (12 bytes, random), ciphertext,
 * tag (16 bytes). With random nonces one secret is good for 2^32 texts (NIST SP 800-38D, 8.3). */
#ifndef AUTH0DB_SEAL_H
#define AUTH0DB_SEAL_H

#include <stddef.h>

#include "auth0db/error.h"

enum { AUTH0DB_SEAL_MAX = 4 << 20 }; /* bytes of one text */

/* Borrowed for the call. `context` says what the text is for and where it lies: it opens nowhere
 * else. Neither may be empty. */
typedef struct auth0db_seal_key {
    const void *secret;
    size_t secret_len;
    const char *context;
} auth0db_seal_key;

/** *out is a NUL-terminated line of *out_len bytes, for auth0db_seal_free. USAGE for an empty
 * secret or context, TOO_LARGE for a text over AUTH0DB_SEAL_MAX. */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_seal(char **out, size_t *out_len,
                                                const auth0db_seal_key *key, const void *text,
                                                size_t len, auth0db_error *err);
/** The text, *out_len bytes and a NUL behind them, for auth0db_seal_free. MALFORMED for what was
 * not sealed by this secret for this context, or was changed since: which of them is not told. */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_unseal(char **out, size_t *out_len,
                                                  const auth0db_seal_key *key, const char *sealed,
                                                  size_t sealed_len, auth0db_error *err);
AUTH0DB_API void auth0db_seal_free(char *text, size_t len); /* wipes; NULL is a no-op */

#endif
