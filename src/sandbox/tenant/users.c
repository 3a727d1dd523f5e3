/* Users as rows: found, written, cleared. What a member may be is checked before (user_rules.c). */
#include "sandbox/tenant/users.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"
#include "sandbox/tenant/db.h"

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

/* Two connections can hold the same id; that the first answers is a guess (facts/auth0.md 9.30). */
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
    static const char *const columns[] = {[SB_EMAIL] = "email",
                                          [SB_USERNAME] = "username",
                                          [SB_PHONE] = "json_extract(profile, '$.phone_number')"};
    char sql[400] = "SELECT " SB_USER_COLUMNS " FROM users WHERE ";
    size_t len = strlen(sql);
    sqlite3_stmt *stmt = NULL;
    *out = (sb_user){0};
    bool any = false;
    for (int name = 0; name < SB_NAMES; name++) { /* each term has an index of its own */
        if (!sb_connection_logs_in_by(connection, name))
            continue;
        len += (size_t)snprintf(sql + len, sizeof sql - len, "%sconnection = ?1 AND %s = ?2",
                                any ? " OR " : "", columns[name]);
        any = true;
    }
    if (!any)
        return false;
    /* an e-mail before a username: one user's username must not shadow another's address */
    snprintf(sql + len, sizeof sql - len, " ORDER BY email = ?2 DESC LIMIT 1");
    return sb_db_prepare(&stmt, tenant->db, sql, "ss", connection->name, identifier) ==
               AUTH0DB_OK &&
           first(stmt, out);
}

/* What cannot be read counts as taken: two users of one name are worse than one refusal. */
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

static int fill(sb_user_writer *w, const sb_user *user)
{
    a0_buf *const texts[] = {&w->profile, &w->foreign, &w->history, &w->flags};
    for (size_t i = 0; i < A0_COUNT(texts); i++)
        a0_buf_reset(texts[i]);
    int rc = a0_buf_reserve(&w->profile, PROFILE_USUAL); /* or it grows, and wipes, several times */
    if (rc == AUTH0DB_OK)
        rc = a0_json_write(&w->profile, user->profile);
    if (rc == AUTH0DB_OK)
        rc = write_or_empty(&w->foreign, user->foreign_hash);
    if (rc == AUTH0DB_OK)
        rc = a0_json_write(&w->history, user->history);
    if (rc == AUTH0DB_OK)
        rc = a0_json_write(&w->flags, user->flags);
    return rc;
}

/* ?8 is the row: an update's alone. */
#define INSERT                                                                                     \
    "INSERT INTO users (connection, profile, password, foreign_hash, history, flags, changed_ms)"  \
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
#define UPDATE                                                                                     \
    "UPDATE users SET connection = ?1, profile = ?2, password = ?3, foreign_hash = ?4,"            \
    " history = ?5, flags = ?6, changed_ms = ?7 WHERE seq = ?8"

static int open_writer(sb_tenant *tenant, const char *sql, sb_user_writer *out)
{
    *out = (sb_user_writer){0};
    return sb_db_prepare(&out->stmt, tenant->db, sql, "");
}

int sb_user_writer_open(sb_tenant *tenant, sb_user_writer *out)
{
    return open_writer(tenant, INSERT, out);
}

/* Reset whatever came of it: a statement that is left open would keep its lock, and could not be
 * used for the next user. */
int sb_user_write(sb_tenant *tenant, sb_user_writer *w, sb_user *user)
{
    int rc = fill(w, user);
    if (rc == AUTH0DB_OK)
        rc = sb_db_bind(w->stmt, user->seq == 0 ? "ssssssi" : "ssssssii", user->connection,
                        a0_buf_text(&w->profile), user->password,
                        w->foreign.len > 0 ? a0_buf_text(&w->foreign) : NULL,
                        a0_buf_text(&w->history), a0_buf_text(&w->flags), sb_now_ms(tenant),
                        user->seq);
    if (rc == AUTH0DB_OK && sqlite3_step(w->stmt) != SQLITE_DONE)
        rc = AUTH0DB_ERR_IO;
    sqlite3_reset(w->stmt);
    if (rc == AUTH0DB_OK && user->seq == 0)
        user->seq = sqlite3_last_insert_rowid(tenant->db);
    return rc;
}

void sb_user_writer_close(sb_user_writer *w)
{
    sqlite3_finalize(w->stmt);
    a0_buf_clear(&w->profile);
    a0_buf_clear(&w->foreign);
    a0_buf_clear(&w->history);
    a0_buf_clear(&w->flags);
    *w = (sb_user_writer){0};
}

/* For one user a statement of its own will do; imports keep theirs. */
int sb_user_save(sb_tenant *tenant, sb_user *user)
{
    sb_user_writer writer;
    int rc = open_writer(tenant, user->seq == 0 ? INSERT : UPDATE, &writer);
    if (rc == AUTH0DB_OK)
        rc = sb_user_write(tenant, &writer, user);
    sb_user_writer_close(&writer);
    return rc;
}

/* Tickets, sessions and codes stay behind and open nothing: their user's row is gone, and its
 * number is not given again. */
int sb_user_delete(sb_tenant *tenant, int64_t seq)
{
    return sb_db_run(tenant->db, "DELETE FROM users WHERE seq = ?", "i", seq);
}

int sb_half_created_add(sb_tenant *tenant, const char *connection, const char *email)
{
    return sb_db_run(tenant->db, "INSERT OR IGNORE INTO half_created VALUES (?, ?)", "ss",
                     connection, email);
}

int sb_half_created_delete(sb_tenant *tenant, const char *connection, const char *email)
{
    return sb_db_run(tenant->db, "DELETE FROM half_created WHERE connection = ? AND email = ?",
                     "ss", connection, email);
}

bool sb_is_half_created(sb_tenant *tenant, const char *connection, const char *email)
{
    return sb_db_number(tenant->db, 0,
                        "SELECT count(*) FROM half_created WHERE connection = ? AND email = ?",
                        "ss", connection, email) != 0;
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

/* bcrypt is what Auth0 keeps itself, so it is the password at once; any other hash waits for the
 * first login. */
void sb_user_put_hash(sb_user *user, json_t *hash)
{
    a0_secret_free(user->password);
    json_decref(user->foreign_hash);
    user->password = a0_strdup(json_string_value(hash));
    user->foreign_hash = json_is_object(hash) ? json_incref(hash) : NULL;
}

void sb_user_put_password(sb_user *user, const char *stored)
{
    a0_secret_free(user->password);
    user->password = a0_strdup(stored);
}

const char *sb_user_text(const sb_user *user, const char *name)
{
    const char *text = a0_json_text(user->profile, name);
    return text != NULL ? text : "";
}

/* Blocks are counted by what was typed, so a user's may stand under each of the names. */
void sb_user_unblock(sb_tenant *tenant, const sb_user *user)
{
    static const char *const names[] = {"email", "username"};
    for (size_t i = 0; i < A0_COUNT(names); i++) {
        if (*sb_user_text(user, names[i]) != '\0')
            sb_protect_unblock(&tenant->counters, sb_user_text(user, names[i]));
    }
}
