#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/hash/password_hash.h"
#include "unit.h"

static json_t *json(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    ck_assert_msg(value != NULL, "%s", text);
    return value;
}

static bool matches(const char *hash, const char *password)
{
    json_t *value = json(hash);
    auth0db_error err = {0};
    bool match;
    int rc = sb_password_hash_verify(value, (a0_slice){password, strlen(password)}, &match, &err);
    ck_assert_msg(rc == AUTH0DB_OK, "%s: %s %s", hash, err.where, err.message);
    json_decref(value);
    return match;
}

/* Each from a source that is none of ours: the RFC or the standard is named. */
static const struct {
    const char *hash, *password;
} published[] = {
    /* RFC 1320 A.5, RFC 1321 A.5, FIPS 180 examples */
    {"{\"algorithm\":\"md4\",\"hash\":{\"value\":\"a448017aaf21d8525fc10ae87aa6729d\","
     "\"encoding\":\"hex\"}}",
     "abc"},
    {"{\"algorithm\":\"md5\",\"hash\":{\"value\":\"900150983CD24FB0D6963F7D28E17F72\","
     "\"encoding\":\"hex\"}}",
     "abc"},
    {"{\"algorithm\":\"md5\",\"hash\":{\"value\":\"kAFQmDzST7DWlj99KOF_cg\",\"encoding\":"
     "\"base64\"}}",
     "abc"},
    {"{\"algorithm\":\"md5\",\"hash\":{\"value\":\"kAFQmDzST7DWlj99KOF/"
     "cg==\",\"encoding\":\"base64\"}}",
     "abc"},
    {"{\"algorithm\":\"sha1\",\"hash\":{\"value\":\"a9993e364706816aba3e25717850c26c9cd0d89d\","
     "\"encoding\":\"hex\"}}",
     "abc"},
    {"{\"algorithm\":\"sha256\",\"hash\":{\"value\":"
     "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\","
     "\"encoding\":\"hex\"},\"salt\":{\"value\":\"a\"}}",
     "bc"},
    {"{\"algorithm\":\"sha256\",\"hash\":{\"value\":"
     "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\","
     "\"encoding\":\"hex\"},\"salt\":{\"value\":\"YmM\",\"encoding\":\"base64\",\"position\":"
     "\"suffix\"}}",
     "a"},
    {"{\"algorithm\":\"sha512\",\"hash\":{\"value\":"
     "\"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f\",\"encoding\":\"hex\"},"
     "\"salt\":{\"value\":\"61\",\"encoding\":\"hex\"}}",
     "bc"},
    /* RFC 2202 test 2, RFC 4231 test 2 */
    {"{\"algorithm\":\"hmac\",\"hash\":{\"value\":\"750c783e6ab0b503eaa86e310a5db738\","
     "\"encoding\":\"hex\","
     "\"digest\":\"md5\",\"key\":{\"value\":\"Jefe\"}}}",
     "what do ya want for nothing?"},
    {"{\"algorithm\":\"hmac\",\"hash\":{\"value\":"
     "\"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843\",\"encoding\":"
     "\"hex\","
     "\"digest\":\"sha256\",\"key\":{\"value\":\"4a656665\",\"encoding\":\"hex\"}},\"salt\":{"
     "\"value\":\"what \"}}",
     "do ya want for nothing?"},
    /* RFC 6070 vectors 1 and 5 (PBKDF2-HMAC-SHA1; the salt as B64) */
    {"{\"algorithm\":\"pbkdf2\",\"hash\":{\"value\":\"$pbkdf2-sha1$i=1,l=20$c2FsdA$"
     "DGDID5YfDnHzqbUkr2ASBi/gN6Y\","
     "\"encoding\":\"utf8\"}}",
     "password"},
    {"{\"algorithm\":\"pbkdf2\",\"hash\":{\"value\":"
     "\"$pbkdf2-RSA-SHA1$l=25,i=4096$c2FsdFNBTFRzYWx0U0FMVHNhbHRTQUxUc2FsdFNBTFRzYWx0$PS7sT+"
     "QchJuAyNg2YsDkSospGpZM8vBw"
     "OA\",\"encoding\":\"utf8\"}}",
     "passwordPASSWORDpassword"},
    /* RFC 7914 section 12, vectors 2 and 3 */
    {"{\"algorithm\":\"scrypt\",\"keylen\":64,\"cost\":1024,\"blockSize\":8,"
     "\"parallelization\":16,"
     "\"salt\":{\"value\":\"NaCl\"},\"hash\":{\"value\":"
     "\"fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
     "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640\",\"encoding\":\"hex\"}"
     "}",
     "password"},
    {"{\"algorithm\":\"scrypt\",\"keylen\":64,\"salt\":{\"value\":\"SodiumChloride\"},\"hash\":"
     "{\"value\":"
     "\"7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
     "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887\",\"encoding\":\"hex\"}"
     "}",
     "pleaseletmein"},
    /* Openwall crypt_blowfish's own test */
    {"\"$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga\"", "allmine"},
    {"{\"algorithm\":\"bcrypt\",\"hash\":{\"value\":\"$2a$05$CCCCCCCCCCCCCCCCCCCCC."
     "E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\","
     "\"encoding\":\"utf8\"}}",
     "U*U"},
    {"{\"algorithm\":\"bcrypt\",\"hash\":{\"value\":\"$2a$05$CCCCCCCCCCCCCCCCCCCCC."
     "E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\"},"
     "\"salt\":{\"value\":\"U*\"}}",
     "U"},
    /* OpenLDAP admin guide's form, digests by FIPS 180 */
    {"{\"algorithm\":\"ldap\",\"hash\":{\"value\":\"{SHA}qZk+NkcGgWq6PiVxeFDCbJzQ2J0=\","
     "\"encoding\":\"utf8\"}}",
     "abc"},
    {"{\"algorithm\":\"ldap\",\"hash\":{\"value\":\"{ssha256}ungWv48Bz+"
     "pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa1iYw==\"}}",
     "a"},
};

START_TEST(published_vectors_match)
{
    for (size_t i = 0; i < A0_COUNT(published); i++) {
        ck_assert_msg(matches(published[i].hash, published[i].password), "row %zu: %s", i,
                      published[i].hash);
        ck_assert_msg(!matches(published[i].hash, "another password"), "row %zu", i);
        ck_assert_msg(!matches(published[i].hash, ""), "row %zu", i);
    }
}
END_TEST

/* MD5 of the bytes that Buffer.from(password, encoding) gives in Node. */
START_TEST(a_typed_password_is_transcoded_as_node_does)
{
    static const struct {
        const char *encoding, *hex, *password;
    } rows[] = {
        {"latin1", "2612d5c4ab195adf70f23d5f01c66423", "h\xc3\xa9"},
        {"binary", "2612d5c4ab195adf70f23d5f01c66423", "h\xc3\xa9"},
        {"ascii", "2612d5c4ab195adf70f23d5f01c66423", "h\xc3\xa9"},
        {"utf8", "33fcd01258e6ba07ef405dc9e721f3a7", "h\xc3\xa9"},
        {"utf16le", "a6863f142e78b444c09e9121e358d971", "h\xc3\xa9"},
        {"ucs2", "10d8174a0629789e2ed76d0b5f8ad91a", "\xf0\x9f\x94\x91"},
        {"latin1", "3daab3206c756370035956f698c18c65", "\xf0\x9f\x94\x91"},
        {"latin1", "20a7f30fb9f8e145422b66b3d4f4da70", "\xe2\x82\xac"},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        char hash[256];
        snprintf(hash, sizeof hash,
                 "{\"algorithm\":\"md5\",\"hash\":{\"value\":\"%s\",\"encoding\":\"hex\"},"
                 "\"password\":{\"encoding\":\"%s\"}}",
                 rows[i].hex, rows[i].encoding);
        ck_assert_msg(matches(hash, rows[i].password), "%s", rows[i].encoding);
    }
    ck_assert(
        !matches("{\"algorithm\":\"md5\",\"hash\":{\"value\":\"2612d5c4ab195adf70f23d5f01c66423\","
                 "\"encoding\":\"hex\"},\"password\":{\"encoding\":\"latin1\"}}",
                 "h\xe9")); /* not UTF-8: nobody typed that */
}
END_TEST

/* crypt_blowfish's own vector for this, with its 72 bytes as the salt: nothing of the password is
 * left. */
START_TEST(bcrypt_reads_72_bytes_of_salt_and_password_together)
{
    static const char hash[] =
        "{\"algorithm\":\"bcrypt\",\"hash\":{\"value\":"
        "\"$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui\"},\"salt\":{\"value\":"
        "\"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789\"}}";
    ck_assert(matches(hash, "chars after 72 are ignored"));
    ck_assert(matches(hash, ""));
    static const char suffix[] =
        "{\"algorithm\":\"bcrypt\",\"hash\":{\"value\":"
        "\"$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui\"},\"salt\":{"
        "\"position\":\"suffix\",\"value\":\"xyz\"}}";
    ck_assert(matches(suffix,
                      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"));
    ck_assert(!matches(suffix,
                       "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ012345678"));
}
END_TEST

START_TEST(every_vector_of_real_django_verifies_as_it_says)
{
    char path[512];
    const char *root = getenv("A0_SOURCE_ROOT");
    snprintf(path, sizeof path, "%s/tests/vectors/hash_vectors.json", root != NULL ? root : ".");
    json_error_t why;
    json_t *file = json_load_file(path, JSON_ALLOW_NUL, &why);
    ck_assert_msg(file != NULL, "%s: %s", path, why.text);
    size_t i, seen = 0;
    json_t *row;
    json_array_foreach(json_object_get(file, "vectors"), i, row)
    {
        json_t *hash = json_object_get(row, "auth0"), *password = json_object_get(row, "password");
        if (!json_is_object(hash))
            continue;
        bool match;
        auth0db_error err = {0};
        a0_slice typed = {json_string_value(password), json_string_length(password)};
        const char *id = a0_json_text(row, "id");
        int rc = sb_password_hash_verify(hash, typed, &match, &err);
        ck_assert_msg(rc == AUTH0DB_OK, "%s: %s: %s", id, err.where, err.message);
        ck_assert_msg(match == a0_json_true(row, "matches"), "%s: %s", id,
                      a0_json_text(row, "note"));
        seen++;
    }
    ck_assert_uint_gt(seen, 150);
    json_decref(file);
}
END_TEST

#define HEX32 "00112233445566778899aabbccddeeff"
#define BCRYPT60 "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
#define HASH(algorithm, value, encoding)                                                           \
    "{\"algorithm\":\"" algorithm "\",\"hash\":{\"value\":\"" value "\",\"encoding\":\"" encoding  \
    "\"}"

static const struct {
    const char *hash, *code, *path;
} refused[] = {
    {"[]", "INVALID_TYPE", ""},
    {"{}", "OBJECT_REQUIRED", ".algorithm"},
    {"{\"algorithm\":\"md5\"}", "OBJECT_REQUIRED", ".hash"},
    {"{\"algorithm\":\"md5\",\"hash\":7}", "INVALID_TYPE", ".hash"},
    {"{\"algorithm\":\"md5\",\"hash\":{\"encoding\":\"hex\"}}", "OBJECT_REQUIRED", ".hash.value"},
    {"{\"algorithm\":\"md5\",\"hash\":{\"value\":\"" HEX32 "\"}}", "OBJECT_REQUIRED",
     ".hash.encoding"},
    {HASH("sha3", HEX32, "hex") "}", "ENUM_MISMATCH", ".algorithm"},
    {HASH("md5", HEX32, "hex") ",\"pepper\":1}", "NOT_PASSED", ""},
    {HASH("md5", HEX32, "utf8") "}", "NOT_PASSED", ".hash.encoding"},
    {HASH("md5", HEX32, "base32") "}", "ENUM_MISMATCH", ".hash.encoding"},
    {HASH("md5", HEX32 "00", "hex") "}", "PATTERN", ".hash.value"},
    {HASH("md5", HEX32 "0", "hex") "}", "PATTERN", ".hash.value"},
    {HASH("md5", "AAAAAAAAAAAAAAAAAAAAA!==", "base64") "}", "PATTERN", ".hash.value"},
    {HASH("md5", "AAAAAAAAAAAAAAAAAAAAAA=", "base64") "}", "PATTERN", ".hash.value"},
    {HASH("md5", HEX32, "hex") ",\"salt\":\"x\"}", "INVALID_TYPE", ".salt"},
    {HASH("md5", HEX32, "hex") ",\"salt\":{}}", "OBJECT_REQUIRED", ".salt.value"},
    {HASH("md5", HEX32, "hex") ",\"salt\":{\"value\":\"\"}}", "MIN_LENGTH", ".salt.value"},
    {HASH("md5", HEX32, "hex") ",\"salt\":{\"value\":\"x\",\"encoding\":\"hex\"}}", "PATTERN",
     ".salt.value"},
    {HASH("md5", HEX32, "hex") ",\"salt\":{\"value\":\"x\",\"position\":\"middle\"}}",
     "ENUM_MISMATCH", ".salt.position"},
    {HASH("md5", HEX32, "hex") ",\"password\":{\"encoding\":\"ebcdic\"}}", "ENUM_MISMATCH",
     ".password.encoding"},
    {HASH("bcrypt", BCRYPT60, "hex") "}", "NOT_PASSED", ".hash.encoding"},
    {HASH("bcrypt", BCRYPT60 "x", "utf8") "}", "PATTERN", ".hash.value"},
    {HASH("bcrypt", "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "utf8") "}",
     "PATTERN", ".hash.value"},
    {HASH("bcrypt", "$2a$17$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "utf8") "}",
     "NOT_PASSED", ".hash.value"},
    {HASH("ldap", "{CRYPT}xyz", "utf8") "}", "PATTERN", ".hash.value"},
    {HASH("ldap", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", "utf8") "}", "PATTERN", ".hash.value"},
    {HASH("ldap", "{SSHA}qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", "utf8") "}", "PATTERN", ".hash.value"},
    {HASH("hmac", HEX32, "hex") "}", "OBJECT_REQUIRED", ".hash.digest"},
    {"{\"algorithm\":\"hmac\",\"hash\":{\"value\":\"" HEX32
     "\",\"encoding\":\"hex\",\"digest\":\"md5\"}}",
     "OBJECT_REQUIRED", ".hash.key"},
    {"{\"algorithm\":\"hmac\",\"hash\":{\"value\":\"" HEX32
     "\",\"encoding\":\"hex\",\"digest\":\"blake2\"}}",
     "ENUM_MISMATCH", ".hash.digest"},
    {HASH("scrypt", HEX32, "hex") "}", "OBJECT_REQUIRED", ".keylen"},
    {HASH("scrypt", HEX32, "hex") ",\"keylen\":17}", "NOT_PASSED", ".keylen"},
    {HASH("scrypt", HEX32, "hex") ",\"keylen\":16,\"cost\":1000}", "NOT_PASSED", ".cost"},
    {HASH("scrypt", HEX32, "hex") ",\"keylen\":16,\"cost\":1048576,\"blockSize\":64}", "NOT_PASSED",
     ".cost"},
    {HASH("scrypt", HEX32, "hex") ",\"keylen\":16,\"parallelization\":4294967295}", "NOT_PASSED",
     ".cost"},
    {HASH("scrypt", HEX32, "hex") ",\"keylen\":16,\"blockSize\":0}", "MINIMUM", ".blockSize"},
    {HASH("scrypt", HEX32, "hex") ",\"keylen\":16,\"blockSize\":\"8\"}", "INVALID_TYPE",
     ".blockSize"},
    {HASH("pbkdf2", "$pbkdf2-sha256$i=1,l=4$c2FsdA$AAAA", "utf8") "}", "NOT_PASSED", ".hash.value"},
    {HASH("pbkdf2", "$pbkdf2-sha256$i=1,l=3$$AAAA", "utf8") "}", "MIN_LENGTH", ".hash.value"},
    {HASH("pbkdf2", "$pbkdf2-sha256$i=0,l=3$c2FsdA$AAAA", "utf8") "}", "PATTERN", ".hash.value"},
    {HASH("pbkdf2", "$pbkdf2-sha256$i=1,i=1$c2FsdA$AAAA", "utf8") "}", "PATTERN", ".hash.value"},
    {HASH("pbkdf2", "$pbkdf2-sha256$i=1,x=1$c2FsdA$AAAA", "utf8") "}", "PATTERN", ".hash.value"},
    {HASH("pbkdf2", "$pbkdf2-sha256$i=1,l=3$c2FsdA==$AAAA", "utf8") "}", "PATTERN", ".hash.value"},
    {HASH("pbkdf2", "$pbkdf2-sha9$i=1,l=3$c2FsdA$AAAA", "utf8") "}", "PATTERN", ".hash.value"},
    {HASH("pbkdf2", "$pbkdf2-sha256$i=4294967295,l=3$c2FsdA$AAAA", "utf8") "}", "NOT_PASSED",
     ".hash.value"},
    {HASH("pbkdf2", "$pbkdf2-sha256$i=1,l=3$c2FsdA$AAAA$x", "utf8") "}", "PATTERN", ".hash.value"},
    {HASH("pbkdf2", "$pbkdf2-sha256$i=1,l=3$c2FsdA$AAAA", "utf8") ",\"salt\":{\"value\":\"x\"}}",
     "NOT_PASSED", ".salt"},
    {HASH("argon2", "$argon2x$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAA", "utf8") "}", "PATTERN",
     ".hash.value"},
    {HASH("argon2", "$argon2id$v=18$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAA", "utf8") "}", "PATTERN",
     ".hash.value"},
    {HASH("argon2", "$argon2id$v=19$m=7,t=1,p=1$c2FsdHNhbHQ$AAAAAA", "utf8") "}", "NOT_PASSED",
     ".hash.value"},
    {HASH("argon2", "$argon2id$v=19$m=4194304,t=9,p=1$c2FsdHNhbHQ$AAAAAA", "utf8") "}",
     "NOT_PASSED", ".hash.value"},
    {HASH("argon2", "$argon2id$v=19$m=8,t=1,p=4294967295$c2FsdHNhbHQ$AAAAAA", "utf8") "}",
     "NOT_PASSED", ".hash.value"},
    {HASH("argon2", "$argon2id$v=19$m=8,t=1$c2FsdHNhbHQ$AAAAAA", "utf8") "}", "PATTERN",
     ".hash.value"},
};

START_TEST(what_auth0_would_not_import_is_refused_with_its_code_and_path)
{
    for (size_t i = 0; i < A0_COUNT(refused); i++) {
        json_t *hash = json(refused[i].hash);
        sb_hash_fault fault = {0};
        char path[80];
        snprintf(path, sizeof path, "custom_password_hash%s", refused[i].path);
        ck_assert_msg(sb_password_hash_check(hash, &fault) != AUTH0DB_OK, "%s", refused[i].hash);
        ck_assert_msg(strcmp(fault.code, refused[i].code) == 0, "%s: %s %s %s", refused[i].hash,
                      fault.code, fault.path, fault.message);
        ck_assert_msg(strcmp(fault.path, path) == 0, "%s: %s", refused[i].hash, fault.path);
        ck_assert_msg(fault.message[0] != '\0' && strstr(fault.message, HEX32) == NULL, "%s",
                      fault.message);
        auth0db_error err = {0};
        bool match = true;
        ck_assert_int_ne(sb_password_hash_verify(hash, (a0_slice){"x", 1}, &match, &err),
                         AUTH0DB_OK);
        ck_assert(!match);
        ck_assert_str_eq(err.where, path);
        ck_assert_int_ne(sb_password_hash_check(hash, NULL), AUTH0DB_OK);
        json_decref(hash);
    }
}
END_TEST

START_TEST(password_hash_is_bcrypt_of_ten_rounds)
{
    static const char *const bad[] = {
        "\"\"",
        "\"$2y$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga\"",
        "\"$2a$12$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga\"",
        "\"$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga\\u0000\"",
        "\"$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcg\"",
        "7"};
    for (size_t i = 0; i < A0_COUNT(bad); i++) {
        json_t *hash = json(bad[i]);
        sb_hash_fault fault;
        ck_assert_msg(sb_password_hash_check(hash, &fault) == AUTH0DB_ERR_MALFORMED, "%s", bad[i]);
        json_decref(hash);
    }
}
END_TEST

START_TEST(only_argon2id_is_beyond_doubt)
{
    json_t *id = json(HASH("argon2", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAA", "utf8") "}");
    json_t *i = json(HASH("argon2", "$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAA", "utf8") "}");
    ck_assert(!sb_password_hash_is_doubtful(id));
    ck_assert(sb_password_hash_is_doubtful(i));
    ck_assert_int_eq(sb_password_hash_check(i, NULL), AUTH0DB_OK);
    json_decref(id);
    json_decref(i);
}
END_TEST

UNIT_MAIN("password_hash", published_vectors_match, a_typed_password_is_transcoded_as_node_does,
          bcrypt_reads_72_bytes_of_salt_and_password_together,
          every_vector_of_real_django_verifies_as_it_says,
          what_auth0_would_not_import_is_refused_with_its_code_and_path,
          password_hash_is_bcrypt_of_ten_rounds, only_argon2id_is_beyond_doubt)
