/* Jobs through the Management API: begun, asked after, and the files of exports. What a job does
 * stands in jobs/. */
#include "sandbox/api/api_jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/secret.h"
#include "crypto/digest.h"
#include "sandbox/faults.h"
#include "sandbox/jobs/jobs.h"
#include "sandbox/tenant/tenant_log.h"

/* Documented (facts/auth0.md 4.11). */
enum { CSV_FIELDS_MAX = 30, NAME_MAX_LEN = 100 };

static bool refuse(sb_call *call, const char *message)
{
    sb_reply_api_error(call->reply, 400, "invalid_body", "%s", message);
    return false;
}

/* ---- what the API tells of a job ---- */

/* Of a job under way alone: a completed one was recorded without either (facts/auth0.md 4.9). */
static void put_progress(const sb_tenant *tenant, const sb_job *job, json_t *body)
{
    int64_t left = job->created_ms + sb_job_duration_ms(tenant, job) - sb_now_ms(tenant);
    if (job->total > 0)
        json_object_set_new(body, "percentage_done", json_integer(job->done * 100 / job->total));
    json_object_set_new(body, "time_left_seconds",
                        json_integer(left > 0 ? (left + 999) / 1000 : 0));
}

/* The form is documented (facts/auth0.md 4.9). */
static bool id_ok(const char *id)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    return strlen(id) == SB_JOB_ID_LEN && strncmp(id, "job_", 4) == 0 &&
           strspn(id + 4, alphabet) == SB_JOB_ID_LEN - 4;
}

/* The 404 is documented, also of a job that is older than a day (facts/auth0.md 4.9); its words are
 * a guess. */
static bool find(sb_call *call, sb_job *job)
{
    if (!id_ok(call->parameter)) {
        sb_reply_api_error(call->reply, 400, "invalid_uri",
                           "Path validation error: 'String does not match pattern "
                           "^job_[A-Za-z0-9]{16}$' on property id.");
        return false;
    }
    if (sb_job_find(call->tenant, call->parameter, job))
        return true;
    sb_reply_api_error(call->reply, 404, "inexistent_job", "The job does not exist.");
    return false;
}

/* ---- links to the files of exports ---- */

/* The link proves itself, as a storage service's does: whoever fetches it brings no token. It lasts
 * for a minute (documented: facts/auth0.md 4.11). */
static int sign(const sb_call *call, const char *id, long long until_s, char hex[static 65])
{
    char text[64];
    uint8_t mac[A0_DIGEST_MAX];
    snprintf(text, sizeof text, "%s %lld", id, until_s);
    const sb_tenant *tenant = call->tenant;
    int rc = a0_hmac("sha256", (a0_slice){tenant->client_secret, SB_SECRET_LEN},
                     (a0_slice){text, strlen(text)}, mac, NULL);
    if (rc == AUTH0DB_OK)
        a0_hex_encode(mac, A0_SHA256_LEN, hex);
    return rc;
}

static void put_location(sb_call *call, const sb_job *job, json_t *body)
{
    char base[300], signature[65], url[512];
    const char *format = a0_json_text(job->record, "format");
    long long until_s = sb_now_ms(call->tenant) / 1000 + SB_EXPORT_LINK_S;
    sb_call_base(call, base);
    if (sign(call, job->id, until_s, signature) != AUTH0DB_OK)
        return;
    snprintf(url, sizeof url, "%s/exports/%s.%s.gz?expires=%lld&signature=%s", base, job->id,
             format != NULL ? format : "json", until_s, signature);
    json_object_set_new(body, "location", json_string(url));
}

/* As an object store answers, not the API: the file does not come from it. */
static void refuse_file(sb_call *call, const char *code)
{
    char text[160];
    snprintf(text, sizeof text, "<?xml version=\"1.0\"?>\n<Error><Code>%s</Code></Error>\n", code);
    sb_reply_text(call->reply, strcmp(code, "NoSuchKey") == 0 ? 404 : 403, "application/xml", text);
}

/* The signature is looked at before the time: nobody else's time counts. */
static bool link_ok(const sb_call *call, const char *id)
{
    char expected[65];
    const char *until = sb_query(call->request, "expires");
    const char *given = sb_query(call->request, "signature");
    long long until_s = until != NULL ? strtoll(until, NULL, 10) : 0;
    return given != NULL && strlen(given) == 64 &&
           sign(call, id, until_s, expected) == AUTH0DB_OK &&
           a0_secret_equal(given, expected, 64) && until_s * 1000 > sb_now_ms(call->tenant);
}

void sb_export_download(sb_call *call)
{
    char id[SB_JOB_ID_LEN + 1];
    sb_job job;
    a0_buf file = {.limit = (size_t)1 << 30};
    snprintf(id, sizeof id, "%.*s", (int)strcspn(call->parameter, "."), call->parameter);
    if (!link_ok(call, id)) {
        refuse_file(call, "AccessDenied");
        return;
    }
    if (!sb_job_find(call->tenant, id, &job) ||
        sb_job_file(call->tenant, &job, &file) != AUTH0DB_OK) {
        refuse_file(call, "NoSuchKey");
    } else {
        sb_reply_empty(call->reply, 200);
        snprintf(call->reply->content_type, sizeof call->reply->content_type, "application/gzip");
        /* Handed over and not copied: an export may be large. */
        call->reply->body = file;
        file = (a0_buf){0};
    }
    a0_buf_clear(&file);
    sb_job_clear(&job);
}

/* ---- GET ---- */

void sb_jobs_get(sb_call *call)
{
    sb_job job;
    if (!find(call, &job))
        return;
    json_t *body = sb_job_json(call->tenant, &job);
    if (job.status == SB_JOB_RUNNING)
        put_progress(call->tenant, &job, body);
    else if (job.status == SB_JOB_COMPLETED && job.kind == SB_JOB_EXPORT)
        put_location(call, &job, body);
    /* Of a completed import alone (recorded: facts/auth0.md 4.9). */
    else if (job.status == SB_JOB_COMPLETED && job.kind == SB_JOB_IMPORT)
        json_object_set_new(body, "summary",
                            json_pack("{s:I, s:I, s:I, s:I}", "total", job.total, "inserted",
                                      job.inserted, "updated", job.updated, "failed", job.failed));
    sb_reply_json(call->reply, 200, body);
    sb_job_clear(&job);
}

/* Not before its end: then 204 means "none" (facts/auth0.md 4.10: or that it failed, and does not
 * say why). */
void sb_jobs_errors(sb_call *call)
{
    sb_job job;
    a0_buf list = {0};
    if (!find(call, &job))
        return;
    if (job.status == SB_JOB_FAILED && job.details[0] != '\0')
        sb_reply_json(call->reply, 200, sb_job_json(call->tenant, &job));
    else if (job.status == SB_JOB_RUNNING)
        sb_reply_empty(call->reply, 204);
    else if (sb_job_errors(call->tenant, &job, &list) != AUTH0DB_OK)
        sb_reply_api_error(call->reply, 500, NULL, "Internal error.");
    else if (list.len > 0)
        sb_reply_text(call->reply, 200, "application/json", a0_buf_text(&list)); /* recorded */
    else
        sb_reply_empty(call->reply, 204);
    a0_buf_clear(&list);
    sb_job_clear(&job);
}

/* ---- POST users-imports ---- */

/* The texts are documented by their sense (facts/auth0.md 4.8). */
static bool connection_ok(sb_call *call, const char *id, sb_connection *connection)
{
    *connection = (sb_connection){0};
    if (id == NULL)
        return refuse(call,
                      "Payload validation error: 'Missing required property: connection_id'.");
    if (strlen(id) != 20 || strncmp(id, "con_", 4) != 0)
        return refuse(call, "Payload validation error: 'String does not match pattern "
                            "^con_[A-Za-z0-9]{16}$' on property connection_id.");
    if (!sb_connection_find(call->tenant, id, connection))
        return refuse(call, "The connection does not exist.");
    return connection->enabled ||
           refuse(call, "The connection must be enabled for at least one application.");
}

/* A form has no booleans, so two words are taken and everything else refused. */
static bool flag_of(sb_call *call, const char *name, bool fallback, bool *out)
{
    const char *text = a0_json_text(call->request->form, name);
    *out = text != NULL ? strcmp(text, "true") == 0 : fallback;
    if (text == NULL || *out || strcmp(text, "false") == 0)
        return true;
    sb_reply_api_error(call->reply, 400, "invalid_body",
                       "Payload validation error: 'Expected type boolean' on property %s.", name);
    return false;
}

/* These words tell it from a rate limit, and nothing else does (documented of old, still seen:
 * facts/auth0.md 4.8). */
static bool has_free_slot(sb_call *call)
{
    int64_t live = sb_jobs_live_imports(call->tenant);
    if (live < call->tenant->options.job_limit)
        return true;
    sb_reply_api_error(call->reply, 429, "too_many_requests",
                       "There are %lld active import users jobs, please wait until some of them "
                       "are finished and try again",
                       (long long)live);
    return false;
}

/* A file that is no list of users is taken, and its job fails (facts/auth0.md 5.1). */
static json_t *read_rows(const sb_request *request, sb_job *job)
{
    json_t *rows = NULL;
    bool parses = a0_json_parse(&rows, a0_buf_text(&request->upload), request->upload.len, "users",
                                NULL) == AUTH0DB_OK;
    if (json_is_array(rows))
        return rows;
    json_decref(rows);
    /* Whatever a fault has ordered: there are no users that it could strike. */
    json_decref(job->plan);
    job->plan = json_pack("{s:b, s:s}", "fail", 1, "details",
                          parses ? "Users file must be a JSON array."
                                 : "Failed to parse users file JSON when importing users. Make "
                                   "sure it is valid JSON.");
    return json_array();
}

/* external_id is absent where it was sent empty (recorded: facts/auth0.md 4.8). */
static json_t *import_record(const sb_call *call, const sb_connection *connection, bool upsert,
                             bool send_email)
{
    const char *external_id = a0_json_text(call->request->form, "external_id");
    json_t *record = json_pack("{s:s, s:s, s:s, s:b, s:b}", "type", "users_import", "connection_id",
                               connection->id, "connection", connection->name, "upsert", upsert,
                               "send_completion_email", send_email);
    if (external_id != NULL && *external_id != '\0')
        json_object_set_new(record, "external_id", json_string(external_id));
    return record;
}

/* 202 for an import is recorded, 200 for an export documented (facts/auth0.md 4.8, 4.11). */
static void submit(sb_call *call, sb_job *job, json_t *rows, const a0_buf *file)
{
    if (job->record == NULL || job->plan == NULL ||
        sb_job_submit(call->tenant, job, rows, file) != AUTH0DB_OK)
        sb_reply_api_error(call->reply, 500, NULL, "Internal error.");
    else
        sb_reply_json(call->reply, job->kind == SB_JOB_EXPORT ? 200 : 202,
                      sb_job_json(call->tenant, job));
}

/* The slot is asked for last (a guess: facts/auth0.md 9.18), and only a request that gets one uses
 * a fault up. */
static void import(sb_call *call, const sb_connection *connection)
{
    bool upsert, send_email;
    if (!flag_of(call, "upsert", false, &upsert) ||
        !flag_of(call, "send_completion_email", true, &send_email) || !has_free_slot(call))
        return;
    sb_job job = {.record = import_record(call, connection, upsert, send_email),
                  .plan = sb_faults_take_job(call->tenant->faults)};
    json_t *rows = read_rows(call->request, &job);
    submit(call, &job, rows, &call->request->upload);
    json_decref(rows);
    sb_job_clear(&job);
}

/* A missing file is told before a missing connection; the texts are documented by their sense
 * (facts/auth0.md 4.8). */
void sb_jobs_import(sb_call *call)
{
    sb_connection connection = {0};
    const sb_request *request = call->request;
    if (request->form == NULL)
        refuse(call, "Expected a multipart/form-data body.");
    else if (!request->has_upload)
        refuse(call, "Users file not provided: the part 'users' is missing.");
    else if (request->upload.len == 0)
        refuse(call, "Users file must not be empty.");
    else if (connection_ok(call, a0_json_text(request->form, "connection_id"), &connection))
        import(call, &connection);
    sb_connection_clear(&connection);
}

/* ---- POST users-exports ---- */

static bool field_ok(const json_t *field)
{
    static const char *const known[] = {"name", "export_as"};
    size_t n = 0;
    for (size_t i = 0; i < A0_COUNT(known); i++) {
        const json_t *value = json_object_get(field, known[i]);
        const char *text = a0_json_text(field, known[i]);
        if (value != NULL && (text == NULL || *text == '\0' || strlen(text) > NAME_MAX_LEN))
            return false;
        n += value != NULL;
    }
    return json_object_get(field, "name") != NULL && json_object_size(field) == n;
}

static bool fields_ok(sb_call *call, const json_t *fields, bool is_csv)
{
    size_t i;
    json_t *field;
    if (!json_is_array(fields))
        return refuse(call, "Payload validation error: 'Expected type array' on property fields.");
    if (is_csv && json_array_size(fields) > CSV_FIELDS_MAX)
        return refuse(call, "A CSV export has at most 30 fields.");
    json_array_foreach(fields, i, field)
    {
        if (!field_ok(field))
            return refuse(call, "Payload validation error: a field is {name, export_as} of 100 "
                                "characters at most, on property fields.");
    }
    return true;
}

/* Unknown members are refused (documented: facts/auth0.md 4.11). */
static bool export_body_ok(sb_call *call)
{
    static const char *const known[] = {"connection_id", "fields", "format", "limit"};
    const json_t *body = call->request->body, *limit = json_object_get(body, "limit");
    const json_t *fields = json_object_get(body, "fields");
    const json_t *format = json_object_get(body, "format");
    size_t n = 0;
    for (size_t i = 0; i < A0_COUNT(known); i++)
        n += json_object_get(body, known[i]) != NULL;
    if (json_object_size(body) != n)
        return refuse(call, "Payload validation error: 'Additional properties not allowed'.");
    const char *word = a0_json_text(body, "format");
    bool is_csv = word != NULL && strcmp(word, "csv") == 0;
    if (format != NULL && !is_csv && (word == NULL || strcmp(word, "json") != 0))
        return refuse(call, "Payload validation error: 'No enum match' on property format.");
    if (limit != NULL && (!json_is_integer(limit) || json_integer_value(limit) < 1))
        return refuse(call, "Payload validation error: 'Expected an integer of at least 1' on "
                            "property limit.");
    return fields == NULL || fields_ok(call, fields, is_csv);
}

static void export(sb_call *call, const sb_connection *connection)
{
    sb_job job = {.kind = SB_JOB_EXPORT,
                  .record = json_pack("{s:s}", "type", "users_export"),
                  .plan = json_object()};
    json_object_update_new(job.record, json_copy(call->request->body));
    json_object_set_new(job.record, "connection",
                        connection != NULL ? json_string(connection->name) : json_null());
    if (json_object_get(job.record, "format") == NULL)
        json_object_set_new(job.record, "format", json_string("json"));
    submit(call, &job, NULL, NULL);
    sb_job_clear(&job);
}

void sb_jobs_export(sb_call *call)
{
    sb_connection connection = {0};
    const json_t *id = json_object_get(call->request->body, "connection_id");
    if (!export_body_ok(call))
        return;
    /* Then all connections (documented: facts/auth0.md 4.11). */
    if (id == NULL)
        export(call, NULL);
    else if (connection_ok(call, a0_json_text(call->request->body, "connection_id"), &connection))
        export(call, &connection);
    sb_connection_clear(&connection);
}
