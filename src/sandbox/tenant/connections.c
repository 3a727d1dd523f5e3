/* Database connections: kept as the API shows them, and what their options mean for a login. What
 * one of them may be is checked in api_connections.c. */
#include "sandbox/tenant/connections.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "sandbox/tenant/connection_defaults.h"
#include "sandbox/tenant/db.h"

static json_t *object_of(const char *text)
{
    json_t *value = NULL;
    return *text != '\0' &&
                   a0_json_parse(&value, text, strlen(text), "connection", NULL) == AUTH0DB_OK
               ? value
               : NULL;
}

bool sb_connection_next(sqlite3_stmt *stmt, sb_connection *out)
{
    *out = (sb_connection){0};
    if (sqlite3_step(stmt) != SQLITE_ROW)
        return false;
    snprintf(out->id, sizeof out->id, "%s", sb_db_text(stmt, 0));
    snprintf(out->name, sizeof out->name, "%s", sb_db_text(stmt, 1));
    out->enabled = sqlite3_column_int(stmt, 2) != 0;
    if (sqlite3_column_type(stmt, 3) != SQLITE_NULL)
        out->display_name = json_string(sb_db_text(stmt, 3));
    out->options = object_of(sb_db_text(stmt, 4));
    out->more = object_of(sb_db_text(stmt, 5)); /* a file of an older build has none */
    if (out->more == NULL)
        out->more = json_object();
    if (out->options != NULL && out->more != NULL)
        return true;
    sb_connection_clear(out);
    return false;
}

const char *sb_connection_strategy(const sb_connection *connection)
{
    const char *strategy = a0_json_text(connection->more, "strategy");
    return strategy != NULL ? strategy : "auth0";
}

static bool find_where(sb_tenant *tenant, const char *sql, const char *text, sb_connection *out)
{
    sqlite3_stmt *stmt = NULL;
    *out = (sb_connection){0};
    if (sb_db_prepare(&stmt, tenant->db, sql, "s", text) != AUTH0DB_OK)
        return false;
    bool found = sb_connection_next(stmt, out);
    sqlite3_finalize(stmt);
    return found;
}

bool sb_connection_by_id(sb_tenant *tenant, const char *id, sb_connection *out)
{
    return find_where(tenant, "SELECT " SB_CONNECTION_COLUMNS " FROM connections WHERE id = ?", id,
                      out);
}

/* By name or by id, as a grant says the one and an import the other. Anything but a database is not
 * found here, so nobody logs in or imports by it: it is only kept and shown. */
bool sb_connection_find(sb_tenant *tenant, const char *name_or_id, sb_connection *out)
{
    static const char sql[] =
        "SELECT " SB_CONNECTION_COLUMNS " FROM connections WHERE name = ?1 OR id = ?1";
    if (find_where(tenant, sql, name_or_id, out) &&
        strcmp(sb_connection_strategy(out), "auth0") == 0)
        return true;
    sb_connection_clear(out);
    return false;
}

int sb_connection_delete(sb_tenant *tenant, const char *id)
{
    return sb_db_run(tenant->db, "DELETE FROM connections WHERE id = ?", "s", id);
}

int sb_connection_save(sb_tenant *tenant, const sb_connection *connection)
{
    a0_buf options = {0}, more = {0};
    int rc = a0_json_write(&options, connection->options);
    if (rc == AUTH0DB_OK && connection->more != NULL)
        rc = a0_json_write(&more, connection->more);
    if (rc == AUTH0DB_OK)
        rc = sb_db_run(tenant->db,
                       "UPDATE connections SET enabled = ?, display_name = ?, options = ?,"
                       " more = ? WHERE id = ?",
                       "issss", (int64_t)connection->enabled,
                       json_string_value(connection->display_name), a0_buf_text(&options),
                       a0_buf_text(&more), connection->id);
    a0_buf_clear(&options);
    a0_buf_clear(&more);
    return rc;
}

/* The form of the id is documented (facts/auth0.md 4.7). */
int sb_connection_insert(sb_tenant *tenant, sb_connection *connection)
{
    char random[17];
    if (sb_db_number(tenant->db, 0, "SELECT count(*) FROM connections WHERE name = ?", "s",
                     connection->name) != 0)
        return AUTH0DB_ERR_STATE;
    int rc = sb_random_text(tenant, random, sizeof random - 1);
    if (rc != AUTH0DB_OK)
        return rc;
    snprintf(connection->id, sizeof connection->id, "con_%s", random);
    rc = sb_db_run(tenant->db,
                   "INSERT INTO connections (id, name, enabled, options) VALUES (?, ?, 1, '{}')",
                   "ss", connection->id, connection->name);
    return rc == AUTH0DB_OK ? sb_connection_save(tenant, connection) : rc;
}

/* As recorded of a tenant's first connection, which keeps the policy that it was made with. */
static json_t *first_options(const sb_tenant *tenant)
{
    json_t *options = json_pack("{s:s, s:b}", "passwordPolicy", "good",
                                "disable_self_service_change_password", 0);
    if (tenant->require_username)
        json_object_set_new(options, "requires_username", json_true());
    sb_connection_fill_options(tenant, options, SB_OF_NEW);
    json_object_del(options, "password_options");
    return options;
}

/* Found: as it is kept, with usernames switched on where that is asked for. */
static int find_or_insert(sb_tenant *tenant, const char *name, sb_connection *connection)
{
    if (sb_connection_find(tenant, name, connection)) {
        if (!tenant->require_username)
            return AUTH0DB_OK;
        json_object_set_new(connection->options, "requires_username", json_true());
        return sb_connection_save(tenant, connection);
    }
    connection->enabled = true;
    snprintf(connection->name, sizeof connection->name, "%s", name);
    connection->options = first_options(tenant);
    return connection->options != NULL ? sb_connection_insert(tenant, connection)
                                       : AUTH0DB_ERR_NO_MEMORY;
}

int sb_connection_default(sb_tenant *tenant, const char *name, bool require_username,
                          auth0db_error *err)
{
    sb_connection connection;
    if (name == NULL)
        name = "Username-Password-Authentication";
    if (!sb_connection_name_ok(name))
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "connection",
                            "is letters, digits and inner dashes, 128 at most");
    /* A reset makes the connection as it was started. */
    tenant->require_username = require_username;
    int rc = find_or_insert(tenant, name, &connection);
    snprintf(tenant->connection, sizeof tenant->connection, "%s", connection.name);
    snprintf(tenant->connection_id, sizeof tenant->connection_id, "%s", connection.id);
    sb_connection_clear(&connection);
    return rc == AUTH0DB_OK
               ? rc
               : a0_error_set(err, rc, "connection", "the default connection could not be made");
}

/* The default connection keeps its id: a test that resets the tenant still names it. */
int sb_connection_reset(sb_tenant *tenant)
{
    sb_connection connection = {.enabled = true, .options = first_options(tenant)};
    snprintf(connection.id, sizeof connection.id, "%s", tenant->connection_id);
    int rc =
        sb_db_run(tenant->db, "DELETE FROM connections WHERE id <> ?", "s", tenant->connection_id);
    if (rc == AUTH0DB_OK && connection.options != NULL)
        rc = sb_connection_save(tenant, &connection);
    sb_connection_clear(&connection);
    return rc;
}

/* As the OpenAPI file has it; the creation page says 35 at most (facts/auth0.md 0, row 12). */
bool sb_connection_name_ok(const char *name)
{
    size_t len = name != NULL ? strlen(name) : 0;
    if (len == 0 || len > SB_CONNECTION_NAME_MAX)
        return false;
    for (size_t i = 0; i < len; i++) { /* ^[a-zA-Z0-9](-[a-zA-Z0-9]|[a-zA-Z0-9])*$ */
        bool inner_dash = name[i] == '-' && i > 0 && isalnum((unsigned char)name[i + 1]);
        if (!isalnum((unsigned char)name[i]) && !inner_dash)
            return false;
    }
    return true;
}

void sb_connection_clear(sb_connection *connection)
{
    json_decref(connection->options);
    json_decref(connection->display_name);
    json_decref(connection->more);
    connection->options = connection->display_name = connection->more = NULL;
}

/* Two generations (facts/auth0.md 4.7): requires_username, or attributes. */
static const json_t *attribute_of(const sb_connection *connection, sb_name name)
{
    static const char *const names[] = {"email", "username", "phone_number"};
    return json_object_get(json_object_get(connection->options, "attributes"), names[name]);
}

static bool is_flexible(const sb_connection *connection)
{
    return json_object_get(connection->options, "attributes") != NULL;
}

static bool of_old(const sb_connection *connection, sb_name name)
{
    return name == SB_EMAIL ||
           (name == SB_USERNAME && a0_json_true(connection->options, "requires_username"));
}

/* An old connection keeps a number, though nobody logs in by it. */
bool sb_connection_takes(const sb_connection *connection, sb_name name)
{
    return is_flexible(connection) ? attribute_of(connection, name) != NULL
                                   : of_old(connection, name) || name == SB_PHONE;
}

bool sb_connection_requires(const sb_connection *connection, sb_name name)
{
    return is_flexible(connection)
               ? a0_json_true(attribute_of(connection, name), "profile_required")
               : of_old(connection, name);
}

bool sb_connection_logs_in_by(const sb_connection *connection, sb_name name)
{
    const json_t *identifier = json_object_get(attribute_of(connection, name), "identifier");
    return is_flexible(connection) ? a0_json_true(identifier, "active") : of_old(connection, name);
}

static const json_t *username_rules(const sb_connection *connection)
{
    return json_object_get(attribute_of(connection, SB_USERNAME), "validation");
}

bool sb_connection_username_may_be(const sb_connection *connection, sb_name name)
{
    const json_t *types = json_object_get(username_rules(connection), "allowed_types");
    if (name == SB_PHONE && types == NULL)
        return true; /* a guess: no source says that an old connection looks for it */
    return a0_json_true(types, name == SB_PHONE ? "phone_number" : "email");
}

bool sb_connection_has_passwords(const sb_connection *connection)
{
    const json_t *methods = json_object_get(connection->options, "authentication_methods");
    return !json_is_false(json_object_get(json_object_get(methods, "password"), "enabled"));
}

void sb_connection_username_range(const sb_connection *connection, int *least, int *most)
{
    const json_t *old =
        json_object_get(json_object_get(connection->options, "validation"), "username");
    const json_t *rules = username_rules(connection);
    /* facts/auth0.md 4.1: 1 to 15 unless configured */
    *least = (int)a0_json_int(rules, "min_length", a0_json_int(old, "min", 1));
    *most = (int)a0_json_int(rules, "max_length", a0_json_int(old, "max", 15));
}
