/* The same two readings, of import jobs and of what else only a migration asks of a tenant. */
#include "auth0/calls.h"
#include "auth0/jobs.h"
#include "base/env.h"
#include "base/mem.h"
#include "conformance.h"

static a0_job job;
static unsigned n_jobs;

static a0_submission submit_bytes(const char *users, size_t len)
{
    char external_id[40];
    snprintf(external_id, sizeof external_id, "conformance-%u", ++n_jobs);
    a0_import import = {info->connection_id, external_id, users, len};
    a0_submission submission = a0_job_submit(client, &import, 5000, &job, &err);
    if (submission == A0_SUBMIT_ACCEPTED)
        ck_assert_str_eq(job.external_id, external_id);
    return submission;
}

static a0_submission submit(const char *users)
{
    return submit_bytes(users, strlen(users));
}

static void want_submission(a0_submission got, a0_submission wanted, int line)
{
    ck_assert_msg(got == wanted, "line %d: %s, not %s (%s)", line, a0_submission_name(got),
                  a0_submission_name(wanted), err.message);
}
#define WANT_SUBMISSION(call, word) want_submission(call, A0_SUBMIT_##word, __LINE__)

/* The end of `job`. */
static void wait_for_job(void)
{
    a0_job seen = {.status = A0_JOB_RUNNING};
    for (int i = 0; i < 500 && seen.status == A0_JOB_RUNNING; i++) {
        WANT(a0_job_get(client, job.id, 5000, &seen, &err), OK);
        if (seen.status == A0_JOB_RUNNING)
            a0_sleep_ms(&a0_env_system, 20);
    }
    ck_assert_int_ne(seen.status, A0_JOB_RUNNING);
    job = seen;
}

static char rows[4000];

static bool tell_row(void *ctx, const a0_row_error *row)
{
    size_t at = strlen(rows);
    snprintf(rows + at, sizeof rows - at, "%s %s %s;", row->user_id, row->email,
             row->n > 0 ? row->causes[0].code : "-");
    return true;
}

static a0_job_report report;

static auth0db_outcome read_errors(void)
{
    rows[0] = '\0';
    return a0_job_errors(client, job.id, 5000, tell_row, NULL, &report, &err);
}

#define ID_1 "000000000000000000000001"
#define ID_2 "000000000000000000000002"
#define ID_3 "000000000000000000000003"

/* with the hash of PASSWORD that a foreign site might have stored */
#define HASHED(id, email)                                                                          \
    "{\"user_id\":\"" id "\",\"email\":\"" email "\",\"email_verified\":true,"                     \
    "\"custom_password_hash\":{\"algorithm\":\"sha1\",\"hash\":{\"value\":"                        \
    "\"0adcb99cf02d0b35c57b62ba9fba3b1bafa6ec26\",\"encoding\":\"hex\"}}}"

START_TEST(users_move_with_their_passwords)
{
    begin(false, false);
    WANT_SUBMISSION(
        submit("[" HASHED(ID_1, "Ann@example.org") "," HASHED(ID_2, "bob@example.org") "]"),
        ACCEPTED);
    wait_for_job();
    ck_assert_int_eq(job.status, A0_JOB_COMPLETED);
    ck_assert(job.has_summary && job.inserted == 2 && job.failed == 0 && job.total == 2);
    WANT(read_errors(), OK);
    ck_assert(report.kind == A0_REPORT_NONE || report.rows == 0);
    WANT(auth0db_client_user_get(client, "auth0|" ID_1, 5000, &user, &err), OK);
    ck_assert(user.logins_count == 0 && user.last_login[0] == '\0' && user.created_at[0] != '\0');
    WANT(grant("ann@example.org", "wrong", NULL), BAD_CREDENTIALS);
    WANT(grant("ann@example.org", PASSWORD, NULL), OK);
    WANT(grant("bob@example.org", PASSWORD, NULL), OK);
    WANT(auth0db_client_user_get(client, "auth0|" ID_1, 5000, &user, &err), OK);
    ck_assert(user.logins_count == 1 && user.last_login[0] != '\0');
    end();
}
END_TEST

START_TEST(users_who_cannot_be_imported_are_named_one_by_one)
{
    begin(false, false);
    WANT(create("auth0|abc", "ann@example.org", PASSWORD, NULL), OK);
    WANT_SUBMISSION(submit("[" HASHED(ID_1, "ann@example.org") "," HASHED(
                        ID_2, "bob@example.org") ",{\"user_id"
                                                 "\":\"" ID_3 "\",\"email\":\"not an address\"}]"),
                    ACCEPTED);
    wait_for_job();
    ck_assert(job.status == A0_JOB_COMPLETED && job.inserted == 1 && job.failed == 2);
    WANT(read_errors(), OK);
    ck_assert_int_eq(report.kind, A0_REPORT_ROWS);
    ck_assert_str_eq(rows, ID_1 " ann@example.org DUPLICATED_USER;" ID_3
                                " not an address INVALID_FORMAT;");
    end();
}
END_TEST

START_TEST(the_same_file_twice_makes_nobody_twice)
{
    begin(false, false);
    for (int i = 0; i < 2; i++) {
        WANT_SUBMISSION(submit("[" HASHED(ID_1, "ann@example.org") "]"), ACCEPTED);
        wait_for_job();
    }
    ck_assert(job.inserted == 0 && job.failed == 1);
    WANT(read_errors(), OK);
    ck_assert_ptr_nonnull(strstr(rows, ID_1 " ann@example.org DUPLICATED_USER;"));
    WANT(grant("ann@example.org", PASSWORD, NULL), OK);
    end();
}
END_TEST

START_TEST(a_third_job_waits_for_a_slot_and_not_for_a_rate_limit)
{
    begin(false, false);
    tell("PATCH", "options", "{\"job_ms\":60000}");
    WANT_SUBMISSION(submit("[]"), ACCEPTED);
    WANT_SUBMISSION(submit("[]"), ACCEPTED);
    a0_job second = job;
    WANT_SUBMISSION(submit("[]"), SLOTS_FULL);
    ck_assert_uint_eq(a0_client_pause_ms(client), 0);
    tell("POST", "clock", "{\"seconds\":61}");
    job = second;
    wait_for_job();
    WANT_SUBMISSION(submit("[]"), ACCEPTED);
    end();
}
END_TEST

START_TEST(a_request_of_the_limits_last_byte_is_taken_and_one_more_is_not)
{
    begin(false, false);
    n_jobs = 0;
    a0_import frame = {info->connection_id, "conformance-1", NULL, 0};
    size_t room = A0_IMPORT_REQUEST_MAX - a0_import_request_size(&frame);
    char *users = a0_alloc(room + 1);
    ck_assert_ptr_nonnull(users);
    memset(users, ' ', room + 1);
    users[0] = '[';
    users[room - 1] = ']';
    WANT_SUBMISSION(submit_bytes(users, room), ACCEPTED);
    WANT_SUBMISSION(submit_bytes(users, room + 1), TOO_LARGE);
    a0_free(users);
    end();
}
END_TEST

START_TEST(files_that_are_none_and_jobs_that_fail_stall_and_vanish)
{
    begin(false, false);
    WANT_SUBMISSION(submit("[{"), ACCEPTED);
    wait_for_job();
    ck_assert_int_eq(job.status, A0_JOB_FAILED);
    WANT(read_errors(), OK);
    ck_assert_int_eq(report.kind, A0_REPORT_WHOLE);
    ck_assert_str_ne(report.details, "");
    tell("POST", "faults", "{\"job\":{\"fail\":true},\"count\":1}");
    WANT_SUBMISSION(submit("[" HASHED(ID_1, "ann@example.org") "]"), ACCEPTED);
    wait_for_job();
    ck_assert_int_eq(job.status, A0_JOB_FAILED);
    WANT(read_errors(), OK);
    ck_assert_int_eq(report.kind, A0_REPORT_NONE);
    tell("POST", "faults", "{\"job\":{\"stall\":true},\"count\":1}");
    WANT_SUBMISSION(submit("[]"), ACCEPTED);
    tell("POST", "clock", "{\"seconds\":7260}");
    wait_for_job();
    ck_assert_int_eq(job.status, A0_JOB_FAILED);
    tell("POST", "faults", "{\"job\":{\"lost\":true},\"count\":1}");
    WANT_SUBMISSION(submit("[]"), ACCEPTED);
    WANT(a0_job_get(client, job.id, 5000, &job, &err), NOT_FOUND);
    WANT_SUBMISSION(submit("[]"), ACCEPTED);
    wait_for_job();
    tell("POST", "clock", "{\"seconds\":90000}");
    WANT(a0_job_get(client, job.id, 5000, &(a0_job){0}, &err), NOT_FOUND);
    WANT(read_errors(), NOT_FOUND);
    end();
}
END_TEST

START_TEST(an_answer_lost_after_the_job_was_taken_is_told_as_lost)
{
    begin(false, false);
    tell("POST", "faults",
         "{\"method\":\"POST\",\"path\":\"/api/v2/jobs/"
         "users-imports\",\"drop\":true,\"execute\":true,\"count\":1}");
    WANT_SUBMISSION(submit("[" HASHED(ID_1, "ann@example.org") "]"), LOST);
    auth0db_outcome outcome = AUTH0DB_OUTCOME_NOT_FOUND;
    for (int i = 0; i < 500 && outcome == AUTH0DB_OUTCOME_NOT_FOUND; i++) {
        outcome = auth0db_client_user_get(client, "auth0|" ID_1, 5000, &user, &err);
        a0_sleep_ms(&a0_env_system, 10);
    }
    WANT(outcome, OK);
    tell("POST", "faults", "{\"path\":\"/api/v2/jobs/*/errors\",\"status\":500,\"count\":2}");
    WANT_SUBMISSION(submit("[" HASHED(ID_1, "ann@example.org") "]"), ACCEPTED);
    wait_for_job();
    WANT(read_errors(), OK); /* asked again */
    ck_assert_uint_eq(report.rows, 1);
    end();
}
END_TEST

START_TEST(a_connection_or_a_scope_that_is_missing_is_said)
{
    begin(false, false);
    a0_import import = {"con_0000000000000000", "x", "[]", 2};
    WANT_SUBMISSION(a0_job_submit(client, &import, 5000, &job, &err), REFUSED);
    ck_assert_ptr_nonnull(strstr(err.message, "onnection"));
    tell("PATCH", "options", "{\"scopes\":[\"read:users\"]}");
    tell("POST", "keys/rotate", "{\"revoke\":true}"); /* a token with the old scopes is no good */
    WANT_SUBMISSION(submit("[]"), MISCONFIGURED);
    end();
}
END_TEST

static void tell_user(void *ctx, const auth0db_tenant_user *found)
{
    size_t at = strlen(rows);
    snprintf(rows + at, sizeof rows - at, "%s;", found->user_id);
}

START_TEST(users_are_searched_for_and_deleted)
{
    static const char *const ids[] = {"auth0|" ID_1, "auth0|" ID_2, "auth0|" ID_3};
    const char *many[A0_USERS_BY_IDS_MAX];
    for (size_t i = 0; i < A0_COUNT(many); i++)
        many[i] = ids[i % 3];
    begin(false, false);
    WANT(create(ids[0], "ann@example.org", PASSWORD, NULL), OK);
    WANT(create(ids[2], "bob@example.org", PASSWORD, NULL), OK);
    rows[0] = '\0';
    WANT(a0_users_by_ids(client, many, A0_COUNT(many), 5000, tell_user, NULL, &err), OK);
    ck_assert_str_eq(rows, "auth0|" ID_1 ";auth0|" ID_3 ";");
    WANT(a0_user_delete(client, ids[0], 5000, &err), OK);
    WANT(a0_user_delete(client, ids[0], 5000, &err), OK);
    WANT(auth0db_client_user_get(client, ids[0], 5000, &user, &err), NOT_FOUND);
    rows[0] = '\0';
    WANT(a0_users_by_ids(client, ids, 3, 5000, tell_user, NULL, &err), OK);
    ck_assert_str_eq(rows, "auth0|" ID_3 ";");
    end();
}
END_TEST

START_TEST(a_reset_mail_goes_out_and_a_reset_link_comes_back)
{
    bool maybe;
    a0_buf url = {0};
    begin(false, false);
    WANT(create("auth0|" ID_1, "ann@example.org", PASSWORD, NULL), OK);
    WANT(a0_reset_mail(client, "Ann@example.org", 5000, &maybe, &err), OK);
    ck_assert_ptr_nonnull(
        strstr(tell("GET", "outbox.json?to=ann@example.org", NULL), "ann@example.org"));
    WANT(a0_reset_mail(client, "nobody@example.org", 5000, &maybe, &err), OK);
    ck_assert_ptr_null(strstr(tell("GET", "outbox.json", NULL), "nobody@example.org"));
    a0_ticket ticket = {.user_id = "auth0|" ID_1, .ttl_s = 600, .mark_verified = true};
    WANT(a0_reset_link(client, &ticket, 5000, &url, &err), OK);
    ck_assert(strncmp(a0_buf_text(&url), info->url, strlen(info->url)) == 0);
    ticket.user_id = "auth0|" ID_2;
    WANT(a0_reset_link(client, &ticket, 5000, &url, &err), NOT_FOUND);
    a0_buf_clear(&url);
    end();
}
END_TEST

static char last_log_id[256];

static void tell_entry(void *ctx, const a0_log_entry *entry)
{
    size_t at = strlen(rows);
    snprintf(rows + at, sizeof rows - at, "%s %s;", entry->type, entry->user_id);
    snprintf(last_log_id, sizeof last_log_id, "%s", entry->log_id);
}

START_TEST(the_log_tells_who_failed_to_log_in)
{
    size_t n = 0;
    begin(false, false);
    WANT(create("auth0|" ID_1, "ann@example.org", PASSWORD, NULL), OK);
    WANT(grant("ann@example.org", "wrong", NULL), BAD_CREDENTIALS);
    a0_log_query query = {.q = "type:fp", .take = 1};
    rows[0] = '\0';
    WANT(a0_logs(client, &query, 5000, tell_entry, NULL, &n, &err), OK);
    ck_assert_str_eq(rows, "fp auth0|" ID_1 ";");
    WANT(grant("ann@example.org", PASSWORD, NULL), OK);
    query = (a0_log_query){.after = last_log_id, .take = 100};
    rows[0] = '\0';
    WANT(a0_logs(client, &query, 5000, tell_entry, NULL, &n, &err), OK);
    ck_assert_uint_ge(n, 1);
    ck_assert_ptr_null(strstr(rows, "fp "));
    ck_assert_ptr_nonnull(strstr(rows, " auth0|" ID_1 ";"));
    end();
}
END_TEST

UNIT_MAIN("bulk conformance", users_move_with_their_passwords,
          users_who_cannot_be_imported_are_named_one_by_one, the_same_file_twice_makes_nobody_twice,
          a_third_job_waits_for_a_slot_and_not_for_a_rate_limit,
          a_request_of_the_limits_last_byte_is_taken_and_one_more_is_not,
          files_that_are_none_and_jobs_that_fail_stall_and_vanish,
          an_answer_lost_after_the_job_was_taken_is_told_as_lost,
          a_connection_or_a_scope_that_is_missing_is_said, users_are_searched_for_and_deleted,
          a_reset_mail_goes_out_and_a_reset_link_comes_back, the_log_tells_who_failed_to_log_in)
