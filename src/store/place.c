/* One name for one database, the one that the Django app writes as well (auth0db.copies): with two
 * names for it the site would be taken for a copy of itself, and held back. The name is stored and
 * shown, so there is no user and no password in it. */
#include "store/place.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/mem.h"

static const char *option(const a0_store_url *url, const char *name)
{
    for (unsigned i = 0; i < url->n_options; i++) {
        if (strcmp(url->options[i].name, name) == 0)
            return url->options[i].value;
    }
    return "";
}

/* By whatever way to this machine, a socket too, it is one database. */
static const char *host_of(const a0_store_url *url)
{
    static const char *const local[] = {"", "localhost", "127.0.0.1", "::1"};
    const char *host = *url->host != '\0' ? url->host : option(url, "host");
    for (size_t i = 0; i < A0_COUNT(local); i++) {
        if (strcmp(host, local[i]) == 0)
            return "localhost";
    }
    return *host == '/' ? "localhost" : host;
}

/* A port that is the kind's own may be said or left out. */
static const char *port_of(const a0_store_url *url, char buf[16])
{
    const char *usual = url->kind == A0_URL_MYSQL ? "3306" : "5432", *said = option(url, "port");
    if (url->port != 0) {
        snprintf(buf, 16, "%u", url->port);
        said = buf;
    }
    return strcmp(said, usual) == 0 ? "" : said;
}

static char *of_a_file(const char *path, a0_place *out)
{
    char whole[PATH_MAX];
    struct stat is;
    a0_buf text = {0};
    /* The inode: a copy that is moved to the original's path has another one. */
    if (stat(path, &is) == 0)
        snprintf(out->server, sizeof out->server, "%llu", (unsigned long long)is.st_ino);
    int rc = a0_buf_puts(&text, "sqlite ");
    /* Links are followed, since two paths to one file are one place. */
    if (rc == AUTH0DB_OK)
        rc = a0_buf_puts(&text, realpath(path, whole) != NULL ? whole : path);
    char *place = rc == AUTH0DB_OK ? a0_strdup(a0_buf_text(&text)) : NULL;
    a0_buf_clear(&text);
    return place;
}

static char *on_a_server(const char *kind, const a0_store_url *url)
{
    char port[16], text[A0_URL_SIZE_MAX + 64];
    snprintf(text, sizeof text, "%s %s:%s/%s", kind, host_of(url), port_of(url, port), url->path);
    return a0_strdup(text);
}

bool a0_place_of(const char *kind, const a0_store_url *url, a0_place *out)
{
    *out = (a0_place){.is_local = strcmp(host_of(url), "localhost") == 0};
    out->text = url->kind == A0_URL_SQLITE ? of_a_file(url->path, out) : on_a_server(kind, url);
    return out->text != NULL;
}
