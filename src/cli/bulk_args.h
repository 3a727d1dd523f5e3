/* The arguments of the subcommands that work on a whole site. */
#ifndef CLI_BULK_ARGS_H
#define CLI_BULK_ARGS_H

#include "cli.h"

/* Whose option it is. */
enum {
    OF_PLAN = 1,
    OF_IMPORT = 2,
    OF_EXPORT = 4,
    OF_SETTLE = 8,
    OF_UNDO = 16,
    OF_STATUS = 32,
    OF_HOLDOUTS = 64,
    OF_RESOLVE = 128,
    OF_INIT_DB = 256,
    OF_WATCH = 512,
    OF_REMIND = 1024,
    OF_FACTORS = 2048,
    OF_SITE = 4096,
    OF_ANY = 8191
};

/* A subcommand, as --help tells it; docs/man says the same at length. */
typedef struct bulk_command {
    unsigned of;
    const char *intro;  /* usage, and what it does */
    const char *outro;  /* behind the options */
    const char *manual; /* where more stands */
} bulk_command;

extern const bulk_command plan_command, import_command, export_command, settle_command,
    status_command, holdouts_command, resolve_command, undo_command, init_db_command, watch_command,
    remind_command, factors_command, site_command;

typedef struct bulk_args {
    const char *site_map, *keep_local;
    bool switch_over, factors_settled;
    bool adopt;
    bool help, json, yes, dry_run, no_tenant, no_canary;
    const char *csv; /* file, "-" is standard output */
    const char *keep, *email, *retry;
    const char *reason, *job, *file, *folder;
    const char *hasher, *tenant;
    auth0db_selection who;
    auth0db_watch_options log;
    auth0db_remind_options remind;
    bool ticket;
} bulk_args;

/** Fill args; -1 to go on, else the exit status (help printed, or a usage error said). */
int bulk_args_read(bulk_args *args, int argc, char **argv, const bulk_command *command);

#endif
