/* What an earlier run has left: reminders on record whose mail has not left, or may have. And who
 * of those mailed has set a password since. What a lost answer means is decided in
 * remind_judge.c. */
#include <stdio.h>
#include <string.h>

#include "auth0/classify.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "bulk/remaining/remind_int.h"
#include "store/values.h"

enum { PAGE = 200 };

/* A reminder as it was read; the statement that read it must end before others begin. */
typedef struct found {
    char *key, *email, *digest;
    char auth0_id[AUTH0DB_ID_SIZE], status[16], detail[AUTH0DB_MAILING_WHY];
    bool by_site;
    int64_t in_air, sent;
} found;

typedef struct page {
    found rows[PAGE];
    size_t n;
} page;

static int take(void *ctx, const a0_reminder *r)
{
    page *p = ctx;
    found *f = &p->rows[p->n++];
    *f = (found){.key = a0_strdup(r->key),
                 .email = a0_strdup(r->email),
                 .digest = a0_strdup(r->sync_digest),
                 .by_site = strcmp(r->channel, "site") == 0,
                 .in_air = r->in_air,
                 .sent = r->sent};
    snprintf(f->auth0_id, sizeof f->auth0_id, "%s", r->auth0_id);
    snprintf(f->status, sizeof f->status, "%s", r->status);
    snprintf(f->detail, sizeof f->detail, "%s", r->detail);
    bool ok = f->key != NULL && f->email != NULL && f->digest != NULL;
    return ok ? AUTH0DB_OK : AUTH0DB_ERR_NO_MEMORY;
}

static void clear(page *p)
{
    for (size_t i = 0; i < p->n; i++) {
        a0_free(p->rows[i].key);
        a0_free(p->rows[i].email);
        a0_free(p->rows[i].digest);
    }
    p->n = 0;
}

typedef int (*act)(a0_remind_run *run, const found *f, void *ctx, auth0db_error *err);

/* Every reminder of a status whose user has no link, in key order. Page by page, and a page is read
 * whole before anything is done: what is done writes the same table. */
static int each(a0_remind_run *run, const char *status, act do_it, void *ctx, auth0db_error *err)
{
    page *p = a0_alloc(sizeof *p);
    char *after = NULL;
    size_t n = PAGE;
    int rc = AUTH0DB_OK;
    if (p == NULL)
        return a0_error_no_memory(err);
    while (rc == AUTH0DB_OK && n == PAGE) {
        rc = a0_store_reminders(run->bulk->store, status, true, after, PAGE, take, p, err);
        if (rc == AUTH0DB_ERR_NO_MEMORY)
            a0_error_no_memory(err);
        n = p->n;
        for (size_t i = 0; rc == AUTH0DB_OK && i < n; i++) {
            rc = a0_bulk_go_on(run->bulk, err);
            if (rc == AUTH0DB_OK)
                rc = do_it(run, &p->rows[i], ctx, err);
        }
        a0_free(after);
        after = n > 0 ? a0_strdup(p->rows[n - 1].key) : NULL;
        if (rc == AUTH0DB_OK && n > 0 && after == NULL)
            rc = a0_error_no_memory(err);
        clear(p);
    }
    a0_free(after);
    a0_free(p);
    return rc;
}

/* --- nothing has left ------------------------------------------------------------------------- */

/* The mail has not left; the tenant user may be there, so neither the selection nor S12 has a say
 * any more. Who cannot be mailed now, inactive perhaps, stays on record for a later run. */
static int go_on(a0_remind_run *run, const found *f, void *ctx, auth0db_error *err)
{
    a0_addressee who = {0};
    if (!a0_remind_has_room(run))
        return AUTH0DB_OK;
    int rc = a0_remind_read(run, f->key, true, &who, err);
    if (rc == AUTH0DB_OK && who.disposition == A0_REMIND_MAIL)
        rc = a0_remind_act(run, &who, err);
    a0_addressee_clear(&who);
    return rc;
}

static int set_status(a0_remind_run *run, const found *f, const char *to, auth0db_error *err)
{
    const bool sent = strcmp(to, "sent") == 0;
    bool done;
    /* When it left is when it was asked for: the present time would be that of the question. */
    const a0_reminder reminder = {.key = f->key,
                                  .email = f->email,
                                  .sync_digest = f->digest,
                                  .status = to,
                                  .channel = f->by_site ? "site" : "tenant",
                                  .wave = run->wave,
                                  .detail = sent ? "settled by a later run" : "",
                                  .in_air = sent ? f->in_air : 0,
                                  .sent = sent ? f->in_air : 0};
    return a0_store_reminder_step(run->bulk->store, &reminder, f->status, false, &done, err);
}

/* Refused means that nothing has left, so it may be tried like a new one. */
static int retry_failed(a0_remind_run *run, const found *f, void *ctx, auth0db_error *err)
{
    return set_status(run, f, "created", err);
}

/* --- the mail may have left ------------------------------------------------------------------- */

/* What the log's entries of that time say of one mail. */
typedef struct asked {
    const found *mail;
    bool sent;
    bool somebody; /* a mail has left, and the entry does not say whose */
} asked;

static void note_entry(void *ctx, const a0_log_entry *entry)
{
    asked *a = ctx;
    if (strcmp(entry->type, "scpr") != 0)
        return;
    a->sent |= strcmp(entry->user_id, a->mail->auth0_id) == 0 ||
               a0_ascii_equal_ignoring_case(entry->user_name, a->mail->email);
    /* Such a mail may have been this one. Then silence about the user proves nothing. */
    a->somebody |= *entry->user_id == '\0' && *entry->user_name == '\0';
}

/* "2026-01-31 12:00:00.5" to "2026-01-31T12:00:00.000Z"; false: no year that a date can have. */
static bool log_date(int64_t time, char out[A0_TIME_SIZE])
{
    a0_time_format(time, out);
    if (strlen(out) < 19)
        return false;
    out[10] = 'T';
    memcpy(out + 19, ".000Z", sizeof ".000Z");
    return true;
}

/* Auth0 writes "scpr" of a reset mail that was asked for, perhaps without a user_id (facts/auth0.md
 * 4.13): a search for the user alone would find nothing, and the mail would be sent again. So all
 * of them are read from shortly before it left to when nobody would still be sending it. */
static auth0db_outcome read_log(a0_remind_run *run, const found *f, a0_log_says *says,
                                auth0db_error *cause)
{
    char from[A0_TIME_SIZE], to[A0_TIME_SIZE], q[2 * A0_TIME_SIZE + 64];
    /* The date is the tenant's clock, ours is on record: what lies between them must not hide the
     * entry. */
    const int64_t apart = (int64_t)A0_REMIND_CLOCKS_APART_S * 1000000;
    asked a = {.mail = f};
    *says = A0_LOG_UNREAD;
    if (!log_date(f->in_air - apart, from) ||
        !log_date(f->in_air + (int64_t)A0_REMIND_SETTLE_S * 1000000 + apart, to))
        return AUTH0DB_OUTCOME_OK;
    snprintf(q, sizeof q, "type:scpr AND date:[%s TO %s]", from, to);
    for (unsigned at = 0; at < A0_LOG_FOUND_MAX / A0_LOG_PAGE_MAX; at++) {
        const a0_log_query query = {.q = q, .page = at, .take = A0_LOG_PAGE_MAX};
        size_t n;
        auth0db_outcome outcome =
            a0_logs(run->bulk->client, &query, A0_REMIND_ASK_MS, note_entry, &a, &n, cause);
        if (outcome != AUTH0DB_OUTCOME_OK)
            return outcome;
        if (a.sent)
            *says = A0_LOG_SENT;
        else if (n < A0_LOG_PAGE_MAX)
            *says = a.somebody ? A0_LOG_UNREAD : A0_LOG_SILENT;
        if (a.sent || n < A0_LOG_PAGE_MAX)
            return outcome;
    }
    return AUTH0DB_OUTCOME_OK; /* so many that the search has not told all */
}

static int ask_log(a0_remind_run *run, const found *f, a0_log_says *says, auth0db_error *err)
{
    auth0db_error cause = {0};
    auth0db_outcome outcome = read_log(run, f, says, &cause);
    int rc = a0_bulk_go_on(run->bulk, err);
    if (rc != AUTH0DB_OK || (outcome == AUTH0DB_OUTCOME_OK && *says != A0_LOG_UNREAD))
        return rc;
    const char *why = outcome == AUTH0DB_OUTCOME_OK
                          ? "the tenant's log does not say whose mails have left"
                          : cause.message;
    *says = A0_LOG_UNREAD;
    return a0_bulk_event(run->bulk,
                         json_pack("{s:s, s:s++++}", "event", "warning", "message",
                                   "whether the mail to user ", f->key, " has left cannot be told",
                                   outcome == AUTH0DB_OUTCOME_OK || a0_is_of_the_plan(&cause)
                                       ? ": "
                                       : " (remind needs " AUTH0DB_SCOPE_LOGS "): ",
                                   why),
                         err);
}

static int emit_too_old(a0_remind_run *run, const found *f, auth0db_error *err)
{
    return a0_bulk_event(run->bulk,
                         json_pack("{s:s, s:s++}", "event", "warning", "message",
                                   "whether the mail to user ", f->key,
                                   " has left cannot be told: it is so long ago that the tenant's "
                                   "log may not reach back to it (a day on the free plan)"),
                         err);
}

/* Only the tenant's own mails are in its log; of the site's nobody but a person can tell. */
static int settle(a0_remind_run *run, const found *f, void *ctx, auth0db_error *err)
{
    unsigned *wait_s = ctx;
    const unsigned set = run->bulk->settle_after_s;
    const int64_t after_s = set > 0 ? set : A0_REMIND_SETTLE_S;
    const int64_t age_s = (a0_remind_now_us(run) - f->in_air) / 1000000;
    a0_log_says says = A0_LOG_SILENT;
    int rc = f->by_site ? AUTH0DB_OK : ask_log(run, f, &says, err);
    if (rc != AUTH0DB_OK)
        return rc;
    switch (a0_remind_air(f->by_site, says, age_s, after_s, run->o.in_air)) {
    case A0_AIR_SENT:
        run->settled++;
        return set_status(run, f, "sent", err);
    case A0_AIR_AGAIN:
        return set_status(run, f, "created", err);
    case A0_AIR_WAIT:
        if (*wait_s == 0 || after_s - age_s < *wait_s)
            *wait_s = (unsigned)(after_s - age_s);
        return AUTH0DB_OK;
    default:
        run->in_air++;
        return says == A0_LOG_SILENT && !f->by_site ? emit_too_old(run, f, err) : AUTH0DB_OK;
    }
}

int a0_remind_resume(a0_remind_run *run, unsigned *wait_s, auth0db_error *err)
{
    *wait_s = 0;
    run->in_air = 0;
    /* The doubtful ones first: who turns out not to be mailed is "created" again, and has a turn at
     * once. */
    int rc = each(run, "in-air", settle, wait_s, err);
    return rc == AUTH0DB_OK ? each(run, "created", go_on, NULL, err) : rc;
}

int a0_remind_retry_failed(a0_remind_run *run, auth0db_error *err)
{
    return each(run, "failed", retry_failed, NULL, err);
}

/* --- who has set a password? ------------------------------------------------------------------ */

static int report(a0_remind_run *run, const found *f, const a0_addressee *who, const char *state,
                  auth0db_error *err)
{
    char since[A0_TIME_SIZE] = "", detail[A0_TIME_SIZE + AUTH0DB_MAILING_WHY + 8];
    if (f->sent != 0)
        a0_time_format(f->sent, since);
    since[strlen(since) > 19 ? 19 : strlen(since)] = '\0';
    snprintf(detail, sizeof detail, "%s%s%s", since,
             since[0] != '\0' && f->detail[0] != '\0' ? ", " : "", f->detail);
    return a0_remind_report(run, who, state, detail, err);
}

/* A password that was set through the mail links its user here, since nobody need log in on the
 * site for it. */
static int look(a0_remind_run *run, const found *f, void *ctx, auth0db_error *err)
{
    a0_addressee who = {0};
    auth0db_tenant_user seen = {0};
    auth0db_error cause = {0};
    const char *state = f->status;
    uint64_t *done = ctx;
    int rc = a0_progress_tick(&run->progress, (*done)++, err);
    auth0db_outcome outcome = rc == AUTH0DB_OK
                                  ? auth0db_client_user_get(run->bulk->client, f->auth0_id,
                                                            A0_REMIND_ASK_MS, &seen, &cause)
                                  : AUTH0DB_OUTCOME_UNAVAILABLE;
    if (rc == AUTH0DB_OK)
        rc = a0_bulk_go_on(run->bulk, err);
    if (rc == AUTH0DB_OK && auth0db_outcome_is_trouble(outcome))
        rc = a0_error_set(err, cause.code, cause.where, "%s", cause.message);
    /* the tenant first, then the site: a password set here in between is the newer one */
    if (rc == AUTH0DB_OK)
        rc = a0_remind_read(run, f->key, true, &who, err);
    if (rc != AUTH0DB_OK || who.key == NULL) {
        a0_addressee_clear(&who);
        return rc;
    }
    /* Only under the e-mail that was mailed: with another one somebody else may have set the
     * password. */
    bool set = outcome == AUTH0DB_OUTCOME_OK && seen.last_password_reset[0] != '\0' &&
               strcmp(seen.email, f->email) == 0;
    const uint64_t linked = run->linked;
    if (set)
        rc = a0_remind_link(run, &who, f->digest, &seen, err);
    if (outcome != AUTH0DB_OUTCOME_OK && strcmp(f->status, "created") != 0)
        state = "gone";
    else if (seen.blocked)
        state = "blocked";
    else if (set)
        state = "both-changed"; /* the next login decides */
    if (rc == AUTH0DB_OK && run->linked == linked)
        rc = report(run, f, &who, state, err);
    a0_addressee_clear(&who);
    return rc;
}

int a0_remind_list(a0_remind_run *run, auth0db_error *err)
{
    uint64_t done = 0;
    run->progress = (a0_progress){.bulk = run->bulk, .phase = "list"};
    int rc = each(run, NULL, look, &done, err);
    run->users = done;
    return rc;
}
