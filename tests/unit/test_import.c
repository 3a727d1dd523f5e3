/* The import, as a machine: batches fly through a tenant that loses answers, throttles, fails jobs,
 * forgets them and refuses rows, at random but by seed. Whatever it does: nobody is linked whom the
 * tenant does not have, nobody is lost, at most two jobs are live, and the run ends. */
#include <stdio.h>
#include <string.h>

#include "import_world.h"

/* What became of the users is what should have become of them. */
static void check_ends(unsigned seed)
{
    for (size_t i = 0; i < USERS; i++) {
        const user *u = &world.users[i];
        bool linked = u->end == LINKED;
        if (u->end == NOTHING)
            ck_abort_msg("seed %u: user %zu has no end", seed, i);
        if (linked != u->at_tenant)
            ck_abort_msg("seed %u: user %zu is linked: %d", seed, i, linked);
        if (linked)
            continue;
        ALWAYS(u->reason != AUTH0DB_HOLDOUT_NONE);
        if (u->is == FOREIGN && !world.reports_down)
            ALWAYS(u->reason == AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT);
        if (u->is == INVALID && !world.reports_down && !world.forgetful && !world.endless)
            ALWAYS(u->reason == AUTH0DB_HOLDOUT_BAD_EMAIL);
        if (u->is == NAME_TAKEN && u->tried > 0 && !world.reports_down && !world.forgetful &&
            !world.endless)
            ALWAYS(u->reason == AUTH0DB_HOLDOUT_USERNAME_TAKEN);
        if (u->is == PLAIN)
            ck_abort_msg("seed %u: user %zu, with whom nothing is wrong, is held: %s", seed, i,
                         auth0db_holdout_name(u->reason));
    }
}

START_TEST(every_user_ends_linked_or_held_whatever_the_tenant_does)
{
    int ended = 0, most = 0;
    for (unsigned seed = 1; seed <= WALKS; seed++) {
        int steps = walk(seed);
        most = steps > most ? steps : most;
        if (!stopped)
            check_ends(seed);
        ended += !stopped;
        end_walk();
    }
    printf("%d runs, %d to the end, at most %d steps\n", WALKS, ended, most);
    ck_assert_int_gt(ended, WALKS / 2);
}
END_TEST

START_TEST(an_interrupted_run_frees_what_was_not_sent_and_leaves_live_jobs_on_record)
{
    int left = 0;
    for (unsigned seed = 1; seed <= 500; seed++) {
        make_world(seed);
        memset(&scheduler, 0, sizeof scheduler);
        n_again = 0;
        stopped = false;
        for (unsigned i = 0, last = dice(60); i < STEPS_MAX; i++) {
            if (i == last)
                a0_scheduler_drain(&scheduler, world.now);
            a0_next next = a0_scheduler_next(&scheduler, world.now);
            if (next.turn == A0_TURN_END)
                break;
            ALWAYS(!scheduler.draining || next.turn == A0_TURN_JOB); /* it waits for nothing */
            if (next.turn == A0_TURN_FILL)
                buffer();
            else if (next.turn == A0_TURN_JOB) {
                ALWAYS(!scheduler.draining || next.state->due != A0_DUE_SUBMIT);
                fly(next.state);
            } else
                world.now += next.wait_ms;
            let_jobs_run();
            world.now++;
        }
        for (size_t i = 0; i < scheduler.n; i++) {
            ALWAYS(scheduler.jobs[i]->sent);
            left++;
        }
        for (size_t i = 0; i < USERS; i++) { /* who may have been made stays on record */
            const user *u = &world.users[i];
            ALWAYS(!u->at_tenant || u->end == LINKED || u->in_flight || world.forgetful ||
                   world.endless || world.lying || world.reports_down);
        }
        end_walk();
    }
    ck_assert_int_gt(left, 100);
}
END_TEST

/* --- single rules --------------------------------------------------------------------------- */

static a0_job_state one(size_t n)
{
    a0_job_state state;
    ck_assert(a0_job_state_init(&state, n));
    for (size_t i = 0; i < n; i++) {
        char key[24], id[AUTH0DB_ID_SIZE], email[40];
        snprintf(key, sizeof key, "%zu", i);
        snprintf(id, sizeof id, "auth0|%024zu", i);
        snprintf(email, sizeof email, "u%zu@example.org", i);
        ck_assert(a0_job_state_set_row(
            &state, i, &(a0_batch_row){.key = key, .auth0_id = id, .email = email}));
    }
    return state;
}

static const a0_job accepted_job = {.id = "job_1", .percentage = -1};

START_TEST(a_clean_job_links_everybody_without_another_request)
{
    a0_job_state state = one(3);
    a0_job done = {.id = "job_1", .status = A0_JOB_COMPLETED, .has_summary = true, .inserted = 3};
    a0_job_state_submitted(&state, A0_SUBMIT_ACCEPTED, &accepted_job, (a0_when){.now_ms = 5});
    ck_assert(a0_job_state_is_live(&state));
    a0_job_state_polled(&state, AUTH0DB_OUTCOME_OK, &done, (a0_when){.now_ms = 900});
    ck_assert_int_eq(state.due, A0_DUE_SETTLE);
    for (size_t i = 0; i < 3; i++)
        ck_assert(state.rows[i].disposition == A0_ROW_LINK && state.rows[i].made_now);
    a0_job_state_clear(&state);
}
END_TEST

START_TEST(a_summary_that_does_not_account_for_everybody_links_nobody_unseen)
{
    static const a0_job bad[] = {
        {.status = A0_JOB_COMPLETED},
        {.status = A0_JOB_COMPLETED, .inserted = 3},
        {.status = A0_JOB_COMPLETED, .has_summary = true, .inserted = 3, .updated = 1},
        {.status = A0_JOB_COMPLETED, .has_summary = true, .inserted = 2},
        {.status = A0_JOB_COMPLETED, .has_summary = true, .inserted = 4},
        {.status = A0_JOB_COMPLETED, .has_summary = true, .inserted = 2, .updated = 1},
        {.status = A0_JOB_COMPLETED, .has_summary = true, .inserted = 2, .failed = 1},
    };
    for (size_t k = 0; k < A0_COUNT(bad); k++) {
        a0_job_state state = one(3);
        a0_job_report none = {.kind = A0_REPORT_NONE};
        a0_job_state_submitted(&state, A0_SUBMIT_ACCEPTED, &accepted_job, (a0_when){.now_ms = 5});
        a0_job_state_polled(&state, AUTH0DB_OUTCOME_OK, &bad[k], (a0_when){.now_ms = 900});
        ck_assert_int_eq(state.due, A0_DUE_REPORT);
        a0_job_state_reported(&state, AUTH0DB_OUTCOME_OK, &none, (a0_when){.now_ms = 901});
        ck_assert_int_eq(state.due, A0_DUE_LOOK);
        for (size_t i = 0; i < 3; i++)
            ck_assert_int_eq(state.rows[i].disposition, A0_ROW_LOOK);
        a0_job_state_clear(&state);
    }
}
END_TEST

START_TEST(a_job_that_never_ends_is_given_up_after_its_two_hours)
{
    a0_job_state state = one(2);
    uint64_t now = 5;
    int polls = 0;
    a0_job_state_submitted(&state, A0_SUBMIT_ACCEPTED, &accepted_job, (a0_when){.now_ms = now});
    for (; state.due == A0_DUE_POLL; polls++) {
        ck_assert_int_lt(polls, 1000);
        ck_assert_uint_gt(state.due_ms, now);
        ck_assert_uint_le(state.due_ms - now, 17000);
        now = state.due_ms;
        a0_job_state_polled(&state, AUTH0DB_OUTCOME_OK, &accepted_job, (a0_when){.now_ms = now});
    }
    ck_assert_uint_gt(now, 2 * 3600 * 1000);
    ck_assert_int_eq(state.due, A0_DUE_HINT);
    a0_job_state_clear(&state);
}
END_TEST

START_TEST(a_rate_limit_is_waited_out_and_full_slots_are_no_trouble)
{
    a0_job_state state = one(1);
    uint64_t now = 5;
    a0_job_state_submitted(&state, A0_SUBMIT_THROTTLED, NULL,
                           (a0_when){.now_ms = now, .pause_ms = 60000});
    ck_assert_uint_ge(state.due_ms, 60005);
    for (int i = 0; i < 2000; i++) { /* hours of somebody else's jobs */
        now = state.due_ms;
        ck_assert_int_eq(
            a0_job_state_submitted(&state, A0_SUBMIT_SLOTS_FULL, NULL, (a0_when){.now_ms = now}),
            A0_GO_ON);
        ck_assert_uint_le(state.due_ms - now, 17000);
    }
    ck_assert(!state.sent);
    a0_job_state_clear(&state);
}
END_TEST

START_TEST(an_outage_ends_the_run_after_a_quarter_of_an_hour_with_everything_on_record)
{
    a0_job_state state = one(1);
    uint64_t now = 5;
    a0_job_state_submitted(&state, A0_SUBMIT_ACCEPTED, &accepted_job, (a0_when){.now_ms = now});
    do {
        now = state.due_ms;
    } while (a0_job_state_polled(&state, AUTH0DB_OUTCOME_UNAVAILABLE, NULL,
                                 (a0_when){.now_ms = now}) == A0_GO_ON);
    ck_assert_uint_ge(now, A0_JOB_TROUBLE_MS);
    ck_assert_uint_lt(now, 2 * A0_JOB_TROUBLE_MS);
    ck_assert(a0_job_state_is_live(&state));
    a0_job_state_clear(&state);
}
END_TEST

START_TEST(what_was_made_earlier_is_linked_with_the_mark_that_the_tenant_has)
{
    a0_job_state state = one(1);
    a0_row_cause cause = {.code = "NOT_PASSED",
                          .message = "A custom_password_hash was provided, but the user already "
                                     "has password hash defined"};
    a0_job done = {.status = A0_JOB_COMPLETED, .has_summary = true, .failed = 1};
    a0_job_report rows = {.kind = A0_REPORT_ROWS, .rows = 1};
    auth0db_tenant_user there = {.email = "U0@Example.org", .last_password_reset = "2026-01-01"};
    memcpy(there.user_id, state.rows[0].auth0_id, AUTH0DB_ID_SIZE);
    a0_job_state_submitted(&state, A0_SUBMIT_ACCEPTED, &accepted_job, (a0_when){.now_ms = 5});
    a0_job_state_polled(&state, AUTH0DB_OUTCOME_OK, &done, (a0_when){.now_ms = 6});
    a0_job_state_row_refused(&state, &(a0_row_error){.user_id = state.rows[0].auth0_id + 6,
                                                     .email = "",
                                                     .username = "",
                                                     .n = 1,
                                                     .causes = &cause});
    a0_job_state_reported(&state, AUTH0DB_OUTCOME_OK, &rows, (a0_when){.now_ms = 7});
    ck_assert_int_eq(state.due, A0_DUE_LOOK);
    a0_job_state_looked(&state, AUTH0DB_OUTCOME_OK, &there, (a0_when){.now_ms = 8});
    ck_assert_int_eq(state.due, A0_DUE_SETTLE);
    ck_assert(state.rows[0].disposition == A0_ROW_LINK && !state.rows[0].made_now);
    ck_assert_str_eq(state.rows[0].text, "2026-01-01");
    a0_job_state_clear(&state);
}
END_TEST

START_TEST(a_job_that_somebody_typed_links_nobody_by_itself)
{
    a0_job_state state = one(3);
    a0_job done = {.status = A0_JOB_COMPLETED, .has_summary = true, .inserted = 3};
    a0_job_report none = {.kind = A0_REPORT_NONE};
    state.by_hand = true;
    a0_job_state_resume_job(&state, "job_typed", 0, 5);
    a0_job_state_polled(&state, AUTH0DB_OUTCOME_OK, &done, (a0_when){.now_ms = 6});
    a0_job_state_reported(&state, AUTH0DB_OUTCOME_OK, &none, (a0_when){.now_ms = 7});
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(state.rows[i].disposition, A0_ROW_LOOK);
    a0_job_state_clear(&state);
}
END_TEST

static void fail_alone(a0_scheduler *some, a0_job_state *state)
{
    a0_job failed = {.status = A0_JOB_FAILED};
    a0_job_report none = {.kind = A0_REPORT_NONE};
    a0_when now = {.now_ms = 10};
    a0_scheduler_submitted(some, state, A0_SUBMIT_ACCEPTED, &accepted_job, now);
    a0_scheduler_polled(some, state, AUTH0DB_OUTCOME_OK, &failed, now);
    a0_job_state_reported(state, AUTH0DB_OUTCOME_OK, &none, now);
    ck_assert_int_eq(state->due, A0_DUE_LOOK);
    a0_job_state_looked(state, AUTH0DB_OUTCOME_NOT_FOUND, NULL, now);
}

START_TEST(a_row_is_to_blame_for_a_job_only_if_others_complete)
{
    a0_scheduler some = {0};
    a0_job_state first = one(1), second = one(1);
    a0_job done = {.status = A0_JOB_COMPLETED, .has_summary = true, .inserted = 1};
    fail_alone(&some, &first);
    ck_assert_int_eq(first.rows[0].disposition, A0_ROW_AGAIN);
    a0_job_state_clear(&first);
    first = one(1);
    a0_scheduler_submitted(&some, &first, A0_SUBMIT_ACCEPTED, &accepted_job,
                           (a0_when){.now_ms = 20});
    a0_scheduler_polled(&some, &first, AUTH0DB_OUTCOME_OK, &done, (a0_when){.now_ms = 30});
    fail_alone(&some, &second);
    ck_assert_int_eq(second.rows[0].disposition, A0_ROW_HOLD);
    a0_job_state_clear(&first);
    a0_job_state_clear(&second);
}
END_TEST

START_TEST(a_request_that_is_refused_before_anything_was_taken_is_no_rows_fault)
{
    a0_scheduler some = {0};
    a0_job_state state = one(2);
    ck_assert_int_eq(a0_scheduler_submitted(&some, &state, A0_SUBMIT_REFUSED, NULL, (a0_when){0}),
                     A0_STOP);
    ck_assert(state.rows[0].disposition == A0_ROW_OPEN && !state.sent);
    some.ever_accepted = true;
    ck_assert_int_eq(a0_scheduler_submitted(&some, &state, A0_SUBMIT_REFUSED, NULL, (a0_when){0}),
                     A0_GO_ON);
    ck_assert(state.split && state.rows[0].disposition == A0_ROW_AGAIN);
    a0_job_state_clear(&state);
}
END_TEST

START_TEST(somebody_elses_id_or_email_is_not_ours)
{
    static const char *const emails[] = {"u0@example.org", "other@example.org"};
    static const char *const ids[] = {"auth0|000000000000000000000000", "auth0|someone"};
    for (int email = 0; email < 2; email++) {
        for (int id = 0; id < 2; id++) {
            a0_job_state state = one(1);
            auth0db_tenant_user there = {0};
            snprintf(there.email, sizeof there.email, "%s", emails[email]);
            snprintf(there.user_id, sizeof there.user_id, "%s", ids[id]);
            a0_job_state_look_up_all(&state, 5);
            a0_job_state_looked(&state, AUTH0DB_OUTCOME_OK, &there, (a0_when){.now_ms = 6});
            ck_assert_int_eq(state.rows[0].disposition,
                             email + id == 0 ? A0_ROW_LINK : A0_ROW_HOLD);
            a0_job_state_clear(&state);
        }
    }
}
END_TEST

/* One row of a job that has ended, refused so; the state is at its first look. */
static a0_job_state refused(const a0_row_cause *cause, const char *username)
{
    a0_job_state state = one(1);
    a0_job done = {.status = A0_JOB_COMPLETED, .has_summary = true, .failed = 1};
    a0_job_report rows = {.kind = A0_REPORT_ROWS, .rows = 1};
    a0_job_state_submitted(&state, A0_SUBMIT_ACCEPTED, &accepted_job, (a0_when){.now_ms = 5});
    a0_job_state_polled(&state, AUTH0DB_OUTCOME_OK, &done, (a0_when){.now_ms = 6});
    a0_job_state_row_refused(&state, &(a0_row_error){.user_id = state.rows[0].auth0_id + 6,
                                                     .email = "",
                                                     .username = username,
                                                     .n = 1,
                                                     .causes = cause});
    a0_job_state_reported(&state, AUTH0DB_OUTCOME_OK, &rows, (a0_when){.now_ms = 7});
    return state;
}

START_TEST(a_code_of_tomorrow_costs_one_look_and_no_second_submission)
{
    a0_row_cause cause = {.code = "OF_TOMORROW", .message = "Something new"};
    a0_job_state state = refused(&cause, "ann");
    ck_assert_int_eq(state.due, A0_DUE_LOOK);
    a0_job_state_looked(&state, AUTH0DB_OUTCOME_NOT_FOUND, NULL, (a0_when){.now_ms = 8});
    ck_assert_int_eq(state.due, A0_DUE_SETTLE);
    ck_assert_int_eq(state.rows[0].disposition, A0_ROW_HOLD);
    ck_assert_int_eq(state.rows[0].reason, AUTH0DB_HOLDOUT_TENANT_REFUSED);
    ck_assert_str_eq(state.rows[0].text, "OF_TOMORROW: Something new");
    a0_job_state_clear(&state);
}
END_TEST

START_TEST(a_code_of_tomorrow_for_a_user_who_is_there_links_her)
{
    a0_row_cause cause = {.code = "OF_TOMORROW"};
    a0_job_state state = refused(&cause, "");
    auth0db_tenant_user there = {.email = "u0@example.org"};
    memcpy(there.user_id, state.rows[0].auth0_id, AUTH0DB_ID_SIZE);
    a0_job_state_looked(&state, AUTH0DB_OUTCOME_OK, &there, (a0_when){.now_ms = 8});
    ck_assert_int_eq(state.rows[0].disposition, A0_ROW_LINK);
    a0_job_state_clear(&state);
}
END_TEST

/* Words or none, its looks tell who is in the way: one look each, by id, e-mail and user name. */
START_TEST(a_taken_user_name_is_told_from_a_half_created_user)
{
    static const char *const words[] = {exists, "", "Error inserting user to db"};
    for (size_t i = 0; i < 3 * A0_COUNT(words); i++) {
        a0_row_cause cause = {.code = "DUPLICATED_USER"};
        a0_when now = {.now_ms = 8};
        bool email = i % 3 == 0, name = i % 3 == 1;
        memcpy(cause.message, words[i / 3], strlen(words[i / 3]) + 1);
        a0_job_state state = refused(&cause, "ann");
        state.attempt = 2;
        a0_job_state_looked(&state, AUTH0DB_OUTCOME_NOT_FOUND, NULL, now);
        ck_assert_int_eq(state.rows[0].disposition, A0_ROW_LOOK_EMAIL);
        a0_job_state_looked_email(&state, AUTH0DB_OUTCOME_OK, email, now);
        if (!email) {
            ck_assert_int_eq(state.rows[0].disposition, A0_ROW_LOOK_NAME);
            ck_assert_int_eq(state.due, A0_DUE_LOOK);
            a0_job_state_looked_name(&state, AUTH0DB_OUTCOME_OK, name, now);
        }
        ck_assert_int_eq(state.rows[0].disposition, A0_ROW_HOLD);
        ck_assert_int_eq(state.rows[0].reason, email  ? AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT
                                               : name ? AUTH0DB_HOLDOUT_USERNAME_TAKEN
                                                      : AUTH0DB_HOLDOUT_HALF_CREATED);
        a0_job_state_clear(&state);
    }
}
END_TEST

START_TEST(a_search_that_cannot_be_had_is_waited_for_and_names_nobody)
{
    a0_row_cause cause = {.code = "DUPLICATED_USER"};
    a0_when now = {.now_ms = 8};
    a0_job_state state = refused(&cause, "ann");
    a0_job_state_looked(&state, AUTH0DB_OUTCOME_NOT_FOUND, NULL, now);
    a0_job_state_looked_email(&state, AUTH0DB_OUTCOME_OK, false, now);
    ck_assert_int_eq(a0_job_state_looked_name(&state, AUTH0DB_OUTCOME_THROTTLED, false, now),
                     A0_GO_ON);
    ck_assert_int_eq(state.rows[0].disposition, A0_ROW_LOOK_NAME);
    a0_job_state_looked_name(&state, AUTH0DB_OUTCOME_INVALID_USER, true, now);
    ck_assert_int_eq(state.rows[0].disposition, A0_ROW_AGAIN);
    a0_job_state_clear(&state);
}
END_TEST

START_TEST(who_is_twice_in_a_file_is_not_sent_again)
{
    a0_row_cause cause = {.code = "DUPLICATED_USER",
                          .message = "A user with this email was already provided."};
    a0_job_state state = refused(&cause, "ann");
    a0_job_state_looked(&state, AUTH0DB_OUTCOME_NOT_FOUND, NULL, (a0_when){.now_ms = 8});
    ck_assert_int_eq(state.rows[0].disposition, A0_ROW_HOLD);
    ck_assert_int_eq(state.rows[0].reason, AUTH0DB_HOLDOUT_DUPLICATE_EMAIL);
    a0_job_state_clear(&state);
}
END_TEST

START_TEST(every_code_has_its_reason)
{
    static const struct {
        const char *code, *path, *message;
        a0_row_cause_class cause;
        auth0db_holdout reason;
    } rows[] = {
        {"FORMAT", "email", "", A0_CAUSE_INVALID, AUTH0DB_HOLDOUT_BAD_EMAIL},
        {"PATTERN", "/username", "", A0_CAUSE_INVALID, AUTH0DB_HOLDOUT_BAD_USERNAME},
        {"MAX_LENGTH", "given_name", "", A0_CAUSE_INVALID, AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"PATTERN", "custom_password_hash.hash.value", "", A0_CAUSE_INVALID,
         AUTH0DB_HOLDOUT_BAD_HASH},
        {"FORMAT", "mfa_factors[0].email.value", "", A0_CAUSE_INVALID,
         AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"ENUM_MISMATCH", "", "", A0_CAUSE_INVALID, AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"CONFLICT", "", "", A0_CAUSE_TAKEN, AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"CONFLICT_EMAIL", "", "", A0_CAUSE_EMAIL_TAKEN, AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"CONFLICT_USERNAME", "", "", A0_CAUSE_NAME_TAKEN, AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"DUPLICATED_USER", "", "", A0_CAUSE_HALF_CREATED, AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"MFA_FACTORS_FAILED", "", "", A0_CAUSE_MFA, AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"CONNECTION_NOT_FOUND", "", "", A0_CAUSE_OPERATOR, AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"OF_TOMORROW", "email", "", A0_CAUSE_UNKNOWN, AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"DUPLICATED_USER", "", "The user already exist and upsert parameter is false",
         A0_CAUSE_TAKEN, AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"DUPLICATED_USER", "", "A user with this email was already provided.", A0_CAUSE_TWICE,
         AUTH0DB_HOLDOUT_DUPLICATE_EMAIL},
        {"DUPLICATED_USER", "", "A user with this username was already provided.", A0_CAUSE_TWICE,
         AUTH0DB_HOLDOUT_USERNAME_TAKEN},
        {"DUPLICATED_USER", "", "A user with this user_id was already provided.", A0_CAUSE_TWICE,
         AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"USER_EXISTS_OF_TOMORROW", "", "The specified user already exists", A0_CAUSE_TAKEN,
         AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"PATTERN", "username", "\"already exist\" does not match", A0_CAUSE_INVALID,
         AUTH0DB_HOLDOUT_BAD_USERNAME}, /* somebody's own words decide nothing */
        {"INVALID_FORMAT", "identities[0].profileData.email",
         "Error in identities[0].profileData.email property - Object didn't pass validation for "
         "format email: x",
         A0_CAUSE_INVALID, AUTH0DB_HOLDOUT_BAD_EMAIL},
        {"INVALID_FORMAT", "", "Error in identities[0].profileData.email property - Object ...",
         A0_CAUSE_INVALID, AUTH0DB_HOLDOUT_BAD_EMAIL},
        {"MAX_LENGTH", "identities[0].profileData.username", "", A0_CAUSE_INVALID,
         AUTH0DB_HOLDOUT_BAD_USERNAME},
        {"OBJECT_MISSING_REQUIRED_PROPERTY", "identities[0].profileData",
         "Missing required property: username", A0_CAUSE_INVALID, AUTH0DB_HOLDOUT_BAD_USERNAME},
        {"INVALID_FORMAT", "user_metadata.email", "", A0_CAUSE_INVALID,
         AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"INVALID_TYPE", "email_verified", "", A0_CAUSE_INVALID, AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"ENUM_CASE_MISMATCH", "#/users/3/custom_password_hash/algorithm", "", A0_CAUSE_INVALID,
         AUTH0DB_HOLDOUT_BAD_HASH},
        {"PROFILE_SIZE_EXCEEDED", "", "", A0_CAUSE_INVALID, AUTH0DB_HOLDOUT_TOO_LARGE},
        {"", "", "", A0_CAUSE_UNKNOWN, AUTH0DB_HOLDOUT_TENANT_REFUSED},
        {"NOT_PASSED", "", "the user already has password hash defined", A0_CAUSE_TAKEN,
         AUTH0DB_HOLDOUT_TENANT_REFUSED},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        a0_row_cause cause;
        a0_row_judgement judged;
        snprintf(cause.code, sizeof cause.code, "%s", rows[i].code);
        snprintf(cause.path, sizeof cause.path, "%s", rows[i].path);
        snprintf(cause.message, sizeof cause.message, "%s", rows[i].message);
        a0_row_judge(&(a0_row_error){.n = 1, .causes = &cause}, &judged);
        ck_assert_msg(judged.cause == rows[i].cause && judged.reason == rows[i].reason, "%s %s",
                      rows[i].code, rows[i].path);
        ck_assert(*judged.detail != '\0');
    }
}
END_TEST

START_TEST(the_tenants_words_stay_text_in_any_language)
{
    a0_row_cause cause = {.code = "SOMETHING_NEW"};
    a0_row_judgement judged;
    for (size_t at = 0; at < 3; at++) { /* wherever a cut would fall */
        memset(cause.message, 'x', at);
        memset(cause.path, 'x', at);
        for (size_t i = at; i + 3 < sizeof cause.message; i += 3)
            memcpy(cause.message + i, "\xe2\x82\xac", 4);
        for (size_t i = at; i + 3 < sizeof cause.path; i += 3)
            memcpy(cause.path + i, "\xe2\x82\xac", 4);
        a0_row_judge(&(a0_row_error){.n = 1, .causes = &cause}, &judged);
        ck_assert(a0_utf8_valid(judged.detail, strlen(judged.detail)));
        ck_assert_ptr_nonnull(strstr(judged.detail, cause.message));
    }
}
END_TEST

START_TEST(of_several_causes_who_exists_decides)
{
    a0_row_cause causes[] = {{.code = "FORMAT", .path = "email"},
                             {.code = "CONFLICT_EMAIL"},
                             {.code = "MFA_FACTORS_FAILED"}};
    a0_row_judgement judged;
    a0_row_judge(&(a0_row_error){.n = 3, .causes = causes}, &judged);
    ck_assert_int_eq(judged.cause, A0_CAUSE_EMAIL_TAKEN);
    a0_row_judge(&(a0_row_error){.n = 0, .causes = causes}, &judged);
    ck_assert_int_eq(judged.cause, A0_CAUSE_UNKNOWN);
}
END_TEST

UNIT_MAIN("import", every_user_ends_linked_or_held_whatever_the_tenant_does,
          an_interrupted_run_frees_what_was_not_sent_and_leaves_live_jobs_on_record,
          a_clean_job_links_everybody_without_another_request,
          a_summary_that_does_not_account_for_everybody_links_nobody_unseen,
          a_job_that_never_ends_is_given_up_after_its_two_hours,
          a_rate_limit_is_waited_out_and_full_slots_are_no_trouble,
          an_outage_ends_the_run_after_a_quarter_of_an_hour_with_everything_on_record,
          a_job_that_somebody_typed_links_nobody_by_itself,
          a_row_is_to_blame_for_a_job_only_if_others_complete,
          a_request_that_is_refused_before_anything_was_taken_is_no_rows_fault,
          somebody_elses_id_or_email_is_not_ours,
          what_was_made_earlier_is_linked_with_the_mark_that_the_tenant_has,
          a_code_of_tomorrow_costs_one_look_and_no_second_submission,
          a_code_of_tomorrow_for_a_user_who_is_there_links_her,
          a_taken_user_name_is_told_from_a_half_created_user,
          a_search_that_cannot_be_had_is_waited_for_and_names_nobody,
          who_is_twice_in_a_file_is_not_sent_again, every_code_has_its_reason,
          the_tenants_words_stay_text_in_any_language, of_several_causes_who_exists_decides)
