/* auth0db status, init-db: what needs no tenant. */
#include <stdio.h>

#include "reports.h"
#include "run.h"

int cmd_status(int argc, char **argv)
{
    run r = {0};
    int status = bulk_args_read(&r.args, argc, argv, &status_command);
    if (status >= 0)
        return status;
    r.args.no_tenant = true;
    int rc = run_begin(&r, false, SCREEN_REPORT);
    if (rc == AUTH0DB_OK)
        rc = r.args.switch_over ? auth0db_bulk_switch_over(r.bulk, r.args.factors_settled, &r.err)
                                : auth0db_bulk_status(r.bulk, &r.err);
    const json_t *ready = json_object_get(r.screen.report, "ready");
    const bool no = r.args.switch_over && !json_is_true(ready);
    status = run_end(&r, rc, r.args.switch_over ? report_switch_over : report_status);
    return status == EXIT_DONE && no ? EXIT_SOME_BAD : status;
}

int cmd_init_db(int argc, char **argv)
{
    run r = {0};
    int status = bulk_args_read(&r.args, argc, argv, &init_db_command);
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
