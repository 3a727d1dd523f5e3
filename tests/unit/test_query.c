#include <string.h>

#include "base/mem.h"
#include "sandbox/request.h"
#include "sandbox/tenant/query.h"
#include "unit.h"

/* The number of '?' outside of nothing: our SQL holds no quoted question mark. */
static size_t marks(const char *sql)
{
    size_t n = 0;
    for (; *sql != '\0'; sql++)
        n += *sql == '?';
    return n;
}

static void expect(const char *q, const char *where, const char *values)
{
    sb_query_sql query;
    auth0db_error err = {0};
    ck_assert_msg(sb_query_parse(&query, q, &err) == AUTH0DB_OK, "%s: %s", q, err.message);
    ck_assert_str_eq(a0_buf_text(&query.where), where);
    a0_buf text = {0};
    ck_assert_int_eq(a0_json_write(&text, query.values), AUTH0DB_OK);
    ck_assert_str_eq(a0_buf_text(&text), values);
    ck_assert_uint_eq(marks(a0_buf_text(&query.where)), json_array_size(query.values));
    a0_buf_clear(&text);
    sb_query_clear(&query);
}

START_TEST(a_term_becomes_a_bound_comparison)
{
    expect("email:\"Bob@x.org\"", "((email = ?))", "[\"bob@x.org\"]");
    expect("user_id:\"auth0|B\"", "((user_id = ?))", "[\"auth0|B\"]");
    expect("username:bob*", "((substr(username, 1, ?) = ?))", "[3,\"bob\"]");
    expect("username:*bob", "((substr(username, ?) = ?))", "[-3,\"bob\"]");
    expect("username:*", "((username IS NOT NULL))", "[]");
    expect("logins_count:3", "((json_extract(profile, ?) = CAST(? AS REAL)))",
           "[\"$.logins_count\",\"3\"]");
}
END_TEST

START_TEST(operators_bind_as_in_lucene)
{
    expect("email:a OR email:b AND email:c", "((email = ?)) OR ((email = ?) AND (email = ?))",
           "[\"a\",\"b\",\"c\"]");
    expect("NOT email:a", "(NOT coalesce((email = ?), 0))", "[\"a\"]");
    expect("email:(a OR \"b c\")", "(((email = ?) OR (email = ?)))", "[\"a\",\"b c\"]");
}
END_TEST

START_TEST(text_from_outside_is_never_in_the_sql)
{
    expect("name:\"x\\\"') OR 1=1 --\"",
           "(((CASE json_type(profile, ?) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'"
           " ELSE CAST(json_extract(profile, ?) AS TEXT) END) = ? COLLATE NOCASE))",
           "[\"$.name\",\"$.name\",\"x\\\"') OR 1=1 --\"]");
}
END_TEST

START_TEST(metadata_paths_are_quoted_and_bound)
{
    expect("user_metadata.a-b.c:x",
           "(((CASE json_type(profile, ?) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'"
           " ELSE CAST(json_extract(profile, ?) AS TEXT) END) = ?))",
           "[\"$.\\\"user_metadata\\\".\\\"a-b\\\".\\\"c\\\"\","
           "\"$.\\\"user_metadata\\\".\\\"a-b\\\".\\\"c\\\"\",\"x\"]");
}
END_TEST

START_TEST(every_error_names_its_place)
{
    static const char *const bad[] = {"email",    "email:",    "x:y",
                                      "(email:a", "email:\"a", "email:a b"};
    for (size_t i = 0; i < A0_COUNT(bad); i++) {
        sb_query_sql query;
        auth0db_error err = {0};
        ck_assert_int_eq(sb_query_parse(&query, bad[i], &err), AUTH0DB_ERR_MALFORMED);
        ck_assert_ptr_nonnull(strstr(err.message, "at character "));
        ck_assert_ptr_null(query.values);
    }
}
END_TEST

/* On the heap and no byte longer, so that a step past the end is seen by ASan. */
static int parse(const char *q, auth0db_error *err)
{
    sb_query_sql out;
    char *exact = a0_strdup(q);
    ck_assert_ptr_nonnull(exact);
    int rc = sb_query_parse(&out, exact, err);
    if (rc == AUTH0DB_OK)
        sb_query_clear(&out);
    a0_free(exact);
    return rc;
}

START_TEST(a_search_that_is_cut_short_is_refused_where_it_ends)
{
    static const struct {
        const char *q, *where;
    } rows[] = {
        {"email:\"", "character 8"},   {"email:\"x", "character 9"},
        {"email:\"\\", "character 9"}, {"email:\"x\\", "character 10"},
        {"email:", "character 7"},     {"(email:x", "character 9"},
        {"email", "character 6"},      {"email:x AND ", "character 13"},
        {"NOT ", "character 5"},       {"", "character 1"},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        auth0db_error err = {0};
        ck_assert_msg(parse(rows[i].q, &err) == AUTH0DB_ERR_MALFORMED, "%s", rows[i].q);
        const char *found = strstr(err.message, rows[i].where);
        ck_assert_msg(found != NULL && strcmp(found, rows[i].where) == 0, "%s: %s", rows[i].q,
                      err.message);
    }
}
END_TEST

/* Each prefix of a search that uses all of the grammar: none may read past its end. */
START_TEST(no_prefix_of_a_search_breaks_the_parser)
{
    static const char whole[] =
        "(email:\"a\\\"b\" OR NOT name:ab*) AND -logins_count:[1 TO 5] AND "
        "user_metadata.a.b:*abc AND _exists_:blocked AND name:(a OR \"b c\")";
    char prefix[sizeof whole];
    auth0db_error err = {0};
    ck_assert_msg(parse(whole, &err) == AUTH0DB_OK, "%s", err.message);
    int refused = 0;
    for (size_t len = 0; len < sizeof whole - 1; len++) {
        memcpy(prefix, whole, len);
        prefix[len] = '\0';
        refused += parse(prefix, &err) != AUTH0DB_OK;
    }
    ck_assert_int_gt(refused, 100);
}
END_TEST

START_TEST(forms_decode_exactly)
{
    json_t *form;
    ck_assert_int_eq(sb_form_parse(&form, "a=1+2&b=%2B%26&c&a=3&&=x", 24), AUTH0DB_OK);
    ck_assert_str_eq(json_string_value(json_array_get(json_object_get(form, "a"), 0)), "1 2");
    ck_assert_str_eq(json_string_value(json_array_get(json_object_get(form, "a"), 1)), "3");
    ck_assert_str_eq(a0_json_text(form, "b"), "+&");
    ck_assert_str_eq(a0_json_text(form, "c"), "");
    json_decref(form);
    static const char *const bad[] = {"a=%", "a=%4", "a=%zz", "a=%00", "a=%c3", "%ff=1"};
    for (size_t i = 0; i < A0_COUNT(bad); i++) {
        ck_assert_int_eq(sb_form_parse(&form, bad[i], strlen(bad[i])), AUTH0DB_ERR_MALFORMED);
        ck_assert_ptr_null(form);
    }
}
END_TEST

START_TEST(targets_split_before_they_decode)
{
    sb_request request = {0};
    ck_assert_int_eq(sb_request_parse_target(&request, "/users/auth0%7Ca%2Fb?q=%3F&x"), AUTH0DB_OK);
    ck_assert_uint_eq(request.n_segments, 2);
    ck_assert_str_eq(request.segments[1], "auth0|a/b");
    ck_assert_str_eq(request.path, "/users/auth0%7Ca%2Fb");
    ck_assert_str_eq(sb_query(&request, "q"), "?");
    sb_request_clear(&request);
    static const char *const bad[] = {"", "*", "x", "/%", "/%00", "/a?b=%00", "/a/b/c/d/e/f/g/h/i"};
    for (size_t i = 0; i < A0_COUNT(bad); i++) {
        request = (sb_request){0};
        ck_assert_msg(sb_request_parse_target(&request, bad[i]) == AUTH0DB_ERR_MALFORMED, "%s",
                      bad[i]);
        sb_request_clear(&request);
    }
}
END_TEST

UNIT_MAIN("query", a_term_becomes_a_bound_comparison, operators_bind_as_in_lucene,
          text_from_outside_is_never_in_the_sql, metadata_paths_are_quoted_and_bound,
          every_error_names_its_place, a_search_that_is_cut_short_is_refused_where_it_ends,
          no_prefix_of_a_search_breaks_the_parser, forms_decode_exactly,
          targets_split_before_they_decode)
