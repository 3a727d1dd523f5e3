/* The words of the login machine's questions. */
#include "auth0db/login.h"
#include "base/error.h"

const char *auth0db_ask_name(auth0db_ask ask)
{
    /* By name of the ask, so that an ask that is added in the middle moves no word to another one.
     */
    static const char *const words[] = {
        [AUTH0DB_ASK_FIND_USER] = "find_user",
        [AUTH0DB_ASK_FIND_OWNER] = "find_owner",
        [AUTH0DB_ASK_CHECK_LOCAL] = "check_local",
        [AUTH0DB_ASK_CHECK_HASH] = "check_hash",
        [AUTH0DB_ASK_RESOLVE] = "resolve",
        [AUTH0DB_ASK_TOMBSTONE] = "tombstone",
        [AUTH0DB_ASK_EMAIL_SHARED] = "email_shared",
        [AUTH0DB_ASK_CREATE_LOCAL] = "create_local",
        [AUTH0DB_ASK_LINK] = "link",
        [AUTH0DB_ASK_RENEW_HASH] = "renew_hash",
        [AUTH0DB_ASK_UPGRADE_HASH] = "upgrade_hash",
        [AUTH0DB_ASK_SITE_RULES] = "site_rules",
        [AUTH0DB_ASK_MARK_IN_STEP] = "mark_in_step",
        [AUTH0DB_ASK_BEGIN_PUSH] = "begin_push",
        [AUTH0DB_ASK_REMEMBER] = "remember",
        [AUTH0DB_ASK_FOLLOW] = "follow",
        [AUTH0DB_ASK_BEGIN_SYNC] = "begin_sync",
        [AUTH0DB_ASK_END_SYNC] = "end_sync",
        [AUTH0DB_ASK_END_PUSH] = "end_push",
        [AUTH0DB_ASK_OWN_ROW] = "own_row",
        [AUTH0DB_ASK_UNPUSHED] = "unpushed",
        [AUTH0DB_ASK_HOLDOUT] = "holdout",
        [AUTH0DB_ASK_GRANT] = "grant",
        [AUTH0DB_ASK_CREATE_TENANT] = "create_tenant",
        [AUTH0DB_ASK_READ_TENANT] = "read_tenant",
        [AUTH0DB_ASK_BY_EMAIL] = "by_email",
        [AUTH0DB_ASK_CHANGE] = "change",
        [AUTH0DB_ASK_PUSH] = "push",
        [AUTH0DB_ADMIT] = "admit",
        [AUTH0DB_REFUSE] = "refuse",
        [AUTH0DB_PUSH_ENDED] = "push_ended",
        [AUTH0DB_SYNC_ENDED] = "sync_ended",
    };
    return (unsigned)ask < A0_COUNT(words) && words[ask] != NULL ? words[ask] : "unknown";
}
