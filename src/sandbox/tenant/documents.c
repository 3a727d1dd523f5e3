/* What the tenant only keeps and shows: JSON under a kind and an id. */
#include "sandbox/tenant/documents.h"

#include <string.h>

#include "sandbox/tenant/db.h"

static json_t *parsed(sqlite3_stmt *stmt, int column)
{
    json_t *value = NULL;
    const char *text = sb_db_text(stmt, column);
    return a0_json_parse(&value, text, strlen(text), "document", NULL) == AUTH0DB_OK ? value : NULL;
}

json_t *sb_document_get(sb_tenant *tenant, const char *kind, const char *id)
{
    sqlite3_stmt *stmt = NULL;
    json_t *document = NULL;
    if (sb_db_prepare(&stmt, tenant->db, "SELECT document FROM documents WHERE kind = ? AND id = ?",
                      "ss", kind, id) != AUTH0DB_OK)
        return NULL;
    if (sqlite3_step(stmt) == SQLITE_ROW)
        document = parsed(stmt, 0);
    sqlite3_finalize(stmt);
    return document;
}

int sb_document_put(sb_tenant *tenant, const char *kind, const char *id, const json_t *document)
{
    a0_buf text = {0};
    /* The others are counted: what is there already can be changed when the table is full. */
    if (sb_db_number(tenant->db, 0, "SELECT count(*) FROM documents WHERE kind = ? AND id <> ?",
                     "ss", kind, id) >= SB_DOCUMENTS_MAX)
        return AUTH0DB_ERR_STATE;
    int rc = a0_json_write(&text, document);
    if (rc == AUTH0DB_OK)
        rc = sb_db_run(tenant->db,
                       "INSERT INTO documents (kind, id, document) VALUES (?, ?, ?)"
                       " ON CONFLICT (kind, id) DO UPDATE SET document = excluded.document",
                       "sss", kind, id, a0_buf_text(&text));
    a0_buf_clear(&text);
    return rc;
}

int sb_document_delete(sb_tenant *tenant, const char *kind, const char *id)
{
    return sb_db_run(tenant->db, "DELETE FROM documents WHERE kind = ? AND id = ?", "ss", kind, id);
}

json_t *sb_document_list(sb_tenant *tenant, const char *kind)
{
    sqlite3_stmt *stmt = NULL;
    json_t *list = json_array();
    if (sb_db_prepare(&stmt, tenant->db,
                      "SELECT document FROM documents WHERE kind = ? ORDER BY seq", "s",
                      kind) != AUTH0DB_OK)
        return list;
    while (sqlite3_step(stmt) == SQLITE_ROW)
        json_array_append_new(list, parsed(stmt, 0));
    sqlite3_finalize(stmt);
    return list;
}

/* An object is merged one level deep and no deeper. */
void sb_document_merge(json_t *document, json_t *changes)
{
    const char *name;
    json_t *value;
    json_object_foreach(changes, name, value)
    {
        json_t *kept = json_object_get(document, name);
        if (json_is_null(value))
            json_object_del(document, name);
        else if (json_is_object(value) && json_is_object(kept))
            json_object_update(kept, value);
        else
            json_object_set_new(document, name, json_deep_copy(value));
    }
}

/* What is there is never changed: a default must not win over what somebody sent. */
void sb_document_fill(json_t *document, json_t *defaults)
{
    const char *name;
    json_t *value;
    json_object_foreach(defaults, name, value)
    {
        json_t *kept = json_object_get(document, name);
        if (kept == NULL)
            json_object_set_new(document, name, json_deep_copy(value));
        else if (json_is_object(kept) && json_is_object(value))
            sb_document_fill(kept, value); /* as deep as our own tables are */
    }
}
