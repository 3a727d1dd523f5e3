/* auth0db import, export, settle, undo: what changes site and tenant. */
#include <stdio.h>

#include "bulk_help.h"
#include "reports.h"
#include "run.h"

static int show_plan(run *r)
{
    if (r->args.yes || r->args.dry_run)
        return AUTH0DB_OK;
    int rc = auth0db_bulk_plan(r->bulk, &r->args.who, NULL, NULL, &r->err);
    return run_preview(r, rc, report_plan);
}

int cmd_import(int argc, char **argv)
{
    run r = {0};
    int status =
        bulk_args_read(&r.args, argc, argv,
                       TAKES_SELECTION | TAKES_FACTORS | TAKES_CANARY | TAKES_DRY_RUN | TAKES_YES,
                       import_help);
    if (status >= 0)
        return status;
    auth0db_import_options options = {.size = sizeof options,
                                      .who = r.args.who,
                                      .no_canary = r.args.no_canary,
                                      .dry_run = r.args.dry_run};
    int rc = run_begin(&r, true, SCREEN_EVENTS);
    if (rc == AUTH0DB_OK)
        rc = show_plan(&r);
    status = rc == AUTH0DB_OK ? run_ask(&r, "import", "Move these users to the tenant?") : -1;
    if (status >= 0) {
        run_end(&r, rc, NULL);
        return status;
    }
    if (rc == AUTH0DB_OK)
        rc = auth0db_bulk_import(r.bulk, &options, &r.err);
    return run_end(&r, rc, r.args.dry_run ? report_plan : report_import);
}

int cmd_export(int argc, char **argv)
{
    run r = {0};
    int status = bulk_args_read(&r.args, argc, argv, TAKES_SELECTION | TAKES_FACTORS | TAKES_CANARY | TAKES_FOLDER,
                                export_help);
    if (status >= 0)
        return status;
    auth0db_import_options options = {
        .size = sizeof options, .who = r.args.who, .no_canary = r.args.no_canary};
    int rc = run_begin(&r, true, SCREEN_EVENTS);
    if (rc == AUTH0DB_OK)
        rc = auth0db_bulk_export(r.bulk, &options, r.args.folder, &r.err);
    return run_end(&r, rc, report_export);
}

int cmd_settle(int argc, char **argv)
{
    run r = {0};
    int status = bulk_args_read(&r.args, argc, argv, TAKES_JOB, settle_help);
    if (status >= 0)
        return status;
    if (r.args.job != NULL && r.args.file == NULL)
        return cli_usage("settle", "--job needs --file: which file was uploaded?");
    int rc = run_begin(&r, true, SCREEN_EVENTS);
    if (rc == AUTH0DB_OK)
        rc = auth0db_bulk_settle(r.bulk, r.args.job, r.args.file, &r.err);
    return run_end(&r, rc, report_settle);
}

int cmd_undo(int argc, char **argv)
{
    run r = {0};
    int status = bulk_args_read(&r.args, argc, argv, TAKES_DRY_RUN | TAKES_YES, undo_help);
    if (status >= 0)
        return status;
    const auth0db_undo_options options = {.size = sizeof options, .dry_run = r.args.dry_run};
    int rc = run_begin(&r, true, SCREEN_EVENTS);
    status = rc == AUTH0DB_OK ? run_ask(&r, "undo", "Delete the tenant users that the import made?")
                              : -1;
    if (status >= 0) {
        run_end(&r, rc, NULL);
        return status;
    }
    if (rc == AUTH0DB_OK)
        rc = auth0db_bulk_undo(r.bulk, &options, &r.err);
    return run_end(&r, rc, report_undo);
}
