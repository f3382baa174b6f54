/* SPDX-License-Identifier: Apache-2.0
 *
 * stream_restore.c - JetExternalRestore2: the files of a backup that was read file by file
 *
 * The last log file has the manifest, which tells the others. A database is one that the program has
 * brought to where the map says, or, without a map, goes to where it was.
 */
#include "ese/engine/database.h"
#include "ese/engine/restore.h"
#include "ese/backup/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct streamed {
    const char *folder, *base;
    uint8_t store[16];
};

/* Opens a log file behind its first page. */
static JET_ERR open_log(const struct streamed *s, uint32_t generation,
                        struct stream_header *ret_header, int *ret_fd)
{
    char path[PATH_MAX], page[STREAM_PAGE];
    int fd;

    if (!stream_path(s->folder, s->base, generation, path))
        return JET_errInvalidPath;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? JET_errMissingLogFile : ese_file_error(errno);
    if (read(fd, page, sizeof page) != (ssize_t)sizeof page ||
        !stream_header_parse(page, ret_header) || ret_header->generation != generation) {
        close(fd);
        return JET_errBadLogSignature;
    }
    *ret_fd = fd;
    return JET_errSuccess;
}

static JET_ERR open_file(void *ctx, const struct backup_file *file, int *ret_fd)
{
    const struct streamed *s = ctx;
    struct stream_header header;
    JET_ERR err = open_log(s, file->part, &header, ret_fd);

    if (err)
        return err;
    if (strcmp(header.name, file->name) == 0 &&
        memcmp(header.store, s->store, sizeof header.store) == 0 && header.size == file->size)
        return JET_errSuccess;
    close(*ret_fd);
    return JET_errBadLogSignature;
}

static JET_ERR parse_manifest(int take_fd, struct backup_set *set)
{
    FILE *file = fdopen(take_fd, "r");
    JET_ERR err;

    if (file == NULL) {
        close(take_fd);
        return JET_errOutOfMemory;
    }
    err = backup_set_parse(set, file);
    fclose(file);
    return err;
}

/* The generations from `first` to `last` are to be restored. */
static JET_ERR read_manifest(struct streamed *s, uint32_t first, uint32_t last,
                             struct backup_set *set)
{
    struct stream_header header;
    int fd = -1;
    JET_ERR err = open_log(s, last, &header, &fd);

    if (err)
        return err;
    if (strcmp(header.name, STREAM_MANIFEST) != 0) {
        close(fd);
        return JET_errEndingRestoreLogTooLow;
    }
    memcpy(s->store, header.store, sizeof s->store);
    err = parse_manifest(fd, set);
    LIST_FOR_EACH (it, &set->files)
        if (!err && LIST_ENTRY(it, struct backup_file, link)->part < first)
            err = JET_errStartingRestoreLogTooHigh;
    return err;
}

/* ---- which databases, and where ---- */

static JET_ERR take_moved(struct backup_set *set, const struct list *former,
                          const struct ese_moved *moved)
{
    uint32_t number = 0;
    JET_ERR err = eng_database_number(moved->to, set->store, &number);

    if (err)
        return err;
    LIST_FOR_EACH (it, former) {
        const struct backup_database *db = LIST_ENTRY(it, struct backup_database, link);

        if (db->number == number)
            return backup_set_add_database(set, number, db->page_size, moved->to);
    }
    return JET_errRestoreOfNonBackupDatabase;
}

/* What no entry of the map brings stays in the store, without a file that names it. */
static JET_ERR move_databases(struct backup_set *set, const struct ese_moved *moved, size_t count)
{
    struct list former;
    JET_ERR err = JET_errSuccess;

    if (count == 0)
        return JET_errSuccess;
    backup_set_take_databases(set, &former);
    for (size_t i = 0; i < count && !err; i++)
        err = take_moved(set, &former, &moved[i]);
    backup_databases_free(&former);
    return err;
}

JET_ERR eng_stream_restore(struct ese_host *host, const struct ese_streamed *what,
                           const struct ese_progress *progress)
{
    struct streamed s = {.folder = what->folder, .base = what->base};
    struct backup_set set;
    struct restore_source from = {.set = &set, .open = open_file, .ctx = &s};
    JET_ERR err;

    backup_set_init(&set);
    err = read_manifest(&s, what->first, what->last, &set);
    if (!err)
        err = move_databases(&set, what->moved, what->moved_count);
    if (!err)
        err = eng_restore_from(host, &from, progress);
    backup_set_fini(&set);
    return err;
}
