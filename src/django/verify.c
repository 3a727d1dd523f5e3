/* Django verifies by hashing again and comparing the stored text; so do we, digest field against
 * digest field. Making a hash is the same computation under a fresh salt. */
#include <inttypes.h>
#include <string.h>

#include "base/encode.h"
#include "base/secret.h"
#include "crypto/bcrypt.h"
#include "crypto/kdf.h"
#include "django/crypt_setting.h"
#include "django/hasher.h"

/* Ten times the work of Django 6.0's defaults at least; docs/hashes.md has the arithmetic. One
 * hostile row must not buy a minute of CPU or the machine's memory. */
enum {
    PBKDF2_ITERATIONS_MAX = 20000000,      /* 6.0: 1,200,000; 6.1's successor: 1,800,000 */
    BCRYPT_COST_MAX = 16,                  /* 12: 2^4 times the work */
    ARGON2_M_KIB_MAX = 1024 * 1024,        /* 102,400 KiB */
    ARGON2_WORK_MAX = 4 * 1024 * 1024,     /* KiB times passes: 204,800 */
    ARGON2_P_MAX = 128,                    /* 8 */
    SCRYPT_MEMORY_MAX = 160 * 1024 * 1024, /* 128 * n * r bytes: 16 MiB */
    SCRYPT_WORK_MAX = 8 * 1024 * 1024,     /* n * r * p: 655,360 */
};

static int too_costly(auth0db_error *err, const char *parameter, uint64_t value, uint64_t max)
{
    return a0_error_set(err, AUTH0DB_ERR_TOO_LARGE, parameter,
                        "%" PRIu64 " is past the bound on one password's work, %" PRIu64, value,
                        max);
}

/* The products cannot wrap: m and t are 32 bits; r * p is below 2^30 and n below 2^34 by the
 * parser. */
static int bound_argon2(const auth0db_hash_params *q, auth0db_error *err)
{
    if (q->m_kib > ARGON2_M_KIB_MAX)
        return too_costly(err, "m", q->m_kib, ARGON2_M_KIB_MAX);
    if ((uint64_t)q->m_kib * q->t > ARGON2_WORK_MAX)
        return too_costly(err, "m * t", (uint64_t)q->m_kib * q->t, ARGON2_WORK_MAX);
    if (q->p > ARGON2_P_MAX)
        return too_costly(err, "p", q->p, ARGON2_P_MAX);
    if (q->hash_len > A0_ARGON2_HASH_MAX)
        return too_costly(err, "hash length", q->hash_len, A0_ARGON2_HASH_MAX);
    return AUTH0DB_OK;
}

static int bound_scrypt(const auth0db_hash_params *q, auth0db_error *err)
{
    if (q->n > SCRYPT_MEMORY_MAX / 128 / q->r)
        return too_costly(err, "n", q->n, SCRYPT_MEMORY_MAX / 128 / q->r);
    if (q->n * q->r * q->p > SCRYPT_WORK_MAX)
        return too_costly(err, "n * r * p", q->n * q->r * q->p, SCRYPT_WORK_MAX);
    return AUTH0DB_OK;
}

int a0_hash_bound(const a0_hash *hash, auth0db_error *err)
{
    const auth0db_hash_params *q = &hash->params;
    switch (q->hasher) {
    case AUTH0DB_HASHER_PBKDF2_SHA256:
    case AUTH0DB_HASHER_PBKDF2_SHA1:
        return q->iterations > PBKDF2_ITERATIONS_MAX
                   ? too_costly(err, "iterations", q->iterations, PBKDF2_ITERATIONS_MAX)
                   : AUTH0DB_OK;
    case AUTH0DB_HASHER_BCRYPT:
    case AUTH0DB_HASHER_BCRYPT_SHA256:
        return q->cost > BCRYPT_COST_MAX ? too_costly(err, "cost", q->cost, BCRYPT_COST_MAX)
                                         : AUTH0DB_OK;
    case AUTH0DB_HASHER_ARGON2:
        return bound_argon2(q, err);
    case AUTH0DB_HASHER_SCRYPT:
        return bound_scrypt(q, err);
    case AUTH0DB_HASHER_CRYPT:
        return a0_crypt_setting_bound(hash->digest, err);
    default:
        return AUTH0DB_OK;
    }
}

/* --- one hasher each: password in, digest field out --- */

static int compute_pbkdf2(const a0_hash *hash, a0_slice password, char *out, size_t *len,
                          auth0db_error *err)
{
    const bool sha256 = hash->params.hasher == AUTH0DB_HASHER_PBKDF2_SHA256;
    const size_t size = sha256 ? 32 : 20;
    uint8_t raw[32];
    int rc = a0_pbkdf2(sha256 ? "sha256" : "sha1", password, hash->salt, hash->params.iterations,
                       raw, size, err);
    if (rc == AUTH0DB_OK)
        *len = a0_base64_encode(A0_B64, raw, size, out);
    a0_wipe(raw, sizeof raw);
    return rc;
}

static int compute_scrypt(const a0_hash *hash, a0_slice password, char *out, size_t *len,
                          auth0db_error *err)
{
    const auth0db_hash_params *q = &hash->params;
    uint8_t raw[64];
    int rc = a0_scrypt(password, hash->salt, q->n, q->r, q->p, raw, sizeof raw, err);
    if (rc == AUTH0DB_OK)
        *len = a0_base64_encode(A0_B64, raw, sizeof raw, out);
    a0_wipe(raw, sizeof raw);
    return rc;
}

static int compute_argon2(const a0_hash *hash, a0_slice password, char *out, size_t *len,
                          auth0db_error *err)
{
    static const a0_argon2_type types[] = {A0_ARGON2_ID, A0_ARGON2_I, A0_ARGON2_D};
    const auth0db_hash_params *q = &hash->params;
    const a0_argon2_cost cost = {types[q->argon2_type], q->argon2_version, q->t, q->m_kib, q->p};
    uint8_t raw[A0_ARGON2_HASH_MAX], salt[A0_ENCODED_MAX];
    long salt_len =
        a0_base64_decode(A0_B64_NOPAD, hash->salt.data, hash->salt.len, salt, sizeof salt);
    if (salt_len < 0)
        return a0_error_set(err, AUTH0DB_ERR_MALFORMED, "argon2", "the salt is not base64");
    int rc = a0_argon2(cost, password, (a0_slice){salt, (size_t)salt_len}, raw, q->hash_len, err);
    if (rc == AUTH0DB_OK)
        *len = a0_base64_encode(A0_B64_NOPAD, raw, q->hash_len, out);
    a0_wipe(raw, sizeof raw);
    return rc;
}

/* salt ++ password, or password alone, in hex */
static int compute_plain(const char *digest, a0_slice salt, a0_slice password, char *out,
                         size_t *len, auth0db_error *err)
{
    const a0_slice parts[] = {salt, password};
    uint8_t raw[A0_DIGEST_MAX];
    int rc = a0_digest(digest, parts, A0_COUNT(parts), raw, err);
    if (rc == AUTH0DB_OK) {
        *len = 2 * a0_digest_size(digest);
        a0_hex_encode(raw, *len / 2, out);
    }
    a0_wipe(raw, sizeof raw);
    return rc;
}

static int compute_bcrypt(const a0_hash *hash, a0_slice password, char *out, size_t *len,
                          auth0db_error *err)
{
    char whole[A0_BCRYPT_LEN + 1], setting[30], hex[2 * A0_DIGEST_MAX + 1];
    int rc = AUTH0DB_OK;
    if (hash->params.hasher == AUTH0DB_HASHER_BCRYPT_SHA256) {
        rc = compute_plain("sha256", (a0_slice){"", 0}, password, hex, len, err);
        password = (a0_slice){hex, *len};
    }
    const char head[] = {'$',
                         '2',
                         hash->params.variant,
                         '$',
                         (char)('0' + hash->params.cost / 10),
                         (char)('0' + hash->params.cost % 10),
                         '$'};
    memcpy(setting, head, sizeof head);
    memcpy(setting + sizeof head, hash->salt.data, 22);
    setting[29] = '\0';
    if (rc == AUTH0DB_OK)
        rc = a0_bcrypt(password, setting, whole, err);
    if (rc == AUTH0DB_OK) {
        *len = A0_BCRYPT_LEN - 29;
        memcpy(out, whole + 29, *len);
    }
    a0_wipe(hex, sizeof hex);
    a0_wipe(whole, sizeof whole);
    return rc;
}

static int compute_crypt(const a0_hash *hash, a0_slice password, char *out, size_t *len,
                         auth0db_error *err)
{
    char setting[A0_CRYPT_MAX];
    if (hash->digest.len >= sizeof setting)
        return a0_error_set(err, AUTH0DB_ERR_MALFORMED, "crypt", "longer than any crypt(3) hash");
    memcpy(setting, hash->digest.data, hash->digest.len);
    setting[hash->digest.len] = '\0';
    _Static_assert((int)A0_DIGEST_TEXT_MAX >= (int)A0_CRYPT_MAX,
                   "crypt(3) writes straight into out");
    int rc = a0_crypt(password, setting, out, err);
    if (rc == AUTH0DB_OK)
        *len = strlen(out);
    return rc;
}

int a0_hash_compute(const a0_hash *hash, a0_slice password, char out[static A0_DIGEST_TEXT_MAX],
                    size_t *len, auth0db_error *err)
{
    _Static_assert(A0_DIGEST_TEXT_MAX > A0_B64_LEN(A0_ARGON2_HASH_MAX),
                   "the longest digest field fits");
    *len = 0;
    switch (hash->params.hasher) {
    case AUTH0DB_HASHER_PBKDF2_SHA256:
    case AUTH0DB_HASHER_PBKDF2_SHA1:
        return compute_pbkdf2(hash, password, out, len, err);
    case AUTH0DB_HASHER_ARGON2:
        return compute_argon2(hash, password, out, len, err);
    case AUTH0DB_HASHER_BCRYPT:
    case AUTH0DB_HASHER_BCRYPT_SHA256:
        return compute_bcrypt(hash, password, out, len, err);
    case AUTH0DB_HASHER_SCRYPT:
        return compute_scrypt(hash, password, out, len, err);
    case AUTH0DB_HASHER_SHA1:
    case AUTH0DB_HASHER_UNSALTED_SHA1:
        return compute_plain("sha1", hash->salt, password, out, len, err);
    case AUTH0DB_HASHER_MD5:
    case AUTH0DB_HASHER_UNSALTED_MD5:
        return compute_plain("md5", hash->salt, password, out, len, err);
    case AUTH0DB_HASHER_CRYPT:
        return compute_crypt(hash, password, out, len, err);
    default:
        return a0_error_set(err, AUTH0DB_ERR_UNSUPPORTED, "hasher",
                            "no hasher of this name is known");
    }
}

int auth0db_hash_sound(const char *encoded, size_t encoded_len, auth0db_error *err)
{
    a0_hash hash;
    int rc = a0_hash_parse(&hash, encoded, encoded_len, err);
    return rc == AUTH0DB_OK ? a0_hash_bound(&hash, err) : rc;
}

auth0db_verdict auth0db_hash_verify(const char *encoded, size_t encoded_len, const char *password,
                                    size_t password_len, auth0db_error *err)
{
    a0_hash hash;
    char digest[A0_DIGEST_TEXT_MAX];
    size_t len;
    if (a0_hash_parse(&hash, encoded, encoded_len, err) != AUTH0DB_OK)
        return AUTH0DB_NO_VERDICT;
    if (hash.params.hasher == AUTH0DB_HASHER_EMPTY || hash.params.hasher == AUTH0DB_HASHER_UNUSABLE)
        return AUTH0DB_MISMATCH;
    if (a0_hash_bound(&hash, err) != AUTH0DB_OK ||
        a0_hash_compute(&hash, (a0_slice){password, password_len}, digest, &len, err) != AUTH0DB_OK)
        return AUTH0DB_NO_VERDICT;
    bool equal = len == hash.digest.len && a0_secret_equal(digest, hash.digest.data, len);
    a0_wipe(digest, sizeof digest);
    return equal ? AUTH0DB_MATCH : AUTH0DB_MISMATCH;
}
