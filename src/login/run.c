/* The tenant's side of a login: performs what the machine asks of it, within one deadline. It
 * decides no login: it says what an answer is that never came (no client, no time left), and the
 * states of the machine say what follows. */
#include "login/login_int.h"

#include "base/env.h"
#include "base/error.h"

static unsigned time_left(const auth0db_login *login)
{
    uint64_t spent = a0_mono_ms(&a0_env_system) - login->started_ms;
    return spent < login->deadline_ms ? (unsigned)(login->deadline_ms - spent) : 0;
}

static auth0db_outcome by_email(auth0db_client *client, const char *email, unsigned deadline_ms,
                                auth0db_tenant_user *out, auth0db_error *err)
{
    size_t found = 1;
    auth0db_outcome outcome =
        auth0db_client_users_by_email(client, email, deadline_ms, out, &found, err);
    return outcome == AUTH0DB_OUTCOME_OK && found == 0 ? AUTH0DB_OUTCOME_NOT_FOUND : outcome;
}

static auth0db_outcome perform(auth0db_login *login, auth0db_client *client,
                               auth0db_tenant_user *out, auth0db_error *err)
{
    const auth0db_question *q = &login->question;
    if (client == NULL) { /* misconfigured is no outage: it opens nothing (S1) */
        a0_error_set(err, AUTH0DB_ERR_USAGE, NULL, "the settings make no client");
        return AUTH0DB_OUTCOME_MISCONFIGURED;
    }
    unsigned left = time_left(login);
    if (left == 0) {
        a0_error_set(err, AUTH0DB_ERR_RATE_LIMIT, NULL, "no time left for another request");
        return AUTH0DB_OUTCOME_THROTTLED; /* S1: a site that is slow is no outage of the tenant's */
    }
    login->requests++;
    switch (q->ask) {
    case AUTH0DB_ASK_GRANT: {
        auth0db_credentials credentials = {.identifier = q->identifier,
                                           /* What a 429 says holds for the typed name from this
                                            * address, whatever name is asked for. */
                                           .typed = login->identifier,
                                           .password = login->password,
                                           .password_len = login->password_len,
                                           .client_ip =
                                               *login->client_ip != '\0' ? login->client_ip : NULL};
        return auth0db_client_grant(client, &credentials, left, out, err);
    }
    case AUTH0DB_ASK_CREATE_TENANT:
        return auth0db_client_user_create(client, q->new_user, left, out, err);
    case AUTH0DB_ASK_READ_TENANT:
        return auth0db_client_user_get(client, q->auth0_id, left, out, err);
    case AUTH0DB_ASK_BY_EMAIL:
        return by_email(client, q->email, left, out, err);
    case AUTH0DB_ASK_CHANGE:
        return auth0db_client_user_change(client, q->auth0_id, q->change, left, out, err);
    default: /* PUSH: auth0db_login_run passes nothing else on */
        return auth0db_client_user_set_password(client, q->auth0_id, login->password,
                                                login->password_len, left, out, err);
    }
}

/* Trouble, and refusals of a user that only the tenant's own words explain: they go into the
 * holdout. */
static bool is_for_operators(auth0db_outcome outcome)
{
    return auth0db_outcome_is_trouble(outcome) || outcome == AUTH0DB_OUTCOME_REFUSED ||
           outcome == AUTH0DB_OUTCOME_HELD || outcome == AUTH0DB_OUTCOME_INVALID_USER ||
           outcome == AUTH0DB_OUTCOME_WEAK_PASSWORD;
}

/* Stops at each question of the site's: only its owner can answer that. A trouble stays noted when
 * a later request of the same login succeeds, or its operator would never hear of it. */
int auth0db_login_run(auth0db_login *login, auth0db_client *client, auth0db_error *err)
{
    while (login->question.ask >= AUTH0DB_ASK_GRANT && login->question.ask <= AUTH0DB_ASK_PUSH) {
        auth0db_tenant_user tenant = {0};
        auth0db_error why = {0};
        auth0db_outcome outcome = perform(login, client, &tenant, &why);
        if (why.code != AUTH0DB_OK && is_for_operators(outcome))
            login->trouble = why;
        auth0db_answer answer = {.outcome = outcome, .tenant = &tenant};
        int rc = auth0db_login_tell(login, &answer, err);
        if (rc != AUTH0DB_OK)
            return rc;
    }
    return AUTH0DB_OK;
}
