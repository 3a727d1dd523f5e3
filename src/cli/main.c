/* The command: which subcommand, and how text is shown. It decides nothing about users; of auth0db
 * it sees the installed headers. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* In about the order of a migration, as --help lists them. */
static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} subcommands[] = {
    {"plan", cmd_plan, "say what an import would do with every user"},
    {"import", cmd_import, "move the site's users to the tenant"},
    {"export", cmd_export, "write the import's files, for upload by hand"},
    {"settle", cmd_settle, "record what became of import jobs"},
    {"undo", cmd_undo, "delete the tenant users that the import made"},
    {"factors", cmd_factors, "add the second factors that stayed on the site"},
    {"status", cmd_status, "say how far the migration is"},
    {"holdouts", cmd_holdouts, "list the users who cannot move as they are"},
    {"resolve", cmd_resolve, "settle users who are held back"},
    {"init-db", cmd_init_db, "make the migration's tables, for a site without the app"},
    {"site", cmd_site, "say that this database is the site's own, and no copy"},
    {"watch", cmd_watch, "compare failed logins after an import, hasher by hasher"},
    {"remind", cmd_remind, "mail the last users a link to set a password"},
    {"hash", cmd_hash, "identify, convert, verify and make Django password hashes"},
    {"sandbox", cmd_sandbox, "run a local Auth0 tenant to try everything on"},
};
enum { N_SUBCOMMANDS = sizeof subcommands / sizeof subcommands[0] };

bool cli_by_manage(void)
{
    const char *front = getenv("AUTH0DB_FRONT_END");
    return front != NULL && strcmp(front, "manage.py") == 0;
}

/* What manage.py calls otherwise, and what to leave out there. `hash` and `sandbox` it has not. */
static const struct {
    const char *text, *by_manage;
} names[] = {
    {", or `auth0db init-db`", ""},
    {"auth0db init-db", "manage.py migrate"},
    {"auth0db export", "manage.py auth0_export"},
    {"auth0db holdouts", "manage.py auth0_holdouts"},
    {"auth0db import", "manage.py auth0_import"},
    {"auth0db plan", "manage.py auth0_plan"},
    {"auth0db remind", "manage.py auth0_remind"},
    {"auth0db resolve", "manage.py auth0_resolve"},
    {"auth0db settle", "manage.py auth0_settle"},
    {"auth0db site --adopt", "manage.py auth0_site --adopt"},
    {"auth0db status", "manage.py auth0_status"},
    {"auth0db undo", "manage.py auth0_undo"},
    {"auth0db watch", "manage.py auth0_watch"},
};
enum { N_NAMES = sizeof names / sizeof names[0] };

static void name_commands(char *out, size_t size, const char *text)
{
    size_t len = 0;
    /* The first name that fits counts, so the longer one stands first in the table. What does not
     * fit any more is left out whole, and not in its middle. */
    while (*text != '\0' && len + 1 < size) {
        int found = -1;
        for (int i = 0; i < N_NAMES && found < 0; i++) {
            if (strncmp(text, names[i].text, strlen(names[i].text)) == 0)
                found = i;
        }
        if (found < 0) {
            out[len++] = *text++;
            continue;
        }
        const size_t more = strlen(names[found].by_manage);
        if (more >= size - len)
            break;
        memcpy(out + len, names[found].by_manage, more);
        len += more;
        text += strlen(names[found].text);
    }
    out[len] = '\0';
}

const char *cli_shown(const char *text)
{
    enum { BUFFERS = 12, SIZE = 4096 };
    /* In turn, since one line may show several texts. */
    static char buffers[BUFFERS][SIZE];
    static unsigned next;
    char *out = buffers[next++ % BUFFERS];
    auth0db_show_text(out, SIZE, text);
    if (!cli_by_manage())
        return out;
    char *named = buffers[next++ % BUFFERS];
    name_commands(named, SIZE, out);
    return named;
}

/* The library's class of error decides the status, so that a script can tell settings from trouble.
 */
int cli_fail(const auth0db_error *err)
{
    fprintf(stderr, "auth0db: %s%s%s\n", cli_shown(err->where), err->where[0] != '\0' ? ": " : "",
            cli_shown(err->message));
    return err->code & AUTH0DB_CLASS_USAGE ? EXIT_USAGE : EXIT_TROUBLE;
}

int cli_usage(const char *command, const char *format, ...)
{
    char said[512], line[640];
    va_list args;
    va_start(args, format);
    vsnprintf(said, sizeof said, format, args);
    va_end(args);
    snprintf(line, sizeof line, "auth0db %s: %s; see auth0db %s --help\n", command, said, command);
    fputs(cli_shown(line), stderr);
    return EXIT_USAGE;
}

static void help(FILE *out)
{
    fputs("Usage: auth0db COMMAND [OPTION...]\n\nMoves a Django site's users to Auth0, passwords "
          "included.\n\n",
          out);
    for (int i = 0; i < N_SUBCOMMANDS; i++)
        fprintf(out, "  %-9s %s\n", subcommands[i].name, subcommands[i].summary);
    fputs("\nauth0db COMMAND --help tells more; auth0db --version prints the version.\n", out);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        help(stderr);
        return EXIT_USAGE;
    }
    if (argc == 3 && strcmp(argv[1], "help") == 0) { /* "help plan" is "plan --help" */
        static char help_option[] = "--help";
        argv[1] = argv[2];
        argv[2] = help_option;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        help(stdout);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("auth0db %s\n", auth0db_version());
        return EXIT_DONE;
    }
    for (int i = 0; i < N_SUBCOMMANDS; i++) {
        if (strcmp(argv[1], subcommands[i].name) == 0)
            return subcommands[i].run(argc - 1, argv + 1);
    }
    fprintf(stderr, "auth0db: there is no command '%s'; see auth0db --help\n", cli_shown(argv[1]));
    return EXIT_USAGE;
}
