/* The end of a batch: links, holdouts, and the claims gone, all at once. What became of a user was
 * decided by the caller, from what the tenant said; here it is decided whether that may still be
 * written, for a login or a deletion may have been faster. */
#include <string.h>

#include "store/store_int.h"

typedef struct settling {
    const a0_batch *batch; /* NULL: of no batch */
    a0_keyed rows;
} settling;

/* Rows of one statement, and what the database has about their users. */
typedef struct part {
    a0_store *store;
    const a0_batch *batch; /* NULL: of no batch */
    a0_keyed keyed;
    const a0_settlement *rows;
    bool exists[A0_KEYED_MAX], linked[A0_KEYED_MAX], foreign[A0_KEYED_MAX];
} part;

/* A login may have linked the user while its batch was under way, and its link knows more (it saw
 * the password). So a link that is there stays, and the import's is dropped. */
static bool becomes_link(const part *p, size_t i)
{
    return p->exists[i] && !p->linked[i] && !p->foreign[i] && p->rows[i].what == A0_SETTLE_LINK;
}

/* Foreign is a tenant user that somebody else of the site has (S6): with it in two links the
 * password of one would open the account of the other. */
static bool becomes_holdout(const part *p, size_t i)
{
    return p->exists[i] && !p->linked[i] && (p->rows[i].what == A0_SETTLE_HOLD || p->foreign[i]);
}

/* A link ends a holdout, and a new holdout replaces one. A release says nothing of the user: what
 * is on record stays. */
static bool loses_holdout(const part *p, size_t i)
{
    return p->exists[i] && p->rows[i].what != A0_SETTLE_RELEASE;
}

static int look_up_users(part *p, auth0db_error *err)
{
    const a0_site_map *map = &p->store->map;
    char buf[A0_NAME_SIZE];
    a0_sql sql = A0_SQL(p->store);
    a0_rows *rows;
    size_t hint = 0;
    a0_sql_put(&sql, "SELECT u.@, l.@ FROM @ u LEFT JOIN @ l ON l.@ = u.@", map->key, "auth0_id",
               map->users, map->links, "user_id", map->key);
    if (p->batch != NULL) { /* the key may be another user's by now, who was never sent */
        a0_sql_put(&sql, " JOIN @ c ON c.@ = u.@ AND c.@ = ", map->claims, "user_id", map->key,
                   "batch_id");
        a0_sql_int(&sql, p->batch->id);
    }
    a0_sql_put(&sql, " WHERE u.@ IN ", map->key);
    a0_sql_keys(&sql, p->keyed);
    a0_sql_put(&sql, " ORDER BY u.@", map->key);
    int rc = a0_sql_query(&sql, &rows, err);
    for (bool more = true; rc == AUTH0DB_OK && more;) {
        rc = a0_rows_next(rows, &more, err);
        if (rc != AUTH0DB_OK || !more)
            break;
        a0_slice key = a0_key_out(p->store, p->store->engine->column(rows, 0), buf);
        size_t at = a0_keyed_find(p->keyed, key, &hint);
        if (at < p->keyed.n) {
            p->exists[at] = true;
            p->linked[at] = p->store->engine->column(rows, 1).data != NULL;
        }
    }
    a0_rows_end(rows);
    return rc;
}

static void mark_foreign(part *p, const char *auth0_id)
{
    for (size_t i = 0; i < p->keyed.n; i++) {
        if (becomes_link(p, i) && strcmp(p->rows[i].auth0_id, auth0_id) == 0)
            p->foreign[i] = true;
    }
}

/* Which of these tenant users are another user's already? The column is unique: without this look
 * one such row would break the whole batch, again and again. */
static int look_up_ids(part *p, auth0db_error *err)
{
    a0_sql sql = A0_SQL(p->store);
    a0_rows *rows;
    size_t n = 0;
    a0_sql_put(&sql, "SELECT @ FROM @ WHERE @ IN (", "auth0_id", p->store->map.links, "auth0_id");
    for (size_t i = 0; i < p->keyed.n; i++) {
        if (!becomes_link(p, i))
            continue;
        a0_sql_put(&sql, n++ > 0 ? ", " : "");
        a0_sql_text(&sql, p->rows[i].auth0_id);
    }
    a0_sql_put(&sql, ")");
    if (n == 0) {
        a0_sql_clear(&sql);
        return AUTH0DB_OK;
    }
    int rc = a0_sql_query(&sql, &rows, err);
    for (bool more = true; rc == AUTH0DB_OK && more;) {
        rc = a0_rows_next(rows, &more, err);
        if (rc == AUTH0DB_OK && more)
            mark_foreign(p, a0_rows_text(rows, 0));
    }
    a0_rows_end(rows);
    return rc;
}

static void put_texts(a0_sql *sql, const char *const *texts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        a0_sql_put(sql, ", ");
        a0_sql_text(sql, texts[i]);
    }
}

/* "(key, now, texts...", one more row of a multi-row INSERT. */
static void begin_row(a0_sql *sql, const a0_settlement *row, const char *const *texts, size_t n)
{
    a0_sql_put(sql, sql->n > 0 ? ", (" : " (");
    a0_sql_key(sql, (a0_slice){row->key, strlen(row->key)});
    a0_sql_put(sql, ", ");
    a0_sql_time(sql, a0_store_now());
    put_texts(sql, texts, n);
}

/* An INSERT or a DELETE of nobody is no SQL. */
static int run_unless_empty(a0_sql *sql, auth0db_error *err)
{
    if (sql->n > 0)
        return a0_sql_run(sql, NULL, err);
    a0_sql_clear(sql);
    return AUTH0DB_OK;
}

/* NULL where it is not known: the next change of the name on the site then keeps the old one. */
static void put_name(a0_sql *sql, const char *name)
{
    if (name == NULL || *name == '\0') {
        a0_sql_put(sql, ", NULL)");
        return;
    }
    a0_sql_put(sql, ", ");
    a0_sql_text(sql, name);
    a0_sql_put(sql, ")");
}

/* The digests `same`, `replaced` and `told` stay NULL: such a link is read by its sync digest,
 * until a login or a change writes more. */
static int insert_links(part *p, auth0db_error *err)
{
    a0_sql sql = A0_SQL(p->store);
    a0_sql_put(&sql, "INSERT INTO @ (@, @, @, @, @, @, @, @, @, @, @) VALUES", p->store->map.links,
               "user_id", "created", "auth0_id", "email", "lane", "sync_digest", "tenant_mark",
               "unpushed", "word", "word_at", "tenant_username");
    for (size_t i = 0; i < p->keyed.n; i++) {
        const a0_settlement *row = &p->rows[i];
        const char *texts[] = {row->auth0_id,    row->email, row->lane, row->sync_digest,
                               row->tenant_mark, "",         row->word};
        if (!becomes_link(p, i))
            continue;
        begin_row(&sql, row, texts, A0_COUNT(texts));
        a0_sql_put(&sql, ", ");
        a0_sql_time(&sql, row->word != NULL ? a0_store_now() : 0);
        put_name(&sql, row->tenant_username);
    }
    return run_unless_empty(&sql, err);
}

static int insert_holdouts(part *p, auth0db_error *err)
{
    const char *foreign = auth0db_holdout_name(AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT);
    a0_sql sql = A0_SQL(p->store);
    a0_sql_put(&sql, "INSERT INTO @ (@, @, @, @, @) VALUES", p->store->map.holdouts, "user_id",
               "created", "reason", "detail", "hash_digest");
    for (size_t i = 0; i < p->keyed.n; i++) {
        const a0_settlement *row = &p->rows[i];
        const char *texts[] = {p->foreign[i] ? foreign : row->reason,
                               p->foreign[i] ? "another user of the site is linked to it"
                                             : row->detail,
                               row->hash_digest};
        /* A linked user is not held back, whatever the job has said of the row. */
        if (!becomes_holdout(p, i))
            continue;
        begin_row(&sql, row, texts, A0_COUNT(texts));
        a0_sql_put(&sql, ")");
    }
    return run_unless_empty(&sql, err);
}

static int delete_holdouts(part *p, auth0db_error *err)
{
    a0_sql sql = A0_SQL(p->store);
    a0_sql_put(&sql, "DELETE FROM @ WHERE @ IN (", p->store->map.holdouts, "user_id");
    for (size_t i = 0; i < p->keyed.n; i++) {
        const char *key = p->rows[i].key;
        if (!loses_holdout(p, i))
            continue;
        a0_sql_put(&sql, sql.n > 0 ? ", " : "");
        a0_sql_key(&sql, (a0_slice){key, strlen(key)});
    }
    a0_sql_put(&sql, ")");
    return run_unless_empty(&sql, err);
}

static int delete_claims(part *p, int64_t batch, auth0db_error *err)
{
    a0_sql sql = A0_SQL(p->store);
    a0_sql_put(&sql, "DELETE FROM @ WHERE @ = ", p->store->map.claims, "batch_id");
    a0_sql_int(&sql, batch);
    /* Of this batch only: a user who was freed and claimed again is another batch's, and stays
     * claimed. */
    a0_sql_put(&sql, " AND @ IN ", "user_id");
    a0_sql_keys(&sql, p->keyed);
    return a0_sql_run(&sql, NULL, err);
}

static int settle_part(a0_store *store, const settling *work, size_t chunk, auth0db_error *err)
{
    part p = {.store = store, .batch = work->batch, .keyed = a0_keyed_chunk(work->rows, chunk)};
    p.rows = p.keyed.rows;
    /* Look first, then write. Who is linked by a login in between breaks the one-link rule of the
     * table, and all of this is taken back and done again. Old holdouts go before new ones come,
     * for a user has one row. Claims go last: until then nobody else can send these users. */
    int rc = look_up_users(&p, err);
    if (rc == AUTH0DB_OK)
        rc = look_up_ids(&p, err);
    if (rc == AUTH0DB_OK)
        rc = delete_holdouts(&p, err);
    if (rc == AUTH0DB_OK)
        rc = insert_links(&p, err);
    if (rc == AUTH0DB_OK)
        rc = insert_holdouts(&p, err);
    if (rc == AUTH0DB_OK && work->batch != NULL)
        rc = delete_claims(&p, work->batch->id, err);
    return rc;
}

/* The batch first: who finds it settled writes nothing, and who comes second waits here. */
static int settle_all(a0_store *store, void *ctx, auth0db_error *err)
{
    const settling *work = ctx;
    int rc = work->batch != NULL ? a0_batch_write(store, work->batch, "", err) : AUTH0DB_OK;
    for (size_t i = 0; rc == AUTH0DB_OK && a0_keyed_chunk(work->rows, i).n > 0; i++)
        rc = settle_part(store, work, i, err);
    return rc;
}

/* Of no batch, so no claim ends: these users may be in somebody's batch just now. */
int a0_settle_rows(a0_store *store, const a0_settlement *rows, size_t n, auth0db_error *err)
{
    settling work = {.rows = A0_KEYED(rows, n)};
    return settle_all(store, &work, err);
}

int a0_store_settle(a0_store *store, const a0_batch *batch, const a0_settlement *rows, size_t n,
                    auth0db_error *err)
{
    settling work = {.batch = batch, .rows = A0_KEYED(rows, n)};
    return a0_store_keeps_record(store) ? a0_store_transaction(store, settle_all, &work, err)
                                        : AUTH0DB_OK;
}

typedef struct key_only {
    const char *key;
} key_only;

static int release_all(a0_store *store, void *ctx, auth0db_error *err)
{
    const a0_keyed *keys = ctx;
    int rc = AUTH0DB_OK;
    for (size_t i = 0; rc == AUTH0DB_OK && a0_keyed_chunk(*keys, i).n > 0; i++) {
        a0_sql sql = A0_SQL(store);
        a0_sql_put(&sql, "DELETE FROM @ WHERE @ IN ", store->map.holdouts, "user_id");
        a0_sql_keys(&sql, a0_keyed_chunk(*keys, i));
        rc = a0_sql_run(&sql, NULL, err);
    }
    return rc;
}

int a0_store_release_holdouts(a0_store *store, const char *const *keys, size_t n,
                              auth0db_error *err)
{
    /* A struct of one pointer lies as the pointer does. */
    a0_keyed keyed = A0_KEYED((const key_only *)(const void *)keys, n);
    int rc = a0_store_need_sql(store, err);
    return rc == AUTH0DB_OK ? a0_store_transaction(store, release_all, &keyed, err) : rc;
}
