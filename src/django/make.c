/* Makes a stored password as Django would: the same parts and the same computation as verifying,
 * under a new salt. Its parameters are the caller's, so a bad one is a wrong option and no
 * malformed row. */
#include "base/secret.h"
#include "django/formats/format.h"

static int finish(const a0_hash *hash, char *out, size_t size, auth0db_error *err)
{
    size_t len = size > 0 ? a0_hash_format(hash, out, size - 1) : 0;
    if (len == 0)
        return a0_error_set(err, AUTH0DB_ERR_TOO_LARGE, "out", "the encoded password does not fit");
    out[len] = '\0';
    return AUTH0DB_OK;
}

int auth0db_hash_make(const auth0db_hash_params *params, const char *password, size_t password_len,
                      char *out, size_t size, auth0db_error *err)
{
    a0_hash hash = {.params = *params, .versionless = false};
    a0_making parts;
    if (hash.params.hasher == AUTH0DB_HASHER_UNKNOWN)
        hash.params.hasher = AUTH0DB_HASHER_PBKDF2_SHA256;
    if (hash.params.hasher == AUTH0DB_HASHER_EMPTY || hash.params.hasher >= AUTH0DB_HASHER_COUNT)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "hasher", "makes no hashes");
    const a0_format *format = a0_format_of(hash.params.hasher);
    /* Defaults first, then the range: it is judged what will be used. The bound on work comes last,
     * since it multiplies what the range has bounded. */
    format->defaults(&hash.params);
    hash.versionless =
        hash.params.argon2_version == 0x10; /* as the libraries of the time wrote it */
    const char *bad = format->bad_range(&hash.params);
    int rc = bad == NULL ? AUTH0DB_OK
                         : a0_error_set(err, AUTH0DB_ERR_OPTION, bad, "is outside its range");
    hash.salt = (a0_slice){"", 0};
    if (rc == AUTH0DB_OK)
        rc = format->salt(&hash, &parts, err);
    if (rc == AUTH0DB_OK && a0_hash_bound(&hash, err) != AUTH0DB_OK) {
        rc = AUTH0DB_ERR_OPTION; /* the caller's parameter, not a row's */
        if (err != NULL)
            err->code = AUTH0DB_ERR_OPTION;
    }
    if (rc == AUTH0DB_OK && hash.params.hasher != AUTH0DB_HASHER_UNUSABLE) {
        size_t len;
        rc = a0_hash_compute(&hash, (a0_slice){password, password_len}, parts.digest, &len, err);
        hash.digest = (a0_slice){parts.digest, len};
    }
    if (rc == AUTH0DB_OK)
        rc = finish(&hash, out, size, err);
    a0_wipe(&parts, sizeof parts);
    return rc;
}
