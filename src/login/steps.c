/* What every part of the login machine uses: asking, remembering who it is about, recording. */
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "login/login_int.h"

/* --- asking --------------------------------------------------------------------------------- */

void a0_ask(auth0db_login *login, auth0db_ask what, a0_login_next next)
{
    /* Made anew as a whole: a member that is left from the question before would be taken for a
     * part of this one. */
    login->question = (auth0db_question){
        .ask = what, .user_key = login->user.key, .hashes_tried = login->hashes_tried};
    login->next = next;
}

static void back_at_end(auth0db_login *login)
{
    login->question = login->end;
    login->next = NULL;
}

static void on_remembered(auth0db_login *login, const auth0db_answer *answer)
{
    back_at_end(login);
}

/* Nobody says whether Auth0 looks at whose a leaked password is before it speaks of it. If it does
 * not, anybody who types a well-known one could bar the owner from the next outage. In an outage no
 * other password opens than that of the site's hash, so only of that one it has to be remembered.
 */
static bool anybody_can_cause_it(const auth0db_login *login, const char *word)
{
    return strcmp(word, a0_meaning_of(AUTH0DB_OUTCOME_PASSWORD_LEAKED)->word) == 0 &&
           !login->hash_matched && !login->site_accepted;
}

/* What the tenant has said of a linked user is written where it is not on record yet: in the next
 * outage nobody can be asked (S1). */
static void remember_word(auth0db_login *login)
{
    const char *word = login->word;
    if (word == NULL || login->out_of_memory || !a0_is_linked(login) ||
        strcmp(word, login->user.word) == 0 || anybody_can_cause_it(login, word))
        return;
    login->end = login->question;
    a0_ask(login, AUTH0DB_ASK_REMEMBER, on_remembered);
    login->question.word = word;
}

static void on_followed(auth0db_login *login, const auth0db_answer *answer)
{
    back_at_end(login);
    remember_word(login);
}

/* The machine stands at an end, and writes on the way what it has seen. The address first: the next
 * login of this user is asked for under it. */
void a0_end(auth0db_login *login)
{
    const char *address = login->out_of_memory ? NULL : a0_unknown_address(login);
    if (address == NULL) {
        remember_word(login);
        return;
    }
    login->end = login->question;
    a0_ask(login, AUTH0DB_ASK_FOLLOW, on_followed);
    login->question.email = address;
}

/* A reason that is told to somebody who does not know the password says that the account is there,
 * and what state it is in. */
void a0_refuse(auth0db_login *login, auth0db_refusal why)
{
    auth0db_told told = auth0db_refusal_told(why);
    a0_ask(login, AUTH0DB_REFUSE, NULL);
    login->question.refusal = why;
    login->question.may_be_told =
        told == AUTH0DB_TOLD_ANYBODY || told == AUTH0DB_TOLD_PROVEN ||
        (told == AUTH0DB_TOLD_OWNER && (login->hash_matched || login->local_accepted));
    a0_end(login);
}

static void on_hash_of_refused(auth0db_login *login, const auth0db_answer *answer)
{
    login->hash_matched = answer->yes;
    a0_refuse(login, login->after_hash_refusal);
}

void a0_refuse_for(auth0db_login *login, auth0db_outcome outcome)
{
    /* The answer stands already. The hash is worked out all the same: a refusal that comes sooner
     * would tell a guesser who is blocked (S10), and the owner may be told why. */
    login->after_hash_refusal = a0_meaning_of(outcome)->refusal;
    a0_check_hash(login, on_hash_of_refused);
}

static void enter(auth0db_login *login)
{
    a0_ask(login, AUTH0DB_ADMIT, NULL);
    login->question.by_fallback = login->by_fallback;
    login->question.sync_due = a0_sync_due(login);
    a0_end(login);
}

static void on_site_rules(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->yes)
        enter(login);
    else
        a0_refuse(login, AUTH0DB_REFUSED_SITE_RULES);
}

/* S13: the tenant knows nothing of a suspension that a backend of the site's looks at. Where they
 * have accepted the password in this attempt they have looked at it, and are not asked twice. */
static void ask_site_rules(auth0db_login *login)
{
    if (login->site_accepted)
        enter(login);
    else
        a0_ask(login, AUTH0DB_ASK_SITE_RULES, on_site_rules);
}

static void on_upgraded(auth0db_login *login, const auth0db_answer *answer)
{
    ask_site_rules(login); /* a hash that could not be made anew is tried again at the next login */
}

/* The only door in. S7: whatever was decided on the way, an inactive user stops here.
 * An outdated hash is made anew here, where Django would have done it: sessions are bound to the
 * hash, so a later upgrade (the check of the old password in a change form) would end the session
 * that this login begins. */
void a0_admit(auth0db_login *login, bool by_fallback)
{
    login->by_fallback = by_fallback;
    if (!login->user.known || !login->user.active)
        a0_refuse(login, AUTH0DB_REFUSED_INACTIVE);
    else if (login->hash_outdated)
        a0_ask(login, AUTH0DB_ASK_UPGRADE_HASH, on_upgraded);
    else
        ask_site_rules(login);
}

/* Asked for as the tenant knows the user. Under a name or an address that has changed on the site
 * alone the tenant finds nobody, and a right password looks like a wrong one. Who is not known to
 * the site is asked for as typed. */
void a0_ask_grant(auth0db_login *login, a0_login_next next)
{
    const a0_login_user *user = &login->user;
    const char *name = login->identifier;
    if (user->known && login->asked_name != NULL)
        name = login->asked_name;
    else if (user->known && login->by_username && *user->tenant_username != '\0')
        name = user->tenant_username; /* renamed on the site, and not there yet */
    else if (user->known && login->by_username && *user->username != '\0')
        name = user->username;
    else if (user->known && !login->by_username && *user->tenant_email != '\0')
        name = user->tenant_email;
    else if (user->known && !login->by_username && *user->email != '\0')
        name = user->email;
    a0_ask(login, AUTH0DB_ASK_GRANT, next);
    login->question.identifier = name;
}

void a0_ask_read(auth0db_login *login, const char *auth0_id, a0_login_next next)
{
    a0_ask(login, AUTH0DB_ASK_READ_TENANT, next);
    login->question.auth0_id = auth0_id;
}

void a0_ask_push(auth0db_login *login, const char *auth0_id, a0_login_next next)
{
    a0_ask(login, AUTH0DB_ASK_PUSH, next);
    login->question.auth0_id = auth0_id;
}

void a0_ask_email_shared(auth0db_login *login, a0_login_next next)
{
    a0_ask(login, AUTH0DB_ASK_EMAIL_SHARED, next);
    login->question.email = login->user.email;
}

/* --- remembering ---------------------------------------------------------------------------- */

char *a0_login_keep(auth0db_login *login, const char *text)
{
    char *copy = a0_strdup(text != NULL ? text : "");
    login->out_of_memory |= copy == NULL;
    return copy;
}

void a0_remember_user(auth0db_login *login, const auth0db_site_user *told)
{
    /* What was answered of the hash was about the user before, and must not speak for this one. */
    a0_forget_user(&login->user);
    login->verdict = (a0_hash_verdict){0};
    login->hash_outdated = false;
    login->user = (a0_login_user){
        .known = true,
        .key = a0_login_keep(login, told->key),
        .email = a0_login_keep(login, told->email),
        .username = a0_login_keep(login, told->username),
        .given_name = a0_login_keep(login, told->given_name),
        .family_name = a0_login_keep(login, told->family_name),
        .auth0_id = a0_login_keep(login, told->auth0_id),
        .tenant_email = a0_login_keep(login, told->tenant_email),
        .tenant_mark = a0_login_keep(login, told->tenant_mark),
        .word = a0_login_keep(login, told->word),
        .tenant_username = a0_login_keep(login, told->tenant_username),
        .unsynced = a0_login_keep(login, told->unsynced),
        .in_doubt = told->in_doubt,
        .blocked_by_site = told->blocked_by_site,
        .email_verified = told->email_verified,
        .active = told->active,
        .standing = told->standing,
        .moved = told->moved,
        .shared_known = told->shared_known,
        .told_waits = told->told_waits,
        .holdout_stands = told->holdout_stands,
        .keep_local = told->keep_local,
        .tombstones = told->tombstones,
    };
    if (!login->out_of_memory && login->site != NULL) /* a push is of somebody linked */
        auth0db_numbered_id(login->site, login->user.key, login->user.tombstones,
                            login->user.expected_id);
}

bool a0_remember_row(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->users != 1)
        return false;
    a0_remember_user(login, &answer->user);
    return !login->out_of_memory && a0_is_linked(login);
}

bool a0_is_linked(const auth0db_login *login)
{
    const char *auth0_id = login->user.auth0_id; /* NULL where memory has run out */
    return login->user.known && auth0_id != NULL && *auth0_id != '\0';
}

bool a0_stays_local(const auth0db_login *login)
{
    return login->user.known && login->user.keep_local;
}

bool a0_is_expected(const auth0db_login *login, const char *auth0_id)
{
    return *auth0_id != '\0' && strcmp(auth0_id, login->user.expected_id) == 0;
}

/* Join rule (a): made from this very user, and not from somebody who had this primary key before
 * (names as keys, counters that start over). The e-mail tells them apart. */
bool a0_is_own(const auth0db_login *login, const auth0db_tenant_user *tenant)
{
    return a0_is_expected(login, tenant->user_id) && *login->user.email != '\0' &&
           a0_ascii_equal_ignoring_case(tenant->email, login->user.email);
}

/* --- recording ------------------------------------------------------------------------------ */

static void on_held_out(auth0db_login *login, const auth0db_answer *answer)
{
    a0_admit(login, true);
}

/* The site's own backends have accepted the user, so a holdout is admitted: the site goes on as it
 * was. */
void a0_hold_out(auth0db_login *login, auth0db_holdout why)
{
    a0_ask(login, AUTH0DB_ASK_HOLDOUT, on_held_out);
    login->question.holdout = why;
}

static void on_renewed(auth0db_login *login, const auth0db_answer *answer)
{
    a0_admit(login, false); /* a row that could not be renewed is renewed at the next login */
}

void a0_renew_hash(auth0db_login *login, const char *tenant_mark)
{
    login->hash_outdated = false; /* made anew anyway */
    a0_ask(login, AUTH0DB_ASK_RENEW_HASH, on_renewed);
    login->question.tenant_mark = tenant_mark;
}

void a0_mark_in_step(auth0db_login *login, const char *tenant_mark, bool reencoded)
{
    a0_ask(login, AUTH0DB_ASK_MARK_IN_STEP, on_renewed);
    login->question.tenant_mark = tenant_mark;
    login->question.reencoded = reencoded;
}

static void on_linked(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->yes) {
        a0_free(login->user.auth0_id);
        login->user.auth0_id = a0_login_keep(login, login->question.auth0_id);
        a0_free(login->user.tenant_email);
        login->user.tenant_email = a0_login_keep(login, login->question.email);
    }
    /* Where the site has accepted the password, and the link was not to end in a refusal, the site
     * goes on as before. In all other cases the tenant's identity was the only proof, and it is
     * somebody else's. */
    if (!answer->yes) { /* S6: that tenant user is another user's */
        bool kept = login->after_link == A0_THEN_ADMIT || login->after_link == A0_THEN_PUSH;
        if (login->local_accepted && kept)
            a0_hold_out(login, AUTH0DB_HOLDOUT_DUPLICATE_EMAIL);
        else
            a0_refuse(login, AUTH0DB_REFUSED_OTHER_ACCOUNT);
    } else if (login->after_link == A0_THEN_REFUSE) {
        a0_refuse(login, login->after_link_refusal);
    } else if (login->after_link == A0_THEN_PUSH) {
        a0_login_push(login);
    } else if (login->after_link == A0_THEN_RENEW) {
        a0_renew_hash(login, NULL);
    } else {
        a0_admit(login, false);
    }
}

/* What the hash as it was told is to the new link. Where the tenant's password is another one and
 * rules, the hash is of a replaced password from the start: should the machine die before it is
 * renewed, it admits nobody and is pushed to nobody (S2). Only where it is known to be the newer
 * one does the link start without an opinion. */
static auth0db_standing standing_after(a0_after_link then)
{
    switch (then) {
    case A0_THEN_ADMIT:
        return AUTH0DB_STANDING_SAME;
    case A0_THEN_PUSH:
        return AUTH0DB_STANDING_OTHER;
    default:
        return AUTH0DB_STANDING_REPLACED;
    }
}

static void record_link(auth0db_login *login, const auth0db_tenant_user *tenant, const char *mark,
                        a0_after_link then)
{
    login->after_link = then;
    a0_ask(login, AUTH0DB_ASK_LINK, on_linked);
    login->question.auth0_id = tenant->user_id;
    login->question.email = tenant->email[0] != '\0' ? tenant->email : login->user.email;
    /* An expected id can only have been chosen by us; who has another one was there before. */
    login->question.lane =
        a0_is_expected(login, tenant->user_id) ? AUTH0DB_LANE_LOGIN : AUTH0DB_LANE_JOIN;
    login->question.standing = standing_after(then);
    login->question.tenant_mark = mark;
}

/* The tenant user was read or written just now, so its mark is known. */
void a0_link_seen(auth0db_login *login, a0_after_link then)
{
    record_link(login, &login->seen, login->seen.last_password_reset, then);
}

/* Only a grant has shown the tenant user, and a grant has no mark: the next login reads it. */
void a0_link_proven(auth0db_login *login, a0_after_link then)
{
    record_link(login, &login->tenant, A0_MARK_UNKNOWN, then);
}

void a0_link_and_refuse(auth0db_login *login, auth0db_refusal why)
{
    login->after_link_refusal = why;
    a0_link_seen(login, A0_THEN_REFUSE);
}

void a0_forget_user(a0_login_user *user)
{
    char *const owned[] = {
        user->key,         user->email,           user->username,     user->given_name,
        user->family_name, user->auth0_id,        user->tenant_email, user->tenant_mark,
        user->word,        user->tenant_username, user->unsynced};
    for (size_t i = 0; i < A0_COUNT(owned); i++)
        a0_free(owned[i]);
    *user = (a0_login_user){0};
}
