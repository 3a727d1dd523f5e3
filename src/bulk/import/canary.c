/* Which kinds of hashes are proven, and how the users made for it go away again. On record before
 * they are sent, deleted in every end: a user that nobody owns, with a hash of the site's kind,
 * must not stay at the tenant. */
#include "bulk/import/canary.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "bulk/import/import_int.h"

enum {
    PASSWORD_LEN = 43, /* 32 random bytes in base64url */
    GRANT_MS = 30000,
    NAME_SIZE = A0_USERNAME_MAX + 1
};

typedef struct canary_user {
    int kind; /* its number in the survey's hash_kinds */
    char password[PASSWORD_LEN + 1];
    char key[80], id[AUTH0DB_ID_SIZE], email[80], username[NAME_SIZE];
    char hash[AUTH0DB_MADE_MAX];
    bool there; /* the tenant has it */
} canary_user;

typedef struct canary_batch {
    a0_run *run;
    a0_batch record;
    canary_user *users;
    size_t n;
    bool sent, lost; /* a job exists, or may; one may exist that nobody can ask after */
    bool hasher_refuses[AUTH0DB_HASHER_COUNT]; /* a wrong password, as it should */
} canary_batch;

/* --- names ----------------------------------------------------------------------------------- */

/* Such a key no user has: the batch's name is random. */
static void name_key(char out[80], const a0_batch *record, size_t i)
{
    snprintf(out, 80, "canary %.60s %zu", record->external_id, i);
}

/* The e-mail is of a domain that nobody can receive mail at, and names its purpose, so that Actions
 * can let it pass. The user name is all hex digits, cut to what the connection takes; the number
 * comes first and stays when it is cut. */
static void name_user(const canary_batch *f, size_t i)
{
    canary_user *b = &f->users[i];
    const a0_assess_rules *rules = &f->run->tenant.rules;
    unsigned least = rules->username_min > 0 ? rules->username_min : 1;
    unsigned most = rules->username_max > 0 ? rules->username_max : 15;
    size_t len = most < 15 ? most : least > 15 ? least : 15;
    const char *random = f->record.external_id + strlen("auth0db-");
    name_key(b->key, &f->record, i);
    snprintf(b->email, sizeof b->email, "auth0db-canary-%.16s-%zu@example.com", random, i);
    snprintf(b->username, sizeof b->username, "%03zx%s%s%s%s%s", i, random, random, random, random,
             random);
    if (len < sizeof b->username)
        b->username[len] = '\0';
    a0_expected_id(f->run->site, (a0_slice){b->key, strlen(b->key)}, 0, b->id);
}

/* --- hashes ------------------------------------------------------------------------------------
 */

static char *detail_of(const canary_batch *f, const canary_user *b)
{
    return f->run->canaries->detail[b->kind];
}

static void fail(canary_batch *f, canary_user *b, const char *why)
{
    snprintf(detail_of(f, b), A0_CANARY_DETAIL, "%s", why);
    a0_utf8_trim(detail_of(f, b)); /* the tenant's words, in any language */
    /* No more logins of it: they would count as failures of this machine at the tenant's attack
     * protection. */
    b->there = false;
}

static int random_password(canary_batch *f, char out[PASSWORD_LEN + 1], auth0db_error *err)
{
    unsigned char random[32];
    char text[A0_B64_LEN(sizeof random) + 1];
    int rc = a0_random(&f->run->bulk->env, random, sizeof random);
    if (rc != AUTH0DB_OK)
        return a0_error_set(err, rc, NULL, "no random numbers");
    a0_base64_encode(A0_B64_URL, random, sizeof random, text);
    memcpy(out, text, PASSWORD_LEN);
    out[PASSWORD_LEN] = '\0';
    /* Canaries are accounts at a real tenant until they are deleted, so their passwords are
     * secrets. */
    a0_wipe(random, sizeof random);
    a0_wipe(text, sizeof text);
    return AUTH0DB_OK;
}

/* A kind that cannot be made here fails by itself: the others are no worse for it. */
static int make_hash(canary_batch *f, canary_user *b, auth0db_error *err)
{
    const auth0db_hash_params *params = &f->run->survey->hash_kinds.kinds[b->kind].params;
    auth0db_error cause = {0};
    int rc = random_password(f, b->password, err);
    if (rc != AUTH0DB_OK)
        return rc;
    rc = auth0db_hash_make(params, b->password, PASSWORD_LEN, b->hash, sizeof b->hash, &cause);
    if (rc == AUTH0DB_ERR_NO_MEMORY)
        return a0_error_no_memory(err);
    if (rc != AUTH0DB_OK) {
        char why[A0_CANARY_DETAIL];
        snprintf(why, sizeof why, "no such hash can be made here: %.120s", cause.message);
        fail(f, b, why);
        b->hash[0] = '\0';
    }
    return AUTH0DB_OK;
}

/* Only kinds of which somebody moves: each costs logins at the tenant. */
static int prepare(canary_batch *f, auth0db_error *err)
{
    const a0_hash_kinds *kinds = &f->run->survey->hash_kinds;
    int rc = a0_run_external_id(f->run, f->record.external_id, err);
    for (size_t i = 0; rc == AUTH0DB_OK && i < kinds->n; i++) {
        if (kinds->kinds[i].moves == 0)
            continue;
        f->users[f->n].kind = (int)i;
        name_user(f, f->n);
        rc = make_hash(f, &f->users[f->n], err);
        f->n++;
        if (rc == AUTH0DB_OK)
            rc = a0_bulk_go_on(f->run->bulk, err);
    }
    return rc;
}

/* --- the import ----------------------------------------------------------------------------- */

static a0_slice text_slice(const char *text)
{
    return (a0_slice){text, strlen(text)};
}

/* Into the buffer as a user of the site would go. */
static int buffer_user(canary_batch *f, a0_batch_buffer *buffer, canary_user *b, auth0db_error *err)
{
    const a0_record record = {.key = text_slice(b->key),
                              .username = text_slice(b->username),
                              .email = text_slice(b->email),
                              .password = text_slice(b->hash),
                              .active = true,
                              .last_login = A0_NO_TIME,
                              .joined = A0_NO_TIME};
    a0_assessment assessment;
    a0_assess(&record, &f->run->tenant.rules, &assessment);
    /* A canary that is not judged as its kind would prove another one. */
    if (assessment.disposition != A0_MOVES ||
        a0_hash_kinds_look(&f->run->survey->hash_kinds, &assessment.params,
                           assessment.conversion) != b->kind) {
        fail(f, b, "its like cannot be made here");
        b->hash[0] = '\0';
        return AUTH0DB_OK;
    }
    switch (a0_batch_buffer_add(buffer, &record, &assessment)) {
    case A0_BUFFER_TAKEN:
        return AUTH0DB_OK;
    case A0_BUFFER_NO_MEMORY:
        return a0_error_no_memory(err);
    default:
        fail(f, b, "too long for a file");
        b->hash[0] = '\0';
        return AUTH0DB_OK;
    }
}

static canary_user *user_of(const canary_batch *f, const char *key)
{
    for (size_t i = 0; i < f->n; i++) {
        if (strcmp(f->users[i].key, key) == 0)
            return &f->users[i];
    }
    return NULL;
}

/* What the job made of them. Those to be sent again stand alone next time, so that none can bring
 * down another. Whose hash is emptied here is not sent again. */
static size_t read_results(canary_batch *f, const a0_job_state *state)
{
    size_t again = 0;
    for (size_t i = 0; i < state->n; i++) {
        const a0_batch_row *row = &state->rows[i];
        canary_user *b = user_of(f, row->key);
        if (b == NULL)
            continue;
        b->there = row->disposition == A0_ROW_LINK;
        again += row->disposition == A0_ROW_AGAIN;
        if (row->disposition == A0_ROW_HOLD)
            fail(f, b, row->text != NULL ? row->text : "the tenant refused it");
        if (row->disposition != A0_ROW_AGAIN)
            b->hash[0] = '\0';
    }
    return again;
}

/* One job with the users [from, to) that still have their hash. */
static int import_users(canary_batch *f, size_t from, size_t to, unsigned attempt, size_t *again,
                        auth0db_error *err)
{
    a0_run *run = f->run;
    a0_open_batch *open_batch = NULL;
    a0_batch_buffer *buffer = a0_batch_buffer_new(run->site, &run->tenant.rules, run->full_room);
    int rc = buffer != NULL ? AUTH0DB_OK : a0_error_no_memory(err);
    *again = 0;
    for (size_t i = from; rc == AUTH0DB_OK && i < to; i++) {
        if (f->users[i].hash[0] != '\0')
            rc = buffer_user(f, buffer, &f->users[i], err);
    }
    if (rc == AUTH0DB_OK && a0_batch_buffer_users(buffer) > 0)
        rc = a0_open_batch_without_claims(&f->record, &buffer, attempt, &open_batch, err);
    if (open_batch != NULL) {
        a0_scheduler_add(&run->scheduler, &open_batch->state);
        /* From here the scheduler signs for the batch; before and after it is signed as the
         * unscheduled one, so that no other importer takes the canaries for left behind. */
        run->canary = open_batch;
        run->unscheduled = NULL;
        rc = a0_run_schedule(run, err);
        f->record = open_batch->record;
        run->unscheduled = &f->record;
        f->sent |= open_batch->state.sent;
        f->lost |= open_batch->state.lost > 0;
        *again = rc == AUTH0DB_OK ? read_results(f, &open_batch->state) : 0;
        if (run->canary != NULL) /* still under way */
            a0_scheduler_remove(&run->scheduler, &open_batch->state);
        run->canary = NULL;
        a0_open_batch_free(open_batch);
    }
    a0_batch_buffer_free(buffer);
    return rc;
}

/* All in one job first. A kind that brings the whole file down shows when each is sent alone. */
static int send_all(canary_batch *f, auth0db_error *err)
{
    size_t again;
    int rc = import_users(f, 0, f->n, 0, &again, err);
    for (unsigned attempt = 1; rc == AUTH0DB_OK && again > 0 && attempt < A0_JOB_TRIES_MAX;
         attempt++) {
        again = 0;
        for (size_t i = 0; rc == AUTH0DB_OK && i < f->n; i++) {
            size_t alone = 0;
            if (f->users[i].hash[0] != '\0')
                rc = import_users(f, i, i + 1, attempt, &alone, err);
            again += alone;
        }
    }
    return rc;
}

/* --- logging in ------------------------------------------------------------------------------ */

/* One by which the connection lets people log in, whichever the site will use: what is proven is a
 * hash, and a name that nobody can log in by must not be held against it. */
static const char *identifier_of(const canary_batch *f, const canary_user *b)
{
    const a0_bulk_tenant *tenant = &f->run->tenant;
    const bool by_email = tenant->connection.email.identifier != AUTH0DB_NO;
    return by_email || !tenant->rules.require_username ? b->email : b->username;
}

/* A grant that got a decision. Trouble is waited out, for a while; attack protection is not: it
 * strikes the next canary as well, and lasts. */
static int grant(canary_batch *f, const canary_user *b, const char *password,
                 auth0db_outcome *outcome, auth0db_error *err)
{
    a0_backoff backoff = {0};
    for (;;) {
        auth0db_tenant_user user;
        auth0db_error cause = {0}, why = {0};
        const auth0db_credentials credentials = {
            .identifier = identifier_of(f, b), .password = password, .password_len = PASSWORD_LEN};
        *outcome =
            auth0db_client_grant(f->run->bulk->client, &credentials, GRANT_MS, &user, &cause);
        if (*outcome == AUTH0DB_OUTCOME_OK && strcmp(user.user_id, b->id) != 0)
            *outcome = AUTH0DB_OUTCOME_DENIED; /* somebody else: it proves nothing */
        bool throttled = *outcome == AUTH0DB_OUTCOME_TOO_MANY_ATTEMPTS;
        bool unknown = *outcome == AUTH0DB_OUTCOME_REFUSED; /* it says nothing about the hash */
        if (!auth0db_outcome_is_trouble(*outcome) && !throttled && !unknown)
            return AUTH0DB_OK;
        int rc = a0_run_retry(f->run, &backoff, *outcome, &cause, &why);
        if (rc == AUTH0DB_ERR_INTERRUPTED)
            return a0_error_set(err, why.code, why.where, "%s", why.message);
        if (rc != AUTH0DB_OK)
            return a0_error_set(err, why.code, "canary",
                                "cannot log in (%.200s): repair that, or use --no-canary",
                                cause.message);
    }
}

/* Does the tenant verify such hashes at all, and not just wave everybody through? Once for each
 * hasher: failed logins count against this machine at the tenant's attack protection. It comes
 * first, because the first right password replaces the imported hash. */
static int try_wrong_password(canary_batch *f, canary_user *b, auth0db_error *err)
{
    auth0db_hasher hasher = f->run->survey->hash_kinds.kinds[b->kind].params.hasher;
    auth0db_outcome outcome;
    char wrong[PASSWORD_LEN + 1];
    if (f->hasher_refuses[hasher])
        return AUTH0DB_OK;
    memcpy(wrong, b->password, sizeof wrong);
    wrong[0] = wrong[0] == 'x' ? 'y' : 'x';
    int rc = grant(f, b, wrong, &outcome, err);
    a0_wipe(wrong, sizeof wrong);
    if (rc != AUTH0DB_OK)
        return rc;
    f->hasher_refuses[hasher] = outcome == AUTH0DB_OUTCOME_BAD_CREDENTIALS;
    if (outcome == AUTH0DB_OUTCOME_OK || outcome == AUTH0DB_OUTCOME_MFA_REQUIRED)
        fail(f, b, "the tenant accepted a wrong password for it");
    return AUTH0DB_OK;
}

/* An adaptive policy finds a made-up user suspicious, which says nothing about the others. */
static bool may_be_asked(const a0_run *run)
{
    return run->who.with_factors || run->tenant.mfa == AUTH0DB_MFA_ADAPTIVE;
}

/* What says nothing of the hash holds its kind back all the same: it is not proven. A second factor
 * that everybody would be asked for ends the run instead, for it is no hash's fault. */
static int try_right_password(canary_batch *f, canary_user *b, auth0db_error *err)
{
    auth0db_outcome outcome;
    char why[A0_CANARY_DETAIL];
    int rc = grant(f, b, b->password, &outcome, err);
    if (rc != AUTH0DB_OK)
        return rc;
    if (outcome == AUTH0DB_OUTCOME_MFA_REQUIRED && !may_be_asked(f->run))
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "canary",
                            "it was asked for a second factor that it does not have, as everybody "
                            "would be, and the site's own login page cannot ask. Exempt this "
                            "application in your Actions; or say --with-factors once people log "
                            "in at Universal Login");
    switch (outcome) {
    case AUTH0DB_OUTCOME_OK:
    case AUTH0DB_OUTCOME_MFA_REQUIRED: /* asked for once the password was right */
        f->run->canaries->proven[b->kind] = true;
        break;
    case AUTH0DB_OUTCOME_BAD_CREDENTIALS:
        fail(f, b, "the tenant took its hash, but not its password");
        break;
    default:
        snprintf(why, sizeof why, "nobody knows: its login ended in \"%s\"",
                 auth0db_outcome_name(outcome));
        fail(f, b, why);
    }
    return AUTH0DB_OK;
}

static int log_in(canary_batch *f, auth0db_error *err)
{
    int rc = AUTH0DB_OK;
    for (size_t i = 0; rc == AUTH0DB_OK && i < f->n; i++) {
        canary_user *b = &f->users[i];
        rc = a0_bulk_go_on(f->run->bulk, err);
        if (rc == AUTH0DB_OK && b->there)
            rc = try_wrong_password(f, b, err);
        if (rc == AUTH0DB_OK && b->there)
            rc = try_right_password(f, b, err);
        if (rc == AUTH0DB_OK)
            rc = a0_run_progress(f->run, err);
    }
    return rc;
}

/* --- reporting ---------------------------------------------------------------------------------
 */

/* The last word on a kind counts: of users who came late it may be tried in a second pass. */
static bool note_kind(a0_run *run, const struct a0_hash_kind *kind, const char *parameters,
                      const char *detail, bool passed)
{
    char name[A0_HASH_KIND_LABEL_SIZE + 64];
    const char *hasher = auth0db_hasher_name(kind->params.hasher);
    snprintf(name, sizeof name, "%s %s", hasher, parameters);
    if (run->failed_kinds == NULL)
        run->failed_kinds = json_object();
    /* A later pass may prove what an earlier one could not. */
    if (passed) {
        json_object_del(run->failed_kinds, name);
        return run->failed_kinds != NULL;
    }
    return json_object_set_new(run->failed_kinds, name,
                               json_pack("{s:s, s:s, s:I, s:s}", "hasher", hasher, "parameters",
                                         parameters, "users", (json_int_t)kind->moves, "detail",
                                         detail)) == 0;
}

json_t *a0_run_failed_kinds(const a0_run *run)
{
    const char *name;
    json_t *kind, *list = json_array();
    json_object_foreach(run->failed_kinds, name, kind)
    {
        if (json_array_append(list, kind) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static int report(const canary_batch *f, auth0db_error *err)
{
    int rc = AUTH0DB_OK;
    for (size_t i = 0; rc == AUTH0DB_OK && i < f->n; i++) {
        const canary_user *b = &f->users[i];
        const bool passed = f->run->canaries->proven[b->kind];
        const struct a0_hash_kind *kind = &f->run->survey->hash_kinds.kinds[b->kind];
        char parameters[A0_HASH_KIND_LABEL_SIZE];
        a0_hash_kind_label(&kind->params, parameters);
        if (!note_kind(f->run, kind, parameters, detail_of(f, b), passed))
            return a0_error_no_memory(err);
        rc = a0_bulk_event(f->run->bulk,
                           json_pack("{s:s, s:s, s:s, s:I, s:b, s:s}", "event", "canary", "hasher",
                                     auth0db_hasher_name(kind->params.hasher), "parameters",
                                     parameters, "users", (json_int_t)kind->moves, "passed", passed,
                                     "detail", detail_of(f, b)),
                           err);
    }
    return rc;
}

/* --- removing -------------------------------------------------------------------------------- */

enum { REMOVE_MS = 10000, JOB_WAIT_MS = 20000 };

/* Waits though it was interrupted: it does not take long, and nothing shall stay behind. */
static bool job_has_ended(a0_run *run, const char *job_id)
{
    uint64_t end_ms = a0_run_now_ms(run) + JOB_WAIT_MS;
    for (unsigned wait_ms = 100;; wait_ms = wait_ms < 2000 ? wait_ms * 2 : wait_ms) {
        a0_job job;
        auth0db_outcome outcome = a0_job_get(run->bulk->client, job_id, REMOVE_MS, &job, NULL);
        if (outcome == AUTH0DB_OUTCOME_NOT_FOUND ||
            (outcome == AUTH0DB_OUTCOME_OK && job.status != A0_JOB_RUNNING))
            return true;
        if (outcome == AUTH0DB_OUTCOME_MISCONFIGURED || a0_run_now_ms(run) >= end_ms)
            return false;
        a0_sleep_ms(&run->bulk->env, wait_ms);
    }
}

/* By the ids that the record's name gives, not by a list: also after a kill, when the list is gone.
 * A user that is not there counts as deleted. */
static int delete_users(a0_run *run, const a0_batch *record, auth0db_error *err)
{
    uint64_t end_ms = a0_run_now_ms(run) + JOB_WAIT_MS;
    for (size_t i = 0; i < (size_t)record->users && i < A0_HASH_KINDS_MAX;) {
        char key[80], id[AUTH0DB_ID_SIZE];
        auth0db_error cause = {0};
        name_key(key, record, i);
        a0_expected_id(run->site, (a0_slice){key, strlen(key)}, 0, id);
        auth0db_outcome outcome = a0_user_delete(run->bulk->client, id, REMOVE_MS, &cause);
        if (outcome == AUTH0DB_OUTCOME_OK)
            i++;
        else if (outcome == AUTH0DB_OUTCOME_MISCONFIGURED || a0_run_now_ms(run) >= end_ms)
            return a0_error_set(err, cause.code != AUTH0DB_OK ? cause.code : AUTH0DB_ERR_REMOTE,
                                "canary", "it cannot be removed (%.200s); the next run tries again",
                                cause.message);
        else
            a0_sleep_ms(&run->bulk->env, 500);
    }
    return AUTH0DB_OK;
}

/* While a job may still make them the batch stays open, and every run looks again. */
static int remove_all(a0_run *run, a0_batch *record, bool never_sent, bool lost, auth0db_error *err)
{
    /* An interruption must not end the waits of the deletion: it is the reason for it. */
    a0_client_on_wait(run->bulk->client, NULL, NULL);
    int64_t age_ms = (a0_run_now_us(run) - record->created) / 1000;
    /* A job that gave no answer may make them as long as a job can run. Only then is nothing left
     * to delete. */
    bool over = never_sent || age_ms > A0_JOB_ENDS_MS ||
                (record->job_id[0] != '\0' && !lost && job_has_ended(run, record->job_id));
    int rc = never_sent ? AUTH0DB_OK : delete_users(run, record, err);
    if (rc == AUTH0DB_OK && over) {
        snprintf(record->status, sizeof record->status, "settled");
        record->settled = record->seen = a0_run_now_us(run);
        rc = a0_store_settle(run->bulk->store, record, NULL, 0, err);
    }
    a0_run_install_cancel(run);
    return rc == AUTH0DB_ERR_STATE ? AUTH0DB_OK : rc;
}

typedef struct left_behind {
    const a0_run *run;
    bool own;
    a0_batch *found;
    size_t n;
} left_behind;

enum { SWEEP_MAX = 64 };

/* Of another process only where that one is gone: a living one is still logging its canaries in. */
static int find_left(void *ctx, const a0_batch *batch)
{
    left_behind *list = ctx;
    bool own = strcmp(batch->owner, list->run->owner) == 0 && list->own;
    if (list->n < SWEEP_MAX && strcmp(batch->kind, "canary") == 0 &&
        (own || a0_run_is_orphan(list->run, batch)))
        list->found[list->n++] = *batch;
    return AUTH0DB_OK;
}

int a0_canary_sweep(a0_run *run, bool own, auth0db_error *err)
{
    left_behind list = {
        .run = run, .own = own, .found = a0_alloc_array(SWEEP_MAX, sizeof *list.found)};
    if (list.found == NULL)
        return a0_error_no_memory(err);
    int rc = a0_store_batches(run->bulk->store, "open", find_left, &list, err);
    for (size_t i = 0; rc == AUTH0DB_OK && i < list.n; i++) {
        a0_batch *batch = &list.found[i];
        rc = remove_all(run, batch, false, strcmp(batch->detail, A0_DETAIL_LOST) == 0, err);
    }
    a0_free(list.found);
    return rc;
}

/* --- all of it ------------------------------------------------------------------------------- */

/* Without claims: they are nobody's users, and the ids follow from the record's name. */
static int put_on_record(canary_batch *f, auth0db_error *err)
{
    a0_batch *record = &f->record;
    record->users = (int64_t)f->n;
    record->created = record->seen = a0_run_now_us(f->run);
    snprintf(record->kind, sizeof record->kind, "canary");
    snprintf(record->status, sizeof record->status, "claimed");
    snprintf(record->owner, sizeof record->owner, "%s", f->run->owner);
    return a0_store_claim(f->run->bulk->store, record, NULL, 0, NULL, err);
}

/* The first error is the one to tell. What could not be removed is on record for the next run. */
static int remove_users(canary_batch *f, int rc, auth0db_error *err)
{
    auth0db_error later = {0};
    f->run->unscheduled = NULL;
    if (f->record.id == 0)
        return rc;
    int removed = remove_all(f->run, &f->record, !f->sent, f->lost, &later);
    if (rc != AUTH0DB_OK || removed == AUTH0DB_OK)
        return rc;
    if (err != NULL)
        *err = later;
    return removed;
}

int a0_canary_run(a0_run *run, auth0db_error *err)
{
    canary_batch f = {.run = run, .users = a0_alloc_array(A0_HASH_KINDS_MAX, sizeof *f.users)};
    if (f.users == NULL)
        return a0_error_no_memory(err);
    run->phase = "canary";
    int rc = prepare(&f, err);
    if (rc == AUTH0DB_OK && f.n > 0)
        rc = put_on_record(&f, err); /* before anything is sent: whoever comes next removes them */
    if (rc == AUTH0DB_OK && f.n > 0)
        rc = send_all(&f, err);
    if (rc == AUTH0DB_OK)
        rc = log_in(&f, err);
    if (rc == AUTH0DB_OK)
        rc = report(&f, err);
    rc = remove_users(&f, rc, err);
    /* What could not be deleted is an account still, and these are the passwords to it. */
    a0_wipe(f.users, A0_HASH_KINDS_MAX * sizeof *f.users);
    a0_free(f.users);
    run->phase = run->name;
    return rc;
}
