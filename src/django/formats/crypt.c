#include <string.h>

#include "base/secret.h"
#include "crypto/bcrypt.h"
#include "django/crypt_setting.h"
#include "django/formats/format.h"

/* The a0_part_field before crypt(3)'s text held the salt up to 1.3; since 1.4 it is empty and
 * ignored. */
static const char *parse_crypt(a0_hash *hash, a0_slice rest)
{
    if (!a0_part_field(&rest, '$', &hash->salt))
        return "fewer than three fields";
    hash->digest = rest;
    if (rest.len < 13 || rest.len >= 384 || memchr(rest.data, 0, rest.len) != NULL)
        return "not the text of a crypt(3) hash";
    return NULL;
}

static int bound(const a0_hash *hash, auth0db_error *err)
{
    return a0_crypt_setting_bound(hash->digest, err);
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
    /* A whole hash serves as its own setting: crypt(3) reads method, cost and salt out of it. The
     * bound has looked at the same text before. */
    int rc = a0_crypt(password, setting, out, err);
    if (rc == AUTH0DB_OK)
        *len = strlen(out);
    return rc;
}

static auth0db_conversion convertible(const a0_hash *hash, bool sound)
{
    return AUTH0DB_CONVERT_CRYPT; /* whatever the rest looks like */
}

/* The field is empty, the salt inside crypt(3)'s text. */
static int salt(a0_hash *hash, a0_making *parts, auth0db_error *err)
{
    int rc = a0_no_salt(hash, parts, err);
    if (rc != AUTH0DB_OK)
        return rc;
    if (a0_random_text(parts->salt, 2) != AUTH0DB_OK)
        return a0_error_set(err, AUTH0DB_ERR_CRYPTO, "salt", "no randomness from the system");
    hash->digest = (a0_slice){parts->salt, 2};
    return AUTH0DB_OK;
}

const a0_format a0_format_crypt = {
    .name = "crypt",
    .recognises = a0_by_name,
    .parse = parse_crypt,
    .head = a0_head_name,
    .middle = a0_middle_dollar,
    .bound = bound,
    .compute = compute_crypt,
    .convertible = convertible,
    .write = a0_never_written,
    .defaults = a0_no_defaults,
    .bad_range = a0_no_range,
    .salt = salt,
};
