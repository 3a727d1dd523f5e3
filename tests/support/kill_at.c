/* Preloaded into a program, it ends it with SIGKILL just before its n-th system call that writes to
 * a file or to the network (KILL_AT=n), or counts them (KILL_COUNT=file, written at the end).
 *
 * Standard output and error do not count: what a program says is no part of what it has done. */
#undef _FILE_OFFSET_BITS /* both names of each call are needed, not one for the other */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;

static void about_to_write(int fd)
{
    static atomic_long limit = -1;
    if (fd == STDOUT_FILENO || fd == STDERR_FILENO)
        return;
    if (limit < 0) {
        const char *text = getenv("KILL_AT");
        limit = text != NULL ? atol(text) : 0;
    }
    if (++calls == limit)
        kill(getpid(), SIGKILL);
}

__attribute__((destructor)) static void tell(void)
{
    const char *path = getenv("KILL_COUNT");
    FILE *file = path != NULL ? fopen(path, "we") : NULL;
    if (file == NULL)
        return;
    long n = calls;
    fprintf(file, "%ld\n", n);
    fclose(file);
}

#define REAL(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t len)
{
    about_to_write(fd);
    return REAL(write)(fd, data, len);
}

ssize_t writev(int fd, const struct iovec *parts, int n)
{
    about_to_write(fd);
    return REAL(writev)(fd, parts, n);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
    about_to_write(fd);
    return REAL(pwrite)(fd, data, len, at);
}

ssize_t pwrite64(int fd, const void *data, size_t len, off64_t at)
{
    about_to_write(fd);
    return REAL(pwrite64)(fd, data, len, at);
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
    about_to_write(fd);
    return REAL(send)(fd, data, len, flags);
}

ssize_t sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *to,
               socklen_t to_len)
{
    about_to_write(fd);
    return REAL(sendto)(fd, data, len, flags, to, to_len);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    about_to_write(fd);
    return REAL(sendmsg)(fd, message, flags);
}

int fsync(int fd)
{
    about_to_write(fd);
    return REAL(fsync)(fd);
}

int fdatasync(int fd)
{
    about_to_write(fd);
    return REAL(fdatasync)(fd);
}

int ftruncate(int fd, off_t len)
{
    about_to_write(fd);
    return REAL(ftruncate)(fd, len);
}

int ftruncate64(int fd, off64_t len)
{
    about_to_write(fd);
    return REAL(ftruncate64)(fd, len);
}

/* A rollback journal that goes is a commit. */
int unlink(const char *path)
{
    about_to_write(-1);
    return REAL(unlink)(path);
}

int unlinkat(int folder, const char *path, int flags)
{
    about_to_write(-1);
    return REAL(unlinkat)(folder, path, flags);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    about_to_write(-1);
    return REAL(linkat)(from_folder, from, to_folder, to, flags);
}

int rename(const char *from, const char *to)
{
    about_to_write(-1);
    return REAL(rename)(from, to);
}
