/* Who is logging in, and what the tenant told them alone. A limit of the tenant's may be one for
 * this name from this address (facts/auth0.md 6.2), and nothing says so: told to everybody it would
 * let one visitor keep out all the others. Pure: the clock comes in, the caller locks. */
#ifndef A0_AUTH0_PAIRS_H
#define A0_AUTH0_PAIRS_H

#include <stdbool.h>
#include <stdint.h>

enum { A0_WHO_LEN = 16, A0_PAIRS_MAX = 256 };

/* The name as typed and the address, as one digest: nothing of either is kept. */
typedef struct a0_who {
    uint8_t id[A0_WHO_LEN];
} a0_who;

/** `address` may be NULL. False without SHA-256. */
bool a0_who_of(a0_who *out, const char *name, const char *address);
bool a0_same_who(const a0_who *a, const a0_who *b);

typedef struct a0_pairs { /* all zero: nobody was told anything */
    struct {
        a0_who who;
        uint64_t until;
    } told[A0_PAIRS_MAX];
} a0_pairs;

/** Hold this pair back until then. Where there is no room, whoever waits least is forgotten. */
void a0_pairs_limit(a0_pairs *pairs, const a0_who *who, uint64_t until_ms, uint64_t now_ms);
/** Milliseconds until this pair may ask again. */
uint64_t a0_pairs_wait(const a0_pairs *pairs, const a0_who *who, uint64_t now_ms);

/* How much of its time a process may spend on waiting for limits: a tenth, two seconds at once. The
 * workers of a site are few, and a flood of logins that all wait would take every one of them. */
enum { A0_WAITS_MS = 2000, A0_WAITS_SHARE = 10 };
typedef struct a0_waits { /* all zero: rested */
    uint64_t at;
    uint64_t spent_ms;
} a0_waits;

/** Take a wait of so long, if there is time for it. */
bool a0_waits_take(a0_waits *waits, uint64_t ms, uint64_t now_ms);

#endif
