/* tests/vectors/hash_vectors.json was made by real Django; this test reads all of it. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "auth0db/hash.h"
#include "base/env.h"
#include "base/json.h"
#include "base/mem.h"
#include "django/formats/format.h"
#include "django/hasher.h"
#include "unit.h"

static json_t *load_vectors(void)
{
    char path[4096];
    const char *root = getenv("A0_SOURCE_ROOT");
    snprintf(path, sizeof path, "%s/tests/vectors/hash_vectors.json", root != NULL ? root : ".");
    json_error_t error;
    json_t *file = json_load_file(path, JSON_ALLOW_NUL, &error);
    ck_assert_msg(file != NULL, "%s: %s", path, error.text);
    json_t *vectors = json_incref(json_object_get(file, "vectors"));
    json_decref(file);
    ck_assert_uint_ge(json_array_size(vectors), 396);
    return vectors;
}

static const char *text(const json_t *vector, const char *key, size_t *len)
{
    const json_t *value = json_object_get(vector, key);
    ck_assert(json_is_string(value));
    *len = json_string_length(value);
    return json_string_value(value);
}

#define FOR_EACH_VECTOR(vectors)                                                                   \
    size_t i, len;                                                                                 \
    json_t *v;                                                                                     \
    json_array_foreach(vectors, i, v)

START_TEST(verify_agrees_with_django_on_every_vector)
{
    json_t *vectors = load_vectors();
    FOR_EACH_VECTOR(vectors)
    {
        size_t password_len;
        auth0db_error err = {.code = AUTH0DB_OK};
        const char *encoded = text(v, "encoded", &len),
                   *password = text(v, "password", &password_len);
        bool want = json_is_true(json_object_get(v, "matches"));
        auth0db_verdict got = auth0db_hash_verify(encoded, len, password, password_len, &err);
        const char *id = json_string_value(json_object_get(v, "id"));
        ck_assert_msg((got == AUTH0DB_MATCH) == want, "%s: %d %s: %s", id, got, err.where,
                      err.message);
        ck_assert_msg((err.code != AUTH0DB_OK) == (got == AUTH0DB_NO_VERDICT),
                      "%s: err and verdict", id);
    }
    json_decref(vectors);
}
END_TEST

START_TEST(convert_gives_the_expected_object_or_reason)
{
    json_t *vectors = load_vectors();
    char json[AUTH0DB_CONVERTED_MAX(8192)];
    FOR_EACH_VECTOR(vectors)
    {
        size_t json_len;
        const char *encoded = text(v, "encoded", &len),
                   *id = json_string_value(json_object_get(v, "id"));
        auth0db_conversion how = auth0db_hash_convert(encoded, len, json, sizeof json, &json_len);
        size_t n;
        ck_assert_msg(strcmp(auth0db_conversion_code(how), text(v, "auth0_reason", &n)) == 0,
                      "%s: %s", id, auth0db_conversion_code(how));
        const json_t *want = json_object_get(v, "auth0");
        json_t *got = json_loadb(json, json_len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
        ck_assert_msg(json_is_null(want) ? json_len == 0 : json_equal(got, want), "%s: %.*s", id,
                      (int)json_len, json);
        json_decref(got);
    }
    json_decref(vectors);
}
END_TEST

START_TEST(a_parsed_hash_formats_to_the_same_bytes)
{
    json_t *vectors = load_vectors();
    char out[A0_ENCODED_MAX];
    int parsed = 0;
    FOR_EACH_VECTOR(vectors)
    {
        a0_hash hash;
        const char *encoded = text(v, "encoded", &len);
        if (a0_hash_parse(&hash, encoded, len, NULL) != AUTH0DB_OK)
            continue;
        parsed++;
        ck_assert_uint_eq(a0_hash_format(&hash, out, sizeof out), len);
        ck_assert_mem_eq(out, encoded, len);
        if (len > 0)
            ck_assert_uint_eq(a0_hash_format(&hash, out, len - 1), 0);
    }
    ck_assert_int_gt(parsed, 250);
    json_decref(vectors);
}
END_TEST

/* Every prefix and a one-bit change of every byte of every vector: what still parses formats back.
 */
START_TEST(damaged_hashes_are_answered)
{
    json_t *vectors = load_vectors();
    char copy[A0_ENCODED_MAX], json[AUTH0DB_CONVERTED_MAX(A0_ENCODED_MAX)], out[A0_ENCODED_MAX];
    FOR_EACH_VECTOR(vectors)
    {
        const char *encoded = text(v, "encoded", &len);
        if (len > 300)
            continue;
        for (size_t at = 0; at < 2 * len; at++) {
            a0_hash hash;
            size_t n = at < len ? at : len, json_len;
            memcpy(copy, encoded, len);
            if (at >= len)
                copy[at - len] = (char)(copy[at - len] ^ (1 << at % 8));
            auth0db_hash_convert(copy, n, json, sizeof json, &json_len);
            if (a0_hash_parse(&hash, copy, n, NULL) == AUTH0DB_OK) {
                ck_assert_uint_eq(a0_hash_format(&hash, out, sizeof out), n);
                ck_assert_mem_eq(out, copy, n);
            }
        }
    }
    json_decref(vectors);
}
END_TEST

static auth0db_code verify_code(const char *encoded)
{
    auth0db_error err = {.code = AUTH0DB_OK};
    auth0db_verdict verdict = auth0db_hash_verify(encoded, strlen(encoded), "password", 8, &err);
    ck_assert_int_ne(verdict, AUTH0DB_MATCH);
    return verdict == AUTH0DB_NO_VERDICT ? err.code : AUTH0DB_OK;
}

#define HASH32 "y3xzPKq+AOjc54dLD+WTZQy3xzPKq+AOjc54dLD+WTY="
#define HASH64                                                                                     \
    "y3xzPKq+AOjc54dLD+WTZQy3xzPKq+AOjc54dLD+WTYxy3xzPKq+AOjc54dLD+WTZQy3xzPKq+AOjc54dLD+WQ=="
#define BCRYPT "Qm1tRZzK5pUy8vWcX3nHhu2UgTmYh5GmH7z/FNWeXVQXAJCQXUu92"
#define ARGON2 "$WnQxa1h3OG1RNHZCN25SMmNZNnBMcw$1fwTKATWVy4C/lEV1TL48w"

START_TEST(absurd_work_is_refused_before_it_starts)
{
    static const char *const rows[] = {
        "pbkdf2_sha256$20000001$salt$" HASH32,
        "pbkdf2_sha256$2147483647$salt$" HASH32,
        "bcrypt$$2b$17$" BCRYPT,
        "bcrypt_sha256$$2b$31$" BCRYPT,
        "argon2$argon2id$v=19$m=1048577,t=1,p=1" ARGON2,
        "argon2$argon2id$v=19$m=8,t=4294967295,p=1" ARGON2,
        "argon2$argon2id$v=19$m=1048576,t=5,p=1" ARGON2,
        "argon2$argon2id$v=19$m=102400,t=2,p=129" ARGON2,
        "scrypt$1048576$salt$8$1$" HASH64,
        "scrypt$8589934592$salt$1$1$" HASH64,
        "scrypt$2$salt$1$1073741823$" HASH64,
        "scrypt$16384$salt$8$65$" HASH64,
        "crypt$$$6$rounds=999999999$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwS",
        "crypt$$$2b$31$" BCRYPT,
        "crypt$$$y$jFT$M.IwzlMzNlnT3tsK1dXKV1$x",
    };
    uint64_t before = a0_mono_ms(&a0_env_system);
    for (size_t i = 0; i < A0_COUNT(rows); i++)
        ck_assert_msg(verify_code(rows[i]) == AUTH0DB_ERR_TOO_LARGE, "%s", rows[i]);
    ck_assert_uint_lt(a0_mono_ms(&a0_env_system) - before, 1000);
}
END_TEST

/* Ten times any default is not absurd. (Parsed and bounded; computing them would take this test
 * minutes.) */
START_TEST(ten_times_every_default_is_within_the_bounds)
{
    static const char *const rows[] = {
        "pbkdf2_sha256$12000000$salt$" HASH32, /* 6.0 */
        "pbkdf2_sha256$18000000$salt$" HASH32, /* its successor */
        "argon2$argon2id$v=19$m=1024000,t=2,p=80" ARGON2,
        "argon2$argon2id$v=19$m=102400,t=20,p=8" ARGON2,
        "argon2$argon2i$v=19$m=5120,t=20,p=20" ARGON2,
        "bcrypt$$2b$15$" BCRYPT,
        "scrypt$16384$salt$8$50$" HASH64,
        "scrypt$131072$salt$8$5$" HASH64,
        "crypt$$$6$rounds=50000$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwS",
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        a0_hash hash;
        auth0db_error err = {.code = AUTH0DB_OK};
        ck_assert_int_eq(a0_hash_parse(&hash, rows[i], strlen(rows[i]), &err), AUTH0DB_OK);
        ck_assert_msg(a0_hash_bound(&hash, &err) == AUTH0DB_OK, "%s: %s", rows[i], err.message);
    }
}
END_TEST

START_TEST(what_is_not_a_hash_is_named)
{
    ck_assert_int_eq(verify_code(""), AUTH0DB_OK);
    ck_assert_int_eq(verify_code("!"), AUTH0DB_OK);
    ck_assert_int_eq(verify_code("pbkdf2_sha384$1$salt$hash"), AUTH0DB_ERR_UNSUPPORTED);
    ck_assert_int_eq(verify_code("crypt$$$9$zz$xxxxxxxxxxxxxxxxxxxx"), AUTH0DB_ERR_UNSUPPORTED);
    ck_assert_int_eq(verify_code("crypt$$$y$k9T$M.IwzlMzNlnT3tsK1dXKV1$x"),
                     AUTH0DB_ERR_UNSUPPORTED);
    ck_assert_int_eq(verify_code("crypt$$ab"), AUTH0DB_ERR_MALFORMED);
    ck_assert_int_eq(verify_code("md5$salt$tooshort"), AUTH0DB_ERR_MALFORMED);
    ck_assert_int_eq(verify_code("md5$s\xff$9cc2ae8a1ba7a93da39b46fc1019c481"),
                     AUTH0DB_ERR_MALFORMED);
    char *huge = malloc(9001);
    memset(huge, 'x', 9000);
    huge[9000] = '\0';
    ck_assert_int_eq(verify_code(huge), AUTH0DB_ERR_TOO_LARGE);
    size_t n;
    ck_assert_int_eq(auth0db_hash_convert(huge, 9000, NULL, 0, &n), AUTH0DB_CONVERT_OVER_LONG);
    free(huge);
    ck_assert_uint_eq(auth0db_hash_algorithm("pbkdf2_wrapped_sha1$5$salt$x", 28), 19);
    ck_assert_uint_eq(auth0db_hash_algorithm("plaintext", 9), 0);
    ck_assert_uint_eq(auth0db_hash_algorithm("pass word$", 10), 0);
    ck_assert_uint_eq(auth0db_hash_algorithm("", 0), 0);
    ck_assert_int_eq(auth0db_hasher_by_name("scrypt"), AUTH0DB_HASHER_SCRYPT);
    ck_assert_int_eq(auth0db_hasher_by_name("default"), AUTH0DB_HASHER_UNKNOWN);
}
END_TEST

START_TEST(unsalted_forms_are_told_by_their_length)
{
    static const struct {
        const char *encoded;
        auth0db_hasher hasher;
    } rows[] = {
        {"9cc2ae8a1ba7a93da39b46fc1019c481", AUTH0DB_HASHER_UNSALTED_MD5},
        {"9cc2ae8a1ba7a93da39b46fc1019c48", AUTH0DB_HASHER_UNKNOWN},
        {"md5$$9cc2ae8a1ba7a93da39b46fc1019c481", AUTH0DB_HASHER_UNSALTED_MD5},
        {"md5$$9cc2ae8a1ba7a93da39b46fc1019c48", AUTH0DB_HASHER_MD5},
        {"sha1$$11f6ad8ec52a2984abaafd7c3b516503785c2072", AUTH0DB_HASHER_UNSALTED_SHA1},
        {"sha1$$11f6ad8ec52a2984abaafd7c3b516503785c207", AUTH0DB_HASHER_SHA1},
        {"sha1$$11f6ad8ec52a2984abaafd7c3b516503785c20\xc3\xa4",
         AUTH0DB_HASHER_SHA1}, /* 45 characters */
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        auth0db_hash_params params;
        int rc = auth0db_hash_identify(rows[i].encoded, strlen(rows[i].encoded), &params, NULL);
        ck_assert_msg(params.hasher == rows[i].hasher, "%s: %d (%x)", rows[i].encoded,
                      params.hasher, rc);
    }
}
END_TEST

START_TEST(a_truncated_crypt_hash_does_not_match_through_what_follows_it)
{
    static const char hash[] = "crypt$$$1$saltsalt$BsXyQbZiQujHkdhwPwdol.";
    const size_t len = sizeof hash - 1;
    const char *password = "correct horse battery staple";
    ck_assert_int_eq(auth0db_hash_verify(hash, len, password, strlen(password), NULL),
                     AUTH0DB_MATCH);
    for (size_t cut = 1; cut < 22; cut++)
        ck_assert_int_eq(auth0db_hash_verify(hash, len - cut, password, strlen(password), NULL),
                         AUTH0DB_MISMATCH);
}
END_TEST

START_TEST(scrypt_converts_up_to_32_mib)
{
    char json[AUTH0DB_CONVERTED_MAX(256)];
    size_t n;
#define CONVERT(text) auth0db_hash_convert(text, sizeof text - 1, json, sizeof json, &n)
    ck_assert_int_eq(CONVERT("scrypt$16384$salt$8$5$" HASH64), AUTH0DB_CONVERTED);
    ck_assert_int_eq(CONVERT("scrypt$16384$salt$15$5$" HASH64), AUTH0DB_CONVERTED);
    ck_assert_int_eq(CONVERT("scrypt$16384$salt$16$1$" HASH64), AUTH0DB_CONVERT_SCRYPT_MEMORY);
    ck_assert_int_eq(CONVERT("scrypt$32768$salt$8$1$" HASH64), AUTH0DB_CONVERT_SCRYPT_MEMORY);
    ck_assert_int_eq(CONVERT("scrypt$2$salt$1$1073741823$" HASH64), AUTH0DB_CONVERT_SCRYPT_MEMORY);
#undef CONVERT
}
END_TEST

START_TEST(a_hash_is_sound_unless_no_password_could_ever_match_it_in_bounded_work)
{
    static const struct {
        const char *encoded;
        int want;
    } rows[] = {
        {"md5$salt$9cc2ae8a1ba7a93da39b46fc1019c481", AUTH0DB_OK},
        {"of_the_site$whatever", AUTH0DB_OK},
        {"!unusable", AUTH0DB_OK},
        {"md5$salt$short", AUTH0DB_ERR_MALFORMED},
        {"pbkdf2_sha256$20000001$salt$" HASH32, AUTH0DB_ERR_TOO_LARGE},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++)
        ck_assert_int_eq(auth0db_hash_sound(rows[i].encoded, strlen(rows[i].encoded), NULL),
                         rows[i].want);
}
END_TEST

START_TEST(an_error_is_optional_and_a_small_buffer_is_refused)
{
    static const char hash[] = "md5$\"\\\x01\x1f\xc3\xa4$9cc2ae8a1ba7a93da39b46fc1019c481";
    size_t len = sizeof hash - 1, n;
    char json[AUTH0DB_CONVERTED_MAX(sizeof hash)];
    ck_assert_int_eq(auth0db_hash_verify("x", 1, "p", 1, NULL), AUTH0DB_NO_VERDICT);
    ck_assert_int_eq(auth0db_hash_convert(hash, len, json, AUTH0DB_CONVERTED_MAX(len) - 1, &n),
                     AUTH0DB_CONVERT_NO_ROOM);
    ck_assert_int_eq(auth0db_hash_convert(hash, len, json, sizeof json, &n), AUTH0DB_CONVERTED);
    json[n] = '\0';
    ck_assert_str_eq(
        json,
        "{\"algorithm\":\"md5\",\"hash\":{\"value\":\"9cc2ae8a1ba7a93da39b46fc1019c481\","
        "\"encoding\":\"hex\"},\"salt\":{\"value\":\"\\\"\\\\\\u0001\\u001f\xc3\xa4\",\"encoding\":"
        "\"utf8\",\"position\":\"prefix\"}}");
}
END_TEST

/* Cheap parameters for every hasher that makes hashes. */
static const auth0db_hash_params cheap[] = {
    {.hasher = AUTH0DB_HASHER_PBKDF2_SHA256, .iterations = 3},
    {.hasher = AUTH0DB_HASHER_PBKDF2_SHA1, .iterations = 1},
    {.hasher = AUTH0DB_HASHER_ARGON2, .m_kib = 64, .t = 1, .p = 2},
    {.hasher = AUTH0DB_HASHER_ARGON2,
     .argon2_type = AUTH0DB_ARGON2I,
     .argon2_version = 0x10,
     .m_kib = 64,
     .t = 2,
     .p = 1,
     .hash_len = 16},
    {.hasher = AUTH0DB_HASHER_ARGON2,
     .argon2_type = AUTH0DB_ARGON2D,
     .m_kib = 16,
     .t = 1,
     .p = 2,
     .hash_len = 512},
    {.hasher = AUTH0DB_HASHER_BCRYPT, .cost = 4},
    {.hasher = AUTH0DB_HASHER_BCRYPT, .cost = 5, .variant = 'a'},
    {.hasher = AUTH0DB_HASHER_BCRYPT_SHA256, .cost = 4, .variant = 'y'},
    {.hasher = AUTH0DB_HASHER_SCRYPT, .n = 2, .r = 1, .p = 1},
    {.hasher = AUTH0DB_HASHER_SHA1},
    {.hasher = AUTH0DB_HASHER_MD5, .salt = "s\xc3\xa4lt +/=,", .salt_len = 9},
    {.hasher = AUTH0DB_HASHER_UNSALTED_SHA1},
    {.hasher = AUTH0DB_HASHER_UNSALTED_MD5},
    {.hasher = AUTH0DB_HASHER_CRYPT},
};

static bool same_params(const auth0db_hash_params *a, const auth0db_hash_params *b)
{
    return a->hasher == b->hasher && a->salt == b->salt && a->salt_len == b->salt_len &&
           a->iterations == b->iterations && a->cost == b->cost && a->variant == b->variant &&
           a->n == b->n && a->r == b->r && a->p == b->p && a->t == b->t && a->m_kib == b->m_kib &&
           a->argon2_type == b->argon2_type && a->argon2_version == b->argon2_version &&
           a->hash_len == b->hash_len;
}

START_TEST(what_make_makes_verify_verifies)
{
    char encoded[AUTH0DB_MADE_MAX], again[AUTH0DB_MADE_MAX];
    auth0db_error err;
    for (size_t i = 0; i < A0_COUNT(cheap); i++) {
        auth0db_hash_params read;
        ck_assert_msg(auth0db_hash_make(&cheap[i], "s3cret", 6, encoded, sizeof encoded, &err) ==
                          AUTH0DB_OK,
                      "case %zu: %s %s", i, err.where, err.message);
        size_t len = strlen(encoded);
        ck_assert_msg(auth0db_hash_verify(encoded, len, "s3cret", 6, &err) == AUTH0DB_MATCH, "%s",
                      encoded);
        ck_assert_int_eq(auth0db_hash_verify(encoded, len, "S3cret", 6, &err), AUTH0DB_MISMATCH);
        ck_assert_int_eq(auth0db_hash_identify(encoded, len, &read, &err), AUTH0DB_OK);
        ck_assert_int_eq(read.hasher, cheap[i].hasher);
        /* what identify says is what make takes: the canary of a bucket */
        ck_assert_int_eq(auth0db_hash_make(&read, "s3cret", 6, again, sizeof again, &err),
                         AUTH0DB_OK);
        auth0db_hash_params second;
        ck_assert_int_eq(auth0db_hash_identify(again, strlen(again), &second, &err), AUTH0DB_OK);
        ck_assert(same_params(&read, &second));
        bool unsalted = read.salt_len == 0 && read.hasher != AUTH0DB_HASHER_CRYPT;
        ck_assert_msg((strcmp(encoded, again) == 0) == unsalted, "%s", again);
    }
}
END_TEST

START_TEST(make_has_django_5_2_defaults)
{
    char encoded[AUTH0DB_MADE_MAX];
    auth0db_hash_params params = {.salt_len = 0}, read;
    ck_assert_int_eq(auth0db_hash_make(&params, "", 0, encoded, sizeof encoded, NULL), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_hash_identify(encoded, strlen(encoded), &read, NULL), AUTH0DB_OK);
    ck_assert_int_eq(read.hasher, AUTH0DB_HASHER_PBKDF2_SHA256);
    ck_assert_uint_eq(read.iterations, 1000000);
    ck_assert_uint_eq(read.salt_len, 22);
    params.hasher = AUTH0DB_HASHER_UNUSABLE;
    ck_assert_int_eq(auth0db_hash_make(&params, "", 0, encoded, sizeof encoded, NULL), AUTH0DB_OK);
    ck_assert_int_eq(encoded[0], '!');
    ck_assert_uint_eq(strlen(encoded), 41);
}
END_TEST

START_TEST(random_salts_use_every_letter_alike)
{
    enum { SALT = 4000, ROUNDS = 30, LETTERS = 62 };
    const auth0db_hash_params params = {.hasher = AUTH0DB_HASHER_MD5, .salt_len = SALT};
    char encoded[AUTH0DB_MADE_MAX];
    long seen[256] = {0};
    for (int i = 0; i < ROUNDS; i++) {
        ck_assert_int_eq(auth0db_hash_make(&params, "p", 1, encoded, sizeof encoded, NULL),
                         AUTH0DB_OK);
        for (const char *c = encoded + strlen("md5$"); *c != '$'; c++)
            seen[(unsigned char)*c]++;
    }
    /* 44 is one standard deviation; 15 % is 290. A remainder without rejection would be off by 21
     * %. */
    const long mean = SALT * ROUNDS / LETTERS;
    for (int c = 0; c < 256; c++) {
        bool letter = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        ck_assert_msg(letter ? labs(seen[c] - mean) < mean * 15 / 100 : seen[c] == 0, "%c: %ld", c,
                      seen[c]);
    }
}
END_TEST

enum { N_CHEAP = A0_COUNT(cheap) };
static char made[N_CHEAP][AUTH0DB_MADE_MAX];

static void *verify_all(void *wrong)
{
    for (int i = 0; i < 20 * N_CHEAP; i++) {
        const char *encoded = made[i % N_CHEAP], *password = i % 3 != 0 ? "s3cret" : "S3cret";
        auth0db_verdict want = i % 3 != 0 ? AUTH0DB_MATCH : AUTH0DB_MISMATCH;
        *(int *)wrong += auth0db_hash_verify(encoded, strlen(encoded), password, 6, NULL) != want;
    }
    return NULL;
}

START_TEST(threads_verify_side_by_side)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    int wrong[THREADS] = {0};
    for (int i = 0; i < N_CHEAP; i++)
        ck_assert_int_eq(auth0db_hash_make(&cheap[i], "s3cret", 6, made[i], sizeof made[i], NULL),
                         AUTH0DB_OK);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, verify_all, &wrong[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_int_eq(wrong[i], 0);
    }
}
END_TEST

START_TEST(argon2_1_0_is_written_as_its_libraries_did)
{
    char encoded[AUTH0DB_MADE_MAX];
    ck_assert_int_eq(auth0db_hash_make(&cheap[3], "p", 1, encoded, sizeof encoded, NULL),
                     AUTH0DB_OK);
    ck_assert_int_eq(strncmp(encoded, "argon2$argon2i$m=64,t=2,p=1$", 28), 0);
}
END_TEST

START_TEST(make_refuses_what_django_could_not_read_back)
{
    static const auth0db_hash_params bad[] = {
        {.hasher = AUTH0DB_HASHER_MD5, .salt = "a$b", .salt_len = 3},
        {.hasher = AUTH0DB_HASHER_MD5, .salt = "", .salt_len = 0},
        {.hasher = AUTH0DB_HASHER_MD5, .salt = "\xff", .salt_len = 1},
        {.hasher = AUTH0DB_HASHER_MD5, .salt_len = 5000},
        {.hasher = AUTH0DB_HASHER_UNSALTED_MD5, .salt = "salt", .salt_len = 4},
        {.hasher = AUTH0DB_HASHER_ARGON2, .salt = "short", .salt_len = 5, .m_kib = 64},
        {.hasher = AUTH0DB_HASHER_ARGON2, .m_kib = 8, .p = 2},
        {.hasher = AUTH0DB_HASHER_ARGON2, .argon2_version = 18},
        {.hasher = AUTH0DB_HASHER_ARGON2, .hash_len = 3},
        {.hasher = AUTH0DB_HASHER_ARGON2, .hash_len = 513},
        {.hasher = AUTH0DB_HASHER_BCRYPT, .cost = 3},
        {.hasher = AUTH0DB_HASHER_BCRYPT, .cost = 17},
        {.hasher = AUTH0DB_HASHER_BCRYPT, .variant = 'x'},
        {.hasher = AUTH0DB_HASHER_SCRYPT, .n = 3},
        {.hasher = AUTH0DB_HASHER_SCRYPT, .n = 1 << 20},
        {.hasher = AUTH0DB_HASHER_SCRYPT, .r = 1 << 15, .p = 1 << 15},
        {.hasher = AUTH0DB_HASHER_PBKDF2_SHA1, .iterations = 4000000000},
        {.hasher = AUTH0DB_HASHER_EMPTY},
    };
    char encoded[AUTH0DB_MADE_MAX];
    for (size_t i = 0; i < A0_COUNT(bad); i++) {
        auth0db_error err = {.code = AUTH0DB_OK};
        int rc = auth0db_hash_make(&bad[i], "p", 1, encoded, sizeof encoded, &err);
        ck_assert_msg(rc == AUTH0DB_ERR_OPTION && err.code == AUTH0DB_ERR_OPTION, "case %zu: %x", i,
                      rc);
        ck_assert_str_ne(err.where, "");
    }
    ck_assert_int_eq(auth0db_hash_make(&cheap[9], "p", 1, encoded, 40, NULL),
                     AUTH0DB_ERR_TOO_LARGE);
    ck_assert_int_eq(auth0db_hash_make(&cheap[5], "a\0b", 3, encoded, sizeof encoded, NULL),
                     AUTH0DB_ERR_UNSUPPORTED);
}
END_TEST

START_TEST(hashing_survives_every_failed_allocation)
{
    char encoded[AUTH0DB_MADE_MAX];
    for (size_t i = 0; i < A0_COUNT(cheap); i++) {
        int rc = AUTH0DB_ERR_NO_MEMORY;
        for (long nth = 1; rc == AUTH0DB_ERR_NO_MEMORY && nth < 10; nth++) {
            a0_test_fail_nth_alloc(nth);
            rc = auth0db_hash_make(&cheap[i], "p", 1, encoded, sizeof encoded, NULL);
            a0_test_fail_nth_alloc(0);
        }
        ck_assert_int_eq(rc, AUTH0DB_OK);
    }
}
END_TEST

enum { MEMBERS = sizeof(a0_format) / sizeof(void (*)(void)) };
_Static_assert(MEMBERS * sizeof(void (*)(void)) == sizeof(a0_format), "pointers, and no more");

static void forget(auth0db_hasher hasher, size_t member)
{
    const a0_hash hash = {.params = {.hasher = hasher}, .salt = {"", 0}, .digest = {"", 0}};
    char digest[A0_DIGEST_TEXT_MAX], json[8];
    size_t len = 0;
    a0_format forgetful = *a0_format_of(hasher);
    ck_assert_ptr_eq(a0_format_if_complete(&forgetful), &forgetful);
    memset((char *)&forgetful + member * sizeof(void (*)(void)), 0, sizeof(void (*)(void)));
    const a0_format *taken = a0_format_if_complete(&forgetful);
    ck_assert_ptr_eq(taken, &a0_format_unknown);
    ck_assert_int_eq(taken->convertible(&hash, true), AUTH0DB_CONVERT_UNKNOWN_ALGORITHM);
    ck_assert_ptr_eq(taken->write(&hash, (a0_slice){"", 0}, false, json), json);
    ck_assert_int_eq(taken->compute(&hash, (a0_slice){"", 0}, digest, &len, NULL),
                     AUTH0DB_ERR_UNSUPPORTED);
}

START_TEST(a_format_that_forgets_a_member_is_one_that_nobody_knows)
{
    for (int i = 0; i < AUTH0DB_HASHER_COUNT; i++) {
        for (size_t member = 0; member < MEMBERS; member++)
            forget((auth0db_hasher)i, member);
    }
}
END_TEST

/* Computed by Python's hashlib. */
START_TEST(pbkdf2_over_sha512_is_verified_and_converted)
{
    static const char stored[] =
        "pbkdf2_sha512$100$seasalt$eRhA/PoUqRxYSBIR+ouMkqhtMJqx0yhPwzFxyQ+6XBiQ"
        "2ngamVARgbMhfXHYzXquknF/7mw6LLnrmLvGPwrKCQ==";
    static const char converted[] =
        "{\"algorithm\":\"pbkdf2\",\"hash\":{\"value\":"
        "\"$pbkdf2-sha512$i=100,l=64$c2Vhc2FsdA$eRhA/"
        "PoUqRxYSBIR+ouMkqhtMJqx0yhPwzFxyQ+6XBiQ2ngamVARgbMhfXHYzXquknF/7mw6LLnrmLvGPwrKCQ"
        "\",\"encoding\":\"utf8\"}}";
    char json[AUTH0DB_CONVERTED_MAX(sizeof stored)];
    size_t len;
    ck_assert_int_eq(auth0db_hash_verify(stored, strlen(stored), "secret", 6, NULL), AUTH0DB_MATCH);
    ck_assert_int_eq(auth0db_hash_verify(stored, strlen(stored), "Secret", 6, NULL),
                     AUTH0DB_MISMATCH);
    ck_assert_int_eq(auth0db_hash_convert(stored, strlen(stored), json, sizeof json, &len),
                     AUTH0DB_CONVERTED);
    json[len] = '\0';
    ck_assert_str_eq(json, converted);
}
END_TEST

START_TEST(bcrypt_without_a_name_is_what_it_is_with_one)
{
    json_t *vectors = load_vectors();
    size_t seen = 0;
    FOR_EACH_VECTOR(vectors)
    {
        size_t password_len, named_len, bare_len;
        const char *encoded = text(v, "encoded", &len),
                   *password = text(v, "password", &password_len);
        char named[AUTH0DB_CONVERTED_MAX(80)], bare[AUTH0DB_CONVERTED_MAX(80)];
        if (len != 67 || memcmp(encoded, "bcrypt$$2", 9) != 0 ||
            auth0db_hash_convert(encoded, len, named, sizeof named, &named_len) !=
                AUTH0DB_CONVERTED)
            continue;
        ck_assert_int_eq(auth0db_hash_verify(encoded, len, password, password_len, NULL),
                         auth0db_hash_verify(encoded + 7, len - 7, password, password_len, NULL));
        ck_assert_int_eq(auth0db_hash_convert(encoded + 7, len - 7, bare, sizeof bare, &bare_len),
                         AUTH0DB_CONVERTED);
        ck_assert_uint_eq(named_len, bare_len);
        ck_assert_mem_eq(named, bare, bare_len);
        seen++;
    }
    ck_assert_uint_gt(seen, 5);
    json_decref(vectors);
}
END_TEST

START_TEST(every_hasher_has_a_format_of_its_own)
{
    for (int i = 0; i < AUTH0DB_HASHER_COUNT; i++) {
        const a0_format *format = a0_format_of((auth0db_hasher)i);
        ck_assert_int_eq(auth0db_hasher_by_name(format->name), i);
        ck_assert((format == &a0_format_unknown) == (i == AUTH0DB_HASHER_UNKNOWN));
    }
    ck_assert_ptr_eq(a0_format_of(AUTH0DB_HASHER_COUNT), &a0_format_unknown);
    ck_assert_ptr_eq(a0_format_if_complete(NULL), &a0_format_unknown);
}
END_TEST

UNIT_MAIN("hash", a_format_that_forgets_a_member_is_one_that_nobody_knows,
          pbkdf2_over_sha512_is_verified_and_converted,
          bcrypt_without_a_name_is_what_it_is_with_one, every_hasher_has_a_format_of_its_own,
          verify_agrees_with_django_on_every_vector, convert_gives_the_expected_object_or_reason,
          a_parsed_hash_formats_to_the_same_bytes, damaged_hashes_are_answered,
          absurd_work_is_refused_before_it_starts, ten_times_every_default_is_within_the_bounds,
          what_is_not_a_hash_is_named, unsalted_forms_are_told_by_their_length,
          a_truncated_crypt_hash_does_not_match_through_what_follows_it,
          scrypt_converts_up_to_32_mib, random_salts_use_every_letter_alike,
          threads_verify_side_by_side, argon2_1_0_is_written_as_its_libraries_did,
          a_hash_is_sound_unless_no_password_could_ever_match_it_in_bounded_work,
          an_error_is_optional_and_a_small_buffer_is_refused, what_make_makes_verify_verifies,
          make_has_django_5_2_defaults, make_refuses_what_django_could_not_read_back,
          hashing_survives_every_failed_allocation)
