/* Seals a text for a table of the site's: AES-256-GCM under a key derived from the site's secret.
 * What is sealed, and for how long it is good, the callers decide. */
#include "auth0db/seal.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/secret.h"
#include "crypto/ossl.h"

enum { VERSION = 1, KEY_LEN = 32, NONCE_LEN = 12, TAG_LEN = 16, HEAD = 1 + NONCE_LEN };

static const char label[] = "auth0db seal 1";

/* One answer for a wrong secret, another context, a changed text and what was never sealed: which
 * of them it is would help only somebody who tries. */
static int refused(auth0db_error *err)
{
    return a0_error_set(err, AUTH0DB_ERR_MALFORMED, "sealed text",
                        "was not sealed by this secret, or was changed");
}

static int broken(auth0db_error *err)
{
    return a0_error_set(err, AUTH0DB_ERR_CRYPTO, "seal", "OpenSSL could not do it");
}

/* An empty secret would seal as well as any other, and everybody knows it. */
static int check_key(const auth0db_seal_key *key, auth0db_error *err)
{
    if (key->secret == NULL || key->secret_len == 0)
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "secret",
                            "is empty: anybody could read the text");
    if (key->context == NULL || *key->context == '\0')
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "context", "is missing");
    return AUTH0DB_OK;
}

/* HKDF: the site's secret signs other things as well, and must not be a key of two ciphers. */
static int derive(uint8_t out[KEY_LEN], const auth0db_seal_key *key, auth0db_error *err)
{
    EVP_KDF *kdf = EVP_KDF_fetch(a0_ossl_context(), OSSL_KDF_NAME_HKDF, NULL);
    EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf); /* takes NULL */
    EVP_KDF_free(kdf);
    if (ctx == NULL)
        return broken(err);
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char[]){"SHA256"}, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)key->secret,
                                          key->secret_len),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)label,
                                          sizeof label - 1),
        OSSL_PARAM_construct_end(),
    };
    int ok = EVP_KDF_derive(ctx, out, KEY_LEN, params);
    EVP_KDF_CTX_free(ctx);
    return ok > 0 ? AUTH0DB_OK : broken(err);
}

/* The cipher, keyed, and told the context: a row's text put into another row does not open there.
 */
static EVP_CIPHER_CTX *begin(const auth0db_seal_key *key, const uint8_t *nonce, int encrypt)
{
    uint8_t secret[KEY_LEN];
    int n;
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(a0_ossl_context(), "AES-256-GCM", NULL);
    EVP_CIPHER_CTX *ctx = cipher != NULL ? EVP_CIPHER_CTX_new() : NULL;
    bool ok = ctx != NULL && derive(secret, key, NULL) == AUTH0DB_OK &&
              EVP_CipherInit_ex2(ctx, cipher, secret, nonce, encrypt, NULL) == 1 &&
              EVP_CipherUpdate(ctx, NULL, &n, (const uint8_t *)key->context,
                               (int)strlen(key->context)) == 1;
    /* The context has its own copy, and wipes it. */
    a0_wipe(secret, sizeof secret);
    EVP_CIPHER_free(cipher);
    if (ok)
        return ctx;
    EVP_CIPHER_CTX_free(ctx);
    return NULL;
}

/* raw: version, nonce (filled), then room for len bytes and the tag. */
static bool encrypt(uint8_t *raw, const auth0db_seal_key *key, const void *text, size_t len)
{
    int n = 0, last = 0;
    EVP_CIPHER_CTX *ctx = begin(key, raw + 1, 1);
    bool ok = ctx != NULL && EVP_CipherUpdate(ctx, raw + HEAD, &n, text, (int)len) == 1 &&
              EVP_CipherFinal_ex(ctx, raw + HEAD + n, &last) == 1 && (size_t)(n + last) == len &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, raw + HEAD + len) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return ok;
}

static bool decrypt(char *text, const auth0db_seal_key *key, uint8_t *raw, size_t len)
{
    int n = 0, last = 0;
    EVP_CIPHER_CTX *ctx = begin(key, raw + 1, 0);
    bool ok = ctx != NULL &&
              EVP_CipherUpdate(ctx, (uint8_t *)text, &n, raw + HEAD, (int)len) == 1 &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, raw + HEAD + len) == 1 &&
              EVP_CipherFinal_ex(ctx, (uint8_t *)text + n, &last) == 1; /* the tag decides */
    EVP_CIPHER_CTX_free(ctx);
    return ok;
}

int auth0db_seal(char **out, size_t *out_len, const auth0db_seal_key *key, const void *text,
                 size_t len, auth0db_error *err)
{
    *out = NULL;
    *out_len = 0;
    int rc = check_key(key, err);
    if (rc != AUTH0DB_OK)
        return rc;
    /* Below what the cipher's int can count. */
    if (len > AUTH0DB_SEAL_MAX)
        return a0_error_set(err, AUTH0DB_ERR_TOO_LARGE, "text", "is too long to be sealed");
    size_t size = HEAD + len + TAG_LEN;
    uint8_t *raw = a0_alloc(size);
    char *line = a0_alloc(A0_B64_LEN(size) + 1);
    if (raw == NULL || line == NULL) {
        rc = a0_error_no_memory(err);
        goto out;
    }
    raw[0] = VERSION;
    /* A nonce that came twice would give both texts away, so it is random, and no randomness is a
     * failure. */
    if (RAND_bytes_ex(a0_ossl_context(), raw + 1, NONCE_LEN, 0) != 1 ||
        !encrypt(raw, key, len > 0 ? text : "", len)) {
        rc = broken(err);
        goto out;
    }
    *out_len = a0_base64_encode(A0_B64_URL, raw, size, line);
    *out = line;
    line = NULL;
out:
    /* Nothing but sealed text was ever in these, so they need no wiping. */
    a0_free(raw);
    a0_free(line);
    return rc;
}

int auth0db_unseal(char **out, size_t *out_len, const auth0db_seal_key *key, const char *sealed,
                   size_t sealed_len, auth0db_error *err)
{
    *out = NULL;
    *out_len = 0;
    int rc = check_key(key, err);
    if (rc != AUTH0DB_OK)
        return rc;
    /* The bound comes before anything is allocated: others may have written to the table. */
    if (sealed_len > A0_B64_LEN((size_t)HEAD + AUTH0DB_SEAL_MAX + TAG_LEN))
        return refused(err);
    uint8_t *raw = a0_alloc(sealed_len + 1);
    char *text = a0_alloc(sealed_len + 1);
    if (raw == NULL || text == NULL) {
        rc = a0_error_no_memory(err);
        goto out;
    }
    long size = a0_base64_decode(A0_B64_URL, sealed, sealed_len, raw, sealed_len);
    if (size < HEAD + TAG_LEN || raw[0] != VERSION ||
        !decrypt(text, key, raw, (size_t)size - HEAD - TAG_LEN)) {
        rc = refused(err);
        goto out;
    }
    *out_len = (size_t)size - HEAD - TAG_LEN;
    text[*out_len] = '\0';
    *out = text;
    text = NULL;
out:
    a0_free(raw);
    auth0db_seal_free(text, sealed_len); /* deciphered before its tag was seen to be wrong */
    return rc;
}

void auth0db_seal_free(char *text, size_t len)
{
    if (text != NULL)
        a0_wipe(text, len);
    a0_free(text);
}
