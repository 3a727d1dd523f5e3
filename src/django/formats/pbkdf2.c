/* PBKDF2 under Django's two names, and with SHA-512 as many sites have added it. The iterations are
 * the only cost; salts are text, and are hashed as the bytes that they are. */
#include <inttypes.h>
#include <stdio.h>

#include "base/encode.h"
#include "base/secret.h"
#include "crypto/kdf.h"
#include "django/formats/format.h"

enum { ITERATIONS_MAX = 20000000 }; /* Django 6.0: 1,200,000; 6.1's successor: 1,800,000 */

typedef struct digest {
    const char *name, *written; /* as Auth0's PHC string begins */
    size_t size;
    const char *length; /* left out, Auth0 assumes 64 */
} digest;

static const digest *digest_of(const a0_hash *hash)
{
    static const digest sha1 = {"sha1", "$pbkdf2-sha1$i=", 20, ",l=20$"},
                        sha256 = {"sha256", "$pbkdf2-sha256$i=", 32, ",l=32$"},
                        sha512 = {"sha512", "$pbkdf2-sha512$i=", 64, ",l=64$"};
    switch (hash->params.hasher) {
    case AUTH0DB_HASHER_PBKDF2_SHA1:
        return &sha1;
    case AUTH0DB_HASHER_PBKDF2_SHA512:
        return &sha512;
    default:
        return &sha256;
    }
}

static const char *parse_pbkdf2(a0_hash *hash, a0_slice rest)
{
    a0_slice iterations;
    if (!a0_part_field(&rest, '$', &iterations) || !a0_part_field(&rest, '$', &hash->salt))
        return "fewer than four fields";
    /* Python's hashlib takes no more, so on such a row Django raises an exception. */
    if (!a0_part_number32(iterations, INT32_MAX, &hash->params.iterations))
        return "the iterations are not a plain a0_part_number below 2^31";
    if (hash->salt.len == 0)
        return "the salt is empty";
    hash->digest = rest;
    hash->params.salt_len = (uint32_t)hash->salt.len;
    return a0_part_is_base64_of(rest, digest_of(hash)->size)
               ? NULL
               : "the digest is not padded base64 of its length";
}

static void head(const a0_hash *hash, char head[static A0_HEAD_MAX])
{
    snprintf(head, A0_HEAD_MAX, "%s$%" PRIu32 "$", auth0db_hasher_name(hash->params.hasher),
             hash->params.iterations);
}

static int bound(const a0_hash *hash, auth0db_error *err)
{
    const uint32_t iterations = hash->params.iterations;
    return iterations > ITERATIONS_MAX
               ? a0_too_costly(err, "iterations", iterations, ITERATIONS_MAX)
               : AUTH0DB_OK;
}

static int compute_pbkdf2(const a0_hash *hash, a0_slice password, char *out, size_t *len,
                          auth0db_error *err)
{
    const digest *with = digest_of(hash);
    uint8_t raw[A0_DIGEST_MAX];
    int rc =
        a0_pbkdf2(with->name, password, hash->salt, hash->params.iterations, raw, with->size, err);
    if (rc == AUTH0DB_OK)
        *len = a0_base64_encode(A0_B64, raw, with->size, out);
    a0_wipe(raw, sizeof raw);
    return rc;
}

/* i and l are always written: left out, Auth0 would assume 100,000 and 64, and no password would
 * match. The salt goes in base64 even where its text looks like base64: it was hashed as it stands.
 */
static char *convert_pbkdf2(const a0_hash *hash, a0_slice encoded, bool brief, char *p)
{
    const digest *with = digest_of(hash);
    p = a0_put(p, "{\"algorithm\":\"pbkdf2\",\"hash\":{\"value\":\"");
    p = a0_put(p, with->written);
    p = a0_put_number(p, hash->params.iterations);
    p = a0_put(p, with->length);
    p += a0_base64_encode(A0_B64_NOPAD, hash->salt.data, hash->salt.len, p);
    *p++ = '$';
    p = a0_put_slice(p, a0_part_unpadded(hash->digest));
    return a0_put(p, "\",\"encoding\":\"utf8\"}}");
}

static void defaults(auth0db_hash_params *params)
{
    a0_or_default(&params->iterations, 1000000);
}

const a0_format a0_format_pbkdf2_sha256 = {
    .name = "pbkdf2_sha256",
    .recognises = a0_by_name,
    .parse = parse_pbkdf2,
    .head = head,
    .middle = a0_middle_dollar,
    .bound = bound,
    .compute = compute_pbkdf2,
    .convertible = a0_always_convertible,
    .write = convert_pbkdf2,
    .defaults = defaults,
    .bad_range = a0_no_range,
    .salt = a0_text_salt,
};

const a0_format a0_format_pbkdf2_sha1 = {
    .name = "pbkdf2_sha1",
    .recognises = a0_by_name,
    .parse = parse_pbkdf2,
    .head = head,
    .middle = a0_middle_dollar,
    .bound = bound,
    .compute = compute_pbkdf2,
    .convertible = a0_always_convertible,
    .write = convert_pbkdf2,
    .defaults = defaults,
    .bad_range = a0_no_range,
    .salt = a0_text_salt,
};

/* Django's own column of 128 characters has room for it with a salt of 12 only: such sites have
 * widened theirs, or shortened the salt. */
const a0_format a0_format_pbkdf2_sha512 = {
    .name = "pbkdf2_sha512",
    .recognises = a0_by_name,
    .parse = parse_pbkdf2,
    .head = head,
    .middle = a0_middle_dollar,
    .bound = bound,
    .compute = compute_pbkdf2,
    .convertible = a0_always_convertible,
    .write = convert_pbkdf2,
    .defaults = defaults,
    .bad_range = a0_no_range,
    .salt = a0_text_salt,
};
