/* The login machine, where the user is linked: the tenant decides. */
#include <string.h>

#include "login/login_int.h"

#define MARK_UNANSWERED '~'

static void on_outage_local(auth0db_login *login, const auth0db_answer *answer)
{
    bool same = answer->users == 1 && answer->user.key != NULL &&
                strcmp(answer->user.key, login->user.key) == 0;
    if (same)
        a0_admit(login, true);
    else /* S10: as for somebody unknown; only users who have moved come here */
        a0_refuse(login, AUTH0DB_REFUSED_UNAVAILABLE);
}

/* S1, S2: without the tenant's word who was blocked stays out, and so does every hash but that of
 * the last shared password, or of a newer one that we saw being set: not where the site's mailbox
 * is the old one, whose reader may have set it. */
static bool is_good_alone(const auth0db_login *login)
{
    bool good = login->user.standing == AUTH0DB_STANDING_SAME ||
                login->user.standing == AUTH0DB_STANDING_TOLD;
    if (login->user.moved == AUTH0DB_MOVED_TENANT || login->user.moved == AUTH0DB_MOVED_BOTH)
        good = login->user.standing == AUTH0DB_STANDING_SAME;
    return good && *login->user.word == '\0';
}

static void outage(auth0db_login *login)
{
    if (login->outage_fallback && is_good_alone(login))
        a0_ask(login, AUTH0DB_ASK_CHECK_LOCAL, on_outage_local);
    else
        a0_refuse_for(login, AUTH0DB_OUTCOME_UNAVAILABLE);
}

/* Break-glass. Who had moved before the setting named her is decided like everybody in an outage,
 * and always so: what was replaced, and what was said against her, does not come back by a setting.
 */
void a0_login_kept(auth0db_login *login)
{
    login->local_accepted = true;
    if (!a0_is_linked(login) || is_good_alone(login))
        a0_admit(login, true);
    else
        a0_refuse(login, AUTH0DB_REFUSED_KEEP_LOCAL);
}

/* The tenant cannot be given the newest password, so there is no yes to be had, and a look has to
 * do. It shows who is blocked or gone, and no more: what else was said stands until a yes (S1). */
static void admit_after_a_look(auth0db_login *login)
{
    const char *word = login->user.word;
    bool stands = *word != '\0' &&
                  strcmp(word, a0_meaning_of(AUTH0DB_OUTCOME_BLOCKED)->word) != 0 &&
                  strcmp(word, a0_meaning_of(AUTH0DB_OUTCOME_NOT_FOUND)->word) != 0;
    if (stands)
        a0_refuse(login, a0_meaning_of_word(word)->refusal);
    else
        a0_admit(login, true);
}

static void on_not_to_be_pushed(auth0db_login *login, const auth0db_answer *answer)
{
    a0_refuse(login, AUTH0DB_REFUSED_OTHER_ADDRESS);
}

/* S2: who reads the old mailbox has perhaps set this password by a mail of the site's. It opens
 * nothing from now on, in an outage neither. */
static void refuse_old_mailbox(auth0db_login *login)
{
    a0_ask(login, AUTH0DB_ASK_UNPUSHED, on_not_to_be_pushed);
    login->question.unpushed = A0_UNPUSHED_OTHER_ADDRESS;
    login->question.standing = AUTH0DB_STANDING_REPLACED;
}

static void on_unpushed(auth0db_login *login, const auth0db_answer *answer)
{
    admit_after_a_look(login);
}

/* The tenant could not keep the local password, though it is the newest: every login tries again.
 */
static void admit_unsendable(auth0db_login *login)
{
    a0_ask(login, AUTH0DB_ASK_UNPUSHED, on_unpushed);
    login->question.unpushed = auth0db_holdout_name(AUTH0DB_HOLDOUT_UNSENDABLE_PASSWORD);
}

/* The local password is the newest one both sides know of, but the tenant cannot be told now. S5:
 * whoever was not linked before this login is not kept out. S1: anybody else waits, for one request
 * that failed is no outage. */
static void admit_unpushed(auth0db_login *login, auth0db_outcome outcome)
{
    if (login->local_accepted)
        a0_admit(login, true);
    else
        a0_refuse(login, a0_meaning_of(outcome)->refusal);
}

/* Is the tenant's password, by its mark, one that the site's newest is newer than? "~TIME": a push
 * of ours may have moved the mark itself until then. */
static bool seen_by_site(const char *mark, const char *known)
{
    if (*known == MARK_UNANSWERED)
        return strcmp(mark, known + 1) <= 0;
    return strcmp(mark, known) == 0;
}

/* --- the push of a newer local password ----------------------------------------------------- */

static void admit_after_yes(auth0db_login *login)
{
    login->word = a0_meaning_of(AUTH0DB_OUTCOME_OK)->word;
    a0_admit(login, false);
}

/* The tenant has been told a password, by us or by somebody else: was it this one, and does it let
 * the person in? A password that it took says nothing of a second factor, or of an Action. */
static void on_asked_again(auth0db_login *login, const auth0db_answer *answer)
{
    if (!a0_meaning_of(answer->outcome)->decided)
        admit_unpushed(login, answer->outcome);
    else if (answer->outcome != AUTH0DB_OUTCOME_OK)
        a0_refuse(login, a0_meaning_of(answer->outcome)->refusal);
    else if (strcmp(login->tenant.user_id, a0_own_id(login)) != 0)
        a0_refuse(login, AUTH0DB_REFUSED_OTHER_ACCOUNT);
    else
        admit_after_yes(login);
}

static void on_push_ended(auth0db_login *login)
{
    auth0db_outcome outcome = login->push.outcome;
    bool told = !login->push.begun || (outcome == AUTH0DB_OUTCOME_OK && !login->local_accepted);
    if (told) /* S1; what is sendable is grantable */
        a0_ask_grant(login, on_asked_again);
    else if (outcome == AUTH0DB_OUTCOME_OK) /* S5, S9: not linked before, and the fifth request */
        a0_admit(login, false);
    else if (login->seen.blocked) /* S1: since we have read it first */
        a0_refuse(login, AUTH0DB_REFUSED_BLOCKED);
    else if (outcome == AUTH0DB_OUTCOME_NOT_FOUND) /* S11: deleted stays deleted */
        a0_refuse(login, AUTH0DB_REFUSED_DELETED);
    else if (outcome == AUTH0DB_OUTCOME_WEAK_PASSWORD || outcome == AUTH0DB_OUTCOME_HELD)
        admit_after_a_look(login); /* on record; every login tries again */
    else
        admit_unpushed(login, outcome);
}

void a0_login_push(auth0db_login *login)
{
    a0_push_begin(login, false, on_push_ended);
}

/* --- is it newer? --------------------------------------------------------------------------- */

static void on_newer_read(auth0db_login *login, const auth0db_answer *answer)
{
    if (!a0_meaning_of(answer->outcome)->decided) /* S2: an unread mark refuses */
        a0_refuse(login, a0_meaning_of(answer->outcome)->refusal);
    else if (answer->outcome != AUTH0DB_OUTCOME_OK)
        a0_refuse(login, AUTH0DB_REFUSED_DELETED);
    else if (login->seen.blocked) /* S1, S11: setting a password would lift the block */
        a0_refuse(login, AUTH0DB_REFUSED_BLOCKED);
    else if (!login->user.active)
        a0_refuse(login, AUTH0DB_REFUSED_INACTIVE);
    else if (a0_tenant_has_moved(login))
        refuse_old_mailbox(login);
    else if (!seen_by_site(login->seen.last_password_reset, login->user.tenant_mark))
        a0_refuse(login, AUTH0DB_REFUSED_BOTH_CHANGED); /* S2: the tenant's has changed as well */
    else if (!login->sendable)
        admit_unsendable(login);
    else
        a0_login_push(login);
}

/* Asked on every wrong password, also where the answer cannot matter: S10 wants the same work. */
static void on_wrong_password_hash(auth0db_login *login, const auth0db_answer *answer)
{
    auth0db_standing standing = login->user.standing;
    bool perhaps_newer = standing == AUTH0DB_STANDING_TOLD || standing == AUTH0DB_STANDING_OTHER;
    login->hash_matched = answer->yes;
    if (answer->yes && perhaps_newer && login->looked) /* S9 */
        on_newer_read(login, &(auth0db_answer){.outcome = AUTH0DB_OUTCOME_OK});
    else if (answer->yes && perhaps_newer)
        a0_ask_read(login, login->user.auth0_id, on_newer_read);
    else
        a0_refuse(login, AUTH0DB_REFUSED_BAD_CREDENTIALS);
}

/* Between the grant and the reading the site's newer password may have arrived. Then the mark has
 * moved because of it, and what was accepted a moment ago is the old one. */
static void on_still_accepted(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->outcome != AUTH0DB_OUTCOME_OK)
        a0_refuse(login, a0_meaning_of(answer->outcome)->refusal);
    else if (strcmp(login->tenant.user_id, login->user.auth0_id) != 0)
        a0_refuse(login, AUTH0DB_REFUSED_OTHER_ACCOUNT);
    else
        a0_renew_hash(login, login->seen.last_password_reset);
}

/* The tenant took a password, and the site has another one, perhaps newer. Which is older? */
static void tenant_newer_or_stale(auth0db_login *login, const char *mark)
{
    const char *known = login->user.tenant_mark;
    if (seen_by_site(mark, known)) /* S2: only the local one has changed */
        a0_refuse(login, AUTH0DB_REFUSED_BAD_CREDENTIALS);
    else if (strcmp(known, A0_MARK_UNKNOWN) == 0)
        a0_refuse(login, AUTH0DB_REFUSED_BOTH_CHANGED);
    else
        a0_ask_grant(login, on_still_accepted);
}

/* Both sides hold what was typed, and no newer password of the site's is on record. */
static bool sides_agree(const auth0db_login *login)
{
    return login->hash_matched && login->user.standing != AUTH0DB_STANDING_REPLACED;
}

/* The row's hash is of the shared password, or of one from before it: what the tenant took is
 * newer. Not where a password was set on the site since, whatever the row holds by now. */
static bool tenant_rules(const auth0db_login *login)
{
    bool old = login->user.standing == AUTH0DB_STANDING_SAME ||
               login->user.standing == AUTH0DB_STANDING_REPLACED || login->no_password;
    return old && !login->user.told_waits;
}

static void on_step_read(auth0db_login *login, const auth0db_answer *answer)
{
    bool read = answer->outcome == AUTH0DB_OUTCOME_OK;
    const char *mark = read ? login->seen.last_password_reset : NULL;
    bool decided_by_digest =
        login->no_password || login->user.standing == AUTH0DB_STANDING_REPLACED;
    if (answer->outcome == AUTH0DB_OUTCOME_NOT_FOUND) /* deleted since the grant */
        a0_refuse(login, AUTH0DB_REFUSED_DELETED);
    else if (mark != NULL && login->seen.blocked)
        a0_refuse(login, AUTH0DB_REFUSED_BLOCKED);
    else if (sides_agree(login) && mark != NULL)
        a0_mark_in_step(login, mark,
                        login->user.shared_known && strcmp(mark, login->user.tenant_mark) == 0);
    else if (sides_agree(login)) /* whether or not the mark could be read */
        a0_admit(login, false);
    else if (tenant_rules(login) && (mark != NULL || decided_by_digest))
        a0_renew_hash(login, mark);
    else if (mark == NULL) /* S2: the two differ, and nobody says which is newer */
        a0_refuse(login, a0_meaning_of(answer->outcome)->refusal);
    else
        tenant_newer_or_stale(login, mark);
}

/* A mark that the tenant gave for a password that the site has known. */
static bool mark_is_known(const auth0db_login *login)
{
    return *login->user.tenant_mark != *A0_MARK_UNKNOWN &&
           *login->user.tenant_mark != MARK_UNANSWERED;
}

static void on_right_password_hash(auth0db_login *login, const auth0db_answer *answer)
{
    bool nothing_known = login->user.standing == AUTH0DB_STANDING_OTHER &&
                         !login->user.shared_known && !login->user.told_waits;
    login->hash_matched = answer->yes;
    login->no_password = answer->no_password;
    if (answer->yes && login->user.standing == AUTH0DB_STANDING_SAME && mark_is_known(login))
        a0_admit(login, false);
    else if (answer->yes && nothing_known && mark_is_known(login)) /* the first after an import */
        a0_mark_in_step(login, NULL, false);
    else
        a0_ask_read(login, login->tenant.user_id, on_step_read);
}

/* The link's tenant user was deleted, and somebody has made another one of that name. */
static void made_anew(auth0db_login *login)
{
    login->word = a0_meaning_of(AUTH0DB_OUTCOME_NOT_FOUND)->word;
    a0_refuse(login, AUTH0DB_REFUSED_OTHER_ACCOUNT);
}

void a0_login_proven(auth0db_login *login)
{
    login->word = a0_meaning_of(AUTH0DB_OUTCOME_OK)->word;
    if (!login->user.active)
        a0_refuse(login, AUTH0DB_REFUSED_INACTIVE);
    else
        a0_check_hash(login, on_right_password_hash);
}

static void on_linked_grant(auth0db_login *login, const auth0db_answer *answer)
{
    if (a0_meaning_of(answer->outcome)->falls_back)
        outage(login);
    else if (answer->outcome == AUTH0DB_OUTCOME_BAD_CREDENTIALS)
        a0_check_hash(login, on_wrong_password_hash);
    else if (answer->outcome != AUTH0DB_OUTCOME_OK)
        a0_refuse_for(login, answer->outcome); /* S1: never fall back */
    else if (strcmp(login->tenant.user_id, login->user.auth0_id) != 0)
        made_anew(login);
    else
        a0_login_proven(login);
}

/* A new e-mail or user name was on its way, and nobody knows whether it has arrived: under the
 * other one the tenant would know nobody. What cannot be read is asked for as the link says. */
static void on_name_read(auth0db_login *login, const auth0db_answer *answer)
{
    const char *name = login->by_username ? login->seen.username : login->seen.email;
    if (answer->outcome == AUTH0DB_OUTCOME_OK && *name != '\0')
        login->asked_name = name;
    login->looked = answer->outcome == AUTH0DB_OUTCOME_OK;
    a0_ask_grant(login, on_linked_grant);
}

void a0_login_linked(auth0db_login *login)
{
    if (login->grantable && login->user.in_doubt)
        a0_ask_read(login, login->user.auth0_id, on_name_read);
    else if (login->grantable)
        a0_ask_grant(login, on_linked_grant);
    else
        a0_check_hash(login, on_wrong_password_hash);
}
