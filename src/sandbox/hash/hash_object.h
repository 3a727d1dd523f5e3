/* A hash of an import entry, read: what password_hash.c computes with. Internal to the two files.
 */
#ifndef A0_SANDBOX_HASH_HASH_OBJECT_H
#define A0_SANDBOX_HASH_HASH_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"
#include "crypto/digest.h"
#include "crypto/kdf.h"
#include "sandbox/hash/password_hash.h"

typedef enum sb_hash_kind {
    SB_HASH_ARGON2,
    SB_HASH_BCRYPT,
    SB_HASH_HMAC,
    SB_HASH_DIGEST, /* md4 ... sha512, and every ldap scheme */
    SB_HASH_PBKDF2,
    SB_HASH_SCRYPT
} sb_hash_kind;

/* What the typed password becomes before it is hashed: Node's Buffer.from(password, encoding). */
typedef enum sb_hash_text { SB_TEXT_UTF8, SB_TEXT_UTF16LE, SB_TEXT_LOW_BYTES } sb_hash_text;

typedef struct sb_hash {
    sb_hash_kind kind;
    sb_hash_text text;
    const char *digest; /* name for a0_digest; static */
    a0_buf
        expected; /* the bytes to arrive at; bcrypt: its 60 characters, which are the setting too */
    a0_buf salt;
    bool salt_last;
    a0_buf key;          /* hmac */
    uint32_t iterations; /* pbkdf2 */
    uint64_t scrypt_n;
    uint32_t scrypt_r, scrypt_p;
    a0_argon2_cost argon2;
} sb_hash;

/* What one login may cost: above ten times any default that a well-known framework ships, below
 * what would stall the sandbox. */
enum {
    SB_BCRYPT_COST_MAX = 16,
    SB_PBKDF2_ROUNDS_MAX = 20 * 1000 * 1000, /* iterations x output blocks */
    SB_SCRYPT_BLOCKS_MAX = 1 << 21,          /* N x r, of 128 bytes each */
    SB_SCRYPT_WORK_MAX = 1 << 23,            /* N x r x p */
    SB_ARGON2_KIB_MAX = 1 << 20,
    SB_ARGON2_WORK_MAX = 1 << 22, /* KiB x passes */
    SB_ARGON2_LANES_MAX = 64,
    SB_DERIVED_MAX = 1024 /* bytes of a derived key */
};

/** Read password_hash (string) or custom_password_hash (object). On success sb_hash_clear is due;
 * on failure *out is cleared and fault (never NULL) filled. Errors as sb_password_hash_check. */
A0_MUST_CHECK int sb_hash_read(const json_t *json, sb_hash *out, sb_hash_fault *fault);
void sb_hash_clear(sb_hash *hash);

/* hash_format.c: the text formats. `text` is hash.value. */
A0_MUST_CHECK int sb_hash_read_bcrypt(sb_hash *out, const char *text, sb_hash_fault *fault);
A0_MUST_CHECK int sb_hash_read_pbkdf2(sb_hash *out, const char *text, sb_hash_fault *fault);
A0_MUST_CHECK int sb_hash_read_argon2(sb_hash *out, const char *text, sb_hash_fault *fault);
A0_MUST_CHECK int sb_hash_read_ldap(sb_hash *out, const char *text, sb_hash_fault *fault);

/** Standard or URL-safe alphabet, padded or not, as Auth0 takes it. Appends; MALFORMED or
 * NO_MEMORY. */
A0_MUST_CHECK int sb_hash_base64(a0_buf *out, const char *text, size_t len);

/** Fill the fault and return rc. */
int sb_hash_fail(sb_hash_fault *fault, int rc, const char *code, const char *path,
                 const char *format, ...) AUTH0DB_PRINTF(5, 6);
/** The same about hash.value. */
#define sb_hash_fail_value(fault, rc, code, ...)                                                   \
    sb_hash_fail((fault), (rc), (code), "custom_password_hash.hash.value", __VA_ARGS__)

#endif
