/* Brute-force blocks: who is blocked from where, and lifted. An administrator's block is a member
 * of the user, and suspicious addresses are none of these calls' (documented: facts/auth0.md 4.11).
 */
#include "sandbox/api/api_protection.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "sandbox/tenant/users.h"

typedef struct collection {
    json_t *list;
    const char *identifier;
} collection;

/* The shape is documented (facts/auth0.md 4.11). */
static void collect(void *ctx, const char *connection, const char *ip)
{
    const collection *c = ctx;
    json_t *block = json_pack("{s:s, s:s}", "identifier", c->identifier, "connection", connection);
    if (*ip != '\0') /* none where the tenant counts addresses together */
        json_object_set_new(block, "ip", json_string(ip));
    json_array_append_new(c->list, block);
}

static void add_blocks(sb_call *call, json_t *list, const char *identifier)
{
    sb_protect_rules rules = sb_tenant_rules(call->tenant);
    collection c = {list, identifier};
    if (*identifier != '\0')
        sb_protect_blocks(&call->tenant->counters, &rules, identifier, sb_now_ms(call->tenant),
                          collect, &c);
}

/* Lower-cased `identifier` parameter, new; NULL: the answer is written. */
static char *identifier_of(sb_call *call)
{
    const char *given = sb_query(call->request, "identifier");
    char *identifier = given != NULL && *given != '\0' ? a0_strdup(given) : NULL;
    if (identifier != NULL)
        a0_ascii_lower(identifier);
    else
        sb_reply_api_error(call->reply, 400, "invalid_query_string",
                           "Query validation error: 'Missing required property: identifier'.");
    return identifier;
}

void sb_blocks_by_identifier(sb_call *call)
{
    char *identifier = identifier_of(call);
    if (identifier == NULL)
        return;
    json_t *list = json_array();
    add_blocks(call, list, identifier);
    sb_reply_json(call->reply, 200, json_pack("{s:o}", "blocked_for", list));
    a0_free(identifier);
}

void sb_unblock_by_identifier(sb_call *call)
{
    char *identifier = identifier_of(call);
    if (identifier == NULL)
        return;
    sb_protect_unblock(&call->tenant->counters, identifier);
    sb_reply_empty(call->reply, 204);
    a0_free(identifier);
}

static bool user_of(sb_call *call, sb_user *user)
{
    bool found = sb_user_by_id(call->tenant, call->parameter, user);
    if (!found)
        sb_reply_api_error(call->reply, 404, "inexistent_user", "The user does not exist.");
    return found;
}

/* Blocks stand under what was typed, so under both names. */
void sb_blocks_by_id(sb_call *call)
{
    sb_user user;
    if (!user_of(call, &user))
        return;
    json_t *list = json_array();
    add_blocks(call, list, sb_user_text(&user, "email"));
    add_blocks(call, list, sb_user_text(&user, "username"));
    sb_reply_json(call->reply, 200, json_pack("{s:o}", "blocked_for", list));
    sb_user_clear(&user);
}

void sb_unblock_by_id(sb_call *call)
{
    sb_user user;
    if (!user_of(call, &user))
        return;
    sb_user_unblock(call->tenant, &user);
    sb_reply_empty(call->reply, 204);
    sb_user_clear(&user);
}
