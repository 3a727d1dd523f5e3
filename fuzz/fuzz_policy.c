/* Whatever a tenant calls its policy: it is read or refused, what it asks for can be met, and any
 * password gets an answer. Up to the first NUL: the options; then: the password, which is the
 * owner's e-mail as well. */
#include <string.h>

#include "auth0db/policy.h"
#include "base/utf8.h"
#include "fuzz.h"

enum {
    STRENGTH = AUTH0DB_POLICY_TOO_SHORT | AUTH0DB_POLICY_KINDS | AUTH0DB_POLICY_REPEATED |
               AUTH0DB_POLICY_SEQUENCE
};

static void check_rules(const auth0db_policy *policy)
{
    static const char strong[] = "aB1!aB1!aB1!aB1!aB1!aB1!aB1!aB1!aB1!aB1!aB1!aB1!aB1!aB1!aB1!aB1!"
                                 "aB1!aB1!aB1!aB1!aB1!aB1!aB1!aB1!aB1!aB1!aB1!aB1!aB1!aB1!aB1!aB1!";
    auth0db_policy_rules rules;
    auth0db_policy_get_rules(policy, &rules);
    CLAIM(rules.min_length >= 1 && rules.min_length <= 128);
    CLAIM(rules.kinds_needed <= (unsigned)__builtin_popcount(rules.kinds));
    CLAIM(rules.history <= 24);
    CLAIM(!rules.max_72_bytes || rules.min_length <= 72);
    CLAIM((auth0db_policy_check(policy, strong, sizeof strong - 1, NULL) & STRENGTH) == 0);
}

static void check_password(const auth0db_policy *policy, const char *password, size_t len)
{
    char email[128] = "";
    memcpy(email, password, len < sizeof email ? len : sizeof email - 1);
    auth0db_policy_person person = {.email = email, .username = email};
    unsigned faults = auth0db_policy_check(policy, password, len, &person);
    CLAIM(a0_utf8_valid(password, len) == (faults != AUTH0DB_POLICY_NOT_TEXT));
    CLAIM(faults == AUTH0DB_POLICY_NOT_TEXT || (faults & AUTH0DB_POLICY_NOT_TEXT) == 0);
    CLAIM(len > 0 || (faults & AUTH0DB_POLICY_TOO_SHORT) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    size_t len = size > 0 ? strnlen(text, size) : 0;
    size_t used = len < size ? len + 1 : len;
    auth0db_policy *policy;
    int rc = auth0db_policy_parse(&policy, text, len, NULL);
    CLAIM((rc == AUTH0DB_OK) == (policy != NULL));
    if (policy == NULL)
        return 0;
    check_rules(policy);
    check_password(policy, text + used, size - used);
    auth0db_policy_free(policy);
    return 0;
}
