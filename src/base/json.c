/* What is too large or too deep is refused before jansson sees it. A tenant's answers and people's
 * files are read here, and nobody vouches for them. */
#include "base/json.h"

#include <string.h>

#include "base/secret.h"

/* jansson's own recursion limit is far deeper than anything we read: look before it recurses.
 * Strings are stepped over, for a name may have brackets in it. What is no JSON may be counted
 * wrongly: the parser refuses it all the same. */
static bool too_deep(const char *text, size_t len)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < len; i++) {
        if (in_string) {
            if (text[i] == '\\')
                i++;
            else if (text[i] == '"')
                in_string = false;
        } else if (text[i] == '"') {
            in_string = true;
        } else if (text[i] == '{' || text[i] == '[') {
            if (++depth > A0_JSON_DEPTH_MAX)
                return true;
        } else if (text[i] == '}' || text[i] == ']') {
            depth--;
        }
    }
    return false;
}

int a0_json_parse(json_t **out, const char *text, size_t len, const char *what, auth0db_error *err)
{
    *out = NULL;
    if (len > A0_JSON_SIZE_MAX)
        return a0_error_set(err, AUTH0DB_ERR_TOO_LARGE, what, "JSON of %zu bytes, limit is %d", len,
                            (int)A0_JSON_SIZE_MAX);
    if (too_deep(text, len))
        return a0_error_set(err, AUTH0DB_ERR_MALFORMED, what,
                            "JSON is nested deeper than %d levels", (int)A0_JSON_DEPTH_MAX);
    /* Of two members of one name each reader would take another, so that what is checked is not
     * what is used. A NUL is let in, for it must not make all the rest unreadable: a0_json_text
     * refuses the one member that has it. */
    json_error_t why;
    *out = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
    /* why.text may quote the input, a password perhaps: only the position is passed on. */
    if (*out == NULL)
        return a0_error_set(err, AUTH0DB_ERR_MALFORMED, what, "not valid JSON (line %d, column %d)",
                            why.line, why.column);
    return AUTH0DB_OK;
}

static int append_chunk(const char *chunk, size_t len, void *ctx)
{
    return a0_buf_append(ctx, chunk, len) == AUTH0DB_OK ? 0 : -1;
}

int a0_json_write(a0_buf *out, const json_t *value)
{
    return json_dump_callback(value, append_chunk, out, JSON_COMPACT | JSON_ENCODE_ANY) == 0
               ? AUTH0DB_OK
               : AUTH0DB_ERR_NO_MEMORY;
}

const char *a0_json_text(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);
    return text != NULL && strlen(text) == json_string_length(value) ? text : NULL;
}

bool a0_json_true(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

json_int_t a0_json_int(const json_t *object, const char *key, json_int_t fallback)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : fallback;
}

void a0_json_wipe(json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    /* jansson copied it and nobody reads it again, so writing through the const is no surprise.
     * The length and not strlen: a secret may have a NUL in it. */
    if (json_is_string(value))
        a0_wipe((char *)json_string_value(value), json_string_length(value));
}

const char *a0_json_type_name(const json_t *value)
{
    if (value == NULL)
        return "nothing";
    static const char *const names[] = {"object", "array", "string", "integer",
                                        "real",   "true",  "false",  "null"};
    return names[json_typeof(value)];
}
