/* The plan of a site in SQLite, without a tenant. */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth0db/bulk.h"
#include "base/json.h"
#include "base/utf8.h"
#include "unit.h"

#define PBKDF2                                                                                     \
    "pbkdf2_sha256$600000$a1B2c3D4e5F6g7H8i9J0kL$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define MD5 "md5$ab$d41d8cd98f00b204e9800998ecf8427e"

static const char auth_user[] =
    "CREATE TABLE auth_user (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, password varchar(128), "
    "last_login datetime, is_superuser bool DEFAULT 0, username varchar(150), "
    "last_name varchar(150) DEFAULT '', email varchar(254), is_staff bool DEFAULT 0, "
    "is_active bool DEFAULT 1, date_joined datetime, first_name varchar(150) DEFAULT '');";

typedef struct site {
    char path[64];
    sqlite3 *db;
    json_t *report;
    unsigned events, held;
    char held_keys[256];
    int asked, stop_at; /* stop when asked for the nth time; 0: never */
} site;

static void run_sql(site *s, const char *sql)
{
    char *why = NULL;
    if (sqlite3_exec(s->db, sql, NULL, NULL, &why) != SQLITE_OK)
        ck_abort_msg("%s: %s", sql, why);
}

static void add_user(site *s, const char *email, const char *password, const char *rest)
{
    char *sql = sqlite3_mprintf("INSERT INTO auth_user (email, password, username) "
                                "VALUES (%Q, %Q, 'u' || (SELECT count(*) FROM auth_user));"
                                "UPDATE auth_user SET %s WHERE id = last_insert_rowid()",
                                email, password, rest != NULL ? rest : "is_staff = 0");
    run_sql(s, sql);
    sqlite3_free(sql);
}

static void add_many(site *s, unsigned users)
{
    char *sql = sqlite3_mprintf("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                                "WHERE i < %u) INSERT INTO auth_user (email, password, username) "
                                "SELECT 'user' || i || '@example.com', %Q, 'user' || i FROM n",
                                users, PBKDF2);
    run_sql(s, sql);
    sqlite3_free(sql);
}

static site new_site(void)
{
    site s = {.path = "/tmp/auth0db_plan_XXXXXX"};
    int fd = mkstemp(s.path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    ck_assert_int_eq(sqlite3_open(s.path, &s.db), SQLITE_OK);
    run_sql(&s, auth_user);
    return s;
}

static void end_site(site *s)
{
    json_decref(s->report);
    sqlite3_close(s->db);
    unlink(s->path);
}

static void on_event(void *ctx, const char *json)
{
    site *s = ctx;
    json_t *event;
    ck_assert_int_eq(a0_json_parse(&event, json, strlen(json), "event", NULL), AUTH0DB_OK);
    ck_assert_ptr_null(s->report); /* the report is the last */
    ck_assert_ptr_null(strchr(json, '\n'));
    s->events++;
    if (strcmp(a0_json_text(event, "event"), "report") == 0)
        s->report = json_incref(event);
    json_decref(event);
}

static void on_held(void *ctx, const auth0db_held *held)
{
    site *s = ctx;
    const char *const texts[] = {held->key, held->username, held->email};
    for (size_t i = 0; i < A0_COUNT(texts); i++) {
        ck_assert(a0_utf8_valid(texts[i], strlen(texts[i])));
        ck_assert_ptr_null(strpbrk(texts[i], "\n\r\033"));
    }
    size_t used = strlen(s->held_keys);
    snprintf(s->held_keys + used, sizeof s->held_keys - used, "%s:%s/%s ", held->key, held->reason,
             held->detail);
    s->held++;
}

static bool stop_in_time(void *ctx)
{
    site *s = ctx;
    return ++s->asked == s->stop_at;
}

static int plan(site *s, const auth0db_selection *who, auth0db_error *err)
{
    char url[128];
    auth0db_bulk *bulk;
    snprintf(url, sizeof url, "%s:///%s", s->db != NULL ? "sqlite" : "ndjson", s->path);
    const auth0db_bulk_options options = {.size = sizeof options,
                                          .database_url = url,
                                          .event = on_event,
                                          .interrupted = stop_in_time,
                                          .ctx = s};
    json_decref(s->report);
    s->report = NULL;
    s->held_keys[0] = '\0';
    s->held = 0;
    ck_assert_int_eq(auth0db_bulk_open(&bulk, &options, err), AUTH0DB_OK);
    int rc = auth0db_bulk_plan(bulk, who, on_held, s, err);
    auth0db_bulk_close(bulk);
    return rc;
}

static void planned(site *s, const auth0db_selection *who)
{
    auth0db_error err = {0};
    if (plan(s, who, &err) != AUTH0DB_OK)
        ck_abort_msg("%s: %s", err.where, err.message);
    ck_assert_ptr_nonnull(s->report);
}

/* The number at "a.b" of the report. */
static int64_t number(const site *s, const char *path)
{
    char name[64];
    const json_t *at = s->report;
    const char *dot;
    for (; (dot = strchr(path, '.')) != NULL; path = dot + 1) {
        snprintf(name, sizeof name, "%.*s", (int)(dot - path), path);
        at = json_object_get(at, name);
    }
    ck_assert_msg(json_is_integer(json_object_get(at, path)), "%s", path);
    return json_integer_value(json_object_get(at, path));
}

static int64_t reason(const site *s, const char *name)
{
    const json_t *entry;
    size_t i;
    int64_t users = 0;
    json_array_foreach(json_object_get(s->report, "reasons"), i, entry)
    {
        if (strcmp(a0_json_text(entry, "reason"), name) == 0)
            users += a0_json_int(entry, "users", -1);
    }
    return users;
}

static int64_t noted(const site *s, const char *name)
{
    const json_t *entry;
    size_t i;
    json_array_foreach(json_object_get(s->report, "notes"), i, entry)
    {
        if (strcmp(a0_json_text(entry, "note"), name) == 0)
            return a0_json_int(entry, "users", -1);
    }
    return 0;
}

START_TEST(every_user_is_counted_once)
{
    site s = new_site();
    add_user(&s, "a@example.com", PBKDF2, NULL);
    add_user(&s, "b@example.com", MD5, "is_active = 0");
    add_user(&s, "c@example.com", "!", NULL);
    add_user(&s, "d@example.com", "pbkdf2_sha256$x", NULL);
    add_user(&s, NULL, PBKDF2, NULL);
    add_user(&s, "nobody", PBKDF2, NULL);
    add_user(&s, "same@example.com", PBKDF2, "last_login = '2024-01-01 10:00:00'");
    add_user(&s, "SAME@example.com", PBKDF2, "last_login = '2024-01-02 10:00:00.123456'");
    add_user(&s, "x@example.com", PBKDF2, "email = x'ff40'");
    add_user(&s, "y@example.com", PBKDF2, "first_name = x'ff', last_name = hex(zeroblob(100))");
    add_user(&s, "z@example.com", PBKDF2, "first_name = hex(zeroblob(20000))");
    const auth0db_selection inactive_too = {.size = sizeof inactive_too, .with_inactive = true};
    planned(&s, &inactive_too);
    ck_assert_int_eq(number(&s, "users.all"), 11);
    ck_assert_int_eq(number(&s, "users.selected"), 11);
    ck_assert_int_eq(number(&s, "users.inactive"), 0);
    ck_assert_int_eq(number(&s, "fates.moves"), 3);
    ck_assert_int_eq(number(&s, "fates.must_reset"), 1);
    ck_assert_int_eq(number(&s, "fates.holdouts"), 7);
    ck_assert_int_eq(reason(&s, "must-reset"), 1);
    ck_assert_int_eq(reason(&s, "bad-hash"), 1);
    ck_assert_int_eq(reason(&s, "no-email"), 1);
    ck_assert_int_eq(reason(&s, "bad-email"), 1);
    ck_assert_int_eq(reason(&s, "duplicate-email"), 2);
    ck_assert_int_eq(reason(&s, "invalid-user"), 1);
    ck_assert_int_eq(reason(&s, "too-large"), 1);
    ck_assert_int_eq(noted(&s, "blocked"), 1);
    ck_assert_int_eq(noted(&s, "name-left-out"), 1);
    ck_assert_int_eq(noted(&s, "name-cut"), 1);
    ck_assert_int_eq(number(&s, "shared_emails.groups"), 1);
    ck_assert_int_eq(number(&s, "shared_emails.users"), 2);
    ck_assert_int_eq(number(&s, "shared_emails.would_move"), 1);
    ck_assert_int_eq(number(&s, "jobs"), 1);
    ck_assert_int_eq(number(&s, "conversions.ok"), 9);
    ck_assert(json_is_false(json_object_get(json_object_get(s.report, "tenant"), "asked")));
    ck_assert_uint_eq(s.held, 8);
    ck_assert_str_eq(s.held_keys,
                     "3:must-reset/unusable 4:bad-hash/malformed 5:no-email/ 6:bad-email/form "
                     "7:duplicate-email/shared 8:duplicate-email/shared "
                     "9:invalid-user/email-not-text 11:too-large/column ");
    end_site(&s);
}
END_TEST

START_TEST(most_recent_moves_one_of_those_who_share)
{
    site s = new_site();
    add_user(&s, "same@example.com", PBKDF2, "last_login = '2024-01-01 10:00:00'");
    add_user(&s, "SAME@example.com", PBKDF2, "last_login = '2024-01-02 10:00:00.123456'");
    add_user(&s, "other@example.com", PBKDF2, NULL);
    const auth0db_selection who = {.size = sizeof who,
                                   .duplicates = AUTH0DB_DUPLICATES_MOST_RECENT};
    planned(&s, &who);
    ck_assert_int_eq(number(&s, "fates.moves"), 2);
    ck_assert_str_eq(s.held_keys, "1:duplicate-email/another-is-recent ");
    ck_assert_int_eq(number(&s, "shared_emails.would_move"), 1);
    end_site(&s);
}
END_TEST

START_TEST(a_selection_means_only_some)
{
    site s = new_site();
    add_user(&s, "a@example.com", PBKDF2, "is_active = 0, last_login = '2024-06-01 00:00:00'");
    add_user(&s, "b@example.com", PBKDF2, "last_login = '2024-05-31 23:59:59'");
    add_user(&s, "c@example.com", PBKDF2, "last_login = '2024-06-01 00:00:00'");
    add_user(&s, "d@example.com", PBKDF2, "last_login = '2024-07-01 00:00:00'");
    add_user(&s, "e@example.com", "!", "last_login = '2024-07-01 00:00:00'");
    add_user(&s, "D@example.com", PBKDF2, NULL); /* not meant, but shares */
    auth0db_selection who = {.size = sizeof who, .since_login = "2024-06-01", .only_active = true};
    planned(&s, &who);
    ck_assert_int_eq(number(&s, "users.all"), 6);
    ck_assert_int_eq(number(&s, "users.selected"), 3);
    ck_assert_int_eq(number(&s, "fates.moves"), 1);
    ck_assert_str_eq(s.held_keys, "4:duplicate-email/shared 5:must-reset/unusable ");
    who = (auth0db_selection){.size = sizeof who, .limit = 2};
    planned(&s, &who);
    ck_assert_int_eq(number(&s, "fates.moves"), 2);
    ck_assert_int_eq(number(&s, "users.selected"), 2);
    end_site(&s);
}
END_TEST

/* Every user is in one row: not selected, inactive, moved, in an import, or one of three
 * dispositions. */
START_TEST(inactive_users_stay_unless_they_are_asked_for)
{
    site s = new_site();
    add_user(&s, "a@example.com", PBKDF2, NULL);
    add_user(&s, "b@example.com", PBKDF2, "is_active = 0");
    add_user(&s, "c@example.com", "!", "is_active = 0");
    add_user(&s, "d@example.com", PBKDF2, "is_active = NULL");
    add_user(&s, "e@example.com", "!", NULL);
    add_user(&s, "f@example.com", PBKDF2, "is_active = 0, last_login = '2024-07-01 00:00:00'");
    const auth0db_selection left_out = {.size = sizeof left_out, .only_active = true};
    const auth0db_selection *const same[] = {NULL, &left_out};
    for (size_t i = 0; i < A0_COUNT(same); i++) {
        planned(&s, same[i]);
        ck_assert_int_eq(number(&s, "users.all"), 6);
        ck_assert_int_eq(number(&s, "users.inactive"), 4);
        ck_assert_int_eq(number(&s, "users.selected"), 2);
        ck_assert_int_eq(number(&s, "fates.moves"), 1);
        ck_assert_str_eq(s.held_keys, "5:must-reset/unusable ");
        ck_assert_int_eq(noted(&s, "blocked"), 0);
    }
    auth0db_selection who = {.size = sizeof who, .with_inactive = true};
    planned(&s, &who);
    ck_assert_int_eq(number(&s, "users.inactive"), 0);
    ck_assert_int_eq(number(&s, "users.selected"), 6);
    ck_assert_int_eq(number(&s, "fates.moves"), 4);
    ck_assert_int_eq(noted(&s, "blocked"), 3);
    who = (auth0db_selection){.size = sizeof who, .since_login = "2024-06-01"};
    planned(&s, &who); /* whom --with-inactive would not move either is not selected */
    ck_assert_int_eq(number(&s, "users.inactive"), 1);
    ck_assert_int_eq(number(&s, "users.selected"), 0);
    who = (auth0db_selection){.size = sizeof who, .with_inactive = true, .only_active = true};
    auth0db_error err = {0};
    ck_assert_int_eq(plan(&s, &who, &err), AUTH0DB_ERR_OPTION);
    ck_assert_str_eq(err.where, "--with-inactive");
    end_site(&s);
}
END_TEST

START_TEST(a_date_is_read_as_it_stands_or_refused)
{
    static const char *const bad[] = {"",           "2024",       "2024-02-30",
                                      "2024-13-01", "2024-1-1",   "2024-06-01T25:00:00",
                                      "yesterday",  "2024-06-01x"};
    site s = new_site();
    add_user(&s, "a@example.com", PBKDF2, "last_login = '2024-06-01 12:00:00'");
    for (size_t i = 0; i < A0_COUNT(bad); i++) {
        auth0db_error err = {0};
        const auth0db_selection who = {.size = sizeof who, .since_login = bad[i]};
        ck_assert_msg(plan(&s, &who, &err) == AUTH0DB_ERR_OPTION, "%s", bad[i]);
        ck_assert_str_eq(err.where, "since_login");
    }
    auth0db_selection who = {.size = sizeof who, .since_login = "2024-06-01T12:00:00"};
    planned(&s, &who);
    ck_assert_int_eq(number(&s, "fates.moves"), 1);
    who.since_login = "2024-06-01 12:00:01";
    planned(&s, &who);
    ck_assert_int_eq(number(&s, "fates.moves"), 0);
    end_site(&s);
}
END_TEST

START_TEST(a_single_job_has_nothing_at_its_side)
{
    site s = new_site();
    add_many(&s, 235);
    planned(&s, NULL);
    ck_assert_int_eq(number(&s, "jobs"), 1);
    ck_assert_int_eq(number(&s, "estimate.seconds"), 60); /* 235 a minute and job */
    end_site(&s);
}
END_TEST

START_TEST(jobs_are_counted_as_they_are_packed)
{
    site s = new_site();
    add_many(&s, 5000);
    planned(&s, NULL);
    ck_assert_int_eq(number(&s, "fates.moves"), 5000);
    ck_assert_int_eq(number(&s, "jobs"), number(&s, "bytes") / number(&s, "room") + 1);
    ck_assert_double_ge(json_real_value(json_object_get(s.report, "fill")), 0.995);
    ck_assert_double_le(json_real_value(json_object_get(s.report, "fill")), 1.0);
    ck_assert_int_gt(number(&s, "estimate.seconds"), 0);
    ck_assert_uint_ge(s.events, 3); /* progress in every pass, and the report */
    end_site(&s);
}
END_TEST

START_TEST(hostile_parameters_are_told_apart_up_to_a_bound)
{
    site s = new_site();
    char *sql = sqlite3_mprintf(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
        "INSERT INTO auth_user (email, password, username) SELECT 'user' || i || '@example.com', "
        "'pbkdf2_sha256$' || i || '$ab$' || %Q, 'user' || i FROM n",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    run_sql(&s, sql);
    sqlite3_free(sql);
    for (int i = 0; i < 2; i++) /* known by now, and counted although there is no more room */
        add_user(&s, i == 0 ? "a@example.com" : "b@example.com",
                 "pbkdf2_sha256$7$ab$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", NULL);
    planned(&s, NULL);
    const json_t *hashers = json_object_get(s.report, "hashers");
    ck_assert_uint_eq(json_array_size(hashers), 256 + 1);
    ck_assert_int_eq(a0_json_int(json_array_get(hashers, 0), "users", 0), 3);
    ck_assert_str_eq(a0_json_text(json_array_get(hashers, 0), "parameters"), "iterations=7");
    ck_assert_str_eq(a0_json_text(json_array_get(hashers, 256), "hasher"), "others");
    ck_assert_int_eq(a0_json_int(json_array_get(hashers, 256), "users", 0), 2000 - 256);
    end_site(&s);
}
END_TEST

START_TEST(a_plan_can_be_stopped_anywhere)
{
    site s = new_site();
    add_many(&s, 10000);
    planned(&s, NULL);
    const int questions = s.asked;
    ck_assert_int_gt(questions, 4);
    for (int i = 1; i <= questions; i++) {
        auth0db_error err = {0};
        s.asked = 0;
        s.stop_at = i;
        ck_assert_int_eq(plan(&s, NULL, &err), AUTH0DB_ERR_INTERRUPTED);
        ck_assert_ptr_null(s.report);
        ck_assert_str_ne(err.message, "");
    }
    end_site(&s);
}
END_TEST

START_TEST(what_is_told_of_hostile_users_is_one_line_of_text)
{
    site s = new_site();
    add_user(&s, "a@example.com", PBKDF2, "email = x'ff' || char(10) || 'a', username = char(27)");
    planned(&s, NULL);
    ck_assert_uint_eq(s.held, 1);
    end_site(&s);
}
END_TEST

START_TEST(factors_that_stay_behind_are_counted_by_kind)
{
    site s = {.path = "/tmp/auth0db_plan_XXXXXX"};
    FILE *file = fdopen(mkstemp(s.path), "w");
    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < 6; i++)
        fprintf(file,
                "{\"key\": \"%d\", \"email\": \"u%d@example.com\", \"password\": \"%s\", "
                "\"totp\": \"%s\", \"phone\": \"%s\"}\n",
                i, i, i == 5 ? "!" : MD5, i < 2 ? "JBSWY3DPEHPK3PXP" : "encrypted!",
                i < 3 ? "+15550100" : "0100");
    ck_assert_int_eq(fclose(file), 0);
    planned(&s, NULL);
    ck_assert_int_eq(number(&s, "mfa.moves"), 0);
    ck_assert_int_eq(noted(&s, "mfa-left-behind"), 5);
    const auth0db_selection who = {.size = sizeof who, .with_factors = true};
    planned(&s, &who);
    const json_t *left = json_object_get(json_object_get(s.report, "mfa"), "left_behind");
    ck_assert_int_eq(number(&s, "mfa.moves"), 2 + 3);
    ck_assert_uint_eq(json_array_size(left), 2);
    ck_assert_str_eq(a0_json_text(json_array_get(left, 0), "label"), "totp");
    ck_assert_int_eq(a0_json_int(json_array_get(left, 0), "users", 0), 3);
    ck_assert_str_eq(a0_json_text(json_array_get(left, 1), "label"), "phone");
    ck_assert_int_eq(a0_json_int(json_array_get(left, 1), "users", 0), 2);
    ck_assert_int_eq(noted(&s, "mfa-left-behind"), 3);
    end_site(&s);
}
END_TEST

START_TEST(an_empty_site_has_an_empty_plan)
{
    site s = new_site();
    planned(&s, NULL);
    ck_assert_int_eq(number(&s, "users.all"), 0);
    ck_assert_int_eq(number(&s, "jobs"), 0);
    ck_assert_int_eq(number(&s, "estimate.seconds"), 0);
    end_site(&s);
}
END_TEST

UNIT_MAIN("plan", every_user_is_counted_once, most_recent_moves_one_of_those_who_share,
          a_selection_means_only_some, inactive_users_stay_unless_they_are_asked_for,
          a_date_is_read_as_it_stands_or_refused, a_single_job_has_nothing_at_its_side,
          jobs_are_counted_as_they_are_packed, hostile_parameters_are_told_apart_up_to_a_bound,
          a_plan_can_be_stopped_anywhere, what_is_told_of_hostile_users_is_one_line_of_text,
          factors_that_stay_behind_are_counted_by_kind, an_empty_site_has_an_empty_plan)
