/* What is on record: links, holdouts, reminders, how many of each, and the site's name. It is read
 * here; who writes links and holdouts is settle.c. All lists come in pages, since a site's links
 * are as many as its users. */
#include <stdio.h>
#include <string.h>

#include "store/store_int.h"

enum { PAGE = 1000 };

/* One page of a table of ours, in key order; calls `read` a row, and says how many there were. The
 * key of the last one is where the next page begins. */
typedef struct paging {
    a0_store *store;
    /* `after`: the key behind which the page begins, data NULL: at the first */
    void (*select)(a0_sql *sql, const void *filter, a0_slice after);
    const void *filter;
    int (*read)(void *reader, a0_rows *rows, const char *key);
    void *reader;
    a0_buf last; /* key */
    uint64_t left;
    bool ended;
} paging;

/* Copied, since the row's text ends with its page. */
static int remember(paging *pages, const char *key, auth0db_error *err)
{
    a0_buf_reset(&pages->last);
    return a0_buf_puts(&pages->last, key) == AUTH0DB_OK ? AUTH0DB_OK : a0_error_no_memory(err);
}

static int read_page(paging *pages, uint64_t wanted, auth0db_error *err)
{
    a0_sql sql = A0_SQL(pages->store);
    a0_rows *rows;
    a0_slice after = {NULL, 0};
    char buf[A0_NAME_SIZE];
    uint64_t n = 0;
    if (pages->last.len > 0)
        after = (a0_slice){pages->last.data, pages->last.len};
    pages->select(&sql, pages->filter, after);
    /* Behind a key, and not behind a number of rows: rows that come and go meanwhile would shift
     * it, and somebody be read twice or never. */
    if (after.data != NULL) {
        a0_sql_put(&sql, " AND @ > ", "user_id");
        a0_sql_key(&sql, after);
    }
    a0_sql_put(&sql, " ORDER BY @ LIMIT ", "user_id");
    a0_sql_int(&sql, (int64_t)wanted);
    int rc = a0_sql_query(&sql, &rows, err);
    for (bool more = true; rc == AUTH0DB_OK && more;) {
        rc = a0_rows_next(rows, &more, err);
        if (rc != AUTH0DB_OK || !more)
            break;
        a0_slice key = a0_key_out(pages->store, pages->store->engine->column(rows, 0), buf);
        rc = remember(pages, key.data, err);
        if (rc == AUTH0DB_OK)
            rc = pages->read(pages->reader, rows, key.data);
        n++;
    }
    a0_rows_end(rows);
    pages->left -= n;
    /* A page that is not full was the last one. */
    pages->ended = n < wanted || pages->left == 0;
    return rc;
}

static int read_pages(paging *pages, const char *after, auth0db_error *err)
{
    int rc = a0_store_need_ours(pages->store, err);
    if (rc == AUTH0DB_OK && after != NULL)
        rc = remember(pages, after, err);
    while (rc == AUTH0DB_OK && !pages->ended)
        rc = read_page(pages, pages->left < PAGE ? pages->left : PAGE, err);
    a0_buf_clear(&pages->last);
    return rc;
}

/* A page goes on where the last one has ended, along the key: SQLite would take the filter's index
 * instead, and read and sort all that is left for every page. */
static void only(a0_sql *sql, const char *column, const char *value)
{
    if (value == NULL)
        return;
    a0_sql_put(sql, " AND ");
    a0_sql_put(sql, sql->store->dialect.past_index);
    a0_sql_put(sql, "@ = ", column);
    a0_sql_text(sql, value);
}

/* --- links ----------------------------------------------------------------------------------- */

typedef struct link_reader {
    a0_link_fn each;
    void *ctx;
} link_reader;

/* With the tombstones of the key, without which nobody can tell whether the id on record is one of
 * our own making (undo.c). */
static void select_links(a0_sql *sql, const void *lane, a0_slice after)
{
    const char *links = sql->store->map.links;
    a0_sql_put(sql, "SELECT @, @, @, @, @, @, @, ", "user_id", "auth0_id", "email", "lane",
               "sync_digest", "tenant_mark", "created");
    a0_sql_tombstones(sql, links, "user_id");
    a0_sql_put(sql, " FROM @ WHERE 1 = 1", links);
    only(sql, "lane", lane);
}

static int read_link(void *ctx, a0_rows *rows, const char *key)
{
    const link_reader *reader = ctx;
    return reader->each(reader->ctx, &(a0_link_row){.key = key,
                                                    .auth0_id = a0_rows_text(rows, 1),
                                                    .email = a0_rows_text(rows, 2),
                                                    .lane = a0_rows_text(rows, 3),
                                                    .sync_digest = a0_rows_text(rows, 4),
                                                    .tenant_mark = a0_rows_text(rows, 5),
                                                    .created = a0_rows_time(rows, 6),
                                                    .tombstones = (unsigned)a0_rows_int(rows, 7)});
}

int a0_store_links(a0_store *store, const char *lane, const char *after, uint64_t limit,
                   a0_link_fn each, void *ctx, auth0db_error *err)
{
    link_reader reader = {each, ctx};
    paging pages = {.store = store,
                    .select = select_links,
                    .filter = lane,
                    .read = read_link,
                    .reader = &reader,
                    .left = limit > 0 ? limit : UINT64_MAX};
    return read_pages(&pages, after, err);
}

typedef struct unlinking {
    const char *key, *auth0_id;
    bool gone;
} unlinking;

/* Only the very link that was looked at. A login may have linked the user to another tenant user
 * meanwhile, and that link is none of an undo's. */
static int unlink_one(a0_store *store, void *ctx, auth0db_error *err)
{
    unlinking *work = ctx;
    a0_sql sql = A0_SQL(store);
    int64_t changed = 0;
    a0_sql_put(&sql, "DELETE FROM @ WHERE @ = ", store->map.links, "user_id");
    a0_sql_key(&sql, (a0_slice){work->key, strlen(work->key)});
    a0_sql_put(&sql, " AND @ = ", "auth0_id");
    a0_sql_text(&sql, work->auth0_id);
    int rc = a0_sql_run(&sql, &changed, err);
    work->gone = changed > 0;
    return rc;
}

int a0_store_unlink(a0_store *store, const char *key, const char *auth0_id, bool *gone,
                    auth0db_error *err)
{
    unlinking work = {key, auth0_id, false};
    int rc = a0_store_need_sql(store, err);
    if (rc == AUTH0DB_OK)
        rc = a0_store_transaction(store, unlink_one, &work, err);
    *gone = rc == AUTH0DB_OK && work.gone;
    return rc;
}

/* --- holdouts -------------------------------------------------------------------------------- */

typedef struct holdout_reader {
    a0_holdout_fn each;
    void *ctx;
} holdout_reader;

static void select_holdouts(a0_sql *sql, const void *reason, a0_slice after)
{
    a0_sql_put(sql, "SELECT @, @, @, @ FROM @ WHERE 1 = 1", "user_id", "reason", "detail",
               "created", sql->store->map.holdouts);
    only(sql, "reason", reason);
}

static int read_holdout(void *ctx, a0_rows *rows, const char *key)
{
    const holdout_reader *reader = ctx;
    return reader->each(reader->ctx, &(a0_holdout_row){.key = key,
                                                       .reason = a0_rows_text(rows, 1),
                                                       .detail = a0_rows_text(rows, 2),
                                                       .created = a0_rows_time(rows, 3)});
}

int a0_store_holdouts(a0_store *store, const char *reason, const char *after, uint64_t limit,
                      a0_holdout_fn each, void *ctx, auth0db_error *err)
{
    holdout_reader reader = {each, ctx};
    paging pages = {.store = store,
                    .select = select_holdouts,
                    .filter = reason,
                    .read = read_holdout,
                    .reader = &reader,
                    .left = limit > 0 ? limit : UINT64_MAX};
    return read_pages(&pages, after, err);
}

/* --- reminders ------------------------------------------------------------------------------- */

typedef struct reminder_reader {
    const char *status;
    bool unlinked;
    a0_reminder_fn each;
    void *ctx;
} reminder_reader;

/* As for a scan (select.c), the links are not to be read from their first row for each page. */
static void link_of_reminder(a0_sql *sql, a0_slice after)
{
    const a0_site_map *map = &sql->store->map;
    a0_sql_put(sql, "EXISTS (SELECT 1 FROM @ l WHERE l.@ = @.@", map->links, "user_id",
               map->reminders, "user_id");
    if (after.data != NULL) {
        a0_sql_put(sql, " AND l.@ > ", "user_id");
        a0_sql_key(sql, after);
    }
    a0_sql_put(sql, ")");
}

/* The link is told as a number, for each database writes a boolean in its own way. */
static void select_reminders(a0_sql *sql, const void *filter, a0_slice after)
{
    const reminder_reader *of = filter;
    a0_sql_put(sql, "SELECT @, @, @, @, @, @, @, @, @, @, @, CASE WHEN ", "user_id", "auth0_id",
               "email", "channel", "status", "wave", "detail", "sync_digest", "created", "in_air",
               "sent");
    /* Then no user who is read has a link: the condition below sees to it. */
    if (of->unlinked)
        a0_sql_put(sql, "1 = 0");
    else
        link_of_reminder(sql, after);
    a0_sql_put(sql, " THEN 1 ELSE 0 END FROM @ WHERE 1 = 1", sql->store->map.reminders);
    only(sql, "status", of->status);
    if (of->unlinked) {
        a0_sql_put(sql, " AND NOT ");
        link_of_reminder(sql, after);
    }
}

static int read_reminder(void *ctx, a0_rows *rows, const char *key)
{
    const reminder_reader *reader = ctx;
    return reader->each(reader->ctx, &(a0_reminder){.key = key,
                                                    .auth0_id = a0_rows_text(rows, 1),
                                                    .email = a0_rows_text(rows, 2),
                                                    .channel = a0_rows_text(rows, 3),
                                                    .status = a0_rows_text(rows, 4),
                                                    .wave = a0_rows_text(rows, 5),
                                                    .detail = a0_rows_text(rows, 6),
                                                    .sync_digest = a0_rows_text(rows, 7),
                                                    .created = a0_rows_time(rows, 8),
                                                    .in_air = a0_rows_time(rows, 9),
                                                    .sent = a0_rows_time(rows, 10),
                                                    .linked = a0_rows_int(rows, 11) == 1});
}

int a0_store_reminders(a0_store *store, const char *status, bool unlinked, const char *after,
                       uint64_t limit, a0_reminder_fn each, void *ctx, auth0db_error *err)
{
    reminder_reader reader = {status, unlinked, each, ctx};
    paging pages = {.store = store,
                    .select = select_reminders,
                    .filter = &reader,
                    .read = read_reminder,
                    .reader = &reader,
                    .left = limit > 0 ? limit : UINT64_MAX};
    return read_pages(&pages, after, err);
}

/* --- counts ---------------------------------------------------------------------------------- */

typedef struct counting {
    a0_store *store;
    a0_count_fn each;
    void *ctx;
} counting;

static int report_counts(const counting *to, const char *what, a0_sql *sql, auth0db_error *err)
{
    a0_rows *rows;
    int rc = a0_sql_query(sql, &rows, err);
    for (bool more = true; rc == AUTH0DB_OK && more;) {
        rc = a0_rows_next(rows, &more, err);
        if (rc == AUTH0DB_OK && more)
            rc = to->each(to->ctx, what, a0_rows_text(rows, 1), (uint64_t)a0_rows_int(rows, 0));
    }
    a0_rows_end(rows);
    return rc;
}

/* The columns that are counted by have an index (schema.c): ten million links are counted at once.
 */
static int count_by(const counting *to, const char *what, const char *table, const char *column,
                    auth0db_error *err)
{
    a0_sql sql = A0_SQL(to->store);
    if (column != NULL)
        a0_sql_put(&sql, "SELECT count(*), @ FROM @ GROUP BY @ ORDER BY @", column, table, column,
                   column);
    else
        a0_sql_put(&sql, "SELECT count(*), '' FROM @", table);
    return report_counts(to, what, &sql, err);
}

/* A user whom a login has linked meanwhile, or one who was held back and is tried again. Without
 * this number links, holdouts and claims would add up to more users than there are. */
static int count_claimed_twice(const counting *to, auth0db_error *err)
{
    const a0_site_map *map = &to->store->map;
    a0_sql sql = A0_SQL(to->store);
    a0_sql_put(&sql, "SELECT count(*), '' FROM @ c LEFT JOIN @ l ON l.@ = c.@", map->claims,
               map->links, "user_id", "user_id");
    a0_sql_put(&sql, " LEFT JOIN @ h ON h.@ = c.@ WHERE l.@ IS NOT NULL OR h.@ IS NOT NULL",
               map->holdouts, "user_id", "user_id", "user_id", "user_id");
    return report_counts(to, "claims-on-record", &sql, err);
}

/* A linked user has moved and needs no mail any more, whatever became of the reminder. */
static int count_reminders(const counting *to, auth0db_error *err)
{
    a0_sql sql = A0_SQL(to->store);
    a0_sql_put(&sql, "SELECT count(*), @ FROM @ WHERE NOT ", "status", to->store->map.reminders);
    link_of_reminder(&sql, (a0_slice){NULL, 0});
    a0_sql_put(&sql, " GROUP BY @ ORDER BY @", "status", "status");
    return report_counts(to, "reminders", &sql, err);
}

int a0_store_counts(a0_store *store, a0_count_fn each, void *ctx, auth0db_error *err)
{
    const a0_site_map *map = &store->map;
    const counting to = {store, each, ctx};
    int rc = a0_store_need_ours(store, err);
    if (rc == AUTH0DB_OK)
        rc = count_by(&to, "links", map->links, "lane", err);
    if (rc == AUTH0DB_OK)
        rc = count_by(&to, "holdouts", map->holdouts, "reason", err);
    if (rc == AUTH0DB_OK)
        rc = count_by(&to, "batches", map->batches, "status", err);
    if (rc == AUTH0DB_OK)
        rc = count_by(&to, "claims", map->claims, NULL, err);
    if (rc == AUTH0DB_OK)
        rc = count_claimed_twice(&to, err);
    if (rc == AUTH0DB_OK)
        rc = count_reminders(&to, err);
    if (rc == AUTH0DB_OK)
        rc = count_by(&to, "tombstones", map->tombstones, "state", err);
    return rc;
}

int a0_store_count_tombstones(a0_store *store, a0_count_fn each, void *ctx, auth0db_error *err)
{
    const counting to = {store, each, ctx};
    bool there = false;
    int rc = a0_store_keeps_record(store) ? a0_store_ours(store, &there, err) : AUTH0DB_OK;
    if (rc != AUTH0DB_OK || !there)
        return rc;
    a0_sql sql = A0_SQL(store);
    /* One that was lifted bars nobody: the account is another user's by now. */
    a0_sql_put(&sql, "SELECT count(*), @ FROM @ WHERE @ IS NULL GROUP BY @ ORDER BY @", "state",
               store->map.tombstones, "lifted", "state", "state");
    return report_counts(&to, "tombstones", &sql, err);
}

/* --- the site's name, and the key of its digests --------------------------------------------- */

/* The site has one row, and its key is 1. */
static int read_of_site(a0_store *store, const char *column, char out[65], auth0db_error *err)
{
    a0_sql sql = A0_SQL(store);
    a0_rows *rows;
    bool more = false;
    a0_sql_put(&sql, "SELECT @ FROM @ WHERE @ = 1", column, store->map.sites, "id");
    int rc = a0_sql_query(&sql, &rows, err);
    if (rc == AUTH0DB_OK)
        rc = a0_rows_next(rows, &more, err);
    if (rc == AUTH0DB_OK && more)
        a0_rows_copy(rows, 0, out, 65);
    a0_rows_end(rows);
    return rc;
}

typedef struct naming {
    const char *fresh;
    char *out;
} naming;

/* Of two processes at once the second one's INSERT breaks the primary key; its transaction begins
 * anew and finds the first one's name. With two names a user would have two ids, and be made at
 * the tenant twice. */
static int make_site(a0_store *store, void *ctx, auth0db_error *err)
{
    const naming *work = ctx;
    int rc = read_of_site(store, "name", work->out, err);
    if (rc != AUTH0DB_OK || work->out[0] != '\0')
        return rc;
    a0_sql sql = A0_SQL(store);
    a0_sql_put(&sql, "INSERT INTO @ (@, @) VALUES (1, ", store->map.sites, "id", "name");
    a0_sql_text(&sql, work->fresh);
    a0_sql_put(&sql, ")");
    rc = a0_sql_run(&sql, NULL, err);
    if (rc == AUTH0DB_OK)
        snprintf(work->out, 65, "%s", work->fresh);
    return rc;
}

int a0_store_site(a0_store *store, bool make, const char *fresh, char out[65], auth0db_error *err)
{
    naming work = {fresh, out};
    bool there = false;
    snprintf(out, 65, "%s", store->map.site);
    /* AUTH0_SITE stands over the record. Where nothing is kept no name is made up either: it would
     * be another one in the next run, and so would everybody's id. */
    if (out[0] != '\0' || (!make && !a0_store_keeps_record(store)))
        return AUTH0DB_OK;
    if (!a0_store_keeps_record(store))
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "AUTH0_SITE",
                            "is not set: the users' ids are made of it, and NDJSON keeps no name");
    int rc = a0_store_ours(store, &there, err);
    if (rc != AUTH0DB_OK || (!there && !make))
        return rc;
    return make ? a0_store_transaction(store, make_site, &work, err)
                : read_of_site(store, "name", out, err);
}

/* Read, and never made here: the Django app makes it with the first digest that needs it. Before
 * that there is no digest to compare. */
int a0_store_digest_key(a0_store *store, char out[65], auth0db_error *err)
{
    bool there = false;
    out[0] = '\0';
    int rc = a0_store_keeps_record(store) ? a0_store_ours(store, &there, err) : AUTH0DB_OK;
    return there ? read_of_site(store, "digest_key", out, err) : rc;
}
