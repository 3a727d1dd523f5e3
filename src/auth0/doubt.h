/* Is it an outage? One request that fails may fail for reasons of its own: a script of the tenant's
 * that breaks on this one name, or a visitor who wants the tenant to look dead, since in an outage
 * the site's own password counts. A second failure, of a probe or of another person's request,
 * makes it one. Pure: the clock comes in, the caller locks. */
#ifndef A0_AUTH0_DOUBT_H
#define A0_AUTH0_DOUBT_H

#include <stdbool.h>
#include <stdint.h>

#include "auth0/pairs.h"

enum {
    A0_DOUBT_MS = 300000,     /* what is longer ago confirms nothing */
    A0_DOUBT_PROBE_MS = 1000, /* between two probes */
};

typedef struct a0_doubt { /* all zero: the tenant answers */
    bool standing;        /* a login has failed, and none was answered since */
    bool confirmed;
    bool probed; /* a probe has failed too: it is nobody's own trouble */
    a0_who first;
    uint64_t last_at, probe_at;
} a0_doubt;

/** A login of `who` got no answer. True: that is an outage. */
bool a0_doubt_failed(a0_doubt *doubt, const a0_who *who, uint64_t now_ms);
/** Take the right to send a probe now. */
bool a0_doubt_may_probe(a0_doubt *doubt, uint64_t now_ms);
/** That probe got no answer either. Without a login that failed it says nothing. */
void a0_doubt_probe_failed(a0_doubt *doubt, uint64_t now_ms);
/** A login was answered. */
void a0_doubt_passed(a0_doubt *doubt);

#endif
