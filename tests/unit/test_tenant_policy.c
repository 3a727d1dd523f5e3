/* What the library says in advance of the tenant's answer to a new password. */
#include <stdio.h>
#include <string.h>

#include "auth0db/policy.h"
#include "base/mem.h"
#include "unit.h"

#define TOO_SHORT AUTH0DB_POLICY_TOO_SHORT
#define KINDS AUTH0DB_POLICY_KINDS
#define COMMON AUTH0DB_POLICY_COMMON
#define PERSONAL AUTH0DB_POLICY_PERSONAL

static auth0db_policy *parse(const char *options)
{
    auth0db_policy *policy;
    auth0db_error err = {0};
    if (auth0db_policy_parse(&policy, options, strlen(options), &err) != AUTH0DB_OK)
        ck_abort_msg("%s: %s", options, err.message);
    return policy;
}

static unsigned check(const char *options, const char *password,
                      const auth0db_policy_person *person)
{
    auth0db_policy *policy = parse(options);
    unsigned faults = auth0db_policy_check(policy, password, strlen(password), person);
    auth0db_policy_free(policy);
    return faults;
}

START_TEST(each_level_names_what_it_misses)
{
    static const struct {
        const char *level, *password;
        unsigned want;
    } rows[] = {
        {"none", "", TOO_SHORT},
        {"none", "x", 0},
        {"low", "12345", TOO_SHORT},
        {"low", "aaaaaa", 0},
        {"fair", "Abcdefg1", 0},
        {"fair", "Abcdef1", TOO_SHORT},
        {"fair", "abc", TOO_SHORT | KINDS},
        {"fair", "abcdefg1!", KINDS},
        {"good", "abcdefg A", 0},            /* a space is special */
        {"good", "abcdefgA\xc3\xa9", KINDS}, /* an accent is not */
        {"excellent", "Abcdefgh111", AUTH0DB_POLICY_REPEATED},
        {"excellent", "Abcdefgh11!", 0},
        {"of tomorrow", "x", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char options[64];
        snprintf(options, sizeof options, "{\"passwordPolicy\":\"%s\"}", rows[i].level);
        ck_assert_msg(check(options, rows[i].password, NULL) == rows[i].want, "%s %s",
                      rows[i].level, rows[i].password);
    }
}
END_TEST

START_TEST(a_flexible_policy_is_read_as_well)
{
    static const char options[] =
        "{\"passwordPolicy\":\"excellent\",\"password_options\":{\"complexity\":{\"min_length\":4,"
        "\"character_types\":[\"lowercase\",\"number\"],\"sequential_characters\":\"block\","
        "\"identical_characters\":\"block\",\"max_length_exceeded\":\"error\"},"
        "\"dictionary\":{\"active\":true,\"custom\":[\"acme2024\"]},\"history\":{\"active\":true,"
        "\"size\":5}}}";
    char long_one[74];
    for (size_t i = 0; i < sizeof long_one - 1; i++)
        long_one[i] = "a1c3"[i % 4];
    long_one[73] = '\0';
    ck_assert_uint_eq(check(options, "ab1d", NULL), 0);
    ck_assert_uint_eq(check(options, "abc1", NULL), AUTH0DB_POLICY_SEQUENCE);
    ck_assert_uint_eq(check(options, "321a", NULL), AUTH0DB_POLICY_SEQUENCE);
    ck_assert_uint_eq(check(options, "aaa1", NULL), AUTH0DB_POLICY_REPEATED);
    ck_assert_uint_eq(check(options, "ACme2024", NULL), COMMON);
    ck_assert_uint_eq(check(options, long_one, NULL), AUTH0DB_POLICY_TOO_LONG);
    long_one[72] = '\0';
    ck_assert_uint_eq(check(options, long_one, NULL), 0);
    auth0db_policy *policy = parse(options);
    auth0db_policy_rules rules;
    auth0db_policy_get_rules(policy, &rules);
    ck_assert_uint_eq(rules.history, 5);
    ck_assert_uint_eq(rules.kinds_needed, 2);
    auth0db_policy_free(policy);
}
END_TEST

START_TEST(personal_data_is_what_the_tenant_will_know)
{
    static const char on[] = "{\"password_no_personal_info\":{\"enable\":true}}";
    static const char names[] = "{\"password_options\":{\"profile_data\":{\"active\":true,"
                                "\"blocked_fields\":[\"family_name\"]}}}";
    auth0db_policy_person marie = {.email = "Marie.Curie@example.org",
                                   .username = "mcu",
                                   .given_name = "Marie",
                                   .family_name = "Sklodowska"};
    auth0db_policy_person al = {.email = "al@example.org"};
    ck_assert_uint_eq(check(on, "x-marie.CURIE-x", &marie), PERSONAL);
    ck_assert_uint_eq(check(on, "aMCUb", &marie), PERSONAL);
    ck_assert_uint_eq(check(on, "example.org", &marie), 0);
    ck_assert_uint_eq(check(on, "sklodowska1", &marie),
                      0); /* not sent in a field this policy looks at */
    ck_assert_uint_eq(check(names, "sklodowska1", &marie), PERSONAL);
    ck_assert_uint_eq(check(names, "Marie", &marie), 0);
    ck_assert_uint_eq(check(on, "general", &al), 0); /* "al" is too short to mean a person */
    ck_assert_uint_eq(check(on, "xAL@example.orgx", &al), PERSONAL);
    ck_assert_uint_eq(check(on, "anything", NULL), 0);
    ck_assert_uint_eq(check("{}", "marie.curie", &marie), 0);
}
END_TEST

/* A tenant that answers nonsense must not keep everybody from setting a password. */
START_TEST(nonsense_asks_for_nothing)
{
    static const char *const options[] = {
        "{}",
        "{\"passwordPolicy\":17}",
        "{\"passwordPolicy\":\"none\",\"password_complexity_options\":{\"min_length\":1000000}}",
        "{\"password_complexity_options\":{\"min_length\":-1}}",
        "{\"password_options\":{\"complexity\":\"strong\"}}",
        /* nothing could be long enough and short enough */
        "{\"password_options\":{\"complexity\":{\"min_length\":100,"
        "\"max_length_exceeded\":\"error\"}}}",
        "{\"password_options\":{\"complexity\":{\"character_types\":[\"runes\",null,3],"
        "\"character_type_rule\":\"three_of_four\"}}}",
        "{\"password_dictionary\":{\"enable\":true,\"dictionary\":[7,null,\"x\\u0000y\"]}}",
        "{\"password_dictionary\":{\"enable\":true,\"dictionary\":{}}}",
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        ck_assert_msg(check(options[i], "x", NULL) == 0, "%s", options[i]);
}
END_TEST

START_TEST(what_is_no_object_or_no_text_is_said_so)
{
    auth0db_policy *policy;
    auth0db_error err = {0};
    ck_assert_int_eq(auth0db_policy_parse(&policy, "[]", 2, &err), AUTH0DB_ERR_MALFORMED);
    ck_assert_ptr_null(policy);
    ck_assert_int_ne(auth0db_policy_parse(&policy, "{", 1, &err), AUTH0DB_OK);
    ck_assert_ptr_null(policy);
    ck_assert_uint_eq(check("{}", "abc\xff", NULL), AUTH0DB_POLICY_NOT_TEXT);
    ck_assert_uint_eq(check("{\"passwordPolicy\":\"low\"}",
                            "\xf0\x9f\x94\x91\xf0\x9f\x94\x91\xf0\x9f\x94\x91", NULL),
                      0); /* three keys: six UTF-16 units, as Auth0 counts */
}
END_TEST

START_TEST(no_memory_is_an_error_not_a_crash)
{
    static const char options[] =
        "{\"password_dictionary\":{\"enable\":true,\"dictionary\":[\"one\",\"two\",\"three\"]}}";
    auth0db_policy *policy = NULL;
    int rc = AUTH0DB_ERR_NO_MEMORY;
    long nth = 0;
    while (rc == AUTH0DB_ERR_NO_MEMORY) {
        a0_test_fail_nth_alloc(++nth);
        rc = auth0db_policy_parse(&policy, options, sizeof options - 1, NULL);
        ck_assert(rc == AUTH0DB_OK || policy == NULL);
    }
    a0_test_fail_nth_alloc(0);
    ck_assert_int_eq(rc, AUTH0DB_OK);
    ck_assert_int_ge(nth, 5);
    auth0db_policy_free(policy);
}
END_TEST

UNIT_MAIN("tenant policy", each_level_names_what_it_misses, a_flexible_policy_is_read_as_well,
          personal_data_is_what_the_tenant_will_know, nonsense_asks_for_nothing,
          what_is_no_object_or_no_text_is_said_so, no_memory_is_an_error_not_a_crash)
