/* Key derivation: PBKDF2, scrypt and argon2. Parameters that no standard allows are refused here;
 * what one password may cost is bounded by the caller. */
#include "crypto/kdf.h"

#include <argon2.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <string.h>

#include "crypto/ossl.h"
#include "crypto/pbkdf2_fast.h"

static int pbkdf2_openssl(const char *digest, a0_slice password, a0_slice salt, uint32_t iterations,
                          uint8_t *out, size_t out_len, auth0db_error *err)
{
    EVP_KDF *kdf = EVP_KDF_fetch(a0_ossl_context(), OSSL_KDF_NAME_PBKDF2, NULL);
    EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf); /* takes NULL */
    EVP_KDF_free(kdf);
    if (ctx == NULL)
        return a0_error_set(err, AUTH0DB_ERR_CRYPTO, "pbkdf2",
                            "this OpenSSL does not provide PBKDF2");
    unsigned iter = iterations;
    int relaxed =
        1; /* no SP 800-132 minima for salts and iterations: old rows have what they have */
    char nothing[1] = ""; /* NULL would mean "not given" */
    void *pass_data = password.len > 0 ? (void *)(uintptr_t)password.data : nothing;
    void *salt_data = salt.len > 0 ? (void *)(uintptr_t)salt.data : nothing;
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, pass_data, password.len),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt_data, salt.len),
        OSSL_PARAM_construct_uint(OSSL_KDF_PARAM_ITER, &iter),
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)digest, 0),
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS5, &relaxed),
        OSSL_PARAM_construct_end(),
    };
    int ok = EVP_KDF_derive(ctx, out, out_len, params);
    EVP_KDF_CTX_free(ctx); /* wipes its copy of the password */
    return ok > 0 ? AUTH0DB_OK : a0_error_set(err, AUTH0DB_ERR_CRYPTO, "pbkdf2", "PBKDF2 failed");
}

int a0_pbkdf2(const char *digest, a0_slice password, a0_slice salt, uint32_t iterations,
              uint8_t *out, size_t out_len, auth0db_error *err)
{
    if (a0_digest_size(digest) == 0)
        return a0_error_set(err, AUTH0DB_ERR_UNSUPPORTED, "digest", "no digest of this name");
    if (iterations == 0 || out_len == 0)
        return a0_error_set(err, AUTH0DB_ERR_MALFORMED, "pbkdf2",
                            "iterations and length start at 1");
    /* Django's own hashers are of these two, so they have a faster way. The others
     * keep OpenSSL's. */
    if (strcmp(digest, "sha256") == 0)
        return a0_pbkdf2_sha256(password, salt, iterations, out, out_len, err);
    if (strcmp(digest, "sha1") == 0)
        return a0_pbkdf2_sha1(password, salt, iterations, out, out_len, err);
    return pbkdf2_openssl(digest, password, salt, iterations, out, out_len, err);
}

int a0_scrypt(a0_slice password, a0_slice salt, uint64_t n, uint32_t r, uint32_t p, uint8_t *out,
              size_t out_len, auth0db_error *err)
{
    if (n < 2 || (n & (n - 1)) != 0 || r == 0 || p == 0)
        return a0_error_set(err, AUTH0DB_ERR_MALFORMED, "scrypt",
                            "n is a power of two above 1, r and p start at 1");
    /* The caller has bounded the work; OpenSSL's own 32 MiB default would refuse n=2^15, r=8. */
    const char *pass_data = password.len > 0 ? password.data : "";
    const unsigned char *salt_data = salt.len > 0 ? salt.data : (const void *)"";
    if (EVP_PBE_scrypt_ex(pass_data, password.len, salt_data, salt.len, n, r, p, UINT64_MAX, out,
                          out_len, a0_ossl_context(), NULL) != 1)
        return a0_error_set(err, AUTH0DB_ERR_CRYPTO, "scrypt", "OpenSSL refused these parameters");
    return AUTH0DB_OK;
}

int a0_argon2(a0_argon2_cost cost, a0_slice password, a0_slice salt, uint8_t *out, size_t out_len,
              auth0db_error *err)
{
    if (password.len > UINT32_MAX || salt.len > UINT32_MAX || out_len > UINT32_MAX)
        return a0_error_set(err, AUTH0DB_ERR_TOO_LARGE, "argon2", "an input is longer than 4 GiB");
    argon2_context ctx = {
        .out = out,
        .outlen = (uint32_t)out_len,
        .pwd = (uint8_t *)(uintptr_t)password.data,
        .pwdlen = (uint32_t)password.len,
        .salt = (uint8_t *)(uintptr_t)salt.data,
        .saltlen = (uint32_t)salt.len,
        .t_cost = cost.t,
        .m_cost = cost.m_kib,
        .lanes = cost.p,
        .threads = cost.p < 8 ? cost.p : 8, /* lanes decide the result, threads do not */
        .version = cost.version,
        .flags = ARGON2_DEFAULT_FLAGS, /* never wipes our caller's password */
    };
    static const argon2_type types[] = {
        [A0_ARGON2_D] = Argon2_d, [A0_ARGON2_I] = Argon2_i, [A0_ARGON2_ID] = Argon2_id};
    int rc = argon2_ctx(&ctx, types[cost.type]);
    if (rc == ARGON2_THREAD_FAIL) { /* a process at its limit of threads still verifies passwords */
        ctx.threads = 1;
        rc = argon2_ctx(&ctx, types[cost.type]);
    }
    if (rc == ARGON2_MEMORY_ALLOCATION_ERROR)
        return a0_error_no_memory(err);
    if (rc != ARGON2_OK)
        return a0_error_set(err, AUTH0DB_ERR_MALFORMED, "argon2", "%s", argon2_error_message(rc));
    return AUTH0DB_OK;
}
