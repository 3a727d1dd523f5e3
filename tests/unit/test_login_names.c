/* A typed name that is one user's name and another's e-mail: every path of the login machine from
 * there, and whose login it is on each. */
#include <stdio.h>
#include <string.h>

#include "auth0db/login.h"
#include "base/error.h"
#include "odometer.h"
#include "unit.h"

enum { STEPS_MAX = 20 };

#define TYPED "typed@example.org"
#define MARK "2026-01-01T00:00:00.000Z"

/* Alan is called TYPED, Berta has it as her e-mail. */
typedef enum person { ALAN, BERTA, NOBODY } person;
static const char *const addresses[][2] = {{"alan@example.org", "alan-there@example.org"},
                                           {TYPED, "berta-there@example.org"}};
static const char *const ids[] = {"auth0|aaaaaaaaaaaaaaaaaaaaaaaa",
                                  "auth0|bbbbbbbbbbbbbbbbbbbbbbbb"};

typedef enum verdict { KNOWS, DOES_NOT, NO_PASSWORD } verdict;

typedef struct path {
    bool fallback, linked[2], in_step[2], kept[2];
    bool owner_is_gone; /* between two questions */
    verdict hash[2];
    bool asked[2];
    int hashes, grants, pushes, locals;
    bool misdirected;      /* a grant for somebody else */
    bool upgraded_unknown; /* a hash that does not know the password is made anew */
    bool spared;           /* CHECK_LOCAL was told that both hashes were tried */
    person accepted, granted;
    auth0db_ask end;
    char user[4], text[600];
} path;

static auth0db_site_user told(const path *p, person who)
{
    return (auth0db_site_user){.key = who == ALAN ? "1" : "2",
                               .username = who == ALAN ? TYPED : "berta",
                               .email = addresses[who][0],
                               .active = true,
                               .keep_local = p->kept[who],
                               .auth0_id = p->linked[who] ? ids[who] : "",
                               .tenant_email = p->linked[who] ? addresses[who][1] : "",
                               .tenant_mark = MARK,
                               .standing = p->in_step[who] ? AUTH0DB_STANDING_SAME
                                                           : AUTH0DB_STANDING_OTHER};
}

static person whose(const path *p, const char *address)
{
    for (int who = ALAN; who <= BERTA; who++) {
        if (strcmp(address, addresses[who][p->linked[who]]) == 0)
            return (person)who;
    }
    return NOBODY;
}

static void answer_user(const path *p, person who, auth0db_answer *answer)
{
    answer->users = 1;
    answer->user = told(p, who);
}

static void answer_hash(path *p, const auth0db_question *q, auth0db_answer *answer)
{
    person who = strcmp(q->user_key, "1") == 0 ? ALAN : BERTA;
    if (!p->asked[who])
        p->hash[who] = (verdict)choose(3);
    p->asked[who] = true;
    p->hashes++;
    answer->yes = p->hash[who] == KNOWS;
    answer->no_password = p->hash[who] == NO_PASSWORD;
    answer->outdated = choose(2); /* which means nothing beside a no */
}

static void answer_local(path *p, const auth0db_question *q, auth0db_answer *answer)
{
    if (p->locals++ == 0)
        p->accepted = (person)choose(3);
    p->spared = q->hashes_tried;
    if (p->accepted != NOBODY)
        answer_user(p, p->accepted, answer);
}

/* The user whose local hash knows the password, else the owner of the e-mail. */
static person meant(const path *p)
{
    return p->hash[ALAN] == KNOWS || p->owner_is_gone ? ALAN : BERTA;
}

static person whose_login(const path *p)
{
    return p->accepted != NOBODY ? p->accepted : meant(p);
}

static void answer_grant(path *p, const auth0db_question *q, auth0db_answer *answer,
                         auth0db_tenant_user *tenant)
{
    static const auth0db_outcome outcomes[] = {
        AUTH0DB_OUTCOME_OK,        AUTH0DB_OUTCOME_BAD_CREDENTIALS, AUTH0DB_OUTCOME_BLOCKED,
        AUTH0DB_OUTCOME_THROTTLED, AUTH0DB_OUTCOME_UNAVAILABLE,
    };
    p->grants++;
    p->granted = whose(p, q->identifier);
    p->misdirected |= p->granted != whose_login(p);
    answer->outcome = outcomes[choose((int)A0_COUNT(outcomes))];
    if (p->granted == NOBODY)
        return;
    strcpy(tenant->user_id, ids[p->granted]);
    strcpy(tenant->email, q->identifier);
    answer->tenant = tenant;
}

static auth0db_answer answer_question(path *p, const auth0db_question *q,
                                      auth0db_tenant_user *tenant)
{
    auth0db_answer answer = {.yes = true, .outcome = AUTH0DB_OUTCOME_NOT_FOUND};
    switch (q->ask) {
    case AUTH0DB_ASK_FIND_USER:
        answer_user(p, ALAN, &answer);
        answer.named_twice = true;
        break;
    case AUTH0DB_ASK_FIND_OWNER:
        ALWAYS(strcmp(q->identifier, TYPED) == 0);
        if (!p->owner_is_gone)
            answer_user(p, BERTA, &answer);
        break;
    case AUTH0DB_ASK_CHECK_HASH:
        answer_hash(p, q, &answer);
        break;
    case AUTH0DB_ASK_CHECK_LOCAL:
        answer_local(p, q, &answer);
        break;
    case AUTH0DB_ASK_GRANT:
        answer_grant(p, q, &answer, tenant);
        break;
    case AUTH0DB_ASK_READ_TENANT:
    case AUTH0DB_ASK_PUSH:
        p->pushes += q->ask == AUTH0DB_ASK_PUSH;
        strcpy(tenant->user_id, q->auth0_id);
        strcpy(tenant->last_password_reset, MARK);
        answer.tenant = tenant;
        answer.outcome = AUTH0DB_OUTCOME_OK;
        break;
    case AUTH0DB_ASK_UPGRADE_HASH:
        p->upgraded_unknown |= p->hash[strcmp(q->user_key, "1") == 0 ? ALAN : BERTA] != KNOWS;
        break;
    default:
        break;
    }
    return answer;
}

static void walk(path *p)
{
    p->fallback = choose(2);
    for (int who = ALAN; who <= BERTA; who++) {
        p->linked[who] = choose(2);
        p->in_step[who] = p->linked[who] && choose(2);
        p->kept[who] = choose(2);
    }
    p->owner_is_gone = choose(2);
    p->accepted = p->granted = NOBODY;
    auth0db_login_options options = {.size = sizeof options,
                                     .site = "site",
                                     .identifier = TYPED,
                                     .password = "tr0ub4dor",
                                     .password_len = 9,
                                     .outage_fallback = p->fallback};
    auth0db_login *login;
    auth0db_error err;
    ALWAYS(auth0db_login_new(&login, &options, &err) == AUTH0DB_OK);
    const auth0db_question *q;
    size_t at = 0;
    for (int n = 0;
         (q = auth0db_login_question(login))->ask != AUTH0DB_ADMIT && q->ask != AUTH0DB_REFUSE;
         n++) {
        ALWAYS(n < STEPS_MAX);
        at += (size_t)snprintf(p->text + at, sizeof p->text - at, " %s", auth0db_ask_name(q->ask));
        auth0db_tenant_user tenant = {0};
        auth0db_answer answer = answer_question(p, q, &tenant);
        ALWAYS(auth0db_login_tell(login, &answer, &err) == AUTH0DB_OK);
    }
    p->end = q->ask;
    snprintf(p->user, sizeof p->user, "%s", q->user_key != NULL ? q->user_key : "");
    auth0db_login_free(login);
}

/* Check writes down each assertion that holds as well, which would be most of the time. */
#define MUST(condition, what)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ck_abort_msg(what " broken:%s", p->text);                                              \
    } while (0)

static void check(const path *p)
{
    person who = whose_login(p);
    MUST(!p->misdirected, "whose login it is (a failure would be counted against another one)");
    MUST(p->end != AUTH0DB_ADMIT || strcmp(p->user, who == ALAN ? "1" : "2") == 0,
         "whose login it is (another one gets in)");
    MUST(p->owner_is_gone || (p->asked[ALAN] && p->asked[BERTA]),
         "S10 (two hashes, whoever it is)");
    MUST(p->locals == 0 ||
             p->spared == (p->hash[ALAN] != KNOWS && (p->owner_is_gone || p->hash[BERTA] != KNOWS)),
         "S10 (who looks at hashes alone is asked once more)");
    MUST(!p->kept[who] || !p->kept[meant(p)] || p->grants == 0, "break-glass (a request)");
    MUST(!p->upgraded_unknown, "an upgrade (of a hash that does not know the password)");
    if (p->end != AUTH0DB_REFUSE || p->accepted != NOBODY || p->kept[who])
        return;
    MUST(p->hashes == (p->owner_is_gone ? 1 : 2), "S10 (a hash is worked out twice)");
    MUST(p->grants == 1 + p->pushes, "S10 (one grant, and one after a push)");
}

START_TEST(a_name_that_means_two_is_the_login_of_the_one_who_knows_the_password)
{
    unsigned long paths = 0, admitted[2] = {0};
    begin_paths();
    do {
        path p = {0};
        walk(&p);
        check(&p);
        paths++;
        if (p.end == AUTH0DB_ADMIT)
            admitted[strcmp(p.user, "2") == 0]++;
    } while (next_path());
    printf("a name of two: %lu paths, %lu admit the one called so, %lu the owner of the e-mail\n",
           paths, admitted[ALAN], admitted[BERTA]);
    ck_assert_uint_gt(admitted[ALAN], 100);
    ck_assert_uint_gt(admitted[BERTA], 100);
}
END_TEST

UNIT_MAIN("names of two", a_name_that_means_two_is_the_login_of_the_one_who_knows_the_password)
