/* Query parameters that many reads share: pages, totals, fields. Each replies 400 itself and
 * returns false where a parameter is out of range. */
#ifndef A0_SANDBOX_TENANT_PAGING_H
#define A0_SANDBOX_TENANT_PAGING_H

#include "sandbox/call.h"

typedef struct sb_paging {
    int64_t page, per_page;
    bool totals, no_total_of_none;
} sb_paging;

typedef struct sb_paging_rules {
    int least, most, usual; /* of per_page */
    bool by_checkpoint;     /* always, also without from and take */
    bool no_total_of_none;  /* an empty list comes without its total (recorded) */
} sb_paging_rules;

bool sb_query_number(sb_call *call, const char *name, int64_t least, int64_t most, int64_t fallback,
                     int64_t *out);
bool sb_query_flag(sb_call *call, const char *name, bool fallback, bool *out);
bool sb_paging_read(sb_call *call, sb_paging *out, sb_paging_rules rules);
/** The list alone, or with include_totals {start, limit, length?, total, NAME: list}. Takes over
 * `list`. */
void sb_paging_reply(sb_call *call, const sb_paging *paging, const char *name, json_t *list,
                     int64_t total);

/** The page of `list`, which holds everything, that the query wants: by page and per_page, or by
 * checkpoint (from, take). Takes over `list`. */
void sb_page_of(sb_call *call, const char *name, json_t *list, sb_paging_rules rules);

/** Is `name` in a comma-separated list? */
bool sb_comma_list_has(const char *list, const char *name);
/** Apply fields and include_fields to an object, in place. */
void sb_project(const sb_call *call, json_t *object);
/** Are all of `fields` among the names Auth0 knows? 400 where not. `known` ends with NULL. */
bool sb_fields_check(sb_call *call, const char *const *known);
/** Does the query hold only these names? Replies 400 where not. `known` ends with NULL. */
bool sb_query_names_check(sb_call *call, const char *const *known);

#endif
