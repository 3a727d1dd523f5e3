/* What a browser sends: cookies, addresses to go back to, one-time codes. Pure. */
#ifndef A0_SANDBOX_LOGIN_LOGIN_REQUEST_H
#define A0_SANDBOX_LOGIN_LOGIN_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"

enum {
    SB_RETURN_URL_MAX = 1500, /* as SB_RESULT_URL_MAX */
    SB_STATE_MAX = 1500,      /* percent-encoded */
    SB_OTP_LEN = 6,
};

/** The value of the first cookie called `name` in a Cookie header, where it fits into `size` bytes
 * with its NUL. False: there is none, or it does not fit. */
bool sb_cookie(const char *header, const char *name, char *out, size_t size);

/** Is `url` one of these, as Auth0 compares them: without the query, scheme and host in any case,
 * "*" for one label of the host name in its leftmost place? Where somebody else's host could be
 * meant (a user name, a backslash, a fragment), it is none. */
bool sb_return_url_allowed(const json_t *list, const char *url);

/** Are these six digits the code of this base32 secret within 30 seconds of now? *step is its
 * number: one that was used must not be used again (RFC 6238, 5.2). */
bool sb_otp_matches(const char *secret, const char *code, int64_t now_s, int64_t *step);
/** Bytes of a base32 secret; -1 where it is none, or longer than `cap`. */
long sb_base32_decode(const char *text, unsigned char *out, size_t cap);

#endif
