#include <string.h>

#include "auth0db/seal.h"
#include "base/encode.h"
#include "base/mem.h"
#include "unit.h"

static const auth0db_seal_key key = {"a site's secret", 15, "outbox 1"};

static char *sealed(const char *text, size_t len, size_t *line_len)
{
    char *line;
    auth0db_error err;
    ck_assert_int_eq(auth0db_seal(&line, line_len, &key, text, len, &err), AUTH0DB_OK);
    ck_assert_uint_eq(strlen(line), *line_len);
    return line;
}

static int open_with(const auth0db_seal_key *with, const char *line, size_t len)
{
    char *text;
    size_t text_len;
    auth0db_error err = {0};
    int rc = auth0db_unseal(&text, &text_len, with, line, len, &err);
    ck_assert(rc == AUTH0DB_OK || (text == NULL && text_len == 0));
    ck_assert_ptr_null(strstr(err.message, "link"));
    auth0db_seal_free(text, text_len);
    return rc;
}

START_TEST(what_was_sealed_opens_again)
{
    static const char text[] = "a link\0and a NUL";
    const struct {
        const char *text;
        size_t len;
    } rows[] = {{text, sizeof text}, {"", 0}, {NULL, 0}, {"x", 1}};
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        size_t line_len, opened_len;
        char *line = sealed(rows[i].text, rows[i].len, &line_len), *opened;
        ck_assert_int_eq(auth0db_unseal(&opened, &opened_len, &key, line, line_len, NULL),
                         AUTH0DB_OK);
        ck_assert_uint_eq(opened_len, rows[i].len);
        ck_assert(rows[i].len == 0 || memcmp(opened, rows[i].text, rows[i].len) == 0);
        ck_assert_int_eq(opened[opened_len], '\0');
        auth0db_seal_free(opened, opened_len);
        auth0db_seal_free(line, line_len);
    }
}
END_TEST

START_TEST(the_text_is_not_in_it_and_no_two_are_alike)
{
    size_t a_len, b_len;
    char *a = sealed("a link", 6, &a_len), *b = sealed("a link", 6, &b_len);
    ck_assert_str_ne(a, b);
    char raw[128];
    long n = a0_base64_decode(A0_B64_URL, a, a_len, raw, sizeof raw);
    ck_assert_int_eq(n, 1 + 12 + 6 + 16);
    ck_assert_ptr_null(memmem(raw, (size_t)n, "link", 4));
    auth0db_seal_free(a, a_len);
    auth0db_seal_free(b, b_len);
}
END_TEST

START_TEST(another_secret_or_another_row_does_not_open_it)
{
    size_t len;
    char *line = sealed("a link", 6, &len);
    ck_assert_int_eq(open_with(&key, line, len), AUTH0DB_OK);
    ck_assert_int_eq(open_with(&(auth0db_seal_key){"a site's secreT", 15, "outbox 1"}, line, len),
                     AUTH0DB_ERR_MALFORMED);
    ck_assert_int_eq(open_with(&(auth0db_seal_key){"a site's secret", 14, "outbox 1"}, line, len),
                     AUTH0DB_ERR_MALFORMED);
    ck_assert_int_eq(open_with(&(auth0db_seal_key){"a site's secret", 15, "outbox 2"}, line, len),
                     AUTH0DB_ERR_MALFORMED);
    auth0db_seal_free(line, len);
}
END_TEST

START_TEST(nothing_that_was_changed_or_cut_opens)
{
    size_t len;
    char *line = sealed("a link", 6, &len);
    for (size_t i = 0; i < len; i++) {
        char was = line[i];
        line[i] = was == 'A' ? 'B' : 'A';
        ck_assert_int_eq(open_with(&key, line, len), AUTH0DB_ERR_MALFORMED);
        line[i] = was;
        ck_assert_int_eq(open_with(&key, line, i), AUTH0DB_ERR_MALFORMED);
    }
    ck_assert_int_eq(open_with(&key, line, len), AUTH0DB_OK);
    auth0db_seal_free(line, len);
}
END_TEST

START_TEST(no_secret_no_context_or_too_long_a_text_is_refused)
{
    char *line;
    size_t len;
    auth0db_error err;
    const auth0db_seal_key none = {"", 0, "outbox 1"}, nowhere = {"secret", 6, ""};
    ck_assert_int_eq(auth0db_seal(&line, &len, &none, "x", 1, &err), AUTH0DB_ERR_USAGE);
    ck_assert_int_eq(auth0db_seal(&line, &len, &nowhere, "x", 1, &err), AUTH0DB_ERR_USAGE);
    ck_assert_int_eq(open_with(&none, "x", 1), AUTH0DB_ERR_USAGE);
    ck_assert_int_eq(auth0db_seal(&line, &len, &key, "x", AUTH0DB_SEAL_MAX + 1, &err),
                     AUTH0DB_ERR_TOO_LARGE);
    ck_assert_ptr_null(line);
}
END_TEST

START_TEST(short_memory_is_an_error_and_nothing_leaks)
{
    char *line, *text;
    size_t len, text_len;
    char *good = sealed("a link", 6, &len);
    size_t good_len = len;
    for (long nth = 1; nth <= 2; nth++) {
        a0_test_fail_nth_alloc(nth);
        ck_assert_int_eq(auth0db_seal(&line, &len, &key, "x", 1, NULL), AUTH0DB_ERR_NO_MEMORY);
        a0_test_fail_nth_alloc(nth);
        ck_assert_int_eq(auth0db_unseal(&text, &text_len, &key, good, good_len, NULL),
                         AUTH0DB_ERR_NO_MEMORY);
    }
    a0_test_fail_nth_alloc(0);
    auth0db_seal_free(good, good_len);
}
END_TEST

UNIT_MAIN("seal", what_was_sealed_opens_again, the_text_is_not_in_it_and_no_two_are_alike,
          another_secret_or_another_row_does_not_open_it, nothing_that_was_changed_or_cut_opens,
          no_secret_no_context_or_too_long_a_text_is_refused,
          short_memory_is_an_error_and_nothing_leaks)
