/* GET /api/v2/users: pages, order, q. facts/auth0.md 4.5. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "sandbox/api/api_users.h"
#include "sandbox/tenant/db.h"
#include "sandbox/tenant/paging.h"
#include "sandbox/tenant/query.h"
#include "sandbox/tenant/users.h"

enum { RESULTS_MAX = 1000 };

static bool bad(sb_call *call, const char *message)
{
    sb_reply_api_error(call->reply, 400, "invalid_query_string", "%s", message);
    return false;
}

/* "email:1" into SQL. Only root members: metadata cannot be sorted by. The name comes from our own
 * list and not from the caller: it becomes a part of the SQL. */
static bool order_of(sb_call *call, char out[static 120])
{
    const char *sort = sb_query(call->request, "sort");
    snprintf(out, 120, "seq");
    if (sort == NULL)
        return true;
    size_t len = strcspn(sort, ":");
    bool up = strcmp(sort + len, ":1") == 0, down = strcmp(sort + len, ":-1") == 0;
    for (const char *const *name = sb_user_field_names; *name != NULL && (up || down); name++) {
        if (strlen(*name) == len && strncmp(*name, sort, len) == 0) {
            /* The row's number decides between equals, or two pages could show one user twice. */
            snprintf(out, 120, "json_extract(profile, '$.%s') %s, seq", *name, up ? "ASC" : "DESC");
            return true;
        }
    }
    return bad(call, "Query validation error: 'String does not match pattern' on property sort.");
}

/* Documented as a 400 where v1 and v2 are not allowed (facts/auth0.md 4.5). */
static bool engine_ok(sb_call *call)
{
    const char *engine = sb_query(call->request, "search_engine");
    return engine == NULL || strcmp(engine, "v3") == 0 ||
           bad(call, "Search engine v1 and v2 are not available for this tenant, use v3.");
}

static bool bind_all(sqlite3_stmt *stmt, const json_t *values)
{
    size_t i;
    json_t *value;
    int rc = SQLITE_OK;
    json_array_foreach(values, i, value)
    {
        if (rc == SQLITE_OK && json_is_integer(value))
            rc = sqlite3_bind_int64(stmt, (int)i + 1, json_integer_value(value));
        else if (rc == SQLITE_OK)
            rc =
                sqlite3_bind_text(stmt, (int)i + 1, json_string_value(value), -1, SQLITE_TRANSIENT);
    }
    return rc == SQLITE_OK;
}

/* A statement over `what` for the condition; NULL on trouble. changed_ms makes searches lag where
 * the tenant is told to: reads by id and by e-mail never do. */
static sqlite3_stmt *select_users(sb_call *call, const sb_query_sql *query, const char *what,
                                  const char *tail)
{
    a0_buf sql = {0};
    sqlite3_stmt *stmt = NULL;
    int64_t visible = sb_now_ms(call->tenant) - call->tenant->options.search_lag_ms;
    const char *where = query->where.len > 0 ? a0_buf_text(&query->where) : "1";
    if (a0_buf_printf(&sql, "SELECT %s FROM users WHERE (%s) AND changed_ms <= %lld %s", what,
                      where, (long long)visible, tail) == AUTH0DB_OK &&
        sb_db_prepare(&stmt, call->tenant->db, a0_buf_text(&sql), "") == AUTH0DB_OK &&
        query->values != NULL && !bind_all(stmt, query->values)) {
        sqlite3_finalize(stmt);
        stmt = NULL;
    }
    a0_buf_clear(&sql);
    return stmt;
}

static void reply_page(sb_call *call, const sb_query_sql *query, const sb_paging *paging,
                       const char *order)
{
    char tail[240];
    int64_t total = 0;
    snprintf(tail, sizeof tail, "ORDER BY %s LIMIT %lld OFFSET %lld", order,
             (long long)paging->per_page, (long long)(paging->page * paging->per_page));
    /* Counted by itself, over all that fit: the page does not tell. */
    sqlite3_stmt *count = select_users(call, query, "count(*)", "");
    sqlite3_stmt *stmt = select_users(call, query, SB_USER_COLUMNS, tail);
    if (count != NULL && sqlite3_step(count) == SQLITE_ROW)
        total = sqlite3_column_int64(count, 0);
    sqlite3_finalize(count);
    if (stmt == NULL) {
        sb_reply_api_error(call->reply, 500, NULL, "Internal error.");
        return;
    }
    sb_paging_reply(call, paging, "users", sb_users_list(call, stmt), total);
}

void sb_users_search(sb_call *call)
{
    /* primary_order is taken and changes nothing: rows have one order here anyway. */
    static const char *const known[] = {
        "page",           "per_page", "include_totals", "sort",          "connection", "fields",
        "include_fields", "q",        "search_engine",  "primary_order", NULL};
    sb_paging paging;
    char order[120];
    bool primary;
    sb_query_sql query = {0};
    auth0db_error err;
    const char *q = sb_query(call->request, "q");
    if (!sb_query_names_check(call, known) || !sb_fields_check(call, sb_user_field_names) ||
        !sb_paging_read(call, &paging, (sb_paging_rules){.least = 0, .most = 100, .usual = 50}) ||
        !sb_query_flag(call, "primary_order", true, &primary) || !order_of(call, order) ||
        !engine_ok(call))
        return;
    if (sb_query(call->request, "connection") != NULL) {
        bad(call, "The connection parameter is for search engine v1: use q=identities.connection.");
        return;
    }
    /* Auth0's cap over all pages (documented: facts/auth0.md 4.5): an importer that pages through
     * users must meet it here. */
    if (paging.page * paging.per_page >= RESULTS_MAX) {
        bad(call, "You can only page through the first 1000 records. See "
                  "https://auth0.com/docs/users/search/v3/view-search-results-by-page#limitation");
        return;
    }
    if (q != NULL && *q != '\0' && sb_query_parse(&query, q, &err) != AUTH0DB_OK) {
        sb_reply_api_error(call->reply, 400, "invalid_query_string", "q: %s", err.message);
        return;
    }
    reply_page(call, &query, &paging, order);
    sb_query_clear(&query);
}
