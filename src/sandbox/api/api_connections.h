/* Connections as the Management API shows them. */
#ifndef A0_SANDBOX_API_API_CONNECTIONS_H
#define A0_SANDBOX_API_API_CONNECTIONS_H

#include "sandbox/call.h"

sb_handler sb_connections_list, sb_connections_get, sb_connections_create, sb_connections_patch,
    sb_connections_delete, sb_connections_clients, sb_connections_clients_patch,
    sb_clients_connections;

/** Is this an `options` object that Auth0 would take? False: 400 is written. */
bool sb_connection_options_ok(sb_call *call, const json_t *options);

#endif
