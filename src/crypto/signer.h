/* A private RSA key that proves to a tenant who we are: signs compact JWS (RFC 7515). Thread-safe.
 */
#ifndef A0_CRYPTO_SIGNER_H
#define A0_CRYPTO_SIGNER_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"

typedef struct a0_signer a0_signer;

/* How a setting gives the key. */
typedef struct a0_signer_source {
    const char *setting;   /* its name, for errors */
    const char *key;       /* the PEM text itself, or the name of a file that holds it */
    const char *algorithm; /* "RS256", "RS384", "PS256"; NULL: the first */
    const char *algorithm_setting;
} a0_signer_source;

/** Only a key that can be used as it is: RSA of 2048 to 8192 bits, private, without a passphrase. A
 * file must be a regular one that belongs to us or to root, that others can neither read nor write,
 * and the group not write. Errors: OPTION, NO_MEMORY; no byte of the key is in one. What was read
 * is wiped. */
A0_MUST_CHECK int a0_signer_new(a0_signer **out, const a0_signer_source *source,
                                auth0db_error *err);
void a0_signer_free(a0_signer *signer); /* NULL is a no-op; wipes the key */
/** Append the compact form of `claims`, header {alg, typ: "JWT"}. */
A0_MUST_CHECK int a0_signer_sign(const a0_signer *signer, const json_t *claims, a0_buf *out,
                                 auth0db_error *err);

#endif
