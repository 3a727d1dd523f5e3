/* Input: a stored password, a newline, a typed password. */
#include <string.h>

#include "django/hasher.h"
#include "fuzz.h"

/* Work that a fuzzer can do thousands of times a minute. */
static bool is_cheap(const a0_hash *hash)
{
    const auth0db_hash_params *q = &hash->params;
    const char *digest = hash->digest.data;
    switch (q->hasher) {
    case AUTH0DB_HASHER_CRYPT: /* fixed or default work only */
        return hash->digest.len > 7 && digest[1] != '2' && digest[1] != 'y' &&
               memcmp(digest + 3, "roun", 4) != 0;
    case AUTH0DB_HASHER_BCRYPT:
    case AUTH0DB_HASHER_BCRYPT_SHA256:
        return q->cost <= 4;
    default:
        return q->iterations <= 100 && (uint64_t)q->m_kib * q->t <= 1024 && q->t <= 8 &&
               q->p <= 4 && q->n * q->r * (q->p == 0 ? 1 : q->p) <= 1024;
    }
}

/* The hash that this password has under these parameters must verify, and its neighbour must not.
 */
static void check_made(a0_hash *hash, a0_slice password)
{
    static char made[A0_ENCODED_MAX];
    char digest[A0_DIGEST_TEXT_MAX];
    size_t len;
    auth0db_error err;
    if (a0_hash_compute(hash, password, digest, &len, &err) != AUTH0DB_OK)
        return;
    hash->digest = (a0_slice){digest, len};
    size_t n = a0_hash_format(hash, made, sizeof made);
    if (n == 0)
        return; /* a crypt(3) hash longer than its setting may pass the limit */
    CLAIM(auth0db_hash_verify(made, n, password.data, password.len, &err) == AUTH0DB_MATCH);
    made[n - 5] = made[n - 5] == 'a' ? 'b' : 'a';
    CLAIM(auth0db_hash_verify(made, n, password.data, password.len, &err) != AUTH0DB_MATCH);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = size > 0 ? memchr(data, '\n', size) : NULL;
    const size_t len = newline != NULL ? (size_t)(newline - data) : size;
    const a0_slice password = {newline != NULL ? newline + 1 : data + size,
                               newline != NULL ? size - len - 1 : 0};
    a0_hash hash;
    auth0db_error err = {.code = AUTH0DB_OK};
    int parsed = a0_hash_parse(&hash, (const char *)data, len, NULL);
    bool bounded = parsed == AUTH0DB_OK && a0_hash_bound(&hash, NULL) == AUTH0DB_OK;
    if (bounded && !is_cheap(&hash))
        return 0;
    auth0db_verdict verdict =
        auth0db_hash_verify((const char *)data, len, password.data, password.len, &err);
    CLAIM((verdict == AUTH0DB_NO_VERDICT) == (err.code != AUTH0DB_OK));
    CLAIM(bounded || verdict == AUTH0DB_NO_VERDICT);
    if (bounded && hash.digest.len > 0)
        check_made(&hash, password);
    return 0;
}
