/* SPDX-License-Identifier: Apache-2.0
 *
 * client_backup.c - JetBackupInstance of a server's folder into a folder of the program's machine
 *
 * The server's full backup, file by file (client_stream.c), is what is copied. Its last log file, the
 * manifest, comes first: it has the name, size and sum of every file, so an incremental backup fetches
 * only what is new, and what came is compared with what was told.
 */
#include "remote/client.h"

#include "ese/backup/folder.h"
#include "ese/backup/stream.h"

#include <stdio.h>
#include <string.h>

#define MANIFEST_MOST (1u << 24) /* octets */
#define NO_FILE       SIZE_MAX

struct far_store {
    struct ese_instance *instance;
    struct ese_stream *stream;
    struct backup_set set; /* as the manifest tells; a PART is a generation */
    const struct backup_file **files;
    size_t count;
    size_t open; /* of these files; or NO_FILE */
};

/* ---- log files ---- */

/* Opens that of a generation and reads its first page. */
static JET_ERR open_log(struct far_store *far, uint32_t generation,
                        struct stream_header *ret_header)
{
    char page[STREAM_PAGE];
    uint64_t size = 0;
    uint32_t got = 0;
    JET_ERR err = remote_stream_open_log(far->stream, generation, &size);

    if (!err)
        err = remote_stream_read(far->stream, 0, page, sizeof page, &got);
    if (!err && (got < sizeof page || !stream_header_parse(page, ret_header) ||
                 ret_header->size > size - sizeof page))
        err = JET_errReadVerifyFailure;
    return err;
}

static JET_ERR parse_manifest(struct far_store *far, uint64_t size)
{
    char *text = size > 0 && size <= MANIFEST_MOST ? mem_alloc(size) : NULL;
    FILE *file = text ? fmemopen(text, size, "r") : NULL;
    uint32_t got = 0;
    JET_ERR err = file ? JET_errSuccess : JET_errOutOfMemory;

    if (!err)
        err = remote_stream_read(far->stream, STREAM_PAGE, text, (uint32_t)size, &got);
    if (!err)
        err = backup_set_parse(&far->set, file);
    if (file)
        fclose(file);
    mem_free(text);
    return err;
}

static JET_ERR read_manifest(struct far_store *far)
{
    struct stream_header header;
    uint32_t last = 0;
    JET_ERR err = remote_stream_ask(far->stream, &last);

    if (!err)
        err = open_log(far, last, &header);
    if (!err && strcmp(header.name, STREAM_MANIFEST) != 0)
        err = JET_errReadVerifyFailure;
    if (!err)
        err = parse_manifest(far, header.size);
    if (!err)
        remote_stream_close(far->stream);
    return err;
}

/* ---- the folder as what is copied ---- */

static void close_far(void *ctx)
{
    struct far_store *far = ctx;

    (void)remote_stream_end(far->stream, ESE_STREAM_ABANDONED); /* no other one adds to it */
    backup_set_fini(&far->set);
    mem_free(far->files);
}

static JET_ERR list_files(struct far_store *far)
{
    size_t count = 0;

    LIST_FOR_EACH (it, &far->set.files)
        count++;
    far->files = mem_alloc((count + 1) * sizeof *far->files);
    if (!far->files)
        return JET_errOutOfMemory;
    LIST_FOR_EACH (it, &far->set.files)
        far->files[far->count++] = LIST_ENTRY(it, struct backup_file, link);
    return JET_errSuccess;
}

static JET_ERR give_store(const struct far_store *far, struct backup_set *set)
{
    JET_ERR err = JET_errSuccess;

    memcpy(set->store, far->set.store, sizeof set->store);
    LIST_FOR_EACH (it, &far->set.databases) {
        const struct backup_database *db = LIST_ENTRY(it, struct backup_database, link);

        if (!err)
            err = backup_set_add_database(set, db->number, db->page_size, db->path);
    }
    return err;
}

static JET_ERR open_far(void *ctx, struct backup_set *set)
{
    struct far_store *far = ctx;
    JET_ERR err = remote_stream_begin(far->instance, 0, &far->stream);

    if (err)
        return err;
    backup_set_init(&far->set);
    err = read_manifest(far);
    if (!err)
        err = list_files(far);
    if (!err)
        err = give_store(far, set);
    if (err)
        close_far(far);
    return err;
}

static size_t count_files(void *ctx)
{
    const struct far_store *far = ctx;

    return far->count;
}

static JET_ERR tell_file(void *ctx, size_t i, const char **ret_name, uint64_t *ret_size)
{
    const struct far_store *far = ctx;

    *ret_name = far->files[i]->name;
    *ret_size = far->files[i]->size;
    return JET_errSuccess;
}

static uint64_t tell_sum(void *ctx, size_t i)
{
    const struct far_store *far = ctx;

    return far->files[i]->sum;
}

static JET_ERR open_file(struct far_store *far, size_t i)
{
    struct stream_header header;
    JET_ERR err;

    if (far->open != NO_FILE)
        remote_stream_close(far->stream);
    far->open = NO_FILE;
    err = open_log(far, far->files[i]->part, &header);
    if (!err &&
        (strcmp(header.name, far->files[i]->name) != 0 || header.size != far->files[i]->size))
        err = JET_errReadVerifyFailure;
    if (!err)
        far->open = i;
    return err;
}

static JET_ERR read_file(void *ctx, size_t i, uint64_t offset, void *buffer, size_t size,
                         size_t *ret_got)
{
    struct far_store *far = ctx;
    uint64_t left = far->files[i]->size - offset;
    uint32_t got = 0;
    JET_ERR err = JET_errSuccess;

    if (atomic_load(&far->instance->stop_backup))
        return JET_errBackupAbortByServer;
    if (left > 0 && far->open != i)
        err = open_file(far, i);
    if (!err && left > 0)
        err = remote_stream_read(far->stream, STREAM_PAGE + offset, buffer,
                                 (uint32_t)(left < size ? left : size), &got);
    *ret_got = got;
    return err;
}

JET_ERR remote_backup(struct ese_instance *instance, const char *folder, JET_GRBIT grbit,
                      const struct ese_progress *progress)
{
    struct far_store far = {.instance = instance, .open = NO_FILE};
    const struct backup_source from = {.ctx = &far,
                                       .open = open_far,
                                       .close = close_far,
                                       .count = count_files,
                                       .file = tell_file,
                                       .sum = tell_sum,
                                       .read = read_file};

    return backup_to_folder(&from, folder, grbit, progress);
}
