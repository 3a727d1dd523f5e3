/* auth0db factors: second factors that stayed on the site, added at the tenant at the switch-over.
 *
 * Nothing is on record of who has which: the tenant is asked first, user by user, so that a run
 * after a kill, or after an import that took some along, adds none twice. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"
#include "bulk/assess/factors.h"
#include "bulk/import/import_int.h"

enum { CHUNK = 64, TOTP = 0, PHONE = 1, KINDS = 2, ID_SIZE = 264 };
static const char *const kind_names[KINDS] = {"totp", "phone"};

typedef struct owner {
    char *key;
    char auth0_id[ID_SIZE];
    char value[KINDS][A0_FACTOR_VALUE_SIZE]; /* secrets; "": the user has none */
    bool unsure[KINDS];                      /* it was sent, and the answer was lost */
    unsigned stays;                          /* further ones, and those without a place at Auth0 */
} owner;

typedef struct adding {
    a0_run *run;
    bool dry_run;
    owner chunk[CHUNK];
    size_t n;
    char *after;
    uint64_t owners, added[KINDS], there, stays, gone, refused, inactive;
} adding;

static void forget_chunk(adding *a)
{
    for (size_t i = 0; i < a->n; i++)
        a0_free(a->chunk[i].key);
    a0_wipe(a->chunk, sizeof a->chunk);
    a->n = 0;
}

/* --- who, with which -------------------------------------------------------------------------- */

static int take_link(void *ctx, const a0_link_row *link)
{
    adding *a = ctx;
    owner *one = &a->chunk[a->n];
    *one = (owner){.key = a0_strdup(link->key)};
    if (one->key == NULL)
        return AUTH0DB_ERR_NO_MEMORY;
    snprintf(one->auth0_id, sizeof one->auth0_id, "%s", link->auth0_id);
    a->n++;
    return AUTH0DB_OK;
}

/* The first of each kind goes. Which of two devices its owner uses nobody knows; the others are
 * counted. */
static void take_factors(owner *one, const a0_record *record)
{
    a0_factor factor = {0};
    for (unsigned i = 0; i < record->n_mfa; i++) {
        bool travels = a0_factor_read(&record->mfa[i], &factor);
        int kind = travels && strcmp(factor.kind, kind_names[PHONE]) == 0 ? PHONE : TOTP;
        if (travels && one->value[kind][0] == '\0')
            memcpy(one->value[kind], factor.value, sizeof factor.value);
        else
            one->stays++;
    }
    one->stays += record->mfa_dropped;
    a0_wipe(&factor, sizeof factor);
}

/* An inactive user gets in nowhere, so there is nothing to guard. */
static int note_record(void *ctx, const a0_record *record, auth0db_error *err)
{
    adding *a = ctx;
    /* Who stays on the site is asked for the factor here. */
    if (a0_kept_has(&a->run->bulk->kept, record->key))
        return AUTH0DB_OK;
    a->inactive += !record->active && record->n_mfa + record->mfa_dropped > 0;
    for (size_t i = 0; record->active && i < a->n; i++) {
        owner *one = &a->chunk[i];
        if (strlen(one->key) == record->key.len &&
            memcmp(one->key, record->key.data, record->key.len) == 0)
            take_factors(one, record);
    }
    return AUTH0DB_OK;
}

/* Links first, then the rows of their users: few secrets are in memory at a time, and each chunk is
 * wiped before the next one. */
static int next_chunk(adding *a, auth0db_error *err)
{
    a0_slice keys[CHUNK];
    forget_chunk(a);
    int rc = a0_store_links(a->run->bulk->store, NULL, a->after != NULL ? a->after : "", CHUNK,
                            take_link, a, err);
    if (rc == AUTH0DB_ERR_NO_MEMORY)
        return a0_error_no_memory(err);
    for (size_t i = 0; i < a->n; i++)
        keys[i] = (a0_slice){a->chunk[i].key, strlen(a->chunk[i].key)};
    if (rc == AUTH0DB_OK && a->n > 0)
        rc = a0_run_read_keys(a->run, keys, a->n, note_record, a, err);
    if (rc == AUTH0DB_OK && a->n > 0) {
        a0_free(a->after);
        a->after = a0_strdup(a->chunk[a->n - 1].key);
        rc = a->after != NULL ? AUTH0DB_OK : a0_error_no_memory(err);
    }
    return rc;
}

/* --- one user --------------------------------------------------------------------------------- */

/* One user's refusal stops nobody else, but must be seen: without the factor a password alone opens
 * the account. */
static int note_refused(adding *a, const owner *one, int kind, const auth0db_error *why,
                        auth0db_error *err)
{
    a->refused++;
    return a0_run_warn(a->run, err, "user %.64s: the tenant takes no %s: %.200s", one->key,
                       kind_names[kind], why->message);
}

/* Those that are missing. Trouble ends it: whether a lost answer was a yes shows the next look. */
static auth0db_outcome add_missing(adding *a, owner *one, const a0_factor_kinds *has,
                                   auth0db_error *cause, auth0db_error *err, int *rc)
{
    const bool there[KINDS] = {[TOTP] = has->totp, [PHONE] = has->phone};
    for (int kind = 0; kind < KINDS; kind++) {
        if (one->value[kind][0] == '\0' || there[kind])
            continue;
        auth0db_outcome outcome =
            a->dry_run ? AUTH0DB_OUTCOME_OK
                       : a0_user_factor_add(a->run->bulk->client, one->auth0_id, kind == PHONE,
                                            one->value[kind], A0_LOOK_MS, cause);
        /* Only a lost answer leaves it open whether the tenant has taken the factor. */
        one->unsure[kind] = outcome == AUTH0DB_OUTCOME_UNAVAILABLE;
        if (auth0db_outcome_is_trouble(outcome) || outcome == AUTH0DB_OUTCOME_NOT_FOUND)
            return outcome;
        if (outcome == AUTH0DB_OUTCOME_OK)
            a->added[kind]++;
        else if (outcome != AUTH0DB_OUTCOME_EXISTS)
            *rc = note_refused(a, one, kind, cause, err);
        if (*rc != AUTH0DB_OK)
            break;
    }
    return AUTH0DB_OUTCOME_OK;
}

/* At the first look what is there was there before; at a later one it may be what was sent. */
static void count_there(adding *a, owner *one, const a0_factor_kinds *has, bool first)
{
    const bool there[KINDS] = {[TOTP] = has->totp, [PHONE] = has->phone};
    for (int kind = 0; kind < KINDS; kind++) {
        if (!there[kind] || one->value[kind][0] == '\0')
            continue;
        a->there += first;
        a->added[kind] += one->unsure[kind];
        one->unsure[kind] = false;
    }
}

/* A loop of looking and adding. After trouble it looks again, so that no factor is added twice. */
static int add_one(adding *a, owner *one, auth0db_error *err)
{
    a0_backoff backoff = {0};
    int rc = AUTH0DB_OK;
    bool first = true;
    a->stays += one->stays;
    if (one->value[TOTP][0] == '\0' && one->value[PHONE][0] == '\0')
        return AUTH0DB_OK;
    a->owners++;
    for (;;) {
        a0_factor_kinds has;
        auth0db_error cause = {0};
        auth0db_outcome outcome =
            a0_user_factors(a->run->bulk->client, one->auth0_id, A0_LOOK_MS, &has, &cause);
        if (outcome == AUTH0DB_OUTCOME_OK) {
            count_there(a, one, &has, first);
            first = false;
        }
        if (outcome == AUTH0DB_OUTCOME_OK)
            outcome = add_missing(a, one, &has, &cause, err, &rc);
        if (rc != AUTH0DB_OK || outcome == AUTH0DB_OUTCOME_OK)
            return rc;
        if (outcome == AUTH0DB_OUTCOME_NOT_FOUND) { /* deleted there, which stands */
            a->gone++;
            return AUTH0DB_OK;
        }
        rc = a0_run_retry(a->run, &backoff, outcome, &cause, err);
        if (rc != AUTH0DB_OK)
            return rc;
    }
}

static int add_all(adding *a, auth0db_error *err)
{
    int rc = next_chunk(a, err);
    while (rc == AUTH0DB_OK && a->n > 0) {
        for (size_t i = 0; rc == AUTH0DB_OK && i < a->n; i++) {
            rc = a0_bulk_go_on(a->run->bulk, err);
            if (rc == AUTH0DB_OK)
                rc = add_one(a, &a->chunk[i], err);
        }
        if (rc == AUTH0DB_OK)
            rc = next_chunk(a, err);
    }
    return rc;
}

/* Told also after an error: what was added stays added. */
static int report(const adding *a, auth0db_error *err)
{
    return a0_bulk_event(
        a->run->bulk,
        json_pack("{s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "event", "report",
                  "run", "factors", "dry_run", (int)a->dry_run, "users", (json_int_t)a->owners,
                  "totp", (json_int_t)a->added[TOTP], "phone", (json_int_t)a->added[PHONE], "there",
                  (json_int_t)a->there, "stay", (json_int_t)a->stays, "gone", (json_int_t)a->gone,
                  "refused", (json_int_t)a->refused, "inactive", (json_int_t)a->inactive),
        err);
}

int auth0db_bulk_factors(auth0db_bulk *bulk, bool dry_run, auth0db_error *err)
{
    a0_run run;
    adding *a = a0_alloc(sizeof *a);
    if (a == NULL)
        return a0_error_no_memory(err);
    a->run = &run;
    a->dry_run = dry_run;
    /* A dry run asks as a real one does, and counts what it would add. */
    int rc = a0_run_open(&run, bulk, dry_run ? AUTH0DB_USE_FACTORS_DRY_RUN : AUTH0DB_USE_FACTORS,
                         NULL, err);
    if (rc == AUTH0DB_OK) {
        auth0db_error later = {0};
        rc = add_all(a, err);
        int told = report(a, &later);
        if (rc == AUTH0DB_OK && told != AUTH0DB_OK) {
            rc = told;
            if (err != NULL)
                *err = later;
        }
    }
    /* The secrets are wiped, whatever the end was. */
    forget_chunk(a);
    a0_free(a->after);
    a0_free(a);
    a0_run_close(&run);
    return rc;
}
