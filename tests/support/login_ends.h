/* What holds where a login ends, for the path test, which includes this behind its own `path`,
 * `step`, MUST and gets_in(). */
#ifndef A0_TEST_LOGIN_ENDS_H
#define A0_TEST_LOGIN_ENDS_H

/* S10: the questions that a wrong password causes, as one word a path class. */
static void check_same_work(const path *p)
{
    if (p->end != AUTH0DB_REFUSE || p->refusal != AUTH0DB_REFUSED_BAD_CREDENTIALS)
        return;
    const step *grant = find_step(p, AUTH0DB_ASK_GRANT);
    MUST(grant != NULL || !passwords[p->password_kind].grantable || p->current.keep_local,
         "S10 (refused without asking the tenant)");
    if (grant == NULL || grant->answer.outcome != AUTH0DB_OUTCOME_BAD_CREDENTIALS ||
        p->local_accepted || find_step(p, AUTH0DB_ASK_BEGIN_PUSH) != NULL) /* the site's own */
        return;
    int hashes = 0, grants = 0, other = 0;
    for (int i = 1; i < p->n; i++) {
        hashes +=
            p->steps[i].ask == AUTH0DB_ASK_CHECK_LOCAL || p->steps[i].ask == AUTH0DB_ASK_CHECK_HASH;
        grants += p->steps[i].ask == AUTH0DB_ASK_GRANT;
        other += p->steps[i].ask != AUTH0DB_ASK_CHECK_LOCAL &&
                 p->steps[i].ask != AUTH0DB_ASK_REMEMBER && p->steps[i].ask != AUTH0DB_ASK_FOLLOW &&
                 p->steps[i].ask != AUTH0DB_ASK_CHECK_HASH && p->steps[i].ask != AUTH0DB_ASK_GRANT;
    }
    MUST(hashes == 1 && grants == 1 && other == 0, "S10");
}

/* Where Django would have done it: once the password is known to be right, before the session is
 * made. */
static void check_upgrade(const path *p)
{
    const step *upgrade = find_step(p, AUTH0DB_ASK_UPGRADE_HASH),
               *hash = find_step(p, AUTH0DB_ASK_CHECK_HASH);
    bool outdated = hash != NULL && hash->answer.yes && hash->answer.outdated;
    MUST(upgrade == NULL || (outdated && gets_in(p)),
         "an upgrade (of a hash that is not known to hold the password)");
    MUST(upgrade != NULL || !outdated || p->end == AUTH0DB_REFUSE ||
             find_step(p, AUTH0DB_ASK_RENEW_HASH) != NULL,
         "an upgrade (an outdated hash stays, and the next check of it ends the session)");
}

/* S13: nobody is admitted whom the site itself would refuse for another reason than the password.
 */
static void check_site_rules(const path *p)
{
    const step *local = find_step(p, AUTH0DB_ASK_CHECK_LOCAL),
               *rules = find_step(p, AUTH0DB_ASK_SITE_RULES);
    bool accepted = local != NULL && local->answer.users == 1;
    if (p->end == AUTH0DB_ADMIT)
        MUST(accepted || (rules != NULL && rules->answer.yes), "S13 (the site's own rules)");
    if (rules != NULL)
        MUST(rules + 1 + notes_at_end(p) == &p->steps[p->n],
             "S13 (asked once what is decided cannot change)");
    MUST(p->refusal != AUTH0DB_REFUSED_SITE_RULES || (rules != NULL && !rules->answer.yes),
         "S13 (refused by rules that nobody asked for)");
}

#endif
