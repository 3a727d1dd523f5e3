/* Which API an application may call, with which scopes. Grants are kept and shown; the one of the
 * live application is an option. */
#include <stdio.h>
#include <string.h>

#include "sandbox/api/api_clients.h"
#include "sandbox/tenant/connection_defaults.h"
#include "sandbox/tenant/documents.h"
#include "sandbox/tenant/paging.h"

static const char KIND[] = "client_grant";
static const char OWN_ID[] = "cgr_sandboxsandbox1";

static const struct member {
    const char *name;
    json_type type; /* JSON_TRUE: a boolean */
    bool changes;   /* in PATCH too */
} members[] = {
    {"client_id", JSON_STRING, false},
    {"audience", JSON_STRING, false},
    {"subject_type", JSON_STRING, false},
    {"scope", JSON_ARRAY, true},
    {"organization_usage", JSON_STRING, true},
    {"allow_any_organization", JSON_TRUE, true},
    {"authorization_details_types", JSON_ARRAY, true},
    {"allow_all_scopes", JSON_TRUE, true},
};

/* The live one: what a token for the Management API holds. Without scopes the tenant's one
 * application has no grant, as the option says. */
static json_t *own_grant(const sb_tenant *tenant)
{
    char audience[320];
    if (json_array_size(tenant->options.scopes) == 0)
        return NULL;
    snprintf(audience, sizeof audience, "%s/api/v2/", tenant->url);
    return json_pack("{s:s, s:s, s:s, s:O, s:s}", "id", OWN_ID, "client_id", tenant->client_id,
                     "audience", audience, "scope", tenant->options.scopes, "subject_type",
                     "client");
}

static bool is_wanted(const sb_call *call, const json_t *grant)
{
    static const char *const filters[] = {"client_id", "subject_type"};
    const char *audience = sb_query(call->request, "audience");
    const char *own = a0_json_text(grant, "audience");
    for (size_t i = 0; i < A0_COUNT(filters); i++) {
        const char *wanted = sb_query(call->request, filters[i]);
        const char *value = a0_json_text(grant, filters[i]);
        if (wanted != NULL && (value == NULL || strcmp(wanted, value) != 0))
            return false;
    }
    /* The Management API has several names here, one for each of our own. */
    return audience == NULL || own == NULL || strcmp(audience, own) == 0 ||
           (sb_is_management_audience(call->tenant, audience) &&
            sb_is_management_audience(call->tenant, own));
}

void sb_client_grants_list(sb_call *call)
{
    size_t i;
    json_t *grant, *list = json_array(), *all = sb_document_list(call->tenant, KIND);
    json_t *own = own_grant(call->tenant);
    if (own != NULL)
        json_array_insert_new(all, 0, own);
    json_array_foreach(all, i, grant)
    {
        if (is_wanted(call, grant))
            json_array_append(list, grant);
    }
    json_decref(all);
    sb_page_of(call, "client_grants", list,
               (sb_paging_rules){.least = 1, .most = 100, .usual = 50});
}

/* The 404 is recorded. */
static json_t *find(sb_call *call)
{
    json_t *grant = strcmp(call->parameter, OWN_ID) == 0
                        ? own_grant(call->tenant)
                        : sb_document_get(call->tenant, KIND, call->parameter);
    if (grant == NULL)
        sb_reply_api_error(call->reply, 404, "inexistent_client_grant",
                           "The grant does not exist.");
    return grant;
}

void sb_client_grants_get(sb_call *call)
{
    json_t *grant = find(call);
    if (grant != NULL)
        sb_reply_json(call->reply, 200, grant);
}

static const struct member *member_named(const char *name)
{
    for (size_t i = 0; i < A0_COUNT(members); i++) {
        if (strcmp(members[i].name, name) == 0)
            return &members[i];
    }
    return NULL;
}

/* Who may call what never changes: a grant for another API is another grant. */
static bool body_ok(sb_call *call, bool create)
{
    const char *name;
    json_t *value;
    if (!json_is_object(call->request->body))
        return sb_refuse_member(call, "body", "Expected type object");
    json_object_foreach(call->request->body, name, value)
    {
        const struct member *m = member_named(name);
        if (m == NULL || !(create || m->changes))
            return sb_refuse_unknown_member(call, name);
        if ((json_is_boolean(value) ? JSON_TRUE : json_typeof(value)) != m->type)
            return sb_refuse_member(call, name, "Invalid type");
    }
    /* The first two of the table are required. */
    for (size_t i = 0; create && i < 2; i++) {
        if (json_object_get(call->request->body, members[i].name) == NULL)
            return sb_refuse_member(call, members[i].name, "Missing required property");
    }
    return true;
}

/* As recorded: an application of that type gets none. */
static bool client_ok(sb_call *call)
{
    json_t *client =
        sb_document_get(call->tenant, "client", a0_json_text(call->request->body, "client_id"));
    const char *type = a0_json_text(client, "app_type");
    bool ok = type == NULL || strcmp(type, "express_configuration") != 0;
    json_decref(client);
    if (!ok)
        sb_reply_api_error(call->reply, 400, "validation_error",
                           "Client of type express_configuration cannot be used");
    return ok;
}

/* Whoever has all scopes has no list of them (recorded). */
static void keep(sb_call *call, const char *id, json_t *grant, int status)
{
    bool sent = json_object_get(call->request->body, "scope") != NULL;
    if (a0_json_true(grant, "allow_all_scopes") && !sent)
        json_object_del(grant, "scope");
    if (sb_document_put(call->tenant, KIND, id, grant) == AUTH0DB_OK)
        sb_reply_json(call->reply, status, json_incref(grant));
    else
        sb_reply_api_error(call->reply, 500, NULL, "Internal error.");
}

void sb_client_grants_create(sb_call *call)
{
    char random[17], id[24];
    if (!body_ok(call, true) || !client_ok(call))
        return;
    if (sb_random_text(call->tenant, random, sizeof random - 1) != AUTH0DB_OK)
        return;
    snprintf(id, sizeof id, "cgr_%s", random);
    json_t *grant = json_copy(call->request->body);
    json_object_set_new(grant, "id", json_string(id));
    /* Recorded since then. */
    if (json_object_get(grant, "subject_type") == NULL && sb_as_of(call->tenant, "2025-03-01", ""))
        json_object_set_new(grant, "subject_type", json_string("client"));
    keep(call, id, grant, 201);
    json_decref(grant);
}

void sb_client_grants_patch(sb_call *call)
{
    json_t *grant = body_ok(call, false) ? find(call) : NULL;
    if (grant == NULL)
        return;
    json_object_update(grant, call->request->body);
    if (strcmp(call->parameter, OWN_ID) == 0)
        sb_reply_api_error(call->reply, 403, NULL,
                           "This grant is changed by the sandbox's option 'scopes'.");
    else
        keep(call, call->parameter, grant, 200);
    json_decref(grant);
}

void sb_client_grants_delete(sb_call *call)
{
    if (strcmp(call->parameter, OWN_ID) == 0)
        sb_reply_api_error(call->reply, 403, NULL,
                           "This grant is taken away by the sandbox's option 'scopes'.");
    else if (sb_document_delete(call->tenant, KIND, call->parameter) == AUTH0DB_OK)
        sb_reply_empty(call->reply, 204);
    else
        sb_reply_api_error(call->reply, 500, NULL, "Internal error.");
}

void sb_client_grants_organizations(sb_call *call)
{
    json_t *grant = find(call);
    if (grant != NULL)
        sb_page_of(call, "organizations", sb_document_list(call->tenant, "organization"),
                   (sb_paging_rules){.least = 1, .most = 100, .usual = 50});
    json_decref(grant);
}
