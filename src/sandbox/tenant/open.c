/* The tenant's beginning, end, and new beginning. Credentials and keys outlive a reset: a test goes
 * on with the settings that it was given. */
#include "sandbox/tenant/open.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"
#include "sandbox/faults.h"
#include "sandbox/jobs/jobs.h"
#include "sandbox/tenant/connections.h"
#include "sandbox/tenant/db.h"
#include "sandbox/tenant/keys.h"
#include "sandbox/traffic.h"

/* A kept value of `meta`, made of n random characters the first time. Kept the first time, so that
 * a site's settings are good after a restart with the same file. */
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
    /* Lock and condition first: whatever fails below is taken down by sb_tenant_close, which
     * destroys them. */
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
    /* It holds the application's secret. */
    a0_wipe(tenant, sizeof *tenant);
    a0_free(tenant);
}

/* The database first: where it refuses, options, faults and the clock are still those of before. */
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
    /* Requests that a fault delays wake up and find that theirs is a tenant that is no more. */
    tenant->resets++;
    pthread_cond_broadcast(&tenant->hurry);
    rc = first_options(tenant);
    return rc == AUTH0DB_OK ? rc : a0_error_no_memory(err);
}
