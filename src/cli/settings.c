/* Settings from the environment, and the files that options name. Secrets have no option: an
 * argument can be read by everybody in the list of processes. */
#include "settings.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FILE_MAX = 4 * 1024 * 1024 }; /* a site map may name the users who stay, by key */

__attribute__((format(printf, 4, 5))) static int fail(auth0db_error *err, auth0db_code code,
                                                      const char *where, const char *format, ...)
{
    va_list args;
    *err = (auth0db_error){.code = code};
    snprintf(err->where, sizeof err->where, "%s", where);
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    return code;
}

/* Unset and empty are the same: `VAR= command` is how a shell unsets one. */
static const char *text(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* A word that is neither is refused: an "off" that is misspelt must not count as on, nor the other
 * way round. */
static int flag(const char *name, bool *out, auth0db_error *err)
{
    static const char *const words[] = {"0", "false", "no", "off", "1", "true", "yes", "on"};
    const char *value = text(name);
    *out = false;
    if (value == NULL)
        return AUTH0DB_OK;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(value, words[i]) == 0) {
            *out = i >= 4;
            return AUTH0DB_OK;
        }
    }
    return fail(err, AUTH0DB_ERR_OPTION, name, "say 1 or 0");
}

/* One byte more than may be is read, so that too long a file is seen as such and not cut. */
static int read_all(FILE *file, const char *name, char **out, auth0db_error *err)
{
    char *text = malloc(FILE_MAX + 1);
    if (text == NULL)
        return fail(err, AUTH0DB_ERR_NO_MEMORY, name, "not enough memory");
    size_t n = fread(text, 1, FILE_MAX + 1, file);
    int rc = AUTH0DB_OK;
    if (ferror(file))
        rc = fail(err, AUTH0DB_ERR_IO, name, "cannot be read: %s", strerror(errno));
    else if (n > FILE_MAX)
        rc = fail(err, AUTH0DB_ERR_TOO_LARGE, name, "is longer than %d bytes", FILE_MAX);
    /* The library takes a text, which would end there. */
    else if (memchr(text, '\0', n) != NULL)
        rc = fail(err, AUTH0DB_ERR_MALFORMED, name, "holds a NUL");
    if (rc != AUTH0DB_OK) {
        free(text);
        return rc;
    }
    text[n] = '\0';
    *out = text;
    return AUTH0DB_OK;
}

/* The file that an option names; NULL: none. */
static int read_file(const char *option, const char *name, char **out, auth0db_error *err)
{
    if (name == NULL)
        return AUTH0DB_OK;
    if (strcmp(name, "-") == 0)
        return read_all(stdin, option, out, err);
    FILE *file = fopen(name, "re");
    if (file == NULL)
        return fail(err, AUTH0DB_ERR_IO, option, "cannot open %s: %s", name, strerror(errno));
    int rc = read_all(file, option, out, err);
    fclose(file);
    return rc;
}

/* Whether the values are any good says the library; what is left out it fills in. */
static int read_tenant(settings *out, bool needed, auth0db_error *err)
{
    auth0db_client_options *tenant = &out->tenant;
    *tenant =
        (auth0db_client_options){.size = sizeof *tenant,
                                 .domain = text("AUTH0_DOMAIN"),
                                 .client_id = text("AUTH0_CLIENT_ID"),
                                 .client_secret = text("AUTH0_CLIENT_SECRET"),
                                 .user_jwt = text("AUTH0_USER_JWT"),
                                 .connection = text("AUTH0_CONNECTION"),
                                 .ca_file = text("AUTH0_CA_FILE"),
                                 .tenant_domain = text("AUTH0_TENANT_DOMAIN"),
                                 .proxy = text("AUTH0_PROXY"),
                                 .management_client_id = text("AUTH0_MANAGEMENT_CLIENT_ID"),
                                 .management_client_secret = text("AUTH0_MANAGEMENT_CLIENT_SECRET"),
                                 .custom_domain = text("AUTH0_CUSTOM_DOMAIN"),
                                 .client_key = text("AUTH0_CLIENT_KEY"),
                                 .management_client_key = text("AUTH0_MANAGEMENT_CLIENT_KEY"),
                                 .client_key_algorithm = text("AUTH0_CLIENT_KEY_ALGORITHM")};
    out->has_tenant = tenant->domain != NULL;
    if (!out->has_tenant && needed)
        return fail(err, AUTH0DB_ERR_OPTION, "AUTH0_DOMAIN",
                    "is not set; the environment must name the tenant");
    int rc = auth0db_identifier_parse(&tenant->identifier, text("AUTH0_IDENTIFIER"), err);
    if (rc == AUTH0DB_OK)
        rc = flag("AUTH0_REQUIRE_USERNAME", &tenant->require_username, err);
    return rc == AUTH0DB_OK ? flag("AUTH0_LEGACY_USERNAME", &tenant->legacy_username, err) : rc;
}

int settings_read(settings *out, const settings_files *files, bool needs_tenant, auth0db_error *err)
{
    *out = (settings){.database_url = text("DATABASE_URL"), .site = text("AUTH0_SITE")};
    if (out->database_url == NULL)
        return fail(err, AUTH0DB_ERR_OPTION, "DATABASE_URL",
                    "is not set; for example sqlite:////srv/site/db.sqlite3");
    int rc = read_tenant(out, needs_tenant, err);
    if (rc == AUTH0DB_OK)
        rc = read_file("--site-map", files->site_map, &out->site_map, err);
    if (rc == AUTH0DB_OK)
        rc = read_file("--keep-local", files->keep_local, &out->keep_local, err);
    return rc;
}

void settings_clear(settings *s)
{
    free(s->site_map);
    free(s->keep_local);
    *s = (settings){0};
}
