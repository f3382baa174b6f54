/* SPDX-License-Identifier: Apache-2.0
 *
 * folder.c - JetBackupInstance: a copy of a store in a folder, and what it is a copy of
 *
 * What a backup is stands in set.h. Where it comes to lie:
 *     full             FOLDER, which must be empty
 *     full, atomic     FOLDER/new. It is made in FOLDER/temp; the one before it is FOLDER/old until the
 *                      new one has its place
 *     incremental      beside what it adds to: FOLDER, FOLDER/new or FOLDER/old, the first that is one
 * So there is at every moment the backup that there was, or the new one, whole.
 */
#include "ese/backup/folder.h"

#include "base/files.h"
#include "base/log.h"
#include "base/mem.h"
#include "ese/file_error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE ((size_t)65536)

struct backing {
    const struct backup_source *from;
    char folder[PATH_MAX]; /* of the manifest */
    char part[PATH_MAX];   /* where files are written */
    uint32_t number;       /* of the part */
    bool part_made;
    uint8_t *piece;
    struct backup_set before, now; /* before: what is added to; empty for a full one */
    struct backup_progress progress;
};

/* ---- files ---- */

static JET_ERR read_piece(struct backing *b, size_t i, uint64_t offset, size_t *ret_got)
{
    return b->from->read(b->from->ctx, i, offset, b->piece, PIECE, ret_got);
}

/* Is it in the backup already? By its content: a store that was restored uses names again. */
static JET_ERR is_there(struct backing *b, size_t i, const struct backup_file *file,
                        bool *ret_there)
{
    uint64_t sum = BACKUP_SUM_EMPTY, offset = 0;
    size_t got = 0;
    JET_ERR err;

    if (b->from->sum != NULL) {
        *ret_there = b->from->sum(b->from->ctx, i) == file->sum;
        return JET_errSuccess;
    }
    do {
        err = read_piece(b, i, offset, &got);
        if (!err)
            sum = backup_sum(sum, b->piece, got);
        offset += got;
    } while (!err && got > 0);
    *ret_there = sum == file->sum;
    return err;
}

static JET_ERR copy_to(struct backing *b, size_t i, int fd, uint64_t *ret_sum)
{
    uint64_t offset = 0;
    size_t got = 0;
    JET_ERR err;

    *ret_sum = BACKUP_SUM_EMPTY;
    do {
        err = read_piece(b, i, offset, &got);
        if (!err && !files_write(fd, b->piece, got))
            err = ese_file_error(errno);
        if (err)
            break;
        *ret_sum = backup_sum(*ret_sum, b->piece, got);
        offset += got;
        b->progress.done += got;
        err = backup_tell(&b->progress, JET_sntProgress);
    } while (!err && got > 0);
    if (!err && b->from->sum != NULL && b->from->sum(b->from->ctx, i) != *ret_sum)
        err = JET_errReadVerifyFailure; /* it is not what was told of */
    return err;
}

static JET_ERR make_part(struct backing *b)
{
    if (b->part_made)
        return JET_errSuccess;
    if (mkdir(b->part, 0777) != 0)
        return errno == ENOSPC || errno == EDQUOT ? JET_errDiskFull
                                                  : JET_errMakeBackupDirectoryFail;
    b->part_made = true;
    return JET_errSuccess;
}

static JET_ERR copy_file(struct backing *b, size_t i, const char *name, uint64_t size)
{
    char path[PATH_MAX];
    uint64_t sum = 0;
    JET_ERR err = make_part(b);
    int fd;

    if (err)
        return err;
    if (!backup_path(path, b->part, name))
        return JET_errInvalidPath;
    if (!backup_make_parents(b->part, path))
        return ese_file_error(errno);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return ese_file_error(errno);
    err = copy_to(b, i, fd, &sum);
    if (close(fd) != 0 && !err)
        err = ese_file_error(errno);
    return err ? err : backup_set_add_file(&b->now, name, size, sum, b->number);
}

static JET_ERR take_file(struct backing *b, size_t i)
{
    const struct backup_file *former;
    const char *name = NULL;
    uint64_t size = 0;
    bool there = false;
    JET_ERR err = b->from->file(b->from->ctx, i, &name, &size);

    if (err)
        return err;
    former = backup_set_find(&b->before, name);
    if (former != NULL && former->size == size)
        err = is_there(b, i, former, &there);
    if (err || !there)
        return err ? err : copy_file(b, i, name, size);
    b->progress.done += size;
    err = backup_set_add_file(&b->now, name, size, former->sum, former->part);
    return err ? err : backup_tell(&b->progress, JET_sntProgress);
}

static JET_ERR count_files(struct backing *b)
{
    JET_ERR err = JET_errSuccess;

    for (size_t i = 0; i < b->from->count(b->from->ctx) && !err; i++) {
        const char *name = NULL;
        uint64_t size = 0;

        err = b->from->file(b->from->ctx, i, &name, &size);
        b->progress.total += size;
    }
    return err;
}

static JET_ERR take_files(struct backing *b)
{
    JET_ERR err = count_files(b);

    if (!err)
        err = backup_tell(&b->progress, JET_sntBegin);
    for (size_t i = 0; i < b->from->count(b->from->ctx) && !err; i++)
        err = take_file(b, i);
    if (!err && b->part_made && !files_sync_tree(b->part))
        err = ese_file_error(errno);
    return err;
}

/* What is added to is one of the same store. */
static bool is_same_store(const struct backing *b)
{
    return b->number == 0 || memcmp(b->before.store, b->now.store, sizeof b->now.store) == 0;
}

/* From the moment on that the manifest has its place, the files that it tells stay, whatever fails. */
static JET_ERR take_store(struct backing *b)
{
    JET_ERR err = b->from->open(b->from->ctx, &b->now);

    if (err)
        return err;
    err = is_same_store(b) ? take_files(b) : JET_errMissingFullBackup;
    b->from->close(b->from->ctx);
    if (!err)
        err = backup_set_write(&b->now, b->folder);
    if (err && b->part_made)
        (void)files_remove_tree(b->part);
    return !err && !files_sync_folder(b->folder) ? ese_file_error(errno) : err;
}

/* ---- folders ---- */

static bool is_empty_folder(const char *path)
{
    DIR *folder = opendir(path);
    unsigned entries = 0;

    while (folder != NULL && readdir(folder) != NULL)
        entries++;
    if (folder != NULL)
        closedir(folder);
    return entries <= 2;
}

static bool is_backup(const char *folder)
{
    struct backup_set set;
    JET_ERR err;

    backup_set_init(&set);
    err = backup_set_read(&set, folder);
    backup_set_fini(&set);
    return err != JET_errNoBackup;
}

/* The entry of a folder that we have made. One above that may not be read is none that we have written to. */
static bool sync_above(const char *folder)
{
    char copy[PATH_MAX];

    snprintf(copy, sizeof copy, "%s", folder);
    return files_sync_folder(dirname(copy)) || errno == EACCES;
}

static JET_ERR prepare_full(struct backing *b, const char *folder, bool atomic)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return JET_errMakeBackupDirectoryFail;
    if (!atomic) {
        snprintf(b->folder, sizeof b->folder, "%s", folder);
        return is_empty_folder(folder) ? JET_errSuccess : JET_errBackupDirectoryNotEmpty;
    }
    if (is_backup(folder)) /* which restoring would take for what FOLDER is */
        return JET_errBackupDirectoryNotEmpty;
    if (!backup_path(b->folder, folder, "temp"))
        return JET_errInvalidPath;
    (void)files_remove_tree(b->folder);
    return mkdir(b->folder, 0777) == 0 ? JET_errSuccess : JET_errMakeBackupDirectoryFail;
}

static JET_ERR prepare_incremental(struct backing *b, const char *folder)
{
    JET_ERR err = backup_set_find_in(&b->before, folder, b->folder);

    if (err == JET_errNoBackup)
        return JET_errMissingFullBackup;
    b->number = b->now.parts = b->before.parts + 1;
    return err;
}

/* FOLDER/temp becomes FOLDER/new; the one before is FOLDER/old meanwhile. */
static JET_ERR take_place(const char *temp, const char *folder)
{
    char now[PATH_MAX], old[PATH_MAX];

    if (!backup_path(now, folder, "new") || !backup_path(old, folder, "old"))
        return JET_errInvalidPath;
    if (access(now, F_OK) == 0 && (!files_remove_tree(old) || rename(now, old) != 0))
        return ese_file_error(errno);
    if (rename(temp, now) != 0 || !files_sync_folder(folder))
        return ese_file_error(errno);
    if (!files_remove_tree(old)) /* restoring prefers the new one */
        log_line(LOG_LEVEL_WARNING, "a former backup is not removed path=%s error=%d", old, errno);
    return JET_errSuccess;
}

static JET_ERR run(struct backing *b, const char *folder, JET_GRBIT grbit)
{
    bool atomic = grbit & JET_bitBackupAtomic && !(grbit & JET_bitBackupIncremental);
    JET_ERR err = grbit & JET_bitBackupIncremental ? prepare_incremental(b, folder)
                                                   : prepare_full(b, folder, atomic);

    if (!err && !backup_set_part(b->folder, b->number, b->part))
        err = JET_errInvalidPath;
    if (err)
        return err;
    (void)files_remove_tree(b->part); /* of one that has not come to its end */
    err = take_store(b);
    if (!err && atomic)
        err = take_place(b->folder, folder);
    if (!err && !sync_above(folder))
        err = ese_file_error(errno);
    if (err && atomic)
        (void)files_remove_tree(b->folder);
    return backup_tell_end(&b->progress, err);
}

JET_ERR backup_to_folder(const struct backup_source *from, const char *folder, JET_GRBIT grbit,
                         const struct ese_progress *progress)
{
    struct backing b = {.from = from, .progress = {.to = progress, .snp = JET_snpBackup}};
    JET_ERR err;

    b.piece = mem_alloc(PIECE);
    backup_set_init(&b.before);
    backup_set_init(&b.now);
    err = b.piece == NULL ? JET_errOutOfMemory : run(&b, folder, grbit);
    backup_set_fini(&b.before);
    backup_set_fini(&b.now);
    mem_free(b.piece);
    return err;
}
