/* auth0db status, init-db: what needs no tenant. */
#include <stdio.h>

#include "bulk_help.h"
#include "reports.h"
#include "run.h"

int cmd_status(int argc, char **argv)
{
    run r = {0};
    int status = bulk_args_read(&r.args, argc, argv, 0, status_help);
    if (status >= 0)
        return status;
    r.args.no_tenant = true;
    int rc = run_begin(&r, false, SCREEN_REPORT);
    if (rc == AUTH0DB_OK)
        rc = auth0db_bulk_status(r.bulk, &r.err);
    return run_end(&r, rc, report_status);
}

int cmd_init_db(int argc, char **argv)
{
    run r = {0};
    int status = bulk_args_read(&r.args, argc, argv, 0, init_db_help);
    if (status >= 0)
        return status;
    r.args.no_tenant = true;
    int rc = run_begin(&r, false, SCREEN_REPORT);
    if (rc == AUTH0DB_OK)
        rc = auth0db_bulk_init_db(r.bulk, &r.err);
    if (rc == AUTH0DB_OK && r.screen.mode == SCREEN_PEOPLE)
        puts("The tables are there.");
    return run_end(&r, rc, NULL);
}
