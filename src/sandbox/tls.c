/* A certificate that a client can really check, made anew at each start: so nobody has to switch
 * the check off to try the sandbox over https. */
#include "sandbox/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    VALID_DAYS = 30
}; /* longer than any sandbox runs; the CA's key is gone when it has signed once */

static bool add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    bool ok = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return ok;
}

/* A serial is positive (RFC 5280): so the highest bit stays clear. */
static bool set_serial(X509 *certificate)
{
    unsigned char bytes[8];
    uint64_t serial;
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return false;
    memcpy(&serial, bytes, sizeof serial);
    return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) == 1;
}

static X509 *new_certificate(EVP_PKEY *key, const char *name, X509 *issuer)
{
    X509 *certificate = X509_new();
    X509_NAME *subject = X509_NAME_new();
    bool ok = certificate != NULL && subject != NULL && X509_set_version(certificate, 2) == 1 &&
              set_serial(certificate) &&
              X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) != NULL &&
              X509_gmtime_adj(X509_getm_notAfter(certificate), VALID_DAYS * 24L * 3600) != NULL &&
              X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name,
                                         -1, -1, 0) == 1 &&
              X509_set_subject_name(certificate, subject) == 1 &&
              X509_set_issuer_name(certificate,
                                   issuer != NULL ? X509_get_subject_name(issuer) : subject) == 1 &&
              X509_set_pubkey(certificate, key) == 1;
    X509_NAME_free(subject);
    if (ok)
        return certificate;
    X509_free(certificate);
    return NULL;
}

/* It may sign end certificates and no further CA. */
static X509 *new_ca(EVP_PKEY *key)
{
    X509 *ca = new_certificate(key, "auth0db sandbox CA (throw-away)", NULL);
    if (ca != NULL && add_extension(ca, ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
        add_extension(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign") &&
        add_extension(ca, ca, NID_subject_key_identifier, "hash") &&
        X509_sign(ca, key, EVP_sha256()) != 0)
        return ca;
    X509_free(ca);
    return NULL;
}

static X509 *new_leaf(EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key)
{
    X509 *leaf = new_certificate(key, "localhost", ca);
    if (leaf != NULL && add_extension(leaf, ca, NID_basic_constraints, "critical,CA:FALSE") &&
        add_extension(leaf, ca, NID_key_usage, "critical,digitalSignature,keyEncipherment") &&
        add_extension(leaf, ca, NID_ext_key_usage, "serverAuth") &&
        add_extension(leaf, ca, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1") &&
        add_extension(leaf, ca, NID_subject_key_identifier, "hash") &&
        add_extension(leaf, ca, NID_authority_key_identifier, "keyid:always") &&
        X509_sign(leaf, ca_key, EVP_sha256()) != 0)
        return leaf;
    X509_free(leaf);
    return NULL;
}

static int take_bio(a0_buf *out, BIO *bio)
{
    char *data = NULL;
    long len = BIO_get_mem_data(bio, &data);
    return len > 0 ? a0_buf_append(out, data, (size_t)len) : AUTH0DB_ERR_CRYPTO;
}

/* In memory that OpenSSL wipes when it is freed. */
static int pem_of_key(a0_buf *out, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    int rc = bio != NULL && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1
                 ? take_bio(out, bio)
                 : AUTH0DB_ERR_CRYPTO;
    BIO_free(bio);
    return rc;
}

static int pem_of_certificate(a0_buf *out, X509 *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int rc = bio != NULL && PEM_write_bio_X509(bio, certificate) == 1 ? take_bio(out, bio)
                                                                      : AUTH0DB_ERR_CRYPTO;
    BIO_free(bio);
    return rc;
}

/* A directory of our own, and a file that must not exist: nobody else on this machine can put a CA
 * of his there first. */
static int write_ca(sb_tls *tls, const a0_buf *pem, auth0db_error *err)
{
    const char *tmp = getenv("TMPDIR");
    if (tmp == NULL || strlen(tmp) > 200)
        tmp = "/tmp";
    snprintf(tls->dir, sizeof tls->dir, "%s/auth0db-sandbox-XXXXXX", tmp);
    if (mkdtemp(tls->dir) == NULL) {
        tls->dir[0] = '\0';
        return a0_error_set(err, AUTH0DB_ERR_IO, tmp, "%s", strerror(errno));
    }
    snprintf(tls->ca_file, sizeof tls->ca_file, "%s/ca.pem", tls->dir);
    int fd = open(tls->ca_file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && write(fd, pem->data, pem->len) == (ssize_t)pem->len;
    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    return ok ? AUTH0DB_OK : a0_error_set(err, AUTH0DB_ERR_IO, tls->ca_file, "%s", strerror(errno));
}

int sb_tls_make(sb_tls *tls, auth0db_error *err)
{
    a0_buf ca_pem = {0};
    *tls = (sb_tls){0};
    EVP_PKEY *ca_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
    X509 *ca = ca_key != NULL ? new_ca(ca_key) : NULL;
    X509 *leaf = ca != NULL && key != NULL ? new_leaf(key, ca, ca_key) : NULL;
    bool made = leaf != NULL && pem_of_key(&tls->key, key) == AUTH0DB_OK &&
                pem_of_certificate(&tls->certificate, leaf) == AUTH0DB_OK &&
                pem_of_certificate(&ca_pem, ca) == AUTH0DB_OK;
    int rc =
        made ? write_ca(tls, &ca_pem, err)
             : a0_error_set(err, AUTH0DB_ERR_CRYPTO, "tls", "the certificate could not be made");
    X509_free(leaf);
    X509_free(ca);
    EVP_PKEY_free(key);
    EVP_PKEY_free(ca_key);
    a0_buf_clear(&ca_pem);
    if (rc != AUTH0DB_OK)
        sb_tls_clear(tls);
    return rc;
}

void sb_tls_clear(sb_tls *tls)
{
    if (tls->ca_file[0] != '\0')
        unlink(tls->ca_file);
    if (tls->dir[0] != '\0')
        rmdir(tls->dir);
    a0_buf_clear(&tls->key);
    a0_buf_clear(&tls->certificate);
    *tls = (sb_tls){0};
}
