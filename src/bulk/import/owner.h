/* Which process is at work on a batch, and whether it still lives. */
#ifndef A0_BULK_IMPORT_OWNER_H
#define A0_BULK_IMPORT_OWNER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum {
    A0_OWNER_SIZE = 128,
    /* A process that may be anywhere is taken for dead when it gave no sign of life for so long */
    A0_OWNER_SILENT_S = 300,
    A0_OWNER_SIGN_S = 60 /* how often a living one gives it */
};

/** This process: boot id, PID namespace, PID and start time, so that no process of another boot or
 * container, and no later one with the same number, can be taken for it. IO without /proc. */
A0_MUST_CHECK int a0_owner_self(char out[A0_OWNER_SIZE], auth0db_error *err);

/** Dead for certain, or silent for long: `silent_s` since its last sign of life. Where the process
 * can be looked at (same boot, same namespace) only that counts. */
bool a0_owner_is_gone(const char *owner, const char *self, int64_t silent_s);

#endif
