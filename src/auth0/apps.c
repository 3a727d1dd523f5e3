/* The applications that speak for the site at the tenant, and what proves them: a secret, a key, or
 * two while one is being replaced by the other, so that no moment is the right one to change it
 * everywhere. */
#include <stdio.h>
#include <string.h>

#include "auth0/client_int.h"
#include "base/encode.h"
#include "base/mem.h"
#include "base/secret.h"

enum {
    NAME_MAX_LEN = 128, /* of a client id or a connection (facts/auth0.md 0.12) */
    SECRET_MAX_LEN = 16384,
    ASSERTION_S =
        120, /* of the 300 that Auth0 takes (facts/auth0.md 1.7): both clocks may be off */
    JTI_BYTES = 16,
};

/* The setting is named and its value never quoted, for it may be a secret. A blank or a line break
 * comes of copying: told here, at the start, it is one clear error; sent, it would be a wrong
 * secret at every login. */
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
        /* Two are enough for a rotation, and each more would be one more request of a login, which
         * has four at most (S9). */
        if (app->proofs == A0_PROOFS_MAX)
            return a0_error_set(err, AUTH0DB_ERR_OPTION, setting, "%s",
                                app->proof[0].key != NULL
                                    ? "holds more than one secret beside a key"
                                    : "holds more than two secrets");
        char *secret = app->proof[app->proofs].secret = a0_strndup(text, len);
        if (secret == NULL)
            return a0_error_no_memory(err);
        app->proofs++;
        int rc = a0_check_text(setting, secret, SECRET_MAX_LEN, err);
        if (rc != AUTH0DB_OK)
            return rc;
        text += len;
    }
    return AUTH0DB_OK;
}

/* The key comes first: where both are given it replaces the secret. */
static int take_key(a0_app *app, const a0_app_settings *from, auth0db_error *err)
{
    const a0_signer_source source = {from->signed_by, from->key, from->algorithm,
                                     "AUTH0_CLIENT_KEY_ALGORITHM"};
    int rc = a0_signer_new(&app->proof[0].key, &source, err);
    app->proofs = rc == AUTH0DB_OK ? 1 : 0;
    return rc;
}

int a0_app_init(a0_app *app, const a0_app_settings *from, auth0db_error *err)
{
    int rc = a0_check_text(from->named_by, from->id, NAME_MAX_LEN, err);
    if (rc == AUTH0DB_OK && (app->id = a0_strdup(from->id)) == NULL)
        rc = a0_error_no_memory(err);
    if (rc == AUTH0DB_OK && from->key != NULL)
        rc = take_key(app, from, err);
    if (rc == AUTH0DB_OK && from->secrets != NULL)
        rc = take_secrets(app, from->proven_by, from->secrets, err);
    return rc;
}

void a0_app_clear(a0_app *app)
{
    for (size_t i = 0; i < A0_PROOFS_MAX; i++) {
        a0_secret_free(app->proof[i].secret);
        a0_signer_free(app->proof[i].key);
    }
    a0_free(app->id);
    *app = (a0_app){0};
}

/* Where the site names a second application, it alone asks the Management API: the secret that logs
 * people in, which every web process holds, need not be able to delete them. */
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

/* With one proof there is no second try: what the tenant said of it stands. */
bool a0_app_other(const a0_app *app, unsigned *which)
{
    if (app->proofs < A0_PROOFS_MAX)
        return false;
    *which = 1 - *which;
    return true;
}

void a0_app_use(a0_call *call, a0_app *app, unsigned which)
{
    auth0db_client *client = call->client;
    a0_fork_guard_lock(&client->guard);
    /* The choice is kept, so that the next call begins with the proof that was taken. Otherwise
     * every login during a rotation would cost a refused request first. */
    const bool changed = app->using != which;
    app->using = which;
    a0_fork_guard_unlock(&client->guard);
    /* The log is the site's own function, so it is called without the guard. One line for a change,
     * not one for a login. */
    if (changed)
        a0_log_at(&client->log, A0_LOG_WARNING,
                  "%s: the tenant refuses one of the application's two proofs and takes the other",
                  call->what);
}

/* --- proving it ------------------------------------------------------------------------------- */

/* iat and nbf are left out: Auth0 holds them to within ten seconds of its own clock, exp it does
 * not. aud is one string: Auth0 refuses a list. */
static json_t *claims_of(a0_call *call, const a0_app *app)
{
    unsigned char random[JTI_BYTES];
    char jti[2 * JTI_BYTES + 1], issuer[sizeof call->client->url.text + 1];
    if (a0_random(&call->client->env, random, sizeof random) != AUTH0DB_OK) {
        a0_error_set(call->err, AUTH0DB_ERR_CRYPTO, NULL, "%s: no randomness", call->what);
        return NULL;
    }
    a0_hex_encode(random, sizeof random, jti);
    snprintf(issuer, sizeof issuer, "%s/", call->client->url.text);
    json_t *claims =
        json_pack("{s:s, s:s, s:s, s:I, s:s}", "iss", app->id, "sub", app->id, "aud", issuer, "exp",
                  (json_int_t)(a0_wall_s(&call->client->env) + ASSERTION_S), "jti", jti);
    if (claims == NULL)
        a0_error_no_memory(call->err);
    return claims;
}

static int add_assertion(a0_call *call, const a0_app *app, const a0_signer *key,
                         a0_http_request *request)
{
    static const char type[] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    a0_buf assertion = {0};
    json_t *claims = claims_of(call, app);
    if (claims == NULL)
        return call->err->code;
    int rc = a0_signer_sign(key, claims, &assertion, call->err);
    if (rc == AUTH0DB_OK)
        rc = a0_http_add_field(request, "client_assertion_type", type, sizeof type - 1);
    if (rc == AUTH0DB_OK)
        rc = a0_http_add_field(request, "client_assertion", assertion.data, assertion.len);
    json_decref(claims);
    a0_buf_clear(&assertion);
    return rc;
}

/* No proof is no error: an application of logins may have none, and then sends its id alone. An
 * assertion is made anew for every request, for the tenant takes each once. */
int a0_app_prove(a0_call *call, const a0_app *app, unsigned which, a0_http_request *request)
{
    const a0_proof *proof = &app->proof[which];
    if (proof->key != NULL)
        return add_assertion(call, app, proof->key, request);
    if (proof->secret != NULL)
        return a0_http_add_field(request, "client_secret", proof->secret, strlen(proof->secret));
    return AUTH0DB_OK;
}

/* --- which setting to look at ------------------------------------------------------------------
 */

/* The operator reads the setting that this site has. With a key, or with a second application, the
 * usual name is one that nobody has set, and the search would begin in the wrong place. */
const char *a0_setting_for(const auth0db_client *client, a0_op op, const char *setting)
{
    const bool login = op == A0_OP_GRANT || op == A0_OP_PROBE || op == A0_OP_CODE ||
                       op == A0_OP_RESET_MAIL || client->management.id == NULL;
    const a0_app *app = login ? &client->app : &client->management;
    if (setting == NULL)
        return NULL;
    if (strcmp(setting, "AUTH0_CLIENT_SECRET") == 0 && app->proof[0].key != NULL)
        return login ? "AUTH0_CLIENT_KEY" : "AUTH0_MANAGEMENT_CLIENT_KEY";
    if (login)
        return setting;
    if (strcmp(setting, "AUTH0_CLIENT_ID") == 0)
        return "AUTH0_MANAGEMENT_CLIENT_ID";
    return strcmp(setting, "AUTH0_CLIENT_SECRET") == 0 ? "AUTH0_MANAGEMENT_CLIENT_SECRET" : setting;
}

/* With many calls at once the latest counts. Each operation has a place of its own: the login's
 * secret may be right while the other application's is wrong, and the one must not hide the other.
 */
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
