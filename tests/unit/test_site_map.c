/* The site map is read strictly: a map that is half understood would read the wrong column. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "django/site_map.h"
#include "unit.h"

#define USERS                                                                                      \
    "\"users\": {\"table\": \"people\", \"key\": \"pk\", \"key_type\": \"uuid\", "                 \
    "\"username\": \"mail\", \"email\": \"mail\", \"password\": \"pw\"}"

static int parse(a0_site_map *map, const char *json, auth0db_error *err)
{
    return a0_site_map_parse(map, json, strlen(json), err);
}

START_TEST(a_full_map_is_read)
{
    static const char json[] =
        "{\"version\": 1, \"named_by_email\": true, \"null_is_active\": true, \"site\": \"shop\", "
        "\"database\": {\"vendor\": "
        "\"sqlite\"},"
        "\"users\": {\"table\": \"people\", \"key\": \"uid\", \"key_type\": \"string\", "
        "\"username\": \"login\", \"email\": \"mail\", \"password\": \"pw\", \"given_name\": "
        "\"first\", \"family_name\": \"last\", \"active\": \"on\", \"staff\": null, \"superuser\": "
        "null, \"last_login\": \"seen\", \"joined\": \"since\"},"
        "\"verified\": {\"table\": \"account_emailaddress\", \"user\": \"user_id\", \"email\": "
        "\"email\", \"verified\": \"verified\"},"
        "\"mfa\": [{\"format\": \"otp_totp\", \"label\": \"totp\", \"table\": \"t\", \"user\": "
        "\"u\", \"value\": \"key\", \"confirmed\": \"c\", \"digits\": \"d\", \"step\": \"s\", "
        "\"t0\": \"z\"}, {\"format\": \"other\", \"label\": \"codes\", \"table\": \"a\", \"user\": "
        "\"u\", \"type\": \"type\", \"type_is\": \"recovery_codes\"}],"
        "\"tables\": {\"sites\": \"s1\", \"links\": \"l1\", \"holdouts\": \"h1\", \"batches\": "
        "\"b1\", \"claims\": \"c1\", \"reminders\": \"r1\", \"resolutions\": \"r2\", "
        "\"tombstones\": \"t1\"}}";
    a0_site_map map;
    auth0db_error err = {0};
    ck_assert_msg(parse(&map, json, &err) == AUTH0DB_OK, "%s: %s", err.where, err.message);
    ck_assert_str_eq(map.site, "shop");
    ck_assert_str_eq(map.users, "people");
    ck_assert_str_eq(map.key, "uid");
    ck_assert_int_eq(map.key_type, A0_KEY_STRING);
    ck_assert_str_eq(map.username, "login");
    ck_assert_str_eq(map.email, "mail");
    ck_assert_str_eq(map.password, "pw");
    ck_assert_str_eq(map.given_name, "first");
    ck_assert_str_eq(map.family_name, "last");
    ck_assert_str_eq(map.active, "on");
    ck_assert_str_eq(map.staff, "");
    ck_assert_str_eq(map.last_login, "seen");
    ck_assert_str_eq(map.joined, "since");
    ck_assert(map.named_by_email && map.null_is_active);
    ck_assert_str_eq(map.verified.verified, "verified");
    ck_assert_uint_eq(map.n_mfa, 2);
    ck_assert_int_eq(map.mfa[0].format, A0_MFA_OTP_TOTP);
    ck_assert_str_eq(map.mfa[0].t0, "z");
    ck_assert_int_eq(map.mfa[1].format, A0_MFA_OTHER);
    ck_assert_str_eq(map.mfa[1].type_is, "recovery_codes");
    ck_assert_str_eq(map.sites, "s1");
    ck_assert_str_eq(map.claims, "c1");
    ck_assert_str_eq(map.reminders, "r1");
}
END_TEST

START_TEST(what_a_map_leaves_out_is_not_there)
{
    a0_site_map map;
    auth0db_error err = {0};
    ck_assert_int_eq(parse(&map, "{\"version\": 1, " USERS "}", &err), AUTH0DB_OK);
    ck_assert_int_eq(map.key_type, A0_KEY_UUID);
    ck_assert_str_eq(map.given_name, ""); /* not the stock column */
    ck_assert_str_eq(map.active, "");
    ck_assert(!map.named_by_email && !map.null_is_active);
    ck_assert_str_eq(map.verified.table, "");
    ck_assert_uint_eq(map.n_mfa, 0);
    ck_assert_str_eq(map.links, "auth0db_auth0user"); /* our tables have names of their own */
}
END_TEST

START_TEST(what_is_wrong_is_named_by_its_path)
{
    static const struct {
        const char *json, *where;
        auth0db_code code;
    } bad[] = {
        {"", "site_map", AUTH0DB_ERR_MALFORMED},
        {"[]", "site_map", AUTH0DB_ERR_MALFORMED},
        {"{}", "site_map.version", AUTH0DB_ERR_MALFORMED},
        {"{\"version\": 2}", "site_map.version", AUTH0DB_ERR_UNSUPPORTED},
        {"{\"version\": 1}", "site_map.users", AUTH0DB_ERR_MALFORMED},
        {"{\"version\": 1, \"colour\": 1, " USERS "}", "site_map.colour", AUTH0DB_ERR_MALFORMED},
        {"{\"version\": 1, \"site\": 7, " USERS "}", "site_map.site", AUTH0DB_ERR_MALFORMED},
        {"{\"version\": 1, \"named_by_email\": \"yes\", " USERS "}", "site_map.named_by_email",
         AUTH0DB_ERR_MALFORMED},
        {"{\"version\": 1, \"mfa\": {}, " USERS "}", "site_map.mfa", AUTH0DB_ERR_MALFORMED},
        {"{\"version\": 1, \"mfa\": [{}], " USERS "}", "site_map.mfa[0].format",
         AUTH0DB_ERR_MALFORMED},
        {"{\"version\": 1, \"mfa\": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17], " USERS "}",
         "site_map.mfa", AUTH0DB_ERR_MALFORMED},
        {"{\"version\": 1, \"mfa\": [{\"format\": \"sms\", \"label\": \"x\", \"table\": \"t\", "
         "\"user\": \"u\"}], " USERS "}",
         "site_map.mfa[0].format", AUTH0DB_ERR_MALFORMED},
        {"{\"version\": 1, \"mfa\": [{\"format\": \"phone\", \"label\": \"x\", \"table\": \"t\", "
         "\"user\": \"u\"}], " USERS "}",
         "site_map.mfa[0].value", AUTH0DB_ERR_MALFORMED},
        {"{\"version\": 1, \"verified\": {\"table\": \"t\"}, " USERS "}", "site_map.verified.user",
         AUTH0DB_ERR_MALFORMED},
        {"{\"version\": 1, \"tables\": {\"links\": \"l\"}, " USERS "}", "site_map.tables.sites",
         AUTH0DB_ERR_MALFORMED},
        {"{\"version\": 1, \"users\": {\"table\": \"\"}}", "site_map.users.table",
         AUTH0DB_ERR_MALFORMED},
        {"{\"version\": 1, \"users\": {\"table\": \"a\\u0000b\"}}", "site_map.users.table",
         AUTH0DB_ERR_MALFORMED},
        {"{\"version\": 1, \"users\": {\"table\": \"a\\nb\"}}", "site_map.users.table",
         AUTH0DB_ERR_MALFORMED},
        {"{\"version\": 1, \"users\": {\"table\": \"t\", \"username\": \"u\", \"password\": \"p\", "
         "\"key\": \"id\", \"key_type\": \"float\"}}",
         "site_map.users.key_type", AUTH0DB_ERR_MALFORMED},
        {"{\"version\": 1, \"users\": {\"table\": \"t\", \"username\": \"u\", \"password\": \"p\", "
         "\"named_by\": \"phone\", \"key\": \"id\", \"key_type\": \"uuid\"}}",
         "site_map.users.named_by", AUTH0DB_ERR_MALFORMED},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        a0_site_map map;
        auth0db_error err = {0};
        ck_assert_msg(parse(&map, bad[i].json, &err) == (int)bad[i].code, "%s", bad[i].json);
        ck_assert_msg(strcmp(err.where, bad[i].where) == 0, "%s: %s", bad[i].json, err.where);
        ck_assert_str_eq(map.users, "auth_user");
    }
}
END_TEST

START_TEST(a_name_that_fits_no_database_is_refused)
{
    char json[512], name[A0_NAME_SIZE + 1];
    a0_site_map map;
    for (int len = A0_NAME_SIZE - 1; len <= A0_NAME_SIZE; len++) {
        auth0db_error err = {0};
        memset(name, 'x', sizeof name);
        name[len] = '\0';
        snprintf(json, sizeof json,
                 "{\"version\": 1, \"users\": {\"table\": \"%s\", \"username\": \"u\", "
                 "\"password\": \"p\", \"key\": \"id\", \"key_type\": \"integer\"}}",
                 name);
        ck_assert_int_eq(parse(&map, json, &err),
                         len < A0_NAME_SIZE ? AUTH0DB_OK : AUTH0DB_ERR_MALFORMED);
    }
}
END_TEST

UNIT_MAIN("site_map", a_full_map_is_read, what_a_map_leaves_out_is_not_there,
          what_is_wrong_is_named_by_its_path, a_name_that_fits_no_database_is_refused)
