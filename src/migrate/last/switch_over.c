/* May the old hashes go? Who would still be kept out, or set back to an older password, if logins
 * went to Auth0 alone from now on. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "migrate/bulk_int.h"

enum { PAGE = 500, TICK_EVERY = 1024, REASONS_MAX = 32, REASON_SIZE = 40 };

typedef struct counts {
    uint64_t users, linked, inactive, no_password;
    uint64_t in_import, reminded, never_came, out_of_step;
    struct held {
        char reason[REASON_SIZE];
        uint64_t users;
    } held[REASONS_MAX];
    size_t n_held;
} counts;

typedef struct link {
    char *key;
    char digest[AUTH0DB_FINGERPRINT_SIZE];
} link;

typedef struct looking {
    auth0db_bulk *bulk;
    a0_progress progress;
    counts n;
    link page[PAGE];
    size_t n_page;
} looking;

/* Django's mark of no password is a leading '!'. */
static bool has_password(const a0_record *record)
{
    return record->password.len > 0 && ((const char *)record->password.data)[0] != '!';
}

static bool is_reason(const struct held *held, a0_slice reason)
{
    return strlen(held->reason) == reason.len && memcmp(held->reason, reason.data, reason.len) == 0;
}

/* Reasons are ours, so they are few; others are counted with the last one. */
static void count_held(counts *n, a0_slice reason)
{
    size_t i = 0;
    if (reason.len >= REASON_SIZE)
        reason.len = REASON_SIZE - 1;
    while (i < n->n_held && !is_reason(&n->held[i], reason))
        i++;
    if (i == REASONS_MAX)
        i--;
    if (i == n->n_held) {
        memcpy(n->held[i].reason, reason.data, reason.len);
        n->n_held++;
    }
    n->held[i].users++;
}

static void count_user(looking *l, const a0_record *record)
{
    counts *n = &l->n;
    n->users++;
    if (record->linked)
        n->linked++;
    else if (record->claimed) /* may be at the tenant, with nothing on record */
        n->in_import++;
    else if (!record->active)
        n->inactive++;
    else if (!has_password(record))
        n->no_password++;
    else if (record->reminded)
        n->reminded++;
    else if (record->holdout.data != NULL)
        count_held(n, record->holdout);
    else
        n->never_came++;
}

/* The digest of a hash that both sides have: then Auth0 has its password, or a newer one. */
static void count_step(looking *l, const a0_record *record)
{
    char now[AUTH0DB_FINGERPRINT_SIZE];
    const char *encoded = record->password.data;
    if (!record->active || !has_password(record))
        return;
    auth0db_fingerprint(&encoded, &record->password.len, 1, now);
    for (size_t i = 0; i < l->n_page; i++) {
        const link *one = &l->page[i];
        if (strlen(one->key) == record->key.len &&
            memcmp(one->key, record->key.data, record->key.len) == 0)
            l->n.out_of_step += strcmp(one->digest, now) != 0;
    }
}

static int scan(looking *l, const a0_scan_options *options,
                void (*each)(looking *, const a0_record *), auth0db_error *err)
{
    const a0_record *record = NULL;
    a0_scan *users;
    int rc = a0_store_scan(l->bulk->store, options, &users, err);
    if (rc != AUTH0DB_OK)
        return rc;
    for (uint64_t done = 0; rc == AUTH0DB_OK; done++) {
        if (done % TICK_EVERY == 0)
            rc = a0_progress_tick(&l->progress, done, err);
        if (rc == AUTH0DB_OK)
            rc = a0_scan_next(users, &record, err);
        if (rc != AUTH0DB_OK || record == NULL)
            break;
        each(l, record);
    }
    a0_scan_end(users);
    return rc;
}

static int take_link(void *ctx, const a0_link_row *row)
{
    looking *l = ctx;
    link *to = &l->page[l->n_page++];
    to->key = a0_strdup(row->key);
    snprintf(to->digest, sizeof to->digest, "%s", row->sync_digest);
    return to->key != NULL ? AUTH0DB_OK : AUTH0DB_ERR_NO_MEMORY;
}

static void forget_page(looking *l)
{
    for (size_t i = 0; i < l->n_page; i++)
        a0_free(l->page[i].key);
    l->n_page = 0;
}

static int look_at_page(looking *l, auth0db_error *err)
{
    a0_slice keys[PAGE];
    for (size_t i = 0; i < l->n_page; i++)
        keys[i] = (a0_slice){l->page[i].key, strlen(l->page[i].key)};
    const a0_scan_options options = {.since_login = A0_NO_TIME, .keys = keys, .n_keys = l->n_page};
    return l->n_page > 0 ? scan(l, &options, count_step, err) : AUTH0DB_OK;
}

static int look_at_links(looking *l, auth0db_error *err)
{
    char *after = NULL;
    bool more = true;
    int rc = AUTH0DB_OK;
    while (rc == AUTH0DB_OK && more) {
        rc = a0_store_links(l->bulk->store, NULL, after != NULL ? after : "", PAGE, take_link, l,
                            err);
        if (rc == AUTH0DB_ERR_NO_MEMORY)
            rc = a0_error_no_memory(err);
        if (rc == AUTH0DB_OK)
            rc = look_at_page(l, err);
        more = l->n_page == PAGE;
        if (rc == AUTH0DB_OK && more) {
            a0_free(after);
            after = a0_strdup(l->page[l->n_page - 1].key);
            rc = after != NULL ? rc : a0_error_no_memory(err);
        }
        forget_page(l);
    }
    a0_free(after);
    return rc;
}

/* --- the report ------------------------------------------------------------------------------- */

static void tell(json_t *list, const char *why, const char *reason, uint64_t users,
                 const char *cure)
{
    if (users > 0)
        json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:s}", "why", why, "reason", reason,
                                              "users", (json_int_t)users, "cure", cure));
}

static json_t *in_the_way(const counts *n)
{
    json_t *list = json_array();
    tell(list, "not-moved", "", n->never_came, "a login or `auth0db import` moves them");
    for (size_t i = 0; i < n->n_held; i++)
        tell(list, "held-back", n->held[i].reason, n->held[i].users,
             "`auth0db holdouts` names them, `auth0db resolve` or `auth0db remind` settles them");
    tell(list, "in-import", "", n->in_import, "`auth0db settle` records what became of them");
    tell(list, "reminded", "", n->reminded,
         "they have not set a password: `auth0db remind --list`");
    tell(list, "out-of-step", "", n->out_of_step,
         "their newest password is on the site alone: their next login tells Auth0");
    return list;
}

int auth0db_bulk_switch_over(auth0db_bulk *bulk, auth0db_error *err)
{
    const a0_scan_options everybody = {.since_login = A0_NO_TIME, .with_state = true};
    looking *l = a0_alloc(sizeof *l);
    if (l == NULL)
        return a0_error_no_memory(err);
    l->bulk = bulk;
    l->progress = (a0_progress){.bulk = bulk, .phase = "users"};
    int rc = a0_store_check(bulk->store, false, err);
    if (rc == AUTH0DB_OK)
        rc = a0_store_count_users(bulk->store, false, &l->progress.total, err);
    if (rc == AUTH0DB_OK)
        rc = scan(l, &everybody, count_user, err);
    if (rc == AUTH0DB_OK)
        rc = look_at_links(l, err);
    if (rc == AUTH0DB_OK) {
        json_t *list = in_the_way(&l->n);
        rc = a0_bulk_event(bulk,
                           json_pack("{s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:o}", "event", "report",
                                     "run", "switch-over", "ready", json_array_size(list) == 0,
                                     "users", (json_int_t)l->n.users, "moved",
                                     (json_int_t)l->n.linked, "inactive", (json_int_t)l->n.inactive,
                                     "no_password", (json_int_t)l->n.no_password, "in_the_way",
                                     list),
                           err);
    }
    forget_page(l);
    a0_free(l);
    return rc;
}
