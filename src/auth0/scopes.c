/* Which scopes of the management token each command needs, and which only help it. The commands
 * refuse to begin without the first; what is missing of the second is told and done without. */
#include "auth0db/scopes.h"

#include "base/error.h"

#define OPTIONS " " AUTH0DB_SCOPE_CONNECTION_OPTIONS
#define CONNECTION "read:connections" OPTIONS

/* `settle` and `undo` finish or take back what was decided before: they look at users alone, so
 * the connection's options are nothing to them. */
static const struct use {
    const char *name, *needs, *helped_by;
} uses[] = {
    [AUTH0DB_USE_LOGIN] = {"login", "create:users read:users update:users", ""},
    [AUTH0DB_USE_POLICY] = {"TenantPasswordPolicy", "", CONNECTION},
    [AUTH0DB_USE_CHECK] = {"check", "",
                           CONNECTION " read:clients " AUTH0DB_SCOPE_MFA_POLICIES
                                      " " AUTH0DB_SCOPE_EMAIL_PROVIDER},
    [AUTH0DB_USE_CHECK_WEB] = {"check --universal-login", "",
                               "read:clients " AUTH0DB_SCOPE_CUSTOM_DOMAINS},
    [AUTH0DB_USE_PLAN] = {"plan", CONNECTION, AUTH0DB_SCOPE_MFA_POLICIES},
    [AUTH0DB_USE_IMPORT] = {"import", CONNECTION " create:users read:users delete:users",
                            AUTH0DB_SCOPE_MFA_POLICIES},
    [AUTH0DB_USE_IMPORT_NO_CANARY] = {"import --no-canary", CONNECTION " create:users read:users",
                                      AUTH0DB_SCOPE_MFA_POLICIES},
    [AUTH0DB_USE_EXPORT] = {"export", CONNECTION " create:users read:users delete:users",
                            AUTH0DB_SCOPE_MFA_POLICIES},
    [AUTH0DB_USE_EXPORT_NO_CANARY] = {"export --no-canary", CONNECTION, AUTH0DB_SCOPE_MFA_POLICIES},
    [AUTH0DB_USE_SETTLE] = {"settle", "read:connections read:users", ""},
    [AUTH0DB_USE_UNDO] = {"undo", "read:connections read:users delete:users", ""},
    [AUTH0DB_USE_UNDO_DRY_RUN] = {"undo --dry-run", "read:connections read:users", ""},
    [AUTH0DB_USE_WATCH] = {"watch", AUTH0DB_SCOPE_LOGS, ""},
    [AUTH0DB_USE_FACTORS] = {"factors",
                             "read:connections read:authentication_methods "
                             "create:authentication_methods",
                             ""},
    [AUTH0DB_USE_FACTORS_DRY_RUN] = {"factors --dry-run",
                                     "read:connections read:authentication_methods", ""},
    [AUTH0DB_USE_REMIND] = {"remind", CONNECTION " read:users create:users", AUTH0DB_SCOPE_LOGS},
    [AUTH0DB_USE_REMIND_TICKET] = {"remind --ticket",
                                   CONNECTION " read:users create:users create:user_tickets", ""},
    [AUTH0DB_USE_REMIND_LOOK] = {"remind --dry-run, --list", CONNECTION " read:users", ""},
};
_Static_assert(A0_COUNT(uses) == AUTH0DB_USE_COUNT, "a use without its scopes");

/* An unknown use has no row: its name is empty, and nobody's token is good enough for it. */
static const struct use *row(auth0db_use use)
{
    static const struct use none = {"", "unknown", ""};
    return (unsigned)use < AUTH0DB_USE_COUNT ? &uses[use] : &none;
}

const char *auth0db_use_name(auth0db_use use)
{
    return row(use)->name;
}

const char *auth0db_use_needs(auth0db_use use)
{
    return row(use)->needs;
}

const char *auth0db_use_helped_by(auth0db_use use)
{
    return row(use)->helped_by;
}
