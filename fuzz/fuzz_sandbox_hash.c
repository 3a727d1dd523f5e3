/* Input: a password_hash or custom_password_hash as JSON, a newline, a typed password. */
#include <string.h>

#include "fuzz.h"
#include "sandbox/hash/hash_object.h"

/* Work that a fuzzer can do thousands of times a minute. */
static bool is_cheap(const sb_hash *h)
{
    switch (h->kind) {
    case SB_HASH_BCRYPT:
        return strncmp(a0_buf_text(&h->expected) + 4, "04", 2) == 0;
    case SB_HASH_PBKDF2:
        return h->iterations <= 100;
    case SB_HASH_SCRYPT:
        return h->scrypt_n * h->scrypt_r * h->scrypt_p <= 1024;
    case SB_HASH_ARGON2:
        return h->argon2.m_kib <= 256 && h->argon2.t <= 4 && h->argon2.p <= 4;
    default:
        return true;
    }
}

/* What was read must hold what verification relies on, and no more work than allowed. */
static void check_read(const sb_hash *h)
{
    CLAIM(h->expected.len > 0 && h->expected.len <= SB_DERIVED_MAX);
    if (h->kind == SB_HASH_DIGEST || h->kind == SB_HASH_HMAC)
        CLAIM(h->expected.len == a0_digest_size(h->digest));
    if (h->kind == SB_HASH_SCRYPT)
        CLAIM(h->scrypt_n > 1 && h->scrypt_n * h->scrypt_r * h->scrypt_p <= SB_SCRYPT_WORK_MAX);
    if (h->kind == SB_HASH_PBKDF2)
        CLAIM(h->iterations >= 1 && h->iterations <= SB_PBKDF2_ROUNDS_MAX);
    if (h->kind == SB_HASH_ARGON2)
        CLAIM((uint64_t)h->argon2.m_kib * h->argon2.t <= SB_ARGON2_WORK_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t len = newline != NULL ? (size_t)(newline - data) : size;
    a0_slice password = {newline != NULL ? newline + 1 : data + size,
                         newline != NULL ? size - len - 1 : 0};
    json_t *json = json_loadb((const char *)data, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (json == NULL)
        return 0;
    sb_hash read;
    sb_hash_fault fault = {0};
    auth0db_error err = {.code = AUTH0DB_OK};
    bool match = true, cheap = false;
    int rc = sb_hash_read(json, &read, &fault);
    CLAIM((rc == AUTH0DB_OK) == (fault.code == NULL));
    CLAIM(rc == AUTH0DB_OK || (fault.path[0] != '\0' && fault.message[0] != '\0'));
    if (rc == AUTH0DB_OK) {
        check_read(&read);
        cheap = is_cheap(&read);
        sb_hash_clear(&read);
    }
    if (rc != AUTH0DB_OK || cheap) {
        int verified = sb_password_hash_verify(json, password, &match, &err);
        CLAIM((verified == AUTH0DB_OK) == (err.code == AUTH0DB_OK));
        CLAIM(rc == AUTH0DB_OK || (verified == rc && !match));
    }
    json_decref(json);
    return 0;
}
