/* Which methods of crypt(3) are verified, and up to which cost. A method without a row is refused:
 * nobody has bounded what one hostile hash of it would cost. */
#include "django/crypt_setting.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

static int refuse(auth0db_error *err)
{
    return a0_error_set(err, AUTH0DB_ERR_UNSUPPORTED, "crypt",
                        "not a crypt(3) method that is verified here");
}

static int too_costly(auth0db_error *err)
{
    return a0_error_set(err, AUTH0DB_ERR_TOO_LARGE, "crypt",
                        "past the bound on one password's work");
}

/* "$5$rounds=N$salt": 5,000 where N is absent, up to 999,999,999. N is read only as far as the
 * bound, so that no number of digits wraps round to a small one. */
static int bound_sha_crypt(const char *rest, size_t len, auth0db_error *err)
{
    enum { ROUNDS_MAX = 200000 };
    uint64_t rounds = 0;
    if (len < 7 || memcmp(rest, "rounds=", 7) != 0)
        return AUTH0DB_OK;
    for (size_t i = 7; i < len && rest[i] >= '0' && rest[i] <= '9' && rounds <= ROUNDS_MAX; i++)
        rounds = rounds * 10 + (uint64_t)(rest[i] - '0');
    return rounds > ROUNDS_MAX ? too_costly(err) : AUTH0DB_OK;
}

static int bound_bcrypt(const char *rest, size_t len, auth0db_error *err)
{
    enum { COST_MAX = 16 };
    if (len < 2 || rest[0] < '0' || rest[0] > '9' || rest[1] < '0' || rest[1] > '9')
        return refuse(err);
    return (rest[0] - '0') * 10 + rest[1] - '0' > COST_MAX ? too_costly(err) : AUTH0DB_OK;
}

/* "$y$jNr$": only what crypt_gensalt(3) writes. N: '7' is 2^10 blocks, one more a character; r: '5'
 * is 8 KiB (the two cheapest) and 'T' 32 * 128 bytes. Debian's default is j9T, 16 MiB; jDT is 2^16
 * blocks, 256 MiB. */
static int bound_yescrypt(const char *rest, size_t len, auth0db_error *err)
{
    if (len < 4 || rest[0] != 'j' || (rest[2] != '5' && rest[2] != 'T') || rest[3] != '$')
        return refuse(err);
    if ((rest[1] >= '7' && rest[1] <= '9') || (rest[1] >= 'A' && rest[1] <= 'D'))
        return AUTH0DB_OK;
    return rest[1] >= 'E' && rest[1] <= 'Z' ? too_costly(err) : refuse(err);
}

static int bound_fixed(const char *rest, size_t len, auth0db_error *err)
{
    return AUTH0DB_OK;
}

static const struct {
    const char *prefix;
    int (*bound)(const char *rest, size_t len, auth0db_error *err);
} methods[] = {
    {"$1$", bound_fixed},    {"$5$", bound_sha_crypt}, {"$6$", bound_sha_crypt},
    {"$2a$", bound_bcrypt},  {"$2b$", bound_bcrypt},   {"$2y$", bound_bcrypt},
    {"$y$", bound_yescrypt},
};

static bool is_des(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (!((c >= '.' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
            return false;
    }
    return len == 13 || len == 2; /* a hash, or the bare salt that making one starts from */
}

int a0_crypt_setting_bound(a0_slice setting, auth0db_error *err)
{
    const char *text = setting.data;
    if (is_des(text, setting.len))
        return AUTH0DB_OK;
    for (size_t i = 0; i < A0_COUNT(methods); i++) {
        size_t n = strlen(methods[i].prefix);
        if (setting.len > n && memcmp(text, methods[i].prefix, n) == 0)
            return methods[i].bound(text + n, setting.len - n, err);
    }
    return refuse(err);
}
