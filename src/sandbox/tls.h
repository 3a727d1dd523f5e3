/* A throw-away CA and a certificate of it for this machine's loopback names. */
#ifndef A0_SANDBOX_TLS_H
#define A0_SANDBOX_TLS_H

#include "base/buf.h"
#include "base/error.h"

typedef struct sb_tls {
    a0_buf key, certificate;     /* PEM, for the server */
    char dir[256], ca_file[288]; /* private directory with the CA's certificate */
} sb_tls;

/** Make everything and write the CA file. Errors: CRYPTO, IO. */
A0_MUST_CHECK int sb_tls_make(sb_tls *tls, auth0db_error *err);
/** Remove file and directory, wipe the key. */
void sb_tls_clear(sb_tls *tls);

#endif
