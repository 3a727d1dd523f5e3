/* The sandbox's pure parts on stdin and stdout, for judges that want thousands of answers: one JSON
 * object a line in, one a line out, in order.
 *   {"hash": <password_hash or custom_password_hash>, "password": "..."}
 *       -> {"match": true|false} or {"fault": {"code", "path", "message"}} or {"error": "..."}
 *   {"policy": <connection options>, "user": {...}, "password": "..."}
 *       -> {"verdict": ""} or {"verdict": "PasswordStrengthError"} or {"error": "..."} */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "sandbox/hash/password_hash.h"
#include "sandbox/tenant/policy.h"

static json_t *answer_hash(const json_t *hash, a0_slice password)
{
    sb_hash_fault fault;
    if (sb_password_hash_check(hash, &fault) != AUTH0DB_OK)
        return json_pack("{s:{s:s,s:s,s:s}}", "fault", "code", fault.code, "path", fault.path,
                         "message", fault.message);
    auth0db_error err = {0};
    bool match;
    if (sb_password_hash_verify(hash, password, &match, &err) != AUTH0DB_OK)
        return json_pack("{s:s}", "error", err.message);
    return json_pack("{s:b}", "match", match);
}

static json_t *answer_policy(const json_t *options, const json_t *user, a0_slice password)
{
    auth0db_error err = {0};
    if (sb_policy_check_options(options, &err) != AUTH0DB_OK)
        return json_pack("{s:s}", "error", err.where);
    sb_policy_input input = {.options = options, .user = user, .password = password};
    return json_pack("{s:s}", "verdict", sb_policy_name(sb_policy_check(&input)));
}

static json_t *answer(const char *line, size_t len)
{
    json_t *question;
    auth0db_error err = {0};
    if (a0_json_parse(&question, line, len, "line", &err) != AUTH0DB_OK)
        return json_pack("{s:s}", "error", err.message);
    const json_t *hash = json_object_get(question, "hash"),
                 *policy = json_object_get(question, "policy");
    const json_t *typed = json_object_get(question, "password");
    a0_slice password = {json_string_value(typed), json_string_length(typed)};
    json_t *reply;
    if (!json_is_string(typed) || (hash == NULL) == (policy == NULL))
        reply = json_pack("{s:s}", "error", "expected password and one of hash, policy");
    else if (hash != NULL)
        reply = answer_hash(hash, password);
    else
        reply = answer_policy(policy, json_object_get(question, "user"), password);
    json_decref(question);
    return reply;
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    while ((len = getline(&line, &cap, stdin)) > 0) {
        json_t *reply = answer(line, (size_t)len);
        char *text = json_dumps(reply, JSON_COMPACT);
        if (text == NULL)
            return EXIT_FAILURE;
        puts(text);
        fflush(stdout);
        free(text);
        json_decref(reply);
    }
    free(line);
    return EXIT_SUCCESS;
}
