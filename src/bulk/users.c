/* How users are read for whoever decides about them: a whole site by a thread that reads ahead, a
 * few without one. */
#include "bulk/users.h"

#include "bulk/ahead.h"

enum { TICK_EVERY = 4096 };

int a0_users_all(auth0db_bulk *bulk, const a0_scan_options *options, const char *phase,
                 a0_record_fn each, void *ctx, auth0db_error *err)
{
    a0_progress progress = {.bulk = bulk, .phase = phase};
    const a0_record *record = NULL;
    a0_ahead *users;
    int rc = a0_store_count_users(bulk->store, false, &progress.total, err);
    if (rc == AUTH0DB_OK)
        rc = a0_ahead_begin(&users, bulk->store, options, err);
    if (rc != AUTH0DB_OK)
        return rc;
    for (uint64_t done = 0; rc == AUTH0DB_OK; done++) {
        /* To ask for the time for each user would cost more than many a decision. */
        if (done % TICK_EVERY == 0)
            rc = a0_progress_tick(&progress, done, err);
        if (rc == AUTH0DB_OK)
            rc = a0_ahead_next(users, &record, err);
        if (rc != AUTH0DB_OK || record == NULL)
            break;
        rc = each(ctx, record, err);
    }
    a0_ahead_end(users);
    return rc;
}

int a0_users_some(a0_store *store, const a0_scan_options *options, a0_record_fn each, void *ctx,
                  auth0db_error *err)
{
    const a0_record *record = NULL;
    a0_scan *users;
    /* No keys mean nobody. To the store they would mean everybody. */
    if (options->keys != NULL && options->n_keys == 0)
        return AUTH0DB_OK;
    int rc = a0_store_scan(store, options, &users, err);
    if (rc != AUTH0DB_OK)
        return rc;
    do {
        rc = a0_scan_next(users, &record, err);
        if (rc == AUTH0DB_OK && record != NULL)
            rc = each(ctx, record, err);
    } while (rc == AUTH0DB_OK && record != NULL);
    a0_scan_end(users);
    return rc;
}
