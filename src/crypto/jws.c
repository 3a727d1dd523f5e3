/* Signed tokens (compact JWS), RS256 alone, through cjose. A token is read strictly before cjose
 * sees it: whatever has two readings is refused. Issuer, audience and times are for the caller. */
#include "crypto/jws.h"

#include <cjose/cjose.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/secret.h"

enum {
    KID_SIZE = 128,
    TOKEN_MAX = 256 * 1024, /* Auth0 caps custom claims at 100 KB (facts/auth0.md 2.1) */
    HEADER_MAX = 4096,
    KEY_BITS = 2048,     /* RFC 7518 3.3 asks for at least this */
    KEY_BITS_MAX = 8192, /* a hostile key set shall not buy minutes of our CPU */
};

struct a0_jwk {
    cjose_jwk_t *key;
    char kid[KID_SIZE];
};

static int cjose_failed(auth0db_error *err, auth0db_code code, const char *what,
                        const cjose_err *why)
{
    if (why->code == CJOSE_ERR_NO_MEMORY)
        return a0_error_no_memory(err);
    return a0_error_set(err, code, what, "cjose: %s",
                        why->message != NULL ? why->message : "failed");
}

/* Takes the cjose key over, also on failure. */
static int adopt(a0_jwk **out, cjose_jwk_t *key, const char *kid, auth0db_error *err)
{
    a0_jwk *jwk = a0_alloc(sizeof *jwk);
    if (jwk == NULL) {
        cjose_jwk_release(key);
        return a0_error_no_memory(err);
    }
    jwk->key = key;
    memcpy(jwk->kid, kid, strlen(kid) + 1);
    *out = jwk;
    return AUTH0DB_OK;
}

/* A long kid is refused and not cut: two keys of one beginning would be one key. */
static int check_kid(const char *kid, auth0db_error *err)
{
    return strlen(kid) < KID_SIZE ? AUTH0DB_OK
                                  : a0_error_set(err, AUTH0DB_ERR_MALFORMED, "kid",
                                                 "is longer than %d bytes", KID_SIZE - 1);
}

int a0_jwk_generate(a0_jwk **out, const char *kid, auth0db_error *err)
{
    static const uint8_t f4[] = {0x01, 0x00, 0x01};
    cjose_err why = {0};
    *out = NULL;
    int rc = check_kid(kid, err);
    if (rc != AUTH0DB_OK)
        return rc;
    cjose_jwk_t *key = cjose_jwk_create_RSA_random(KEY_BITS, f4, sizeof f4, &why);
    if (key == NULL)
        return cjose_failed(err, AUTH0DB_ERR_CRYPTO, "key", &why);
    if (!cjose_jwk_set_kid(key, kid, strlen(kid), &why)) {
        cjose_jwk_release(key);
        return cjose_failed(err, AUTH0DB_ERR_CRYPTO, "kid", &why);
    }
    return adopt(out, key, kid, err);
}

/* An optional member that must have this value where it is there at all. */
static bool absent_or(const json_t *jwk, const char *member, const char *value)
{
    if (json_object_get(jwk, member) == NULL)
        return true;
    const char *text = a0_json_text(jwk, member);
    return text != NULL && strcmp(text, value) == 0;
}

int a0_jwk_from_json(a0_jwk **out, const json_t *jwk, auth0db_error *err)
{
    cjose_err why = {0};
    *out = NULL;
    const char *kty = a0_json_text(jwk, "kty");
    /* A key that the tenant lists for another purpose must sign no logins. */
    if (kty == NULL || strcmp(kty, "RSA") != 0 || !absent_or(jwk, "use", "sig") ||
        !absent_or(jwk, "alg", "RS256"))
        return a0_error_set(err, AUTH0DB_ERR_UNSUPPORTED, "jwk",
                            "is not an RSA key for RS256 signatures");
    const char *kid = a0_json_text(jwk, "kid");
    if (kid == NULL)
        kid = "";
    int rc = check_kid(kid, err);
    if (rc != AUTH0DB_OK)
        return rc;
    cjose_jwk_t *key = cjose_jwk_import_json((cjose_header_t *)jwk, &why); /* only reads it */
    if (key == NULL)
        return cjose_failed(err, AUTH0DB_ERR_MALFORMED, "jwk", &why);
    size_t bits = cjose_jwk_get_keysize(key, &why);
    /* A short key can be broken; a huge one costs minutes at each login, and the key set comes from
     * outside. */
    if (bits < KEY_BITS || bits > KEY_BITS_MAX) {
        cjose_jwk_release(key);
        return a0_error_set(err, AUTH0DB_ERR_UNSUPPORTED, "jwk",
                            "an RSA key of %zu bits is not taken", bits);
    }
    return adopt(out, key, kid, err);
}

int a0_jwk_to_json(a0_buf *out, const a0_jwk *key, bool with_private, auth0db_error *err)
{
    cjose_err why = {0};
    json_t *jwk = NULL;
    char *text = cjose_jwk_to_json(key->key, with_private, &why);
    if (text == NULL)
        return cjose_failed(err, AUTH0DB_ERR_CRYPTO, "jwk", &why);
    int rc = a0_json_parse(&jwk, text, strlen(text), "jwk", err);
    if (rc == AUTH0DB_OK && (json_object_set_new(jwk, "use", json_string("sig")) != 0 ||
                             json_object_set_new(jwk, "alg", json_string("RS256")) != 0))
        rc = a0_error_no_memory(err);
    if (rc == AUTH0DB_OK)
        rc = a0_json_write(out, jwk);
    json_decref(jwk);
    /* It may hold the private members. cjose has its own allocator, so its own function frees it.
     */
    a0_wipe(text, strlen(text));
    cjose_get_dealloc()(text);
    return rc;
}

const char *a0_jwk_kid(const a0_jwk *key)
{
    return key->kid;
}

void a0_jwk_free(a0_jwk *key)
{
    if (key == NULL)
        return;
    cjose_jwk_release(key->key);
    a0_free(key);
}

static int sign(a0_buf *out, const a0_jwk *key, cjose_header_t *header, const a0_buf *claims,
                auth0db_error *err)
{
    cjose_err why = {0};
    const char *compact = NULL; /* the JWS owns it */
    if (!cjose_header_set(header, CJOSE_HDR_ALG, CJOSE_HDR_ALG_RS256, &why) ||
        !cjose_header_set(header, "typ", "JWT", &why) ||
        !cjose_header_set(header, CJOSE_HDR_KID, key->kid, &why))
        return cjose_failed(err, AUTH0DB_ERR_CRYPTO, "header", &why);
    cjose_jws_t *jws =
        cjose_jws_sign(key->key, header, (const uint8_t *)claims->data, claims->len, &why);
    if (jws == NULL || !cjose_jws_export(jws, &compact, &why)) {
        cjose_jws_release(jws);
        return cjose_failed(err, AUTH0DB_ERR_CRYPTO, "token", &why);
    }
    int rc = a0_buf_puts(out, compact);
    cjose_jws_release(jws);
    return rc == AUTH0DB_OK ? rc : a0_error_no_memory(err);
}

int a0_jws_sign(a0_buf *out, const a0_jwk *key, const json_t *claims, auth0db_error *err)
{
    cjose_err why = {0};
    a0_buf text = {0};
    cjose_header_t *header = NULL;
    int rc = a0_json_write(&text, claims);
    if (rc != AUTH0DB_OK) {
        rc = a0_error_set(err, rc, "claims", "cannot be written as JSON");
        goto out;
    }
    header = cjose_header_new(&why);
    rc = header != NULL ? sign(out, key, header, &text, err)
                        : cjose_failed(err, AUTH0DB_ERR_CRYPTO, "header", &why);
out:
    if (header != NULL)
        cjose_header_release(header);
    a0_buf_clear(&text);
    return rc;
}

static int not_a_token(auth0db_error *err)
{
    return a0_error_set(err, AUTH0DB_ERR_MALFORMED, "token", "is not a compact JWS");
}

/* cjose takes stray low bits in the last character: one signature, several spellings of the token.
 */
static bool is_canonical(const char *text, size_t len)
{
    unsigned char *bytes = a0_alloc(len + 1);
    bool ok = bytes != NULL && a0_base64_decode(A0_B64_URL, text, len, bytes, len + 1) >= 0;
    if (bytes != NULL)
        a0_wipe(bytes, len + 1);
    a0_free(bytes);
    return ok;
}

/* The header is read once, here, by our own strict rules; cjose then sees a token whose header
 * cannot mean two things (no duplicate members, no second spelling of base64). */
static int read_header(json_t **header, const char *token, auth0db_error *err)
{
    char text[HEADER_MAX];
    size_t len = strnlen(token, TOKEN_MAX + 1);
    /* The bound comes before a part is decoded, for the token comes from outside. */
    if (len > TOKEN_MAX)
        return a0_error_set(err, AUTH0DB_ERR_TOO_LARGE, "token", "is longer than %d bytes",
                            TOKEN_MAX);
    const char *first = strchr(token, '.');
    const char *second = first != NULL ? strchr(first + 1, '.') : NULL;
    /* Three parts, none of them empty: an empty last one would be a token without a signature. */
    if (second == NULL || first == token || second == first + 1 || second[1] == '\0' ||
        strchr(second + 1, '.') != NULL)
        return not_a_token(err);
    if (!is_canonical(first + 1, (size_t)(second - first - 1)) ||
        !is_canonical(second + 1, strlen(second + 1)))
        return not_a_token(err);
    long n = a0_base64_decode(A0_B64_URL, token, (size_t)(first - token), text, sizeof text);
    if (n < 0)
        return not_a_token(err);
    return a0_json_parse(header, text, (size_t)n, "token header", err);
}

int a0_jws_kid(const char *token, char kid[static KID_SIZE], auth0db_error *err)
{
    json_t *header = NULL;
    kid[0] = '\0';
    int rc = read_header(&header, token, err);
    if (rc != AUTH0DB_OK)
        return rc;
    const char *alg = a0_json_text(header, "alg");
    const json_t *member = json_object_get(header, "kid");
    const char *text = member != NULL ? a0_json_text(header, "kid") : "";
    /* This comes before any key is looked for. A token names its own algorithm: "none" needs no
     * key, and HS256 would take the public key, which everybody has, for the secret. */
    if (alg == NULL || strcmp(alg, "RS256") != 0)
        rc = a0_error_set(err, AUTH0DB_ERR_UNTRUSTED, "token", "is not signed with RS256");
    else if (json_object_get(header, "crit") != NULL) /* RFC 7515 4.1.11: unknown is not valid */
        rc = a0_error_set(err, AUTH0DB_ERR_UNTRUSTED, "token", "has critical header members");
    else if (text == NULL)
        rc = a0_error_set(err, AUTH0DB_ERR_MALFORMED, "kid", "is not text");
    else if ((rc = check_kid(text, err)) == AUTH0DB_OK)
        memcpy(kid, text, strlen(text) + 1);
    json_decref(header);
    return rc;
}

int a0_jws_verify(json_t **claims, const char *token, const a0_jwk *key, auth0db_error *err)
{
    cjose_err why = {0};
    char kid[KID_SIZE];
    uint8_t *text = NULL; /* the JWS owns it */
    size_t len = 0;
    *claims = NULL;
    /* The header is checked again, though the caller has asked for the kid: nothing is verified
     * whose header was not checked here. */
    int rc = a0_jws_kid(token, kid, err);
    if (rc != AUTH0DB_OK)
        return rc;
    cjose_jws_t *jws = cjose_jws_import(token, strlen(token), &why);
    if (jws == NULL)
        return cjose_failed(err, AUTH0DB_ERR_MALFORMED, "token", &why);
    if (!cjose_jws_verify(jws, key->key, &why))
        rc = a0_error_set(err, AUTH0DB_ERR_UNTRUSTED, "token", "the signature does not verify");
    else if (!cjose_jws_get_plaintext(jws, &text, &len, &why))
        rc = cjose_failed(err, AUTH0DB_ERR_CRYPTO, "token", &why);
    else
        rc = a0_json_parse(claims, (const char *)text, len, "token", err);
    cjose_jws_release(jws);
    /* In anything but an object every claim would be absent. */
    if (rc == AUTH0DB_OK && !json_is_object(*claims)) {
        json_decref(*claims);
        *claims = NULL;
        rc = a0_error_set(err, AUTH0DB_ERR_MALFORMED, "token", "the claims are not an object");
    }
    return rc;
}
