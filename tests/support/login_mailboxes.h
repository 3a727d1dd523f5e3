/* Two mailboxes of a linked user, asked of each path of the path test, which includes this behind
 * its own `path`, `step`, MUST, find_step() and linked_at(). */
#ifndef A0_TEST_LOGIN_MAILBOXES_H
#define A0_TEST_LOGIN_MAILBOXES_H

/* What is written at an end: the address, the word. */
static int notes_at_end(const path *p)
{
    int n = 0;
    while (n < p->n && (p->steps[p->n - 1 - n].ask == AUTH0DB_ASK_REMEMBER ||
                        p->steps[p->n - 1 - n].ask == AUTH0DB_ASK_FOLLOW))
        n++;
    return n;
}

/* The tenant has shown a mailbox that is neither the site's nor the one it is known to have, or one
 * that it was given since both had the same. */
static bool another_mailbox(const auth0db_site_user *user, const char *shown)
{
    const char *known = user->tenant_email != NULL ? user->tenant_email : user->email;
    bool before = user->moved == AUTH0DB_MOVED_TENANT || user->moved == AUTH0DB_MOVED_BOTH;
    return *shown != '\0' && strcasecmp(shown, user->email) != 0 &&
           (before || strcasecmp(shown, known) != 0);
}

/* Two mailboxes: who reads the one that the tenant has no more sets nothing there, and gets in
 * nowhere. And the tenant's new address is written down, or the next login would ask for the old
 * one. */
static void check_mailboxes(const path *p)
{
    const char *shown = NULL;
    const step *said = find_step(p, AUTH0DB_ASK_FOLLOW);
    const auth0db_site_user *user = &p->current;
    const char *id = user->auth0_id != NULL ? user->auth0_id : "";
    const step *link = find_step(p, AUTH0DB_ASK_LINK);
    for (int i = 0; i < p->n; i++) {
        const step *s = &p->steps[i];
        bool of_tenant = s->ask >= AUTH0DB_ASK_GRANT && s->ask <= AUTH0DB_ASK_PUSH;
        if (s->ask == AUTH0DB_ASK_PUSH && linked_at(p, i))
            MUST(!another_mailbox(user, shown != NULL ? shown : ""),
                 "S2 (pushed from the old mailbox)");
        if (of_tenant && s->answer.tenant != NULL && strcmp(s->tenant.user_id, id) == 0 &&
            *id != '\0' &&
            (s->ask != AUTH0DB_ASK_GRANT || find_step(p, AUTH0DB_ASK_READ_TENANT) == NULL ||
             shown == NULL))
            shown = s->tenant.email;
    }
    if (link != NULL)
        return; /* which was made with the address that was shown */
    const char *known = user->tenant_email != NULL ? user->tenant_email
                        : p->known                 ? user->email
                                                   : "";
    bool due = shown != NULL && *shown != '\0' && strcasecmp(shown, known) != 0;
    MUST((said != NULL) == due, "the tenant's new address is recorded");
    MUST(!due || strcmp(said->email, shown) == 0, "the tenant's new address is recorded");
    if (p->refusal == AUTH0DB_REFUSED_OTHER_ADDRESS && p->end == AUTH0DB_REFUSE) {
        const step *not = find_step(p, AUTH0DB_ASK_UNPUSHED);
        MUST(not != NULL && not ->standing == AUTH0DB_STANDING_REPLACED &&
                 strcmp(not ->unpushed, "other-address") == 0,
             "S2 (a password set from the old mailbox opens something later)");
        MUST(p->may_be_told, "S10 (who knows the password is told)");
    }
}

#endif
