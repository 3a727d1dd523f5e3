#include "sandbox/tenant_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/connections.h"
#include "sandbox/db.h"
#include "sandbox/paging.h"

enum { FOUND_MAX = 1000 }; /* by search; from a checkpoint there is no end */

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

/* Of a statement over seq and entry, which it finalizes. */
static json_t *entries_of(sqlite3_stmt *stmt)
{
    json_t *list = json_array();
    while (sqlite3_step(stmt) == SQLITE_ROW)
        append_entry(list, stmt);
    sqlite3_finalize(stmt);
    return list;
}

/* What to look for; "" and NULL: everything. Dates are text of one form, so they compare as text.
 */
typedef struct log_search {
    char type[32];
    char from[40], to[40];
    char user_id[260];
    bool oldest_first;
} log_search;

static const char *or_null(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

#define LOG_FOUND                                                                                  \
    "(?1 IS NULL OR type = ?1) AND (?2 IS NULL OR json_extract(entry, '$.date') >= ?2)"            \
    " AND (?3 IS NULL OR json_extract(entry, '$.date') <= ?3)"                                     \
    " AND (?4 IS NULL OR json_extract(entry, '$.user_id') = ?4)"

static json_t *found_entries(sb_tenant *tenant, const log_search *search, int64_t offset,
                             int64_t limit)
{
    sqlite3_stmt *stmt = NULL;
    const char *sql = search->oldest_first ? "SELECT seq, entry FROM logs WHERE " LOG_FOUND
                                             " ORDER BY seq LIMIT ?5 OFFSET ?6"
                                           : "SELECT seq, entry FROM logs WHERE " LOG_FOUND
                                             " ORDER BY seq DESC LIMIT ?5 OFFSET ?6";
    if (sb_db_prepare(&stmt, tenant->db, sql, "ssssii", or_null(search->type),
                      or_null(search->from), or_null(search->to), or_null(search->user_id), limit,
                      offset) != AUTH0DB_OK)
        return json_array();
    return entries_of(stmt);
}

json_t *sb_log_list(sb_tenant *tenant, const char *type, int64_t offset, int64_t limit)
{
    log_search search = {0};
    snprintf(search.type, sizeof search.type, "%s", type != NULL ? type : "");
    return found_entries(tenant, &search, offset, limit);
}

static int64_t found_count(sb_tenant *tenant, const log_search *search)
{
    return sb_db_number(tenant->db, 0, "SELECT count(*) FROM logs WHERE " LOG_FOUND, "ssss",
                        or_null(search->type), or_null(search->from), or_null(search->to),
                        or_null(search->user_id));
}

/* Checkpoint pagination: `from` is a log_id, the answer goes on from there, oldest first. */
static json_t *from_checkpoint(sb_tenant *tenant, const char *from, int64_t take)
{
    sqlite3_stmt *stmt = NULL;
    int64_t seq = strlen(from) > 3 ? strtoll(from + 3, NULL, 10) : 0;
    if (sb_db_prepare(&stmt, tenant->db,
                      "SELECT seq, entry FROM logs WHERE seq > ? ORDER BY seq LIMIT ?", "ii", seq,
                      take) != AUTH0DB_OK)
        return json_array();
    return entries_of(stmt);
}

/* One term of q: type:fp, type:"fp", user_id:"auth0|abc", or date:[FROM TO TO], with * for an open
 * end. */
static const char *read_term(log_search *out, const char *at)
{
    int end = 0;
    if (sscanf(at, "type:\"%31[a-z_]\"%n", out->type, &end) == 1 && end > 0)
        return at + end;
    if (sscanf(at, "type:%31[a-z_]%n", out->type, &end) == 1)
        return at + end;
    if (sscanf(at, "user_id:\"%259[^\"]\"%n", out->user_id, &end) == 1 && end > 0)
        return at + end;
    if (sscanf(at, "date:[%39[^] ] TO %39[^] ]%n", out->from, out->to, &end) == 2 && at[end] == ']')
        return at + end + 1;
    return NULL;
}

static bool read_search(log_search *out, const char *q)
{
    static const char and[] = " AND ";
    while ((q = read_term(out, q)) != NULL && strncmp(q, and, sizeof and-1) == 0)
        q += sizeof and-1;
    if (strcmp(out->from, "*") == 0)
        out->from[0] = '\0';
    if (strcmp(out->to, "*") == 0)
        out->to[0] = '\0';
    return q != NULL && *q == '\0';
}

static bool bad(sb_call *call, const char *message)
{
    sb_reply_api_error(call->reply, 400, "invalid_query_string", "%s", message);
    return false;
}

static bool search_of(sb_call *call, const sb_paging *paging, log_search *out)
{
    const char *q = sb_query(call->request, "q"), *sort = sb_query(call->request, "sort");
    *out = (log_search){.oldest_first = sort != NULL && strcmp(sort, "date:1") == 0};
    if (q != NULL && *q != '\0' && !read_search(out, q))
        return bad(call, "The sandbox searches logs by type, user_id and date only, as in "
                         "q=type:fp AND date:[2026-01-31T00:00:00.000Z TO *].");
    if (sort != NULL && !out->oldest_first && strcmp(sort, "date:-1") != 0)
        return bad(call, "The sandbox sorts logs by date only.");
    return (paging->page * paging->per_page < FOUND_MAX) ||
           bad(call, "You can only page through the first 1000 records.");
}

void sb_logs_list(sb_call *call)
{
    sb_paging paging;
    log_search search;
    int64_t take;
    const char *from = sb_query(call->request, "from");
    if (!sb_paging_read(call, &paging, (sb_paging_rules){.least = 0, .most = 100, .usual = 50}) ||
        !sb_query_number(call, "take", 1, 100, 50, &take))
        return;
    if (from != NULL || sb_query(call->request, "take") != NULL) {
        sb_reply_json(call->reply, 200,
                      from_checkpoint(call->tenant, from != NULL ? from : "", take));
        return;
    }
    if (!search_of(call, &paging, &search))
        return;
    json_t *list =
        found_entries(call->tenant, &search, paging.page * paging.per_page, paging.per_page);
    sb_paging_reply(call, &paging, "logs", list, found_count(call->tenant, &search));
}
