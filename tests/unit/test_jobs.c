/* Import jobs: what goes out, and what the importer is told of every answer. */
#include <stdlib.h>
#include <string.h>

#include "auth0/client_int.h"
#include "auth0/jobs_int.h"
#include "base/mem.h"
#include "tenant.h"
#include "unit.h"

#define CON "con_0123456789abcdef"
#define JOB "job_0123456789abcdef"
#define PENDING "{\"id\":\"" JOB "\",\"type\":\"users_import\",\"status\":\"pending\"}"
#define API_ERROR(status, text)                                                                    \
    "{\"statusCode\":" #status ",\"error\":\"x\",\"message\":\"" text "\"}"
#define TWO_JOBS                                                                                   \
    API_ERROR(429, "There are 2 active import users jobs, please wait until some of them are "     \
                   "finished and try again")

static tenant t;
static auth0db_client *client;
static auth0db_error err;
static a0_job job;
static fake_clock fake;

static void begin(void)
{
    t = (tenant){0};
    tenant_start(&t);
    client = tenant_client_at(&t, NULL, &fake);
}

static void end(void)
{
    auth0db_client_free(client);
    tenant_stop(&t);
}

static a0_import import_of(const char *users)
{
    return (a0_import){CON, "auth0db-7:1.0_x", users, strlen(users)};
}

static a0_submission submit(const a0_import *import)
{
    memset(&job, 0xff, sizeof job);
    memset(&err, 0xff, sizeof err);
    a0_submission submission = a0_job_submit(client, import, 5000, &job, &err);
    ck_assert((submission == A0_SUBMIT_ACCEPTED) == (job.id[0] != '\0'));
    ck_assert((submission == A0_SUBMIT_ACCEPTED) == (err.code == AUTH0DB_OK));
    return submission;
}

static auth0db_outcome get(void)
{
    memset(&job, 0xff, sizeof job);
    memset(&err, 0xff, sizeof err);
    return a0_job_get(client, JOB, 5000, &job, &err);
}

START_TEST(a_submission_is_a_multipart_body_of_exactly_the_size_foretold)
{
    begin();
    tenant_says(&t, 0, 202, PENDING);
    a0_import import = import_of("[{\"email\":\"a@b.co\"}]");
    ck_assert_int_eq(submit(&import), A0_SUBMIT_ACCEPTED);
    ck_assert_str_eq(job.id, JOB);
    ck_assert_int_eq(job.status, A0_JOB_RUNNING);
    const script_request *sent = script_request_at(t.server, 2);
    ck_assert_str_eq(sent->method, "POST");
    ck_assert_str_eq(sent->path, "/api/v2/jobs/users-imports");
    ck_assert_ptr_nonnull(strstr(sent->head, "Authorization: Bearer management-1\r\n"));
    /* the boundary is random, and the fake clock's randomness is zero */
    ck_assert_ptr_nonnull(strstr(sent->head, "Content-Type: multipart/form-data; "
                                             "boundary=00000000000000000000000000000000\r\n"));
#define PART(name)                                                                                 \
    "--00000000000000000000000000000000\r\nContent-Disposition: form-data; name=" name
    ck_assert_str_eq(
        sent->body,
        PART("\"connection_id\"\r\n\r\n" CON
             "\r\n") PART("\"external_id\"\r\n\r\nauth0db-7:1.0_x\r\n")
            PART("\"send_completion_email\"\r\n\r\nfalse\r\n") PART(
                "\"users\"; filename=\"users.json\"\r\nContent-Type: application/json"
                "\r\n\r\n[{\"email\":\"a@b.co\"}]\r\n") "--00000000000000000000000000000000--\r\n");
    ck_assert_uint_eq(sent->body_len, a0_import_request_size(&import));
    end();
}
END_TEST

START_TEST(a_body_filled_to_the_last_byte_of_the_limit_arrives_whole)
{
    begin();
    tenant_says(&t, 0, 202, PENDING);
    a0_import import = import_of("");
    import.len = A0_IMPORT_REQUEST_MAX - a0_import_request_size(&import);
    char *users = malloc(import.len);
    for (size_t i = 0; i < import.len; i++)
        users[i] = (char)(i * 31); /* any bytes, NUL among them */
    import.users = users;
    ck_assert_uint_eq(a0_import_request_size(&import), A0_IMPORT_REQUEST_MAX);
    ck_assert_int_eq(submit(&import), A0_SUBMIT_ACCEPTED);
    const script_request *sent = script_request_at(t.server, 2);
    ck_assert_uint_eq(sent->body_len, A0_IMPORT_REQUEST_MAX);
    ck_assert_ptr_nonnull(strstr(sent->head, "Content-Length: 512000\r\n"));
    const char *payload = strstr(sent->body, "application/json\r\n\r\n") + 20;
    ck_assert_mem_eq(payload, users, import.len);
    free(users);
    end();
}
END_TEST

START_TEST(every_answer_to_a_submission_is_one_of_eight_and_none_is_sent_again)
{
    static const struct {
        int status;
        const char *body;
        a0_submission want;
    } rows[] = {
        {202, PENDING, A0_SUBMIT_ACCEPTED},
        {201, PENDING, A0_SUBMIT_ACCEPTED},
        {429, TWO_JOBS, A0_SUBMIT_SLOTS_FULL},
        {429, API_ERROR(429, "Global limit has been reached"), A0_SUBMIT_THROTTLED},
        {429, "<html>slow down: active import users jobs</html>", A0_SUBMIT_THROTTLED},
        {413, API_ERROR(413, "Payload content length greater than maximum allowed: 512000."),
         A0_SUBMIT_TOO_LARGE},
        {413, "<html>", A0_SUBMIT_TOO_LARGE},
        {400, API_ERROR(400, "Users file must not be empty."), A0_SUBMIT_REFUSED},
        {400, API_ERROR(400, "Connection does not exist."), A0_SUBMIT_REFUSED},
        {422, API_ERROR(422, "x"), A0_SUBMIT_REFUSED},
        {401, API_ERROR(401, "Invalid token"), A0_SUBMIT_MISCONFIGURED},
        {403, API_ERROR(403, "Insufficient scope"), A0_SUBMIT_MISCONFIGURED},
        {404, API_ERROR(404, "Not Found"), A0_SUBMIT_MISCONFIGURED},
        {500, API_ERROR(500, "Internal error."), A0_SUBMIT_LOST},
        {502, "bad gateway", A0_SUBMIT_LOST},
        {403, "<html>firewall</html>", A0_SUBMIT_LOST},
        {408, API_ERROR(408, "x"), A0_SUBMIT_LOST},
        {302, "", A0_SUBMIT_LOST},
        {204, "", A0_SUBMIT_LOST},
        {202, "", A0_SUBMIT_LOST},
        {202, "[]", A0_SUBMIT_LOST},
        {202, "{}", A0_SUBMIT_LOST},
        {202, "{\"id\":7,\"status\":\"pending\"}", A0_SUBMIT_LOST},
        {202, "{\"id\":\"\",\"status\":\"pending\"}", A0_SUBMIT_LOST},
        {202, "{\"id\":\"../x\",\"status\":\"pending\"}", A0_SUBMIT_LOST},
        {202, "{\"id\":\"job_1\"}", A0_SUBMIT_LOST},
        {202, "{\"id\":\"job_1\",\"status\":\"pending\"", A0_SUBMIT_LOST},
    };
    a0_import import = import_of("[]");
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        begin();
        tenant_says(&t, 0, rows[i].status, rows[i].body);
        a0_submission submission = submit(&import);
        ck_assert_msg(submission == rows[i].want, "%d %s: %s", rows[i].status, rows[i].body,
                      a0_submission_name(submission));
        /* but for a token that the API refuses before it looks at anything */
        ck_assert_uint_eq(t.others, rows[i].status == 401 ? 2 : 1);
        end();
    }
}
END_TEST

START_TEST(a_lost_submission_and_one_that_never_left_are_told_apart)
{
    a0_import import = import_of("[]");
    begin();
    t.says[0].status = 1;
    t.says[0].hang_up = true;
    ck_assert_int_eq(submit(&import), A0_SUBMIT_LOST);
    ck_assert_uint_eq(t.others, 1);
    end();
    begin(); /* nobody listens any more */
    tenant_says(&t, 0, 202, PENDING);
    ck_assert_int_eq(submit(&import), A0_SUBMIT_ACCEPTED);
    tenant_stop(&t);
    for (int i = 0; i < 6; i++) /* refused connections first, then the open breaker */
        ck_assert_int_eq(submit(&import), A0_SUBMIT_NOT_SENT);
    ck_assert(client->breakers[A0_SERVICE_MANAGEMENT].open);
    auth0db_client_free(client);
    begin(); /* no management token, so no submission */
    t.token = "{\"access_token\":null}";
    ck_assert_int_eq(submit(&import), A0_SUBMIT_NOT_SENT);
    ck_assert_uint_eq(t.others, 0);
    end();
}
END_TEST

static bool nothing_to_say(tenant *self, const script_request *request, script_answer *out)
{
    return strncmp(request->path, "/api/v2/", 8) == 0;
}

static bool half_an_answer(tenant *self, const script_request *request, script_answer *out)
{
    static const char half[] = "HTTP/1.1 202 Accepted\r\nContent-Length: 500\r\n\r\n" PENDING;
    if (strncmp(request->path, "/api/v2/", 8) != 0)
        return false;
    *out = script_raw(half, sizeof half - 1);
    return true;
}

START_TEST(silence_and_half_an_answer_lose_a_submission_at_the_deadline)
{
    a0_import import = import_of("[]");
    for (int half = 0; half < 2; half++) {
        t = (tenant){.answer = half ? half_an_answer : nothing_to_say};
        tenant_start(&t);
        client = tenant_client(&t, NULL);
        ck_assert_int_eq(a0_job_submit(client, &import, 1000, &job, &err), A0_SUBMIT_LOST);
        ck_assert_str_eq(job.id, "");
        ck_assert_int_eq(err.code, AUTH0DB_ERR_UNREACHABLE);
        end();
    }
}
END_TEST

START_TEST(full_slots_do_not_close_the_rate_limit_and_a_rate_limit_does)
{
    a0_import import = import_of("[]");
    begin();
    tenant_says(&t, 0, 429, TWO_JOBS);
    t.says[0].headers = "Retry-After: 30\r\nx-ratelimit-remaining: 9\r\n";
    ck_assert_int_eq(submit(&import), A0_SUBMIT_SLOTS_FULL);
    ck_assert_uint_eq(a0_client_pause_ms(client), 0);
    tenant_says(&t, 0, 429, API_ERROR(429, "Global limit has been reached"));
    ck_assert_int_eq(submit(&import), A0_SUBMIT_THROTTLED);
    ck_assert_uint_eq(a0_client_pause_ms(client), 30000);
    ck_assert_int_eq(submit(&import), A0_SUBMIT_THROTTLED); /* not sent: five seconds are too few */
    ck_assert_uint_eq(t.others, 2);
    fake.ms += 30000;
    ck_assert_uint_eq(a0_client_pause_ms(client), 0);
    tenant_says(&t, 0, 202, PENDING);
    ck_assert_int_eq(submit(&import), A0_SUBMIT_ACCEPTED);
    end();
}
END_TEST

START_TEST(a_refusal_comes_with_the_tenants_words_made_harmless)
{
    a0_import import = import_of("[]");
    begin();
    tenant_says(
        &t, 0, 400,
        "{\"statusCode\":400,\"error\":\"Bad Request\",\"message\":\"Users file\\u001b[31m is "
        "\\u202ebad\\n\\u009b; password=hunter2\"}");
    ck_assert_int_eq(submit(&import), A0_SUBMIT_REFUSED);
    ck_assert_ptr_nonnull(strstr(err.message, "400: Users file?[31m is ?bad??; password="));
    ck_assert_ptr_null(strstr(err.message, "hunter2"));
    end();
}
END_TEST

START_TEST(ids_that_could_break_the_request_are_not_sent)
{
    static const char *const bad[] = {"", "a b", "a\r\nb", "a\"b", "\xc3\xa4", NULL};
    begin();
    for (size_t i = 0; i < A0_COUNT(bad); i++) {
        a0_import import = import_of("[]");
        import.external_id = bad[i];
        ck_assert_int_eq(submit(&import), A0_SUBMIT_REFUSED);
        import = import_of("[]");
        import.connection_id = bad[i];
        ck_assert_int_eq(submit(&import), A0_SUBMIT_REFUSED);
        a0_job_report report;
        if (bad[i] != NULL) {
            ck_assert_int_eq(a0_job_get(client, bad[i], 5000, &job, &err),
                             AUTH0DB_OUTCOME_NOT_FOUND);
            ck_assert_int_eq(a0_job_errors(client, bad[i], 5000, NULL, NULL, &report, &err),
                             AUTH0DB_OUTCOME_NOT_FOUND);
        }
    }
    ck_assert_uint_eq(script_requests(t.server), 0);
    end();
}
END_TEST

START_TEST(a_job_tells_its_status_and_its_numbers)
{
    begin();
    tenant_says(
        &t, 0, 200,
        "{\"id\":\"" JOB "\",\"type\":\"users_import\",\"status\":\"completed\",\"external_id\":"
        "\"x-1\",\"percentage_done\":100,\"summary\":{\"failed\":1,\"updated\":2,\"inserted\":3,"
        "\"total\":6}}");
    ck_assert_int_eq(get(), AUTH0DB_OUTCOME_OK);
    ck_assert_str_eq(script_request_at(t.server, 2)->path, "/api/v2/jobs/" JOB);
    ck_assert_int_eq(job.status, A0_JOB_COMPLETED);
    ck_assert_str_eq(job.external_id, "x-1");
    ck_assert(job.has_summary && job.failed == 1 && job.updated == 2 && job.inserted == 3 &&
              job.total == 6 && job.percentage == 100);
    tenant_says(&t, 0, 200,
                "{\"id\":\"" JOB "\",\"status\":\"failed\",\"status_details\":\"Bad\\nfile\"}");
    ck_assert_int_eq(get(), AUTH0DB_OUTCOME_OK);
    ck_assert_int_eq(job.status, A0_JOB_FAILED);
    ck_assert_str_eq(job.details, "Bad?file");
    ck_assert(!job.has_summary && job.percentage == -1);
    tenant_says(&t, 0, 200,
                "{\"id\":\"" JOB "\",\"status\":\"processing\",\"percentage_done\":101}");
    ck_assert_int_eq(get(), AUTH0DB_OUTCOME_OK);
    ck_assert_int_eq(job.status, A0_JOB_RUNNING);
    ck_assert_int_eq(job.percentage, -1);
    /* asked for by the id of the very job that is filled */
    ck_assert_int_eq(a0_job_get(client, job.id, 5000, &job, &err), AUTH0DB_OUTCOME_OK);
    ck_assert_str_eq(job.id, JOB);
    end();
}
END_TEST

START_TEST(a_summary_that_cannot_be_is_none)
{
    static const char *const bad[] = {
        "{\"failed\":1,\"updated\":2,\"inserted\":3}",
        "{\"failed\":-1,\"updated\":2,\"inserted\":3,\"total\":6}",
        "{\"failed\":\"1\",\"updated\":2,\"inserted\":3,\"total\":6}",
        "{\"failed\":1,\"updated\":2,\"inserted\":3,\"total\":9000000000000}",
        "{\"failed\":1.5,\"updated\":2,\"inserted\":3,\"total\":6}",
        "[]",
        "null",
    };
    for (size_t i = 0; i < A0_COUNT(bad); i++) {
        char body[300];
        begin();
        snprintf(body, sizeof body, "{\"id\":\"" JOB "\",\"status\":\"completed\",\"summary\":%s}",
                 bad[i]);
        tenant_says(&t, 0, 200, body);
        ck_assert_int_eq(get(), AUTH0DB_OUTCOME_OK);
        ck_assert_msg(!job.has_summary, "%s", bad[i]);
        end();
    }
}
END_TEST

START_TEST(a_job_that_is_gone_or_another_or_no_import_is_not_ours)
{
    static const struct {
        int status;
        const char *body;
        auth0db_outcome want;
    } rows[] = {
        {404, API_ERROR(404, "The job does not exist"), AUTH0DB_OUTCOME_NOT_FOUND},
        {404, "<html>", AUTH0DB_OUTCOME_UNAVAILABLE},
        {200, "{\"id\":\"job_1\",\"status\":\"completed\"}", AUTH0DB_OUTCOME_UNAVAILABLE},
        {200, "{\"id\":\"" JOB "\"}", AUTH0DB_OUTCOME_UNAVAILABLE},
        {200, "{\"id\":\"" JOB "\",\"status\":7}", AUTH0DB_OUTCOME_UNAVAILABLE},
        {200, "{\"id\":\"" JOB "\",\"status\":\"completed\",\"type\":\"users_export\"}",
         AUTH0DB_OUTCOME_NOT_FOUND},
        {200, "[]", AUTH0DB_OUTCOME_UNAVAILABLE},
        {403, API_ERROR(403, "Insufficient scope"), AUTH0DB_OUTCOME_MISCONFIGURED},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        begin();
        tenant_says(&t, 0, rows[i].status, rows[i].body);
        auth0db_outcome outcome = get();
        ck_assert_msg(outcome == rows[i].want, "%s: %s", rows[i].body,
                      auth0db_outcome_name(outcome));
        ck_assert_str_eq(job.id, "");
        ck_assert_int_ne(err.code, AUTH0DB_OK);
        end();
    }
}
END_TEST

START_TEST(asking_for_a_job_is_repeated_through_transient_failures)
{
    begin();
    tenant_says(&t, 0, 503, "oops");
    tenant_says(&t, 1, 429, API_ERROR(429, "Global limit has been reached"));
    t.says[1].headers = "Retry-After: 2\r\n";
    tenant_says(&t, 2, 200, PENDING);
    ck_assert_int_eq(get(), AUTH0DB_OUTCOME_OK);
    ck_assert_uint_eq(t.others, 3);
    ck_assert_uint_ge(fake.slept_ms, 2100);
    end();
}
END_TEST

/* The rows of a report, as text. */
typedef struct rows_told {
    char text[2000];
    int n, stop_after;
} rows_told;

static bool tell(void *ctx, const a0_row_error *row)
{
    rows_told *told = ctx;
    size_t at = strlen(told->text);
    at += (size_t)snprintf(told->text + at, sizeof told->text - at, "%s|%s|%s|%zu", row->user_id,
                           row->email, row->username, row->n);
    for (size_t i = 0; i < row->n && i < A0_ROW_CAUSES_MAX; i++)
        at += (size_t)snprintf(told->text + at, sizeof told->text - at, "|%s,%s,%s",
                               row->causes[i].code, row->causes[i].message, row->causes[i].path);
    snprintf(told->text + at, sizeof told->text - at, "\n");
    return ++told->n != told->stop_after;
}

static auth0db_outcome errors_of(const char *body, rows_told *told, a0_job_report *report)
{
    tenant_says(&t, 0, 200, body);
    told->text[0] = '\0';
    told->n = 0;
    memset(report, 0xff, sizeof *report);
    memset(&err, 0xff, sizeof err);
    return a0_job_errors(client, JOB, 5000, tell, told, report, &err);
}

START_TEST(refused_users_are_told_row_by_row)
{
    rows_told told = {0};
    a0_job_report report;
    begin();
    ck_assert_int_eq(
        errors_of(
            "[{\"user\":{\"user_id\":\"abc\",\"email\":\"a@b.co\",\"username\":\"ann\","
            "\"custom_password_hash\":{\"hash\":{\"value\":\"*****\"}}},\"errors\":[{\"code\":"
            "\"CONFLICT_EMAIL\",\"message\":\"taken\\u0007\",\"path\":\"email\"},{\"code\":"
            "\"FORMAT\",\"message\":\"x\"}]},"
            "{\"user\":{\"user_id\":\"auth0|def\",\"email\":7},\"errors\":[{\"code\":"
            "\"lower; case\"},7]},{\"user\":{},\"errors\":[]}]",
            &told, &report),
        AUTH0DB_OUTCOME_OK);
    ck_assert_str_eq(script_request_at(t.server, 2)->path, "/api/v2/jobs/" JOB "/errors");
    ck_assert_str_eq(told.text, "abc|a@b.co|ann|2|CONFLICT_EMAIL,taken?,email|FORMAT,x,\n"
                                "def|||2|,,|,,\n"
                                "|||0\n");
    ck_assert_int_eq(report.kind, A0_REPORT_ROWS);
    ck_assert_uint_eq(report.rows, 3);
    told.stop_after = 2;
    ck_assert_int_eq(errors_of("[{\"user\":{},\"errors\":[]},{\"user\":{},\"errors\":[]},"
                               "{\"user\":{},\"errors\":[]}]",
                               &told, &report),
                     AUTH0DB_OUTCOME_OK);
    ck_assert_int_eq(told.n, 2);
    end();
}
END_TEST

START_TEST(no_report_a_failed_job_and_a_lost_one_are_told_apart)
{
    rows_told told = {0};
    a0_job_report report;
    begin();
    ck_assert_int_eq(errors_of("[]", &told, &report), AUTH0DB_OUTCOME_OK);
    ck_assert(report.kind == A0_REPORT_ROWS && report.rows == 0);
    ck_assert_int_eq(errors_of("{\"id\":\"" JOB
                               "\",\"type\":\"users_import\",\"status\":\"failed\","
                               "\"status_details\":\"Failed to parse\"}",
                               &told, &report),
                     AUTH0DB_OUTCOME_OK);
    ck_assert_int_eq(report.kind, A0_REPORT_WHOLE);
    ck_assert_str_eq(report.details, "Failed to parse");
    tenant_says(&t, 0, 204, "");
    ck_assert_int_eq(a0_job_errors(client, JOB, 5000, tell, &told, &report, &err),
                     AUTH0DB_OUTCOME_OK);
    ck_assert_int_eq(report.kind, A0_REPORT_NONE);
    tenant_says(&t, 0, 404, API_ERROR(404, "The job does not exist"));
    ck_assert_int_eq(a0_job_errors(client, JOB, 5000, tell, &told, &report, &err),
                     AUTH0DB_OUTCOME_NOT_FOUND);
    end();
}
END_TEST

START_TEST(half_a_report_is_no_report)
{
    static const char *const bad[] = {
        "[{\"user\":{},\"errors\":[]},7]",
        "[{\"user\":{},\"errors\":[]},{\"user\":{}}]",
        "[{\"user\":{},\"errors\":[]},{\"errors\":[]}]",
        "[{\"user\":[],\"errors\":[]}]",
        "[{\"user\":{},\"errors\":{}}]",
        "[{\"user\":{},\"errors\":[]}",
        "{}",
        "{\"id\":\"job_1\",\"status\":\"failed\"}",
        "{\"statusCode\":500}",
        "7",
        "",
        "<html>",
        "[{\"user\":{\"email\":\"a\",\"email\":\"b\"},\"errors\":[]}]",
    };
    for (size_t i = 0; i < A0_COUNT(bad); i++) {
        rows_told told = {0};
        a0_job_report report;
        begin();
        auth0db_outcome outcome = errors_of(bad[i], &told, &report);
        ck_assert_msg(outcome == AUTH0DB_OUTCOME_UNAVAILABLE, "%s: %s", bad[i],
                      auth0db_outcome_name(outcome));
        ck_assert_int_eq(told.n, 0);
        ck_assert_int_eq(report.kind, A0_REPORT_NONE);
        end();
    }
}
END_TEST

START_TEST(a_report_on_every_user_of_a_full_file_is_read)
{
    enum { ROWS = 5000 };
    static const char row[] =
        "{\"user\":{\"user_id\":\"abcdefabcdefabcdefabcdef\",\"email\":\"somebody@example.org\","
        "\"custom_password_hash\":{\"algorithm\":\"pbkdf2\",\"hash\":{\"value\":\"*****\"}}},"
        "\"errors\":[{\"code\":\"NOT_PASSED\",\"message\":\"A custom_password_hash was provided, "
        "but the user already has password hash defined\",\"path\":\"custom_password_hash\"}]}";
    a0_buf body = {0};
    static rows_told told;
    a0_job_report report;
    ck_assert_int_eq(a0_buf_puts(&body, "["), AUTH0DB_OK);
    for (int i = 0; i < ROWS; i++)
        ck_assert_int_eq(a0_buf_printf(&body, "%s%s", i > 0 ? "," : "", row), AUTH0DB_OK);
    ck_assert_int_eq(a0_buf_puts(&body, "]"), AUTH0DB_OK);
    ck_assert_uint_gt(body.len, 1024 * 1024);
    begin();
    told.stop_after = 1;
    ck_assert_int_eq(errors_of(a0_buf_text(&body), &told, &report), AUTH0DB_OUTCOME_OK);
    ck_assert_uint_eq(report.rows, ROWS);
    end();
    a0_buf_clear(&body);
}
END_TEST

static bool patience(void *ctx, unsigned left_ms)
{
    unsigned *told = ctx;
    if (left_ms > told[0])
        told[0] = left_ms;
    told[1]++;
    return left_ms > told[2];
}

START_TEST(a_wait_is_told_and_can_be_ended)
{
    unsigned told[3] = {0, 0, 0}; /* the longest, how often, end it when so much is left */
    begin();
    tenant_says(&t, 0, 429, API_ERROR(429, "Global limit has been reached"));
    t.says[0].headers = "Retry-After: 3\r\n";
    tenant_says(&t, 1, 200, PENDING);
    a0_client_on_wait(client, patience, told);
    ck_assert_int_eq(get(), AUTH0DB_OUTCOME_OK);
    ck_assert_uint_eq(told[0], 3000);
    ck_assert_uint_ge(told[1], 30);
    ck_assert_uint_eq(fake.slept_ms, 3000);
    end();
    begin();
    tenant_says(&t, 0, 429, API_ERROR(429, "Global limit has been reached"));
    t.says[0].headers = "Retry-After: 3\r\n";
    tenant_says(&t, 1, 200, PENDING);
    told[2] = 2500;
    a0_client_on_wait(client, patience, told);
    ck_assert_int_eq(get(), AUTH0DB_OUTCOME_THROTTLED);
    ck_assert_int_eq(err.code, AUTH0DB_ERR_STATE);
    ck_assert_uint_eq(t.others, 1);
    ck_assert_uint_eq(fake.slept_ms, 500);
    end();
}
END_TEST

START_TEST(a_submission_survives_every_failed_allocation)
{
    a0_import import = import_of("[]");
    long nth = 0;
    a0_submission submission = A0_SUBMIT_NOT_SENT;
    begin();
    tenant_says(&t, 0, 202, PENDING);
    while (submission != A0_SUBMIT_ACCEPTED) {
        ck_assert_int_lt(++nth, 500);
        a0_test_fail_nth_alloc(nth);
        submission = a0_job_submit(client, &import, 5000, &job, &err);
        a0_test_fail_nth_alloc(0);
        ck_assert(submission == A0_SUBMIT_ACCEPTED || submission == A0_SUBMIT_NOT_SENT ||
                  submission == A0_SUBMIT_LOST);
    }
    ck_assert_int_gt(nth, 5);
    end();
}
END_TEST

UNIT_MAIN("jobs", a_submission_is_a_multipart_body_of_exactly_the_size_foretold,
          a_body_filled_to_the_last_byte_of_the_limit_arrives_whole,
          every_answer_to_a_submission_is_one_of_eight_and_none_is_sent_again,
          a_lost_submission_and_one_that_never_left_are_told_apart,
          silence_and_half_an_answer_lose_a_submission_at_the_deadline,
          full_slots_do_not_close_the_rate_limit_and_a_rate_limit_does,
          a_refusal_comes_with_the_tenants_words_made_harmless,
          ids_that_could_break_the_request_are_not_sent, a_job_tells_its_status_and_its_numbers,
          a_summary_that_cannot_be_is_none, a_job_that_is_gone_or_another_or_no_import_is_not_ours,
          asking_for_a_job_is_repeated_through_transient_failures,
          refused_users_are_told_row_by_row, no_report_a_failed_job_and_a_lost_one_are_told_apart,
          half_a_report_is_no_report, a_report_on_every_user_of_a_full_file_is_read,
          a_wait_is_told_and_can_be_ended, a_submission_survives_every_failed_allocation)
