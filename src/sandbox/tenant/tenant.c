#include "sandbox/tenant/tenant.h"

#include <stdio.h>
#include <time.h>

/* The wall clock is read once and goes on by the monotonic one: a correction of the machine's time
 * must end no block and no token here. */
int64_t sb_now_ms(const sb_tenant *tenant)
{
    return tenant->start_wall_ms + (int64_t)(a0_mono_ms(tenant->env) - tenant->start_mono_ms) +
           tenant->clock_offset_ms;
}

void sb_iso(int64_t ms, char out[static SB_ISO_LEN])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    size_t n = strftime(out, SB_ISO_LEN, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + n, SB_ISO_LEN - n, ".%03dZ", (int)(ms % 1000));
}

int sb_random_text(const sb_tenant *tenant, char *out, size_t n)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    for (size_t i = 0; i < n;) {
        unsigned char byte;
        if (a0_random(tenant->env, &byte, 1) != AUTH0DB_OK)
            return AUTH0DB_ERR_CRYPTO;
        if (byte < 4 * (sizeof alphabet - 1)) /* 248 = 4 * 62: every character equally likely */
            out[i++] = alphabet[byte % (sizeof alphabet - 1)];
    }
    out[n] = '\0';
    return AUTH0DB_OK;
}

sb_protect_rules sb_tenant_rules(const sb_tenant *tenant)
{
    const sb_options *o = &tenant->options;
    return (sb_protect_rules){
        .account_on = o->brute_force_enabled,
        .account_max = (int)o->brute_force_max_attempts,
        .account_any_ip = o->brute_force_mode == SB_COUNT_IDENTIFIER,
        .ip_on = o->suspicious_ip_enabled,
        .ip_max = (int)o->suspicious_ip_max_attempts,
        .ip_refill_ms = (double)o->suspicious_ip_rate_ms,
        .same_user_on = o->same_user_limit,
    };
}

/* `resets` is compared, and no flag: a flag would have to be taken back, before or after the last
 * who waits has seen it. */
bool sb_tenant_wait(sb_tenant *tenant, unsigned ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    unsigned long resets = tenant->resets;
    int rc = 0;
    while (!tenant->stopping && tenant->resets == resets && rc == 0)
        rc = pthread_cond_timedwait(&tenant->hurry, &tenant->lock, &until);
    return tenant->resets == resets;
}
