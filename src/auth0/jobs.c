/* Import jobs at the tenant: how one is submitted, and what is said of it afterwards. Nothing is
 * submitted twice here, and what nobody can know is called LOST and not guessed. What follows from
 * it, bulk decides. */
#include "auth0/jobs.h"

#include <stdio.h>
#include <string.h>

#include "auth0/client_int.h"
#include "auth0/jobs_int.h"
#include "base/encode.h"

enum {
    RETRIES = 3,
    BOUNDARY_BYTES = 16, /* random ones: what the users hold cannot end their part */
    CONNECTION_ID_MAX = 64,
    COUNT_MAX = 1000000, /* of users in one job: far above what half a megabyte holds */
};

const char *a0_submission_name(a0_submission submission)
{
    static const char *const words[] = {
        [A0_SUBMIT_ACCEPTED] = "accepted",   [A0_SUBMIT_SLOTS_FULL] = "slots_full",
        [A0_SUBMIT_THROTTLED] = "throttled", [A0_SUBMIT_TOO_LARGE] = "too_large",
        [A0_SUBMIT_REFUSED] = "refused",     [A0_SUBMIT_MISCONFIGURED] = "misconfigured",
        [A0_SUBMIT_NOT_SENT] = "not_sent",   [A0_SUBMIT_LOST] = "lost",
    };
    return (unsigned)submission < A0_COUNT(words) ? words[submission] : "unknown";
}

/* Ids become parts of URLs and of multipart bodies, and rows of the site's database. */
static bool is_plain(const char *text, size_t max)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:-";
    size_t len = text != NULL ? strlen(text) : 0;
    return len > 0 && len <= max && strspn(text, plain) == len;
}

/* The body (RFC 7578) around the users. libcurl can build one too, but with a boundary whose length
 * is its own affair and changes between its versions: a packer that fills the tenant's limit to the
 * byte must know the size before. `boundary` is two hex digits for each of BOUNDARY_BYTES. */
static int frame(a0_buf *head, a0_buf *tail, const a0_import *import, const char *boundary)
{
    const struct {
        const char *name, *value;
    } fields[] = {{"connection_id", import->connection_id},
                  {"external_id", import->external_id},
                  {"send_completion_email", "false"}}; /* true unless said, to all the owners */
    int rc = AUTH0DB_OK;
    for (size_t i = 0; rc == AUTH0DB_OK && i < A0_COUNT(fields); i++)
        rc =
            a0_buf_printf(head, "--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n",
                          boundary, fields[i].name, fields[i].value);
    if (rc == AUTH0DB_OK)
        rc = a0_buf_printf(head,
                           "--%s\r\nContent-Disposition: form-data; name=\"users\"; "
                           "filename=\"users.json\"\r\nContent-Type: application/json\r\n\r\n",
                           boundary);
    return rc == AUTH0DB_OK ? a0_buf_printf(tail, "\r\n--%s--\r\n", boundary) : rc;
}

/* The size is measured by the code that makes the request, so that the two cannot differ. A byte
 * over the tenant's limit refuses the whole batch. */
size_t a0_import_request_size(const a0_import *import)
{
    char boundary[2 * BOUNDARY_BYTES + 1];
    a0_buf head = {0}, tail = {0};
    memset(boundary, '0', sizeof boundary - 1);
    boundary[sizeof boundary - 1] = '\0';
    size_t size = frame(&head, &tail, import, boundary) == AUTH0DB_OK
                      ? head.len + import->len + tail.len
                      : SIZE_MAX; /* without memory nothing fits */
    a0_buf_clear(&head);
    a0_buf_clear(&tail);
    return size;
}

static void read_text(char *out, size_t size, const json_t *json, const char *key)
{
    const char *text = a0_json_text(json, key);
    a0_call_quote(out, size, text != NULL ? text : "");
}

static bool read_count(int *out, const json_t *summary, const char *key)
{
    json_int_t value = a0_json_int(summary, key, -1);
    *out = value >= 0 && value <= COUNT_MAX ? (int)value : 0;
    return value >= 0 && value <= COUNT_MAX;
}

/* A word that is not known is a job that runs. Taken for an end, users would be settled while the
 * tenant still works at them. */
static a0_job_status status_of(const char *word)
{
    if (strcmp(word, "completed") == 0)
        return A0_JOB_COMPLETED;
    return strcmp(word, "failed") == 0 ? A0_JOB_FAILED : A0_JOB_RUNNING;
}

auth0db_outcome a0_job_read(a0_call *call, const json_t *json, const char *id, a0_job *out)
{
    const char *found = a0_json_text(json, "id"), *status = a0_json_text(json, "status");
    const char *type = a0_json_text(json, "type");
    const char *external_id = a0_json_text(json, "external_id");
    const json_t *summary = json_object_get(json, "summary");
    json_int_t percentage = a0_json_int(json, "percentage_done", -1);
    /* An answer about another job would settle this batch's users by somebody else's numbers. */
    if (!is_plain(found, sizeof out->id - 1) || (id != NULL && strcmp(found, id) != 0))
        return a0_call_malformed(call, "id", "is about no job or another one");
    if (status == NULL)
        return a0_call_malformed(call, "status", "does not say how the job is");
    /* There is a job, and no import: waiting for it would end with nothing about these users. */
    if (type != NULL && strcmp(type, "users_import") != 0) {
        a0_error_set(call->err, AUTH0DB_ERR_REMOTE, "type", "%s: the job is no import", call->what);
        return AUTH0DB_OUTCOME_NOT_FOUND;
    }
    memcpy(out->id, found, strlen(found) + 1);
    out->status = status_of(status);
    if (is_plain(external_id, A0_EXTERNAL_ID_MAX))
        memcpy(out->external_id, external_id, strlen(external_id) + 1);
    out->percentage = percentage >= 0 && percentage <= 100 ? (int)percentage : -1;
    /* All four or none: users are counted against them, and half of a summary looks like users
     * missing. */
    out->has_summary = read_count(&out->inserted, summary, "inserted") &&
                       read_count(&out->updated, summary, "updated") &&
                       read_count(&out->failed, summary, "failed") &&
                       read_count(&out->total, summary, "total");
    read_text(out->details, sizeof out->details, json, "status_details");
    return AUTH0DB_OUTCOME_OK;
}

/* The tenant's own words: there is no other way to know what it has against a file. */
static void quote_refusal(a0_call *call, const a0_http_response *response)
{
    a0_api_error error;
    char words[sizeof error.text];
    a0_api_error_read(&error, A0_OP_SUBMIT_JOB, a0_buf_text(&response->body), response->body.len);
    a0_call_quote(words, sizeof words, error.text);
    a0_error_set(call->err, AUTH0DB_ERR_REMOTE, NULL, "%s: the tenant answered %ld: %s", call->what,
                 response->status, words);
}

static a0_submission judge(a0_call *call, auth0db_outcome outcome, const a0_http_response *response,
                           a0_job *out)
{
    json_t *json = NULL;
    switch (outcome) {
    case AUTH0DB_OUTCOME_OK:
        outcome = a0_call_json(call, response, false, &json);
        if (outcome == AUTH0DB_OUTCOME_OK)
            outcome = a0_job_read(call, json, NULL, out);
        json_decref(json);
        /* The tenant took it, but the job's id cannot be read: the job is there, and nobody can ask
         * for it. */
        return outcome == AUTH0DB_OUTCOME_OK ? A0_SUBMIT_ACCEPTED : A0_SUBMIT_LOST;
    case AUTH0DB_OUTCOME_THROTTLED:
        /* Full slots are waited for at a job's end, a rate limit by the clock. */
        return call->last.busy ? A0_SUBMIT_SLOTS_FULL : A0_SUBMIT_THROTTLED;
    case AUTH0DB_OUTCOME_MISCONFIGURED:
        return A0_SUBMIT_MISCONFIGURED;
    case AUTH0DB_OUTCOME_INVALID_USER:
        if (response->status == 413)
            return A0_SUBMIT_TOO_LARGE;
        quote_refusal(call, response);
        return A0_SUBMIT_REFUSED;
    default:
        /* Where nothing has left this machine there is no job, and the batch may go again at once.
         * Else there may be one: sent again, its users would meet themselves at the tenant. */
        return call->last.left ? A0_SUBMIT_LOST : A0_SUBMIT_NOT_SENT;
    }
}

static int build_submission(a0_call *call, const a0_import *import, a0_http_request *request,
                            char *type, size_t type_size)
{
    unsigned char random[BOUNDARY_BYTES];
    char boundary[2 * BOUNDARY_BYTES + 1];
    if (a0_random(&call->client->env, random, sizeof random) != AUTH0DB_OK)
        return a0_error_set(call->err, AUTH0DB_ERR_CRYPTO, NULL, "%s: no randomness", call->what);
    a0_hex_encode(random, sizeof random, boundary);
    snprintf(type, type_size, "multipart/form-data; boundary=%s", boundary);
    int rc = a0_url(call->client, request, "/api/v2/jobs/users-imports", NULL);
    if (rc == AUTH0DB_OK)
        rc = frame(&request->body, &request->tail, import, boundary);
    /* The users go out from where they lie. A copy would be a second place full of hashes. */
    request->payload = import->users;
    request->payload_len = import->len;
    request->content_type = type;
    return rc == AUTH0DB_OK ? rc : a0_error_no_memory(call->err);
}

a0_submission a0_job_submit(auth0db_client *client, const a0_import *import, unsigned deadline_ms,
                            a0_job *out, auth0db_error *err)
{
    a0_call call;
    char type[128];
    a0_http_request request = {.method = "POST"};
    a0_http_response response = {0};
    a0_submission submission = A0_SUBMIT_NOT_SENT;
    *out = (a0_job){.percentage = -1};
    a0_call_begin(&call, client, "submit import", deadline_ms, err);
    /* A line break in one of them would end its part of the body and begin another. */
    if (!is_plain(import->connection_id, CONNECTION_ID_MAX) ||
        !is_plain(import->external_id, A0_EXTERNAL_ID_MAX)) {
        a0_error_set(call.err, AUTH0DB_ERR_USAGE, "external_id",
                     "%s: not sent, the ids hold characters that do not belong there", call.what);
        return A0_SUBMIT_REFUSED;
    }
    /* The call is given no retries: each submission that arrives is a job of its own. */
    if (build_submission(&call, import, &request, type, sizeof type) == AUTH0DB_OK) {
        auth0db_outcome outcome = a0_manage(&call, A0_OP_SUBMIT_JOB, &request, &response);
        submission = judge(&call, outcome, &response, out);
    }
    a0_http_request_clear(&request);
    a0_http_response_clear(&response);
    return submission;
}

static auth0db_outcome ask(a0_call *call, const char *id, const char *rest,
                           a0_http_response *response)
{
    a0_http_request request = {.method = "GET"};
    /* It comes from a table and becomes a part of an address. */
    if (!is_plain(id, sizeof((a0_job *)NULL)->id - 1)) {
        a0_error_set(call->err, AUTH0DB_ERR_USAGE, "id", "%s: not the id of a job", call->what);
        return AUTH0DB_OUTCOME_NOT_FOUND;
    }
    call->retries = RETRIES;
    int rc = a0_url(call->client, &request, "/api/v2/jobs/", id);
    if (rc == AUTH0DB_OK)
        rc = a0_buf_puts(&request.url, rest);
    auth0db_outcome outcome = rc == AUTH0DB_OK ? a0_manage(call, A0_OP_GET_JOB, &request, response)
                                               : a0_call_no_memory(call);
    a0_http_request_clear(&request);
    return outcome;
}

auth0db_outcome a0_job_get(auth0db_client *client, const char *id, unsigned deadline_ms,
                           a0_job *out, auth0db_error *err)
{
    a0_call call;
    a0_http_response response = {0};
    json_t *json = NULL;
    char asked[sizeof out->id] = ""; /* `id` may well be out->id */
    if (is_plain(id, sizeof asked - 1))
        memcpy(asked, id, strlen(id) + 1);
    id = asked;
    *out = (a0_job){.percentage = -1};
    a0_call_begin(&call, client, "import job", deadline_ms, err);
    auth0db_outcome outcome = ask(&call, id, "", &response);
    if (outcome == AUTH0DB_OUTCOME_OK)
        outcome = a0_call_json(&call, &response, false, &json);
    if (outcome == AUTH0DB_OUTCOME_OK)
        outcome = a0_job_read(&call, json, id, out);
    json_decref(json);
    a0_http_response_clear(&response);
    return outcome;
}

/* An open set of codes (facts/auth0.md 4.10). What does not look like one is left out and not cut,
 * for codes are compared; the words are for people. */
static void read_cause(a0_row_cause *out, const json_t *json)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    const char *code = a0_json_text(json, "code");
    *out = (a0_row_cause){0};
    if (code != NULL && strlen(code) < sizeof out->code && strspn(code, allowed) == strlen(code))
        memcpy(out->code, code, strlen(code) + 1);
    read_text(out->message, sizeof out->message, json, "message");
    read_text(out->path, sizeof out->path, json, "path");
}

static const char *text_or_empty(const json_t *json, const char *key)
{
    const char *text = a0_json_text(json, key);
    return text != NULL ? text : "";
}

static bool report_row(const json_t *json, a0_row_error_fn each, void *ctx)
{
    a0_row_cause causes[A0_ROW_CAUSES_MAX];
    const json_t *user = json_object_get(json, "user"), *errors = json_object_get(json, "errors");
    a0_row_error row = {text_or_empty(user, "user_id"), text_or_empty(user, "email"),
                        text_or_empty(user, "username"), json_array_size(errors), causes};
    /* The tenant may show the id as it stores it. Rows are found again by the id in the file, which
     * has no prefix. */
    if (strncmp(row.user_id, "auth0|", 6) == 0)
        row.user_id += 6;
    /* row.n counts all of them, so that whoever reads them sees where there were more. */
    for (size_t i = 0; i < row.n && i < A0_ROW_CAUSES_MAX; i++)
        read_cause(&causes[i], json_array_get(errors, i));
    return each(ctx, &row);
}

static bool is_row(const json_t *json)
{
    return json_is_object(json_object_get(json, "user")) &&
           json_is_array(json_object_get(json, "errors"));
}

/* All rows are looked at before the first is told: half a report would pass for a whole one, and
 * who is in the other half would not be known to have failed. */
static auth0db_outcome read_rows(a0_call *call, const json_t *json, a0_row_error_fn each, void *ctx,
                                 a0_job_report *out)
{
    size_t i;
    const json_t *row;
    json_array_foreach(json, i, row)
    {
        if (!is_row(row))
            return a0_call_malformed(call, "errors", "holds a row that is none");
    }
    out->kind = A0_REPORT_ROWS;
    out->rows = json_array_size(json);
    json_array_foreach(json, i, row)
    {
        if (!report_row(row, each, ctx))
            break;
    }
    return AUTH0DB_OUTCOME_OK;
}

static auth0db_outcome read_failure(a0_call *call, const json_t *json, const char *id,
                                    a0_job_report *out)
{
    const char *found = a0_json_text(json, "id");
    if (found == NULL || strcmp(found, id) != 0)
        return a0_call_malformed(call, "id", "is about no job or another one");
    out->kind = A0_REPORT_WHOLE;
    read_text(out->details, sizeof out->details, json, "status_details");
    return AUTH0DB_OUTCOME_OK;
}

auth0db_outcome a0_job_read_errors(a0_call *call, const json_t *json, const char *id,
                                   a0_row_error_fn each, void *ctx, a0_job_report *out)
{
    return json_is_array(json) ? read_rows(call, json, each, ctx, out)
                               : read_failure(call, json, id, out);
}

auth0db_outcome a0_job_errors(auth0db_client *client, const char *id, unsigned deadline_ms,
                              a0_row_error_fn each, void *ctx, a0_job_report *out,
                              auth0db_error *err)
{
    a0_call call;
    a0_http_response response = {0};
    json_t *json = NULL;
    *out = (a0_job_report){0};
    a0_call_begin(&call, client, "import errors", deadline_ms, err);
    auth0db_outcome outcome = ask(&call, id, "/errors", &response);
    /* 204 is said of a job that failed as a whole too (facts/auth0.md 4.10). So "nothing recorded"
     * is told as that, and not as "all went well". */
    if (outcome == AUTH0DB_OUTCOME_OK && response.status != 204) {
        outcome = a0_call_json_any(&call, &response, &json);
        if (outcome == AUTH0DB_OUTCOME_OK)
            outcome = a0_job_read_errors(&call, json, id, each, ctx, out);
    }
    json_decref(json);
    a0_http_response_clear(&response);
    return outcome;
}
