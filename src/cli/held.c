/* Users who are held back, written one by one. The three forms differ in who reads them: a
 * spreadsheet, a program, or a person. */
#include "held.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "csv.h"
#include "screen.h"

static const char *const columns[] = {"key",    "username",   "email",  "reason", "detail",
                                      "active", "last_login", "joined", "staff",  "superuser"};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static const char *yes_or_no(bool flag)
{
    return flag ? "yes" : "no";
}

/* A failure is remembered and told when the file is closed: nobody listens here, in the middle of a
 * run. */
static void write_record(held_file *f, const auth0db_held *held)
{
    const char *const fields[COLUMNS] = {held->key,
                                         held->username,
                                         held->email,
                                         held->reason,
                                         held->detail,
                                         yes_or_no(held->active),
                                         held->last_login,
                                         held->joined,
                                         yes_or_no(held->staff),
                                         yes_or_no(held->superuser)};
    f->failed |= !csv_write(f->csv, fields, COLUMNS);
}

static void write_line(const auth0db_held *held)
{
    json_t *line =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:b, s:b}", "key", held->key,
                  "username", held->username, "email", held->email, "reason", held->reason,
                  "detail", held->detail, "active", held->active, "last_login", held->last_login,
                  "joined", held->joined, "staff", held->staff, "superuser", held->superuser);
    char *text = line != NULL ? json_dumps(line, JSON_COMPACT) : NULL;
    if (text != NULL)
        screen_print_json(text);
    free(text);
    json_decref(line);
}

/* Accounts of one e-mail stand under it. */
static void write_shared(held_file *f, const auth0db_held *held)
{
    bool ever = held->last_login[0] != '\0';
    if (strcasecmp(f->email, held->email) != 0) {
        snprintf(f->email, sizeof f->email, "%s", held->email);
        printf("\n%s\n", held->email);
    }
    printf("  %-8s %-16s %s%-10.10s joined %-10.10s%s%s%s%s%s\n", held->key, held->username,
           ever ? "last in " : "never in", ever ? held->last_login : "", held->joined,
           held->active ? "" : " inactive", held->staff ? " staff" : "",
           held->superuser ? " superuser" : "", held->detail[0] != '\0' ? " - " : "", held->detail);
}

static void write_row(held_file *f, const auth0db_held *held)
{
    if (held->reason[0] == '\0' || strcmp(held->reason, "duplicate-email") == 0)
        write_shared(f, held);
    else
        printf("%-8s %-32s %s%s%s\n", held->key,
               held->email[0] != '\0' ? held->email : held->username, held->reason,
               held->detail[0] != '\0' ? ": " : "", held->detail);
}

/* For the table alone: csv.c and screen_print_json show what cannot be seen in ways of their own.
 */
static auth0db_held shown_held(const auth0db_held *held)
{
    auth0db_held shown = *held;
    shown.key = cli_shown(held->key);
    shown.username = cli_shown(held->username);
    shown.email = cli_shown(held->email);
    shown.detail = cli_shown(held->detail);
    return shown;
}

void held_write(void *ctx, const auth0db_held *held)
{
    held_file *f = ctx;
    f->any = true;
    if (f->csv != NULL)
        write_record(f, held);
    if (f->json)
        write_line(held);
    if (f->table) {
        const auth0db_held shown = shown_held(held);
        write_row(f, &shown);
    }
}

/* Names and addresses of people: for their owner alone, whatever the umask. */
static FILE *create(const char *name)
{
    /* It must not be there: it could be the list of the last time, or a link to something else. */
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (fd >= 0 && file == NULL)
        close(fd);
    return file;
}

int held_open(held_file *f, const char *name, auth0db_error *err)
{
    if (name == NULL)
        return AUTH0DB_OK;
    f->csv = strcmp(name, "-") == 0 ? stdout : create(name);
    if (f->csv == NULL) {
        *err = (auth0db_error){.code = AUTH0DB_ERR_USAGE, .where = "--csv"};
        snprintf(err->message, sizeof err->message, "%s: %s", name, strerror(errno));
        return err->code;
    }
    f->failed = !csv_write(f->csv, columns, COLUMNS);
    return AUTH0DB_OK;
}

/* What stands in the buffer is written now, so a full disk may show as late as this. */
int held_close(held_file *f, auth0db_error *err)
{
    if (f->csv == NULL)
        return AUTH0DB_OK;
    if ((f->csv == stdout || fclose(f->csv) == 0) && !f->failed)
        return AUTH0DB_OK;
    *err = (auth0db_error){
        .code = AUTH0DB_ERR_IO, .where = "--csv", .message = "could not be written"};
    return err->code;
}
