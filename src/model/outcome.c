/* What the tenant can answer, and what it can be asked to take: pure, so that every layer above
 * agrees. */
#include <string.h>

#include "auth0db/client.h"
#include "base/error.h"
#include "base/utf8.h"

enum { LOCAL_PART_MAX = 64, EMAIL_MAX = 254, LABEL_MAX = 63, PASSWORD_MAX = 72 };

const char *auth0db_outcome_name(auth0db_outcome outcome)
{
    static const char *const words[AUTH0DB_OUTCOME_COUNT] = {
        [AUTH0DB_OUTCOME_OK] = "ok",
        [AUTH0DB_OUTCOME_BAD_CREDENTIALS] = "bad_credentials",
        [AUTH0DB_OUTCOME_BLOCKED] = "blocked",
        [AUTH0DB_OUTCOME_MFA_REQUIRED] = "mfa_required",
        [AUTH0DB_OUTCOME_TOO_MANY_ATTEMPTS] = "too_many_attempts",
        [AUTH0DB_OUTCOME_PASSWORD_LEAKED] = "password_leaked",
        [AUTH0DB_OUTCOME_DENIED] = "denied",
        [AUTH0DB_OUTCOME_CAPTCHA] = "captcha",
        [AUTH0DB_OUTCOME_NOT_FOUND] = "not_found",
        [AUTH0DB_OUTCOME_EXISTS] = "exists",
        [AUTH0DB_OUTCOME_USERNAME_TAKEN] = "username_taken",
        [AUTH0DB_OUTCOME_WEAK_PASSWORD] = "weak_password",
        [AUTH0DB_OUTCOME_INVALID_USER] = "invalid_user",
        [AUTH0DB_OUTCOME_THROTTLED] = "throttled",
        [AUTH0DB_OUTCOME_UNAVAILABLE] = "unavailable",
        [AUTH0DB_OUTCOME_MISCONFIGURED] = "misconfigured",
    };
    return (unsigned)outcome < AUTH0DB_OUTCOME_COUNT ? words[outcome] : "unknown";
}

bool auth0db_outcome_is_trouble(auth0db_outcome outcome)
{
    return outcome == AUTH0DB_OUTCOME_THROTTLED || outcome == AUTH0DB_OUTCOME_UNAVAILABLE ||
           outcome == AUTH0DB_OUTCOME_MISCONFIGURED;
}

/* facts/auth0.md 4.2 and 9.11-12: bcrypt reads 72 bytes and drops the rest silently, so the tail of
 * a longer password would no longer count; NUL ends the password for many a bcrypt. */
bool auth0db_password_is_sendable(const char *password, size_t len)
{
    return len > 0 && len <= PASSWORD_MAX && memchr(password, '\0', len) == NULL &&
           a0_utf8_valid(password, len);
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* A dot-atom (RFC 5322 3.2.3): no quoted strings, which Auth0's schema check and most mailers
 * refuse */
static bool is_dot_atom(const char *text, size_t len)
{
    bool after_dot = true;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '.' && after_dot)
            return false;
        if (text[i] != '.' && !is_alnum(text[i]) && strchr("!#$%&'*+-/=?^_`{|}~", text[i]) == NULL)
            return false;
        after_dot = text[i] == '.';
    }
    return len > 0 && !after_dot;
}

/* Host name labels (RFC 1123 2.1), two at the least */
static bool is_domain(const char *text)
{
    size_t labels = 0;
    for (;;) {
        size_t len = strcspn(text, ".");
        if (len == 0 || len > LABEL_MAX || !is_alnum(text[0]) || !is_alnum(text[len - 1]))
            return false;
        for (size_t i = 0; i < len; i++) {
            if (!is_alnum(text[i]) && text[i] != '-')
                return false;
        }
        labels++;
        if (text[len] == '\0')
            return labels >= 2;
        text += len + 1;
    }
}

bool auth0db_email_is_sendable(const char *email)
{
    const char *at = strchr(email, '@');
    return at != NULL && (size_t)(at - email) <= LOCAL_PART_MAX && strlen(email) <= EMAIL_MAX &&
           is_dot_atom(email, (size_t)(at - email)) && is_domain(at + 1);
}
