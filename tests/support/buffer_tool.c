/* buffer_tool DATABASE_URL ROOM [username]: every batch that an import of the site would send, a
 * JSON array a line, then the plan's report. For judges of what we send. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bulk/ahead.h"
#include "bulk/batch/buffer.h"
#include "bulk/report/survey.h"

static int fail(const auth0db_error *err)
{
    fprintf(stderr, "buffer_tool: %s: %s\n", err->where, err->message);
    return EXIT_FAILURE;
}

static void print_batch(a0_batch_buffer *buffer)
{
    a0_slice json = a0_batch_buffer_json(buffer);
    if (a0_batch_buffer_users(buffer) > 0)
        printf("%.*s\n", (int)json.len, (const char *)json.data);
    a0_batch_buffer_clear(buffer);
}

static int print_batches(auth0db_bulk *bulk, const a0_decision *decision, size_t room,
                         auth0db_error *err)
{
    const a0_scan_options options = {.since_login = A0_NO_TIME};
    a0_batch_buffer *buffer = a0_batch_buffer_new("site", &decision->rules, room);
    a0_ahead *users = NULL;
    const a0_record *record;
    a0_assessment assessment;
    int rc = buffer != NULL ? a0_ahead_begin(&users, bulk->store, &options, err)
                            : a0_error_no_memory(err);
    while (rc == AUTH0DB_OK && (rc = a0_ahead_next(users, &record, err)) == AUTH0DB_OK &&
           record != NULL) {
        a0_decision_assess(decision, record, &assessment);
        if (assessment.disposition != A0_MOVES)
            continue;
        a0_buffer_answer answer = a0_batch_buffer_add(buffer, record, &assessment);
        if (answer == A0_BUFFER_FULL) {
            print_batch(buffer);
            answer = a0_batch_buffer_add(buffer, record, &assessment);
        }
        if (answer == A0_BUFFER_NO_MEMORY)
            rc = a0_error_no_memory(err);
    }
    if (rc == AUTH0DB_OK)
        print_batch(buffer);
    a0_ahead_end(users);
    a0_batch_buffer_free(buffer);
    return rc;
}

static int print_report(auth0db_bulk *bulk, a0_decision *decision, size_t room, auth0db_error *err)
{
    static a0_survey survey;
    json_t *report = json_pack("{}");
    a0_buf line = {0};
    int rc = a0_survey_run(&survey, bulk, decision, room, NULL, NULL, err);
    if (rc == AUTH0DB_OK &&
        (json_object_set_new(report, "jobs", json_integer((json_int_t)survey.jobs)) != 0 ||
         json_object_set_new(report, "bytes", json_integer((json_int_t)survey.job_bytes)) != 0 ||
         !a0_survey_emit(&survey, decision, report) || a0_json_write(&line, report) != AUTH0DB_OK))
        rc = a0_error_no_memory(err);
    if (rc == AUTH0DB_OK)
        puts(a0_buf_text(&line));
    json_decref(report);
    a0_buf_clear(&line);
    return rc;
}

int main(int argc, char **argv)
{
    auth0db_error err = {0};
    auth0db_bulk *bulk;
    a0_decision decision;
    const a0_selection all = {
        .with_inactive = true, .since_login = A0_NO_TIME, .limit = UINT64_MAX};
    const a0_assess_rules rules = {.require_username = argc > 3};
    const auth0db_bulk_options options = {.size = sizeof options,
                                          .database_url = argc > 1 ? argv[1] : ""};
    const size_t room = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    if (auth0db_bulk_open(&bulk, &options, &err) != AUTH0DB_OK)
        return fail(&err);
    int rc = a0_decide(&decision, bulk, &all, &rules, &err);
    if (rc == AUTH0DB_OK)
        rc = print_batches(bulk, &decision, room, &err);
    if (rc == AUTH0DB_OK)
        rc = print_report(bulk, &decision, room, &err);
    a0_decision_clear(&decision);
    auth0db_bulk_close(bulk);
    return rc == AUTH0DB_OK ? EXIT_SUCCESS : fail(&err);
}
