/* Signing keys and the tokens made with them. */
#ifndef A0_SANDBOX_TENANT_KEYS_H
#define A0_SANDBOX_TENANT_KEYS_H

#include "sandbox/tenant/tenant.h"

/** Load the keys from the database, or make the first one. */
A0_MUST_CHECK int sb_keys_load(sb_tenant *tenant, auth0db_error *err);
/** A new signing key. The old ones still verify, and stay in the key set, unless `revoke`. */
A0_MUST_CHECK int sb_keys_rotate(sb_tenant *tenant, bool revoke, auth0db_error *err);
void sb_keys_free(sb_tenant *tenant);
/** {"keys": [...]} as /.well-known/jwks.json shows it; NULL without memory. */
json_t *sb_keys_jwks(const sb_tenant *tenant);

/** Sign claims; iat and exp are added. Takes over the reference to `claims`. */
A0_MUST_CHECK int sb_token_mint(const sb_tenant *tenant, json_t *claims, int64_t lifetime_s,
                                a0_buf *out, auth0db_error *err);

typedef enum sb_token_state {
    SB_TOKEN_OK,
    SB_TOKEN_MALFORMED,
    SB_TOKEN_BAD_SIGNATURE,
    SB_TOKEN_EXPIRED
} sb_token_state;
/** Check an access token of ours; *claims is a new reference on SB_TOKEN_OK. */
sb_token_state sb_token_check(const sb_tenant *tenant, const char *token, json_t **claims);

#endif
