/* What each use of this project asks of the management token: the one table of its scopes.
 * README.md shows it, and tests/guards hold the two together; no other source names a scope. */
#ifndef AUTH0DB_SCOPES_H
#define AUTH0DB_SCOPES_H

#include "auth0db/error.h"

typedef enum auth0db_use {
    AUTH0DB_USE_LOGIN,
    AUTH0DB_USE_POLICY, /* TenantPasswordPolicy, a validator */
    AUTH0DB_USE_CHECK,
    AUTH0DB_USE_CHECK_WEB, /* --universal-login */
    AUTH0DB_USE_PLAN,
    AUTH0DB_USE_IMPORT,
    AUTH0DB_USE_IMPORT_NO_CANARY,
    AUTH0DB_USE_EXPORT,
    AUTH0DB_USE_EXPORT_NO_CANARY,
    AUTH0DB_USE_SETTLE,
    AUTH0DB_USE_UNDO,
    AUTH0DB_USE_UNDO_DRY_RUN,
    AUTH0DB_USE_WATCH,
    AUTH0DB_USE_FACTORS,
    AUTH0DB_USE_FACTORS_DRY_RUN,
    AUTH0DB_USE_REMIND,
    AUTH0DB_USE_REMIND_TICKET, /* the site sends the mails */
    AUTH0DB_USE_REMIND_LOOK,   /* --dry-run, --list */
    AUTH0DB_USE_COUNT
} auth0db_use;

/* Those that code asks for by name. */
#define AUTH0DB_SCOPE_CONNECTION_OPTIONS "read:connections_options"
#define AUTH0DB_SCOPE_MFA_POLICIES "read:mfa_policies"
#define AUTH0DB_SCOPE_EMAIL_PROVIDER "read:email_provider"
#define AUTH0DB_SCOPE_CUSTOM_DOMAINS "read:custom_domains"
#define AUTH0DB_SCOPE_LOGS "read:logs"

/** As people read it: "login", "import --no-canary". */
AUTH0DB_API const char *auth0db_use_name(auth0db_use use);
/** Without one of these it stops before it has changed anything. One space between; "" for none. */
AUTH0DB_API const char *auth0db_use_needs(auth0db_use use);
/** Without these it goes on, and says what it cannot know. */
AUTH0DB_API const char *auth0db_use_helped_by(auth0db_use use);

#endif
