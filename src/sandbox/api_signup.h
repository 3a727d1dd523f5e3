/* The public sign-up. */
#ifndef SB_API_SIGNUP_H
#define SB_API_SIGNUP_H

#include "sandbox/call.h"

sb_handler sb_signup;

#endif
