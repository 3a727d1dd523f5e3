/* Every path of the login machine for somebody whom the tenant's own login page has let in: who is
 * it? The table of docs/universal-login.md, written once more and asked of each path, with the
 * safety properties of test_login_paths.c that a login without a password has. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "auth0db/web.h"
#include "base/error.h"
#include "base/mem.h"
#include "link/outcomes.h"
#include "login_world.h"
#include "odometer.h"
#include "unit.h"

enum { STEPS_MAX = 10 };

typedef struct step {
    auth0db_ask ask;
    char auth0_id[264], email[64], word[16], mark[48];
    auth0db_standing standing;
    auth0db_lane lane;
    auth0db_answer answer;
    auth0db_tenant_user read;
} step;

typedef struct path {
    step steps[STEPS_MAX];
    int n;
    bool create_users;
    auth0db_tenant_user tenant;
    auth0db_ask end;
    auth0db_refusal refusal;
    bool may_be_told, by_fallback;
    char admitted[8];
} path;

static void describe(const path *p)
{
    fprintf(stderr, "%s <%s>%s:", p->tenant.user_id, p->tenant.email,
            p->tenant.email_verified ? " verified" : "");
    for (int i = 0; i < p->n; i++)
        fprintf(stderr, " %s(%d,%s,%d)", auth0db_ask_name(p->steps[i].ask),
                p->steps[i].answer.users, p->steps[i].answer.yes ? "yes" : "no",
                (int)p->steps[i].answer.outcome);
    fprintf(stderr, " -> %s %s\n", auth0db_ask_name(p->end), auth0db_refusal_name(p->refusal));
}

#define MUST(condition, rule)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            describe(p);                                                                           \
            ck_abort_msg("%s: %s", rule, #condition);                                              \
        }                                                                                          \
    } while (0)

/* --- the world ------------------------------------------------------------------------------ */

static void answer_resolve(step *s)
{
    int c = choose(3 + (int)A0_COUNT(found_users));
    s->answer.users = c < 2 ? 2 * c : 1;
    if (c >= 2)
        s->answer.user = c == 2 ? stranger : found_users[c - 3];
}

static void answer_read(step *s)
{
    static const auth0db_outcome others[] = {
        AUTH0DB_OUTCOME_NOT_FOUND, AUTH0DB_OUTCOME_THROTTLED, AUTH0DB_OUTCOME_UNAVAILABLE,
        AUTH0DB_OUTCOME_MISCONFIGURED, AUTH0DB_OUTCOME_REFUSED};
    int c = choose(4 + (int)A0_COUNT(others));
    if (c >= 4) {
        s->answer.outcome = others[c - 4];
        return;
    }
    s->answer.outcome = AUTH0DB_OUTCOME_OK;
    s->answer.tenant = &s->read;
    strcpy(s->read.user_id, s->auth0_id);
    strcpy(s->read.email, BOB);
    strcpy(s->read.last_password_reset, c % 2 == 0 ? "" : "2026-01-01T00:00:00.000Z");
    s->read.blocked = c >= 2;
}

static void answer_create_local(const path *p, step *s)
{
    int c = choose(4);
    s->answer.users = c == 0 ? 0 : 1;
    s->answer.user = found_users[0];
    s->answer.user.key = "9";
    s->answer.user.auth0_id = c == 2 ? "auth0|x" : p->tenant.user_id;
    s->answer.user.active = c != 3;
}

static void answer_question(path *p, const auth0db_question *q)
{
    if (p->n >= STEPS_MAX)
        ck_abort_msg("a login asks without end");
    step *s = &p->steps[p->n++];
    s->ask = q->ask;
    s->standing = q->standing;
    s->lane = q->lane;
    snprintf(s->auth0_id, sizeof s->auth0_id, "%s", q->auth0_id != NULL ? q->auth0_id : "");
    snprintf(s->email, sizeof s->email, "%s", q->email != NULL ? q->email : "");
    snprintf(s->word, sizeof s->word, "%s", q->word != NULL ? q->word : "!");
    snprintf(s->mark, sizeof s->mark, "%s", q->tenant_mark != NULL ? q->tenant_mark : "!");
    switch (q->ask) {
    case AUTH0DB_ASK_RESOLVE:
        answer_resolve(s);
        break;
    case AUTH0DB_ASK_READ_TENANT:
        answer_read(s);
        break;
    case AUTH0DB_ASK_CREATE_LOCAL:
        answer_create_local(p, s);
        break;
    case AUTH0DB_ASK_TOMBSTONE:
    case AUTH0DB_ASK_EMAIL_SHARED:
    case AUTH0DB_ASK_LINK:
    case AUTH0DB_ASK_SITE_RULES:
        s->answer.yes = choose(2) == 0;
        break;
    case AUTH0DB_ASK_REMEMBER:
    case AUTH0DB_ASK_FOLLOW:
        break;
    default: /* no password is known: none is compared, sent, set or renewed */
        ck_abort_msg("a login without a password asks %s", auth0db_ask_name(q->ask));
    }
}

static void walk(path *p)
{
    static const char *const emails[] = {"BOB@example.org", "other@example.org", ""};
    static const char *const ids[] = {expected, numbered, OTHER_ID};
    auth0db_identity_options options = {.size = sizeof options, .site = SITE, .tenant = &p->tenant};
    auth0db_login *login;
    auth0db_error err;
    *p = (path){0};
    strcpy(p->tenant.user_id, ids[choose(3)]);
    strcpy(p->tenant.email, emails[choose(3)]);
    p->tenant.email_verified = choose(2) == 0;
    options.create_users = p->create_users = choose(2) == 0;
    if (auth0db_identity_new(&login, &options, &err) != AUTH0DB_OK)
        ck_abort_msg("%s", err.message);
    const auth0db_question *q;
    while ((q = auth0db_login_question(login))->ask != AUTH0DB_ADMIT && q->ask != AUTH0DB_REFUSE) {
        answer_question(p, q);
        if (auth0db_login_tell(login, &p->steps[p->n - 1].answer, &err) != AUTH0DB_OK)
            ck_abort_msg("%s", err.message);
    }
    p->end = q->ask;
    p->refusal = q->refusal;
    p->may_be_told = q->may_be_told;
    p->by_fallback = q->by_fallback;
    snprintf(p->admitted, sizeof p->admitted, "%s", q->user_key != NULL ? q->user_key : "");
    auth0db_login_free(login);
}

/* --- the table -------------------------------------------------------------------------------- */

static bool is_note(auth0db_ask ask)
{
    return ask == AUTH0DB_ASK_REMEMBER || ask == AUTH0DB_ASK_FOLLOW;
}

/* Nothing but notes of what was seen may follow. */
static void ends(const path *p, const step *s)
{
    for (; s < &p->steps[p->n]; s++)
        MUST(is_note(s->ask), "a question whose answer decides nothing");
}

static void stops(const path *p, const step *s, auth0db_refusal why)
{
    ends(p, s);
    MUST(p->end == AUTH0DB_REFUSE && p->refusal == why, "who is it");
}

#define ASKS(s, what) MUST((s) < &p->steps[p->n] && (s)->ask == (what), "who is it")

/* S7, S13: the only door. */
static void goes_in(const path *p, const step *s, const auth0db_site_user *user)
{
    if (!user->active) {
        stops(p, s, AUTH0DB_REFUSED_INACTIVE);
        return;
    }
    ASKS(s, AUTH0DB_ASK_SITE_RULES);
    if (!s->answer.yes) {
        stops(p, s + 1, AUTH0DB_REFUSED_SITE_RULES);
        return;
    }
    ends(p, s + 1);
    MUST(p->end == AUTH0DB_ADMIT && !p->by_fallback, "who is it");
    MUST(strcmp(p->admitted, user->key) == 0, "S3 (somebody else is admitted)");
}

/* S2: what the local hash is worth nobody knows: it admits nobody in an outage. */
static void is_linked(const path *p, const step *s, const auth0db_site_user *user, const char *mark)
{
    ASKS(s, AUTH0DB_ASK_LINK);
    MUST(strcmp(s->auth0_id, p->tenant.user_id) == 0, "S3 (another identity)");
    MUST(s->standing == AUTH0DB_STANDING_REPLACED, "S2 (a hash that nobody has checked)");
    MUST(strcmp(s->mark, mark) == 0, "S2 (in step with what nobody has compared)");
    if (s->answer.yes)
        goes_in(p, s + 1, user);
    else
        stops(p, s + 1, AUTH0DB_REFUSED_OTHER_ACCOUNT);
}

/* Made from this very user. Never changed at the tenant since, its password is older than the
 * site's (S2): who knows the old one is not let in by it. */
static void is_own(const path *p, const step *s, const auth0db_site_user *user)
{
    ASKS(s, AUTH0DB_ASK_READ_TENANT);
    MUST(strcmp(s->auth0_id, p->tenant.user_id) == 0, "S3 (another identity)");
    if (!a0_meaning_of(s->answer.outcome)->decided)
        stops(p, s + 1, a0_meaning_of(s->answer.outcome)->refusal);
    else if (s->answer.outcome == AUTH0DB_OUTCOME_OK && s->read.blocked)
        stops(p, s + 1, AUTH0DB_REFUSED_BLOCKED);
    else if (s->answer.outcome != AUTH0DB_OUTCOME_OK || !*s->read.last_password_reset)
        stops(p, s + 1, AUTH0DB_REFUSED_BAD_CREDENTIALS);
    else
        is_linked(p, s + 1, user, s->read.last_password_reset);
}

static void has_no_link(const path *p, const step *s, const auth0db_site_user *user)
{
    const auth0db_tenant_user *tenant = &p->tenant;
    bool same = *tenant->email != '\0' && strcasecmp(tenant->email, user->email) == 0;
    ASKS(s, AUTH0DB_ASK_TOMBSTONE); /* S14 */
    MUST(strcmp(s->auth0_id, tenant->user_id) == 0, "S14 (the tombstone of another identity)");
    if (s->answer.yes) {
        stops(p, s + 1, AUTH0DB_REFUSED_TOMBSTONE);
    } else if (!user->active) {
        stops(p, s + 1, AUTH0DB_REFUSED_INACTIVE);
    } else if (!same) { /* S3: also of an id that was made from this key */
        stops(p, s + 1, AUTH0DB_REFUSED_OTHER_ACCOUNT);
    } else if (user->tombstones == 0 && strcmp(tenant->user_id, expected) == 0) {
        is_own(p, s + 1, user);
    } else if (!tenant->email_verified) {
        stops(p, s + 1, AUTH0DB_REFUSED_UNVERIFIED_EMAIL);
    } else {
        ASKS(s + 1, AUTH0DB_ASK_EMAIL_SHARED);
        if (s[1].answer.yes)
            stops(p, s + 2, AUTH0DB_REFUSED_DUPLICATE_EMAIL);
        else
            is_linked(p, s + 2, user, "?");
    }
}

static void is_known_to_the_tenant_alone(const path *p, const step *s)
{
    if (!p->create_users) {
        stops(p, s, AUTH0DB_REFUSED_NO_LOCAL_USER);
        return;
    }
    if (!p->tenant.email_verified) {
        stops(p, s, AUTH0DB_REFUSED_UNVERIFIED_EMAIL);
        return;
    }
    ASKS(s, AUTH0DB_ASK_TOMBSTONE);
    if (s->answer.yes) {
        stops(p, s + 1, AUTH0DB_REFUSED_TOMBSTONE);
        return;
    }
    const step *made = s + 1;
    ASKS(made, AUTH0DB_ASK_CREATE_LOCAL);
    MUST(strcmp(made->mark, "?") == 0 && made->lane == AUTH0DB_LANE_JOIN, "how a link came");
    if (made->answer.users != 1 || strcmp(made->answer.user.auth0_id, p->tenant.user_id) != 0)
        stops(p, made + 1, AUTH0DB_REFUSED_SITE_ERROR);
    else
        goes_in(p, made + 1, &made->answer.user);
}

static void check_who(const path *p)
{
    const step *s = p->steps;
    const auth0db_site_user *user = &s->answer.user;
    ASKS(s, AUTH0DB_ASK_RESOLVE);
    const char *link = user->auth0_id != NULL ? user->auth0_id : "";
    if (s->answer.users > 1)
        stops(p, s + 1, AUTH0DB_REFUSED_DUPLICATE_EMAIL);
    else if (s->answer.users == 0)
        is_known_to_the_tenant_alone(p, s + 1);
    else if (user->keep_local) /* break-glass: the tenant's yes counts for nothing here */
        stops(p, s + 1, AUTH0DB_REFUSED_KEEP_LOCAL);
    else if (*link == '\0')
        has_no_link(p, s + 1, user);
    else if (strcmp(link, p->tenant.user_id) != 0)
        stops(p, s + 1, AUTH0DB_REFUSED_OTHER_ACCOUNT);
    else /* by the link alone, whatever the address */
        goes_in(p, s + 1, user);
}

/* --- what must hold on each ------------------------------------------------------------------- */

/* S1: what the tenant said against a person it takes back itself by letting her in, but not that a
 * grant cannot ask for a second factor. Nobody else's is touched. */
static void check_words(const path *p)
{
    const step *s = p->steps;
    const char *word =
        s->answer.users == 1 && s->answer.user.word != NULL ? s->answer.user.word : "";
    const char *link =
        s->answer.users == 1 && s->answer.user.auth0_id != NULL ? s->answer.user.auth0_id : "";
    bool hers = strcmp(link, p->tenant.user_id) == 0 && !s->answer.user.keep_local;
    const step *noted = NULL;
    for (int i = 1; i < p->n; i++) {
        if (p->steps[i].ask == AUTH0DB_ASK_REMEMBER)
            noted = &p->steps[i];
    }
    MUST((noted != NULL) == (hers && *word != '\0' && strcmp(word, "mfa") != 0), "S1 (words)");
    MUST(noted == NULL || *noted->word == '\0', "S1 (words)");
}

/* A person has been proven: a reason may be told her wherever anybody may be told it. */
static void check_told(const path *p)
{
    if (p->end == AUTH0DB_REFUSE)
        MUST(p->may_be_told == told_of(p->refusal, true), "S10 (what is told)");
}

START_TEST(who_is_it_is_the_table_on_every_path)
{
    static path p;
    long paths = 0, admitted = 0, joined = 0, made = 0;
    auth0db_expected_id(SITE, "1", expected);
    auth0db_numbered_id(SITE, "1", 2, numbered);
    begin_paths();
    do {
        walk(&p);
        check_who(&p);
        check_words(&p);
        check_told(&p);
        paths++;
        admitted += p.end == AUTH0DB_ADMIT;
        joined += p.end == AUTH0DB_ADMIT && p.n > 3 && p.steps[p.n - 2].ask == AUTH0DB_ASK_LINK;
        made += p.end == AUTH0DB_ADMIT && strcmp(p.admitted, "9") == 0;
    } while (next_path());
    ck_assert_msg(paths > 2000 && admitted > 100 && joined > 0 && made > 0,
                  "%ld paths, %ld admitted, %ld joined, %ld made", paths, admitted, joined, made);
}
END_TEST

START_TEST(a_login_of_nobody_or_of_no_site_does_not_begin)
{
    static const auth0db_tenant_user ann = {.user_id = "auth0|1"},
                                     nobody = {.email = "ann@example.org"};
    static const auth0db_identity_options wrong[] = {
        {.size = sizeof wrong[0], .tenant = &ann},
        {.size = sizeof wrong[0], .site = "", .tenant = &ann},
        {.size = sizeof wrong[0], .site = SITE},
        {.size = sizeof wrong[0], .site = SITE, .tenant = &nobody},
    };
    auth0db_identity_options right = {.size = sizeof right, .site = SITE, .tenant = &ann};
    auth0db_login *login = NULL;
    auth0db_error err;
    for (size_t i = 0; i < A0_COUNT(wrong); i++) {
        ck_assert_int_eq(auth0db_identity_new(&login, &wrong[i], &err), AUTH0DB_ERR_USAGE);
        ck_assert_ptr_null(login);
    }
    for (long nth = 1; login == NULL; nth++) { /* all there, or nothing */
        ck_assert_int_lt(nth, 100);
        a0_test_fail_nth_alloc(nth);
        int rc = auth0db_identity_new(&login, &right, &err);
        a0_test_fail_nth_alloc(0);
        ck_assert_int_eq(rc, login != NULL ? AUTH0DB_OK : AUTH0DB_ERR_NO_MEMORY);
    }
    auth0db_login_free(login);
}
END_TEST

UNIT_MAIN("identity paths", a_login_of_nobody_or_of_no_site_does_not_begin,
          who_is_it_is_the_table_on_every_path)
