/* SPDX-License-Identifier: Apache-2.0
 *
 * fault.c - calls of the C library that change files: failing on demand, and recorded
 *
 * Order:  `lock` is held while a call changes something and is recorded, so the record has the order
 *         of the file system. A sync is two entries: it covers what was recorded before its begin,
 *         and counts from its end on.
 * Files:  a descriptor that is opened below the root gets a number; `numbers` maps it until close.
 */
#undef _FILE_OFFSET_BITS /* the names with and without 64 are defined, both */
#undef _FORTIFY_SOURCE

#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define EXPORT    __attribute__((visibility("default")))
#define PATH_SIZE 4096
#define FDS       65536

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int trace_fd = -1;
static char root[PATH_SIZE];
static uint64_t numbers[FDS], last_number, last_sync;

static struct {
    enum fault_op op;
    char pattern[64];
    unsigned nth, times, seen, hits;
    int error;
    pthread_t thread;
} rule;

/* What cannot be recorded truly ends the program. */
static _Noreturn void refuse(const char *why)
{
    (void)syscall(SYS_write, STDERR_FILENO, why, strlen(why));
    (void)syscall(SYS_write, STDERR_FILENO, "\n", 1);
    abort();
}

/* ---- failing ---- */

EXPORT void fault_arm(enum fault_op op, const char *pattern, unsigned nth, unsigned times,
                      int error)
{
    pthread_mutex_lock(&lock);
    rule.op = op;
    snprintf(rule.pattern, sizeof rule.pattern, "%s", pattern);
    rule.nth = nth;
    rule.times = times;
    rule.error = error;
    rule.thread = pthread_self();
    rule.seen = rule.hits = 0;
    pthread_mutex_unlock(&lock);
}

EXPORT void fault_disarm(void)
{
    pthread_mutex_lock(&lock);
    rule.op = FAULT_NONE;
    pthread_mutex_unlock(&lock);
}

EXPORT unsigned fault_hits(void)
{
    unsigned hits;

    pthread_mutex_lock(&lock);
    hits = rule.hits;
    pthread_mutex_unlock(&lock);
    return hits;
}

/* Does this call fail? Then errno is set. The lock is held. */
static bool fails(enum fault_op op, const char *path)
{
    if (rule.op != op || strstr(path, rule.pattern) == NULL ||
        (op == FAULT_READ && !pthread_equal(rule.thread, pthread_self())) ||
        ++rule.seen < rule.nth || (rule.times > 0 && rule.seen >= rule.nth + rule.times))
        return false;
    rule.hits++;
    if (rule.error == FAULT_KILL)
        (void)kill(getpid(), SIGKILL);
    errno = rule.error;
    return true;
}

static bool path_of(int fd, char path[PATH_SIZE])
{
    char link[40];
    ssize_t n;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = readlink(link, path, PATH_SIZE - 1);
    if (n < 0)
        return false;
    path[n] = '\0';
    return true;
}

static bool fails_fd(enum fault_op op, int fd)
{
    char path[PATH_SIZE];

    return rule.op == op && path_of(fd, path) && fails(op, path);
}

/* One of the store's own, which merge its files. */
static bool is_background(void)
{
    char name[16] = "";

    return prctl(PR_GET_NAME, name) == 0 && strncmp(name, "rocksdb", 7) == 0;
}

static bool fails_while(int fd)
{
    const char *file = getenv("FAULT_READ_WHILE");
    char path[PATH_SIZE];

    if (file == NULL || access(file, F_OK) != 0 || !path_of(fd, path) ||
        strstr(path, ".sst") == NULL || is_background())
        return false;
    errno = EIO;
    return true;
}

/* ---- recording ---- */

static void record(enum trace_kind kind, uint64_t file, uint64_t offset, const void *data,
                   size_t size)
{
    struct trace_record r = {.kind = kind, .size = (uint32_t)size, .file = file, .offset = offset};
    struct iovec parts[2] = {{&r, sizeof r}, {(void *)(uintptr_t)data, size}};

    if (syscall(SYS_writev, trace_fd, parts, size > 0 ? 2 : 1) != (long)(sizeof r + size))
        refuse("the record cannot be written");
}

/* The part of an absolute path below the root, "" for the root; NULL for what is elsewhere. */
static const char *below(const char *path)
{
    size_t n = strlen(root);

    if (trace_fd < 0 || strncmp(path, root, n) != 0 || (path[n] != '/' && path[n] != '\0'))
        return NULL;
    return path[n] == '/' ? path + n + 1 : "";
}

static void record_path(enum trace_kind kind, const char *path)
{
    const char *name = below(path);

    if (name != NULL)
        record(kind, 0, 0, name, strlen(name) + 1);
}

static void record_two(enum trace_kind kind, const char *from, const char *to)
{
    const char *a = below(from), *b = below(to);
    char both[2 * PATH_SIZE];

    if ((a == NULL) != (b == NULL))
        refuse("a file moves in from elsewhere");
    if (a == NULL)
        return;
    snprintf(both, sizeof both, "%s%c%s", a, 0, b);
    record(kind, 0, 0, both, strlen(a) + strlen(b) + 2);
}

static uint64_t number_of(int fd)
{
    return trace_fd >= 0 && fd >= 0 && fd < FDS ? numbers[fd] : 0;
}

__attribute__((constructor)) static void start(void)
{
    const char *trace = getenv("FAULT_TRACE"), *folder = getenv("FAULT_ROOT");

    if (trace == NULL || folder == NULL)
        return;
    snprintf(root, sizeof root, "%s", folder);
    trace_fd =
        (int)syscall(SYS_openat, AT_FDCWD, trace, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (trace_fd < 0)
        refuse("the record cannot be opened");
}

/* ---- opening and closing ---- */

static int do_open(int at, const char *path, int flags, mode_t mode)
{
    const char *name = at == AT_FDCWD ? below(path) : NULL;
    bool changes = (flags & (O_CREAT | O_TRUNC)) != 0, there;
    struct stat st;
    int fd;

    if (changes && number_of(at) != 0)
        refuse("a name relative to a folder");
    pthread_mutex_lock(&lock);
    if (changes && fails(FAULT_CREATE, path)) {
        pthread_mutex_unlock(&lock);
        return -1;
    }
    there = name != NULL && lstat(path, &st) == 0;
    fd = (int)syscall(SYS_openat, at, path, flags, mode);
    if (fd >= FDS)
        refuse("too many descriptors");
    if (fd >= 0)
        numbers[fd] = 0;
    if (fd >= 0 && name != NULL) {
        numbers[fd] = ++last_number;
        record(there ? TRACE_OPEN : TRACE_CREATE, numbers[fd], 0, name, strlen(name) + 1);
        if (there && (flags & O_TRUNC))
            record(TRACE_SIZE, numbers[fd], 0, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    return fd;
}

static mode_t mode_of(int flags, va_list rest)
{
    return flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(rest, int) : 0;
}

#define OPEN(name)                                   \
    EXPORT int name(const char *, int, ...);         \
    int name(const char *path, int flags, ...)       \
    {                                                \
        va_list rest;                                \
        mode_t mode;                                 \
                                                     \
        va_start(rest, flags);                       \
        mode = mode_of(flags, rest);                 \
        va_end(rest);                                \
        return do_open(AT_FDCWD, path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                   \
    EXPORT int name(int, const char *, int, ...);      \
    int name(int at, const char *path, int flags, ...) \
    {                                                  \
        va_list rest;                                  \
        mode_t mode;                                   \
                                                       \
        va_start(rest, flags);                         \
        mode = mode_of(flags, rest);                   \
        va_end(rest);                                  \
        return do_open(at, path, flags, mode);         \
    }
OPENAT(openat)
OPENAT(openat64)

EXPORT int close(int fd)
{
    if (fd >= 0 && fd < FDS)
        numbers[fd] = 0;
    return (int)syscall(SYS_close, fd);
}

/* ---- writing ---- */

/* The lock is held. Half of what a full device is asked to take, it takes. */
static ssize_t do_write(int fd, const void *data, size_t size, off_t at)
{
    uint64_t number = number_of(fd);
    ssize_t n;

    if (fails_fd(FAULT_WRITE, fd)) {
        if (rule.error != ENOSPC || rule.hits > 1 || size < 2)
            return -1;
        size /= 2;
    }
    n = at < 0 ? syscall(SYS_write, fd, data, size) : syscall(SYS_pwrite64, fd, data, size, at);
    if (n <= 0 || trace_fd < 0)
        return n;
    if (number != 0)
        record(TRACE_WRITE, number,
               at < 0 ? (uint64_t)(syscall(SYS_lseek, fd, 0, SEEK_CUR) - n) : (uint64_t)at, data,
               (size_t)n);
    else if (fd == STDOUT_FILENO)
        record(TRACE_TELL, 0, 0, data, (size_t)n);
    return n;
}

EXPORT ssize_t write(int fd, const void *data, size_t size)
{
    ssize_t n;

    pthread_mutex_lock(&lock);
    n = do_write(fd, data, size, -1);
    pthread_mutex_unlock(&lock);
    return n;
}

#define PWRITE(name, off)                                       \
    EXPORT ssize_t name(int, const void *, size_t, off);        \
    ssize_t name(int fd, const void *data, size_t size, off at) \
    {                                                           \
        ssize_t n;                                              \
                                                                \
        pthread_mutex_lock(&lock);                              \
        n = do_write(fd, data, size, at);                       \
        pthread_mutex_unlock(&lock);                            \
        return n;                                               \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

static int resize(int fd, off_t size)
{
    int rc;

    pthread_mutex_lock(&lock);
    rc = fails_fd(FAULT_ALLOCATE, fd) ? -1 : (int)syscall(SYS_ftruncate, fd, size);
    if (rc == 0 && number_of(fd) != 0)
        record(TRACE_SIZE, numbers[fd], (uint64_t)size, NULL, 0);
    pthread_mutex_unlock(&lock);
    return rc;
}

EXPORT int ftruncate(int fd, off_t size)
{
    return resize(fd, size);
}

EXPORT int ftruncate64(int fd, off64_t size)
{
    return resize(fd, size);
}

/* Room may be taken and given back beyond the end, and a file made longer by it. */
static int allocate(int fd, int mode, off_t offset, off_t size)
{
    struct stat st = {0};
    int rc = -1;

    pthread_mutex_lock(&lock);
    if (number_of(fd) != 0 && mode != 0 && mode != FALLOC_FL_KEEP_SIZE &&
        (fstat(fd, &st) != 0 || !(mode & FALLOC_FL_KEEP_SIZE) || offset < st.st_size))
        refuse("an allocation that changes what is in a file");
    if (!fails_fd(FAULT_ALLOCATE, fd) && fstat(fd, &st) == 0)
        rc = (int)syscall(SYS_fallocate, fd, mode, offset, size);
    if (rc == 0 && mode == 0 && number_of(fd) != 0 && offset + size > st.st_size)
        record(TRACE_SIZE, numbers[fd], (uint64_t)(offset + size), NULL, 0);
    pthread_mutex_unlock(&lock);
    return rc;
}

EXPORT int fallocate(int fd, int mode, off_t offset, off_t size)
{
    return allocate(fd, mode, offset, size);
}

EXPORT int fallocate64(int fd, int mode, off64_t offset, off64_t size)
{
    return allocate(fd, mode, offset, size);
}

#define PREAD(name, off)                                                      \
    EXPORT ssize_t name(int, void *, size_t, off);                            \
    ssize_t name(int fd, void *data, size_t size, off at)                     \
    {                                                                         \
        bool fail;                                                            \
                                                                              \
        pthread_mutex_lock(&lock);                                            \
        fail = fails_while(fd) || fails_fd(FAULT_READ, fd);                   \
        pthread_mutex_unlock(&lock);                                          \
        return fail ? -1 : (ssize_t)syscall(SYS_pread64, fd, data, size, at); \
    }
PREAD(pread, off_t)
PREAD(pread64, off64_t)

#define MMAP(name, off)                                                        \
    EXPORT void *name(void *, size_t, int, int, int, off);                     \
    void *name(void *at, size_t size, int prot, int flags, int fd, off offset) \
    {                                                                          \
        if ((prot & PROT_WRITE) && (flags & MAP_SHARED) && number_of(fd) != 0) \
            refuse("a mapping that can be written");                           \
        return (void *)syscall(SYS_mmap, at, size, prot, flags, fd, offset);   \
    }
MMAP(mmap, off_t)
MMAP(mmap64, off64_t)

/* ---- syncing ---- */

/* Only those whose record is kept go to the device: others want to know what a failure does, and no
 * power is cut there. */
static int sync_file(int fd, long call)
{
    uint64_t number, sync = 0;
    bool fail;
    int rc = 0;

    pthread_mutex_lock(&lock);
    number = number_of(fd);
    fail = fails_fd(FAULT_SYNC, fd);
    if (!fail && number != 0) {
        sync = ++last_sync;
        record(TRACE_SYNC_BEGIN, number, sync, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    if (fail)
        return -1;
    if (trace_fd >= 0)
        rc = (int)syscall(call, fd);
    if (rc == 0 && sync != 0) {
        pthread_mutex_lock(&lock);
        record(TRACE_SYNC_END, number, sync, NULL, 0);
        pthread_mutex_unlock(&lock);
    }
    return rc;
}

EXPORT int fsync(int fd)
{
    return sync_file(fd, SYS_fsync);
}

EXPORT int fdatasync(int fd)
{
    return sync_file(fd, SYS_fdatasync);
}

/* ---- names ---- */

EXPORT int rename(const char *from, const char *to)
{
    int rc;

    pthread_mutex_lock(&lock);
    rc = fails(FAULT_RENAME, to) ? -1 : (int)syscall(SYS_rename, from, to);
    if (rc == 0)
        record_two(TRACE_RENAME, from, to);
    pthread_mutex_unlock(&lock);
    return rc;
}

EXPORT int link(const char *from, const char *to)
{
    int rc;

    pthread_mutex_lock(&lock);
    rc = (int)syscall(SYS_link, from, to);
    if (rc == 0)
        record_two(TRACE_LINK, from, to);
    pthread_mutex_unlock(&lock);
    return rc;
}

EXPORT int unlink(const char *path)
{
    int rc;

    pthread_mutex_lock(&lock);
    rc = fails(FAULT_UNLINK, path) ? -1 : (int)syscall(SYS_unlink, path);
    if (rc == 0)
        record_path(TRACE_UNLINK, path);
    pthread_mutex_unlock(&lock);
    return rc;
}

EXPORT int mkdir(const char *path, mode_t mode)
{
    int rc;

    pthread_mutex_lock(&lock);
    rc = fails(FAULT_CREATE, path) ? -1 : (int)syscall(SYS_mkdir, path, mode);
    if (rc == 0)
        record_path(TRACE_MKDIR, path);
    pthread_mutex_unlock(&lock);
    return rc;
}

EXPORT int rmdir(const char *path)
{
    int rc;

    pthread_mutex_lock(&lock);
    rc = fails(FAULT_UNLINK, path) ? -1 : (int)syscall(SYS_rmdir, path);
    if (rc == 0)
        record_path(TRACE_RMDIR, path);
    pthread_mutex_unlock(&lock);
    return rc;
}

EXPORT int unlinkat(int at, const char *path, int flags)
{
    if (number_of(at) != 0)
        refuse("a name relative to a folder");
    return (int)syscall(SYS_unlinkat, at, path, flags);
}

/* ---- waiting ---- */

/* RocksDB's background threads wait for a second after an error of a file, in case it passes. */
EXPORT int usleep(useconds_t us)
{
    const useconds_t most = 1000;

    return clock_nanosleep(CLOCK_MONOTONIC, 0,
                           &(struct timespec){.tv_nsec = 1000L * (us < most ? us : most)}, NULL);
}
