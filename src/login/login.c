/* The login machine: from outside, and its first questions. linked.c and unlinked.c
 * read top to bottom like the decision table in docs/architecture.md; S1 to S13 are the safety
 * properties of that page. No I/O, no clock but the deadline's start. */
#include <string.h>

#include "base/env.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "login/login_int.h"

enum {
    DEADLINE_MS = 10000,
    /* A longer password is never sent: bcrypt reads 72 bytes, and nobody types this much */
    GRANT_PASSWORD_MAX = 4096,
};

/* --- the first questions -------------------------------------------------------------------- */

/* The site's no ends nothing for somebody who may move: the password may be the tenant's newer one.
 * Break-glass comes before the link, for the tenant is asked nothing about who stays on the site.
 * Then comes the link: a backend that finds people in its own way is no way around the tenant's no
 * (S1). */
static void on_local_verdict(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->users != 1) {
        if (a0_stays_local(login)) /* nobody else has a say */
            a0_refuse(login, AUTH0DB_REFUSED_BAD_CREDENTIALS);
        else
            a0_login_rejected(login);
        return;
    }
    a0_remember_user(login, &answer->user);
    if (login->out_of_memory)
        a0_refuse(login, AUTH0DB_REFUSED_SITE_ERROR);
    else if (a0_stays_local(login))
        a0_login_kept(login);
    else if (a0_is_linked(login)) /* found by a road of its own (an e-mail backend) */
        a0_login_linked(login);
    else
        a0_login_accepted(login);
}

void a0_login_begin(auth0db_login *login)
{
    if (a0_is_linked(login) && !a0_stays_local(login))
        a0_login_linked(login);
    else /* local first: a failed grant per first login would trip suspicious-IP throttling */
        a0_ask(login, AUTH0DB_ASK_CHECK_LOCAL, on_local_verdict);
}

/* Out of memory is looked at first. A user whose link could not be copied looks like one who has
 * not moved, and the site alone would let her in (S1). */
static void on_found(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->users == 1)
        a0_remember_user(login, &answer->user);
    if (login->out_of_memory)
        a0_refuse(login, AUTH0DB_REFUSED_SITE_ERROR);
    else if (answer->users == 1 && answer->named_twice)
        a0_login_choose(login);
    else
        a0_login_begin(login);
}

/* --- the machine from outside --------------------------------------------------------------- */

static void start(auth0db_login *login)
{
    a0_ask(login, AUTH0DB_ASK_FIND_USER, on_found);
    login->question.identifier = login->identifier;
}

auth0db_login *a0_login_alloc(const char *password, size_t len, unsigned deadline_ms)
{
    auth0db_login *login = a0_alloc(sizeof *login);
    if (login == NULL)
        return NULL;
    login->password = a0_strndup(password, len);
    login->password_len = len;
    if (login->password == NULL) {
        auth0db_login_free(login);
        return NULL;
    }
    login->deadline_ms = deadline_ms != 0 ? deadline_ms : DEADLINE_MS;
    /* It is a person who waits, so the site's own queries and hashes count as well. */
    login->started_ms = a0_mono_ms(&a0_env_system);
    login->sendable = auth0db_password_is_sendable(login->password, len);
    /* Only what the tenant would read as it was typed: a reader that stops at a NUL, or that
     * replaces bytes which are no UTF-8, would be asked about another password. */
    login->grantable = len > 0 && len <= GRANT_PASSWORD_MAX &&
                       memchr(login->password, '\0', len) == NULL &&
                       a0_utf8_valid(login->password, len);
    return login;
}

int auth0db_login_new(auth0db_login **out, const auth0db_login_options *options, auth0db_error *err)
{
    *out = NULL;
    if (options->site == NULL || *options->site == '\0')
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "site",
                            "is empty: ids could not tell sites apart");
    if (options->identifier == NULL || options->password == NULL)
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "credentials",
                            "identifier or password is missing");
    auth0db_login *login =
        a0_login_alloc(options->password, options->password_len, options->deadline_ms);
    if (login == NULL)
        return a0_error_no_memory(err);
    login->site = a0_login_keep(login, options->site);
    login->identifier = a0_login_keep(login, options->identifier);
    login->client_ip = a0_login_keep(login, options->client_ip);
    login->require_username = options->require_username;
    login->by_username =
        options->login_by == AUTH0DB_IDENTIFIER_USERNAME ||
        (options->login_by == AUTH0DB_IDENTIFIER_USUAL && options->require_username);
    login->outage_fallback = options->outage_fallback;
    login->create_users = options->create_users;
    login->adopt_existing = options->adopt_existing;
    login->sync.address = options->sync_address;
    login->sync.active = options->sync_active;
    if (login->out_of_memory) {
        auth0db_login_free(login);
        return a0_error_no_memory(err);
    }
    start(login);
    *out = login;
    return AUTH0DB_OK;
}

void auth0db_login_free(auth0db_login *login)
{
    if (login == NULL)
        return;
    a0_forget_user(&login->user);
    a0_forget_user(&login->other);
    if (login->password != NULL)
        a0_wipe(login->password, login->password_len);
    a0_free(login->password);
    a0_free(login->site);
    a0_free(login->identifier);
    a0_free(login->client_ip);
    /* What is left holds the names and addresses that the tenant has shown. */
    a0_wipe(login, sizeof *login);
    a0_free(login);
}

const auth0db_question *auth0db_login_question(const auth0db_login *login)
{
    return &login->question;
}

/* What the tenant says against the person: to a grant, or by a look at the user. Its yes is noted
 * where the identity is compared. */
static void note_word(auth0db_login *login, auth0db_ask what, const auth0db_answer *answer)
{
    bool is_ok = answer->outcome == AUTH0DB_OUTCOME_OK;
    if (what == AUTH0DB_ASK_GRANT && !is_ok && a0_meaning_of(answer->outcome)->word != NULL)
        login->word = a0_meaning_of(answer->outcome)->word;
    else if (what != AUTH0DB_ASK_GRANT && answer->outcome == AUTH0DB_OUTCOME_NOT_FOUND)
        login->word = a0_meaning_of(AUTH0DB_OUTCOME_NOT_FOUND)->word;
    else if (what != AUTH0DB_ASK_GRANT && is_ok && login->seen.blocked)
        login->word = a0_meaning_of(AUTH0DB_OUTCOME_BLOCKED)->word;
}

/* What the tenant said is kept before the state reads it: a grant proves an identity, the rest
 * shows a user. */
static auth0db_answer taken_in(auth0db_login *login, const auth0db_answer *answer)
{
    auth0db_answer taken = *answer;
    auth0db_ask what = login->question.ask;
    /* A range, for the tenant's asks stand together in the enum; run.c counts on it as well. */
    bool of_tenant = what >= AUTH0DB_ASK_GRANT && what <= AUTH0DB_ASK_PUSH;
    if (what == AUTH0DB_ASK_CHECK_LOCAL) {
        login->site_accepted = taken.users == 1;
        login->hash_outdated &= !login->site_accepted; /* then the site has made it anew */
    }
    if (what == AUTH0DB_ASK_CHECK_HASH)
        login->hash_outdated = taken.yes && taken.outdated;
    if (of_tenant && taken.outcome == AUTH0DB_OUTCOME_OK &&
        (taken.tenant == NULL || taken.tenant->user_id[0] == '\0'))
        taken.outcome = AUTH0DB_OUTCOME_UNCONFIRMED; /* an OK about nobody is no answer */
    if (of_tenant && taken.outcome == AUTH0DB_OUTCOME_OK) {
        auth0db_tenant_user *into = what == AUTH0DB_ASK_GRANT ? &login->tenant : &login->seen;
        if (into != taken.tenant)
            *into = *taken.tenant;
    }
    if (of_tenant)
        note_word(login, what, &taken);
    return taken;
}

int auth0db_login_tell(auth0db_login *login, const auth0db_answer *answer, auth0db_error *err)
{
    if (login->next == NULL)
        return a0_error_set(err, AUTH0DB_ERR_STATE, "login",
                            "has ended: there is no question to answer");
    if (answer->users == 1 && (answer->user.key == NULL || *answer->user.key == '\0'))
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "user.key", "is missing");
    auth0db_answer taken = taken_in(login, answer);
    /* The state may have asked with a text that could not be copied. Nothing that was decided on it
     * gets out: the machine ends in a refusal. */
    login->next(login, &taken);
    if (!login->out_of_memory)
        return AUTH0DB_OK;
    a0_refuse(login, AUTH0DB_REFUSED_SITE_ERROR);
    return a0_error_no_memory(err);
}

unsigned auth0db_login_requests(const auth0db_login *login)
{
    return login->requests;
}

const auth0db_error *auth0db_login_trouble(const auth0db_login *login)
{
    return &login->trouble;
}
