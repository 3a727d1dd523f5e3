/* The private key that proves to the tenant who we are: which one is taken, and how it signs. Only
 * a key that can be used as it is, and that nobody else can read or replace. What is signed, the
 * caller decides. */
#include "crypto/signer.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/secret.h"

enum {
    PEM_MAX = 64 * 1024,
    KEY_BITS = 2048,
    KEY_BITS_MAX = 8192,
    SIGNATURE_MAX = KEY_BITS_MAX / 8
};

/* Those that Auth0 takes of an application (facts/auth0.md 1.7). */
typedef struct algorithm {
    const char *name, *digest;
    bool pss;
} algorithm;
static const algorithm algorithms[] = {
    {"RS256", "SHA256", false}, {"RS384", "SHA384", false}, {"PS256", "SHA256", true}};

struct a0_signer {
    EVP_PKEY *key;
    const algorithm *by;
};

/* --- the key --------------------------------------------------------------------------------- */

static int bad_file(const a0_signer_source *source, const char *why, auth0db_error *err)
{
    return a0_error_set(err, AUTH0DB_ERR_OPTION, source->setting, "the file %s", why);
}

/* Of the open file, not of its name: what is behind the name may change in between. Whoever can
 * read the key can speak for the site; whoever can write the file can make another key the site's.
 * The group may read it, and not more. */
static int check_file(int fd, const a0_signer_source *source, auth0db_error *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return bad_file(source, strerror(errno), err);
    if (!S_ISREG(info.st_mode))
        return bad_file(source, "is no regular file", err);
    if (info.st_uid != geteuid() && info.st_uid != 0)
        return bad_file(source, "belongs to another user", err);
    if ((info.st_mode & (S_IRWXO | S_IWGRP)) != 0)
        return bad_file(source, "is open to others: chmod 600 (or 640)", err);
    return info.st_size <= PEM_MAX ? AUTH0DB_OK : bad_file(source, "is too long for a key", err);
}

/* Into room that never moves, so that no copy stays behind. */
static int read_bytes(int fd, const a0_signer_source *source, a0_buf *out, auth0db_error *err)
{
    char block[4096];
    ssize_t n;
    if (a0_buf_reserve(out, PEM_MAX + sizeof block) != AUTH0DB_OK)
        return a0_error_no_memory(err);
    int rc = AUTH0DB_OK;
    /* The bytes are counted once more: the file may have grown since its size was asked. */
    while (rc == AUTH0DB_OK && (n = read(fd, block, sizeof block)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            rc = bad_file(source, strerror(errno), err);
        else if (out->len + (size_t)n > PEM_MAX)
            rc = bad_file(source, "is too long for a key", err);
        else
            rc = a0_buf_append(out, block, (size_t)n);
    }
    a0_wipe(block, sizeof block);
    return rc;
}

static int read_file(const a0_signer_source *source, a0_buf *out, auth0db_error *err)
{
    /* NONBLOCK: a pipe of that name must not hold us up before it is looked at */
    int fd = open(source->key, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        char why[160];
        snprintf(why, sizeof why, "cannot be opened: %.100s", strerror(errno));
        return bad_file(source, why, err);
    }
    int rc = check_file(fd, source, err);
    if (rc == AUTH0DB_OK)
        rc = read_bytes(fd, source, out, err);
    close(fd);
    return rc;
}

/* OpenSSL would ask for it at the terminal. */
static int no_passphrase(char *buf, int size, int rwflag, void *ctx)
{
    *(bool *)ctx = true;
    return -1;
}

/* A short key can be broken; a huge one makes every request for a token slow. */
static int check_key(EVP_PKEY *key, const a0_signer_source *source, auth0db_error *err)
{
    int bits = EVP_PKEY_get_bits(key);
    if (!EVP_PKEY_is_a(key, "RSA"))
        return a0_error_set(err, AUTH0DB_ERR_OPTION, source->setting,
                            "is no RSA key, and Auth0 takes no other");
    if (bits < KEY_BITS || bits > KEY_BITS_MAX)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, source->setting,
                            "has %d bits; %d to %d are taken", bits, KEY_BITS, KEY_BITS_MAX);
    return AUTH0DB_OK;
}

/* A key with a passphrase and a text that is no key fail alike at OpenSSL. They are told apart, for
 * the operator does something else about each. */
static int parse(EVP_PKEY **out, const void *pem, size_t len, const a0_signer_source *source,
                 auth0db_error *err)
{
    bool asked = false;
    BIO *bio = BIO_new_mem_buf(pem, (int)len);
    if (bio == NULL)
        return a0_error_no_memory(err);
    *out = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &asked);
    BIO_free(bio);
    if (*out != NULL)
        return check_key(*out, source, err);
    return a0_error_set(err, AUTH0DB_ERR_OPTION, source->setting, "%s",
                        asked ? "is protected by a passphrase: give the key without one"
                              : "holds no private key in PEM (-----BEGIN PRIVATE KEY-----)");
}

static int find_algorithm(const algorithm **out, const a0_signer_source *source, auth0db_error *err)
{
    /* The algorithm is the one that the credential was registered with, so nothing is guessed from
     * the key. */
    const char *name = source->algorithm != NULL ? source->algorithm : algorithms[0].name;
    for (size_t i = 0; i < A0_COUNT(algorithms); i++) {
        if (strcmp(name, algorithms[i].name) == 0) {
            *out = &algorithms[i];
            return AUTH0DB_OK;
        }
    }
    return a0_error_set(err, AUTH0DB_ERR_OPTION, source->algorithm_setting,
                        "is none of RS256, RS384 and PS256");
}

int a0_signer_new(a0_signer **out, const a0_signer_source *source, auth0db_error *err)
{
    a0_buf file = {0};
    a0_signer made = {0};
    /* The setting is the key itself or the name of its file. A PEM text always begins so. */
    const bool is_pem = strncmp(source->key, "-----BEGIN", 10) == 0;
    *out = NULL;
    int rc = find_algorithm(&made.by, source, err);
    if (rc == AUTH0DB_OK && !is_pem)
        rc = read_file(source, &file, err);
    if (rc == AUTH0DB_OK && is_pem && strlen(source->key) > PEM_MAX)
        rc = a0_error_set(err, AUTH0DB_ERR_OPTION, source->setting, "is too long for a key");
    if (rc == AUTH0DB_OK)
        rc = is_pem ? parse(&made.key, source->key, strlen(source->key), source, err)
                    : parse(&made.key, file.data, file.len, source, err);
    if (rc == AUTH0DB_OK && (*out = a0_alloc(sizeof **out)) == NULL)
        rc = a0_error_no_memory(err);
    if (rc == AUTH0DB_OK)
        **out = made;
    else
        EVP_PKEY_free(made.key);
    a0_buf_clear(&file);
    return rc;
}

void a0_signer_free(a0_signer *signer)
{
    if (signer == NULL)
        return;
    EVP_PKEY_free(signer->key); /* clears its numbers */
    a0_free(signer);
}

/* --- signing --------------------------------------------------------------------------------- */

static int add_part(a0_buf *out, const void *data, size_t len)
{
    char *text = a0_alloc(A0_B64_LEN(len) + 1);
    if (text == NULL)
        return AUTH0DB_ERR_NO_MEMORY;
    a0_base64_encode(A0_B64_URL, data, len, text);
    int rc = a0_buf_puts(out, text);
    a0_free(text);
    return rc;
}

/* "header.claims", which is what is signed. */
static int add_signed_text(const a0_signer *signer, const json_t *claims, a0_buf *out)
{
    char header[64];
    a0_buf text = {0};
    snprintf(header, sizeof header, "{\"alg\":\"%s\",\"typ\":\"JWT\"}", signer->by->name);
    int rc = a0_json_write(&text, claims);
    if (rc == AUTH0DB_OK)
        rc = add_part(out, header, strlen(header));
    if (rc == AUTH0DB_OK)
        rc = a0_buf_puts(out, ".");
    if (rc == AUTH0DB_OK)
        rc = add_part(out, text.data, text.len);
    a0_buf_clear(&text);
    return rc;
}

static bool sign(const a0_signer *signer, const void *text, size_t len, unsigned char *signature,
                 size_t *size)
{
    EVP_PKEY_CTX *how = NULL; /* the context's own */
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx != NULL && EVP_DigestSignInit_ex(ctx, &how, signer->by->digest, NULL, NULL,
                                                   signer->key, NULL) == 1;
    /* RFC 7518 3.5: the salt is as long as the digest. What OpenSSL chooses by itself need not be
     * that. */
    if (ok && signer->by->pss)
        ok = EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) == 1;
    ok = ok && EVP_DigestSign(ctx, signature, size, text, len) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
}

int a0_signer_sign(const a0_signer *signer, const json_t *claims, a0_buf *out, auth0db_error *err)
{
    unsigned char signature[SIGNATURE_MAX];
    size_t size = sizeof signature;
    /* The token is made apart and added whole: after a failure `out` is as it was. */
    a0_buf made = {0};
    int rc = add_signed_text(signer, claims, &made);
    if (rc != AUTH0DB_OK)
        rc = a0_error_set(err, rc, "assertion", "cannot be written");
    else if (!sign(signer, made.data, made.len, signature, &size))
        rc = a0_error_set(err, AUTH0DB_ERR_CRYPTO, "assertion", "OpenSSL does not sign it");
    else if (a0_buf_puts(&made, ".") != AUTH0DB_OK ||
             add_part(&made, signature, size) != AUTH0DB_OK ||
             a0_buf_append(out, made.data, made.len) != AUTH0DB_OK)
        rc = a0_error_no_memory(err);
    a0_buf_clear(&made);
    return rc;
}
