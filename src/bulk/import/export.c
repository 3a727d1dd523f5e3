/* auth0db export: import files for those who upload by hand.
 *
 * The one place where hashes meet a disk, because somebody asked for it. A batch is claimed first,
 * then its file is written under another name, synced and renamed; last its owner is taken off the
 * record, which hands it out. A process that dies before that leaves an owner who is gone, and
 * whoever comes next finishes its work or frees the users. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "bulk/import/import_int.h"

typedef struct export
{
    a0_run *run;
    int folder; /* descriptor */
    char path[PATH_MAX];
    uint64_t files, users;
}
export;

/* --- files ----------------------------------------------------------------------------------- */

static int file_error(auth0db_error *err, const char *what, const char *path)
{
    int cause = errno;
    return a0_error_set(err, AUTH0DB_ERR_IO, "folder", "cannot %s %.200s: %s", what, path,
                        strerror(cause));
}

/* Whoever else may write to the folder could put a link in the place of a file, or read what comes
 * there. Links are not followed: the hashes go where the operator has said, or nowhere. */
static int open_folder(export *e, const char *folder, auth0db_error *err)
{
    struct stat is;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return file_error(err, "make", folder);
    e->folder = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (e->folder < 0 || fstat(e->folder, &is) != 0 || realpath(folder, e->path) == NULL)
        return file_error(err, "open", folder);
    if ((is.st_mode & (S_IWGRP | S_IWOTH)) != 0 || is.st_uid != geteuid())
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "folder",
                            "%.200s is another user's, or others may write to it", folder);
    /* It goes on record with each batch */
    if (strlen(e->path) + 64 >= sizeof((a0_batch *)NULL)->detail)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "folder", "its path is too long");
    return AUTH0DB_OK;
}

/* Synced before it is renamed: else a whole name could stand for half a file after a power
 * failure. */
static bool write_all(int fd, a0_slice data)
{
    const char *from = data.data;
    while (data.len > 0) {
        ssize_t n = write(fd, from, data.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        from += n;
        data.len -= (size_t)n;
    }
    return fsync(fd) == 0;
}

static int write_file(export *e, const char *name, a0_slice json, auth0db_error *err)
{
    char part[80];
    snprintf(part, sizeof part, "%.70s.part", name);
    /* Made anew, for the owner alone: a file that is there already may be somebody else's. */
    int fd = openat(e->folder, part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return file_error(err, "write", part);
    bool written = write_all(fd, json);
    int cause = errno;
    if (close(fd) != 0 && written) {
        cause = errno;
        written = false;
    }
    if (written && linkat(e->folder, part, e->folder, name, 0) == 0) { /* overwrites nothing */
        unlinkat(e->folder, part, 0);
        return fsync(e->folder) == 0 ? AUTH0DB_OK : file_error(err, "keep", name);
    }
    cause = written ? errno : cause;
    unlinkat(e->folder, part, 0);
    errno = cause;
    return file_error(err, "write", name);
}

/* --- handing out ----------------------------------------------------------------------------- */

/* Without an owner it is no process's to finish, and waits for whoever uploads it. */
static int hand_out(a0_run *run, a0_batch *record, const char *owner, auth0db_error *err)
{
    record->owner[0] = '\0';
    record->seen = a0_run_now_us(run);
    return a0_store_batch_update(run->bulk->store, record, owner, err);
}

static int write_batch(export *e, a0_open_batch *open_batch, auth0db_error *err)
{
    a0_batch *record = &open_batch->record;
    char name[80], path[PATH_MAX + 80];
    snprintf(name, sizeof name, "%.63s.json", record->external_id);
    snprintf(path, sizeof path, "%s/%s", e->path, name);
    snprintf(record->detail, sizeof record->detail, "%.500s", path);
    /* The path is on record before there is a file: whoever comes after a kill knows what to look
     * for. */
    int rc = a0_store_batch_update(e->run->bulk->store, record, e->run->owner, err);
    if (rc == AUTH0DB_OK)
        rc = write_file(e, name, a0_batch_buffer_json(open_batch->buffer), err);
    if (rc == AUTH0DB_OK)
        rc = hand_out(e->run, record, e->run->owner, err);
    if (rc != AUTH0DB_OK)
        return rc;
    e->files++;
    e->users += (uint64_t)record->users;
    snprintf(record->status, sizeof record->status, "written"); /* for the event alone */
    return a0_run_batch_event(e->run, record, path, err);
}

static int write_next(export *e, bool *exhausted, auth0db_error *err)
{
    a0_run *run = e->run;
    a0_open_batch *open_batch = NULL;
    unsigned attempt;
    a0_batch_buffer *buffer = a0_batch_buffer_new(run->site, &run->tenant.rules, run->room);
    if (buffer == NULL)
        return a0_error_no_memory(err);
    int rc = a0_run_load(run, buffer, &attempt, exhausted, err);
    if (rc == AUTH0DB_OK && a0_batch_buffer_users(buffer) > 0)
        rc = a0_open_batch_claim(run, &buffer, attempt, "export", &open_batch, err);
    if (rc == AUTH0DB_OK && open_batch != NULL)
        rc = write_batch(e, open_batch, err);
    a0_open_batch_free(open_batch);
    a0_batch_buffer_free(buffer);
    return rc;
}

static int write_everything(export *e, auth0db_error *err)
{
    bool exhausted = false;
    int rc = AUTH0DB_OK;
    while (rc == AUTH0DB_OK && !exhausted) {
        rc = a0_bulk_go_on(e->run->bulk, err);
        if (rc == AUTH0DB_OK)
            rc = write_next(e, &exhausted, err);
    }
    return rc;
}

/* --- what a dead process left ----------------------------------------------------------------- */

/* Half a file, or the other name of a whole one: hashes that nobody would look for. */
static int remove_part(const a0_batch *batch, auth0db_error *err)
{
    char part[sizeof batch->detail + 8];
    snprintf(part, sizeof part, "%s.part", batch->detail);
    if (batch->detail[0] == '/' && unlink(part) != 0 && errno != ENOENT)
        return file_error(err, "remove", part);
    return AUTH0DB_OK;
}

/* Nobody ever saw the file: its users are free again. */
static int free_users(a0_run *run, const a0_batch *batch, auth0db_error *err)
{
    a0_open_batch *open_batch;
    int rc = a0_open_batch_load(run, batch, &open_batch, err);
    if (rc != AUTH0DB_OK)
        return rc;
    a0_job_state_give_up(&open_batch->state, a0_run_now_ms(run));
    rc = a0_open_batch_step(run, open_batch, err);
    a0_open_batch_free(open_batch);
    return rc;
}

/* Taken over first, as an import's batch is. Then a file with its whole name is complete and is
 * handed out; without one nobody has seen any of it. */
static int recover(a0_run *run, const a0_batch *batch, auth0db_error *err)
{
    a0_batch record = *batch;
    memcpy(record.owner, run->owner, sizeof record.owner);
    int rc = a0_store_batch_update(run->bulk->store, &record, batch->owner, err);
    if (rc == AUTH0DB_ERR_STATE)
        return AUTH0DB_OK;
    if (rc == AUTH0DB_OK)
        rc = remove_part(&record, err);
    if (rc != AUTH0DB_OK)
        return rc;
    if (record.detail[0] == '/' && access(record.detail, F_OK) == 0)
        return hand_out(run, &record, run->owner, err);
    return free_users(run, &record, err);
}

typedef struct unfinished {
    const a0_run *run;
    a0_batch *found;
    size_t n;
} unfinished;

enum { UNFINISHED_MAX = 64 };

/* One without an owner was handed out, and is not unfinished. */
static int find_unfinished(void *ctx, const a0_batch *batch)
{
    unfinished *list = ctx;
    if (list->n < UNFINISHED_MAX && strcmp(batch->kind, "export") == 0 && batch->owner[0] != '\0' &&
        a0_run_is_orphan(list->run, batch))
        list->found[list->n++] = *batch;
    return AUTH0DB_OK;
}

int a0_export_recover(a0_run *run, auth0db_error *err)
{
    unfinished list = {.run = run, .found = a0_alloc_array(UNFINISHED_MAX, sizeof *list.found)};
    if (list.found == NULL)
        return a0_error_no_memory(err);
    int rc = a0_store_batches(run->bulk->store, "open", find_unfinished, &list, err);
    for (size_t i = 0; rc == AUTH0DB_OK && i < list.n; i++)
        rc = recover(run, &list.found[i], err);
    a0_free(list.found);
    return rc;
}

/* --- the run --------------------------------------------------------------------------------- */

static int report(const export *e, auth0db_error *err)
{
    return a0_bulk_event(e->run->bulk,
                         json_pack("{s:s, s:s, s:I, s:I, s:s%, s:I, s:I, s:b, s:o}", "event",
                                   "report", "run", "export", "files", (json_int_t)e->files,
                                   "users", (json_int_t)e->users, "folder", e->path,
                                   strlen(e->path), "held", (json_int_t)e->run->counts.held,
                                   "inactive", (json_int_t)e->run->survey->inactive, "recorded",
                                   a0_store_keeps_record(e->run->bulk->store), "failed_kinds",
                                   a0_run_failed_kinds(e->run)),
                         err);
}

/* Canaries come before the first file: once it is written nobody can call the hashes back. */
static int export_all(export *e, auth0db_error *err)
{
    a0_run *run = e->run;
    int rc = a0_export_recover(run, err);
    if (rc == AUTH0DB_OK)
        rc = a0_run_survey(run, err);
    if (rc == AUTH0DB_OK)
        rc = a0_run_prove(run, err);
    if (rc == AUTH0DB_OK)
        rc = write_everything(e, err);
    if (rc == AUTH0DB_OK)
        rc = a0_canary_sweep(run, true, err);
    return rc;
}

int auth0db_bulk_export(auth0db_bulk *bulk, const auth0db_import_options *options,
                        const char *folder, auth0db_error *err)
{
    a0_run run;
    export e = {.run = &run, .folder = -1};
    if (folder == NULL || *folder == '\0')
        return a0_error_set(err, AUTH0DB_ERR_OPTION, "folder", "is missing: where to?");
    int rc = a0_run_open(&run, bulk, AUTH0DB_USE_EXPORT, options, err);
    if (rc == AUTH0DB_OK)
        rc = open_folder(&e, folder, err);
    if (rc == AUTH0DB_OK) {
        rc = export_all(&e, err);
        auth0db_error later = {0};
        int told = report(&e, &later);
        if (rc == AUTH0DB_OK && told != AUTH0DB_OK) {
            rc = told;
            if (err != NULL)
                *err = later;
        }
    }
    if (e.folder >= 0)
        close(e.folder);
    a0_run_close(&run);
    return rc;
}
