/* The login machine. Reads top to bottom like the decision table in docs/architecture.md; S1 to S12
 * are the safety properties of that page. No I/O, no clock but the deadline's start. */
#include "migrate/login_int.h"

#include <string.h>

#include "base/env.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/utf8.h"

enum {
    DEADLINE_MS = 10000,
    /* A longer password is never sent: bcrypt reads 72 bytes, and nobody types this much */
    GRANT_PASSWORD_MAX = 4096,
};

/* A tenant_mark that equals no date: out of step, such a link never pushes (S2). */
#define MARK_UNKNOWN "?"
#define MARK_UNANSWERED '~'

/* --- asking --------------------------------------------------------------------------------- */

static void ask(auth0db_login *login, auth0db_ask what, a0_login_next next)
{
    login->question = (auth0db_question){.ask = what, .user_key = login->user.key};
    login->next = next;
}

static void refuse(auth0db_login *login, auth0db_refusal why)
{
    ask(login, AUTH0DB_REFUSE, NULL);
    login->question.refusal = why;
}

/* The only door in. S7: whatever was decided on the way, an inactive user stops here. */
static void admit(auth0db_login *login, bool by_fallback)
{
    if (!login->user.known || !login->user.active) {
        refuse(login, AUTH0DB_REFUSED_INACTIVE);
        return;
    }
    ask(login, AUTH0DB_ADMIT, NULL);
    login->question.by_fallback = by_fallback;
}

static void ask_grant(auth0db_login *login, a0_login_next next)
{
    const a0_login_user *user = &login->user;
    const char *name = login->identifier;
    if (user->known && login->require_username && *user->username != '\0')
        name = user->username;
    else if (user->known && !login->require_username && *user->tenant_email != '\0')
        name = user->tenant_email;
    else if (user->known && !login->require_username && *user->email != '\0')
        name = user->email;
    ask(login, AUTH0DB_ASK_GRANT, next);
    login->question.identifier = name;
}

static void ask_read(auth0db_login *login, const char *auth0_id, a0_login_next next)
{
    ask(login, AUTH0DB_ASK_READ_TENANT, next);
    login->question.auth0_id = auth0_id;
}

static void ask_push(auth0db_login *login, const char *auth0_id, a0_login_next next)
{
    ask(login, AUTH0DB_ASK_PUSH, next);
    login->question.auth0_id = auth0_id;
}

static void ask_email_shared(auth0db_login *login, a0_login_next next)
{
    ask(login, AUTH0DB_ASK_EMAIL_SHARED, next);
    login->question.email = login->user.email;
}

/* --- remembering ---------------------------------------------------------------------------- */

static char *keep(auth0db_login *login, const char *text)
{
    char *copy = a0_strdup(text != NULL ? text : "");
    login->out_of_memory |= copy == NULL;
    return copy;
}

static void remember_user(auth0db_login *login, const auth0db_site_user *told)
{
    a0_forget_user(&login->user);
    login->user = (a0_login_user){
        .known = true,
        .key = keep(login, told->key),
        .email = keep(login, told->email),
        .username = keep(login, told->username),
        .given_name = keep(login, told->given_name),
        .family_name = keep(login, told->family_name),
        .auth0_id = keep(login, told->auth0_id),
        .tenant_email = keep(login, told->tenant_email),
        .tenant_mark = keep(login, told->tenant_mark),
        .email_verified = told->email_verified,
        .active = told->active,
        .in_step = told->in_step,
        .holdout_stands = told->holdout_stands,
    };
    if (!login->out_of_memory)
        auth0db_expected_id(login->site, login->user.key, login->user.expected_id);
}

static bool is_linked(const auth0db_login *login)
{
    return login->user.known && *login->user.auth0_id != '\0';
}

static bool is_expected(const auth0db_login *login, const char *auth0_id)
{
    return *auth0_id != '\0' && strcmp(auth0_id, login->user.expected_id) == 0;
}

/* Join rule (a): made from this very user, and not from somebody who had this primary key before
 * (names as keys, counters that start over). The e-mail tells them apart. */
static bool is_own(const auth0db_login *login, const auth0db_tenant_user *tenant)
{
    return is_expected(login, tenant->user_id) && *login->user.email != '\0' &&
           a0_ascii_equal_ignoring_case(tenant->email, login->user.email);
}

/* --- recording ------------------------------------------------------------------------------ */

static void on_held_out(auth0db_login *login, const auth0db_answer *answer)
{
    admit(login, true);
}

/* The site's own backends have accepted the user, so a holdout is admitted: the site goes on as it
 * was. */
static void hold_out(auth0db_login *login, auth0db_holdout why)
{
    ask(login, AUTH0DB_ASK_HOLDOUT, on_held_out);
    login->question.holdout = why;
}

static void on_renewed(auth0db_login *login, const auth0db_answer *answer)
{
    admit(login, false); /* a row that could not be renewed is renewed at the next login */
}

static void renew_hash(auth0db_login *login, const char *tenant_mark)
{
    ask(login, AUTH0DB_ASK_RENEW_HASH, on_renewed);
    login->question.tenant_mark = tenant_mark;
}

static void mark_in_step(auth0db_login *login, const char *tenant_mark)
{
    ask(login, AUTH0DB_ASK_MARK_IN_STEP, on_renewed);
    login->question.tenant_mark = tenant_mark;
}

static void on_linked(auth0db_login *login, const auth0db_answer *answer)
{
    if (!answer->yes) { /* S6: that tenant user is another user's */
        if (login->local_accepted && login->after_link == A0_THEN_ADMIT)
            hold_out(login, AUTH0DB_HOLDOUT_DUPLICATE_EMAIL);
        else
            refuse(login, AUTH0DB_REFUSED_OTHER_ACCOUNT);
    } else if (login->after_link == A0_THEN_REFUSE) {
        refuse(login, login->after_link_refusal);
    } else if (login->after_link == A0_THEN_RENEW) {
        renew_hash(login, NULL);
    } else {
        admit(login, false);
    }
}

/* A link always starts in step, with the hash as it is now. If the machine dies before the hash is
 * renewed the tenant's password rules; a link that started out of step would let the old local one
 * be pushed (S2). */
static void record_link(auth0db_login *login, const auth0db_tenant_user *tenant, const char *mark,
                        a0_after_link then)
{
    login->after_link = then;
    ask(login, AUTH0DB_ASK_LINK, on_linked);
    login->question.auth0_id = tenant->user_id;
    login->question.email = tenant->email[0] != '\0' ? tenant->email : login->user.email;
    login->question.lane =
        is_expected(login, tenant->user_id) ? AUTH0DB_LANE_LOGIN : AUTH0DB_LANE_JOIN;
    login->question.in_step = true;
    login->question.tenant_mark = mark;
}

/* The tenant user was read or written just now, so its mark is known. */
static void link_seen(auth0db_login *login, a0_after_link then)
{
    record_link(login, &login->seen, login->seen.last_password_reset, then);
}

/* Only a grant has shown the tenant user, and a grant has no mark: the next login reads it. */
static void link_proven(auth0db_login *login, a0_after_link then)
{
    record_link(login, &login->tenant, MARK_UNKNOWN, then);
}

static void link_and_refuse(auth0db_login *login, auth0db_refusal why)
{
    login->after_link_refusal = why;
    link_seen(login, A0_THEN_REFUSE);
}

/* --- linked: the tenant decides ------------------------------------------------------------- */

static void on_outage_local(auth0db_login *login, const auth0db_answer *answer)
{
    bool same = answer->users == 1 && answer->user.key != NULL &&
                strcmp(answer->user.key, login->user.key) == 0;
    if (same)
        admit(login, true);
    else /* S10: as for somebody unknown; only users who have moved come here */
        refuse(login, AUTH0DB_REFUSED_UNAVAILABLE);
}

static void outage(auth0db_login *login)
{
    if (login->outage_fallback)
        ask(login, AUTH0DB_ASK_CHECK_LOCAL, on_outage_local);
    else
        refuse(login, AUTH0DB_REFUSED_UNAVAILABLE);
}

/* The tenant will not take the local password, though it is the newest: every login tries again,
 * and the site may record why. */
static void admit_refused_push(auth0db_login *login, auth0db_holdout why)
{
    admit(login, true);
    login->question.holdout = why; /* read at ADMIT alone */
}

/* The local password is the newest one both sides know of, but the tenant cannot be told now. */
static void admit_unpushed(auth0db_login *login)
{
    if (login->outage_fallback)
        admit(login, true);
    else
        refuse(login, AUTH0DB_REFUSED_UNAVAILABLE);
}

/* Is the tenant's password, by its mark, one that the site's newest is newer than? "~TIME" is left
 * by a push of ours that ended without an answer then: it may have moved the mark itself. */
static bool seen_by_site(const char *mark, const char *known)
{
    if (*known == MARK_UNANSWERED)
        return strcmp(mark, known + 1) <= 0;
    return strcmp(mark, known) == 0;
}

static void on_newer_pushed(auth0db_login *login, const auth0db_answer *answer)
{
    switch (answer->outcome) {
    case AUTH0DB_OUTCOME_OK:
        mark_in_step(login, login->seen.last_password_reset);
        break;
    case AUTH0DB_OUTCOME_NOT_FOUND: /* S11: deleted stays deleted */
        refuse(login, AUTH0DB_REFUSED_DELETED);
        break;
    case AUTH0DB_OUTCOME_WEAK_PASSWORD:
        admit_refused_push(login, AUTH0DB_HOLDOUT_WEAK_PASSWORD);
        break;
    default:
        admit_unpushed(login);
        login->question.push_unanswered = true;
    }
}

static void on_newer_read(auth0db_login *login, const auth0db_answer *answer)
{
    if (auth0db_outcome_is_trouble(answer->outcome))
        admit_unpushed(login);
    else if (answer->outcome != AUTH0DB_OUTCOME_OK)
        refuse(login, AUTH0DB_REFUSED_DELETED);
    else if (login->seen.blocked) /* S1, S11: setting a password would lift the block */
        refuse(login, AUTH0DB_REFUSED_BLOCKED);
    else if (!login->user.active)
        refuse(login, AUTH0DB_REFUSED_INACTIVE);
    else if (!seen_by_site(login->seen.last_password_reset, login->user.tenant_mark))
        refuse(login, AUTH0DB_REFUSED_BOTH_CHANGED); /* S2: the tenant's has changed as well */
    else if (!login->sendable)
        admit_refused_push(login, AUTH0DB_HOLDOUT_UNSENDABLE_PASSWORD);
    else
        ask_push(login, login->user.auth0_id, on_newer_pushed);
}

/* Asked on every wrong password, also where the answer cannot matter: S10 wants the same work. */
static void on_wrong_password_hash(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->yes && !login->user.in_step)
        ask_read(login, login->user.auth0_id, on_newer_read);
    else
        refuse(login, AUTH0DB_REFUSED_BAD_CREDENTIALS);
}

/* Between the grant and the reading the site's newer password may have arrived. Then the mark has
 * moved because of it, and what was accepted a moment ago is the old one. */
static void on_still_accepted(auth0db_login *login, const auth0db_answer *answer)
{
    if (auth0db_outcome_is_trouble(answer->outcome))
        refuse(login, AUTH0DB_REFUSED_UNAVAILABLE);
    else if (answer->outcome != AUTH0DB_OUTCOME_OK)
        refuse(login, a0_refusal_for(answer->outcome));
    else if (strcmp(login->tenant.user_id, login->user.auth0_id) != 0)
        refuse(login, AUTH0DB_REFUSED_OTHER_ACCOUNT);
    else
        renew_hash(login, login->seen.last_password_reset);
}

/* The tenant took a password that the local hash does not know. Which of the two is older? */
static void tenant_newer_or_stale(auth0db_login *login, const char *mark)
{
    const char *known = login->user.tenant_mark;
    if (login->user.in_step) /* only the tenant's has changed */
        renew_hash(login, mark);
    else if (seen_by_site(mark, known)) /* S2: only the local one has changed */
        refuse(login, AUTH0DB_REFUSED_BAD_CREDENTIALS);
    else if (strcmp(known, MARK_UNKNOWN) == 0)
        refuse(login, AUTH0DB_REFUSED_BOTH_CHANGED);
    else
        ask_grant(login, on_still_accepted);
}

static void on_step_read(auth0db_login *login, const auth0db_answer *answer)
{
    bool read = answer->outcome == AUTH0DB_OUTCOME_OK;
    bool sides_agree = login->hash_matched || login->user.in_step;
    if (read && login->seen.blocked)
        refuse(login, AUTH0DB_REFUSED_BLOCKED);
    else if (!read && sides_agree) /* S2: with an unseen mark nothing is recorded as in step */
        admit(login, false);
    else if (!read)
        refuse(login, AUTH0DB_REFUSED_UNAVAILABLE);
    else if (login->hash_matched)
        mark_in_step(login, login->seen.last_password_reset);
    else
        tenant_newer_or_stale(login, login->seen.last_password_reset);
}

static void on_right_password_hash(auth0db_login *login, const auth0db_answer *answer)
{
    login->hash_matched = answer->yes;
    login->user.in_step |= answer->no_password; /* what is no password cannot be a newer one */
    if (answer->yes && login->user.in_step && *login->user.tenant_mark != *MARK_UNKNOWN &&
        *login->user.tenant_mark != MARK_UNANSWERED)
        admit(login, false);
    else
        ask_read(login, login->tenant.user_id, on_step_read);
}

static void proven_identity(auth0db_login *login)
{
    if (!login->user.active)
        refuse(login, AUTH0DB_REFUSED_INACTIVE);
    else
        ask(login, AUTH0DB_ASK_CHECK_HASH, on_right_password_hash);
}

static void on_linked_grant(auth0db_login *login, const auth0db_answer *answer)
{
    if (auth0db_outcome_is_trouble(answer->outcome))
        outage(login);
    else if (answer->outcome == AUTH0DB_OUTCOME_BAD_CREDENTIALS)
        ask(login, AUTH0DB_ASK_CHECK_HASH, on_wrong_password_hash);
    else if (answer->outcome != AUTH0DB_OUTCOME_OK)
        refuse(login, a0_refusal_for(answer->outcome)); /* S1: never fall back */
    else if (strcmp(login->tenant.user_id, login->user.auth0_id) != 0)
        refuse(login, AUTH0DB_REFUSED_OTHER_ACCOUNT); /* deleted and made anew by somebody */
    else
        proven_identity(login);
}

static void linked(auth0db_login *login)
{
    if (login->grantable)
        ask_grant(login, on_linked_grant);
    else
        ask(login, AUTH0DB_ASK_CHECK_HASH, on_wrong_password_hash);
}

/* --- not linked, the site accepts: create --------------------------------------------------- */

static void on_foreign_shared(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->yes)
        hold_out(login, AUTH0DB_HOLDOUT_DUPLICATE_EMAIL);
    else if (login->username_taken)
        hold_out(login, AUTH0DB_HOLDOUT_USERNAME_TAKEN);
    else
        hold_out(login, AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT);
}

static void on_recovery_pushed(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->outcome == AUTH0DB_OUTCOME_OK && is_expected(login, login->seen.user_id))
        link_seen(login, A0_THEN_ADMIT);
    else if (answer->outcome == AUTH0DB_OUTCOME_WEAK_PASSWORD)
        hold_out(login, AUTH0DB_HOLDOUT_WEAK_PASSWORD);
    else
        admit(login, true);
}

/* The tenant user was made from this very user (S6: a kill between create and link), but a grant
 * with the password the site accepted did not succeed. */
static void made_by_us(auth0db_login *login)
{
    if (login->seen.blocked)
        link_and_refuse(login, AUTH0DB_REFUSED_BLOCKED);
    else if (login->grant_outcome != AUTH0DB_OUTCOME_BAD_CREDENTIALS)
        link_and_refuse(login, a0_refusal_for(login->grant_outcome));
    else if (login->seen.last_password_reset[0] != '\0') /* changed at the tenant since: it rules */
        link_and_refuse(login, AUTH0DB_REFUSED_BAD_CREDENTIALS);
    else
        ask_push(login, login->user.expected_id, on_recovery_pushed);
}

static void on_existing_read(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->outcome == AUTH0DB_OUTCOME_OK && is_own(login, &login->seen))
        made_by_us(login);
    else if (answer->outcome == AUTH0DB_OUTCOME_OK || answer->outcome == AUTH0DB_OUTCOME_NOT_FOUND)
        ask_email_shared(login, on_foreign_shared);
    else
        admit(login, true);
}

static void on_adopted(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->outcome == AUTH0DB_OUTCOME_OK)
        link_seen(login, A0_THEN_ADMIT);
    else if (answer->outcome == AUTH0DB_OUTCOME_WEAK_PASSWORD)
        hold_out(login, AUTH0DB_HOLDOUT_WEAK_PASSWORD);
    else
        admit(login, true);
}

static void on_adoptable_shared(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->yes)
        hold_out(login, AUTH0DB_HOLDOUT_DUPLICATE_EMAIL);
    else
        ask_push(login, login->seen.user_id, on_adopted);
}

static void on_adoptable(auth0db_login *login, const auth0db_answer *answer)
{
    if (auth0db_outcome_is_trouble(answer->outcome))
        admit(login, true);
    else if (answer->outcome != AUTH0DB_OUTCOME_OK)
        ask_email_shared(login, on_foreign_shared);
    else if (is_expected(login, login->seen.user_id))
        made_by_us(login);
    else if (login->seen.blocked) /* S11 holds for adopted accounts too */
        hold_out(login, AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT);
    else
        ask_email_shared(login, on_adoptable_shared);
}

static void on_same_password_shared(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->yes)
        hold_out(login, AUTH0DB_HOLDOUT_DUPLICATE_EMAIL);
    else
        link_proven(login, A0_THEN_ADMIT); /* join rule (c): both sides accepted this password */
}

static void on_existing_grant(auth0db_login *login, const auth0db_answer *answer)
{
    login->grant_outcome = answer->outcome;
    if (auth0db_outcome_is_trouble(answer->outcome)) {
        admit(login, true); /* S5 */
    } else if (answer->outcome != AUTH0DB_OUTCOME_OK && login->adopt_existing) {
        ask(login, AUTH0DB_ASK_BY_EMAIL, on_adoptable);
        login->question.email = login->user.email;
    } else if (answer->outcome != AUTH0DB_OUTCOME_OK) {
        ask_read(login, login->user.expected_id, on_existing_read);
    } else if (is_expected(login, login->tenant.user_id)) {
        link_proven(login, A0_THEN_ADMIT);
    } else {
        ask_email_shared(login, on_same_password_shared);
    }
}

static void on_created(auth0db_login *login, const auth0db_answer *answer)
{
    switch (answer->outcome) {
    case AUTH0DB_OUTCOME_OK:
        if (is_expected(login, login->seen.user_id))
            link_seen(login, A0_THEN_ADMIT);
        else
            admit(login, true); /* not the user we asked for: better no link than a wrong one */
        break;
    case AUTH0DB_OUTCOME_USERNAME_TAKEN:
        login->username_taken = true;
        /* fall through */
    case AUTH0DB_OUTCOME_EXISTS:
        ask_grant(login, on_existing_grant);
        break;
    case AUTH0DB_OUTCOME_WEAK_PASSWORD:
        hold_out(login, AUTH0DB_HOLDOUT_WEAK_PASSWORD);
        break;
    case AUTH0DB_OUTCOME_INVALID_USER:
        hold_out(login, AUTH0DB_HOLDOUT_INVALID_USER);
        break;
    default:
        admit(login, true); /* S5 */
    }
}

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
        .given_name = user->given_name,
        .family_name = user->family_name,
        .password = login->password,
        .password_len = login->password_len,
    };
    ask(login, AUTH0DB_ASK_CREATE_TENANT, on_created);
    login->question.new_user = &login->new_user;
}

static void accepted(auth0db_login *login)
{
    auth0db_holdout why = obstacle(login);
    login->local_accepted = true;
    if (!login->user.active)
        refuse(login, AUTH0DB_REFUSED_INACTIVE);
    else if (login->user.holdout_stands)
        admit(login, true);
    else if (why != AUTH0DB_HOLDOUT_NONE)
        hold_out(login, why);
    else
        create(login);
}

/* --- not linked, the site refuses: perhaps the tenant knows --------------------------------- */

static void on_join_shared(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->yes)
        refuse(login, AUTH0DB_REFUSED_DUPLICATE_EMAIL);
    else
        link_proven(login, A0_THEN_RENEW);
}

/* The join rule (S3) where the site did not accept the password: (a) the expected id, or (b) a
 * verified e-mail, and then only where one local user has it; the e-mails equal in both cases. */
static void join(auth0db_login *login)
{
    const auth0db_tenant_user *tenant = &login->tenant;
    bool same_email = *login->user.email != '\0' &&
                      a0_ascii_equal_ignoring_case(tenant->email, login->user.email);
    if (!login->user.active)
        refuse(login, AUTH0DB_REFUSED_INACTIVE);
    else if (is_own(login, tenant))
        link_proven(login, A0_THEN_RENEW);
    else if (!same_email)
        refuse(login, AUTH0DB_REFUSED_OTHER_ACCOUNT);
    else if (!tenant->email_verified)
        refuse(login, AUTH0DB_REFUSED_UNVERIFIED_EMAIL);
    else
        ask_email_shared(login, on_join_shared);
}

static void on_local_created(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->users == 1)
        remember_user(login, &answer->user);
    if (answer->users != 1 || login->out_of_memory ||
        strcmp(login->user.auth0_id, login->tenant.user_id) != 0)
        refuse(login, AUTH0DB_REFUSED_SITE_ERROR);
    else
        admit(login, false);
}

static void on_resolved(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->users > 1) {
        refuse(login, AUTH0DB_REFUSED_DUPLICATE_EMAIL);
    } else if (answer->users == 1) {
        remember_user(login, &answer->user);
        if (login->out_of_memory)
            refuse(login, AUTH0DB_REFUSED_SITE_ERROR);
        else if (!is_linked(login))
            join(login);
        else if (strcmp(login->user.auth0_id, login->tenant.user_id) == 0)
            proven_identity(login);
        else
            refuse(login, AUTH0DB_REFUSED_OTHER_ACCOUNT);
    } else if (login->create_users) {
        ask(login, AUTH0DB_ASK_CREATE_LOCAL, on_local_created);
        login->question.tenant = &login->tenant;
        login->question.lane = AUTH0DB_LANE_JOIN;
        login->question.tenant_mark = MARK_UNKNOWN;
    } else {
        refuse(login, AUTH0DB_REFUSED_NO_LOCAL_USER);
    }
}

/* We made this tenant user, with a password that the site then accepted, and lost the answer. Never
 * changed there since, it is that very password, and the site, which refuses it, has a newer one
 * (S2). */
static void on_own_read(auth0db_login *login, const auth0db_answer *answer)
{
    if (auth0db_outcome_is_trouble(answer->outcome))
        refuse(login, AUTH0DB_REFUSED_UNAVAILABLE);
    else if (answer->outcome != AUTH0DB_OUTCOME_OK)
        refuse(login, AUTH0DB_REFUSED_BAD_CREDENTIALS);
    else if (login->seen.blocked)
        refuse(login, AUTH0DB_REFUSED_BLOCKED);
    else if (login->seen.last_password_reset[0] == '\0')
        refuse(login, AUTH0DB_REFUSED_BAD_CREDENTIALS);
    else
        link_seen(login, A0_THEN_RENEW);
}

static void on_identity_grant(auth0db_login *login, const auth0db_answer *answer)
{
    if (auth0db_outcome_is_trouble(answer->outcome)) {
        refuse(login, AUTH0DB_REFUSED_UNAVAILABLE);
    } else if (answer->outcome != AUTH0DB_OUTCOME_OK) {
        refuse(login, a0_refusal_for(answer->outcome));
    } else if (login->user.known && login->user.active && is_own(login, &login->tenant)) {
        ask_read(login, login->tenant.user_id, on_own_read);
    } else if (login->user.known) {
        join(login);
    } else {
        ask(login, AUTH0DB_ASK_RESOLVE, on_resolved);
        login->question.tenant = &login->tenant;
    }
}

static void rejected(auth0db_login *login)
{
    if (login->grantable)
        ask_grant(login, on_identity_grant);
    else
        refuse(login, AUTH0DB_REFUSED_BAD_CREDENTIALS);
}

/* --- the first questions -------------------------------------------------------------------- */

static void on_local_verdict(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->users != 1) {
        rejected(login);
        return;
    }
    remember_user(login, &answer->user);
    if (login->out_of_memory)
        refuse(login, AUTH0DB_REFUSED_SITE_ERROR);
    else if (is_linked(
                 login)) /* found by a road of its own (an e-mail backend): the tenant rules */
        linked(login);
    else
        accepted(login);
}

static void on_found(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->users == 1)
        remember_user(login, &answer->user);
    if (login->out_of_memory)
        refuse(login, AUTH0DB_REFUSED_SITE_ERROR);
    else if (is_linked(login))
        linked(login);
    else /* local first: a failed grant per first login would trip suspicious-IP throttling */
        ask(login, AUTH0DB_ASK_CHECK_LOCAL, on_local_verdict);
}

/* --- the machine from outside --------------------------------------------------------------- */

static void start(auth0db_login *login)
{
    ask(login, AUTH0DB_ASK_FIND_USER, on_found);
    login->question.identifier = login->identifier;
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
    auth0db_login *login = a0_alloc(sizeof *login);
    if (login == NULL)
        return a0_error_no_memory(err);
    login->site = keep(login, options->site);
    login->identifier = keep(login, options->identifier);
    login->client_ip = keep(login, options->client_ip);
    login->password = a0_strndup(options->password, options->password_len);
    login->password_len = options->password_len;
    login->deadline_ms = options->deadline_ms != 0 ? options->deadline_ms : DEADLINE_MS;
    login->require_username = options->require_username;
    login->outage_fallback = options->outage_fallback;
    login->create_users = options->create_users;
    login->adopt_existing = options->adopt_existing;
    login->started_ms = a0_mono_ms(&a0_env_system);
    if (login->out_of_memory || login->password == NULL) {
        auth0db_login_free(login);
        return a0_error_no_memory(err);
    }
    login->sendable = auth0db_password_is_sendable(login->password, login->password_len);
    login->grantable = login->password_len > 0 && login->password_len <= GRANT_PASSWORD_MAX &&
                       memchr(login->password, '\0', login->password_len) == NULL &&
                       a0_utf8_valid(login->password, login->password_len);
    start(login);
    *out = login;
    return AUTH0DB_OK;
}

void auth0db_login_free(auth0db_login *login)
{
    if (login == NULL)
        return;
    a0_forget_user(&login->user);
    if (login->password != NULL)
        a0_wipe(login->password, login->password_len);
    a0_free(login->password);
    a0_free(login->site);
    a0_free(login->identifier);
    a0_free(login->client_ip);
    a0_wipe(login, sizeof *login);
    a0_free(login);
}

const auth0db_question *auth0db_login_question(const auth0db_login *login)
{
    return &login->question;
}

/* What the tenant said is kept before the state reads it: a grant proves an identity, the rest
 * shows a user. */
static auth0db_answer taken_in(auth0db_login *login, const auth0db_answer *answer)
{
    auth0db_answer taken = *answer;
    auth0db_ask what = login->question.ask;
    bool of_tenant = what >= AUTH0DB_ASK_GRANT && what <= AUTH0DB_ASK_PUSH;
    if (of_tenant && taken.outcome == AUTH0DB_OUTCOME_OK &&
        (taken.tenant == NULL || taken.tenant->user_id[0] == '\0'))
        taken.outcome = AUTH0DB_OUTCOME_UNAVAILABLE; /* an OK about nobody is no answer */
    if (of_tenant && taken.outcome == AUTH0DB_OUTCOME_OK) {
        auth0db_tenant_user *into = what == AUTH0DB_ASK_GRANT ? &login->tenant : &login->seen;
        if (into != taken.tenant)
            *into = *taken.tenant;
    }
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
    login->next(login, &taken);
    if (!login->out_of_memory)
        return AUTH0DB_OK;
    refuse(login, AUTH0DB_REFUSED_SITE_ERROR);
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
