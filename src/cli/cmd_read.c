/* auth0db status, init-db, site: what asks the tenant nothing. */
#include <stdio.h>

#include "ask.h"
#include "reports.h"
#include "run.h"

int cmd_status(int argc, char **argv)
{
    run r = {0};
    int status = bulk_args_read(&r.args, argc, argv, &status_command);
    if (status >= 0)
        return status;
    /* What has moved is on record: the tenant has nothing to say. */
    r.args.no_tenant = true;
    int rc = run_begin(&r, false, SCREEN_REPORT);
    if (rc == AUTH0DB_OK)
        rc = r.args.switch_over ? auth0db_bulk_switch_over(r.bulk, r.args.factors_settled, &r.err)
                                : auth0db_bulk_status(r.bulk, &r.err);
    /* Looked at before run_end, which frees the report. */
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

static void report_site(const json_t *report)
{
    const json_t *server = json_object_get(report, "server");
    printf("%s %s %s\n", cli_shown(json_string_value(json_object_get(report, "database"))),
           cli_shown(json_string_value(server)),
           json_is_true(json_object_get(report, "adopted")) ? "is this site's own from now on"
                                                            : "is on record already");
}

/* A wrong yes gives test passwords to real people, so the tenant is said by name. */
int cmd_site(int argc, char **argv)
{
    run r = {0};
    int status = bulk_args_read(&r.args, argc, argv, &site_command);
    if (status >= 0)
        return status;
    if (!r.args.adopt)
        return cli_usage("site", "say --adopt");
    int rc = run_begin(&r, true, SCREEN_REPORT);
    status = rc == AUTH0DB_OK ? ask_check_tenant(&r, argv[0]) : -1;
    if (rc == AUTH0DB_OK && status < 0)
        status = ask(&r, argv[0], "Let this database change users", true);
    if (status >= 0) {
        run_end(&r, rc, NULL);
        return status;
    }
    if (rc == AUTH0DB_OK)
        rc = auth0db_bulk_adopt(r.bulk, &r.err);
    return run_end(&r, rc, report_site);
}
