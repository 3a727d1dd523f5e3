/* The q of a search for users, made into SQL. What is not understood is refused: a search that
 * means something else here than at Auth0 would be worse. The SQL is ours, and every value of the
 * caller's is bound. */
#include "sandbox/tenant/query.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

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
    int rc; /* the first failure stays, and nothing is written after it */
    int terms, depth;
} parser;

typedef struct field {
    const char *column; /* a column of the table, or NULL: the profile's member at `path` */
    char path[160];
    bool any_case;
    bool number;
} field;

static void fail(parser *p, const char *what)
{
    if (p->rc == AUTH0DB_OK)
        p->rc = a0_error_set(p->err, AUTH0DB_ERR_MALFORMED, "q", "%s at character %d", what,
                             (int)(p->at - p->start) + 1);
}

static bool failed(const parser *p)
{
    return p->rc != AUTH0DB_OK;
}

static void emit(parser *p, const char *sql)
{
    if (!failed(p) && a0_buf_puts(&p->out->where, sql) != AUTH0DB_OK)
        p->rc = a0_error_no_memory(p->err);
}

/* Takes over the reference to `value`. */
static void bind(parser *p, json_t *value)
{
    if (failed(p))
        json_decref(value);
    else if (value == NULL || json_array_append_new(p->out->values, value) != 0)
        p->rc = a0_error_no_memory(p->err);
}

static void skip_space(parser *p)
{
    p->at += strspn(p->at, " \t");
}

/* Followed by a space or a parenthesis: "ORDER" is a value and no "OR". */
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

/* Each term is a comparison with every user. */
static void count_term(parser *p)
{
    if (++p->terms > SB_QUERY_TERMS_MAX)
        fail(p, "too many terms");
}

/* Each level is a call of these functions: parentheses alone must not eat the stack. */
static void enter(parser *p)
{
    if (++p->depth > SB_QUERY_DEPTH_MAX)
        fail(p, "nested too deeply");
}

/* ---- fields ---- */

/* Which fields ignore case is documented, and nothing else does (facts/auth0.md 4.5). */
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

/* Letters, digits and three signs: none of them can end the quotes that find_field puts around a
 * part of a path. */
static void read_field(parser *p, field *out)
{
    char name[64];
    size_t len = 0;
    *out = (field){0};
    skip_space(p);
    while (isalnum((unsigned char)p->at[len]) || (p->at[len] != '\0' && strchr("_.-", p->at[len])))
        len++;
    if (len == 0 || len >= sizeof name) {
        fail(p, "expected a field name");
        return;
    }
    snprintf(name, sizeof name, "%.*s", (int)len, p->at);
    if (!find_field(name, out))
        fail(p, "the sandbox cannot search by this field,");
    p->at += len;
}

/* The member's value as text, booleans as "true" and "false"; numbers as numbers where they are
 * compared. The path is bound like any value, since a metadata name is the caller's. */
static void emit_field(parser *p, const field *f)
{
    if (f->column != NULL) {
        emit(p, f->column);
        return;
    }
    bind(p, json_string(f->path));
    if (f->number) {
        emit(p, "json_extract(profile, ?)");
        return;
    }
    bind(p, json_string(f->path));
    emit(p, "(CASE json_type(profile, ?) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'"
            " ELSE CAST(json_extract(profile, ?) AS TEXT) END)");
}

static void emit_exists(parser *p, const field *f)
{
    emit_field(p, f);
    emit(p, " IS NOT NULL");
}

/* ---- values ---- */

typedef struct value {
    char text[600];
    size_t len;
    bool from_start, to_end; /* a wildcard before, a wildcard behind */
} value;

/* Too long a value is refused and not cut: it would find others. */
static void add_byte(parser *p, value *v, char c)
{
    if (v->len + 1 < sizeof v->text)
        v->text[v->len++] = c;
    else
        fail(p, "the value is too long");
}

/* Behind a bare value: white space, the end of a group, or the end of it all. */
static bool ends_value(char c)
{
    return c == '\0' || strchr(" \t)", c) != NULL;
}

static void read_quoted(parser *p, value *v)
{
    for (; *p->at != '"' && *p->at != '\0' && !failed(p); p->at++) {
        if (*p->at == '\\' && p->at[1] != '\0')
            p->at++;
        add_byte(p, v, *p->at);
    }
    if (*p->at == '"')
        p->at++;
    else
        fail(p, "the quote is not closed");
}

static void read_bare(parser *p, value *v)
{
    for (; !ends_value(*p->at) && !failed(p); p->at++) {
        if (*p->at == '\\' && p->at[1] != '\0')
            add_byte(p, v, *++p->at);
        else if (*p->at == '*' && v->len == 0 && !v->from_start)
            v->from_start = true;
        else if (*p->at == '*' && ends_value(p->at[1]))
            v->to_end = true;
        else if (strchr("*?\"[]{}(:", *p->at) != NULL)
            fail(p, "a character that needs a backslash or quotes");
        else
            add_byte(p, v, *p->at);
    }
    if (v->len == 0 && !v->from_start)
        fail(p, "expected a value");
    /* Documented (facts/auth0.md 4.5). */
    if (v->from_start && v->len > 0 && v->len < 3)
        fail(p, "a wildcard before a value needs three characters");
}

static void read_value(parser *p, value *v)
{
    *v = (value){0};
    if (take_char(p, '"'))
        read_quoted(p, v);
    else
        read_bare(p, v);
    /* Jansson takes UTF-8 alone: without this look a bad byte would pass for a lack of memory. */
    if (!a0_utf8_valid(v->text, v->len))
        fail(p, "not UTF-8");
}

/* Not by LIKE, in which % and _ of a value would mean something. */
static void emit_contains(parser *p, const field *f, const value *v)
{
    emit(p, "instr(lower(");
    emit_field(p, f);
    emit(p, "), lower(?)) > 0");
    bind(p, json_string(v->text));
}

/* The whole value, or the part of it before or behind the wildcard. */
static void emit_equals(parser *p, const field *f, value *v)
{
    bool part = v->from_start || v->to_end;
    if (f->column != NULL && f->any_case)
        a0_ascii_lower(v->text); /* stored in lower case: the index serves without a collation */
    emit(p, part ? "substr(" : "");
    emit_field(p, f);
    if (part) {
        /* SQLite's substr counts characters. */
        long characters = a0_utf8_count(v->text, v->len);
        emit(p, v->to_end ? ", 1, ?)" : ", ?)");
        bind(p, json_integer(v->to_end ? characters : -characters));
    }
    emit(p, f->number ? " = CAST(? AS REAL)" : " = ?");
    bind(p, json_string(v->text));
    emit(p, f->column == NULL && f->any_case ? " COLLATE NOCASE" : "");
}

static void emit_value(parser *p, const field *f, value *v)
{
    emit(p, "(");
    if (v->len == 0 && v->from_start) /* "*" alone: there is one */
        emit_exists(p, f);
    else if (v->from_start && v->to_end)
        emit_contains(p, f, v);
    else
        emit_equals(p, f, v);
    emit(p, ")");
}

/* ---- ranges ---- */

static void emit_bound(parser *p, const field *f, const char *op, const char *bound)
{
    if (strcmp(bound, "*") == 0) {
        emit_exists(p, f);
        return;
    }
    emit_field(p, f);
    emit(p, op);
    emit(p, f->number ? "CAST(? AS REAL)" : "?");
    bind(p, json_string(bound));
}

/* Documented: metadata has none (facts/auth0.md 4.5). Dates compare as text, for they have one
 * form. */
static void read_range(parser *p, const field *f)
{
    char low[64], high[64];
    int used = 0;
    bool open = *p->at == '{';
    if (strchr(f->path, '"') != NULL) {
        fail(p, "metadata has no ranges");
    } else if (sscanf(p->at + 1, " %63[^] }] TO %63[^] }] %n", low, high, &used) != 2 ||
               used == 0) {
        fail(p, "expected [low TO high]");
    } else if (!a0_utf8_valid(low, strlen(low)) || !a0_utf8_valid(high, strlen(high))) {
        fail(p, "not UTF-8");
    } else {
        p->at += 1 + used;
        if (*p->at != ']' && *p->at != '}')
            fail(p, "the range is not closed");
    }
    if (failed(p))
        return;
    /* A range may be open at one end and closed at the other. */
    bool open_end = *p->at++ == '}';
    emit(p, "(");
    emit_bound(p, f, open ? " > " : " >= ", low);
    emit(p, " AND ");
    emit_bound(p, f, open_end ? " < " : " <= ", high);
    emit(p, ")");
}

/* ---- terms ---- */

static void read_group(parser *p, const field *f)
{
    value v;
    emit(p, "(");
    while (!failed(p)) {
        count_term(p);
        read_value(p, &v);
        emit_value(p, f, &v);
        if (take_char(p, ')'))
            break;
        if (!take_word(p, "OR"))
            fail(p, "expected OR");
        emit(p, " OR ");
    }
    emit(p, ")");
}

static void read_exists(parser *p)
{
    field f;
    p->at += strlen("_exists_:");
    read_field(p, &f);
    emit(p, "(");
    emit_exists(p, &f);
    emit(p, ")");
}

static void read_term(parser *p)
{
    field f;
    value v;
    count_term(p);
    if (strncmp(p->at, "_exists_:", 9) == 0) {
        read_exists(p);
        return;
    }
    read_field(p, &f);
    if (!failed(p) && *p->at != ':')
        fail(p, "expected field:value");
    if (failed(p))
        return;
    p->at++;
    if (*p->at == '[' || *p->at == '{') {
        read_range(p, &f);
    } else if (*p->at == '(') {
        p->at++;
        read_group(p, &f);
    } else {
        read_value(p, &v);
        emit_value(p, &f, &v);
    }
}

static void read_or(parser *p);

static void read_not(parser *p)
{
    enter(p);
    skip_space(p);
    if (failed(p)) {
        return;
    } else if (take_word(p, "NOT") || take_char(p, '-')) {
        /* NULL is "no such member": its negation must hold, in SQL it would not */
        emit(p, "NOT coalesce(");
        read_not(p);
        emit(p, ", 0)");
    } else if (take_char(p, '(')) {
        emit(p, "(");
        read_or(p);
        if (!take_char(p, ')'))
            fail(p, "expected AND, OR or )");
        emit(p, ")");
    } else {
        read_term(p);
    }
    p->depth--;
}

static void read_and(parser *p)
{
    read_not(p);
    while (!failed(p) && take_word(p, "AND")) {
        emit(p, " AND ");
        read_not(p);
    }
}

static void read_or(parser *p)
{
    emit(p, "(");
    read_and(p);
    while (!failed(p) && take_word(p, "OR")) {
        emit(p, ") OR (");
        read_and(p);
    }
    emit(p, ")");
}

/* What is left over is refused, or "a b" would be searched as "a". */
int sb_query_parse(sb_query_sql *out, const char *q, auth0db_error *err)
{
    *out = (sb_query_sql){.values = json_array()};
    if (out->values == NULL)
        return a0_error_no_memory(err);
    parser p = {.at = q, .start = q, .out = out, .err = err};
    read_or(&p);
    skip_space(&p);
    if (*p.at != '\0')
        fail(&p, "expected AND or OR");
    if (failed(&p))
        sb_query_clear(out);
    return p.rc;
}

void sb_query_clear(sb_query_sql *query)
{
    a0_buf_clear(&query->where);
    json_decref(query->values);
    query->values = NULL;
}
