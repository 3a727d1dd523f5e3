#include "scan.h"

#include <string.h>

a0_scan *scan_begin(a0_store *store, a0_scan_options options)
{
    a0_scan *scan;
    auth0db_error err = {0};
    if (options.since_login == 0)
        options.since_login = A0_NO_TIME;
    ok(a0_store_scan(store, &options, &scan, &err), err);
    return scan;
}

const a0_record *next(a0_scan *scan)
{
    const a0_record *row;
    auth0db_error err = {0};
    ok(a0_scan_next(scan, &row, &err), err);
    return row;
}

bool slice_is(a0_slice slice, const char *want, size_t len)
{
    return slice.data != NULL && slice.len == len && memcmp(slice.data, want, len) == 0;
}
