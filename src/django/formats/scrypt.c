/* scrypt as Django stores it, with the salt in second place. Memory and work have a bound each, for
 * either can be made large alone. */
#include <inttypes.h>
#include <stdio.h>

#include "base/encode.h"
#include "base/secret.h"
#include "crypto/kdf.h"
#include "django/formats/format.h"

enum {
    MEMORY_MAX = 160 * 1024 * 1024, /* 128 * n * r bytes: Django's 16 MiB */
    WORK_MAX = 8 * 1024 * 1024,     /* n * r * p: Django's 655,360 */
    /* What Auth0 supposes where it is left out (facts/auth0.md 5.3): in a file of users, bytes
       saved. */
    SCRYPT_COST = 16384,
    SCRYPT_BLOCK_SIZE = 8,
    SCRYPT_PARALLELIZATION = 1,
};

static const char *parse_scrypt(a0_hash *hash, a0_slice rest)
{
    auth0db_hash_params *q = &hash->params;
    a0_slice n, r, p;
    if (!a0_part_field(&rest, '$', &n) || !a0_part_field(&rest, '$', &hash->salt) ||
        !a0_part_field(&rest, '$', &r) || !a0_part_field(&rest, '$', &p))
        return "fewer than six fields";
    if (!a0_part_number(n, UINT64_MAX, &q->n) || !a0_part_number32(r, UINT32_MAX, &q->r) ||
        !a0_part_number32(p, UINT32_MAX, &q->p))
        return "a parameter is not a plain a0_part_number";
    if (q->n < 2 || (q->n & (q->n - 1)) != 0 || (uint64_t)q->r * q->p >= 1u << 30)
        return "parameters outside RFC 7914";
    if (hash->salt.len == 0)
        return "the salt is empty";
    hash->digest = rest;
    q->salt_len = (uint32_t)hash->salt.len;
    return a0_part_is_base64_of(rest, 64) ? NULL : "the digest is not padded base64 of 64 bytes";
}

static void head(const a0_hash *hash, char head[static A0_HEAD_MAX])
{
    snprintf(head, A0_HEAD_MAX, "scrypt$%" PRIu64 "$", hash->params.n);
}

static void middle(const a0_hash *hash, char middle[static A0_MIDDLE_MAX])
{
    snprintf(middle, A0_MIDDLE_MAX, "$%" PRIu32 "$%" PRIu32 "$", hash->params.r, hash->params.p);
}

/* The products cannot wrap: r * p is below 2^30 and n below 2^34 by the parser. */
static int bound_scrypt(const a0_hash *hash, auth0db_error *err)
{
    const auth0db_hash_params *q = &hash->params;
    if (q->n > MEMORY_MAX / 128 / q->r)
        return a0_too_costly(err, "n", q->n, MEMORY_MAX / 128 / q->r);
    if (q->n * q->r * q->p > WORK_MAX)
        return a0_too_costly(err, "n * r * p", q->n * q->r * q->p, WORK_MAX);
    return AUTH0DB_OK;
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

static char *put_cost(char *p, const char *name, uint64_t value, uint64_t supposed, bool brief)
{
    if (brief && value == supposed)
        return p;
    return a0_put_number(a0_put(p, name), value);
}

static char *convert_scrypt(const a0_hash *hash, a0_slice encoded, bool brief, char *p)
{
    p = a0_put(p, "{\"algorithm\":\"scrypt\",\"hash\":{\"value\":\"");
    p = a0_put_slice(p, hash->digest);
    p = a0_put(p, "\",\"encoding\":\"base64\"},\"salt\":{\"value\":\"");
    p = a0_put_escaped(p, hash->salt);
    p = a0_put(p, brief ? "\"},\"keylen\":64" : "\",\"encoding\":\"utf8\"},\"keylen\":64");
    p = put_cost(p, ",\"cost\":", hash->params.n, SCRYPT_COST, brief);
    p = put_cost(p, ",\"blockSize\":", hash->params.r, SCRYPT_BLOCK_SIZE, brief);
    p = put_cost(p, ",\"parallelization\":", hash->params.p, SCRYPT_PARALLELIZATION, brief);
    return a0_put(p, "}");
}

/* OpenSSL's count of what scrypt needs, against the default limit of Node's crypto and of Python's
 * hashlib. */
static bool fits_scrypt_limit(const auth0db_hash_params *q)
{
    const uint64_t limit = UINT64_C(32) * 1024 * 1024;
    return q->n < limit && q->r < limit && q->p < limit && /* so that no product below wraps */
           128ull * q->r * q->p + 128ull * q->r * (q->n + 2) <= limit;
}

/* Past that limit Auth0 may take the hash and then be unable to verify it. Not converted, the user
 * moves at the next login. */
static auth0db_conversion convertible(const a0_hash *hash, bool sound)
{
    if (!sound)
        return AUTH0DB_CONVERT_MALFORMED;
    return fits_scrypt_limit(&hash->params) ? AUTH0DB_CONVERTED : AUTH0DB_CONVERT_SCRYPT_MEMORY;
}

static void defaults(auth0db_hash_params *params)
{
    if (params->n == 0)
        params->n = 16384;
    a0_or_default(&params->r, 8);
    a0_or_default(&params->p, 5);
}

static const char *bad_range(const auth0db_hash_params *q)
{
    if (q->n < 2 || (q->n & (q->n - 1)) != 0 || q->n > UINT32_MAX)
        return "n";
    return (uint64_t)q->r * q->p >= 1u << 30 ? "r" : NULL;
}

const a0_format a0_format_scrypt = {
    .name = "scrypt",
    .recognises = a0_by_name,
    .parse = parse_scrypt,
    .head = head,
    .middle = middle,
    .bound = bound_scrypt,
    .compute = compute_scrypt,
    .convertible = convertible,
    .write = convert_scrypt,
    .defaults = defaults,
    .bad_range = bad_range,
    .salt = a0_text_salt,
};
