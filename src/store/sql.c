/* SQL text in the making. Names are the site map's and are quoted; values never stand in the text,
 * whoever wrote them, but are bound. What a statement says is the caller's business; that it is
 * whole is store.c's (built). */
#include "store/sql.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "store/store_int.h"
#include "store/values.h"

void a0_sql_clear(a0_sql *sql)
{
    a0_buf_clear(&sql->text);
    a0_buf_clear(&sql->values);
    a0_buf_clear(&sql->bytes);
    sql->n = 0;
    sql->rc = AUTH0DB_OK;
}

static void append(a0_sql *sql, const char *text, size_t len)
{
    if (sql->rc == AUTH0DB_OK)
        sql->rc = a0_buf_append(&sql->text, text, len);
}

/* Django's own rule: a db_table that is quoted already ("schema"."table") stays. Here only where
 * the quotes leave no doubt. */
static bool is_quoted(const char *name, char quote)
{
    size_t len = strlen(name);
    unsigned quotes = 0;
    if (len < 7 || name[0] != quote || name[len - 1] != quote)
        return false;
    for (size_t i = 0; i < len; i++)
        quotes += name[i] == quote;
    const char between[] = {quote, '.', quote, '\0'};
    const char *dot = strstr(name + 1, between);
    return quotes == 4 && dot != NULL && dot != name + 1 && dot + 3 != name + len - 1;
}

/* A quote within the name is doubled: no name can end its own quotes and go on as SQL. */
static void identifier(a0_sql *sql, const char *name)
{
    char quote = sql->store->dialect.quote;
    if (is_quoted(name, quote)) {
        append(sql, name, strlen(name));
        return;
    }
    append(sql, &quote, 1);
    for (; *name != '\0'; name++) {
        if (*name == quote)
            append(sql, &quote, 1);
        append(sql, name, 1);
    }
    append(sql, &quote, 1);
}

void a0_sql_put(a0_sql *sql, const char *text, ...)
{
    va_list names;
    va_start(names, text);
    for (const char *at; (at = strchr(text, '@')) != NULL; text = at + 1) {
        append(sql, text, (size_t)(at - text));
        identifier(sql, va_arg(names, const char *));
    }
    append(sql, text, strlen(text));
    va_end(names);
}

void a0_sql_column(a0_sql *sql, char of, const char *name)
{
    const char prefix[] = {of, '.'};
    append(sql, prefix, sizeof prefix);
    identifier(sql, name);
}

/* --- values ---------------------------------------------------------------------------------- */

/* Copied, and with a NUL behind it: a key lives as long as the row that it came from, and engines
 * want C texts. */
static void bind(a0_sql *sql, a0_value value, const char *text, size_t len)
{
    char placeholder[16];
    value.at = sql->bytes.len;
    value.len = len;
    if (sql->rc == AUTH0DB_OK)
        sql->rc = a0_buf_append(&sql->bytes, text, len);
    if (sql->rc == AUTH0DB_OK)
        sql->rc = a0_buf_append(&sql->bytes, "", 1);
    if (sql->rc == AUTH0DB_OK)
        sql->rc = a0_buf_append(&sql->values, &value, sizeof value);
    sql->n++;
    snprintf(placeholder, sizeof placeholder, sql->store->dialect.numbered ? "$%zu" : "?", sql->n);
    append(sql, placeholder, strlen(placeholder));
}

void a0_sql_text(a0_sql *sql, const char *text)
{
    bind(sql, (a0_value){.kind = A0_VALUE_TEXT}, text != NULL ? text : "",
         text != NULL ? strlen(text) : 0);
}

void a0_sql_int(a0_sql *sql, int64_t number)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%lld", (long long)number);
    bind(sql, (a0_value){.kind = A0_VALUE_INT, .number = number}, digits, (size_t)n);
}

void a0_sql_time(a0_sql *sql, int64_t time)
{
    char text[A0_TIME_SIZE], suffixed[A0_TIME_SIZE + 8];
    a0_time_format(time, text);
    /* No time, or one of a year that Django could not read back. */
    if (time == 0 || text[0] == '\0') {
        bind(sql, (a0_value){.kind = A0_VALUE_NULL}, "", 0);
        return;
    }
    int n = snprintf(suffixed, sizeof suffixed, "%s%s", text, sql->store->dialect.time_suffix);
    bind(sql, (a0_value){.kind = A0_VALUE_TEXT}, suffixed, (size_t)n);
}

void a0_sql_key(a0_sql *sql, a0_slice key)
{
    char hex[A0_UUID_LEN + 1];
    int64_t number;
    a0_key_type type = sql->store->map.key_type;
    /* SQLite lets a text into a column of integers. Such a key stays a text, or the next page
     * would begin somewhere else. */
    if (type == A0_KEY_INTEGER && a0_integer_parse(key, &number)) {
        a0_sql_int(sql, number);
        return;
    }
    if (type == A0_KEY_UUID && !sql->store->dialect.uuid_text)
        key = a0_uuid_to_hex(key, hex);
    bind(sql, (a0_value){.kind = A0_VALUE_TEXT}, key.len > 0 ? key.data : "", key.len);
}

const char *a0_keyed_key(a0_keyed keyed, size_t i)
{
    return *(const char *const *)(const void *)((const char *)keyed.rows + i * keyed.size);
}

/* The widest row of ours, a link, has eleven values: 500 of them are far from the 20,000 that a
 * statement on a server takes, and from SQLite's 32,766. */
a0_keyed a0_keyed_chunk(a0_keyed keyed, size_t chunk)
{
    size_t from = chunk * A0_KEYED_MAX, left = from < keyed.n ? keyed.n - from : 0;
    keyed.n = left < A0_KEYED_MAX ? left : A0_KEYED_MAX;
    keyed.rows = keyed.n > 0 ? (const char *)keyed.rows + from * keyed.size : NULL;
    return keyed;
}

/* Both sides are mostly in key order, so the next one is mostly where the last one was found. It
 * is looked for all around, because a database may order texts in another way: nobody is missed
 * for that, it only takes longer. */
size_t a0_keyed_find(a0_keyed keyed, a0_slice key, size_t *hint)
{
    for (size_t i = 0; i < keyed.n; i++) {
        size_t at = (*hint + i) % keyed.n;
        const char *candidate = a0_keyed_key(keyed, at);
        if (strlen(candidate) == key.len && memcmp(candidate, key.data, key.len) == 0) {
            *hint = at + 1;
            return at;
        }
    }
    return keyed.n;
}

void a0_sql_tombstones(a0_sql *sql, const char *of, const char *column)
{
    a0_sql_put(sql, "(SELECT max(t.@) FROM @ t WHERE t.@ = @.@)", "number",
               sql->store->map.tombstones, "user_id", of, column);
}

void a0_sql_keys(a0_sql *sql, a0_keyed keyed)
{
    for (size_t i = 0; i < keyed.n; i++) {
        const char *key = a0_keyed_key(keyed, i);
        a0_sql_put(sql, i > 0 ? ", " : "(");
        a0_sql_key(sql, (a0_slice){key, strlen(key)});
    }
    /* An empty list is no SQL, and NULL equals nobody. */
    a0_sql_put(sql, keyed.n > 0 ? ")" : "(NULL)");
}

const char *a0_sql_value(const a0_sql *sql, size_t i, const a0_value **value)
{
    const a0_value *found = (const a0_value *)(const void *)sql->values.data + i;
    if (value != NULL)
        *value = found;
    return found->kind == A0_VALUE_NULL ? NULL : sql->bytes.data + found->at;
}

a0_slice a0_key_out(const a0_store *store, a0_slice raw, char buf[A0_NAME_SIZE])
{
    return store->map.key_type == A0_KEY_UUID ? a0_uuid_from_hex(raw, buf) : raw;
}
