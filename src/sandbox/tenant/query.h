/* The q of GET /users: a subset of Lucene's language, turned into an SQL condition with bound
 * values. */
#ifndef A0_SANDBOX_TENANT_QUERY_H
#define A0_SANDBOX_TENANT_QUERY_H

#include "base/buf.h"
#include "base/json.h"

enum { SB_QUERY_TERMS_MAX = 64, SB_QUERY_DEPTH_MAX = 16 };

typedef struct sb_query_sql {
    a0_buf where;   /* only text of ours and '?' */
    json_t *values; /* array: what to bind, in order; strings and integers */
} sb_query_sql;

/** Errors: MALFORMED, with the place in the text as message. */
A0_MUST_CHECK int sb_query_parse(sb_query_sql *out, const char *q, auth0db_error *err);
void sb_query_clear(sb_query_sql *query);

#endif
