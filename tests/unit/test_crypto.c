#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/env.h"
#include "crypto/bcrypt.h"
#include "crypto/digest.h"
#include "crypto/kdf.h"
#include "unit.h"

static a0_slice text(const char *s)
{
    return (a0_slice){s, strlen(s)};
}

static void assert_hex(const uint8_t *got, size_t len, const char *want)
{
    char hex[257];
    ck_assert_uint_le(len, 128);
    a0_hex_encode(got, len, hex);
    ck_assert_str_eq(hex, want);
}

START_TEST(digests_of_abc_are_the_published_ones)
{
    static const struct {
        const char *name, *want;
    } rows[] = {
        {"md4", "a448017aaf21d8525fc10ae87aa6729d"},
        {"md5", "900150983cd24fb0d6963f7d28e17f72"},
        {"ripemd160", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"},
        {"sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {"sha224", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
        {"sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"sha384", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                   "8086072ba1e7cc2358baeca134c825a7"},
        {"sha512", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                   "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
        {"whirlpool", "4e2448a4c6f486bb16b6562c73b4020bf3043e3a731bce721ae1b303d97e6d4c"
                      "7181eebdb6c57e277d0e34957114cbd6c797fc9d95d8b582d225292076d4eef5"},
    };
    uint8_t out[A0_DIGEST_MAX];
    auth0db_error err;
    const a0_slice parts[] = {text("a"), text(""), text("bc")};
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        ck_assert_int_eq(a0_digest(rows[i].name, parts, 3, out, &err), AUTH0DB_OK);
        assert_hex(out, a0_digest_size(rows[i].name), rows[i].want);
    }
}
END_TEST

START_TEST(an_unknown_digest_is_named_unsupported)
{
    uint8_t out[A0_DIGEST_MAX];
    auth0db_error err;
    ck_assert_uint_eq(a0_digest_size("sha3"), 0);
    ck_assert_uint_eq(a0_digest_size("SHA256"), 0);
    ck_assert_int_eq(a0_digest("sha3", NULL, 0, out, &err), AUTH0DB_ERR_UNSUPPORTED);
    ck_assert_int_eq(a0_hmac("", text("k"), text("d"), out, &err), AUTH0DB_ERR_UNSUPPORTED);
    ck_assert_int_eq(a0_pbkdf2("sha3", text(""), text(""), 1, out, 1, &err),
                     AUTH0DB_ERR_UNSUPPORTED);
}
END_TEST

/* RFC 2202 and RFC 4231 case 2; the empty key is what Python's hmac.new(b"", b"", "sha256") gives.
 */
START_TEST(hmac_agrees_with_the_rfcs)
{
    uint8_t out[A0_DIGEST_MAX];
    auth0db_error err;
    const a0_slice data = text("what do ya want for nothing?");
    ck_assert_int_eq(a0_hmac("md5", text("Jefe"), data, out, &err), AUTH0DB_OK);
    assert_hex(out, 16, "750c783e6ab0b503eaa86e310a5db738");
    ck_assert_int_eq(a0_hmac("sha256", text("Jefe"), data, out, &err), AUTH0DB_OK);
    assert_hex(out, 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    ck_assert_int_eq(a0_hmac("sha256", (a0_slice){NULL, 0}, (a0_slice){NULL, 0}, out, &err),
                     AUTH0DB_OK);
    assert_hex(out, 32, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    ck_assert_int_eq(a0_hmac("whirlpool", text("Jefe"), data, out, &err), AUTH0DB_OK);
}
END_TEST

/* RFC 6070 for SHA-1; the SHA-256 rows are RFC 7914 section 11. */
START_TEST(pbkdf2_agrees_with_the_rfcs)
{
    uint8_t out[64];
    auth0db_error err;
    ck_assert_int_eq(a0_pbkdf2("sha1", text("password"), text("salt"), 4096, out, 20, &err),
                     AUTH0DB_OK);
    assert_hex(out, 20, "4b007901b765489abead49d926f721d065a429c1");
    ck_assert_int_eq(a0_pbkdf2("sha1", text("passwordPASSWORDpassword"),
                               text("saltSALTsaltSALTsaltSALTsaltSALTsalt"), 4096, out, 25, &err),
                     AUTH0DB_OK);
    assert_hex(out, 25, "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038");
    ck_assert_int_eq(a0_pbkdf2("sha256", text("passwd"), text("salt"), 1, out, 64, &err),
                     AUTH0DB_OK);
    assert_hex(out, 64,
               "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc4"
               "9ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783");
}
END_TEST

START_TEST(pbkdf2_agrees_with_openssl_for_every_length)
{
    static const size_t lengths[] = {0, 1, 20, 63, 64, 65, 127, 200};
    static const char *const names[] = {"sha1", "sha256", "sha512"};
    uint8_t password[200], salt[200], got[100], want[100];
    auth0db_error err;
    ck_assert_int_eq(a0_random(&a0_env_system, password, sizeof password), AUTH0DB_OK);
    ck_assert_int_eq(a0_random(&a0_env_system, salt, sizeof salt), AUTH0DB_OK);
    for (size_t d = 0; d < A0_COUNT(names); d++) {
        const EVP_MD *md = EVP_get_digestbyname(names[d]);
        for (size_t i = 0; i < A0_COUNT(lengths) * A0_COUNT(lengths); i++) {
            size_t p = lengths[i % A0_COUNT(lengths)], s = lengths[i / A0_COUNT(lengths)];
            int iterations = 1 + (int)i % 5;
            size_t n = 1 + i % sizeof want;
            ck_assert_int_eq(PKCS5_PBKDF2_HMAC((char *)password, (int)p, salt, (int)s, iterations,
                                               md, (int)n, want),
                             1);
            ck_assert_int_eq(a0_pbkdf2(names[d], (a0_slice){password, p}, (a0_slice){salt, s},
                                       (uint32_t)iterations, got, n, &err),
                             AUTH0DB_OK);
            ck_assert_mem_eq(got, want, n);
        }
    }
}
END_TEST

START_TEST(pbkdf2_takes_the_legacy_digests)
{
    uint8_t out[32];
    auth0db_error err;
    static const char *const names[] = {"md4", "md5", "ripemd160", "sha224", "sha384", "whirlpool"};
    for (size_t i = 0; i < A0_COUNT(names); i++)
        ck_assert_int_eq(a0_pbkdf2(names[i], text("p"), text("s"), 2, out, sizeof out, &err),
                         AUTH0DB_OK);
    ck_assert_int_eq(a0_pbkdf2("sha256", text("p"), text("s"), 0, out, 32, &err),
                     AUTH0DB_ERR_MALFORMED);
}
END_TEST

/* RFC 7914 section 12. */
START_TEST(scrypt_agrees_with_the_rfc)
{
    uint8_t out[64];
    auth0db_error err;
    ck_assert_int_eq(a0_scrypt((a0_slice){NULL, 0}, (a0_slice){NULL, 0}, 16, 1, 1, out, 64, &err),
                     AUTH0DB_OK);
    assert_hex(out, 64,
               "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
               "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906");
    ck_assert_int_eq(
        a0_scrypt(text("pleaseletmein"), text("SodiumChloride"), 16384, 8, 1, out, 64, &err),
        AUTH0DB_OK);
    assert_hex(out, 64,
               "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
               "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887");
    /* past OpenSSL's default memory limit, which is not ours */
    ck_assert_int_eq(a0_scrypt(text("p"), text("s"), 1 << 16, 8, 1, out, 64, &err), AUTH0DB_OK);
    static const uint64_t bad[] = {0, 1, 3, 1000};
    for (size_t i = 0; i < A0_COUNT(bad); i++)
        ck_assert_int_eq(a0_scrypt(text("p"), text("s"), bad[i], 8, 1, out, 64, &err),
                         AUTH0DB_ERR_MALFORMED);
}
END_TEST

/* The test vectors of libargon2's own suite (phc-winner-argon2, src/test.c). */
START_TEST(argon2_agrees_with_the_reference)
{
    static const struct {
        a0_argon2_cost cost;
        const char *want;
    } rows[] = {
        {{A0_ARGON2_I, 0x10, 2, 256, 1},
         "fd4dd83d762c49bdeaf57c47bdcd0c2f1babf863fdeb490df63ede9975fccf06"},
        {{A0_ARGON2_I, 0x13, 2, 256, 1},
         "89e9029f4637b295beb027056a7336c414fadd43f6b208645281cb214a56452f"},
        {{A0_ARGON2_ID, 0x13, 2, 256, 1},
         "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"},
        {{A0_ARGON2_ID, 0x13, 2, 256, 2},
         "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"},
    };
    uint8_t out[32];
    auth0db_error err;
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        ck_assert_int_eq(a0_argon2(rows[i].cost, text("password"), text("somesalt"), out, 32, &err),
                         AUTH0DB_OK);
        assert_hex(out, 32, rows[i].want);
    }
    ck_assert_int_eq(a0_argon2(rows[0].cost, text("password"), text("short"), out, 32, &err),
                     AUTH0DB_ERR_MALFORMED);
}
END_TEST

/* jBCrypt's and crypt_blowfish's published vectors. */
START_TEST(bcrypt_agrees_with_published_hashes)
{
    static const struct {
        const char *password, *hash;
    } rows[] = {
        {"abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"},
        {"U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
        {"U*U*U", "$2y$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"},
        {"\xff\xff\xa3", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"},
        /* 2a as everybody has it, not with the guard of libxcrypt's own 2a (py-bcrypt agrees) */
        {"\xff\xff\xa3", "$2a$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"},
        {"\xd1\x91", "$2a$05$6bNw2HLQYeqHYyBfLMsv/OUcZd0LKP39b87nBw3.S2tVZSqiQX6eu"},
    };
    char out[A0_BCRYPT_LEN + 1];
    auth0db_error err;
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        ck_assert_int_eq(a0_bcrypt(text(rows[i].password), rows[i].hash, out, &err), AUTH0DB_OK);
        ck_assert_str_eq(out, rows[i].hash);
    }
}
END_TEST

START_TEST(bcrypt_reads_72_bytes_and_no_nul)
{
    char a[A0_BCRYPT_LEN + 1], b[A0_BCRYPT_LEN + 1], setting[30], password[74];
    auth0db_error err;
    memset(password, 'x', sizeof password);
    a0_bcrypt_setting(4, (const uint8_t *)"0123456789abcdef", setting);
    ck_assert_str_eq(setting, "$2b$04$KBCwKxOzLha2MUDgW0PjXe");
    ck_assert_int_eq(a0_bcrypt((a0_slice){password, 72}, setting, a, &err), AUTH0DB_OK);
    ck_assert_int_eq(a0_bcrypt((a0_slice){password, 74}, setting, b, &err), AUTH0DB_OK);
    ck_assert_str_eq(a, b);
    ck_assert_int_eq(a0_bcrypt((a0_slice){password, 71}, setting, b, &err), AUTH0DB_OK);
    ck_assert_str_ne(a, b);
    ck_assert_int_eq(a0_bcrypt((a0_slice){"a\0b", 3}, setting, a, &err), AUTH0DB_ERR_UNSUPPORTED);
    static const char *const bad[] = {
        "", "$2x$04$KBCwKxOzLha2MUDgW0PjXe", "$2b$03$KBCwKxOzLha2MUDgW0PjXe",
        "$1$abcdefgh$KBCwKxOzLha2MUDgW0PjXeKBCwKxOzLha2MUDgW0PjXe", "$2b$04$short"};
    for (size_t i = 0; i < A0_COUNT(bad); i++)
        ck_assert_int_eq(a0_bcrypt(text("p"), bad[i], a, &err), AUTH0DB_ERR_UNSUPPORTED);
}
END_TEST

/* From the SHA-crypt specification (Drepper) and crypt(3)'s traditional DES. */
START_TEST(crypt_takes_the_methods_of_libxcrypt)
{
    char out[A0_CRYPT_MAX], password[600];
    auth0db_error err;
    static const char sha512[] =
        "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbY"
        "EdFCoEOfaS35inz1";
    ck_assert_int_eq(a0_crypt(text("Hello world!"), sha512, out, &err), AUTH0DB_OK);
    ck_assert_str_eq(out, sha512);
    ck_assert_int_eq(a0_crypt(text("foob"), "arlEKn0OzVJn.", out, &err), AUTH0DB_OK);
    ck_assert_str_eq(out, "arlEKn0OzVJn.");
    memset(password, 'x', sizeof password);
    ck_assert_int_eq(a0_crypt((a0_slice){password, 512}, "ar", out, &err), AUTH0DB_ERR_UNSUPPORTED);
    ck_assert_int_eq(a0_crypt((a0_slice){"a\0b", 3}, "ar", out, &err), AUTH0DB_ERR_UNSUPPORTED);
    ck_assert_int_eq(a0_crypt(text("p"), "!!", out, &err), AUTH0DB_ERR_UNSUPPORTED);
}
END_TEST

UNIT_MAIN("crypto", digests_of_abc_are_the_published_ones, an_unknown_digest_is_named_unsupported,
          hmac_agrees_with_the_rfcs, pbkdf2_agrees_with_the_rfcs,
          pbkdf2_agrees_with_openssl_for_every_length, pbkdf2_takes_the_legacy_digests,
          scrypt_agrees_with_the_rfc, argon2_agrees_with_the_reference,
          bcrypt_agrees_with_published_hashes, bcrypt_reads_72_bytes_and_no_nul,
          crypt_takes_the_methods_of_libxcrypt)
