#include "bulk_help.h"

#include <stddef.h>

/* Paragraphs that several subcommands have in common. */
#define SINCE_LOGIN "  --since-login DATE   only users who have logged in since: 2026-01-31\n"
static const char site_map[] =
    "  --site-map FILE      what `manage.py auth0_site` printed; without it the stock\n"
    "                       auth_user\n";
static const char selection[] =
    "  --only-active        leave out users who are not active\n" SINCE_LOGIN
    "  --limit N            at most N users\n"
    "  --duplicates WHICH   of users who share an e-mail: skip (all are held back,\n"
    "                       the default) or most-recent (who logged in last moves)\n"
    "  --retry-held         also those whom the tenant has refused before\n";
static const char factors[] =
    "  --with-factors       take second factors along: where people log in at\n"
    "                       Universal Login, for the site's own page cannot ask\n";
static const char no_canary[] =
    "  --no-canary          do not try each kind of hash on a made-up user first\n";
static const char yes[] = "  --yes                do not ask\n";
static const char events[] = "  --json               what happens, as lines of JSON\n";
static const char report[] = "  --json               one JSON object\n";
static const char help[] = "  --help               this text\n"
                           "\n";
static const char from_tenant[] =
    "From the environment: DATABASE_URL, and as in Django's settings AUTH0_DOMAIN,\n"
    "AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET (or AUTH0_USER_JWT), AUTH0_CONNECTION.\n";
static const char from_database[] = "From the environment: DATABASE_URL. ";

const char *const plan_help[] = {
    "Usage: auth0db plan [OPTION...]\n"
    "\n"
    "Reads the site once and says what an import would do with every user. Changes\n"
    "nothing.\n"
    "\n",
    site_map,
    selection,
    factors,
    "  --no-tenant          do not ask the tenant: suppose Auth0's defaults\n"
    "  --csv FILE           the users that do not move, with the reason; '-' is\n"
    "                       standard output\n",
    report,
    help,
    from_tenant,
    "auth0db-plan(1) tells more.\n",
    NULL,
};

const char *const import_help[] = {
    "Usage: auth0db import [OPTION...]\n"
    "\n"
    "Moves the site's users to the tenant, passwords included. Killed or\n"
    "interrupted, the same command goes on where it was. It shows the plan and asks\n"
    "first.\n"
    "\n",
    site_map,
    selection,
    factors,
    no_canary,
    "  --dry-run            do everything but write and send\n",
    yes,
    events,
    help,
    from_tenant,
    "auth0db-import(1) tells more.\n",
    NULL,
};

const char *const export_help[] = {
    "Usage: auth0db export [OPTION...] FOLDER\n"
    "\n"
    "Writes the files that an import would send, for upload by hand. They hold\n"
    "password hashes: the folder is made with mode 0700, the files with 0600.\n"
    "\n",
    site_map,
    selection,
    factors,
    no_canary,
    events,
    help,
    from_tenant,
    "auth0db-export(1) tells more.\n",
    NULL,
};

const char *const settle_help[] = {
    "Usage: auth0db settle [OPTION...]\n"
    "\n"
    "Records what became of import jobs that are not settled: users linked, or held\n"
    "back with a reason. Sends nobody.\n"
    "\n",
    site_map,
    "  --file FILE          an exported file; whoever of it is not at the tenant is\n"
    "                       free again\n"
    "  --job ID             the job that came of uploading the file by hand\n",
    events,
    help,
    from_tenant,
    "auth0db-settle(1) tells more.\n",
    NULL,
};

const char *const status_help[] = {
    "Usage: auth0db status [OPTION...]\n"
    "\n"
    "How far the migration is. Asks the database only.\n"
    "\n"
    "  --switch-over        who is in the way of deleting the old hashes? Exit\n"
    "                       status 1: somebody\n"
    "  --factors-settled    with it: second factors that stayed on the site have\n"
    "                       been seen to\n",
    site_map,
    report,
    help,
    from_database,
    "auth0db-status(1) tells more.\n",
    NULL,
};

const char *const holdouts_help[] = {
    "Usage: auth0db holdouts [OPTION...]\n"
    "\n"
    "Lists the users who cannot move as they are, and why. Asks the database only.\n"
    "\n",
    site_map,
    "  --reason REASON      only these: duplicate-email, must-reset, ...\n"
    "  --csv FILE           '-' is standard output\n"
    "  --json               a line of JSON each\n",
    help,
    from_database,
    "auth0db-holdouts(1) tells more.\n",
    NULL,
};

const char *const resolve_help[] = {
    "Usage: auth0db resolve [OPTION...]\n"
    "\n"
    "Settles users who are held back: shows what it would do, asks, and records it.\n"
    "They move with their next login, or with the next import. Asks the database\n"
    "only.\n"
    "\n"
    "  --keep USER          of the users who share an e-mail, this one moves with it\n"
    "  --email USER=ADDRESS give a user another e-mail, in the site's own table\n"
    "  --retry REASON       try again whoever was held back for it: weak-password,\n"
    "                       ...\n",
    site_map,
    "  --dry-run            say what would be done\n",
    yes,
    report,
    help,
    "USER is a key, a user name or an e-mail, whichever names one user alone. From\n"
    "the environment: DATABASE_URL. auth0db-resolve(1) tells more.\n",
    NULL,
};

const char *const undo_help[] = {
    "Usage: auth0db undo [OPTION...]\n"
    "\n"
    "Deletes the tenant users that the import made and who have not logged in there\n"
    "since, and their links. It asks first; interrupted, the same command goes on.\n"
    "\n",
    site_map,
    "  --dry-run            say what would be deleted\n",
    yes,
    events,
    help,
    from_tenant,
    "auth0db-undo(1) tells more.\n",
    NULL,
};

const char *const init_db_help[] = {
    "Usage: auth0db init-db [OPTION...]\n"
    "\n"
    "Makes the tables that the migration keeps its journal in, as `manage.py migrate`\n"
    "would, for a site without the Django app.\n"
    "\n",
    site_map,
    report,
    help,
    from_database,
    "auth0db-init-db(1) tells more.\n",
    NULL,
};

const char *const watch_help[] = {
    "Usage: auth0db watch [OPTION...]\n"
    "\n"
    "After an import: who failed to log in at the tenant, hasher by hasher. A hash\n"
    "that travelled badly shows in nothing else. Reads the tenant's log; changes\n"
    "nothing.\n"
    "\n",
    site_map,
    "  --since DATE         the log since then: 2026-01-31; without it, since the\n"
    "                       first import\n"
    "  --entries N          at most N entries of the log (100000)\n",
    report,
    help,
    from_tenant,
    "auth0db-watch(1) tells more.\n",
    NULL,
};

const char *const remind_help[] = {
    "Usage: auth0db remind [OPTION...]\n"
    "\n"
    "For the last users, whom neither a login nor an import could move: creates them\n"
    "at the tenant and has a link mailed to each, to set a password with. Nobody is\n"
    "mailed twice, whenever it is stopped; inactive users are never mailed. It shows\n"
    "who is meant and asks first.\n"
    "\n",
    site_map,
    "  --only-active        as without it: nobody else is mailed\n" SINCE_LOGIN
    "  --not-since DATE     only users who have not\n"
    "  --domain DOMAIN      only e-mails there: example.org\n"
    "  --limit N            at most N mails, a wave; the next run goes on\n"
    "  --rate N             at most N mails a minute (60)\n"
    "  --duplicates WHICH   of users who share an e-mail: skip (nobody, the default)\n"
    "                       or most-recent (the one who logged in last)\n"
    "  --retry-held         also users whom the tenant itself has refused before\n"
    "  --even-if-hash-could-move\n"
    "                       also users whom an import could move with their\n"
    "                       password: afterwards it cannot any more\n"
    "  --without-password   also users who have no password on the site (social\n"
    "                       logins, SSO): for those it would be their first\n"
    "  --ticket             the site sends the mails: each is a line of JSON on\n"
    "                       standard output with its link, answered by a line on\n"
    "                       standard input\n"
    "  --ticket-ttl SECONDS  how long such a link works (five days)\n"
    "  --in-air WHAT        mails that may have left when a run was killed, where\n"
    "                       nobody can tell: sent, or resend\n"
    "  --list               mail nobody; list who was mailed and has set no password\n"
    "                       yet, and link those who have\n"
    "  --csv FILE           who is mailed, or listed; '-' is standard output\n"
    "  --dry-run            say who would be mailed, and how long it takes\n",
    yes,
    events,
    help,
    from_tenant,
    "auth0db-remind(1) tells more.\n",
    NULL,
};
