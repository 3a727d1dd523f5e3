/* The SELECT of a scan: one row a user, whatever the packages' tables hold. What there may be
 * several of (second factors) comes as one text a source, so that LIMIT counts users and every
 * look-up is by the index on the user's key. */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/secret.h"
#include "store/store_int.h"

/* Begin another column of the SELECT. */
static void next_column(a0_sql *sql, a0_layout *layout, int which)
{
    if (layout->n > 0)
        a0_sql_put(sql, ", ");
    layout->at[which] = (short)layout->n++;
}

static void plain(a0_sql *sql, a0_layout *layout, int which, const char *name)
{
    if (*name == '\0')
        return;
    next_column(sql, layout, which);
    a0_sql_column(sql, 'u', name);
}

static void plain_columns(a0_sql *sql, const a0_scan_options *options, a0_layout *layout)
{
    const a0_site_map *map = &sql->store->map;
    /* The key first: the engines read it from column 0. */
    plain(sql, layout, A0_COL_KEY, map->key);
    plain(sql, layout, A0_COL_EMAIL, map->email);
    plain(sql, layout, A0_COL_USERNAME, map->username);
    /* The search for shared e-mails reads every user, before anything else is done. So it reads no
     * more than it needs, and no hashes. */
    if (options->keys_and_emails && !options->with_state)
        return;
    plain(sql, layout, A0_COL_ACTIVE, map->active);
    plain(sql, layout, A0_COL_LAST_LOGIN, map->last_login);
    if (options->keys_and_emails)
        return;
    plain(sql, layout, A0_COL_PASSWORD, map->password);
    plain(sql, layout, A0_COL_GIVEN_NAME, map->given_name);
    plain(sql, layout, A0_COL_FAMILY_NAME, map->family_name);
    if (!options->with_details)
        return;
    plain(sql, layout, A0_COL_STAFF, map->staff);
    plain(sql, layout, A0_COL_SUPERUSER, map->superuser);
    plain(sql, layout, A0_COL_JOINED, map->joined);
}

static void around(a0_sql *sql, const char *const around[2], char of, const char *name)
{
    a0_sql_put(sql, around[0]);
    a0_sql_column(sql, of, name);
    a0_sql_put(sql, around[1]);
}

/* Verified is the address that is exported, not any address of the user. Compared by bytes:
 * MariaDB takes an address with a blank at its end for the one without it, which somebody else may
 * own. */
static void verified_column(a0_sql *sql, a0_layout *layout)
{
    const a0_site_map *map = &sql->store->map;
    const a0_dialect *dialect = &sql->store->dialect;
    if (map->verified.table[0] == '\0' || map->email[0] == '\0')
        return;
    next_column(sql, layout, A0_COL_VERIFIED);
    a0_sql_put(sql, "EXISTS (SELECT 1 FROM @ v WHERE v.@ = u.@ AND v.@ AND ", map->verified.table,
               map->verified.user, map->key, map->verified.verified);
    around(sql, dialect->lower, 'v', map->verified.email);
    a0_sql_put(sql, " = ");
    around(sql, dialect->lower, 'u', map->email);
    a0_sql_put(sql, ")");
}

static void factor_number(a0_sql *sql, const char *name)
{
    a0_sql_put(sql, sql->store->dialect.join[1]);
    a0_sql_put(sql, "':'");
    if (*name == '\0')
        return;
    a0_sql_put(sql, sql->store->dialect.join[1]);
    a0_sql_put(sql, "coalesce(m.@, 0)", name);
}

/* "HEX:digits:step:t0,HEX:digits:step:t0". In hex, since a value may hold any character, ',' and
 * ':' too: allauth's is JSON. */
static void factors_column(a0_sql *sql, const a0_mfa_source *source)
{
    const a0_dialect *dialect = &sql->store->dialect;
    a0_sql_put(sql, "(SELECT ");
    a0_sql_put(sql, dialect->aggregate[0]);
    a0_sql_put(sql, dialect->join[0]);
    if (source->value[0] != '\0')
        around(sql, dialect->hex, 'm', source->value);
    else
        a0_sql_put(sql, "''");
    factor_number(sql, source->digits);
    factor_number(sql, source->step);
    factor_number(sql, source->t0);
    a0_sql_put(sql, dialect->join[2]);
    a0_sql_put(sql, dialect->aggregate[1]);
    a0_sql_put(sql, " FROM @ m WHERE m.@ = u.@", source->table, source->user, sql->store->map.key);
    /* The site does not ask for a factor whose set-up was never finished, and its user could not
     * show it at Auth0. */
    if (source->confirmed[0] != '\0')
        a0_sql_put(sql, " AND m.@", source->confirmed);
    if (source->type[0] != '\0') {
        a0_sql_put(sql, " AND m.@ = ", source->type);
        a0_sql_text(sql, source->type_is);
    }
    a0_sql_put(sql, ")");
}

static void link_columns(a0_sql *sql, a0_layout *layout)
{
    static const char *const names[A0_LINK_COLUMNS] = {
        [A0_LINK_ID] = "auth0_id",
        [A0_LINK_EMAIL] = "email",
        [A0_LINK_USERNAME] = "tenant_username",
        [A0_LINK_SAME] = "same",
        [A0_LINK_REPLACED] = "replaced",
        [A0_LINK_TOLD] = "told",
        [A0_LINK_WORD] = "word",
        [A0_LINK_SITE_ADDRESS] = "site_address",
        [A0_LINK_TENANT_ADDRESS] = "tenant_address",
        [A0_LINK_SYNCING] = "syncing",
        [A0_LINK_UNPUSHED] = "unpushed",
        [A0_LINK_UNSYNCED] = "unsynced",
        [A0_LINK_BLOCK] = "block",
    };
    for (int i = 0; i < A0_LINK_COLUMNS; i++) {
        next_column(sql, layout, A0_COL_LINK + i);
        a0_sql_put(sql, "l.@", names[i]);
    }
}

static void our_columns(a0_sql *sql, a0_layout *layout, bool details)
{
    next_column(sql, layout, A0_COL_LINKED);
    a0_sql_put(sql, "l.@ IS NOT NULL", "user_id");
    next_column(sql, layout, A0_COL_CLAIMED);
    a0_sql_put(sql, "c.@ IS NOT NULL", "user_id");
    next_column(sql, layout, A0_COL_REMINDED);
    a0_sql_put(sql, "r.@ IS NOT NULL", "user_id");
    next_column(sql, layout, A0_COL_TOMBSTONES);
    a0_sql_tombstones(sql, "u", sql->store->map.key);
    next_column(sql, layout, A0_COL_HOLDOUT);
    a0_sql_put(sql, "h.@", "reason");
    next_column(sql, layout, A0_COL_HOLDOUT_DIGEST);
    a0_sql_put(sql, "h.@", "hash_digest");
    if (!details)
        return;
    next_column(sql, layout, A0_COL_LANE);
    a0_sql_put(sql, "l.@", "lane");
    next_column(sql, layout, A0_COL_SYNC_DIGEST);
    a0_sql_put(sql, "l.@", "sync_digest");
}

/* Where the page begins is said of each table: PostgreSQL concludes it for none of them, and would
 * read them from their first row, page after page. */
static void left_join(a0_sql *sql, const char *table, char as, a0_slice after)
{
    a0_sql_put(sql, " LEFT JOIN @ ", table);
    a0_sql_put(sql, (const char[]){as, '\0'});
    a0_sql_put(sql, " ON ");
    a0_sql_column(sql, as, "user_id");
    a0_sql_put(sql, " = u.@", sql->store->map.key);
    if (after.data == NULL)
        return;
    a0_sql_put(sql, " AND ");
    a0_sql_column(sql, as, "user_id");
    a0_sql_put(sql, " > ");
    a0_sql_key(sql, after);
}

/* Only what is asked for is joined: before our tables are made there is nothing to join, and each
 * one costs a look-up a user. */
static void from_tables(a0_sql *sql, a0_slice after, bool state, bool unsettled)
{
    const a0_site_map *map = &sql->store->map;
    a0_sql_put(sql, " FROM @ u", map->users);
    if (state || unsettled) {
        left_join(sql, map->links, 'l', after);
        left_join(sql, map->claims, 'c', after);
    }
    if (state) {
        left_join(sql, map->reminders, 'r', after);
        left_join(sql, map->holdouts, 'h', after);
    }
}

static void key_list(a0_sql *sql, const a0_scan_options *options)
{
    a0_sql_put(sql, " AND u.@ IN (", sql->store->map.key);
    for (size_t i = 0; i < options->n_keys; i++) {
        a0_sql_put(sql, i > 0 ? ", " : "");
        a0_sql_key(sql, options->keys[i]);
    }
    /* Nobody is asked for: an empty list is no SQL, and NULL equals nobody. */
    a0_sql_put(sql, options->n_keys > 0 ? ")" : "NULL)");
}

static void conditions(a0_sql *sql, const a0_scan_options *options, bool unsettled)
{
    const a0_site_map *map = &sql->store->map;
    /* SQLite lets NULL into a primary key that is no integer. No row of ours can name such a user,
     * and no page could begin behind one; they are counted elsewhere
     * (a0_store_count_unrecordable_keys). */
    a0_sql_put(sql, " WHERE u.@ IS NOT NULL", map->key);
    if (options->after.data != NULL) {
        a0_sql_put(sql, " AND u.@ > ", map->key);
        a0_sql_key(sql, options->after);
    }
    if (options->only_active && map->active[0] != '\0')
        a0_sql_put(sql, map->null_is_active ? " AND (u.@ OR u.@ IS NULL)" : " AND u.@", map->active,
                   map->active);
    if (options->since_login != A0_NO_TIME && map->last_login[0] != '\0') {
        a0_sql_put(sql, " AND u.@ >= ", map->last_login);
        /* 0 would be bound as NULL, and nobody is later than that: the beginning of 1970 is a
         * microsecond later here. */
        a0_sql_time(sql, options->since_login != 0 ? options->since_login : 1);
    }
    if (unsettled)
        a0_sql_put(sql, " AND l.@ IS NULL AND c.@ IS NULL", "user_id", "user_id");
    if (options->keys != NULL)
        key_list(sql, options);
}

void a0_sql_select_users(a0_sql *sql, const a0_scan_options *options, uint64_t limit, bool ours,
                         a0_layout *layout)
{
    const a0_site_map *map = &sql->store->map;
    bool state = ours && options->with_state, unsettled = ours && options->unsettled_only;
    memset(layout->at, -1, sizeof layout->at);
    layout->n = 0;
    a0_sql_put(sql, "SELECT ");
    plain_columns(sql, options, layout);
    if (!options->keys_and_emails) {
        verified_column(sql, layout);
        for (unsigned i = 0; i < map->n_mfa; i++) {
            next_column(sql, layout, A0_COL_MFA + (int)i);
            factors_column(sql, &map->mfa[i]);
        }
    }
    if (state)
        our_columns(sql, layout, options->with_details);
    if (state && options->with_link)
        link_columns(sql, layout);
    from_tables(sql, options->after, state, unsettled);
    conditions(sql, options, unsettled);
    a0_sql_put(sql, " ORDER BY u.@", map->key);
    if (limit > 0) {
        a0_sql_put(sql, " LIMIT ");
        a0_sql_int(sql, limit < INT64_MAX ? (int64_t)limit : INT64_MAX);
    }
}

/* --- second factors -------------------------------------------------------------------------- */

/* A number that ends at `end`; -1 where it is none, 0 where there is nothing. */
static int small_number(const char *text, const char *end)
{
    int value = 0;
    /* No factor counts in millions, and nothing can overflow. */
    if (end - text > 6)
        return -1;
    for (; text < end; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        value = value * 10 + (*text - '0');
    }
    return value;
}

static const char *field_end(const char *text, const char *end)
{
    const char *colon = memchr(text, ':', (size_t)(end - text));
    return colon != NULL ? colon : end;
}

/* One item, "HEX:digits:step:t0". */
static void decode_factor(a0_mfa_row *row, const char *text, const char *end, a0_buf *values)
{
    int *numbers[] = {&row->digits, &row->step, &row->t0};
    const char *hex_end = field_end(text, end);
    char *to = values->data + values->len;
    long n = a0_hex_decode(text, (size_t)(hex_end - text), to, A0_FIELD_MAX);
    /* What is no hex leaves a factor without a value: it cannot move, and is counted as one that
     * stays. */
    row->value = (a0_slice){to, n > 0 ? (size_t)n : 0};
    values->len += row->value.len;
    for (size_t i = 0; i < A0_COUNT(numbers) && hex_end < end; i++) {
        const char *start = hex_end + 1;
        hex_end = field_end(start, end);
        *numbers[i] = small_number(start, hex_end);
    }
}

void a0_mfa_begin(a0_record *record, a0_buf *values)
{
    record->n_mfa = record->mfa_dropped = 0;
    a0_wipe(values->data, values->len); /* not a0_buf_reset: that wipes all the room, every row */
    values->len = 0;
}

int a0_mfa_decode(a0_record *record, const a0_mfa_source *source, a0_slice text, a0_buf *values)
{
    /* Room for all there may be: slices point into the buffer, so it must not move. */
    int rc = a0_buf_reserve(values, (A0_MFA_ROWS_MAX - record->n_mfa) * A0_FIELD_MAX);
    const char *at = text.len > 0 ? text.data : NULL, *end = at != NULL ? at + text.len : NULL;
    while (rc == AUTH0DB_OK && at != NULL) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        if (record->n_mfa < A0_MFA_ROWS_MAX) {
            a0_mfa_row *row = &record->mfa[record->n_mfa++];
            *row = (a0_mfa_row){.source = source};
            decode_factor(row, at, comma != NULL ? comma : end, values);
        } else {
            /* Counted, because a report must say that a factor stays behind. */
            record->mfa_dropped++;
        }
        at = comma != NULL ? comma + 1 : NULL;
    }
    return rc;
}
