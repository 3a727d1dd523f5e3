/* When a service of the tenant counts as down, and when it is asked again. What is a failure, and
 * which requests pass without this, the gate decides. */
#include "auth0/breaker.h"

a0_pass a0_breaker_enter(a0_breaker *breaker, uint64_t now_ms)
{
    if (!breaker->open)
        return A0_PASS_NORMAL;
    /* One probe at a time: many would each hold a thread until the same timeout, which is what the
     * breaker is there to prevent. */
    if (breaker->probing || now_ms < breaker->probe_at)
        return A0_PASS_REFUSED;
    breaker->probing = true;
    return A0_PASS_PROBE;
}

/* The wait is bounded: after a long outage a tenant that is back must not go unasked for hours. */
static void open_for(a0_breaker *breaker, unsigned wait_ms, uint64_t now_ms)
{
    breaker->open = true;
    breaker->wait_ms = wait_ms < A0_BREAKER_WAIT_MAX_MS ? wait_ms : A0_BREAKER_WAIT_MAX_MS;
    breaker->probe_at = now_ms + breaker->wait_ms;
}

void a0_breaker_leave(a0_breaker *breaker, a0_pass pass, a0_verdict verdict, uint64_t now_ms)
{
    /* This comes first, and whatever the verdict is: a probe that could not be sent must make room
     * for the next one, or nobody would be let through again. */
    if (pass == A0_PASS_PROBE)
        breaker->probing = false;
    if (verdict == A0_UP) { /* also from a straggler sent before it opened: the tenant answers */
        /* A probe under way stays counted, and its own leave ends it. Otherwise a second one could
         * go beside it after the next failures. */
        bool probing = breaker->probing;
        *breaker = (a0_breaker){.probing = probing};
        return;
    }
    /* Nothing was learnt about the tenant: this is neither a failure nor an answer. */
    if (verdict == A0_NOT_TRIED)
        return;
    /* It must not wrap to 0 in a long outage: operators are told the number. */
    if (breaker->failures < UINT32_MAX)
        breaker->failures++;
    /* A straggler that was answered may have closed it while the probe was under way. Then the
     * outage begins anew, with the short wait. A request that was sent before it opened and fails
     * late puts no probe off: it ends in neither branch. */
    if (pass == A0_PASS_PROBE)
        open_for(breaker, breaker->open ? breaker->wait_ms * 2 : A0_BREAKER_WAIT_MS, now_ms);
    else if (!breaker->open && breaker->failures >= A0_BREAKER_FAILURES)
        open_for(breaker, A0_BREAKER_WAIT_MS, now_ms);
}

unsigned a0_breaker_wait(const a0_breaker *breaker, uint64_t now_ms)
{
    return breaker->open && now_ms < breaker->probe_at ? (unsigned)(breaker->probe_at - now_ms) : 0;
}

void a0_breaker_forget_probe(a0_breaker *breaker)
{
    breaker->probing = false;
}
