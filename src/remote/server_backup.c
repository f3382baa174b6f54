/* SPDX-License-Identifier: Apache-2.0
 *
 * server_backup.c - the folder read file by file, for the client that backs it up
 *
 * The engine has one backup at a time, which is its `reader`'s from Begin to End or to the run-down of
 * the handle. The files are the engine's (JetOpenFileInstance); of paths the client learns the names.
 *
 * Locks:  `slot` has who reads, and is held while he is stopped: nobody stops another's backup.
 *         `lock` is held in every call of the backup, so that a stopping server, or a limit (N4), ends it
 *         between two.
 *         slot -> lock is never taken: whoever stops lets go first.
 */
#include "remote/server.h"

#include "base/clock.h"
#include "base/log.h"
#include "ese/backup/stream.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct serve_backup {
    struct serve_instance *instance;
    char databases[PATH_MAX]; /* the folder of their files */
    char logs[PATH_MAX];      /* of the log files, once they are known */
    char base[JET_BASE_NAME_LENGTH + 1];
    JET_HANDLE file;
};

static pthread_mutex_t slot = PTHREAD_MUTEX_INITIALIZER;
static const struct serve_instance *reader;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const struct serve_backup *current; /* NULL: the server has ended it */
static uint64_t used_ns;                   /* when its last call ended */

/* ---- one at a time ---- */

static JET_ERR reserve(const struct serve_instance *instance)
{
    JET_ERR err = JET_errSuccess;

    pthread_mutex_lock(&slot);
    if (atomic_load(&serve.stopping))
        err = JET_errClientRequestToStopJetService;
    else if (reader)
        err = JET_errBackupInProgress;
    else
        reader = instance;
    pthread_mutex_unlock(&slot);
    return err;
}

static void vacate(void)
{
    pthread_mutex_lock(&slot);
    reader = NULL;
    pthread_mutex_unlock(&slot);
}

/* NULL: whoever has one. */
static void stop(const struct serve_instance *instance)
{
    pthread_mutex_lock(&slot);
    if (reader && (!instance || reader == instance))
        (void)JetStopBackupInstance(serve.instance);
    pthread_mutex_unlock(&slot);
}

static JET_ERR enter(const struct serve_backup *b)
{
    pthread_mutex_lock(&lock);
    if (current == b)
        return JET_errSuccess;
    return atomic_load(&serve.stopping) ? JET_errClientRequestToStopJetService
                                        : JET_errBackupAbortByServer;
}

static JET_ERR leave(JET_ERR err)
{
    used_ns = clock_now_ns();
    pthread_mutex_unlock(&lock);
    return err;
}

/* ---- begin and end ---- */

static JET_ERR begin(struct serve_backup *b, uint32_t grbit)
{
    JET_ERR err = realpath(serve.folder, b->databases) ? JET_errSuccess : JET_errInvalidPath;

    if (!err)
        err = JetBeginExternalBackupInstance(serve.instance, grbit);
    if (err)
        return err;
    pthread_mutex_lock(&lock);
    current = b;
    return leave(JET_errSuccess);
}

int32_t JetRpcBackupBegin(JET_RPC_INSTANCE instance, uint32_t grbit, JET_RPC_BACKUP *backup)
{
    struct serve_instance *i = instance;
    struct serve_backup *b = NULL;
    JET_ERR err =
        serve_check(&i->caller, SERVE_BackupBegin, 0, "*", serve_right_on(&i->caller, "*"));

    if (!err)
        err = reserve(i);
    if (err)
        return err;
    b = mem_alloc(sizeof *b);
    err = b ? begin(b, grbit) : JET_errOutOfMemory;
    if (err) {
        mem_free(b);
        vacate();
        return err;
    }
    b->instance = serve_instance_ref(i);
    atomic_fetch_add(&serve.backups, 1);
    log_line(LOG_LEVEL_INFO, "backup begun client=%s grbit=%u", i->client, grbit);
    *backup = b;
    return JET_errSuccess;
}

/* What the engine has ended by itself, after an error, is a backup that is given up. */
static JET_ERR end_in_engine(uint32_t how)
{
    static const JET_GRBIT ends[] = {
        [JET_RPC_BACKUP_ABANDONED] = JET_bitBackupEndAbort,
        [JET_RPC_BACKUP_DONE] = JET_bitBackupEndNormal,
        [JET_RPC_BACKUP_TRUNCATED] = JET_bitBackupEndNormal | JET_bitBackupTruncateDone,
    };
    JET_ERR err = JetEndExternalBackupInstance2(serve.instance, ends[how]);

    return how == JET_RPC_BACKUP_ABANDONED ? JET_errSuccess : err;
}

static JET_ERR end(struct serve_backup *take_backup, uint32_t how, const char *why)
{
    struct serve_backup *b = take_backup;
    JET_ERR err = enter(b);
    bool is_current = current == b;

    if (is_current) {
        err = end_in_engine(how);
        current = NULL;
    }
    (void)leave(err);
    if (is_current)
        vacate();
    atomic_fetch_sub(&serve.backups, 1);
    log_line(LOG_LEVEL_INFO, "backup ended client=%s reason=\"%s\" result=%d", b->instance->client,
             why, (int)err);
    serve_instance_unref(b->instance);
    mem_free(b);
    return err;
}

int32_t JetRpcBackupEnd(JET_RPC_BACKUP *backup, uint32_t how)
{
    static const char *const words[] = {
        [JET_RPC_BACKUP_ABANDONED] = "given up",
        [JET_RPC_BACKUP_DONE] = "done",
        [JET_RPC_BACKUP_TRUNCATED] = "done, truncated",
    };
    JET_ERR err = end(*backup, how, words[how]);

    *backup = NULL;
    return err;
}

void JET_RPC_BACKUP_rundown(JET_RPC_BACKUP backup)
{
    (void)end(backup, JET_RPC_BACKUP_ABANDONED, "run-down");
}

int32_t JetRpcBackupStop(JET_RPC_INSTANCE instance)
{
    stop(instance);
    return JET_errSuccess;
}

void serve_backup_interrupt(const struct serve_instance *instance)
{
    stop(instance);
}

void serve_backup_stop(void)
{
    stop(NULL);
    pthread_mutex_lock(&lock);
    if (current)
        (void)end_in_engine(JET_RPC_BACKUP_ABANDONED);
    current = NULL;
    pthread_mutex_unlock(&lock);
}

void serve_backup_limit(void)
{
    uint32_t limit_s = serve.config.session_idle_s;
    bool ended = false;

    if (limit_s == 0 || pthread_mutex_trylock(&lock) != 0) /* it is in a call */
        return;
    if (current && clock_now_ns() - used_ns > limit_s * CLOCK_SECOND) {
        log_line(LOG_LEVEL_WARNING, "backup given up client=%s reason=\"session_idle\"",
                 current->instance->client);
        (void)end_in_engine(JET_RPC_BACKUP_ABANDONED);
        atomic_fetch_add(&serve.limits[SERVE_SESSION_IDLE], 1);
        current = NULL;
        ended = true;
    }
    pthread_mutex_unlock(&lock);
    if (ended)
        vacate();
}

/* ---- what there is ---- */

static unsigned count_names(const char *list)
{
    unsigned n = 0;

    for (const char *p = list; *p; p += strlen(p) + 1)
        n++;
    return n;
}

static JET_ERR give_names(const char *list, JET_RPC_NAMES *names)
{
    unsigned count = count_names(list);
    JET_ERR err = JET_errSuccess;

    names->names = serve_result((count + 1) * sizeof *names->names);
    if (!names->names)
        return JET_errOutOfMemory;
    for (const char *p = list; *p && !err; p += strlen(p) + 1) {
        const char *slash = strrchr(p, '/');

        err = serve_text(slash ? slash + 1 : p, &names->names[names->count]);
        names->count += !err;
    }
    return err;
}

int32_t JetRpcBackupDatabases(JET_RPC_BACKUP backup, JET_RPC_NAMES *names)
{
    unsigned long size = 0;
    char *list = NULL;
    JET_ERR err = enter(backup);

    if (!err)
        err = JetGetAttachInfoInstanceA(serve.instance, NULL, 0, &size);
    if (!err) {
        list = mem_alloc(size);
        err =
            list ? JetGetAttachInfoInstanceA(serve.instance, list, size, NULL) : JET_errOutOfMemory;
    }
    if (!err)
        err = give_names(list, names);
    mem_free(list);
    return leave(err);
}

int32_t JetRpcBackupLogs(JET_RPC_BACKUP backup, uint32_t *first, uint32_t *count)
{
    struct serve_backup *b = backup;
    JET_LOGINFO_A info = {.cbSize = sizeof info};
    char list[PATH_MAX];
    JET_ERR err = enter(b);

    if (!err) /* of the list only where it begins */
        err = JetGetLogInfoInstance2A(serve.instance, list, sizeof list, NULL, &info);
    if (err)
        return leave(err);
    list[sizeof list - 1] = '\0';
    (void)snprintf(b->logs, sizeof b->logs, "%s", dirname(list));
    memcpy(b->base, info.szBaseName, sizeof b->base);
    *first = (uint32_t)info.ulGenLow;
    *count = (uint32_t)(info.ulGenHigh - info.ulGenLow + 1);
    return leave(JET_errSuccess);
}

/* ---- files ---- */

static JET_ERR open_path(struct serve_backup *b, const char *path, int64_t *ret_size)
{
    unsigned long low = 0, high = 0;
    JET_ERR err = JetOpenFileInstanceA(serve.instance, path, &b->file, &low, &high);

    *ret_size = (int64_t)((uint64_t)high << 32 | low);
    return err;
}

int32_t JetRpcBackupOpenDatabase(JET_RPC_BACKUP backup, const char *name, int64_t *size)
{
    struct serve_backup *b = backup;
    char path[PATH_MAX];
    JET_ERR err = enter(b);

    if (!err && !backup_path(path, b->databases, name))
        err = JET_errInvalidPath;
    return leave(err ? err : open_path(b, path, size));
}

int32_t JetRpcBackupOpenLog(JET_RPC_BACKUP backup, uint32_t generation, int64_t *size)
{
    struct serve_backup *b = backup;
    char path[PATH_MAX];
    JET_ERR err = enter(b);

    if (!err && (!b->logs[0] || generation > STREAM_GEN_MAX))
        err = JET_errInvalidBackupSequence;
    if (!err && !stream_path(b->logs, b->base, generation, path))
        err = JET_errInvalidPath;
    return leave(err ? err : open_path(b, path, size));
}

int32_t JetRpcBackupRead(JET_RPC_BACKUP backup, JET_RPC_PIECE *piece)
{
    const struct serve_backup *b = backup;
    unsigned long got = 0;
    JET_ERR err = enter(b);

    if (!err) {
        piece->data = serve_result(JET_WIRE_PIECE);
        err = piece->data
                  ? JetReadFileInstance(serve.instance, b->file, piece->data, JET_WIRE_PIECE, &got)
                  : JET_errOutOfMemory;
    }
    piece->size = err ? 0 : (uint32_t)got;
    return leave(err);
}

int32_t JetRpcBackupCloseFile(JET_RPC_BACKUP backup)
{
    struct serve_backup *b = backup;
    JET_ERR err = enter(b);

    return leave(err ? err : JetCloseFileInstance(serve.instance, b->file));
}
