/* auth0db plan, holdouts: users and what becomes of them, told. */
#include <stdio.h>

#include "held.h"
#include "reports.h"
#include "run.h"

int cmd_plan(int argc, char **argv)
{
    run r = {0};
    held_file held = {0};
    int status = bulk_args_read(&r.args, argc, argv, &plan_command);
    if (status >= 0)
        return status;
    int rc = run_begin(&r, false, SCREEN_REPORT);
    if (rc == AUTH0DB_OK)
        rc = held_open(&held, r.args.csv, &r.err);
    if (rc == AUTH0DB_OK)
        rc = auth0db_bulk_plan(r.bulk, &r.args.who, held.csv != NULL ? held_write : NULL, &held,
                               &r.err);
    if (rc == AUTH0DB_OK)
        rc = held_close(&held, &r.err);
    /* Where the users go to standard output, the report would stand among them. */
    return run_end(&r, rc, held.csv == stdout ? NULL : report_plan);
}

int cmd_holdouts(int argc, char **argv)
{
    run r = {0};
    held_file held = {0};
    int status = bulk_args_read(&r.args, argc, argv, &holdouts_command);
    if (status >= 0)
        return status;
    /* Who is held back is on record: the tenant has nothing to say. */
    r.args.no_tenant = true;
    held.json = r.args.json;
    held.table = !r.args.json && r.args.csv == NULL;
    int rc = run_begin(&r, false, SCREEN_REPORT);
    if (rc == AUTH0DB_OK)
        rc = held_open(&held, r.args.csv, &r.err);
    if (rc == AUTH0DB_OK)
        rc = auth0db_bulk_holdouts(r.bulk, r.args.reason, held_write, &held, &r.err);
    if (rc == AUTH0DB_OK)
        rc = held_close(&held, &r.err);
    if (rc == AUTH0DB_OK && held.table && !held.any) {
        screen_clear(&r.screen);
        printf("Nobody is held back%s%s.\n", r.args.reason != NULL ? " for " : "",
               r.args.reason != NULL ? r.args.reason : "");
    }
    return run_end(&r, rc, NULL);
}
