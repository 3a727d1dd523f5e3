#include "sandbox/login/protect.h"

#include <stdio.h>
#include <string.h>

enum { NAME_MAX_LEN = SB_IDENTIFIER_MAX + 220 };
/* 20 logins, then 10 a minute (documented: facts/auth0.md 6.2). */
static const sb_rate same_user_rate = {.burst = 20, .refill_ms = 6000};

/* "kind identifier\nconnection\nip": neither a connection's name nor an address holds a line feed,
 * so two attempts never share a name */
static void account_name(char name[static NAME_MAX_LEN], char kind, const sb_attempt *attempt,
                         bool any_ip)
{
    snprintf(name, NAME_MAX_LEN, "%c %.*s\n%.130s\n%.60s", kind, SB_IDENTIFIER_MAX,
             attempt->identifier, attempt->connection, any_ip ? "" : attempt->ip);
}

static void ip_name(char name[static NAME_MAX_LEN], const sb_attempt *attempt)
{
    snprintf(name, NAME_MAX_LEN, "i %.60s", attempt->ip);
}

static void identifier_prefix(char name[static NAME_MAX_LEN], const char *identifier)
{
    snprintf(name, NAME_MAX_LEN, "b %.*s\n", SB_IDENTIFIER_MAX, identifier);
}

/* Thirty days after the last failure it ends by itself (documented: facts/auth0.md 8). */
static bool is_blocked(const sb_counter *failures, const sb_protect_rules *rules, int64_t now_ms)
{
    return failures->value >= rules->account_max && now_ms - failures->at_ms < SB_BLOCK_MS;
}

static sb_rate ip_rate(const sb_protect_rules *rules)
{
    return (sb_rate){.burst = rules->ip_max, .refill_ms = rules->ip_refill_ms};
}

/* Failures are only looked at here and counted when the login has failed: so the attempt that
 * reaches the limit still hears "wrong password", and the next one is blocked (documented:
 * facts/auth0.md 8). The same-user rate is asked last, for it alone takes: what was refused above
 * does not count against it. */
sb_protect_verdict sb_protect_check(sb_counters *counters, const sb_protect_rules *rules,
                                    const sb_attempt *attempt)
{
    char name[NAME_MAX_LEN];
    if (rules->ip_on && !attempt->ip_exempt) {
        ip_name(name, attempt);
        sb_counter *tokens = sb_counter_find(counters, name);
        if (tokens != NULL && sb_bucket_level(tokens, ip_rate(rules), attempt->now_ms) < 1)
            return SB_IP_BLOCKED;
    }
    if (rules->account_on && !attempt->account_exempt) {
        account_name(name, 'b', attempt, rules->account_any_ip);
        const sb_counter *failures = sb_counter_find(counters, name);
        if (failures != NULL && is_blocked(failures, rules, attempt->now_ms))
            return SB_ACCOUNT_BLOCKED;
    }
    if (rules->same_user_on) {
        account_name(name, 's', attempt, false);
        sb_counter *tokens =
            sb_counter_touch(counters, name, same_user_rate.burst, attempt->now_ms);
        if (tokens != NULL && !sb_bucket_take(tokens, same_user_rate, attempt->now_ms))
            return SB_TOO_FAST;
    }
    return SB_ALLOWED;
}

/* Counted also where nothing blocks, as the feature without its shield does (documented:
 * facts/auth0.md 8). True once for a block, or every further guess would write another mail. */
bool sb_protect_failed(sb_counters *counters, const sb_protect_rules *rules,
                       const sb_attempt *attempt)
{
    char name[NAME_MAX_LEN];
    bool arms = false;
    account_name(name, 'b', attempt, rules->account_any_ip);
    sb_counter *failures = sb_counter_touch(counters, name, 0, attempt->now_ms);
    if (failures != NULL) {
        if (attempt->now_ms - failures->at_ms >= SB_BLOCK_MS)
            failures->value = 0;
        bool blocked = failures->value >= rules->account_max;
        failures->value += 1;
        failures->at_ms = attempt->now_ms;
        arms = rules->account_on && !attempt->account_exempt && !blocked &&
               failures->value >= rules->account_max;
    }
    ip_name(name, attempt);
    sb_counter *tokens = sb_counter_touch(counters, name, rules->ip_max, attempt->now_ms);
    if (tokens != NULL && !attempt->ip_exempt)
        (void)sb_bucket_take(tokens, ip_rate(rules), attempt->now_ms);
    return arms;
}

static bool same_name(void *ctx, const sb_counter *counter)
{
    return strcmp(ctx, counter->name) == 0;
}

/* That a success forgets the failures is a guess (facts/auth0.md 9.5). */
void sb_protect_succeeded(sb_counters *counters, const sb_protect_rules *rules,
                          const sb_attempt *attempt)
{
    char name[NAME_MAX_LEN];
    account_name(name, 'b', attempt, rules->account_any_ip);
    if (sb_counter_find(counters, name) != NULL)
        sb_counters_remove(counters, same_name, name);
}

static bool starts_with(void *ctx, const sb_counter *counter)
{
    return strncmp(counter->name, ctx, strlen(ctx)) == 0;
}

/* From every address and in every connection: whoever lifts a block names the user, not where the
 * guesses came from. */
void sb_protect_unblock(sb_counters *counters, const char *identifier)
{
    char prefix[NAME_MAX_LEN];
    identifier_prefix(prefix, identifier);
    sb_counters_remove(counters, starts_with, prefix);
}

typedef struct block_search {
    char prefix[NAME_MAX_LEN];
    const sb_protect_rules *rules;
    int64_t now_ms;
    sb_block_found *found;
    void *ctx;
} block_search;

static void visit_block(void *ctx, const sb_counter *counter)
{
    const block_search *search = ctx;
    char connection[136];
    size_t len = strlen(search->prefix);
    if (strncmp(counter->name, search->prefix, len) != 0 ||
        !is_blocked(counter, search->rules, search->now_ms))
        return;
    const char *rest = counter->name + len;
    const char *end = strchr(rest, '\n');
    if (end == NULL ||
        strchr(end + 1, '\n') != NULL) /* a longer identifier with a line feed in it */
        return;
    snprintf(connection, sizeof connection, "%.*s", (int)(end - rest), rest);
    search->found(search->ctx, connection, end + 1);
}

void sb_protect_blocks(const sb_counters *counters, const sb_protect_rules *rules,
                       const char *identifier, int64_t now_ms, sb_block_found *found, void *ctx)
{
    block_search search = {.rules = rules, .now_ms = now_ms, .found = found, .ctx = ctx};
    identifier_prefix(search.prefix, identifier);
    sb_counters_each(counters, visit_block, &search);
}
