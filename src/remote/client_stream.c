/* SPDX-License-Identifier: Apache-2.0
 *
 * client_stream.c - a server's backup, read file by file
 *
 * Of databases the program sees the server's names; log files it sees under names that its own
 * JET_paramBaseName begins. A file comes in pieces of the wire's size whatever the program reads at a
 * time; what it has not seen of a log file it has not copied.
 */
#include "remote/client.h"

#include "ese/backup/stream.h"

#include <stdio.h>
#include <string.h>

struct ese_stream {
    struct ese_instance *instance;
    uint32_t first, count; /* log files; count 0: not asked for yet */
    bool *copied;          /* each of them was read to its end */
    uint32_t generation;   /* of the open file; 0: it is a database */
    uint64_t size, at;     /* its octets; where its piece begins */
    JET_RPC_PIECE piece;
};

/* ---- begin and end ---- */

static void forget_file(struct ese_stream *stream)
{
    midl_user_free(stream->piece.data);
    stream->piece = (JET_RPC_PIECE){0};
    stream->at = 0;
}

static void stream_free(struct ese_stream *take_stream)
{
    forget_file(take_stream);
    mem_free(take_stream->copied);
    mem_free(take_stream);
}

JET_ERR remote_stream_begin(struct ese_instance *instance, JET_GRBIT grbit,
                            struct ese_stream **ret_stream)
{
    struct ese_stream *stream = mem_alloc(sizeof *stream);
    JET_ERR err = JET_errSuccess;

    if (!stream)
        return JET_errOutOfMemory;
    stream->instance = instance;
    atomic_store(&instance->stop_backup, false);
    REMOTE_OF_INSTANCE(instance, err,
                       JetRpcBackupBegin(instance->handle, grbit, &instance->backup));
    if (err < 0)
        mem_free(stream);
    else
        *ret_stream = stream;
    return err;
}

JET_ERR remote_stream_end(struct ese_stream *take_stream, enum ese_stream_end how)
{
    static const uint32_t hows[] = {
        [ESE_STREAM_ABANDONED] = JET_RPC_BACKUP_ABANDONED,
        [ESE_STREAM_DONE] = JET_RPC_BACKUP_DONE,
        [ESE_STREAM_TRUNCATED] = JET_RPC_BACKUP_TRUNCATED,
    };
    struct ese_instance *i = take_stream->instance;
    JET_ERR err = JET_errSuccess;

    REMOTE_OF_BACKUP(i, err, JetRpcBackupEnd(&i->backup, hows[how]));
    stream_free(take_stream);
    return err;
}

/* A call that runs at the server ends early; it is told to whoever reads next, too. */
void remote_stop_backup(struct ese_instance *instance)
{
    JET_ERR err = JET_errSuccess;

    atomic_store(&instance->stop_backup, true);
    REMOTE_OF_INSTANCE(instance, err, JetRpcBackupStop(instance->handle));
    (void)err;
}

/* ---- what there is ---- */

JET_ERR remote_stream_databases(struct ese_stream *stream, struct arena *arena,
                                const char *const **ret_names, size_t *ret_count)
{
    struct ese_instance *i = stream->instance;
    JET_RPC_NAMES names = {0};
    JET_ERR err = JET_errSuccess;

    REMOTE_OF_BACKUP(i, err, JetRpcBackupDatabases(i->backup, &names));
    return remote_get_names(arena, err, &names, ret_names, ret_count);
}

JET_ERR remote_stream_ask(struct ese_stream *stream, uint32_t *ret_last)
{
    struct ese_instance *i = stream->instance;
    uint32_t first = 0, count = 0;
    JET_ERR err = JET_errSuccess;

    *ret_last = stream->first + stream->count - 1;
    if (stream->count > 0)
        return JET_errSuccess;
    REMOTE_OF_BACKUP(i, err, JetRpcBackupLogs(i->backup, &first, &count));
    if (err < 0)
        return err;
    if (first == 0 || count == 0 || first > STREAM_GEN_MAX || count > STREAM_GEN_MAX - first + 1)
        return remote_lose(i, RPC_X_BAD_STUB_DATA);
    stream->copied = mem_alloc(count * sizeof *stream->copied);
    if (!stream->copied)
        return JET_errOutOfMemory;
    stream->first = first;
    stream->count = count;
    *ret_last = first + count - 1;
    return JET_errSuccess;
}

/* BASEnnnnn.log, as the server's own are called in their folder. */
static bool log_name(const struct ese_stream *stream, uint32_t generation, char out[PATH_MAX])
{
    const struct ese_host *host = stream->instance->host;
    const char *base = host->text(host, JET_paramBaseName);

    return stream_name(base && *base ? base : "edb", generation, out);
}

JET_ERR remote_stream_logs(struct ese_stream *stream, struct arena *arena,
                           const char *const **ret_names, size_t *ret_count, uint32_t *ret_first)
{
    const char **names = NULL;
    uint32_t last = 0;
    JET_ERR err = remote_stream_ask(stream, &last);

    if (err < 0)
        return err;
    names = arena_alloc(arena, stream->count * sizeof *names);
    if (!names)
        return JET_errOutOfMemory;
    for (uint32_t i = 0; i < stream->count; i++) {
        char name[PATH_MAX], *copy = NULL;

        if (!log_name(stream, stream->first + i, name))
            return JET_errInvalidPath;
        copy = arena_alloc(arena, strlen(name) + 1);
        if (!copy)
            return JET_errOutOfMemory;
        names[i] = strcpy(copy, name);
    }
    *ret_names = names;
    *ret_count = stream->count;
    *ret_first = stream->first;
    return JET_errSuccess;
}

JET_ERR remote_stream_copied(const struct ese_stream *stream)
{
    for (uint32_t i = 0; i < stream->count; i++)
        if (!stream->copied[i])
            return JET_errLogFileNotCopied;
    return JET_errSuccess;
}

/* ---- files ---- */

static bool find_log(const struct ese_stream *stream, const char *path, uint32_t *ret_generation)
{
    char name[PATH_MAX];

    for (uint32_t i = 0; i < stream->count; i++)
        if (log_name(stream, stream->first + i, name) && !strcmp(name, path)) {
            *ret_generation = stream->first + i;
            return true;
        }
    return false;
}

static JET_ERR opened(struct ese_stream *stream, JET_ERR err, uint32_t generation, int64_t size,
                      uint64_t *ret_size)
{
    if (err < 0)
        return err;
    if (size < 0)
        return remote_lose(stream->instance, RPC_X_BAD_STUB_DATA);
    stream->generation = generation;
    *ret_size = stream->size = (uint64_t)size;
    return JET_errSuccess;
}

JET_ERR remote_stream_open_log(struct ese_stream *stream, uint32_t generation, uint64_t *ret_size)
{
    struct ese_instance *i = stream->instance;
    int64_t size = 0;
    JET_ERR err = JET_errSuccess;

    REMOTE_OF_BACKUP(i, err, JetRpcBackupOpenLog(i->backup, generation, &size));
    return opened(stream, err, generation, size, ret_size);
}

/* What is no log file of the backup is the server's to refuse, as its engine does. */
JET_ERR remote_stream_open(struct ese_stream *stream, const char *path, bool logs,
                           uint64_t *ret_size)
{
    struct ese_instance *i = stream->instance;
    uint32_t generation = 0;
    int64_t size = 0;
    JET_ERR err = JET_errSuccess;

    if (logs && find_log(stream, path, &generation))
        return remote_stream_open_log(stream, generation, ret_size);
    REMOTE_OF_BACKUP(i, err, JetRpcBackupOpenDatabase(i->backup, path, &size));
    return opened(stream, err, 0, size, ret_size);
}

/* The piece after the one that is there. */
static JET_ERR next_piece(struct ese_stream *stream)
{
    struct ese_instance *i = stream->instance;
    uint64_t at = stream->at + stream->piece.size;
    JET_RPC_PIECE piece = {0};
    JET_ERR err = JET_errSuccess;

    REMOTE_OF_BACKUP(i, err, JetRpcBackupRead(i->backup, &piece));
    if (err < 0) {
        midl_user_free(piece.data);
        return err;
    }
    midl_user_free(stream->piece.data);
    stream->piece = piece;
    stream->at = at;
    if ((piece.size > 0 && !piece.data) || piece.size > stream->size - at ||
        (piece.size == 0 && at < stream->size))
        return remote_lose(i, RPC_X_BAD_STUB_DATA);
    return JET_errSuccess;
}

/* Reads on from where the last call ended. */
JET_ERR remote_stream_read(struct ese_stream *stream, uint64_t offset, void *buffer, uint32_t size,
                           uint32_t *ret_got)
{
    uint8_t *to = buffer;
    uint32_t done = 0;

    while (done < size && offset + done < stream->size) {
        uint64_t in = offset + done - stream->at, left = stream->piece.size - in;
        uint32_t n = left < size - done ? (uint32_t)left : size - done;

        if (left == 0) {
            JET_ERR err = next_piece(stream);

            if (err < 0)
                return err;
            continue;
        }
        memcpy(to + done, stream->piece.data + in, n);
        done += n;
    }
    if (stream->generation && offset + done >= stream->size)
        stream->copied[stream->generation - stream->first] = true;
    *ret_got = done;
    return JET_errSuccess;
}

void remote_stream_close(struct ese_stream *stream)
{
    struct ese_instance *i = stream->instance;
    JET_ERR err = JET_errSuccess;

    REMOTE_OF_BACKUP(i, err, JetRpcBackupCloseFile(i->backup));
    (void)err; /* with whatever is wrong the next call meets it */
    forget_file(stream);
}
