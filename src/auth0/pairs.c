#include "auth0/pairs.h"

#include <string.h>

#include "crypto/digest.h"

bool a0_who_of(a0_who *out, const char *name, const char *address)
{
    uint8_t digest[A0_DIGEST_MAX];
    const char *from = address != NULL ? address : "";
    /* the NUL between them is in neither */
    const a0_slice parts[] = {{name, strlen(name) + 1}, {from, strlen(from)}};
    if (a0_digest("sha256", parts, 2, digest, NULL) != AUTH0DB_OK)
        return false;
    memcpy(out->id, digest, sizeof out->id);
    return true;
}

bool a0_same_who(const a0_who *a, const a0_who *b)
{
    return memcmp(a->id, b->id, sizeof a->id) == 0;
}

void a0_pairs_limit(a0_pairs *pairs, const a0_who *who, uint64_t until_ms, uint64_t now_ms)
{
    /* The place is its own, or else that of whoever waits least: what is forgotten early costs one
     * request more, and never keeps anybody out. */
    size_t at = 0;
    for (size_t i = 0; i < A0_PAIRS_MAX; i++) {
        if (a0_same_who(&pairs->told[i].who, who)) {
            at = i;
            break;
        }
        if (pairs->told[i].until < pairs->told[at].until)
            at = i;
    }
    /* Of two answers to one pair the longer wait counts, whichever came back first. */
    if (a0_same_who(&pairs->told[at].who, who) && pairs->told[at].until > now_ms &&
        pairs->told[at].until > until_ms)
        return;
    pairs->told[at].who = *who;
    pairs->told[at].until = until_ms;
}

uint64_t a0_pairs_wait(const a0_pairs *pairs, const a0_who *who, uint64_t now_ms)
{
    for (size_t i = 0; i < A0_PAIRS_MAX; i++) {
        if (pairs->told[i].until > now_ms && a0_same_who(&pairs->told[i].who, who))
            return pairs->told[i].until - now_ms;
    }
    return 0;
}

/* All of the wait or nothing: half a wait takes a worker's time and ends in the same refusal. */
bool a0_waits_take(a0_waits *waits, uint64_t ms, uint64_t now_ms)
{
    /* A share of the time that has passed is given back first, so that waits of long ago no longer
     * count. */
    uint64_t rested = (now_ms - waits->at) / A0_WAITS_SHARE;
    waits->spent_ms -= rested < waits->spent_ms ? rested : waits->spent_ms;
    waits->at = now_ms;
    if (waits->spent_ms + ms > A0_WAITS_MS)
        return false;
    waits->spent_ms += ms;
    return true;
}
