/* What a site decides of a callback, and how it knows its own states. Pure. */
#include "auth0db/web.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/secret.h"
#include "crypto/digest.h"

/* A state may come back to another server of the site, whose clock is behind. */
enum { SKEW_S = 60, MAC_LEN = 43, TIME_LEN_MAX = 11 };

static const char url_safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* ---- MACs ---- */

static int check_key(const auth0db_web_key *key, auth0db_error *err)
{
    if (key->secret == NULL || key->secret_len == 0)
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "secret",
                            "is empty: anybody could make a state");
    return AUTH0DB_OK;
}

/* The parts each with a NUL behind them: no two lists of parts are the same text. The label keeps
 * this use of the site's secret apart from every other. */
static int mac(char out[static AUTH0DB_WEB_DERIVED_SIZE], const auth0db_web_key *key,
               const char *const *parts, size_t n, auth0db_error *err)
{
    static const char label[] = "auth0db web login 1";
    uint8_t digest[A0_DIGEST_MAX];
    a0_buf text = {0};
    int rc = check_key(key, err);
    if (rc == AUTH0DB_OK)
        rc = a0_buf_append(&text, label, sizeof label);
    for (size_t i = 0; i < n && rc == AUTH0DB_OK; i++)
        rc = a0_buf_append(&text, parts[i], strlen(parts[i]) + 1);
    if (rc == AUTH0DB_OK)
        rc = a0_hmac("sha256", (a0_slice){key->secret, key->secret_len},
                     (a0_slice){text.data, text.len}, digest, err);
    if (rc == AUTH0DB_OK)
        a0_base64_encode(A0_B64_URL, digest, A0_SHA256_LEN, out);
    a0_wipe(digest, sizeof digest);
    a0_buf_clear(&text);
    return rc;
}

int auth0db_web_derive(char out[AUTH0DB_WEB_DERIVED_SIZE], const auth0db_web_key *key,
                       const char *what, const char *id, const char *cookie, auth0db_error *err)
{
    const char *parts[] = {what, id, cookie};
    out[0] = '\0';
    if (*cookie == '\0') /* whoever has read a state in an address would know nonce and verifier */
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "cookie", "is empty");
    return mac(out, key, parts, A0_COUNT(parts), err);
}

int auth0db_web_challenge(char out[AUTH0DB_WEB_DERIVED_SIZE], const char *verifier,
                          auth0db_error *err)
{
    uint8_t digest[A0_DIGEST_MAX];
    a0_slice part = {verifier, strlen(verifier)};
    int rc = a0_digest("sha256", &part, 1, digest, err);
    out[0] = '\0';
    if (rc == AUTH0DB_OK)
        a0_base64_encode(A0_B64_URL, digest, A0_SHA256_LEN, out);
    return rc;
}

/* ---- states ---- */

static bool is_id(const char *text, size_t len)
{
    return len == AUTH0DB_WEB_ID_LEN && strspn(text, url_safe) >= len;
}

/* "ID.TIME.TRY.MAC", none of whose parts has a dot in it. */
int auth0db_web_state_make(char out[AUTH0DB_WEB_STATE_SIZE], const auth0db_web_key *key,
                           const auth0db_web_state *state, auth0db_error *err)
{
    char at[24], sealed[AUTH0DB_WEB_DERIVED_SIZE];
    const char *parts[] = {"state", state->id, at, state->again ? "1" : "0"};
    out[0] = '\0';
    if (!is_id(state->id, strlen(state->id)) || state->at_s < 0)
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "state", "has no id or no time");
    snprintf(at, sizeof at, "%lld", (long long)state->at_s);
    if (strlen(at) > TIME_LEN_MAX)
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "state", "has no time");
    int rc = mac(sealed, key, parts, A0_COUNT(parts), err);
    if (rc == AUTH0DB_OK)
        snprintf(out, AUTH0DB_WEB_STATE_SIZE, "%s.%s.%s.%s", state->id, at, parts[3], sealed);
    return rc;
}

/* One message for all, so that nobody can try out which part of a made-up state was good. */
static int strange(auth0db_error *err)
{
    return a0_error_set(err, AUTH0DB_ERR_MALFORMED, "state", "was not made here, or is too old");
}

/* The form alone: "ID.TIME.TRY." and as much behind it as a MAC has. */
static bool has_form(auth0db_web_state *out, const char *text)
{
    size_t id = strcspn(text, "."), at, after = id;
    if (!is_id(text, id) || text[id] != '.')
        return false;
    at = strspn(text + id + 1, "0123456789");
    after = id + 1 + at;
    if (at == 0 || at > TIME_LEN_MAX || text[after] != '.' ||
        (text[after + 1] != '0' && text[after + 1] != '1') || text[after + 2] != '.' ||
        strlen(text + after + 3) != MAC_LEN)
        return false;
    snprintf(out->id, sizeof out->id, "%.*s", (int)id, text);
    out->again = text[after + 1] == '1';
    for (size_t i = 0; i < at; i++)
        out->at_s = out->at_s * 10 + (text[id + 1 + i] - '0');
    return true;
}

/* Made anew and compared whole, so that one meaning has one text ("01" is no time). */
int auth0db_web_state_read(auth0db_web_state *out, const auth0db_web_key *key, const char *text,
                           int64_t now_s, auth0db_error *err)
{
    char expected[AUTH0DB_WEB_STATE_SIZE];
    auth0db_web_state read = {0};
    *out = read;
    int rc = check_key(key, err);
    if (rc != AUTH0DB_OK)
        return rc;
    if (!has_form(&read, text))
        return strange(err);
    rc = auth0db_web_state_make(expected, key, &read, err);
    if (rc != AUTH0DB_OK)
        return rc;
    /* In constant time: else a MAC could be found byte by byte. The times are read after it, for
     * only then are they ours. */
    if (strlen(text) != strlen(expected) || !a0_secret_equal(text, expected, strlen(expected)) ||
        read.at_s > now_s + SKEW_S || now_s - read.at_s > AUTH0DB_WEB_LIFETIME_S)
        return strange(err);
    *out = read;
    return AUTH0DB_OK;
}

/* ---- the table ---- */

typedef enum wanted { NO, YES, ANY } wanted;

static bool fits(wanted w, bool given)
{
    return w == ANY || (w == YES) == given;
}

/* The first row that fits; docs/universal-login.md shows it. What fits none is strange. A state
 * that is not ours stands first, and never starts anything by itself: who sends somebody such a
 * link would log the victim in as somebody else (login CSRF). A second try without a cookie is the
 * last one, or a browser without cookies would go round for ever. */
static const struct {
    wanted state, cookie, error, code, logged_in, again;
    auth0db_web_end end;
} rows[] = {
    {NO, ANY, ANY, ANY, ANY, ANY, AUTH0DB_WEB_STRANGE},
    {YES, YES, YES, ANY, ANY, ANY, AUTH0DB_WEB_SAY_ERROR},
    {YES, YES, NO, YES, ANY, ANY, AUTH0DB_WEB_EXCHANGE},
    {YES, YES, NO, NO, ANY, ANY, AUTH0DB_WEB_STRANGE},
    {YES, NO, ANY, ANY, YES, ANY, AUTH0DB_WEB_HOME},
    {YES, NO, ANY, ANY, NO, NO, AUTH0DB_WEB_AGAIN},
    {YES, NO, ANY, ANY, NO, YES, AUTH0DB_WEB_NO_COOKIES},
};

auth0db_web_end auth0db_web_decide(const auth0db_web_callback *c)
{
    for (size_t i = 0; i < A0_COUNT(rows); i++) {
        if (fits(rows[i].state, c->state_good) && fits(rows[i].cookie, c->cookie) &&
            fits(rows[i].error, c->has_error) && fits(rows[i].code, c->has_code) &&
            fits(rows[i].logged_in, c->logged_in) && fits(rows[i].again, c->again))
            return rows[i].end;
    }
    return AUTH0DB_WEB_STRANGE;
}

/* A code that is refused was mostly used already, by the first of two clicks: who is logged in by
 * then goes on, and sees no error. */
auth0db_web_end auth0db_web_after(auth0db_outcome outcome, bool logged_in)
{
    if (outcome != AUTH0DB_OUTCOME_BAD_CREDENTIALS)
        return AUTH0DB_WEB_TROUBLE;
    return logged_in ? AUTH0DB_WEB_HOME : AUTH0DB_WEB_USED;
}

const char *auth0db_web_end_name(auth0db_web_end end)
{
    static const char *const names[AUTH0DB_WEB_END_COUNT] = {
        [AUTH0DB_WEB_STRANGE] = "strange",     [AUTH0DB_WEB_EXCHANGE] = "exchange",
        [AUTH0DB_WEB_SAY_ERROR] = "say_error", [AUTH0DB_WEB_HOME] = "home",
        [AUTH0DB_WEB_AGAIN] = "again",         [AUTH0DB_WEB_NO_COOKIES] = "no_cookies",
        [AUTH0DB_WEB_USED] = "used",           [AUTH0DB_WEB_TROUBLE] = "trouble",
    };
    return end < AUTH0DB_WEB_END_COUNT ? names[end] : names[AUTH0DB_WEB_STRANGE];
}
