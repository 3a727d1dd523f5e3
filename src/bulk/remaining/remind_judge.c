/* Who is mailed, and what became of a mail whose answer was lost. Pure: what follows is done in
 * remind_act.c and remind_resume.c. */
#include <string.h>

#include "base/secret.h"
#include "bulk/remaining/remind.h"

/* A whole domain, for "example.org" is not to reach who is at "notexample.org". */
static bool at_domain(a0_slice email, const char *domain)
{
    const size_t len = strlen(domain);
    const char *text = email.data;
    if (email.len <= len || text[email.len - len - 1] != '@')
        return false;
    for (size_t i = 0; i < len; i++) {
        char a = text[email.len - len + i], b = domain[i];
        a = a >= 'A' && a <= 'Z' ? (char)(a | 0x20) : a;
        b = b >= 'A' && b <= 'Z' ? (char)(b | 0x20) : b;
        if (a != b)
            return false;
    }
    return true;
}

/* Who has never logged in passes --not-since: such a user has not logged in since then either. */
static bool is_meant(const a0_remind_rules *rules, const a0_record *record)
{
    if (rules->not_since != A0_NO_TIME && record->last_login != A0_NO_TIME &&
        record->last_login >= rules->not_since)
        return false;
    if (rules->domain != NULL && !at_domain(record->email, rules->domain))
        return false;
    return a0_selects(&rules->who, record);
}

static bool equals(a0_slice s, const char *text)
{
    return s.data != NULL && s.len == strlen(text) && memcmp(s.data, text, s.len) == 0;
}

/* The import has recorded it of this very hash. A hash that has changed since may be of a kind that
 * travels. */
static bool canary_failed(const a0_record *record)
{
    char digest[AUTH0DB_FINGERPRINT_SIZE];
    if (!equals(record->holdout, auth0db_holdout_name(AUTH0DB_HOLDOUT_CANARY_FAILED)))
        return false;
    a0_bulk_digest(record, digest);
    return digest[0] != '\0' && equals(record->holdout_digest, digest);
}

static a0_remind_disposition judge_hash(const a0_remind_rules *rules, const a0_record *record,
                                        const a0_assessment *assessment, auth0db_holdout *why)
{
    const auth0db_holdout standing =
        rules->who.retry_held ? AUTH0DB_HOLDOUT_NONE : a0_standing(record);
    /* S12: nobody is made at the tenant without the password whom an import could still move with
     * it. */
    bool stuck =
        assessment->disposition == A0_MUST_RESET || assessment->reason == AUTH0DB_HOLDOUT_BAD_HASH;
    *why = assessment->reason;
    if (standing != AUTH0DB_HOLDOUT_NONE)
        *why = standing;
    /* What the tenant has said of the user, or what is wrong with the row, a mail does not
     * repair. */
    if (standing != AUTH0DB_HOLDOUT_NONE || (assessment->disposition == A0_HOLDOUT && !stuck))
        return A0_REMIND_HELD;
    if (!stuck && canary_failed(record)) {
        *why = AUTH0DB_HOLDOUT_CANARY_FAILED;
        stuck = true;
    }
    return stuck || rules->even_if_hash_could_move ? A0_REMIND_MAIL : A0_REMIND_COULD_MOVE;
}

bool a0_remind_no_password(const a0_assessment *assessment)
{
    return assessment->params.hasher == AUTH0DB_HASHER_UNUSABLE ||
           assessment->params.hasher == AUTH0DB_HASHER_EMPTY;
}

/* From what nobody may overrule to what the options select. Claimed comes early: an import may be
 * making the very tenant user that the mail would be about. */
a0_remind_disposition a0_remind_judge(const a0_remind_rules *rules, const a0_record *record,
                                      const a0_assessment *assessment, auth0db_holdout *why)
{
    *why = AUTH0DB_HOLDOUT_NONE;
    if (record->linked)
        return A0_REMIND_MIGRATED;
    if (record->claimed)
        return A0_REMIND_IN_FLIGHT;
    if (assessment->reason == AUTH0DB_HOLDOUT_KEEP_LOCAL) { /* mailed once or not: no more */
        *why = assessment->reason;
        return A0_REMIND_HELD;
    }
    if (record->reminded)
        return A0_REMIND_REMINDED;
    if (!record->active)
        return A0_REMIND_INACTIVE;
    if (!is_meant(rules, record))
        return A0_REMIND_NOT_SELECTED;
    if (a0_remind_no_password(assessment) && !rules->without_password)
        return A0_REMIND_NO_PASSWORD;
    return judge_hash(rules, record, assessment, why);
}

/* The tenant's word counts most, and of its own mails alone; then that of a person who was asked.
 * To take silence for "not sent" needs a log that could have told, and time for it. */
a0_air a0_remind_air(bool by_site, a0_log_says log, int64_t age_s, int64_t settle_after_s,
                     auth0db_in_air asked)
{
    if (!by_site && log == A0_LOG_SENT)
        return A0_AIR_SENT;
    if (asked == AUTH0DB_IN_AIR_SENT)
        return A0_AIR_SENT;
    if (asked == AUTH0DB_IN_AIR_LEAVE &&
        (by_site || log == A0_LOG_UNREAD || age_s > A0_REMIND_LOG_KEPT_S))
        return A0_AIR_UNKNOWN;
    return age_s < settle_after_s ? A0_AIR_WAIT /* of a living process, perhaps */ : A0_AIR_AGAIN;
}

int a0_remind_password(const a0_env *env, char out[A0_REMIND_PASSWORD_LEN + 1])
{
    static const char *const kinds[] = {"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz",
                                        "0123456789", "!#%*+,-./:;=?@_~"};
    uint16_t random[A0_REMIND_PASSWORD_LEN];
    int rc = a0_random(env, random, sizeof random);
    for (size_t i = 0; rc == AUTH0DB_OK && i < A0_COUNT(random); i++) {
        const char *kind = kinds[i % A0_COUNT(kinds)];
        out[i] = kind[random[i] % strlen(kind)];
    }
    out[A0_REMIND_PASSWORD_LEN] = '\0';
    /* Who has the random numbers has the password. */
    a0_wipe(random, sizeof random);
    return rc;
}
