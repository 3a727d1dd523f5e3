/* The public sign-up. */
#ifndef A0_SANDBOX_API_API_SIGNUP_H
#define A0_SANDBOX_API_API_SIGNUP_H

#include "sandbox/call.h"

sb_handler sb_signup;

#endif
