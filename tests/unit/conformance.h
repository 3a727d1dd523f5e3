/* The client against the sandbox tenant, over real HTTP and TLS: what both conformance programs
 * use.
 */
#ifndef TESTS_CONFORMANCE_H
#define TESTS_CONFORMANCE_H

#include <stdio.h>
#include <string.h>

#include "auth0/breaker.h"
#include "auth0db/client.h"
#include "auth0db/sandbox.h"
#include "base/json.h"
#include "base/url.h"
#include "http/transport.h"
#include "unit.h"

static auth0db_sandbox *sandbox;
static const auth0db_sandbox_info *info;
static auth0db_client *client;
static a0_http *control;
static auth0db_error err;
static auth0db_tenant_user user;

static inline auth0db_client *new_client(const char *secret, const char *ca_file)
{
    auth0db_client *made;
    auth0db_client_options o = {.size = sizeof o,
                                .domain = info->domain,
                                .client_id = info->client_id,
                                .client_secret = secret,
                                .connection = info->connection,
                                .ca_file = ca_file};
    ck_assert_msg(auth0db_client_new(&made, &o, &err) == AUTH0DB_OK, "%s: %s", err.where,
                  err.message);
    return made;
}

static inline void begin(bool tls, bool require_username)
{
    auth0db_sandbox_options o = {
        .size = sizeof o, .quiet = true, .tls = tls, .require_username = require_username};
    a0_base_url url;
    ck_assert_msg(auth0db_sandbox_start(&sandbox, &o, &err) == AUTH0DB_OK, "%s: %s", err.where,
                  err.message);
    info = auth0db_sandbox_get_info(sandbox);
    client = new_client(info->client_secret, info->ca_file);
    ck_assert_int_eq(a0_base_url_parse(&url, info->url, "url", &err), AUTH0DB_OK);
    ck_assert_int_eq(a0_http_new(&control, &url, info->ca_file, NULL, 2000, &err), AUTH0DB_OK);
}

static inline void end(void)
{
    a0_http_free(control);
    auth0db_client_free(client);
    auth0db_sandbox_stop(sandbox);
}

/* A call of the control surface; the answer's body, valid until the next one. */
static inline const char *tell(const char *method, const char *path, const char *body)
{
    static a0_http_response response;
    a0_http_request request = {.method = method, .content_type = "application/json"};
    ck_assert_int_eq(a0_buf_printf(&request.url, "%s/sandbox/%s", info->url, path), AUTH0DB_OK);
    if (body != NULL)
        ck_assert_int_eq(a0_buf_puts(&request.body, body), AUTH0DB_OK);
    ck_assert_int_eq(a0_http_send(control, &request, 5000, &response, &err), AUTH0DB_OK);
    ck_assert_msg(response.status < 300, "%s %s: %ld %s", method, path, response.status,
                  a0_buf_text(&response.body));
    a0_http_request_clear(&request);
    return a0_buf_text(&response.body);
}

static inline auth0db_outcome grant(const char *identifier, const char *password, const char *ip)
{
    auth0db_credentials c = {identifier, password, strlen(password), ip, NULL};
    return auth0db_client_grant(client, &c, 5000, &user, &err);
}

#define PASSWORD "Corr3ct horse"

static inline auth0db_outcome create(const char *id, const char *email, const char *password,
                                     const char *username)
{
    auth0db_new_user new_user = {.user_id = id,
                                 .email = email,
                                 .email_verified = true,
                                 .username = username,
                                 .given_name = "Ann",
                                 .family_name = "O'Hara",
                                 .password = password,
                                 .password_len = strlen(password)};
    return auth0db_client_user_create(client, &new_user, 5000, &user, &err);
}

static inline void want(auth0db_outcome got, auth0db_outcome wanted, int line)
{
    ck_assert_msg(got == wanted, "line %d: %s, not %s (%s)", line, auth0db_outcome_name(got),
                  auth0db_outcome_name(wanted), err.message);
}
#define WANT(call, word) want(call, AUTH0DB_OUTCOME_##word, __LINE__)

#endif
