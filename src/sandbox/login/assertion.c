#include "sandbox/login/assertion.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/slice.h"

/* Documented (facts/auth0.md 1.7), but for the size of a part, which is ours. */
enum { LIFE_MAX_S = 300, SKEW_S = 10, TEXT_MAX = 64, PART_MAX = 4096 };

static json_t *read_part(const char *text, size_t len)
{
    char bytes[PART_MAX];
    json_t *json = NULL;
    long n = a0_base64_decode(A0_B64_URL, text, len, bytes, sizeof bytes);
    if (n < 0 || a0_json_parse(&json, bytes, (size_t)n, "assertion", NULL) != AUTH0DB_OK)
        return NULL;
    return json;
}

static EVP_PKEY *key_of(const sb_tenant *tenant)
{
    const char *pem = tenant->options.client_public_key;
    BIO *bio = BIO_new_mem_buf(pem, (int)strlen(pem));
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    return key;
}

static bool signature_ok(const sb_tenant *tenant, const char *alg, a0_slice text,
                         const char *encoded)
{
    unsigned char signature[PART_MAX];
    EVP_PKEY_CTX *how = NULL;
    long n = a0_base64_decode(A0_B64_URL, encoded, strlen(encoded), signature, sizeof signature);
    /* These three are all (documented: facts/auth0.md 1.7): "none", or an HMAC with the public key
     * as its secret, must prove nothing. */
    bool known =
        strcmp(alg, "RS256") == 0 || strcmp(alg, "RS384") == 0 || strcmp(alg, "PS256") == 0;
    EVP_PKEY *key = known && n > 0 ? key_of(tenant) : NULL;
    EVP_MD_CTX *ctx = key != NULL ? EVP_MD_CTX_new() : NULL;
    const EVP_MD *digest = strcmp(alg, "RS384") == 0 ? EVP_sha384() : EVP_sha256();
    bool ok = ctx != NULL && EVP_DigestVerifyInit(ctx, &how, digest, NULL, key) == 1;
    if (ok && alg[0] == 'P')
        ok = EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1;
    ok = ok && EVP_DigestVerify(ctx, signature, (size_t)n, text.data, text.len) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return ok;
}

static bool is_text(const json_t *claims, const char *name, const char *value)
{
    const char *text = a0_json_text(claims, name);
    return text != NULL && strcmp(text, value) == 0;
}

/* Absent, or not later than now, give or take the clocks. */
static bool not_ahead(const json_t *claims, const char *name, int64_t now_s)
{
    const json_t *value = json_object_get(claims, name);
    return value == NULL || (json_is_integer(value) && json_integer_value(value) <= now_s + SKEW_S);
}

/* Remembered for as long as an assertion can live; after that its own expiry refuses it. */
static bool is_first_use(sb_tenant *tenant, const char *jti)
{
    char name[TEXT_MAX + 16];
    const int64_t now = sb_now_ms(tenant);
    snprintf(name, sizeof name, "jti %s", jti);
    sb_counter *bucket = sb_counter_touch(&tenant->counters, name, 1, now);
    return bucket != NULL && sb_bucket_take(bucket, (sb_rate){1, LIFE_MAX_S * 1000.0}, now);
}

/* The first use is asked last: an assertion that is refused for another reason must not spend its
 * jti. */
static bool claims_ok(sb_tenant *tenant, const json_t *claims, const char *issuer)
{
    const int64_t now_s = sb_now_ms(tenant) / 1000;
    const char *jti = a0_json_text(claims, "jti");
    json_int_t exp = a0_json_int(claims, "exp", 0);
    return is_text(claims, "iss", tenant->client_id) && is_text(claims, "sub", tenant->client_id) &&
           is_text(claims, "aud", issuer) && exp > now_s && exp <= now_s + LIFE_MAX_S &&
           not_ahead(claims, "iat", now_s) && not_ahead(claims, "nbf", now_s) && jti != NULL &&
           *jti != '\0' && strlen(jti) <= TEXT_MAX && is_first_use(tenant, jti);
}

bool sb_assertion_ok(sb_tenant *tenant, const char *assertion, const char *issuer)
{
    const char *first = strchr(assertion, '.');
    const char *second = first != NULL ? strchr(first + 1, '.') : NULL;
    if (second == NULL)
        return false;
    json_t *header = read_part(assertion, (size_t)(first - assertion));
    json_t *claims = read_part(first + 1, (size_t)(second - first - 1));
    const char *alg = a0_json_text(header, "alg");
    a0_slice text = {assertion, (size_t)(second - assertion)};
    /* The signature before the claims: somebody without the key must not spend the jti of the
     * application. */
    bool ok = alg != NULL && claims != NULL && signature_ok(tenant, alg, text, second + 1) &&
              claims_ok(tenant, claims, issuer);
    json_decref(header);
    json_decref(claims);
    return ok;
}
