/* How fast are verify and convert? Prints one JSON object a line; bench/report.py puts them beside
 * the rivals.
 *
 * Every figure is the best of several runs: what else runs on the machine can only make a run
 * slower. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth0db/hash.h"

enum { RUNS = 5, ITERATIONS = 1000000, CONVERSIONS = 300000, DISTINCT = 1000 };

/* The linker sends every allocation of the library and of this file here (--wrap). */
static unsigned long allocations;
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}
void *__wrap_calloc(size_t n, size_t size)
{
    allocations++;
    return __real_calloc(n, size);
}
void *__wrap_realloc(void *p, size_t size)
{
    allocations++;
    return __real_realloc(p, size);
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now); /* of this thread: other processes do not count */
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double best_of(void (*run)(const void *arg), const void *arg)
{
    double best = 1e9;
    for (int i = 0; i < RUNS; i++) {
        double start = cpu_seconds();
        run(arg);
        double took = cpu_seconds() - start;
        best = took < best ? took : best;
    }
    return best;
}

/* --- verify --- */

static void verify(const void *encoded)
{
    if (auth0db_hash_verify(encoded, strlen(encoded), "correct horse", 13, NULL) != AUTH0DB_MATCH)
        abort();
}

static void openssl(const void *digest)
{
    unsigned char out[64];
    const EVP_MD *md = EVP_get_digestbyname(digest);
    if (PKCS5_PBKDF2_HMAC("correct horse", 13, (const unsigned char *)"a1B2c3D4e5F6g7H8i9J0kL", 22,
                          ITERATIONS, md, EVP_MD_get_size(md), out) != 1)
        abort();
}

static void bench_verify(auth0db_hasher hasher, const char *digest)
{
    char encoded[AUTH0DB_MADE_MAX];
    const auth0db_hash_params params = {.hasher = hasher,
                                        .iterations = ITERATIONS,
                                        .salt = "a1B2c3D4e5F6g7H8i9J0kL",
                                        .salt_len = 22};
    if (auth0db_hash_make(&params, "correct horse", 13, encoded, sizeof encoded, NULL) !=
        AUTH0DB_OK)
        abort();
    double ours = best_of(verify, encoded), theirs = best_of(openssl, digest);
    printf("{\"bench\":\"verify\",\"hasher\":\"%s\",\"iterations\":%d,\"encoded\":\"%s\","
           "\"auth0db\":%.6f,"
           "\"openssl\":%.6f}\n",
           auth0db_hasher_name(hasher), ITERATIONS, encoded, ours, theirs);
}

/* --- convert --- */

static char rows[DISTINCT][AUTH0DB_MADE_MAX];
static size_t lengths[DISTINCT];

static void convert(const void *unused)
{
    char json[AUTH0DB_CONVERTED_MAX(1024)];
    size_t len, total = 0;
    for (int i = 0; i < CONVERSIONS; i++) {
        if (auth0db_hash_convert(rows[i % DISTINCT], lengths[i % DISTINCT], json, sizeof json,
                                 &len) != AUTH0DB_CONVERTED)
            abort();
        total += len;
    }
    if (total < (size_t)CONVERSIONS * 50)
        abort();
}

/* Distinct strings, so that no branch predictor learns one by heart. */
static void bench_convert(auth0db_hash_params params)
{
    const uint32_t iterations = params.iterations;
    for (int i = 0; i < DISTINCT; i++) {
        if (auth0db_hash_make(&params, "x", 1, rows[i], sizeof rows[i], NULL) != AUTH0DB_OK)
            abort();
        if (iterations != 0) { /* made cheaply, then given the six digits of real rows */
            char *digits = strchr(rows[i], '$') + 1;
            memmove(digits + 6, digits + 1, strlen(digits));
            memcpy(digits, "600000", 6);
        }
        lengths[i] = strlen(rows[i]);
    }
    unsigned long before = allocations;
    double seconds = best_of(convert, NULL);
    printf("{\"bench\":\"convert\",\"hasher\":\"%s\",\"per_second\":%.0f,\"allocations\":%lu}\n",
           auth0db_hasher_name(params.hasher), CONVERSIONS / seconds, allocations - before);
}

/* bcrypt takes a work area from the heap: if that is not counted, no zero below means anything. */
static void check_counter(void)
{
    char encoded[AUTH0DB_MADE_MAX];
    const auth0db_hash_params bcrypt = {.hasher = AUTH0DB_HASHER_BCRYPT, .cost = 4};
    unsigned long before = allocations;
    if (auth0db_hash_make(&bcrypt, "x", 1, encoded, sizeof encoded, NULL) != AUTH0DB_OK ||
        allocations == before)
        abort();
}

int main(void)
{
    bench_verify(AUTH0DB_HASHER_PBKDF2_SHA256, "sha256");
    bench_verify(AUTH0DB_HASHER_PBKDF2_SHA1, "sha1");
    check_counter();
    static const auth0db_hash_params converted[] = {
        {.hasher = AUTH0DB_HASHER_PBKDF2_SHA256, .iterations = 1},
        {.hasher = AUTH0DB_HASHER_ARGON2, .m_kib = 8, .t = 1, .p = 1},
        {.hasher = AUTH0DB_HASHER_SCRYPT, .n = 2, .r = 1, .p = 1},
        {.hasher = AUTH0DB_HASHER_BCRYPT, .cost = 4},
        {.hasher = AUTH0DB_HASHER_MD5},
    };
    for (size_t i = 0; i < sizeof converted / sizeof converted[0]; i++)
        bench_convert(converted[i]);
    return 0;
}
