#include "sandbox/query.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/utf8.h"

/* or    = and *( "OR" and )
 * and   = not *( "AND" not )
 * not   = [ "NOT" / "-" ] ( "(" or ")" / term )
 * term  = field ":" ( range / "(" value *( "OR" value ) ")" / value ) / "_exists_" ":" field
 * range = ( "[" / "{" ) bound "TO" bound ( "]" / "}" )
 * Terms side by side are refused rather than guessed at. */
typedef struct parser {
    const char *at, *start;
    sb_query_sql *out;
    auth0db_error *err;
    int terms, depth;
} parser;

typedef struct field {
    const char *column; /* a column of the table, or NULL: the profile's member at `path` */
    char path[160];
    bool any_case;
    bool number;
} field;

static int fail(parser *p, const char *what)
{
    return a0_error_set(p->err, AUTH0DB_ERR_MALFORMED, "q", "%s at character %d", what,
                        (int)(p->at - p->start) + 1);
}

static int emit(parser *p, const char *sql)
{
    return a0_buf_puts(&p->out->where, sql) == AUTH0DB_OK ? AUTH0DB_OK : a0_error_no_memory(p->err);
}

static int bind(parser *p, json_t *value)
{
    return value != NULL && json_array_append_new(p->out->values, value) == 0
               ? AUTH0DB_OK
               : a0_error_no_memory(p->err);
}

static void skip_space(parser *p)
{
    p->at += strspn(p->at, " \t");
}

static bool take_word(parser *p, const char *word)
{
    size_t len = strlen(word);
    skip_space(p);
    if (strncmp(p->at, word, len) != 0 || (p->at[len] != ' ' && p->at[len] != '('))
        return false;
    p->at += len;
    skip_space(p);
    return true;
}

static bool take_char(parser *p, char c)
{
    skip_space(p);
    if (*p->at != c)
        return false;
    p->at++;
    return true;
}

/* ---- fields ---- */

static bool find_field(const char *name, field *out)
{
    static const struct {
        const char *name, *column;
        bool any_case, number;
    } known[] = {
        {"email", "email", true, false},
        {"username", "username", false, false},
        {"user_id", "user_id", false, false},
        {"identities.connection", "connection", false, false},
        {"name", NULL, true, false},
        {"given_name", NULL, true, false},
        {"family_name", NULL, true, false},
        {"nickname", NULL, true, false},
        {"email_verified", NULL, false, false},
        {"blocked", NULL, false, false},
        {"phone_number", NULL, false, false},
        {"last_ip", NULL, false, false},
        {"last_login", NULL, false, false},
        {"created_at", NULL, false, false},
        {"updated_at", NULL, false, false},
        {"logins_count", NULL, false, true},
    };
    for (size_t i = 0; i < A0_COUNT(known); i++) {
        if (strcmp(known[i].name, name) != 0)
            continue;
        *out = (field){
            .column = known[i].column, .any_case = known[i].any_case, .number = known[i].number};
        snprintf(out->path, sizeof out->path, "$.%s", name);
        return true;
    }
    bool metadata =
        strncmp(name, "user_metadata.", 14) == 0 || strncmp(name, "app_metadata.", 13) == 0;
    *out = (field){0};
    if (metadata) { /* each part quoted, so that no character of a name means something in a path */
        size_t n = (size_t)snprintf(out->path, sizeof out->path, "$");
        for (const char *part = name; *part != '\0' && n < sizeof out->path;) {
            size_t len = strcspn(part, ".");
            n += (size_t)snprintf(out->path + n, sizeof out->path - n, ".\"%.*s\"", (int)len, part);
            part += len + (part[len] == '.');
        }
    }
    return metadata;
}

static int read_field(parser *p, field *out)
{
    char name[64];
    size_t len = 0;
    skip_space(p);
    while (isalnum((unsigned char)p->at[len]) || (p->at[len] != '\0' && strchr("_.-", p->at[len])))
        len++;
    if (len == 0 || len >= sizeof name)
        return fail(p, "expected a field name");
    snprintf(name, sizeof name, "%.*s", (int)len, p->at);
    if (!find_field(name, out))
        return fail(p, "the sandbox cannot search by this field,");
    p->at += len;
    return AUTH0DB_OK;
}

/* The member's value as text, booleans as "true" and "false"; numbers as numbers where they are
 * compared. */
static int emit_field(parser *p, const field *f)
{
    if (f->column != NULL)
        return emit(p, f->column);
    int rc = bind(p, json_string(f->path));
    if (rc != AUTH0DB_OK)
        return rc;
    if (f->number)
        return emit(p, "json_extract(profile, ?)");
    if ((rc = bind(p, json_string(f->path))) != AUTH0DB_OK)
        return rc;
    return emit(p, "(CASE json_type(profile, ?) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'"
                   " ELSE CAST(json_extract(profile, ?) AS TEXT) END)");
}

/* ---- values ---- */

typedef struct value {
    char text[600];
    bool from_start, to_end; /* a wildcard before, a wildcard behind */
} value;

static int add_byte(parser *p, value *v, size_t *n, char c)
{
    if (*n + 1 >= sizeof v->text)
        return fail(p, "the value is too long");
    v->text[(*n)++] = c;
    v->text[*n] = '\0';
    return AUTH0DB_OK;
}

static int read_value(parser *p, value *v)
{
    size_t n = 0;
    int rc = AUTH0DB_OK;
    *v = (value){0};
    bool quoted = take_char(p, '"');
    for (; *p->at != '\0' && rc == AUTH0DB_OK; p->at++) {
        if (quoted ? *p->at == '"' : strchr(" \t)", *p->at) != NULL)
            break;
        if (*p->at == '\\' && p->at[1] != '\0')
            rc = add_byte(p, v, &n, *++p->at);
        else if (*p->at == '*' && !quoted && n == 0 && !v->from_start)
            v->from_start = true;
        else if (*p->at == '*' && !quoted && (p->at[1] == '\0' || strchr(" \t)", p->at[1]) != NULL))
            v->to_end = true;
        else if (!quoted && strchr("*?\"[]{}(:", *p->at) != NULL)
            return fail(p, "a character that needs a backslash or quotes");
        else
            rc = add_byte(p, v, &n, *p->at);
    }
    if (rc == AUTH0DB_OK && quoted) {
        if (*p->at != '"') /* the end of the text: stay before it */
            return fail(p, "the quote is not closed");
        p->at++;
    }
    if (rc == AUTH0DB_OK && !quoted && n == 0 && !v->from_start)
        return fail(p, "expected a value");
    if (rc == AUTH0DB_OK && v->from_start && n > 0 && n < 3)
        return fail(p, "a wildcard before a value needs three characters");
    return a0_utf8_valid(v->text, n) ? rc : fail(p, "not UTF-8");
}

static int emit_value(parser *p, const field *f, value *v)
{
    int rc;
    const char *collate = f->any_case ? " COLLATE NOCASE)" : ")";
    long characters = a0_utf8_count(v->text, strlen(v->text));
    if ((rc = emit(p, "(")) != AUTH0DB_OK)
        return rc;
    if (v->text[0] == '\0' && v->from_start) { /* "*" alone: there is one */
        if ((rc = emit_field(p, f)) == AUTH0DB_OK)
            rc = emit(p, " IS NOT NULL)");
        return rc;
    }
    bool part = v->from_start || v->to_end;
    if (v->from_start && v->to_end) {
        if ((rc = emit(p, "instr(lower(")) == AUTH0DB_OK && (rc = emit_field(p, f)) == AUTH0DB_OK &&
            (rc = emit(p, "), lower(?)) > 0)")) == AUTH0DB_OK)
            rc = bind(p, json_string(v->text));
        return rc;
    }
    if (part && (rc = emit(p, "substr(")) != AUTH0DB_OK)
        return rc;
    if ((rc = emit_field(p, f)) != AUTH0DB_OK)
        return rc;
    if (part) {
        rc = emit(p, v->to_end ? ", 1, ?)" : ", ?)");
        if (rc == AUTH0DB_OK)
            rc = bind(p, json_integer(v->to_end ? characters : -characters));
    }
    if (rc == AUTH0DB_OK && f->column != NULL && f->any_case)
        a0_ascii_lower(v->text); /* stored in lower case: the index serves without a collation */
    if (rc == AUTH0DB_OK)
        rc = emit(p, f->number ? " = CAST(? AS REAL)" : " = ?");
    if (rc == AUTH0DB_OK)
        rc = bind(p, json_string(v->text));
    return rc == AUTH0DB_OK ? emit(p, f->column != NULL ? ")" : collate) : rc;
}

/* ---- ranges ---- */

static int emit_bound(parser *p, const field *f, const char *op, const char *bound)
{
    int rc;
    if (strcmp(bound, "*") == 0) {
        if ((rc = emit_field(p, f)) == AUTH0DB_OK)
            rc = emit(p, " IS NOT NULL");
        return rc;
    }
    if ((rc = emit_field(p, f)) != AUTH0DB_OK || (rc = emit(p, op)) != AUTH0DB_OK ||
        (rc = emit(p, f->number ? "CAST(? AS REAL)" : "?")) != AUTH0DB_OK)
        return rc;
    return bind(p, json_string(bound));
}

static int read_range(parser *p, const field *f)
{
    char low[64], high[64];
    int used = 0;
    bool open = *p->at == '{';
    if (f->path[0] == '$' && strchr(f->path, '"') != NULL)
        return fail(p, "metadata has no ranges");
    if (sscanf(p->at + 1, " %63[^] }] TO %63[^] }] %n", low, high, &used) != 2 || used == 0)
        return fail(p, "expected [low TO high]");
    if (!a0_utf8_valid(low, strlen(low)) || !a0_utf8_valid(high, strlen(high)))
        return fail(p, "not UTF-8");
    p->at += 1 + used;
    if (*p->at != ']' && *p->at != '}')
        return fail(p, "the range is not closed");
    bool open_end = *p->at++ == '}';
    int rc;
    if ((rc = emit(p, "(")) != AUTH0DB_OK ||
        (rc = emit_bound(p, f, open ? " > " : " >= ", low)) != AUTH0DB_OK ||
        (rc = emit(p, " AND ")) != AUTH0DB_OK ||
        (rc = emit_bound(p, f, open_end ? " < " : " <= ", high)) != AUTH0DB_OK)
        return rc;
    return emit(p, ")");
}

/* ---- terms ---- */

static int read_group(parser *p, const field *f)
{
    value v;
    int rc = emit(p, "(");
    for (int n = 0; rc == AUTH0DB_OK; n++) {
        if (++p->terms > SB_QUERY_TERMS_MAX)
            return fail(p, "too many terms");
        if ((rc = read_value(p, &v)) == AUTH0DB_OK)
            rc = emit_value(p, f, &v);
        if (rc != AUTH0DB_OK || take_char(p, ')'))
            break;
        if (!take_word(p, "OR"))
            return fail(p, "expected OR");
        rc = emit(p, " OR ");
    }
    return rc == AUTH0DB_OK ? emit(p, ")") : rc;
}

static int read_exists(parser *p)
{
    field f;
    int rc;
    p->at += strlen("_exists_:");
    if ((rc = read_field(p, &f)) != AUTH0DB_OK || (rc = emit(p, "(")) != AUTH0DB_OK ||
        (rc = emit_field(p, &f)) != AUTH0DB_OK)
        return rc;
    return emit(p, " IS NOT NULL)");
}

static int read_term(parser *p)
{
    field f;
    value v;
    if (++p->terms > SB_QUERY_TERMS_MAX)
        return fail(p, "too many terms");
    if (strncmp(p->at, "_exists_:", 9) == 0)
        return read_exists(p);
    int rc = read_field(p, &f);
    if (rc != AUTH0DB_OK)
        return rc;
    if (*p->at != ':')
        return fail(p, "expected field:value");
    p->at++;
    if (*p->at == '[' || *p->at == '{')
        return read_range(p, &f);
    if (*p->at == '(') {
        p->at++;
        return read_group(p, &f);
    }
    if ((rc = read_value(p, &v)) != AUTH0DB_OK)
        return rc;
    return emit_value(p, &f, &v);
}

static int read_or(parser *p);

static int read_not(parser *p)
{
    skip_space(p);
    if (take_word(p, "NOT") || take_char(p, '-')) {
        /* NULL is "no such member": its negation must hold, in SQL it would not */
        int rc = emit(p, "NOT coalesce(");
        if (++p->depth > SB_QUERY_DEPTH_MAX)
            return fail(p, "nested too deeply");
        if (rc == AUTH0DB_OK)
            rc = read_not(p);
        p->depth--;
        return rc == AUTH0DB_OK ? emit(p, ", 0)") : rc;
    }
    if (!take_char(p, '('))
        return read_term(p);
    if (++p->depth > SB_QUERY_DEPTH_MAX)
        return fail(p, "nested too deeply");
    int rc = emit(p, "(");
    if (rc == AUTH0DB_OK)
        rc = read_or(p);
    if (rc == AUTH0DB_OK && !take_char(p, ')'))
        return fail(p, "expected AND, OR or )");
    p->depth--;
    return rc == AUTH0DB_OK ? emit(p, ")") : rc;
}

static int read_and(parser *p)
{
    int rc = read_not(p);
    while (rc == AUTH0DB_OK && take_word(p, "AND")) {
        if ((rc = emit(p, " AND ")) == AUTH0DB_OK)
            rc = read_not(p);
    }
    return rc;
}

static int read_or(parser *p)
{
    int rc = emit(p, "(");
    if (rc == AUTH0DB_OK)
        rc = read_and(p);
    while (rc == AUTH0DB_OK && take_word(p, "OR")) {
        if ((rc = emit(p, ") OR (")) == AUTH0DB_OK)
            rc = read_and(p);
    }
    return rc == AUTH0DB_OK ? emit(p, ")") : rc;
}

int sb_query_parse(sb_query_sql *out, const char *q, auth0db_error *err)
{
    *out = (sb_query_sql){.values = json_array()};
    if (out->values == NULL)
        return a0_error_no_memory(err);
    parser p = {.at = q, .start = q, .out = out, .err = err};
    int rc = read_or(&p);
    skip_space(&p);
    if (rc == AUTH0DB_OK && *p.at != '\0')
        rc = fail(&p, "expected AND or OR");
    if (rc != AUTH0DB_OK)
        sb_query_clear(out);
    return rc;
}

void sb_query_clear(sb_query_sql *query)
{
    a0_buf_clear(&query->where);
    json_decref(query->values);
    query->values = NULL;
}
