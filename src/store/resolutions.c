/* Resolutions: what was decided about users who were held back, recorded together with what
 * follows from it, in one transaction: a decision without its effect, or the other way, could not
 * be told from a mistake. Who may decide what is bulk/remaining's to say. */
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "store/store_int.h"

enum { PAGE = 1000 };

static a0_slice slice(const char *text)
{
    return (a0_slice){text, strlen(text)};
}

/* --- finding users ---------------------------------------------------------------------------- */

/* On MariaDB the column's collation says whether a comparison folds. Where it does not, lower()
 * does, without an index: slower, and nobody is missed. */
static int column_folds(a0_store *store, bool *folds, auth0db_error *err)
{
    a0_sql sql = A0_SQL(store);
    a0_rows *rows = NULL;
    *folds = true;
    if (store->engine->folds == NULL)
        return AUTH0DB_OK;
    store->engine->folds(&sql, store->map.email);
    int rc = a0_sql_query(&sql, &rows, err);
    if (rc == AUTH0DB_OK)
        rc = a0_rows_next(rows, folds, err);
    a0_rows_end(rows);
    return rc;
}

/* "SELECT key, email ... WHERE ...": who has this e-mail as the database folds it, by the index
 * that `manage.py auth0_index` makes. It folds more than an e-mail's case (the Kelvin sign is a k):
 * read the column and compare. */
static int select_email(a0_sql *sql, a0_store *store, const char *email, auth0db_error *err)
{
    const a0_site_map *map = &store->map;
    bool folds;
    int rc = column_folds(store, &folds, err);
    const char *const *around = folds ? store->dialect.folded : store->dialect.lower;
    a0_sql_put(sql, "SELECT u.@, u.@ FROM @ u WHERE ", map->key, map->email, map->users);
    a0_sql_put(sql, around[0]);
    a0_sql_column(sql, 'u', map->email);
    a0_sql_put(sql, around[1]);
    a0_sql_put(sql, " = ");
    a0_sql_put(sql, around[0]);
    a0_sql_text(sql, email);
    a0_sql_put(sql, around[1]);
    return rc;
}

static int select_alike(a0_sql *sql, a0_store *store, a0_user_column column, const char *text,
                        auth0db_error *err)
{
    const a0_site_map *map = &store->map;
    int rc = AUTH0DB_OK;
    if (column == A0_USER_EMAIL) {
        rc = select_email(sql, store, text, err);
    } else {
        a0_sql_put(sql, "SELECT u.@, u.@ FROM @ u WHERE u.@ = ", map->key, map->username,
                   map->users, map->username);
        a0_sql_text(sql, text);
    }
    a0_sql_put(sql, " ORDER BY u.@ LIMIT ", map->key);
    a0_sql_int(sql, A0_ALIKE_MAX);
    return rc;
}

int a0_store_alike(a0_store *store, a0_user_column column, const char *text, a0_key_fn each,
                   void *ctx, auth0db_error *err)
{
    const char *name = column == A0_USER_EMAIL ? store->map.email : store->map.username;
    char buf[A0_NAME_SIZE];
    a0_sql sql = A0_SQL(store);
    a0_rows *rows = NULL;
    int rc = a0_store_need_sql(store, err);
    /* An empty e-mail is nobody's: by it all users without one would be alike. */
    if (rc != AUTH0DB_OK || name[0] == '\0' || text[0] == '\0')
        return rc;
    rc = select_alike(&sql, store, column, text, err);
    if (rc == AUTH0DB_OK)
        rc = a0_sql_query(&sql, &rows, err);
    for (bool more = true; rc == AUTH0DB_OK && more;) {
        rc = a0_rows_next(rows, &more, err);
        if (rc == AUTH0DB_OK && more &&
            (column != A0_USER_EMAIL || a0_ascii_equal_ignoring_case(a0_rows_text(rows, 1), text)))
            rc = each(ctx, a0_key_out(store, store->engine->column(rows, 0), buf));
    }
    a0_rows_end(rows);
    a0_sql_clear(&sql);
    return rc;
}

/* --- recording -------------------------------------------------------------------------------- */

typedef struct resolving {
    const a0_resolution *resolution;
    const char *old_email;
    const a0_settlement *others;
    size_t n;
    uint64_t released;
} resolving;

static void put_columns(a0_sql *sql)
{
    a0_sql_put(sql, "INSERT INTO @ (@, @, @, @, @) ", sql->store->map.resolutions, "user_id",
               "action", "value", "actor", "created");
}

static void put_words(a0_sql *sql, const a0_resolution *r)
{
    const char *const words[] = {r->action, r->value, r->actor};
    for (size_t i = 0; i < A0_COUNT(words); i++) {
        a0_sql_put(sql, ", ");
        a0_sql_text(sql, words[i]);
    }
    a0_sql_put(sql, ", ");
    a0_sql_time(sql, a0_store_now());
}

static int record(a0_store *store, const a0_resolution *r, auth0db_error *err)
{
    a0_sql sql = A0_SQL(store);
    put_columns(&sql);
    a0_sql_put(&sql, "VALUES (");
    a0_sql_key(&sql, slice(r->key));
    put_words(&sql, r);
    a0_sql_put(&sql, ")");
    return a0_sql_run(&sql, NULL, err);
}

/* Case apart, for Auth0 keeps addresses in small letters: two that differ in case alone are one
 * there. */
static int is_taken(a0_store *store, const a0_resolution *r, bool *taken, auth0db_error *err)
{
    a0_sql sql = A0_SQL(store);
    a0_rows *rows = NULL;
    int rc = select_email(&sql, store, r->value, err);
    a0_sql_put(&sql, " AND u.@ <> ", store->map.key);
    a0_sql_key(&sql, slice(r->key));
    if (rc == AUTH0DB_OK)
        rc = a0_sql_query(&sql, &rows, err);
    for (bool more = true; rc == AUTH0DB_OK && more && !*taken;) {
        rc = a0_rows_next(rows, &more, err);
        *taken = rc == AUTH0DB_OK && more &&
                 a0_ascii_equal_ignoring_case(a0_rows_text(rows, 1), r->value);
    }
    a0_rows_end(rows);
    a0_sql_clear(&sql);
    return rc;
}

/* The one write to the site's own table, over the very value that was looked at. A user who has
 * changed the address meanwhile is another case than the one that was decided. */
static int write_email(a0_store *store, const resolving *work, auth0db_error *err)
{
    const a0_site_map *map = &store->map;
    const a0_resolution *r = work->resolution;
    bool taken = false;
    int64_t changed = 0;
    a0_sql sql = A0_SQL(store);
    int rc = is_taken(store, r, &taken, err);
    if (rc == AUTH0DB_OK && taken)
        rc = a0_error_set(err, AUTH0DB_ERR_OPTION, "--email", "another user has this e-mail");
    if (rc != AUTH0DB_OK)
        return rc;
    a0_sql_put(&sql, "UPDATE @ SET @ = ", map->users, map->email);
    a0_sql_text(&sql, r->value);
    a0_sql_put(&sql, " WHERE @ = ", map->key);
    a0_sql_key(&sql, slice(r->key));
    a0_sql_put(&sql, " AND @ = ", map->email);
    a0_sql_text(&sql, work->old_email);
    rc = a0_sql_run(&sql, &changed, err);
    if (rc == AUTH0DB_OK && changed != 1)
        rc = a0_error_set(err, AUTH0DB_ERR_STATE, "--email", "the user has changed meanwhile");
    return rc;
}

static int release(a0_store *store, const char *key, auth0db_error *err)
{
    a0_sql sql = A0_SQL(store);
    a0_sql_put(&sql, "DELETE FROM @ WHERE @ = ", store->map.holdouts, "user_id");
    a0_sql_key(&sql, slice(key));
    return a0_sql_run(&sql, NULL, err);
}

/* The e-mail first, since it alone can refuse. The decision is recorded last, of what has been
 * done. */
static int resolve(a0_store *store, void *ctx, auth0db_error *err)
{
    const resolving *work = ctx;
    int rc = work->old_email != NULL ? write_email(store, work, err) : AUTH0DB_OK;
    if (rc == AUTH0DB_OK)
        rc = release(store, work->resolution->key, err);
    if (rc == AUTH0DB_OK)
        rc = a0_settle_rows(store, work->others, work->n, err);
    return rc == AUTH0DB_OK ? record(store, work->resolution, err) : rc;
}

int a0_store_resolve(a0_store *store, const a0_resolution *resolution, const char *old_email,
                     const a0_settlement *others, size_t n, auth0db_error *err)
{
    resolving work = {.resolution = resolution, .old_email = old_email, .others = others, .n = n};
    int rc = a0_store_need_sql(store, err);
    return rc == AUTH0DB_OK ? a0_store_transaction(store, resolve, &work, err) : rc;
}

static void where_reason(a0_sql *sql, const a0_resolution *r, int64_t before)
{
    a0_sql_put(sql, " FROM @ WHERE @ = ", sql->store->map.holdouts, "reason");
    a0_sql_text(sql, r->value);
    a0_sql_put(sql, " AND @ <= ", "created");
    a0_sql_time(sql, before);
}

/* A user who is held back while this runs is not meant, so that nobody is released unrecorded. The
 * record is read from the very rows that the DELETE takes, and so comes first. */
static int retry(a0_store *store, void *ctx, auth0db_error *err)
{
    resolving *work = ctx;
    const int64_t now = a0_store_now();
    int64_t released = 0;
    a0_sql sql = A0_SQL(store);
    put_columns(&sql);
    a0_sql_put(&sql, "SELECT @", "user_id");
    put_words(&sql, work->resolution);
    where_reason(&sql, work->resolution, now);
    int rc = a0_sql_run(&sql, NULL, err);
    if (rc == AUTH0DB_OK) {
        a0_sql_put(&sql, "DELETE");
        where_reason(&sql, work->resolution, now);
        rc = a0_sql_run(&sql, &released, err);
    }
    work->released = released > 0 ? (uint64_t)released : 0;
    return rc;
}

int a0_store_retry(a0_store *store, const char *reason, const char *actor, uint64_t *released,
                   auth0db_error *err)
{
    const a0_resolution resolution = {.action = "retry", .value = reason, .actor = actor};
    resolving work = {.resolution = &resolution};
    int rc = a0_store_need_sql(store, err);
    if (rc == AUTH0DB_OK)
        rc = a0_store_transaction(store, retry, &work, err);
    *released = rc == AUTH0DB_OK ? work.released : 0;
    return rc;
}

/* --- who was kept ----------------------------------------------------------------------------- */

/* In the order of the decisions, for of two about one e-mail the later counts. */
static int read_keeps(a0_store *store, int64_t *after, uint64_t *n, a0_keep_fn each, void *ctx,
                      auth0db_error *err)
{
    const a0_site_map *map = &store->map;
    char buf[A0_NAME_SIZE];
    a0_sql sql = A0_SQL(store);
    a0_rows *rows = NULL;
    *n = 0;
    a0_sql_put(&sql, "SELECT r.@, r.@, r.@, u.@ FROM @ r JOIN @ u ON u.@ = r.@ WHERE r.@ = 'keep'",
               "id", "user_id", "value", map->email, map->resolutions, map->users, map->key,
               "user_id", "action");
    a0_sql_put(&sql, " AND r.@ > ", "id");
    a0_sql_int(&sql, *after);
    a0_sql_put(&sql, " ORDER BY r.@ LIMIT ", "id");
    a0_sql_int(&sql, PAGE);
    int rc = a0_sql_query(&sql, &rows, err);
    for (bool more = true; rc == AUTH0DB_OK && more;) {
        rc = a0_rows_next(rows, &more, err);
        if (rc != AUTH0DB_OK || !more)
            break;
        ++*n;
        *after = a0_rows_int(rows, 0);
        /* Who has another e-mail by now has left the group. */
        if (a0_ascii_equal_ignoring_case(a0_rows_text(rows, 2), a0_rows_text(rows, 3))) {
            a0_slice email = store->engine->column(rows, 3);
            rc = each(ctx, a0_key_out(store, store->engine->column(rows, 1), buf), email);
        }
    }
    a0_rows_end(rows);
    return rc;
}

int a0_store_keeps(a0_store *store, a0_keep_fn each, void *ctx, auth0db_error *err)
{
    bool there = false;
    int64_t after = 0;
    uint64_t n = PAGE;
    /* A plan of a file, or before our tables are made, asks too: nobody was kept there. */
    if (store->engine->dialect == NULL || store->map.email[0] == '\0')
        return AUTH0DB_OK;
    int rc = a0_store_ours(store, &there, err);
    while (rc == AUTH0DB_OK && there && n == PAGE)
        rc = read_keeps(store, &after, &n, each, ctx, err);
    return rc;
}
