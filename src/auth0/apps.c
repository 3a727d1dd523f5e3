/* The applications that speak for the site at the tenant, and their secrets: two while one is being
 * replaced by the other, so that no moment is the right one to change it everywhere. */
#include <string.h>

#include "auth0/client_int.h"
#include "base/mem.h"
#include "base/secret.h"

enum {
    NAME_MAX_LEN = 128, /* of a client id or a connection (facts/auth0.md 0.12) */
    SECRET_MAX_LEN = 16384,
};

int a0_check_text(const char *setting, const char *value, size_t max, auth0db_error *err)
{
    if (value == NULL)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, setting, "is missing");
    if (strlen(value) > max)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, setting, "is longer than %zu bytes", max);
    for (const char *p = value; *p != '\0'; p++) {
        if ((unsigned char)*p <= 0x20 || (unsigned char)*p > 0x7e)
            return a0_error_set(err, AUTH0DB_ERR_OPTION, setting,
                                "holds white space or other characters that do not belong there");
    }
    return AUTH0DB_OK;
}

static const char white[] = " \t\r\n";

static int take_secrets(a0_app *app, const char *setting, const char *text, auth0db_error *err)
{
    for (text += strspn(text, white); *text != '\0'; text += strspn(text, white)) {
        const size_t len = strcspn(text, white);
        if (app->secrets == A0_SECRETS_MAX)
            return a0_error_set(err, AUTH0DB_ERR_OPTION, setting, "holds more than two secrets");
        app->secret[app->secrets] = a0_strndup(text, len);
        if (app->secret[app->secrets] == NULL)
            return a0_error_no_memory(err);
        int rc = a0_check_text(setting, app->secret[app->secrets++], SECRET_MAX_LEN, err);
        if (rc != AUTH0DB_OK)
            return rc;
        text += len;
    }
    return AUTH0DB_OK;
}

int a0_app_init(a0_app *app, const a0_app_settings *names, const char *id, const char *secrets,
                auth0db_error *err)
{
    int rc = a0_check_text(names->named_by, id, NAME_MAX_LEN, err);
    if (rc == AUTH0DB_OK && (app->id = a0_strdup(id)) == NULL)
        rc = a0_error_no_memory(err);
    if (rc == AUTH0DB_OK && secrets != NULL)
        rc = take_secrets(app, names->proven_by, secrets, err);
    return rc;
}

void a0_app_clear(a0_app *app)
{
    for (size_t i = 0; i < A0_SECRETS_MAX; i++)
        a0_secret_free(app->secret[i]);
    a0_free(app->id);
    *app = (a0_app){0};
}

a0_app *a0_management_app(auth0db_client *client)
{
    return client->management.id != NULL ? &client->management : &client->app;
}

unsigned a0_app_using(auth0db_client *client, const a0_app *app)
{
    a0_fork_guard_lock(&client->guard);
    const unsigned which = app->using;
    a0_fork_guard_unlock(&client->guard);
    return which;
}

bool a0_app_other(const a0_app *app, unsigned *which)
{
    if (app->secrets < A0_SECRETS_MAX)
        return false;
    *which = 1 - *which;
    return true;
}

void a0_app_use(a0_call *call, a0_app *app, unsigned which)
{
    auth0db_client *client = call->client;
    a0_fork_guard_lock(&client->guard);
    const bool changed = app->using != which;
    app->using = which;
    a0_fork_guard_unlock(&client->guard);
    if (changed)
        a0_log_at(&client->log, A0_LOG_WARNING,
                  "%s: the tenant refuses one of the two secrets and takes the other", call->what);
}

/* --- which setting to look at ------------------------------------------------------------------ */

const char *a0_setting_for(const auth0db_client *client, a0_op op, const char *setting)
{
    const bool login = op == A0_OP_GRANT || op == A0_OP_PROBE || op == A0_OP_CODE ||
                       op == A0_OP_RESET_MAIL;
    if (setting == NULL || login || client->management.id == NULL)
        return setting;
    if (strcmp(setting, "AUTH0_CLIENT_ID") == 0)
        return "AUTH0_MANAGEMENT_CLIENT_ID";
    return strcmp(setting, "AUTH0_CLIENT_SECRET") == 0 ? "AUTH0_MANAGEMENT_CLIENT_SECRET" : setting;
}

/* With many calls at once the latest counts. */
void a0_setup_learn(a0_call *call, a0_op op, auth0db_outcome outcome)
{
    auth0db_client *client = call->client;
    const bool wrong = outcome == AUTH0DB_OUTCOME_MISCONFIGURED;
    if (!wrong && (auth0db_outcome_is_trouble(outcome) || outcome == AUTH0DB_OUTCOME_REFUSED))
        return; /* nothing was said about our settings */
    a0_fork_guard_lock(&client->guard);
    client->setup_wrong[op] = wrong;
    if (wrong)
        client->setup_err = *call->err;
    a0_fork_guard_unlock(&client->guard);
}
