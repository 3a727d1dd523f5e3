/* Users page by page, for the servers. A page begins behind the key of the last user, and not
 * behind a number of rows: so it costs the same wherever it begins, and users who come or go
 * meanwhile shift nobody out of it. Each is read to its end before a user of it is handed out:
 * between two pages nothing is open that would keep the site from writing, or its tables from
 * being vacuumed. */
#include "store/page.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/values.h"

enum { PAGE = 5000 }; /* users: some megabytes, and an answer within a blink */

static a0_page_scan *as_page_scan(a0_scan *scan)
{
    return (a0_page_scan *)(void *)scan;
}

static int load_page(a0_page_scan *scan, auth0db_error *err)
{
    a0_sql sql = A0_SQL(scan->base.store);
    scan->of_page = scan->left < PAGE ? scan->left : PAGE;
    if (scan->last_key.len > 0)
        scan->options.after = (a0_slice){scan->last_key.data, scan->last_key.len};
    a0_sql_select_users(&sql, &scan->options, scan->of_page, scan->ours, &scan->base.layout);
    int rc = sql.rc == AUTH0DB_OK ? scan->reader->load(scan, &sql, err) : a0_error_no_memory(err);
    a0_sql_clear(&sql);
    return rc;
}

void a0_page_scan_end(a0_scan *base)
{
    a0_page_scan *scan = as_page_scan(base);
    scan->reader->drop(scan);
    a0_buf_clear(&scan->last_key);
    a0_buf_clear(&scan->base.values);
    a0_free(scan);
}

int a0_page_scan_begin(a0_page_scan *scan, const a0_page_reader *reader, a0_store *store,
                       const a0_scan_options *options, a0_scan **out, auth0db_error *err)
{
    scan->reader = reader;
    scan->base.store = store;
    scan->options = *options;
    scan->left = options->limit > 0 ? options->limit : UINT64_MAX;
    /* The first page at once: a table or a right that is missing ends the beginning of a scan, and
     * not its first user. */
    int rc = a0_store_ours(store, &scan->ours, err);
    if (rc == AUTH0DB_OK)
        rc = load_page(scan, err);
    if (rc != AUTH0DB_OK)
        a0_page_scan_end(&scan->base);
    else
        *out = &scan->base;
    return rc;
}

/* --- one row --------------------------------------------------------------------------------- */

static a0_slice text_of(const a0_page_scan *scan, int which)
{
    int at = scan->base.layout.at[which];
    return at >= 0 ? scan->reader->column(scan, at) : (a0_slice){NULL, 0};
}

/* A column of megabytes is not carried through the run: cut and marked it holds its user back. */
static a0_slice cut(a0_record *row, a0_slice text)
{
    if (text.len > A0_FIELD_MAX) {
        row->too_long = true;
        text.len = A0_FIELD_MAX;
    }
    return text;
}

static bool flag(const a0_page_scan *scan, int which, bool absent)
{
    if (scan->base.layout.at[which] < 0)
        return absent;
    a0_slice text = text_of(scan, which);
    const char *word = text.data;
    if (word == NULL)
        return which == A0_COL_ACTIVE && scan->base.store->map.null_is_active;
    /* What is not plainly true is not: nobody is let in, or verified, by a typing error. */
    return text.len > 0 && (word[0] == 't' || (word[0] >= '1' && word[0] <= '9'));
}

static unsigned number(const a0_page_scan *scan, int which)
{
    a0_slice text = text_of(scan, which);
    return text.len > 0 ? (unsigned)strtoul(text.data, NULL, 10) : 0;
}

/* 'infinity' and MySQL's days that are none are no time; their user moves all the same. */
static int64_t moment(const a0_page_scan *scan, int which)
{
    a0_slice text = text_of(scan, which);
    return text.data != NULL ? a0_time_parse(text.data, text.len) : A0_NO_TIME;
}

static void read_plain(a0_page_scan *scan, a0_record *row)
{
    row->too_long = false;
    row->key = cut(row, text_of(scan, A0_COL_KEY));
    row->key = a0_key_out(scan->base.store, row->key, scan->base.key_buf);
    row->username = cut(row, text_of(scan, A0_COL_USERNAME));
    row->email = cut(row, text_of(scan, A0_COL_EMAIL));
    row->password = cut(row, text_of(scan, A0_COL_PASSWORD));
    row->given_name = cut(row, text_of(scan, A0_COL_GIVEN_NAME));
    row->family_name = cut(row, text_of(scan, A0_COL_FAMILY_NAME));
    row->active = flag(scan, A0_COL_ACTIVE, true);
    row->staff = flag(scan, A0_COL_STAFF, false);
    row->superuser = flag(scan, A0_COL_SUPERUSER, false);
    row->email_verified = flag(scan, A0_COL_VERIFIED, false);
    row->last_login = moment(scan, A0_COL_LAST_LOGIN);
    row->joined = moment(scan, A0_COL_JOINED);
    row->linked = flag(scan, A0_COL_LINKED, false);
    row->claimed = flag(scan, A0_COL_CLAIMED, false);
    row->reminded = flag(scan, A0_COL_REMINDED, false);
    row->tombstones = number(scan, A0_COL_TOMBSTONES);
    row->holdout = text_of(scan, A0_COL_HOLDOUT);
    row->holdout_digest = text_of(scan, A0_COL_HOLDOUT_DIGEST);
    row->lane = text_of(scan, A0_COL_LANE);
    row->sync_digest = text_of(scan, A0_COL_SYNC_DIGEST);
    for (int i = 0; i < A0_LINK_COLUMNS; i++)
        row->link[i] = text_of(scan, A0_COL_LINK + i);
}

static int read_factors(a0_page_scan *scan, a0_record *row, auth0db_error *err)
{
    const a0_site_map *map = &scan->base.store->map;
    if (map->n_mfa == 0 || scan->options.keys_and_emails)
        return AUTH0DB_OK;
    a0_mfa_begin(row, &scan->base.values);
    for (unsigned i = 0; i < map->n_mfa; i++) {
        if (a0_mfa_decode(row, &map->mfa[i], text_of(scan, A0_COL_MFA + (int)i),
                          &scan->base.values) != AUTH0DB_OK)
            return a0_error_no_memory(err);
    }
    return AUTH0DB_OK;
}

/* A page shorter than asked for is the last one. */
static int next_row(a0_page_scan *scan, bool *more, auth0db_error *err)
{
    if (scan->of_page == 0 && scan->left > 0) {
        /* From the last row, which the next page drops; not from the record, which may have been
         * cut. */
        const a0_slice key = text_of(scan, A0_COL_KEY);
        a0_buf_reset(&scan->last_key);
        if (a0_buf_append(&scan->last_key, key.data, key.len) != AUTH0DB_OK)
            return a0_error_no_memory(err);
        int rc = load_page(scan, err);
        if (rc != AUTH0DB_OK)
            return rc;
    }
    *more = false;
    return scan->left > 0 ? scan->reader->next(scan, more, err) : AUTH0DB_OK;
}

int a0_page_scan_next(a0_scan *base, const a0_record **row, auth0db_error *err)
{
    a0_page_scan *scan = as_page_scan(base);
    bool more = false;
    int rc = next_row(scan, &more, err);
    if (rc != AUTH0DB_OK)
        return rc;
    /* So that a scan that is asked once more does not ask the database for a page behind the
     * end. */
    if (!more) {
        scan->left = 0;
        return AUTH0DB_OK;
    }
    scan->left--;
    scan->of_page--;
    read_plain(scan, &scan->base.record);
    rc = read_factors(scan, &scan->base.record, err);
    if (rc == AUTH0DB_OK)
        *row = &scan->base.record;
    return rc;
}
