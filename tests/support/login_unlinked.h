/* The decision table of a user who is not linked, or whom only the tenant knows
 * (docs/architecture.md), written once more and asked of each path of the path test, like
 * login_linked.h, which stands before this. */
#ifndef A0_TEST_LOGIN_UNLINKED_H
#define A0_TEST_LOGIN_UNLINKED_H

#define STOPS_AT(why)                                                                              \
    MUST(p->end == AUTH0DB_REFUSE && p->refusal == (why), "the table of who is not linked")
#define GOES_IN(by_fallback_)                                                                      \
    MUST(gets_in(p) && (p->end == AUTH0DB_REFUSE || p->by_fallback == (by_fallback_)),             \
         "the table of who is not linked")
#define THEN_ASKS(s, what) MUST((s)->ask == (what), "the table of who is not linked")

/* The site has decided, and nothing more is asked or written. */
static void check_left_alone(const path *p, const step *s)
{
    GOES_IN(true);
    MUST(s == &p->steps[p->n], "S5 (what nobody has decided is on record)");
}

static void check_held_out(const path *p, const step *s, auth0db_holdout why)
{
    THEN_ASKS(s, AUTH0DB_ASK_HOLDOUT);
    MUST(s->holdout == why, "the table of who is not linked (why)");
    check_left_alone(p, s + 1);
}

/* A link that the site could write; where another user has the tenant user, who was accepted by the
 * site goes on as before. */
static bool was_linked(const path *p, const step *s, const char *id, const char *mark, bool goes_on)
{
    THEN_ASKS(s, AUTH0DB_ASK_LINK);
    bool own = strcmp(id, own_id(p)) == 0 && strcmp(p->current.key, "1") == 0;
    MUST(strcmp(s->auth0_id, id) == 0 && strcmp(s->mark, mark) == 0, "S3 (another identity)");
    MUST(s->lane == (own ? AUTH0DB_LANE_LOGIN : AUTH0DB_LANE_JOIN), "which lane a link came by");
    MUST(*s->email != '\0', "a link without an address");
    if (!s->answer.yes && goes_on && p->local_accepted)
        check_held_out(p, s + 1, AUTH0DB_HOLDOUT_DUPLICATE_EMAIL);
    else if (!s->answer.yes)
        STOPS_AT(AUTH0DB_REFUSED_OTHER_ACCOUNT);
    return s->answer.yes;
}

/* Linked a moment ago, with a password of ours that is older than the site's. The site has accepted
 * the user, so trouble keeps nobody out (S5), and the tenant is not asked a fifth time (S9). */
static void check_first_push(const path *p, const step *begin)
{
    const step *s = begin + 1;
    THEN_ASKS(begin, AUTH0DB_ASK_BEGIN_PUSH);
    if (!begin->answer.yes) {
        THEN_ASKS(s, AUTH0DB_ASK_GRANT);
        if (!a0_meaning_of(outcome_of(s))->decided)
            GOES_IN(true);
        else
            check_second_grant(p, own_id(p), s, AUTH0DB_ADMIT);
        return;
    }
    THEN_ASKS(s, AUTH0DB_ASK_PUSH);
    bool lost = outcome_of(s) == AUTH0DB_OUTCOME_UNAVAILABLE ||
                outcome_of(s) == AUTH0DB_OUTCOME_UNCONFIRMED;
    if (outcome_of(s) == AUTH0DB_OUTCOME_NOT_FOUND)
        STOPS_AT(AUTH0DB_REFUSED_DELETED);
    else if (lost && s[1].answer.tenant != NULL && s[1].tenant.blocked)
        STOPS_AT(AUTH0DB_REFUSED_BLOCKED);
    else
        GOES_IN(outcome_of(s) != AUTH0DB_OUTCOME_OK);
}

/* The tenant user was made from this one, and the answer was lost; a grant was refused. */
static void check_made_by_us(const path *p, const step *read, auth0db_outcome said)
{
    const char *mark = read->tenant.last_password_reset;
    bool ours = said == AUTH0DB_OUTCOME_BAD_CREDENTIALS && !read->tenant.blocked && *mark == '\0';
    if (!was_linked(p, read + 1, own_id(p), mark, ours))
        return;
    if (read->tenant.blocked)
        STOPS_AT(AUTH0DB_REFUSED_BLOCKED);
    else if (!ours)
        STOPS_AT(a0_meaning_of(said)->refusal);
    else
        check_first_push(p, read + 2);
}

/* Not ours: who shares the e-mail is a case of its own. */
static void check_foreign(const path *p, const step *shared, bool name_taken)
{
    THEN_ASKS(shared, AUTH0DB_ASK_EMAIL_SHARED);
    check_held_out(p, shared + 1,
                   shared->answer.yes ? AUTH0DB_HOLDOUT_DUPLICATE_EMAIL
                   : name_taken       ? AUTH0DB_HOLDOUT_USERNAME_TAKEN
                                      : AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT);
}

static void check_adopted(const path *p, const step *shared, const step *read)
{
    const step *push = shared + 1;
    THEN_ASKS(shared, AUTH0DB_ASK_EMAIL_SHARED);
    if (shared->answer.yes) {
        check_held_out(p, push, AUTH0DB_HOLDOUT_DUPLICATE_EMAIL);
        return;
    }
    THEN_ASKS(push, AUTH0DB_ASK_PUSH);
    MUST(strcmp(push->auth0_id, read->tenant.user_id) == 0, "S4 (another account)");
    if (outcome_of(push) == AUTH0DB_OUTCOME_WEAK_PASSWORD) {
        check_held_out(p, push + 1, AUTH0DB_HOLDOUT_WEAK_PASSWORD);
    } else if (outcome_of(push) != AUTH0DB_OUTCOME_OK) {
        check_left_alone(p, push + 1);
    } else if (was_linked(p, push + 1, push->tenant.user_id, push->tenant.last_password_reset,
                          true)) {
        GOES_IN(false);
    }
}

/* The tenant refuses the password that the site accepts. */
static void check_refused(const path *p, const step *grant, bool name_taken)
{
    const step *read = grant + 1;
    THEN_ASKS(read, p->adopt ? AUTH0DB_ASK_BY_EMAIL : AUTH0DB_ASK_READ_TENANT);
    MUST(p->adopt ? strcmp(read->email, p->current.email) == 0
                  : strcmp(read->auth0_id, own_id(p)) == 0,
         "S3 (another identity)");
    bool there = outcome_of(read) == AUTH0DB_OUTCOME_OK;
    if (!a0_meaning_of(outcome_of(read))->decided)
        check_left_alone(p, read + 1);
    else if (there && strcmp(read->tenant.user_id, own_id(p)) == 0 &&
             strcasecmp(read->tenant.email, p->current.email) == 0)
        check_made_by_us(p, read, outcome_of(grant));
    else if (!there || !p->adopt)
        check_foreign(p, read + 1, name_taken);
    else if (read->tenant.blocked) /* S11 */
        check_held_out(p, read + 1, AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT);
    else
        check_adopted(p, read + 1, read);
}

/* The tenant has this id, e-mail or name already. */
static void check_existing(const path *p, const step *grant, bool name_taken)
{
    const step *next = grant + 1;
    THEN_ASKS(grant, AUTH0DB_ASK_GRANT);
    if (!a0_meaning_of(outcome_of(grant))->decided) {
        check_left_alone(p, next);
        return;
    }
    if (outcome_of(grant) != AUTH0DB_OUTCOME_OK) {
        check_refused(p, grant, name_taken);
        return;
    }
    if (strcmp(grant->tenant.user_id, own_id(p)) != 0) {
        THEN_ASKS(next, AUTH0DB_ASK_EMAIL_SHARED);
        if (next->answer.yes) {
            check_held_out(p, next + 1, AUTH0DB_HOLDOUT_DUPLICATE_EMAIL);
            return;
        }
        next++;
    }
    if (was_linked(p, next, grant->tenant.user_id, "?", true))
        GOES_IN(false);
}

static void check_create(const path *p, const step *s)
{
    THEN_ASKS(s, AUTH0DB_ASK_CREATE_TENANT);
    MUST(strcmp(s->identifier, p->require_username ? p->current.username : "") == 0,
         "a user name goes where the connection wants one, and only there");
    switch (outcome_of(s)) {
    case AUTH0DB_OUTCOME_OK:
        if (strcmp(s->tenant.user_id, own_id(p)) != 0)
            check_left_alone(p, s + 1); /* better no link than a wrong one */
        else if (was_linked(p, s + 1, own_id(p), s->tenant.last_password_reset, true))
            GOES_IN(false);
        break;
    case AUTH0DB_OUTCOME_EXISTS:
    case AUTH0DB_OUTCOME_USERNAME_TAKEN:
        check_existing(p, s + 1, outcome_of(s) == AUTH0DB_OUTCOME_USERNAME_TAKEN);
        break;
    case AUTH0DB_OUTCOME_WEAK_PASSWORD:
        check_held_out(p, s + 1, AUTH0DB_HOLDOUT_WEAK_PASSWORD);
        break;
    case AUTH0DB_OUTCOME_INVALID_USER:
        check_held_out(p, s + 1, AUTH0DB_HOLDOUT_INVALID_USER);
        break;
    default:
        check_left_alone(p, s + 1);
    }
}

static void check_accepted(const path *p, const auth0db_site_user *user, const step *s)
{
    if (!user->active)
        STOPS_AT(AUTH0DB_REFUSED_INACTIVE);
    else if (user->holdout_stands)
        check_left_alone(p, s);
    else if (*user->email == '\0')
        check_held_out(p, s, AUTH0DB_HOLDOUT_NO_EMAIL);
    else if (strcmp(user->email, "bob@localhost") == 0)
        check_held_out(p, s, AUTH0DB_HOLDOUT_BAD_EMAIL);
    else if (!passwords[p->password_kind].sendable)
        check_held_out(p, s, AUTH0DB_HOLDOUT_UNSENDABLE_PASSWORD);
    else
        check_create(p, s);
}

/* --- the site refuses ------------------------------------------------------------------------- */

static void check_renewed_join(const path *p, const step *link, const char *id, const char *mark)
{
    if (!was_linked(p, link, id, mark, false))
        return;
    THEN_ASKS(link + 1, AUTH0DB_ASK_RENEW_HASH);
    GOES_IN(false);
}

/* Made from this very user: never changed at the tenant, its password is older than the site's. */
static void check_own_join(const path *p, const step *read, const char *id)
{
    THEN_ASKS(read, AUTH0DB_ASK_READ_TENANT);
    if (!a0_meaning_of(outcome_of(read))->decided)
        check_said_no(p, read);
    else if (outcome_of(read) == AUTH0DB_OUTCOME_OK && read->tenant.blocked)
        STOPS_AT(AUTH0DB_REFUSED_BLOCKED);
    else if (outcome_of(read) != AUTH0DB_OUTCOME_OK || !*read->tenant.last_password_reset)
        STOPS_AT(AUTH0DB_REFUSED_BAD_CREDENTIALS);
    else
        check_renewed_join(p, read + 1, id, read->tenant.last_password_reset);
}

static void check_join(const path *p, const auth0db_site_user *user,
                       const auth0db_tenant_user *tenant, const step *s)
{
    bool same = *tenant->email != '\0' && strcasecmp(tenant->email, user->email) == 0;
    THEN_ASKS(s, AUTH0DB_ASK_TOMBSTONE);
    if (s++->answer.yes) {
        STOPS_AT(AUTH0DB_REFUSED_TOMBSTONE);
    } else if (!user->active) {
        STOPS_AT(AUTH0DB_REFUSED_INACTIVE);
    } else if (!same) {
        STOPS_AT(AUTH0DB_REFUSED_OTHER_ACCOUNT);
    } else if (user->tombstones == 0 && strcmp(tenant->user_id, expected) == 0) {
        check_own_join(p, s, expected);
    } else if (!tenant->email_verified) {
        STOPS_AT(AUTH0DB_REFUSED_UNVERIFIED_EMAIL);
    } else {
        THEN_ASKS(s, AUTH0DB_ASK_EMAIL_SHARED);
        if (s->answer.yes)
            STOPS_AT(AUTH0DB_REFUSED_DUPLICATE_EMAIL);
        else
            check_renewed_join(p, s + 1, tenant->user_id, "?");
    }
}

/* Nobody on the site has the typed name, and the tenant knows the person. */
static void check_resolved(const path *p, const step *resolve, const auth0db_tenant_user *tenant)
{
    const auth0db_site_user *user = &resolve->answer.user;
    THEN_ASKS(resolve, AUTH0DB_ASK_RESOLVE);
    if (resolve->answer.users > 1)
        STOPS_AT(AUTH0DB_REFUSED_DUPLICATE_EMAIL);
    else if (resolve->answer.users == 0 && !p->create_users)
        STOPS_AT(AUTH0DB_REFUSED_NO_LOCAL_USER);
    else if (resolve->answer.users == 0 && !tenant->email_verified)
        STOPS_AT(AUTH0DB_REFUSED_UNVERIFIED_EMAIL);
    else if (resolve->answer.users == 1 && user->keep_local)
        STOPS_AT(AUTH0DB_REFUSED_KEEP_LOCAL);
    else if (resolve->answer.users == 1 && user->auth0_id == NULL)
        check_join(p, user, tenant, resolve + 1);
    else if (resolve->answer.users == 1 && strcmp(user->auth0_id, tenant->user_id) != 0)
        STOPS_AT(AUTH0DB_REFUSED_OTHER_ACCOUNT);
    else if (resolve->answer.users == 1 && !user->active)
        STOPS_AT(AUTH0DB_REFUSED_INACTIVE);
    else if (resolve->answer.users == 1)
        check_right_password(p, user, resolve + 1);
    else
        THEN_ASKS(resolve + 1, AUTH0DB_ASK_TOMBSTONE);
    if (resolve[1].ask == AUTH0DB_ASK_TOMBSTONE && resolve->answer.users == 0) {
        if (resolve[1].answer.yes)
            STOPS_AT(AUTH0DB_REFUSED_TOMBSTONE);
        else
            THEN_ASKS(resolve + 2, AUTH0DB_ASK_CREATE_LOCAL);
    }
}

static void check_created_local(const path *p, const step *s, const char *id)
{
    const auth0db_site_user *user = &s->answer.user;
    MUST(s->lane == AUTH0DB_LANE_JOIN && strcmp(s->mark, "?") == 0, "which lane a link came by");
    if (s->answer.users != 1 || strcmp(user->auth0_id, id) != 0)
        STOPS_AT(AUTH0DB_REFUSED_SITE_ERROR);
    else if (!user->active)
        STOPS_AT(AUTH0DB_REFUSED_INACTIVE);
    else
        GOES_IN(false);
}

static void check_rejected(const path *p, const step *grant)
{
    const step *next = grant + 1;
    if (!passwords[p->password_kind].grantable) {
        STOPS_AT(AUTH0DB_REFUSED_BAD_CREDENTIALS);
        MUST(p->requests == 0, "a password that no tenant can have is sent");
        return;
    }
    THEN_ASKS(grant, AUTH0DB_ASK_GRANT);
    if (outcome_of(grant) != AUTH0DB_OUTCOME_OK) {
        check_said_no(p, grant);
        MUST(next == &p->steps[p->n], "S10");
    } else if (p->found != NULL) {
        check_join(p, p->found, &grant->tenant, next);
    } else {
        check_resolved(p, next, &grant->tenant);
        if (next[2].ask == AUTH0DB_ASK_CREATE_LOCAL)
            check_created_local(p, next + 2, grant->tenant.user_id);
    }
}

static void check_unlinked(const path *p)
{
    const step *local = &p->steps[1];
    bool stays = p->found != NULL && p->found->keep_local;
    if (p->found != NULL && p->found->auth0_id != NULL && !stays)
        return;
    THEN_ASKS(local, AUTH0DB_ASK_CHECK_LOCAL);
    const auth0db_site_user *user = &local->answer.user;
    if (local->answer.users == 1 && user->keep_local)
        return; /* check_kept */
    if (local->answer.users != 1 && stays)
        STOPS_AT(AUTH0DB_REFUSED_BAD_CREDENTIALS);
    else if (local->answer.users != 1)
        check_rejected(p, local + 1);
    else if (user->auth0_id == NULL)
        check_accepted(p, user, local + 1);
    else
        check_linked_user(p, user, local + 1);
}

#endif
