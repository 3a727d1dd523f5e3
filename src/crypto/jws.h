/* RS256 signatures (RFC 7515) through cjose: client verifies, sandbox signs. Thread-safe. */
#ifndef A0_CRYPTO_JWS_H
#define A0_CRYPTO_JWS_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"

typedef struct a0_jwk a0_jwk; /* one RSA key, private or public */

A0_MUST_CHECK int a0_jwk_generate(a0_jwk **out, const char *kid, auth0db_error *err); /* 2048 bit */
/** From JWK JSON (public or private); only kty RSA, use absent or "sig", alg absent or RS256. */
A0_MUST_CHECK int a0_jwk_from_json(a0_jwk **out, const json_t *jwk, auth0db_error *err);
/** Append the key as JWK JSON; the private members only when `with_private`. */
A0_MUST_CHECK int a0_jwk_to_json(a0_buf *out, const a0_jwk *key, bool with_private,
                                 auth0db_error *err);
const char *a0_jwk_kid(const a0_jwk *key); /* "" where it has none */
void a0_jwk_free(a0_jwk *key);

/** Append the compact form of `claims` signed with RS256, header {alg, typ: "JWT", kid}. */
A0_MUST_CHECK int a0_jws_sign(a0_buf *out, const a0_jwk *key, const json_t *claims,
                              auth0db_error *err);
/** Header member `kid` of a compact JWS ("" if absent); refuses any alg but RS256. kid holds 128
 * bytes. */
A0_MUST_CHECK int a0_jws_kid(const char *token, char kid[static 128], auth0db_error *err);
/** Verify and hand out the claims (new reference). Times and audience are the caller's to check. */
A0_MUST_CHECK int a0_jws_verify(json_t **claims, const char *token, const a0_jwk *key,
                                auth0db_error *err);

#endif
