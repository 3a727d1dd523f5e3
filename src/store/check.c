/* Is everything there, before anything is done? What is missing is named here, with what to do
 * about it. Found later it would be the database's own words, in the midst of a run that has moved
 * half a site. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/schema.h"
#include "store/store_int.h"

static const char ours_hint[] = "run `manage.py migrate`, or `auth0db init-db`";
static const char theirs_hint[] =
    "is it the site's database? `manage.py auth0_site` writes the map of another user model";

int a0_store_has(a0_store *store, const char *table, const char *column, bool *answer,
                 auth0db_error *err)
{
    a0_sql sql = A0_SQL(store);
    a0_rows *rows;
    store->engine->exists(&sql, table, column);
    int rc = a0_sql_query(&sql, &rows, err);
    if (rc == AUTH0DB_OK)
        rc = a0_rows_next(rows, answer, err);
    a0_rows_end(rows);
    return rc;
}

/* Asked by every scan, and so only once of the database. The table of links stands for all of
 * them: check_ours finds out where only a half of them is there. */
int a0_store_ours(a0_store *store, bool *there, auth0db_error *err)
{
    *there = store->tables == A0_TABLES_THERE;
    if (store->tables != A0_TABLES_UNKNOWN)
        return AUTH0DB_OK;
    int rc = a0_store_has(store, store->map.links, NULL, there, err);
    if (rc == AUTH0DB_OK)
        store->tables = *there ? A0_TABLES_THERE : A0_TABLES_MISSING;
    return rc;
}

/* For what reads our own tables and nothing else: the database would refuse the first statement in
 * words that help nobody. */
int a0_store_need_ours(a0_store *store, auth0db_error *err)
{
    bool there = false;
    int rc = a0_store_need_sql(store, err);
    if (rc == AUTH0DB_OK)
        rc = a0_store_ours(store, &there, err);
    if (rc != AUTH0DB_OK || there)
        return rc;
    return a0_error_set(err, AUTH0DB_ERR_STATE, "database", "has no table %s: %s", store->map.links,
                        ours_hint);
}

static int need_table(a0_store *store, const char *table, const char *hint, auth0db_error *err)
{
    bool there = false;
    int rc = a0_store_has(store, table, NULL, &there, err);
    if (rc != AUTH0DB_OK || there)
        return rc;
    return a0_error_set(err, AUTH0DB_ERR_STATE, "database", "has no table %s: %s", table, hint);
}

/* Columns that the map leaves empty are none. */
static int need_column(a0_store *store, const char *table, const char *column, const char *hint,
                       auth0db_error *err)
{
    bool there = *column == '\0';
    int rc = there ? AUTH0DB_OK : a0_store_has(store, table, column, &there, err);
    if (rc != AUTH0DB_OK || there)
        return rc;
    return a0_error_set(err, AUTH0DB_ERR_STATE, "database", "table %s has no column %s: %s", table,
                        column, hint);
}

static int check_columns(a0_store *store, const char *table, const char *const *columns, size_t n,
                         auth0db_error *err)
{
    int rc = need_table(store, table, theirs_hint, err);
    for (size_t i = 0; i < n && rc == AUTH0DB_OK; i++)
        rc = need_column(store, table, columns[i], theirs_hint, err);
    return rc;
}

static int check_users(a0_store *store, auth0db_error *err)
{
    const a0_site_map *map = &store->map;
    const char *columns[] = {map->key,        map->username,    map->email,  map->password,
                             map->given_name, map->family_name, map->active, map->staff,
                             map->superuser,  map->last_login,  map->joined};
    int rc = check_columns(store, map->users, columns, A0_COUNT(columns), err);
    /* The tables of other packages as well: the map may be older than the site, and a package be
     * gone since. */
    if (rc == AUTH0DB_OK && map->verified.table[0] != '\0') {
        const char *verified[] = {map->verified.user, map->verified.email, map->verified.verified};
        rc = check_columns(store, map->verified.table, verified, A0_COUNT(verified), err);
    }
    for (unsigned i = 0; i < map->n_mfa && rc == AUTH0DB_OK; i++) {
        const a0_mfa_source *source = &map->mfa[i];
        const char *mfa[] = {source->user, source->value,  source->confirmed, source->type,
                             source->step, source->digits, source->t0};
        rc = check_columns(store, source->table, mfa, A0_COUNT(mfa), err);
    }
    return rc;
}

/* While `migrate` brings the links of auth0db 0.1 over, who has moved would be taken for who has
 * not. */
static int check_links_of_0_1(a0_store *store, auth0db_error *err)
{
    char table[A0_NAME_SIZE + 8];
    bool there = false;
    snprintf(table, sizeof table, "%s_0_1", store->map.links);
    int rc = a0_store_has(store, table, NULL, &there, err);
    if (rc != AUTH0DB_OK || !there)
        return rc;
    return a0_error_set(
        err, AUTH0DB_ERR_STATE, "database",
        "table %s holds links of auth0db 0.1 that have not come over: run `manage.py "
        "migrate auth0db` to its end",
        table);
}

/* Columns too: the tables of an older package are all there, and lack some. */
static int check_ours(a0_store *store, auth0db_error *err)
{
    int rc = check_links_of_0_1(store, err);
    for (size_t i = 0; i < A0_TABLES && rc == AUTH0DB_OK; i++) {
        const char *table = a0_table_name(&store->map, &a0_tables[i]);
        rc = need_table(store, table, ours_hint, err);
        for (size_t k = 0; k < a0_tables[i].n && rc == AUTH0DB_OK; k++)
            rc = need_column(store, table, a0_tables[i].columns[k].name, ours_hint, err);
    }
    return rc;
}

/* May we read them? The first page says it too, but a check is asked before anything is done. */
static int try_reading(a0_store *store, auth0db_error *err)
{
    a0_scan_options options = {.limit = 1, .since_login = A0_NO_TIME, .with_state = true};
    const a0_record *row;
    a0_scan *scan;
    int rc = a0_store_scan(store, &options, &scan, err);
    if (rc == AUTH0DB_OK)
        rc = a0_scan_next(scan, &row, err);
    a0_scan_end(scan);
    return rc;
}

/* Real writes, taken back: a right that is missing, a read-only disk or a standby server show only
 * so. One row is written; in the other tables statements that touch no row are enough to ask for
 * the rights, and wait for nobody's lock on one. */
static int try_writing(a0_store *store, void *ctx, auth0db_error *err)
{
    a0_batch batch = {.kind = "check", .status = "failed"};
    snprintf(batch.external_id, sizeof batch.external_id, "check-%ld-%lld", (long)getpid(),
             (long long)a0_store_now());
    int rc = a0_batch_insert(store, &batch, err);
    for (size_t i = 0; i < A0_TABLES && rc == AUTH0DB_OK; i++) {
        const char *table = a0_table_name(&store->map, &a0_tables[i]);
        const char *first = a0_tables[i].columns[0].name;
        a0_sql sql = A0_SQL(store);
        a0_sql_put(&sql, "INSERT INTO @ SELECT * FROM @ WHERE 1 = 0", table, table);
        rc = a0_sql_run(&sql, NULL, err);
        if (rc != AUTH0DB_OK)
            break;
        a0_sql_put(&sql, "UPDATE @ SET @ = @ WHERE 1 = 0", table, first, first);
        rc = a0_sql_run(&sql, NULL, err);
        if (rc != AUTH0DB_OK)
            break;
        a0_sql_put(&sql, "DELETE FROM @ WHERE 1 = 0", table);
        rc = a0_sql_run(&sql, NULL, err);
    }
    *(int *)ctx = rc;
    return AUTH0DB_ERR_INTERRUPTED; /* so that it is rolled back */
}

static int check_writing(a0_store *store, auth0db_error *err)
{
    /* Where not even a transaction begins, try_writing is never called and has no say. */
    int rc = AUTH0DB_ERR_IO;
    auth0db_error cause = {0};
    if (a0_store_transaction(store, try_writing, &rc, &cause) != AUTH0DB_ERR_INTERRUPTED &&
        rc == AUTH0DB_OK)
        rc = AUTH0DB_ERR_IO;
    if (rc == AUTH0DB_OK)
        return rc;
    return a0_error_set(err, (auth0db_code)rc, "database", "does not take our rows: %s",
                        cause.message);
}

int a0_store_check(a0_store *store, bool for_writing, auth0db_error *err)
{
    bool ours = false;
    if (store->engine->dialect == NULL)
        return for_writing ? a0_store_need_sql(store, err) : AUTH0DB_OK;
    /* Somebody may have run `migrate` since the last look. */
    store->tables = A0_TABLES_UNKNOWN;
    int rc = check_users(store, err);
    if (rc == AUTH0DB_OK)
        rc = a0_store_ours(store, &ours, err);
    /* Before the tables are made a plan may run, as if nobody had moved. But a half of them is
     * never taken for none: then users who have moved would be counted, or imported, again. */
    if (rc == AUTH0DB_OK && (ours || for_writing))
        rc = check_ours(store, err);
    if (rc == AUTH0DB_OK)
        rc = try_reading(store, err);
    if (rc == AUTH0DB_OK && for_writing)
        rc = check_writing(store, err);
    return rc;
}
