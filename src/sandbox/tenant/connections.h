/* Database connections of the tenant, kept as Auth0's API shows them. */
#ifndef A0_SANDBOX_TENANT_CONNECTIONS_H
#define A0_SANDBOX_TENANT_CONNECTIONS_H

#include "sandbox/tenant/tenant.h"

enum { SB_CONNECTION_NAME_MAX = 128 };

typedef struct sb_connection {
    char id[32];
    char name[SB_CONNECTION_NAME_MAX + 1];
    bool enabled; /* for our one application */
    json_t *options;
    json_t *display_name; /* string or NULL */
    json_t *more;         /* object: what else is shown of it, and the strategy; NULL: nothing */
} sb_connection;

#define SB_CONNECTION_COLUMNS "id, name, enabled, display_name, options, more"

/** Make sure the default connection exists; fills tenant->connection and connection_id. name may be
 * NULL. */
A0_MUST_CHECK int sb_connection_default(sb_tenant *tenant, const char *name, bool require_username,
                                        auth0db_error *err);
/** The default connection as it was at the first start. */
A0_MUST_CHECK int sb_connection_reset(sb_tenant *tenant);
/** A database, by name or by id. False where there is none. */
bool sb_connection_find(sb_tenant *tenant, const char *name_or_id, sb_connection *out);
/** A connection of any kind, by id. */
bool sb_connection_by_id(sb_tenant *tenant, const char *id, sb_connection *out);
/** "auth0" is a database. */
const char *sb_connection_strategy(const sb_connection *connection);
/** EXISTS is reported as AUTH0DB_ERR_STATE. `connection->id` is chosen here. */
A0_MUST_CHECK int sb_connection_insert(sb_tenant *tenant, sb_connection *connection);
A0_MUST_CHECK int sb_connection_save(sb_tenant *tenant, const sb_connection *connection);
void sb_connection_clear(sb_connection *connection);
A0_MUST_CHECK int sb_connection_delete(sb_tenant *tenant, const char *id);
/** The next row of a statement over SB_CONNECTION_COLUMNS; false at the end. */
bool sb_connection_next(sqlite3_stmt *stmt, sb_connection *out);

/** The pattern and length that Auth0 asks of a connection's name. */
bool sb_connection_name_ok(const char *name);

/* What the options mean. */
typedef enum sb_name { SB_EMAIL, SB_USERNAME, SB_PHONE, SB_NAMES } sb_name;
bool sb_connection_takes(const sb_connection *connection, sb_name name);
bool sb_connection_requires(const sb_connection *connection, sb_name name);
bool sb_connection_logs_in_by(const sb_connection *connection, sb_name name);
/** Of the form of an e-mail (or a phone number): does the connection take such a user name? */
bool sb_connection_username_may_be(const sb_connection *connection, sb_name name);
bool sb_connection_has_passwords(const sb_connection *connection);
void sb_connection_username_range(const sb_connection *connection, int *least, int *most);

#endif
