/* SPDX-License-Identifier: Apache-2.0
 *
 * restore.c - a backup in the place of an instance's store
 *
 * All or nothing, also when the process is killed on the way. The files are laid out beside the store
 * and compared with their sums; the store that they make is opened, and what is still to be done is
 * written into it: rows of the tree of databases,
 *     "R" number (u32 big endian) -> u32 page size, path
 * for the files that are to name its databases. Then it takes the old one's place (store_replace_end),
 * and whoever opens it, the restore itself or after a kill the next JetInit, writes those files and
 * removes the rows.
 */
#include "ese/engine/restore.h"

#include "base/files.h"
#include "base/log.h"
#include "ese/engine/database.h"
#include "ese/format/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE        ((size_t)65536)
#define ROW_LETTER   "R"
#define ROW_KEY_SIZE 5
#define ROW_FIXED    4

struct restoring {
    const struct restore_source *from;
    struct ese_instance *instance; /* paths only: it does not run */
    struct store_replace *replace;
    struct backup_progress progress;
};

/* ---- files that are to name databases ---- */

static enum store_status note_name(struct store_txn *txn, const struct backup_database *db)
{
    uint8_t key[ROW_KEY_SIZE] = ROW_LETTER, row[ROW_FIXED + PATH_MAX];
    size_t length = strlen(db->path);
    enum store_status s = eng_database_known(txn, db->number);

    if (s)
        return s == STORE_NOT_FOUND ? STORE_OK : s; /* it went while the backup began */
    if (length >= PATH_MAX)
        return STORE_TOO_BIG;
    ese_put_be32(key + 1, db->number);
    ese_put_u32(row, db->page_size);
    memcpy(row + ROW_FIXED, db->path, length);
    return store_put(txn, ENG_TREE_DATABASES, eng_slice(key, sizeof key),
                     eng_slice(row, ROW_FIXED + length), STORE_UPSERT);
}

static JET_ERR note_names(struct ese_instance *instance, const void *ctx)
{
    const struct backup_set *set = ctx;
    struct store_txn *txn = NULL;
    enum store_status s;

    if (memcmp(instance->id, set->store, sizeof set->store) != 0)
        return JET_errInvalidBackup;
    s = store_begin(instance->store, 0, &txn);
    if (s)
        return eng_error(s);
    LIST_FOR_EACH (it, &set->databases)
        if (s == STORE_OK)
            s = note_name(txn, LIST_ENTRY(it, struct backup_database, link));
    if (s) {
        store_abort(txn);
        return eng_error(s);
    }
    return eng_error(store_commit(txn, STORE_DURABLE, NULL));
}

/* Writes the file that the cursor's row asks for, and removes the row. */
static JET_ERR write_name(struct ese_instance *instance, struct store_txn *txn,
                          const struct store_cursor *cursor)
{
    struct store_slice k = store_cursor_key(cursor), v = store_cursor_value(cursor);
    const uint8_t *row = v.data;
    uint8_t key[ROW_KEY_SIZE];
    char path[PATH_MAX];
    JET_ERR err;

    if (k.size != ROW_KEY_SIZE || v.size <= ROW_FIXED || v.size - ROW_FIXED >= sizeof path)
        return JET_errReadVerifyFailure;
    memcpy(key, k.data, sizeof key);
    memcpy(path, row + ROW_FIXED, v.size - ROW_FIXED);
    path[v.size - ROW_FIXED] = '\0';
    err = eng_database_name(instance, path, ese_get_be32(key + 1), ese_get_u32(row));
    if (err)
        log_line(LOG_LEVEL_ERROR, "restored database has no file yet path=%s result=%d", path,
                 (int)err);
    return err ? err
               : eng_error(store_erase(txn, ENG_TREE_DATABASES, eng_slice(key, sizeof key),
                                       STORE_ERASE_ANY));
}

static JET_ERR write_names(struct ese_instance *instance, struct store_txn *txn,
                           struct store_cursor *cursor)
{
    enum store_status s = store_cursor_seek(cursor, txn, STORE_GE, eng_slice(ROW_LETTER, 1));
    JET_ERR err = JET_errSuccess;

    while (s == STORE_OK) {
        struct store_slice key = store_cursor_key(cursor);
        JET_ERR each;

        if (memcmp(key.data, ROW_LETTER, 1) != 0)
            break;
        each = write_name(instance, txn, cursor);
        err = err ? err : each;
        s = store_cursor_step(cursor, txn, STORE_NEXT);
    }
    return s && s != STORE_NOT_FOUND ? eng_error(s) : err;
}

JET_ERR eng_restore_names(struct ese_instance *instance)
{
    struct store_cursor *cursor = NULL;
    struct store_txn *txn = NULL;
    JET_ERR err = eng_error(store_begin(instance->store, 0, &txn)), committed;

    if (err)
        return err;
    err = eng_error(store_cursor_open(instance->store, ENG_TREE_DATABASES, &cursor));
    if (!err)
        err = write_names(instance, txn, cursor);
    store_cursor_close(cursor);
    committed = eng_error(store_commit(txn, STORE_DURABLE, NULL));
    return err ? err : committed;
}

/* ---- files of the store ---- */

static JET_ERR copy_octets(struct restoring *r, const struct backup_file *file, int in, int out)
{
    uint64_t sum = BACKUP_SUM_EMPTY, left = file->size;
    uint8_t *piece = mem_alloc(PIECE);
    JET_ERR err = piece == NULL ? JET_errOutOfMemory : JET_errSuccess;

    while (!err && left > 0) {
        ssize_t got = read(in, piece, left < PIECE ? (size_t)left : PIECE);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            err = got == 0 ? JET_errInvalidBackup : ese_file_error(errno);
        else if (!files_write(out, piece, (size_t)got))
            err = ese_file_error(errno);
        if (err)
            break;
        sum = backup_sum(sum, piece, (size_t)got);
        left -= (uint64_t)got;
        r->progress.done += (uint64_t)got;
        err = backup_tell(&r->progress, JET_sntProgress);
    }
    mem_free(piece);
    return !err && sum != file->sum ? JET_errReadVerifyFailure : err;
}

static JET_ERR lay_file(struct restoring *r, const struct backup_file *file)
{
    const char *folder = store_replace_folder(r->replace);
    char to[PATH_MAX];
    int in = -1, out = -1;
    JET_ERR err = JET_errSuccess;

    if (!backup_path(to, folder, file->name))
        return JET_errInvalidPath;
    err = r->from->open(r->from->ctx, file, &in);
    if (!err && !backup_make_parents(folder, to))
        err = ese_file_error(errno);
    if (!err) {
        out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        err = out < 0 ? ese_file_error(errno) : copy_octets(r, file, in, out);
    }
    if (in >= 0)
        close(in);
    if (out >= 0 && close(out) != 0 && !err)
        err = ese_file_error(errno);
    if (err)
        log_line(LOG_LEVEL_ERROR, "file not restored name=%s result=%d", file->name, (int)err);
    return err;
}

static JET_ERR lay_files(struct restoring *r)
{
    JET_ERR err = backup_tell(&r->progress, JET_sntBegin);

    LIST_FOR_EACH (it, &r->from->set->files)
        if (!err)
            err = lay_file(r, LIST_ENTRY(it, struct backup_file, link));
    return err;
}

/* ---- all of it ---- */

/* The folders of the files that are to name databases. */
static JET_ERR check_paths(const struct backup_set *set)
{
    LIST_FOR_EACH (it, &set->databases) {
        const struct backup_database *db = LIST_ENTRY(it, struct backup_database, link);
        char copy[PATH_MAX];
        struct stat st;

        if (strlen(db->path) >= sizeof copy)
            return JET_errInvalidPath;
        strcpy(copy, db->path);
        if (stat(dirname(copy), &st) != 0 || !S_ISDIR(st.st_mode))
            return JET_errInvalidPath;
        if (stat(db->path, &st) == 0 && !S_ISREG(st.st_mode))
            return JET_errInvalidPath;
    }
    return JET_errSuccess;
}

static JET_ERR write_files(struct ese_instance *instance, const void *ctx)
{
    (void)ctx;
    return eng_restore_names(instance);
}

static JET_ERR replace_store(struct restoring *r)
{
    struct ese_instance *instance = r->instance;
    enum store_status s =
        store_replace_begin(&store_rocks, instance->store_path, &instance->options, &r->replace);
    JET_ERR err;

    if (s)
        return eng_error(s);
    err = lay_files(r);
    if (!err)
        err = eng_instance_visit(instance, store_replace_folder(r->replace), note_names,
                                 r->from->set);
    s = store_replace_end(r->replace, !err);
    if (!err && s)
        err = s == STORE_MISSING ? JET_errInvalidBackup : eng_error(s);
    return err ? err : eng_instance_visit(instance, NULL, write_files, NULL);
}

JET_ERR eng_restore_from(struct ese_host *host, const struct restore_source *source,
                         const struct ese_progress *progress)
{
    struct restoring r = {
        .from = source,
        .progress = {.to = progress, .snp = JET_snpRestore, .total = source->set->size}};
    JET_ERR err = check_paths(source->set);

    if (!err)
        err = eng_instance_prepare(host, &r.instance);
    if (err)
        return err;
    err = replace_store(&r);
    eng_instance_discard(r.instance);
    return backup_tell_end(&r.progress, err);
}

/* ---- from a folder ---- */

static JET_ERR open_in_folder(void *ctx, const struct backup_file *file, int *ret_fd)
{
    char part[PATH_MAX], path[PATH_MAX];

    if (!backup_set_part(ctx, file->part, part) || !backup_path(path, part, file->name))
        return JET_errInvalidPath;
    *ret_fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*ret_fd < 0)
        return errno == ENOENT ? JET_errInvalidBackup : ese_file_error(errno);
    return JET_errSuccess;
}

/* The databases go to another folder, by their names. */
static JET_ERR move_databases(struct backup_set *set, const char *folder)
{
    struct list former;
    JET_ERR err = JET_errSuccess;

    backup_set_take_databases(set, &former);
    LIST_FOR_EACH (it, &former) {
        struct backup_database *db = LIST_ENTRY(it, struct backup_database, link);
        char path[PATH_MAX];

        if (!err)
            err = backup_path(path, folder, basename(db->path))
                      ? backup_set_add_database(set, db->number, db->page_size, path)
                      : JET_errInvalidPath;
    }
    backup_databases_free(&former);
    return err;
}

JET_ERR eng_restore(struct ese_host *host, const char *source, const char *dest,
                    const struct ese_progress *progress)
{
    char folder[PATH_MAX];
    struct backup_set set;
    struct restore_source from = {.set = &set, .open = open_in_folder, .ctx = folder};
    JET_ERR err;

    backup_set_init(&set);
    err = backup_set_find_in(&set, source, folder);
    if (!err && dest != NULL && dest[0] != '\0')
        err = move_databases(&set, dest);
    if (!err)
        err = eng_restore_from(host, &from, progress);
    backup_set_fini(&set);
    return err;
}
