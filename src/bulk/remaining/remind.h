/* The last users: who is mailed a link to set a password, and what a mail whose delivery is unknown
 * means. Pure; remind_*.c act on it.
 *
 * A reminder makes no link. The tenant user it makes has the expected id, a password that nobody
 * knows and no last_password_reset, and is for the login machine what a crash between creating and
 * linking leaves behind: a login with the old password finds it unchanged, pushes and links; a
 * login with a password set through the mail finds it changed, and links. So nobody is locked out,
 * and no old password admits once the tenant has a new one (docs/architecture.md, S2). */
#ifndef A0_BULK_REMAINING_REMIND_H
#define A0_BULK_REMAINING_REMIND_H

#include "bulk/bulk_int.h"

typedef enum a0_remind_disposition {
    A0_REMIND_MAIL,
    A0_REMIND_MIGRATED,
    A0_REMIND_IN_FLIGHT, /* in an import: S12 */
    A0_REMIND_REMINDED,  /* before: never twice */
    A0_REMIND_INACTIVE,
    A0_REMIND_NOT_SELECTED,
    A0_REMIND_NO_PASSWORD, /* logs in by another way (social, SSO): a mail would be a riddle */
    A0_REMIND_COULD_MOVE,  /* with its password, by an import: S12 */
    A0_REMIND_HELD,        /* cannot be mailed as it is */
    A0_REMIND_DISPOSITIONS
} a0_remind_disposition;

typedef struct a0_remind_rules {
    a0_selection who;
    int64_t not_since;  /* A0_NO_TIME: whenever */
    const char *domain; /* NULL: any */
    bool even_if_hash_could_move, without_password;
} a0_remind_rules;

/** Is there no password in the user's row: unusable, or empty? */
bool a0_remind_no_password(const a0_assessment *assessment);

/** *why: of MAIL, what keeps the hash from moving (NONE: nothing does); of HELD, what it is. */
a0_remind_disposition a0_remind_judge(const a0_remind_rules *rules, const a0_record *record,
                                      const a0_assessment *assessment, auth0db_holdout *why);

enum {
    /* A mail that the tenant's log does not tell of was not sent: once the log has had time to, and
     * a request of another process, which may be under way, has ended */
    A0_REMIND_SETTLE_S = 180,
    A0_REMIND_LOG_KEPT_S = 20 * 3600, /* Auth0's smallest plan keeps its log for a day */
    A0_REMIND_CLOCKS_APART_S = 60
};

typedef enum a0_log_says { A0_LOG_SILENT, A0_LOG_SENT, A0_LOG_UNREAD } a0_log_says;

typedef enum a0_air {
    A0_AIR_SENT,
    A0_AIR_AGAIN, /* nothing has left */
    A0_AIR_WAIT,  /* look again later */
    A0_AIR_UNKNOWN
} a0_air;

/** What became of a mail that was asked for `age_s` ago by a run that then ended. */
a0_air a0_remind_air(bool by_site, a0_log_says log, int64_t age_s, int64_t settle_after_s,
                     auth0db_in_air asked);

enum { A0_REMIND_PASSWORD_LEN = 64 };
/** A password of four kinds of characters in turn, so that no policy finds a row of equal or
 * following ones in it; more than 250 bits. Errors: what `random` has. */
A0_MUST_CHECK int a0_remind_password(const a0_env *env, char out[A0_REMIND_PASSWORD_LEN + 1]);

#endif
