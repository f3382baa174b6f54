/* SPDX-License-Identifier: Apache-2.0
 *
 * instance.c - creating and starting instances
 *
 *   (none) --JetCreateInstance--> CREATED --JetInit--> INITIALISING --> RUNNING
 *   (none) --JetInit(NULL)--> CREATED in single-instance mode, and on
 *   INITIALISING --error--> freed, the caller's handle is 0
 *   CREATED --JetRestoreInstance--> RESTORING --> CREATED           (backup.c)
 *   RUNNING --JetStopService*, a fatal error, JetTerm--> marks      (stop.c, below, term.c)
 *
 * ese-sessions 10. Lock: the process lock, not held while a provider works.
 */
#include "ese/api/hosts.h"
#include "ese/api/lifecycle.h"
#include "ese/api/text.h"

#include <stdio.h>
#include <string.h>

/* ---- creating ---- */

void jet_instance_free(struct jet_instance *instance)
{
    list_remove(&instance->link);
    jet_process.instance_count--;
    if (jet_process.instance_count == 0)
        jet_process.mode = MODE_NONE;
    jet_params_fini(&instance->params);
    jet_opened_fini(instance);
    mem_free(instance->name);
    mem_free(instance->display);
    mem_free(instance->address);
    instance->name = instance->display = instance->address = NULL;
    jet_slot_free(&jet_instances, &instance->slot);
}

static bool name_is_taken(const char *name)
{
    LIST_FOR_EACH (it, &jet_process.instances) {
        if (!strcmp(LIST_ENTRY(it, struct jet_instance, link)->name, name))
            return true;
    }
    return false;
}

/* A name for an instance that has been given none. */
static char *made_up_name(void)
{
    static unsigned long last; /* under the process lock */
    char name[32];

    (void)snprintf(name, sizeof name, "instance-%lu", ++last);
    return mem_strdup(name);
}

/* Under the process lock. NULL: a name is made up. */
static JET_ERR create(const char *name, const char *display, struct jet_instance **ret_instance)
{
    struct jet_instance *i = NULL;
    struct jet_slot *slot = NULL;
    JET_ERR err = JET_errOutOfMemory;

    if (name && name_is_taken(name))
        return JET_errInstanceNameInUse;
    if (jet_process.instance_count >=
        jet_params_number(&jet_process.defaults, JET_paramMaxInstances))
        return JET_errTooManyInstances;
    slot = jet_slot_take(&jet_instances);
    if (!slot)
        return JET_errOutOfMemory;
    i = (struct jet_instance *)(void *)slot;
    atomic_store(&i->life, LIFE_CREATED);
    atomic_store(&i->marks, 0);
    atomic_store(&i->cursor_count, 0);
    atomic_store(&i->temp_count, 0);
    jet_opened_init(i);
    i->implicit = i->backing_up = false;
    i->stream = (struct jet_stream){.engine = NULL};
    i->paused = i->session_count = 0;
    i->provider = NULL;
    i->engine = NULL;
    i->address = NULL;
    list_init(&i->sessions);
    i->name = name ? mem_strdup(name) : made_up_name();
    i->display = mem_strdup(display ? display : "");
    if (i->name && i->display)
        err = jet_params_copy(&i->params, &jet_process.defaults);
    if (err) {
        mem_free(i->name);
        mem_free(i->display);
        i->name = i->display = NULL;
        jet_opened_fini(i);
        jet_slot_free(&jet_instances, slot);
        return err;
    }
    list_append(&jet_process.instances, &i->link);
    jet_process.instance_count++;
    *ret_instance = i;
    return JET_errSuccess;
}

static JET_ERR create_instance(JET_INSTANCE *ret_handle, struct jet_string name,
                               struct jet_string display, JET_GRBIT grbit)
{
    struct jet_instance *instance = NULL;
    const char *name8 = NULL, *display8 = NULL;
    struct arena arena;
    char lent[256];
    JET_ERR err = JET_errSuccess;

    if (!ret_handle)
        return JET_errInvalidParameter;
    if (grbit)
        return JET_errInvalidGrbit;
    arena_init(&arena, lent, sizeof lent);
    err = jet_utf8(&arena, name, &name8);
    if (!err)
        err = jet_utf8(&arena, display, &display8);
    if (!err) {
        jet_lock();
        err = jet_process.mode == MODE_ONE ? JET_errRunningInOneInstanceMode
                                           : create(name8, display8, &instance);
        if (!err) {
            jet_process.mode = MODE_MULTI;
            *ret_handle = jet_slot_publish(&jet_instances, &instance->slot);
        }
        jet_unlock();
    }
    arena_fini(&arena);
    return err;
}

JET_ERR JET_API JetCreateInstanceA(JET_INSTANCE *instance, JET_PCSTR name)
{
    return create_instance(instance, jet_narrow(name), jet_narrow(NULL), 0);
}

JET_ERR JET_API JetCreateInstanceW(JET_INSTANCE *instance, JET_PCWSTR name)
{
    return create_instance(instance, jet_wide(name), jet_wide(NULL), 0);
}

JET_ERR JET_API JetCreateInstance2A(JET_INSTANCE *instance, JET_PCSTR name, JET_PCSTR display,
                                    JET_GRBIT grbit)
{
    return create_instance(instance, jet_narrow(name), jet_narrow(display), grbit);
}

JET_ERR JET_API JetCreateInstance2W(JET_INSTANCE *instance, JET_PCWSTR name, JET_PCWSTR display,
                                    JET_GRBIT grbit)
{
    return create_instance(instance, jet_wide(name), jet_wide(display), grbit);
}

/* ---- starting ---- */

#define INIT_BITS                                                        \
    (JET_bitReplayIgnoreMissingDB | JET_bitRecoveryWithoutUndo |         \
     JET_bitTruncateLogsAfterRecovery | JET_bitReplayMissingMapEntryDB | \
     JET_bitLogStreamMustExist | JET_bitReplayIgnoreLostLogs |           \
     JET_bitKeepDbAttachedAtEndOfRecovery)

/* The instance that JetInit is about: the named one, or the process's only one, made here. Under the
 * process lock. `*ret_made`: it is new. */
static JET_ERR find_or_make(const JET_INSTANCE *handle, struct jet_instance **ret_instance,
                            bool *ret_made)
{
    bool named = handle && *handle != 0 && *handle != JET_instanceNil;
    JET_ERR err = JET_errSuccess;

    *ret_made = false;
    if (named)
        return jet_instance_find(*handle, ret_instance);
    if (jet_process.mode == MODE_MULTI)
        return JET_errRunningInMultiInstanceMode;
    if (jet_process.mode == MODE_ONE)
        return jet_instance_find(JET_instanceNil, ret_instance);
    err = create(NULL, NULL, ret_instance);
    if (err)
        return err;
    jet_process.mode = MODE_ONE;
    (*ret_instance)->implicit = true;
    (void)jet_slot_publish(&jet_instances, &(*ret_instance)->slot);
    *ret_made = true;
    return JET_errSuccess;
}

/* 10, row JetInit: waits for one that is starting. Under the process lock. */
static JET_ERR wait_until_startable(const JET_INSTANCE *handle, struct jet_instance **ret_instance)
{
    bool made = false;
    JET_ERR err = JET_errSuccess;

    for (;;) {
        err = find_or_make(handle, ret_instance, &made);
        if (err)
            return err;
        switch (atomic_load(&(*ret_instance)->life)) {
        case LIFE_CREATED: return JET_errSuccess;
        case LIFE_RUNNING:
        case LIFE_RESTORING: return JET_errAlreadyInitialized;
        default: pthread_cond_wait(&jet_process.changed, &jet_process.lock);
        }
    }
}

static void enter_life(struct jet_instance *instance, enum jet_life life)
{
    atomic_store(&instance->life, life);
    pthread_cond_broadcast(&jet_process.changed);
}

static JET_ERR init(JET_INSTANCE *handle, JET_GRBIT grbit)
{
    struct jet_instance *instance = NULL;
    JET_ERR err = JET_errSuccess;

    jet_lock();
    err = wait_until_startable(handle, &instance);
    if (err) {
        jet_unlock();
        return err;
    }
    enter_life(instance, LIFE_INITIALISING);
    jet_unlock();

    err = jet_host_prepare(instance);
    if (!err)
        err = instance->provider->init(&instance->host, grbit, &instance->engine);

    jet_lock();
    if (err >= JET_errSuccess) {
        enter_life(instance, LIFE_RUNNING);
        atomic_fetch_add(&jet_process.initialised, 1);
        atomic_fetch_add(&jet_process.up, 1);
        if (handle)
            *handle = jet_slot_handle(&jet_instances, &instance->slot);
    } else {
        (void)jet_slot_retire(&instance->slot, 0); /* nobody enters one that does not run */
        jet_instance_free(instance);
        pthread_cond_broadcast(&jet_process.changed);
        if (handle)
            *handle = 0;
    }
    jet_unlock();
    return err;
}

JET_ERR JET_API JetInit(JET_INSTANCE *instance)
{
    return init(instance, 0);
}

JET_ERR JET_API JetInit2(JET_INSTANCE *instance, JET_GRBIT grbit)
{
    return grbit & ~(JET_GRBIT)INIT_BITS ? JET_errInvalidGrbit : init(instance, grbit);
}

/* A map of databases for recovery, or a point to stop at, is beyond every provider. */
static JET_ERR init_with_map(JET_INSTANCE *instance, bool info_fits, long map_count,
                             JET_GRBIT grbit)
{
    if (!info_fits)
        return JET_errInvalidParameter;
    if (map_count != 0)
        return JET_errFeatureNotAvailable;
    return JetInit2(instance, grbit);
}

JET_ERR JET_API JetInit3A(JET_INSTANCE *instance, JET_RSTINFO_A *info, JET_GRBIT grbit)
{
    return init_with_map(instance, !info || info->cbStruct == sizeof *info,
                         info ? info->crstmap : 0, grbit);
}

JET_ERR JET_API JetInit3W(JET_INSTANCE *instance, JET_RSTINFO_W *info, JET_GRBIT grbit)
{
    return init_with_map(instance, !info || info->cbStruct == sizeof *info,
                         info ? info->crstmap : 0, grbit);
}

JET_ERR JET_API JetInit4A(JET_INSTANCE *instance, JET_RSTINFO2_A *info, JET_GRBIT grbit)
{
    return init_with_map(instance, !info || info->cbStruct == sizeof *info,
                         info ? info->crstmap : 0, grbit);
}

JET_ERR JET_API JetInit4W(JET_INSTANCE *instance, JET_RSTINFO2_W *info, JET_GRBIT grbit)
{
    return init_with_map(instance, !info || info->cbStruct == sizeof *info,
                         info ? info->crstmap : 0, grbit);
}
