/* Lets the n-th call that writes below one folder fail: preloaded into a process of the tests.
   Counted: write, pwrite, fsync, fdatasync, ftruncate, rename, link, mkdir, open that creates. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static char below[PATH_MAX];
static long calls, first;
static int reason, lasting;

/* From now on count calls below `folder`; let call `at` fail with `error`, and all later ones
   where `forever`. `at` 0 only counts. */
void fault_arm(const char *folder, long at, int error, int forever) {
    snprintf(below, sizeof below, "%s", folder);
    calls = 0;
    first = at;
    reason = error;
    lasting = forever;
}

long fault_calls(void) { return calls; }

static int counted(const char *path) {
    if (!below[0] || strncmp(path, below, strlen(below)) != 0) return 0;
    calls++;
    if (!first || (lasting ? calls < first : calls != first)) return 0;
    errno = reason;
    return 1;
}

static int counted_fd(int fd) {
    char link[64], path[PATH_MAX];
    if (!below[0]) return 0;
    int kept = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = kept;
    if (length < 0) return 0;
    path[length] = 0;
    return counted(path);
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void *from, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    return counted_fd(fd) ? -1 : real(fd, from, size);
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t at) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    return counted_fd(fd) ? -1 : real(fd, from, size, at);
}

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    return counted_fd(fd) ? -1 : real(fd, from, size, at);
}

int fsync(int fd) {
    REAL(int, "fsync", int);
    return counted_fd(fd) ? -1 : real(fd);
}

int fdatasync(int fd) {
    REAL(int, "fdatasync", int);
    return counted_fd(fd) ? -1 : real(fd);
}

int ftruncate(int fd, off_t size) {
    REAL(int, "ftruncate", int, off_t);
    return counted_fd(fd) ? -1 : real(fd, size);
}

int ftruncate64(int fd, off64_t size) {
    REAL(int, "ftruncate64", int, off64_t);
    return counted_fd(fd) ? -1 : real(fd, size);
}

int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    return counted(to) ? -1 : real(from, to);
}

int link(const char *from, const char *to) {
    REAL(int, "link", const char *, const char *);
    return counted(to) ? -1 : real(from, to);
}

int mkdir(const char *path, mode_t mode) {
    REAL(int, "mkdir", const char *, mode_t);
    return counted(path) ? -1 : real(path, mode);
}

static int creates(int flags) { return (flags & O_CREAT) == O_CREAT; }

#define OPENS(name) \
    int name(const char *path, int flags, ...) { \
        REAL(int, #name, const char *, int, ...); \
        va_list more; \
        va_start(more, flags); \
        mode_t mode = creates(flags) ? va_arg(more, mode_t) : 0; \
        va_end(more); \
        return creates(flags) && counted(path) ? -1 : real(path, flags, mode); \
    }

OPENS(open)
OPENS(open64)
