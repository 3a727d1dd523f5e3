/* Django's stored form to Auth0's custom_password_hash. Always that, never password_hash, even for
 * bcrypt of ten rounds: Auth0 lets a custom hash be imported again until its first login, a
 * password_hash never. */
#include <string.h>

#include "base/encode.h"
#include "django/hasher.h"

static const struct {
    const char *code, *message;
} conversions[AUTH0DB_CONVERSION_COUNT] = {
    [AUTH0DB_CONVERTED] = {"ok", "converted"},
    [AUTH0DB_CONVERTED_UNCONFIRMED] = {"ok-unconfirmed",
                                       "converted, but Auth0 does not promise to take argon2i: "
                                       "try one user before all"},
    [AUTH0DB_CONVERT_MALFORMED] = {"malformed",
                                   "not a hash that its own Django hasher could ever match"},
    [AUTH0DB_CONVERT_OVER_LONG] = {"over-long", "longer than 8 KiB, which no Django hasher makes"},
    [AUTH0DB_CONVERT_EMPTY] = {"empty", "the stored password is empty and matches nothing"},
    [AUTH0DB_CONVERT_UNUSABLE] = {"unusable", "the user has no usable password"},
    [AUTH0DB_CONVERT_UNKNOWN_ALGORITHM] = {"unknown-algorithm",
                                           "no hasher that Django ships has this name"},
    [AUTH0DB_CONVERT_BCRYPT_SHA256] = {"bcrypt_sha256",
                                       "Auth0 cannot hash a password with SHA-256 before bcrypt"},
    [AUTH0DB_CONVERT_CRYPT] = {"crypt", "Auth0 takes no crypt(3) hashes"},
    [AUTH0DB_CONVERT_ARGON2D] = {"argon2d", "the library that Auth0 names does not verify argon2d"},
    [AUTH0DB_CONVERT_ARGON2_V10] = {"argon2-v1.0",
                                    "the library that Auth0 names verifies argon2 version 19 only"},
    [AUTH0DB_CONVERT_ARGON2_SHORT_HASH] = {"argon2-short-hash",
                                           "the library that Auth0 names wants argon2 hashes "
                                           "of 16 bytes or more"},
    [AUTH0DB_CONVERT_SCRYPT_MEMORY] = {"scrypt-memory",
                                       "needs more than the 32 MiB that scrypt gets in Node"},
    [AUTH0DB_CONVERT_NO_ROOM] = {"no-room", "the caller's buffer is too small"},
};

const char *auth0db_conversion_code(auth0db_conversion conversion)
{
    return (unsigned)conversion < AUTH0DB_CONVERSION_COUNT ? conversions[conversion].code
                                                           : "unknown";
}

const char *auth0db_conversion_message(auth0db_conversion conversion)
{
    return (unsigned)conversion < AUTH0DB_CONVERSION_COUNT ? conversions[conversion].message
                                                           : "unknown";
}

/* --- JSON text, without a tree to allocate: the caller's buffer has AUTH0DB_CONVERTED_MAX bytes,
 * so nothing here checks again. Fuzzing does, with buffers of exactly that size. --- */

static inline char *put_slice(char *p, a0_slice s)
{
    memcpy(p, s.data, s.len);
    return p + s.len;
}

static inline char *put(char *p, const char *text)
{
    return put_slice(p, (a0_slice){text, strlen(text)});
}

static char *put_number(char *p, uint64_t value)
{
    char digits[20];
    size_t n = 0;
    do
        digits[n++] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    while (n > 0)
        *p++ = digits[--n];
    return p;
}

/* Text that the parser found to be UTF-8, inside quotes. */
static char *put_escaped(char *p, a0_slice s)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = ((const unsigned char *)s.data)[i];
        if (c < 0x20) {
            p = put(p, "\\u00");
            *p++ = hex[c >> 4];
            *p++ = hex[c & 15];
            continue;
        }
        if (c == '"' || c == '\\')
            *p++ = '\\';
        *p++ = (char)c;
    }
    return p;
}

/* Base64 without its padding, as PHC strings have it. */
static a0_slice unpadded(a0_slice b64)
{
    const char *text = b64.data;
    while (b64.len > 0 && text[b64.len - 1] == '=')
        b64.len--;
    return b64;
}

static char *convert_pbkdf2(const a0_hash *hash, char *p)
{
    const bool sha256 = hash->params.hasher == AUTH0DB_HASHER_PBKDF2_SHA256;
    p = put(p, "{\"algorithm\":\"pbkdf2\",\"hash\":{\"value\":\"");
    p = put(p, sha256 ? "$pbkdf2-sha256$i=" : "$pbkdf2-sha1$i=");
    p = put_number(p, hash->params.iterations);
    p = put(p, sha256 ? ",l=32$" : ",l=20$"); /* left out, Auth0 assumes 64 */
    p += a0_base64_encode(A0_B64_NOPAD, hash->salt.data, hash->salt.len, p);
    *p++ = '$';
    p = put_slice(p, unpadded(hash->digest));
    return put(p, "\",\"encoding\":\"utf8\"}}");
}

/* Formats whose stored form, from its nth byte on, is what Auth0 takes. */
static char *convert_tail(const char *algorithm, const char *tail, size_t len, char *p)
{
    p = put(p, "{\"algorithm\":\"");
    p = put(p, algorithm);
    p = put(p, "\",\"hash\":{\"value\":\"");
    p = put_slice(p, (a0_slice){tail, len});
    return put(p, "\",\"encoding\":\"utf8\"}}");
}

/* What Auth0 supposes where it is left out (facts/auth0.md 5.3): in a file of users, bytes saved.
 */
enum { SCRYPT_COST = 16384, SCRYPT_BLOCK_SIZE = 8, SCRYPT_PARALLELIZATION = 1 };

static char *put_cost(char *p, const char *name, uint64_t value, uint64_t supposed, bool brief)
{
    if (brief && value == supposed)
        return p;
    return put_number(put(p, name), value);
}

static char *convert_scrypt(const a0_hash *hash, bool brief, char *p)
{
    p = put(p, "{\"algorithm\":\"scrypt\",\"hash\":{\"value\":\"");
    p = put_slice(p, hash->digest);
    p = put(p, "\",\"encoding\":\"base64\"},\"salt\":{\"value\":\"");
    p = put_escaped(p, hash->salt);
    p = put(p, brief ? "\"},\"keylen\":64" : "\",\"encoding\":\"utf8\"},\"keylen\":64");
    p = put_cost(p, ",\"cost\":", hash->params.n, SCRYPT_COST, brief);
    p = put_cost(p, ",\"blockSize\":", hash->params.r, SCRYPT_BLOCK_SIZE, brief);
    p = put_cost(p, ",\"parallelization\":", hash->params.p, SCRYPT_PARALLELIZATION, brief);
    return put(p, "}");
}

static char *convert_plain(const char *algorithm, const a0_hash *hash, bool brief, char *p)
{
    p = put(p, "{\"algorithm\":\"");
    p = put(p, algorithm);
    p = put(p, "\",\"hash\":{\"value\":\"");
    p = put_slice(p, hash->digest);
    p = put(p, "\",\"encoding\":\"hex\"}");
    if (hash->salt.len > 0) {
        p = put(p, ",\"salt\":{\"value\":\"");
        p = put_escaped(p, hash->salt);
        p = put(p, brief ? "\"}" : "\",\"encoding\":\"utf8\",\"position\":\"prefix\"}");
    }
    return put(p, "}");
}

/* OpenSSL's count of what scrypt needs, against the default limit of Node's crypto and of Python's
 * hashlib. */
static bool fits_scrypt_limit(const auth0db_hash_params *q)
{
    const uint64_t limit = UINT64_C(32) * 1024 * 1024;
    return q->n < limit && q->r < limit && q->p < limit && /* so that no product below wraps */
           128ull * q->r * q->p + 128ull * q->r * (q->n + 2) <= limit;
}

auth0db_conversion a0_hash_convertible(const a0_hash *hash, int parsed)
{
    const auth0db_hash_params *q = &hash->params;
    if (parsed == AUTH0DB_ERR_TOO_LARGE)
        return AUTH0DB_CONVERT_OVER_LONG;
    if (q->hasher == AUTH0DB_HASHER_BCRYPT_SHA256)
        return AUTH0DB_CONVERT_BCRYPT_SHA256; /* whatever the rest looks like */
    if (q->hasher == AUTH0DB_HASHER_CRYPT)
        return AUTH0DB_CONVERT_CRYPT;
    if (parsed != AUTH0DB_OK)
        return AUTH0DB_CONVERT_MALFORMED;
    switch (q->hasher) {
    case AUTH0DB_HASHER_UNKNOWN:
        return AUTH0DB_CONVERT_UNKNOWN_ALGORITHM;
    case AUTH0DB_HASHER_EMPTY:
        return AUTH0DB_CONVERT_EMPTY;
    case AUTH0DB_HASHER_UNUSABLE:
        return AUTH0DB_CONVERT_UNUSABLE;
    case AUTH0DB_HASHER_ARGON2:
        if (q->argon2_type == AUTH0DB_ARGON2D)
            return AUTH0DB_CONVERT_ARGON2D;
        if (q->argon2_version != 0x13)
            return AUTH0DB_CONVERT_ARGON2_V10;
        if (q->hash_len < 16)
            return AUTH0DB_CONVERT_ARGON2_SHORT_HASH;
        return q->argon2_type == AUTH0DB_ARGON2ID ? AUTH0DB_CONVERTED
                                                  : AUTH0DB_CONVERTED_UNCONFIRMED;
    case AUTH0DB_HASHER_SCRYPT:
        return fits_scrypt_limit(q) ? AUTH0DB_CONVERTED : AUTH0DB_CONVERT_SCRYPT_MEMORY;
    default:
        return AUTH0DB_CONVERTED;
    }
}

char *a0_hash_write_json(const a0_hash *hash, a0_slice encoded, bool brief, char *p)
{
    const char *text = encoded.data;
    switch (hash->params.hasher) {
    case AUTH0DB_HASHER_PBKDF2_SHA256:
    case AUTH0DB_HASHER_PBKDF2_SHA1:
        return convert_pbkdf2(hash, p);
    case AUTH0DB_HASHER_ARGON2: /* "argon2" "$argon2id$v=..." */
        return convert_tail("argon2", text + 6, encoded.len - 6, p);
    case AUTH0DB_HASHER_BCRYPT: /* "bcrypt$" "$2b$..." */
        return convert_tail("bcrypt", text + 7, encoded.len - 7, p);
    case AUTH0DB_HASHER_SCRYPT:
        return convert_scrypt(hash, brief, p);
    case AUTH0DB_HASHER_SHA1:
    case AUTH0DB_HASHER_UNSALTED_SHA1:
        return convert_plain("sha1", hash, brief, p);
    default:
        return convert_plain("md5", hash, brief, p);
    }
}

auth0db_conversion auth0db_hash_convert(const char *encoded, size_t encoded_len, char *json,
                                        size_t size, size_t *json_len)
{
    a0_hash hash;
    *json_len = 0;
    auth0db_conversion how =
        a0_hash_convertible(&hash, a0_hash_parse(&hash, encoded, encoded_len, NULL));
    if (how != AUTH0DB_CONVERTED && how != AUTH0DB_CONVERTED_UNCONFIRMED)
        return how;
    if (size < AUTH0DB_CONVERTED_MAX(encoded_len))
        return AUTH0DB_CONVERT_NO_ROOM;
    a0_slice text = {encoded, encoded_len};
    *json_len = (size_t)(a0_hash_write_json(&hash, text, false, json) - json);
    return how;
}
