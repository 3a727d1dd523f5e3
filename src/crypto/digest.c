#include "crypto/digest.h"

#include <openssl/evp.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "crypto/ossl.h"

static const struct {
    const char *name; /* ours, and OpenSSL's */
    size_t size;
} digests[] = {
    {"md4", 16},    {"md5", 16},    {"ripemd160", 20}, {"sha1", 20},      {"sha224", 28},
    {"sha256", 32}, {"sha384", 48}, {"sha512", 64},    {"whirlpool", 64},
};

static struct {
    OSSL_LIB_CTX *context;
    EVP_MD *md[A0_COUNT(digests)]; /* fetching costs more than hashing a password */
} ossl;
static pthread_once_t ossl_once = PTHREAD_ONCE_INIT;

/* A context of our own, so that neither the host process nor openssl.cnf decides which digests
 * exist. It lives until exit: other threads may hash while atexit handlers run. */
static void ossl_load(void)
{
    ossl.context = OSSL_LIB_CTX_new();
    if (ossl.context == NULL)
        return;
    /* A provider that is not there is no failure yet: an OpenSSL without the legacy one still has
     * all that most sites need. A digest that is missing is told where it is asked for. */
    OSSL_PROVIDER_load(ossl.context, "default");
    OSSL_PROVIDER_load(ossl.context, "legacy");
    for (size_t i = 0; i < A0_COUNT(digests); i++)
        ossl.md[i] = EVP_MD_fetch(ossl.context, digests[i].name, NULL);
}

OSSL_LIB_CTX *a0_ossl_context(void)
{
    pthread_once(&ossl_once, ossl_load);
    return ossl.context;
}

/* A closed list, so that no name from a hash or a setting reaches OpenSSL's own lookup. */
const EVP_MD *a0_ossl_md(const char *name, auth0db_error *err)
{
    pthread_once(&ossl_once, ossl_load);
    for (size_t i = 0; i < A0_COUNT(digests); i++) {
        if (strcmp(digests[i].name, name) != 0)
            continue;
        if (ossl.md[i] == NULL)
            a0_error_set(err, AUTH0DB_ERR_CRYPTO, name, "this OpenSSL does not provide the digest");
        return ossl.md[i];
    }
    a0_error_set(err, AUTH0DB_ERR_UNSUPPORTED, "digest", "no digest of this name");
    return NULL;
}

size_t a0_digest_size(const char *name)
{
    for (size_t i = 0; i < A0_COUNT(digests); i++) {
        if (strcmp(digests[i].name, name) == 0)
            return digests[i].size;
    }
    return 0;
}

/* A name that is none is the fault of what was read; a digest that OpenSSL lacks is the machine's.
 * The callers tell people which of the two it was. */
int a0_digest(const char *name, const a0_slice *parts, size_t n_parts,
              uint8_t out[static A0_DIGEST_MAX], auth0db_error *err)
{
    const EVP_MD *md = a0_ossl_md(name, err);
    if (md == NULL)
        return a0_digest_size(name) == 0 ? AUTH0DB_ERR_UNSUPPORTED : AUTH0DB_ERR_CRYPTO;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (ctx == NULL)
        return a0_error_no_memory(err);
    int ok = EVP_DigestInit_ex2(ctx, md, NULL);
    for (size_t i = 0; ok && i < n_parts; i++)
        ok = EVP_DigestUpdate(ctx, parts[i].data, parts[i].len);
    ok = ok && EVP_DigestFinal_ex(ctx, out, NULL);
    EVP_MD_CTX_free(ctx); /* wipes its state */
    return ok ? AUTH0DB_OK : a0_error_set(err, AUTH0DB_ERR_CRYPTO, name, "the digest failed");
}

/* One digest many times over: the context is made once, and each run begins it anew. */
struct a0_digester {
    const EVP_MD *md;
    EVP_MD_CTX *ctx;
};

a0_digester *a0_digester_new(const char *name)
{
    a0_digester *digester = a0_alloc(sizeof *digester);
    if (digester == NULL)
        return NULL;
    digester->md = a0_ossl_md(name, NULL);
    digester->ctx = digester->md != NULL ? EVP_MD_CTX_new() : NULL;
    if (digester->ctx != NULL)
        return digester;
    a0_digester_free(digester);
    return NULL;
}

void a0_digester_free(a0_digester *digester)
{
    if (digester == NULL)
        return;
    EVP_MD_CTX_free(digester->ctx);
    a0_free(digester);
}

bool a0_digester_run(a0_digester *digester, const a0_slice *parts, size_t n_parts,
                     uint8_t out[static A0_DIGEST_MAX])
{
    int ok = EVP_DigestInit_ex2(digester->ctx, digester->md, NULL);
    for (size_t i = 0; ok && i < n_parts; i++)
        ok = EVP_DigestUpdate(digester->ctx, parts[i].data, parts[i].len);
    return ok && EVP_DigestFinal_ex(digester->ctx, out, NULL);
}

int a0_hmac(const char *name, a0_slice key, a0_slice data, uint8_t out[static A0_DIGEST_MAX],
            auth0db_error *err)
{
    const EVP_MD *md = a0_ossl_md(name, err);
    if (md == NULL)
        return a0_digest_size(name) == 0 ? AUTH0DB_ERR_UNSUPPORTED : AUTH0DB_ERR_CRYPTO;
    size_t len;
    /* A NULL key means "keep the old one" to EVP_MAC, so an empty key needs an address. */
    const void *key_data = key.len > 0 ? key.data : "";
    if (EVP_Q_mac(a0_ossl_context(), "HMAC", NULL, name, NULL, key_data, key.len, data.data,
                  data.len, out, A0_DIGEST_MAX, &len) == NULL)
        return a0_error_set(err, AUTH0DB_ERR_CRYPTO, name, "HMAC failed");
    return AUTH0DB_OK;
}
