/* auth0db import, export, settle, undo: what changes site and tenant. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "reports.h"
#include "run.h"

/* A kind of hash whose test failed moved nobody: a script must not call that done. */
static int with_failed_kinds(int status, bool failed)
{
    return status == EXIT_DONE && failed ? EXIT_SOME_BAD : status;
}

/* Asked before run_end, which frees the report. */
static bool has_failed_kinds(const run *r)
{
    return json_array_size(json_object_get(r->screen.report, "failed_kinds")) > 0;
}

/* --- import --- */

/* The plan, and how many it would move. Told to people whatever --json says, for it is they who are
 * asked; --yes has asked somebody before. */
static int look_at_plan(run *r, double *moves)
{
    json_t *report = NULL;
    if (r->args.yes || r->args.dry_run)
        return AUTH0DB_OK;
    const screen_mode mode = run_look_ahead(r);
    int rc = auth0db_bulk_plan(r->bulk, &r->args.who, NULL, NULL, &r->err);
    rc = run_preview(r, rc, report_plan, &report);
    r->screen.mode = mode;
    *moves = json_number_value(json_object_get(json_object_get(report, "fates"), "moves"));
    json_decref(report);
    return rc;
}

int cmd_import(int argc, char **argv)
{
    run r = {0};
    double moves = 0;
    char deed[64];
    int status = bulk_args_read(&r.args, argc, argv, &import_command);
    if (status >= 0)
        return status;
    auth0db_import_options options = {.size = sizeof options,
                                      .who = r.args.who,
                                      .no_canary = r.args.no_canary,
                                      .dry_run = r.args.dry_run};
    int rc = run_begin(&r, true, SCREEN_EVENTS);
    /* Before the plan, which reads the whole site: with the wrong tenant it is worth nothing. */
    status = rc == AUTH0DB_OK ? ask_check_tenant(&r, argv[0]) : -1;
    if (rc == AUTH0DB_OK && status < 0)
        rc = look_at_plan(&r, &moves);
    snprintf(deed, sizeof deed, "Create %s", screen_number(moves, "user"));
    if (rc == AUTH0DB_OK && status < 0)
        status = ask(&r, argv[0], deed, true);
    if (status >= 0) {
        run_end(&r, rc, NULL);
        return status;
    }
    if (rc == AUTH0DB_OK)
        rc = auth0db_bulk_import(r.bulk, &options, &r.err);
    const bool failed = has_failed_kinds(&r);
    return with_failed_kinds(run_end(&r, rc, r.args.dry_run ? report_plan : report_import), failed);
}

int cmd_export(int argc, char **argv)
{
    run r = {0};
    int status = bulk_args_read(&r.args, argc, argv, &export_command);
    if (status >= 0)
        return status;
    auth0db_import_options options = {
        .size = sizeof options, .who = r.args.who, .no_canary = r.args.no_canary};
    int rc = run_begin(&r, true, SCREEN_EVENTS);
    if (rc == AUTH0DB_OK)
        rc = auth0db_bulk_export(r.bulk, &options, r.args.folder, &r.err);
    const bool failed = has_failed_kinds(&r);
    return with_failed_kinds(run_end(&r, rc, report_export), failed);
}

int cmd_settle(int argc, char **argv)
{
    run r = {0};
    int status = bulk_args_read(&r.args, argc, argv, &settle_command);
    if (status >= 0)
        return status;
    /* A job says which users failed; who was in it, only the file says. */
    if (r.args.job != NULL && r.args.file == NULL)
        return cli_usage("settle", "--job needs --file: which file was uploaded?");
    int rc = run_begin(&r, true, SCREEN_EVENTS);
    if (rc == AUTH0DB_OK)
        rc = auth0db_bulk_settle(r.bulk, r.args.job, r.args.file, &r.err);
    return run_end(&r, rc, report_settle);
}

/* --- undo --- */

/* How many an import has linked. Who of them is kept, only the tenant can tell, one by one. */
static int count_imported(run *r, double *users)
{
    json_t *report = NULL;
    if (r->args.yes || r->args.dry_run)
        return AUTH0DB_OK;
    const screen_mode mode = run_look_ahead(r);
    int rc = auth0db_bulk_status(r->bulk, &r->err);
    rc = run_preview(r, rc, NULL, &report);
    r->screen.mode = mode;
    *users = json_number_value(json_object_get(json_object_get(report, "links"), "bulk"));
    json_decref(report);
    return rc;
}

/* "Up to": who of them has logged in since is kept, and only the tenant can tell. */
static void name_undo(const run *r, double users, char *out, size_t size)
{
    const char *number = screen_number(users, "imported user");
    if (r->args.hasher == NULL)
        snprintf(out, size, "Delete up to %s", number);
    else
        snprintf(out, size, "Delete those with %.60s, of %s,", r->args.hasher, number);
}

int cmd_undo(int argc, char **argv)
{
    run r = {0};
    double users = 0;
    char deed[160];
    int status = bulk_args_read(&r.args, argc, argv, &undo_command);
    if (status >= 0)
        return status;
    const auth0db_undo_options options = {
        .size = sizeof options, .dry_run = r.args.dry_run, .kind = r.args.hasher};
    int rc = run_begin(&r, true, SCREEN_EVENTS);
    status = rc == AUTH0DB_OK ? ask_check_tenant(&r, argv[0]) : -1;
    if (rc == AUTH0DB_OK && status < 0)
        rc = count_imported(&r, &users);
    name_undo(&r, users, deed, sizeof deed);
    if (rc == AUTH0DB_OK && status < 0)
        status = ask(&r, argv[0], deed, true);
    if (status >= 0) {
        run_end(&r, rc, NULL);
        return status;
    }
    if (rc == AUTH0DB_OK)
        rc = auth0db_bulk_undo(r.bulk, &options, &r.err);
    return run_end(&r, rc, report_undo);
}

/* --- factors --- */

int cmd_factors(int argc, char **argv)
{
    run r = {0};
    int status = bulk_args_read(&r.args, argc, argv, &factors_command);
    if (status >= 0)
        return status;
    int rc = run_begin(&r, true, SCREEN_EVENTS);
    status = rc == AUTH0DB_OK ? ask_check_tenant(&r, argv[0]) : -1;
    if (rc == AUTH0DB_OK && status < 0)
        status = ask(&r, argv[0],
                     "Add the site's second factors, so that their owners can log in at Universal "
                     "Login alone,",
                     true);
    if (status >= 0) {
        run_end(&r, rc, NULL);
        return status;
    }
    if (rc == AUTH0DB_OK)
        rc = auth0db_bulk_factors(r.bulk, r.args.dry_run, &r.err);
    return run_end(&r, rc, report_factors);
}
