/* The Management API: what goes out, what may come back, and the token that opens it. */
#include <string.h>

#include "auth0db/policy.h"
#include "auth0db/scopes.h"
#include "tenant.h"
#include "unit.h"

static tenant t;
static auth0db_client *client;
static auth0db_error err;
static auth0db_tenant_user user;
static fake_clock fake;

static void begin(const auth0db_client_options *with)
{
    t = (tenant){0};
    tenant_start(&t);
    client = tenant_client_at(&t, with, &fake);
}

static void end(void)
{
    auth0db_client_free(client);
    tenant_stop(&t);
}

static auth0db_outcome get(const char *id)
{
    memset(&user, 0xff, sizeof user);
    memset(&err, 0xff, sizeof err);
    return auth0db_client_user_get(client, id, 5000, &user, &err);
}

#define ANN                                                                                        \
    "{\"user_id\":\"auth0|abc\",\"email\":\"ann@example.org\",\"email_verified\":true,"            \
    "\"identities\":[{\"connection\":\"Users\",\"user_id\":\"abc\",\"provider\":\"auth0\"}]}"

#define PLUS                                                                                       \
    "{\"user_id\":\"auth0|plus\",\"email\":\"a+nn@example.org\",\"identities\":[{\"connection\":"  \
    "\"Users\"}]}"

static auth0db_new_user new_ann(void)
{
    return (auth0db_new_user){.user_id = "auth0|abc",
                              .email = "Ann@Example.ORG",
                              .given_name = "A\"n\\n",
                              .family_name = "",
                              .password = "p\"w\xc3\xa4",
                              .password_len = 5};
}

static auth0db_outcome create(const auth0db_new_user *new_user)
{
    memset(&user, 0xff, sizeof user);
    memset(&err, 0xff, sizeof err);
    return auth0db_client_user_create(client, new_user, 5000, &user, &err);
}

START_TEST(create_sends_what_was_asked_and_no_mail)
{
    begin(NULL);
    tenant_says(&t, 0, 201, ANN);
    auth0db_new_user ann = new_ann();
    ck_assert_int_eq(create(&ann), AUTH0DB_OUTCOME_OK);
    ck_assert_str_eq(user.user_id, "auth0|abc");
    const script_request *token = script_request_at(t.server, 1),
                         *sent = script_request_at(t.server, 2);
    char audience[160];
    snprintf(audience, sizeof audience, "audience=http%%3A%%2F%%2F127.0.0.1%%3A%d%%2Fapi%%2Fv2%%2F",
             script_port(t.server));
    ck_assert_ptr_nonnull(strstr(token->body, audience));
    ck_assert_str_eq(sent->method, "POST");
    ck_assert_str_eq(sent->path, "/api/v2/users");
    ck_assert_ptr_nonnull(strstr(sent->head, "Authorization: Bearer management-1\r\n"));
    ck_assert_ptr_nonnull(strstr(sent->head, "Content-Type: application/json\r\n"));
    ck_assert_str_eq(
        sent->body,
        "{\"connection\":\"Users\",\"user_id\":\"abc\",\"email\":\"ann@example.org\",\"password\":"
        "\"p\\\"w\xc3\xa4\",\"email_verified\":false,\"verify_email\":false,"
        "\"given_name\":\"A\\\"n\\\\n\"}");
    ann.username = "ann";
    ann.email_verified = true;
    ck_assert_int_eq(create(&ann), AUTH0DB_OUTCOME_OK);
    sent = script_request_at(t.server, 3);
    ck_assert_ptr_nonnull(strstr(sent->body, "\"username\":\"ann\""));
    ck_assert_ptr_nonnull(strstr(sent->body, "\"email_verified\":true,\"verify_email\":false"));
    end();
}
END_TEST

START_TEST(create_refuses_what_auth0_would_not_keep_as_it_is)
{
    static const auth0db_new_user bad[] = {
        {.user_id = "abc", .email = "a@b.co", .password = "x", .password_len = 1},
        {.user_id = "auth0|", .email = "a@b.co", .password = "x", .password_len = 1},
        {.user_id = "auth0|a b", .email = "a@b.co", .password = "x", .password_len = 1},
        {.user_id = "auth0|abc", .email = "", .password = "x", .password_len = 1},
        {.user_id = "auth0|abc", .email = NULL, .password = "x", .password_len = 1},
        {.user_id = "auth0|abc", .email = "a@b.co", .password = "", .password_len = 0},
        {.user_id = "auth0|abc", .email = "a@b.co", .password = "a\0b", .password_len = 3},
        {.user_id = "auth0|abc",
         .email = "a@b.co",
         .password = "x",
         .password_len = 1,
         .username = "\xff"},
    };
    begin(NULL);
    for (size_t i = 0; i < A0_COUNT(bad); i++) {
        ck_assert_msg(create(&bad[i]) == AUTH0DB_OUTCOME_INVALID_USER, "row %zu", i);
        ck_assert_str_eq(user.user_id, "");
    }
    ck_assert_uint_eq(script_requests(t.server), 0);
    end();
}
END_TEST

START_TEST(create_is_never_sent_twice_whatever_comes_back)
{
    static const struct {
        int status;
        const char *body;
        auth0db_outcome want;
    } rows[] = {
        {409,
         "{\"statusCode\":409,\"error\":\"Conflict\",\"message\":\"The user already "
         "exists.\",\"errorCode\":\"auth0_idp_"
         "error\"}",
         AUTH0DB_OUTCOME_EXISTS},
        {500, "oops", AUTH0DB_OUTCOME_UNAVAILABLE},
        {201, "<html>", AUTH0DB_OUTCOME_UNAVAILABLE},
        {201, "[]", AUTH0DB_OUTCOME_UNAVAILABLE},
        {201, "{\"user_id\":\"auth0|somebody-else\"}", AUTH0DB_OUTCOME_UNAVAILABLE},
        {201, "{\"user_id\":7}", AUTH0DB_OUTCOME_UNAVAILABLE},
        {302, "", AUTH0DB_OUTCOME_UNAVAILABLE},
        {429,
         "{\"statusCode\":429,\"error\":\"x\",\"message\":\"x\",\"errorCode\":\"too_many_"
         "requests\"}",
         AUTH0DB_OUTCOME_THROTTLED},
    };
    auth0db_new_user ann = new_ann();
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        begin(NULL);
        tenant_says(&t, 0, rows[i].status, rows[i].body);
        auth0db_outcome outcome = create(&ann);
        ck_assert_msg(outcome == rows[i].want, "%s: %s", rows[i].body,
                      auth0db_outcome_name(outcome));
        ck_assert_uint_eq(t.others, 1);
        ck_assert_int_ne(err.code, AUTH0DB_OK);
        ck_assert_ptr_null(strstr(err.message, "oops"));
        end();
    }
}
END_TEST

START_TEST(reading_a_user_escapes_the_id_and_takes_no_other_user)
{
    begin(NULL);
    tenant_says(&t, 0, 200, ANN);
    ck_assert_int_eq(get("auth0|abc"), AUTH0DB_OUTCOME_OK);
    ck_assert_str_eq(script_request_at(t.server, 2)->path, "/api/v2/users/auth0%7Cabc");
    ck_assert_str_eq(script_request_at(t.server, 2)->method, "GET");
    ck_assert_int_eq(get("auth0|../../x?y#z"), AUTH0DB_OUTCOME_UNAVAILABLE);
    ck_assert_str_eq(script_request_at(t.server, 3)->path,
                     "/api/v2/users/auth0%7C..%2F..%2Fx%3Fy%23z");
    ck_assert_str_eq(err.where, "user_id");
    tenant_says(&t, 0, 200,
                "{\"user_id\":\"auth0|abc\",\"identities\":[{\"connection\":\"Others\"}]}");
    ck_assert_int_eq(get("auth0|abc"), AUTH0DB_OUTCOME_NOT_FOUND);
    tenant_says(&t, 0, 200, "{\"user_id\":\"auth0|abc\",\"blocked\":\"true\"}");
    ck_assert_int_eq(get("auth0|abc"), AUTH0DB_OUTCOME_UNAVAILABLE);
    ck_assert_str_eq(err.where, "blocked");
    tenant_says(
        &t, 0, 200,
        "{\"user_id\":\"auth0|abc\",\"blocked\":true,\"last_password_reset\":\"2026-01-02T03:04:"
        "05Z\","
        "\"last_login\":{\"date\":1},\"username\":null}");
    ck_assert_int_eq(get("auth0|abc"), AUTH0DB_OUTCOME_OK);
    ck_assert(user.blocked);
    ck_assert_str_eq(user.last_password_reset, "2026-01-02T03:04:05Z");
    ck_assert_str_eq(user.last_login, "");
    end();
}
END_TEST

START_TEST(set_password_patches_the_password_alone)
{
    begin(NULL);
    tenant_says(&t, 0, 200, ANN);
    ck_assert_int_eq(
        auth0db_client_user_set_password(client, "auth0|abc", "n\"ew", 4, 5000, &user, &err),
        AUTH0DB_OUTCOME_OK);
    const script_request *sent = script_request_at(t.server, 2);
    ck_assert_str_eq(sent->method, "PATCH");
    ck_assert_str_eq(sent->body, "{\"password\":\"n\\\"ew\",\"connection\":\"Users\"}");
    char too_long[73] = {0};
    memset(too_long, 'x', sizeof too_long);
    ck_assert_int_eq(
        auth0db_client_user_set_password(client, "auth0|abc", too_long, 73, 5000, &user, &err),
        AUTH0DB_OUTCOME_INVALID_USER);
    tenant_says(
        &t, 0, 400,
        "{\"statusCode\":400,\"error\":\"Bad Request\",\"message\":\"PasswordStrengthError: x\"}");
    ck_assert_int_eq(
        auth0db_client_user_set_password(client, "auth0|abc", "x", 1, 5000, &user, &err),
        AUTH0DB_OUTCOME_WEAK_PASSWORD);
    end();
}
END_TEST

START_TEST(by_email_finds_the_users_of_our_connection)
{
    auth0db_tenant_user found[2];
    size_t n = 2;
    begin(NULL);
    tenant_says(&t, 0, 200,
                "[{\"user_id\":\"auth0|x\",\"identities\":[{\"connection\":\"Others\"}]}," PLUS
                "," PLUS "," PLUS "]");
    ck_assert_int_eq(
        auth0db_client_users_by_email(client, "A+nn@Example.org", 5000, found, &n, &err),
        AUTH0DB_OUTCOME_OK);
    ck_assert_str_eq(script_request_at(t.server, 2)->path,
                     "/api/v2/users-by-email?email=a%2Bnn%40example.org");
    ck_assert_uint_eq(n, 2);
    ck_assert_str_eq(found[1].user_id, "auth0|plus");
    tenant_says(&t, 0, 200, "[]");
    ck_assert_int_eq(auth0db_client_users_by_email(client, "a@b.co", 5000, found, &n, &err),
                     AUTH0DB_OUTCOME_OK);
    ck_assert_uint_eq(n, 0);
    n = 2; /* somebody else's address is no answer to ours */
    tenant_says(&t, 0, 200, "[" ANN "]");
    ck_assert_int_eq(auth0db_client_users_by_email(client, "a@b.co", 5000, found, &n, &err),
                     AUTH0DB_OUTCOME_UNAVAILABLE);
    ck_assert_uint_eq(n, 0);
    ck_assert_str_eq(found[0].user_id, "");
    n = 2;
    tenant_says(&t, 0, 200, "[" ANN ",{\"user_id\":\"auth0|x\"}]");
    ck_assert_int_eq(
        auth0db_client_users_by_email(client, "ann@example.org", 5000, found, &n, &err),
        AUTH0DB_OUTCOME_UNAVAILABLE);
    ck_assert_uint_eq(n, 0);
    ck_assert_str_eq(found[0].user_id, "");
    end();
}
END_TEST

START_TEST(a_check_is_tried_twice_and_a_read_of_a_login_once)
{
    auth0db_application_info info;
    begin(NULL);
    tenant_says(&t, 0, 502, "bad gateway");
    tenant_says(&t, 1, 200, "{\"grant_types\":[]}");
    ck_assert_int_eq(auth0db_client_application(client, 5000, &info, &err), AUTH0DB_OUTCOME_OK);
    ck_assert_uint_eq(t.others, 2);
    ck_assert_uint_ge(fake.slept_ms, 100);
    end();
    begin(NULL);
    tenant_says(&t, 0, 502, "bad gateway");
    ck_assert_int_eq(auth0db_client_application(client, 5000, &info, &err),
                     AUTH0DB_OUTCOME_UNAVAILABLE);
    ck_assert_uint_eq(t.others, 2);
    end();
    begin(NULL);
    tenant_says(&t, 0, 502, "bad gateway");
    ck_assert_int_eq(get("auth0|abc"), AUTH0DB_OUTCOME_UNAVAILABLE);
    ck_assert_uint_eq(t.others, 1);
    end();
}
END_TEST

#define UNAUTHORIZED "{\"statusCode\":401,\"error\":\"Unauthorized\",\"message\":\"Expired token\"}"

START_TEST(a_refused_token_is_replaced_once)
{
    auth0db_new_user ann = new_ann();
    begin(NULL);
    tenant_says(&t, 0, 401, UNAUTHORIZED);
    tenant_says(&t, 1, 201, ANN);
    ck_assert_int_eq(create(&ann), AUTH0DB_OUTCOME_OK);
    ck_assert_uint_eq(t.tokens, 2);
    ck_assert_ptr_nonnull(strstr(script_request_at(t.server, 4)->head, "Bearer management-2\r\n"));
    end();
    begin(NULL);
    tenant_says(&t, 0, 401, UNAUTHORIZED);
    ck_assert_int_eq(get("auth0|abc"), AUTH0DB_OUTCOME_MISCONFIGURED);
    ck_assert_uint_eq(t.tokens, 2);
    ck_assert_uint_eq(t.others, 2);
    end();
    begin(&(auth0db_client_options){.user_jwt = "e30.eyJzY29wZSI6InJlYWQ6dXNlcnMifQ.x"});
    tenant_says(&t, 0, 401, UNAUTHORIZED);
    ck_assert_int_eq(get("auth0|abc"), AUTH0DB_OUTCOME_MISCONFIGURED);
    ck_assert_str_eq(err.where, "AUTH0_USER_JWT");
    ck_assert_uint_eq(t.tokens, 0);
    ck_assert_uint_eq(t.others, 1);
    char scopes[64];
    ck_assert_int_eq(auth0db_client_scopes(client, 5000, scopes, sizeof scopes, &err),
                     AUTH0DB_OUTCOME_OK);
    ck_assert_str_eq(scopes, "read:users");
    end();
}
END_TEST

START_TEST(the_connection_is_read_in_both_generations_of_settings)
{
    auth0db_connection_info info;
    begin(NULL);
    tenant_says(
        &t, 0, 200,
        "[{\"id\":\"con_1\",\"name\":\"Users\",\"strategy\":\"auth0\",\"enabled_clients\":[\"x\","
        "\"cid\"],"
        "\"options\":{\"requires_username\":true,\"validation\":{\"username\":{\"min\":3,\"max\":"
        "40}},"
        "\"passwordPolicy\":\"good\",\"password_complexity_options\":{\"min_length\":12},"
        "\"brute_force_protection\":true,\"import_mode\":false}}]");
    ck_assert_int_eq(auth0db_client_connection(client, 5000, &info, &err), AUTH0DB_OUTCOME_OK);
    ck_assert_str_eq(script_request_at(t.server, 2)->path, "/api/v2/connections?name=Users");
    ck_assert(info.requires_username && info.enabled_for_client && info.brute_force_protection);
    ck_assert(info.other_applications);
    ck_assert(!info.import_mode && info.username_min == 3 && info.username_max == 40);
    ck_assert_str_eq(info.password_policy, "good");
    ck_assert_int_eq(info.password_min_length, 12);
    end();
    begin(NULL);
    tenant_says(
        &t, 0, 200,
        "[{\"id\":\"con_1\",\"name\":\"Users\",\"strategy\":\"auth0\",\"options\":{"
        "\"passwordPolicy\":null,"
        "\"attributes\":{\"username\":{\"identifier\":{\"active\":true},\"validation\":{\"min_"
        "length\":2,"
        "\"max_length\":20}}},\"password_options\":{\"complexity\":{\"min_length\":15}}}}]");
    tenant_says(&t, 1, 200, "{\"clients\":[{\"client_id\":\"x\"}],\"next\":\"a&b\"}");
    tenant_says(&t, 2, 200, "{\"clients\":[{\"client_id\":\"cid\"}]}");
    ck_assert_int_eq(auth0db_client_connection(client, 5000, &info, &err), AUTH0DB_OUTCOME_OK);
    ck_assert_str_eq(script_request_at(t.server, 4)->path,
                     "/api/v2/connections/con_1/clients?take=1000&from=a%26b");
    ck_assert(info.requires_username && info.enabled_for_client && info.username_min == 2);
    ck_assert(info.other_applications);
    ck_assert_str_eq(info.password_policy, "flexible");
    ck_assert_int_eq(info.password_min_length, 15);
    end();
}
END_TEST

/* Since July 2025 they want a scope of their own. An empty object, or a level that is not among
 * them, tells as little. */
START_TEST(options_that_are_left_out_are_unknown_and_no_defaults)
{
#define SHOWN                                                                                      \
    "[{\"id\":\"con_1\",\"name\":\"Users\",\"strategy\":\"auth0\",\"enabled_clients\":[\"cid\"]"
    static const char *const answers[] = {SHOWN "}]", SHOWN ",\"options\":{}}]",
                                          SHOWN ",\"options\":null}]", SHOWN ",\"options\":[1]}]"};
    auth0db_connection_info info;
    auth0db_policy *policy;
    for (size_t i = 0; i < A0_COUNT(answers); i++) {
        begin(NULL);
        tenant_says(&t, 0, 200, answers[i]);
        ck_assert_int_eq(auth0db_client_connection(client, 5000, &info, &err), AUTH0DB_OUTCOME_OK);
        ck_assert(info.enabled_for_client && !info.options_known);
        ck_assert_str_eq(info.password_policy, "");
        ck_assert_int_eq(auth0db_client_policy(client, 5000, &policy, &err),
                         AUTH0DB_OUTCOME_MISCONFIGURED);
        ck_assert_ptr_null(policy);
        ck_assert_str_eq(err.where, "AUTH0_CLIENT_ID");
        ck_assert_ptr_nonnull(strstr(err.message, "read:connections_options"));
        end();
    }
    begin(NULL);
    tenant_says(&t, 0, 200, SHOWN ",\"options\":{\"mfa\":{\"active\":true}}}]");
    ck_assert_int_eq(auth0db_client_connection(client, 5000, &info, &err), AUTH0DB_OUTCOME_OK);
    ck_assert(info.options_known);
    ck_assert_str_eq(info.password_policy, "");
    end();
#undef SHOWN
}
END_TEST

START_TEST(what_attributes_leave_unsaid_is_unknown)
{
#define SHOWN(options)                                                                             \
    "[{\"id\":\"con_1\",\"name\":\"Users\",\"strategy\":\"auth0\",\"enabled_clients\":[\"cid\"],"  \
    "\"options\":{" options "}}]"
    auth0db_connection_info info;
    auth0db_misfit misfits[AUTH0DB_MISFITS_MAX];
    begin(NULL);
    tenant_says(&t, 0, 200,
                SHOWN("\"attributes\":{\"email\":{\"identifier\":{\"active\":\"yes\"}},"
                      "\"username\":{\"profile_required\":false,\"validation\":{\"max_length\":40,"
                      "\"allowed_types\":{\"email\":true,\"phone_number\":false}}}}"));
    ck_assert_int_eq(auth0db_client_connection(client, 5000, &info, &err), AUTH0DB_OUTCOME_OK);
    ck_assert_int_eq(info.email.taken, AUTH0DB_YES);
    ck_assert_int_eq(info.email.identifier, AUTH0DB_UNKNOWN);
    ck_assert_int_eq(info.email.required, AUTH0DB_UNKNOWN);
    ck_assert_int_eq(info.username.identifier, AUTH0DB_UNKNOWN);
    ck_assert_int_eq(info.username.required, AUTH0DB_NO);
    ck_assert_int_eq(info.phone.taken, AUTH0DB_NO);
    ck_assert_int_eq(info.passwords, AUTH0DB_UNKNOWN);
    ck_assert_int_eq(info.username_may_be_email, AUTH0DB_YES);
    ck_assert_int_eq(info.username_may_be_phone, AUTH0DB_NO);
    ck_assert(!info.requires_username && info.username_max == 40);
    ck_assert_uint_eq(auth0db_client_misfits(client, &info, misfits), 0);
    end();
    begin(NULL);
    tenant_says(&t, 0, 200,
                SHOWN("\"authentication_methods\":{\"password\":{\"enabled\":false}},"
                      "\"attributes\":{\"phone_number\":{\"identifier\":{\"active\":true},"
                      "\"profile_required\":true}}"));
    ck_assert_int_eq(auth0db_client_connection(client, 5000, &info, &err), AUTH0DB_OUTCOME_OK);
    ck_assert_int_eq(info.passwords, AUTH0DB_NO);
    ck_assert_int_eq(info.email.taken, AUTH0DB_NO);
    size_t n = auth0db_client_misfits(client, &info, misfits);
    ck_assert_uint_eq(n, 4); /* passwords, phone, no e-mail, no identifier */
    for (size_t i = 0; i < n; i++)
        ck_assert(misfits[i].stops_import && *misfits[i].cure != '\0');
    info.options_known = false;
    ck_assert_uint_eq(auth0db_client_misfits(client, &info, misfits), 0);
    end();
#undef SHOWN
}
END_TEST

START_TEST(every_use_has_a_name_and_needs_no_scope_twice)
{
    for (int use = 0; use < AUTH0DB_USE_COUNT; use++) {
        char all[512], seen[512] = " ";
        snprintf(all, sizeof all, "%s %s", auth0db_use_needs(use), auth0db_use_helped_by(use));
        ck_assert_str_ne(auth0db_use_name(use), "");
        ck_assert_str_ne(all, " ");
        for (char *rest = all, *word; (word = strtok_r(NULL, " ", &rest)) != NULL;) {
            char spaced[80];
            snprintf(spaced, sizeof spaced, " %s ", word);
            ck_assert_msg(strstr(seen, spaced) == NULL, "%s: %s", auth0db_use_name(use), word);
            strcat(strcat(seen, word), " ");
        }
    }
    ck_assert_str_eq(auth0db_use_name(AUTH0DB_USE_COUNT), "");
    ck_assert_str_ne(auth0db_use_needs(AUTH0DB_USE_COUNT), ""); /* unknown is no */
}
END_TEST

START_TEST(a_connection_that_is_not_there_names_the_setting)
{
    auth0db_connection_info info;
    begin(NULL);
    tenant_says(&t, 0, 200, "[]");
    ck_assert_int_eq(auth0db_client_connection(client, 5000, &info, &err),
                     AUTH0DB_OUTCOME_NOT_FOUND);
    ck_assert_str_eq(err.where, "AUTH0_CONNECTION");
    tenant_says(&t, 0, 200, "[{\"id\":\"con_1\",\"name\":\"Others\",\"strategy\":\"auth0\"}]");
    ck_assert_int_eq(auth0db_client_connection(client, 5000, &info, &err),
                     AUTH0DB_OUTCOME_UNAVAILABLE);
    ck_assert_str_eq(info.name, "");
    end();
}
END_TEST

START_TEST(the_application_tells_its_grants)
{
    auth0db_application_info info;
    begin(NULL);
    tenant_says(&t, 0, 200,
                "{\"grant_types\":[\"client_credentials\",7,\"http://auth0.com/oauth/grant-type/"
                "password-realm\"],"
                "\"is_token_endpoint_ip_header_trusted\":true}");
    ck_assert_int_eq(auth0db_client_application(client, 5000, &info, &err), AUTH0DB_OUTCOME_OK);
    ck_assert_str_eq(script_request_at(t.server, 2)->path, "/api/v2/clients/cid");
    ck_assert(info.password_realm_grant && info.client_credentials_grant &&
              info.forwarded_for_trusted);
    tenant_says(&t, 0, 403,
                "{\"statusCode\":403,\"error\":\"Forbidden\",\"message\":\"x\",\"errorCode\":"
                "\"insufficient_scope\"}");
    ck_assert_int_eq(auth0db_client_application(client, 5000, &info, &err),
                     AUTH0DB_OUTCOME_MISCONFIGURED);
    ck_assert(!info.password_realm_grant);
    end();
}
END_TEST

UNIT_MAIN("client users", create_sends_what_was_asked_and_no_mail,
          create_refuses_what_auth0_would_not_keep_as_it_is,
          create_is_never_sent_twice_whatever_comes_back,
          reading_a_user_escapes_the_id_and_takes_no_other_user,
          set_password_patches_the_password_alone, by_email_finds_the_users_of_our_connection,
          a_check_is_tried_twice_and_a_read_of_a_login_once, a_refused_token_is_replaced_once,
          the_connection_is_read_in_both_generations_of_settings,
          options_that_are_left_out_are_unknown_and_no_defaults,
          what_attributes_leave_unsaid_is_unknown, every_use_has_a_name_and_needs_no_scope_twice,
          a_connection_that_is_not_there_names_the_setting, the_application_tells_its_grants)
