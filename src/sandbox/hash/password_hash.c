#include "sandbox/hash/password_hash.h"

#include <string.h>

#include "base/mem.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "crypto/bcrypt.h"
#include "sandbox/hash/hash_object.h"

int sb_password_hash_check(const json_t *hash, sb_hash_fault *fault)
{
    sb_hash_fault unwanted;
    sb_hash read;
    int rc = sb_hash_read(hash, &read, fault != NULL ? fault : &unwanted);
    if (rc == AUTH0DB_OK)
        sb_hash_clear(&read);
    return rc;
}

bool sb_password_hash_is_doubtful(const json_t *hash)
{
    sb_hash_fault fault;
    sb_hash read;
    if (sb_hash_read(hash, &read, &fault) != AUTH0DB_OK)
        return false;
    bool doubtful = read.kind == SB_HASH_ARGON2 && read.argon2.type != A0_ARGON2_ID;
    sb_hash_clear(&read);
    return doubtful;
}

static int put_unit(a0_buf *out, sb_hash_text text, uint32_t unit)
{
    char bytes[2] = {(char)(unit & 0xff), (char)(unit >> 8 & 0xff)};
    return a0_buf_append(out, bytes, text == SB_TEXT_UTF16LE ? 2 : 1);
}

/* As Node's Buffer.from does: "ascii", "latin1" and "binary" keep the low byte of each UTF-16 unit.
 * MALFORMED where the password is not UTF-8 but would have to be. Auth0 transcodes what was typed,
 * before the check (documented: facts/auth0.md 5.3). */
static int transcode(a0_buf *out, sb_hash_text text, a0_slice password)
{
    if (text == SB_TEXT_UTF8)
        return a0_buf_append(out, password.data, password.len);
    const char *at = password.data, *end = at + password.len;
    int rc = AUTH0DB_OK;
    while (at < end && rc == AUTH0DB_OK) {
        uint32_t c;
        size_t n = a0_utf8_next(at, (size_t)(end - at), &c);
        if (n == 0)
            return AUTH0DB_ERR_MALFORMED;
        at += n;
        if (c >= 0x10000) {
            rc = put_unit(out, text, 0xd800 + ((c - 0x10000) >> 10));
            c = 0xdc00 + ((c - 0x10000) & 0x3ff);
        }
        if (rc == AUTH0DB_OK)
            rc = put_unit(out, text, c);
    }
    return rc;
}

static a0_slice slice_of(const a0_buf *buf)
{
    return (a0_slice){a0_buf_text(buf), buf->len};
}

/* Password and salt as one input, in the order the object asks for. */
static int salted(const sb_hash *hash, const a0_buf *password, a0_buf *out)
{
    const a0_buf *first = hash->salt_last ? password : &hash->salt;
    const a0_buf *second = hash->salt_last ? &hash->salt : password;
    int rc = a0_buf_append(out, a0_buf_text(first), first->len);
    return rc == AUTH0DB_OK ? a0_buf_append(out, a0_buf_text(second), second->len) : rc;
}

/* 72 bytes of salt and password together; what follows does not count. So Auth0 counts (documented:
 * facts/auth0.md 5.3). */
static int verify_bcrypt(const sb_hash *hash, const a0_buf *input, bool *match, auth0db_error *err)
{
    a0_slice first = slice_of(input);
    if (first.len > A0_BCRYPT_INPUT_MAX)
        first.len = A0_BCRYPT_INPUT_MAX;
    if (memchr(first.data, '\0', first.len) != NULL)
        return AUTH0DB_OK; /* no bcrypt can have hashed it whole */
    char out[A0_BCRYPT_LEN + 1];
    int rc = a0_bcrypt(first, a0_buf_text(&hash->expected), out, err);
    if (rc == AUTH0DB_OK)
        *match = a0_secret_equal(out, hash->expected.data, A0_BCRYPT_LEN);
    a0_wipe(out, sizeof out);
    return rc;
}

static int derive(const sb_hash *hash, const a0_buf *password, const a0_buf *input, uint8_t *out,
                  auth0db_error *err)
{
    a0_slice plain = slice_of(password), salt = slice_of(&hash->salt), both = slice_of(input);
    size_t len = hash->expected.len;
    /* Without a default, so that the compiler names a kind that is missing here. */
    switch (hash->kind) {
    case SB_HASH_DIGEST:
        return a0_digest(hash->digest, &both, 1, out, err);
    case SB_HASH_HMAC:
        return a0_hmac(hash->digest, slice_of(&hash->key), both, out, err);
    case SB_HASH_PBKDF2:
        return a0_pbkdf2(hash->digest, plain, salt, hash->iterations, out, len, err);
    case SB_HASH_SCRYPT:
        return a0_scrypt(plain, salt, hash->scrypt_n, hash->scrypt_r, hash->scrypt_p, out, len,
                         err);
    case SB_HASH_ARGON2:
        return a0_argon2(hash->argon2, plain, salt, out, len, err);
    case SB_HASH_BCRYPT:
        break;
    }
    return a0_error_set(err, AUTH0DB_ERR_STATE, "custom_password_hash", "no such algorithm");
}

static int compare(const sb_hash *hash, const a0_buf *password, const a0_buf *input, bool *match,
                   auth0db_error *err)
{
    if (hash->kind == SB_HASH_BCRYPT)
        return verify_bcrypt(hash, input, match, err);
    uint8_t out[SB_DERIVED_MAX];
    int rc = derive(hash, password, input, out, err);
    if (rc == AUTH0DB_OK)
        *match = a0_secret_equal(out, hash->expected.data, hash->expected.len);
    a0_wipe(out, sizeof out);
    return rc;
}

/* Read anew each time, from what was checked at the import: a hash is kept as it came. */
int sb_password_hash_verify(const json_t *json, a0_slice password, bool *match, auth0db_error *err)
{
    *match = false;
    sb_hash_fault fault;
    sb_hash hash;
    int rc = sb_hash_read(json, &hash, &fault);
    if (rc != AUTH0DB_OK)
        return a0_error_set(err, (auth0db_code)rc, fault.path, "%s", fault.message);
    a0_buf bytes = {0}, input = {0};
    rc = transcode(&bytes, hash.text, password);
    if (rc == AUTH0DB_OK)
        rc = salted(&hash, &bytes, &input);
    if (rc == AUTH0DB_OK)
        rc = compare(&hash, &bytes, &input, match, err);
    else if (rc == AUTH0DB_ERR_MALFORMED)
        rc = AUTH0DB_OK; /* a password that has no such spelling is not the one */
    else
        (void)a0_error_set(err, (auth0db_code)rc, "password", "too long or out of memory");
    a0_buf_clear(&bytes);
    a0_buf_clear(&input);
    sb_hash_clear(&hash);
    return rc;
}
