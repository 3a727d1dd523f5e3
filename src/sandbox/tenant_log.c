#include "sandbox/tenant_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/connections.h"
#include "sandbox/db.h"
#include "sandbox/paging.h"

static void set_text(json_t *entry, const char *name, const char *value)
{
    if (value != NULL && *value != '\0')
        json_object_set_new(entry, name, json_string(value));
}

static json_t *entry_of(sb_call *call, const sb_log_event *event)
{
    char date[SB_ISO_LEN];
    sb_connection connection;
    sb_iso(sb_now_ms(call->tenant), date);
    const char *ip = event->ip != NULL ? event->ip : call->request->peer;
    json_t *entry =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "date", date, "type", event->type,
                  "description", event->description, "client_id", call->tenant->client_id, "ip", ip,
                  "hostname", strstr(call->tenant->url, "//") + 2, "isMobile", 0);
    if (strcmp(ip, call->request->peer) !=
        0) /* facts/auth0.md 1.2: shows that forwarded-for was believed */
        set_text(entry, "client_ip", call->request->peer);
    set_text(entry, "user_agent", call->request->user_agent);
    set_text(entry, "user_id", event->user_id);
    set_text(entry, "user_name", event->user_name);
    if (event->connection != NULL &&
        sb_connection_find(call->tenant, event->connection, &connection)) {
        set_text(entry, "connection", connection.name);
        set_text(entry, "connection_id", connection.id);
        set_text(entry, "strategy", "auth0");
        set_text(entry, "strategy_type", "database");
        sb_connection_clear(&connection);
    }
    return entry;
}

void sb_log(sb_call *call, const sb_log_event *event)
{
    sqlite3 *db = call->tenant->db;
    json_t *entry = entry_of(call, event);
    a0_buf text = {0};
    /* a log that cannot be written must not turn the answer into another one */
    if (entry != NULL && a0_json_write(&text, entry) == AUTH0DB_OK &&
        sb_db_run(db, "INSERT INTO logs (type, entry) VALUES (?, ?)", "ss", event->type,
                  a0_buf_text(&text)) == AUTH0DB_OK)
        (void)!sb_db_run(db, "DELETE FROM logs WHERE seq <= ?", "i",
                         (int64_t)sqlite3_last_insert_rowid(db) - SB_LOG_MAX);
    a0_buf_clear(&text);
    json_decref(entry);
}

static void append_entry(json_t *list, sqlite3_stmt *stmt)
{
    char id[40];
    json_t *entry;
    const char *text = sb_db_text(stmt, 1);
    if (a0_json_parse(&entry, text, strlen(text), "log", NULL) != AUTH0DB_OK)
        return;
    snprintf(id, sizeof id, "900%021lld", (long long)sqlite3_column_int64(stmt, 0));
    json_object_set_new(entry, "log_id", json_string(id));
    json_object_set_new(entry, "_id", json_string(id));
    json_array_append_new(list, entry);
}

json_t *sb_log_list(sb_tenant *tenant, const char *type, int64_t offset, int64_t limit)
{
    sqlite3_stmt *stmt = NULL;
    json_t *list = json_array();
    if (sb_db_prepare(&stmt, tenant->db,
                      "SELECT seq, entry FROM logs WHERE ?1 IS NULL OR type = ?1"
                      " ORDER BY seq DESC LIMIT ?2 OFFSET ?3",
                      "sii", type, limit, offset) != AUTH0DB_OK)
        return list;
    while (sqlite3_step(stmt) == SQLITE_ROW)
        append_entry(list, stmt);
    sqlite3_finalize(stmt);
    return list;
}

int64_t sb_log_count(sb_tenant *tenant, const char *type)
{
    return sb_db_number(tenant->db, 0, "SELECT count(*) FROM logs WHERE ?1 IS NULL OR type = ?1",
                        "s", type);
}

/* Checkpoint pagination: `from` is a log_id, the answer goes on from there, oldest first. */
static json_t *from_checkpoint(sb_tenant *tenant, const char *from, int64_t take)
{
    sqlite3_stmt *stmt = NULL;
    json_t *list = json_array();
    int64_t seq = strlen(from) > 3 ? strtoll(from + 3, NULL, 10) : 0;
    if (sb_db_prepare(&stmt, tenant->db,
                      "SELECT seq, entry FROM logs WHERE seq > ? ORDER BY seq LIMIT ?", "ii", seq,
                      take) != AUTH0DB_OK)
        return list;
    while (sqlite3_step(stmt) == SQLITE_ROW)
        append_entry(list, stmt);
    sqlite3_finalize(stmt);
    return list;
}

void sb_logs_list(sb_call *call)
{
    sb_paging paging;
    int64_t take;
    const char *from = sb_query(call->request, "from"), *q = sb_query(call->request, "q");
    char type[32] = "";
    if (!sb_paging_read(call, &paging, (sb_paging_rules){.least = 0, .most = 100, .usual = 50}) ||
        !sb_query_number(call, "take", 1, 100, 50, &take))
        return;
    if (from != NULL || sb_query(call->request, "take") != NULL) {
        sb_reply_json(call->reply, 200,
                      from_checkpoint(call->tenant, from != NULL ? from : "", take));
        return;
    }
    if (q != NULL && sscanf(q, "type:%*[\"]%31[a-z_]", type) != 1 &&
        sscanf(q, "type:%31[a-z_]", type) != 1) {
        sb_reply_api_error(call->reply, 400, "invalid_query_string",
                           "The sandbox searches logs by type only, as in q=type:fp.");
        return;
    }
    const char *wanted = type[0] != '\0' ? type : NULL;
    json_t *list =
        sb_log_list(call->tenant, wanted, paging.page * paging.per_page, paging.per_page);
    sb_paging_reply(call, &paging, "logs", list, sb_log_count(call->tenant, wanted));
}
