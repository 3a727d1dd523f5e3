/* Our tables, and `auth0db init-db`, which makes them where no `manage.py migrate` is at hand.
 * They are the very tables of Django's migrations, down to the names of the indexes: a migration
 * of a later version finds what it looks for. */
#include "store/schema.h"

#include <stdio.h>

#include "store/store_int.h"

/* A column that came with a later version is NULL: it was added to sites at work, and an older
 * package, which does not know it, still writes rows. */
static const a0_column sites[] = {
    {"id", A0_COLUMN_SMALL_KEY},
    {"name", A0_COLUMN_VARCHAR, 64},
    {"digest_key", A0_COLUMN_VARCHAR, 64, A0_COLUMN_NULL},
    {"lives_in", A0_COLUMN_TEXT, 0, A0_COLUMN_NULL},
};
/* S6 is the database's own rule: the user is the primary key, so that each has one link, and a
 * tenant user stands in one. */
static const a0_column links[] = {
    {"user_id", A0_COLUMN_USER},
    {"auth0_id", A0_COLUMN_VARCHAR, 255, A0_COLUMN_UNIQUE},
    {"email", A0_COLUMN_VARCHAR, 254, A0_COLUMN_ADDRESS, "auth0db_link_email"},
    {"created", A0_COLUMN_TIME},
    {"lane", A0_COLUMN_VARCHAR, 16, A0_COLUMN_INDEXED, "auth0db_link_lane", "unpushed"},
    {"sync_digest", A0_COLUMN_VARCHAR, 64},
    {"tenant_mark", A0_COLUMN_VARCHAR, 40},
    {"unpushed", A0_COLUMN_VARCHAR, 32},
    {"same", A0_COLUMN_VARCHAR, 110, A0_COLUMN_NULL},
    {"replaced", A0_COLUMN_VARCHAR, 440, A0_COLUMN_NULL},
    {"told", A0_COLUMN_VARCHAR, 22, A0_COLUMN_NULL},
    {"word", A0_COLUMN_VARCHAR, 16, A0_COLUMN_NULL},
    {"word_at", A0_COLUMN_TIME, 0, A0_COLUMN_NULL},
    {"site_address", A0_COLUMN_VARCHAR, 22, A0_COLUMN_NULL},
    {"tenant_address", A0_COLUMN_VARCHAR, 22, A0_COLUMN_NULL},
    {"tenant_username", A0_COLUMN_VARCHAR, 150, A0_COLUMN_NULL},
    {"syncing", A0_COLUMN_VARCHAR, 40, A0_COLUMN_NULL},
    {"unsynced", A0_COLUMN_VARCHAR, 32, A0_COLUMN_NULL},
    {"block", A0_COLUMN_VARCHAR, 8, A0_COLUMN_NULL},
};
static const a0_column holdouts[] = {
    {"user_id", A0_COLUMN_USER},
    {"reason", A0_COLUMN_VARCHAR, 32, A0_COLUMN_INDEXED, "auth0db_holdout_reason_ce247fbe"},
    {"detail", A0_COLUMN_TEXT},
    {"hash_digest", A0_COLUMN_VARCHAR, 64},
    {"created", A0_COLUMN_TIME},
};
static const a0_column batches[] = {
    {"id", A0_COLUMN_SERIAL},
    {"external_id", A0_COLUMN_VARCHAR, 64, A0_COLUMN_UNIQUE},
    {"kind", A0_COLUMN_VARCHAR, 16},
    {"status", A0_COLUMN_VARCHAR, 16, A0_COLUMN_INDEXED, "auth0db_importbatch_status_23621fb0"},
    {"job_id", A0_COLUMN_VARCHAR, 64},
    {"owner", A0_COLUMN_VARCHAR, 128},
    {"users", A0_COLUMN_INTEGER},
    {"bytes", A0_COLUMN_BIG},
    {"linked", A0_COLUMN_INTEGER},
    {"held", A0_COLUMN_INTEGER},
    {"released", A0_COLUMN_INTEGER},
    {"created", A0_COLUMN_TIME},
    {"submitted", A0_COLUMN_TIME, 0, A0_COLUMN_NULL},
    {"settled", A0_COLUMN_TIME, 0, A0_COLUMN_NULL},
    {"seen", A0_COLUMN_TIME, 0, A0_COLUMN_NULL},
    {"detail", A0_COLUMN_TEXT},
};
/* A user is in one batch at a time, whatever importers there are: the primary key says so. */
static const a0_column claims[] = {
    {"user_id", A0_COLUMN_USER},
    {"batch_id", A0_COLUMN_BATCH, 0, A0_COLUMN_INDEXED, "auth0db_importclaim_batch_id_fb1590d0"},
    {"auth0_id", A0_COLUMN_VARCHAR, 255},
    {"email", A0_COLUMN_VARCHAR, 254},
    {"sync_digest", A0_COLUMN_VARCHAR, 64},
};
static const a0_column reminders[] = {
    {"user_id", A0_COLUMN_USER},
    {"auth0_id", A0_COLUMN_VARCHAR, 255},
    {"email", A0_COLUMN_VARCHAR, 254},
    {"channel", A0_COLUMN_VARCHAR, 16},
    {"status", A0_COLUMN_VARCHAR, 16, A0_COLUMN_INDEXED, "auth0db_reminder_status_3073f60b"},
    {"wave", A0_COLUMN_VARCHAR, 64},
    {"sync_digest", A0_COLUMN_VARCHAR, 64},
    {"created", A0_COLUMN_TIME},
    {"in_air", A0_COLUMN_TIME, 0, A0_COLUMN_NULL},
    {"sent", A0_COLUMN_TIME, 0, A0_COLUMN_NULL},
    {"detail", A0_COLUMN_TEXT},
};

static const a0_column resolutions[] = {
    {"id", A0_COLUMN_SERIAL},
    {"user_id", A0_COLUMN_OF_USER, 0, A0_COLUMN_INDEXED, "auth0db_resolution_user_id_1ee381f6"},
    {"action", A0_COLUMN_VARCHAR, 16},
    {"value", A0_COLUMN_VARCHAR, 254, A0_COLUMN_ADDRESS, "auth0db_resolution_value"},
    {"actor", A0_COLUMN_VARCHAR, 150},
    {"created", A0_COLUMN_TIME},
};

/* No foreign key: a tombstone is of somebody who is gone. */
static const a0_column tombstones[] = {
    {"id", A0_COLUMN_SERIAL},
    {"user_id", A0_COLUMN_KEY, 0, A0_COLUMN_INDEXED, "auth0db_tombstone_user", "number"},
    {"number", A0_COLUMN_INTEGER},
    {"auth0_id", A0_COLUMN_VARCHAR, 255, A0_COLUMN_INDEXED, "auth0db_tombstone_auth0_id"},
    {"created", A0_COLUMN_TIME},
    {"state", A0_COLUMN_VARCHAR, 16, A0_COLUMN_INDEXED, "auth0db_tombstone_state"},
    {"due", A0_COLUMN_TIME, 0, A0_COLUMN_NULL},
    {"tries", A0_COLUMN_INTEGER},
    {"batch", A0_COLUMN_BIG, 0, A0_COLUMN_NULL},
    {"lifted", A0_COLUMN_TIME, 0, A0_COLUMN_NULL},
};

const a0_table a0_tables[A0_TABLES] = {
    {offsetof(a0_site_map, sites), sites, A0_COUNT(sites)},
    {offsetof(a0_site_map, links), links, A0_COUNT(links)},
    {offsetof(a0_site_map, holdouts), holdouts, A0_COUNT(holdouts)},
    {offsetof(a0_site_map, batches), batches, A0_COUNT(batches)},
    {offsetof(a0_site_map, claims), claims, A0_COUNT(claims)},
    {offsetof(a0_site_map, reminders), reminders, A0_COUNT(reminders)},
    {offsetof(a0_site_map, resolutions), resolutions, A0_COUNT(resolutions)},
    {offsetof(a0_site_map, tombstones), tombstones, A0_COUNT(tombstones)},
};

const char *a0_table_name(const a0_site_map *map, const a0_table *table)
{
    return (const char *)map + table->name;
}

/* --- making them ----------------------------------------------------------------------------- */

static void column_type(a0_sql *sql, const a0_column *column, const char *key_type)
{
    const a0_column_types *types = sql->store->dialect.types;
    char varchar[32];
    snprintf(varchar, sizeof varchar, "varchar(%d)", column->size);
    const char *const words[] = {
        [A0_COLUMN_USER] = key_type,          [A0_COLUMN_OF_USER] = key_type,
        [A0_COLUMN_KEY] = key_type,           [A0_COLUMN_BATCH] = types->big,
        [A0_COLUMN_SERIAL] = types->serial,   [A0_COLUMN_SMALL_KEY] = types->small,
        [A0_COLUMN_VARCHAR] = varchar,        [A0_COLUMN_TEXT] = types->text,
        [A0_COLUMN_INTEGER] = types->integer, [A0_COLUMN_BIG] = types->big,
        [A0_COLUMN_TIME] = types->time,
    };
    a0_sql_put(sql, words[column->kind]);
    if (column->kind == A0_COLUMN_SERIAL)
        return; /* says it all */
    a0_sql_put(sql, column->more == A0_COLUMN_NULL ? " NULL" : " NOT NULL");
    if (column->kind == A0_COLUMN_USER)
        a0_sql_put(sql, " PRIMARY KEY");
    if (column->kind == A0_COLUMN_SMALL_KEY)
        a0_sql_put(sql, " PRIMARY KEY CHECK (@ >= 0)", column->name);
    if (column->more == A0_COLUMN_UNIQUE)
        a0_sql_put(sql, " UNIQUE");
}

/* At the table's end and not behind the column: MySQL reads over a REFERENCES there. */
static void foreign_key(a0_sql *sql, const a0_column *column)
{
    const a0_site_map *map = &sql->store->map;
    bool user = column->kind == A0_COLUMN_USER || column->kind == A0_COLUMN_OF_USER;
    if (!user && column->kind != A0_COLUMN_BATCH)
        return;
    a0_sql_put(sql, ", FOREIGN KEY (@) REFERENCES @ (@)", column->name,
               user ? map->users : map->batches, user ? map->key : "id");
    /* As Django makes them: a transaction of the site's may delete a user before what refers to
     * it. */
    a0_sql_put(sql, sql->store->dialect.types->deferrable);
}

/* An address as the look-ups write it (dialect.folded): an index over the column alone would serve
 * none of them. */
static void put_indexed(a0_sql *sql, const a0_column *column)
{
    const char *const *folded = sql->store->dialect.folded;
    bool address = column->more == A0_COLUMN_ADDRESS;
    a0_sql_put(sql, address ? folded[0] : "");
    a0_sql_put(sql, "@", column->name);
    a0_sql_put(sql, address ? folded[1] : "");
    if (column->second != NULL)
        a0_sql_put(sql, ", @", column->second);
}

static int create_indexes(a0_store *store, const a0_table *table, auth0db_error *err)
{
    int rc = AUTH0DB_OK;
    for (size_t i = 0; i < table->n && rc == AUTH0DB_OK; i++) {
        const a0_column *column = &table->columns[i];
        if (column->more != A0_COLUMN_INDEXED && column->more != A0_COLUMN_ADDRESS)
            continue;
        a0_sql sql = A0_SQL(store);
        a0_sql_put(&sql, "CREATE INDEX @ ON @ (", column->index, a0_table_name(&store->map, table));
        put_indexed(&sql, column);
        a0_sql_put(&sql, ")");
        rc = a0_sql_run(&sql, NULL, err);
    }
    return rc;
}

static int create_table(a0_store *store, const a0_table *table, const char *key_type,
                        auth0db_error *err)
{
    a0_sql sql = A0_SQL(store);
    a0_sql_put(&sql, "CREATE TABLE @ (", a0_table_name(&store->map, table));
    for (size_t i = 0; i < table->n; i++) {
        a0_sql_put(&sql, i > 0 ? ", @ " : "@ ", table->columns[i].name);
        column_type(&sql, &table->columns[i], key_type);
    }
    for (size_t i = 0; i < table->n; i++)
        foreign_key(&sql, &table->columns[i]);
    a0_sql_put(&sql, ")");
    a0_sql_put(&sql, store->dialect.types->table_end);
    int rc = a0_sql_run(&sql, NULL, err);
    return rc == AUTH0DB_OK ? create_indexes(store, table, err) : rc;
}

/* Asked of the database and not concluded from the site map: a foreign key needs the very type,
 * which a map tells too roughly. */
static int read_key_type(a0_store *store, char out[A0_NAME_SIZE], auth0db_error *err)
{
    a0_sql sql = A0_SQL(store);
    a0_rows *rows;
    bool more = false;
    store->engine->key_type(&sql);
    int rc = a0_sql_query(&sql, &rows, err);
    if (rc == AUTH0DB_OK)
        rc = a0_rows_next(rows, &more, err);
    if (rc == AUTH0DB_OK && more)
        a0_rows_copy(rows, 0, out, A0_NAME_SIZE);
    a0_rows_end(rows);
    if (rc == AUTH0DB_OK && !more)
        rc = a0_error_set(err, AUTH0DB_ERR_OPTION, "DATABASE_URL", "table %s has no column %s",
                          store->map.users, store->map.key);
    return rc;
}

/* Only what is missing: it may be run again, after a kill too. MariaDB commits each CREATE by
 * itself. */
static int create_missing(a0_store *store, void *ctx, auth0db_error *err)
{
    const char *key_type = ctx;
    int rc = AUTH0DB_OK;
    for (size_t i = 0; i < A0_TABLES && rc == AUTH0DB_OK; i++) {
        bool there = false;
        rc = a0_store_has(store, a0_table_name(&store->map, &a0_tables[i]), NULL, &there, err);
        if (rc == AUTH0DB_OK && !there)
            rc = create_table(store, &a0_tables[i], key_type, err);
    }
    return rc;
}

int a0_store_init(a0_store *store, auth0db_error *err)
{
    char key_type[A0_NAME_SIZE] = "";
    int rc = a0_store_need_sql(store, err);
    if (rc == AUTH0DB_OK)
        rc = read_key_type(store, key_type, err);
    if (rc == AUTH0DB_OK)
        rc = a0_store_transaction(store, create_missing, key_type, err);
    /* What was remembered of them is from before. */
    store->tables = A0_TABLES_UNKNOWN;
    return rc;
}
