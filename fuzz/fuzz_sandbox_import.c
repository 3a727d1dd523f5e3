#include <string.h>

#include "base/env.h"
#include "base/json.h"
#include "fuzz.h"
#include "sandbox/jobs/jobs.h"
#include "sandbox/tenant/open.h"

/* A file of users, as it comes with an import: imported, imported again with upsert, exported.
 * Whatever stands in it, the job ends, every entry is in one of the three counts, and every error
 * has a code of Auth0's. */
static sb_tenant *tenant;

static void set_up(void)
{
    static const sb_tenant_settings settings = {.env = &a0_env_system, .require_username = true};
    auth0db_error err;
    CLAIM(sb_tenant_open(&tenant, &settings, &err) == AUTH0DB_OK);
    snprintf(tenant->url, sizeof tenant->url, "http://127.0.0.1:1");
}

static bool is_code(const char *code)
{
    /* facts/auth0.md 4.10 */
    static const char *const known[] = {
        "ANY_OF_MISSING",
        "ARRAY_LENGTH_LONG",
        "ARRAY_LENGTH_SHORT",
        "CONFLICT",
        "CONFLICT_EMAIL",
        "CONFLICT_USERNAME",
        "DUPLICATED_USER",
        "ENUM_MISMATCH",
        "FORMAT",
        "INVALID_TYPE",
        "MAX_LENGTH",
        "MAXIMUM",
        "MIN_LENGTH",
        "MINIMUM",
        "NOT_PASSED",
        "OBJECT_REQUIRED",
        "PATTERN",
        "CONNECTION_NOT_FOUND",
        "MFA_FACTORS_FAILED",
        "INVALID_FORMAT",
        "PROFILE_SIZE_EXCEEDED",
        "OBJECT_MISSING_REQUIRED_PROPERTY",
        "OBJECT_ADDITIONAL_PROPERTIES",
    };
    for (size_t i = 0; i < A0_COUNT(known); i++) {
        if (code != NULL && strcmp(code, known[i]) == 0)
            return true;
    }
    return false;
}

static void check_errors(const sb_job *job)
{
    a0_buf text = {0};
    json_t *list = NULL, *row, *error;
    size_t i, k;
    CLAIM(sb_job_errors(tenant, job, &text) == AUTH0DB_OK);
    if (text.len > 0)
        CLAIM(a0_json_parse(&list, a0_buf_text(&text), text.len, "errors", NULL) == AUTH0DB_OK);
    CLAIM((int64_t)json_array_size(list) == job->failed);
    json_array_foreach(list, i, row)
    {
        json_t *errors = json_object_get(row, "errors");
        CLAIM(json_is_object(json_object_get(row, "user")) && json_array_size(errors) > 0);
        json_array_foreach(errors, k, error)
        {
            CLAIM(is_code(a0_json_text(error, "code")));
            CLAIM(json_is_string(json_object_get(error, "message")));
            json_t *path =
                json_object_get(error, "path"); /* left out where no member is at fault */
            CLAIM(path == NULL || json_is_string(path));
        }
    }
    json_decref(list);
    a0_buf_clear(&text);
}

/* From its submission to its end. */
static void carry_out(sb_job *job, json_t *rows)
{
    sb_job ended;
    static const a0_buf file = {0}; /* only a restart would read it */
    CLAIM(sb_job_submit(tenant, job, rows, &file) == AUTH0DB_OK);
    sb_jobs_catch_up(tenant);
    CLAIM(sb_job_find(tenant, job->id, &ended));
    CLAIM(ended.status == SB_JOB_COMPLETED && ended.done == ended.total);
    if (ended.kind == SB_JOB_IMPORT) {
        CLAIM(ended.total == (int64_t)json_array_size(rows));
        CLAIM(ended.inserted + ended.updated + ended.failed == ended.total);
        check_errors(&ended);
    }
    sb_job_clear(&ended);
    sb_job_clear(job);
}

static void import(json_t *rows, bool upsert)
{
    sb_job job = {.record = json_pack("{s:s, s:s, s:b}", "type", "users_import", "connection",
                                      tenant->connection, "upsert", upsert),
                  .plan = json_object()};
    carry_out(&job, rows);
}

static void export(const char *format)
{
    sb_job job = {.kind = SB_JOB_EXPORT,
                  .record = json_pack("{s:s, s:s}", "type", "users_export", "format", format),
                  .plan = json_object()};
    carry_out(&job, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *rows = NULL;
    if (tenant == NULL)
        set_up();
    if (a0_json_parse(&rows, (const char *)data, size, "users", NULL) == AUTH0DB_OK &&
        json_is_array(rows)) {
        CLAIM(sb_tenant_reset(tenant, NULL) == AUTH0DB_OK);
        import(rows, false);
        import(rows, true);
        export("json");
        export("csv");
    }
    json_decref(rows);
    return 0;
}
