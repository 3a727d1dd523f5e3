/* The client against the sandbox tenant: two readings of Auth0's documentation that must agree,
 * over real HTTP and TLS. */
#include "conformance.h"

static void whole_life_of_a_user(void)
{
    auth0db_tenant_user found[2];
    size_t n = 2;
    WANT(create("auth0|abc", "Ann@Example.org", PASSWORD, NULL), OK);
    ck_assert_str_eq(user.user_id, "auth0|abc");
    ck_assert_str_eq(user.email, "ann@example.org");
    ck_assert(user.email_verified && !user.blocked);
    WANT(create("auth0|abc", "ann@example.org", PASSWORD, NULL), EXISTS);
    WANT(create("auth0|def", "ann@example.org", PASSWORD, NULL), EXISTS);
    WANT(create("auth0|abc", "other@example.org", PASSWORD, NULL), EXISTS);
    WANT(grant("ann@example.org", PASSWORD, "192.0.2.1"), OK);
    ck_assert_str_eq(user.user_id, "auth0|abc");
    ck_assert_str_eq(user.email, "ann@example.org");
    ck_assert(user.email_verified);
    ck_assert_str_eq(user.family_name, "O'Hara");
    WANT(grant("ann@example.org", "wrong", "192.0.2.1"), BAD_CREDENTIALS);
    WANT(grant("nobody@example.org", PASSWORD, "192.0.2.1"), BAD_CREDENTIALS);
    WANT(auth0db_client_user_get(client, "auth0|abc", 5000, &user, &err), OK);
    ck_assert_str_eq(user.last_password_reset, "");
    ck_assert_str_ne(user.last_login, "");
    WANT(auth0db_client_user_get(client, "auth0|nobody", 5000, &user, &err), NOT_FOUND);
    WANT(auth0db_client_users_by_email(client, "ANN@example.org", 5000, found, &n, &err), OK);
    ck_assert_uint_eq(n, 1);
    ck_assert_str_eq(found[0].user_id, "auth0|abc");
    WANT(auth0db_client_user_set_password(client, "auth0|abc", "N3w password", 12, 5000, &user,
                                          &err),
         OK);
    ck_assert_str_ne(user.last_password_reset, "");
    WANT(grant("ann@example.org", PASSWORD, "192.0.2.1"), BAD_CREDENTIALS);
    WANT(grant("ann@example.org", "N3w password", "192.0.2.1"), OK);
    WANT(auth0db_client_user_set_password(client, "auth0|nobody", "N3w password", 12, 5000, &user,
                                          &err),
         NOT_FOUND);
}

START_TEST(the_life_of_a_user_over_http)
{
    begin(false, false);
    whole_life_of_a_user();
    end();
}
END_TEST

START_TEST(the_life_of_a_user_over_tls)
{
    begin(true, false);
    ck_assert_ptr_nonnull(info->ca_file);
    whole_life_of_a_user();
    auth0db_client *stranger =
        new_client(info->client_secret, NULL); /* knows only the system's CAs */
    auth0db_credentials c = {"ann@example.org", "N3w password", 12, NULL, NULL};
    ck_assert_int_eq(auth0db_client_grant(stranger, &c, 5000, &user, &err),
                     AUTH0DB_OUTCOME_UNAVAILABLE);
    ck_assert_int_eq(err.code, AUTH0DB_ERR_UNTRUSTED);
    auth0db_client_free(stranger);
    end();
}
END_TEST

START_TEST(refusals_of_a_login)
{
    begin(false, false);
    WANT(create("auth0|abc", "ann@example.org", PASSWORD, NULL), OK);
    static const struct {
        const char *path, *on, *off;
        auth0db_outcome want;
    } rows[] = {
        {"users/auth0%7Cabc", "{\"blocked\":true}", "{\"blocked\":false}", AUTH0DB_OUTCOME_BLOCKED},
        {"users/auth0%7Cabc", "{\"mfa\":true}", "{\"mfa\":false}", AUTH0DB_OUTCOME_MFA_REQUIRED},
        {"users/auth0%7Cabc", "{\"leaked\":true}", "{\"leaked\":false}",
         AUTH0DB_OUTCOME_PASSWORD_LEAKED},
        {"users/auth0%7Cabc", "{\"deny\":\"not today\"}", "{\"deny\":null}",
         AUTH0DB_OUTCOME_DENIED},
        {"options", "{\"action_denies\":\"nobody\"}", "{\"action_denies\":\"\"}",
         AUTH0DB_OUTCOME_DENIED},
        {"options", "{\"captcha_required\":true}", "{\"captcha_required\":false}",
         AUTH0DB_OUTCOME_CAPTCHA},
        {"options", "{\"mfa_required\":true}", "{\"mfa_required\":false}",
         AUTH0DB_OUTCOME_MFA_REQUIRED},
        {"options", "{\"grant_types\":[\"client_credentials\"]}",
         "{\"grant_types\":[\"http://auth0.com/oauth/grant-type/"
         "password-realm\",\"client_credentials\"]}",
         AUTH0DB_OUTCOME_MISCONFIGURED},
        {"options", "{\"connection_enabled\":false}", "{\"connection_enabled\":true}",
         AUTH0DB_OUTCOME_MISCONFIGURED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        tell("PATCH", rows[i].path, rows[i].on);
        auth0db_outcome outcome = grant("ann@example.org", PASSWORD, "192.0.2.1");
        ck_assert_msg(outcome == rows[i].want, "%s: %s (%s)", rows[i].on,
                      auth0db_outcome_name(outcome), err.message);
        tell("PATCH", rows[i].path, rows[i].off);
        WANT(grant("ann@example.org", PASSWORD, "192.0.2.1"), OK);
    }
    tell("PATCH", "options", "{\"wrong_password\":\"invalid_user_password\"}");
    WANT(grant("ann@example.org", "wrong", "192.0.2.1"), BAD_CREDENTIALS);
    end();
}
END_TEST

START_TEST(typing_errors_lock_one_visitor_out_and_nobody_else)
{
    begin(false, false);
    WANT(create("auth0|abc", "ann@example.org", PASSWORD, NULL), OK);
    for (int i = 0; i < 10; i++)
        WANT(grant("ann@example.org", "wrong", "192.0.2.1"), BAD_CREDENTIALS);
    WANT(grant("ann@example.org", PASSWORD, "192.0.2.1"), TOO_MANY_ATTEMPTS);
    WANT(grant("ann@example.org", PASSWORD, "::ffff:192.0.2.1"), TOO_MANY_ATTEMPTS);
    WANT(grant("ann@example.org", PASSWORD, "192.0.2.2"), OK);
    end();
}
END_TEST

START_TEST(the_sandboxs_policy_and_field_rules_are_told_apart)
{
    begin(false, true);
    WANT(create("auth0|abc", "ann@example.org", PASSWORD, "ann"), OK);
    ck_assert_str_eq(user.username, "ann");
    WANT(grant("ann", PASSWORD, NULL), OK);
    WANT(create("auth0|def", "bob@example.org", PASSWORD, "ann"), USERNAME_TAKEN);
    WANT(create("auth0|def", "bob@example.org", PASSWORD, "a name with spaces"), INVALID_USER);
    tell("PATCH", "options", "{\"connection_options\":{\"passwordPolicy\":\"excellent\"}}");
    WANT(create("auth0|def", "bob@example.org", "short", "bob"), WEAK_PASSWORD);
    WANT(auth0db_client_user_set_password(client, "auth0|abc", "short", 5, 5000, &user, &err),
         WEAK_PASSWORD);
    end();
    begin(false, false);
    WANT(create("auth0|abc", "ann@example.org", PASSWORD, "ann"), MISCONFIGURED);
    ck_assert_str_eq(err.where, "AUTH0_REQUIRE_USERNAME");
    end();
}
END_TEST

START_TEST(settings_that_do_not_fit_are_the_operators_to_change)
{
    auth0db_connection_info connection;
    auth0db_application_info application;
    char scopes[2048];
    begin(false, false);
    WANT(auth0db_client_connection(client, 5000, &connection, &err), OK);
    ck_assert_str_eq(connection.id, info->connection_id);
    ck_assert(connection.enabled_for_client && !connection.requires_username);
    ck_assert(!connection.other_applications);
    WANT(auth0db_client_application(client, 5000, &application, &err), OK);
    ck_assert(application.password_realm_grant && application.client_credentials_grant &&
              application.forwarded_for_trusted);
    WANT(auth0db_client_scopes(client, 5000, scopes, sizeof scopes, &err), OK);
    ck_assert_ptr_nonnull(strstr(scopes, "create:users"));
    auth0db_client_free(client);
    client = new_client("not-the-secret", NULL);
    WANT(auth0db_client_user_get(client, "auth0|abc", 5000, &user, &err), MISCONFIGURED);
    ck_assert_str_eq(err.where, "AUTH0_CLIENT_SECRET");
    WANT(grant("ann@example.org", PASSWORD, NULL), MISCONFIGURED);
    auth0db_client_free(client);
    client = new_client(info->client_secret, NULL);
    tell("PATCH", "options", "{\"scopes\":[\"read:users\"]}");
    WANT(create("auth0|abc", "ann@example.org", PASSWORD, NULL), MISCONFIGURED);
    WANT(auth0db_client_application(client, 5000, &application, &err), MISCONFIGURED);
    end();
}
END_TEST

START_TEST(faults_never_admit_and_never_repeat)
{
    static const char *const faults[] = {
        "{\"kind\":\"html\",\"count\":1}",      "{\"kind\":\"huge\",\"count\":1}",
        "{\"kind\":\"malformed\",\"count\":1}", "{\"kind\":\"empty\",\"count\":1}",
        "{\"drop\":true,\"count\":1}",          "{\"drop\":true,\"execute\":true,\"count\":1}",
        "{\"cut_at\":20,\"count\":1}",          "{\"status\":503,\"count\":1}",
    };
    begin(false, false);
    WANT(create("auth0|abc", "ann@example.org", PASSWORD, NULL), OK);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        WANT(grant("ann@example.org", PASSWORD, "192.0.2.1"), OK); /* closes the breaker again */
        tell("DELETE", "requests", NULL);
        tell("POST", "faults", faults[i]);
        auth0db_outcome outcome = grant("ann@example.org", PASSWORD, "192.0.2.1");
        ck_assert_msg(outcome == AUTH0DB_OUTCOME_UNCONFIRMED, "%s: %s", faults[i],
                      auth0db_outcome_name(outcome));
        /* the login once, and perhaps a probe that names nobody: the tenant is there */
        const char *requests = tell("GET", "requests", NULL);
        ck_assert_msg(strstr(requests, "\"total\":1") != NULL ||
                          strstr(requests, "\"total\":2") != NULL,
                      "%s: %s", faults[i], requests);
    }
    end();
}
END_TEST

START_TEST(an_answer_lost_after_the_create_is_found_again)
{
    begin(false, false);
    WANT(auth0db_client_user_get(client, "auth0|abc", 5000, &user, &err), NOT_FOUND);
    tell("POST", "faults",
         "{\"method\":\"POST\",\"path\":\"/api/v2/users\",\"drop\":true,\"execute\":true,"
         "\"count\":1}");
    WANT(create("auth0|abc", "ann@example.org", PASSWORD, NULL), UNAVAILABLE);
    WANT(create("auth0|abc", "ann@example.org", PASSWORD, NULL), EXISTS);
    WANT(auth0db_client_user_get(client, "auth0|abc", 5000, &user, &err), OK);
    end();
}
END_TEST

START_TEST(keys_rotate_under_a_running_client)
{
    begin(false, false);
    WANT(create("auth0|abc", "ann@example.org", PASSWORD, NULL), OK);
    WANT(grant("ann@example.org", PASSWORD, NULL), OK);
    tell("POST", "keys/rotate", "{\"revoke\":true}");
    WANT(grant("ann@example.org", PASSWORD, NULL), OK);
    WANT(auth0db_client_user_get(client, "auth0|abc", 5000, &user, &err),
         OK); /* a new token after the 401 */
    end();
}
END_TEST

UNIT_MAIN("conformance", the_life_of_a_user_over_http, the_life_of_a_user_over_tls,
          refusals_of_a_login, typing_errors_lock_one_visitor_out_and_nobody_else,
          the_sandboxs_policy_and_field_rules_are_told_apart,
          settings_that_do_not_fit_are_the_operators_to_change, faults_never_admit_and_never_repeat,
          an_answer_lost_after_the_create_is_found_again, keys_rotate_under_a_running_client)
