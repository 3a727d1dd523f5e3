#include <string.h>

#include "base/env.h"
#include "tenant.h"
#include "unit.h"

START_TEST(a_grant_tells_who_the_user_is)
{
    tenant t = {0};
    tenant_start(&t);
    auth0db_client *client = tenant_client(&t, NULL);
    auth0db_credentials c = {
        .identifier = "a+b&c=d@example.org", .password = "p%&=+\xc3\xa4 ", .password_len = 8};
    auth0db_tenant_user user;
    auth0db_error err;
    ck_assert_int_eq(auth0db_client_grant(client, &c, 5000, &user, &err), AUTH0DB_OUTCOME_OK);
    ck_assert_str_eq(user.user_id, "auth0|1");
    ck_assert_str_eq(user.email, "ann@example.org");
    ck_assert_str_eq(user.name, "Ann");
    ck_assert(user.email_verified && !user.blocked);
    const script_request *sent = script_request_at(t.server, 1);
    ck_assert_str_eq(
        sent->body,
        "grant_type=http%3A%2F%2Fauth0.com%2Foauth%2Fgrant-type%2Fpassword-realm&client_id=cid"
        "&client_secret=s3cret&realm=Users&scope=openid%20profile%20email"
        "&username=a%2Bb%26c%3Dd%40example.org&password=p%25%26%3D%2B%C3%A4%20");
    ck_assert_ptr_null(strstr(sent->head, "forwarded"));
    auth0db_client_free(client);
    tenant_stop(&t);
}
END_TEST

UNIT_MAIN("client", a_grant_tells_who_the_user_is)
