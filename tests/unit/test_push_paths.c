/* Every path of the push machine, and what must hold on each. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "auth0db/login.h"
#include "base/error.h"
#include "link/outcomes.h"
#include "odometer.h"
#include "unit.h"

enum { STEPS_MAX = 12 };

#define ID "auth0|ffffffffffffffffffffffff"
#define SECRET "tr0ub4dor"
static const char before[] = "2026-01-01T00:00:00.000Z", after[] = "2026-02-02T00:00:00.000Z";

typedef struct step {
    auth0db_ask ask;
    char auth0_id[64], mark[48], unpushed[48], word[16]; /* "!": none was given */
    char email[32];
    auth0db_standing standing;
    auth0db_answer answer;
    auth0db_tenant_user tenant;
} step;

typedef struct path {
    bool sendable;
    step steps[STEPS_MAX];
    int n, requests;
    char end[48]; /* "!": there was nothing to tell */
} path;

static const char *text_or(const char *text, const char *none)
{
    return text != NULL ? text : none;
}

static void answer_row(step *s)
{
    s->answer.users = choose(10) > 0;
    if (s->answer.users == 0)
        return;
    s->answer.user = (auth0db_site_user){.key = "1", .active = true, .tenant_mark = before};
    int c = odometer.choice[odometer.used - 1];
    s->answer.user.auth0_id = c == 1 ? "" : ID;
    s->answer.user.email = "bob@example.org";
    s->answer.user.tenant_email = c > 5 && c < 9 ? "old@example.org" : "";
    s->answer.user.moved = c > 5 && c < 9 ? (auth0db_moved)(c - 5) : AUTH0DB_MOVED_NEITHER;
    s->answer.user.keep_local = c == 9;
    s->answer.user.standing = c == 2   ? AUTH0DB_STANDING_SAME
                              : c == 3 ? AUTH0DB_STANDING_REPLACED
                              : c == 4 ? AUTH0DB_STANDING_OTHER
                                       : AUTH0DB_STANDING_TOLD;
}

static const char *const addresses[] = {"Bob@example.org", "old@example.org", "new@example.org"};

static void answer_tenant(step *s)
{
    bool reads = s->ask == AUTH0DB_ASK_READ_TENANT;
    int c = choose(AUTH0DB_OUTCOME_COUNT + 1 + 4 * reads);
    s->answer.outcome = c > AUTH0DB_OUTCOME_COUNT || c == 0 ? AUTH0DB_OUTCOME_OK
                        : c == AUTH0DB_OUTCOME_COUNT        ? AUTH0DB_OUTCOME_OK
                                                            : (auth0db_outcome)c;
    if (s->answer.outcome != AUTH0DB_OUTCOME_OK || c == AUTH0DB_OUTCOME_COUNT)
        return; /* the last: an OK about nobody */
    s->answer.tenant = &s->tenant;
    strcpy(s->tenant.user_id, ID);
    strcpy(s->tenant.last_password_reset, reads ? before : after);
    s->tenant.blocked = c == AUTH0DB_OUTCOME_COUNT + 1;
    if (c > AUTH0DB_OUTCOME_COUNT + 1)
        strcpy(s->tenant.email, addresses[c - AUTH0DB_OUTCOME_COUNT - 2]);
}

static void answer_question(path *p, const auth0db_question *q)
{
    ALWAYS(p->n < STEPS_MAX);
    step *s = &p->steps[p->n++];
    s->ask = q->ask;
    ALWAYS(strcmp(q->user_key, "1") == 0);
    snprintf(s->auth0_id, sizeof s->auth0_id, "%s", text_or(q->auth0_id, ""));
    snprintf(s->mark, sizeof s->mark, "%s", text_or(q->tenant_mark, "!"));
    snprintf(s->email, sizeof s->email, "%s", text_or(q->email, ""));
    s->standing = q->standing;
    snprintf(s->word, sizeof s->word, "%s", text_or(q->word, "!"));
    snprintf(s->unpushed, sizeof s->unpushed, "%s", text_or(q->unpushed, "!"));
    switch (q->ask) {
    case AUTH0DB_ASK_OWN_ROW:
        answer_row(s);
        break;
    case AUTH0DB_ASK_READ_TENANT:
    case AUTH0DB_ASK_PUSH:
        p->requests++;
        answer_tenant(s);
        break;
    case AUTH0DB_ASK_BEGIN_PUSH:
    case AUTH0DB_ASK_MARK_IN_STEP:
        s->answer.yes = choose(2) == 0;
        break;
    case AUTH0DB_ASK_END_PUSH:
    case AUTH0DB_ASK_UNPUSHED:
    case AUTH0DB_ASK_REMEMBER:
    case AUTH0DB_ASK_FOLLOW:
        break;
    default:
        ck_abort_msg("a push asks %s", auth0db_ask_name(q->ask));
    }
}

static void walk(path *p)
{
    p->sendable = choose(2) == 0;
    auth0db_push_options options = {.size = sizeof options,
                                    .user_key = "1",
                                    .password = p->sendable ? SECRET : SECRET "\0x",
                                    .password_len = sizeof SECRET + (p->sendable ? -1 : 1)};
    auth0db_login *push;
    auth0db_error err;
    ALWAYS(auth0db_push_new(&push, &options, &err) == AUTH0DB_OK);
    const auth0db_question *q;
    while ((q = auth0db_login_question(push))->ask != AUTH0DB_PUSH_ENDED) {
        answer_question(p, q);
        ALWAYS(auth0db_login_tell(push, &p->steps[p->n - 1].answer, &err) == AUTH0DB_OK);
    }
    snprintf(p->end, sizeof p->end, "%s", text_or(q->unpushed, "!"));
    auth0db_answer late = {0};
    ALWAYS(auth0db_login_tell(push, &late, &err) == AUTH0DB_ERR_STATE);
    auth0db_login_free(push);
}

static const char *tell_path(const path *p)
{
    static char text[1000];
    int at = snprintf(text, sizeof text, "sendable %d:", p->sendable);
    for (int i = 0; i < p->n; i++) {
        const step *s = &p->steps[i];
        at +=
            snprintf(text + at, sizeof text - (size_t)at, " %s=%d/%d/%s", auth0db_ask_name(s->ask),
                     s->answer.users, s->answer.yes, auth0db_outcome_name(s->answer.outcome));
    }
    snprintf(text + at, sizeof text - (size_t)at, " -> %s", p->end);
    return text;
}

/* Check writes down each assertion that holds as well, which for millions of them is most of the
 * time.
 */
#define MUST(condition, property)                                                                  \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ck_abort_msg(property " broken: %s", tell_path(p));                                    \
    } while (0)

static bool row_is_newer(const step *s)
{
    return s->answer.users == 1 && *s->answer.user.auth0_id != '\0' &&
           (s->answer.user.standing == AUTH0DB_STANDING_TOLD ||
            s->answer.user.standing == AUTH0DB_STANDING_OTHER);
}

static bool is_ok(const step *s)
{
    return s->answer.outcome == AUTH0DB_OUTCOME_OK && s->answer.tenant != NULL;
}

/* The mailbox that the tenant shows is neither the site's, nor the one that it is known to have had
 * when both were the same. */
static bool another_mailbox(const path *p, const step *read)
{
    const auth0db_site_user *user = &p->steps[0].answer.user;
    const char *shown = read->tenant.email;
    const char *known = *user->tenant_email != '\0' ? user->tenant_email : user->email;
    bool moved = user->moved == AUTH0DB_MOVED_TENANT || user->moved == AUTH0DB_MOVED_BOTH;
    return *shown != '\0' && strcasecmp(shown, user->email) != 0 &&
           (moved || strcasecmp(shown, known) != 0);
}

static void check_mailboxes(const path *p)
{
    const step *read = NULL, *said = NULL;
    const auth0db_site_user *user = &p->steps[0].answer.user;
    for (const step *s = p->steps; s < p->steps + p->n; s++) {
        if (s->ask == AUTH0DB_ASK_READ_TENANT && is_ok(s))
            read = s;
        if (s->ask == AUTH0DB_ASK_FOLLOW)
            said = s;
        MUST(s->ask != AUTH0DB_ASK_PUSH || !another_mailbox(p, read),
             "S2 (pushed from the old mailbox)");
    }
    if (read == NULL)
        return;
    const char *known = *user->tenant_email != '\0' ? user->tenant_email : user->email;
    bool news = *read->tenant.email != '\0' && strcasecmp(read->tenant.email, known) != 0;
    bool pushed = p->end[0] == '\0'; /* then a later answer has shown none */
    MUST(pushed || (said != NULL) == news, "the tenant's new address is recorded");
    MUST(said == NULL || strcmp(said->email, read->tenant.email) == 0,
         "the tenant's new address is recorded");
    if (another_mailbox(p, &p->steps[2]) && is_ok(&p->steps[2]) && !p->steps[2].tenant.blocked) {
        MUST(strcmp(p->end, "other-address") == 0, "a password that is not sent");
        MUST(p->steps[3].ask == AUTH0DB_ASK_END_PUSH &&
                 p->steps[3].standing == AUTH0DB_STANDING_REPLACED,
             "S2 (a password set from the old mailbox opens something later)");
    }
}

static void check_sent(const path *p, const step *s)
{
    bool silent = !is_ok(s) && (s->answer.outcome == AUTH0DB_OUTCOME_OK ||
                                s->answer.outcome == AUTH0DB_OUTCOME_UNAVAILABLE ||
                                s->answer.outcome == AUTH0DB_OUTCOME_UNCONFIRMED);
    const step *next = s + 1;
    MUST(s[-1].ask == AUTH0DB_ASK_READ_TENANT && is_ok(&s[-1]), "S11 (push unread)");
    MUST(!s[-1].tenant.blocked, "S11 (push lifts a block)");
    MUST(s[-2].ask == AUTH0DB_ASK_BEGIN_PUSH && s[-2].answer.yes,
         "S2 (a push that nobody would know of after a kill)");
    MUST(strcmp(s->auth0_id, ID) == 0, "S4");
    if (is_ok(s)) {
        MUST(next->ask == AUTH0DB_ASK_MARK_IN_STEP && strcmp(next->mark, after) == 0,
             "S2 (a push that is not recorded)");
        MUST(*p->end == '\0', "a push that has arrived");
        return;
    }
    MUST(*p->end != '\0' && *p->end != '!', "a push that has failed");
    if (silent) {
        MUST(next->ask == AUTH0DB_ASK_READ_TENANT, "a lost answer is not looked for");
        const step *end = next + 1;
        MUST(end->ask == AUTH0DB_ASK_END_PUSH && strcmp(end->mark, is_ok(next) ? before : "!") == 0,
             "S2 (a push that may have arrived is forgotten)");
    } else {
        MUST(next->ask == AUTH0DB_ASK_END_PUSH && strcmp(next->mark, before) == 0,
             "S2 (a push that was not made leaves its mark)");
    }
}

static void check_begun(const path *p, const step *s)
{
    if (!s->answer.yes) { /* somebody else's was under way: what came of it? */
        MUST(s[1].ask == AUTH0DB_ASK_OWN_ROW, "two pushes at once");
        MUST((*p->end == '\0') == (s[1].answer.users == 1 && *s[1].answer.user.auth0_id != '\0' &&
                                   s[1].answer.user.standing == AUTH0DB_STANDING_SAME),
             "told by another");
        MUST(p->requests == 0, "S2 (two pushes at once)");
        return;
    }
    const step *last = &p->steps[p->n - 1];
    while (last->ask == AUTH0DB_ASK_REMEMBER || last->ask == AUTH0DB_ASK_FOLLOW)
        last--;
    MUST(last->ask == AUTH0DB_ASK_END_PUSH || last->ask == AUTH0DB_ASK_MARK_IN_STEP,
         "a claim that never ends");
    MUST(last->ask != AUTH0DB_ASK_END_PUSH || strcmp(last->unpushed, p->end) == 0,
         "a reason that is not recorded");
    MUST(s[1].ask == AUTH0DB_ASK_READ_TENANT, "S11 (push unread)");
    if (is_ok(&s[1]) && s[1].tenant.blocked)
        MUST(strcmp(p->end, "blocked") == 0, "S11 (a block)");
    if (!is_ok(&s[1]))
        MUST(s[2].ask == AUTH0DB_ASK_END_PUSH && strcmp(s[2].mark, "!") == 0 &&
                 (s[1].answer.outcome == AUTH0DB_OUTCOME_OK ||
                  strcmp(p->end, a0_meaning_of(s[1].answer.outcome)->unpushed) == 0),
             "S2 (an unread tenant)");
}

/* What was read is remembered for the next outage. */
static void check_word(const path *p)
{
    const step *last = &p->steps[p->n - 1];
    const char *word = "";
    for (const step *s = p->steps; s <= last; s++) {
        if (s->ask != AUTH0DB_ASK_READ_TENANT && s->ask != AUTH0DB_ASK_PUSH)
            continue;
        if (s->answer.outcome == AUTH0DB_OUTCOME_NOT_FOUND)
            word = "gone";
        else if (is_ok(s) && s->tenant.blocked)
            word = "blocked";
    }
    MUST((last->ask == AUTH0DB_ASK_REMEMBER) == (*word != '\0'), "S1 (a word)");
    MUST(*word == '\0' || strcmp(last->word, word) == 0, "S1 (a word)");
}

static void check(const path *p)
{
    check_word(p);
    const step *row = &p->steps[0];
    MUST(row->ask == AUTH0DB_ASK_OWN_ROW, "a row that is not looked at");
    if (row->answer.users == 1 && row->answer.user.keep_local) {
        MUST(p->n == 1 && *p->end == '!', "break-glass (a push)");
        return;
    }
    if (!row_is_newer(row)) {
        bool told = row->answer.users == 1 && *row->answer.user.auth0_id != '\0' &&
                    row->answer.user.standing == AUTH0DB_STANDING_SAME;
        MUST(p->n == 1 && strcmp(p->end, told ? "" : "!") == 0, "nothing to tell");
        return;
    }
    if (!p->sendable) {
        MUST(p->n == 2 && p->steps[1].ask == AUTH0DB_ASK_UNPUSHED, "S4 (a password that is cut)");
        MUST(strcmp(p->end, "unsendable-password") == 0, "S4 (a password that is cut)");
        MUST(strcmp(p->steps[1].unpushed, p->end) == 0, "a reason that is not recorded");
        return;
    }
    MUST(p->requests <= 3, "S9");
    check_begun(p, &p->steps[1]);
    check_mailboxes(p);
    for (int i = 0; i < p->n; i++) {
        if (p->steps[i].ask == AUTH0DB_ASK_PUSH)
            check_sent(p, &p->steps[i]);
    }
}

START_TEST(every_path_of_a_push_keeps_what_must_hold)
{
    unsigned long paths = 0, told = 0;
    begin_paths();
    do {
        path p = {0};
        walk(&p);
        check(&p);
        paths++;
        told += p.end[0] == '\0';
    } while (next_path());
    printf("push machine: %lu paths, %lu told\n", paths, told);
    ck_assert_uint_gt(told, 2);
    ck_assert_uint_gt(paths, 100);
}
END_TEST

START_TEST(a_push_of_nobody_does_not_begin)
{
    auth0db_login *push;
    auth0db_error err;
    static const char *const keys[] = {"", NULL, "1"}, *const given[] = {"x", "x", NULL};
    for (size_t i = 0; i < A0_COUNT(keys); i++) {
        auth0db_push_options options = {
            .size = sizeof options, .user_key = keys[i], .password = given[i]};
        ck_assert_int_eq(auth0db_push_new(&push, &options, &err), AUTH0DB_ERR_USAGE);
        ck_assert_ptr_null(push);
    }
}
END_TEST

UNIT_MAIN("push machine", every_path_of_a_push_keeps_what_must_hold,
          a_push_of_nobody_does_not_begin)
