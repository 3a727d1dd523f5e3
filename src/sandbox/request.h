/* One request as the tenant sees it: decoded once, bounded, without any libmicrohttpd in it. */
#ifndef A0_SANDBOX_REQUEST_H
#define A0_SANDBOX_REQUEST_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/json.h"

enum {
    SB_BODY_MAX = 1024 * 1024, /* facts/auth0.md 4.0: payload limit of every Management endpoint */
    SB_URI_MAX = 8 * 1024,
    SB_SEGMENTS_MAX = 8,
};

typedef struct sb_request {
    char method[12];
    char *path;                      /* as sent, percent-encoded, without the query */
    char *segments[SB_SEGMENTS_MAX]; /* decoded */
    unsigned n_segments;
    json_t *query;   /* object; a repeated name holds an array */
    json_t *body;    /* parsed JSON or form; NULL where there was none */
    a0_buf raw_body; /* holds passwords: the buffer wipes itself */
    json_t *form;    /* the texts of a multipart body; NULL for any other */
    a0_buf upload;   /* its part "users" */
    bool has_upload;
    char *content_type, *authorization, *host, *origin, *user_agent, *accept, *forwarded_for,
        *custom_domain, *cookie; /* "" if absent */
    char peer[64];               /* textual address of the TCP peer */
    unsigned long connection;    /* number of the TCP connection, for the request list */
    unsigned long body_size;
} sb_request;

/** Split and decode the request target. MALFORMED: bad escapes, NUL, not UTF-8. TOO_LARGE: longer
 * than we take. */
A0_MUST_CHECK int sb_request_parse_target(sb_request *request, const char *target);
/** Parse raw_body by content type into `body`. An empty body leaves NULL. Strings with NUL are
 * refused. */
A0_MUST_CHECK int sb_request_parse_body(sb_request *request, auth0db_error *err);
/** application/x-www-form-urlencoded text into an object of strings (an array where a name
 * repeats). */
A0_MUST_CHECK int sb_form_parse(json_t **out, const char *text, size_t len);
void sb_request_clear(sb_request *request);

/** Is there a NUL in any string or key inside? Such a string means two different things to two
 * readers; no field of the API needs one. */
bool sb_holds_nul(const json_t *value);

/* Borrowed text of a query parameter, NULL where absent or repeated. */
const char *sb_query(const sb_request *request, const char *name);

#endif
