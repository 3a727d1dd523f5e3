/* Django's `crypt` hasher verifies whatever crypt(3) takes, and crypt(3) lets one row ask for
 * hours. */
#ifndef A0_DJANGO_CRYPT_SETTING_H
#define A0_DJANGO_CRYPT_SETTING_H

#include "crypto/digest.h"

/** OK for DES, $1$, $2a/b/y$, $5$, $6$ and $y$ in bounded work; TOO_LARGE past it; UNSUPPORTED for
 * any other method: those that take free-form costs have never been a system's default. */
A0_MUST_CHECK int a0_crypt_setting_bound(a0_slice setting, auth0db_error *err);

#endif
