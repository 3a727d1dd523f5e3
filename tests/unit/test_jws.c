#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "crypto/jws.h"
#include "unit.h"

static a0_jwk *new_key(const char *kid)
{
    a0_jwk *key;
    auth0db_error err;
    ck_assert_int_eq(a0_jwk_generate(&key, kid, &err), AUTH0DB_OK);
    return key;
}

/* Always the same: to make one takes longer than most tests. */
static a0_jwk *a_key(void)
{
    static a0_buf made;
    json_t *jwk;
    a0_jwk *key = NULL;
    auth0db_error err;
    if (made.len == 0) {
        key = new_key("k1");
        ck_assert_int_eq(a0_jwk_to_json(&made, key, true, &err), AUTH0DB_OK);
        a0_jwk_free(key);
    }
    ck_assert_int_eq(a0_json_parse(&jwk, made.data, made.len, "jwk", &err), AUTH0DB_OK);
    ck_assert_int_eq(a0_jwk_from_json(&key, jwk, &err), AUTH0DB_OK);
    json_decref(jwk);
    return key;
}

static void sign_claims(a0_buf *out, const a0_jwk *key)
{
    auth0db_error err;
    json_t *claims = json_pack("{s:s, s:i}", "sub", "auth0|1", "exp", 2000000000);
    ck_assert_int_eq(a0_jws_sign(out, key, claims, &err), AUTH0DB_OK);
    json_decref(claims);
}

static a0_jwk *public_half(const a0_jwk *key)
{
    a0_buf text = {0};
    json_t *json;
    a0_jwk *half;
    auth0db_error err;
    ck_assert_int_eq(a0_jwk_to_json(&text, key, false, &err), AUTH0DB_OK);
    ck_assert_ptr_null(strstr(a0_buf_text(&text), "\"d\""));
    ck_assert_int_eq(a0_json_parse(&json, text.data, text.len, "jwk", &err), AUTH0DB_OK);
    ck_assert_str_eq(a0_json_text(json, "alg"), "RS256");
    ck_assert_str_eq(a0_json_text(json, "use"), "sig");
    ck_assert_int_eq(a0_jwk_from_json(&half, json, &err), AUTH0DB_OK);
    json_decref(json);
    a0_buf_clear(&text);
    return half;
}

static int verify(const char *token, const a0_jwk *key)
{
    auth0db_error err;
    json_t *claims;
    int rc = a0_jws_verify(&claims, token, key, &err);
    ck_assert((rc == AUTH0DB_OK) == (claims != NULL));
    ck_assert(rc == AUTH0DB_OK || (int)err.code == rc);
    json_decref(claims);
    return rc;
}

START_TEST(what_is_signed_verifies_with_the_public_half)
{
    a0_jwk *key = a_key(), *half = public_half(key);
    a0_buf token = {0};
    char kid[128];
    json_t *claims;
    auth0db_error err;
    sign_claims(&token, key);
    ck_assert_int_eq(a0_jws_kid(token.data, kid, &err), AUTH0DB_OK);
    ck_assert_str_eq(kid, "k1");
    ck_assert_str_eq(a0_jwk_kid(half), "k1");
    ck_assert_int_eq(a0_jws_verify(&claims, token.data, half, &err), AUTH0DB_OK);
    ck_assert_str_eq(a0_json_text(claims, "sub"), "auth0|1");
    json_decref(claims);
    a0_buf_clear(&token);
    a0_jwk_free(half);
    a0_jwk_free(key);
}
END_TEST

/* Auth0's tokens say that they are JWTs; there are clients that insist on it. */
START_TEST(the_header_tells_algorithm_type_and_key)
{
    a0_jwk *key = a_key();
    a0_buf token = {0};
    char text[256];
    json_t *header;
    auth0db_error err;
    sign_claims(&token, key);
    long n = a0_base64_decode(A0_B64_URL, token.data, strcspn(token.data, "."), text, sizeof text);
    ck_assert_int_gt(n, 0);
    ck_assert_int_eq(a0_json_parse(&header, text, (size_t)n, "header", &err), AUTH0DB_OK);
    ck_assert_str_eq(a0_json_text(header, "alg"), "RS256");
    ck_assert_str_eq(a0_json_text(header, "typ"), "JWT");
    ck_assert_str_eq(a0_json_text(header, "kid"), "k1");
    json_decref(header);
    a0_buf_clear(&token);
    a0_jwk_free(key);
}
END_TEST

START_TEST(the_private_half_survives_json)
{
    a0_jwk *key = new_key("k1"), *again;
    a0_buf text = {0}, token = {0};
    json_t *json;
    auth0db_error err;
    ck_assert_int_eq(a0_jwk_to_json(&text, key, true, &err), AUTH0DB_OK);
    ck_assert_int_eq(a0_json_parse(&json, text.data, text.len, "jwk", &err), AUTH0DB_OK);
    ck_assert_int_eq(a0_jwk_from_json(&again, json, &err), AUTH0DB_OK);
    sign_claims(&token, again);
    ck_assert_int_eq(verify(token.data, key), AUTH0DB_OK);
    json_decref(json);
    a0_buf_clear(&text);
    a0_buf_clear(&token);
    a0_jwk_free(again);
    a0_jwk_free(key);
}
END_TEST

START_TEST(another_key_of_the_same_name_does_not_verify)
{
    a0_jwk *key = a_key(), *other = new_key("k1");
    a0_buf token = {0};
    sign_claims(&token, key);
    ck_assert_int_eq(verify(token.data, other), AUTH0DB_ERR_UNTRUSTED);
    a0_buf_clear(&token);
    a0_jwk_free(other);
    a0_jwk_free(key);
}
END_TEST

/* The claims and signature of a good token behind another header. */
static void with_header(a0_buf *out, const char *header, const char *token)
{
    char text[512];
    a0_base64_encode(A0_B64_URL, header, strlen(header), text);
    a0_buf_reset(out);
    ck_assert_int_eq(a0_buf_printf(out, "%s%s", text, strchr(token, '.')), AUTH0DB_OK);
}

START_TEST(only_rs256_is_taken)
{
    static const char *const headers[] = {
        "{\"alg\":\"none\"}",
        "{\"alg\":\"HS256\",\"kid\":\"k1\"}",
        "{\"alg\":\"RS384\"}",
        "{\"alg\":\"PS256\"}",
        "{\"alg\":\"rs256\"}",
        "{\"alg\":256}",
        "{}",
        "[]",
        "\"RS256\"",
        "{\"alg\":\"RS256\",\"crit\":[\"exp\"],\"exp\":1}",
    };
    a0_jwk *key = a_key();
    a0_buf token = {0}, forged = {0};
    char kid[128];
    auth0db_error err;
    sign_claims(&token, key);
    for (size_t i = 0; i < A0_COUNT(headers); i++) {
        with_header(&forged, headers[i], token.data);
        int rc = a0_jws_kid(forged.data, kid, &err);
        ck_assert_msg(rc == AUTH0DB_ERR_UNTRUSTED || rc == AUTH0DB_ERR_MALFORMED, "%s: %d",
                      headers[i], rc);
        ck_assert_int_eq(verify(forged.data, key), rc);
    }
    with_header(&forged, "{\"alg\":\"RS256\",\"alg\":\"none\"}", token.data);
    ck_assert_int_eq(verify(forged.data, key), AUTH0DB_ERR_MALFORMED);
    a0_buf_clear(&forged);
    a0_buf_clear(&token);
    a0_jwk_free(key);
}
END_TEST

/* A key's name is kept in 128 bytes: cut, it would be another key's. */
START_TEST(a_name_of_a_key_is_text_of_up_to_127_bytes)
{
    char longest[200], text[400], kid[128];
    a0_jwk *key = a_key(), *taken;
    a0_buf token = {0}, forged = {0}, whole = {0};
    json_t *jwk;
    auth0db_error err;
    sign_claims(&token, key);
    ck_assert_int_eq(a0_jwk_to_json(&whole, key, false, &err), AUTH0DB_OK);
    for (size_t len = 126; len <= 130; len++) {
        memset(longest, 'k', len);
        longest[len] = '\0';
        int want = len < 128 ? AUTH0DB_OK : AUTH0DB_ERR_MALFORMED;
        ck_assert_int_eq(a0_jwk_generate(&taken, longest, &err), want);
        ck_assert((taken != NULL) == (want == AUTH0DB_OK));
        a0_jwk_free(taken);
        ck_assert_int_eq(a0_json_parse(&jwk, whole.data, whole.len, "jwk", &err), AUTH0DB_OK);
        json_object_set_new(jwk, "kid", json_string(longest));
        ck_assert_int_eq(a0_jwk_from_json(&taken, jwk, &err), want);
        a0_jwk_free(taken);
        json_decref(jwk);
        snprintf(text, sizeof text, "{\"alg\":\"RS256\",\"kid\":\"%s\"}", longest);
        with_header(&forged, text, token.data);
        ck_assert_int_eq(a0_jws_kid(forged.data, kid, &err), want);
        ck_assert_str_eq(kid, want == AUTH0DB_OK ? longest : "");
    }
    with_header(&forged, "{\"alg\":\"RS256\",\"kid\":7}", token.data);
    ck_assert_int_eq(a0_jws_kid(forged.data, kid, &err), AUTH0DB_ERR_MALFORMED);
    with_header(&forged, "{\"alg\":\"RS256\",\"kid\":null}", token.data);
    ck_assert_int_eq(a0_jws_kid(forged.data, kid, &err), AUTH0DB_ERR_MALFORMED);
    with_header(&forged, "{\"alg\":\"RS256\"}", token.data);
    ck_assert_int_eq(a0_jws_kid(forged.data, kid, &err), AUTH0DB_OK);
    ck_assert_str_eq(kid, "");
    a0_buf_clear(&whole);
    a0_buf_clear(&forged);
    a0_buf_clear(&token);
    a0_jwk_free(key);
}
END_TEST

START_TEST(what_is_signed_is_an_object)
{
    static const char *const others[] = {"[1]", "\"text\"", "7", "null", "true"};
    a0_jwk *key = a_key();
    auth0db_error err;
    for (size_t i = 0; i < A0_COUNT(others); i++) {
        a0_buf token = {0};
        json_t *claims = json_loads(others[i], JSON_DECODE_ANY, NULL);
        if (a0_jws_sign(&token, key, claims, &err) == AUTH0DB_OK)
            ck_assert_msg(verify(token.data, key) == AUTH0DB_ERR_MALFORMED, "%s", others[i]);
        json_decref(claims);
        a0_buf_clear(&token);
    }
    a0_jwk_free(key);
}
END_TEST

/* One byte less than too long is a token still, if a bad one. */
START_TEST(a_token_of_256_kilobytes_is_long_enough)
{
    enum { MOST = 256 * 1024 };
    a0_jwk *key = a_key();
    char *large = malloc(MOST + 2);
    memset(large, 'a', MOST + 1);
    large[MOST + 1] = '\0';
    ck_assert_int_eq(verify(large, key), AUTH0DB_ERR_TOO_LARGE);
    large[MOST] = '\0';
    ck_assert_int_eq(verify(large, key), AUTH0DB_ERR_MALFORMED);
    free(large);
    a0_jwk_free(key);
}
END_TEST

START_TEST(a_token_cut_or_changed_anywhere_is_refused)
{
    a0_jwk *key = a_key();
    a0_buf token = {0};
    sign_claims(&token, key);
    for (size_t cut = 0; cut < token.len; cut++) {
        char kept = token.data[cut];
        token.data[cut] = '\0';
        ck_assert_msg(verify(token.data, key) != AUTH0DB_OK, "cut at %zu", cut);
        token.data[cut] = kept == 'A' ? 'B' : 'A';
        ck_assert_msg(verify(token.data, key) != AUTH0DB_OK, "changed at %zu", cut);
        token.data[cut] = kept;
    }
    ck_assert_int_eq(verify(token.data, key), AUTH0DB_OK);
    ck_assert_int_eq(a0_buf_puts(&token, ".AAAA"), AUTH0DB_OK);
    ck_assert_int_eq(verify(token.data, key), AUTH0DB_ERR_MALFORMED);
    a0_buf_clear(&token);
    a0_jwk_free(key);
}
END_TEST

/* One signature, several spellings: whoever notes tokens that were used or taken back, as text,
 * would take the same token for another one. */
START_TEST(a_second_spelling_of_the_same_signature_is_refused)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    a0_jwk *key = a_key();
    a0_buf token = {0};
    sign_claims(&token, key);
    char *last = token.data + token.len - 1; /* 256 bytes leave four bits unused in it */
    size_t at = (size_t)(strchr(alphabet, *last) - alphabet);
    ck_assert_uint_eq(at % 16, 0);
    for (size_t stray = 1; stray < 16; stray++) {
        *last = alphabet[at + stray];
        ck_assert_msg(verify(token.data, key) == AUTH0DB_ERR_MALFORMED, "stray bits %zu", stray);
    }
    *last = alphabet[at];
    ck_assert_int_eq(verify(token.data, key), AUTH0DB_OK);
    ck_assert_int_eq(a0_buf_puts(&token, "="), AUTH0DB_OK);
    ck_assert_int_eq(verify(token.data, key), AUTH0DB_ERR_MALFORMED);
    a0_buf_clear(&token);
    a0_jwk_free(key);
}
END_TEST

START_TEST(garbage_is_refused)
{
    static const char *const bad[] = {
        "", ".", "..", "...", "a.b", "a.b.c", "....", "eyJ.eyJ.x", "\xff.\xff.\xff", "a.YWFh.YWFh"};
    a0_jwk *key = a_key();
    for (size_t i = 0; i < A0_COUNT(bad); i++)
        ck_assert_msg(verify(bad[i], key) == AUTH0DB_ERR_MALFORMED, "%s", bad[i]);
    size_t len = 1024 * 1024;
    char *large = malloc(len + 1);
    memset(large, 'a', len);
    large[len] = '\0';
    ck_assert_int_eq(verify(large, key), AUTH0DB_ERR_TOO_LARGE);
    free(large);
    a0_jwk_free(key);
}
END_TEST

/* Before a key is looked for: what is no token makes nobody fetch the tenant's keys. */
START_TEST(a_token_has_three_parts_and_none_is_empty)
{
#define HEADER "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0" /* {"alg":"RS256","kid":"k1"} */
    static const char *const bad[] = {
        HEADER,      HEADER ".e30", HEADER ".e30.",          HEADER "..YWFh",
        HEADER "..", ".e30.YWFh",   HEADER ".e30.YWFh.YWFh", HEADER ".e30.YWFh."};
    char kid[128];
    auth0db_error err;
    ck_assert_int_eq(a0_jws_kid(HEADER ".e30.YWFh", kid, &err), AUTH0DB_OK);
    ck_assert_str_eq(kid, "k1");
    for (size_t i = 0; i < A0_COUNT(bad); i++) {
        ck_assert_msg(a0_jws_kid(bad[i], kid, &err) == AUTH0DB_ERR_MALFORMED, "%s", bad[i]);
        ck_assert_str_eq(kid, "");
    }
}
END_TEST

START_TEST(only_large_rsa_signature_keys_are_taken)
{
    static const char *const bad[] = {
        "{}",
        "[]",
        "{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}",
        "{\"kty\":\"RSA\"}",
        "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"n\":7,\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"use\":\"enc\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"alg\":\"HS256\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"n\":\"!!!\",\"e\":\"AQAB\"}",
    };
    for (size_t i = 0; i < A0_COUNT(bad); i++) {
        a0_jwk *key;
        json_t *json;
        auth0db_error err;
        ck_assert_int_eq(a0_json_parse(&json, bad[i], strlen(bad[i]), "jwk", &err), AUTH0DB_OK);
        ck_assert_msg(a0_jwk_from_json(&key, json, &err) != AUTH0DB_OK, "%s", bad[i]);
        ck_assert_ptr_null(key);
        json_decref(json);
    }
}
END_TEST

static int import(const char *text, a0_jwk **key)
{
    json_t *json;
    auth0db_error err;
    ck_assert_int_eq(a0_json_parse(&json, text, strlen(text), "jwk", &err), AUTH0DB_OK);
    int rc = a0_jwk_from_json(key, json, &err);
    ck_assert((rc == AUTH0DB_OK) == (*key != NULL));
    json_decref(json);
    return rc;
}

/* A modulus of so many bits, all of them set; imported, not used. */
static int import_bits(size_t bits)
{
    unsigned char bytes[2000];
    char n[3000], text[3100];
    a0_jwk *key;
    size_t len = (bits + 7) / 8;
    memset(bytes, 0xff, len);
    bytes[0] = (unsigned char)(0xff >> (len * 8 - bits));
    a0_base64_encode(A0_B64_URL, bytes, len, n);
    snprintf(text, sizeof text, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"AQAB\"}", n);
    int rc = import(text, &key);
    a0_jwk_free(key);
    return rc;
}

/* Too small can be forged; too large costs minutes of processor for each login, for a whole site.
 */
START_TEST(keys_have_2048_to_8192_bits)
{
    static const size_t bad[] = {1024, 2040, 8193, 8200, 16000}; /* cjose counts whole bytes */
    ck_assert_int_eq(import_bits(2048), AUTH0DB_OK);
    ck_assert_int_eq(import_bits(4096), AUTH0DB_OK);
    ck_assert_int_eq(import_bits(8192), AUTH0DB_OK);
    for (size_t i = 0; i < A0_COUNT(bad); i++)
        ck_assert_msg(import_bits(bad[i]) == AUTH0DB_ERR_UNSUPPORTED, "%zu bits", bad[i]);
}
END_TEST

/* A key that its owner lists for something else (encryption, another algorithm) is not the one that
 * signs logins. */
START_TEST(a_key_is_for_rs256_signatures_or_does_not_say_what_for)
{
    static const struct {
        const char *member, *value; /* JSON; NULL: without it */
        int want;
    } rows[] = {
        {"use", "\"sig\"", AUTH0DB_OK},
        {"use", NULL, AUTH0DB_OK},
        {"use", "\"enc\"", AUTH0DB_ERR_UNSUPPORTED},
        {"use", "null", AUTH0DB_ERR_UNSUPPORTED},
        {"use", "7", AUTH0DB_ERR_UNSUPPORTED},
        {"use", "\"sig\\u0000\"", AUTH0DB_ERR_UNSUPPORTED},
        {"alg", "\"RS256\"", AUTH0DB_OK},
        {"alg", NULL, AUTH0DB_OK},
        {"alg", "\"RS512\"", AUTH0DB_ERR_UNSUPPORTED},
        {"alg", "\"PS256\"", AUTH0DB_ERR_UNSUPPORTED},
        {"alg", "null", AUTH0DB_ERR_UNSUPPORTED},
        {"kty", "\"rsa\"", AUTH0DB_ERR_UNSUPPORTED},
        {"kty", NULL, AUTH0DB_ERR_UNSUPPORTED},
    };
    a0_jwk *key = a_key(), *taken;
    a0_buf whole = {0};
    json_t *jwk;
    auth0db_error err;
    ck_assert_int_eq(a0_jwk_to_json(&whole, key, false, &err), AUTH0DB_OK);
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        ck_assert_int_eq(a0_json_parse(&jwk, whole.data, whole.len, "jwk", &err), AUTH0DB_OK);
        json_object_del(jwk, rows[i].member);
        if (rows[i].value != NULL)
            json_object_set_new(jwk, rows[i].member,
                                json_loads(rows[i].value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL));
        ck_assert_msg(a0_jwk_from_json(&taken, jwk, &err) == rows[i].want, "%s %s", rows[i].member,
                      rows[i].value);
        a0_jwk_free(taken);
        json_decref(jwk);
    }
    a0_buf_clear(&whole);
    a0_jwk_free(key);
}
END_TEST

UNIT_MAIN("jws", what_is_signed_verifies_with_the_public_half,
          the_header_tells_algorithm_type_and_key, the_private_half_survives_json,
          another_key_of_the_same_name_does_not_verify, only_rs256_is_taken,
          a_name_of_a_key_is_text_of_up_to_127_bytes, what_is_signed_is_an_object,
          a_token_of_256_kilobytes_is_long_enough, a_token_cut_or_changed_anywhere_is_refused,
          garbage_is_refused, a_token_has_three_parts_and_none_is_empty,
          a_second_spelling_of_the_same_signature_is_refused,
          only_large_rsa_signature_keys_are_taken, keys_have_2048_to_8192_bits,
          a_key_is_for_rs256_signatures_or_does_not_say_what_for)
