/* auth0db resolve: what is decided about users who are held back. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bulk_help.h"
#include "reports.h"
#include "run.h"

static const char *actor(void)
{
    const struct passwd *user = getpwuid(geteuid());
    return user != NULL ? user->pw_name : "";
}

/* `user` is what to free. One of the three, and no second one. */
static int choose(auth0db_resolve_options *options, const bulk_args *args, char **user)
{
    const int chosen = (args->keep != NULL) + (args->email != NULL) + (args->retry != NULL);
    if (chosen != 1)
        return cli_usage("resolve", "say one of --keep, --email and --retry");
    if (args->keep != NULL) {
        options->action = AUTH0DB_RESOLVE_KEEP;
        options->user = args->keep;
    } else if (args->retry != NULL) {
        options->action = AUTH0DB_RESOLVE_RETRY;
        options->value = args->retry;
    } else {
        *user = strdup(args->email);
        char *equals = *user != NULL ? strchr(*user, '=') : NULL;
        if (equals == NULL)
            return EXIT_TROUBLE;
        *equals = '\0';
        options->action = AUTH0DB_RESOLVE_EMAIL;
        options->user = *user;
        options->value = equals + 1;
    }
    return -1;
}

/* The same run without writing, told to people only. */
static int preview(run *r, auth0db_resolve_options options)
{
    if (r->args.yes || r->args.dry_run)
        return AUTH0DB_OK;
    const screen_mode mode = r->screen.mode;
    options.dry_run = true;
    r->screen.mode = SCREEN_PEOPLE;
    int rc = auth0db_bulk_resolve(r->bulk, &options, &r->err);
    r->screen.mode = mode;
    return run_preview(r, rc, report_resolve);
}

int cmd_resolve(int argc, char **argv)
{
    run r = {0};
    char *user = NULL;
    auth0db_resolve_options options = {.size = sizeof options, .actor = actor()};
    int status = bulk_args_read(&r.args, argc, argv, TAKES_RESOLUTION | TAKES_DRY_RUN | TAKES_YES,
                                resolve_help);
    if (status < 0)
        status = choose(&options, &r.args, &user);
    if (status >= 0) {
        free(user);
        return status;
    }
    options.dry_run = r.args.dry_run;
    r.args.no_tenant = true;
    int rc = run_begin(&r, false, SCREEN_REPORT);
    if (rc == AUTH0DB_OK)
        rc = preview(&r, options);
    status = rc == AUTH0DB_OK ? run_ask(&r, "resolve", "Do this?") : -1;
    if (status >= 0) {
        run_end(&r, rc, NULL);
    } else {
        if (rc == AUTH0DB_OK)
            rc = auth0db_bulk_resolve(r.bulk, &options, &r.err);
        status = run_end(&r, rc, report_resolve);
    }
    free(user);
    return status;
}
