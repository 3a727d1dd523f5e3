/* Why this exists: PKCS5_PBKDF2_HMAC spends most of its time around the compression function
 * (contexts copied, providers dispatched), not in it. Past the first iteration every HMAC is two
 * compressions of one known-size block over two fixed states, so we keep those states and call the
 * library's compression function directly. It remains the library's: SHA extensions, AVX2 or plain
 * C, as libcrypto finds on this machine. */
#include "crypto/pbkdf2_fast.h"

/* OpenSSL 3 deprecates SHA256_Transform and friends for want of a provider behind them; it has no
 * other door to the bare compression function. They are in every libcrypto up to and including 3.x.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <string.h>

#include "base/secret.h"

enum { BLOCK = 64, BLOCK_WORDS = 16, MAX_WORDS = 8 };

typedef union state {
    uint32_t h[MAX_WORDS]; /* both contexts begin with their chaining value */
    SHA256_CTX sha256;
    SHA_CTX sha1;
} state;

_Static_assert(sizeof(SHA_LONG) == 4, "chaining values are 32-bit words");
_Static_assert(offsetof(SHA256_CTX, h) == 0, "sha256's chaining value comes first");
_Static_assert(offsetof(SHA_CTX, h0) == 0 && offsetof(SHA_CTX, h4) == 16,
               "sha1's comes first, whole");

typedef struct shape {
    unsigned words; /* of the digest */
    int (*init)(state *s);
    int (*update)(state *s, const void *data, size_t len);
    int (*final)(state *s, unsigned char *digest);
    void (*transform)(state *s, const unsigned char *block);
} shape;

static int sha256_init(state *s)
{
    return SHA256_Init(&s->sha256);
}
static int sha256_update(state *s, const void *data, size_t len)
{
    return SHA256_Update(&s->sha256, data, len);
}
static int sha256_final(state *s, unsigned char *digest)
{
    return SHA256_Final(digest, &s->sha256);
}
static void sha256_transform(state *s, const unsigned char *block)
{
    SHA256_Transform(&s->sha256, block);
}

static int sha1_init(state *s)
{
    return SHA1_Init(&s->sha1);
}
static int sha1_update(state *s, const void *data, size_t len)
{
    return SHA1_Update(&s->sha1, data, len);
}
static int sha1_final(state *s, unsigned char *digest)
{
    return SHA1_Final(digest, &s->sha1);
}
static void sha1_transform(state *s, const unsigned char *block)
{
    SHA1_Transform(&s->sha1, block);
}

static const shape sha256 = {8, sha256_init, sha256_update, sha256_final, sha256_transform};
static const shape sha1 = {5, sha1_init, sha1_update, sha1_final, sha1_transform};

static inline uint32_t big_endian(uint32_t word)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return __builtin_bswap32(word);
#else
    return word;
#endif
}

/* States after one block of key ^ ipad and key ^ opad (RFC 2104). */
static int key_states(const shape *hash, a0_slice password, state *inner, state *outer)
{
    unsigned char key[BLOCK] = {0};
    int ok = 1;
    /* RFC 2104: a longer key is its digest. */
    if (password.len > BLOCK) {
        ok = hash->init(inner) && hash->update(inner, password.data, password.len) &&
             hash->final(inner, key);
    } else if (password.len > 0) {
        memcpy(key, password.data, password.len);
    }
    for (int i = 0; i < BLOCK; i++)
        key[i] ^= 0x36;
    ok = ok && hash->init(inner) && hash->update(inner, key, BLOCK);
    for (int i = 0; i < BLOCK; i++)
        key[i] ^= 0x36 ^ 0x5c;
    ok = ok && hash->init(outer) && hash->update(outer, key, BLOCK);
    a0_wipe(key, sizeof key);
    return ok;
}

/* U1 = HMAC(password, salt || index), through the ordinary interface: the salt has any length. */
static int first_round(const shape *hash, const state *inner, const state *outer, a0_slice salt,
                       uint32_t index, unsigned char *u)
{
    const uint32_t suffix = big_endian(index);
    state s = *inner;
    int ok = (salt.len == 0 || hash->update(&s, salt.data, salt.len)) &&
             hash->update(&s, &suffix, sizeof suffix) && hash->final(&s, u);
    s = *outer;
    ok = ok && hash->update(&s, u, hash->words * sizeof(uint32_t)) && hash->final(&s, u);
    a0_wipe(&s, sizeof s);
    return ok;
}

/* t ^= U2 ^ ... ^ Un. Inlined into a constant shape, so each digest has its own loop of direct
 * calls. */
static inline __attribute__((always_inline)) void later_rounds(const shape *hash,
                                                               const state *inner,
                                                               const state *outer, uint32_t rounds,
                                                               uint32_t t[static MAX_WORDS])
{
    const unsigned words = hash->words;
    uint32_t block[BLOCK_WORDS] = {0}; /* one digest, padded as the second block of its message */
    memcpy(block, t, words * sizeof *t);
    block[words] = big_endian(0x80000000);
    block[BLOCK_WORDS - 1] = big_endian((BLOCK + words * 4) * 8);
    for (unsigned i = 0; i < words; i++)
        t[i] = big_endian(t[i]);
    state s = *inner;
    while (rounds-- > 0) {
        memcpy(s.h, inner->h, words * sizeof *t);
        hash->transform(&s, (const unsigned char *)block);
        for (unsigned i = 0; i < words; i++)
            block[i] = big_endian(s.h[i]);
        memcpy(s.h, outer->h, words * sizeof *t);
        hash->transform(&s, (const unsigned char *)block);
        for (unsigned i = 0; i < words; i++) {
            t[i] ^= s.h[i];
            block[i] = big_endian(s.h[i]);
        }
    }
    for (unsigned i = 0; i < words; i++)
        t[i] = big_endian(t[i]);
    a0_wipe(&s, sizeof s);
    a0_wipe(block, sizeof block);
}

static inline __attribute__((always_inline)) int pbkdf2(const shape *hash, a0_slice password,
                                                        a0_slice salt, uint32_t iterations,
                                                        uint8_t *out, size_t out_len,
                                                        auth0db_error *err)
{
    const size_t size = hash->words * sizeof(uint32_t);
    state inner, outer;
    uint32_t t[MAX_WORDS] = {0};
    int ok = key_states(hash, password, &inner, &outer);
    for (uint32_t index = 1; ok && out_len > 0; index++) {
        ok = first_round(hash, &inner, &outer, salt, index, (unsigned char *)t);
        if (ok)
            later_rounds(hash, &inner, &outer, iterations - 1, t);
        size_t n = out_len < size ? out_len : size;
        memcpy(out, t, n);
        out += n;
        out_len -= n;
    }
    a0_wipe(&inner, sizeof inner);
    a0_wipe(&outer, sizeof outer);
    a0_wipe(t, sizeof t);
    return ok ? AUTH0DB_OK : a0_error_set(err, AUTH0DB_ERR_CRYPTO, "pbkdf2", "the digest failed");
}

int a0_pbkdf2_sha256(a0_slice password, a0_slice salt, uint32_t iterations, uint8_t *out,
                     size_t out_len, auth0db_error *err)
{
    return pbkdf2(&sha256, password, salt, iterations, out, out_len, err);
}

int a0_pbkdf2_sha1(a0_slice password, a0_slice salt, uint32_t iterations, uint8_t *out,
                   size_t out_len, auth0db_error *err)
{
    return pbkdf2(&sha1, password, salt, iterations, out, out_len, err);
}
