/* The tenant's log, page by page. What an entry means, and where a reader goes on, the callers
 * decide. */
#include <string.h>

#include "auth0/client_int.h"
#include "base/encode.h"

enum { RETRIES = 3, LOG_ID_MAX = 200 };

/* From a checkpoint there is no end, by search there are A0_LOG_FOUND_MAX; the tenant ignores
 * everything else where it sees `from`. */
static int add_query(a0_http_request *request, const a0_log_query *query)
{
    if (query->after != NULL) {
        int rc = a0_buf_printf(&request->url, "take=%u&from=", query->take);
        return rc == AUTH0DB_OK
                   ? a0_percent_encode(&request->url, query->after, strlen(query->after))
                   : rc;
    }
    int rc = a0_buf_printf(&request->url, "per_page=%u&page=%u&sort=date%%3A1", query->take,
                           query->page);
    if (rc == AUTH0DB_OK && query->q[0] != '\0') {
        rc = a0_buf_puts(&request->url, "&q=");
        if (rc == AUTH0DB_OK)
            rc = a0_percent_encode(&request->url, query->q, strlen(query->q));
    }
    return rc;
}

static const char *text_or_empty(const json_t *json, const char *key)
{
    const char *text = a0_json_text(json, key);
    return text != NULL ? text : "";
}

static bool has_log_id(const json_t *entry)
{
    const char *id = a0_json_text(entry, "log_id");
    return id != NULL && id[0] != '\0' && strlen(id) <= LOG_ID_MAX;
}

/* Without its id an entry cannot be gone on from. All are looked at before the first is told: the
 * reader goes on from the last page that was whole, and would meet these entries again. */
static auth0db_outcome report_entries(a0_call *call, const json_t *list, a0_log_fn each, void *ctx)
{
    size_t i;
    const json_t *json;
    json_array_foreach(list, i, json)
    {
        if (!has_log_id(json))
            return a0_call_malformed(call, "log_id", "holds an entry without an id");
    }
    json_array_foreach(list, i, json)
    {
        a0_log_entry entry = {text_or_empty(json, "log_id"),     text_or_empty(json, "date"),
                              text_or_empty(json, "type"),       text_or_empty(json, "user_id"),
                              text_or_empty(json, "user_name"),  text_or_empty(json, "connection"),
                              text_or_empty(json, "description")};
        each(ctx, &entry);
    }
    return AUTH0DB_OUTCOME_OK;
}

auth0db_outcome a0_logs(auth0db_client *client, const a0_log_query *query, unsigned deadline_ms,
                        a0_log_fn each, void *ctx, size_t *n, auth0db_error *err)
{
    a0_call call;
    a0_http_request request = {.method = "GET"};
    json_t *list;
    *n = 0;
    a0_call_begin(&call, client, "tenant log", deadline_ms, err);
    call.retries = RETRIES;
    int rc = a0_url(client, &request, "/api/v2/logs?", NULL);
    if (rc == AUTH0DB_OK)
        rc = add_query(&request, query);
    auth0db_outcome outcome = a0_manage_json(&call, A0_OP_LOOK_UP, rc, &request, true, &list);
    if (outcome == AUTH0DB_OUTCOME_OK)
        outcome = report_entries(&call, list, each, ctx);
    if (outcome == AUTH0DB_OUTCOME_OK)
        *n = json_array_size(list);
    json_decref(list);
    return outcome;
}
