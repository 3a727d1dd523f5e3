/* Users as rows. The profile is the JSON that the API shows; what the API never shows stands beside
 * it. */
#ifndef A0_SANDBOX_TENANT_USERS_H
#define A0_SANDBOX_TENANT_USERS_H

#include "sandbox/tenant/connections.h"

/* Stands for the bcrypt hash of a random password, which a user imported without a hash gets: it
 * fits no password, and costs nothing to make (facts/auth0.md 5.4). */
#define SB_PASSWORD_RANDOM "random"

typedef struct sb_user {
    int64_t seq; /* 0: not stored yet */
    char connection[SB_CONNECTION_NAME_MAX + 1];
    json_t *profile;
    char *password;       /* bcrypt, or SB_PASSWORD_RANDOM; NULL: none */
    json_t *foreign_hash; /* of an import, until the first login; NULL: none */
    json_t *history;      /* array of earlier bcrypt hashes, newest first */
    json_t *flags;        /* the sandbox's own: {"mfa": true, "deny": "text", "leaked": true} */
} sb_user;

/* Finders: true and *out filled (sb_user_clear), or false. */
bool sb_user_by_id(sb_tenant *tenant, const char *user_id, sb_user *out);
bool sb_user_by_seq(sb_tenant *tenant, int64_t seq, sb_user *out);
/** By what is typed at a login, in lower case: e-mail, or username where there are usernames. */
bool sb_user_by_identifier(sb_tenant *tenant, const sb_connection *connection,
                           const char *identifier, sb_user *out);
/** The next row of a statement that selects SB_USER_COLUMNS; false at the end. */
bool sb_user_next(sqlite3_stmt *stmt, sb_user *out);
#define SB_USER_COLUMNS "seq, connection, profile, password, foreign_hash, history, flags"

/* Half-created users: no call shows them, no login finds them, but their address is taken until a
 * DELETE by address clears it away (facts/auth0.md 4.11). email: in lower case. */
A0_MUST_CHECK int sb_half_created_add(sb_tenant *tenant, const char *connection, const char *email);
A0_MUST_CHECK int sb_half_created_delete(sb_tenant *tenant, const char *connection,
                                         const char *email);
bool sb_is_half_created(sb_tenant *tenant, const char *connection, const char *email);

/** Is the value of "email", "username" or "user_id" taken in this connection by another user than
 * `seq`? */
bool sb_user_taken(sb_tenant *tenant, const char *connection, const char *column, const char *value,
                   int64_t seq);
/** Insert (seq 0) or update. */
A0_MUST_CHECK int sb_user_save(sb_tenant *tenant, sb_user *user);

/* Many new users (seq 0): one statement, and memory for their texts, used again for each. */
typedef struct sb_user_writer {
    sqlite3_stmt *stmt;
    a0_buf profile, foreign, history, flags;
} sb_user_writer;

A0_MUST_CHECK int sb_user_writer_open(sb_tenant *tenant, sb_user_writer *out);
A0_MUST_CHECK int sb_user_write(sb_tenant *tenant, sb_user_writer *writer, sb_user *user);
void sb_user_writer_close(sb_user_writer *writer); /* also after a failed open, and of {0} */

A0_MUST_CHECK int sb_user_delete(sb_tenant *tenant, int64_t seq);
void sb_user_clear(sb_user *user);
/** Put in a checked hash of an import: password_hash (a string: bcrypt is what Auth0 keeps itself)
 * or custom_password_hash (an object; shared, so nobody may change it), instead of what was there.
 */
void sb_user_put_hash(sb_user *user, json_t *hash);

/** A stored hash, as it was; NULL: none. */
void sb_user_put_password(sb_user *user, const char *stored);

const char *sb_user_text(const sb_user *user, const char *name); /* "" where absent */
/** Lift brute-force blocks under every name the user can log in with. */
void sb_user_unblock(sb_tenant *tenant, const sb_user *user);

#endif
