#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth0db/sandbox.h"
#include "base/error.h"
#include "base/mem.h"
#include "unit.h"

START_TEST(it_starts_without_options_and_says_where_it_is)
{
    auth0db_sandbox *sandbox;
    auth0db_error err;
    ck_assert_int_eq(auth0db_sandbox_start(&sandbox, NULL, &err), AUTH0DB_OK);
    const auth0db_sandbox_info *info = auth0db_sandbox_get_info(sandbox);
    ck_assert(strncmp(info->url, "http://127.0.0.1:", 17) == 0);
    ck_assert_str_eq(info->domain, info->url);
    ck_assert_uint_eq(strlen(info->client_id), 32);
    ck_assert_uint_eq(strlen(info->client_secret), 64);
    ck_assert_str_eq(info->connection, "Username-Password-Authentication");
    ck_assert(strncmp(info->connection_id, "con_", 4) == 0);
    ck_assert_ptr_null(info->ca_file);
    auth0db_sandbox_stop(sandbox);
    auth0db_sandbox_stop(NULL);
}
END_TEST

START_TEST(two_tenants_share_nothing)
{
    auth0db_sandbox *one, *two;
    auth0db_sandbox_options options = {.size = sizeof options, .quiet = true};
    ck_assert_int_eq(auth0db_sandbox_start(&one, &options, NULL), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_sandbox_start(&two, &options, NULL), AUTH0DB_OK);
    const auth0db_sandbox_info *a = auth0db_sandbox_get_info(one),
                               *b = auth0db_sandbox_get_info(two);
    ck_assert_str_ne(a->url, b->url);
    ck_assert_str_ne(a->client_secret, b->client_secret);
    auth0db_sandbox_stop(one);
    auth0db_sandbox_stop(two);
}
END_TEST

/* A caller that was compiled against an older header has a shorter struct: what is behind it is not
 * read. */
START_TEST(options_may_be_of_an_older_size)
{
    auth0db_sandbox *sandbox;
    auth0db_sandbox_options options = {
        .size = offsetof(auth0db_sandbox_options, require_username),
        .connection = "old-caller",
        .tls = true,
    };
    ck_assert_int_eq(auth0db_sandbox_start(&sandbox, &options, NULL), AUTH0DB_OK);
    ck_assert_str_eq(auth0db_sandbox_get_info(sandbox)->connection, "old-caller");
    ck_assert_ptr_null(auth0db_sandbox_get_info(sandbox)->ca_file);
    auth0db_sandbox_stop(sandbox);
}
END_TEST

START_TEST(what_cannot_be_is_named)
{
    static const struct {
        auth0db_sandbox_options options;
        auth0db_code code;
        const char *where;
    } rows[] = {
        {{.listen = "0.0.0.0:0"}, AUTH0DB_ERR_OPTION, "listen"},
        {{.listen = "127.0.0.1"}, AUTH0DB_ERR_OPTION, "listen"},
        {{.connection = "no spaces"}, AUTH0DB_ERR_OPTION, "connection"},
        {{.data = "/nowhere/at/all"}, AUTH0DB_ERR_IO, "/nowhere/at/all"},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        auth0db_sandbox *sandbox = (auth0db_sandbox *)-1;
        auth0db_sandbox_options options = rows[i].options;
        auth0db_error err;
        memset(&err, 0xff, sizeof err);
        options.size = sizeof options;
        ck_assert_int_eq(auth0db_sandbox_start(&sandbox, &options, &err), rows[i].code);
        ck_assert_ptr_null(sandbox);
        ck_assert_str_eq(err.where, rows[i].where);
        ck_assert_int_eq(err.code, rows[i].code);
    }
}
END_TEST

START_TEST(the_throw_away_authority_is_thrown_away)
{
    auth0db_sandbox *sandbox;
    auth0db_sandbox_options options = {.size = sizeof options, .tls = true, .quiet = true};
    char file[300];
    ck_assert_int_eq(auth0db_sandbox_start(&sandbox, &options, NULL), AUTH0DB_OK);
    const auth0db_sandbox_info *info = auth0db_sandbox_get_info(sandbox);
    ck_assert(strncmp(info->url, "https://localhost:", 18) == 0);
    ck_assert_str_eq(info->domain, info->url + strlen("https://"));
    snprintf(file, sizeof file, "%s", info->ca_file);
    ck_assert_int_eq(access(file, R_OK), 0);
    auth0db_sandbox_stop(sandbox);
    ck_assert_int_ne(access(file, F_OK), 0);
}
END_TEST

/* Under ASan this is also the leak test of every way out of the start. The file keeps the signing
 * key: to make one anew for each step would take a minute. */
START_TEST(it_survives_every_failed_allocation)
{
    char file[] = "/tmp/auth0db-test-XXXXXX";
    auth0db_sandbox_options options = {
        .size = sizeof options, .data = file, .tls = true, .quiet = true};
    auth0db_sandbox *sandbox = NULL;
    int failures = 0, fd = mkstemp(file);
    ck_assert_int_ge(fd, 0);
    close(fd);
    ck_assert_int_eq(auth0db_sandbox_start(&sandbox, &options, NULL), AUTH0DB_OK);
    auth0db_sandbox_stop(sandbox);
    sandbox = NULL;
    for (long nth = 1; nth < 200 && sandbox == NULL; nth++) {
        auth0db_error err;
        a0_test_fail_nth_alloc(nth);
        int rc = auth0db_sandbox_start(&sandbox, &options, &err);
        a0_test_fail_nth_alloc(0);
        ck_assert((rc == AUTH0DB_OK) == (sandbox != NULL));
        failures += rc != AUTH0DB_OK;
    }
    ck_assert_ptr_nonnull(sandbox);
    ck_assert_int_gt(failures, 5);
    auth0db_sandbox_stop(sandbox);
    unlink(file);
}
END_TEST

UNIT_MAIN("sandbox", it_starts_without_options_and_says_where_it_is, two_tenants_share_nothing,
          options_may_be_of_an_older_size, what_cannot_be_is_named,
          the_throw_away_authority_is_thrown_away, it_survives_every_failed_allocation)
