/* SPDX-License-Identifier: Apache-2.0
 *
 * rocks_backup.c - a backup is RocksDB's checkpoint, read file by file
 *
 * Owns:  the folder backup/ of the store (hard links, so nearly no room), until the backup ends; a
 *        folder left by a crash is removed by the next backup.
 * Files: the marker first, then those of the checkpoint under db/, its log with them: when the store
 *        that is made of them is to have its log elsewhere, that is moved (rocks_move_log).
 */
#include "ese/store/rocks_internal.h"

#include "base/files.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_SIZE 300

struct rocks_backup {
    struct store_backup base;
    char *folder; /* of the checkpoint */
    DIR *list;
    int fd; /* of the current file, or -1 */
    bool marker_given;
    char name[NAME_SIZE];
};

static struct rocks_backup *backup_of(struct store_backup *backup)
{
    return (struct rocks_backup *)(void *)backup;
}

void rocks_remove_folder(const char *path)
{
    DIR *list = opendir(path);

    for (struct dirent *e; list != NULL && (e = readdir(list)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            (void)unlinkat(dirfd(list), e->d_name, 0); /* RocksDB makes no folders in its own */
    if (list != NULL)
        (void)closedir(list);
    (void)rmdir(path);
}

static char *join(const char *a, const char *b)
{
    size_t size = strlen(a) + strlen(b) + 2;
    char *path = mem_alloc(size);

    if (path != NULL)
        (void)snprintf(path, size, "%s/%s", a, b);
    return path;
}

static enum store_status make_checkpoint(struct rocks *r, const char *folder)
{
    rocksdb_checkpoint_t *checkpoint;
    char *error = NULL;

    rocks_remove_folder(folder);
    checkpoint = rocksdb_transactiondb_checkpoint_object_create(r->db, &error);
    if (error == NULL)
        rocksdb_checkpoint_create(checkpoint, folder, 0, &error);
    if (checkpoint != NULL)
        rocksdb_checkpoint_object_destroy(checkpoint);
    return rocks_error(error, "backup");
}

static void backup_free(struct rocks *r, struct rocks_backup *b)
{
    if (b->fd >= 0)
        (void)close(b->fd);
    if (b->list != NULL)
        (void)closedir(b->list);
    if (b->folder != NULL)
        rocks_remove_folder(b->folder);
    mem_free(b->folder);
    mem_free(b);
    atomic_store(&r->backing_up, false);
}

enum store_status rocks_backup_open(struct store *store, struct store_backup **ret_backup)
{
    struct rocks *r = rocks_of(store);
    struct rocks_backup *b = NULL;
    enum store_status status = STORE_OK;

    if (atomic_exchange(&r->backing_up, true))
        return STORE_IN_USE;
    b = mem_alloc(sizeof *b);
    if (b == NULL) {
        atomic_store(&r->backing_up, false);
        return STORE_NO_MEMORY;
    }
    b->fd = -1;
    b->folder = join(r->path, "backup");
    if (b->folder == NULL)
        status = STORE_NO_MEMORY;
    else
        status = make_checkpoint(r, b->folder);
    if (status == STORE_OK) {
        b->list = opendir(b->folder);
        status = b->list == NULL ? STORE_IO : STORE_OK;
    }
    if (status) {
        backup_free(r, b);
        return status;
    }
    *ret_backup = &b->base;
    return STORE_OK;
}

static enum store_status open_file(struct rocks_backup *b, const char *folder, const char *name,
                                   uint64_t *ret_size)
{
    char *path = join(folder, name);
    struct stat st;

    if (path == NULL)
        return STORE_NO_MEMORY;
    b->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    mem_free(path);
    if (b->fd < 0 || fstat(b->fd, &st) != 0)
        return STORE_IO;
    *ret_size = (uint64_t)st.st_size;
    return STORE_OK;
}

enum store_status rocks_backup_next(struct store_backup *backup, const char **ret_name,
                                    uint64_t *ret_size)
{
    struct rocks_backup *b = backup_of(backup);
    struct dirent *e;
    enum store_status status;

    if (b->fd >= 0)
        (void)close(b->fd);
    b->fd = -1;
    if (!b->marker_given) {
        b->marker_given = true;
        (void)snprintf(b->name, sizeof b->name, ROCKS_MARKER);
        *ret_name = b->name;
        return open_file(b, rocks_of(backup->store)->path, b->name, ret_size);
    }
    do {
        errno = 0;
        e = readdir(b->list);
        if (e == NULL)
            return errno ? STORE_IO : STORE_NOT_FOUND;
    } while (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0);
    status = open_file(b, b->folder, e->d_name, ret_size);
    (void)snprintf(b->name, sizeof b->name, "db/%s", e->d_name);
    *ret_name = b->name;
    return status;
}

enum store_status rocks_backup_read(struct store_backup *backup, void *buffer, size_t size,
                                    size_t *ret_got)
{
    struct rocks_backup *b = backup_of(backup);
    ssize_t n;

    STORE_ASSERT(b->fd >= 0);
    do
        n = read(b->fd, buffer, size);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return STORE_IO;
    *ret_got = (size_t)n;
    return STORE_OK;
}

void rocks_backup_close(struct store_backup *take_backup)
{
    backup_free(rocks_of(take_backup->store), backup_of(take_backup));
}

/* ---- the log of a store that was laid out from a backup ---- */

/* Copies the log files, or removes those that were copied before. */
static enum store_status each_log(const char *db, const char *log_path, bool copy)
{
    enum store_status status = STORE_OK;
    DIR *list = opendir(db);

    if (list == NULL)
        return STORE_IO;
    for (struct dirent *e; status == STORE_OK && (e = readdir(list)) != NULL;) {
        char *from, *to;

        if (!rocks_is_log(e->d_name))
            continue;
        from = join(db, e->d_name);
        to = join(log_path, e->d_name);
        if (from == NULL || to == NULL)
            status = STORE_NO_MEMORY;
        else if (copy ? !files_copy(from, to) : unlink(from) != 0)
            status = errno == ENOSPC || errno == EDQUOT ? STORE_NO_SPACE : STORE_IO;
        mem_free(from);
        mem_free(to);
    }
    (void)closedir(list);
    return status;
}

/* While CURRENT has another name RocksDB has never been there, and store and log folder are marked as
 * those of a new store. */
static enum store_status mark_as_new(const char *db, const char *path, const char *log_path,
                                     int *ret_log_fd)
{
    char *current = join(db, "CURRENT"), *aside = join(db, "CURRENT.aside");
    enum store_status status = current && aside ? STORE_OK : STORE_NO_MEMORY;

    if (status == STORE_OK && rename(current, aside) != 0)
        status = errno == ENOENT ? STORE_MISSING : STORE_IO;
    if (status == STORE_OK) {
        status = rocks_take_log(path, log_path, ret_log_fd);
        if (rename(aside, current) != 0 && status == STORE_OK)
            status = STORE_IO;
    }
    mem_free(current);
    mem_free(aside);
    return status;
}

enum store_status rocks_move_log(const char *path, const char *log_path)
{
    int fd = -1, log_fd = -1;
    char *db = join(path, "db");
    bool marked = false;
    enum store_status status = db ? rocks_take_marker(path, false, &fd) : STORE_NO_MEMORY;

    if (status == STORE_OK)
        status = rocks_take_log(path, NULL, &log_fd); /* it lies in the store */
    if (status == STORE_OK)
        status = mark_as_new(db, path, log_path, &log_fd);
    marked = status == STORE_OK;
    if (status == STORE_OK)
        status = each_log(db, log_path, true);
    if (status == STORE_OK)
        status = rocks_sync_logs(log_path);
    if (status == STORE_OK)
        status = each_log(db, log_path, false);
    if (log_fd >= 0)
        (void)close(log_fd);
    if (fd >= 0)
        (void)close(fd);
    mem_free(db);
    if (status && marked) /* a part of the log must not be taken for the whole */
        (void)rocks_destroy(path, &(struct store_options){.log_path = log_path});
    return status;
}
