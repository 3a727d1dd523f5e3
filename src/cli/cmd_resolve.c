/* auth0db resolve: what is decided about users who are held back. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "reports.h"
#include "run.h"

/* The journal says who decided. The operating system knows who asks, whatever the environment says.
 */
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
static int preview(run *r, auth0db_resolve_options options, double *users)
{
    json_t *report = NULL;
    if (r->args.yes || r->args.dry_run)
        return AUTH0DB_OK;
    const screen_mode mode = run_look_ahead(r);
    options.dry_run = true;
    int rc = auth0db_bulk_resolve(r->bulk, &options, &r->err);
    rc = run_preview(r, rc, report_resolve, &report);
    r->screen.mode = mode;
    *users = json_number_value(json_object_get(report, "users"));
    json_decref(report);
    return rc;
}

static void name_deed(const auth0db_resolve_options *options, double users, char *out, size_t size)
{
    switch (options->action) {
    case AUTH0DB_RESOLVE_KEEP:
        snprintf(out, size, "Keep 1 user of those who share the e-mail");
        break;
    case AUTH0DB_RESOLVE_EMAIL:
        snprintf(out, size, "Write another e-mail for 1 user: %.254s", options->value);
        break;
    case AUTH0DB_RESOLVE_RETRY:
        snprintf(out, size, "Try %s again", screen_number(users, "user"));
        break;
    }
}

int cmd_resolve(int argc, char **argv)
{
    run r = {0};
    char *user = NULL;
    auth0db_resolve_options options = {.size = sizeof options, .actor = actor()};
    double users = 0;
    char deed[320];
    int status = bulk_args_read(&r.args, argc, argv, &resolve_command);
    if (status < 0)
        status = choose(&options, &r.args, &user);
    if (status >= 0) {
        free(user);
        return status;
    }
    options.dry_run = r.args.dry_run;
    /* It is about the site's own table and journal: a tenant out of reach must not keep anybody
     * from it. */
    r.args.no_tenant = true;
    int rc = run_begin(&r, false, SCREEN_REPORT);
    if (rc == AUTH0DB_OK)
        rc = preview(&r, options, &users);
    name_deed(&options, users, deed, sizeof deed);
    status = rc == AUTH0DB_OK ? ask(&r, argv[0], deed, false) : -1;
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
