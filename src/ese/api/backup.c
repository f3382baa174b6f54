/* SPDX-License-Identifier: Apache-2.0
 *
 * backup.c - JetBackupInstance, JetRestoreInstance and their end
 *
 *   CREATED --JetRestoreInstance--> RESTORING --> CREATED, whatever came of it
 *
 * A backup is one call by the instance's handle; JetTerm knows of it by `backing_up`.
 */
#include "ese/api/gate.h"
#include "ese/api/hosts.h"
#include "ese/api/text.h"

#define LENT 512 /* octets of arena on the stack */

/* The program's function, called as one of its own from within the call. */
struct report {
    struct jet_call *call;
    JET_PFNSTATUS function;
};

static JET_ERR report(void *ctx, JET_SNP snp, JET_SNT snt, uint32_t done, uint32_t total)
{
    struct report *r = ctx;
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

static JET_ERR begin_backup(struct jet_instance *instance)
{
    JET_ERR err = JET_errSuccess;

    jet_lock();
    if (instance->backing_up)
        err = JET_errBackupInProgress;
    else
        instance->backing_up = true;
    jet_unlock();
    return err;
}

static void end_backup(struct jet_instance *instance)
{
    jet_lock();
    instance->backing_up = false;
    pthread_cond_broadcast(&jet_process.changed);
    jet_unlock();
}

static JET_ERR backup(JET_INSTANCE handle, struct jet_string folder, JET_GRBIT grbit,
                      JET_PFNSTATUS status)
{
    struct jet_call call;
    struct report r = {&call, status};
    struct ese_progress progress = {report, &r};
    struct arena arena;
    char lent[LENT];
    const char *folder8 = NULL;
    JET_ERR err = jet_enter_instance(&call, CALL_BACKUP, handle);

    if (err)
        return err;
    arena_init(&arena, lent, sizeof lent);
    err = jet_allowed(&call, grbit);
    if (!err)
        err = jet_utf8_needed(&arena, folder, &folder8);
    if (!err && !call.provider->backup)
        err = JET_errFeatureNotAvailable;
    if (!err)
        err = begin_backup(call.instance);
    if (!err) {
        err = call.provider->backup(call.instance->engine, folder8, grbit, &progress);
        end_backup(call.instance);
    }
    arena_fini(&arena);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetBackupInstanceA(JET_INSTANCE instance, JET_PCSTR folder, JET_GRBIT grbit,
                                   JET_PFNSTATUS status)
{
    return backup(instance, jet_narrow(folder), grbit, status);
}

JET_ERR JET_API JetBackupInstanceW(JET_INSTANCE instance, JET_PCWSTR folder, JET_GRBIT grbit,
                                   JET_PFNSTATUS status)
{
    return backup(instance, jet_wide(folder), grbit, status);
}

JET_ERR JET_API JetStopBackupInstance(JET_INSTANCE handle)
{
    struct jet_call call;
    bool running = false;
    JET_ERR err = jet_enter_instance(&call, CALL_EXTERNAL_BACKUP, handle);

    if (err)
        return err;
    jet_lock();
    running = call.instance->backing_up;
    jet_unlock();
    if (running)
        call.provider->stop_backup(call.instance->engine);
    return jet_leave(&call, running ? JET_errSuccess : JET_errNoBackup);
}

/* ---- restoring ---- */

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

static JET_ERR run_restore(struct jet_instance *instance, const char *source, const char *dest,
                           JET_PFNSTATUS status)
{
    struct jet_call call = {.instance = instance};
    struct report r = {&call, status};
    struct ese_progress progress = {report, &r};
    JET_ERR err = jet_host_prepare(instance);

    if (err)
        return err;
    if (!instance->provider->restore)
        return JET_errFeatureNotAvailable;
    return instance->provider->restore(&instance->host, source, dest, &progress);
}

static JET_ERR restore(JET_INSTANCE handle, struct jet_string source, struct jet_string dest,
                       JET_PFNSTATUS status)
{
    struct jet_instance *instance = NULL;
    struct arena arena;
    char lent[LENT];
    const char *source8 = NULL, *dest8 = NULL;
    JET_ERR err = JET_errSuccess;

    arena_init(&arena, lent, sizeof lent);
    err = jet_utf8_needed(&arena, source, &source8);
    if (!err)
        err = jet_utf8(&arena, dest, &dest8);
    if (!err)
        err = begin_restore(handle, &instance);
    if (!err) {
        err = run_restore(instance, source8, dest8, status);
        end_restore(instance);
    }
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
