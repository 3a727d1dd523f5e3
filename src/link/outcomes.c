/* Two closed tables: what an outcome means to a login, and what a refusal is called and says.
 * docs/architecture.md tells the reasons. */
#include "link/outcomes.h"

#include <string.h>

#include "base/error.h"

#define YES true
#define NO false

/*   outcome, refusal, decided, falls back, word, unpushed
 *
 * Remembered is only what is true of the person whatever was typed, and what nobody else can cause:
 * a wrong password, too many attempts and a captcha are a stranger's to bring about.
 *
 * Only an outage falls back. A tenant that is busy is none: a flood of requests would else decide
 * when the site's own passwords count. UNCONFIRMED is none yet: one request failed. */
#define OUTCOMES(ROW)                                                                              \
    ROW(OK, BAD_CREDENTIALS, YES, NO, "", "")                                                      \
    ROW(BAD_CREDENTIALS, BAD_CREDENTIALS, YES, NO, NULL, "bad-credentials")                        \
    ROW(BLOCKED, BLOCKED, YES, NO, "blocked", "blocked")                                           \
    ROW(MFA_REQUIRED, MFA_REQUIRED, YES, NO, "mfa", "mfa-required")                                \
    ROW(TOO_MANY_ATTEMPTS, TOO_MANY_ATTEMPTS, YES, NO, NULL, "too-many-attempts")                  \
    ROW(PASSWORD_LEAKED, PASSWORD_LEAKED, YES, NO, "leaked", "password-leaked")                    \
    ROW(DENIED, DENIED, YES, NO, "denied", "denied")                                               \
    ROW(CAPTCHA, CAPTCHA, YES, NO, NULL, "captcha")                                                \
    ROW(REFUSED, UNLISTED, NO, NO, NULL, "refused")                                                \
    ROW(NOT_FOUND, DELETED, YES, NO, "gone", "not-found")                                          \
    ROW(EXISTS, UNLISTED, NO, NO, NULL, "exists")                                                  \
    ROW(USERNAME_TAKEN, UNLISTED, NO, NO, NULL, "username-taken")                                  \
    ROW(WEAK_PASSWORD, UNLISTED, NO, NO, NULL, "weak-password")                                    \
    ROW(INVALID_USER, UNLISTED, NO, NO, NULL, "invalid-user")                                      \
    ROW(THROTTLED, BUSY, NO, NO, NULL, "throttled")                                                \
    ROW(UNAVAILABLE, UNAVAILABLE, NO, YES, NULL, "unavailable")                                    \
    ROW(UNCONFIRMED, UNAVAILABLE, NO, NO, NULL, "unavailable")                                     \
    ROW(MISCONFIGURED, UNAVAILABLE, NO, NO, NULL, "misconfigured")                                 \
    ROW(HELD, UNAVAILABLE, NO, NO, NULL, "held")

#define MEANING(outcome, why, is_decided, back, remembered, not_pushed)                            \
    [AUTH0DB_OUTCOME_##outcome] = {AUTH0DB_REFUSED_##why, is_decided, back, remembered, not_pushed},
static const a0_meaning meanings[] = {OUTCOMES(MEANING)};

/* A row twice is a warning of every compiler; together with the count no outcome is without one. */
#define ONE_OUTCOME(outcome, why, is_decided, back, remembered, not_pushed) +1
_Static_assert((0 OUTCOMES(ONE_OUTCOME)) == AUTH0DB_OUTCOME_COUNT, "an outcome without a row");

const a0_meaning *a0_meaning_of(auth0db_outcome outcome)
{
    bool known = (unsigned)outcome < A0_COUNT(meanings);
    return &meanings[known ? outcome : AUTH0DB_OUTCOME_UNCONFIRMED];
}

const a0_meaning *a0_meaning_of_word(const char *word)
{
    for (size_t i = 0; i < A0_COUNT(meanings); i++) {
        if (meanings[i].word != NULL && strcmp(meanings[i].word, word) == 0)
            return &meanings[i];
    }
    /* A word of a newer package, or a damaged one: something was said against the user, so it
     * refuses. */
    return a0_meaning_of(AUTH0DB_OUTCOME_DENIED);
}

/*   refusal, its word, who is told, what is said
 *
 * The reasons about an account are for who knows its password: a login page must not tell strangers
 * who has one. Auth0 asks for a second factor, and runs its Actions, after the password was right.
 */
#define REFUSALS(ROW)                                                                              \
    ROW(BAD_CREDENTIALS, "bad_credentials", NOBODY, "")                                            \
    ROW(BLOCKED, "blocked", OWNER, "This account is blocked. Please contact us.")                  \
    ROW(MFA_REQUIRED, "mfa_required", PROVEN,                                                      \
        "Your account asks for a second step to log in, which this page cannot do.")               \
    ROW(TOO_MANY_ATTEMPTS, "too_many_attempts", OWNER,                                             \
        "Too many attempts. Please wait a while, then try again.")                                 \
    ROW(PASSWORD_LEAKED, "password_leaked", OWNER,                                                 \
        "This password is known from a leak at another site, so it is not accepted any more. "     \
        "Please set a new one.")                                                                   \
    ROW(DENIED, "denied", PROVEN,                                                                  \
        "Your password is right, but you may not log in here. Please contact us.")                 \
    ROW(CAPTCHA, "captcha", OWNER,                                                                 \
        "This login has to be confirmed by a person, which this page cannot do.")                  \
    ROW(UNLISTED, "refused", OWNER,                                                                \
        "You cannot log in at the moment. If this goes on, please contact us.")                    \
    ROW(INACTIVE, "inactive", NOBODY, "")                                                          \
    ROW(SITE_RULES, "site_rules", NOBODY, "")                                                      \
    ROW(UNAVAILABLE, "unavailable", ANYBODY,                                                       \
        "Your password cannot be checked at the moment. Please try again in a few minutes.")       \
    ROW(BUSY, "busy", ANYBODY, "Too many people are logging in. Please try again in a minute.")    \
    ROW(DELETED, "deleted", NOBODY, "")                                                            \
    ROW(BOTH_CHANGED, "both_changed", PROVEN,                                                      \
        "Your password was changed in two places since your last login. Please set a new one.")    \
    ROW(UNVERIFIED_EMAIL, "unverified_email", NOBODY, "")                                          \
    ROW(OTHER_ADDRESS, "other_address", OWNER,                                                     \
        "Your account has another e-mail address by now. Please log in with that one.")            \
    ROW(OTHER_ACCOUNT, "other_account", NOBODY, "")                                                \
    ROW(DUPLICATE_EMAIL, "duplicate_email", NOBODY, "")                                            \
    ROW(TOMBSTONE, "tombstone", NOBODY, "")                                                        \
    ROW(NO_LOCAL_USER, "no_local_user", NOBODY, "")                                                \
    ROW(SITE_ERROR, "site_error", NOBODY, "")                                                      \
    ROW(KEEP_LOCAL, "keep_local", NOBODY, "")

#define SPEECH(refusal, word, whom, words)                                                         \
    [AUTH0DB_REFUSED_##refusal] = {word, AUTH0DB_TOLD_##whom, words},
static const struct {
    const char *word;
    auth0db_told told;
    const char *words;
} speeches[] = {REFUSALS(SPEECH)};

#define ONE_REFUSAL(refusal, word, whom, words) +1
_Static_assert((0 REFUSALS(ONE_REFUSAL)) == AUTH0DB_REFUSED_COUNT, "a refusal without a row");

/* What is no refusal, from a newer caller perhaps, is told to nobody and says nothing. */
const char *auth0db_refusal_name(auth0db_refusal refusal)
{
    return (unsigned)refusal < A0_COUNT(speeches) ? speeches[refusal].word : "unknown";
}

auth0db_told auth0db_refusal_told(auth0db_refusal refusal)
{
    return (unsigned)refusal < A0_COUNT(speeches) ? speeches[refusal].told : AUTH0DB_TOLD_NOBODY;
}

const char *auth0db_refusal_words(auth0db_refusal refusal)
{
    return (unsigned)refusal < A0_COUNT(speeches) ? speeches[refusal].words : "";
}
