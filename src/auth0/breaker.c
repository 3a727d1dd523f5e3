#include "auth0/breaker.h"

a0_pass a0_breaker_enter(a0_breaker *breaker, uint64_t now_ms)
{
    if (!breaker->open)
        return A0_PASS_NORMAL;
    if (breaker->probing || now_ms < breaker->probe_at)
        return A0_PASS_REFUSED;
    breaker->probing = true;
    return A0_PASS_PROBE;
}

static void open_for(a0_breaker *breaker, unsigned wait_ms, uint64_t now_ms)
{
    breaker->open = true;
    breaker->wait_ms = wait_ms < A0_BREAKER_WAIT_MAX_MS ? wait_ms : A0_BREAKER_WAIT_MAX_MS;
    breaker->probe_at = now_ms + breaker->wait_ms;
}

void a0_breaker_leave(a0_breaker *breaker, a0_pass pass, a0_verdict verdict, uint64_t now_ms)
{
    if (pass == A0_PASS_PROBE)
        breaker->probing = false;
    if (verdict == A0_UP) { /* also from a straggler sent before it opened: the tenant answers */
        bool probing = breaker->probing;
        *breaker = (a0_breaker){.probing = probing};
        return;
    }
    if (verdict == A0_NOT_TRIED)
        return;
    if (breaker->failures < UINT32_MAX)
        breaker->failures++;
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
