/* The client itself: its settings, its lock, and what it is after fork(). Settings are refused
 * here, before anything is sent: at the first login they would be one person's trouble. How the
 * tenant is asked stands in the other files of this folder. */
#include <string.h>
#include <unistd.h>

#include "auth0/client_int.h"
#include "base/mem.h"
#include "base/secret.h"

enum {
    CONNECT_MS = 2000,
    NAME_MAX_LEN = 128,  /* of a connection (facts/auth0.md 0.12) */
    JWT_MAX_LEN = 16384, /* it lists its scopes */
    DOMAIN_MAX_LEN = 253,
};

/* The caller's struct may be older and shorter than ours; "" counts as not set. */
static int read_options(auth0db_client_options *o, const auth0db_client_options *from,
                        auth0db_error *err)
{
    *o = (auth0db_client_options){0};
    /* Up to here all members are required, so a shorter struct is of no version. */
    if (from == NULL || from->size < offsetof(auth0db_client_options, ca_file))
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "size", "is not the size of the options");
    memcpy(o, from, from->size < sizeof *o ? from->size : sizeof *o);
    const char **const texts[] = {&o->domain,
                                  &o->client_id,
                                  &o->client_secret,
                                  &o->user_jwt,
                                  &o->connection,
                                  &o->ca_file,
                                  &o->tenant_domain,
                                  &o->proxy,
                                  &o->management_client_id,
                                  &o->management_client_secret,
                                  &o->custom_domain,
                                  &o->client_key,
                                  &o->management_client_key,
                                  &o->client_key_algorithm};
    for (size_t i = 0; i < A0_COUNT(texts); i++) {
        if (*texts[i] != NULL && **texts[i] == '\0')
            *texts[i] = NULL;
    }
    if (o->connect_ms == 0)
        o->connect_ms = CONNECT_MS;
    return AUTH0DB_OK;
}

static int check_options(const auth0db_client_options *o, auth0db_error *err)
{
    /* It becomes the value of a header, so it is a host name and nothing else. */
    static const char host[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    int rc = a0_check_text("AUTH0_CONNECTION", o->connection, NAME_MAX_LEN, err);
    if (rc == AUTH0DB_OK && o->user_jwt != NULL)
        rc = a0_check_text("AUTH0_USER_JWT", o->user_jwt, JWT_MAX_LEN, err);
    if (rc == AUTH0DB_OK && o->custom_domain != NULL &&
        (strlen(o->custom_domain) > DOMAIN_MAX_LEN ||
         strspn(o->custom_domain, host) != strlen(o->custom_domain)))
        rc = a0_error_set(err, AUTH0DB_ERR_OPTION, "AUTH0_CUSTOM_DOMAIN",
                          "is a name alone, like login.example.org");
    if (rc == AUTH0DB_OK && o->ca_file != NULL && access(o->ca_file, R_OK) != 0)
        rc = a0_error_set(err, AUTH0DB_ERR_OPTION, "AUTH0_CA_FILE", "cannot be read");
    if (rc == AUTH0DB_OK && o->proxy != NULL)
        rc = a0_http_check_proxy(o->proxy, err);
    return rc;
}

/* The child has one thread: whoever was fetching, probing or waiting is in the parent. */
static void in_child(void *ctx)
{
    auth0db_client *client = ctx;
    /* The token and the keys themselves stay: the guard was held across the fork, so they are
     * whole. */
    client->token.single_flight.busy = client->keys.single_flight.busy = false;
    for (size_t i = 0; i < A0_SERVICES; i++)
        a0_breaker_forget_probe(&client->breakers[i]);
    /* The condition is made anew and not destroyed before: to destroy it would wait for the
     * parent's threads in it, and none of them is here. */
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&client->changed, &attr);
    pthread_condattr_destroy(&attr);
    client->sent_before_fork = a0_http_sent(client->http);
}

static int init_lock(auth0db_client *client)
{
    pthread_condattr_t attr;
    if (pthread_condattr_init(&attr) != 0)
        return AUTH0DB_ERR_NO_MEMORY;
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    int failed = pthread_cond_init(&client->changed, &attr);
    pthread_condattr_destroy(&attr);
    if (failed)
        return AUTH0DB_ERR_NO_MEMORY;
    int rc = a0_fork_guard_init(&client->guard, in_child, client);
    if (rc != AUTH0DB_OK)
        pthread_cond_destroy(&client->changed);
    return rc;
}

static void free_settings(auth0db_client *client)
{
    a0_http_free(client->http);
    a0_app_clear(&client->app);
    a0_app_clear(&client->management);
    a0_free(client->custom_domain);
    a0_free(client->connection);
    a0_secret_free(client->user_jwt);
    a0_free(client);
}

/* The public levels are the internal ones under another name. */
static void log_to_host(void *ctx, a0_log_level level, const char *line)
{
    const auth0db_client *client = ctx;
    client->host_log(client->host_log_ctx, (auth0db_log_level)level, line);
}

/* Who speaks for the site: one application, or one for logins and another that may do more. */
static int set_apps(auth0db_client *client, const auth0db_client_options *o, auth0db_error *err)
{
    const a0_app_settings login = {
        "AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET", "AUTH0_CLIENT_KEY",     o->client_id,
        o->client_secret,  o->client_key,         o->client_key_algorithm};
    const a0_app_settings management = {
        "AUTH0_MANAGEMENT_CLIENT_ID",  "AUTH0_MANAGEMENT_CLIENT_SECRET",
        "AUTH0_MANAGEMENT_CLIENT_KEY", o->management_client_id,
        o->management_client_secret,   o->management_client_key,
        o->client_key_algorithm};
    /* Any of the three means two applications: where one of them was forgotten it is named.
     * Otherwise the login's application would quietly be used for both. */
    const bool two = o->management_client_id != NULL || o->management_client_secret != NULL ||
                     o->management_client_key != NULL;
    int rc = a0_app_init(&client->app, &login, err);
    if (rc == AUTH0DB_OK && two)
        rc = a0_app_init(&client->management, &management, err);
    if (rc != AUTH0DB_OK || o->user_jwt != NULL)
        return rc;
    /* Without a ready token somebody must be able to fetch one. The application of logins may go
     * without a proof: where there are two, only the other one fetches. */
    if (two && client->management.proofs == 0)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, management.proven_by, "is missing");
    if (!two && client->app.proofs == 0)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, login.proven_by,
                            "is missing; set it, or a ready management token in AUTH0_USER_JWT");
    return AUTH0DB_OK;
}

static int copy_settings(auth0db_client *client, const auth0db_client_options *o,
                         auth0db_error *err)
{
    client->connection = a0_strdup(o->connection);
    client->custom_domain = a0_strdup(o->custom_domain);
    client->user_jwt = a0_strdup(o->user_jwt);
    client->require_username = o->require_username;
    client->legacy_username = o->legacy_username;
    client->identifier = o->identifier;
    client->host_log = o->log;
    client->host_log_ctx = o->log_ctx;
    client->log = (a0_log){(a0_log_level)o->log_level, o->log != NULL ? log_to_host : NULL, client};
    if (client->connection == NULL || (o->custom_domain != NULL && client->custom_domain == NULL) ||
        (o->user_jwt != NULL && client->user_jwt == NULL))
        return a0_error_no_memory(err);
    return a0_http_new(&client->http, &client->url, o->ca_file, o->proxy, o->connect_ms, err);
}

int a0_client_new(auth0db_client **out, const auth0db_client_options *options, const a0_env *env,
                  auth0db_error *err)
{
    auth0db_client_options o;
    a0_base_url url, tenant_url;
    *out = NULL;
    int rc = read_options(&o, options, err);
    if (rc == AUTH0DB_OK)
        rc = a0_base_url_parse(&url, o.domain, "AUTH0_DOMAIN", err);
    if (rc == AUTH0DB_OK)
        rc = a0_base_url_parse(&tenant_url, o.tenant_domain != NULL ? o.tenant_domain : o.domain,
                               "AUTH0_TENANT_DOMAIN", err);
    if (rc == AUTH0DB_OK)
        rc = check_options(&o, err);
    if (rc != AUTH0DB_OK)
        return rc;
    auth0db_client *client = a0_alloc(sizeof *client);
    if (client == NULL)
        return a0_error_no_memory(err);
    client->url = url;
    client->tenant_url = tenant_url;
    client->env = *env;
    rc = set_apps(client, &o, err);
    if (rc == AUTH0DB_OK)
        rc = copy_settings(client, &o, err);
    /* The lock last: fork() knows it from then on, and no failure after it would have to take it
     * back. */
    if (rc == AUTH0DB_OK && init_lock(client) != AUTH0DB_OK)
        rc = a0_error_no_memory(err);
    if (rc != AUTH0DB_OK)
        free_settings(client);
    else
        *out = client;
    return rc;
}

int auth0db_client_new(auth0db_client **out, const auth0db_client_options *options,
                       auth0db_error *err)
{
    return a0_client_new(out, options, &a0_env_system, err);
}

/* The flag is atomic, so that it needs no guard: it is asked before every request that changes
 * something. */
void auth0db_client_hold(auth0db_client *client, bool hold)
{
    atomic_store(&client->hold, hold);
}

void auth0db_client_free(auth0db_client *client)
{
    if (client == NULL)
        return;
    /* The guard goes first: from here on a fork() of another thread no longer looks at what is
     * freed below. */
    a0_fork_guard_destroy(&client->guard);
    pthread_cond_destroy(&client->changed);
    a0_buf_clear(&client->token.text);
    a0_buf_clear(&client->token.scope);
    a0_keys_clear(&client->keys);
    free_settings(client);
}

void auth0db_client_get_state(auth0db_client *client, auth0db_client_state *out)
{
    uint64_t now = a0_mono_ms(&client->env);
    a0_fork_guard_lock(&client->guard);
    /* what logins need first; a Management API that is down alone is told where they are well */
    const a0_breaker *told = &client->breakers[A0_SERVICE_LOGIN];
    if (!told->open && client->breakers[A0_SERVICE_MANAGEMENT].failures > told->failures)
        told = &client->breakers[A0_SERVICE_MANAGEMENT];
    *out = (auth0db_client_state){
        .breaker_open = told->open,
        .retry_in_ms = a0_breaker_wait(told, now),
        .failures_in_a_row = told->failures,
        .requests = a0_http_sent(client->http) - client->sent_before_fork,
        .clock_known = client->clock_known,
        .clock_ahead_s = (long)client->clock_ahead_s,
    };
    for (size_t i = 0; i < A0_OPS; i++) {
        if (client->setup_wrong[i])
            out->setup = client->setup_err;
    }
    a0_fork_guard_unlock(&client->guard);
}
