/* Opening the bulk lane, and what every command of it asks first: is this the site's own
 * database, does the token suffice, does the connection fit? Who moves is decided elsewhere
 * (assess, import). */
#include <stdlib.h>
#include <string.h>

#include "auth0/calls.h"
#include "base/encode.h"
#include "base/mem.h"
#include "bulk/bulk_int.h"
#include "django/site_map.h"
#include "store/lives.h"

enum { ASK_MS = 30000 };

/* --- opening --------------------------------------------------------------------------------- */

static int read_map(a0_site_map *map, const auth0db_bulk_options *o, auth0db_error *err)
{
    a0_site_map_stock(map);
    int rc = o->site_map != NULL ? a0_site_map_parse(map, o->site_map, strlen(o->site_map), err)
                                 : AUTH0DB_OK;
    if (rc != AUTH0DB_OK || o->site == NULL || o->site[0] == '\0')
        return rc;
    if (strlen(o->site) >= sizeof map->site)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "AUTH0_SITE", "is longer than %zu characters",
                            sizeof map->site - 1);
    memcpy(map->site, o->site, strlen(o->site) + 1);
    return AUTH0DB_OK;
}

static int open_tenant(auth0db_bulk *bulk, const auth0db_client_options *tenant, auth0db_error *err)
{
    if (tenant == NULL)
        return AUTH0DB_OK;
    int rc = auth0db_client_new(&bulk->client, tenant, err);
    if (rc != AUTH0DB_OK)
        return rc;
    bulk->wants_username = tenant->require_username;
    bulk->legacy_username = tenant->legacy_username;
    if (strlen(tenant->connection) >= sizeof bulk->connection)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "AUTH0_CONNECTION", "is too long");
    memcpy(bulk->connection, tenant->connection, strlen(tenant->connection) + 1);
    return AUTH0DB_OK;
}

int auth0db_bulk_open(auth0db_bulk **out, const auth0db_bulk_options *options, auth0db_error *err)
{
    auth0db_bulk_options o = {0};
    a0_site_map map;
    *out = NULL;
    /* A caller that was built against an older header hands over a shorter struct: what it lacks is
     * zero. */
    if (options == NULL || options->size < offsetof(auth0db_bulk_options, tenant))
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "size", "is not the size of the options");
    memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
    if (o.database_url == NULL || o.database_url[0] == '\0')
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "DATABASE_URL",
                            "is not set: which database has the users?");
    int rc = read_map(&map, &o, err);
    if (rc != AUTH0DB_OK)
        return rc;
    auth0db_bulk *bulk = a0_alloc(sizeof *bulk);
    if (bulk == NULL)
        return a0_error_no_memory(err);
    bulk->env = a0_env_system;
    bulk->event = o.event;
    bulk->interrupted = o.interrupted;
    bulk->ctx = o.ctx;
    bulk->own_database = o.own_database;
    rc = open_tenant(bulk, o.tenant, err);
    if (rc == AUTH0DB_OK)
        /* Read before the database is opened: a list that is not understood must not move
         * anybody. */
        rc = a0_kept_read(&bulk->kept, o.site_map, o.keep_local, err);
    if (rc == AUTH0DB_OK)
        rc = a0_unproven_read(&bulk->unproven, o.site_map, err);
    if (rc == AUTH0DB_OK)
        rc = a0_store_open(&bulk->store, o.database_url, &map, err);
    if (rc == AUTH0DB_OK)
        *out = bulk;
    else
        auth0db_bulk_close(bulk);
    return rc;
}

void auth0db_bulk_close(auth0db_bulk *bulk)
{
    if (bulk == NULL)
        return;
    a0_store_close(bulk->store);
    auth0db_client_free(bulk->client);
    a0_kept_clear(&bulk->kept);
    a0_free(bulk);
}

/* --- a copy of the site's database ----------------------------------------------------------- */

/* The random name becomes the site's, should the database have none yet. */
static int look_where_it_lives(auth0db_bulk *bulk, bool adopt, a0_living *out, auth0db_error *err)
{
    unsigned char random[16];
    char fresh[2 * sizeof random + 1];
    int rc = a0_random(&bulk->env, random, sizeof random);
    if (rc != AUTH0DB_OK)
        return a0_error_set(err, rc, NULL, "no random numbers");
    a0_hex_encode(random, sizeof random, fresh);
    return a0_store_lives(bulk->store, adopt, fresh, out, err);
}

/* A copy of the site's database (staging, a restored dump) holds the same links and ids: an import
 * or an undo from there would change real people. */
int a0_bulk_need_own_database(auth0db_bulk *bulk, auth0db_error *err)
{
    a0_living here = {.known = true};
    int rc = bulk->own_database ? AUTH0DB_OK : look_where_it_lives(bulk, false, &here, err);
    if (rc != AUTH0DB_OK || here.known)
        return rc;
    return a0_error_set(err, AUTH0DB_ERR_STATE, "DATABASE_URL",
                        "%s %s is not a database that this site is known to live in, but perhaps a "
                        "copy: nothing is changed at Auth0. If it is the site's own, run `auth0db "
                        "site --adopt`",
                        here.place, here.server);
}

/* NDJSON keeps no list of databases, so there is none to add this one to. */
int auth0db_bulk_adopt(auth0db_bulk *bulk, auth0db_error *err)
{
    a0_living here = {0};
    int rc = a0_store_keeps_record(bulk->store)
                 ? a0_store_check(bulk->store, true, err)
                 : a0_error_set(err, AUTH0DB_ERR_OPTION, "DATABASE_URL", "NDJSON keeps no record");
    if (rc == AUTH0DB_OK)
        rc = look_where_it_lives(bulk, true, &here, err);
    if (rc != AUTH0DB_OK)
        return rc;
    return a0_bulk_event(bulk,
                         json_pack("{s:s, s:s, s:s, s:s, s:b}", "event", "report", "run", "site",
                                   "database", here.place, "server", here.server, "adopted",
                                   here.added),
                         err);
}

/* --- events ---------------------------------------------------------------------------------- */

int a0_bulk_event(auth0db_bulk *bulk, json_t *event, auth0db_error *err)
{
    a0_buf line = {0};
    /* A NULL is what json_pack leaves without memory, so no caller has to look at it. */
    if (event == NULL)
        return a0_error_no_memory(err);
    int rc = a0_json_write(&line, event);
    json_decref(event);
    if (rc == AUTH0DB_OK && bulk->event != NULL)
        bulk->event(bulk->ctx, a0_buf_text(&line));
    a0_buf_clear(&line);
    return rc == AUTH0DB_OK ? rc : a0_error_set(err, rc, "event", "cannot be told");
}

int a0_bulk_go_on(auth0db_bulk *bulk, auth0db_error *err)
{
    if (bulk->interrupted == NULL || !bulk->interrupted(bulk->ctx))
        return AUTH0DB_OK;
    return a0_error_set(err, AUTH0DB_ERR_INTERRUPTED, "",
                        "stopped as asked; the same command goes on from here");
}

/* Whether to go on is asked each time, also where nothing is told: an interruption waits for no
 * event. */
int a0_progress_tick(a0_progress *progress, uint64_t done, auth0db_error *err)
{
    enum { EVERY_MS = 250 };
    int rc = a0_bulk_go_on(progress->bulk, err);
    uint64_t now = a0_mono_ms(&progress->bulk->env);
    if (rc != AUTH0DB_OK || now < progress->next_ms)
        return rc;
    progress->next_ms = now + EVERY_MS;
    json_t *total = progress->total > 0 ? json_integer((json_int_t)progress->total) : json_null();
    return a0_bulk_event(progress->bulk,
                         json_pack("{s:s, s:s, s:I, s:o}", "event", "progress", "phase",
                                   progress->phase, "done", (json_int_t)done, "total", total),
                         err);
}

/* --- the tenant ------------------------------------------------------------------------------ */

static int refuse(auth0db_error *err, const char *setting, const char *connection, const char *why)
{
    return a0_error_set(err, AUTH0DB_ERR_OPTION, setting, "connection \"%s\" %s", connection, why);
}

static auth0db_code code_for(auth0db_outcome outcome)
{
    switch (outcome) {
    case AUTH0DB_OUTCOME_THROTTLED:
        return AUTH0DB_ERR_RATE_LIMIT;
    case AUTH0DB_OUTCOME_UNAVAILABLE:
        return AUTH0DB_ERR_UNREACHABLE;
    case AUTH0DB_OUTCOME_MISCONFIGURED:
        return AUTH0DB_ERR_OPTION;
    default:
        return AUTH0DB_ERR_REMOTE;
    }
}

/* Where the request does not say which setting is wrong, and nobody answered, it is most likely the
 * domain. */
static int refused(auth0db_outcome outcome, const auth0db_error *cause, auth0db_error *err)
{
    const char *where = cause->where;
    if (where[0] == '\0' && outcome == AUTH0DB_OUTCOME_UNAVAILABLE)
        where = "AUTH0_DOMAIN";
    return a0_error_set(err, code_for(outcome), where, "%s", cause->message);
}

static unsigned username_length(int told)
{
    return told > 0 ? (unsigned)told : 0;
}

int a0_bulk_need_scopes(auth0db_bulk *bulk, auth0db_use use, auth0db_error *err)
{
    auth0db_error cause = {0};
    auth0db_outcome outcome =
        a0_client_need_scopes(bulk->client, auth0db_use_needs(use), ASK_MS, &cause);
    return outcome == AUTH0DB_OUTCOME_OK ? AUTH0DB_OK : refused(outcome, &cause, err);
}

/* Does this work decide about users, which only the connection's options allow? Without its options
 * nobody knows whether the connection wants user names, and which: that is no default to go on
 * from. */
static bool needs_options(auth0db_use use)
{
    return strstr(auth0db_use_needs(use), AUTH0DB_SCOPE_CONNECTION_OPTIONS) != NULL;
}

/* What nobody tells is unknown, and does not stop anybody: an import has its canaries. */
static auth0db_mfa_policy ask_mfa_policy(auth0db_bulk *bulk, auth0db_use use)
{
    auth0db_mfa_policy policy = AUTH0DB_MFA_UNKNOWN;
    auth0db_error cause;
    const bool wanted = strstr(auth0db_use_helped_by(use), AUTH0DB_SCOPE_MFA_POLICIES) != NULL;
    if (wanted && a0_client_need_scopes(bulk->client, AUTH0DB_SCOPE_MFA_POLICIES, ASK_MS, &cause) ==
                      AUTH0DB_OUTCOME_OK)
        auth0db_client_mfa_policy(bulk->client, ASK_MS, &policy, &cause);
    return policy;
}

/* Told with the cure, since what a connection is like is nothing that a site could know. */
static int refuse_misfits(auth0db_bulk *bulk, auth0db_use use, const auth0db_connection_info *c,
                          auth0db_error *err)
{
    auth0db_misfit misfits[AUTH0DB_MISFITS_MAX];
    const size_t n = auth0db_client_misfits(bulk->client, c, misfits);
    for (size_t i = 0; needs_options(use) && i < n; i++) {
        if (misfits[i].stops_import)
            return a0_error_set(err, AUTH0DB_ERR_OPTION, misfits[i].setting,
                                "connection \"%s\" %s. %s", c->name, misfits[i].what,
                                misfits[i].cure);
    }
    return AUTH0DB_OK;
}

int a0_bulk_ask_tenant(auth0db_bulk *bulk, auth0db_use use, a0_bulk_tenant *out, auth0db_error *err)
{
    auth0db_connection_info *c = &out->connection;
    auth0db_error cause = {0};
    *out = (a0_bulk_tenant){.asked = bulk->client != NULL};
    if (!out->asked)
        return AUTH0DB_OK;
    auth0db_outcome outcome = auth0db_client_connection(bulk->client, ASK_MS, c, &cause);
    /* Each refusal comes before anything has changed, and names what the operator can repair. */
    if (outcome == AUTH0DB_OUTCOME_NOT_FOUND)
        return refuse(err, "AUTH0_CONNECTION", bulk->connection, "is not there");
    if (outcome != AUTH0DB_OUTCOME_OK)
        return refused(outcome, &cause, err);
    if (strcmp(c->strategy, "auth0") != 0)
        return refuse(err, "AUTH0_CONNECTION", c->name, "is not a database");
    if (!c->enabled_for_client)
        return refuse(err, "AUTH0_CONNECTION", c->name, "is not enabled for the application");
    if (!c->options_known) /* a token that does not tell its scopes */
        return !needs_options(use) ? AUTH0DB_OK
                                   : refuse(err, "AUTH0_CLIENT_ID", c->name,
                                            "is shown without its options: the management token "
                                            "lacks " AUTH0DB_SCOPE_CONNECTION_OPTIONS);
    int rc = refuse_misfits(bulk, use, c, err);
    if (rc != AUTH0DB_OK)
        return rc;
    out->rules = (a0_assess_rules){.require_username = c->requires_username || bulk->wants_username,
                                   .username_may_be_email = c->username_may_be_email == AUTH0DB_YES,
                                   .username_no_phone = c->username_may_be_phone == AUTH0DB_NO,
                                   .username_min = username_length(c->username_min),
                                   .username_max = username_length(c->username_max),
                                   .legacy_username = bulk->legacy_username};
    out->mfa = ask_mfa_policy(bulk, use);
    return AUTH0DB_OK;
}
