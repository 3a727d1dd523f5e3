/* auth0db remind: the last users, mailed one by one. Here stand the run and its order; who is
 * mailed is judged in remind_judge.c, what is done for one of them stands in remind_act.c, what an
 * earlier run has left in remind_resume.c. */
#include "bulk/remaining/remind.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "bulk/remaining/remind_int.h"
#include "bulk/users.h"
#include "link/ids.h"

enum { SLICE_MS = 100, TELL_WAIT_MS = 5000, RATE_USUAL = 60, PAGE = 500 };

int64_t a0_remind_now_us(const a0_remind_run *run)
{
    return a0_wall_ms(&run->bulk->env) * 1000;
}

bool a0_remind_has_room(const a0_remind_run *run)
{
    return run->mails < run->rules.who.limit;
}

/* --- telling ---------------------------------------------------------------------------------- */

int a0_remind_wait(a0_remind_run *run, uint64_t ms, const char *why, auth0db_error *err)
{
    const a0_env *env = &run->bulk->env;
    const uint64_t end = a0_mono_ms(env) + ms;
    int rc = AUTH0DB_OK;
    if (why != NULL && ms >= TELL_WAIT_MS)
        rc = a0_bulk_event(run->bulk,
                           json_pack("{s:s, s:I, s:s, s:s}", "event", "wait", "seconds",
                                     (json_int_t)(ms / 1000), "why", why, "message", why),
                           err);
    /* In short sleeps, so that an interruption does not wait for the next mail. */
    for (uint64_t now = end - ms; rc == AUTH0DB_OK && now < end; now = a0_mono_ms(env)) {
        rc = a0_progress_tick(&run->progress, run->mails, err);
        if (rc == AUTH0DB_OK)
            a0_sleep_ms(env, end - now < SLICE_MS ? (unsigned)(end - now) : SLICE_MS);
    }
    return rc;
}

static a0_slice slice(const char *text)
{
    return (a0_slice){text, strlen(text)};
}

int a0_remind_report(a0_remind_run *run, const a0_addressee *who, const char *reason,
                     const char *detail, auth0db_error *err)
{
    const a0_record record = {.key = slice(who->key),
                              .username = slice(who->username),
                              .email = slice(who->email),
                              .active = who->active,
                              .staff = who->staff,
                              .superuser = who->superuser,
                              .last_login = who->last_login,
                              .joined = who->joined};
    int rc = a0_bulk_event(run->bulk,
                           json_pack("{s:s, s:s, s:s, s:s}", "event", "reminder", "key", who->key,
                                     "status", reason, "detail", detail),
                           err);
    if (rc == AUTH0DB_OK && !a0_report_held(run->o.told, run->o.told_ctx, &record, reason, detail))
        rc = a0_error_no_memory(err);
    return rc;
}

/* --- one user --------------------------------------------------------------------------------- */

static char *copy(a0_slice s)
{
    return s.len > 0 ? a0_strndup(s.data, s.len) : a0_strdup("");
}

void a0_addressee_clear(a0_addressee *who)
{
    a0_free(who->key);
    a0_free(who->email);
    a0_free(who->username);
    a0_free(who->given_name);
    a0_free(who->family_name);
    *who = (a0_addressee){.disposition = A0_REMIND_NOT_SELECTED};
}

static a0_remind_disposition judge(const a0_remind_run *run, const a0_record *record, bool resumed,
                                   a0_assessment *assessment, auth0db_holdout *why)
{
    const a0_remind_rules any = {.who = {.since_login = A0_NO_TIME},
                                 .not_since = A0_NO_TIME,
                                 .even_if_hash_could_move = true,
                                 .without_password = true};
    a0_record fresh = *record;
    /* The reminder on record is this very one: it must not speak against its own end. Nor may the
     * options of this run, which are not those that it was made under. */
    if (resumed)
        fresh.reminded = false;
    a0_decision_assess(&run->decision, &fresh, assessment);
    return a0_remind_judge(resumed ? &any : &run->rules, &fresh, assessment, why);
}

static int take(a0_remind_run *run, const a0_record *record, bool resumed, a0_addressee *out)
{
    a0_assessment assessment;
    const char *encoded = record->password.data != NULL ? record->password.data : "";
    out->disposition = judge(run, record, resumed, &assessment, &out->why);
    out->key = copy(record->key);
    out->email = copy(record->email);
    out->username = copy(record->username);
    out->given_name = copy(assessment.given_name);
    out->family_name = copy(assessment.family_name);
    out->email_verified = record->email_verified;
    out->active = record->active;
    out->staff = record->staff;
    out->superuser = record->superuser;
    out->no_password = a0_remind_no_password(&assessment);
    out->last_login = record->last_login;
    out->joined = record->joined;
    if (out->key == NULL || out->email == NULL || out->username == NULL ||
        out->given_name == NULL || out->family_name == NULL)
        return AUTH0DB_ERR_NO_MEMORY;
    a0_ascii_lower(out->email); /* as Auth0 stores it */
    a0_expected_id(run->site, record->key, record->tombstones, out->auth0_id);
    auth0db_fingerprint(&encoded, &record->password.len, 1, out->sync_digest);
    a0_bulk_digest(record, out->bulk_digest);
    /* Without SHA-256 there is no id that could be found again, and the mail would be about
     * nobody. */
    return out->auth0_id[0] != '\0' && out->sync_digest[0] != '\0' ? AUTH0DB_OK
                                                                   : AUTH0DB_ERR_CRYPTO;
}

typedef struct reading {
    a0_remind_run *run;
    bool resumed;
    a0_addressee *out;
} reading;

static int take_user(void *ctx, const a0_record *record, auth0db_error *err)
{
    reading *r = ctx;
    int rc = take(r->run, record, r->resumed, r->out);
    return rc == AUTH0DB_OK ? rc : a0_error_set(err, rc, NULL, "a user could not be read");
}

int a0_remind_read(a0_remind_run *run, const char *key, bool resumed, a0_addressee *out,
                   auth0db_error *err)
{
    const a0_slice keys[] = {slice(key)};
    const a0_scan_options options = {.keys = keys,
                                     .n_keys = 1,
                                     .with_state = true,
                                     .with_details = true,
                                     .since_login = A0_NO_TIME};
    reading r = {run, resumed, out};
    *out = (a0_addressee){.disposition = A0_REMIND_NOT_SELECTED};
    return a0_users_some(run->bulk->store, &options, take_user, &r, err);
}

/* --- who is meant ----------------------------------------------------------------------------- */

/* For the operator's template, which wants text: what is none is left out. */
static bool keep_sample(a0_remind_run *run, const a0_record *record)
{
    const a0_slice fields[] = {record->key, record->email, record->username, record->given_name};
    for (size_t i = 0; i < A0_COUNT(fields); i++) {
        run->sample[i] = fields[i].len == 0 || a0_utf8_valid(fields[i].data, fields[i].len)
                             ? copy(fields[i])
                             : a0_strdup("");
        if (run->sample[i] == NULL)
            return false;
    }
    return true;
}

const char *a0_remind_reason(auth0db_holdout why, bool no_password)
{
    if (no_password)
        return "no-password";
    return why != AUTH0DB_HOLDOUT_NONE ? auth0db_holdout_name(why) : "could-move";
}

static int count(void *ctx, const a0_record *record, auth0db_error *err)
{
    a0_remind_run *run = ctx;
    a0_assessment assessment;
    auth0db_holdout why;
    a0_remind_disposition disposition = judge(run, record, false, &assessment, &why);
    run->users++;
    run->dispositions[disposition]++;
    if (disposition == A0_REMIND_HELD)
        run->held_why[why]++;
    if (disposition != A0_REMIND_MAIL)
        return AUTH0DB_OK;
    const char *reason = a0_remind_reason(why, a0_remind_no_password(&assessment));
    run->why[why]++;
    if (run->sample[0] == NULL && !keep_sample(run, record))
        return a0_error_no_memory(err);
    if (run->sample_reason == NULL)
        run->sample_reason = reason;
    /* Told here in a dry run alone: in a wave each user is told of when the mail has left, or has
     * not. */
    bool told = !run->o.dry_run || run->dispositions[disposition] > run->rules.who.limit ||
                a0_report_held(run->o.told, run->o.told_ctx, record, reason, assessment.detail);
    return told ? AUTH0DB_OK : a0_error_no_memory(err);
}

/* Everybody is counted before the first mail, so that the report says who is not mailed, and why.
 */
static int survey(a0_remind_run *run, auth0db_error *err)
{
    const a0_scan_options options = {.with_state = true,
                                     .with_details = run->o.dry_run && run->o.told != NULL,
                                     .since_login = A0_NO_TIME};
    return a0_users_all(run->bulk, &options, "users", count, run, err);
}

/* --- the wave --------------------------------------------------------------------------------- */

typedef struct keys {
    a0_remind_run *run;
    char *of[PAGE];
    size_t n, read;
    a0_buf last; /* read, whether it is among them or not: any bytes */
    bool begun;  /* there is one */
} keys;

static void clear_keys(keys *page)
{
    for (size_t i = 0; i < page->n; i++)
        a0_free(page->of[i]);
    page->n = 0;
}

static int take_key(void *ctx, const a0_record *record, auth0db_error *err)
{
    keys *page = ctx;
    a0_assessment assessment;
    auth0db_holdout why;
    a0_buf_reset(&page->last);
    page->begun = true;
    int rc = a0_buf_append(&page->last, record->key.data, record->key.len);
    page->read++;
    if (rc == AUTH0DB_OK && judge(page->run, record, false, &assessment, &why) == A0_REMIND_MAIL) {
        page->of[page->n] = copy(record->key);
        rc = page->of[page->n++] != NULL ? AUTH0DB_OK : AUTH0DB_ERR_NO_MEMORY;
    }
    return rc == AUTH0DB_OK ? rc : a0_error_no_memory(err);
}

/* The keys of the next page's users who are to be mailed. */
static int read_page(keys *page, auth0db_error *err)
{
    a0_buf after = page->last; /* take_key has its own */
    const a0_scan_options options = {.after = {page->begun ? a0_buf_text(&after) : NULL, after.len},
                                     .limit = PAGE,
                                     .with_state = true,
                                     .unsettled_only = true,
                                     .since_login = A0_NO_TIME};
    page->last = (a0_buf){0};
    page->read = 0;
    int rc = a0_users_some(page->run->bulk->store, &options, take_key, page, err);
    a0_buf_clear(&after);
    return rc;
}

/* As it is now: since its page was read it may have logged in. On record before the tenant is asked
 * for anything. Where somebody else has recorded it first, or it is claimed, nothing is done. */
static int remind_one(a0_remind_run *run, const char *key, auth0db_error *err)
{
    a0_addressee who = {0};
    bool recorded = false;
    int rc = a0_remind_read(run, key, false, &who, err);
    if (rc == AUTH0DB_OK && who.disposition == A0_REMIND_MAIL) {
        const a0_reminder reminder = {.key = who.key,
                                      .auth0_id = who.auth0_id,
                                      .email = who.email,
                                      .channel = run->channel,
                                      .status = "created",
                                      .wave = run->wave,
                                      .detail = "",
                                      .sync_digest = who.sync_digest,
                                      .created = a0_remind_now_us(run)};
        rc = a0_store_remind(run->bulk->store, &reminder, &recorded, err);
    }
    if (rc == AUTH0DB_OK && recorded)
        rc = a0_remind_act(run, &who, err);
    a0_addressee_clear(&who);
    return rc;
}

/* Page by page, and each user read once more: a wave takes hours, and a login in between has moved
 * whoever made it. */
static int remind_all(a0_remind_run *run, auth0db_error *err)
{
    keys *page = a0_alloc(sizeof *page);
    int rc = AUTH0DB_OK;
    if (page == NULL)
        return a0_error_no_memory(err);
    *page = (keys){.run = run, .read = PAGE};
    while (rc == AUTH0DB_OK && page->read == PAGE && a0_remind_has_room(run)) {
        clear_keys(page);
        rc = read_page(page, err);
        for (size_t i = 0; rc == AUTH0DB_OK && i < page->n && a0_remind_has_room(run); i++) {
            rc = a0_progress_tick(&run->progress, run->mails, err);
            if (rc == AUTH0DB_OK)
                rc = remind_one(run, page->of[i], err);
        }
    }
    clear_keys(page);
    a0_buf_clear(&page->last);
    a0_free(page);
    return rc;
}

/* A mail whose delivery is unknown is looked for in the tenant's log first, and once more at the
 * end, when that has had the time to tell. */
static int wave(a0_remind_run *run, auth0db_error *err)
{
    unsigned wait_s;
    const uint64_t meant =
        run->dispositions[A0_REMIND_MAIL] + run->dispositions[A0_REMIND_REMINDED];
    run->progress = (a0_progress){.bulk = run->bulk, .phase = "remind"};
    run->progress.total =
        meant < run->rules.who.limit ? run->dispositions[A0_REMIND_MAIL] : run->rules.who.limit;
    /* What is on record comes before new ones, and counts in the limit: else a wave that is killed
     * again and again would leave a growing tail of users who were never mailed. */
    int rc = a0_remind_retry_failed(run, err);
    if (rc == AUTH0DB_OK)
        rc = a0_remind_resume(run, &wait_s, err);
    if (rc == AUTH0DB_OK)
        rc = remind_all(run, err);
    while (rc == AUTH0DB_OK) {
        rc = a0_remind_resume(run, &wait_s, err);
        if (rc != AUTH0DB_OK || wait_s == 0)
            break;
        rc = a0_remind_wait(run, (uint64_t)wait_s * 1000, "in-air", err);
    }
    return rc;
}

/* --- the report ------------------------------------------------------------------------------- */

static json_t *by_reason(const uint64_t counts[AUTH0DB_HOLDOUT_COUNT])
{
    json_t *list = json_array();
    for (int i = 0; i < AUTH0DB_HOLDOUT_COUNT; i++) {
        if (counts[i] > 0)
            json_array_append_new(list, json_pack("{s:s, s:I}", "reason",
                                                  a0_remind_reason((auth0db_holdout)i, false),
                                                  "users", (json_int_t)counts[i]));
    }
    return list;
}

static int note_reminders(void *ctx, const char *what, const char *name, uint64_t n)
{
    if (strcmp(what, "reminders") == 0)
        json_object_set_new(ctx, name, json_integer((json_int_t)n));
    return AUTH0DB_OK;
}

static json_t *emit_sample(const a0_remind_run *run)
{
    if (run->sample[0] == NULL)
        return json_null();
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "key", run->sample[0], "email", run->sample[1],
                     "username", run->sample[2], "given_name", run->sample[3], "reason",
                     run->sample_reason);
}

static json_t *emit_users(const a0_remind_run *run)
{
    static const char *const names[] = {[A0_REMIND_MAIL] = "to_mail",
                                        [A0_REMIND_MIGRATED] = "migrated",
                                        [A0_REMIND_IN_FLIGHT] = "in_flight",
                                        [A0_REMIND_REMINDED] = "reminded_before",
                                        [A0_REMIND_INACTIVE] = "inactive",
                                        [A0_REMIND_NOT_SELECTED] = "not_selected",
                                        [A0_REMIND_NO_PASSWORD] = "no_password",
                                        [A0_REMIND_COULD_MOVE] = "could_move",
                                        [A0_REMIND_HELD] = "held"};
    json_t *users = json_pack("{s:I}", "all", (json_int_t)run->users);
    for (int i = 0; i < A0_REMIND_DISPOSITIONS; i++)
        json_object_set_new(users, names[i], json_integer((json_int_t)run->dispositions[i]));
    return users;
}

static int report(a0_remind_run *run, auth0db_error *err)
{
    const uint64_t to_mail = run->dispositions[A0_REMIND_MAIL], limit = run->rules.who.limit;
    const uint64_t mails = to_mail < limit ? to_mail : limit;
    json_t *on_record = json_object();
    json_t *out = json_pack("{s:s, s:s, s:s, s:b, s:b, s:i, s:o, s:o, s:o}", "event", "report",
                            "run", "remind", "channel", run->channel, "dry_run", run->o.dry_run,
                            "list", run->o.list, "rate", (int)run->o.rate, "users", emit_users(run),
                            "why", by_reason(run->why), "left", by_reason(run->held_why));
    if (on_record == NULL || out == NULL) {
        json_decref(on_record);
        json_decref(out);
        return a0_error_no_memory(err);
    }
    json_object_set_new(out, "mails", json_integer((json_int_t)mails));
    const uint64_t a_minute = run->o.rate > 0 ? run->o.rate : RATE_USUAL;
    json_object_set_new(out, "seconds", json_integer((json_int_t)(mails * 60 / a_minute)));
    json_object_set_new(out, "sample", emit_sample(run));
    json_object_update_new(
        out, json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "sent", (json_int_t)run->sent, "failed",
                       (json_int_t)run->failed, "held", (json_int_t)run->held, "linked",
                       (json_int_t)run->linked, "in_air", (json_int_t)run->in_air, "settled",
                       (json_int_t)run->settled));
    int rc = a0_store_counts(run->bulk->store, note_reminders, on_record, err);
    json_object_set_new(out, "on_record", on_record);
    if (rc != AUTH0DB_OK) {
        json_decref(out);
        return rc;
    }
    return a0_bulk_event(run->bulk, out, err);
}

/* --- the run ---------------------------------------------------------------------------------- */

/* A wait for the rate limit ends as soon as somebody interrupts. */
static bool keep_waiting(void *ctx, unsigned left_ms)
{
    auth0db_bulk *bulk = ctx;
    return bulk->interrupted == NULL || !bulk->interrupted(bulk->ctx);
}

static int read_options(a0_remind_run *run, const auth0db_remind_options *options,
                        auth0db_error *err)
{
    if (options->size < offsetof(auth0db_remind_options, told))
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "size", "is not the size of the options");
    memcpy(&run->o, options, options->size < sizeof run->o ? options->size : sizeof run->o);
    run->o.rate = run->o.rate > 0 ? run->o.rate : RATE_USUAL;
    run->channel = run->o.mail != NULL ? "site" : "tenant";
    run->rules = (a0_remind_rules){.not_since = A0_NO_TIME,
                                   .domain = run->o.domain,
                                   .even_if_hash_could_move = run->o.even_if_hash_could_move,
                                   .without_password = run->o.without_password};
    int rc = a0_selection_read(&run->rules.who, run->o.who.size > 0 ? &run->o.who : NULL, err);
    if (rc == AUTH0DB_OK && run->o.not_since != NULL &&
        !a0_read_date(run->o.not_since, &run->rules.not_since))
        rc = a0_error_set(err, AUTH0DB_ERR_OPTION, "not_since",
                          "is not a date such as 2026-01-31, or 2026-01-31T12:00:00 in UTC");
    return rc;
}

static int name_site_and_wave(a0_remind_run *run, auth0db_error *err)
{
    unsigned char random[16];
    char fresh[2 * sizeof random + 1];
    time_t now = (time_t)a0_wall_s(&run->bulk->env);
    struct tm utc;
    int rc = a0_random(&run->bulk->env, random, sizeof random);
    if (rc != AUTH0DB_OK)
        return a0_error_set(err, rc, NULL, "no random numbers");
    a0_hex_encode(random, sizeof random, fresh);
    gmtime_r(&now, &utc);
    strftime(run->wave, sizeof run->wave, "%Y-%m-%dT%H:%M:%SZ", &utc);
    /* A dry run looks and leaves nothing behind, not even the site's name. */
    return a0_store_site(run->bulk->store, !run->o.dry_run, fresh, run->site, err);
}

/* Who only looks needs no right to make users or to mail them. */
static auth0db_use use_of(const auth0db_remind_options *o)
{
    if (o->dry_run || o->list)
        return AUTH0DB_USE_REMIND_LOOK;
    return o->mail != NULL ? AUTH0DB_USE_REMIND_TICKET : AUTH0DB_USE_REMIND;
}

static int open_run(a0_remind_run *run, const auth0db_remind_options *options, auth0db_error *err)
{
    int rc = read_options(run, options, err);
    if (rc == AUTH0DB_OK && run->bulk->client == NULL)
        rc = a0_error_set(err, AUTH0DB_ERR_OPTION, "AUTH0_DOMAIN", "is not set: which tenant?");
    if (rc == AUTH0DB_OK)
        rc = a0_store_check(run->bulk->store, !run->o.dry_run, err);
    /* A copy of the database would mail real people. */
    if (rc == AUTH0DB_OK && use_of(&run->o) != AUTH0DB_USE_REMIND_LOOK)
        rc = a0_bulk_need_own_database(run->bulk, err);
    if (rc == AUTH0DB_OK)
        rc = a0_bulk_need_scopes(run->bulk, use_of(&run->o), err);
    if (rc == AUTH0DB_OK)
        rc = a0_bulk_ask_tenant(run->bulk, use_of(&run->o), &run->tenant, err);
    if (rc == AUTH0DB_OK)
        rc = name_site_and_wave(run, err);
    if (rc != AUTH0DB_OK)
        return rc;
    a0_client_on_wait(run->bulk->client, keep_waiting, run->bulk);
    return a0_decide(&run->decision, run->bulk, &run->rules.who, &run->tenant.rules, err);
}

static void close_run(a0_remind_run *run)
{
    if (run->bulk->client != NULL)
        a0_client_on_wait(run->bulk->client, NULL, NULL);
    for (size_t i = 0; i < A0_COUNT(run->sample); i++)
        a0_free(run->sample[i]);
    a0_decision_clear(&run->decision);
}

int auth0db_bulk_remind(auth0db_bulk *bulk, const auth0db_remind_options *options,
                        auth0db_error *err)
{
    a0_remind_run run = {.bulk = bulk};
    int rc = open_run(&run, options, err);
    if (rc == AUTH0DB_OK && run.o.list) {
        rc = a0_remind_list(&run, err);
    } else if (rc == AUTH0DB_OK) {
        rc = survey(&run, err);
        if (rc == AUTH0DB_OK && !run.o.dry_run)
            rc = wave(&run, err);
    }
    /* Who interrupts wants to know how far it came: mails cannot be called back. */
    if (rc == AUTH0DB_OK || rc == AUTH0DB_ERR_INTERRUPTED) {
        auth0db_error told = {0};
        int reported = report(&run, &told);
        if (rc == AUTH0DB_OK && reported != AUTH0DB_OK) {
            rc = reported;
            if (err != NULL)
                *err = told;
        }
    }
    close_run(&run);
    return rc;
}
