/* The id by which a site's user is known at the tenant, and fingerprints. The id is made of what
 * never changes, so that a kill and a second try make one tenant user and not two. Every byte of
 * its making is for ever: with another one all users who have moved would be strangers. */
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "link/ids.h"

void auth0db_expected_id(const char *site, const char *key, char out[AUTH0DB_ID_SIZE])
{
    auth0db_numbered_id(site, key, 0, out);
}

void auth0db_numbered_id(const char *site, const char *key, unsigned tombstones,
                         char out[AUTH0DB_ID_SIZE])
{
    a0_expected_id(site, (a0_slice){key, strlen(key)}, tombstones, out);
}

/* An empty id equals nothing: without SHA-256 nobody is joined. */
static void write_id(bool ok, const uint8_t *digest, char out[AUTH0DB_ID_SIZE])
{
    enum { PREFIX_LEN = 6, DIGEST_BYTES = 12 };
    out[0] = '\0';
    if (!ok)
        return;
    memcpy(out, "auth0|", PREFIX_LEN);
    a0_hex_encode(digest, DIGEST_BYTES, out + PREFIX_LEN);
}

static const char id_scheme[] = "auth0db"; /* its NUL is the first separator */

enum { NUMBER_SIZE = 12 };

/* What follows the key: nothing for the first who has it. A primary key may be given out again, and
 * the id of the one who was deleted must not become another's. */
static a0_slice number_of(unsigned tombstones, char buf[NUMBER_SIZE])
{
    if (tombstones == 0)
        return (a0_slice){buf, 0};
    buf[0] = '\0';
    int len = snprintf(buf + 1, NUMBER_SIZE - 1, "%u", tombstones);
    return (a0_slice){buf, 1 + (size_t)len};
}

void a0_expected_id(const char *site, a0_slice key, unsigned tombstones, char out[AUTH0DB_ID_SIZE])
{
    uint8_t digest[A0_DIGEST_MAX];
    char buf[NUMBER_SIZE];
    /* The NULs keep the parts apart: the site "a" with the key "b1" must not be the site "ab" with
     * the key "1". */
    const a0_slice parts[] = {
        {id_scheme, sizeof id_scheme}, {site, strlen(site) + 1}, key, number_of(tombstones, buf)};
    write_id(a0_digest("sha256", parts, A0_COUNT(parts), digest, NULL) == AUTH0DB_OK, digest, out);
}

struct a0_ids {
    a0_digester *sha256;
    a0_buf text; /* scheme, site, key */
    size_t fixed;
};

/* The beginning stays in the buffer, and the digest's context is kept: an import makes an id for
 * each user, and a context for each one cost a good part of the packing's time. */
a0_ids *a0_ids_new(const char *site)
{
    a0_ids *ids = a0_alloc(sizeof *ids);
    if (ids == NULL)
        return NULL;
    ids->sha256 = a0_digester_new("sha256");
    if (ids->sha256 != NULL &&
        a0_buf_append(&ids->text, id_scheme, sizeof id_scheme) == AUTH0DB_OK &&
        a0_buf_append(&ids->text, site, strlen(site) + 1) == AUTH0DB_OK) {
        ids->fixed = ids->text.len;
        return ids;
    }
    a0_ids_free(ids);
    return NULL;
}

void a0_ids_free(a0_ids *ids)
{
    if (ids == NULL)
        return;
    a0_digester_free(ids->sha256);
    a0_buf_clear(&ids->text);
    a0_free(ids);
}

void a0_ids_make(a0_ids *ids, a0_slice key, unsigned tombstones, char out[AUTH0DB_ID_SIZE])
{
    uint8_t digest[A0_DIGEST_MAX];
    char buf[NUMBER_SIZE];
    const a0_slice number = number_of(tombstones, buf);
    ids->text.len = ids->fixed;
    bool ok = a0_buf_append(&ids->text, key.data, key.len) == AUTH0DB_OK &&
              a0_buf_append(&ids->text, number.data, number.len) == AUTH0DB_OK;
    const a0_slice whole = {ids->text.data, ids->text.len};
    write_id(ok && a0_digester_run(ids->sha256, &whole, 1, digest), digest, out);
}

/* Each part follows its length: parts may hold any byte, so that no separator would tell "ab" and
 * "c" from "a" and "bc". The lengths are little endian, the same on every machine that shares the
 * database. */
void auth0db_fingerprint(const char *const *parts, const size_t *lens, size_t n,
                         char out[AUTH0DB_FINGERPRINT_SIZE])
{
    enum { PARTS_MAX = 8 };
    uint8_t digest[A0_DIGEST_MAX] = {0};
    uint64_t sizes[PARTS_MAX];
    a0_slice slices[2 * PARTS_MAX];
    out[0] = '\0';
    if (n > PARTS_MAX)
        return;
    for (size_t i = 0; i < n; i++) {
        size_t len = lens != NULL ? lens[i] : strlen(parts[i]);
        sizes[i] = htole64(len);
        slices[2 * i] = (a0_slice){&sizes[i], sizeof sizes[i]};
        slices[2 * i + 1] = (a0_slice){parts[i], len};
    }
    if (a0_digest("sha256", slices, 2 * n, digest, NULL) == AUTH0DB_OK)
        a0_hex_encode(digest, A0_SHA256_LEN, out);
}
