/* One user: created at the tenant, and mailed. What is about to be done is on record before it is
 * done, so that whoever comes after a kill knows what may have happened. Whether the user is to be
 * mailed was decided before. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"
#include "bulk/remaining/remind_int.h"
#include "link/ids.h"

enum { TRIES = 5, BACK_OFF_MS = 2000, BACK_OFF_MAX_MS = 60000, REFUSALS_MAX = 5 };

/* --- the record ------------------------------------------------------------------------------- */

/* From one status to the next, and only if it is still the one that was seen: of two processes one
 * goes on. */
static int step(a0_remind_run *run, const a0_addressee *who, const char *from, const char *to,
                const char *detail, bool *done, auth0db_error *err)
{
    const int64_t now = a0_remind_now_us(run);
    const bool in_air = strcmp(to, "in-air") == 0, sent = strcmp(to, "sent") == 0;
    const a0_reminder reminder = {.key = who->key,
                                  .email = who->email,
                                  .sync_digest = who->sync_digest,
                                  .status = to,
                                  .channel = run->channel,
                                  .wave = run->wave,
                                  .detail = detail,
                                  .in_air = in_air || sent ? now : 0,
                                  .sent = sent ? now : 0};
    return a0_store_reminder_step(run->bulk->store, &reminder, from, in_air, done, err);
}

/* The holdout first, the reminder's end then: a kill in between leaves a user who is seen twice,
 * not one who is on no record. */
static int hold(a0_remind_run *run, const a0_addressee *who, auth0db_holdout reason,
                const char *detail, auth0db_error *err)
{
    const a0_settlement row = {.key = who->key,
                               .what = A0_SETTLE_HOLD,
                               .reason = auth0db_holdout_name(reason),
                               .detail = detail,
                               .hash_digest = who->bulk_digest};
    int rc = a0_store_settle(run->bulk->store, NULL, &row, 1, err);
    if (rc == AUTH0DB_OK)
        rc = a0_store_reminder_drop(run->bulk->store, who->key, err);
    run->held++;
    return rc == AUTH0DB_OK ? a0_remind_report(run, who, "held", auth0db_holdout_name(reason), err)
                            : rc;
}

static int fail(a0_remind_run *run, const a0_addressee *who, const char *from, const char *why,
                auth0db_error *err)
{
    bool done;
    int rc = step(run, who, from, "failed", why, &done, err);
    run->failed++;
    return rc == AUTH0DB_OK ? a0_remind_report(run, who, "failed", why, err) : rc;
}

int a0_remind_link(a0_remind_run *run, const a0_addressee *who, const char *digest,
                   const auth0db_tenant_user *tenant, auth0db_error *err)
{
    const a0_settlement row = {.key = who->key,
                               .what = A0_SETTLE_LINK,
                               .auth0_id = tenant->user_id,
                               .email = tenant->email,
                               .lane = auth0db_lane_name(AUTH0DB_LANE_RESET),
                               .sync_digest = who->sync_digest,
                               .tenant_mark = tenant->last_password_reset};
    /* The site's password has changed as well: nobody can tell here which is newer, so the next
     * login does. */
    if (strcmp(digest, who->sync_digest) != 0)
        return AUTH0DB_OK;
    int rc = a0_store_settle(run->bulk->store, NULL, &row, 1, err);
    run->linked += rc == AUTH0DB_OK;
    return rc;
}

/* --- trouble ---------------------------------------------------------------------------------- */

static int give_up(auth0db_outcome outcome, const auth0db_error *cause, auth0db_error *err)
{
    auth0db_code code = outcome == AUTH0DB_OUTCOME_THROTTLED       ? AUTH0DB_ERR_RATE_LIMIT
                        : outcome == AUTH0DB_OUTCOME_UNAVAILABLE   ? AUTH0DB_ERR_UNREACHABLE
                        : outcome == AUTH0DB_OUTCOME_MISCONFIGURED ? AUTH0DB_ERR_OPTION
                                                                   : AUTH0DB_ERR_REMOTE;
    return a0_error_set(err, code, cause->where, "%s", cause->message);
}

/* Before trying again: as long as the tenant says, or longer every time. The error, where it is not
 * worth another try. */
static int back_off(a0_remind_run *run, auth0db_outcome outcome, unsigned attempt,
                    const auth0db_error *cause, auth0db_error *err)
{
    unsigned pause = a0_client_pause_ms(run->bulk->client), own = BACK_OFF_MS << attempt;
    int rc = a0_bulk_go_on(run->bulk, err); /* perhaps that ended the call */
    if (rc != AUTH0DB_OK)
        return rc;
    /* To wait repairs no setting, and a tenant that is away so long is the operator's to look
     * at. */
    if (attempt >= TRIES || outcome == AUTH0DB_OUTCOME_MISCONFIGURED)
        return give_up(outcome, cause, err);
    own = own < BACK_OFF_MAX_MS ? own : BACK_OFF_MAX_MS;
    return a0_remind_wait(run, pause > own ? pause : own,
                          outcome == AUTH0DB_OUTCOME_THROTTLED ? "rate-limit" : "tenant-trouble",
                          err);
}

/* --- the tenant user -------------------------------------------------------------------------- */

typedef enum standing {
    READY,
    HAS_PASSWORD, /* its owner has set one already */
    BLOCKED,      /* by an administrator */
    FOREIGN,      /* the e-mail or the id is another's */
    NAME_TAKEN,
    REFUSED
} standing;

/* The password is made, sent and forgotten: nobody knows it, so nothing but the mail opens the
 * account. */
static auth0db_outcome create(a0_remind_run *run, const a0_addressee *who, auth0db_tenant_user *out,
                              auth0db_error *cause)
{
    char password[A0_REMIND_PASSWORD_LEN + 1];
    auth0db_outcome outcome = AUTH0DB_OUTCOME_UNAVAILABLE;
    if (a0_remind_password(&run->bulk->env, password) != AUTH0DB_OK) {
        a0_error_set(cause, AUTH0DB_ERR_CRYPTO, NULL, "no random numbers");
        return AUTH0DB_OUTCOME_MISCONFIGURED;
    }
    const auth0db_new_user user = {.user_id = who->auth0_id,
                                   .email = who->email,
                                   .email_verified = who->email_verified,
                                   .username =
                                       run->tenant.rules.require_username ? who->username : NULL,
                                   .legacy_username = who->username,
                                   .given_name = who->given_name,
                                   .family_name = who->family_name,
                                   .password = password,
                                   .password_len = A0_REMIND_PASSWORD_LEN};
    outcome = auth0db_client_user_create(run->bulk->client, &user, A0_REMIND_ASK_MS, out, cause);
    a0_wipe(password, sizeof password);
    return outcome;
}

/* The e-mail, the id or the name is taken: by the user that an earlier run or a login has made? */
static auth0db_outcome look(a0_remind_run *run, const a0_addressee *who, bool name_taken,
                            auth0db_tenant_user *seen, standing *is, auth0db_error *cause)
{
    auth0db_outcome outcome =
        auth0db_client_user_get(run->bulk->client, who->auth0_id, A0_REMIND_ASK_MS, seen, cause);
    if (outcome == AUTH0DB_OUTCOME_NOT_FOUND)
        *is = name_taken ? NAME_TAKEN : FOREIGN;
    else if (outcome != AUTH0DB_OUTCOME_OK)
        return outcome;
    /* A primary key that was given out again has the id of somebody else: the e-mail tells them
     * apart (S3). */
    else if (strcmp(seen->email, who->email) != 0)
        *is = FOREIGN;
    else if (seen->blocked)
        *is = BLOCKED;
    else
        *is = seen->last_password_reset[0] != '\0' ? HAS_PASSWORD : READY;
    return AUTH0DB_OUTCOME_OK;
}

static auth0db_outcome create_or_look(a0_remind_run *run, const a0_addressee *who,
                                      auth0db_tenant_user *seen, standing *is, auth0db_error *cause)
{
    auth0db_outcome outcome = create(run, who, seen, cause);
    switch (outcome) {
    case AUTH0DB_OUTCOME_OK:
        *is = strcmp(seen->user_id, who->auth0_id) == 0 ? READY : REFUSED;
        return AUTH0DB_OUTCOME_OK;
    case AUTH0DB_OUTCOME_EXISTS:
    case AUTH0DB_OUTCOME_USERNAME_TAKEN:
        return look(run, who, outcome == AUTH0DB_OUTCOME_USERNAME_TAKEN, seen, is, cause);
    case AUTH0DB_OUTCOME_WEAK_PASSWORD:
    case AUTH0DB_OUTCOME_INVALID_USER:
        *is = REFUSED;
        return AUTH0DB_OUTCOME_OK;
    default:
        return outcome;
    }
}

/* Creating twice cannot make two: the id is chosen by us. */
static int make_tenant_user(a0_remind_run *run, const a0_addressee *who, auth0db_tenant_user *seen,
                            standing *is, auth0db_error *err)
{
    for (unsigned attempt = 0;; attempt++) {
        auth0db_error cause = {0};
        auth0db_outcome outcome = create_or_look(run, who, seen, is, &cause);
        if (outcome == AUTH0DB_OUTCOME_OK)
            return AUTH0DB_OK;
        int rc = back_off(run, outcome, attempt, &cause, err);
        if (rc != AUTH0DB_OK)
            return rc;
    }
}

/* --- the mail --------------------------------------------------------------------------------- */

static int sent(a0_remind_run *run, const a0_addressee *who, auth0db_error *err)
{
    bool done;
    int rc = step(run, who, "in-air", "sent", "", &done, err);
    run->sent++;
    run->refusals_in_a_row = 0;
    return rc == AUTH0DB_OK ? a0_remind_report(run, who, "sent", "", err) : rc;
}

/* At the pace that was asked for; then on record. *go: nobody else has done it meanwhile, and no
 * login has moved the user. */
static int take_off(a0_remind_run *run, const a0_addressee *who, bool *go, auth0db_error *err)
{
    const uint64_t now = a0_mono_ms(&run->bulk->env), interval = 60000 / run->o.rate;
    int rc = AUTH0DB_OK;
    if (run->next_mail_ms > now)
        rc = a0_remind_wait(run, run->next_mail_ms - now, NULL, err);
    run->next_mail_ms = (run->next_mail_ms > now ? run->next_mail_ms : now) + interval;
    if (rc == AUTH0DB_OK)
        rc = step(run, who, "created", "in-air", "", go, err);
    run->mails += *go;
    if (rc == AUTH0DB_OK &&
        !*go) /* linked: a row that another process has taken is not "created" */
        rc = a0_store_reminder_drop(run->bulk->store, who->key, err);
    return rc;
}

/* Certain that nothing has left, or the user would be mailed twice. */
static int back_to_created(a0_remind_run *run, const a0_addressee *who, auth0db_error *err)
{
    bool done;
    run->mails--;
    return step(run, who, "in-air", "created", "", &done, err);
}

static int mail_by_tenant(a0_remind_run *run, const a0_addressee *who, auth0db_error *err)
{
    for (unsigned attempt = 0;; attempt++) {
        auth0db_error cause = {0};
        bool go = false, maybe = false;
        int rc = take_off(run, who, &go, err);
        if (rc != AUTH0DB_OK || !go)
            return rc;
        auth0db_outcome outcome =
            a0_reset_mail(run->bulk->client, who->email, A0_REMIND_MAIL_MS, &maybe, &cause);
        if (outcome == AUTH0DB_OUTCOME_OK)
            return sent(run, who, err);
        if (maybe) { /* settled later, by the tenant's log */
            run->in_air++;
            return a0_remind_report(run, who, "in-air", cause.message, err);
        }
        if (!auth0db_outcome_is_trouble(outcome))
            return fail(run, who, "in-air", cause.message, err);
        rc = back_to_created(run, who, err);
        if (rc == AUTH0DB_OK)
            rc = back_off(run, outcome, attempt, &cause, err);
        if (rc != AUTH0DB_OK)
            return rc;
    }
}

/* Before the mail is on record as leaving: while there is no link, nothing can leave. */
static int make_link(a0_remind_run *run, const a0_addressee *who, a0_buf *url, auth0db_error *err)
{
    /* the mail goes to the address, so whoever uses the link has it */
    const a0_ticket ticket = {
        .user_id = who->auth0_id, .ttl_s = run->o.link_ttl_s, .mark_verified = true};
    for (unsigned attempt = 0;; attempt++) {
        auth0db_error cause = {0};
        auth0db_outcome outcome =
            a0_reset_link(run->bulk->client, &ticket, A0_REMIND_ASK_MS, url, &cause);
        if (outcome == AUTH0DB_OUTCOME_OK)
            return AUTH0DB_OK;
        int rc = auth0db_outcome_is_trouble(outcome) ? back_off(run, outcome, attempt, &cause, err)
                                                     : give_up(outcome, &cause, err);
        if (rc != AUTH0DB_OK)
            return rc;
    }
}

/* One refusal is about an address. Several in a row are about the mail server, and would go on
 * through the whole wave. */
static int refused(a0_remind_run *run, const a0_addressee *who, const char *why, auth0db_error *err)
{
    int rc = fail(run, who, "in-air", why, err);
    if (rc == AUTH0DB_OK && ++run->refusals_in_a_row == REFUSALS_MAX)
        rc = a0_error_set(err, AUTH0DB_ERR_IO, "mail", "refused %d times in a row: %s",
                          (int)REFUSALS_MAX, why);
    return rc;
}

static int mail_by_site(a0_remind_run *run, const a0_addressee *who, auth0db_error *err)
{
    char why[AUTH0DB_MAILING_WHY] = "";
    a0_buf url = {0};
    bool go = false;
    int rc = make_link(run, who, &url, err);
    if (rc == AUTH0DB_OK)
        rc = take_off(run, who, &go, err);
    if (rc != AUTH0DB_OK || !go)
        goto out;
    const auth0db_reset_mail mail = {who->key,
                                     who->email,
                                     who->username,
                                     who->given_name,
                                     who->family_name,
                                     a0_buf_text(&url),
                                     a0_remind_reason(who->why, who->no_password)};
    switch (run->o.mail(run->o.mail_ctx, &mail, why)) {
    case AUTH0DB_MAILING_SENT:
        rc = sent(run, who, err);
        break;
    case AUTH0DB_MAILING_REFUSED:
        rc = refused(run, who, why, err);
        break;
    default:
        run->in_air++;
        rc = a0_error_set(err, AUTH0DB_ERR_IO, "mail",
                          "nobody says whether the mail to user %s has left", who->key);
    }
out:
    /* The link opens the account, and is wiped with the buffer. */
    a0_buf_clear(&url);
    return rc;
}

/* --- all of it -------------------------------------------------------------------------------- */

int a0_remind_act(a0_remind_run *run, const a0_addressee *who, auth0db_error *err)
{
    auth0db_tenant_user seen;
    standing is = REFUSED;
    int rc = make_tenant_user(run, who, &seen, &is, err);
    if (rc != AUTH0DB_OK)
        return rc;
    switch (is) {
    case READY:
        return run->o.mail != NULL ? mail_by_site(run, who, err) : mail_by_tenant(run, who, err);
    /* Its owner was faster. Where the site's hash is the one that was read it is linked, without a
     * mail. */
    case HAS_PASSWORD:
        rc = a0_remind_link(run, who, who->sync_digest, &seen, err);
        return rc == AUTH0DB_OK ? a0_store_reminder_drop(run->bulk->store, who->key, err) : rc;
    case BLOCKED: /* S11: it is for whoever blocked it to say when that ends */
        return fail(run, who, "created", "blocked at the tenant", err);
    case FOREIGN:
        return hold(run, who, AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT, "at the tenant with another id",
                    err);
    case NAME_TAKEN:
        return hold(run, who, AUTH0DB_HOLDOUT_USERNAME_TAKEN, "", err);
    default:
        return hold(run, who, AUTH0DB_HOLDOUT_TENANT_REFUSED, "refused to create it", err);
    }
}
