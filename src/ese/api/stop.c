/* SPDX-License-Identifier: Apache-2.0
 *
 * stop.c - JetStopService and its kin (ese-sessions 8)
 *
 * Only "all" shuts the API; pausing and resuming background work is remembered and has no other
 * effect, since providers look after theirs by themselves.
 */
#include "ese/api/gate.h"

#include "base/log.h"

#define PAUSE_BITS (JET_bitStopServiceBackgroundUserTasks | JET_bitStopServiceQuiesceCaches)
#define BY_GRBIT   0x40000000u /* in `paused`: stopped by JetStopServiceInstance2 */

static JET_ERR find_running(JET_INSTANCE handle, struct jet_instance **ret_instance)
{
    JET_ERR err = jet_instance_find(handle, ret_instance);

    if (err)
        return err;
    if (atomic_load(&(*ret_instance)->life) == LIFE_RESTORING)
        return JET_errRestoreInProgress;
    if (atomic_load(&(*ret_instance)->life) != LIFE_RUNNING)
        return JET_errNotInitialized;
    return atomic_load(&(*ret_instance)->marks) & MARK_TERMINATING ? JET_errTermInProgress
                                                                   : JET_errSuccess;
}

static void stop(struct jet_instance *instance)
{
    log_line(LOG_LEVEL_INFO, "service is stopped instance=%s", instance->name);
    atomic_fetch_or(&instance->marks, MARK_STOPPED);
}

static JET_ERR judge_bits(JET_GRBIT grbit)
{
    if (grbit & ~(PAUSE_BITS | JET_bitStopServiceStopAndEmitLog | JET_bitStopServiceResume))
        return JET_errInvalidGrbit;
    if (grbit & JET_bitStopServiceStopAndEmitLog)
        return grbit == JET_bitStopServiceStopAndEmitLog ? JET_errFeatureNotAvailable
                                                         : JET_errInvalidGrbit;
    return JET_errSuccess;
}

static JET_ERR apply(struct jet_instance *instance, JET_GRBIT grbit)
{
    bool stopped = atomic_load(&instance->marks) & MARK_STOPPED;

    if (grbit == JET_bitStopServiceAll) {
        instance->paused |= BY_GRBIT;
        stop(instance);
    } else if (grbit == JET_bitStopServiceResume) {
        if (stopped && instance->paused & BY_GRBIT)
            return JET_errClientRequestToStopJetService;
        instance->paused &= BY_GRBIT;
    } else if (grbit & JET_bitStopServiceResume) {
        instance->paused &= ~(grbit & PAUSE_BITS);
    } else {
        instance->paused |= grbit & PAUSE_BITS;
    }
    return JET_errSuccess;
}

JET_ERR JET_API JetStopServiceInstance2(JET_INSTANCE handle, const JET_GRBIT grbit)
{
    struct jet_instance *instance = NULL;
    JET_ERR err = judge_bits(grbit);

    if (err)
        return err;
    jet_lock();
    err = find_running(handle, &instance);
    if (!err)
        err = apply(instance, grbit);
    jet_unlock();
    return err;
}

JET_ERR JET_API JetStopServiceInstance(JET_INSTANCE handle)
{
    struct jet_instance *instance = NULL;
    JET_ERR err = JET_errSuccess;

    jet_lock();
    err = find_running(handle, &instance);
    if (!err)
        stop(instance);
    jet_unlock();
    return err;
}

JET_ERR JET_API JetStopService(void)
{
    struct jet_instance *instance = NULL;
    JET_ERR err = JET_errRunningInMultiInstanceMode;

    jet_lock();
    if (jet_process.mode != MODE_MULTI)
        err = find_running(JET_instanceNil, &instance);
    if (!err)
        stop(instance);
    jet_unlock();
    return err;
}
