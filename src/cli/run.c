/* One run, from its settings to its exit status: what every subcommand that works on a whole site
 * does alike. */
#include "run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Ctrl-C: the first asks the run to stop at a safe place, the second ends it at once, which the
 * journal survives as well. */
static volatile sig_atomic_t interrupts;

static void on_interrupt(int number)
{
    interrupts++;
    if (interrupts > 1)
        /* Not exit(): in a signal handler nothing else is safe, and there is nothing to put in
         * order. */
        _exit(128 + number);
}

static bool interrupted(void *ctx)
{
    return interrupts > 0;
}

static void catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = on_interrupt};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* A reader that has gone away is a failed write, and not the end of an import. */
    signal(SIGPIPE, SIG_IGN);
}

static void log_line(void *ctx, auth0db_log_level level, const char *line)
{
    if (level <= AUTH0DB_LOG_WARNING)
        screen_note(ctx, line);
}

/* The screen first, for whatever fails after it is told on it. Interrupts are caught before
 * anything is opened. */
int run_begin(run *r, bool needs_tenant, screen_mode json_mode)
{
    auth0db_bulk_options options = {.size = sizeof options};
    screen_open(&r->screen, r->args.json ? json_mode : SCREEN_PEOPLE);
    catch_interrupts();
    const settings_files files = {r->args.site_map, r->args.keep_local};
    int rc = settings_read(&r->settings, &files, needs_tenant, &r->err);
    if (rc != AUTH0DB_OK)
        return rc;
    r->settings.tenant.log_level = AUTH0DB_LOG_WARNING;
    r->settings.tenant.log = log_line;
    r->settings.tenant.log_ctx = &r->screen;
    options.database_url = r->settings.database_url;
    options.site_map = r->settings.site_map;
    options.site = r->settings.site;
    options.keep_local = r->settings.keep_local;
    if (r->settings.has_tenant && !r->args.no_tenant)
        options.tenant = &r->settings.tenant;
    options.own_database = cli_by_manage(); /* which has asked Django's own copies.py */
    options.event = screen_event;
    options.interrupted = interrupted;
    options.ctx = &r->screen;
    return auth0db_bulk_open(&r->bulk, &options, &r->err);
}

/* The report comes before the error: what was done until then is what the error is about. The
 * report is freed at the end, so who needs of it must look before. */
int run_end(run *r, int rc, void (*show)(const json_t *))
{
    int status = EXIT_DONE;
    bool shown = r->screen.report != NULL && r->screen.mode == SCREEN_PEOPLE && show != NULL;
    screen_drop_note(&r->screen, r->err.message);
    screen_clear(&r->screen);
    if (shown)
        show(r->screen.report);
    if (rc == AUTH0DB_ERR_INTERRUPTED) {
        if (!shown || json_object_get(r->screen.report, "next") == NULL) /* says it already */
            fprintf(stderr, "auth0db: %s\n", cli_shown(r->err.message));
        status = EXIT_SOME_BAD;
    } else if (rc != AUTH0DB_OK) {
        status = cli_fail(&r->err);
    }
    /* An answer that was not written is none, and the status must say so. */
    if (fflush(stdout) != 0 && status == EXIT_DONE) {
        fprintf(stderr, "auth0db: standard output: %s\n", strerror(errno));
        status = EXIT_TROUBLE;
    }
    auth0db_bulk_close(r->bulk);
    settings_clear(&r->settings);
    screen_close(&r->screen);
    return status;
}

screen_mode run_look_ahead(run *r)
{
    const screen_mode mode = r->screen.mode;
    r->screen.mode = SCREEN_PEOPLE;
    return mode;
}

int run_preview(run *r, int rc, void (*show)(const json_t *), json_t **report)
{
    screen_clear(&r->screen);
    if (rc == AUTH0DB_OK && show != NULL && r->screen.mode == SCREEN_PEOPLE &&
        r->screen.report != NULL)
        show(r->screen.report);
    if (report != NULL)
        *report = r->screen.report;
    else
        json_decref(r->screen.report);
    r->screen.report = NULL;
    return rc;
}
