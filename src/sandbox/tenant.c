#include "sandbox/tenant.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/secret.h"
#include "sandbox/connections.h"
#include "sandbox/db.h"
#include "sandbox/faults.h"
#include "sandbox/jobs.h"
#include "sandbox/keys.h"
#include "sandbox/traffic.h"

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

/* A kept value of `meta`, made of n random characters the first time. */
static int kept_text(sb_tenant *tenant, const char *name, char *out, size_t n)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sb_db_prepare(&stmt, tenant->db, "SELECT value FROM meta WHERE name = ?", "s", name);
    if (rc != AUTH0DB_OK)
        return rc;
    bool found = sqlite3_step(stmt) == SQLITE_ROW;
    if (found)
        snprintf(out, n + 1, "%s", sb_db_text(stmt, 0));
    sqlite3_finalize(stmt);
    if (found)
        return AUTH0DB_OK;
    rc = sb_random_text(tenant, out, n);
    if (rc == AUTH0DB_OK)
        rc = sb_db_run(tenant->db, "INSERT INTO meta VALUES (?, ?)", "ss", name, out);
    return rc;
}

static int first_options(sb_tenant *tenant)
{
    int rc = sb_options_init(&tenant->options);
    tenant->options.job_users_per_second = tenant->job_users_per_second;
    return rc;
}

static int load(sb_tenant *tenant, const sb_tenant_settings *settings, auth0db_error *err)
{
    int rc = sb_db_open(&tenant->db, settings->data, err);
    if (rc != AUTH0DB_OK)
        return rc;
    if ((rc = first_options(tenant)) != AUTH0DB_OK ||
        (rc = kept_text(tenant, "client_id", tenant->client_id, SB_ID_LEN)) != AUTH0DB_OK ||
        (rc = kept_text(tenant, "client_secret", tenant->client_secret, SB_SECRET_LEN)) !=
            AUTH0DB_OK)
        return a0_error_set(err, rc, settings->data,
                            "the tenant's data could not be read or written");
    if ((rc = sb_keys_load(tenant, err)) != AUTH0DB_OK)
        return rc;
    rc = sb_connection_default(tenant, settings->connection, settings->require_username, err);
    if (rc == AUTH0DB_OK && (rc = sb_jobs_load(tenant)) != AUTH0DB_OK)
        a0_error_set(err, rc, settings->data, "the jobs under way could not be read");
    return rc;
}

int sb_tenant_open(sb_tenant **out, const sb_tenant_settings *settings, auth0db_error *err)
{
    *out = NULL;
    sb_tenant *tenant = a0_alloc(sizeof *tenant);
    if (tenant == NULL)
        return a0_error_no_memory(err);
    pthread_mutex_init(&tenant->lock, NULL);
    pthread_cond_init(&tenant->hurry, NULL);
    tenant->env = settings->env;
    tenant->start_wall_ms = a0_wall_ms(tenant->env);
    tenant->start_mono_ms = a0_mono_ms(tenant->env);
    tenant->faults = sb_faults_new();
    tenant->traffic = sb_traffic_new();
    tenant->jobs = sb_jobs_new();
    tenant->job_users_per_second = settings->job_users_per_second;
    int rc = tenant->faults != NULL && tenant->traffic != NULL && tenant->jobs != NULL
                 ? load(tenant, settings, err)
                 : a0_error_no_memory(err);
    if (rc != AUTH0DB_OK) {
        sb_tenant_close(tenant);
        return rc;
    }
    *out = tenant;
    return AUTH0DB_OK;
}

void sb_tenant_close(sb_tenant *tenant)
{
    if (tenant == NULL)
        return;
    sb_keys_free(tenant);
    sb_jobs_free(tenant->jobs);
    sb_options_clear(&tenant->options);
    sb_counters_clear(&tenant->counters);
    sb_faults_free(tenant->faults);
    sb_traffic_free(tenant->traffic);
    sqlite3_close(tenant->db);
    pthread_cond_destroy(&tenant->hurry);
    pthread_mutex_destroy(&tenant->lock);
    a0_wipe(tenant, sizeof *tenant);
    a0_free(tenant);
}

int sb_tenant_reset(sb_tenant *tenant, auth0db_error *err)
{
    int rc = sb_db_run(tenant->db, "DELETE FROM users", "");
    if (rc == AUTH0DB_OK)
        rc = sb_db_run(tenant->db, "DELETE FROM logs", "");
    if (rc == AUTH0DB_OK)
        rc = sb_db_run(tenant->db, "DELETE FROM tickets", "");
    if (rc == AUTH0DB_OK)
        rc = sb_db_run(tenant->db, "DELETE FROM outbox", "");
    if (rc == AUTH0DB_OK)
        rc = sb_db_run(tenant->db, "DELETE FROM login_records", "");
    if (rc == AUTH0DB_OK)
        rc = sb_db_run(tenant->db, "DELETE FROM documents", "");
    if (rc == AUTH0DB_OK)
        rc = sb_jobs_reset(tenant);
    if (rc == AUTH0DB_OK)
        rc = sb_connection_reset(tenant);
    if (rc != AUTH0DB_OK)
        return a0_error_set(err, rc, "data", "SQLite: %s", sqlite3_errmsg(tenant->db));
    sb_options_clear(&tenant->options);
    sb_counters_clear(&tenant->counters);
    sb_faults_clear(tenant->faults);
    sb_traffic_clear(tenant->traffic);
    memset(tenant->passwords_seen, 0, sizeof tenant->passwords_seen);
    tenant->clock_offset_ms = 0;
    tenant->resets++;
    pthread_cond_broadcast(&tenant->hurry);
    rc = first_options(tenant);
    return rc == AUTH0DB_OK ? rc : a0_error_no_memory(err);
}
