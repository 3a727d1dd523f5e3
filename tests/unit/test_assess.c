#include <stdio.h>
#include <string.h>

#include "bulk/assess/assess.h"
#include "bulk/assess/factors.h"
#include "unit.h"

#define PBKDF2                                                                                     \
    "pbkdf2_sha256$600000$a1B2c3D4e5F6g7H8i9J0kL$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define TEXT(s) ((a0_slice){(s), strlen(s)})
#define BYTES(s) ((a0_slice){(s), sizeof(s) - 1})

static const a0_assess_rules by_email = {0};
static const a0_assess_rules by_name = {.require_username = true, .username_max = 20};

static a0_record ann(void)
{
    return (a0_record){.key = TEXT("7"),
                       .username = TEXT("ann"),
                       .email = TEXT("ann@example.com"),
                       .password = TEXT(PBKDF2),
                       .given_name = TEXT("Ann"),
                       .family_name = TEXT("Lee"),
                       .active = true,
                       .last_login = A0_NO_TIME,
                       .joined = A0_NO_TIME};
}

static a0_assessment sort(const a0_record *record, const a0_assess_rules *rules)
{
    a0_assessment out;
    a0_assess(record, rules, &out);
    ck_assert((out.disposition == A0_MOVES) == (out.reason == AUTH0DB_HOLDOUT_NONE));
    ck_assert((out.disposition == A0_MUST_RESET) == (out.reason == AUTH0DB_HOLDOUT_MUST_RESET));
    ck_assert_ptr_nonnull(out.detail);
    return out;
}

static void expect(const a0_record *record, const a0_assess_rules *rules, auth0db_holdout reason,
                   const char *detail)
{
    a0_assessment got = sort(record, rules);
    ck_assert_str_eq(auth0db_holdout_name(got.reason), auth0db_holdout_name(reason));
    ck_assert_str_eq(got.detail, detail);
}

START_TEST(a_user_with_email_and_hash_moves)
{
    a0_record user = ann();
    a0_assessment got = sort(&user, &by_email);
    ck_assert_int_eq(got.disposition, A0_MOVES);
    ck_assert_int_eq(got.conversion, AUTH0DB_CONVERTED);
    ck_assert_uint_eq(got.notes, 0);
    ck_assert_int_eq(got.params.hasher, AUTH0DB_HASHER_PBKDF2_SHA256);
    ck_assert_uint_eq(got.params.iterations, 600000);
    ck_assert_uint_eq(got.params.salt_len, 0); /* salts of all lengths share a canary */
    expect(&user, &by_name, AUTH0DB_HOLDOUT_NONE, "");
}
END_TEST

/* Auth0 would verify it by its name, and the site does not. */
START_TEST(a_hash_that_the_site_reads_in_its_own_way_stays)
{
    a0_record user = ann();
    a0_unproven unproven;
    a0_assess_rules rules = by_email;
    auth0db_error err = {0};
    rules.unproven = &unproven;
    ck_assert_int_eq(
        a0_unproven_read(&unproven, "{\"unproven\": {\"pbkdf2_sha256\": \"shop.Peppered\"}}", &err),
        AUTH0DB_OK);
    expect(&user, &rules, AUTH0DB_HOLDOUT_SITE_HASHER, "shop.Peppered");
    ck_assert_int_eq(sort(&user, &rules).disposition, A0_HOLDOUT);
    ck_assert_int_eq(
        a0_unproven_read(&unproven, "{\"unproven\": {\"md5\": \"shop.Peppered\"}}", &err),
        AUTH0DB_OK);
    expect(&user, &rules, AUTH0DB_HOLDOUT_NONE, "");
    user.password = (a0_slice)TEXT("!"); /* what cannot travel anyhow has that reason */
    expect(&user, &rules, AUTH0DB_HOLDOUT_MUST_RESET, "unusable");
}
END_TEST

START_TEST(who_was_not_asked_is_told_from_who_had_nothing_to_say)
{
    a0_unproven unproven;
    auth0db_error err = {0};
    ck_assert_int_eq(a0_unproven_read(&unproven, NULL, &err), AUTH0DB_OK);
    ck_assert(!unproven.asked);
    ck_assert_int_eq(a0_unproven_read(&unproven, "{}", &err), AUTH0DB_OK);
    ck_assert(!unproven.asked);
    ck_assert_int_eq(a0_unproven_read(&unproven, "{\"unproven\": {}}", &err), AUTH0DB_OK);
    ck_assert(unproven.asked);
}
END_TEST

/* A kind that is not understood would move. */
START_TEST(a_proof_that_is_not_understood_is_refused)
{
    static const char *const bad[] = {"[]",
                                      "null",
                                      "\"md5\"",
                                      "{\"md6\": \"a\"}",
                                      "{\"unknown\": \"a\"}",
                                      "{\"md5\": \"\"}",
                                      "{\"md5\": 1}"};
    for (size_t i = 0; i < A0_COUNT(bad); i++) {
        char map[64];
        a0_unproven unproven;
        auth0db_error err = {0};
        snprintf(map, sizeof map, "{\"unproven\": %s}", bad[i]);
        ck_assert_msg(a0_unproven_read(&unproven, map, &err) == AUTH0DB_ERR_MALFORMED, "%s",
                      bad[i]);
        ck_assert_str_eq(err.where, "site_map.unproven");
    }
}
END_TEST

START_TEST(an_email_that_auth0_refuses_is_a_holdout)
{
    char longer[300];
    memset(longer, 'x', sizeof longer);
    memcpy(longer + 60, "@example.com", 12);
    const struct {
        a0_slice email;
        auth0db_holdout reason;
        const char *detail;
    } rows[] = {
        {{NULL, 0}, AUTH0DB_HOLDOUT_NO_EMAIL, ""},
        {TEXT(""), AUTH0DB_HOLDOUT_NO_EMAIL, ""},
        {TEXT("ann"), AUTH0DB_HOLDOUT_BAD_EMAIL, "form"},
        {TEXT("ann@localhost"), AUTH0DB_HOLDOUT_BAD_EMAIL, "form"},
        {TEXT(" ann@example.com"), AUTH0DB_HOLDOUT_BAD_EMAIL, "form"},
        {BYTES("ann@example.com\0"), AUTH0DB_HOLDOUT_BAD_EMAIL, "form"},
        {BYTES("ann@example.com\0.evil.com"), AUTH0DB_HOLDOUT_BAD_EMAIL, "form"},
        {TEXT("\"a b\"@example.com"), AUTH0DB_HOLDOUT_BAD_EMAIL, "form"},
        {TEXT("j\xc3\xb6rg@example.com"), AUTH0DB_HOLDOUT_BAD_EMAIL, "not-ascii"},
        {{longer, 255}, AUTH0DB_HOLDOUT_BAD_EMAIL, "too-long"},
        {TEXT("ann\xff@example.com"), AUTH0DB_HOLDOUT_INVALID_USER, "email-not-text"},
        {TEXT("Ann@Example.COM"), AUTH0DB_HOLDOUT_NONE, ""},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        a0_record user = ann();
        user.email = rows[i].email;
        expect(&user, &by_email, rows[i].reason, rows[i].detail);
    }
}
END_TEST

START_TEST(a_username_matters_only_where_the_connection_asks_for_one)
{
    const struct {
        a0_slice username;
        auth0db_holdout reason;
        const char *detail;
    } rows[] = {
        {{NULL, 0}, AUTH0DB_HOLDOUT_BAD_USERNAME, "empty"},
        {TEXT("ab"), AUTH0DB_HOLDOUT_BAD_USERNAME, "too-short"},
        {TEXT("abcdefghijklmnopqrstu"), AUTH0DB_HOLDOUT_BAD_USERNAME, "too-long"},
        {TEXT("abcdefghijklmnopqrst"), AUTH0DB_HOLDOUT_NONE, ""},
        {TEXT("ann lee"), AUTH0DB_HOLDOUT_BAD_USERNAME, "characters"},
        {TEXT("j\xc3\xb6rg"), AUTH0DB_HOLDOUT_BAD_USERNAME, "characters"},
        {TEXT("ann\"lee"), AUTH0DB_HOLDOUT_BAD_USERNAME, "characters"},
        {BYTES("ann\0lee"), AUTH0DB_HOLDOUT_BAD_USERNAME, "characters"},
        {TEXT("ann@example.com"), AUTH0DB_HOLDOUT_BAD_USERNAME, "email"},
        {TEXT("a_+-.!#$'^~@`9"), AUTH0DB_HOLDOUT_NONE, ""},
        {TEXT("ann\xff"), AUTH0DB_HOLDOUT_INVALID_USER, "username-not-text"},
    };
    const a0_assess_rules rules = {.require_username = true, .username_min = 3, .username_max = 20};
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        a0_record user = ann();
        user.username = rows[i].username;
        expect(&user, &rules, rows[i].reason, rows[i].detail);
        expect(&user, &by_email, AUTH0DB_HOLDOUT_NONE, "");
    }
}
END_TEST

START_TEST(user_names_of_another_form_move_where_the_connection_takes_them)
{
    const a0_assess_rules strict = {
        .require_username = true, .username_max = 40, .username_no_phone = true};
    const a0_assess_rules open = {
        .require_username = true, .username_max = 40, .username_may_be_email = true};
    static const char *const phones[] = {"+4", "+491234567890123"};
    static const char *const names[] = {"+", "+49a", "4912345", "+4912345678901234"};
    a0_record user = ann();
    user.username = TEXT("ann@example.com");
    expect(&user, &strict, AUTH0DB_HOLDOUT_BAD_USERNAME, "email");
    expect(&user, &open, AUTH0DB_HOLDOUT_NONE, "");
    for (size_t i = 0; i < A0_COUNT(phones); i++) {
        user.username = TEXT(phones[i]);
        expect(&user, &strict, AUTH0DB_HOLDOUT_BAD_USERNAME, "phone");
        expect(&user, &open, AUTH0DB_HOLDOUT_NONE, "");
    }
    for (size_t i = 0; i < A0_COUNT(names); i++) {
        user.username = TEXT(names[i]);
        expect(&user, &strict, AUTH0DB_HOLDOUT_NONE, "");
    }
}
END_TEST

START_TEST(no_connection_makes_usernames_longer_than_auth0_does)
{
    char name[200];
    memset(name, 'n', sizeof name);
    const a0_assess_rules boundless = {.require_username = true, .username_max = 100000};
    const a0_assess_rules unsaid = {.require_username = true};
    a0_record user = ann();
    user.username = (a0_slice){name, 128};
    expect(&user, &boundless, AUTH0DB_HOLDOUT_NONE, "");
    user.username.len = 129;
    expect(&user, &boundless, AUTH0DB_HOLDOUT_BAD_USERNAME, "too-long");
    user.username.len = 15;
    expect(&user, &unsaid, AUTH0DB_HOLDOUT_NONE, "");
    user.username.len = 16;
    expect(&user, &unsaid, AUTH0DB_HOLDOUT_BAD_USERNAME, "too-long");
}
END_TEST

START_TEST(a_hash_that_cannot_travel_waits_for_a_login_or_a_reset)
{
    static const struct {
        const char *password;
        auth0db_holdout reason;
        const char *detail;
    } rows[] = {
        {"", AUTH0DB_HOLDOUT_MUST_RESET, "empty"},
        {"!", AUTH0DB_HOLDOUT_MUST_RESET, "unusable"},
        {"bcrypt_sha256$$2b$12$abcdefghijklmnopqrstuu0123456789012345678901234567890",
         AUTH0DB_HOLDOUT_MUST_RESET, "bcrypt_sha256"},
        {"crypt$$ab1hq2MwjO8yA", AUTH0DB_HOLDOUT_MUST_RESET, "crypt"},
        {"custom$1$2$3", AUTH0DB_HOLDOUT_MUST_RESET, "unknown-algorithm"},
        {"pbkdf2_sha256$x$y$z", AUTH0DB_HOLDOUT_BAD_HASH, "malformed"},
        {"d41d8cd98f00b204e9800998ecf8427e", AUTH0DB_HOLDOUT_NONE, ""},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        a0_record user = ann();
        user.password = TEXT(rows[i].password);
        expect(&user, &by_email, rows[i].reason, rows[i].detail);
    }
    a0_record user = ann();
    user.password = (a0_slice){NULL, 0};
    expect(&user, &by_email, AUTH0DB_HOLDOUT_MUST_RESET, "empty");
    /* a NUL may be in a salt, and a reader that ends there would refuse the whole file */
    user.password = BYTES("md5$a\0b$d41d8cd98f00b204e9800998ecf8427e");
    expect(&user, &by_email, AUTH0DB_HOLDOUT_BAD_HASH, "nul");
    static char huge[9000] = "md5$";
    memset(huge + 4, 'a', sizeof huge - 4);
    user.password = (a0_slice){huge, sizeof huge};
    expect(&user, &by_email, AUTH0DB_HOLDOUT_BAD_HASH, "over-long");
}
END_TEST

START_TEST(a_key_that_cannot_name_the_user_is_refused)
{
    const a0_slice keys[] = {{NULL, 0}, TEXT(""), BYTES("7\0x"), TEXT("\xff")};
    for (size_t i = 0; i < A0_COUNT(keys); i++) {
        a0_record user = ann();
        user.key = keys[i];
        expect(&user, &by_email, AUTH0DB_HOLDOUT_INVALID_USER, "key");
    }
}
END_TEST

START_TEST(a_cut_column_never_travels)
{
    a0_record user = ann();
    user.too_long = true;
    expect(&user, &by_email, AUTH0DB_HOLDOUT_TOO_LARGE, "column");
}
END_TEST

START_TEST(the_first_reason_in_the_order_of_the_enum_is_told)
{
    a0_record user = ann();
    user.email = TEXT("");
    user.username = TEXT("not one");
    user.password = TEXT("pbkdf2_sha256$x");
    user.too_long = true;
    expect(&user, &by_name, AUTH0DB_HOLDOUT_NO_EMAIL, "");
    user.email = TEXT("ann");
    expect(&user, &by_name, AUTH0DB_HOLDOUT_BAD_EMAIL, "form");
    user.email = TEXT("ann@example.com");
    expect(&user, &by_name, AUTH0DB_HOLDOUT_BAD_USERNAME, "characters");
    user.username = TEXT("ann");
    expect(&user, &by_name, AUTH0DB_HOLDOUT_BAD_HASH, "malformed");
    user.password = TEXT("!");
    expect(&user, &by_name, AUTH0DB_HOLDOUT_TOO_LARGE, "column");
    user.too_long = false;
    expect(&user, &by_name, AUTH0DB_HOLDOUT_MUST_RESET, "unusable");
}
END_TEST

START_TEST(what_is_lost_on_the_way_is_noted)
{
    static char name[200], accents[400];
    memset(name, 'n', sizeof name);
    for (size_t i = 0; i < sizeof accents; i += 2)
        memcpy(accents + i, "\xc3\xa9", 2);
    const struct {
        a0_slice name;
        unsigned notes;
    } rows[] = {
        {{NULL, 0}, 0},
        {{name, 150}, 0},
        {{name, 151}, A0_NOTE_NAME_CUT},
        {{accents, 300}, 0},
        {{accents, 302}, A0_NOTE_NAME_CUT},
        {TEXT("caf\xe9"), A0_NOTE_NAME_LEFT_OUT},
        {BYTES("a\0b"), A0_NOTE_NAME_LEFT_OUT},
        {TEXT("\x01\x1f\""), 0},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        a0_record user = ann();
        user.given_name = rows[i].name;
        ck_assert_uint_eq(sort(&user, &by_email).notes, rows[i].notes);
        user = ann();
        user.family_name = rows[i].name;
        ck_assert_uint_eq(sort(&user, &by_email).notes, rows[i].notes);
    }
    a0_record user = ann();
    user.active = false;
    ck_assert_uint_eq(sort(&user, &by_email).notes, A0_NOTE_BLOCKED);
    ck_assert_int_eq(sort(&user, &by_email).disposition, A0_MOVES);
    user = ann();
    user.password = TEXT("argon2$argon2i$v=19$m=512,t=2,p=2$YWJjZGVmZ2hpamts$"
                         "AAAAAAAAAAAAAAAAAAAAAA");
    ck_assert_uint_eq(sort(&user, &by_email).notes, A0_NOTE_UNCONFIRMED_HASH);
}
END_TEST

/* --- second factors -------------------------------------------------------------------------- */

static const a0_assess_rules with_factors = {.with_factors = true};
static const a0_mfa_source otp = {.format = A0_MFA_OTP_TOTP},
                           allauth = {.format = A0_MFA_ALLAUTH_TOTP},
                           phone = {.format = A0_MFA_PHONE}, other = {.format = A0_MFA_OTHER};

START_TEST(second_factors_travel_where_auth0_has_a_place_for_them)
{
    const struct {
        a0_mfa_row row;
        const char *value; /* NULL: stays behind */
    } rows[] = {
        {{&otp, TEXT("48656c6c6f21deadbeef"), 6, 30}, "JBSWY3DPEHPK3PXP"},
        {{&otp, TEXT("48656C6C6F21DEADBEEF"), 0, 0}, "JBSWY3DPEHPK3PXP"},
        {{&otp, TEXT("00"), 6, 30}, "AA"},
        {{&otp, TEXT("48656c6c6f21deadbeef"), 8, 30}, NULL},
        {{&otp, TEXT("48656c6c6f21deadbeef"), 6, 60}, NULL},
        {{&otp, TEXT("48656c6c6f21deadbeef"), 6, 30, 7}, NULL},
        {{&otp, TEXT("48656c6c6f21deadbeef"), -1, 30}, NULL},
        {{&otp, TEXT("not hex"), 6, 30}, NULL},
        {{&otp, TEXT("abc"), 6, 30}, NULL},
        {{&otp, TEXT(""), 6, 30}, NULL},
        {{&otp, {NULL, 0}, 6, 30}, NULL},
        {{&allauth, TEXT("{\"secret\":\"JBSWY3DPEHPK3PXP\"}"), 0, 0}, "JBSWY3DPEHPK3PXP"},
        {{&allauth, TEXT("{\"secret\":\"jbswy3dp====\"}"), 0, 0}, "JBSWY3DP"},
        {{&allauth, TEXT("{\"secret\":\"gAAAAABk_encrypted-by-the-site==\"}"), 0, 0}, NULL},
        {{&allauth, TEXT("{\"secret\":\"gAAAAABencryptedAndAllLetters==\"}"), 0, 0}, NULL},
        {{&allauth, TEXT("{\"secret\":\"JBSW=Y3DP\"}"), 0, 0}, NULL},
        {{&allauth, TEXT("{\"secret\":\"\"}"), 0, 0}, NULL},
        {{&allauth, TEXT("{\"secret\":7}"), 0, 0}, NULL},
        {{&allauth, TEXT("[\"secret\"]"), 0, 0}, NULL},
        {{&allauth, TEXT("rubbish"), 0, 0}, NULL},
        {{&phone, TEXT("+31612345678"), 0, 0}, "+31612345678"},
        {{&phone, TEXT("+31 6 1234-5678"), 0, 0}, "+31612345678"},
        {{&phone, TEXT("tel:+31-6-12345678"), 0, 0}, "+31612345678"},
        {{&phone, TEXT("tel:+31-6-12345678;ext=7"), 0, 0}, NULL},
        {{&phone, TEXT("0612345678"), 0, 0}, NULL},
        {{&phone, TEXT("+1234567890123456"), 0, 0}, NULL},
        {{&phone, TEXT("+"), 0, 0}, NULL},
        {{&phone, BYTES("+31\0"), 0, 0}, NULL},
        {{&other, TEXT("+31612345678"), 0, 0}, NULL},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        a0_factor factor;
        bool travels = a0_factor_read(&rows[i].row, &factor);
        ck_assert_msg(travels == (rows[i].value != NULL), "row %zu", i);
        if (travels)
            ck_assert_str_eq(factor.value, rows[i].value);
        a0_record user = ann();
        user.mfa[0] = rows[i].row;
        user.n_mfa = 1;
        a0_assessment got = sort(&user, &with_factors);
        ck_assert_uint_eq(got.mfa_moves, travels);
        ck_assert_uint_eq(got.notes, travels ? 0 : A0_NOTE_MFA_LEFT_BEHIND);
        got = sort(&user, &by_email); /* whoever had one there could not log in on the site */
        ck_assert_uint_eq(got.mfa_moves, 0);
        ck_assert_uint_eq(got.mfa_stays, 1);
        ck_assert_uint_eq(got.notes, A0_NOTE_MFA_LEFT_BEHIND);
    }
}
END_TEST

START_TEST(secrets_of_any_length_stay_in_their_bounds)
{
    char hex[400], json[400];
    a0_factor factor;
    memset(hex, 'a', sizeof hex);
    for (size_t len = 2; len < sizeof hex; len += 2) {
        const a0_mfa_row row = {&otp, {hex, len}, 6, 30};
        ck_assert_msg(a0_factor_read(&row, &factor) == (len <= 160), "%zu", len);
    }
    for (size_t len = 1; len < 300; len++) {
        int n = snprintf(json, sizeof json, "{\"secret\":\"%.*s\"}", (int)len, hex);
        const a0_mfa_row row = {&allauth, {json, (size_t)n}, 0, 0};
        ck_assert_msg(a0_factor_read(&row, &factor) == (len < A0_FACTOR_VALUE_SIZE), "%zu", len);
    }
}
END_TEST

START_TEST(ten_factors_travel_and_the_others_are_counted)
{
    a0_record user = ann();
    for (unsigned i = 0; i < 12; i++)
        user.mfa[i] = (a0_mfa_row){&phone, TEXT("+31612345678"), 0, 0};
    user.n_mfa = 12;
    user.mfa_dropped = 3;
    a0_assessment got = sort(&user, &with_factors);
    ck_assert_uint_eq(got.mfa_moves, 10);
    ck_assert_uint_eq(got.mfa_stays, 5);
}
END_TEST

/* --- holdouts on record ---------------------------------------------------------------------- */

START_TEST(what_the_tenant_has_said_stands_until_the_user_changes)
{
    static const auth0db_holdout stands[] = {
        AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT, AUTH0DB_HOLDOUT_USERNAME_TAKEN,
        AUTH0DB_HOLDOUT_HALF_CREATED, AUTH0DB_HOLDOUT_TENANT_REFUSED};
    const char *parts[] = {PBKDF2, "ann@example.com", "ann"};
    char of_a_login[AUTH0DB_FINGERPRINT_SIZE], of_an_import[AUTH0DB_FINGERPRINT_SIZE];
    a0_record user = ann();
    auth0db_fingerprint(parts, NULL, 3, of_a_login); /* as python/auth0db/people.py has it */
    a0_bulk_digest(&user, of_an_import);
    ck_assert_str_ne(of_a_login, of_an_import); /* or a login would take it for its own */
    for (size_t i = 0; i < A0_COUNT(stands); i++) {
        user = ann();
        user.holdout = TEXT(auth0db_holdout_name(stands[i]));
        user.holdout_digest = TEXT(of_a_login);
        expect(&user, &by_email, stands[i], "on-record");
        user.holdout_digest = TEXT(of_an_import);
        expect(&user, &by_email, stands[i], "on-record");
        user.email = TEXT("ann@example.org");
        expect(&user, &by_email, AUTH0DB_HOLDOUT_NONE, "");
        user = ann();
        user.holdout = TEXT(auth0db_holdout_name(stands[i]));
        user.holdout_digest = TEXT("");
        expect(&user, &by_email, AUTH0DB_HOLDOUT_NONE, "");
    }
}
END_TEST

START_TEST(a_password_too_weak_for_a_login_moves_by_its_hash)
{
    char digest[AUTH0DB_FINGERPRINT_SIZE];
    a0_record user = ann();
    a0_bulk_digest(&user, digest);
    user.holdout_digest = TEXT(digest);
    for (int reason = 1; reason < AUTH0DB_HOLDOUT_COUNT; reason++) {
        user.holdout = TEXT(auth0db_holdout_name((auth0db_holdout)reason));
        bool stands =
            reason == AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT || reason == AUTH0DB_HOLDOUT_USERNAME_TAKEN ||
            reason == AUTH0DB_HOLDOUT_HALF_CREATED || reason == AUTH0DB_HOLDOUT_TENANT_REFUSED;
        ck_assert_int_eq(sort(&user, &by_email).disposition, stands ? A0_HOLDOUT : A0_MOVES);
    }
}
END_TEST

UNIT_MAIN("assess", a_hash_that_the_site_reads_in_its_own_way_stays,
          who_was_not_asked_is_told_from_who_had_nothing_to_say,
          a_proof_that_is_not_understood_is_refused, a_user_with_email_and_hash_moves,
          an_email_that_auth0_refuses_is_a_holdout,
          a_username_matters_only_where_the_connection_asks_for_one,
          user_names_of_another_form_move_where_the_connection_takes_them,
          no_connection_makes_usernames_longer_than_auth0_does,
          a_hash_that_cannot_travel_waits_for_a_login_or_a_reset,
          a_key_that_cannot_name_the_user_is_refused, a_cut_column_never_travels,
          the_first_reason_in_the_order_of_the_enum_is_told, what_is_lost_on_the_way_is_noted,
          second_factors_travel_where_auth0_has_a_place_for_them,
          secrets_of_any_length_stay_in_their_bounds, ten_factors_travel_and_the_others_are_counted,
          what_the_tenant_has_said_stands_until_the_user_changes,
          a_password_too_weak_for_a_login_moves_by_its_hash)
