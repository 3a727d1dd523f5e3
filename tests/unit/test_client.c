/* What the client asks and what it makes of proper answers. */
#include <string.h>

#include "tenant.h"
#include "unit.h"

static tenant t;
static auth0db_client *client;
static auth0db_error err;
static auth0db_tenant_user user;

static void begin(const auth0db_client_options *with)
{
    t = (tenant){0};
    tenant_start(&t);
    client = tenant_client(&t, with);
}

static void begin_at(fake_clock *clock)
{
    t = (tenant){0};
    tenant_start(&t);
    client = tenant_client_at(&t, NULL, clock);
}

static void end(void)
{
    auth0db_client_free(client);
    tenant_stop(&t);
}

static auth0db_outcome grant(const char *identifier, const char *password, size_t len,
                             const char *ip)
{
    auth0db_credentials c = {identifier, password, len, ip, NULL};
    memset(&user, 0xff, sizeof user);
    memset(&err, 0xff, sizeof err);
    return auth0db_client_grant(client, &c, 5000, &user, &err);
}

START_TEST(a_grant_tells_who_the_user_is)
{
    begin(NULL);
    ck_assert_int_eq(grant("a+b&c=d@example.org", "p%&=+\xc3\xa4 ", 8, NULL), AUTH0DB_OUTCOME_OK);
    ck_assert_str_eq(user.user_id, "auth0|1");
    ck_assert_str_eq(user.email, "ann@example.org");
    ck_assert_str_eq(user.name, "Ann");
    ck_assert_str_eq(user.username, "");
    ck_assert(user.email_verified && !user.blocked);
    const script_request *sent = script_request_at(t.server, 1);
    ck_assert_str_eq(
        sent->body,
        "grant_type=http%3A%2F%2Fauth0.com%2Foauth%2Fgrant-type%2Fpassword-realm&client_id=cid"
        "&client_secret=s3cret&realm=Users&scope=openid%20profile%20email"
        "&username=a%2Bb%26c%3Dd%40example.org&password=p%25%26%3D%2B%C3%A4%20");
    ck_assert_ptr_null(strstr(sent->head, "forwarded"));
    end();
}
END_TEST

START_TEST(a_second_grant_is_one_request_on_the_same_connection)
{
    begin(NULL);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    ck_assert_uint_eq(script_requests(t.server), 6); /* the key set once */
    ck_assert_uint_eq(script_connections(t.server), 1);
    auth0db_client_state state;
    auth0db_client_get_state(client, &state);
    ck_assert_uint_eq(state.requests, 6);
    ck_assert(!state.breaker_open && state.failures_in_a_row == 0);
    end();
}
END_TEST

START_TEST(what_no_auth0_password_can_be_is_wrong_without_asking)
{
    static const char nul[] = "a\0b";
    char *huge = malloc(1 << 20);
    memset(huge, 'x', 1 << 20);
    huge[(1 << 20) - 1] = '\0';
    begin(NULL);
    ck_assert_int_eq(grant("ann", nul, 3, NULL), AUTH0DB_OUTCOME_BAD_CREDENTIALS);
    ck_assert_int_eq(grant("ann", "\xff\xfe", 2, NULL), AUTH0DB_OUTCOME_BAD_CREDENTIALS);
    ck_assert_int_eq(grant("ann", "", 0, NULL), AUTH0DB_OUTCOME_BAD_CREDENTIALS);
    ck_assert_int_eq(grant("ann", huge, 1 << 20, NULL), AUTH0DB_OUTCOME_BAD_CREDENTIALS);
    ck_assert_int_eq(grant("", "x", 1, NULL), AUTH0DB_OUTCOME_BAD_CREDENTIALS);
    ck_assert_int_eq(grant("\xc3", "x", 1, NULL), AUTH0DB_OUTCOME_BAD_CREDENTIALS);
    ck_assert_int_eq(grant(huge, "x", 1, NULL), AUTH0DB_OUTCOME_BAD_CREDENTIALS);
    ck_assert_int_ne(err.code, AUTH0DB_OK);
    ck_assert_str_eq(user.user_id, "");
    ck_assert_uint_eq(script_requests(t.server), 0);
    ck_assert_int_eq(grant("ann", huge, 5000, NULL), AUTH0DB_OUTCOME_OK);
    ck_assert_int_eq(grant("ann\r\nX-Evil: 1", "a\r\nb", 4, NULL), AUTH0DB_OUTCOME_OK);
    const script_request *sent = script_request_at(t.server, 3);
    ck_assert_ptr_null(strstr(sent->head, "X-Evil"));
    ck_assert_ptr_nonnull(strstr(sent->body, "username=ann%0D%0AX-Evil%3A%201&password=a%0D%0Ab"));
    end();
    free(huge);
}
END_TEST

START_TEST(the_visitors_address_is_sent_only_as_one_address)
{
    static const struct {
        const char *given, *sent;
    } rows[] = {
        {"192.0.2.7", "192.0.2.7"},
        {"2001:DB8::0:7", "2001:db8::7"},
        {"::ffff:192.0.2.7", "192.0.2.7"},
        {"192.0.2.7, 192.0.2.8", NULL},
        {"192.0.2.07", NULL},
        {"192.0.2.7:80", NULL},
        {"fe80::1%eth0", NULL},
        {"[::1]", NULL},
        {"1.2.3.4\r\nX-Evil: 1", NULL},
        {"localhost", NULL},
        {" 192.0.2.7", NULL},
        {"", NULL},
    };
    begin(NULL);
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        char want[80] = "auth0-forwarded-for:";
        ck_assert_int_eq(grant("ann", "x", 1, rows[i].given), AUTH0DB_OUTCOME_OK);
        const script_request *sent = script_request_at(t.server, (unsigned)(i == 0 ? 1 : i + 2));
        if (rows[i].sent != NULL)
            snprintf(want, sizeof want, "auth0-forwarded-for: %s\r\n", rows[i].sent);
        ck_assert_msg((strstr(sent->head, want) != NULL) == (rows[i].sent != NULL), "%s",
                      rows[i].given);
    }
    end();
    begin(&(auth0db_client_options){.user_jwt = "a.b.c"});
    ck_assert_int_eq(grant("ann", "x", 1, "192.0.2.7"), AUTH0DB_OUTCOME_OK);
    ck_assert_ptr_null(strstr(script_request_at(t.server, 1)->head, "forwarded"));
    ck_assert_ptr_null(strstr(script_request_at(t.server, 1)->body, "client_secret"));
    end();
}
END_TEST

START_TEST(an_id_token_that_is_not_for_us_or_not_for_now_is_no_login)
{
    static const struct {
        const char *claims;
        auth0db_outcome want;
    } rows[] = {
        {"{\"aud\":[\"cid\"]}", AUTH0DB_OUTCOME_OK},
        {"{\"aud\":[\"other\",\"cid\"],\"azp\":\"cid\"}", AUTH0DB_OUTCOME_OK},
        {"{\"aud\":[\"cid\",\"other\"],\"azp\":\"cid\"}", AUTH0DB_OUTCOME_OK},
        {"{\"aud\":[7,\"cid\"],\"azp\":\"cid\"}", AUTH0DB_OUTCOME_OK},
        {"{\"exp\":1000000000000}", AUTH0DB_OUTCOME_OK},
        {"{\"azp\":\"cid\"}", AUTH0DB_OUTCOME_OK},
        {"{\"nbf\":1000}", AUTH0DB_OUTCOME_OK},
        /* made for another application's login; that it also lists us does not make it ours */
        {"{\"azp\":\"other\"}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"azp\":null}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"azp\":\"cid\\u0000\"}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"aud\":[\"cid\"],\"azp\":\"other\"}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"aud\":[\"other\",\"cid\"],\"azp\":\"other\"}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"aud\":[\"cid\",\"cid\"]}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"aud\":[\"cid\\u0000\"]}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"aud\":{\"cid\":1}}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"nbf\":1000000000000}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"nbf\":\"now\"}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"nbf\":null}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"aud\":[\"other\",\"cid\"]}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"aud\":\"other\"}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"aud\":[\"oth\"]}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"aud\":[\"oth\",\"her\"],\"azp\":\"cid\"}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"aud\":[]}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"aud\":null}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"iss\":\"https://evil.example/\"}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"iss\":7}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"exp\":1000}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"exp\":\"never\"}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"exp\":null}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"iat\":1000000000000}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"iat\":\"always\"}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"iat\":null}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"sub\":null}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"sub\":\"\"}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"sub\":\"auth0|1\\u0000\"}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"email\":[\"ann@example.org\"]}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"email\":\"ann@example.org\\u0000.evil.example\"}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"email_verified\":\"true\"}", AUTH0DB_OUTCOME_UNCONFIRMED},
        {"{\"name\":7}", AUTH0DB_OUTCOME_UNCONFIRMED},
    };
    begin(NULL);
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        t.claims = rows[i].claims;
        auth0db_outcome outcome = tenant_grant(client, 5000);
        ck_assert_msg(outcome == rows[i].want, "%s: %s", rows[i].claims,
                      auth0db_outcome_name(outcome));
    }
    end();
}
END_TEST

START_TEST(clocks_may_differ_by_a_minute)
{
    fake_clock clock;
    begin_at(&clock);
    static const struct {
        int64_t ours;
        auth0db_outcome want;
    } rows[] = {{-59, AUTH0DB_OUTCOME_OK},
                {-61, AUTH0DB_OUTCOME_UNCONFIRMED},
                {36000 + 59, AUTH0DB_OUTCOME_OK},
                {36000 + 60, AUTH0DB_OUTCOME_UNCONFIRMED}};
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        clock.wall_s = TENANT_NOW + rows[i].ours;
        ck_assert_msg(tenant_grant(client, 5000) == rows[i].want, "row %zu", i);
    }
    clock.wall_s = TENANT_NOW; /* the token's nbf is 60 and 61 seconds after our time */
    t.claims = "{\"nbf\":2000000060}";
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    t.claims = "{\"nbf\":2000000061}";
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_UNCONFIRMED);
    end();
}
END_TEST

START_TEST(long_names_are_cut_between_characters_and_addresses_never)
{
    char claims[2000] = "{\"name\":\"";
    for (int i = 0; i < 300; i++)
        strcat(claims, "\xf0\x9f\x94\x91");
    strcat(claims, "\"}");
    begin(NULL);
    t.claims = claims;
    ck_assert_int_eq(grant("ann", "x", 1, NULL), AUTH0DB_OUTCOME_OK);
    ck_assert_uint_eq(strlen(user.name), 600);
    strcpy(claims, "{\"email\":\"");
    for (int i = 0; i < 340; i++)
        strcat(claims, "a");
    strcat(claims, "@example.org\"}");
    ck_assert_int_eq(grant("ann", "x", 1, NULL), AUTH0DB_OUTCOME_UNCONFIRMED);
    end();
}
END_TEST

START_TEST(rotated_keys_are_fetched_once_and_a_hostile_kid_cannot_make_us_hammer)
{
    fake_clock clock;
    begin_at(&clock);
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    ck_assert_uint_eq(t.keysets, 1);
    tenant_rotate(&t, "k2");
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    ck_assert_uint_eq(t.keysets, 2);
    t.listed = "{\"keys\":[{\"kty\":\"oct\",\"k\":\"eA\"}]}";
    tenant_rotate(&t, "k3");
    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_UNCONFIRMED);
    ck_assert_uint_eq(t.keysets, 4); /* three refetches for unknown keys, one of them used above */
    clock.ms += 61 * 1000;
    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_UNCONFIRMED);
    ck_assert_uint_eq(t.keysets, 5);
    t.listed = NULL;
    clock.ms += 601 * 1000;
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    end();
}
END_TEST

/* The tenant's own key behind so many of others'. */
static void list_after(a0_buf *out, const a0_jwk *key, size_t others)
{
    a0_buf own = {0};
    ck_assert_int_eq(a0_jwk_to_json(&own, key, false, NULL), AUTH0DB_OK);
    ck_assert_int_eq(a0_buf_puts(out, "{\"keys\":["), AUTH0DB_OK);
    for (size_t i = 0; i < others; i++) {
        json_t *jwk = json_loadb(own.data, own.len, 0, NULL);
        json_object_set_new(jwk, "kid", json_sprintf("other-%zu", i));
        ck_assert_int_eq(a0_json_write(out, jwk), AUTH0DB_OK);
        ck_assert_int_eq(a0_buf_puts(out, ","), AUTH0DB_OK);
        json_decref(jwk);
    }
    ck_assert_int_eq(a0_buf_printf(out, "%s]}", own.data), AUTH0DB_OK);
    a0_buf_clear(&own);
}

START_TEST(sixteen_keys_are_kept_and_a_token_without_a_name_has_no_choice)
{
    static const struct {
        const char *kid;
        size_t others;
        bool is_login;
    } rows[] = {
        {"k1", 0, true}, {"k1", 15, true}, {"k1", 16, false}, /* more is no tenant's key set */
        {"", 0, true},   {"", 1, false},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        a0_buf listed = {0};
        begin(NULL);
        tenant_rotate(&t, rows[i].kid);
        list_after(&listed, t.key, rows[i].others);
        t.listed = a0_buf_text(&listed);
        auth0db_outcome outcome = tenant_grant(client, 5000);
        ck_assert_msg((outcome == AUTH0DB_OUTCOME_OK) == rows[i].is_login, "row %zu: %s", i,
                      auth0db_outcome_name(outcome));
        end();
        a0_buf_clear(&listed);
    }
}
END_TEST

START_TEST(known_keys_serve_on_while_the_key_set_is_out_of_order)
{
    fake_clock clock;
    begin_at(&clock);
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    t.listed = "<html>";
    clock.ms += 601 * 1000;
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    ck_assert_uint_eq(t.keysets, 2);
    clock.ms += 3601 * 1000;
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_UNCONFIRMED);
    end();
}
END_TEST

static bool keys_with_an_error(tenant *self, const script_request *request, script_answer *out)
{
    a0_buf text = {0};
    if (strcmp(request->path, "/.well-known/jwks.json") != 0)
        return false;
    self->keysets++;
    list_after(&text, self->key, 0);
    *out = script_reply(self->n, "", a0_buf_text(&text));
    a0_buf_clear(&text);
    return true;
}

START_TEST(a_key_set_that_comes_with_an_error_is_none)
{
    static const int statuses[] = {204, 302, 404, 500, 503};
    for (size_t i = 0; i < A0_COUNT(statuses); i++) {
        begin(NULL);
        t.answer = keys_with_an_error;
        t.n = statuses[i];
        ck_assert_int_ne(tenant_grant(client, 3000), AUTH0DB_OUTCOME_OK);
        end();
    }
}
END_TEST

/* An empty one would take the place of the keys that are known. */
START_TEST(an_empty_key_set_is_none)
{
    fake_clock clock;
    begin_at(&clock);
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    t.listed = "{\"keys\":[]}";
    clock.ms += 601 * 1000;
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    ck_assert_uint_eq(t.keysets, 2);
    end();
}
END_TEST

START_TEST(refetches_for_unknown_keys_are_earned_by_the_minute_however_often_one_asks)
{
    fake_clock clock;
    begin_at(&clock);
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    t.listed = "{\"keys\":[{\"kty\":\"oct\",\"k\":\"eA\"}]}";
    tenant_rotate(&t, "k2");
    clock.ms += 300 * 1000; /* what was not spent is not saved up */
    for (int i = 0; i < 20; i++)
        ck_assert_int_ne(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    ck_assert_uint_eq(t.keysets, 1 + 3);
    for (int i = 0; i < 4; i++) {
        clock.ms += 31 * 1000;
        ck_assert_int_ne(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    }
    ck_assert_uint_eq(t.keysets, 1 + 3 + 2);
    end();
}
END_TEST

static bool grant_says(tenant *self, const script_request *request, script_answer *out)
{
    if (strcmp(request->path, "/oauth/token") != 0)
        return false;
    *out = script_reply(200, "", self->listed);
    return true;
}

START_TEST(an_hs256_application_is_the_operators_to_change)
{
    begin(NULL);
    t.answer = grant_says;
    t.listed = "{\"id_token\":\"eyJhbGciOiJIUzI1NiJ9.e30.AAAA\"}";
    ck_assert_int_eq(grant("ann", "x", 1, NULL), AUTH0DB_OUTCOME_MISCONFIGURED);
    ck_assert_str_eq(err.where, "AUTH0_CLIENT_ID");
    ck_assert_ptr_nonnull(strstr(err.message, "RS256"));
    t.listed = "{\"access_token\":\"x\"}";
    ck_assert_int_eq(grant("ann", "x", 1, NULL), AUTH0DB_OUTCOME_UNCONFIRMED);
    ck_assert_str_eq(err.where, "id_token");
    end();
}
END_TEST

static bool user_of_nobody(tenant *tenant_, const script_request *request, script_answer *out)
{
    if (strncmp(request->path, "/api/v2/users/", 14) != 0)
        return false;
    *out = script_reply(404, "", "{\"statusCode\":404,\"errorCode\":\"inexistent_user\"}");
    return true;
}

/* facts/auth0.md 1.6: the audience does not follow a custom domain */
START_TEST(behind_a_custom_domain_the_token_is_for_the_tenants_own)
{
    begin(&(auth0db_client_options){.tenant_domain = "acme.eu.auth0.com"});
    t.answer = user_of_nobody;
    ck_assert_int_eq(auth0db_client_user_get(client, "auth0|1", 5000, &user, NULL),
                     AUTH0DB_OUTCOME_NOT_FOUND);
    const script_request *token = script_request_at(t.server, 1);
    ck_assert_str_eq(token->path, "/oauth/token");
    ck_assert_ptr_nonnull(
        strstr(token->body, "audience=https%3A%2F%2Facme.eu.auth0.com%2Fapi%2Fv2%2F"));
    end();
}
END_TEST

START_TEST(bad_settings_are_named)
{
    static const struct {
        auth0db_client_options o;
        const char *where;
    } rows[] = {
        {{.client_id = "c", .client_secret = "s", .connection = "U"}, "AUTH0_DOMAIN"},
        {{.domain = "http://x.example", .client_id = "c", .client_secret = "s", .connection = "U"},
         "AUTH0_DOMAIN"},
        {{.domain = "x.example", .client_id = "", .client_secret = "s", .connection = "U"},
         "AUTH0_CLIENT_ID"},
        {{.domain = "x.example", .client_id = "c d", .client_secret = "s", .connection = "U"},
         "AUTH0_CLIENT_ID"},
        {{.domain = "x.example", .client_id = "c", .connection = "U"}, "AUTH0_CLIENT_SECRET"},
        {{.domain = "x.example", .client_id = "c", .client_secret = "s\x01", .connection = "U"},
         "AUTH0_CLIENT_SECRET"},
        {{.domain = "x.example", .client_id = "c", .user_jwt = "a b", .connection = "U"},
         "AUTH0_USER_JWT"},
        {{.domain = "x.example", .client_id = "c", .client_secret = "s"}, "AUTH0_CONNECTION"},
        {{.domain = "x.example",
          .client_id = "c",
          .client_secret = "s",
          .connection = "U",
          .ca_file = "/nowhere"},
         "AUTH0_CA_FILE"},
        {{.domain = "x.example",
          .client_id = "c",
          .client_secret = "s",
          .connection = "U",
          .tenant_domain = "x y"},
         "AUTH0_TENANT_DOMAIN"},
        {{.domain = "x.example",
          .client_id = "c",
          .client_secret = "s",
          .connection = "U",
          .proxy = "proxy.example:3128"},
         "AUTH0_PROXY"},
        {{.domain = "x.example", .client_id = "c", .client_secret = "a b c", .connection = "U"},
         "AUTH0_CLIENT_SECRET"},
        {{.domain = "x.example", .client_id = "c", .client_secret = " \n", .connection = "U"},
         "AUTH0_CLIENT_SECRET"},
        {{.domain = "x.example",
          .client_id = "c",
          .client_secret = "s",
          .management_client_id = "m",
          .connection = "U"},
         "AUTH0_MANAGEMENT_CLIENT_SECRET"},
        {{.domain = "x.example",
          .client_id = "c",
          .client_secret = "s",
          .management_client_secret = "m",
          .connection = "U"},
         "AUTH0_MANAGEMENT_CLIENT_ID"},
        {{.domain = "x.example",
          .client_id = "c",
          .client_secret = "s",
          .custom_domain = "https://login.example",
          .connection = "U"},
         "AUTH0_CUSTOM_DOMAIN"},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        auth0db_client_options o = rows[i].o;
        o.size = sizeof o;
        ck_assert_int_eq(auth0db_client_new(&client, &o, &err), AUTH0DB_ERR_OPTION);
        ck_assert_ptr_null(client);
        ck_assert_str_eq(err.where, rows[i].where);
    }
    ck_assert_int_eq(auth0db_client_new(&client, &(auth0db_client_options){0}, &err),
                     AUTH0DB_ERR_USAGE);
    ck_assert_int_eq(auth0db_client_new(&client, NULL, NULL), AUTH0DB_ERR_USAGE);
    auth0db_client_free(NULL);
}
END_TEST

START_TEST(a_clock_that_is_a_minute_behind_keeps_nobody_out)
{
    fake_clock clock;
    begin_at(&clock);
    t.claims = "{\"iat\":2000000060}"; /* TENANT_NOW, and a minute */
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_OK);
    t.claims = "{\"iat\":2000000061}";
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_UNCONFIRMED);
    end();
}
END_TEST

/* A machine that was started this minute: nothing is so old that it may be used no more. */
START_TEST(keys_that_never_came_are_no_old_ones)
{
    fake_clock clock;
    begin_at(&clock);
    t.listed = "{}";
    ck_assert_int_eq(tenant_grant(client, 5000), AUTH0DB_OUTCOME_UNCONFIRMED);
    end();
}
END_TEST

UNIT_MAIN("client", a_grant_tells_who_the_user_is,
          a_second_grant_is_one_request_on_the_same_connection,
          what_no_auth0_password_can_be_is_wrong_without_asking,
          the_visitors_address_is_sent_only_as_one_address,
          an_id_token_that_is_not_for_us_or_not_for_now_is_no_login, clocks_may_differ_by_a_minute,
          long_names_are_cut_between_characters_and_addresses_never,
          keys_that_never_came_are_no_old_ones, a_clock_that_is_a_minute_behind_keeps_nobody_out,
          rotated_keys_are_fetched_once_and_a_hostile_kid_cannot_make_us_hammer,
          sixteen_keys_are_kept_and_a_token_without_a_name_has_no_choice,
          known_keys_serve_on_while_the_key_set_is_out_of_order,
          a_key_set_that_comes_with_an_error_is_none, an_empty_key_set_is_none,
          refetches_for_unknown_keys_are_earned_by_the_minute_however_often_one_asks,
          an_hs256_application_is_the_operators_to_change,
          behind_a_custom_domain_the_token_is_for_the_tenants_own, bad_settings_are_named)
