/* Does an application prove itself by a key of its own (private_key_jwt)? */
#ifndef A0_SANDBOX_LOGIN_ASSERTION_H
#define A0_SANDBOX_LOGIN_ASSERTION_H

#include "sandbox/call.h"

/** Is this the assertion of the tenant's application? `issuer`: "https://host/". Each is good once.
 */
bool sb_assertion_ok(sb_tenant *tenant, const char *assertion, const char *issuer);

#endif
