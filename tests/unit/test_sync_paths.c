/* Every path of the sync machine, and what must hold on each. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "auth0db/login.h"
#include "base/error.h"
#include "link/outcomes.h"
#include "odometer.h"
#include "unit.h"

enum { STEPS_MAX = 16 };

#define SITE "test-site"
#define BOB "bob@example.org"
#define OLD "old@example.org"
#define OTHER "other@example.org"
#define OTHER_ID "auth0|ffffffffffffffffffffffff"

static char expected[AUTH0DB_ID_SIZE];

#define USER_OF(id_, email_, active_, ...)                                                         \
    {                                                                                              \
        .key = "1", .email = email_, .username = "bob", .auth0_id = id_, .active = active_,        \
        __VA_ARGS__                                                                                \
    }
#define USER(...) USER_OF(expected, BOB, true, __VA_ARGS__)

static const auth0db_site_user users[] = {
    USER_OF("", BOB, true, ),
    USER_OF(expected, BOB, true, .tenant_email = BOB),
    USER_OF(expected, BOB, true, .tenant_email = BOB, .email_verified = true),
    USER_OF(expected, BOB, true, .tenant_email = OLD, .moved = AUTH0DB_MOVED_SITE),
    USER_OF(expected, BOB, true, .tenant_email = OLD, .moved = AUTH0DB_MOVED_SITE,
            .email_verified = true),
    USER_OF(expected, "no address", true, .tenant_email = OLD, .moved = AUTH0DB_MOVED_SITE),
    USER_OF(expected, BOB, true, .tenant_email = OLD, .moved = AUTH0DB_MOVED_SITE,
            .unsynced = "exists"),
    USER_OF(OTHER_ID, BOB, true, .tenant_email = OLD, .moved = AUTH0DB_MOVED_SITE),
    USER_OF(expected, BOB, true, .tenant_email = OLD, .moved = AUTH0DB_MOVED_TENANT),
    USER_OF(expected, BOB, true, .tenant_email = OLD, .moved = AUTH0DB_MOVED_BOTH),
    USER_OF(OTHER_ID, BOB, true, .tenant_email = OLD, .moved = AUTH0DB_MOVED_BOTH,
            .tenant_username = "robert"),
    USER_OF(expected, BOB, true, .tenant_email = OLD, .moved = AUTH0DB_MOVED_SITE,
            .tenant_username = "robert"),
    USER_OF(expected, BOB, true, .tenant_email = BOB, .tenant_username = "robert"),
    USER_OF(expected, BOB, true, .tenant_email = BOB, .unsynced = "exists"),
    USER_OF(expected, BOB, true, .tenant_email = BOB, .in_doubt = true),
    USER_OF(expected, BOB, false, .tenant_email = BOB),
    USER_OF(expected, BOB, false, .tenant_email = BOB, .blocked_by_site = true),
    USER_OF(expected, BOB, true, .tenant_email = BOB, .blocked_by_site = true),
    USER_OF(OTHER_ID, BOB, true, .tenant_email = BOB, .blocked_by_site = true),
    USER_OF(expected, BOB, true, .tenant_email = BOB, .word = "blocked"),
    USER_OF(OTHER_ID, BOB, true, .tenant_email = BOB, .word = "blocked"),
    USER_OF(expected, BOB, true, .tenant_email = OLD, .moved = AUTH0DB_MOVED_SITE,
            .keep_local = true),
};

typedef struct step {
    auth0db_ask ask;
    char auth0_id[64], email[32], name[32], unsynced[32]; /* "!": none was given */
    auth0db_change change;
    char text[32];
    auth0db_fact blocked;
    bool unclear;
    auth0db_answer answer;
    auth0db_tenant_user tenant;
} step;

typedef struct path {
    bool address, active, username, verifies, retries;
    const auth0db_site_user *user;
    step steps[STEPS_MAX];
    int n;
    char end[32]; /* "!": none */
} path;

static void keep(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text != NULL ? text : "!");
}

/* As the tenant has the user before anything is sent, or after what was sent. */
static void show(path *p, step *s)
{
    const step *before = NULL;
    for (step *each = p->steps; each < s; each++) {
        if (each->answer.tenant != NULL)
            before = each;
    }
    s->answer.outcome = AUTH0DB_OUTCOME_OK;
    s->answer.tenant = &s->tenant;
    if (before != NULL) {
        s->tenant = before->tenant;
    } else {
        static const char *const emails[] = {BOB, OLD, OTHER};
        strcpy(s->tenant.user_id, p->user->auth0_id);
        strcpy(s->tenant.email, emails[choose(3)]);
        strcpy(s->tenant.username, choose(2) == 0 ? "robert" : "bob");
        s->tenant.email_verified = choose(2) == 0;
        int block = choose(3);
        s->tenant.blocked = block > 0;
        s->tenant.blocked_by_us = block > 1;
    }
}

static void apply(step *s)
{
    _Static_assert(sizeof s->text <= sizeof s->tenant.email &&
                       sizeof s->text <= sizeof s->tenant.username,
                   "what is sent has room");
    switch (s->change.kind) {
    case AUTH0DB_CHANGE_EMAIL:
        memcpy(s->tenant.email, s->text, sizeof s->text);
        s->tenant.email_verified = s->change.email_verified;
        break;
    case AUTH0DB_CHANGE_USERNAME:
        memcpy(s->tenant.username, s->text, sizeof s->text);
        break;
    case AUTH0DB_CHANGE_VERIFIED:
        s->tenant.email_verified = true;
        break;
    default:
        s->tenant.blocked = s->tenant.blocked_by_us = s->change.kind == AUTH0DB_CHANGE_BLOCK;
    }
}

/* A look after a lost answer: perhaps it has arrived. */
static void show_lost(path *p, step *s)
{
    if (p->n < 2)
        return;
    const step *lost = &p->steps[p->n - 2];
    if (lost->ask != AUTH0DB_ASK_CHANGE || choose(2) == 0)
        return;
    s->change = lost->change;
    memcpy(s->text, lost->text, sizeof s->text);
    apply(s);
}

static void answer_tenant(path *p, step *s)
{
    static const auth0db_outcome noes[] = {AUTH0DB_OUTCOME_EXISTS, AUTH0DB_OUTCOME_NOT_FOUND,
                                           AUTH0DB_OUTCOME_THROTTLED, AUTH0DB_OUTCOME_UNAVAILABLE};
    int c = choose(1 + (int)A0_COUNT(noes));
    if (c > 0) {
        s->answer.outcome = noes[c - 1];
        return;
    }
    show(p, s);
    if (s->ask == AUTH0DB_ASK_CHANGE)
        apply(s);
    else
        show_lost(p, s);
}

static void answer_question(path *p, const auth0db_question *q)
{
    ALWAYS(p->n < STEPS_MAX);
    step *s = &p->steps[p->n++];
    s->ask = q->ask;
    keep(s->auth0_id, sizeof s->auth0_id, q->auth0_id);
    keep(s->email, sizeof s->email, q->email);
    keep(s->name, sizeof s->name, q->identifier);
    keep(s->unsynced, sizeof s->unsynced, q->unsynced);
    s->blocked = q->blocked;
    s->unclear = q->unclear;
    if (q->change != NULL) {
        s->change = *q->change;
        keep(s->text, sizeof s->text, q->change->text);
    }
    switch (q->ask) {
    case AUTH0DB_ASK_OWN_ROW:
        s->answer.users = 1;
        s->answer.user = *p->user;
        break;
    case AUTH0DB_ASK_READ_TENANT:
    case AUTH0DB_ASK_CHANGE:
        answer_tenant(p, s);
        break;
    case AUTH0DB_ASK_BEGIN_SYNC:
    case AUTH0DB_ASK_EMAIL_SHARED:
        s->answer.yes = choose(2) == 0;
        break;
    case AUTH0DB_ASK_END_SYNC:
        break;
    default:
        ck_abort_msg("a sync asks %s", auth0db_ask_name(q->ask));
    }
}

static void walk(path *p)
{
    int bits = choose(32);
    p->address = bits & 1;
    p->active = bits & 2;
    p->username = bits & 4;
    p->verifies = bits & 8;
    p->retries = bits & 16;
    p->user = &users[choose((int)A0_COUNT(users))];
    auth0db_sync_options options = {.size = sizeof options,
                                    .site = SITE,
                                    .user_key = "1",
                                    .address = p->address,
                                    .active = p->active,
                                    .require_username = p->username,
                                    .verifies = p->verifies,
                                    .retries = p->retries};
    auth0db_login *sync;
    auth0db_error err;
    ALWAYS(auth0db_sync_new(&sync, &options, &err) == AUTH0DB_OK);
    const auth0db_question *q;
    while ((q = auth0db_login_question(sync))->ask != AUTH0DB_SYNC_ENDED) {
        answer_question(p, q);
        ALWAYS(auth0db_login_tell(sync, &p->steps[p->n - 1].answer, &err) == AUTH0DB_OK);
    }
    keep(p->end, sizeof p->end, q->unsynced);
    auth0db_answer late = {0};
    ALWAYS(auth0db_login_tell(sync, &late, &err) == AUTH0DB_ERR_STATE);
    auth0db_login_free(sync);
}

static const char *tell_path(const path *p)
{
    static char text[1000];
    int at = snprintf(text, sizeof text,
                      "user %d address %d active %d username %d:", (int)(p->user - users),
                      p->address, p->active, p->username);
    for (int i = 0; i < p->n; i++) {
        const step *s = &p->steps[i];
        at +=
            snprintf(text + at, sizeof text - (size_t)at, " %s=%d/%s/%s", auth0db_ask_name(s->ask),
                     s->answer.yes, auth0db_outcome_name(s->answer.outcome), s->tenant.email);
    }
    snprintf(text + at, sizeof text - (size_t)at, " -> %s", p->end);
    return text;
}

#define MUST(condition, property)                                                                  \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ck_abort_msg(property " broken: %s", tell_path(p));                                    \
    } while (0)

static const step *find(const path *p, auth0db_ask what)
{
    for (int i = 0; i < p->n; i++) {
        if (p->steps[i].ask == what)
            return &p->steps[i];
    }
    return NULL;
}

static void check_address(const path *p, const step *s, const auth0db_tenant_user *seen)
{
    const step *shared = find(p, AUTH0DB_ASK_EMAIL_SHARED);
    bool email = s->change.kind == AUTH0DB_CHANGE_EMAIL;
    MUST(p->address, "no setting allows it");
    if (email) {
        MUST(strcmp(s->text, p->user->email) == 0 && strcmp(seen->email, OLD) == 0 &&
                 p->user->moved == AUTH0DB_MOVED_SITE,
             "only the site's address has moved");
        MUST(s->change.email_verified == p->user->email_verified,
             "S11 (verified as the site knows it)");
        MUST(shared != NULL && shared < s && !shared->answer.yes, "S3 (a shared e-mail)");
    } else {
        MUST(p->user->email_verified && strcasecmp(seen->email, p->user->email) == 0,
             "S11 (verified is what the site has verified)");
    }
}

static void check_change(const path *p, const step *s)
{
    const auth0db_tenant_user *seen = NULL;
    for (const step *each = p->steps; each < s; each++) {
        if (each->answer.tenant != NULL)
            seen = each->answer.tenant;
        MUST(each->ask != AUTH0DB_ASK_CHANGE || each->change.kind != s->change.kind, "told twice");
    }
    MUST(strcmp(s->auth0_id, expected) == 0, "S11 (a user of somebody else's)");
    MUST(seen != NULL, "S11 (changed unread)");
    MUST(find(p, AUTH0DB_ASK_BEGIN_SYNC)->answer.yes, "told before it is recorded");
    switch (s->change.kind) {
    case AUTH0DB_CHANGE_EMAIL:
    case AUTH0DB_CHANGE_VERIFIED:
        check_address(p, s, seen);
        break;
    case AUTH0DB_CHANGE_USERNAME:
        MUST(p->address && p->username && strcmp(s->text, "bob") == 0, "a user name");
        break;
    case AUTH0DB_CHANGE_BLOCK:
        MUST(p->active && !p->user->active && !seen->blocked, "S11 (a block that is not ours)");
        break;
    case AUTH0DB_CHANGE_UNBLOCK:
        MUST(p->active && p->user->active && seen->blocked && seen->blocked_by_us,
             "S11 (a block without our mark is lifted)");
    }
}

/* What the tenant was last seen to have is recorded, and what nobody knows is in doubt. */
static void check_end(const path *p)
{
    const step *end = find(p, AUTH0DB_ASK_END_SYNC), *begin = find(p, AUTH0DB_ASK_BEGIN_SYNC);
    MUST((end != NULL) == (begin != NULL && begin->answer.yes), "a claim that never ends");
    if (end == NULL)
        return;
    const step *last = NULL, *lost = NULL;
    for (const step *s = p->steps; s < end; s++) {
        bool asked = s->ask == AUTH0DB_ASK_READ_TENANT || s->ask == AUTH0DB_ASK_CHANGE;
        bool silent = s->answer.outcome == AUTH0DB_OUTCOME_UNAVAILABLE;
        if (asked && s->answer.tenant != NULL)
            last = s, lost = NULL;
        else if (s->ask == AUTH0DB_ASK_CHANGE && silent)
            lost = s;
    }
    MUST(end->unclear == (lost != NULL || (last == NULL && p->user->in_doubt)),
         "what nobody knows is in doubt");
    if (last != NULL && !end->unclear) {
        MUST(strcmp(end->email, last->tenant.email) == 0, "the tenant's address is recorded");
        MUST(strcmp(end->name, last->tenant.username) == 0, "the tenant's user name is recorded");
    } else {
        MUST(strcmp(end->email, "!") == 0 && strcmp(end->name, "!") == 0, "nothing was seen");
    }
    if (last != NULL && last->tenant.blocked_by_us && !p->user->active && p->active &&
        find(p, AUTH0DB_ASK_CHANGE) != NULL && p->steps[2].answer.tenant != NULL &&
        !p->steps[2].tenant.blocked)
        MUST(end->blocked == AUTH0DB_YES, "a block of ours is recorded");
    MUST((*end->unsynced == '\0') == (strcmp(p->end, "!") == 0), "why not all was told");
}

/* Who is out of step is told, unless something stands against it. */
static void check_told(const path *p)
{
    const step *end = find(p, AUTH0DB_ASK_END_SYNC);
    const auth0db_site_user *user = p->user;
    bool ours = strcmp(user->auth0_id, expected) == 0 && !user->keep_local;
    bool conflict = user->unsynced != NULL && !p->retries;
    bool address = p->address && user->moved == AUTH0DB_MOVED_SITE && strchr(user->email, '@');
    bool name = p->address && p->username && user->tenant_username != NULL;
    bool flag = p->active && user->active == user->blocked_by_site;
    bool verified =
        p->address && p->verifies && user->email_verified && user->moved == AUTH0DB_MOVED_NEITHER;
    bool apart =
        p->address && (user->moved == AUTH0DB_MOVED_TENANT || user->moved == AUTH0DB_MOVED_BOTH);
    bool perhaps_ours = p->active && user->active && user->word != NULL && !user->blocked_by_site;
    bool look = p->retries && (apart || user->unsynced != NULL || perhaps_ours);
    bool due =
        ours && (((address || name || user->in_doubt) && !conflict) || flag || verified || look);
    MUST((find(p, AUTH0DB_ASK_BEGIN_SYNC) != NULL) == due, "what is due is told");
    if (end != NULL && apart && strcmp(end->email, "!") != 0)
        MUST((strcmp(end->unsynced, "other-address") == 0) == (strcasecmp(end->email, BOB) != 0),
             "two mailboxes are one again only where they are the same");
    if (end == NULL || strcmp(p->end, "!") != 0 || end->unclear || conflict)
        return;
    MUST(!address || strcmp(end->email, BOB) == 0, "a new address is told");
    MUST(!name || strcmp(end->name, "bob") == 0, "a new user name is told");
    if ((flag && user->active) || (look && perhaps_ours))
        MUST(end->blocked == AUTH0DB_NO, "a block is lifted or forgotten");
}

START_TEST(every_path_of_a_sync_keeps_what_must_hold)
{
    unsigned long paths = 0, changed = 0;
    auth0db_expected_id(SITE, "1", expected);
    begin_paths();
    do {
        path p = {0};
        walk(&p);
        for (int i = 0; i < p.n; i++) {
            if (p.steps[i].ask == AUTH0DB_ASK_CHANGE) {
                check_change(&p, &p.steps[i]);
                changed++;
            }
        }
        check_end(&p);
        check_told(&p);
        paths++;
    } while (next_path());
    printf("sync machine: %lu paths, %lu changes\n", paths, changed);
    ck_assert_uint_gt(changed, 100);
}
END_TEST

START_TEST(a_sync_of_nobody_does_not_begin)
{
    auth0db_login *sync;
    auth0db_error err;
    static const char *const keys[] = {"", NULL, "1", "1"}, *const sites[] = {"s", "s", "", NULL};
    for (size_t i = 0; i < A0_COUNT(keys); i++) {
        auth0db_sync_options options = {
            .size = sizeof options, .user_key = keys[i], .site = sites[i]};
        ck_assert_int_eq(auth0db_sync_new(&sync, &options, &err), AUTH0DB_ERR_USAGE);
        ck_assert_ptr_null(sync);
    }
}
END_TEST

/* --- a login under a name that is on its way ------------------------------------------------- */

static auth0db_login *login_of(const auth0db_site_user *user, bool username)
{
    auth0db_login *login;
    auth0db_error err;
    auth0db_login_options options = {.size = sizeof options,
                                     .site = SITE,
                                     .identifier = "bob",
                                     .password = "tr0ub4dor",
                                     .password_len = 9,
                                     .require_username = username,
                                     .sync_address = true};
    auth0db_expected_id(SITE, "1", expected);
    ck_assert_int_eq(auth0db_login_new(&login, &options, &err), AUTH0DB_OK);
    auth0db_answer found = {.users = 1, .user = *user};
    ck_assert_int_eq(auth0db_login_tell(login, &found, &err), AUTH0DB_OK);
    return login;
}

static const auth0db_question *tell(auth0db_login *login, auth0db_answer answer)
{
    auth0db_error err;
    ck_assert_int_eq(auth0db_login_tell(login, &answer, &err), AUTH0DB_OK);
    return auth0db_login_question(login);
}

static auth0db_tenant_user tenant_user(const char *email, const char *username)
{
    auth0db_tenant_user user = {0};
    strcpy(user.user_id, expected);
    strcpy(user.email, email);
    strcpy(user.username, username);
    return user;
}

START_TEST(a_login_in_doubt_is_asked_for_as_the_tenant_calls_the_user)
{
    auth0db_site_user user =
        USER(.tenant_email = OLD, .in_doubt = true, .moved = AUTH0DB_MOVED_SITE);
    for (int username = 0; username < 2; username++) {
        auth0db_login *login = login_of(&user, username);
        ck_assert_int_eq(auth0db_login_question(login)->ask, AUTH0DB_ASK_READ_TENANT);
        auth0db_tenant_user there = tenant_user(BOB, "robert");
        const auth0db_question *q = tell(login, (auth0db_answer){.tenant = &there});
        ck_assert_int_eq(q->ask, AUTH0DB_ASK_GRANT);
        ck_assert_str_eq(q->identifier, username ? "robert" : BOB);
        auth0db_login_free(login);
    }
}
END_TEST

START_TEST(a_login_in_doubt_that_cannot_be_looked_at_is_asked_for_as_the_link_says)
{
    auth0db_site_user user = USER(.tenant_email = OLD, .in_doubt = true);
    auth0db_login *login = login_of(&user, false);
    const auth0db_question *q =
        tell(login, (auth0db_answer){.outcome = AUTH0DB_OUTCOME_UNAVAILABLE});
    ck_assert_int_eq(q->ask, AUTH0DB_ASK_GRANT);
    ck_assert_str_eq(q->identifier, OLD);
    auth0db_login_free(login);
}
END_TEST

START_TEST(a_renamed_user_is_asked_for_under_the_name_that_the_tenant_has)
{
    auth0db_site_user user = USER(.tenant_email = BOB, .tenant_username = "robert");
    auth0db_login *login = login_of(&user, true);
    ck_assert_str_eq(auth0db_login_question(login)->identifier, "robert");
    auth0db_login_free(login);
}
END_TEST

/* S9: the look before the grant is the look at the mark as well. */
START_TEST(a_login_in_doubt_that_pushes_reads_once)
{
    auth0db_site_user user = USER(.tenant_email = OLD, .in_doubt = true, .tenant_mark = "",
                                  .standing = AUTH0DB_STANDING_TOLD);
    auth0db_login *login = login_of(&user, false);
    auth0db_tenant_user there = tenant_user(BOB, "bob");
    tell(login, (auth0db_answer){.tenant = &there});
    const auth0db_question *q =
        tell(login, (auth0db_answer){.outcome = AUTH0DB_OUTCOME_BAD_CREDENTIALS});
    ck_assert_int_eq(q->ask, AUTH0DB_ASK_CHECK_HASH);
    q = tell(login, (auth0db_answer){.yes = true});
    ck_assert_int_eq(q->ask, AUTH0DB_ASK_BEGIN_PUSH);
    auth0db_login_free(login);
}
END_TEST

UNIT_MAIN("sync machine", every_path_of_a_sync_keeps_what_must_hold,
          a_sync_of_nobody_does_not_begin,
          a_login_in_doubt_is_asked_for_as_the_tenant_calls_the_user,
          a_login_in_doubt_that_cannot_be_looked_at_is_asked_for_as_the_link_says,
          a_renamed_user_is_asked_for_under_the_name_that_the_tenant_has,
          a_login_in_doubt_that_pushes_reads_once)
