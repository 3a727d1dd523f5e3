/* The question before something is changed. It names database and tenant, for the usual accident is
 * the right command with the wrong settings. */
#include "ask.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* --- where --- */

/* Without user, password and options: they are nobody's business on a screen. */
static void name_database(const char *url, char *out, size_t size)
{
    const char *rest = strstr(url, "://"), *at = NULL;
    const bool file = strncmp(url, "sqlite", 6) == 0 || strncmp(url, "ndjson", 6) == 0;
    const size_t scheme = rest != NULL ? (size_t)(rest + 3 - url) : 0;
    rest = url + scheme;
    const size_t len = strcspn(rest, "?");
    if (!file)
        /* The last one: a password may hold an @ of its own. */
        at = memrchr(rest, '@', len);
    const char *from = at != NULL ? at + 1 : rest;
    snprintf(out, size, "%.*s%.*s", (int)scheme, url, (int)(len - (size_t)(from - rest)), from);
}

/* As it is known to Auth0; a custom domain is only where it is asked. */
static void name_tenant(const run *r, char *out, size_t size)
{
    const auth0db_client_options *tenant = &r->settings.tenant;
    const char *name = tenant->tenant_domain != NULL ? tenant->tenant_domain : tenant->domain;
    const char *slashes = name != NULL ? strstr(name, "://") : NULL;
    name = slashes != NULL ? slashes + 3 : name != NULL ? name : "";
    snprintf(out, size, "%.*s", (int)strcspn(name, "/"), name);
}

/* The whole name up to the port: "127.0.0.1.example.org" is somewhere else. */
static bool is_on_this_machine(const char *tenant)
{
    static const char *const names[] = {"localhost", "[::1]"};
    const size_t numbers = strspn(tenant, "0123456789.");
    if (strncmp(tenant, "127.", 4) == 0 && (tenant[numbers] == '\0' || tenant[numbers] == ':'))
        return true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const size_t len = strlen(names[i]);
        if (strncasecmp(tenant, names[i], len) == 0 && (tenant[len] == '\0' || tenant[len] == ':'))
            return true;
    }
    return false;
}

/* "acme" of acme.eu.auth0.com; any other domain has no shorter name. */
static void short_name(const char *tenant, char *out, size_t size)
{
    static const char common[] = ".auth0.com";
    const size_t len = strlen(tenant), end = sizeof common - 1;
    out[0] = '\0';
    if (len > end && strcasecmp(tenant + len - end, common) == 0)
        snprintf(out, size, "%.*s", (int)strcspn(tenant, "."), tenant);
}

/* --- the question --- */

void ask_prepare(const run *r, const char *deed, bool at_tenant, question *out)
{
    char database[128], tenant[128];
    *out = (question){0};
    name_database(r->settings.database_url, database, sizeof database);
    name_tenant(r, tenant, sizeof tenant);
    if (!at_tenant) {
        snprintf(out->where, sizeof out->where, "  Database  %s\n", database);
        snprintf(out->text, sizeof out->text, "%s? [y/N] ", deed);
        snprintf(out->answers[0], sizeof out->answers[0], "y");
        return;
    }
    snprintf(out->where, sizeof out->where, "  Database  %s\n  Tenant    %s, connection %.80s\n",
             database, tenant, r->settings.tenant.connection);
    /* A sandbox has nobody's real users in it. */
    if (is_on_this_machine(tenant)) {
        snprintf(out->text, sizeof out->text, "%s at %s? [y/N] ", deed, tenant);
        snprintf(out->answers[0], sizeof out->answers[0], "y");
        return;
    }
    /* Everywhere else the name is typed: a "y" is typed by habit. */
    snprintf(out->text, sizeof out->text, "%s at %s? Type the tenant's name: ", deed, tenant);
    snprintf(out->answers[0], sizeof out->answers[0], "%s", tenant);
    short_name(tenant, out->answers[1], sizeof out->answers[1]);
}

bool ask_is_yes(const question *q, const char *answer)
{
    for (size_t i = 0; i < 2; i++) {
        if (q->answers[i][0] != '\0' && strcasecmp(q->answers[i], answer) == 0)
            return true;
    }
    return false;
}

/* Without a terminal nobody types the tenant's name, so --yes wants it as an option. What changes
 * nothing is not asked. */
int ask_check_tenant(const run *r, const char *command)
{
    question q;
    char tenant[128];
    if (r->args.dry_run || r->args.remind.list)
        return -1;
    name_tenant(r, tenant, sizeof tenant);
    if (r->args.tenant == NULL && (!r->args.yes || is_on_this_machine(tenant)))
        return -1;
    if (r->args.tenant == NULL)
        return cli_usage(command, "with --yes say which tenant is meant: --tenant %s", tenant);
    snprintf(q.answers[0], sizeof q.answers[0], "%s", tenant);
    short_name(tenant, q.answers[1], sizeof q.answers[1]);
    if (ask_is_yes(&q, r->args.tenant))
        return -1;
    return cli_usage(command, "--tenant is %s, but the settings name %s", r->args.tenant, tenant);
}

int ask(run *r, const char *command, const char *deed, bool at_tenant)
{
    question q;
    char answer[160] = "";
    if (r->args.yes || r->args.dry_run)
        return -1;
    /* Both, since the question goes to standard error: standard output may be a file. */
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return cli_usage(command, "there is no terminal to ask at: say --yes");
    screen_clear(&r->screen);
    fflush(stdout);
    ask_prepare(r, deed, at_tenant, &q);
    fprintf(stderr, "\n%s\n%s", cli_shown(q.where), cli_shown(q.text));
    if (fgets(answer, sizeof answer, stdin) != NULL) {
        answer[strcspn(answer, "\r\n")] = '\0';
        if (ask_is_yes(&q, answer))
            return -1;
    }
    fputs("Nothing was changed.\n", stderr);
    return EXIT_SOME_BAD;
}
