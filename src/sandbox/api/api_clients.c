/* Applications through the Management API. One of them lives: its switches are the sandbox's
 * options, so it is shown here and changed there. The others are kept and shown. */
#include "sandbox/api/api_clients.h"

#include <stdio.h>
#include <string.h>

#include "sandbox/tenant/connections.h"
#include "sandbox/tenant/documents.h"
#include "sandbox/tenant/paging.h"

static const char KIND[] = "client";

/* What the tenant's one live application is called. */
#define OWN_NAME "auth0db"

/* As recorded of applications that were made with a name alone (tf, 2026). */
static const char fresh[] =
    "{\"tenant\":\"sandbox\",\"global\":false,\"is_token_endpoint_ip_header_trusted\":false,"
    "\"is_first_party\":true,\"oidc_conformant\":false,\"sso_disabled\":false,"
    "\"cross_origin_authentication\":false,"
    "\"custom_login_page_on\":true,\"callback_url_template\":false,"
    "\"jwt_configuration\":{\"lifetime_in_seconds\":36000,\"secret_encoded\":false},"
    "\"refresh_token\":{\"expiration_type\":\"non-expiring\",\"leeway\":0,"
    "\"infinite_token_lifetime\":true,\"infinite_idle_token_lifetime\":true,"
    "\"token_lifetime\":31557600,\"idle_token_lifetime\":2592000,"
    "\"rotation_type\":\"non-rotating\"},"
    "\"grant_types\":[\"authorization_code\",\"implicit\",\"refresh_token\","
    "\"client_credentials\"],"
    "\"signing_keys\":[{\"cert\":\"-----BEGIN CERTIFICATE-----\"}]}";

/* A key has a member of its own, which Auth0 allows beside no method of the token endpoint. */
static void show_proof(json_t *body, int client_auth)
{
    static const char *const methods[] = {
        [SB_CLIENT_SECRET_POST] = "client_secret_post",
        [SB_CLIENT_SECRET_BASIC] = "client_secret_basic",
        [SB_CLIENT_NONE] = "none",
        [SB_CLIENT_KEY] = NULL,
    };
    if (client_auth == SB_CLIENT_KEY) {
        json_object_del(body, "token_endpoint_auth_method");
        json_object_set_new(body, "client_authentication_methods",
                            json_pack("{s:{s:[{s:s}]}}", "private_key_jwt", "credentials", "id",
                                      "cred_of_the_sandbox"));
    } else {
        json_object_set_new(body, "token_endpoint_auth_method", json_string(methods[client_auth]));
    }
}

/* The one that logs in here: its switches are the tenant's options. Its secret is shown as any
 * other's is: whoever may read keys has it. */
static json_t *own_client(const sb_tenant *tenant)
{
    const sb_options *o = &tenant->options;
    json_t *body = json_loads(fresh, 0, NULL);
    json_t *live =
        json_pack("{s:s, s:s, s:s, s:s, s:O, s:b, s:b, s:{s:s, s:I, s:b}}", "client_id",
                  tenant->client_id, "client_secret", tenant->client_secret, "name", OWN_NAME,
                  "app_type", o->client_auth == SB_CLIENT_NONE ? "native" : "regular_web",
                  "grant_types", o->grant_types, "is_token_endpoint_ip_header_trusted",
                  o->trust_forwarded_for, "oidc_conformant", 1, "jwt_configuration", "alg", "RS256",
                  "lifetime_in_seconds", (json_int_t)o->id_token_lifetime_s, "secret_encoded", 0);
    json_object_update(body, live);
    json_decref(live);
    show_proof(body, o->client_auth);
    json_object_set(body, "callbacks", o->callbacks);
    json_object_set(body, "allowed_logout_urls", o->allowed_logout_urls);
    if (o->initiate_login_uri[0] != '\0')
        json_object_set_new(body, "initiate_login_uri", json_string(o->initiate_login_uri));
    return body;
}

static json_t *client_of(sb_tenant *tenant, const char *id)
{
    return strcmp(id, tenant->client_id) == 0 ? own_client(tenant)
                                              : sb_document_get(tenant, KIND, id);
}

void sb_client_name(sb_tenant *tenant, const char *client_id, char out[static 160])
{
    json_t *client = client_of(tenant, client_id);
    const char *name = a0_json_text(client, "name");
    snprintf(out, 160, "%s", name != NULL ? name : "");
    json_decref(client);
}

/* Secrets want a scope of their own (documented). In a list `tenant` comes with any `fields`, and
 * in one application its signing keys do; one application alone does not say its tenant: so it is
 * recorded, though the recorders of the latter rewrote what they kept. */
static json_t *shown(const sb_call *call, json_t *client, bool alone)
{
    static const char *const secrets[] = {"client_secret", "signing_keys"};
    static const char *const of_lists[] = {"tenant", "global", "callback_url_template"};
    const char *kept = alone ? "signing_keys" : "tenant";
    for (size_t i = 0; i < A0_COUNT(secrets); i++) {
        if (!sb_call_has_scope(call, "read:client_keys"))
            json_object_del(client, secrets[i]);
    }
    for (size_t i = 0; alone && i < A0_COUNT(of_lists); i++)
        json_object_del(client, of_lists[i]);
    json_t *always = json_incref(json_object_get(client, kept));
    sb_project(call, client);
    if (always != NULL)
        json_object_set_new(client, kept, always);
    return client;
}

/* Each filter takes a list of values, and all filters must fit. */
static bool is_wanted(const sb_call *call, const json_t *client)
{
    static const char *const filters[] = {"app_type", "is_global", "is_first_party"};
    for (size_t i = 0; i < A0_COUNT(filters); i++) {
        const char *wanted = sb_query(call->request, filters[i]);
        const json_t *value = json_object_get(client, i == 1 ? "global" : filters[i]);
        const char *text = json_is_boolean(value) ? (json_is_true(value) ? "true" : "false")
                                                  : json_string_value(value);
        if (wanted != NULL && !(text != NULL && sb_comma_list_has(wanted, text)))
            return false;
    }
    return true;
}

void sb_clients_list(sb_call *call)
{
    size_t i;
    json_t *client, *list = json_array(), *all = sb_document_list(call->tenant, KIND);
    json_array_insert_new(all, 0, own_client(call->tenant));
    json_array_foreach(all, i, client)
    {
        if (is_wanted(call, client))
            json_array_append_new(list, shown(call, json_incref(client), false));
    }
    json_decref(all);
    sb_page_of(call, "clients", list, (sb_paging_rules){.least = 0, .most = 100, .usual = 50});
}

/* The 404 is recorded. */
static json_t *find(sb_call *call)
{
    json_t *client = client_of(call->tenant, call->parameter);
    if (client == NULL)
        sb_reply_api_error(call->reply, 404, "inexistent_client", "The client does not exist");
    return client;
}

void sb_clients_get(sb_call *call)
{
    json_t *client = find(call);
    if (client != NULL)
        sb_reply_json(call->reply, 200, shown(call, client, true));
}

/* The id is the tenant's to choose. */
static bool body_ok(sb_call *call, bool create)
{
    const json_t *body = call->request->body;
    if (!json_is_object(body))
        return sb_refuse_member(call, "body", "Expected type object");
    if (create && a0_json_text(body, "name") == NULL)
        return sb_refuse_member(call, "name", "Missing required property: name");
    if (json_object_get(body, "client_id") != NULL)
        return sb_refuse_unknown_member(call, "client_id");
    return true;
}

/* Whoever proves itself by a key or a certificate has no secret to show (recorded). */
static int keep(sb_call *call, const char *id, json_t *client)
{
    if (json_object_get(client, "client_authentication_methods") != NULL)
        json_object_del(client, "client_secret");
    return sb_document_put(call->tenant, KIND, id, client);
}

static void reply_kept(sb_call *call, int rc, int status, json_t *document)
{
    if (rc == AUTH0DB_OK)
        sb_reply_json(call->reply, status, json_incref(document));
    else
        sb_reply_api_error(call->reply, 500, NULL, "Internal error.");
}

void sb_clients_create(sb_call *call)
{
    char id[SB_ID_LEN + 1], secret[SB_SECRET_LEN + 1];
    if (!body_ok(call, true))
        return;
    json_t *defaults = json_loads(fresh, 0, NULL), *client = json_deep_copy(call->request->body);
    int rc = sb_random_text(call->tenant, id, SB_ID_LEN);
    if (rc == AUTH0DB_OK)
        rc = sb_random_text(call->tenant, secret, SB_SECRET_LEN);
    json_object_set_new(client, "client_id", json_string(id));
    json_object_set_new(client, "client_secret", json_string(secret));
    /* What was sent stays as it was sent. */
    sb_document_fill(client, defaults);
    if (rc == AUTH0DB_OK)
        rc = keep(call, id, client);
    reply_kept(call, rc, 201, client);
    json_decref(defaults);
    json_decref(client);
}

void sb_clients_patch(sb_call *call)
{
    json_t *client = body_ok(call, false) ? find(call) : NULL;
    if (client == NULL)
        return;
    sb_document_merge(client, call->request->body);
    if (strcmp(call->parameter, call->tenant->client_id) == 0)
        sb_reply_api_error(call->reply, 403, NULL,
                           "This application is changed by the sandbox's options.");
    else if (keep(call, call->parameter, client) == AUTH0DB_OK)
        sb_reply_json(call->reply, 200, shown(call, json_incref(client), true));
    else
        sb_reply_api_error(call->reply, 500, NULL, "Internal error.");
    json_decref(client);
}

void sb_clients_delete(sb_call *call)
{
    if (strcmp(call->parameter, call->tenant->client_id) == 0)
        sb_reply_api_error(call->reply, 403, NULL, "The sandbox needs this application.");
    else if (sb_document_delete(call->tenant, KIND, call->parameter) == AUTH0DB_OK)
        sb_reply_empty(call->reply, 204);
    else
        sb_reply_api_error(call->reply, 500, NULL, "Internal error.");
}
