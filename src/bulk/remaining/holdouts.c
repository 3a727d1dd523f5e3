/* auth0db holdouts: who is held back, as it is on record, with what helps to decide about them. It
 * decides nothing: that is for the person who reads it, and resolve.c.
 *
 * Of accounts that share an e-mail one has to be chosen, so they are shown together. The database
 * has no index to find them by, so their e-mails are noted on the way and the site is read once
 * more: memory for those who share, never for the site. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "bulk/users.h"

enum { PAGE = 500 };

/* An account of a group, or only an e-mail. */
typedef struct account {
    char *email; /* in lower case */
    char *key, *shown_email, *username, *reason, *detail, *last_login, *joined;
    bool active, staff, superuser;
    size_t order; /* of their keys */
} account;

typedef struct accounts {
    account *all;
    size_t n, cap;
} accounts;

typedef struct held_row {
    char *key, *reason, *detail;
} held_row;

typedef struct listing {
    auth0db_bulk *bulk;
    auth0db_held_fn held;
    void *held_ctx;
    held_row page[PAGE];
    size_t n;
    accounts shared;         /* e-mails of which somebody is held back for sharing */
    accounts groups;         /* everybody who has one of them */
    const account *of_group; /* being noted */
    bool any_reason;
} listing;

/* --- lists ------------------------------------------------------------------------------------ */

static void clear_account(account *a)
{
    char *const texts[] = {a->email,  a->key,    a->shown_email, a->username,
                           a->reason, a->detail, a->last_login,  a->joined};
    for (size_t i = 0; i < A0_COUNT(texts); i++)
        a0_free(texts[i]);
}

static void clear_accounts(accounts *list)
{
    for (size_t i = 0; i < list->n; i++)
        clear_account(&list->all[i]);
    a0_free(list->all);
    *list = (accounts){0};
}

static account *append(accounts *list)
{
    if (list->n == list->cap) {
        size_t cap = list->cap > 0 ? 2 * list->cap : 64;
        account *all = a0_alloc_array(cap, sizeof *all);
        if (all == NULL)
            return NULL;
        if (list->n > 0)
            memcpy(all, list->all, list->n * sizeof *all);
        a0_free(list->all);
        list->all = all;
        list->cap = cap;
    }
    list->all[list->n] = (account){.order = list->n};
    return &list->all[list->n++];
}

static char *lower(a0_slice email)
{
    char *copy = a0_strndup(email.data, email.len);
    if (copy != NULL)
        a0_ascii_lower(copy);
    return copy;
}

/* Within a group in the order of the keys, so that two runs show the same. */
static int by_email(const void *a, const void *b)
{
    const account *x = a, *y = b;
    int order = strcmp(x->email, y->email);
    return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

static void sort(accounts *list)
{
    if (list->n > 1)
        qsort(list->all, list->n, sizeof *list->all, by_email);
}

/* Of a sorted list. */
static const account *find(const accounts *list, const char *email)
{
    size_t low = 0, high = list->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(list->all[middle].email, email) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list->n && strcmp(list->all[low].email, email) == 0 ? &list->all[low] : NULL;
}

/* --- one page of holdouts --------------------------------------------------------------------- */

static void forget_page(listing *l)
{
    for (size_t i = 0; i < l->n; i++) {
        a0_free(l->page[i].key);
        a0_free(l->page[i].reason);
        a0_free(l->page[i].detail);
    }
    l->n = 0;
}

/* A page of holdouts is read whole before its users are: no two statements are open at once. */
static int take_row(void *ctx, const a0_holdout_row *row)
{
    listing *l = ctx;
    held_row *to = &l->page[l->n++];
    *to = (held_row){a0_strdup(row->key), a0_strdup(row->reason), a0_strdup(row->detail)};
    return to->key != NULL && to->reason != NULL && to->detail != NULL ? AUTH0DB_OK
                                                                       : AUTH0DB_ERR_NO_MEMORY;
}

static bool shares_email(const char *reason)
{
    return strcmp(reason, auth0db_holdout_name(AUTH0DB_HOLDOUT_DUPLICATE_EMAIL)) == 0;
}

/* Told now, or with the others of its group. False: no memory. A user without an e-mail is in no
 * group, whatever was recorded once. */
static bool report_row(listing *l, const held_row *row, const a0_record *record)
{
    if (!shares_email(row->reason) || record->email.len == 0)
        return a0_report_held(l->held, l->held_ctx, record, row->reason, row->detail);
    account *shared = append(&l->shared);
    if (shared == NULL)
        return false;
    shared->email = lower(record->email);
    shared->key = a0_strdup(row->key);
    shared->detail = a0_strdup(row->detail);
    return shared->email != NULL && shared->key != NULL && shared->detail != NULL;
}

static int report_user(void *ctx, const a0_record *record, auth0db_error *err)
{
    listing *l = ctx;
    for (size_t i = 0; i < l->n; i++) {
        const held_row *row = &l->page[i];
        if (strlen(row->key) == record->key.len &&
            memcmp(row->key, record->key.data, record->key.len) == 0)
            return report_row(l, row, record) ? AUTH0DB_OK : a0_error_no_memory(err);
    }
    return AUTH0DB_OK;
}

static int list_page(listing *l, auth0db_error *err)
{
    a0_slice keys[PAGE];
    for (size_t i = 0; i < l->n; i++)
        keys[i] = (a0_slice){l->page[i].key, strlen(l->page[i].key)};
    const a0_scan_options options = {
        .since_login = A0_NO_TIME, .with_details = true, .keys = keys, .n_keys = l->n};
    int rc = a0_users_some(l->bulk->store, &options, report_user, l, err);
    return rc == AUTH0DB_OK ? a0_bulk_go_on(l->bulk, err) : rc;
}

static int list_rows(listing *l, const char *reason, auth0db_error *err)
{
    char *after = NULL;
    bool more = true;
    int rc = AUTH0DB_OK;
    while (rc == AUTH0DB_OK && more) {
        rc = a0_store_holdouts(l->bulk->store, reason, after != NULL ? after : "", PAGE, take_row,
                               l, err);
        if (rc == AUTH0DB_ERR_NO_MEMORY)
            rc = a0_error_no_memory(err);
        if (rc == AUTH0DB_OK)
            rc = list_page(l, err);
        more = l->n == PAGE;
        if (rc == AUTH0DB_OK && more) {
            a0_free(after);
            after = a0_strdup(l->page[l->n - 1].key);
            rc = after != NULL ? rc : a0_error_no_memory(err);
        }
        forget_page(l);
    }
    a0_free(after);
    return rc;
}

/* --- accounts side by side ----------------------------------------------------------------------
 */

static const char *state_of(const a0_record *record)
{
    return record->linked ? "moved" : record->claimed ? "in an import" : "";
}

/* As auth0db_held_fn: the text of a member, made fit to print already. */
static void note_member(void *ctx, const auth0db_held *held)
{
    listing *l = ctx;
    account *a = append(&l->groups);
    if (a == NULL)
        return;
    *a = (account){
        .email = a0_strdup(l->of_group->email),
        .key = a0_strdup(held->key),
        .shown_email = a0_strdup(held->email),
        .username = a0_strdup(held->username),
        .reason = a0_strdup(held->reason),
        .detail = a0_strdup(held->detail),
        .last_login = a0_strdup(held->last_login),
        .joined = a0_strdup(held->joined),
        .active = held->active,
        .staff = held->staff,
        .superuser = held->superuser,
        .order = a->order,
    };
}

static bool is_whole(const account *a)
{
    return a->email != NULL && a->key != NULL && a->shown_email != NULL && a->username != NULL &&
           a->reason != NULL && a->detail != NULL && a->last_login != NULL && a->joined != NULL;
}

/* The entry of `first`'s group that is this very user; NULL: it is not held back for sharing. */
static const account *entry_of(const accounts *list, const account *first, a0_slice key)
{
    for (const account *a = first; a < list->all + list->n; a++) {
        if (strcmp(a->email, first->email) != 0)
            break;
        if (strlen(a->key) == key.len && memcmp(a->key, key.data, key.len) == 0)
            return a;
    }
    return NULL;
}

/* Members who are not held back for sharing are shown all the same: whoever chooses must see the
 * one who has moved already. */
static bool note_if_of_group(listing *l, const char *email, const a0_record *record)
{
    l->of_group = find(&l->shared, email);
    if (l->of_group == NULL)
        return true;
    const account *held = entry_of(&l->shared, l->of_group, record->key);
    const bool other_reason = held == NULL && record->holdout.data != NULL;
    const size_t before = l->groups.n;
    if (other_reason && l->any_reason)
        return true; /* told already */
    bool ok =
        held != NULL
            ? a0_report_held(note_member, l, record,
                             auth0db_holdout_name(AUTH0DB_HOLDOUT_DUPLICATE_EMAIL), held->detail)
            : a0_report_held(note_member, l, record, "",
                             other_reason ? "held back for another reason" : state_of(record));
    return ok && l->groups.n > before && is_whole(&l->groups.all[l->groups.n - 1]);
}

static int look_for_member(void *ctx, const a0_record *record, auth0db_error *err)
{
    listing *l = ctx;
    if (record->email.len == 0)
        return AUTH0DB_OK;
    char *email = lower(record->email);
    bool ok = email != NULL && note_if_of_group(l, email, record);
    a0_free(email);
    return ok ? AUTH0DB_OK : a0_error_no_memory(err);
}

static void emit_member(listing *l, const account *a)
{
    l->held(l->held_ctx, &(auth0db_held){.key = a->key,
                                         .username = a->username,
                                         .email = a->shown_email,
                                         .reason = a->reason,
                                         .detail = a->detail,
                                         .last_login = a->last_login,
                                         .joined = a->joined,
                                         .active = a->active,
                                         .staff = a->staff,
                                         .superuser = a->superuser});
}

/* Nobody shares an e-mail: then the site is not read a second time. */
static int list_groups(listing *l, auth0db_error *err)
{
    const a0_scan_options everybody = {
        .since_login = A0_NO_TIME, .with_state = true, .with_details = true};
    if (l->shared.n == 0)
        return AUTH0DB_OK;
    sort(&l->shared);
    int rc = a0_users_all(l->bulk, &everybody, "holdouts", look_for_member, l, err);
    if (rc == AUTH0DB_OK)
        sort(&l->groups);
    for (size_t i = 0; i < l->groups.n && rc == AUTH0DB_OK; i++)
        emit_member(l, &l->groups.all[i]);
    return rc;
}

int auth0db_bulk_holdouts(auth0db_bulk *bulk, const char *reason, auth0db_held_fn held,
                          void *held_ctx, auth0db_error *err)
{
    /* A misspelt reason would list nobody, and look like good news. */
    if (reason != NULL && a0_check_reason(reason, "--reason", err) != AUTH0DB_OK)
        return AUTH0DB_ERR_OPTION;
    listing *l = a0_alloc(sizeof *l);
    if (l == NULL)
        return a0_error_no_memory(err);
    *l = (listing){.bulk = bulk, .held = held, .held_ctx = held_ctx, .any_reason = reason == NULL};
    int rc = a0_store_check(bulk->store, false, err);
    if (rc == AUTH0DB_OK)
        rc = list_rows(l, reason, err);
    if (rc == AUTH0DB_OK)
        rc = list_groups(l, err);
    forget_page(l);
    clear_accounts(&l->shared);
    clear_accounts(&l->groups);
    a0_free(l);
    return rc;
}
