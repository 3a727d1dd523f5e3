/* What a login machine wants before its first question, and the id that it gives. */
#include <string.h>

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

UNIT_MAIN("login start", expected_id_depends_on_site_and_key_alone,
          machine_refuses_to_start_or_go_on_without_what_it_needs)
