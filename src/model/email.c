/* Will Auth0 take this address? It is decided before anything is sent: an import job tells of a
 * bad one only when it has ended, and a login would spend a request on it. Whether anybody reads
 * the mailbox is not known here. */
#include "model/email.h"

#include <stdint.h>
#include <string.h>

#include "auth0db/client.h"

enum { LOCAL_PART_MAX = 64, LABEL_MAX = 63 };

/* Sets of ASCII characters, a bit each: every row of a site is looked at. */
static const uint64_t alnum[2] = {UINT64_C(0x03ff000000000000), UINT64_C(0x07fffffe07fffffe)};
/* ... and !#$%&'*+-/=?^_`{|}~ (RFC 5322 3.2.3) */
static const uint64_t atext[2] = {UINT64_C(0xa3ffacfa00000000), UINT64_C(0x7fffffffc7fffffe)};

static bool in(const uint64_t set[2], char c)
{
    unsigned char at = (unsigned char)c;
    return at < 128 && (set[at >> 6] >> (at & 63) & 1) != 0;
}

/* A dot-atom: no quoted strings, which Auth0's schema check and most mailers refuse */
static bool is_dot_atom(const char *text, size_t len)
{
    bool after_dot = true;
    for (size_t i = 0; i < len; i++) {
        const bool dot = text[i] == '.';
        if (dot ? after_dot : !in(atext, text[i]))
            return false;
        after_dot = dot;
    }
    return !after_dot;
}

/* Host name labels (RFC 1123 2.1), two at the least */
static bool is_domain(const char *text, size_t len)
{
    size_t labels = 0;
    for (size_t start = 0, i = 0; i <= len; i++) {
        if (i < len && text[i] != '.') {
            if (!in(alnum, text[i]) && text[i] != '-')
                return false;
            continue;
        }
        if (i == start || i - start > LABEL_MAX || text[start] == '-' || text[i - 1] == '-')
            return false;
        labels++;
        start = i + 1;
    }
    return labels >= 2;
}

bool a0_email_is_sendable(const char *text, size_t len)
{
    /* The first '@' parts them: another one behind it is in no host name and refuses. */
    const char *at = len > 0 && len <= A0_EMAIL_MAX ? memchr(text, '@', len) : NULL;
    if (at == NULL || at - text > LOCAL_PART_MAX)
        return false;
    const size_t local = (size_t)(at - text);
    return is_dot_atom(text, local) && is_domain(at + 1, len - local - 1);
}

bool auth0db_email_is_sendable(const char *email)
{
    return a0_email_is_sendable(email, strlen(email));
}
