/* /sandbox/...: a test's hands on the tenant. Not Auth0's; docs/sandbox.md is its reference. */
#ifndef A0_SANDBOX_API_API_CONTROL_H
#define A0_SANDBOX_API_API_CONTROL_H

#include "sandbox/call.h"

sb_handler sb_control_info, sb_control_options_get, sb_control_options_patch, sb_control_user_get,
    sb_control_user_patch, sb_control_faults_get, sb_control_faults_add, sb_control_faults_clear,
    sb_control_clock_get, sb_control_clock_advance, sb_control_requests_get,
    sb_control_requests_clear, sb_control_log, sb_control_audit, sb_control_half_created_add,
    sb_control_keys_rotate, sb_control_reset, sb_control_token, sb_control_document_put;

#endif
