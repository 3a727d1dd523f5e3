/* The decision table of a linked user (docs/architecture.md), written once more and asked of each
 * path of the path test, which includes this behind its own `path`, `step`, MUST and gets_in(). */
#ifndef A0_TEST_LOGIN_LINKED_H
#define A0_TEST_LOGIN_LINKED_H

static auth0db_outcome outcome_of(const step *s)
{
    bool nobody = s->answer.outcome == AUTH0DB_OUTCOME_OK && s->answer.tenant == NULL;
    return nobody ? AUTH0DB_OUTCOME_UNCONFIRMED : s->answer.outcome;
}

#define ENDS_IN(why)                                                                               \
    MUST(p->end == AUTH0DB_REFUSE && p->refusal == (why), "the table of linked users")
#define LETS_IN() MUST(gets_in(p), "the table of linked users")
#define ASKS(s, what) MUST((s)->ask == (what), "the table of linked users")

static void check_said_no(const path *p, const step *s)
{
    ENDS_IN(a0_meaning_of(outcome_of(s))->refusal);
}

static void check_second_grant(const path *p, const char *id, const step *s, auth0db_ask then)
{
    ASKS(s, AUTH0DB_ASK_GRANT);
    if (outcome_of(s) != AUTH0DB_OUTCOME_OK) {
        check_said_no(p, s);
    } else if (strcmp(s->tenant.user_id, id) != 0) {
        ENDS_IN(AUTH0DB_REFUSED_OTHER_ACCOUNT);
    } else {
        LETS_IN();
        if (then != AUTH0DB_ADMIT)
            ASKS(s + 1, then);
    }
}

/* The tenant cannot be given the password: a look has to do, which shows who is blocked or gone. */
static void check_look(const path *p, const auth0db_site_user *user)
{
    const char *word = user->word != NULL ? user->word : "";
    if (*word == '\0' || strcmp(word, "blocked") == 0 || strcmp(word, "gone") == 0)
        LETS_IN();
    else
        ENDS_IN(a0_meaning_of_word(word)->refusal);
}

static void check_pushed(const path *p, const auth0db_site_user *user, const step *begin)
{
    const step *s = begin + 1, *again = s + 1;
    ASKS(begin, AUTH0DB_ASK_BEGIN_PUSH);
    if (!begin->answer.yes) {
        check_second_grant(p, user->auth0_id, s, AUTH0DB_ADMIT);
        return;
    }
    ASKS(s, AUTH0DB_ASK_PUSH);
    bool lost = outcome_of(s) == AUTH0DB_OUTCOME_UNAVAILABLE ||
                outcome_of(s) == AUTH0DB_OUTCOME_UNCONFIRMED;
    if (outcome_of(s) == AUTH0DB_OUTCOME_OK) { /* recorded, and asked once more */
        ASKS(again, AUTH0DB_ASK_MARK_IN_STEP);
        check_second_grant(p, user->auth0_id, again + 1, AUTH0DB_ADMIT);
    } else if (outcome_of(s) == AUTH0DB_OUTCOME_WEAK_PASSWORD ||
               outcome_of(s) == AUTH0DB_OUTCOME_HELD) { /* a copy refuses nobody */
        check_look(p, user);
    } else if (outcome_of(s) == AUTH0DB_OUTCOME_NOT_FOUND) {
        ENDS_IN(AUTH0DB_REFUSED_DELETED);
    } else if (lost && again->answer.tenant != NULL && again->tenant.blocked) {
        ENDS_IN(AUTH0DB_REFUSED_BLOCKED);
    } else {
        check_said_no(p, s);
    }
}

static void check_wrong_password(const path *p, const auth0db_site_user *user, const step *hash)
{
    const step *read = hash + 1;
    ASKS(hash, AUTH0DB_ASK_CHECK_HASH);
    if (!hash->answer.yes || never_newer(user)) {
        ENDS_IN(AUTH0DB_REFUSED_BAD_CREDENTIALS);
        return;
    }
    ASKS(read, AUTH0DB_ASK_READ_TENANT);
    if (!a0_meaning_of(outcome_of(read))->decided)
        check_said_no(p, read);
    else if (outcome_of(read) != AUTH0DB_OUTCOME_OK)
        ENDS_IN(AUTH0DB_REFUSED_DELETED);
    else if (read->tenant.blocked)
        ENDS_IN(AUTH0DB_REFUSED_BLOCKED);
    else if (!user->active)
        ENDS_IN(AUTH0DB_REFUSED_INACTIVE);
    else if (another_mailbox(user, read->tenant.email))
        ENDS_IN(AUTH0DB_REFUSED_OTHER_ADDRESS);
    else if (!covered(read->tenant.last_password_reset, user->tenant_mark))
        ENDS_IN(AUTH0DB_REFUSED_BOTH_CHANGED);
    else if (!passwords[p->password_kind].sendable)
        check_look(p, user);
    else
        check_pushed(p, user, read + 1);
}

static void check_differing(const path *p, const auth0db_site_user *user, const step *read,
                            bool by_digest, bool rules)
{
    const char *mark = user->tenant_mark;
    if (rules && (outcome_of(read) == AUTH0DB_OUTCOME_OK || by_digest)) {
        ASKS(read + 1, AUTH0DB_ASK_RENEW_HASH);
        LETS_IN();
    } else if (outcome_of(read) != AUTH0DB_OUTCOME_OK) {
        check_said_no(p, read);
    } else if (covered(read->tenant.last_password_reset, mark)) {
        ENDS_IN(AUTH0DB_REFUSED_BAD_CREDENTIALS);
    } else if (strcmp(mark, "?") == 0) {
        ENDS_IN(AUTH0DB_REFUSED_BOTH_CHANGED);
    } else {
        check_second_grant(p, user->auth0_id, read + 1, AUTH0DB_ASK_RENEW_HASH);
    }
}

static void check_right_password(const path *p, const auth0db_site_user *user, const step *hash)
{
    const step *read = hash + 1;
    bool agree = hash->answer.yes && user->standing != AUTH0DB_STANDING_REPLACED;
    bool dated = *user->tenant_mark != '?' && *user->tenant_mark != '~';
    bool new_link =
        user->standing == AUTH0DB_STANDING_OTHER && !user->shared_known && !user->told_waits;
    bool by_digest = hash->answer.no_password || user->standing == AUTH0DB_STANDING_REPLACED;
    bool rules = (by_digest || user->standing == AUTH0DB_STANDING_SAME) && !user->told_waits;
    ASKS(hash, AUTH0DB_ASK_CHECK_HASH);
    if (agree && dated && user->standing == AUTH0DB_STANDING_SAME) {
        LETS_IN();
        MUST(p->requests == 1, "S9");
    } else if (agree && dated && new_link) {
        LETS_IN();
        ASKS(read, AUTH0DB_ASK_MARK_IN_STEP);
        MUST(p->requests == 1, "S9 (the first login after an import)");
    } else {
        ASKS(read, AUTH0DB_ASK_READ_TENANT);
        if (outcome_of(read) == AUTH0DB_OUTCOME_NOT_FOUND)
            ENDS_IN(AUTH0DB_REFUSED_DELETED);
        else if (outcome_of(read) == AUTH0DB_OUTCOME_OK && read->tenant.blocked)
            ENDS_IN(AUTH0DB_REFUSED_BLOCKED);
        else if (!agree)
            check_differing(p, user, read, by_digest, rules);
        else
            LETS_IN();
        if (agree && outcome_of(read) == AUTH0DB_OUTCOME_OK && !read->tenant.blocked)
            ASKS(read + 1, AUTH0DB_ASK_MARK_IN_STEP);
    }
}

static void check_linked_user(const path *p, const auth0db_site_user *user, const step *grant)
{
    if (!passwords[p->password_kind].grantable) {
        check_wrong_password(p, user, grant);
        return;
    }
    ASKS(grant, AUTH0DB_ASK_GRANT);
    if (outcome_of(grant) == AUTH0DB_OUTCOME_BAD_CREDENTIALS) {
        check_wrong_password(p, user, grant + 1);
    } else if (a0_meaning_of(outcome_of(grant))->falls_back && grant[1].answer.users == 1 &&
               strcmp(grant[1].answer.user.key, user->key) == 0 && user->active) {
        LETS_IN();
    } else if (outcome_of(grant) != AUTH0DB_OUTCOME_OK) {
        if (user->active || !a0_meaning_of(outcome_of(grant))->falls_back)
            check_said_no(p, grant);
    } else if (strcmp(grant->tenant.user_id, user->auth0_id) != 0) {
        ENDS_IN(AUTH0DB_REFUSED_OTHER_ACCOUNT);
    } else if (!user->active) {
        ENDS_IN(AUTH0DB_REFUSED_INACTIVE);
        MUST(p->requests == 1, "S9");
    } else {
        check_right_password(p, user, grant + 1);
    }
}

static void check_linked(const path *p)
{
    if (p->found != NULL && p->found->auth0_id != NULL && !p->found->keep_local)
        check_linked_user(p, p->found, &p->steps[1]);
}

#endif
