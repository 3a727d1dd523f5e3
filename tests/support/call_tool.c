/* The calls that only a migration makes, for tests that speak another language.
 *
 *   call_tool DOMAIN
 *
 * Each line of standard input names a call; the answer is a line of JSON: "outcome", and in "told"
 * all that the call has told of the tenant's answer. "fresh" before it: by a new client, which
 * remembers nothing. Pauses between repeated reads are short. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth0/calls.h"
#include "auth0/client_int.h"
#include "auth0/jobs.h"

enum { DEADLINE_MS = 4000, LINE_MAX_LEN = 64 };
#define USER "auth0|abcdefgh12345678"
#define JOB "abcdefgh12345678"

typedef auth0db_outcome (*call_fn)(auth0db_client *client, json_t **told, auth0db_error *err);

static void add_log_entry(void *list, const a0_log_entry *entry)
{
    json_array_append_new(list,
                          json_pack("{s:s, s:s, s:s, s:s}", "log_id", entry->log_id, "type",
                                    entry->type, "user_id", entry->user_id, "date", entry->date));
}

static auth0db_outcome read_logs(auth0db_client *client, const a0_log_query *query, json_t **told,
                                 auth0db_error *err)
{
    size_t n;
    *told = json_array();
    return a0_logs(client, query, DEADLINE_MS, add_log_entry, *told, &n, err);
}

static auth0db_outcome logs_after(auth0db_client *client, json_t **told, auth0db_error *err)
{
    return read_logs(client, &(a0_log_query){.after = "90020200101", .take = 100}, told, err);
}

static auth0db_outcome logs_found(auth0db_client *client, json_t **told, auth0db_error *err)
{
    return read_logs(client, &(a0_log_query){.q = "type:fp", .take = 100}, told, err);
}

static auth0db_outcome job_get(auth0db_client *client, json_t **told, auth0db_error *err)
{
    static const char *const words[] = {"running", "completed", "failed"};
    a0_job job;
    auth0db_outcome outcome = a0_job_get(client, JOB, DEADLINE_MS, &job, err);
    *told = json_pack("{s:s, s:b, s:[i, i, i, i]}", "status", words[job.status], "has_summary",
                      job.has_summary, "numbers", job.inserted, job.updated, job.failed, job.total);
    return outcome;
}

static bool add_row(void *list, const a0_row_error *row)
{
    json_t *codes = json_array();
    for (size_t i = 0; i < row->n && i < A0_ROW_CAUSES_MAX; i++)
        json_array_append_new(codes, json_string(row->causes[i].code));
    json_array_append_new(list, json_pack("{s:s, s:o}", "email", row->email, "codes", codes));
    return true;
}

static auth0db_outcome job_errors(auth0db_client *client, json_t **told, auth0db_error *err)
{
    a0_job_report report;
    *told = json_array();
    return a0_job_errors(client, JOB, DEADLINE_MS, add_row, *told, &report, err);
}

static auth0db_outcome job_submit(auth0db_client *client, json_t **told, auth0db_error *err)
{
    static const char users[] = "[]";
    const a0_import import = {"con_0000000000000001", "batch-1", users, sizeof users - 1};
    a0_job job;
    a0_submission became = a0_job_submit(client, &import, DEADLINE_MS, &job, err);
    *told = json_pack("{s:s, s:s}", "submission", a0_submission_name(became), "id", job.id);
    return became == A0_SUBMIT_ACCEPTED ? AUTH0DB_OUTCOME_OK : AUTH0DB_OUTCOME_REFUSED;
}

static auth0db_outcome factors(auth0db_client *client, json_t **told, auth0db_error *err)
{
    a0_factor_kinds kinds;
    auth0db_outcome outcome = a0_user_factors(client, USER, DEADLINE_MS, &kinds, err);
    *told = json_pack("{s:b, s:b}", "totp", kinds.totp, "phone", kinds.phone);
    return outcome;
}

static auth0db_outcome factor_add(auth0db_client *client, json_t **told, auth0db_error *err)
{
    return a0_user_factor_add(client, USER, true, "+12345678900", DEADLINE_MS, err);
}

static void add_user(void *list, const auth0db_tenant_user *user)
{
    json_array_append_new(list, json_string(user->user_id));
}

static auth0db_outcome users_by_ids(auth0db_client *client, json_t **told, auth0db_error *err)
{
    static const char *const ids[] = {USER};
    *told = json_array();
    return a0_users_by_ids(client, ids, 1, DEADLINE_MS, add_user, *told, err);
}

static auth0db_outcome username_taken(auth0db_client *client, json_t **told, auth0db_error *err)
{
    bool somebody;
    auth0db_outcome outcome = a0_username_taken(client, "chuck-7", DEADLINE_MS, &somebody, err);
    *told = json_boolean(somebody);
    return outcome;
}

static auth0db_outcome user_delete(auth0db_client *client, json_t **told, auth0db_error *err)
{
    return a0_user_delete(client, USER, DEADLINE_MS, err);
}

static auth0db_outcome reset_link(auth0db_client *client, json_t **told, auth0db_error *err)
{
    a0_buf url = {0};
    auth0db_outcome outcome =
        a0_reset_link(client, &(a0_ticket){.user_id = USER}, DEADLINE_MS, &url, err);
    *told = json_stringn(url.data != NULL ? (const char *)url.data : "", url.len);
    a0_buf_clear(&url);
    return outcome;
}

static const struct {
    const char *name;
    call_fn call;
} calls[] = {
    {"factor_add", factor_add},     {"factors", factors},
    {"job_errors", job_errors},     {"job_get", job_get},
    {"job_submit", job_submit},     {"logs_after", logs_after},
    {"logs_found", logs_found},     {"reset_link", reset_link},
    {"user_delete", user_delete},   {"username_taken", username_taken},
    {"users_by_ids", users_by_ids},
};

/* --- one line ------------------------------------------------------------------------------------
 */

static void short_sleep_ms(void *ctx, unsigned ms)
{
    a0_sleep_ms(&a0_env_system, ms < 2 ? ms : 2);
}

static auth0db_client *client_of(const char *domain)
{
    auth0db_client *client;
    auth0db_error err;
    const auth0db_client_options options = {
        .size = sizeof options,
        .domain = domain,
        .client_id = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        .client_secret = "not-a-secret",
        .connection = "Username-Password-Authentication",
    };
    if (auth0db_client_new(&client, &options, &err) != AUTH0DB_OK) {
        fprintf(stderr, "call_tool: %s\n", err.message);
        exit(2);
    }
    client->env.sleep_ms = short_sleep_ms;
    return client;
}

static bool carry_out(auth0db_client *client, const char *name)
{
    for (size_t i = 0; i < A0_COUNT(calls); i++) {
        if (strcmp(calls[i].name, name) != 0)
            continue;
        auth0db_error err = {0};
        json_t *told = NULL;
        auth0db_outcome outcome = calls[i].call(client, &told, &err);
        json_t *answer =
            json_pack("{s:s, s:o*}", "outcome", auth0db_outcome_name(outcome), "told", told);
        char *line = json_dumps(answer, JSON_COMPACT);
        puts(line != NULL ? line : "{}"); /* what is no Unicode would be missing here */
        fflush(stdout);
        free(line);
        json_decref(answer);
        return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    char line[LINE_MAX_LEN];
    if (argc != 2)
        return 2;
    auth0db_client *client = client_of(argv[1]);
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, "fresh") == 0) {
            auth0db_client_free(client);
            client = client_of(argv[1]);
        } else if (!carry_out(client, line)) {
            fprintf(stderr, "call_tool: no call is named %s\n", line);
            return 2;
        }
    }
    auth0db_client_free(client);
    return 0;
}
