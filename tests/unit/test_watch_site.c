/* watch, on a site in SQLite whose users have moved to the sandbox tenant. */
#include <sqlite3.h>
#include <unistd.h>

#include "auth0/jobs.h"
#include "auth0db/bulk.h"
#include "base/env.h"
#include "conformance.h"
#include "django/site_map.h"
#include "store/store.h"

enum { USERS = 20, EACH = USERS / 2 }; /* half of them with one hasher, half with another */

static char file[64], url[100];
static char events[8000];
static bool stop;

#define SHA1 "0adcb99cf02d0b35c57b62ba9fba3b1bafa6ec26" /* of PASSWORD */
#define MD5 "d41d8cd98f00b204e9800998ecf8427e"          /* of nothing: it travelled badly */

static const char *id_of(int i)
{
    static char id[40];
    snprintf(id, sizeof id, "auth0|%024x", i);
    return id;
}

static const char *email_of(int i)
{
    static char email[40];
    snprintf(email, sizeof email, "user%d@example.org", i);
    return email;
}

static void make_site(void)
{
    sqlite3 *db;
    char sql[300];
    snprintf(file, sizeof file, "/tmp/auth0db-watch-XXXXXX");
    close(mkstemp(file));
    snprintf(url, sizeof url, "sqlite:///%s", file);
    ck_assert_int_eq(sqlite3_open(file, &db), SQLITE_OK);
    ck_assert_int_eq(
        sqlite3_exec(
            db,
            "CREATE TABLE auth_user (id integer NOT NULL PRIMARY KEY, username text, email"
            " text, password text, first_name text, last_name text, is_active bool,"
            " is_staff bool, is_superuser bool, last_login datetime, date_joined datetime)",
            NULL, NULL, NULL),
        SQLITE_OK);
    for (int i = 0; i < USERS; i++) {
        snprintf(sql, sizeof sql,
                 "INSERT INTO auth_user VALUES (%d, 'u%d', '%s', '%s', '', '', 1, 0, 0, NULL,"
                 " '2020-01-01 00:00:00')",
                 i + 1, i, email_of(i), i < EACH ? "sha1$$" SHA1 : "md5$x$" MD5);
        ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    }
    sqlite3_close(db);
}

static void take_event(void *ctx, const char *json)
{
    size_t at = strlen(events);
    snprintf(events + at, sizeof events - at, "%s\n", json);
}

static bool is_interrupted(void *ctx)
{
    return stop;
}

static auth0db_bulk *open_bulk(void)
{
    auth0db_bulk *bulk;
    auth0db_client_options tenant = {.size = sizeof tenant,
                                     .domain = info->domain,
                                     .client_id = info->client_id,
                                     .client_secret = info->client_secret,
                                     .connection = info->connection};
    auth0db_bulk_options o = {.size = sizeof o,
                              .database_url = url,
                              .site = "test",
                              .tenant = &tenant,
                              .event = take_event,
                              .interrupted = is_interrupted};
    ck_assert_msg(auth0db_bulk_open(&bulk, &o, &err) == AUTH0DB_OK, "%s: %s", err.where,
                  err.message);
    return bulk;
}

/* The last event: the report. New reference. */
static json_t *run_watch(const char *since)
{
    auth0db_bulk *bulk = open_bulk();
    auth0db_watch_options o = {.size = sizeof o, .since = since};
    events[0] = '\0';
    ck_assert_msg(auth0db_bulk_watch(bulk, &o, &err) == AUTH0DB_OK, "%s: %s", err.where,
                  err.message);
    auth0db_bulk_close(bulk);
    events[strlen(events) - 1] = '\0';
    const char *last = strrchr(events, '\n');
    last = last != NULL ? last + 1 : events;
    json_t *json;
    ck_assert_int_eq(a0_json_parse(&json, last, strlen(last), "report", &err), AUTH0DB_OK);
    ck_assert_str_eq(a0_json_text(json, "event"), "report");
    ck_assert_str_eq(a0_json_text(json, "run"), "watch");
    return json;
}

static int count_of(const json_t *json, const char *key)
{
    return (int)a0_json_int(json, key, -1);
}

static json_t *hasher_of(const json_t *report, const char *name)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(report, "hashers"), i, one)
    {
        if (strcmp(a0_json_text(one, "hasher"), name) == 0)
            return one;
    }
    ck_abort_msg("no %s", name);
    return NULL;
}

static a0_store *open_store(void)
{
    a0_store *store;
    a0_site_map map;
    a0_site_map_stock(&map);
    ck_assert_msg(a0_store_open(&store, url, &map, &err) == AUTH0DB_OK, "%s", err.message);
    ck_assert_msg(a0_store_init(store, &err) == AUTH0DB_OK, "%s", err.message);
    return store;
}

static void import_all(void)
{
    a0_buf users = {0};
    a0_job job;
    for (int i = 0; i < USERS; i++)
        ck_assert_int_eq(
            a0_buf_printf(&users,
                          "%s{\"user_id\":\"%s\",\"email\":\"%s\",\"custom_password_hash\":{"
                          "\"algorithm\":\"%s\",\"hash\":{\"value\":\"%s\",\"encoding\":\"hex\"}}}",
                          i == 0 ? "[" : ",", id_of(i) + 6, email_of(i), i < EACH ? "sha1" : "md5",
                          i < EACH ? SHA1 : MD5),
            AUTH0DB_OK);
    ck_assert_int_eq(a0_buf_puts(&users, "]"), AUTH0DB_OK);
    a0_import import = {info->connection_id, "watch", users.data, users.len};
    ck_assert_int_eq(a0_job_submit(client, &import, 5000, &job, &err), A0_SUBMIT_ACCEPTED);
    for (int i = 0; i < 500 && job.status == A0_JOB_RUNNING; i++) {
        a0_sleep_ms(&a0_env_system, 10);
        WANT(a0_job_get(client, job.id, 5000, &job, &err), OK);
    }
    ck_assert(job.status == A0_JOB_COMPLETED && job.inserted == USERS);
    a0_buf_clear(&users);
}

static void link_all(void)
{
    static char texts[USERS][3][40];
    a0_claim claims[USERS] = {0};
    a0_settlement rows[USERS] = {0};
    bool taken[USERS];
    a0_batch batch = {.external_id = "watch", .kind = "import", .status = "claimed"};
    a0_store *store = open_store();
    batch.created = batch.submitted = a0_wall_s(&a0_env_system) * 1000000;
    for (int i = 0; i < USERS; i++) {
        snprintf(texts[i][0], 40, "%d", i + 1);
        snprintf(texts[i][1], 40, "%s", id_of(i));
        snprintf(texts[i][2], 40, "%s", email_of(i));
        claims[i] = (a0_claim){texts[i][0], texts[i][1], texts[i][2], ""};
        rows[i] = (a0_settlement){.key = texts[i][0],
                                  .what = A0_SETTLE_LINK,
                                  .auth0_id = texts[i][1],
                                  .email = texts[i][2],
                                  .lane = "bulk",
                                  .sync_digest = "",
                                  .tenant_mark = "",
                                  .reason = "",
                                  .detail = "",
                                  .hash_digest = ""};
    }
    ck_assert_msg(a0_store_claim(store, &batch, claims, USERS, taken, &err) == AUTH0DB_OK, "%s",
                  err.message);
    snprintf(batch.status, sizeof batch.status, "settled");
    batch.settled = batch.created;
    ck_assert_msg(a0_store_settle(store, &batch, rows, USERS, &err) == AUTH0DB_OK, "%s",
                  err.message);
    a0_store_close(store);
}

static void begin_site(void)
{
    stop = false;
    begin(false, false);
    tell("PATCH", "options", "{\"bcrypt_cost\":4}");
    make_site();
}

static void end_site(void)
{
    unlink(file);
    end();
}

START_TEST(a_hash_that_travelled_badly_is_found_between_honest_typos)
{
    begin_site();
    import_all();
    link_all();
    for (int i = 0; i < USERS; i++) {
        if (i == 3) /* a typo */
            WANT(grant(email_of(i), "typo", "192.0.2.1"), BAD_CREDENTIALS);
        want(grant(email_of(i), PASSWORD, "192.0.2.1"),
             i < EACH ? AUTH0DB_OUTCOME_OK : AUTH0DB_OUTCOME_BAD_CREDENTIALS, __LINE__);
    }
    json_t *report = run_watch(NULL);
    ck_assert_msg(a0_json_true(report, "alarm") && a0_json_true(report, "complete"), "%s", events);
    const json_t *users = json_object_get(report, "users");
    ck_assert_int_eq(count_of(users, "moved"), USERS);
    ck_assert_int_eq(count_of(users, "tried"), USERS);
    ck_assert_int_eq(count_of(users, "first_failed"), EACH + 1);
    const json_t *good = hasher_of(report, "unsalted_sha1"), *bad = hasher_of(report, "md5");
    ck_assert_str_eq(a0_json_text(good, "verdict"), "good");
    ck_assert_int_eq(count_of(good, "first_failed"), 1);
    ck_assert_int_eq(count_of(good, "never_in"), 0);
    ck_assert_str_eq(a0_json_text(bad, "verdict"), "failing");
    ck_assert_int_eq(count_of(bad, "never_in"), EACH);
    ck_assert_ptr_eq(json_array_get(json_object_get(report, "hashers"), 0), bad);
    json_decref(report);
    end_site();
}
END_TEST

START_TEST(nobody_has_come_yet_and_nothing_was_imported_yet)
{
    begin_site();
    a0_store_close(open_store());
    json_t *report = run_watch(NULL);
    ck_assert(!a0_json_true(report, "alarm") && a0_json_true(report, "complete"));
    ck_assert_int_eq(count_of(report, "entries"), 0);
    ck_assert_str_eq(a0_json_text(report, "since"), "");
    json_decref(report);
    import_all();
    link_all();
    report = run_watch(NULL);
    ck_assert(!a0_json_true(report, "alarm"));
    ck_assert_int_eq(count_of(json_object_get(report, "users"), "moved"), USERS);
    ck_assert_int_eq(count_of(json_object_get(report, "users"), "tried"), 0);
    ck_assert_uint_eq(json_array_size(json_object_get(report, "hashers")), 0);
    json_decref(report);
    end_site();
}
END_TEST

START_TEST(only_the_log_since_the_given_date_is_read)
{
    begin_site();
    import_all();
    link_all();
    WANT(grant(email_of(0), PASSWORD, "192.0.2.1"), OK);
    json_t *report = run_watch("2000-01-01");
    ck_assert_int_eq(count_of(json_object_get(report, "users"), "tried"), 1);
    json_decref(report);
    report = run_watch("2999-01-01");
    ck_assert_int_eq(count_of(json_object_get(report, "users"), "tried"), 0);
    ck_assert_int_eq(count_of(report, "entries"), 0);
    json_decref(report);
    auth0db_bulk *bulk = open_bulk();
    auth0db_watch_options o = {.size = sizeof o, .since = "yesterday"};
    ck_assert_int_eq(auth0db_bulk_watch(bulk, &o, &err), AUTH0DB_ERR_OPTION);
    ck_assert_str_eq(err.where, "since");
    auth0db_bulk_close(bulk);
    end_site();
}
END_TEST

START_TEST(a_log_longer_than_asked_for_is_judged_in_part_and_said_so)
{
    begin_site();
    import_all();
    link_all();
    for (int i = 0; i < 60; i++) /* two entries each: more than a page */
        WANT(grant(email_of(i % EACH), PASSWORD, "192.0.2.1"), OK);
    auth0db_bulk *bulk = open_bulk();
    auth0db_watch_options o = {.size = sizeof o, .entries = 50};
    events[0] = '\0';
    ck_assert_int_eq(auth0db_bulk_watch(bulk, &o, &err), AUTH0DB_OK);
    ck_assert_ptr_nonnull(strstr(events, "\"complete\":false"));
    auth0db_bulk_close(bulk);
    json_t *report = run_watch(NULL);
    ck_assert(a0_json_true(report, "complete"));
    ck_assert_int_ge(count_of(report, "entries"), 120);
    json_decref(report);
    end_site();
}
END_TEST

START_TEST(what_is_missing_is_said_and_a_stop_is_obeyed)
{
    begin_site();
    a0_store_close(open_store());
    import_all();
    link_all();
    auth0db_bulk *bulk = open_bulk();
    stop = true;
    ck_assert_int_eq(auth0db_bulk_watch(bulk, NULL, &err), AUTH0DB_ERR_INTERRUPTED);
    stop = false;
    tell("PATCH", "options", "{\"scopes\":[\"create:users\"]}");
    tell("POST", "keys/rotate", "{\"revoke\":true}");
    ck_assert_int_eq(auth0db_bulk_watch(bulk, NULL, &err), AUTH0DB_ERR_OPTION);
    ck_assert_ptr_nonnull(strstr(err.message, "read:logs"));
    auth0db_bulk_close(bulk);
    auth0db_bulk_options o = {.size = sizeof o, .database_url = url, .site = "test"};
    ck_assert_int_eq(auth0db_bulk_open(&bulk, &o, &err), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_bulk_watch(bulk, NULL, &err), AUTH0DB_ERR_OPTION);
    ck_assert_str_eq(err.where, "AUTH0_DOMAIN");
    auth0db_bulk_close(bulk);
    end_site();
}
END_TEST

UNIT_MAIN("watch on a site", a_hash_that_travelled_badly_is_found_between_honest_typos,
          nobody_has_come_yet_and_nothing_was_imported_yet,
          only_the_log_since_the_given_date_is_read,
          a_log_longer_than_asked_for_is_judged_in_part_and_said_so,
          what_is_missing_is_said_and_a_stop_is_obeyed)
