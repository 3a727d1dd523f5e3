/* Bytes of a request into text and JSON, once, so that no two handlers read them in two ways. */
#include "sandbox/request.h"

#include <string.h>
#include <strings.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/utf8.h"

enum { PARAMETERS_MAX = 64 };

/* Decode %XX (and '+' in forms). A NUL would cut the text for all who read it after: refused. */
static int percent_decode(char **out, size_t *out_len, const char *text, size_t len,
                          bool plus_is_space)
{
    char *o = a0_alloc(len + 1);
    size_t n = 0;
    if (o == NULL)
        return AUTH0DB_ERR_NO_MEMORY;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '%') {
            if (len - i < 3 || a0_hex_decode(text + i + 1, 2, &c, 1) != 1)
                goto bad;
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (c == '\0')
            goto bad;
        o[n++] = (char)c;
    }
    if (!a0_utf8_valid(o, n))
        goto bad;
    *out = o;
    *out_len = n;
    return AUTH0DB_OK;
/* It may have been a password. */
bad:
    a0_secret_free(o);
    return AUTH0DB_ERR_MALFORMED;
}

/* A name that comes twice holds both, and whoever asks for one text finds none: to take either
 * would be a guess. */
static int add_value(json_t *object, const char *name, json_t *value)
{
    json_t *seen = json_object_get(object, name);
    if (value == NULL)
        return AUTH0DB_ERR_NO_MEMORY;
    if (json_is_array(seen))
        return json_array_append_new(seen, value) == 0 ? AUTH0DB_OK : AUTH0DB_ERR_NO_MEMORY;
    if (seen != NULL)
        value = json_pack("[O, o]", seen, value);
    return json_object_set_new(object, name, value) == 0 ? AUTH0DB_OK : AUTH0DB_ERR_NO_MEMORY;
}

static int add_pair(json_t *object, const char *pair, size_t len)
{
    const char *equals = memchr(pair, '=', len);
    size_t name_len = equals != NULL ? (size_t)(equals - pair) : len;
    size_t value_at = equals != NULL ? name_len + 1 : len;
    char *name = NULL, *value = NULL;
    size_t n = 0;
    int rc = percent_decode(&name, &n, pair, name_len, true);
    if (rc == AUTH0DB_OK)
        rc = percent_decode(&value, &n, pair + value_at, len - value_at, true);
    if (rc == AUTH0DB_OK)
        rc = add_value(object, name, json_stringn(value, n));
    a0_free(name);
    a0_secret_free(value);
    return rc;
}

/* A bounded number of names: each is looked for among those before it. */
int sb_form_parse(json_t **out, const char *text, size_t len)
{
    json_t *object = json_object();
    int rc = object != NULL ? AUTH0DB_OK : AUTH0DB_ERR_NO_MEMORY;
    for (size_t at = 0, n = 0; at < len && rc == AUTH0DB_OK; n++) {
        const char *end = memchr(text + at, '&', len - at);
        size_t pair = end != NULL ? (size_t)(end - (text + at)) : len - at;
        if (n == PARAMETERS_MAX)
            rc = AUTH0DB_ERR_TOO_LARGE;
        else if (pair > 0)
            rc = add_pair(object, text + at, pair);
        at += pair + 1;
    }
    if (rc != AUTH0DB_OK) {
        json_decref(object);
        object = NULL;
    }
    *out = object;
    return rc;
}

/* Split first and decoded then: a %2F in an id is no slash of the path. */
int sb_request_parse_target(sb_request *request, const char *target)
{
    size_t len = strcspn(target, "?");
    if (strlen(target) > SB_URI_MAX)
        return AUTH0DB_ERR_TOO_LARGE;
    if (target[0] != '/')
        return AUTH0DB_ERR_MALFORMED;
    /* Kept as it was sent, for faults and the list of requests name it so. */
    if ((request->path = a0_strndup(target, len)) == NULL)
        return AUTH0DB_ERR_NO_MEMORY;
    for (size_t at = 1; at <= len;) {
        size_t end = at + strcspn(request->path + at, "/"), ignored;
        if (request->n_segments == SB_SEGMENTS_MAX)
            return AUTH0DB_ERR_MALFORMED;
        int rc = percent_decode(&request->segments[request->n_segments], &ignored,
                                request->path + at, end - at, false);
        if (rc != AUTH0DB_OK)
            return rc;
        request->n_segments++;
        at = end + 1;
    }
    const char *query = target[len] == '?' ? target + len + 1 : "";
    return sb_form_parse(&request->query, query, strlen(query));
}

bool sb_holds_nul(const json_t *value)
{
    const char *key;
    json_t *member;
    size_t i;
    if (json_is_string(value))
        return strlen(json_string_value(value)) != json_string_length(value);
    json_object_foreach((json_t *)value, key, member)
    {
        if (sb_holds_nul(member))
            return true;
    }
    json_array_foreach(value, i, member)
    {
        if (sb_holds_nul(member))
            return true;
    }
    return false;
}

int sb_request_parse_body(sb_request *request, auth0db_error *err)
{
    const a0_buf *raw = &request->raw_body;
    if (raw->len == 0)
        return AUTH0DB_OK;
    int rc;
    if (strncasecmp(request->content_type, "application/x-www-form-urlencoded", 33) == 0) {
        rc = sb_form_parse(&request->body, raw->data, raw->len);
        if (rc != AUTH0DB_OK)
            return a0_error_set(err, AUTH0DB_ERR_MALFORMED, "body", "not a valid form");
    } else {
        rc = a0_json_parse(&request->body, raw->data, raw->len, "body", err);
        if (rc != AUTH0DB_OK)
            return rc;
    }
    if (json_is_null(request->body)) { /* a client of Auth0 sends it with reads (recorded) */
        request->body = NULL;
        return AUTH0DB_OK;
    }
    if (!json_is_object(request->body) && !json_is_array(request->body))
        return a0_error_set(err, AUTH0DB_ERR_MALFORMED, "body", "expected an object");
    /* In passwords too (a guess: facts/auth0.md 9.12). */
    if (sb_holds_nul(request->body))
        return a0_error_set(err, AUTH0DB_ERR_MALFORMED, "body",
                            "a string contains a NUL character");
    return AUTH0DB_OK;
}

void sb_request_clear(sb_request *request)
{
    for (unsigned i = 0; i < request->n_segments; i++)
        a0_free(request->segments[i]);
    a0_free(request->path);
    json_decref(request->query);
    json_decref(request->body);
    json_decref(request->form);
    a0_buf_clear(&request->upload);
    a0_buf_clear(&request->raw_body);
    a0_free(request->content_type);
    /* Wiped, as the cookie below: both are as good as a password. */
    a0_secret_free(request->authorization);
    a0_free(request->host);
    a0_free(request->origin);
    a0_free(request->user_agent);
    a0_free(request->accept);
    a0_free(request->forwarded_for);
    a0_free(request->custom_domain);
    a0_secret_free(request->cookie);
}

const char *sb_query(const sb_request *request, const char *name)
{
    return a0_json_text(request->query, name);
}
