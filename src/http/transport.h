/* One HTTP exchange. TLS is always verified, no redirect is followed, nothing is retried or sent
 * twice: where a kept connection dies under a request with a body, that is an answer (UNREACHABLE),
 * not a second try. */
#ifndef A0_HTTP_TRANSPORT_H
#define A0_HTTP_TRANSPORT_H

#include "base/url.h"
#include "http/request.h"

/* Thread-safe; survives fork(), also while other threads send. What OpenSSL locks while it does
 * something for the first time in a process (its first key, its first TLS connection) is its own:
 * a child that is made in that moment can hang in it. */
typedef struct a0_http a0_http;

/** `ca_file` (copied, may be NULL) replaces the system's CAs. A loopback server is never asked
 * through a proxy; for the rest libcurl's environment variables count. Opens nothing. */
A0_MUST_CHECK int a0_http_new(a0_http **out, const a0_base_url *server, const char *ca_file,
                              unsigned connect_ms, auth0db_error *err);
void a0_http_free(a0_http *http); /* NULL is a no-op; no exchange may be under way */

/** Errors: UNREACHABLE (no connection or no whole answer in timeout_ms), UNTRUSTED (TLS), TOO_LARGE
 * (more than A0_HTTP_BODY_MAX), PROTOCOL (not HTTP), OPTION (the CA file cannot be read),
 * NO_MEMORY. */
A0_MUST_CHECK int a0_http_send(a0_http *http, const a0_http_request *request, unsigned timeout_ms,
                               a0_http_response *response, auth0db_error *err);
/** Requests begun by this process. */
unsigned long a0_http_sent(const a0_http *http);

#endif
