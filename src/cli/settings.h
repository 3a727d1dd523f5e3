/* The settings of a run against a site and its tenant: from the environment, by the names they have
 * in Django's settings. */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "cli.h"

/* Strings are the environment's own, but for the site map. */
typedef struct settings {
    auth0db_client_options tenant;
    bool has_tenant;
    const char *database_url;
    const char *site;
    char *site_map; /* NULL: the stock auth_user */
} settings;

/** Read the environment and the file that --site-map names ("-" is standard input, NULL none).
 * `needs_tenant`: its settings must be there. Errors: OPTION, IO, TOO_LARGE. */
AUTH0DB_MUST_CHECK int settings_read(settings *out, const char *site_map_file, bool needs_tenant,
                                     auth0db_error *err);
void settings_clear(settings *s);

#endif
