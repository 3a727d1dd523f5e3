#include "sandbox/api_connections.h"

#include <stdio.h>
#include <string.h>

#include "sandbox/connections.h"
#include "sandbox/db.h"
#include "sandbox/paging.h"
#include "sandbox/policy.h"

static const char *const connection_fields[] = {"name",
                                                "display_name",
                                                "strategy",
                                                "options",
                                                "id",
                                                "provisioning_ticket_url",
                                                "metadata",
                                                "show_as_button",
                                                "clients",
                                                "authentication",
                                                "connected_accounts",
                                                "enabled_clients",
                                                "is_domain_connection",
                                                "realms",
                                                NULL};

/* Since July 2025 options want a scope of their own, and are left out without a word where a token
 * lacks it; a tenant with the old migration switch still sends them (facts/oidc.md). */
static bool may_see_options(const sb_call *call)
{
    return call->tenant->options.connection_options_without_scope ||
           sb_call_has_scope(call, "read:connections_options");
}

static json_t *shown(const sb_call *call, const sb_connection *connection)
{
    json_t *body =
        json_pack("{s:s, s:s, s:s, s:[s], s:b}", "id", connection->id, "name", connection->name,
                  "strategy", "auth0", "realms", connection->name, "is_domain_connection", 0);
    if (may_see_options(call))
        json_object_set(body, "options", connection->options);
    if (connection->display_name != NULL)
        json_object_set(body, "display_name", connection->display_name);
    return body;
}

static bool find(sb_call *call, sb_connection *connection)
{
    if (sb_connection_find(call->tenant, call->parameter, connection) &&
        strcmp(connection->id, call->parameter) == 0)
        return true;
    sb_connection_clear(connection);
    sb_reply_api_error(call->reply, 404, "inexistent_connection", "The connection does not exist.");
    return false;
}

/* strategy is repeatable: ours is always "auth0" */
static bool strategy_matches(const sb_call *call)
{
    const json_t *strategy = json_object_get(call->request->query, "strategy");
    return strategy == NULL || sb_list_has(strategy, "auth0") ||
           (json_is_string(strategy) && strcmp(json_string_value(strategy), "auth0") == 0);
}

static json_t *collect(sb_call *call, const char *name, int64_t offset, int64_t limit)
{
    sqlite3_stmt *stmt = NULL;
    sb_connection connection;
    json_t *list = json_array();
    if (!strategy_matches(call) ||
        sb_db_prepare(&stmt, call->tenant->db,
                      "SELECT id, name, enabled, display_name, options FROM connections"
                      " WHERE ?1 IS NULL OR name = ?1 ORDER BY seq LIMIT ?2 OFFSET ?3",
                      "sii", name, limit, offset) != AUTH0DB_OK)
        return list;
    while (sb_connection_next(stmt, &connection)) {
        json_t *body = shown(call, &connection);
        sb_project(call, body);
        json_array_append_new(list, body);
        sb_connection_clear(&connection);
    }
    sqlite3_finalize(stmt);
    return list;
}

/* Checkpoint pagination: `from` is an offset in disguise, good until connections change. */
static void list_from(sb_call *call, const char *name, int64_t take)
{
    char next[32];
    int64_t from = 0;
    if (!sb_query_number(call, "from", 0, 1000000, 0, &from))
        return;
    json_t *list = collect(call, name, from, take + 1);
    json_t *body = json_pack("{s:O}", "connections", list);
    if ((int64_t)json_array_size(list) > take) {
        json_array_remove(list, (size_t)take);
        snprintf(next, sizeof next, "%lld", (long long)(from + take));
        json_object_set_new(body, "next", json_string(next));
    }
    json_decref(list);
    sb_reply_json(call->reply, 200, body);
}

void sb_connections_list(sb_call *call)
{
    sb_paging paging;
    int64_t take;
    const char *name = sb_query(call->request, "name");
    if (!sb_fields_check(call, connection_fields) ||
        !sb_paging_read(call, &paging, (sb_paging_rules){.least = 1, .most = 100, .usual = 100}) ||
        !sb_query_number(call, "take", 1, 100, 50, &take))
        return;
    if (sb_query(call->request, "take") != NULL || sb_query(call->request, "from") != NULL) {
        list_from(call, name, take);
        return;
    }
    int64_t total =
        sb_db_number(call->tenant->db, 0,
                     "SELECT count(*) FROM connections WHERE ?1 IS NULL OR name = ?1", "s", name);
    sb_paging_reply(call, &paging, "connections",
                    collect(call, name, paging.page * paging.per_page, paging.per_page), total);
}

void sb_connections_get(sb_call *call)
{
    sb_connection connection;
    if (!sb_fields_check(call, connection_fields) || !find(call, &connection))
        return;
    json_t *body = shown(call, &connection);
    sb_project(call, body);
    sb_reply_json(call->reply, 200, body);
    sb_connection_clear(&connection);
}

void sb_connections_clients(sb_call *call)
{
    sb_connection connection;
    if (!find(call, &connection))
        return;
    json_t *clients = json_array();
    if (connection.enabled)
        json_array_append_new(clients, json_pack("{s:s}", "client_id", call->tenant->client_id));
    sb_reply_json(call->reply, 200, json_pack("{s:o}", "clients", clients));
    sb_connection_clear(&connection);
}

/* As recorded (facts/recorded.md): what attributes go together with, and what they must hold. */
static const char *attributes_complaint(const json_t *options)
{
    static const char *const names[] = {"email", "username", "phone_number"};
    const json_t *attributes = json_object_get(options, "attributes");
    bool any = false;
    if (attributes == NULL)
        return NULL;
    if (!json_is_object(attributes))
        return "Expected type object";
    if (json_object_get(options, "requires_username") != NULL)
        return "Cannot set both options.attributes and options.requires_username";
    if (json_object_get(options, "validation") != NULL)
        return "Cannot set both options.attributes and options.validation";
    for (size_t i = 0; i < A0_COUNT(names); i++) {
        const json_t *identifier =
            json_object_get(json_object_get(attributes, names[i]), "identifier");
        any = any || a0_json_true(identifier, "active");
    }
    return any ? NULL : "attributes must contain one active identifier";
}

static bool username_range_ok(const json_t *range)
{
    json_int_t least = a0_json_int(range, "min", 0), most = a0_json_int(range, "max", 0);
    return range == NULL || (least >= 1 && most <= 128 && least <= most);
}

bool sb_connection_options_ok(sb_call *call, const json_t *options)
{
    static const char *const flags[] = {"requires_username", "brute_force_protection",
                                        "import_mode", "disable_signup",
                                        "enabledDatabaseCustomization"};
    auth0db_error why;
    if (!json_is_object(options))
        return sb_refuse_member(call, "options", "Expected type object");
    for (size_t i = 0; i < A0_COUNT(flags); i++) {
        const json_t *value = json_object_get(options, flags[i]);
        if (value != NULL && !json_is_boolean(value))
            return sb_refuse_member(call, flags[i], "Expected type boolean");
    }
    const char *complaint = attributes_complaint(options);
    if (complaint != NULL) {
        sb_reply_api_error(call->reply, 400, "invalid_body", "%s", complaint);
        return false;
    }
    const json_t *range = json_object_get(json_object_get(options, "validation"), "username");
    if (!username_range_ok(range))
        return sb_refuse_member(call, "options.validation.username",
                                "Expected min >= 1 and max <= 128");
    if (sb_policy_check_options(options, &why) != AUTH0DB_OK)
        return sb_refuse_member(call, why.where, why.message);
    return true;
}

static bool enables_us(const sb_call *call, const json_t *clients)
{
    return sb_list_has(clients, call->tenant->client_id);
}

/* What POST and PATCH share: display_name, options, enabled_clients. */
static bool apply(sb_call *call, sb_connection *connection)
{
    const json_t *body = call->request->body;
    json_t *display = json_object_get(body, "display_name"),
           *options = json_object_get(body, "options");
    json_t *clients = json_object_get(body, "enabled_clients");
    size_t i;
    json_t *item;
    if (display != NULL && !json_is_string(display))
        return sb_refuse_member(call, "display_name", "Expected type string");
    if (options != NULL && !sb_connection_options_ok(call, options))
        return false;
    json_array_foreach(clients, i, item)
    {
        if (!json_is_string(item))
            return sb_refuse_member(call, "enabled_clients", "Expected an array of strings");
    }
    if (display != NULL) {
        json_decref(connection->display_name);
        connection->display_name = json_incref(display);
    }
    if (options != NULL) { /* replaced as a whole (facts/auth0.md 4.7) */
        json_decref(connection->options);
        connection->options = json_incref(options);
    }
    if (clients != NULL)
        connection->enabled = enables_us(call, clients);
    return true;
}

static bool members_ok(sb_call *call, bool create)
{
    static const char *const known[] = {"name",
                                        "strategy",
                                        "display_name",
                                        "options",
                                        "enabled_clients",
                                        "realms",
                                        "is_domain_connection",
                                        "show_as_button",
                                        "metadata"};
    const char *name;
    json_t *value;
    if (call->request->body == NULL)
        return sb_refuse_member(call, "body", "Expected type object");
    json_object_foreach(call->request->body, name, value)
    {
        bool found = false;
        for (size_t i = create ? 0 : 2; i < A0_COUNT(known); i++)
            found = found || strcmp(known[i], name) == 0;
        if (!found)
            return sb_refuse_member(call, name, "Additional properties not allowed");
    }
    return true;
}

void sb_connections_create(sb_call *call)
{
    sb_connection connection = {.options = json_object()};
    const char *name = a0_json_text(call->request->body, "name");
    const char *strategy = a0_json_text(call->request->body, "strategy");
    if (!members_ok(call, true))
        goto out;
    if (!sb_connection_name_ok(name)) {
        sb_refuse_member(call, "name", "String does not match pattern");
        goto out;
    }
    if (strategy == NULL || strcmp(strategy, "auth0") != 0) {
        sb_refuse_member(call, "strategy", "The sandbox has database connections (auth0) only");
        goto out;
    }
    if (!apply(call, &connection))
        goto out;
    snprintf(connection.name, sizeof connection.name, "%s", name);
    int rc = sb_connection_insert(call->tenant, &connection);
    if (rc == AUTH0DB_ERR_STATE)
        sb_reply_api_error(call->reply, 409, "connection_conflict",
                           "A connection with the same name already exists");
    else if (rc != AUTH0DB_OK)
        sb_reply_api_error(call->reply, 500, NULL, "Internal error.");
    else
        sb_reply_json(call->reply, 201, shown(call, &connection));
out:
    sb_connection_clear(&connection);
}

static bool may_change_options(sb_call *call)
{
    if (json_object_get(call->request->body, "options") == NULL ||
        call->tenant->options.connection_options_without_scope ||
        sb_call_has_scope(call, "update:connections_options"))
        return true;
    sb_reply_api_error(call->reply, 403, "insufficient_scope",
                       "Insufficient scope, expected any of: update:connections_options");
    return false;
}

void sb_connections_patch(sb_call *call)
{
    sb_connection connection;
    if (!members_ok(call, false) || !may_change_options(call) || !find(call, &connection))
        return;
    if (apply(call, &connection)) {
        if (sb_connection_save(call->tenant, &connection) != AUTH0DB_OK)
            sb_reply_api_error(call->reply, 500, NULL, "Internal error.");
        else
            sb_reply_json(call->reply, 200, shown(call, &connection));
    }
    sb_connection_clear(&connection);
}

/* ---- the application ---- */

void sb_clients_get(sb_call *call)
{
    static const char *const methods[] = {"client_secret_post", "client_secret_basic", "none"};
    const sb_tenant *tenant = call->tenant;
    if (strcmp(call->parameter, tenant->client_id) != 0) {
        sb_reply_api_error(call->reply, 404, "inexistent_client", "The client does not exist");
        return;
    }
    json_t *body = json_pack(
        "{s:s, s:s, s:s, s:s, s:O, s:b, s:b, s:b, s:s, s:{s:s, s:I}}", "tenant", "sandbox",
        "client_id", tenant->client_id, "name", "auth0db", "app_type",
        tenant->options.client_auth == SB_CLIENT_NONE ? "native" : "regular_web", "grant_types",
        tenant->options.grant_types, "is_token_endpoint_ip_header_trusted",
        tenant->options.trust_forwarded_for, "is_first_party", 1, "oidc_conformant", 1,
        "token_endpoint_auth_method", methods[tenant->options.client_auth], "jwt_configuration",
        "alg", "RS256", "lifetime_in_seconds", (json_int_t)tenant->options.id_token_lifetime_s);
    json_object_set(body, "callbacks", tenant->options.callbacks);
    json_object_set(body, "allowed_logout_urls", tenant->options.allowed_logout_urls);
    if (tenant->options.initiate_login_uri[0] != '\0')
        json_object_set_new(body, "initiate_login_uri",
                            json_string(tenant->options.initiate_login_uri));
    sb_project(call, body);
    sb_reply_json(call->reply, 200, body);
}

void sb_client_grants_list(sb_call *call)
{
    char audience[320];
    sb_paging paging;
    const sb_tenant *tenant = call->tenant;
    const char *client = sb_query(call->request, "client_id"),
               *wanted = sb_query(call->request, "audience");
    if (!sb_paging_read(call, &paging, (sb_paging_rules){.least = 1, .most = 100, .usual = 50}))
        return;
    snprintf(audience, sizeof audience, "%s/api/v2/", tenant->url);
    json_t *list = json_array();
    if ((client == NULL || strcmp(client, tenant->client_id) == 0) &&
        (wanted == NULL || sb_is_management_audience(tenant, wanted)) &&
        json_array_size(tenant->options.scopes) > 0)
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:O, s:s}", "id", "cgr_sandboxsandbox1",
                                        "client_id", tenant->client_id, "audience", audience,
                                        "scope", tenant->options.scopes, "subject_type", "client"));
    sb_paging_reply(call, &paging, "client_grants", list, (int64_t)json_array_size(list));
}
