/* Who speaks for the site at the tenant: secrets that change, an application of its own for the
 * Management API, the custom domain; and what is kept of a set-up that the tenant does not take. */
#include <string.h>

#include "tenant.h"
#include "unit.h"

static tenant t;
static auth0db_client *client;
static auth0db_error err;
static auth0db_tenant_user user;

/* What the tenant takes, by application. */
static const char *login_secret, *management_secret;

static bool holds(const script_request *request, const char *name, const char *value)
{
    char field[80];
    snprintf(field, sizeof field, "%s=%s&", name, value);
    return strstr(request->body, field) != NULL;
}

/* As Auth0 has it: the application first, then the person (facts/auth0.md 1.4). */
static bool wants_secrets(tenant *self, const script_request *request, script_answer *out)
{
    if (strcmp(request->path, "/oauth/token") != 0)
        return false;
    const bool management = holds(request, "client_id", "mgmt");
    const char *secret = management ? management_secret : login_secret;
    if (holds(request, "client_secret", secret))
        return false;
    self->n++;
    *out = script_reply(401, "",
                        "{\"error\":\"access_denied\",\"error_description\":\"Unauthorized\"}");
    return true;
}

static bool wrong_password(tenant *self, const script_request *request, script_answer *out)
{
    *out = script_reply(403, "", "{\"error\":\"invalid_grant\"}");
    return true;
}

static void begin(const auth0db_client_options *with)
{
    t = (tenant){.answer = wants_secrets};
    login_secret = "s3cret";
    management_secret = "more";
    tenant_start(&t);
    client = tenant_client(&t, with);
}

static void end(void)
{
    auth0db_client_free(client);
    tenant_stop(&t);
}

static auth0db_outcome get(void)
{
    return auth0db_client_user_get(client, "auth0|1", 5000, &user, &err);
}

static const auth0db_error *setup(void)
{
    static auth0db_client_state state;
    auth0db_client_get_state(client, &state);
    return &state.setup;
}

START_TEST(of_two_secrets_the_one_that_is_taken_is_kept_to)
{
    begin(&(auth0db_client_options){.client_secret = "s3cret n3wer"});
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    ck_assert_int_eq(t.n, 0);
    login_secret = "n3wer"; /* now it is rotated */
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    ck_assert_int_eq(t.n, 1); /* refused once, and not tried first again */
    ck_assert_int_eq(get(), AUTH0DB_OUTCOME_NOT_FOUND);
    ck_assert_int_eq(t.n, 1);
    ck_assert_int_eq(setup()->code, AUTH0DB_OK);
    end();
}
END_TEST

START_TEST(a_management_token_comes_by_the_other_secret_too)
{
    begin(&(auth0db_client_options){.client_secret = "0ld\n s3cret"});
    ck_assert_int_eq(get(), AUTH0DB_OUTCOME_NOT_FOUND);
    ck_assert_int_eq(t.n, 1);
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    ck_assert_int_eq(t.n, 1);
    end();
}
END_TEST

/* Else the log says that the tenant takes it, and the right one is tried second from then on. */
START_TEST(a_secret_that_is_refused_as_well_is_not_kept_to)
{
    begin(&(auth0db_client_options){.client_secret = "0ld 0lder"});
    ck_assert_int_eq(get(), AUTH0DB_OUTCOME_MISCONFIGURED);
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_MISCONFIGURED);
    ck_assert_int_eq(t.n, 4);
    login_secret = "0ld";
    ck_assert_int_eq(get(), AUTH0DB_OUTCOME_NOT_FOUND);
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    ck_assert_int_eq(t.n, 4);
    end();
}
END_TEST

/* Whoever types a wrong password must not turn the secrets, nor be asked about twice. */
START_TEST(a_wrong_password_is_no_reason_to_try_the_other_secret)
{
    begin(&(auth0db_client_options){.client_secret = "s3cret n3wer"});
    t.answer = wrong_password;
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_BAD_CREDENTIALS);
    ck_assert_uint_eq(script_requests(t.server), 1);
    end();
}
END_TEST

START_TEST(two_wrong_secrets_are_misconfigured_and_the_state_says_so_until_one_is_right)
{
    begin(&(auth0db_client_options){.client_secret = "0ld 0lder"});
    ck_assert_int_eq(setup()->code, AUTH0DB_OK);
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_MISCONFIGURED);
    ck_assert_int_eq(t.n, 2);
    ck_assert_str_eq(setup()->where, "AUTH0_CLIENT_SECRET");
    ck_assert_ptr_null(strstr(setup()->message, "0ld"));
    login_secret = "0lder";
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    ck_assert_int_eq(setup()->code, AUTH0DB_OK);
    end();
}
END_TEST

START_TEST(one_call_that_is_allowed_does_not_hide_another_that_is_not)
{
    begin(NULL);
    tenant_says(&t, 0, 403, "{\"statusCode\":403,\"errorCode\":\"insufficient_scope\"}");
    ck_assert_int_eq(get(), AUTH0DB_OUTCOME_MISCONFIGURED);
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    ck_assert_str_eq(setup()->where, "AUTH0_CLIENT_ID");
    t.says[0].status = 0;
    ck_assert_int_eq(get(), AUTH0DB_OUTCOME_NOT_FOUND);
    ck_assert_int_eq(setup()->code, AUTH0DB_OK);
    end();
}
END_TEST

START_TEST(the_secret_that_logs_people_in_need_not_be_able_to_delete_them)
{
    begin(&(auth0db_client_options){.client_secret = "s3cret",
                                    .management_client_id = "mgmt",
                                    .management_client_secret = "0ld more"});
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    ck_assert_int_eq(get(), AUTH0DB_OUTCOME_NOT_FOUND);
    for (unsigned n = 1; n <= script_requests(t.server); n++) {
        const script_request *sent = script_request_at(t.server, n);
        bool credentials = strstr(sent->body, "client_credentials") != NULL;
        ck_assert(credentials == (strstr(sent->body, "client_id=mgmt") != NULL));
        ck_assert(!credentials || strstr(sent->body, "s3cret") == NULL);
    }
    tenant_says(&t, 0, 403, "{\"statusCode\":403,\"errorCode\":\"insufficient_scope\"}");
    ck_assert_int_eq(get(), AUTH0DB_OUTCOME_MISCONFIGURED);
    ck_assert_str_eq(err.where, "AUTH0_MANAGEMENT_CLIENT_ID");
    end();
    begin(&(auth0db_client_options){.client_secret = "s3cret",
                                    .management_client_id = "mgmt",
                                    .management_client_secret = "0ld"});
    ck_assert_int_eq(get(), AUTH0DB_OUTCOME_MISCONFIGURED);
    ck_assert_str_eq(err.where, "AUTH0_MANAGEMENT_CLIENT_SECRET");
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    end();
}
END_TEST

/* A new password ends sessions at other applications: the one that manages is none of those. */
START_TEST(an_application_that_only_manages_is_no_neighbour)
{
    static const struct {
        const char *list; /* in both generations of the answer */
        bool neighbours;
    } rows[] = {{"[\"cid\",\"mgmt\"]", false},
                {"[\"mgmt\",\"cid\"]", false},
                {"[\"mgmt\"]", false},
                {"[\"cid\",\"mgmt\",\"shop\"]", true}};
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        char body[400];
        auth0db_connection_info info;
        begin(&(auth0db_client_options){.management_client_id = "mgmt",
                                        .management_client_secret = "more"});
        snprintf(body, sizeof body,
                 "[{\"id\":\"con_1\",\"name\":\"Users\",\"strategy\":\"auth0\",\"options\":{},"
                 "\"enabled_clients\":%s}]",
                 rows[i].list);
        tenant_says(&t, 0, 200, body);
        ck_assert_int_eq(auth0db_client_connection(client, 5000, &info, &err), AUTH0DB_OUTCOME_OK);
        ck_assert_msg(info.other_applications == rows[i].neighbours, "%s", rows[i].list);
        end();
    }
}
END_TEST

START_TEST(the_custom_domain_is_named_where_auth0_takes_it)
{
    static const char header[] = "auth0-custom-domain: login.example.org\r\n";
    auth0db_new_user ann = {
        .user_id = "auth0|1", .email = "ann@example.org", .password = "x", .password_len = 1};
    begin(&(auth0db_client_options){.custom_domain = "login.example.org"});
    (void)auth0db_client_user_create(client, &ann, 5000, &user, &err);
    (void)auth0db_client_user_set_password(client, "auth0|1", "x", 1, 5000, &user, &err);
    (void)get();
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    for (unsigned n = 1; n <= script_requests(t.server); n++) {
        const script_request *sent = script_request_at(t.server, n);
        bool takes_it =
            strncmp(sent->path, "/api/v2/users", 13) == 0 && strcmp(sent->method, "GET") != 0;
        ck_assert_msg(takes_it == (strstr(sent->head, header) != NULL), "%s %s", sent->method,
                      sent->path);
    }
    end();
}
END_TEST

START_TEST(a_conflict_of_custom_domains_is_said_and_is_nobodys_account)
{
    auth0db_new_user ann = {
        .user_id = "auth0|1", .email = "ann@example.org", .password = "x", .password_len = 1};
    begin(NULL);
    tenant_says(
        &t, 0, 409,
        "{\"statusCode\":409,\"error\":\"Conflict\",\"message\":\"The tenant has multiple verified "
        "custom domains.\",\"errorCode\":\"custom_domain_conflict\"}");
    ck_assert_int_eq(auth0db_client_user_create(client, &ann, 5000, &user, &err),
                     AUTH0DB_OUTCOME_MISCONFIGURED);
    ck_assert_str_eq(err.where, "AUTH0_CUSTOM_DOMAIN");
    ck_assert_str_eq(setup()->where, "AUTH0_CUSTOM_DOMAIN");
    end();
}
END_TEST

UNIT_MAIN("apps", of_two_secrets_the_one_that_is_taken_is_kept_to,
          a_management_token_comes_by_the_other_secret_too,
          a_secret_that_is_refused_as_well_is_not_kept_to,
          a_wrong_password_is_no_reason_to_try_the_other_secret,
          two_wrong_secrets_are_misconfigured_and_the_state_says_so_until_one_is_right,
          one_call_that_is_allowed_does_not_hide_another_that_is_not,
          the_secret_that_logs_people_in_need_not_be_able_to_delete_them,
          an_application_that_only_manages_is_no_neighbour,
          the_custom_domain_is_named_where_auth0_takes_it,
          a_conflict_of_custom_domains_is_said_and_is_nobodys_account)
