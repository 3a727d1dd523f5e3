/* Any bytes as a file of users: it is refused by name, or every record of it is sound, whatever it
 * holds; a second reading finds the same. Which byte begins it decides how it is cut, so all ways
 * are met. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "store/store.h"

static void check_slice(a0_slice slice)
{
    CLAIM(slice.len <= A0_FIELD_MAX);
    CLAIM(slice.data != NULL || slice.len == 0);
    unsigned sum = 0; /* a sanitizer sees every byte read */
    for (size_t i = 0; i < slice.len; i++)
        sum += ((const unsigned char *)slice.data)[i];
    CLAIM(sum <= 255u * A0_FIELD_MAX);
}

static void check_record(const a0_record *row)
{
    CLAIM(row->key.len > 0 && row->key.len < A0_NAME_SIZE);
    const a0_slice slices[] = {row->key,      row->username,   row->email,
                               row->password, row->given_name, row->family_name};
    for (size_t i = 0; i < A0_COUNT(slices); i++)
        check_slice(slices[i]);
    CLAIM(row->n_mfa <= 2);
    for (unsigned i = 0; i < row->n_mfa; i++) {
        CLAIM(row->mfa[i].source != NULL);
        CLAIM(row->mfa[i].value.data != NULL);
    }
}

/* How many users; SIZE_MAX where the file is refused. */
static size_t read_all(a0_store *store)
{
    a0_scan *scan;
    a0_scan_options options = {.since_login = A0_NO_TIME};
    auth0db_error err;
    const a0_record *row = NULL;
    size_t n = 0;
    if (a0_store_scan(store, &options, &scan, &err) != AUTH0DB_OK)
        return SIZE_MAX;
    while (a0_scan_next(scan, &row, &err) == AUTH0DB_OK && row != NULL) {
        check_record(row);
        n++;
    }
    CLAIM(row == NULL); /* what can be refused was refused before the first user */
    a0_scan_end(scan);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char url[64];
    a0_store *store;
    a0_site_map map = {.site = "s"};
    auth0db_error err;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        return 0;
    snprintf(url, sizeof url, "ndjson:////proc/self/fd/%d", fd);
    if (a0_store_open(&store, url, &map, &err) != AUTH0DB_OK) {
        CLAIM(err.message[0] != '\0' && strcmp(err.where, "DATABASE_URL") == 0);
        close(fd);
        return 0;
    }
    size_t n = read_all(store);
    CLAIM(read_all(store) == n);
    a0_store_close(store);
    close(fd);
    return 0;
}
