/* The sandbox as a library: it starts, tells where it is, and stops. */
#include "auth0db/sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/env.h"
#include "base/mem.h"
#include "base/url.h"
#include "sandbox/jobs/jobs.h"
#include "sandbox/server.h"
#include "sandbox/tenant/open.h"

struct auth0db_sandbox {
    sb_tenant *tenant;
    sb_server *server;
    sb_tls tls;
    auth0db_sandbox_info info;
    char domain[300]; /* as large as a tenant's url */
};

typedef struct endpoint {
    char host[64]; /* an address */
    char name[64]; /* as it stands in a URL */
    int port;
} endpoint;

/* "HOST:PORT" with a loopback host: a tenant full of test passwords is nobody else's business. */
static int parse_listen(endpoint *out, const char *listen, auth0db_error *err)
{
    const char *colon = strrchr(listen, ':');
    char *end = NULL;
    long port = colon != NULL ? strtol(colon + 1, &end, 10) : -1;
    if (colon == NULL || end == colon + 1 || *end != '\0' || port < 0 || port > 65535 ||
        (size_t)(colon - listen) >= sizeof out->name)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "listen",
                            "expected HOST:PORT, as in 127.0.0.1:0");
    snprintf(out->name, sizeof out->name, "%.*s", (int)(colon - listen), listen);
    out->port = (int)port;
    char url[96];
    a0_base_url parsed;
    snprintf(url, sizeof url, "http://%s", out->name);
    if (a0_base_url_parse(&parsed, url, "listen", NULL) != AUTH0DB_OK || !parsed.loopback)
        return a0_error_set(
            err, AUTH0DB_ERR_OPTION, "listen",
            "the sandbox listens on this machine only: 127.0.0.1, [::1] or localhost");
    if (strcmp(out->name, "[::1]") == 0)
        snprintf(out->host, sizeof out->host, "::1");
    else if (strcasecmp(out->name, "localhost") == 0)
        snprintf(out->host, sizeof out->host, "127.0.0.1");
    else
        snprintf(out->host, sizeof out->host, "%s", out->name);
    return AUTH0DB_OK;
}

static void fill_info(auth0db_sandbox *sandbox, const endpoint *at, bool tls)
{
    sb_tenant *tenant = sandbox->tenant;
    /* certificates are made for names: "localhost" is the one that every TLS client can check */
    const char *name = tls && strcmp(at->name, "127.0.0.1") == 0 ? "localhost" : at->name;
    tenant->tls = tls;
    tenant->port = sb_server_port(sandbox->server);
    snprintf(tenant->url, sizeof tenant->url, "%s://%s:%d", tls ? "https" : "http", name,
             tenant->port);
    if (tls) /* a domain without scheme means https, as with Auth0's own */
        snprintf(sandbox->domain, sizeof sandbox->domain, "%s:%d", name, tenant->port);
    else
        snprintf(sandbox->domain, sizeof sandbox->domain, "%s", tenant->url);
    sandbox->info = (auth0db_sandbox_info){
        .url = tenant->url,
        .domain = sandbox->domain,
        .client_id = tenant->client_id,
        .client_secret = tenant->client_secret,
        .connection = tenant->connection,
        .connection_id = tenant->connection_id,
        .ca_file = tls ? sandbox->tls.ca_file : NULL,
    };
}

static int start(auth0db_sandbox *sandbox, const auth0db_sandbox_options *options,
                 auth0db_error *err)
{
    endpoint at;
    const char *listen = options->listen != NULL ? options->listen : "127.0.0.1:0";
    int rc = parse_listen(&at, listen, err);
    if (rc != AUTH0DB_OK || (options->tls && (rc = sb_tls_make(&sandbox->tls, err)) != AUTH0DB_OK))
        return rc;
    sb_tenant_settings settings = {.env = &a0_env_system,
                                   .data = options->data,
                                   .connection = options->connection,
                                   .require_username = options->require_username,
                                   .job_users_per_second = options->job_users_per_second};
    if ((rc = sb_tenant_open(&sandbox->tenant, &settings, err)) != AUTH0DB_OK)
        return rc;
    sb_server_settings server = {.tenant = sandbox->tenant,
                                 .host = at.host,
                                 .port = at.port,
                                 .tls = options->tls ? &sandbox->tls : NULL,
                                 .quiet = options->quiet};
    /* the lock keeps the first request out until the tenant knows its own address */
    pthread_mutex_lock(&sandbox->tenant->lock);
    rc = sb_server_start(&sandbox->server, &server, err);
    if (rc == AUTH0DB_OK)
        fill_info(sandbox, &at, options->tls);
    pthread_mutex_unlock(&sandbox->tenant->lock);
    return rc == AUTH0DB_OK ? sb_jobs_start(sandbox->tenant, err) : rc;
}

int auth0db_sandbox_start(auth0db_sandbox **out, const auth0db_sandbox_options *options,
                          auth0db_error *err)
{
    *out = NULL;
    auth0db_sandbox_options known = {0}; /* a caller's struct may be older or newer than ours */
    if (options != NULL && options->size != 0)
        memcpy(&known, options, options->size < sizeof known ? options->size : sizeof known);
    auth0db_sandbox *sandbox = a0_alloc(sizeof *sandbox);
    if (sandbox == NULL)
        return a0_error_no_memory(err);
    int rc = start(sandbox, &known, err);
    if (rc != AUTH0DB_OK) {
        auth0db_sandbox_stop(sandbox);
        return rc;
    }
    *out = sandbox;
    return AUTH0DB_OK;
}

const auth0db_sandbox_info *auth0db_sandbox_get_info(const auth0db_sandbox *sandbox)
{
    return &sandbox->info;
}

void auth0db_sandbox_stop(auth0db_sandbox *sandbox)
{
    if (sandbox == NULL)
        return;
    if (sandbox->tenant != NULL) {
        pthread_mutex_lock(&sandbox->tenant->lock);
        sandbox->tenant->stopping = true;
        pthread_cond_broadcast(&sandbox->tenant->hurry);
        pthread_mutex_unlock(&sandbox->tenant->lock);
    }
    /* In this order: who waits for a fault's delay was woken above, or the server would wait for
     * him; the jobs end before the tenant that they work on. */
    sb_server_stop(sandbox->server);
    if (sandbox->tenant != NULL)
        sb_jobs_stop(sandbox->tenant);
    sb_tenant_close(sandbox->tenant);
    sb_tls_clear(&sandbox->tls);
    a0_free(sandbox);
}
