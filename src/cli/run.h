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
/** After a look ahead that ended in rc: people see its report; it is forgotten. Returns rc. */
int run_preview(run *r, int rc, void (*show)(const json_t *report));
/** -1: go on, else the exit status: the answer was no, or there is no terminal to ask at and --yes
 * was not said. */
int run_ask(run *r, const char *command, const char *question);
/** Show the report (or, rc, what went wrong) and take everything down; returns the exit status. */
int run_end(run *r, int rc, void (*show)(const json_t *report));

#endif
