/* The login machine, where no link is known yet: create the tenant user, or join one. Trouble at
 * the tenant keeps nobody out whom the site accepts (S5); without the site's word only the join
 * rule lets somebody in (S3). */
#include <string.h>

#include "base/utf8.h"
#include "login/login_int.h"

/* --- not linked, the site accepts: create --------------------------------------------------- */

/* Several users with this e-mail come first: the account may be that of another one of them, so it
 * is not called foreign. */
static void on_foreign_shared(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->yes)
        a0_hold_out(login, AUTH0DB_HOLDOUT_DUPLICATE_EMAIL);
    else if (login->username_taken)
        a0_hold_out(login, AUTH0DB_HOLDOUT_USERNAME_TAKEN);
    else
        a0_hold_out(login, AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT);
}

/* The tenant user was made from this very user (S6: a kill between create and link), but a grant
 * with the password the site accepted did not succeed. A block comes first: setting the password
 * would lift it (S11). */
static void made_by_us(auth0db_login *login)
{
    if (login->seen.blocked)
        a0_link_and_refuse(login, AUTH0DB_REFUSED_BLOCKED);
    else if (login->grant_outcome != AUTH0DB_OUTCOME_BAD_CREDENTIALS)
        a0_link_and_refuse(login, a0_meaning_of(login->grant_outcome)->refusal);
    else if (login->seen.last_password_reset[0] != '\0') /* changed at the tenant since: it rules */
        a0_link_and_refuse(login, AUTH0DB_REFUSED_BAD_CREDENTIALS);
    else /* still the password it was made with: linked first, or a lost answer would be forgotten
          */
        a0_link_seen(login, A0_THEN_PUSH);
}

static void on_existing_read(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->outcome == AUTH0DB_OUTCOME_OK && a0_is_own(login, &login->seen))
        made_by_us(login);
    else if (answer->outcome == AUTH0DB_OUTCOME_OK || answer->outcome == AUTH0DB_OUTCOME_NOT_FOUND)
        a0_ask_email_shared(login, on_foreign_shared);
    else
        a0_admit(login, true);
}

/* S4: only where the operator allows it, after the shared e-mail was looked at, does a foreign
 * account get the site's password. The link is made after it: a kill in between is tried again by
 * the next login. */
static void on_adopted(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->outcome == AUTH0DB_OUTCOME_OK)
        a0_link_seen(login, A0_THEN_ADMIT);
    else if (answer->outcome == AUTH0DB_OUTCOME_WEAK_PASSWORD)
        a0_hold_out(login, AUTH0DB_HOLDOUT_WEAK_PASSWORD);
    else
        a0_admit(login, true);
}

static void on_adoptable_shared(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->yes)
        a0_hold_out(login, AUTH0DB_HOLDOUT_DUPLICATE_EMAIL);
    else
        a0_ask_push(login, login->seen.user_id, on_adopted);
}

static void on_adoptable(auth0db_login *login, const auth0db_answer *answer)
{
    if (!a0_meaning_of(answer->outcome)->decided)
        a0_admit(login, true);
    else if (answer->outcome != AUTH0DB_OUTCOME_OK)
        a0_ask_email_shared(login, on_foreign_shared);
    else if (a0_is_expected(login, login->seen.user_id))
        made_by_us(login);
    else if (login->seen.blocked) /* S11 holds for adopted accounts too */
        a0_hold_out(login, AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT);
    else
        a0_ask_email_shared(login, on_adoptable_shared);
}

static void on_same_password_shared(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->yes)
        a0_hold_out(login, AUTH0DB_HOLDOUT_DUPLICATE_EMAIL);
    else
        a0_link_proven(login, A0_THEN_ADMIT); /* join rule (c): both sides accepted this password */
}

static void on_existing_grant(auth0db_login *login, const auth0db_answer *answer)
{
    login->grant_outcome = answer->outcome;
    if (!a0_meaning_of(answer->outcome)->decided) {
        a0_admit(login, true); /* S5: and nothing is recorded, for nobody knows whose it is */
    } else if (answer->outcome != AUTH0DB_OUTCOME_OK && login->adopt_existing) {
        a0_ask(login, AUTH0DB_ASK_BY_EMAIL, on_adoptable);
        login->question.email = login->user.email;
    } else if (answer->outcome != AUTH0DB_OUTCOME_OK) {
        a0_ask_read(login, login->user.expected_id, on_existing_read);
    } else if (a0_is_expected(login, login->tenant.user_id)) {
        a0_link_proven(login, A0_THEN_ADMIT);
    } else {
        a0_ask_email_shared(login, on_same_password_shared);
    }
}

static void on_created(auth0db_login *login, const auth0db_answer *answer)
{
    switch (answer->outcome) {
    case AUTH0DB_OUTCOME_OK:
        /* The link is for good, so what the tenant says it has made is compared with what was asked
         * for. */
        if (a0_is_expected(login, login->seen.user_id))
            a0_link_seen(login, A0_THEN_ADMIT);
        else
            a0_admit(login, true); /* not the user we asked for: better no link than a wrong one */
        break;
    case AUTH0DB_OUTCOME_USERNAME_TAKEN:
        login->username_taken = true;
    /* fall through */
    case AUTH0DB_OUTCOME_EXISTS:
        /* Whose account it is, a grant shows at the price of one request: the site has just accepted
         * this password. */
        a0_ask_grant(login, on_existing_grant);
        break;
    case AUTH0DB_OUTCOME_WEAK_PASSWORD:
        a0_hold_out(login, AUTH0DB_HOLDOUT_WEAK_PASSWORD);
        break;
    case AUTH0DB_OUTCOME_INVALID_USER:
        a0_hold_out(login, AUTH0DB_HOLDOUT_INVALID_USER);
        break;
    default:
        a0_admit(login, true); /* S5 */
    }
}

/* Found before a request is made: the tenant would refuse it at every login. */
static auth0db_holdout obstacle(const auth0db_login *login)
{
    if (*login->user.email == '\0')
        return AUTH0DB_HOLDOUT_NO_EMAIL;
    if (!auth0db_email_is_sendable(login->user.email))
        return AUTH0DB_HOLDOUT_BAD_EMAIL;
    return login->sendable ? AUTH0DB_HOLDOUT_NONE : AUTH0DB_HOLDOUT_UNSENDABLE_PASSWORD;
}

static void create(auth0db_login *login)
{
    const a0_login_user *user = &login->user;
    login->new_user = (auth0db_new_user){
        .user_id = user->expected_id,
        .email = user->email,
        .email_verified = user->email_verified,
        .username = login->require_username ? user->username : NULL,
        .legacy_username = user->username,
        .given_name = user->given_name,
        .family_name = user->family_name,
        .password = login->password,
        .password_len = login->password_len,
    };
    a0_ask(login, AUTH0DB_ASK_CREATE_TENANT, on_created);
    login->question.new_user = &login->new_user;
}

/* A holdout that stands is of this very e-mail and hash: the tenant would say the same again, at
 * the price of a request for each login. */
void a0_login_accepted(auth0db_login *login)
{
    auth0db_holdout why = obstacle(login);
    login->local_accepted = true;
    if (!login->user.active)
        a0_refuse(login, AUTH0DB_REFUSED_INACTIVE);
    else if (login->user.holdout_stands)
        a0_admit(login, true);
    else if (why != AUTH0DB_HOLDOUT_NONE)
        a0_hold_out(login, why);
    else
        create(login);
}

/* --- not linked, the site refuses: perhaps the tenant knows --------------------------------- */

static a0_after_link after_join(const auth0db_login *login)
{
    return login->by_identity ? A0_THEN_ENTER : A0_THEN_RENEW;
}

static void on_join_shared(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->yes)
        a0_refuse(login, AUTH0DB_REFUSED_DUPLICATE_EMAIL);
    else
        a0_link_proven(login, after_join(login));
}

/* We made this tenant user, with a password that the site then accepted, and lost the answer. Never
 * changed there since, it is that very password, and the site, which refuses it, has a newer one
 * (S2). */
static void on_own_read(auth0db_login *login, const auth0db_answer *answer)
{
    if (!a0_meaning_of(answer->outcome)->decided)
        a0_refuse(login, a0_meaning_of(answer->outcome)->refusal);
    else if (answer->outcome != AUTH0DB_OUTCOME_OK)
        a0_refuse(login, AUTH0DB_REFUSED_BAD_CREDENTIALS);
    else if (login->seen.blocked)
        a0_refuse(login, AUTH0DB_REFUSED_BLOCKED);
    else if (login->seen.last_password_reset[0] == '\0')
        a0_refuse(login, AUTH0DB_REFUSED_BAD_CREDENTIALS);
    else
        a0_link_seen(login, after_join(login));
}

/* S14: an identity whose user was deleted on the site comes back by nothing that the tenant says.
 * Asked before anybody is joined or made without the site's word; a user whom the site accepts may
 * have it again, and is linked by rule (c). */
static void ask_tombstone(auth0db_login *login, a0_login_next next)
{
    a0_ask(login, AUTH0DB_ASK_TOMBSTONE, next);
    login->question.auth0_id = login->tenant.user_id;
}

/* Rule (a): of a key that was given out again, an id proves too little for a join without the
 * site's word. */
static bool rule_a(const auth0db_login *login)
{
    return login->user.tombstones == 0 && a0_is_own(login, &login->tenant);
}

/* The join rule (S3) where the site did not accept the password: (a) the expected id, or (b) a
 * verified e-mail, and then only where one local user has it; the e-mails equal in both cases. */
static void join(auth0db_login *login)
{
    const auth0db_tenant_user *tenant = &login->tenant;
    bool same_email = *login->user.email != '\0' &&
                      a0_ascii_equal_ignoring_case(tenant->email, login->user.email);
    if (!login->user.active)
        a0_refuse(login, AUTH0DB_REFUSED_INACTIVE);
    else if (rule_a(login))
        a0_ask_read(login, tenant->user_id, on_own_read);
    else if (!same_email)
        a0_refuse(login, AUTH0DB_REFUSED_OTHER_ACCOUNT);
    else if (!tenant->email_verified)
        a0_refuse(login, AUTH0DB_REFUSED_UNVERIFIED_EMAIL);
    else
        a0_ask_email_shared(login, on_join_shared);
}

static void on_tombstone_of_known(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->yes)
        a0_refuse(login, AUTH0DB_REFUSED_TOMBSTONE);
    else
        join(login);
}

/* User and link were to be made in one transaction. Without a link to this very identity the user
 * is not the one whom the tenant has proven. */
static void on_local_created(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->users == 1)
        a0_remember_user(login, &answer->user);
    if (answer->users != 1 || login->out_of_memory ||
        strcmp(login->user.auth0_id, login->tenant.user_id) != 0)
        a0_refuse(login, AUTH0DB_REFUSED_SITE_ERROR);
    else
        a0_admit(login, false);
}

static void on_tombstone_of_unknown(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->yes) {
        a0_refuse(login, AUTH0DB_REFUSED_TOMBSTONE);
        return;
    }
    a0_ask(login, AUTH0DB_ASK_CREATE_LOCAL, on_local_created);
    login->question.tenant = &login->tenant;
    login->question.lane = AUTH0DB_LANE_JOIN;
    login->question.tenant_mark = A0_MARK_UNKNOWN;
}

/* Only the tenant knows this person. Whoever has signed up there under somebody's address, and
 * never proved that it is hers, would get a local account with it: mails, invitations and backends
 * that join by e-mail would then be the stranger's. */
static void create_local(auth0db_login *login)
{
    if (!login->create_users) {
        a0_refuse(login, AUTH0DB_REFUSED_NO_LOCAL_USER);
    } else if (!login->tenant.email_verified) {
        a0_refuse(login, AUTH0DB_REFUSED_UNVERIFIED_EMAIL);
    } else {
        ask_tombstone(login, on_tombstone_of_unknown);
    }
}

/* The tenant has let the person in, and so takes back what it said against her. That a grant cannot
 * ask for a second factor has not changed. */
static void enter_by_link(auth0db_login *login)
{
    if (strcmp(login->user.word, a0_meaning_of(AUTH0DB_OUTCOME_MFA_REQUIRED)->word) != 0)
        login->word = a0_meaning_of(AUTH0DB_OUTCOME_OK)->word;
    a0_admit(login, false);
}

/* Found by e-mail, but linked to another account: the link stands over the address. */
static void on_resolved(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->users > 1) {
        a0_refuse(login, AUTH0DB_REFUSED_DUPLICATE_EMAIL);
    } else if (answer->users == 1) {
        a0_remember_user(login, &answer->user);
        if (login->out_of_memory)
            a0_refuse(login, AUTH0DB_REFUSED_SITE_ERROR);
        else if (a0_stays_local(login)) /* the tenant's yes counts for nothing here */
            a0_refuse(login, AUTH0DB_REFUSED_KEEP_LOCAL);
        else if (!a0_is_linked(login))
            ask_tombstone(login, on_tombstone_of_known);
        else if (strcmp(login->user.auth0_id, login->tenant.user_id) != 0)
            a0_refuse(login, AUTH0DB_REFUSED_OTHER_ACCOUNT);
        else if (login->by_identity)
            enter_by_link(login);
        else
            a0_login_proven(login);
    } else {
        create_local(login);
    }
}

void a0_login_resolve(auth0db_login *login)
{
    a0_ask(login, AUTH0DB_ASK_RESOLVE, on_resolved);
    login->question.tenant = &login->tenant;
}

/* Somebody whom the site knows is joined or refused. Of somebody unknown the identity may still be
 * linked, under another name. */
static void on_identity_grant(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->outcome != AUTH0DB_OUTCOME_OK) {
        a0_refuse(login, a0_meaning_of(answer->outcome)->refusal);
    } else if (login->user.known) {
        ask_tombstone(login, on_tombstone_of_known);
    } else {
        a0_login_resolve(login);
    }
}

void a0_login_rejected(auth0db_login *login)
{
    if (login->grantable)
        a0_ask_grant(login, on_identity_grant);
    else
        a0_refuse(login, AUTH0DB_REFUSED_BAD_CREDENTIALS);
}
