#include "django/hasher.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/utf8.h"

enum { BCRYPT_SALT = 22, BCRYPT_DIGEST = 31 };

/* --- slices --- */

static a0_slice slice(const char *text, size_t len)
{
    return (a0_slice){text, len};
}

static const char *chars(a0_slice s)
{
    return s.data;
}

static bool equals(a0_slice s, const char *text)
{
    return s.len == strlen(text) && memcmp(s.data, text, s.len) == 0;
}

static bool skip(a0_slice *rest, const char *text)
{
    size_t n = strlen(text);
    if (rest->len < n || memcmp(rest->data, text, n) != 0)
        return false;
    *rest = slice(chars(*rest) + n, rest->len - n);
    return true;
}

/* Cut the text up to `end` off rest, and `end` with it. */
static bool field(a0_slice *rest, char end, a0_slice *out)
{
    const char *at = rest->len > 0 ? memchr(rest->data, end, rest->len) : NULL;
    if (at == NULL)
        return false;
    size_t n = (size_t)(at - chars(*rest));
    *out = slice(rest->data, n);
    *rest = slice(at + 1, rest->len - n - 1);
    return true;
}

/* Decimal without sign, leading zero, blank or underscore: int() takes more, but Django writes the
 * number back and compares text. */
static bool number(a0_slice s, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    if (s.len == 0 || s.len > 10 || chars(s)[0] == '0')
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (chars(s)[i] < '0' || chars(s)[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(chars(s)[i] - '0');
    }
    *out = value;
    return value <= max;
}

static bool number32(a0_slice s, uint32_t max, uint32_t *out)
{
    uint64_t value;
    if (!number(s, max, &value))
        return false;
    *out = (uint32_t)value;
    return true;
}

static bool is_hex_digest(a0_slice s, size_t digits)
{
    if (s.len != digits)
        return false;
    for (size_t i = 0; i < digits; i++) {
        char c = chars(s)[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false; /* upper case too: Django compares text */
    }
    return true;
}

static bool is_base64_of(a0_slice s, size_t bytes)
{
    uint8_t raw[A0_DIGEST_MAX];
    return s.len == A0_B64_LEN(bytes) &&
           a0_base64_decode(A0_B64, s.data, s.len, raw, sizeof raw) == (long)bytes;
}

static bool is_bcrypt_text(a0_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = chars(s)[i];
        if (!((c >= '.' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
            return false;
    }
    return true;
}

/* --- formats. Each reads what follows "name$" and answers what is wrong, NULL for nothing. --- */

static const char *parse_pbkdf2(a0_hash *hash, a0_slice rest)
{
    a0_slice iterations;
    if (!field(&rest, '$', &iterations) || !field(&rest, '$', &hash->salt))
        return "fewer than four fields";
    if (!number32(iterations, INT32_MAX, &hash->params.iterations))
        return "the iterations are not a plain number below 2^31";
    if (hash->salt.len == 0)
        return "the salt is empty";
    hash->digest = rest;
    hash->params.salt_len = (uint32_t)hash->salt.len;
    return is_base64_of(rest, hash->params.hasher == AUTH0DB_HASHER_PBKDF2_SHA256 ? 32 : 20)
               ? NULL
               : "the digest is not padded base64 of its length";
}

static const char *parse_scrypt(a0_hash *hash, a0_slice rest)
{
    auth0db_hash_params *q = &hash->params;
    a0_slice n, r, p;
    if (!field(&rest, '$', &n) || !field(&rest, '$', &hash->salt) || !field(&rest, '$', &r) ||
        !field(&rest, '$', &p))
        return "fewer than six fields";
    if (!number(n, UINT64_MAX, &q->n) || !number32(r, UINT32_MAX, &q->r) ||
        !number32(p, UINT32_MAX, &q->p))
        return "a parameter is not a plain number";
    if (q->n < 2 || (q->n & (q->n - 1)) != 0 || (uint64_t)q->r * q->p >= 1u << 30)
        return "parameters outside RFC 7914";
    if (hash->salt.len == 0)
        return "the salt is empty";
    hash->digest = rest;
    q->salt_len = (uint32_t)hash->salt.len;
    return is_base64_of(rest, 64) ? NULL : "the digest is not padded base64 of 64 bytes";
}

static bool parse_argon2_type(a0_hash *hash, a0_slice type)
{
    if (equals(type, "argon2id"))
        hash->params.argon2_type = AUTH0DB_ARGON2ID;
    else if (equals(type, "argon2i"))
        hash->params.argon2_type = AUTH0DB_ARGON2I;
    else if (equals(type, "argon2d"))
        hash->params.argon2_type = AUTH0DB_ARGON2D;
    else
        return false;
    return true;
}

/* Number of bytes that unpadded canonical base64 stands for, A0_BAD for anything else. */
static long base64_bytes(a0_slice s)
{
    uint8_t raw[A0_ENCODED_MAX];
    return a0_base64_decode(A0_B64_NOPAD, s.data, s.len, raw, sizeof raw);
}

static const char *parse_argon2(a0_hash *hash, a0_slice rest)
{
    auth0db_hash_params *q = &hash->params;
    a0_slice type, m, t, p;
    if (!field(&rest, '$', &type) || !parse_argon2_type(hash, type))
        return "neither argon2id nor argon2i nor argon2d";
    q->argon2_version = 0x10;
    if (skip(&rest, "v=19$"))
        q->argon2_version = 0x13;
    else
        hash->versionless = !skip(&rest, "v=16$");
    if (!skip(&rest, "m=") || !field(&rest, ',', &m) || !skip(&rest, "t=") ||
        !field(&rest, ',', &t) || !skip(&rest, "p=") || !field(&rest, '$', &p) ||
        !field(&rest, '$', &hash->salt))
        return "not [v=...$]m=...,t=...,p=...$salt$hash of version 16 or 19";
    if (!number32(m, UINT32_MAX, &q->m_kib) || !number32(t, UINT32_MAX, &q->t) ||
        !number32(p, (1u << 24) - 1, &q->p) || q->m_kib / 8 < q->p)
        return "parameters outside RFC 9106";
    hash->digest = rest;
    long salt = base64_bytes(hash->salt), digest = base64_bytes(hash->digest);
    if (salt < 8 || digest < 4)
        return "salt or hash is too short or not unpadded base64";
    q->salt_len = (uint32_t)salt;
    q->hash_len = (uint32_t)digest;
    return NULL;
}

static const char *parse_bcrypt(a0_hash *hash, a0_slice rest)
{
    auth0db_hash_params *q = &hash->params;
    if (rest.len != 7 + BCRYPT_SALT + BCRYPT_DIGEST)
        return "not 60 characters of bcrypt";
    const char *s = chars(rest);
    if (memcmp(s, "$2", 2) != 0 || (s[2] != 'a' && s[2] != 'b' && s[2] != 'y') || s[3] != '$' ||
        s[6] != '$')
        return "neither $2a$ nor $2b$ nor $2y$";
    q->variant = s[2];
    if (s[4] < '0' || s[4] > '9' || s[5] < '0' || s[5] > '9')
        return "the cost is not two digits";
    q->cost = (uint32_t)((s[4] - '0') * 10 + s[5] - '0');
    if (q->cost < 4 || q->cost > 31)
        return "the cost is not 4 to 31";
    hash->salt = slice(s + 7, BCRYPT_SALT);
    hash->digest = slice(s + 7 + BCRYPT_SALT, BCRYPT_DIGEST);
    q->salt_len = 16;
    /* 22 characters are 132 bits; a library that sees the four surplus bits set rewrites them: no
     * match */
    if (!is_bcrypt_text(hash->salt) || !is_bcrypt_text(hash->digest) ||
        strchr(".Oeu", s[7 + BCRYPT_SALT - 1]) == NULL)
        return "a character outside bcrypt's alphabet, or a salt of more than 128 bits";
    return NULL;
}

static const char *parse_salted(a0_hash *hash, a0_slice rest)
{
    if (!field(&rest, '$', &hash->salt))
        return "fewer than three fields";
    if (hash->salt.len == 0)
        return "the salt is empty";
    hash->digest = rest;
    hash->params.salt_len = (uint32_t)hash->salt.len;
    return is_hex_digest(rest, hash->params.hasher == AUTH0DB_HASHER_SHA1 ? 40 : 32)
               ? NULL
               : "the digest is not lower-case hex of its length";
}

/* The field before crypt(3)'s text held the salt up to 1.3; since 1.4 it is empty and ignored. */
static const char *parse_crypt(a0_hash *hash, a0_slice rest)
{
    if (!field(&rest, '$', &hash->salt))
        return "fewer than three fields";
    hash->digest = rest;
    if (rest.len < 13 || rest.len >= 384 || memchr(rest.data, 0, rest.len) != NULL)
        return "not the text of a crypt(3) hash";
    return NULL;
}

static const struct {
    const char *name;
    const char *(*parse)(a0_hash *hash,
                         a0_slice rest); /* NULL: not recognised by this name alone */
} hashers[AUTH0DB_HASHER_COUNT] = {
    [AUTH0DB_HASHER_UNKNOWN] = {"unknown", NULL},
    [AUTH0DB_HASHER_EMPTY] = {"empty", NULL},
    [AUTH0DB_HASHER_UNUSABLE] = {"unusable", NULL},
    [AUTH0DB_HASHER_PBKDF2_SHA256] = {"pbkdf2_sha256", parse_pbkdf2},
    [AUTH0DB_HASHER_PBKDF2_SHA1] = {"pbkdf2_sha1", parse_pbkdf2},
    [AUTH0DB_HASHER_ARGON2] = {"argon2", parse_argon2},
    [AUTH0DB_HASHER_BCRYPT] = {"bcrypt", parse_bcrypt},
    [AUTH0DB_HASHER_BCRYPT_SHA256] = {"bcrypt_sha256", parse_bcrypt},
    [AUTH0DB_HASHER_SCRYPT] = {"scrypt", parse_scrypt},
    [AUTH0DB_HASHER_SHA1] = {"sha1", parse_salted},
    [AUTH0DB_HASHER_MD5] = {"md5", parse_salted},
    [AUTH0DB_HASHER_UNSALTED_SHA1] = {"unsalted_sha1", NULL},
    [AUTH0DB_HASHER_UNSALTED_MD5] = {"unsalted_md5", NULL},
    [AUTH0DB_HASHER_CRYPT] = {"crypt", parse_crypt},
};

const char *auth0db_hasher_name(auth0db_hasher hasher)
{
    return (unsigned)hasher < AUTH0DB_HASHER_COUNT ? hashers[hasher].name : "unknown";
}

auth0db_hasher auth0db_hasher_by_name(const char *name)
{
    for (int i = 0; i < AUTH0DB_HASHER_COUNT; i++) {
        if (strcmp(hashers[i].name, name) == 0)
            return (auth0db_hasher)i;
    }
    return AUTH0DB_HASHER_UNKNOWN;
}

/* Exactly n characters? Django counts characters, not bytes, and does so before it splits. */
static bool has_chars(a0_slice s, long n)
{
    return s.len >= (size_t)n && s.len <= (size_t)n * 4 && a0_utf8_count(s.data, s.len) == n;
}

/* The forms that Django tells by length and first letters, before it looks for a name. */
static bool parse_unsalted(a0_hash *hash, a0_slice all, const char **wrong)
{
    size_t digits = 32;
    hash->digest = all;
    if (memchr(all.data, '$', all.len) == NULL && has_chars(all, 32)) {
        hash->bare = true;
        hash->params.hasher = AUTH0DB_HASHER_UNSALTED_MD5;
        hash->name = slice(all.data, 0);
    } else if (skip(&hash->digest, "md5$$") && has_chars(all, 37)) {
        hash->params.hasher = AUTH0DB_HASHER_UNSALTED_MD5;
    } else if (skip(&hash->digest, "sha1$$") && has_chars(all, 46)) {
        hash->params.hasher = AUTH0DB_HASHER_UNSALTED_SHA1;
        digits = 40;
    } else {
        return false;
    }
    *wrong = is_hex_digest(hash->digest, digits) ? NULL : "the digest is not lower-case hex";
    return true;
}

/* The name up to the first '$' decides; what Django has no hasher for is kept as it is. */
static const char *parse_named(a0_hash *hash, a0_slice all)
{
    a0_slice rest = all;
    hash->bare = !field(&rest, '$', &hash->name);
    if (hash->bare) {
        hash->name = all;
        rest = slice(chars(all) + all.len, 0);
    }
    for (int i = 0; i < AUTH0DB_HASHER_COUNT; i++) {
        if (hashers[i].parse == NULL || !equals(hash->name, hashers[i].name))
            continue;
        hash->params.hasher = (auth0db_hasher)i;
        return hash->bare ? "nothing but the name" : hashers[i].parse(hash, rest);
    }
    hash->digest = rest;
    return NULL;
}

static bool is_ascii(const char *text, size_t len)
{
    uint64_t word, seen = 0;
    for (; len >= sizeof word; text += sizeof word, len -= sizeof word) {
        memcpy(&word, text, sizeof word);
        seen |= word;
    }
    for (; len > 0; text++, len--)
        seen |= (unsigned char)*text;
    return (seen & UINT64_C(0x8080808080808080)) == 0;
}

int a0_hash_parse(a0_hash *out, const char *encoded, size_t len, auth0db_error *err)
{
    const char *wrong = NULL;
    const a0_slice all = slice(len > 0 ? encoded : "", len);
    *out = (a0_hash){.name = slice(all.data, 0), .salt = slice(all.data, 0), .digest = all};
    if (len > A0_ENCODED_MAX)
        return a0_error_set(err, AUTH0DB_ERR_TOO_LARGE, "encoded", "longer than %d bytes",
                            A0_ENCODED_MAX);
    if (len == 0) {
        out->params.hasher = AUTH0DB_HASHER_EMPTY;
        return AUTH0DB_OK;
    }
    if (encoded[0] == '!') {
        out->params.hasher = AUTH0DB_HASHER_UNUSABLE;
        out->digest = slice(encoded + 1, len - 1);
        return AUTH0DB_OK;
    }
    if (!is_ascii(encoded, len) && !a0_utf8_valid(encoded, len))
        wrong = "not UTF-8";
    else if (!parse_unsalted(out, all, &wrong))
        wrong = parse_named(out, all);
    if (wrong == NULL)
        return AUTH0DB_OK;
    return a0_error_set(err, AUTH0DB_ERR_MALFORMED, auth0db_hasher_name(out->params.hasher), "%s",
                        wrong);
}

int auth0db_hash_identify(const char *encoded, size_t encoded_len, auth0db_hash_params *params,
                          auth0db_error *err)
{
    a0_hash hash;
    int rc = a0_hash_parse(&hash, encoded, encoded_len, err);
    *params = hash.params;
    return rc;
}

size_t auth0db_hash_algorithm(const char *encoded, size_t encoded_len)
{
    enum { NAME_MAX_LEN = 64 };
    size_t n = 0;
    while (n < encoded_len && n <= NAME_MAX_LEN && encoded[n] != '\0' &&
           strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-",
                  encoded[n]) != NULL)
        n++;
    return n <= NAME_MAX_LEN && n < encoded_len && encoded[n] == '$' ? n : 0;
}

/* --- the way back --- */

enum { HEAD_MAX = 96, MIDDLE_MAX = 32 };

/* What stands before the salt. A name is at most 13 characters and the numbers are bounded: it
 * always fits. */
static void format_head(const a0_hash *hash, char head[static HEAD_MAX])
{
    static const char *const types[] = {"argon2id", "argon2i", "argon2d"};
    const auth0db_hash_params *q = &hash->params;
    const char *name = auth0db_hasher_name(q->hasher);
    switch (q->hasher) {
    case AUTH0DB_HASHER_PBKDF2_SHA256:
    case AUTH0DB_HASHER_PBKDF2_SHA1:
        snprintf(head, HEAD_MAX, "%s$%" PRIu32 "$", name, q->iterations);
        break;
    case AUTH0DB_HASHER_SCRYPT:
        snprintf(head, HEAD_MAX, "%s$%" PRIu64 "$", name, q->n);
        break;
    case AUTH0DB_HASHER_ARGON2:
        snprintf(head, HEAD_MAX, "%s$%s$%sm=%" PRIu32 ",t=%" PRIu32 ",p=%" PRIu32 "$", name,
                 types[q->argon2_type],
                 hash->versionless           ? ""
                 : q->argon2_version == 0x10 ? "v=16$"
                                             : "v=19$",
                 q->m_kib, q->t, q->p);
        break;
    case AUTH0DB_HASHER_BCRYPT:
    case AUTH0DB_HASHER_BCRYPT_SHA256:
        snprintf(head, HEAD_MAX, "%s$$2%c$%02" PRIu32 "$", name, q->variant, q->cost);
        break;
    case AUTH0DB_HASHER_UNUSABLE:
        snprintf(head, HEAD_MAX, "!");
        break;
    case AUTH0DB_HASHER_UNSALTED_SHA1:
        snprintf(head, HEAD_MAX, "sha1$");
        break;
    case AUTH0DB_HASHER_UNSALTED_MD5:
        snprintf(head, HEAD_MAX, hash->bare ? "" : "md5$");
        break;
    case AUTH0DB_HASHER_SHA1:
    case AUTH0DB_HASHER_MD5:
    case AUTH0DB_HASHER_CRYPT:
        snprintf(head, HEAD_MAX, "%s$", name);
        break;
    default:
        head[0] = '\0';
    }
}

/* What stands between the salt and the digest. */
static void format_middle(const a0_hash *hash, char middle[static MIDDLE_MAX])
{
    const auth0db_hash_params *q = &hash->params;
    switch (q->hasher) {
    case AUTH0DB_HASHER_EMPTY:
    case AUTH0DB_HASHER_UNUSABLE:
    case AUTH0DB_HASHER_BCRYPT:
    case AUTH0DB_HASHER_BCRYPT_SHA256:
        middle[0] = '\0';
        break;
    case AUTH0DB_HASHER_SCRYPT:
        snprintf(middle, MIDDLE_MAX, "$%" PRIu32 "$%" PRIu32 "$", q->r, q->p);
        break;
    default:
        snprintf(middle, MIDDLE_MAX, hash->bare ? "" : "$");
    }
}

size_t a0_hash_format(const a0_hash *hash, char *out, size_t size)
{
    char head[HEAD_MAX], middle[MIDDLE_MAX];
    format_head(hash, head);
    format_middle(hash, middle);
    const bool unknown = hash->params.hasher == AUTH0DB_HASHER_UNKNOWN;
    const a0_slice parts[] = {
        unknown ? hash->name : slice(head, strlen(head)),
        hash->salt,
        slice(middle, strlen(middle)),
        hash->digest,
    };
    size_t len = 0;
    for (size_t i = 0; i < A0_COUNT(parts); i++) {
        if (parts[i].len > size - len)
            return 0;
        if (parts[i].len > 0)
            memcpy(out + len, parts[i].data, parts[i].len);
        len += parts[i].len;
    }
    return len;
}
