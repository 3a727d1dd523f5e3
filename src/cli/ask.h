/* The question before something is changed: what, where, and of how many. */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "run.h"

typedef struct question {
    char where[512];      /* lines that name database and tenant */
    char text[320];       /* "Create 2 users at acme.eu.auth0.com? Type the tenant's name: " */
    char answers[2][128]; /* either is a yes, whatever its case; "" is none */
} question;

/** Of a deed such as "Create 21,262 users", which `at_tenant` is done at the tenant. On this
 * machine's own tenant, and where only the database is written, a "y" is enough. */
void ask_prepare(const run *r, const char *deed, bool at_tenant, question *out);
/** Does this answer say yes? */
bool ask_is_yes(const question *q, const char *answer);
/** Before anything is done at the tenant: -1, or the exit status where --tenant names another one,
 * or is missing beside --yes. */
int ask_check_tenant(const run *r, const char *command);
/** -1: go on, else the exit status: the answer was no, or there is no terminal to ask at and --yes
 * was not said. */
int ask(run *r, const char *command, const char *deed, bool at_tenant);

#endif
