/* DATABASE_URL, as django-environ and dj-database-url read it, so that the site's own line can be
 * used. It holds a password: no error shows more of it than the scheme, and the copy is wiped. */
#include "store/url.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/secret.h"

static const char setting[] = "DATABASE_URL";

/* The names that Django's packages have for them. A backend of theirs (postgis) is the same
 * database to us. */
static const struct {
    const char *name;
    a0_url_kind kind;
} schemes[] = {
    {"sqlite", A0_URL_SQLITE},         {"postgres", A0_URL_POSTGRESQL},
    {"postgresql", A0_URL_POSTGRESQL}, {"pgsql", A0_URL_POSTGRESQL},
    {"postgis", A0_URL_POSTGRESQL},    {"mysql", A0_URL_MYSQL},
    {"mysql2", A0_URL_MYSQL},          {"mariadb", A0_URL_MYSQL},
    {"ndjson", A0_URL_NDJSON},
};

static int bad(auth0db_error *err, const char *what)
{
    return a0_error_set(err, AUTH0DB_ERR_OPTION, setting, "%s", what);
}

/* Percent-decoding in place. No control characters: they only help an attack on a log. A '+' stays
 * one: it is a blank in forms, and not in a URL. */
static bool decode(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; to++) {
        if (*from != '%') {
            *to = *from++;
        } else {
            if (from[1] == '\0' || a0_hex_decode(from + 1, 2, to, 1) != 1)
                return false;
            from += 3;
        }
        if ((unsigned char)*to < 0x20 || *to == 0x7f)
            return false;
    }
    *to = '\0';
    return true;
}

/* The scheme alone may be shown: it ends before a password could begin. */
static int parse_scheme(a0_store_url *out, const char *url, const char **rest, auth0db_error *err)
{
    size_t len = strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
    if (url[len] != ':')
        return bad(err, "is not a URL such as postgres://user:password@host/name");
    for (size_t i = 0; i < A0_COUNT(schemes); i++) {
        if (strlen(schemes[i].name) == len && strncasecmp(schemes[i].name, url, len) == 0) {
            out->kind = schemes[i].kind;
            *rest = url + len + 1;
            return AUTH0DB_OK;
        }
    }
    return a0_error_set(err, AUTH0DB_ERR_OPTION, setting,
                        "no store for \"%.*s:\": there are sqlite, postgres, mysql and ndjson",
                        (int)(len < 20 ? len : 20), url);
}

static int parse_options(a0_store_url *out, char *text, auth0db_error *err)
{
    for (char *next = NULL; text != NULL; text = next) {
        next = strchr(text, '&');
        if (next != NULL)
            *next++ = '\0';
        char *value = strchr(text, '=');
        /* A mistake is not passed over: it may be the option that asks for TLS. */
        if (value == NULL || value == text)
            return bad(err, "what follows the ? is not name=value&name=value");
        *value++ = '\0';
        if (!decode(text) || !decode(value))
            return bad(err, "has a % that is not followed by two hex digits of a text");
        if (out->n_options == A0_URL_OPTIONS_MAX)
            return bad(err, "has too many options behind the ?");
        out->options[out->n_options].name = text;
        out->options[out->n_options++].value = value;
    }
    return AUTH0DB_OK;
}

/* What stands here is perhaps the rest of a password that was not percent-encoded. So the text is
 * not shown, and the message says what to look for. */
static int parse_port(a0_store_url *out, const char *text, auth0db_error *err)
{
    char *end;
    if (*text == '\0') /* "host:" */
        return AUTH0DB_OK;
    unsigned long port = strtoul(text, &end, 10);
    if (strspn(text, "0123456789") != strlen(text) || *end != '\0' || port < 1 || port > 65535)
        return bad(err, "the port is not a number from 1 to 65535 "
                        "(a password with : / ? # or @ needs percent-encoding)");
    out->port = (unsigned)port;
    return AUTH0DB_OK;
}

/* user:password@host:port. The last '@' and the first ':' decide, as in Python's urlsplit. It is
 * taken apart first and decoded then, or a %40 in a password would part it. */
static int parse_server(a0_store_url *out, char *text, auth0db_error *err)
{
    char *at = strrchr(text, '@'), *host = text;
    if (at != NULL) {
        *at = '\0';
        host = at + 1;
        char *colon = strchr(text, ':');
        if (colon != NULL) {
            *colon = '\0';
            out->password = colon + 1;
            if (!decode(colon + 1))
                return bad(err, "has a % that is not followed by two hex digits of a text");
        }
        out->user = text;
    }
    char *port = strchr(host, ':');
    if (*host == '[') {
        char *close = strchr(host, ']');
        if (close == NULL || (close[1] != '\0' && close[1] != ':'))
            return bad(err, "the address in [ ] is not complete");
        port = close[1] == ':' ? close + 1 : NULL;
        *close = '\0';
        host++;
    }
    if (port != NULL)
        *port++ = '\0';
    out->host = host;
    if ((at != NULL && !decode(text)) || !decode(host))
        return bad(err, "has a % that is not followed by two hex digits of a text");
    return port != NULL ? parse_port(out, port, err) : AUTH0DB_OK;
}

/* A file of the database's own names it: Django's documented way to keep passwords out of settings.
 */
static bool is_named_elsewhere(const a0_store_url *url)
{
    for (unsigned i = 0; i < url->n_options; i++) {
        if (strcmp(url->options[i].name, "service") == 0 ||
            strcmp(url->options[i].name, "read_default_file") == 0)
            return true;
    }
    return false;
}

static int parse_database_server(a0_store_url *out, char *text, auth0db_error *err)
{
    if (strncmp(text, "//", 2) != 0)
        return bad(err, "needs // behind the scheme: postgres://user:password@host/name");
    text += 2;
    char *path = strchr(text, '/');
    if (path == NULL || (path[1] == '\0' && !is_named_elsewhere(out)))
        return bad(err, "names no database: postgres://user:password@host/name");
    *path++ = '\0';
    out->path = path;
    if (strchr(path, '/') != NULL)
        return bad(err, "names a database with a / in it");
    if (!decode(path))
        return bad(err, "has a % that is not followed by two hex digits of a text");
    return parse_server(out, text, err);
}

static int parse_file(a0_store_url *out, char *text, auth0db_error *err)
{
    if (out->kind == A0_URL_NDJSON && strcmp(text, "-") == 0) {
        out->path = text;
        return AUTH0DB_OK;
    }
    if (strncmp(text, "///", 3) != 0)
        return bad(err, out->kind == A0_URL_SQLITE
                            ? "write sqlite:///file or, with a leading /, sqlite:////path/file"
                            : "write ndjson:///file, ndjson:////path/file or ndjson:-");
    out->path = text + 3;
    /* A database in memory would be an empty one of our own, and no site's. */
    if (text[3] == '\0' || strcmp(text + 3, ":memory:") == 0)
        return bad(err, "names no file");
    return decode(text + 3) ? AUTH0DB_OK
                            : bad(err, "has a % that is not followed by two hex digits of a text");
}

static int parse(a0_store_url *out, auth0db_error *err)
{
    const char *start = "";
    int rc = parse_scheme(out, out->bytes, &start, err);
    if (rc != AUTH0DB_OK)
        return rc;
    char *rest = out->bytes + (start - out->bytes);
    /* Python's urlsplit takes what follows for a fragment and drops it: the site would read
     * another password than we do. */
    if (strchr(rest, '#') != NULL)
        return bad(err, "has a #; in a password write %23");
    /* Options first, since one of them may name the database in the path's place. */
    char *options = strchr(rest, '?');
    if (options != NULL) {
        *options++ = '\0';
        rc = parse_options(out, options, err);
        if (rc != AUTH0DB_OK)
            return rc;
    }
    return out->kind == A0_URL_SQLITE || out->kind == A0_URL_NDJSON
               ? parse_file(out, rest, err)
               : parse_database_server(out, rest, err);
}

int a0_store_url_parse(a0_store_url *out, const char *url, auth0db_error *err)
{
    *out = (a0_store_url){.user = "", .password = "", .host = "", .path = ""};
    if (url == NULL || *url == '\0')
        return bad(err, "is missing; it names the site's database: "
                        "postgres://user:password@host/name, sqlite:////path/db.sqlite3");
    /* place.c writes parts of it into a buffer of this size. */
    if (strlen(url) > A0_URL_SIZE_MAX)
        return bad(err, "is too long");
    out->bytes = a0_strdup(url);
    if (out->bytes == NULL)
        return a0_error_no_memory(err);
    out->size = strlen(url);
    int rc = parse(out, err);
    if (rc != AUTH0DB_OK)
        a0_store_url_clear(out);
    return rc;
}

void a0_store_url_clear(a0_store_url *url)
{
    if (url->bytes != NULL)
        a0_wipe(url->bytes, url->size);
    a0_free(url->bytes);
    *url = (a0_store_url){.user = "", .password = "", .host = "", .path = ""};
}
