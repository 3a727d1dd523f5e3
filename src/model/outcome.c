/* What the tenant can answer, and what it can be asked to take: pure, so that every layer above
 * agrees. */
#include <string.h>

#include "auth0db/client.h"
#include "base/error.h"
#include "base/utf8.h"

enum { PASSWORD_MAX = 72 };

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
        [AUTH0DB_OUTCOME_REFUSED] = "refused",
        [AUTH0DB_OUTCOME_NOT_FOUND] = "not_found",
        [AUTH0DB_OUTCOME_EXISTS] = "exists",
        [AUTH0DB_OUTCOME_USERNAME_TAKEN] = "username_taken",
        [AUTH0DB_OUTCOME_WEAK_PASSWORD] = "weak_password",
        [AUTH0DB_OUTCOME_INVALID_USER] = "invalid_user",
        [AUTH0DB_OUTCOME_THROTTLED] = "throttled",
        [AUTH0DB_OUTCOME_UNAVAILABLE] = "unavailable",
        [AUTH0DB_OUTCOME_UNCONFIRMED] = "unconfirmed",
        [AUTH0DB_OUTCOME_MISCONFIGURED] = "misconfigured",
        [AUTH0DB_OUTCOME_HELD] = "held",
    };
    return (unsigned)outcome < AUTH0DB_OUTCOME_COUNT ? words[outcome] : "unknown";
}

bool auth0db_outcome_is_trouble(auth0db_outcome outcome)
{
    return outcome == AUTH0DB_OUTCOME_THROTTLED || outcome == AUTH0DB_OUTCOME_UNAVAILABLE ||
           outcome == AUTH0DB_OUTCOME_UNCONFIRMED || outcome == AUTH0DB_OUTCOME_MISCONFIGURED;
}

/* facts/auth0.md 4.2 and 9.11-12: bcrypt reads 72 bytes and drops the rest silently, so the tail of
 * a longer password would no longer count; NUL ends the password for many a bcrypt. */
bool auth0db_password_is_sendable(const char *password, size_t len)
{
    return len > 0 && len <= PASSWORD_MAX && memchr(password, '\0', len) == NULL &&
           a0_utf8_valid(password, len);
}
