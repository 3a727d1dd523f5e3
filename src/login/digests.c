/* The digests of a link: lists of a fixed width, newest first, and what changes them. It decides
 * what an event makes of them; which event has happened is decided by who calls. */
#include "auth0db/digests.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "auth0db/hash.h"
#include "auth0db/login.h"
#include "base/encode.h"
#include "base/error.h"
#include "crypto/digest.h"

enum { LEN = AUTH0DB_DIGEST_LEN, DIGEST_BYTES = 16 };

typedef char digest[LEN + 1];

/* --- one digest ----------------------------------------------------------------------------- */

/* crypt(3)'s form, "$2b$12$salt and hash": all of them have a salt. */
static bool is_modular(const char *encoded, size_t len)
{
    size_t dollars = 0;
    for (size_t i = 0; i < len; i++)
        dollars += encoded[i] == '$';
    return len > 0 && encoded[0] == '$' && dollars >= 3;
}

bool auth0db_digest_needs_key(const char *encoded, size_t len)
{
    auth0db_hash_params params = {0};
    if (is_modular(encoded, len))
        return false;
    if (auth0db_hash_identify(encoded, len, &params, NULL) != AUTH0DB_OK)
        return true;
    switch (params.hasher) {
    case AUTH0DB_HASHER_UNKNOWN: /* of the site's own: it may have no salt, or be the password */
    case AUTH0DB_HASHER_UNSALTED_SHA1:
    case AUTH0DB_HASHER_UNSALTED_MD5:
    case AUTH0DB_HASHER_CRYPT: /* 4096 salts */
        return true;
    case AUTH0DB_HASHER_EMPTY:
    case AUTH0DB_HASHER_UNUSABLE: /* nobody's password */
        return false;
    default:
        return params.salt_len == 0;
    }
}

/* As an older package would name this hash: the beginning of its sync digest. */
static void plain_of(digest out, const auth0db_stored *hash)
{
    char hex[AUTH0DB_FINGERPRINT_SIZE];
    uint8_t bytes[DIGEST_BYTES];
    auth0db_fingerprint(&hash->encoded, &hash->len, 1, hex);
    *out = '\0';
    if (a0_hex_decode(hex, 2 * sizeof bytes < strlen(hex) ? 2 * sizeof bytes : strlen(hex), bytes,
                      sizeof bytes) == (long)sizeof bytes)
        a0_base64_encode(A0_B64_URL, bytes, sizeof bytes, out);
}

/* "" where it needs a key and there is none, or SHA-256 failed: such a digest equals nothing. */
static void digest_of(digest out, const auth0db_stored *hash)
{
    uint8_t bytes[A0_DIGEST_MAX];
    a0_slice key = {hash->key, hash->key != NULL ? strlen(hash->key) : 0};
    if (!auth0db_digest_needs_key(hash->encoded, hash->len)) {
        plain_of(out, hash);
        return;
    }
    *out = '\0';
    if (key.len > 0 &&
        a0_hmac("sha256", key, (a0_slice){hash->encoded, hash->len}, bytes, NULL) == AUTH0DB_OK)
        a0_base64_encode(A0_B64_URL, bytes, DIGEST_BYTES, out);
}

/* --- a list of them ------------------------------------------------------------------------- */

/* An empty digest is found nowhere: it stands for a hash that nobody could name, and two of them
 * are not the same hash. */
static char *find(char *list, const char *one)
{
    for (char *at = list; *one != '\0' && *at != '\0'; at += LEN) {
        if (memcmp(at, one, LEN) == 0)
            return at;
    }
    return NULL;
}

static bool has(const char *list, const char *one)
{
    return find((char *)list, one) != NULL;
}

static void take_out(char *list, const char *one)
{
    char *at = find(list, one);
    if (at != NULL)
        memmove(at, at + LEN, strlen(at + LEN) + 1);
}

/* In front; what is too much falls off at the end. The oldest one is forgotten: a hash of it then
 * counts as unknown, which opens nothing in an outage. */
static void put_in(char *list, size_t max, const char *one)
{
    if (*one == '\0')
        return;
    take_out(list, one);
    size_t len = strlen(list);
    if (len == max * LEN)
        len -= LEN;
    memmove(list + LEN, list, len);
    memcpy(list, one, LEN);
    list[len + LEN] = '\0';
}

static void replace(auth0db_digests *d, const char *one)
{
    put_in(d->replaced, AUTH0DB_REPLACED_MAX, one);
}

/* The shared password is shared no more: all its encodings are replaced. From the oldest on, so
 * that the newest stands in front and falls off last. */
static void replace_same(auth0db_digests *d)
{
    for (size_t len = strlen(d->same); len >= LEN; len -= LEN) {
        digest one;
        memcpy(one, d->same + len - LEN, LEN);
        one[LEN] = '\0';
        replace(d, one);
    }
    d->same[0] = '\0';
}

/* --- the columns ---------------------------------------------------------------------------- */

/* What is no list of whole digests cannot be stepped through. As empty it makes the row's hash
 * unknown, and the tenant's mark decides. */
static void read_list(char *out, size_t size, const char *stored)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t len = stored != NULL ? strlen(stored) : 0;
    bool sound = len < size && len % LEN == 0 && (len == 0 || strspn(stored, alphabet) == len);
    snprintf(out, size, "%s", sound && len > 0 ? stored : "");
}

/* An older package knows the sync digest alone. Where it has recorded another hash as in step, that
 * one is the shared password's now. */
static void follow_older_package(auth0db_digests *d)
{
    uint8_t bytes[AUTH0DB_SYNC_DIGEST_LEN / 2];
    digest one;
    if (a0_hex_decode(d->sync_digest, strlen(d->sync_digest), bytes, sizeof bytes) !=
        (long)sizeof bytes) {
        d->sync_digest[0] = '\0';
        return;
    }
    a0_base64_encode(A0_B64_URL, bytes, DIGEST_BYTES, one);
    if (has(d->same, one) || has(d->replaced, one))
        return;
    if (strcmp(d->told, one) == 0)
        d->told[0] = '\0';
    replace_same(d);
    put_in(d->same, AUTH0DB_SAME_MAX, one);
}

void auth0db_digests_read(auth0db_digests *out, const char *sync_digest, const char *same,
                          const char *replaced, const char *told)
{
    *out = (auth0db_digests){0};
    if (sync_digest != NULL && strlen(sync_digest) == AUTH0DB_SYNC_DIGEST_LEN)
        snprintf(out->sync_digest, sizeof out->sync_digest, "%s", sync_digest);
    read_list(out->same, sizeof out->same, same);
    read_list(out->replaced, sizeof out->replaced, replaced);
    read_list(out->told, sizeof out->told, told);
    follow_older_package(out);
}

const char *auth0db_standing_name(auth0db_standing standing)
{
    static const char *const words[] = {"other", "same", "told", "replaced"};
    return (unsigned)standing < A0_COUNT(words) ? words[standing] : "other";
}

/* A hash without salt may stand here by the name that an older package gave it. */
static void rename_plain(auth0db_digests *d, const auth0db_stored *hash)
{
    digest plain, one;
    char *const lists[] = {d->same, d->replaced, d->told};
    plain_of(plain, hash);
    digest_of(one, hash);
    if (has(d->replaced, one)) /* what is replaced stays so, by whatever name */
        take_out(d->same, plain);
    for (size_t i = 0; i < A0_COUNT(lists) && *one != '\0' && strcmp(plain, one) != 0; i++) {
        char *at = find(lists[i], plain);
        if (at != NULL)
            memcpy(at, one, LEN);
    }
}

auth0db_standing auth0db_digests_standing(const auth0db_digests *digests, const auth0db_stored *row)
{
    auth0db_digests d = *digests;
    digest one;
    rename_plain(&d, row);
    digest_of(one, row);
    if (*one != '\0' && strcmp(d.told, one) == 0)
        return AUTH0DB_STANDING_TOLD;
    if (has(d.same, one))
        return AUTH0DB_STANDING_SAME;
    return has(d.replaced, one) ? AUTH0DB_STANDING_REPLACED : AUTH0DB_STANDING_OTHER;
}

/* --- what changes them ---------------------------------------------------------------------- */

static void write_sync(auth0db_digests *d, const auth0db_stored *now)
{
    d->sync_digest[0] = '\0';
    if (!auth0db_digest_needs_key(now->encoded, now->len))
        auth0db_fingerprint(&now->encoded, &now->len, 1, d->sync_digest);
}

/* `one` leaves `same` before that is replaced, and `replaced` after it: a password that is shared
 * again must not be refused as an old one. */
static void share(auth0db_digests *d, const auth0db_stored *now, const char *one)
{
    if (strcmp(d->told, one) != 0)
        replace(d, d->told);
    d->told[0] = '\0';
    take_out(d->same, one);
    replace_same(d);
    take_out(d->replaced, one);
    put_in(d->same, AUTH0DB_SAME_MAX, one);
    write_sync(d, now);
}

/* The password that a push has brought may have been replaced on the site meanwhile: then a hook
 * has said so, and the newer one stays what it was. */
static void pushed(auth0db_digests *d, const auth0db_stored *now, const char *one)
{
    if (d->told[0] == '\0' || strcmp(d->told, one) == 0)
        share(d, now, one);
    else
        replace(d, one);
}

/* was NULL: of the shared password, by which encoding is not known. */
static void reencoded(auth0db_digests *d, const auth0db_stored *now, const char *was,
                      const char *one)
{
    if (was != NULL && *was != '\0' && strcmp(d->told, was) == 0)
        memcpy(d->told, one, LEN + 1);
    /* A new encoding of a password that was not the shared one proves nothing for it (S2). */
    if (was != NULL && !has(d->same, was))
        return;
    take_out(d->replaced, one);
    put_in(d->same, AUTH0DB_SAME_MAX, one);
    write_sync(d, now);
}

static void told(auth0db_digests *d, const char *was, const char *one)
{
    if (has(d->same, one)) /* without a salt: the shared password, set once more */
        return;
    /* All that the shared password was stored as is replaced before a push is tried: should that
     * never arrive, the old password still opens nothing in an outage. */
    replace(d, d->told);
    replace_same(d);
    replace(d, was);
    take_out(d->replaced, one);
    memcpy(d->told, one, LEN + 1);
    d->sync_digest[0] = '\0'; /* it would be news again, once pushed out of `replaced` */
}

void auth0db_digests_change(auth0db_digests *d, auth0db_digest_event event,
                            const auth0db_stored *before, const auth0db_stored *now)
{
    digest was = "", one;
    digest_of(one, now);
    rename_plain(d, now);
    if (before != NULL) {
        digest_of(was, before);
        rename_plain(d, before);
    }
    switch (event) {
    case AUTH0DB_DIGEST_SHARED:
        share(d, now, one);
        break;
    case AUTH0DB_DIGEST_PUSHED:
        pushed(d, now, one);
        break;
    case AUTH0DB_DIGEST_REENCODED:
        reencoded(d, now, before != NULL ? was : NULL, one);
        break;
    case AUTH0DB_DIGEST_TOLD:
        told(d, was, one);
        break;
    case AUTH0DB_DIGEST_REPLACED:
        take_out(d->same, one);
        if (strcmp(d->told, one) == 0)
            d->told[0] = '\0';
        replace(d, one);
        break;
    case AUTH0DB_DIGEST_CLAIMED: /* what it said has been read into the lists */
        d->sync_digest[0] = '\0';
        break;
    }
}
