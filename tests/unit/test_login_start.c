/* What a login machine wants before its first question, and the id that it gives. */
#include <string.h>
#include <unistd.h>

#include "auth0db/login.h"
#include "base/error.h"
#include "base/mem.h"
#include "link/ids.h"
#include "unit.h"

#define SITE "test-site"

/* Other programs make these ids as well: whoever restores a site by hand must find the same. */
START_TEST(the_number_of_tombstones_is_part_of_the_id_from_one_on)
{
    char plain[AUTH0DB_ID_SIZE], none[AUTH0DB_ID_SIZE], first[AUTH0DB_ID_SIZE],
        twelfth[AUTH0DB_ID_SIZE];
    auth0db_expected_id("site", "7", plain);
    auth0db_numbered_id("site", "7", 0, none);
    auth0db_numbered_id("site", "7", 1, first);
    auth0db_numbered_id("site", "7", 12, twelfth);
    ck_assert_str_eq(none, plain);
    ck_assert_str_eq(first, "auth0|7ab4df7d5c572ed982551d9d");
    ck_assert_str_eq(twelfth, "auth0|b12850e0319bac6ecacf82f3");
}
END_TEST

START_TEST(expected_id_depends_on_site_and_key_alone)
{
    char a[AUTH0DB_ID_SIZE], b[AUTH0DB_ID_SIZE];
    auth0db_expected_id("site", "1", a);
    ck_assert_str_eq(a, "auth0|1bc0195911b528d6aaf0d459"); /* sha256("auth0db\0site\0" "1") */
    auth0db_expected_id("sit", "e1", b);
    ck_assert_str_ne(a, b); /* the separator counts */
}
END_TEST

START_TEST(machine_refuses_to_start_or_go_on_without_what_it_needs)
{
    auth0db_login *login;
    auth0db_error err;
    auth0db_login_options options = {
        .size = sizeof options, .site = "", .identifier = "x", .password = ""};
    ck_assert_int_eq(auth0db_login_new(&login, &options, &err), AUTH0DB_ERR_USAGE);
    ck_assert_ptr_null(login);
    options.site = NULL;
    ck_assert_int_eq(auth0db_login_new(&login, &options, &err), AUTH0DB_ERR_USAGE);
    options.site = SITE;
    options.identifier = NULL;
    ck_assert_int_eq(auth0db_login_new(&login, &options, &err), AUTH0DB_ERR_USAGE);
    options.identifier = "x";
    options.password = NULL;
    ck_assert_int_eq(auth0db_login_new(&login, &options, &err), AUTH0DB_ERR_USAGE);
    ck_assert_str_eq(err.where, "credentials");
    options.password = "";
    ck_assert_int_eq(auth0db_login_new(&login, &options, &err), AUTH0DB_OK);
    auth0db_answer keyless = {.users = 1, .user = {.active = true}};
    ck_assert_int_eq(auth0db_login_tell(login, &keyless, &err), AUTH0DB_ERR_USAGE);
    ck_assert_str_eq(err.where, "user.key");
    keyless.user.key = "";
    ck_assert_int_eq(auth0db_login_tell(login, &keyless, &err), AUTH0DB_ERR_USAGE);
    auth0db_login_free(login);
    auth0db_login_free(NULL);
}
END_TEST

/* S1: whoever can make a site slow must not make it believe that the tenant is down, for then the
 * last shared password counts, which may be replaced there by now. */
START_TEST(a_site_that_took_all_the_time_is_no_outage)
{
    auth0db_client_options settings = {.size = sizeof settings,
                                       .domain = "127.0.0.1:9",
                                       .client_id = "id",
                                       .client_secret = "secret",
                                       .connection = "users"};
    auth0db_login_options options = {.size = sizeof options,
                                     .site = SITE,
                                     .identifier = "bob@example.org",
                                     .password = "x",
                                     .password_len = 1,
                                     .deadline_ms = 1,
                                     .outage_fallback = true};
    auth0db_answer bob = {.users = 1,
                          .user = {.key = "1",
                                   .email = "bob@example.org",
                                   .active = true,
                                   .auth0_id = "auth0|1",
                                   .standing = AUTH0DB_STANDING_SAME,
                                   .shared_known = true}};
    auth0db_client *client;
    auth0db_login *login;
    auth0db_error err;
    ck_assert_int_eq(auth0db_client_new(&client, &settings, &err), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_login_new(&login, &options, &err), AUTH0DB_OK);
    usleep(5000);
    ck_assert_int_eq(auth0db_login_tell(login, &bob, &err), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_login_run(login, client, &err), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_login_question(login)->ask, AUTH0DB_ASK_CHECK_HASH);
    auth0db_answer right = {.yes = true};
    ck_assert_int_eq(auth0db_login_tell(login, &right, &err), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_login_question(login)->ask, AUTH0DB_REFUSE);
    ck_assert_int_eq(auth0db_login_question(login)->refusal, AUTH0DB_REFUSED_BUSY);
    auth0db_login_free(login);
    auth0db_client_free(client);
}
END_TEST

#define BOB(...)                                                                                   \
    {                                                                                              \
        .users = 1, .user = {                                                                      \
            .key = "1",                                                                            \
            .username = "bob",                                                                     \
            .email = "bob@example.org",                                                            \
            .active = true,                                                                        \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define BOB_LINKED                                                                                 \
    BOB(.auth0_id = "auth0|x", .standing = AUTH0DB_STANDING_SAME, .shared_known = true)
#define EVE_LINKED                                                                                 \
    {                                                                                              \
        .users = 1, .user = {                                                                      \
            .key = "2",                                                                            \
            .email = "eve@example.org",                                                            \
            .active = true,                                                                        \
            .auth0_id = "auth0|x",                                                                 \
            .standing = AUTH0DB_STANDING_SAME,                                                     \
            .shared_known = true                                                                   \
        }                                                                                          \
    }
#define BOB_NAMED_TWICE                                                                            \
    {                                                                                              \
        .users = 1, .named_twice = true, .user = {.key = "1", .username = "bob", .active = true }  \
    }

/* A site, and a tenant that knows the person as auth0|x: whom the site finds, and where. */
static const struct world {
    const char *what;
    bool knows; /* the first hash that is asked for knows the password */
    auth0db_answer found, local, owner, resolved, created;
} worlds[] = {
    {"linked", .knows = true, .found = BOB_LINKED},
    {"found by a backend of the site's", .knows = true, .local = BOB_LINKED},
    {"not linked, accepted", .found = BOB(), .local = BOB()},
    {"not linked, refused", .found = BOB()},
    {"found by the tenant's word, linked", .knows = true, .resolved = BOB_LINKED},
    {"found by the tenant's word, not linked", .resolved = BOB()},
    {"known to the tenant alone", .created = BOB_LINKED},
    {"a name that means two", .found = BOB_NAMED_TWICE, .owner = EVE_LINKED},
    {"a name that means two, of the first", .knows = true, .found = BOB_NAMED_TWICE,
     .owner = EVE_LINKED, .local = BOB()},
};

static auth0db_answer answer_of(const struct world *world, const auth0db_question *q, int *hashes)
{
    static const auth0db_tenant_user tenant = {.user_id = "auth0|x",
                                               .email = "bob@example.org",
                                               .email_verified = true,
                                               .last_password_reset = "2026-01-01T00:00:00.000Z"};
    auth0db_answer answer = {0};
    switch (q->ask) {
    case AUTH0DB_ASK_FIND_USER:
        return world->found;
    case AUTH0DB_ASK_FIND_OWNER:
        return world->owner;
    case AUTH0DB_ASK_CHECK_LOCAL:
        return world->local;
    case AUTH0DB_ASK_RESOLVE:
        return world->resolved;
    case AUTH0DB_ASK_CREATE_LOCAL:
        return world->created;
    case AUTH0DB_ASK_CHECK_HASH:
        answer.yes = (++*hashes == 1) == world->knows;
        break;
    case AUTH0DB_ASK_EMAIL_SHARED:
    case AUTH0DB_ASK_TOMBSTONE:
        break;
    case AUTH0DB_ASK_CREATE_TENANT:
        answer.outcome = AUTH0DB_OUTCOME_EXISTS;
        break;
    case AUTH0DB_ASK_GRANT:
    case AUTH0DB_ASK_READ_TENANT:
        answer.tenant = &tenant;
        break;
    default:
        answer.yes = true;
    }
    return answer;
}

/* With that allocation failing: admitted, or refused because there was no memory. */
static bool admits_without(const struct world *world, long nth)
{
    auth0db_login_options options = {.size = sizeof options,
                                     .site = SITE,
                                     .identifier = "bob@example.org",
                                     .password = "x",
                                     .password_len = 1,
                                     .create_users = true};
    auth0db_login *login;
    auth0db_error err;
    int hashes = 0;
    a0_test_fail_nth_alloc(nth);
    int rc = auth0db_login_new(&login, &options, &err);
    ck_assert_int_eq(rc == AUTH0DB_OK, login != NULL);
    if (rc == AUTH0DB_OK) /* all there, or nothing */
        ck_assert_str_eq(auth0db_login_question(login)->identifier, options.identifier);
    const auth0db_question *q = NULL;
    while (rc == AUTH0DB_OK && (q = auth0db_login_question(login))->ask != AUTH0DB_ADMIT &&
           q->ask != AUTH0DB_REFUSE) {
        auth0db_answer answer = answer_of(world, q, &hashes);
        rc = auth0db_login_tell(login, &answer, &err);
    }
    a0_test_fail_nth_alloc(0);
    bool admitted = rc == AUTH0DB_OK && q->ask == AUTH0DB_ADMIT;
    if (!admitted)
        ck_assert_msg(rc == AUTH0DB_ERR_NO_MEMORY, "%s, %ld: %s", world->what, nth,
                      auth0db_refusal_name(q->refusal));
    if (!admitted && login != NULL) {
        q = auth0db_login_question(login);
        ck_assert_int_eq(q->ask, AUTH0DB_REFUSE);
        ck_assert_int_eq(q->refusal, AUTH0DB_REFUSED_SITE_ERROR);
    }
    auth0db_login_free(login);
    return admitted;
}

START_TEST(a_login_short_of_memory_admits_nobody)
{
    for (const struct world *world = worlds; world < worlds + A0_COUNT(worlds); world++) {
        long nth = 1;
        while (nth < 1000 && !admits_without(world, nth))
            nth++;
        ck_assert_msg(nth > 6 && nth < 1000, "%s: %ld", world->what, nth);
        for (long later = nth; later < nth + 20; later++) /* that was the last one */
            ck_assert_msg(admits_without(world, later), "%s: %ld of %ld", world->what, later, nth);
    }
}
END_TEST

/* What is no id equals none: nobody is joined by it. */
START_TEST(an_id_that_cannot_be_worked_out_is_empty)
{
    char long_key[3000], id[AUTH0DB_ID_SIZE], right[AUTH0DB_ID_SIZE];
    memset(long_key, '7', sizeof long_key - 1);
    long_key[sizeof long_key - 1] = '\0';
    auth0db_expected_id(SITE, long_key, right);
    ck_assert_uint_eq(strlen(right), AUTH0DB_ID_LEN);
    long nth = 1;
    for (a0_ids *ids = NULL; ids == NULL; nth++) {
        ck_assert_int_lt(nth, 100);
        a0_test_fail_nth_alloc(nth);
        ids = a0_ids_new(SITE);
        a0_test_fail_nth_alloc(0);
        if (ids == NULL)
            continue;
        a0_test_fail_nth_alloc(1);
        a0_ids_make(ids, (a0_slice){long_key, sizeof long_key - 1}, 0, id);
        a0_test_fail_nth_alloc(0);
        ck_assert_str_eq(id, "");
        a0_ids_make(ids, (a0_slice){long_key, sizeof long_key - 1}, 0, id);
        ck_assert_str_eq(id, right);
        a0_ids_free(ids);
        break;
    }
    ck_assert_int_gt(nth, 1);
}
END_TEST

/* A failed grant is counted against whom it names, and one for a name that the connection does not
 * take logs nobody in. */
START_TEST(a_known_user_is_asked_for_by_what_the_connection_takes)
{
    static const struct {
        auth0db_identifier by;
        bool require_username;
        const char *username, *email, *tenant_email, *asked;
    } rows[] = {
        {AUTH0DB_IDENTIFIER_USUAL, false, "bob", "bob@site", "bob@tenant", "bob@tenant"},
        {AUTH0DB_IDENTIFIER_USUAL, false, "bob", "bob@site", "", "bob@site"},
        {AUTH0DB_IDENTIFIER_USUAL, false, "bob", "", "", "typed"},
        {AUTH0DB_IDENTIFIER_USUAL, true, "bob", "bob@site", "bob@tenant", "bob"},
        {AUTH0DB_IDENTIFIER_USUAL, true, "", "bob@site", "bob@tenant", "typed"},
        {AUTH0DB_IDENTIFIER_USUAL, true, "", "bob@site", "", "typed"},
        {AUTH0DB_IDENTIFIER_USERNAME, false, "bob", "bob@site", "bob@tenant", "bob"},
        {AUTH0DB_IDENTIFIER_EMAIL, true, "bob", "bob@site", "bob@tenant", "bob@tenant"},
        {AUTH0DB_IDENTIFIER_EMAIL, true, "bob", "bob@site", "", "bob@site"},
    };
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        auth0db_login_options options = {.size = sizeof options,
                                         .site = SITE,
                                         .identifier = "typed",
                                         .password = "x",
                                         .password_len = 1,
                                         .login_by = rows[i].by,
                                         .require_username = rows[i].require_username};
        auth0db_answer bob = BOB(.auth0_id = "auth0|x", .tenant_email = rows[i].tenant_email);
        auth0db_login *login;
        auth0db_error err;
        bob.user.username = rows[i].username;
        bob.user.email = rows[i].email;
        ck_assert_int_eq(auth0db_login_new(&login, &options, &err), AUTH0DB_OK);
        ck_assert_int_eq(auth0db_login_tell(login, &bob, &err), AUTH0DB_OK);
        ck_assert_int_eq(auth0db_login_question(login)->ask, AUTH0DB_ASK_GRANT);
        ck_assert_str_eq(auth0db_login_question(login)->identifier, rows[i].asked);
        auth0db_login_free(login);
    }
}
END_TEST

static auth0db_login *begun(const char *password, size_t len, const auth0db_answer *found)
{
    auth0db_login_options options = {.size = sizeof options,
                                     .site = SITE,
                                     .identifier = "typed",
                                     .password = password,
                                     .password_len = len};
    auth0db_login *login;
    auth0db_error err;
    ck_assert_int_eq(auth0db_login_new(&login, &options, &err), AUTH0DB_OK);
    ck_assert_int_eq(auth0db_login_tell(login, found, &err), AUTH0DB_OK);
    return login;
}

static auth0db_ask told(auth0db_login *login, auth0db_answer answer)
{
    auth0db_error err;
    ck_assert_int_eq(auth0db_login_tell(login, &answer, &err), AUTH0DB_OK);
    return auth0db_login_question(login)->ask;
}

/* Who has moved with a long password is not kept out; what nobody types is not sent anywhere. */
START_TEST(a_password_of_4096_bytes_is_the_longest_that_is_sent)
{
    static const auth0db_answer bob = BOB_LINKED;
    char text[4097];
    memset(text, 'x', sizeof text);
    auth0db_login *login = begun(text, 4096, &bob);
    ck_assert_int_eq(auth0db_login_question(login)->ask, AUTH0DB_ASK_GRANT);
    auth0db_login_free(login);
    login = begun(text, 4097, &bob);
    ck_assert_int_ne(auth0db_login_question(login)->ask, AUTH0DB_ASK_GRANT);
    auth0db_login_free(login);
}
END_TEST

START_TEST(a_name_that_means_nobody_is_not_chosen_from_two)
{
    static const auth0db_answer nobody = {.named_twice = true};
    auth0db_login *login = begun("x", 1, &nobody);
    ck_assert_int_eq(auth0db_login_question(login)->ask, AUTH0DB_ASK_CHECK_LOCAL);
    auth0db_login_free(login);
}
END_TEST

/* A host may leave anything in the members of an answer that its question does not read. "Gone",
 * kept of the site's own answer, would keep her out of the next outage. */
START_TEST(what_the_site_answers_says_nothing_of_the_tenant)
{
    static const auth0db_tenant_user gone = {.user_id = "auth0|y", .blocked = true};
    auth0db_answer bob = BOB_LINKED;
    bob.outcome = AUTH0DB_OUTCOME_NOT_FOUND;
    auth0db_login *login = begun("x", 1, &bob);
    auth0db_answer no = {.outcome = AUTH0DB_OUTCOME_NOT_FOUND};
    auth0db_ask ask = told(login, (auth0db_answer){.outcome = AUTH0DB_OUTCOME_BAD_CREDENTIALS});
    ck_assert_int_eq(ask, AUTH0DB_ASK_CHECK_HASH);
    ck_assert_int_eq(told(login, no), AUTH0DB_REFUSE);
    auth0db_login_free(login);

    bob.outcome = AUTH0DB_OUTCOME_OK;
    bob.tenant = &gone;
    login = begun("x", 1, &bob);
    ask = told(login, (auth0db_answer){.outcome = AUTH0DB_OUTCOME_BAD_CREDENTIALS});
    ck_assert_int_eq(ask, AUTH0DB_ASK_CHECK_HASH);
    ck_assert_int_eq(told(login, (auth0db_answer){.tenant = &gone}), AUTH0DB_REFUSE);
    auth0db_login_free(login);
}
END_TEST

/* An account without an id equals none, and none was made. */
START_TEST(an_ok_about_a_user_without_an_id_is_no_answer)
{
    static const auth0db_answer bob = BOB();
    static const auth0db_tenant_user nameless = {.email = "bob@example.org",
                                                 .email_verified = true};
    auth0db_login *login = begun("x", 1, &bob);
    ck_assert_int_eq(told(login, (auth0db_answer){0}), AUTH0DB_ASK_GRANT);
    ck_assert_int_eq(told(login, (auth0db_answer){.tenant = &nameless}), AUTH0DB_REFUSE);
    ck_assert_int_eq(auth0db_login_question(login)->refusal, AUTH0DB_REFUSED_UNAVAILABLE);
    auth0db_login_free(login);
}
END_TEST

/* What was said against her is for another time: the caller is told that nothing more can be done.
 */
START_TEST(short_of_memory_at_the_end_the_machine_asks_for_nothing_more)
{
    const auth0db_answer bob = BOB();
    auth0db_tenant_user blocked = {.email = "bob@example.org", .blocked = true};
    auth0db_error err;
    auth0db_expected_id(SITE, "1", blocked.user_id);
    auth0db_login *login = begun("x", 1, &bob);
    ck_assert_int_eq(told(login, bob), AUTH0DB_ASK_CREATE_TENANT);
    auth0db_answer answer = {.outcome = AUTH0DB_OUTCOME_EXISTS};
    ck_assert_int_eq(told(login, answer), AUTH0DB_ASK_GRANT);
    answer.outcome = AUTH0DB_OUTCOME_BAD_CREDENTIALS;
    ck_assert_int_eq(told(login, answer), AUTH0DB_ASK_READ_TENANT);
    ck_assert_int_eq(told(login, (auth0db_answer){.tenant = &blocked}), AUTH0DB_ASK_LINK);
    a0_test_fail_nth_alloc(2); /* the id is there, and so it is a link; the address is not */
    ck_assert_int_eq(auth0db_login_tell(login, &(auth0db_answer){.yes = true}, &err),
                     AUTH0DB_ERR_NO_MEMORY);
    a0_test_fail_nth_alloc(0);
    ck_assert_int_eq(auth0db_login_question(login)->ask, AUTH0DB_REFUSE);
    auth0db_login_free(login);
}
END_TEST

UNIT_MAIN("login start", short_of_memory_at_the_end_the_machine_asks_for_nothing_more,
          a_password_of_4096_bytes_is_the_longest_that_is_sent,
          a_name_that_means_nobody_is_not_chosen_from_two,
          what_the_site_answers_says_nothing_of_the_tenant,
          an_ok_about_a_user_without_an_id_is_no_answer,
          the_number_of_tombstones_is_part_of_the_id_from_one_on,
          a_login_short_of_memory_admits_nobody, an_id_that_cannot_be_worked_out_is_empty,
          a_known_user_is_asked_for_by_what_the_connection_takes,
          expected_id_depends_on_site_and_key_alone,
          machine_refuses_to_start_or_go_on_without_what_it_needs,
          a_site_that_took_all_the_time_is_no_outage)
