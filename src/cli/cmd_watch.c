/* auth0db watch: failed logins after an import. */
#include "reports.h"
#include "run.h"

int cmd_watch(int argc, char **argv)
{
    run r = {0};
    int status = bulk_args_read(&r.args, argc, argv, &watch_command);
    if (status >= 0)
        return status;
    int rc = run_begin(&r, true, SCREEN_REPORT);
    if (rc == AUTH0DB_OK)
        rc = auth0db_bulk_watch(r.bulk, &r.args.log, &r.err);
    /* Looked at before run_end, which frees the report. A script that runs this every day goes by
     * the status. */
    bool alarm = json_is_true(json_object_get(r.screen.report, "alarm"));
    status = run_end(&r, rc, report_watch);
    return status == EXIT_DONE && alarm ? EXIT_SOME_BAD : status;
}
