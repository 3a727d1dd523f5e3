/* Users in a file of a test, and what a scan finds in it. One test program includes it, after
 * scan.h's includes; a file is there at a time. */
#ifndef A0_TEST_NDJSON_FILES_H
#define A0_TEST_NDJSON_FILES_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "scan.h"
#include "unit.h"

static char file[64], url[96];

static void write_file(const char *text, size_t len)
{
    snprintf(file, sizeof file, "/tmp/auth0db-ndjson-XXXXXX");
    int fd = mkstemp(file);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
    close(fd);
    snprintf(url, sizeof url, "ndjson:///%s", file);
}

static a0_store *open_store(const char *from)
{
    a0_store *store;
    auth0db_error err = {0};
    a0_site_map map = {.site = "shop"};
    ok(a0_store_open(&store, from, &map, &err), err);
    ck_assert_str_eq(a0_store_kind(store), "ndjson");
    return store;
}

static a0_store *open_text(const char *text)
{
    write_file(text, strlen(text));
    return open_store(url);
}

static void close_store(a0_store *store)
{
    a0_store_close(store);
    unlink(file);
}

/* Keys of a scan, with '!' in front of damage: "1 2 !line 3". */
static const char *found(a0_store *store, a0_scan_options options)
{
    static char text[512];
    size_t len = 0;
    a0_scan *scan = scan_begin(store, options);
    text[0] = '\0';
    for (const a0_record *row; (row = next(scan)) != NULL && len < sizeof text - 64;)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s%.*s", len > 0 ? " " : "",
                                row->damage != NULL ? "!" : "", (int)row->key.len,
                                (const char *)row->key.data);
    a0_scan_end(scan);
    return text;
}

#endif
