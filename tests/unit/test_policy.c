#include <stdio.h>
#include <string.h>

#include "sandbox/tenant/policy.h"
#include "unit.h"

static json_t *json(const char *text)
{
    json_t *value;
    auth0db_error err = {0};
    if (a0_json_parse(&value, text, strlen(text), "test", &err) != AUTH0DB_OK)
        ck_abort_msg("%s: %s", text, err.message);
    return value;
}

static sb_policy_verdict judge(const char *options, const char *user, const char *password)
{
    json_t *o = json(options), *u = user != NULL ? json(user) : NULL;
    sb_policy_input input = {.options = o, .user = u, .password = {password, strlen(password)}};
    sb_policy_verdict verdict = sb_policy_check(&input);
    json_decref(o);
    json_decref(u);
    return verdict;
}

START_TEST(each_level_asks_for_what_auth0_documents)
{
    static const struct {
        const char *level, *password;
        sb_policy_verdict want;
    } rows[] = {
        {"none", "", SB_POLICY_WEAK},
        {"none", "x", SB_POLICY_OK},
        {"low", "12345", SB_POLICY_WEAK},
        {"low", "aaaaaa", SB_POLICY_OK},
        {"fair", "Abcdefg1", SB_POLICY_OK},
        {"fair", "Abcdef1", SB_POLICY_WEAK},
        {"fair", "abcdefg1!", SB_POLICY_WEAK},
        {"good", "abcdefg1!", SB_POLICY_OK},
        {"good", "abcdefgA", SB_POLICY_WEAK},
        {"good", "abcdefg A", SB_POLICY_OK},          /* a space is special */
        {"good", "abcdefgA\xc3\xa9", SB_POLICY_WEAK}, /* an accent is not */
        {"good", "Abcdef1", SB_POLICY_WEAK},
        {"excellent", "Abcdefgh1!", SB_POLICY_OK},
        {"excellent", "Abcdefg1!", SB_POLICY_WEAK},
        {"excellent", "Abcdefgh111", SB_POLICY_WEAK},
        {"excellent", "Abcdefgh11!", SB_POLICY_OK},
        {"excellent", "AbcdefghaaA1", SB_POLICY_OK}, /* a and A are not identical */
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        char options[64];
        snprintf(options, sizeof options, "{\"passwordPolicy\":\"%s\"}", rows[i].level);
        ck_assert_msg(judge(options, NULL, rows[i].password) == rows[i].want, "%s %s",
                      rows[i].level, rows[i].password);
    }
    ck_assert_int_eq(judge("{\"passwordPolicy\":null}", NULL, "x"), SB_POLICY_OK);
    ck_assert_int_eq(judge("{}", NULL, ""), SB_POLICY_WEAK);
}
END_TEST

START_TEST(length_is_counted_in_utf16_units)
{
    static const char low[] = "{\"passwordPolicy\":\"low\"}";
    ck_assert_int_eq(judge(low, NULL, "\xc3\xa9\xc3\xa9\xc3\xa9"),
                     SB_POLICY_WEAK); /* 6 bytes, 3 units */
    ck_assert_int_eq(judge(low, NULL, "\xf0\x9f\x94\x91\xf0\x9f\x94\x91\xf0\x9f\x94\x91"),
                     SB_POLICY_OK);
    ck_assert_int_eq(judge(low, NULL,
                           "abc\xff"
                           "defgh"),
                     SB_POLICY_WEAK); /* not UTF-8 at all */
}
END_TEST

START_TEST(min_length_overrides_the_level_in_both_directions)
{
    static const char longer[] =
        "{\"passwordPolicy\":\"low\",\"password_complexity_options\":{\"min_length\":9}}";
    static const char shorter[] =
        "{\"passwordPolicy\":\"fair\",\"password_complexity_options\":{\"min_length\":3}}";
    ck_assert_int_eq(judge(longer, NULL, "abcdefgh"), SB_POLICY_WEAK);
    ck_assert_int_eq(judge(longer, NULL, "abcdefghi"), SB_POLICY_OK);
    ck_assert_int_eq(judge(shorter, NULL, "Ab1"), SB_POLICY_OK);
    ck_assert_int_eq(judge(shorter, NULL, "ab1"), SB_POLICY_WEAK);
}
END_TEST

START_TEST(dictionary_compares_the_whole_password_ignoring_case)
{
    static const char on[] =
        "{\"password_dictionary\":{\"enable\":true,\"dictionary\":[\"Acme2024\"]}}";
    static const char off[] =
        "{\"password_dictionary\":{\"enable\":false,\"dictionary\":[\"Acme2024\"]}}";
    ck_assert_int_eq(judge(on, NULL, "aCME2024"), SB_POLICY_COMMON);
    ck_assert_int_eq(judge(on, NULL, "Password"), SB_POLICY_COMMON);
    ck_assert_int_eq(judge(on, NULL, "Acme2024!"), SB_POLICY_OK);
    ck_assert_int_eq(judge(off, NULL, "Acme2024"), SB_POLICY_OK);
}
END_TEST

START_TEST(personal_data_may_not_be_part_of_the_password)
{
    static const char on[] = "{\"password_no_personal_info\":{\"enable\":true}}";
    static const char user[] = "{\"email\":\"marie.curie@example.org\",\"username\":\"mcurie\","
                               "\"name\":\"Marie\",\"nickname\":\"al\","
                               "\"user_metadata\":{\"last\":\"Sklodowska\"}}";
    ck_assert_int_eq(judge(on, user, "x-MARIE.curie-x"), SB_POLICY_PERSONAL);
    ck_assert_int_eq(judge(on, user, "xxMcurieyy"), SB_POLICY_PERSONAL);
    ck_assert_int_eq(judge(on, user, "sklodowska1"), SB_POLICY_PERSONAL);
    ck_assert_int_eq(judge(on, user, "example.org"), SB_POLICY_OK);
    ck_assert_int_eq(judge(on, user, "general"),
                     SB_POLICY_OK); /* "al" is too short to mean a person */
    ck_assert_int_eq(judge(on, NULL, "mariecurie"), SB_POLICY_OK);
    ck_assert_int_eq(judge("{}", user, "marie.curie"), SB_POLICY_OK);
}
END_TEST

static bool reused_within_five(void *ctx, size_t last_n)
{
    ++*(int *)ctx;
    return last_n >= 5;
}

START_TEST(history_is_asked_last_and_only_where_it_is_on)
{
    int asked = 0;
    json_t *on =
        json("{\"password_history\":{\"enable\":true,\"size\":5},\"passwordPolicy\":\"low\"}");
    json_t *four = json("{\"password_history\":{\"enable\":true,\"size\":4}}");
    json_t *off = json("{\"password_history\":{\"enable\":false,\"size\":5}}");
    sb_policy_input input = {
        .options = on, .password = {"abcdef", 6}, .reused = reused_within_five, .ctx = &asked};
    ck_assert_int_eq(sb_policy_check(&input), SB_POLICY_REUSED);
    input.password.len = 5;
    ck_assert_int_eq(sb_policy_check(&input), SB_POLICY_WEAK);
    ck_assert_int_eq(asked, 1);
    input.options = four;
    ck_assert_int_eq(sb_policy_check(&input), SB_POLICY_OK);
    ck_assert_int_eq(asked, 2);
    input.options = off;
    ck_assert_int_eq(sb_policy_check(&input), SB_POLICY_OK);
    ck_assert_int_eq(asked, 2);
    json_decref(on);
    json_decref(four);
    json_decref(off);
}
END_TEST

START_TEST(flexible_options_replace_the_levels)
{
    static const char strict[] =
        "{\"password_options\":{\"complexity\":{\"min_length\":4,\"character_types\":["
        "\"uppercase\"],"
        "\"identical_characters\":\"block\",\"sequential_characters\":\"block\","
        "\"max_length_exceeded\":\"error\"},\"dictionary\":{\"active\":true,\"custom\":[\"Acme\"]},"
        "\"profile_data\":{\"active\":true,\"blocked_fields\":[\"given_name\",\"user_metadata."
        "dog\"]}}}";
    static const char user[] = "{\"given_name\":\"Zoe\",\"user_metadata\":{\"dog\":\"Rex\"}}";
    static const struct {
        const char *password;
        sb_policy_verdict want;
    } rows[] = {
        {"Axc9", SB_POLICY_OK},         {"axc9", SB_POLICY_WEAK},   {"AxC", SB_POLICY_WEAK},
        {"Axxx", SB_POLICY_WEAK},       {"Axyz", SB_POLICY_WEAK},   {"Azyx", SB_POLICY_WEAK},
        {"Axyx", SB_POLICY_OK},         {"acmE", SB_POLICY_COMMON}, {"A1-zoe", SB_POLICY_PERSONAL},
        {"A1-rex", SB_POLICY_PERSONAL},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++)
        ck_assert_msg(judge(strict, user, rows[i].password) == rows[i].want, "%s",
                      rows[i].password);
    char longest[80];
    for (size_t i = 0; i < sizeof longest; i++)
        longest[i] = i % 2 == 0 ? 'A' : 'x';
    longest[73] = '\0';
    ck_assert_int_eq(judge(strict, user, longest), SB_POLICY_WEAK);
    longest[72] = '\0';
    ck_assert_int_eq(judge(strict, user, longest), SB_POLICY_OK);
    ck_assert_int_eq(
        judge("{\"password_options\":{\"complexity\":{\"character_type_rule\":\"three_of_four\","
              "\"character_types\":[\"uppercase\",\"lowercase\",\"number\",\"special\"]}}}",
              NULL, "a-1"),
        SB_POLICY_OK);
}
END_TEST

START_TEST(verdicts_have_auth0_names)
{
    ck_assert_str_eq(sb_policy_name(SB_POLICY_WEAK), "PasswordStrengthError");
    ck_assert_str_eq(sb_policy_text(SB_POLICY_WEAK), "Password is too weak");
    ck_assert_str_eq(sb_policy_name(SB_POLICY_REUSED), "PasswordHistoryError");
    ck_assert_str_eq(sb_policy_name(SB_POLICY_OK), "");
}
END_TEST

START_TEST(options_outside_the_documented_shapes_are_named)
{
    static const struct {
        const char *options, *where; /* NULL: fine */
    } rows[] = {
        {"{}", NULL},
        {"{\"passwordPolicy\":null,\"password_history\":null}", NULL},
        {"{\"passwordPolicy\":\"good\",\"password_history\":{\"enable\":true,\"size\":24}}", NULL},
        {"{\"passwordPolicy\":\"great\"}", "options.passwordPolicy"},
        {"{\"passwordPolicy\":3}", "options.passwordPolicy"},
        {"{\"password_complexity_options\":{\"min_length\":0}}",
         "options.password_complexity_options.min_length"},
        {"{\"password_complexity_options\":{\"min_length\":1.5}}",
         "options.password_complexity_options.min_length"},
        {"{\"password_complexity_options\":7}", "options.password_complexity_options"},
        {"{\"password_history\":{\"size\":5}}", "options.password_history.enable"},
        {"{\"password_history\":{\"enable\":true,\"size\":25}}", "options.password_history.size"},
        {"{\"password_dictionary\":{\"enable\":true,\"dictionary\":[1]}}",
         "options.password_dictionary.dictionary"},
        {"{\"password_no_personal_info\":{}}", "options.password_no_personal_info.enable"},
        {"{\"password_options\":{\"complexity\":{\"min_length\":73}}}",
         "options.password_options.complexity.min_length"},
        {"{\"password_options\":{\"complexity\":{\"character_types\":[\"kana\"]}}}",
         "options.password_options.complexity.character_types"},
        {"{\"password_options\":{\"complexity\":{\"character_type_rule\":\"three_of_four\"}}}",
         "options.password_options.complexity.character_type_rule"},
        {"{\"password_options\":{},\"passwordPolicy\":\"low\"}", "options.password_options"},
        {"{\"password_options\":{\"dictionary\":{\"active\":true,\"default\":\"en_100k\"}}}", NULL},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        json_t *options = json(rows[i].options);
        auth0db_error err = {0};
        int rc = sb_policy_check_options(options, &err);
        ck_assert_msg((rc == AUTH0DB_OK) == (rows[i].where == NULL), "%s: %s", rows[i].options,
                      err.message);
        ck_assert_str_eq(err.where, rows[i].where != NULL ? rows[i].where : "");
        ck_assert_int_eq(sb_policy_check_options(options, NULL), rc);
        json_decref(options);
    }
}
END_TEST

UNIT_MAIN("policy", each_level_asks_for_what_auth0_documents, length_is_counted_in_utf16_units,
          min_length_overrides_the_level_in_both_directions,
          dictionary_compares_the_whole_password_ignoring_case,
          personal_data_may_not_be_part_of_the_password,
          history_is_asked_last_and_only_where_it_is_on, flexible_options_replace_the_levels,
          verdicts_have_auth0_names, options_outside_the_documented_shapes_are_named)
