/* The push machine: one password of the site on its way to the tenant, recorded before it is sent,
 * and again when it has ended. A login with a newer local password and a password change both go
 * through it. What is newer is decided before (linked.c), and what becomes of the login afterwards
 * too. */
#include <string.h>

#include "base/env.h"
#include "base/error.h"
#include "base/mem.h"
#include "login/login_int.h"

const char *a0_own_id(const auth0db_login *login)
{
    return a0_is_linked(login) ? login->user.auth0_id : login->user.expected_id;
}

/* --- one push ------------------------------------------------------------------------------- */

static void on_ended(auth0db_login *login, const auth0db_answer *answer)
{
    login->push.ended(login);
}

/* tenant_mark NULL: nobody knows what the tenant has by now; it is ours, or older. */
static void end(auth0db_login *login, auth0db_outcome outcome, const char *tenant_mark)
{
    login->push.outcome = outcome;
    a0_ask(login, AUTH0DB_ASK_END_PUSH, on_ended);
    login->question.tenant_mark = tenant_mark;
    login->question.unpushed = a0_meaning_of(outcome)->unpushed;
}

/* S2: the site's mailbox is the old one, and who reads it has perhaps set this password. */
static void end_for_address(auth0db_login *login)
{
    end(login, AUTH0DB_OUTCOME_REFUSED, login->seen.last_password_reset);
    login->push.unpushed = login->question.unpushed = A0_UNPUSHED_OTHER_ADDRESS;
    login->question.standing = AUTH0DB_STANDING_REPLACED;
}

/* One look and no more (S9): where it fails too, END_PUSH keeps the present time as the mark. */
static void on_looked_again(auth0db_login *login, const auth0db_answer *answer)
{
    bool seen = answer->outcome == AUTH0DB_OUTCOME_OK;
    end(login, login->push.outcome, seen ? login->seen.last_password_reset : NULL);
}

/* Of these two nobody knows whether the password was set. All others say that it was not. */
static bool is_lost(auth0db_outcome outcome)
{
    return outcome == AUTH0DB_OUTCOME_UNAVAILABLE || outcome == AUTH0DB_OUTCOME_UNCONFIRMED;
}

static void on_pushed(auth0db_login *login, const auth0db_answer *answer)
{
    login->push.outcome = answer->outcome;
    if (answer->outcome == AUTH0DB_OUTCOME_OK) {
        a0_ask(login, AUTH0DB_ASK_MARK_IN_STEP, on_ended);
        login->question.tenant_mark = login->seen.last_password_reset;
    } else if (!is_lost(answer->outcome)) { /* decided: nothing was set */
        end(login, answer->outcome, login->seen.last_password_reset);
    } else if (login->local_accepted) { /* S9: this was the fourth request */
        end(login, answer->outcome, NULL);
    } else { /* The answer was lost. What the tenant has by now is ours, or older */
        a0_ask_read(login, a0_own_id(login), on_looked_again);
    }
}

/* S11: setting a password would lift a block. A tenant user that cannot be read gets nothing: a
 * block, or a mailbox that has moved, would go unseen. The claim stands where the old mark stood,
 * so without a reading there is no mark to put back. */
static void on_read_before(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->outcome != AUTH0DB_OUTCOME_OK)
        end(login, answer->outcome, NULL);
    else if (login->seen.blocked)
        end(login, AUTH0DB_OUTCOME_BLOCKED, login->seen.last_password_reset);
    else if (a0_tenant_has_moved(login))
        end_for_address(login);
    else
        a0_ask_push(login, a0_own_id(login), on_pushed);
}

static void on_begun(auth0db_login *login, const auth0db_answer *answer)
{
    /* Without the claim nothing is sent: another push is on its way, or the tenant has been told,
     * or the row holds another hash by now. */
    login->push.begun = answer->yes;
    if (!answer->yes)
        login->push.ended(login);
    else if (login->push.reads)
        a0_ask_read(login, a0_own_id(login), on_read_before);
    else
        a0_ask_push(login, a0_own_id(login), on_pushed);
}

/* Two pushes of one user at once could arrive in the other order, and a process that dies between
 * sending and recording would forget that it was the one that moved the tenant's mark. */
void a0_push_begin(auth0db_login *login, bool reads, void (*ended)(auth0db_login *login))
{
    login->push.reads = reads;
    login->push.ended = ended;
    a0_ask(login, AUTH0DB_ASK_BEGIN_PUSH, on_begun);
    login->question.auth0_id = a0_own_id(login);
}

/* --- a password change ---------------------------------------------------------------------- */

static void on_recorded(auth0db_login *login, const auth0db_answer *answer)
{
    const char *unpushed = login->push.unpushed;
    a0_ask(login, AUTH0DB_PUSH_ENDED, NULL);
    login->question.unpushed = unpushed;
    a0_end(login);
}

/* unpushed: "" where the tenant has it, NULL where there was nothing to tell. */
static void change_ended(auth0db_login *login, const char *unpushed)
{
    login->push.unpushed = unpushed;
    on_recorded(login, NULL);
}

static void change_not_made(auth0db_login *login, const char *unpushed)
{
    login->push.unpushed = unpushed;
    a0_ask(login, AUTH0DB_ASK_UNPUSHED, on_recorded);
    login->question.unpushed = unpushed;
}

/* Somebody else's push held the claim until now. Did it tell this very password? */
static void on_row_again(auth0db_login *login, const auth0db_answer *answer)
{
    if (!a0_remember_row(login, answer))
        change_ended(login, NULL);
    else if (login->user.standing == AUTH0DB_STANDING_SAME)
        change_ended(login, "");
    else
        change_not_made(login, a0_meaning_of(AUTH0DB_OUTCOME_UNAVAILABLE)->unpushed);
}

static void on_change_pushed(auth0db_login *login)
{
    if (!login->push.begun)
        a0_ask(login, AUTH0DB_ASK_OWN_ROW, on_row_again);
    else
        change_ended(login, login->push.unpushed != NULL
                                ? login->push.unpushed
                                : a0_meaning_of(login->push.outcome)->unpushed);
}

/* A row with another hash is answered as nobody: the later change has a push of its own. A replaced
 * password is looked at before one that is not sendable, for nothing of it may wait to be sent. */
static void on_row(auth0db_login *login, const auth0db_answer *answer)
{
    if (!a0_remember_row(login, answer) || a0_stays_local(login))
        change_ended(login, NULL);
    else if (login->user.standing == AUTH0DB_STANDING_SAME) /* this very change is told already */
        change_ended(login, "");
    else if (login->user.standing == AUTH0DB_STANDING_REPLACED) /* S2: never pushed */
        change_ended(login, NULL);
    else if (!login->sendable)
        change_not_made(login, auth0db_holdout_name(AUTH0DB_HOLDOUT_UNSENDABLE_PASSWORD));
    else
        a0_push_begin(login, true, on_change_pushed);
}

int auth0db_push_new(auth0db_login **out, const auth0db_push_options *options, auth0db_error *err)
{
    *out = NULL;
    if (options->user_key == NULL || *options->user_key == '\0' || options->password == NULL)
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "push", "user_key or password is missing");
    auth0db_login *login =
        a0_login_alloc(options->password, options->password_len, options->deadline_ms);
    if (login == NULL)
        return a0_error_no_memory(err);
    a0_remember_user(login, &(auth0db_site_user){.key = options->user_key});
    if (login->out_of_memory) {
        auth0db_login_free(login);
        return a0_error_no_memory(err);
    }
    a0_ask(login, AUTH0DB_ASK_OWN_ROW, on_row);
    *out = login;
    return AUTH0DB_OK;
}
