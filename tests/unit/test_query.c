#include <string.h>

#include "base/mem.h"
#include "sandbox/query.h"
#include "unit.h"

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

UNIT_MAIN("query", a_search_that_is_cut_short_is_refused_where_it_ends,
          no_prefix_of_a_search_breaks_the_parser)
