/* Django verifies by hashing again and comparing the stored text; so do we, digest field against
 * digest field. Making a hash is the same computation under a fresh salt. */
#include "base/encode.h"
#include "base/secret.h"
#include "django/formats/format.h"

/* Each format has a bound: ten times the work of Django 6.0's defaults at least; docs/hashes.md has
 * the arithmetic. One hostile row must not buy a minute of CPU or the machine's memory. */
int a0_hash_bound(const a0_hash *hash, auth0db_error *err)
{
    return a0_format_of(hash->params.hasher)->bound(hash, err);
}

int a0_hash_compute(const a0_hash *hash, a0_slice password, char out[static A0_DIGEST_TEXT_MAX],
                    size_t *len, auth0db_error *err)
{
    _Static_assert(A0_DIGEST_TEXT_MAX > A0_B64_LEN(A0_ARGON2_HASH_MAX),
                   "the longest digest field fits");
    *len = 0;
    return a0_format_of(hash->params.hasher)->compute(hash, password, out, len, err);
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
    /* No password at all, so each is the wrong one: a clear no, and no doubt about the row. */
    if (hash.params.hasher == AUTH0DB_HASHER_EMPTY || hash.params.hasher == AUTH0DB_HASHER_UNUSABLE)
        return AUTH0DB_MISMATCH;
    /* The bound is asked first, so that it refuses before any work is done. */
    if (a0_hash_bound(&hash, err) != AUTH0DB_OK ||
        a0_hash_compute(&hash, (a0_slice){password, password_len}, digest, &len, err) != AUTH0DB_OK)
        return AUTH0DB_NO_VERDICT;
    bool equal = len == hash.digest.len && a0_secret_equal(digest, hash.digest.data, len);
    a0_wipe(digest, sizeof digest);
    return equal ? AUTH0DB_MATCH : AUTH0DB_MISMATCH;
}
