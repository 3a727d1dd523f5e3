/* Is everything there, before anything is done? */
#include <string.h>

#include "store/store_int.h"

static int there(a0_store *store, const char *table, const char *column, bool *answer,
                 auth0db_error *err)
{
    a0_sql sql = A0_SQL(store);
    a0_rows *rows;
    store->engine->exists(&sql, table, column);
    int rc = a0_sql_query(&sql, &rows, err);
    if (rc == AUTH0DB_OK)
        rc = a0_rows_next(rows, answer, err);
    a0_rows_end(rows);
    return rc;
}

int a0_store_ours(a0_store *store, bool *is_there, auth0db_error *err)
{
    *is_there = store->tables == A0_TABLES_THERE;
    if (store->tables != A0_TABLES_UNKNOWN)
        return AUTH0DB_OK;
    int rc = there(store, store->map.links, NULL, is_there, err);
    if (rc == AUTH0DB_OK)
        store->tables = *is_there ? A0_TABLES_THERE : A0_TABLES_MISSING;
    return rc;
}
