/* bcrypt and the other methods of crypt(3), through libxcrypt. What a setting may cost is bounded
 * by the caller; which passwords would be cut, and so match too much, is said here. */
#include "crypto/bcrypt.h"

#include <crypt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"

/* password is NUL-terminated. crypt_data is 32 KiB, too much for a small thread's stack. */
static int crypt_text(const char *password, const char *setting, char *out, size_t size,
                      auth0db_error *err)
{
    struct crypt_data *data = a0_alloc(sizeof *data);
    if (data == NULL)
        return a0_error_no_memory(err);
    const char *hash = crypt_rn(password, setting, data, (int)sizeof *data);
    int rc = AUTH0DB_OK;
    /* libxcrypt says "*0" for what it does not take. As a result it would look like a hash, and be
     * compared or stored. */
    if (hash == NULL || hash[0] == '*' || strlen(hash) >= size)
        rc = a0_error_set(err, AUTH0DB_ERR_UNSUPPORTED, "crypt",
                          "crypt(3) does not take this setting");
    else
        memcpy(out, hash, strlen(hash) + 1);
    /* It holds what the password was made into. */
    a0_wipe(data, sizeof *data);
    a0_free(data);
    return rc;
}

/* crypt(3) takes C strings, so it would stop at a NUL and match a shorter password. */
static int refuse_nul(a0_slice password, auth0db_error *err)
{
    if (password.len > 0 && memchr(password.data, 0, password.len) != NULL)
        return a0_error_set(err, AUTH0DB_ERR_UNSUPPORTED, "password",
                            "bcrypt and crypt(3) do not take a password with a NUL byte");
    return AUTH0DB_OK;
}

/* "$2b$" two digits "$" and the rest, ended by NUL. libxcrypt checks the rest, but it would take
 * another prefix for another method, of which nobody has bounded the work. */
static bool is_bcrypt_setting(const char *setting)
{
    size_t len = strnlen(setting, A0_BCRYPT_LEN + 1);
    return len >= 29 && len <= A0_BCRYPT_LEN && memcmp(setting, "$2", 2) == 0 &&
           strchr("aby", setting[2]) != NULL && setting[3] == '$' && setting[6] == '$';
}

int a0_bcrypt(a0_slice password, const char *setting, char out[static A0_BCRYPT_LEN + 1],
              auth0db_error *err)
{
    char text[A0_BCRYPT_INPUT_MAX + 1], setting_2b[A0_BCRYPT_LEN + 1];
    if (!is_bcrypt_setting(setting))
        return a0_error_set(err, AUTH0DB_ERR_UNSUPPORTED, "bcrypt",
                            "not a $2a$, $2b$ or $2y$ setting");
    int rc = refuse_nul(password, err);
    if (rc != AUTH0DB_OK)
        return rc;
    /* bcrypt reads no more, and Django with bcrypt before 5.0 ignores the rest as well. */
    size_t len = password.len < A0_BCRYPT_INPUT_MAX ? password.len : A0_BCRYPT_INPUT_MAX;
    if (len > 0)
        memcpy(text, password.data, len);
    text[len] = '\0';
    /* Up to 72 bytes the three are one algorithm, except that libxcrypt's 2a guards against hashes
     * of a bug in its own past and so differs from everybody else's 2a for a few passwords. */
    snprintf(setting_2b, sizeof setting_2b, "%s", setting);
    setting_2b[2] = 'b';
    rc = crypt_text(text, setting_2b, out, A0_BCRYPT_LEN + 1, err);
    if (rc == AUTH0DB_OK)
        out[2] = setting[2];
    a0_wipe(text, sizeof text);
    return rc;
}

void a0_bcrypt_setting(int cost, const uint8_t random[static 16], char out[static 30])
{
    static const char alphabet[] =
        "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    char *p = out;
    memcpy(p, "$2b$00$", 7);
    p[4] = (char)('0' + cost / 10 % 10);
    p[5] = (char)('0' + cost % 10);
    p += 7;
    unsigned bits = 0, have = 0;
    for (int i = 0; i < 16; i++) {
        bits = bits << 8 | random[i];
        for (have += 8; have >= 6; have -= 6)
            *p++ = alphabet[bits >> (have - 6) & 63];
    }
    *p++ = alphabet[bits << (6 - have) & 63]; /* 16 bytes are 21 characters and two bits */
    *p = '\0';
}

int a0_crypt(a0_slice password, const char *setting, char out[static A0_CRYPT_MAX],
             auth0db_error *err)
{
    char text[CRYPT_MAX_PASSPHRASE_SIZE];
    /* A long password is refused and not cut: the other methods read all of it, so a shorter one is
     * another one. */
    if (password.len >= sizeof text)
        return a0_error_set(err, AUTH0DB_ERR_UNSUPPORTED, "password",
                            "crypt(3) takes at most %zu bytes", sizeof text - 1);
    int rc = refuse_nul(password, err);
    if (rc != AUTH0DB_OK)
        return rc;
    if (password.len > 0)
        memcpy(text, password.data, password.len);
    text[password.len] = '\0';
    rc = crypt_text(text, setting, out, A0_CRYPT_MAX, err);
    a0_wipe(text, sizeof text);
    return rc;
}
