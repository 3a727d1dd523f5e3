/* Every format that a Django from 1.0 to 6.0 has stored: facts in docs/hashes.md.
 *
 * A parse is slices of the input plus numbers; it allocates nothing and formats back to the same
 * bytes. What Django's own hasher could never match (it rebuilds the whole text and compares) is
 * malformed here. */
#ifndef A0_DJANGO_HASHER_H
#define A0_DJANGO_HASHER_H

#include "auth0db/hash.h"
#include "crypto/digest.h"

enum {
    A0_ENCODED_MAX =
        8192, /* the column is varchar(128); TextFields exist, and a row is not a document */
    A0_DIGEST_TEXT_MAX = 704,
    A0_ARGON2_HASH_MAX = 512, /* bytes; argon2-cffi makes 16 or 32 */
};

/* Slices point into the parsed text, which must outlive this. */
typedef struct a0_hash {
    auth0db_hash_params params;
    a0_slice name; /* up to the first '$'; empty for a bare MD5 */
    a0_slice
        salt; /* as stored: text, base64 (argon2), 22 characters (bcrypt), ignored field (crypt) */
    a0_slice digest; /* as stored; what follows '!' (unusable) or the name's '$' (unknown) */
    bool
        bare; /* no '$' follows the name (unknown), no "md5$$" precedes the digest (unsalted_md5) */
    bool versionless; /* argon2 without "v=", which means 0x10 */
} a0_hash;

/** As auth0db_hash_identify. After an error only params.hasher and name are of use. */
A0_MUST_CHECK int a0_hash_parse(a0_hash *out, const char *encoded, size_t len, auth0db_error *err);
/** Write the stored form, not NUL-terminated; returns its length, or 0 where it does not fit in
 * size (and for an empty password, whose length is 0). */
size_t a0_hash_format(const a0_hash *hash, char *out, size_t size);

/** Can Auth0 take it? `parsed` is what a0_hash_parse answered. auth0db_hash_convert in two halves,
 * for those who need the parsed form as well. */
auth0db_conversion a0_hash_convertible(const a0_hash *hash, int parsed);
/** Write `custom_password_hash` of a convertible hash, parsed from these len bytes, to p, which has
 * room for AUTH0DB_CONVERTED_MAX(len). `brief` leaves out what Auth0 supposes (facts/auth0.md 5.3):
 * bytes saved in a file of users. Returns the end. */
char *a0_hash_write_json(const a0_hash *hash, a0_slice encoded, bool brief, char *p);

/** Refuse (TOO_LARGE, where: the parameter) what would cost more than ten times Django 6.0's
 * defaults. */
A0_MUST_CHECK int a0_hash_bound(const a0_hash *hash, auth0db_error *err);
/** The digest field of this password under hash's parameters and salt (crypt: under the setting in
 * digest). Call a0_hash_bound first. *len gets the length of out. */
A0_MUST_CHECK int a0_hash_compute(const a0_hash *hash, a0_slice password,
                                  char out[static A0_DIGEST_TEXT_MAX], size_t *len,
                                  auth0db_error *err);

#endif
