/* auth0db undo: the tenant users that this site's import made, deleted, and their links with them.
 *
 * Only who is certain to be ours and has not been used: the expected id, the e-mail and the mark of
 * the link, never logged in, not blocked by anybody since. Ids are put on record before they are
 * deleted, because a user who is gone at the tenant is one of two: deleted by us before a kill
 * (unlink), or by an administrator (leave: deleted stays deleted). */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "bulk/import/import_int.h"

enum { CHUNK = 16, ID_HEX = 24, PREFIX_LEN = 6, CONDEMNED_MAX = 64 };

typedef struct a0_undone {
    char *key, *email;
    char auth0_id[AUTH0DB_ID_SIZE], mark[48];
    bool has_expected_id, known, active, of_kind;
} undone;

typedef enum keeping { LOGGED_IN, CHANGED, BLOCKED, GONE, NOT_OURS, WHYS } keeping;
static const char *const why_names[] = {"logged-in", "changed", "blocked", "gone", "not-ours"};

typedef struct undo {
    a0_run *run;
    bool dry_run;
    const char *kind;  /* of hashes; NULL: every */
    a0_batch record;   /* of the chunk at hand */
    a0_batch *earlier; /* of runs that died: who of their users is gone was deleted by them */
    size_t n_earlier;
    undone chunk[CHUNK];
    size_t n;
    char *after;
    uint64_t deleted, unlinked, not_selected, kept[WHYS];
} undo;

/* --- who ---------------------------------------------------------------------------------------
 */

static void forget_chunk(undo *u)
{
    for (size_t i = 0; i < u->n; i++) {
        a0_free(u->chunk[i].key);
        a0_free(u->chunk[i].email);
    }
    u->n = 0;
}

static int take_link(void *ctx, const a0_link_row *link)
{
    undo *u = ctx;
    undone *one = &u->chunk[u->n];
    char expected[AUTH0DB_ID_SIZE];
    *one = (undone){
        .key = a0_strdup(link->key), .email = a0_strdup(link->email), .of_kind = u->kind == NULL};
    u->n++;
    if (one->key == NULL || one->email == NULL)
        return AUTH0DB_ERR_NO_MEMORY;
    a0_expected_id(u->run->site, (a0_slice){link->key, strlen(link->key)}, link->tombstones,
                   expected);
    /* An account with another id was there before the site came, and is not the site's to
     * delete. */
    one->has_expected_id = strcmp(expected, link->auth0_id) == 0;
    memcpy(one->auth0_id, expected, sizeof expected);
    snprintf(one->mark, sizeof one->mark, "%s", link->tenant_mark);
    return AUTH0DB_OK;
}

static bool is_of_kind(const undo *u, const a0_record *record)
{
    auth0db_hash_params params = {0};
    if (u->kind == NULL)
        return true;
    (void)!auth0db_hash_identify(record->password.data, record->password.len, &params, NULL);
    return a0_hash_kind_is(&params, u->kind);
}

static int note_row(void *ctx, const a0_record *record, auth0db_error *err)
{
    undo *u = ctx;
    for (size_t i = 0; i < u->n; i++) {
        undone *one = &u->chunk[i];
        if (strlen(one->key) == record->key.len &&
            memcmp(one->key, record->key.data, record->key.len) == 0) {
            one->known = true;
            one->active = record->active;
            one->of_kind = is_of_kind(u, record);
        }
    }
    return AUTH0DB_OK;
}

/* The record of a run that died names the ids that it was about to delete. */
static bool deleted_earlier(const undo *u, const undone *one)
{
    for (size_t i = 0; i < u->n_earlier; i++) {
        if (strstr(u->earlier[i].detail, one->auth0_id + PREFIX_LEN) != NULL)
            return true;
    }
    return false;
}

/* Whoever is of another kind is none of this run's business, and on none of its records; but a run
 * that died may have deleted it, and its link is to go yet. */
static void drop_other_kinds(undo *u)
{
    size_t n = 0;
    for (size_t i = 0; i < u->n; i++) {
        if (u->chunk[i].of_kind || deleted_earlier(u, &u->chunk[i])) {
            u->chunk[n++] = u->chunk[i];
        } else {
            a0_free(u->chunk[i].key);
            a0_free(u->chunk[i].email);
            u->not_selected++;
        }
    }
    u->n = n;
}

/* *read: links; 0 is the end. */
static int read_chunk(undo *u, size_t *read, auth0db_error *err)
{
    a0_slice keys[CHUNK];
    forget_chunk(u);
    /* Only the bulk lane's: who came by a login has used the account. */
    int rc = a0_store_links(u->run->bulk->store, auth0db_lane_name(AUTH0DB_LANE_BULK),
                            u->after != NULL ? u->after : "", CHUNK, take_link, u, err);
    if (rc == AUTH0DB_ERR_NO_MEMORY)
        return a0_error_no_memory(err);
    *read = u->n;
    for (size_t i = 0; i < u->n; i++)
        keys[i] = (a0_slice){u->chunk[i].key, strlen(u->chunk[i].key)};
    if (rc == AUTH0DB_OK && u->n > 0)
        rc = a0_run_read_keys(u->run, keys, u->n, note_row, u, err);
    if (rc == AUTH0DB_OK && u->n > 0) {
        a0_free(u->after);
        u->after = a0_strdup(u->chunk[u->n - 1].key);
        rc = u->after != NULL ? AUTH0DB_OK : a0_error_no_memory(err);
    }
    if (rc == AUTH0DB_OK)
        drop_other_kinds(u);
    return rc;
}

/* Chunks without anybody of the kind are passed over; the end is where no link was read. */
static int next_chunk(undo *u, auth0db_error *err)
{
    size_t read = 0;
    int rc;
    do {
        rc = read_chunk(u, &read, err);
        if (rc == AUTH0DB_OK)
            rc = a0_bulk_go_on(u->run->bulk, err);
    } while (rc == AUTH0DB_OK && u->n == 0 && read > 0);
    return rc;
}

/* --- the record ----------------------------------------------------------------------------------
 */

/* One record for all chunks, written over: only the users at hand are in doubt after a kill. */
static int put_on_record(undo *u, auth0db_error *err)
{
    a0_batch *record = &u->record;
    bool fresh = record->id == 0;
    size_t len = 0;
    record->detail[0] = '\0';
    for (size_t i = 0; i < u->n; i++)
        len += (size_t)snprintf(record->detail + len, sizeof record->detail - len, "%s ",
                                u->chunk[i].auth0_id + PREFIX_LEN);
    record->seen = a0_run_now_us(u->run);
    if (!fresh)
        return a0_store_batch_update(u->run->bulk->store, record, u->run->owner, err);
    record->created = record->seen;
    snprintf(record->kind, sizeof record->kind, "undo");
    snprintf(record->status, sizeof record->status, "claimed");
    memcpy(record->owner, u->run->owner, sizeof record->owner);
    u->run->unscheduled = record;
    int rc = a0_run_external_id(u->run, record->external_id, err);
    return rc == AUTH0DB_OK ? a0_store_claim(u->run->bulk->store, record, NULL, 0, NULL, err) : rc;
}

static int find_earlier(void *ctx, const a0_batch *batch)
{
    undo *u = ctx;
    if (u->n_earlier < CONDEMNED_MAX && strcmp(batch->kind, "undo") == 0 &&
        a0_run_is_orphan(u->run, batch))
        u->earlier[u->n_earlier++] = *batch;
    return AUTH0DB_OK;
}

/* Emptied, so that a later run does not take these users for its own deletions. */
static int close_record(undo *u, a0_batch *record, auth0db_error *err)
{
    record->detail[0] = '\0';
    record->settled = record->seen = a0_run_now_us(u->run);
    snprintf(record->status, sizeof record->status, "settled");
    int rc = a0_store_settle(u->run->bulk->store, record, NULL, 0, err);
    return rc == AUTH0DB_ERR_STATE ? AUTH0DB_OK : rc;
}

/* --- one user ------------------------------------------------------------------------------------
 */

/* Deleted at the tenant first, unlinked then. The other way round a kill would leave an account
 * that nothing on the site knows of. */
static int unlink_one(undo *u, const undone *one, auth0db_error *err)
{
    /* Only if it is still this link: one that a login has made meanwhile is another matter. */
    bool gone = true;
    int rc = u->dry_run ? AUTH0DB_OK
                        : a0_store_unlink(u->run->bulk->store, one->key, one->auth0_id, &gone, err);
    u->unlinked += rc == AUTH0DB_OK && gone;
    return rc;
}

/* Whoever has used the account, or changed something about it, has made it more than a copy: to
 * delete it would lose what nobody can bring back. */
static keeping verdict(const undone *one, const auth0db_tenant_user *user)
{
    if (user->last_login[0] != '\0')
        return LOGGED_IN;
    if (!a0_ascii_equal_ignoring_case(user->email, one->email) ||
        strcmp(user->last_password_reset, one->mark) != 0)
        return CHANGED;
    /* Imported as blocked where the site's user was inactive; else somebody at the tenant did it,
     * and to delete the user would undo that, too */
    if (user->blocked && !(one->known && !one->active))
        return BLOCKED;
    return WHYS;
}

static int delete_there(const undo *u, const undone *one, auth0db_error *err)
{
    a0_backoff backoff = {0};
    int rc = AUTH0DB_OK;
    /* A lost answer is asked again: the deletion of somebody who is gone succeeds. */
    while (rc == AUTH0DB_OK) {
        auth0db_error cause = {0};
        auth0db_outcome outcome =
            a0_user_delete(u->run->bulk->client, one->auth0_id, A0_LOOK_MS, &cause);
        if (outcome == AUTH0DB_OUTCOME_OK)
            break;
        rc = a0_run_retry(u->run, &backoff, outcome, &cause, err);
    }
    return rc;
}

static int delete_one(undo *u, const undone *one, auth0db_error *err)
{
    int rc = u->dry_run ? AUTH0DB_OK : delete_there(u, one, err);
    if (rc != AUTH0DB_OK)
        return rc;
    u->deleted++;
    return unlink_one(u, one, err);
}

static int undo_one(undo *u, const undone *one, auth0db_error *err)
{
    a0_backoff backoff = {0};
    auth0db_tenant_user user;
    auth0db_outcome outcome;
    int rc = AUTH0DB_OK;
    if (!one->has_expected_id) {
        u->kept[NOT_OURS]++;
        return AUTH0DB_OK;
    }
    for (;;) {
        auth0db_error cause = {0};
        outcome =
            auth0db_client_user_get(u->run->bulk->client, one->auth0_id, A0_LOOK_MS, &user, &cause);
        if (outcome == AUTH0DB_OUTCOME_OK || outcome == AUTH0DB_OUTCOME_NOT_FOUND)
            break;
        rc = a0_run_retry(u->run, &backoff, outcome, &cause, err);
        if (rc != AUTH0DB_OK)
            return rc;
    }
    if (outcome == AUTH0DB_OUTCOME_NOT_FOUND && deleted_earlier(u, one))
        return unlink_one(u, one, err);
    if (!one->of_kind) {
        u->not_selected++;
        return AUTH0DB_OK;
    }
    keeping why = outcome == AUTH0DB_OUTCOME_OK ? verdict(one, &user) : GONE;
    if (why == WHYS)
        return delete_one(u, one, err);
    u->kept[why]++;
    return AUTH0DB_OK;
}

static int undo_all(undo *u, auth0db_error *err)
{
    int rc = a0_store_batches(u->run->bulk->store, "open", find_earlier, u, err);
    if (rc == AUTH0DB_OK)
        rc = next_chunk(u, err);
    while (rc == AUTH0DB_OK && u->n > 0) {
        if (!u->dry_run)
            rc = put_on_record(u, err);
        for (size_t i = 0; rc == AUTH0DB_OK && i < u->n; i++) {
            rc = a0_bulk_go_on(u->run->bulk, err);
            if (rc == AUTH0DB_OK)
                rc = undo_one(u, &u->chunk[i], err);
            u->run->counts.linked = u->deleted; /* what progress counts */
            if (rc == AUTH0DB_OK)
                rc = a0_run_progress(u->run, err);
        }
        if (rc == AUTH0DB_OK)
            rc = next_chunk(u, err);
    }
    /* Only when every link was looked at: until then the records of dead runs may still decide
     * about one. */
    for (size_t i = 0; rc == AUTH0DB_OK && !u->dry_run && i < u->n_earlier; i++)
        rc = close_record(u, &u->earlier[i], err);
    u->run->unscheduled = NULL;
    if (rc == AUTH0DB_OK && u->record.id != 0)
        rc = close_record(u, &u->record, err);
    return rc;
}

/* --- the run -------------------------------------------------------------------------------------
 */

static int report(undo *u, auth0db_error *err)
{
    json_t *kept = json_array();
    bool ok = kept != NULL;
    for (int i = 0; ok && i < WHYS; i++) {
        if (u->kept[i] > 0)
            ok = json_array_append_new(kept, json_pack("{s:s, s:I}", "why", why_names[i], "users",
                                                       (json_int_t)u->kept[i])) == 0;
    }
    if (!ok) {
        json_decref(kept);
        return a0_error_no_memory(err);
    }
    return a0_bulk_event(u->run->bulk,
                         json_pack("{s:s, s:s, s:I, s:I, s:o, s:I, s:s*, s:b}", "event", "report",
                                   "run", "undo", "deleted", (json_int_t)u->deleted, "unlinked",
                                   (json_int_t)u->unlinked, "kept", kept, "not_selected",
                                   (json_int_t)u->not_selected, "kind", u->kind, "dry_run",
                                   u->dry_run),
                         err);
}

static int read_options(undo *u, const auth0db_undo_options *options, auth0db_error *err)
{
    auth0db_undo_options o = {0};
    char name[64];
    if (options == NULL)
        return AUTH0DB_OK;
    if (options->size < offsetof(auth0db_undo_options, kind))
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "size", "is not the size of the options");
    memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
    u->dry_run = o.dry_run;
    u->kind = o.kind;
    if (u->kind == NULL)
        return AUTH0DB_OK;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(u->kind, " "), u->kind);
    /* A misspelt kind would undo nobody, and look as if there was nobody to undo. */
    if (auth0db_hasher_by_name(name) == AUTH0DB_HASHER_UNKNOWN)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "--hasher",
                            "\"%.40s\" is no hasher; plan and watch show those of this site",
                            u->kind);
    return AUTH0DB_OK;
}

int auth0db_bulk_undo(auth0db_bulk *bulk, const auth0db_undo_options *options, auth0db_error *err)
{
    a0_run run;
    undo u = {.run = &run};
    int rc = read_options(&u, options, err);
    if (rc != AUTH0DB_OK)
        return rc;
    u.earlier = a0_alloc_array(CONDEMNED_MAX, sizeof *u.earlier);
    if (u.earlier == NULL)
        return a0_error_no_memory(err);
    rc =
        a0_run_open(&run, bulk, u.dry_run ? AUTH0DB_USE_UNDO_DRY_RUN : AUTH0DB_USE_UNDO, NULL, err);
    if (rc == AUTH0DB_OK) {
        rc = undo_all(&u, err);
        auth0db_error later = {0};
        int told = report(&u, &later);
        if (rc == AUTH0DB_OK && told != AUTH0DB_OK) {
            rc = told;
            if (err != NULL)
                *err = later;
        }
    }
    forget_chunk(&u);
    a0_free(u.after);
    a0_free(u.earlier);
    a0_run_close(&run);
    return rc;
}
