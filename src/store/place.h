/* Where a database is, as the list of those that a site lives in has it. */
#ifndef A0_STORE_PLACE_H
#define A0_STORE_PLACE_H

#include <stdbool.h>

#include "store/url.h"

typedef struct a0_place {
    char *text;       /* owned: "postgresql db.example:/site", "sqlite /srv/site.db" */
    char server[128]; /* what it says of itself: a file's inode; "": nothing, or not asked yet */
    bool is_local;    /* on this machine */
} a0_place;

/** Of a database of this kind that can be opened by `url`. False: no memory. */
bool a0_place_of(const char *kind, const a0_store_url *url, a0_place *out);

#endif
