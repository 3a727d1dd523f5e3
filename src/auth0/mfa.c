/* The tenant's MFA policy: who is asked for what a login page of the site's own cannot ask. */
#include <string.h>

#include "auth0/client_int.h"

enum { RETRIES = 1 };

/* "Shows how the tenant asks": a list of words, empty for never (facts: the Management API's
 * reference of guardian/policies). Everybody outweighs some; what nobody knows may be anybody. */
static auth0db_mfa_policy read_words(const json_t *words)
{
    auth0db_mfa_policy policy = AUTH0DB_MFA_NEVER;
    const json_t *item;
    size_t i;
    json_array_foreach(words, i, item)
    {
        const char *word = json_string_value(item);
        if (word != NULL && strcmp(word, "all-applications") == 0)
            return AUTH0DB_MFA_ALWAYS;
        if (word != NULL && strcmp(word, "confidence-score") == 0)
            policy = policy == AUTH0DB_MFA_NEVER ? AUTH0DB_MFA_ADAPTIVE : policy;
        else
            policy = AUTH0DB_MFA_UNKNOWN;
    }
    return policy;
}

auth0db_outcome auth0db_client_mfa_policy(auth0db_client *client, unsigned deadline_ms,
                                          auth0db_mfa_policy *out, auth0db_error *err)
{
    a0_call call;
    json_t *words = NULL;
    a0_http_request request = {.method = "GET"};
    *out = AUTH0DB_MFA_UNKNOWN;
    a0_call_begin(&call, client, "MFA policy", deadline_ms, err);
    /* UNKNOWN stands until the tenant has told: a policy that could not be read must not look like
     * none. */
    call.retries = RETRIES;
    int built = a0_url(client, &request, "/api/v2/guardian/policies", NULL);
    auth0db_outcome outcome = a0_manage_json(&call, A0_OP_LOOK_UP, built, &request, true, &words);
    if (outcome == AUTH0DB_OUTCOME_OK)
        *out = read_words(words);
    json_decref(words);
    return outcome;
}

static const struct policy {
    const char *name, *says;
} policies[] = {
    [AUTH0DB_MFA_UNKNOWN] = {"unknown",
                             "who will be asked for a second factor is not known: the tenant did "
                             "not tell its policy"},
    [AUTH0DB_MFA_NEVER] = {"never",
                           "the tenant's policy asks nobody for a second factor; an Action may, "
                           "and whoever brings a factor along may be asked for it"},
    [AUTH0DB_MFA_ADAPTIVE] = {"adaptive",
                              "the tenant asks whomever it finds suspicious for a second factor, "
                              "which the site's own login page cannot ask: those logins are "
                              "refused there"},
    [AUTH0DB_MFA_ALWAYS] = {"always",
                            "the tenant asks everybody for a second factor at every login, which "
                            "the site's own login page cannot ask: nobody can move before people "
                            "log in at Universal Login"},
};
_Static_assert(A0_COUNT(policies) == AUTH0DB_MFA_COUNT, "a policy without words");

static const struct policy *row(auth0db_mfa_policy policy)
{
    return &policies[(unsigned)policy < AUTH0DB_MFA_COUNT ? policy : AUTH0DB_MFA_UNKNOWN];
}

const char *auth0db_mfa_policy_name(auth0db_mfa_policy policy)
{
    return row(policy)->name;
}

const char *auth0db_mfa_policy_says(auth0db_mfa_policy policy)
{
    return row(policy)->says;
}
