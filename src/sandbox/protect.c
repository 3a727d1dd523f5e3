#include "sandbox/protect.h"

#include <stdio.h>
#include <string.h>

enum { NAME_MAX_LEN = SB_IDENTIFIER_MAX + 80 };
static const sb_rate same_user_rate = {.burst = 20, .refill_ms = 6000};

/* "kind identifier\nip": no address holds a line feed, so two attempts never share a name */
static void name_of(char name[static NAME_MAX_LEN], char kind, const char *identifier,
                    const char *ip)
{
    snprintf(name, NAME_MAX_LEN, "%c %.*s\n%.60s", kind, SB_IDENTIFIER_MAX, identifier, ip);
}

static void account_name(char name[static NAME_MAX_LEN], const sb_protect_rules *rules,
                         const sb_attempt *attempt)
{
    name_of(name, 'b', attempt->identifier, rules->account_any_ip ? "" : attempt->ip);
}

static bool is_blocked(const sb_counter *failures, const sb_protect_rules *rules, int64_t now_ms)
{
    return failures->value >= rules->account_max && now_ms - failures->at_ms < SB_BLOCK_MS;
}

static sb_rate ip_rate(const sb_protect_rules *rules)
{
    return (sb_rate){.burst = rules->ip_max, .refill_ms = rules->ip_refill_ms};
}

sb_protect_verdict sb_protect_check(sb_counters *counters, const sb_protect_rules *rules,
                                    const sb_attempt *attempt)
{
    char name[NAME_MAX_LEN];
    if (rules->ip_on && !attempt->ip_exempt) {
        name_of(name, 'i', "", attempt->ip);
        sb_counter *tokens = sb_counter_find(counters, name);
        if (tokens != NULL && sb_bucket_level(tokens, ip_rate(rules), attempt->now_ms) < 1)
            return SB_IP_BLOCKED;
    }
    if (rules->account_on && !attempt->account_exempt) {
        account_name(name, rules, attempt);
        const sb_counter *failures = sb_counter_find(counters, name);
        if (failures != NULL && is_blocked(failures, rules, attempt->now_ms))
            return SB_ACCOUNT_BLOCKED;
    }
    if (rules->same_user_on) {
        name_of(name, 's', attempt->identifier, attempt->ip);
        sb_counter *tokens =
            sb_counter_touch(counters, name, same_user_rate.burst, attempt->now_ms);
        if (tokens != NULL && !sb_bucket_take(tokens, same_user_rate, attempt->now_ms))
            return SB_TOO_FAST;
    }
    return SB_ALLOWED;
}

void sb_protect_failed(sb_counters *counters, const sb_protect_rules *rules,
                       const sb_attempt *attempt)
{
    char name[NAME_MAX_LEN];
    account_name(name, rules, attempt);
    sb_counter *failures = sb_counter_touch(counters, name, 0, attempt->now_ms);
    if (failures != NULL) {
        if (attempt->now_ms - failures->at_ms >= SB_BLOCK_MS)
            failures->value = 0;
        failures->value += 1;
        failures->at_ms = attempt->now_ms;
    }
    name_of(name, 'i', "", attempt->ip);
    sb_counter *tokens = sb_counter_touch(counters, name, rules->ip_max, attempt->now_ms);
    if (tokens != NULL && !attempt->ip_exempt)
        (void)sb_bucket_take(tokens, ip_rate(rules), attempt->now_ms);
}

static bool same_name(void *ctx, const sb_counter *counter)
{
    return strcmp(ctx, counter->name) == 0;
}

void sb_protect_succeeded(sb_counters *counters, const sb_protect_rules *rules,
                          const sb_attempt *attempt)
{
    char name[NAME_MAX_LEN];
    account_name(name, rules, attempt);
    if (sb_counter_find(counters, name) != NULL)
        sb_counters_remove(counters, same_name, name);
}

static bool starts_with(void *ctx, const sb_counter *counter)
{
    return strncmp(counter->name, ctx, strlen(ctx)) == 0;
}

void sb_protect_unblock(sb_counters *counters, const char *identifier)
{
    char prefix[NAME_MAX_LEN];
    name_of(prefix, 'b', identifier, "");
    sb_counters_remove(counters, starts_with, prefix);
}

typedef struct block_search {
    char prefix[NAME_MAX_LEN];
    const sb_protect_rules *rules;
    int64_t now_ms;
    void (*found)(void *ctx, const char *ip);
    void *ctx;
} block_search;

static void visit_block(void *ctx, const sb_counter *counter)
{
    const block_search *search = ctx;
    size_t len = strlen(search->prefix);
    if (strncmp(counter->name, search->prefix, len) == 0 &&
        is_blocked(counter, search->rules, search->now_ms))
        search->found(search->ctx, counter->name + len);
}

void sb_protect_blocks(const sb_counters *counters, const sb_protect_rules *rules,
                       const char *identifier, int64_t now_ms,
                       void (*found)(void *ctx, const char *ip), void *ctx)
{
    block_search search = {.rules = rules, .now_ms = now_ms, .found = found, .ctx = ctx};
    name_of(search.prefix, 'b', identifier, "");
    sb_counters_each(counters, visit_block, &search);
}
