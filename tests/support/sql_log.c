/* Preloaded into a program, it writes a line of JSON to the file SQL_LOG about each statement that
 * SQLite has run for it: its text, and what it has cost. */
#include <dlfcn.h>
#include <fcntl.h>
#include <jansson.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void append(const char *line)
{
    const char *path = getenv("SQL_LOG");
    int fd = path != NULL ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        return;
    ssize_t written = write(fd, line, strlen(line));
    (void)written;
    close(fd);
}

static int spent(sqlite3_stmt *stmt, int what)
{
    return sqlite3_stmt_status(stmt, what, 1);
}

static void tell(sqlite3_stmt *stmt)
{
    int work = stmt != NULL ? spent(stmt, SQLITE_STMTSTATUS_VM_STEP) : 0;
    if (work == 0)
        return;
    json_t *told = json_pack("{s:s, s:i, s:i, s:i, s:i}", "sql", sqlite3_sql(stmt), "work", work,
                             "scanned", spent(stmt, SQLITE_STMTSTATUS_FULLSCAN_STEP), "sorts",
                             spent(stmt, SQLITE_STMTSTATUS_SORT), "indexed",
                             spent(stmt, SQLITE_STMTSTATUS_AUTOINDEX));
    char *text = told != NULL ? json_dumps(told, JSON_COMPACT) : NULL;
    char *line = text != NULL ? malloc(strlen(text) + 2) : NULL;
    if (line != NULL) {
        memcpy(line, text, strlen(text) + 1);
        append(strcat(line, "\n"));
    }
    free(line);
    free(text);
    json_decref(told);
}

typedef int (*ending)(sqlite3_stmt *stmt);

static ending real(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    ending function;
    memcpy(&function, &found, sizeof function);
    return function;
}

int sqlite3_reset(sqlite3_stmt *stmt)
{
    tell(stmt);
    return real("sqlite3_reset")(stmt);
}

int sqlite3_finalize(sqlite3_stmt *stmt)
{
    tell(stmt);
    return real("sqlite3_finalize")(stmt);
}
