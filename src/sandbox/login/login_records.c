#include "sandbox/login/login_records.h"

#include <string.h>

#include "base/encode.h"
#include "base/secret.h"
#include "crypto/digest.h"
#include "sandbox/tenant/db.h"

/* Auth0's usual times: a login page waits for an hour, a code is good for ten minutes, a session
 * for three days. At most so many of each: whoever starts logins without end pushes out the oldest.
 */
static const struct {
    int64_t lifetime_s, most;
} kinds[SB_RECORD_KINDS] = {
    [SB_RECORD_LOGIN] = {3600, 5000},
    [SB_RECORD_CODE] = {600, 5000},
    [SB_RECORD_SESSION] = {259200, 20000},
    [SB_RECORD_REFRESH] = {2592000, 20000},
};

int64_t sb_record_lifetime_s(sb_record_kind kind)
{
    return kinds[kind].lifetime_s;
}

/* Whoever reads the tenant's file must not be able to use a code, a session or a token. */
static int digest_of(const char *text, char hex[static 65])
{
    uint8_t digest[A0_DIGEST_MAX];
    a0_slice part = {text, strlen(text)};
    int rc = a0_digest("sha256", &part, 1, digest, NULL);
    if (rc == AUTH0DB_OK)
        a0_hex_encode(digest, 32, hex);
    return rc;
}

/* The oldest are pushed out after the new one is in, so that it counts, and of its own kind alone:
 * logins that somebody starts without end must not end sessions. */
static int insert(sb_tenant *tenant, sb_record_kind kind, const char *digest, const char *data)
{
    int64_t now_ms = sb_now_ms(tenant);
    int rc = sb_db_run(tenant->db, "DELETE FROM login_records WHERE expires_ms <= ?", "i", now_ms);
    if (rc == AUTH0DB_OK)
        rc = sb_db_run(tenant->db,
                       "INSERT INTO login_records (kind, digest, data, expires_ms)"
                       " VALUES (?, ?, ?, ?)",
                       "issi", (int64_t)kind, digest, data, now_ms + 1000 * kinds[kind].lifetime_s);
    if (rc == AUTH0DB_OK)
        rc = sb_db_run(tenant->db,
                       "DELETE FROM login_records WHERE seq IN (SELECT seq FROM login_records"
                       " WHERE kind = ? ORDER BY seq DESC LIMIT -1 OFFSET ?)",
                       "ii", (int64_t)kind, kinds[kind].most);
    return rc;
}

int sb_record_make(sb_tenant *tenant, sb_record_kind kind, const json_t *data,
                   char text[static SB_RECORD_TEXT_LEN + 1])
{
    char digest[65];
    a0_buf json = {0};
    int rc = a0_json_write(&json, data);
    if (rc == AUTH0DB_OK)
        rc = sb_random_text(tenant, text, SB_RECORD_TEXT_LEN);
    if (rc == AUTH0DB_OK)
        rc = digest_of(text, digest);
    if (rc == AUTH0DB_OK)
        rc = insert(tenant, kind, digest, a0_buf_text(&json));
    a0_buf_clear(&json);
    return rc;
}

/* The kind belongs to the name: a login's state must not be taken for a code. */
bool sb_record_find(sb_tenant *tenant, sb_record_kind kind, const char *text, sb_record *out)
{
    char digest[65];
    sqlite3_stmt *stmt = NULL;
    *out = (sb_record){.kind = kind};
    if (text == NULL || strlen(text) != SB_RECORD_TEXT_LEN ||
        digest_of(text, digest) != AUTH0DB_OK ||
        sb_db_prepare(&stmt, tenant->db,
                      "SELECT seq, data FROM login_records"
                      " WHERE digest = ? AND kind = ? AND expires_ms > ?",
                      "sii", digest, (int64_t)kind, sb_now_ms(tenant)) != AUTH0DB_OK)
        return false;
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        const char *json = sb_db_text(stmt, 1);
        out->seq = sqlite3_column_int64(stmt, 0);
        if (a0_json_parse(&out->data, json, strlen(json), "record", NULL) != AUTH0DB_OK)
            out->data = NULL;
    }
    sqlite3_finalize(stmt);
    return out->data != NULL;
}

int sb_record_save(sb_tenant *tenant, const sb_record *record)
{
    a0_buf json = {0};
    int rc = a0_json_write(&json, record->data);
    if (rc == AUTH0DB_OK)
        rc = sb_db_run(tenant->db, "UPDATE login_records SET data = ? WHERE seq = ?", "si",
                       a0_buf_text(&json), record->seq);
    a0_buf_clear(&json);
    return rc;
}

/* Of two requests with one code, the one whose delete has found the row goes on. */
bool sb_record_take(sb_tenant *tenant, const sb_record *record)
{
    return sb_db_run(tenant->db, "DELETE FROM login_records WHERE seq = ?", "i", record->seq) ==
               AUTH0DB_OK &&
           sqlite3_changes(tenant->db) == 1;
}

void sb_record_clear(sb_record *record)
{
    json_decref(record->data);
    record->data = NULL;
}
