/* Whatever the tenant answers: an error is never OK, and a user that is read is whole. First byte:
 * which call; second and third: the status; the rest: the body. */
#include <string.h>

#include "auth0/client_int.h"
#include "base/utf8.h"
#include "fuzz.h"

static void check_error(a0_op op, long status, const char *body, size_t len)
{
    a0_api_error error;
    a0_api_error_read(&error, op, body, len);
    CLAIM(memchr(error.code, '\0', sizeof error.code) != NULL);
    CLAIM(memchr(error.text, '\0', sizeof error.text) != NULL);
    a0_class is = a0_classify(op, status, &error);
    CLAIM((unsigned)is.outcome < AUTH0DB_OUTCOME_COUNT);
    CLAIM(is.outcome != AUTH0DB_OUTCOME_OK || op == A0_OP_PROBE ||
          (status >= 200 && status <= 204));
    CLAIM((is.outcome == AUTH0DB_OUTCOME_MISCONFIGURED) == (is.where != NULL && is.cure != NULL));
    if (!error.json && is.outcome != AUTH0DB_OUTCOME_OK)
        CLAIM(auth0db_outcome_is_trouble(is.outcome) ||
              (op == A0_OP_GRANT && is.outcome == AUTH0DB_OUTCOME_REFUSED));
    if (op == A0_OP_GRANT && is.outcome == AUTH0DB_OUTCOME_UNAVAILABLE)
        CLAIM(status >= 500 || status / 100 == 2);
}

static void check_user(const char *body, size_t len)
{
    json_t *json;
    auth0db_tenant_user user;
    const char *where = NULL;
    if (a0_json_parse(&json, body, len, "body", NULL) != AUTH0DB_OK)
        return;
    memset(&user, 0xff, sizeof user);
    bool ok = a0_tenant_user_read(&user, json, "user_id", &where);
    CLAIM(where != NULL && ok == (user.user_id[0] != '\0'));
    CLAIM(a0_utf8_valid(user.name, strnlen(user.name, sizeof user.name)));
    CLAIM(strnlen(user.email, sizeof user.email) < sizeof user.email);
    CLAIM(strnlen(user.last_login, sizeof user.last_login) < sizeof user.last_login);
    /* a member of a wrong type must not read as "not blocked" */
    const json_t *blocked = json_object_get(json, "blocked");
    CLAIM(!ok || blocked == NULL || json_is_null(blocked) || json_is_true(blocked) == user.blocked);
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    a0_op op = (a0_op)(data[0] % A0_OPS);
    check_error(op, (data[1] << 8 | data[2]) % 700, (const char *)data + 3, size - 3);
    check_user((const char *)data + 3, size - 3);
    return 0;
}
