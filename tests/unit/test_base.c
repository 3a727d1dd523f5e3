#include <stdio.h>
#include <string.h>

#include "auth0db/text.h"
#include "base/buf.h"
#include "base/encode.h"
#include "base/env.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/url.h"
#include "base/utf8.h"
#include "unit.h"

START_TEST(buffer_grows_and_stops_at_its_limit)
{
    a0_buf buf = {.limit = 1000};
    char block[100];
    memset(block, 'x', sizeof block);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(a0_buf_append(&buf, block, sizeof block), AUTH0DB_OK);
    ck_assert_int_eq(a0_buf_append(&buf, "y", 1), AUTH0DB_ERR_TOO_LARGE);
    ck_assert_uint_eq(buf.len, 1000);
    ck_assert_uint_eq(strlen(a0_buf_text(&buf)), 1000);
    a0_buf_clear(&buf);
    a0_buf_clear(&buf);
    ck_assert_str_eq(a0_buf_text(&buf), "");
}
END_TEST

START_TEST(buffer_survives_every_failed_allocation)
{
    for (long nth = 1; nth < 4; nth++) {
        a0_buf buf = {0};
        a0_test_fail_nth_alloc(nth);
        int rc = AUTH0DB_OK;
        for (int i = 0; i < 20 && rc == AUTH0DB_OK; i++)
            rc = a0_buf_printf(&buf, "%0*d", 20, i);
        ck_assert_int_eq(rc, AUTH0DB_ERR_NO_MEMORY);
        ck_assert_uint_eq(strlen(a0_buf_text(&buf)), buf.len);
        a0_buf_clear(&buf);
        a0_test_fail_nth_alloc(0);
    }
}
END_TEST

START_TEST(base64_round_trips_and_refuses_second_spellings)
{
    unsigned char data[70], back[70];
    char text[A0_B64_LEN(70) + 1];
    for (size_t len = 0; len <= sizeof data; len++) {
        ck_assert_int_eq(a0_random(&a0_env_system, data, len), AUTH0DB_OK);
        for (a0_b64 kind = A0_B64; kind <= A0_B64_URL; kind++) {
            size_t n = a0_base64_encode(kind, data, len, text);
            ck_assert_int_eq(a0_base64_decode(kind, text, n, back, sizeof back), (long)len);
            ck_assert(memcmp(data, back, len) == 0);
        }
    }
    static const char *const bad[] = {
        "QQ", "QQ=", "QR==", "QUF=", "Q===", "QQ==QQ==", "Q Q=", "QQ-_", "====", "QUI"};
    for (size_t i = 0; i < A0_COUNT(bad); i++)
        ck_assert_int_eq(a0_base64_decode(A0_B64, bad[i], strlen(bad[i]), back, sizeof back),
                         A0_BAD);
    ck_assert_int_eq(a0_base64_decode(A0_B64, "QUJD", 4, back, 2), A0_BAD);
    ck_assert_int_eq(a0_base64_decode(A0_B64_URL, "-_-_", 4, back, 3), 3);
}
END_TEST

START_TEST(base64_takes_its_alphabet_and_nothing_else)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    unsigned char back[6];
    for (a0_b64 kind = A0_B64; kind <= A0_B64_URL; kind++) {
        for (int c = 1; c < 256; c++) {
            bool known =
                strchr(letters, c) != NULL || strchr(kind == A0_B64_URL ? "-_" : "+/", c) != NULL;
            for (int at = 0; at < 4; at++) {
                char text[] = "AAAAAAAA";
                text[4 + at] = (char)c;
                bool pad = kind == A0_B64 && at == 3 && c == '=';
                ck_assert_int_eq(a0_base64_decode(kind, text, 8, back, sizeof back), known ? 6
                                                                                     : pad
                                                                                         ? 5
                                                                                         : A0_BAD);
            }
        }
        ck_assert_int_eq(a0_base64_decode(kind, "AAA\0", 4, back, sizeof back), A0_BAD);
    }
}
END_TEST

START_TEST(hex_and_percent_encoding_are_exact)
{
    unsigned char out[4];
    char text[9];
    ck_assert_int_eq(a0_hex_decode("00fFA5", 6, out, sizeof out), 3);
    a0_hex_encode(out, 3, text);
    ck_assert_str_eq(text, "00ffa5");
    ck_assert_int_eq(a0_hex_decode("0", 1, out, sizeof out), A0_BAD);
    ck_assert_int_eq(a0_hex_decode("0g", 2, out, sizeof out), A0_BAD);
    a0_buf buf = {0};
    ck_assert_int_eq(a0_percent_encode(&buf, "auth0|a b\0\xc3\xa9~", 13), AUTH0DB_OK);
    ck_assert_str_eq(a0_buf_text(&buf), "auth0%7Ca%20b%00%C3%A9~");
    a0_buf_clear(&buf);
}
END_TEST

START_TEST(base32_is_that_of_rfc_4648_without_padding)
{
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "MY"},
                                          {"fo", "MZXQ"},
                                          {"foo", "MZXW6"},
                                          {"foob", "MZXW6YQ"},
                                          {"fooba", "MZXW6YTB"},
                                          {"foobar", "MZXW6YTBOI"}};
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        char out[A0_B32_LEN(6) + 1];
        size_t len = strlen(rows[i][0]);
        ck_assert_uint_eq(a0_base32_encode(rows[i][0], len, out), A0_B32_LEN(len));
        ck_assert_str_eq(out, rows[i][1]);
    }
}
END_TEST

START_TEST(utf8_follows_rfc_3629)
{
    ck_assert(a0_utf8_valid("a\xc3\xa9\xf0\x9f\x94\x91", 7));
    static const char *const bad[] = {"\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80",
                                      "\xe2\x82", "\x80",         "\xff"};
    for (size_t i = 0; i < A0_COUNT(bad); i++)
        ck_assert_msg(!a0_utf8_valid(bad[i], strlen(bad[i])), "case %zu", i);
    ck_assert_int_eq(a0_utf8_count("na\xc3\xafve", 6), 5);
    ck_assert(a0_ascii_equal_ignoring_case("Bob@X.org", "bob@x.ORG"));
    ck_assert(!a0_ascii_equal_ignoring_case("bob", "bobb"));
}
END_TEST

START_TEST(a_cut_by_bytes_leaves_whole_characters)
{
    static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x91z";
    static const size_t whole[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
    for (size_t n = 0; n < A0_COUNT(whole); n++) {
        char cut[sizeof text] = "";
        memcpy(cut, text, n);
        a0_utf8_trim(cut);
        ck_assert_uint_eq(strlen(cut), whole[n]);
    }
    auth0db_error err;
    a0_error_set(&err, AUTH0DB_ERR_REMOTE, NULL, "%*s\xe2\x82\xac", (int)sizeof err.message - 3,
                 "");
    ck_assert(a0_utf8_valid(err.message, strlen(err.message)));
}
END_TEST

START_TEST(json_refuses_depth_duplicates_and_bad_text)
{
    json_t *value;
    auth0db_error err;
    char deep[100];
    memset(deep, '[', sizeof deep);
    ck_assert_int_eq(a0_json_parse(&value, deep, sizeof deep, "body", &err), AUTH0DB_ERR_MALFORMED);
    ck_assert_ptr_null(value);
    ck_assert_str_eq(err.where, "body");
    ck_assert_int_eq(a0_json_parse(&value, "{\"a\":1,\"a\":2}", 13, "body", &err),
                     AUTH0DB_ERR_MALFORMED);
    ck_assert_int_eq(a0_json_parse(&value, "{\"a\":\"\xff\"}", 9, "body", &err),
                     AUTH0DB_ERR_MALFORMED);
    ck_assert_int_eq(a0_json_parse(&value, "{\"a\":\"x\\u0000y\",\"b\":\"ok\"}", 25, "body", &err),
                     AUTH0DB_OK);
    ck_assert_ptr_null(a0_json_text(value, "a"));
    ck_assert_str_eq(a0_json_text(value, "b"), "ok");
    json_decref(value);
}
END_TEST

START_TEST(redaction_hides_values_of_secret_names)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"{\"password\":\"pa\\\"ss\",\"email\":\"a@b\"}", "{\"password\":***,\"email\":\"a@b\"}"},
        {"grant_type=password&password=hunter2&realm=x",
         "grant_type=password&password=***&realm=x"},
        {"Authorization: Bearer abc.def-ghi", "Authorization: Bearer ***"},
        {"client_secret = s3cret, rest", "client_secret = ***, rest"},
        {"{\"custom_password_hash\":{\"hash\":1}}", "{\"custom_password_hash\":***"},
        {"nothing\nto hide", "nothing?to hide"},
        {"password", "password"},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        a0_buf out = {0};
        ck_assert_int_eq(a0_redact(&out, rows[i].text, strlen(rows[i].text)), AUTH0DB_OK);
        ck_assert_str_eq(a0_buf_text(&out), rows[i].want);
        a0_buf_clear(&out);
    }
}
END_TEST

START_TEST(domain_must_be_https_or_loopback)
{
    a0_base_url url;
    auth0db_error err;
    ck_assert_int_eq(a0_base_url_parse(&url, "acme.eu.auth0.com", "AUTH0_DOMAIN", &err),
                     AUTH0DB_OK);
    ck_assert_str_eq(url.text, "https://acme.eu.auth0.com");
    ck_assert(!url.loopback);
    ck_assert_int_eq(
        a0_base_url_parse(&url, "HTTPS://Acme.EU.auth0.com:443/", "AUTH0_DOMAIN", &err),
        AUTH0DB_OK);
    ck_assert_str_eq(url.text, "https://acme.eu.auth0.com");
    ck_assert_int_eq(a0_base_url_parse(&url, "http://127.0.0.1:4711/", "AUTH0_DOMAIN", &err),
                     AUTH0DB_OK);
    ck_assert_str_eq(url.text, "http://127.0.0.1:4711");
    ck_assert(url.loopback && url.port == 4711);
    ck_assert_int_eq(a0_base_url_parse(&url, "http://[::1]:80", "AUTH0_DOMAIN", &err), AUTH0DB_OK);
    static const char *const bad[] = {"",
                                      "http://acme.auth0.com",
                                      "http://127.0.0.1.evil.com",
                                      "user@host",
                                      "host/path",
                                      "host:0",
                                      "host:99999",
                                      "host name",
                                      "-x",
                                      "https://",
                                      "http://127.0.0.1@evil.com",
                                      "http://localhost:80:evil"};
    for (size_t i = 0; i < A0_COUNT(bad); i++) {
        ck_assert_msg(a0_base_url_parse(&url, bad[i], "AUTH0_DOMAIN", &err) == AUTH0DB_ERR_OPTION,
                      "%s", bad[i]);
        ck_assert_str_eq(err.where, "AUTH0_DOMAIN");
    }
}
END_TEST

START_TEST(error_is_bounded_and_null_is_fine)
{
    auth0db_error err;
    memset(&err, 0xff, sizeof err);
    char big[2000];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    ck_assert_int_eq(a0_error_set(&err, AUTH0DB_ERR_IO, big, "%s", big), AUTH0DB_ERR_IO);
    ck_assert_uint_lt(strlen(err.where), sizeof err.where);
    ck_assert_uint_lt(strlen(err.message), sizeof err.message);
    ck_assert_int_eq(a0_error_set(NULL, AUTH0DB_ERR_IO, NULL, "x"), AUTH0DB_ERR_IO);
    ck_assert_str_eq(auth0db_code_name(AUTH0DB_ERR_RATE_LIMIT), "RATE_LIMIT");
}
END_TEST

static const char *shown(const char *text)
{
    static char out[64];
    ck_assert_uint_eq(auth0db_show_text(out, sizeof out, text), strlen(out));
    return out;
}

START_TEST(what_cannot_be_seen_is_shown)
{
    ck_assert_str_eq(shown("a\xe2\x80\xae"
                           "b"),
                     "a\\u202eb");
    ck_assert_str_eq(shown("\xe2\x80\x8b\xe2\x80\x8d\xef\xbb\xbf\xc2\xad"),
                     "\\u200b\\u200d\\ufeff\\u00ad");
    ck_assert_str_eq(shown("\xf3\xa0\x80\x81"), "\\udb40\\udc01"); /* a tag character */
    ck_assert_str_eq(shown("\x1b[31m\x7f\xc2\x9b"), "\\u001b[31m\\u007f\\u009b");
    ck_assert_str_eq(shown("\xff\xe2\x80"), "\\ufffd\\ufffd\\ufffd");
    ck_assert_str_eq(shown("Zo\xc3\xab \xf0\x9f\x94\x91\n\t\\u202e"),
                     "Zo\xc3\xab \xf0\x9f\x94\x91\n\t\\u202e");
    char few[6];
    ck_assert_uint_eq(auth0db_show_text(few, sizeof few, "\xe2\x80\x8b"), 6);
    ck_assert_str_eq(few, ""); /* no piece of an escape */
    ck_assert_uint_eq(auth0db_show_text(few, sizeof few, "ab\xe2\x80\x8b"), 8);
    ck_assert_str_eq(few, "ab");
    ck_assert_uint_eq(auth0db_show_text(NULL, 0, "abc"), 3);
}
END_TEST

UNIT_MAIN("base", buffer_grows_and_stops_at_its_limit, buffer_survives_every_failed_allocation,
          base64_round_trips_and_refuses_second_spellings,
          base64_takes_its_alphabet_and_nothing_else, hex_and_percent_encoding_are_exact,
          base32_is_that_of_rfc_4648_without_padding, utf8_follows_rfc_3629,
          a_cut_by_bytes_leaves_whole_characters, json_refuses_depth_duplicates_and_bad_text,
          redaction_hides_values_of_secret_names, domain_must_be_https_or_loopback,
          error_is_bounded_and_null_is_fine, what_cannot_be_seen_is_shown)
