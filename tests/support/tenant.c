#include "tenant.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth0/client_int.h"

static void merge(json_t *into, const char *text)
{
    json_t *more = NULL;
    if (text == NULL)
        return;
    ck_assert_int_eq(a0_json_parse(&more, text, strlen(text), "test", NULL), AUTH0DB_OK);
    json_object_update(into, more);
    json_decref(more);
}

static script_answer reply_json(json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    script_answer a = script_reply(200, "", text);
    free(text);
    json_decref(json);
    return a;
}

static script_answer key_set(tenant *t)
{
    a0_buf text = {0};
    t->keysets++;
    if (t->listed != NULL)
        return script_reply(200, "", t->listed);
    ck_assert_int_eq(a0_buf_puts(&text, "{\"keys\":["), AUTH0DB_OK);
    ck_assert_int_eq(a0_jwk_to_json(&text, t->key, false, NULL), AUTH0DB_OK);
    ck_assert_int_eq(a0_buf_puts(&text, "]}"), AUTH0DB_OK);
    script_answer a = script_reply(200, "", a0_buf_text(&text));
    a0_buf_clear(&text);
    return a;
}

static script_answer management_token(tenant *t)
{
    char token[40];
    snprintf(token, sizeof token, "management-%u", ++t->tokens);
    json_t *json = json_pack("{s:s, s:s, s:i, s:s}", "access_token", token, "token_type", "Bearer",
                             "expires_in", 86400, "scope", "create:users read:users");
    merge(json, t->token);
    return reply_json(json);
}

static script_answer id_token(tenant *t)
{
    char issuer[80];
    a0_buf token = {0};
    json_int_t now = t->now != 0 ? t->now : (json_int_t)time(NULL);
    t->grants++;
    snprintf(issuer, sizeof issuer, "%s/", script_url(t->server));
    json_t *claims = json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:b, s:s}", "iss", issuer, "aud",
                               "cid", "sub", "auth0|1", "iat", now, "exp", now + 36000, "email",
                               "ann@example.org", "email_verified", 1, "name", "Ann");
    merge(claims, t->claims);
    ck_assert_int_eq(a0_jws_sign(&token, t->key, claims, NULL), AUTH0DB_OK);
    json_decref(claims);
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:i}", "access_token", TENANT_ACCESS,
                             "refresh_token", TENANT_REFRESH, "token_type", "Bearer", "id_token",
                             a0_buf_text(&token), "expires_in", 86400);
    a0_buf_clear(&token);
    return reply_json(json);
}

static script_answer next_answer(tenant *t)
{
    const tenant_answer *a = &t->says[t->said];
    t->others++;
    if (t->said + 1 < A0_COUNT(t->says) && a[1].status != 0)
        t->said++;
    if (a->hang_up)
        return (script_answer){.hang_up = true};
    if (a->status != 0)
        return script_reply(a->status, a->headers != NULL ? a->headers : "", a->body);
    return script_reply(
        404, "",
        "{\"statusCode\":404,\"error\":\"Not Found\",\"message\":\"The user does not "
        "exist.\",\"errorCode\":\"inexistent_user\"}");
}

bool tenant_is_probe(const script_request *request)
{
    return strcmp(request->path, "/oauth/token") == 0 &&
           strstr(request->body, "password-realm") != NULL &&
           strstr(request->body, "username=") == NULL;
}

static script_answer decide(void *ctx, const script_request *request)
{
    tenant *t = ctx;
    script_answer out = {0};
    bool probe = tenant_is_probe(request);
    t->probes += probe;
    if (t->answer != NULL && t->answer(t, request, &out))
        return out;
    if (strcmp(request->path, "/.well-known/jwks.json") == 0)
        return key_set(t);
    if (probe)
        return script_reply(400, "", "{\"error\":\"invalid_request\"}");
    if (strcmp(request->path, "/oauth/token") == 0)
        return strstr(request->body, "grant_type=client_credentials") != NULL ? management_token(t)
                                                                              : id_token(t);
    return next_answer(t);
}

static a0_jwk *first_key;

/* Before Check forks for each case: to make one takes longer than most of them. */
__attribute__((constructor)) static void make_first_key(void)
{
    if (a0_jwk_generate(&first_key, "k1", NULL) != AUTH0DB_OK)
        abort();
}

void tenant_start(tenant *t)
{
    t->key = first_key;
    t->server = script_start(decide, t);
}

void tenant_stop(tenant *t)
{
    script_stop(t->server);
    if (t->key != first_key)
        a0_jwk_free(t->key);
}

void tenant_says(tenant *t, unsigned at, int status, const char *body)
{
    ck_assert_uint_lt(at, A0_COUNT(t->says));
    t->says[at].status = status;
    t->says[at].body = body;
}

void tenant_rotate(tenant *t, const char *kid)
{
    if (t->key != first_key)
        a0_jwk_free(t->key);
    ck_assert_int_eq(a0_jwk_generate(&t->key, kid, NULL), AUTH0DB_OK);
}

static bool replay(tenant *t, const script_request *request, script_answer *out)
{
    const char *text = t->recorded[strcmp(request->path, "/.well-known/jwks.json") == 0];
    *out = script_raw(text, strlen(text));
    return true;
}

static void record(char out[static 8192], script_answer answer)
{
    ck_assert_uint_lt(answer.len, 8192);
    memcpy(out, answer.raw, answer.len);
    out[answer.len] = '\0';
    free(answer.raw);
}

void tenant_record(tenant *t)
{
    record(t->recorded[0], id_token(t));
    record(t->recorded[1], key_set(t));
    t->answer = replay;
}

static auth0db_client *client_of(tenant *t, const auth0db_client_options *with, const a0_env *env)
{
    auth0db_client *client;
    auth0db_error err;
    auth0db_client_options o = with != NULL ? *with : (auth0db_client_options){0};
    o.size = sizeof o;
    o.domain = script_url(t->server);
    o.client_id = "cid";
    if (o.client_secret == NULL && o.user_jwt == NULL)
        o.client_secret = "s3cret";
    o.connection = "Users";
    int rc = a0_client_new(&client, &o, env, &err);
    ck_assert_msg(rc == AUTH0DB_OK, "%s %s", err.where, err.message);
    return client;
}

auth0db_client *tenant_client(tenant *t, const auth0db_client_options *with)
{
    return client_of(t, with, &a0_env_system);
}

auth0db_client *tenant_client_at(tenant *t, const auth0db_client_options *with, fake_clock *clock)
{
    *clock = (fake_clock){.wall_s = TENANT_NOW};
    a0_env env = fake_env(clock);
    t->now = TENANT_NOW;
    return client_of(t, with, &env);
}

auth0db_outcome tenant_grant(auth0db_client *client, unsigned deadline_ms)
{
    auth0db_tenant_user user;
    auth0db_error err;
    memset(&user, 0xff, sizeof user);
    auth0db_credentials c = {
        .identifier = "ann@example.org", .password = "pass word", .password_len = 9};
    auth0db_outcome outcome = auth0db_client_grant(client, &c, deadline_ms, &user, &err);
    ck_assert((outcome == AUTH0DB_OUTCOME_OK) == (user.user_id[0] != '\0'));
    ck_assert(outcome == AUTH0DB_OUTCOME_OK || err.message[0] != '\0');
    ck_assert(strstr(err.message, "pass word") == NULL && strstr(err.message, "s3cret") == NULL);
    return outcome;
}

static uint64_t clock_ms(void *ctx)
{
    return ((fake_clock *)ctx)->ms;
}

static int64_t clock_wall(void *ctx)
{
    return ((fake_clock *)ctx)->wall_s * 1000;
}

static void clock_sleep(void *ctx, unsigned ms)
{
    fake_clock *clock = ctx;
    clock->ms += ms;
    clock->slept_ms += ms;
}

static int clock_random(void *ctx, void *out, size_t len)
{
    memset(out, 0, len);
    return AUTH0DB_OK;
}

a0_env fake_env(fake_clock *clock)
{
    return (a0_env){clock_ms, clock_wall, clock_sleep, clock_random, clock};
}
