/* What Auth0 takes for an e-mail. */
#ifndef A0_MODEL_EMAIL_H
#define A0_MODEL_EMAIL_H

#include <stdbool.h>
#include <stddef.h>

enum { A0_EMAIL_MAX = 254 };

/** As auth0db_email_is_sendable, of bytes with a length. */
bool a0_email_is_sendable(const char *text, size_t len);

#endif
