/* The password policy of a database connection, pure: options in, verdict out. Agrees with npm
 * auth0-password-policies (facts: length and runs are counted in UTF-16 code units; "special" is
 * each of the 33 printable ASCII characters that is neither letter nor digit, the space among
 * them). */
#ifndef A0_SANDBOX_TENANT_POLICY_H
#define A0_SANDBOX_TENANT_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/json.h"
#include "crypto/digest.h"

typedef enum sb_policy_verdict {
    SB_POLICY_OK,
    SB_POLICY_WEAK,     /* PasswordStrengthError */
    SB_POLICY_COMMON,   /* PasswordDictionaryError */
    SB_POLICY_PERSONAL, /* PasswordNoUserInfoError */
    SB_POLICY_REUSED    /* PasswordHistoryError */
} sb_policy_verdict;

typedef struct sb_policy_input {
    const json_t
        *options; /* `options` of the connection as the API shows them; NULL or {}: policy "none" */
    const json_t *user; /* the user as it will be (email, username, name, ...); NULL: nothing
                           personal known */
    a0_slice password;  /* UTF-8; anything else is WEAK */
    /* Asked only where history is on and all else passed: is the password one of the user's last n?
     * NULL: no history (a new user). */
    bool (*reused)(void *ctx, size_t last_n);
    void *ctx;
} sb_policy_input;

sb_policy_verdict sb_policy_check(const sb_policy_input *input);

/** Tell a person what the policy of these options asks for, a line each; none where it asks for
 * nothing. */
typedef void sb_policy_line(void *ctx, const char *text);
void sb_policy_describe(const json_t *options, sb_policy_line *line, void *ctx);

/** Auth0's name and text of a verdict: "PasswordStrengthError", "Password is too weak". "" for OK.
 *  The Management API answers 400 with message "<name>: <text>". */
const char *sb_policy_name(sb_policy_verdict verdict);
const char *sb_policy_text(sb_policy_verdict verdict);

/** Do the password members of a connection's options have the shapes and ranges that Auth0 accepts?
 *  MALFORMED with err->where "options.<member>" where not. */
A0_MUST_CHECK int sb_policy_check_options(const json_t *options, auth0db_error *err);

#endif
