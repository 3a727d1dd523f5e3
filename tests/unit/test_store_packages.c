/* One suite over every kind of store: what the tables of other packages say about a user. */
#include <stdio.h>
#include <string.h>

#include "site.h"

static test_site site;

static void run(a0_sql *sql)
{
    auth0db_error err = {0};
    ok(a0_sql_run(sql, NULL, &err), err);
}

static void drop(const char *table)
{
    a0_sql sql = A0_SQL(site.store);
    a0_sql_put(&sql, "DROP TABLE IF EXISTS @", table);
    run(&sql);
}

/* Its first column is user_id, of the type that the users' key has. */
static void make(const char *table, const char *columns, const char *reserved)
{
    a0_sql sql = A0_SQL(site.store);
    a0_rows *rows;
    bool more = false;
    char type[A0_NAME_SIZE];
    auth0db_error err = {0};
    drop(table);
    site.store->engine->key_type(&sql);
    ok(a0_sql_query(&sql, &rows, &err), err);
    ok(a0_rows_next(rows, &more, &err), err);
    ck_assert(more);
    a0_rows_copy(rows, 0, type, sizeof type);
    a0_rows_end(rows);
    a0_sql_put(&sql, "CREATE TABLE @ (user_id ", table);
    a0_sql_put(&sql, type);
    a0_sql_put(&sql, columns, reserved);
    run(&sql);
}

static void put_key(a0_sql *sql, int user)
{
    char key[TEST_KEY_SIZE];
    test_site_key(&site, user, key);
    a0_sql_key(sql, (a0_slice){key, strlen(key)});
}

static void add_email(int user, const char *email, bool verified)
{
    a0_sql sql = A0_SQL(site.store);
    a0_sql_put(&sql, "INSERT INTO account_emailaddress VALUES (");
    put_key(&sql, user);
    a0_sql_put(&sql, ", ");
    a0_sql_text(&sql, email);
    a0_sql_put(&sql, verified ? ", (1 = 1))" : ", (1 = 0))");
    run(&sql);
}

/* key NULL: as SQL's. `numbers`: step, t0, digits. */
static void add_totp(int user, bool confirmed, const char *key, const char *numbers)
{
    a0_sql sql = A0_SQL(site.store);
    a0_sql_put(&sql, "INSERT INTO otp_totp_totpdevice VALUES (");
    put_key(&sql, user);
    a0_sql_put(&sql, confirmed ? ", (1 = 1), " : ", (1 = 0), ");
    if (key != NULL)
        a0_sql_text(&sql, key);
    else
        a0_sql_put(&sql, "NULL");
    a0_sql_put(&sql, ", ");
    a0_sql_put(&sql, numbers);
    a0_sql_put(&sql, ")");
    run(&sql);
}

static void add_authenticator(int user, const char *type, const char *data)
{
    a0_sql sql = A0_SQL(site.store);
    a0_sql_put(&sql, "INSERT INTO mfa_authenticator VALUES (");
    put_key(&sql, user);
    a0_sql_put(&sql, ", ");
    a0_sql_text(&sql, type);
    a0_sql_put(&sql, ", ");
    a0_sql_text(&sql, data);
    a0_sql_put(&sql, ")");
    run(&sql);
}

static const a0_mfa_source sources[] = {
    {.format = A0_MFA_OTP_TOTP,
     .label = "otp_totp",
     .table = "otp_totp_totpdevice",
     .user = "user_id",
     .value = "key", /* a reserved word in MySQL */
     .confirmed = "confirmed",
     .digits = "digits",
     .step = "step",
     .t0 = "t0"},
    {.format = A0_MFA_ALLAUTH_TOTP,
     .label = "allauth.mfa totp",
     .table = "mfa_authenticator",
     .user = "user_id",
     .value = "data",
     .type = "type",
     .type_is = "totp"},
    {.format = A0_MFA_OTHER,
     .label = "allauth.mfa webauthn",
     .table = "mfa_authenticator",
     .user = "user_id",
     .type = "type",
     .type_is = "webauthn"},
};

/* As Django makes a JSONField. */
static const char *const json[] = {
    ", type varchar(20), data text NOT NULL CHECK (JSON_VALID(data)))",
    ", type varchar(20), data jsonb NOT NULL)",
};

static void begin(int kind)
{
    a0_site_map *map = &site.map;
    test_site_open(&site, kind);
    test_site_add_users(&site, 1, 4);
    make("account_emailaddress", ", email varchar(254), verified bool)", "");
    make("otp_totp_totpdevice",
         ", confirmed bool, @ text, step integer, t0 bigint, digits integer)", "key");
    make("mfa_authenticator", test_site_is(&site, "postgresql") ? json[1] : json[0], "");
    snprintf(map->verified.table, A0_NAME_SIZE, "account_emailaddress");
    snprintf(map->verified.user, A0_NAME_SIZE, "user_id");
    snprintf(map->verified.email, A0_NAME_SIZE, "email");
    snprintf(map->verified.verified, A0_NAME_SIZE, "verified");
    map->n_mfa = (unsigned)(sizeof sources / sizeof sources[0]);
    memcpy(map->mfa, sources, sizeof sources);
    a0_store_close(site.store);
    site.store = test_site_again(&site);
}

static void finish(void)
{
    drop("account_emailaddress");
    drop("otp_totp_totpdevice");
    drop("mfa_authenticator");
    test_site_close(&site);
}

START_TEST(an_email_is_verified_if_it_is_the_one_that_is_exported)
{
    auth0db_error err = {0};
    begin(_i);
    add_email(1, "USER-1@example.org", true);
    add_email(2, "user-2@example.org", false);
    add_email(2, "b@x.org", true);
    add_email(3, "user-4@example.org", true);
    add_email(3, "user-3@example.org", true);
    ok(a0_store_check(site.store, true, &err), err);
    a0_scan *scan = scan_begin(site.store, (a0_scan_options){0});
    ck_assert(next(scan)->email_verified);
    ck_assert(!next(scan)->email_verified); /* another address */
    ck_assert(next(scan)->email_verified);
    ck_assert(!next(scan)->email_verified); /* another user's row */
    a0_scan_end(scan);
    finish();
}
END_TEST

/* MariaDB's usual collation finds an e-mail by other spellings; Auth0 does not. */
START_TEST(another_spelling_is_another_address)
{
    begin(_i);
    test_site_set(&site, 1, "email", "jos\xc3\xa9@example.org");
    test_site_set(&site, 2, "email", "jose@example.org");
    add_email(1, "jose@example.org", true);
    add_email(2, "jose@example.org ", true);
    a0_scan *scan = scan_begin(site.store, (a0_scan_options){0});
    ck_assert(!next(scan)->email_verified);
    ck_assert(!next(scan)->email_verified);
    a0_scan_end(scan);
    finish();
}
END_TEST

START_TEST(second_factors_come_with_their_user)
{
    begin(_i);
    add_totp(1, true, "abcd", "30, 0, 6");
    add_totp(1, false, "ffff", "30, 0, 6");
    add_totp(3, true, NULL, "NULL, 5, 8");
    add_authenticator(1, "totp", "{\"secret\": \"ABC,:\\\\\"}");
    add_authenticator(1, "webauthn", "{}");
    add_authenticator(1, "recovery_codes", "{}");
    add_authenticator(4, "webauthn", "1");
    add_authenticator(4, "webauthn", "2");
    a0_scan *scan = scan_begin(site.store, (a0_scan_options){0});
    const a0_record *row = next(scan);
    ck_assert_uint_eq(row->n_mfa, 3);
    ck_assert(IS(row->mfa[0].value, "abcd"));
    ck_assert(row->mfa[0].digits == 6 && row->mfa[0].step == 30 && row->mfa[0].t0 == 0);
    ck_assert(IS(row->mfa[1].value, "{\"secret\": \"ABC,:\\\\\"}"));
    ck_assert_str_eq(row->mfa[1].source->label, "allauth.mfa totp");
    ck_assert_int_eq(row->mfa[2].source->format, A0_MFA_OTHER);
    ck_assert_uint_eq(row->mfa_dropped, 0);
    ck_assert_uint_eq(next(scan)->n_mfa, 0);
    row = next(scan);
    ck_assert_uint_eq(row->n_mfa, 1);
    ck_assert(row->mfa[0].value.len == 0 && row->mfa[0].step == 0);
    ck_assert(row->mfa[0].digits == 8 && row->mfa[0].t0 == 5);
    ck_assert_uint_eq(next(scan)->n_mfa, 2);
    a0_scan_end(scan);
    finish();
}
END_TEST

START_TEST(factors_beyond_measure_are_cut_and_counted)
{
    static char key[10001];
    begin(_i);
    memset(key, 'k', sizeof key - 1);
    for (int i = 0; i < 20; i++)
        add_totp(1, true, key, "30, 99999999999, -6");
    add_authenticator(1, "totp", "{}");
    a0_scan *scan = scan_begin(site.store, (a0_scan_options){0});
    const a0_record *row = next(scan);
    ck_assert_uint_eq(row->n_mfa, A0_MFA_ROWS_MAX);
    ck_assert_uint_eq(row->mfa_dropped, 5);
    for (unsigned i = 0; i < row->n_mfa; i++) {
        ck_assert_uint_eq(row->mfa[i].value.len, 4096);
        ck_assert_int_eq(((const char *)row->mfa[i].value.data)[4095], 'k');
        ck_assert(row->mfa[i].digits == -1 && row->mfa[i].t0 == -1 && row->mfa[i].step == 30);
    }
    ck_assert_uint_eq(next(scan)->n_mfa, 0);
    a0_scan_end(scan);
    finish();
}
END_TEST

START_TEST(a_missing_column_of_a_package_is_named)
{
    auth0db_error err = {0};
    begin(_i);
    a0_sql sql = A0_SQL(site.store);
    a0_sql_put(&sql, "ALTER TABLE otp_totp_totpdevice DROP COLUMN t0");
    run(&sql);
    ck_assert_int_eq(a0_store_check(site.store, false, &err), AUTH0DB_ERR_STATE);
    ck_assert_ptr_nonnull(strstr(err.message, "table otp_totp_totpdevice has no column t0"));
    finish();
}
END_TEST

SITE_MAIN("store_packages", an_email_is_verified_if_it_is_the_one_that_is_exported,
          another_spelling_is_another_address, second_factors_come_with_their_user,
          factors_beyond_measure_are_cut_and_counted, a_missing_column_of_a_package_is_named)
