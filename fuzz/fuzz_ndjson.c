/* Any bytes as lines of users: every line that is not blank is one record, sound whatever it holds.
 */
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

static size_t lines(const uint8_t *data, size_t size)
{
    size_t n = 0, text = 0;
    for (size_t i = 0; i <= size; i++) {
        if (i == size || data[i] == '\n') {
            n += text > 0;
            text = 0;
        } else if (data[i] != ' ' && data[i] != '\t' && data[i] != '\r') {
            text++;
        }
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char url[64];
    a0_store *store;
    a0_scan *scan;
    a0_site_map map = {.site = "s"};
    a0_scan_options options = {.since_login = A0_NO_TIME};
    auth0db_error err;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        return 0;
    snprintf(url, sizeof url, "ndjson:////proc/self/fd/%d", fd);
    CLAIM(a0_store_open(&store, url, &map, &err) == AUTH0DB_OK);
    CLAIM(a0_store_scan(store, &options, &scan, &err) == AUTH0DB_OK);
    const a0_record *row;
    size_t n = 0;
    for (; a0_scan_next(scan, &row, &err) == AUTH0DB_OK && row != NULL; n++)
        check_record(row);
    CLAIM(row == NULL && n == lines(data, size));
    a0_store_close(store);
    close(fd);
    return 0;
}
