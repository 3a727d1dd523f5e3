/* Certificate authorities and TLS servers of a test's own, on loopback: what a client trusts, and
 * what it sends to whom. */
#ifndef TESTS_TLS_SERVER_H
#define TESTS_TLS_SERVER_H

#include <stddef.h>

typedef struct authority authority;

/** Its certificate is <folder>/<name>.pem, and also where OpenSSL looks in a folder of CAs. */
authority *authority_make(const char *folder, const char *name);
const char *authority_file(const authority *a);
void authority_free(authority *a);

typedef struct tls_server tls_server;

/** A server with a certificate of `a` for `host`, which speaks no newer TLS than `newest` (0: any)
 * and answers every request with `answer`. */
tls_server *tls_server_start(const authority *a, const char *host, int newest, const char *answer);
int tls_server_port(const tls_server *s);
/** Bytes of requests that clients have sent it, after the handshake. */
size_t tls_server_heard(tls_server *s);
void tls_server_stop(tls_server *s);

#endif
