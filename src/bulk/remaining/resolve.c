/* auth0db resolve: what a person decides about users who are held back. Who decided what goes on
 * record in one transaction with what it changes. It chooses nobody by itself: where a name means
 * several users, or somebody has moved already, it refuses. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "bulk/assess/shared.h"
#include "bulk/users.h"
#include "model/email.h"
#include "store/values.h"

enum { ACTOR_MAX = 150, KEYS_MAX = 500 };

/* A user as it was read, in texts of our own. */
typedef struct person {
    char *key, *username, *email;
    char digest[AUTH0DB_FINGERPRINT_SIZE];
    bool linked, claimed;
    json_t *told;
} person;

typedef struct people {
    person all[KEYS_MAX];
    size_t n;
} people;

typedef struct resolving {
    auth0db_bulk *bulk;
    auth0db_resolve_options options;
    char actor[ACTOR_MAX + 1];
    people found;  /* who is named */
    people others; /* who shares its e-mail */
} resolving;

static int refuse(auth0db_error *err, const char *option, const char *why)
{
    return a0_error_set(err, AUTH0DB_ERR_OPTION, option, "%s", why);
}

/* --- reading users ---------------------------------------------------------------------------- */

static void forget(people *p)
{
    for (size_t i = 0; i < p->n; i++) {
        a0_free(p->all[i].key);
        a0_free(p->all[i].username);
        a0_free(p->all[i].email);
        json_decref(p->all[i].told);
    }
    p->n = 0;
}

static void report_held(void *ctx, const auth0db_held *held)
{
    json_t **told = ctx;
    *told = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b}", "key", held->key, "username",
                      held->username, "email", held->email, "last_login", held->last_login,
                      "joined", held->joined, "active", held->active, "staff", held->staff,
                      "superuser", held->superuser);
}

static char *copy(a0_slice text)
{
    return a0_strndup(text.data != NULL ? text.data : "", text.len);
}

static int take(void *ctx, const a0_record *record, auth0db_error *err)
{
    people *p = ctx;
    /* More than can be settled at once; whoever needs to know compares the number. */
    if (p->n == KEYS_MAX)
        return AUTH0DB_OK;
    person *one = &p->all[p->n++];
    *one = (person){.key = copy(record->key),
                    .username = copy(record->username),
                    .email = copy(record->email),
                    .linked = record->linked,
                    .claimed = record->claimed};
    a0_bulk_digest(record, one->digest);
    bool ok = one->key != NULL && one->username != NULL && one->email != NULL &&
              a0_report_held(report_held, &one->told, record, "", "") && one->told != NULL;
    return ok ? AUTH0DB_OK : a0_error_no_memory(err);
}

static int read_users(people *to, a0_store *store, const a0_slice *keys, size_t n,
                      auth0db_error *err)
{
    const a0_scan_options options = {.since_login = A0_NO_TIME,
                                     .with_state = true,
                                     .with_details = true,
                                     .keys = keys,
                                     .n_keys = n};
    return a0_users_some(store, &options, take, to, err);
}

typedef struct key_list {
    char *keys[KEYS_MAX];
    size_t n;
} key_list;

static int note_key(void *ctx, a0_slice key)
{
    key_list *list = ctx;
    if (list->n == KEYS_MAX)
        return AUTH0DB_OK;
    list->keys[list->n] = copy(key);
    return list->keys[list->n] != NULL && ++list->n > 0 ? AUTH0DB_OK : AUTH0DB_ERR_NO_MEMORY;
}

static int read_alike(people *to, a0_store *store, a0_user_column column, const char *text,
                      auth0db_error *err)
{
    a0_slice keys[KEYS_MAX];
    key_list *list = a0_alloc(sizeof *list);
    if (list == NULL)
        return a0_error_no_memory(err);
    int rc = a0_store_alike(store, column, text, note_key, list, err);
    if (rc == AUTH0DB_ERR_NO_MEMORY)
        rc = a0_error_no_memory(err);
    for (size_t i = 0; i < list->n; i++)
        keys[i] = (a0_slice){list->keys[i], strlen(list->keys[i])};
    if (rc == AUTH0DB_OK)
        rc = read_users(to, store, keys, list->n, err);
    for (size_t i = 0; i < list->n; i++)
        a0_free(list->keys[i]);
    a0_free(list);
    return rc;
}

/* --- who is meant ----------------------------------------------------------------------------- */

/* A database compares keys as its column's type, and refuses text that is none. What cannot be a
 * key is looked for by name and e-mail alone. */
static bool may_be_key(const a0_site_map *map, a0_slice text)
{
    int64_t number;
    if (map->key_type == A0_KEY_INTEGER)
        return a0_integer_parse(text, &number);
    return map->key_type == A0_KEY_STRING ||
           (text.len == A0_UUID_LEN &&
            strspn(text.data, "0123456789abcdef-") == (size_t)A0_UUID_LEN);
}

static void drop(people *p, size_t i)
{
    people one = {.n = 1};
    one.all[0] = p->all[i];
    forget(&one);
    memmove(&p->all[i], &p->all[i + 1], (p->n - i - 1) * sizeof p->all[0]);
    p->n--;
}

/* A database finds more than was said (a collation ignores case, a user is found twice). */
static void keep_those_meant(people *p, const char *user)
{
    for (size_t i = p->n; i-- > 0;) {
        const person *one = &p->all[i];
        bool meant = strcmp(one->key, user) == 0 || strcmp(one->username, user) == 0 ||
                     a0_ascii_equal_ignoring_case(one->email, user);
        for (size_t k = 0; k < i && meant; k++)
            meant = strcmp(p->all[k].key, one->key) != 0;
        if (!meant)
            drop(p, i);
    }
}

/* By key, name and e-mail, all three: that only one user is meant must be known before anything is
 * written. */
static int find_user(resolving *r, const char *option, auth0db_error *err)
{
    const char *user = r->options.user;
    const a0_slice key = {user, strlen(user)};
    a0_store *store = r->bulk->store;
    int rc = AUTH0DB_OK;
    if (may_be_key(a0_store_map(store), key))
        rc = read_users(&r->found, store, &key, 1, err);
    if (rc == AUTH0DB_OK)
        rc = read_alike(&r->found, store, A0_USER_NAME, user, err);
    if (rc == AUTH0DB_OK)
        rc = read_alike(&r->found, store, A0_USER_EMAIL, user, err);
    if (rc != AUTH0DB_OK)
        return rc;
    keep_those_meant(&r->found, user);
    if (r->found.n == 0)
        return refuse(err, option, "there is no such user");
    if (r->found.n > 1)
        return refuse(err, option, "this names several users: say the key of one");
    /* Nobody is held back any more: a decision now would be about nothing, or go past a batch that
     * is under way. */
    if (r->found.all[0].linked)
        return refuse(err, option, "the user has moved already");
    if (r->found.all[0].claimed)
        return refuse(err, option, "the user is in an import that is not settled: auth0db settle");
    return AUTH0DB_OK;
}

/* --- the report ------------------------------------------------------------------------------- */

/* With everybody who has the same e-mail: a decision for one is a decision about the others. */
static int report(resolving *r, const char *action, uint64_t users, auth0db_error *err)
{
    json_t *others = json_array();
    json_t *user = r->found.n > 0 ? json_incref(r->found.all[0].told) : json_null();
    for (size_t i = 0; others != NULL && i < r->others.n; i++)
        json_array_append(others, r->others.all[i].told);
    return a0_bulk_event(r->bulk,
                         json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:I, s:b}", "event", "report",
                                   "run", "resolve", "action", action, "user", user, "others",
                                   others, "value",
                                   r->options.value != NULL ? r->options.value : "", "users",
                                   (json_int_t)users, "dry_run", r->options.dry_run),
                         err);
}

/* --- keep ------------------------------------------------------------------------------------- */

/* A decision is about the whole group. Where one of it has the e-mail at Auth0 already, to keep
 * another one could move nobody. */
static int find_others(resolving *r, auth0db_error *err)
{
    const person *kept = &r->found.all[0];
    if (!a0_email_is_sendable(kept->email, strlen(kept->email)))
        return refuse(err, "--keep", "the user has no e-mail that Auth0 takes");
    int rc = read_alike(&r->others, r->bulk->store, A0_USER_EMAIL, kept->email, err);
    if (rc != AUTH0DB_OK)
        return rc;
    if (r->others.n == KEYS_MAX)
        return refuse(err, "--keep", "more users share this e-mail than can be settled at once");
    /* From the end, since rows are dropped on the way. */
    for (size_t i = r->others.n; i-- > 0;) {
        const person *other = &r->others.all[i];
        if (strcmp(other->key, kept->key) == 0)
            drop(&r->others, i);
        else if (other->linked || other->claimed)
            return a0_error_set(err, AUTH0DB_ERR_OPTION, "--keep",
                                "user %.64s has moved with this e-mail: give this one another",
                                other->key);
    }
    return r->others.n > 0 ? AUTH0DB_OK
                           : refuse(err, "--keep", "nobody else has this user's e-mail");
}

static int write_keep(resolving *r, auth0db_error *err)
{
    const person *kept = &r->found.all[0];
    a0_settlement rows[KEYS_MAX];
    char *email = a0_strdup(kept->email);
    if (email == NULL)
        return a0_error_no_memory(err);
    a0_ascii_lower(email);
    for (size_t i = 0; i < r->others.n; i++)
        rows[i] = (a0_settlement){
            .key = r->others.all[i].key,
            .what = A0_SETTLE_HOLD,
            .reason = auth0db_holdout_name(AUTH0DB_HOLDOUT_DUPLICATE_EMAIL),
            .detail = A0_DETAIL_OTHER_KEPT,
            .hash_digest = r->others.all[i].digest,
        };
    int rc = a0_store_resolve(r->bulk->store, &(a0_resolution){kept->key, "keep", email, r->actor},
                              NULL, rows, r->others.n, err);
    a0_free(email);
    return rc;
}

/* Everything that can be wrong is looked at before anything is written; a dry run ends there. */
static int keep(resolving *r, auth0db_error *err)
{
    int rc = find_user(r, "--keep", err);
    if (rc == AUTH0DB_OK)
        rc = find_others(r, err);
    if (rc == AUTH0DB_OK && !r->options.dry_run)
        rc = write_keep(r, err);
    return rc == AUTH0DB_OK ? report(r, "keep", 1, err) : rc;
}

/* --- another e-mail ----------------------------------------------------------------------------
 */

/* Shared ignoring case, as Auth0 does: else the user would be held back again under the new one. */
static int check_email(resolving *r, auth0db_error *err)
{
    const char *email = r->options.value;
    const person *user = &r->found.all[0];
    if (!a0_email_is_sendable(email, strlen(email)))
        return refuse(err, "--email", "is not an e-mail that Auth0 takes");
    if (strcmp(user->email, email) == 0)
        return refuse(err, "--email", "is the user's e-mail already");
    int rc = read_alike(&r->others, r->bulk->store, A0_USER_EMAIL, email, err);
    for (size_t i = 0; rc == AUTH0DB_OK && i < r->others.n; i++) {
        if (strcmp(r->others.all[i].key, user->key) != 0)
            rc = refuse(err, "--email", "another user has this e-mail");
    }
    forget(&r->others);
    return rc;
}

static int give_email(resolving *r, auth0db_error *err)
{
    int rc = find_user(r, "--email", err);
    if (rc == AUTH0DB_OK)
        rc = check_email(r, err);
    if (rc == AUTH0DB_OK && !r->options.dry_run) {
        const a0_resolution resolution = {r->found.all[0].key, "email", r->options.value, r->actor};
        /* With the e-mail as it was shown: where it has changed since, the person has decided about
         * another one. */
        rc = a0_store_resolve(r->bulk->store, &resolution, r->found.all[0].email, NULL, 0, err);
    }
    return rc == AUTH0DB_OK ? report(r, "email", 1, err) : rc;
}

/* --- again ------------------------------------------------------------------------------------ */

typedef struct counting {
    const char *reason;
    uint64_t users;
} counting;

static int count(void *ctx, const char *what, const char *name, uint64_t n)
{
    counting *c = ctx;
    if (strcmp(what, "holdouts") == 0 && strcmp(name, c->reason) == 0)
        c->users += n;
    return AUTH0DB_OK;
}

static int retry(resolving *r, auth0db_error *err)
{
    counting counted = {.reason = r->options.value};
    int rc = a0_check_reason(counted.reason, "--retry", err);
    if (rc == AUTH0DB_OK && r->options.dry_run)
        rc = a0_store_counts(r->bulk->store, count, &counted, err);
    else if (rc == AUTH0DB_OK)
        rc = a0_store_retry(r->bulk->store, counted.reason, r->actor, &counted.users, err);
    return rc == AUTH0DB_OK ? report(r, "retry", counted.users, err) : rc;
}

static int begin(resolving *r, auth0db_bulk *bulk, const auth0db_resolve_options *options,
                 auth0db_error *err)
{
    auth0db_resolve_options *o = &r->options;
    if (options == NULL || options->size < offsetof(auth0db_resolve_options, dry_run))
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "size", "is not the size of the options");
    memcpy(o, options, options->size < sizeof *o ? options->size : sizeof *o);
    if ((o->action != AUTH0DB_RESOLVE_RETRY && o->user == NULL) ||
        (o->action != AUTH0DB_RESOLVE_KEEP && o->value == NULL))
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "", "a user or a value is missing");
    snprintf(r->actor, sizeof r->actor, "%s", o->actor != NULL ? o->actor : "");
    r->bulk = bulk;
    return a0_store_check(bulk->store, true, err);
}

int auth0db_bulk_resolve(auth0db_bulk *bulk, const auth0db_resolve_options *options,
                         auth0db_error *err)
{
    static int (*const actions[])(resolving *, auth0db_error *) = {
        [AUTH0DB_RESOLVE_KEEP] = keep,
        [AUTH0DB_RESOLVE_EMAIL] = give_email,
        [AUTH0DB_RESOLVE_RETRY] = retry,
    };
    resolving *r = a0_alloc(sizeof *r);
    if (r == NULL)
        return a0_error_no_memory(err);
    int rc = begin(r, bulk, options, err);
    if (rc == AUTH0DB_OK)
        rc = actions[r->options.action](r, err);
    forget(&r->found);
    forget(&r->others);
    a0_free(r);
    return rc;
}
