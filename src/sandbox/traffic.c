#include "sandbox/traffic.h"

#include <stdio.h>

#include "base/mem.h"

struct sb_traffic {
    json_t *counts, *list;
    json_int_t total;
    json_int_t connections; /* that carried at least one of these requests */
    unsigned long newest_connection;
};

sb_traffic *sb_traffic_new(void)
{
    sb_traffic *traffic = a0_alloc(sizeof *traffic);
    if (traffic == NULL)
        return NULL;
    traffic->counts = json_object();
    traffic->list = json_array();
    return traffic;
}

void sb_traffic_free(sb_traffic *traffic)
{
    if (traffic == NULL)
        return;
    json_decref(traffic->counts);
    json_decref(traffic->list);
    a0_free(traffic);
}

void sb_traffic_clear(sb_traffic *traffic)
{
    json_object_clear(traffic->counts);
    json_array_clear(traffic->list);
    traffic->total = traffic->connections = 0;
    traffic->newest_connection = 0;
}

/* Beyond the list nothing is remembered, so a connection that was idle for a thousand requests
 * counts anew. */
static bool seen(const sb_traffic *traffic, unsigned long connection)
{
    /* from the newest: connections that take turns are found among the last few */
    for (size_t i = json_array_size(traffic->list); i-- > 0;) {
        const json_t *entry = json_array_get(traffic->list, i);
        if (a0_json_int(entry, "connection", 0) == (json_int_t)connection)
            return true;
    }
    return false;
}

void sb_traffic_add(sb_traffic *traffic, const sb_traffic_entry *entry)
{
    char key[200] = "unknown";
    if (entry->route != NULL)
        snprintf(key, sizeof key, "%s %s", entry->method, entry->route);
    json_object_set_new(traffic->counts, key,
                        json_integer(a0_json_int(traffic->counts, key, 0) + 1));
    /* numbers only grow, so the list is searched for an older connection that was idle meanwhile
     * alone */
    if (entry->connection > traffic->newest_connection) {
        traffic->newest_connection = entry->connection;
        traffic->connections++;
    } else if (entry->connection != traffic->newest_connection &&
               !seen(traffic, entry->connection)) {
        traffic->connections++;
    }
    traffic->total++;
    /* The counts go on for ever; the list is bounded, since it grows with every request. */
    if (json_array_size(traffic->list) == SB_TRAFFIC_LIST_MAX)
        json_array_remove(traffic->list, 0);
    json_array_append_new(traffic->list, json_pack("{s:s, s:s, s:i, s:I}", "method", entry->method,
                                                   "path", entry->path, "status", entry->status,
                                                   "connection", (json_int_t)entry->connection));
}

json_t *sb_traffic_json(const sb_traffic *traffic)
{
    return json_pack("{s:I, s:I, s:o, s:o}", "total", traffic->total, "connections",
                     traffic->connections, "counts", json_deep_copy(traffic->counts), "requests",
                     json_deep_copy(traffic->list));
}
