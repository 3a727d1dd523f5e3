/* Who stays on the site (break-glass), asked of each path of the path test, which includes this
 * behind its own `path`, `step` and MUST. */
#ifndef A0_TEST_LOGIN_KEPT_H
#define A0_TEST_LOGIN_KEPT_H

/* Without a link the site's yes is all. With one the rules of an outage hold: the last shared
 * password, or one that we saw being set since, and nothing that Auth0 has said against her. */
static bool kept_may_enter(const auth0db_site_user *user)
{
    bool linked = user->auth0_id != NULL && *user->auth0_id != '\0';
    bool good = user->standing == AUTH0DB_STANDING_SAME ||
                (user->standing == AUTH0DB_STANDING_TOLD && user->moved != AUTH0DB_MOVED_TENANT &&
                 user->moved != AUTH0DB_MOVED_BOTH);
    return user->active && (!linked || (good && (user->word == NULL || *user->word == '\0')));
}

/* From the moment that the site tells of such a user the tenant is asked for nothing, and nothing
 * is written that a tenant would have a part in. */
static void check_no_request(const path *p, int from)
{
    for (int i = from; i < p->n; i++) {
        auth0db_ask ask = p->steps[i].ask;
        MUST(ask == AUTH0DB_ASK_CHECK_LOCAL, "break-glass (a question, or a request)");
    }
}

static void check_kept(const path *p)
{
    for (int i = 0; i < p->n; i++) {
        const step *s = &p->steps[i], *local = s->ask == AUTH0DB_ASK_CHECK_LOCAL ? s : s + 1;
        const auth0db_site_user *user = &s->answer.user;
        if (s->answer.users != 1 || !user->keep_local)
            continue;
        if (s->ask == AUTH0DB_ASK_RESOLVE) {
            bool noted = local->ask == AUTH0DB_ASK_FOLLOW; /* which address the tenant has */
            MUST(p->end == AUTH0DB_REFUSE && i + noted == p->n - 1,
                 "break-glass (admitted, or joined, by the tenant's yes)");
            return;
        }
        if (s == local) {
            MUST((p->end == AUTH0DB_ADMIT) == kept_may_enter(user), "break-glass (who gets in)");
            check_no_request(p, i + 1);
            return;
        }
        MUST(local->ask == AUTH0DB_ASK_CHECK_LOCAL, "break-glass (the site decides)");
        MUST(local->answer.users == 1 || p->end == AUTH0DB_REFUSE,
             "break-glass (the site decides)");
        if (local->answer.users != 1 || local->answer.user.keep_local)
            check_no_request(p, i + 1);
    }
}

#endif
