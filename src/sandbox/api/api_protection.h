/* Attack protection through the Management API: brute-force blocks and the settings. */
#ifndef A0_SANDBOX_API_API_PROTECTION_H
#define A0_SANDBOX_API_API_PROTECTION_H

#include "sandbox/call.h"

sb_handler sb_blocks_by_identifier, sb_unblock_by_identifier, sb_blocks_by_id, sb_unblock_by_id;
sb_handler sb_attack_protection_get, sb_attack_protection_patch;

#endif
