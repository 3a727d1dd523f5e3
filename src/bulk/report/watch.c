/* auth0db_bulk_watch: the tenant's log on one side, the site's links and hashes on the other. It
 * reads and counts; what a number of failures means is decided in watch_verdict.c. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "auth0/classify.h"
#include "base/mem.h"
#include "bulk/assess/hash_kind.h"
#include "bulk/bulk_int.h"
#include "bulk/report/watch.h"
#include "bulk/users.h"
#include "store/values.h"

enum {
    ASK_MS = 120000, /* one page of the log, with the waits that the rate limit asks for */
    ENTRIES_USUAL = 100000,
    LINKS_A_PAGE = 500,
    KINDS_MAX = 64, /* the last one takes all further ones */
    PROGRESS_MS = 200,
};

typedef struct hash_kind {
    auth0db_hash_params params;
    a0_watch_counts counts;
} hash_kind;

/* A link whose user has tried to log in. */
typedef struct tried {
    char *key;
    a0_watch_counts counts;
} tried;

typedef struct watch {
    auth0db_bulk *bulk;
    auth0db_error *err;
    uint64_t entries, most;
    uint64_t unnamed; /* attempts whose entry names no user: nobody can say whose */
    bool complete, reaches_back;
    char log_from[A0_TIME_SIZE]; /* date of the oldest entry that the tenant still has */
    int64_t since;
    char until[A0_TIME_SIZE]; /* date of the last entry, as the tenant writes it */
    char *after;              /* its log_id */
    uint64_t told_at;
    a0_attempts attempts;
    int rc; /* what a callback met */

    tried page[LINKS_A_PAGE];
    size_t n_page, n_links;
    char *last_key;
    uint64_t moved;
    hash_kind hash_kinds[KINDS_MAX];
    size_t n_kinds;
    a0_watch_counts all;
} watch;

static int replace_text(char **text, const char *with)
{
    a0_free(*text);
    *text = a0_strdup(with);
    return *text != NULL ? AUTH0DB_OK : AUTH0DB_ERR_NO_MEMORY;
}

/* --- the tenant's log -------------------------------------------------------------------------
 */

/* When a file was uploaded by hand nobody knows: after it was written. An export of which nobody
 * was linked was perhaps never uploaded. */
static int earliest_batch(void *ctx, const a0_batch *batch)
{
    int64_t *since = ctx, sent = 0;
    if (strcmp(batch->kind, "import") == 0)
        sent = batch->submitted;
    else if (strcmp(batch->kind, "export") == 0 && batch->linked > 0)
        sent = batch->created;
    if (sent > 0 && (*since == A0_NO_TIME || sent < *since))
        *since = sent;
    return 0;
}

static int read_since(watch *w, const char *text)
{
    a0_selection selection;
    auth0db_selection asked = {.size = sizeof asked, .since_login = text};
    w->since = A0_NO_TIME;
    if (text == NULL)
        return a0_store_batches(w->bulk->store, NULL, earliest_batch, &w->since, w->err);
    int rc = a0_selection_read(&selection, &asked, w->err);
    if (rc != AUTH0DB_OK)
        return a0_error_set(w->err, rc, "since", "is not a date such as 2026-01-31");
    w->since = selection.since_login;
    return rc;
}

/* Another connection's logins are other users'. An entry that names nobody is counted apart: it may
 * be a failure of any user, so the report must not pass over it. */
static void take_entry(void *ctx, const a0_log_entry *entry)
{
    watch *w = ctx;
    int64_t time = a0_time_parse(entry->date, strlen(entry->date));
    bool elsewhere =
        entry->connection[0] != '\0' && strcmp(entry->connection, w->bulk->connection) != 0;
    w->entries++;
    w->unnamed +=
        *entry->user_id == '\0' && !elsewhere && a0_watch_kind_of(entry) != A0_WATCH_NEITHER;
    /* The next page goes on behind the last entry that was taken. */
    if (w->rc == AUTH0DB_OK)
        w->rc = replace_text(&w->after, entry->log_id);
    if (time == A0_NO_TIME)
        return;
    a0_time_format(time, w->until);
    if (w->rc == AUTH0DB_OK && !elsewhere)
        w->rc = a0_attempts_add(&w->attempts, entry->user_id, time, a0_watch_kind_of(entry));
}

static int ask_log(watch *w, const a0_log_query *query, a0_log_fn take, size_t *n)
{
    auth0db_error cause = {0};
    auth0db_outcome outcome = a0_logs(w->bulk->client, query, ASK_MS, take, w, n, &cause);
    int rc = a0_bulk_go_on(w->bulk, w->err); /* perhaps the wait was ended */
    if (rc != AUTH0DB_OK)
        return rc;
    if (outcome == AUTH0DB_OUTCOME_MISCONFIGURED)
        return a0_error_set(w->err, AUTH0DB_ERR_OPTION, cause.where, "%s%s", cause.message,
                            a0_is_of_the_plan(&cause) ? "" : " (watch needs read:logs)");
    if (outcome != AUTH0DB_OUTCOME_OK)
        return a0_error_set(w->err, cause.code, cause.where, "%s", cause.message);
    return AUTH0DB_OK;
}

/* "2026-01-31 12:00:00.5" to "2026-01-31T12:00:00.000Z". */
static void log_date(int64_t time, char out[A0_TIME_SIZE])
{
    a0_time_format(time, out);
    if (out[0] == '\0') { /* no year that a date can have */
        memcpy(out, "*", sizeof "*");
        return;
    }
    out[10] = 'T';
    memcpy(out + 19, ".000Z", sizeof ".000Z");
}

/* The log from a point in time on: a search finds the first entry, and from there on it is read
 * without the search's limit of a thousand. From a minute before: the two clocks need not agree. */
static int first_entry(watch *w, size_t *n)
{
    char date[A0_TIME_SIZE], q[A0_TIME_SIZE + 20];
    log_date(w->since - A0_WATCH_CLOCKS_APART, date);
    snprintf(q, sizeof q, "date:[%s TO *]", date);
    return ask_log(w, &(a0_log_query){.q = q, .take = 1}, take_entry, n);
}

static void note_oldest(void *ctx, const a0_log_entry *entry)
{
    watch *w = ctx;
    int64_t time = a0_time_parse(entry->date, strlen(entry->date));
    if (time == A0_NO_TIME)
        return;
    a0_time_format(time, w->log_from);
    w->reaches_back = time <= w->since + A0_WATCH_CLOCKS_APART;
}

/* A plan keeps its log for a day or for a month, and the API does not say which. An entry that is
 * as old as the import proves that nothing since then is gone; import and watch write some
 * themselves. */
static int look_back(watch *w)
{
    size_t n = 0;
    return ask_log(w, &(a0_log_query){.q = "", .take = 1}, note_oldest, &n);
}

static int emit_progress(watch *w)
{
    uint64_t now = a0_mono_ms(&w->bulk->env);
    if (now - w->told_at < PROGRESS_MS)
        return AUTH0DB_OK;
    w->told_at = now;
    return a0_bulk_event(w->bulk,
                         json_pack("{s:s, s:s, s:I, s:n}", "event", "progress", "phase", "watch",
                                   "done", (json_int_t)w->entries, "total"),
                         w->err);
}

static int read_log(watch *w)
{
    size_t n = 0;
    /* Nobody was imported, so there is nothing to be read and nothing can be missing. */
    if (w->since == A0_NO_TIME) {
        w->complete = w->reaches_back = true;
        return AUTH0DB_OK;
    }
    int rc = look_back(w);
    if (rc == AUTH0DB_OK)
        rc = first_entry(w, &n);
    /* Bounded: the log of a large tenant may have millions of entries, and each page is a
     * request. */
    while (rc == AUTH0DB_OK && w->rc == AUTH0DB_OK && n > 0 && w->entries < w->most) {
        rc = emit_progress(w);
        if (rc == AUTH0DB_OK)
            rc = ask_log(w, &(a0_log_query){.after = w->after, .take = A0_LOG_PAGE_MAX}, take_entry,
                         &n);
    }
    w->complete = n == 0;
    if (w->rc == AUTH0DB_ERR_NO_MEMORY)
        return a0_error_no_memory(w->err);
    w->rc = AUTH0DB_OK; /* TOO_LARGE: judged by what is kept; `complete` is false */
    return rc;
}

/* --- the site ---------------------------------------------------------------------------------
 */

/* Most of the imported have not tried yet, so only those who have are read from the site. */
static int take_link(void *ctx, const a0_link_row *link)
{
    watch *w = ctx;
    tried row = {0};
    w->n_links++;
    if (replace_text(&w->last_key, link->key) != AUTH0DB_OK)
        return AUTH0DB_ERR_NO_MEMORY;
    if (!a0_attempts_of(&w->attempts, link->auth0_id, link->created, &row.counts))
        return 0;
    row.key = a0_strdup(link->key);
    if (row.key == NULL)
        return AUTH0DB_ERR_NO_MEMORY;
    w->page[w->n_page++] = row;
    return 0;
}

static void add(a0_watch_counts *to, const a0_watch_counts *more)
{
    to->tried += more->tried;
    to->first_failed += more->first_failed;
    to->never_in += more->never_in;
}

/* The hash of now: a user who has logged in or reset since may have another one. */
static hash_kind *hash_kind_of(watch *w, const a0_record *record)
{
    auth0db_hash_params params = {0};
    (void)!auth0db_hash_identify(record->password.data, record->password.len, &params, NULL);
    for (size_t i = 0; i < w->n_kinds; i++) {
        if (a0_hash_kind_equal(&w->hash_kinds[i].params, &params))
            return &w->hash_kinds[i];
    }
    if (w->n_kinds < KINDS_MAX)
        w->hash_kinds[w->n_kinds++].params = params;
    return &w->hash_kinds[w->n_kinds - 1];
}

static int count_user(void *ctx, const a0_record *record, auth0db_error *err)
{
    watch *w = ctx;
    for (size_t i = 0; i < w->n_page; i++) {
        if (strlen(w->page[i].key) != record->key.len ||
            memcmp(w->page[i].key, record->key.data, record->key.len) != 0)
            continue;
        add(&hash_kind_of(w, record)->counts, &w->page[i].counts);
        add(&w->all, &w->page[i].counts);
        break;
    }
    return AUTH0DB_OK;
}

/* The hashes of the users on the page. */
static int count_page(watch *w)
{
    a0_slice keys[LINKS_A_PAGE];
    for (size_t i = 0; i < w->n_page; i++)
        keys[i] = (a0_slice){w->page[i].key, strlen(w->page[i].key)};
    const a0_scan_options options = {.keys = keys, .n_keys = w->n_page, .since_login = A0_NO_TIME};
    return a0_users_some(w->bulk->store, &options, count_user, w, w->err);
}

static void clear_page(watch *w)
{
    for (size_t i = 0; i < w->n_page; i++)
        a0_free(w->page[i].key);
    w->n_page = 0;
}

static int read_links(watch *w)
{
    int rc = replace_text(&w->last_key, "");
    if (rc != AUTH0DB_OK)
        return a0_error_no_memory(w->err);
    do {
        w->n_links = 0;
        char *after = w->last_key; /* take_link replaces it */
        w->last_key = NULL;
        rc = a0_store_links(w->bulk->store, "bulk", after, LINKS_A_PAGE, take_link, w, w->err);
        a0_free(after);
        if (rc == AUTH0DB_ERR_NO_MEMORY)
            a0_error_no_memory(w->err);
        w->moved += w->n_links;
        if (rc == AUTH0DB_OK)
            rc = count_page(w);
        clear_page(w);
        if (rc == AUTH0DB_OK)
            rc = a0_bulk_go_on(w->bulk, w->err);
    } while (rc == AUTH0DB_OK && w->n_links == LINKS_A_PAGE);
    return rc;
}

/* --- the report -------------------------------------------------------------------------------
 */

/* Compared crosswise, as whole numbers: nobody tried is no division by zero. */
static int worst_first(const void *left, const void *right)
{
    const a0_watch_counts *a = &((const hash_kind *)left)->counts;
    const a0_watch_counts *b = &((const hash_kind *)right)->counts;
    if (a->first_failed * b->tried != b->first_failed * a->tried)
        return a->first_failed * b->tried > b->first_failed * a->tried ? -1 : 1;
    return a->tried > b->tried ? -1 : a->tried < b->tried;
}

static json_t *counts_of(const a0_watch_counts *counts)
{
    return json_pack("{s:I, s:I, s:I}", "tried", (json_int_t)counts->tried, "first_failed",
                     (json_int_t)counts->first_failed, "never_in", (json_int_t)counts->never_in);
}

static json_t *hashers_of(watch *w, bool *alarm)
{
    json_t *list = json_array();
    qsort(w->hash_kinds, w->n_kinds, sizeof w->hash_kinds[0], worst_first);
    for (size_t i = 0; i < w->n_kinds && list != NULL; i++) {
        char label[A0_HASH_KIND_LABEL_SIZE];
        const hash_kind *b = &w->hash_kinds[i];
        a0_watch_verdict verdict = a0_watch_judge(&b->counts, &w->all);
        a0_hash_kind_label(&b->params, label);
        json_t *one = json_pack("{s:s, s:s, s:s}", "hasher", auth0db_hasher_name(b->params.hasher),
                                "parameters", label, "verdict", a0_watch_verdict_name(verdict));
        *alarm |= verdict == A0_WATCH_SUSPICIOUS || verdict == A0_WATCH_FAILING;
        json_object_update_new(one, counts_of(&b->counts));
        json_array_append_new(list, one);
    }
    return list;
}

static int report(watch *w)
{
    bool alarm = false;
    char since[A0_TIME_SIZE] = "";
    json_t *hashers = hashers_of(w, &alarm);
    if (w->since != A0_NO_TIME)
        a0_time_format(w->since, since);
    json_t *users = counts_of(&w->all);
    json_object_set_new(users, "moved", json_integer((json_int_t)w->moved));
    return a0_bulk_event(w->bulk,
                         json_pack("{s:s, s:s, s:b, s:s, s:s, s:s, s:b, s:I, s:I, s:b, s:o, s:o}",
                                   "event", "report", "run", "watch", "alarm", alarm, "since",
                                   since, "until", w->until, "log_from", w->log_from,
                                   "reaches_back", w->reaches_back, "unnamed",
                                   (json_int_t)w->unnamed, "entries", (json_int_t)w->entries,
                                   "complete", w->complete, "users", users, "hashers", hashers),
                         w->err);
}

/* --- the run ----------------------------------------------------------------------------------
 */

static bool go_on_waiting(void *ctx, unsigned left_ms)
{
    const auth0db_bulk *bulk = ctx;
    return bulk->interrupted == NULL || !bulk->interrupted(bulk->ctx);
}

static int read_options(auth0db_watch_options *out, const auth0db_watch_options *from,
                        auth0db_error *err)
{
    *out = (auth0db_watch_options){0};
    if (from != NULL && from->size < sizeof from->size)
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "size", "is not the size of the options");
    if (from != NULL)
        memcpy(out, from, from->size < sizeof *out ? from->size : sizeof *out);
    return AUTH0DB_OK;
}

int auth0db_bulk_watch(auth0db_bulk *bulk, const auth0db_watch_options *options, auth0db_error *err)
{
    auth0db_watch_options o;
    int rc = read_options(&o, options, err);
    if (rc != AUTH0DB_OK)
        return rc;
    if (bulk->client == NULL)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "AUTH0_DOMAIN", "is not set: whose log?");
    watch *w = a0_alloc(sizeof *w);
    if (w == NULL)
        return a0_error_no_memory(err);
    w->bulk = bulk;
    w->err = err;
    w->most = o.entries > 0 ? o.entries : ENTRIES_USUAL;
    a0_client_on_wait(bulk->client, go_on_waiting, bulk);
    rc = a0_store_check(bulk->store, false, err);
    if (rc == AUTH0DB_OK)
        rc = read_since(w, o.since);
    if (rc == AUTH0DB_OK)
        rc = a0_bulk_need_scopes(bulk, AUTH0DB_USE_WATCH, err);
    if (rc == AUTH0DB_OK)
        rc = read_log(w);
    if (rc == AUTH0DB_OK)
        rc = read_links(w);
    if (rc == AUTH0DB_OK)
        rc = report(w);
    a0_client_on_wait(bulk->client, NULL, NULL);
    clear_page(w);
    a0_attempts_clear(&w->attempts);
    a0_free(w->after);
    a0_free(w->last_key);
    a0_free(w);
    return rc;
}
