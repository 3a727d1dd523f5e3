/* One row a password format: everything that is known of it, so that a new one is a file and a row.
 *
 * Each member must be there. What a format does not do is said by a function that says so
 * (a0_never_..., a0_no_...): a member that was forgotten would otherwise make the hash another
 * one's. */
#ifndef A0_DJANGO_FORMATS_FORMAT_H
#define A0_DJANGO_FORMATS_FORMAT_H

#include "django/hasher.h"

enum {
    A0_HEAD_MAX = 96,
    A0_MIDDLE_MAX = 32,
    A0_SALT_MAX =
        4096 /* with its base64, the longest digest and the numbers: below A0_ENCODED_MAX */
};

/* Everything that make() puts together; the hash's slices point into it. */
typedef struct a0_making {
    char salt[A0_SALT_MAX];
    char stored_salt[A0_SALT_MAX / 3 * 4 + 8];
    char digest[A0_DIGEST_TEXT_MAX];
} a0_making;

typedef struct a0_format {
    const char *name;
    /** Is it of this format? *rest: what parse reads. May set name, bare. */
    bool (*recognises)(const char *name, a0_hash *hash, a0_slice all, a0_slice *rest);
    /** What is wrong, NULL for nothing. */
    const char *(*parse)(a0_hash *hash, a0_slice rest);
    /** What stands before the salt, and between it and the digest. The numbers are bounded: it
     * fits. */
    void (*head)(const a0_hash *hash, char head[static A0_HEAD_MAX]);
    void (*middle)(const a0_hash *hash, char middle[static A0_MIDDLE_MAX]);
    /** As a0_hash_bound and a0_hash_compute. */
    int (*bound)(const a0_hash *hash, auth0db_error *err);
    int (*compute)(const a0_hash *hash, a0_slice password, char *out, size_t *len,
                   auth0db_error *err);
    /** sound: parse found nothing wrong. */
    auth0db_conversion (*convertible)(const a0_hash *hash, bool sound);
    /** As a0_hash_write_json, of what is convertible. */
    char *(*write)(const a0_hash *hash, a0_slice encoded, bool brief, char *p);
    /** Django 5.2 LTS's, where a parameter is zero. */
    void (*defaults)(auth0db_hash_params *params);
    /** The parameter outside the range of what parse reads; NULL: none. */
    const char *(*bad_range)(const auth0db_hash_params *params);
    /** A salt for a new hash: the caller's, or a random one. */
    int (*salt)(a0_hash *hash, a0_making *parts, auth0db_error *err);
} a0_format;

/* Every format there is: AUTH0DB_HASHER_<first>, a0_format_<second>. */
// clang-format off
#define A0_FORMATS(F) \
    F(UNKNOWN, unknown) \
    F(EMPTY, empty) \
    F(UNUSABLE, unusable) \
    F(PBKDF2_SHA256, pbkdf2_sha256) \
    F(PBKDF2_SHA1, pbkdf2_sha1) \
    F(ARGON2, argon2) \
    F(BCRYPT, bcrypt) \
    F(BCRYPT_SHA256, bcrypt_sha256) \
    F(SCRYPT, scrypt) \
    F(SHA1, sha1) \
    F(MD5, md5) \
    F(UNSALTED_SHA1, unsalted_sha1) \
    F(UNSALTED_MD5, unsalted_md5) \
    F(CRYPT, crypt) \
    F(PBKDF2_SHA512, pbkdf2_sha512) \
    F(BCRYPT_BARE, bcrypt_bare)
// clang-format on
#define A0_DECLARE_FORMAT(number, row) extern const a0_format a0_format_##row;
A0_FORMATS(A0_DECLARE_FORMAT)
#undef A0_DECLARE_FORMAT

/** Never NULL: UNKNOWN's for what is no hasher, and for a row that is not complete. */
const a0_format *a0_format_of(auth0db_hasher hasher);
/** The row, where all of it is there; else UNKNOWN's, which neither verifies, converts nor makes.
 */
const a0_format *a0_format_if_complete(const a0_format *row);

/* What more than one format does. */
bool a0_by_name(const char *name, a0_hash *hash, a0_slice all,
                a0_slice *rest); /* "name$...", or "name" */
bool a0_by_no_name(const char *name, a0_hash *hash, a0_slice all,
                   a0_slice *rest);                                    /* the caller knows it */
void a0_head_name(const a0_hash *hash, char head[static A0_HEAD_MAX]); /* "name$" */
void a0_middle_dollar(const a0_hash *hash, char middle[static A0_MIDDLE_MAX]);
void a0_middle_none(const a0_hash *hash, char middle[static A0_MIDDLE_MAX]);
int a0_no_bound(const a0_hash *hash, auth0db_error *err);
auth0db_conversion a0_always_convertible(const a0_hash *hash, bool sound);
char *a0_never_written(const a0_hash *hash, a0_slice encoded, bool brief, char *p);
void a0_no_defaults(auth0db_hash_params *params);
const char *a0_no_range(const auth0db_hash_params *params);
int a0_no_salt(a0_hash *hash, a0_making *parts, auth0db_error *err); /* OPTION where one is given */
int a0_salt_text(a0_hash *hash, a0_making *parts, size_t least, auth0db_error *err);
int a0_text_salt(a0_hash *hash, a0_making *parts, auth0db_error *err); /* of one byte or more */
int a0_random_text(char *out,
                   size_t n); /* n characters of [A-Za-z0-9], each as likely as any other */
int a0_too_costly(auth0db_error *err, const char *parameter, uint64_t value, uint64_t max);
void a0_or_default(uint32_t *value, uint32_t fallback);
/** salt ++ password, or password alone, in hex. */
int a0_compute_plain(const char *digest, a0_slice salt, a0_slice password, char *out, size_t *len,
                     auth0db_error *err);

/* Parts of a text. */
a0_slice a0_part(const char *text, size_t len);
const char *a0_chars(a0_slice s);
bool a0_part_is(a0_slice s, const char *text);
bool a0_part_skip(a0_slice *rest, const char *text);
bool a0_part_field(a0_slice *rest, char end, a0_slice *out);
bool a0_part_number(a0_slice s, uint64_t max, uint64_t *out);
bool a0_part_number32(a0_slice s, uint32_t max, uint32_t *out);
bool a0_part_is_hex(a0_slice s, size_t digits);
bool a0_part_is_base64_of(a0_slice s, size_t bytes);
long a0_part_base64_bytes(a0_slice s);
bool a0_part_has_chars(a0_slice s, long n);
a0_slice a0_part_unpadded(a0_slice b64);

/* JSON text, without a tree to allocate: the caller's buffer has AUTH0DB_CONVERTED_MAX bytes, so
 * nothing here checks again. Fuzzing does, with buffers of exactly that size. */
char *a0_put_slice(char *p, a0_slice s);
char *a0_put(char *p, const char *text);
char *a0_put_number(char *p, uint64_t value);
char *a0_put_escaped(char *p, a0_slice s);
char *a0_put_tail(const char *algorithm, const char *tail, size_t len, char *p);

#endif
