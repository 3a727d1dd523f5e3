/* What stores read and write as text: DATABASE_URL, times, keys, names in SQL. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "store/store_int.h"
#include "store/url.h"
#include "store/values.h"
#include "unit.h"

/* --- DATABASE_URL ----------------------------------------------------------------------------- */

START_TEST(urls_of_every_kind_are_taken_apart)
{
    static const struct {
        const char *url;
        a0_url_kind kind;
        const char *user, *password, *host;
        unsigned port;
        const char *path;
    } rows[] = {
        {"sqlite:///db.sqlite3", A0_URL_SQLITE, "", "", "", 0, "db.sqlite3"},
        {"sqlite:////srv/db%20one.sqlite3", A0_URL_SQLITE, "", "", "", 0, "/srv/db one.sqlite3"},
        {"ndjson:-", A0_URL_NDJSON, "", "", "", 0, "-"},
        {"ndjson:///users.json", A0_URL_NDJSON, "", "", "", 0, "users.json"},
        {"ndjson:////srv/users", A0_URL_NDJSON, "", "", "", 0, "/srv/users"},
        {"postgres://shop", A0_URL_POSTGRESQL, NULL, NULL, NULL, 0, NULL},
        {"postgres:///shop", A0_URL_POSTGRESQL, "", "", "", 0, "shop"},
        {"POSTGRESQL://u:p@db.example.org:5433/shop", A0_URL_POSTGRESQL, "u", "p", "db.example.org",
         5433, "shop"},
        {"pgsql://u@h/shop", A0_URL_POSTGRESQL, "u", "", "h", 0, "shop"},
        {"postgres://u:@h:/shop", A0_URL_POSTGRESQL, "u", "", "h", 0, "shop"},
        {"postgres://%2Fvar%2Frun%2Fpostgresql/shop", A0_URL_POSTGRESQL, "", "",
         "/var/run/postgresql", 0, "shop"},
        {"postgres://u:a%3Ab%2F%40%25%23@[::1]:5432/a%2Fb", A0_URL_POSTGRESQL, "u", "a:b/@%#",
         "::1", 5432, "a/b"},
        {"mysql://u:p@q@h/shop", A0_URL_MYSQL, "u", "p@q", "h", 0, "shop"},
        {"mysql://u:p:q@h:3306/shop", A0_URL_MYSQL, "u", "p:q", "h", 3306, "shop"},
        {"mariadb://h/shop", A0_URL_MYSQL, "", "", "h", 0, "shop"},
        {"mysql2://u@%5Ba%5D/shop", A0_URL_MYSQL, "u", "", "[a]", 0, "shop"},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        a0_store_url url;
        auth0db_error err = {0};
        int rc = a0_store_url_parse(&url, rows[i].url, &err);
        ck_assert_msg((rc == AUTH0DB_OK) == (rows[i].user != NULL), "%s: %s", rows[i].url,
                      err.message);
        if (rc != AUTH0DB_OK)
            continue;
        ck_assert_int_eq(url.kind, rows[i].kind);
        ck_assert_str_eq(url.user, rows[i].user);
        ck_assert_str_eq(url.password, rows[i].password);
        ck_assert_str_eq(url.host, rows[i].host);
        ck_assert_uint_eq(url.port, rows[i].port);
        ck_assert_str_eq(url.path, rows[i].path);
        a0_store_url_clear(&url);
    }
}
END_TEST

START_TEST(options_follow_the_question_mark)
{
    a0_store_url url;
    auth0db_error err = {0};
    ck_assert_int_eq(a0_store_url_parse(
                         &url, "postgres://u@h/shop?sslmode=verify-full&host=%2Ftmp&empty=", &err),
                     AUTH0DB_OK);
    ck_assert_uint_eq(url.n_options, 3);
    ck_assert_str_eq(url.options[0].name, "sslmode");
    ck_assert_str_eq(url.options[0].value, "verify-full");
    ck_assert_str_eq(url.options[1].value, "/tmp");
    ck_assert_str_eq(url.options[2].value, "");
    a0_store_url_clear(&url);
    a0_store_url_clear(&url);
}
END_TEST

START_TEST(a_bad_url_is_refused_without_its_password)
{
    static const char *const bad[] = {
        "",
        "geheim",
        "oracle://u:geheim@h/x",
        "//u:geheim@h/x",
        "postgres:u:geheim@h/x",
        "postgres://u:geheim@h",
        "postgres://u:geheim@h/",
        "postgres://u:geheim@h/a/b",
        "postgres://u:geheim@h:0/x",
        "postgres://u:geheim@h:65536/x",
        "postgres://u:geheim@h:5432x/x",
        "postgres://u:gehe/im@h/x",
        "postgres://u:geheim#1@h/x",
        "postgres://u:geheim%@h/x",
        "postgres://u:geheim%2@h/x",
        "postgres://u:geheim%zz@h/x",
        "postgres://u:geheim%00@h/x",
        "postgres://u:geheim%0a@h/x",
        "postgres://u:geheim@[::1/x",
        "postgres://u:geheim@h/x?sslmode",
        "postgres://u:geheim@h/x?=1",
        "postgres://u:geheim@h/x?a=1&&b=2",
        "postgres://u:geheim@h/x?a=%",
        "postgres://u:geheim@h/?sslmode=require",
        "postgres://u:geheim@h?service=x",
        "sqlite://geheim",
        "sqlite:///",
        "sqlite://:memory:",
        "sqlite:///:memory:",
        "ndjson:geheim",
    };
    for (size_t i = 0; i < A0_COUNT(bad); i++) {
        a0_store_url url;
        auth0db_error err = {0};
        ck_assert_msg(a0_store_url_parse(&url, bad[i], &err) == AUTH0DB_ERR_OPTION, "%s", bad[i]);
        ck_assert_str_eq(err.where, "DATABASE_URL");
        ck_assert_msg(strstr(err.message, "gehe") == NULL, "%s: %s", bad[i], err.message);
        ck_assert_ptr_null(url.bytes);
    }
    ck_assert_int_eq(a0_store_url_parse(&(a0_store_url){0}, NULL, NULL), AUTH0DB_ERR_OPTION);
}
END_TEST

START_TEST(a_file_of_the_databases_own_may_name_it)
{
    static const char *const urls[] = {"postgresql:///?service=site",
                                       "mysql://h/?read_default_file=%2Fetc%2Fsite.cnf"};
    for (size_t i = 0; i < A0_COUNT(urls); i++) {
        a0_store_url url;
        ck_assert_int_eq(a0_store_url_parse(&url, urls[i], NULL), AUTH0DB_OK);
        ck_assert_str_eq(url.path, "");
        a0_store_url_clear(&url);
    }
}
END_TEST

START_TEST(a_store_that_takes_no_options_says_so)
{
    a0_store *store;
    auth0db_error err = {0};
    a0_site_map map = {.users = "auth_user"};
    ck_assert_int_eq(a0_store_open(&store, "sqlite:///x?mode=ro", &map, &err), AUTH0DB_ERR_OPTION);
    ck_assert_ptr_null(store);
}
END_TEST

/* --- times ------------------------------------------------------------------------------------ */

START_TEST(times_are_read_as_the_databases_write_them)
{
    static const struct {
        const char *text;
        int64_t want;
    } rows[] = {
        {"1970-01-01 00:00:00", 0},
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01 00:00:00.000001", 1},
        {"1970-01-01 00:00:00.5", 500000},
        {"1970-01-01 00:00:00.123456789", 123456},
        {"1970-01-01 01:00:00+01", 0},
        {"1970-01-01 01:30:00+01:30", 0},
        {"1969-12-31 22:30:00-0130", 0},
        {"1969-12-31 23:59:59", -1000000},
        {"2024-02-29 12:00:00", INT64_C(1709208000000000)},
        {"2000-02-29 00:00:00", INT64_C(951782400000000)},
        {"0001-01-01 00:00:00", INT64_C(-62135596800000000)},
        {"9999-12-31 23:59:59.999999", INT64_C(253402300799999999)},
        {"0000-01-01 00:00:00", A0_NO_TIME},
        {"2023-02-29 00:00:00", A0_NO_TIME},
        {"1900-02-29 00:00:00", A0_NO_TIME},
        {"2023-13-01 00:00:00", A0_NO_TIME},
        {"2023-00-01 00:00:00", A0_NO_TIME},
        {"2023-04-31 00:00:00", A0_NO_TIME},
        {"2023-04-00 00:00:00", A0_NO_TIME},
        {"2023-04-01 24:00:00", A0_NO_TIME},
        {"2023-04-01 00:60:00", A0_NO_TIME},
        {"2023-04-01 00:00:60", A0_NO_TIME},
        {"2023-04-01 00:00", A0_NO_TIME},
        {"2023-04-01", A0_NO_TIME},
        {"2023-04-01 00:00:00.", A0_NO_TIME},
        {"2023-04-01 00:00:00 UTC", A0_NO_TIME},
        {"2023-04-01 00:00:00+1", A0_NO_TIME},
        {"2023-04-01 00:00:00+24:00", A0_NO_TIME},
        {"2023/04/01 00:00:00", A0_NO_TIME},
        {"+023-04-01 00:00:00", A0_NO_TIME},
        {"2023-04-01 00:00:00.00000000000000000000000", A0_NO_TIME},
        {"infinity", A0_NO_TIME},
        {"", A0_NO_TIME},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++)
        ck_assert_msg(a0_time_parse(rows[i].text, strlen(rows[i].text)) == rows[i].want, "%s",
                      rows[i].text);
}
END_TEST

/* The C library's calendar is the judge. */
START_TEST(times_are_written_as_django_writes_them)
{
    char text[A0_TIME_SIZE], want[A0_TIME_SIZE];
    a0_time_format(INT64_C(1700000000500000), text);
    ck_assert_str_eq(text, "2023-11-14 22:13:20.500000");
    a0_time_format(-1, text);
    ck_assert_str_eq(text, "1969-12-31 23:59:59.999999");
    a0_time_format(A0_NO_TIME, text);
    ck_assert_str_eq(text, "");
    a0_time_format(INT64_MAX, text);
    ck_assert_str_eq(text, "");
    for (int64_t s = INT64_C(-62135596800); s < INT64_C(253402300800); s += 86399 * INT64_C(37)) {
        time_t seconds = (time_t)s;
        struct tm parts;
        ck_assert_ptr_nonnull(gmtime_r(&seconds, &parts));
        snprintf(want, sizeof want, "%04d-%02d-%02d %02d:%02d:%02d", parts.tm_year + 1900,
                 parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
        a0_time_format(s * 1000000, text);
        ck_assert_str_eq(text, want);
        ck_assert_int_eq(a0_time_parse(text, strlen(text)), s * 1000000);
    }
}
END_TEST

/* --- keys ------------------------------------------------------------------------------------- */

static a0_slice slice(const char *text)
{
    return (a0_slice){text, strlen(text)};
}

START_TEST(integer_keys_are_canonical)
{
    static const struct {
        const char *text;
        bool good;
        int64_t want;
    } rows[] = {
        {"0", true, 0},
        {"-1", true, -1},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"18446744073709551617", false, 0},
        {"99999999999999999999", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"-0", false, 0},
        {"01", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1x", false, 0},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        int64_t number = 0;
        ck_assert_msg(a0_integer_parse(slice(rows[i].text), &number) == rows[i].good, "%s",
                      rows[i].text);
        ck_assert_int_eq(number, rows[i].want);
    }
}
END_TEST

START_TEST(uuids_change_their_form_only_where_they_change_back)
{
    static const char *const same[] = {"", "x", "0AF3C8D109BC4DEF8123000000000001",
                                       "0af3c8d109bc4def812300000000000g",
                                       "0af3c8d1-09bc-4def-8123_000000000001"};
    char buf[A0_UUID_LEN + 1], back[A0_UUID_LEN + 1];
    a0_slice hyphens = a0_uuid_from_hex(slice("0af3c8d109bc4def8123000000000001"), buf);
    ck_assert_uint_eq(hyphens.len, 36);
    ck_assert_str_eq(buf, "0af3c8d1-09bc-4def-8123-000000000001");
    a0_slice hex = a0_uuid_to_hex(hyphens, back);
    ck_assert_uint_eq(hex.len, 32);
    ck_assert_str_eq(back, "0af3c8d109bc4def8123000000000001");
    for (size_t i = 0; i < A0_COUNT(same); i++) {
        ck_assert_ptr_eq(a0_uuid_from_hex(slice(same[i]), buf).data, same[i]);
        ck_assert_ptr_eq(a0_uuid_to_hex(slice(same[i]), buf).data, same[i]);
    }
}
END_TEST

/* --- SQL -------------------------------------------------------------------------------------- */

START_TEST(names_are_quoted_and_values_are_bound)
{
    a0_store store = {.dialect = {.quote = '"', .numbered = true, .time_suffix = "+00"}};
    a0_sql sql = A0_SQL(&store);
    const a0_value *value;
    a0_sql_put(&sql, "SELECT @ FROM @, @, @ WHERE ", "a\"b", "\"s\".\"t\"", "\"s\".t\"", "x");
    a0_sql_text(&sql, "it's; DROP");
    a0_sql_int(&sql, -5);
    a0_sql_time(&sql, 1500000);
    a0_sql_time(&sql, 0);
    a0_sql_text(&sql, NULL);
    ck_assert_str_eq(a0_buf_text(&sql.text), "SELECT \"a\"\"b\" FROM \"s\".\"t\", "
                                             "\"\"\"s\"\".t\"\"\", \"x\" WHERE $1$2$3$4$5");
    ck_assert_str_eq(a0_sql_value(&sql, 0, &value), "it's; DROP");
    ck_assert_int_eq(value->kind, A0_VALUE_TEXT);
    ck_assert_str_eq(a0_sql_value(&sql, 1, &value), "-5");
    ck_assert(value->kind == A0_VALUE_INT && value->number == -5);
    ck_assert_str_eq(a0_sql_value(&sql, 2, &value), "1970-01-01 00:00:01.500000+00");
    ck_assert_ptr_null(a0_sql_value(&sql, 3, &value));
    ck_assert_int_eq(value->kind, A0_VALUE_NULL);
    ck_assert_str_eq(a0_sql_value(&sql, 4, &value), "");
    a0_sql_clear(&sql);
}
END_TEST

START_TEST(a_statement_that_memory_fails_for_is_not_run)
{
    a0_store store = {.dialect = {.quote = '"'}};
    for (long nth = 1; nth <= 3; nth++) {
        a0_sql sql = A0_SQL(&store);
        auth0db_error err = {0};
        a0_test_fail_nth_alloc(nth);
        a0_sql_put(&sql, "SELECT ");
        a0_sql_text(&sql, "x");
        a0_test_fail_nth_alloc(0);
        ck_assert_int_eq(a0_sql_run(&sql, NULL, &err), AUTH0DB_ERR_NO_MEMORY);
    }
}
END_TEST

UNIT_MAIN("store_text", urls_of_every_kind_are_taken_apart, options_follow_the_question_mark,
          a_bad_url_is_refused_without_its_password, a_file_of_the_databases_own_may_name_it,
          a_store_that_takes_no_options_says_so, times_are_read_as_the_databases_write_them,
          times_are_written_as_django_writes_them, integer_keys_are_canonical,
          uuids_change_their_form_only_where_they_change_back,
          names_are_quoted_and_values_are_bound, a_statement_that_memory_fails_for_is_not_run)
