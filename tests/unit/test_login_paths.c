/* Every reachable path of the login machine, and the safety properties S1 to S14 on each. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "auth0db/login.h"
#include "base/error.h"
#include "link/outcomes.h"
#include "login_world.h"
#include "odometer.h"
#include "unit.h"

enum { STEPS_MAX = 24 };

/* --- the world ------------------------------------------------------------------------------ */

typedef struct step {
    auth0db_ask ask;
    char auth0_id[264], identifier[64], email[64];
    char word[16]; /* to be remembered */
    bool with_password, reencoded;
    char unpushed[32];
    auth0db_standing standing;
    auth0db_lane lane;
    auth0db_holdout holdout;
    char mark[48]; /* to be stored; "!": none was given */
    auth0db_answer answer;
    auth0db_tenant_user tenant;
} step;

typedef struct path {
    step steps[STEPS_MAX]; /* first: see forget() */
    bool fallback, create_users, adopt, require_username;
    int password_kind; /* index into passwords[] */
    int n;
    int requests;
    auth0db_ask end;
    auth0db_refusal refusal;
    bool by_fallback, may_be_told;
    const auth0db_site_user *found; /* NULL: none or several */
    auth0db_site_user current;      /* as the site last told it */
    bool known, local_accepted;
} path;

static const struct {
    const char *text;
    size_t len;
    bool sendable, grantable;
} passwords[] = {
    {SECRET, sizeof SECRET - 1, true, true},
    {"", 0, false, false},
    {SECRET "\0x", sizeof SECRET + 1, false, false},
    {SECRET "\xff", sizeof SECRET, false, false},
    {SECRET "0123456789012345678901234567890123456789012345678901234567890123456789", 79, false,
     true},
};

static const auth0db_outcome troubles[] = {AUTH0DB_OUTCOME_THROTTLED, AUTH0DB_OUTCOME_UNAVAILABLE,
                                           AUTH0DB_OUTCOME_MISCONFIGURED};

/* What the machine must do with an answer is read from the table of outcomes, so that a new outcome
 * is walked as well. */
static bool is_no(auth0db_outcome outcome)
{
    return outcome != AUTH0DB_OUTCOME_OK && !a0_meaning_of(outcome)->falls_back;
}

static void answer_grant(step *s)
{
    /* identity: whose sub, which e-mail, verified or not; then everything that is not OK */
    enum { IDENTITIES = 10 };
    int c = choose(IDENTITIES + AUTH0DB_OUTCOME_COUNT);
    if (c < IDENTITIES) {
        s->answer.outcome = AUTH0DB_OUTCOME_OK;
        strcpy(s->tenant.user_id, c >= 8 ? numbered : c < 2 || c >= 6 ? expected : OTHER_ID);
        strcpy(s->tenant.email, c == 7            ? ""
                                : c >= 4 && c < 8 ? "other@example.org"
                                                  : "BOB@example.org");
        s->tenant.email_verified = c % 2 == 0;
        s->answer.tenant = &s->tenant;
    } else { /* also the OK that names nobody */
        s->answer.outcome = (auth0db_outcome)(c - IDENTITIES);
    }
}

static void show_tenant(step *s, const char *id, int mark, bool blocked)
{
    static const char *const marks[] = {"", "2026-01-01T00:00:00.000Z", "2026-02-02T00:00:00.000Z"};
    s->answer.outcome = AUTH0DB_OUTCOME_OK;
    strcpy(s->tenant.user_id, id);
    strcpy(s->tenant.email, "bob@example.org");
    strcpy(s->tenant.last_password_reset, marks[mark]);
    s->tenant.blocked = blocked;
    s->answer.tenant = &s->tenant;
}

static void answer_create(step *s)
{
    static const auth0db_outcome others[] = {
        AUTH0DB_OUTCOME_EXISTS,        AUTH0DB_OUTCOME_USERNAME_TAKEN,
        AUTH0DB_OUTCOME_WEAK_PASSWORD, AUTH0DB_OUTCOME_INVALID_USER,
        AUTH0DB_OUTCOME_THROTTLED,     AUTH0DB_OUTCOME_UNAVAILABLE,
        AUTH0DB_OUTCOME_MISCONFIGURED, AUTH0DB_OUTCOME_HELD};
    int c = choose(2 + (int)A0_COUNT(others));
    if (c < 2)
        show_tenant(s, c == 0 ? s->auth0_id : OTHER_ID, 0, false);
    else
        s->answer.outcome = others[c - 2];
}

static void answer_read(step *s)
{
    int c = choose(8 + 1 + (int)A0_COUNT(troubles));
    if (c < 6) {
        show_tenant(s,
                    s->ask == AUTH0DB_ASK_BY_EMAIL && c == 5 ? expected
                    : s->ask == AUTH0DB_ASK_BY_EMAIL         ? OTHER_ID
                                                             : s->auth0_id,
                    c % 3, c >= 3);
    } else if (c == 6) { /* made of somebody who had this primary key before */
        show_tenant(s, s->ask == AUTH0DB_ASK_BY_EMAIL ? OTHER_ID : s->auth0_id, 0, false);
        strcpy(s->tenant.email, "other@example.org");
    } else if (c == 7) { /* as the link knows it */
        show_tenant(s, s->ask == AUTH0DB_ASK_BY_EMAIL ? OTHER_ID : s->auth0_id, 0, false);
        strcpy(s->tenant.email, OLD);
    } else {
        s->answer.outcome = c == 8 ? AUTH0DB_OUTCOME_NOT_FOUND : troubles[c - 9];
    }
}

static void answer_push(step *s)
{
    int c = choose(4 + (int)A0_COUNT(troubles));
    if (c == 0)
        show_tenant(s, s->auth0_id, 2, false);
    else
        s->answer.outcome = c == 1   ? AUTH0DB_OUTCOME_WEAK_PASSWORD
                            : c == 2 ? AUTH0DB_OUTCOME_NOT_FOUND
                            : c == 3 ? AUTH0DB_OUTCOME_HELD
                                     : troubles[c - 4];
}

static void answer_check_local(path *p, step *s)
{
    int c = choose(p->known ? 3 : 6);
    if (c == 0)
        return;
    s->answer.users = 1;
    if (c == 1)
        s->answer.user = p->known ? p->current : found_users[0];
    else if (c > 3) /* found by a road of the backend's own */
        s->answer.user = found_users[c == 4 ? FIRST_KEPT : FIRST_KEPT + 7];
    else
        s->answer.user = c == 2 ? stranger : found_users[5];
}

static void answer_resolve(path *p, step *s)
{
    int c = choose(9);
    s->answer.users = c == 0 ? 0 : c == 1 ? 2 : 1;
    if (c > 1)
        s->answer.user =
            c == 6 ? stranger
                   : found_users[(int[]){0, 0, 0, 4, 5, 0, FIRST_KEPT, FIRST_KEPT + 3}[c - 1]];
    if (c == 2) { /* linked to this very sub */
        s->answer.user = found_users[5];
        s->answer.user.auth0_id = p->steps[p->n - 2].tenant.user_id;
    }
}

static void answer_create_local(path *p, step *s)
{
    int c = choose(4);
    s->answer.users = c == 0 ? 0 : 1;
    if (c == 0)
        return;
    s->answer.user = found_users[0];
    s->answer.user.key = "9";
    s->answer.user.auth0_id = c == 2 ? "auth0|x" : p->steps[p->n - 2 - 2].tenant.user_id;
    s->answer.user.active = c != 3;
}

static void answer_find(path *p, step *s)
{
    int c = choose(2 + (int)A0_COUNT(found_users));
    s->answer.users = c == 0 ? 0 : c == 1 ? 2 : 1;
    if (c > 1) {
        p->found = &found_users[c - 2];
        s->answer.user = *p->found;
    }
}

static void keep(char *room, size_t size, const char *text)
{
    if (memccpy(room, text, '\0', size) == NULL)
        ck_abort_msg("%s is longer than there is room for", text);
}

static void answer_question(path *p, const auth0db_question *q)
{
    if (p->n >= STEPS_MAX)
        ck_abort_msg("a login asks without end");
    step *s = &p->steps[p->n++];
    s->ask = q->ask;
    keep(s->auth0_id, sizeof s->auth0_id, q->auth0_id != NULL ? q->auth0_id : "");
    keep(s->identifier, sizeof s->identifier, q->identifier != NULL ? q->identifier : "");
    keep(s->email, sizeof s->email, q->email != NULL ? q->email : "");
    s->standing = q->standing;
    s->lane = q->lane;
    s->holdout = q->holdout;
    s->reencoded = q->reencoded;
    keep(s->word, sizeof s->word, q->word != NULL ? q->word : "");
    keep(s->mark, sizeof s->mark, q->tenant_mark != NULL ? q->tenant_mark : "!");
    keep(s->unpushed, sizeof s->unpushed, q->unpushed != NULL ? q->unpushed : "");
    p->requests += q->ask >= AUTH0DB_ASK_GRANT && q->ask <= AUTH0DB_ASK_PUSH;
    if (q->new_user != NULL) {
        keep(s->auth0_id, sizeof s->auth0_id, q->new_user->user_id);
        s->with_password = q->new_user->password_len > 0;
        keep(s->identifier, sizeof s->identifier,
             q->new_user->username != NULL ? q->new_user->username : "");
    }
    switch (q->ask) {
    case AUTH0DB_ASK_FIND_USER:
        answer_find(p, s);
        break;
    case AUTH0DB_ASK_CHECK_LOCAL:
        answer_check_local(p, s);
        break;
    case AUTH0DB_ASK_RESOLVE:
        answer_resolve(p, s);
        break;
    case AUTH0DB_ASK_CREATE_LOCAL:
        answer_create_local(p, s);
        break;
    case AUTH0DB_ASK_GRANT:
        answer_grant(s);
        break;
    case AUTH0DB_ASK_CREATE_TENANT:
        answer_create(s);
        break;
    case AUTH0DB_ASK_READ_TENANT:
    case AUTH0DB_ASK_BY_EMAIL:
        answer_read(s);
        break;
    case AUTH0DB_ASK_PUSH:
        answer_push(s);
        break;
    case AUTH0DB_ASK_CHECK_HASH:
        s->answer.yes = choose(2) == 0;
        s->answer.no_password = !s->answer.yes && choose(2) == 0;
        s->answer.outdated = s->answer.yes && choose(2) == 0;
        break;
    case AUTH0DB_ASK_END_PUSH: /* nobody asks whether these were done */
    case AUTH0DB_ASK_REMEMBER:
    case AUTH0DB_ASK_FOLLOW:
    case AUTH0DB_ASK_UNPUSHED:
        break;
    default:
        s->answer.yes = choose(2) == 0;
    }
    if (s->answer.users == 1) {
        p->current = s->answer.user;
        p->known = true;
    }
    if (s->ask == AUTH0DB_ASK_CHECK_LOCAL && s->answer.users == 1)
        p->local_accepted = true;
}

/* For the next one. Only what was written: to wipe all of it would take most of the test's time. */
static void forget(path *p)
{
    memset(p->steps, 0, (size_t)p->n * sizeof p->steps[0]);
    memset((char *)p + sizeof p->steps, 0, sizeof *p - sizeof p->steps);
}

static void walk(path *p)
{
    int bits = choose(16);
    p->fallback = bits & 1;
    p->create_users = bits & 2;
    p->adopt = bits & 4;
    p->require_username = bits & 8;
    p->password_kind = choose((int)A0_COUNT(passwords));
    auth0db_login_options options = {.size = sizeof options,
                                     .site = SITE,
                                     .identifier = "typed@example.org",
                                     .password = passwords[p->password_kind].text,
                                     .password_len = passwords[p->password_kind].len,
                                     .require_username = p->require_username,
                                     .outage_fallback = p->fallback,
                                     .create_users = p->create_users,
                                     .adopt_existing = p->adopt};
    auth0db_login *login;
    auth0db_error err;
    if (auth0db_login_new(&login, &options, &err) != AUTH0DB_OK)
        ck_abort_msg("%s", err.message);
    const auth0db_question *q;
    while ((q = auth0db_login_question(login))->ask != AUTH0DB_ADMIT && q->ask != AUTH0DB_REFUSE) {
        answer_question(p, q);
        if (auth0db_login_tell(login, &p->steps[p->n - 1].answer, &err) != AUTH0DB_OK)
            ck_abort_msg("%s", err.message);
    }
    p->end = q->ask;
    p->refusal = q->refusal;
    p->by_fallback = q->by_fallback;
    p->may_be_told = q->may_be_told;
    if (p->end == AUTH0DB_ADMIT && strcmp(q->user_key, p->current.key) != 0)
        ck_abort_msg("somebody else is admitted");
    auth0db_answer late = {0};
    if (auth0db_login_tell(login, &late, &err) != AUTH0DB_ERR_STATE)
        ck_abort_msg("a login that has ended takes an answer");
    auth0db_login_free(login);
}

/* --- what must hold ------------------------------------------------------------------------- */

/* The id that is made of this user, and of nobody who had its key before. */
static const char *own_id(const path *p)
{
    return p->current.tombstones > 0 ? numbered : expected;
}

static const step *find_step(const path *p, auth0db_ask what)
{
    for (int i = 0; i < p->n; i++) {
        if (p->steps[i].ask == what)
            return &p->steps[i];
    }
    return NULL;
}

static bool linked_at(const path *p, int upto)
{
    bool linked = false;
    for (int i = 0; i < upto; i++) {
        if (p->steps[i].answer.users == 1)
            linked = p->steps[i].answer.user.auth0_id != NULL && *p->steps[i].answer.user.auth0_id;
    }
    return linked;
}

static const char *tell_path(const path *p)
{
    static char text[2000];
    int at = snprintf(text, sizeof text,
                      "fallback %d create %d adopt %d username %d password %d:", p->fallback,
                      p->create_users, p->adopt, p->require_username, p->password_kind);
    for (int i = 0; i < p->n && at < (int)sizeof text - 100; i++) {
        const step *s = &p->steps[i];
        at +=
            snprintf(text + at, sizeof text - (size_t)at, " %s=%d/%d/%s", auth0db_ask_name(s->ask),
                     s->answer.users, s->answer.yes, auth0db_outcome_name(s->answer.outcome));
    }
    snprintf(text + at, sizeof text - (size_t)at, " -> %s %s", auth0db_ask_name(p->end),
             p->end == AUTH0DB_REFUSE ? auth0db_refusal_name(p->refusal) : "");
    return text;
}

/* Up to the site's own rules, which are asked last. */
static bool gets_in(const path *p)
{
    return p->end == AUTH0DB_ADMIT || p->refusal == AUTH0DB_REFUSED_SITE_RULES;
}

/* Check writes down each assertion that holds as well, which for millions of them is most of the
 * time.
 */
#define MUST(condition, property)                                                                  \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ck_abort_msg(property " broken: %s", tell_path(p));                                    \
    } while (0)

/* Is a tenant's mark one that the site's link covers? "~TIME": all that is not later. */
static bool covered(const char *mark, const char *link)
{
    return link[0] == '~' ? strcmp(mark, link + 1) <= 0 : strcmp(mark, link) == 0;
}

/* The site has a password of its own since both were in step, and the tenant took another one. */
static void check_stale(const path *p, const char *mark)
{
    const step *read = find_step(p, AUTH0DB_ASK_READ_TENANT);
    if (read == NULL || read->answer.outcome != AUTH0DB_OUTCOME_OK || strcmp(mark, "?") == 0)
        MUST(p->end == AUTH0DB_REFUSE, "S2 (nothing says that the tenant's password is newer)");
    else if (covered(read->tenant.last_password_reset, mark))
        MUST(p->end == AUTH0DB_REFUSE, "S2 (the password from before the last change)");
    else if (!read->tenant.blocked && p->current.active) { /* a push may have moved the mark */
        const step *again = read + 1;
        bool accepted = again->answer.outcome == AUTH0DB_OUTCOME_OK &&
                        again->answer.tenant != NULL &&
                        strcmp(again->tenant.user_id, p->current.auth0_id) == 0;
        MUST(again->ask == AUTH0DB_ASK_GRANT, "S2 (a push may have arrived during the login)");
        MUST(accepted == gets_in(p), "S2 (the tenant's newer password)");
    }
}

static bool never_newer(const auth0db_site_user *user)
{
    return user->standing == AUTH0DB_STANDING_SAME || user->standing == AUTH0DB_STANDING_REPLACED;
}

/* What is recorded without a mark that somebody has seen: after a join; where the digests say that
 * the tenant rules; and where both sides agree and nothing was known before. */
static void check_records(const path *p)
{
    const step *read = find_step(p, AUTH0DB_ASK_READ_TENANT),
               *mark = find_step(p, AUTH0DB_ASK_MARK_IN_STEP),
               *renew = find_step(p, AUTH0DB_ASK_RENEW_HASH),
               *hash = find_step(p, AUTH0DB_ASK_CHECK_HASH);
    bool seen = read != NULL && read->answer.outcome == AUTH0DB_OUTCOME_OK;
    bool joined = find_step(p, AUTH0DB_ASK_LINK) != NULL;
    const step *local = find_step(p, AUTH0DB_ASK_CHECK_LOCAL),
               *grant = find_step(p, AUTH0DB_ASK_GRANT);
    if (local != NULL && local->answer.users == 0 && grant != NULL &&
        grant->answer.tenant != NULL && strcmp(grant->tenant.user_id, expected) == 0 &&
        p->current.tombstones == 0 && p->end == AUTH0DB_ADMIT &&
        find_step(p, AUTH0DB_ASK_LINK) != NULL)
        MUST(seen && read->tenant.last_password_reset[0] != '\0',
             "S2 (the password from before a change, made ours by a create whose answer was lost)");
    const auth0db_site_user *user = &p->current;
    if (mark != NULL && find_step(p, AUTH0DB_ASK_PUSH) == NULL) {
        MUST(hash->answer.yes && user->standing != AUTH0DB_STANDING_REPLACED,
             "S2 (in step with a hash that does not know the password)");
        MUST(strcmp(mark->mark, "!") != 0 || (!user->shared_known && !user->told_waits),
             "S2 (in step with a mark that nobody has seen)");
        MUST(mark->reencoded == (user->shared_known && strcmp(mark->mark, user->tenant_mark) == 0),
             "S2 (another password is taken for another encoding of the same)");
    }
    if (renew != NULL && !joined) {
        bool by_digest =
            (hash->answer.no_password || user->standing == AUTH0DB_STANDING_REPLACED) &&
            !user->told_waits;
        MUST(strcmp(renew->mark, "!") != 0 || by_digest,
             "S2 (renewed, and nobody has said that the tenant's password is newer)");
    }
}

/* What the tenant has said is remembered, and nothing else. */
static void check_words(const path *p)
{
    const step *said = find_step(p, AUTH0DB_ASK_REMEMBER);
    const step *link = find_step(p, AUTH0DB_ASK_LINK);
    const char *word = NULL, *id = p->current.auth0_id != NULL ? p->current.auth0_id : "";
    bool linked = p->known && (*id != '\0' || (link != NULL && link->answer.yes));
    for (const step *s = p->steps; s < p->steps + p->n; s++) {
        bool grants = s->ask == AUTH0DB_ASK_GRANT, is_ok = s->answer.tenant != NULL;
        if (s->ask < AUTH0DB_ASK_GRANT || s->ask > AUTH0DB_ASK_PUSH)
            continue;
        if (grants && is_ok && strcmp(s->tenant.user_id, id) == 0)
            word = "";
        else if (grants && is_ok && linked_at(p, (int)(s - p->steps)) && word == NULL &&
                 s == find_step(p, AUTH0DB_ASK_GRANT))
            word = "gone";
        else if (grants && s->answer.outcome != AUTH0DB_OUTCOME_OK &&
                 a0_meaning_of(s->answer.outcome)->word != NULL)
            word = a0_meaning_of(s->answer.outcome)->word;
        else if (!grants && s->answer.outcome == AUTH0DB_OUTCOME_NOT_FOUND)
            word = "gone";
        else if (!grants && is_ok && s->tenant.blocked)
            word = "blocked";
    }
    const char *before = p->current.word != NULL ? p->current.word : "";
    const step *hash = find_step(p, AUTH0DB_ASK_CHECK_HASH);
    bool of_owner = p->local_accepted || (hash != NULL && hash->answer.yes);
    bool anybodys = word != NULL && strcmp(word, "leaked") == 0 && !of_owner;
    bool due = linked && word != NULL && strcmp(word, before) != 0 && !anybodys;
    MUST(!anybodys || said == NULL, "S1 (a stranger who types a leaked password bars the owner)");
    MUST((said != NULL) == due, "S1 (what the tenant has said is remembered)");
    MUST(!due || strcmp(said->word, word) == 0, "S1 (what the tenant has said is remembered)");
}

/* An outage: only the last shared password, or a newer one that we saw being set, and nobody
 * against whom something is on record. */
static void check_outage(const path *p, const step *s, const auth0db_site_user *user)
{
    bool good = user->standing == AUTH0DB_STANDING_SAME || user->standing == AUTH0DB_STANDING_TOLD;
    if (user->moved == AUTH0DB_MOVED_TENANT || user->moved == AUTH0DB_MOVED_BOTH)
        good = user->standing == AUTH0DB_STANDING_SAME;
    bool may = p->fallback && good && (user->word == NULL || *user->word == '\0');
    MUST(may || p->end == AUTH0DB_REFUSE, "S1, S2 (who gets in during an outage)");
    if (may)
        MUST(s[1].ask == AUTH0DB_ASK_CHECK_LOCAL, "the site decides in an outage");
    else
        MUST(s[1].ask == AUTH0DB_ASK_CHECK_HASH && p->refusal == AUTH0DB_REFUSED_UNAVAILABLE,
             "S10 (every refusal costs one hash)");
}

static void check_grants(const path *p)
{
    for (int i = 0; i < p->n; i++) {
        const step *s = &p->steps[i];
        if (s->ask != AUTH0DB_ASK_GRANT || !linked_at(p, i))
            continue;
        MUST(!is_no(s->answer.outcome) || p->end == AUTH0DB_REFUSE ||
                 s->answer.outcome == AUTH0DB_OUTCOME_BAD_CREDENTIALS,
             "S1");
        const step *hash = find_step(p, AUTH0DB_ASK_CHECK_HASH);
        const auth0db_site_user *user = &p->steps[i - 1].answer.user;
        bool first = s == find_step(p, AUTH0DB_ASK_GRANT);
        if (s->answer.outcome == AUTH0DB_OUTCOME_BAD_CREDENTIALS) {
            MUST(hash != NULL, "S10 (a wrong password costs one hash)");
            MUST(!(never_newer(user) && first && p->end == AUTH0DB_ADMIT),
                 "S2 (old local password)");
            const step *read = find_step(p, AUTH0DB_ASK_READ_TENANT);
            MUST(p->end == AUTH0DB_REFUSE || (read != NULL && read->answer.tenant != NULL),
                 "S2 (an unread mark refuses)");
        }
        if (s->answer.outcome == AUTH0DB_OUTCOME_OK && s->answer.tenant != NULL)
            MUST(strcmp(s->tenant.user_id, p->current.auth0_id) == 0 || p->end == AUTH0DB_REFUSE,
                 "S3 (another identity)");
        bool agree =
            hash != NULL && hash->answer.yes && user->standing != AUTH0DB_STANDING_REPLACED;
        bool maybe_newer =
            hash != NULL && ((!never_newer(user) && !hash->answer.no_password) || user->told_waits);
        if (s->answer.outcome == AUTH0DB_OUTCOME_OK && hash != NULL && !agree && first) {
            const step *read = find_step(p, AUTH0DB_ASK_READ_TENANT);
            if (maybe_newer)
                check_stale(p, user->tenant_mark);
            else if (user->standing == AUTH0DB_STANDING_SAME && !hash->answer.no_password)
                MUST(p->end == AUTH0DB_REFUSE || read->answer.tenant != NULL,
                     "S2 (the two differ, and the mark is unread)");
            MUST(p->end == AUTH0DB_REFUSE || find_step(p, AUTH0DB_ASK_RENEW_HASH) != NULL,
                 "S2 (a hash that does not know the password stays)");
        }
        if (a0_meaning_of(s->answer.outcome)->falls_back && first)
            check_outage(p, s, user);
        if (is_no(s->answer.outcome) && s->answer.outcome != AUTH0DB_OUTCOME_BAD_CREDENTIALS &&
            p->end == AUTH0DB_REFUSE && s == find_step(p, AUTH0DB_ASK_GRANT)) {
            MUST(p->refusal == a0_meaning_of(s->answer.outcome)->refusal, "the table of outcomes");
            MUST(hash != NULL && hash == s + 1, "S10 (every refusal costs one hash)");
            MUST(p->may_be_told == told_of(p->refusal, hash->answer.yes), "S10 (who is told)");
        }
        if (auth0db_outcome_is_trouble(s->answer.outcome)) {
            MUST(p->fallback || p->end == AUTH0DB_REFUSE, "S2 (no outage, or no fallback)");
            MUST(p->end == AUTH0DB_ADMIT || p->refusal != AUTH0DB_REFUSED_BAD_CREDENTIALS,
                 "S10 (an outage tells who has moved)");
        }
    }
}

/* The e-mail that the tenant had last shown for the id when it was linked. */
static bool email_agrees(const path *p, const step *link)
{
    const char *email = "";
    for (const step *s = p->steps; s < link; s++) {
        if (s->answer.tenant != NULL && strcmp(s->tenant.user_id, link->auth0_id) == 0)
            email = s->tenant.email;
    }
    return *email != '\0' && strcasecmp(email, p->current.email) == 0;
}

static bool join_allowed(const path *p, const step *link)
{
    const step *grant = find_step(p, AUTH0DB_ASK_GRANT);
    bool proven = grant != NULL && grant->answer.outcome == AUTH0DB_OUTCOME_OK &&
                  grant->answer.tenant != NULL &&
                  strcmp(grant->tenant.user_id, link->auth0_id) == 0;
    if (strcmp(link->auth0_id, own_id(p)) == 0 && strcmp(p->current.key, "1") == 0 &&
        email_agrees(p, link) && (p->current.tombstones == 0 || p->local_accepted))
        return true; /* (a); of a key that was given out again, with the site's word alone */
    if (proven && grant->tenant.email_verified &&
        strcasecmp(grant->tenant.email, p->current.email) == 0)
        return true; /* (b) */
    return (proven && p->local_accepted) ||
           (p->adopt && p->local_accepted); /* (c), or the opt-in */
}

/* Who several users share an e-mail with is nobody by that e-mail; and who is linked is the tenant
 * user of the link. */
static void check_who(const path *p)
{
    const step *shared = find_step(p, AUTH0DB_ASK_EMAIL_SHARED),
               *link = find_step(p, AUTH0DB_ASK_LINK), *proof = NULL;
    if (shared != NULL && shared->answer.yes)
        MUST(link == NULL && find_step(p, AUTH0DB_ASK_PUSH) == NULL, "S3 (a shared e-mail)");
    if (link != NULL && strcmp(link->auth0_id, own_id(p)) != 0)
        MUST(shared != NULL && shared < link, "S3 (nobody asked who shares the e-mail)");
    for (const step *s = p->steps; s < p->steps + p->n; s++) {
        if (s->ask == AUTH0DB_ASK_GRANT && s->answer.tenant != NULL)
            proof = s;
    }
    if (p->end == AUTH0DB_ADMIT && link == NULL && proof != NULL && !p->by_fallback)
        MUST(strcmp(proof->tenant.user_id, p->current.auth0_id) == 0, "S3 (another identity)");
}

static void check_links(const path *p)
{
    check_who(p);
    int links = 0;
    const step *local = find_step(p, AUTH0DB_ASK_CREATE_LOCAL);
    if (local != NULL)
        MUST(find_step(p, AUTH0DB_ASK_GRANT)->tenant.email_verified,
             "S3 (a local user under an address that nobody has proven)");
    for (int i = 0; i < p->n; i++) {
        const step *s = &p->steps[i];
        if (s->ask != AUTH0DB_ASK_LINK)
            continue;
        links++;
        MUST(join_allowed(p, s), "S3");
        auth0db_ask then = p->steps[i + 1].ask;
        bool goes_on = p->end == AUTH0DB_ADMIT || then == AUTH0DB_ASK_BEGIN_PUSH;
        auth0db_standing right = then == AUTH0DB_ASK_BEGIN_PUSH ? AUTH0DB_STANDING_OTHER
                                 : then == AUTH0DB_ASK_RENEW_HASH || !goes_on
                                     ? AUTH0DB_STANDING_REPLACED
                                     : AUTH0DB_STANDING_SAME;
        MUST(!s->answer.yes || !p->current.active || s->standing == right,
             "S2 (what a new link knows of the hash)");
        MUST(s->answer.yes || p->end != AUTH0DB_ADMIT || p->by_fallback,
             "S6 (somebody else's tenant user)");
    }
    MUST(links <= 1, "S6 (one link)");
    const step *create = find_step(p, AUTH0DB_ASK_CREATE_TENANT);
    if (create == NULL)
        return;
    MUST(strcmp(create->auth0_id, own_id(p)) == 0,
         "S6 (deterministic id, and nobody's who had the key before)");
    MUST(create->with_password, "S12");
    MUST(passwords[p->password_kind].sendable, "S12 (a password the tenant would cut)");
    if (create->answer.outcome == AUTH0DB_OUTCOME_OK &&
        strcmp(create->tenant.user_id, own_id(p)) == 0)
        MUST(links == 1, "S6 (created and not linked)");
}

/* One push at a time, recorded before it is sent, so that a process that dies has not forgotten it;
 * and recorded again when it has ended. */
static void check_push(const path *p, int at)
{
    const step *s = &p->steps[at], *next = s + 1;
    MUST(s[-1].ask == AUTH0DB_ASK_BEGIN_PUSH && s[-1].answer.yes,
         "S2 (a push that nobody would know of after a kill)");
    if (s->answer.outcome == AUTH0DB_OUTCOME_OK && s->answer.tenant != NULL) {
        MUST(next->ask == AUTH0DB_ASK_MARK_IN_STEP, "S2 (a push that is not recorded)");
        return;
    }
    bool decided =
        s->answer.outcome != AUTH0DB_OUTCOME_UNAVAILABLE && s->answer.outcome != AUTH0DB_OUTCOME_OK;
    const step *read = decided ? s - 2 : next;
    if (!decided && next->ask == AUTH0DB_ASK_READ_TENANT)
        next++;
    while (decided && read->ask != AUTH0DB_ASK_READ_TENANT && read->ask != AUTH0DB_ASK_BY_EMAIL)
        read--;
    bool seen = read->answer.outcome == AUTH0DB_OUTCOME_OK && read->answer.tenant != NULL &&
                read->ask != AUTH0DB_ASK_END_PUSH;
    MUST(next->ask == AUTH0DB_ASK_END_PUSH, "S2 (a push that may have arrived is forgotten)");
    MUST(strcmp(next->mark, seen ? read->tenant.last_password_reset : "!") == 0,
         "S2 (a push that may have arrived is forgotten)");
}

/* Who was linked before this login is admitted by the tenant's yes, given last; but in an outage,
 * and where the tenant cannot be given the site's newest password: then after a look, where nothing
 * stands against the person that a look does not show. */
static void check_yes(const path *p)
{
    const step *grant = find_step(p, AUTH0DB_ASK_GRANT), *push = find_step(p, AUTH0DB_ASK_PUSH);
    if (!gets_in(p) || !linked_at(p, 1) || p->found->keep_local) /* check_kept */
        return;
    if (grant != NULL && a0_meaning_of(grant->answer.outcome)->falls_back && p->by_fallback)
        return; /* check_outage */
    for (const step *s = grant; s != NULL && s < p->steps + p->n; s++)
        grant = s->ask == AUTH0DB_ASK_GRANT ? s : grant;
    if (grant != NULL && grant->answer.tenant != NULL)
        return; /* whose yes it is: S3 */
    const char *word = p->found->word != NULL ? p->found->word : "";
    bool weak = push != NULL && (push->answer.outcome == AUTH0DB_OUTCOME_WEAK_PASSWORD ||
                                 push->answer.outcome == AUTH0DB_OUTCOME_HELD);
    MUST(weak || !passwords[p->password_kind].sendable, "S1 (no yes)");
    MUST(*word == '\0' || strcmp(word, "blocked") == 0 || strcmp(word, "gone") == 0,
         "S1 (after a remembered refusal)");
}

/* The site said that the push need not, or must not, be sent: the tenant is asked instead. */
static void check_told_by_another(const path *p)
{
    const step *begin = find_step(p, AUTH0DB_ASK_BEGIN_PUSH);
    if (begin == NULL || begin->answer.yes)
        return;
    const step *again = begin + 1;
    MUST(again->ask == AUTH0DB_ASK_GRANT, "S2 (two pushes at once)");
    bool accepted = again->answer.outcome == AUTH0DB_OUTCOME_OK && again->answer.tenant != NULL &&
                    strcmp(again->tenant.user_id, begin->auth0_id) == 0;
    MUST(accepted == (gets_in(p) && !p->by_fallback), "S2 (a replaced password)");
}

static void check_pushes(const path *p)
{
    const auth0db_tenant_user *read = NULL;
    for (int i = 0; i < p->n; i++) {
        const step *s = &p->steps[i];
        bool reads = s->ask == AUTH0DB_ASK_READ_TENANT || s->ask == AUTH0DB_ASK_BY_EMAIL;
        if (reads && s->answer.outcome == AUTH0DB_OUTCOME_OK)
            read = &s->tenant;
        if (s->ask == AUTH0DB_ASK_CREATE_TENANT)
            MUST(!linked_at(p, i), "S11 (deleted stays deleted)");
        if (s->ask != AUTH0DB_ASK_PUSH)
            continue;
        MUST(read != NULL && strcmp(read->user_id, s->auth0_id) == 0, "S11 (push unread)");
        MUST(!read->blocked, "S11 (push lifts a block)");
        MUST(passwords[p->password_kind].sendable, "S4 (a password the tenant would cut)");
        bool ours = linked_at(p, i) || (strcmp(s->auth0_id, own_id(p)) == 0 &&
                                        strcasecmp(read->email, p->current.email) == 0);
        MUST(ours || p->adopt, "S4");
        if (linked_at(p, i) || strcmp(s->auth0_id, own_id(p)) == 0)
            check_push(p, i);
        if (strcmp(s->auth0_id, own_id(p)) == 0 && s->answer.outcome == AUTH0DB_OUTCOME_NOT_FOUND)
            MUST(p->end == AUTH0DB_REFUSE && p->refusal == AUTH0DB_REFUSED_DELETED,
                 "S11 (deleted stays deleted)");
        if (linked_at(p, i))
            MUST(covered(read->last_password_reset, p->current.tenant_mark) &&
                     !never_newer(&p->current),
                 "S2 (the tenant's password is newer)");
        else if (strcmp(s->auth0_id, own_id(p)) == 0)
            MUST(read->last_password_reset[0] == '\0',
                 "S2 (the tenant's password was changed there)");
    }
    if (read != NULL && read->blocked && find_step(p, AUTH0DB_ASK_BY_EMAIL) == NULL)
        MUST(p->end == AUTH0DB_REFUSE &&
                 (find_step(p, AUTH0DB_ASK_PUSH) == NULL || p->refusal == AUTH0DB_REFUSED_BLOCKED),
             "S1 (a blocked user)");
}

#include "login_mailboxes.h"

static void check_transient_failure(const path *p)
{
    const step *last = &p->steps[p->n - 1 - notes_at_end(p)];
    last -= last->ask == AUTH0DB_ASK_END_PUSH;
    const step *local = find_step(p, AUTH0DB_ASK_CHECK_LOCAL);
    bool accepted_unlinked = local != NULL && local->answer.users == 1 &&
                             (local->answer.user.auth0_id == NULL || !*local->answer.user.auth0_id);
    if (accepted_unlinked && local->answer.user.active &&
        auth0db_outcome_is_trouble(last->answer.outcome))
        MUST(p->end == AUTH0DB_ADMIT, "S5");
    if (p->end == AUTH0DB_ADMIT)
        MUST(p->current.active, "S7");
    MUST(p->requests <= 4, "S9 (four at most)");
    if (p->found != NULL && p->found->auth0_id != NULL &&
        p->found->standing == AUTH0DB_STANDING_SAME && strcmp(p->found->tenant_mark, "?") != 0 &&
        p->end == AUTH0DB_ADMIT && !p->by_fallback) {
        const step *hash = find_step(p, AUTH0DB_ASK_CHECK_HASH);
        MUST(p->requests == (hash->answer.yes ? 1 : 2), "S9 (a linked login costs one request)");
    }
    const step *create = find_step(p, AUTH0DB_ASK_CREATE_TENANT);
    if (create != NULL && create->answer.outcome == AUTH0DB_OUTCOME_OK)
        MUST(p->requests == 1, "S9 (a first login costs one request)");
}

#include "login_ends.h"
#include "login_kept.h"
#include "login_linked.h"
#include "login_tombstones.h"
#include "login_unlinked.h"

START_TEST(every_path_keeps_every_safety_property)
{
    static path p;
    unsigned long paths = 0, admitted = 0, longest = 0;
    auth0db_expected_id(SITE, "1", expected);
    auth0db_numbered_id(SITE, "1", 2, numbered);
    begin_paths();
    do {
        forget(&p);
        walk(&p);
        check_grants(&p);
        check_records(&p);
        check_words(&p);
        check_linked(&p);
        check_unlinked(&p);
        check_links(&p);
        check_tombstones(&p);
        check_pushes(&p);
        check_mailboxes(&p);
        check_told_by_another(&p);
        check_yes(&p);
        check_transient_failure(&p);
        check_same_work(&p);
        check_upgrade(&p);
        check_site_rules(&p);
        check_kept(&p);
        paths++;
        admitted += p.end == AUTH0DB_ADMIT;
        longest = (unsigned long)p.n > longest ? (unsigned long)p.n : longest;
    } while (next_path());
    printf("login machine: %lu paths, %lu admit, %lu refuse, longest asks %lu questions; S1-S14 "
           "hold on each\n",
           paths, admitted, paths - admitted, longest);
    ck_assert_uint_gt(admitted,
                      1000); /* a machine that refuses everything would be safe and useless */
    ck_assert_uint_gt(paths - admitted, 1000);
}
END_TEST

UNIT_MAIN("login machine", every_path_keeps_every_safety_property)
