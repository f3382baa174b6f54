/* SPDX-License-Identifier: Apache-2.0
 *
 * term.c - JetTerm: waiting for calls inside, then ending an instance with all that it has
 *
 * ese-sessions 9, by its numbers. From the mark on no session call gets further than the gate, so
 * that what this file reads of sessions stands still once nobody is inside.
 */
#include "ese/api/external.h"
#include "ese/api/lifecycle.h"

#include "base/mem.h"

#define TERM_BITS \
    (JET_bitTermComplete | JET_bitTermAbrupt | JET_bitTermStopBackup | JET_bitTermDirty)

static struct jet_session *session_at(struct list *link)
{
    return LIST_ENTRY(link, struct jet_session, link);
}

/* JetBackupInstance counts as one call by the instance's handle and is step 3's, not step 2's. */
static bool somebody_is_inside(struct jet_instance *instance)
{
    bool one_call = instance->backing_up && !instance->stream.engine;

    if (jet_slot_inside(&instance->slot) > (one_call ? 1u : 0u))
        return true;
    LIST_FOR_EACH (it, &instance->sessions) {
        if (jet_slot_inside(&session_at(it)->slot) > 0)
            return true;
    }
    return false;
}

/* 9.3 */
static JET_ERR end_backup(struct jet_instance *instance, JET_GRBIT grbit)
{
    if (!instance->backing_up)
        return JET_errSuccess;
    if (!(grbit & (JET_bitTermAbrupt | JET_bitTermStopBackup)))
        return JET_errBackupInProgress;
    if (instance->stream.engine) { /* whoever read it will hear that it is no more */
        jet_unlock();
        jet_stream_abandon(instance);
        jet_lock();
        return JET_errSuccess;
    }
    jet_unlock();
    instance->provider->stop_backup(instance->engine);
    jet_lock();
    while (instance->backing_up)
        pthread_cond_wait(&jet_process.changed, &jet_process.lock);
    return JET_errSuccess;
}

/* 9.4 */
static bool has_transaction(struct jet_instance *instance)
{
    LIST_FOR_EACH (it, &instance->sessions) {
        if (session_at(it)->level > 0)
            return true;
    }
    return false;
}

/* A call that met the mark on its way in may still be on its way out: it broadcasts. */
static void retire(struct jet_slot *slot)
{
    while (!jet_slot_retire(slot, 0))
        pthread_cond_wait(&jet_process.changed, &jet_process.lock);
}

/* Without the process lock, since it calls the program; nobody is inside any more. */
static void give_storage_back(struct jet_instance *instance)
{
    LIST_FOR_EACH (it, &instance->sessions)
        LIST_FOR_EACH (link, &session_at(it)->cursors) {
            struct jet_cursor *c = LIST_ENTRY(link, struct jet_cursor, link);
            JET_LS of_cursor = c->storage, of_table = c->table->storage;

            c->storage = c->table->storage = JET_LSNil;
            jet_storage_free(instance, of_cursor, JET_cbtypFreeCursorLS);
            jet_storage_free(instance, of_table, JET_cbtypFreeTableLS);
        }
}

/* 9.5, when the provider's part is over. */
static void dispose(struct jet_instance *instance)
{
    LIST_FOR_EACH_SAFE (it, &instance->sessions) {
        struct jet_session *s = session_at(it);

        retire(&s->slot);
        LIST_FOR_EACH_SAFE (c, &s->cursors)
            (void)jet_cursor_close(s, LIST_ENTRY(c, struct jet_cursor, link), 0, true);
        s->life_name = mem_strdup(instance->name); /* without memory it is forgotten sooner */
        atomic_store(&s->end, END_BY_TERM);
        list_remove(&s->link);
        jet_session_free(s);
    }
    retire(&instance->slot);
    jet_instance_free(instance);
}

/* 10, row JetTerm: the lives and marks in which it does not begin. */
static JET_ERR judge(const struct jet_instance *instance)
{
    switch (atomic_load(&instance->life)) {
    case LIFE_INITIALISING: return JET_errNotInitialized;
    case LIFE_RESTORING: return JET_errRestoreInProgress;
    default: break;
    }
    if (atomic_load(&instance->marks) & MARK_TERMINATING)
        return JET_errTermInProgress;
    return jet_in_callback_of_instance(instance) ? JET_errInvalidOperation : JET_errSuccess;
}

/* 9.2 to 9.4; on an error the instance is back where it was. */
static JET_ERR come_to_rest(struct jet_instance *instance, JET_GRBIT grbit)
{
    bool clean = !(grbit & JET_bitTermDirty);
    JET_ERR err = JET_errSuccess;

    atomic_fetch_or(&instance->marks, MARK_TERMINATING);
    atomic_fetch_sub(&jet_process.up, 1);
    while (somebody_is_inside(instance))
        pthread_cond_wait(&jet_process.changed, &jet_process.lock);
    err = end_backup(instance, grbit);
    if (!err && clean && !(atomic_load(&instance->marks) & MARK_UNAVAILABLE) &&
        has_transaction(instance))
        err = JET_errTooManyActiveUsers;
    if (err) {
        atomic_fetch_add(&jet_process.up, 1);
        atomic_fetch_and(&instance->marks, ~(unsigned)MARK_TERMINATING);
    }
    return err;
}

static JET_ERR term(JET_INSTANCE handle, JET_GRBIT grbit)
{
    struct jet_instance *instance = NULL;
    bool dirty = false;
    JET_ERR err = JET_errSuccess;

    if (grbit & ~(JET_GRBIT)TERM_BITS)
        return JET_errInvalidGrbit;
    jet_lock();
    err = jet_instance_find(handle, &instance); /* 9.1 */
    if (!err)
        err = judge(instance);
    if (!err && atomic_load(&instance->life) == LIFE_CREATED) {
        retire(&instance->slot);
        jet_instance_free(instance);
        jet_unlock();
        return JET_errSuccess;
    }
    if (!err)
        err = come_to_rest(instance, grbit);
    if (err) {
        jet_unlock();
        return err;
    }
    dirty = grbit & JET_bitTermDirty || atomic_load(&instance->marks) & MARK_UNAVAILABLE;
    jet_unlock();
    err = instance->provider->term(instance->engine, dirty);
    give_storage_back(instance);
    jet_lock();
    dispose(instance);
    atomic_fetch_sub(&jet_process.initialised, 1);
    jet_unlock();
    if (err >= JET_errSuccess && grbit & JET_bitTermDirty)
        err = JET_errDirtyShutdown; /* 9.6 */
    return err;
}

JET_ERR JET_API JetTerm(JET_INSTANCE instance)
{
    return term(instance, JET_bitTermAbrupt);
}

JET_ERR JET_API JetTerm2(JET_INSTANCE instance, JET_GRBIT grbit)
{
    return term(instance, grbit);
}
