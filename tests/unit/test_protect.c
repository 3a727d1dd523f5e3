#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "sandbox/login/protect.h"
#include "unit.h"

static const sb_protect_rules rules = {
    .account_on = true,
    .account_max = 10,
    .ip_on = true,
    .ip_max = 100,
    .ip_refill_ms = 864000,
};

static sb_attempt from(const char *identifier, const char *ip, int64_t now_ms)
{
    return (sb_attempt){.connection = "db", .identifier = identifier, .ip = ip, .now_ms = now_ms};
}

static void go_wrong(sb_counters *counters, const sb_protect_rules *r, sb_attempt attempt,
                     int times)
{
    for (int i = 0; i < times; i++)
        (void)sb_protect_failed(counters, r, &attempt);
}

static sb_protect_verdict check(sb_counters *counters, const sb_protect_rules *r,
                                sb_attempt attempt)
{
    return sb_protect_check(counters, r, &attempt);
}

START_TEST(the_tenth_failure_arms_the_block)
{
    sb_counters counters = {0};
    sb_attempt bob = from("bob@example.com", "203.0.113.7", 1000);
    go_wrong(&counters, &rules, bob, 9);
    ck_assert_int_eq(check(&counters, &rules, bob), SB_ALLOWED);
    go_wrong(&counters, &rules, bob, 1);
    ck_assert_int_eq(check(&counters, &rules, bob), SB_ACCOUNT_BLOCKED);
    ck_assert_int_eq(check(&counters, &rules, from("bob@example.com", "203.0.113.8", 1000)),
                     SB_ALLOWED);
    ck_assert_int_eq(check(&counters, &rules, from("eve@example.com", "203.0.113.7", 1000)),
                     SB_ALLOWED);
    sb_counters_clear(&counters);
}
END_TEST

START_TEST(a_block_lasts_thirty_days_from_the_last_failure)
{
    sb_counters counters = {0};
    go_wrong(&counters, &rules, from("bob", "1.1.1.1", 0), 10);
    go_wrong(&counters, &rules, from("bob", "1.1.1.1", 5000), 1);
    ck_assert_int_eq(check(&counters, &rules, from("bob", "1.1.1.1", SB_BLOCK_MS)),
                     SB_ACCOUNT_BLOCKED);
    ck_assert_int_eq(check(&counters, &rules, from("bob", "1.1.1.1", SB_BLOCK_MS + 5000)),
                     SB_ALLOWED);
    /* and the counting starts again, rather than going on from ten */
    go_wrong(&counters, &rules, from("bob", "1.1.1.1", SB_BLOCK_MS + 5000), 1);
    ck_assert_int_eq(check(&counters, &rules, from("bob", "1.1.1.1", SB_BLOCK_MS + 5000)),
                     SB_ALLOWED);
    sb_counters_clear(&counters);
}
END_TEST

START_TEST(success_forgets_the_failures_of_that_address_alone)
{
    sb_counters counters = {0};
    sb_attempt here = from("bob", "1.1.1.1", 0), there = from("bob", "2.2.2.2", 0);
    go_wrong(&counters, &rules, here, 9);
    go_wrong(&counters, &rules, there, 9);
    sb_protect_succeeded(&counters, &rules, &here);
    go_wrong(&counters, &rules, here, 9);
    go_wrong(&counters, &rules, there, 1);
    ck_assert_int_eq(check(&counters, &rules, here), SB_ALLOWED);
    ck_assert_int_eq(check(&counters, &rules, there), SB_ACCOUNT_BLOCKED);
    sb_counters_clear(&counters);
}
END_TEST

START_TEST(addresses_can_be_counted_together)
{
    sb_protect_rules together = rules;
    sb_counters counters = {0};
    char ip[20];
    together.account_any_ip = true;
    for (int i = 0; i < 10; i++) {
        snprintf(ip, sizeof ip, "10.0.0.%d", i);
        go_wrong(&counters, &together, from("bob", ip, 0), 1);
    }
    ck_assert_int_eq(check(&counters, &together, from("bob", "10.9.9.9", 0)), SB_ACCOUNT_BLOCKED);
    sb_counters_clear(&counters);
}
END_TEST

START_TEST(an_address_gets_one_attempt_back_after_each_interval)
{
    sb_protect_rules r = rules;
    sb_counters counters = {0};
    char name[32];
    r.ip_max = 3;
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "user%d", i);
        ck_assert_int_eq(check(&counters, &r, from(name, "1.1.1.1", 0)), SB_ALLOWED);
        go_wrong(&counters, &r, from(name, "1.1.1.1", 0), 1);
    }
    ck_assert_int_eq(check(&counters, &r, from("bob", "1.1.1.1", 863999)), SB_IP_BLOCKED);
    ck_assert_int_eq(check(&counters, &r, from("bob", "1.1.1.2", 0)), SB_ALLOWED);
    ck_assert_int_eq(check(&counters, &r, from("bob", "1.1.1.1", 864000)), SB_ALLOWED);
    go_wrong(&counters, &r, from("bob", "1.1.1.1", 864000), 1);
    ck_assert_int_eq(check(&counters, &r, from("bob", "1.1.1.1", 864000)), SB_IP_BLOCKED);
    sb_counters_clear(&counters);
}
END_TEST

START_TEST(an_exempt_address_is_counted_but_not_stopped)
{
    sb_counters counters = {0};
    sb_attempt exempt = from("bob", "1.1.1.1", 0);
    exempt.account_exempt = exempt.ip_exempt = true;
    go_wrong(&counters, &rules, exempt, 200);
    ck_assert_int_eq(check(&counters, &rules, exempt), SB_ALLOWED);
    exempt.account_exempt = false;
    ck_assert_int_eq(check(&counters, &rules, exempt), SB_ACCOUNT_BLOCKED);
    sb_counters_clear(&counters);
}
END_TEST

START_TEST(twenty_logins_at_once_and_ten_a_minute_after)
{
    sb_protect_rules hurry = {.same_user_on = true};
    sb_counters counters = {0};
    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(check(&counters, &hurry, from("bob", "1.1.1.1", 0)), SB_ALLOWED);
    ck_assert_int_eq(check(&counters, &hurry, from("bob", "1.1.1.1", 5999)), SB_TOO_FAST);
    ck_assert_int_eq(check(&counters, &hurry, from("bob", "1.1.1.1", 6000)), SB_ALLOWED);
    ck_assert_int_eq(check(&counters, &hurry, from("bob", "1.1.1.1", 6000)), SB_TOO_FAST);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(check(&counters, &hurry, from("bob", "1.1.1.1", 66000)), SB_ALLOWED);
    ck_assert_int_eq(check(&counters, &hurry, from("bob", "1.1.1.1", 66000)), SB_TOO_FAST);
    sb_counters_clear(&counters);
}
END_TEST

static void collect(void *ctx, const char *connection, const char *ip)
{
    strcat(strcat(strcat(strcat(ctx, connection), " "), ip), ";");
}

START_TEST(connections_are_counted_apart)
{
    sb_counters counters = {0};
    char found[100] = "";
    sb_attempt here = from("bob", "1.1.1.1", 0), there = here;
    there.connection = "other";
    go_wrong(&counters, &rules, there, 10);
    ck_assert_int_eq(check(&counters, &rules, here), SB_ALLOWED);
    ck_assert_int_eq(check(&counters, &rules, there), SB_ACCOUNT_BLOCKED);
    sb_protect_blocks(&counters, &rules, "bob", 0, collect, found);
    ck_assert_str_eq(found, "other 1.1.1.1;");
    sb_counters_clear(&counters);
}
END_TEST

START_TEST(blocks_are_listed_and_lifted_by_identifier)
{
    sb_counters counters = {0};
    char found[100] = "";
    go_wrong(&counters, &rules, from("bob", "1.1.1.1", 0), 10);
    go_wrong(&counters, &rules, from("bob", "2.2.2.2", 0), 9);
    go_wrong(&counters, &rules, from("bobby", "3.3.3.3", 0), 10);
    go_wrong(&counters, &rules, from("bob\ndb", "4.4.4.4", 0), 10);
    sb_protect_blocks(&counters, &rules, "bob", 0, collect, found);
    ck_assert_str_eq(found, "db 1.1.1.1;");
    sb_protect_unblock(&counters, "bob");
    found[0] = '\0';
    sb_protect_blocks(&counters, &rules, "bob", 0, collect, found);
    ck_assert_str_eq(found, "");
    sb_protect_blocks(&counters, &rules, "bobby", 0, collect, found);
    ck_assert_str_eq(found, "db 3.3.3.3;");
    sb_counters_clear(&counters);
}
END_TEST

START_TEST(long_identifiers_are_cut_and_counted)
{
    sb_counters counters = {0};
    char name[2000];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    go_wrong(&counters, &rules, from(name, "1.1.1.1", 0), 10);
    ck_assert_int_eq(check(&counters, &rules, from(name, "1.1.1.1", 0)), SB_ACCOUNT_BLOCKED);
    sb_counters_clear(&counters);
}
END_TEST

START_TEST(invented_names_push_out_the_oldest)
{
    sb_counters counters = {0};
    char name[32];
    for (int i = 0; i < SB_COUNTERS_MAX + 100; i++) {
        snprintf(name, sizeof name, "n%d", i);
        ck_assert_ptr_nonnull(sb_counter_touch(&counters, name, 1, i));
    }
    ck_assert_uint_eq(counters.n, SB_COUNTERS_MAX);
    ck_assert_ptr_null(sb_counter_find(&counters, "n99"));
    ck_assert_ptr_nonnull(sb_counter_find(&counters, "n100"));
    sb_counters_clear(&counters);
    ck_assert_uint_eq(counters.n, 0);
}
END_TEST

UNIT_MAIN("protect", the_tenth_failure_arms_the_block,
          a_block_lasts_thirty_days_from_the_last_failure,
          success_forgets_the_failures_of_that_address_alone, addresses_can_be_counted_together,
          an_address_gets_one_attempt_back_after_each_interval,
          an_exempt_address_is_counted_but_not_stopped,
          twenty_logins_at_once_and_ten_a_minute_after, connections_are_counted_apart,
          blocks_are_listed_and_lifted_by_identifier, long_identifiers_are_cut_and_counted,
          invented_names_push_out_the_oldest)
