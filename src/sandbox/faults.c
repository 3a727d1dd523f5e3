/* Faults are checked when they are ordered. One that is misspelled would strike nothing, and the
 * test that ordered it would pass. */
#include "sandbox/faults.h"

#include <string.h>

#include "base/mem.h"

struct sb_faults {
    json_t *list; /* definitions with "id", and "count" as what is left (absent: for ever) */
    json_int_t last_id;
};

static const char *const kinds[] = {"empty", "html", "huge", "malformed"};

sb_faults *sb_faults_new(void)
{
    sb_faults *faults = a0_alloc(sizeof *faults);
    if (faults != NULL && (faults->list = json_array()) == NULL) {
        a0_free(faults);
        faults = NULL;
    }
    return faults;
}

void sb_faults_free(sb_faults *faults)
{
    if (faults == NULL)
        return;
    json_decref(faults->list);
    a0_free(faults);
}

void sb_faults_clear(sb_faults *faults)
{
    json_array_clear(faults->list);
}

static bool is_kind(const json_t *value)
{
    for (size_t i = 0; i < A0_COUNT(kinds); i++) {
        if (json_is_string(value) && strcmp(json_string_value(value), kinds[i]) == 0)
            return true;
    }
    return false;
}

/* A line's end in a value would begin another header, or the body. */
static bool is_headers(const json_t *value)
{
    const char *name;
    json_t *text;
    json_object_foreach((json_t *)value, name, text)
    {
        if (!json_is_string(text) || strpbrk(json_string_value(text), "\r\n") != NULL ||
            strpbrk(name, "\r\n: ") != NULL)
            return false;
    }
    return json_is_object(value) && json_object_size(value) <= SB_FAULT_HEADERS_MAX;
}

static bool in_range(const json_t *value, json_int_t least, json_int_t most)
{
    return json_is_integer(value) && json_integer_value(value) >= least &&
           json_integer_value(value) <= most;
}

static bool is_row_fault(const json_t *value)
{
    const char *name;
    json_t *member;
    json_object_foreach((json_t *)value, name, member)
    {
        bool text = strcmp(name, "code") == 0 || strcmp(name, "message") == 0 ||
                    strcmp(name, "path") == 0 || strcmp(name, "email") == 0;
        bool flag = strcmp(name, "all") == 0 || strcmp(name, "half_created") == 0;
        if (!(text && json_is_string(member)) && !(flag && json_is_boolean(member)) &&
            !(strcmp(name, "at") == 0 && in_range(member, 0, 1000000)))
            return false;
    }
    return a0_json_text(value, "code") != NULL;
}

/* facts/auth0.md 5, docs/sandbox.md: what becomes of the next import. */
static bool is_job(const json_t *value)
{
    const char *name;
    json_t *member, *row;
    size_t i;
    json_object_foreach((json_t *)value, name, member)
    {
        bool flag =
            strcmp(name, "fail") == 0 || strcmp(name, "stall") == 0 || strcmp(name, "lost") == 0;
        bool rows = strcmp(name, "rows") == 0 && json_is_array(member);
        json_array_foreach(rows ? member : NULL, i, row) rows = rows && is_row_fault(row);
        if (!(flag && json_is_boolean(member)) && !rows &&
            !(strcmp(name, "details") == 0 && json_is_string(member)) &&
            !(strcmp(name, "after") == 0 && in_range(member, 0, 1000000)))
            return false;
    }
    return json_is_object(value);
}

/* What is wrong with a member, or NULL. */
static const char *complaint(const char *name, const json_t *value)
{
    if (strcmp(name, "method") == 0 || strcmp(name, "body") == 0)
        return json_is_string(value) ? NULL : "expected a string";
    if (strcmp(name, "path") == 0)
        return json_is_string(value) && json_string_value(value)[0] == '/' ? NULL
                                                                           : "expected a path";
    if (strcmp(name, "count") == 0)
        return in_range(value, 1, 1000000) ? NULL : "expected a number from 1 to 1000000";
    if (strcmp(name, "delay_ms") == 0)
        return in_range(value, 0, 600000) ? NULL : "expected a number from 0 to 600000";
    if (strcmp(name, "status") == 0)
        return in_range(value, 200, 599) ? NULL : "expected a number from 200 to 599";
    if (strcmp(name, "cut_at") == 0)
        return in_range(value, 0, SB_HUGE_BODY) ? NULL : "expected a number of bytes";
    if (strcmp(name, "kind") == 0)
        return is_kind(value) ? NULL : "expected empty, html, huge or malformed";
    if (strcmp(name, "headers") == 0)
        return is_headers(value) ? NULL : "expected a few header names and values";
    if (strcmp(name, "job") == 0)
        return is_job(value) ? NULL
                             : "expected fail, stall, lost, after, details or rows, as documented";
    if (strcmp(name, "drop") == 0 || strcmp(name, "execute") == 0)
        return json_is_boolean(value) ? NULL : "expected true or false";
    return "there is no such member";
}

int sb_faults_add(sb_faults *faults, const json_t *definition, json_int_t *id, auth0db_error *err)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)definition, name, value)
    {
        const char *wrong = complaint(name, value);
        if (wrong != NULL)
            return a0_error_set(err, AUTH0DB_ERR_MALFORMED, name, "%s", wrong);
    }
    size_t about_jobs = (json_object_get(definition, "job") != NULL) +
                        (json_object_get(definition, "count") != NULL);
    /* A fault of a job strikes no request; with a path it would look as if it did. */
    if (json_object_get(definition, "job") != NULL && json_object_size(definition) != about_jobs)
        return a0_error_set(err, AUTH0DB_ERR_MALFORMED, "job", "goes with count alone");
    if (json_array_size(faults->list) == SB_FAULTS_MAX)
        return a0_error_set(err, AUTH0DB_ERR_TOO_LARGE, "faults", "there are %d already",
                            SB_FAULTS_MAX);
    json_t *copy = json_deep_copy(definition);
    *id = ++faults->last_id;
    if (copy == NULL || json_object_set_new(copy, "id", json_integer(*id)) != 0 ||
        json_array_append_new(faults->list, copy) != 0)
        return a0_error_no_memory(err);
    return AUTH0DB_OK;
}

json_t *sb_faults_json(const sb_faults *faults)
{
    return json_pack("{s:o}", "faults", json_deep_copy(faults->list));
}

/* Does the path begin with the pattern, in which * stands for the rest of a segment? */
static bool path_begins(const char *path, const char *pattern)
{
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '*')
            path += strcspn(path, "/");
        else if (*path++ != *pattern)
            return false;
    }
    return true;
}

/* Method and path are those of the request as it was sent, whether or not there is such a route. */
static bool matches(const json_t *fault, const char *method, const char *path)
{
    const char *want_method = a0_json_text(fault, "method"),
               *want_path = a0_json_text(fault, "path");
    return json_object_get(fault, "job") == NULL &&
           (want_method == NULL || strcmp(want_method, method) == 0) &&
           (want_path == NULL || path_begins(path, want_path));
}

/* Used once more: a new reference. Used up when it is taken, whatever becomes of the request then.
 */
static json_t *use(sb_faults *faults, size_t i)
{
    json_t *fault = json_incref(json_array_get(faults->list, i));
    json_int_t left = a0_json_int(fault, "count", 0);
    if (left == 1)
        json_array_remove(faults->list, i);
    else if (left > 1)
        json_integer_set(json_object_get(fault, "count"), left - 1);
    return fault;
}

/* The first that was ordered strikes first: a test can order a row of different answers. */
json_t *sb_faults_take(sb_faults *faults, const char *method, const char *path)
{
    size_t i;
    json_t *fault;
    json_array_foreach(faults->list, i, fault)
    {
        if (matches(fault, method, path))
            return use(faults, i);
    }
    return NULL;
}

json_t *sb_faults_take_job(sb_faults *faults)
{
    size_t i;
    json_t *fault;
    json_array_foreach(faults->list, i, fault)
    {
        if (json_object_get(fault, "job") == NULL)
            continue;
        fault = use(faults, i);
        json_t *plan = json_deep_copy(json_object_get(fault, "job"));
        json_decref(fault);
        return plan;
    }
    return json_object();
}

unsigned sb_fault_delay(const json_t *fault)
{
    return (unsigned)a0_json_int(fault, "delay_ms", 0);
}

static bool replaces_answer(const json_t *fault)
{
    return json_object_get(fault, "status") != NULL || json_object_get(fault, "body") != NULL ||
           json_object_get(fault, "kind") != NULL || a0_json_true(fault, "drop");
}

/* An error of the real service mostly means that nothing was done, so that is what happens unless
 * the test says otherwise. */
bool sb_fault_executes(const json_t *fault)
{
    const json_t *execute = json_object_get(fault, "execute");
    return execute != NULL ? json_is_true(execute) : !replaces_answer(fault);
}

/* It begins as a good answer does: what a client must notice is the size. */
static void fill_huge(sb_reply *reply)
{
    static const char start[] = "{\"access_token\":\"";
    char block[4096];
    memset(block, 'a', sizeof block);
    sb_reply_text(reply, reply->status, "application/json", start);
    while (reply->body.len < SB_HUGE_BODY) {
        if (a0_buf_append(&reply->body, block, sizeof block) != AUTH0DB_OK)
            return;
    }
}

static void apply_kind(const char *kind, sb_reply *reply, bool executed)
{
    if (strcmp(kind, "html") == 0) {
        sb_reply_text(reply, 502, "text/html",
                      "<html><head><title>502 Bad Gateway</title></head>\n"
                      "<body><center><h1>502 Bad Gateway</h1></center></body></html>\n");
    } else if (strcmp(kind, "empty") == 0) {
        sb_reply_empty(reply, 200);
    } else if (strcmp(kind, "huge") == 0) {
        reply->status = 200;
        fill_huge(reply);
    } else if (executed && reply->body.len > 1) {
        reply->body.len /= 2; /* malformed: the true answer, half of it */
    } else {
        sb_reply_text(reply, 200, "application/json", "{\"access_token\": \"eyJ");
    }
}

static void apply_status(int status, bool api, sb_reply *reply)
{
    const char *code = status == 429 ? "too_many_requests" : "server_error";
    if (api)
        sb_reply_api_error(reply, status, code, "A fault of the sandbox.");
    else
        sb_reply_oauth_error(reply, status, code, "A fault of the sandbox.");
}

/* The status of a kind may be set besides. Headers come last, and are added to whatever the answer
 * has become. */
void sb_fault_apply(const json_t *fault, bool api, sb_reply *reply, sb_delivery *delivery)
{
    if (fault == NULL)
        return;
    const char *kind = a0_json_text(fault, "kind"), *body = a0_json_text(fault, "body"), *name;
    int status = (int)a0_json_int(fault, "status", 0);
    if (kind != NULL) {
        apply_kind(kind, reply, sb_fault_executes(fault));
        if (status != 0)
            reply->status = status;
    } else if (body != NULL) {
        sb_reply_text(reply, status != 0 ? status : 200, "application/json", body);
    } else if (status != 0) {
        apply_status(status, api, reply);
    }
    sb_reply_header(reply, "x-sandbox-fault",
                    "1"); /* a judge of the contract must not judge this one */
    json_t *value;
    json_object_foreach(json_object_get(fault, "headers"), name, value)
        sb_reply_header(reply, name, "%s", json_string_value(value));
    delivery->drop = a0_json_true(fault, "drop");
    delivery->cut_at = a0_json_int(fault, "cut_at", -1);
}
