#include <sqlite3.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "sandbox/tenant/db.h"
#include "sandbox/tenant/query.h"

/* Whatever q says, what comes out is one valid SQL condition with exactly its values, and it runs.
 */
static void run_sql(const sb_query_sql *query)
{
    static sqlite3 *db;
    sqlite3_stmt *stmt = NULL;
    a0_buf sql = {0};
    if (db == NULL)
        CLAIM(sb_db_open(&db, NULL, NULL) == AUTH0DB_OK);
    CLAIM(a0_buf_printf(&sql, "SELECT count(*) FROM users WHERE (%s)",
                        a0_buf_text(&query->where)) == AUTH0DB_OK);
    CLAIM(sqlite3_prepare_v2(db, a0_buf_text(&sql), -1, &stmt, NULL) == SQLITE_OK);
    CLAIM((size_t)sqlite3_bind_parameter_count(stmt) == json_array_size(query->values));
    for (size_t i = 0; i < json_array_size(query->values); i++) {
        const json_t *value = json_array_get(query->values, i);
        int rc = json_is_integer(value)
                     ? sqlite3_bind_int64(stmt, (int)i + 1, json_integer_value(value))
                     : sqlite3_bind_text(stmt, (int)i + 1, json_string_value(value), -1,
                                         SQLITE_TRANSIENT);
        CLAIM(rc == SQLITE_OK);
    }
    CLAIM(sqlite3_step(stmt) == SQLITE_ROW);
    sqlite3_finalize(stmt);
    a0_buf_clear(&sql);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sb_query_sql query;
    auth0db_error err = {.code = AUTH0DB_OK};
    char *q = a0_strndup((const char *)data, size);
    CLAIM(q != NULL);
    int rc = sb_query_parse(&query, q, &err);
    if (rc == AUTH0DB_OK) {
        run_sql(&query);
        sb_query_clear(&query);
    } else {
        CLAIM(rc == (int)err.code && strstr(err.message, "at character ") != NULL);
        CLAIM(query.values == NULL && query.where.data == NULL);
    }
    a0_free(q);
    return 0;
}
