/* The words of the login machine, and the id by which a site's user is known at the tenant. */
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "migrate/login/login_int.h"
#include "migrate/login/names.h"

static const char *word(const char *const *words, size_t n, unsigned i)
{
    return i < n && words[i] != NULL ? words[i] : "unknown";
}

const char *auth0db_ask_name(auth0db_ask ask)
{
    static const char *const words[] = {
        [AUTH0DB_ASK_FIND_USER] = "find_user",
        [AUTH0DB_ASK_FIND_OWNER] = "find_owner",
        [AUTH0DB_ASK_CHECK_LOCAL] = "check_local",
        [AUTH0DB_ASK_CHECK_HASH] = "check_hash",
        [AUTH0DB_ASK_RESOLVE] = "resolve",
        [AUTH0DB_ASK_TOMBSTONE] = "tombstone",
        [AUTH0DB_ASK_EMAIL_SHARED] = "email_shared",
        [AUTH0DB_ASK_CREATE_LOCAL] = "create_local",
        [AUTH0DB_ASK_LINK] = "link",
        [AUTH0DB_ASK_RENEW_HASH] = "renew_hash",
        [AUTH0DB_ASK_UPGRADE_HASH] = "upgrade_hash",
        [AUTH0DB_ASK_SITE_RULES] = "site_rules",
        [AUTH0DB_ASK_MARK_IN_STEP] = "mark_in_step",
        [AUTH0DB_ASK_BEGIN_PUSH] = "begin_push",
        [AUTH0DB_ASK_REMEMBER] = "remember",
        [AUTH0DB_ASK_FOLLOW] = "follow",
        [AUTH0DB_ASK_BEGIN_SYNC] = "begin_sync",
        [AUTH0DB_ASK_END_SYNC] = "end_sync",
        [AUTH0DB_ASK_END_PUSH] = "end_push",
        [AUTH0DB_ASK_OWN_ROW] = "own_row",
        [AUTH0DB_ASK_UNPUSHED] = "unpushed",
        [AUTH0DB_ASK_HOLDOUT] = "holdout",
        [AUTH0DB_ASK_GRANT] = "grant",
        [AUTH0DB_ASK_CREATE_TENANT] = "create_tenant",
        [AUTH0DB_ASK_READ_TENANT] = "read_tenant",
        [AUTH0DB_ASK_BY_EMAIL] = "by_email",
        [AUTH0DB_ASK_CHANGE] = "change",
        [AUTH0DB_ASK_PUSH] = "push",
        [AUTH0DB_ADMIT] = "admit",
        [AUTH0DB_REFUSE] = "refuse",
        [AUTH0DB_PUSH_ENDED] = "push_ended",
        [AUTH0DB_SYNC_ENDED] = "sync_ended",
    };
    return word(words, A0_COUNT(words), ask);
}

const char *auth0db_holdout_name(auth0db_holdout holdout)
{
    static const char *const words[] = {
        [AUTH0DB_HOLDOUT_NONE] = "none",
        [AUTH0DB_HOLDOUT_KEEP_LOCAL] = "keep-local",
        [AUTH0DB_HOLDOUT_NO_EMAIL] = "no-email",
        [AUTH0DB_HOLDOUT_BAD_EMAIL] = "bad-email",
        [AUTH0DB_HOLDOUT_DUPLICATE_EMAIL] = "duplicate-email",
        [AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT] = "foreign-account",
        [AUTH0DB_HOLDOUT_USERNAME_TAKEN] = "username-taken",
        [AUTH0DB_HOLDOUT_INVALID_USER] = "invalid-user",
        [AUTH0DB_HOLDOUT_WEAK_PASSWORD] = "weak-password",
        [AUTH0DB_HOLDOUT_UNSENDABLE_PASSWORD] = "unsendable-password",
        [AUTH0DB_HOLDOUT_BAD_USERNAME] = "bad-username",
        [AUTH0DB_HOLDOUT_BAD_HASH] = "bad-hash",
        [AUTH0DB_HOLDOUT_TOO_LARGE] = "too-large",
        [AUTH0DB_HOLDOUT_MUST_RESET] = "must-reset",
        [AUTH0DB_HOLDOUT_CANARY_FAILED] = "canary-failed",
        [AUTH0DB_HOLDOUT_HALF_CREATED] = "half-created",
        [AUTH0DB_HOLDOUT_TENANT_REFUSED] = "tenant-refused",
    };
    return word(words, A0_COUNT(words), holdout);
}

const char *auth0db_lane_name(auth0db_lane lane)
{
    static const char *const words[] = {
        [AUTH0DB_LANE_LOGIN] = "login",
        [AUTH0DB_LANE_JOIN] = "join",
        [AUTH0DB_LANE_BULK] = "bulk",
        [AUTH0DB_LANE_RESET] = "reset",
    };
    return word(words, A0_COUNT(words), lane);
}

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
    const a0_slice parts[] = {{id_scheme, sizeof id_scheme},
                              {site, strlen(site) + 1},
                              key,
                              number_of(tombstones, buf)};
    write_id(a0_digest("sha256", parts, A0_COUNT(parts), digest, NULL) == AUTH0DB_OK, digest, out);
}

struct a0_ids {
    a0_digester *sha256;
    a0_buf text; /* scheme, site, key */
    size_t fixed;
};

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

void auth0db_fingerprint(const char *const *parts, const size_t *lens, size_t n,
                         char out[AUTH0DB_FINGERPRINT_SIZE])
{
    enum { PARTS_MAX = 8 };
    uint8_t digest[A0_DIGEST_MAX] = {0};
    uint64_t
        sizes[PARTS_MAX]; /* little endian: the same on every machine that shares the database */
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

void a0_forget_user(a0_login_user *user)
{
    char *const owned[] = {
        user->key,         user->email,           user->username,     user->given_name,
        user->family_name, user->auth0_id,        user->tenant_email, user->tenant_mark,
        user->word,        user->tenant_username, user->unsynced};
    for (size_t i = 0; i < A0_COUNT(owned); i++)
        a0_free(owned[i]);
    *user = (a0_login_user){0};
}
