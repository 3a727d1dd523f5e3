/* Jobs as rows of the database: made, found, told of, taken up after a restart, forgotten after a
 * day. When what is done of them decides jobs_run.c. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "sandbox/jobs/jobs_int.h"
#include "sandbox/tenant/db.h"

#define COLUMNS                                                                                    \
    "seq, id, kind, status, record, plan, details, created_ms, total, done, inserted,"             \
    " updated, failed"

static json_t *json_column(sqlite3_stmt *stmt, int column)
{
    json_t *value = NULL;
    const char *text = sb_db_text(stmt, column);
    return a0_json_parse(&value, text, strlen(text), "job", NULL) == AUTH0DB_OK ? value : NULL;
}

static bool next_job(sqlite3_stmt *stmt, sb_job *out)
{
    *out = (sb_job){0};
    if (sqlite3_step(stmt) != SQLITE_ROW)
        return false;
    out->seq = sqlite3_column_int64(stmt, 0);
    snprintf(out->id, sizeof out->id, "%s", sb_db_text(stmt, 1));
    out->kind = (sb_job_kind)sqlite3_column_int(stmt, 2);
    out->status = (sb_job_status)sqlite3_column_int(stmt, 3);
    out->record = json_column(stmt, 4);
    out->plan = json_column(stmt, 5);
    snprintf(out->details, sizeof out->details, "%s", sb_db_text(stmt, 6));
    int64_t *const numbers[] = {&out->created_ms, &out->total,   &out->done,
                                &out->inserted,   &out->updated, &out->failed};
    for (int i = 0; i < (int)A0_COUNT(numbers); i++)
        *numbers[i] = sqlite3_column_int64(stmt, 7 + i);
    if (out->record != NULL && out->plan != NULL)
        return true;
    sb_job_clear(out);
    return false;
}

void sb_job_clear(sb_job *job)
{
    json_decref(job->record);
    json_decref(job->plan);
    *job = (sb_job){0};
}

/* Older than a day: gone, whether or not somebody has swept. */
static int64_t oldest_ms(const sb_tenant *tenant)
{
    return sb_now_ms(tenant) - SB_JOB_RETENTION_MS;
}

/* The errors first: without their job nobody would find them any more. */
int sb_jobs_sweep(sb_tenant *tenant)
{
    int64_t oldest = oldest_ms(tenant);
    int rc = sb_db_run(tenant->db,
                       "DELETE FROM job_errors WHERE job IN"
                       " (SELECT seq FROM jobs WHERE created_ms <= ?)",
                       "i", oldest);
    return rc == AUTH0DB_OK
               ? sb_db_run(tenant->db, "DELETE FROM jobs WHERE created_ms <= ?", "i", oldest)
               : rc;
}

bool sb_job_find(sb_tenant *tenant, const char *id, sb_job *out)
{
    sqlite3_stmt *stmt = NULL;
    *out = (sb_job){0};
    if (sb_db_prepare(&stmt, tenant->db,
                      "SELECT " COLUMNS " FROM jobs WHERE id = ? AND created_ms > ?", "si", id,
                      oldest_ms(tenant)) != AUTH0DB_OK)
        return false;
    bool found = next_job(stmt, out);
    sqlite3_finalize(stmt);
    if (found && a0_json_true(out->plan, "lost")) {
        sb_job_clear(out);
        return false;
    }
    return found;
}

json_t *sb_job_json(const sb_tenant *tenant, const sb_job *job)
{
    static const char *const words[] = {"pending", "processing"};
    char date[SB_ISO_LEN];
    const char *word = job->status == SB_JOB_COMPLETED ? "completed"
                       : job->status == SB_JOB_FAILED  ? "failed"
                                                       : words[tenant->options.job_running_status];
    json_t *body = json_copy(job->record);
    json_object_del(body, "upsert"); /* not sent back, as recorded */
    json_object_del(body, "send_completion_email");
    sb_iso(job->created_ms, date);
    json_object_set_new(body, "id", json_string(job->id));
    json_object_set_new(body, "created_at", json_string(date));
    json_object_set_new(body, "status", json_string(word));
    if (job->details[0] != '\0')
        json_object_set_new(body, "status_details", json_string(job->details));
    return body;
}

/* By the rows: a job whose record a fault has lost is under way all the same, and holds its slot.
 * Two are allowed for a tenant, not for a connection (documented: facts/auth0.md 4.8). */
int64_t sb_jobs_live_imports(sb_tenant *tenant)
{
    return sb_db_number(tenant->db, 0, "SELECT count(*) FROM jobs WHERE kind = ? AND status = ?",
                        "ii", (int64_t)SB_JOB_IMPORT, (int64_t)SB_JOB_RUNNING);
}

int64_t sb_job_duration_ms(const sb_tenant *tenant, const sb_job *job)
{
    const sb_options *options = &tenant->options;
    int64_t users_ms =
        options->job_users_per_second > 0 ? job->total * 1000 / options->job_users_per_second : 0;
    return options->job_ms + users_ms;
}

/* The file is kept with the row until the job ends: a restart reads the users from it again. */
static int insert(sb_tenant *tenant, sb_job *job, const a0_buf *file)
{
    a0_buf record = {0}, plan = {0};
    int rc = a0_json_write(&record, job->record);
    if (rc == AUTH0DB_OK)
        rc = a0_json_write(&plan, job->plan);
    if (rc == AUTH0DB_OK)
        rc = sb_db_run(tenant->db,
                       "INSERT INTO jobs (id, kind, status, record, plan, details, created_ms,"
                       " total, done, inserted, updated, failed, file)"
                       " VALUES (?, ?, ?, ?, ?, NULL, ?, ?, 0, 0, 0, 0, ?)",
                       "siissiib", job->id, (int64_t)job->kind, (int64_t)job->status,
                       a0_buf_text(&record), a0_buf_text(&plan), job->created_ms, job->total, file);
    if (rc == AUTH0DB_OK)
        job->seq = sqlite3_last_insert_rowid(tenant->db);
    a0_buf_clear(&record);
    a0_buf_clear(&plan);
    return rc;
}

/* How many users an export will have; what comes while it works is not in it. */
static int64_t count_users(sb_tenant *tenant, const sb_job *job)
{
    const char *connection = a0_json_text(job->record, "connection");
    int64_t limit = a0_json_int(job->record, "limit", INT64_MAX);
    int64_t n = sb_db_number(tenant->db, 0,
                             "SELECT count(*) FROM users WHERE ?1 IS NULL OR connection = ?1", "s",
                             connection);
    return n < limit ? n : limit;
}

int sb_job_submit(sb_tenant *tenant, sb_job *job, json_t *rows, const a0_buf *file)
{
    char random[17];
    int rc = sb_random_text(tenant, random, sizeof random - 1);
    if (rc != AUTH0DB_OK || (rc = sb_jobs_sweep(tenant)) != AUTH0DB_OK)
        return rc;
    snprintf(job->id, sizeof job->id, "job_%s", random);
    job->status = SB_JOB_RUNNING;
    job->created_ms = sb_now_ms(tenant);
    job->total =
        job->kind == SB_JOB_EXPORT ? count_users(tenant, job) : (int64_t)json_array_size(rows);
    if ((rc = insert(tenant, job, file)) != AUTH0DB_OK)
        return rc;
    sb_job run = *job;
    json_incref(run.record);
    json_incref(run.plan);
    rc = sb_run_add(tenant, &run, rows);
    sb_job_clear(&run); /* still ours where there was no memory to take it */
    if (rc != AUTH0DB_OK)
        (void)!sb_db_run(tenant->db, "DELETE FROM jobs WHERE seq = ?", "i", job->seq);
    return rc;
}

/* A file is replaced only where one is given: most saves are about numbers, and the file is large.
 */
int sb_job_save(sb_tenant *tenant, const sb_job *job, const a0_buf *file)
{
    const char *sql = file != NULL
                          ? "UPDATE jobs SET status = ?, details = ?, done = ?, inserted = ?,"
                            " updated = ?, failed = ?, file = ?8 WHERE seq = ?7"
                          : "UPDATE jobs SET status = ?, details = ?, done = ?, inserted = ?,"
                            " updated = ?, failed = ? WHERE seq = ?";
    return sb_db_run(tenant->db, sql, file != NULL ? "isiiiiib" : "isiiiii", (int64_t)job->status,
                     job->details, job->done, job->inserted, job->updated, job->failed, job->seq,
                     file);
}

/* Each entry is JSON already, so the list is put together as text: a job may have thousands. */
int sb_job_errors(sb_tenant *tenant, const sb_job *job, a0_buf *out)
{
    sqlite3_stmt *stmt = NULL;
    int rc =
        sb_db_prepare(&stmt, tenant->db, "SELECT entry FROM job_errors WHERE job = ? ORDER BY row",
                      "i", job->seq);
    while (rc == AUTH0DB_OK && sqlite3_step(stmt) == SQLITE_ROW)
        rc = a0_buf_printf(out, "%s%s", out->len == 0 ? "[" : ",", sb_db_text(stmt, 0));
    sqlite3_finalize(stmt);
    return rc == AUTH0DB_OK && out->len > 0 ? a0_buf_puts(out, "]") : rc;
}

static int read_file(sb_tenant *tenant, int64_t seq, a0_buf *out)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sb_db_prepare(&stmt, tenant->db,
                           "SELECT file FROM jobs WHERE seq = ? AND file IS NOT NULL", "i", seq);
    if (rc == AUTH0DB_OK && sqlite3_step(stmt) != SQLITE_ROW)
        rc = AUTH0DB_ERR_STATE;
    if (rc == AUTH0DB_OK)
        rc =
            a0_buf_append(out, sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0));
    sqlite3_finalize(stmt);
    return rc;
}

int sb_job_file(sb_tenant *tenant, const sb_job *job, a0_buf *out)
{
    return job->kind == SB_JOB_EXPORT && job->status == SB_JOB_COMPLETED
               ? read_file(tenant, job->seq, out)
               : AUTH0DB_ERR_STATE;
}

/* A file that is no list of users belongs to a job that is going to fail for it. */
static json_t *rows_of(const a0_buf *file)
{
    json_t *rows = NULL;
    if (a0_json_parse(&rows, a0_buf_text(file), file->len, "file", NULL) == AUTH0DB_OK &&
        json_is_array(rows))
        return rows;
    json_decref(rows);
    return json_array();
}

/* An import goes on where it was, for its file is kept. An export begins anew. */
static int take_up(sb_tenant *tenant, sb_job *job)
{
    a0_buf file = {0};
    json_t *rows = NULL;
    int rc = AUTH0DB_OK;
    if (job->kind == SB_JOB_EXPORT)
        job->done = 0; /* what there was of its file is lost */
    if (job->kind == SB_JOB_IMPORT && (rc = read_file(tenant, job->seq, &file)) == AUTH0DB_OK)
        rows = rows_of(&file);
    if (rc == AUTH0DB_OK)
        rc = sb_run_add(tenant, job, rows);
    json_decref(rows);
    a0_buf_clear(&file);
    return rc;
}

int sb_jobs_load(sb_tenant *tenant)
{
    sqlite3_stmt *stmt = NULL;
    sb_job job;
    /* a file written with an advanced clock comes from the future: its jobs begin now */
    int rc = sb_db_run(tenant->db, "UPDATE jobs SET created_ms = min(created_ms, ?)", "i",
                       sb_now_ms(tenant));
    if (rc == AUTH0DB_OK)
        rc = sb_db_prepare(&stmt, tenant->db,
                           "SELECT " COLUMNS " FROM jobs WHERE status = ? ORDER BY seq", "i",
                           (int64_t)SB_JOB_RUNNING);
    while (rc == AUTH0DB_OK && next_job(stmt, &job)) {
        rc = take_up(tenant, &job);
        sb_job_clear(&job);
    }
    sqlite3_finalize(stmt);
    return rc;
}

int sb_jobs_reset(sb_tenant *tenant)
{
    static const char *const tables[] = {"DELETE FROM jobs", "DELETE FROM job_errors",
                                         "DELETE FROM half_created"};
    int rc = AUTH0DB_OK;
    /* The work first: a run that goes on would write into rows that are gone. */
    sb_runs_clear(tenant);
    for (size_t i = 0; i < A0_COUNT(tables) && rc == AUTH0DB_OK; i++)
        rc = sb_db_run(tenant->db, tables[i], "");
    return rc;
}
