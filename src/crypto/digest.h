/* Message digests by the names Auth0's import schema uses, through OpenSSL. md4, ripemd160 and
 * whirlpool live in OpenSSL 3's legacy provider, loaded into a library context of our own.
 * Thread-safe. */
#ifndef A0_CRYPTO_DIGEST_H
#define A0_CRYPTO_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

enum { A0_DIGEST_MAX = 64, A0_SHA256_LEN = 32 };

/** Size in bytes of the digest called `name` ("sha256", "md5", ...), 0 where there is none. */
size_t a0_digest_size(const char *name);
/** Digest of the parts in order; out takes a0_digest_size(name) bytes. */
A0_MUST_CHECK int a0_digest(const char *name, const a0_slice *parts, size_t n_parts,
                            uint8_t out[static A0_DIGEST_MAX], auth0db_error *err);

/* One digest many times over: nothing is looked up or allocated per text. One thread at a time. */
typedef struct a0_digester a0_digester;
/** NULL where there is no memory or no such digest. */
A0_MUST_CHECK a0_digester *a0_digester_new(const char *name);
void a0_digester_free(a0_digester *digester); /* NULL is a no-op; wipes */
/** As a0_digest; false where OpenSSL failed. */
A0_MUST_CHECK bool a0_digester_run(a0_digester *digester, const a0_slice *parts, size_t n_parts,
                                   uint8_t out[static A0_DIGEST_MAX]);

A0_MUST_CHECK int a0_hmac(const char *name, a0_slice key, a0_slice data,
                          uint8_t out[static A0_DIGEST_MAX], auth0db_error *err);

#endif
