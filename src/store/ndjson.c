/* Users as lines of JSON, from a file or from standard input: for any database that we do not
 * read. A line that is not understood is a user who cannot move, never the end. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/secret.h"
#include "store/store_int.h"
#include "store/values.h"

enum {
    LINE_MAX_BYTES = 1 << 20,
    CHUNK = 1 << 16,
    /* A pipe can be read once, but a plan reads twice; and hashes are not written to a disk. */
    PIPE_MAX = 1 << 30
};

/* Behind a user, so that a page that begins there need not look for its key. */
typedef struct place {
    char key[A0_NAME_SIZE];
    off_t at;
    uint64_t lines; /* up to there */
} place;

typedef struct ndjson_store {
    a0_store base;
    int fd;
    place
        places[2]; /* of the two users read last: the very last may have had no room in its file */
} ndjson_store;

typedef struct ndjson_scan {
    a0_scan base;
    ndjson_store *store;
    a0_scan_options options;
    char *bytes; /* of the file, from `at` on `len`; the next line begins at `from` */
    size_t from, len;
    off_t at;
    uint64_t line, left;
    bool skipping; /* until the key `after` has passed */
    json_t *object;
} ndjson_scan;

static ndjson_store *of(a0_store *store)
{
    return (ndjson_store *)(void *)store;
}

static int failed(const char *what, auth0db_error *err)
{
    return a0_error_set(err, AUTH0DB_ERR_IO, "DATABASE_URL", "%s: %s", what, strerror(errno));
}

/* --- opening --------------------------------------------------------------------------------- */

static int copy_pipe(int from, int to, auth0db_error *err)
{
    char chunk[CHUNK];
    ssize_t n;
    off_t total = 0;
    int rc = AUTH0DB_OK;
    while (rc == AUTH0DB_OK && (n = read(from, chunk, sizeof chunk)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || write(to, chunk, (size_t)n) != n)
            rc = failed("standard input", err);
        else if ((total += n) > PIPE_MAX)
            rc = a0_error_set(err, AUTH0DB_ERR_TOO_LARGE, "DATABASE_URL",
                              "more than 1 GiB on standard input: it is read more than once, and "
                              "kept in memory; give a file (ndjson:///file, or < file)");
    }
    a0_wipe(chunk, sizeof chunk);
    return rc;
}

static int open_input(ndjson_store *store, auth0db_error *err)
{
    if (lseek(STDIN_FILENO, 0, SEEK_CUR) >= 0) {
        store->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
        return store->fd >= 0 ? AUTH0DB_OK : failed("standard input", err);
    }
    store->fd = memfd_create("auth0db-users", MFD_CLOEXEC);
    return store->fd >= 0 ? copy_pipe(STDIN_FILENO, store->fd, err)
                          : failed("memory for standard input", err);
}

static int open_file(ndjson_store *store, const char *path, auth0db_error *err)
{
    struct stat st;
    store->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (store->fd < 0 || fstat(store->fd, &st) != 0)
        return failed(path, err);
    if (!S_ISREG(st.st_mode))
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "DATABASE_URL", "%s is not a file", path);
    return AUTH0DB_OK;
}

static void ndjson_close(a0_store *store)
{
    if (of(store)->fd >= 0)
        close(of(store)->fd);
    a0_free(store);
}

static int ndjson_open(a0_store **out, const a0_store_url *url, auth0db_error *err)
{
    if (url->n_options > 0)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "DATABASE_URL",
                            "NDJSON takes no options behind the ?");
    ndjson_store *store = a0_alloc(sizeof *store);
    if (store == NULL)
        return a0_error_no_memory(err);
    store->fd = -1;
    int rc =
        strcmp(url->path, "-") == 0 ? open_input(store, err) : open_file(store, url->path, err);
    if (rc != AUTH0DB_OK)
        ndjson_close(&store->base);
    else
        *out = &store->base;
    return rc;
}

/* --- lines ----------------------------------------------------------------------------------- */

/* More bytes behind those that are left; *end where there are none. */
static int fill(ndjson_scan *scan, bool *end, auth0db_error *err)
{
    memmove(scan->bytes, scan->bytes + scan->from, scan->len - scan->from);
    scan->at += (off_t)scan->from;
    scan->len -= scan->from;
    scan->from = 0;
    ssize_t n;
    do {
        n = pread(scan->store->fd, scan->bytes + scan->len, LINE_MAX_BYTES + CHUNK - scan->len,
                  scan->at + (off_t)scan->len);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return failed("reading the users", err);
    scan->len += (size_t)n;
    *end = n == 0;
    return AUTH0DB_OK;
}

/* The next line, without its end; data NULL behind the last. A line that is too long is empty, with
 * *cut set. */
static int next_line(ndjson_scan *scan, a0_slice *line, bool *cut, auth0db_error *err)
{
    bool end = false;
    *line = (a0_slice){NULL, 0};
    *cut = false;
    for (int rc = AUTH0DB_OK; rc == AUTH0DB_OK; rc = fill(scan, &end, err)) {
        const char *start = scan->bytes + scan->from;
        size_t have = scan->len - scan->from;
        const char *stop = have > 0 ? memchr(start, '\n', have) : NULL;
        size_t len = stop != NULL ? (size_t)(stop - start) : have;
        if (stop != NULL || end) {
            scan->from += len + (stop != NULL);
            *cut |= len > LINE_MAX_BYTES;
            if (len > 0 || stop != NULL || *cut) {
                *line = *cut ? (a0_slice){"", 0} : (a0_slice){start, len};
                scan->line++;
            }
            return AUTH0DB_OK;
        }
        if (have > LINE_MAX_BYTES) {
            *cut = true;
            scan->from = scan->len; /* nothing of it is of use */
        }
    }
    return AUTH0DB_ERR_IO;
}

static bool is_blank(a0_slice line)
{
    const char *text = line.data;
    for (size_t i = 0; i < line.len; i++) {
        if (strchr(" \t\r", text[i]) == NULL || text[i] == '\0')
            return false;
    }
    return true;
}

/* --- a line as a record ---------------------------------------------------------------------- */

static a0_mfa_source totp_source = {.format = A0_MFA_ALLAUTH_TOTP, .label = "totp"};
static a0_mfa_source phone_source = {.format = A0_MFA_PHONE, .label = "phone"};

/* The first thing that is wrong stays. */
static void damaged(ndjson_scan *scan, const char *what)
{
    if (scan->base.record.damage == NULL)
        scan->base.record.damage = what;
}

static a0_slice text_member(ndjson_scan *scan, const char *name)
{
    const json_t *value = json_object_get(scan->object, name);
    a0_slice text = {json_string_value(value), json_string_length(value)};
    if (value != NULL && !json_is_null(value) && text.data == NULL)
        damaged(scan, "bad-member");
    if (text.len > A0_FIELD_MAX) {
        scan->base.record.too_long = true;
        text.len = A0_FIELD_MAX;
    }
    return text;
}

static bool flag_member(ndjson_scan *scan, const char *name, bool absent)
{
    const json_t *value = json_object_get(scan->object, name);
    if (value == NULL || json_is_null(value))
        return absent;
    if (json_is_integer(value)) /* as SQLite and MySQL write it */
        return json_integer_value(value) != 0;
    if (!json_is_boolean(value))
        damaged(scan, "bad-member");
    return json_is_true(value);
}

static int64_t time_member(ndjson_scan *scan, const char *name)
{
    a0_slice text = text_member(scan, name);
    return text.data != NULL ? a0_time_parse(text.data, text.len) : A0_NO_TIME;
}

/* A text, or the integer that Django has. */
static void read_key(ndjson_scan *scan)
{
    a0_record *row = &scan->base.record;
    const json_t *value = json_object_get(scan->object, "key");
    if (value == NULL)
        value = json_object_get(scan->object, "id");
    int n = 0;
    if (json_is_integer(value)) {
        n = snprintf(scan->base.key_buf, sizeof scan->base.key_buf, "%lld",
                     (long long)json_integer_value(value));
    } else if (json_is_string(value) && json_string_length(value) > 0 &&
               json_string_length(value) < sizeof scan->base.key_buf &&
               strlen(json_string_value(value)) == json_string_length(value)) {
        n = (int)json_string_length(value);
        memcpy(scan->base.key_buf, json_string_value(value), (size_t)n + 1);
    } else {
        damaged(scan, "no-key");
        n = snprintf(scan->base.key_buf, sizeof scan->base.key_buf, "line %llu",
                     (unsigned long long)scan->line);
    }
    row->key = (a0_slice){scan->base.key_buf, (size_t)n};
}

/* The secret goes on in the form that allauth keeps it in. */
static int read_totp(ndjson_scan *scan)
{
    a0_record *row = &scan->base.record;
    a0_slice secret = text_member(scan, "totp");
    if (secret.data == NULL)
        return AUTH0DB_OK;
    json_t *object = json_pack("{s:s%}", "secret", (const char *)secret.data, secret.len);
    int rc = object != NULL ? a0_json_write(&scan->base.values, object) : AUTH0DB_ERR_NO_MEMORY;
    a0_json_wipe(object, "secret");
    json_decref(object);
    row->mfa[row->n_mfa++] = (a0_mfa_row){.source = &totp_source,
                                          .value = {scan->base.values.data, scan->base.values.len}};
    return rc;
}

static int read_object(ndjson_scan *scan)
{
    a0_record *row = &scan->base.record;
    row->username = text_member(scan, "username");
    row->email = text_member(scan, "email");
    row->password = text_member(scan, "password");
    row->given_name = text_member(scan, "first_name");
    row->family_name = text_member(scan, "last_name");
    const json_t *active = json_object_get(scan->object, "is_active");
    row->active = !json_is_null(active) && flag_member(scan, "is_active", true);
    row->staff = flag_member(scan, "is_staff", false);
    row->superuser = flag_member(scan, "is_superuser", false);
    row->email_verified = flag_member(scan, "email_verified", false);
    row->last_login = time_member(scan, "last_login");
    row->joined = time_member(scan, "date_joined");
    a0_slice phone = text_member(scan, "phone");
    int rc = read_totp(scan);
    if (phone.data != NULL)
        row->mfa[row->n_mfa++] = (a0_mfa_row){.source = &phone_source, .value = phone};
    return rc;
}

static void forget_line(ndjson_scan *scan)
{
    a0_json_wipe(scan->object, "password");
    a0_json_wipe(scan->object, "totp");
    json_decref(scan->object);
    scan->object = NULL;
    a0_mfa_begin(&scan->base.record, &scan->base.values);
    scan->base.record = (a0_record){.last_login = A0_NO_TIME, .joined = A0_NO_TIME};
}

static int read_line(ndjson_scan *scan, a0_slice line, bool cut, auth0db_error *err)
{
    static const char mark[] = "\xef\xbb\xbf"; /* what some editors begin a file with */
    auth0db_error why;
    forget_line(scan);
    if (scan->line == 1 && line.len >= 3 && memcmp(line.data, mark, 3) == 0)
        line = (a0_slice){(const char *)line.data + 3, line.len - 3};
    int rc = cut ? AUTH0DB_ERR_TOO_LARGE
                 : a0_json_parse(&scan->object, line.data, line.len, "line", &why);
    if (cut)
        damaged(scan, "line-too-long");
    else if (rc != AUTH0DB_OK || !json_is_object(scan->object))
        damaged(scan, "not-json");
    read_key(scan);
    rc = json_is_object(scan->object) ? read_object(scan) : AUTH0DB_OK;
    return rc == AUTH0DB_OK ? rc : a0_error_no_memory(err);
}

/* --- scanning -------------------------------------------------------------------------------- */

static bool same(a0_slice a, a0_slice b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static bool wanted(ndjson_scan *scan)
{
    const a0_record *row = &scan->base.record;
    const a0_scan_options *options = &scan->options;
    if (scan->skipping) {
        scan->skipping = !same(row->key, options->after);
        return false;
    }
    if ((options->only_active && !row->active) ||
        (options->since_login != A0_NO_TIME && row->last_login < options->since_login))
        return false; /* A0_NO_TIME is before everything */
    bool listed = options->keys == NULL;
    for (size_t i = 0; i < options->n_keys && !listed; i++)
        listed = same(row->key, options->keys[i]);
    return listed;
}

static void remember(ndjson_scan *scan)
{
    place *places = scan->store->places;
    places[0] = places[1];
    places[1].at = scan->at + (off_t)scan->from;
    places[1].lines = scan->line;
    memcpy(places[1].key, scan->base.key_buf, sizeof places[1].key);
}

/* Of two users with one key the earlier: to read a user twice is better than never. */
static void begin_behind(ndjson_scan *scan, a0_slice key)
{
    for (size_t i = 0; i < A0_COUNT(scan->store->places); i++) {
        const place *p = &scan->store->places[i];
        if (same(key, (a0_slice){p->key, strlen(p->key)})) {
            scan->at = p->at;
            scan->line = p->lines;
            return;
        }
    }
    scan->skipping = true;
}

static int ndjson_next(a0_scan *base, const a0_record **row, auth0db_error *err)
{
    ndjson_scan *scan = (ndjson_scan *)(void *)base;
    while (scan->left > 0) {
        a0_slice line;
        bool cut;
        int rc = next_line(scan, &line, &cut, err);
        if (rc != AUTH0DB_OK)
            return rc;
        if (line.data == NULL)
            scan->left = 0;
        else if (cut || !is_blank(line))
            rc = read_line(scan, line, cut, err);
        else
            continue;
        if (rc != AUTH0DB_OK || line.data == NULL)
            return rc;
        if (wanted(scan)) {
            scan->left--;
            remember(scan);
            *row = &scan->base.record;
            return AUTH0DB_OK;
        }
    }
    return AUTH0DB_OK;
}

static void ndjson_scan_end(a0_scan *base)
{
    ndjson_scan *scan = (ndjson_scan *)(void *)base;
    forget_line(scan);
    a0_buf_clear(&scan->base.values);
    if (scan->bytes != NULL)
        a0_wipe(scan->bytes, LINE_MAX_BYTES + CHUNK);
    a0_free(scan->bytes);
    a0_free(scan);
}

static int ndjson_scan_begin(a0_store *store, const a0_scan_options *options, a0_scan **out,
                             auth0db_error *err)
{
    ndjson_scan *scan = a0_alloc(sizeof *scan);
    if (scan == NULL)
        return a0_error_no_memory(err);
    scan->store = of(store);
    scan->options = *options;
    scan->left = options->limit > 0 ? options->limit : UINT64_MAX;
    scan->bytes = a0_alloc(LINE_MAX_BYTES + CHUNK);
    if (scan->bytes == NULL) {
        ndjson_scan_end(&scan->base);
        return a0_error_no_memory(err);
    }
    if (options->after.data != NULL)
        begin_behind(scan, options->after);
    *out = &scan->base;
    return AUTH0DB_OK;
}

const a0_engine a0_engine_ndjson = {
    .kind = "ndjson",
    .open = ndjson_open,
    .close = ndjson_close,
    .scan_begin = ndjson_scan_begin,
    .scan_next = ndjson_next,
    .scan_end = ndjson_scan_end,
};
