/* Reminders: recorded before anything is done, and stepped one by one, so that nobody is mailed
 * twice and nobody forgotten. */
#include <string.h>

#include "store/store_int.h"

static void where_user(a0_sql *sql, const char *key)
{
    a0_sql_put(sql, " WHERE @ = ", "user_id");
    a0_sql_key(sql, (a0_slice){key, strlen(key)});
}

static int has_row(a0_sql *sql, bool *answer, auth0db_error *err)
{
    a0_rows *rows;
    int rc = a0_sql_query(sql, &rows, err);
    if (rc == AUTH0DB_OK)
        rc = a0_rows_next(rows, answer, err);
    a0_rows_end(rows);
    return rc;
}

/* Of a user who is there, taken until the transaction ends: see find_reminded in batches.c. Where
 * a transaction keeps all other writers out (SQLite) nothing is to be locked. */
static int take_user(a0_store *store, const char *key, bool *there, auth0db_error *err)
{
    a0_sql sql = A0_SQL(store);
    a0_sql_put(&sql, "SELECT @ FROM @ WHERE @ = ", store->map.key, store->map.users,
               store->map.key);
    a0_sql_key(&sql, (a0_slice){key, strlen(key)});
    if (!store->dialect.locks_all)
        a0_sql_put(&sql, " FOR UPDATE");
    return has_row(&sql, there, err);
}

static int is_in(a0_store *store, const char *table, const char *key, bool *answer,
                 auth0db_error *err)
{
    a0_sql sql = A0_SQL(store);
    a0_sql_put(&sql, "SELECT @ FROM @", "user_id", table);
    where_user(&sql, key);
    return has_row(&sql, answer, err);
}

static int insert(a0_store *store, const a0_reminder *r, auth0db_error *err)
{
    const char *const texts[] = {r->auth0_id, r->email,       r->channel, r->status,
                                 r->wave,     r->sync_digest, r->detail};
    const int64_t times[] = {r->created, r->in_air, r->sent};
    a0_sql sql = A0_SQL(store);
    a0_sql_put(&sql, "INSERT INTO @ (@, @, @, @, @, @, @, @, @, @, @) VALUES (",
               store->map.reminders, "user_id", "auth0_id", "email", "channel", "status", "wave",
               "sync_digest", "detail", "created", "in_air", "sent");
    a0_sql_key(&sql, (a0_slice){r->key, strlen(r->key)});
    for (size_t i = 0; i < A0_COUNT(texts); i++) {
        a0_sql_put(&sql, ", ");
        a0_sql_text(&sql, texts[i]);
    }
    for (size_t i = 0; i < A0_COUNT(times); i++) {
        a0_sql_put(&sql, ", ");
        a0_sql_time(&sql, times[i]);
    }
    a0_sql_put(&sql, ")");
    return a0_sql_run(&sql, NULL, err);
}

typedef struct stepping {
    const a0_reminder *to;
    const char *from;
    bool unlinked, done;
} stepping;

/* First the user, then the looks: a claim that was made before is found, and one that comes later
 * waits for the user, and finds the reminder. One user must never have both: the import would take
 * the tenant user that a reminder makes for its own, and link it in step with a password that it
 * does not have. */
static int remind(a0_store *store, void *ctx, auth0db_error *err)
{
    stepping *work = ctx;
    const char *const tables[] = {store->map.links, store->map.claims, store->map.reminders};
    bool there = false, taken = false;
    /* This may be the second try, after a lost race. */
    work->done = false;
    int rc = take_user(store, work->to->key, &there, err);
    for (size_t i = 0; i < A0_COUNT(tables) && rc == AUTH0DB_OK && !taken; i++)
        rc = is_in(store, tables[i], work->to->key, &taken, err);
    /* A user who is gone, has moved, is under way or was reminded gets no mail, and that is no
     * error. */
    if (rc != AUTH0DB_OK || !there || taken)
        return rc;
    work->done = true;
    return insert(store, work->to, err);
}

int a0_store_remind(a0_store *store, const a0_reminder *reminder, bool *recorded,
                    auth0db_error *err)
{
    stepping work = {.to = reminder};
    int rc = a0_store_need_sql(store, err);
    if (rc == AUTH0DB_OK)
        rc = a0_store_transaction(store, remind, &work, err);
    *recorded = rc == AUTH0DB_OK && work.done;
    return rc;
}

static void assign_text(a0_sql *sql, const char *column, const char *value)
{
    a0_sql_put(sql, ", @ = ", column);
    a0_sql_text(sql, value);
}

static void assign_time(a0_sql *sql, const char *column, int64_t value)
{
    a0_sql_put(sql, ", @ = ", column);
    a0_sql_time(sql, value);
}

/* The id is not written, because a tenant user may have been made by it already. */
static int step(a0_store *store, void *ctx, auth0db_error *err)
{
    stepping *work = ctx;
    const a0_reminder *to = work->to;
    a0_sql sql = A0_SQL(store);
    int64_t changed = 0;
    a0_sql_put(&sql, "UPDATE @ SET @ = ", store->map.reminders, "status");
    a0_sql_text(&sql, to->status);
    assign_text(&sql, "email", to->email);
    assign_text(&sql, "channel", to->channel);
    assign_text(&sql, "wave", to->wave);
    assign_text(&sql, "sync_digest", to->sync_digest);
    assign_text(&sql, "detail", to->detail);
    assign_time(&sql, "in_air", to->in_air);
    assign_time(&sql, "sent", to->sent);
    where_user(&sql, to->key);
    /* In one statement with the change: of two processes that take the same step one finds its row
     * changed, and mails nobody. The same for a login that has linked the user since. */
    a0_sql_put(&sql, " AND @ = ", "status");
    a0_sql_text(&sql, work->from);
    if (work->unlinked)
        a0_sql_put(&sql, " AND NOT EXISTS (SELECT 1 FROM @ l WHERE l.@ = @.@)", store->map.links,
                   "user_id", store->map.reminders, "user_id");
    int rc = a0_sql_run(&sql, &changed, err);
    work->done = changed > 0;
    return rc;
}

int a0_store_reminder_step(a0_store *store, const a0_reminder *to, const char *from, bool unlinked,
                           bool *done, auth0db_error *err)
{
    stepping work = {.to = to, .from = from, .unlinked = unlinked};
    int rc = a0_store_need_sql(store, err);
    if (rc == AUTH0DB_OK)
        rc = a0_store_transaction(store, step, &work, err);
    *done = rc == AUTH0DB_OK && work.done;
    return rc;
}

static int drop(a0_store *store, void *ctx, auth0db_error *err)
{
    const stepping *work = ctx;
    a0_sql sql = A0_SQL(store);
    a0_sql_put(&sql, "DELETE FROM @", store->map.reminders);
    where_user(&sql, work->to->key);
    /* One whose mail may have left stays for ever: without it the user would be mailed a second
     * time. */
    a0_sql_put(&sql, " AND @ = 'created'", "status");
    return a0_sql_run(&sql, NULL, err);
}

int a0_store_reminder_drop(a0_store *store, const char *key, auth0db_error *err)
{
    const a0_reminder reminder = {.key = key};
    stepping work = {.to = &reminder};
    int rc = a0_store_need_sql(store, err);
    return rc == AUTH0DB_OK ? a0_store_transaction(store, drop, &work, err) : rc;
}
