/* Circuit breaker: after a few failures in a row the tenant counts as down, and calls fail at once
 * instead of waiting for a timeout each; then one probe at a time finds out whether it is back.
 * Pure: the clock comes in, the caller locks. */
#ifndef A0_AUTH0_BREAKER_H
#define A0_AUTH0_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    A0_BREAKER_FAILURES = 3,   /* in a row open it */
    A0_BREAKER_WAIT_MS = 1000, /* before the first probe; doubles with each probe that fails */
    A0_BREAKER_WAIT_MAX_MS = 60000,
};

typedef struct a0_breaker { /* all zero: closed */
    unsigned failures;      /* in a row */
    bool open;
    bool probing;
    unsigned wait_ms;
    uint64_t probe_at; /* while open: when the next probe may go */
} a0_breaker;

typedef enum a0_pass { A0_PASS_REFUSED, A0_PASS_NORMAL, A0_PASS_PROBE } a0_pass;
typedef enum a0_verdict { A0_UP, A0_DOWN, A0_NOT_TRIED } a0_verdict;

/** Every pass but REFUSED must be handed back with a0_breaker_leave. */
a0_pass a0_breaker_enter(a0_breaker *breaker, uint64_t now_ms);
void a0_breaker_leave(a0_breaker *breaker, a0_pass pass, a0_verdict verdict, uint64_t now_ms);
/** Milliseconds until a probe may go; 0 while closed or when one is due. */
unsigned a0_breaker_wait(const a0_breaker *breaker, uint64_t now_ms);
/** After fork(): the probe under way, if any, is the parent's. */
void a0_breaker_forget_probe(a0_breaker *breaker);

#endif
