/* libmicrohttpd, and nothing of the tenant: bytes in, one call to sb_route, bytes out. */
#ifndef A0_SANDBOX_SERVER_H
#define A0_SANDBOX_SERVER_H

#include "sandbox/tenant/tenant.h"
#include "sandbox/tls.h"

typedef struct sb_server sb_server;

typedef struct sb_server_settings {
    sb_tenant *tenant;
    const char *host;  /* "127.0.0.1", "::1": loopback, checked by the caller */
    int port;          /* 0: the kernel chooses */
    const sb_tls *tls; /* NULL: plain http */
    bool quiet;        /* no request lines on stderr */
} sb_server_settings;

/** Listens. A request that comes before the tenant knows its address waits for its lock. */
A0_MUST_CHECK int sb_server_start(sb_server **out, const sb_server_settings *settings,
                                  auth0db_error *err);
int sb_server_port(const sb_server *server);
void sb_server_stop(sb_server *server); /* waits for requests under way; NULL is a no-op */

#endif
