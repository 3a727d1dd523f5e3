/* The sync machine: the site's e-mail, user name, verification and active flag of one user on their
 * way to the tenant. Recorded before anything is sent, and again when it has ended, like a push. It
 * asks and is told; what it may do is decided here alone. */
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "login/login_int.h"

/* --- what is due --------------------------------------------------------------------------- */

/* S11: a tenant user that was not made from this very user is somebody's own. And who is decided on
 * the site is not Auth0's business. */
static bool may_change(const auth0db_login *login)
{
    return a0_is_linked(login) && a0_is_expected(login, login->user.auth0_id) &&
           !login->user.keep_local;
}

/* The tenant has refused it, and only a change on the site, or an operator, makes it worth another
 * request. A login that asked again each time would cost a request each time, for the same answer.
 */
static bool is_conflict(const auth0db_login *login)
{
    static const auth0db_outcome lasting[] = {
        AUTH0DB_OUTCOME_EXISTS, AUTH0DB_OUTCOME_USERNAME_TAKEN, AUTH0DB_OUTCOME_INVALID_USER};
    for (size_t i = 0; i < A0_COUNT(lasting); i++) {
        if (strcmp(login->user.unsynced, a0_meaning_of(lasting[i])->unpushed) == 0)
            return !login->sync.retries;
    }
    bool ours =
        strcmp(login->user.unsynced, A0_UNPUSHED_OTHER_ADDRESS) == 0 ||
        strcmp(login->user.unsynced, auth0db_holdout_name(AUTH0DB_HOLDOUT_DUPLICATE_EMAIL)) == 0;
    return ours && !login->sync.retries;
}

static bool address_due(const auth0db_login *login)
{
    return login->sync.address && login->user.moved == AUTH0DB_MOVED_SITE &&
           auth0db_email_is_sendable(login->user.email);
}

static bool name_due(const auth0db_login *login)
{
    const a0_login_user *user = &login->user;
    return login->sync.address && login->require_username && *user->username != '\0' &&
           *user->tenant_username != '\0' &&
           !a0_ascii_equal_ignoring_case(user->tenant_username, user->username);
}

static bool verification_due(const auth0db_login *login)
{
    return login->sync.address && login->user.email_verified &&
           login->user.moved == AUTH0DB_MOVED_NEITHER;
}

static bool flag_due(const auth0db_login *login)
{
    return login->sync.active && login->user.active == login->user.blocked_by_site;
}

static bool tenant_has_moved_before(const auth0db_login *login)
{
    return login->sync.address &&
           (login->user.moved == AUTH0DB_MOVED_TENANT || login->user.moved == AUTH0DB_MOVED_BOTH);
}

/* A block that nobody here has on record may be ours all the same: of an import of inactive users,
 * or of a site whose database was restored. Only where somebody asks. */
static bool block_in_doubt(const auth0db_login *login)
{
    return login->sync.active && login->sync.retries && login->user.active &&
           !login->user.blocked_by_site &&
           strcmp(login->user.word, a0_meaning_of(AUTH0DB_OUTCOME_BLOCKED)->word) == 0;
}

/* What was corrected at the tenant, or taken back on the site, is in step again, and nobody has
 * told us: a login would go on asking for an address that nobody has. Only where somebody asks:
 * it costs a request. */
static bool look_due(const auth0db_login *login)
{
    return login->sync.retries && may_change(login) &&
           (tenant_has_moved_before(login) || *login->user.unsynced != '\0' ||
            block_in_doubt(login));
}

/* Whether the address is verified at the tenant is found out where somebody asks for it. */
bool a0_sync_due(const auth0db_login *login)
{
    if (!may_change(login))
        return false;
    bool identity = address_due(login) || name_due(login) || login->user.in_doubt;
    return (identity && !is_conflict(login)) || flag_due(login);
}

/* --- the changes, one a request: Auth0 takes no e-mail and user name together ---------------- */

static void next_change(auth0db_login *login);

static void ended(auth0db_login *login, const auth0db_answer *answer)
{
    const char *unsynced = login->sync.unsynced;
    a0_ask(login, AUTH0DB_SYNC_ENDED, NULL);
    login->question.unsynced = unsynced;
}

/* Only what was read is told: the link would else take a guess for what the tenant has. */
static void end(auth0db_login *login)
{
    bool seen = login->sync.seen;
    a0_ask(login, AUTH0DB_ASK_END_SYNC, ended);
    login->question.email = seen && *login->seen.email != '\0' ? login->seen.email : NULL;
    login->question.identifier =
        seen && *login->seen.username != '\0' ? login->seen.username : NULL;
    login->question.blocked = login->sync.blocked;
    login->question.unclear = login->sync.unclear;
    login->question.unsynced = login->sync.unsynced != NULL ? login->sync.unsynced : "";
}

/* The first reason stays: the link has room for one, and what failed first may have caused the
 * rest. */
static void note(auth0db_login *login, const char *why)
{
    if (login->sync.unsynced == NULL)
        login->sync.unsynced = why;
}

/* Only a block that is on record as ours is lifted later (S11). */
static void arrived(auth0db_login *login)
{
    auth0db_change_kind kind = login->change.kind;
    if (kind == AUTH0DB_CHANGE_BLOCK || kind == AUTH0DB_CHANGE_UNBLOCK)
        login->sync.blocked = kind == AUTH0DB_CHANGE_BLOCK ? AUTH0DB_YES : AUTH0DB_NO;
    next_change(login);
}

static bool has_arrived(const auth0db_login *login)
{
    const auth0db_change *sent = &login->change;
    switch (sent->kind) {
    case AUTH0DB_CHANGE_EMAIL:
        return a0_ascii_equal_ignoring_case(login->seen.email, sent->text);
    case AUTH0DB_CHANGE_USERNAME:
        return a0_ascii_equal_ignoring_case(login->seen.username, sent->text);
    case AUTH0DB_CHANGE_VERIFIED:
        return login->seen.email_verified;
    /* By our mark: somebody else's block of the same moment would be taken for ours, and lifted
     * (S11). */
    case AUTH0DB_CHANGE_BLOCK:
        return login->seen.blocked_by_us;
    default:
        return !login->seen.blocked;
    }
}

/* After a lost answer. What nobody can see is in doubt: the next login looks before it asks. */
static void on_looked_again(auth0db_login *login, const auth0db_answer *answer)
{
    login->sync.seen = answer->outcome == AUTH0DB_OUTCOME_OK;
    login->sync.unclear = !login->sync.seen;
    if (login->sync.seen && has_arrived(login)) {
        arrived(login);
        return;
    }
    note(login, a0_meaning_of(AUTH0DB_OUTCOME_UNAVAILABLE)->unpushed);
    end(login);
}

static void on_changed(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->outcome == AUTH0DB_OUTCOME_OK) {
        arrived(login);
        return;
    }
    if (answer->outcome == AUTH0DB_OUTCOME_UNAVAILABLE ||
        answer->outcome == AUTH0DB_OUTCOME_UNCONFIRMED) {
        a0_ask_read(login, login->user.auth0_id, on_looked_again);
        return;
    }
    note(login, a0_meaning_of(answer->outcome)->unpushed);
    /* Trouble concerns the next request as well, which would only use up the deadline. A refusal is
     * about this one thing, and the rest is still sent. */
    if (auth0db_outcome_is_trouble(answer->outcome))
        end(login);
    else
        next_change(login);
}

static void change(auth0db_login *login, auth0db_change_kind kind, const char *text)
{
    login->change =
        (auth0db_change){.kind = kind, .text = text, .email_verified = login->user.email_verified};
    a0_ask(login, AUTH0DB_ASK_CHANGE, on_changed);
    login->question.auth0_id = login->user.auth0_id;
    login->question.change = &login->change;
}

/* True: asked. */
static bool send_address(auth0db_login *login)
{
    if (!address_due(login) || is_conflict(login) ||
        a0_ascii_equal_ignoring_case(login->seen.email, login->user.email))
        return false;
    if (a0_tenant_has_moved(login)) { /* both have: nobody can tell which mailbox is hers */
        note(login, A0_UNPUSHED_OTHER_ADDRESS);
        return false;
    }
    if (login->sync.shared) {
        note(login, auth0db_holdout_name(AUTH0DB_HOLDOUT_DUPLICATE_EMAIL));
        return false;
    }
    change(login, AUTH0DB_CHANGE_EMAIL, login->user.email);
    return true;
}

static bool send_name(auth0db_login *login)
{
    if (!name_due(login) || is_conflict(login) ||
        a0_ascii_equal_ignoring_case(login->seen.username, login->user.username))
        return false;
    change(login, AUTH0DB_CHANGE_USERNAME, login->user.username);
    return true;
}

/* S11: of the very address that the site has verified. */
static bool send_verification(auth0db_login *login)
{
    if (!verification_due(login) || login->seen.email_verified ||
        !a0_ascii_equal_ignoring_case(login->seen.email, login->user.email))
        return false;
    change(login, AUTH0DB_CHANGE_VERIFIED, NULL);
    return true;
}

/* S11: a block without our mark is somebody else's, and is neither lifted nor made ours. */
static bool send_flag(auth0db_login *login)
{
    if (!flag_due(login) && !block_in_doubt(login))
        return false;
    if (!login->user.active && !login->seen.blocked)
        change(login, AUTH0DB_CHANGE_BLOCK, NULL);
    else if (login->user.active && login->seen.blocked && login->seen.blocked_by_us)
        change(login, AUTH0DB_CHANGE_UNBLOCK, NULL);
    else {
        login->sync.blocked = login->user.active ? AUTH0DB_NO : AUTH0DB_UNKNOWN;
        return false;
    }
    return true;
}

static void next_change(auth0db_login *login)
{
    static bool (*const sends[])(auth0db_login *) = {send_address, send_name, send_verification,
                                                     send_flag};
    while (login->sync.at < A0_COUNT(sends)) {
        if (sends[login->sync.at++](login))
            return;
    }
    end(login);
}

/* --- the steps ------------------------------------------------------------------------------- */

/* S3: an address that several users of the site have is nobody's in particular. */
static void on_shared(auth0db_login *login, const auth0db_answer *answer)
{
    login->sync.shared = answer->yes;
    next_change(login);
}

/* Nothing is changed unread: a block, or an address that has moved at the tenant, is seen here
 * alone. */
static void on_read(auth0db_login *login, const auth0db_answer *answer)
{
    login->sync.seen = answer->outcome == AUTH0DB_OUTCOME_OK;
    if (login->sync.seen && tenant_has_moved_before(login) &&
        !a0_ascii_equal_ignoring_case(login->seen.email, login->user.email))
        note(login, A0_UNPUSHED_OTHER_ADDRESS);
    if (login->sync.seen && address_due(login)) {
        a0_ask_email_shared(login, on_shared);
    } else if (login->sync.seen) {
        next_change(login);
    } else {
        login->sync.unclear = login->user.in_doubt; /* as it was */
        note(login, a0_meaning_of(answer->outcome)->unpushed);
        end(login);
    }
}

/* Two syncs of one user at once could arrive in either order, and the older name could stay. */
static void on_begun(auth0db_login *login, const auth0db_answer *answer)
{
    if (answer->yes) {
        a0_ask_read(login, login->user.auth0_id, on_read);
        return;
    }
    note(login,
         a0_meaning_of(AUTH0DB_OUTCOME_THROTTLED)->unpushed); /* another one's is under way */
    ended(login, NULL);
}

static void on_row(auth0db_login *login, const auth0db_answer *answer)
{
    bool known = a0_remember_row(login, answer);
    if (known && (a0_sync_due(login) || look_due(login) ||
                  (login->sync.verifies && may_change(login) && verification_due(login))))
        a0_ask(login, AUTH0DB_ASK_BEGIN_SYNC, on_begun);
    else
        ended(login, NULL);
}

int auth0db_sync_new(auth0db_login **out, const auth0db_sync_options *options, auth0db_error *err)
{
    *out = NULL;
    if (options->user_key == NULL || *options->user_key == '\0' || options->site == NULL ||
        *options->site == '\0')
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "sync", "user_key or site is missing");
    auth0db_login *login = a0_login_alloc("", 0, options->deadline_ms);
    if (login == NULL)
        return a0_error_no_memory(err);
    login->site = a0_login_keep(login, options->site);
    login->require_username = options->require_username;
    login->sync.address = options->address;
    login->sync.active = options->active;
    login->sync.verifies = options->verifies;
    login->sync.retries = options->retries;
    a0_remember_user(login, &(auth0db_site_user){.key = options->user_key});
    if (login->out_of_memory) {
        auth0db_login_free(login);
        return a0_error_no_memory(err);
    }
    a0_ask(login, AUTH0DB_ASK_OWN_ROW, on_row);
    *out = login;
    return AUTH0DB_OK;
}
