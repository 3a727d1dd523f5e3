/* Shared by the subcommands. The command is a front end: it decides nothing, and of auth0db it sees
 * the installed headers only. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

#include "auth0db/auth0db.h"

/* Exit statuses, the same for every subcommand; docs in auth0db(1). */
enum {
    EXIT_DONE = 0,
    EXIT_SOME_BAD = 1, /* it ran, and some of the input was bad or the answer is no */
    EXIT_USAGE = 2,    /* arguments or settings */
    EXIT_TROUBLE = 3   /* this machine, the database or the tenant */
};

/* argv[0] is the subcommand's name. */
int cmd_export(int argc, char **argv);
int cmd_hash(int argc, char **argv);
int cmd_holdouts(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_init_db(int argc, char **argv);
int cmd_site(int argc, char **argv);
int cmd_plan(int argc, char **argv);
int cmd_remind(int argc, char **argv);
int cmd_resolve(int argc, char **argv);
int cmd_sandbox(int argc, char **argv);
int cmd_settle(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_undo(int argc, char **argv);
int cmd_factors(int argc, char **argv);
int cmd_watch(int argc, char **argv);

/** "auth0db: where: message" on stderr; returns the exit status for the error's class. */
int cli_fail(const auth0db_error *err);
/** A usage error: "auth0db COMMAND: ..., see auth0db COMMAND --help"; returns EXIT_USAGE. */
int cli_usage(const char *command, const char *format, ...) AUTH0DB_PRINTF(2, 3);

/** Is this run by manage.py, which has commands of other names? AUTH0DB_FRONT_END says so. */
bool cli_by_manage(void);
/** Text as people may read it: what cannot be seen is shown (auth0db/text.h), and commands have the
 * names that whoever called has for them. Cut at 4 KiB; in one of a few buffers that are used in
 * turn. */
const char *cli_shown(const char *text);

#endif
