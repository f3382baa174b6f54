/* SPDX-License-Identifier: Apache-2.0
 *
 * files.c - what several rooms do with files
 */
#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPEN_FOLDERS 16
#define PIECE        65536

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)ftw;
    return type == FTW_DP ? rmdir(path) : unlink(path);
}

bool files_remove_tree(const char *path)
{
    return nftw(path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT;
}

static bool sync_path(const char *path, int flags)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | flags);
    bool ok = fd >= 0 && fsync(fd) == 0;
    int why = errno;

    if (fd >= 0)
        (void)close(fd);
    errno = why;
    return ok;
}

bool files_sync_folder(const char *path)
{
    return sync_path(path, O_DIRECTORY);
}

static int sync_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)ftw;
    return (type != FTW_F && type != FTW_DP) || sync_path(path, 0) ? 0 : -1;
}

bool files_sync_tree(const char *path)
{
    return nftw(path, sync_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) == 0;
}

bool files_write(int fd, const void *data, size_t size)
{
    const uint8_t *from = data;

    while (size > 0) {
        ssize_t n = write(fd, from, size);

        if (n < 0 && errno != EINTR)
            return false;
        from += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool copy_octets(int in, int out)
{
    char piece[PIECE];
    ssize_t n;

    while ((n = read(in, piece, sizeof piece)) != 0)
        if (n < 0 ? errno != EINTR : !files_write(out, piece, (size_t)n))
            return false;
    return fsync(out) == 0;
}

bool files_copy(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), why;
    int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool ok = out >= 0 && copy_octets(in, out);

    why = errno;
    if (in >= 0)
        (void)close(in);
    if (out >= 0 && close(out) != 0 && ok) {
        ok = false;
        why = errno;
    }
    if (out >= 0 && !ok)
        (void)unlink(to);
    errno = why;
    return ok;
}

enum files_secret files_open_secret(const char *path, unsigned closed_to, int *ret_fd)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), why;
    enum files_secret found = FILES_SECRET_GOOD;
    struct stat st;

    *ret_fd = -1;
    if (fd < 0)
        return FILES_SECRET_UNREADABLE;
    if (fstat(fd, &st) != 0)
        found = FILES_SECRET_UNREADABLE;
    else if (!S_ISREG(st.st_mode))
        found = FILES_SECRET_NO_FILE;
    else if (st.st_uid != geteuid() && st.st_uid != 0)
        found = FILES_SECRET_FOREIGN;
    else if ((st.st_mode & closed_to) != 0)
        found = FILES_SECRET_OPEN;
    if (found == FILES_SECRET_GOOD) {
        *ret_fd = fd;
        return found;
    }
    why = errno;
    (void)close(fd);
    errno = why;
    return found;
}
