#include "sandbox/users.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"
#include "sandbox/db.h"

enum { PROFILE_USUAL = 1500 }; /* bytes, as text */

static json_t *json_column(sqlite3_stmt *stmt, int column)
{
    json_t *value = NULL;
    const char *text = sb_db_text(stmt, column);
    if (*text == '\0' || a0_json_parse(&value, text, strlen(text), "user", NULL) != AUTH0DB_OK)
        return NULL;
    return value;
}

bool sb_user_next(sqlite3_stmt *stmt, sb_user *out)
{
    *out = (sb_user){0};
    if (sqlite3_step(stmt) != SQLITE_ROW)
        return false;
    out->seq = sqlite3_column_int64(stmt, 0);
    snprintf(out->connection, sizeof out->connection, "%s", sb_db_text(stmt, 1));
    out->profile = json_column(stmt, 2);
    out->password = a0_strdup((const char *)sqlite3_column_text(stmt, 3));
    out->foreign_hash = json_column(stmt, 4);
    out->history = json_column(stmt, 5);
    out->flags = json_column(stmt, 6);
    if (out->profile != NULL && out->history != NULL && out->flags != NULL)
        return true;
    sb_user_clear(out);
    return false;
}

static bool first(sqlite3_stmt *stmt, sb_user *out)
{
    bool found = sb_user_next(stmt, out);
    sqlite3_finalize(stmt);
    return found;
}

bool sb_user_by_id(sb_tenant *tenant, const char *user_id, sb_user *out)
{
    sqlite3_stmt *stmt = NULL;
    *out = (sb_user){0};
    return sb_db_prepare(&stmt, tenant->db,
                         "SELECT " SB_USER_COLUMNS
                         " FROM users WHERE user_id = ? ORDER BY seq LIMIT 1",
                         "s", user_id) == AUTH0DB_OK &&
           first(stmt, out);
}

bool sb_user_by_seq(sb_tenant *tenant, int64_t seq, sb_user *out)
{
    sqlite3_stmt *stmt = NULL;
    *out = (sb_user){0};
    return sb_db_prepare(&stmt, tenant->db, "SELECT " SB_USER_COLUMNS " FROM users WHERE seq = ?",
                         "i", seq) == AUTH0DB_OK &&
           first(stmt, out);
}

bool sb_user_by_identifier(sb_tenant *tenant, const sb_connection *connection,
                           const char *identifier, sb_user *out)
{
    /* an e-mail before a username: one user's username must not shadow another's address */
    static const char by_email[] =
        "SELECT " SB_USER_COLUMNS " FROM users WHERE connection = ?1 AND email = ?2";
    static const char by_either[] =
        "SELECT " SB_USER_COLUMNS
        " FROM users WHERE connection = ?1 AND (email = ?2 OR username = ?2)"
        " ORDER BY email = ?2 DESC LIMIT 1";
    sqlite3_stmt *stmt = NULL;
    *out = (sb_user){0};
    return sb_db_prepare(&stmt, tenant->db,
                         sb_connection_has_usernames(connection) ? by_either : by_email, "ss",
                         connection->name, identifier) == AUTH0DB_OK &&
           first(stmt, out);
}

bool sb_user_taken(sb_tenant *tenant, const char *connection, const char *column, const char *value,
                   int64_t seq)
{
    char sql[120]; /* `column` is one of three literals of ours */
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM users WHERE connection = ? AND %s = ? AND seq <> ?", column);
    return value != NULL && sb_db_number(tenant->db, 1, sql, "ssi", connection, value, seq) != 0;
}

static int write_or_empty(a0_buf *out, const json_t *value)
{
    return value != NULL ? a0_json_write(out, value) : AUTH0DB_OK;
}

/* The columns of a user as texts. */
typedef struct columns {
    a0_buf profile, foreign, history, flags;
} columns;

static void columns_clear(columns *c)
{
    a0_buf_clear(&c->profile);
    a0_buf_clear(&c->foreign);
    a0_buf_clear(&c->history);
    a0_buf_clear(&c->flags);
}

static int columns_fill(columns *c, const sb_user *user)
{
    int rc = a0_buf_reserve(&c->profile, PROFILE_USUAL); /* or it grows, and wipes, several times */
    if (rc == AUTH0DB_OK)
        rc = a0_json_write(&c->profile, user->profile);
    if (rc == AUTH0DB_OK)
        rc = write_or_empty(&c->foreign, user->foreign_hash);
    if (rc == AUTH0DB_OK)
        rc = a0_json_write(&c->history, user->history);
    if (rc == AUTH0DB_OK)
        rc = a0_json_write(&c->flags, user->flags);
    return rc;
}

#define INSERT                                                                                     \
    "INSERT INTO users (connection, profile, password, foreign_hash, history, flags, changed_ms)"  \
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"

static const char *foreign_text(const columns *c)
{
    return c->foreign.len > 0 ? a0_buf_text(&c->foreign) : NULL;
}

int sb_user_save(sb_tenant *tenant, sb_user *user)
{
    static const char update[] = "UPDATE users SET connection = ?1, profile = ?2, password = ?3,"
                                 " foreign_hash = ?4, history = ?5, flags = ?6, changed_ms = ?7"
                                 " WHERE seq = ?8";
    columns c = {0};
    int rc = columns_fill(&c, user);
    if (rc == AUTH0DB_OK)
        rc = sb_db_run(
            tenant->db, user->seq == 0 ? INSERT : update, user->seq == 0 ? "ssssssi" : "ssssssii",
            user->connection, a0_buf_text(&c.profile), user->password, foreign_text(&c),
            a0_buf_text(&c.history), a0_buf_text(&c.flags), sb_now_ms(tenant), user->seq);
    if (rc == AUTH0DB_OK && user->seq == 0)
        user->seq = sqlite3_last_insert_rowid(tenant->db);
    columns_clear(&c);
    return rc;
}

int sb_user_prepare_insert(sb_tenant *tenant, sqlite3_stmt **out)
{
    return sb_db_prepare(out, tenant->db, INSERT, "");
}

int sb_user_insert_with(sb_tenant *tenant, sqlite3_stmt *stmt, sb_user *user)
{
    columns c = {0};
    int rc = columns_fill(&c, user);
    if (rc == AUTH0DB_OK)
        rc = sb_db_bind(stmt, "ssssssi", user->connection, a0_buf_text(&c.profile), user->password,
                        foreign_text(&c), a0_buf_text(&c.history), a0_buf_text(&c.flags),
                        sb_now_ms(tenant));
    if (rc == AUTH0DB_OK && sqlite3_step(stmt) != SQLITE_DONE)
        rc = AUTH0DB_ERR_IO;
    sqlite3_reset(stmt);
    if (rc == AUTH0DB_OK)
        user->seq = sqlite3_last_insert_rowid(tenant->db);
    columns_clear(&c);
    return rc;
}

int sb_user_delete(sb_tenant *tenant, int64_t seq)
{
    return sb_db_run(tenant->db, "DELETE FROM users WHERE seq = ?", "i", seq);
}

int sb_ghost_add(sb_tenant *tenant, const char *connection, const char *email)
{
    return sb_db_run(tenant->db, "INSERT OR IGNORE INTO ghosts VALUES (?, ?)", "ss", connection,
                     email);
}

int sb_ghost_delete(sb_tenant *tenant, const char *connection, const char *email)
{
    return sb_db_run(tenant->db, "DELETE FROM ghosts WHERE connection = ? AND email = ?", "ss",
                     connection, email);
}

bool sb_ghost_is(sb_tenant *tenant, const char *connection, const char *email)
{
    return sb_db_number(tenant->db, 0,
                        "SELECT count(*) FROM ghosts WHERE connection = ? AND email = ?", "ss",
                        connection, email) != 0;
}

void sb_user_clear(sb_user *user)
{
    json_decref(user->profile);
    a0_secret_free(user->password);
    json_decref(user->foreign_hash);
    json_decref(user->history);
    json_decref(user->flags);
    *user = (sb_user){0};
}

void sb_user_put_hash(sb_user *user, const json_t *hash)
{
    a0_secret_free(user->password);
    json_decref(user->foreign_hash);
    user->password = a0_strdup(json_string_value(hash));
    user->foreign_hash = json_is_object(hash) ? json_deep_copy(hash) : NULL;
}

const char *sb_user_text(const sb_user *user, const char *name)
{
    const char *text = a0_json_text(user->profile, name);
    return text != NULL ? text : "";
}

void sb_user_unblock(sb_tenant *tenant, const sb_user *user)
{
    static const char *const names[] = {"email", "username"};
    for (size_t i = 0; i < A0_COUNT(names); i++) {
        if (*sb_user_text(user, names[i]) != '\0')
            sb_protect_unblock(&tenant->counters, sb_user_text(user, names[i]));
    }
}
