/* custom_password_hash, held to the schema as facts/auth0.md 5.3 documents it. What could never fit
 * a password is refused here, so that an importer learns of it from the job and not from its users.
 * hash_format.c reads the formats that are one text; nothing here computes. */
#include "sandbox/hash/hash_object.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"

#define ROOT "custom_password_hash"

enum { ENC_UTF8 = 1, ENC_HEX = 2, ENC_BASE64 = 4, ENC_BYTES = ENC_HEX | ENC_BASE64 };

/* The algorithms, and how each value is spelt, are documented (facts/auth0.md 5.3). */
static const struct algorithm {
    const char *name;
    sb_hash_kind kind;
    unsigned encodings;                                         /* of hash.value */
    int (*read_text)(sb_hash *, const char *, sb_hash_fault *); /* where hash.value is a format */
    bool own_salt; /* inside hash.value: no salt member */
} algorithms[] = {
    {"argon2", SB_HASH_ARGON2, ENC_UTF8, sb_hash_read_argon2, true},
    {"bcrypt", SB_HASH_BCRYPT, ENC_UTF8, sb_hash_read_bcrypt, false},
    {"hmac", SB_HASH_HMAC, ENC_BYTES, NULL, false},
    {"ldap", SB_HASH_DIGEST, ENC_UTF8, sb_hash_read_ldap, true},
    {"md4", SB_HASH_DIGEST, ENC_BYTES, NULL, false},
    {"md5", SB_HASH_DIGEST, ENC_BYTES, NULL, false},
    {"sha1", SB_HASH_DIGEST, ENC_BYTES, NULL, false},
    {"sha256", SB_HASH_DIGEST, ENC_BYTES, NULL, false},
    {"sha512", SB_HASH_DIGEST, ENC_BYTES, NULL, false},
    {"pbkdf2", SB_HASH_PBKDF2, ENC_UTF8, sb_hash_read_pbkdf2, true},
    {"scrypt", SB_HASH_SCRYPT, ENC_BYTES, NULL, false},
};

int sb_hash_fail(sb_hash_fault *fault, int rc, const char *code, const char *path,
                 const char *format, ...)
{
    fault->code = code;
    snprintf(fault->path, sizeof fault->path, "%s", path);
    va_list args;
    va_start(args, format);
    vsnprintf(fault->message, sizeof fault->message, format, args);
    va_end(args);
    return rc;
}

static int no_memory(sb_hash_fault *fault)
{
    return sb_hash_fail(fault, AUTH0DB_ERR_NO_MEMORY, "NOT_PASSED", ROOT, "out of memory");
}

static int wrong_type(sb_hash_fault *fault, const char *path, const char *want, const json_t *got)
{
    return sb_hash_fail(fault, AUTH0DB_ERR_MALFORMED,
                        got == NULL ? "OBJECT_REQUIRED" : "INVALID_TYPE", path,
                        "expected %s, got %s", want, a0_json_type_name(got));
}

static int want_object(const json_t *value, const char *path, sb_hash_fault *fault)
{
    return json_is_object(value) ? AUTH0DB_OK : wrong_type(fault, path, "an object", value);
}

/* The index of object[key] among words. Absent: `fallback`, or refused where that is negative. The
 * lengths are compared too: a word with a NUL in it is another one. */
static int read_word(const json_t *object, const char *key, const char *const *words, int fallback,
                     const char *path, int *index, sb_hash_fault *fault)
{
    const json_t *value = json_object_get(object, key);
    *index = fallback >= 0 ? fallback : 0;
    if (value == NULL && fallback >= 0)
        return AUTH0DB_OK;
    if (!json_is_string(value))
        return wrong_type(fault, path, "a string", value);
    for (int i = 0; words[i] != NULL; i++)
        if (strlen(words[i]) == json_string_length(value) &&
            strcmp(words[i], json_string_value(value)) == 0) {
            *index = i;
            return AUTH0DB_OK;
        }
    return sb_hash_fail(fault, AUTH0DB_ERR_UNSUPPORTED, "ENUM_MISMATCH", path,
                        "not one of the documented values");
}

/* fallback 0: the member is required. */
static int read_encoding(const json_t *object, unsigned fallback, const char *path,
                         unsigned *encoding, sb_hash_fault *fault)
{
    static const char *const names[] = {"utf8", "hex", "base64", NULL};
    static const unsigned bits[] = {ENC_UTF8, ENC_HEX, ENC_BASE64};
    int index, missing = fallback == 0 ? -1 : fallback == ENC_HEX ? 1 : 0;
    int rc = read_word(object, "encoding", names, missing, path, &index, fault);
    if (rc == AUTH0DB_OK)
        *encoding = bits[index];
    return rc;
}

/* Upper and lower case (documented: facts/auth0.md 5.3). */
static int append_hex(a0_buf *out, const char *text, size_t len)
{
    int rc = a0_buf_reserve(out, len / 2 + 1);
    if (rc != AUTH0DB_OK)
        return rc;
    long n = a0_hex_decode(text, len, out->data + out->len, len / 2 + 1);
    if (n < 0)
        return AUTH0DB_ERR_MALFORMED;
    out->len += (size_t)n;
    out->data[out->len] = '\0';
    return AUTH0DB_OK;
}

/* Bytes of a {value, encoding} object. A salt may hold any character, NUL too. That an empty salt
 * is refused is a guess (facts/auth0.md 9.27). */
static int read_bytes(const json_t *object, unsigned encoding, const char *path, a0_buf *out,
                      sb_hash_fault *fault)
{
    const json_t *value = json_object_get(object, "value");
    if (!json_is_string(value))
        return wrong_type(fault, path, "a string", value);
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);
    if (len == 0)
        return sb_hash_fail(fault, AUTH0DB_ERR_MALFORMED, "MIN_LENGTH", path, "empty");
    int rc = encoding == ENC_HEX      ? append_hex(out, text, len)
             : encoding == ENC_BASE64 ? sb_hash_base64(out, text, len)
                                      : a0_buf_append(out, text, len);
    if (rc == AUTH0DB_ERR_MALFORMED)
        return sb_hash_fail(fault, rc, "PATTERN", path, "not valid %s",
                            encoding == ENC_HEX ? "hex" : "base64");
    return rc == AUTH0DB_OK ? rc : no_memory(fault);
}

/* Where the salt is a part of the hash, a second one is refused (documented: facts/auth0.md 5.3).
 */
static int read_salt(const json_t *object, const struct algorithm *algorithm, sb_hash *out,
                     sb_hash_fault *fault)
{
    static const char *const positions[] = {"prefix", "suffix", NULL};
    const json_t *salt = json_object_get(object, "salt");
    unsigned encoding = ENC_UTF8;
    int position = 0;
    if (salt == NULL)
        return AUTH0DB_OK;
    if (algorithm->own_salt)
        return sb_hash_fail(fault, AUTH0DB_ERR_MALFORMED, "NOT_PASSED", ROOT ".salt",
                            "not allowed with %s: the salt is part of the hash", algorithm->name);
    int rc = want_object(salt, ROOT ".salt", fault);
    if (rc == AUTH0DB_OK)
        rc = read_encoding(salt, ENC_UTF8, ROOT ".salt.encoding", &encoding, fault);
    if (rc == AUTH0DB_OK)
        rc = read_word(salt, "position", positions, 0, ROOT ".salt.position", &position, fault);
    if (rc == AUTH0DB_OK)
        rc = read_bytes(salt, encoding, ROOT ".salt.value", &out->salt, fault);
    out->salt_last = position == 1;
    return rc;
}

/* Node's names: ucs2 is another one for utf16le, binary for latin1. */
static int read_password_encoding(const json_t *object, sb_hash *out, sb_hash_fault *fault)
{
    static const char *const names[] = {"utf8",   "utf16le", "ucs2", "ascii",
                                        "latin1", "binary",  NULL};
    static const sb_hash_text texts[] = {SB_TEXT_UTF8,      SB_TEXT_UTF16LE,   SB_TEXT_UTF16LE,
                                         SB_TEXT_LOW_BYTES, SB_TEXT_LOW_BYTES, SB_TEXT_LOW_BYTES};
    const json_t *password = json_object_get(object, "password");
    int index = 0;
    if (password == NULL)
        return AUTH0DB_OK;
    int rc = want_object(password, ROOT ".password", fault);
    if (rc == AUTH0DB_OK)
        rc = read_word(password, "encoding", names, 0, ROOT ".password.encoding", &index, fault);
    out->text = texts[index];
    return rc;
}

/* Digest and key must be there (documented: facts/auth0.md 5.3). */
static int read_hmac(const json_t *hash, sb_hash *out, sb_hash_fault *fault)
{
    static const char *const digests[] = {"md4",    "md5",    "ripemd160", "sha1",      "sha224",
                                          "sha256", "sha384", "sha512",    "whirlpool", NULL};
    const json_t *key = json_object_get(hash, "key");
    unsigned encoding = ENC_UTF8;
    int index;
    int rc = read_word(hash, "digest", digests, -1, ROOT ".hash.digest", &index, fault);
    if (rc != AUTH0DB_OK)
        return rc;
    out->digest = digests[index];
    rc = want_object(key, ROOT ".hash.key", fault);
    if (rc == AUTH0DB_OK)
        rc = read_encoding(key, ENC_UTF8, ROOT ".hash.key.encoding", &encoding, fault);
    if (rc == AUTH0DB_OK)
        rc = read_bytes(key, encoding, ROOT ".hash.key.value", &out->key, fault);
    return rc;
}

/* Without a fallback (0) the member must be there: 0 is no value of any of them. */
static int read_int(const json_t *object, const char *key, json_int_t fallback, uint32_t *out,
                    sb_hash_fault *fault)
{
    const json_t *value = json_object_get(object, key);
    char path[64];
    snprintf(path, sizeof path, ROOT ".%s", key);
    if (value != NULL && !json_is_integer(value))
        return wrong_type(fault, path, "an integer", value);
    json_int_t n = value != NULL ? json_integer_value(value) : fallback;
    if (n < 1)
        return sb_hash_fail(fault, AUTH0DB_ERR_MALFORMED,
                            value != NULL ? "MINIMUM" : "OBJECT_REQUIRED", path,
                            "must be at least 1");
    if (n > UINT32_MAX)
        return sb_hash_fail(fault, AUTH0DB_ERR_TOO_LARGE, "MAXIMUM", path, "too large");
    *out = (uint32_t)n;
    return AUTH0DB_OK;
}

/* The defaults are documented (facts/auth0.md 5.3). */
static int read_scrypt(const json_t *object, sb_hash *out, sb_hash_fault *fault)
{
    uint32_t keylen = 0, n = 0;
    int rc = read_int(object, "keylen", 0, &keylen, fault);
    if (rc == AUTH0DB_OK)
        rc = read_int(object, "cost", 16384, &n, fault);
    if (rc == AUTH0DB_OK)
        rc = read_int(object, "blockSize", 8, &out->scrypt_r, fault);
    if (rc == AUTH0DB_OK)
        rc = read_int(object, "parallelization", 1, &out->scrypt_p, fault);
    if (rc != AUTH0DB_OK)
        return rc;
    out->scrypt_n = n;
    if (n < 2 || (n & (n - 1)) != 0)
        return sb_hash_fail(fault, AUTH0DB_ERR_MALFORMED, "NOT_PASSED", ROOT ".cost",
                            "must be a power of two above 1");
    /* A length that is not the hash's fits no password. That Auth0 looks at it is a guess, as of
     * pbkdf2's (facts/auth0.md 9.26). */
    if (keylen != out->expected.len)
        return sb_hash_fail(fault, AUTH0DB_ERR_MALFORMED, "NOT_PASSED", ROOT ".keylen",
                            "is %u, but the hash has %zu bytes", (unsigned)keylen,
                            out->expected.len);
    /* Bounded before a login computes it, and by a division: the product of all three could
     * overflow. */
    uint64_t blocks = (uint64_t)n * out->scrypt_r;
    if (keylen > SB_DERIVED_MAX || blocks > SB_SCRYPT_BLOCKS_MAX ||
        out->scrypt_p > SB_SCRYPT_WORK_MAX / blocks)
        return sb_hash_fail(fault, AUTH0DB_ERR_TOO_LARGE, "NOT_PASSED", ROOT ".cost",
                            "more work than this sandbox does for one login");
    return AUTH0DB_OK;
}

static int read_binary(const json_t *object, const struct algorithm *algorithm, unsigned encoding,
                       sb_hash *out, sb_hash_fault *fault)
{
    const json_t *hash = json_object_get(object, "hash");
    int rc = read_bytes(hash, encoding, ROOT ".hash.value", &out->expected, fault);
    if (rc != AUTH0DB_OK)
        return rc;
    if (algorithm->kind == SB_HASH_SCRYPT)
        return read_scrypt(object, out, fault);
    if (algorithm->kind == SB_HASH_HMAC)
        rc = read_hmac(hash, out, fault);
    else
        out->digest = algorithm->name;
    /* Fits no password, and is told now. */
    if (rc == AUTH0DB_OK && out->expected.len != a0_digest_size(out->digest))
        return sb_hash_fail_value(fault, AUTH0DB_ERR_MALFORMED, "PATTERN",
                                  "%zu bytes are not a %s digest", out->expected.len, out->digest);
    return rc;
}

/* The schema allows no other member (documented: facts/auth0.md 5.3). */
static int check_members(const json_t *object, sb_hash_fault *fault)
{
    static const char *const members[] = {"algorithm", "hash", "salt",      "password",
                                          "keylen",    "cost", "blockSize", "parallelization"};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        bool known = false;
        for (size_t i = 0; i < A0_COUNT(members); i++)
            known = known || strcmp(key, members[i]) == 0;
        if (!known)
            return sb_hash_fail(fault, AUTH0DB_ERR_MALFORMED, "NOT_PASSED", ROOT,
                                "a property that the schema does not have");
    }
    return AUTH0DB_OK;
}

static int find_algorithm(const json_t *object, const struct algorithm **out, sb_hash_fault *fault)
{
    const char *names[A0_COUNT(algorithms) + 1] = {NULL};
    for (size_t i = 0; i < A0_COUNT(algorithms); i++)
        names[i] = algorithms[i].name;
    int index;
    int rc = read_word(object, "algorithm", names, -1, ROOT ".algorithm", &index, fault);
    if (rc == AUTH0DB_OK)
        *out = &algorithms[index];
    return rc;
}

/* The algorithm is read first: what else may be there depends on it. */
static int read_object(const json_t *object, sb_hash *out, sb_hash_fault *fault)
{
    const struct algorithm *algorithm = NULL;
    const json_t *hash = json_object_get(object, "hash");
    unsigned encoding = 0;
    int rc = check_members(object, fault);
    if (rc == AUTH0DB_OK)
        rc = find_algorithm(object, &algorithm, fault);
    if (rc == AUTH0DB_OK)
        rc = want_object(hash, ROOT ".hash", fault);
    if (rc != AUTH0DB_OK)
        return rc;
    /* A text is utf8 whether said or not; of bytes nobody can guess the encoding. */
    bool text = algorithm->read_text != NULL;
    rc = read_encoding(hash, text ? ENC_UTF8 : 0, ROOT ".hash.encoding", &encoding, fault);
    if (rc == AUTH0DB_OK && (encoding & algorithm->encodings) == 0)
        rc = sb_hash_fail(fault, AUTH0DB_ERR_MALFORMED, "NOT_PASSED", ROOT ".hash.encoding",
                          "%s takes %s", algorithm->name, text ? "utf8" : "hex or base64");
    if (rc == AUTH0DB_OK)
        rc = read_salt(object, algorithm, out, fault);
    if (rc == AUTH0DB_OK)
        rc = read_password_encoding(object, out, fault);
    if (rc != AUTH0DB_OK)
        return rc;
    out->kind = algorithm->kind;
    if (!text)
        return read_binary(object, algorithm, encoding, out, fault);
    const char *value = a0_json_text(hash, "value");
    return value != NULL
               ? algorithm->read_text(out, value, fault)
               : wrong_type(fault, ROOT ".hash.value", "a string", json_object_get(hash, "value"));
}

/* password_hash is bcrypt of 10 rounds and nothing else (documented: facts/auth0.md 5.2); any other
 * cost goes into custom_password_hash. */
static int read_plain_bcrypt(const json_t *json, sb_hash *out, sb_hash_fault *fault)
{
    const char *text = json_string_value(json);
    out->kind = SB_HASH_BCRYPT;
    int rc = json_string_length(json) == strlen(text) &&
                     (strncmp(text, "$2a$10$", 7) == 0 || strncmp(text, "$2b$10$", 7) == 0)
                 ? sb_hash_read_bcrypt(out, text, fault)
                 : AUTH0DB_ERR_MALFORMED;
    if (rc == AUTH0DB_ERR_MALFORMED)
        return sb_hash_fail(fault, rc, "PATTERN", "password_hash",
                            "not a bcrypt hash ($2a$ or $2b$) of 10 rounds");
    return rc;
}

int sb_hash_read(const json_t *json, sb_hash *out, sb_hash_fault *fault)
{
    *out = (sb_hash){0};
    int rc;
    if (json_is_string(json))
        rc = read_plain_bcrypt(json, out, fault);
    else if (json_is_object(json))
        rc = read_object(json, out, fault);
    else
        rc = wrong_type(fault, ROOT, "an object", json);
    if (rc != AUTH0DB_OK)
        sb_hash_clear(out);
    return rc;
}

void sb_hash_clear(sb_hash *hash)
{
    a0_buf_clear(&hash->expected);
    a0_buf_clear(&hash->salt);
    a0_buf_clear(&hash->key);
}
