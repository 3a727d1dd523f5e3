/* Users who are held back, told one by one: as CSV, as lines of JSON, or as a table. */
#ifndef CLI_HELD_H
#define CLI_HELD_H

#include <stdio.h>

#include "cli.h"

typedef struct held_file {
    FILE *csv;  /* NULL: none */
    bool table; /* a line for people each */
    bool json;
    bool any;        /* was anybody told? */
    bool failed;     /* a record could not be written */
    char email[256]; /* of the group that is being shown */
} held_file;

/** Open the file that --csv names; NULL: none. It must not exist, and is made for
 * its owner alone; "-" is standard output. */
AUTH0DB_MUST_CHECK int held_open(held_file *f, const char *csv, auth0db_error *err);
/** As auth0db_held_fn; ctx is the held_file. */
void held_write(void *ctx, const auth0db_held *held);
AUTH0DB_MUST_CHECK int held_close(held_file *f, auth0db_error *err);

#endif
