/* The tenant's log: what an entry holds, who finds it, and for how long. What happened is said by
 * whoever logs it. */
#include "sandbox/tenant/tenant_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "sandbox/api/api_clients.h"
#include "sandbox/tenant/connection_defaults.h"
#include "sandbox/tenant/db.h"
#include "sandbox/tenant/log_mask.h"
#include "sandbox/tenant/paging.h"
#include "sandbox/tenant/ratelimit.h"

enum {
    FOUND_MAX = 1000, /* by search; from a checkpoint there is no end */
    BODY_LOGGED_MAX = 16 * 1024,
    LOG_ID_SIZE = 64,
    DAY_MS = 24 * 3600 * 1000,
};

/* Every entry has every member; what there is not is null, or "" where it is recorded so. Which are
 * null and which "" is recorded (facts/auth0.md 4.13). */
static const struct member {
    const char *name, *usual, *of_machine, *of_api; /* JSON; machines get tokens for themselves */
    const char *until;                              /* by as_of */
} members[] = {
    {"connection", "null", "null", "null", ""},
    {"connection_id", "\"\"", "\"\"", "null", ""},
    {"organization_id", "null", "null", "null", ""},
    {"organization_name", "null", "null", "null", ""},
    {"client_name", "null", "null", "\"\"", ""},
    {"hostname", "null", "null", "null", ""},
    {"details", "null", "null", "null", ""},
    {"user_id", "\"\"", "\"\"", "null", ""},
    {"user_name", "\"\"", "\"\"", "null", ""},
    {"audience", "null", "null", "null", ""},
    {"scope", "null", "null", "null", "2023-05-01"},
    {"strategy", "null", "null", "null", ""},
    {"strategy_type", "null", "null", "null", ""},
    {"location_info", "null", "null", "null", ""},
};

/* The catalogue of 2026 makes it optional in these (documented). */
static bool may_lack_user_id(const char *type)
{
    static const char *const types[] = {"scpr", "fp", "sepft", "fepft"};
    for (size_t i = 0; i < A0_COUNT(types); i++) {
        if (strcmp(types[i], type) == 0)
            return true;
    }
    return false;
}

static void set_text(json_t *entry, const char *name, const char *value)
{
    if (value != NULL && *value != '\0')
        json_object_set_new(entry, name, json_string(value));
}

static void set_members(sb_call *call, json_t *entry, const char *type)
{
    bool api = strcmp(type, "sapi") == 0, machine = strstr(type, "ccft") != NULL;
    for (size_t i = 0; i < A0_COUNT(members); i++) {
        const struct member *m = &members[i];
        if (sb_as_of(call->tenant, "", m->until))
            json_object_set_new(entry, m->name,
                                json_loads(api       ? m->of_api
                                           : machine ? m->of_machine
                                                     : m->usual,
                                           JSON_DECODE_ANY, NULL));
    }
    if (!api) {
        char name[160];
        sb_client_name(call->tenant, call->tenant->client_id, name);
        set_text(entry, "client_name", name);
    }
    if (machine)
        set_text(entry, "hostname", strstr(call->tenant->url, "//") + 2);
}

static void set_connection(sb_call *call, json_t *entry, const char *name)
{
    sb_connection connection;
    if (name == NULL || !sb_connection_find(call->tenant, name, &connection))
        return;
    set_text(entry, "connection", connection.name);
    set_text(entry, "connection_id", connection.id);
    set_text(entry, "strategy", "auth0");
    set_text(entry, "strategy_type", "database");
    sb_connection_clear(&connection);
}

static json_t *scope_text(const json_t *scope)
{
    return json_is_string(scope) ? json_copy((json_t *)scope) : json_null();
}

static json_t *entry_of(sb_call *call, const sb_log_event *event)
{
    char date[SB_ISO_LEN];
    sb_iso(sb_now_ms(call->tenant), date);
    const char *ip = event->ip != NULL ? event->ip : call->request->peer;
    json_t *entry =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "date", date, "type", event->type,
                  "description", event->description, "client_id", call->tenant->client_id, "ip", ip,
                  "user_agent", "Other 0.0.0 / Other 0.0.0", "isMobile", 0);
    set_members(call, entry, event->type);
    if (strcmp(ip, call->request->peer) !=
        0) /* facts/auth0.md 1.2: shows that forwarded-for was believed */
        set_text(entry, "client_ip", call->request->peer);
    set_text(entry, "user_id", event->user_id);
    set_text(entry, "user_name", event->user_name);
    set_text(entry, "audience", event->audience);
    if (event->scope != NULL)
        json_object_set_new(entry, "scope", scope_text(event->scope));
    if (event->details != NULL)
        json_object_set_new(entry, "details", json_deep_copy(event->details));
    set_connection(call, entry, event->connection);
    if (!call->tenant->options.log_user_ids && may_lack_user_id(event->type))
        json_object_del(entry, "user_id");
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

/* ---- what a write was ---- */

/* A body as the log keeps it: whole, or not at all where it is long. Half a body would be no JSON.
 */
static json_t *logged_body(const json_t *body, size_t size)
{
    return body != NULL && size <= BODY_LOGGED_MAX ? sb_log_masked(body) : json_object();
}

static json_t *answered_body(const sb_reply *reply)
{
    json_t *body = NULL;
    if (reply->body.len == 0 || reply->body.len > BODY_LOGGED_MAX ||
        a0_json_parse(&body, a0_buf_text(&reply->body), reply->body.len, "reply", NULL) !=
            AUTH0DB_OK)
        return json_object();
    json_t *masked = sb_log_masked(body);
    json_decref(body);
    return masked;
}

static json_t *scopes_of(const sb_call *call)
{
    json_t *list = json_array();
    const char *scope = a0_json_text(call->token, "scope");
    while (scope != NULL && *scope != '\0') {
        size_t n = strcspn(scope, " ");
        json_array_append_new(list, json_stringn(scope, n));
        scope += n + strspn(scope + n, " ");
    }
    return list;
}

void sb_log_write(sb_call *call, const char *description)
{
    const sb_request *request = call->request;
    char method[sizeof request->method];
    snprintf(method, sizeof method, "%s", request->method);
    a0_ascii_lower(method);
    json_t *body = strcmp(method, "delete") == 0 ? json_null()
                                                 : logged_body(request->body, request->body_size);
    json_t *details = json_pack(
        "{s:{s:{s:{s:o}, s:s, s:{}}, s:o, s:s, s:s, s:s, s:s, s:O?, s:s}, s:{s:o, s:i}}", "request",
        "auth", "credentials", "scopes", scopes_of(call), "strategy", "jwt", "user", "body", body,
        "channel", "api", "ip", request->peer, "method", method, "path", request->path, "query",
        request->query, "userAgent", request->user_agent != NULL ? request->user_agent : "",
        "response", "body", answered_body(call->reply), "statusCode", call->reply->status);
    sb_log(call, &(sb_log_event){.type = "sapi", .description = description, .details = details});
    json_decref(details);
}

/* ---- reading ---- */

/* As Auth0's look: 900, the date to the millisecond, the number. */
static void id_of(const json_t *entry, int64_t seq, char out[static LOG_ID_SIZE])
{
    const char *date = a0_json_text(entry, "date");
    char digits[18] = "00000000000000000";
    for (size_t i = 0; date != NULL && *date != '\0' && i < sizeof digits - 1; date++) {
        if (*date >= '0' && *date <= '9')
            digits[i++] = *date;
    }
    snprintf(out, LOG_ID_SIZE, "900%s000%033lld", digits, (long long)seq);
}

/* 0: none of ours. Older builds wrote shorter ones. */
static int64_t seq_of(const char *id)
{
    size_t len = strlen(id);
    if (len != strspn(id, "0123456789") || len < 20)
        return 0;
    return strtoll(id + len - 18, NULL, 10);
}

/* An entry that cannot be read is left out: the others must still be found. */
static void append_entry(json_t *list, sqlite3_stmt *stmt)
{
    char id[LOG_ID_SIZE];
    json_t *entry;
    const char *text = sb_db_text(stmt, 1);
    if (a0_json_parse(&entry, text, strlen(text), "log", NULL) != AUTH0DB_OK)
        return;
    id_of(entry, sqlite3_column_int64(stmt, 0), id);
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

/* The oldest date that the plan still shows: the free one keeps a day. NULL: everything. Documented
 * (facts/auth0.md 4.13), and not of how many days the other plans keep: here they keep everything.
 */
static const char *kept_since(const sb_tenant *tenant, char date[static SB_ISO_LEN])
{
    if (tenant->options.tier != SB_TIER_FREE)
        return NULL;
    sb_iso(sb_now_ms(tenant) - DAY_MS, date);
    return date;
}

/* Checkpoint pagination: `from` is a log_id, the answer goes on from there, oldest first and
 * without an end, so that a reader loses nothing between two calls. */
static json_t *from_checkpoint(sb_tenant *tenant, const char *from, int64_t take)
{
    char date[SB_ISO_LEN];
    sqlite3_stmt *stmt = NULL;
    if (sb_db_prepare(&stmt, tenant->db,
                      "SELECT seq, entry FROM logs WHERE seq > ?1 AND (?3 IS NULL OR"
                      " json_extract(entry, '$.date') >= ?3) ORDER BY seq LIMIT ?2",
                      "iis", seq_of(from), take, kept_since(tenant, date)) != AUTH0DB_OK)
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

/* What is not understood is refused: a search that means something else here than at Auth0 would be
 * worse. */
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

/* To what the plan keeps, and to what a search sees by now. */
static void narrow(const sb_tenant *tenant, log_search *search)
{
    char date[SB_ISO_LEN];
    if (tenant->options.search_lag_ms > 0) {
        sb_iso(sb_now_ms(tenant) - tenant->options.search_lag_ms, date);
        if (search->to[0] == '\0' || strcmp(search->to, date) > 0)
            snprintf(search->to, sizeof search->to, "%s", date);
    }
    const char *since = kept_since(tenant, date);
    if (since != NULL && strcmp(search->from, since) < 0)
        snprintf(search->from, sizeof search->from, "%s", since);
}

/* That there is none, or none any more, is a guess in its words. */
void sb_logs_get(sb_call *call)
{
    char date[SB_ISO_LEN];
    sqlite3_stmt *stmt = NULL;
    json_t *found = NULL;
    if (sb_db_prepare(&stmt, call->tenant->db,
                      "SELECT seq, entry FROM logs WHERE seq = ?1 AND (?2 IS NULL OR"
                      " json_extract(entry, '$.date') >= ?2)",
                      "is", seq_of(call->parameter), kept_since(call->tenant, date)) == AUTH0DB_OK)
        found = entries_of(stmt);
    if (json_array_size(found) == 1)
        sb_reply_json(call->reply, 200, json_incref(json_array_get(found, 0)));
    else
        sb_reply_api_error(call->reply, 404, "inexistent_log", "The log event does not exist.");
    json_decref(found);
}

/* Entries that name the user: what a machine did to it does not (recorded). */
void sb_users_logs(sb_call *call)
{
    sb_paging paging;
    log_search search = {0};
    if (!sb_paging_read(call, &paging, (sb_paging_rules){.least = 0, .most = 100, .usual = 50}))
        return;
    snprintf(search.user_id, sizeof search.user_id, "%s", call->parameter);
    narrow(call->tenant, &search);
    json_t *list =
        found_entries(call->tenant, &search, paging.page * paging.per_page, paging.per_page);
    sb_paging_reply(call, &paging, "logs", list, found_count(call->tenant, &search));
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
    narrow(call->tenant, &search);
    json_t *list =
        found_entries(call->tenant, &search, paging.page * paging.per_page, paging.per_page);
    sb_paging_reply(call, &paging, "logs", list, found_count(call->tenant, &search));
}
