/* From a request to an answer: faults, limits, tokens and scopes, then the handler. */
#ifndef A0_SANDBOX_ROUTER_H
#define A0_SANDBOX_ROUTER_H

#include "sandbox/faults.h"
#include "sandbox/request.h"

/** Answer one request. `problem` (may be NULL) is a body that could not be read: it is refused
 * after the checks that come before a body. Blocks for as long as a fault delays. */
void sb_route(sb_tenant *tenant, const sb_request *request, const auth0db_error *problem,
              sb_reply *reply, sb_delivery *delivery);

#endif
