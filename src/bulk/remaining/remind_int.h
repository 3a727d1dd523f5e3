/* The insides of one run of remind, for src/bulk/remaining. */
#ifndef A0_BULK_REMAINING_REMIND_INT_H
#define A0_BULK_REMAINING_REMIND_INT_H

#include "auth0/calls.h"
#include "bulk/remaining/remind.h"
#include "bulk/report/survey.h"

enum { A0_REMIND_ASK_MS = 60000, A0_REMIND_MAIL_MS = 30000, A0_REMIND_WAVE_SIZE = 64 };

/* A user as it is now; owned texts, never NULL. */
typedef struct a0_addressee {
    char *key, *email, *username, *given_name, *family_name;
    bool email_verified, active, staff, superuser, no_password;
    int64_t last_login, joined; /* as a0_record */
    char auth0_id[AUTH0DB_ID_SIZE];
    char sync_digest[AUTH0DB_FINGERPRINT_SIZE], bulk_digest[AUTH0DB_FINGERPRINT_SIZE];
    a0_remind_disposition disposition; /* NOT_SELECTED with key NULL: gone */
    auth0db_holdout why;
} a0_addressee;

typedef struct a0_remind_run {
    auth0db_bulk *bulk;
    auth0db_remind_options o;
    a0_remind_rules rules;
    a0_bulk_tenant tenant;
    char site[65], wave[A0_REMIND_WAVE_SIZE];
    const char *channel;
    a0_decision decision;
    a0_progress progress;
    uint64_t next_mail_ms; /* when the rate lets the next one through */

    /* what the survey found */
    uint64_t users, dispositions[A0_REMIND_DISPOSITIONS], why[AUTH0DB_HOLDOUT_COUNT];
    uint64_t held_why[AUTH0DB_HOLDOUT_COUNT];
    char *sample[4]; /* the first who will be mailed: key, email, username, given name */
    const char *sample_reason;

    /* what this run has done: users */
    uint64_t mails; /* that have left, or may have */
    uint64_t sent, failed, held, linked, in_air, settled, refusals_in_a_row;
} a0_remind_run;

/** Why somebody is mailed, as auth0db_reset_mail has it. Static. */
const char *a0_remind_reason(auth0db_holdout why, bool no_password);

/** The user of this key; `resumed`: whom this reminder is of already, so that neither it nor the
 * selection speaks against it. a0_addressee_clear always. */
A0_MUST_CHECK int a0_remind_read(a0_remind_run *run, const char *key, bool resumed,
                                 a0_addressee *out, auth0db_error *err);
void a0_addressee_clear(a0_addressee *who);

/** Create the tenant user of a reminder that is on record as "created", and mail it. */
A0_MUST_CHECK int a0_remind_act(a0_remind_run *run, const a0_addressee *who, auth0db_error *err);
/** Link this user, whose tenant password was set through the mail: unless the site's has changed
 * since the reminder too (then a login decides). *linked tells. */
A0_MUST_CHECK int a0_remind_link(a0_remind_run *run, const a0_addressee *who, const char *digest,
                                 const auth0db_tenant_user *tenant, auth0db_error *err);
/** May another mail leave? The limit counts. */
bool a0_remind_has_room(const a0_remind_run *run);
/** Sleep, told as an event where it is long; INTERRUPTED. */
A0_MUST_CHECK int a0_remind_wait(a0_remind_run *run, uint64_t ms, const char *why,
                                 auth0db_error *err);
A0_MUST_CHECK int a0_remind_report(a0_remind_run *run, const a0_addressee *who, const char *reason,
                                   const char *detail, auth0db_error *err);
int64_t a0_remind_now_us(const a0_remind_run *run);

/** Reminders that an earlier run did not finish. *left: of some nobody can know yet whether they
 * were mailed, for this many seconds at the least. */
A0_MUST_CHECK int a0_remind_resume(a0_remind_run *run, unsigned *wait_s, auth0db_error *err);
/** Make reminders whose mail was refused ready for another try. */
A0_MUST_CHECK int a0_remind_retry_failed(a0_remind_run *run, auth0db_error *err);
/** Who was mailed and has no password at the tenant yet? Those who have are linked. */
A0_MUST_CHECK int a0_remind_list(a0_remind_run *run, auth0db_error *err);

#endif
