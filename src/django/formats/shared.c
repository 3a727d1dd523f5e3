/* What several formats do in the same way. a0_no_... and a0_never_... say that a format does not do
 * something: a member that was forgotten would look the same as one that is not needed. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "django/formats/format.h"

enum { DJANGO_SALT = 22 }; /* characters: 128 bits of 62 letters, since 3.2 */

bool a0_by_name(const char *name, a0_hash *hash, a0_slice all, a0_slice *rest)
{
    const size_t n = strlen(name);
    /* The name must end at a '$' or with the text: "pbkdf2_sha1" is the beginning of other names.
     */
    if (all.len < n || memcmp(all.data, name, n) != 0 || (all.len > n && a0_chars(all)[n] != '$'))
        return false;
    hash->bare = all.len == n;
    hash->name = a0_part(all.data, n);
    *rest = hash->bare ? a0_part(a0_chars(all) + n, 0)
                       : a0_part(a0_chars(all) + n + 1, all.len - n - 1);
    return true;
}

bool a0_by_no_name(const char *name, a0_hash *hash, a0_slice all, a0_slice *rest)
{
    return false;
}

void a0_head_name(const a0_hash *hash, char head[static A0_HEAD_MAX])
{
    snprintf(head, A0_HEAD_MAX, "%s$", auth0db_hasher_name(hash->params.hasher));
}

void a0_middle_dollar(const a0_hash *hash, char middle[static A0_MIDDLE_MAX])
{
    snprintf(middle, A0_MIDDLE_MAX, "%s", hash->bare ? "" : "$");
}

void a0_middle_none(const a0_hash *hash, char middle[static A0_MIDDLE_MAX])
{
    middle[0] = '\0';
}

int a0_no_bound(const a0_hash *hash, auth0db_error *err)
{
    return AUTH0DB_OK;
}

auth0db_conversion a0_always_convertible(const a0_hash *hash, bool sound)
{
    return sound ? AUTH0DB_CONVERTED : AUTH0DB_CONVERT_MALFORMED;
}

char *a0_never_written(const a0_hash *hash, a0_slice encoded, bool brief, char *p)
{
    return p;
}

void a0_no_defaults(auth0db_hash_params *params)
{
}

const char *a0_no_range(const auth0db_hash_params *params)
{
    return NULL;
}

int a0_too_costly(auth0db_error *err, const char *parameter, uint64_t value, uint64_t max)
{
    return a0_error_set(err, AUTH0DB_ERR_TOO_LARGE, parameter,
                        "%" PRIu64 " is past the bound on one password's work, %" PRIu64, value,
                        max);
}

void a0_or_default(uint32_t *value, uint32_t fallback)
{
    if (*value == 0)
        *value = fallback;
}

/* n characters of [A-Za-z0-9], each as likely as any other: bytes above the last whole multiple of
 * 62 are thrown away, since a remainder would favour the first letters. */
int a0_random_text(char *out, size_t n)
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

static int check_salt(const char *salt, size_t len, size_t least, auth0db_error *err)
{
    if (len < least || len > A0_SALT_MAX)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "salt", "must have %zu to %d bytes", least,
                            A0_SALT_MAX);
    /* A '$' would end the salt where the row is read again. */
    if (memchr(salt, '$', len) != NULL || !a0_utf8_valid(salt, len))
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "salt", "must be UTF-8 without '$'");
    return AUTH0DB_OK;
}

/* Salt for hashers whose salt is text. */
int a0_salt_text(a0_hash *hash, a0_making *parts, size_t least, auth0db_error *err)
{
    const char *salt = hash->params.salt;
    size_t len = hash->params.salt_len;
    if (salt == NULL) {
        if (len == 0)
            len = DJANGO_SALT;
        salt = parts->salt;
        /* The bound comes before the salt is made, which is written into a place of that size. */
        if (len > A0_SALT_MAX)
            return a0_error_set(err, AUTH0DB_ERR_OPTION, "salt length", "must be at most %d",
                                A0_SALT_MAX);
        int rc = a0_random_text(parts->salt, len);
        if (rc != AUTH0DB_OK)
            return a0_error_set(err, AUTH0DB_ERR_CRYPTO, "salt", "no randomness from the system");
    }
    int rc = check_salt(salt, len, least, err);
    if (rc != AUTH0DB_OK)
        return rc;
    hash->salt = (a0_slice){salt, len};
    return AUTH0DB_OK;
}

int a0_text_salt(a0_hash *hash, a0_making *parts, auth0db_error *err)
{
    return a0_salt_text(hash, parts, 1, err);
}

int a0_no_salt(a0_hash *hash, a0_making *parts, auth0db_error *err)
{
    return hash->params.salt == NULL ? AUTH0DB_OK
                                     : a0_error_set(err, AUTH0DB_ERR_OPTION, "salt",
                                                    "this hasher makes its own salt, or has none");
}
