/* Connections through the Management API: what may be sent, and what is shown of it. What their
 * options mean for a login stands in connections.c. */
#include "sandbox/api/api_connections.h"

#include <stdio.h>
#include <string.h>

#include "sandbox/tenant/connection_defaults.h"
#include "sandbox/tenant/connections.h"
#include "sandbox/tenant/db.h"
#include "sandbox/tenant/paging.h"
#include "sandbox/tenant/policy.h"

enum { CHANGES_MAX = 50, CONNECTIONS_MAX = 10000 };

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
 * lacks it; a tenant with the old migration switch still sends them. */
static bool may_see_options(const sb_call *call)
{
    return call->tenant->options.connection_options_without_scope ||
           sb_call_has_scope(call, "read:connections_options");
}

/* What is shown of a connection besides its own columns, and what it is where nobody has said.
 * Since when is recorded (facts/auth0.md 4.7). */
static const struct shown {
    const char *name, *fallback; /* NULL: then it is not shown */
    bool always;                 /* whatever `fields` wants, as recorded */
    const char *from;            /* by as_of */
} shown_members[] = {
    {"is_domain_connection", "false", true, ""},
    {"authentication", "{\"active\":true}", true, "2025-09-01"},
    {"connected_accounts", "{\"active\":false}", true, "2025-09-01"},
    {"cross_app_access_resource_app", NULL, false, "2026-07-01"},
    {"metadata", NULL, false, ""},
    {"show_as_button", NULL, false, ""},
};

static void show_more(const sb_call *call, const sb_connection *connection, json_t *body)
{
    for (size_t i = 0; i < A0_COUNT(shown_members); i++) {
        const struct shown *m = &shown_members[i];
        json_t *value = json_object_get(connection->more, m->name);
        if (!sb_as_of(call->tenant, m->from, ""))
            continue;
        if (value != NULL)
            json_object_set(body, m->name, value);
        else if (m->fallback != NULL)
            json_object_set_new(body, m->name, json_loads(m->fallback, JSON_DECODE_ANY, NULL));
    }
}

/* In order; of an older build's file we know only whether our own application is among them. */
static json_t *clients_of(const sb_call *call, const sb_connection *connection)
{
    json_t *kept = json_object_get(connection->more, "clients"), *list = json_array(), *id;
    size_t i;
    if (connection->enabled && !sb_list_has(kept, call->tenant->client_id))
        json_array_append_new(list, json_string(call->tenant->client_id));
    json_array_foreach(kept, i, id)
    {
        if (connection->enabled || strcmp(json_string_value(id), call->tenant->client_id) != 0)
            json_array_append(list, id);
    }
    return list;
}

static json_t *shown(const sb_call *call, const sb_connection *connection)
{
    json_t *realms = json_object_get(connection->more, "realms");
    json_t *body = json_pack("{s:s, s:s, s:s}", "id", connection->id, "name", connection->name,
                             "strategy", sb_connection_strategy(connection));
    json_object_set_new(body, "realms",
                        realms != NULL ? json_incref(realms) : json_pack("[s]", connection->name));
    if (may_see_options(call))
        json_object_set(body, "options", connection->options);
    if (connection->display_name != NULL)
        json_object_set(body, "display_name", connection->display_name);
    /* By tenant: recordings since July 2026 have it and have it not (facts/auth0.md 4.7). */
    if (call->tenant->options.enabled_clients_shown)
        json_object_set_new(body, "enabled_clients", clients_of(call, connection));
    show_more(call, connection, body);
    return body;
}

/* The members that `fields` wants, and those that come with every answer. The members that come
 * anyway are recorded (facts/auth0.md 4.7). */
static json_t *projected(const sb_call *call, const sb_connection *connection)
{
    json_t *body = shown(call, connection), *whole = json_copy(body);
    sb_project(call, body);
    json_object_set(body, "id", json_object_get(whole, "id"));
    for (size_t i = 0; i < A0_COUNT(shown_members); i++) {
        json_t *value = json_object_get(whole, shown_members[i].name);
        if (shown_members[i].always && value != NULL)
            json_object_set(body, shown_members[i].name, value);
    }
    json_decref(whole);
    return body;
}

/* The 404 is recorded. */
static bool find(sb_call *call, sb_connection *connection)
{
    if (sb_connection_by_id(call->tenant, call->parameter, connection))
        return true;
    sb_connection_clear(connection);
    sb_reply_api_error(call->reply, 404, "inexistent_connection", "The connection does not exist");
    return false;
}

/* strategy is repeatable */
static bool strategy_wanted(const sb_call *call, const char *strategy)
{
    const json_t *wanted = json_object_get(call->request->query, "strategy");
    return wanted == NULL || sb_list_has(wanted, strategy) ||
           (json_is_string(wanted) && strcmp(json_string_value(wanted), strategy) == 0);
}

/* One page of those that are wanted; *total of all of them. Counted here and not by SQL, for the
 * strategy stands in the JSON. */
static json_t *collect(sb_call *call, int64_t offset, int64_t limit, int64_t *total)
{
    sqlite3_stmt *stmt = NULL;
    sb_connection connection;
    json_t *list = json_array();
    *total = 0;
    if (sb_db_prepare(&stmt, call->tenant->db,
                      "SELECT " SB_CONNECTION_COLUMNS " FROM connections"
                      " WHERE ?1 IS NULL OR name = ?1 ORDER BY seq",
                      "s", sb_query(call->request, "name")) != AUTH0DB_OK)
        return list;
    while (sb_connection_next(stmt, &connection)) {
        if (strategy_wanted(call, sb_connection_strategy(&connection)) && ++*total > offset &&
            *total <= offset + limit)
            json_array_append_new(list, projected(call, &connection));
        sb_connection_clear(&connection);
    }
    sqlite3_finalize(stmt);
    return list;
}

/* Checkpoint pagination: `from` is an offset in disguise, good until connections change. */
static void list_from(sb_call *call, int64_t take)
{
    char next[32];
    int64_t from = 0, total;
    if (!sb_query_number(call, "from", 0, 1000000, 0, &from))
        return;
    json_t *body = json_pack("{s:o}", "connections", collect(call, from, take, &total));
    if (total > from + take) {
        snprintf(next, sizeof next, "%lld", (long long)(from + take));
        json_object_set_new(body, "next", json_string(next));
    }
    sb_reply_json(call->reply, 200, body);
}

void sb_connections_list(sb_call *call)
{
    sb_paging paging;
    int64_t take, total;
    if (!sb_fields_check(call, connection_fields) ||
        !sb_paging_read(call, &paging, (sb_paging_rules){.least = 1, .most = 100, .usual = 100}) ||
        !sb_query_number(call, "take", 1, 100, 50, &take))
        return;
    /* Then there are no totals, not even where they are asked for (recorded: facts/auth0.md 4.7).
     */
    if (sb_query(call->request, "take") != NULL || sb_query(call->request, "from") != NULL) {
        list_from(call, take);
        return;
    }
    json_t *list = collect(call, paging.page * paging.per_page, paging.per_page, &total);
    sb_paging_reply(call, &paging, "connections", list, total);
}

void sb_connections_get(sb_call *call)
{
    sb_connection connection;
    if (!sb_fields_check(call, connection_fields) || !find(call, &connection))
        return;
    sb_reply_json(call->reply, 200, projected(call, &connection));
    sb_connection_clear(&connection);
}

/* ---- who may use it ---- */

void sb_connections_clients(sb_call *call)
{
    sb_connection connection;
    size_t i;
    json_t *id;
    if (!find(call, &connection))
        return;
    json_t *clients = json_array(), *ids = clients_of(call, &connection);
    json_array_foreach(ids, i, id)
    {
        json_array_append_new(clients, json_pack("{s:O}", "client_id", id));
    }
    json_decref(ids);
    sb_reply_json(call->reply, 200, json_pack("{s:o}", "clients", clients));
    sb_connection_clear(&connection);
}

/* The other way round: the connections that an application may use. */
void sb_clients_connections(sb_call *call)
{
    sqlite3_stmt *stmt = NULL;
    sb_connection connection;
    json_t *list = json_array();
    if (sb_db_prepare(&stmt, call->tenant->db,
                      "SELECT " SB_CONNECTION_COLUMNS " FROM connections ORDER BY seq",
                      "") == AUTH0DB_OK) {
        while (sb_connection_next(stmt, &connection)) {
            json_t *ids = clients_of(call, &connection);
            if (sb_list_has(ids, call->parameter) &&
                strategy_wanted(call, sb_connection_strategy(&connection))) {
                json_t *body = projected(call, &connection);
                json_object_del(body, "enabled_clients");
                json_array_append_new(list, body);
            }
            json_decref(ids);
            sb_connection_clear(&connection);
        }
        sqlite3_finalize(stmt);
    }
    sb_page_of(call, "connections", list,
               (sb_paging_rules){.least = 1, .most = 100, .usual = 50, .by_checkpoint = true});
}

static void set_clients(const sb_call *call, sb_connection *connection, json_t *ids)
{
    connection->enabled = sb_list_has(ids, call->tenant->client_id);
    json_object_set(connection->more, "clients", ids);
}

/* All of them are looked at before one is carried out. */
static bool changes_ok(sb_call *call)
{
    size_t i;
    json_t *change;
    if (!json_is_array(call->request->body) || json_array_size(call->request->body) > CHANGES_MAX)
        return sb_refuse_member(call, "body", "Expected an array of 50 at most");
    json_array_foreach(call->request->body, i, change)
    {
        if (a0_json_text(change, "client_id") == NULL ||
            !json_is_boolean(json_object_get(change, "status")) || json_object_size(change) != 2)
            return sb_refuse_member(call, "body", "Expected {client_id, status}");
    }
    return true;
}

/* PATCH: [{"client_id": "…", "status": true}], as recorded. What is there already, or gone already,
 * is passed over: the answer is that it is so now. */
void sb_connections_clients_patch(sb_call *call)
{
    sb_connection connection;
    size_t i, at;
    json_t *change, *id;
    if (!changes_ok(call) || !find(call, &connection))
        return;
    json_t *ids = clients_of(call, &connection);
    json_array_foreach(call->request->body, i, change)
    {
        json_array_foreach(ids, at, id)
        {
            if (json_equal(id, json_object_get(change, "client_id")))
                break;
        }
        if (at < json_array_size(ids) && !a0_json_true(change, "status"))
            json_array_remove(ids, at);
        else if (at == json_array_size(ids) && a0_json_true(change, "status"))
            json_array_append(ids, json_object_get(change, "client_id"));
    }
    set_clients(call, &connection, ids);
    json_decref(ids);
    if (sb_connection_save(call->tenant, &connection) == AUTH0DB_OK)
        sb_reply_empty(call->reply, 204);
    else
        sb_reply_api_error(call->reply, 500, NULL, "Internal error.");
    sb_connection_clear(&connection);
}

/* As recorded (facts/auth0.md 4.7): what attributes go together with, and what they must hold.
 * NULL: all is well. */
static const char *attributes_complaint(const json_t *options, char text[static 80])
{
    static const char *const names[] = {"email", "username", "phone_number"};
    const json_t *attributes = json_object_get(options, "attributes");
    bool any = false;
    if (attributes == NULL)
        return NULL;
    if (!json_is_object(attributes))
        return "Expected type object";
    if (a0_json_true(options, "requires_username"))
        return "Cannot set both options.attributes and options.requires_username";
    if (json_object_get(options, "validation") != NULL)
        return "Cannot set both options.attributes and options.validation";
    for (size_t i = 0; i < A0_COUNT(names); i++) {
        const json_t *attribute = json_object_get(attributes, names[i]);
        const char *status = a0_json_text(json_object_get(attribute, "signup"), "status");
        if (a0_json_true(attribute, "profile_required") && status != NULL &&
            strcmp(status, "required") != 0) {
            snprintf(text, 80, "attribute %s must also be required on signup", names[i]);
            return text;
        }
        any = any || a0_json_true(json_object_get(attribute, "identifier"), "active");
    }
    return any ? NULL : "attributes must contain one active identifier";
}

/* A member that must be a boolean, wherever it is. */
static bool boolean_ok(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return value == NULL || json_is_boolean(value);
}

/* Both bounds, or neither (documented: facts/auth0.md 4.1). */
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
        if (!boolean_ok(options, flags[i]))
            return sb_refuse_member(call, flags[i], "Expected type boolean");
    }
    char text[80];
    const char *complaint = attributes_complaint(options, text);
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

/* Members of POST and PATCH that are only kept; the others are looked at below. */
static const struct kept {
    const char *name;
    json_type type; /* JSON_TRUE: a boolean */
} kept_members[] = {
    {"realms", JSON_ARRAY},
    {"is_domain_connection", JSON_TRUE},
    {"show_as_button", JSON_TRUE},
    {"metadata", JSON_OBJECT},
    {"authentication", JSON_OBJECT},
    {"connected_accounts", JSON_OBJECT},
    {"cross_app_access_resource_app", JSON_OBJECT},
};

static const struct kept *kept_named(const char *name)
{
    for (size_t i = 0; i < A0_COUNT(kept_members); i++) {
        if (strcmp(kept_members[i].name, name) == 0)
            return &kept_members[i];
    }
    return NULL;
}

/* Each is replaced whole, as `options` are. */
static bool keep_more(sb_call *call, sb_connection *connection)
{
    const char *name;
    json_t *value;
    json_object_foreach(call->request->body, name, value)
    {
        const struct kept *kept = kept_named(name);
        if (kept == NULL)
            continue;
        if ((json_is_boolean(value) ? JSON_TRUE : json_typeof(value)) != kept->type ||
            !boolean_ok(value, "active"))
            return sb_refuse_member(call, name, "Invalid type");
        json_object_set(connection->more, name, value);
    }
    return true;
}

static bool clients_ok(sb_call *call, const json_t *clients)
{
    size_t i;
    json_t *item;
    if (clients != NULL && !json_is_array(clients))
        return sb_refuse_member(call, "enabled_clients", "Expected type array");
    json_array_foreach(clients, i, item)
    {
        if (!json_is_string(item))
            return sb_refuse_member(call, "enabled_clients", "Expected an array of strings");
    }
    return true;
}

/* As recorded: mails may be shared only where that was so from the start. */
static bool stays_unique(sb_call *call, const json_t *before, const json_t *options, bool create)
{
    const json_t *was = json_object_get(json_object_get(before, "attributes"), "email");
    const json_t *is = json_object_get(json_object_get(options, "attributes"), "email");
    bool shared = json_is_false(json_object_get(is, "unique"));
    if (create || !shared || json_is_false(json_object_get(was, "unique")))
        return true;
    sb_reply_api_error(call->reply, 400, "invalid_body", "cannot add non-unique email attribute");
    return false;
}

/* Replaced as a whole (facts/auth0.md 4.7), but for what nobody has to send. */
static void put_options(const sb_call *call, sb_connection *connection, json_t *options,
                        bool create)
{
    json_decref(connection->options);
    connection->options = options != NULL ? json_deep_copy(options) : json_object();
    if (strcmp(sb_connection_strategy(connection), "auth0") == 0)
        sb_connection_fill_options(call->tenant, connection->options,
                                   create ? SB_OF_NEW : SB_OF_CHANGED);
}

/* What POST and PATCH share. Everything is checked before anything is put in, but for the kept
 * members; on a refusal the caller throws the connection away unsaved. */
static bool apply(sb_call *call, sb_connection *connection, bool create)
{
    const json_t *body = call->request->body;
    json_t *display = json_object_get(body, "display_name"),
           *options = json_object_get(body, "options");
    json_t *clients = json_object_get(body, "enabled_clients");
    if (display != NULL && !json_is_string(display))
        return sb_refuse_member(call, "display_name", "Expected type string");
    if ((options != NULL && !sb_connection_options_ok(call, options)) ||
        !clients_ok(call, clients) || !stays_unique(call, connection->options, options, create) ||
        !keep_more(call, connection))
        return false;
    if (display != NULL) {
        json_decref(connection->display_name);
        connection->display_name = json_incref(display);
    }
    if (options != NULL || create)
        put_options(call, connection, options, create);
    if (clients != NULL)
        set_clients(call, connection, clients);
    return true;
}

/* Name and strategy are what a connection is made with, and never change. */
static bool members_ok(sb_call *call, bool create)
{
    static const char *const known[] = {"name", "strategy", "display_name", "options",
                                        "enabled_clients"};
    const char *name;
    json_t *value;
    if (!json_is_object(call->request->body))
        return sb_refuse_member(call, "body", "Expected type object");
    json_object_foreach(call->request->body, name, value)
    {
        bool found = kept_named(name) != NULL;
        for (size_t i = create ? 0 : 2; i < A0_COUNT(known); i++)
            found = found || strcmp(known[i], name) == 0;
        /* Recorded of a database. */
        if (strcmp(name, "cross_app_access_requesting_app") == 0) {
            sb_reply_api_error(
                call->reply, 400, "operation_not_supported",
                "Cross App Access Requesting App is not supported for this connection.");
            return false;
        }
        if (!found)
            return sb_refuse_member(call, name, "Additional properties not allowed");
    }
    return true;
}

/* Others than databases are kept and shown; nobody logs in by them here. */
static bool strategy_ok(const char *strategy)
{
    static const char *const known[] = {
        "auth0",        "ad",          "adfs",          "apple",    "email", "facebook",
        "github",       "google-apps", "google-oauth2", "linkedin", "oidc",  "okta",
        "pingfederate", "samlp",       "sms",           "twitter",  "waad",  "windowslive"};
    for (size_t i = 0; strategy != NULL && i < A0_COUNT(known); i++) {
        if (strcmp(known[i], strategy) == 0)
            return true;
    }
    return false;
}

/* The 409 for a name that exists is documented, its words are a guess (facts/auth0.md 4.7). Above
 * the bound the answer is the same: no other refusal is known. */
static void insert(sb_call *call, sb_connection *connection)
{
    int rc = AUTH0DB_ERR_STATE;
    if (sb_db_number(call->tenant->db, 0, "SELECT count(*) FROM connections", "") < CONNECTIONS_MAX)
        rc = sb_connection_insert(call->tenant, connection);
    if (rc == AUTH0DB_ERR_STATE)
        sb_reply_api_error(call->reply, 409, "connection_conflict",
                           "A connection with the same name already exists");
    else if (rc != AUTH0DB_OK)
        sb_reply_api_error(call->reply, 500, NULL, "Internal error.");
    else
        sb_reply_json(call->reply, 201, shown(call, connection));
}

void sb_connections_create(sb_call *call)
{
    sb_connection connection = {.options = json_object(), .more = json_object()};
    const char *name = a0_json_text(call->request->body, "name");
    const char *strategy = a0_json_text(call->request->body, "strategy");
    if (!members_ok(call, true))
        goto out;
    if (!sb_connection_name_ok(name)) {
        sb_refuse_member(call, "name", "String does not match pattern");
        goto out;
    }
    if (!strategy_ok(strategy)) {
        sb_refuse_member(call, "strategy", "No enum match");
        goto out;
    }
    json_object_set_new(connection.more, "strategy", json_string(strategy));
    if (!apply(call, &connection, true))
        goto out;
    snprintf(connection.name, sizeof connection.name, "%s", name);
    insert(call, &connection);
out:
    sb_connection_clear(&connection);
}

/* As recorded: 202, and 204 for one that is gone. That its users go with it is documented. */
void sb_connections_delete(sb_call *call)
{
    char date[SB_ISO_LEN];
    sb_connection connection;
    if (!sb_connection_by_id(call->tenant, call->parameter, &connection)) {
        sb_reply_empty(call->reply, 204);
        return;
    }
    sb_iso(sb_now_ms(call->tenant), date);
    if (strcmp(connection.id, call->tenant->connection_id) == 0)
        sb_reply_api_error(call->reply, 403, NULL,
                           "The sandbox needs its default connection: this one stays.");
    else if (sb_db_run(call->tenant->db, "DELETE FROM users WHERE connection = ?", "s",
                       connection.name) != AUTH0DB_OK ||
             sb_connection_delete(call->tenant, connection.id) != AUTH0DB_OK)
        sb_reply_api_error(call->reply, 500, NULL, "Internal error.");
    else
        sb_reply_json(call->reply, 202, json_pack("{s:s}", "deleted_at", date));
    sb_connection_clear(&connection);
}

/* Whoever may not see the options must not replace them whole, either. */
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
    if (apply(call, &connection, false)) {
        if (sb_connection_save(call->tenant, &connection) != AUTH0DB_OK)
            sb_reply_api_error(call->reply, 500, NULL, "Internal error.");
        else
            sb_reply_json(call->reply, 200, shown(call, &connection));
    }
    sb_connection_clear(&connection);
}
