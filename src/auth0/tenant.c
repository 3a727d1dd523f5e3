/* What the tenant says of itself: the connection and our application. */
#include <string.h>

#include "auth0/client_int.h"
#include "auth0/policy.h"
#include "auth0db/scopes.h"
#include "auth0db/web.h"
#include "base/encode.h"
#include "base/utf8.h"

enum {
    RETRIES = 1,
    USERNAME_MIN = 1, /* Auth0's defaults */
    USERNAME_MAX = 15,
    CLIENT_PAGES = 20, /* of 1,000 applications each */
};

static auth0db_outcome get_json(a0_call *call, const char *path, const char *tail, const char *rest,
                                bool array, json_t **out)
{
    a0_http_request request = {.method = "GET"};
    int rc = a0_url(call->client, &request, path, tail);
    if (rc == AUTH0DB_OK)
        rc = a0_buf_puts(&request.url, rest);
    return a0_manage_json(call, A0_OP_LOOK_UP, rc, &request, array, out);
}

static bool copy(char *out, size_t size, const char *text)
{
    bool fits = text != NULL && strlen(text) < size;
    if (fits)
        memcpy(out, text, strlen(text) + 1);
    return fits;
}

static const json_t *at(const json_t *json, const char *a, const char *b, const char *c)
{
    json = json_object_get(json, a);
    if (b != NULL)
        json = json_object_get(json, b);
    return c != NULL ? json_object_get(json, c) : json;
}

static int small_int(const json_t *json, const char *key, int fallback)
{
    json_int_t value = a0_json_int(json, key, fallback);
    return value >= 0 && value <= 1000000 ? (int)value : fallback;
}

/* Anything but a boolean is unknown and no default: check tells a site to change its settings only
 * for what the tenant has said. */
static auth0db_fact fact(const json_t *json, const char *key)
{
    const json_t *value = json_object_get(json, key);
    if (!json_is_boolean(value))
        return AUTH0DB_UNKNOWN;
    return json_is_true(value) ? AUTH0DB_YES : AUTH0DB_NO;
}

static auth0db_attribute all(bool yes)
{
    const auth0db_fact told = yes ? AUTH0DB_YES : AUTH0DB_NO;
    return (auth0db_attribute){told, told, told};
}

static auth0db_attribute read_attribute(const json_t *attributes, const char *name)
{
    const json_t *attribute = json_object_get(attributes, name);
    if (!json_is_object(attribute))
        return all(false);
    return (auth0db_attribute){
        .taken = AUTH0DB_YES,
        .identifier = fact(json_object_get(attribute, "identifier"), "active"),
        .required = fact(attribute, "profile_required"),
    };
}

/* Two generations of settings, of which a connection has one: requires_username (which Auth0 leaves
 * out where it is off), or "flexible identifiers" under attributes. */
static void read_attributes(auth0db_connection_info *out, const json_t *options)
{
    const json_t *attributes = json_object_get(options, "attributes");
    const bool flexible = json_is_object(attributes);
    out->email = flexible ? read_attribute(attributes, "email") : all(true);
    out->phone = flexible ? read_attribute(attributes, "phone_number") : all(false);
    out->username = flexible ? read_attribute(attributes, "username")
                             : all(a0_json_true(options, "requires_username"));
    /* Who must be told one, and is not told whether, gets one: a name too many is no harm. */
    out->requires_username =
        out->username.required == AUTH0DB_YES ||
        (out->username.required == AUTH0DB_UNKNOWN && out->username.identifier == AUTH0DB_YES);
}

static void read_username_rules(auth0db_connection_info *out, const json_t *options)
{
    const json_t *old = at(options, "validation", "username", NULL);
    const json_t *rules = at(options, "attributes", "username", "validation");
    const json_t *types = json_object_get(rules, "allowed_types");
    out->username_may_be_email = fact(types, "email");
    out->username_may_be_phone = fact(types, "phone_number");
    out->username_min = small_int(rules, "min_length", small_int(old, "min", USERNAME_MIN));
    out->username_max = small_int(rules, "max_length", small_int(old, "max", USERNAME_MAX));
}

/* Left out without their scope (facts/oidc.md): unknown then, and never a default. A database
 * connection that has options has some, so an empty object tells nothing either. */
static const json_t *told_options(const json_t *connection)
{
    const json_t *options = json_object_get(connection, "options");
    return json_object_size(options) > 0 ? options : NULL;
}

static const char *policy_name(const json_t *options)
{
    const char *level = a0_json_text(options, "passwordPolicy");
    if (level != NULL)
        return level;
    return json_is_object(json_object_get(options, "password_options")) ? "flexible" : "";
}

static auth0db_outcome read_connection(a0_call *call, const json_t *json,
                                       auth0db_connection_info *out)
{
    const json_t *options = told_options(json);
    /* A long id is refused and not cut: users are imported into the connection of this id. */
    if (!copy(out->id, sizeof out->id, a0_json_text(json, "id")) ||
        !copy(out->name, sizeof out->name, a0_json_text(json, "name")) ||
        !copy(out->strategy, sizeof out->strategy, a0_json_text(json, "strategy")) ||
        !copy(out->password_policy, sizeof out->password_policy, policy_name(options)))
        return a0_call_malformed(call, "connection", "has a member that is not as promised");
    /* Without them the rest stays at zero, which means nothing: a default in its place would read
     * as the tenant's own word. */
    out->options_known = options != NULL;
    if (options == NULL)
        return AUTH0DB_OUTCOME_OK;
    read_attributes(out, options);
    read_username_rules(out, options);
    out->passwords = fact(at(options, "authentication_methods", "password", NULL), "enabled");
    int flexible = small_int(at(options, "password_options", "complexity", NULL), "min_length", 0);
    out->password_min_length =
        small_int(json_object_get(options, "password_complexity_options"), "min_length", flexible);
    out->brute_force_protection = a0_json_true(options, "brute_force_protection");
    out->import_mode = a0_json_true(options, "import_mode");
    return AUTH0DB_OUTCOME_OK;
}

/* An application that may use the connection: of logins, of the Management API, or somebody else's.
 */
static void note_application(const a0_call *call, const char *id, auth0db_connection_info *out)
{
    const char *managing = call->client->management.id;
    if (id == NULL)
        return;
    if (strcmp(id, call->client->app.id) == 0)
        out->enabled_for_client = true;
    else if (managing == NULL || strcmp(id, managing) != 0)
        out->other_applications = true;
}

/* The deprecated list in the connection itself, where the tenant still sends it. */
static bool read_enabled_clients(a0_call *call, const json_t *json, auth0db_connection_info *out)
{
    const json_t *list = json_object_get(json, "enabled_clients"), *item;
    size_t i;
    json_array_foreach(list, i, item)
    {
        note_application(call, json_string_value(item), out);
    }
    /* An empty list is an answer, and no list is none: then the other way is asked. */
    return json_is_array(list);
}

/* For tenants that no longer send the list above. It ends where our application is found. The
 * number of pages is bounded, for an answer that always names a next one must not hold a check for
 * ever. */
static auth0db_outcome ask_enabled_clients(a0_call *call, auth0db_connection_info *out)
{
    a0_buf rest = {0};
    auth0db_outcome outcome = AUTH0DB_OUTCOME_OK;
    bool more = true;
    int rc = a0_buf_puts(&rest, "/clients?take=1000");
    for (int page = 0; page < CLIENT_PAGES && more && outcome == AUTH0DB_OUTCOME_OK; page++) {
        json_t *answer = NULL, *item;
        size_t i;
        outcome = rc == AUTH0DB_OK ? get_json(call, "/api/v2/connections/", out->id,
                                              a0_buf_text(&rest), false, &answer)
                                   : a0_call_no_memory(call);
        json_array_foreach(json_object_get(answer, "clients"), i, item)
        {
            note_application(call, a0_json_text(item, "client_id"), out);
        }
        /* The text is the answer's own, so it is used before the answer goes. */
        const char *next = a0_json_text(answer, "next");
        more = next != NULL && !out->enabled_for_client;
        a0_buf_reset(&rest);
        rc = a0_buf_puts(&rest, "/clients?take=1000&from=");
        if (rc == AUTH0DB_OK && more)
            rc = a0_percent_encode(&rest, next, strlen(next));
        json_decref(answer);
    }
    a0_buf_clear(&rest);
    return outcome;
}

/* The connection as the API shows it: the only one of a list in *out, which is the caller's also
 * after a failure. */
static auth0db_outcome look_up(a0_call *call, json_t **out)
{
    const char *name = call->client->connection;
    auth0db_outcome outcome = get_json(call, "/api/v2/connections?name=", name, "", true, out);
    if (outcome != AUTH0DB_OUTCOME_OK)
        return outcome;
    if (json_array_size(*out) == 0) {
        a0_error_set(call->err, AUTH0DB_ERR_OPTION, "AUTH0_CONNECTION",
                     "%s: the tenant has no connection of this name", call->what);
        return AUTH0DB_OUTCOME_NOT_FOUND;
    }
    /* The filter is the tenant's work. Taken unlooked at, another connection's settings would be
     * checked, and its id would receive the users. */
    const char *found = a0_json_text(json_array_get(*out, 0), "name");
    return found != NULL && strcmp(found, name) == 0
               ? AUTH0DB_OUTCOME_OK
               : a0_call_malformed(call, "name", "is about another connection");
}

auth0db_outcome auth0db_client_connection(auth0db_client *client, unsigned deadline_ms,
                                          auth0db_connection_info *out, auth0db_error *err)
{
    a0_call call;
    json_t *list = NULL;
    *out = (auth0db_connection_info){0};
    a0_call_begin(&call, client, "connection", deadline_ms, err);
    /* A check may be tried twice: nobody is waiting at a login for it. */
    call.retries = RETRIES;
    auth0db_outcome outcome = look_up(&call, &list);
    if (outcome == AUTH0DB_OUTCOME_OK)
        outcome = read_connection(&call, json_array_get(list, 0), out);
    if (outcome == AUTH0DB_OUTCOME_OK && !read_enabled_clients(&call, json_array_get(list, 0), out))
        outcome = ask_enabled_clients(&call, out);
    if (outcome != AUTH0DB_OUTCOME_OK)
        *out = (auth0db_connection_info){0};
    json_decref(list);
    return outcome;
}

static auth0db_outcome read_policy(a0_call *call, const json_t *options, auth0db_policy **out)
{
    const bool own = call->client->user_jwt != NULL;
    /* Options that are left out would read as a policy that asks for nothing: people would be let
     * choose passwords here that the tenant then refuses. */
    if (options == NULL) {
        a0_error_set(call->err, AUTH0DB_ERR_OPTION,
                     own ? "AUTH0_USER_JWT"
                         : a0_setting_for(call->client, A0_OP_LOOK_UP, "AUTH0_CLIENT_ID"),
                     "%s: the tenant leaves the connection's options out: the management token "
                     "lacks " AUTH0DB_SCOPE_CONNECTION_OPTIONS,
                     call->what);
        return AUTH0DB_OUTCOME_MISCONFIGURED;
    }
    *out = a0_policy_read(options);
    return *out != NULL ? AUTH0DB_OUTCOME_OK : a0_call_no_memory(call);
}

auth0db_outcome auth0db_client_policy(auth0db_client *client, unsigned deadline_ms,
                                      auth0db_policy **out, auth0db_error *err)
{
    a0_call call;
    json_t *list = NULL;
    *out = NULL;
    a0_call_begin(&call, client, "policy", deadline_ms, err);
    auth0db_outcome outcome = look_up(&call, &list);
    if (outcome == AUTH0DB_OUTCOME_OK)
        outcome = read_policy(&call, told_options(json_array_get(list, 0)), out);
    json_decref(list);
    return outcome;
}

auth0db_outcome auth0db_client_application(auth0db_client *client, unsigned deadline_ms,
                                           auth0db_application_info *out, auth0db_error *err)
{
    a0_call call;
    json_t *json = NULL, *item;
    size_t i;
    *out = (auth0db_application_info){0};
    a0_call_begin(&call, client, "application", deadline_ms, err);
    call.retries = RETRIES;
    auth0db_outcome outcome = get_json(&call, "/api/v2/clients/", client->app.id, "", false, &json);
    if (outcome != AUTH0DB_OUTCOME_OK)
        return outcome;
    json_array_foreach(json_object_get(json, "grant_types"), i, item)
    {
        const char *type = json_string_value(item);
        if (type == NULL)
            continue;
        if (strcmp(type, "http://auth0.com/oauth/grant-type/password-realm") == 0 ||
            strcmp(type, "password") == 0)
            out->password_realm_grant = true;
        if (strcmp(type, "client_credentials") == 0)
            out->client_credentials_grant = true;
    }
    /* Without it the tenant counts all logins as the site's own address, and one visitor's failures
     * can keep the others out. */
    out->forwarded_for_trusted = a0_json_true(json, "is_token_endpoint_ip_header_trusted");
    json_decref(json);
    return AUTH0DB_OUTCOME_OK;
}

/* ---- what Universal Login needs ---- */

/* With a wildcard in the list the tenant may well take the address, and by which rules is its own
 * affair: unknown, and no warning. */
static auth0db_fact is_listed(const json_t *list, const char *text)
{
    size_t i;
    json_t *item;
    auth0db_fact fact = json_is_array(list) ? AUTH0DB_NO : AUTH0DB_UNKNOWN;
    json_array_foreach(list, i, item)
    {
        const char *entry = json_string_value(item);
        if (entry != NULL && strcmp(entry, text) == 0)
            return AUTH0DB_YES;
        if (entry != NULL && strchr(entry, '*') != NULL)
            fact = AUTH0DB_UNKNOWN;
    }
    return fact;
}

static auth0db_fact is_text(const char *told, const char *wanted)
{
    if (told == NULL)
        return AUTH0DB_UNKNOWN;
    return strcmp(told, wanted) == 0 ? AUTH0DB_YES : AUTH0DB_NO;
}

auth0db_outcome auth0db_client_web_setup(auth0db_client *client, const auth0db_web_urls *urls,
                                         unsigned deadline_ms, auth0db_web_setup *out,
                                         auth0db_error *err)
{
    a0_call call;
    json_t *json = NULL;
    *out = (auth0db_web_setup){0};
    a0_call_begin(&call, client, "application", deadline_ms, err);
    call.retries = RETRIES;
    auth0db_outcome outcome = get_json(&call, "/api/v2/clients/", client->app.id, "", false, &json);
    if (outcome != AUTH0DB_OUTCOME_OK)
        return outcome;
    *out = (auth0db_web_setup){
        .callback = is_listed(json_object_get(json, "callbacks"), urls->callback),
        .logged_out = is_listed(json_object_get(json, "allowed_logout_urls"), urls->logged_out),
        .login = is_text(a0_json_text(json, "initiate_login_uri"), urls->login),
        .code_grant = is_listed(json_object_get(json, "grant_types"), "authorization_code"),
        .rs256 = is_text(a0_json_text(json_object_get(json, "jwt_configuration"), "alg"), "RS256"),
    };
    json_decref(json);
    return AUTH0DB_OUTCOME_OK;
}

/* One that waits for its DNS record is none yet. */
static const char *verified_domain(const json_t *item)
{
    const char *status = a0_json_text(item, "status");
    return status != NULL && strcmp(status, "ready") == 0 ? a0_json_text(item, "domain") : NULL;
}

auth0db_outcome auth0db_client_web_domain(auth0db_client *client, unsigned deadline_ms,
                                          auth0db_web_domain *out, auth0db_error *err)
{
    a0_call call;
    json_t *list = NULL, *item;
    size_t i;
    const char *host = strstr(client->url.text, "://");
    *out = (auth0db_web_domain){0};
    a0_call_begin(&call, client, "custom domains", deadline_ms, err);
    call.retries = RETRIES;
    auth0db_outcome outcome = get_json(&call, "/api/v2/custom-domains", NULL, "", true, &list);
    if (outcome != AUTH0DB_OUTCOME_OK)
        return outcome;
    /* The list has been read, so from here on not being on it is a fact. */
    out->own = AUTH0DB_NO;
    json_array_foreach(list, i, item)
    {
        const char *domain = verified_domain(item);
        if (domain != NULL && host != NULL && a0_ascii_equal_ignoring_case(domain, host + 3))
            out->own = AUTH0DB_YES;
        else if (out->another[0] == '\0')
            (void)copy(out->another, sizeof out->another, domain);
    }
    json_decref(list);
    return AUTH0DB_OUTCOME_OK;
}
