/* Mails, kept instead of sent. A link opens an account, so it is wiped from memory once it is kept.
 */
#include "sandbox/tenant/outbox.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "sandbox/tenant/db.h"

#define WANTED " FROM outbox WHERE (?1 IS NULL OR recipient = ?1) AND (?2 IS NULL OR kind = ?2)"

/* Addresses are compared in any case, as people type them. */
static char *lowered(const char *address)
{
    char *copy = a0_strdup(address);
    if (copy != NULL)
        a0_ascii_lower(copy);
    return copy;
}

static json_t *json_of(const sb_tenant *tenant, const sb_mail *mail)
{
    char date[SB_ISO_LEN];
    sb_iso(sb_now_ms(tenant), date);
    json_t *value = json_pack("{s:s, s:s, s:s, s:s, s:s}", "sent_at", date, "kind", mail->kind,
                              "to", mail->to, "subject", mail->subject, "text", mail->text);
    if (value != NULL && mail->link != NULL)
        json_object_set_new(value, "link", json_string(mail->link));
    if (value != NULL && mail->user_id != NULL)
        json_object_set_new(value, "user_id", json_string(mail->user_id));
    return value;
}

int sb_outbox_add(sb_tenant *tenant, const sb_mail *mail)
{
    a0_buf text = {0};
    json_t *value = json_of(tenant, mail);
    char *recipient = lowered(mail->to);
    int rc =
        value != NULL && recipient != NULL ? a0_json_write(&text, value) : AUTH0DB_ERR_NO_MEMORY;
    if (rc == AUTH0DB_OK)
        rc = sb_db_run(tenant->db, "INSERT INTO outbox (recipient, kind, mail) VALUES (?, ?, ?)",
                       "sss", recipient, mail->kind, a0_buf_text(&text));
    if (rc == AUTH0DB_OK)
        rc = sb_db_run(tenant->db, "DELETE FROM outbox WHERE seq <= ?", "i",
                       (int64_t)sqlite3_last_insert_rowid(tenant->db) - SB_OUTBOX_MAX);
    a0_json_wipe(value, "link");
    a0_json_wipe(value, "text");
    json_decref(value);
    a0_buf_clear(&text);
    a0_free(recipient);
    return rc;
}

static json_t *mail_of(sqlite3_stmt *stmt)
{
    json_t *mail;
    const char *text = sb_db_text(stmt, 1);
    if (a0_json_parse(&mail, text, strlen(text), "mail", NULL) != AUTH0DB_OK)
        return NULL;
    json_object_set_new(mail, "id", json_integer(sqlite3_column_int64(stmt, 0)));
    return mail;
}

json_t *sb_outbox_list(sb_tenant *tenant, const sb_mail_filter *filter)
{
    sqlite3_stmt *stmt = NULL;
    json_t *list = json_array();
    char *to = lowered(filter->to);
    if (list != NULL &&
        sb_db_prepare(&stmt, tenant->db, "SELECT seq, mail" WANTED " ORDER BY seq DESC LIMIT ?3",
                      "ssi", to, filter->kind, filter->limit) == AUTH0DB_OK) {
        while (sqlite3_step(stmt) == SQLITE_ROW)
            json_array_append_new(list, mail_of(stmt));
        sqlite3_finalize(stmt);
    }
    a0_free(to);
    return list;
}

int64_t sb_outbox_count(sb_tenant *tenant, const sb_mail_filter *filter)
{
    char *to = lowered(filter->to);
    int64_t count = sb_db_number(tenant->db, 0, "SELECT count(*)" WANTED, "ss", to, filter->kind);
    a0_free(to);
    return count;
}

json_t *sb_outbox_get(sb_tenant *tenant, int64_t id)
{
    sqlite3_stmt *stmt = NULL;
    if (sb_db_prepare(&stmt, tenant->db, "SELECT seq, mail FROM outbox WHERE seq = ?", "i", id) !=
        AUTH0DB_OK)
        return NULL;
    json_t *mail = sqlite3_step(stmt) == SQLITE_ROW ? mail_of(stmt) : NULL;
    sqlite3_finalize(stmt);
    return mail;
}

int sb_outbox_clear(sb_tenant *tenant)
{
    return sb_db_run(tenant->db, "DELETE FROM outbox", "");
}
