/* SPDX-License-Identifier: Apache-2.0
 *
 * restore.c - JetRestoreInstance and JetExternalRestore2
 *
 *   CREATED --JetRestoreInstance--> RESTORING --> CREATED, whatever came of it
 *
 * JetExternalRestore2 names no instance: it restores into one that it makes for the time of the call.
 */
#include "ese/api/hosts.h"
#include "ese/api/progress.h"
#include "ese/api/text.h"

#include <stdio.h>

#define LENT 1024 /* octets of arena on the stack */

JET_ERR jet_report(void *ctx, JET_SNP snp, JET_SNT snt, uint32_t done, uint32_t total)
{
    struct jet_report *r = ctx;
    JET_SNPROG progress = {.cbStruct = sizeof progress, .cunitDone = done, .cunitTotal = total};
    struct jet_callback callback;
    JET_ERR err = JET_errSuccess;

    if (!r->function)
        return JET_errSuccess;
    jet_callback_begin(&callback, r->call);
    err = r->function(JET_sesidNil, snp, snt, &progress);
    jet_callback_end(&callback);
    return err;
}

/* 10: a created instance becomes one that is restoring. */
static JET_ERR begin_restore(JET_INSTANCE handle, struct jet_instance **ret_instance)
{
    JET_ERR err = JET_errSuccess;

    jet_lock();
    err = jet_instance_find(handle, ret_instance);
    if (!err)
        switch (atomic_load(&(*ret_instance)->life)) {
        case LIFE_CREATED: atomic_store(&(*ret_instance)->life, LIFE_RESTORING); break;
        case LIFE_RESTORING: err = JET_errRestoreInProgress; break;
        case LIFE_INITIALISING: err = JET_errInitInProgress; break;
        default: err = JET_errAlreadyInitialized;
        }
    jet_unlock();
    return err;
}

static void end_restore(struct jet_instance *instance)
{
    jet_lock();
    atomic_store(&instance->life, LIFE_CREATED);
    pthread_cond_broadcast(&jet_process.changed);
    jet_unlock();
}

/* Either from a folder, or what was streamed. */
struct source {
    const char *folder, *dest;
    const struct ese_streamed *streamed;
};

static JET_ERR run_restore(struct jet_instance *instance, const struct source *from,
                           JET_PFNSTATUS status)
{
    struct jet_call call = {.instance = instance};
    struct jet_report r = {&call, status};
    struct ese_progress progress = {jet_report, &r};
    JET_ERR err = jet_host_prepare(instance);
    const struct ese_provider *p = instance->provider;

    if (err)
        return err;
    if (from->streamed ? !p->stream_restore : !p->restore)
        return JET_errFeatureNotAvailable;
    return from->streamed ? p->stream_restore(&instance->host, from->streamed, &progress)
                          : p->restore(&instance->host, from->folder, from->dest, &progress);
}

static JET_ERR restore_into(JET_INSTANCE handle, const struct source *from, JET_PFNSTATUS status)
{
    struct jet_instance *instance = NULL;
    JET_ERR err = begin_restore(handle, &instance);

    if (err)
        return err;
    err = run_restore(instance, from, status);
    end_restore(instance);
    return err;
}

static JET_ERR restore(JET_INSTANCE handle, struct jet_string source, struct jet_string dest,
                       JET_PFNSTATUS status)
{
    struct source from = {.folder = NULL};
    struct arena arena;
    char lent[LENT];
    JET_ERR err = JET_errSuccess;

    arena_init(&arena, lent, sizeof lent);
    err = jet_utf8_needed(&arena, source, &from.folder);
    if (!err)
        err = jet_utf8(&arena, dest, &from.dest);
    if (!err)
        err = restore_into(handle, &from, status);
    arena_fini(&arena);
    return err;
}

JET_ERR JET_API JetRestoreInstanceA(JET_INSTANCE instance, JET_PCSTR source, JET_PCSTR dest,
                                    JET_PFNSTATUS status)
{
    return restore(instance, jet_narrow(source), jet_narrow(dest), status);
}

JET_ERR JET_API JetRestoreInstanceW(JET_INSTANCE instance, JET_PCWSTR source, JET_PCWSTR dest,
                                    JET_PFNSTATUS status)
{
    return restore(instance, jet_wide(source), jet_wide(dest), status);
}

/* ---- files that were streamed ---- */

struct streamed_paths {
    struct jet_string system, log, backup;
};

/* The instance that the files are restored into. */
static JET_ERR make_instance(struct arena *arena, const struct streamed_paths *paths,
                             const char *base, JET_INSTANCE *ret_instance)
{
    const char *system = NULL, *log = NULL;
    JET_ERR err = jet_utf8_needed(arena, paths->system, &system);

    if (!err)
        err = jet_utf8_needed(arena, paths->log, &log);
    if (!err)
        err = JetCreateInstanceA(ret_instance, NULL);
    if (err)
        return err;
    err = JetSetSystemParameterA(ret_instance, 0, JET_paramSystemPath, 0, system);
    if (!err)
        err = JetSetSystemParameterA(ret_instance, 0, JET_paramLogFilePath, 0, log);
    if (!err)
        err = JetSetSystemParameterA(ret_instance, 0, JET_paramBaseName, 0, base);
    if (err)
        (void)JetTerm(*ret_instance);
    return err;
}

static JET_ERR restore_streamed(struct arena *arena, const struct streamed_paths *paths,
                                struct ese_streamed *what, JET_PFNSTATUS status)
{
    const struct source from = {.streamed = what};
    JET_INSTANCE instance = 0;
    JET_ERR err = jet_utf8_needed(arena, paths->backup, &what->folder);

    if (!err)
        err = make_instance(arena, paths, what->base, &instance);
    if (err)
        return err;
    err = restore_into(instance, &from, status);
    (void)JetTerm(instance);
    return err;
}

/* Both or neither; and no engine here goes on with the log of an instance that runs. */
static JET_ERR judge_target(const void *log_path, const void *checkpoint_path)
{
    if (!log_path != !checkpoint_path)
        return JET_errInvalidParameter;
    return log_path ? JET_errBadRestoreTargetInstance : JET_errSuccess;
}

/* JetExternalRestore2 of either form. */
struct external {
    struct streamed_paths paths;
    bool wide; /* the form, and so the map's: JET_RSTMAP_W or _A */
    const void *map;
    long count;
    struct jet_string base;
    unsigned long low, high;
};

static JET_ERR check_range(const struct external *x)
{
    return x->low == 0 || x->low > x->high || x->high > UINT32_MAX || x->count < 0 ||
                   (x->count > 0 && !x->map)
               ? JET_errInvalidParameter
               : JET_errSuccess;
}

static JET_ERR move(struct arena *arena, const struct external *x, long i,
                    struct ese_moved *ret_moved)
{
    const JET_RSTMAP_W *w = x->map;
    const JET_RSTMAP_A *a = x->map;
    JET_ERR err = jet_utf8_needed(
        arena, x->wide ? jet_wide(w[i].szDatabaseName) : jet_narrow(a[i].szDatabaseName),
        &ret_moved->from);

    return err ? err
               : jet_utf8_needed(arena,
                                 x->wide ? jet_wide(w[i].szNewDatabaseName)
                                         : jet_narrow(a[i].szNewDatabaseName),
                                 &ret_moved->to);
}

static JET_ERR external(const struct external *x, JET_PFNSTATUS status)
{
    struct ese_streamed what = {.first = (uint32_t)x->low, .last = (uint32_t)x->high};
    struct ese_moved *moved;
    struct arena arena;
    char lent[LENT];
    JET_ERR err = check_range(x);

    if (err)
        return err;
    arena_init(&arena, lent, sizeof lent);
    moved = arena_alloc(&arena, ((size_t)x->count + 1) * sizeof *moved);
    err = moved ? jet_utf8_needed(&arena, x->base, &what.base) : JET_errOutOfMemory;
    for (long i = 0; i < x->count && !err; i++)
        err = move(&arena, x, i, &moved[i]);
    what.moved = moved;
    what.moved_count = (size_t)x->count;
    if (!err)
        err = restore_streamed(&arena, &x->paths, &what, status);
    arena_fini(&arena);
    return err;
}

JET_ERR JET_API JetExternalRestore2A(JET_PSTR szCheckpointFilePath, JET_PSTR szLogPath,
                                     JET_RSTMAP_A *rgrstmap, long crstfilemap,
                                     JET_PSTR szBackupLogPath, JET_LOGINFO_A *pLogInfo,
                                     JET_PSTR szTargetInstanceName,
                                     JET_PSTR szTargetInstanceLogPath,
                                     JET_PSTR szTargetInstanceCheckpointPath, JET_PFNSTATUS pfn)
{
    struct external x = {.paths = {jet_narrow(szCheckpointFilePath), jet_narrow(szLogPath),
                                   jet_narrow(szBackupLogPath)},
                         .map = rgrstmap,
                         .count = crstfilemap};
    JET_ERR err = judge_target(szTargetInstanceLogPath, szTargetInstanceCheckpointPath);

    (void)szTargetInstanceName;
    if (err)
        return err;
    if (!pLogInfo || pLogInfo->cbSize != sizeof *pLogInfo)
        return JET_errInvalidParameter;
    x.base = jet_narrow(pLogInfo->szBaseName);
    x.low = pLogInfo->ulGenLow;
    x.high = pLogInfo->ulGenHigh;
    return external(&x, pfn);
}

JET_ERR JET_API JetExternalRestore2W(JET_PWSTR szCheckpointFilePath, JET_PWSTR szLogPath,
                                     JET_RSTMAP_W *rgrstmap, long crstfilemap,
                                     JET_PWSTR szBackupLogPath, JET_LOGINFO_W *pLogInfo,
                                     JET_PWSTR szTargetInstanceName,
                                     JET_PWSTR szTargetInstanceLogPath,
                                     JET_PWSTR szTargetInstanceCheckpointPath, JET_PFNSTATUS pfn)
{
    struct external x = {
        .paths = {jet_wide(szCheckpointFilePath), jet_wide(szLogPath), jet_wide(szBackupLogPath)},
        .wide = true,
        .map = rgrstmap,
        .count = crstfilemap};
    JET_ERR err = judge_target(szTargetInstanceLogPath, szTargetInstanceCheckpointPath);

    (void)szTargetInstanceName;
    if (err)
        return err;
    if (!pLogInfo || pLogInfo->cbSize != sizeof *pLogInfo)
        return JET_errInvalidParameter;
    x.base = jet_wide(pLogInfo->szBaseName);
    x.low = pLogInfo->ulGenLow;
    x.high = pLogInfo->ulGenHigh;
    return external(&x, pfn);
}

/* By the numbers alone: the log files are named after "edb". */
JET_ERR JET_API JetExternalRestoreA(JET_PSTR szCheckpointFilePath, JET_PSTR szLogPath,
                                    JET_RSTMAP_A *rgrstmap, long crstfilemap,
                                    JET_PSTR szBackupLogPath, long genLow, long genHigh,
                                    JET_PFNSTATUS pfn)
{
    JET_LOGINFO_A info = {.cbSize = sizeof info,
                          .ulGenLow = (unsigned long)genLow,
                          .ulGenHigh = (unsigned long)genHigh,
                          .szBaseName = "edb"};

    return JetExternalRestore2A(szCheckpointFilePath, szLogPath, rgrstmap, crstfilemap,
                                szBackupLogPath, &info, NULL, NULL, NULL, pfn);
}

JET_ERR JET_API JetExternalRestoreW(JET_PWSTR szCheckpointFilePath, JET_PWSTR szLogPath,
                                    JET_RSTMAP_W *rgrstmap, long crstfilemap,
                                    JET_PWSTR szBackupLogPath, long genLow, long genHigh,
                                    JET_PFNSTATUS pfn)
{
    JET_LOGINFO_W info = {.cbSize = sizeof info,
                          .ulGenLow = (unsigned long)genLow,
                          .ulGenHigh = (unsigned long)genHigh,
                          .szBaseName = {'e', 'd', 'b'}};

    return JetExternalRestore2W(szCheckpointFilePath, szLogPath, rgrstmap, crstfilemap,
                                szBackupLogPath, &info, NULL, NULL, NULL, pfn);
}
