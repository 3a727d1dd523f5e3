/* For src/crypto only: OpenSSL types. The library context is private, with the default and legacy
 * providers. */
#ifndef A0_CRYPTO_OSSL_H
#define A0_CRYPTO_OSSL_H

#include <openssl/types.h>

#include "base/error.h"

/** NULL where OpenSSL could not make it. Loaded once, never freed. */
OSSL_LIB_CTX *a0_ossl_context(void);
/** Borrowed for ever. NULL fills err: UNSUPPORTED for a name we do not know, CRYPTO where OpenSSL
 * lacks it. */
const EVP_MD *a0_ossl_md(const char *name, auth0db_error *err);

#endif
