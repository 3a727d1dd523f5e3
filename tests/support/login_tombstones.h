/* S14 on every path of the login machine; part of test_login_paths.c,
 * which includes this behind its own `path`, `step`, MUST and find_step(). */
#ifndef A0_TEST_LOGIN_TOMBSTONES_H
#define A0_TEST_LOGIN_TOMBSTONES_H

/* S14: who was deleted on the site comes back by nothing that the tenant says. Whoever is joined or
 * made without the site's word was asked about first, and no tombstone bars the identity. */
static void check_tombstones(const path *p)
{
    const step *asked = find_step(p, AUTH0DB_ASK_TOMBSTONE),
               *made = find_step(p, AUTH0DB_ASK_CREATE_LOCAL);
    if (made == NULL)
        made = find_step(p, AUTH0DB_ASK_LINK);
    if (asked != NULL && asked->answer.yes)
        MUST(made == NULL && p->end == AUTH0DB_REFUSE && p->refusal == AUTH0DB_REFUSED_TOMBSTONE,
             "S14 (deleted on the site)");
    MUST(p->end != AUTH0DB_REFUSE || p->refusal != AUTH0DB_REFUSED_TOMBSTONE ||
             (asked != NULL && asked->answer.yes),
         "S14 (refused for a tombstone that nobody has seen)");
    if (made == NULL || p->local_accepted)
        return;
    MUST(asked != NULL && asked < made, "S14 (nobody asked for a tombstone)");
    MUST(strcmp(asked->auth0_id, find_step(p, AUTH0DB_ASK_GRANT)->tenant.user_id) == 0,
         "S14 (the tombstone of another identity)");
}

#endif
