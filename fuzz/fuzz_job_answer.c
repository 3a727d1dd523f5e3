/* What a tenant says of an import job and of the users it refused: whatever comes, the texts are
 * one line each, a code is a code, and half a report is none. */
#include <string.h>

#include "auth0/client_int.h"
#include "auth0/jobs_int.h"
#include "base/utf8.h"
#include "bulk/batch/job_state.h"
#include "fuzz.h"

static const char id[] = "job_0123456789abcdef";

static void check_line(const char *text, size_t size)
{
    size_t len = strnlen(text, size);
    CLAIM(len < size && a0_utf8_valid(text, len));
    for (size_t i = 0; i < len; i++)
        CLAIM((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
}

static bool check_row(void *ctx, const a0_row_error *row)
{
    ++*(size_t *)ctx;
    CLAIM(row->user_id != NULL && row->email != NULL && row->username != NULL);
    for (size_t i = 0; i < row->n && i < A0_ROW_CAUSES_MAX; i++) {
        const a0_row_cause *cause = &row->causes[i];
        CLAIM(strspn(cause->code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(cause->code));
        check_line(cause->message, sizeof cause->message);
        check_line(cause->path, sizeof cause->path);
    }
    a0_row_judgement judged;
    a0_row_judge(row, &judged);
    CLAIM(judged.cause > A0_CAUSE_NONE && judged.cause < A0_CAUSE_CLASSES);
    CLAIM(judged.reason != AUTH0DB_HOLDOUT_NONE);
    check_line(judged.detail, sizeof judged.detail);
    return true;
}

static void check_errors(a0_call *call, const json_t *json)
{
    size_t rows = 0;
    a0_job_report report = {0};
    auth0db_outcome outcome = a0_job_read_errors(call, json, id, check_row, &rows, &report);
    CLAIM(outcome == AUTH0DB_OUTCOME_OK || outcome == AUTH0DB_OUTCOME_UNAVAILABLE);
    CLAIM(rows == report.rows && (outcome == AUTH0DB_OUTCOME_OK || rows == 0));
    CLAIM((report.kind == A0_REPORT_NONE) == (outcome != AUTH0DB_OUTCOME_OK));
    check_line(report.details, sizeof report.details);
}

static void check_job(a0_call *call, const json_t *json)
{
    a0_job job = {.percentage = -1};
    auth0db_outcome outcome = a0_job_read(call, json, NULL, &job);
    CLAIM((outcome == AUTH0DB_OUTCOME_OK) == (job.id[0] != '\0'));
    CLAIM(strpbrk(job.id, "/?# \"%\r\n") == NULL && strpbrk(job.external_id, "'\" \r\n") == NULL);
    CLAIM(job.percentage >= -1 && job.percentage <= 100);
    CLAIM(job.inserted >= 0 && job.updated >= 0 && job.failed >= 0 && job.total >= 0);
    check_line(job.details, sizeof job.details);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auth0db_client client = {.env = a0_env_system};
    a0_call call;
    json_t *json;
    if (a0_json_parse(&json, (const char *)data, size, "body", NULL) != AUTH0DB_OK)
        return 0;
    a0_call_begin(&call, &client, "fuzz", 1000, NULL);
    if (json_is_object(json))
        check_job(&call, json);
    if (json_is_object(json) || json_is_array(json))
        check_errors(&call, json);
    json_decref(json);
    return 0;
}
