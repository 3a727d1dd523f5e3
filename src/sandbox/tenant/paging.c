#include "sandbox/tenant/paging.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool refuse(sb_call *call, const char *name, const char *what)
{
    sb_reply_api_error(call->reply, 400, "invalid_query_string",
                       "Query validation error: '%s' on property %s.", what, name);
    return false;
}

/* Twelve digits at most, so that nothing overflows before the range is looked at. */
bool sb_query_number(sb_call *call, const char *name, int64_t least, int64_t most, int64_t fallback,
                     int64_t *out)
{
    const char *text = sb_query(call->request, name);
    *out = fallback;
    if (text == NULL)
        return true;
    if (*text == '\0' || strlen(text) > 12 || strspn(text, "0123456789") != strlen(text))
        return refuse(call, name, "Expected type integer");
    *out = strtoll(text, NULL, 10);
    if (*out < least)
        return refuse(call, name, "Value is less than the minimum");
    return *out <= most || refuse(call, name, "Value is greater than the maximum");
}

bool sb_query_flag(sb_call *call, const char *name, bool fallback, bool *out)
{
    const char *text = sb_query(call->request, name);
    *out = fallback;
    if (text == NULL)
        return true;
    *out = strcmp(text, "true") == 0;
    return *out || strcmp(text, "false") == 0 || refuse(call, name, "Expected type boolean");
}

bool sb_paging_read(sb_call *call, sb_paging *out, sb_paging_rules rules)
{
    out->no_total_of_none = rules.no_total_of_none;
    return sb_query_number(call, "page", 0, 1000000, 0, &out->page) &&
           sb_query_number(call, "per_page", rules.least, rules.most, rules.usual,
                           &out->per_page) &&
           sb_query_flag(call, "include_totals", false, &out->totals);
}

void sb_paging_reply(sb_call *call, const sb_paging *paging, const char *name, json_t *list,
                     int64_t total)
{
    if (!paging->totals) {
        sb_reply_json(call->reply, 200, list);
        return;
    }
    json_t *body =
        json_pack("{s:I, s:I, s:I}", "start", (json_int_t)paging->page * paging->per_page, "limit",
                  (json_int_t)paging->per_page, "total", (json_int_t)total);
    /* Of connections the answer is recorded without it (facts/auth0.md 4.5, 4.7). */
    if (strcmp(name, "users") == 0 || strcmp(name, "logs") == 0)
        json_object_set_new(body, "length", json_integer((json_int_t)json_array_size(list)));
    /* Recorded of authentication methods (facts/auth0.md 4.1). */
    if (total == 0 && paging->no_total_of_none)
        json_object_del(body, "total");
    json_object_set_new(body, name, list);
    sb_reply_json(call->reply, 200, body);
}

/* n elements from `first` on, of all. */
static json_t *part_of(const json_t *all, int64_t first, int64_t n)
{
    json_t *part = json_array();
    for (int64_t i = first; i < first + n && i < (int64_t)json_array_size(all); i++)
        json_array_append(part, json_array_get(all, (size_t)i));
    return part;
}

/* `from` is an offset in disguise, good until something changes. */
static void reply_checkpoint(sb_call *call, const char *name, const json_t *all, int64_t take)
{
    char next[32];
    int64_t from;
    if (!sb_query_number(call, "from", 0, 1000000, 0, &from))
        return;
    json_t *body = json_pack("{s:o}", name, part_of(all, from, take));
    if ((int64_t)json_array_size(all) > from + take) {
        snprintf(next, sizeof next, "%lld", (long long)(from + take));
        json_object_set_new(body, "next", json_string(next));
    }
    sb_reply_json(call->reply, 200, body);
}

/* `take` and `from` win over pages, and then there are no totals, not even where they are asked for
 * (recorded of connections: facts/auth0.md 4.7). */
void sb_page_of(sb_call *call, const char *name, json_t *list, sb_paging_rules rules)
{
    sb_paging paging;
    int64_t take;
    bool by_checkpoint = rules.by_checkpoint || sb_query(call->request, "take") != NULL ||
                         sb_query(call->request, "from") != NULL;
    if (sb_paging_read(call, &paging, rules) && sb_query_number(call, "take", 1, 100, 50, &take)) {
        if (by_checkpoint)
            reply_checkpoint(call, name, list, take);
        else
            sb_paging_reply(call, &paging, name,
                            part_of(list, paging.page * paging.per_page, paging.per_page),
                            (int64_t)json_array_size(list));
    }
    json_decref(list);
}

bool sb_comma_list_has(const char *list, const char *name)
{
    size_t len = strlen(name);
    while (*list != '\0') {
        size_t word = strcspn(list, ",");
        if (word == len && strncmp(list, name, len) == 0)
            return true;
        list += word + (list[word] == ',');
    }
    return false;
}

void sb_project(const sb_call *call, json_t *object)
{
    const char *fields = sb_query(call->request, "fields");
    const char *include = sb_query(call->request, "include_fields");
    if (fields == NULL || *fields == '\0')
        return;
    bool keep = include == NULL || strcmp(include, "false") != 0;
    const char *name;
    json_t *value;
    void *next;
    json_object_foreach_safe(object, next, name, value)
    {
        if (sb_comma_list_has(fields, name) != keep)
            json_object_del(object, name);
    }
}

static bool known_name(const char *const *known, const char *name, size_t len)
{
    for (; *known != NULL; known++) {
        if (strlen(*known) == len && strncmp(*known, name, len) == 0)
            return true;
    }
    return false;
}

/* A name out of a fixed set (documented of users: facts/auth0.md 4.4); another one is a 400, and
 * not a member that is missing in the answer. */
bool sb_fields_check(sb_call *call, const char *const *known)
{
    const char *fields = sb_query(call->request, "fields");
    bool flag;
    if (!sb_query_flag(call, "include_fields", true, &flag))
        return false;
    while (fields != NULL && *fields != '\0') {
        size_t len = strcspn(fields, ",");
        if (!known_name(known, fields, len))
            return refuse(call, "fields", "String does not match pattern");
        fields += len + (fields[len] == ',');
    }
    return true;
}

bool sb_query_names_check(sb_call *call, const char *const *known)
{
    const char *name;
    json_t *value;
    json_object_foreach(call->request->query, name, value)
    {
        if (!known_name(known, name, strlen(name)))
            return refuse(call, name, "Additional properties not allowed");
    }
    return true;
}
