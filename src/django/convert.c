/* Django's stored form to Auth0's custom_password_hash. Always that, never password_hash, even for
 * bcrypt of ten rounds: Auth0 lets a custom hash be imported again until its first login, a
 * password_hash never. */
#include "django/formats/format.h"

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

auth0db_conversion a0_hash_convertible(const a0_hash *hash, int parsed)
{
    if (parsed == AUTH0DB_ERR_TOO_LARGE)
        return AUTH0DB_CONVERT_OVER_LONG;
    return a0_format_of(hash->params.hasher)->convertible(hash, parsed == AUTH0DB_OK);
}

char *a0_hash_write_json(const a0_hash *hash, a0_slice encoded, bool brief, char *p)
{
    return a0_format_of(hash->params.hasher)->write(hash, encoded, brief, p);
}

auth0db_conversion auth0db_hash_convert(const char *encoded, size_t encoded_len, char *json,
                                        size_t size, size_t *json_len)
{
    a0_hash hash;
    *json_len = 0;
    auth0db_conversion how =
        a0_hash_convertible(&hash, a0_hash_parse(&hash, encoded, encoded_len, NULL));
    /* What is unconfirmed is written all the same: a canary tells whether Auth0 takes it. */
    if (how != AUTH0DB_CONVERTED && how != AUTH0DB_CONVERTED_UNCONFIRMED)
        return how;
    /* The room is checked once, for the longest that these bytes can become: what writes them
     * checks no more. */
    if (size < AUTH0DB_CONVERTED_MAX(encoded_len))
        return AUTH0DB_CONVERT_NO_ROOM;
    a0_slice text = {encoded, encoded_len};
    *json_len = (size_t)(a0_hash_write_json(&hash, text, false, json) - json);
    return how;
}
