/* bench_bulk scan|read|pack|plan SITE: one way through a site's users, as one JSON line. SITE is a
 * SQLite file or (not for scan) a DATABASE_URL. Each in a process of its own, so that the peak of
 * its memory is its own. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bulk/ahead.h"
#include "bulk/batch/buffer.h"
#include "bulk/report/survey.h"

static uint64_t users, moved, bytes, jobs;
static double fill_sum;

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void die(const char *what)
{
    fprintf(stderr, "bench_bulk: %s\n", what);
    exit(EXIT_FAILURE);
}

/* What nothing that reads these columns can do without. */
static void bare_scan(const char *file)
{
    sqlite3 *db;
    sqlite3_stmt *rows;
    if (sqlite3_open_v2(file, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db,
                           "SELECT id, email, is_active, last_login, username, password, "
                           "first_name, last_name "
                           "FROM auth_user ORDER BY id",
                           -1, &rows, NULL) != SQLITE_OK)
        die(sqlite3_errmsg(db));
    while (sqlite3_step(rows) == SQLITE_ROW) {
        for (int i = 0; i < 8; i++) {
            if (sqlite3_column_text(rows, i) != NULL)
                bytes += (uint64_t)sqlite3_column_bytes(rows, i);
        }
        users++;
    }
    sqlite3_finalize(rows);
    sqlite3_close(db);
}

static auth0db_bulk *open_site(const char *file)
{
    char url[4200];
    auth0db_error err = {0};
    auth0db_bulk *bulk;
    snprintf(url, sizeof url, strstr(file, "://") != NULL ? "%s" : "sqlite:///%s", file);
    const auth0db_bulk_options options = {.size = sizeof options, .database_url = url};
    if (auth0db_bulk_open(&bulk, &options, &err) != AUTH0DB_OK)
        die(err.message);
    return bulk;
}

static void end_batch(a0_batch_buffer *buffer, size_t room)
{
    const size_t len = a0_batch_buffer_json(buffer).len;
    bytes += len;
    fill_sum += (double)len / (double)room;
    jobs++;
    a0_batch_buffer_clear(buffer);
}

/* The same columns through the store. */
static void read_all(const char *file)
{
    const a0_scan_options options = {.since_login = A0_NO_TIME};
    auth0db_bulk *bulk = open_site(file);
    auth0db_error err = {0};
    const a0_record *record;
    a0_scan *scan;
    if (a0_store_scan(bulk->store, &options, &scan, &err) != AUTH0DB_OK)
        die(err.message);
    while (a0_scan_next(scan, &record, &err) == AUTH0DB_OK && record != NULL)
        users++;
    a0_scan_end(scan);
    auth0db_bulk_close(bulk);
}

/* Read, sort, convert and buffer, with the real ids. */
static void pack_all(const char *file)
{
    const a0_assess_rules rules = {0};
    const a0_scan_options options = {.since_login = A0_NO_TIME};
    const size_t room = a0_bulk_room("");
    auth0db_bulk *bulk = open_site(file);
    auth0db_error err = {0};
    const a0_record *record;
    a0_assessment assessment;
    a0_ahead *scan;
    a0_batch_buffer *buffer = a0_batch_buffer_new("0123456789abcdef0123456789abcdef", &rules, room);
    if (buffer == NULL || a0_ahead_begin(&scan, bulk->store, &options, &err) != AUTH0DB_OK)
        die(err.message);
    while (a0_ahead_next(scan, &record, &err) == AUTH0DB_OK && record != NULL) {
        users++;
        a0_assess(record, &rules, &assessment);
        if (assessment.disposition != A0_MOVES)
            continue;
        moved++;
        a0_buffer_answer answer = a0_batch_buffer_add(buffer, record, &assessment);
        if (answer == A0_BUFFER_FULL) {
            end_batch(buffer, room);
            answer = a0_batch_buffer_add(buffer, record, &assessment);
        }
        if (answer != A0_BUFFER_TAKEN)
            die("not packed");
    }
    if (err.code != AUTH0DB_OK)
        die(err.message);
    a0_ahead_end(scan);
    a0_batch_buffer_free(buffer);
    auth0db_bulk_close(bulk);
}

static void plan(const char *file)
{
    auth0db_bulk *bulk = open_site(file);
    auth0db_error err = {0};
    const a0_selection all = {
        .with_inactive = true, .since_login = A0_NO_TIME, .limit = UINT64_MAX};
    const a0_assess_rules rules = {0};
    a0_decision decision;
    static a0_survey survey;
    const size_t room = a0_bulk_room("");
    if (a0_decide(&decision, bulk, &all, &rules, &err) != AUTH0DB_OK ||
        a0_survey_run(&survey, bulk, &decision, room, NULL, NULL, &err) != AUTH0DB_OK)
        die(err.message);
    users = survey.users;
    moved = survey.dispositions[A0_MOVES];
    jobs = survey.jobs;
    bytes = survey.job_bytes;
    a0_decision_clear(&decision);
    auth0db_bulk_close(bulk);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(const char *file);
    } runs[] = {{"scan", bare_scan}, {"read", read_all}, {"pack", pack_all}, {"plan", plan}};
    struct rusage usage;
    for (size_t i = 0; argc == 3 && i < sizeof runs / sizeof runs[0]; i++) {
        if (strcmp(argv[1], runs[i].name) != 0)
            continue;
        double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
        runs[i].run(argv[2]);
        wall = seconds(CLOCK_MONOTONIC) - wall;
        cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        getrusage(RUSAGE_SELF, &usage);
        printf("{\"run\":\"%s\",\"seconds\":%.4f,\"cpu\":%.4f,\"users\":%llu,\"moved\":%llu,"
               "\"jobs\":%llu,\"bytes\":%llu,\"fill\":%.6f,\"peak_kib\":%ld}\n",
               argv[1], wall, cpu, (unsigned long long)users, (unsigned long long)moved,
               (unsigned long long)jobs, (unsigned long long)bytes,
               jobs > 0 ? fill_sum / (double)jobs : 0, usage.ru_maxrss);
        return EXIT_SUCCESS;
    }
    fprintf(stderr, "usage: bench_bulk scan|read|pack|plan SITE\n");
    return EXIT_FAILURE;
}
