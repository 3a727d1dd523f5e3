/* Is this the site's own database, or a copy of it? The Django app asks the same (auth0db.copies),
 * and the list of where the site lives is one: an entry is [place, what the server says of itself].
 */
#include "store/lives.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "store/store_int.h"

/* As many as auth0db.copies keeps, which writes the same list. */
enum { ENTRIES_MAX = 20 };

/* PostgreSQL's number of the cluster, which a standby shares and a restored dump does not;
 * MariaDB's own host name, but only where the place says localhost, which every machine is to
 * itself. What a server does not tell is nobody's fault: a role may lack the right to ask, and the
 * site must not stop for that. */
static void ask_server(a0_store *store)
{
    const bool postgresql = strcmp(store->engine->kind, "postgresql") == 0;
    a0_sql sql = A0_SQL(store);
    auth0db_error ignored = {0};
    a0_rows *rows = NULL;
    bool more = false;
    if (store->place.server[0] != '\0' || (!postgresql && !store->place.is_local))
        return;
    /* The answer stands in the second column, where SHOW VARIABLES has it. */
    a0_sql_put(&sql, postgresql ? "SELECT 0, system_identifier FROM pg_control_system()"
                                : "SHOW VARIABLES LIKE 'hostname'");
    if (a0_sql_query(&sql, &rows, &ignored) == AUTH0DB_OK &&
        a0_rows_next(rows, &more, &ignored) == AUTH0DB_OK && more)
        a0_rows_copy(rows, 1, store->place.server, sizeof store->place.server);
    a0_rows_end(rows);
}

/* --- the list -------------------------------------------------------------------------------- */

/* "postgresql db:5432/site" and "postgresql db:/site" are one place. */
static bool same_place(const char *said, const char *here)
{
    static const char *const usual[] = {":5432/", ":3306/"};
    for (size_t i = 0; i < A0_COUNT(usual); i++) {
        const char *port = strncmp(said, "sqlite ", 7) != 0 ? strstr(said, usual[i]) : NULL;
        const size_t before = port != NULL ? (size_t)(port - said) + 1 : 0;
        if (port != NULL && strncmp(said, here, before) == 0 &&
            strcmp(port + strlen(usual[i]) - 1, here + before) == 0)
            return true;
    }
    return strcmp(said, here) == 0;
}

static const char *text_at(const json_t *entry, size_t i)
{
    const char *text = json_string_value(json_array_get(entry, i));
    return text != NULL ? text : "";
}

/* What either side does not tell, or did not at the time, counts as the same: else a right that is
 * taken away would turn the site into a copy of itself. */
static bool is_on_list(const a0_store *store, const json_t *list)
{
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        const char *server = text_at(entry, 1);
        if (same_place(text_at(entry, 0), store->place.text) &&
            (strcmp(server, store->place.server) == 0 || *server == '\0' ||
             store->place.server[0] == '\0'))
            return true;
    }
    return false;
}

/* *list NULL: nobody has looked yet. */
static int read_list(a0_store *store, bool *row, json_t **list, auth0db_error *err)
{
    a0_sql sql = A0_SQL(store);
    a0_rows *rows;
    *list = NULL;
    a0_sql_put(&sql, "SELECT @ FROM @ WHERE @ = 1", "lives_in", store->map.sites, "id");
    int rc = a0_sql_query(&sql, &rows, err);
    if (rc != AUTH0DB_OK)
        return rc;
    rc = a0_rows_next(rows, row, err);
    if (rc == AUTH0DB_OK && *row) {
        const char *text = a0_rows_text(rows, 0);
        if (*text != '\0')
            rc = a0_json_parse(list, text, strlen(text), "lives_in", err);
    }
    a0_rows_end(rows);
    return rc;
}

static int write_list(a0_store *store, bool row, const char *fresh, const char *text,
                      auth0db_error *err)
{
    a0_sql sql = A0_SQL(store);
    if (row) {
        a0_sql_put(&sql, "UPDATE @ SET @ = ", store->map.sites, "lives_in");
        a0_sql_text(&sql, text);
        a0_sql_put(&sql, " WHERE @ = 1", "id");
    } else {
        a0_sql_put(&sql, "INSERT INTO @ (@, @, @) VALUES (1, ", store->map.sites, "id", "name",
                   "lives_in");
        a0_sql_text(&sql, fresh);
        a0_sql_put(&sql, ", ");
        a0_sql_text(&sql, text);
        a0_sql_put(&sql, ")");
    }
    return a0_sql_run(&sql, NULL, err);
}

/* The present one in front: where there are too many, the oldest falls out. */
static int put_first(a0_store *store, bool row, const json_t *list, const char *fresh,
                     auth0db_error *err)
{
    a0_buf text = {0};
    json_t *kept = json_array();
    json_array_append_new(kept, json_pack("[s, s]", store->place.text, store->place.server));
    for (size_t i = 0; i < json_array_size(list) && i + 1 < ENTRIES_MAX; i++)
        json_array_append(kept, json_array_get(list, i));
    int rc = kept != NULL ? a0_json_write(&text, kept) : AUTH0DB_ERR_NO_MEMORY;
    json_decref(kept);
    rc = rc == AUTH0DB_OK ? write_list(store, row, fresh, a0_buf_text(&text), err)
                          : a0_error_no_memory(err);
    a0_buf_clear(&text);
    return rc;
}

typedef struct looking {
    const char *fresh;
    bool adopt; /* whatever is on the list */
    a0_living *out;
} looking;

/* A site that is new, or from before there was a list, lives where it is. Two processes that begin
 * at once write the same entry. A copy that is made before anybody has looked is not told from the
 * site. */
static int look(a0_store *store, void *ctx, auth0db_error *err)
{
    const looking *work = ctx;
    json_t *list;
    bool row = false;
    int rc = read_list(store, &row, &list, err);
    if (rc != AUTH0DB_OK)
        return rc;
    work->out->known = list == NULL || is_on_list(store, list);
    work->out->added = list == NULL || (work->adopt && !work->out->known);
    if (work->out->added)
        rc = put_first(store, row, list, work->fresh, err);
    json_decref(list);
    return rc;
}

int a0_store_lives(a0_store *store, bool adopt, const char *fresh, a0_living *out,
                   auth0db_error *err)
{
    looking work = {fresh, adopt, out};
    *out = (a0_living){.known = true};
    if (!a0_store_keeps_record(store))
        return AUTH0DB_OK;
    /* Before the transaction begins: PostgreSQL ends one in which a statement was refused. */
    ask_server(store);
    out->place = store->place.text;
    out->server = store->place.server;
    return a0_store_transaction(store, look, &work, err);
}
