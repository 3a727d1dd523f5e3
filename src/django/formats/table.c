/* Which formats there are. */
#include "base/error.h"
#include "django/formats/format.h"

static const a0_format *const formats[] = {
    [AUTH0DB_HASHER_UNKNOWN] = &a0_format_unknown,
    [AUTH0DB_HASHER_EMPTY] = &a0_format_empty,
    [AUTH0DB_HASHER_UNUSABLE] = &a0_format_unusable,
    [AUTH0DB_HASHER_PBKDF2_SHA256] = &a0_format_pbkdf2_sha256,
    [AUTH0DB_HASHER_PBKDF2_SHA1] = &a0_format_pbkdf2_sha1,
    [AUTH0DB_HASHER_ARGON2] = &a0_format_argon2,
    [AUTH0DB_HASHER_BCRYPT] = &a0_format_bcrypt,
    [AUTH0DB_HASHER_BCRYPT_SHA256] = &a0_format_bcrypt_sha256,
    [AUTH0DB_HASHER_SCRYPT] = &a0_format_scrypt,
    [AUTH0DB_HASHER_SHA1] = &a0_format_sha1,
    [AUTH0DB_HASHER_MD5] = &a0_format_md5,
    [AUTH0DB_HASHER_UNSALTED_SHA1] = &a0_format_unsalted_sha1,
    [AUTH0DB_HASHER_UNSALTED_MD5] = &a0_format_unsalted_md5,
    [AUTH0DB_HASHER_CRYPT] = &a0_format_crypt,
};
_Static_assert(sizeof formats / sizeof formats[0] == AUTH0DB_HASHER_COUNT,
               "a hasher without a format");

/* A forgotten member must not end a process that logs people in, and must not be made up for by a
 * default either: a format that came without `write` was once converted as md5, and its users were
 * told "ok". So it is one that nobody knows, and its users stay. */
const a0_format *a0_format_if_complete(const a0_format *row)
{
    const bool complete = row != NULL && row->name != NULL && row->recognises != NULL &&
                          row->parse != NULL && row->head != NULL && row->middle != NULL &&
                          row->bound != NULL && row->compute != NULL && row->convertible != NULL &&
                          row->write != NULL && row->defaults != NULL && row->bad_range != NULL &&
                          row->salt != NULL;
    return complete ? row : &a0_format_unknown;
}

const a0_format *a0_format_of(auth0db_hasher hasher)
{
    return a0_format_if_complete((unsigned)hasher < AUTH0DB_HASHER_COUNT ? formats[hasher] : NULL);
}
