/* Deleting and searching users, reset mails and links, the tenant's log. */
#include <stdlib.h>
#include <string.h>

#include "auth0/client_int.h"
#include "tenant.h"
#include "unit.h"

#define API_ERROR(status, text, code)                                                              \
    "{\"statusCode\":" #status ",\"error\":\"x\",\"message\":\"" text "\",\"errorCode\":\"" code   \
    "\"}"
#define GONE API_ERROR(404, "The user does not exist.", "inexistent_user")

static tenant t;
static auth0db_client *client;
static auth0db_error err;
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

/* One call, in a table of answers. */
typedef auth0db_outcome (*call_fn)(void);

typedef struct answer_row {
    int status;
    const char *body;
    auth0db_outcome want;
} answer_row;

static void check_answers(call_fn call, const answer_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        begin();
        tenant_says(&t, 0, rows[i].status, rows[i].body);
        memset(&err, 0xff, sizeof err);
        auth0db_outcome outcome = call();
        ck_assert_msg(outcome == rows[i].want, "%d %s: %s", rows[i].status, rows[i].body,
                      auth0db_outcome_name(outcome));
        ck_assert((outcome == AUTH0DB_OUTCOME_OK) == (err.code == AUTH0DB_OK));
        end();
    }
}
#define CHECK(call, rows) check_answers(call, rows, sizeof(rows) / sizeof((rows)[0]))
#define O(word) AUTH0DB_OUTCOME_##word

static auth0db_outcome need(const char *token, const char *scopes)
{
    begin();
    t.token = token;
    memset(&err, 0xff, sizeof err);
    auth0db_outcome outcome = a0_client_need_scopes(client, scopes, 5000, &err);
    ck_assert_uint_eq(t.tokens, 1);
    ck_assert_uint_eq(t.others, 0);
    end();
    return outcome;
}

START_TEST(scopes_that_the_token_lacks_are_named_and_where_nobody_tells_them_none_is_missed)
{
    ck_assert_int_eq(need(NULL, "read:users"), O(OK));
    ck_assert_int_eq(need(NULL, "read:users create:users"), O(OK));
    ck_assert_int_eq(need(NULL, ""), O(OK));
    ck_assert_int_eq(err.code, AUTH0DB_OK);
    ck_assert_int_eq(need(NULL, "read:user delete:users create:users update:users"),
                     O(MISCONFIGURED));
    ck_assert_str_eq(err.where, "AUTH0_CLIENT_ID");
    ck_assert(strstr(err.message, "lacks read:user, delete:users, update:users: ") != NULL);
    /* of the token itself, {"scope":"a b"} */
    const char *in_token = "{\"scope\":null,\"access_token\":\"e30.eyJzY29wZSI6ImEgYiJ9.x\"}";
    ck_assert_int_eq(need(in_token, "a b"), O(OK));
    ck_assert_int_eq(need(in_token, "a c"), O(MISCONFIGURED));
    ck_assert(strstr(err.message, "lacks c: ") != NULL);
    ck_assert_int_eq(need("{\"scope\":null}", "a b"), O(OK)); /* an opaque token */
    ck_assert_int_eq(need("{\"scope\":\"\"}", "a b"), O(OK));
    ck_assert_int_eq(need("{\"access_token\":null}", "a b"), O(UNAVAILABLE));
}
END_TEST

static auth0db_outcome delete_ann(void)
{
    return a0_user_delete(client, "auth0|ann", 5000, &err);
}

START_TEST(a_user_is_deleted_once_also_where_there_is_none)
{
    static const answer_row rows[] = {
        {204, "", O(OK)},
        {200, "{}", O(OK)},
        {404, GONE, O(OK)},
        {404, "{\"statusCode\":404,\"error\":\"Not Found\"}", O(MISCONFIGURED)},
        {404, "<html>", O(UNAVAILABLE)},
        {403, API_ERROR(403, "x", "insufficient_scope"), O(MISCONFIGURED)},
        {429, API_ERROR(429, "x", "too_many_requests"), O(THROTTLED)},
        {400, API_ERROR(400, "x", "invalid_uri"), O(INVALID_USER)},
        {502, "oops", O(UNAVAILABLE)},
    };
    CHECK(delete_ann, rows);
    begin();
    tenant_says(&t, 0, 502, "oops");
    ck_assert_int_eq(delete_ann(), O(UNAVAILABLE));
    ck_assert_uint_eq(t.others, 1);
    const script_request *sent = script_request_at(t.server, 2);
    ck_assert_str_eq(sent->method, "DELETE");
    ck_assert_str_eq(sent->path, "/api/v2/users/auth0%7Cann");
    ck_assert_uint_eq(sent->body_len, 0);
    ck_assert_int_eq(a0_user_delete(client, "google-oauth2|1", 5000, &err), O(INVALID_USER));
    ck_assert_int_eq(a0_user_delete(client, "auth0|", 5000, &err), O(INVALID_USER));
    ck_assert_int_eq(a0_user_delete(client, NULL, 5000, &err), O(INVALID_USER));
    ck_assert_uint_eq(t.others, 1);
    end();
}
END_TEST

static char told[2000];

static void tell_user(void *ctx, const auth0db_tenant_user *user)
{
    size_t at = strlen(told);
    snprintf(told + at, sizeof told - at, "%s %s %ld %s;", user->user_id, user->created_at,
             user->logins_count, user->last_login);
}

static auth0db_outcome ann_and_bob(void)
{
    const char *const ids[] = {"auth0|ann", "auth0|bob"};
    told[0] = '\0';
    return a0_users_by_ids(client, ids, 2, 5000, tell_user, NULL, &err);
}

START_TEST(users_are_searched_for_by_their_ids)
{
    begin();
    tenant_says(
        &t, 0, 200,
        "[{\"user_id\":\"auth0|bob\",\"created_at\":\"2026-01-01T00:00:00.000Z\",\"logins_count\":"
        "3,\"last_login\":\"2026-02-01\",\"identities\":[{\"connection\":\"Users\"}]},"
        "{\"user_id\":\"auth0|ann\",\"identities\":[{\"connection\":\"Others\"}]}]");
    ck_assert_int_eq(ann_and_bob(), O(OK));
    ck_assert_str_eq(told, "auth0|bob 2026-01-01T00:00:00.000Z 3 2026-02-01;");
    ck_assert_str_eq(script_request_at(t.server, 2)->path,
                     "/api/v2/users?search_engine=v3&per_page=100&include_fields=true&fields="
                     "user_id,email,username,email_verified,blocked,created_at,last_login,"
                     "logins_count,identities&q=user_id%3A%28%22auth0%7Cann%22"
                     "%20OR%20%22auth0%7Cbob%22%29");
    end();
}
END_TEST

START_TEST(a_search_answers_about_those_that_were_asked_for)
{
    static const answer_row rows[] = {
        {200, "[]", O(OK)},
        {200, "[{\"user_id\":\"auth0|eve\"}]", O(UNAVAILABLE)},
        {200, "[{}]", O(UNAVAILABLE)},
        {200, "[7]", O(UNAVAILABLE)},
        {200, "{\"users\":[]}", O(UNAVAILABLE)},
        {200, "[{\"user_id\":\"auth0|ann\",\"logins_count\":\"3\"}]", O(UNAVAILABLE)},
        {200, "[{\"user_id\":\"auth0|ann\",\"logins_count\":-1}]", O(UNAVAILABLE)},
        {400, API_ERROR(400, "x", "invalid_query_string"), O(MISCONFIGURED)},
        {503, "{\"statusCode\":503,\"error\":\"x\",\"message\":\"slow\"}", O(UNAVAILABLE)},
    };
    CHECK(ann_and_bob, rows);
}
END_TEST

START_TEST(ids_that_could_turn_a_search_into_another_are_not_searched_for)
{
    const char *const quote[] = {"auth0|a\" OR \"auth0|b"}, *const slash[] = {"auth0|a\\"};
    const char *many[A0_USERS_BY_IDS_MAX + 1];
    for (size_t i = 0; i < A0_COUNT(many); i++)
        many[i] = "auth0|0123456789abcdef01234567";
    begin();
    ck_assert_int_eq(a0_users_by_ids(client, quote, 1, 5000, tell_user, NULL, &err),
                     O(INVALID_USER));
    ck_assert_int_eq(a0_users_by_ids(client, slash, 1, 5000, tell_user, NULL, &err),
                     O(INVALID_USER));
    ck_assert_int_eq(
        a0_users_by_ids(client, many, A0_USERS_BY_IDS_MAX + 1, 5000, tell_user, NULL, &err),
        O(INVALID_USER));
    ck_assert_int_eq(a0_users_by_ids(client, many, 0, 5000, tell_user, NULL, &err), O(OK));
    ck_assert_uint_eq(script_requests(t.server), 0);
    tenant_says(&t, 0, 200, "[]");
    ck_assert_int_eq(
        a0_users_by_ids(client, many, A0_USERS_BY_IDS_MAX, 5000, tell_user, NULL, &err), O(OK));
    ck_assert_uint_lt(strlen(script_request_at(t.server, 2)->path), 4000);
    end();
}
END_TEST

static bool maybe;

static auth0db_outcome mail_ann(void)
{
    maybe = true;
    return a0_reset_mail(client, "Ann@Example.org", 5000, &maybe, &err);
}

START_TEST(a_reset_mail_is_asked_for_once_and_without_a_token)
{
    static const answer_row rows[] = {
        {200, "We've just sent you an email to reset your password.", O(OK)},
        {200, "", O(OK)},
        {429, "{\"error\":\"too_many_requests\"}", O(THROTTLED)},
        {429, "slow", O(THROTTLED)},
        {400, "{\"error\":\"x\"}", O(INVALID_USER)},
        {404, "{\"error\":\"x\"}", O(NOT_FOUND)},
        {401, "{\"error\":\"access_denied\"}", O(MISCONFIGURED)},
        {400, "{\"error\":\"unauthorized_client\"}", O(MISCONFIGURED)},
        {503, "oops", O(UNAVAILABLE)},
    };
    CHECK(mail_ann, rows);
    begin();
    tenant_says(&t, 0, 200, "sent");
    ck_assert_int_eq(mail_ann(), O(OK));
    ck_assert(!maybe);
    ck_assert_uint_eq(t.tokens, 0);
    const script_request *sent = script_request_at(t.server, 1);
    ck_assert_str_eq(sent->method, "POST");
    ck_assert_str_eq(sent->path, "/dbconnections/change_password");
    ck_assert_ptr_null(strstr(sent->head, "Authorization"));
    ck_assert_str_eq(sent->body, "{\"client_id\":\"cid\",\"email\":\"ann@example.org\","
                                 "\"connection\":\"Users\"}");
    ck_assert_int_eq(a0_reset_mail(client, "not an address", 5000, &maybe, &err), O(INVALID_USER));
    ck_assert_int_eq(a0_reset_mail(client, NULL, 5000, &maybe, &err), O(INVALID_USER));
    ck_assert_uint_eq(t.others, 1);
    end();
}
END_TEST

START_TEST(a_mail_that_may_be_under_way_is_said_to_be)
{
    begin();
    tenant_says(&t, 0, 502, "bad gateway");
    ck_assert_int_eq(mail_ann(), O(UNAVAILABLE));
    ck_assert(maybe);
    t.says[0].hang_up = true;
    ck_assert_int_eq(mail_ann(), O(UNAVAILABLE));
    ck_assert(maybe);
    tenant_says(&t, 0, 429, "{\"error\":\"too_many_requests\"}");
    t.says[0].hang_up = false;
    ck_assert_int_eq(mail_ann(), O(THROTTLED));
    ck_assert(!maybe);
    ck_assert_uint_eq(t.others, 3);
    end();
    begin();
    tenant_stop(&t);
    for (int i = 0; i < 5; i++) { /* refused, then held back by the breaker */
        ck_assert_int_eq(mail_ann(), O(UNAVAILABLE));
        ck_assert(!maybe);
    }
    auth0db_client_free(client);
}
END_TEST

START_TEST(mails_wait_for_their_own_limit_and_hold_nothing_else_up)
{
    begin();
    tenant_says(&t, 0, 429, "{\"error\":\"too_many_requests\"}");
    t.says[0].headers = "Retry-After: 50\r\n";
    ck_assert_int_eq(mail_ann(), O(THROTTLED));
    ck_assert_int_eq(mail_ann(), O(THROTTLED));
    ck_assert_uint_eq(t.others, 1);
    ck_assert_uint_eq(a0_client_pause_ms(client), 0);
    tenant_says(&t, 0, 204, "");
    ck_assert_int_eq(delete_ann(), O(OK));
    end();
}
END_TEST

static a0_buf url;

static auth0db_outcome link_for_ann(void)
{
    a0_ticket ticket = {.user_id = "auth0|ann", .ttl_s = 3600, .mark_verified = true};
    a0_buf_clear(&url);
    return a0_reset_link(client, &ticket, 5000, &url, &err);
}

START_TEST(a_reset_link_is_a_web_address_or_nothing)
{
    static const answer_row rows[] = {
        {201, "{\"ticket\":\"https://acme.eu.auth0.com/u/reset-password?ticket=abc#\"}", O(OK)},
        {201, "{\"ticket\":\"http://127.0.0.1:1/reset?ticket=abc\"}", O(OK)},
        {201, "{\"ticket\":\"javascript:alert(1)\"}", O(UNAVAILABLE)},
        {201, "{\"ticket\":\"https://a/ b\"}", O(UNAVAILABLE)},
        {201, "{\"ticket\":\"https://a/\\r\\nBcc: x\"}", O(UNAVAILABLE)},
        {201, "{\"ticket\":\"https://a/\\\"><b>\"}", O(UNAVAILABLE)},
        {201, "{\"ticket\":\"\"}", O(UNAVAILABLE)},
        {201, "{\"ticket\":7}", O(UNAVAILABLE)},
        {201, "{}", O(UNAVAILABLE)},
        {201, "", O(UNAVAILABLE)},
        {404, GONE, O(NOT_FOUND)},
        {400, API_ERROR(400, "no e-mail", "x"), O(INVALID_USER)},
        {403, API_ERROR(403, "x", "insufficient_scope"), O(MISCONFIGURED)},
        {429, API_ERROR(429, "x", "too_many_requests"), O(THROTTLED)},
        {500, "oops", O(UNAVAILABLE)},
    };
    CHECK(link_for_ann, rows);
    begin();
    tenant_says(&t, 0, 500, "oops");
    ck_assert_int_eq(link_for_ann(), O(UNAVAILABLE));
    ck_assert_uint_eq(t.others, 1);
    ck_assert_uint_eq(url.len, 0);
    tenant_says(&t, 0, 201, "{\"ticket\":\"https://a.example/x\"}");
    ck_assert_int_eq(link_for_ann(), O(OK));
    ck_assert_str_eq(a0_buf_text(&url), "https://a.example/x");
    const script_request *sent = script_request_at(t.server, 3);
    ck_assert_str_eq(sent->path, "/api/v2/tickets/password-change");
    ck_assert_str_eq(sent->body, "{\"user_id\":\"auth0|ann\",\"mark_email_as_verified\":true,"
                                 "\"ttl_sec\":3600,\"client_id\":\"cid\"}");
    a0_ticket ticket = {.user_id = "auth0|ann", .result_url = "https://site.example/done"};
    ck_assert_int_eq(a0_reset_link(client, &ticket, 5000, &url, &err), O(OK));
    ck_assert_str_eq(script_request_at(t.server, 4)->body,
                     "{\"user_id\":\"auth0|ann\",\"mark_email_as_verified\":false,"
                     "\"result_url\":\"https://site.example/done\"}");
    ticket.user_id = "ann";
    ck_assert_int_eq(a0_reset_link(client, &ticket, 5000, &url, &err), O(INVALID_USER));
    a0_buf_clear(&url);
    end();
}
END_TEST

static void collect(void *ctx, auth0db_log_level level, const char *line)
{
    strncat(ctx, line, 2000 - strlen(ctx));
}

START_TEST(no_link_is_in_the_log_or_in_an_error)
{
    static char log[2100];
    t = (tenant){0};
    log[0] = '\0';
    tenant_start(&t);
    client = tenant_client(&t, &(auth0db_client_options){
                                   .log = collect, .log_ctx = log, .log_level = AUTH0DB_LOG_DEBUG});
    tenant_says(&t, 0, 201, "{\"ticket\":\"https://a.example/s3same\"}");
    ck_assert_int_eq(link_for_ann(), O(OK));
    tenant_says(&t, 0, 201, "{\"ticket\":\"https://a.example/ s3same\"}");
    ck_assert_int_eq(link_for_ann(), O(UNAVAILABLE));
    tenant_says(&t, 0, 400, API_ERROR(400, "s3same", "x"));
    ck_assert_int_eq(link_for_ann(), O(INVALID_USER));
    ck_assert_ptr_nonnull(strstr(log, "reset link: 201"));
    ck_assert_ptr_null(strstr(log, "s3same"));
    ck_assert_ptr_null(strstr(err.message, "s3same"));
    a0_buf_clear(&url);
    end();
}
END_TEST

static void tell_entry(void *ctx, const a0_log_entry *entry)
{
    size_t at = strlen(told);
    snprintf(told + at, sizeof told - at, "%s %s %s %s %s %s;", entry->log_id, entry->date,
             entry->type, entry->user_id, entry->connection, entry->description);
}

static size_t n_entries;

static auth0db_outcome logs_after_7(void)
{
    told[0] = '\0';
    n_entries = 99;
    a0_log_query query = {.after = "90 7", .take = 100};
    auth0db_outcome outcome = a0_logs(client, &query, 5000, tell_entry, NULL, &n_entries, &err);
    ck_assert(outcome == O(OK) || (told[0] == '\0' && n_entries == 0));
    return outcome;
}

START_TEST(the_log_is_read_from_a_checkpoint_or_by_search)
{
    begin();
    tenant_says(
        &t, 0, 200,
        "[{\"log_id\":\"908\",\"date\":\"2026-01-01\",\"type\":\"fp\",\"user_id\":\"auth0|ann\","
        "\"connection\":\"Users\",\"description\":\"Wrong password\",\"details\":{}},"
        "{\"log_id\":\"909\",\"type\":7}]");
    ck_assert_int_eq(logs_after_7(), O(OK));
    ck_assert_uint_eq(n_entries, 2);
    ck_assert_str_eq(told, "908 2026-01-01 fp auth0|ann Users Wrong password;909     ;");
    ck_assert_str_eq(script_request_at(t.server, 2)->path, "/api/v2/logs?take=100&from=90%207");
    a0_log_query query = {.q = "type:fp AND date:[a TO *]", .page = 2, .take = 50};
    ck_assert_int_eq(a0_logs(client, &query, 5000, tell_entry, NULL, &n_entries, &err), O(OK));
    ck_assert_str_eq(script_request_at(t.server, 3)->path,
                     "/api/v2/logs?per_page=50&page=2&sort=date%3A1&q="
                     "type%3Afp%20AND%20date%3A%5Ba%20TO%20%2A%5D");
    query = (a0_log_query){.q = "", .take = 1};
    ck_assert_int_eq(a0_logs(client, &query, 5000, tell_entry, NULL, &n_entries, &err), O(OK));
    ck_assert_str_eq(script_request_at(t.server, 4)->path,
                     "/api/v2/logs?per_page=1&page=0&sort=date%3A1");
    end();
}
END_TEST

START_TEST(a_log_that_cannot_be_gone_on_from_is_no_answer)
{
    static const answer_row rows[] = {
        {200, "[]", O(OK)},
        {200, "[{\"log_id\":\"1\"},{\"type\":\"fp\"}]", O(UNAVAILABLE)},
        {200, "[{\"log_id\":\"\"}]", O(UNAVAILABLE)},
        {200, "[7]", O(UNAVAILABLE)},
        {200, "{\"logs\":[]}", O(UNAVAILABLE)},
        {403, API_ERROR(403, "x", "insufficient_scope"), O(MISCONFIGURED)},
    };
    CHECK(logs_after_7, rows);
}
END_TEST

/* A copy of the site's database changes nothing at the tenant, whoever asks; what only looks goes
 * on. */
START_TEST(what_changes_something_at_the_tenant_is_held_back_unsent)
{
    const auth0db_new_user ann = {
        .user_id = "auth0|abc", .email = "ann@example.org", .password = "x", .password_len = 1};
    const a0_ticket ticket = {.user_id = "auth0|abc"};
    auth0db_tenant_user user;
    a0_buf link = {0};
    begin();
    auth0db_client_hold(client, true);
    ck_assert_int_eq(auth0db_client_user_create(client, &ann, 5000, &user, &err), O(HELD));
    ck_assert_int_eq(
        auth0db_client_user_set_password(client, "auth0|abc", "x", 1, 5000, &user, &err), O(HELD));
    ck_assert_int_eq(a0_user_delete(client, "auth0|abc", 5000, &err), O(HELD));
    ck_assert_int_eq(a0_reset_link(client, &ticket, 5000, &link, &err), O(HELD));
    ck_assert_int_eq(a0_user_factor_add(client, "auth0|abc", true, "+15550100", 5000, &err),
                     O(HELD));
    ck_assert_int_eq(a0_reset_mail(client, "ann@example.org", 5000, &maybe, &err), O(HELD));
    ck_assert(!maybe && err.code == AUTH0DB_ERR_STATE);
    for (unsigned i = 1; i <= script_requests(t.server); i++) /* our own token, and nothing else */
        ck_assert_str_eq(script_request_at(t.server, i)->path, "/oauth/token");
    auth0db_client_hold(client, false);
    tenant_says(&t, 0, 204, "");
    ck_assert_int_eq(a0_user_delete(client, "auth0|abc", 5000, &err), O(OK));
    a0_buf_clear(&link);
    end();
}
END_TEST

UNIT_MAIN("calls", what_changes_something_at_the_tenant_is_held_back_unsent,
          scopes_that_the_token_lacks_are_named_and_where_nobody_tells_them_none_is_missed,
          a_user_is_deleted_once_also_where_there_is_none, users_are_searched_for_by_their_ids,
          a_search_answers_about_those_that_were_asked_for,
          ids_that_could_turn_a_search_into_another_are_not_searched_for,
          a_reset_mail_is_asked_for_once_and_without_a_token,
          a_mail_that_may_be_under_way_is_said_to_be,
          mails_wait_for_their_own_limit_and_hold_nothing_else_up,
          a_reset_link_is_a_web_address_or_nothing, no_link_is_in_the_log_or_in_an_error,
          the_log_is_read_from_a_checkpoint_or_by_search,
          a_log_that_cannot_be_gone_on_from_is_no_answer)
