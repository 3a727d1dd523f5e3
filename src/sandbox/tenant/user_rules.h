/* Is this a user body that the Management API takes? Field by field as facts/auth0.md 4.1, 4.3
 * and 4.4. */
#ifndef A0_SANDBOX_TENANT_USER_RULES_H
#define A0_SANDBOX_TENANT_USER_RULES_H

#include "sandbox/call.h"
#include "sandbox/tenant/connections.h"

/** Types, lengths, formats, unknown members. False: 400 is written. */
bool sb_user_check_create(sb_call *call);
bool sb_user_check_patch(sb_call *call);
/** What the connection says of username and e-mail. username, email: lower-cased, or NULL. */
bool sb_user_check_names(sb_call *call, const sb_connection *connection, const char *email,
                         const char *username);
/** An address as Auth0 takes it (RFC 5321, ASCII local part). */
bool sb_email_ok(const char *email);
bool sb_phone_ok(const char *text); /* E.164 */
bool sb_picture_ok(const char *text);
/* What is wrong with it, or NULL. *code: as a job's errors name it. username: in lower case. */
const char *sb_username_complaint(const sb_connection *connection, const char *username,
                                  const char **code);
/** name: "user_metadata" or "app_metadata". */
const char *sb_metadata_complaint(const char *name, const json_t *metadata);

#endif
