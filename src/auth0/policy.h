/* A policy from options that are parsed already. */
#ifndef A0_AUTH0_POLICY_H
#define A0_AUTH0_POLICY_H

#include "auth0db/policy.h"
#include "base/json.h"

/** NULL where memory is short. `options` may be NULL: nothing is asked for. */
A0_MUST_CHECK auth0db_policy *a0_policy_read(const json_t *options);

#endif
