/* SPDX-License-Identifier: Apache-2.0
 *
 * backup.c - JetBackupInstance and its end
 *
 * A backup is one call by the instance's handle; JetTerm knows of it by `backing_up`.
 */
#include "ese/api/external.h"
#include "ese/api/progress.h"
#include "ese/api/text.h"

#define LENT 512 /* octets of arena on the stack */

static JET_ERR begin_backup(struct jet_instance *instance)
{
    JET_ERR err = JET_errSuccess;

    jet_lock();
    if (instance->backing_up || instance->stream.busy)
        err = JET_errBackupInProgress;
    else
        instance->backing_up = true;
    jet_unlock();
    return err;
}

/* The log that an incremental backup would add is not kept. */
JET_ERR jet_check_incremental(const struct jet_call *call, JET_GRBIT grbit)
{
    return grbit & JET_bitBackupIncremental &&
                   jet_param_value(&call->instance->params, JET_paramCircularLog)
               ? JET_errInvalidBackup
               : JET_errSuccess;
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
    struct jet_report r = {&call, status};
    struct ese_progress progress = {jet_report, &r};
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
        err = jet_check_incremental(&call, grbit);
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
    call.instance->stream.stopped = call.instance->stream.engine != NULL;
    jet_unlock();
    if (running)
        call.provider->stop_backup(call.instance->engine);
    return jet_leave(&call, running ? JET_errSuccess : JET_errNoBackup);
}

JET_ERR jet_check_one_instance(void)
{
    JET_ERR err = JET_errSuccess;

    jet_lock();
    if (jet_process.mode == MODE_MULTI)
        err = JET_errRunningInMultiInstanceMode;
    else if (jet_process.mode == MODE_NONE)
        err = JET_errNotInitialized;
    jet_unlock();
    return err;
}

JET_ERR JET_API JetBackupA(JET_PCSTR folder, JET_GRBIT grbit, JET_PFNSTATUS status)
{
    JET_ERR err = jet_check_one_instance();

    return err ? err : JetBackupInstanceA(JET_instanceNil, folder, grbit, status);
}

JET_ERR JET_API JetBackupW(JET_PCWSTR folder, JET_GRBIT grbit, JET_PFNSTATUS status)
{
    JET_ERR err = jet_check_one_instance();

    return err ? err : JetBackupInstanceW(JET_instanceNil, folder, grbit, status);
}

JET_ERR JET_API JetStopBackup(void)
{
    JET_ERR err = jet_check_one_instance();

    return err ? err : JetStopBackupInstance(JET_instanceNil);
}
