/* Batches and claims: who takes a user, takes it for all. A claim is on record before anything is
 * sent, so that after a kill it is known of every user that a hash may be under way. What becomes
 * of the claimed is settled in settle.c. */
#include <string.h>

#include "store/store_int.h"

static int bad_batch(const a0_batch *batch, auth0db_error *err)
{
    return a0_error_set(err, AUTH0DB_ERR_STATE, "batch",
                        "batch %lld is settled, gone, or another process's", (long long)batch->id);
}

/* --- claiming -------------------------------------------------------------------------------- */

typedef struct claiming {
    a0_batch *batch;
    a0_keyed claims;
    bool *taken;
    bool any_taken;
} claiming;

/* A user who is gone is as little to be had as one who is taken; nor is another one, who was given
 * the key since and would be imported with the first one's password. */
static int find_taken(a0_store *store, claiming *work, size_t chunk, auth0db_error *err)
{
    const a0_site_map *map = &store->map;
    a0_keyed claims = a0_keyed_chunk(work->claims, chunk);
    const a0_claim *claim = claims.rows;
    bool *taken = work->taken + chunk * A0_KEYED_MAX;
    char buf[A0_NAME_SIZE];
    a0_sql sql = A0_SQL(store);
    a0_rows *rows;
    size_t hint = 0, free_ones = 0;
    /* Everybody is taken until a row says otherwise: a user whom the query does not return (deleted
     * meanwhile, a key that is spelt differently) must not be imported. */
    memset(taken, true, claims.n * sizeof *taken);
    a0_sql_put(&sql, "SELECT u.@, ", map->key);
    a0_sql_tombstones(&sql, "u", map->key);
    a0_sql_put(&sql, " FROM @ u LEFT JOIN @ l ON l.@ = u.@ LEFT JOIN @ c ON c.@ = u.@", map->users,
               map->links, "user_id", map->key, map->claims, "user_id", map->key);
    a0_sql_put(&sql, " LEFT JOIN @ r ON r.@ = u.@", map->reminders, "user_id", map->key);
    a0_sql_put(&sql, " WHERE l.@ IS NULL AND c.@ IS NULL AND r.@ IS NULL AND u.@ IN ", "user_id",
               "user_id", "user_id", map->key);
    a0_sql_keys(&sql, claims);
    /* In key order, as the claims are: a0_keyed_find goes on from its hint, and a chunk costs one
     * pass. */
    a0_sql_put(&sql, " ORDER BY u.@", map->key);
    int rc = a0_sql_query(&sql, &rows, err);
    for (bool more = true; rc == AUTH0DB_OK && more;) {
        rc = a0_rows_next(rows, &more, err);
        if (rc != AUTH0DB_OK || !more)
            continue;
        size_t at =
            a0_keyed_find(claims, a0_key_out(store, store->engine->column(rows, 0), buf), &hint);
        if (at < claims.n && taken[at] && (unsigned)a0_rows_int(rows, 1) == claim[at].tombstones) {
            taken[at] = false;
            free_ones++;
        }
    }
    a0_rows_end(rows);
    work->any_taken |= free_ones < claims.n;
    return rc;
}

static void put_claim(a0_sql *sql, const a0_claim *claim, int64_t batch)
{
    a0_sql_key(sql, (a0_slice){claim->key, strlen(claim->key)});
    a0_sql_put(sql, ", ");
    a0_sql_int(sql, batch);
    a0_sql_put(sql, ", ");
    a0_sql_text(sql, claim->auth0_id);
    a0_sql_put(sql, ", ");
    a0_sql_text(sql, claim->email);
    a0_sql_put(sql, ", ");
    a0_sql_text(sql, claim->sync_digest);
}

/* The claim's primary key is the user. Of two importers that have both found a user free the
 * second one's INSERT fails; its transaction begins anew, and then finds the user taken. */
static int insert_claims(a0_store *store, const claiming *work, size_t chunk, auth0db_error *err)
{
    a0_keyed part = a0_keyed_chunk(work->claims, chunk);
    const a0_claim *claims = part.rows;
    a0_sql sql = A0_SQL(store);
    a0_sql_put(&sql, "INSERT INTO @ (@, @, @, @, @) VALUES", store->map.claims, "user_id",
               "batch_id", "auth0_id", "email", "sync_digest");
    for (size_t i = 0; i < part.n; i++) {
        a0_sql_put(&sql, i > 0 ? ", (" : " (");
        put_claim(&sql, &claims[i], work->batch->id);
        a0_sql_put(&sql, ")");
    }
    return a0_sql_run(&sql, NULL, err);
}

/* Whoever records a reminder locks the user first (reminders.c), and a claim's foreign key waits
 * for that lock: what is found only now was recorded between our look and our claim. */
static int find_reminded(a0_store *store, const claiming *work, size_t chunk, auth0db_error *err)
{
    a0_sql sql = A0_SQL(store);
    a0_rows *rows;
    bool any = false;
    /* Where a transaction locks the whole database (SQLite) no reminder can have come in between.
     */
    if (store->dialect.locks_all)
        return AUTH0DB_OK;
    a0_sql_put(&sql, "SELECT @ FROM @ WHERE @ IN ", "user_id", store->map.reminders, "user_id");
    a0_sql_keys(&sql, a0_keyed_chunk(work->claims, chunk));
    a0_sql_put(&sql, " FOR UPDATE"); /* and so no older state is read */
    int rc = a0_sql_query(&sql, &rows, err);
    if (rc == AUTH0DB_OK)
        rc = a0_rows_next(rows, &any, err);
    a0_rows_end(rows);
    if (rc != AUTH0DB_OK || !any)
        return rc;
    /* The transaction is then taken back and begun anew; the second look finds them taken, and
     * names them. */
    store->lost_race = true;
    return a0_error_set(err, AUTH0DB_ERR_STATE, "database", "users are reminded meanwhile");
}

static void put_times(a0_sql *sql, const a0_batch *batch)
{
    const int64_t times[] = {batch->submitted, batch->settled, batch->seen};
    for (size_t i = 0; i < A0_COUNT(times); i++) {
        a0_sql_put(sql, ", ");
        a0_sql_time(sql, times[i]);
    }
}

int a0_batch_insert(a0_store *store, a0_batch *batch, auth0db_error *err)
{
    const char *texts[] = {batch->kind, batch->status, batch->job_id, batch->owner};
    const int64_t numbers[] = {batch->users, batch->bytes, batch->linked, batch->held,
                               batch->released};
    a0_sql sql = A0_SQL(store);
    if (batch->created == 0)
        batch->created = a0_store_now();
    a0_sql_put(&sql, "INSERT INTO @ (@, @, @, @, @, @, @, @, @, @, ", store->map.batches,
               "external_id", "kind", "status", "job_id", "owner", "users", "bytes", "linked",
               "held", "released");
    a0_sql_put(&sql, "@, @, @, @, @) VALUES (", "created", "submitted", "settled", "seen",
               "detail");
    a0_sql_text(&sql, batch->external_id);
    for (size_t i = 0; i < A0_COUNT(texts); i++) {
        a0_sql_put(&sql, ", ");
        a0_sql_text(&sql, texts[i]);
    }
    for (size_t i = 0; i < A0_COUNT(numbers); i++) {
        a0_sql_put(&sql, ", ");
        a0_sql_int(&sql, numbers[i]);
    }
    a0_sql_put(&sql, ", ");
    a0_sql_time(&sql, batch->created);
    put_times(&sql, batch);
    a0_sql_put(&sql, ", ");
    a0_sql_text(&sql, batch->detail);
    a0_sql_put(&sql, ")");
    return a0_sql_run(&sql, NULL, err);
}

/* By the external id, which is unique: the databases have no common way to tell the number of a
 * new row. */
static int batch_id(a0_store *store, a0_batch *batch, auth0db_error *err)
{
    a0_sql sql = A0_SQL(store);
    a0_rows *rows;
    bool more = false;
    a0_sql_put(&sql, "SELECT @ FROM @ WHERE @ = ", "id", store->map.batches, "external_id");
    a0_sql_text(&sql, batch->external_id);
    int rc = a0_sql_query(&sql, &rows, err);
    if (rc == AUTH0DB_OK)
        rc = a0_rows_next(rows, &more, err);
    if (rc == AUTH0DB_OK && more)
        batch->id = a0_rows_int(rows, 0);
    a0_rows_end(rows);
    return rc == AUTH0DB_OK && !more ? bad_batch(batch, err) : rc;
}

static int claim_all(a0_store *store, void *ctx, auth0db_error *err)
{
    claiming *work = ctx;
    int rc = AUTH0DB_OK;
    /* A transaction may be run twice (a deadlock, a lost race): what the first try has left in here
     * must not count for the second. */
    work->any_taken = false;
    work->batch->id = 0;
    for (size_t i = 0; rc == AUTH0DB_OK && a0_keyed_chunk(work->claims, i).n > 0; i++)
        rc = find_taken(store, work, i, err);
    /* All or nobody: a batch recorded without some of its users would be sent with their hashes in
     * it, since its file was made before. The caller drops them and claims again. */
    if (rc != AUTH0DB_OK || work->any_taken)
        return rc;
    rc = a0_batch_insert(store, work->batch, err);
    if (rc == AUTH0DB_OK)
        rc = batch_id(store, work->batch, err);
    for (size_t i = 0; rc == AUTH0DB_OK && a0_keyed_chunk(work->claims, i).n > 0; i++)
        rc = insert_claims(store, work, i, err);
    /* Last, and with a lock: by now our claims hold the users, so that who reminds one of them
     * either was here before and is found, or waits until we have ended and finds the claim. */
    for (size_t i = 0; rc == AUTH0DB_OK && a0_keyed_chunk(work->claims, i).n > 0; i++)
        rc = find_reminded(store, work, i, err);
    return rc;
}

int a0_store_claim(a0_store *store, a0_batch *batch, const a0_claim *claims, size_t n, bool *taken,
                   auth0db_error *err)
{
    claiming work = {.batch = batch, .claims = A0_KEYED(claims, n), .taken = taken};
    /* A file of users (NDJSON) has nowhere to write: nobody else imports from it, so all are free.
     */
    if (!a0_store_keeps_record(store)) {
        if (n > 0)
            memset(taken, false, n * sizeof *taken);
        batch->id = ++store->unrecorded;
        return AUTH0DB_OK;
    }
    int rc = a0_store_transaction(store, claim_all, &work, err);
    if (rc != AUTH0DB_OK)
        batch->id = 0;
    return rc;
}

/* --- batches --------------------------------------------------------------------------------- */

static void assign(a0_sql *sql, const char *column)
{
    a0_sql_put(sql, ", @ = ", column);
}

int a0_batch_write(a0_store *store, const a0_batch *batch, const char *owner, auth0db_error *err)
{
    static const char *const counts[] = {"users", "bytes", "linked", "held", "released"};
    static const char *const times[] = {"submitted", "settled", "seen"};
    const int64_t count_values[] = {batch->users, batch->bytes, batch->linked, batch->held,
                                    batch->released};
    const int64_t time_values[] = {batch->submitted, batch->settled, batch->seen};
    a0_sql sql = A0_SQL(store);
    int64_t changed = 0;
    a0_sql_put(&sql, "UPDATE @ SET @ = ", store->map.batches, "status");
    a0_sql_text(&sql, batch->status);
    assign(&sql, "job_id");
    a0_sql_text(&sql, batch->job_id);
    assign(&sql, "owner");
    a0_sql_text(&sql, batch->owner);
    for (size_t i = 0; i < A0_COUNT(counts); i++) {
        assign(&sql, counts[i]);
        a0_sql_int(&sql, count_values[i]);
    }
    for (size_t i = 0; i < A0_COUNT(times); i++) {
        assign(&sql, times[i]);
        a0_sql_time(&sql, time_values[i]);
    }
    assign(&sql, "detail");
    a0_sql_text(&sql, batch->detail);
    /* A settled batch is never written again: two processes may have taken the same one for
     * orphaned, and the slower one would count its users twice. A process that is not its owner by
     * now has lost it, and is told so. */
    a0_sql_put(&sql, " WHERE @ <> 'settled' AND @ = ", "status", "id");
    a0_sql_int(&sql, batch->id);
    if (owner != NULL && *owner != '\0') {
        a0_sql_put(&sql, " AND @ = ", "owner");
        a0_sql_text(&sql, owner);
    }
    /* What was found counts, and not what is another value now (CLIENT_FOUND_ROWS): a sign of life
     * that changes nothing must not look like a batch that was lost. */
    int rc = a0_sql_run(&sql, &changed, err);
    return rc == AUTH0DB_OK && changed == 0 ? bad_batch(batch, err) : rc;
}

typedef struct updating {
    const a0_batch *batch;
    const char *owner;
} updating;

/* One statement, and yet in a transaction: so it is done again where it has lost a race. */
static int update_one(a0_store *store, void *ctx, auth0db_error *err)
{
    const updating *work = ctx;
    return a0_batch_write(store, work->batch, work->owner, err);
}

int a0_store_batch_update(a0_store *store, const a0_batch *batch, const char *owner,
                          auth0db_error *err)
{
    updating work = {batch, owner};
    return a0_store_keeps_record(store) ? a0_store_transaction(store, update_one, &work, err)
                                        : AUTH0DB_OK;
}

static void read_batch(a0_rows *rows, a0_batch *batch)
{
    int i = 0;
    batch->id = a0_rows_int(rows, i++);
    a0_rows_copy(rows, i++, batch->external_id, sizeof batch->external_id);
    a0_rows_copy(rows, i++, batch->kind, sizeof batch->kind);
    a0_rows_copy(rows, i++, batch->status, sizeof batch->status);
    a0_rows_copy(rows, i++, batch->job_id, sizeof batch->job_id);
    a0_rows_copy(rows, i++, batch->owner, sizeof batch->owner);
    int64_t *const numbers[] = {&batch->users, &batch->bytes, &batch->linked, &batch->held,
                                &batch->released};
    for (size_t k = 0; k < A0_COUNT(numbers); k++)
        *numbers[k] = a0_rows_int(rows, i++);
    int64_t *const times[] = {&batch->created, &batch->submitted, &batch->settled, &batch->seen};
    for (size_t k = 0; k < A0_COUNT(times); k++)
        *times[k] = a0_rows_time(rows, i++);
    a0_rows_copy(rows, i, batch->detail, sizeof batch->detail);
}

enum { BATCH_PAGE = 200 };

static void select_batches(a0_sql *sql, const char *status, int64_t after)
{
    a0_sql_put(sql, "SELECT @, @, @, @, @, @, @, @, @, @, @, ", "id", "external_id", "kind",
               "status", "job_id", "owner", "users", "bytes", "linked", "held", "released");
    a0_sql_put(sql, "@, @, @, @, @ FROM @ WHERE @ > ", "created", "submitted", "settled", "seen",
               "detail", sql->store->map.batches, "id");
    a0_sql_int(sql, after);
    if (status != NULL && strcmp(status, "open") == 0) {
        a0_sql_put(sql, " AND @ IN ('claimed', 'submitted')", "status");
    } else if (status != NULL) {
        a0_sql_put(sql, " AND @ = ", "status");
        a0_sql_text(sql, status);
    }
    a0_sql_put(sql, " ORDER BY @ LIMIT ", "id");
    a0_sql_int(sql, BATCH_PAGE);
}

int a0_store_batches(a0_store *store, const char *status, a0_batch_fn each, void *ctx,
                     auth0db_error *err)
{
    /* In pages, since there may be any number. By id, so that what comes in meanwhile is met or
     * not, but none twice. A statement is open while `each` is called: a caller that wants to
     * write, or to ask the tenant, makes a list first (open_batch.c, canary.c). */
    a0_batch batch = {.id = INT64_MIN};
    bool keeps = a0_store_keeps_record(store);
    int rc = keeps ? a0_store_need_ours(store, err) : AUTH0DB_OK;
    for (int n = keeps ? BATCH_PAGE : 0; rc == AUTH0DB_OK && n == BATCH_PAGE;) {
        a0_sql sql = A0_SQL(store);
        a0_rows *rows;
        bool more = true;
        n = 0;
        select_batches(&sql, status, batch.id);
        rc = a0_sql_query(&sql, &rows, err);
        while (rc == AUTH0DB_OK && more) {
            rc = a0_rows_next(rows, &more, err);
            if (rc != AUTH0DB_OK || !more)
                break;
            n++;
            read_batch(rows, &batch);
            rc = each(ctx, &batch);
        }
        a0_rows_end(rows);
    }
    return rc;
}

int a0_store_claims(a0_store *store, int64_t batch, a0_claim_fn each, void *ctx, auth0db_error *err)
{
    if (!a0_store_keeps_record(store))
        return AUTH0DB_OK;
    a0_sql sql = A0_SQL(store);
    a0_rows *rows;
    a0_sql_put(&sql, "SELECT @, @, @, @ FROM @ WHERE @ = ", "user_id", "auth0_id", "email",
               "sync_digest", store->map.claims, "batch_id");
    a0_sql_int(&sql, batch);
    a0_sql_put(&sql, " ORDER BY @", "user_id");
    int rc = a0_sql_query(&sql, &rows, err);
    for (bool more = true; rc == AUTH0DB_OK && more;) {
        char buf[A0_NAME_SIZE];
        rc = a0_rows_next(rows, &more, err);
        if (rc != AUTH0DB_OK || !more)
            break;
        a0_slice key = a0_key_out(store, store->engine->column(rows, 0), buf);
        rc = each(ctx, &(a0_claim){.key = key.data,
                                   .auth0_id = a0_rows_text(rows, 1),
                                   .email = a0_rows_text(rows, 2),
                                   .sync_digest = a0_rows_text(rows, 3)});
    }
    a0_rows_end(rows);
    return rc;
}
