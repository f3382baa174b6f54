/* SPDX-License-Identifier: Apache-2.0
 *
 * backup.c - JetBackupInstance and JetRestoreInstance: a copy of the store, and what it is a copy of
 *
 * A backup is a folder:
 *     store/...   the files of the store's backup
 *     manifest    "Holdfast backup", then a line "database NUMBER PAGESIZE PATH" for each database;
 *                 written last, so a folder without it is no backup
 * With JET_bitBackupAtomic that is the folder given, which must be empty. Without it there may be a
 * backup already: the new one is made in FOLDER/new.part and takes the place of FOLDER/new when it
 * is whole.
 *
 * Restoring puts the files into the instance's store folder, in place of what is there, its log into
 * the log's folder where that is another, and names the databases where they were, or in the folder
 * given.
 */
#include "ese/engine/database.h"

#include "base/files.h"
#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANIFEST       "manifest"
#define MANIFEST_MAGIC "Holdfast backup\n"
#define STORE_FOLDER   "store"
#define PIECE          65536
#define UNITS          1000 /* of progress */

/* ---- files ---- */

static bool join(char out[PATH_MAX], const char *a, const char *b)
{
    int n = snprintf(out, PATH_MAX, "%s/%s", a, b);

    return n > 0 && n < PATH_MAX;
}

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

/* Makes the folders above `path`, below `root`. */
static bool make_parents(const char *root, const char *path)
{
    char copy[PATH_MAX];

    snprintf(copy, sizeof copy, "%s", path);
    for (char *p = copy + strlen(root) + 1; (p = strchr(p, '/')) != NULL; p++) {
        *p = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST)
            return false;
        *p = '/';
    }
    return true;
}

/* ---- progress ---- */

struct progress {
    const struct ese_progress *to;
    JET_SNP snp;
    uint64_t done, total;
};

static JET_ERR tell(struct progress *p, JET_SNT snt)
{
    uint64_t units = p->total > 0 ? p->done * UNITS / p->total : 0;
    JET_ERR err = p->to->report(
        p->to->ctx, p->snp, snt,
        snt == JET_sntComplete ? UNITS : (uint32_t)(units < UNITS ? units : UNITS), UNITS);

    return err < 0 ? err : JET_errSuccess;
}

/* ---- backing up ---- */

struct backing {
    struct ese_instance *instance;
    struct store_backup *from;
    char folder[PATH_MAX];
    struct progress progress;
};

/* Copies what is left of the current file. */
static JET_ERR copy_file(struct backing *b, int fd)
{
    uint8_t *piece = mem_alloc(PIECE);
    JET_ERR err = piece == NULL ? JET_errOutOfMemory : JET_errSuccess;

    while (!err) {
        size_t got = 0;
        enum store_status s = store_backup_read(b->from, piece, PIECE, &got);

        if (atomic_load(&b->instance->stop_backup))
            err = JET_errBackupAbortByServer;
        else if (s)
            err = eng_error(s);
        else if (got == 0)
            break;
        else if (!files_write(fd, piece, got))
            err = eng_file_error(errno);
        b->progress.done += got;
        if (!err)
            err = tell(&b->progress, JET_sntProgress);
    }
    if (!err && fsync(fd) != 0)
        err = eng_file_error(errno);
    mem_free(piece);
    return err;
}

static JET_ERR copy_files(struct backing *b)
{
    JET_ERR err = JET_errSuccess;

    while (!err) {
        char path[PATH_MAX], inner[PATH_MAX];
        const char *name = NULL;
        uint64_t size = 0;
        enum store_status s = store_backup_next(b->from, &name, &size);
        int fd;

        if (s)
            return s == STORE_NOT_FOUND ? JET_errSuccess : eng_error(s);
        if (!join(inner, STORE_FOLDER, name) || !join(path, b->folder, inner))
            return JET_errInvalidPath;
        if (!make_parents(b->folder, path))
            return JET_errMakeBackupDirectoryFail;
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        err = fd < 0 ? eng_file_error(errno) : copy_file(b, fd);
        if (fd >= 0 && close(fd) != 0 && !err)
            err = eng_file_error(errno);
    }
    return err;
}

static JET_ERR write_manifest(struct backing *b)
{
    struct ese_instance *instance = b->instance;
    char path[PATH_MAX];
    FILE *file = join(path, b->folder, MANIFEST) ? fopen(path, "wx") : NULL;
    bool ok = file != NULL;

    if (!ok)
        return eng_file_error(errno);
    fputs(MANIFEST_MAGIC, file);
    pthread_mutex_lock(&instance->lock);
    LIST_FOR_EACH (it, &instance->databases) {
        const struct eng_database *db = LIST_ENTRY(it, struct eng_database, link);

        fprintf(file, "database %u %u %s\n", db->number, db->page_size, db->path);
    }
    pthread_mutex_unlock(&instance->lock);
    ok = fflush(file) == 0 && fsync(fileno(file)) == 0 && !ferror(file);
    return fclose(file) == 0 && ok ? JET_errSuccess : eng_file_error(errno);
}

static JET_ERR run_backup(struct backing *b)
{
    enum store_status s;
    JET_ERR err = tell(&b->progress, JET_sntBegin);

    if (err)
        return err;
    s = store_backup_open(b->instance->store, &b->from);
    if (s)
        return s == STORE_IN_USE ? JET_errBackupInProgress : eng_error(s);
    err = copy_files(b);
    store_backup_close(b->from);
    if (!err)
        err = write_manifest(b);
    return err ? err : tell(&b->progress, JET_sntComplete);
}

/* Puts the finished FOLDER/new.part in the place of FOLDER/new. */
static JET_ERR take_place(const char *part, const char *folder)
{
    char whole[PATH_MAX];

    if (!join(whole, folder, "new"))
        return JET_errInvalidPath;
    (void)files_remove_tree(whole);
    return rename(part, whole) == 0 ? JET_errSuccess : eng_file_error(errno);
}

JET_ERR eng_backup(struct ese_instance *instance, const char *folder, JET_GRBIT grbit,
                   const struct ese_progress *progress)
{
    bool atomic = (grbit & JET_bitBackupAtomic) != 0;
    struct backing b = {
        .instance = instance,
        .progress = {.to = progress,
                     .snp = JET_snpBackup,
                     .total = eng_store_size(instance->store_path)},
    };
    JET_ERR err;

    if (grbit & JET_bitBackupIncremental)
        return JET_errFeatureNotAvailable; /* there are no log files to add */
    atomic_store(&instance->stop_backup, false);
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return JET_errMakeBackupDirectoryFail;
    if (atomic && !is_empty_folder(folder))
        return JET_errBackupDirectoryNotEmpty;
    if (atomic)
        snprintf(b.folder, sizeof b.folder, "%s", folder);
    else if (!join(b.folder, folder, "new.part"))
        return JET_errInvalidPath;
    if (!atomic) {
        (void)files_remove_tree(b.folder);
        if (mkdir(b.folder, 0777) != 0)
            return JET_errMakeBackupDirectoryFail;
    }
    err = run_backup(&b);
    if (!err && !atomic)
        err = take_place(b.folder, folder);
    if (err && !atomic)
        (void)files_remove_tree(b.folder);
    return err;
}

void eng_stop_backup(struct ese_instance *instance)
{
    atomic_store(&instance->stop_backup, true);
}

/* ---- restoring ---- */

struct restoring {
    struct ese_instance *instance; /* paths only: it does not run */
    char source[PATH_MAX], files[PATH_MAX];
    const char *dest;
    struct progress progress;
};

static __thread struct restoring *walking; /* nftw has no context */

static JET_ERR copy_to(const char *from, const char *to, struct progress *p)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    uint8_t *piece = mem_alloc(PIECE);
    JET_ERR err = piece == NULL       ? JET_errOutOfMemory
                  : in < 0 || out < 0 ? eng_file_error(errno)
                                      : JET_errSuccess;

    while (!err) {
        ssize_t got = read(in, piece, PIECE);

        if (got == 0)
            break;
        if (got < 0 || !files_write(out, piece, (size_t)got))
            err = eng_file_error(errno);
        p->done += got > 0 ? (uint64_t)got : 0;
        if (!err)
            err = tell(p, JET_sntProgress);
    }
    if (!err && fsync(out) != 0)
        err = eng_file_error(errno);
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    mem_free(piece);
    return err;
}

static int restore_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    struct restoring *r = walking;
    char to[PATH_MAX];
    JET_ERR err;

    (void)st;
    (void)ftw;
    if (type != FTW_F)
        return 0;
    if (!join(to, r->instance->store_path, path + strlen(r->files) + 1) ||
        !make_parents(r->instance->store_path, to))
        return JET_errInvalidPath;
    err = copy_to(path, to, &r->progress);
    return err;
}

/* One line of the manifest: the file that names the database. */
static JET_ERR restore_database(struct restoring *r, const char *line)
{
    unsigned number = 0, page = 0;
    char path[PATH_MAX], copy[PATH_MAX], to[PATH_MAX];

    if (sscanf(line, "database %u %u %4095[^\n]", &number, &page, path) != 3)
        return JET_errInvalidBackup;
    snprintf(copy, sizeof copy, "%s", path);
    if (r->dest != NULL && r->dest[0] != '\0') {
        if (!join(to, r->dest, basename(copy)))
            return JET_errInvalidPath;
        snprintf(path, sizeof path, "%s", to);
    }
    return eng_database_name(r->instance, path, number, page);
}

static JET_ERR restore_databases(struct restoring *r, FILE *manifest)
{
    char line[PATH_MAX + 64];
    JET_ERR err = JET_errSuccess;

    while (!err && fgets(line, sizeof line, manifest) != NULL)
        err = restore_database(r, line);
    return err;
}

/* The folder of the backup: the one given, or FOLDER/new. */
static FILE *open_manifest(struct restoring *r, const char *source)
{
    char path[PATH_MAX], line[64];
    FILE *file = NULL;

    snprintf(r->source, sizeof r->source, "%s", source);
    if (join(path, source, MANIFEST))
        file = fopen(path, "r");
    if (file == NULL && join(r->source, source, "new") && join(path, r->source, MANIFEST))
        file = fopen(path, "r");
    if (file != NULL &&
        (fgets(line, sizeof line, file) == NULL || strcmp(line, MANIFEST_MAGIC) != 0)) {
        fclose(file);
        file = NULL;
    }
    return file;
}

static JET_ERR replace_store(struct restoring *r)
{
    struct ese_instance *instance = r->instance;
    enum store_status s = store_destroy(&store_rocks, instance->store_path, &instance->options);
    int walked;

    if (s == STORE_LOG_MISSING) /* its log lies in it: of a restore that has not come to its end */
        s = store_destroy(&store_rocks, instance->store_path, &(struct store_options){0});
    if (s != STORE_OK && s != STORE_MISSING)
        return eng_error(s);
    if (mkdir(instance->store_path, 0777) != 0 && errno != EEXIST)
        return eng_file_error(errno);
    walking = r;
    walked = nftw(r->files, restore_one, 16, FTW_PHYS);
    walking = NULL;
    if (walked != 0)
        return walked == -1 ? eng_file_error(errno) : walked;
    if (instance->log_path == NULL)
        return JET_errSuccess;
    return eng_error(store_move_log(&store_rocks, instance->store_path, instance->log_path));
}

static JET_ERR run_restore(struct restoring *r, FILE *manifest)
{
    JET_ERR err;

    if (!join(r->files, r->source, STORE_FOLDER))
        return JET_errInvalidPath;
    r->progress.total = eng_store_size(r->files);
    err = tell(&r->progress, JET_sntBegin);
    if (!err)
        err = replace_store(r);
    if (!err) /* the store's id is what the files must say: it is read from the store */
        err = eng_instance_identify(r->instance);
    if (!err)
        err = restore_databases(r, manifest);
    return err ? err : tell(&r->progress, JET_sntComplete);
}

JET_ERR eng_restore(struct ese_host *host, const char *source, const char *dest,
                    const struct ese_progress *progress)
{
    struct restoring r = {.dest = dest, .progress = {.to = progress, .snp = JET_snpRestore}};
    FILE *manifest = open_manifest(&r, source);
    JET_ERR err = manifest == NULL ? JET_errNoBackup : eng_instance_prepare(host, &r.instance);

    if (!err) {
        err = run_restore(&r, manifest);
        eng_instance_discard(r.instance);
    }
    if (manifest != NULL)
        fclose(manifest);
    return err;
}
