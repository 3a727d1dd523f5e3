/* What --help says around the options, which bulk_args.c knows. */
#include <stddef.h>

#include "bulk_args.h"

#define FROM_TENANT                                                                                \
    "From the environment: DATABASE_URL, and as in Django's settings AUTH0_DOMAIN,\n"              \
    "AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET (or AUTH0_USER_JWT), AUTH0_CONNECTION.\n"
#define FROM_DATABASE "From the environment: DATABASE_URL. "

const bulk_command plan_command = {
    OF_PLAN,
    "Usage: auth0db plan [OPTION...]\n"
    "\n"
    "Reads the site once and says what an import would do with every user. Changes\n"
    "nothing.\n",
    FROM_TENANT,
    "auth0db-plan(1) tells more.\n",
};

const bulk_command import_command = {
    OF_IMPORT,
    "Usage: auth0db import [OPTION...]\n"
    "\n"
    "Moves the site's users to the tenant, passwords included. Killed or\n"
    "interrupted, the same command goes on where it was. It shows the plan and asks\n"
    "first.\n",
    FROM_TENANT,
    "auth0db-import(1) tells more.\n",
};

const bulk_command export_command = {
    OF_EXPORT,
    "Usage: auth0db export [OPTION...] FOLDER\n"
    "\n"
    "Writes the files that an import would send, for upload by hand. They hold\n"
    "password hashes: the folder is made with mode 0700, the files with 0600.\n",
    FROM_TENANT,
    "auth0db-export(1) tells more.\n",
};

const bulk_command settle_command = {
    OF_SETTLE,
    "Usage: auth0db settle [OPTION...]\n"
    "\n"
    "Records what became of import jobs that are not settled: users linked, or held\n"
    "back with a reason. Sends nobody.\n",
    FROM_TENANT,
    "auth0db-settle(1) tells more.\n",
};

const bulk_command status_command = {
    OF_STATUS,
    "Usage: auth0db status [OPTION...]\n"
    "\n"
    "How far the migration is. Asks the database only.\n",
    FROM_DATABASE,
    "auth0db-status(1) tells more.\n",
};

const bulk_command holdouts_command = {
    OF_HOLDOUTS,
    "Usage: auth0db holdouts [OPTION...]\n"
    "\n"
    "Lists the users who cannot move as they are, and why. Asks the database only.\n",
    FROM_DATABASE,
    "auth0db-holdouts(1) tells more.\n",
};

const bulk_command resolve_command = {
    OF_RESOLVE,
    "Usage: auth0db resolve [OPTION...]\n"
    "\n"
    "Settles users who are held back: shows what it would do, asks, and records it.\n"
    "They move with their next login, or with the next import. Asks the database\n"
    "only. USER is a key, a user name or an e-mail, whichever names one user alone.\n",
    FROM_DATABASE,
    "auth0db-resolve(1) tells more.\n",
};

const bulk_command factors_command = {
    OF_FACTORS,
    "Usage: auth0db factors [OPTION...]\n"
    "\n"
    "Adds the second factors that stayed on the site to the tenant users of those\n"
    "who have moved: when people log in at Universal Login, which can ask for them.\n"
    "It asks first, and may be run again at any time.\n",
    FROM_TENANT,
    "auth0db-factors(1) tells more.\n",
};

const bulk_command undo_command = {
    OF_UNDO,
    "Usage: auth0db undo [OPTION...]\n"
    "\n"
    "Deletes the tenant users that the import made and who have not logged in there\n"
    "since, and their links. It asks first; interrupted, the same command goes on.\n",
    FROM_TENANT,
    "auth0db-undo(1) tells more.\n",
};

const bulk_command init_db_command = {
    OF_INIT_DB,
    "Usage: auth0db init-db [OPTION...]\n"
    "\n"
    "Makes the tables that the migration keeps its journal in, as `manage.py migrate`\n"
    "would, for a site without the Django app.\n",
    FROM_DATABASE,
    "auth0db-init-db(1) tells more.\n",
};

const bulk_command site_command = {
    OF_SITE,
    "Usage: auth0db site --adopt [OPTION...]\n"
    "\n"
    "Says that the present database is the site's own. On any other than those on\n"
    "record, which may be a copy (staging, a restored dump), nothing is changed at\n"
    "the tenant and nobody is mailed.\n",
    FROM_TENANT,
    "auth0db-site(1) tells more.\n",
};

const bulk_command watch_command = {
    OF_WATCH,
    "Usage: auth0db watch [OPTION...]\n"
    "\n"
    "After an import: who failed to log in at the tenant, hasher by hasher. A hash\n"
    "that travelled badly shows in nothing else. Reads the tenant's log; changes\n"
    "nothing.\n",
    FROM_TENANT,
    "auth0db-watch(1) tells more.\n",
};

const bulk_command remind_command = {
    OF_REMIND,
    "Usage: auth0db remind [OPTION...]\n"
    "\n"
    "For the last users, whom neither a login nor an import could move: creates them\n"
    "at the tenant and has a link mailed to each, to set a password with. Nobody is\n"
    "mailed twice, whenever it is stopped; inactive users are never mailed. It shows\n"
    "who is meant and asks first.\n",
    FROM_TENANT,
    "auth0db-remind(1) tells more.\n",
};
