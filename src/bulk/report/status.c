/* How far the migration is: counting queries, whatever the number of users. It reads no user of the
 * site but those who stay on it. */
#include <string.h>

#include "bulk/bulk_int.h"
#include "bulk/users.h"

typedef struct status {
    json_t *report;
    uint64_t on_record;                   /* users that are linked, held back or claimed */
    uint64_t staying, staying_unrecorded; /* by AUTH0_KEEP_LOCAL; active, and nothing on record */
} status;

/* Each count is a statement of its own, and users come and go in between: a difference must not
 * fall below nothing and become a huge number. */
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

static int count_staying(void *ctx, const a0_record *record, auth0db_error *err)
{
    status *s = ctx;
    s->staying++;
    /* Who is on record is in a count already, and inactive users are in another one. */
    if (record->active && !record->linked && !record->claimed && record->holdout.data == NULL)
        s->staying_unrecorded++;
    return AUTH0DB_OK;
}

/* Read by their keys: they are few, and whoever is named and not there is nobody. */
static int read_staying(auth0db_bulk *bulk, status *s, auth0db_error *err)
{
    enum { PAGE = 500 };
    a0_slice keys[PAGE];
    int rc = AUTH0DB_OK;
    for (size_t at = 0; at < bulk->kept.n && rc == AUTH0DB_OK; at += PAGE) {
        size_t n = 0;
        for (; n < PAGE && at + n < bulk->kept.n; n++)
            keys[n] = (a0_slice){bulk->kept.keys[at + n], strlen(bulk->kept.keys[at + n])};
        const a0_scan_options these = {
            .since_login = A0_NO_TIME, .with_state = true, .keys = keys, .n_keys = n};
        rc = a0_users_some(bulk->store, &these, count_staying, s, err);
    }
    return rc;
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
    if (rc == AUTH0DB_OK)
        rc = read_staying(bulk, &s, err);
    if (rc != AUTH0DB_OK)
        return rc;
    const uint64_t left = less(less(less(users, s.on_record), inactive), s.staying_unrecorded);
    if (json_object_set_new(report, "users", json_integer((json_int_t)users)) != 0 ||
        json_object_set_new(report, "inactive", json_integer((json_int_t)inactive)) != 0 ||
        json_object_set_new(report, "staying", json_integer((json_int_t)s.staying)) != 0 ||
        json_object_set_new(report, "left", json_integer((json_int_t)left)) != 0)
        rc = a0_error_no_memory(err);
    return rc;
}

int auth0db_bulk_status(auth0db_bulk *bulk, auth0db_error *err)
{
    json_t *report =
        json_pack("{s:s, s:s, s:i, s:{}, s:{}, s:{}, s:i, s:i, s:i, s:i, s:{}, s:{}}", "event",
                  "report", "run", "status", "users", 0, "links", "holdouts", "batches", "claims",
                  0, "inactive", 0, "staying", 0, "left", 0, "reminders", "tombstones");
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
    /* Checked at once: what the database would not let us write shows here, and not in the middle
     * of an import. */
    int rc = a0_store_init(bulk->store, err);
    if (rc == AUTH0DB_OK)
        rc = a0_store_check(bulk->store, true, err);
    if (rc != AUTH0DB_OK)
        return rc;
    return a0_bulk_event(bulk, json_pack("{s:s, s:s}", "event", "report", "run", "init-db"), err);
}
