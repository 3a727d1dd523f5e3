#include "auth0/doubt.h"

bool a0_doubt_failed(a0_doubt *doubt, const a0_who *who, uint64_t now_ms)
{
    if (!doubt->standing || now_ms - doubt->last_at > A0_DOUBT_MS) {
        uint64_t probe_at = doubt->probe_at;
        *doubt = (a0_doubt){.standing = true, .first = *who, .probe_at = probe_at};
    } else if (!a0_same_who(&doubt->first, who)) {
        doubt->confirmed = true;
    }
    doubt->last_at = now_ms;
    return doubt->confirmed;
}

bool a0_doubt_may_probe(a0_doubt *doubt, uint64_t now_ms)
{
    if (doubt->probed || (doubt->probe_at != 0 && now_ms - doubt->probe_at < A0_DOUBT_PROBE_MS))
        return false;
    doubt->probe_at = now_ms;
    return true;
}

void a0_doubt_probe_failed(a0_doubt *doubt, uint64_t now_ms)
{
    if (!doubt->standing)
        return;
    doubt->confirmed = doubt->probed = true;
    doubt->last_at = now_ms;
}

void a0_doubt_passed(a0_doubt *doubt)
{
    *doubt = (a0_doubt){.probe_at = doubt->probe_at};
}
