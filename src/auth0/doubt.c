/* Which failed logins make an outage. When a login counts as failed, and who sends the probe,
 * grant.c says; what an outage opens, the login machine. */
#include "auth0/doubt.h"

bool a0_doubt_failed(a0_doubt *doubt, const a0_who *who, uint64_t now_ms)
{
    if (!doubt->standing || now_ms - doubt->last_at > A0_DOUBT_MS) {
        /* Two failures hours apart are no outage, so the later one begins anew. When the last probe
         * went is kept: otherwise each new doubt would send another at once. */
        uint64_t probe_at = doubt->probe_at;
        *doubt = (a0_doubt){.standing = true, .first = *who, .probe_at = probe_at};
    } else if (!a0_same_who(&doubt->first, who)) {
        /* Another account: whoever can make his own login fail could make the tenant look dead
         * alone, and log in with an old password of the site's. */
        doubt->confirmed = true;
    }
    doubt->last_at = now_ms;
    return doubt->confirmed;
}

/* Once a probe has failed another would tell nothing new. Before that, one a second: in an outage
 * every login would send a request of its own to no end. */
bool a0_doubt_may_probe(a0_doubt *doubt, uint64_t now_ms)
{
    if (doubt->probed || (doubt->probe_at != 0 && now_ms - doubt->probe_at < A0_DOUBT_PROBE_MS))
        return false;
    doubt->probe_at = now_ms;
    return true;
}

void a0_doubt_probe_failed(a0_doubt *doubt, uint64_t now_ms)
{
    /* A login was answered while the probe was under way: the tenant is there. */
    if (!doubt->standing)
        return;
    doubt->confirmed = doubt->probed = true;
    doubt->last_at = now_ms;
}

/* One answer ends it all: an outage must not outlast the first login that the tenant decides. */
void a0_doubt_passed(a0_doubt *doubt)
{
    *doubt = (a0_doubt){.probe_at = doubt->probe_at};
}
