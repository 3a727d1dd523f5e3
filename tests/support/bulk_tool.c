/* The bulk lane as a program for tests, with what the command does not offer: small batches,
 * and a clock that goes so many times as fast.
 *
 *   bulk_tool RUN [--room BYTES] [--no-canary] [--dry-run] [--limit N] [--only-active]
 *             [--with-inactive] [--most-recent] [--retry-held] [--since DATE] [--folder F] [--job
 * ID] [--file F]
 *             [--hasten TIMES] [--rate N] [--settle-after SECONDS]
 *
 * Settings come from the environment, as the command's do, but for AUTH0_USER_JWT: that is read
 * from the descriptor USER_JWT_FD, so that the run's watch for secrets need not excuse one. Every
 * event is a line on standard output; an error is one on standard error, and the exit status is its
 * code's class. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth0db/bulk.h"
#include "bulk/bulk_int.h"

static volatile sig_atomic_t asked_to_stop;

static void on_signal(int number)
{
    asked_to_stop = 1;
}

static bool interrupted(void *ctx)
{
    return asked_to_stop;
}

static void print_event(void *ctx, const char *json)
{
    puts(json);
    fflush(stdout);
}

/* --- the hastened clock --- */

static unsigned haste = 1;
static uint64_t first_ms;
static int64_t first_wall_ms;

static uint64_t fast_mono_ms(void *ctx)
{
    return first_ms + (a0_mono_ms(&a0_env_system) - first_ms) * haste;
}

static int64_t fast_wall_ms(void *ctx)
{
    return first_wall_ms + (int64_t)(fast_mono_ms(ctx) - first_ms);
}

static void short_sleep_ms(void *ctx, unsigned ms)
{
    a0_sleep_ms(&a0_env_system, ms / haste);
}

static void hasten(a0_env *env)
{
    first_ms = a0_mono_ms(env);
    first_wall_ms = a0_wall_ms(env);
    env->mono_ms = fast_mono_ms;
    env->wall_ms = fast_wall_ms;
    env->sleep_ms = short_sleep_ms;
}

/* --- the rest --- */

typedef struct wishes {
    auth0db_import_options import;
    const char *folder, *job, *file;
    size_t room;
    auth0db_remind_options remind;
    auth0db_undo_options undo;
    unsigned settle_after_s;
} wishes;

static bool read_wishes(wishes *out, int argc, char **argv)
{
    *out = (wishes){.import.size = sizeof out->import};
    out->import.who.size = sizeof out->import.who;
    out->remind.size = sizeof out->remind;
    out->undo.size = sizeof out->undo;
    for (int i = 2; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        bool flag = true;
        if (strcmp(argv[i], "--no-canary") == 0)
            out->import.no_canary = true;
        else if (strcmp(argv[i], "--dry-run") == 0)
            out->import.dry_run = true;
        else if (strcmp(argv[i], "--only-active") == 0)
            out->import.who.only_active = true;
        else if (strcmp(argv[i], "--with-inactive") == 0)
            out->import.who.with_inactive = true;
        else if (strcmp(argv[i], "--retry-held") == 0)
            out->import.who.retry_held = true;
        else if (strcmp(argv[i], "--with-factors") == 0)
            out->import.who.with_factors = true;
        else if (strcmp(argv[i], "--most-recent") == 0)
            out->import.who.duplicates = AUTH0DB_DUPLICATES_MOST_RECENT;
        else
            flag = false;
        if (flag)
            continue;
        i++;
        if (strcmp(argv[i - 1], "--room") == 0)
            out->room = strtoul(value, NULL, 10);
        else if (strcmp(argv[i - 1], "--hasten") == 0)
            haste = (unsigned)strtoul(value, NULL, 10);
        else if (strcmp(argv[i - 1], "--limit") == 0)
            out->import.who.limit = strtoull(value, NULL, 10);
        else if (strcmp(argv[i - 1], "--since") == 0)
            out->import.who.since_login = value;
        else if (strcmp(argv[i - 1], "--rate") == 0)
            out->remind.rate = (unsigned)strtoul(value, NULL, 10);
        else if (strcmp(argv[i - 1], "--settle-after") == 0)
            out->settle_after_s = (unsigned)strtoul(value, NULL, 10);
        else if (strcmp(argv[i - 1], "--hasher") == 0)
            out->undo.kind = value;
        else if (strcmp(argv[i - 1], "--folder") == 0)
            out->folder = value;
        else if (strcmp(argv[i - 1], "--job") == 0)
            out->job = value;
        else if (strcmp(argv[i - 1], "--file") == 0)
            out->file = value;
        else
            return false;
    }
    out->remind.who = out->import.who;
    out->remind.dry_run = out->undo.dry_run = out->import.dry_run;
    return true;
}

static int run(auth0db_bulk *bulk, const char *name, const wishes *w, auth0db_error *err)
{
    if (strcmp(name, "init-db") == 0)
        return a0_store_init(bulk->store, err);
    if (strcmp(name, "import") == 0)
        return auth0db_bulk_import(bulk, &w->import, err);
    if (strcmp(name, "factors") == 0)
        return auth0db_bulk_factors(bulk, w->import.dry_run, err);
    if (strcmp(name, "plan") == 0)
        return auth0db_bulk_plan(bulk, &w->import.who, NULL, NULL, err);
    if (strcmp(name, "export") == 0)
        return auth0db_bulk_export(bulk, &w->import, w->folder, err);
    if (strcmp(name, "settle") == 0)
        return auth0db_bulk_settle(bulk, w->job, w->file, err);
    if (strcmp(name, "remind") == 0)
        return auth0db_bulk_remind(bulk, &w->remind, err);
    if (strcmp(name, "undo") == 0)
        return auth0db_bulk_undo(bulk, &w->undo, err);
    fprintf(stderr, "bulk_tool: no such run: %s\n", name);
    exit(2);
}

static int fail(const auth0db_error *err)
{
    fprintf(stderr, "%s: %s: %s\n", auth0db_code_name(err->code), err->where, err->message);
    return (int)(err->code >> 8);
}

static const char *read_jwt(char *jwt, size_t size)
{
    const char *fd = getenv("USER_JWT_FD");
    ssize_t n = fd != NULL ? read(atoi(fd), jwt, size - 1) : 0;
    if (n <= 0)
        return NULL;
    jwt[n] = '\0';
    return jwt;
}

int main(int argc, char **argv)
{
    char jwt[4096];
    wishes w;
    auth0db_error err = {0};
    auth0db_bulk *bulk;
    if (argc < 2 || !read_wishes(&w, argc, argv))
        return 2;
    signal(SIGINT, on_signal);
    auth0db_identifier identifier;
    if (auth0db_identifier_parse(&identifier, getenv("AUTH0_IDENTIFIER"), &err) != AUTH0DB_OK)
        return fail(&err);
    const auth0db_client_options tenant = {.size = sizeof tenant,
                                           .domain = getenv("AUTH0_DOMAIN"),
                                           .client_id = getenv("AUTH0_CLIENT_ID"),
                                           .client_secret = getenv("AUTH0_CLIENT_SECRET"),
                                           .user_jwt = read_jwt(jwt, sizeof jwt),
                                           .connection = getenv("AUTH0_CONNECTION"),
                                           .require_username =
                                               getenv("AUTH0_REQUIRE_USERNAME") != NULL,
                                           .identifier = identifier};
    const auth0db_bulk_options options = {.size = sizeof options,
                                          .database_url = getenv("DATABASE_URL"),
                                          .site = getenv("AUTH0_SITE"),
                                          .site_map = getenv("SITE_MAP"),
                                          .tenant = tenant.domain != NULL ? &tenant : NULL,
                                          .event = print_event,
                                          .interrupted = interrupted};
    if (auth0db_bulk_open(&bulk, &options, &err) != AUTH0DB_OK)
        return fail(&err);
    bulk->room = w.room;
    bulk->settle_after_s = w.settle_after_s;
    if (haste > 1)
        hasten(&bulk->env);
    int rc = run(bulk, argv[1], &w, &err);
    auth0db_bulk_close(bulk);
    return rc == AUTH0DB_OK ? 0 : fail(&err);
}
