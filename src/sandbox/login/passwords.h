/* Setting and checking a user's password, as Auth0 keeps them: bcrypt, under the connection's
 * policy. */
#ifndef A0_SANDBOX_LOGIN_PASSWORDS_H
#define A0_SANDBOX_LOGIN_PASSWORDS_H

#include "sandbox/call.h"
#include "sandbox/tenant/policy.h"
#include "sandbox/tenant/users.h"

/** Policy, then bcrypt. Lets go of the tenant's lock while it works: look again at what was read
 * before. user: as it will be. *hash is new (a0_secret_free). False: the answer is written (400 or
 * 500). */
bool sb_password_make(sb_call *call, const sb_connection *connection, const sb_user *user,
                      const char *password, char **hash);
/** The same without an answer: what the policy says. *hash is set only for SB_POLICY_OK, and NULL
 * there too where it could not be made. */
sb_policy_verdict sb_password_try(sb_tenant *tenant, const sb_connection *connection,
                                  const sb_user *user, const char *password, char **hash);
/** Put a hash made above into the user, the old one into its history. Takes over `hash`. */
void sb_password_put(sb_call *call, const sb_connection *connection, sb_user *user, char *hash);
/** Does the password match? Works on a copy with the lock released. */
bool sb_password_matches(sb_tenant *tenant, const sb_user *user, const char *password);
/** After a login by an imported hash: keep bcrypt instead, as Auth0 does. Lets go of the lock;
 * *user is read anew, and not saved. */
void sb_password_rehash(sb_tenant *tenant, sb_user *user, const char *password);
/** One of the passwords that Auth0 documents as "found in a breach". */
bool sb_password_is_leaked(const char *password);

#endif
