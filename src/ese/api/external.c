/* SPDX-License-Identifier: Apache-2.0
 *
 * external.c - backup file by file: which call may follow which
 *
 *   nothing --Begin--> databases --GetLogInfo--> log files --TruncateLog--> truncated
 *           --Begin, incremental------------------^
 *
 * and from each by JetEndExternalBackupInstance back to nothing. One file is open at a time.
 * A call out of turn (-521) and one that is given nonsense (-1003) change nothing. What fails while
 * log files are told of, opened or read ends the backup; with a database's file it ends but that one.
 */
#include "ese/api/external.h"

#include "ese/api/text.h"

#include <stdio.h>
#include <string.h>

#define LENT       1024 /* octets of arena on the stack */
#define PAGES_DATA 3    /* of the first read of a database: its header, that again, a page */
#define PAGES_LOG  2

#define END_BITS (JET_bitBackupEndNormal | JET_bitBackupEndAbort | JET_bitBackupTruncateDone)

/* ---- one call at a time ---- */

/* Makes the stream busy. `ending`: also when it has been stopped. */
static JET_ERR take_stream(struct jet_instance *instance, bool ending)
{
    struct jet_stream *s = &instance->stream;
    JET_ERR err = JET_errSuccess;

    jet_lock();
    while (s->busy)
        pthread_cond_wait(&jet_process.changed, &jet_process.lock);
    if (!s->engine)
        err = JET_errNoBackup;
    else if (s->stopped && !ending)
        err = JET_errBackupAbortByServer;
    else
        s->busy = true;
    jet_unlock();
    return err;
}

static void give_stream(struct jet_instance *instance)
{
    jet_lock();
    instance->stream.busy = false;
    pthread_cond_broadcast(&jet_process.changed);
    jet_unlock();
}

static JET_ERR enter(struct jet_call *call, JET_INSTANCE handle, bool ending)
{
    JET_ERR err = jet_enter_instance(call, CALL_EXTERNAL_BACKUP, handle);

    if (err)
        return err;
    err = call->provider->stream_begin ? take_stream(call->instance, ending)
                                       : JET_errFeatureNotAvailable;
    return err ? jet_leave(call, err) : JET_errSuccess;
}

static JET_ERR leave(struct jet_call *call, JET_ERR err)
{
    give_stream(call->instance);
    return jet_leave(call, err);
}

/* The stream is busy, or nobody is inside the instance. */
static JET_ERR end_stream(struct jet_instance *instance, enum ese_stream_end how)
{
    struct ese_stream *engine = instance->stream.engine;
    JET_ERR err = instance->provider->stream_end(engine, how);

    jet_lock();
    instance->stream = (struct jet_stream){.busy = instance->stream.busy,
                                           .last_handle = instance->stream.last_handle};
    instance->backing_up = false;
    pthread_cond_broadcast(&jet_process.changed);
    jet_unlock();
    return err;
}

void jet_stream_abandon(struct jet_instance *instance)
{
    (void)end_stream(instance, ESE_STREAM_ABANDONED);
}

/* ---- begin and end ---- */

static JET_ERR reserve(struct jet_instance *instance)
{
    JET_ERR err = JET_errSuccess;

    jet_lock();
    if (instance->backing_up || instance->stream.busy)
        err = JET_errBackupInProgress;
    else
        instance->stream.busy = true;
    jet_unlock();
    return err;
}

static void start_stream(struct jet_instance *instance, struct ese_stream *engine, JET_GRBIT grbit)
{
    bool incremental = grbit & JET_bitBackupIncremental;

    jet_lock();
    instance->stream = (struct jet_stream){.engine = engine,
                                           .busy = true,
                                           .incremental = incremental,
                                           .logs = incremental,
                                           .last_handle = instance->stream.last_handle};
    instance->backing_up = true;
    jet_unlock();
}

JET_ERR JET_API JetBeginExternalBackupInstance(JET_INSTANCE handle, JET_GRBIT grbit)
{
    struct ese_stream *engine = NULL;
    struct jet_call call;
    JET_ERR err = jet_enter_instance(&call, CALL_EXTERNAL_BACKUP, handle);

    if (err)
        return err;
    if (!call.provider->stream_begin)
        err = JET_errFeatureNotAvailable;
    else if (grbit & ~(JET_GRBIT)JET_bitBackupIncremental)
        err = JET_errInvalidGrbit;
    else
        err = jet_check_incremental(&call, grbit);
    if (!err)
        err = reserve(call.instance);
    if (err)
        return jet_leave(&call, err);
    err = call.provider->stream_begin(call.instance->engine, grbit, &engine);
    if (!err)
        start_stream(call.instance, engine, grbit);
    return leave(&call, err);
}

/* What is to be said of an end, and whether it was one. */
static JET_ERR judge_end(const struct jet_stream *s, JET_GRBIT grbit, enum ese_stream_end *ret_how)
{
    *ret_how = ESE_STREAM_ABANDONED;
    if (s->stopped)
        return JET_errBackupAbortByServer;
    if (grbit & JET_bitBackupEndAbort)
        return JET_errSuccess;
    if (!s->logs)
        return JET_errBackupAbortByCaller;
    *ret_how =
        s->truncated || grbit & JET_bitBackupTruncateDone ? ESE_STREAM_TRUNCATED : ESE_STREAM_DONE;
    return JET_errSuccess;
}

static JET_ERR end_external(JET_INSTANCE handle, JET_GRBIT grbit)
{
    bool normal = grbit & JET_bitBackupEndNormal, abort = grbit & JET_bitBackupEndAbort;
    enum ese_stream_end how;
    struct jet_call call;
    JET_ERR err = enter(&call, handle, true), ended;

    if (err)
        return err;
    if (grbit & ~(JET_GRBIT)END_BITS)
        return leave(&call, JET_errInvalidGrbit);
    if (normal == abort)
        return leave(&call, JET_errInvalidParameter);
    err = judge_end(&call.instance->stream, grbit, &how);
    ended = end_stream(call.instance, how);
    return leave(&call, err ? err : ended);
}

JET_ERR JET_API JetEndExternalBackupInstance(JET_INSTANCE instance)
{
    return end_external(instance, JET_bitBackupEndNormal);
}

JET_ERR JET_API JetEndExternalBackupInstance2(JET_INSTANCE instance, JET_GRBIT grbit)
{
    return end_external(instance, grbit);
}

/* ---- lists of files ---- */

/* Strings one after the other, and an empty one: as much as fits, and how much there is. */
static JET_ERR list_out(struct arena *arena, const char *const *names, size_t count, bool wide,
                        void *buffer, unsigned long size, unsigned long *ret_size)
{
    unsigned long whole = wide ? sizeof(WCHAR) : 1, at = 0;
    char *list;

    for (size_t i = 0; i < count; i++) {
        unsigned long each = 0;

        (void)jet_text_out(names[i], wide, NULL, 0, &each);
        whole += each;
    }
    list = arena_alloc(arena, whole);
    if (!list)
        return JET_errOutOfMemory;
    for (size_t i = 0; i < count; i++) {
        unsigned long each = 0;
        JET_ERR err = jet_text_out(names[i], wide, list + at, whole - at, &each);

        if (err)
            return err;
        at += each;
    }
    if (buffer)
        memcpy(buffer, list, size < whole ? size : whole);
    if (ret_size)
        *ret_size = whole;
    return JET_errSuccess;
}

struct list_buffer {
    bool wide;
    void *data;
    unsigned long size;
    unsigned long *ret_size;
};

static JET_ERR attach_info(JET_INSTANCE handle, struct list_buffer to)
{
    const char *const *names = NULL;
    size_t count = 0;
    struct jet_call call;
    struct arena arena;
    char lent[LENT];
    JET_ERR err = enter(&call, handle, false);

    if (err)
        return err;
    if (call.instance->stream.incremental)
        return leave(&call, JET_errInvalidBackupSequence);
    arena_init(&arena, lent, sizeof lent);
    err = call.provider->stream_databases(call.instance->stream.engine, &arena, &names, &count);
    if (!err)
        err = list_out(&arena, names, count, to.wide, to.data, to.size, to.ret_size);
    arena_fini(&arena);
    if (err)
        jet_stream_abandon(call.instance);
    return leave(&call, err);
}

JET_ERR JET_API JetGetAttachInfoInstanceA(JET_INSTANCE instance, JET_PSTR szzDatabases,
                                          unsigned long cbMax, unsigned long *pcbActual)
{
    return attach_info(instance, (struct list_buffer){false, szzDatabases, cbMax, pcbActual});
}

JET_ERR JET_API JetGetAttachInfoInstanceW(JET_INSTANCE instance, JET_PWSTR szzDatabases,
                                          unsigned long cbMax, unsigned long *pcbActual)
{
    return attach_info(instance, (struct list_buffer){true, szzDatabases, cbMax, pcbActual});
}

/* Generations, for JET_LOGINFO. */
struct range {
    unsigned long low, high;
};

static JET_ERR log_info(JET_INSTANCE handle, struct list_buffer to, bool info_fits,
                        struct range *ret_range, char ret_base[JET_BASE_NAME_LENGTH + 1])
{
    const char *const *names = NULL;
    const char *base;
    size_t count = 0;
    uint32_t first = 0;
    struct jet_call call;
    struct arena arena;
    char lent[LENT];
    JET_ERR err = enter(&call, handle, false);

    if (err)
        return err;
    if (call.instance->stream.open || !info_fits)
        return leave(&call, info_fits ? JET_errInvalidBackupSequence : JET_errInvalidParameter);
    arena_init(&arena, lent, sizeof lent);
    err = call.provider->stream_logs(call.instance->stream.engine, &arena, &names, &count, &first);
    if (!err)
        err = list_out(&arena, names, count, to.wide, to.data, to.size, to.ret_size);
    arena_fini(&arena);
    if (err) {
        jet_stream_abandon(call.instance);
        return leave(&call, err);
    }
    call.instance->stream.logs = true;
    base = jet_params_text(&call.instance->params, JET_paramBaseName);
    (void)snprintf(ret_base, JET_BASE_NAME_LENGTH + 1, "%s", base && *base ? base : "edb");
    *ret_range = (struct range){first, first + (unsigned long)count - 1};
    return leave(&call, JET_errSuccess);
}

JET_ERR JET_API JetGetLogInfoInstance2A(JET_INSTANCE instance, JET_PSTR szzLogs,
                                        unsigned long cbMax, unsigned long *pcbActual,
                                        JET_LOGINFO_A *pLogInfo)
{
    char base[JET_BASE_NAME_LENGTH + 1];
    struct range range;
    bool fits = !pLogInfo || pLogInfo->cbSize == sizeof *pLogInfo;
    JET_ERR err = log_info(instance, (struct list_buffer){false, szzLogs, cbMax, pcbActual}, fits,
                           &range, base);

    if (!err && pLogInfo) {
        pLogInfo->ulGenLow = range.low;
        pLogInfo->ulGenHigh = range.high;
        memcpy(pLogInfo->szBaseName, base, sizeof base);
    }
    return err;
}

JET_ERR JET_API JetGetLogInfoInstance2W(JET_INSTANCE instance, JET_PWSTR szzLogs,
                                        unsigned long cbMax, unsigned long *pcbActual,
                                        JET_LOGINFO_W *pLogInfo)
{
    char base[JET_BASE_NAME_LENGTH + 1];
    struct range range;
    bool fits = !pLogInfo || pLogInfo->cbSize == sizeof *pLogInfo;
    JET_ERR err = log_info(instance, (struct list_buffer){true, szzLogs, cbMax, pcbActual}, fits,
                           &range, base);

    if (!err && pLogInfo) {
        pLogInfo->ulGenLow = range.low;
        pLogInfo->ulGenHigh = range.high;
        for (size_t i = 0; i < sizeof base; i++)
            pLogInfo->szBaseName[i] = (unsigned char)base[i];
    }
    return err;
}

JET_ERR JET_API JetGetLogInfoInstanceA(JET_INSTANCE instance, JET_PSTR szzLogs, unsigned long cbMax,
                                       unsigned long *pcbActual)
{
    return JetGetLogInfoInstance2A(instance, szzLogs, cbMax, pcbActual, NULL);
}

JET_ERR JET_API JetGetLogInfoInstanceW(JET_INSTANCE instance, JET_PWSTR szzLogs,
                                       unsigned long cbMax, unsigned long *pcbActual)
{
    return JetGetLogInfoInstance2W(instance, szzLogs, cbMax, pcbActual, NULL);
}

/* The store retires its log by itself: there is nothing that could be deleted. */
static JET_ERR truncate_info(JET_INSTANCE handle, struct list_buffer to)
{
    struct jet_call call;
    struct arena arena;
    char lent[16];
    JET_ERR err = enter(&call, handle, false);

    if (err)
        return err;
    if (call.instance->stream.open || !call.instance->stream.logs)
        return leave(&call, JET_errInvalidBackupSequence);
    arena_init(&arena, lent, sizeof lent);
    err = list_out(&arena, NULL, 0, to.wide, to.data, to.size, to.ret_size);
    arena_fini(&arena);
    return leave(&call, err);
}

JET_ERR JET_API JetGetTruncateLogInfoInstanceA(JET_INSTANCE instance, JET_PSTR szzLogs,
                                               unsigned long cbMax, unsigned long *pcbActual)
{
    return truncate_info(instance, (struct list_buffer){false, szzLogs, cbMax, pcbActual});
}

JET_ERR JET_API JetGetTruncateLogInfoInstanceW(JET_INSTANCE instance, JET_PWSTR szzLogs,
                                               unsigned long cbMax, unsigned long *pcbActual)
{
    return truncate_info(instance, (struct list_buffer){true, szzLogs, cbMax, pcbActual});
}

JET_ERR JET_API JetTruncateLogInstance(JET_INSTANCE handle)
{
    struct jet_stream *s;
    struct jet_call call;
    JET_ERR err = enter(&call, handle, false);

    if (err)
        return err;
    s = &call.instance->stream;
    if (s->open || !s->logs)
        err = JET_errInvalidBackupSequence;
    else
        err = call.provider->stream_copied(s->engine);
    if (!err)
        s->truncated = true;
    return leave(&call, err);
}

/* ---- files ---- */

static JET_ERR open_file(JET_INSTANCE handle, struct jet_string path, JET_HANDLE *ret_file,
                         unsigned long *ret_low, unsigned long *ret_high)
{
    struct jet_stream *s;
    const char *path8 = NULL;
    uint64_t size = 0;
    struct jet_call call;
    struct arena arena;
    char lent[LENT];
    JET_ERR err = enter(&call, handle, false);

    if (err)
        return err;
    s = &call.instance->stream;
    arena_init(&arena, lent, sizeof lent);
    err = jet_utf8_needed(&arena, path, &path8);
    if (!err && (*path8 == '\0' || !ret_file))
        err = JET_errInvalidParameter;
    if (!err && s->open)
        err = JET_errOutOfMemory; /* so it is documented */
    if (err) {
        arena_fini(&arena);
        return leave(&call, err);
    }
    err = call.provider->stream_open(s->engine, path8, s->logs, &size);
    arena_fini(&arena);
    if (err) {
        if (s->logs && err != JET_errInvalidBackupSequence)
            jet_stream_abandon(call.instance);
        return leave(&call, err);
    }
    s->open = ++s->last_handle;
    s->database = !s->logs;
    s->offset = 0;
    *ret_file = s->open;
    if (ret_low)
        *ret_low = (unsigned long)(size & UINT32_MAX);
    if (ret_high)
        *ret_high = (unsigned long)(size >> 32);
    return leave(&call, JET_errSuccess);
}

JET_ERR JET_API JetOpenFileInstanceA(JET_INSTANCE instance, JET_PCSTR szFileName,
                                     JET_HANDLE *phfFile, unsigned long *pulFileSizeLow,
                                     unsigned long *pulFileSizeHigh)
{
    return open_file(instance, jet_narrow(szFileName), phfFile, pulFileSizeLow, pulFileSizeHigh);
}

JET_ERR JET_API JetOpenFileInstanceW(JET_INSTANCE instance, JET_PCWSTR szFileName,
                                     JET_HANDLE *phfFile, unsigned long *pulFileSizeLow,
                                     unsigned long *pulFileSizeHigh)
{
    return open_file(instance, jet_wide(szFileName), phfFile, pulFileSizeLow, pulFileSizeHigh);
}

static void close_open(struct jet_call *call)
{
    call->provider->stream_close(call->instance->stream.engine);
    call->instance->stream.open = 0;
}

/* Whole pages, and enough of them for the first read. */
static bool is_good_size(const struct jet_call *call, unsigned long size)
{
    const struct jet_stream *s = &call->instance->stream;
    uint64_t page = jet_param_value(&call->instance->params, JET_paramDatabasePageSize);
    uint64_t least = s->offset > 0 ? 1 : s->database ? PAGES_DATA : PAGES_LOG;

    return size <= UINT32_MAX && size % page == 0 && size / page >= least;
}

JET_ERR JET_API JetReadFileInstance(JET_INSTANCE instance, JET_HANDLE hfFile, void *pv,
                                    unsigned long cb, unsigned long *pcbActual)
{
    struct jet_stream *s;
    uint32_t got = 0;
    struct jet_call call;
    JET_ERR err = enter(&call, instance, false);

    if (err)
        return err;
    s = &call.instance->stream;
    if (!s->open || hfFile != s->open || !pv || !is_good_size(&call, cb))
        return leave(&call, JET_errInvalidParameter);
    err = call.provider->stream_read(s->engine, s->offset, pv, (uint32_t)cb, &got);
    if (err && s->database)
        close_open(&call);
    else if (err)
        jet_stream_abandon(call.instance);
    else
        s->offset += got;
    if (!err && pcbActual)
        *pcbActual = got;
    return leave(&call, err);
}

JET_ERR JET_API JetCloseFileInstance(JET_INSTANCE instance, JET_HANDLE hfFile)
{
    struct jet_call call;
    JET_ERR err = enter(&call, instance, true);

    if (err)
        return err;
    if (!call.instance->stream.open || hfFile != call.instance->stream.open)
        err = JET_errInvalidParameter;
    else
        close_open(&call);
    return leave(&call, err);
}

/* ---- the forms that name no instance ---- */

/* Of the only one of a process in single-instance mode. */
#define OF_THE_ONLY_ONE(call)                   \
    do {                                        \
        JET_ERR err = jet_check_one_instance(); \
        return err ? err : (call);              \
    } while (0)

JET_ERR JET_API JetBeginExternalBackup(JET_GRBIT grbit)
{
    OF_THE_ONLY_ONE(JetBeginExternalBackupInstance(JET_instanceNil, grbit));
}

JET_ERR JET_API JetEndExternalBackup(void)
{
    OF_THE_ONLY_ONE(JetEndExternalBackupInstance(JET_instanceNil));
}

JET_ERR JET_API JetGetAttachInfoA(JET_PSTR szzDatabases, unsigned long cbMax,
                                  unsigned long *pcbActual)
{
    OF_THE_ONLY_ONE(JetGetAttachInfoInstanceA(JET_instanceNil, szzDatabases, cbMax, pcbActual));
}

JET_ERR JET_API JetGetAttachInfoW(JET_PWSTR wszzDatabases, unsigned long cbMax,
                                  unsigned long *pcbActual)
{
    OF_THE_ONLY_ONE(JetGetAttachInfoInstanceW(JET_instanceNil, wszzDatabases, cbMax, pcbActual));
}

JET_ERR JET_API JetOpenFileA(JET_PCSTR szFileName, JET_HANDLE *phfFile,
                             unsigned long *pulFileSizeLow, unsigned long *pulFileSizeHigh)
{
    OF_THE_ONLY_ONE(JetOpenFileInstanceA(JET_instanceNil, szFileName, phfFile, pulFileSizeLow,
                                         pulFileSizeHigh));
}

JET_ERR JET_API JetOpenFileW(JET_PCWSTR szFileName, JET_HANDLE *phfFile,
                             unsigned long *pulFileSizeLow, unsigned long *pulFileSizeHigh)
{
    OF_THE_ONLY_ONE(JetOpenFileInstanceW(JET_instanceNil, szFileName, phfFile, pulFileSizeLow,
                                         pulFileSizeHigh));
}

JET_ERR JET_API JetReadFile(JET_HANDLE hfFile, void *pv, unsigned long cb, unsigned long *pcbActual)
{
    OF_THE_ONLY_ONE(JetReadFileInstance(JET_instanceNil, hfFile, pv, cb, pcbActual));
}

JET_ERR JET_API JetCloseFile(JET_HANDLE hfFile)
{
    OF_THE_ONLY_ONE(JetCloseFileInstance(JET_instanceNil, hfFile));
}

JET_ERR JET_API JetGetLogInfoA(JET_PSTR szzLogs, unsigned long cbMax, unsigned long *pcbActual)
{
    OF_THE_ONLY_ONE(JetGetLogInfoInstanceA(JET_instanceNil, szzLogs, cbMax, pcbActual));
}

JET_ERR JET_API JetGetLogInfoW(JET_PWSTR szzLogs, unsigned long cbMax, unsigned long *pcbActual)
{
    OF_THE_ONLY_ONE(JetGetLogInfoInstanceW(JET_instanceNil, szzLogs, cbMax, pcbActual));
}

JET_ERR JET_API JetTruncateLog(void)
{
    OF_THE_ONLY_ONE(JetTruncateLogInstance(JET_instanceNil));
}
