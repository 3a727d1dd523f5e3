/* Users' passwords: compared, judged, made and replaced. bcrypt is slow, so whatever computes one
 * lets go of the tenant's lock meanwhile; what was read before may then be out of date, and who
 * calls has to look again (tenant.h). */
#include "sandbox/login/passwords.h"

#include <string.h>

#include "base/mem.h"
#include "base/secret.h"
#include "crypto/bcrypt.h"
#include "sandbox/hash/password_hash.h"

/* The most that Auth0's options can ask for (documented: facts/auth0.md 4.2). */
enum { HISTORY_MAX = 24 };

/* bcrypt takes 72 bytes and drops the rest silently, and so does Auth0 (facts/auth0.md 4.2) */
static a0_slice as_bcrypt_input(const char *password)
{
    size_t len = strlen(password);
    return (a0_slice){password, len < A0_BCRYPT_INPUT_MAX ? len : A0_BCRYPT_INPUT_MAX};
}

static char *bcrypt_new(const sb_tenant *tenant, int cost, const char *password)
{
    uint8_t random[16];
    char setting[30];
    char *hash = a0_alloc(A0_BCRYPT_LEN + 1);
    if (hash == NULL || a0_random(tenant->env, random, sizeof random) != AUTH0DB_OK)
        goto bad;
    a0_bcrypt_setting(cost, random, setting);
    if (a0_bcrypt(as_bcrypt_input(password), setting, hash, NULL) == AUTH0DB_OK)
        return hash;
bad:
    a0_free(hash);
    return NULL;
}

static bool bcrypt_matches(const char *hash, const char *password)
{
    char got[A0_BCRYPT_LEN + 1];
    return strlen(hash) == A0_BCRYPT_LEN &&
           a0_bcrypt(as_bcrypt_input(password), hash, got, NULL) == AUTH0DB_OK &&
           a0_secret_equal(got, hash, A0_BCRYPT_LEN);
}

typedef struct earlier {
    const sb_user *user;
    const char *password;
} earlier;

static bool was_used(void *ctx, size_t last_n)
{
    const earlier *e = ctx;
    size_t i;
    json_t *hash;
    if (last_n > 0 && e->user->password != NULL && bcrypt_matches(e->user->password, e->password))
        return true;
    json_array_foreach(e->user->history, i, hash)
    {
        if (i < last_n && bcrypt_matches(json_string_value(hash), e->password))
            return true;
    }
    return false;
}

sb_policy_verdict sb_password_try(sb_tenant *tenant, const sb_connection *connection,
                                  const sb_user *user, const char *password, char **hash)
{
    earlier e = {user, password};
    sb_policy_input input = {
        .options = connection->options,
        .user = user->profile,
        .password = {password, strlen(password)},
        .reused = user->seq != 0 ? was_used : NULL,
        .ctx = &e,
    };
    /* Read while the lock is held: the options may change meanwhile. */
    int cost = (int)tenant->options.bcrypt_cost;
    pthread_mutex_unlock(&tenant->lock);
    /* The policy first: a password that it refuses costs no new hash. Its history compares hashes,
     * so it is asked without the lock, too. */
    sb_policy_verdict verdict = sb_policy_check(&input);
    *hash = verdict == SB_POLICY_OK ? bcrypt_new(tenant, cost, password) : NULL;
    pthread_mutex_lock(&tenant->lock);
    return verdict;
}

/* Status and text were seen of a weak password; of the other three, and of the code, it is a guess
 * (facts/auth0.md 4.2). */
bool sb_password_make(sb_call *call, const sb_connection *connection, const sb_user *user,
                      const char *password, char **hash)
{
    sb_policy_verdict verdict = sb_password_try(call->tenant, connection, user, password, hash);
    if (verdict != SB_POLICY_OK)
        sb_reply_api_error(call->reply, 400, "invalid_password", "%s: %s", sb_policy_name(verdict),
                           sb_policy_text(verdict));
    else if (*hash == NULL)
        sb_reply_api_error(call->reply, 500, NULL, "The password could not be hashed.");
    return *hash != NULL;
}

/* Kept from the day it is switched on (documented of old: facts/auth0.md 4.2): an earlier password
 * is not known. */
static bool keeps_history(const sb_connection *connection)
{
    const json_t *legacy = json_object_get(connection->options, "password_history");
    const json_t *flexible =
        json_object_get(json_object_get(connection->options, "password_options"), "history");
    return a0_json_true(legacy, "enable") || a0_json_true(flexible, "active");
}

void sb_password_put(sb_call *call, const sb_connection *connection, sb_user *user, char *hash)
{
    if (user->password != NULL && keeps_history(connection)) {
        json_array_insert_new(user->history, 0, json_string(user->password));
        if (json_array_size(user->history) > HISTORY_MAX)
            json_array_remove(user->history, HISTORY_MAX);
    }
    a0_secret_free(user->password);
    user->password = hash;
    json_decref(user->foreign_hash);
    user->foreign_hash = NULL;
}

/* What every importer's users complain of: the tenant took the hash, and no password ever fits it.
 */
static bool never_matches(const sb_tenant *tenant, const json_t *hash)
{
    size_t i;
    json_t *word;
    const char *algorithm = a0_json_text(hash, "algorithm");
    const char *value = a0_json_text(json_object_get(hash, "hash"), "value");
    json_array_foreach(tenant->options.hashes_never_match, i, word)
    {
        const char *text = json_string_value(word);
        if ((algorithm != NULL && strcmp(algorithm, text) == 0) ||
            (*text != '\0' && value != NULL && strncmp(value, text, strlen(text)) == 0))
            return true;
    }
    return false;
}

bool sb_password_matches(sb_tenant *tenant, const sb_user *user, const char *password)
{
    /* With the lock: the option's list may be replaced while the hash is computed. */
    bool match = false, never = never_matches(tenant, user->foreign_hash);
    pthread_mutex_unlock(&tenant->lock);
    if (user->foreign_hash != NULL) {
        /* A hash that cannot be computed fits no password, and the answer is that of a wrong one
         * (documented as an effect: facts/auth0.md 1.4). */
        if (sb_password_hash_verify(user->foreign_hash, (a0_slice){password, strlen(password)},
                                    &match, NULL) != AUTH0DB_OK ||
            never)
            match = false;
    } else if (user->password != NULL) {
        match = bcrypt_matches(user->password, password);
    }
    pthread_mutex_lock(&tenant->lock);
    return match;
}

/* That Auth0 makes bcrypt of an imported hash at the first login is a guess which fits its rule of
 * 5.4: until then, another hash may be imported. */
void sb_password_rehash(sb_tenant *tenant, sb_user *user, const char *password)
{
    sb_user now;
    int cost = (int)tenant->options.bcrypt_cost;
    pthread_mutex_unlock(&tenant->lock);
    char *hash = bcrypt_new(tenant, cost, password);
    pthread_mutex_lock(&tenant->lock);
    if (hash == NULL)
        return; /* the imported hash still works; the next login tries again */
    if (!sb_user_by_seq(tenant, user->seq, &now)) {
        a0_secret_free(hash);
        return;
    }
    bool same = json_equal(now.foreign_hash, user->foreign_hash) == 1;
    sb_user_clear(
        user); /* what happened to the user meanwhile must not be undone by our saving it */
    *user = now;
    if (!same) {
        a0_secret_free(hash);
        return;
    }
    a0_secret_free(user->password);
    user->password = hash;
    json_decref(user->foreign_hash);
    user->foreign_hash = NULL;
}

/* Auth0's own test passwords (documented: facts/auth0.md 8), so that no list of breaches is needed.
 */
bool sb_password_is_leaked(const char *password)
{
    return strncmp(password, "AUTH0-TEST-", 11) == 0 || strcmp(password, "Paaf213XXYYZZ") == 0 ||
           strcmp(password, "Paat739!!WWXXYYZZ") == 0;
}
