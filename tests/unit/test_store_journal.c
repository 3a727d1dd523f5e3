/* One suite over every kind of store: batches, claims, links and holdouts are a journal that
 * neither a second process nor a kill can confuse. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "site.h"

static test_site site;

enum { MANY = 1200 }; /* more than one statement takes */

static char keys[MANY + 1][TEST_KEY_SIZE], ids[MANY + 1][16], emails[MANY + 1][40];
static a0_claim claims[MANY + 1];
static a0_settlement ends[MANY + 1];

/* A site of n users, each with a claim and a settlement ready to be used. */
static void begin(int kind, int n)
{
    test_site_open(&site, kind);
    test_site_add_users(&site, 1, n);
    for (int i = 0; i <= n; i++) {
        test_site_key(&site, i, keys[i]);
        snprintf(ids[i], sizeof ids[i], "auth0|%d", i);
        snprintf(emails[i], sizeof emails[i], "user-%d@example.org", i);
        claims[i] = (a0_claim){keys[i], ids[i], emails[i], "digest"};
        ends[i] = (a0_settlement){.key = keys[i],
                                  .what = A0_SETTLE_LINK,
                                  .auth0_id = ids[i],
                                  .email = emails[i],
                                  .lane = "bulk",
                                  .sync_digest = "digest",
                                  .tenant_mark = ""};
    }
}

static a0_batch batch_named(const char *name)
{
    a0_batch batch = {.kind = "import", .status = "claimed", .owner = "me", .users = 3};
    snprintf(batch.external_id, sizeof batch.external_id, "%s", name);
    return batch;
}

static a0_batch claim(const char *name, int first, int n)
{
    static bool taken[MANY + 1];
    a0_batch batch = batch_named(name);
    auth0db_error err = {0};
    ok(a0_store_claim(site.store, &batch, claims + first, (size_t)n, taken, &err), err);
    ck_assert_msg(batch.id != 0, "batch %s: somebody is taken", name);
    for (int i = 0; i < n; i++)
        ck_assert(!taken[i]);
    return batch;
}

static void settle(const a0_batch *batch, const a0_settlement *rows, int n)
{
    auth0db_error err = {0};
    ok(a0_store_settle(site.store, batch, rows, (size_t)n, &err), err);
}

/* "links holdouts claims" */
static const char *rows(void)
{
    static char text[64];
    snprintf(text, sizeof text, "%lld %lld %lld", (long long)test_site_rows(&site, site.map.links),
             (long long)test_site_rows(&site, site.map.holdouts),
             (long long)test_site_rows(&site, site.map.claims));
    return text;
}

static int append_claim(void *ctx, const a0_claim *row)
{
    char *text = ctx;
    size_t len = strlen(text);
    snprintf(text + len, 1024 - len, "%d %s %s %s;",
             test_site_number(&site, (a0_slice){row->key, strlen(row->key)}), row->auth0_id,
             row->email, row->sync_digest);
    return AUTH0DB_OK;
}

static int append_link(void *ctx, const a0_link_row *row)
{
    char *text = ctx;
    size_t len = strlen(text);
    snprintf(text + len, 1024 - len, "%d %s %s;",
             test_site_number(&site, (a0_slice){row->key, strlen(row->key)}), row->auth0_id,
             row->lane);
    return AUTH0DB_OK;
}

static int append_holdout(void *ctx, const a0_holdout_row *row)
{
    char *text = ctx;
    size_t len = strlen(text);
    snprintf(text + len, 1024 - len, "%d %s %s;",
             test_site_number(&site, (a0_slice){row->key, strlen(row->key)}), row->reason,
             row->detail);
    return AUTH0DB_OK;
}

static int append_count(void *ctx, const char *what, const char *name, uint64_t n)
{
    char *text = ctx;
    size_t len = strlen(text);
    snprintf(text + len, 1024 - len, "%s %s %llu;", what, name, (unsigned long long)n);
    return AUTH0DB_OK;
}

static const char *links(const char *lane, const char *after, uint64_t limit)
{
    static char text[1024];
    auth0db_error err = {0};
    text[0] = '\0';
    ok(a0_store_links(site.store, lane, after, limit, append_link, text, &err), err);
    return text;
}

static const char *holdouts(const char *reason)
{
    static char text[1024];
    auth0db_error err = {0};
    text[0] = '\0';
    ok(a0_store_holdouts(site.store, reason, "", 0, append_holdout, text, &err), err);
    return text;
}

/* --- claims ----------------------------------------------------------------------------------- */

START_TEST(a_claim_is_read_back_as_it_was_made)
{
    char text[1024] = "";
    auth0db_error err = {0};
    begin(_i, 3);
    a0_batch batch = claim("b1", 1, 3);
    ok(a0_store_claims(site.store, batch.id, append_claim, text, &err), err);
    ck_assert_str_eq(text, "1 auth0|1 user-1@example.org digest;2 auth0|2 user-2@example.org "
                           "digest;3 auth0|3 user-3@example.org digest;");
    text[0] = '\0';
    ok(a0_store_claims(site.store, batch.id + 1, append_claim, text, &err), err);
    ck_assert_str_eq(text, "");
    test_site_close(&site);
}
END_TEST

START_TEST(whoever_is_taken_or_gone_is_named_and_nothing_is_written)
{
    bool taken[MANY];
    auth0db_error err = {0};
    begin(_i, 1100);
    settle(NULL, ends + 1, 1);
    claim("b1", 2, 1);
    test_site_delete_user(&site, 1099);
    a0_batch batch = batch_named("b2");
    ok(a0_store_claim(site.store, &batch, claims + 1, 1100, taken, &err), err);
    ck_assert_int_eq(batch.id, 0);
    for (int i = 1; i <= 1100; i++)
        ck_assert_msg(taken[i - 1] == (i == 1 || i == 2 || i == 1099), "user %d", i);
    ck_assert_str_eq(rows(), "1 0 1");
    ck_assert_int_eq(test_site_rows(&site, site.map.batches), 1);
    claim("b2", 3, 1096);
    ck_assert_str_eq(rows(), "1 0 1097");
    test_site_close(&site);
}
END_TEST

/* Claims what is free of users 1..MANY in bites of 70, from an end of its own. */
static void claim_greedily(int process)
{
    static bool taken[MANY], done[MANY + 1];
    site.store = test_site_again(&site);
    for (int bite = 0, left = MANY; left > 0; bite++) {
        a0_claim some[70];
        int at[70], n = 0;
        auth0db_error err = {0};
        for (int i = 1; i <= MANY && n < 70; i++) {
            int user = process == 0 ? i : MANY + 1 - i;
            if (!done[user]) {
                at[n] = user;
                some[n++] = claims[user];
            }
        }
        a0_batch batch = batch_named("");
        snprintf(batch.external_id, sizeof batch.external_id, "%d-%d", process, bite);
        if (a0_store_claim(site.store, &batch, some, (size_t)n, taken, &err) != AUTH0DB_OK) {
            fprintf(stderr, "process %d: %s\n", process, err.message);
            _exit(EXIT_FAILURE);
        }
        for (int i = 0; i < n; i++) {
            if (batch.id != 0 || taken[i]) {
                done[at[i]] = true;
                left--;
            }
        }
    }
    _exit(EXIT_SUCCESS);
}

START_TEST(processes_side_by_side_never_take_the_same_user)
{
    enum { PROCESSES = 3 };
    pid_t children[PROCESSES];
    begin(_i, MANY);
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        ck_assert_int_ge(children[i], 0);
        if (children[i] == 0)
            claim_greedily(i);
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS);
    }
    /* the primary key says at most once, the count says at least once */
    ck_assert_int_eq(test_site_rows(&site, site.map.claims), MANY);
    test_site_close(&site);
}
END_TEST

/* --- batches ---------------------------------------------------------------------------------- */

static int copy_batch(void *ctx, const a0_batch *batch)
{
    *(a0_batch *)ctx = *batch;
    return AUTH0DB_OK;
}

static a0_batch last_batch(const char *status)
{
    a0_batch batch = {0};
    auth0db_error err = {0};
    ok(a0_store_batches(site.store, status, copy_batch, &batch, &err), err);
    return batch;
}

START_TEST(a_batch_is_read_back_as_it_was_written)
{
    auth0db_error err = {0};
    begin(_i, 1);
    a0_batch batch = claim("b1", 1, 1);
    ck_assert_int_gt(batch.created, INT64_C(1600000000000000));
    a0_batch read = last_batch(NULL);
    ck_assert_int_eq(read.id, batch.id);
    ck_assert_int_eq(read.created, batch.created);
    ck_assert_int_eq(read.submitted, 0);
    ck_assert_str_eq(read.owner, "me");
    snprintf(batch.status, sizeof batch.status, "submitted");
    snprintf(batch.job_id, sizeof batch.job_id, "job_1");
    snprintf(batch.owner, sizeof batch.owner, "it's \\ \"me\"");
    snprintf(batch.detail, sizeof batch.detail, "{\"a\": [1, \"\xc3\xa9 ? $1 @ %%s\"]}");
    batch.users = 7;
    batch.bytes = INT64_C(5000000000);
    batch.linked = 4;
    batch.held = 2;
    batch.released = 1;
    batch.submitted = INT64_C(1700000000123456);
    batch.settled = INT64_C(1700000001000000);
    batch.seen = INT64_C(1700000002999999);
    ok(a0_store_batch_update(site.store, &batch, "me", &err), err);
    read = last_batch("submitted");
    ck_assert_int_eq(read.id, batch.id);
    ck_assert_str_eq(read.external_id, "b1");
    ck_assert_str_eq(read.kind, "import");
    ck_assert_str_eq(read.job_id, batch.job_id);
    ck_assert_str_eq(read.owner, batch.owner);
    ck_assert_str_eq(read.detail, batch.detail);
    ck_assert_int_eq(read.users, 7);
    ck_assert_int_eq(read.bytes, INT64_C(5000000000));
    ck_assert(read.linked == 4 && read.held == 2 && read.released == 1);
    ck_assert_int_eq(read.created, batch.created);
    ck_assert_int_eq(read.submitted, batch.submitted);
    ck_assert_int_eq(read.settled, batch.settled);
    ck_assert_int_eq(read.seen, batch.seen);
    test_site_close(&site);
}
END_TEST

START_TEST(only_the_owner_updates_a_batch_and_nobody_a_settled_one)
{
    auth0db_error err = {0};
    begin(_i, 1);
    a0_batch batch = claim("b1", 1, 1);
    snprintf(batch.job_id, sizeof batch.job_id, "job_1");
    ck_assert_int_eq(a0_store_batch_update(site.store, &batch, "you", &err), AUTH0DB_ERR_STATE);
    ck_assert_str_eq(last_batch(NULL).job_id, "");
    ok(a0_store_batch_update(site.store, &batch, "", &err), err);
    ok(a0_store_batch_update(site.store, &batch, "me", &err), err); /* nothing new is no error */
    ck_assert_str_eq(last_batch(NULL).job_id, "job_1");
    snprintf(batch.status, sizeof batch.status, "settled");
    ok(a0_store_batch_update(site.store, &batch, "me", &err), err);
    ck_assert_int_eq(a0_store_batch_update(site.store, &batch, "me", &err), AUTH0DB_ERR_STATE);
    batch.id += 1000;
    ck_assert_int_eq(a0_store_batch_update(site.store, &batch, "", &err), AUTH0DB_ERR_STATE);
    test_site_close(&site);
}
END_TEST

typedef struct counting {
    int64_t last, n, stop_at;
} counting;

static int count_batch(void *ctx, const a0_batch *batch)
{
    counting *counter = ctx;
    ck_assert_int_gt(batch->id, counter->last);
    counter->last = batch->id;
    return ++counter->n == counter->stop_at ? 4711 : AUTH0DB_OK;
}

START_TEST(batches_come_oldest_first_and_can_be_chosen)
{
    enum { BATCHES = 410 };
    auth0db_error err = {0};
    begin(_i, BATCHES);
    for (int i = 1; i <= BATCHES; i++) {
        char name[16];
        snprintf(name, sizeof name, "b%d", i);
        a0_batch batch = claim(name, i, 1);
        if (i % 2 == 0)
            continue;
        snprintf(batch.status, sizeof batch.status, i % 3 == 0 ? "submitted" : "failed");
        ok(a0_store_batch_update(site.store, &batch, "me", &err), err);
    }
    counting all = {0}, open = {0}, failed = {0}, stopped = {.stop_at = 3};
    ok(a0_store_batches(site.store, NULL, count_batch, &all, &err), err);
    ok(a0_store_batches(site.store, "open", count_batch, &open, &err), err);
    ok(a0_store_batches(site.store, "failed", count_batch, &failed, &err), err);
    ck_assert_int_eq(all.n, BATCHES);
    ck_assert_int_eq(failed.n, 137); /* odd, and not divisible by 3 */
    ck_assert_int_eq(open.n, BATCHES - 137);
    ck_assert_int_eq(a0_store_batches(site.store, NULL, count_batch, &stopped, &err), 4711);
    ck_assert_int_eq(stopped.n, 3);
    test_site_close(&site);
}
END_TEST

/* --- settling --------------------------------------------------------------------------------- */

START_TEST(a_batch_ends_in_links_holdouts_and_free_users)
{
    begin(_i, 4);
    settle(NULL,
           (a0_settlement[]){{.key = keys[1], .what = A0_SETTLE_HOLD, .reason = "weak-password"}},
           1);
    a0_batch batch = claim("b1", 1, 3);
    claim("b2", 4, 1);
    ends[2] = (a0_settlement){.key = keys[2],
                              .what = A0_SETTLE_HOLD,
                              .reason = "foreign-account",
                              .detail = "it's \"so\"",
                              .hash_digest = "d"};
    ends[3].what = A0_SETTLE_RELEASE;
    snprintf(batch.status, sizeof batch.status, "settled");
    batch.linked = 1;
    settle(&batch, ends + 1, 3);
    ck_assert_str_eq(rows(), "1 1 1");
    ck_assert_str_eq(links(NULL, "", 0), "1 auth0|1 bulk;");
    ck_assert_str_eq(holdouts(NULL), "2 foreign-account it's \"so\";");
    ck_assert_int_eq(last_batch("settled").linked, 1);
    claim("b3", 3, 1); /* the released one can be had again */
    test_site_close(&site);
}
END_TEST

/* How many links remember what, since when. */
static const char *words(void)
{
    static char text[256];
    a0_sql sql = A0_SQL(site.store);
    a0_rows *found;
    auth0db_error err = {0};
    bool more = true;
    text[0] = '\0';
    a0_sql_put(&sql, "SELECT @, count(@) FROM @ GROUP BY @ ORDER BY @", "word", "word_at",
               site.map.links, "word", "word");
    ok(a0_sql_query(&sql, &found, &err), err);
    while (a0_rows_next(found, &more, &err) == AUTH0DB_OK && more) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, "%s %d;", a0_rows_text(found, 0),
                 (int)a0_rows_int(found, 1));
    }
    a0_rows_end(found);
    return text;
}

START_TEST(a_link_remembers_what_is_said_against_its_user)
{
    begin(_i, 3);
    ends[2].word = "blocked";
    ends[3].word = "mfa";
    settle(NULL, ends + 1, 3);
    if (!test_site_is(&site, "ndjson"))
        ck_assert_str_eq(words(), " 0;blocked 1;mfa 1;");
    test_site_close(&site);
}
END_TEST

START_TEST(a_batch_is_settled_once)
{
    auth0db_error err = {0};
    begin(_i, 2);
    a0_batch batch = claim("b1", 1, 2);
    snprintf(batch.status, sizeof batch.status, "settled");
    settle(&batch, ends + 1, 1);
    ck_assert_int_eq(a0_store_settle(site.store, &batch, ends + 2, 1, &err), AUTH0DB_ERR_STATE);
    ck_assert_str_eq(rows(), "1 0 1");
    test_site_close(&site);
}
END_TEST

START_TEST(what_happened_meanwhile_stands)
{
    begin(_i, 5);
    a0_batch batch = claim("b1", 1, 4);
    a0_settlement login = ends[1];
    login.auth0_id = "auth0|by-login";
    login.lane = "login";
    settle(NULL, &login, 1);         /* 1 logged in and was linked */
    test_site_delete_user(&site, 2); /* 2 is gone */
    ends[5].auth0_id = ids[3];       /* 5 has what 3 was to get */
    settle(NULL, ends + 5, 1);
    settle(NULL,
           (a0_settlement[]){{.key = keys[4], .what = A0_SETTLE_HOLD, .reason = "weak-password"}},
           1);
    ends[4].what = A0_SETTLE_HOLD; /* 4 gets another reason */
    ends[4].reason = "no-email";
    ends[4].detail = "none";
    snprintf(batch.status, sizeof batch.status, "settled");
    settle(&batch, ends + 1, 4);
    ck_assert_str_eq(links(NULL, "", 0), "1 auth0|by-login login;5 auth0|3 bulk;");
    ck_assert_str_eq(holdouts(NULL),
                     "3 foreign-account another user of the site is linked to it;4 no-email none;");
    ck_assert_str_eq(rows(), "2 2 0");
    test_site_close(&site);
}
END_TEST

START_TEST(a_user_with_a_link_gets_no_holdout)
{
    begin(_i, 1);
    settle(NULL, ends + 1, 1);
    settle(NULL, (a0_settlement[]){{.key = keys[1], .what = A0_SETTLE_HOLD, .reason = "no-email"}},
           1);
    ck_assert_str_eq(rows(), "1 0 0");
    test_site_close(&site);
}
END_TEST

START_TEST(holdouts_outside_a_batch_leave_claims_alone)
{
    begin(_i, 2);
    claim("b1", 1, 1);
    a0_settlement hold[] = {
        {.key = keys[1], .what = A0_SETTLE_HOLD, .reason = "no-email"},
        {.key = keys[2], .what = A0_SETTLE_HOLD, .reason = "no-email"},
    };
    settle(NULL, hold, 2);
    ck_assert_str_eq(rows(), "0 2 1");
    test_site_close(&site);
}
END_TEST

START_TEST(released_holdouts_are_gone_and_the_others_stay)
{
    const char *some[MANY];
    auth0db_error err = {0};
    begin(_i, MANY);
    for (int i = 1; i <= MANY; i++) {
        ends[i].what = A0_SETTLE_HOLD;
        ends[i].reason = "no-email";
        some[i - 1] = keys[i];
    }
    settle(NULL, ends + 1, MANY);
    ok(a0_store_release_holdouts(site.store, some, MANY - 1, &err), err);
    char last[64];
    snprintf(last, sizeof last, "%d no-email ;", MANY);
    ck_assert_str_eq(holdouts(NULL), last);
    test_site_close(&site);
}
END_TEST

START_TEST(a_whole_batch_of_many_settles)
{
    begin(_i, MANY);
    a0_batch batch = claim("b1", 1, MANY);
    snprintf(batch.status, sizeof batch.status, "settled");
    settle(&batch, ends + 1, MANY);
    char want[32];
    snprintf(want, sizeof want, "%d 0 0", MANY);
    ck_assert_str_eq(rows(), want);
    test_site_close(&site);
}
END_TEST

/* --- what is on record ------------------------------------------------------------------------ */

static int count_link(void *ctx, const a0_link_row *row)
{
    return ++*(int *)ctx == 1007 ? 4711 : AUTH0DB_OK;
}

START_TEST(links_come_in_key_order_page_by_page)
{
    auth0db_error err = {0};
    int n = 0;
    begin(_i, MANY);
    ends[2].lane = "login";
    settle(NULL, ends + 1, MANY);
    ck_assert_str_eq(links(NULL, "", 2), "1 auth0|1 bulk;2 auth0|2 login;");
    ck_assert_str_eq(links(NULL, keys[2], 1), "3 auth0|3 bulk;");
    ck_assert_str_eq(links("login", "", 0), "2 auth0|2 login;");
    ck_assert_str_eq(links("reset", "", 0), "");
    ck_assert_str_eq(links(NULL, keys[MANY], 0), "");
    ck_assert_int_eq(a0_store_links(site.store, NULL, "", 0, count_link, &n, &err), 4711);
    ck_assert_int_eq(a0_store_links(site.store, NULL, "", 0, count_link, &n, &err), AUTH0DB_OK);
    ck_assert_int_eq(n, 1007 + MANY);
    test_site_close(&site);
}
END_TEST

START_TEST(a_link_is_undone_only_if_it_is_that_link)
{
    auth0db_error err = {0};
    bool gone = true;
    begin(_i, 1);
    settle(NULL, ends + 1, 1);
    ok(a0_store_unlink(site.store, keys[1], "auth0|other", &gone, &err), err);
    ck_assert(!gone);
    ok(a0_store_unlink(site.store, keys[1], ids[1], &gone, &err), err);
    ck_assert(gone);
    ok(a0_store_unlink(site.store, keys[1], ids[1], &gone, &err), err);
    ck_assert(!gone);
    test_site_close(&site);
}
END_TEST

START_TEST(everything_is_counted_by_its_kind)
{
    char text[1024] = "";
    auth0db_error err = {0};
    begin(_i, 6);
    ends[2].lane = "login";
    ends[3].what = A0_SETTLE_HOLD;
    ends[3].reason = "no-email";
    settle(NULL, ends + 1, 3);
    claim("b1", 4, 2);
    claim("b2", 6, 1);
    ok(a0_store_counts(site.store, append_count, text, &err), err);
    ck_assert_str_eq(text, "links bulk 1;links login 1;holdouts no-email 1;batches claimed 2;"
                           "claims  3;claims-on-record  0;");
    ck_assert_str_eq(holdouts("bad-email"), "");
    ck_assert_str_eq(holdouts("no-email"), "3 no-email ;");
    test_site_close(&site);
}
END_TEST

START_TEST(two_who_name_the_site_get_the_name_of_the_first)
{
    char name[65], second[65];
    auth0db_error err = {0};
    begin(_i, 0);
    ok(a0_store_site(site.store, false, NULL, name, &err), err);
    ck_assert_str_eq(name, "");
    a0_store *other = test_site_again(&site);
    ok(a0_store_site(site.store, true, "first", name, &err), err);
    ok(a0_store_site(other, true, "second", second, &err), err);
    ck_assert_str_eq(name, "first");
    ck_assert_str_eq(second, "first");
    a0_store_close(other);
    test_site_close(&site);
}
END_TEST

/* --- kills ------------------------------------------------------------------------------------ */

static const a0_engine *real_engine;
static int statements_left;

/* Dies in the midst of the call, with so many statements behind it. */
static int run_until_killed(a0_store *store, const a0_sql *sql, int64_t *changed,
                            auth0db_error *err)
{
    if (statements_left-- == 0)
        raise(SIGKILL);
    return real_engine->run(store, sql, changed, err);
}

static void one_claim(a0_batch *batch)
{
    static bool taken[MANY];
    auth0db_error err;
    if (a0_store_claim(site.store, batch, claims + 1, MANY, taken, &err) != AUTH0DB_OK)
        _exit(EXIT_FAILURE);
}

static void one_settle(a0_batch *batch)
{
    auth0db_error err;
    if (a0_store_settle(site.store, batch, ends + 1, MANY, &err) != AUTH0DB_OK)
        _exit(EXIT_FAILURE);
}

/* In a process of its own; false where it came through without being killed. */
static bool killed_after(int statements, void (*act)(a0_batch *), a0_batch *batch)
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        site.store = test_site_again(&site);
        real_engine = site.store->engine;
        a0_engine killing = *real_engine;
        killing.run = run_until_killed;
        site.store->engine = &killing;
        statements_left = statements;
        act(batch);
        _exit(EXIT_SUCCESS);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) || WEXITSTATUS(status) == EXIT_SUCCESS);
    return WIFSIGNALED(status);
}

START_TEST(a_kill_leaves_all_of_a_call_or_nothing)
{
    char linked[32];
    int kills = 0;
    begin(_i, MANY);
    a0_batch batch = batch_named("b1");
    while (killed_after(kills, one_claim, &batch)) {
        ck_assert_str_eq(rows(), "0 0 0");
        ck_assert_int_eq(test_site_rows(&site, site.map.batches), 0);
        kills++;
    }
    ck_assert_int_ge(kills, 5);
    ck_assert_int_eq(test_site_rows(&site, site.map.claims), MANY);
    batch = last_batch("open");
    snprintf(batch.status, sizeof batch.status, "settled");
    snprintf(linked, sizeof linked, "%d 0 0", MANY);
    for (kills = 0; killed_after(kills, one_settle, &batch); kills++) {
        ck_assert_str_ne(rows(), linked);
        ck_assert_int_eq(test_site_rows(&site, site.map.claims), MANY);
        ck_assert_int_eq(test_site_rows(&site, site.map.links), 0);
        ck_assert_str_eq(last_batch(NULL).status, "claimed");
    }
    ck_assert_int_ge(kills, 5);
    ck_assert_str_eq(rows(), linked);
    ck_assert_str_eq(last_batch(NULL).status, "settled");
    test_site_close(&site);
}
END_TEST

/* --- reminders -------------------------------------------------------------------------------- */

static a0_reminder reminder_of(int i, const char *status)
{
    return (a0_reminder){.key = keys[i],
                         .auth0_id = ids[i],
                         .email = emails[i],
                         .channel = "tenant",
                         .status = status,
                         .wave = "w",
                         .detail = "",
                         .sync_digest = "digest",
                         .created = 1700000000000000};
}

static bool remind(int i)
{
    a0_reminder reminder = reminder_of(i, "created");
    auth0db_error err = {0};
    bool recorded;
    ok(a0_store_remind(site.store, &reminder, &recorded, &err), err);
    return recorded;
}

static bool step(int i, const char *from, const char *to)
{
    a0_reminder reminder = reminder_of(i, to);
    auth0db_error err = {0};
    bool done;
    reminder.in_air = 1700000001000000;
    reminder.detail = "why";
    ok(a0_store_reminder_step(site.store, &reminder, from, true, &done, &err), err);
    return done;
}

static int append_reminder(void *ctx, const a0_reminder *row)
{
    char *text = ctx;
    size_t len = strlen(text);
    snprintf(text + len, 1024 - len, "%d %s %s %s %s%s;",
             test_site_number(&site, (a0_slice){row->key, strlen(row->key)}), row->status,
             row->email, row->detail, row->in_air == 1700000001000000 ? "flown" : "",
             row->linked ? " linked" : "");
    return AUTH0DB_OK;
}

static const char *reminders(const char *status, bool unlinked, const char *after, uint64_t limit)
{
    static char text[1024];
    auth0db_error err = {0};
    text[0] = '\0';
    ok(a0_store_reminders(site.store, status, unlinked, after, limit, append_reminder, text, &err),
       err);
    return text;
}

START_TEST(a_user_is_reminded_once)
{
    begin(_i, 3);
    ck_assert(remind(1));
    ck_assert(!remind(1));
    ck_assert_str_eq(reminders(NULL, false, NULL, 0), "1 created user-1@example.org  ;");
    test_site_delete_user(&site, 2);
    ck_assert(!remind(2));
    test_site_close(&site);
}
END_TEST

START_TEST(a_reminder_and_a_claim_exclude_each_other)
{
    bool taken[3];
    auth0db_error err = {0};
    begin(_i, 3);
    ck_assert(remind(2));
    a0_batch batch = batch_named("b1");
    ok(a0_store_claim(site.store, &batch, claims + 1, 3, taken, &err), err);
    ck_assert(batch.id == 0 && !taken[0] && taken[1] && !taken[2]);
    claim("b2", 3, 1);
    ck_assert(!remind(3));
    test_site_close(&site);
}
END_TEST

START_TEST(who_has_moved_is_not_reminded)
{
    begin(_i, 2);
    a0_batch batch = claim("b1", 1, 1);
    batch.status[0] = '\0';
    snprintf(batch.status, sizeof batch.status, "settled");
    settle(&batch, ends + 1, 1);
    ck_assert(!remind(1));
    test_site_close(&site);
}
END_TEST

START_TEST(a_step_is_taken_by_one_and_by_nobody_once_the_user_has_moved)
{
    auth0db_error err = {0};
    begin(_i, 2);
    ck_assert(remind(1) && remind(2));
    ck_assert(step(1, "created", "in-air"));
    ck_assert(!step(1, "created", "in-air"));
    ok(a0_store_settle(site.store, NULL, ends + 2, 1, &err), err);
    ck_assert(!step(2, "created", "in-air"));
    ck_assert_str_eq(
        reminders(NULL, false, NULL, 0),
        "1 in-air user-1@example.org why flown;2 created user-2@example.org   linked;");
    ck_assert_str_eq(reminders("created", true, NULL, 0), "");
    ok(a0_store_reminder_drop(site.store, keys[1], &err), err);
    ok(a0_store_reminder_drop(site.store, keys[2], &err), err);
    ck_assert_str_eq(reminders(NULL, false, NULL, 0), "1 in-air user-1@example.org why flown;");
    test_site_close(&site);
}
END_TEST

START_TEST(reminders_come_in_pages_in_the_order_of_keys)
{
    begin(_i, 3);
    for (int i = 3; i > 0; i--)
        ck_assert(remind(i));
    ck_assert_str_eq(reminders("created", true, keys[1], 1), "2 created user-2@example.org  ;");
    test_site_close(&site);
}
END_TEST

SITE_MAIN("store_journal", a_claim_is_read_back_as_it_was_made,
          whoever_is_taken_or_gone_is_named_and_nothing_is_written,
          processes_side_by_side_never_take_the_same_user, a_batch_is_read_back_as_it_was_written,
          only_the_owner_updates_a_batch_and_nobody_a_settled_one,
          batches_come_oldest_first_and_can_be_chosen,
          a_batch_ends_in_links_holdouts_and_free_users,
          a_link_remembers_what_is_said_against_its_user, a_batch_is_settled_once,
          what_happened_meanwhile_stands, a_user_with_a_link_gets_no_holdout,
          holdouts_outside_a_batch_leave_claims_alone,
          released_holdouts_are_gone_and_the_others_stay, a_whole_batch_of_many_settles,
          links_come_in_key_order_page_by_page, a_link_is_undone_only_if_it_is_that_link,
          everything_is_counted_by_its_kind, two_who_name_the_site_get_the_name_of_the_first,
          a_kill_leaves_all_of_a_call_or_nothing, a_user_is_reminded_once,
          a_reminder_and_a_claim_exclude_each_other, who_has_moved_is_not_reminded,
          a_step_is_taken_by_one_and_by_nobody_once_the_user_has_moved,
          reminders_come_in_pages_in_the_order_of_keys)
