#include "sandbox/login/login_request.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/secret.h"
#include "crypto/digest.h"
#include "sandbox/tenant/tickets.h"

/* One that does not fit is none: cut, it would be another value. */
bool sb_cookie(const char *header, const char *name, char *out, size_t size)
{
    size_t n = strlen(name);
    while (*header != '\0') {
        header += strspn(header, "; \t");
        size_t len = strcspn(header, ";");
        if (len > n && strncmp(header, name, n) == 0 && header[n] == '=') {
            if (len - n - 1 >= size)
                return false;
            snprintf(out, size, "%.*s", (int)(len - n - 1), header + n + 1);
            return true;
        }
        header += len;
    }
    return false;
}

/* ---- addresses ---- */

/* Scheme, host with port, and path of a URL that sb_result_url_ok has seen. */
typedef struct address {
    const char *scheme, *host, *path;
    size_t scheme_len, host_len, path_len;
} address;

static address split(const char *url)
{
    address a = {.scheme = url, .scheme_len = strcspn(url, ":")};
    a.host = url + a.scheme_len + 3;
    a.host_len = strcspn(a.host, "/?#");
    a.path = a.host + a.host_len;
    a.path_len = strcspn(a.path, "?#");
    return a;
}

static bool same_text(const char *a, size_t a_len, const char *b, size_t b_len)
{
    return a_len == b_len && strncasecmp(a, b, a_len) == 0;
}

/* "*.example.com" stands for one label, and never for none or two. */
static bool same_host(const address *pattern, const address *asked)
{
    if (pattern->host_len < 3 || strncmp(pattern->host, "*.", 2) != 0)
        return same_text(pattern->host, pattern->host_len, asked->host, asked->host_len);
    size_t label = strcspn(asked->host, "./?#:");
    return label > 0 && label < asked->host_len && asked->host[label] == '.' &&
           same_text(pattern->host + 1, pattern->host_len - 1, asked->host + label,
                     asked->host_len - label);
}

/* Host and scheme in any case, the path to the letter, the query not at all: one callback with any
 * query is allowed as a whole. */
static bool same_address(const char *pattern, const char *url)
{
    address a = split(pattern), b = split(url);
    /* an empty path and "/" are the same place */
    size_t a_path = a.path_len == 1 ? 0 : a.path_len, b_path = b.path_len == 1 ? 0 : b.path_len;
    return same_text(a.scheme, a.scheme_len, b.scheme, b.scheme_len) && same_host(&a, &b) &&
           a_path == b_path && strncmp(a.path, b.path, a_path) == 0;
}

/* Only what every browser reads in the same way is compared at all. */
static bool is_plain(const char *url)
{
    return sb_result_url_ok(url) && strchr(url, '#') == NULL;
}

/* An entry may hold a "*" where a host has none; everything else is as in an address. Where the
 * star stands, a letter is put, so that one rule says what is plain. */
static bool is_pattern(const char *entry)
{
    const char *host = strstr(entry, "://");
    char plain[SB_RETURN_URL_MAX + 1];
    if (host == NULL || strlen(entry) > SB_RETURN_URL_MAX)
        return false;
    snprintf(plain, sizeof plain, "%s", entry);
    if (strncmp(host + 3, "*.", 2) == 0)
        plain[host + 3 - entry] = 'x';
    return is_plain(plain);
}

bool sb_return_url_allowed(const json_t *list, const char *url)
{
    size_t i;
    json_t *entry;
    if (!is_plain(url))
        return false;
    json_array_foreach(list, i, entry)
    {
        const char *pattern = json_string_value(entry);
        if (is_pattern(pattern) && same_address(pattern, url))
            return true;
    }
    return false;
}

/* ---- one-time codes ---- */

long sb_base32_decode(const char *text, unsigned char *out, size_t cap)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    unsigned bits = 0, kept = 0;
    size_t n = 0;
    for (; *text != '\0'; text++) {
        const char *at = strchr(alphabet, *text);
        if (at == NULL)
            return -1;
        bits = (bits << 5 | (unsigned)(at - alphabet)) & 0xfff;
        kept += 5;
        if (kept < 8)
            continue;
        if (n == cap)
            return -1;
        kept -= 8;
        out[n++] = (unsigned char)(bits >> kept);
    }
    return (long)n;
}

/* RFC 4226, 5.3 */
static bool otp_at(a0_slice key, int64_t step, char out[static SB_OTP_LEN + 1])
{
    unsigned char counter[8], mac[A0_DIGEST_MAX];
    for (int i = 0; i < 8; i++)
        counter[i] = (unsigned char)((uint64_t)step >> (8 * (7 - i)));
    if (a0_hmac("sha1", key, (a0_slice){(const char *)counter, sizeof counter}, mac, NULL) !=
        AUTH0DB_OK)
        return false;
    unsigned at = mac[19] & 0x0f;
    uint32_t number = (uint32_t)(mac[at] & 0x7f) << 24 | (uint32_t)mac[at + 1] << 16 |
                      (uint32_t)mac[at + 2] << 8 | mac[at + 3];
    snprintf(out, SB_OTP_LEN + 1, "%06u", number % 1000000u);
    return true;
}

bool sb_otp_matches(const char *secret, const char *code, int64_t now_s, int64_t *step)
{
    unsigned char key[128];
    char expected[SB_OTP_LEN + 1];
    long n = sb_base32_decode(secret, key, sizeof key);
    bool matches = false;
    if (n <= 0 || strlen(code) != SB_OTP_LEN)
        return false;
    /* One step back and one ahead, for a telephone's clock that is off. The step is told, so that a
     * code cannot be used twice. */
    for (int64_t each = now_s / 30 - 1; each <= now_s / 30 + 1 && !matches; each++) {
        matches = otp_at((a0_slice){(const char *)key, (size_t)n}, each, expected) &&
                  a0_secret_equal(expected, code, SB_OTP_LEN);
        *step = each;
    }
    a0_wipe(key, sizeof key);
    return matches;
}
