/* Whether a batch is left alone or taken over hangs on this. A dead process that is taken for alive
 * leaves its users claimed for ever; of a living one that is taken for dead two bring the batch to
 * its end. */
#include "bulk/import/owner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One line of a file in /proc, without its end. */
static bool read_line(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "re");
    bool read = file != NULL && fgets(out, (int)size, file) != NULL;
    if (file != NULL)
        fclose(file);
    if (read)
        out[strcspn(out, "\n")] = '\0';
    return read;
}

/* Field 22 of /proc/PID/stat, in ticks since boot. The second field is a name in parentheses that
 * may hold anything, so fields are counted from its end. 0 where there is no such process. A number
 * alone proves nothing: it is given out again. With the start time it names one process. */
static unsigned long long started(long pid)
{
    char path[40], stat[1024];
    unsigned long long ticks = 0;
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    const char *at = read_line(path, stat, sizeof stat) ? strrchr(stat, ')') : NULL;
    for (int field = 2; at != NULL && field < 22; field++)
        at = strchr(at + 1, ' ');
    /* A zombie has ended, though its number is still taken */
    const char *state = at != NULL ? strrchr(stat, ')') + 2 : "";
    if (at != NULL && *state != 'Z' && *state != 'X')
        ticks = strtoull(at + 1, NULL, 10);
    return ticks;
}

int a0_owner_self(char out[A0_OWNER_SIZE], auth0db_error *err)
{
    char boot[64], space[64];
    ssize_t len = readlink("/proc/self/ns/pid", space, sizeof space - 1);
    unsigned long long ticks = started(getpid());
    if (len < 0 || ticks == 0 || !read_line("/proc/sys/kernel/random/boot_id", boot, sizeof boot))
        return a0_error_set(err, AUTH0DB_ERR_IO, "/proc",
                            "does not tell of this process; an import needs it to be mounted");
    space[len] = '\0';
    snprintf(out, A0_OWNER_SIZE, "%.40s %.30s %ld %llu", boot, space, (long)getpid(), ticks);
    return AUTH0DB_OK;
}

bool a0_owner_is_gone(const char *owner, const char *self, int64_t silent_s)
{
    char boot[48], space[40], own_boot[48], own_space[40];
    long pid;
    unsigned long long ticks;
    if (strcmp(owner, self) == 0)
        return false;
    if (sscanf(owner, "%47s %39s %ld %llu", boot, space, &pid, &ticks) != 4 ||
        sscanf(self, "%47s %39s", own_boot, own_space) != 2)
        return true; /* nobody can be it */
    /* Only in this boot and this PID namespace does the number mean anything here. Of a process
     * elsewhere nothing but its silence is known. */
    if (strcmp(boot, own_boot) == 0 && strcmp(space, own_space) == 0)
        return started(pid) != ticks;
    return silent_s >= A0_OWNER_SILENT_S;
}
