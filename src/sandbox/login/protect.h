/* Attack protection as facts/auth0.md section 8 has it. Pure: time and addresses come in as
 * arguments. */
#ifndef A0_SANDBOX_LOGIN_PROTECT_H
#define A0_SANDBOX_LOGIN_PROTECT_H

#include "sandbox/counters.h"

typedef struct sb_protect_rules {
    bool account_on;     /* brute-force protection */
    int account_max;     /* failures of one identifier; the one that reaches it arms the block */
    bool account_any_ip; /* count_per_identifier: addresses are counted together */
    bool ip_on;          /* suspicious IP throttling */
    int ip_max;          /* failed logins of one address over all accounts */
    double ip_refill_ms; /* one more attempt every so often */
    bool same_user_on;   /* 20 logins a minute of one account from one address, then 10 */
} sb_protect_rules;

typedef enum sb_protect_verdict {
    SB_ALLOWED,
    SB_ACCOUNT_BLOCKED, /* limit_wc */
    SB_IP_BLOCKED,      /* limit_mu */
    SB_TOO_FAST         /* limit_sul */
} sb_protect_verdict;

enum { SB_IDENTIFIER_MAX = 320 };
#define SB_BLOCK_MS (30 * 24 * 3600 * INT64_C(1000)) /* after the last failure */

/* One login attempt. Identifiers are lower-cased by the caller; longer than SB_IDENTIFIER_MAX they
 * are cut. */
typedef struct sb_attempt {
    const char *connection; /* two connections may hold the same identifier */
    const char *identifier, *ip;
    bool account_exempt,
        ip_exempt; /* the address is on the feature's allowlist, or the shield is off */
    int64_t now_ms;
} sb_attempt;

/** May this login go on? Counts against the same-user rate, since successes count there too. */
sb_protect_verdict sb_protect_check(sb_counters *counters, const sb_protect_rules *rules,
                                    const sb_attempt *attempt);
/** True where this failure was the one that blocks the account. */
bool sb_protect_failed(sb_counters *counters, const sb_protect_rules *rules,
                       const sb_attempt *attempt);
/** Forget this identifier's failures from this address (facts/auth0.md 9.5). */
void sb_protect_succeeded(sb_counters *counters, const sb_protect_rules *rules,
                          const sb_attempt *attempt);
/** Lift every block of an identifier. */
void sb_protect_unblock(sb_counters *counters, const char *identifier);
/** Call `found` for each connection and address that an identifier is blocked from (ip "" where
 *  addresses are counted together). The strings are valid during the call alone. */
typedef void sb_block_found(void *ctx, const char *connection, const char *ip);
void sb_protect_blocks(const sb_counters *counters, const sb_protect_rules *rules,
                       const char *identifier, int64_t now_ms, sb_block_found *found, void *ctx);

#endif
