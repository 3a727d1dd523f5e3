/* The pages of the web login: /u/login and what may follow it. */
#ifndef A0_SANDBOX_API_API_LOGIN_H
#define A0_SANDBOX_API_API_LOGIN_H

#include "sandbox/call.h"

sb_handler sb_login_form, sb_login_submit;         /* /u/login */
sb_handler sb_otp_form, sb_otp_submit;             /* /u/mfa-otp-challenge, /u/mfa-otp-enrollment */
sb_handler sb_forgotten_form, sb_forgotten_submit; /* /u/reset-password/request */

#endif
