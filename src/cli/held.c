#include "held.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "csv.h"

void held_write(void *ctx, const auth0db_held *held)
{
    held_file *f = ctx;
    if (f->csv != NULL)
        csv_write(
            f->csv,
            (const char *[]){held->key, held->username, held->email, held->reason, held->detail},
            5);
    if (f->json) {
        json_t *line =
            json_pack("{s:s, s:s, s:s, s:s, s:s}", "key", held->key, "username", held->username,
                      "email", held->email, "reason", held->reason, "detail", held->detail);
        if (line != NULL && json_dumpf(line, stdout, JSON_COMPACT) == 0)
            putchar('\n');
        json_decref(line);
    }
    if (f->table)
        printf("%-10s %-32s %-20s %s\n", held->key,
               held->email[0] != '\0' ? held->email : held->username, held->reason, held->detail);
}

int held_open(held_file *f, const char *name, auth0db_error *err)
{
    if (name == NULL)
        return AUTH0DB_OK;
    f->csv = strcmp(name, "-") == 0 ? stdout : fopen(name, "wxe");
    if (f->csv == NULL) {
        *err = (auth0db_error){.code = AUTH0DB_ERR_USAGE, .where = "--csv"};
        snprintf(err->message, sizeof err->message, "%s: %s", name, strerror(errno));
        return err->code;
    }
    csv_write(f->csv, (const char *[]){"key", "username", "email", "reason", "detail"}, 5);
    return AUTH0DB_OK;
}

int held_close(held_file *f, auth0db_error *err)
{
    if (f->csv == NULL || f->csv == stdout)
        return AUTH0DB_OK;
    bool failed = ferror(f->csv) != 0;
    if (fclose(f->csv) == 0 && !failed)
        return AUTH0DB_OK;
    *err = (auth0db_error){
        .code = AUTH0DB_ERR_IO, .where = "--csv", .message = "could not be written"};
    return err->code;
}
