/* The words that a link and a holdout are recorded with. Words and not numbers: a row stays what
 * it is when the list grows in the middle, and people read the tables. */
#include "auth0db/login.h"
#include "base/error.h"

static const char *word(const char *const *words, size_t n, unsigned i)
{
    /* A number without a word leaves a hole in the list. */
    return i < n && words[i] != NULL ? words[i] : "unknown";
}

const char *auth0db_holdout_name(auth0db_holdout holdout)
{
    static const char *const words[] = {
        [AUTH0DB_HOLDOUT_NONE] = "none",
        [AUTH0DB_HOLDOUT_KEEP_LOCAL] = "keep-local",
        [AUTH0DB_HOLDOUT_NO_EMAIL] = "no-email",
        [AUTH0DB_HOLDOUT_BAD_EMAIL] = "bad-email",
        [AUTH0DB_HOLDOUT_DUPLICATE_EMAIL] = "duplicate-email",
        [AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT] = "foreign-account",
        [AUTH0DB_HOLDOUT_USERNAME_TAKEN] = "username-taken",
        [AUTH0DB_HOLDOUT_INVALID_USER] = "invalid-user",
        [AUTH0DB_HOLDOUT_WEAK_PASSWORD] = "weak-password",
        [AUTH0DB_HOLDOUT_UNSENDABLE_PASSWORD] = "unsendable-password",
        [AUTH0DB_HOLDOUT_BAD_USERNAME] = "bad-username",
        [AUTH0DB_HOLDOUT_BAD_HASH] = "bad-hash",
        [AUTH0DB_HOLDOUT_TOO_LARGE] = "too-large",
        [AUTH0DB_HOLDOUT_SITE_HASHER] = "site-hasher",
        [AUTH0DB_HOLDOUT_MUST_RESET] = "must-reset",
        [AUTH0DB_HOLDOUT_CANARY_FAILED] = "canary-failed",
        [AUTH0DB_HOLDOUT_HALF_CREATED] = "half-created",
        [AUTH0DB_HOLDOUT_TENANT_REFUSED] = "tenant-refused",
    };
    return word(words, A0_COUNT(words), holdout);
}

const char *auth0db_lane_name(auth0db_lane lane)
{
    static const char *const words[] = {
        [AUTH0DB_LANE_LOGIN] = "login",
        [AUTH0DB_LANE_JOIN] = "join",
        [AUTH0DB_LANE_BULK] = "bulk",
        [AUTH0DB_LANE_RESET] = "reset",
    };
    return word(words, A0_COUNT(words), lane);
}
