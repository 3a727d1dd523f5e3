/* The password policy of the tenant's connection: read once, then checked without the network.
 *
 * It says in advance what the tenant would say to a new password, as far as that can be known: not
 * the words of the tenant's built-in dictionary, and not the user's former passwords. */
#ifndef AUTH0DB_POLICY_H
#define AUTH0DB_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "auth0db/client.h"
#include "auth0db/error.h"

typedef struct auth0db_policy
    auth0db_policy; /* never changed once made: for any number of threads */

/** What is wrong with a password; several may be. */
typedef enum auth0db_policy_fault {
    AUTH0DB_POLICY_TOO_SHORT = 1 << 0,
    AUTH0DB_POLICY_TOO_LONG = 1 << 1, /* over 72 bytes, where the tenant refuses that */
    AUTH0DB_POLICY_KINDS = 1 << 2,    /* not enough kinds of characters */
    AUTH0DB_POLICY_REPEATED = 1 << 3, /* three identical characters in a row */
    AUTH0DB_POLICY_SEQUENCE = 1 << 4, /* abc, 321 */
    AUTH0DB_POLICY_COMMON = 1 << 5,   /* one of the connection's own forbidden words */
    AUTH0DB_POLICY_PERSONAL = 1 << 6, /* contains the e-mail's local part, the username, a name */
    AUTH0DB_POLICY_NOT_TEXT = 1 << 7  /* not UTF-8; excludes the others */
} auth0db_policy_fault;

typedef enum auth0db_policy_kind {
    AUTH0DB_KIND_LOWER = 1 << 0,
    AUTH0DB_KIND_UPPER = 1 << 1,
    AUTH0DB_KIND_NUMBER = 1 << 2,
    AUTH0DB_KIND_SPECIAL = 1 << 3 /* the other printable ASCII characters, the space among them */
} auth0db_policy_kind;

/* What is wanted, for telling people. */
typedef struct auth0db_policy_rules {
    unsigned min_length;   /* UTF-16 code units, as Auth0 counts; at least 1 */
    unsigned kinds;        /* auth0db_policy_kind: of these ... */
    unsigned kinds_needed; /* ... so many must occur */
    bool max_72_bytes, no_repeats, no_sequences;
    bool dictionary; /* the tenant's own list and its built-in one, which is not known here */
    bool no_personal_data;
    unsigned history; /* so many former passwords are refused; 0: none */
} auth0db_policy_rules;

/* What the tenant knows of the password's owner. Members are borrowed; NULL and "" say nothing. */
typedef struct auth0db_policy_person {
    const char *email, *username, *given_name, *family_name;
} auth0db_policy_person;

/** The `options` of a connection, as JSON text the Management API shows. What is not understood
 * asks for nothing: a policy of tomorrow must not keep people from setting passwords. MALFORMED
 * where it is no JSON object. */
AUTH0DB_API AUTH0DB_MUST_CHECK int auth0db_policy_parse(auth0db_policy **out, const char *options,
                                                        size_t len, auth0db_error *err);
/** Ask the tenant for the connection's policy. MISCONFIGURED without the scope read:connections,
 * and where the tenant leaves the options out (read:connections_options): then nobody knows what
 * it asks for. *out is NULL unless OK. */
AUTH0DB_API auth0db_outcome auth0db_client_policy(auth0db_client *client, unsigned deadline_ms,
                                                  auth0db_policy **out, auth0db_error *err);
AUTH0DB_API void auth0db_policy_free(auth0db_policy *policy); /* NULL is a no-op */

AUTH0DB_API void auth0db_policy_get_rules(const auth0db_policy *policy, auth0db_policy_rules *out);
/** Every fault of this password, 0 where the policy has nothing against it. `person` may be NULL.
 */
AUTH0DB_API unsigned auth0db_policy_check(const auth0db_policy *policy, const char *password,
                                          size_t len, const auth0db_policy_person *person);

#endif
