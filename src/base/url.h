/* AUTH0_DOMAIN, checked once and turned into a base URL. */
#ifndef A0_BASE_URL_H
#define A0_BASE_URL_H

#include <stdbool.h>

#include "base/error.h"

typedef struct a0_base_url {
    char text[300]; /* "https://acme.eu.auth0.com" or "http://127.0.0.1:4711": no trailing slash */
    char host[256];
    int port; /* 0: the scheme's default */
    bool https;
    bool loopback;
} a0_base_url;

/** Accepts "acme.eu.auth0.com", "https://...", and "http://" for loopback hosts only. No path,
 * query, user name or white space. `where` names the setting in the error. */
A0_MUST_CHECK int a0_base_url_parse(a0_base_url *out, const char *domain, const char *where,
                                    auth0db_error *err);

#endif
