/* The key that proves an application: which are taken, and that OpenSSL verifies what they sign. */
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "crypto/signer.h"
#include "unit.h"

static char folder[] = "/tmp/auth0db-signer-XXXXXX", path[80];

static void enter(void)
{
    strcpy(folder, "/tmp/auth0db-signer-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/app.key", folder);
}

static void leave(void)
{
    unlink(path);
    rmdir(folder);
}

static void write_key(EVP_PKEY *key, mode_t mode, const char *passphrase)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(PEM_write_PrivateKey(file, key, passphrase != NULL ? EVP_aes_256_cbc() : NULL,
                                          NULL, 0, NULL, (void *)passphrase),
                     1);
    fclose(file);
    ck_assert_int_eq(chmod(path, mode), 0);
}

static int take(a0_signer **out, const char *algorithm, auth0db_error *err)
{
    const a0_signer_source source = {"AUTH0_CLIENT_KEY", path, algorithm, "ALGORITHM"};
    *err = (auth0db_error){0};
    return a0_signer_new(out, &source, err);
}

static void refused(const char *why)
{
    a0_signer *signer;
    auth0db_error err;
    ck_assert_int_eq(take(&signer, NULL, &err), AUTH0DB_ERR_OPTION);
    ck_assert_ptr_null(signer);
    ck_assert_str_eq(err.where, "AUTH0_CLIENT_KEY");
    ck_assert_msg(strstr(err.message, why) != NULL, "%s", err.message);
}

static EVP_PKEY *rsa(unsigned bits)
{
    EVP_PKEY *key = EVP_RSA_gen(bits);
    ck_assert_ptr_nonnull(key);
    return key;
}

START_TEST(a_file_that_others_can_get_at_is_refused)
{
    static const mode_t open_ones[] = {0604, 0602, 0601, 0620, 0660, 0666};
    static const mode_t closed_ones[] = {0400, 0600, 0440, 0640};
    EVP_PKEY *key = rsa(2048);
    enter();
    for (size_t i = 0; i < A0_COUNT(open_ones); i++) {
        write_key(key, open_ones[i], NULL);
        refused("open to others");
    }
    for (size_t i = 0; i < A0_COUNT(closed_ones); i++) {
        a0_signer *signer;
        auth0db_error err;
        unlink(path);
        write_key(key, closed_ones[i], NULL);
        ck_assert_int_eq(take(&signer, NULL, &err), AUTH0DB_OK);
        a0_signer_free(signer);
    }
    EVP_PKEY_free(key);
    leave();
}
END_TEST

START_TEST(a_file_of_another_user_is_refused)
{
    EVP_PKEY *key = rsa(2048);
    enter();
    write_key(key, 0600, NULL);
    EVP_PKEY_free(key);
    if (geteuid() == 0) { /* nobody else can give a file away */
        ck_assert_int_eq(chown(path, 65534, (gid_t)-1), 0);
        refused("another user");
    }
    leave();
}
END_TEST

START_TEST(what_is_no_regular_file_is_refused_without_waiting_for_it)
{
    enter();
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    refused("no regular file");
    leave();
}
END_TEST

START_TEST(only_a_private_rsa_key_of_a_good_size_without_a_passphrase_is_taken)
{
    EVP_PKEY *keys[] = {rsa(1024), EVP_EC_gen("P-256"), rsa(2048)};
    enter();
    write_key(keys[0], 0600, NULL);
    refused("1024 bits");
    write_key(keys[1], 0600, NULL);
    refused("no RSA key");
    write_key(keys[2], 0600, "words");
    refused("passphrase");
    FILE *file = fopen(path, "w");
    ck_assert_int_eq(PEM_write_PUBKEY(file, keys[2]), 1);
    fclose(file);
    refused("no private key");
    for (size_t i = 0; i < A0_COUNT(keys); i++)
        EVP_PKEY_free(keys[i]);
    leave();
}
END_TEST

/* Three parts, the first two as they are signed. */
static void verify(EVP_PKEY *key, char *token, const EVP_MD *digest, bool pss)
{
    unsigned char signature[1024];
    EVP_PKEY_CTX *how = NULL;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    char *dot = strrchr(token, '.');
    long n = a0_base64_decode(A0_B64_URL, dot + 1, strlen(dot + 1), signature, sizeof signature);
    ck_assert_int_eq(n, 256);
    ck_assert_int_eq(EVP_DigestVerifyInit(ctx, &how, digest, NULL, key), 1);
    if (pss) {
        ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING), 1);
        /* RFC 7518 3.5: as long as the digest, and no other */
        ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST), 1);
    }
    ck_assert_int_eq(
        EVP_DigestVerify(ctx, signature, (size_t)n, (unsigned char *)token, (size_t)(dot - token)),
        1);
    EVP_MD_CTX_free(ctx);
}

START_TEST(what_is_signed_verifies_by_each_algorithm)
{
    static const char *const names[] = {NULL, "RS256", "RS384", "PS256"};
    EVP_PKEY *key = rsa(2048);
    json_t *claims = json_pack("{s:s}", "iss", "x");
    enter();
    write_key(key, 0600, NULL);
    for (size_t i = 0; i < A0_COUNT(names); i++) {
        a0_signer *signer;
        auth0db_error err;
        a0_buf token = {0};
        ck_assert_int_eq(take(&signer, names[i], &err), AUTH0DB_OK);
        ck_assert_int_eq(a0_signer_sign(signer, claims, &token, &err), AUTH0DB_OK);
        verify(key, token.data, i == 2 ? EVP_sha384() : EVP_sha256(), i == 3);
        a0_buf_clear(&token);
        a0_signer_free(signer);
    }
    json_decref(claims);
    EVP_PKEY_free(key);
    leave();
}
END_TEST

START_TEST(an_algorithm_that_is_no_proof_of_a_key_is_refused)
{
    static const char *const names[] = {"HS256", "none", "RS512", "ES256", "rs256", ""};
    enter();
    for (size_t i = 0; i < A0_COUNT(names); i++) {
        a0_signer *signer;
        auth0db_error err;
        ck_assert_int_eq(take(&signer, names[i], &err), AUTH0DB_ERR_OPTION);
        ck_assert_str_eq(err.where, "ALGORITHM");
    }
    leave();
}
END_TEST

UNIT_MAIN("signer", a_file_that_others_can_get_at_is_refused, a_file_of_another_user_is_refused,
          what_is_no_regular_file_is_refused_without_waiting_for_it,
          only_a_private_rsa_key_of_a_good_size_without_a_passphrase_is_taken,
          what_is_signed_verifies_by_each_algorithm,
          an_algorithm_that_is_no_proof_of_a_key_is_refused)
