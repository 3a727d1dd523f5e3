#include "tls_server.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct authority {
    EVP_PKEY *key;
    X509 *certificate;
    char file[512], hashed[512];
};

struct tls_server {
    SSL_CTX *ctx;
    int fd, port;
    const char *answer;
    atomic_size_t heard;
    atomic_bool stopping;
    pthread_t thread;
};

static void die(const char *what)
{
    perror(what);
    ERR_print_errors_fp(stderr);
    abort();
}

static void extend(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    if (extension == NULL || X509_add_ext(certificate, extension, -1) != 1)
        die(value);
    X509_EXTENSION_free(extension);
}

static X509 *certificate_for(EVP_PKEY *key, const char *name, X509 *issuer)
{
    X509 *x = X509_new();
    X509_NAME *subject = X509_get_subject_name(x);
    static atomic_long serial = 1;
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), atomic_fetch_add(&serial, 1));
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 24L * 3600);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(issuer != NULL ? issuer : x));
    X509_set_pubkey(x, key);
    return x;
}

static void write_certificate(const char *file, X509 *certificate)
{
    FILE *out = fopen(file, "w");
    if (out == NULL || PEM_write_X509(out, certificate) != 1 || fclose(out) != 0)
        die(file);
}

authority *authority_make(const char *folder, const char *name)
{
    authority *a = calloc(1, sizeof *a);
    if (a == NULL || (a->key = EVP_EC_gen("P-256")) == NULL)
        die("authority");
    a->certificate = certificate_for(a->key, name, NULL);
    extend(a->certificate, a->certificate, NID_basic_constraints, "critical,CA:TRUE");
    extend(a->certificate, a->certificate, NID_key_usage, "critical,keyCertSign");
    if (X509_sign(a->certificate, a->key, EVP_sha256()) == 0)
        die("sign");
    snprintf(a->file, sizeof a->file, "%s/%s.pem", folder, name);
    snprintf(a->hashed, sizeof a->hashed, "%s/%08lx.0", folder,
             X509_subject_name_hash(a->certificate));
    write_certificate(a->file, a->certificate);
    write_certificate(a->hashed, a->certificate);
    return a;
}

const char *authority_file(const authority *a)
{
    return a->file;
}

void authority_free(authority *a)
{
    unlink(a->file);
    unlink(a->hashed);
    X509_free(a->certificate);
    EVP_PKEY_free(a->key);
    free(a);
}

static SSL_CTX *context(const authority *a, const char *host, int newest)
{
    char names[300];
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *leaf = certificate_for(key, host, a->certificate);
    snprintf(names, sizeof names, "DNS:%s", host);
    extend(leaf, a->certificate, NID_subject_alt_name, names);
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (X509_sign(leaf, a->key, EVP_sha256()) == 0 || ctx == NULL ||
        SSL_CTX_use_certificate(ctx, leaf) != 1 || SSL_CTX_use_PrivateKey(ctx, key) != 1)
        die("context");
    if (newest != 0 && (SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0") != 1 ||
                        SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION) != 1 ||
                        SSL_CTX_set_max_proto_version(ctx, newest) != 1))
        die("version");
    X509_free(leaf);
    EVP_PKEY_free(key);
    return ctx;
}

static void converse(tls_server *s, int fd)
{
    char bytes[4096] = "";
    size_t len = 0;
    int n = 0;
    SSL *ssl = SSL_new(s->ctx);
    SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1) {
        do { /* all of it: a connection that ends with something unread is reset */
            n = SSL_read(ssl, bytes + len, (int)(sizeof bytes - len - 1));
            len += n > 0 ? (size_t)n : 0;
        } while (n > 0 && strstr(bytes, "password=") == NULL);
    }
    atomic_fetch_add(&s->heard, len);
    if (n > 0) {
        SSL_write(ssl, s->answer, (int)strlen(s->answer));
        SSL_shutdown(ssl);
    }
    SSL_free(ssl);
}

static void *serve(void *ctx)
{
    tls_server *s = ctx;
    sigset_t pipe; /* clients hang up in the middle of a handshake here */
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, NULL);
    while (!atomic_load(&s->stopping)) {
        int fd = accept(s->fd, NULL, NULL);
        if (fd < 0)
            break;
        struct timeval patience = {.tv_sec = 5};
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        converse(s, fd);
        close(fd);
    }
    return NULL;
}

tls_server *tls_server_start(const authority *a, const char *host, int newest, const char *answer)
{
    tls_server *s = calloc(1, sizeof *s);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    if (s == NULL)
        die("calloc");
    s->ctx = context(a, host, newest);
    s->answer = answer;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&address, len) != 0 || listen(s->fd, 16) != 0 ||
        getsockname(s->fd, (struct sockaddr *)&address, &len) != 0)
        die("listen");
    s->port = ntohs(address.sin_port);
    if (pthread_create(&s->thread, NULL, serve, s) != 0)
        die("thread");
    return s;
}

int tls_server_port(const tls_server *s)
{
    return s->port;
}

size_t tls_server_heard(tls_server *s)
{
    return atomic_load(&s->heard);
}

void tls_server_stop(tls_server *s)
{
    atomic_store(&s->stopping, true);
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->fd);
    SSL_CTX_free(s->ctx);
    free(s);
}
