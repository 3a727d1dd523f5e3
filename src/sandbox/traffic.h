/* What was asked of the tenant: counts by route, and the last requests. Control calls are not in
 * it. */
#ifndef A0_SANDBOX_TRAFFIC_H
#define A0_SANDBOX_TRAFFIC_H

#include "sandbox/tenant/tenant.h"

enum { SB_TRAFFIC_LIST_MAX = 1000 };

typedef struct sb_traffic_entry {
    const char *method, *path;
    const char *route; /* the pattern; NULL where there is none, and all such are counted together:
                        * whoever invents paths must not make the counts grow */
    int status;        /* 0: the connection was closed without an answer */
    unsigned long connection;
} sb_traffic_entry;

sb_traffic *sb_traffic_new(void);
void sb_traffic_free(sb_traffic *traffic);
void sb_traffic_clear(sb_traffic *traffic);
void sb_traffic_add(sb_traffic *traffic, const sb_traffic_entry *entry);
/** {"total", "connections", "counts": {"POST /oauth/token": 3}, "requests": [...]}; NULL without
 * memory. */
json_t *sb_traffic_json(const sb_traffic *traffic);

#endif
