/* The login machine, where the typed name means two users: one has it as a name, the other as an
 * e-mail. Whose is this login? The user's whose local hash knows the password; else the owner's of
 * the address, for only she can say so to the tenant. A grant is counted against whom it names, so
 * to ask for the wrong one would lock somebody out by the other's logins. */
#include <string.h>

#include "login/login_int.h"

static void keep_verdict(auth0db_login *login, const auth0db_answer *answer)
{
    login->verdict = (a0_hash_verdict){.known = true,
                                       .yes = answer->yes,
                                       .no_password = answer->no_password,
                                       .outdated = answer->yes && answer->outdated};
}

/* The other one of the two takes the place of the user, with what is known of the hash. */
static void swap(auth0db_login *login)
{
    a0_login_user user = login->user;
    a0_hash_verdict verdict = login->verdict;
    login->user = login->other;
    login->verdict = login->other_verdict;
    login->other = user;
    login->other_verdict = verdict;
}

/* Of two hashes that both know the password the first one's counts: FIND_USER prefers the natural
 * key. The verdict of the chosen user goes on with her, so that her hash is not worked out again.
 */
static void on_owners_hash(auth0db_login *login, const auth0db_answer *answer)
{
    keep_verdict(login, answer);
    login->hashes_tried = !login->verdict.yes && !login->other_verdict.yes;
    if (login->other_verdict.yes)
        swap(login);
    login->hash_outdated = login->verdict.outdated;
    a0_login_begin(login);
}

static void on_owner(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->users != 1 || strcmp(answer->user.key, login->user.key) == 0) {
        login->hashes_tried = !login->verdict.yes;
        a0_login_begin(login); /* nobody else's after all */
        return;
    }
    swap(login);
    a0_remember_user(login, &answer->user);
    if (login->out_of_memory)
        a0_refuse(login, AUTH0DB_REFUSED_SITE_ERROR);
    else /* S10: also where the first one's knows the password */
        a0_ask(login, AUTH0DB_ASK_CHECK_HASH, on_owners_hash);
}

/* The owner is asked for whatever the first hash says. Else the time of an answer would tell a
 * guesser that the first one knew the password (S10). */
static void on_first_hash(auth0db_login *login, const auth0db_answer *answer)
{
    keep_verdict(login, answer);
    a0_ask(login, AUTH0DB_ASK_FIND_OWNER, on_owner);
    login->question.identifier = login->identifier;
}

void a0_login_choose(auth0db_login *login)
{
    a0_ask(login, AUTH0DB_ASK_CHECK_HASH, on_first_hash);
}

void a0_check_hash(auth0db_login *login, a0_login_next next)
{
    if (!login->verdict.known) {
        a0_ask(login, AUTH0DB_ASK_CHECK_HASH, next);
        return;
    }
    const auth0db_answer told = {.yes = login->verdict.yes,
                                 .no_password = login->verdict.no_password,
                                 .outdated = login->verdict.outdated};
    next(login, &told);
}
