#include "sandbox/tenant/keys.h"

#include <string.h>

#include "sandbox/tenant/db.h"

/* The test clock moves the tenant, not the world of whoever reads a token. So iat and exp are real
 * time, and this claim says how far the clock had been advanced at signing: expiry is judged on the
 * tenant's clock with it. */
static const char offset_claim[] = "https://auth0db/clock_offset_s";

/* All of them, private halves too: after a restart with the same file, tokens of before still
 * verify. */
static int keep(sb_tenant *tenant, auth0db_error *err)
{
    a0_buf text = {0};
    int rc = a0_buf_puts(&text, "[");
    for (int i = 0; i < SB_KEYS_MAX && tenant->keys[i] != NULL && rc == AUTH0DB_OK; i++) {
        if (i > 0)
            rc = a0_buf_puts(&text, ",");
        if (rc == AUTH0DB_OK)
            rc = a0_jwk_to_json(&text, tenant->keys[i], true, err);
    }
    if (rc == AUTH0DB_OK)
        rc = a0_buf_puts(&text, "]");
    if (rc == AUTH0DB_OK)
        rc = sb_db_run(tenant->db, "INSERT OR REPLACE INTO meta VALUES ('keys', ?)", "s",
                       a0_buf_text(&text));
    a0_buf_clear(&text);
    return rc == AUTH0DB_OK ? rc
                            : a0_error_set(err, rc, "data", "the signing key could not be kept");
}

/* The newest signs; the others go on verifying, so that tokens of before stay good. The oldest
 * falls off the end. */
int sb_keys_rotate(sb_tenant *tenant, bool revoke, auth0db_error *err)
{
    char kid[22];
    a0_jwk *fresh = NULL;
    int rc = sb_random_text(tenant, kid, sizeof kid - 1);
    if (rc != AUTH0DB_OK)
        return a0_error_set(err, rc, "key", "no randomness from the system");
    if ((rc = a0_jwk_generate(&fresh, kid, err)) != AUTH0DB_OK)
        return rc;
    if (revoke)
        sb_keys_free(tenant);
    a0_jwk_free(tenant->keys[SB_KEYS_MAX - 1]);
    memmove(tenant->keys + 1, tenant->keys, (SB_KEYS_MAX - 1) * sizeof tenant->keys[0]);
    tenant->keys[0] = fresh;
    return keep(tenant, err);
}

int sb_keys_load(sb_tenant *tenant, auth0db_error *err)
{
    sqlite3_stmt *stmt = NULL;
    json_t *keys = NULL, *key;
    size_t i;
    int rc = sb_db_prepare(&stmt, tenant->db, "SELECT value FROM meta WHERE name = 'keys'", "");
    if (rc != AUTH0DB_OK)
        return a0_error_set(err, rc, "data", "the signing keys could not be read");
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        const char *text = sb_db_text(stmt, 0);
        rc = a0_json_parse(&keys, text, strlen(text), "data", err);
    }
    json_array_foreach(keys, i, key)
    {
        if (rc == AUTH0DB_OK && i < SB_KEYS_MAX)
            rc = a0_jwk_from_json(&tenant->keys[i], key, err);
    }
    json_decref(keys);
    sqlite3_finalize(stmt);
    /* A fresh tenant: without a key it could sign nothing. */
    if (rc == AUTH0DB_OK && tenant->keys[0] == NULL)
        rc = sb_keys_rotate(tenant, false, err);
    return rc;
}

void sb_keys_free(sb_tenant *tenant)
{
    for (int i = 0; i < SB_KEYS_MAX; i++) {
        a0_jwk_free(tenant->keys[i]);
        tenant->keys[i] = NULL;
    }
}

json_t *sb_keys_jwks(const sb_tenant *tenant)
{
    json_t *list = json_array();
    for (int i = 0; i < SB_KEYS_MAX && tenant->keys[i] != NULL; i++) {
        a0_buf text = {0};
        json_t *key = NULL;
        if (a0_jwk_to_json(&text, tenant->keys[i], false, NULL) == AUTH0DB_OK &&
            a0_json_parse(&key, a0_buf_text(&text), text.len, "jwk", NULL) == AUTH0DB_OK)
            json_array_append_new(list, key);
        a0_buf_clear(&text);
    }
    return json_pack("{s:o}", "keys", list);
}

int sb_token_mint(const sb_tenant *tenant, json_t *claims, int64_t lifetime_s, a0_buf *out,
                  auth0db_error *err)
{
    if (claims == NULL)
        return a0_error_no_memory(err);
    int64_t offset_s = tenant->clock_offset_ms / 1000;
    int64_t now_s = sb_now_ms(tenant) / 1000 - offset_s + tenant->options.token_skew_s;
    /* The skew is a test's: a token that comes from a clock that is off. */
    json_object_set_new(claims, "iat", json_integer(now_s));
    json_object_set_new(claims, "exp", json_integer(now_s + lifetime_s));
    if (offset_s != 0)
        json_object_set_new(claims, offset_claim, json_integer(offset_s));
    int rc = a0_jws_sign(out, tenant->keys[0], claims, err);
    json_decref(claims);
    return rc;
}

/* The key is chosen by the token's own kid, and no other one is tried: after a revocation the kid
 * is unknown, and so is the token. */
sb_token_state sb_token_check(const sb_tenant *tenant, const char *token, json_t **claims)
{
    char kid[128];
    *claims = NULL;
    if (a0_jws_kid(token, kid, NULL) != AUTH0DB_OK)
        return SB_TOKEN_MALFORMED;
    for (int i = 0; i < SB_KEYS_MAX && tenant->keys[i] != NULL && *claims == NULL; i++) {
        if (strcmp(a0_jwk_kid(tenant->keys[i]), kid) == 0 &&
            a0_jws_verify(claims, token, tenant->keys[i], NULL) != AUTH0DB_OK)
            return SB_TOKEN_BAD_SIGNATURE;
    }
    if (*claims == NULL)
        return SB_TOKEN_BAD_SIGNATURE;
    int64_t expires_s = a0_json_int(*claims, "exp", 0) + a0_json_int(*claims, offset_claim, 0);
    if (sb_now_ms(tenant) / 1000 < expires_s)
        return SB_TOKEN_OK;
    json_decref(*claims);
    *claims = NULL;
    return SB_TOKEN_EXPIRED;
}
