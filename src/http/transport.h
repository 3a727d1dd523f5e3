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

/** Names a proxy that libcurl takes: http, https, socks5 or socks5h, and a host; visible ASCII.
 * OPTION with AUTH0_PROXY otherwise; the error never quotes it, for it may hold a password. */
A0_MUST_CHECK int a0_http_check_proxy(const char *proxy, auth0db_error *err);
/** `ca_file` and `proxy` (copied, may be NULL): the first replaces the system's CAs, the second is
 * the only way to a proxy. The environment's HTTPS_PROXY, ALL_PROXY and NO_PROXY count for
 * nothing: they are set for other programs, and passwords are sent here. A loopback server is never
 * asked through a proxy. Opens nothing. */
A0_MUST_CHECK int a0_http_new(a0_http **out, const a0_base_url *server, const char *ca_file,
                              const char *proxy, unsigned connect_ms, auth0db_error *err);
void a0_http_free(a0_http *http); /* NULL is a no-op; no exchange may be under way */

/** Errors: UNREACHABLE (no connection or no whole answer in timeout_ms), UNTRUSTED (TLS), TOO_LARGE
 * (more than A0_HTTP_BODY_MAX), PROTOCOL (not HTTP), OPTION (the CA file cannot be read),
 * NO_MEMORY. */
A0_MUST_CHECK int a0_http_send(a0_http *http, const a0_http_request *request, unsigned timeout_ms,
                               a0_http_response *response, auth0db_error *err);
/** Requests begun by this process. */
unsigned long a0_http_sent(const a0_http *http);

#endif
