/* Applications and what they are granted, as the Management API shows them. */
#ifndef A0_SANDBOX_API_API_CLIENTS_H
#define A0_SANDBOX_API_API_CLIENTS_H

#include "sandbox/call.h"

sb_handler sb_clients_list, sb_clients_get, sb_clients_create, sb_clients_patch, sb_clients_delete,
    sb_clients_connections;
sb_handler sb_client_grants_list, sb_client_grants_get, sb_client_grants_create,
    sb_client_grants_patch, sb_client_grants_delete, sb_client_grants_organizations;

/** An application's name; "" for one that is not there. */
void sb_client_name(sb_tenant *tenant, const char *client_id, char out[static 160]);

#endif
