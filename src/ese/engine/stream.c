/* SPDX-License-Identifier: Apache-2.0
 *
 * stream.c - a backup that the program reads file by file (JetBeginExternalBackupInstance and so on)
 *
 * What it sees stands in stream.h. The databases are those there are when it begins; the store is copied
 * when its log files are asked for first, and what was committed until then is in it. Which of these
 * calls may follow which is the front's business.
 * What an incremental backup adds to is kept in the store, in the tree of databases:
 *     "B" -> the manifest of the last backup, with the generations that its files have
 */
#include "ese/backup/stream.h"

#include "base/files.h"
#include "ese/engine/database.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BASE_KEY "B"
#define PIECE    ((size_t)65536)
#define NO_FILE  SIZE_MAX

struct ese_stream {
    struct ese_instance *instance;
    bool incremental;
    struct backup_set set;  /* files, when the store has been copied */
    struct backup_set base; /* of the last backup: what an incremental one leaves out */
    struct store_backup *from;
    uint32_t first, count; /* log files; the last one is the manifest's */
    size_t *indexes;       /* in `from`, of each log file but the last */
    bool *copied;          /* of each log file: it was read to its end */
    char *manifest;        /* of open_memstream */
    size_t manifest_size;
    int database_fd;        /* the open file is a database; or -1 */
    size_t open;            /* the open file is this log file; or NO_FILE */
    uint64_t size;          /* of the open log file, without its first page */
    char page[STREAM_PAGE]; /* its first one */
};

/* ---- what the last backup was ---- */

static JET_ERR parse_base(struct backup_set *set, const struct store_value *v)
{
    FILE *file = v->size > 0 ? fmemopen((void *)(uintptr_t)v->data, v->size, "r") : NULL;
    JET_ERR err = file == NULL ? JET_errOutOfMemory : backup_set_parse(set, file);

    if (file != NULL)
        fclose(file);
    return err;
}

/* No set: there has been none. */
static JET_ERR read_base(struct ese_instance *instance, struct backup_set *set)
{
    struct store_txn *txn = NULL;
    struct store_value v = {0};
    enum store_status s = store_begin(instance->store, STORE_TXN_READ_ONLY, &txn);
    JET_ERR err = JET_errSuccess;

    if (s)
        return eng_error(s);
    s = store_get(txn, ENG_TREE_DATABASES, eng_slice(BASE_KEY, 1), &v);
    if (s == STORE_OK)
        err = parse_base(set, &v);
    else if (s != STORE_NOT_FOUND)
        err = eng_error(s);
    store_value_release(&v);
    store_abort(txn);
    return err;
}

static JET_ERR write_base(struct ese_stream *stream)
{
    struct store_txn *txn = NULL;
    enum store_status s = store_begin(stream->instance->store, 0, &txn);

    if (s)
        return eng_error(s);
    s = store_put(txn, ENG_TREE_DATABASES, eng_slice(BASE_KEY, 1),
                  eng_slice(stream->manifest, stream->manifest_size), STORE_UPSERT);
    if (s) {
        store_abort(txn);
        return eng_error(s);
    }
    return eng_error(store_commit(txn, STORE_DURABLE, NULL));
}

/* ---- begin and end ---- */

static void stream_free(struct ese_stream *stream)
{
    if (stream->database_fd >= 0)
        close(stream->database_fd);
    if (stream->from != NULL)
        store_backup_close(stream->from);
    backup_set_fini(&stream->set);
    backup_set_fini(&stream->base);
    free(stream->manifest);
    mem_free(stream->indexes);
    mem_free(stream->copied);
    mem_free(stream);
}

JET_ERR eng_stream_begin(struct ese_instance *instance, JET_GRBIT grbit,
                         struct ese_stream **ret_stream)
{
    struct ese_stream *stream;
    JET_ERR err;

    stream = mem_alloc(sizeof *stream);
    if (stream == NULL)
        return JET_errOutOfMemory;
    stream->instance = instance;
    stream->incremental = grbit & JET_bitBackupIncremental;
    stream->database_fd = -1;
    stream->open = NO_FILE;
    backup_set_init(&stream->set);
    backup_set_init(&stream->base);
    atomic_store(&instance->stop_backup, false);
    err = read_base(instance, &stream->base);
    if (!err && stream->incremental && list_is_empty(&stream->base.files))
        err = JET_errMissingFullBackup;
    if (!err)
        err = eng_backup_describe(&stream->set, instance);
    if (err)
        stream_free(stream);
    else
        *ret_stream = stream;
    return err;
}

/* An incremental backup that leaves the log files where they are is one that the next repeats. */
JET_ERR eng_stream_end(struct ese_stream *take_stream, enum ese_stream_end how)
{
    struct ese_stream *stream = take_stream;
    JET_ERR err = JET_errSuccess;

    if (how == ESE_STREAM_TRUNCATED || (how == ESE_STREAM_DONE && !stream->incremental))
        err = write_base(stream);
    stream_free(stream);
    return err;
}

/* ---- the store's files as log files ---- */

static JET_ERR sum_file(struct ese_stream *stream, uint64_t *ret_sum)
{
    uint8_t *piece = mem_alloc(PIECE);
    uint64_t offset = 0;
    size_t got = 0;
    JET_ERR err = piece == NULL ? JET_errOutOfMemory : JET_errSuccess;

    *ret_sum = BACKUP_SUM_EMPTY;
    do {
        if (!err && atomic_load(&stream->instance->stop_backup))
            err = JET_errBackupAbortByServer;
        if (!err)
            err = eng_error(store_backup_read(stream->from, offset, piece, PIECE, &got));
        if (!err)
            *ret_sum = backup_sum(*ret_sum, piece, got);
        offset += got;
    } while (!err && got > 0);
    mem_free(piece);
    return err;
}

/* One that the last backup has keeps its generation, the others get theirs. */
static JET_ERR add_file(struct ese_stream *stream, size_t i)
{
    const struct backup_file *former = NULL;
    const char *name = NULL;
    uint64_t size = 0, sum = 0;
    JET_ERR err = eng_error(store_backup_file(stream->from, i, &name, &size));

    if (!err)
        err = sum_file(stream, &sum);
    if (err)
        return err;
    if (stream->incremental)
        former = backup_set_find(&stream->base, name);
    if (former != NULL && former->size == size && former->sum == sum)
        return backup_set_add_file(&stream->set, name, size, sum, former->part);
    stream->indexes[stream->count] = i;
    return backup_set_add_file(&stream->set, name, size, sum, stream->first + stream->count++);
}

static JET_ERR print_manifest(struct ese_stream *stream)
{
    stream->set.parts = stream->first + stream->count; /* its own generation */
    stream->count++;
    return backup_set_text(&stream->set, &stream->manifest, &stream->manifest_size);
}

static JET_ERR copy_store(struct ese_stream *stream)
{
    enum store_status s = store_backup_open(stream->instance->store, &stream->from);
    size_t files;
    JET_ERR err = JET_errSuccess;

    if (s)
        return s == STORE_IN_USE ? JET_errBackupInProgress : eng_error(s);
    files = store_backup_files(stream->from);
    stream->first = stream->base.parts + 1;
    if (stream->first + files > STREAM_GEN_MAX)
        return JET_errLogSequenceEnd;
    stream->indexes = mem_alloc(files * sizeof *stream->indexes);
    stream->copied = mem_alloc((files + 1) * sizeof *stream->copied);
    if (stream->indexes == NULL || stream->copied == NULL)
        return JET_errOutOfMemory;
    for (size_t i = 0; i < files && !err; i++)
        err = add_file(stream, i);
    return err ? err : print_manifest(stream);
}

/* ---- names ---- */

static char *arena_text(struct arena *arena, const char *text)
{
    char *copy = arena_alloc(arena, strlen(text) + 1);

    return copy == NULL ? NULL : strcpy(copy, text);
}

JET_ERR eng_stream_databases(struct ese_stream *stream, struct arena *arena,
                             const char *const **ret_names, size_t *ret_count)
{
    const char **names;
    size_t n = 0;

    LIST_FOR_EACH (it, &stream->set.databases)
        n++;
    names = arena_alloc(arena, (n + 1) * sizeof *names);
    n = 0;
    LIST_FOR_EACH (it, &stream->set.databases)
        if (names != NULL)
            names[n++] = arena_text(arena, LIST_ENTRY(it, struct backup_database, link)->path);
    for (size_t i = 0; i < n; i++)
        if (names[i] == NULL)
            return JET_errOutOfMemory;
    *ret_names = names;
    *ret_count = n;
    return names == NULL ? JET_errOutOfMemory : JET_errSuccess;
}

static bool log_path(const struct ese_stream *stream, uint32_t generation, char out[PATH_MAX])
{
    const struct ese_instance *instance = stream->instance;
    const char *base = instance->host->text(instance->host, JET_paramBaseName);
    char folder[PATH_MAX];
    int n = snprintf(folder, sizeof folder, "%s",
                     instance->log_path ? instance->log_path : instance->store_path);

    return n > 0 && n < PATH_MAX &&
           stream_path(dirname(folder), base != NULL && *base ? base : "edb", generation, out);
}

JET_ERR eng_stream_logs(struct ese_stream *stream, struct arena *arena,
                        const char *const **ret_names, size_t *ret_count, uint32_t *ret_first)
{
    const char **names;
    JET_ERR err = stream->from == NULL ? copy_store(stream) : JET_errSuccess;

    if (err)
        return err;
    names = arena_alloc(arena, stream->count * sizeof *names);
    if (names == NULL)
        return JET_errOutOfMemory;
    for (uint32_t i = 0; i < stream->count; i++) {
        char path[PATH_MAX];

        if (!log_path(stream, stream->first + i, path))
            return JET_errInvalidPath;
        names[i] = arena_text(arena, path);
        if (names[i] == NULL)
            return JET_errOutOfMemory;
    }
    *ret_names = names;
    *ret_count = stream->count;
    *ret_first = stream->first;
    return JET_errSuccess;
}

JET_ERR eng_stream_copied(const struct ese_stream *stream)
{
    for (uint32_t i = 0; i < stream->count; i++)
        if (!stream->copied[i])
            return JET_errLogFileNotCopied;
    return JET_errSuccess;
}

/* ---- reading ---- */

static bool is_database(const struct ese_stream *stream, const char *path)
{
    LIST_FOR_EACH (it, &stream->set.databases)
        if (strcmp(LIST_ENTRY(it, struct backup_database, link)->path, path) == 0)
            return true;
    return false;
}

static JET_ERR open_database(struct ese_stream *stream, const char *path, uint64_t *ret_size)
{
    struct stat st;

    if (!is_database(stream, path))
        return JET_errDatabaseNotFound;
    stream->database_fd = open(path, O_RDONLY | O_CLOEXEC);
    if (stream->database_fd < 0)
        return errno == ENOENT ? JET_errMissingFileToBackup : ese_file_error(errno);
    if (fstat(stream->database_fd, &st) != 0) {
        eng_stream_close(stream);
        return JET_errDiskIO;
    }
    *ret_size = (uint64_t)st.st_size;
    return JET_errSuccess;
}

static size_t find_log(const struct ese_stream *stream, const char *path)
{
    char each[PATH_MAX];

    for (uint32_t i = 0; i < stream->count; i++)
        if (log_path(stream, stream->first + i, each) && strcmp(each, path) == 0)
            return i;
    return NO_FILE;
}

static JET_ERR open_log(struct ese_stream *stream, const char *path, uint64_t *ret_size)
{
    size_t i = find_log(stream, path);
    const char *name = STREAM_MANIFEST;
    struct stream_header header;
    JET_ERR err = JET_errSuccess;

    if (i == NO_FILE)
        return is_database(stream, path) ? JET_errInvalidBackupSequence
                                         : JET_errMissingFileToBackup;
    stream->size = stream->manifest_size;
    if (i + 1 < stream->count)
        err = eng_error(store_backup_file(stream->from, stream->indexes[i], &name, &stream->size));
    if (err)
        return err;
    memcpy(header.store, stream->set.store, sizeof header.store);
    header.generation = stream->first + (uint32_t)i;
    header.size = stream->size;
    snprintf(header.name, sizeof header.name, "%s", name);
    stream_header_print(&header, stream->page);
    stream->open = i;
    *ret_size = STREAM_PAGE + (stream->size + STREAM_PAGE - 1) / STREAM_PAGE * STREAM_PAGE;
    return JET_errSuccess;
}

JET_ERR eng_stream_open(struct ese_stream *stream, const char *path, bool logs, uint64_t *ret_size)
{
    return logs ? open_log(stream, path, ret_size) : open_database(stream, path, ret_size);
}

/* Some octets of the open log file, from its page, its content or what fills its last page. */
static JET_ERR read_some(struct ese_stream *stream, uint64_t offset, uint8_t *buffer, size_t size,
                         size_t *ret_got)
{
    uint64_t at = offset - STREAM_PAGE;

    if (offset < STREAM_PAGE) {
        *ret_got = size < STREAM_PAGE - offset ? size : STREAM_PAGE - (size_t)offset;
        memcpy(buffer, stream->page + offset, *ret_got);
    } else if (at >= stream->size) {
        *ret_got = size;
        memset(buffer, 0, size);
    } else {
        uint64_t left = stream->size - at;

        if (left < size)
            size = (size_t)left;
        if (stream->open + 1 < stream->count)
            return eng_error(store_backup_read(stream->from, at, buffer, size, ret_got));
        *ret_got = size;
        memcpy(buffer, stream->manifest + at, size);
    }
    return JET_errSuccess;
}

static JET_ERR read_log(struct ese_stream *stream, uint64_t offset, uint8_t *buffer, size_t size,
                        uint32_t *ret_got)
{
    uint64_t whole = STREAM_PAGE + (stream->size + STREAM_PAGE - 1) / STREAM_PAGE * STREAM_PAGE;
    size_t done = 0;

    if (offset >= whole)
        size = 0;
    else if (size > whole - offset)
        size = (size_t)(whole - offset);
    while (done < size) {
        size_t got = 0;
        JET_ERR err = read_some(stream, offset + done, buffer + done, size - done, &got);

        if (err || got == 0)
            return err ? err : JET_errReadVerifyFailure; /* a file of the copy was cut short */
        done += got;
    }
    if (offset + done >= whole)
        stream->copied[stream->open] = true;
    *ret_got = (uint32_t)done;
    return JET_errSuccess;
}

JET_ERR eng_stream_read(struct ese_stream *stream, uint64_t offset, void *buffer, uint32_t size,
                        uint32_t *ret_got)
{
    ssize_t got;

    if (stream->database_fd < 0)
        return read_log(stream, offset, buffer, size, ret_got);
    do
        got = pread(stream->database_fd, buffer, size, (off_t)offset);
    while (got < 0 && errno == EINTR);
    *ret_got = got < 0 ? 0 : (uint32_t)got;
    return got < 0 ? ese_file_error(errno) : JET_errSuccess;
}

void eng_stream_close(struct ese_stream *stream)
{
    if (stream->database_fd >= 0)
        close(stream->database_fd);
    stream->database_fd = -1;
    stream->open = NO_FILE;
}
