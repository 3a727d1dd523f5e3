/* How far the migration is: counting queries, whatever the number of users. */
#include <string.h>

#include "bulk/bulk_int.h"

typedef struct status {
    json_t *report;
    uint64_t on_record; /* users that are linked, held back or claimed */
} status;

static uint64_t less(uint64_t from, uint64_t what)
{
    return from > what ? from - what : 0;
}

/* Adds to report[what][name]; claims are one number. */
static int count(void *ctx, const char *what, const char *name, uint64_t n)
{
    status *s = ctx;
    json_t *report = s->report;
    if (strcmp(what, "links") == 0 || strcmp(what, "holdouts") == 0 || strcmp(what, "claims") == 0)
        s->on_record += n;
    else if (strcmp(what, "claims-on-record") == 0)
        s->on_record = less(s->on_record, n); /* counted twice */
    if (strcmp(what, "claims") == 0)
        return json_object_set_new(report, what, json_integer((json_int_t)n));
    json_t *table = json_object_get(report, what);
    return table != NULL ? json_object_set_new(table, name, json_integer((json_int_t)n)) : 0;
}

static int fill(auth0db_bulk *bulk, json_t *report, auth0db_error *err)
{
    status s = {.report = report};
    uint64_t users, inactive = 0;
    int rc = a0_store_count_users(bulk->store, true, &users, err);
    if (rc == AUTH0DB_OK)
        rc = a0_store_counts(bulk->store, count, &s, err);
    if (rc == AUTH0DB_OK)
        rc = a0_store_count_inactive(bulk->store, &inactive, err);
    if (rc != AUTH0DB_OK)
        return rc;
    const uint64_t left = less(less(users, s.on_record), inactive);
    if (json_object_set_new(report, "users", json_integer((json_int_t)users)) != 0 ||
        json_object_set_new(report, "inactive", json_integer((json_int_t)inactive)) != 0 ||
        json_object_set_new(report, "left", json_integer((json_int_t)left)) != 0)
        rc = a0_error_no_memory(err);
    return rc;
}

int auth0db_bulk_status(auth0db_bulk *bulk, auth0db_error *err)
{
    json_t *report =
        json_pack("{s:s, s:s, s:i, s:{}, s:{}, s:{}, s:i, s:i, s:i, s:{}, s:{}}", "event", "report",
                  "run", "status", "users", 0, "links", "holdouts", "batches", "claims", 0,
                  "inactive", 0, "left", 0, "reminders", "tombstones");
    if (report == NULL)
        return a0_error_no_memory(err);
    int rc = a0_store_check(bulk->store, false, err);
    if (rc == AUTH0DB_OK)
        rc = fill(bulk, report, err);
    if (rc == AUTH0DB_OK)
        return a0_bulk_event(bulk, report, err);
    json_decref(report);
    return rc;
}

int auth0db_bulk_init_db(auth0db_bulk *bulk, auth0db_error *err)
{
    int rc = a0_store_init(bulk->store, err);
    if (rc == AUTH0DB_OK)
        rc = a0_store_check(bulk->store, true, err);
    if (rc != AUTH0DB_OK)
        return rc;
    return a0_bulk_event(bulk, json_pack("{s:s, s:s}", "event", "report", "run", "init-db"), err);
}
