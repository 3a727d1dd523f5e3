/* The arguments of the subcommands that work on a whole site. */
#ifndef CLI_BULK_ARGS_H
#define CLI_BULK_ARGS_H

#include "cli.h"

/* Which options a subcommand takes. */
enum {
    TAKES_SELECTION = 1, /* --duplicates --only-active --retry-held --since-login --limit */
    TAKES_CANARY = 2,    /* --no-canary */
    TAKES_DRY_RUN = 4,
    TAKES_YES = 8,
    TAKES_CSV = 16,
    TAKES_REASON = 32,
    TAKES_JOB = 64, /* --job --file */
    TAKES_NO_TENANT = 128,
    TAKES_FOLDER = 256,      /* one operand */
    TAKES_LOG = 512,         /* --since --entries */
    TAKES_REMIND = 1024,     /* --not-since --domain --rate --ticket --ticket-ttl --in-air --list
                                --even-if-hash-could-move */
    TAKES_RESOLUTION = 2048, /* --keep --email --retry */
    TAKES_SWITCH_OVER = 4096, /* --switch-over --factors-settled */
    TAKES_FACTORS = 8192      /* --with-factors */
};

typedef struct bulk_args {
    const char *site_map;
    bool switch_over, factors_settled;
    bool help, json, yes, dry_run, no_tenant, no_canary;
    const char *csv; /* file, "-" is standard output */
    const char *keep, *email, *retry;
    const char *reason, *job, *file, *folder;
    auth0db_selection who;
    auth0db_watch_options log;
    auth0db_remind_options remind;
    bool ticket;
} bulk_args;

/** Fill args; -1 to go on, else the exit status (help printed, or a usage error said). help: as in
 * bulk_help.h. */
int bulk_args_read(bulk_args *args, int argc, char **argv, unsigned takes, const char *const *help);

#endif
