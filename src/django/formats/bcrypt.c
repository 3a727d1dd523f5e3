/* bcrypt in three stored forms: under Django's name, over SHA-256, and bare as other systems have
 * it. The computation is one, and so is the bound. */
#include "crypto/bcrypt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/env.h"
#include "base/secret.h"
#include "django/formats/format.h"

enum {
    BCRYPT_SALT = 22,
    BCRYPT_DIGEST = 31,
    BCRYPT_COST_MAX = 16 /* Django's 12: 2^4 times the work */
};

static bool is_bcrypt_text(a0_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = a0_chars(s)[i];
        if (!((c >= '.' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
            return false;
    }
    return true;
}

/* bcrypt's own text has one length, and each part has its place: no other form is read. */
static const char *parse_bcrypt(a0_hash *hash, a0_slice rest)
{
    auth0db_hash_params *q = &hash->params;
    if (rest.len != 7 + BCRYPT_SALT + BCRYPT_DIGEST)
        return "not 60 characters of bcrypt";
    const char *s = a0_chars(rest);
    if (memcmp(s, "$2", 2) != 0 || (s[2] != 'a' && s[2] != 'b' && s[2] != 'y') || s[3] != '$' ||
        s[6] != '$')
        return "neither $2a$ nor $2b$ nor $2y$";
    q->variant = s[2];
    if (s[4] < '0' || s[4] > '9' || s[5] < '0' || s[5] > '9')
        return "the cost is not two digits";
    q->cost = (uint32_t)((s[4] - '0') * 10 + s[5] - '0');
    if (q->cost < 4 || q->cost > 31)
        return "the cost is not 4 to 31";
    hash->salt = a0_part(s + 7, BCRYPT_SALT);
    hash->digest = a0_part(s + 7 + BCRYPT_SALT, BCRYPT_DIGEST);
    q->salt_len = 16;
    /* 22 characters are 132 bits; a library that sees the four surplus bits set rewrites them: no
     * match */
    if (!is_bcrypt_text(hash->salt) || !is_bcrypt_text(hash->digest) ||
        strchr(".Oeu", s[7 + BCRYPT_SALT - 1]) == NULL)
        return "a character outside bcrypt's alphabet, or a salt of more than 128 bits";
    return NULL;
}

static void head(const a0_hash *hash, char head[static A0_HEAD_MAX])
{
    const auth0db_hash_params *q = &hash->params;
    snprintf(head, A0_HEAD_MAX, "%s$$2%c$%02" PRIu32 "$", auth0db_hasher_name(q->hasher),
             q->variant, q->cost);
}

static int bound(const a0_hash *hash, auth0db_error *err)
{
    const uint32_t cost = hash->params.cost;
    return cost > BCRYPT_COST_MAX ? a0_too_costly(err, "cost", cost, BCRYPT_COST_MAX) : AUTH0DB_OK;
}

static int compute_bcrypt(const a0_hash *hash, a0_slice password, char *out, size_t *len,
                          auth0db_error *err)
{
    char whole[A0_BCRYPT_LEN + 1], setting[30], hex[2 * A0_DIGEST_MAX + 1];
    int rc = AUTH0DB_OK;
    /* The digest's hex digits are what Django gives to bcrypt: its bytes could hold a NUL, where
     * bcrypt would stop. */
    if (hash->params.hasher == AUTH0DB_HASHER_BCRYPT_SHA256) {
        rc = a0_compute_plain("sha256", (a0_slice){"", 0}, password, hex, len, err);
        password = (a0_slice){hex, *len};
    }
    /* The setting is put together from the parts, for a hash that is being made has no text yet. */
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
    /* These digits open the hash as the password does. */
    a0_wipe(hex, sizeof hex);
    a0_wipe(whole, sizeof whole);
    return rc;
}

/* Auth0 gives the typed password to bcrypt, and cannot be told to hash it before: the hash would be
 * imported and match nobody's password. */
static auth0db_conversion never_of_sha256(const a0_hash *hash, bool sound)
{
    return AUTH0DB_CONVERT_BCRYPT_SHA256;
}

static char *write(const a0_hash *hash, a0_slice encoded, bool brief, char *p)
{
    const char *text = encoded.data; /* "bcrypt$" "$2b$..." */
    return a0_put_tail("bcrypt", text + 7, encoded.len - 7, p);
}

static void defaults(auth0db_hash_params *params)
{
    a0_or_default(&params->cost, 12);
    if (params->variant == '\0')
        params->variant = 'b';
}

static const char *bad_range(const auth0db_hash_params *q)
{
    if (q->cost < 4 || q->cost > 31)
        return "cost";
    return q->variant != 'a' && q->variant != 'b' && q->variant != 'y' ? "variant" : NULL;
}

static int salt(a0_hash *hash, a0_making *parts, auth0db_error *err)
{
    uint8_t random[16] = {0};
    char setting[30];
    int rc = a0_no_salt(hash, parts, err);
    if (rc != AUTH0DB_OK)
        return rc;
    if (a0_random(&a0_env_system, random, sizeof random) != AUTH0DB_OK)
        return a0_error_set(err, AUTH0DB_ERR_CRYPTO, "salt", "no randomness from the system");
    a0_bcrypt_setting((int)hash->params.cost, random, setting);
    memcpy(parts->salt, setting + 7, BCRYPT_SALT);
    hash->salt = (a0_slice){parts->salt, BCRYPT_SALT};
    return AUTH0DB_OK;
}

const a0_format a0_format_bcrypt = {
    .name = "bcrypt",
    .recognises = a0_by_name,
    .parse = parse_bcrypt,
    .head = head,
    .middle = a0_middle_none,
    .bound = bound,
    .compute = compute_bcrypt,
    .convertible = a0_always_convertible,
    .write = write,
    .defaults = defaults,
    .bad_range = bad_range,
    .salt = salt,
};

const a0_format a0_format_bcrypt_sha256 = {
    .name = "bcrypt_sha256",
    .recognises = a0_by_name,
    .parse = parse_bcrypt,
    .head = head,
    .middle = a0_middle_none,
    .bound = bound,
    .compute = compute_bcrypt,
    .convertible = never_of_sha256,
    .write = a0_never_written,
    .defaults = defaults,
    .bad_range = bad_range,
    .salt = salt,
};

/* As PHP, Rails and other systems store it, and sites that took their users over. Django finds no
 * name in it, so such a site has a hasher of its own. */
static bool is_bare(const char *name, a0_hash *hash, a0_slice all, a0_slice *rest)
{
    *rest = all;
    return all.len == 7 + BCRYPT_SALT + BCRYPT_DIGEST && memcmp(all.data, "$2", 2) == 0 &&
           strchr("aby", a0_chars(all)[2]) != NULL && a0_chars(all)[2] != '\0' &&
           a0_chars(all)[3] == '$';
}

static void head_bare(const a0_hash *hash, char head[static A0_HEAD_MAX])
{
    snprintf(head, A0_HEAD_MAX, "$2%c$%02" PRIu32 "$", hash->params.variant, hash->params.cost);
}

static char *write_bare(const a0_hash *hash, a0_slice encoded, bool brief, char *p)
{
    return a0_put_tail("bcrypt", encoded.data, encoded.len, p);
}

const a0_format a0_format_bcrypt_bare = {
    .name = "bcrypt_bare",
    .recognises = is_bare,
    .parse = parse_bcrypt,
    .head = head_bare,
    .middle = a0_middle_none,
    .bound = bound,
    .compute = compute_bcrypt,
    .convertible = a0_always_convertible,
    .write = write_bare,
    .defaults = defaults,
    .bad_range = bad_range,
    .salt = salt,
};
