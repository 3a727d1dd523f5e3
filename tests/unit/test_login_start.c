/* What a login machine wants before its first question, and the id that it gives. */
#include <string.h>
#include <unistd.h>

#include "auth0db/login.h"
#include "base/error.h"
#include "unit.h"

#define SITE "test-site"

START_TEST(expected_id_depends_on_site_and_key_alone)
{
    char a[AUTH0DB_ID_SIZE], b[AUTH0DB_ID_SIZE];
    auth0db_expected_id("site", "1", a);
    ck_assert_str_eq(a, "auth0|1bc0195911b528d6aaf0d459"); /* sha256("auth0db\0site\0" "1") */
    auth0db_expected_id("sit", "e1", b);
    ck_assert_str_ne(a, b); /* the separator counts */
}
END_TEST

START_TEST(machine_refuses_to_start_or_go_on_without_what_it_needs)
{
    auth0db_login *login;
    auth0db_error err;
    auth0db_login_options options = {
        .size = sizeof options, .site = "", .identifier = "x", .password = ""};
    ck_assert_int_eq(auth0db_login_new(&login, &options, &err), AUTH0DB_ERR_USAGE);
    ck_assert_ptr_null(login);
    options.site = SITE;
    ck_assert_int_eq(auth0db_login_new(&login, &options, &err), AUTH0DB_OK);
    auth0db_answer keyless = {.users = 1, .user = {.active = true}};
    ck_assert_int_eq(auth0db_login_tell(login, &keyless, &err), AUTH0DB_ERR_USAGE);
    ck_assert_str_eq(err.where, "user.key");
    auth0db_login_free(login);
    auth0db_login_free(NULL);
}
END_TEST

/* S1: whoever can make a site slow must not make it believe that the tenant is down, for then the last
 * shared password counts, which may be replaced there by now. */
START_TEST(a_site_that_took_all_the_time_is_no_outage)
{
    auth0db_client_options settings = {.size = sizeof settings,
                                       .domain = "127.0.0.1:9",
                                       .client_id = "id",
                                       .client_secret = "secret",
                                       .connection = "users"};
    auth0db_login_options options = {.size = sizeof options,
                                     .site = SITE,
                                     .identifier = "bob@example.org",
                                     .password = "x",
                                     .password_len = 1,
                                     .deadline_ms = 1,
                                     .outage_fallback = true};
    auth0db_answer bob = {.users = 1,
                          .user = {.key = "1",
                                   .email = "bob@example.org",
                                   .active = true,
                                   .auth0_id = "auth0|1",
                                   .standing = AUTH0DB_STANDING_SAME,
                                   .shared_known = true}};
    auth0db_client *client;
    auth0db_login *login;
    auth0db_error err;
    ck_assert_int_eq(auth0db_client_new(&client, &settings, &err), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_login_new(&login, &options, &err), AUTH0DB_OK);
    usleep(5000);
    ck_assert_int_eq(auth0db_login_tell(login, &bob, &err), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_login_run(login, client, &err), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_login_question(login)->ask, AUTH0DB_ASK_CHECK_HASH);
    auth0db_answer right = {.yes = true};
    ck_assert_int_eq(auth0db_login_tell(login, &right, &err), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_login_question(login)->ask, AUTH0DB_REFUSE);
    ck_assert_int_eq(auth0db_login_question(login)->refusal, AUTH0DB_REFUSED_BUSY);
    auth0db_login_free(login);
    auth0db_client_free(client);
}
END_TEST

UNIT_MAIN("login start", expected_id_depends_on_site_and_key_alone,
          machine_refuses_to_start_or_go_on_without_what_it_needs,
          a_site_that_took_all_the_time_is_no_outage)
