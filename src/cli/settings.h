/* The settings of a run against a site and its tenant: from the environment, by the names they have
 * in Django's settings. */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "cli.h"

/* Strings are the environment's own, but for what was read from a file. */
typedef struct settings {
    auth0db_client_options tenant;
    bool has_tenant;
    const char *database_url;
    const char *site;
    char *site_map;   /* NULL: the stock auth_user */
    char *keep_local; /* keys of users who stay, one a line; NULL: those in the map alone */
} settings;

/* What the options name; "-" is standard input, NULL none. */
typedef struct settings_files {
    const char *site_map, *keep_local;
} settings_files;

/** Read the environment and these files. `needs_tenant`: its settings must be there. Errors:
 * OPTION, IO, TOO_LARGE. */
AUTH0DB_MUST_CHECK int settings_read(settings *out, const settings_files *files, bool needs_tenant,
                                     auth0db_error *err);
void settings_clear(settings *s);

#endif
