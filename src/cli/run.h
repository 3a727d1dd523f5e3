/* One run of a subcommand that works on a whole site: arguments and settings in, events to the
 * screen, exit status out. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "bulk_args.h"
#include "screen.h"
#include "settings.h"

typedef struct run {
    bulk_args args;
    settings settings;
    screen screen;
    auth0db_bulk *bulk; /* NULL before run_begin */
    auth0db_error err;
} run;

/** Read the settings and open site and tenant. Ctrl-C from now on asks the run to stop; a second
 * one ends it. `json_mode` is how --json prints. */
AUTH0DB_MUST_CHECK int run_begin(run *r, bool needs_tenant, screen_mode json_mode);
/** What is shown from now on is for people, whatever --json says: a look ahead. Returns how it is
 * told otherwise. */
screen_mode run_look_ahead(run *r);
/** After a look ahead that ended in rc: people see its report (show may be NULL), and nobody else
 * does. It goes to *report, which is the caller's then, or where that is NULL is forgotten.
 * Returns rc. */
int run_preview(run *r, int rc, void (*show)(const json_t *report), json_t **report);
/** Show the report (or, rc, what went wrong) and take everything down; returns the exit status. */
int run_end(run *r, int rc, void (*show)(const json_t *report));

#endif
