/* SPDX-License-Identifier: Apache-2.0
 *
 * rocks_backup.c - a backup is RocksDB's checkpoint, read file by file
 *
 * Owns:  the folder backup/ of the store (hard links, so nearly no room), until the backup ends. Links keep
 *        files whose names in db/ have gone since: what a crash leaves is removed when the store opens.
 * Files: the marker first, then those of the checkpoint under db/, by name, its log with them.
 */
#include "ese/store/rocks_internal.h"

#include "base/files.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INNER      "db/"
#define INNER_SIZE (sizeof INNER - 1)

struct rocks_backup {
    struct store_backup base;
    char *folder; /* of the checkpoint */
    char **names; /* but for the marker's, with INNER before them */
    size_t count; /* of names */
    int fd;       /* of the current file, or -1 */
};

static struct rocks_backup *backup_of(struct store_backup *backup)
{
    return (struct rocks_backup *)(void *)backup;
}

static enum store_status make_checkpoint(struct rocks *r, const char *folder)
{
    rocksdb_checkpoint_t *checkpoint;
    char *error = NULL;

    (void)files_remove_tree(folder);
    checkpoint = rocksdb_transactiondb_checkpoint_object_create(r->db, &error);
    if (error == NULL)
        rocksdb_checkpoint_create(checkpoint, folder, 0, &error);
    if (checkpoint != NULL)
        rocksdb_checkpoint_object_destroy(checkpoint);
    return rocks_error(error, "backup");
}

static enum store_status add_name(struct rocks_backup *b, const char *name)
{
    char **names = mem_grow(b->names, (b->count + 1) * sizeof *names);

    if (names == NULL)
        return STORE_NO_MEMORY;
    b->names = names;
    names[b->count] = rocks_path_in("db", name);
    if (names[b->count] == NULL)
        return STORE_NO_MEMORY;
    b->count++;
    return STORE_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum store_status list_files(struct rocks_backup *b)
{
    enum store_status status = STORE_OK;
    DIR *list = opendir(b->folder);

    if (list == NULL)
        return STORE_IO;
    for (struct dirent *e; status == STORE_OK && (e = readdir(list)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            status = add_name(b, e->d_name);
    (void)closedir(list);
    if (b->count > 0)
        qsort(b->names, b->count, sizeof *b->names, by_name);
    b->base.files = b->count + 1;
    return status;
}

static void backup_free(struct rocks *r, struct rocks_backup *b)
{
    if (b->fd >= 0)
        (void)close(b->fd);
    if (b->folder != NULL)
        (void)files_remove_tree(b->folder);
    for (size_t i = 0; i < b->count; i++)
        mem_free(b->names[i]);
    mem_free(b->names);
    mem_free(b->folder);
    mem_free(b);
    atomic_store(&r->backing_up, false);
}

enum store_status rocks_backup_open(struct store *store, struct store_backup **ret_backup)
{
    struct rocks *r = rocks_of(store);
    struct rocks_backup *b = NULL;
    enum store_status status = STORE_NO_MEMORY;

    if (atomic_exchange(&r->backing_up, true))
        return STORE_IN_USE;
    b = mem_alloc(sizeof *b);
    if (b == NULL) {
        atomic_store(&r->backing_up, false);
        return STORE_NO_MEMORY;
    }
    b->fd = -1;
    b->folder = rocks_path_in(r->path, ROCKS_BACKUP);
    if (b->folder != NULL)
        status = make_checkpoint(r, b->folder);
    if (status == STORE_OK)
        status = list_files(b);
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
    char *path = rocks_path_in(folder, name);
    struct stat st;

    if (path == NULL)
        return STORE_NO_MEMORY;
    if (b->fd >= 0)
        (void)close(b->fd);
    b->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    mem_free(path);
    if (b->fd < 0 || fstat(b->fd, &st) != 0)
        return STORE_IO;
    *ret_size = (uint64_t)st.st_size;
    return STORE_OK;
}

enum store_status rocks_backup_file(struct store_backup *backup, size_t i, const char **ret_name,
                                    uint64_t *ret_size)
{
    struct rocks_backup *b = backup_of(backup);

    if (i == 0) {
        *ret_name = ROCKS_MARKER;
        return open_file(b, rocks_of(backup->store)->path, ROCKS_MARKER, ret_size);
    }
    *ret_name = b->names[i - 1];
    return open_file(b, b->folder, *ret_name + INNER_SIZE, ret_size);
}

enum store_status rocks_backup_read(struct store_backup *backup, uint64_t offset, void *buffer,
                                    size_t size, size_t *ret_got)
{
    struct rocks_backup *b = backup_of(backup);
    ssize_t n;

    STORE_ASSERT(b->fd >= 0);
    do
        n = pread(b->fd, buffer, size, (off_t)offset);
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
