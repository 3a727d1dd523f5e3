/* No bytes pass for an id token that our key did not sign, and no claims pass that are not for us
 * and for now. The input is tried as a token, as its parts (header and claims, a NUL between), and
 * as claims. */
#include <string.h>

#include "auth0/client_int.h"
#include "base/encode.h"
#include "base/mem.h"
#include "fuzz.h"

static const char issuer[] = "https://t/";

static void try_token(const char *token)
{
    static a0_jwk *key;
    char kid[128];
    json_t *claims = NULL;
    auth0db_error err = {0};
    if (key == NULL)
        CLAIM(a0_jwk_generate(&key, "k1", NULL) == AUTH0DB_OK);
    int rc = a0_jws_kid(token, kid, &err);
    CLAIM(rc == (int)err.code && strnlen(kid, sizeof kid) < sizeof kid);
    CLAIM(a0_jws_verify(&claims, token, key, NULL) != AUTH0DB_OK && claims == NULL);
    json_decref(a0_jwt_peek(token));
}

/* "base64(header).base64(claims).AAAA": what a fuzzer would need long to find. */
static void try_parts(const char *data, size_t size)
{
    const char *nul = memchr(data, '\0', size);
    size_t first = nul != NULL ? (size_t)(nul - data) : size;
    size_t second = nul != NULL ? size - first - 1 : 0;
    char *token = a0_alloc(A0_B64_LEN(first) + A0_B64_LEN(second) + 16);
    CLAIM(token != NULL);
    size_t n = a0_base64_encode(A0_B64_URL, data, first, token);
    token[n++] = '.';
    n += a0_base64_encode(A0_B64_URL, nul != NULL ? nul + 1 : "", second, token + n);
    memcpy(token + n, ".AAAA", 6);
    try_token(token);
    a0_free(token);
}

static void try_claims(const char *data, size_t size)
{
    json_t *claims;
    auth0db_error err = {0};
    if (a0_json_parse(&claims, data, size, "claims", NULL) != AUTH0DB_OK)
        return;
    int rc = a0_claims_check(claims, issuer, "cid", 1000000, &err);
    CLAIM(rc == (int)err.code);
    if (rc == AUTH0DB_OK) {
        CLAIM(strcmp(a0_json_text(claims, "iss"), issuer) == 0);
        CLAIM(json_number_value(json_object_get(claims, "exp")) > 1000000 - 60);
        CLAIM(json_number_value(json_object_get(claims, "iat")) <= 1000000 + 60);
    }
    json_decref(claims);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = a0_strndup((const char *)data, size);
    CLAIM(text != NULL);
    try_token(text);
    try_parts((const char *)data, size);
    try_claims((const char *)data, size);
    a0_free(text);
    return 0;
}
