/* The hash formats that are one text: bcrypt, PHC strings of pbkdf2 and argon2, RFC 2307 of LDAP.
 */
#include <string.h>

#include "base/encode.h"
#include "base/utf8.h"
#include "sandbox/hash/hash_object.h"

/* Where `i` and `l` are left out (documented: facts/auth0.md 5.3). */
enum { PHC_FIELDS_MAX = 6, PBKDF2_DEFAULT_ROUNDS = 100000, PBKDF2_DEFAULT_LEN = 64 };

typedef struct field {
    const char *text;
    size_t len;
} field;

/* Both alphabets, with padding or without (documented: facts/auth0.md 5.3). */
int sb_hash_base64(a0_buf *out, const char *text, size_t len)
{
    size_t bare = len;
    while (bare > 0 && len - bare < 2 && text[bare - 1] == '=')
        bare--;
    /* Padding that does not fill up the last four is a text that was cut. */
    if (bare != len && len % 4 != 0)
        return AUTH0DB_ERR_MALFORMED;
    int rc = a0_buf_reserve(out, bare + 1);
    if (rc != AUTH0DB_OK)
        return rc;
    bool url = memchr(text, '-', bare) != NULL || memchr(text, '_', bare) != NULL;
    long n = a0_base64_decode(url ? A0_B64_URL : A0_B64_NOPAD, text, bare, out->data + out->len,
                              bare + 1);
    if (n < 0)
        return AUTH0DB_ERR_MALFORMED;
    out->len += (size_t)n;
    out->data[out->len] = '\0';
    return AUTH0DB_OK;
}

static bool equals(field f, const char *word)
{
    return f.len == strlen(word) && memcmp(f.text, word, f.len) == 0;
}

/* Decimal without sign or leading zero, as PHC has it; 0 never is a valid parameter here. */
static uint32_t number(field f)
{
    uint64_t n = 0;
    if (f.len == 0 || f.len > 10 || f.text[0] == '0')
        return 0;
    for (size_t i = 0; i < f.len; i++) {
        if (f.text[i] < '0' || f.text[i] > '9')
            return 0;
        n = n * 10 + (uint64_t)(f.text[i] - '0');
    }
    return n <= UINT32_MAX ? (uint32_t)n : 0;
}

/* Cut text at each `mark`; returns how many fields, 0 where there are more than `most`. What has
 * more fields than the format knows is refused, and no field is passed over. */
static size_t split(field whole, char mark, field *out, size_t most)
{
    size_t n = 0;
    const char *at = whole.text, *end = whole.text + whole.len;
    for (;;) {
        const char *cut = memchr(at, mark, (size_t)(end - at));
        if (n == most)
            return 0;
        out[n++] = (field){at, (size_t)((cut != NULL ? cut : end) - at)};
        if (cut == NULL)
            return n;
        at = cut + 1;
    }
}

typedef struct parameter {
    const char *name;
    uint32_t value; /* in: the default */
    bool seen;
} parameter;

/* A parameter that is unknown, or said twice, is refused: another reader might take the other one.
 */
static bool read_parameters(field text, parameter *known, size_t n_known)
{
    field pairs[PHC_FIELDS_MAX];
    size_t n = split(text, ',', pairs, n_known);
    for (size_t i = 0; i < n; i++) {
        field pair[2];
        if (split(pairs[i], '=', pair, 2) != 2)
            return false;
        parameter *p = NULL;
        for (size_t k = 0; k < n_known; k++)
            if (equals(pair[0], known[k].name))
                p = &known[k];
        if (p == NULL || p->seen)
            return false;
        p->seen = true;
        p->value = number(pair[1]);
        if (p->value == 0)
            return false;
    }
    return n > 0;
}

/* The two last fields of a PHC string: B64 without padding, standard alphabet. */
static int read_phc_bytes(a0_buf *out, field f, sb_hash_fault *fault, const char *what)
{
    if (f.len == 0)
        return sb_hash_fail_value(fault, AUTH0DB_ERR_MALFORMED, "MIN_LENGTH",
                                  "the PHC string has an empty %s", what);
    int rc = a0_buf_reserve(out, f.len);
    if (rc != AUTH0DB_OK)
        return sb_hash_fail_value(fault, rc, "NOT_PASSED", "out of memory");
    long n = a0_base64_decode(A0_B64_NOPAD, f.text, f.len, out->data, f.len);
    if (n < 0)
        return sb_hash_fail_value(fault, AUTH0DB_ERR_MALFORMED, "PATTERN",
                                  "the %s is not base64 without padding", what);
    out->len = (size_t)n;
    return AUTH0DB_OK;
}

/* These prefixes are documented, and $2$ and $2x$ are refused (facts/auth0.md 5.3). That any cost
 * is taken is a guess (9.24). The upper bound is the sandbox's own: one login must not stall it. */
int sb_hash_read_bcrypt(sb_hash *out, const char *text, sb_hash_fault *fault)
{
    static const char alphabet[] =
        "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    bool fine = strlen(text) == 60 && text[0] == '$' && text[1] == '2' &&
                strchr("aby", text[2]) != NULL && text[3] == '$' && text[6] == '$' &&
                strspn(text + 7, alphabet) == 53;
    int tens = fine ? text[4] - '0' : -1, units = fine ? text[5] - '0' : -1;
    if (tens < 0 || tens > 3 || units < 0 || units > 9 || tens * 10 + units < 4 ||
        tens * 10 + units > 31)
        return sb_hash_fail_value(fault, AUTH0DB_ERR_MALFORMED, "PATTERN",
                                  "not a bcrypt hash with prefix $2a$, $2b$ or $2y$");
    if (tens * 10 + units > SB_BCRYPT_COST_MAX)
        return sb_hash_fail_value(fault, AUTH0DB_ERR_TOO_LARGE, "NOT_PASSED",
                                  "bcrypt cost %d is above this sandbox's limit of %d",
                                  tens * 10 + units, SB_BCRYPT_COST_MAX);
    int rc = a0_buf_append(&out->expected, text, 60);
    return rc == AUTH0DB_OK ? rc : sb_hash_fail_value(fault, rc, "NOT_PASSED", "out of memory");
}

/* Node's names of OpenSSL digests, which the schema lists for pbkdf2, on ours. */
static const char *pbkdf2_digest(field name)
{
    static const char *const digests[][5] = {
        {"md4", "RSA-MD4", "md4WithRSAEncryption"},
        {"md5", "RSA-MD5", "md5WithRSAEncryption", "ssl3-md5"},
        {"ripemd160", "RSA-RIPEMD160", "ripemd160WithRSA", "ripemd", "rmd160"},
        {"sha1", "RSA-SHA1", "sha1WithRSAEncryption", "ssl3-sha1", "RSA-SHA1-2"},
        {"sha224", "RSA-SHA224", "sha224WithRSAEncryption"},
        {"sha256", "RSA-SHA256", "sha256WithRSAEncryption"},
        {"sha384", "RSA-SHA384", "sha384WithRSAEncryption"},
        {"sha512", "RSA-SHA512", "sha512WithRSAEncryption"},
        {"whirlpool"},
    };
    for (size_t i = 0; i < A0_COUNT(digests); i++)
        for (size_t k = 0; k < A0_COUNT(digests[i]) && digests[i][k] != NULL; k++)
            if (equals(name, digests[i][k]))
                return digests[i][0];
    return NULL;
}

/* That a wrong `l` is refused, and that Auth0 has no bound for `i`, are guesses (facts/auth0.md
 * 9.26, 9.25); the bound here is the sandbox's. */
static int check_pbkdf2(const sb_hash *out, uint32_t keylen, sb_hash_fault *fault)
{
    if (out->expected.len != keylen)
        return sb_hash_fail_value(fault, AUTH0DB_ERR_MALFORMED, "NOT_PASSED",
                                  "l=%u, but the hash has %zu bytes", (unsigned)keylen,
                                  out->expected.len);
    size_t size = a0_digest_size(out->digest);
    uint64_t blocks = ((uint64_t)keylen + size - 1) / size;
    if (keylen > SB_DERIVED_MAX || blocks * out->iterations > SB_PBKDF2_ROUNDS_MAX)
        return sb_hash_fail_value(fault, AUTH0DB_ERR_TOO_LARGE, "NOT_PASSED",
                                  "i=%u, l=%u is more work than this sandbox does for one login",
                                  (unsigned)out->iterations, (unsigned)keylen);
    return AUTH0DB_OK;
}

int sb_hash_read_pbkdf2(sb_hash *out, const char *text, sb_hash_fault *fault)
{
    static const char prefix[] = "pbkdf2-";
    enum { PREFIX = sizeof prefix - 1 };
    field f[PHC_FIELDS_MAX];
    size_t n = split((field){text, strlen(text)}, '$', f, PHC_FIELDS_MAX);
    parameter p[] = {{"i", PBKDF2_DEFAULT_ROUNDS, false}, {"l", PBKDF2_DEFAULT_LEN, false}};
    if (n < 4 || n > 5 || f[0].len != 0 || f[1].len <= PREFIX ||
        memcmp(f[1].text, prefix, PREFIX) != 0 ||
        (n == 5 && !read_parameters(f[2], p, A0_COUNT(p))))
        return sb_hash_fail_value(fault, AUTH0DB_ERR_MALFORMED, "PATTERN",
                                  "not $pbkdf2-<digest>$i=<iterations>,l=<length>$<salt>$<hash>");
    out->digest = pbkdf2_digest((field){f[1].text + PREFIX, f[1].len - PREFIX});
    if (out->digest == NULL || a0_digest_size(out->digest) == 0)
        return sb_hash_fail_value(fault, AUTH0DB_ERR_UNSUPPORTED, "PATTERN",
                                  "unknown pbkdf2 digest");
    out->iterations = p[0].value;
    int rc = read_phc_bytes(&out->salt, f[n - 2], fault, "salt");
    if (rc == AUTH0DB_OK)
        rc = read_phc_bytes(&out->expected, f[n - 1], fault, "hash");
    return rc == AUTH0DB_OK ? check_pbkdf2(out, p[1].value, fault) : rc;
}

static bool argon2_type(field name, a0_argon2_type *type)
{
    static const char *const names[] = {
        [A0_ARGON2_D] = "argon2d", [A0_ARGON2_I] = "argon2i", [A0_ARGON2_ID] = "argon2id"};
    for (size_t i = 0; i < A0_COUNT(names); i++)
        if (equals(name, names[i])) {
            *type = (a0_argon2_type)i;
            return true;
        }
    return false;
}

/* The lower bounds are RFC 9106's. */
static int check_argon2(const sb_hash *out, sb_hash_fault *fault)
{
    const a0_argon2_cost *c = &out->argon2;
    if (c->m_kib < 8 * c->p || out->salt.len < 8 || out->expected.len < 4)
        return sb_hash_fail_value(fault, AUTH0DB_ERR_MALFORMED, "NOT_PASSED",
                                  "argon2 needs m >= 8 x p, a salt of 8 bytes and a hash of 4");
    if (c->m_kib > SB_ARGON2_KIB_MAX || (uint64_t)c->m_kib * c->t > SB_ARGON2_WORK_MAX ||
        c->p > SB_ARGON2_LANES_MAX || out->expected.len > SB_DERIVED_MAX)
        return sb_hash_fail_value(
            fault, AUTH0DB_ERR_TOO_LARGE, "NOT_PASSED",
            "m=%u,t=%u,p=%u is more work than this sandbox does for one login", (unsigned)c->m_kib,
            (unsigned)c->t, (unsigned)c->p);
    return AUTH0DB_OK;
}

/* All three types are read: whether an import takes them is the import's to decide (facts/auth0.md
 * 9.23). */
int sb_hash_read_argon2(sb_hash *out, const char *text, sb_hash_fault *fault)
{
    field f[PHC_FIELDS_MAX];
    size_t n = split((field){text, strlen(text)}, '$', f, PHC_FIELDS_MAX);
    parameter p[] = {{"m", 0, false}, {"t", 0, false}, {"p", 0, false}};
    a0_argon2_cost *c = &out->argon2;
    bool fine = n >= 5 && f[0].len == 0 && argon2_type(f[1], &c->type) &&
                read_parameters(f[n - 3], p, A0_COUNT(p)) && p[0].seen && p[1].seen && p[2].seen;
    if (fine && n == 6 && equals(f[2], "v=19"))
        c->version = 0x13;
    else if (fine &&
             (n == 5 || equals(f[2], "v=16"))) /* no version is the version before there were any */
        c->version = 0x10;
    else
        return sb_hash_fail_value(fault, AUTH0DB_ERR_MALFORMED, "PATTERN",
                                  "not $argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<hash>");
    c->m_kib = p[0].value;
    c->t = p[1].value;
    c->p = p[2].value;
    int rc = read_phc_bytes(&out->salt, f[n - 2], fault, "salt");
    if (rc == AUTH0DB_OK)
        rc = read_phc_bytes(&out->expected, f[n - 1], fault, "hash");
    return rc == AUTH0DB_OK ? check_argon2(out, fault) : rc;
}

/* {CRYPT} is missing on purpose: Auth0 does not take it (documented: facts/auth0.md 5.3). */
static const struct ldap_scheme {
    const char *name, *digest;
    bool salted;
} ldap_schemes[] = {
    {"md5", "md5", false},       {"smd5", "md5", true},       {"sha", "sha1", false},
    {"ssha", "sha1", true},      {"sha1", "sha1", false},     {"ssha1", "sha1", true},
    {"sha224", "sha224", false}, {"ssha224", "sha224", true}, {"sha256", "sha256", false},
    {"ssha256", "sha256", true}, {"sha384", "sha384", false}, {"ssha384", "sha384", true},
    {"sha512", "sha512", false}, {"ssha512", "sha512", true},
};

static const struct ldap_scheme *find_scheme(const char *name, size_t len)
{
    char lower[16];
    if (len >= sizeof lower)
        return NULL;
    memcpy(lower, name, len);
    lower[len] = '\0';
    a0_ascii_lower(lower);
    for (size_t i = 0; i < A0_COUNT(ldap_schemes); i++)
        if (strcmp(lower, ldap_schemes[i].name) == 0)
            return &ldap_schemes[i];
    return NULL;
}

/* {SCHEME}base64(digest), or base64(digest salt) with digest over password then salt. Whatever
 * stands behind the digest is the salt, so a scheme without one must end there. */
int sb_hash_read_ldap(sb_hash *out, const char *text, sb_hash_fault *fault)
{
    const char *close = text[0] == '{' ? strchr(text, '}') : NULL;
    if (close == NULL)
        return sb_hash_fail_value(fault, AUTH0DB_ERR_MALFORMED, "PATTERN", "not {SCHEME}base64");
    const struct ldap_scheme *scheme = find_scheme(text + 1, (size_t)(close - text - 1));
    if (scheme == NULL)
        return sb_hash_fail_value(fault, AUTH0DB_ERR_UNSUPPORTED, "PATTERN",
                                  "the scheme is not one of md5, smd5, sha*, ssha*");
    out->digest = scheme->digest;
    out->salt_last = true;
    int rc = sb_hash_base64(&out->expected, close + 1, strlen(close + 1));
    size_t size = a0_digest_size(scheme->digest);
    if (rc == AUTH0DB_OK &&
        (scheme->salted ? out->expected.len <= size : out->expected.len != size))
        rc = AUTH0DB_ERR_MALFORMED;
    if (rc == AUTH0DB_OK && scheme->salted) {
        rc = a0_buf_append(&out->salt, out->expected.data + size, out->expected.len - size);
        out->expected.len = size;
    }
    if (rc != AUTH0DB_OK)
        return sb_hash_fail_value(fault, rc, "PATTERN", "not the base64 of a %s digest%s",
                                  scheme->digest, scheme->salted ? " and a salt" : "");
    return AUTH0DB_OK;
}
