#include <string.h>

#include "base/encode.h"
#include "base/env.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "crypto/bcrypt.h"
#include "django/hasher.h"

enum {
    DJANGO_SALT = 22,     /* characters: 128 bits of 62 letters, since 3.2 */
    UNUSABLE_SUFFIX = 40, /* since 1.6 */
    SALT_MAX = 4096, /* with its base64, the longest digest and the numbers: below A0_ENCODED_MAX */
};

static void or_default(uint32_t *value, uint32_t fallback)
{
    if (*value == 0)
        *value = fallback;
}

/* Django 5.2 LTS. */
static void fill_defaults(auth0db_hash_params *q)
{
    switch (q->hasher) {
    case AUTH0DB_HASHER_PBKDF2_SHA256:
    case AUTH0DB_HASHER_PBKDF2_SHA1:
        or_default(&q->iterations, 1000000);
        break;
    case AUTH0DB_HASHER_ARGON2:
        or_default(&q->m_kib, 102400);
        or_default(&q->t, 2);
        or_default(&q->p, 8);
        or_default(&q->argon2_version, 0x13);
        or_default(&q->hash_len, 32);
        break;
    case AUTH0DB_HASHER_BCRYPT:
    case AUTH0DB_HASHER_BCRYPT_SHA256:
        or_default(&q->cost, 12);
        if (q->variant == '\0')
            q->variant = 'b';
        break;
    case AUTH0DB_HASHER_SCRYPT:
        if (q->n == 0)
            q->n = 16384;
        or_default(&q->r, 8);
        or_default(&q->p, 5);
        break;
    default:
        break;
    }
}

/* Ranges outside which the text would not parse again. */
static int check_ranges(const auth0db_hash_params *q, auth0db_error *err)
{
    const char *bad = NULL;
    if (q->hasher == AUTH0DB_HASHER_BCRYPT || q->hasher == AUTH0DB_HASHER_BCRYPT_SHA256) {
        if (q->cost < 4 || q->cost > 31)
            bad = "cost";
        else if (q->variant != 'a' && q->variant != 'b' && q->variant != 'y')
            bad = "variant";
    } else if (q->hasher == AUTH0DB_HASHER_SCRYPT) {
        if (q->n < 2 || (q->n & (q->n - 1)) != 0 || q->n > UINT32_MAX)
            bad = "n";
        else if ((uint64_t)q->r * q->p >= 1u << 30)
            bad = "r";
    } else if (q->hasher == AUTH0DB_HASHER_ARGON2) {
        if ((unsigned)q->argon2_type > AUTH0DB_ARGON2D)
            bad = "type";
        else if (q->argon2_version != 0x10 && q->argon2_version != 0x13)
            bad = "version";
        else if (q->m_kib / 8 < q->p)
            bad = "m";
        else if (q->hash_len < 4)
            bad = "hash length";
    }
    return bad == NULL ? AUTH0DB_OK
                       : a0_error_set(err, AUTH0DB_ERR_OPTION, bad, "is outside its range");
}

/* n characters of [A-Za-z0-9], each as likely as any other. */
static int random_text(char *out, size_t n)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    enum { LETTERS = sizeof letters - 1, FAIR = 256 / LETTERS * LETTERS };
    uint8_t pool[64];
    int rc = AUTH0DB_OK;
    for (size_t done = 0; done < n && rc == AUTH0DB_OK;) {
        rc = a0_random(&a0_env_system, pool, sizeof pool);
        for (size_t i = 0; i < sizeof pool && done < n && rc == AUTH0DB_OK; i++) {
            if (pool[i] < FAIR)
                out[done++] = letters[pool[i] % LETTERS];
        }
    }
    a0_wipe(pool, sizeof pool);
    return rc;
}

static bool takes_text_salt(auth0db_hasher hasher)
{
    return hasher == AUTH0DB_HASHER_PBKDF2_SHA256 || hasher == AUTH0DB_HASHER_PBKDF2_SHA1 ||
           hasher == AUTH0DB_HASHER_ARGON2 || hasher == AUTH0DB_HASHER_SCRYPT ||
           hasher == AUTH0DB_HASHER_SHA1 || hasher == AUTH0DB_HASHER_MD5;
}

static int check_salt(const a0_hash *hash, const char *salt, size_t len, auth0db_error *err)
{
    const size_t least = hash->params.hasher == AUTH0DB_HASHER_ARGON2 ? 8 : 1;
    if (!takes_text_salt(hash->params.hasher))
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "salt",
                            "this hasher makes its own salt, or has none");
    if (len < least || len > SALT_MAX)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "salt", "must have %zu to %d bytes", least,
                            SALT_MAX);
    if (memchr(salt, '$', len) != NULL || !a0_utf8_valid(salt, len))
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "salt", "must be UTF-8 without '$'");
    return AUTH0DB_OK;
}

/* Everything that make() puts together; the hash's slices point into it. */
typedef struct making {
    char salt[SALT_MAX];
    char stored_salt[A0_B64_LEN(SALT_MAX) + 1];
    char digest[A0_DIGEST_TEXT_MAX];
} making;

/* Salt for hashers whose salt is text. */
static int text_salt(a0_hash *hash, making *parts, auth0db_error *err)
{
    const char *salt = hash->params.salt;
    size_t len = hash->params.salt_len;
    if (salt == NULL) {
        if (len == 0)
            len = DJANGO_SALT;
        salt = parts->salt;
        if (len > SALT_MAX)
            return a0_error_set(err, AUTH0DB_ERR_OPTION, "salt length", "must be at most %d",
                                SALT_MAX);
        int rc = random_text(parts->salt, len);
        if (rc != AUTH0DB_OK)
            return a0_error_set(err, AUTH0DB_ERR_CRYPTO, "salt", "no randomness from the system");
    }
    int rc = check_salt(hash, salt, len, err);
    if (rc != AUTH0DB_OK)
        return rc;
    hash->salt = (a0_slice){salt, len};
    if (hash->params.hasher == AUTH0DB_HASHER_ARGON2) {
        len = a0_base64_encode(A0_B64_NOPAD, salt, len, parts->stored_salt);
        hash->salt = (a0_slice){parts->stored_salt, len};
    }
    return AUTH0DB_OK;
}

static int choose_salt(a0_hash *hash, making *parts, auth0db_error *err)
{
    const auth0db_hasher hasher = hash->params.hasher;
    uint8_t random[16] = {0};
    int rc = AUTH0DB_OK;
    hash->salt = (a0_slice){"", 0};
    if (takes_text_salt(hasher))
        return text_salt(hash, parts, err);
    if (hash->params.salt != NULL)
        return check_salt(hash, hash->params.salt, hash->params.salt_len, err);
    if (hasher == AUTH0DB_HASHER_BCRYPT || hasher == AUTH0DB_HASHER_BCRYPT_SHA256) {
        char setting[30];
        rc = a0_random(&a0_env_system, random, sizeof random);
        a0_bcrypt_setting((int)hash->params.cost, random, setting);
        memcpy(parts->salt, setting + 7, 22);
        hash->salt = (a0_slice){parts->salt, 22};
    } else if (hasher == AUTH0DB_HASHER_CRYPT) { /* field empty, salt inside crypt(3)'s text */
        rc = random_text(parts->salt, 2);
        hash->digest = (a0_slice){parts->salt, 2};
    } else if (hasher == AUTH0DB_HASHER_UNUSABLE) {
        rc = random_text(parts->digest, UNUSABLE_SUFFIX);
        hash->digest = (a0_slice){parts->digest, UNUSABLE_SUFFIX};
    }
    return rc == AUTH0DB_OK
               ? rc
               : a0_error_set(err, AUTH0DB_ERR_CRYPTO, "salt", "no randomness from the system");
}

static int finish(const a0_hash *hash, char *out, size_t size, auth0db_error *err)
{
    size_t len = size > 0 ? a0_hash_format(hash, out, size - 1) : 0;
    if (len == 0)
        return a0_error_set(err, AUTH0DB_ERR_TOO_LARGE, "out", "the encoded password does not fit");
    out[len] = '\0';
    return AUTH0DB_OK;
}

int auth0db_hash_make(const auth0db_hash_params *params, const char *password, size_t password_len,
                      char *out, size_t size, auth0db_error *err)
{
    a0_hash hash = {.params = *params, .versionless = false};
    making parts;
    if (hash.params.hasher == AUTH0DB_HASHER_UNKNOWN)
        hash.params.hasher = AUTH0DB_HASHER_PBKDF2_SHA256;
    if (hash.params.hasher == AUTH0DB_HASHER_EMPTY || hash.params.hasher >= AUTH0DB_HASHER_COUNT)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "hasher", "makes no hashes");
    fill_defaults(&hash.params);
    hash.versionless =
        hash.params.argon2_version == 0x10; /* as the libraries of the time wrote it */
    int rc = check_ranges(&hash.params, err);
    if (rc == AUTH0DB_OK)
        rc = choose_salt(&hash, &parts, err);
    if (rc == AUTH0DB_OK && a0_hash_bound(&hash, err) != AUTH0DB_OK) {
        rc = AUTH0DB_ERR_OPTION; /* the caller's parameter, not a row's */
        if (err != NULL)
            err->code = AUTH0DB_ERR_OPTION;
    }
    if (rc == AUTH0DB_OK && hash.params.hasher != AUTH0DB_HASHER_UNUSABLE) {
        size_t len;
        rc = a0_hash_compute(&hash, (a0_slice){password, password_len}, parts.digest, &len, err);
        hash.digest = (a0_slice){parts.digest, len};
    }
    if (rc == AUTH0DB_OK)
        rc = finish(&hash, out, size, err);
    a0_wipe(&parts, sizeof parts);
    return rc;
}
